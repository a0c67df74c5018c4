"""Packets with other schemas than the surveys', made of the demo's alerts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from fink_tui.alerts import decode
from fink_tui.alerts.packet import Packet, encode
from fink_tui.alerts.project import project
from fink_tui.alerts.row import AlertRow
from fink_tui.alerts.schema import Schema, SchemaBook
from fink_tui.stream.demo import DemoAlert

Record = dict[str, Any]


def packet_of(alert: DemoAlert, number: int = 0) -> Packet:
    return Packet(alert.topics[0], 0, number, alert.key, alert.value)


def parts(alert: DemoAlert) -> tuple[Record, Record]:
    """An alert's schema and its record, both free to be changed."""
    return json.loads(alert.key), decode.record(Schema(alert.key), alert.value)


def packed(schema: Record, record: Record, number: int = 0) -> Packet:
    return Packet("made", 0, number, json.dumps(schema).encode(), encode(schema, record))


def of(survey: str, alerts: list[DemoAlert]) -> DemoAlert:
    return next(alert for alert in alerts if alert.survey == survey)


def both(packet: Packet) -> tuple[AlertRow, AlertRow]:
    """The row by `decode`, which prefers the fast path, and by the whole path."""
    (found,) = decode.decode([packet], SchemaBook())
    assert isinstance(found, decode.Decoded), found.reason
    return found.row, decode.whole_row(found.schema, packet.value)


def is_fast(packet: Packet) -> bool:
    """Whether the fast path makes a row of it."""
    schema = Schema(packet.key)
    (leaves,) = project(schema, [packet.value])
    return leaves is not None


def record_type(kind: Any) -> Record | None:
    """The record that a type is, or is an array of, null or not."""
    if isinstance(kind, list):
        kind = next(branch for branch in kind if branch != "null")
    if isinstance(kind, dict) and kind["type"] == "array":
        return record_type(kind["items"])
    return kind if isinstance(kind, dict) and kind["type"] == "record" else None


def holders(schema: Record, record: Record, path: str) -> Iterator[tuple[Record, list[Record]]]:
    """The record type that holds a leaf, and its records in the packet."""
    first, dot, _ = path.replace("[]", "").partition(".")
    if not dot:
        yield schema, [record]
        return
    field = next(field for field in schema["fields"] if field["name"] == first)
    inner = record_type(field["type"])
    assert inner is not None
    value = record[first]
    yield inner, value if isinstance(value, list) else [value] if value is not None else []


def drop(schema: Record, record: Record, path: str) -> None:
    """Take a field out of the schema."""
    name = path.rpartition(".")[2]
    for kind, _ in holders(schema, record, path):
        kind["fields"] = [field for field in kind["fields"] if field["name"] != name]


def rename(schema: Record, record: Record, path: str) -> None:
    """Give a field a name that nobody knows."""
    name = path.rpartition(".")[2]
    for kind, values in holders(schema, record, path):
        next(field for field in kind["fields"] if field["name"] == name)["name"] = "unheard_of"
        for value in values:
            value["unheard_of"] = value.pop(name)


def retype(schema: Record, record: Record, path: str, kind: Any, value: Any) -> None:
    """Give a field another type and one value."""
    name = path.rpartition(".")[2]
    for holder, values in holders(schema, record, path):
        next(field for field in holder["fields"] if field["name"] == name)["type"] = kind
        for one in values:
            one[name] = value
