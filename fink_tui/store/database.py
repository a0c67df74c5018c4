"""The database: its connections, and the thread that writes. Its tables are in `tables.py`.

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
from typing import Any, TypeVar

from fink_tui.store.errors import StoreError, StoreVersionError, store_error
from fink_tui.store.packets import make_folder
from fink_tui.store.tables import MIGRATIONS, ROW_COLUMNS, SCHEMA, VERSION

BUSY_SECONDS = 10.0
"""How long a connection waits for another process's transaction."""

BUSY_PAUSE = 0.01
"""Between two tries of what SQLite itself does not wait for, seconds."""

LARGE_BYTES = 100e6
"""Size of a database from which on a migration takes a second or more, bytes."""

T = TypeVar("T")


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

    def __init__(self, path: Path, tell: Callable[[str], None] = lambda _: None) -> None:
        """Open the database, make or migrate its tables, and start the writer.

        Args:
            path: The file; its folder is made.
            tell: Told in a sentence what takes long meanwhile.

        Raises:
            StoreVersionError: A newer version of the program made the file.
            StoreError: It cannot be opened, or is no database.
        """
        self.path = path
        try:
            # SQLite syncs the folder when it makes its files in it; that the folder is found again is ours to see to.
            make_folder(path.parent)
            self._migrate(tell)
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

    def _migrate(self, tell: Callable[[str], None]) -> None:
        connection = self._connect()
        try:
            _insist(connection, "BEGIN IMMEDIATE")  # two processes may start at once
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if version > VERSION:
                raise StoreVersionError(
                    f"The database {self.path} was made by a newer fink-tui (its version {version}, ours {VERSION}). "
                    "Update this one, or set FINK_TUI_HOME to another folder."
                )
            if 0 < version < VERSION and self.path.stat().st_size >= LARGE_BYTES:
                tell("The database is being brought to this version's form, once: ten seconds for a million alerts.")
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
