"""Where in a topic reading begins."""

from __future__ import annotations

from enum import StrEnum


class Start(StrEnum):
    """Where a partition is read from when this process first has it; afterwards it goes on where it was."""

    COMMITTED = "committed"
    """Where this group stopped; the oldest that is kept where it never read."""

    EARLIEST = "earliest"
    """The oldest that the broker keeps."""

    LATEST = "latest"
    """Only what comes from now on."""


def first_offset(committed: int | None, stored: int | None) -> int | None:
    """Where to begin when the group's own position is asked for.

    Kafka's word is behind the store's after a crash between the two, and ahead of it where an older store was put
    back: the smaller of the two loses nothing, and what is read twice is kept once. Without Kafka's word the
    store's is not trusted either: a topic that was deleted and made again begins at 0, and Kafka drops its
    positions with it.

    Args:
        committed: The group's offset in Kafka, or None where it has none.
        stored: The next offset by this store, or None where it has none.

    Returns:
        The offset, or None for the oldest that is kept.
    """
    if committed is None:
        return None
    return committed if stored is None else min(committed, stored)
