"""Avro files of alerts read as packets: those of fink-client, of this program, of Fink's data transfer."""

from __future__ import annotations

import io
import lzma
import zlib
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, TypeVar, cast

from fink_tui.alerts.packet import SYNC_SIZE, ContainerError, Header, Packet, blocks, decode_long, encode, read_header
from fink_tui.alerts.text import clean

K = TypeVar("K")
V = TypeVar("V")

HEADER_READ = 1 << 18
"""Bytes read at first to find a file's header: the schemas of Fink are 39 and 72 kB."""

PREFIX_READ = 20
"""Bytes that hold a block's two numbers, its count and its length, whatever they are."""

KEPT = 16
"""Headers, and blocks of several packets, that are remembered by who reads by place."""


class AvroFileError(ValueError):
    """A file cannot be read as alerts; the text says why, in a sentence that names it."""


class FilePlace(NamedTuple):
    """Where a packet is."""

    path: Path
    """The file."""

    begin: int
    """Where its block begins, bytes from the file's start."""

    number: int
    """How many packets are before it in the block."""


def packets_of(path: Path) -> Iterator[Packet]:
    """The packets of an Avro container file: `located` without their places.

    Raises:
        AvroFileError: It cannot be read, or is damaged at this point; what came before is good.
    """
    return (packet for _, packet in located(path))


def located(path: Path) -> Iterator[tuple[FilePlace, Packet]]:
    """The packets of an Avro container file and their places; no more than a block of it is in memory.

    Blocks of one uncompressed record are taken as they are; others are decoded and encoded again, by the file's own
    schema.

    Args:
        path: The file.

    Yields:
        Its packets: no topic, -1 for the partition, their number in the file for the offset.

    Raises:
        AvroFileError: It cannot be read, or is damaged at this point; what came before is good.
    """
    try:
        with path.open("rb") as file:
            head = _head(path, file)
            size = file.seek(0, io.SEEK_END)
            number, at = 0, head.header.end
            while at < size:
                block = _block(file, head, at, size)
                if block is None:
                    raise AvroFileError(f"{path}: it is damaged after {number} alerts.")
                for index, value in enumerate(_values(path, head, block)):
                    yield FilePlace(path, at, index), Packet("", -1, number, head.header.schema, value)
                    number += 1
                at += len(block)
    except OSError as error:
        raise AvroFileError(f"{path}: {error.strerror}.") from error


class _Head(NamedTuple):
    """The header of a file."""

    header: Header
    data: bytes
    """Its bytes."""


class PlaceReader:
    """Reads packets by their places, in any order."""

    def __init__(self) -> None:
        self._heads: OrderedDict[Path, _Head] = OrderedDict()
        self._blocks: OrderedDict[tuple[Path, int], list[Packet]] = OrderedDict()

    def read(self, place: FilePlace) -> Packet:
        """The packet of a place; its offset is -1.

        Raises:
            AvroFileError: It is no longer there.
        """
        packets = self._blocks.get(place[:2])
        if packets is None:
            packets = self._packets(place)
            if len(packets) > 1:  # it is asked for again
                _remember(self._blocks, place[:2], packets)
        if place.number >= len(packets):
            raise AvroFileError(f"{place.path}: it has changed meanwhile.")
        return packets[place.number]

    def _packets(self, place: FilePlace) -> list[Packet]:
        try:
            with place.path.open("rb") as file:
                head = self._heads.get(place.path) or _head(place.path, file)
                block = _block(file, head, place.begin, file.seek(0, io.SEEK_END))
        except OSError as error:
            raise AvroFileError(f"{place.path}: {error.strerror}.") from error
        if block is None:
            raise AvroFileError(f"{place.path}: it has changed meanwhile.")
        _remember(self._heads, place.path, head)
        return [Packet("", -1, -1, head.header.schema, value) for value in _values(place.path, head, block)]


def _remember(memory: OrderedDict[K, V], key: K, value: V) -> None:
    memory[key] = value
    while len(memory) > KEPT:
        memory.popitem(last=False)


def _head(path: Path, file: BinaryIO) -> _Head:
    """Read a file's header, however long its schema is.

    Raises:
        OSError: The file cannot be read.
        AvroFileError: It is no Avro file, or ends inside its header.
    """
    size = HEADER_READ
    while True:
        file.seek(0)
        data = file.read(size)
        try:
            header = read_header(data)
            return _Head(header, data[: header.end])
        except ContainerError as error:
            raise AvroFileError(f"{path}: {error}.") from error
        except EOFError as error:
            if len(data) < size:
                raise AvroFileError(f"{path}: {error}.") from error
        size *= 4


def _block(file: BinaryIO, head: _Head, at: int, size: int) -> bytes | None:
    """The bytes of the block that begins at a place, from its count to its marker; None where it is not whole."""
    file.seek(at)
    prefix = file.read(PREFIX_READ)
    try:
        _, start = decode_long(prefix, 0)
        length, start = decode_long(prefix, start)
    except (EOFError, ContainerError):
        return None
    if not 0 <= length <= size - at - start - SYNC_SIZE:
        return None
    file.seek(at)
    data = file.read(start + length + SYNC_SIZE)
    return data if next(blocks(data, head.header.sync), None) is not None else None


def _values(path: Path, head: _Head, data: bytes) -> Iterator[bytes]:
    """The packets of a block."""
    block = next(blocks(data, head.header.sync))
    if head.header.codec == "null" and block.records == 1:
        yield data[block.offset : block.offset + block.length]
    else:
        yield from _records(path, head, data)


def _records(path: Path, head: _Head, data: bytes) -> Iterator[bytes]:
    """The records of a block, each encoded again."""
    import fastavro

    try:
        reader = fastavro.reader(io.BytesIO(head.data + data))
        if not isinstance(reader.writer_schema, dict) or reader.writer_schema.get("type") != "record":
            raise AvroFileError(f"{path}: its records are no alerts.")
        for record in reader:
            yield encode(reader.writer_schema, cast("dict[str, Any]", record))
    except AvroFileError:
        raise
    except (
        *(ValueError, EOFError, LookupError, TypeError, AttributeError, OverflowError, MemoryError, RecursionError),
        *(OSError, zlib.error, lzma.LZMAError, fastavro.schema.SchemaParseException),  # of codecs, of the schema
    ) as error:
        raise AvroFileError(f"{path}: {clean(error) or type(error).__name__}.") from error


def avro_files(paths: list[Path]) -> list[Path]:
    """The Avro files that paths name: files themselves, and those in folders and below, by name."""
    found: list[Path] = []
    for path in paths:
        found += sorted(path.rglob("*.avro")) if path.is_dir() else [path]
    return list(dict.fromkeys(found))
