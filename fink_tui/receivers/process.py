"""A command of the user's, run to its end or to its time's, so that it never holds us up.

Its output is read as it comes and only the end of it is kept, so that it neither stops for a full pipe nor fills our
memory. What counts is that the process ends: a child that it leaves behind may hold its output open for ever.
"""

from __future__ import annotations

import contextlib
import math
import os
import selectors
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from typing import IO, NamedTuple

KEPT_BYTES = 64 * 1024
"""Of its output and of its error output, the last that are kept."""

BLOCK_BYTES = 64 * 1024
"""Read or written at a time."""

LAST_READS = 16
"""Reads once it has ended: pipes hold 64 kB, and a child that is left may go on filling them."""

LOOK_SECONDS = 0.02
"""Between two looks at whether it has ended."""

FAREWELL_SECONDS = 0.3
"""When we are to stop: how long it may go on before it is asked to end, and then until it is killed."""

STUBBORN_SECONDS = 3.0
"""How long to wait for one that was killed: the system may not let us, or hold it back on a disk that is away."""


class Ended(NamedTuple):
    """How a command ended."""

    status: int | None
    """Its exit status, below 0 the number of the signal that ended it; None: it was ended since its time was over, or
    since we were to stop. 0 where it was told to end, and did with success: what it was to do is done."""
    output: bytes
    """The end of its standard output."""
    errors: bytes
    """The end of its standard error."""


def run(command: Sequence[str], content: bytes, timeout: float, stopping: threading.Event) -> Ended:
    """Run a command, with something on its standard input, until it has ended.

    Args:
        command: The program and its arguments; no shell is between.
        content: What it reads.
        timeout: Seconds after which it is killed, with all processes of its group.
        stopping: When this is set it is asked to end, with all of its group, and soon killed.

    Raises:
        OSError: It cannot be started.
    """
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    with process.stdin, process.stdout, process.stderr, _Pipes(process.stdin, content) as pipes:
        pipes.read(process.stdout)
        pipes.read(process.stderr)
        ask, last = math.inf, time.monotonic() + timeout
        was_ended = False
        while process.poll() is None:
            now = time.monotonic()
            if stopping.is_set() and ask == math.inf:
                ask, last = now + FAREWELL_SECONDS, min(last, now + 2 * FAREWELL_SECONDS)
            if now > last + STUBBORN_SECONDS:
                break
            if now > last:
                was_ended = True
                _signal(process, signal.SIGKILL)
            elif now > ask and not was_ended:
                was_ended = True
                _signal(process, signal.SIGTERM)
            pipes.serve(LOOK_SECONDS)
        for _ in range(LAST_READS):
            if not pipes.serve(0):
                break
        status = None if was_ended and process.returncode != 0 else process.returncode
        return Ended(status, bytes(pipes.kept[process.stdout]), bytes(pipes.kept[process.stderr]))


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Send a signal to a process that was not waited for, and to all of its group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):  # it ends just now; it became another user's
        os.killpg(process.pid, number)


class _Pipes:
    """The ends of a process's pipes that are ours, served as they are ready."""

    def __init__(self, stdin: IO[bytes], content: bytes) -> None:
        self.kept: dict[IO[bytes], bytearray] = {}
        self._selector = selectors.DefaultSelector()
        self._stdin = stdin
        self._left = memoryview(content)
        os.set_blocking(stdin.fileno(), False)
        self._selector.register(stdin, selectors.EVENT_WRITE)

    def read(self, pipe: IO[bytes]) -> None:
        """Read from a pipe from now on."""
        os.set_blocking(pipe.fileno(), False)
        self.kept[pipe] = bytearray()
        self._selector.register(pipe, selectors.EVENT_READ, pipe)

    def serve(self, seconds: float) -> bool:
        """Wait until something is ready, and move what is; whether anything was."""
        if not self._selector.get_map():
            if seconds:
                time.sleep(seconds)
            return False
        moved = False
        for key, _ in self._selector.select(seconds):
            moved |= self._write() if key.data is None else self._read(key.data)
        return moved

    def _write(self) -> bool:
        try:
            self._left = self._left[os.write(self._stdin.fileno(), self._left[:BLOCK_BYTES]) :]
        except BlockingIOError:
            return False
        except BrokenPipeError:  # it wants to know no more
            self._left = self._left[:0]
        if not self._left:
            self._selector.unregister(self._stdin)
            self._stdin.close()
        return True

    def _read(self, pipe: IO[bytes]) -> bool:
        try:
            found = os.read(pipe.fileno(), BLOCK_BYTES)
        except BlockingIOError:
            return False
        if not found:
            self._selector.unregister(pipe)
            return False
        kept = self.kept[pipe]
        kept += found
        del kept[:-KEPT_BYTES]
        return True

    def __enter__(self) -> _Pipes:
        return self

    def __exit__(self, *_: object) -> None:
        self._selector.close()
