"""Hostile text in every field: rows and fields are safe to show, and the packet stays as it came."""

from __future__ import annotations

import json
import unicodedata

import pytest

from fink_tui.alerts import fields as showing
from fink_tui.alerts.decode import Decoded, decode, record, whole_row
from fink_tui.alerts.fields import fields
from fink_tui.alerts.packet import Packet, encode
from fink_tui.alerts.schema import Schema, SchemaBook
from fink_tui.alerts.text import HIDDEN
from fink_tui.cli.ingest import line
from fink_tui.stream.demo import DemoAlert
from tests.alerts.hostile import HOSTILE, everywhere, hostile, not_utf8, with_texts
from tests.alerts.making import both, of, packet_of, parts


def is_safe(text: str) -> bool:
    return all(unicodedata.category(letter) not in HIDDEN | {"Zl", "Zp"} or letter == "\ufffd" for letter in text)


def texts_in(alert: DemoAlert) -> int:
    """How many texts a packet holds."""
    schema, found = parts(alert)
    seen: list[str] = []
    everywhere(schema, found, lambda text: seen.append(text) or text)
    return len(seen)


@pytest.mark.parametrize("what", HOSTILE)
@pytest.mark.parametrize("survey", ["ztf", "lsst"])
def test_in_every_field(demo_alerts: list[DemoAlert], survey: str, what: str) -> None:
    original = with_texts(of(survey, demo_alerts))
    assert texts_in(original) > 20
    alert = hostile(original, HOSTILE[what])
    if what == "spaces" and survey == "ztf":  # its object has no name
        assert not isinstance(decode([packet_of(alert)], SchemaBook())[0], Decoded)
        return
    fast, whole = both(packet_of(alert))
    assert fast == whole
    assert fast.alert_id == alert.alert_id
    for value in fast:
        if isinstance(value, str):
            assert is_safe(value)
            assert len(value) <= 260, "the reason of a label names a name"
    schema = Schema(alert.key)
    shown = fields(record(schema, alert.value), alert.survey)
    assert len(shown) > 100
    for field in shown:
        assert is_safe(field.path)
        assert is_safe(field.value)
    (result,) = decode([packet_of(alert)], SchemaBook())
    assert isinstance(result, Decoded)
    assert is_safe(line(result))
    stem = schema.survey.file_stem(fast)
    assert stem.isascii()
    assert "/" not in stem
    schema.survey.points(record(schema, alert.value))


@pytest.mark.parametrize("survey", ["ztf", "lsst"])
def test_a_megabyte_in_every_field(demo_alerts: list[DemoAlert], survey: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """No more of it is looked at than is shown."""
    looked: list[int] = []
    real = unicodedata.normalize
    monkeypatch.setattr(unicodedata, "normalize", lambda form, text: looked.append(len(text)) or real(form, text))
    history = "prv_candidates" if survey == "ztf" else "prvDiaSources"
    schema, found = parts(with_texts(of(survey, demo_alerts)))
    found[history] = found[history][:1] if found[history] else found[history]
    small = of(survey, demo_alerts)._replace(key=json.dumps(schema).encode(), value=encode(schema, found))
    for text in ("x" * 1_000_000, "é\x1b" * 350_000):
        alert = hostile(small, text)
        assert len(alert.value) > 20_000_000
        fast, whole = both(packet_of(alert))
        assert fast == whole
        shown = fields(record(Schema(alert.key), alert.value), alert.survey)
        assert max(len(field.value) for field in shown) <= showing.VALUE_LENGTH
        assert max(len(field.path) for field in shown) <= 600
        assert all(len(value) <= 260 for value in fast if isinstance(value, str))
    assert max(looked) < 3_000


@pytest.mark.parametrize("survey", ["ztf", "lsst"])
def test_text_that_is_no_utf8_is_shown_as_far_as_it_is(demo_alerts: list[DemoAlert], survey: str) -> None:
    """In every field at once, and in each alone: the alert is one, and its packet as it came."""
    alert = of(survey, demo_alerts)
    schema, found = parts(alert)
    names = [field["name"] for field in schema["fields"] if isinstance(found[field["name"]], str)]
    assert len(names) > 5
    bad = [not_utf8(alert).value]
    for name in names:
        value = encode(schema, found | {name: "~~~~~~~~"})
        bad.append(value.replace(b"~~~~~~~~", b"\xff\xfe\xc3\x28\xed\xa0\x80\x1b"))
    packets = [Packet("t", 0, n, alert.key, value) for n, one in enumerate(bad) for value in (one, alert.value)]
    for number, result in enumerate(decode(packets, SchemaBook())):
        assert isinstance(result, Decoded), result.reason
        assert result.packet == packets[number]
        assert result.row == whole_row(result.schema, result.packet.value)
        assert all(is_safe(value) for value in result.row if isinstance(value, str))
        shown = fields(record(result.schema, result.packet.value))
        assert all(is_safe(field.value) for field in shown)
        assert number % 2 or any("\ufffd(" in field.value for field in shown)


@pytest.mark.parametrize("what", HOSTILE)
def test_in_the_names_of_fields(demo_alerts: list[DemoAlert], what: str) -> None:
    """A schema's names are text as well: refused, or shown harmlessly."""
    schema, found = parts(of("ztf", demo_alerts))
    for name in ("publisher", "schemavsn"):
        field = next(field for field in schema["fields"] if field["name"] == name)
        field["name"] = HOSTILE[what] + name
        found[field["name"]] = found.pop(name)
    original = of("ztf", demo_alerts)
    (result,) = decode([Packet("t", 0, 0, json.dumps(schema).encode(), original.value)], SchemaBook())
    if isinstance(result, Decoded):
        for field in fields(record(result.schema, original.value)):
            assert is_safe(field.path)
    else:
        assert is_safe(result.reason)
        assert "owned" not in result.reason
