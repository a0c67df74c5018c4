"""What the screen costs on the way to the observer, in bytes: counted, not timed."""

from __future__ import annotations

import itertools
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from fink_tui.store.store import Store
from fink_tui.stream.demo import DemoAlert, alerts
from tests.app.live import SMALL, WIDE, receive, renamed
from tests.app.pty_terminal import PtyTerminal
from tests.conftest import DEMO_NIGHT

ROOT = Path(__file__).resolve().parents[2]

CONTROL = re.compile(rb"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[()][0-9A-B]|\x1b[=>78M]")
"""Sequences that a program sends to a terminal."""


@pytest.fixture(scope="module")
def many() -> list[DemoAlert]:
    """A hundred and sixty alerts of the demo."""
    return list(itertools.islice(alerts(seed=2, now_mjd=DEMO_NIGHT), 160))


@pytest.fixture
def filled(store: Store, many: Sequence[DemoAlert]) -> Store:
    receive(store, many[:100])
    return store


Start = Callable[[tuple[int, int]], PtyTerminal]


@pytest.fixture
def start(store: Store, tmp_path: Path) -> Iterator[Start]:
    """Starts the program on the store, in a terminal of a size."""
    running: list[PtyTerminal] = []

    def start(size: tuple[int, int]) -> PtyTerminal:
        env = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLUMNS", "LINES")}
        env |= {"PYTHONPATH": str(ROOT), "TEXTUAL_ANIMATIONS": "none", "HOME": str(tmp_path)}
        command = [sys.executable, "-m", "tests.app.pty_app", str(store.folder), str(tmp_path / "saved")]
        terminal = PtyTerminal(command, *size, env)
        running.append(terminal)
        terminal.until(lambda: " alerts · following" in terminal.text() and "quit" in terminal.text())
        terminal.until_silent()
        return terminal

    yield start
    for terminal in running:
        terminal.__exit__(None, None, None)


def test_first_picture(filled: Store, start: Start) -> None:
    assert len(start(SMALL).output) < 30_000


@pytest.mark.parametrize(("size", "budget"), [(SMALL, 300), (WIDE, 300)])
def test_idle(filled: Store, start: Start, size: tuple[int, int], budget: int) -> None:
    terminal = start(size)
    seconds = sorted(terminal.read_for(1) for _ in range(3))
    assert seconds[1] < budget, "in one of them a minute may end: then ages grow"


@pytest.mark.parametrize(("size", "budget"), [(SMALL, 900), (WIDE, 1_500)])
def test_an_alert_out_of_sight_costs_little(
    filled: Store, many: Sequence[DemoAlert], start: Start, size: tuple[int, int], budget: int
) -> None:
    terminal = start(size)
    terminal.send("g")
    terminal.until(lambda: " below" in terminal.text())
    terminal.until_silent() if size == SMALL else terminal.read_for(1)
    before = len(terminal.output)
    for count in range(101, 111):
        receive(filled, [many[count - 1]])
        terminal.until(lambda count=count: f" {count} alerts" in terminal.text())  # type: ignore[misc]
    assert (len(terminal.output) - before) / 10 < budget


def test_moving_the_cursor_costs_two_rows_and_the_alerts_heading(filled: Store, start: Start) -> None:
    terminal = start(SMALL)
    terminal.send("kkkk")
    terminal.until_silent()
    before = len(terminal.output)
    terminal.send("kj" * 10)  # too quick for curves
    terminal.until_silent()
    assert (len(terminal.output) - before) / 20 < 3_000
    terminal.send("\t")
    terminal.until_silent()
    assert terminal.cost("j") < 900, "among the fields"


def test_letters_that_come_together_with_the_key_that_finds_are_text(
    filled: Store, start: Start, tmp_path: Path
) -> None:
    terminal = start(SMALL)
    terminal.send("/sqs")
    terminal.until(lambda: "sqs" in terminal.text().splitlines()[11])
    assert not (tmp_path / "saved").exists()


def test_quitting_gives_the_terminal_back(filled: Store, start: Start) -> None:
    terminal = start(SMALL)
    terminal.send("q")
    assert terminal.wait() == 0
    end = bytes(terminal.output)
    assert end.rindex(b"\x1b[?1049l") > end.rindex(b"\x1b[?1049h"), "the alternate screen is left"
    assert end.rindex(b"\x1b[?25h") > end.rindex(b"\x1b[?25l"), "the cursor is shown"


def test_resizing_and_back(filled: Store, start: Start) -> None:
    terminal = start(SMALL)
    terminal.send("kkk")
    terminal.until_silent()
    cursor = next(line for line in terminal.text().splitlines() if line.startswith(" >"))
    for columns, rows in (WIDE, (20, 5), SMALL):
        terminal.resize(columns, rows)
        terminal.until(lambda: any(line.startswith(" >") for line in terminal.text().splitlines()))
        terminal.read_for(0.5)
    terminal.until(lambda: cursor in terminal.text())


def test_no_escape_sequence_of_an_alert_reaches_the_terminal(
    store: Store, many: Sequence[DemoAlert], start: Start
) -> None:
    ztf = [alert for alert in many if alert.survey == "ztf"]
    hostile = "\x1b]0;owned\x07\x1b[31mred\x9b2J\x1b[6n"
    receive(store, [ztf[0], renamed(ztf[1], hostile)])
    terminal = start(SMALL)
    terminal.until(lambda: "owned" in terminal.text())
    terminal.send("\t")
    terminal.until(lambda: "candidate.jd" in terminal.text())
    terminal.send("/owned\ry")
    terminal.until(lambda: "clipboard" in terminal.text())
    sent = bytes(terminal.output)
    for part in (b"\x1b]0;", b"\x1b[31mred", b"\x1b[6n", b"\x9b2J"):
        assert part not in sent
    for sequence in CONTROL.findall(sent):
        assert b"owned" not in sequence
    assert not set(CONTROL.sub(b"", sent)) & (set(range(32)) - set(b"\n\r\t\b")), "no control besides sequences"
