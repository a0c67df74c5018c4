"""Rows of Fink's REST API as alerts: shaped as the survey's packets, so that what reads those reads these.

What a row lacks is absent. Fink's database holds an alert without its history, so that a row of the API tells of one
exposure; its limits and measurements of poor quality, and Rubin's forced photometry, are rows as well, but no alerts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any

from fink_tui.alerts import api_columns, clean
from fink_tui.alerts.labels import UNKNOWN
from fink_tui.alerts.lsst import Lsst
from fink_tui.alerts.merging import once
from fink_tui.alerts.row import AlertRow, Point, PointKind
from fink_tui.alerts.survey import RowError, Survey
from fink_tui.alerts.ztf import Ztf

SURVEYS: dict[str, Survey] = {"ztf": Ztf(), "lsst": Lsst()}
"""Those that have a REST API."""

Row = Mapping[str, Any]
"""A row of an answer: JSON's values by the column's name."""

TIME_PLACES = 5
"""Decimals of the day in an id made of object and time: about a second."""

RULE_NEEDS = (
    *("d:cdsxmatch", "d:roid", "d:mulens", "d:snn_snia_vs_nonia", "d:snn_sn_vs_all", "d:rf_snia_vs_nonia"),
    *("d:rf_kn_vs_nonkn", "i:jd", "i:jdstarthist", "i:ndethist", "i:drb", "i:classtar"),
)
"""The columns that the rule of ZTF's classes needs."""

ZTF_CLASSES = "v:classification", "d:classification"
"""Fink's own class: computed for the answer, and in the cone search's table."""

COUNTED = "Early SN Ia candidate", "Kilonova candidate"
"""Classes of few detections: a row that does not tell how many is of neither by that."""

LSST_CLASSES = "f:xm_", "f:clf_", "f:main_label_"
"""How the columns of an alert of LSST begin that tell its class."""

UNTOLD = "this answer of Fink's lacks what tells its class"

FORCED = "r:diaForcedSourceId"
"""The column that only forced photometry has."""

ZTF_MEASURED = (
    *("jd", "fid", "magpsf", "sigmapsf", "isdiffpos", "diffmaglim", "rb", "nbad"),
    *("distnr", "magnr", "sigmagnr"),
)
LSST_MEASURED = (
    *("diaSourceId", "diaForcedSourceId", "midpointMjdTai", "band", "psfFlux", "psfFluxErr"),
    *("scienceFlux", "scienceFluxErr"),
)
"""The columns that points are made of."""

NO_FORCED = "it is forced photometry, no alert"


def record(survey: str, row: Row) -> dict[str, Any]:
    """A row of an answer, shaped as the survey's packet.

    Args:
        survey: `ztf` or `lsst`.
        row: The row.
    """
    found: dict[str, Any] = {}
    if survey == "ztf":
        found |= {"objectId": None, "candid": None, "candidate": {}}
        for column, raw in row.items():
            _put(found, api_columns.ztf_place(column), column, api_columns.value(column, raw))
        candid = found["candid"] = _candid(row)
        found["candidate"]["candid"] = candid
        return found
    values = {column: api_columns.value(column, raw) for column, raw in row.items()}
    if FORCED in row:
        forced = {column.removeprefix("r:"): known for column, known in values.items()}
        return {"prvDiaForcedSources": [forced]}
    is_object = _is_object(row)
    source = values.get("r:diaSourceId")
    found["diaSourceId"] = source
    for column, known in values.items():
        _put(found, api_columns.lsst_place(column, is_object=is_object), column, known)
    if "diaObject" in found and "r:diaObjectId" in values:
        found["diaObject"]["diaObjectId"] = values["r:diaObjectId"]
    if (name := clean.text(values.get("f:sso_name"))) is not None:
        found.setdefault("ssSource", {}).setdefault("designation", name)
    return found


def alert_row(survey: str, row: Row) -> AlertRow:
    """The columns of the alert that a row of an answer is.

    Args:
        survey: `ztf` or `lsst`.
        row: The row.

    Raises:
        RowError: It is no alert: it has no object, no time or no place that makes sense, or is forced photometry.
    """
    return _ztf_row(row) if survey == "ztf" else _lsst_row(row)


def points(survey: str, rows: Iterable[Row]) -> list[Point]:
    """The light curve that the rows of an object make, each exposure once, in order of time.

    Args:
        survey: `ztf` or `lsst`.
        rows: Alerts; of ZTF with limits and measurements of poor quality (`withupperlim`), of LSST with those of
            forced photometry, in any order.
    """
    known = SURVEYS[survey]
    if survey == "ztf":
        good: list[dict[str, Any]] = []
        bad: list[dict[str, Any]] = []
        for row in rows:
            point = _measured(row, "i:", ZTF_MEASURED) | {"candid": _candid(row)}
            (bad if row.get("d:tag") == "badquality" else good).append(point)
        found = known.points({"prv_candidates": good})
        found += [
            point._replace(kind=PointKind.BAD) if point.kind is PointKind.DETECTION else point
            for point in known.points({"prv_candidates": bad})
        ]
        return once(found)
    sources: list[dict[str, Any]] = []
    forced: list[dict[str, Any]] = []
    for row in rows:
        (forced if FORCED in row else sources).append(_measured(row, "r:", LSST_MEASURED))
    return once(known.points({"prvDiaSources": sources, "prvDiaForcedSources": forced}))


def _measured(row: Row, prefix: str, names: Sequence[str]) -> dict[str, Any]:
    """What a point of a light curve is made of: a few of the columns, for an object may have ten thousand rows."""
    return {name: api_columns.value(prefix + name, row.get(prefix + name)) for name in names}


def _put(found: dict[str, Any], place: api_columns.Place, column: str, value: Any) -> None:
    """Put a value in its place, or where that is taken, under the column's own name."""
    *outer, name = place
    inner = found.setdefault(outer[0], {}) if outer else found
    if isinstance(inner, dict) and inner.get(name) is None:
        inner[name] = value
    elif not isinstance(inner, dict) or inner[name] != value:
        found.setdefault(column, value)


def _candid(row: Row) -> int | None:
    """The alert's number; the tables of limits write -1."""
    candid = clean.integer(api_columns.value("i:candid", row.get("i:candid")))
    return candid if candid is not None and candid > 0 else None


def _is_object(row: Row) -> bool:
    """Whether a row of LSST is of the table of objects, which tells of no exposure."""
    return row.get("r:midpointMjdTai") is None


@lru_cache(maxsize=16)
def _tells_class(columns: tuple[str, ...]) -> bool:
    """Whether any of the columns tells the class of an alert of LSST: all rows of an answer have the same."""
    return any(column.startswith(LSST_CLASSES) for column in columns)


@cache
def _leaves(survey: str) -> tuple[tuple[str, str], ...]:
    """For each leaf of a survey's row the column that has it."""
    wanted = {leaf for leaf in SURVEYS[survey].leaves if "[]" not in leaf}
    if survey == "ztf":
        columns = {leaf: f"i:{leaf.removeprefix('candidate.')}" for leaf in wanted if leaf.startswith("candidate.")}
        columns |= {leaf: f"d:{leaf}" for leaf in wanted if leaf not in columns}
        columns |= {"objectId": "i:objectId"}
        return tuple((leaf, column) for leaf, column in columns.items() if leaf not in ("candid", "mangrove"))
    columns = {}
    for leaf in wanted:
        group, _, name = leaf.partition(".")
        if group in ("diaSource", "diaObject", "ssSource"):
            columns[leaf] = f"r:{name}"
        elif group in ("clf", "xm"):
            columns[leaf] = f"f:{group}_{name}"
        elif group in ("pred", "misc"):
            columns[leaf] = f"f:{name}"
    return tuple(columns.items())


def _picked(survey: str, row: Row) -> dict[str, Any]:
    """The leaves of a row: only the few that are text need a look, and there are thousands of rows."""
    get = row.get
    return {
        leaf: raw if type(raw := get(column)) is not str else api_columns.value(column, raw)
        for leaf, column in _leaves(survey)
    }


def _ztf_row(row: Row) -> AlertRow:
    leaves = _picked("ztf", row)
    mangrove = {name: row.get(f"d:mangrove_{name}") for name in ("HyperLEDA_name", "2MASS_name", "lum_dist")}
    leaves["mangrove"] = mangrove
    leaves["candidate.isdiffpos"] = api_columns.value("i:isdiffpos", row.get("i:isdiffpos"))
    candid = _candid(row)
    leaves["candid"] = candid or 1  # a stand-in: a row of an index table may lack it
    made = SURVEYS["ztf"].row(leaves)
    if clean.integer(leaves["candidate.ndethist"], -999) is None:
        made = made._replace(n_detections=0)  # a row has no history that could be counted instead
    if made.is_positive is None:  # the cone search's table has no sign: its flux may be below zero
        made = made._replace(flux=None, flux_err=None)
    if candid is None:
        made = made._replace(alert_id=_made_id(made.object_id, clean.numeral(leaves["candidate.jd"])))
    said = next((found for column in ZTF_CLASSES if (found := clean.raw_text(row.get(column)).strip())), None)
    lacks_some = any(column not in row for column in RULE_NEEDS)
    if said is None:
        is_uncertain = made.label == UNKNOWN or (not made.n_detections and made.label in COUNTED)
        return made._replace(label=UNKNOWN, label_reason=UNTOLD) if lacks_some and is_uncertain else made
    said = clean.text(said) or UNKNOWN
    if lacks_some:
        return made._replace(label=said, label_reason="as Fink's database says")
    if said != made.label:
        reason = f"as Fink's database says; by Fink's rules, as known here, it is {made.label}: {made.label_reason}"
        return made._replace(label=said, label_reason=reason)
    return made


def _lsst_row(row: Row) -> AlertRow:
    if FORCED in row:
        raise RowError(NO_FORCED)
    leaves = _picked("lsst", row)
    if leaves["ssSource.designation"] is None:
        leaves["ssSource.designation"] = clean.text(row.get("f:sso_name"))
    if _is_object(row):
        leaves["diaSource.midpointMjdTai"] = clean.numeral(row.get("r:lastDiaSourceMjdTai"))
    source = clean.integer(leaves["diaSource.diaSourceId"], 0)
    leaves["diaSourceId"] = source or 1  # a stand-in, as above
    made = SURVEYS["lsst"].row(leaves)
    if clean.integer(leaves["diaObject.nDiaSources"]) is None:
        made = made._replace(n_detections=0)
    if made.label == UNKNOWN and not _tells_class(tuple(row)):
        made = made._replace(label_reason=UNTOLD)
    if source is not None:
        return made
    object_id = made.object_id
    if object_id == "diaSourceId 1":
        raise RowError("it has no diaSourceId and no diaObjectId")
    return made._replace(alert_id=_made_id(object_id, leaves["diaSource.midpointMjdTai"]))


def _made_id(object_id: str, time: float | None) -> str:
    """The id of an alert that an index table gives without its own: no survey's, which are digits alone."""
    return f"{object_id}@{time or 0.0:.{TIME_PLACES}f}"
