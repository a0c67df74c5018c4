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


def test_a_detection_that_is_there_twice_is_the_one_with_a_light_curve(
    store: Store, demo_alerts: list[DemoAlert]
) -> None:
    (ztf,) = results([one for one in demo_alerts if one.survey == "ztf"][:1])
    (burst,) = results([one for one in demo_alerts if one.survey == "mma"])
    assert isinstance(ztf, Decoded)
    assert isinstance(burst, Decoded)
    same = burst._replace(row=burst.row._replace(object_id=ztf.row.object_id, obs_mjd=ztf.row.obs_mjd))
    inbox = store.inbox()
    inbox.receive([ztf, same], SOURCE, [], NOW)
    inbox.close()
    found = newest(store.database, ztf.row.object_id)
    assert found is not None
    assert found.row == ztf.row
    kept = alert(store.database, "mma", burst.row.alert_id)
    assert kept is not None
    assert kept.row == same.row


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
