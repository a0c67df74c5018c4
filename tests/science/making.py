"""Alerts as the sheets see them: of the demo, or made field by field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fink_tui.alerts import decode
from fink_tui.alerts.row import AlertRow, Point, PointKind
from fink_tui.alerts.schema import SchemaBook
from fink_tui.science.sheet import Evidence, Line, Sheet
from fink_tui.stream.demo import DemoAlert
from tests.alerts.making import packet_of

NOW = 61_364.0


def evidence_of(alert: DemoAlert, now: float = NOW) -> Evidence:
    """An alert of the demo."""
    (found,) = decode.decode([packet_of(alert)], SchemaBook())
    assert isinstance(found, decode.Decoded)
    record = decode.record(found.schema, alert.value)
    return Evidence(found.row, found.schema.survey.points(record), without_lists(record), now)


def without_lists(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record as it is kept beside the points."""
    return {name: value for name, value in record.items() if not isinstance(value, list)}


def row(**fields: Any) -> AlertRow:
    """A row with a few fields; the others are not known."""
    plain: dict[str, Any] = dict.fromkeys(AlertRow._fields)
    plain |= {
        "survey": "ztf",
        "alert_id": "1",
        "object_id": "ZTF26aaaaaaa",
        "label": "Unknown",
        "label_reason": "none",
        "ra": 150.0,
        "dec": 20.0,
        "obs_mjd": NOW,
        "n_detections": 1,
        "n_history": 0,
        "n_limits": 0,
        "sparkline": "",
    }
    return AlertRow(**(plain | fields))


def evidence(
    points: Sequence[Point] = (), record: Mapping[str, Any] | None = None, now: float = NOW, **fields: Any
) -> Evidence:
    """A made alert."""
    return Evidence(row(**fields), points, record or {}, now)


def mag(days: float, value: float, err: float | None = 0.05, band: str = "r", **others: Any) -> Point:
    """A detection so many days from now, by its magnitude."""
    flux = 10 ** ((31.4 - value) / 2.5)
    flux_err = flux * err / 1.0857362 if err is not None else None
    return Point(NOW + days, band, PointKind.DETECTION, value, err, flux, flux_err)._replace(**others)


def limit(days: float, value: float, band: str = "r") -> Point:
    """An upper limit so many days from now."""
    return Point(NOW + days, band, PointKind.LIMIT, value, None, None, None)


def line(sheet: Sheet, label: str) -> Line:
    """The first line of that label."""
    found = [line for line in sheet.lines if line.label == label]
    assert found, f"no {label} among {[line.label for line in sheet.lines]}"
    return found[0]
