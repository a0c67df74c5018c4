"""How many messages may still be taken, shared by the streams of one process."""

from __future__ import annotations

import threading


class Quota:
    """A number of messages: reserved before they are taken, given back where none came, settled when kept."""

    def __init__(self, limit: int) -> None:
        """Allow `limit` messages in all."""
        self._limit = limit
        self._reserved = 0
        self._settled = 0
        self._lock = threading.Lock()

    def reserve(self, wanted: int) -> int:
        """Reserve messages; returns how many of those wanted may be taken."""
        with self._lock:
            granted = max(0, min(wanted, self._limit - self._reserved))
            self._reserved += granted
            return granted

    def give_back(self, count: int) -> None:
        """Give back what was reserved and did not come."""
        with self._lock:
            self._reserved -= count

    def settle(self, count: int) -> None:
        """Count messages that were kept."""
        with self._lock:
            self._settled += count

    @property
    def is_used_up(self) -> bool:
        """Whether every message that was allowed has been kept."""
        with self._lock:
            return self._settled >= self._limit
