"""The way in for alerts: packets, rows and positions, written in batches by the one who receives."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Mapping, Sequence, Set
from contextlib import closing
from typing import Any, NamedTuple

from fink_tui.alerts.decode import Decoded, Refused, decode
from fink_tui.alerts.packet import Packet
from fink_tui.alerts.row import AlertRow
from fink_tui.alerts.schema import SchemaBook
from fink_tui.sky.coordinates import galactic
from fink_tui.sky.night import night_of, unix_to_mjd
from fink_tui.store import quarantine
from fink_tui.store.database import Database
from fink_tui.store.errors import StoreFullError
from fink_tui.store.found import give_ids
from fink_tui.store.outbox import adopt
from fink_tui.store.packets import (
    ANSWERS,
    KEPT,
    REMOVED,
    PacketError,
    PacketFiles,
    PacketReader,
    PacketRemovedError,
    Place,
    Stray,
)
from fink_tui.store.room import check_room
from fink_tui.store.tables import FOUND, OWN_COLUMNS, ROW_COLUMNS

STRAYS_AT_ONCE = 64
"""Blocks indexed again in one transaction."""


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
    """The consumer group, or "" for a replay, which moves no position."""


class Receipt(NamedTuple):
    """What became of a batch."""

    stored: int
    """New alerts, those among them that a search had found before."""
    duplicates: int
    """Alerts that had arrived already, and perhaps learnt a topic."""
    quarantined: int
    """Messages that are no alerts."""


class Inbox:
    """Where the receiver puts alerts: one batch at a time, from any thread of the process that holds the lock."""

    def __init__(
        self, database: Database, files: PacketFiles, longitude: float = 0.0, *, leaves_room: bool = False
    ) -> None:
        """Make an inbox.

        Args:
            database: Where rows and positions go.
            files: Where packets go.
            longitude: The site's, degrees east: nights go from noon to noon there.
            leaves_room: Whether it takes nothing where that would leave too little room for decisions.
        """
        self._leaves_room = leaves_room
        self._database = database
        self._files = files
        self._packets = PacketReader(files.folder)
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
            StoreFullError: There is too little room on the disk: what is left is for decisions.
            StoreError: The disk or the database refuses.
        """
        with self._turn:
            self._files.settle()  # a call that was interrupted may have reached the database all the same
            if self._leaves_room:
                check_room(self._database.path.parent, self._files.folder)
            self._forget(self._files.lost())
            try:
                return self._receive(results, source, positions, now)
            except StoreFullError as error:
                raise StoreFullError(f"{error} Alerts wait at the broker; then it goes on by itself.") from error

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
        spoilt = self._spoilt(decoded, known, source)
        night = night_of(unix_to_mjd(now), self._longitude)
        try:
            places = self._append(night, fresh | spoilt)
            sizes = self._files.sync()

            def job(connection: sqlite3.Connection) -> None:
                file_ids = note_files(connection, sizes)
                give_ids(connection, [result.row for result in fresh.values()])
                new = [
                    self._columns(result.row, topics[identity], now, places[identity], file_ids[places[identity].name])
                    for identity, result in fresh.items()
                ]
                _insert(connection, new)
                for identity, result in spoilt.items():
                    place = places[identity]
                    self._mend(connection, result.row, place, file_ids[place.name])
                for identity in topics.keys() & known:
                    _add_topics(connection, identity, topics[identity])
                quarantine.keep(connection, source.cluster, refused, now)
                quarantine.release(connection, source.cluster, [result.packet for result in decoded])
                connection.executemany(
                    "INSERT INTO position VALUES (?, ?, ?, ?, ?) "
                    "ON CONFLICT DO UPDATE SET next_offset = excluded.next_offset",
                    [(source.cluster, source.group, *position) for position in positions],
                )

            self._database.write(job)
        except Exception:
            self._files.undo()
            raise
        self._files.settle()
        return Receipt(len(fresh), len(decoded) - len(fresh), len(refused))

    def recover(self, book: SchemaBook, now: float) -> int:
        """Index what a crash left without rows; call it once, before receiving.

        The topics of such alerts are learnt when Kafka sends them again, which it does: their positions were not
        committed. Files that are gone are forgotten; where one comes back, as from a backup, its alerts have their
        packets again. What an older version of the program, still running, received meanwhile is put in its place.

        Args:
            book: Where schemas are looked up.
            now: The time, Unix seconds.

        Returns:
            How many alerts were found.

        Raises:
            StoreError: The disk or the database refuses.
        """
        self._database.write(_number_arrivals)
        known = self._reader.execute(
            "SELECT name, indexed FROM packet_file WHERE name NOT LIKE ? AND name NOT LIKE ?",
            (f"{REMOVED}%", f"{ANSWERS}%"),
        )
        indexed: dict[str, int] = dict(known.fetchall())
        missing = [name for name in indexed if not (self._files.folder / name).exists()]
        self._forget(missing)
        for name in missing:
            del indexed[name]
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
        found = {
            stray.place
            for stray, result in zip(strays, results, strict=True)
            if isinstance(result, Decoded) and self._is_wanted(result.row, stray)
        }

        def job(connection: sqlite3.Connection) -> int:
            name, new, moved = strays[0].place.name, list[tuple[Any, ...]](), list[tuple[Any, ...]]()
            file_id = note_files(connection, {name: strays[-1].end})[name]
            give_ids(connection, [result.row for result in results if isinstance(result, Decoded)])
            for stray, result in zip(strays, results, strict=True):
                if not isinstance(result, Decoded):
                    continue
                identity = result.row.survey, result.row.alert_id
                if identity not in known:
                    known.add(identity)
                    new.append(self._columns(result.row, [], now, stray.place, file_id))
                elif stray.place in found:
                    moved.append((file_id, stray.place.offset, stray.place.length, *identity))
            _insert(connection, new)
            connection.executemany(_MOVE, moved)
            return len(new)

        return self._database.write(job)

    def _is_wanted(self, row: AlertRow, stray: Stray) -> bool:
        """Whether an alert that is known has its packet here from now on.

        Its own may be gone; or this is a copy to the kept file, and a crash came before the row was told. A loss of
        power may have spoilt that copy, so it must be the same.
        """
        place = self._reader.execute(
            "SELECT name, place_offset, place_length FROM alert JOIN packet_file ON packet_file.id = file_id "
            "WHERE survey = ? AND alert_id = ? AND arrival IS NOT NULL",
            (row.survey, row.alert_id),
        ).fetchone()
        if place is None or place["name"].startswith(KEPT):
            return False
        if place["name"].startswith(REMOVED):
            return True
        try:
            return stray.place.name.startswith(KEPT) and self._packets.read(Place(*place))[1] == stray.value
        except PacketError:
            return True

    def _forget(self, names: Sequence[str]) -> None:
        """Note that files are gone: their names are free, and nothing that follows is taken for what was in them."""
        if names:
            self._database.write(lambda connection: forget_files(connection, names))

    def position(self, source: Source, topic: str, partition: int) -> int | None:
        """How far the store has read a partition, or None where it has read nothing of it."""
        with closing(self._database.reader()) as reader:  # its own: a slow disk may hold up the turn for long
            found = reader.execute(
                "SELECT next_offset FROM position WHERE cluster = ? AND group_id = ? AND topic = ? AND partition = ?",
                (source.cluster, source.group, topic, partition),
            ).fetchone()
        return None if found is None else int(found[0])

    def close(self) -> None:
        """Close the files and the reading connection; the database stays open."""
        self._files.close()
        self._reader.close()

    def _known(self, identities: set[tuple[str, str]]) -> set[tuple[str, str]]:
        """Those alerts, by survey and id, that have arrived."""
        known: set[tuple[str, str]] = set()
        for survey in {survey for survey, _ in identities}:
            ids = [alert_id for other, alert_id in identities if other == survey]
            for start in range(0, len(ids), 500):
                some = ids[start : start + 500]
                marks = ",".join("?" * len(some))
                rows = self._reader.execute(
                    f"SELECT alert_id FROM alert WHERE survey = ? AND alert_id IN ({marks}) AND arrival IS NOT NULL",
                    [survey, *some],
                )
                known.update((survey, row[0]) for row in rows)
        return known

    def _spoilt(
        self, decoded: Sequence[Decoded], known: Set[tuple[str, str]], source: Source
    ) -> dict[tuple[str, str], Decoded]:
        """Those of a batch that are known by a packet that a loss of power has spoilt, or that a replay brings back.

        Only what was indexed by `recover` can be spoilt: it has no topic until it is sent again. What a broker sends
        is right then; what files hold may differ without being better, as where another program encoded it. Packets
        of old nights that were removed come back when they are asked for, by a replay, not by being sent again.
        """
        spoilt: dict[tuple[str, str], Decoded] = {}
        for result in decoded:
            identity = result.row.survey, result.row.alert_id
            if identity not in known or identity in spoilt:
                continue
            found = self._reader.execute(
                "SELECT name, place_offset, place_length FROM alert JOIN packet_file ON packet_file.id = file_id "
                "WHERE survey = ? AND alert_id = ? AND (topics = '' OR (? AND name LIKE ?))",
                (*identity, not source.group, f"{REMOVED}%"),
            ).fetchone()
            if found is None:
                continue
            try:
                _, kept = self._packets.read(Place(*found))
            except PacketRemovedError:  # on purpose
                if not source.group:
                    spoilt[identity] = result
            except PacketError:
                spoilt[identity] = result
            else:
                if source.cluster and kept != result.packet.value:
                    spoilt[identity] = result
        return spoilt

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

    def _columns(self, row: AlertRow, topics: Sequence[str], now: float, place: Place, file_id: int) -> tuple[Any, ...]:
        """What `_INSERT` wants of an alert that arrives."""
        return (
            *row,
            ",".join(dict.fromkeys(topic for topic in topics if topic)),
            night_of(row.obs_mjd, self._longitude),
            now,
            galactic(row.ra, row.dec)[1],
            file_id,
            place.offset,
            place.length,
        )

    def _mend(self, connection: sqlite3.Connection, row: AlertRow, place: Place, file_id: int) -> None:
        """Put a good row and place where a spoilt packet had given others."""
        identity, night = (row.survey, row.alert_id), night_of(row.obs_mjd, self._longitude)
        before, number = connection.execute(_NUMBER, identity).fetchone()
        if night != before:
            connection.execute(_TO_NIGHT, (night, *identity))
            for statement in _CLOSE_GAP:
                connection.execute(statement, (before, number))
        own = galactic(row.ra, row.dec)[1], file_id, place.offset, place.length
        connection.execute(_UPDATE, (*row, *own, *identity))


_GIVEN = [name for name in (*ROW_COLUMNS, *OWN_COLUMNS) if name not in ("arrival", "number", "state", "sending")]

_NEXT_NUMBER = "(SELECT max(coalesce(max(number), -1), -1) + 1 FROM alert WHERE night = ?{})"

_INSERT = (
    f"INSERT INTO alert ({', '.join(_GIVEN)}, arrival, number) VALUES ({', '.join('?' * len(_GIVEN))}, "
    f"(SELECT coalesce(max(arrival), 0) + 1 FROM alert), {_NEXT_NUMBER.format(_GIVEN.index('night') + 1)}) "
    "ON CONFLICT (survey, alert_id) DO UPDATE SET "
    f"{', '.join(f'{name} = excluded.{name}' for name in (*_GIVEN, 'arrival', 'number'))}"
)

_NUMBER = "SELECT night, number FROM alert WHERE survey = ? AND alert_id = ?"

_TO_NIGHT = f"""
UPDATE alert SET night = ?1, number = {_NEXT_NUMBER.format(1)} WHERE survey = ?2 AND alert_id = ?3
"""

_CLOSE_GAP = (  # in two steps: SQLite sees at each row whether its number is there twice
    "UPDATE alert SET number = -number WHERE night = ?1 AND number > ?2",
    f"UPDATE alert SET number = -number - 1 WHERE night = ?1 AND number < -?2 AND number > {FOUND}",
)

_UPDATE = (
    f"UPDATE alert SET {', '.join(f'{name} = ?' for name in ROW_COLUMNS)}, galactic_latitude = ?, "
    "file_id = ?, place_offset = ?, place_length = ? WHERE survey = ? AND alert_id = ?"
)


_MOVE = "UPDATE alert SET file_id = ?, place_offset = ?, place_length = ? WHERE survey = ? AND alert_id = ?"


_RECEIVED = f"""
SELECT alert.id, alert.number, night, survey, alert_id
FROM packet_file CROSS JOIN alert INDEXED BY alert_found ON file_id = packet_file.id
WHERE arrival IS NULL AND name NOT LIKE '{ANSWERS}%' AND name NOT LIKE '{REMOVED}%/{ANSWERS}%' ORDER BY alert.id
"""
"""By their files: most rows without an arrival are of answers, and may be very many."""


def _insert(connection: sqlite3.Connection, columns: Sequence[tuple[Any, ...]]) -> None:
    """Give alerts that arrive their rows; one that a search has found keeps its id and what was decided of it."""
    connection.executemany(_INSERT, columns)
    adopt(connection)


def _number_arrivals(connection: sqlite3.Connection) -> None:
    """Let those follow that were received by a version which numbers only what arrives in a night. For the writer.

    They have a packet. To that version, one that a search had found was there already, and has the number of such.
    """
    (last,) = connection.execute("SELECT coalesce(max(arrival), 0) FROM alert").fetchone()
    late = connection.execute(_RECEIVED).fetchall()
    connection.executemany(
        "UPDATE alert SET arrival = ? WHERE id = ?",
        [(arrival, number) for arrival, (number, *_) in enumerate(late, last + 1)],
    )
    connection.executemany(_TO_NIGHT, [identity for _, number, *identity in late if number < 0])


def forget_files(connection: sqlite3.Connection, names: Sequence[str]) -> None:
    """Note that files of packets are gone, while rows go on to refer to them. For the writer."""
    connection.executemany(
        "UPDATE packet_file SET name = ? || id || '/' || name, indexed = 0 WHERE name = ?",
        [(REMOVED, name) for name in names],
    )


def note_files(connection: sqlite3.Connection, sizes: Mapping[str, int]) -> dict[str, int]:
    """Record how much of each file has rows; return the files' ids. For the writer."""
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
