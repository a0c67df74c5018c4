"""Where the program's files are, and how one is replaced without ever being half written."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

APP_NAME = "fink-tui"
"""The name of the program's folders."""

HOME_VARIABLE = "FINK_TUI_HOME"
"""The environment variable that puts settings, data and logs under one folder."""

# fmt: off
NETWORK_FILESYSTEMS = frozenset(
    [
        "9p", "afs", "beegfs", "ceph", "cifs", "coda", "davfs", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs",
        "nfs4", "orangefs", "panfs", "pvfs2", "smb3", "smbfs",
        "fuse.afs", "fuse.ceph", "fuse.ceph-fuse", "fuse.davfs2", "fuse.glusterfs", "fuse.gvfsd-fuse",
        "fuse.rclone", "fuse.s3fs", "fuse.sshfs",
    ]
)
# fmt: on
"""Linux file system types whose files several machines may share. SQLite's write-ahead log needs memory that all
its users share, so it is unsafe on these (SQLite, "Write-Ahead Logging", section 1)."""


@dataclass(frozen=True)
class Home:
    """The folders of one installation. Nothing is created until `create` is called."""

    config: Path
    """Folder of the settings."""

    data: Path
    """Folder of the store: the database and the packets."""

    logs: Path
    """Folder of the log."""

    @classmethod
    def find(cls, environ: Mapping[str, str] = os.environ) -> Home:
        """The folders of this user.

        Args:
            environ: Where `FINK_TUI_HOME` is looked up. Without it the folders are the platform's, on Linux the XDG
                ones, which follow the `XDG_*` variables of the process.
        """
        if root := environ.get(HOME_VARIABLE):
            return cls.temporary(Path(os.path.expanduser(root)).absolute())
        import platformdirs

        folders = platformdirs.PlatformDirs(APP_NAME, appauthor=False)
        return cls(folders.user_config_path, folders.user_data_path, folders.user_log_path)

    @classmethod
    def temporary(cls, root: Path) -> Home:
        """All folders under one: for the demo, for `view`, and for `FINK_TUI_HOME`."""
        return cls(root / "config", root / "data", root / "logs")

    @property
    def config_file(self) -> Path:
        """The settings."""
        return self.config / "config.yml"

    @property
    def groups_file(self) -> Path:
        """The consumer groups chosen at first start."""
        return self.config / "groups.yml"

    @property
    def database(self) -> Path:
        """The SQLite database."""
        return self.data / "store.sqlite3"

    @property
    def packets(self) -> Path:
        """Folder of the packets' Avro files."""
        return self.data / "packets"

    @property
    def log_file(self) -> Path:
        """The log."""
        return self.logs / "fink-tui.log"

    def create(self) -> None:
        """Make the folders that are not there, for this user alone.

        Raises:
            OSError: A folder cannot be made.
        """
        for folder in (self.config, self.data, self.logs):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def is_network_filesystem(path: Path, mountinfo: Path = Path("/proc/self/mountinfo")) -> str | None:
    """Whether a file or folder is, or would be, on a file system that several machines may share.

    Args:
        path: The file or folder; it need not exist.
        mountinfo: The kernel's list of mounts (Linux, `proc(5)`).

    Returns:
        The type, such as "nfs4", or None: a local file system, or a system that does not tell.
    """
    place = os.path.realpath(path)
    existing = place
    while not os.path.exists(existing) and existing != "/":  # the look itself makes an automounter mount
        existing = os.path.dirname(existing)
    try:
        lines = mountinfo.read_bytes().decode("utf-8", "surrogateescape").splitlines()
    except OSError:
        return None
    best, found = -1, ""
    for line in lines:
        before, dash, after = line.partition(" - ")
        fields, types = before.split(" "), after.split(" ")
        if not dash or len(fields) < 5:
            continue
        point = _unescaped(fields[4])
        inside = place == point or place.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= best:  # of two mounts on one folder, the later hides the earlier
            best, found = len(point), types[0]
    return found if found in NETWORK_FILESYSTEMS else None


def _unescaped(text: str) -> str:
    r"""A path as `mountinfo` writes it: a blank, tab, line feed or backslash as `\040` and the like."""
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), text)


def replace_file(path: Path, content: bytes, mode: int = 0o666) -> None:
    """Write a file whole or not at all: a new file beside it, flushed to the disk, then renamed over it.

    Where the path is a symbolic link, the file that it points to is replaced and the link stays.

    Args:
        path: The file.
        content: All of it.
        mode: Its permissions from its first moment on, less the umask.

    Raises:
        OSError: It could not be written; what was there is as it was.
    """
    target = os.path.realpath(path)
    folder, name = os.path.split(target)
    temporary = os.path.join(folder, f".{name}.{secrets.token_hex(6)}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    is_there = False
    try:
        with open(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
        is_there = True
    finally:
        if not is_there:
            os.unlink(temporary)
    with contextlib.suppress(OSError):  # some file systems cannot sync a folder; the file is in its place all the same
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
