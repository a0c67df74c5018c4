"""The power fails anywhere: nothing that Kafka was told of is lost, nothing is doubled, no row is of another packet."""

from __future__ import annotations

import itertools
import random
import shutil
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fink_tui.alerts.decode import Decoded
from fink_tui.alerts.packet import container, read_header
from fink_tui.store import saved
from fink_tui.store.database import Database
from fink_tui.store.inbox import Position
from fink_tui.store.store import Store
from fink_tui.stream.demo import alerts
from tests.store.disk import Disk, Killed, Moment
from tests.store.making import BOOK, NOW, SOURCE, everything, files, results

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="it reads files by their descriptors in /proc")

ALERTS = sorted(itertools.islice(alerts(seed=4, now_mjd=61364.0), 80), key=lambda alert: len(alert.value))[:24]
"""Small ones, of both surveys: what is sent, in this order."""

RESULTS = results(ALERTS, "t")
SENT = {(alert.survey, alert.alert_id): (alert, result) for alert, result in zip(ALERTS, RESULTS, strict=True)}

DAY = 86400.0


def snapshot(path: Path) -> bytes:
    """A database as its last COMMIT left it."""
    source, target = sqlite3.connect(path), sqlite3.connect(":memory:")
    try:
        source.backup(target)
        return bytes(target.serialize())
    finally:
        source.close()
        target.close()


def lived(disk: Disk, folder: Path, chance: random.Random, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a store live: some batches, some kills, some days."""
    real = Database._transact

    def transact(self: Database, connection: sqlite3.Connection, job: Callable[[sqlite3.Connection], Any]) -> Any:
        result = real(self, connection, job)
        noted.append(snapshot(self.path))
        return result

    noted: list[bytes] = []
    monkeypatch.setattr(Database, "_transact", transact)
    committed = 0
    for life in range(4):
        left = chance.randrange(2, 24) if life < 3 else 10**9

        def count() -> None:
            nonlocal left
            left -= 1
            if left == 0:
                raise Killed

        disk.on_moment = count
        store, inbox = None, None
        try:
            store = Store(folder)
            disk.note("database", snapshot(store.database.path))
            inbox = store.inbox()
            now = NOW + life * DAY * chance.randrange(2)
            inbox.recover(BOOK, now)
            if noted:
                disk.note("database", noted[-1])
            at = min(committed, inbox.position(SOURCE, "t", 0) or 0)
            while at < len(ALERTS) * (life + 1) // 4:
                some = RESULTS[at : at + chance.randrange(1, 5)]
                inbox.receive(some, SOURCE, [Position("t", 0, at + len(some))], now)
                disk.note("database", noted[-1])
                at += len(some)
                if chance.random() < 0.8:  # else Kafka has not answered yet
                    committed = at
                    disk.note("committed", at)
        except Killed:
            if noted:  # its COMMIT may have been answered just before
                disk.on_moment = lambda: None
                disk.note("database", noted[-1])
        finally:
            if inbox is not None:
                inbox.close()
            if store is not None:
                store.close()


def is_whole(store: Store) -> None:
    """Every alert is there once, with its row and its packet, and no file has a torn end.

    A torn block may stay where whole ones follow it: those are not thrown away with it.
    """
    found = everything(store)
    assert sorted((one.row.survey, one.row.alert_id) for one in found) == sorted(SENT)
    for one in found:
        alert, result = SENT[one.row.survey, one.row.alert_id]
        assert store.packets.read(one.place) == (alert.key, alert.value)
        assert isinstance(result, Decoded)
        assert one.row == result.row
    for path in files(store):
        data = path.read_bytes()
        assert data.endswith(read_header(data).sync), "a torn end was left"


def comes_back(moment: Moment, folder: Path, chance: random.Random, luck: float) -> None:
    """The power comes back: start, look at what is there, and let Kafka send the rest."""
    moment.restore(folder, chance, luck)
    path = folder / "data" / "store.sqlite3"
    committed = moment.noted.get("committed", 0)
    if path.parent.is_dir() and "database" in moment.noted:
        path.write_bytes(moment.noted["database"])
    else:
        assert not committed, "Kafka was told, and the store is gone"
    with Store(folder / "data") as store:
        inbox = store.inbox()
        inbox.recover(BOOK, NOW)
        at = min(committed, inbox.position(SOURCE, "t", 0) or 0)
        inbox.receive(RESULTS[at:], SOURCE, [Position("t", 0, len(RESULTS))], NOW)
        inbox.close()
        is_whole(store)


@pytest.mark.parametrize("seed", range(6))
def test_the_power_fails_anywhere(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(seed)
    (tmp_path / "live").mkdir()
    disk = Disk(tmp_path / "live")
    with disk.recording(), monkeypatch.context() as patch:
        lived(disk, tmp_path / "live" / "data", chance, patch)
    assert len(disk.moments) > 40
    for number in [*chance.sample(range(len(disk.moments)), 16), len(disk.moments) - 1]:
        for luck in (0.0, chance.choice([0.3, 0.7, 0.95])):
            print(f"seed {seed}, moment {number}: {disk.moments[number].what}, luck {luck}")
            comes_back(disk.moments[number], tmp_path / "back", chance, luck)
            shutil.rmtree(tmp_path / "back")


def test_a_saved_file_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    """And once it was said to be saved, it is there, however often it was begun before."""
    chance, alert = random.Random(1), ALERTS[0]
    content = container(alert.key, alert.value)
    (tmp_path / "live").mkdir()
    disk = Disk(tmp_path / "live")
    folder = tmp_path / "live" / "far" / "below"
    with disk.recording():
        for kill_after in range(1, 12):
            left = kill_after

            def count() -> None:
                nonlocal left
                left -= 1
                if left == 0:
                    raise Killed

            disk.on_moment = count
            try:
                saved.save(folder, "name", alert.key, alert.value)
            except Killed:
                continue
            disk.on_moment = lambda: None
            disk.note("saved", True)
    assert "saved" in disk.moments[-1].noted
    for number, moment in enumerate(disk.moments):
        for luck in (0.0, 0.5, 1.0):
            moment.restore(tmp_path / f"back{number}-{luck}", chance, luck)
            path = tmp_path / f"back{number}-{luck}" / "far" / "below" / "name.avro"
            if path.exists():
                assert path.read_bytes() == content
            else:
                assert "saved" not in moment.noted
