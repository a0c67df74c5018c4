"""A batch on its way to the disk, in a thread of its own, while the stream takes and decodes the next one."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future
from typing import NamedTuple

from fink_tui.alerts.decode import Decoded, Refused
from fink_tui.store.inbox import Inbox, Position, Receipt, Source


class Batch(NamedTuple):
    """Messages that were taken and decoded together."""

    results: Sequence[Decoded | Refused]
    """What became of each."""

    ends: dict[tuple[str, int], int]
    """By topic and partition, the offset behind its last message."""

    size: int
    """Bytes of their values."""

    generation: int
    """How often partitions had been taken away from this member before."""

    @property
    def positions(self) -> list[Position]:
        """How far the batch reaches."""
        return [Position(topic, partition, offset) for (topic, partition), offset in self.ends.items()]


class Keeping:
    """A batch that is being put into the store."""

    def __init__(self, inbox: Inbox, source: Source, batch: Batch, positions: Sequence[Position]) -> None:
        """Begin; nothing waits.

        Args:
            inbox: Where the batch goes.
            source: Whose messages they are.
            batch: The batch.
            positions: How far the store is to have read with it.
        """
        self.batch = batch
        self._inbox = inbox
        self._source = source
        self._positions = positions
        self._future: Future[Receipt] = Future()
        threading.Thread(target=self._keep, name="stream-keeping", daemon=True).start()

    def _keep(self) -> None:
        try:
            receipt = self._inbox.receive(self.batch.results, self._source, self._positions, time.time())
        except Exception as error:  # noqa: BLE001  whatever it is, it is for the thread that waits
            self._future.set_exception(error)
        else:
            self._future.set_result(receipt)

    def receipt(self, seconds: float) -> Receipt:
        """Wait until it is on the disk, for so many seconds at most.

        Raises:
            StoreError: The disk or the database refuses; nothing of it is kept.
            TimeoutError: It takes longer.
        """
        return self._future.result(seconds)
