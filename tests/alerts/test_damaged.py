"""Batches with damage in them: what is whole is read as if it were alone, what is not is refused.

The whole path, one message at a time, is the measure. So these tests know nothing of how the fast path reads a batch:
how many messages it takes at once, in which frame, in which order.
"""

from __future__ import annotations

import copy
import itertools
import json
import math
import random
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fink_tui.alerts import decode as decoding
from fink_tui.alerts.decode import Decoded, PacketError, Refused, decode, record, whole_row
from fink_tui.alerts.packet import Packet, encode
from fink_tui.alerts.row import AlertRow
from fink_tui.alerts.schema import SchemaBook, SchemaError
from fink_tui.stream.demo import DemoAlert, alerts
from tests.alerts.making import Record, is_fast, packed, parts, record_type
from tests.conftest import DEMO_NIGHT

POOL = sorted(itertools.islice(alerts(seed=3, now_mjd=DEMO_NIGHT), 90), key=lambda alert: len(alert.value))[:60]
"""Alerts of both surveys, the smaller ones: many to a batch."""

SLOW = settings(max_examples=15)


class Message(NamedTuple):
    """A message, and what was done to it."""

    key: bytes
    value: bytes
    damage: str = ""
    """"" for a message that is as it was sent."""


_SAID: dict[tuple[bytes, bytes], AlertRow | None] = {}
_BOOK = SchemaBook()


def alone(message: Message) -> AlertRow | None:
    """The row by the whole path, or None where that refuses it."""
    identity = message.key, message.value
    if identity not in _SAID:
        try:
            _SAID[identity] = whole_row(_BOOK.schema(message.key), message.value) if message.value else None
        except (SchemaError, PacketError):
            _SAID[identity] = None
    return _SAID[identity]


UNSEEN = frozenset({"flipped", "beheaded", "moved inside", "one for another"})
"""Damage that a row need not show: the message ends as it should, and the fields of the row make sense. Only decoding
every field of every message would find all of it."""


def check(messages: Sequence[Message]) -> None:
    """Decode a batch and judge each message by itself."""
    packets = [Packet("t", 0, number, key, value) for number, (key, value, _) in enumerate(messages)]
    results = decode(packets, SchemaBook())
    assert [result.packet for result in results] == packets
    for number, (message, result) in enumerate(zip(messages, results, strict=True)):
        expected = alone(message)
        what = f"message {number} of {len(messages)}: {message.damage or 'undamaged'}"
        if isinstance(result, Refused):
            assert expected is None, f"{what} is refused ({result.reason}), and can be read"
            assert result.reason.strip(), what
            assert result.reason.isprintable(), what
        elif expected is not None:
            assert result.row == expected, what
        else:
            assert message.damage in UNSEEN, f"{what} gives a row, and cannot be read"
            makes_sense(result.row)
        if not message.damage:
            assert isinstance(result, Decoded), what


def makes_sense(row: AlertRow) -> None:
    """What no row may lack, whatever became of its packet."""
    assert row.alert_id.isdecimal()
    assert int(row.alert_id) > 0
    assert row.object_id.isprintable()
    assert row.label.strip()
    assert row.label_reason.strip()
    assert 0 <= row.ra <= 360
    assert -90 <= row.dec <= 90
    assert 40_000 < row.obs_mjd < 100_000
    assert all(math.isfinite(value) for value in row if isinstance(value, float))


# -- damage -----------------------------------------------------------------------------------------------------------

OTHER_KEY = {alert.survey: alert.key for alert in POOL}

Damage = Callable[[DemoAlert, random.Random], Message]


def made(damage: str, alert: DemoAlert, value: bytes, key: bytes | None = None) -> Message:
    return Message(alert.key if key is None else key, value, damage)


def good(alert: DemoAlert, chance: random.Random) -> Message:
    return made("", alert, alert.value)


def cut(alert: DemoAlert, chance: random.Random) -> Message:
    size = len(alert.value)
    left = chance.choice([1, 2, size - 1, size - 2, size - 19, chance.randrange(1, size)])
    return made("cut", alert, alert.value[:left])


def beheaded(alert: DemoAlert, chance: random.Random) -> Message:
    return made("beheaded", alert, alert.value[chance.randrange(1, 300) :])


def flipped(alert: DemoAlert, chance: random.Random) -> Message:
    value = bytearray(alert.value)
    for _ in range(chance.choice([1, 1, 3, 30])):
        value[chance.randrange(chance.choice([60, 600, len(value)]))] ^= 1 << chance.randrange(8)
    return made("flipped" if value != alert.value else "", alert, bytes(value))


def inserted(alert: DemoAlert, chance: random.Random) -> Message:
    at = chance.randrange(chance.choice([60, 600, len(alert.value)]))
    more = chance.randbytes(chance.choice([1, 2, 40]))
    return made("moved inside", alert, alert.value[:at] + more + alert.value[at:])


def hollow(alert: DemoAlert, chance: random.Random) -> Message:
    at = chance.randrange(len(alert.value) - 1)
    return made("moved inside", alert, alert.value[:at] + alert.value[at + chance.choice([1, 2, 40]) :])


def zeros(alert: DemoAlert, chance: random.Random) -> Message:
    """A page of a disk that was never written."""
    at = chance.randrange(len(alert.value))
    end = min(len(alert.value), at + chance.choice([8, 512, 4096]))
    value = alert.value[:at] + bytes(end - at) + alert.value[end:]
    return made("flipped" if value != alert.value else "", alert, value)


def noise(alert: DemoAlert, chance: random.Random) -> Message:
    return made("random", alert, chance.randbytes(chance.choice([1, 16, 300, 3000, len(alert.value)])))


def nulls(alert: DemoAlert, chance: random.Random) -> Message:
    """Zeros are a legal datum of many schemas: an alert without an id."""
    return made("nulls", alert, bytes([chance.choice([0, 1, 2, 255])]) * chance.choice([1, 60, 400, 5000]))


def empty(alert: DemoAlert, chance: random.Random) -> Message:
    return made("empty", alert, b"")


def longer(alert: DemoAlert, chance: random.Random) -> Message:
    more = chance.choice([b"\1", b"\xff", b"\0", b"\0\0", b"\n", b"\r\n", chance.randbytes(50) + b"x"])
    return made("trailing", alert, alert.value + more)


def other_key(alert: DemoAlert, chance: random.Random) -> Message:
    return made("other key", alert, alert.value, OTHER_KEY["lsst" if alert.survey == "ztf" else "ztf"])


def near_key(alert: DemoAlert, chance: random.Random) -> Message:
    """The key of a schema that differs by little from the one that wrote the value."""
    schema = json.loads(alert.key)
    fields = schema["fields"]
    match chance.randrange(3):
        case 0:
            fields.insert(chance.randrange(len(fields) + 1), {"name": "new", "type": ["null", "float"]})
        case 1:
            del fields[chance.randrange(8, len(fields))]
        case 2:
            first = chance.randrange(len(fields) - 1)
            fields[first], fields[first + 1] = fields[first + 1], fields[first]
    return made("one for another", alert, alert.value, json.dumps(schema).encode())


def bad_key(alert: DemoAlert, chance: random.Random) -> Message:
    keys = [b"", b"{", b"null", b'"string"', b"v4.02", chance.randbytes(20), alert.key[:-5], alert.key[:200], b"\xff"]
    return made("bad key", alert, alert.value, chance.choice(keys))


DAMAGES: list[Damage] = [
    *(cut, beheaded, flipped, inserted, hollow, zeros, noise, nulls, empty, longer, other_key, near_key, bad_key)
]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
@pytest.mark.parametrize("seed", range(2))
def test_a_kind_of_damage_among_good_messages(damage: Damage, seed: int) -> None:
    chance = random.Random(f"{damage.__name__} {seed}")
    batch = [(damage if chance.random() < 0.4 else good)(chance.choice(POOL), chance) for _ in range(30)]
    check(batch)


@SLOW
@given(
    st.lists(
        st.tuples(st.sampled_from([good, good, *DAMAGES]), st.integers(0, len(POOL) - 1), st.randoms()), max_size=24
    )
)
def test_any_damage_in_any_company(batch: list[tuple[Damage, int, random.Random]]) -> None:
    check([damage(POOL[index], chance) for damage, index, chance in batch])


@pytest.mark.parametrize("size", [1, 2, 3, 63, 64, 65, 300])
def test_one_damaged_in_a_batch_of_any_size(size: int) -> None:
    """The first, the last, one in the middle: wherever a batch may be taken apart."""
    chance = random.Random(size)
    ztf = [alert for alert in POOL if alert.survey == "ztf"]
    for at in sorted({0, size // 2, size - 1}):
        batch = [good(ztf[number % len(ztf)], chance) for number in range(size)]
        batch[at] = chance.choice([cut, noise, longer, beheaded])(ztf[at % len(ztf)], chance)
        check(batch)


@pytest.mark.parametrize("share", [0.01, 0.5])
def test_many_damaged_of_all_kinds(share: float) -> None:
    chance = random.Random(f"many {share}")
    check(
        [(chance.choice(DAMAGES) if chance.random() < share else good)(chance.choice(POOL), chance) for _ in range(400)]
    )


def test_bytes_that_went_to_the_neighbour() -> None:
    """The bytes of a batch are all there, in order: only where one message ends and the next begins is wrong."""
    for survey in ("ztf", "lsst"):
        first, second, third, fourth = [alert for alert in POOL if alert.survey == survey][:4]
        for moved in (1, 2, 20, 300, len(second.value) - 1):
            pair = second.value + third.value
            split = len(second.value) - moved
            for at in (split, len(second.value) + moved):
                check(
                    [
                        Message(first.key, first.value),
                        Message(first.key, pair[:at], "cut" if at == split else "trailing"),
                        Message(first.key, pair[at:], "swollen" if at == split else "beheaded"),
                        Message(first.key, fourth.value),
                    ]
                )


def test_one_message_in_two_and_three_in_one() -> None:
    for survey in ("ztf", "lsst"):
        first, second, third = [alert for alert in POOL if alert.survey == survey][:3]
        half = len(second.value) // 2
        check(
            [
                Message(first.key, first.value),
                Message(first.key, second.value[:half], "cut"),
                Message(first.key, second.value[half:], "beheaded"),
                Message(first.key, first.value + third.value + second.value, "trailing"),
                Message(first.key, third.value),
            ]
        )


def test_lost_and_repeated_bytes_that_make_up_for_each_other() -> None:
    """The lengths of a batch add up, and no message is what its length says."""
    for survey in ("ztf", "lsst"):
        some = [alert for alert in POOL if alert.survey == survey]
        for size in (1, 2, 16, 200):
            check(
                [
                    good(some[0], random.Random()),
                    Message(some[0].key, some[1].value[:-size], "cut"),
                    Message(some[0].key, some[2].value + b"\1" * size, "trailing"),
                    Message(some[0].key, b"\1" * size + some[3].value, "beheaded"),
                    Message(some[0].key, some[4].value[size:], "beheaded"),
                    good(some[5], random.Random()),
                ]
            )


@pytest.mark.parametrize("survey", ["ztf", "lsst"])
def test_what_follows_may_look_like_the_end(survey: str) -> None:
    """Bytes after a message that are the end of one, or a whole one: they are no part of it all the same."""
    some = [alert for alert in POOL if alert.survey == survey]
    value = some[0].value
    for more in (value, value[-1:], value[-2:], value[-30:], value[-300:], some[1].value, some[1].value[-30:]):
        check([good(some[2], random.Random()), made("trailing", some[0], value + more), good(some[3], random.Random())])


def test_what_follows_a_null() -> None:
    alert = next(alert for alert in POOL if alert.survey == "ztf")
    schema, found = parts(alert)
    found["brokerEndProcessTimestamp"] = None
    whole = packed(schema, found)
    followers = [b"\2", b"\0", b"\2\2", b"x\2", b"\0\2", whole.value]
    packets = [Message(whole.key, whole.value + more, "trailing") for more in followers]
    check([Message(whole.key, whole.value), *packets, Message(whole.key, whole.value)])


# -- schemas that change ----------------------------------------------------------------------------------------------


def records_of(schema: Record) -> list[Record]:
    """The schema, and every record below it that is on the way to a leaf of a row."""
    found, waiting = [], [schema]
    while waiting:
        kind = waiting.pop()
        found.append(kind)
        waiting += [inner for field in kind["fields"] if (inner := record_type(field["type"])) is not None]
    return found


def reordered(schema: Record, chance: random.Random) -> None:
    """Every record's fields in another order. Named types are defined where they first stand, so none is used twice."""
    for kind in records_of(schema):
        chance.shuffle(kind["fields"])


NEW: list[tuple[Any, Any]] = [
    ("int", 5),
    ("string", "of a new kind"),
    (["null", "double"], None),
    (["double", "null"], 2.5),
    ("bytes", b"\xff\x00"),
    ("boolean", True),
    ({"type": "array", "items": "double"}, [1.0, 2.0]),
    ({"type": "map", "values": "float"}, {"a": 1.0}),
    ({"type": "map", "values": {"type": "array", "items": "string"}}, {"a": ["b"]}),
    ({"type": "enum", "name": "kindOfNew", "symbols": ["A", "B"]}, "B"),
    ({"type": "fixed", "name": "eight", "size": 8}, b"12345678"),
    (["null", "int", "string"], "text"),
    ({"type": "record", "name": "fresh", "fields": [{"name": "x", "type": "int"}]}, {"x": 1}),
]


def added(schema: Record, found: Record, chance: random.Random, *, number: int) -> None:
    """A field that nobody knows, at the top or in a record of the alert."""
    kind, value = copy.deepcopy(chance.choice(NEW))
    if isinstance(kind, dict) and "name" in kind:
        kind = kind | {"name": f"{kind['name']}{number}"}
    places: list[tuple[Record, list[Record]]] = [(schema, [found])]
    for field in schema["fields"]:
        inner, here = record_type(field["type"]), found.get(field["name"])
        if inner is not None:
            places.append((inner, here if isinstance(here, list) else [here] if here is not None else []))
    holder, records = chance.choice(places)
    holder["fields"].insert(chance.randrange(len(holder["fields"]) + 1), {"name": f"new{number}", "type": kind})
    for one in records:
        one[f"new{number}"] = value


@pytest.mark.parametrize("survey", ["ztf", "lsst"])
@pytest.mark.parametrize("seed", range(3))
def test_fields_in_another_order_give_the_same_row(survey: str, seed: int) -> None:
    chance = random.Random(f"order {seed}")
    batch, before = [], []
    for alert in [alert for alert in POOL if alert.survey == survey][:4]:
        schema, found = parts(alert)
        reordered(schema, random.Random(seed))  # one schema for all
        packet = packed(schema, found)
        assert is_fast(packet)
        batch.append(Message(packet.key, packet.value))
        before.append(alone(good(alert, chance)))
    check(batch)
    assert [alone(message) for message in batch] == before


@SLOW
@given(st.sampled_from(["ztf", "lsst"]), st.integers(1, 6), st.randoms())
def test_new_fields_anywhere_change_no_row(survey: str, count: int, chance: random.Random) -> None:
    alert = chance.choice([alert for alert in POOL if alert.survey == survey])
    schema, found = parts(alert)
    for number in range(count):
        added(schema, found, chance, number=number)
    if chance.random() < 0.5:
        reordered(schema, chance)
    packet = packed(schema, found)
    message = Message(packet.key, packet.value)
    check([good(alert, chance), message, good(alert, chance), message])
    assert alone(message) == alone(good(alert, chance))


@SLOW
@given(st.sampled_from(["ztf", "lsst"]), st.integers(1, 8), st.randoms())
def test_fields_that_go_or_get_other_names_give_a_right_row_or_none(
    survey: str, count: int, chance: random.Random
) -> None:
    """What is left is read as before; what is gone is not known, and never taken from elsewhere."""
    alert = chance.choice([alert for alert in POOL if alert.survey == survey])
    schema, found = parts(alert)
    for number in range(count):
        holder = chance.choice(records_of(schema))
        if not holder["fields"]:
            continue
        field = chance.choice(holder["fields"])
        if holder is schema and chance.random() < 0.5:  # below, the values would have to be renamed one by one
            found[f"old{number}"] = found.pop(field["name"])
            field["name"] = f"old{number}"
        else:
            holder["fields"].remove(field)
    if chance.random() < 0.5:
        added(schema, found, chance, number=99)
    if chance.random() < 0.5:
        reordered(schema, chance)
    packet = packed(schema, found)
    try:
        survey_is_known = _BOOK.schema(packet.key) is not None
    except SchemaError:
        survey_is_known = False
    before = alone(good(alert, chance))
    assert before is not None
    message = Message(packet.key, packet.value, "" if survey_is_known and alone_is_row(packet) else "evolved")
    check([good(alert, chance), message, good(alert, chance)])
    row = alone(message)
    if row is not None:
        assert (row.alert_id, row.ra, row.dec, row.obs_mjd) == (before.alert_id, before.ra, before.dec, before.obs_mjd)


def alone_is_row(packet: Packet) -> bool:
    return alone(Message(packet.key, packet.value)) is not None


def test_many_versions_of_a_schema_in_one_batch() -> None:
    chance = random.Random("versions")
    batch = []
    for number in range(40):
        alert = chance.choice(POOL)
        schema, found = parts(alert)
        for addition in range(number % 4):
            added(schema, found, chance, number=addition)
        reordered(schema, random.Random(number % 5))
        packet = packed(schema, found)
        batch.append(Message(packet.key, packet.value))
        if number % 7 == 0:
            batch.append(Message(packet.key, packet.value[:-1], "cut"))
    chance.shuffle(batch)
    check(batch)


# -- schemas that the fast path cannot read ---------------------------------------------------------------------------

FOUR: Record = {"type": "record", "name": "four", "fields": [{"name": "x", "type": "int"}]}
LINK: Record = {"type": "record", "name": "link", "fields": [{"name": "next", "type": ["null", "link"]}]}
ODD: dict[str, tuple[list[Any], list[Any]]] = {
    "used twice": ([FOUR, "four"], [{"x": 1}, {"x": 2}]),
    "recursive": ([LINK], [{"next": {"next": None}}]),
    "several branches": ([["null", "int", "string", FOUR]], [{"x": 3}]),
    "nullable enum": ([["null", {"type": "enum", "name": "kind", "symbols": ["A", "B"]}]], ["B"]),
    "null": (["null"], [None]),
}
PLACES = ["first", "last", "within", "history"]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("what", ODD)
@pytest.mark.parametrize("survey", ["ztf", "lsst"])
def test_legal_schemas_that_are_odd_anywhere_give_whole_rows(survey: str, what: str, place: str) -> None:
    kinds, values = ODD[what]
    batch = []
    for alert in [alert for alert in POOL if alert.survey == survey][:3]:
        schema, found = parts(alert)
        within, history = ("candidate", "prv_candidates") if survey == "ztf" else ("diaSource", "prvDiaSources")
        holder, records = schema, [found]
        if place in ("within", "history"):
            name = within if place == "within" else history
            inner = record_type(next(field["type"] for field in schema["fields"] if field["name"] == name))
            assert inner is not None
            holder, records = inner, found[name] if place == "history" else [found[name]]
        for number, (kind, value) in enumerate(zip(kinds, values, strict=True)):
            field = {"name": f"odd{number}", "type": kind}
            holder["fields"].insert(len(holder["fields"]) if place == "last" else number, field)
            for one in records or []:
                one[f"odd{number}"] = value
        packet = packed(schema, found)
        batch += [Message(packet.key, packet.value), Message(packet.key, packet.value[:-1], "cut"), good(alert, random)]
        assert alone(batch[-3]) == alone(batch[-1])
        if place in ("first", "last"):
            assert record(_BOOK.schema(packet.key), packet.value)["odd0"] == values[0]
    check(batch)


# -- much of it -------------------------------------------------------------------------------------------------------


def test_a_large_message_among_small_ones() -> None:
    """5 MB, and 20 MB: an alert with stamps of another size is an alert."""
    batch = []
    for size in (5_000_000, 20_000_000):
        for survey, field in (("ztf", "cutoutScience"), ("lsst", "cutoutScience")):
            alert = next(alert for alert in POOL if alert.survey == survey)
            schema, found = parts(alert)
            stamp = bytes(size)
            found[field] = found[field] | {"stampData": stamp} if isinstance(found[field], dict) else stamp
            value = encode(schema, found)
            batch += [Message(alert.key, value), good(alert, random), Message(alert.key, value[:-1], "cut")]
    check(batch)


def test_the_whole_path_is_asked_only_of_what_is_suspicious(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few damaged messages do not send their neighbours the slow way: it takes forty times as long."""
    asked = []
    real = decoding.whole_row
    monkeypatch.setattr(decoding, "whole_row", lambda schema, value: asked.append(value) or real(schema, value))
    chance = random.Random("few")
    batch = [good(POOL[number % len(POOL)], chance) for number in range(600)]
    damaged = chance.sample(range(600), 6)
    for number, damage in zip(damaged, (cut, noise, longer, beheaded, nulls, cut), strict=True):
        batch[number] = damage(POOL[number % len(POOL)], chance)
    decode([Packet("t", 0, n, key, value) for n, (key, value, _) in enumerate(batch)], SchemaBook())
    assert set(asked) <= {batch[number].value for number in damaged}
    assert len(asked) <= 6
