"""Writing to a terminal that is slow, full, shared or gone."""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from fink_tui import terminal
from fink_tui.terminal import _Output, diverted


@pytest.fixture
def pty() -> Iterator[tuple[int, int]]:
    """Both ends of a pseudo-terminal; a test may have closed the first."""
    master, slave = os.openpty()
    os.set_blocking(master, True)
    yield master, slave
    for descriptor in (master, slave):
        if descriptor == slave or os.path.exists(f"/proc/self/fd/{master}"):
            os.close(descriptor)


def test_all_of_it_arrives_however_slowly_it_is_read(pty: tuple[int, int]) -> None:
    master, slave = pty
    sent = b"".join(b"%06d " % number for number in range(30_000))
    got = bytearray()

    def read() -> None:
        while len(got) < len(sent):
            got.extend(os.read(master, 100))

    reader = threading.Thread(target=read)
    reader.start()
    with _Output(slave) as output:
        assert output.write(sent) == len(sent)
    reader.join(30)
    assert bytes(got) == sent
    assert os.get_blocking(slave), "the terminal of others is as it was"


def test_a_terminal_that_is_gone_takes_everything(pty: tuple[int, int]) -> None:
    master, slave = pty
    with _Output(slave) as output:
        os.close(master)
        assert output.write(b"x" * 100_000) == 100_000


def test_a_terminal_that_takes_nothing_is_given_up_when_the_program_ends(
    pty: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terminal, "LEAVING_SECONDS", 0.1)
    _, slave = pty
    with _Output(slave) as output:
        writer = threading.Thread(target=output.write, args=(b"x" * 1_000_000,))
        writer.start()
        writer.join(0.3)
        assert writer.is_alive(), "else it waits for no one"
        output.let_go()
        writer.join(30)
        assert not writer.is_alive()


def test_diverted(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    log_file = tmp_path / "logs" / "log"
    with diverted(log_file, ascii_only=True):
        os.write(2, b"a native library\n")
        logging.getLogger("fink_tui.test").warning("one of ours")
        assert sys.__stderr__ is not None
        sys.__stderr__.write("a picture … ▁\n")
        terminal.let_go()
    os.write(2, b"afterwards\n")
    assert capfd.readouterr().err == "a picture ~ _\nafterwards\n"
    text = log_file.read_text()
    assert "a native library\n" in text
    assert "WARNING fink_tui.test: one of ours" in text
