"""The endpoints of api.lsst.fink-portal.org (apps/routes/v1/lsst of astrolabsoftware/fink-object-api, v3.5.0)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

from tests.fink_api import catalogue, cone, cutouts, lsst_more, reading, sky
from tests.fink_api.frames import given_columns, lsst_frame
from tests.fink_api.healpix import ang2pix
from tests.fink_api.reply import Frame, Reply, as_json
from tests.fink_api.routes import Payload, Route, is_true, plain, refusal, whole
from tests.fink_api.table import Row, Table

NSIDE = 1024
"""Of the table rubin.pixel1024 (lsst/conesearch/utils.py)."""

START = 58788.0
"""2019-11-01, MJD: where a search by tag begins that names no start (lsst/tags/utils.py)."""

DEFAULT = ("r:diaObjectId", "r:ra", "r:dec", "r:midpointMjdTai")
"""Columns of a cone search that asks for none (data/rest/real/lsst_conesearch_default_columns.json)."""

_FINK_OBJECT = ("is_sso", "is_first", "is_cataloged", "main_label_crossmatch", "main_label_classifier")
_FIRST = "f:firstDiaSourceMjdTaiFink"
_NOT_YET = ("f:clf_slsn_score", "f:xm_spicy_SPICY")
"""Columns of the newest schema that no alert of the sky has (data/rest/reproduced/lsst_schema_sources_v10_0.json)."""

TAGS: Mapping[str, tuple[str, bool]] = {
    "extragalactic_lt20mag_candidate": ("Select alerts that are rising, bright and extragalactic candidates", True),
    "extragalactic_new_candidate": ("Select alerts that are new, bright, potentially extragalactic", True),
    "extragalactic_svom": ("Select alerts that are new, bright, potentially extragalactic, for SVOM", False),
    "faint_trails": ("Select faint trails measuring more than 2 arcsec", True),
    "fast_transient_gvom": ("\nSelect alerts that are:\n- new\n- bright\n- behaving like fast transients\n", False),
    "hostless_candidate": ("Select alerts that are hostless according to ELEPHANT", True),
    "in_simbad": ("Select alerts with a known counterpart in SIMBAD", False),
    "in_tns": ("Select alerts with a known counterpart in TNS", True),
    "is_solar_system": ("Select alerts with a known counterpart in the MPC database", False),
    "mdwarf_flare": ("Select alerts that look like flares of M dwarfs", True),
    "most_likely_sn": ("Select alerts that are most likely supernovae", True),
    "remove_unlikely_transients": ("Select alerts without the unlikely transients", False),
    "sn_near_galaxy_candidate": ("Select alerts that are supernova candidates near a known galaxy", True),
    "uniform_sample": ("Select a uniform sample of alerts", False),
}
"""Tag to its description, and whether the API has it (data/rest/derived/lsst_tags_GET.json; fink.md section 6)."""

BLOCKS = {
    "b_good_quality": "Select alerts with good quality",
    "b_is_fading": "Select alerts that fade in one filter",
    "b_is_new": "Select alerts of objects that Rubin sees for the first time",
    "b_is_rising": "Select alerts that rise in one filter",
    "b_is_solar_system": "Select alerts that are asteroids according to Rubin",
    "b_outside_galactic_plane_20_deg": "Select alerts away from the galactic plane",
    "b_xmatched_gaia_star": "Select alerts at a star of Gaia",
    "b_xmatched_simbad_galaxy": "Select alerts at a galaxy of SIMBAD",
}
"""Block to its description; the real server has 16 (data/rest/reproduced/lsst_blocks_GET.json)."""


def salted(ident: str) -> str:
    """A key: the id's last three digits before it (lsst/sources/utils.py). An id cut short finds nothing."""
    return f"{ident[-3:]}_{ident}"


class Lsst:
    """The database of LSST alerts, and what answers from it."""

    def __init__(self, night: float = sky.NIGHT) -> None:
        self.night = night
        self.now = night + 1.0
        """The server's clock, MJD, UTC. LSST's alerts are in the database some minutes after they arrive."""

    @cached_property
    def static(self) -> Sequence[sky.Alert]:
        """The alerts of what does not move."""
        return [alert for alert in sky.lsst(self.night) if alert.label != "Solar System"]

    @cached_property
    def schema(self) -> Sequence[str]:
        """Columns of rubin.diaSource."""
        record = sky.lsst(self.night)[0].record
        names = {f"r:{name}" for name in (*record["diaSource"], "observation_reason", "target_name")}
        names |= {f"f:{group}_{name}" for group in ("clf", "xm") for name in record[group]}
        versions = ("f:fink_broker_version", "f:fink_science_version", "f:lsst_schema_version")
        return sorted(names | set(versions) | set(_NOT_YET))

    @cached_property
    def _sources(self) -> Table:
        return Table({f"{salted(a.object_id)}_{a.row['r:midpointMjdTai']}": a.row for a in self.static})

    @cached_property
    def object_rows(self) -> Mapping[str, Row]:
        """What rubin.diaObject has of each object: its last alert's diaObject, and Fink's predictions."""
        rows: dict[str, Row] = {}
        for alert in self.static:  # oldest first: the last stays
            thing, record = alert.record["diaObject"], alert.record
            row = {f"r:{name}": value for name, value in thing.items() if value is not None}
            row |= {f"f:{name}": record["pred"][name] for name in _FINK_OBJECT if record["pred"][name] is not None}
            row |= {"r:observation_reason": record["observation_reason"], "r:target_name": record["target_name"]}
            row |= {_FIRST: record["misc"]["firstDiaSourceMjdTaiFink"], "r:diaSourceId": alert.row["r:diaSourceId"]}
            rows[alert.object_id] = row
        return rows

    @cached_property
    def object_schema(self) -> Sequence[str]:
        """Columns of rubin.diaObject."""
        record = sky.lsst(self.night)[0].record
        names = {f"r:{name}" for name in (*record["diaObject"], "observation_reason", "target_name", "diaSourceId")}
        return sorted(names | {f"f:{name}" for name in _FINK_OBJECT} | {_FIRST})

    @cached_property
    def _forced(self) -> tuple[Table, Sequence[str]]:
        """rubin.fp: only of objects with more than one source (fink.md section 5)."""
        table, names = Table(), set()
        for alert in self.static:
            if (alert.record["diaObject"]["nDiaSources"] or 0) < 2:
                continue
            for past in alert.record["prvDiaForcedSources"] or ():
                names |= past.keys()
                row = {f"r:{name}": value for name, value in past.items() if value is not None}
                table.put(f"{salted(alert.object_id)}_{past['midpointMjdTai']}", row)
        return table, sorted(f"r:{name}" for name in names)

    @cached_property
    def pixels(self) -> Table:
        """rubin.pixel1024: the last source of each object with its diaObject, keys `pixel_first-detection_id`."""
        newest = {alert.object_id: alert for alert in self.static}
        table = {}
        for ident, alert in newest.items():
            thing = self.object_rows[ident]
            pixel = ang2pix(NSIDE, thing["r:ra"], thing["r:dec"])
            table[f"{pixel}_{thing[_FIRST]}_{ident}"] = thing | alert.row
        return Table(table)

    @cached_property
    def _tagged(self) -> Mapping[str, Table]:
        """The tables rubin.tag_*: keys `midpointMjdTai_diaSourceId`."""
        tables: dict[str, Table] = {tag: Table() for tag in TAGS}
        for alert in sky.lsst(self.night):
            for topic in alert.topics:
                tag = topic.removeprefix("fink_").removesuffix("_lsst")
                tables[tag].put(f"{alert.row['r:midpointMjdTai']}_{alert.alert_id}", alert.row)
        return tables

    @cached_property
    def _moving(self) -> tuple[Table, Sequence[str]]:
        """rubin.diaSource_sso: keys `salt_packed-designation_midpointMjdTai`."""
        table, names = Table(), set()
        for alert in sky.lsst(self.night):
            if alert.label == "Solar System":
                packed = catalogue.packed(alert.object_id)
                orbit = {f"r:{n}": value for n, value in alert.record["ssSource"].items()}
                names |= orbit.keys()
                row = {
                    name: value for name, value in (alert.row | orbit).items() if name[0] == "r" and value is not None
                }
                row["r:packed_primary_provisional_designation"] = packed
                table.put(f"{packed[1:3]}_{packed}_{alert.row['r:midpointMjdTai']}", row)
        return table, sorted(names | {name for name in self.schema if name.startswith("r:")})

    def _by_object(self, payload: Payload, table: Table, schema: Sequence[str]) -> Frame:
        """Rows of one object, or of several with commas between. A number has no `split`: status 500."""
        columns = given_columns(payload)
        found: dict[str, Row] = {}
        for ident in payload["diaObjectId"].split(","):
            found |= table.scan(salted(ident.strip()), columns)
        return lsst_frame(found, None if columns else schema)

    def sources(self, payload: Payload) -> Frame:
        """lsst/sources/utils.py."""
        return self._by_object(payload, self._sources, self.schema)

    def fp(self, payload: Payload) -> Frame:
        """lsst/fp/utils.py."""
        return self._by_object(payload, *self._forced)

    def objects(self, payload: Payload) -> Frame:
        """lsst/objects/utils.py."""
        table = Table({salted(ident): row for ident, row in self.object_rows.items()})
        return self._by_object(payload, table, self.object_schema)

    def conesearch(self, payload: Payload) -> Frame:
        """lsst/conesearch/utils.py. Dates are looked at after the scans, and need a column for it."""
        columns = cone.columns_with_place(payload, "r") or list(DEFAULT)
        n = int(payload.get("n", 1000))
        ra, dec, radius = cone.centre(payload)
        has_dates = "startdate" in payload or "stopdate" in payload
        if has_dates and _FIRST not in columns:  # fink.md section 5: 400; these words are not the server's
            raise refusal(f"You need to add '{_FIRST}' to the columns to search by date.\n")
        found = cone.pixels(self.pixels, NSIDE, ra, dec, radius)
        rows = cone.gather(found, lambda pixel: self.pixels.scan(f"{pixel}_", columns, n))
        frame = lsst_frame(rows, None, groups=True)
        kept = list(frame.rows)
        stop = None
        if "startdate" in payload:
            start = reading.any_mjd(payload["startdate"])
            kept = [row for row in kept if row[_FIRST] >= start]
            stop = start + float(payload["window"]) if "window" in payload else None
        if "stopdate" in payload:
            stop = reading.any_mjd(payload["stopdate"])
        if stop is not None:  # KeyError without the column: status 500
            kept = [row for row in kept if row["r:midpointMjdTai"] <= stop]
        return cone.cut(Frame(frame.columns, kept), "r", ra, dec, radius)

    def tags(self, payload: Payload) -> Frame:
        """lsst/tags/utils.py. Errors are plain text; dates are ISO."""
        tag = payload["tag"]
        indent = "\n        "
        more = "And you can always retrieve available tags{} at https://api.lsst.fink-portal.org/api/v1/tags"
        if tag not in TAGS:
            words = f"{tag} is not a valid tag. Here is the list of tags:", str(list(TAGS)), more.format("")
            raise plain("".join(f"{indent}{line}" for line in (*words, "")))
        if not TAGS[tag][1]:
            words = (
                f"{tag} is only available from the Livestream service (no API support defined).",
                more.format(" and their API support"),
            )
            raise plain("".join(f"{indent}{line}" for line in (*words, "")))
        start = reading.iso_mjd(payload["startdate"]) if "startdate" in payload else START
        stop = reading.iso_mjd(payload["stopdate"]) if "stopdate" in payload else self.now
        columns = given_columns(payload)
        n = int(payload.get("n", 10))
        found = self._tagged[tag].span(f"{start}", f"{stop}", columns, n, newest_first=True)
        return lsst_frame(found, None if columns else self.schema)

    def sso(self, payload: Payload) -> Frame:
        """lsst/sso/utils.py. `withEphem` changes nothing: the code for it is commented out."""
        columns = given_columns(payload)
        if columns is not None:
            columns.append("r:packed_primary_provisional_designation")
        names = [name.strip() for name in str(payload["n_or_d"]).split(",")]
        if len(names) > 1 and is_true(payload.get("withResiduals")):
            raise refusal("You cannot request residuals for a list object names.\n")
        found: dict[str, Row] = {}
        known: dict[str, str] = {}
        table, schema = self._moving
        for name in names:
            rock = catalogue.rock("lsst", name, self.night)
            if rock is None:
                raise refusal(f"{name} is not a valid name or number according to quaero.\n")
            for packed in rock.designations:
                known[packed] = rock.name
                found |= table.scan(f"{packed[1:3]}_{packed}_", columns)
        frame = lsst_frame(found, None if columns else schema)
        if not frame.rows:
            return frame
        rows = [row | {"f:sso_name": known[row["r:packed_primary_provisional_designation"]]} for row in frame.rows]
        return Frame([*frame.columns, "f:sso_name"], rows)

    def resolver(self, payload: Payload) -> Frame:
        """lsst/resolver/utils.py: `name_or_id` here, `name` at ZTF."""
        kind, name = payload["resolver"], payload["name_or_id"]
        nmax, reverse = payload.get("nmax", 10), payload.get("reverse") is True
        if kind == "tns":
            table = Table(dict(catalogue.tns("lsst", self.night)))
            if name == "":
                return Frame.of(list(table.scan("", None, whole(nmax)).values()))
            if reverse:
                columns = ("r:diaObjectId", "f:xm_tns_fullname", "f:xm_tns_type", "f:xm_tns_redshift")
                rows = [row for row in self._sources.scan(f"{salted(name)}_", columns).values() if columns[1] in row]
                return Frame.of([dict(pairs) for pairs in dict.fromkeys(tuple(sorted(row.items())) for row in rows)])
            return Frame.of(list(table.scan(f"{name.lower()[-1]}_{name.lower()}", None).values()))
        if kind == "simbad":
            if reverse:  # the key has salt, which the route forgets: an id finds nothing
                return Frame([], [])
            row = catalogue.sesame(name, self.night)
            return Frame(list(row), [row]) if row else Frame([], [])
        if kind == "ssodnet":
            if reverse:
                rows = [row for row in self._moving[0].scan("", None).values() if str(row["r:ssObjectId"]) == name]
                packed = {row["r:packed_primary_provisional_designation"] for row in rows}
                return Frame.of([{"f:packed_primary_provisional_designation": one} for one in sorted(packed)])
            wanted = "r:packed_primary_provisional_designation,r:ssObjectId,r:diaSourceId"
            return self.sso({"n_or_d": name, "columns": wanted})
        raise UnboundLocalError("pdf")

    def cutouts(self, payload: Payload) -> Reply:
        """lsst/cutouts/utils.py: `b:cutoutScience`, without ZTF's `_stampData`."""
        wanted = str(payload["diaSourceId"])
        alert = next((alert for alert in sky.lsst(self.night) if alert.alert_id == wanted), None)
        return cutouts.reply(payload, alert.stamps if alert else None, wanted, "")

    def routes(self) -> Mapping[str, Route]:
        """The endpoints by their names."""
        tags = {tag: {"description": words, "API support": is_there} for tag, (words, is_there) in TAGS.items()}
        return {
            "sources": Route("Get Rubin source data based on diaObjectId", self.sources, ("diaObjectId",)),
            "objects": Route("Get Rubin object data based on diaObjectId", self.objects, ("diaObjectId",)),
            "fp": Route("Get Rubin forced photometry based on diaObjectId", self.fp, ("diaObjectId",)),
            "conesearch": Route("Get Rubin alerts data based on coordinates", self.conesearch, ("ra", "dec", "radius")),
            "tags": Route("Get latest Rubin alerts by tags", self.tags, ("tag",), bare=lambda: as_json(tags)),
            "blocks": Route("Get the blocks", lambda _: as_json(BLOCKS), bare=lambda: as_json(BLOCKS), is_posted=False),
            "sso": Route("Get Solar System object data", self.sso, ("n_or_d",)),
            "resolver": Route("Resolve object names", self.resolver, ("resolver", "name_or_id")),
            "cutouts": Route("Get cutout data based on Rubin diaSourceId", self.cutouts, ("diaSourceId", "kind")),
            **lsst_more.routes(self),
        }
