"""What the process that receives says of its streams, for the screens beside it: a small file in the store's folder.

It is written anew every second: its age tells whether who wrote it is still at work.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from fink_tui.store.locks import Holder
from fink_tui.store.store import Store
from fink_tui.stream.status import StreamStatus

SECONDS = 1.0
"""Between two bulletins."""

SILENT_SECONDS = 15.0
"""Who has published nothing for so long hangs, or was stopped."""

NAME = "receiving.json"


@dataclass(frozen=True)
class Bulletin:
    """What the one who receives said last."""

    pid: int
    """Its process."""
    statuses: list[StreamStatus]
    """Its streams."""


def publish(folder: Path, statuses: Sequence[StreamStatus]) -> None:
    """Say how the streams are; where the disk refuses, nothing is said.

    Args:
        folder: The store's.
        statuses: This process's streams.
    """
    path, part = folder / NAME, folder / f".{NAME}.part"
    with contextlib.suppress(OSError):
        part.write_bytes(msgspec.json.encode(Bulletin(os.getpid(), list(statuses))))
        os.replace(part, path)


def read(folder: Path, holder: Holder) -> tuple[list[StreamStatus], float]:
    """What the one who receives said last.

    Args:
        folder: The store's.
        holder: Who receives.

    Returns:
        Its streams, none where it has said nothing yet; and for how long it has been silent, seconds.
    """
    path = folder / NAME
    with contextlib.suppress(OSError, msgspec.MsgspecError):
        written = path.stat().st_mtime
        bulletin = msgspec.json.decode(path.read_bytes(), type=Bulletin)
        if bulletin.pid == holder.pid:
            return bulletin.statuses, time.time() - max(written, holder.since)
    return [], time.time() - holder.since


def beside(store: Store) -> tuple[list[StreamStatus], str]:
    """Another process that receives for a store, seen from here.

    Returns:
        Its streams, and who it is and what it means, in sentences; both empty where nobody receives.
    """
    holder = store.receiving.holder()
    if holder is None:
        return [], ""
    statuses, silent = read(store.folder, holder)
    who = f"{holder.doing} (process {holder.pid})"
    if holder.since and silent > SILENT_SECONDS:
        return [], (
            f"{who} receives, but has said nothing for {silent:.0f} s. If it hangs, end it (kill {holder.pid}): "
            "this screen then takes over."
        )
    words = dict.fromkeys(status.message for status in statuses if status.message)
    return statuses, " ".join([*words, f"{who} receives; this screen takes over when it ends."])
