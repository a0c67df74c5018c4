"""The disk that a benchmark runs on."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

CHUNK = b"\x5a" * 16_000_000
"""What is written between two syncs: a batch of the program's."""

CHUNKS = 16


def file_system(folder: Path) -> str:
    """The kind of file system that a folder is on, as the kernel names it; "?" where it does not tell."""
    mounts = Path("/proc/mounts")
    if not mounts.exists():
        return "?"
    found = [line.split()[1:3] for line in mounts.read_text().splitlines()]
    holding = [(place, kind) for place, kind in found if folder.resolve().is_relative_to(place)]
    return max(reversed(holding), key=lambda mount: len(mount[0]), default=("", "?"))[1]


def writing_rate(folder: Path) -> float:
    """Bytes a second that are written and synced there, a batch at a time."""
    with tempfile.TemporaryFile(dir=folder) as file:
        os.sync()
        began = time.monotonic()
        for _ in range(CHUNKS):
            file.write(CHUNK)
            file.flush()
            os.fsync(file.fileno())
        return CHUNKS * len(CHUNK) / (time.monotonic() - began)
