"""What the observer decided, in a log that only grows, and the standing decision beside each alert."""

from __future__ import annotations

import getpass
import sqlite3
import time
from concurrent.futures import Future

from fink_tui.store.database import Database

SAVED = "saved"
"""The alert was written to a file of its own."""

SEND = "send"
"""The alert is to go to a receiver."""

UNDONE = "undone"
"""A decision was taken back: the last of the kind that the detail names."""


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
        detail: More of it: for a save the file, for a sending the receiver, for `UNDONE` the kind that is taken back.

    Returns:
        Done when it is on the disk; its exception is a `StoreError`.
    """
    who = observer()
    return database.submit(lambda connection: note(connection, alert, kind, detail, who), urgent=True)


def note(connection: sqlite3.Connection, alert: int, kind: str, detail: str, who: str) -> None:
    """Log a decision and let it stand, inside a transaction of the writer."""
    connection.execute(
        "INSERT INTO decision (alert, kind, decided_at, observer, detail) VALUES (?, ?, ?, ?, ?)",
        (alert, kind, time.time(), who, detail),
    )
    standing = _standing(connection, alert) if kind == UNDONE else kind
    connection.execute("UPDATE alert SET state = ? WHERE id = ?", (standing, alert))


def _standing(connection: sqlite3.Connection, alert: int) -> str:
    """The last decision that was not taken back; "" where there is none."""
    standing: list[str] = []
    for kind, detail in connection.execute("SELECT kind, detail FROM decision WHERE alert = ? ORDER BY id", (alert,)):
        if kind != UNDONE:
            standing.insert(0, kind)
        elif detail in standing:
            standing.remove(detail)
    return standing[0] if standing else ""
