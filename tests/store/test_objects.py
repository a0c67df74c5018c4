"""Alerts found by the name of their object."""

from __future__ import annotations

from fink_tui.alerts.decode import Decoded
from fink_tui.store.objects import alert, names_like, newest
from fink_tui.store.store import Store
from fink_tui.stream.demo import DemoAlert
from tests.store.making import NOW, SOURCE, results


def keep(store: Store, demo_alerts: list[DemoAlert], *rows: tuple[str, float]) -> None:
    """Alerts of some objects at some times, numbered from 1."""
    (made,) = results(demo_alerts[:1])
    assert isinstance(made, Decoded)
    inbox = store.inbox()
    for number, (name, mjd) in enumerate(rows, 1):
        row = made.row._replace(object_id=name, obs_mjd=mjd, alert_id=str(number))
        inbox.receive([made._replace(row=row)], SOURCE, [], NOW)
    inbox.close()


def test_the_newest_by_its_time_not_its_arrival(store: Store, demo_alerts: list[DemoAlert]) -> None:
    keep(store, demo_alerts, ("A", 61000.0), ("A", 61002.0), ("A", 61001.0), ("B", 61003.0))
    found = newest(store.database, "A")
    assert found is not None
    assert (found.id, found.row.alert_id) == (2, "2")
    assert newest(store.database, "a") is None
    assert newest(store.database, "") is None


def test_an_alert_by_its_number(store: Store, demo_alerts: list[DemoAlert]) -> None:
    keep(store, demo_alerts, ("A", 61000.0), ("B", 61000.0))
    found = alert(store.database, "ztf", "2")
    assert found is not None
    assert found.row.object_id == "B"
    assert alert(store.database, "lsst", "2") is None
    assert alert(store.database, "ztf", "3") is None


def test_names_that_a_mistyped_one_may_have_meant(store: Store, demo_alerts: list[DemoAlert]) -> None:
    names = ["ZTF26aaaaaab", "ZTF26aaaaaac", "ZTF26aaaaaad", "ZTF26aaaaaae", "2004 JQ12", "100%_x"]
    keep(store, demo_alerts, *((name, 61000.0) for name in names), ("ZTF26aaaaaab", 61001.0))
    assert names_like(store.database, "ztf26AAAAAAB") == ["ZTF26aaaaaab"]
    assert names_like(store.database, "ZTF26aaaaaax") == ["ZTF26aaaaaab", "ZTF26aaaaaac", "ZTF26aaaaaad"]
    assert names_like(store.database, "ZTF26aaaaaax", 1) == ["ZTF26aaaaaab"]
    assert names_like(store.database, "2004jq12") == ["2004 JQ12"]
    assert names_like(store.database, "2004  JQ") == ["2004 JQ12"]
    assert names_like(store.database, "100%_") == ["100%_x"]
    assert names_like(store.database, "ZTF%%%%%") == []
    assert names_like(store.database, "ZTF") == []
    assert names_like(store.database, "nothing at all") == []
