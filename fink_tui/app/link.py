"""The line to the observer's terminal: whether it is behind, and a driver of Textual's that tells.

Textual paints as fast as it can and knows no terminal that is slow: what it paints piles up in pipes, in the kernel and
in ssh, and a key is answered after all of it. So each picture is followed by a question that terminals answer when they
have drawn it (where the cursor is: "CPR", ECMA-48); while the answer is late, or the kernel takes nothing, nothing more
is painted, and then only how things are by then. A terminal that never answers is judged by the kernel alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import IO, TYPE_CHECKING, Any

from fink_tui.app.driver import TerminalDriver

if TYPE_CHECKING:
    from fink_tui.app.painting import PaintingApp

QUESTION = "\x1b[6n"
"""Asks the terminal for its cursor's place."""

LATE_SECONDS = 0.1
"""An answer that takes so much longer than the quickest one is late."""

LOST_SECONDS = 4.0
"""An answer that takes that long is not waited for: it may have been lost in what was pasted."""

SHARE = 4
"""What changes by itself may take one part in so many of the line; the rest is for the keys."""


LONGEST_REST = 5.0
"""Seconds for which the line is left to the keys at most."""


class Link:
    """What is known of the line."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Know nothing yet.

        Args:
            clock: Seconds from any moment on.
        """
        self._clock = clock
        self._sent = 0
        self._taken = 0
        self._painted_at: float | None = None
        self._asked_at: float | None = None
        self._answers = False
        self._round_trip = LOST_SECONDS
        self._is_behind = False
        self._rests_until = 0.0

    def sent(self, size: int) -> None:
        """Something was given to the thread that writes."""
        self._sent += size

    def taken(self, size: int) -> None:
        """The kernel has taken something; called by the thread that writes."""
        self._taken += size

    def painted(self) -> bool:
        """A picture was sent; returns whether to ask the terminal if it is there."""
        now = self._clock()
        if self._painted_at is None:
            self._painted_at = now
        if self._asked_at is not None:
            return False
        self._asked_at = now
        return True

    def forget(self) -> None:
        """The terminal is another's, or was."""
        self._taken, self._asked_at, self._painted_at = self._sent, None, None

    def answered(self) -> None:
        """The terminal has answered."""
        if self._asked_at is not None:
            self._answers = True
            self._round_trip = min(self._round_trip, self._clock() - self._asked_at)
            self._asked_at = None

    @property
    def round_trip(self) -> float:
        """Seconds from a picture to its answer at best; 0 where none is known."""
        return self._round_trip if self._answers else 0.0

    @property
    def is_waiting(self) -> bool:
        """Whether something is on its way of which there will be word."""
        return self._taken < self._sent or (self._answers and self._asked_at is not None)

    def is_behind(self) -> bool:
        """Whether to paint nothing more for now. To be asked a moment after painting, and on while it is waiting."""
        self._is_behind = self._look()
        return self._is_behind

    def _look(self) -> bool:
        now = self._clock()
        if self._taken < self._sent:
            return True
        if self._answers and self._asked_at is not None:
            since = now - self._asked_at
            if since < LOST_SECONDS:
                return since > LATE_SECONDS + 1.5 * self._round_trip
            self._asked_at = None
        if self._painted_at is not None:
            took = now - self._painted_at - (self._round_trip if self._answers else 0.0)
            if took > LATE_SECONDS:
                self._rests_until = now + min(LONGEST_REST, (SHARE - 1) * took)
            self._painted_at = None
        return False

    @property
    def is_busy(self) -> bool:
        """Whether to leave a slow line to the keys: after each picture for some times as long as it took."""
        return self._is_behind or self._clock() < self._rests_until


class LinkDriver(TerminalDriver):
    """The driver, which tells the program's link what it sends."""

    def __init__(self, app: PaintingApp, **settings: Any) -> None:
        """Make it for a program that has a link."""
        super().__init__(app, **settings)
        self._link = app.link
        self._file = _Told(self._file, self._link)  # type: ignore[assignment, arg-type]

    def start_application_mode(self) -> None:
        """Take the terminal, at the start or again: what was asked of it before has no answer now."""
        self._link.forget()
        super().start_application_mode()

    def write(self, data: str) -> None:
        """Have something written."""
        self._link.sent(len(data))
        super().write(data)


class _Told:
    """A terminal's file; tells the link what was taken."""

    def __init__(self, file: IO[str], link: Link) -> None:
        self._file = file
        self._link = link

    def write(self, text: str) -> None:
        self._file.write(text)
        self._file.flush()
        self._link.taken(len(text))

    def flush(self) -> None:
        self._file.flush()

    def fileno(self) -> int:
        return self._file.fileno()
