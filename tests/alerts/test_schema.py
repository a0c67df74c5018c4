"""Schemas: those that polars cannot read still give whole rows, and those that nobody can are refused quickly."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from fink_tui.alerts import schema as schemas
from fink_tui.alerts.decode import Decoded, PacketError, Refused, decode, record, whole_row
from fink_tui.alerts.packet import Packet, encode, schema_text
from fink_tui.alerts.schema import Schema, SchemaBook, SchemaError
from fink_tui.stream.demo import DemoAlert
from tests.alerts.making import Record, is_fast, of, packed, parts

FOUR: Record = {"type": "record", "name": "four", "fields": [{"name": "x", "type": "int"}]}
ENUM: Record = {"type": "enum", "name": "kind", "symbols": ["A", "B"]}
LIST: Record = {"type": "record", "name": "link", "fields": [{"name": "next", "type": ["null", "link"]}]}

ODD: dict[str, list[tuple[Any, Any]]] = {
    "named type used twice": [(FOUR, {"x": 1}), ("four", {"x": 2})],
    "named type used twice, nullable": [(["null", FOUR], {"x": 1}), (["null", "four"], None)],
    "enum used twice": [(ENUM, "A"), ("kind", "B")],
    "recursive": [(LIST, {"next": {"next": None}})],
    "several branches": [(["null", "int", "string"], "a")],
    "nullable enum": [(["null", ENUM], "B")],
    "one-branch union": [(["int"], 1)],
    "null field": [("null", None)],
    "map of records": [({"type": "map", "values": FOUR}, {"a": {"x": 1}})],
    "empty record": [({"type": "record", "name": "none", "fields": []}, {})],
    "union of null alone": [(["null"], None)],
    "namespaces": [
        (FOUR | {"namespace": "a.b"}, {"x": 1}),
        ({"type": "array", "items": "a.b.four"}, [{"x": 1}]),
    ],
    "enum with a default": [(ENUM | {"default": "A"}, "B")],
    "decimal": [({"type": "bytes", "logicalType": "decimal", "precision": 4, "scale": 2}, None)],
    "fixed twice": [({"type": "fixed", "name": "f", "size": 2}, b"ab"), ("f", b"cd")],
}
TO_WHOLE = {"recursive", "several branches", "nullable enum", "one-branch union", "null field", "union of null alone"}


@pytest.mark.parametrize("what", ODD)
@pytest.mark.parametrize("survey", ["ztf", "lsst"])
def test_odd_schemas_give_the_same_row(demo_alerts: list[DemoAlert], survey: str, what: str) -> None:
    alert = of(survey, demo_alerts)
    schema, found = parts(alert)
    before = whole_row(Schema(alert.key), alert.value)
    for number, (kind, value) in enumerate(ODD[what]):
        schema["fields"].insert(number, {"name": f"odd{number}", "type": kind})
        if what == "decimal":
            import decimal

            value = decimal.Decimal("1.25")
        found[f"odd{number}"] = value
    packet = packed(schema, found)
    (result,) = decode([packet], SchemaBook())
    assert isinstance(result, Decoded), result.reason
    assert result.row == before == whole_row(result.schema, packet.value)
    if what in TO_WHOLE:
        assert not is_fast(packet)
    assert record(result.schema, packet.value)["odd0"] == found["odd0"]


def test_deeply_nested_packet_of_a_recursive_schema_is_refused(demo_alerts: list[DemoAlert]) -> None:
    alert = of("ztf", demo_alerts)
    schema, _ = parts(alert)
    schema["fields"].insert(0, {"name": "odd", "type": LIST})
    made = Schema(schema_text(schema))
    assert made.is_recursive
    with pytest.raises(PacketError):  # and the process lives
        record(made, b"\x02" * 200_000 + b"\0" + alert.value)
    (result,) = decode([Packet("", 0, 0, made.text, b"\x02" * 200_000 + b"\0" + alert.value)], SchemaBook())
    assert isinstance(result, Refused)


def test_the_surveys_schemas_are_not_recursive(demo_alerts: list[DemoAlert]) -> None:
    assert not any(Schema(of(survey, demo_alerts).key).is_recursive for survey in ("ztf", "lsst"))


RECORD = {"type": "record", "name": "r", "fields": [{"name": "objectId", "type": "string"}]}
BAD: dict[str, bytes] = {
    "nothing": b"",
    "bytes": b"\xff\xfe\x00",
    "a number": b"17",
    "null": b"null",
    "a list": b"[]",
    "a string": b'"string"',
    "an array": b'{"type": "array", "items": "int"}',
    "no fields": b'{"type": "record", "name": "r"}',
    "fields of numbers": b'{"type": "record", "name": "r", "fields": [1, 2]}',
    "no name": b'{"type": "record", "fields": []}',
    "a bad name": b'{"type": "record", "name": "1 2", "fields": [{"name": "objectId", "type": "int"}]}',
    "an unknown type": b'{"type": "record", "name": "r", "fields": [{"name": "objectId", "type": "strange"}]}',
    "a type of a type": b'{"type": "record", "name": "r", "fields": [{"name": "objectId", "type": {"type": {}}}]}',
    "no survey": json.dumps(RECORD).encode(),
    "deep": b"[" * 100_000,
    "deep records": b'{"type":"record","name":"a","fields":[{"name":"objectId","type":' * 3000,
    "too long": b" " * schemas.MAX_SCHEMA_BYTES + b"{}",
    "cut": json.dumps(RECORD).encode()[:-3],
}


@pytest.mark.parametrize("what", BAD)
def test_bad_schemas_are_refused(what: str) -> None:
    with pytest.raises(SchemaError) as caught:
        Schema(BAD[what])
    assert str(caught.value)
    assert str(caught.value).isprintable()
    assert not str(caught.value).endswith(".")


@pytest.mark.parametrize("depth", [50, 100, 400])
def test_deep_schemas_are_left_to_fastavro(depth: int) -> None:
    kind: Any = "string"
    for _ in range(depth):
        kind = {"type": "array", "items": kind}
    fields = [{"name": "objectId", "type": "string"}, {"name": "candidate", "type": kind}]
    schema = Schema(json.dumps({"type": "record", "name": "r", "fields": fields}).encode())
    assert (schema.flat is None) == (depth > schemas.MAX_DEPTH)


def test_a_schema_that_unfolds_without_end_is_left_to_fastavro() -> None:
    """Each of forty types holds the one before twice: 2 to the 40th leaves."""
    fields: list[Record] = [{"name": "objectId", "type": "string"}, {"name": "candidate", "type": "string"}]
    before: Any = "int"
    for number in range(40):
        inner = [{"name": "a", "type": before}, {"name": "b", "type": f"t{number - 1}" if number else "int"}]
        before = {"type": "record", "name": f"t{number}", "fields": inner}
    fields.append({"name": "odd", "type": before})
    schema = Schema(json.dumps({"type": "record", "name": "r", "fields": fields}).encode())
    assert schema.flat is None


def test_book_remembers_the_last_few(demo_alerts: list[DemoAlert]) -> None:
    alert = of("ztf", demo_alerts)
    keys = [alert.key + b" " * number for number in range(schemas.KEPT + 3)]
    book = SchemaBook()
    first = book.schema(keys[0])
    assert book.schema(keys[0]) is first
    kept = [book.schema(key) for key in keys[1:]]
    assert book.schema(keys[-2]) is kept[-2]
    assert book.schema(keys[0]) is not first
    assert len(book._schemas) == schemas.KEPT
    used = book.schema(keys[5])
    for key in keys[6 : 6 + schemas.KEPT - 1]:
        book.schema(key)
    assert book.schema(keys[5]) is used


def test_book_remembers_refusals_and_forgets_them() -> None:
    book = SchemaBook()
    for number in range(3 * schemas.KEPT):
        for _ in range(2):
            with pytest.raises(SchemaError, match="not a schema"):
                book.schema(b"no schema %d" % number)
    assert len(book._refused) == schemas.KEPT


def test_bad_keys_are_remembered_by_their_sum() -> None:
    """Sixteen keys of 10 MB are not kept in memory to know them again."""
    book = SchemaBook()
    with pytest.raises(SchemaError, match="10,000,000 bytes long"):
        book.schema(b"{" * 10_000_000)
    assert sum(map(len, book._refused)) == 32


def test_a_flood_of_bad_keys_costs_the_good_ones_nothing(
    demo_alerts: list[DemoAlert], monkeypatch: pytest.MonkeyPatch
) -> None:
    judged = []
    real = schemas._parse
    monkeypatch.setattr(schemas, "_parse", lambda plain: judged.append(plain["name"]) or real(plain))
    good = [of("ztf", demo_alerts), of("lsst", demo_alerts)]
    packets = []
    for number in range(1000):
        garbage = [b"%d garbage" % number, b'{"type": "record", "name": "r%d", "fields": []}' % number]
        packets.append(Packet("", 0, number, garbage[number % 2], good[0].value))
        packets.append(Packet("", 1, number, good[number % 2].key, good[number % 2].value if number < 40 else b"\1"))
    book = SchemaBook()
    results = decode(packets, book)
    assert [isinstance(result, Decoded) for result in results] == [n % 2 == 1 and n < 80 for n in range(2000)]
    assert len(judged) == 502, "each bad schema once, and each good one once"
    assert len(book._refused) == schemas.KEPT
    assert {result.schema.survey.name for result in results if isinstance(result, Decoded)} == {"ztf", "lsst"}


NOTHING: dict[str, Any] = {
    "null": "null",
    "empty record": {"type": "record", "name": "e", "fields": []},
    "fixed of no size": {"type": "fixed", "name": "e", "size": 0},
    "record of nulls": {"type": "record", "name": "e", "fields": [{"name": "n", "type": "null"}]},
    "record of records of nothing": {
        "type": "record",
        "name": "e",
        "fields": [{"name": "n", "type": {"type": "record", "name": "d", "fields": []}}, {"name": "m", "type": "d"}],
    },
    "a longer way to say null": {"type": "null"},
}


@pytest.mark.parametrize("what", NOTHING)
@pytest.mark.parametrize("nullable", [False, True])
def test_arrays_of_nothing_are_refused(demo_alerts: list[DemoAlert], what: str, nullable: bool) -> None:
    """Of such an array, ten bytes could claim 2 to the 62nd items, and each takes its place in memory."""
    schema, _ = parts(of("ztf", demo_alerts))
    array: Any = {"type": "array", "items": NOTHING[what]}
    schema["fields"].insert(0, {"name": "odd", "type": ["null", array] if nullable else array})
    with pytest.raises(SchemaError, match="take no bytes"):
        Schema(schema_text(schema))


def test_arrays_of_something_are_not(demo_alerts: list[DemoAlert]) -> None:
    schema, _ = parts(of("ztf", demo_alerts))
    for number, items in enumerate([["null", "int"], FOUR, "four", ENUM, {"type": "array", "items": "int"}, "bytes"]):
        schema["fields"].append({"name": f"odd{number}", "type": {"type": "array", "items": items}})
    assert Schema(schema_text(schema)).survey.name == "ztf"


NESTS = {
    "array": ('{"type": "array", "items": ', "}"),
    "map": ('{"type": "map", "values": ', "}"),
    "union": ('["null", ', "]"),
    "type": ('{"type": ', "}"),
    "doc": ('{"type": "string", "doc": [', "]}"),
}


@pytest.mark.parametrize("depth", [600, 5_000, 20_000])
@pytest.mark.parametrize("nest", NESTS)
def test_nested_schemas_end_no_process(nest: str, depth: int) -> None:
    begin, end = NESTS[nest]
    inner = begin * depth + ('"string"' if nest != "doc" else "1") + end * depth
    text = f'{{"type": "record", "name": "r", "fields": [{{"name": "diaSource", "type": {inner}}}]}}'
    try:
        schema = Schema(text.encode())
    except SchemaError as error:
        assert re.match("its schema is (nested too deep|not valid Avro)", str(error))  # noqa: PT017
        return
    assert depth == 600
    (result,) = decode([Packet("", 0, 0, schema.text, b"\2" * 2 * depth)], SchemaBook())
    assert isinstance(result, Refused)


def test_no_key_is_told() -> None:
    with pytest.raises(SchemaError, match="no key"):
        SchemaBook().schema(b"")


def test_many_schemas_in_one_batch(demo_alerts: list[DemoAlert]) -> None:
    alert = of("ztf", demo_alerts)
    packets = [Packet("", 0, n, alert.key + b" " * (n % 20), alert.value) for n in range(40)]
    results = decode(packets, SchemaBook())
    assert [result.packet for result in results] == packets
    assert all(isinstance(result, Decoded) for result in results)


@pytest.mark.parametrize("key", [b"", b"fink_ztf_2026", b"\xff"])
def test_fallback_for_messages_without_a_schema(demo_alerts: list[DemoAlert], key: bytes) -> None:
    alert = of("lsst", demo_alerts)
    book = SchemaBook(fallback=alert.key)
    (result,) = decode([Packet("", 0, 0, key, alert.value)], book)
    assert isinstance(result, Decoded)
    assert result.row.alert_id == alert.alert_id
    assert result.schema.text == alert.key
    assert book.schema(key) is result.schema


def test_a_key_that_is_a_schema_goes_before_the_fallback(demo_alerts: list[DemoAlert]) -> None:
    ztf, lsst = of("ztf", demo_alerts), of("lsst", demo_alerts)
    book = SchemaBook(fallback=lsst.key)
    assert book.schema(ztf.key).survey.name == "ztf"
    with pytest.raises(SchemaError):
        book.schema(json.dumps(RECORD).encode())


def test_a_fallback_must_be_a_schema() -> None:
    with pytest.raises(SchemaError):
        SchemaBook(fallback=b"nothing")


def test_hostile_field_names(demo_alerts: list[DemoAlert]) -> None:
    alert = of("ztf", demo_alerts)
    schema, found = parts(alert)
    text = schema_text(schema).replace(b'"publisher"', b'"publ\\ud800\\u001b[2J"')
    (result,) = decode([Packet("", 0, 0, text, encode(schema, found))], SchemaBook())
    if isinstance(result, Decoded):
        assert result.row.alert_id == alert.alert_id
    else:
        assert result.reason.isprintable()
