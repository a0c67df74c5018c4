"""What Fink's server makes of rows of HBase before it sends them (apps/utils/decoding.py)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import ephem

from tests.fink_api.reading import JD, iso
from tests.fink_api.reply import Frame
from tests.fink_api.table import Row


def given_columns(payload: Mapping[str, Any]) -> list[str] | None:
    """The columns asked for; None for all. The check is the routes' own: `payload["columns"].replace(" ", "")`."""
    if "columns" not in payload:
        return None
    text = str(payload["columns"]).replace(" ", "")
    return None if text == "*" else text.split(",")


def ztf_frame(
    found: Mapping[str, Row],
    labels: Mapping[Any, str],
    *,
    is_cut: bool,
    groups: bool = False,
    colours: bool = True,
    constellation: bool = True,
) -> Frame:
    """`format_hbase_output`: values added on the fly, one row an object where that is asked for, newest first.

    Args:
        found: Rows by key.
        labels: The class of each alert, by `i:candid`.
        is_cut: Whether columns were asked for (`truncated`): then nothing is added.
        groups: Whether only the newest row of an object stays (`group_alerts`).
        colours: Whether rates and colours are added (`extract_color`).
        constellation: Whether the constellation is added.
    """
    rows = [dict(row) for row in found.values()]
    if not rows:
        return Frame([], [])
    if not is_cut:
        for row in rows:  # a null is not stored: the columns come back as text
            row.setdefault("d:tracklet", "")
            row.setdefault("d:tns", "")
        if all("i:jdstarthist" in row for row in rows):
            _add(rows, labels, colours, constellation)
    columns = sorted({name for row in rows for name in row})
    texts = {name for name in columns if any(isinstance(row.get(name), str) for row in rows)}
    for row in rows:  # a missing text is NaN in the DataFrame, and `astype(str)` makes "nan" of it
        row |= dict.fromkeys(texts - row.keys(), "nan")
    if groups and "i:jd" in columns and "i:objectId" in columns:
        rows = _newest(rows, "i:objectId", "i:jd")
    if "i:jd" in columns:
        rows.sort(key=lambda row: row["i:jd"], reverse=True)
    return Frame(columns, rows)


def lsst_frame(found: Mapping[str, Row], schema: Sequence[str] | None, *, groups: bool = False) -> Frame:
    """`format_lsst_hbase_output`: all columns of the schema where none were asked for, newest first.

    A column that no row has is absent where columns were asked for (`truncated`): HBase does not transfer nulls.

    Args:
        found: Rows by key.
        schema: The columns of the table; None where columns were asked for.
        groups: Whether only the newest row of an object stays.
    """
    rows = [dict(row) for row in found.values()]
    if not rows:
        return Frame([], [])
    columns = sorted({name for row in rows for name in row} | set(schema or ()))
    if groups and all("r:midpointMjdTai" in row and "r:diaObjectId" in row for row in rows):
        rows = _newest(rows, "r:diaObjectId", "r:midpointMjdTai")
    if "r:midpointMjdTai" in columns:
        rows.sort(key=lambda row: row.get("r:midpointMjdTai", -math.inf), reverse=True)
    return Frame(columns, rows)


def _newest(rows: Sequence[Row], ident: str, time: str) -> list[Row]:
    newest: dict[Any, Row] = {}
    for row in rows:
        if row[ident] not in newest or row[time] > newest[row[ident]][time]:
            newest[row[ident]] = row
    return list(newest.values())


def _add(rows: Sequence[Row], labels: Mapping[Any, str], colours: bool, constellation: bool) -> None:
    """The columns `v:`."""
    for row in rows:
        row["v:classification"] = labels.get(row["i:candid"], "Unknown")
        row["v:lastdate"] = iso(row["i:jd"] - JD)
        row["v:firstdate"] = iso(row["i:jdstarthist"] - JD)
        row["v:lapse"] = row["i:jd"] - row["i:jdstarthist"]
        if constellation:
            place = math.radians(row["i:ra"]), math.radians(row["i:dec"])
            row["v:constellation"] = ephem.constellation(place)[1]
    if colours:
        by_object: dict[str, list[Row]] = {}
        for row in rows:
            by_object.setdefault(row["i:objectId"], []).append(row)
        for one in by_object.values():
            _colours(sorted(one, key=lambda row: float(row["i:jd"])))


def _colours(rows: Sequence[Row], tolerance: float = 0.3) -> None:
    """`extract_rate_and_color`: the change in each filter; g-r of what is nearest within 0.3 d; its change."""
    names = ("v:rate", "v:sigma(rate)", "v:g-r", "v:sigma(g-r)", "v:rate(g-r)", "v:sigma(rate(g-r))")
    for row in rows:
        row |= dict.fromkeys(names, math.nan)
    green, red = ([row for row in rows if row["i:fid"] == fid] for fid in (1, 2))
    for band in (green, red):
        for old, new in pairwise(band):
            days = (new["i:jd"] - old["i:jd"]) or math.nan
            new["v:rate"] = (new["i:magpsf"] - old["i:magpsf"]) / days
            new["v:sigma(rate)"] = math.hypot(new["i:sigmapsf"], old["i:sigmapsf"]) / days
    pairs: list[tuple[float, Row]] = []
    for row in green:
        near = min(red, key=lambda other: abs(other["i:jd"] - row["i:jd"]), default=None)
        if near is None or abs(near["i:jd"] - row["i:jd"]) > tolerance:
            continue
        colour = {"v:g-r": row["i:magpsf"] - near["i:magpsf"]}
        colour["v:sigma(g-r)"] = math.hypot(row["i:sigmapsf"], near["i:sigmapsf"])
        colour |= dict.fromkeys(names[4:], math.nan)
        if pairs:
            days = row["i:jd"] - pairs[-1][0]
            colour["v:rate(g-r)"] = (colour["v:g-r"] - pairs[-1][1]["v:g-r"]) / days
            colour["v:sigma(rate(g-r))"] = math.hypot(colour["v:sigma(g-r)"], pairs[-1][1]["v:sigma(g-r)"]) / days
        pairs.append((row["i:jd"], colour))
    for row in rows:
        if pairs:
            jd, colour = min(pairs, key=lambda pair: abs(pair[0] - row["i:jd"]))
            if abs(jd - row["i:jd"]) <= tolerance:
                row |= colour
