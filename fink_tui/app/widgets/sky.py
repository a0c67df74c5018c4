"""The sky tonight: whether the current alert can be reached, when, how high, and where the Moon is."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text
from textual import work
from textual.events import Resize
from textual.message import Message
from textual.widgets import Static
from textual.worker import Worker, WorkerState, get_current_worker

from fink_tui.alerts.badges import MOVED_ON
from fink_tui.alerts.text import clean
from fink_tui.app import sky_plot, sky_words
from fink_tui.app.paging import page
from fink_tui.app.widgets.view import Subject, View
from fink_tui.ascii_text import ascii_words
from fink_tui.sky.night import mjd_to_unix
from fink_tui.sky.site import Site, Telescopes
from fink_tui.sky.tonight import Moment, Tonight, moment, tonight

GROUP = "sky"
"""The group of the workers."""

COPIED = (78, 14)
"""Columns of what is copied, and rows of the plot in it."""


class SkyTonight(View, Static):
    """Numbers, the answer first, over a plot of the altitude through the night where there is room for one."""

    NAME: ClassVar[str] = "sky"
    TITLE: ClassVar[str] = "sky tonight"

    @dataclass
    class Computed(Message, bubble=False):
        """A night was computed."""

        subject: Subject
        site: Site
        found: Tonight
        at: Moment

    def __init__(self, telescopes: Telescopes, *, id: str, ascii_only: bool) -> None:  # noqa: A002
        """Make it, empty.

        Args:
            telescopes: Which one it is looked through.
            id: As for every widget.
            ascii_only: Whether only ASCII may be used.
        """
        super().__init__(ascii_only=ascii_only, id=id)
        self._telescopes = telescopes
        self._subject: Subject | None = None
        self._computed: SkyTonight.Computed | None = None
        self._problem = ""
        self._page = 0

    def show_alert(self, subject: Subject) -> None:
        """Show an alert's sky as soon as it is computed: a few milliseconds, the first time a tenth of a second."""
        self._subject = subject
        self._page = 0
        self.tick()

    def clear(self) -> None:
        """Show nothing."""
        self._subject = self._computed = None
        self._problem = ""
        self._paint()

    def tick(self) -> None:
        """Show it as it is now, through the telescope that is looked through now."""
        site = self._telescopes.current
        if self._subject is not None and site is not None:
            self._compute(self._subject, site)
        else:
            self._paint()

    def text(self) -> str:
        """The numbers and the plot, whatever of them fits on the screen."""
        width, height = COPIED
        lines = self._lines(width, with_more=True, with_signs=True)
        if (done := self._computed) is not None:
            lines.append(sky_plot.draw(done.found, done.at.unix, width, height, ascii_only=self.ascii_only).plain)
        return "\n".join(lines)

    def do_step(self, direction: int) -> None:
        """Go on to the lines that did not fit, or back."""
        self._page += direction
        self._paint()

    def on_resize(self, _: Resize) -> None:
        """Lay it out anew."""
        self._paint()

    @work(thread=True, exclusive=True, group=GROUP, exit_on_error=False)
    def _compute(self, subject: Subject, site: Site) -> None:
        """In a thread: the first time, PyEphem is loaded."""
        if get_current_worker().is_cancelled:
            return
        now, row = time.time(), subject.stored.row
        found = tonight(site, row.ra, row.dec, now)
        self.post_message(self.Computed(subject, site, found, moment(site, row.ra, row.dec, now)))

    def on_sky_tonight_computed(self, message: Computed) -> None:
        """Show it, if it is still what is wanted."""
        if message.subject is self._subject and message.site is self._telescopes.current:
            self._computed, self._problem = message, ""
            self._paint()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Say in words that it could not be computed."""
        if event.worker.group == GROUP and event.state is WorkerState.ERROR:
            event.stop()
            self.log.error(str(event.worker.error))
            self._problem = clean(f"The sky cannot be computed: {event.worker.error!r}", 600)
            self._paint()

    @property
    def _has_plot(self) -> bool:
        """Whether there is room for the plot below the numbers."""
        width, height = self.content_size
        return height - len(self._lines(width)) >= sky_plot.LEAST

    def _paragraphs(self, *, with_more: bool = False, with_signs: bool = False) -> list[sky_words.Paragraph]:
        """What there is to say."""
        if self._subject is None:
            return []
        if self._telescopes.current is None:
            return [(line,) for line in sky_words.NO_SITE]
        if self._problem:
            return [(self._problem,)]
        if (done := self._computed) is None:
            return []
        signs = sky_plot.ASCII if self.ascii_only else sky_plot.UNICODE
        marks = (f"{signs.now} ", f"{signs.moon} ") if with_signs else ("", "")
        row = done.subject.stored.row
        found: list[sky_words.Paragraph] = [(sky_words.verdict(done.found, done.at.unix),)]
        if moves := sky_words.motion(row, done.subject.whole.record, done.at.unix):
            # what says nothing of where it is now does so before anything is said of the place
            found.insert(0 if done.at.unix - mjd_to_unix(row.obs_mjd) > MOVED_ON else 1, (moves,))
        found += sky_words.paragraphs(done.found, done.at, *marks)
        return found + (sky_words.further(done.found) if with_more else [])

    def _lines(self, width: int, *, with_more: bool = False, with_signs: bool = False) -> list[str]:
        found = self._paragraphs(with_more=with_more, with_signs=with_signs)
        if self.ascii_only:
            found = [tuple(map(ascii_words, phrases)) for phrases in found]
        return sky_words.flow(found, max(1, width))

    def _paint(self) -> None:
        width, height = self.content_size
        if not self.is_attached or width < 1 or height < 1:
            return
        has_plot = self._computed is not None and not self._problem and self._has_plot
        lines = self._lines(width, with_more=True, with_signs=has_plot)
        if has_plot and height - len(lines) < 2 * sky_plot.LEAST:  # the plot goes before what is of less use
            lines = self._lines(width, with_signs=True)
        rows = [Text(line, no_wrap=True, end="") for line in lines]
        if rows and self._computed is not None:
            rows[0].stylize("bold")
        shown = page(rows, self._page, width, height)
        self._page = shown.number
        if has_plot and self._computed is not None:
            done, rest = self._computed, height - len(lines)
            plot = sky_plot.draw(done.found, done.at.unix, width, rest, ascii_only=self.ascii_only)
            shown.text.append("\n").append_text(plot)
        self.update(shown.text, layout=False)
