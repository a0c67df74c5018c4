"""An answer that is no list of alerts, as plain lines: statistics, classes, orbits, descriptions of fields."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from rich.cells import cell_len, set_cell_size

from fink_tui.alerts.text import clean, count
from fink_tui.app.lines import CursorLines
from fink_tui.search.outcome import Table

LONGEST = 2_000
"""Characters of a value."""

WIDEST = 48
"""Cells of a column at most; the whole value is shown where its row is opened."""

LOOKED_AT = 300
"""Rows by which the width of a column is judged."""

MANY = 7
"""Columns from which on a table of one row is shown as names and values."""

NAMES, VALUE = "name", "value"
"""Titles of a row that is shown as names and values."""


DIGITS = 7
"""Digits of a number that are shown in a column; all are where its row is opened, and copied."""


def shown(value: object, *, is_whole: bool = True) -> str:
    """A value as text, on one line.

    Args:
        value: Any.
        is_whole: Whether all digits of a number are wanted.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and not is_whole:
        return f"{value:.{DIGITS}g}"
    return clean(value, LONGEST)


def _is_number(value: object) -> bool:
    """Whether it is a number, or the text of one: Fink sends both."""
    if isinstance(value, str):
        return re.fullmatch(r"[+-]?\d{1,15}(\.\d*)?", value) is not None
    return isinstance(value, int | float) and not isinstance(value, bool)


@dataclass(frozen=True)
class Titled:
    """A table, and what it is."""

    title: str
    table: Table

    @property
    def as_names(self) -> Titled:
        """A table of one row, the other way round: a line a column."""
        columns, (row, *_) = self.table.columns, self.table.rows
        return Titled(self.title, Table((NAMES, VALUE), list(zip(columns, row, strict=False))))

    @cached_property
    def widths(self) -> list[int]:
        """Cells of its columns."""
        found = [cell_len(clean(name, WIDEST)) for name in self.table.columns]
        for row in self.table.rows[:LOOKED_AT]:
            for number, value in enumerate(row[: len(found)]):
                found[number] = max(found[number], cell_len(self.cell(value)))
        widths = [min(width, WIDEST) for width in found]
        if 0 < len(found) <= 2:  # of names and values, the values are all
            widths[-1] = min(found[-1], LONGEST)
        return widths

    def cell(self, value: object) -> str:
        """A value as it is shown in its column."""
        return shown(value, is_whole=self.table.columns == (NAMES, VALUE))

    @cached_property
    def are_right(self) -> list[bool]:
        """Which columns are set to the right: those of numbers."""
        rows = self.table.rows[:LOOKED_AT]
        columns = ([row[number] for row in rows if number < len(row)] for number in range(len(self.table.columns)))
        return [any(map(_is_number, column)) and all(v is None or _is_number(v) for v in column) for column in columns]

    def line(self, cells: Sequence[str]) -> str:
        """Texts in their columns."""
        found = []
        for text, width, is_right in zip(cells, self.widths, self.are_right, strict=False):
            if cell_len(text) > width:
                text = set_cell_size(text, width - 1) + "…"
            padding = " " * (width - cell_len(text))
            found.append(padding + text if is_right else text + padding)
        return "  ".join(found)


class AnswerTable(CursorLines):
    """One table below the other; the current row can be opened, found and copied."""

    def __init__(self, *, id: str) -> None:  # noqa: A002
        """Make it empty."""
        super().__init__(id=id)
        self._all: Sequence[Titled] = ()
        self._shown: Sequence[Titled] = ()
        self._lines: list[tuple[Titled, int]] = []
        """For each line its table and row; -1 for the table's title."""
        self._came_from: int | None = None
        """The line from which a row was opened."""

    @property
    def cursor_row(self) -> int | None:
        """The current line."""
        return self._cursor if self._lines else None

    @property
    def is_open(self) -> bool:
        """Whether one row has all the room."""
        return self._came_from is not None

    def heading(self) -> str:
        """Names of the columns of the current table."""
        if not self._lines:
            return "an empty table"
        titled = self._lines[self._cursor][0]
        return titled.line([clean(name, WIDEST) for name in titled.table.columns])

    def content(self, index: int) -> list[tuple[str, str]]:
        """A row, or a table's title."""
        if index >= len(self._lines):
            return []
        titled, row = self._lines[index]
        if row < 0:
            size = len(titled.table.rows)
            return [(f"{titled.title}: {count(size)} {'row' if size == 1 else 'rows'}", "lines--heading")]
        return [(titled.line([titled.cell(value) for value in titled.table.rows[row]]), "")]

    def show(self, tables: Sequence[Titled]) -> None:
        """Show some tables; the cursor is on the first row."""
        self._came_from = None
        self._all = [
            one.as_names if len(one.table.rows) == 1 and len(one.table.columns) >= MANY else one for one in tables
        ]
        self._use(self._all, 0)
        self._cursor = next((index for index, (_, row) in enumerate(self._lines) if row >= 0), 0)

    def _use(self, tables: Sequence[Titled], cursor: int) -> None:
        self._shown = tables
        self._lines = [
            (titled, row)
            for titled in tables
            for row in range(-1 if len(tables) > 1 or not titled.table.rows else 0, len(titled.table.rows))
        ]
        self._cursor = max(0, min(cursor, len(self._lines) - 1))
        self.on_resize()
        self.scroll_to(x=0, y=max(0, self._cursor - self.rows // 2), animate=False, force=True, immediate=True)

    def on_resize(self) -> None:
        """Say how much there is."""
        widest = max((sum(titled.widths) + 2 * len(titled.widths) for titled in self._shown), default=0)
        self.resize_content(widest, len(self._lines))
        self.refresh()

    # -- the current row ----------------------------------------------------------------------------------------------

    def open(self) -> bool:
        """Give the current row all the room, as names and values; returns whether there is more of it than was."""
        if self.is_open or not self._lines:
            return False
        titled, row = self._lines[self._cursor]
        if row < 0 or titled.table.columns == (NAMES, VALUE) or len(titled.table.columns) < 2:
            return False
        self._came_from = self._cursor
        one = Titled(f"{titled.title}, row {row + 1}", Table(titled.table.columns, [titled.table.rows[row]]))
        self._use([one.as_names], 0)
        return True

    def close(self) -> bool:
        """Show the tables again; returns whether a row was open."""
        if self._came_from is None:
            return False
        cursor, self._came_from = self._came_from, None
        self._use(self._all, cursor)
        return True

    def text(self) -> str:
        """The current row, to be copied: a value, or a line for each column."""
        if not self._lines:
            return ""
        titled, row = self._lines[self._cursor]
        if row < 0:
            return titled.title
        values = [shown(value) for value in titled.table.rows[row]]
        if titled.table.columns == (NAMES, VALUE):
            return values[1]
        if len(values) == 1:
            return values[0]
        return "\n".join(f"{clean(name)}: {value}" for name, value in zip(titled.table.columns, values, strict=False))

    def find(self, text: str, *, backwards: bool = False) -> bool:
        """Go to the next row with a text in it, whatever the case, round the end; returns whether there is one."""
        wanted, size = text.casefold(), len(self._lines)
        for step in range(1, size + 1):
            index = (self._cursor + (-step if backwards else step)) % size
            titled, row = self._lines[index]
            values = (titled.title,) if row < 0 else titled.table.rows[row]
            if any(wanted in shown(value).casefold() for value in values):
                self._move(index)
                return True
        return False

    def _move(self, index: int) -> None:
        if not self._lines:
            return
        old, self._cursor = self._cursor, max(0, min(index, len(self._lines) - 1))
        self.bring_into_sight(self._cursor)
        self.refresh_lines_at(old, self._cursor)
        if self._lines[old][0] is not self._lines[self._cursor][0]:
            self.refresh()  # another heading
