"""Alerts of this machine that are looked for by what they are and where, whether they arrived or were found before."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

from fink_tui.alerts.survey import objects_of
from fink_tui.sky.coordinates import Cone, separation
from fink_tui.store.database import Database
from fink_tui.store.tables import CELL

MARGIN = 1e-9
"""Degrees that a cone's square is wider than the cone: what rounding may take."""

AT_ONCE = 500
"""Alerts that are read together."""

TRENDS = {"rising": "<", "fading": ">"}
"""The change of magnitude, below zero or above, for each trend that there is."""


@dataclass(frozen=True, kw_only=True)
class Sought:
    """What is looked for: all that is given at once, and of several values any."""

    object_ids: tuple[str, ...] = ()
    """Objects, by the names of their alerts."""

    cone: Cone | None = None
    """Where."""

    start: float | None = None
    """Time of observation from which on, MJD, UTC."""

    stop: float | None = None
    """Time of observation up to which, MJD, UTC."""

    survey: str = ""
    """`ztf`, `lsst` or `mma`; blank: any."""

    labels: tuple[str, ...] = ()
    """Classes, as the list shows them."""

    tns_types: tuple[str, ...] = ()
    """Types of the Transient Name Server."""

    simbad_types: tuple[str, ...] = ()
    """SIMBAD's types of the counterpart, as the survey writes them: ZTF's labels, LSST's codes."""

    topics: tuple[str, ...] = ()
    """Kafka topics."""

    trend: str = ""
    """`rising` or `fading`; blank: any."""

    sso_names: tuple[str, ...] = ()
    """Objects of the Solar System, by number or designation, as alerts name them."""

    once: bool = False
    """Whether an object is there once, by its newest alert."""

    n: int = 1000
    """How many at most."""

    @property
    def has_index(self) -> bool:
        """Whether something is given by which it is found without looking at all alerts."""
        by_name = bool(self.object_ids or self.labels or self.sso_names)
        return by_name or self.cone is not None or self.start is not None or self.stop is not None


def seek(database: Database, sought: Sought) -> array[int]:
    """Look for alerts. For a thread: without a place, an object or a class it may take a second.

    Args:
        database: The store's.
        sought: What is looked for.

    Returns:
        Their ids in the store: the nearest to the middle of a cone first, else the newest.

    Raises:
        StoreError: The store cannot be read.
    """
    conditions, values = _conditions(sought)
    cone = sought.cone
    if cone is None:
        table = "alert"
    else:  # the cells first: whatever else is asked, nothing leaves as few
        cells = ", ".join(f"({first}, {last})" for first, last in _cells(cone))
        table = f"(VALUES {cells}) AS cell CROSS JOIN alert INDEXED BY alert_cell"
        conditions += [f"{CELL} BETWEEN cell.column1 AND cell.column2", "dec BETWEEN ? AND ?"]
        values += [cone.dec - cone.radius - MARGIN, cone.dec + cone.radius + MARGIN]
    by = "obs_mjd"
    if (sought.tns_types or sought.simbad_types or sought.topics) and not sought.has_index:
        by = "+obs_mjd"  # all rows as they lie: what is rare would be looked for from row to row by the index of time
    limit = -1 if cone is not None or sought.once else sought.n
    with closing(database.reader()) as reader:
        rows = reader.execute(
            f"SELECT id, survey, object_id, ra, dec FROM {table} WHERE {' AND '.join(conditions) or 'true'} "
            f"ORDER BY {by} DESC, survey = 'mma', id DESC LIMIT {limit}",
            values,
        )
        found: list[tuple[float, int]] = []
        seen = set[tuple[str, str]]()
        for number, survey, object_id, ra, dec in rows:
            distance = 0.0 if cone is None else separation(cone.ra, cone.dec, ra, dec)
            if cone is not None and distance > cone.radius:
                continue
            if sought.once:
                identity = (objects_of(survey), object_id)
                if identity in seen:
                    continue
                seen.add(identity)
            found.append((distance, number))
            if cone is None and len(found) == sought.n:
                break
    found.sort(key=lambda one: one[0])  # of those as near as each other the newest stays first
    return array("q", (number for _, number in found[: sought.n]))


def fitting(database: Database, sought: Sought, ids: Sequence[int]) -> set[int]:
    """Those of some alerts that are what is looked for; its place and its number count for nothing.

    Args:
        database: The store's.
        sought: What is looked for.
        ids: The alerts, by their ids in the store.

    Raises:
        StoreError: The store cannot be read.
    """
    conditions, values = _conditions(sought)
    found = set[int]()
    with closing(database.reader()) as reader:
        for start in range(0, len(ids), AT_ONCE):
            some = ids[start : start + AT_ONCE]
            where = " AND ".join([f"id IN ({', '.join('?' * len(some))})", *conditions])
            found.update(row[0] for row in reader.execute(f"SELECT id FROM alert WHERE {where}", [*some, *values]))
    return found


def first_seen(database: Database, ids: Sequence[int], start: float, stop: float) -> set[int]:
    """Those of some alerts whose object was first detected in a time; where nobody says when, that alert counts.

    Args:
        database: The store's.
        ids: The alerts, by their ids in the store.
        start: MJD, UTC.
        stop: MJD, UTC.

    Raises:
        StoreError: The store cannot be read.
    """
    found = set[int]()
    with closing(database.reader()) as reader:
        for begin in range(0, len(ids), AT_ONCE):
            some = ids[begin : begin + AT_ONCE]
            found.update(
                row[0]
                for row in reader.execute(
                    f"SELECT id FROM alert WHERE id IN ({', '.join('?' * len(some))}) "
                    "AND coalesce(first_mjd, obs_mjd) BETWEEN ? AND ?",
                    [*some, start, stop],
                )
            )
    return found


def _conditions(sought: Sought) -> tuple[list[str], list[str | float]]:
    """SQL for all but the place, and its values."""
    conditions, values = list[str](), list[str | float]()
    for column, wanted in (
        ("object_id", sought.object_ids),
        ("label", sought.labels),
        ("tns_type", sought.tns_types),
        ("simbad_type", sought.simbad_types),
        ("sso_name", sought.sso_names),
    ):
        if wanted:
            conditions.append(f"{column} IN ({', '.join('?' * len(wanted))})")
            values += wanted
    if sought.topics:
        conditions.append(f"({' OR '.join(['instr(concat, ?)'] * len(sought.topics))})".replace("concat", _TOPICS))
        values += [f",{topic}," for topic in sought.topics]
    if sought.start is not None:
        conditions.append("obs_mjd >= ?")
        values.append(sought.start)
    if sought.stop is not None:
        conditions.append("obs_mjd <= ?")
        values.append(sought.stop)
    if sought.survey:
        conditions.append("+survey = ?")  # not by its index, which would give all of the survey
        values.append(sought.survey)
    if sought.trend:
        conditions.append(f"coalesce(mag_rate, mag_change) {TRENDS[sought.trend]} 0")
    return conditions, values


_TOPICS = "',' || topics || ','"


def _cells(cone: Cone) -> Iterator[tuple[int, int]]:
    """The cells that a cone may touch, as ranges: see `CELL`."""
    low, high = cone.dec - cone.radius - MARGIN, cone.dec + cone.radius + MARGIN
    if low <= -90 or high >= 90:
        spans = [(0, 359)]  # a pole is in it, and with it every right ascension
    else:
        sine = math.sin(math.radians(cone.radius)) / math.cos(math.radians(cone.dec))
        half = math.degrees(math.asin(min(1.0, sine))) + MARGIN
        first, last = math.floor(cone.ra - half), math.floor(cone.ra + half)
        spans = [(first % 360, last % 360)] if last - first < 359 else [(0, 359)]
        if spans[0][0] > spans[0][1]:
            spans = [(spans[0][0], 359), (0, spans[0][1])]
    for zone in range(max(0, math.floor(low + 90)), min(180, math.floor(high + 90)) + 1):
        for first, last in spans:
            yield zone * 360 + first, zone * 360 + last
