"""Fink's statistics: how many alerts of what kind there were, night by night."""

from __future__ import annotations

from collections.abc import Sequence

from textual import work
from textual.app import ComposeResult
from textual.message import Message
from textual.widgets import Static
from textual.worker import Worker, WorkerState, get_current_worker

from fink_tui.alerts.survey import survey_named
from fink_tui.alerts.text import clean
from fink_tui.app.commands import STATISTICS, bindings, footer
from fink_tui.app.painting import PaintingScreen
from fink_tui.app.program import program
from fink_tui.app.session import Session
from fink_tui.app.statistics.bins import Unit
from fink_tui.app.statistics.nights import Night, Statistics, read
from fink_tui.app.statistics.picture import Layout, Look, heading, layout, picture
from fink_tui.search.outcome import Table
from fink_tui.search.question import Question


class StatisticsScreen(PaintingScreen[None]):
    """Bars over time, and the table of the night, or of what a bar is of, that is looked at."""

    BINDINGS = bindings(STATISTICS)
    KEYS = STATISTICS

    DEFAULT_CSS = """
    StatisticsScreen { layout: vertical; }
    StatisticsScreen > #title, StatisticsScreen > #footer { height: 1; color: $text-muted; text-wrap: nowrap; }
    StatisticsScreen > #counts { height: 1fr; text-wrap: nowrap; }
    """

    class Read(Message, bubble=False):
        """The answer was read."""

        def __init__(self, found: Statistics) -> None:
            super().__init__()
            self.found = found

    def __init__(self, session: Session, answers: Sequence[tuple[Question, Table]]) -> None:
        """Open the statistics that questions were answered with.

        Args:
            session: Of the program.
            answers: What was asked, and the answer to it: of one survey or of several, the first is shown first.
        """
        super().__init__()
        self._ascii = session.ascii_only
        self._answers = tuple(answers)
        self._which = 0
        self._found: Statistics | None = None
        self._look = Look()
        self._nights: tuple[Night, ...] = ()
        self._wider: list[tuple[tuple[Night, ...], int]] = []
        """What was seen before it was looked closer, and which bar."""

    def compose(self) -> ComposeResult:
        """Title, bars and table, footer."""
        yield Static("", id="title", markup=False)
        yield Static("reading...", id="counts", markup=False)
        yield Static(footer(STATISTICS), id="footer", markup=False)

    def on_mount(self) -> None:
        """Read the answer: of all nights it has some hundred thousand numbers."""
        self._read()

    @work(thread=True, exclusive=True, group="read", exit_on_error=False)
    def _read(self) -> None:
        found = read(self._answers[self._which][1])
        if not get_current_worker().is_cancelled:
            self.post_message(self.Read(found))

    def on_statistics_screen_read(self, message: Read) -> None:
        """Show it."""
        self._found, self._nights = message.found, message.found.nights
        self._show()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Say in words that it could not be read."""
        if event.worker.group == "read" and event.state is WorkerState.ERROR:
            event.stop()
            self.log.error(str(event.worker.error))
            sentence = clean(f"The statistics cannot be read: {event.worker.error!r}", 600)
            self.query_one("#counts", Static).update(sentence)

    def on_resize(self) -> None:
        """Lay it out anew."""
        self.call_after_refresh(self._show)

    @property
    def _layout(self) -> Layout:
        width, height = self.query_one("#counts", Static).content_size
        return layout(self._nights, max(1, width), max(1, height))

    def _show(self) -> None:
        if self._found is None or not self.is_mounted:
            return
        shown = self.query_one("#counts", Static)
        width, height = shown.content_size
        if width < 1 or height < 1:
            return
        drawn = picture(self._found, self._nights, self._look, width, height, ascii_only=self._ascii)
        shown.update(drawn, layout=False)
        survey = survey_named(self._answers[self._which][0].survey).title
        words = heading(survey, self._found, self._nights, width, ascii_only=self._ascii)
        self.query_one("#title", Static).update(words, layout=False)

    @property
    def _place(self) -> int:
        """Which bar is looked at."""
        last = len(self._layout.bars) - 1
        return last if self._look.place < 0 else min(self._look.place, last)

    # -- keys ---------------------------------------------------------------------------------------------------------

    def _see(self, look: Look) -> None:
        self._look = look
        self._show()

    def _to_quantity(self, number: int) -> None:
        if self._found is not None and self._found.quantities:
            last = len(self._found.quantities) - 1
            self._see(self._look._replace(quantity=max(0, min(last, number))))

    def action_quantity(self, step: int) -> None:
        """Plot another quantity."""
        self._to_quantity(self._look.quantity + step)

    def action_page(self, pages: int) -> None:
        """The same, pages further on."""
        self._to_quantity(self._look.quantity + pages * max(1, self._layout.table - 1))

    def action_end(self, is_last: bool) -> None:
        """The first quantity, or the last."""
        self._to_quantity(len(self._found.quantities) if is_last and self._found is not None else 0)

    def action_bar(self, step: int) -> None:
        """Look at another bar; those of no nights are passed over."""
        bars, place = self._layout.bars, self._place + step
        while 0 <= place < len(bars) and not bars[place].nights:
            place += step
        if 0 <= place < len(bars):
            self._see(self._look._replace(place=place))

    def action_zoom(self) -> None:
        """See what the bar is of."""
        bars = self._layout.bars
        if not bars:
            return
        bar = bars[self._place]
        if bar.unit is Unit.NIGHT or len(self._nights) == len(bar.nights):
            program(self).say("This is a night: closer than that nothing is counted.")
            return
        self._wider.append((self._nights, self._place))
        self._nights = bar.nights
        self._see(self._look._replace(place=0))

    def action_wider(self) -> None:
        """See what the bars were taken from."""
        if not self._wider:
            program(self).say("These are all nights that were asked for.")
            return
        self._nights, place = self._wider.pop()
        self._see(self._look._replace(place=place))

    def action_survey(self) -> None:
        """Show the statistics of the next survey."""
        if len(self._answers) == 1:
            program(self).say("Only one survey was asked.")
            return
        self._which = (self._which + 1) % len(self._answers)
        self._look, self._wider = Look(is_log=self._look.is_log), []
        self._read()

    def action_scale(self) -> None:
        """Bars as long as numbers, or as their logarithms."""
        self._see(self._look._replace(is_log=not self._look.is_log))

    def action_back(self) -> None:
        """Wider, in the end back."""
        if self._wider:
            self.action_wider()
        else:
            self.dismiss()
