"""What is sent, or was, of one row of the outbox."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import dataclass

from rich.text import Text
from textual.app import ComposeResult
from textual.message import Message
from textual.widgets import Static

from fink_tui.alerts.text import clean
from fink_tui.app.rendering import Rendered, Renderer
from fink_tui.app.screens.dialogue import SCROLLING, Dialogue, keys
from fink_tui.app.sending import how_far, sentence
from fink_tui.app.session import Session
from fink_tui.app.widgets.document import Document
from fink_tui.store.errors import StoreError
from fink_tui.store.outbox import Entry, State
from fink_tui.store.outbox_pages import OutboxPages

PAST = (State.SENT, State.EXISTS)


class SentScreen(Dialogue[None]):
    """The receiver's whole answer, and all that it is sent."""

    BINDINGS = keys(
        ("escape,q,enter,question_mark", "app.pop_screen"),
        ("j,down", "scroll_lines(1)"),
        ("k,up", "scroll_lines(-1)"),
        *SCROLLING,
        ("space", "scroll_document(1)"),
        ("g,home", "scroll_lines(-1000000)"),
        ("G,end", "scroll_lines(1000000)"),
        ("left", "scroll_sideways(-8)"),
        ("right", "scroll_sideways(8)"),
    )
    AUTO_FOCUS = "#document"

    @dataclass
    class Found(Message):
        """What is sent is known."""

        rendered: Rendered

    def __init__(self, session: Session, renderer: Renderer, entry: Entry) -> None:
        """Show a row of a session's outbox."""
        super().__init__()
        self._session = session
        self._renderer = renderer
        self._entry = entry

    def compose(self) -> ComposeResult:
        """Who, how far, the answer, what is sent."""
        entry = self._entry
        head = Text.assemble((f" {entry.object_id} ", "bold reverse"), f" {entry.label}", end="")
        said = Text.assemble(sentence(how_far(entry, time.time(), is_short=True)) + ".", end="")
        for part, style in ((entry.link, "bold"), (entry.answer, "")):
            if part:
                said.append("\n" + clean(part, 2000), style)
        yield Static(head, classes="head", markup=False)
        yield Static(said, classes="said", markup=False)
        yield Document(id="document")
        yield Static("j k scroll  ← → sideways  Esc back", classes="foot", markup=False)

    def on_mount(self) -> None:
        """Ask what is sent; a receiver may take a moment to be made."""
        self.query_one(Document).show("…", None)
        self.run_worker(self._ask, thread=True, exit_on_error=False)

    def _ask(self) -> None:
        try:
            with closing(OutboxPages(self._session.store.database)) as pages:
                told = pages.submission(self._entry.id)
            found = self._renderer.render(self._entry.receiver, told, self._entry.choices)
        except StoreError as error:
            found = Rendered(None, str(error))
        self.post_message(self.Found(found))

    def on_sent_screen_found(self, event: Found) -> None:
        """Show what is sent."""
        what = "What was sent:" if self._entry.state in PAST else "What is sent:"
        for shown in self.query(Document):
            shown.show(clean(event.rendered.problem, 600) or what, event.rendered.content)
