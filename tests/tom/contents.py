"""What a TOM's database holds, read without its API: the truth that a test compares with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class StoredDatum:
    """One photometric point in the database, in the words of 2.x whichever version it is."""

    time: datetime
    filter: str
    magnitude: float | None = None
    error: float | None = None
    limit: float | None = None
    telescope: str = ""
    source_name: str = ""
    source_location: str = ""


@dataclass(frozen=True)
class StoredTarget:
    """One target in the database; `users` and `groups` are those that have a right of their own to it."""

    id: int
    name: str
    type: str
    ra: float | None
    dec: float | None
    epoch: float | None
    aliases: tuple[str, ...]
    tags: tuple[tuple[str, str], ...]
    lists: tuple[str, ...]
    users: tuple[str, ...]
    groups: tuple[str, ...]
    datums: tuple[StoredDatum, ...]


@dataclass(frozen=True)
class StoredList:
    """One target list in the database, and the names of the targets in it."""

    name: str
    members: tuple[str, ...]


@dataclass(frozen=True)
class Contents:
    """The truth: what the database holds, whatever the API says of it; oldest first."""

    targets: tuple[StoredTarget, ...]
    lists: tuple[StoredList, ...]

    def target(self, name: str) -> StoredTarget:
        """The only target of that name."""
        (found,) = (target for target in self.targets if target.name == name)
        return found
