"""Cone searches are complete, though the server cuts them silently; and where they are not, it is said."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fink_tui.search import cones
from fink_tui.search.errors import SearchError, SlowError
from fink_tui.search.http.client import Client
from fink_tui.search.question import Question
from fink_tui.sky.coordinates import Cone, offset, separation
from fink_tui.store.store import Store
from tests.fink_api import FinkApi, sky
from tests.search import searched
from tests.search.searched import Searcher, Spoilt

NOW = datetime(2026, 11, 21, 19, tzinfo=UTC)


def cone(survey: str = "ztf", radius: float = 30, **more: object) -> Question:
    ra, dec = sky.ZTF_CROWD if survey == "ztf" else sky.LSST_CROWD
    return Question.of(survey, "conesearch", ra=ra, dec=dec, radius=radius, **more)


def names(path: Path, column: str) -> set[str]:
    return {str(row[column]) for row in json.loads(path.read_bytes())}


@pytest.mark.parametrize(("survey", "column"), [("ztf", "i:objectId"), ("lsst", "r:diaObjectId")])
def test_what_the_server_cuts_is_there(
    survey: str, column: str, fink_api: FinkApi, store: Store, tmp_path: Path
) -> None:
    """In a busy pixel, the default leaves out what was seen last: the very object at the middle of the cone."""
    Client(searched.settings(fink_api)).ask(cone(survey, 5), tmp_path / "plain")
    Client(searched.settings(fink_api)).ask(cone(survey, 5, n=1_000_000), tmp_path / "all")
    hidden = names(tmp_path / "all", column) - names(tmp_path / "plain", column)
    assert hidden

    search = Searcher(fink_api, store)
    ra, dec = sky.ZTF_CROWD if survey == "ztf" else sky.LSST_CROWD
    outcome = search(f"{ra} {dec:+} r=5", surveys=(survey,))
    found = search.objects(outcome)
    assert hidden <= set(found)
    assert len(found) == len(set(found))
    (part,) = outcome.parts
    assert part.is_complete
    assert part.rows == part.total == len(found)


def test_the_first_that_is_shown_of_a_cone_is_the_nearest(fink_api: FinkApi, store: Store) -> None:
    """What is newest is asked for first, as a test of the whole; it is none of the nearest."""
    search = Searcher(fink_api, store)
    outcome = search("150.12 20.0 r=400", surveys=("ztf",))
    assert [one.endpoint for one in fink_api.requests] == ["conesearch"] * 2
    first = next(report for report in search.reports if report.ids)
    assert first.ids[0] == outcome.ids[0]
    names = search.objects(outcome)
    newest = next(one.object_id for one in reversed(sky.ztf()) if one.object_id in names)
    assert names.index(newest) > 0


def capped(fink_api: FinkApi, most: int) -> Spoilt:
    """A server that reads no more rows of a pixel than it likes, whatever it is asked for."""
    return Spoilt(searched.settings(fink_api), lambda one: one.but(n=most))


def test_a_server_that_cuts_all_the_same_is_found_out(fink_api: FinkApi, store: Store) -> None:
    all_of_it = Searcher(fink_api, store)("150.12 20.1 r=1200", surveys=("ztf",))
    assert all_of_it.parts[0].is_complete
    client = capped(fink_api, 500)
    search = Searcher(fink_api, store, client)
    outcome = search("150.12 20.1 r=1200", surveys=("ztf",), fresh=True)
    assert set(outcome.ids) == set(all_of_it.ids)
    (part,) = outcome.parts
    assert "had cut its answer" in part.words
    assert 3 < len(client.asked) <= cones.MOST_PIECES
    assert part.rows == len(all_of_it.ids)


def test_that_it_asks_on_has_an_end(fink_api: FinkApi, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cones, "MOST_PIECES", 5)
    client = capped(fink_api, 100)
    (part,) = Searcher(fink_api, store, client)("150.12 20.1 r=1200", surveys=("ztf",)).parts
    assert len(client.asked) <= 5
    assert not part.is_complete
    assert "are missing" in part.words


def too_slow_for_long_times(question: Question) -> Question | SearchError:
    if cones.described(question, NOW) and "stopdate" not in question.given and "startdate" not in question.given:
        return SlowError("Fink did not finish.")
    return question


def test_what_takes_too_long_is_asked_in_halves_of_the_time(fink_api: FinkApi, store: Store) -> None:
    whole = Searcher(fink_api, store)("150.12 20.1 r=300", surveys=("ztf",))
    client = Spoilt(searched.settings(fink_api), too_slow_for_long_times)
    outcome = Searcher(fink_api, store, client)("150.12 20.1 r=300", surveys=("ztf",), fresh=True)
    assert list(outcome.ids) == list(whole.ids)
    assert outcome.parts[0].is_complete
    assert len(client.asked) == 4  # the newest, the whole, two halves


def test_what_takes_too_long_is_asked_in_smaller_cones(fink_api: FinkApi, store: Store) -> None:
    whole = Searcher(fink_api, store)("57.964 -30.0 r=900", surveys=("lsst",))
    assert len(whole.ids) > 100

    def spoil(question: Question) -> Question | SearchError:
        return SlowError("Fink did not finish.") if float(question.given["radius"]) > 500 else question

    client = Spoilt(searched.settings(fink_api), spoil)
    outcome = Searcher(fink_api, store, client)("57.964 -30.0 r=900", surveys=("lsst",), fresh=True)
    assert list(outcome.ids) == list(whole.ids)
    assert outcome.parts[0].is_complete
    assert len(client.asked) == 8


def test_what_stays_too_slow_is_missing_and_said(fink_api: FinkApi, store: Store) -> None:
    def spoil(question: Question) -> Question | SearchError:
        is_north = float(question.given["dec"]) > -29.95
        is_small = float(question.given["radius"]) < 500
        return question if is_small and not is_north else SlowError("Fink did not finish.")

    client = Spoilt(searched.settings(fink_api), spoil)
    outcome = Searcher(fink_api, store, client)("57.964 -30.0 r=900", surveys=("lsst",))
    (part,) = outcome.parts
    assert len(outcome.ids) > 100
    assert not part.is_complete
    assert "are missing: Fink did not finish. Ask for a smaller radius." in part.words
    assert len(client.asked) <= cones.MOST_PIECES


def test_a_small_cone_that_takes_too_long_has_failed(fink_api: FinkApi, store: Store) -> None:
    client = Spoilt(searched.settings(fink_api), lambda _: SlowError("Fink did not finish."))
    (part,) = Searcher(fink_api, store, client)("57.964 -30.0 r=30", surveys=("lsst",)).parts
    assert (part.state, part.words, part.is_complete) == ("failed", "Fink did not finish.", False)


def test_who_sets_n_is_told_what_it_means(fink_api: FinkApi, store: Store) -> None:
    search = Searcher(fink_api, store)
    (part,) = search("ztf conesearch ra=150.12 dec=20.1 radius=30 n=100").parts
    assert part.question.given["n"] == "100"
    assert not part.is_complete
    assert "100 rows of each pixel" in part.words
    assert len(fink_api.asked("conesearch")) == 1


def test_the_columns_make_alerts(fink_api: FinkApi, store: Store) -> None:
    """With the five columns that LSST gives by itself no alert would have a brightness, nor an id of its own."""
    question = cones.whole(cone("lsst", columns="r:diaObjectId,r:x"))
    columns = question.given["columns"].split(",")
    assert columns[:2] == ["r:diaObjectId", "r:x"]
    assert {"r:diaSourceId", "r:psfFlux", "r:band", "f:firstDiaSourceMjdTaiFink"} < set(columns)
    assert len(columns) == len(set(columns))
    assert "columns" not in cones.whole(cone()).given
    outcome = Searcher(fink_api, store)("57.964 -30.0 r=5", surveys=("lsst",))
    with store.database.reader() as reader:
        rows = [reader.execute("SELECT * FROM alert WHERE id = ?", (one,)).fetchone() for one in outcome.ids]
    assert rows
    assert all(row["alert_id"].isdecimal() and row["band"] and row["mag"] is not None for row in rows)


def test_the_middle_of_a_search_is_the_one_place_of_its_cones() -> None:
    of_object = Question.of("ztf", "objects", objectId="ZTF26aaaaaaa")
    place = sky.LSST_CROWD
    assert cones.middle(None, [cone("lsst")]) == place
    assert cones.middle(None, [of_object, cone("lsst")]) == place, "what else saw an object"
    assert cones.middle(None, [cone("lsst"), cone("lsst", radius=5)]) == place
    assert cones.middle(None, [cone("lsst"), cone("ztf")]) is None, "two places"
    assert cones.middle(None, [of_object]) is None
    assert cones.middle(None, [cone("lsst").but(ra="12:30:00")]) is None
    assert cones.middle(Cone(1.0, 2.0, 0.1), [cone("lsst"), of_object]) == (1.0, 2.0)


def test_a_stop_alone_would_be_ignored() -> None:
    question = cones.whole(cone(stopdate="2026-11-01 00:00:00"))
    assert question.given["startdate"] == "2017-10-01 00:00:00"
    assert "startdate" not in cones.whole(cone("lsst", stopdate="2026-11-01 00:00:00")).given


def test_an_object_of_rubin_that_was_seen_again_since_is_of_the_day_of_its_first_detection(
    fink_api: FinkApi, store: Store
) -> None:
    seen = next(one for one in reversed(sky.lsst()) if one.label == "SN-like")
    row, first = seen.row, seen.record["misc"]["firstDiaSourceMjdTaiFink"]
    assert seen.mjd - first > 3
    search = Searcher(fink_api, store)
    place = f"{row['r:ra']:.6f} {row['r:dec']:.6f} r=2"

    def found(begin: float) -> int:
        outcome = search(f"{place} after={begin:.4f} window=2", surveys=("lsst",))
        assert outcome.parts[0].rows == len(outcome.ids) == outcome.parts[0].total
        return len(outcome.ids)

    search(seen.object_id)  # which tells more, but not of the object
    assert found(first - 1) == 1
    assert found(first - 4) == 0
    search(seen.object_id, fresh=True)
    with store.database.reader() as reader:
        (row,) = reader.execute("SELECT * FROM alert WHERE alert_id = ?", (seen.alert_id,)).fetchall()
    assert row["n_detections"] == seen.record["diaObject"]["nDiaSources"], "what the cone told of it is not lost"
    assert row["exposure_id"] is not None
    assert {"stopdate", "window"}.isdisjoint(fink_api.asked("conesearch")[0].arguments)


def test_the_witness_is_the_last_month_and_asked_only_of_long_times() -> None:
    found = cones.witness(cones.whole(cone()), NOW)
    assert found is not None
    assert found.given["startdate"] == "2026-10-23 00:00:00"
    assert "stopdate" not in found.given
    assert cones.witness(cones.whole(cone()), NOW.replace(hour=1)) == found  # all day the same, so it is kept
    assert cones.witness(cones.whole(cone(startdate="2026-10-01 00:00:00")), NOW) is None
    assert cones.witness(cones.whole(cone("lsst")), NOW) is None
    past = cones.witness(cones.whole(cone(startdate="2020-01-01 00:00:00", window=365.5)), NOW)
    assert past is not None
    assert (past.given["startdate"], past.given["stopdate"]) == ("2020-12-01 12:00:00", "2020-12-31 12:00:00")
    assert "window" not in past.given
    for stop in ("2026-11-21 00:00:00", "2026-11-21 18:00:00"):  # of this day, and over
        today = cones.witness(cones.whole(cone(stopdate=stop)), NOW)
        assert today is not None
        assert today.given["stopdate"] == stop


def test_halves_of_a_time_are_all_of_it() -> None:
    todo, leaves = [cones.whole(cone())], 0
    ends = {"2017-10-01 00:00:00"}
    while todo:
        question = todo.pop()
        halves = cones.pieces(question, NOW)
        leaves += not halves
        if halves:
            newer, older = (one.given for one in halves)
            assert newer["startdate"] == older["stopdate"]
            assert newer.get("stopdate") == question.given.get("stopdate")
            assert older["startdate"] in ends
            ends.add(newer["startdate"])
        todo += halves
    assert leaves > 800


@settings(max_examples=200)
@given(st.floats(0, 359.99), st.floats(-89, 89), st.floats(400, 18000), st.floats(0, 360), st.floats(0, 1))
def test_seven_cones_cover_one(ra: float, dec: float, radius: float, angle: float, share: float) -> None:
    question = Question.of("lsst", "conesearch", ra=f"{ra:.6f}", dec=f"{dec:.6f}", radius=f"{radius:.3f}")
    whole = cones.cone_of(question)
    assert whole is not None
    place = offset(whole.ra, whole.dec, angle, whole.radius * math.sqrt(share))
    parts = [cones.cone_of(one) for one in cones.pieces(question, NOW)]
    assert len(parts) == 7
    assert any(separation(*place, one.ra, one.dec) <= one.radius for one in parts if one is not None)


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2021-06-10 12:30:00", datetime(2021, 6, 10, 12, 30, tzinfo=UTC)),
        ("2021-06-10", datetime(2021, 6, 10, tzinfo=UTC)),
        ("2459376.0208333", datetime(2021, 6, 10, 12, 30, tzinfo=UTC)),
        ("59375.5", datetime(2021, 6, 10, 12, 0, tzinfo=UTC)),
    ],
)
def test_times_are_read_in_each_form(text: str, time: datetime) -> None:
    described = cones.described(cone(startdate=text, window=1), NOW)
    assert described == f"first detected {time:%Y-%m-%d} to 2021-06-11"
