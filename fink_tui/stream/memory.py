"""Memory that is given back: batches are large, and pass through many threads."""

from __future__ import annotations

import contextlib
import ctypes

M_ARENA_MAX = -8
"""glibc's name for the setting (malloc.h)."""

ARENAS = 2


def share_arenas() -> bool:
    """Have glibc keep freed memory in few places for all threads, instead of several for each processor.

    librdkafka, polars and our own threads free what others allocated; with an arena of its own each keeps the most it
    ever held. A backlog of LSST then takes 780 MB, and so 340. Only arenas made later are spared: call it before the
    threads start.

    Returns:
        Whether the C library knows such a setting; others have no such arenas.
    """
    with contextlib.suppress(OSError, AttributeError):
        return bool(ctypes.CDLL(None).mallopt(M_ARENA_MAX, ARENAS))
    return False
