"""A stream's status as it changes: told by one thread, read by others."""

from __future__ import annotations

import dataclasses
import logging
import time
from collections.abc import Sequence
from typing import Any

from fink_tui.alerts.decode import Decoded, Refused
from fink_tui.alerts.text import clean
from fink_tui.store.errors import StoreError
from fink_tui.store.inbox import Receipt
from fink_tui.stream.status import Rate, StreamState, StreamStatus

log = logging.getLogger("fink_tui.stream")

MESSAGE_LENGTH = 1000
"""Characters of what there is to say."""


class StatusBoard:
    """Where whoever brings alerts says how things are."""

    def __init__(self, name: str) -> None:
        """Begin.

        Args:
            name: What the status calls it: a survey, or where a replay comes from.
        """
        self._status = StreamStatus(name)
        self._rate = Rate()
        self._is_over = False

    @property
    def status(self) -> StreamStatus:
        """How things are now."""
        return dataclasses.replace(self._status, rate=self._rate.value(time.monotonic()))

    def tell(self, **changes: Any) -> None:
        """Change fields of the status; what comes after the end, as callbacks of a consumer that closes, does not.

        Messages may quote a server, and go to terminals.
        """
        if "message" in changes:
            changes["message"] = clean(changes["message"], MESSAGE_LENGTH)
        if not self._is_over:
            self._status = dataclasses.replace(self._status, **changes)

    def pause(self, error: StoreError) -> None:
        """Say that alerts cannot be kept at the moment, and why; in the log once, however often it is tried."""
        before = self._status.message
        self.tell(state=StreamState.PAUSED, message=str(error))
        if self._status.message != before:
            log.warning("%s", error)

    def count(self, results: Sequence[Decoded | Refused], receipt: Receipt, size: int) -> None:
        """Count a batch that is in the store.

        Args:
            results: What its messages were.
            receipt: What became of them.
            size: Bytes of their values.
        """
        before = self._status
        times = [result.row.obs_mjd for result in results if isinstance(result, Decoded)]
        self._rate.add(len(results), time.monotonic())
        self.tell(
            received=before.received + len(results),
            stored=before.stored + receipt.stored,
            duplicates=before.duplicates + receipt.duplicates,
            quarantined=before.quarantined + receipt.quarantined,
            bytes=before.bytes + size,
            newest_mjd=max([*times, *([] if before.newest_mjd is None else [before.newest_mjd])], default=None),
        )

    def end(self, state: StreamState, message: str) -> None:
        """Say the last word."""
        self.tell(state=state, message=message)
        self._is_over = True
