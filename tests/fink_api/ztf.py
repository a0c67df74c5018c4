"""The endpoints of api.ztf.fink-portal.org (apps/routes/v1/ztf of astrolabsoftware/fink-object-api, v3.5.0)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from tests.fink_api import catalogue, cone, cutouts, reading, sky, ztf_more
from tests.fink_api.classes import CLASSES, TNS_TYPES
from tests.fink_api.frames import given_columns, ztf_frame
from tests.fink_api.healpix import ang2pix
from tests.fink_api.reading import JD
from tests.fink_api.reply import Frame, Reply, as_json
from tests.fink_api.routes import Payload, Route, is_true, plain, refusal, whole
from tests.fink_api.table import Row, Table

NSIDE = 128
"""Of the table ztf.pixel128 (ztf/conesearch/utils.py)."""

START = 58788.0
"""2019-11-01, MJD: where searches begin that name no start (latests/utils.py and others)."""

_UPPER = ("i:objectId", "i:jd", "i:fid", "i:diffmaglim")
_BAD = (*_UPPER, "i:magpsf", "i:sigmapsf", "i:magnr", "i:sigmagnr", "i:isdiffpos", "i:distnr")
"""Columns of the tables ztf.upper and ztf.uppervalid (fink.md section 5)."""

_CROSSMATCH = (
    "objectId", "candid", "magpsf", "sigmapsf", "jd", "jdstarthist", "cdsxmatch", "drb", "ra", "dec", "fid", "distnr",
    "nalerthist",
)  # fmt: skip
"""Columns of ztf.pixel128, beside d:classification (fink-broker: load_ztf_crossmatch_cols)."""

_INDEX = (
    "objectId", "candid", "publisher", "rcid", "chipsf", "distnr", "ra", "dec", "jd", "fid", "nid", "field", "xpos",
    "ypos", "rb", "ssdistnr", "ssmagnr", "ssnamenr", "jdstarthist", "jdendhist", "tooflag", "sgscore1", "distpsnr1",
    "neargaia", "maggaia", "nmtchps", "diffmaglim", "magpsf", "sigmapsf", "magnr", "sigmagnr", "magzpsci", "isdiffpos",
    "classtar", "drb", "ndethist",
)  # fmt: skip
"""Columns `i:` of the other index tables; they have all columns `d:` (fink-broker: load_ztf_index_cols)."""


class Ztf:
    """The database of ZTF alerts, and what answers from it."""

    def __init__(self, night: float = sky.NIGHT) -> None:
        self.night = night
        self.now = night + 1.0
        """The server's clock, MJD: the alerts of the last night are in the database the morning after."""
        self.key_time = "jdstarthist"
        """What the keys of ztf.pixel128 are made of beside the pixel: `jdstarthist`, or `jd`.

        The documentation of `startdate` (ztf/conesearch/api.py) says that dates restrict the search "to alerts whose
        first detection was within the specified range", and Fink's nightly script fills `pixel128_jdstarthist_objectId`
        (fink-broker, scheduler, --index_table). Older databases had `pixel128_jd_objectId`.
        """

    @cached_property
    def labels(self) -> Mapping[Any, str]:
        """The class of each alert, by its candid."""
        return {alert.row["i:candid"]: alert.label for alert in sky.ztf(self.night)}

    @cached_property
    def main(self) -> Table:
        """The table ztf: all columns, keys `objectId_jd`."""
        return Table({f"{alert.object_id}_{alert.row['i:jd']}": alert.row for alert in sky.ztf(self.night)})

    @cached_property
    def _limits(self) -> tuple[Table, Table]:
        """Upper limits and bad measurements: out of the history that packets carry, all as text (fink.md section 5)."""
        upper, bad = Table(), Table()
        for alert in sky.ztf(self.night):
            if "zz" in alert.object_id:
                continue  # the crowd has a pattern's history, not its own
            for past in alert.record.get("prv_candidates") or ():
                is_limit = past["magpsf"] is None
                names = _UPPER if is_limit else _BAD
                row = {name: str(past[name[2:]]) for name in names if past.get(name[2:]) is not None}
                row["i:objectId"], row["i:jd"] = alert.object_id, past["jd"]
                (upper if is_limit else bad).put(f"{alert.object_id}_{past['jd']}", row)
        return upper, bad

    @cached_property
    def _pixels(self) -> dict[str, Table]:
        """ztf.pixel128 by what its keys are made of. A newer alert of the same key replaces the older one."""
        tables = {"jd": Table(), "jdstarthist": Table()}
        for alert in sky.ztf(self.night):
            row = {
                name: alert.row[name]
                for short in _CROSSMATCH
                for name in (f"i:{short}", f"d:{short}")
                if name in alert.row
            }
            row["d:classification"] = alert.label
            pixel = ang2pix(NSIDE, alert.row["i:ra"], alert.row["i:dec"])
            for time, table in tables.items():
                table.put(f"{pixel}_{alert.row[f'i:{time}']}_{alert.object_id}", row)
        return tables

    @property
    def pixels(self) -> Table:
        """The table that cone searches look into."""
        return self._pixels[self.key_time]

    def index(self, alerts: Sequence[sky.Alert], *key: str) -> Table:
        """An index table of some alerts: 77 columns, keys made of columns, or of text without a colon."""
        kept = {f"i:{name}" for name in _INDEX}
        return Table(
            {
                "_".join(str(alert.row[part]) if ":" in part else part for part in key): {
                    name: value for name, value in alert.row.items() if name in kept or name.startswith("d:")
                }
                for alert in alerts
            }
        )

    @cached_property
    def _classes(self) -> Table:
        """ztf.class: keys `class_jd_objectId`."""
        table = Table()
        for alert in sky.ztf(self.night):
            for key, row in self.index([alert], alert.label, "i:jd", "i:objectId")._rows.items():
                table.put(key, row)
        return table

    @cached_property
    def _tns(self) -> Table:
        """ztf.tns: keys `type_jd_objectId`."""
        return self.index([a for a in sky.ztf(self.night) if a.row.get("d:tns")], "d:tns", "i:jd", "i:objectId")

    @cached_property
    def _blazars(self) -> dict[str, Table]:
        """ztf.low_state_blazars and ztf.high_state_blazars: keys `jd_objectId`."""
        blazars = [alert for alert in sky.ztf(self.night) if alert.label in ("Blazar", "BLLac", "Blazar_Candidate")]
        low = [alert for alert in blazars if alert.row["d:blazar_stats_instantness_low"] < 1]
        high = [alert for alert in blazars if alert.row["d:blazar_stats_instantness_high"] >= 1]
        return {"low": self.index(low, "i:jd", "i:objectId"), "high": self.index(high, "i:jd", "i:objectId")}

    def objects(self, payload: Payload) -> Frame:
        """ztf/objects/utils.py. The id is the beginning of a key: an id cut short finds all objects that begin so."""
        columns = given_columns(payload)
        idents = [ident.strip() for ident in payload["objectId"].split(",")]  # a number has no `split`: status 500
        found: dict[str, Row] = {}
        for ident in idents:
            found |= self.main.scan(ident, columns)
        frame = ztf_frame(found, self.labels, is_cut=columns is not None)
        if is_true(payload.get("withcutouts")) and frame.rows:
            kind = payload.get("cutout-kind", "All")
            for name in ("Science", "Template", "Difference") if kind == "All" else (kind,):
                for row in frame.rows:
                    row[f"b:cutout{name}_stampData"] = cutouts.array(
                        self.stamps(row["i:objectId"], row["i:candid"])[name]
                    )
            frame = Frame.of(frame.rows)
        if not is_true(payload.get("withupperlim")):
            return frame
        upper, bad = ({} for _ in "12")
        for ident in idents:
            upper |= self._limits[0].scan(ident, None)
            bad |= self._limits[1].scan(ident, None)
        known = {row.get("i:jd") for row in frame.rows}
        rows = [row | {"d:tag": "valid"} for row in frame.rows]
        rows += [row | {"d:tag": "upperlim", "i:candid": -1} for row in upper.values()]
        rows += [row | {"d:tag": "badquality", "i:candid": -1} for row in bad.values() if row["i:jd"] not in known]
        if all("i:jd" in row for row in rows):
            rows.sort(key=lambda row: float(row["i:jd"]), reverse=True)
        return Frame([*frame.columns, *sorted({n for row in rows for n in row} - set(frame.columns))], rows)

    def stamps(self, object_id: str, candid: Any) -> Mapping[str, bytes]:
        """The cutouts of an alert; of the newest one without a candid."""
        mine = [alert for alert in sky.ztf(self.night) if alert.object_id == object_id]
        return next(a.stamps for a in reversed(mine) if candid is None or a.alert_id == str(candid))

    def conesearch(self, payload: Payload) -> Frame:
        """ztf/conesearch/utils.py."""
        columns = cone.columns_with_place(payload, "i")
        start = reading.any_mjd(payload["startdate"]) if "startdate" in payload else START
        stop = self.now
        if "stopdate" in payload:
            stop = reading.any_mjd(payload["stopdate"])
        elif "window" in payload and "startdate" in payload:
            stop = start + float(payload["window"])
        n = int(payload.get("n", 1000))
        ra, dec, radius = cone.centre(payload)
        found = cone.pixels(self.pixels, NSIDE, ra, dec, radius)
        if "startdate" in payload:  # `stopdate` alone is passed over
            rows = cone.gather(found, lambda p: self.pixels.span(f"{p}_{start + JD}", f"{p}_{stop + JD}", columns, n))
        else:
            rows = cone.gather(found, lambda p: self.pixels.scan(f"{p}_", columns, n))
        return cone.cut(ztf_frame(rows, {}, is_cut=True, groups=True), "i", ra, dec, radius)

    def latests(self, payload: Payload) -> Frame:
        """ztf/latests/utils.py. Dates are ISO here; anything else gives status 500."""
        trend, name = payload.get("trend"), payload["class"]
        trends = ("rising", "fading", "low_state", "new_low_state")
        if trend is not None and trend not in trends:
            raise _words(f"{trend} is not a valid trend.", f"Trend must be among: {', '.join(trends)}")
        if trend in trends[2:] and name != "(CTA) Blazar low state":
            raise _words(
                f"{trend} trend is only implemented for the `(CTA) Blazar low state` class.",
                f"{name} class can accept trend among: rising, fading.",
            )
        n = int(payload.get("n", 10))
        start = reading.iso_mjd(payload["startdate"]) if "startdate" in payload else START
        stop = reading.iso_mjd(payload["stopdate"]) if "stopdate" in payload else self.now
        columns = given_columns(payload)
        groups = False
        if name.startswith("(TNS) ") and name[6:] in TNS_TYPES:
            table, begin = self._tns, f"{name[6:]}_"
        elif name in ("(CTA) Blazar low state", "(CTA) Blazar high state"):
            table, begin, groups = self._blazars[name.split()[2]], "", True
        elif name == "SLSN candidate":
            table, begin, groups = Table(), "", True
        else:
            table, begin = self._classes, f"{name.removeprefix('(SIMBAD) ')}_"
        found = table.span(f"{begin}{start + JD}", f"{begin}{stop + JD}", columns, n, newest_first=True)
        frame = ztf_frame(found, self.labels, is_cut=columns is not None, groups=groups, colours="color" in payload)
        if not frame.rows:
            return frame
        if trend == "rising":  # after the n rows are there: fewer are left
            return Frame(frame.columns, [row for row in frame.rows if row["d:mag_rate"] < 0])
        if trend == "fading":
            return Frame(frame.columns, [row for row in frame.rows if row["d:mag_rate"] > 0])
        if trend == "new_low_state" and "d:blazar_stats_instantness_low" in frame.columns:
            return Frame(frame.columns, [r for r in frame.rows if r["d:blazar_stats_instantness_low"] >= 1])
        return frame

    def resolver(self, payload: Payload) -> Frame:
        """ztf/resolver/utils.py. `reverse` is JSON's true or it is nothing; `nmax` as text gives status 500."""
        kind, name = payload["resolver"], payload["name"]
        nmax, reverse = payload.get("nmax", 10), payload.get("reverse") is True
        if kind == "tns":
            table = Table(dict(catalogue.tns("ztf", self.night)))
            if reverse:
                found = [row for key, row in table.scan("", None).items() if f"_{name}".lower() in key]
                return Frame.of(found[: whole(nmax)])
            return Frame.of(list(table.scan(name.lower(), None, whole(nmax)).values()))
        if kind == "simbad":
            if reverse:
                columns = ("i:objectId", "d:cdsxmatch", "i:ra", "i:dec", "i:candid", "i:jd")
                rows = self.main.scan(name, columns, whole(nmax)).values()
                return Frame.of([{n: str(value) for n, value in row.items()} for row in rows])
            row = catalogue.sesame(name, self.night)
            return Frame(list(row), [row]) if row else Frame([], [])
        if kind == "ssodnet":
            rocks = catalogue.rocks("ztf", self.night)
            if reverse:
                mine = {row["i:ssnamenr"] for row in self.main.scan(name, ["i:ssnamenr"], whole(nmax)).values()}
                found = [rock for rock in rocks if mine & set(rock.designations)]
            else:
                keys = {f"{known}@".lower(): rock for rock in rocks for known in (rock.name, str(rock.number))}
                wanted = f"{name.lower()}@" if nmax == 1 else name.lower()
                found = [rock for key, rock in sorted(keys.items()) if key.startswith(wanted)][: whole(nmax)]
            return Frame.of(
                [{"i:ssnamenr": s, "i:name": r.name, "i:number": str(r.number)} for r in found for s in r.designations]
            )
        raise UnboundLocalError("pdf")  # another resolver: the route never made a table

    def sso(self, payload: Payload) -> Frame:
        """ztf/sso/utils.py. The ephemerides, which the server has from Miriade, are made up."""
        columns = given_columns(payload)
        residuals = is_true(payload.get("withResiduals"))
        if columns is not None and "i:ssnamenr" not in columns:
            columns.append("i:ssnamenr")
        names = [name.strip() for name in str(payload["n_or_d"]).replace(" ", "").split(",")]
        if len(names) > 1 and residuals:
            raise refusal("You cannot request residuals for a list object names.\n")
        table = Table({f"{a.row['i:ssnamenr']}_{a.row['i:jd']}": a.row for a in sky.ztf(self.night)})
        found: dict[str, Row] = {}
        rocks: dict[str, catalogue.Rock] = {}
        for name in names:
            rock = catalogue.rock("ztf", name, self.night)
            if rock is None:
                raise refusal(f"{payload['n_or_d']} is not a valid name or number according to quaero.\n")
            for known in rock.designations:
                found |= table.scan(f"{known}_", columns)
                rocks[known] = rock
        frame = ztf_frame(found, self.labels, is_cut=columns is not None, colours=False)
        for row in frame.rows:
            row["sso_name"], row["sso_number"] = rocks[row["i:ssnamenr"]].name, rocks[row["i:ssnamenr"]].number
        if residuals or is_true(payload.get("withEphem")):
            for row in frame.rows:
                row |= _ephemeris(row) | ({"residuals_shg1g2": 0.02} if residuals else {})
        if is_true(payload.get("withcutouts")):
            kind = payload.get("cutout-kind", "Science")
            if kind not in ("Science", "Template", "Difference"):
                raise refusal("`cutout-kind` must be `Science`, `Difference`, or `Template`.\n")
            for row in frame.rows:
                row[f"b:cutout{kind}_stampData"] = cutouts.array(self.stamps(row["i:objectId"], row["i:candid"])[kind])
        return Frame.of(frame.rows)

    def cutouts(self, payload: Payload) -> Reply:
        """ztf/cutouts/utils.py."""
        stamps = None
        if any(alert.object_id == payload["objectId"] for alert in sky.ztf(self.night)):
            stamps = self.stamps(payload["objectId"], payload.get("candid"))
        return cutouts.reply(payload, stamps, payload["objectId"], "_stampData")

    def routes(self) -> Mapping[str, Route]:
        """The endpoints by their names."""
        return {
            "objects": Route("Get object data based on ZTF ID", self.objects, ("objectId",)),
            "conesearch": Route("Get object data based on coordinates", self.conesearch, ("ra", "dec", "radius")),
            "latests": Route("Get latest alerts by class", self.latests, ("class",)),
            "classes": Route(
                "Display all Fink derived classification", lambda _: _classes(), bare=_classes, is_posted=False
            ),
            "resolver": Route("Resolve object names", self.resolver, ("resolver", "name")),
            "sso": Route("Get Solar System object data", self.sso, ("n_or_d",)),
            "cutouts": Route("Get cutout data", self.cutouts, ("objectId", "kind")),
            **ztf_more.routes(self),
        }


def _classes() -> Reply:
    """ztf/classes/api.py: the same with and without arguments."""
    return as_json(CLASSES)


def _ephemeris(row: Row) -> Row:
    """Some of the columns of Miriade (ztf/sso/test.py). Without i:magpsf: KeyError, status 500."""
    near, far, phase = 1.4, 2.3, 12.5
    columns = {
        "Dobs": near,
        "Dhelio": far,
        "VMag": 18.1,
        "Phase": phase,
        "Elong.": 140.0,
        "SDSS:g": 18.4,
        "SDSS:r": 17.9,
    }
    return columns | {"i:magpsf_red": row["i:magpsf"] - 5 * math.log10(near * far)}


def _words(*lines: str) -> Exception:
    """An error in plain text, indented as latests/utils.py has it."""
    return plain("".join(f"\n        {line}" for line in (*lines, "")))
