"""How many alerts an exposure has: those of its survey, without the Solar System's, beside what is usual."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from fink_tui.store.pages import MOST, Exposure, Pages
from fink_tui.store.store import Store
from fink_tui.stream.demo import DemoAlert
from tests.alerts.making import of
from tests.store.making import NOW, SOURCE, results


def filled(
    store: Store, alert: DemoAlert, exposures: Sequence[str | None], label: str = "Unknown", first: int = 1
) -> None:
    """Alerts of these exposures, in this order."""
    (row,) = results([alert])
    made = [
        row._replace(row=row.row._replace(alert_id=str(first + number), exposure_id=exposure, label=label))  # type: ignore[union-attr]
        for number, exposure in enumerate(exposures)
    ]
    inbox = store.inbox()
    inbox.receive(made, SOURCE, [], NOW)
    inbox.close()


def exposure(pages: Pages, number: int) -> Exposure | None:
    found = pages.alert(number)
    assert found is not None
    return found.exposure


def test_alerts_of_an_exposure(store: Store, demo_alerts: list[DemoAlert]) -> None:
    ztf, lsst = of("ztf", demo_alerts), of("lsst", demo_alerts)
    filled(store, ztf, ["10"] * 12 + ["11", "12", "13", "14", "14"] + [None])
    filled(store, ztf, ["10"] * 5, label="Solar System MPC", first=100)
    filled(store, lsst, ["10", "10"], first=200)
    pages = Pages(store.database)
    assert exposure(pages, 1) == (12, 1)
    assert exposure(pages, 13) == (1, 1)
    assert exposure(pages, 16) == (2, 1)
    assert exposure(pages, 18) is None
    assert exposure(pages, 19) == (12, 1)
    assert exposure(pages, 24) == (2, 2)
    pages.close()


def test_what_is_usual_follows_what_comes(store: Store, demo_alerts: list[DemoAlert]) -> None:
    ztf = of("ztf", demo_alerts)
    filled(store, ztf, ["1", "2", "3"])
    pages = Pages(store.database)
    assert exposure(pages, 1) == (1, 1)
    filled(store, ztf, [str(number) for number in range(4) for _ in range(6)], first=10)
    assert exposure(pages, 1) == (7, 7)
    pages.close()


def test_a_burst_is_counted_up_to_what_matters(store: Store, demo_alerts: list[DemoAlert]) -> None:
    filled(store, of("ztf", demo_alerts), ["7"] * (MOST + 5) + [str(number) for number in range(100, 1300)])
    pages = Pages(store.database)
    assert exposure(pages, 1) == (MOST, 1)
    pages.close()


@pytest.mark.parametrize("column", ["exposure_id", "survey"])
def test_it_is_found_by_an_index(store: Store, column: str) -> None:
    connection = store.database.reader()
    plan = connection.execute(
        "EXPLAIN QUERY PLAN SELECT count(*) FROM alert WHERE exposure_id = ? AND survey = ?", ("1", "ztf")
    ).fetchall()
    assert "alert_exposure" in plan[0]["detail"]
    assert f"{column}=?" in plan[0]["detail"]
    connection.close()
