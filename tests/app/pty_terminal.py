"""A program in a pseudo-terminal: what it sends is counted byte by byte, and drawn on a screen that a test can read."""

from __future__ import annotations

import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import NamedTuple

import pyte

UNKNOWN_TO_PYTE = re.compile(rb"\x1b\[[<>=?][0-9;]*(?:\$p|u)|\x1b\[>[0-9;]*[a-zA-Z]")
"""Questions about modes and keyboards, which the drawn screen would show as letters."""

CONTROLLING = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execvp(sys.argv[1], sys.argv[1:])
"""
"""Makes the terminal the one that controls this process and all that it starts."""

DEADLINE = 30.0
"""Seconds after which what is waited for will not come."""

SILENCE = 0.4
"""Seconds without a byte after which a picture is complete."""


WHERE = b"\x1b[6n"
"""Asks a terminal for its cursor's place."""

BURST = 0.04
"""Seconds without a byte after which the answer to a key is complete."""


class Answer(NamedTuple):
    """What came for a key."""

    first: float
    """Seconds until the first byte."""

    last: float
    """Seconds until the last byte before a silence of `BURST`."""

    size: int
    """Bytes."""


class PtyTerminal:
    """A program and its terminal."""

    def __init__(
        self,
        command: Sequence[str],
        columns: int,
        rows: int,
        env: Mapping[str, str],
        *,
        is_controlling: bool = False,
        without: Sequence[str] = (),
        rate: int = 0,
        answers: bool = False,
    ) -> None:
        """Start the program.

        Args:
            command: The program and its arguments.
            columns: Cells of a line.
            rows: Lines.
            env: Its environment. The terminal's own is that of a modern one, where this does not say.
            is_controlling: Whether it is the terminal that sends signals: by keys, and when it hangs up.
            without: Variables that its environment does not have.
            rate: Bytes a second that are read at most: a slow line. 0: as fast as they come.
            answers: Whether it says where its cursor is when it is asked, as real terminals do.
        """
        self.rate = rate
        self._answers = answers
        self._answered = 0
        self._free_at = 0.0
        self.output = bytearray()
        """All it has sent."""
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._fd, other = os.openpty()
        self.resize(columns, rows)
        self.started_at = time.monotonic()
        modern = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
        self._process = subprocess.Popen(
            [sys.executable, "-c", CONTROLLING, *command] if is_controlling else command,
            stdin=other,
            stdout=other,
            stderr=other,
            start_new_session=True,
            env={name: value for name, value in {**env, **modern}.items() if name not in without},
        )
        os.close(other)

    def __enter__(self) -> PtyTerminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        if self._fd >= 0:
            os.close(self._fd)

    @property
    def pid(self) -> int:
        """The program's."""
        return self._process.pid

    @property
    def unread(self) -> int:
        """Bytes that wait to be read, of those that the kernel has ready: 4096 at most."""
        return int.from_bytes(fcntl.ioctl(self._fd, termios.FIONREAD, bytes(4)), sys.byteorder)

    def hang_up(self) -> None:
        """Go away, as a window that is closed or a line that is cut."""
        os.close(self._fd)
        self._fd = -1

    def status(self) -> int:
        """Wait for the program's end, without a terminal; returns its exit status."""
        return self._process.wait(DEADLINE)

    def resize(self, columns: int, rows: int) -> None:
        """Give the terminal another size, and tell the program."""
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self._screen.resize(rows, columns)
        if hasattr(self, "_process"):
            os.killpg(self._process.pid, signal.SIGWINCH)

    @property
    def modes(self) -> list[object]:
        """How the terminal's driver is set: echo, whole lines, signals by keys."""
        return list(termios.tcgetattr(self._fd)[:4])

    def send(self, keys: str) -> None:
        """Type."""
        os.write(self._fd, keys.encode())

    def signal(self, number: int) -> None:
        """Send the program a signal."""
        self._process.send_signal(number)

    def read(self, seconds: float) -> int:
        """Wait that long for output; returns how many bytes there were."""
        data = self._take(seconds)
        self._draw(data)
        return len(data)

    def _take(self, seconds: float) -> bytes:
        """What the program sent, as much of it as the line carries."""
        end = time.monotonic() + max(0.0, seconds)
        if self.rate and (wait := self._free_at - time.monotonic()) > 0:
            time.sleep(min(wait, max(0.0, seconds)))
            if time.monotonic() < self._free_at:
                return b""
        if not select.select([self._fd], [], [], max(0.0, end - time.monotonic()))[0]:
            return b""
        try:
            data = os.read(self._fd, max(64, self.rate // 20) if self.rate else 1 << 16)
        except OSError:  # the program has closed its end
            return b""
        if self.rate:
            self._free_at = time.monotonic() + len(data) / self.rate
        self.output += data
        if self._answers:
            asked = self.output.count(WHERE)
            os.write(self._fd, b"\x1b[1;1R" * (asked - self._answered))
            self._answered = asked
        return data

    def _draw(self, data: bytes) -> None:
        self._stream.feed(UNKNOWN_TO_PYTE.sub(b"", data))

    def read_for(self, seconds: float) -> int:
        """Read that long; returns how many bytes there were."""
        end, size = time.monotonic() + seconds, 0
        while (left := end - time.monotonic()) > 0:
            size += self.read(left)
        return size

    def until(self, condition: Callable[[], bool]) -> None:
        """Read until something is so, with a deadline."""
        end = time.monotonic() + DEADLINE
        while not condition():
            assert time.monotonic() < end, f"not within {DEADLINE} s; on the screen:\n{self.text()}"
            self.read(0.05)

    def until_silent(self) -> int:
        """Read until the program has nothing more to send; returns how many bytes there were."""
        end, size = time.monotonic() + DEADLINE, 0
        while got := self.read(SILENCE):
            size += got
            assert time.monotonic() < end, "it never falls silent"
        return size

    def cost(self, keys: str) -> int:
        """Type, and count the bytes that come for it."""
        before = len(self.output)
        self.send(keys)
        self.until(lambda: len(self.output) > before)
        self.until_silent()
        return len(self.output) - before

    def answer(self, keys: str, patience: float = 1.0) -> Answer | None:
        """Type, and take the time until the answer is complete; None where none comes within `patience` seconds.

        What comes is drawn afterwards: drawing takes longer than the answer.
        """
        parts: list[tuple[float, bytes]] = []
        start = time.monotonic()
        self.send(keys)
        while time.monotonic() - start < patience and (data := self._take(BURST if parts else patience)):
            parts.append((time.monotonic() - start, data))
        self._draw(b"".join(data for _, data in parts))
        return Answer(parts[0][0], parts[-1][0], sum(len(data) for _, data in parts)) if parts else None

    def ready_at(self, condition: Callable[[], bool]) -> float:
        """Read until something is so, and give the moment (of `time.monotonic`) of the byte that made it so.

        What comes is drawn in its pauses: drawing takes longer than the program does.
        """
        end = time.monotonic() + DEADLINE
        parts: list[tuple[float, bytes]] = []
        while time.monotonic() < end:
            if data := self._take(BURST):
                parts.append((time.monotonic(), data))
                continue
            for moment, part in parts:
                self._draw(part)
                if condition():
                    return moment
            parts.clear()
        raise AssertionError(f"not within {DEADLINE} s; on the screen:\n{self.text()}")

    @property
    def screen(self) -> pyte.Screen:
        """What is on the screen, cell by cell."""
        return self._screen

    def text(self) -> str:
        """What is on the screen; pyte's own `display` fails where a wide sign was overwritten by half."""
        cells, columns = self._screen.buffer, range(self._screen.columns)
        return "\n".join("".join(cells[y][x].data for x in columns).rstrip() for y in range(self._screen.lines))

    def wait(self) -> int:
        """Read on until the program has ended; returns its exit status."""
        self.until(lambda: self._process.poll() is not None)
        while self.read(0.05):
            pass
        return self._process.returncode
