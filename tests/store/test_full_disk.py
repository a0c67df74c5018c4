"""A disk that is really full: the store says so, leaves nothing half written, and goes on when there is room."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from fink_tui.store import room
from fink_tui.store.errors import StoreFullError
from fink_tui.store.room import check_room
from tests.small_disk import SmallDisk
from tests.store.making import ROOT


def inside(disk: SmallDisk, code: str) -> str:
    """What a program prints that runs on the small disk."""
    command = [*disk.enter, sys.executable, "-c", BEGIN + code, str(disk.path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


BEGIN = """
import itertools, os, sys
from pathlib import Path
from fink_tui.store import decisions
from fink_tui.store.errors import SaveError, StoreError, StoreFullError
from fink_tui.store.store import Store
from fink_tui.stream.demo import alerts
from tests.store.making import check, everything, files, receive

disk = Path(sys.argv[1])
some = list(itertools.islice(alerts(seed=1, now_mjd=61364.0), 60))

def fill(leave=0):
    descriptor = os.open(disk / "ballast", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    if free := os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize:
        os.posix_fallocate(descriptor, os.fstat(descriptor).st_size, free - leave)
    os.close(descriptor)

def make_room():
    os.remove(disk / "ballast")
"""


def test_where_no_room_is_left_it_is_filled_to_the_last_byte_and_nothing_is_half_written(small_disk: SmallDisk) -> None:
    """Receiving leaves room; but another program may take that, at any moment."""
    said = inside(
        small_disk,
        """
with Store(disk / "store") as store:
    inbox = store.inbox()
    receive(inbox, some[:5])
    kept = 5
    for leave in (3_000_000, 400_000, 90_000, 20_000, 0):
        fill(leave)
        try:
            while True:
                receive(inbox, some[kept : kept + 5], first=kept)
                kept += 5
        except StoreFullError as error:
            print(error)
        check(store, some[:kept])
        sizes = [path.stat().st_size for path in files(store)]
        with store.database.reader() as reader:
            assert sorted(sizes) == sorted(row[0] for row in reader.execute("SELECT indexed FROM packet_file"))
        make_room()
    receive(inbox, some[kept:], first=kept)
    check(store, some)
""",
    )
    assert said.count("The disk is full (writing ") == 5
    assert "Make room on it. Alerts wait at the broker; then it goes on by itself." in said


def test_below_the_floor_nothing_is_received_and_decisions_work(small_disk: SmallDisk) -> None:
    said = inside(
        small_disk,
        """
with Store(disk / "store") as store:
    inbox = store.inbox(leaves_room=True)
    receive(inbox, some[:5])
    fill(29_900_000)
    before = [path.read_bytes() for path in files(store)]
    try:
        receive(inbox, some[5:10], first=5)
    except StoreFullError as error:
        print(error)
    assert [path.read_bytes() for path in files(store)] == before
    decisions.decide(store.database, 1, decisions.SAVED, "a file").result()
    assert everything(store)[0].state == "saved"
    make_room()
    receive(inbox, some[5:10], first=5)
    check(store, some[:10])
""",
    )
    assert said.startswith("Only 29.0 MB left on the disk of ")
    assert said.endswith(
        ": receiving pauses, decisions still work. Make room: from 32.0 MB on it goes on by itself. "
        "Or keep fewer nights (keep_nights).\n"
    )


def test_full_to_the_last_byte_every_failure_is_said(small_disk: SmallDisk) -> None:
    said = inside(
        small_disk,
        """
from fink_tui.store.saved import save
with Store(disk / "store") as store:
    inbox = store.inbox()
    receive(inbox, some[:5])
    fill()
    assert store.receiving.acquire("a test")
    assert store.receiving.holder() is not None
    try:
        for _ in range(200):  # a page of the journal may have been left
            decisions.decide(store.database, 1, decisions.SAVED, "x" * 4000).result()
    except StoreFullError as error:
        print("decision:", error)
    try:
        save(disk / "saved", "a", some[0].key, some[0].value)
    except SaveError as error:
        print("save:", error)
    assert not list((disk / "saved").glob("*"))
    check(store, some[:5])
    inbox.close()
fill()  # the journal has gone, and left room
try:
    Store(disk / "store").close()
    print("opened")
except StoreFullError as error:
    print("open:", error)
make_room()
with Store(disk / "store") as store:
    check(store, some[:5])
""",
    )
    lines = said.splitlines()
    assert lines[0] == "decision: The disk is full (writing the database). Make room on it."
    assert lines[1].startswith("save: Not saved: no space left in ")
    assert lines[2].startswith("open: The disk is full (opening the database ")


@pytest.mark.parametrize(
    ("size", "floor"), [(1e12, 500e6), (25e9, 500e6), (20e9, 400e6), (1.6e9, 32e6), (64e6, 32e6), (8e6, 32e6)]
)
def test_the_floor(size: float, floor: float, monkeypatch: pytest.MonkeyPatch) -> None:
    def disk(free: float) -> None:
        found = SimpleNamespace(f_frsize=4096, f_blocks=size / 4096, f_bavail=free / 4096)
        monkeypatch.setattr(os, "statvfs", lambda _: found)

    disk(floor)
    assert room.room(Path("/")) == (pytest.approx(floor), pytest.approx(floor))
    check_room(Path("/"))
    disk(floor - 4096)
    with pytest.raises(StoreFullError, match="left on the disk of /: receiving pauses"):
        check_room(Path("/"))
