"""A search for a period from outside: started, listened to, and ended by whoever wants it no longer."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import msgspec

import fink_tui
from fink_tui.alerts.text import clean
from fink_tui.science.period import Failed, Found, Progress, Request

WORKER = "fink_tui.science.period_worker"
"""What is run."""

Word = Progress | Found | Failed
"""What a search says: how far it is, or at last what came of it."""


class Search:
    """A search in another process. That ends when it is ended here, and when our process is gone, however it went.

    A thread listens to it, which holds up nothing at exit: its process hears of that by the end of its input.
    """

    def __init__(self, asked: Request, told: Callable[[Word], None]) -> None:
        """Begin.

        Args:
            asked: What to search for.
            told: Called in a thread of its own; with `Found` or `Failed` once, as the last. Not after `end`.
        """
        self._asked = asked
        self._told = told
        self._lock = threading.Lock()
        self._is_ended = False
        self._process: subprocess.Popen[bytes] | None = None
        threading.Thread(target=self._run, daemon=True, name="period").start()

    def end(self) -> None:
        """End it: nothing more is told."""
        with self._lock:
            self._is_ended = True
            if self._process is not None:
                self._process.kill()

    def _run(self) -> None:
        try:
            with self._lock:
                if self._is_ended:
                    return
                process = self._process = _start()
        except OSError as error:
            self._tell(Failed(f"The search cannot be started: {error.strerror}."))
            return
        assert process.stdin is not None
        assert process.stdout is not None
        with process:
            with contextlib.suppress(OSError):  # it ended at once: its status says so
                process.stdin.write(msgspec.json.encode(self._asked) + b"\n")
                process.stdin.flush()
            last = self._listen(process)
            process.kill()
        if last is None:
            last = Failed(f"The search ended without a result (status {process.returncode}): try a smaller range.")
        self._tell(last)

    def _listen(self, process: subprocess.Popen[bytes]) -> Found | Failed | None:
        """Tell what it says, until its last word; None where it had none."""
        assert process.stdout is not None
        decoder = msgspec.json.Decoder(Word)
        for line in process.stdout:
            word = decoder.decode(line)
            if isinstance(word, Failed):
                return Failed(f"The search broke off: {clean(word.why, 300)}.")
            if isinstance(word, Found):
                return word
            self._tell(word)
        return None

    def _tell(self, word: Word) -> None:
        if not self._is_ended:
            self._told(word)


def _start() -> subprocess.Popen[bytes]:
    """Start the process.

    Raises:
        OSError: It cannot be started.
    """
    # -P: no module of the folder one happens to be in is taken for a library. One thread: the night needs the others.
    root = str(Path(fink_tui.__file__).resolve().parents[1])
    path = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
    return subprocess.Popen(
        [sys.executable, "-P", "-m", WORKER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"},
    )
