"""The database: its connection, its tables and their migrations, the thread that writes, and the locks.

Everything that changes the database goes through one thread of one process at a time, a transaction a job, with
decisions ahead of arriving alerts. Readers have connections of their own that cannot write. The journal is
write-ahead with `synchronous=FULL`: a transaction that was answered survives the loss of power (sqlite.org/pragma,
"synchronous"), and readers never wait for the writer.
"""

from __future__ import annotations

import contextlib
import itertools
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from fink_tui.alerts.row import AlertRow
from fink_tui.store.errors import StoreError, StoreVersionError, store_error
from fink_tui.store.packets import make_folder

VERSION = 4
"""The version of the tables, kept in SQLite's `user_version`."""

BUSY_SECONDS = 10.0
"""How long a connection waits for another process's transaction."""

BUSY_PAUSE = 0.01
"""Between two tries of what SQLite itself does not wait for, seconds."""

T = TypeVar("T")

SQL_TYPES = {str: "TEXT", float: "REAL", int: "INTEGER", bool: "INTEGER"}


def _row_columns() -> dict[str, str]:
    """The columns of `AlertRow` and their SQL types, `NOT NULL` where None cannot be."""
    columns = {}
    for name, hint in get_type_hints(AlertRow).items():
        kinds = getattr(hint, "__args__", (hint,))
        kind = next(kind for kind in kinds if kind is not type(None))
        columns[name] = SQL_TYPES[kind] + ("" if type(None) in kinds else " NOT NULL")
    return columns


ROW_COLUMNS = _row_columns()
"""Name and SQL type of every column that comes from the packet."""

OWN_COLUMNS = {
    "topics": "TEXT NOT NULL",  # names joined by commas, in order of arrival
    "night": "INTEGER NOT NULL",  # YYYYMMDD of the evening
    "arrived_at": "REAL NOT NULL",  # Unix seconds
    "galactic_latitude": "REAL NOT NULL",  # degrees
    "state": "TEXT NOT NULL DEFAULT ''",  # the standing decision: see decisions.py
    "sending": "TEXT NOT NULL DEFAULT ''",  # how far its sending is: see outbox.py
    "file_id": "INTEGER NOT NULL",
    "place_offset": "INTEGER NOT NULL",
    "place_length": "INTEGER NOT NULL",
    "number": "INTEGER NOT NULL",  # of its night's alerts, in order of arrival, from 0 and without a gap
}
"""Name and SQL type of every column that this program adds."""

OUTBOX = """
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY,          -- from 1 without a gap: rows stay
    receiver TEXT NOT NULL,
    alert INTEGER REFERENCES alert (id),    -- NULL for an alert of a file that is not kept here
    survey TEXT NOT NULL, alert_id TEXT NOT NULL, object_id TEXT NOT NULL, label TEXT NOT NULL,
    state TEXT NOT NULL,             -- see outbox.py
    choices TEXT NOT NULL,           -- JSON
    queued_at REAL NOT NULL,         -- Unix seconds, as all below
    not_before REAL NOT NULL,        -- until then it can be taken back before anything is sent
    attempts INTEGER NOT NULL DEFAULT 0,
    next_try REAL NOT NULL DEFAULT 0,
    answered_at REAL,
    answer TEXT NOT NULL DEFAULT '', -- the receiver's last words
    target TEXT NOT NULL DEFAULT '', -- the receiver's number of the target
    link TEXT NOT NULL DEFAULT '',   -- the target's page
    neighbours TEXT NOT NULL DEFAULT '[]',  -- JSON: the targets that it may be the same as
    UNIQUE (receiver, survey, alert_id)
);
CREATE INDEX outbox_open ON outbox (receiver, state, id);
CREATE INDEX outbox_state ON outbox (state);
CREATE INDEX outbox_object ON outbox (receiver, survey, object_id, id);
CREATE INDEX outbox_alert ON outbox (alert);
CREATE INDEX outbox_answered ON outbox (receiver, answered_at);
CREATE TABLE submission (
    outbox INTEGER PRIMARY KEY REFERENCES outbox (id),
    content BLOB NOT NULL            -- JSON: apart, since a row changes often and this never does
)
"""

EXPOSURE = "CREATE INDEX alert_exposure ON alert (exposure_id, survey) WHERE exposure_id IS NOT NULL"
"""How many alerts an exposure has."""

SCHEMA = f"""
CREATE TABLE alert (
    id INTEGER PRIMARY KEY,
    {", ".join(f"{name} {kind}" for name, kind in (ROW_COLUMNS | OWN_COLUMNS).items())},
    UNIQUE (survey, alert_id)
);
CREATE UNIQUE INDEX alert_number ON alert (night, number);
CREATE INDEX alert_time ON alert (obs_mjd);
CREATE INDEX alert_object ON alert (object_id, obs_mjd);
{EXPOSURE};
CREATE TABLE packet_file (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,       -- path below the folder of packets, after removed/<id>/ once it is gone
    indexed INTEGER NOT NULL         -- bytes from the start whose blocks all have rows
);
CREATE TABLE position (
    cluster TEXT NOT NULL, group_id TEXT NOT NULL, topic TEXT NOT NULL, partition INTEGER NOT NULL,
    next_offset INTEGER NOT NULL,
    PRIMARY KEY (cluster, group_id, topic, partition)
);
CREATE TABLE quarantine (
    id INTEGER PRIMARY KEY,
    reason TEXT NOT NULL,
    cluster TEXT NOT NULL, topic TEXT NOT NULL, partition INTEGER NOT NULL, offset INTEGER NOT NULL,
    key BLOB NOT NULL, value BLOB NOT NULL,
    arrived_at REAL NOT NULL,
    UNIQUE (cluster, topic, partition, offset)
);
CREATE TABLE decision (
    id INTEGER PRIMARY KEY,
    alert INTEGER NOT NULL REFERENCES alert (id),
    kind TEXT NOT NULL,
    decided_at REAL NOT NULL,        -- Unix seconds
    observer TEXT NOT NULL,          -- who, by the name of the login
    detail TEXT NOT NULL             -- for a save: the file
);
CREATE INDEX decision_alert ON decision (alert, id);
{OUTBOX}"""


NUMBERED = """
ALTER TABLE alert ADD COLUMN number INTEGER NOT NULL DEFAULT -1;
CREATE TEMPORARY TABLE numbered AS
    SELECT id, row_number() OVER (PARTITION BY night ORDER BY id) - 1 AS number FROM alert;
UPDATE alert SET number = numbered.number FROM numbered WHERE numbered.id = alert.id;
DROP TABLE numbered;
DROP INDEX alert_night;
CREATE UNIQUE INDEX alert_number ON alert (night, number);
CREATE INDEX alert_time ON alert (obs_mjd)
"""
"""From version 1: its alerts had no numbers, so that the place of one in its night had to be counted."""


MIGRATIONS = {
    1: NUMBERED,
    2: f"ALTER TABLE alert ADD COLUMN sending {OWN_COLUMNS['sending']}; {OUTBOX}",
    3: EXPOSURE,
}
"""What makes of each version the next."""


@contextlib.contextmanager
def _reading() -> Iterator[None]:
    """Make SQLite's failures the store's own."""
    try:
        yield
    except sqlite3.Error as error:
        raise store_error(error, "reading the database") from error


class _Rows(sqlite3.Cursor):
    """What was found: the disk may fail at any row."""

    def __next__(self) -> Any:
        with _reading():
            return super().__next__()

    def fetchone(self) -> Any:
        with _reading():
            return super().fetchone()

    def fetchall(self) -> list[Any]:
        with _reading():
            return super().fetchall()


class _Reader(sqlite3.Connection):
    """A connection for reading, whose failures are `StoreError`s."""

    def cursor(self, factory: type[sqlite3.Cursor] = _Rows) -> sqlite3.Cursor:  # type: ignore[override]
        return super().cursor(factory)

    def execute(self, *arguments: Any) -> sqlite3.Cursor:
        with _reading():
            return super().execute(*arguments)


def _insist(connection: sqlite3.Connection, statement: str) -> None:
    """Execute what SQLite refuses without waiting while the last connection of another process closes.

    Raises:
        sqlite3.Error: It fails for another reason, or for as long as one waits.
    """
    end = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute(statement)
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() >= end:
                raise
        time.sleep(BUSY_PAUSE)


class Database:
    """The store's SQLite file and the thread that writes it."""

    def __init__(self, path: Path) -> None:
        """Open the database, make or migrate its tables, and start the writer.

        Args:
            path: The file; its folder is made.

        Raises:
            StoreVersionError: A newer version of the program made the file.
            StoreError: It cannot be opened, or is no database.
        """
        self.path = path
        try:
            # SQLite syncs the folder when it makes its files in it; that the folder is found again is ours to see to.
            make_folder(path.parent)
            self._migrate()
            connection = self._connect()
        except (OSError, sqlite3.Error) as error:
            raise store_error(error, f"opening the database {path}") from error
        self._jobs: queue.PriorityQueue[tuple[int, int, Callable[[sqlite3.Connection], Any] | None, Future[Any]]]
        self._jobs = queue.PriorityQueue()
        self._numbers = itertools.count()
        self._closing = threading.Lock()
        self._is_closed = False
        self._writer = threading.Thread(target=self._write, args=(connection,), name="store-writer", daemon=True)
        self._writer.start()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            _insist(connection, "PRAGMA journal_mode=WAL")
            # In this mode each COMMIT syncs the log before it returns; at less, the loss of power could take the last
            # transactions, whose positions Kafka had been told, and with them their alerts.
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("PRAGMA foreign_keys=ON")
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def _migrate(self) -> None:
        connection = self._connect()
        try:
            _insist(connection, "BEGIN IMMEDIATE")  # two processes may start at once
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if version > VERSION:
                raise StoreVersionError(
                    f"The database {self.path} was made by a newer fink-tui (its version {version}, ours {VERSION}). "
                    "Update this one, or set FINK_TUI_HOME to another folder."
                )
            for script in [SCHEMA] if version == 0 else [MIGRATIONS[old] for old in range(version, VERSION)]:
                for statement in script.split(";"):
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version={VERSION}")
            known = {name for _, name, *_ in connection.execute("PRAGMA table_info(alert)")}
            for name, kind in ROW_COLUMNS.items():
                if name not in known:  # a row has learnt a column since; older alerts have nothing in it
                    connection.execute(f"ALTER TABLE alert ADD COLUMN {name} {kind.removesuffix(' NOT NULL')}")
            connection.execute("COMMIT")
        finally:
            connection.close()

    def reader(self, *, shared: bool = False, patience: float = BUSY_SECONDS) -> sqlite3.Connection:
        """A connection that can read and nothing else.

        Args:
            shared: Whether several threads use it, which then take turns; else it is for the thread that asks.
            patience: How long it waits for a process that has locked the whole database, seconds.

        Raises:
            StoreError: The file cannot be opened.
        """
        try:
            connection = sqlite3.connect(
                f"{self.path.absolute().as_uri()}?mode=ro",
                uri=True,
                timeout=patience,
                check_same_thread=not shared,
                factory=_Reader,
            )
            connection.execute("PRAGMA query_only=ON")
        except sqlite3.Error as error:
            raise store_error(error, f"opening the database {self.path}") from error
        connection.row_factory = sqlite3.Row
        return connection

    def submit(self, job: Callable[[sqlite3.Connection], T], *, urgent: bool = False) -> Future[T]:
        """Have the writer do a job in a transaction of its own.

        Args:
            job: Called with the writing connection inside a transaction, in the writer's thread. What it returns
                is the future's result, once the transaction is on the disk.
            urgent: Whether it goes ahead of those waiting that are not: the observer's decisions do.

        Returns:
            The job's future; its exception is a `StoreError` where the disk or SQLite failed, or the store is
            closed.
        """
        future: Future[T] = Future()
        with self._closing:
            if self._is_closed:
                future.set_exception(StoreError("The store is closed; nothing was written. Start the program again."))
            else:
                self._jobs.put((0 if urgent else 1, next(self._numbers), job, future))
        return future

    def write(self, job: Callable[[sqlite3.Connection], T], *, urgent: bool = False) -> T:
        """`submit`, and wait for the result.

        Raises:
            StoreError: The disk or SQLite failed; nothing of the job was kept.
        """
        return self.submit(job, urgent=urgent).result()

    def _write(self, connection: sqlite3.Connection) -> None:
        while True:
            _, _, job, future = self._jobs.get()
            if job is None:
                connection.close()
                return
            if not future.set_running_or_notify_cancel():  # from here on, cancelling it comes too late
                continue
            try:
                result = self._transact(connection, job)
            except Exception as error:  # noqa: BLE001  whatever it is, it is the caller's: the writer lives on
                future.set_exception(error)
            else:
                future.set_result(result)

    def _transact(self, connection: sqlite3.Connection, job: Callable[[sqlite3.Connection], T]) -> T:
        try:
            connection.execute("BEGIN IMMEDIATE")
            try:
                result = job(connection)
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
        except sqlite3.Error as error:
            raise store_error(error, "writing the database") from error
        return result

    def close(self) -> None:
        """Finish what was submitted and end the writer; further calls do nothing."""
        with self._closing:
            if not self._is_closed:
                self._is_closed = True
                self._jobs.put((2, next(self._numbers), None, Future()))
        self._writer.join()
