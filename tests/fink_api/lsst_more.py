"""The smaller endpoints of api.lsst.fink-portal.org: statistics, sky maps, the schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tests.fink_api import sky, skymap
from tests.fink_api.frames import lsst_frame
from tests.fink_api.reading import iso
from tests.fink_api.reply import Frame, Reply, as_json, refusal
from tests.fink_api.routes import Payload, Route, is_true
from tests.fink_api.table import Row, Table
from tests.fink_api.ztf_more import ssoft

if TYPE_CHECKING:
    from tests.fink_api.lsst import Lsst

_TAI = 37 / 86400


def routes(lsst: Lsst) -> Mapping[str, Route]:
    """The endpoints by their names."""

    def statistics(payload: Payload) -> Frame:
        """lsst/statistics/utils.py: the key is renamed f:night, its time stays; all values are text."""
        nights = _nights(lsst)
        if is_true(payload.get("schema")):
            return Frame(["schema"], [{"schema": n} for n in sorted({n for row in nights.values() for n in row})])
        columns = payload.get("columns", "*")
        wanted = None if columns == "*" else ["f:night", "key:time", *columns.split(",")]
        return Frame.of(list(Table(nights).scan(str(payload["date"]), wanted).values()))

    def in_skymap(payload: Payload) -> Frame:
        """lsst/skymap/utils.py: dates are not looked at."""
        found = skymap.region(payload, lsst.pixels, 1024, lsst.night)
        if isinstance(found, Frame):
            return found
        rows: dict[str, Row] = {}
        for pixel in found[1]:
            rows |= lsst.pixels.scan(f"{pixel}_", None)
        frame = lsst_frame(rows, None, groups=True)
        return Frame.of([row | {"v:startgwMjdTai": found[0].mjd + _TAI} for row in frame.rows])

    def schema(payload: Payload) -> Reply:
        """lsst/schema/utils.py: the columns of an endpoint; 404 for another."""
        columns = {
            "sources": lsst.schema,
            "tags": lsst.schema,
            "objects": lsst.object_schema,
            "fp": lsst._forced[1],
            "conesearch": sorted({*lsst.schema, *lsst.object_schema}),
            "sso": [*lsst._moving[1], "f:sso_name"],
        }.get(str(payload["endpoint"]).rsplit("/", 1)[-1])
        if columns is None:
            raise refusal(f"Schema for the endpoint {payload['endpoint']} is unknown\n", 404)
        out: dict[str, dict[str, Any]] = {}
        for title, family in (("LSST original fields (r:)", "r:"), ("Fink science module outputs (f:)", "f:")):
            out[title] = {name[2:]: {"type": ["null", "float"], "doc": "TBD"} for name in columns if name[:2] == family}
        return as_json(out)

    def bulk(payload: Payload) -> Frame:
        """lsst/ssobulk/utils.py: one row an object, its measurements in lists."""
        if payload.get("version", "2026.08") < "2026.08":
            raise refusal("version starts on 2026.08\n")
        mine: dict[str, list[sky.Alert]] = {}
        for alert in sky.lsst(lsst.night):
            if alert.label == "Solar System":
                mine.setdefault(alert.object_id, []).append(alert)
        names = ("midpointMjdTai", "psfFlux", "psfFluxErr", "band")
        return Frame.of(
            [
                {"designation": ident} | {f"c{name}": [alert.row[f"r:{name}"] for alert in alerts] for name in names}
                for ident, alerts in mine.items()
            ]
        )

    return {
        "ssobulk": Route("Get all Fink/Rubin SSO lightcurves in once", bulk, default_format="parquet"),
        "statistics": Route("Get statistics about Fink and the Rubin alert stream", statistics, ("date",)),
        "skymap": Route("Return Fink/Rubin alerts within a GW skymap", in_skymap, ("credible_level",)),
        "schema": Route("Retrieve the data schema for a given endpoint for Fink/Rubin API", schema, ("endpoint",)),
        "ssoft": ssoft("lsst", lsst.night),
    }


def _nights(lsst: Lsst) -> dict[str, Row]:
    """rubin.statistics: the columns of data/rest/reproduced/lsst_schema_statistics_v10_0.json."""
    nights: dict[str, list[sky.Alert]] = {}
    for alert in sky.lsst(lsst.night):
        if alert.mjd > lsst.night - 40:
            nights.setdefault(iso(alert.mjd)[:10].replace("-", ""), []).append(alert)
    rows: dict[str, Row] = {}
    for night, alerts in nights.items():
        counts: dict[str, Any] = {"f:alerts": len(alerts), "f:visits": len({a.row["r:visit"] for a in alerts})}
        counts["f:objects"] = len({alert.object_id for alert in alerts})
        counts |= {f"f:alerts_{band}": sum(a.row["r:band"] == band for a in alerts) for band in "ugrizy"}
        for name in ("is_sso", "is_first", "is_cataloged"):
            counts[f"f:{name}"] = sum(bool(alert.record["pred"][name]) for alert in alerts)
        counts["f:in_tns"] = sum("f:xm_tns_fullname" in alert.row for alert in alerts)
        for name in ("isDipole", "glint_trail", "pixelFlags_cr", "pixelFlags_saturated", "pixelFlags_streak"):
            counts[f"f:{name}"] = sum(bool(alert.row.get(f"r:{name}")) for alert in alerts)
        for name in ("fink_broker_version", "fink_science_version", "lsst_schema_version"):
            counts[f"f:{name}"] = alerts[0].row[f"f:{name}"]
        rows[night] = {name: str(value) for name, value in counts.items()}
        rows[night] |= {"f:night": night, "key:time": "1763683200000"}
    return rows
