"""What the status line says, on whichever screen: the streams, what is kept, what is to be sent; and what is wrong."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from rich.text import Text

from fink_tui.app.session import Session
from fink_tui.app.widgets.status_line import status
from fink_tui.store.pages import Totals

if TYPE_CHECKING:
    from fink_tui.app.app import FinkApp
    from fink_tui.store.outbox_pages import OutboxPages, Waiting


class Overview:
    """How everything is, as it was read last."""

    def __init__(self, session: Session) -> None:
        """Open a connection; nothing is known yet."""
        self._session = session
        self.totals = Totals(session.store.database)
        self.waiting: Waiting | None = None
        self._outbox: OutboxPages | None = None
        self.trouble = ""
        """Why the store cannot be read."""

    def close(self) -> None:
        """Close the connections."""
        self.totals.close()
        if self._outbox is not None:
            self._outbox.close()

    @property
    def outbox(self) -> OutboxPages:
        """The outbox, opened when it is first asked for: the first picture does without.

        Raises:
            StoreError: It cannot be opened.
        """
        if self._outbox is None:
            from fink_tui.store.outbox_pages import OutboxPages

            self._outbox = OutboxPages(self._session.store.database)
        return self._outbox

    def refresh(self, *, with_outbox: bool = True) -> None:
        """Ask again.

        Args:
            with_outbox: Whether also about what is to be sent.

        Raises:
            StoreError: The store cannot be read.
        """
        self.totals.refresh()
        if with_outbox:
            self.waiting = self.outbox.waiting()

    def line(self, app: FinkApp, width: int) -> tuple[Text, str]:
        """The status line, and what is to be said under it.

        Args:
            app: What receives and sends.
            width: Cells of the line.
        """
        session = self._session
        statuses, message = app.receiving()
        idle = session.idle
        if app.reception is None and session.connect is not None and not app.trouble:
            idle = "starting" if not message else "received elsewhere"
        excess = app.reception.excess if app.reception is not None else ""
        shown = status(session.word, statuses, idle, self.totals, time.time(), width, excess, self.waiting)
        said = (self.waiting.problem if self.waiting is not None else "", app.unsent, message)
        return shown, self.trouble or " ".join(sentence for sentence in said if sentence)
