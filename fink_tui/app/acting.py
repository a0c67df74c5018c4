"""What keys do with the current alert: save it, send it, copy it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from fink_tui.app import columns
from fink_tui.app.glance import CHANGED, Glance
from fink_tui.app.program import program
from fink_tui.app.session import Session
from fink_tui.app.widgets.alert_list import AlertList
from fink_tui.store import decisions
from fink_tui.store.pages import StoredAlert

if TYPE_CHECKING:
    from fink_tui.alerts.submission import Choices
    from fink_tui.app.screens.send import Chosen
    from fink_tui.store.outbox import Entry
    from fink_tui.store.telling import Told


class Acting:
    """The decisions that are made on the live screen, and their marks in the list until they are on the disk."""

    def __init__(self, session: Session, alerts: AlertList, glance: Glance) -> None:
        """Nothing is decided yet.

        Args:
            session: What it works on.
            alerts: The list, whose marks say what is being decided.
            glance: It knows which alert the observer has seen.
        """
        self._session = session
        self._alerts = alerts
        self._glance = glance

    def save(self, stored: StoredAlert | None) -> None:
        """Save an alert as a file; None: there is none."""
        if stored is None:
            self._say("There is no alert to save.")
        elif not program(self._alerts).deciding.is_pending(stored.id, decisions.SAVED):
            self._alerts.set_mark(stored.id, columns.DECIDING)
            program(self._alerts).deciding.save(stored)

    def send(self, stored: StoredAlert | None) -> None:
        """Queue an alert for the default receiver, where it is the one that was seen; None: there is none."""
        if (stored := self._sendable(stored)) is None:
            return
        if self._glance.has_seen(stored.id):
            self._send(stored, self._session.receivers[0].name)
        else:
            self._say(CHANGED)

    def send_chosen(self, stored: StoredAlert | None, sendings: Sequence[Entry]) -> None:
        """Ask where an alert goes and what of it, show that, and queue it.

        Args:
            stored: The alert; None: there is none.
            sendings: What of the outbox is its own.
        """
        from fink_tui.app.screens.send import SendScreen

        if (sendable := self._sendable(stored)) is None:
            return

        def send(chosen: Chosen | None) -> None:
            if chosen is not None:
                self._send(sendable, chosen.receiver, chosen.choices, chosen.told)

        app = program(self._alerts)
        app.push_screen(SendScreen(self._session, app.renderer, sendable, tuple(sendings)), send)

    def _sendable(self, stored: StoredAlert | None) -> StoredAlert | None:
        """An alert, where it can be sent; else that is said."""
        if stored is None:
            self._say("There is no alert to send.")
        elif not self._session.receivers:
            self._say(self._session.unsendable, is_error=True)
            return None
        return stored

    def _send(
        self, stored: StoredAlert, receiver: str, choices: Choices | None = None, told: Told | None = None
    ) -> None:
        self._alerts.set_mark(stored.id, columns.DECIDING)
        program(self._alerts).deciding.send(receiver, stored, choices, told)

    def settle(self, alert: int, *, is_good: bool) -> None:
        """A decision is on the disk, or came to nothing.

        Args:
            alert: The alert's id in the store.
            is_good: Whether it is on the disk.
        """
        if not program(self._alerts).deciding.is_pending(alert):
            self._alerts.set_mark(alert, None if is_good else columns.UNDECIDED)

    def copy(self, stored: StoredAlert, everything: Callable[[], str]) -> None:
        """Ask which form of an alert to copy.

        Args:
            stored: The alert.
            everything: Makes a text of all that is shown of it.
        """
        from fink_tui.alerts.forms import forms
        from fink_tui.app.screens.copy import CopyScreen

        found = forms(stored.row, self._session.templates)
        screen = CopyScreen(stored.row.object_id, found, everything)
        program(self._alerts).push_screen(screen, self.copy_text)

    def copy_text(self, text: str | None) -> None:
        """Send a text to the terminal's clipboard; None: nothing."""
        if text is not None:
            program(self._alerts).copy_to_clipboard(text)
            self._say(f"Sent to the terminal's clipboard: {text}")

    def _say(self, sentence: str, *, is_error: bool = False) -> None:
        program(self._alerts).say(sentence, is_error=is_error)
