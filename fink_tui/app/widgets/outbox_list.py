"""The list of what is sent, on the screen."""

from __future__ import annotations

import time

from fink_tui.app import outbox_rows
from fink_tui.app.lines import Lines
from fink_tui.app.outbox_rows import OutboxRows
from fink_tui.store.errors import StoreError
from fink_tui.store.outbox import State

ALARMS = (State.FAILED, State.BLOCKED, State.ASKING)
DONE = (State.SENT, State.EXISTS, State.CANCELLED)


class OutboxList(Lines):
    """A line a sending, the newest last."""

    def __init__(self, rows: OutboxRows, *, ascii_only: bool, id: str) -> None:  # noqa: A002
        """Make the list of some rows."""
        super().__init__(id=id)
        self._rows = rows
        self._ascii = ascii_only
        self._painted: dict[int, list[tuple[str, str]]] = {}

    @property
    def cursor_row(self) -> int | None:
        """The row under the cursor."""
        return self._rows.cursor

    def heading(self) -> str:
        """The titles of the columns."""
        return outbox_rows.heading(self.room)

    def content(self, index: int) -> list[tuple[str, str]]:
        """A row's line."""
        try:
            found = self._painted[index] = self._pieces(index)
        except StoreError:  # the screen's next look says so
            return [("  (cannot be read)", "lines--quiet")]
        return found

    def _pieces(self, index: int) -> list[tuple[str, str]]:
        entry = self._rows.row(index)
        if entry is None:
            return []
        text = outbox_rows.line(entry, self.room, time.time(), is_current=index == self._rows.cursor)
        if self._ascii:
            text = text.replace("…", "~")
        return [(text, "lines--alarm" if entry.state in ALARMS else "lines--quiet" if entry.state in DONE else "")]

    def on_resize(self) -> None:
        """Show the cursor's row."""
        self.resize_content(0, self._rows.count)
        if self._rows.cursor is not None and self.rows:
            self.bring_into_sight(self._rows.cursor)

    def update(self) -> None:
        """Paint what is in sight and differs from what is painted.

        Raises:
            StoreError: The store cannot be read.
        """
        self.resize_content(0, self._rows.count)
        for index in range(self.top, self.top + self.rows):
            if self._painted.get(index, []) != self._pieces(index):
                self.refresh_lines_at(index)

    def moved(self, old: int | None) -> None:
        """The cursor moved."""
        self._painted = {i: row for i, row in self._painted.items() if self.top <= i < self.top + self.rows}
        if self._rows.cursor is not None:
            self.bring_into_sight(self._rows.cursor)
        self.refresh_lines_at(old, self._rows.cursor)
