"""What the observer decided, in a log that only grows, and the standing decision beside each alert."""

from __future__ import annotations

import getpass
import sqlite3
import time
from concurrent.futures import Future

from fink_tui.store.database import Database

SAVED = "saved"
"""The alert was written to a file of its own."""


def observer() -> str:
    """Who decides: the name of the login."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a login without a name
        return "unknown"


def decide(database: Database, alert: int, kind: str, detail: str = "") -> Future[None]:
    """Log a decision and let it stand, in one transaction ahead of arriving alerts.

    Args:
        database: The store's.
        alert: The alert, by its id in the store.
        kind: The decision, such as `SAVED`.
        detail: More of it: for a save, the file.

    Returns:
        Done when it is on the disk; its exception is a `StoreError`.
    """
    now, who = time.time(), observer()

    def job(connection: sqlite3.Connection) -> None:
        connection.execute(
            "INSERT INTO decision (alert, kind, decided_at, observer, detail) VALUES (?, ?, ?, ?, ?)",
            (alert, kind, now, who, detail),
        )
        connection.execute("UPDATE alert SET state = ? WHERE id = ?", (kind, alert))

    return database.submit(job, urgent=True)
