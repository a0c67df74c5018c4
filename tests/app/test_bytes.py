"""What the screen costs on the way to the observer, in bytes: counted, not timed."""

from __future__ import annotations

import itertools
import os
import re
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Protocol

import pytest

from fink_tui.app.glance import LOOKED_SECONDS
from fink_tui.sky.night import unix_to_mjd
from fink_tui.store.outbox import Outbox
from fink_tui.store.outbox_pages import OutboxPages
from fink_tui.store.pages import Pages
from fink_tui.store.store import Store
from fink_tui.store.telling import tell
from fink_tui.stream.demo import DemoAlert, alerts
from tests.app.live import SMALL, WIDE, receive, renamed
from tests.app.pty_terminal import PtyTerminal
from tests.conftest import DEMO_NIGHT
from tests.running import wait_for

ROOT = Path(__file__).resolve().parents[2]

CONTROL = re.compile(rb"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[()][0-9A-B]|\x1b[=>78M]")
"""Sequences that a program sends to a terminal."""


@pytest.fixture(scope="module")
def many() -> list[DemoAlert]:
    """Alerts of the demo."""
    return list(itertools.islice(alerts(seed=2, now_mjd=DEMO_NIGHT), 500))


@pytest.fixture
def filled(store: Store, many: Sequence[DemoAlert]) -> Store:
    receive(store, many[:100])
    return store


class Start(Protocol):
    def __call__(self, size: tuple[int, int], *arguments: str, answers: bool = False) -> PtyTerminal: ...


@pytest.fixture
def start(store: Store, tmp_path: Path) -> Iterator[Start]:
    """Starts the program on the store, in a terminal of a size."""
    running: list[PtyTerminal] = []

    def start(size: tuple[int, int], *arguments: str, answers: bool = False) -> PtyTerminal:
        env = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLUMNS", "LINES")}
        env |= {"PYTHONPATH": str(ROOT), "TEXTUAL_ANIMATIONS": "none", "HOME": str(tmp_path)}
        command = [sys.executable, "-m", "tests.app.pty_app", str(store.folder), str(tmp_path / "saved"), *arguments]
        terminal = PtyTerminal(command, *size, env, answers=answers)
        running.append(terminal)
        terminal.until(lambda: " alerts · following" in terminal.text() and "quit" in terminal.text())
        if not arguments:
            terminal.until_silent()
        return terminal

    yield start
    for terminal in running:
        terminal.__exit__(None, None, None)


def test_first_picture(filled: Store, start: Start) -> None:
    assert len(start(SMALL).output) < 40_000


@pytest.mark.parametrize(("size", "budget"), [(SMALL, 300), (WIDE, 300)])
def test_idle(filled: Store, start: Start, size: tuple[int, int], budget: int) -> None:
    terminal = start(size)
    seconds = sorted(terminal.read_for(1) for _ in range(3))
    assert seconds[1] < budget, "in one of them a minute may end: then ages grow"


@pytest.mark.parametrize(("size", "budget"), [(SMALL, 1_500), (WIDE, 3_000)])
def test_of_a_minute_only_what_changes_is_sent(store: Store, start: Start, size: tuple[int, int], budget: int) -> None:
    receive(store, list(itertools.islice(alerts(seed=2, now_mjd=unix_to_mjd(time.time())), 100)))
    terminal = start(size, "minutes")
    terminal.until(lambda: "↗" in terminal.text() or "↘" in terminal.text())
    terminal.read_for(1)
    before, first = len(terminal.output), terminal.text()
    terminal.read_for(4)
    assert terminal.text().splitlines()[2:11] != first.splitlines()[2:11], "ages, altitudes"
    assert (len(terminal.output) - before) / 4 < budget


@pytest.mark.parametrize(("size", "budget"), [(SMALL, 900), (WIDE, 2_000)])
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


SLOW = 5_000
"""Bytes a second of a slow line."""


def without_clock(terminal: PtyTerminal) -> list[str]:
    """What is on the screen, but for what goes with the clock: its line, and how old alerts were when painted."""
    ages = re.compile(r"  \S+ \S+ ago| +\d+(\.\d+)?(d|h|min)(?!\w)")
    return [ages.sub("", line) for line in terminal.text().splitlines()[1:]]


def settled(*terminals: PtyTerminal) -> None:
    """Read until all is quiet, and alike."""
    first = terminals[0]

    def are_alike() -> bool:
        for terminal in terminals:
            terminal.until_silent()
        return all(without_clock(terminal) == without_clock(first) for terminal in terminals)

    wait_for(are_alike, "the same picture in all")


@pytest.mark.parametrize("answers", [True, False])
def test_keys_on_a_slow_line_are_painted_together(filled: Store, start: Start, answers: bool) -> None:
    terminals = start(SMALL, answers=answers), start(SMALL, answers=answers)
    terminals[1].rate = SLOW
    before = [len(terminal.output) for terminal in terminals]
    for _ in range(40):
        for terminal in terminals:
            terminal.send("k")
            terminal.read_for(0.025)
    settled(*terminals)
    fast, slow = (len(terminal.output) - size for terminal, size in zip(terminals, before, strict=True))
    assert slow < fast * 2 / 3


def test_following_on_a_slow_line_leaves_it_to_the_keys(filled: Store, many: Sequence[DemoAlert], start: Start) -> None:
    terminals = start(WIDE, answers=True), start(WIDE, answers=True)
    terminals[1].rate = SLOW
    before = [len(terminal.output) for terminal in terminals]
    count = 100
    while len(terminals[0].output) < before[0] + 40_000:
        receive(filled, [many[count]])
        count += 1
        for terminal in terminals:
            terminal.read_for(0.05)
    for terminal in terminals:
        terminal.until(lambda terminal=terminal: f" {count} alerts" in terminal.text())  # type: ignore[misc]
    settled(*terminals)
    fast, slow = (len(terminal.output) - size for terminal, size in zip(terminals, before, strict=True))
    assert slow < fast * 2 / 3


def test_on_a_slow_line_an_alert_that_is_not_seen_yet_is_not_sent(filled: Store, start: Start) -> None:
    terminal = start(SMALL, answers=True)
    terminal.rate = SLOW // 20  # two lines of the list are more than a second on their way
    terminal.send("k")
    terminal.read_for(LOOKED_SECONDS + 0.2)
    terminal.send("t")
    terminal.rate = 0
    terminal.until(lambda: "was shown only just now" in terminal.text())
    terminal.until_silent()
    terminal.send("t")
    terminal.until(lambda: "Queued for ourtom" in terminal.text())


def test_the_outbox_costs_nothing_while_nothing_happens(filled: Store, start: Start) -> None:
    with closing(Pages(filled.database)) as pages:
        stored = pages.alert(100)
    assert stored is not None
    Outbox(filled.database).enqueue("ourtom", tell(filled, stored).told, alert=100).result()
    terminal = start(SMALL)
    size = len(terminal.output)
    terminal.send("4")
    terminal.until(lambda: "outbox · 1 entry" in terminal.text())
    terminal.until_silent()
    assert len(terminal.output) - size < 12_000, "painted once"
    seconds = sorted(terminal.read_for(1) for _ in range(3))
    assert seconds[1] < 300
    terminal.send("1")
    terminal.until(lambda: "following" in terminal.text() or " below" in terminal.text())


def test_ten_arrivals_a_second(filled: Store, many: Sequence[DemoAlert], start: Start) -> None:
    """Out of sight, and followed: the list looks twice a second, and scrolls once, however many there are."""
    terminal = start(SMALL)
    for key, words, budget, some in (("g", " below", 5_000, many[100:130]), ("G", "following", 10_000, many[130:160])):
        terminal.send(key)
        terminal.until(lambda words=words: words in terminal.text())  # type: ignore[misc]
        terminal.until_silent()
        before, began = len(terminal.output), time.monotonic()
        for alert in some:
            receive(filled, [alert])
            terminal.read_for(0.07)
        seconds = time.monotonic() - began
        assert (len(terminal.output) - before) / max(3.0, seconds) < budget


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


def test_what_was_decided_just_before_quitting_is_kept(filled: Store, start: Start, tmp_path: Path) -> None:
    terminal = start(SMALL)
    terminal.send("stq")
    assert terminal.wait() == 0
    with closing(OutboxPages(filled.database)) as pages:
        assert [entry.alert for entry in pages.page(0)] == [100]
    assert len(list((tmp_path / "saved").iterdir())) == 1


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
    hostile = "\x1b]0;owned\x07\x1b[31mred\x9b2J\x1b[5n"
    receive(store, [ztf[0], renamed(ztf[1], hostile)])
    terminal = start(SMALL)
    terminal.until(lambda: "owned" in terminal.text())
    terminal.send("\t")
    terminal.until(lambda: "candidate.jd" in terminal.text())
    terminal.send("/owned\r")
    terminal.until(lambda: "fields with “owned”" in terminal.text())
    terminal.send("y")
    terminal.until(lambda: "clipboard" in terminal.text())
    sent = bytes(terminal.output)
    for part in (b"\x1b]0;", b"\x1b[31mred", b"\x1b[5n", b"\x9b2J"):
        assert part not in sent
    for sequence in CONTROL.findall(sent):
        assert b"owned" not in sequence
    assert not set(CONTROL.sub(b"", sent)) & (set(range(32)) - set(b"\n\r\t\b")), "no control besides sequences"
