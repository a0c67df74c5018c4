"""A search for a period from outside: started, listened to, and ended with whoever waits for it."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec

import fink_tui
from fink_tui.alerts.text import clean
from fink_tui.science.period import LACKING, Failed, Found, PeriodError, Progress, Request, is_possible

WORKER = "fink_tui.science.period_worker"
"""What is run."""


async def find_period(asked: Request, told: Callable[[Progress], None]) -> Found:
    """Search in another process. Cancelling this ends that process at once; so does the end of ours.

    Args:
        asked: What to search for.
        told: Called with how far it is.

    Raises:
        PeriodError: It cannot be done, or came to nothing.
    """
    if not is_possible():
        raise PeriodError(LACKING)
    # -P: no module of the folder one happens to be in is taken for a library. One thread: the night needs the others.
    root = str(Path(fink_tui.__file__).resolve().parents[1])
    path = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
    try:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", WORKER),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"},
        )
    except OSError as error:
        raise PeriodError(f"The search cannot be started: {error.strerror}.") from None
    try:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(msgspec.json.encode(asked) + b"\n")
            await process.stdin.drain()
        except ConnectionError:
            pass  # it ended at once: its status says so
        decoder = msgspec.json.Decoder(Progress | Found | Failed)
        async for line in process.stdout:
            message = decoder.decode(line)
            if isinstance(message, Found):
                return message
            if isinstance(message, Failed):
                raise PeriodError(f"The search broke off: {clean(message.why, 300)}.")
            told(message)
        raise PeriodError(f"The search ended without a result (status {await process.wait()}): try a smaller range.")
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
