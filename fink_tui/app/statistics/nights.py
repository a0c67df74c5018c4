"""The answer of Fink's endpoint `statistics`: of each night, how many alerts of what kind."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple

from fink_tui.alerts.text import clean
from fink_tui.search.outcome import Table

KEYS = ("f:night", "key:key", "basic:date")
"""Columns that may say which night it is; ZTF writes a word before the date."""

TITLES = {
    "basic:raw": "alerts received",
    "basic:sci": "alerts after quality cuts",
    "basic:exposures": "exposures",
    "basic:fields": "fields",
    "basic:n_g": "alerts in g",
    "basic:n_r": "alerts in r",
    "basic:n_i": "alerts in i",
    "class:simbad_tot": "in SIMBAD",
    "class:simbad_gal": "beside a galaxy of SIMBAD",
    "f:alerts": "alerts",
    "f:objects": "objects",
    "f:visits": "visits",
    "f:is_sso": "of the Solar System",
    "f:is_first": "first detections",
    "f:is_cataloged": "in SIMBAD or Gaia",
    "f:in_tns": "in the TNS",
    **{f"f:alerts_{band}": f"alerts in {band}" for band in "ugrizy"},
    "f:isDipole": "flagged: dipole",
    "f:glint_trail": "flagged: glint trail",
    "f:pixelFlags_cr": "flagged: cosmic ray",
    "f:pixelFlags_saturated": "flagged: saturated",
    "f:pixelFlags_streak": "flagged: streak",
}
"""What columns count, in the order in which they are shown; all others are counts of a class."""

WHOLES = {"basic:sci": "basic:raw", "class:": "basic:sci", "basic:n_": "basic:sci", "f:": "f:alerts"}
"""Of what a count is a part, by how its name begins; the longest name that fits holds."""

NO_PARTS = ("f:alerts", "f:objects", "f:visits")
"""Counts that are part of no other."""

NO_ALERTS = ("basic:exposures", "basic:fields", "f:visits")
"""Counts of other things than alerts or their objects."""


class Night(NamedTuple):
    """One of them."""

    day: date
    """Of its evening, as the survey has it."""

    counts: Mapping[str, int]
    """By column; one that is not there was not counted then."""


class Statistics(NamedTuple):
    """What an answer holds."""

    nights: tuple[Night, ...]
    """By date."""

    quantities: tuple[str, ...]
    """Its columns that count something: what all is part of first, then classes, those with most alerts first."""


def _place(table: Table) -> int | None:
    """Which column says which night it is."""
    return next((table.columns.index(name) for name in KEYS if name in table.columns), None)


def has_nights(table: Table) -> bool:
    """Whether an answer is of nights, rather than of the names of its columns."""
    place = _place(table)
    return place is not None and any(_day(row[place]) is not None for row in table.rows)


def read(table: Table) -> Statistics:
    """Read an answer; rows without a night and columns without a number are left out."""
    place = _place(table)
    if place is None:
        return Statistics((), ())
    nights: dict[date, dict[str, int]] = {}
    totals: dict[str, int] = {}
    columns = [(at, name) for at, name in enumerate(table.columns) if at != place and _may_count(name)]
    for row in table.rows:
        day = _day(row[place])
        if day is None:
            continue
        counts = nights.setdefault(day, {})
        for at, name in columns:
            number = _number(row[at])
            if number is not None:
                counts[name] = number
                totals[name] = totals.get(name, 0) + number
    known = list(TITLES)
    order = sorted(totals, key=lambda name: (known.index(name) if name in TITLES else len(known), -totals[name], name))
    return Statistics(tuple(Night(day, nights[day]) for day in sorted(nights)), tuple(order))


def title(quantity: str) -> str:
    """What a column counts, in words."""
    return TITLES.get(quantity) or clean(quantity.partition(":")[2] or quantity, 60)


def whole(quantity: str) -> str | None:
    """The column that a count is a part of; None where it is of none."""
    fitting = [begin for begin in WHOLES if quantity.startswith(begin)]
    return None if quantity in NO_PARTS or not fitting else WHOLES[max(fitting, key=len)]


def total(nights: Iterable[Night], quantity: str) -> int | None:
    """The sum of some nights; None where it was counted in none of them."""
    found = [count for night in nights if (count := night.counts.get(quantity)) is not None]
    return sum(found) if found else None


def _may_count(name: str) -> bool:
    return not name.startswith("key:") and not name.endswith(("_version", ":night", ":date"))


def _day(value: object) -> date | None:
    found = re.search(r"(?<!\d)(\d{4})(\d\d)(\d\d)(?!\d)", str(value))
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:
        return None


def _number(value: object) -> int | None:
    """A count; HBase gives numbers as text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return round(number) if math.isfinite(number) and 0 <= number < 1e15 else None
