"""A clock that stands still, and a store with alerts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from fink_tui.sky.night import mjd_to_unix
from fink_tui.store.store import Store
from fink_tui.stream.demo import DemoAlert
from tests.app.live import receive
from tests.conftest import DEMO_NIGHT


@pytest.fixture
def frozen(monkeypatch: pytest.MonkeyPatch) -> float:
    """The time of day stands still at the demo's present; returns it, Unix seconds."""
    now = mjd_to_unix(DEMO_NIGHT)
    monkeypatch.setattr("time.time", lambda: now)
    return now


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The list follows without a rest between two scrolls."""
    monkeypatch.setattr("fink_tui.app.widgets.alert_list.FOLLOW_SECONDS", 0.0)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Observers look quickly, and so do the screens."""
    monkeypatch.setattr("fink_tui.app.glance.LOOKED_SECONDS", 0.02)
    monkeypatch.setattr("fink_tui.app.screens.looking.LOOK_SECONDS", 0.05)


@pytest.fixture
def filled(store: Store, demo_alerts: Sequence[DemoAlert], frozen: float) -> Store:
    """A store with the first thirty alerts of the demo; ten more are left to come."""
    receive(store, demo_alerts[:30])
    return store


@pytest.fixture
def ztf_alert(demo_alerts: Sequence[DemoAlert]) -> Callable[[int], DemoAlert]:
    """ZTF's alerts of the demo, by number."""
    return [alert for alert in demo_alerts if alert.survey == "ztf"].__getitem__
