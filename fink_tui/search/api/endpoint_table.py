"""Every endpoint of Fink's REST API with its arguments.

Where from: fink-object-api 3.5, `apps/routes/v1/{ztf,lsst}/*/api.py`, with what their `utils.py` do beyond that.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from fink_tui.search.api.arguments import Argument, Kind

SURVEYS = {"ztf": "ZTF", "lsst": "LSST"}
"""The surveys by their name in a question, and how they are written."""

MOST_ROWS = 100_000
"""The most rows that are asked for at once: some 200 MB of ZTF's."""


SERVER_MOST = 10_000
"""Rows that the server reads at most where a question sets no limit (`config.yml` of fink-object-api: NLIMIT)."""


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
