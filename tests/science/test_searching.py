"""The process that searches: it is there while somebody waits for it, and no longer."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from fink_tui.science import period
from fink_tui.science.period import Failed, Found, Progress, Request
from fink_tui.science.searching import Search, Word
from tests.running import children, wait_for
from tests.science.stars import curve, rr_lyrae

pytest.importorskip("astropy")
if not Path(f"/proc/self/task/{os.getpid()}/children").exists():
    pytest.skip("no list of child processes on this system", allow_module_level=True)

QUICK = period.request(period.samples(curve(rr_lyrae, 0.5668378, 300)), 0.1, 1.2)
LONG = period.request(period.samples(curve(rr_lyrae, 0.5668378, 3000, bands="gri")), 0.02, 1000)


def is_running(pid: int) -> bool:
    """Whether a process is there, and no mere remains of one."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


class Listener:
    """What a search said."""

    def __init__(self) -> None:
        self.words: list[Word] = []

    def __call__(self, word: Word) -> None:
        self.words.append(word)

    def last(self) -> Found | Failed:
        """Wait for its last word."""
        return wait_for(lambda: next((w for w in self.words if not isinstance(w, Progress)), None), "the last word")


def gone(before: set[int]) -> None:
    """Wait until all that was started has ended and was waited for."""
    wait_for(lambda: children() == before, "the end of the search")


def test_it_finds_what_the_search_finds_and_says_how_far_it_is() -> None:
    before, heard = children(), Listener()
    Search(QUICK, heard)
    found = heard.last()
    assert isinstance(found, Found)
    assert found.best[0].period == pytest.approx(0.5668378, rel=1e-4)
    assert heard.words[-2] == Progress(2 * found.frequencies, 2 * found.frequencies)
    gone(before)


def test_whoever_wants_it_no_longer_ends_it() -> None:
    before, heard = children(), Listener()
    search = Search(LONG, heard)
    wait_for(lambda: heard.words, "its first word")
    search.end()
    gone(before)
    assert all(isinstance(word, Progress) for word in heard.words), "nothing more is told"


def test_it_is_ended_before_it_has_begun() -> None:
    before, heard = children(), Listener()
    for _ in range(5):
        Search(LONG, heard).end()
    gone(before)
    assert heard.words == []


def test_a_search_that_dies_is_told() -> None:
    before, heard = children(), Listener()
    Search(LONG, heard)
    wait_for(lambda: heard.words, "its first word")
    for pid in children() - before:
        os.kill(pid, signal.SIGKILL)
    died = heard.last()
    assert isinstance(died, Failed)
    assert "ended without a result (status -9)" in died.why
    gone(before)


def test_a_search_that_breaks_off_is_told() -> None:
    heard = Listener()
    Search(Request([], 0.1, 1.0), heard)
    broken = heard.last()
    assert isinstance(broken, Failed)
    assert broken.why.startswith("The search broke off: ")


def test_a_search_that_cannot_be_started_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "no-such-python")
    heard = Listener()
    Search(QUICK, heard)
    refused = heard.last()
    assert isinstance(refused, Failed)
    assert refused.why == "The search cannot be started: No such file or directory."


def test_it_ends_with_a_program_that_is_killed() -> None:
    """As after a crash: nobody is left who could end it."""
    program = (
        "import sys, threading, msgspec\n"
        "from fink_tui.science import searching\n"
        "from fink_tui.science.period import Request\n"
        "asked = msgspec.json.decode(sys.stdin.buffer.read(), type=Request)\n"
        "searching.Search(asked, lambda told: print(told.done, flush=True))\n"
        "threading.Event().wait()\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert parent.stdin is not None
    assert parent.stdout is not None
    with parent.stdin, parent.stdout:
        parent.stdin.write(msgspec.json.encode(LONG))
        parent.stdin.close()
        assert parent.stdout.readline() == b"0\n", "it has begun"
        (pid,) = children(parent.pid)
        parent.kill()
        parent.wait()
        wait_for(lambda: not is_running(pid), "the end of the search")
