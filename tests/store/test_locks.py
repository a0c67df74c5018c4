"""Only one receives: the lock, its holder, and its end with the holder's."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from fink_tui.store.errors import StoreError
from fink_tui.store.locks import RECEIVING, SENDING, Holder, Lock
from tests.store.making import ROOT

HOLD = """
import sys
from pathlib import Path
from fink_tui.store.locks import Lock
lock = Lock(Path(sys.argv[1]), "receiving")
print(lock.acquire("fink-tui ingest"), flush=True)
sys.stdin.read()
"""


def holding(folder: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "True\n"
    return process


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_two_processes(tmp_path: Path, how: signal.Signals) -> None:
    process = holding(tmp_path)
    lock = Lock(tmp_path, RECEIVING)
    try:
        assert not lock.acquire("fink-tui")
        assert not lock.is_held
        holder = lock.holder()
        assert holder is not None
        assert (holder.pid, holder.doing) == (process.pid, "fink-tui ingest")
        assert str(holder) == f"fink-tui ingest (process {process.pid} on {holder.host})"
    finally:
        process.send_signal(how)
        process.communicate()
    assert lock.holder() is None
    assert lock.acquire("fink-tui")
    lock.release()


def test_one_process(tmp_path: Path) -> None:
    first, second, other = Lock(tmp_path / "new", RECEIVING), Lock(tmp_path / "new", RECEIVING), Lock(tmp_path, SENDING)
    assert second.holder() is None
    assert first.acquire("a")
    assert first.acquire("again")
    assert first.is_held
    assert not second.acquire("b")
    assert other.acquire("c")
    for lock in (first, second):
        holder = lock.holder()
        assert holder is not None
        assert (holder.pid, holder.doing) == (os.getpid(), "a")
    first.release()
    first.release()
    assert first.holder() is None
    assert second.acquire("b")
    second.release()
    other.release()


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"{}", b"\xff\xfe", b'{"pid": 1, "other": 2}'])
def test_holder_that_cannot_be_read(tmp_path: Path, text: bytes) -> None:
    lock, other = Lock(tmp_path, RECEIVING), Lock(tmp_path, RECEIVING)
    assert lock.acquire("a")
    lock.path.write_bytes(text)
    assert other.holder() == Holder(0, "this machine", "another process", 0.0)
    lock.release()
    assert other.holder() is None


def test_a_full_disk_does_not_stop_the_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    lock, other = Lock(tmp_path, RECEIVING), Lock(tmp_path, RECEIVING)
    monkeypatch.setattr(os, "pwrite", full)
    assert lock.acquire("a")
    assert not other.acquire("b")
    assert other.holder() is not None
    lock.release()
    assert other.holder() is None


def test_folder_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "f").touch()
    with pytest.raises(StoreError, match=r"Opening the lock .* failed: .*(exists|directory)"):
        Lock(tmp_path / "f", RECEIVING).acquire("a")


@pytest.mark.parametrize("code", [errno.ENOLCK, errno.EOPNOTSUPP])
def test_a_file_system_without_locks_is_named_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    before = len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").exists() else 0
    monkeypatch.setattr(fcntl, "flock", refuse)
    lock = Lock(tmp_path, RECEIVING)
    with pytest.raises(StoreError, match=f"{re.escape(str(tmp_path))} has no locks .*FINK_TUI_HOME"):
        lock.acquire("a")
    assert not lock.is_held
    assert lock.holder() is None
    assert (len(os.listdir("/proc/self/fd")) if before else 0) == before
