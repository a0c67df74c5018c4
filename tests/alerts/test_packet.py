"""The framing of packets: what we write, fastavro reads; what is torn, is seen to be torn."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Callable
from typing import Any

import fastavro
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fink_tui.alerts import packet
from fink_tui.alerts.packet import ContainerError

SYNC = bytes(range(16))
SCHEMA = {"type": "record", "name": "r", "fields": [{"name": "s", "type": "string"}, {"name": "n", "type": "long"}]}
TEXT = json.dumps(SCHEMA).encode()

longs = st.integers(-(2**63), 2**63 - 1)
records = st.fixed_dictionaries({"s": st.text(max_size=50), "n": longs})


@given(longs, st.binary(max_size=4), st.binary(max_size=4))
def test_long_round_trip(number: int, before: bytes, after: bytes) -> None:
    data = before + packet.encode_long(number) + after
    assert packet.decode_long(data, len(before)) == (number, len(data) - len(after))


@given(longs)
def test_long_is_avros(number: int) -> None:
    assert packet.encode_long(number) == packet.encode({"type": "long"}, number)  # type: ignore[arg-type]  # a bare long


@given(longs.filter(lambda number: abs(number) > 64))
def test_long_cut_short(number: int) -> None:
    with pytest.raises(EOFError):
        packet.decode_long(packet.encode_long(number)[:-1], 0)


def test_long_without_end() -> None:
    with pytest.raises(ContainerError):
        packet.decode_long(b"\xff" * 40, 0)


@given(st.lists(st.binary(max_size=300), max_size=6))
def test_blocks_round_trip(values: list[bytes]) -> None:
    data = b"".join(packet.block(value, SYNC) for value in values)
    found = list(packet.blocks(data, SYNC))
    assert [data[block.offset : block.offset + block.length] for block in found] == values
    assert [block.offset - block.begin for block in found] == [len(packet.block_prefix(value)) for value in values]
    assert [block.records for block in found] == [1] * len(values)
    assert [block.end for block in found] == [block.begin for block in found[1:]] + ([len(data)] if values else [])


@given(st.lists(st.binary(max_size=60), min_size=1, max_size=4), st.data())
def test_torn_blocks_end_at_the_tear(values: list[bytes], data: Any) -> None:
    whole = b"".join(packet.block(value, SYNC) for value in values)
    cut = data.draw(st.integers(0, len(whole) - 1))
    found = list(packet.blocks(whole[:cut], SYNC))
    assert found == [block for block in packet.blocks(whole, SYNC) if block.end <= cut]


@given(st.binary(max_size=400))
def test_blocks_of_anything_end(data: bytes) -> None:
    for block in packet.blocks(data, SYNC):
        assert block.end <= len(data)


@given(st.lists(records, max_size=5))
def test_fastavro_reads_our_files(values: list[dict[str, Any]]) -> None:
    data = packet.header(TEXT, SYNC) + b"".join(packet.block(packet.encode(SCHEMA, value), SYNC) for value in values)
    reader = fastavro.reader(io.BytesIO(data))
    assert list(reader) == values


@given(records)
def test_container_read_by_fastavro_and_by_us(value: dict[str, Any]) -> None:
    datum = packet.encode(SCHEMA, value)
    data = packet.container(TEXT, datum)
    assert list(fastavro.reader(io.BytesIO(data))) == [value]
    head = packet.read_header(data)
    (block,) = packet.blocks(data, head.sync, head.end)
    assert (head.schema, head.codec, data[block.offset : block.offset + block.length]) == (TEXT, "null", datum)
    assert packet.container(TEXT, datum) == data


@pytest.mark.parametrize("codec", ["null", "deflate"])
def test_header_of_fastavro(codec: str) -> None:
    file = io.BytesIO()
    fastavro.writer(file, SCHEMA, [{"s": "a", "n": 1}], codec=codec)
    head = packet.read_header(file.getvalue())
    assert head.codec == codec
    assert json.loads(head.schema)["name"] == "r"
    assert len(list(packet.blocks(file.getvalue(), head.sync, head.end))) == 1


def test_header_cut_anywhere() -> None:
    data = packet.header(TEXT, SYNC)
    for cut in range(len(data)):
        with pytest.raises(ContainerError if cut < 4 else EOFError):
            packet.read_header(data[:cut])


@given(st.binary(max_size=200))
def test_header_of_anything(data: bytes) -> None:
    for text in (data, packet.MAGIC + data):
        with contextlib.suppress(ContainerError, EOFError):
            packet.read_header(text)


def test_header_in_sized_parts() -> None:
    entries = b"".join(packet._sized(text) for text in (b"avro.schema", TEXT))
    data = packet.MAGIC + packet.encode_long(-1) + packet.encode_long(len(entries)) + entries + b"\0" + SYNC
    assert packet.read_header(data) == packet.Header(TEXT, "null", SYNC, len(data))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data.replace(b"avro.schema", b"avro.schemo"),
        lambda data: packet.MAGIC + packet.encode_long(1) + packet.encode_long(-3),
        lambda data: b"PK\x03\x04" + data,
        lambda data: b"",
    ],
)
def test_header_refused(spoil: Callable[[bytes], bytes]) -> None:
    with pytest.raises(ContainerError):
        packet.read_header(spoil(packet.header(TEXT, SYNC)))


def test_encode_refuses_what_does_not_fit() -> None:
    with pytest.raises((ValueError, TypeError)):
        packet.encode(SCHEMA, {"s": "a", "n": "no number"})
