"""Going to another alert of the list: to one with a text in it, or to one that nothing was decided on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget
from textual.worker import get_current_worker

from fink_tui.alerts.text import count
from fink_tui.app.program import program
from fink_tui.app.widgets.alert_list import AlertList
from fink_tui.store.errors import StoreError
from fink_tui.store.listed_pages import ListedPages
from fink_tui.store.pages import ListRow, Pages
from fink_tui.triage.queue import Queue

SLOW_SECONDS = 0.3
"""After which it is said that a long list is being looked through."""

AT_ONCE = 20_000
"""Alerts that are looked through before the next key; in more of them it is found in a thread."""


@dataclass
class Sought(Message):
    """A long list was looked through."""

    queue: Queue
    """Which list."""
    cursor: int | None
    """Where it began."""
    text: str
    found: int | StoreError | None
    """The alert's id in the store; None where there is none; or why that is not known."""


class Finding:
    """What was sought last, and the thread that looks through a long list for it."""

    def __init__(self, owner: Widget, alerts: AlertList) -> None:
        """Seek nothing yet.

        Args:
            owner: Gets a `Sought` for each search that takes a thread.
            alerts: The list.
        """
        self._owner = owner
        self._alerts = alerts
        self._text = ""
        self._slow: Timer | None = None

    def seek(self, text: str) -> None:
        """Seek a text from now on; a blank one is the last one again."""
        self._text = text.strip() or self._text

    def go_on(self, pages: Pages | ListedPages, *, backwards: bool) -> None:
        """Go to the next alert with that text, at once or when a thread has found it.

        Args:
            pages: What the list shows.
            backwards: Whether to the one before.

        Raises:
            StoreError: The store cannot be read.
        """
        if not self._text:
            self._say("Nothing to find yet: press / and type.")
            return
        queue = self._alerts.queue
        if queue.count > AT_ONCE:
            if self._slow is not None:
                self._slow.stop()
            self._slow = self._owner.set_timer(SLOW_SECONDS, self._say_looking)
            search = partial(self._search, pages, queue, queue.cursor, queue.current, self._text, backwards)
            self._owner.run_worker(search, thread=True, exclusive=True, group="find", exit_on_error=False)
            return
        old = queue.cursor
        if queue.find(self._text, backwards=backwards):
            self._alerts.moved(old)
        else:
            self._say_not_found(self._text)

    def _search(
        self,
        pages: Pages | ListedPages,
        queue: Queue,
        cursor: int | None,
        current: ListRow | None,
        text: str,
        backwards: bool,
    ) -> None:
        """Find in a long list, in a thread with a connection of its own."""
        worker = get_current_worker()
        found: int | StoreError | None
        try:
            beside = pages.beside()
            try:
                found = beside.find(text, current.id if current else 0, backwards=backwards)
            finally:
                beside.close()
        except StoreError as error:
            found = error
        if not worker.is_cancelled:  # another text is sought meanwhile
            self._owner.post_message(Sought(queue, cursor, text, found))

    def go_to(self, event: Sought) -> None:
        """Go to what a thread has found, unless the observer has gone on meanwhile.

        Raises:
            StoreError: The store cannot be read, or could not be.
        """
        if self._slow is None:
            self._owner.app.clear_notifications()
        else:
            self._slow.stop()
            self._slow = None
        if event.queue is not self._alerts.queue or event.queue.cursor != event.cursor:
            return
        if isinstance(event.found, StoreError):
            raise event.found
        if event.queue.go_to(event.found):
            self._alerts.moved(event.cursor)
        else:
            self._say_not_found(event.text)

    def undecided(self, *, backwards: bool) -> None:
        """Go to the next alert without a decision.

        Raises:
            StoreError: The store cannot be read.
        """
        queue = self._alerts.queue
        old = queue.cursor
        if queue.next_undecided(backwards=backwards):
            self._alerts.moved(old)
        else:
            self._say(f"No alert {'before' if backwards else 'after'} this one is undecided.")

    def _say_looking(self) -> None:
        self._slow = None
        self._say(f"Looking through {count(self._alerts.queue.count)} alerts …")

    def _say_not_found(self, text: str) -> None:
        self._say(f"No alert of this list has “{text}” in its name, class or topics.")

    def _say(self, sentence: str) -> None:
        program(self._owner).say(sentence)
