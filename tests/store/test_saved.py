"""An alert saved as a file is there whole or not at all."""

from __future__ import annotations

import errno
import io
import os
import time
from collections.abc import Callable
from pathlib import Path

import fastavro
import pytest

from fink_tui.alerts.packet import container
from fink_tui.store import saved
from fink_tui.store.errors import SaveError
from fink_tui.stream.demo import DemoAlert
from tests.store.making import run


def names(folder: Path) -> list[str]:
    return sorted(os.listdir(folder))


def test_saved_is_standard_avro(tmp_path: Path, demo_alerts: list[DemoAlert]) -> None:
    for alert in demo_alerts[:6]:
        path = saved.save(tmp_path / "new" / "folder", f"{alert.object_id}_1", alert.key, alert.value)
        assert path.read_bytes() == container(alert.key, alert.value)
        (found,) = fastavro.reader(io.BytesIO(path.read_bytes()))
        assert isinstance(found, dict)
        assert alert.alert_id in (str(found.get("candid")), str(found.get("diaSourceId")))
    assert all(name.endswith("_1.avro") for name in names(path.parent))


def test_the_same_again_is_left_alone(tmp_path: Path, demo_alerts: list[DemoAlert]) -> None:
    alert = demo_alerts[0]
    path = saved.save(tmp_path, "a", alert.key, alert.value)
    before = path.stat()
    assert saved.save(tmp_path, "a", alert.key, alert.value) == path
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert names(tmp_path) == ["a.avro"]


def test_another_is_put_in_its_place(tmp_path: Path, demo_alerts: list[DemoAlert]) -> None:
    (tmp_path / "a.avro").write_bytes(b"torn")
    alert = demo_alerts[0]
    path = saved.save(tmp_path, "a", alert.key, alert.value)
    assert path.read_bytes() == container(alert.key, alert.value)
    assert names(tmp_path) == ["a.avro"]


def failing(code: int) -> Callable[..., None]:
    def fail(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    return fail


@pytest.mark.parametrize("what", ["fsync", "replace", "open"])
@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.ENOSPC, "no space left"),
        (errno.EDQUOT, "no space left"),
        (errno.EROFS, "cannot be written"),
        (errno.EACCES, "cannot be written"),
        (errno.EIO, "Input/output error"),
    ],
)
def test_failures_leave_what_was(
    tmp_path: Path, demo_alerts: list[DemoAlert], monkeypatch: pytest.MonkeyPatch, what: str, code: int, words: str
) -> None:
    (tmp_path / "a.avro").write_bytes(b"older")
    with monkeypatch.context() as patch:
        patch.setattr(os, what, failing(code))
        with pytest.raises(SaveError, match=words) as caught:
            saved.save(tmp_path, "a", demo_alerts[0].key, demo_alerts[0].value)
    assert str(caught.value).startswith("Not saved: ")
    assert str(tmp_path) in str(caught.value)
    assert names(tmp_path) == ["a.avro"]
    assert (tmp_path / "a.avro").read_bytes() == b"older"


def test_no_room_for_real(tmp_path: Path) -> None:
    code = """
import resource, sys
from pathlib import Path
from fink_tui.store import saved
from fink_tui.store.errors import SaveError
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
try:
    saved.save(Path(sys.argv[1]), "a", b"{}", bytes(50_000))
except SaveError as error:
    print(error)
"""
    done = run(code, tmp_path)
    assert done.stdout.startswith("Not saved: "), done.stderr
    assert names(tmp_path) == []


def test_folder_is_a_file(tmp_path: Path, demo_alerts: list[DemoAlert]) -> None:
    (tmp_path / "f").write_text("a file")
    for folder in (tmp_path / "f", tmp_path / "f" / "deeper"):
        with pytest.raises(SaveError, match="not a folder"):
            saved.save(folder, "a", demo_alerts[0].key, demo_alerts[0].value)
    assert (tmp_path / "f").read_text() == "a file"


def test_file_is_a_folder(tmp_path: Path, demo_alerts: list[DemoAlert]) -> None:
    (tmp_path / "a.avro").mkdir()
    with pytest.raises(SaveError, match="is a folder"):
        saved.save(tmp_path, "a", demo_alerts[0].key, demo_alerts[0].value)
    assert names(tmp_path) == ["a.avro"]


def test_file_systems_that_cannot_sync_folders(
    tmp_path: Path, demo_alerts: list[DemoAlert], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.fsync

    def only_files(descriptor: int) -> None:
        if os.path.isdir(f"/proc/self/fd/{descriptor}"):
            raise OSError(errno.EINVAL, "Invalid argument")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", only_files)
    assert saved.save(tmp_path, "a", demo_alerts[0].key, demo_alerts[0].value).is_file()


def test_what_a_kill_left_goes_at_a_later_save(tmp_path: Path, demo_alerts: list[DemoAlert]) -> None:
    """Not while its process lives, or for an hour: another machine may write there, too."""
    code = """
import os, sys
from pathlib import Path
from fink_tui.store import saved

os.replace = lambda *_: os._exit(9)
print(os.getpid(), flush=True)
saved.save(Path(sys.argv[1]), "a", b"{}", b"1")
"""
    done = run(code, tmp_path)
    assert done.returncode == 9, done.stderr
    (left,) = names(tmp_path)
    assert f".{int(done.stdout)}-" in left
    others = [left.replace(done.stdout.strip(), str(os.getpid())), ".a.part", "a.1-1.part"]
    for name in others:
        (tmp_path / name).touch()

    def saving(stem: str) -> list[str]:
        saved._remove_abandoned.cache_clear()  # as in another process
        saved.save(tmp_path, stem, demo_alerts[0].key, demo_alerts[0].value)
        return [name for name in names(tmp_path) if name.endswith(".part")]

    assert saving("b") == sorted([left, *others])
    for name in (left, *others):
        os.utime(tmp_path / name, (time.time() - saved.ABANDONED_SECONDS - 9,) * 2)
    assert saving("c") == sorted(others)
