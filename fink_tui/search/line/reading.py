"""A line of a search, divided: a survey, a first word, keys with their values, and the rest."""

from __future__ import annotations

import re
from dataclasses import dataclass

from fink_tui.search.api import names
from fink_tui.search.api.endpoints import ENDPOINTS, SURVEYS
from fink_tui.search.errors import QuestionError

KEYS = {
    "class": "a class: class=SN candidate",
    "tag": "a tag of LSST: tag=most_likely_sn",
    "last": "so many of the newest: last=50",
    "after": "from this time on: after=2026-11-01, after=-3d",
    "before": "until this time: before=2026-11-20",
    "date": "this day, with window= for more: date=2026-11-20 window=3",
    "window": "so many days: window=2",
    "r": "radius: r=30, r=5m, r=0.5d; without a unit arcsec",
    "ra": "right ascension: ra=193.82",
    "dec": "declination: dec=+2.89",
    "trend": "what it does: trend=rising, trend=fading",
    "sso": "a Solar System object: sso=8467, sso=10P, sso=C/2020 V2",
    "id": "an object: id=ZTF21abfmbix",
    "tracklet": "a fast mover: tracklet=TRCK_20241103_090000_00, tracklet=2024-11-03",
    "name": "a name to resolve: name=M31",
    "limits": "with upper limits (ZTF): limits=yes",
    "survey": "one survey only: survey=ztf, survey=lsst",
    "credible": "the credible region of a gravitational wave: credible=0.9",
    "gw": "a gravitational wave: gw=S230518h",
}
"""The keys of a line, and what each says."""

ALIASES = {
    "radius": "r",
    "n": "last",
    "since": "after",
    "start": "after",
    "startdate": "after",
    "until": "before",
    "stop": "before",
    "stopdate": "before",
    "days": "window",
    "objectid": "id",
    "diaobjectid": "id",
    "object": "id",
    "event": "gw",
    "event_name": "gw",
    "credible_level": "credible",
    "withupperlim": "limits",
    "upperlim": "limits",
    "n_or_d": "sso",
}
"""Other spellings of the keys."""

KINDS = {
    "object": "id",
    "cone": "",
    "explore": "",
    "class": "class",
    "tag": "tag",
    "sso": "sso",
    "tracklet": "tracklet",
    "date": "date",
    "anomaly": "",
    "stats": "",
    "gw": "gw",
    "resolve": "name",
}
"""Words that may begin a line, and the key that the rest is the value of."""


_SURVEY = re.compile(r"(ztf|lsst)(?::\s*|\s+)(?=\S)", re.IGNORECASE)
_FIRST = re.compile(r"([A-Za-z][\w-]*)(?:\s+(?![=:])|$)")
_KEY = re.compile(r"(?<!\S)([A-Za-z][\w-]*)\s*=")
_EMPTY = re.compile(r"(?<!\S)([A-Za-z][\w-]*)\s*=\s*(?=$|[A-Za-z][\w-]*\s*=)")
_TOKEN = re.compile(
    r"""(?:(?P<key>[A-Za-z][\w-]*)\s*(?P<sign>=|:)\s*)?(?P<value>"[^"]*"(?!\S)|'[^']*'(?!\S)|[^\s=]+|=)"""
)
_CLOCK = re.compile(r"\d{1,2}:\d{2}(?::\d{2}(?:\.\d*)?)?Z?")
_UNITS = re.compile(r"arcsecs?|arcmins?|deg|degrees?|days?", re.IGNORECASE)

PATHS = frozenset(one.path for one in ENDPOINTS)
"""The names of all endpoints."""


@dataclass
class Reading:
    """What stands in a line."""

    surveys: tuple[str, ...]
    """Whose alerts."""

    given: dict[str, str]
    """Values by their keys; in the endpoint's own spelling where the line begins with one."""

    kind: str = ""
    """The word of `KINDS` that it begins with."""

    path: str = ""
    """The endpoint whose name it begins with."""

    rest: str = ""
    """All else."""


def read(text: str, surveys: tuple[str, ...]) -> Reading:
    """Divide a line.

    Args:
        text: What was typed.
        surveys: Whose alerts, where the line does not say.

    Raises:
        QuestionError: A key is unknown, empty or there twice.
    """
    text = " ".join(text.split())
    if (survey := _SURVEY.match(text)) is not None:
        surveys, text = (survey[1].casefold(),), text[survey.end() :]
    if (empty := _EMPTY.search(text)) is not None:
        raise QuestionError(f"{empty[1]}= has nothing behind it. Write a value, or leave it away.")
    found = Reading(surveys, {})
    if (first := _FIRST.match(text)) is not None:
        word, rest = first[1].casefold(), text[first.end() :]
        if _begins_with_kind(word, rest):
            found.kind, text = word, rest
        elif word in PATHS:
            found.path, text = word, rest
    found.rest = _take_keys(text, found)
    if (chosen := found.given.pop("survey", "").casefold()) and chosen not in SURVEYS:
        raise QuestionError(f"survey cannot be {chosen!r}. Write survey=ztf or survey=lsst.")
    if chosen:
        found.surveys = (chosen,)
    return found


def _begins_with_kind(word: str, rest: str) -> bool:
    """Whether a line's first word says its kind.

    Not where it is an endpoint's with arguments that only that has, nor where it is a part of a name: Cone Nebula.
    """
    if word not in KINDS or (word in PATHS and any(_known(key) is None for key in _KEY.findall(rest))):
        return False
    if word == "tracklet" and {"id", "date"} & {key.casefold() for key in _KEY.findall(rest)}:
        return False  # arguments of the endpoint's own
    if word in ("cone", "explore", "object", "date"):
        return any(sign.isdigit() or sign == "=" for sign in rest)
    return bool(rest) or word in ("anomaly", "stats")


def _known(key: str) -> str | None:
    folded = ALIASES.get(key.casefold(), key.casefold())
    return folded if folded in KEYS else None


def _key(key: str, path: str) -> str:
    """The key that is meant."""
    if path:
        return key.casefold() if key.casefold() == "survey" else key
    if (known := _known(key)) is not None:
        return known
    near = names.nearest(key, [*KEYS, *ALIASES], 1)
    hint = f"Did you mean {near[0]}=?" if near else f"There is: {', '.join(KEYS)}."
    raise QuestionError(f"There is no key {key!r}. {hint}")


def _take_keys(text: str, into: Reading) -> str:
    """Take `key=value` out of a text, and give the rest."""
    rest: list[str] = []
    open_key = ""
    for token in _TOKEN.finditer(text):
        key, value = token["key"], token["value"]
        is_quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
        value = value[1:-1] if is_quoted else value
        if key is not None and (token["sign"] == "=" or (not into.path and _known(key) is not None)):
            name = _key(key, into.path)
            if name in into.given:
                raise QuestionError(f"{name}= is there twice. Leave one of the two away.")
            into.given[name] = value
            open_key = "" if is_quoted else name
            continue
        bare = value if is_quoted and key is None else token[0]
        if open_key and _goes_on(open_key, into.given[open_key], bare):
            into.given[open_key] += f" {bare}"
            continue
        open_key = ""
        rest.append(bare)
    into.given = {name: value.strip(" ,") for name, value in into.given.items()}
    return " ".join(rest).strip(" ,")


def _goes_on(key: str, value: str, more: str) -> bool:
    """Whether the word behind a value belongs to it: names have spaces, and so has a time with its clock."""
    if key == "class":
        longer = f"{value} {more}".casefold()
        if any(one.casefold().startswith(longer) for one in names.spellings()):
            return True
        return names.known_class(value) is None and more.isalpha()
    if key in ("name", "sso", "sso_name", "n_or_d", "name_or_id", "comments"):
        return True
    if key in ("after", "before", "date", "startdate", "stopdate"):
        return _CLOCK.fullmatch(more) is not None
    if key in ("r", "radius", "window"):
        return _UNITS.fullmatch(more) is not None
    return value.endswith(",") or more.startswith(",")
