"""The alerts that arrived: written in batches by the one who receives, read in pages by everyone else."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from fink_tui.alerts.decode import Decoded, Refused, decode
from fink_tui.alerts.packet import Packet
from fink_tui.alerts.row import AlertRow
from fink_tui.alerts.schema import SchemaBook
from fink_tui.sky.coordinates import galactic
from fink_tui.sky.night import night_of, unix_to_mjd
from fink_tui.store import quarantine
from fink_tui.store.database import OWN_COLUMNS, ROW_COLUMNS, Database
from fink_tui.store.packets import PacketFiles, Place, Stray

PAGE = 128
"""Rows of a page."""

STRAYS_AT_ONCE = 64
"""Blocks indexed again in one transaction."""

COLUMNS = ("id", *ROW_COLUMNS, *OWN_COLUMNS)
"""Every column of an alert."""

EXPORTED = tuple(name for name in COLUMNS if name not in ("file_id", "place_offset", "place_length"))
"""The columns that mean something outside this store."""


class Position(NamedTuple):
    """How far a partition was read: the offset of the next message, in Kafka's sense."""

    topic: str
    partition: int
    next_offset: int


class Source(NamedTuple):
    """Whose messages they are: offsets mean something only within it."""

    cluster: str
    """Kafka's id of the cluster, or "" for files."""
    group: str
    """The consumer group."""


class Receipt(NamedTuple):
    """What became of a batch."""

    stored: int
    """New alerts."""
    duplicates: int
    """Alerts that were there already, and perhaps learnt a topic."""
    quarantined: int
    """Messages that are no alerts."""


class ListRow(NamedTuple):
    """The columns of an alert that the list shows."""

    id: int
    survey: str
    alert_id: str
    object_id: str
    label: str
    obs_mjd: float
    arrived_at: float
    band: str | None
    mag: float | None
    mag_err: float | None
    flux: float | None
    flux_err: float | None
    mag_change: float | None
    mag_change_err: float | None
    sparkline: str
    real_bogus: float | None
    n_detections: int
    is_positive: int | None
    topics: str
    state: str


class StoredAlert(NamedTuple):
    """An alert's whole row, and what this store knows of it."""

    id: int
    row: AlertRow
    topics: str
    night: int
    arrived_at: float
    galactic_latitude: float
    state: str
    place: Place


class Inbox:
    """Where the receiver puts alerts: one batch at a time, from any thread of the process that holds the lock."""

    def __init__(self, database: Database, files: PacketFiles, longitude: float = 0.0) -> None:
        """Make an inbox.

        Args:
            database: Where rows and positions go.
            files: Where packets go.
            longitude: The site's, degrees east: nights go from noon to noon there.
        """
        self._database = database
        self._files = files
        self._longitude = longitude
        self._reader = database.reader(shared=True)
        self._turn = threading.Lock()

    def receive(
        self,
        results: Sequence[Decoded | Refused],
        source: Source,
        positions: Sequence[Position],
        now: float,
    ) -> Receipt:
        """Keep a batch: packets first, synced; then rows, places and positions in one transaction.

        When it returns, all of it is on the disk, and the positions may be committed to Kafka. When it raises,
        nothing of it is there, and the same batch can be given again.

        Args:
            results: What became of the messages, in the order they came.
            source: Whose messages they are.
            positions: How far they reach.
            now: The time of arrival, Unix seconds.

        Raises:
            StoreError: The disk or the database refuses.
        """
        with self._turn:
            self._files.settle()  # a call that was interrupted may have reached the database all the same
            return self._receive(results, source, positions, now)

    def _receive(
        self,
        results: Sequence[Decoded | Refused],
        source: Source,
        positions: Sequence[Position],
        now: float,
    ) -> Receipt:
        fresh: dict[tuple[str, str], Decoded] = {}
        topics: dict[tuple[str, str], list[str]] = {}
        refused = [result for result in results if isinstance(result, Refused)]
        decoded = [result for result in results if isinstance(result, Decoded)]
        known = self._known({(result.row.survey, result.row.alert_id) for result in decoded})
        for result in decoded:
            identity = result.row.survey, result.row.alert_id
            topics.setdefault(identity, []).append(result.packet.topic)
            if identity not in known:
                fresh.setdefault(identity, result)
        night = night_of(unix_to_mjd(now), self._longitude)
        try:
            places = self._append(night, fresh)
            sizes = self._files.sync()

            def job(connection: sqlite3.Connection) -> int:
                file_ids = _note_files(connection, sizes)
                for identity, result in fresh.items():
                    place = places[identity]
                    self._insert(connection, result.row, topics[identity], now, place, file_ids[place.name])
                for identity in topics.keys() & known:
                    _add_topics(connection, identity, topics[identity])
                quarantined = quarantine.keep(connection, source.cluster, refused, now)
                connection.executemany(
                    "INSERT INTO position VALUES (?, ?, ?, ?, ?) "
                    "ON CONFLICT DO UPDATE SET next_offset = excluded.next_offset",
                    [(source.cluster, source.group, *position) for position in positions],
                )
                return quarantined

            quarantined = self._database.write(job)
        except Exception:
            self._files.undo()
            raise
        self._files.settle()
        return Receipt(len(fresh), len(decoded) - len(fresh), quarantined)

    def recover(self, book: SchemaBook, now: float) -> int:
        """Index what a crash left without rows; call it once, before receiving.

        The topics of such alerts are learnt when Kafka sends them again, which it does: their positions were not
        committed.

        Args:
            book: Where schemas are looked up.
            now: The time, Unix seconds.

        Returns:
            How many alerts were found.

        Raises:
            StoreError: The disk or the database refuses.
        """
        indexed: dict[str, int] = dict(self._reader.execute("SELECT name, indexed FROM packet_file").fetchall())
        found, batch = 0, list[Stray]()
        for stray in self._files.strays(indexed):
            if batch and (len(batch) >= STRAYS_AT_ONCE or batch[0].place.name != stray.place.name):
                found += self._index(batch, book, now)
                batch.clear()
            batch.append(stray)
        return found + self._index(batch, book, now)

    def _index(self, strays: Sequence[Stray], book: SchemaBook, now: float) -> int:
        if not strays:
            return 0
        results = decode([Packet("", -1, -1, stray.schema, stray.value) for stray in strays], book)
        known = self._known({(found.row.survey, found.row.alert_id) for found in results if isinstance(found, Decoded)})

        def job(connection: sqlite3.Connection) -> int:
            name, new = strays[0].place.name, 0
            file_id = _note_files(connection, {name: strays[-1].end})[name]
            for stray, result in zip(strays, results, strict=True):
                if isinstance(result, Decoded) and (result.row.survey, result.row.alert_id) not in known:
                    known.add((result.row.survey, result.row.alert_id))
                    self._insert(connection, result.row, [], now, stray.place, file_id)
                    new += 1
            return new

        return self._database.write(job)

    def position(self, source: Source, topic: str, partition: int) -> int | None:
        """How far the store has read a partition, or None where it has read nothing of it."""
        with self._turn:
            found = self._reader.execute(
                "SELECT next_offset FROM position WHERE cluster = ? AND group_id = ? AND topic = ? AND partition = ?",
                (source.cluster, source.group, topic, partition),
            ).fetchone()
        return None if found is None else int(found[0])

    def close(self) -> None:
        """Close the files and the reading connection; the database stays open."""
        self._files.close()
        self._reader.close()

    def _known(self, identities: set[tuple[str, str]]) -> set[tuple[str, str]]:
        """Those alerts, by survey and id, that have rows."""
        known: set[tuple[str, str]] = set()
        for survey in {survey for survey, _ in identities}:
            ids = [alert_id for other, alert_id in identities if other == survey]
            for start in range(0, len(ids), 500):
                some = ids[start : start + 500]
                marks = ",".join("?" * len(some))
                rows = self._reader.execute(
                    f"SELECT alert_id FROM alert WHERE survey = ? AND alert_id IN ({marks})", [survey, *some]
                )
                known.update((survey, row[0]) for row in rows)
        return known

    def _append(self, night: int, fresh: Mapping[tuple[str, str], Decoded]) -> dict[tuple[str, str], Place]:
        """Write new packets, those of a schema together."""
        groups: dict[str, list[tuple[tuple[str, str], Decoded]]] = {}
        for identity, result in fresh.items():
            groups.setdefault(result.schema.digest, []).append((identity, result))
        places: dict[tuple[str, str], Place] = {}
        for group in groups.values():
            values = [result.packet.value for _, result in group]
            found = self._files.append(night, group[0][1].schema, values)
            places |= {identity: place for (identity, _), place in zip(group, found, strict=True)}
        return places

    def _insert(
        self,
        connection: sqlite3.Connection,
        row: AlertRow,
        topics: Sequence[str],
        now: float,
        place: Place,
        file_id: int,
    ) -> None:
        own = (
            ",".join(dict.fromkeys(topic for topic in topics if topic)),
            night_of(row.obs_mjd, self._longitude),
            now,
            galactic(row.ra, row.dec)[1],
            "",
            file_id,
            place.offset,
            place.length,
        )
        connection.execute(_INSERT, (*row, *own))


_INSERT = (
    f"INSERT INTO alert ({', '.join((*ROW_COLUMNS, *OWN_COLUMNS))}) "
    f"VALUES ({', '.join('?' * (len(ROW_COLUMNS) + len(OWN_COLUMNS)))})"
)


def _note_files(connection: sqlite3.Connection, sizes: Mapping[str, int]) -> dict[str, int]:
    """Record how much of each file has rows; return the files' ids."""
    ids = {}
    for name, size in sizes.items():
        (ids[name],) = connection.execute(
            "INSERT INTO packet_file (name, indexed) VALUES (?, ?) "
            "ON CONFLICT DO UPDATE SET indexed = excluded.indexed RETURNING id",
            (name, size),
        ).fetchone()
    return ids


def _add_topics(connection: sqlite3.Connection, identity: tuple[str, str], topics: Sequence[str]) -> None:
    """Give an alert the names of further topics that it came on."""
    (before,) = connection.execute("SELECT topics FROM alert WHERE survey = ? AND alert_id = ?", identity).fetchone()
    after = ",".join(dict.fromkeys(topic for topic in [*before.split(","), *topics] if topic))
    if after != before:
        connection.execute("UPDATE alert SET topics = ? WHERE survey = ? AND alert_id = ?", (after, *identity))


# -- reading ----------------------------------------------------------------------------------------------------------


_SEARCHED = "object_id || ' ' || label || ' ' || alert_id || ' ' || topics || ' ' || coalesce(tns_name, '')"
"""What the list's find looks through."""


class Pages:
    """The alerts of a night, or all, in order of arrival: a long list read a page at a time.

    Rows are only ever added at the end, so a page that is full stays as it is but for the marks of decisions and
    the names of topics. Pages are found by the id before them, which is remembered, never by counting rows again.
    """

    def __init__(self, database: Database, night: int | None = None) -> None:
        """Open the list.

        Args:
            database: The store's.
            night: The night, YYYYMMDD, or None for all alerts.
        """
        self._connection = database.reader()
        self.night = night
        self._anchors: list[int] = [0]
        self._count = 0
        self._last = 0
        self._version = -1

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    @property
    def _where(self) -> tuple[str, tuple[int, ...]]:
        return ("night = ? AND ", (self.night,)) if self.night is not None else ("", ())

    def has_changed(self) -> bool:
        """Whether anyone, in this process or another, has written to the store since the last call."""
        (version,) = self._connection.execute("PRAGMA data_version").fetchone()
        changed = version != self._version
        self._version = version
        return bool(changed)

    def count(self) -> int:
        """How many alerts the list has now. Only those that came since the last call are counted."""
        where, values = self._where
        found, last = self._connection.execute(
            f"SELECT count(*), max(id) FROM alert WHERE {where}id > ?", (*values, self._last)
        ).fetchone()
        if found:
            self._count += found
            self._last = last
        return self._count

    def page(self, number: int) -> list[ListRow]:
        """The rows of a page, fewer than `PAGE` on the last; none beyond it."""
        where, values = self._where
        while len(self._anchors) <= number:
            behind = self._connection.execute(
                f"SELECT id FROM alert WHERE {where}id > ? ORDER BY id LIMIT 1 OFFSET ?",
                (*values, self._anchors[-1], PAGE - 1),
            ).fetchone()
            if behind is None:
                return []
            self._anchors.append(behind[0])
        rows = self._connection.execute(
            f"SELECT {', '.join(ListRow._fields)} FROM alert WHERE {where}id > ? ORDER BY id LIMIT ?",
            (*values, self._anchors[number], PAGE),
        )
        return [ListRow(*row) for row in rows]

    def index_of(self, alert: int) -> int | None:
        """Where in the list an alert is, by its id in the store, or None where it is not."""
        where, values = self._where
        before, is_there = self._connection.execute(
            f"SELECT count(*), max(id = ?) FROM alert WHERE {where}id <= ?", (alert, *values, alert)
        ).fetchone()
        return before - 1 if is_there else None

    def find(self, text: str, start: int, *, backwards: bool = False) -> int | None:
        """The next alert whose name, label, id or topic contains a text, whatever the case; round the end.

        Args:
            text: What is looked for.
            start: The id in the store from which on, itself excluded.
            backwards: Whether to look at earlier ones.

        Returns:
            Its id in the store, or None.
        """
        where, values = self._where
        order, compare = ("DESC", "<") if backwards else ("ASC", ">")
        pattern = "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        match = f"({_SEARCHED}) LIKE ? ESCAPE '\\'"
        for beyond in (f"id {compare} {int(start)} AND ", ""):
            found = self._connection.execute(
                f"SELECT id FROM alert WHERE {where}{beyond}{match} ORDER BY id {order} LIMIT 1", (*values, pattern)
            ).fetchone()
            if found is not None:
                return int(found[0])
        return None

    def undecided(self, start: int, *, backwards: bool = False) -> int | None:
        """The next alert without a decision, in the list's order.

        Args:
            start: The id in the store from which on, itself excluded.
            backwards: Whether to look at earlier ones.

        Returns:
            Its id in the store, or None.
        """
        where, values = self._where
        order, compare = ("DESC", "<") if backwards else ("ASC", ">")
        found = self._connection.execute(
            f"SELECT id FROM alert WHERE {where}id {compare} ? AND state = '' ORDER BY id {order} LIMIT 1",
            (*values, start),
        ).fetchone()
        return None if found is None else int(found[0])

    def alert(self, alert: int) -> StoredAlert | None:
        """An alert's whole row, by its id in the store, or None where it has none."""
        found = self._connection.execute(
            "SELECT alert.*, packet_file.name AS file FROM alert JOIN packet_file ON packet_file.id = file_id "
            "WHERE alert.id = ?",
            (alert,),
        ).fetchone()
        return None if found is None else _stored(found)


def _stored(found: sqlite3.Row) -> StoredAlert:
    row = AlertRow(*(found[name] for name in AlertRow._fields))
    if row.is_positive is not None:
        row = row._replace(is_positive=bool(row.is_positive))
    place = Place(found["file"], found["place_offset"], found["place_length"])
    return StoredAlert(
        found["id"],
        row,
        found["topics"],
        found["night"],
        found["arrived_at"],
        found["galactic_latitude"],
        found["state"],
        place,
    )


class Totals:
    """How much the store holds, counted on from the last time."""

    def __init__(self, database: Database) -> None:
        """Open a connection of its own; nothing is counted yet."""
        self._connection = database.reader()
        self._last = 0
        self.alerts = 0
        """Alerts in all."""
        self.quarantined = 0
        """Messages in quarantine."""
        self.newest_mjd: float | None = None
        """Observation of the newest alert, MJD, UTC."""

    def refresh(self) -> None:
        """Count what came since the last call."""
        new, last = self._connection.execute(
            "SELECT count(*), max(id) FROM alert WHERE id > ?", (self._last,)
        ).fetchone()
        if new:
            self.alerts, self._last = self.alerts + new, last
            (self.newest_mjd,) = self._connection.execute(
                "SELECT max(obs_mjd) FROM alert WHERE night = (SELECT max(night) FROM alert)"
            ).fetchone()
        (self.quarantined,) = self._connection.execute("SELECT count(*) FROM quarantine").fetchone()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def export(database: Database, columns: Sequence[str], night: int | None = None) -> Iterator[dict[str, Any]]:
    """Rows in order of arrival, for a file.

    Args:
        database: The store's.
        columns: Names out of `EXPORTED`.
        night: Only this night's, YYYYMMDD.

    Raises:
        ValueError: There is no such column.
    """
    for name in columns:
        if name not in EXPORTED:
            raise ValueError(f"there is no column {name!r}")
    where, values = ("WHERE night = ?", (night,)) if night is not None else ("", ())
    connection = database.reader()
    try:
        for row in connection.execute(f"SELECT {', '.join(columns)} FROM alert {where} ORDER BY id", values):
            yield dict(zip(columns, row, strict=True))
    finally:
        connection.close()
