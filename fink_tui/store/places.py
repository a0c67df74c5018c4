"""Where on the sky alerts are, and when they were: of as many as a search finds, read at once."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from typing import NamedTuple

from fink_tui.store.database import Database

AT_ONCE = 500
"""Alerts that one statement asks for."""


class AlertPlace(NamedTuple):
    """Where and when an alert was, and what it is."""

    id: int
    """The alert's, in the store."""

    ra: float
    """Degrees."""

    dec: float
    """Degrees."""

    label: str
    """Its class."""

    object_id: str
    """Its object."""

    obs_mjd: float = 0.0
    """MJD, UTC."""

    survey: str = ""
    """Whose it is."""

    arrival: int | None = None
    """Its number of all that came by the stream; None where only a search found it."""


def places(database: Database, alerts: Sequence[int]) -> list[AlertPlace]:
    """The places of some alerts, in their order; those that are not there are left out. For any thread.

    Args:
        database: The store's.
        alerts: Ids in the store.

    Raises:
        StoreError: The store cannot be read.
    """
    found: dict[int, AlertPlace] = {}
    with closing(database.reader()) as reader:
        for start in range(0, len(alerts), AT_ONCE):
            some = alerts[start : start + AT_ONCE]
            marks = ",".join("?" * len(some))
            rows = reader.execute(
                f"SELECT {', '.join(AlertPlace._fields)} FROM alert WHERE id IN ({marks})", list(some)
            )
            found.update((row[0], AlertPlace(*row)) for row in rows)
    return [found[alert] for alert in alerts if alert in found]


def newest(database: Database, night: int | None, most: int) -> list[AlertPlace]:
    """The places of the alerts that came last, in order of arrival. For any thread.

    Args:
        database: The store's.
        night: The night, YYYYMMDD, or None for all.
        most: How many.

    Raises:
        StoreError: The store cannot be read.
    """
    column, where = ("arrival", "arrival >= 1") if night is None else ("number", "night = :night AND number >= 0")
    with closing(database.reader()) as reader:
        rows = reader.execute(
            f"SELECT {', '.join(AlertPlace._fields)} FROM alert WHERE {where} ORDER BY {column} DESC LIMIT :most",
            {"night": night, "most": most},
        ).fetchall()
    return [AlertPlace(*row) for row in reversed(rows)]
