"""A file system of the test's own, of a few megabytes, that can be filled: in memory, in a mount namespace.

Only processes started inside see it; the test looks in through `/proc`. Neither root nor a disk is needed, but user
namespaces are: where the system forbids them, as some containers do, such tests are skipped with the reason.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

MEGABYTE = 1_000_000

HOLD = 'mount -t tmpfs -o "size=$1" tmpfs "$2" && echo mounted && exec cat'
"""Mount, and hold the namespace until standard input is closed."""


class SmallDisk:
    """A small file system, and the way in."""

    def __init__(self, folder: Path, size: int) -> None:
        """Mount it.

        Args:
            folder: Where processes inside see it; outside, this folder stays empty.
            size: Its size, bytes.

        Raises:
            OSError: The system does not allow it; the text says why.
        """
        self.path = folder
        command = ["unshare", "--map-root-user", "--mount", "sh", "-c", HOLD, "hold", str(size), str(folder)]
        self._holder = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert self._holder.stdout is not None
        assert self._holder.stderr is not None
        if self._holder.stdout.readline() != "mounted\n":
            reason = self._holder.stderr.read().strip()
            self.close()
            raise OSError(reason)

    def close(self) -> None:
        """Let it go; what was on it is gone."""
        self._holder.communicate()

    @property
    def enter(self) -> list[str]:
        """The beginning of a command line that is run inside."""
        target = f"--target={self._holder.pid}"
        return ["nsenter", target, "--user", "--mount", "--preserve-credentials"]

    @property
    def outside(self) -> Path:
        """Where the test sees it."""
        return Path(f"/proc/{self._holder.pid}/root{self.path}")

    def run(self, *command: str) -> str:
        """Run a command inside; returns what it printed.

        Raises:
            subprocess.CalledProcessError: It failed.
        """
        done = subprocess.run([*self.enter, *command], check=True, stdout=subprocess.PIPE, text=True, timeout=30)
        return done.stdout

    @property
    def free(self) -> int:
        """Bytes that are free."""
        disk = os.statvfs(self.outside)
        return disk.f_bavail * disk.f_frsize

    def fill(self, leave: int = 0) -> None:
        """Write a file that leaves only so much room, to the byte where that is none."""
        descriptor = os.open(self.outside / "ballast", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        try:
            if leave:
                os.posix_fallocate(descriptor, os.fstat(descriptor).st_size, self.free - leave)
                return
            for size in (1 << 20, 1 << 12, 1):
                try:
                    while True:
                        os.write(descriptor, b"x" * size)
                except OSError:
                    continue
        finally:
            os.close(descriptor)

    def make_room(self) -> None:
        """Remove that file."""
        (self.outside / "ballast").unlink()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """A file system of 64 MB, for this test alone."""
    folder = tmp_path / "disk"
    folder.mkdir()
    try:
        disk = SmallDisk(folder, 64 * MEGABYTE)
    except OSError as error:
        pytest.skip(f"No file system of its own for this test: {error}")
    try:
        yield disk
    finally:
        disk.close()
