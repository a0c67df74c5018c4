"""All fields of an alert as lines: for looking things up, whatever the schema is."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from fink_tui.alerts.dictionary import meaning, moment
from fink_tui.alerts.mma import is_wave
from fink_tui.alerts.text import bytes_size, clean, count

VALUE_LENGTH = 300
"""Characters of a value that are shown."""


class Field(NamedTuple):
    """A field of an alert."""

    path: str
    """Its place, such as `candidate.jd`."""

    value: str
    """Its value, safe to show on one line."""

    note: str = ""
    """What follows the value: its unit, or for a moment the date, `(2026-03-22 18:00:00 UTC)`."""

    words: str = ""
    """What it is, where that is known."""

    @property
    def text(self) -> str:
        """The value and what follows it."""
        return f"{self.value} {self.note}" if self.note else self.value


def fields(record: Mapping[str, Any], survey: str = "") -> list[Field]:
    """The fields of a whole record, in the order of the schema; arrays of records by their number.

    Args:
        record: The record, as `decode.record` gives it.
        survey: The survey that it is of, whose dictionary tells units and words; "" for none.
    """
    return list(_fields(record, "", "gw" if survey == "mma" and is_wave(record.get("observatory")) else survey))


def _fields(record: Mapping[str, Any], prefix: str, survey: str) -> Iterator[Field]:
    for name, value in record.items():
        path = prefix + clean(name)
        if isinstance(value, dict) and value:
            yield from _fields(value, path + ".", survey)
        else:
            yield _field(path, value, survey)


def _field(path: str, value: object, survey: str) -> Field:
    known = meaning(survey, path)
    note, words = known.unit, known.words
    if known.scale is not None:
        words = f"{words} ({known.scale})" if words else known.scale
        date = moment(value, known.scale)
        note = f"({date})" if date else note
    if not _is_number(value):
        note = ""
    return Field(path, shown(value), note, words)


def _is_number(value: object) -> bool:
    """Whether it is a number, or a text that is one, as in Mangrove's map."""
    if not isinstance(value, int | float | str) or isinstance(value, bool):
        return False
    try:
        return math.isfinite(float(value))
    except (ValueError, OverflowError):
        return False


def shown(value: object) -> str:
    """A value in a line: numbers so that they can be read back, bytes by their size, arrays by their length."""
    if value is None:
        return "null"
    if isinstance(value, bytes):
        return f"{bytes_size(len(value))} of data"
    if isinstance(value, list):
        if value and isinstance(value[0], dict):
            return f"{count(len(value))} records"
        return clean(value[:VALUE_LENGTH], VALUE_LENGTH)  # an item takes a character at least
    if isinstance(value, float):
        return _number(value)
    return clean(value, VALUE_LENGTH)


def _single(value: float) -> float | None:
    """The number of 32 bits nearest to it, or None beyond their range."""
    try:
        (found,) = struct.unpack("<f", struct.pack("<f", value))
    except OverflowError:
        return None
    return float(found)


def _number(value: float) -> str:
    """The shortest text that gives the same number back.

    Records do not tell floats of 32 bits from those of 64. What 32 bits hold is written as a number of 32 bits
    (0.1 rather than 0.10000000149011612), unless as one of 64 it is as short: 2461121.25 is not 2461121.2.
    """
    exact = repr(value).removesuffix(".0")
    if _single(value) != value or float(f"{value:.9g}") == value:  # NaN too
        return exact
    for digits in range(6, 10):  # 9 are always enough for 32 bits
        short = f"{value:.{digits}g}"
        if _single(float(short)) == value:
            return short
    return exact
