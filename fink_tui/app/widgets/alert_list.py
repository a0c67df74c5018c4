"""The live list: one line an alert, the newest last."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.geometry import Region
from textual.message import Message

from fink_tui.app import columns
from fink_tui.app.glance import Glance
from fink_tui.app.lines import CursorLines
from fink_tui.sky.night import unix_to_mjd
from fink_tui.sky.site import Telescopes
from fink_tui.store.errors import StoreError
from fink_tui.store.pages import Exposure, ListRow
from fink_tui.triage.queue import Queue

if TYPE_CHECKING:
    from fink_tui.sky.visibility import Overhead

FOLLOW_SECONDS = 1.0
"""Following scrolls at most that often: every scroll is a page of bytes."""

CACHED_LINES = 500


class AlertList(CursorLines):
    """Shows a queue, moves its cursor, and never lets an arrival move what is under it."""

    class Current(Message):
        """Another alert is current, or may be."""

    class Placed(Message):
        """It knows its size, and shows what it is to show."""

    class SiteChanged(Message):
        """The sky is another telescope's now."""

    @dataclass
    class FollowChanged(Message):
        """Following began or ended."""

        is_on: bool

    def __init__(
        self,
        queue: Queue,
        glance: Glance,
        *,
        telescopes: Telescopes | None = None,
        follows: bool = True,
        ascii_only: bool = False,
        id: str | None = None,  # noqa: A002
    ) -> None:
        """Make the list of a queue.

        Args:
            queue: What it shows.
            glance: It is told which row is painted as the current one.
            telescopes: The observer's; altitudes are for the current one.
            follows: Whether it may follow what comes; else it always holds still.
            ascii_only: Whether only ASCII may be used.
            id: The widget's name.
        """
        super().__init__(id=id)
        self.queue = queue
        self._glance = glance
        self.marks: dict[int, str] = {}
        """Marks that are not in the store yet, by the alert's id there."""
        self.is_following = follows
        self._follows = follows
        self._ascii = ascii_only
        self._telescopes = telescopes or Telescopes()
        self.overhead: Overhead | None = None
        """The sky over the site, at most a minute old; None without a site, and before the first picture."""
        self.centre: tuple[float, float] | None = None
        """The place from which it is told how far alerts are: right ascension and declination, degrees."""
        self._columns = self._chosen()
        self._lines: dict[tuple[object, ...], str] = {}
        self._widths: list[int] = columns.widths(self._columns, 80, 12)
        self._object_width = 12
        self._minute = int(time.time() // 60)
        self._painted: dict[int, ListRow | None] = {}
        self._texts: dict[int, str] = {}
        """Lines as they were painted."""
        self._exposures: dict[tuple[str, str | None], Exposure | None] = {}
        self._scrolled_at = 0.0
        self._is_behind = False
        """Whether something that is in sight is still to be read."""

    @property
    def cursor_row(self) -> int | None:
        """The row under the cursor."""
        return self.queue.cursor

    @property
    def unseen(self) -> int:
        """How many rows are below what is in sight."""
        return max(0, self.queue.count - self.top - self.rows)

    @property
    def cursor_away(self) -> int:
        """How many rows the cursor is out of sight: below zero above what is seen, above zero below it."""
        cursor = self.queue.cursor
        if cursor is None or not self.rows:
            return 0
        return min(0, cursor - self.top) or max(0, cursor - (self.top + self.rows - 1))

    def heading(self) -> str:
        """The titles of the columns."""
        return columns.titles(self._columns, self._widths)

    def content(self, index: int) -> list[tuple[str, str]]:
        """A row's line."""
        try:
            row = self._painted[index] = self.queue.row(index)
            line = self._line(row) if row is not None else ""
        except StoreError:  # `update` says so, and tries again
            self._painted[index] = None
            self._is_behind = True
            return [("  (cannot be read)", "lines--quiet")]
        if row is None:
            return []
        self._texts[index] = line
        mark = self._mark(row)
        if (width := cell_len(row.object_id)) > self._object_width:
            self._object_width = width
            self.call_later(self.fit)
        if index == self.queue.cursor:
            self._glance.painted(row.id)
            line = columns.at_cursor(line)
        if mark in columns.ALARMS:
            return [(line, "lines--alarm")]
        return [(line, "")] if not row.state else [(line, "lines--quiet")]

    def _mark(self, row: ListRow) -> str:
        """What stands before a row."""
        return self.marks.get(row.id) or columns.mark(row)

    def _line(self, row: ListRow) -> str:
        """A row's line as it is now, or was within this minute.

        Raises:
            StoreError: The store cannot be read.
        """
        mark = self._mark(row)
        key = (row, mark)
        if key not in self._lines:
            if len(self._lines) > CACHED_LINES:
                self._lines.clear()
            now = unix_to_mjd(time.time())
            context = columns.Context(now, self._ascii, self.overhead, self._exposure(row), self.centre)
            self._lines[key] = columns.line(row, mark, self._columns, self._widths, context)
        return self._lines[key]

    def _exposure(self, row: ListRow) -> Exposure | None:
        """How many alerts its exposure has, or had within this minute."""
        key = (row.survey, row.exposure_id)
        if key not in self._exposures:
            self._exposures[key] = self.queue.exposure(row)
        return self._exposures[key]

    def _chosen(self) -> tuple[columns.Column, ...]:
        """The columns that say something."""
        has_site, has_centre = self._telescopes.current is not None, self.centre is not None
        return columns.chosen(has_site=has_site, has_centre=has_centre)

    def show_site(self) -> None:
        """Show the sky over the current telescope: there is one now, or it is another."""
        old, self._columns = self._columns, self._chosen()
        self._look_up()
        if self._columns != old:
            self._widths = []
            self.fit()
        try:
            self._show_clock()
        except StoreError:  # `update` says so, and does it
            self._minute = 0
        self.post_message(self.SiteChanged())

    def show_centre(self, centre: tuple[float, float] | None) -> None:
        """Show how far alerts are from a place, or no longer.

        Args:
            centre: Its right ascension and declination, degrees; None for none.
        """
        if centre != self.centre:
            self.centre = centre
            self._columns, self._widths = self._chosen(), []
            self.fit()

    def _look_up(self) -> None:
        """See what is up now: a few milliseconds, and some more the first time."""
        site = self._telescopes.current
        if site is None:
            self.overhead = None
        else:
            from fink_tui.sky.visibility import Overhead  # not before the first picture

            self.overhead = Overhead(site, time.time())

    def _show_clock(self) -> None:
        """Paint what goes with the clock: of each line in sight only the cells that have changed."""
        self._lines.clear()
        self._exposures.clear()
        left = round(self.scroll_offset.x)
        for index in range(self.top, self.top + self.rows):
            row, old = self._painted.get(index), self._texts.get(index)
            if row is None or old is None:
                continue
            if span := columns.changed(old, self._line(row)):
                first, count = max(0, span[0] - left), min(self.room, span[0] + span[1] - left)
                if first < count:
                    self.refresh(Region(first, index - self.top + 1, count - first, 1))

    def on_mount(self) -> None:
        """Begin at the newest alert."""
        self.fit()
        self.call_after_refresh(self._show_cursor)

    def on_show(self) -> None:
        """It was hidden behind the open alert: what it shows may be elsewhere now."""
        self.call_after_refresh(self.on_resize)

    def on_resize(self) -> None:
        """Give the columns the room there is; the cursor, or the newest when following, stays in sight."""
        if not self.rows:
            return
        self.fit()
        if self.is_following:
            self._scroll_to_end()
        elif self.queue.cursor is not None:
            self.bring_into_sight(self.queue.cursor)
        self.post_message(self.Placed())

    def fit(self) -> None:
        """Set the columns' widths for the room and the names there are."""
        found = columns.widths(self._columns, self.room, self._object_width)
        if found != self._widths:
            self._widths = found
            self._lines.clear()
            self.refresh()
        self.resize_content(columns.total(found), self.queue.count)

    def use(self, queue: Queue) -> None:
        """Show another queue."""
        self.queue = queue
        self._painted.clear()
        self._texts.clear()
        self.fit()
        self.refresh()
        self._show_cursor()

    def update(self) -> bool:
        """Look for what came or changed; repaint only what is in sight and differs.

        Returns:
            Whether anything was written to the store.

        Raises:
            StoreError: The store cannot be read; the next call does what this one could not.
        """
        minute = int(time.time() // 60)
        if minute != self._minute:  # ages grow, and the sky turns
            if self.overhead is not None:
                self._look_up()
            self._show_clock()
            self._minute = minute
        had_current = self.queue.cursor is not None
        changed = self._is_behind = self.queue.refresh() or self._is_behind
        if changed:
            self.resize_content(columns.total(self._widths), self.queue.count)
            for index in range(self.top, self.top + self.rows):
                if self._painted.get(index) != self.queue.row(index):
                    self.refresh_lines_at(index)
            if not had_current and self.queue.cursor is not None:
                self.post_message(self.Current())
            self._is_behind = False
        if self.is_following and self.unseen and time.monotonic() - self._scrolled_at >= FOLLOW_SECONDS:
            self._scroll_to_end()
        return changed

    def set_mark(self, alert: int, mark: str | None) -> None:
        """Show a mark that is not in the store yet, or no longer."""
        if mark is None:
            self.marks.pop(alert, None)
        else:
            self.marks[alert] = mark
        for index, row in self._painted.items():
            if row is not None and row.id == alert:
                self.refresh_lines_at(index)

    def follow(self, is_on: bool) -> None:
        """Scroll as alerts arrive, or no longer."""
        is_on = is_on and self._follows
        if is_on != self.is_following:
            self.is_following = is_on
            self.post_message(self.FollowChanged(is_on))
        if is_on:
            self._scroll_to_end()

    def moved(self, old: int | None) -> None:
        """The cursor moved: show it, and tell the screen. Whoever moves wants the list to hold still."""
        self.follow(False)
        in_sight = range(self.top, self.top + self.rows)
        self._painted = {index: row for index, row in self._painted.items() if index in in_sight}
        self._texts = {index: line for index, line in self._texts.items() if index in in_sight}
        self.refresh_lines_at(old)
        self._show_cursor()

    def _show_cursor(self) -> None:
        if self.queue.cursor is not None:
            self.bring_into_sight(self.queue.cursor)
            self.refresh_lines_at(self.queue.cursor)
        self.post_message(self.Current())

    def _scroll_to_end(self) -> None:
        self._scrolled_at = time.monotonic()
        self.scroll_to(y=max(0, self.queue.count - self.rows), animate=False, force=True, immediate=True)

    def _move(self, index: int) -> None:
        old = self.queue.cursor
        if self.queue.move_to(index):
            self.moved(old)
        elif self.queue.cursor is not None:  # it may be out of sight, after following
            self.bring_into_sight(self.queue.cursor)

    def action_cursor(self, rows: int) -> None:
        """Move the cursor; one that following left out of sight comes to the newest row in sight."""
        cursor = self.queue.cursor or 0
        if self._is_lost(cursor):
            self._move(self.top + self.rows - 1)
        else:
            self._move(cursor + rows)

    def _is_lost(self, cursor: int) -> bool:
        """Whether the cursor is out of sight in a list that is seen."""
        return self.is_on_screen and not self.top <= cursor < self.top + self.rows

    def action_page(self, pages: int) -> None:
        """Move the cursor by pages."""
        cursor = self.queue.cursor or 0
        if self._is_lost(cursor):
            cursor = self.top + self.rows - 1
        self._move(cursor + pages * max(1, self.rows - 1))

    def action_last(self) -> None:
        """Move the cursor to the last row, the newest alert where they stand as they arrive, and follow."""
        self._move(self.queue.count - 1)
        self.follow(True)
