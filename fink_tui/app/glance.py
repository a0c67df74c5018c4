"""For how long the observer has been able to see which alert is current: nobody decides on what was never seen."""

from __future__ import annotations

import time
from collections.abc import Callable

LOOKED_SECONDS = 0.3
"""Who presses a key sooner than that after the current alert has changed meant the one before."""


CHANGED = "This alert was shown only just now: look, and press t again."
"""What is said then."""


class Glance:
    """What the terminal shows as current. A picture may be on its way for a while: over a slow line, or held back."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Nothing was painted yet.

        Args:
            clock: Seconds from any moment on.
        """
        self._clock = clock
        self._alert: int | None = None
        self._painted_at = 0.0
        self._seen_at: float | None = None

    def painted(self, alert: int) -> None:
        """An alert was painted as the current one, by its id in the store."""
        if alert != self._alert:
            self._alert, self._painted_at, self._seen_at = alert, self._clock(), None

    def arrived(self, round_trip: float) -> None:
        """What was painted is on the terminal.

        Args:
            round_trip: Seconds from a picture to its answer: one that nobody asked about takes as long.
        """
        if self._seen_at is None:
            self._seen_at = max(self._clock(), self._painted_at + round_trip)

    def forget(self) -> None:
        """Something else is on the terminal now."""
        self._alert = None

    def has_seen(self, alert: int) -> bool:
        """Whether the observer has had the time to see that this alert is the current one."""
        return alert == self._alert and self._seen_at is not None and self._clock() - self._seen_at >= LOOKED_SECONDS
