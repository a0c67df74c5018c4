"""The list of what is sent: its rows, its cursor, its lines. No screen in sight."""

from __future__ import annotations

from rich.cells import cell_len, set_cell_size

from fink_tui.alerts.text import age, clean, clock
from fink_tui.app.columns import SENDING_MARKS
from fink_tui.sky.night import unix_to_mjd
from fink_tui.store.outbox import Entry, State
from fink_tui.store.outbox_pages import OutboxPages
from fink_tui.store.pages import PAGE

KEPT_PAGES = 12
"""Pages of rows kept in memory."""


class OutboxRows:
    """The rows of the outbox, the newest last, and a cursor that stays on its row; raises `StoreError` as pages do."""

    def __init__(self, pages: OutboxPages) -> None:
        """Begin at the first that asks something, else at the newest."""
        self._pages = pages
        self._kept: dict[int, list[Entry]] = {}
        self.count = 0
        self.cursor: int | None = None
        self.refresh()
        if self.count:
            asking = pages.next_of((State.ASKING,), 0)
            self.cursor = self.count - 1 if asking is None else asking - 1

    @property
    def current(self) -> Entry | None:
        """The row under the cursor."""
        return None if self.cursor is None else self.row(self.cursor)

    def refresh(self) -> bool:
        """Take note of what was written since the last call; returns whether there was anything."""
        if not self._pages.has_changed():
            return False
        self._kept.clear()
        self.count = self._pages.count()
        if self.cursor is None and self.count:
            self.cursor = 0
        return True

    def row(self, index: int) -> Entry | None:
        """A row, or None where there is none."""
        if not 0 <= index < self.count:
            return None
        number, at = divmod(index, PAGE)
        if number not in self._kept:
            if len(self._kept) >= KEPT_PAGES:
                self._kept.clear()
            self._kept[number] = self._pages.page(number)
        page = self._kept[number]
        return page[at] if at < len(page) else None

    def move_to(self, index: int) -> None:
        """Move the cursor to a row, or the nearest there is."""
        if self.count:
            self.cursor = max(0, min(index, self.count - 1))

    def next_wanting(self, *, backwards: bool = False) -> bool:
        """Move the cursor to the next that waits for an answer, or failed; returns whether there is one."""
        start = 0 if self.cursor is None else self.cursor + 1
        found = self._pages.next_of((State.ASKING, State.FAILED), start, backwards=backwards)
        if found is not None:
            self.move_to(found - 1)
        return found is not None


WORDS = {State.EXISTS: "completed", State.ASKING: "asks", State.BLOCKED: "held up"}
"""States that have other words for people."""

STATE, TRIES, NEXT, AGE = 9, 5, 8, 5
"""Cells of the columns; the object, the receiver and the last answer have the rest."""

ROOMY = 110
"""Cells from which a receiver has twice the room."""


def heading(width: int) -> str:
    """The titles of the columns, in so many cells."""
    return _line("  ", "state", "object", "to", "tries", "next try", "age", "last answer", width)


def line(entry: Entry, width: int, now: float, *, is_current: bool) -> str:
    """A row as a line of so many cells.

    Args:
        entry: The row.
        width: Cells.
        now: The time, Unix seconds.
        is_current: Whether the cursor is on it.
    """
    mark = SENDING_MARKS.get(str(entry.state), " ") + (">" if is_current else " ")
    state = WORDS.get(entry.state, str(entry.state))
    since = now - entry.queued_at
    old = "<1min" if 0 <= since < 60 else age(since).replace(" ", "")
    tries = str(entry.attempts) if entry.attempts else ""
    return _line(mark, state, entry.object_id, entry.receiver, tries, next_try(entry, now), old, entry.answer, width)


def next_try(entry: Entry, now: float) -> str:
    """When one that waits for its turn is tried next: a time of day, UTC, which does not change every second."""
    if entry.state != State.QUEUED:
        return ""
    due = max(entry.not_before, entry.next_try)
    if due <= now:
        return "now"
    return f"{clock(unix_to_mjd(due))}:{int(due) % 60:02d}"


def _line(mark: str, state: str, name: str, to: str, tries: str, then: str, old: str, answer: str, width: int) -> str:
    to_width = 16 if width >= ROOMY else 8
    room = width - (2 + STATE + 1 + to_width + 1 + TRIES + 1 + NEXT + 1 + AGE + 2)
    object_width = max(12, min(18, room - 20))
    return set_cell_size(
        f"{mark}{_fit(state, STATE)} {_name(name, object_width)} {_fit(to, to_width)} {tries:>{TRIES}} {then:>{NEXT}} "
        f"{old:>{AGE}} {_fit(clean(answer, 600), max(1, room - object_width))}",
        width,
    )


def _fit(text: str, width: int) -> str:
    return set_cell_size(text, width - 1) + "…" if cell_len(text) > width else set_cell_size(text, width)


def _name(name: str, width: int) -> str:
    """Of LSST's numbers the end, which differs."""
    if cell_len(name) > width and name.isascii() and name.isdigit():
        return "…" + name[-(width - 1) :]
    return _fit(name, width)
