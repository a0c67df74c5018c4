"""The current alert: its name and numbers at once; a view and its fields as soon as its packet is read."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.timer import Timer
from textual.widgets import Static
from textual.worker import Worker, WorkerState, get_current_worker

from fink_tui.alerts.schema import SchemaBook
from fink_tui.alerts.text import clean
from fink_tui.app.commands import tabs
from fink_tui.app.glance import Glance
from fink_tui.app.heading import fitted, heading, spelt, tonight
from fink_tui.app.histories import sentence, short
from fink_tui.app.program import program
from fink_tui.app.session import Session
from fink_tui.app.widgets import views
from fink_tui.app.widgets.field_list import FieldList
from fink_tui.app.widgets.find import FindField
from fink_tui.app.widgets.view import Question, Subject, View
from fink_tui.store.errors import StoreError
from fink_tui.store.pages import StoredAlert

if TYPE_CHECKING:
    from fink_tui.app.histories import Histories, Running
    from fink_tui.app.loading import Whole
    from fink_tui.search.history import History
    from fink_tui.search.history import Subject as HistorySubject
    from fink_tui.sky.visibility import Overhead
    from fink_tui.store.outbox import Entry

REST_SECONDS = 0.08
"""How long the cursor rests on an alert before its packet is read."""

KEPT_ALERTS = 16
"""Alerts that stay decoded: one goes to and fro between a few."""


HISTORY_HINT = "H whole history "

HISTORY_SECONDS = 8.0
"""How long it is said what came of a whole history."""


class Heading(Static):
    """The name and the numbers of an alert; whoever sees it sees which alert is the current one."""

    def __init__(self, glance: Glance) -> None:
        """Make it empty; the glance is told when an alert is painted."""
        super().__init__("", id="heading", markup=False)
        self.alert: int | None = None
        self._glance = glance
        self._content = Text("")

    def show(self, content: Text) -> None:
        """Show a heading, as it fits."""
        self._content = content
        self.update(fitted(content, self.size.width), layout=False)

    def on_resize(self) -> None:
        """Show more of it, or less."""
        self.show(self._content)

    def render_lines(self, crop: Region) -> list[Strip]:
        """Paint it."""
        if self.alert is not None:
            self._glance.painted(self.alert)
        return super().render_lines(crop)


class AlertDetail(Vertical):
    """Heading, one of the views, and fields of one alert; never of two."""

    @dataclass
    class Loaded(Message):
        """A packet was read, and what else is known of its object's light curve."""

        whole: Whole

    @dataclass
    class HistoryCame(Message):
        """The whole history of an object was asked for, and came, or did not."""

        subject: HistorySubject
        found: History | None
        problem: str = ""
        """Why it did not."""

    def __init__(self, session: Session, glance: Glance, *, id: str) -> None:  # noqa: A002  Textual's name
        """Make it, without an alert."""
        super().__init__(id=id)
        self.alert: StoredAlert | None = None
        """What is shown."""
        self.sendings: Sequence[Entry] = ()
        """What of the outbox is the alert's."""
        self.overhead: Overhead | None = None
        """The sky over the current telescope; None without one."""
        self._glance = glance
        self._session = session
        self._wholes: OrderedDict[int, Whole] = OrderedDict()
        self._book = SchemaBook()
        self._rest: Timer | None = None
        self._whole: Whole | None = None
        self._view = views.FIRST
        self._made: dict[str, View] = {}

    def compose(self) -> ComposeResult:
        """One below the other."""
        yield Heading(self._glance)
        yield Static(id="tabs", markup=False)
        yield Vertical(id="views")
        yield FindField(id="view-field")
        yield (fields := FieldList(id="fields"))
        yield FindField("find a field", fields.find, id="find-field")

    @property
    def view(self) -> View:
        """The view that is seen, made when it is first asked for: most nights need few, and the first picture none."""
        if self._view not in self._made:
            self._made[self._view] = views.make(self._view, self._session)
            self.query_one("#views").mount(self._made[self._view])
        return self._made[self._view]

    def look_at(self, name: str) -> None:
        """Look at the alert in another way; what the old view was doing is given up."""
        if name == self._view:
            return
        self.view.clear()
        self.view.display = False
        self._view = name
        self.view.display = True
        self.show_tabs()
        self._show_view()

    def on_mount(self) -> None:
        """Count the seconds while Fink is asked."""
        self.show_tabs()
        self.set_interval(1.0, self._count_seconds)

    def on_unmount(self) -> None:
        """Nobody waits any longer."""
        self._histories.give_up()

    @work(thread=True, group="views", exit_on_error=False)
    def load_views(self) -> None:
        """Load the views while nobody waits for one."""
        for name in views.MODULES:
            if not get_current_worker().is_cancelled:
                views.load(name)

    def on_resize(self) -> None:
        """What stands at the right is at the right."""
        self.show_tabs()

    def show_tabs(self) -> None:
        """Say which views there are, and how far the whole history of the object is, which has room before names."""
        said, width = self._history_words(), self.size.width
        line = tabs(self._view)
        if said and line.cell_len + len(said) >= width:
            line = tabs(self._view, is_short=True)
        elif not said and self._session.search is not None and line.cell_len + len(HISTORY_HINT) < width:
            said = HISTORY_HINT
        line.append(said.rjust(width - line.cell_len))
        self.query_one("#tabs", Static).update(line, layout=False)

    def _show_view(self) -> None:
        if self.alert is not None and self._whole is not None:
            self.view.show_alert(Subject(self.alert, self._whole))
        elif (view := self._made.get(self._view)) is not None:
            view.clear()

    def ask_for_view(self, question: Question) -> None:
        """Let the observer type something for a view."""
        box = self.query_one("#view-field", FindField)
        box.answer = question.answer
        box.placeholder = question.placeholder
        box.ask(question.value)

    def on_input_changed(self, event: FindField.Changed) -> None:
        """Among the fields, find while typing."""
        box = self.query_one("#find-field", FindField)
        if event.input is box and box.is_asking:
            self.query_one(FieldList).find(box.value)

    def tick(self) -> None:
        """A minute has passed: ages grow."""
        self.show_heading()
        self.show_tabs()
        if (view := self._made.get(self._view)) is not None:
            view.tick()

    def show(self, stored: StoredAlert | None, sendings: Sequence[Entry]) -> None:
        """Show an alert: its heading at once, the rest when the cursor rests on it; None for none."""
        if stored is self.alert:
            return
        self.alert, self.sendings = stored, sendings
        self.show_heading()
        self._blank()
        if self._rest is not None:
            self._rest.stop()
            self._rest = None
        if stored is not None:
            if (whole := self._wholes.get(stored.id)) is not None:
                self._show_whole(whole)
            self._rest = self.set_timer(REST_SECONDS, self._load)  # of its object, more may have come meanwhile

    def freshen(self, stored: StoredAlert, sendings: Sequence[Entry]) -> None:
        """Show what became of the alert: it has learnt a topic, or been decided on, or was sent."""
        self.alert, self.sendings = stored, sendings
        self.show_heading()

    def show_heading(self) -> None:
        """Show the heading as it is now: ages grow."""
        shown = self.query_one(Heading)
        shown.alert = self.alert.id if self.alert is not None else None
        content = Text("")
        if self.alert is not None:
            now = time.time()
            content = heading(self.alert, now, self.sendings, tonight(self.overhead, self.alert.row, now))
        shown.show(spelt(content) if self._session.ascii_only else content)

    def text(self) -> str:
        """All that is known of the alert, as text to be copied: heading, view, fields."""
        if self.alert is None:
            return ""
        parts = [str(heading(self.alert, time.time(), self.sendings))]
        if self._whole is not None:
            parts += [self.view.text(), *(f"{field.path}: {field.text}" for field in self._whole.fields)]
        return "\n".join(line.rstrip() for line in "\n".join(parts).splitlines())

    def _blank(self) -> None:
        """Take the last alert's curve and fields away: under another name they would be wrong."""
        self._whole = None
        self._show_view()
        self.query_one(FieldList).blank()

    def _load(self) -> None:
        if self.alert is not None:
            self._read(self.alert, self._wholes.get(self.alert.id))

    @work(thread=True, exclusive=True, group="load", exit_on_error=False)
    def _read(self, stored: StoredAlert, whole: Whole | None) -> None:
        from fink_tui.app.loading import load, merged  # not needed for the first picture
        from fink_tui.store import objects

        if get_current_worker().is_cancelled:
            return
        if whole is None:
            whole = load(self._session.store.packets, self._book, stored)
        try:
            others, history = (
                objects.points(self._session.store.database, stored.row),
                self._histories.known(stored.row),
            )
        except StoreError:  # the packet's own are there
            others, history = [], None
        self.post_message(self.Loaded(merged(whole, stored.row, others, history)))

    def on_alert_detail_loaded(self, event: Loaded) -> None:
        """Show a packet's view and fields, if it is still the current alert's."""
        whole = event.whole
        if not whole.problem:
            self._wholes[whole.alert] = whole
            while len(self._wholes) > KEPT_ALERTS:
                self._wholes.popitem(last=False)
        if self.alert is not None and whole.alert == self.alert.id:
            self._show_whole(whole)

    def _show_whole(self, whole: Whole) -> None:
        old, self._whole = self._whole, whole
        if old is None or (old.points, old.added) != (whole.points, whole.added):
            self._show_view()
            self.show_tabs()
        if old is None:
            self.query_one(FieldList).show(whole.fields)

    # -- the whole history --------------------------------------------------------------------------------------------

    @property
    def _histories(self) -> Histories:
        return program(self).histories

    def whole_history(self) -> None:
        """Ask Fink for all that it has of the current alert's object, unless it was asked just now."""
        from fink_tui.search.errors import QuestionError

        app = program(self)
        if self.alert is None:
            app.say("There is no alert whose history could be asked for.")
            return
        if self._session.search is None:
            app.say(self._session.unsearchable, is_error=True)
            return
        try:
            subject = self._histories.subject(self.alert.row)
        except QuestionError as error:
            app.say(str(error), is_error=True)
            return
        if (running := self._histories.begin(subject)) is None:
            app.say("Fink is being asked already; Esc gives it up.")
        else:
            self._fetch(subject, running)
            self.show_tabs()

    def give_up_history(self) -> bool:
        """No longer wait for the current alert's history; returns whether it was being asked for."""
        running = self._histories.asking(self.alert.row) if self.alert is not None else None
        if running is None or running.given_up.is_set():
            return False
        running.given_up.set()
        return True

    @work(thread=True, group="history", exit_on_error=False)
    def _fetch(self, subject: HistorySubject, running: Running) -> None:
        from fink_tui.search.errors import QuestionError, SearchError

        found, problem = None, ""
        try:
            found = self._histories.fetch(subject, running)
        except QuestionError as error:
            problem = str(error)
        except (SearchError, StoreError) as error:
            what = "newer" if self._histories.has(subject) else "whole"
            problem = f"There is no {what} history of {clean(subject.name)}: {error}"
        except OSError as error:
            problem = f"The history of {clean(subject.name)} cannot be kept: {error.strerror}."
        finally:
            self.post_message(self.HistoryCame(subject, found, problem))

    def on_alert_detail_history_came(self, event: HistoryCame) -> None:
        """Show it, if it is the current alert's object's; say what came."""
        running = self._histories.end(event.subject)
        row = self.alert.row if self.alert is not None else None
        is_current = row is not None and self._histories.is_of(row, event.subject)
        if event.found is not None:
            said = sentence(event.found, row if is_current else None, time.time())
            program(self).say(said, seconds=HISTORY_SECONDS)
        elif event.problem and (running is None or not running.given_up.is_set()):
            program(self).say(event.problem, is_error=True)
        if is_current:
            self.show_tabs()
            self._load()

    def _count_seconds(self) -> None:
        if self._histories.is_asking:
            self.show_tabs()

    def _history_words(self) -> str:
        """How far the whole history of the object is."""
        if self.alert is None:
            return ""
        if (running := self._histories.asking(self.alert.row)) is not None:
            return f"H {running.words} "
        said = short(self._whole.added, time.time()) if self._whole is not None else ""
        return f"{said} " if said else ""

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """What nobody foresaw is said, too."""
        if event.state is WorkerState.ERROR:
            event.stop()
            self.log.error(repr(event.worker.error))
            words = clean(f"This alert cannot be shown: {event.worker.error!r}.", 600)
            self.app.notify(words, severity="error", timeout=15, markup=False)
