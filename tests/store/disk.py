"""A disk that loses its power: what was not synced may be there or not, in part or whole.

The program runs on a real file system. What it writes, syncs and names is recorded on the way; from the record, the
folder is made as it may be found when the power comes back. Worst case as POSIX allows it, not as a good file system
does it: names are there only once their folder was synced, bytes once their file was; of what was not, any sector may
be new, old, or zeros.

The database is not recorded: it is SQLite's to keep what COMMIT was answered for. Its state in the record is what the
last answered COMMIT left (`Disk.note`).
"""

from __future__ import annotations

import copy
import os
import random
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SECTOR = 512
"""Bytes that are on the disk together or not at all."""


class Killed(BaseException):
    """The process ends here, as by SIGKILL; the system and its cache live on."""


@dataclass
class _File:
    live: bytes = b""
    """What a process reads."""
    durable: bytes = b""
    """What is on the disk for certain."""


@dataclass
class _Folder:
    live: dict[str, _File | _Folder] = field(default_factory=dict)
    durable: dict[str, _File | _Folder] = field(default_factory=dict)


@dataclass
class Moment:
    """A state in which the power may fail."""

    what: str
    """What has just been done."""
    root: _Folder
    noted: dict[str, Any]
    """What the test noted last, by name."""

    def restore(self, folder: Path, chance: random.Random, luck: float) -> None:
        """Make the folder as it may be found.

        Args:
            folder: Where; it is made.
            chance: What decides.
            luck: How likely it is that something not synced is there nonetheless: 0 for never, 1 for always.
        """
        _restore(self.root, folder, chance, luck)


def _restore(found: _Folder, folder: Path, chance: random.Random, luck: float) -> None:
    folder.mkdir()
    for name in found.live.keys() | found.durable.keys():
        entry = found.live.get(name) if chance.random() < luck else found.durable.get(name)
        if isinstance(entry, _Folder):
            _restore(entry, folder / name, chance, luck)
        elif entry is not None:
            (folder / name).write_bytes(_mixed(entry, chance, luck))


def _mixed(file: _File, chance: random.Random, luck: float) -> bytes:
    live, durable = file.live, file.durable
    if live == durable or luck in (0, 1):
        return live if luck == 1 else durable
    size = chance.choice([len(live), len(durable), chance.randint(*sorted((len(live), len(durable))))])
    old = durable[:size].ljust(size, b"\0")
    new = live[:size].ljust(size, b"\0")
    starts = range(0, size, SECTOR)
    if chance.random() < 0.5:  # one hole in what else is there: the worst to find
        hole = chance.choice(starts) if starts else 0
        return b"".join(old[at : at + SECTOR] if at == hole else new[at : at + SECTOR] for at in starts)
    return b"".join((new if chance.random() < luck else old)[at : at + SECTOR] for at in starts)


class Disk:
    """Records what happens below a folder, by one thread."""

    def __init__(self, folder: Path, suffixes: tuple[str, ...] = (".avro", ".part", ".damaged")) -> None:
        """Watch a folder that is there and empty, and in it folders and the files of these endings."""
        self.folder = folder
        self.moments: list[Moment] = []
        self.on_moment: Callable[[], None] = lambda: None
        """Called at each moment, once it is recorded; may raise `Killed`."""
        self._suffixes = suffixes
        self._root = _Folder()
        self._files: dict[int, _File | _Folder] = {folder.stat().st_ino: self._root}
        self._noted: dict[str, Any] = {}

    def note(self, name: str, value: Any) -> None:
        """Note something that is certain from now on."""
        self._noted = self._noted | {name: value}
        self._moment(f"note {name}")

    def _moment(self, what: str) -> None:
        self.moments.append(Moment(what, copy.deepcopy(self._root), self._noted))
        self.on_moment()

    def _find(self, path: str | os.PathLike[str]) -> tuple[_Folder, str] | None:
        """The folder that a path is in, where it is watched, and its name."""
        path = Path(os.path.abspath(path))
        if not path.is_relative_to(self.folder) or path == self.folder:
            return None
        at = self._root
        for name in path.relative_to(self.folder).parts[:-1]:
            inner = at.live.get(name)
            if not isinstance(inner, _Folder):
                return None
            at = inner
        return at, path.name

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Record, while it lasts, what the functions of `os` are called for."""
        names = ("open", "mkdir", "pwrite", "ftruncate", "fsync", "fdatasync", "replace", "unlink")
        real: dict[str, Callable[..., Any]] = {name: getattr(os, name) for name in names}

        def content(descriptor: int) -> bytes:
            return os.pread(descriptor, os.fstat(descriptor).st_size, 0)

        def known(descriptor: int) -> _File | _Folder | None:
            return self._files.get(os.fstat(descriptor).st_ino)

        def opened(path: Any, flags: int, *more: Any, **options: Any) -> int:
            descriptor: int = real["open"](path, flags, *more, **options)
            place = self._find(path) if flags & os.O_CREAT else None
            if place is not None and place[1].endswith(self._suffixes) and place[1] not in place[0].live:
                place[0].live[place[1]] = self._files[os.fstat(descriptor).st_ino] = _File()
                self._moment(f"create {place[1]}")
            return descriptor

        def mkdir(path: Any, *more: Any, **options: Any) -> None:
            real["mkdir"](path, *more, **options)
            place = self._find(path)
            if place is not None:
                place[0].live[place[1]] = self._files[os.stat(path).st_ino] = _Folder()
                self._moment(f"mkdir {place[1]}")

        def changed(name: str) -> Callable[..., Any]:
            def call(descriptor: int, *more: Any) -> Any:
                found = real[name](descriptor, *more)
                file = known(descriptor)
                if isinstance(file, _File):
                    file.live = content(descriptor)
                    self._moment(name)
                return found

            return call

        def synced(name: str) -> Callable[[int], None]:
            def call(descriptor: int) -> None:
                entry = known(descriptor)
                if isinstance(entry, _File) and stat.S_ISREG(os.fstat(descriptor).st_mode):
                    entry.live = Path(f"/proc/self/fd/{descriptor}").read_bytes()  # it may be open for writing only
                    self._moment("before " + name)
                real[name](descriptor)
                if isinstance(entry, _Folder):
                    entry.durable = dict(entry.live)
                elif entry is not None:
                    entry.durable = entry.live
                if entry is not None:
                    self._moment(name)

            return call

        def replace(source: Any, target: Any) -> None:
            real["replace"](source, target)
            before, after = self._find(source), self._find(target)
            if before is not None and after is not None and before[1] in before[0].live:
                after[0].live[after[1]] = before[0].live.pop(before[1])
                self._moment(f"rename to {after[1]}")

        def unlink(path: Any, *more: Any, **options: Any) -> None:
            real["unlink"](path, *more, **options)
            place = self._find(path)
            if place is not None and place[0].live.pop(place[1], None) is not None:
                self._moment(f"unlink {place[1]}")

        hooks: dict[str, Callable[..., Any]] = {
            "open": opened,
            "mkdir": mkdir,
            "pwrite": changed("pwrite"),
            "ftruncate": changed("ftruncate"),
            "fsync": synced("fsync"),
            "fdatasync": synced("fdatasync"),
            "replace": replace,
            "unlink": unlink,
        }
        try:
            for name, hook in hooks.items():
                setattr(os, name, hook)
            yield
        finally:
            for name, function in real.items():
                setattr(os, name, function)
