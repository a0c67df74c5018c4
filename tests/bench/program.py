"""The program in a pseudo-terminal, measured from outside; and a minimal one of Textual's to compare with."""

from __future__ import annotations

import socket
import statistics
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.app.pty_terminal import Answer, PtyTerminal
from tests.running import environment

ROOT = Path(__file__).resolve().parents[2]

SIZE = (120, 40)
"""Columns and rows."""

MINIMAL = """
from textual.app import App
from textual.widgets import Static

class Minimal(App):
    def compose(self):
        yield Static("it is ready")

Minimal().run(mouse=False)
"""


def store_folder(home: Path) -> Path:
    """Where a program started with this home has its store."""
    return home / "fink-tui" / "data"


def minimal(home: Path) -> PtyTerminal:
    """Start the minimal program."""
    return PtyTerminal([sys.executable, "-c", MINIMAL], *SIZE, _environment(home))


def program(
    home: Path, servers: str, topic: str = "fink_bench", *, size: tuple[int, int] = SIZE, answers: bool = False
) -> PtyTerminal:
    """Start the program as a user does, from the beginning of a topic."""
    arguments = ["--survey", "ztf", "--servers", servers, "--group", "bench", "--topic", topic, "--from", "earliest"]
    return PtyTerminal([sys.executable, "-m", "fink_tui", *arguments], *size, _environment(home), answers=answers)


def _environment(home: Path) -> dict[str, str]:
    kept = environment(home)
    for name in ("NO_COLOR", "COLUMNS", "LINES", "PYTHONDONTWRITEBYTECODE"):
        kept.pop(name, None)
    # Compiled once, as an installed program is; and so is the minimal one.
    return kept | {"PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": str(home.parent / "compiled")}


def is_there(terminal: PtyTerminal) -> bool:
    """Whether the list is on the screen, and what it says of itself."""
    text = terminal.text()
    return all(word in text for word in ("following", "\n >", "quit"))


def seconds_until(terminal: PtyTerminal, condition: Callable[[], bool]) -> float:
    """From the start of a program until something is on its screen."""
    return terminal.ready_at(condition) - terminal.started_at


def peak_bytes(terminal: PtyTerminal) -> int:
    """The most memory that a program that runs has had resident."""
    for line in Path(f"/proc/{terminal.pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise ProcessLookupError(terminal.pid)


def p95(answers: Sequence[Answer]) -> float:
    """Seconds to the last byte, of 95 % of the answers."""
    return statistics.quantiles([answer.last for answer in answers], n=20)[-1]


def median(answers: Sequence[Answer]) -> float:
    """Seconds to the last byte, of half of the answers."""
    return statistics.median(answer.last for answer in answers)


def free_port() -> int:
    """A port of the loopback interface where nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
