"""The process that searches: it is there while somebody waits for it, and no longer."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from fink_tui.science import period, searching
from fink_tui.science.period import Found, PeriodError, Progress, Request
from tests.running import wait_for
from tests.science.stars import curve, rr_lyrae

pytest.importorskip("astropy")

QUICK = period.request(period.samples(curve(rr_lyrae, 0.5668378, 300)), 0.1, 1.2)
LONG = period.request(period.samples(curve(rr_lyrae, 0.5668378, 3000, bands="gri")), 0.02, 1000)


def children() -> set[int]:
    """The processes that this one started and has not yet waited for."""
    listed = Path(f"/proc/self/task/{os.getpid()}/children")
    if not listed.exists():
        pytest.skip("no list of child processes on this system")
    found: set[int] = set()
    for task in Path("/proc/self/task").iterdir():
        found |= {int(pid) for pid in (task / "children").read_text().split()}
    return found


def is_running(pid: int) -> bool:
    """Whether a process is there, and no mere remains of one."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def test_it_finds_what_the_search_finds_and_says_how_far_it_is() -> None:
    before, told = children(), []
    found = await searching.find_period(QUICK, told.append)
    assert isinstance(found, Found)
    assert found.best[0].period == pytest.approx(0.5668378, rel=1e-4)
    assert told[-1] == Progress(2 * found.frequencies, 2 * found.frequencies)
    assert children() == before


async def test_who_no_longer_waits_ends_it() -> None:
    before = children()
    begun = asyncio.Event()
    task = asyncio.create_task(searching.find_period(LONG, lambda _: begun.set()))
    await asyncio.wait_for(begun.wait(), 60)
    (pid,) = children() - before
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not is_running(pid)
    assert children() == before


async def test_it_is_ended_before_it_has_begun() -> None:
    before = children()
    task = asyncio.create_task(searching.find_period(LONG, lambda _: None))
    while not children() - before:
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert children() == before


async def test_a_search_that_dies_is_told() -> None:
    before = children()

    def kill(_: Progress) -> None:
        for pid in children() - before:
            os.kill(pid, signal.SIGKILL)

    with pytest.raises(PeriodError, match="ended without a result"):
        await searching.find_period(LONG, kill)
    assert children() == before


async def test_a_search_that_breaks_off_is_told() -> None:
    with pytest.raises(PeriodError, match="broke off: "):
        await searching.find_period(Request([], 0.1, 1.0), lambda _: None)


async def test_without_astropy_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "is_possible", lambda: False)
    with pytest.raises(PeriodError, match=r"pip install 'fink-tui\[period\]'"):
        await searching.find_period(QUICK, lambda _: None)


def test_it_ends_with_a_program_that_is_killed() -> None:
    """As after a crash: nobody is left who could end it."""
    program = (
        "import asyncio, sys, msgspec\n"
        "from fink_tui.science import searching\n"
        "from fink_tui.science.period import Request\n"
        "asked = msgspec.json.decode(sys.stdin.buffer.read(), type=Request)\n"
        "asyncio.run(searching.find_period(asked, lambda told: print(told.done, flush=True)))\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert parent.stdin is not None
    assert parent.stdout is not None
    with parent.stdin, parent.stdout:
        parent.stdin.write(msgspec.json.encode(LONG))
        parent.stdin.close()
        assert parent.stdout.readline() == b"0\n", "it has begun"
        (pid,) = map(int, Path(f"/proc/{parent.pid}/task/{parent.pid}/children").read_text().split())
        parent.kill()
        parent.wait()
        wait_for(lambda: not is_running(pid), "the end of the search")
