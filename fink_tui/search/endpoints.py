"""Every endpoint of Fink's REST API with its arguments, and the check of a question before it is asked.

Where from: fink-object-api 3.5, `apps/routes/v1/{ztf,lsst}/*/api.py`, with what their `utils.py` do beyond that. Fink
ignores an argument that it does not know, and answers an unknown class or a radius too large only after a while: a
slip of the pen is told here, at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from fink_tui.search import names
from fink_tui.search.arguments import Argument, Kind, read, sky_map
from fink_tui.search.errors import QuestionError
from fink_tui.search.question import Question
from fink_tui.search.times import iso, moment

SURVEYS = {"ztf": "ZTF", "lsst": "LSST"}
"""The surveys by their name in a question, and how they are written."""

FIRST_SEEN = "f:firstDiaSourceMjdTaiFink"
"""The column without which LSST's cone search refuses dates."""

MOST_ROWS = 100_000
"""The most rows that are asked for at once: some 200 MB of ZTF's."""


class Gives(StrEnum):
    """What an endpoint answers."""

    ALERTS = "alerts"
    """Rows of which each is an alert, or the newest of an object."""

    POINTS = "points"
    """Measurements without an alert."""

    TABLE = "table"
    """Something else: rows, lists, or names with what they mean."""

    FILE = "file"
    """An image, or a table that only other programs read."""


@dataclass(frozen=True)
class Endpoint:
    """One endpoint of one survey."""

    survey: str
    """`ztf` or `lsst`."""

    path: str
    """Its name, such as `conesearch`."""

    words: str
    """What it is for."""

    arguments: tuple[Argument, ...] = ()
    """Its arguments, the required ones first."""

    gives: Gives = Gives.ALERTS
    """What it answers without an `output-format`."""

    def argument(self, name: str) -> Argument | None:
        """The argument of a name."""
        return next((one for one in self.arguments if one.name == name), None)


def _required(name: str, words: str, kind: Kind = Kind.TEXT, **more: Any) -> Argument:
    return Argument(name=name, words=words, kind=kind, is_required=True, **more)


def _optional(name: str, words: str, kind: Kind = Kind.TEXT, default: str = "", **more: Any) -> Argument:
    return Argument(name=name, words=words, kind=kind, default=default, **more)


def _choice(name: str, words: str, choices: str, default: str = "", is_required: bool = False) -> Argument:
    return Argument(
        name=name,
        words=words,
        kind=Kind.CHOICE,
        choices=tuple(choices.split()),
        default=default,
        is_required=is_required,
    )


def _rows(words: str, default: str, name: str = "n", highest: int = MOST_ROWS) -> Argument:
    return _optional(name, words, Kind.WHOLE, default, lowest=1, highest=highest)


def _yes(name: str, words: str) -> Argument:
    return _optional(name, words, Kind.YES_NO, "false")


COLUMNS = _optional("columns", "only these columns", Kind.COLUMNS)
FORMAT = _choice("output-format", "the form of the answer", "json csv parquet votable", "json")
FULL_FORMAT = _choice("output-format", "the form of the answer", "json csv parquet votable", "parquet")
IMAGE_FORMAT = _choice("output-format", "the form of the answer", "PNG FITS array", "PNG")
CUTOUT_KIND = _choice("cutout-kind", "only this image", "Science Template Difference")

TIMES = (
    _optional("startdate", "from this time on", Kind.TIME),
    _optional("stopdate", "until this time", Kind.TIME, "now"),
)
DAYS = (
    _optional("start_date", "from this day on", Kind.DAY, "2019-11-01"),
    _optional("stop_date", "until this day, which is included", Kind.DAY, "now"),
)
CONE = (
    _required("ra", "right ascension", Kind.RA),
    _required("dec", "declination", Kind.DEC),
    _required("radius", "radius", Kind.RADIUS),
    _rows("rows read of each pixel of the sky, not of the answer: few miss objects", "1000", highest=1_000_000),
    _optional("startdate", "first detected at or after this time", Kind.TIME),
    _optional("stopdate", "first detected until this time", Kind.TIME, "now"),
    _optional("window", "days after startdate, instead of stopdate", Kind.NUMBER, lowest=0, highest=36525),
)
SKYMAP = (
    _required(
        "credible_level", "the credible region: 0 its most probable pixel, 1 the sky", Kind.NUMBER, lowest=0, highest=1
    ),
    _optional("event_name", "the event, by its name in GraceDB", Kind.EVENT),
    _optional("file", "a sky map, bayestar.fits.gz, instead of the event", Kind.FILE),
    _optional("n_day_before", "days before the event", Kind.NUMBER, "1", lowest=0, highest=7),
    _optional("n_day_after", "days after the event", Kind.NUMBER, "6", lowest=0, highest=14),
    FORMAT,
)
IMAGE = (
    IMAGE_FORMAT,
    _choice("stretch", "how values become brightness (PNG)", "sigmoid linear sqrt power log", "sigmoid"),
    _optional("colormap", "a colour map of matplotlib (PNG)", default="grayscale"),
    _optional("pmin", "percentile that is black (PNG, not sigmoid)", Kind.NUMBER, "0.5", lowest=0, highest=100),
    _optional("pmax", "percentile that is white (PNG, not sigmoid)", Kind.NUMBER, "99.5", lowest=0, highest=100),
    _choice("convolution_kernel", "smooth the image with this (PNG)", "gauss box"),
)
CUTOUT = _choice("kind", "which image; All only as array", "Science Template Difference All", is_required=True)
RESOLVED = (
    _yes("reverse", "the name is one of the survey; find its other names"),
    _rows("the most matches", "10", "nmax", 1000),
    FORMAT,
)
SSO = _required("n_or_d", "numbers or designations of Solar System objects", Kind.NAMES)
EPHEMERIDES = (
    _yes("withEphem", "with ephemerides of Miriade"),
    _yes("withResiduals", "with residuals to the sHG1G2 phase curve; one object only"),
)
SSOFT = (
    _optional("sso_name", "only the object of this name"),
    _optional("sso_number", "only the object of this number", Kind.WHOLE, lowest=1),
    _yes("schema", "what its columns mean, instead of the table"),
    _optional("version", "the month of the table", Kind.VERSION),
)
RUBIN_OBJECTS = _required("diaObjectId", "objects of LSST", Kind.LONGS)

ENDPOINTS = (
    Endpoint(
        "ztf",
        "objects",
        "all alerts of objects",
        (
            _required("objectId", "objects of ZTF", Kind.ZTF_IDS),
            _yes("withupperlim", "with upper limits and measurements of bad quality"),
            _yes("withcutouts", "with the images as numbers"),
            CUTOUT_KIND,
            COLUMNS,
            FORMAT,
        ),
    ),
    Endpoint("ztf", "conesearch", "objects around a place, the nearest first", (*CONE, COLUMNS, FORMAT)),
    Endpoint(
        "ztf",
        "latests",
        "the newest alerts of a class",
        (
            _required("class", "a class of Fink, the TNS or SIMBAD", Kind.CLASS),
            _rows("the most alerts", "10"),
            *TIMES,
            _choice("trend", "of the n alerts only those that do this", "rising fading low_state new_low_state"),
            _yes("color", "with colours and their rates"),
            COLUMNS,
            FORMAT,
        ),
    ),
    Endpoint("ztf", "classes", "the names of all classes", gives=Gives.TABLE),
    Endpoint(
        "ztf",
        "sso",
        "alerts of Solar System objects",
        (SSO, *EPHEMERIDES, _yes("withcutouts", "with the images as numbers"), CUTOUT_KIND, COLUMNS, FORMAT),
    ),
    Endpoint(
        "ztf",
        "ssocand",
        "Solar System candidates that Fink found",
        (
            _choice("kind", "their orbits, or their alerts", "orbParams lightcurves", is_required=True),
            _optional("ssoCandId", "only this trajectory"),
            *DAYS,
            _rows("the most rows", "10000", "maxnumber"),
            FORMAT,
        ),
        Gives.TABLE,
    ),
    Endpoint(
        "ztf",
        "tracklet",
        "alerts of fast movers: satellites and debris",
        (
            _optional("date", "of this time", Kind.TIME_PREFIX),
            _optional("id", "the tracklet", Kind.TRACKLET),
            COLUMNS,
            FORMAT,
        ),
    ),
    Endpoint(
        "ztf",
        "cutouts",
        "an image of an alert",
        (
            _required("objectId", "an object of ZTF", Kind.ZTF_ID),
            CUTOUT,
            _optional("candid", "the alert", Kind.LONG, "the newest"),
            *IMAGE,
        ),
        Gives.FILE,
    ),
    Endpoint(
        "ztf",
        "resolver",
        "what a name means: TNS, SIMBAD, Solar System",
        (
            _choice("resolver", "who is asked", "tns simbad ssodnet", is_required=True),
            _required("name", "the name"),
            *RESOLVED,
        ),
        Gives.TABLE,
    ),
    Endpoint(
        "ztf",
        "statistics",
        "counts of alerts by night",
        (
            _required("date", "the night, the month, the year, or all", Kind.NIGHT),
            COLUMNS,
            _yes("schema", "the names of its columns, instead of counts"),
            FORMAT,
        ),
        Gives.TABLE,
    ),
    Endpoint(
        "ztf",
        "anomaly",
        "alerts that Fink found the most unusual",
        (_rows("the most alerts", "10"), *DAYS, COLUMNS, FORMAT),
    ),
    Endpoint("ztf", "skymap", "alerts in the sky map of a gravitational wave", SKYMAP),
    Endpoint(
        "ztf",
        "ssoft",
        "parameters of Solar System objects, a month's table",
        (*SSOFT, _choice("flavor", "the model of its phase curves", "SSHG1G2 SHG1G2 HG1G2 HG", "SHG1G2"), FULL_FORMAT),
        Gives.TABLE,
    ),
    Endpoint(
        "ztf",
        "ssobulk",
        "light curves of all Solar System objects, a month's file",
        (
            _optional("sso_name", "only the object of this name"),
            _yes("schema", "what its columns mean, instead of the table"),
            _optional("version", "the month of the file", Kind.VERSION),
            FULL_FORMAT,
        ),
        Gives.TABLE,
    ),
    Endpoint(
        "ztf",
        "metadata",
        "names and comments that people gave to objects",
        (
            _optional("objectId", "an object of ZTF", Kind.ZTF_ID),
            _optional("internal_name", "the name that somebody gave"),
            _optional("internal_name_encoded", "that name as Fink writes it in addresses"),
            _optional("username", "who writes (this writes to Fink's public database)"),
            _optional("comments", "what is written (to Fink's public database)"),
        ),
        Gives.TABLE,
    ),
    Endpoint("ztf", "schema", "what the columns mean", gives=Gives.TABLE),
    Endpoint(
        "lsst",
        "sources",
        "all alerts of objects",
        (
            RUBIN_OBJECTS,
            _optional("midpointMjdTai", "only the one of this time, MJD TAI", Kind.NUMBER, lowest=0),
            COLUMNS,
            FORMAT,
        ),
    ),
    Endpoint("lsst", "objects", "a summary of objects", (RUBIN_OBJECTS, COLUMNS, FORMAT), Gives.TABLE),
    Endpoint("lsst", "fp", "forced photometry of objects", (RUBIN_OBJECTS, COLUMNS, FORMAT), Gives.POINTS),
    Endpoint(
        "lsst",
        "conesearch",
        "objects around a place, the nearest first",
        (*CONE, _choice("kind", "first seen within the dates, or seen across them", "within across"), COLUMNS, FORMAT),
    ),
    Endpoint(
        "lsst",
        "tags",
        "the newest alerts of a tag; without one, the names of all tags",
        (_optional("tag", "a tag of Fink", Kind.TAG), _rows("the most alerts", "10"), *TIMES, COLUMNS, FORMAT),
    ),
    Endpoint("lsst", "blocks", "what Fink's filters are made of", gives=Gives.TABLE),
    Endpoint("lsst", "sso", "alerts of Solar System objects", (SSO, *EPHEMERIDES, COLUMNS, FORMAT)),
    Endpoint(
        "lsst",
        "cutouts",
        "an image of an alert",
        (_required("diaSourceId", "the alert", Kind.LONG), CUTOUT, *IMAGE),
        Gives.FILE,
    ),
    Endpoint(
        "lsst",
        "resolver",
        "what a name means: TNS, SIMBAD, Solar System",
        (
            _choice("resolver", "who is asked", "tns simbad ssodnet", is_required=True),
            _required("name_or_id", "the name"),
            *RESOLVED,
        ),
        Gives.TABLE,
    ),
    Endpoint(
        "lsst",
        "statistics",
        "counts of alerts by night",
        (_required("date", "the night, the month, the year, or all", Kind.NIGHT), COLUMNS, FORMAT),
        Gives.TABLE,
    ),
    Endpoint("lsst", "skymap", "alerts in the sky map of a gravitational wave", SKYMAP),
    Endpoint(
        "lsst",
        "ssoft",
        "parameters of Solar System objects, a month's table",
        (*SSOFT, _choice("flavor", "the model of its phase curves", "HG1G2 HG", "HG"), COLUMNS, FULL_FORMAT),
        Gives.TABLE,
    ),
    Endpoint("lsst", "ssobulk", "light curves of all Solar System objects", (FULL_FORMAT,), Gives.TABLE),
    Endpoint(
        "lsst",
        "schema",
        "what the columns of an endpoint mean",
        (
            _required("endpoint", "the endpoint, such as /api/v1/sources"),
            _optional("major_version", "of Rubin's schema", Kind.WHOLE, lowest=1, highest=99),
            _optional("minor_version", "of Rubin's schema", Kind.WHOLE, lowest=0, highest=99),
        ),
        Gives.TABLE,
    ),
)
"""All of them."""

_BY_NAME = {(one.survey, one.path): one for one in ENDPOINTS}


def endpoint(survey: str, path: str) -> Endpoint:
    """The endpoint of a name.

    Raises:
        QuestionError: The survey has none of that name.
    """
    if (found := _BY_NAME.get((survey, path))) is not None:
        return found
    if survey not in SURVEYS:
        raise QuestionError(f"{survey!r} is no survey of Fink. There are ztf and lsst.")
    others = [other for other in SURVEYS if (other, path) in _BY_NAME]
    here = [one.path for one in ENDPOINTS if one.survey == survey]
    if others:
        raise QuestionError(f"Only {SURVEYS[others[0]]} has {path}. {SURVEYS[survey]} has: {', '.join(here)}.")
    near = names.nearest(path, here) or here
    raise QuestionError(f"{SURVEYS[survey]} has no search {path!r}. There is: {', '.join(near)}.")


def gives(question: Question) -> Gives:
    """What the answer to a question is."""
    found, given = endpoint(question.survey, question.path), question.given
    if given.get("schema") == "true":
        return Gives.TABLE
    form = found.argument("output-format")
    if form is not None and given.get("output-format", form.default) != "json":
        return Gives.FILE
    return Gives.TABLE if found.path == "tags" and not given.get("tag") else found.gives


def writes(question: Question) -> bool:
    """Whether a question is none: it writes to Fink's public database."""
    return question.path == "metadata" and bool({"username", "comments"} & set(question.given))


def body(question: Question) -> dict[str, str | int | float | bool]:
    """A question's arguments with the types that Fink wants in JSON.

    Some of its code adds to a number, and takes only a true `true` for one. Identifiers stay text: some are beyond
    2^53. A sky map is documented as `file`, but its code reads `bayestar`, the bytes as Python writes them
    (routes/v1/{ztf,lsst}/skymap: utils.py, test.py).

    Raises:
        QuestionError: A file cannot be read.
    """
    found = endpoint(question.survey, question.path)
    typed: dict[str, str | int | float | bool] = {}
    for name, text in question.arguments:
        argument = found.argument(name)
        kind = argument.kind if argument is not None else Kind.TEXT
        if kind is Kind.YES_NO:
            if text.casefold() == "true":  # `color` counts as wanted even where it is false
                typed[name] = True
        elif kind is Kind.WHOLE:
            typed[name] = int(text)
        elif kind in (Kind.NUMBER, Kind.RADIUS):
            typed[name] = float(text)
        elif kind is Kind.FILE:
            typed["bayestar"] = str(sky_map(text))
        else:
            typed[name] = text
    return typed


def question(survey: str, path: str, given: Mapping[str, str], now: datetime) -> Question:
    """A question made of what a user typed, checked.

    Args:
        survey: `ztf` or `lsst`.
        path: The endpoint.
        given: Values by the names of arguments, as typed; blank ones are left out.
        now: The present, with its zone.

    Raises:
        QuestionError: It makes no sense; the text says why and what to write.
    """
    found = endpoint(survey, path)
    read_values = {}
    for name, text in given.items():
        argument = _argument(found, name)
        value = read(argument, text, now) if text.strip() or argument.kind is Kind.NIGHT else ""
        if value or argument.kind is Kind.NIGHT:
            read_values[name] = value
    dated = {"startdate", "stopdate"} & set(read_values)
    if survey == "lsst" and path == "conesearch" and dated:
        columns = read_values.get("columns", "r:diaObjectId,r:ra,r:dec,r:midpointMjdTai").split(",")
        read_values["columns"] = ",".join(dict.fromkeys((*columns, FIRST_SEEN)))
    form = found.argument("output-format")
    if form is not None and form.default == "parquet" and "output-format" not in read_values:
        is_small = path == "ssoft" or bool({"sso_name", "schema"} & set(read_values))
        read_values["output-format"] = "json" if is_small else "parquet"  # said always: the versions differ in theirs
    made = Question(survey, path, tuple(sorted(read_values.items())))
    check(made, now)
    return made


def check(question: Question, now: datetime, *, may_write: bool = False) -> None:
    """Refuse a question that makes no sense, before it is asked.

    Args:
        question: The question, its values as Fink wants them.
        now: The present, with its zone.
        may_write: Whether it may write to Fink's public database.

    Raises:
        QuestionError: It makes none; the text says why and what to write.
    """
    found, given = endpoint(question.survey, question.path), question.given
    for name, text in given.items():
        _check_value(_argument(found, name), text, now)
    for argument in found.arguments:
        if argument.is_required and argument.name not in given:
            raise QuestionError(f"{found.path} needs {argument.name}: {argument.words} ({_form(argument)}).")
    if writes(question) and not may_write:
        raise QuestionError(
            "This would write to Fink's public database, where all read it and nobody can take it back. Only "
            "`fink-tui search metadata --write` does so, after it has asked."
        )
    for rule in _RULES.get(found.path, ()):
        rule(found, given, now)


def _form(argument: Argument) -> str:
    return ", ".join(argument.choices) if argument.choices else argument.kind.value


def _argument(found: Endpoint, name: str) -> Argument:
    if (argument := found.argument(name)) is not None:
        return argument
    known = [one.name for one in found.arguments]
    if not known:
        raise QuestionError(f"{found.path} takes no arguments, so not {name!r} either. Leave it away.")
    near = names.nearest(name, known, 1)
    hint = f"Did you mean {near[0]}?" if near else f"There is: {', '.join(known)}."
    raise QuestionError(f"{SURVEYS[found.survey]}'s {found.path} has no argument {name!r}. {hint}")


_ISO = re.compile(r"\d{4}-\d{2}-\d{2}(?:[ T]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?")

_EXACT = frozenset({Kind.CHOICE, Kind.CLASS, Kind.TAG, Kind.NIGHT, Kind.TRACKLET, Kind.EVENT, Kind.ZTF_ID, Kind.DAY})
"""Kinds that Fink knows by one spelling only."""


def _check_value(argument: Argument, text: str, now: datetime) -> None:
    wanted = read(argument, text, now)
    if argument.kind in _EXACT and wanted != text:
        raise QuestionError(f"{argument.name} must be written {wanted!r} for Fink, not {text!r}.")
    if argument.kind is Kind.TIME and not _ISO.fullmatch(text):
        raise QuestionError(f"{argument.name} must be written as in {wanted!r} for Fink, not {text!r}.")


Rule = Callable[[Endpoint, Mapping[str, str], datetime], None]


def _in_order(found: Endpoint, given: Mapping[str, str], now: datetime) -> None:
    start, stop = ("start_date", "stop_date") if found.argument("start_date") else ("startdate", "stopdate")
    if start in given and stop in given:
        first, last = moment(given[start], now), moment(given[stop], now)
        if first > last:
            raise QuestionError(f"{start} {iso(first)} is after {stop} {iso(last)}: nothing is between. Swap the two.")


def _one_window(_: Endpoint, given: Mapping[str, str], now: datetime) -> None:
    if "window" in given and "stopdate" in given:
        raise QuestionError("window and stopdate both say where to end. Give one of them.")
    if "window" in given and "startdate" not in given:
        raise QuestionError("window needs a startdate: without one Fink ignores it. Give both.")
    if "window" in given and float(given["window"]) == 0:
        raise QuestionError("window is 0 days: nothing is in it. Give a larger one.")


def _dates_of_rubin(found: Endpoint, given: Mapping[str, str], now: datetime) -> None:
    dated = {"startdate", "stopdate"} & set(given)
    if found.survey == "lsst" and dated and FIRST_SEEN not in given.get("columns", "").split(","):
        raise QuestionError(f"With dates, LSST's cone search needs the column {FIRST_SEEN}. Add it to columns.")


def _trend(_: Endpoint, given: Mapping[str, str], now: datetime) -> None:
    trend, columns = given.get("trend", ""), given.get("columns", "")
    if trend.endswith("low_state") and given["class"] != names.BLAZAR_LOW:
        raise QuestionError(f"The trend {trend} exists for the class {names.BLAZAR_LOW} only. Take rising or fading.")
    if trend in ("rising", "fading") and columns and "d:mag_rate" not in columns.split(","):
        raise QuestionError(f"The trend {trend} needs the column d:mag_rate. Add it to columns.")


def _one_of(*of: str, is_needed: bool = True) -> Rule:
    def rule(found: Endpoint, given: Mapping[str, str], now: datetime) -> None:
        count = sum(name in given for name in of)
        if count > 1 or (is_needed and not count):
            what = "one of" if is_needed else "only one of"
            raise QuestionError(
                f"{found.path} takes {what}: {', '.join(of)}. {'Two are' if count > 1 else 'None is'} given."
            )

    return rule


def _metadata(found: Endpoint, given: Mapping[str, str], now: datetime) -> None:
    if not {"username", "comments"} & set(given):
        _one_of("objectId", "internal_name", "internal_name_encoded")(found, given, now)
        return
    if missing := [name for name in ("objectId", "internal_name", "username") if name not in given]:
        raise QuestionError(f"To write, metadata needs {', '.join(missing)} too.")


def _candidates(_: Endpoint, given: Mapping[str, str], now: datetime) -> None:
    if given["kind"] == "orbParams" and {"start_date", "stop_date"} & set(given):
        raise QuestionError("start_date and stop_date apply to kind=lightcurves only. Leave them away, or take that.")


def _cutouts(_: Endpoint, given: Mapping[str, str], now: datetime) -> None:
    if given["kind"] == "All" and given.get("output-format") != "array":
        raise QuestionError("kind=All gives numbers only: take output-format=array too, or one of the three images.")


def _with_cutouts(_: Endpoint, given: Mapping[str, str], now: datetime) -> None:
    wanted, columns = given.get("withcutouts") == "true", given.get("columns")
    if "cutout-kind" in given and not wanted:
        raise QuestionError("cutout-kind needs withcutouts=true. Add it.")
    if wanted and columns and not {"i:objectId", "i:candid"} <= set(columns.split(",")):
        raise QuestionError("withcutouts needs the columns i:objectId and i:candid. Add them to columns.")


def _residuals(_: Endpoint, given: Mapping[str, str], now: datetime) -> None:
    if given.get("withResiduals") == "true" and "," in given["n_or_d"]:
        raise QuestionError("withResiduals takes one object only. Ask for each by itself.")


def _versions(_: Endpoint, given: Mapping[str, str], now: datetime) -> None:
    if ("major_version" in given) != ("minor_version" in given):
        raise QuestionError("Of major_version and minor_version both are needed, or neither for the newest.")


_RULES: dict[str, tuple[Rule, ...]] = {
    "objects": (_with_cutouts,),
    "conesearch": (_one_window, _in_order, _dates_of_rubin),
    "latests": (_in_order, _trend),
    "tags": (_in_order,),
    "sso": (_with_cutouts, _residuals),
    "ssocand": (_candidates, _in_order),
    "tracklet": (_one_of("date", "id"),),
    "cutouts": (_cutouts,),
    "anomaly": (_in_order,),
    "skymap": (_one_of("event_name", "file"),),
    "ssoft": (_one_of("sso_name", "sso_number", is_needed=False),),
    "metadata": (_metadata,),
    "schema": (_versions,),
}
"""What an endpoint's arguments must be together."""
