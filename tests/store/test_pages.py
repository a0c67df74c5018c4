"""A long list read a page at a time: what it costs, counted in steps of SQLite's machine, not timed."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from fink_tui.store.pages import PAGE, ListRow, Pages, Totals
from fink_tui.store.store import Store
from tests.bench.filling import fill
from tests.store.making import sql

FEW, MANY = 400, 8_000

STEPS = 10
"""Steps between two counts."""


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Store]]:
    """A short and a long one, all of one night."""
    opened = []
    for count in (FEW, MANY):
        folder = tmp_path_factory.mktemp("store")
        fill(folder, count)
        opened.append(Store(folder))
    yield opened
    for store in opened:
        store.close()


def the_night(store: Store) -> int:
    """The night that all alerts are of."""
    ((night,),) = sql(store, "SELECT DISTINCT night FROM alert")
    assert isinstance(night, int)
    return night


def steps(pages: Pages | Totals, call: Callable[[], object]) -> int:
    """What SQLite does for a call."""
    count = 0

    def step() -> int:
        nonlocal count
        count += 1
        return 0

    pages._connection.set_progress_handler(step, STEPS)
    call()
    pages._connection.set_progress_handler(None, STEPS)
    return count * STEPS


CALLS: dict[str, Callable[[Pages, int], object]] = {
    "count": lambda pages, count: pages.count(),
    "first page": lambda pages, count: pages.page(0),
    "middle page": lambda pages, count: pages.page(count // 2 // PAGE),
    "last page": lambda pages, count: pages.page((count - 1) // PAGE),
    "index of the newest": lambda pages, count: pages.index_of(count),
    "next undecided": lambda pages, count: pages.undecided(count // 2),
    "undecided before": lambda pages, count: pages.undecided(count // 2, backwards=True),
}


@pytest.mark.parametrize("is_of_night", [True, False])
@pytest.mark.parametrize("name", CALLS)
def test_a_long_list_costs_what_a_short_one_does(stores: list[Store], name: str, is_of_night: bool) -> None:
    found = []
    for store, count in zip(stores, (FEW, MANY), strict=True):
        night = the_night(store) if is_of_night else None
        pages = Pages(store.database, night)
        found.append(steps(pages, lambda pages=pages, count=count: CALLS[name](pages, count)))  # type: ignore[misc]
        assert pages.count() == count
        pages.close()
    assert found[1] <= found[0] + 2 * len(ListRow._fields) * PAGE, "of a page at most, which may be fuller"


def test_totals_are_not_counted(stores: list[Store]) -> None:
    found = []
    for store, count in zip(stores, (FEW, MANY), strict=True):
        totals = Totals(store.database)
        found.append(steps(totals, totals.refresh))
        assert totals.alerts == count
        totals.close()
    assert found[1] <= found[0] + 100
