"""Killed anywhere, the store loses nothing and doubles nothing."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from fink_tui.alerts.decode import Decoded
from fink_tui.alerts.packet import block, header, read_header
from fink_tui.alerts.schema import Schema
from fink_tui.sky.night import night_of, unix_to_mjd
from fink_tui.store.inbox import Inbox
from fink_tui.store.packets import PacketError, PacketFiles, PacketReader, Place
from fink_tui.store.store import Store
from fink_tui.stream.demo import DemoAlert, alerts
from tests.store.making import BOOK, NOW, check, everything, files, receive, results, run, sql


def write_only(store: Store, some: list[DemoAlert]) -> None:
    """What a kill after the sync and before the transaction leaves."""
    packets = PacketFiles(store.folder / "packets")
    for found in results(some):
        assert isinstance(found, Decoded)
        packets.append(night_of(unix_to_mjd(NOW)), found.schema, [found.packet.value])
    packets.sync()
    packets.close()


def recovered(store: Store) -> int:
    inbox = store.inbox()
    try:
        return inbox.recover(BOOK, NOW)
    finally:
        inbox.close()


def put(store: Store, some: list[DemoAlert]) -> None:
    inbox = store.inbox()
    receive(inbox, some)
    inbox.close()


def test_nothing_to_recover(store: Store, demo_alerts: list[DemoAlert]) -> None:
    assert recovered(store) == 0
    put(store, demo_alerts[:3])
    assert recovered(store) == 0
    check(store, demo_alerts[:3])


def test_blocks_without_rows_are_indexed(store: Store, demo_alerts: list[DemoAlert]) -> None:
    put(store, demo_alerts[:5])
    write_only(store, demo_alerts[5:20])
    assert recovered(store) == 15
    check(store, demo_alerts[:20])
    assert {one.topics for one in everything(store)[5:]} == {""}


def test_recovering_twice_harms_nothing(store: Store, demo_alerts: list[DemoAlert]) -> None:
    write_only(store, demo_alerts[:10])
    before = {path: path.read_bytes() for path in files(store)}
    assert [recovered(store) for _ in range(3)] == [10, 0, 0]
    assert {path: path.read_bytes() for path in files(store)} == before
    check(store, demo_alerts[:10])
    put(store, demo_alerts[:20])
    check(store, demo_alerts[:20])


def test_redelivery_after_recovery_brings_the_topic(store: Store, demo_alerts: list[DemoAlert]) -> None:
    write_only(store, demo_alerts[:4])
    recovered(store)
    put(store, demo_alerts[:6])
    check(store, demo_alerts[:6])
    assert all(one.topics for one in everything(store))


def test_a_packet_with_a_hole_is_put_right_when_it_comes_again(store: Store, demo_alerts: list[DemoAlert]) -> None:
    """After a loss of power a block may have its ends and zeros between them: then it passes for a whole one."""
    some = demo_alerts[:4]
    write_only(store, some)
    for path in files(store):
        data = bytearray(path.read_bytes())
        hole = len(data) - 9000  # within the last packet's stamps
        data[hole : hole + 4096] = bytes(4096)
        path.write_bytes(data)
    assert recovered(store) == 4
    spoilt = [one for one in everything(store) if store.packets.read(one.place)[1] not in [a.value for a in some]]
    assert len(spoilt) == len(files(store))
    put(store, some)
    put(store, some)
    check(store, some)
    assert len(everything(store)) == 4


def test_same_block_twice_is_one_alert(store: Store, demo_alerts: list[DemoAlert]) -> None:
    write_only(store, demo_alerts[:3] + demo_alerts[:3])
    assert recovered(store) == 3
    write_only(store, demo_alerts[:4])
    assert recovered(store) == 1
    check(store, demo_alerts[:4])


@pytest.mark.parametrize("cut", [1, 15, 16, 17, 300, 30_000])
def test_torn_end_is_cut(store: Store, demo_alerts: list[DemoAlert], cut: int) -> None:
    some = [alert for alert in demo_alerts if alert.survey == "ztf"][:6]
    put(store, some[:2])
    write_only(store, some[2:])
    (path,) = files(store)
    whole = path.read_bytes()
    path.write_bytes(whole[:-cut])
    assert recovered(store) == 3
    check(store, some[:5])
    put(store, some)
    check(store, some)
    assert path.read_bytes() == whole


@pytest.mark.parametrize("tail", [b"\0" * 5000, b"\x02", b"\xff" * 30, b"\x02\x10abc"])
def test_rubbish_at_the_end_is_cut(store: Store, demo_alerts: list[DemoAlert], tail: bytes) -> None:
    put(store, demo_alerts[:6])
    before = {path: path.read_bytes() for path in files(store)}
    for path in files(store):
        path.write_bytes(path.read_bytes() + tail)
    assert recovered(store) == 0
    assert {path: path.read_bytes() for path in files(store)} == before
    check(store, demo_alerts[:6])


@pytest.mark.parametrize("torn", [0, 1, 3, 4, 5, 1000, -1])
def test_file_that_was_only_begun(store: Store, demo_alerts: list[DemoAlert], torn: int) -> None:
    alert = demo_alerts[0]
    write_only(store, [alert])
    (path,) = files(store)
    path.write_bytes(header(alert.key, b"s" * 16)[:torn])
    assert recovered(store) == 0
    put(store, [alert])
    check(store, [alert])


@pytest.mark.parametrize("rest", [0, 4096])
def test_header_of_zeros(store: Store, demo_alerts: list[DemoAlert], rest: int) -> None:
    """After a loss of power, a file may have its length and not its content."""
    alert = demo_alerts[0]
    write_only(store, [alert])
    (path,) = files(store)
    size = len(header(alert.key, b"s" * 16))
    path.write_bytes(path.read_bytes()[:rest] + b"\0" * (size - rest))
    assert recovered(store) == 0
    put(store, [alert])
    check(store, [alert])
    assert [other.name for other in path.parent.glob("*.damaged")] == [path.name + ".damaged"]


def test_older_database_beside_newer_files(store: Store, demo_alerts: list[DemoAlert], tmp_path: Path) -> None:
    put(store, demo_alerts[:5])
    store.close()
    shutil.copy(store.folder / "store.sqlite3", tmp_path / "backup")
    with Store(store.folder) as newer:
        put(newer, demo_alerts[5:25])
    for name in ("store.sqlite3-wal", "store.sqlite3-shm"):
        (store.folder / name).unlink(missing_ok=True)
    shutil.copy(tmp_path / "backup", store.folder / "store.sqlite3")
    with Store(store.folder) as older:
        assert recovered(older) == 20
        check(older, demo_alerts[:25])


def test_good_blocks_beyond_a_damaged_one_are_kept(store: Store, demo_alerts: list[DemoAlert]) -> None:
    some = [alert for alert in demo_alerts if alert.survey == "lsst"][:5]
    write_only(store, some)
    (path,) = files(store)
    data = bytearray(path.read_bytes())
    head = read_header(bytes(data))
    second = head.end + len(block(some[0].value, head.sync))
    data[second : second + 4] = b"\xff\xff\xff\xff"
    path.write_bytes(data)
    assert recovered(store) == 4
    assert path.stat().st_size == len(data)
    found = [store.packets.read(one.place)[1] for one in everything(store)]
    assert found == [alert.value for alert in (some[0], *some[2:])]
    assert recovered(store) == 0


def test_foreign_files_are_left_alone(store: Store, demo_alerts: list[DemoAlert]) -> None:
    put(store, demo_alerts[:2])
    folder = files(store)[0].parent
    (folder / "notes.avro").write_bytes(b"not ours")
    (folder / "notes.txt").write_bytes(b"not ours")
    assert recovered(store) == 0
    assert (folder / "notes.avro").read_bytes() == (folder / "notes.txt").read_bytes() == b"not ours"


def test_packets_that_are_gone_are_told(store: Store, demo_alerts: list[DemoAlert]) -> None:
    put(store, demo_alerts[:1])
    (one,) = everything(store)
    (path,) = files(store)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(PacketError, match="ends before the packet"):
        store.packets.read(one.place)
    path.unlink()
    with pytest.raises(PacketError, match="No such file"):
        PacketReader(store.folder / "packets").read(one.place)
    with pytest.raises(PacketError):
        store.packets.read(Place("../../nowhere", 0, 1))


KILLED = """
import itertools, os, sys
from pathlib import Path
from fink_tui.store import inbox as keeping
from fink_tui.store.packets import PacketFiles, _OpenFile
from fink_tui.store.store import Store
from fink_tui.stream.demo import alerts
from tests.store.making import receive

some = list(itertools.islice(alerts(seed=1, now_mjd=61364.0), 40))
store = Store(Path(sys.argv[1]))
inbox = store.inbox()
receive(inbox, some[:10])
where = sys.argv[2]

def die(*arguments, **options):
    os._exit(9)

real = os.pwrite
def half(descriptor, data, at):
    real(descriptor, bytes(data)[: len(data) - 1000], at)
    os._exit(9)

if where == "write":
    os.pwrite = half
elif where == "sync":
    _OpenFile.sync = die
elif where == "transaction":
    keeping.adopt = die  # the rows are written, and not committed
elif where == "settle":
    real_settle, calls = PacketFiles.settle, []
    def settle(self):
        calls.append(1)
        if len(calls) == 2:
            os._exit(9)
        real_settle(self)
    PacketFiles.settle = settle
receive(inbox, some[10:30], first=10)
"""


@pytest.mark.parametrize("where", ["write", "sync", "transaction", "settle"])
def test_killed(tmp_path: Path, demo_alerts: list[DemoAlert], where: str) -> None:
    done = run(KILLED, tmp_path / "store", where)
    assert done.returncode == 9, done.stderr
    with Store(tmp_path / "store") as store:
        recovered(store)
        recovered(store)
        found = everything(store)
        if where != "write":
            check(store, demo_alerts[:30])
        assert sql(store, "SELECT next_offset FROM position") == [(30 if where == "settle" else 10,)]
        inbox = store.inbox()
        receipt = receive(inbox, demo_alerts[10:30], first=10)
        inbox.close()
        assert receipt.stored == 30 - len(found)
        check(store, demo_alerts[:30])


class Crashes(RuleBasedStateMachine):
    """Batches, kills and starts in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.sent: dict[str, DemoAlert] = {}
        self.written: dict[str, DemoAlert] = {}
        self.open()

    def open(self) -> None:
        self.store = Store(self.folder)
        self.inbox: Inbox = self.store.inbox()
        assert self.inbox.recover(BOOK, NOW) == len(self.written.keys() - self.sent.keys())
        self.sent |= self.written
        self.written.clear()

    def shut(self) -> None:
        self.inbox.close()
        self.store.close()

    @rule(some=st.lists(st.integers(0, 39), max_size=6), topic=st.sampled_from(["a", "b"]))
    def receive(self, some: list[int], topic: str) -> None:
        batch = [ALERTS[number] for number in some]
        new = {alert.alert_id: alert for alert in batch if alert.alert_id not in self.sent}
        assert receive(self.inbox, batch, topic) == (len(new), len(batch) - len(new), 0)
        self.sent |= new

    @rule(some=st.lists(st.integers(0, 39), min_size=1, max_size=6), torn=st.integers(0, 40_000))
    def killed_before_the_transaction(self, some: list[int], torn: int) -> None:
        self.shut()
        batch = [ALERTS[number] for number in some]
        with Store(self.folder) as store:
            write_only(store, batch[:-1])
            sizes = {path: path.stat().st_size for path in files(store)}
            write_only(store, batch[-1:])
            self.written = {alert.alert_id: alert for alert in batch[:-1]}
            for path in files(store):
                size = path.stat().st_size
                if size > sizes.get(path, 0):
                    begun = sizes.get(path) or len(header(batch[-1].key, b"s" * 16))
                    left = max(begun, size - torn)
                    with path.open("r+b") as file:
                        file.truncate(left)
                    if left == size:
                        self.written[batch[-1].alert_id] = batch[-1]
        self.open()

    @rule()
    def start_again(self) -> None:
        self.shut()
        self.open()

    @invariant()
    def each_is_there_once(self) -> None:
        check(self.store, list(self.sent.values()))

    def teardown(self) -> None:
        self.shut()
        shutil.rmtree(self.folder)


ALERTS = sorted(itertools.islice(alerts(seed=1, now_mjd=61364.0), 50), key=lambda alert: len(alert.value))[:40]
"""Small ones."""

TestCrashes = Crashes.TestCase
TestCrashes.settings = settings(max_examples=6, stateful_step_count=8)


def test_schema_is_found_again(store: Store, demo_alerts: list[DemoAlert]) -> None:
    put(store, demo_alerts[:1])
    (one,) = everything(store)
    assert Schema(store.packets.read(one.place)[0]).digest[:12] in one.place.name
