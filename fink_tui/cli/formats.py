"""Rows on stdout: a table that fits the terminal, JSON, CSV, VOTable."""

from __future__ import annotations

import csv
import json
import math
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, TextIO

from fink_tui.alerts.text import clean
from fink_tui.cli import votable

FORMATS = ("table", "json", "csv", "votable")
"""How rows can be written."""

CELL = 200
"""The most that one value takes in a table."""

LONGEST = 1_000_000
"""Characters of a value in CSV."""

NARROWEST = 6
"""Narrower than this a column says nothing."""

Value = object
"""None, a truth, a whole number, a number, text; in JSON also what Fink has nested."""


class Column(NamedTuple):
    """A column of what is written."""

    name: str

    unit: str = ""
    """As the VOUnits standard spells it; "" for none."""

    ucd: str = ""
    """What it is, in the IVOA's words (UCD1+)."""

    places: int | None = None
    """Decimals in a table; None for all that the value has."""

    kind: type | None = None
    """What its values are; None where only they tell."""

    is_whole: bool = False
    """Whether it says nothing where its end is cut off: a table leaves it out rather."""


def write(
    form: str, columns: Sequence[Column], rows: Iterable[Sequence[Value]], to: TextIO, width: int | None = None
) -> int:
    """Write rows.

    Args:
        form: One of `FORMATS`.
        columns: What the values are.
        rows: Values in that order.
        to: Where.
        width: Cells of the terminal that a table is shown on; None where it is not on one, and may be as wide as it is.

    Returns:
        The columns that a table had no room for.
    """
    if form == "json":
        _json(columns, rows, to)
    elif form == "csv":
        writer = csv.writer(to, lineterminator="\n")
        writer.writerow([column.name for column in columns])
        for row in rows:
            writer.writerow([_safe(_flat(value)) for value in row])
    elif form == "votable":
        fields = [(column.name, column.unit, column.ucd, column.kind) for column in columns]
        votable.write(fields, [[_safe(_flat(value, None)) for value in row] for row in rows], to)
    else:
        return _table(columns, list(rows), to, width)
    return 0


def _json(columns: Sequence[Column], rows: Iterable[Sequence[Value]], to: TextIO) -> None:
    """A list of objects, a line each; whole numbers are exact."""
    begin = "[\n "
    for row in rows:
        values = {column.name: _finite(value) for column, value in zip(columns, row, strict=True)}
        to.write(begin + json.dumps(values, allow_nan=False))  # all but ASCII escaped: a terminal obeys none of it
        begin = ",\n "
    to.write("[]\n" if begin == "[\n " else "\n]\n")


def _finite(value: Value) -> Value:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _flat(value: Value, nothing: Value = "") -> Value:
    """A value as one cell."""
    value = _finite(value)
    if value is None:
        return nothing
    return json.dumps(value) if isinstance(value, list | dict) else value


def _safe(value: Value) -> Value:
    """Text that a terminal does not obey; a server may have written it."""
    return clean(value, LONGEST) if isinstance(value, str) else value


def _table(columns: Sequence[Column], rows: list[Sequence[Value]], to: TextIO, width: int | None) -> int:
    if not rows:
        return 0
    cells = [[_cell(value, column) for value, column in zip(row, columns, strict=True)] for row in rows]
    names = [column.name for column in columns]
    sizes = [max(len(name), *(cells_of(row[place]) for row in cells)) for place, name in enumerate(names)]
    if width is not None and len(rows) == 1 and sum(sizes) + 2 * len(sizes) - 2 > width:
        _upright(names, cells[0], to, width)
        return 0
    right = [all(_is_number(row[place]) for row in rows) for place in range(len(names))]
    whole = [is_right or column.is_whole for is_right, column in zip(right, columns, strict=True)]
    shown = _fitting(sizes, whole, width)
    for line in [names, *cells]:
        to.write("  ".join(_set(line[place], size, right=right[place]) for place, size in enumerate(shown)).rstrip())
        to.write("\n")
    return len(names) - len(shown)


def _is_number(value: Value) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def _upright(names: Sequence[str], cells: Sequence[str], to: TextIO, width: int) -> None:
    """One wide row: a line for each of its values."""
    size = max(map(len, names))
    for name, cell in zip(names, cells, strict=True):
        to.write(f"{name:<{size}}  {_set(cell, max(NARROWEST, width - size - 2), right=False)}".rstrip() + "\n")


def _fitting(sizes: Sequence[int], whole: Sequence[bool], width: int | None) -> list[int]:
    """How wide each column is: text gives way first, the widest of it; what then has no room is left out at the end."""
    shown = list(sizes)
    while width is not None and shown and sum(shown) + 2 * len(shown) - 2 > width:
        texts = [place for place, size in enumerate(shown) if not whole[place] and size > NARROWEST]
        widest = max(texts, key=lambda place: shown[place], default=None)
        if widest is None or shown[widest] <= 2 * NARROWEST:
            shown.pop()
        else:
            shown[widest] -= 1
    return shown


def _cell(value: Value, column: Column) -> str:
    value = _flat(value)
    if isinstance(value, float):
        return f"{value:.{column.places}f}" if column.places is not None else f"{value:.10g}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return clean(value, CELL)


def cells_of(text: str) -> int:
    """How many cells of a terminal a text takes."""
    return sum(
        0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text
    )


def _set(text: str, size: int, *, right: bool) -> str:
    if cells_of(text) > size:
        text = "".join(_beginning(text, size - 1)) + "…"
    blank = " " * (size - cells_of(text))
    return blank + text if right else text + blank


def _beginning(text: str, size: int) -> Iterator[str]:
    for sign in text:
        size -= cells_of(sign)
        if size < 0:
            return
        yield sign
