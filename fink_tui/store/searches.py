"""The history of searches: what was asked, by anyone who uses this store."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from typing import NamedTuple

from fink_tui.store.database import Database

MOST = 1000
"""Lines that are remembered."""


class Searched(NamedTuple):
    """A search of before."""

    line: str
    """As it was typed."""
    asked_at: float
    """When it was asked last, Unix seconds."""
    found: int
    """How many alerts there were then."""


def note(database: Database, line: str, found: int) -> None:
    """Remember a search; one that was asked before is the last one now.

    Args:
        database: The store's.
        line: What was asked, as it was typed.
        found: How many alerts there are.

    Raises:
        StoreError: The disk or the database refuses.
    """

    def job(connection: sqlite3.Connection) -> None:
        connection.execute("DELETE FROM search WHERE line = ?", (line,))
        connection.execute(
            "INSERT INTO search (id, line, asked_at, found) SELECT coalesce(max(id), 0) + 1, ?, ?, ? FROM search",
            (line, time.time(), found),
        )
        connection.execute("DELETE FROM search WHERE id <= (SELECT max(id) FROM search) - ?", (MOST,))

    database.write(job)


def last(database: Database, n: int) -> list[Searched]:
    """The searches asked last, the last one first, each line once.

    Args:
        database: The store's.
        n: How many at most.

    Raises:
        StoreError: The store cannot be read.
    """
    with closing(database.reader()) as reader:
        rows = reader.execute("SELECT line, asked_at, found FROM search ORDER BY id DESC LIMIT ?", (n,))
        return [Searched(*row) for row in rows]
