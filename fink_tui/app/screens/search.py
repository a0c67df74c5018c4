"""Screen 2: a search is typed, and what is found, here and by Fink, is a list like the live one."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widget import Widget
from textual.widgets import Static

from fink_tui.alerts.text import clean
from fink_tui.app import search_words
from fink_tui.app.commands import LINE, MOVES, SEARCH, VIEW_COMMANDS, VIEWS, bindings, footer
from fink_tui.app.glance import Glance
from fink_tui.app.last_search import LastSearch
from fink_tui.app.lines import CursorLines
from fink_tui.app.overview import Overview
from fink_tui.app.screens.alerts import AlertsScreen
from fink_tui.app.session import Session
from fink_tui.app.statistics.nights import has_nights
from fink_tui.app.suggested import Typing
from fink_tui.app.widgets.answer_table import AnswerTable, Titled
from fink_tui.app.widgets.find import FindField
from fink_tui.app.widgets.found_pane import FoundPane
from fink_tui.app.widgets.search_line import SearchLine
from fink_tui.app.widgets.status_line import StatusLine
from fink_tui.app.widgets.suggestions import Suggestions
from fink_tui.search import cones
from fink_tui.search.api.endpoints import SURVEYS
from fink_tui.search.errors import QuestionError
from fink_tui.search.line.understanding import understand
from fink_tui.search.outcome import Part, Table
from fink_tui.search.question import Question
from fink_tui.store import searches
from fink_tui.store.errors import StoreError

if TYPE_CHECKING:
    from fink_tui.app.screens.form import Filled
    from fink_tui.app.search_forms import Form
    from fink_tui.search.line.understood import Understood

PLACEHOLDER = "an id, a place and r=30s, class=..., a name; ↓ what was searched before"

REMEMBERED = 200
"""Searches of before that are offered."""


class SearchScreen(AlertsScreen):
    """The line in which a search is typed, how far it is, and what it found: alerts, or tables."""

    BINDINGS = bindings((*MOVES, *SEARCH, *VIEWS, *VIEW_COMMANDS))
    KEYS = SEARCH
    AUTO_FOCUS = "#query"

    DEFAULT_CSS = """
    SearchScreen > #search-line { height: 1; }
    SearchScreen #prompt { width: auto; color: $text-muted; }
    SearchScreen > #said { height: 1; }
    SearchScreen > #plain { height: 1fr; padding: 1 2; }
    SearchScreen > #suggestions, SearchScreen > #answer { height: 1fr; }
    """

    list_pane: FoundPane
    _typing: Typing

    def __init__(self, session: Session, overview: Overview) -> None:
        """Make it; nothing is asked yet.

        Args:
            session: What it works on.
            overview: What its status line says.

        Raises:
            StoreError: The store cannot be read.
        """
        glance = Glance()
        super().__init__(session, overview, glance, FoundPane(session, glance, id="list-pane"))
        self.last_search = LastSearch(self, session)
        self.wanted = ""
        """What is to be searched as soon as it is seen."""
        keys = {
            "enter": self._ask,
            "escape": self._leave_line,
            "tab": lambda: self._typing.complete(1),
            "shift+tab": lambda: self._typing.complete(-1),
            "up": lambda: self._typing.walk(-1),
            "down": lambda: self._typing.walk(1),
        }
        self.line = SearchLine(keys, PLACEHOLDER, id="query")
        """The line in which a search is typed."""
        self._suggestions = Suggestions(id="suggestions")
        self._typing = Typing(self.line, self._suggestions, self._say, self._show)
        self._filled: Filled | None = None
        """The form that was filled in last."""
        self._draft = ""
        """What was typed and not asked."""
        self._understood = Text("")
        self._tables: Sequence[Part] = ()
        self._settled: object = None
        """The outcome whose order the list has."""
        self._sought = ""
        self._plotted: object = None
        """The outcome whose statistics were shown as a plot."""

    # -- what is on it ------------------------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        """The line to type in, how far the search is, what it found."""
        yield StatusLine(id="status")
        with Horizontal(id="search-line"):
            yield Static("search ", id="prompt", markup=False)
            yield self.line
        yield Static("", id="said", markup=False)
        yield Static("", id="plain", markup=False)
        yield self._suggestions
        with Vertical(id="answer"):
            yield AnswerTable(id="table")
            yield FindField("find in the table", self._find_in_table, id="find-table")
        yield from self.panes()
        yield Static("", id="footer", markup=False)

    @property
    def table(self) -> AnswerTable:
        """What is shown of an answer that is no list of alerts."""
        return self.query_one(AnswerTable)

    @property
    def is_typing(self) -> bool:
        """Whether the line has the keys."""
        return self.focused is not None and self.focused is self.line

    def on_mount(self) -> None:
        """Show what was searched before."""
        self.alerts.show_site()
        self._typing.offer_searches()
        self._read_recents()
        self._show()

    def on_screen_resume(self) -> None:
        """It is seen again: show what came meanwhile."""
        super().on_screen_resume()
        if self.wanted:
            line, self.wanted = self.wanted, ""
            self.search(line)
        self.call_after_refresh(self.look)

    def on_descendant_focus(self) -> None:
        """The line has the keys, or has them no longer."""
        self._show()

    def on_descendant_blur(self) -> None:
        """Nothing may have them."""
        self._show()

    def look(self) -> None:
        """See what came; say how things are."""
        if not self.is_mounted or not self.is_current:
            return
        self._take()
        super().look()
        self._show_said()

    def on_last_search_came(self) -> None:
        """Something was found, or it is known that nothing is."""
        self._take()
        self._show()
        self.list_pane.show_title()
        outcome = self.last_search.outcome
        if outcome.is_over and self._plotted is not outcome:
            self._plotted = outcome
            if self.is_current and not self.is_typing and self._statistics():
                self.action_map()

    def _take(self) -> None:
        """Put into the list what was found; where the store cannot be read, the next look does it."""
        was_running = self.last_search.is_running
        self.last_search.take()
        outcome = self.last_search.outcome
        if (asked := self.last_search.asked) is not None:
            questions = (part.question for part in outcome.parts)
            self.alerts.show_centre(cones.middle(asked.understood.wanted.cone, questions))
        try:
            self.list_pane.grow(outcome.ids)
            if outcome.is_over and self._settled is not outcome:
                self.list_pane.settle(outcome.ids, search_words.order(outcome))
                self._settled = outcome
        except StoreError as error:
            self.unreadable(error)
        if was_running and outcome.is_over:
            self._read_recents()

    def _show(self) -> None:
        """Show what there is: the list, tables, what was searched before, or a sentence."""
        if not self.is_mounted:
            return
        outcome, asked = self.last_search.outcome, self.last_search.asked
        tables = [part for part in outcome.parts if part.table is not None]
        is_choosing = self.is_typing and (self._typing.is_choosing or not self.line.value)
        if is_choosing or asked is None:
            seen: Widget = self._suggestions
        elif outcome.ids or (self.last_search.is_running and not outcome.parts):  # what is here comes in a moment
            seen = self.query_one("#panes")
        elif tables:
            seen = self.query_one("#answer")
        else:
            seen = self.query_one("#plain")
            self.query_one("#plain", Static).update(search_words.nothing(outcome, time.time()))
        if tables != self._tables:
            self._tables = tables
            self.table.show([_titled(part) for part in tables])
        has_changed = False
        for name in ("#suggestions", "#panes", "#answer", "#plain"):
            widget = self.query_one(name)
            if widget.display != (widget is seen):
                widget.display = widget is seen
                has_changed = True
        if self._home is not None and (self.focused is None or (has_changed and not self.is_typing)):
            self.set_focus(self._home)
        keys = footer(LINE, everywhere=()) if self.is_typing else footer(SEARCH)
        self.query_one("#footer", Static).update(keys, layout=False)
        self._show_said()

    def _show_said(self) -> None:
        """Say what was understood while it is typed, then how far it is."""
        shown = self.query_one("#said", Static)
        asked, width = self.last_search.asked, self.size.width
        typed = self.line.value.strip()
        if self.is_typing and typed and (asked is None or typed != asked.line):
            text = self._understood.copy()
        elif asked is not None:
            most = search_words.LINES if self.has_class("-tall") else search_words.FEW_LINES
            text = search_words.said(self.last_search.outcome, asked.at, time.time(), width, most=most)
        elif self._session.search is None:
            text = Text(clean(self._session.unsearchable, 300), "yellow")
        else:
            text = Text("")
        lines = text.wrap(self.app.console, max(10, width))[: search_words.LINES]
        if shown.styles.height is None or shown.styles.height.value != max(1, len(lines)):
            shown.styles.height = max(1, len(lines))
        shown.update(Text("\n").join(lines), layout=False)

    # -- the line -----------------------------------------------------------------------------------------------------

    def action_line(self) -> None:
        """Type a search; what is there is kept by an arrow key, and replaced by a letter."""
        self.remove_class("-open", "-alone")
        self.line.can_focus = True
        if self._draft:
            self.line.fill(self._draft)
        else:
            self.line.select()
        self.set_focus(self.line)
        self._show()

    def _give_keys(self) -> None:
        """Give the keys to what was found; the line gets them by its own key alone, not where a list is hidden."""
        self.line.can_focus = False
        self._show()
        self.set_focus(self._home)

    def _leave_line(self) -> None:
        """Give the keys back."""
        if self._typing.put_back():
            return
        if self.last_search.asked is None and not self.line.value:
            self.action_live()
            return
        if (asked := self.last_search.asked) is not None and (text := self.line.value) != asked.line:
            self._draft = text.strip()
            self.line.fill(asked.line)  # above what was found stands what it was found by
        self._give_keys()

    def on_input_changed(self, event: SearchLine.Changed) -> None:
        """Say what is understood of it so far."""
        if event.input is not self.line:
            return
        text = self.line.value.strip()
        self._typing.changed()
        self._understood = self._judged(text)
        self._show()

    def _judged(self, text: str) -> Text:
        """What a line means, or why it means nothing."""
        if not text:
            return Text("")
        try:
            return Text(clean(self._understand(text).words, 600))
        except QuestionError as error:
            return Text(clean(error, 600), "dim")

    def _understand(self, text: str) -> Understood:
        return understand(text, tuple(SURVEYS), datetime.now(UTC))

    def _ask(self) -> None:
        """Search what is typed."""
        self.search(self.line.value.strip())

    def search(self, text: str, *, fresh: bool = False) -> None:
        """Search; what makes no sense is said, and nothing asked.

        Args:
            text: As one types it.
            fresh: Whether Fink is asked also what it has answered before.
        """
        if not text:
            self._say("Type what to search for: the lines below are examples.")
            return
        try:
            understood = self._understand(text)
        except QuestionError as error:
            self._understood = Text(clean(error, 600), "bold red")
            self._show_said()
            return
        self._draft = ""
        self.line.fill(text)
        self._typing.offer_searches()
        self.remove_class("-open", "-alone")
        self.last_search.ask(text, understood, fresh=fresh)
        self.list_pane.begin()
        self._settled = None
        self._give_keys()

    def _read_recents(self) -> None:
        """See what was searched."""
        try:
            self._typing.remember(searches.last(self._session.store.database, REMEMBERED))
        except StoreError as error:
            self.unreadable(error)

    # -- keys ---------------------------------------------------------------------------------------------------------

    @property
    def _home(self) -> Widget | None:
        """The list or the tables, whichever is seen."""
        if self.query_one("#answer").display:
            return self.table
        return self.alerts if self.query_one("#panes").display else None

    @property
    def _moving(self) -> CursorLines:
        return self.table if self.query_one("#answer").display else super()._moving

    def action_fresh(self) -> None:
        """Ask Fink again."""
        if self.last_search.asked is None:
            self._say("Nothing was asked yet: press 2 and type.")
        else:
            self.search(self.last_search.asked.line, fresh=True)

    def action_form(self) -> None:
        """Search by fields: choose a kind first."""
        from fink_tui.app.screens.form import KindScreen

        self.app.push_screen(KindScreen(self._filled.form if self._filled is not None else None), self._fill_in)

    def _fill_in(self, form: Form | None) -> None:
        """Fill in the fields of a kind."""
        from fink_tui.app.screens.form import FormScreen

        def ask(filled: Filled | None) -> None:
            if filled is None:
                self.action_form()
            else:
                self._filled = filled
                self.search(filled.form.line(filled.values))

        if form is not None:
            values = self._filled.values if self._filled is not None and self._filled.form is form else {}
            self.app.push_screen(FormScreen(form, values, self._understand), ask)

    def action_back(self) -> None:
        """Close what is open, one thing at a time; then stop asking."""
        if self._home is self.table and self._closed_field() is None and self.table.close():
            return
        is_asked = any(box.is_asking for box in self.query(FindField))
        is_at_rest = not is_asked and not self._is_in_fields and not self.has_class("-open")
        if is_at_rest and self.last_search.is_running and not self.list_pane.arranging.is_running:
            self.last_search.cancel()
            self._take()
            self._show()
        else:
            super().action_back()

    def action_open(self) -> None:
        """Open the alert, or the row of a table."""
        if self._home is self.table:
            if (box := self._closed_field()) is not None:
                box.take_answer()
            else:
                self.table.open()
        else:
            super().action_open()

    def action_find(self) -> None:
        """Ask what to find."""
        if self._home is self.table:
            self.query_one("#find-table", FindField).ask()
        else:
            super().action_find()

    def action_find_next(self, backwards: bool = False) -> None:
        """Go to the next match."""
        if self._home is not self.table:
            super().action_find_next(backwards)
        elif not self._sought:
            self._say("Nothing to find yet: press / and type.")
        elif not self.table.find(self._sought, backwards=backwards):
            self._say(f"No row has “{self._sought}” in it.")

    def _find_in_table(self, text: str) -> None:
        self._sought = text or self._sought
        self.action_find_next()

    @property
    def question(self) -> Question | None:
        """The question about an event, where that was asked: its region is shown on the map."""
        parts = self.last_search.outcome.parts
        return next((part.question for part in parts if part.question.path == "skymap"), None)

    def _statistics(self) -> list[tuple[Question, Table]]:
        """The answers that count alerts by night."""
        return [
            (part.question, part.table)
            for part in self._tables
            if part.question.path == "statistics" and part.table is not None and has_nights(part.table)
        ]

    def action_map(self) -> None:
        """Show where on the sky the alerts of the list are; of statistics, the plot."""
        if self._home is not self.table:
            super().action_map()
        elif found := self._statistics():
            from fink_tui.app.screens.statistics import StatisticsScreen

            self.app.push_screen(StatisticsScreen(self._session, found))
        else:
            self._say("This table has no alerts to be put on a map.")

    def action_copy(self) -> None:
        """Copy the alert, or the row of a table."""
        if self._home is self.table:
            self._acting.copy_text(self.table.text())
        else:
            super().action_copy()


def _titled(part: Part) -> Titled:
    """A part's table with what it is."""
    assert part.table is not None
    question = part.question
    given = ", ".join(f"{name}={value}" for name, value in question.arguments if name != "output-format")
    title = clean(f"{SURVEYS.get(question.survey, '')} {question.path} {given}".strip())
    if question.path == "statistics":
        title += " (M: as a plot)" if part.table.rows else ""
        if question.survey == "ztf" and not part.table.rows:
            title += " (a night's are there the morning after)"
    return Titled(title, part.table)
