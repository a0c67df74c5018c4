"""The smaller endpoints of api.ztf.fink-portal.org: statistics, anomalies, tracklets, sky maps, Solar System tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tests.fink_api import catalogue, reading, sky, skymap
from tests.fink_api.frames import given_columns, ztf_frame
from tests.fink_api.reading import JD, iso
from tests.fink_api.reply import Frame, Reply, as_json, tabular
from tests.fink_api.routes import Payload, Route, is_true, refusal, whole
from tests.fink_api.table import Row, Table

if TYPE_CHECKING:
    from tests.fink_api.ztf import Ztf

START = 58788.0
"""2019-11-01, MJD."""


def routes(ztf: Ztf) -> Mapping[str, Route]:
    """The endpoints by their names."""
    notes = Table()

    def statistics(payload: Payload) -> Frame:
        """ztf/statistics/utils.py: rows whose key begins `ztf_` and the date; HBase's own columns stay."""
        if is_true(payload.get("schema")):
            return Frame(["schema"], [{"schema": n} for n in sorted({n for r in _nights(ztf).values() for n in r})])
        columns = payload.get("columns", "*")
        wanted = None if columns == "*" else ["key:key", "key:time", *columns.split(",")]
        return Frame.of(list(Table(_nights(ztf)).scan(f"ztf_{payload['date']}", wanted).values()))

    def anomaly(payload: Payload) -> Frame:
        """ztf/anomaly/utils.py: the night's most anomalous, newest first; the stop date is one whole day."""
        odd = sorted((a for a in sky.ztf(ztf.night) if "d:anomaly_score" in a.row and "zz" not in a.object_id),
                     key=lambda alert: alert.row["d:anomaly_score"])[:40]  # fmt: skip
        start = reading.iso_mjd(payload["start_date"]) if "start_date" in payload else START
        stop = reading.iso_mjd(payload["stop_date"]) + 1 if "stop_date" in payload else ztf.now
        columns = given_columns(payload)
        table = ztf.index(odd, "i:jd", "i:objectId")
        found = table.span(f"{start + JD}", f"{stop + JD}", columns, int(payload.get("n", 10)), newest_first=True)
        return ztf_frame(found, ztf.labels, is_cut=columns is not None, colours=False)

    def tracklet(payload: Payload) -> Frame:
        """ztf/tracklet/utils.py: an id, or the beginning of a date."""
        if "id" in payload:
            name = payload["id"]
        elif "date" in payload:
            name = "TRCK_" + payload["date"].replace("-", "").replace(":", "").replace(" ", "_")
        else:
            raise refusal("You need to specify a date at the format YYYY-MM-DD hh:mm:ss\n")
        mine = [alert for alert in sky.ztf(ztf.night) if alert.row.get("d:tracklet", "").startswith("TRCK_")]
        columns = given_columns(payload)
        found = ztf.index(mine, "d:tracklet", "i:jd", "i:objectId").scan(name, columns)
        return ztf_frame(found, ztf.labels, is_cut=columns is not None, colours=False)

    def in_skymap(payload: Payload) -> Frame:
        """ztf/skymap/utils.py."""
        return skymap.ztf(payload, ztf.pixels, lambda rows: ztf_frame(rows, {}, is_cut=True, groups=True), ztf.night)

    def ssocand(payload: Payload) -> Frame:
        """ztf/ssocand/utils.py: Fink's own candidates, orbits or measurements."""
        orbits, points = _candidates(ztf)
        wanted = payload.get("ssoCandId")
        if payload["kind"] == "orbParams":
            return Frame.of(list(orbits.scan(f"cand_{wanted or ''}", None).values()))
        if payload["kind"] != "lightcurves":
            raise UnboundLocalError("gen_client")
        start = reading.iso_mjd(payload["start_date"]) if "start_date" in payload else START
        stop = reading.iso_mjd(payload["stop_date"]) if "stop_date" in payload else ztf.now
        found = points.span(f"{start + JD}_", f"{stop + JD}_", None, whole(payload.get("maxnumber", 10000)))
        return Frame.of([row for row in found.values() if wanted in (None, row["d:ssoCandId"])])

    def metadata_got(payload: Payload) -> Frame | Reply:
        """ztf/metadata/api.py: one argument reads. Errors are `Response(rep, 400)`: of a dict, Flask sends the keys."""
        if len(payload) != 1:
            return Reply(400, b"statustext")
        if "objectId" in payload:
            begin = "ZTF" if payload["objectId"] == "all" else payload["objectId"]
            return Frame.of(list(notes.scan(begin, None).values()))
        for short in ("internal_name", "internal_name_encoded"):
            if short in payload:
                rows = notes.scan("", None).values()
                return Frame.of([row for row in rows if row[f"d:{short}"] == payload[short]])
        return Reply(400, b"statustext")

    def metadata_put(payload: Payload) -> Reply:
        """ztf/metadata/{api,utils}.py: a POST writes, for all to see."""
        encoded = payload["internal_name"].replace(" ", "")
        row = {"i:objectId": payload["objectId"].strip(), "d:internal_name_encoded": encoded}
        row |= {f"d:{name}": payload[name] for name in ("internal_name", "comments", "username")}
        notes.put(row["i:objectId"], row)
        return Reply(
            200, f"Thanks {payload['username']} - You can visit https://ztf.fink-portal.org/{encoded}".encode()
        )

    return {
        "statistics": Route("Get statistics about Fink and the ZTF alert stream", statistics, ("date",)),
        "anomaly": Route("Get alerts with large anomaly score", anomaly),
        "tracklet": Route("Get tracklet data", tracklet),
        "skymap": Route("Return Fink/ZTF alerts within a GW skymap", in_skymap),
        "ssocand": Route("Get data about Solar System candidates found by Fink", ssocand, ("kind",)),
        "ssoft": ssoft("ztf", ztf.night),
        "ssobulk": Route("Get all Fink/ZTF SSO lightcurves in once", lambda payload: _bulk(ztf, payload)),
        "metadata": Route(
            "Get user-defined metadata attached to objects",
            metadata_put,
            ("objectId", "internal_name", "username"),
            got=metadata_got,
        ),
        "schema": Route("Get the data schema", lambda _: _schema(ztf), bare=lambda: _schema(ztf), is_posted=False),
    }


def _nights(ztf: Ztf) -> dict[str, Row]:
    """statistics_class: a row a night, all values as text, the key and its time among the columns.

    `len(pdf.columns) == 2 + 2` with two columns asked for (ztf/statistics/test.py): `key:key` and `key:time` stay.
    """
    nights: dict[str, list[sky.Alert]] = {}
    for alert in sky.ztf(ztf.night):
        if alert.mjd > ztf.night - 40:
            nights.setdefault(iso(alert.mjd)[:10].replace("-", ""), []).append(alert)
    rows: dict[str, Row] = {}
    for night, alerts in nights.items():
        counts: dict[str, Any] = {f"class:{name}": n for name, n in Counter(alert.label for alert in alerts).items()}
        counts["class:simbad_tot"] = sum(alert.row.get("d:cdsxmatch") not in ("Unknown", None) for alert in alerts)
        counts |= {"basic:raw": 3 * len(alerts), "basic:sci": len(alerts), "basic:date": f"ztf_{night}"}
        counts |= {f"basic:n_{band}": sum(a.row["i:fid"] == fid for a in alerts) for band, fid in (("g", 1), ("r", 2))}
        counts |= {"basic:exposures": len({alert.row["i:pid"] // 100 for alert in alerts})}
        counts |= {"basic:fields": len({alert.row["i:field"] for alert in alerts})}
        rows[f"ztf_{night}"] = {name: str(value) for name, value in counts.items()}
        rows[f"ztf_{night}"] |= {"key:key": f"ztf_{night}", "key:time": "1763683200000"}
    return rows


def _candidates(ztf: Ztf) -> tuple[Table, Table]:
    """ztf.orb_cand and ztf.sso_cand: the sky's Solar System candidates, one trajectory each."""
    orbits, points = Table(), Table()
    mine = [alert for alert in sky.ztf(ztf.night) if alert.label == "Solar System candidate"]
    for number, alert in enumerate(mine):
        ident = f"FF2026{number // 4:04d}"
        point = {
            "d:ssoCandId": ident,
            "d:jd": alert.row["i:jd"],
            "d:ra": alert.row["i:ra"],
            "d:dec": alert.row["i:dec"],
        }
        point |= {"d:magpsf": alert.row["i:magpsf"], "d:fid": alert.row["i:fid"], "d:objectId": alert.object_id}
        points.put(f"{alert.row['i:jd']}_{ident}", point | {"key:key": f"{alert.row['i:jd']}_{ident}"})
        orbit = {"d:ssoCandId": ident, "d:a": 2.4 + 0.1 * number, "d:e": 0.1, "d:i": 7.5, "d:ref_epoch": ztf.night + JD}
        orbits.put(f"cand_{ident}", orbit | {"key:key": f"cand_{ident}"})
    return orbits, points


FLAVOURS = ("SSHG1G2", "SHG1G2", "HG1G2", "HG")
"""ssoft/utils.py; fink.md section 5 has SOCCA for the first."""


def ssoft(survey: str, night: float) -> Route:
    """ssoft/{api,utils}.py: all Solar System objects with fitted parameters; parquet unless asked otherwise."""

    def answer(payload: Payload) -> Frame | Reply:
        flavour = payload.get("flavor", "SHG1G2")
        if flavour not in (*FLAVOURS, "SOCCA"):
            raise refusal(f"flavor needs to be in {list(FLAVOURS)}\n")
        if payload.get("schema", False):  # any text is true, "False" too
            return as_json({"sso_name": {"type": "string"}, "sso_number": {"type": "int"}, "H_1": {"type": "double"}})
        if "version" in payload:
            year, month = payload["version"].split(".")  # one without a point fails: status 500
            if len(year) != 4 or len(month) != 2:
                raise refusal("version needs to be YYYY.MM\n")
            if payload["version"] < "2023.07":
                raise refusal("version starts on 2023.07\n")
        rows: list[Row] = [
            {
                "sso_name": rock.name,
                "sso_number": rock.number,
                "H_1": 14.2 + 0.1 * n,
                "G1_1": 0.3,
                "G2_1": 0.2,
                "n_obs": 60,
            }
            for n, rock in enumerate(catalogue.rocks(survey, night))
        ]
        is_one = "sso_name" in payload or "sso_number" in payload
        if "sso_name" in payload:
            rows = [row for row in rows if row["sso_name"] == payload["sso_name"]]
        elif "sso_number" in payload:
            rows = [row for row in rows if row["sso_number"] == int(payload["sso_number"])]
        return tabular(Frame.of(rows), payload.get("output-format", "json" if is_one else "parquet"))

    return Route("Get the Solar System Object Fink Table (SSoFT)", answer)


def _bulk(ztf: Ztf, payload: Payload) -> Frame:
    """ssobulk/{api,utils}.py: one row an object, its measurements in lists; JSON unless asked otherwise."""
    if "version" in payload and payload["version"] < "2026.09":
        raise refusal("version starts on 2026.09\n")
    rows: list[Row] = []
    for rock in catalogue.rocks("ztf", ztf.night):
        mine = [alert for alert in sky.ztf(ztf.night) if alert.row["i:ssnamenr"] in rock.designations]
        row: Row = {"designation": rock.name}
        row |= {f"c{name}": [alert.row[f"i:{name}"] for alert in mine] for name in ("jd", "magpsf", "sigmapsf", "fid")}
        rows.append(row)
    if "sso_name" in payload:
        rows = [row for row in rows if row["designation"] == payload["sso_name"]]
    return Frame.of(rows)


def _schema(ztf: Ztf) -> Reply:
    """ztf/schema/api.py: the columns by family, each with a type and words."""
    row = next(alert.row for alert in reversed(sky.ztf(ztf.night)))
    kinds = {bool: "boolean", int: "int", float: "double", str: "string"}
    families = {"i": "ZTF original fields (i:)", "d": "Fink science module outputs (d:)"}
    out: dict[str, dict[str, object]] = {title: {} for title in families.values()}
    for name, value in sorted(row.items()):
        out[families[name[0]]][name[2:]] = {"type": kinds[type(value)], "doc": "See the documentation"}
    added = ("classification", "constellation", "firstdate", "g-r", "lapse", "lastdate", "rate", "rate(g-r)")
    words = {"type": "string", "doc": "Added on the fly"}
    out["Fink on-the-fly added values (v:)"] = dict.fromkeys(
        (*added, "sigma(g-r)", "sigma(rate(g-r))", "sigma(rate)"), words
    )
    return as_json(out)
