"""All fields of an alert as lines: for looking things up, whatever the schema is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from fink_tui.alerts.text import bytes_size, clean, count

VALUE_LENGTH = 300
"""Characters of a value that are shown."""


class Field(NamedTuple):
    """A field of an alert."""

    path: str
    """Its place, such as `candidate.jd`."""

    value: str
    """Its value, safe to show on one line."""


def fields(record: Mapping[str, Any]) -> list[Field]:
    """The fields of a whole record, in the order of the schema; arrays of records by their number.

    Args:
        record: The record, as `decode.record` gives it.
    """
    return list(_fields(record, ""))


def _fields(record: Mapping[str, Any], prefix: str) -> Iterator[Field]:
    for name, value in record.items():
        path = prefix + clean(name)
        if isinstance(value, dict) and value:
            yield from _fields(value, path + ".")
        else:
            yield Field(path, shown(value))


def shown(value: object) -> str:
    """A value in a line: numbers exactly, bytes by their size, arrays by their length."""
    if value is None:
        return "null"
    if isinstance(value, bytes):
        return f"{bytes_size(len(value))} of data"
    if isinstance(value, list):
        return f"{count(len(value))} records" if value and isinstance(value[0], dict) else clean(value, VALUE_LENGTH)
    if isinstance(value, float):
        return f"{value:.10g}" if abs(value) < 1e5 else repr(value)
    return clean(value, VALUE_LENGTH)
