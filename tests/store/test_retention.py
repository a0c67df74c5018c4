"""Old nights: rows and decisions stay, packets of decided objects are kept, the others go; killed anywhere or not."""

from __future__ import annotations

import shutil
import threading
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import fastavro
import pytest

from fink_tui.alerts.decode import Decoded
from fink_tui.sky.night import night_of, unix_to_mjd
from fink_tui.store import decisions
from fink_tui.store.errors import StoreError, StoreFullError
from fink_tui.store.packets import PacketRemovedError
from fink_tui.store.pages import StoredAlert, export
from fink_tui.store.retention import Keep, Retention
from fink_tui.store.store import Store
from fink_tui.stream.demo import DemoAlert
from tests.alerts.making import packed, parts
from tests.store.making import BOOK, NOW, SOURCE, everything, files, results, run

DAY = 86400.0


def arrive(store: Store, alerts: Sequence[DemoAlert], day: float = 0.0, observed: float | None = None) -> None:
    """Alerts that arrive some days after `NOW`, observed an hour before or when it is said."""
    now = NOW + day * DAY
    mjd = unix_to_mjd(NOW + (day if observed is None else observed) * DAY) - 1 / 24
    inbox = store.inbox()
    inbox.recover(BOOK, now)
    made = [one._replace(row=one.row._replace(obs_mjd=mjd)) for one in results(alerts) if isinstance(one, Decoded)]
    inbox.receive(made, SOURCE, [], now)
    inbox.close()


def look(store: Store, day: float, nights: int = 14, gigabytes: float = 1.0) -> Retention:
    """Look at what is old, some days after `NOW`."""
    retention = store.retention(Keep(nights, gigabytes))
    retention.look(NOW + day * DAY, threading.Event())
    return retention


def folders(store: Store) -> list[str]:
    return sorted(path.name for path in (store.folder / "packets").iterdir())


def night(day: float) -> str:
    return str(night_of(unix_to_mjd(NOW + day * DAY)))


def decide(store: Store, *alerts: DemoAlert) -> None:
    ids = {one.row.alert_id: one.id for one in everything(store)}
    for alert in alerts:
        decisions.decide(store.database, ids[alert.alert_id], decisions.SAVED).result()


def packets(store: Store, alerts: Sequence[DemoAlert]) -> dict[str, bytes | None]:
    """By alert id, the packet that is read for the row; None where it is said to be gone."""
    found: dict[str, bytes | None] = {}
    for one in everything(store):
        try:
            found[one.row.alert_id] = store.packets.read(one.place)[1]
        except PacketRemovedError:
            found[one.row.alert_id] = None
    assert sorted(found) == sorted(alert.alert_id for alert in alerts)
    return found


def expected(kept: Sequence[DemoAlert], gone: Sequence[DemoAlert]) -> dict[str, bytes | None]:
    return {alert.alert_id: alert.value for alert in kept} | {alert.alert_id: None for alert in gone}


def kept_file(store: Store) -> Counter[bytes]:
    """The datum of each block of the kept files, by fastavro: they are plain Avro to their end."""
    found: Counter[bytes] = Counter()
    for path in (store.folder / "packets" / "kept").glob("*.avro"):
        with path.open("rb") as file:
            found.update(block.bytes_.getvalue() for block in fastavro.block_reader(file))
    return found


@pytest.fixture
def some(demo_alerts: list[DemoAlert]) -> list[DemoAlert]:
    """Alerts of objects of their own, of both surveys."""
    return list({alert.object_id: alert for alert in demo_alerts}.values())[:14]


def test_old_nights_go_and_decided_objects_stay(store: Store, some: list[DemoAlert]) -> None:
    arrive(store, some[:6])
    arrive(store, some[6:10], 1)
    arrive(store, some[10:], 14)
    decide(store, some[0], some[7])
    assert folders(store) == [night(0), night(1), night(14)]
    before = list(export(store.database, ["alert_id", "object_id", "ra", "state"]))
    retention = look(store, 14)
    assert folders(store) == [night(1), night(14), "kept"]
    assert packets(store, some) == expected([some[0], *some[6:]], some[1:6])
    assert kept_file(store) == Counter([some[0].value])
    assert retention.said == [
        f"Packets of 1 old night removed (keep_nights: 14), {removed_size(retention)}: 6 rows and all decisions stay, "
        "and the packets of 1 alert whose objects have a decision."
    ]
    look(store, 15)
    assert folders(store) == [night(1), night(14), "kept"]  # no exposure is younger: not a night has passed
    assert list(export(store.database, ["alert_id", "object_id", "ra", "state"])) == before
    look(store, 14, nights=1)
    assert packets(store, some) == expected([some[0], some[7], *some[10:]], [*some[1:7], *some[8:10]])
    assert kept_file(store) == Counter([some[0].value, some[7].value])


def removed_size(retention: Retention) -> str:
    return retention.said[0].split("), ")[1].partition(":")[0]


def test_the_alerts_of_a_decided_burst_stay_with_it(store: Store, demo_alerts: list[DemoAlert]) -> None:
    ztf = next(alert for alert in demo_alerts if alert.survey == "ztf")
    burst = next(alert for alert in demo_alerts if alert.survey == "mma")
    schema, found = parts(burst)
    value = packed(schema, found | {"objectId": ztf.object_id}).value
    same = burst._replace(value=value, alert_id=burst.alert_id.replace(burst.object_id, ztf.object_id))
    other, late = [alert for alert in demo_alerts if alert.object_id not in (ztf.object_id, burst.object_id)][:2]
    arrive(store, [ztf, same, other])
    arrive(store, [late], 20)
    decide(store, same)
    look(store, 20)
    assert packets(store, [ztf, same, other, late]) == expected([ztf, same, late], [other])


def test_all_alerts_of_a_decided_object_stay(store: Store, demo_alerts: list[DemoAlert]) -> None:
    objects = Counter(alert.object_id for alert in demo_alerts)
    name, number = objects.most_common(1)[0]
    assert number > 1
    of_it = [alert for alert in demo_alerts if alert.object_id == name]
    others = [alert for alert in demo_alerts if alert.object_id != name]
    arrive(store, [*of_it, *others[:5]])
    arrive(store, others[5:6], 20)
    decide(store, of_it[0])
    look(store, 20)
    assert packets(store, [*of_it, *others[:6]]) == expected([*of_it, others[5]], others[:5])
    assert kept_file(store) == Counter(alert.value for alert in of_it)


def test_what_is_known_is_not_stored_again_and_stays_removed(store: Store, some: list[DemoAlert]) -> None:
    arrive(store, some[:3])
    arrive(store, some[3:4], 20)
    look(store, 20)
    arrive(store, some, 20)
    assert packets(store, some) == expected(some[3:], some[:3])


def test_nothing_is_old_by_the_clock_alone(store: Store, some: list[DemoAlert]) -> None:
    arrive(store, some[:3])
    assert look(store, 4000).said == []  # the clock jumped ahead, or nothing came for long
    arrive(store, some[3:5], 4000, observed=0.1)  # what comes tells that it jumped
    assert look(store, 4000.1).said == []
    assert look(store, 0.2).said == []  # and back
    assert look(store, -4000).said == []
    arrive(store, some[5:7], -4000, observed=0.3)  # the folder's night is long ago, its exposures are not
    assert look(store, 0.4).said == []
    assert packets(store, some[:7]) == expected(some[:7], [])
    arrive(store, some[7:8], 20)
    look(store, 20)
    assert packets(store, some[:8]) == expected([some[7]], some[:7])


def test_exposures_of_the_future_are_not_believed(store: Store, some: list[DemoAlert]) -> None:
    arrive(store, some[:3])
    arrive(store, some[3:4], 0, observed=5000)
    assert look(store, 1).said == []
    arrive(store, some[4:5], 20)
    look(store, 20)
    assert packets(store, some[:5]) == expected([some[4]], some[:4])


def test_undecided_alerts_of_the_last_seven_nights_stay(store: Store, some: list[DemoAlert]) -> None:
    arrive(store, some[:3])
    arrive(store, some[3:6], 2)
    arrive(store, some[6:7], 6)
    decide(store, *some[:2], *some[3:6])
    retention = look(store, 6, nights=2)
    assert retention.said[1:] == [
        "keep_nights is 2, but 1 alert of the last 7 nights without a decision keep their packets until then."
    ]
    assert packets(store, some[:7]) == expected(some[:7], [])
    assert folders(store) == [night(0), night(6), "kept"]
    arrive(store, some[7:8], 7)
    look(store, 7, nights=2)
    assert packets(store, some[:8]) == expected([*some[:2], *some[3:8]], some[2:3])


def test_more_than_keep_gb_is_said_once_and_nothing_removed(store: Store, some: list[DemoAlert]) -> None:
    arrive(store, some)
    retention = look(store, 0, gigabytes=1e-6)
    retention.look(NOW, threading.Event())
    (sentence,) = retention.said
    assert "more than keep_gb (1e-06 GB); nothing is removed for that" in sentence
    assert retention.excess.endswith(" > keep_gb")
    assert packets(store, some) == expected(some, [])
    assert not look(store, 0).excess


def test_a_decision_in_the_last_moment_counts(
    store: Store, some: list[DemoAlert], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another screen decides between the last look and the removal."""
    arrive(store, some[:3])
    arrive(store, some[3:4], 20)
    real = store.database.write

    def write(job: object, **options: object) -> object:
        monkeypatch.setattr(store.database, "write", real)
        decide(store, some[1])
        return real(job, **options)  # type: ignore[arg-type]  # handed on as they are

    monkeypatch.setattr(store.database, "write", write)
    look(store, 20)
    assert packets(store, some[:4]) == expected([some[1], some[3]], [some[0], some[2]])


def test_a_decided_packet_that_cannot_be_read_stays_where_it_is(store: Store, some: list[DemoAlert]) -> None:
    ztf = [alert for alert in some if alert.survey == "ztf"]
    lsst = [alert for alert in some if alert.survey == "lsst"]
    arrive(store, [*ztf[:2], *lsst[:2]])
    arrive(store, ztf[2:3], 20)
    decide(store, ztf[1])
    (path,) = (store.folder / "packets" / night(0)).glob("ztf*")
    path.write_bytes(path.read_bytes()[:-100])
    retention = look(store, 20)
    assert f"The packets {night(0)}/{path.name} are old and stay" in retention.said[0]
    assert [path.name for path in files(store) if path.parent.name == night(0)] == [path.name]


def test_a_full_disk_is_said_and_tried_again(
    store: Store, some: list[DemoAlert], monkeypatch: pytest.MonkeyPatch
) -> None:
    some = [alert for alert in some if alert.survey == "ztf"]
    arrive(store, some[:3])
    arrive(store, some[3:4], 20)
    decide(store, some[0])

    def full(*_: object) -> None:
        raise StoreFullError("The disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr("fink_tui.store.packets.PacketFiles.sync", full)
        retention = look(store, 20)
    assert retention.said == ["Packets of old nights could not be removed; it is tried again. The disk is full."]
    assert packets(store, some[:4]) == expected(some[:4], [])
    retention.look(NOW + 20 * DAY, threading.Event())
    assert packets(store, some[:4]) == expected([some[0], some[3]], some[1:3])
    assert kept_file(store) == Counter([some[0].value])


def test_other_files_in_a_night_stay(store: Store, some: list[DemoAlert]) -> None:
    arrive(store, some[:3])
    (store.folder / "packets" / night(0) / "notes.txt").write_text("mine")
    arrive(store, some[3:4], 20)
    look(store, 20)
    assert [path.name for path in (store.folder / "packets" / night(0)).iterdir()] == ["notes.txt"]


def test_a_night_that_comes_again_is_another_file(store: Store, some: list[DemoAlert]) -> None:
    """The clock goes back to a night that was removed: no row takes the new packets for its own."""
    ztf = [alert for alert in some if alert.survey == "ztf"]
    arrive(store, ztf[:2])
    arrive(store, ztf[2:3], 20)
    look(store, 20)
    arrive(store, ztf[3:5])
    assert packets(store, ztf[:5]) == expected(ztf[2:5], ztf[:2])


def test_a_night_restored_from_a_backup_has_its_packets_again(
    store: Store, some: list[DemoAlert], tmp_path: Path
) -> None:
    arrive(store, some[:5])
    shutil.copytree(store.folder / "packets", tmp_path / "backup")
    arrive(store, some[5:6], 20)
    look(store, 20)
    shutil.copytree(tmp_path / "backup", store.folder / "packets", dirs_exist_ok=True)
    arrive(store, [], 20)
    assert packets(store, some[:6]) == expected(some[:6], [])
    look(store, 20)
    assert packets(store, some[:6]) == expected(some[5:6], some[:5])


def test_an_older_database_finds_the_kept_packets(store: Store, some: list[DemoAlert], tmp_path: Path) -> None:
    arrive(store, some[:5])
    decide(store, some[1])
    store.close()
    shutil.copy(store.folder / "store.sqlite3", tmp_path / "backup")
    with Store(store.folder) as newer:
        arrive(newer, some[5:6], 20)
        look(newer, 20)
    for name in ("store.sqlite3-wal", "store.sqlite3-shm"):
        (store.folder / name).unlink(missing_ok=True)
    shutil.copy(tmp_path / "backup", store.folder / "store.sqlite3")
    with Store(store.folder) as older:
        arrive(older, [], 20)
        assert packets(older, some[:6]) == expected([some[1], some[5]], [some[0], *some[2:5]])
        arrive(older, some[6:7], 40)
        look(older, 40)
        assert kept_file(older) == Counter([some[1].value])


def test_a_night_deleted_by_hand_to_make_room(store: Store, some: list[DemoAlert]) -> None:
    """Even while it is written: what follows is kept in a file that is there, and no row has another's packet."""
    inbox = store.inbox()
    inbox.receive(results(some[:4]), SOURCE, [], NOW)
    shutil.rmtree(store.folder / "packets" / night(0))
    inbox.receive(results(some[4:8]), SOURCE, [], NOW)
    inbox.close()
    assert packets(store, some[:8]) == expected(some[4:8], some[:4])
    shutil.rmtree(store.folder / "packets" / night(0))
    arrive(store, some[8:10], 0.1)
    assert packets(store, some[:10]) == expected(some[8:10], some[:8])


KILLED = """
import os, sys, threading
from pathlib import Path
from fink_tui.store import retention
from fink_tui.store.database import Database
from fink_tui.store.packets import PacketFiles
from fink_tui.store.retention import Keep
from fink_tui.store.store import Store

def die(*arguments, **options):
    os._exit(9)

def once(real, number):
    calls = []
    def call(*arguments, **options):
        calls.append(1)
        if len(calls) > number:
            os._exit(9)
        return real(*arguments, **options)
    return call

where = sys.argv[2]
if where == "half a block":
    real = os.pwrite
    calls = []
    def half(descriptor, data, at):
        calls.append(1)
        if len(calls) == 1:
            return real(descriptor, data, at)
        real(descriptor, bytes(data)[: len(data) - 100], at)
        os._exit(9)
    os.pwrite = half
elif where == "copied":
    PacketFiles.sync = die
elif where == "synced":
    Database.write = die
elif where == "rows moved":
    PacketFiles.settle = die
elif where == "before the file goes":
    Path.unlink = die
elif where == "file gone":
    retention.forget_files = die
elif where == "name gone":
    Path.rmdir = die
elif where == "second file":
    retention.forget_files = once(retention.forget_files, 1)
store = Store(Path(sys.argv[1]))
store.retention(Keep(14, 1.0)).look(float(sys.argv[3]), threading.Event())
"""


@pytest.mark.parametrize(
    "where",
    [
        "half a block",
        "copied",
        "synced",
        "rows moved",
        "before the file goes",
        "file gone",
        "name gone",
        "second file",
    ],
)
def test_killed_between_any_two_steps(tmp_path: Path, some: list[DemoAlert], where: str) -> None:
    folder = tmp_path / "store"
    decided = [some[0], some[2], some[5], some[7]]
    with Store(folder) as store:
        arrive(store, some[:8])
        arrive(store, some[8:10], 20)
        decide(store, *decided)
    done = run(KILLED, folder, where, NOW + 20 * DAY)
    assert done.returncode == 9, done.stderr
    with Store(folder) as store:
        arrive(store, [], 20)  # the next start
        for alert in decided:
            assert packets(store, some[:10])[alert.alert_id] == alert.value
        look(store, 20)
        undecided = [alert for alert in some[:8] if alert not in decided]
        assert packets(store, some[:10]) == expected([*decided, *some[8:10]], undecided)
        assert kept_file(store) == Counter(alert.value for alert in decided)
        assert folders(store) == [night(20), "kept"]
        arrive(store, some, 20)
        assert packets(store, some) == expected([*decided, *some[8:]], undecided)


def test_a_copy_that_a_loss_of_power_spoilt_is_not_taken_for_the_packet(
    store: Store, some: list[DemoAlert], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file may have its length and not its content, where nothing was synced."""
    some = [alert for alert in some if alert.survey == "ztf"]
    arrive(store, some[:3])
    arrive(store, some[3:4], 20)
    decide(store, some[1])
    with monkeypatch.context() as patch:
        patch.setattr("fink_tui.store.packets.PacketFiles.sync", lambda _: pytest.fail("a kill"))
        patch.setattr("fink_tui.store.packets.PacketFiles.undo", lambda _: None)
        with pytest.raises(pytest.fail.Exception):
            look(store, 20)
    (path,) = (store.folder / "packets" / "kept").iterdir()
    data = path.read_bytes()
    middle = len(data) - len(some[1].value) // 2
    path.write_bytes(data[: middle - 2000] + bytes(4000) + data[middle + 2000 :])
    arrive(store, [], 20)
    assert packets(store, some[:4]) == expected(some[:4], [])
    look(store, 20)
    assert packets(store, some[:4]) == expected([some[1], some[3]], [some[0], some[2]])


def test_stopped_in_the_middle_it_goes_on_at_the_next_start(store: Store, some: list[DemoAlert]) -> None:
    arrive(store, some[:3])
    arrive(store, some[3:4], 20)
    stopping = threading.Event()
    stopping.set()
    retention = store.retention(Keep(14, 1.0))
    retention.look(NOW + 20 * DAY, stopping)
    assert packets(store, some[:4]) == expected(some[:4], [])
    stopping.clear()
    retention.look(NOW + 20 * DAY, stopping)
    assert packets(store, some[:4]) == expected(some[3:4], some[:3])


def test_removed_packets_are_said_to_be(store: Store, some: list[DemoAlert]) -> None:
    arrive(store, some[:1])
    arrive(store, some[1:2], 20)
    look(store, 20)
    one: StoredAlert = everything(store)[0]
    with pytest.raises(StoreError, match=r"no longer here.*keep_nights"):
        store.packets.read(one.place)
