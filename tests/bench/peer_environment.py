"""An environment of its own for fink-client: made once, with pip, and kept in the tests' cache."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import venv
from pathlib import Path

from tests.bench.processes import FailedError
from tests.kafka.broker import cache_folder

VERSION = "12.3.0"
"""Which fink-client is measured."""

INSTALL_TIMEOUT = 1800.0
"""Seconds that pip may take for it: it brings 760 MB."""


def default_folder() -> Path:
    """Where it is kept: beside Kafka's jars, by version of fink-client and of Python."""
    return cache_folder().parent / f"fink-client-{VERSION}-python{sys.version_info[0]}.{sys.version_info[1]}"


def python(folder: Path) -> Path:
    """The Python of fink-client's environment; it is made if it is not there.

    It comes into its place by one rename, so that one half made is never used.

    Raises:
        OSError: The folder cannot be made.
        FailedError: pip could not install it.
    """
    command = Path("bin", "python")
    if not (folder / command).exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".fink-client-") as temporary:
            fresh = Path(temporary, "environment")
            venv.create(fresh, with_pip=True)
            pip = [str(fresh / command), "-m", "pip", "install", "--quiet", f"fink-client=={VERSION}"]
            try:
                subprocess.run(pip, check=True, capture_output=True, text=True, timeout=INSTALL_TIMEOUT)
            except subprocess.CalledProcessError as error:
                raise FailedError(f"pip could not install fink-client {VERSION}: {error.stderr.strip()}") from error
            except subprocess.TimeoutExpired as error:
                raise FailedError(f"pip did not install fink-client {VERSION} in {INSTALL_TIMEOUT:.0f} s.") from error
            fresh.rename(folder)
    return folder / command
