"""Values of an alert's record, wherever a survey or a broker may have left one out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from fink_tui.alerts import clean, photometry
from fink_tui.alerts.text import NOTHING

Record = Mapping[str, Any]


def at(record: Record, path: str) -> Any:
    """The value at a path such as `ssSource.phaseAngle`, or None where any part of it is missing."""
    found: Any = record
    for step in path.split("."):
        if not isinstance(found, Mapping):
            return None
        found = found.get(step)
    return found


def number(record: Record, path: str, *none: float) -> float | None:
    """A number of a size that one can calculate with, or None.

    Args:
        record: The record.
        path: Where it is.
        none: Numbers that stand for "none" in this field.
    """
    found = clean.number(at(record, path), *none)
    return found if found is not None and abs(found) < photometry.LARGEST else None


def text(record: Record, path: str) -> str | None:
    """A text that says something, safe to show, or None."""
    return clean.text(at(record, path))


def first(values: Iterable[float | None]) -> float | None:
    """The first that is known."""
    return next((value for value in values if value is not None), None)


def plain(value: float | None, places: int = 2, unit: str = "") -> str:
    """A number with so many decimals, or in powers of ten where it is out of all proportion."""
    if value is None:
        return NOTHING
    is_odd = value != 0 and not 10.0 ** -(places + 1) < abs(value) < 1e7
    written = f"{value:.3g}" if is_odd else f"{value:z.{places}f}"
    return written + unit if unit in ("°", '"', "'") else f"{written} {unit}".rstrip()


def median(values: Sequence[float]) -> float:
    """The middle of some values."""
    return quantile(values, 0.5)


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which a share of all lies, between two of them by proportion (as numpy does by default).

    Args:
        values: At least one.
        share: 0 to 1.
    """
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)
