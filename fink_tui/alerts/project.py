"""The fast path: the leaves of many packets of one schema, projected in native code without the interpreter's lock.

The packets are framed as an Avro file in memory, one block each, and polars reads the columns that are wanted.
"""

from __future__ import annotations

import io
import math
import struct
from collections.abc import Sequence
from typing import Any, NamedTuple

from fink_tui.alerts.packet import block, encode_long, header
from fink_tui.alerts.schema import Schema

_SYNC = b"fink-tui in-mem."
"""Marker of the files that exist in memory only."""


def project(schema: Schema, values: Sequence[bytes]) -> list[dict[str, Any] | None]:
    """The leaves of each packet by the fast path.

    Args:
        schema: The packets' schema.
        values: The packets.

    Returns:
        For each packet its leaves, or None where it cannot be read, or does not end where its last field does.
    """
    if schema.flat is None:
        return [None] * len(values)
    text, flat = schema.flat
    names = [leaf for leaf in schema.survey.leaves if _has_leaf(flat, leaf)]
    if not all(_is_usual(schema.types.get(_root(name)), flat, name) for name in schema.survey.leaves):
        return [None] * len(values)
    maps = frozenset(leaf for leaf in names if _is_map(schema.types.get(leaf)))
    last = last_leaf(flat)
    extra = [] if last is None or last.name in names else [last.name]
    found = _project_some(text, [*names, *extra], maps, values)
    if last is None:
        return found
    return [
        leaves if leaves is not None and ends_with(value, last, leaves[last.name]) else None
        for value, leaves in zip(values, found, strict=True)
    ]


def _project_some(
    text: bytes, names: Sequence[str], maps: frozenset[str], values: Sequence[bytes]
) -> list[dict[str, Any] | None]:
    """Project a batch, halving it where it fails until the packet that fails is alone."""
    columns = _read(text, names, values)
    if columns is not None:
        for name in maps:
            at = names.index(name)
            columns[at] = [_as_map(entries) for entries in columns[at]]
        return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
    if len(values) == 1:
        return [None]
    middle = len(values) // 2
    return _project_some(text, names, maps, values[:middle]) + _project_some(text, names, maps, values[middle:])


def _read(text: bytes, names: Sequence[str], values: Sequence[bytes]) -> list[list[Any]] | None:
    """The columns of a framed batch, or None where polars fails on it."""
    import polars as pl

    framed = header(text, _SYNC) + b"".join([block(value, _SYNC) for value in values])
    wanted = list(dict.fromkeys(_root(name) for name in names))
    try:
        frame = pl.read_avro(io.BytesIO(framed), columns=wanted)
        if frame.height != len(values):
            return None
        return [series.to_list() for series in frame.select([_expression(name) for name in names])]
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException:  # noqa: BLE001  polars' PanicException is none of Exception's
        return None


def _root(leaf: str) -> str:
    return leaf.partition(".")[0].removesuffix("[]")


def _expression(leaf: str) -> Any:
    """The leaf as a polars expression, under the leaf's name."""
    import polars as pl

    array, has_array, field = leaf.partition("[].")
    if has_array:
        return pl.col(array).list.eval(pl.element().struct.field(field)).alias(leaf)
    root, *path = leaf.split(".")
    expression = pl.col(root)
    for name in path:
        expression = expression.struct.field(name)
    return expression.alias(leaf)


class LastLeaf(NamedTuple):
    """The field that a packet of a schema ends with."""

    name: str
    kind: str
    """Its type: a primitive one of Avro."""
    null: int | None
    """Which branch of its union null is; None where it is no union."""


def last_leaf(flat: Any) -> LastLeaf | None:
    """The last field of a flat schema, or None where that is no plain value."""
    path, kind, null = [], flat, None
    while isinstance(kind, dict) and kind.get("type") == "record" and kind["fields"]:
        path.append(str(kind["fields"][-1]["name"]))
        kind = kind["fields"][-1]["type"]
        if isinstance(kind, list):
            null, kind = kind.index("null"), _without_null(kind)
            if isinstance(kind, dict):  # a record that may be null
                return None
        else:
            null = None
    return LastLeaf(".".join(path), kind, null) if path and isinstance(kind, str) else None


def ends_with(value: bytes, last: LastLeaf, found: Any) -> bool:
    """Whether a packet's last bytes are those of its last field: bytes that follow it are else not seen.

    Args:
        value: The packet.
        last: Its last field.
        found: What polars made of that field.
    """
    if found is None:
        return last.null is not None and value.endswith(encode_long(last.null))
    if isinstance(found, float) and math.isnan(found):  # there are many of them, all equal here
        size = 4 if last.kind == "float" else 8
        return len(value) >= size and math.isnan(struct.unpack("<f" if size == 4 else "<d", value[-size:])[0])
    match last.kind:
        case "string":
            end = encode_long(len(text := found.encode())) + text
        case "bytes":
            end = encode_long(len(found)) + found
        case "int" | "long":
            end = encode_long(found)
        case "float":
            end = struct.pack("<f", found)
        case "double":
            end = struct.pack("<d", found)
        case _:
            end = bytes([found])
    return value.endswith(end if last.null is None else encode_long(1 - last.null) + end)


def _as_map(entries: Any) -> Any:
    """An array of `{key, value}` back into the map it stands for."""
    return None if entries is None else {entry["key"]: entry["value"] for entry in entries}


def _without_null(kind: Any) -> Any:
    return next((branch for branch in kind if branch != "null"), None) if isinstance(kind, list) else kind


def _is_map(kind: Any) -> bool:
    kind = _without_null(kind)
    return isinstance(kind, dict) and kind.get("type") == "map"


def _field(kind: Any, name: str) -> Any:
    """The type of a field of a flat schema's record, or None."""
    kind = _without_null(kind)
    if not isinstance(kind, dict) or kind.get("type") != "record":
        return None
    return next((field["type"] for field in kind["fields"] if field["name"] == name), None)


def _has_leaf(flat: Any, leaf: str) -> bool:
    """Whether a flat schema has that leaf: polars raises on a column that is not there."""
    kind = flat
    for step in leaf.split("."):
        kind = _field(kind, step.removesuffix("[]"))
        if kind is None:
            return False
        if step.endswith("[]"):
            kind = _without_null(kind)
            if not isinstance(kind, dict) or kind.get("type") != "array":
                return False
            kind = kind["items"]
    return True


def _is_usual(kind: Any, flat: Any, leaf: str) -> bool:
    """Whether both paths are sure to make the same of a leaf.

    They differ over what no survey sends: maps on the way to a leaf, which a flat schema holds as arrays, and logical
    types, of which polars knows some.
    """
    if _is_map(kind):
        return leaf == _root(leaf) and isinstance(_without_null(_without_null(kind)["values"]), str)
    found = flat
    for step in leaf.split("."):
        found = _field(found, step.removesuffix("[]"))
        if found is None:
            return True
        inner = _without_null(found)
        if isinstance(inner, dict) and inner.get("type") == "array" and not step.endswith("[]") and step != leaf:
            return False
        if step.endswith("[]"):
            if not isinstance(inner, dict) or inner.get("type") != "array":
                return not isinstance(inner, dict)
            found = _without_null(inner["items"])
            if isinstance(found, dict) and found.get("type") != "record":
                return False
    inner = _without_null(found)
    if isinstance(inner, dict):
        return inner["type"] not in ("record", "array") and "logicalType" not in inner
    return True
