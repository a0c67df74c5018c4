"""What all tests share: a store of their own, the demo's alerts, and real messages where they are at hand."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from fink_tui.alerts.packet import Packet
from fink_tui.store.store import Store
from fink_tui.stream.demo import DemoAlert, alerts

pytest_plugins = ["tests.fixtures_fink_api", "tests.fixtures_kafka", "tests.fixtures_tom", "tests.small_disk"]

# How long examples take says how busy the machine is; and that they share what a fixture makes is meant so.
settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
settings.load_profile("any machine")

SHARED = Path(__file__).resolve().parents[2] / "shared"
"""Real alerts, beside the project: they are no part of it."""

DEMO_NIGHT = 61364.0
"""The present of the demo's sky, MJD, UTC."""


@pytest.fixture(scope="session")
def wire() -> list[tuple[dict[str, Any], Packet]]:
    """Real Kafka messages, each with what its manifest says of it."""
    folder = SHARED / "data" / "wire"
    if not (folder / "manifest.json").is_file():
        pytest.skip("the real messages are not here: no folder `shared` beside the project")
    keys = {name: (folder / name).read_bytes() for name in ("ztf.key.json", "lsst.key.json")}
    entries: list[dict[str, Any]] = json.loads((folder / "manifest.json").read_text())
    return [
        (entry, Packet(f"fink_{entry['survey']}", 0, number, keys[entry["key"]], (folder / entry["file"]).read_bytes()))
        for number, entry in enumerate(entries)
    ]


@pytest.fixture(scope="session")
def demo_alerts() -> list[DemoAlert]:
    """Forty alerts of the demo, of both surveys: the same in every run."""
    return list(itertools.islice(alerts(seed=1, now_mjd=DEMO_NIGHT), 40))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store of the test's own."""
    with Store(tmp_path / "store") as opened:
        yield opened
