"""A search: what is here at once, then what Fink answers; and nothing that fails ends it."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from fink_tui.search import cones
from fink_tui.search import part as parts
from fink_tui.search.asking import serves_for
from fink_tui.search.errors import LargeError, RefusedError, SearchError
from fink_tui.search.line.understanding import understand
from fink_tui.search.line.understood import Understood, Wanted
from fink_tui.search.outcome import Outcome, State
from fink_tui.search.question import Question
from fink_tui.search.searching import Searching
from fink_tui.sky.coordinates import separation
from fink_tui.store import answers as store_answers
from fink_tui.store.errors import StoreFullError
from fink_tui.store.store import Store
from fink_tui.stream.demo import DemoAlert
from tests.fink_api import FinkApi, sky
from tests.running import wait_for
from tests.search import searched
from tests.search.searched import NOW, Searcher, Spoilt
from tests.store.making import everything, receive


def received(store: Store, alerts: Sequence[DemoAlert]) -> set[int]:
    """Alerts that came by the stream: their ids in the store."""
    with closing(store.inbox()) as inbox:
        receive(inbox, alerts)
    return {one.id for one in everything(store)}


@pytest.fixture
def search(fink_api: FinkApi, store: Store) -> Searcher:
    return Searcher(fink_api, store)


def test_what_fink_answers_is_kept_and_reported(search: Searcher, fink_api: FinkApi) -> None:
    outcome = search("class=SN candidate last=20")
    assert outcome.is_over
    assert len(outcome.ids) == 20
    (part,) = outcome.parts
    assert (part.state, part.rows, part.total, part.is_cached) == (State.ANSWERED, 20, 20, False)
    assert part.fetched_at == NOW.timestamp()
    assert part.received > 10_000
    assert "The newest 20: there may be more." in part.words
    assert not part.is_complete
    assert "filled the morning after" in outcome.words
    states = [one.parts[0].state for one in search.reports if one.parts]
    assert states[0] is State.ASKING
    assert State.TAKING in states
    assert search.reports[0].parts == ()  # what is here is told before anything is asked
    assert search.reports[-1] == outcome
    with closing(search.store.database.reader()) as reader:
        times = [reader.execute("SELECT obs_mjd FROM alert WHERE id = ?", (one,)).fetchone()[0] for one in outcome.ids]
    assert times == sorted(times, reverse=True)
    again = search("class=SN candidate last=20")
    assert again.ids == outcome.ids
    assert again.parts[0].is_cached
    assert len(fink_api.requests) == 1


def test_an_answer_gets_old_and_may_be_asked_for_again(search: Searcher, fink_api: FinkApi) -> None:
    search("tag=in_tns")
    search("tag=in_tns", fresh=True)
    assert len(fink_api.requests) == 2
    search.now = NOW + timedelta(minutes=9)
    assert search("tag=in_tns").parts[0].is_cached
    search.now = NOW + timedelta(minutes=11)
    assert not search("tag=in_tns").parts[0].is_cached
    assert len(fink_api.requests) == 3


@pytest.mark.parametrize(
    ("question", "days"),
    [
        (Question.of("ztf", "classes"), 1),
        (Question.of("lsst", "tags"), 1),
        (Question.of("lsst", "tags", tag="in_tns"), 0),
        (Question.of("ztf", "statistics", date="20250101"), 30),
        (Question.of("ztf", "statistics", date="2025"), 30),
        (Question.of("ztf", "statistics", date="2026"), 0),
        (Question.of("ztf", "statistics", date=f"{NOW:%Y%m%d}"), 0),
        (Question.of("ztf", "objects", objectId="ZTF21abfmbix"), 0),
    ],
)
def test_what_does_not_change_serves_longer(question: Question, days: float) -> None:
    assert serves_for(question, 10, NOW.timestamp()) == max(days * 86400, 600)


def test_without_a_link_an_old_answer_serves_and_says_so(search: Searcher, fink_api: FinkApi) -> None:
    before = search("class=SN candidate last=20")
    fink_api.stop()
    search.now = NOW + timedelta(hours=3)
    outcome = search("class=SN candidate last=20")
    assert outcome.ids == before.ids
    (part,) = outcome.parts
    assert part.is_cached
    assert part.state is State.ANSWERED
    assert part.fetched_at == NOW.timestamp()
    assert "cannot be reached" in part.words
    assert "This is its answer of 3.0 h ago." in part.words
    failed = search("class=Ambiguous").parts[0]
    assert failed.state is State.FAILED
    assert "cannot be reached" in failed.words


def test_the_day_after_an_old_cone_serves_and_it_is_said_once(search: Searcher, fink_api: FinkApi) -> None:
    """What is asked for besides, the newest of the last month, is another question each day."""
    before = search("150.12 20.1 r=30", surveys=("ztf",))
    fink_api.stop()
    search.now = NOW + timedelta(days=1)
    outcome = search("150.12 20.1 r=30", surveys=("ztf",))
    assert outcome.ids == before.ids
    (part,) = outcome.parts
    assert part.state is State.ANSWERED
    assert part.is_cached
    assert part.words.count("This is its answer of") == 1
    again = search("150.12 20.1 r=30", surveys=("ztf",), fresh=True).parts[0].words
    assert again.count("This is its answer of") == 1


@pytest.mark.parametrize("kind", [RefusedError, LargeError])
def test_no_old_answer_serves_where_fink_refuses(
    kind: type[SearchError], search: Searcher, fink_api: FinkApi, store: Store
) -> None:
    search("tag=in_tns")
    spoilt = Spoilt(searched.settings(fink_api), lambda _: kind("No."))
    (part,) = Searcher(fink_api, store, spoilt)("tag=in_tns", fresh=True).parts
    assert (part.state, part.words) == (State.FAILED, "No.")


def test_one_survey_fails_and_the_other_answers(search: Searcher, fink_api: FinkApi) -> None:
    fink_api.stop("ztf")
    outcome = search("57.964 -30.0 r=5")
    found = {part.question.survey: part.state for part in outcome.parts}
    assert found == {"ztf": State.FAILED, "lsst": State.ANSWERED}
    assert outcome.ids


def test_both_surveys_are_asked_at_once(fink_api: FinkApi, store: Store) -> None:
    together = threading.Barrier(2)

    def meet(question: Question) -> Question:
        if "startdate" not in question.given:
            together.wait(30)
        return question

    outcome = Searcher(fink_api, store, Spoilt(searched.settings(fink_api), meet))("150.12 20.1 r=30")
    assert all(part.state is State.ANSWERED for part in outcome.parts)


def test_what_is_here_comes_first_and_from_the_stream(
    fink_api: FinkApi, store: Store, demo_alerts: list[DemoAlert]
) -> None:
    mine = received(store, demo_alerts)
    search = Searcher(fink_api, store)
    fink_api.stop()
    outcome = search("class='SN candidate'")
    assert search.reports[0].ids
    assert outcome.local == len(outcome.ids) == len(search.reports[0].ids) > 0
    assert set(outcome.ids) <= mine


def test_in_a_cone_an_object_is_there_once_by_its_newest_alert(search: Searcher) -> None:
    name = search.objects(search("150.12 20.1 r=3", surveys=("ztf",)))[0]
    assert len(search(name).ids) > 1  # all its alerts are here now
    outcome = search("150.12 20.1 r=3", surveys=("ztf",))
    assert search.objects(outcome).count(name) == 1
    with closing(search.store.database.reader()) as reader:
        newest = reader.execute("SELECT id FROM alert WHERE object_id = ? ORDER BY obs_mjd DESC", (name,)).fetchone()
    assert newest[0] in outcome.ids


def test_a_cone_is_nearest_first(search: Searcher) -> None:
    outcome = search("150.12 20.1 r=300", surveys=("ztf",))
    with closing(search.store.database.reader()) as reader:
        rows = [reader.execute("SELECT ra, dec FROM alert WHERE id = ?", (one,)).fetchone() for one in outcome.ids]
    from fink_tui.sky.coordinates import separation

    distances = [separation(150.12, 20.1, ra, dec) for ra, dec in rows]
    assert len(distances) > 50
    assert distances == sorted(distances)
    assert distances[-1] <= 300 / 3600


def test_what_fink_cannot_combine_is_cut_here(search: Searcher) -> None:
    everything = search("150.12 20.1 r=600", surveys=("ztf",))
    with closing(search.store.database.reader()) as reader:
        (label,) = reader.execute("SELECT label FROM alert WHERE id = ?", (everything.ids[0],)).fetchone()
        marks = ",".join("?" * len(everything.ids))
        sql = f"SELECT count(*) FROM alert WHERE label = ? AND id IN ({marks})"
        (number,) = reader.execute(sql, (label, *everything.ids)).fetchone()
    some = search(f"150.12 20.1 r=600 class='{label}'", surveys=("ztf",))
    assert 0 < len(some.ids) == number < len(everything.ids)
    assert [(part.rows, part.fitting) for part in some.parts] == [(len(everything.ids), number)]
    few = search("150.12 20.1 r=600 last=7", surveys=("ztf",))
    assert few.ids == everything.ids[:7]


@pytest.mark.parametrize(
    ("text", "survey"), [("trend=rising", "ztf"), ("class='(TNS) SN Ia'", "ztf"), ("trend=fading", "lsst")]
)
def test_what_an_answer_does_not_tell_is_not_said_to_be_found_nowhere(search: Searcher, text: str, survey: str) -> None:
    place = sky.ZTF_CROWD if survey == "ztf" else sky.LSST_CROWD
    (part,) = search(f"{place[0]} {place[1]} r=600 {text}", surveys=(survey,)).parts
    assert part.rows > 0
    assert part.fitting == 0
    assert not part.is_complete
    assert "This answer does not tell" in part.words


def test_it_is_known_what_only_earlier_answers_told_of(search: Searcher) -> None:
    place = "150.12 20.1 r=60"
    everything = search(place, surveys=("ztf",))
    assert (everything.local, everything.earlier) == (0, 0)
    assert search(place, surveys=("ztf",), fresh=True).earlier == 0, "the same answer tells of them again"
    unasked = search(place, surveys=("lsst",))
    assert unasked.earlier == len(unasked.ids) == 0
    some = search(f"{place} after=61363.2", surveys=("ztf",))
    assert some.parts[0].rows == 0, "first detected earlier"
    assert some.earlier == len(some.ids) > 0, "observed since, as is known from the first answer"


@pytest.mark.parametrize("survey", ["ztf", "lsst"])
def test_it_is_said_what_the_dates_of_a_cone_are_of(search: Searcher, survey: str) -> None:
    (part,) = search("150.12 20.1 r=60 date=2026-11-15", surveys=(survey,)).parts
    assert "first detection" in part.words


def test_rows_that_are_no_alerts_are_counted(search: Searcher) -> None:
    name = next(alert.object_id for alert in reversed(sky.ztf()) if alert.label == "SN candidate")
    (part,) = search(f"{name} limits=yes").parts
    assert part.total is not None
    assert part.rows < part.total
    assert f"{part.total - part.rows} row" in part.words
    assert "such as limits" in part.words


def test_tables_are_no_alerts(search: Searcher) -> None:
    outcome = search("classes")
    table = outcome.parts[0].table
    assert table is not None
    assert table.columns == ("group", "name")
    assert ("Fink classifiers", "SN candidate") in table.rows
    assert not outcome.ids
    assert outcome.words == ""
    blocks, tags, counts = (search(one).parts[0].table for one in ("blocks", "tags", "lsst statistics date=2026"))
    assert blocks is not None
    assert tags is not None
    assert counts is not None
    assert "name" in blocks.columns
    assert "description" in tags.columns
    assert "f:night" in counts.columns
    assert search("lsst schema endpoint=/api/v1/sources").parts[0].rows > 50


def test_a_table_may_not_be_large(search: Searcher, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "MOST_TABLE", 100)
    (part,) = search("classes").parts
    assert part.state is State.FAILED
    path = Path(part.words.rpartition(" ")[2])
    assert json.loads(path.read_bytes())


def test_a_file_is_kept_as_a_file(search: Searcher) -> None:
    (part,) = search("ztf latests class=Ambiguous output-format=csv").parts
    assert part.state is State.ANSWERED
    assert part.table is not None
    said = {name: str(value) for name, value in part.table.rows}
    assert Path(said["file"]).is_file()
    assert "cache_gb" in said["keep"]


def test_a_name_is_resolved_first(search: Searcher, fink_api: FinkApi) -> None:
    outcome = search("M31 r=30")
    assert outcome.words.startswith("M  31: SIMBAD")
    assert {part.question.path for part in outcome.parts} == {"conesearch"}
    assert {part.question.given["radius"] for part in outcome.parts} == {"30"}
    assert outcome.is_nearest_first
    assert "Nobody knows no such thing" in search("name=no such thing").words
    fink_api.stop()
    lost = search("name=Vega")
    assert lost.is_over
    assert "cannot be reached" in lost.words
    assert lost.parts == ()


def test_a_name_that_an_alert_here_has_is_known_without_fink(store: Store, demo_alerts: Sequence[DemoAlert]) -> None:
    received(store, demo_alerts)
    named = next(one.row for one in everything(store) if one.row.tns_name)
    searching = Searching(store, None, store.answers(), unasked="This is a view.")
    known = understand(f"name={named.tns_name}", ("ztf", "lsst"), NOW)
    outcome = searching.run(known, lambda _: None, lambda: False)
    assert {one.row.object_id for one in everything(store) if one.id in outcome.ids} == {named.object_id}
    assert f"{named.tns_name}: here" in outcome.words
    assert outcome.words.endswith("This is a view.")
    unknown = searching.run(understand("name=Vega", ("ztf",), NOW), lambda _: None, lambda: False)
    assert unknown.words == "No alert that is kept here has the name Vega. This is a view."


def test_a_name_that_was_resolved_is_known_when_nobody_can_be_reached(search: Searcher, fink_api: FinkApi) -> None:
    search("M31 r=30")
    fink_api.stop()
    outcome = search("M31 r=30")
    assert outcome.words.startswith("M  31: SIMBAD")
    assert len(outcome.parts) == 2


def test_a_name_of_an_object_finds_it_and_what_else_saw_it(search: Searcher) -> None:
    alert = next(one for one in reversed(sky.ztf()) if one.row.get("d:tns"))
    search(alert.object_id)
    with closing(search.store.database.reader()) as reader:
        sql = "SELECT tns_name FROM alert WHERE object_id = ? AND tns_name IS NOT NULL"
        found = reader.execute(sql, (alert.object_id,)).fetchone()
    outcome = search(f"name={found[0]}" if found else f"name={alert.object_id}")
    assert {(part.question.survey, part.question.path) for part in outcome.parts} == {
        ("ztf", "objects"),
        ("lsst", "conesearch"),
    }
    assert set(search.objects(outcome)) == {alert.object_id}
    assert not outcome.is_nearest_first, "what is of the object stands in the order of time"
    middle = cones.middle(None, (part.question for part in outcome.parts))
    assert middle is not None
    assert separation(*middle, alert.row["i:ra"], alert.row["i:dec"]) * 3600 < 2


def test_fink_is_not_asked_where_it_may_not(store: Store, demo_alerts: list[DemoAlert]) -> None:
    mine = received(store, demo_alerts)
    searching = Searching(store, None, store.answers(), unasked="This is a view.")
    outcome = searching.run(understand("class='SN candidate'", ("ztf",), NOW), lambda _: None, lambda: False)
    assert outcome.words == "This is a view."
    assert outcome.is_over
    assert outcome.parts == ()
    assert outcome.ids
    assert set(outcome.ids) <= mine


@pytest.mark.parametrize("where", ["waiting", "taking in", "resolving"])
def test_it_is_broken_off_anywhere(
    where: str, search: Searcher, fink_api: FinkApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = set(threading.enumerate())
    is_over = threading.Event()
    line = "57.964 -30.0 r=60" if where != "resolving" else "M31"
    if where == "taking in":
        monkeypatch.setattr(parts, "FIRST_SLICE", 10)
        take_in = store_answers.Answers.take_in

        def taking(self: store_answers.Answers, *arguments: object) -> list[int | None]:
            is_over.set()
            return take_in(self, *arguments)  # type: ignore[arg-type]

        monkeypatch.setattr(store_answers.Answers, "take_in", taking)
    else:
        fink_api.faults.silent(times=-1)
    reports: list[Outcome] = []
    done: list[Outcome] = []

    def run() -> None:
        wanted = understand(line, ("ztf", "lsst"), NOW)
        done.append(search.searching.run(wanted, reports.append, is_over.is_set))

    thread = threading.Thread(target=run)
    thread.start()
    if where != "taking in":
        wait_for(lambda: fink_api.requests, "a question")
        is_over.set()
    thread.join(30)
    assert not thread.is_alive()
    assert done[0].is_over
    assert len(done[0].ids) <= 20
    assert all(part.state is State.FAILED for part in done[0].parts if part.rows != part.total)
    fink_api.faults.clear()
    mine = ("search", "resolver")
    wait_for(lambda: not [t for t in set(threading.enumerate()) - before if t.name.startswith(mine)], "the threads")
    assert not list((search.store.folder / "answers").glob("*.part"))


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (StoreFullError("The disk is full."), "The disk is full."),
        (OSError(28, "No space left on device"), "The answer cannot be kept: No space left on device."),
        (ZeroDivisionError("x"), "nobody foresaw"),
    ],
)
def test_nothing_that_fails_ends_it(
    error: Exception, words: str, search: Searcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(search.searching.answers, "take_in", fail)
    outcome = search("class=SN candidate last=20")
    assert outcome.is_over
    (part,) = outcome.parts
    assert part.state is State.FAILED
    assert words in part.words


def test_the_look_here_may_fail_and_is_said(search: Searcher, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise StoreFullError("The disk is full.")

    monkeypatch.setattr("fink_tui.search.local.ids", fail)
    assert search("class=SN candidate").words == "The disk is full."


def test_a_body_that_makes_no_sense_is_said(search: Searcher, fink_api: FinkApi) -> None:
    fink_api.faults.body(b'[{"i:objectId": "ZTF", ]', "latests")
    fink_api.faults.body(b'{"an": "object"}', "latests")
    for _ in range(2):
        (part,) = search("class=SN candidate last=20", fresh=True).parts
        assert part.state is State.FAILED
        assert "answered with" in part.words


def test_only_so_much_is_kept(fink_api: FinkApi, store: Store) -> None:
    search = Searcher(fink_api, store, cache_gb=50_000 / 1e9)
    for label in ("SN candidate", "Unknown", "Ambiguous", "Early SN Ia candidate"):
        search(f"class={label}")
    kept = sum(path.stat().st_size for path in (store.folder / "answers").glob("*.json"))
    assert kept <= 50_000


def test_trends_say_what_they_are_of(search: Searcher) -> None:
    (part,) = search("class=SN candidate trend=rising last=50").parts
    assert "Those rising among the newest 50" in part.words
    assert not part.is_complete


def test_of_nights_that_are_over_tonight_is_not_said(search: Searcher) -> None:
    day = (NOW - timedelta(days=5)).strftime("%Y-%m-%d")
    assert "morning after" not in search(f"class=SN candidate date={day}").words
    assert "morning after" in search("class=SN candidate after=-5d").words


def test_many_rows_come_in_portions(
    search: Searcher, store: Store, fink_api: FinkApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    take_in = store_answers.Answers.take_in

    def taking(self: store_answers.Answers, kept: object, survey: str, spans: list[object]) -> list[int | None]:
        sizes.append(len(spans))
        return take_in(self, kept, survey, spans)  # type: ignore[arg-type]

    monkeypatch.setattr(store_answers.Answers, "take_in", taking)
    outcome = search("57.964 -30.0 r=600", surveys=("lsst",))
    assert sizes[0] == 100
    assert set(sizes[1:-1]) <= {500}
    assert sum(sizes) == outcome.parts[0].rows > 1000
    counts = [len(one.ids) for one in search.reports]
    assert counts == sorted(counts)
    assert counts.index(next(one for one in counts if one)) < len(counts) - 1


def test_a_question_without_a_line(search: Searcher) -> None:
    """As `H` and `A` ask, and scripts."""
    asked = Understood(questions=(Question.of("ztf", "anomaly", n=5), Question.of("ztf", "nonsense")))
    outcome = search.searching.run(asked, lambda _: None, lambda: False)
    assert len(outcome.ids) == 5
    assert outcome.parts[1].state is State.FAILED
    assert "has no search 'nonsense'" in outcome.parts[1].words
    assert replace(asked, wanted=Wanted(trend="low_state")).wanted.trend == "low_state"
