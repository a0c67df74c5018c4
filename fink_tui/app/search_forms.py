"""Every kind of search as fields to be filled in, and the line that they amount to. No screen in sight."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from fink_tui.search.api import names
from fink_tui.search.api.arguments import Argument, Kind, read
from fink_tui.search.api.endpoints import ENDPOINTS, SURVEYS, Endpoint
from fink_tui.search.api.places import RADIUS, parse_radius
from fink_tui.search.api.times import moment
from fink_tui.search.errors import QuestionError
from fink_tui.search.line.completing import completions
from fink_tui.search.line.kinds import LAST


@dataclass(frozen=True)
class FormField:
    """Something that can be filled in."""

    name: str
    """Its key in the line."""

    words: str
    """What it says."""

    is_required: bool = False

    default: str = ""
    """What holds where it is left empty."""

    is_bare: bool = False
    """Whether its value stands in the line without its key."""

    check: Callable[[str, datetime], object] = lambda text, now: text
    """Raises a `QuestionError` where a text can be no value of it."""


@dataclass(frozen=True)
class Form:
    """A kind of search."""

    title: str
    """What it is called."""

    words: str
    """What it is for."""

    begins: str
    """What its line begins with; blank: with its fields."""

    fields: tuple[FormField, ...]

    def line(self, values: Mapping[str, str]) -> str:
        """What the fields amount to: what one could have typed.

        Args:
            values: What was filled in, by the names of fields; blank: nothing.
        """
        words = [self.begins] if self.begins else []
        for field in self.fields:
            text = " ".join(values.get(field.name, "").split())
            if not text:
                continue
            if field.is_bare:
                words.append(text)
            else:
                words.append(f'{field.name}="{text}"' if " " in text else f"{field.name}={text}")
        return " ".join(words)

    def wrong(self, field: FormField, text: str, now: datetime) -> str:
        """What is wrong with a field's text; blank: nothing.

        Args:
            field: One of its fields.
            text: What was filled in.
            now: The present, with its zone.
        """
        if not text.strip():
            return "must be filled in" if field.is_required else ""
        try:
            field.check(text.strip(), now)
        except QuestionError as error:
            return str(error)
        return ""

    def suggestions(self, field: FormField, text: str) -> list[tuple[str, str]]:
        """What a field's text may become, and what each means.

        Args:
            field: One of its fields.
            text: What is there so far.
        """
        if field.is_bare:
            return []
        begin = f"{self.begins} {field.name}=".lstrip()
        found = completions(begin + text)
        return [(one.text.strip('"'), one.words) for one in found if one.start >= len(begin)]


def _class(text: str, _: datetime) -> None:
    names.class_name(text)


def _tag(text: str, _: datetime) -> None:
    names.tag_name(text)


def _radius(text: str, _: datetime) -> None:
    parse_radius(text)


def _time(text: str, now: datetime) -> None:
    if moment(text, now) > now:
        raise QuestionError("That is in the future.")


def _one_of(*choices: str) -> Callable[[str, datetime], None]:
    def check(text: str, _: datetime) -> None:
        if text.casefold() not in choices:
            raise QuestionError(f"Write one of: {', '.join(choices)}.")

    return check


def _number(kind: Kind, lowest: float, highest: float) -> Callable[[str, datetime], object]:
    argument = Argument(name="it", words="", kind=kind, lowest=lowest, highest=highest)
    return lambda text, now: read(argument, text, now)


_DAYS, _COUNT = _number(Kind.NUMBER, 0, 36525), _number(Kind.WHOLE, 1, 100_000)
_SURVEY = FormField("survey", "ztf or lsst", default="both", check=_one_of("ztf", "lsst"))
_AFTER = FormField("after", "from this time on: 2026-11-01, -3d, tonight", check=_time)
_BEFORE = FormField("before", "until this time", default="now", check=_time)
_WINDOW = FormField("window", "days, instead of before", check=_DAYS)
_ANY_CLASS = FormField("class", "only this class of ZTF", check=_class)
_TREND = FormField("trend", "rising or fading", check=_one_of(*names.TRENDS))
_LAST = FormField("last", "so many of the newest", default=str(LAST), check=_COUNT)

_OWN = (
    Form(
        "object",
        "objects by their names: ZTF's and LSST's",
        "",
        (
            FormField("id", "names, with blanks between", is_required=True, is_bare=True),
            FormField("limits", "yes: with upper limits (ZTF)", default="no", check=_one_of("yes", "no")),
            _AFTER,
            _BEFORE,
            FormField("last", "so many of the newest alerts", default="all", check=_COUNT),
        ),
    ),
    Form(
        "cone",
        "around a place, or around what has a name",
        "",
        (
            FormField("place", "coordinates, or a name of TNS, SIMBAD, SsODNet", is_required=True, is_bare=True),
            FormField("r", "radius: 30, 5m, 0.5d; arcsec without a unit", default=f"{RADIUS:g}", check=_radius),
            _AFTER,
            _BEFORE,
            _WINDOW,
            _ANY_CLASS,
            _TREND,
            _SURVEY,
        ),
    ),
    Form(
        "class",
        "the newest of a class (ZTF)",
        "",
        (
            FormField("class", "of Fink, the TNS or SIMBAD", is_required=True, check=_class),
            _LAST,
            _AFTER,
            _BEFORE,
            _TREND,
        ),
    ),
    Form(
        "tag",
        "the newest with a tag (LSST)",
        "",
        (FormField("tag", "of LSST's alerts", is_required=True, check=_tag), _LAST, _AFTER, _BEFORE, _TREND),
    ),
    Form(
        "date",
        "what was seen in a time",
        "",
        (
            FormField("date", "a day, tonight, yesterday", is_required=True, check=_time),
            FormField("window", "days", default="1", check=_DAYS),
            _ANY_CLASS,
            _TREND,
            _SURVEY,
        ),
    ),
    Form(
        "sso",
        "a body of the Solar System",
        "",
        (
            FormField("sso", "number, name or designation", is_required=True),
            _AFTER,
            _BEFORE,
            FormField("last", "so many of the newest alerts", default="all", check=_COUNT),
            _SURVEY,
        ),
    ),
    Form(
        "tracklet",
        "satellites and debris (ZTF)",
        "",
        (FormField("tracklet", "TRCK_20241103_090000_00, or a day", is_required=True),),
    ),
    Form("anomaly", "what Fink finds the most unusual (ZTF)", "anomaly", (_LAST, _AFTER, _BEFORE)),
    Form(
        "gw",
        "alerts in a gravitational wave's sky map",
        "",
        (
            FormField("gw", "the event, such as S230518h", is_required=True),
            FormField("credible", "the credible region", default="0.5", check=_number(Kind.NUMBER, 0, 1)),
            _SURVEY,
        ),
    ),
    Form(
        "stats",
        "counts of alerts of a night, a month, a year",
        "stats",
        (
            FormField("date", "YYYYMMDD, YYYYMM, YYYY or all", is_required=True, is_bare=True),
            _SURVEY,
        ),
    ),
)
"""What observers look for, in the words of the line."""


def _of_endpoint(endpoint: Endpoint) -> Form:
    fields = []
    for argument in endpoint.arguments:
        words = argument.words
        if argument.choices:
            words += f": {', '.join(argument.choices)}"
        elif argument.kind is not Kind.TEXT:
            words += f" ({argument.kind.value})"
        fields.append(
            FormField(
                name=argument.name,
                words=words,
                is_required=argument.is_required,
                default=argument.default,
                check=_reading(argument),
            )
        )
    title = f"{SURVEYS[endpoint.survey]} {endpoint.path}"
    return Form(title, endpoint.words, f"{endpoint.survey} {endpoint.path}", tuple(fields))


def _reading(argument: Argument) -> Callable[[str, datetime], object]:
    return lambda text, now: read(argument, text, now)


@cache
def forms() -> tuple[Form, ...]:
    """All kinds: what observers look for, then every endpoint of Fink's as it is."""
    return (*_OWN, *(_of_endpoint(endpoint) for endpoint in ENDPOINTS))
