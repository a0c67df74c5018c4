"""Batches for the store, and what is in it."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import fastavro

from fink_tui.alerts.decode import Decoded, Refused, decode
from fink_tui.alerts.packet import Packet
from fink_tui.alerts.schema import SchemaBook
from fink_tui.store.inbox import Inbox, Position, Receipt, Source
from fink_tui.store.pages import Pages, StoredAlert
from fink_tui.store.store import Store
from fink_tui.stream.demo import DemoAlert

SOURCE = Source("cluster", "group")
NOW = 1_795_000_000.0
"""The time of arrival, Unix seconds: a day of 2026."""

WITHOUT_ARRIVALS = (
    *(f"DROP INDEX alert_{name}" for name in ("arrival", "time", "found", "unnamed", "cell", "sso")),
    *(f"DROP TABLE {name}" for name in ("answer", "search")),
    "ALTER TABLE alert DROP COLUMN arrival",
    "CREATE INDEX alert_time ON alert (obs_mjd)",
    "PRAGMA user_version=4",
)
"""What makes version 4 of the tables of version 5."""

BOOK = SchemaBook()
ROOT = Path(__file__).resolve().parents[2]


def results(alerts: Sequence[DemoAlert], topic: str = "", first: int = 0) -> list[Decoded | Refused]:
    packets = [
        Packet(topic or alert.topics[0], 0, first + number, alert.key, alert.value)
        for number, alert in enumerate(alerts)
    ]
    return decode(packets, BOOK)


def refused(offset: int, topic: str = "t", partition: int = 0, value: bytes = b"x") -> Refused:
    return Refused(Packet(topic, partition, offset, b"key", value), "it is no alert")


def receive(inbox: Inbox, alerts: Sequence[DemoAlert], topic: str = "", first: int = 0) -> Receipt:
    positions = [Position("t", 0, first + len(alerts))]
    return inbox.receive(results(alerts, topic, first), SOURCE, positions, NOW)


def fill(inbox: Inbox, row: Decoded, count: int) -> None:
    """Very many alerts that differ in their id and object alone."""
    made = [row._replace(row=row.row._replace(alert_id=str(n), object_id=f"ZTF{n:05d}")) for n in range(count)]
    inbox.receive(made, SOURCE, [], NOW)


def alert_of(store: Store, number: int | None = 1) -> StoredAlert:
    """An alert by its id in the store."""
    assert number is not None
    with closing(Pages(store.database)) as pages:
        found = pages.alert(number)
    assert found is not None
    return found


def everything(store: Store) -> list[StoredAlert]:
    pages = Pages(store.database)
    try:
        ids = [row.id for number in range(pages.count() // 128 + 1) for row in pages.page(number)]
        return [found for number in ids if (found := pages.alert(number)) is not None]
    finally:
        pages.close()


def check(store: Store, alerts: Sequence[DemoAlert]) -> None:
    """Each alert is there once, its packet as it was received, and every file is plain Avro."""
    found = everything(store)
    expected = {(alert.survey, alert.alert_id): (alert.key, alert.value) for alert in alerts}
    assert sorted((one.row.survey, one.row.alert_id) for one in found) == sorted(expected)
    for one in found:
        assert store.packets.read(one.place) == expected[one.row.survey, one.row.alert_id]
    for path in files(store):
        with path.open("rb") as file:
            for _ in fastavro.reader(file):
                pass


def files(store: Store) -> list[Path]:
    return sorted((store.folder / "packets").rglob("*.avro"))


def sql(store: Store, statement: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(store.folder / "store.sqlite3")
    try:
        found = connection.execute(statement).fetchall()
        connection.commit()
        return found
    finally:
        connection.close()


def run(code: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Another process of Python, in the project's folder."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
