"""A row of the list, for tests that need no store."""

from __future__ import annotations

from typing import Any

from fink_tui.store.pages import ListRow

PLAIN: dict[str, Any] = dict.fromkeys(ListRow._fields) | {
    "id": 1,
    "survey": "ztf",
    "alert_id": "1",
    "object_id": "ZTF26aabcdef",
    "label": "Unknown",
    "obs_mjd": 6e4,
    "arrived_at": 0.0,
    "band": "r",
    "mag": 18.0,
    "mag_err": 0.1,
    "sparkline": "",
    "n_detections": 1,
    "is_positive": 1,
    "topics": "",
    "state": "",
    "sending": "",
    "ra": 0.0,
    "dec": 0.0,
    "galactic_latitude": 90.0,
    "arrival": 1,
}


def list_row(**columns: Any) -> ListRow:
    """A row that says nothing but what is given."""
    return ListRow(**(PLAIN | columns))
