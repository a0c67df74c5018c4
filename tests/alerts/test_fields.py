"""All fields as lines, whatever is in them."""

from __future__ import annotations

import math
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fink_tui.alerts.decode import record
from fink_tui.alerts.fields import VALUE_LENGTH, Field, fields, shown
from fink_tui.alerts.schema import Schema
from fink_tui.stream.demo import DemoAlert

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(max_size=8), values, max_size=5))
def test_anything_is_safe_to_show(found: dict[str, Any]) -> None:
    for field in fields(found):
        assert field.path.isprintable() or not field.path
        assert field.value.isprintable()
        assert len(field.value) <= VALUE_LENGTH


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "True"),
        (3367463101415010117, "3367463101415010117"),
        (2461121.9631019, "2461121.9631019"),
        (0.1, "0.1"),
        (0.30000000000000004, "0.30000000000000004"),
        (12345.678901234567, "12345.678901234567"),
        (0.09051728248596191, "0.09051728"),
        (0.10000000149011612, "0.1"),
        (18.75, "18.75"),
        (-999.0, "-999"),
        (2461122.0, "2461122"),
        (2461121.25, "2461121.25"),
        (1e300, "1e+300"),
        (math.nan, "nan"),
        (math.inf, "inf"),
        (-math.inf, "-inf"),
        (b"\x1b[2J", "4 B of data"),
        ([{"jd": 1.0}] * 1200, "1,200 records"),
        ([], "[]"),
        ({}, "{}"),
        ([1, 2], "[1, 2]"),
        ("", ""),
        ("[HB89] 1821+643", "[HB89] 1821+643"),
        ("a\x1b[31m\nb", "a\ufffd[31m b"),
        ("\u202eabc", "\ufffdabc"),
    ],
)
def test_shown(value: object, text: str) -> None:
    assert shown(value) == text


@given(st.floats(allow_nan=False, width=64))
def test_a_double_is_read_back(value: float) -> None:
    single = struct.unpack("<f", struct.pack("<f", value))[0] if abs(value) < 3e38 else None
    if value != single:
        assert float(shown(value)) == value


@given(st.floats(allow_nan=False, width=32))
def test_a_float_of_32_bits_is_read_back_from_nine_digits(value: float) -> None:
    text = shown(value)
    if math.isinf(value):
        assert float(text) == value
    else:
        assert struct.pack("<f", float(text)) == struct.pack("<f", value)
        assert len(text) <= len("-1.23456789e-38")


def test_paths() -> None:
    found = {"a": {"b": {"c": 1}, "d\n": 2}, "e": {}, "f\x1b": "x"}
    assert fields(found) == [Field("a.b.c", "1"), Field("a.d ", "2"), Field("e", "{}"), Field("f\ufffd", "x")]


def test_of_alerts(demo_alerts: list[DemoAlert]) -> None:
    for alert in demo_alerts[:6]:
        found = fields(record(Schema(alert.key), alert.value))
        paths = [field.path for field in found]
        assert len(set(paths)) == len(paths) > 100
        assert ("candidate.jd" if alert.survey == "ztf" else "diaSource.midpointMjdTai") in paths
