"""The whole history of an object: what is asked, what is kept, and what serves when nobody answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fink_tui.alerts import decode
from fink_tui.alerts.row import AlertRow, PointKind
from fink_tui.alerts.schema import SchemaBook
from fink_tui.config import Search
from fink_tui.search.asking import Asking
from fink_tui.search.errors import BrokenError, CancelledError, LinkError, QuestionError, SearchError
from fink_tui.search.history import Subject, fetch, known, subject_of
from fink_tui.search.question import Question
from fink_tui.store.errors import StoreError
from fink_tui.store.objects import alert
from fink_tui.store.store import Store
from fink_tui.stream.demo import DemoAlert
from tests.alerts.making import of
from tests.alerts.rest import rest_row

OBJECT = Subject("ztf", "ZTF26aaaaaaa")


class Fink:
    """Answers of a Fink that is a dict, and the questions that it was asked."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self.settings = Search()
        self.answers = answers
        self.asked: list[Question] = []

    def ask(
        self, question: Question, path: Path, progress: Callable[[int], None], is_cancelled: Callable[[], bool]
    ) -> None:
        self.asked.append(question)
        answer = self.answers[question.path]
        if isinstance(answer, Exception):
            path.write_bytes(b"[{")
            raise answer
        content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        path.write_bytes(content)
        progress(len(content))


def ztf(number: int, **columns: Any) -> dict[str, Any]:
    """An alert of the object, a day after the one before."""
    row = {"i:objectId": OBJECT.name, "i:candid": 10**17 + number, "i:jd": 2461100.5 + number, "i:fid": 1 + number % 2}
    row |= {"i:ra": 10.0, "i:dec": -5.0, "i:magpsf": 18.0, "i:sigmapsf": 0.1, "i:isdiffpos": "t", "d:tag": "valid"}
    return row | columns


def limit(number: int) -> dict[str, Any]:
    return {
        "i:objectId": OBJECT.name,
        "i:jd": 2461100.6 + number,
        "i:fid": "1",
        "i:diffmaglim": "20.1",
        "i:candid": -1,
        "d:tag": "upperlim",
    }


def lsst(number: int, name: str = "source") -> dict[str, Any]:
    row = {"r:diaObjectId": 313998569858662581, "r:ra": 1.0, "r:dec": 2.0, "r:midpointMjdTai": 61205.9 + number}
    row |= {"r:band": "r", "r:psfFlux": 5000.0, "r:psfFluxErr": 100.0}
    return row | {"r:diaSourceId" if name == "source" else "r:diaForcedSourceId": 170666304474710105 + number}


def parts(store: Store) -> list[Path]:
    return list((store.folder / "answers").glob("*.part"))


def test_ztfs_history_with_its_limits_is_kept_and_its_alerts_are_in_the_store(store: Store) -> None:
    fink = Fink({"objects": [ztf(3), limit(2), ztf(1)]})
    received: list[int] = []
    found = fetch(Asking(fink, store.answers()), OBJECT, received.append)
    assert [question.given for question in fink.asked] == [{"objectId": OBJECT.name, "withupperlim": "true"}]
    assert [point.kind for point in found.points] == [PointKind.DETECTION, PointKind.LIMIT, PointKind.DETECTION]
    assert found.newest_mjd == 61103.0
    assert received[-1] > 100
    stored = alert(store.database, "ztf", str(10**17 + 3))
    assert stored is not None
    assert stored.row.object_id == OBJECT.name
    assert known(store.answers(), OBJECT) == replace(found, note="", is_cached=False)


def test_it_is_asked_again_only_when_some_minutes_have_passed(store: Store) -> None:
    now = 1_795_000_000.0
    fink = Fink({"objects": [ztf(1)]})
    fetch(Asking(fink, store.answers(), lambda: now), OBJECT)
    now += 60 * Search().fresh_minutes - 1
    assert len(fetch(Asking(fink, store.answers(), lambda: now), OBJECT).points) == len(fink.asked) == 1
    now += 2
    fink.answers["objects"] = [ztf(2), ztf(1)]
    assert len(fetch(Asking(fink, store.answers(), lambda: now), OBJECT).points) == len(fink.asked) == 2


@pytest.mark.parametrize("problem", [LinkError("No way to Fink."), BrokenError("Fink failed.")])
def test_an_old_answer_serves_when_there_is_no_new_one_and_says_so(store: Store, problem: SearchError) -> None:
    now = 1_795_000_000.0
    fink = Fink({"objects": [ztf(1)]})
    first = fetch(Asking(fink, store.answers(), lambda: now), OBJECT)
    now += 3 * 86400
    fink.answers["objects"] = problem
    found = fetch(Asking(fink, store.answers(), lambda: now), OBJECT)
    assert found.points == first.points
    assert found.fetched_at == first.fetched_at
    assert found.note == f"{problem} This is its answer of 3.0 d ago."
    assert parts(store) == []


def test_without_an_old_answer_it_is_told_why_there_is_none(store: Store) -> None:
    with pytest.raises(LinkError, match="No way"):
        fetch(Asking(Fink({"objects": LinkError("No way to Fink.")}), store.answers()), OBJECT)
    assert known(store.answers(), OBJECT) is None
    assert parts(store) == []


def test_what_is_given_up_leaves_nothing(store: Store) -> None:
    with pytest.raises(CancelledError):
        fetch(Asking(Fink({"objects": CancelledError("It was broken off.")}), store.answers()), OBJECT)
    assert parts(store) == []


def test_an_answer_that_is_no_list_is_said_and_asked_again(store: Store) -> None:
    fink = Fink({"objects": b'{"rows": 3}'})
    with pytest.raises(StoreError, match="no list"):
        fetch(Asking(fink, store.answers()), OBJECT)
    assert known(store.answers(), OBJECT) is None
    fink.answers["objects"] = [ztf(1)]
    assert len(fetch(Asking(fink, store.answers()), OBJECT).points) == 1


def test_an_old_answer_that_cannot_be_read_is_not_asked_for_twice_where_nobody_answers(store: Store) -> None:
    fink = Fink({"objects": [ztf(1)]})
    now = 1_795_000_000.0
    fetch(Asking(fink, store.answers(), lambda: now), OBJECT)
    (path,) = (store.folder / "answers").glob("*.json")
    path.write_bytes(b"[{")
    fink.answers["objects"] = LinkError("No way to Fink.")
    with pytest.raises(StoreError, match="no list"):
        fetch(Asking(fink, store.answers(), lambda: now + 1e6), OBJECT)
    assert len(fink.asked) == 2


def test_nothing_found_is_no_error(store: Store) -> None:
    found = fetch(Asking(Fink({"objects": []}), store.answers()), OBJECT)
    assert (found.points, found.newest_mjd) == ((), None)
    assert known(store.answers(), OBJECT) == replace(found, note="", is_cached=False)


@pytest.mark.parametrize(("sources", "asked"), [(1, ["sources"]), (2, ["sources", "fp"])])
def test_lsst_forces_photometry_only_where_there_is_more_than_one_source(
    store: Store, sources: int, asked: Sequence[str]
) -> None:
    subject = Subject("lsst", "313998569858662581")
    fink = Fink({"sources": [lsst(number) for number in range(sources)], "fp": [lsst(5, "forced"), lsst(0, "forced")]})
    found = fetch(Asking(fink, store.answers()), subject)
    assert [question.path for question in fink.asked] == asked
    assert {question.given["diaObjectId"] for question in fink.asked} == {"313998569858662581"}
    kinds = [point.kind for point in found.points]
    assert (kinds.count(PointKind.DETECTION), kinds.count(PointKind.FORCED)) == (sources, 2 * (sources > 1))
    assert known(store.answers(), subject) == found


def test_without_forced_photometry_the_rest_is_there(store: Store) -> None:
    fink = Fink({"sources": [lsst(0), lsst(1)], "fp": LinkError("No way to Fink.")})
    found = fetch(Asking(fink, store.answers()), Subject("lsst", "313998569858662581"))
    assert len(found.points) == 2
    assert found.note == "Without forced photometry: No way to Fink."


def test_as_many_rows_as_the_server_reads_may_not_be_all(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fink_tui.search.history.SERVER_MOST", 3)
    found = fetch(Asking(Fink({"objects": [ztf(number) for number in range(3)]}), store.answers()), OBJECT)
    assert "older ones may be missing" in found.note


# -- whose history ----------------------------------------------------------------------------------------------------


def row_of(alerts: list[DemoAlert], survey: str, **columns: Any) -> AlertRow:
    found = of(survey, alerts)
    return decode.whole_row(SchemaBook().schema(found.key), found.value)._replace(**columns)


def test_whose_history_is_asked_for(demo_alerts: list[DemoAlert]) -> None:
    plain = row_of(demo_alerts, "ztf", object_id="ZTF26abc", roid=0)
    assert subject_of(plain) == Subject("ztf", "ZTF26abc")
    assert subject_of(plain._replace(survey="mma")) == Subject("ztf", "ZTF26abc")
    asteroid = subject_of(plain._replace(roid=3, sso_name="1999XV1"))
    assert asteroid == Subject("ztf", "1999XV1", is_solar_system=True)
    assert (asteroid.question.path, asteroid.question.given) == ("sso", {"n_or_d": "1999XV1"})
    assert asteroid.forced is None
    rubin = row_of(demo_alerts, "lsst", object_id="313998569858662581", sso_name=None)
    assert subject_of(rubin) == Subject("lsst", "313998569858662581")
    assert subject_of(rubin._replace(object_id="2010 JO69", sso_name="2010 JO69")).question.path == "sso"
    with pytest.raises(QuestionError, match="no history to ask for"):
        subject_of(rubin._replace(object_id="diaSourceId 170666304474710105"))


def test_the_demos_rows_come_back_as_they_are(store: Store, demo_alerts: list[DemoAlert]) -> None:
    found = of("ztf", demo_alerts)
    record = decode.record(SchemaBook().schema(found.key), found.value)
    history = fetch(
        Asking(Fink({"objects": [rest_row("ztf", record)]}), store.answers()), Subject("ztf", record["objectId"])
    )
    assert [point.source_id for point in history.points] == [str(record["candid"])]
