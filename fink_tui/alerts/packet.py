"""A Kafka message and a packet: the schema in its key, its Avro value, and the container files packets are kept in.

Fink sends each alert as one *schemaless* Avro datum, with the writer's schema as JSON text in the message's key.
Such a datum is exactly the body of an Avro object container's block of one. So a packet is kept as an ordinary
Avro file without being decoded or encoded again: bit for bit what the broker sent.
(Avro 1.11 specification, "Object Container Files".)
"""

from __future__ import annotations

import hashlib
import io
import json
import mmap
from collections.abc import Iterator
from typing import Any, NamedTuple

Bytes = bytes | mmap.mmap
"""Bytes in memory, or of a file mapped into it."""

MAGIC = b"Obj\x01"
"""The first bytes of every Avro object container file."""

SYNC_SIZE = 16
"""Bytes of the marker that ends the header and every block."""


class ContainerError(ValueError):
    """Bytes that are not an Avro object container file."""


class Packet(NamedTuple):
    """One Kafka message: an alert as it was received, and where it came from."""

    topic: str
    """The Kafka topic, or "" for a packet read from a file."""

    partition: int
    """The topic's partition; -1 for a packet read from a file."""

    offset: int
    """The message's offset in its partition; -1 for a packet read from a file."""

    key: bytes
    """The message's key: for Fink, the writer's schema as JSON text."""

    value: bytes
    """The message's value: one schemaless Avro datum."""


class Block(NamedTuple):
    """One block of a container file; places are bytes from the start of the file."""

    begin: int
    """Where the block begins."""

    offset: int
    """Where the datum begins."""

    length: int
    """Bytes of the datum."""

    end: int
    """Where the next block begins."""

    records: int
    """How many records the datum holds: 1 in the files this program writes."""


def encode_long(number: int) -> bytes:
    """Avro's `long`: zig-zag, then seven bits a byte, the least significant first."""
    number = (number << 1) ^ (number >> 63)
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def decode_long(data: Bytes, at: int) -> tuple[int, int]:
    """Read an Avro `long`.

    Args:
        data: The bytes that hold it.
        at: Where it begins.

    Returns:
        The number, and where the next value begins.

    Raises:
        EOFError: The bytes end inside the number.
        ContainerError: It is longer than the ten bytes that a long can take.
    """
    number = shift = 0
    while True:
        if at >= len(data):
            raise EOFError("the bytes end inside a number")
        byte = data[at]
        at += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return (number >> 1) ^ -(number & 1), at
        shift += 7
        if shift > 63:
            raise ContainerError("a number of more than 64 bits")


def _sized(data: bytes) -> bytes:
    """Avro's `bytes` and `string`: the length, then the bytes."""
    return encode_long(len(data)) + data


def header(schema: bytes, sync: bytes) -> bytes:
    """The header of a container file.

    Args:
        schema: The writer's schema, JSON text.
        sync: The file's marker, 16 bytes.
    """
    entries = _sized(b"avro.schema") + _sized(schema) + _sized(b"avro.codec") + _sized(b"null")
    return MAGIC + encode_long(2) + entries + b"\0" + sync


def block(value: bytes, sync: bytes) -> bytes:
    """A datum as a block of its own: count, length, datum, marker."""
    return block_prefix(value) + value + sync


def block_prefix(value: bytes) -> bytes:
    """What comes before a datum in a block of its own: the count, and the datum's length."""
    return encode_long(1) + encode_long(len(value))


def container(schema: bytes, value: bytes) -> bytes:
    """One packet as a whole Avro file.

    The marker is made of the content, so that the same alert gives the same file each time.
    """
    sync = hashlib.sha256(schema + value).digest()[:SYNC_SIZE]
    return header(schema, sync) + block(value, sync)


class Header(NamedTuple):
    """What the header of a container file says."""

    schema: bytes
    """The writer's schema, JSON text."""

    codec: str
    """How blocks are compressed: "null" for not at all."""

    sync: bytes
    """The file's marker."""

    end: int
    """Where the first block begins."""


def read_header(data: bytes) -> Header:
    """Read the header of a container file.

    Args:
        data: The file's beginning, the whole header included.

    Raises:
        ContainerError: The bytes are not the header of an Avro object container file.
        EOFError: The bytes end inside the header.
    """
    if data[:4] != MAGIC:
        raise ContainerError("not an Avro file: it does not begin with 'Obj'")
    at, entries = 4, {}

    def text(at: int) -> tuple[bytes, int]:
        size, at = decode_long(data, at)
        if size < 0:
            raise ContainerError("a length below zero in the header")
        if at + size > len(data):
            raise EOFError("the bytes end inside the header")
        return data[at : at + size], at + size

    while True:
        count, at = decode_long(data, at)
        if count == 0:
            break
        if count < 0:  # a negative count is followed by the size of the entries
            _, at = decode_long(data, at)
        for _ in range(abs(count)):
            name, at = text(at)
            entries[name], at = text(at)
    if at + SYNC_SIZE > len(data):
        raise EOFError("the bytes end inside the header")
    if b"avro.schema" not in entries:
        raise ContainerError("the header names no schema")
    codec = entries.get(b"avro.codec", b"null").decode("ascii", "replace")
    return Header(entries[b"avro.schema"], codec, data[at : at + SYNC_SIZE], at + SYNC_SIZE)


def blocks(data: Bytes, sync: bytes, at: int = 0) -> Iterator[Block]:
    """The complete blocks of a container file, up to the first that is torn.

    Args:
        data: The bytes of the file, or its end.
        sync: The file's marker.
        at: Where in `data` the first block begins.

    Yields:
        The blocks, their places counted from the start of `data`.
    """
    while at < len(data):
        try:
            count, start = decode_long(data, at)
            length, start = decode_long(data, start)
        except (EOFError, ContainerError):
            return
        end = start + length + SYNC_SIZE
        if count < 0 or length < 0 or end > len(data) or data[end - SYNC_SIZE : end] != sync:
            return
        yield Block(at, start, length, end, count)
        at = end


def encode(schema: dict[str, Any], record: dict[str, Any]) -> bytes:
    """A record as one schemaless Avro datum, as Fink's brokers write it.

    Args:
        schema: The writer's schema, as `fastavro.parse_schema` gives it or plain.
        record: The fields and their values.

    Raises:
        ValueError: A value does not fit the schema.
    """
    import fastavro

    buffer = io.BytesIO()
    fastavro.schemaless_writer(buffer, schema, record)
    return buffer.getvalue()


def schema_text(schema: dict[str, Any]) -> bytes:
    """A schema as Fink's brokers put it in the message's key: JSON text indented by two spaces."""
    return json.dumps(schema, indent=2).encode()
