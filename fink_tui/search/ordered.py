"""The alerts that a search has found so far, each once, in its order: nearest first in a cone, else newest first."""

from __future__ import annotations

from array import array
from collections.abc import Iterable

from fink_tui.alerts.survey import objects_of
from fink_tui.sky.coordinates import Cone, separation
from fink_tui.store.database import Database
from fink_tui.store.places import places

SLACK = 1e-6
"""Degrees by which an alert may be outside a cone: the server's arithmetic is not ours."""


class Found:
    """A list that grows. For one thread at a time."""

    def __init__(self, database: Database, cone: Cone | None = None, limit: int | None = None) -> None:
        """Begin with nothing.

        Args:
            database: The store's.
            cone: The cone that is searched: what is outside is left out, and an object is there once, by its newest
                alert, as Fink gives it.
            limit: The most alerts.
        """
        self._database = database
        self._cone = cone
        self._limit = limit
        self._rows: list[tuple[float, int]] = []
        self._arrived: set[int] = set()
        self._earlier: set[int] = set()
        """Those that only an answer to another search has told of."""
        self._seen: set[int] = set()
        self._newest: dict[tuple[str, str], tuple[float, tuple[float, int]]] = {}
        """Of each object in a cone the time of its newest alert, and that one's place in the list."""

    def add(self, ids: Iterable[int], *, is_answer: bool = False) -> None:
        """Take alerts in.

        Args:
            ids: Their ids in the store; those that are there already change nothing.
            is_answer: Whether an answer to this search has them.

        Raises:
            StoreError: The store cannot be read.
        """
        ids = dict.fromkeys(ids)
        if is_answer:
            self._earlier.difference_update(ids)
        new = [one for one in ids if one not in self._seen]
        self._seen.update(new)
        outdated: set[tuple[float, int]] = set()
        for one in places(self._database, new):
            row = (-one.obs_mjd, -one.id)
            if self._cone is not None:
                distance = separation(self._cone.ra, self._cone.dec, one.ra, one.dec)
                if distance > self._cone.radius + SLACK:
                    continue
                row = (distance, -one.id)
                identity = objects_of(one.survey), one.object_id
                before = self._newest.get(identity)
                if before is not None and before[0] >= one.obs_mjd:
                    continue
                if before is not None:
                    outdated.add(before[1])
                self._newest[identity] = one.obs_mjd, row
            self._rows.append(row)
            if one.arrival is not None:
                self._arrived.add(one.id)
            elif not is_answer:
                self._earlier.add(one.id)
        if outdated:
            self._rows = [row for row in self._rows if row not in outdated]
            gone = {-number for _, number in outdated}
            self._arrived -= gone
            self._earlier -= gone
        self._rows.sort()  # what was in order is a run to it, and goes quickly

    def __len__(self) -> int:
        return len(self._rows) if self._limit is None else min(len(self._rows), self._limit)

    @property
    def ids(self) -> array[int]:
        """Their ids, in order."""
        return array("q", [-number for _, number in self._rows[: self._limit]])

    @property
    def is_nearest_first(self) -> bool:
        """Whether their order is that of their distances; else that of time."""
        return self._cone is not None

    @property
    def local(self) -> int:
        """How many of them came by the stream."""
        return self._among(self._arrived)

    @property
    def earlier(self) -> int:
        """How many of them neither the stream brought, nor an answer to this search: earlier answers told of them."""
        return self._among(self._earlier)

    def _among(self, some: set[int]) -> int:
        """How many of some are in the list."""
        if self._limit is None or len(self._rows) <= self._limit:
            return len(some)
        return sum(-number in some for _, number in self._rows[: self._limit])
