"""What empties the outbox: the process that holds the sending lock, with a thread for each receiver.

A row is taken, delivered, and what became of it is written, before the next of that receiver is. Whatever ends the
program meanwhile, the row is queued again by the next process that takes the lock: a receiver finds what is there
already.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from contextlib import closing

from fink_tui.receivers.configured import Configured
from fink_tui.receivers.line import POLL_SECONDS, STORE_SECONDS, Line, keep_trying
from fink_tui.receivers.receiver import Receiver
from fink_tui.store.errors import StoreError
from fink_tui.store.outbox import Outbox
from fink_tui.store.outbox_pages import OutboxPages
from fink_tui.store.store import Store

log = logging.getLogger("fink_tui.sender")

LOCK_SECONDS = 1.0
"""Between two tries to take the lock that another process has."""

REMEDY = "Add it to the receivers in config.yml and start it again; or cancel what is for it."
"""Where something is for a receiver that is not there."""

STOP_SECONDS = 0.9
"""How long a delivery may take to break off."""


class Sender:
    """Empties a store's outbox, as long as no other process does."""

    def __init__(self, store: Store, receivers: Sequence[Receiver | Configured], *, doing: str) -> None:
        """Prepare; nothing is begun before `start`.

        Args:
            store: Where the outbox is.
            receivers: Those that are sent to; one that is `Configured` is made in its own thread.
            doing: What this process is, for others that find the lock taken.
        """
        self._store = store
        self._doing = doing
        self._stopping = threading.Event()
        self._lines = [Line(store, receiver, self._stopping) for receiver in receivers]
        self._thread = threading.Thread(target=self._run, name="sender", daemon=True)

    def start(self) -> None:
        """Begin to send as soon as the lock is free."""
        self._thread.start()

    def wake(self) -> None:
        """Look at once: something was queued by this process."""
        for line in self._lines:
            line.awake.set()

    def tell_to_stop(self) -> None:
        """Ask it to end, without waiting; what is on its way is broken off where that can be."""
        self._stopping.set()
        for line in self._lines:
            line.tell_to_stop()

    def stop(self, seconds: float = STOP_SECONDS) -> None:
        """End; the lock is given back once nothing is on its way any more, at the latest with the process.

        Args:
            seconds: The longest wait.
        """
        self.tell_to_stop()
        if self._thread.ident is not None:
            self._thread.join(seconds)

    def _run(self) -> None:
        try:
            if not self._take_lock() or not keep_trying(Outbox(self._store.database).recover, self._stopping):
                return
            threads = [threading.Thread(target=line.run, name=f"send-{line.name}", daemon=True) for line in self._lines]
            for thread in threads:
                thread.start()
            self._watch()
            for thread in threads:
                thread.join()
        finally:
            self._store.sending.release()

    def _take_lock(self) -> bool:
        """Wait for the lock; whether it is ours before we are to stop."""
        said = ""
        while not self._stopping.is_set():
            try:
                if self._store.sending.acquire(self._doing):
                    return True
            except StoreError as error:
                if str(error) != said:
                    log.warning("nothing is sent: %s", error)
                said = str(error)
            self._stopping.wait(LOCK_SECONDS)
        return False

    def _watch(self) -> None:
        """Say of what is for a receiver that is not there that it is not; until we are to stop."""
        names = {line.name for line in self._lines}
        outbox = Outbox(self._store.database)
        while not self._stopping.is_set():
            try:
                with closing(OutboxPages(self._store.database)) as pages:
                    while not self._stopping.is_set():
                        if pages.has_changed():
                            for name in sorted(pages.wanted() - names):
                                words = f"{self._doing} knows no receiver named {name}. {REMEDY}"
                                log.warning("%s", words)
                                outbox.block(name, words)
                        self._stopping.wait(POLL_SECONDS)
            except StoreError as error:
                log.warning("looking into the outbox: %s", error)
                self._stopping.wait(STORE_SECONDS)
