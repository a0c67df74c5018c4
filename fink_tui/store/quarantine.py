"""Messages that are no alerts, kept with their bytes and the reason, so that nothing received is lost."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from fink_tui.alerts.decode import Refused
from fink_tui.store.database import Database


class Quarantined(NamedTuple):
    """A message that is no alert."""

    reason: str
    topic: str
    partition: int
    offset: int
    key: bytes
    value: bytes
    arrived_at: float


def keep(connection: sqlite3.Connection, cluster: str, refused: Sequence[Refused], now: float) -> int:
    """Put messages into quarantine, each once however often it arrives. For the writer.

    Returns:
        How many were new.
    """
    kept = 0
    for packet, reason in refused:
        kept += connection.execute(
            "INSERT OR IGNORE INTO quarantine (reason, cluster, topic, partition, offset, key, value, arrived_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (reason, cluster, packet.topic, packet.partition, packet.offset, packet.key, packet.value, now),
        ).rowcount
    return kept


def listed(database: Database) -> Iterator[Quarantined]:
    """Every message in quarantine, oldest first."""
    connection = database.reader()
    try:
        for row in connection.execute(
            "SELECT reason, topic, partition, offset, key, value, arrived_at FROM quarantine ORDER BY id"
        ):
            yield Quarantined(*row)
    finally:
        connection.close()
