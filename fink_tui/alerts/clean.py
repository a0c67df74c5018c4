"""What a survey or a broker writes for "not known" becomes None, once, here.

The forms met in real alerts (fields of strings: "nan", "Unknown", "Fail 503", "None", "null", ""; of numbers: NaN,
-999, and -1 in some): see each function.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Mapping

from fink_tui.alerts.text import clean

NO_TEXT = frozenset({"", "nan", "none", "null", "unknown", "n/a"})
"""Strings that say nothing, in lower case."""

ZTF_NO_NUMBER = -999.0
"""What ZTF writes in a field of numbers for "none"."""

EXACT_FLOAT = 2**53
"""Above it, a float is no exact whole number: ids would fall together."""

LARGEST = sys.float_info.max
"""The largest number that is finite."""

MJD_RANGE = 40_000.0, 100_000.0
"""Times that make sense, MJD: 1968 to 2132."""


def number(value: object, *none: float) -> float | None:
    """A finite number, or None.

    Args:
        value: Anything.
        none: Numbers that stand for "none" in this field.
    """
    if type(value) is float:  # nearly all; NaN is in no range
        return value if -LARGEST <= value <= LARGEST and value not in none else None
    if value is None or isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return None if not math.isfinite(value) or value in none else float(value)
    except OverflowError:  # JSON's whole numbers may have any number of digits
        return None


def numeral(value: object, *none: float) -> float | None:
    """A number, also where it is written as text, as in Mangrove's map; or None."""
    if isinstance(value, str):
        try:
            return number(float(value), *none)
        except ValueError:
            return None
    return number(value, *none)


def numbers(values: Iterable[object], *none: float) -> list[float | None]:
    """`number` of each, quickly: histories are long."""
    low, high = -LARGEST, LARGEST
    return [
        (value if low <= value <= high and value not in none else None)
        if type(value) is float
        else None
        if value is None
        else number(value, *none)
        for value in values
    ]


def integer(value: object, *none: int) -> int | None:
    """A whole number of 64 bits, or None; a float only up to where floats still count by ones."""
    if type(value) is int and -(2**63) <= value < 2**63:  # nearly all
        return None if value in none else value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, float) and (not value.is_integer() or abs(value) > EXACT_FLOAT):  # NaN and infinities too
        return None
    if not -(2**63) <= value < 2**63:
        return None
    return None if value in none else int(value)


def text(value: object) -> str | None:
    """Text that says something, made safe to show, or None."""
    if not isinstance(value, str):
        return None
    stripped = value.strip()
    if stripped.lower() in NO_TEXT or stripped.startswith("Fail"):
        return None
    return clean(stripped)


def raw_text(value: object) -> str:
    """Text as it is, or "" for what is none: for rules that look at the survey's own words."""
    return value if isinstance(value, str) else ""


def positive(value: object) -> bool | None:
    """ZTF's `isdiffpos`: "t" or "1" for brighter than the template, "f" or "0" for fainter."""
    if isinstance(value, str):
        return {"t": True, "1": True, "f": False, "0": False}.get(value.strip().lower())
    return value if isinstance(value, bool) else None


def mjd(value: object) -> float | None:
    """A time that makes sense, MJD, or None."""
    found = value if type(value) is float else number(value)
    return found if found is not None and MJD_RANGE[0] < found < MJD_RANGE[1] else None


def records(value: object) -> list[Mapping[str, object]]:
    """The records of an array; of anything else, none."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def place(ra: object, dec: object) -> tuple[float, float] | None:
    """A place on the sky, degrees, or None."""
    right, declination = number(ra), number(dec)
    if right is None or declination is None or not 0 <= right <= 360 or not -90 <= declination <= 90:
        return None
    return right, declination
