"""Answers are kept whole or not at all, and their rows are alerts beside those of the stream."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from fink_tui.alerts.submission import submission
from fink_tui.store import decisions, room
from fink_tui.store.answers import Answers
from fink_tui.store.errors import StoreError, StoreFullError
from fink_tui.store.inbox import Inbox
from fink_tui.store.outbox import Outbox
from fink_tui.store.pages import Pages, Totals, export
from fink_tui.store.room import Shortage
from fink_tui.store.spans import BodyError, Span
from fink_tui.store.store import Store
from fink_tui.stream.demo import DemoAlert
from tests.store.asking import FEW_COLUMNS, answered, api_row, body, document, searched
from tests.store.making import NOW, ROOT, alert_of, check, everything, receive, run, sql


@pytest.fixture
def ztf(demo_alerts: list[DemoAlert]) -> list[DemoAlert]:
    return [alert for alert in demo_alerts if alert.survey == "ztf"]


# -- bodies -----------------------------------------------------------------------------------------------------------


def test_an_answer_is_kept_by_its_question(answers: Answers) -> None:
    assert answers.lookup("q") is None
    kept = answered(answers, "q", b"[]", 5.0)
    assert answers.lookup("q") == kept
    assert (kept.fetched_at, kept.size, kept.path.read_bytes()) == (5.0, 2, b"[]")
    newer = answered(answers, "q", b"[{}]", 6.0)
    assert answers.lookup("q") == newer != kept
    assert kept.path.exists(), "alerts may be in it"
    assert answers.lookup("another") is None


def test_an_answer_that_someone_removed_is_asked_for_again(answers: Answers) -> None:
    kept = answered(answers, "q", b"[]")
    kept.path.unlink()
    assert answers.lookup("q") is None
    with pytest.raises(BodyError, match="Ask again"):
        answers.spans(kept)
    with pytest.raises(BodyError, match="Ask again"):
        answers.take_in(kept, "ztf", [Span(0, 2)])
    assert answered(answers, "q", b"[]") == answers.lookup("q")


def test_a_body_that_is_discarded_leaves_nothing(answers: Answers) -> None:
    part = answers.part("q")
    part.write_bytes(b"[")
    answers.discard(part)
    answers.discard(part)
    assert list(part.parent.iterdir()) == []


def test_rows_that_are_none_have_no_value_and_are_no_alerts(answers: Answers) -> None:
    kept = answered(answers, "q", b'[1, null, "x", [], {"a": "\xff"}, {}, {"i:jd": 1}]')
    spans = answers.spans(kept)
    assert answers.take_in(kept, "ztf", spans) == [None] * 7
    for span in spans[:5]:
        with pytest.raises(BodyError, match="cannot be read"):
            answers.value(kept, span)


def test_ids_beyond_a_float_are_exact(answers: Answers) -> None:
    kept = answered(answers, "q", b'[{"r:diaSourceId": 170055002004914266}]')
    assert answers.value(kept, answers.spans(kept)[0]) == {"r:diaSourceId": 170055002004914266}


# -- rows -------------------------------------------------------------------------------------------------------------


def test_what_an_answer_tells_of_is_an_alert_that_has_not_arrived(
    store: Store, answers: Answers, ztf: list[DemoAlert]
) -> None:
    ids = searched(answers, ztf[:5], at=NOW + 7)
    assert ids == [1, 2, 3, 4, 5]
    for number, alert in zip(ids, ztf, strict=False):
        found = alert_of(store, number)
        assert (found.row.survey, found.row.alert_id) == ("ztf", alert.alert_id)
        assert (found.is_found, found.arrived_at, found.topics, found.state) == (True, NOW + 7, "", "")
        assert document(store, number) == json.loads(body([api_row(alert)]))[0]


def test_what_was_only_found_is_in_no_list_of_what_arrived(
    store: Store, inbox: Inbox, answers: Answers, ztf: list[DemoAlert]
) -> None:
    searched(answers, ztf[:3], "before")
    receive(inbox, ztf[3:5])
    (night,) = {one.night for one in everything(store)}
    searched(answers, ztf[5:9], "after")
    for which in (None, night):
        with closing(Pages(store.database, which)) as pages:
            assert [row.alert_id for row in pages.page(0)] == [alert.alert_id for alert in ztf[3:5]]
            assert (pages.count(), pages.total()) == (2, 2)
            assert pages.newest() == 2
            assert [pages.index_of(number) for number in range(1, 10)] == [None] * 3 + [0, 1] + [None] * 4
            assert pages.find(ztf[0].alert_id, 0) is None
            assert [pages.undecided(start) for start in (0, 4, 5)] == [4, 5, None]
            assert pages.undecided(4, backwards=True) is None
            assert [row.arrival for row in pages.rows([1, 4, 9])] == [None, 1, None]
    with closing(Totals(store.database)) as totals:
        totals.refresh()
        assert totals.alerts == 2
        assert totals.newest_mjd == max(one.row.obs_mjd for one in everything(store))
    assert [row["id"] for row in export(store.database, ["id"])] == [4, 5]


def test_an_exposure_is_crowded_by_what_arrived_alone(
    store: Store, inbox: Inbox, answers: Answers, ztf: list[DemoAlert]
) -> None:
    receive(inbox, ztf[:1])
    (one,) = everything(store)
    assert one.exposure is not None
    searched(answers, ztf)
    sql(store, f"UPDATE alert SET exposure_id = '{one.row.exposure_id}', label = 'Unknown'")
    assert alert_of(store, 1).exposure == (1, 1)


def test_a_place_with_no_answers_alone_is_empty(store: Store, answers: Answers, ztf: list[DemoAlert]) -> None:
    searched(answers, ztf[:3])
    night = alert_of(store, 1).night
    for which in (None, night):
        with closing(Pages(store.database, which)) as pages:
            assert (pages.count(), pages.page(0), pages.newest(), pages.undecided(0)) == (0, [], 0, None)
    with closing(Totals(store.database)) as totals:
        totals.refresh()
        assert (totals.alerts, totals.newest_mjd) == (0, None)
    assert list(export(store.database, ["id"])) == []


def test_an_alert_that_arrives_keeps_what_was_decided_when_it_was_found(
    store: Store, inbox: Inbox, answers: Answers, ztf: list[DemoAlert]
) -> None:
    assert searched(answers, ztf[:3]) == [1, 2, 3]
    decisions.decide(store.database, 2, decisions.SAVED, "a.json").result()
    assert receive(inbox, ztf[1:5]) == (4, 0, 0)
    check(store, ztf[1:5])
    assert [(one.id, one.state, one.is_found) for one in everything(store)][:2] == [(2, "saved", False), (3, "", False)]
    assert all(one.topics for one in everything(store))
    assert alert_of(store, 1).is_found
    assert receive(inbox, ztf[1:5]) == (0, 4, 0)


def test_an_alert_that_arrived_keeps_its_packet(
    store: Store, inbox: Inbox, answers: Answers, ztf: list[DemoAlert]
) -> None:
    receive(inbox, ztf[:3])
    before = everything(store)
    assert searched(answers, ztf[:4], at=NOW + 1) == [1, 2, 3, 4]
    assert everything(store) == before
    check(store, ztf[:3])


def test_the_same_answer_again_writes_nothing(store: Store, answers: Answers, ztf: list[DemoAlert]) -> None:
    kept = answered(answers, "q", body([api_row(alert) for alert in ztf[:5]]))
    ids = answers.take_in(kept, "ztf", answers.spans(kept))
    with closing(Pages(store.database)) as pages:
        pages.has_changed()
        assert answers.take_in(kept, "ztf", answers.spans(kept)) == ids
        assert not pages.has_changed()


def test_an_alert_twice_in_an_answer_is_one(answers: Answers, ztf: list[DemoAlert]) -> None:
    assert searched(answers, [ztf[0], ztf[1], ztf[0]]) == [1, 2, 1]


@pytest.mark.parametrize("is_rich_first", [True, False])
def test_what_tells_more_is_kept(store: Store, answers: Answers, ztf: list[DemoAlert], is_rich_first: bool) -> None:
    orders = [None, FEW_COLUMNS] if is_rich_first else [FEW_COLUMNS, None]
    for number, only in enumerate(orders):
        assert searched(answers, ztf[:2], f"q{number}", NOW + number, only) == [1, 2]
    assert document(store, 1) == json.loads(body([api_row(ztf[0])]))[0]
    assert alert_of(store, 1).arrived_at == (NOW if is_rich_first else NOW + 1)
    assert alert_of(store, 1).row.real_bogus is not None


def test_a_newer_answer_takes_its_alerts_with_it(store: Store, answers: Answers, ztf: list[DemoAlert]) -> None:
    searched(answers, ztf[:2], at=NOW)
    ids = searched(answers, ztf[:3], at=NOW + 9)
    assert ids[:2] == [1, 2]
    assert [alert_of(store, number).arrived_at for number in ids] == [NOW + 9] * 3
    assert searched(answers, ztf[:3], "older", at=NOW + 3) == ids
    assert [alert_of(store, number).arrived_at for number in ids] == [NOW + 9] * 3


def test_what_was_sent_from_a_file_is_marked_once_its_alert_is_found(
    store: Store, answers: Answers, ztf: list[DemoAlert]
) -> None:
    searched(answers, ztf[:1])
    told = submission(alert_of(store, 1).row, topics="", night=20261120, record=None)
    outbox = Outbox(store.database)
    outbox.enqueue("tom", msgspec.structs.replace(told, alert_id="7")).result()
    outbox.enqueue("tom", told).result()
    row = api_row(ztf[1]) | {"i:candid": 7}
    kept = answered(answers, "another", body([row]))
    assert answers.take_in(kept, "ztf", answers.spans(kept)) == [2]
    assert [(alert_of(store, number).state, alert_of(store, number).sending) for number in (1, 2)] == [
        (decisions.SEND, "queued")
    ] * 2


NO_ID = tuple(name for name in FEW_COLUMNS if name not in ("i:candid", "r:diaSourceId"))
"""The columns of a table that does not tell the survey's ids."""


@pytest.mark.parametrize("survey", ["ztf", "lsst"])
def test_an_answer_without_ids_tells_of_the_same_alerts(
    store: Store, inbox: Inbox, answers: Answers, demo_alerts: list[DemoAlert], survey: str
) -> None:
    some = [one for one in demo_alerts if one.survey == survey and not api_row(one).get("r:ssObjectId")][:4]
    assert searched(answers, some[:3], "without ids", only=NO_ID) == [1, 2, 3]
    decisions.decide(store.database, 1, decisions.SAVED, "a.json").result()
    decisions.decide(store.database, 3, decisions.SAVED, "c.json").result()
    assert searched(answers, some[1:3], "with ids", NOW + 1) == [2, 3]
    receive(inbox, [some[0], some[2], some[3]])
    ids = searched(answers, some, "again without ids", NOW + 2, NO_ID)
    assert ids[:3] == [1, 2, 3]
    assert [alert_of(store, number).row.alert_id for number in ids] == [alert.alert_id for alert in some]
    assert [alert_of(store, number).state for number in ids] == ["saved", "", "saved", ""]
    assert sql(store, "SELECT count(*) FROM alert") == [(4,)]
    check(store, [some[0], some[2], some[3]])


def test_who_tells_ids_meanwhile_doubles_nothing(
    store: Store, answers: Answers, ztf: list[DemoAlert], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look at what there is and the writing, another process takes in the same alerts with their ids."""
    kept = answered(answers, "without ids", body([api_row(one, NO_ID) for one in ztf[:3]]))
    write = store.database.write

    def late(job: Callable[[sqlite3.Connection], object]) -> object:
        monkeypatch.undo()
        searched(answers, ztf[:3], "with ids")
        return write(job)

    monkeypatch.setattr(store.database, "write", late)
    ids = answers.take_in(kept, "ztf", answers.spans(kept))
    assert ids == searched(answers, ztf[:3], "again with ids")
    assert sql(store, "SELECT count(*) FROM alert") == [(3,)]


# -- room -------------------------------------------------------------------------------------------------------------


def test_where_the_database_refuses_nothing_is_kept(store: Store, answers: Answers) -> None:
    answered(answers, "q", b"[]")
    sql(store, "CREATE TRIGGER no BEFORE INSERT ON answer BEGIN SELECT RAISE(ABORT, 'no'); END")
    with pytest.raises(StoreError, match="no"):
        answered(answers, "q", b"[{}]")
    assert len(list((store.folder / "answers").iterdir())) == 1
    kept = answers.lookup("q")
    assert kept is not None
    assert kept.path.read_bytes() == b"[]"


def test_where_there_is_no_room_decisions_have_it(
    store: Store, answers: Answers, ztf: list[DemoAlert], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = answered(answers, "q", body([api_row(ztf[0])]))
    part = answers.part("r")
    part.write_bytes(b"[]")
    monkeypatch.setattr(room, "shortage", lambda *folders: Shortage(Path("/data"), "40 MB", "500 MB"))
    tries: list[Callable[[], object]] = [
        lambda: answers.part("s"),
        lambda: answers.keep("r", part, NOW),
        lambda: answers.take_in(kept, "ztf", answers.spans(kept)),
    ]
    for one in tries:
        with pytest.raises(StoreFullError, match=r"Only 40 MB left on the disk of /data: .* Make room"):
            one()
    assert [path.name for path in (store.folder / "answers").iterdir()] == [kept.path.name]


KILLED = """
import os, sys
from pathlib import Path
from fink_tui.store import answers
from fink_tui.store.store import Store

store = Store(Path(sys.argv[1]))
kept = store.answers()
part = kept.part("q")
part.write_bytes(b'[{"new": 1}]')

def die(*arguments, **options):
    os._exit(9)

def after(*arguments, real=os.replace):
    real(*arguments)
    os._exit(9)

if sys.argv[2] == "sync":
    os.fsync = die
elif sys.argv[2] == "rename":
    os.replace = after
elif sys.argv[2] == "transaction":
    answers._note = die
kept.keep("q", part, 9.0)
os._exit(9)
"""


@pytest.mark.parametrize("where", ["sync", "rename", "transaction", "nowhere"])
def test_killed_while_an_answer_is_kept(tmp_path: Path, where: str) -> None:
    with Store(tmp_path / "store") as store:
        answered(store.answers(), "q", b"[]")
    done = run(KILLED, tmp_path / "store", where)
    assert done.returncode == 9, done.stderr
    with Store(tmp_path / "store") as store:
        found = store.answers().lookup("q")
        assert found is not None
        assert found.path.read_bytes() == (b'[{"new": 1}]' if where == "nowhere" else b"[]")


def test_several_processes_ask_at_once(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from fink_tui.store.store import Store\n"
        "with Store(Path(sys.argv[1])) as store:\n"
        "    answers = store.answers()\n"
        "    for number in range(10):\n"
        "        part = answers.part('q'); part.write_bytes(b'[%d]' % number)\n"
        "        kept = answers.keep('q', part, 1.0); answers.lookup('q'); answers.prune(12)\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "store")]
    processes = [subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    errors = [process.communicate(timeout=60)[1] for process in processes]
    assert [process.returncode for process in processes] == [0] * 3, errors
    with Store(tmp_path / "store") as store:
        found = store.answers().lookup("q")
        assert found is not None
        assert found.path.read_bytes() == b"[9]"
        (total,) = sql(store, "SELECT count(*), sum(size) FROM answer")
        assert total == (4, 12)
        assert len(list((store.folder / "answers").iterdir())) == 4
