"""The two things that only one process at a time may do for a store: receive alerts, and send them on.

A lock is `flock` on a file, so the system frees it when its holder dies, however it dies. The file says who holds it.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import socket
import time
from pathlib import Path
from typing import NamedTuple

from fink_tui.store.errors import StoreError, store_error

RECEIVING = "receiving"
SENDING = "sending"

ATTEMPTS, PAUSE = 3, 0.01
"""How often a lock is tried, and seconds between: asking who holds one takes it for an instant."""


class Holder(NamedTuple):
    """Who holds a lock."""

    pid: int
    host: str
    doing: str
    """What program it is, such as "fink-tui ingest"."""
    since: float
    """Unix seconds."""

    def __str__(self) -> str:
        return f"{self.doing} (process {self.pid} on {self.host})"


class Lock:
    """One of the store's locks."""

    def __init__(self, folder: Path, name: str) -> None:
        """Name a lock; nothing is taken yet.

        Args:
            folder: The store's folder.
            name: `receiving` or `sending`.
        """
        self.path = folder / f"{name}.lock"
        self._descriptor: int | None = None

    @property
    def is_held(self) -> bool:
        """Whether this process holds it through this object."""
        return self._descriptor is not None

    def acquire(self, doing: str) -> bool:
        """Take the lock if nobody has it.

        Args:
            doing: What this process is, for those who find the lock taken.

        Returns:
            Whether it is ours now.

        Raises:
            StoreError: The file cannot be opened, or its file system has no locks.
        """
        if self._descriptor is not None:
            return True
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise store_error(error, f"opening the lock {self.path}") from error
        for attempt in range(ATTEMPTS):
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if attempt == ATTEMPTS - 1:
                    os.close(descriptor)
                    return False
                time.sleep(PAUSE)
            except OSError as error:
                os.close(descriptor)
                raise StoreError(
                    f"The file system of {self.path.parent} has no locks ({error.strerror}): two programs could spoil "
                    "each other's files there. Set FINK_TUI_HOME to a folder on a local disk."
                ) from error
        self._descriptor = descriptor
        holder = Holder(os.getpid(), socket.gethostname(), doing, time.time())
        with contextlib.suppress(OSError):  # on a full disk the lock holds, and others read "another process"
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, json.dumps(holder._asdict()).encode(), 0)
        return True

    def holder(self) -> Holder | None:
        """Who holds the lock, as far as the file can tell; None where nobody does."""
        if self._descriptor is None:
            with contextlib.suppress(OSError):  # there is none, or it cannot be looked at
                probe = os.open(self.path, os.O_RDWR | os.O_CLOEXEC)
                try:
                    fcntl.flock(probe, fcntl.LOCK_SH | fcntl.LOCK_NB)
                except BlockingIOError:
                    return self._read()
                finally:
                    os.close(probe)
            return None
        return self._read()

    def _read(self) -> Holder:
        try:
            return Holder(**json.loads(self.path.read_bytes()))
        except (OSError, ValueError, TypeError):
            return Holder(0, "this machine", "another process", 0.0)

    def release(self) -> None:
        """Give the lock back; where it is not ours, do nothing."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
