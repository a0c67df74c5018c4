"""Alerts whose every text is one that a terminal, a screen or a file system might take for something else."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from fink_tui.alerts.packet import encode
from fink_tui.stream.demo import DemoAlert
from tests.alerts.making import Record, parts

HOSTILE: dict[str, str] = {
    "C0": "".join(map(chr, range(1, 32))) + "owned\x7f",
    "NUL": "nu\x00l owned",
    "C1": "owned" + "".join(map(chr, range(0x80, 0xA0))),
    "CSI": "\x1b[31mowned\x1b[2J\x1b[1;1H\x1b[6n\x1b[?1049l\x1b[c",
    "8-bit CSI": "\x9b31mowned\x9b2J\x9b6n",
    "title": "\x1b]0;owned\x07\x1b]2;owned\x1b\\\x9d0;owned\x9c",
    "OSC 52": "\x1b]52;c;b3duZWQ=\x07\x1b]52;c;?\x1b\\\x9d52;c;b3duZWQ=\x9c",
    "OSC 8": "\x1b]8;;http://owned.example/\x1b\\owned\x1b]8;;\x1b\\",
    "DCS": "\x1bPowned\x1b\\\x90owned\x9c\x1b_owned\x1b\\\x1b^owned\x1b\\\x1bXowned\x1b\\",
    "markup": "[@click=app.exit]owned[/] [bold red]owned[/x] [link=http://owned]owned \\[",
    "bidi": "\u202eowned\u202c\u2066owned\u2069\u200f\u061c\u202a",
    "lines": "owned\nowned\r\nowned\x0b\x0c\x85\u2028\u2029owned\towned",
    "no width": "o\u200bw\u200dn\ufeffe\u00add" + "\u0301" * 200,
    "wide": "名前🏳️‍🌈👨‍👩‍👧‍👦🇫🇷" * 20 + "owned",
    "no character": "owned\uffff\ue000\U000e0041\U0010ffff\u0378",
    "path": "../../../owned/\\..\\owned\x00.avro",
    "quotes": "owned'\";$(owned)`owned`|owned&&owned%s%n{owned}{0}",
    "spaces": " \u3000\xa0\u1680 ",
}
"""Each by what it is."""


def filled(kind: Any, value: Any, write: Callable[[str], str], named: dict[str, Any]) -> Any:
    """A value with every text in it replaced: those of records, of arrays, of maps and their keys."""
    if isinstance(kind, str) and kind in named:
        kind = named[kind]
    if isinstance(kind, list):
        branches = [branch for branch in kind if branch != "null"]
        if value is None and "string" not in branches:
            return None
        return filled(branches[0], value, write, named) if len(branches) == 1 else value
    if isinstance(kind, dict):
        if "name" in kind:
            named[kind["name"]] = kind
        match kind["type"]:
            case "record":
                return {
                    field["name"]: filled(field["type"], value[field["name"]], write, named) for field in kind["fields"]
                }
            case "array":
                return [filled(kind["items"], one, write, named) for one in value or []]
            case "map":
                return {
                    write(str(key)): filled(kind["values"], one, write, named) for key, one in (value or {}).items()
                }
            case "string":
                return write(value or "")
        return value
    return write(value or "") if kind == "string" else value


def hostile(alert: DemoAlert, text: str) -> DemoAlert:
    """The alert with every text that one."""
    schema, record = parts(alert)
    return alert._replace(value=encode(schema, everywhere(schema, record, lambda _: text)))


def everywhere(schema: Record, record: Record, write: Callable[[str], str]) -> Record:
    """A record with every text in it replaced."""
    found: Record = filled(schema, record, write, {})
    return found


def with_texts(alert: DemoAlert) -> DemoAlert:
    """The alert with a text in arrays and maps of texts besides: the surveys have few."""
    schema, record = parts(alert)
    for name, kind, value in (
        ("texts", {"type": "array", "items": "string"}, ["one", "two"]),
        ("named", {"type": "map", "values": "string"}, {"key": "value"}),
        ("either", ["null", {"type": "array", "items": ["null", "string"]}], ["one", None]),
    ):
        schema["fields"].insert(2, {"name": name, "type": kind})
        record[name] = value
    return alert._replace(key=json.dumps(schema).encode(), value=encode(schema, record))


def not_utf8(alert: DemoAlert) -> DemoAlert:
    """The alert with every text of bytes that are no UTF-8."""
    mark = "~~~~~~~~"
    found = hostile(alert, mark)
    return found._replace(value=found.value.replace(mark.encode(), b"\xff\xfe\xc3\x28\xed\xa0\x80\x1b"))
