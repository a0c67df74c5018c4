"""What a screen knows of another process that receives."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from fink_tui.store.store import Store
from fink_tui.stream import bulletin
from fink_tui.stream.status import StreamState, StreamStatus

STATUSES = [
    StreamStatus("ztf", StreamState.AWAY, "The broker does not answer.", ("t", "u"), 3, 4, 12, 1.5, newest_mjd=61364.5),
    StreamStatus("lsst", StreamState.RECEIVING),
]


def test_nobody_receives(store: Store) -> None:
    bulletin.publish(store.folder, STATUSES)  # as somebody did who has ended
    assert bulletin.beside(store) == ([], "")


def test_who_receives_and_how_it_goes(store: Store) -> None:
    with Store(store.folder) as other:
        assert other.receiving.acquire("fink-tui ingest")
        who = f"fink-tui ingest (process {os.getpid()}) receives"
        assert bulletin.beside(store) == ([], f"{who}; this screen takes over when it ends.")
        bulletin.publish(store.folder, STATUSES)
        found, message = bulletin.beside(store)
        assert found == STATUSES
        assert message == f"The broker does not answer. {who}; this screen takes over when it ends."
        other.receiving.release()
    assert bulletin.beside(store) == ([], "")


def test_one_that_hangs_is_named_with_the_remedy(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    with Store(store.folder) as other:
        assert other.receiving.acquire("fink-tui")
        bulletin.publish(store.folder, STATUSES)
        now = time.time()
        monkeypatch.setattr(bulletin.time, "time", lambda: now + bulletin.SILENT_SECONDS + 5)
        found, message = bulletin.beside(store)
        assert found == []
        assert f"has said nothing for {bulletin.SILENT_SECONDS + 5:.0f} s" in message
        assert f"kill {os.getpid()}" in message
        other.receiving.release()


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"pid": 1, "statuses": []}', b'{"pid": "x"}', b"\xff\xfe", b'{"pid": 1e400}']
)
def test_a_bulletin_of_another_process_or_of_none_is_not_believed(store: Store, content: bytes) -> None:
    with Store(store.folder) as other:
        assert other.receiving.acquire("fink-tui")
        (store.folder / bulletin.NAME).write_bytes(content)
        found, message = bulletin.beside(store)
        assert (found, "receives; this screen takes over" in message) == ([], True)
        other.receiving.release()


def test_where_the_disk_refuses_nothing_is_said_and_nothing_breaks(tmp_path: Path) -> None:
    bulletin.publish(tmp_path / "gone", STATUSES)
    assert not (tmp_path / "gone").exists()
