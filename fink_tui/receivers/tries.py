"""How often a sending was tried in vain, and how long to wait before it is tried again."""

from __future__ import annotations

import random

from fink_tui.store.outbox import LONGEST

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
"""The pause after the first attempt that found nobody, and the longest one, seconds; each is twice the one before."""

MOST_FAULTS = 5
"""Attempts that may fail on one alert before it is given up, where another has arrived meanwhile;"""

MOST_ALONE = 20
"""where none has, so that it may be the receiver that is ill, and not the alert: about a quarter of an hour."""

MOST_AWAY = 5
"""Attempts in a row on one alert that may find nobody before another object's is tried: it may be this one alone."""


class Tries:
    """How often one was tried in vain. Not kept: a process that ends is no fault of the row."""

    def __init__(self, arrivals: int) -> None:
        """Begin with none.

        Args:
            arrivals: How many others have arrived so far.
        """
        self.faults = 0
        """Attempts that failed."""
        self.aways = 0
        """Attempts in a row that found nobody."""
        self._before_faults = self._before_aways = arrivals

    def failed(self, arrivals: int) -> bool:
        """Count an attempt that failed; whether others have arrived since the first such."""
        if not self.faults:
            self._before_faults = arrivals
        self.faults += 1
        return arrivals > self._before_faults

    def found_nobody(self, arrivals: int) -> bool:
        """Count an attempt that found nobody; whether others have arrived since the first such in a row."""
        if not self.aways:
            self._before_aways = arrivals
        self.aways += 1
        return arrivals > self._before_aways


def pause_after(times: int) -> float:
    """The pause after so many in vain, seconds; never quite the same, so that not all come back at one moment."""
    return float(min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(times, 20)) * random.uniform(0.75, 1))


def pause_aside(times: int) -> float:
    """The pause of one for which nobody answered so many times, seconds.

    It grows beyond those of all, so that of several such ones none is in the way of the others.
    """
    return min(LONGEST, pause_after(times) * min(times - MOST_AWAY + 1, 5))
