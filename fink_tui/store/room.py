"""The room that receiving leaves on the disk, so that the observer's decisions can still be written."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import NamedTuple

from fink_tui.alerts.text import bytes_size
from fink_tui.store.errors import StoreFullError

FLOOR_BYTES = 500e6
"""Receiving pauses while less is free, bytes: the night's decisions, the log and other programs go on."""

FLOOR_PART = 0.02
"""On a small disk, this part of it is enough,"""

FLOOR_LEAST = 32e6
"""but not less than this, bytes: a batch of packets (16 MB) and the database's journal must fit in."""


def room(folder: Path) -> tuple[float, float]:
    """How much is free on the disk of a folder, and how much receiving leaves free there, bytes.

    Raises:
        OSError: There is no such folder.
    """
    disk = os.statvfs(folder)
    free, size = disk.f_bavail * disk.f_frsize, disk.f_blocks * disk.f_frsize
    return free, max(FLOOR_LEAST, min(FLOOR_BYTES, size * FLOOR_PART))


class Shortage(NamedTuple):
    """A disk with too little room."""

    folder: Path
    """A folder on it."""
    left: str
    """What is free, roughly."""
    enough: str
    """From what on it is enough."""


def shortage(*folders: Path) -> Shortage | None:
    """Where there is too little room for what is received; a folder that is not there yet has as much as the others."""
    for folder in folders:
        try:
            free, floor = room(folder)
        except OSError:
            continue
        if free < floor:
            return Shortage(folder, bytes_size(_roughly(free)), bytes_size(floor))
    return None


def check_room(*folders: Path) -> None:
    """See that there is room for a batch.

    Raises:
        StoreFullError: There is not.
    """
    if short := shortage(*folders):
        raise StoreFullError(
            f"Only {short.left} left on the disk of {short.folder}: receiving pauses, decisions still work. "
            f"Make room: from {short.enough} on it goes on by itself. Or keep fewer nights (keep_nights)."
        )


def check_answer_room(*folders: Path) -> None:
    """See that there is room for an answer of Fink's, or for more of it.

    Raises:
        StoreFullError: There is not: what is left is for decisions.
    """
    if short := shortage(*folders):
        raise StoreFullError(
            f"Only {short.left} left on the disk of {short.folder}: Fink's answer is not kept, decisions still "
            f"work. Make room (from {short.enough} on it goes) and ask again."
        )


def _roughly(size: float) -> float:
    """The first two digits of a size: a sentence that changed with every byte would be said again and again."""
    step = 10.0 ** max(0, math.floor(math.log10(max(1, size))) - 1)
    return size // step * step
