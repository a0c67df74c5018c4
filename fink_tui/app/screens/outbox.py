"""Screen 4: what is sent, how far it is, and what to do about it."""

from __future__ import annotations

import time

from rich.text import Text
from textual.app import ComposeResult
from textual.widgets import Static

from fink_tui.alerts.survey import survey_named
from fink_tui.alerts.text import clean, count
from fink_tui.app import sending
from fink_tui.app.commands import MOVES, OUTBOX, bindings, footer
from fink_tui.app.outbox_rows import OutboxRows, next_try
from fink_tui.app.overview import Overview
from fink_tui.app.screens.looking import LookingScreen
from fink_tui.app.session import Session
from fink_tui.app.widgets.outbox_list import OutboxList
from fink_tui.app.widgets.status_line import StatusLine
from fink_tui.store.errors import StoreError
from fink_tui.store.outbox import Entry, State
from fink_tui.store.outbox_pages import OutboxPages


class OutboxScreen(LookingScreen):
    """The outbox, and the row under its cursor with the receiver's whole answer.

    The keys act on the rows, which are there before anything is drawn: some may come together with the key that opens
    the screen.
    """

    BINDINGS = bindings((*OUTBOX, *MOVES))
    KEYS = OUTBOX
    AUTO_FOCUS = "#outbox"

    DEFAULT_CSS = """
    OutboxScreen { layout: vertical; }
    OutboxScreen > #title, OutboxScreen > #footer { height: 1; color: $text-muted; text-wrap: nowrap; }
    OutboxScreen > #footer { text-overflow: ellipsis; }
    OutboxScreen > #entry { height: 8; padding-top: 1; }
    OutboxScreen.-tiny > #entry { display: none; }
    """

    def __init__(self, session: Session, overview: Overview) -> None:
        """Open the outbox of a session.

        Raises:
            StoreError: It cannot be read.
        """
        super().__init__()
        self._session = session
        self._overview = overview
        self._pages = OutboxPages(session.store.database)
        try:
            self._rows = OutboxRows(self._pages)
        except StoreError:
            self._pages.close()
            raise
        self._said = Text("")
        self._title = ""

    def compose(self) -> ComposeResult:
        """Status, list, the current row whole, footer; all as it is, so that nothing is painted twice."""
        status = StatusLine(id="status")
        status.show(*self._overview.line(self._app, self._app.size.width))
        yield status
        self._title, self._said = self._words(), self._whole(self._rows.current)
        yield Static(self._title, id="title", markup=False)
        yield OutboxList(self._rows, ascii_only=self._session.ascii_only, id="outbox")
        yield Static(self._said, id="entry", markup=False)
        yield Static(footer(OUTBOX), id="footer", markup=False)

    def on_mount(self) -> None:
        """Look now."""
        self.call_after_refresh(self.look)

    def on_unmount(self) -> None:
        """Close the connection."""
        self._pages.close()

    def on_resize(self) -> None:
        """The status line is as wide as the screen."""
        self.call_after_refresh(self.look)

    def look(self) -> None:
        """See what changed; say how things are."""
        if not self.is_mounted or not self.is_current:
            return
        self.looked()
        try:
            self._rows.refresh()
            self.query_one(OutboxList).update()
            self._show_entry()
        except StoreError as error:
            self._overview.trouble = f"The store cannot be read, and is tried again: {error}"
        self.query_one(StatusLine).show(*self._overview.line(self._app, self.size.width))
        self._show_title()

    def _words(self) -> str:
        """What stands above the list."""
        words = f"outbox · {count(self._rows.count)} entries"
        if self._rows.count == 1:
            words = "outbox · 1 entry"
        holder = self._session.store.sending.holder() if not self._session.store.sending.is_held else None
        if holder is not None:
            words += f" · {holder} sends"
        return words

    def _show_title(self) -> None:
        if (words := self._words()) != self._title:
            self._title = words
            self.query_one("#title", Static).update(words, layout=False)

    def _show_entry(self) -> None:
        shown = self._whole(self._rows.current)
        if shown != self._said:
            self._said = shown
            self.query_one("#entry", Static).update(shown, layout=False)

    def _whole(self, entry: Entry | None) -> Text:
        """All that there is to say of a row."""
        out = Text(end="")
        if entry is None:
            receivers = self._session.receivers
            to_do = f"t sends an alert to {receivers[0].name}." if receivers else self._session.unsendable
            return out.append(f"Nothing was sent yet. {to_do}")
        now = time.time()
        out.append(f" {entry.object_id} ", "bold reverse")
        out.append(f" {entry.label}", "bold")
        out.append(f"  {survey_named(entry.survey).title} {entry.alert_id}\n", "dim")
        out.append(sending.sentence(sending.how_far(entry, now, is_short=True)))
        if (then := next_try(entry, now)) and entry.attempts:
            out.append(f", next try {then}" + (" UTC" if then != "now" else ""))
        out.append("\n")
        if entry.link:
            out.append(f"{clean(entry.link, 600)}\n", "bold")
        if entry.answer:
            out.append(clean(entry.answer, 2000))
        if entry.state == State.ASKING:
            out.append("  Enter answers.", "bold")
        return out

    # -- keys ---------------------------------------------------------------------------------------------------------

    def _moved(self, old: int | None) -> None:
        for shown in self.query(OutboxList):  # a key may come before it is there
            shown.moved(old)
            self._show_entry()

    def _move_to(self, index: int) -> None:
        old = self._rows.cursor
        self._rows.move_to(index)
        self._moved(old)

    def action_cursor(self, rows: int) -> None:
        """Move the cursor."""
        self._move_to((self._rows.cursor or 0) + rows)

    def action_page(self, pages: int) -> None:
        """Move the cursor by pages."""
        heights = [shown.rows for shown in self.query(OutboxList)] or [1]
        self._move_to((self._rows.cursor or 0) + pages * max(1, heights[0] - 1))

    def action_first(self) -> None:
        """Move the cursor to the first row."""
        self._move_to(0)

    def action_last(self) -> None:
        """Move the cursor to the newest."""
        self._move_to(self._rows.count - 1)

    def action_sideways(self, cells: int) -> None:
        """Nothing is beside what is seen."""

    def action_wanting(self, backwards: bool = False) -> None:
        """Go to the next that asks, or failed."""
        old = self._rows.cursor
        if self._rows.next_wanting(backwards=backwards):
            self._moved(old)
        else:
            self._app.say(f"None {'before' if backwards else 'after'} this one asks or has failed.")

    def _current(self) -> Entry | None:
        """The row under the cursor, which a key acts on."""
        entry = self._rows.current
        if entry is None:
            self._app.say("There is nothing here yet.")
        return entry

    def action_retry(self) -> None:
        """Try the current one now."""
        if (entry := self._current()) is not None:
            self._app.deciding.change(lambda: sending.retry(self._session.store, entry))

    def action_cancel(self) -> None:
        """Cancel the current one."""
        if (entry := self._current()) is not None:
            self._app.deciding.change(lambda: sending.cancel(self._session.store, entry))

    def action_undo(self) -> None:
        """Take back the last decision of this session."""
        self._app.deciding.undo()

    def action_copy(self) -> None:
        """Copy the target's link, where there is one, else the object's name."""
        if (entry := self._current()) is not None:
            copied = clean(entry.link, 2000) or entry.object_id
            self._app.copy_to_clipboard(copied)
            self._app.say(f"Sent to the terminal's clipboard: {copied}")

    def action_open(self) -> None:
        """Show what is sent; of one that asks, the question."""
        if (entry := self._current()) is None:
            return
        if entry.state == State.ASKING:
            from fink_tui.app.screens.question import QuestionScreen

            self.app.push_screen(QuestionScreen(entry), lambda answer: self._answer(entry, answer))
        else:
            from fink_tui.app.screens.sent import SentScreen

            self.app.push_screen(SentScreen(self._session, self._app.renderer, entry))

    def _answer(self, entry: Entry, answer: tuple[str, str] | None) -> None:
        if answer is not None:
            self._app.deciding.change(lambda: sending.answer(self._session.store, entry, *answer))

    def action_live(self) -> None:
        """To the live list."""
        self._app.show_live()

    def action_search(self) -> None:
        """Search."""
        self._app.show_search()

    def action_back(self) -> None:
        """Back to the alerts that it was opened from."""
        self.app.pop_screen()
