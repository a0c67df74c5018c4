"""The program as a process of its own, and waiting for what is waited for."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

DEADLINE = 60.0
"""Seconds after which what is waited for will not come."""


def wait_for(condition: Callable[[], T], what: str, seconds: float = DEADLINE) -> T:
    """Wait until a condition holds, and give what it gave; fail after `seconds`."""
    end = time.monotonic() + seconds
    pause = threading.Event()
    while not (found := condition()):
        assert time.monotonic() < end, f"in vain: {what}"
        pause.wait(0.02)
    return found


def environment(home: Path) -> dict[str, str]:
    """An environment in which nothing of the user's is found, nor the size of the terminal that the tests run in."""
    theirs = ("FINK_", "XDG_", "COLUMNS", "LINES")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(theirs)}
    return kept | {"HOME": str(home), "FINK_TUI_HOME": str(home / "fink-tui"), "PYTHONUNBUFFERED": "1"}


def command(*arguments: str) -> list[str]:
    """The command line that runs the program."""
    return [sys.executable, "-m", "fink_tui", *arguments]


SHORT_LIVED = {"session.timeout.ms": 1_000, "heartbeat.interval.ms": 250, "max.poll.interval.ms": 1_000}
"""How soon a group forgets a member that is silent, or busy: instead of ten seconds, and five minutes."""

_SHORT_LIVED = f"""
from fink_tui.cli.main import main
from fink_tui.stream.consumer import Stream
settings = Stream._settings
Stream._settings = lambda self: settings(self) | {SHORT_LIVED}
main()
"""


def short_lived(*arguments: str) -> list[str]:
    """The command line that runs the program as a member that its group soon forgets."""
    return [sys.executable, "-c", _SHORT_LIVED, *arguments]


def start_short_lived(home: Path, *arguments: str) -> subprocess.Popen[str]:
    """Start the program as a member that its group soon forgets."""
    return _start(home, short_lived(*arguments))


def run(
    home: Path, *arguments: str, seconds: float = DEADLINE, variables: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the program to its end, with more variables in its environment."""
    return subprocess.run(
        command(*arguments),
        env=environment(home) | dict(variables or {}),
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def start(home: Path, *arguments: str) -> subprocess.Popen[str]:
    """Start the program."""
    return _start(home, command(*arguments))


def _start(home: Path, call: list[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        call,
        env=environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
    )


def children(pid: int | str = "self") -> set[int]:
    """The processes that a process has started and not yet waited for; the system must have /proc."""
    found: set[int] = set()
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(OSError):  # a thread that ends meanwhile
            found |= {int(child) for child in (task / "children").read_text().split()}
    return found
