"""A Python environment with TOM Toolkit in it, one for each version: made once with pip, and kept in the tests' cache.

The toolkit pins many packages, and weighs about a gigabyte with them, so it never comes into our own environment.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from tests.cache import cache_base

VERSIONS: Mapping[str, str] = {"3.1": "3.1.0", "2.32": "2.32.4"}
"""The versions that are tested: the last of each line that observatories run."""

PYTHONS = ((3, 13), (3, 12), (3, 11), (3, 10))
"""The Pythons that both versions may run on (their metadata: Requires-Python >=3.10, <3.14), newest first."""

MAKE_TIMEOUT = 1500.0
"""Seconds that making an environment, or waiting for another run that makes it, may take."""

PACE = 0.5
"""Seconds between two looks at whether another run has made it."""


_pause = threading.Event()
"""Never set."""


class TomError(RuntimeError):
    """A TOM, or the environment that it needs, cannot be had; the message is a sentence that says why."""


class NotMadeError(TomError):
    """The environment has not been made yet."""


def find_python() -> tuple[str, str]:
    """A Python that the toolkit runs on: this one, or the newest such on the PATH.

    Returns:
        The command, and its version, such as `3.11`.

    Raises:
        TomError: There is none.
    """
    own = sys.version_info[:2]
    if own in PYTHONS:
        return sys.executable, "{}.{}".format(*own)
    for version in ("{}.{}".format(*python) for python in PYTHONS):
        if command := shutil.which(f"python{version}"):
            return command, version
    raise TomError(
        f"TOM Toolkit needs Python 3.10 to 3.13: this is {own[0]}.{own[1]}, and no other was found on the PATH."
    )


def environment_folder(version: str, python: str) -> Path:
    """Where an environment is kept: named by what is in it, so that a change of either is another folder."""
    said = hashlib.sha256(f"{_requirement(version)} python{python}".encode()).hexdigest()[:12]
    return cache_base() / f"tom-{version}-{said}"


def tom_python(version: str, *, make: bool) -> Path:
    """The Python of a version's environment.

    An environment cannot be moved, so it is made in its place, under a lock; a file that is written last says that it
    is whole. One that a killed run left half made is made anew.

    Args:
        version: The toolkit's, such as `3.1.0`.
        make: Whether to make it if it is not there.

    Raises:
        NotMadeError: It is not there, and was not to be made.
        TomError: It cannot be made.
    """
    command, python_version = find_python()
    folder = environment_folder(version, python_version)
    python, whole = folder / "bin" / "python", folder / "whole"
    if whole.exists() and python.exists():  # the latter is a link to a Python that may have gone
        return python
    if not make:
        raise NotMadeError(f"TOM Toolkit {version} is not in the tests' cache yet ({folder}).")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _locked(folder.with_name(f"{folder.name}.lock")) as lock:
            if not (whole.exists() and python.exists()):  # else another run has made it meanwhile
                shutil.rmtree(folder, ignore_errors=True)
                _run(version, lock, [command, "-m", "venv", str(folder)])
                _run(version, lock, [str(python), "-m", "pip", "install", "--quiet", _requirement(version)])
                (folder / "home").mkdir(exist_ok=True)
                whole.touch()
    except OSError as error:
        raise TomError(f"The environment of TOM Toolkit {version} could not be made: {error}.") from error
    return python


def _requirement(version: str) -> str:
    return f"tomtoolkit=={version}"


@contextmanager
def _locked(path: Path) -> Iterator[IO[str]]:
    """Hold a lock that ends with the processes that hold it, however they end."""
    deadline = time.monotonic() + MAKE_TIMEOUT
    with path.open("w") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise TomError(f"Another run has held {path} for {MAKE_TIMEOUT:.0f} s.") from None
            _pause.wait(PACE)
        yield lock


def _run(version: str, lock: IO[str], command: list[str]) -> None:
    try:
        subprocess.run(
            command,
            check=True,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=MAKE_TIMEOUT,
            env={name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))},
            pass_fds=[lock.fileno()],  # the lock lasts as long as pip does, even if this process is killed
        )
    except subprocess.CalledProcessError as error:
        said = "\n".join(error.stderr.strip().splitlines()[-15:])
        raise TomError(f"The environment of TOM Toolkit {version} could not be made: {said}") from error
    except subprocess.TimeoutExpired as error:
        raise TomError(f"The environment of TOM Toolkit {version} was not made in {MAKE_TIMEOUT:.0f} s.") from error


if __name__ == "__main__":
    for number in VERSIONS.values():
        print(tom_python(number, make=True), flush=True)
