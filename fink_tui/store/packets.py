"""The packets as they came: append-only Avro container files, one for each schema and night of arrival.

Every packet is a block of its own, its bytes as received, so the files are ordinary Avro that fink-client, fastavro
and pandas read. Blocks are synced to the disk before the database names their places; what a crash leaves behind
is complete blocks without rows (indexed again at the next start) and at most one torn batch at a file's end (cut).

Why the loss of power is safe: a file's header, and the folders that name the file, are synced before a block follows;
blocks are synced before the database may name their places; the database syncs its transaction; only then is the
position committed to Kafka. So what a row names is on the disk, and what is not on the disk is sent again. The last
blocks may be on the disk in part, with holes of zeros between a good beginning and a good end: such a block passes
for a whole one, gets a row, and is compared with what Kafka sends again (`Inbox.receive`).
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import io
import mmap
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from fink_tui.alerts.packet import (
    SYNC_SIZE,
    ContainerError,
    Header,
    block_prefix,
    blocks,
    header,
    read_header,
)
from fink_tui.alerts.schema import Schema
from fink_tui.store.errors import StoreError, store_error

HEADER_READ = 1 << 18
"""Bytes read at first to find a file's header: the schemas of Fink are 39 and 72 kB."""

_OURS = re.compile(r"[a-z]+-[0-9a-f]{12}\.avro")
"""The names of the files of packets: survey, and the beginning of the schema's SHA-256."""

OPEN_FILES = 8
"""Files kept open for appending."""

KEPT = "kept/"
"""The folder, below that of packets, of those that stay when their night is removed."""

ANSWERS = "answers/"
"""How the database names the files of answers, which are in a folder of their own beside that of packets."""

REMOVED = "removed/"
"""How the database names a file that is no longer there: rows go on to refer to it, and its name is free again."""


class Place(NamedTuple):
    """Where a packet's datum is."""

    name: str
    """The file, below the folder of packets."""

    offset: int
    """Bytes from its start."""

    length: int
    """Bytes of the datum."""


class Stray(NamedTuple):
    """A block that the database does not know."""

    place: Place
    schema: bytes
    value: bytes
    end: int
    """Where the next block begins."""


class PacketError(StoreError):
    """A packet cannot be read back from its place."""


class PacketRemovedError(PacketError):
    """A packet is no longer kept."""


def sync_folder(folder: Path) -> None:
    """Put a folder's list of files on the disk, so that a new file survives the loss of power.

    Some network file systems cannot, and say EINVAL or ENOTSUP: there, nothing better can be done.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, and put their names on the disk: what is synced in a lost folder is lost.

    Raises:
        OSError: The file system refuses.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for above in list(folder.absolute().parents)[:4]:  # a process killed in here may have made them and not synced them
        with contextlib.suppress(PermissionError):  # not made by us
            sync_folder(above)


def _header_of(descriptor: int) -> Header:
    """Read a file's header, however long its schema is.

    Raises:
        OSError: The file cannot be read.
        ContainerError: It is no Avro file.
        EOFError: It ends inside its header.
    """
    size = HEADER_READ
    while True:
        data = os.pread(descriptor, size, 0)
        try:
            return read_header(data)
        except EOFError:
            if len(data) < size:
                raise
        size *= 4


class _OpenFile:
    """A container file open for appending."""

    def __init__(self, path: Path, schema: bytes) -> None:
        """Open the file, or begin it with a header that is on the disk before anything follows.

        Raises:
            OSError: The file system refuses.
            ContainerError: The file is there and is not ours.
        """
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            self.size = os.fstat(self._descriptor).st_size
            if self.size == 0:
                self.sync_marker = os.urandom(SYNC_SIZE)
                self.append(header(schema, self.sync_marker))
                self.sync()
            else:
                found = _header_of(self._descriptor)
                if found.schema != schema:
                    raise ContainerError("its schema is another")
                self.sync_marker = found.sync
            for folder in list(path.parents)[:3]:  # the night, all nights, the store: each may be new
                sync_folder(folder)
        except BaseException:
            os.close(self._descriptor)
            raise

    def append(self, data: bytes) -> None:
        """Write at the end; where that fails halfway, what was written of it is cut off again."""
        view, at = memoryview(data), self.size
        try:
            while view:
                written = os.pwrite(self._descriptor, view, at)
                view, at = view[written:], at + written
        except OSError:
            with contextlib.suppress(OSError):
                self.cut(self.size)
            raise
        self.size = at

    def sync(self) -> None:
        """Wait until what was written is on the disk."""
        os.fdatasync(self._descriptor)

    def is_in_place(self) -> bool:
        """Whether the file is still the one of its name."""
        try:
            return os.path.samestat(os.stat(self.path), os.fstat(self._descriptor))
        except OSError:
            return False

    def cut(self, size: int) -> None:
        """Shorten the file."""
        os.ftruncate(self._descriptor, size)
        self.size = size

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)


class PacketFiles:
    """The folder of packets, and the files in it that are being written. For one thread of one process."""

    def __init__(self, folder: Path) -> None:
        """Name the folder; it is made with the first packet."""
        self.folder = folder
        self._open: dict[str, _OpenFile] = {}
        self._before: dict[str, int] = {}

    def append(self, night: int, schema: Schema, values: Sequence[bytes]) -> list[Place]:
        """Append packets of one schema to the file of a night; they are safe only after `sync`.

        Args:
            night: The night of arrival, YYYYMMDD.
            schema: Their schema.
            values: Their bytes.

        Returns:
            Their places, in the same order.

        Raises:
            StoreError: The file system refuses; nothing of the packets is left in the file.
        """
        return self.append_to(f"{night}/{schema.survey.name}-{schema.digest[:12]}.avro", schema.text, values)

    def append_to(self, name: str, schema: bytes, values: Sequence[bytes]) -> list[Place]:
        """Append packets to a file by its name: `append`, for who knows it.

        Args:
            name: The file, below the folder of packets.
            schema: The packets' schema, JSON text.
            values: Their bytes.

        Returns:
            Their places, in the same order.

        Raises:
            StoreError: The file system refuses; nothing of the packets is left in the file.
        """
        try:
            file = self._file(name, schema)
            self._before.setdefault(name, file.size)
            places, at, parts = [], file.size, list[bytes]()
            for value in values:
                prefix = block_prefix(value)
                places.append(Place(name, at + len(prefix), len(value)))
                parts += prefix, value, file.sync_marker
                at += len(prefix) + len(value) + SYNC_SIZE
            file.append(b"".join(parts))
        except (OSError, ContainerError, EOFError) as error:
            if not isinstance(error, OSError):
                raise StoreError(f"{self.folder / name} is not a file of packets. Move it away.") from error
            raise store_error(error, "writing packets") from error
        return places

    def sync(self) -> dict[str, int]:
        """Put what was appended since the last call on the disk.

        Returns:
            The size of each file that grew.

        Raises:
            StoreError: The disk refuses; call `undo`.
        """
        try:
            for name in self._before:
                self._open[name].sync()
        except OSError as error:
            raise store_error(error, "writing packets") from error
        return {name: self._open[name].size for name in self._before}

    def settle(self) -> None:
        """Say that the database has what was appended: it can no more be undone."""
        self._before.clear()

    def undo(self) -> None:
        """Cut off what was appended since the last `settle`, because the database could not take it."""
        for name, size in self._before.items():
            with contextlib.suppress(OSError):  # else the blocks are found again at the next start
                self._open[name].cut(size)
        self._before.clear()

    def _file(self, name: str, schema: bytes) -> _OpenFile:
        if name not in self._open:
            while len(self._open) >= OPEN_FILES:
                oldest = next((other for other in self._open if other not in self._before), None)
                if oldest is None:
                    break
                self._open.pop(oldest).close()
            self._open[name] = _OpenFile(self.folder / name, schema)
        return self._open[name]

    def lost(self) -> list[str]:
        """Files that were open and are no longer in their place, as when someone made room; they are closed.

        What is appended to such a file would be gone with it.
        """
        names = [name for name, file in self._open.items() if not file.is_in_place()]
        for name in names:
            self._open.pop(name).close()
        return names

    def close(self) -> None:
        """Close every file."""
        for file in self._open.values():
            file.close()
        self._open.clear()
        self._before.clear()

    def strays(self, indexed: Mapping[str, int]) -> Iterator[Stray]:
        """The complete blocks that the database does not know; torn ends are cut off on the way.

        Only the process that holds the receiving lock may call this. Files that are no packets of ours are left alone.

        Args:
            indexed: For each file the database knows, the bytes whose blocks all have rows.

        Raises:
            StoreError: A file cannot be read or cut.
        """
        for path in sorted(self.folder.glob("*/*.avro")):
            name = path.relative_to(self.folder).as_posix()
            try:
                size = path.stat().st_size
                if size == 0 and name not in indexed and _OURS.fullmatch(path.name):  # only its name had been made
                    path.unlink()
                elif size > indexed.get(name, 0):
                    yield from self._strays_of(path, name, indexed.get(name, 0))
            except OSError as error:
                raise store_error(error, "looking through the packets kept") from error

    def _strays_of(self, path: Path, name: str, start: int) -> Iterator[Stray]:
        with path.open("r+b", buffering=0) as file:
            try:
                head = _header_of(file.fileno())
            except (EOFError, ContainerError):
                head = None
            if head is None or hashlib.sha256(head.schema).hexdigest()[:12] != path.stem.rpartition("-")[2]:
                # The crash came while the file was begun, or it is not ours. With a good header in its place, the
                # packets of the night go on; what is in it is kept under another name.
                if start == 0 and _OURS.fullmatch(path.name):
                    os.replace(path, path.with_name(path.name + ".damaged"))
                    sync_folder(path.parent)
                return
            # Who wrote these blocks may have been killed before they were synced. What follows gives them rows, and
            # Kafka, when it sends them again, is told that they are kept: so now they must be on the disk.
            os.fsync(file.fileno())
            for folder in list(path.parents)[:3]:
                sync_folder(folder)
            end = max(start, head.end)
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                at = end
                while at >= 0:
                    for found in blocks(data, head.sync, at):
                        end = found.end
                        if found.records == 1:
                            value = data[found.offset : found.offset + found.length]
                            yield Stray(Place(name, found.offset, found.length), head.schema, value, found.end)
                    # Good blocks beyond a damaged one (an older database was restored) are not thrown away with it.
                    at = data.find(head.sync, max(at, end))
                    at = at + SYNC_SIZE if at >= 0 else at
                size = len(data)
            if end < size:
                os.ftruncate(file.fileno(), end)
                os.fdatasync(file.fileno())


class PacketReader:
    """Reads packets back from their places. Safe in any thread."""

    def __init__(self, folder: Path) -> None:
        """Name the folder of packets."""
        self.folder = folder
        self._headers: dict[str, Header] = {}

    def read(self, place: Place) -> tuple[bytes, bytes]:
        """A packet's schema and datum, as received.

        Raises:
            PacketRemovedError: The packet is no longer kept.
            PacketError: The file is gone, or no longer holds the packet.
        """
        if place.name.startswith(REMOVED):
            raise PacketRemovedError("Its packet is no longer here: those of old nights are removed (keep_nights).")
        path = self.folder / place.name
        try:
            with path.open("rb", buffering=0) as file:
                if place.name not in self._headers:
                    self._headers[place.name] = _header_of(file.fileno())
                file.seek(place.offset)
                value = _read_exactly(file, place.length)
        except (OSError, ContainerError, EOFError) as error:
            what = error.strerror if isinstance(error, OSError) else str(error)
            raise PacketError(f"The packet cannot be read from {path}: {what}.") from error
        return self._headers[place.name].schema, value


def _read_exactly(file: io.FileIO, size: int) -> bytes:
    chunks = []
    while size:
        chunk = file.read(size)
        if not chunk:
            raise EOFError("the file ends before the packet does")
        chunks.append(chunk)
        size -= len(chunk)
    return b"".join(chunks)
