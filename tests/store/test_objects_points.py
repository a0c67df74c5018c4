"""Points of an object's other alerts, out of their rows."""

from __future__ import annotations

from collections.abc import Sequence

from fink_tui.alerts.merging import once
from fink_tui.store.objects import newest, points
from fink_tui.store.store import Store
from fink_tui.stream.demo import DemoAlert
from tests.app.live import receive, renamed


def test_the_other_alerts_of_the_object_and_no_others(store: Store, demo_alerts: Sequence[DemoAlert]) -> None:
    several = [alert for alert in demo_alerts if alert.survey == "ztf"][:4]
    receive(store, [*(renamed(alert, "ZTF26same") for alert in several[:3]), several[3]])
    last = newest(store.database, "ZTF26same")
    assert last is not None
    found = points(store.database, last.row)
    assert {point.source_id for point in found} == {alert.alert_id for alert in several[:3]} - {last.row.alert_id}
    assert not any(point.is_current for point in found)
    assert once(found) == sorted(found, key=lambda point: point.mjd)
    alone = newest(store.database, several[3].object_id)
    assert alone is not None
    assert points(store.database, alone.row) == []
    # a GRB/GW alert has the points of the ZTF alerts of its object, its own detection's too
    assert len(points(store.database, last.row._replace(survey="mma", alert_id="text"))) == 3
