"""Where in a topic reading begins."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from enum import StrEnum


class Start(StrEnum):
    """Where a partition is read from when this process first has it; afterwards it goes on where it was."""

    COMMITTED = "committed"
    """Where this group stopped; the oldest that is kept where it never read."""

    EARLIEST = "earliest"
    """The oldest that the broker keeps."""

    LATEST = "latest"
    """Only what comes from now on."""


Where = Start | datetime
"""Where reading begins: a time, with its zone, stands for the first message that is not older."""

WHERE = "committed, earliest, latest, a time back from now (-90s, -30m, -2h, -3d) or an ISO time in UTC"
"""What a user may write for it, in words."""

_BACK = re.compile(r"-(\d{1,9}(?:\.\d{1,9})?)([smhd])", re.ASCII)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def parse_where(text: str, now: datetime) -> Where:
    """Read what a user wrote for where to begin.

    Args:
        text: One of what `WHERE` names. An ISO time without a zone is UTC, a date its first moment.
        now: The present, with its zone.

    Raises:
        ValueError: It is none of them, or in the future; the text says so in a sentence.
    """
    if text in list(Start):
        return Start(text)
    try:
        if back := _BACK.fullmatch(text):
            return now - timedelta(**{_UNITS[back[2]]: float(back[1])})
        found = datetime.fromisoformat(text)
        if found.tzinfo is None:
            found = found.replace(tzinfo=UTC)
        found = found.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{text!r} is before the first year of the calendar.") from error
    except ValueError as error:
        raise ValueError(f"{text!r} is none of: {WHERE}, such as 2026-11-20T22:00.") from error
    if found > now:
        raise ValueError(f"{found:%Y-%m-%dT%H:%M:%S} UTC is in the future: it is {now:%Y-%m-%dT%H:%M:%S} UTC now.")
    return found


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
