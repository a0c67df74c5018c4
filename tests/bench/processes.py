"""A program measured from outside: its time, its processor time, its memory."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from typing import NamedTuple

_RSS_UNIT = 1 if sys.platform == "darwin" else 1024
"""Bytes in the unit of `ru_maxrss`."""


class Measured(NamedTuple):
    """What a process took."""

    seconds: float
    """From its start to its end."""

    cpu_seconds: float
    """Of the processors, in the program and in the kernel for it, by all its threads."""

    peak_bytes: int
    """The most memory it had resident. Never less than this process has had: a child begins as its copy."""

    stdout: str
    """What it wrote."""


class FailedError(RuntimeError):
    """A measured program failed; the message has its last words."""


def measure(command: Sequence[str], environment: Mapping[str, str], seconds: float) -> Measured:
    """Run a program to its end.

    What others have left to be written to the disk is written first.

    Args:
        command: Its command line.
        environment: Its whole environment.
        seconds: When to kill it.

    Raises:
        FailedError: It ended with another status than 0, or was killed.
    """
    os.sync()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        began = time.monotonic()
        process = subprocess.Popen(command, env=dict(environment), stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        alarm = threading.Timer(seconds, process.kill)
        alarm.start()
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            process.wait()
            raise
        finally:
            alarm.cancel()
        took = time.monotonic() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        words = err.read().decode(errors="replace")
        if process.returncode:
            last = "\n".join(words.strip().splitlines()[-10:])
            raise FailedError(f"{' '.join(command)} ended with {process.returncode} after {took:.0f} s.\n{last}")
        return Measured(
            took, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * _RSS_UNIT, out.read().decode(errors="replace")
        )


def own_peak_bytes() -> int:
    """The most memory that this process has had resident: below it, `Measured.peak_bytes` says nothing."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _RSS_UNIT
