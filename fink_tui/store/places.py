"""Where and when alerts of the store were, for lists that are ordered by that."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from typing import NamedTuple

from fink_tui.store.database import Database

AT_ONCE = 500
"""Alerts that are read together."""


class Whereabouts(NamedTuple):
    """Where and when an alert was."""

    id: int
    """In the store."""
    ra: float
    """Degrees."""
    dec: float
    """Degrees."""
    obs_mjd: float
    """MJD, UTC."""


def whereabouts(database: Database, ids: Sequence[int]) -> list[Whereabouts]:
    """Where and when alerts were, in any order; those that are not there are left out.

    Args:
        database: The store's.
        ids: Their ids in the store.

    Raises:
        StoreError: The database cannot be read.
    """
    found: list[Whereabouts] = []
    with closing(database.reader()) as reader:
        for start in range(0, len(ids), AT_ONCE):
            some = ids[start : start + AT_ONCE]
            marks = ",".join("?" * len(some))
            rows = reader.execute(f"SELECT id, ra, dec, obs_mjd FROM alert WHERE id IN ({marks})", list(some))
            found += [Whereabouts(*row) for row in rows]
    return found
