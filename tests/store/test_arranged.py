"""An arranged list beside a plain model of it, while alerts come and change."""

from __future__ import annotations

import math
import random
from array import array
from collections.abc import Callable, Sequence
from contextlib import closing
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fink_tui.alerts.decode import Decoded
from fink_tui.sky.visibility import Overhead
from fink_tui.store import arranged, arranged_pages, listed_pages
from fink_tui.store.arranged import Arrangement, arrange, arrange_found
from fink_tui.store.arranged_pages import ArrangedPages
from fink_tui.store.expression import CancelledError, ExpressionError, parsed
from fink_tui.store.found_pages import FoundPages
from fink_tui.store.inbox import Inbox
from fink_tui.store.listed_pages import ListedPages
from fink_tui.store.pages import PAGE
from fink_tui.store.store import Store
from fink_tui.stream.demo import DemoAlert
from fink_tui.triage.queue import Queue
from tests.store.making import NOW, SOURCE, results, sql


class FakeSky:
    """As high as the declination says, and as long as the right ascension."""

    def altitude(self, ra: float, dec: float) -> float:
        return dec

    def hours_left(self, ra: float, dec: float) -> float:
        return ra


SKY = cast(Overhead, FakeSky())


@pytest.fixture(scope="module")
def decoded(demo_alerts: Sequence[DemoAlert]) -> Decoded:
    (found,) = results(demo_alerts[:1])
    assert isinstance(found, Decoded)
    return found


class Arrivals:
    """Puts alerts into a store, and remembers them as a list of columns."""

    def __init__(self, inbox: Inbox, decoded: Decoded, first: int = 0) -> None:
        self._inbox, self._decoded = inbox, decoded
        self._first = first
        self.rows: list[dict[str, Any]] = []

    def arrive(self, *rows: dict[str, Any]) -> None:
        made = []
        for row in rows:
            name = f"ZTF{self._first + len(self.rows) + 1:05d}"
            columns = {"alert_id": name, "object_id": name} | row
            made.append(self._decoded._replace(row=self._decoded.row._replace(**columns)))
            self.rows.append(columns | {"id": self._first + len(self.rows) + 1, "state": ""})
        self._inbox.receive(made, SOURCE, [], NOW)


alerts = st.fixed_dictionaries(
    {
        "mag": st.none() | st.integers(16, 22).map(float),
        "n_detections": st.integers(0, 4),  # 0: nobody says
        "label": st.sampled_from(["SN candidate", "Unknown"]),
        "dec": st.integers(-30, 60).map(float),
        "ra": st.integers(0, 9).map(float),
    }
)

FILTERS: dict[str, Callable[[dict[str, Any]], bool]] = {
    "": lambda row: True,
    "mag < 19": lambda row: row["mag"] is not None and row["mag"] < 19,
    "class = 'sn candidate' or mag is null": lambda row: row["label"] == "SN candidate" or row["mag"] is None,
    "det < 3 or det is null and mag < 19": lambda row: (
        0 < row["n_detections"] < 3 or (not row["n_detections"] and row["mag"] is not None and row["mag"] < 19)
    ),
    "alt > 20 and det >= 2": lambda row: row["dec"] > 20 and row["n_detections"] >= 2,
    "false": lambda row: False,
}

ORDERS: dict[str, Callable[[dict[str, Any]], float | None]] = {
    "": lambda row: None,
    "mag": lambda row: row["mag"],
    "altitude": lambda row: row["dec"],
    "nullif(hours_left, 0)": lambda row: row["ra"] or None,
    "mag + dec": lambda row: None if row["mag"] is None else row["mag"] + row["dec"],
}


def arrangement(condition: str, order: str, *, is_descending: bool = False) -> Arrangement:
    return Arrangement(parsed(condition) if condition else None, parsed(order) if order else None, is_descending)


def model(rows: list[dict[str, Any]], condition: str, order: str, is_descending: bool) -> list[int]:
    """The ids that are to be in the list, in order."""

    def key(row: dict[str, Any]) -> tuple[float, int]:
        value = ORDERS[order](row)
        if value is None:
            return math.inf, row["id"]
        return -value if is_descending else value, row["id"]

    return [row["id"] for row in sorted(filter(FILTERS[condition], rows), key=key)]


def listed(pages: ListedPages) -> list[int]:
    return [row.id for number in range(pages.count() // PAGE + 1) for row in pages.page(number)]


def find_next(
    ids: list[int], start: int, fits: Callable[[int], bool], *, backwards: bool, is_round: bool
) -> int | None:
    """What is found in a list, done plainly."""
    ids = ids[::-1] if backwards else ids
    at = ids.index(start) + 1 if start in ids else 0
    return next((number for number in ids[at:] + (ids[:at] if is_round else []) if fits(number)), None)


@settings(max_examples=30)
@given(
    before=st.lists(alerts, max_size=40),
    after=st.lists(st.lists(alerts, max_size=8), max_size=4),
    condition=st.sampled_from(sorted(FILTERS)),
    order=st.sampled_from(sorted(ORDERS)),
    is_descending=st.booleans(),
    newcomers=st.sampled_from([1, 3, 2_000]),
    chunk=st.sampled_from([1, 4, 512]),
)
def test_a_list_is_what_a_plain_one_would_be(
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    decoded: Decoded,
    before: list[dict[str, Any]],
    after: list[list[dict[str, Any]]],
    condition: str,
    order: str,
    is_descending: bool,
    newcomers: int,
    chunk: int,
) -> None:
    monkeypatch.setattr(arranged_pages, "NEWCOMERS", newcomers)
    monkeypatch.setattr(listed_pages, "CHUNK", chunk)
    with Store(tmp_path_factory.mktemp("store")) as store, closing(store.inbox()) as inbox:
        arrivals = Arrivals(inbox, decoded)
        arrivals.arrive(*before)
        wanted = arrangement(condition, order, is_descending=is_descending)
        found = arrange(store.database, wanted, None, SKY)
        with closing(ArrangedPages(store.database, wanted, None, found)) as pages:
            queue = Queue(pages)
            expected = model(arrivals.rows, condition, order, is_descending)
            at_first = len(expected)
            assert listed(pages) == expected
            queue.move_to(len(expected) // 2)
            current = queue.current
            for some in after:
                arrivals.arrive(*some)
                expected += model(arrivals.rows[len(arrivals.rows) - len(some) :], condition, "", False)
                while queue.refresh():
                    pass
                assert listed(pages) == expected
                assert pages.newer == len(expected) - at_first
                assert queue.count == len(expected)
                assert queue.current == current or current is None, "the cursor stays"
            assert pages.total() == len(arrivals.rows)
            for row in arrivals.rows:
                index = expected.index(row["id"]) if row["id"] in expected else None
                assert pages.index_of(row["id"]) == index
            assert pages.index_of(len(arrivals.rows) + 1) is None
            start = expected[len(expected) // 3] if expected else 0
            for backwards in (False, True):
                for text in ("ZTF", "00003", "nothing"):
                    fits = lambda number, text=text: text in arrivals.rows[number - 1]["object_id"]  # noqa: E731
                    assert pages.find(text, start, backwards=backwards) == find_next(
                        expected, start, fits, backwards=backwards, is_round=True
                    )
                assert pages.undecided(start, backwards=backwards) == find_next(
                    expected, start, lambda _: True, backwards=backwards, is_round=False
                )


def test_of_one_night_alone(store: Store, inbox: Inbox, decoded: Decoded) -> None:
    arrivals = Arrivals(inbox, decoded)
    obs = decoded.row.obs_mjd
    arrivals.arrive({"mag": 18.0}, {"mag": 17.0, "obs_mjd": obs - 1}, {"mag": 17.0}, {"mag": 20.0})
    ((night,),) = sql(store, "SELECT night FROM alert WHERE id = 1")
    assert isinstance(night, int)
    wanted = arrangement("mag < 19", "mag")
    with closing(ArrangedPages(store.database, wanted, night, arrange(store.database, wanted, night, None))) as pages:
        assert listed(pages) == [3, 1]
        assert pages.total() == 3
        arrivals.arrive({"mag": 16.0, "obs_mjd": obs - 1}, {"mag": 16.0})
        assert pages.has_changed()
        assert listed(pages) == [3, 1, 6]
        assert (pages.newer, pages.total()) == (1, 4)
        stored = pages.alert(6)
        assert stored is not None
        assert stored.row.mag == 16.0
        with closing(pages.beside()) as beside:
            assert beside.find("00001", 3) == 1


def test_a_decided_alert_stays_in_a_list_of_undecided_ones_and_an_undone_one_comes_back(
    store: Store, inbox: Inbox, decoded: Decoded
) -> None:
    arrivals = Arrivals(inbox, decoded)
    arrivals.arrive({}, {}, {})
    sql(store, "UPDATE alert SET state = 'saved' WHERE id = 1")
    wanted = arrangement("state = ''", "")
    with closing(ArrangedPages(store.database, wanted, None, arrange(store.database, wanted, None, None))) as pages:
        pages.has_changed()
        assert listed(pages) == [2, 3]
        sql(store, "UPDATE alert SET state = 'saved' WHERE id = 2")
        sql(store, "UPDATE alert SET state = '' WHERE id = 1")
        assert pages.has_changed()
        assert listed(pages) == [2, 3, 1]
        assert [row.state for row in pages.page(0)] == ["saved", "", ""]
        assert pages.undecided(0) == 3


def test_an_alert_that_comes_on_another_topic_later_is_not_missed(
    store: Store, inbox: Inbox, decoded: Decoded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arranged_pages, "NEWCOMERS", 3)
    arrivals = Arrivals(inbox, decoded)
    arrivals.arrive(*[{}] * 20)
    wanted = arrangement("topics like '%kn_candidates%'", "")
    with closing(ArrangedPages(store.database, wanted, None, arrange(store.database, wanted, None, None))) as pages:
        queue = Queue(pages)
        assert queue.count == 0
        for number in (2, 19):
            sql(store, f"UPDATE alert SET topics = topics || ',fink_kn_candidates_ztf' WHERE id = {number}")
        looks = 0
        while queue.refresh():
            looks += 1
        assert sorted(row.id for row in pages.page(0)) == [2, 19]
        assert looks <= 10, "it ends"


@settings(max_examples=20)
@given(
    rows=st.lists(alerts, min_size=1, max_size=30),
    order_of=st.randoms(use_true_random=False),
    condition=st.sampled_from(sorted(FILTERS)),
    order=st.sampled_from(sorted(ORDERS)),
    is_descending=st.booleans(),
)
def test_a_list_of_given_alerts_is_of_these_alone(
    tmp_path_factory: pytest.TempPathFactory,
    decoded: Decoded,
    rows: list[dict[str, Any]],
    order_of: random.Random,
    condition: str,
    order: str,
    is_descending: bool,
) -> None:
    with Store(tmp_path_factory.mktemp("store")) as store, closing(store.inbox()) as inbox:
        arrivals = Arrivals(inbox, decoded)
        arrivals.arrive(*rows)
        ids = [row["id"] for row in arrivals.rows]
        order_of.shuffle(ids)
        given, later = ids[: len(ids) // 2], ids[len(ids) // 2 : -1]
        wanted = arrangement(condition, order, is_descending=is_descending)

        def expected(some: list[int], by: str) -> list[int]:
            fits = {row["id"] for row in arrivals.rows if FILTERS[condition](row)}
            if by:
                return model([row for row in arrivals.rows if row["id"] in some], condition, by, is_descending)
            return [number for number in some if number in fits]

        found = arrange_found(store.database, wanted, array("q", given), SKY)
        with closing(FoundPages(store.database, wanted, found)) as pages:
            pages.has_changed()
            assert listed(pages) == expected(given, order)
            assert pages.total() == len(given)
            for some in (later, ids[:-1]):
                pages.extend(some)
                assert listed(pages) == expected(given, order) + expected(later, "")
                assert pages.total() == len(ids) - 1
            assert pages.has_changed() == bool(expected(later, ""))
            arrivals.arrive({"mag": 17.0, "dec": 50.0, "n_detections": 3, "label": "SN candidate", "ra": 1.0})
            assert pages.count() == len(expected(given, order)) + len(expected(later, "")), "it came by the stream"


def test_a_list_of_very_many_given_alerts(store: Store, inbox: Inbox, decoded: Decoded) -> None:
    Arrivals(inbox, decoded).arrive({"mag": 20.0}, {"mag": 18.0}, {"mag": 19.0})
    given = array("q", [3, 2, 1, *range(10**6, 10**6 + 150_000)])
    assert list(arrange_found(store.database, arrangement("mag < 19.5", ""), given, None).ids) == [3, 2]
    assert list(arrange_found(store.database, arrangement("mag < 19.5", "mag"), given, None).ids) == [2, 3]


def test_the_nearest_to_an_alert_that_the_filter_hides(store: Store, inbox: Inbox, decoded: Decoded) -> None:
    Arrivals(inbox, decoded).arrive({"mag": 20.0}, {"mag": 18.0}, {"mag": 20.0}, {"mag": 17.0}, {"mag": 20.0})
    for order, expected in (("", [None, 0, 0, 1, 1]), ("mag", [None, 1, None, 0, None])):
        wanted = arrangement("mag < 19", order)
        found = arrange(store.database, wanted, None, None)
        with closing(ArrangedPages(store.database, wanted, None, found)) as pages:
            assert [pages.nearest(number) for number in range(1, 6)] == expected


def test_what_is_cancelled_ends(store: Store, inbox: Inbox, decoded: Decoded) -> None:
    Arrivals(inbox, decoded).arrive(*[{}] * 300)
    wanted = arrangement(" or ".join(["topics like '%a%b%'"] * 100), "mag")
    with pytest.raises(CancelledError):
        arrange(store.database, wanted, None, None, lambda: True)


def test_what_cannot_be_made_is_known_before_a_thread_begins(store: Store) -> None:
    arranged.check(store.database, arrangement("altitude > 30", "mag"), has_site=True)
    for condition, order in (("altitude > 30", ""), ("", "hours_left"), ("magg < 19", ""), ("", "mag +")):
        with pytest.raises(ExpressionError):
            arranged.check(store.database, arrangement(condition, order), has_site=False)
