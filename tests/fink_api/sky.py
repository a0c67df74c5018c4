"""The little sky of the stand-in: what ZTF and LSST saw in it, as alerts, made by the demo's own generator.

The same in every run: some tens of objects, each with several detections over the last weeks, and one crowded place
in each survey where a cone search with Fink's default `n` misses the newest object.
"""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from random import Random
from typing import Any

import fastavro

from fink_tui.stream.demo import sky
from fink_tui.stream.demo.lsst import Lsst
from fink_tui.stream.demo.observing import DemoAlert, Survey, Track
from fink_tui.stream.demo.sky import Kind, Source
from fink_tui.stream.demo.ztf import Ztf
from tests.fink_api.reading import JD, iso
from tests.fink_api.table import Row

NIGHT = 61364.0
"""The last night of the sky, MJD: the present of the demo's own in the tests."""

CROWD = 1100
"""Objects in the crowded place: more than the 1000 rows that a cone search scans of a pixel by default."""

ZTF_CROWD = 150.12, 20.1
LSST_CROWD = 57.964, -30.0
"""The crowded places, degrees. Both are near the middle of a HEALPix pixel of their survey's table."""

_ZTF_KINDS = {
    Kind.SUPERNOVA: 14,
    Kind.KILONOVA: 1,
    Kind.RR_LYRAE: 5,
    Kind.MIRA: 2,
    Kind.ACTIVE: 5,
    Kind.ASTEROID: 6,
    Kind.BOGUS: 3,
}
_LSST_KINDS = {
    Kind.SUPERNOVA: 20,
    Kind.RR_LYRAE: 6,
    Kind.MIRA: 2,
    Kind.ACTIVE: 6,
    Kind.ASTEROID: 6,
    Kind.BOGUS: 3,
}
_VISITS = {Kind.BOGUS: 1, Kind.ASTEROID: 5, Kind.KILONOVA: 3}
"""Nights in which a kind is looked for; all others in twelve."""


_TNS = "SN Ia", "SN II", "SN Ia-91T-like", "SLSN-I", "SN IIb", "TDE"
"""Types that the TNS gives to some of ZTF's supernovae."""


@dataclass
class Alert:
    """An alert, as a row of Fink's main table, and what is beside it."""

    row: Row
    """Its columns, `i:` and `d:` or `r:` and `f:`; a null is left out."""

    label: str
    """The class that the rules give it."""

    object_id: str
    alert_id: str
    mjd: float
    """Time of observation, MJD, UTC."""

    topics: tuple[str, ...] = ()
    stamps: Mapping[str, bytes] = field(default_factory=dict)
    """Its cutouts: Science, Template, Difference."""

    record: Mapping[str, Any] = field(default_factory=dict)
    """The whole packet."""

    told: DemoAlert | None = None
    """The message with which the live stream brought it; None where it is only in the database."""


@cache
def ztf(night: float = NIGHT) -> tuple[Alert, ...]:
    """What ZTF saw up to a night, oldest first."""
    random = Random(f"ztf {night}")
    survey = Ztf(random, 71)
    alerts = [_ztf_alert(told) for told in _lives(survey, sky.ZTF, _ZTF_KINDS, night, random)]
    hidden = _at(sky.draw(Kind.SUPERNOVA, sky.ZTF, night, random), ZTF_CROWD)
    new = [_ztf_alert(told) for told in _life(survey, hidden, night)]
    pattern = next(alert for alert in alerts if alert.label == "Unknown")
    alerts += [*new, *_ztf_crowd(pattern, Random(f"crowd {night}"), night), *_tracklet(pattern, night)]
    return tuple(sorted(alerts, key=lambda alert: alert.mjd))


@cache
def lsst(night: float = NIGHT) -> tuple[Alert, ...]:
    """What LSST saw up to a night, oldest first."""
    random = Random(f"lsst {night}")
    survey = Lsst(random, 71)
    alerts = [_lsst_alert(told) for told in _lives(survey, sky.LSST, _LSST_KINDS, night, random)]
    hidden = _at(sky.draw(Kind.SUPERNOVA, sky.LSST, night, random), LSST_CROWD)
    new = [_lsst_alert(told) for told in _life(survey, hidden, night)]
    pattern = next(alert for alert in alerts if not alert.topics or "uniform" in alert.topics[0])
    alerts += [*new, *_lsst_crowd(pattern, Random(f"crowd {night}"), night)]
    return tuple(sorted(alerts, key=lambda alert: alert.mjd))


def _at(source: Source, place: tuple[float, float]) -> Source:
    """The same source elsewhere."""
    return replace(source, ra=place[0], dec=place[1])


def _lives(
    survey: Survey, place: sky.Field, kinds: Mapping[Kind, int], night: float, random: Random
) -> Iterator[DemoAlert]:
    """The alerts of so many new sources of each kind."""
    for kind, number in kinds.items():
        for _ in range(number):
            yield from _life(survey, sky.draw(kind, place, night, random), night)


def _life(survey: Survey, source: Source, night: float) -> Iterator[DemoAlert]:
    """The alerts of a source in the nights up to this one: one for each night in which it is detected."""
    random = survey.random
    visits = _VISITS.get(source.kind, 12)
    spread = 6 if source.kind in (Kind.ASTEROID, Kind.KILONOVA) else 26
    ago = sorted(random.sample(range(1, max(spread, visits) + 1), visits - 1), reverse=True)
    track: Track | None = None
    for number, days in enumerate([*ago, 0]):
        at = night - days + random.uniform(0.1, 0.45)
        if source.kind is Kind.BOGUS:
            at = source.epoch
        seen = survey.detect(source, at)
        if seen is None:
            continue
        track = track or survey.begin(source, at)
        if source.kind is Kind.ASTEROID and survey.name == "ztf" and survey.count % 3 == 0:
            track.index = 9 * survey.count  # so the demo takes it for a candidate that the MPC does not know
        if source.kind is Kind.SUPERNOVA and survey.name == "ztf" and survey.count % 2:
            track.known["tns"] = _TNS[survey.count // 2 % len(_TNS)]
        track.last = at
        yield survey.tell(track, seen, number * 101 + survey.count, 0.0)


@cache
def _schema(key: bytes) -> tuple[Any, frozenset[str]]:
    """A schema, and the names of its single-precision fields."""
    plain = json.loads(key)
    single: set[str] = set()

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            kind = node.get("type")
            if "name" in node and (kind == "float" or (isinstance(kind, list) and "float" in kind)):
                single.add(node["name"])
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(plain)
    return fastavro.parse_schema(plain), frozenset(single)


def _decode(told: DemoAlert) -> tuple[dict[str, Any], frozenset[str]]:
    schema, single = _schema(told.key)
    record = fastavro.schemaless_reader(io.BytesIO(told.value), schema, None)
    assert isinstance(record, dict)
    return record, single


def _short(value: Any) -> Any:
    """A single-precision number as Java writes it into HBase: the shortest text that reads back the same.

    Seen in data/rest/real: `"i:magpsf":18.429005`, `"r:psfFlux":63313.832`.
    """
    if not isinstance(value, float) or value != value:
        return value
    exact = struct.pack("f", value)
    return next(
        (short for digits in (7, 8, 9) if struct.pack("f", short := float(f"{value:.{digits}g}")) == exact), value
    )


def _columns(family: str, values: Mapping[str, Any], single: frozenset[str]) -> Row:
    """Columns of a family. Nulls are not stored in HBase; NaN is."""
    return {
        f"{family}:{name}": _short(value) if name in single else value
        for name, value in values.items()
        if value is not None
    }


_ZTF_APART = {
    "candid", "schemavsn", "publisher", "objectId", "candidate", "prv_candidates", "cutoutScience", "cutoutTemplate",
    "cutoutDifference", "brokerIngestTimestamp", "brokerStartProcessTimestamp", "brokerEndProcessTimestamp",
    "fink_broker_version", "fink_science_version", "lc_features_g", "lc_features_r", "blazar_stats", "mangrove",
}  # fmt: skip
"""Members of a packet that are no columns of their own name; the rest are columns `d:`."""

_ZTF_LEFT_OUT = ("anomaly_score_",)
"""What the live alert has and the database's schema has not (data/rest/reproduced/ztf_schema_GET.json)."""


def _ztf_alert(told: DemoAlert) -> Alert:
    """A row of ZTF's main table: the columns of data/rest/reproduced/ztf_schema_GET.json."""
    record, single = _decode(told)
    packet = dict(record["candidate"]) | {
        name: record[name]
        for name in ("objectId", "candid", "schemavsn", "publisher", "fink_broker_version", "fink_science_version")
    }
    for name in ("pdiffimfilename",):
        packet[name] = packet[name].rsplit(".", 1)[0]
    fink = {
        name: value for name, value in record.items() if name not in _ZTF_APART and not name.startswith(_ZTF_LEFT_OUT)
    }
    for band in "gr":  # an array as text; "[]" of no features (fink_broker: cast_features; apps/utils/decoding.py)
        features = record[f"lc_features_{band}"] or {}
        values = ", ".join("NaN" if value is None or value != value else repr(value) for value in features.values())
        fink[f"lc_features_{band}"] = f"[{values}]" if any(value == value for value in features.values()) else "[]"
    fink |= {f"blazar_stats_{name}": value for name, value in (record["blazar_stats"] or {}).items()}
    fink |= {f"mangrove_{name}": value for name, value in (record["mangrove"] or {}).items()}
    stamps = {kind: record[f"cutout{kind}"]["stampData"] for kind in ("Science", "Template", "Difference")}
    row = _columns("i", packet, single) | _columns("d", fink, single)
    return Alert(
        row, told.expected_class, told.object_id, told.alert_id, told.obs_mjd, told.topics, stamps, record, told
    )


def _ztf_crowd(pattern: Alert, random: Random, night: float) -> Iterator[Alert]:
    """Many old objects close together: a crowded field of variable stars, each with one alert in the database."""
    for number in range(CROWD):
        mjd = 59000 + number * 2.05 + random.random()
        object_id = f"ZTF{20 + number % 6}zz" + "".join(chr(97 + number // 26**power % 26) for power in range(5))
        candid = 10**18 + number
        place = {"i:ra": ZTF_CROWD[0] + random.uniform(-0.1, 0.1), "i:dec": ZTF_CROWD[1] + random.uniform(-0.1, 0.1)}
        when = {"i:jd": mjd + JD, "i:jdstarthist": mjd - 3 + JD, "i:jdendhist": mjd + JD}
        row = pattern.row | place | when | {"i:objectId": object_id, "i:candid": candid}
        yield Alert(row, "Unknown", object_id, str(candid), min(mjd, night - 20), (), pattern.stamps, pattern.record)


def _tracklet(pattern: Alert, night: float) -> Iterator[Alert]:
    """Five detections of a night on one line, each an object of its own: what Fink calls a tracklet."""
    mjd = night - 2 + 0.3
    name = f"TRCK_{iso(mjd)[:19].replace('-', '').replace(':', '').replace(' ', '_')}_00"
    for number in range(5):
        at = mjd + number * 0.002
        object_id, candid = f"ZTF26zzyyyy{'abcde'[number]}", 2 * 10**18 + number
        place = {"i:ra": 40 + 0.02 * number, "i:dec": 10 + 0.01 * number, "d:tracklet": name, "d:roid": 2}
        when = {"i:jd": at + JD, "i:jdstarthist": at + JD, "i:jdendhist": at + JD}
        row = pattern.row | place | when | {"i:objectId": object_id, "i:candid": candid}
        yield Alert(row, "Tracklet", object_id, str(candid), at, (), pattern.stamps, pattern.record)


def _lsst_alert(told: DemoAlert) -> Alert:
    """A row of rubin.diaSource: the columns of data/rest/reproduced/lsst_schema_sources_v10_0.json."""
    record, single = _decode(told)
    source = dict(record["diaSource"]) | {name: record[name] for name in ("observation_reason", "target_name")}
    fink = {f"{group}_{name}": value for group in ("clf", "xm") for name, value in record[group].items()}
    fink |= {name: record[name] for name in ("fink_broker_version", "fink_science_version", "lsst_schema_version")}
    single |= {f"{group}_{name}" for group in ("clf", "xm") for name in record[group] if name in single}
    stamps = {kind: record[f"cutout{kind}"] for kind in ("Science", "Template", "Difference")}
    row = _columns("r", source, single) | _columns("f", fink, single)
    return Alert(
        row, told.expected_class, told.object_id, told.alert_id, told.obs_mjd, told.topics, stamps, record, told
    )


def _lsst_crowd(pattern: Alert, random: Random, night: float) -> Iterator[Alert]:
    """Many old objects within some arcminutes, each with one source."""
    for number in range(CROWD):
        mjd = 60900 + number * 0.4
        ident, source = 160_000_000_000_000_000 + 1000 * number + 7, 161_000_000_000_000_000 + 1000 * number + 9
        place = {"ra": LSST_CROWD[0] + random.uniform(-0.01, 0.01), "dec": LSST_CROWD[1] + random.uniform(-0.01, 0.01)}
        now = {"r:midpointMjdTai": mjd + 37 / 86400, "r:diaObjectId": ident, "r:diaSourceId": source}
        row = pattern.row | now | {f"r:{name}": value for name, value in place.items()}
        record = dict(pattern.record)
        record["diaObject"] = record["diaObject"] | place | {"diaObjectId": ident}
        record["misc"] = {"firstDiaSourceMjdTaiFink": mjd}
        record["prvDiaForcedSources"] = None
        yield Alert(row, "Unknown", str(ident), str(source), mjd, (), pattern.stamps, record)
