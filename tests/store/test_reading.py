"""What is kept of an alert, read back and saved: its packet, or the row of Fink's answer that told of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fink_tui.alerts import api, decode
from fink_tui.app.loading import load
from fink_tui.app.saving import save_alert
from fink_tui.store.answers import Answers
from fink_tui.store.errors import SaveError
from fink_tui.store.inbox import Inbox
from fink_tui.store.packets import PacketError, PacketRemovedError
from fink_tui.store.reading import document, whole
from fink_tui.store.store import Store
from fink_tui.store.telling import tell
from fink_tui.stream.demo import DemoAlert
from tests.store.asking import api_row, body, searched
from tests.store.making import BOOK, alert_of, receive, sql


def one_of(demo_alerts: list[DemoAlert], survey: str) -> DemoAlert:
    return next(alert for alert in demo_alerts if alert.survey == survey)


@pytest.mark.parametrize("survey", ["ztf", "lsst"])
def test_what_was_found_is_read_as_a_packet_is(
    store: Store, answers: Answers, demo_alerts: list[DemoAlert], survey: str
) -> None:
    alert = one_of(demo_alerts, survey)
    searched(answers, [alert])
    stored, row = alert_of(store), json.loads(body([api_row(alert)]))[0]
    of, found = whole(store.packets, BOOK, stored)
    assert (of.name, found) == (survey, api.record(survey, row))
    loaded = load(store.packets, BOOK, stored)
    assert loaded.problem == ""
    assert [point.is_current for point in loaded.points] == [True]
    assert len(loaded.fields) > 50
    told = tell(store, stored)
    assert (told.told.object_id, len(told.told.points)) == (stored.row.object_id, 1)
    assert "only this detection goes" in told.note


def test_once_it_has_arrived_its_packet_is_read(
    store: Store, answers: Answers, inbox: Inbox, demo_alerts: list[DemoAlert]
) -> None:
    alert = one_of(demo_alerts, "ztf")
    searched(answers, [alert])
    before = alert_of(store)
    receive(inbox, [alert])
    assert whole(store.packets, BOOK, alert_of(store))[1]["candid"] == int(alert.alert_id)
    assert len(load(store.packets, BOOK, alert_of(store)).points) > 1
    assert tell(store, alert_of(store)).note == ""
    assert load(store.packets, BOOK, before).problem == "", "who read its row before it came"


def test_what_was_found_is_saved_as_the_api_gives_it(
    store: Store, answers: Answers, inbox: Inbox, demo_alerts: list[DemoAlert], tmp_path: Path
) -> None:
    alert = one_of(demo_alerts, "ztf")
    searched(answers, [alert])
    path = save_alert(store, tmp_path / "saved", alert_of(store))
    assert path.name == f"{alert.object_id}_{alert.alert_id}.json"
    assert json.loads(path.read_bytes()) == json.loads(body([api_row(alert)]))
    assert alert_of(store).state == "saved"
    receive(inbox, [alert])
    assert save_alert(store, tmp_path / "saved", alert_of(store)).suffix == ".avro"


def test_an_answer_that_is_gone_is_told(
    store: Store, answers: Answers, demo_alerts: list[DemoAlert], tmp_path: Path
) -> None:
    searched(answers, [one_of(demo_alerts, "ztf")])
    answers.prune(0)
    stored = alert_of(store)
    with pytest.raises(PacketRemovedError, match="no longer here"):
        whole(store.packets, BOOK, stored)
    loaded = load(store.packets, BOOK, stored)
    assert (loaded.points, loaded.fields[0].value) == ([], loaded.problem)
    assert "Fink's answer that told of it is no longer here" in loaded.problem
    assert "Fink's portal shows the object" in loaded.problem
    assert tell(store, stored).note.startswith("Fink's answer is no longer kept, so only this detection")
    with pytest.raises(SaveError, match=r"Not saved\. Fink's answer"):
        save_alert(store, tmp_path, stored)
    assert alert_of(store).state == ""


@pytest.mark.parametrize(("damage", "words"), [("gone", "No such file"), ("short", "ends before the row")])
def test_an_answer_that_cannot_be_read_is_told(
    store: Store, answers: Answers, demo_alerts: list[DemoAlert], tmp_path: Path, damage: str, words: str
) -> None:
    searched(answers, [one_of(demo_alerts, "ztf")])
    kept = answers.lookup("question")
    assert kept is not None
    if damage == "gone":
        kept.path.unlink()
    else:
        kept.path.write_bytes(b"[")
    stored = alert_of(store)
    with pytest.raises(PacketError, match=words):
        document(store.packets, stored.place)
    assert words in load(store.packets, BOOK, stored).problem
    with pytest.raises(PacketError, match=words):
        tell(store, stored)
    with pytest.raises(PacketError, match=words):
        save_alert(store, tmp_path, stored)


def test_a_row_that_is_damaged_is_told(store: Store, answers: Answers, demo_alerts: list[DemoAlert]) -> None:
    searched(answers, [one_of(demo_alerts, "ztf")])
    kept = answers.lookup("question")
    assert kept is not None
    kept.path.write_bytes(b"x" * kept.size)
    with pytest.raises(decode.PacketError, match="damaged"):
        whole(store.packets, BOOK, alert_of(store))
    assert "damaged" in load(store.packets, BOOK, alert_of(store)).problem
    assert "damaged" in tell(store, alert_of(store)).note
    assert sql(store, "SELECT count(*) FROM alert") == [(1,)]
