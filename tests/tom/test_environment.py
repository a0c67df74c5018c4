"""The environments of the TOMs: made once, whole, and only where that was asked for. None is made here."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO

import pytest

from tests import fixtures_tom
from tests.running import DEADLINE, wait_for
from tests.tom import environment as module
from tests.tom.environment import VERSIONS, NotMadeError, TomError, environment_folder, find_python, tom_python

ROOT = Path(__file__).parents[2]


def test_an_environment_that_is_not_there_is_not_made_unasked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv(fixtures_tom.REQUIRE, raising=False)

    with pytest.raises(NotMadeError, match=r"TOM Toolkit 3\.1\.0 is not in the tests' cache yet"):
        tom_python("3.1.0", make=False)
    with pytest.raises(pytest.skip.Exception, match="FINK_TUI_REQUIRE_TOM=1 has it made"), fixtures_tom.running("3.1"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_an_environment_that_cannot_be_made_fails_where_it_is_required(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv(fixtures_tom.REQUIRE, "1")
    (tmp_path / "fink-tui-tests").touch()

    wanted = pytest.raises(pytest.fail.Exception, match="REQUIRE_TOM=1, but a TOM cannot be had")
    with wanted, fixtures_tom.running("3.1"):
        pass


def test_an_environment_half_made_is_made_anew_and_then_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder = environment_folder("3.1.0", find_python()[1])
    folder.mkdir(parents=True)
    (folder / "half").touch()
    calls: list[list[str]] = []

    def run(version: str, lock: IO[str], command: list[str]) -> None:
        calls.append(command)
        (folder / "bin").mkdir(parents=True, exist_ok=True)
        (folder / "bin" / "python").touch()

    monkeypatch.setattr(module, "_run", run)

    python = tom_python("3.1.0", make=True)

    assert not (folder / "half").exists()
    assert [command[1:3] for command in calls] == [["-m", "venv"], ["-m", "pip"]]
    assert calls[1][-1] == "tomtoolkit==3.1.0"
    assert tom_python("3.1.0", make=True) == python
    assert len(calls) == 2

    python.unlink()  # as when the Python that it leads to is gone
    assert tom_python("3.1.0", make=True) == python
    assert len(calls) == 4


def test_two_runs_at_once_make_an_environment_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder = environment_folder("3.1.0", find_python()[1])
    calls: list[list[str]] = []
    second_waits = threading.Event()

    def run(version: str, lock: IO[str], command: list[str]) -> None:
        calls.append(command)
        assert second_waits.wait(DEADLINE)
        (folder / "bin").mkdir(parents=True, exist_ok=True)
        (folder / "bin" / "python").touch()

    class Pause(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            second_waits.set()
            return super().wait(0.01)

    monkeypatch.setattr(module, "_run", run)
    monkeypatch.setattr(module, "_pause", Pause())
    found: list[Path] = []
    runs = [threading.Thread(target=lambda: found.append(tom_python("3.1.0", make=True))) for _ in range(2)]
    for one in runs:
        one.start()
    for one in runs:
        one.join()

    assert found == [folder / "bin" / "python"] * 2
    assert len(calls) == 2


def test_the_lock_lasts_as_long_as_pip_even_if_the_run_is_killed(tmp_path: Path) -> None:
    script = """
import sys
from pathlib import Path
from tests.tom.environment import _locked, _run
with _locked(Path(sys.argv[1], "lock")) as lock:
    _run("3.1.0", lock, ["cat", sys.argv[1] + "/fifo"])
"""
    os.mkfifo(tmp_path / "fifo")
    run = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], cwd=ROOT)
    with (tmp_path / "fifo").open("w"):  # opens when `cat` does
        run.kill()
        run.wait()
        assert not lockable(tmp_path / "lock")

    wait_for(lambda: lockable(tmp_path / "lock"), "the lock")


def lockable(path: Path) -> bool:
    """Whether nobody holds a lock."""
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def test_a_failed_pip_is_a_sentence_with_its_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(module, "find_python", lambda: ("false", "3.11"))

    with pytest.raises(TomError, match=r"TOM Toolkit 3\.1\.0 could not be made"):
        tom_python("3.1.0", make=True)
    with pytest.raises(NotMadeError):
        tom_python("3.1.0", make=False)


def test_a_python_that_the_toolkit_cannot_run_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PYTHONS", ((3, 9),))
    monkeypatch.setenv("PATH", "")

    with pytest.raises(TomError, match=r"needs Python 3\.10 to 3\.13"):
        find_python()
    assert VERSIONS == {"3.1": "3.1.0", "2.32": "2.32.4"}
