"""What a stream is doing, for the status line."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import StrEnum

RATE_SECONDS = 60.0
"""The rate is the mean over this long."""


class StreamState(StrEnum):
    """What a stream is doing."""

    CONNECTING = "connecting"
    RECEIVING = "connected"
    REPLAYING = "replaying"
    """What was there before is played once more."""
    WAITING = "waiting"
    """No topic that was asked for exists yet."""
    AWAY = "away"
    """The broker does not answer; it is tried again."""
    REFUSED = "refused"
    """The broker is there, and says no."""
    PAUSED = "paused"
    """Alerts cannot be kept at the moment; none is lost."""
    FAILED = "failed"
    """It cannot go on without the user."""
    STOPPED = "stopped"


@dataclass(frozen=True)
class StreamStatus:
    """A moment of a stream."""

    survey: str
    state: StreamState = StreamState.CONNECTING
    message: str = ""
    """One sentence where there is something to say."""
    missing_topics: tuple[str, ...] = ()
    """Topics that do not exist yet: it waits for them."""
    partitions: int = 0
    """Partitions that are ours."""
    all_partitions: int = 0
    """Partitions that the topics have, as far as is known; others in the group have those that are not ours."""
    lag: int | None = None
    """Messages that the broker has and the store has not; None while unknown."""
    rate: float = 0.0
    """Alerts a second, over the last minute."""
    received: int = 0
    stored: int = 0
    duplicates: int = 0
    quarantined: int = 0
    expired: int = 0
    """Messages that the broker had deleted before they were received."""
    bytes: int = 0
    newest_mjd: float | None = None
    """Observation of the newest alert received, MJD, UTC."""


class Rate:
    """Events a second, over the last minute or since the first event."""

    def __init__(self) -> None:
        self._events: deque[tuple[float, int]] = deque()
        self._count = 0
        self._began: float | None = None

    def add(self, count: int, now: float) -> None:
        """Note that `count` events happened at `now` (seconds of any clock that only goes on)."""
        if self._began is None:
            self._began = now
        self._events.append((now, count))
        self._count += count

    def value(self, now: float) -> float:
        """Events a second."""
        while self._events and self._events[0][0] < now - RATE_SECONDS:
            self._count -= self._events.popleft()[1]
        if self._began is None:
            return 0.0
        return self._count / min(RATE_SECONDS, max(1.0, now - self._began))
