"""What experts of an alert's kind look at: one sheet a science, the one that fits first."""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import work
from textual.events import Resize
from textual.message import Message
from textual.widgets import Static
from textual.worker import Worker, WorkerState, get_current_worker

from fink_tui.alerts.text import clean
from fink_tui.app.widgets.view import Subject, View
from fink_tui.sky.night import unix_to_mjd

if TYPE_CHECKING:
    from fink_tui.science.choose import Made, Wanted
    from fink_tui.science.period import Request
    from fink_tui.science.searching import Search, Word
    from fink_tui.science.sheet import Sheet
    from fink_tui.science.variable import Fold

VARIABLE = "variable"
"""The sheet with the period."""

KEPT = 64
"""Periods that are remembered: one goes to and fro between alerts."""

FEW = 200
"""Points of which a sheet is made at once: that takes some milliseconds."""

STEP = 5
"""Percent between two words on how far a search is: each is sent over the observer's connection."""


class Science(View, Static):
    """A sheet about an alert; a period is sought in another process, which ends when another alert comes."""

    NAME = "science"
    TITLE = "science"

    @dataclass
    class Heard(Message, bubble=False):
        """A search says something."""

        asked: Request
        word: Word

    @dataclass
    class Ready(Message, bubble=False):
        """A sheet is made."""

        wanted: Wanted
        made: Made

    def __init__(self, *, ascii_only: bool = False, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        """Make it, empty; the arguments are every view's."""
        super().__init__(ascii_only=ascii_only, id=id, classes=classes)
        self._subject: Subject | None = None
        self._sheet: Sheet | None = None
        self._fitting = ""
        self._why = ""
        self._current = ""
        self._page = 0
        self._folds: OrderedDict[int, Fold] = OrderedDict()
        self._state = ""
        self._wanted: Wanted | None = None
        self._search: Search | None = None
        self._asked: Request | None = None
        self._percent = 0

    # -- what is shown ------------------------------------------------------------------------------------------------

    def show_alert(self, subject: Subject) -> None:
        """Show the sheet that fits an alert."""
        self._forget()
        self._subject, self._sheet = subject, None
        self._fitting = self._why = self._current = ""
        self._page = 0
        self._look()

    def clear(self) -> None:
        """Show nothing, and seek nothing."""
        self._forget()
        self._subject = self._sheet = None
        self.update("", layout=False)

    def tick(self) -> None:
        """Ages grow."""
        if self._subject is not None:
            self._look()

    def text(self) -> str:
        """All lines of the sheet."""
        from fink_tui.app import sheets

        return "" if self._sheet is None else sheets.plain(self._titles(), self._current, self._sheet)

    def on_resize(self, _: Resize) -> None:
        """There is another room."""
        self._paint()

    def _titles(self) -> dict[str, str]:
        from fink_tui.science.choose import SCIENCES

        return {key: science.title for key, science in SCIENCES.items()}

    def _look(self) -> None:
        """Make the sheet anew: of a few points at once, of many in a thread."""
        from fink_tui.science.choose import Wanted, make
        from fink_tui.science.sheet import Evidence

        if self._subject is None:
            return
        whole = self._subject.whole
        evidence = Evidence(self._subject.stored.row, whole.points, whole.record, unix_to_mjd(time.time()))
        self._wanted = Wanted(
            evidence, self._subject.stored.topics, self._current, self._folds.get(whole.alert), self._state
        )
        if len(whole.points) <= FEW:
            self.on_science_ready(self.Ready(self._wanted, make(self._wanted)))
        else:
            self._make(self._wanted)

    @work(thread=True, exclusive=True, group="sheet", exit_on_error=False)
    def _make(self, wanted: Wanted) -> None:
        from fink_tui.science.choose import make

        if not get_current_worker().is_cancelled:
            self.post_message(self.Ready(wanted, make(wanted)))

    def on_science_ready(self, event: Ready) -> None:
        """Show a sheet, if it is still the one that is wanted."""
        if self._subject is None or event.wanted is not self._wanted:
            return
        if not self._fitting:
            self._fitting, self._why = event.made.name, event.made.why
            self._current = self._fitting
        self._sheet = event.made.sheet
        self._paint()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Say in words that a sheet could not be made."""
        if event.state is WorkerState.ERROR:
            event.stop()
            self.log.error(repr(event.worker.error))
            self.post_message(self.Say(clean(f"No sheet can be made: {event.worker.error!r}.", 300), is_error=True))

    def _paint(self) -> None:
        from fink_tui.app import sheets

        width, height = self.content_size
        if self._sheet is None or self._subject is None or width < 1 or height < 1:
            return
        why = self._why if self._current == self._fitting else ""
        if self._subject.whole.problem:
            why = "the packet is not here: by the row alone"
        size = width, height
        page = sheets.page(
            self._titles(), self._current, self._sheet, self._page, size, why=why, ascii_only=self.ascii_only
        )
        self._page = page.number
        self.update(page.text, layout=False)

    # -- keys ---------------------------------------------------------------------------------------------------------

    def do_step(self, direction: int) -> None:
        """Another science's sheet."""
        if self._subject is None or not self._current:
            return
        keys = list(self._titles())
        self._current = keys[(keys.index(self._current) + direction) % len(keys)]
        self._page = 0
        self._look()

    def do_pan(self, direction: int) -> None:
        """Another page of the sheet."""
        self._page = max(0, self._page + direction)
        self._paint()

    def do_reset(self, _: int) -> None:
        """The sheet that fits, from its first page."""
        if not self._fitting:
            return
        self._current, self._page = self._fitting, 0
        self._look()

    def do_mode(self, _: int) -> None:
        """Fold at the period, at twice, at half of it, at the next best."""
        fold = self._folds.get(self._subject.whole.alert) if self._subject is not None else None
        if self._subject is None or fold is None:
            self.post_message(self.Say("There is no period yet: P seeks one, or takes one that you type."))
            return
        self._folds[self._subject.whole.alert] = fold.next()
        self._show_variable()

    def do_period(self, _: int) -> None:
        """Ask between which periods to seek, or at which to fold."""
        from fink_tui.science import period

        if self._subject is None or not self._current:
            return
        self._show_variable()
        subject = self._subject
        usual = "{:g} {:g}".format(*period.default_range(period.samples(subject.whole.points)))
        asked = f"days: two periods to seek between (Enter: {usual}), or one to fold at"
        self.ask(asked, "", lambda typed: self._typed(subject, typed or usual))

    def _typed(self, subject: Subject, typed: str) -> None:
        """Do what was typed, if it is still about the alert that is shown."""
        from fink_tui.science import period
        from fink_tui.science.searching import Search
        from fink_tui.science.variable import Fold

        if subject is not self._subject:
            return
        try:
            wanted = period.typed_range(typed)
            if isinstance(wanted, float):
                self._forget()
                self._keep(subject.whole.alert, Fold(wanted))
                return
            if not period.is_possible():
                raise period.PeriodError(period.LACKING)
            asked = period.request(period.samples(subject.whole.points), *wanted)
        except period.PeriodError as error:
            self.post_message(self.Say(str(error), is_error=True))
            return
        self._forget()
        self._state, self._percent = "the search is being started", -STEP
        self._show_variable()
        self._asked = asked

        def heard(word: Word) -> None:  # in a thread
            self.post_message(self.Heard(asked, word))

        self._search = Search(asked, heard)

    def on_science_heard(self, event: Heard) -> None:
        """Show how far a search is, or what came of it."""
        from fink_tui.science.period import Found, Progress
        from fink_tui.science.variable import Fold

        if self._search is None or self._subject is None or event.asked is not self._asked:
            return  # it is no longer wanted
        word = event.word
        if isinstance(word, Progress):
            percent = 100 * word.done // max(1, word.total)
            if percent < self._percent + STEP:
                return
            self._percent = percent
            span = f"from {event.asked.shortest:g} to {event.asked.longest:g} d"
            self._state = f"{percent} % of {word.total:,} tried, {span}"
            self._show_variable(turn=False)
            return
        self._forget()
        if isinstance(word, Found) and word.best:
            self._keep(self._subject.whole.alert, Fold(word.best[0].period, word), turn=False)
            return
        self.post_message(self.Say("No period was found." if isinstance(word, Found) else word.why, is_error=True))
        self._show_variable(turn=False)

    def on_unmount(self) -> None:
        """Nobody waits any longer."""
        self._forget()

    def _keep(self, alert: int, fold: Fold, *, turn: bool = True) -> None:
        self._folds[alert] = fold
        self._folds.move_to_end(alert)
        while len(self._folds) > KEPT:
            self._folds.popitem(last=False)
        self._show_variable(turn=turn)

    def _show_variable(self, *, turn: bool = True) -> None:
        """Show what became of the period.

        Args:
            turn: Whether to turn to that sheet: not by itself, where the observer has turned to another one.
        """
        if turn:
            self._current, self._page = VARIABLE, 0
        if self._current == VARIABLE:
            self._look()

    def _forget(self) -> None:
        """End a search that goes on."""
        self._state = ""
        if self._search is not None:
            self._search.end()
            self._search = self._asked = None
