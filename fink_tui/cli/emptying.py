"""The outbox emptied by a command that waits for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing

import click

from fink_tui.cli.outgoing import LATER
from fink_tui.receivers.configured import Configured
from fink_tui.receivers.sender import Sender
from fink_tui.store.outbox import Entry, Outbox, State
from fink_tui.store.outbox_pages import Open, OutboxPages
from fink_tui.store.store import Store

TICK_SECONDS = 0.1


class Emptying:
    """Waits until some rows of the outbox are sent, and says of each how it ended."""

    def __init__(
        self, store: Store, receivers: Sequence[Configured], tell: Callable[[Entry], None], stop: threading.Event
    ) -> None:
        """Prepare.

        Args:
            store: Where the outbox is.
            receivers: Those of the settings.
            tell: Told of each row that has ended, or that waits for a person.
            stop: Set where the user has enough of waiting.
        """
        self._store = store
        self._receivers = receivers
        self._tell = tell
        self._stop = stop
        self._said: set[tuple[str, str]] = set()

    def run(self, rows: Iterable[int] | None, timeout: float | None) -> bool:
        """Empty the outbox, or let the process do it that does.

        Args:
            rows: The ids of those to wait for; None: all that wait now.
            timeout: Seconds after which it is not waited any longer; None: waited for good.

        Returns:
            Whether all of them have arrived.

        Raises:
            StoreError: The store cannot be read.
        """
        began, sender = time.monotonic(), Sender(self._store, self._receivers, doing="fink-tui send --wait")
        with closing(OutboxPages(self._store.database)) as pages:
            waiting = pages.open_rows()
            left = set(waiting if rows is None else rows)
            if rows is None and not left:
                failed = pages.waiting().failed
                gone = f" {failed:,} failed: screen 4 shows why, and r tries again." if failed else ""
                click.echo(f"Nothing waits.{gone}", err=True)
            outbox = Outbox(self._store.database)
            for receiver in sorted({row.receiver for row in waiting.values() if row.id in left}):
                outbox.hurry(receiver)
            self._since = time.time()
            if left and (holder := self._store.sending.holder()) is not None:
                click.echo(f"{holder} sends; waiting for it.", err=True)
            sender.start()
            try:
                arrived = self._watch(pages, left, began, timeout)
            finally:
                sender.stop()
        return arrived

    def _watch(self, pages: OutboxPages, left: set[int], began: float, timeout: float | None) -> bool:
        arrived = True
        while left:
            if pages.has_changed():
                waiting = pages.open_rows()
                for number in sorted(left):
                    row = waiting.get(number)
                    if row is None or row.waits_for is State.ASKING or row.state is State.BLOCKED:
                        left.remove(number)
                        arrived = self._ended(pages, number, row) and arrived
                self._complain(waiting[number] for number in left)
            if left and (self._stop.wait(TICK_SECONDS) or _is_over(began, timeout)):
                how = "Ended" if self._stop.is_set() else f"Not done within {timeout:g} s"
                click.echo(f"{how}: {len(left):,} still wait. {LATER}", err=True)
                return False
        return arrived

    def _ended(self, pages: OutboxPages, number: int, row: Open | None) -> bool:
        """Say how one ended, or why it waits for a person; whether it has arrived."""
        entry = pages.entry(number)
        assert entry is not None  # rows stay
        if row is not None and row.state is not State.ASKING and row.waits_for is State.ASKING:
            first = pages.open_of(entry.receiver, entry.survey, entry.object_id)[0]
            entry = entry._replace(answer=f"It waits behind an earlier alert of the object: {first.answer}")
        self._tell(entry)
        return entry.state in (State.SENT, State.EXISTS)

    def _complain(self, waiting: Iterable[Open]) -> None:
        """Say, once, why something waits that goes by itself later."""
        for row in waiting:
            words = row.receiver, row.answer
            if row.answer and row.answered_at >= self._since and words not in self._said:
                self._said.add(words)
                still = "" if row.answer.endswith("tried again by itself.") else " Still trying."
                click.echo(f"{row.receiver}: {row.answer}{still}", err=True)


def _is_over(began: float, timeout: float | None) -> bool:
    return timeout is not None and time.monotonic() - began >= timeout
