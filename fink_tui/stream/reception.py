"""Receiving as a whole: the lock, what a crash left, a thread for each survey, and one for what becomes old."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Protocol

from fink_tui.alerts.schema import SchemaBook
from fink_tui.store.errors import StoreBusyError
from fink_tui.store.retention import Keep
from fink_tui.store.store import Store
from fink_tui.stream import bulletin
from fink_tui.stream.consumer import CLOSE_SECONDS, BatchListener, Stream
from fink_tui.stream.memory import share_arenas
from fink_tui.stream.quota import Quota
from fink_tui.stream.status import StreamState, StreamStatus
from fink_tui.stream.subscription import Subscription

log = logging.getLogger("fink_tui.stream")

STOP_SECONDS = 0.3
"""How long a stream may take to notice that it is to end, besides its farewell to Kafka."""

RETENTION_SECONDS = 60.0
"""Between two looks at whether a night has become old, and at how much there is."""


class Runner(Protocol):
    """What brings alerts, in a thread of its own."""

    @property
    def status(self) -> StreamStatus:
        """What it is doing now."""

    def run(self) -> None:
        """Bring alerts until the end, or until told to stop."""

    def stop(self) -> None:
        """Ask it to end, without waiting."""


class Reception:
    """Every survey's stream into one store. Only one process at a time has one for a store."""

    def __init__(
        self,
        store: Store,
        subscriptions: Sequence[Subscription],
        *,
        doing: str,
        schemas: Mapping[str, bytes] | None = None,
        longitude: float = 0.0,
        keep: Keep | None = None,
        limit: int | None = None,
        until_end: bool = False,
        listener: BatchListener | None = None,
    ) -> None:
        """Prepare; nothing is connected before `start`.

        Args:
            store: Where alerts go.
            subscriptions: What is received, one a survey.
            doing: What this process is, for others that find the store taken.
            schemas: By survey, the schema (JSON text) for messages whose key is none.
            longitude: The site's, degrees east.
            keep: How much is kept; None: everything, as long as there is room at all.
            limit: End after that many messages, of all surveys together; no others are committed.
            until_end: End at the offsets that are the topics' ends now.
            listener: Told of each batch that is in the store, in the stream's thread.

        Raises:
            SchemaError: A schema that was named is none.
        """
        self._store = store
        self._doing = doing
        self._inbox = store.inbox(longitude, leaves_room=keep is not None)
        books = [SchemaBook((schemas or {}).get(subscription.survey)) for subscription in subscriptions]
        quota = Quota(limit) if limit is not None else None
        self._streams: list[Runner] = [
            Stream(subscription, self._inbox, book, quota=quota, until_end=until_end, listener=listener)
            for subscription, book in zip(subscriptions, books, strict=True)
        ]
        self._threads: list[threading.Thread] = []
        self._retention = store.retention(keep, longitude) if keep is not None else None
        self._retaining = threading.Thread(target=self._retain, name="retention", daemon=True)
        self._stopping = threading.Event()
        self.recovered = 0
        """Alerts that a crash had left without rows, found by `start`."""

    def start(self) -> None:
        """Take the receiving lock, index what a crash left, and start the threads.

        Raises:
            StoreBusyError: Another process receives for this store.
            StoreError: The disk or the database refuses.
        """
        if not self._store.receiving.acquire(self._doing):
            raise StoreBusyError(f"Another process receives for this store: {self._store.receiving.holder()}.")
        threading.Thread(target=self._publish, name="bulletin", daemon=True).start()
        self.recovered = self._inbox.recover(SchemaBook(), time.time())
        if self.recovered:
            log.info("%d alerts kept before a crash were indexed again", self.recovered)
        share_arenas()
        for stream in self._streams:
            thread = threading.Thread(target=stream.run, name=f"stream-{stream.status.survey}", daemon=True)
            thread.start()
            self._threads.append(thread)
        if self._retention is not None:
            self._retaining.start()

    def _retain(self) -> None:
        """Remove what is old, at the start and when a night begins."""
        assert self._retention is not None
        while not self._stopping.is_set():
            self._retention.look(time.time(), self._stopping)
            self._stopping.wait(RETENTION_SECONDS)

    @property
    def excess(self) -> str:
        """A few words where more is kept than should be."""
        return self._retention.excess if self._retention is not None else ""

    @property
    def said(self) -> list[str]:
        """What became of old packets, in sentences, oldest first."""
        return list(self._retention.said) if self._retention is not None else []

    def _publish(self) -> None:
        """Say how the streams are, for the screens of other processes."""
        while not self._stopping.wait(bulletin.SECONDS):
            if self._store.receiving.is_held:
                bulletin.publish(self._store.folder, self.statuses)

    @property
    def statuses(self) -> list[StreamStatus]:
        """What each stream is doing now."""
        return [stream.status for stream in self._streams]

    @property
    def is_running(self) -> bool:
        """Whether a stream is still at work."""
        return any(thread.is_alive() for thread in self._threads)

    @property
    def failure(self) -> str | None:
        """Why a stream ended by itself before its time, or None."""
        return next((status.message for status in self.statuses if status.state is StreamState.FAILED), None)

    def tell_to_stop(self) -> None:
        """Ask every stream to end, without waiting."""
        self._stopping.set()
        for stream in self._streams:
            stream.stop()

    def stop(self, seconds: float = STOP_SECONDS + CLOSE_SECONDS) -> None:
        """End every stream, and give the lock back if they ended; what was kept stays, what was not is sent again.

        Args:
            seconds: The longest wait.
        """
        self.tell_to_stop()
        deadline = time.monotonic() + seconds
        for thread in [*self._threads, *([self._retaining] if self._retaining.is_alive() else [])]:
            thread.join(max(0.0, deadline - time.monotonic()))
        if not self.is_running:
            self._inbox.close()
            if not self._retaining.is_alive():
                self._store.receiving.release()
            # Else the system does, when the process ends: something is being written to the files.
