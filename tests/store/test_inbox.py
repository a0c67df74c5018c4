"""What arrives is kept once; what cannot be kept leaves nothing behind."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fink_tui.alerts.decode import Decoded
from fink_tui.store import decisions, pages, quarantine
from fink_tui.store.database import Database
from fink_tui.store.errors import StoreError, StoreFullError
from fink_tui.store.inbox import Inbox, Position, Receipt, Source
from fink_tui.store.packets import PacketFiles, _OpenFile
from fink_tui.store.pages import PAGE, Pages, Totals, export
from fink_tui.store.store import Store
from fink_tui.stream.demo import DemoAlert
from tests.store.making import BOOK, NOW, SOURCE, check, everything, files, fill, receive, refused, results, run, sql

# -- receiving --------------------------------------------------------------------------------------------------------


def test_received_is_there(store: Store, inbox: Inbox, demo_alerts: list[DemoAlert]) -> None:
    assert receive(inbox, demo_alerts) == Receipt(40, 0, 0)
    check(store, demo_alerts)
    rows = [one.row for one in everything(store)]
    assert rows == [found.row for found in results(demo_alerts) if isinstance(found, Decoded)]
    for one in everything(store):
        assert -90 <= one.galactic_latitude <= 90
        assert (one.arrived_at, one.state) == (NOW, "")
        assert one.topics


def test_again_is_not_written_again(store: Store, inbox: Inbox, demo_alerts: list[DemoAlert]) -> None:
    receive(inbox, demo_alerts[:9])
    before = [path.stat().st_size for path in files(store)]
    assert receive(inbox, demo_alerts[:12]) == Receipt(3, 9, 0)
    assert receive(inbox, demo_alerts[:12]) == Receipt(0, 12, 0)
    assert sum(path.stat().st_size for path in files(store)) > sum(before)
    check(store, demo_alerts[:12])


def test_second_topic_adds_its_name(store: Store, inbox: Inbox, demo_alerts: list[DemoAlert]) -> None:
    for topic in ("one", "two", "one", "three", "two"):
        receive(inbox, demo_alerts[:2], topic)
    assert [one.topics for one in everything(store)] == ["one,two,three"] * 2


def test_twice_in_one_batch(store: Store, inbox: Inbox, demo_alerts: list[DemoAlert]) -> None:
    batch = results(demo_alerts[:2], "one") + results(demo_alerts[:3], "two") + results(demo_alerts[:1], "one")
    assert inbox.receive(batch, SOURCE, [], NOW) == Receipt(3, 3, 0)
    assert [one.topics for one in everything(store)] == ["one,two", "one,two", "two"]
    check(store, demo_alerts[:3])


def test_empty_batch_moves_positions(store: Store, inbox: Inbox) -> None:
    assert inbox.receive([], SOURCE, [Position("t", 3, 17)], NOW) == Receipt(0, 0, 0)
    assert inbox.position(SOURCE, "t", 3) == 17
    assert inbox.receive([], SOURCE, [], NOW) == Receipt(0, 0, 0)


def test_positions(inbox: Inbox, demo_alerts: list[DemoAlert]) -> None:
    assert inbox.position(SOURCE, "t", 0) is None
    receive(inbox, demo_alerts[:4])
    receive(inbox, demo_alerts[4:6], first=4)
    assert inbox.position(SOURCE, "t", 0) == 6
    for other in (Source("other", "group"), Source("cluster", "other")):
        assert inbox.position(other, "t", 0) is None
    assert inbox.position(SOURCE, "t", 1) is inbox.position(SOURCE, "u", 0) is None


def test_quarantine_once_for_each_place(store: Store, inbox: Inbox) -> None:
    first = [refused(0), refused(1), refused(0, partition=1), refused(0, topic="u")]
    assert inbox.receive(first, SOURCE, [], NOW).quarantined == 4
    assert inbox.receive([*first, refused(2)], SOURCE, [], NOW + 1).quarantined == 5
    assert inbox.receive(first, Source("other", "group"), [], NOW).quarantined == 4
    assert inbox.receive(first, Source("other", "another group"), [], NOW).quarantined == 4
    found = list(quarantine.listed(store.database))
    assert len(found) == 9
    assert found[0] == ("it is no alert", "t", 0, 0, b"key", b"x", NOW)


def test_good_and_bad_together(store: Store, inbox: Inbox, demo_alerts: list[DemoAlert]) -> None:
    good = results(demo_alerts[:3])
    batch = [refused(7, value=bytes(range(256))), good[0], refused(8, value=b""), *good[1:], good[0]]
    assert inbox.receive(batch, SOURCE, [], NOW) == Receipt(3, 1, 2)
    check(store, demo_alerts[:3])
    totals = Totals(store.database)
    totals.refresh()
    assert (totals.alerts, totals.quarantined) == (3, 2)
    assert totals.newest_mjd is not None
    totals.close()


def test_nights_are_of_the_site_and_files_of_the_arrival(store: Store, demo_alerts: list[DemoAlert]) -> None:
    alert = demo_alerts[0]
    inbox = store.inbox(longitude=-70.0)
    receive(inbox, [alert])
    inbox.close()
    (one,) = everything(store)
    assert 20260101 < one.night < 20271231
    assert one.place.name.startswith("20261117/") or one.place.name.startswith("20261118/")


def test_files_are_of_the_night_across_midnight_and_new_year(store: Store, demo_alerts: list[DemoAlert]) -> None:
    inbox = store.inbox(longitude=-70.73)
    moments = ["2026-12-31T23:00", "2027-01-01T00:30", "2027-01-01T10:00", "2027-01-01T17:00"]
    for alert, moment in zip(demo_alerts, moments, strict=False):
        now = datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp()
        inbox.receive(results([alert]), SOURCE, [], now)
    inbox.close()
    assert [one.place.name[:9] for one in everything(store)] == ["20261231/"] * 3 + ["20270101/"]


def test_a_clock_that_jumps_loses_and_doubles_nothing(store: Store, demo_alerts: list[DemoAlert]) -> None:
    """An hour back, across noon and again, a year on and back, and to the year in which clocks begin to count."""
    inbox, source, some = store.inbox(), SOURCE, demo_alerts[:14]
    jumps = [0, -3600, 10 * 3600, -10 * 3600, 366 * 86400, -366 * 86400, -NOW]
    now = NOW
    for number, jump in enumerate(jumps):
        now += jump
        pair = some[2 * number : 2 * number + 2]
        assert inbox.receive(results(pair), source, [Position("t", 0, number)], now).stored == 2
        assert inbox.receive(results(pair), source, [Position("t", 0, number)], now + 1).duplicates == 2
    assert inbox.position(source, "t", 0) == len(jumps) - 1
    inbox.close()
    check(store, some)
    assert [one.row.alert_id for one in everything(store)] == [alert.alert_id for alert in some], "as they came"
    assert {path.parent.name for path in files(store)} == {"20261118", "20261117", "20271118", "19691231"}


def test_many_schemas_at_once(store: Store, inbox: Inbox, demo_alerts: list[DemoAlert]) -> None:
    """More files than are kept open."""
    many = [alert._replace(key=alert.key + b" " * number) for number, alert in enumerate(demo_alerts[:20])]
    receive(inbox, many)
    receive(inbox, many[:5])
    receive(inbox, [alert._replace(key=alert.key + b"\n" * 3) for alert in demo_alerts[20:23]])
    assert len(files(store)) >= 20
    check(store, many + [alert._replace(key=alert.key + b"\n" * 3) for alert in demo_alerts[20:23]])


def test_a_schema_of_megabytes(store: Store, demo_alerts: list[DemoAlert]) -> None:
    alert = demo_alerts[0]._replace(key=demo_alerts[0].key + b" " * 1_500_000)
    other = next(one for one in demo_alerts[1:] if one.survey == alert.survey)._replace(key=alert.key)
    for one in (alert, other):
        inbox = store.inbox()
        inbox.recover(BOOK, NOW)
        receive(inbox, [one])
        inbox.close()
    check(store, [alert, other])


# -- failures ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [StoreFullError("full"), OverflowError("too large")])
def test_refused_by_the_database_leaves_nothing(
    store: Store, inbox: Inbox, demo_alerts: list[DemoAlert], monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    receive(inbox, demo_alerts[:10])
    before = {path: path.read_bytes() for path in files(store)}

    def fail(*_: object, **__: object) -> None:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(store.database, "write", fail)
        with pytest.raises(type(error)):
            receive(inbox, demo_alerts[10:20], first=10)
    assert {path: path.read_bytes() for path in files(store)} == before
    assert inbox.position(SOURCE, "t", 0) == 10
    check(store, demo_alerts[:10])
    receive(inbox, demo_alerts[10:20], first=10)
    check(store, demo_alerts[:20])


@pytest.mark.parametrize("what", ["append", "sync"])
def test_refused_by_the_disk_leaves_nothing(
    store: Store, inbox: Inbox, demo_alerts: list[DemoAlert], monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    receive(inbox, demo_alerts[:10])
    before = {path: path.read_bytes() for path in files(store)}

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(_OpenFile, what, fail)
        with pytest.raises(StoreFullError, match="full"):
            receive(inbox, demo_alerts[10:20], first=10)
    assert {path: path.read_bytes() for path in files(store)} == before
    receive(inbox, demo_alerts[10:20], first=10)
    check(store, demo_alerts[:20])


def test_half_a_write_is_cut_off(
    store: Store, inbox: Inbox, demo_alerts: list[DemoAlert], monkeypatch: pytest.MonkeyPatch
) -> None:
    import os

    receive(inbox, demo_alerts[:10])
    before = {path: path.read_bytes() for path in files(store)}
    real, calls = os.pwrite, []

    def half(descriptor: int, data: memoryview, at: int) -> int:
        calls.append(at)
        if len(calls) > 1:
            raise OSError(28, "No space left on device")
        return real(descriptor, data[: len(data) // 2], at)

    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", half)
        with pytest.raises(StoreFullError):
            receive(inbox, demo_alerts[10:20], first=10)
    assert {path: path.read_bytes() for path in files(store)} == before
    receive(inbox, demo_alerts[10:20], first=10)
    check(store, demo_alerts[:20])


def test_interrupted_call_is_not_undone_by_a_later_failure(
    store: Store, inbox: Inbox, demo_alerts: list[DemoAlert], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl+C while the writer works: it may finish the transaction all the same."""
    real = store.database.write

    def interrupted(*arguments: object, **options: object) -> None:
        real(*arguments, **options)  # type: ignore[arg-type]  # handed on as they are
        raise KeyboardInterrupt

    def fail(*_: object, **__: object) -> None:
        raise StoreFullError("full")

    with monkeypatch.context() as patch:
        patch.setattr(store.database, "write", interrupted)
        with pytest.raises(KeyboardInterrupt):
            receive(inbox, demo_alerts[:5])
        patch.setattr(store.database, "write", fail)
        with pytest.raises(StoreFullError):
            receive(inbox, demo_alerts[5:9])
    check(store, demo_alerts[:5])


def test_file_in_place_of_the_folder(store: Store, inbox: Inbox, demo_alerts: list[DemoAlert]) -> None:
    (store.folder / "packets").write_text("in the way")
    with pytest.raises(StoreError, match=r"(Not a directory|File exists)"):
        receive(inbox, demo_alerts[:2])
    assert everything(store) == []
    (store.folder / "packets").unlink()
    receive(inbox, demo_alerts[:2])
    check(store, demo_alerts[:2])


def test_foreign_file_in_the_way_is_left_alone(store: Store, demo_alerts: list[DemoAlert]) -> None:
    inbox = store.inbox()
    receive(inbox, demo_alerts[:1])
    inbox.close()
    (path,) = files(store)
    path.write_bytes(b"something else")
    inbox = store.inbox()
    other = next(alert for alert in demo_alerts[1:] if alert.survey == demo_alerts[0].survey)
    with pytest.raises(StoreError, match="Move it away"):
        receive(inbox, [other])
    inbox.close()
    assert path.read_bytes() == b"something else"


def test_a_reader_that_fails_is_a_store_error(store: Store, inbox: Inbox, demo_alerts: list[DemoAlert]) -> None:
    sql(store, "DROP TABLE quarantine")
    totals = Totals(store.database)
    with pytest.raises(StoreError, match="quarantine"):
        totals.refresh()
    with pytest.raises(StoreError, match="no such table"):
        inbox.receive([refused(0)], SOURCE, [], NOW)
    totals.close()


def test_full_disk_for_real(tmp_path: Path) -> None:
    """A limit on the size of files stands for the disk: what was kept is whole, and it goes on when there is room."""
    done = run(FULL_DISK, tmp_path / "store", 1_000_000)
    assert done.returncode == 0, done.stderr
    assert "refused" in done.stdout
    assert "all there" in done.stdout


FULL_DISK = """
import itertools, resource, sys
from pathlib import Path
from fink_tui.store.errors import StoreError
from fink_tui.store.store import Store
from fink_tui.stream.demo import alerts
from tests.store.making import check, receive

some = list(itertools.islice(alerts(seed=1, now_mjd=61364.0), 40))
with Store(Path(sys.argv[1])) as store:
    inbox = store.inbox()
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
    kept = 0
    for start in range(0, 40, 5):
        try:
            receive(inbox, some[start : start + 5], first=start)
        except StoreError as error:
            print("refused", error)
            break
        kept = start + 5
    check(store, some[:kept])
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    for start in range(kept, 40, 5):
        receive(inbox, some[start : start + 5], first=start)
    check(store, some)
    print("all there")
"""


# -- pages ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def decoded(demo_alerts: list[DemoAlert]) -> Decoded:
    (found,) = results(demo_alerts[:1])
    assert isinstance(found, Decoded)
    return found


def test_pages(store: Store, inbox: Inbox, decoded: Decoded) -> None:
    pages = Pages(store.database)
    assert (pages.count(), pages.page(0), pages.page(5)) == (0, [], [])
    fill(inbox, decoded, PAGE)
    assert pages.count() == PAGE
    assert len(pages.page(0)) == PAGE
    assert pages.page(1) == []
    fill(inbox, decoded, 3 * PAGE + 10)
    assert pages.count() == 3 * PAGE + 10
    found = [row.alert_id for number in (4, 3, 2, 1, 0) for row in reversed(pages.page(number))]
    assert found == [str(number) for number in reversed(range(3 * PAGE + 10))]
    assert len(pages.page(3)) == 10
    assert pages.page(4) == []
    fill(inbox, decoded, 5 * PAGE)
    assert pages.count() == 5 * PAGE
    assert len(pages.page(3)) == PAGE
    pages.close()


def test_pages_of_a_night(store: Store, inbox: Inbox, decoded: Decoded) -> None:
    made = [
        decoded._replace(row=decoded.row._replace(alert_id=str(n), obs_mjd=61000.0 + n % 2)) for n in range(3 * PAGE)
    ]
    inbox.receive(made, SOURCE, [], NOW)
    night = everything(store)[1].night
    pages = Pages(store.database, night)
    assert pages.count() == 3 * PAGE // 2
    rows = pages.page(0) + pages.page(1)
    assert [row.alert_id for row in rows] == [str(number) for number in range(1, 3 * PAGE, 2)]
    assert [pages.index_of(row.id) for row in rows[:5]] == [0, 1, 2, 3, 4]
    assert pages.index_of(rows[0].id - 1) is None
    assert pages.index_of(10**9) is None
    assert Pages(store.database, 19000101).count() == 0
    pages.close()


@pytest.mark.parametrize(
    "name", ["100%", "a_b", "it's", 'say "x"', "back\\slash", "[HB89] 1821+643", "--", "semi;colon", "%_\\"]
)
def test_find_is_literal(store: Store, inbox: Inbox, decoded: Decoded, name: str) -> None:
    others = ["100x", "axb", "its", "say x", "backslash", "HB89", "-", "semicolon"]
    made = [
        decoded._replace(row=decoded.row._replace(alert_id=str(number), object_id=text))
        for number, text in enumerate([*others, f"<{name}>", *others])
    ]
    inbox.receive(made, SOURCE, [], NOW)
    pages = Pages(store.database)
    assert pages.find(name, 0) == pages.find(name.upper(), 99, backwards=True) == 9
    assert pages.find(name, 9) == 9  # round the end
    pages.close()


def test_find_goes_round(store: Store, inbox: Inbox, decoded: Decoded) -> None:
    fill(inbox, decoded, 30)
    pages = Pages(store.database)
    assert [pages.find("ZTF0000", start) for start in (0, 1, 9, 10, 25)] == [1, 2, 10, 1, 1]
    assert [pages.find("ZTF0000", start, backwards=True) for start in (30, 10, 2, 1)] == [10, 9, 1, 10]
    assert pages.find("no such", 5) is None
    with pytest.raises(StoreError):
        pages.find("%" * 60_000, 0)
    pages.close()


def test_undecided(store: Store, inbox: Inbox, decoded: Decoded) -> None:
    fill(inbox, decoded, 6)
    for number in (2, 3, 6):
        decisions.decide(store.database, number, decisions.SAVED).result()
    pages = Pages(store.database)
    assert [pages.undecided(start) for start in range(7)] == [1, 4, 4, 4, 5, None, None]
    assert [pages.undecided(start, backwards=True) for start in range(1, 7)] == [None, 1, 1, 1, 4, 5]
    assert [row.state for row in pages.page(0)] == ["", "saved", "saved", "", "", "saved"]
    pages.close()


def test_has_changed(store: Store, inbox: Inbox, demo_alerts: list[DemoAlert]) -> None:
    pages, others = Pages(store.database), Pages(store.database)
    assert pages.has_changed()
    assert not pages.has_changed()
    receive(inbox, demo_alerts[:1])
    assert pages.has_changed()
    assert not pages.has_changed()
    done = run(
        "import sys; from pathlib import Path; from fink_tui.store.store import Store; "
        "from fink_tui.store.decisions import decide\n"
        "with Store(Path(sys.argv[1])) as store: decide(store.database, 1, 'saved').result()",
        store.folder,
    )
    assert done.returncode == 0, done.stderr
    assert pages.has_changed()
    assert others.has_changed()
    assert not pages.has_changed()
    assert pages.page(0)[0].state == "saved"
    pages.close()
    others.close()


def test_totals_count_on(store: Store, inbox: Inbox, demo_alerts: list[DemoAlert]) -> None:
    totals = Totals(store.database)
    totals.refresh()
    assert (totals.alerts, totals.newest_mjd) == (0, None)
    for end in (5, 9):
        receive(inbox, demo_alerts[:end])
        totals.refresh()
        assert totals.alerts == end
    totals.close()


def test_export(store: Store, inbox: Inbox, demo_alerts: list[DemoAlert]) -> None:
    receive(inbox, demo_alerts[:5])
    rows = list(export(store.database, pages.EXPORTED))
    assert [row["alert_id"] for row in rows] == [alert.alert_id for alert in demo_alerts[:5]]
    assert tuple(rows[0]) == pages.EXPORTED
    assert not {"file_id", "place_offset", "place_length"} & set(rows[0])
    assert list(export(store.database, ["mag", "id"], night=19000101)) == []
    assert list(export(store.database, ["mag"], night=int(rows[0]["night"])))
    for column in ("place_offset", "nothing", "id; DROP TABLE alert"):
        with pytest.raises(ValueError, match="no column"):
            list(export(store.database, [column]))


def test_no_such_alert(store: Store) -> None:
    pages = Pages(store.database)
    assert pages.alert(1) is None
    pages.close()


def test_a_reader_cannot_write(store: Store) -> None:
    connection = store.database.reader()
    with pytest.raises(StoreError, match="readonly"):
        connection.execute("DELETE FROM alert")
    connection.close()


def test_an_inbox_of_ones_own(tmp_path: Path, demo_alerts: list[DemoAlert]) -> None:
    database = Database(tmp_path / "odd name #1?" / "store.sqlite3")
    inbox = Inbox(database, PacketFiles(tmp_path / "elsewhere"))
    assert receive(inbox, demo_alerts[:2]).stored == 2
    inbox.close()
    database.close()
    with pytest.raises((StoreError, sqlite3.ProgrammingError)):
        receive(inbox, demo_alerts[2:4])
