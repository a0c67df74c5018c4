"""All fields of an alert, findable by typing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size
from textual.geometry import Region

from fink_tui.app.lines import CursorLines

if TYPE_CHECKING:
    from fink_tui.alerts.fields import Field

NAME_WIDTH = 36
"""Cells of a field's name at most."""

VALUE_WIDTH = 34
"""Cells of a value after which its description begins, where there is room for that."""

WIDE = 140
"""Cells of a line from which on the descriptions are beside the values; else the current field's is in the heading."""


class FieldList(CursorLines):
    """Names and values, those that match what was typed."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        """Make it empty."""
        super().__init__(id=id)
        self._all: Sequence[Field] = ()
        self._shown: Sequence[Field] = ()
        self._filter = ""
        self._path = ""
        self._is_blank = False

    @property
    def cursor_row(self) -> int | None:
        """The current field, while the fields have the keys."""
        return self._cursor if self.has_focus and self._shown and not self._is_blank else None

    @property
    def current(self) -> Field | None:
        """The field under the cursor."""
        return self._shown[self._cursor] if self._shown and not self._is_blank else None

    @property
    def filter(self) -> str:
        """What was typed to find fields."""
        return self._filter

    def heading(self) -> str:
        """How many fields there are."""
        if self._is_blank:
            return "fields"
        found = self._shown[self._cursor].words if self.cursor_row is not None and self.room < WIDE else ""
        if found and self._filter:
            return f"{len(self._shown)} of {len(self._all)} fields with “{self._filter}”: {found}"
        if found:
            return f"{self._shown[self._cursor].path.rpartition('.')[2]}: {found}"
        if self._filter:
            return f"{len(self._shown)} of {len(self._all)} fields with “{self._filter}”; Esc: all"
        return f"{len(self._all)} fields" if self._all else "fields"

    def content(self, index: int) -> list[tuple[str, str]]:
        """A field's line."""
        if index >= len(self._shown) or self._is_blank:
            return []
        name, value, note, words = self._shown[index]
        width = min(NAME_WIDTH, max(12, self.room // 2))
        if cell_len(name) > width:  # the end of a path tells more than its beginning
            name = "…" + name[-(width - 1) :]
        if self.room < WIDE:  # a long value has what a short name leaves
            width = min(width, max(cell_len(name), self.room - cell_len(value) - cell_len(note) - 2))
        found = [(set_cell_size(name, width) + " ", "lines--quiet"), (value, "")]
        if note:
            found.append((f" {note}", "lines--quiet"))
        if words and self.room >= WIDE:
            blanks = max(2, VALUE_WIDTH - cell_len(value) - cell_len(note) - bool(note))
            found.append((" " * blanks + words, "lines--quiet"))
        return found

    def blank(self) -> None:
        """Show nothing, until the fields of another alert are there: those of the last one are not its own."""
        if not self._is_blank:
            self._is_blank = True
            self.refresh()

    def show(self, fields: Sequence[Field]) -> None:
        """Show an alert's fields; what was typed goes on to hold, and the cursor stays on the field of that name."""
        at = self._cursor - self.top
        self._all, self._is_blank = fields, False
        self._match()
        found = next((index for index, field in enumerate(self._shown) if field.path == self._path), None)
        if found is not None and found != self._cursor:
            self._cursor = found
            self.scroll_to(y=max(0, found - at), animate=False, force=True, immediate=True)

    def find(self, typed: str) -> None:
        """Show only fields whose name, value, unit or description contains every word, whatever the case."""
        self._filter = typed.strip()
        self._cursor, self._path = 0, ""
        self._match()
        self.scroll_to(y=0, animate=False, force=True, immediate=True)

    def _match(self) -> None:
        words = self._filter.lower().split()
        self._shown = (
            [field for field in self._all if all(word in " ".join(field).lower() for word in words)]
            if words
            else self._all
        )
        self._cursor = max(0, min(self._cursor, len(self._shown) - 1))
        widest = max((cell_len(field.text) for field in self._shown), default=0) + NAME_WIDTH + 1
        self.resize_content(widest, len(self._shown))
        self.refresh()

    def _move(self, index: int) -> None:
        if self._is_blank or not self._shown:
            return
        old, self._cursor = self._cursor, max(0, min(index, len(self._shown) - 1))
        self._path = self._shown[self._cursor].path
        self.bring_into_sight(self._cursor)
        self.refresh_lines_at(old, self._cursor)
        self._refresh_heading()

    def _refresh_heading(self) -> None:
        """Paint the line that tells of the current field."""
        if self.room < WIDE:
            self.refresh(Region(0, 0, self.room, 1))

    def on_focus(self) -> None:
        """Show that the fields have the keys now."""
        super().on_focus()
        self._refresh_heading()

    def on_blur(self) -> None:
        """Show that they no longer have."""
        super().on_blur()
        self._refresh_heading()
