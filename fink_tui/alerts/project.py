"""The fast path: the leaves of many packets of one schema, projected in native code without the interpreter's lock.

The packets are framed as an Avro file in memory, many in one block, and polars reads the columns that are wanted. In
such a block a damaged packet shifts those after it, which then decode to wrong values without an error. So each
packet is followed by a mark of its own, a field that no packet has: a row is believed only where its mark stands
right behind it, and that of the row before as well. That is also how bytes behind a packet's last field are seen.
"""

from __future__ import annotations

import functools
import io
import json
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from fink_tui.alerts.packet import SYNC_SIZE, encode_long, header
from fink_tui.alerts.schema import KEPT, Schema

CHUNK_PACKETS = 64
CHUNK_BYTES = 8_000_000
"""Packets read at once: enough for the cost of a call, which is that of ten packets; few enough for memory."""

READERS = 2
"""Threads that read chunks: beside them, others build rows and write."""

MARK = "fink_tui_mark"
"""The field that holds a packet's mark."""

_SYNC = os.urandom(SYNC_SIZE)
"""Marker of the files that exist in memory only."""

_SECRET = os.urandom(8)
"""The beginning of every mark: no sender can know it, so none can put a mark into a packet."""

Found = list[dict[str, Any] | None]
"""For each packet its leaves, or None."""


class Projection(NamedTuple):
    """How packets of one schema are projected."""

    header: bytes
    """The header of the file in memory: the schema, with a mark behind each packet."""
    names: list[str]
    """The leaves that the schema has."""
    maps: list[int]
    """Which of those are maps."""
    null: int | None
    """Which branch of the last field's union null is; None where it is no union."""
    ends_in_text: bool
    """Whether the last field is text."""


def project(schema: Schema, values: Sequence[bytes]) -> Found:
    """The leaves of each packet by the fast path.

    Args:
        schema: The packets' schema.
        values: The packets.

    Returns:
        For each packet its leaves, or None where it cannot be read, or does not end where its last field does.
    """
    found: Found = [None] * len(values)
    projection = _projection(schema)
    if projection is None:
        return found
    # A few that look cut short are left to the whole path, more are read apart: a failure is dear, and costs those who
    # are read with it. Nothing but time hangs on that look.
    usual, odd = list[int](), list[int]()
    for index, value in enumerate(values):
        (usual if may_end(value, projection) else odd).append(index)
    if len(odd) <= len(values) // 10:
        odd.clear()
    chunks = [*_chunks(usual, values), *_chunks(odd, values)]
    read = functools.partial(_project, projection)
    some = [[values[index] for index in chunk] for chunk in chunks]
    for chunk, results in zip(chunks, _pool().map(read, some) if len(some) > 1 else map(read, some), strict=True):
        for index, leaves in zip(chunk, results, strict=True):
            found[index] = leaves
    return found


@functools.cache
def _pool() -> ThreadPoolExecutor:
    """Threads that read chunks side by side: a long batch means that there is much to catch up with."""
    return ThreadPoolExecutor(min(READERS, os.cpu_count() or 1), "project")


def _chunks(indices: Sequence[int], values: Sequence[bytes]) -> Iterator[list[int]]:
    chunk, size = list[int](), 0
    for index in indices:
        if chunk and (len(chunk) >= CHUNK_PACKETS or size + len(values[index]) > CHUNK_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(index)
        size += len(values[index])
    if chunk:
        yield chunk


def _project(projection: Projection, values: Sequence[bytes]) -> Found:
    """Project a chunk: again without its first bad packet where a mark is missing, by halves where polars fails."""
    if not values:
        return []
    columns = _read(projection, values)
    if columns is None:
        if len(values) == 1:
            return [None]
        middle = len(values) // 2
        return _project(projection, values[:middle]) + _project(projection, values[middle:])
    marks = columns.pop()
    good = next((number for number, mark in enumerate(marks) if mark != _mark(number)), len(marks))
    for at in projection.maps:
        columns[at] = [_as_map(entries) for entries in columns[at]]
    rows = zip(*columns, strict=True)
    found: Found = [dict(zip(projection.names, row, strict=True)) for _, row in zip(range(good), rows, strict=False)]
    return found if good == len(values) else [*found, None, *_project(projection, values[good + 1 :])]


def _mark(number: int) -> bytes:
    return _SECRET + number.to_bytes(8)


def _read(projection: Projection, values: Sequence[bytes]) -> list[list[Any]] | None:
    """The columns of a framed chunk and that of the marks, or None where polars fails on it."""
    import polars as pl

    body = [part for number, value in enumerate(values) for part in (value, _mark(number))]
    size = sum(map(len, body))
    framed = b"".join([projection.header, encode_long(len(values)), encode_long(size), *body, _SYNC])
    names = [*projection.names, MARK]
    try:
        frame = pl.read_avro(io.BytesIO(framed), columns=list(dict.fromkeys(map(_root, names))))
        if frame.height != len(values):
            return None
        return [series.to_list() for series in frame.select([_expression(name) for name in names])]
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException:  # noqa: BLE001  polars' PanicException is none of Exception's
        return None


@functools.lru_cache(KEPT)
def _projection(schema: Schema) -> Projection | None:
    """How to project packets of a schema, or None where the fast path cannot."""
    if schema.flat is None or MARK in schema.types:
        return None
    flat = schema.flat
    if not all(_is_usual(schema.types.get(_root(name)), flat, name) for name in schema.survey.leaves):
        return None
    names = [leaf for leaf in schema.survey.leaves if _has_leaf(flat, leaf)]
    maps = [at for at, leaf in enumerate(names) if _is_map(schema.types.get(leaf))]
    mark = {"name": MARK, "type": {"type": "fixed", "name": "mark", "size": SYNC_SIZE}}
    text = json.dumps(flat | {"fields": [*flat["fields"], mark]}, separators=(",", ":")).encode()
    last = flat["fields"][-1]["type"]
    null = last.index("null") if isinstance(last, list) else None
    return Projection(header(text, _SYNC), names, maps, null, _without_null(last) == "string")


def may_end(value: bytes, projection: Projection) -> bool:
    """Whether a packet's last bytes may be those of its last field, as far as a short text tells."""
    if not projection.ends_in_text:
        return True
    tail, null = value[-66:], projection.null  # lengths below 64, and the branches of a union, are one byte each
    if null is not None and tail.endswith(encode_long(null)):
        return True
    branch = None if null is None else 2 * (1 - null)
    return any(
        tail[-1 - size] == 2 * size and (branch is None or tail[-2 - size] == branch)
        for size in range(min(64, len(tail) - 1))
    )


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
