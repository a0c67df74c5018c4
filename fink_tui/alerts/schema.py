"""The schema of a packet, judged once: which survey it is of, and whether the fast path can read it.

The key of every message is the writer's schema as JSON text. Most messages share a few keys, so what is learnt of
a key is kept (`SchemaBook`). polars' Avro reader is the fast path; it panics on several legal schemas
(named types used twice, recursive types, unions of several branches, nullable enums), so a schema is first
rewritten into a form that it reads, or found unfit and left to fastavro.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from fink_tui.alerts.survey import Survey, recognise

MAX_SCHEMA_BYTES = 2_000_000
"""A longer schema is refused: Fink's are 39 and 72 kB."""

MAX_NODES = 20_000
"""A schema that unfolds to more types is not unfolded: references can make it exponential."""

MAX_NESTING = 900
"""JSON levels of a schema that is read at all. The compiled readers call themselves for each level, and the stack of a
thread has an end; Python 3.11's JSON reader stops at a thousand by itself, later ones do not."""

MAX_DEPTH = 64
"""A schema of more levels is left to fastavro: Fink's have 4."""

KEPT = 16
"""Schemas a book remembers."""

PRIMITIVES = frozenset({"boolean", "int", "long", "float", "double", "bytes", "string"})


class SchemaError(ValueError):
    """A message's schema cannot be used; the text says why, in a sentence without a full stop."""


class _UnfitError(Exception):
    """polars cannot read this schema."""


class _Flattener:
    """Rewrites one schema for polars: named types inlined under fresh names, maps as arrays of key and value.

    A map and an array of `{key, value}` records are the same bytes on the wire (Avro 1.11, "Complex Types").
    """

    def __init__(self) -> None:
        self._numbers: Iterator[int] = itertools.count()
        self._defined: dict[str, dict[str, Any]] = {}
        self._open: set[str] = set()
        self._depth = 0

    def _fresh(self) -> int:
        number = next(self._numbers)
        if number > MAX_NODES:
            raise _UnfitError
        return number

    def flatten(self, schema: object, space: str = "") -> Any:
        """A schema without references, maps, or anything else polars fails on."""
        if self._depth >= MAX_DEPTH:
            raise _UnfitError
        self._depth += 1
        try:
            return self._flatten(schema, space)
        finally:
            self._depth -= 1

    def _flatten(self, schema: object, space: str) -> Any:
        number = self._fresh()
        if isinstance(schema, str):
            if schema in PRIMITIVES:
                return schema
            name = schema if "." in schema or not space else f"{space}.{schema}"
            found = self._defined.get(name) or self._defined.get(schema)
            if found is None:  # also the bare "null", which polars cannot read as a field
                raise _UnfitError
            return self._named(found, space, number)
        if isinstance(schema, list):
            branches = [branch for branch in schema if branch != "null"]
            if len(branches) != 1 or len(schema) != 2:
                raise _UnfitError
            inner = self.flatten(branches[0], space)
            if isinstance(inner, dict) and inner.get("type") == "enum":
                raise _UnfitError
            return [inner if branch != "null" else "null" for branch in schema]
        if not isinstance(schema, dict):
            raise _UnfitError
        kind = schema.get("type")
        if kind == "map":
            fields = [
                {"name": "key", "type": "string"},
                {"name": "value", "type": self.flatten(schema["values"], space)},
            ]
            return {"type": "array", "items": {"type": "record", "name": f"entry{number}", "fields": fields}}
        if kind == "array":
            return {"type": "array", "items": self.flatten(schema["items"], space)}
        if kind in ("record", "enum", "fixed"):
            return self._named(schema, space, number)
        if isinstance(kind, str) and kind in PRIMITIVES:
            return {
                name: value for name, value in schema.items() if name in ("type", "logicalType", "precision", "scale")
            }
        return self.flatten(kind, space)

    def _named(self, schema: dict[str, Any], space: str, number: int) -> dict[str, Any]:
        name = str(schema.get("name", ""))
        space = str(schema.get("namespace", space))
        full = name if "." in name or not space else f"{space}.{name}"
        if full in self._open:  # recursive
            raise _UnfitError
        self._defined[full] = schema
        fresh = {"type": schema["type"], "name": f"type{number}"}
        if schema["type"] == "fixed":
            return fresh | {"size": schema["size"]}
        if schema["type"] == "enum":
            return fresh | {"symbols": schema["symbols"]}
        self._open.add(full)
        inner = full.rpartition(".")[0]
        fields = [{"name": field["name"], "type": self.flatten(field["type"], inner)} for field in schema["fields"]]
        self._open.remove(full)
        return fresh | {"fields": fields}


class Schema:
    """A writer's schema, and what was found out about it."""

    def __init__(self, text: bytes) -> None:
        """Judge a schema.

        Args:
            text: The schema as JSON text, as it is in a message's key.

        Raises:
            SchemaError: The text is no Avro schema of a record, or of no survey that is known.
        """
        if len(text) > MAX_SCHEMA_BYTES:
            raise SchemaError(f"its schema is {len(text):,} bytes long")
        try:
            plain = json.loads(text)
        except RecursionError as error:
            raise SchemaError("its schema is nested too deep") from error
        except ValueError as error:
            raise SchemaError("its key is not a schema") from error
        if not isinstance(plain, dict) or plain.get("type") != "record" or not isinstance(plain.get("fields"), list):
            raise SchemaError("its key is not the schema of a record")
        if _nesting(plain) > MAX_NESTING:
            raise SchemaError("its schema is nested too deep")
        self.text = text
        """JSON text, as received."""
        self.digest = hashlib.sha256(text).hexdigest()
        """SHA-256 of the text, 64 hexadecimal digits."""
        self._plain: dict[str, Any] = plain
        self.parsed: Any = _parse(plain)
        """The schema as fastavro wants it."""
        if _has_array_of_nothing(self.parsed):
            raise SchemaError("its schema has an array of items that take no bytes: a few bytes could claim billions")
        self.types: dict[str, Any] = {field["name"]: field["type"] for field in plain["fields"]}
        """The type of each top-level field, as the schema writes it."""
        survey = recognise(self.types)
        if survey is None:
            raise SchemaError("its fields are of no survey that this version knows")
        self.survey: Survey = survey
        """The survey whose alerts it describes."""

    @cached_property
    def is_recursive(self) -> bool:
        """Whether a type may hold itself, so that a packet may be nested as deep as its sender likes."""
        return _refers_to_itself(self.parsed)

    @cached_property
    def flat(self) -> dict[str, Any] | None:
        """The schema for polars, or None where polars cannot read such packets."""
        try:
            flat: dict[str, Any] = _Flattener().flatten(self._plain)
        except (_UnfitError, KeyError, TypeError, RecursionError):
            return None
        return flat


def _parse(plain: dict[str, Any]) -> Any:
    import fastavro

    try:
        return fastavro.parse_schema(plain)
    except (
        fastavro.schema.SchemaParseException,
        KeyError,
        TypeError,
        ValueError,
        AttributeError,
        RecursionError,
    ) as error:
        raise SchemaError(f"its schema is not valid Avro: {type(error).__name__}") from error


def _nesting(plain: object) -> int:
    """How many lists and objects of a JSON value lie within each other."""
    deepest, waiting = 0, [(plain, 1)]
    while waiting:
        value, depth = waiting.pop()
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
        if inner is not None:
            deepest = max(deepest, depth)
            waiting += [(part, depth + 1) for part in inner if isinstance(part, dict | list)]
    return deepest


def _has_array_of_nothing(parsed: Any) -> bool:
    """Whether an array's items may take no bytes: null, fixed of no size, records of nothing else.

    The count of an array is believed by whoever reads it. Where every item takes a byte, a false count ends with the
    packet; where none does, eleven bytes fill the memory.
    """
    named: dict[str, Any] = {}
    arrays, waiting = [], [parsed]
    while waiting:
        schema = waiting.pop()
        if isinstance(schema, list):
            waiting += schema
        elif isinstance(schema, dict):
            if "name" in schema:
                named[schema["name"]] = schema
            if schema.get("type") == "array":
                arrays.append(schema["items"])
            waiting += [schema.get(part) for part in ("type", "items", "values")]
            waiting += [field["type"] for field in schema.get("fields", ())]
    return any(_is_nothing(items, named) for items in arrays)


def _is_nothing(schema: Any, named: Mapping[str, Any]) -> bool:
    """Whether a value of a type takes no bytes at all."""
    waiting, seen = [schema], set[int]()
    while waiting:
        kind = waiting.pop()
        if isinstance(kind, str):
            if kind == "null":
                continue
            if kind not in named:
                return False
            kind = named[kind]
        if isinstance(kind, list):  # which branch it is takes a byte
            return False
        if id(kind) in seen:
            continue
        seen.add(id(kind))
        match kind.get("type"):
            case "record" | "error":
                waiting += [field["type"] for field in kind["fields"]]
            case "fixed":
                if isinstance(kind["size"], int) and kind["size"] > 0:
                    return False
            case "array" | "map" | "enum":
                return False
            case inner:
                waiting.append(inner)
    return True


def _refers_to_itself(parsed: Any) -> bool:
    """Whether a parsed schema names a type inside that type's own definition."""
    waiting: list[tuple[Any, frozenset[str]]] = [(parsed, frozenset())]
    while waiting:
        schema, within = waiting.pop()
        if isinstance(schema, str) and schema in within:
            return True
        if isinstance(schema, list):
            waiting += [(branch, within) for branch in schema]
        elif isinstance(schema, dict):
            if schema.get("type") == "record":
                within |= {str(schema.get("name"))}
                waiting += [(field["type"], within) for field in schema["fields"]]
            else:
                waiting += [(schema.get(part), within) for part in ("type", "items", "values")]
    return False


class SchemaBook:
    """The schemas seen so far, by the key they came in. Several threads may ask."""

    def __init__(self, fallback: bytes | None = None) -> None:
        """Open an empty book.

        Args:
            fallback: The schema (JSON text) for messages whose key is none, from a file the user named.

        Raises:
            SchemaError: The fallback is no usable schema.
        """
        self._schemas: OrderedDict[bytes, Schema] = OrderedDict()
        self._refused: OrderedDict[bytes, str] = OrderedDict()  # by SHA-256: bad keys may be of any length
        self._fallback = Schema(fallback) if fallback is not None else None
        self._last: tuple[bytes, Schema] | None = None
        self._turn = threading.Lock()

    def schema(self, key: bytes) -> Schema:
        """The schema that a message's key holds.

        Raises:
            SchemaError: The key is no usable schema, and no schema file was named.
        """
        if self._last is not None and self._last[0] == key:  # comparing is 10 times quicker than hashing 72 kB
            return self._last[1]
        with self._turn:
            schema = self._find(key)
        self._last = key, schema
        return schema

    def _find(self, key: bytes) -> Schema:
        if (known := self._schemas.get(key)) is not None:
            self._schemas.move_to_end(key)
            return known
        mark = hashlib.sha256(key).digest()
        if (reason := self._refused.get(mark)) is not None:
            raise SchemaError(reason)
        try:
            schema = Schema(key)
        except SchemaError as error:
            if self._fallback is not None and not key.lstrip().startswith(b"{"):
                schema = self._fallback
            else:
                reason = str(error) if key else "it has no key, so no schema"
                _keep(self._refused, mark, reason)
                raise SchemaError(reason) from error
        _keep(self._schemas, key, schema)
        return schema


def _keep(kept: OrderedDict[bytes, Any], key: bytes, value: object) -> None:
    kept[key] = value
    while len(kept) > KEPT:
        kept.popitem(last=False)
