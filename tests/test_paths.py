"""Where files are, and replacing one."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from fink_tui.paths import Home, is_network_filesystem, replace_file

MOUNTS = """\
21 1 254:0 / / rw,relatime shared:1 - ext4 /dev/root rw
22 21 0:21 / /proc rw - proc proc rw
30 21 0:40 / /home rw,relatime shared:9 master:2 - nfs4 server:/home rw,vers=4.2
31 30 8:1 / /home/Local rw - xfs /dev/sda1 rw
32 21 0:41 / /data/two\\040words rw - fuse.sshfs host:/x rw
33 21 0:42 / /over rw - ext4 /dev/sdb rw
34 33 0:43 / /over rw - cifs //server/share rw
nonsense
35 21 0:44 / - nfs
"""


@pytest.fixture
def mounts(tmp_path: Path) -> Path:
    file = tmp_path / "mountinfo"
    file.write_text(MOUNTS)
    return file


def test_one_variable_moves_everything(tmp_path: Path) -> None:
    home = Home.find({"FINK_TUI_HOME": str(tmp_path / "x")})
    assert home == Home.temporary(tmp_path / "x")
    assert home.config_file == tmp_path / "x/config/config.yml"
    assert home.groups_file == tmp_path / "x/config/groups.yml"
    assert home.database == tmp_path / "x/data/store.sqlite3"
    assert home.packets == tmp_path / "x/data/packets"
    assert home.log_file == tmp_path / "x/logs/fink-tui.log"


def test_the_variable_may_be_relative_or_begin_with_a_tilde(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert Home.find({"FINK_TUI_HOME": "~/tui"}).data == tmp_path / "tui/data"
    assert Home.find({"FINK_TUI_HOME": "tui"}).data == tmp_path / "tui/data"


@pytest.mark.skipif(sys.platform != "linux", reason="the XDG folders are those of Linux")
def test_without_it_the_folders_are_those_of_xdg(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    home = Home.find({"FINK_TUI_HOME": ""})
    assert home.config == tmp_path / ".config/fink-tui"
    assert home.data == tmp_path / ".local/share/fink-tui"
    assert home.logs == tmp_path / ".local/state/fink-tui/log"
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "big"))
    assert Home.find({}).data == tmp_path / "big/fink-tui"


def test_folders_are_made_for_the_user_alone(tmp_path: Path) -> None:
    home = Home.temporary(tmp_path / "x")
    home.create()
    home.create()
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o700 for path in (home.config, home.data, home.logs))


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/home/Anna/.local/share", "nfs4"),
        ("/home", "nfs4"),
        ("/homes/anna", None),
        ("/home/Local/anna", None),
        ("/data/two words/x", "fuse.sshfs"),
        ("/over/x", "cifs"),
        ("/srv", None),
        ("/", None),
    ],
)
def test_network_file_systems_are_known_by_their_mount(mounts: Path, path: str, kind: str | None) -> None:
    assert is_network_filesystem(Path(path), mounts) == kind


def test_a_link_is_followed_to_its_file_system(mounts: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/over")
    assert is_network_filesystem(tmp_path / "link" / "store", mounts) == "cifs"


def test_a_system_without_mountinfo_says_nothing(tmp_path: Path) -> None:
    assert is_network_filesystem(tmp_path, tmp_path / "absent") is None


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.write_text("old")
    file.chmod(0o644)
    replace_file(file, b"new", 0o600)
    assert file.read_bytes() == b"new"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == ["f"]


def test_the_link_stays_and_what_it_points_to_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "dotfiles").mkdir()
    link = tmp_path / "f"
    link.symlink_to("dotfiles/f")
    replace_file(link, b"one")
    replace_file(link, b"two")
    assert link.is_symlink()
    assert (tmp_path / "dotfiles/f").read_bytes() == b"two"


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "f"
    file.write_text("old")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        replace_file(file, b"new")
    assert file.read_text() == "old"
    assert os.listdir(tmp_path) == ["f"]


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        replace_file(tmp_path / "no" / "f", b"")
