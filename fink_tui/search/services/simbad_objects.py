"""What SIMBAD knows around a place: the question in ADQL to its table access (TAP), and what its answer says."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from fink_tui.alerts.clean import numeral
from fink_tui.alerts.simbad import Kind, meaning
from fink_tui.alerts.text import clean
from fink_tui.search.errors import BrokenError
from fink_tui.sky.coordinates import separation
from fink_tui.sky.tangent import position_angle

REACH = 22.0
"""Arcminutes around a place within which SIMBAD is asked: the corners of the largest field."""

MOST = 200
"""Objects that it is asked for, the nearest."""

LONGEST = 80
"""Characters of a name."""

STARS = (Kind.STAR, Kind.VARIABLE)


class Around(NamedTuple):
    """An object of SIMBAD."""

    name: str
    ra: float
    """Degrees."""
    dec: float
    """Degrees."""
    type: str
    """SIMBAD's code; blank where it has none."""
    redshift: float | None
    """None where it is not known, and for stars."""
    magnitude: float | None
    """V."""
    distance: float
    """Arcseconds from the alert."""
    angle: float
    """Direction from the alert, degrees from north through east."""

    @property
    def kind(self) -> str:
        """What it is, in words."""
        return meaning(self.type).words if self.type else "unknown"


class Neighbourhood(NamedTuple):
    """What SIMBAD knows around an alert, the nearest first."""

    objects: tuple[Around, ...]

    reach: float
    """Arcminutes from the alert within which nothing is missing that SIMBAD knows."""

    fetched_at: float
    """When SIMBAD said so, Unix seconds."""

    words: str = ""
    """Why an old answer serves."""


def question(ra: float, dec: float) -> str:
    """The question in ADQL: SIMBAD's objects around a place, the nearest first."""
    circle = f"CIRCLE('ICRS', {ra:.3f}, {dec:.3f}, {REACH / 60:.6f})"
    here = f"POINT('ICRS', {ra:.3f}, {dec:.3f})"
    return (
        f"SELECT TOP {MOST} basic.main_id, basic.ra, basic.dec, basic.otype, basic.rvz_redshift, allfluxes.V, "
        f"DISTANCE(POINT('ICRS', basic.ra, basic.dec), {here}) AS distance "
        "FROM basic LEFT JOIN allfluxes ON basic.oid = allfluxes.oidref "
        f"WHERE CONTAINS(POINT('ICRS', basic.ra, basic.dec), {circle}) = 1 "
        "ORDER BY distance"
    )


def table(body: bytes) -> list[dict[str, Any]]:
    """The rows of a table as SIMBAD gives it in JSON: names of columns, then lists of values.

    Raises:
        BrokenError: It is none.
    """
    try:
        found = json.loads(body)
        names = [str(column["name"]) for column in found["metadata"]]
        rows = [dict(zip(names, row, strict=True)) for row in found["data"]]
    except (ValueError, TypeError, KeyError, RecursionError):
        rows = None
    if rows is None or not {"main_id", "ra", "dec"} <= set(names):
        raise BrokenError("SIMBAD gave an answer that cannot be read: try again later.")
    return rows


def objects(rows: Sequence[Mapping[str, Any]], ra: float, dec: float) -> Iterator[Around]:
    """The objects of an answer, as seen from an alert.

    Args:
        rows: What `table` gave.
        ra: The alert's right ascension, degrees.
        dec: Its declination, degrees.
    """
    for row in rows:
        place = numeral(row.get("ra")), numeral(row.get("dec"))
        name = " ".join(clean(row.get("main_id"), LONGEST).split())
        if place[0] is None or place[1] is None or not name or abs(place[1]) > 90:
            continue
        kind = clean(row.get("otype"), 20).strip()
        is_star = meaning(kind).kind in STARS
        yield Around(
            name,
            place[0],
            place[1],
            kind,
            None if is_star else numeral(row.get("rvz_redshift")),
            numeral(row.get("V")),
            separation(ra, dec, place[0], place[1]) * 3600,
            position_angle(ra, dec, place[0], place[1]),
        )
