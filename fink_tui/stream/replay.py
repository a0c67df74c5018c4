"""Alerts that were there before, through the same pipeline once more: nothing is committed, no position moves.

A feed gives packets and their times, from files or from Kafka; a player puts them into the store, at once or as fast
as they came, or so many times faster. What the store knows already stays as it is, with its decisions.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, Protocol

from fink_tui.alerts.decode import decode
from fink_tui.alerts.packet import Packet
from fink_tui.alerts.schema import SchemaBook
from fink_tui.store.errors import StoreError
from fink_tui.store.inbox import Inbox, Source
from fink_tui.store.store import Store
from fink_tui.stream.board import StatusBoard
from fink_tui.stream.reception import Reception
from fink_tui.stream.status import StreamState, StreamStatus

log = logging.getLogger("fink_tui.stream")

BATCH_PACKETS = 500
BATCH_BYTES = 16_000_000
"""A batch ends at the first of these, or where the next packet is not due."""

LONGEST_WAIT = 5.0
"""Seconds of waiting for the next packet at most: a day between two nights is not waited for."""

RETRY_SECONDS = 1.0
"""Between two tries to keep a batch that the disk refuses."""

Tell = Callable[..., None]
"""Changes fields of the status."""


class ReplayError(Exception):
    """A replay cannot go on; the text says why, and what to do."""


class Timed(NamedTuple):
    """A packet, and when it came or was observed."""

    seconds: float
    """Unix seconds."""

    packet: Packet


class Feed(Protocol):
    """Where a replay's packets come from."""

    name: str
    """What the status calls it."""

    book: SchemaBook
    """Where their schemas are looked up."""

    @property
    def source(self) -> Source:
        """Whose messages they are; asked for once there is one."""

    def read(self, stopping: threading.Event, tell: Tell) -> Iterator[Timed | None]:
        """The packets; None where there is none at the moment.

        Args:
            stopping: Ends it.
            tell: Told `lag`, how many will come, before the first; and what else there is to say.

        Raises:
            ReplayError: It cannot go on.
        """


class Pace:
    """When packets are due: in the order and with the pauses of their times, so many times faster."""

    def __init__(self, speed: float | None) -> None:
        """Set the pace: 60 for an hour in a minute; None for no pauses at all."""
        self._speed = speed
        self._last: float | None = None
        self._due = 0.0

    def wait(self, seconds: float, now: float) -> float:
        """How long to wait for the next packet.

        Args:
            seconds: Its time.
            now: Seconds of a clock that only goes on.

        Returns:
            Seconds; 0 or less where it is due.
        """
        if self._speed is None:
            return 0.0
        if self._last is None:
            self._last, self._due = seconds, now
        pause = max(0.0, seconds - self._last) / self._speed
        self._last = max(seconds, self._last)
        self._due += min(pause, LONGEST_WAIT)
        return self._due - now


class Player:
    """Puts what a feed gives into the store. `run` is its thread; everything else may be called from any."""

    def __init__(
        self, feed: Feed, inbox: Inbox, speed: float | None = None, at_end: Callable[[], None] = lambda: None
    ) -> None:
        """Make a player; nothing is read before `run`.

        Args:
            feed: What is played.
            inbox: Where it goes.
            speed: How many times faster than it came; None for at once.
            at_end: Called when it has ended, in its thread.
        """
        self._feed = feed
        self._inbox = inbox
        self._pace = Pace(speed)
        self._stopping = threading.Event()
        self._board = StatusBoard(feed.name)
        self._at_end = at_end

    @property
    def status(self) -> StreamStatus:
        """What it is doing now."""
        return self._board.status

    def stop(self) -> None:
        """Ask it to end; it does within the time of a batch."""
        self._stopping.set()

    def run(self) -> None:
        """Play until the end, or until told to stop."""
        failure = ""
        try:
            self._play()
        except (ReplayError, StoreError) as error:
            failure = str(error)
        except Exception as error:
            log.exception("the replay of %s ended", self._feed.name)
            failure = f"The replay ended: {error}. Start again; see the log."
        if failure:
            self._board.end(StreamState.FAILED, failure)
        else:
            self._board.end(StreamState.STOPPED, " ".join([self._summary(), self.status.message]).strip())
        self._at_end()

    def _play(self) -> None:
        batch, size = list[Packet](), 0
        for timed in self._feed.read(self._stopping, self._board.tell):
            wait = self._pace.wait(timed.seconds, time.monotonic()) if timed is not None else 0.0
            if batch and (timed is None or wait > 0 or len(batch) >= BATCH_PACKETS or size >= BATCH_BYTES):
                self._keep(batch)
                batch, size = [], 0
            if wait > 0:
                self._stopping.wait(wait)
            if self._stopping.is_set():
                return
            if timed is not None:
                batch.append(timed.packet)
                size += len(timed.packet.value)
        if batch:
            self._keep(batch)

    def _keep(self, batch: Sequence[Packet]) -> None:
        """Decode and keep a batch, however long the disk refuses."""
        results = decode(batch, self._feed.book)
        while True:
            try:
                receipt = self._inbox.receive(results, self._feed.source, [], time.time())
                break
            except StoreError as error:
                self._board.pause(error)
                if self._stopping.wait(RETRY_SECONDS):
                    return
        before = self.status
        self._board.tell(
            state=StreamState.REPLAYING,
            message=before.message if before.state is StreamState.REPLAYING else "",
            lag=max(0, (before.lag or 0) - len(batch)),
        )
        self._board.count(results, receipt, sum(len(packet.value) for packet in batch))

    def _summary(self) -> str:
        found = self.status
        words = f"Replayed: {found.stored:,} new, {found.duplicates:,} known already"
        if found.quarantined:
            words += f", {found.quarantined:,} quarantined"
        if self._stopping.is_set():
            return f"{words}; stopped before the end."
        if found.duplicates and not found.stored:
            words += ". --rehearse shows them come again"
        return f"{words}."


class Replay(Reception):
    """A reception whose alerts come from feeds."""

    def __init__(
        self,
        store: Store,
        feeds: Sequence[Feed],
        *,
        doing: str,
        longitude: float = 0.0,
        speed: float | None = None,
    ) -> None:
        """Prepare; nothing is read before `start`.

        Args:
            store: Where alerts go.
            feeds: What is played, each in a thread of its own.
            doing: What this process is, for others that find the store taken.
            longitude: The site's, degrees east.
            speed: How many times faster than it came; None for at once.
        """
        super().__init__(store, (), doing=doing, longitude=longitude)
        self._streams = [*(Player(feed, self._inbox, speed, self._ended) for feed in feeds)]
        self._playing = len(feeds)
        self._turn = threading.Lock()

    def _ended(self) -> None:
        """When all have ended, another process may receive, though the screen goes on to show what came."""
        with self._turn:
            self._playing -= 1
            if not self._playing:
                self._inbox.close()
                self._store.receiving.release()
