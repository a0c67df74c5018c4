"""Packets into rows, many at a time; one packet into its whole record.

The *fast path* frames the messages as an Avro file, one block each, and has polars project the leaves of a row out
of it, in native code and without the interpreter's lock. One message a block: in a block of many, a message cut
short shifts its neighbours, which then decode to wrong values without an error. The *whole path* has fastavro
decode the record, where polars cannot read the schema, or where what polars made of a message is suspicious:
polars takes random bytes for a row of nulls; fastavro refuses them.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from fink_tui.alerts.packet import Packet
from fink_tui.alerts.project import project
from fink_tui.alerts.row import AlertRow
from fink_tui.alerts.schema import Schema, SchemaBook, SchemaError
from fink_tui.alerts.survey import RowError


class PacketError(ValueError):
    """A packet cannot be decoded, or is no alert; the text says why, in a sentence without a full stop."""


class Decoded(NamedTuple):
    """A packet that is an alert."""

    packet: Packet
    schema: Schema
    row: AlertRow


class Refused(NamedTuple):
    """A packet that is none, and why."""

    packet: Packet
    reason: str


def decode(packets: Sequence[Packet], book: SchemaBook) -> list[Decoded | Refused]:
    """Judge a batch of packets; a damaged one never touches its neighbours.

    Args:
        packets: The packets, of any schemas.
        book: Where schemas are looked up.

    Returns:
        For each packet, in their order, its row or the reason against it.
    """
    results: list[Decoded | Refused | None] = [None] * len(packets)
    groups: dict[int, tuple[Schema, list[int]]] = {}
    for index, packet in enumerate(packets):
        if not packet.value:
            results[index] = Refused(packet, "it is empty")
            continue
        try:
            schema = book.schema(packet.key)
        except SchemaError as error:
            results[index] = Refused(packet, str(error))
            continue
        groups.setdefault(id(schema), (schema, []))[1].append(index)
    for schema, indices in groups.values():
        for index, result in zip(indices, _decode_group(schema, [packets[i] for i in indices]), strict=True):
            results[index] = result
    return [result for result in results if result is not None]


def _decode_group(schema: Schema, packets: Sequence[Packet]) -> Iterator[Decoded | Refused]:
    for packet, leaves in zip(packets, project(schema, [packet.value for packet in packets]), strict=True):
        if leaves is not None:
            try:
                yield Decoded(packet, schema, schema.survey.row(leaves))
                continue
            except RowError:
                pass  # suspicious: fastavro has the last word
        try:
            yield Decoded(packet, schema, whole_row(schema, packet.value))
        except PacketError as error:
            yield Refused(packet, str(error))


def whole_row(schema: Schema, value: bytes) -> AlertRow:
    """The row of one packet by the whole path.

    Raises:
        PacketError: The packet cannot be decoded, or lacks what a row must have.
    """
    try:
        return schema.survey.row(pick(record(schema, value), schema.survey.leaves))
    except RowError as error:
        raise PacketError(str(error)) from error


def record(schema: Schema, value: bytes) -> dict[str, Any]:
    """Decode one packet whole.

    Raises:
        PacketError: The bytes are not one record of that schema, from their first to their last.
    """
    buffer = io.BytesIO(value)
    try:
        # A byte that is no UTF-8 in one of two hundred fields is no reason against an alert: it is shown as U+FFFD.
        found = _reader(schema)(buffer, schema.parsed, None, handle_unicode_errors="replace")
    # fastavro lets through whatever its readers of bad bytes meet.
    except (EOFError, ValueError, IndexError, KeyError, TypeError, OverflowError, MemoryError, RecursionError) as error:
        raise PacketError(_in_words(error)) from error
    if buffer.tell() != len(value):
        raise PacketError(f"{len(value) - buffer.tell():,} bytes follow its last field")
    if not isinstance(found, dict):
        raise PacketError("it is not a record")
    return found


def _reader(schema: Schema) -> Callable[..., Any]:
    """What decodes a packet of that schema.

    fastavro's compiled reader calls itself for each level and does not watch the stack: a packet of a recursive
    schema that is nested some thousand deep ends the process. Its reader in Python raises RecursionError.
    """
    import fastavro

    if schema.is_recursive:
        from fastavro import _read_py

        slow: Callable[..., Any] = _read_py.schemaless_reader
        return slow
    return fastavro.schemaless_reader


def _in_words(error: BaseException) -> str:
    """What fastavro's error says of a packet; its own words speak of Python."""
    text = str(error)
    if isinstance(error, EOFError) or "cannot read" in text or text.startswith("Expected "):
        return "its bytes end too early"
    return "its bytes do not fit its schema"


def pick(found: Mapping[str, Any], leaves: Sequence[str]) -> dict[str, Any]:
    """Take leaves out of a whole record; what is missing on the way is None.

    Args:
        found: The record.
        leaves: Their names: see `fink_tui.alerts.survey`.
    """
    return {leaf: _pick(found, leaf) for leaf in leaves}


def _pick(found: Mapping[str, Any], leaf: str) -> Any:
    array, has_array, field = leaf.partition("[].")
    if has_array:
        items = found.get(array)
        if not isinstance(items, list):
            return None
        return [item.get(field) if isinstance(item, dict) else None for item in items]
    value: Any = found
    for name in leaf.split("."):
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value
