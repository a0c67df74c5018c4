"""All fields as lines, whatever is in them."""

from __future__ import annotations

import math
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
        (math.nan, "nan"),
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


def test_paths() -> None:
    found = {"a": {"b": {"c": 1}, "d\n": 2}, "e": {}, "f\x1b": "x"}
    assert fields(found) == [Field("a.b.c", "1"), Field("a.d ", "2"), Field("e", "{}"), Field("f\ufffd", "x")]


def test_of_alerts(demo_alerts: list[DemoAlert]) -> None:
    for alert in demo_alerts[:6]:
        found = fields(record(Schema(alert.key), alert.value))
        paths = [field.path for field in found]
        assert len(set(paths)) == len(paths) > 100
        assert ("candidate.jd" if alert.survey == "ztf" else "diaSource.midpointMjdTai") in paths
