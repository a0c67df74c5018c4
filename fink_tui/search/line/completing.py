"""What may stand where one types: keys, endpoints and their arguments, classes, tags."""

from __future__ import annotations

import re
from typing import NamedTuple

from fink_tui.search.api import names
from fink_tui.search.api.arguments import Argument, Kind
from fink_tui.search.api.endpoints import ENDPOINTS, SURVEYS
from fink_tui.search.line.reading import ALIASES, KEYS, KINDS, PATHS

MOST = 50
"""Completions that are given at most: more than a screen has lines, and fewer than SIMBAD's labels."""

_VALUE = re.compile(r"""(?:^|\s)(?P<key>[A-Za-z][\w-]*)\s*=\s*(?P<quote>"?)(?P<value>[^="]*)$""")
_WORD = re.compile(r"\S*$")

TIMES = {"tonight": "since the last noon", "yesterday": "since its midnight", "-3d": "since three days ago"}


class Completion(NamedTuple):
    """One thing that may stand there."""

    start: int
    """Where in the text it begins; what was typed from there to the cursor is replaced."""

    text: str
    """What is written."""

    words: str
    """What it means."""


def completions(text: str, position: int | None = None) -> list[Completion]:
    """What may be written at a place of a line: what begins so first, then what has it inside.

    Args:
        text: The line.
        position: The cursor's, in characters; None for the end.
    """
    before = text[: len(text) if position is None else position]
    first = re.match(r"\s*(?:(?:ztf|lsst):?\s+)?([A-Za-z][\w-]*)\s", before, re.IGNORECASE)
    path = first[1].casefold() if first is not None and first[1].casefold() in PATHS else ""
    value = _VALUE.search(before)
    if value is not None and (known := _values(value["key"], path)) is not None:
        start = value.start("quote")
        typed = value["value"]
        is_whole = typed.endswith(" ") and typed.strip().casefold() in {name.casefold() for name in known}
        matching = [] if is_whole else _matching(typed, known)
        if matching or " " not in typed:
            return [Completion(start, _quoted(name), words) for name, words in matching]
    word = _WORD.search(before)
    start = word.start() if word is not None else len(before)
    typed = before[start:]
    if path:
        return [Completion(start, name, words) for name, words in _matching(typed, _arguments(path, before))]
    is_first = not before[:start].strip() or before[:start].strip().casefold().rstrip(":") in SURVEYS
    return [Completion(start, name, words) for name, words in _matching(typed, _keys(before, is_first=is_first))]


def _keys(before: str, *, is_first: bool) -> dict[str, str]:
    """What may begin a word: keys that are not there yet; at the beginning also what the line may be about."""
    found = {f"{key}=": words for key, words in KEYS.items() if not re.search(rf"(?:^|\s){key}=", before)}
    if is_first:
        found |= {kind: f"a search by {kind}" for kind in KINDS if kind not in PATHS and kind not in KEYS}
        found |= {one.path: one.words for one in ENDPOINTS}
        found |= names.TAGS
        found |= dict.fromkeys(names.FINK_CLASSES, "a class of Fink")
    return found


def _arguments(path: str, before: str) -> dict[str, str]:
    return {
        f"{argument.name}=": argument.words
        for one in ENDPOINTS
        if one.path == path
        for argument in one.arguments
        if not re.search(rf"(?:^|\s){re.escape(argument.name)}=", before)
    }


def _values(key: str, path: str) -> dict[str, str] | None:
    """The values that a key may have; None where they are not known."""
    if path:
        of_name = [a for one in ENDPOINTS if one.path == path for a in one.arguments if a.name == key]
        return _of_argument(of_name[0]) if of_name else None
    known = ALIASES.get(key.casefold(), key.casefold())
    if known == "survey":
        return dict(SURVEYS)
    if known == "class":
        return _classes()
    if known == "limits":
        return {"yes": "with upper limits", "no": "without"}
    return {"tag": names.TAGS, "trend": names.TRENDS, "after": TIMES, "before": TIMES, "date": TIMES}.get(known)


def _of_argument(argument: Argument) -> dict[str, str] | None:
    if argument.choices:
        return dict.fromkeys(argument.choices, argument.words)
    known = {Kind.CLASS: _classes(), Kind.TAG: names.TAGS, Kind.TIME: TIMES, Kind.DAY: TIMES}
    if argument.kind is Kind.YES_NO:
        return {"true": argument.words, "false": ""}
    return known.get(argument.kind)


def _classes() -> dict[str, str]:
    found = dict.fromkeys(names.FINK_CLASSES, "a class of Fink")
    found |= dict.fromkeys(names.TNS_CLASSES, "a type of the TNS")
    return found | dict.fromkeys(names.simbad_classes(), "a label of SIMBAD")


def _matching(typed: str, known: dict[str, str]) -> list[tuple[str, str]]:
    """Those that begin so, with their prefix or without it; then those that have it inside."""
    folded = typed.strip().casefold()
    begin, inside = [], []
    for name, words in known.items():
        bare = name.casefold().removeprefix(names.TNS.casefold()).removeprefix(names.SIMBAD.casefold())
        if name.casefold().startswith(folded) or bare.startswith(folded):
            begin.append((name, words))
        elif folded and folded in name.casefold():
            inside.append((name, words))
    return [*begin, *inside][:MOST]


def _quoted(name: str) -> str:
    return f'"{name}"' if " " in name else name
