"""The arguments of Fink's endpoints: of what kind each is, and what a user's text for it means."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from fink_tui.search.api import names
from fink_tui.search.api.places import parse_dec, parse_ra, parse_radius
from fink_tui.search.api.times import iso, moment
from fink_tui.search.errors import QuestionError


class Kind(StrEnum):
    """What sort of value an argument has."""

    TEXT = "text"
    CHOICE = "one of a few"
    WHOLE = "a whole number"
    NUMBER = "a number"
    YES_NO = "true or false"
    RA = "right ascension, degrees or hh:mm:ss"
    DEC = "declination, degrees or dd:mm:ss"
    RADIUS = "arcsec, or with a unit as in 5m, 0.5d"
    TIME = "a time, UTC"
    DAY = "a day, UTC"
    NIGHT = "YYYYMMDD, YYYYMM, YYYY or all"
    TIME_PREFIX = "YYYY-MM-DD, also with hh, hh:mm or hh:mm:ss"
    CLASS = "a class of ZTF"
    TAG = "a tag of LSST"
    ZTF_ID = "a ZTF object"
    ZTF_IDS = "ZTF objects, joined by commas"
    LONG = "an identifier of digits"
    LONGS = "identifiers of digits, joined by commas"
    TRACKLET = "TRCK_YYYYMMDD_hhmmss_NN, or how it begins"
    NAMES = "names or numbers, joined by commas"
    COLUMNS = "Fink's names of columns, joined by commas"
    EVENT = "a gravitational-wave event, such as S230518h"
    VERSION = "YYYY.MM"
    FILE = "a file of this machine"


@dataclass(frozen=True, kw_only=True)
class Argument:
    """One argument of an endpoint."""

    name: str
    """As Fink spells it."""

    words: str
    """What it says."""

    kind: Kind = Kind.TEXT

    is_required: bool = False

    default: str = ""
    """What Fink takes where it is not given; "" where that is nothing."""

    choices: tuple[str, ...] = ()
    """What it can be; () for anything of its kind."""

    lowest: float = -math.inf
    """The smallest number that Fink takes."""

    highest: float = math.inf
    """The largest number that Fink takes."""


def read(argument: Argument, text: str, now: datetime) -> str:
    """A user's text for an argument, as Fink wants it: times as ISO, classes with their prefix, places in degrees.

    What it gives it gives again for its own answer.

    Args:
        argument: Which argument.
        text: What was typed.
        now: The present, with its zone.

    Raises:
        QuestionError: It cannot be that; the text says what is wrong, and what can be written.
    """
    text = text.strip()
    if argument.choices and argument.kind is Kind.CHOICE:
        return _choice(argument, text)
    reader = _READERS.get(argument.kind)
    if reader is not None:
        return reader(argument, text)
    if argument.kind in (Kind.TIME, Kind.DAY):
        return _time(argument, text, now)
    if argument.kind is Kind.NIGHT:
        return _night(argument, text, now)
    if not text:
        raise QuestionError(f"{argument.name} is empty. Write {argument.words}.")
    return text


def _choice(argument: Argument, text: str) -> str:
    for one in argument.choices:
        if one.casefold() == text.casefold():
            return one
    raise QuestionError(f"{argument.name} cannot be {text!r}. Choose one of: {', '.join(argument.choices)}.")


def _number(argument: Argument, text: str) -> str:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise QuestionError(f"{argument.name} must be a number, not {text!r}.")
    if not argument.lowest <= value <= argument.highest:
        raise QuestionError(f"{argument.name} must be {_range(argument)}, not {text}.")
    return text


def _whole(argument: Argument, text: str) -> str:
    if not re.fullmatch(r"[+-]?[0-9]{1,18}", text):
        raise QuestionError(f"{argument.name} must be a whole number, not {text!r}.")
    return _number(argument, str(int(text)))


def _range(argument: Argument) -> str:
    if argument.highest == math.inf:
        return f"at least {argument.lowest:g}"
    return f"between {argument.lowest:,.16g} and {argument.highest:,.16g}"


def _yes_no(argument: Argument, text: str) -> str:
    folded = text.casefold()
    if folded in ("true", "yes", "1", "on"):
        return "true"
    if folded in ("false", "no", "0", "off"):
        return "false"
    raise QuestionError(f"{argument.name} is true or false, not {text!r}.")


def _ra(argument: Argument, text: str) -> str:
    return f"{parse_ra(text):.8f}".rstrip("0").rstrip(".")


def _dec(argument: Argument, text: str) -> str:
    written = f"{parse_dec(text):.8f}".rstrip("0").rstrip(".")
    return "0" if written == "-0" else written


def _time(argument: Argument, text: str, now: datetime) -> str:
    """A time that has begun: nothing was seen in the future."""
    found = moment(text, now)
    written = iso(found) if argument.kind is Kind.TIME else f"{found:%Y-%m-%d}"
    if found > now:
        raise QuestionError(
            f"{argument.name}: {iso(found)} is in the future (it is {iso(now)} UTC). Write an earlier time."
        )
    return written


_NIGHT = re.compile(r"(?:20\d\d)(?:(?:0[1-9]|1[0-2])(?:\d\d)?)?")


def _night(argument: Argument, text: str, now: datetime) -> str:
    if text.casefold() in ("", "all"):
        return ""  # Fink's way to ask for every night
    compact = re.sub(r"(?<=\d)-(?=\d)", "", text)
    if compact.isdecimal():
        night = compact
    else:
        found = now if text.casefold() == "tonight" else moment(text, now)
        night = f"{found:%Y%m%d}"
    if not _NIGHT.fullmatch(night):
        raise QuestionError(f"{argument.name}: {text!r} is no night. Write {argument.kind.value}.")
    if len(night) == 8:
        try:
            date.fromisoformat(night)
        except ValueError:
            raise QuestionError(f"{argument.name}: the calendar has no day {text!r}.") from None
    if night > f"{now + timedelta(days=1):%Y%m%d}"[: len(night)]:  # the UTC day may have begun elsewhere
        raise QuestionError(f"{argument.name}: {text} is in the future (today is {now:%Y%m%d}). Write an earlier one.")
    return night


_TIME_PREFIX = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[ T](\d{2})(?::(\d{2})(?::(\d{2}))?)?)?")


def _time_prefix(argument: Argument, text: str) -> str:
    found = _TIME_PREFIX.fullmatch(" ".join(text.split()))
    try:
        if found is None:
            raise ValueError(text)
        date.fromisoformat(found[1])
    except ValueError:
        raise QuestionError(f"{argument.name}: {text!r} is no time. Write {argument.kind.value}.") from None
    return f"{found[1]} {':'.join(part for part in found.groups()[1:] if part)}".strip()


ZTF_ID = re.compile(r"ZTF[12]\d[a-z]{7}")
"""An object of ZTF: the year and seven letters."""

LONG_ID = re.compile(r"\d{1,19}")
"""An identifier of Rubin's, or ZTF's `candid`."""

_TRACKLET_START = re.compile(r"TRCK_\d{0,8}|TRCK_\d{8}_\d{0,6}|TRCK_\d{8}_\d{6}_\d{0,2}")


def ztf_id(text: str) -> str:
    """The name of a ZTF object in its own spelling.

    Raises:
        QuestionError: No object has such a name.
    """
    name = text.strip()
    name = name[:3].upper() + name[3:].lower()
    if ZTF_ID.fullmatch(name):
        return name
    length = len(name)
    why = "too short" if length < 12 else "too long" if length > 12 else "not of that form"
    raise QuestionError(
        f"{text!r} is no object of ZTF: it is {why}. They are named ZTF, two digits of the year, seven letters: "
        "ZTF18abcdefg."
    )


def long_id(text: str) -> str:
    """An identifier of digits; it is never a number, which JSON would round.

    Raises:
        QuestionError: It has other signs than digits, or too many.
    """
    name = text.strip()
    if LONG_ID.fullmatch(name) and name.isascii() and 0 < int(name) < 2**63:
        return name
    raise QuestionError(f"{text!r} is no identifier: they are up to 19 digits, such as 170028512402473130.")


def _each(one: Callable[[str], str]) -> Callable[[Argument, str], str]:
    def read_each(argument: Argument, text: str) -> str:
        parts = [part for part in re.split(r"[\s,;]+", text) if part]
        if not parts:
            raise QuestionError(f"{argument.name} is empty. Write {argument.words}.")
        return ",".join(dict.fromkeys(one(part) for part in parts))

    return read_each


def _names(argument: Argument, text: str) -> str:
    parts = [" ".join(part.split()) for part in text.split(",")]
    if not any(parts):
        raise QuestionError(f"{argument.name} is empty. Write {argument.words}.")
    return ",".join(part for part in parts if part)


def _columns(argument: Argument, text: str) -> str:
    parts = [part for part in re.split(r"[\s,]+", text) if part]
    if not parts:
        raise QuestionError("columns is empty. Leave it away for all columns.")
    if odd := [part for part in parts if not re.fullmatch(r"(?:[a-z]+:)?[\w().*/+-]+", part)]:
        raise QuestionError(f"columns: {odd[0]!r} is no name of a column. They are written as in i:magpsf,i:jd.")
    return ",".join(dict.fromkeys(parts))


def _tracklet(argument: Argument, text: str) -> str:
    name = text.upper()
    if not _TRACKLET_START.fullmatch(name):
        raise QuestionError(f"{text!r} is no tracklet. They are named {argument.kind.value}: TRCK_20261120_043012_00.")
    return name


def _event(argument: Argument, text: str) -> str:
    found = re.fullmatch(r"(m?s)(\d{6})([a-z]*)", text.casefold())
    if found is None:
        raise QuestionError(f"{text!r} is no gravitational-wave event. They are named as in S230518h.")
    return found[1].upper() + found[2] + found[3]


def _version(argument: Argument, text: str) -> str:
    if not re.fullmatch(r"20\d\d\.(?:0[1-9]|1[0-2])", text):
        raise QuestionError(f"{argument.name} is the year and the month, as in 2026.08, not {text!r}.")
    return text


GZIP = b"\x1f\x8b"

MOST_FILE = 20_000_000
"""Bytes of the largest sky map that is sent: LIGO's have some megabytes."""


def sky_map(path: str) -> bytes:
    """A sky map of this machine.

    Raises:
        QuestionError: It cannot be read, or is none.
    """
    try:
        with Path(path).open("rb") as file:
            content = file.read(MOST_FILE + 1)
    except OSError as error:
        raise QuestionError(
            f"{path} cannot be read: {error.strerror}. Name a sky map, such as bayestar.fits.gz."
        ) from error
    if not content.startswith(GZIP) or len(content) > MOST_FILE:
        raise QuestionError(
            f"{path} is no sky map: those are gzipped FITS files of up to 20 MB, such as bayestar.fits.gz."
        )
    return content


def _file(argument: Argument, text: str) -> str:
    path = str(Path(text).expanduser().absolute())
    sky_map(path)
    return path


_READERS: dict[Kind, Callable[[Argument, str], str]] = {
    Kind.WHOLE: _whole,
    Kind.NUMBER: _number,
    Kind.YES_NO: _yes_no,
    Kind.RA: _ra,
    Kind.DEC: _dec,
    Kind.RADIUS: lambda _, text: f"{parse_radius(text):.10g}",
    Kind.TIME_PREFIX: _time_prefix,
    Kind.CLASS: lambda _, text: names.class_name(text),
    Kind.TAG: lambda _, text: names.tag_name(text),
    Kind.ZTF_ID: lambda _, text: ztf_id(text),
    Kind.ZTF_IDS: _each(ztf_id),
    Kind.LONG: lambda _, text: long_id(text),
    Kind.LONGS: _each(long_id),
    Kind.TRACKLET: _tracklet,
    Kind.NAMES: _names,
    Kind.COLUMNS: _columns,
    Kind.EVENT: _event,
    Kind.FILE: _file,
    Kind.VERSION: _version,
}
