"""What is written to the terminal, and by whom.

Textual draws on `sys.__stderr__`, file descriptor 2. A native library, such as librdkafka, that prints a line there
breaks the picture; so, while the program runs, descriptor 2 is the log, and Python's standard error is a duplicate of
what it was. That stays so while a shell has the program stopped: nothing runs then that could write.
"""

from __future__ import annotations

import contextlib
import io
import logging
import logging.handlers
import math
import os
import select
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from fink_tui.ascii_text import CODEC_ERRORS

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

from fink_tui.alerts.text import clean

LOG_BYTES = 4_000_000
"""Size at which the log is begun anew; three older ones are kept."""

LOG_LINE = 4_000
"""Characters of a line of the log."""


class _SafeFormatter(logging.Formatter):
    """Writes lines that may be read with `cat` or `tail`: a server's words may hold sequences for the terminal."""

    def format(self, record: logging.LogRecord) -> str:
        """The record's lines, each safe to show."""
        return "\n".join(clean(line, LOG_LINE) for line in super().format(record).split("\n"))


class _Log(logging.handlers.RotatingFileHandler):
    """A log that may fail, as on a full disk: what is lost then are its lines, never the picture on the screen."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  the standard library's name
        """Say nothing: Python would print a traceback on standard error, which is the screen."""

    def close(self) -> None:
        """Close the file, whether its last lines can be written or not."""
        with contextlib.suppress(OSError):
            super().close()


LEAVING_SECONDS = 1.0
"""How long a terminal that takes nothing is waited for at the end."""


class _Output(io.FileIO):
    """A terminal to write to, which may be gone, or take nothing while its line is dead.

    Textual's thread that writes dies of an error, and then the program waits for it for ever. That the terminal is
    gone is noticed elsewhere, and ends the screen; until then, what is written is lost, as it is where nobody reads.
    """

    def __init__(self, descriptor: int) -> None:
        """Write where a descriptor does; a terminal is opened anew, so as not to block and to change it for no other.

        Args:
            descriptor: It stays open.
        """
        try:
            own = os.open(os.ttyname(descriptor), os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:  # no terminal, or one that is another user's
            own = os.dup(descriptor)
        super().__init__(own, "wb")
        self._until = math.inf

    def let_go(self) -> None:
        """From now on, wait no longer than a moment for a terminal that takes nothing. A signal's handler may call it.

        The line may be dead for hours before the system says so, and the program is to end.
        """
        self._until = time.monotonic() + LEAVING_SECONDS

    def write(self, data: ReadableBuffer) -> int:
        """Write all of it, however often it takes a part."""
        rest = memoryview(data).cast("B")
        size = len(rest)
        ready = select.poll()
        ready.register(self, select.POLLOUT)
        with contextlib.suppress(OSError):
            while rest:
                written = super().write(rest)
                rest = rest[written or 0 :]
                if not written and not ready.poll(100) and time.monotonic() > self._until:
                    break
        return size


def let_go() -> None:
    """Wait no longer for the terminal, should it take nothing: the program is to end. For a signal's handler."""
    output = getattr(sys.__stderr__, "buffer", None)
    if isinstance(output, _Output):
        output.let_go()


@contextlib.contextmanager
def diverted(log_file: Path, *, ascii_only: bool = False) -> Iterator[None]:
    """Let descriptor 2 write to the log while Python's standard error goes where it went; log into the same file.

    Args:
        log_file: The log; its folder is made.
        ascii_only: Whether the nearest ASCII is written in place of everything else.

    Raises:
        OSError: The log cannot be opened.
    """
    log_file.parent.mkdir(parents=True, exist_ok=True)
    handler = _Log(log_file, maxBytes=LOG_BYTES, backupCount=3, encoding="utf-8")
    formatter = _SafeFormatter("%(asctime)s UTC %(levelname)s %(name)s: %(message)s")
    formatter.converter = time.gmtime  # as everywhere: no hour that comes twice in autumn
    handler.setFormatter(formatter)
    root = logging.getLogger("fink_tui")
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    root.propagate = False
    before, before_dunder = sys.stderr, sys.__stderr__
    before.flush()
    saved = os.dup(2)
    native = os.open(log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    encoding, errors = ("ascii", CODEC_ERRORS) if ascii_only else ("utf-8", "backslashreplace")
    ours = io.TextIOWrapper(_Output(saved), encoding, errors, write_through=True)
    try:
        os.dup2(native, 2)
        os.close(native)
        sys.stderr = sys.__stderr__ = ours  # type: ignore[misc]  # Textual draws there, whatever it is typed as
        yield
    finally:
        with contextlib.suppress(OSError, ValueError):  # a terminal that went away takes no more bytes
            ours.flush()
        os.dup2(saved, 2)
        os.close(saved)
        sys.stderr, sys.__stderr__ = before, before_dunder  # type: ignore[misc]
        with contextlib.suppress(OSError, ValueError):
            ours.close()
        root.removeHandler(handler)
        handler.close()
