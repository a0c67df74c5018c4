"""The observer's queue: which alerts are in the list, in what order, and which one is current. No screen in sight."""

from __future__ import annotations

from collections import OrderedDict
from typing import Protocol

from fink_tui.store.errors import StoreError
from fink_tui.store.pages import PAGE, Exposure, ListRow

KEPT_PAGES = 12
"""Pages of rows kept in memory."""


class RowSource(Protocol):
    """A list of rows that only grows at its end, read a page at a time."""

    def has_changed(self) -> bool:
        """Whether anything was written since the last call."""

    def count(self) -> int:
        """How many rows there are."""

    def page(self, number: int) -> list[ListRow]:
        """The rows of a page, fewer than `PAGE` on the last."""

    def exposure(self, row: ListRow) -> Exposure | None:
        """How many alerts the exposure of one has."""

    def index_of(self, alert: int) -> int | None:
        """Where an alert is, or None."""

    def find(self, text: str, start: int, *, backwards: bool = False) -> int | None:
        """The next alert that contains a text, or None."""

    def undecided(self, start: int, *, backwards: bool = False) -> int | None:
        """The next alert without a decision, or None."""


class Queue:
    """Rows of a source, and a cursor that stays on its alert whatever arrives.

    What reads raises `StoreError` where the source cannot be read; the cursor and the rows read so far stay.
    """

    def __init__(self, source: RowSource) -> None:
        """Read how many rows there are; the cursor goes to the newest."""
        self._source = source
        self._pages: OrderedDict[int, list[ListRow]] = OrderedDict()
        self._unreadable: dict[int, StoreError] = {}
        self._is_behind = False
        source.has_changed()
        self.count = source.count()
        self.cursor: int | None = self.count - 1 if self.count else None

    @property
    def current(self) -> ListRow | None:
        """The row under the cursor."""
        return None if self.cursor is None else self.row(self.cursor)

    def refresh(self) -> bool:
        """Take note of what was written since the last call, here or in another process.

        Returns:
            Whether there was anything.
        """
        self._unreadable.clear()
        if not self._source.has_changed() and not self._is_behind:
            return False
        self._is_behind = True  # the source says once that it has changed; what follows may fail
        self.count = self._source.count()
        self._is_behind = False
        self._pages.clear()
        if self.cursor is None and self.count:
            self.cursor = 0
        return True

    def row(self, index: int) -> ListRow | None:
        """A row, or None where there is none."""
        if not 0 <= index < self.count:
            return None
        number, at = divmod(index, PAGE)
        if number in self._unreadable:  # every line of a screen asks; a database that is locked is waited for once
            raise self._unreadable[number]
        if number not in self._pages:
            try:
                self._pages[number] = self._source.page(number)
            except StoreError as error:
                self._unreadable[number] = error
                raise
            while len(self._pages) > KEPT_PAGES:
                self._pages.popitem(last=False)
        else:
            self._pages.move_to_end(number)
        page = self._pages[number]
        return page[at] if at < len(page) else None

    def exposure(self, row: ListRow) -> Exposure | None:
        """How many alerts an alert's exposure has; None where it is not known which that is."""
        return self._source.exposure(row)

    def move(self, rows: int) -> bool:
        """Move the cursor by that many rows, as far as there are any; returns whether it moved."""
        return self.cursor is not None and self.move_to(self.cursor + rows)

    def move_to(self, index: int) -> bool:
        """Move the cursor to a row, or the nearest there is; returns whether it moved."""
        if not self.count:
            return False
        index = max(0, min(index, self.count - 1))
        moved = index != self.cursor
        self.cursor = index
        return moved

    def find(self, text: str, *, backwards: bool = False) -> bool:
        """Move the cursor to the next row that contains a text; returns whether there is one."""
        current = self.current
        return self.go_to(self._source.find(text, current.id if current else 0, backwards=backwards))

    def next_undecided(self, *, backwards: bool = False) -> bool:
        """Move the cursor to the next row without a decision; returns whether there is one."""
        current = self.current
        return self.go_to(self._source.undecided(current.id if current else 0, backwards=backwards))

    def go_to(self, alert: int | None) -> bool:
        """Move the cursor to an alert, by its id in the store; returns whether the list has it."""
        index = self._source.index_of(alert) if alert is not None else None
        if index is None:
            return False
        if index >= self.count:  # it arrived since the last refresh
            self.count = self._source.count()
            self._pages.clear()
        self.move_to(index)
        return True
