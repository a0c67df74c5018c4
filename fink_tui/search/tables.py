"""Answers that are no lists of alerts, as tables: counts, names with what they mean, columns of a schema."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from fink_tui.alerts.text import clean
from fink_tui.search.outcome import Table

MOST_ROWS = 100_000
"""Rows of a table."""

LONGEST = 2000
"""Characters of a text in it."""


def of_rows(rows: Iterable[Mapping[str, Any]]) -> Table:
    """Rows as a table: a column for each name that any of them has, in the order in which they appear."""
    columns: dict[str, None] = {}
    kept = []
    for row in rows:
        columns.update(dict.fromkeys(row))
        kept.append(row)
    return Table(
        tuple(clean(name) for name in columns), [tuple(cell(row.get(name)) for name in columns) for row in kept]
    )


def of_value(value: object) -> Table:
    """Any other JSON as a table; the outer names become the first columns.

    Fink's lists are `{group: [names]}` (classes), `{name: words}` (blocks), `{name: {what: words}}` (tags), and
    `{group: {column: {what: words}}}` (schema).
    """
    if isinstance(value, list):
        return of_rows(row if isinstance(row, dict) else {"value": row} for row in value)
    if not isinstance(value, dict):
        return Table(("value",), [(cell(value),)])
    rows: list[dict[str, Any]] = []
    for name, inner in value.items():
        if isinstance(inner, list):
            rows += [{"group": name, "name": one} for one in inner]
        elif isinstance(inner, dict) and inner and all(isinstance(one, dict) for one in inner.values()):
            rows += [{"group": name, "name": key, **one} for key, one in inner.items()]
        elif isinstance(inner, dict):
            rows.append({"name": name, **inner})
        else:
            rows.append({"name": name, "value": inner})
    return of_rows(rows)


def cell(value: object) -> object:
    """A value of a table: None, a number, a truth, or text that is safe to show."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return clean(value, LONGEST)
    return clean(msgspec.json.encode(value), LONGEST)
