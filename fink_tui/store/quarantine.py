"""Messages that are no alerts, kept with their bytes and the reason, so that nothing received is lost."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from fink_tui.alerts.decode import Refused
from fink_tui.alerts.packet import Packet
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


def keep(connection: sqlite3.Connection, cluster: str, refused: Sequence[Refused], now: float) -> None:
    """Put messages into quarantine, each once however often it arrives. For the writer."""
    for packet, reason in refused:
        connection.execute(
            "INSERT OR IGNORE INTO quarantine (reason, cluster, topic, partition, offset, key, value, arrived_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (reason, cluster, packet.topic, packet.partition, packet.offset, packet.key, packet.value, now),
        )


def release(connection: sqlite3.Connection, cluster: str, packets: Sequence[Packet]) -> None:
    """Let go of messages that can be read now, as with a schema file they could not be without. For the writer."""
    if connection.execute("SELECT 1 FROM quarantine LIMIT 1").fetchone() is not None:
        connection.executemany(
            "DELETE FROM quarantine WHERE cluster = ? AND topic = ? AND partition = ? AND offset = ?",
            [(cluster, packet.topic, packet.partition, packet.offset) for packet in packets],
        )


def reasons(database: Database) -> list[tuple[str, int]]:
    """The reasons for which messages are in quarantine, and how many there are for each; most first."""
    connection = database.reader()
    try:
        rows = connection.execute("SELECT reason, count(*) FROM quarantine GROUP BY reason ORDER BY 2 DESC, 1 LIMIT 10")
        return [(str(reason), int(number)) for reason, number in rows]
    finally:
        connection.close()


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
