"""The database: its versions, its writer, and decisions."""

from __future__ import annotations

import concurrent.futures
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from fink_tui.store import database, decisions
from fink_tui.store.database import Database
from fink_tui.store.errors import StoreError, StoreFullError, StoreVersionError, store_error
from fink_tui.store.store import Store
from fink_tui.store.tables import FOUND, ROW_COLUMNS, VERSION
from fink_tui.stream.demo import DemoAlert
from tests.store.asking import searched
from tests.store.making import BOOK, ROOT, WITHOUT_ARRIVALS, check, everything, receive, sql


def opened_and_changed(path: Path, *statements: str) -> None:
    Database(path).close()
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def test_newer_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite3"
    opened_and_changed(path, f"PRAGMA user_version={VERSION + 1}")
    with pytest.raises(StoreVersionError, match="newer fink-tui"):
        Database(path)
    opened_and_changed_back = sqlite3.connect(path)
    opened_and_changed_back.execute(f"PRAGMA user_version={VERSION}")
    opened_and_changed_back.close()
    Database(path).close()


@pytest.mark.parametrize("column", ["mag", "x4lac", "n_limits", "label_reason"])
def test_a_missing_column_is_added(tmp_path: Path, demo_alerts: list[DemoAlert], column: str) -> None:
    with Store(tmp_path) as store:
        inbox = store.inbox()
        receive(inbox, demo_alerts[:3])
        inbox.close()
    opened_and_changed(tmp_path / "store.sqlite3", f"ALTER TABLE alert DROP COLUMN {column}")
    with Store(tmp_path) as store:
        assert {name for _, name, *_ in sql(store, "PRAGMA table_info(alert)")} >= set(ROW_COLUMNS)
        inbox = store.inbox()
        receive(inbox, demo_alerts[:6])
        inbox.close()
        found = everything(store)
        assert [getattr(one.row, column) for one in found[:3]] == [None] * 3
        assert len(found) == 6


def test_the_alerts_of_version_1_are_numbered(tmp_path: Path, demo_alerts: list[DemoAlert]) -> None:
    with Store(tmp_path) as store:
        inbox = store.inbox()
        receive(inbox, demo_alerts[:20])
        inbox.close()
        indexes = sql(store, "SELECT name FROM sqlite_master WHERE type = 'index' ORDER BY name")
    opened_and_changed(
        tmp_path / "store.sqlite3",
        *WITHOUT_ARRIVALS,
        "DROP INDEX alert_exposure",
        "DROP INDEX alert_number",
        "DROP INDEX alert_time",
        "ALTER TABLE alert DROP COLUMN number",
        "UPDATE alert SET night = night - 1 WHERE id % 3 = 0",
        "CREATE INDEX alert_night ON alert (night, id)",
        "DROP TABLE submission",
        "DROP TABLE outbox",
        "ALTER TABLE alert DROP COLUMN sending",
        "PRAGMA user_version=1",
    )
    with Store(tmp_path) as store:
        assert sql(store, "SELECT name FROM sqlite_master WHERE type = 'index' ORDER BY name") == indexes
        inbox = store.inbox()
        receive(inbox, demo_alerts)
        inbox.close()
        nights: dict[object, list[object]] = {}
        for night, number in sql(store, "SELECT night, number FROM alert ORDER BY id"):
            nights.setdefault(night, []).append(number)
        assert len(nights) > 1
        assert all(numbers == list(range(len(numbers))) for numbers in nights.values())


def test_the_alerts_of_version_4_have_all_arrived(
    tmp_path: Path, demo_alerts: list[DemoAlert], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Store(tmp_path) as store:
        inbox = store.inbox()
        receive(inbox, demo_alerts[:20])
        inbox.close()
        decisions.decide(store.database, 7, decisions.SAVED, "a.avro").result()
        before = everything(store)
        schema = sql(store, "SELECT name FROM sqlite_master ORDER BY name")
    opened_and_changed(tmp_path / "store.sqlite3", *WITHOUT_ARRIVALS)
    monkeypatch.setattr(database, "LARGE_BYTES", 1)
    told: list[str] = []
    Store(tmp_path / "new", told.append).close()
    assert not told
    with Store(tmp_path, told.append) as store:
        (words,) = told
        assert "once" in words
        assert sql(store, "SELECT name FROM sqlite_master ORDER BY name") == schema
        assert everything(store) == before
        inbox = store.inbox()
        receive(inbox, demo_alerts)
        inbox.close()
        assert sql(store, "SELECT id, arrival FROM alert ORDER BY id") == [(n, n) for n in range(1, 41)]


def test_what_version_4_still_receives_while_this_one_searches_arrives(
    tmp_path: Path, demo_alerts: list[DemoAlert]
) -> None:
    """It numbers only what arrives in a night, and to it what a search had found was there already."""
    some = [alert for alert in demo_alerts if alert.survey == "ztf"][:9]
    with Store(tmp_path) as store:
        inbox = store.inbox()
        receive(inbox, some[:3])
        found = searched(store.answers(), some[5:9])
        receive(inbox, some[3:8])
        sql(store, "UPDATE alert SET arrival = NULL WHERE arrival > 3")
        sql(store, f"UPDATE alert SET number = {FOUND} - id WHERE id IN ({found[0]}, {found[1]}, {found[2]})")
        assert len(everything(store)) == 3
        inbox.recover(BOOK, 0.0)
        inbox.close()
        check(store, some[:8])
        assert sorted(sql(store, "SELECT arrival FROM alert WHERE arrival IS NOT NULL")) == [(n,) for n in range(1, 9)]
        numbers = sql(store, "SELECT night, number FROM alert WHERE number >= 0 ORDER BY night, number")
        assert numbers == [(night, n) for night, n in zip((night for night, _ in numbers), range(8), strict=True)]


def test_two_databases_apart(tmp_path: Path, demo_alerts: list[DemoAlert]) -> None:
    with Store(tmp_path / "a") as first, Store(tmp_path / "b") as second:
        inbox = first.inbox()
        receive(inbox, demo_alerts[:2])
        inbox.close()
        assert (len(everything(first)), len(everything(second))) == (2, 0)


def test_no_database(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite3"
    path.write_bytes(b"These are my observing notes. " * 100)
    with pytest.raises(StoreError, match="not a database"):
        Database(path)
    assert path.read_bytes().startswith(b"These are my")


def test_folder_in_place_of_the_database(tmp_path: Path) -> None:
    (tmp_path / "store.sqlite3").mkdir()
    with pytest.raises(StoreError, match="unable to open"):
        Database(tmp_path / "store.sqlite3")


def test_file_in_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "f").touch()
    with pytest.raises(StoreError, match="Opening the database"):
        Store(tmp_path / "f")


def test_many_processes_start_at_once(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from fink_tui.store.store import Store; sys.stdin.read(1)\n"
        "for _ in range(5): Store(Path(sys.argv[1])).close()"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "store")]
    processes = [
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(4)
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("x")
        process.stdin.flush()
    errors = [process.communicate()[1] for process in processes]
    assert [process.returncode for process in processes] == [0] * 4, errors


def test_decision_is_log_and_state(store: Store, demo_alerts: list[DemoAlert]) -> None:
    inbox = store.inbox()
    receive(inbox, demo_alerts[:2])
    inbox.close()
    decisions.decide(store.database, 2, decisions.SAVED, "a.avro").result()
    assert [one.state for one in everything(store)] == ["", "saved"]
    ((alert, kind, observer, detail),) = sql(store, "SELECT alert, kind, observer, detail FROM decision")
    assert (alert, kind, observer, detail) == (2, "saved", decisions.observer(), "a.avro")


def test_decision_is_both_or_none(store: Store, demo_alerts: list[DemoAlert]) -> None:
    inbox = store.inbox()
    receive(inbox, demo_alerts[:2])
    inbox.close()
    with pytest.raises(StoreError, match="FOREIGN KEY"):
        decisions.decide(store.database, 99, "saved").result()
    sql(store, "CREATE TRIGGER no BEFORE UPDATE ON alert BEGIN SELECT RAISE(ABORT, 'no'); END")
    with pytest.raises(StoreError, match="no"):
        decisions.decide(store.database, 1, "saved").result()
    assert sql(store, "SELECT count(*) FROM decision") == [(0,)]


def test_decisions_go_ahead_of_batches(store: Store) -> None:
    gate, order = threading.Event(), list[str]()

    def noting(what: str) -> Callable[[sqlite3.Connection], None]:
        return lambda _: order.append(what)

    store.database.submit(lambda _: gate.wait(10))
    batches = [store.database.submit(noting(f"batch {number}")) for number in range(3)]
    urgent = [store.database.submit(noting(f"decision {number}"), urgent=True) for number in range(2)]
    gate.set()
    concurrent.futures.wait([*batches, *urgent], timeout=10)
    assert order == ["decision 0", "decision 1", "batch 0", "batch 1", "batch 2"]


def test_writer_outlives_what_jobs_raise(store: Store) -> None:
    def job(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO packet_file (name, indexed) VALUES ('x', 1)")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store.database.write(job)
    with pytest.raises(StoreError, match="syntax"):
        store.database.write(lambda connection: connection.execute("SELEKT"))
    assert store.database.write(lambda c: c.execute("SELECT count(*) FROM packet_file").fetchone()) == (0,)


def test_a_cancelled_job_does_not_end_the_writer(store: Store) -> None:
    gate, started = threading.Event(), threading.Event()

    def wait(_: sqlite3.Connection) -> str:
        started.set()
        gate.wait(10)
        return "done"

    running = store.database.submit(wait)
    waiting = store.database.submit(lambda _: "never")
    assert started.wait(10)
    assert not running.cancel()
    assert waiting.cancel()
    gate.set()
    assert running.result(10) == "done"
    assert store.database.submit(lambda _: "next").result(10) == "next"


def test_closing_finishes_what_was_submitted(tmp_path: Path) -> None:
    database = Database(tmp_path / "store.sqlite3")
    ids = "SELECT max(id) FROM packet_file"

    def job(connection: sqlite3.Connection) -> int:
        connection.execute("INSERT INTO packet_file (name, indexed) SELECT count(*), 0 FROM packet_file")
        return int(connection.execute(ids).fetchone()[0])

    futures = [database.submit(job) for _ in range(50)]
    database.close()
    assert [future.result(0) for future in futures] == list(range(1, 51))
    database.close()


def test_a_closed_store_says_so(tmp_path: Path) -> None:
    database = Database(tmp_path / "store.sqlite3")
    database.close()
    with pytest.raises(StoreError, match="closed"):
        database.submit(lambda _: None).result(10)


def test_errors_are_sentences() -> None:
    assert isinstance(store_error(OSError(28, "No space left on device"), "saving"), StoreFullError)
    full = sqlite3.OperationalError("database or disk is full")
    full.sqlite_errorcode = sqlite3.SQLITE_FULL
    assert isinstance(store_error(full, "writing"), StoreFullError)
    other = store_error(OSError(5, "Input/output error", "some/file"), "saving the alert")
    assert str(other) == "Saving the alert failed: Input/output error (some/file)."
    assert type(store_error(sqlite3.OperationalError("x"), "writing")) is StoreError
