"""The alerts of the demo: the sky, observed night after night, in the layouts of Fink's live stream.

One endless sequence, the same for the same seed and time. Objects come back within the night with a longer history.
What Fink adds (scores, cross-matches) fits what the source is, with every way in which the live stream says that it
does not know: "Unknown", "nan", "", "null", "None", -999, -1, NaN and null.
"""

from __future__ import annotations

import itertools
import math
import statistics
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, NamedTuple

from fink_tui.stream.demo import schemas, sky, stamps
from fink_tui.stream.demo.sky import Kind, Source

TOPICS: Mapping[str, tuple[str, ...]] = {
    "ztf": (
        "fink_sn_candidates_ztf",
        "fink_early_sn_candidates_ztf",
        "fink_kn_candidates_ztf",
        "fink_rate_based_kn_candidates_ztf",
        "fink_sso_ztf_candidates_ztf",
        "fink_sso_fink_candidates_ztf",
        "fink_blazar_ztf",
        "fink_microlensing_candidates_ztf",
        "fink_unknowns_ztf",
    ),
    "lsst": (
        "fink_extragalactic_new_candidate_lsst",
        "fink_sn_near_galaxy_candidate_lsst",
        "fink_in_tns_lsst",
        "fink_in_simbad_lsst",
        "fink_is_solar_system_lsst",
        "fink_uniform_sample_lsst",
    ),
}
"""The topics, as Fink names them, by survey."""

LATENCY = 90.0
"""Seconds from an exposure to the alert: Fink's own share; the survey's is left out."""

_BACKLOG_DAYS = 3 / 24
"""How long before `now` the first alerts begin."""

_AGAIN_DAYS = 25 / 1440
"""How soon a survey comes back to an object."""

_TAI_LESS_UTC = 37 / 86400
"""Days (since 2017)."""

_NAN = math.nan


class DemoAlert(NamedTuple):
    """One alert, ready to be sent."""

    survey: str
    """`ztf` or `lsst`."""

    topics: tuple[str, ...]
    """The topics that carry it: one or more."""

    key: bytes
    """The message's key: the schema."""

    value: bytes
    """The message's value: one schemaless Avro datum."""

    object_id: str
    """ZTF `objectId`; LSST `diaObjectId`, or the designation of a Solar System object."""

    alert_id: str
    """ZTF `candid`, LSST `diaSourceId`."""

    expected_class: str
    """The label that the rules give it."""

    obs_mjd: float
    """Time of observation, MJD, UTC."""

    due: float
    """When it is to be sent, seconds after `now`: not above zero for the backlog."""


class Seen(NamedTuple):
    """One observation of a source's place."""

    mjd: float
    """MJD, UTC."""

    band: str
    """`u g r i z y`."""

    flux: float
    """Measured flux of the difference, nJy."""

    flux_err: float
    """Its error, 1 sigma, nJy."""

    limit: float
    """5 sigma limit of the exposure, magnitude."""

    @property
    def snr(self) -> float:
        """Signal to noise."""
        return abs(self.flux) / self.flux_err

    @property
    def is_detection(self) -> bool:
        """Whether a survey would find it."""
        return self.snr >= 5

    @property
    def mag(self) -> float:
        """Magnitude of the difference's absolute value."""
        return sky.magnitude(abs(self.flux))

    @property
    def mag_err(self) -> float:
        """Its error, 1 sigma."""
        return sky.POGSON / self.snr


@dataclass(slots=True)
class _Track:
    """A source as a survey knows it."""

    source: Source
    object_id: int | str
    first: float
    """Time of the first detection, MJD."""
    n_detections: int
    n_covered: int
    """Exposures that covered the place."""
    index: int
    """How manyth source it is."""
    last: float = 0.0
    """Time of the last alert, MJD."""
    seen: list[Seen] = field(default_factory=list)
    """The observations of its history, ascending in time."""
    rows: list[bytes] = field(default_factory=list)
    """The rows of the history, encoded: one for each of `seen` (ZTF), one for each detection (LSST)."""
    forced: list[bytes] = field(default_factory=list)
    """LSST's rows of forced photometry."""
    known: dict[str, Any] = field(default_factory=dict)
    """What catalogues say of it, in the survey's fields."""
    look: stamps.Look = "empty"
    distnr: float = 0.0
    """Distance to the nearest source of the reference image, pixels."""


class _Survey(ABC):
    """A survey that observes the sky of the demo."""

    name: str
    field: sky.Field
    bands: str
    """The filters, the commonest more often."""
    depths: Mapping[str, float]
    """5 sigma limit by filter, magnitude."""
    range: tuple[float, float]
    """Magnitudes of alerts: from, to."""
    kinds: Mapping[Kind, float]
    """How often each kind raises its first alert."""

    def __init__(self, random: Random, salt: int) -> None:
        self.random = random
        self.salt = salt
        self.count = 0

    def observe(self, source: Source, band: str, mjd: float) -> Seen:
        """Measure a source: its flux with noise of the sky, and 2 % of its own light."""
        limit = min(self.depths[band] + self.random.gauss(-0.15, 0.2), self.range[1])
        flux = sky.difference_flux(source, band, mjd)
        own = 0.02 * (abs(flux) + 0.3 * sky.template_flux(source, band))
        error = math.hypot(sky.flux(limit) / 5, own)
        return Seen(mjd, band, flux + self.random.gauss(0, error), error, limit)

    def detect(self, source: Source, mjd: float) -> Seen | None:
        """The detection that raises an alert, or None: too faint for it, or too bright."""
        for band in self.random.sample(self.bands, 2):
            seen = self.observe(source, band, mjd)
            if seen.is_detection and self.range[0] <= seen.mag <= self.range[1]:
                return seen
        return None

    @abstractmethod
    def begin(self, source: Source, mjd: float) -> _Track:
        """A source and its history of earlier nights."""

    @abstractmethod
    def tell(self, track: _Track, seen: Seen, number: int, due: float) -> DemoAlert:
        """The alert of a detection. The detection then belongs to the history."""


class _Ztf(_Survey):
    """ZTF: g and r, 30 days of history in which fruitless exposures are told as upper limits."""

    name = "ztf"
    field = sky.ZTF
    bands = "grr"
    depths: Mapping[str, float] = {"g": 20.4, "r": 20.3}
    range = (15.0, 20.5)
    kinds: Mapping[Kind, float] = {
        Kind.SUPERNOVA: 40,
        Kind.RR_LYRAE: 9,
        Kind.MIRA: 5,
        Kind.ACTIVE: 12,
        Kind.ASTEROID: 25,
        Kind.BOGUS: 9,
    }

    _simbad: Mapping[str, str] = {
        "RR*": "RRLyrae",
        "Mi*": "Mira",
        "Bla": "Blazar",
        "BLL": "BLLac",
        "Bz?": "Blazar_Candidate",
    }
    """Fink's ZTF alerts have SIMBAD's long labels."""

    def begin(self, source: Source, mjd: float) -> _Track:
        random = self.random
        self.count += 1
        is_star = source.kind in (Kind.RR_LYRAE, Kind.MIRA, Kind.ACTIVE)
        track = _Track(source, "", mjd, 0, 0, self.count)
        track.distnr = random.uniform(0.05, 0.5) if is_star else random.uniform(1.2, 9.0)
        track.look = _look(source)
        nights = 8 if source.kind in (Kind.ASTEROID, Kind.BOGUS) else 29
        for night in range(nights, 0, -1):
            if random.random() < 0.45:  # clouds, or other fields
                continue
            at = mjd - night + random.uniform(-0.06, 0.04)
            for band in random.sample("gr", 2):
                if source.kind in (Kind.ASTEROID, Kind.BOGUS):  # not at this place in other nights
                    seen = Seen(at, band, 0.0, 1.0, random.gauss(self.depths[band] - 0.15, 0.2))
                else:
                    seen = self.observe(source, band, at)
                self._remember(track, seen, number=random.randrange(9999))
                at += random.uniform(0.014, 0.04)
        detected = [seen.mjd for seen in track.seen if seen.is_detection]
        track.n_detections = len(detected)
        track.first = detected[0] if detected else mjd
        if is_star:
            track.first = 58250 + random.uniform(0, 400)
            track.n_detections += random.randrange(150, 900)
        elif source.kind is Kind.SUPERNOVA and mjd - source.epoch > 16 and detected:  # found before the history begins
            track.first = source.epoch - random.uniform(9, 13)
            track.n_detections += int((detected[0] - track.first) * 0.8)
        track.n_covered = track.n_detections + random.randrange(250, 2500)
        track.object_id = self._name(track.first)
        track.known = self._catalogues(source, track, mjd)
        return track

    def _name(self, first: float) -> str:
        """An objectId that no other source has."""
        self.salt += 1
        letters, rest = "", (self.salt * 7_654_321) % 26**6  # the factor and 26 have no common divisor: no repeats
        for _ in range(6):
            rest, letter = divmod(rest, 26)
            letters = chr(97 + letter) + letters
        return f"ZTF{_date(first):%y}a{letters}"

    def _catalogues(self, source: Source, track: _Track, mjd: float) -> dict[str, Any]:
        """What Fink finds at the source's place."""
        random = self.random
        nothing = random.choice(("nan", "nan", "nan", "Unknown"))
        known: dict[str, Any] = {
            "cdsxmatch": self._simbad.get(source.subtype, "Unknown"),
            "tns": random.choice(("", "", "", "None")),
            "DR3Name": "nan",
            "Plx": _NAN,
            "e_Plx": _NAN,
            "gaiaVarFlag": 0,
            "gaiaClass": "nan",
            "vsx": nothing,
            "spicy_id": -1,
            "spicy_class": random.choice(("Unknown", "Unknown", "None")),
            "gcvs": "Unknown",
            "x3hsp": "Unknown",
            "x4lac": "Unknown",
            "mangrove": dict.fromkeys(("HyperLEDA_name", "2MASS_name", "lum_dist", "ang_dist"), "None"),
        }
        match source.kind:
            case Kind.SUPERNOVA | Kind.KILONOVA:
                known["cdsxmatch"] = random.choices(("Unknown", "Galaxy", "Fail 504"), (80, 16, 4))[0]
                if source.kind is Kind.SUPERNOVA and mjd - source.epoch > -5 and random.random() < 0.4:
                    known["tns"] = "SN Ia"
                if source.redshift < 0.05 and source.host_mag < 90:
                    distance = source.redshift * 4280
                    known["mangrove"] = {
                        "HyperLEDA_name": _galaxy(random),
                        "2MASS_name": f"{_sexagesimal(source.ra, source.dec)}",
                        "lum_dist": str(round(distance, 6)),
                        "ang_dist": str(round(distance / (1 + source.redshift) ** 2, 6)),
                    }
            case Kind.RR_LYRAE | Kind.MIRA:
                parallax = random.uniform(0.1, 0.6)
                known |= {"DR3Name": _gaia(random), "Plx": parallax, "e_Plx": random.uniform(0.02, 0.09)}
                known |= {"gaiaVarFlag": 1, "gaiaClass": "RR" if source.kind is Kind.RR_LYRAE else "LPV"}
                known["vsx"] = "RRAB" if source.kind is Kind.RR_LYRAE else "M"
                if random.random() < 0.4:
                    known["gcvs"] = known["vsx"]
            case Kind.ACTIVE:
                known |= {"DR3Name": _gaia(random), "Plx": random.gauss(0, 0.1), "e_Plx": random.uniform(0.1, 0.3)}
                known |= {"gaiaVarFlag": 1, "gaiaClass": "AGN"}
                place = _sexagesimal(source.ra, source.dec)
                known["x4lac"] = f"4FGL J{place[:4]}.{place[4]}{place[8:13]}" if track.index % 3 else _bracketed(random)
                if random.random() < 0.5:
                    known["x3hsp"] = f"3HSPJ{place[:6]}.{place[6]}{place[8:15]}"
        return known

    def _remember(self, track: _Track, seen: Seen, number: int, now: Mapping[str, Any] | None = None) -> None:
        """Put an observation into the history.

        Args:
            track: The source.
            seen: The observation.
            number: What tells detections of one exposure apart.
            now: What the alert said of the detection; None for an earlier night.
        """
        random = self.random
        row = self._exposure(track, seen)
        row["pdiffimfilename"] = f"/ztf/archive/sci/{_date(seen.mjd):%Y/%m%d}/{row['pdiffimfilename']}.fz"
        if seen.is_detection:
            row |= self._detection(track, seen, number) if now is None else now
            is_old_style = random.random() < 0.5
            row["isdiffpos"] = ("1" if is_old_style else "t") if seen.flux > 0 else ("0" if is_old_style else "f")
            if is_old_style:
                row |= {"ssdistnr": None, "ssmagnr": None, "ssnamenr": None}
        track.seen.append(seen)
        track.rows.append(schemas.ztf().encode_row("prv_candidates", row))

    def _exposure(self, track: _Track, seen: Seen) -> dict[str, Any]:
        """What is known of an exposure, with or without a detection."""
        rcid = track.index * 7 % 64
        band, area = seen.band, 250 + track.index * 13 % 600
        fraction = int(seen.mjd % 1 * 1e6)
        image = f"ztf_{_date(seen.mjd):%Y%m%d}{fraction:06d}_{area:06d}_z{band}_c{rcid // 4 + 1:02d}_o_q{rcid % 4 + 1}"
        return {
            "jd": seen.mjd + 2400000.5,
            "fid": 1 if band == "g" else 2,
            "pid": _pid(track, seen),
            "diffmaglim": seen.limit,
            "pdiffimfilename": f"{image}_scimrefdiffimg.fits",
            "programpi": "Kulkarni",
            "programid": 1,
            "nid": int(seen.mjd - 57754),
            "rcid": rcid,
            "field": area,
            "magzpsci": 26.25 if band == "r" else 26.32,
            "magzpsciunc": 3e-6,
            "magzpscirms": 0.016,
            "clrcoeff": 0.09 if band == "r" else -0.05,
            "clrcounc": 5e-6,
            "rbversion": "t17_f5_c3",
        }

    def _detection(self, track: _Track, seen: Seen, number: int) -> dict[str, Any]:
        """What is known of a detection."""
        random, source = self.random, track.source
        spread = 0.35 / 3600 / math.sqrt(seen.snr)
        ra, dec = sky.place(source, seen.mjd)
        ra, dec = (ra + random.gauss(0, spread) / math.cos(math.radians(dec))) % 360, dec + random.gauss(0, spread)
        is_bogus = source.kind is Kind.BOGUS
        template = sky.template_flux(source, seen.band)
        mag_near = sky.magnitude(template) if template > 0 else random.uniform(19.5, 22)
        aperture = seen.mag + random.gauss(0, 1.3 * seen.mag_err)
        width = random.uniform(0.6, 0.9)
        elongation = random.uniform(1.6, 3.2) if is_bogus else random.uniform(1.0, 1.3)
        turn = random.uniform(0, math.tau)
        return {
            "candid": _pid(track, seen) * 10**6 + 10000 + number % 9999 + 1,
            "isdiffpos": "t" if seen.flux > 0 else "f",
            "tblid": number % 9999 + 1,
            "xpos": random.uniform(60, 3000),
            "ypos": random.uniform(60, 3000),
            "ra": ra,
            "dec": dec,
            "magpsf": seen.mag,
            "sigmapsf": seen.mag_err,
            "chipsf": random.uniform(0.8, 2.2) * (4 if is_bogus else 1),
            "magap": aperture,
            "sigmagap": 1.5 * seen.mag_err,
            "distnr": track.distnr,
            "magnr": mag_near,
            "sigmagnr": 0.02 + 0.1 * max(0.0, mag_near - 18) / 3,
            "chinr": random.uniform(0.4, 1.6),
            "sharpnr": random.gauss(0, 0.06),
            "sky": random.gauss(0, 0.5),
            "magdiff": aperture - seen.mag,
            "fwhm": random.uniform(1.1, 1.4) if is_bogus else random.uniform(1.6, 2.8),
            "classtar": random.uniform(0.1, 0.35) if is_bogus else random.uniform(0.93, 1.0),
            "mindtoedge": random.uniform(60, 1500),
            "magfromlim": seen.limit - aperture,
            "seeratio": random.uniform(0.9, 1.7),
            "aimage": width,
            "bimage": width / elongation,
            "aimagerat": width / 1.7,
            "bimagerat": width / elongation / 1.7,
            "elong": elongation,
            "nneg": random.randrange(9),
            "nbad": 0,
            "rb": (random.randrange(20, 22) if is_bogus else random.randrange(25, 35)) / 35,
            "ssdistnr": -999.0,
            "ssmagnr": -999.0,
            "ssnamenr": "null",
            "sumrat": random.uniform(0.2, 0.5) if is_bogus else random.uniform(0.75, 1.0),
            "magapbig": aperture + random.gauss(0, 0.1),
            "sigmagapbig": 1.9 * seen.mag_err,
            "ranr": ra + track.distnr / 3600 * math.cos(turn) / math.cos(math.radians(dec)),
            "decnr": dec + track.distnr / 3600 * math.sin(turn),
            "scorr": seen.snr,
        }

    def tell(self, track: _Track, seen: Seen, number: int, due: float) -> DemoAlert:
        random, source, mjd = self.random, track.source, seen.mjd
        is_moving = source.kind is Kind.ASTEROID
        if is_moving:  # an objectId is a place: what moves has a new one each time
            track.object_id, track.first, track.n_detections = self._name(mjd), mjd, 0
        track.n_detections += 1
        track.n_covered += 1
        scores, expected, topics = self._scores(track, seen)
        roid = (2 if track.index % 9 == 0 else 3) if is_moving else 0
        detection = self._detection(track, seen, number)
        candidate = self._exposure(track, seen) | detection
        if roid == 3:
            candidate |= {"ssnamenr": str(900_000 + track.index * 37 % 99_000), "ssdistnr": random.uniform(0, 0.9)}
            candidate["ssmagnr"] = source.mag + random.gauss(0, 0.15)
        is_star = track.look == "star"
        nearest = random.uniform(0.05, 0.4) if is_star else track.distnr + random.uniform(-0.2, 0.2)
        faint = candidate["magnr"] + random.uniform(0.0, 0.6)
        candidate |= _ps1(1, source, faint, 0.98 if is_star else 0.03, nearest, random)
        candidate |= _ps1(2, source, 20.5, 0.6, random.uniform(9, 18), random)
        candidate |= _ps1(3, source, 21.2, 0.4, random.uniform(18, 29), random)
        candidate |= {
            "ndethist": track.n_detections,
            "ncovhist": track.n_covered,
            "jdstarthist": track.first + 2400000.5,
            "jdendhist": mjd + 2400000.5,
            "tooflag": 0,
            "nmtchps": random.randrange(4, 40),
            "rfid": candidate["field"] * 10**6 + 120_100 + candidate["rcid"],
            "jdstartref": 2458242.97,
            "jdendref": 2458377.78,
            "nframesref": 15,
            "dsnrms": random.uniform(5, 20),
            "ssnrms": random.uniform(8, 25),
            "dsdiff": random.gauss(0, 4),
            "nmatches": random.randrange(300, 2500),
            "zpclrcov": -3e-6,
            "zpmed": 26.3,
            "clrmed": 0.55,
            "clrrms": 0.15,
            "neargaia": nearest if is_star else random.uniform(5, 60),
            "neargaiabright": random.uniform(30, 90),
            "maggaia": candidate["magnr"] + 0.1 if is_star else random.uniform(16, 20.5),
            "maggaiabright": random.uniform(10, 14),
            "exptime": 30.0,
            "drb": random.uniform(0.02, 0.3) if source.kind is Kind.BOGUS else 1 - random.random() ** 4 * 0.08,
            "drbversion": "d6_m7",
        }
        start = next((i for i, past in enumerate(track.seen) if past.mjd > mjd - 30), len(track.seen))
        del track.seen[:start], track.rows[:start]
        detections = [past for past in track.seen if past.is_detection]
        first_real = detections[0].mjd if detections else mjd
        frame, candid = stamps.variant(random), candidate["candid"]
        names: dict[str, tuple[stamps.Role, str]] = {
            "cutoutScience": ("science", f"candid{candid}_pid{candidate['pid']}_targ_sci.fits.gz"),
            "cutoutTemplate": ("template", f"candid{candid}_ref.fits.gz"),
            "cutoutDifference": ("difference", f"candid{candid}_pid{candidate['pid']}_targ_scimref.fits.gz"),
        }
        record = {
            "candid": candid,
            "schemavsn": "4.02",
            "publisher": "Fink",
            "objectId": track.object_id,
            "candidate": candidate,
            "prv_candidates": track.rows,
            "brokerIngestTimestamp": _stamp(mjd, LATENCY - 30),
            "brokerStartProcessTimestamp": _stamp(mjd, LATENCY - 15),
            "fink_broker_version": "5.0",
            "fink_science_version": "8.49.0",
            "roid": roid,
            "nalerthist": len(detections) + 1,
            "lc_features_g": _features([past for past in (*detections, seen) if past.band == "g"]),
            "lc_features_r": _features([past for past in (*detections, seen) if past.band == "r"]),
            "jd_first_real_det": first_real + 2400000.5,
            "jdstarthist_dt": first_real - track.first,
            "blazar_stats": self._blazar(source),
            "is_transient": random.choice((None, source.kind in (Kind.SUPERNOVA, Kind.KILONOVA))),
            "brokerEndProcessTimestamp": _stamp(mjd, LATENCY - 2),
            **_rate(seen, track.seen, random),
            **track.known,
            **scores,
        }
        for name, (role, file) in names.items():
            image = stamps.stamp("ztf", role, track.look, seen.flux, seen.snr, frame)
            record[name] = {"fileName": file, "stampData": image}
        if not is_moving:
            self._remember(track, seen, number, detection)
        layout = schemas.ztf()
        value = layout.encode(record)
        return DemoAlert("ztf", topics, layout.key, value, str(track.object_id), str(candid), expected, mjd, due)

    def _scores(self, track: _Track, seen: Seen) -> tuple[dict[str, Any], str, tuple[str, ...]]:
        """Fink's scores, the label that follows from them, and the topics."""
        random, source = self.random, track.source
        odd = random.gauss(-0.02, 0.03)
        anomaly = None if random.random() < 0.15 else odd
        scores: dict[str, Any] = {
            "rf_snia_vs_nonia": 0.0,
            "snn_snia_vs_nonia": 0.0,
            "snn_sn_vs_all": 0.0,
            "mulens": 0.0,
            "rf_kn_vs_nonkn": 0.0,
            "slsn_score": random.choice((-1.0, -1.0, None)),
            "anomaly_score": anomaly,
            **{f"anomaly_score_{name}": odd * 1.4 for name in ("beta", "anais", "emille", "julien", "maria")},
            "anomaly_score_emille_30days": odd,
            "anomaly_score_varvara": None,
        }
        match source.kind:
            case Kind.SUPERNOVA if track.n_detections > 1:  # SuperNNova needs two points
                scores["snn_snia_vs_nonia"] = random.uniform(0.55, 0.99)
                scores["snn_sn_vs_all"] = random.uniform(0.6, 0.99)
                if seen.mjd - source.epoch < -2 and track.n_detections <= 20:
                    scores["rf_snia_vs_nonia"] = random.uniform(0.55, 0.95)
                    return scores, "Early SN Ia candidate", ("fink_early_sn_candidates_ztf", "fink_sn_candidates_ztf")
                return scores, "SN candidate", ("fink_sn_candidates_ztf",)
            case Kind.KILONOVA:
                scores["rf_kn_vs_nonkn"] = random.uniform(0.6, 0.98)
                scores["snn_sn_vs_all"] = random.uniform(0.1, 0.45)
                topics = ("fink_kn_candidates_ztf", "fink_rate_based_kn_candidates_ztf")
                return scores, "Kilonova candidate", topics if track.n_detections > 1 else topics[:1]
            case Kind.ASTEROID if track.index % 9 == 0:
                return scores, "Solar System candidate", ("fink_sso_fink_candidates_ztf",)
            case Kind.ASTEROID:
                return scores, "Solar System MPC", ("fink_sso_ztf_candidates_ztf",)
            case Kind.RR_LYRAE:
                return scores, self._simbad[source.subtype], ("fink_rate_based_kn_candidates_ztf",)
            case Kind.MIRA:
                scores["mulens"] = random.uniform(0.1, 0.6)
                return scores, self._simbad[source.subtype], ("fink_microlensing_candidates_ztf",)
            case Kind.ACTIVE:
                scores["snn_sn_vs_all"] = random.uniform(0.0, 0.4)
                return scores, self._simbad[source.subtype], ("fink_blazar_ztf",)
            case _:
                return scores, "Unknown", ("fink_unknowns_ztf",)

    def _blazar(self, source: Source) -> dict[str, float]:
        """Fink's statistics of blazars; -1 for what is none."""
        names = ("instantness_low", "instantness_high", "robustness_low", "robustness_high")
        if source.kind is not Kind.ACTIVE:
            return dict.fromkeys(names, -1.0)
        return {name: self.random.uniform(0.3, 1.8) for name in names}


class _Lsst(_Survey):
    """LSST: six filters, fluxes that may be negative, forced photometry, Solar System objects without a diaObject."""

    name = "lsst"
    field = sky.LSST
    bands = "ugrrriiizy"
    depths: Mapping[str, float] = {"u": 23.5, "g": 24.4, "r": 24.1, "i": 23.5, "z": 22.9, "y": 22.1}
    range = (17.0, 24.5)
    kinds: Mapping[Kind, float] = {
        Kind.SUPERNOVA: 42,
        Kind.RR_LYRAE: 8,
        Kind.MIRA: 3,
        Kind.ACTIVE: 14,
        Kind.ASTEROID: 25,
        Kind.BOGUS: 8,
    }

    def begin(self, source: Source, mjd: float) -> _Track:
        random = self.random
        self.count += 1
        track = _Track(source, 0, mjd, 0, 0, self.count, look=_look(source))
        is_star = source.kind in (Kind.RR_LYRAE, Kind.MIRA, Kind.ACTIVE)
        if source.kind in (Kind.ASTEROID, Kind.BOGUS):
            visits: list[float] = []
        else:
            days = 150.0 if is_star else min(60.0, max(6.0, mjd - source.epoch + 20 * (1 + source.redshift)))
            nights = random.sample(range(1, int(days) + 1), min(int(days / 3) + 1, 16, int(days)))
            visits = sorted(mjd - night + random.uniform(-0.1, 0.05) + again for night in nights for again in (0, 0.02))
        observed = [self.observe(source, random.choice(self.bands), at) for at in visits]
        track.first = next((seen.mjd for seen in observed if seen.is_detection), mjd)
        track.object_id = 0 if source.kind is Kind.ASTEROID else _lsst_id(track.first, self.salt + self.count)
        track.known = self._catalogues(source, track, mjd)
        for number, seen in enumerate(observed):
            if seen.mjd >= track.first:
                self._remember(track, seen, number)
        return track

    def _catalogues(self, source: Source, track: _Track, mjd: float) -> dict[str, Any]:
        """What Fink finds at the source's place."""
        random = self.random
        known: dict[str, Any] = {"gaiadr3_VarFlag": 0, "simbad_otype": source.subtype or None}
        if source.kind in (Kind.RR_LYRAE, Kind.MIRA, Kind.ACTIVE):
            is_far = source.kind is Kind.ACTIVE
            known["gaiadr3_DR3Name"] = _gaia(random)
            known["gaiadr3_Plx"] = random.gauss(0, 0.4) if is_far else random.uniform(0.1, 0.4)
            known["gaiadr3_e_Plx"] = random.uniform(0.1, 0.6) if is_far else random.uniform(0.05, 0.2)
            known["gaiadr3_VarFlag"] = 1
            if is_far:
                known |= {"legacydr8_zphot": source.redshift, "legacydr8_e_zphot": 0.3, "legacydr8_pstar": 0.02}
                known["legacydr8_fqual"] = 1
                if source.subtype == "BLL":
                    known["x4lac_type"] = "bll"
            else:
                known["vsx_Type"] = "RRAB" if source.kind is Kind.RR_LYRAE else "M"
        elif source.kind in (Kind.SUPERNOVA, Kind.KILONOVA) and source.host_mag < 90:
            error = 0.02 + 0.1 * source.redshift
            known |= {"legacydr8_zphot": abs(random.gauss(source.redshift, error)), "legacydr8_e_zphot": error}
            known |= {"legacydr8_pstar": random.uniform(0, 0.05), "legacydr8_fqual": 1}
            if source.redshift < 0.07:
                distance = source.redshift * 4280
                known |= {"mangrove_HyperLEDA_name": _galaxy(random), "mangrove_lum_dist": distance}
                known["mangrove_ang_dist"] = distance / (1 + source.redshift) ** 2
        if source.kind is Kind.SUPERNOVA and mjd - source.epoch > -6 and random.random() < 0.5:
            name = "".join(random.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(2))
            is_classified = random.random() < 0.7
            known["tns_fullname"] = f"{'SN' if is_classified else 'AT'} {_date(track.first):%Y}zz{name}"
            if is_classified:
                known |= {"tns_type": "SN Ia", "tns_redshift": source.redshift}
        return known

    def _remember(self, track: _Track, seen: Seen, number: int, now: Mapping[str, Any] | None = None) -> None:
        """Put an observation into the history: forced photometry always, a source where it is a detection."""
        layout = schemas.lsst()
        ra, dec = sky.place(track.source, seen.mjd)
        template = sky.template_flux(track.source, seen.band)
        forced = {
            "diaForcedSourceId": _lsst_id(seen.mjd, number + 500),
            "diaObjectId": track.object_id,
            "ra": ra,
            "dec": dec,
            "visit": _visit(seen.mjd),
            "detector": track.index * 11 % 189,
            "psfFlux": seen.flux + self.random.gauss(0, 0.1 * seen.flux_err),
            "psfFluxErr": seen.flux_err,
            "midpointMjdTai": seen.mjd + _TAI_LESS_UTC,
            "scienceFlux": template + seen.flux,
            "scienceFluxErr": seen.flux_err,
            "band": seen.band,
            "timeProcessedMjdTai": seen.mjd + _TAI_LESS_UTC + 0.002,
        }
        track.forced.append(layout.encode_row("prvDiaForcedSources", forced))
        if seen.is_detection:
            source = dict(now) if now else self._source(track, seen, _lsst_id(seen.mjd, number))
            source["ssObjectId"] = None  # in the history of the live stream it is null, in the alert zero
            track.seen.append(seen)
            track.rows.append(layout.encode_row("prvDiaSources", source))

    def _source(self, track: _Track, seen: Seen, source_id: int) -> dict[str, Any]:
        """A diaSource."""
        random, source = self.random, track.source
        spread = 0.15 / 3600 / math.sqrt(seen.snr)
        ra, dec = sky.place(source, seen.mjd)
        ra, dec = (ra + random.gauss(0, spread) / math.cos(math.radians(dec))) % 360, dec + random.gauss(0, spread)
        template = sky.template_flux(source, seen.band)
        tai = seen.mjd + _TAI_LESS_UTC
        is_bogus = source.kind is Kind.BOGUS
        trail = random.uniform(0.3, 0.9) if source.kind is Kind.ASTEROID else random.uniform(0.1, 0.7)
        row: dict[str, Any] = dict.fromkeys(schemas.LSST_FLAGS, False)
        row |= {
            "diaSourceId": source_id,
            "visit": _visit(seen.mjd),
            "detector": track.index * 11 % 189,
            "diaObjectId": track.object_id,
            "ssObjectId": self._mpc_number(track) if source.kind is Kind.ASTEROID else 0,
            "parentDiaSourceId": 0,
            "midpointMjdTai": tai,
            "ra": ra,
            "raErr": spread,
            "dec": dec,
            "decErr": spread,
            "ra_dec_Cov": 0.02 * spread**2,
            "x": random.uniform(40, 4030),
            "xErr": 0.6 / seen.snr,
            "y": random.uniform(40, 3960),
            "yErr": 0.6 / seen.snr,
            "apFlux": seen.flux + random.gauss(0, 1.6 * seen.flux_err),
            "apFluxErr": 1.9 * seen.flux_err,
            "isNegative": seen.flux < 0,
            "snr": seen.snr,
            "psfFlux": seen.flux,
            "psfFluxErr": seen.flux_err,
            "psfChi2": random.gauss(1681, 58) * (3 if is_bogus else 1),
            "psfNdata": 1681,
            "trailFlux": seen.flux,
            "trailFluxErr": seen.flux_err,
            "trailRa": ra,
            "trailDec": dec,
            "trailLength": trail,
            "trailAngle": random.uniform(-90, 90),
            "trailNdata": 0,
            "dipoleNdata": 0,
            "scienceFlux": template + seen.flux,
            "scienceFluxErr": 1.02 * seen.flux_err,
            "templateFlux": template,
            "templateFluxErr": 0.05 * seen.flux_err,
            "ixx": 0.24 + random.gauss(0, 0.02),
            "iyy": 0.24 + random.gauss(0, 0.02),
            "ixy": random.gauss(0, 0.01),
            "ixxPSF": 0.24,
            "iyyPSF": 0.24,
            "ixyPSF": 0.0,
            "extendedness": random.uniform(0.4, 1.0) if is_bogus else random.uniform(0.0, 0.15),
            "reliability": random.uniform(0.02, 0.3) if is_bogus else 1 - random.random() ** 3 * 0.3,
            "band": seen.band,
            "timeProcessedMjdTai": tai + 0.0019,
            "bboxSize": random.randrange(18, 40),
        }
        if is_bogus:
            row |= {"pixelFlags": True, "pixelFlags_cr": True, "pixelFlags_crCenter": True}
        return row

    def _mpc_number(self, track: _Track) -> int:
        """The `ssObjectId` of an asteroid."""
        return 21_000_000_000_000_000 + (track.index * 918_273_645_546 + self.salt) % 900_000_000_000_000

    def tell(self, track: _Track, seen: Seen, number: int, due: float) -> DemoAlert:
        random, source, mjd = self.random, track.source, seen.mjd
        is_moving = source.kind is Kind.ASTEROID
        clf, expected, topics = self._scores(track, seen)
        source_id = _lsst_id(mjd, number)
        if "fink_uniform_sample_lsst" in topics:
            source_id += -source_id % 113  # that topic's rule
        detection = self._source(track, seen, source_id)
        frame = stamps.variant(random)
        images = {
            name: stamps.stamp("lsst", role, track.look, seen.flux, seen.snr, frame)
            for name, role in _LSST_STAMPS.items()
        }
        measured = [*track.seen, seen]
        orbit = self._orbit(track, seen, source_id) if is_moving else {"ssSource": None, "mpc_orbits": None}
        record = {
            "diaSourceId": source_id,
            "observation_reason": f"field_survey_{seen.band}",
            "target_name": "lowdust",
            "diaSource": detection,
            "prvDiaSources": track.rows or None,
            "prvDiaForcedSources": track.forced or None,
            "diaObject": None if is_moving else self._object(track, measured, detection),
            **orbit,
            **images,
            "brokerIngestMjd": mjd + (LATENCY - 30) / 86400,
            "lsst_schema_version": "lsst.v10_0",
            "brokerStartProcessTimestamp": _stamp(mjd, LATENCY - 15),
            "fink_broker_version": "5.0",
            "fink_science_version": "8.49.0",
            "publisher": "Fink",
            "lc_features": {
                band: _features([past for past in measured if past.band == band])
                for band in dict.fromkeys(past.band for past in measured)
            },
            "clf": clf,
            "xm": track.known,
            "pred": {
                "is_sso": is_moving,
                "is_first": None if is_moving else not track.rows,
                "is_cataloged": bool(source.subtype),
                "main_label_classifier": clf["cats_class"],
                "main_label_crossmatch": source.subtype or None,
            },
            "misc": {"firstDiaSourceMjdTaiFink": track.first + _TAI_LESS_UTC},
            "brokerEndProcessTimestamp": _stamp(mjd, LATENCY - 2),
        }
        layout = schemas.lsst()
        value = layout.encode(record)
        object_id = _designation(track.index, self.salt) if is_moving else str(track.object_id)
        if not is_moving:
            self._remember(track, seen, number, detection)
        return DemoAlert("lsst", topics, layout.key, value, object_id, str(source_id), expected, mjd, due)

    def _scores(self, track: _Track, seen: Seen) -> tuple[dict[str, Any], str, tuple[str, ...]]:
        """Fink's scores, the label that follows from them and the cross-matches, and the topics."""
        random, source, known = self.random, track.source, track.known
        has_points = len(track.rows) >= 2
        clf: dict[str, Any] = {
            "snnSnVsOthers_score": random.uniform(0.05, 0.75),
            "cats_class": -1,
            "cats_score": 0.0,
            "earlySNIa_score": -1.0,
            "elephant_kstest_science": random.choice((None, None, -99.0)),
            "elephant_kstest_template": None,
        }

        def cats(number: int) -> None:
            if has_points:
                clf.update(cats_class=number, cats_score=random.uniform(0.91, 0.999))

        match source.kind:
            case Kind.SUPERNOVA:
                cats(11)
                clf["snnSnVsOthers_score"] = random.uniform(0.6, 0.98)
                if has_points and seen.mjd - source.epoch < -2:
                    clf["earlySNIa_score"] = random.uniform(0.5, 0.95)
                topics: tuple[str, ...] = ("fink_in_tns_lsst",) if "tns_fullname" in known else ()
                if seen.mjd - track.first < 5:
                    topics += ("fink_extragalactic_new_candidate_lsst",)
                elif not topics or source.redshift < 0.07:
                    topics += ("fink_sn_near_galaxy_candidate_lsst",)
                return clf, known.get("tns_type") or ("SN-like" if has_points else "Unknown"), topics
            case Kind.KILONOVA:
                cats(12)
                return clf, "Fast" if has_points else "Unknown", ("fink_extragalactic_new_candidate_lsst",)
            case Kind.ASTEROID:
                return clf, "Solar System", ("fink_is_solar_system_lsst",)
            case Kind.BOGUS:
                return clf, "Unknown", ("fink_uniform_sample_lsst",)
            case Kind.ACTIVE:
                cats(22)
            case _:
                cats(21)
        return clf, source.subtype, ("fink_in_simbad_lsst",)

    def _object(self, track: _Track, measured: Sequence[Seen], detection: Mapping[str, Any]) -> dict[str, Any]:
        """The diaObject: the means of each band. First and last time are null, as they are in the live stream."""
        row: dict[str, Any] = {
            "diaObjectId": track.object_id,
            "validityStartMjdTai": detection["timeProcessedMjdTai"],
            "ra": track.source.ra,
            "raErr": 1e-5,
            "dec": track.source.dec,
            "decErr": 1e-5,
            "ra_dec_Cov": 1e-12,
            "nDiaSources": len(measured),
        }
        for band in "ugrizy":
            points = [seen for seen in measured if seen.band == band]
            row[f"{band}_psfFluxNdata"] = len(points)
            if not points:
                continue
            fluxes = [seen.flux for seen in points]
            error = statistics.fmean(seen.flux_err for seen in points)
            mean, template = statistics.fmean(fluxes), sky.template_flux(track.source, band)
            row |= {
                f"{band}_psfFluxMean": mean,
                f"{band}_psfFluxMeanErr": error / math.sqrt(len(points)),
                f"{band}_psfFluxSigma": statistics.stdev(fluxes) if len(points) > 1 else None,
                f"{band}_scienceFluxMean": template + mean,
                f"{band}_scienceFluxMeanErr": error / math.sqrt(len(points)),
                f"{band}_psfFluxMin": min(fluxes),
                f"{band}_psfFluxMax": max(fluxes),
                f"{band}_psfFluxErrMean": error,
            }
            if len(points) > 1:
                pairs = itertools.pairwise(points)
                slopes = [(new.flux - old.flux) / (new.mjd - old.mjd) for old, new in pairs]
                row[f"{band}_psfFluxMaxSlope"] = max(slopes, key=abs)
        return row

    def _orbit(self, track: _Track, seen: Seen, source_id: int) -> dict[str, dict[str, Any]]:
        """`ssSource` and `mpc_orbits` of an asteroid of the main belt: plausible, not an orbit that was fitted."""
        shape = Random(f"{self.salt} {track.index}")  # the same elements each time the asteroid is seen
        a, e, i = shape.uniform(2.15, 3.25), shape.uniform(0.02, 0.25), shape.uniform(0.5, 20)
        helio = a * (1 + shape.uniform(-e, e))
        ra, dec = sky.place(track.source, seen.mjd)
        longitude, latitude = sky.to_ecliptic(ra, dec)
        away = math.radians((longitude - sky.opposition(seen.mjd) + 180) % 360 - 180)
        cosine = math.cos(away) * math.cos(math.radians(latitude))
        topo = cosine + math.sqrt(cosine**2 - 1 + helio**2)  # the triangle of Sun, Earth and asteroid, in au
        phase = math.degrees(math.acos(min(1.0, (helio**2 + topo**2 - 1) / (2 * helio * topo))))
        galactic = sky.galactic(ra, dec)
        rate = track.source.rates
        offset = shape.uniform(0.02, 0.3)
        name = _designation(track.index, self.salt)
        period = 365.25 * a**1.5
        absolute = track.source.mag - 5 * math.log10(helio * topo) - 0.035 * phase
        return {
            "ssSource": {
                "diaSourceId": source_id,
                "ssObjectId": self._mpc_number(track),
                "designation": name,
                "eclLambda": longitude,
                "eclBeta": latitude,
                "galLon": galactic[0],
                "galLat": galactic[1],
                "elongation": math.degrees(math.acos(-cosine)),
                "phaseAngle": phase,
                "topoRange": topo,
                "topoRangeRate": 0.0,
                "helioRange": helio,
                "helioRangeRate": 0.0,
                "ephRa": ra + offset / 3600,
                "ephDec": dec,
                "ephVmag": track.source.mag + 0.2,
                "ephRate": math.hypot(*rate),
                "ephRateRa": rate[0],
                "ephRateDec": rate[1],
                "ephOffset": offset,
                "ephOffsetRa": offset * math.cos(math.radians(dec)),
                "ephOffsetDec": 0.0,
                "diaDistanceRank": 1,
            },
            "mpc_orbits": {
                "id": track.index,
                "designation": name,
                "unpacked_primary_provisional_designation": name,
                "created_at": 0,
                "updated_at": 0,
                "orbit_type_int": 11,
                "u_param": 0,
                "nopp": shape.randrange(3, 18),
                "arc_length_total": 4000.0,
                "nobs_total": 300,
                "a": a,
                "q": a * (1 - e),
                "e": e,
                "i": i,
                "node": shape.uniform(0, 360),
                "argperi": shape.uniform(0, 360),
                "mean_anomaly": shape.uniform(0, 360),
                "period": period,
                "mean_motion": 360 / period,
                "epoch_mjd": 61000.0,
                "h": absolute,
                "g": 0.15,
                "normalized_rms": 0.7,
                "earth_moid": a * (1 - e) - 1,
            },
        }


_LSST_STAMPS: Mapping[str, stamps.Role] = {
    "cutoutDifference": "difference",
    "cutoutScience": "science",
    "cutoutTemplate": "template",
}


def alerts(seed: int, now_mjd: float, *, backlog: int = 200, rate: float = 3.0) -> Iterator[DemoAlert]:
    """The alerts of a night: first those of the last three hours, then what comes, without an end.

    Times of observation increase. The same arguments give the same bytes.

    Args:
        seed: Which sky.
        now_mjd: The present, MJD, UTC.
        backlog: How many alerts lie before the present.
        rate: Alerts a second after it, on the mean.
    """
    random = Random(f"{seed} {now_mjd!r} {backlog} {rate!r}")
    salt = random.randrange(10**6)
    surveys: tuple[_Survey, _Survey] = (_Ztf(random, salt), _Lsst(random, salt))
    seen_tonight: dict[str, deque[_Track]] = {survey.name: deque(maxlen=300) for survey in surveys}
    for number, due in enumerate(_times(random, backlog, rate)):
        mjd = now_mjd + (due - LATENCY) / 86400
        survey = surveys[0] if random.random() < 0.6 else surveys[1]
        kind = None
        if number % 400 in (20, 110):  # a kilonova is rare; a night of the demo has one of each survey
            kind, survey = Kind.KILONOVA, surveys[number % 400 == 110]
        tonight = seen_tonight[survey.name]
        track, seen = None, None
        if kind is None and tonight and mjd - tonight[0].last > _AGAIN_DAYS and random.random() < 0.3:
            track = tonight.popleft()
            seen = survey.detect(track.source, mjd)
        while track is None or seen is None:
            new = kind or random.choices(tuple(survey.kinds), tuple(survey.kinds.values()))[0]
            source = sky.draw(new, survey.field, mjd, random)
            seen = survey.detect(source, mjd)
            track = survey.begin(source, mjd) if seen else None
        alert = survey.tell(track, seen, number, due)
        track.last = mjd
        if track.source.kind is not Kind.BOGUS:
            tonight.append(track)
        yield alert


def _times(random: Random, backlog: int, rate: float) -> Iterator[float]:
    """When alerts are sent, seconds after the present: as often as chance has it, ever later."""
    due = -_BACKLOG_DAYS * 86400
    gaps = [random.expovariate(1.0) for _ in range(backlog + 1)]
    scale = -due / sum(gaps)
    for gap in gaps[:-1]:
        due += gap * scale
        yield due
    due = 0.0
    while True:
        due += random.expovariate(rate)
        yield due


def _date(mjd: float) -> datetime:
    return datetime(1858, 11, 17, tzinfo=UTC) + timedelta(days=mjd)


def _stamp(mjd: float, seconds: float) -> str:
    """A time as Fink writes it: UTC, without a zone mark."""
    return f"{_date(mjd + seconds / 86400):%Y-%m-%d %H:%M:%S.%f}"


def _pid(track: _Track, seen: Seen) -> int:
    """ZTF's number of an exposure: night, fraction of the day, readout channel."""
    night, fraction = int(seen.mjd - 57754), int(seen.mjd % 1 * 1e5)
    return night * 10**9 + fraction * 10**4 + track.index * 7 % 64 * 100 + 15


def _lsst_id(mjd: float, number: int) -> int:
    """An id of LSST: 18 digits that grow with time, the last three told by a number."""
    return 170_000_000_000_000_000 + int((mjd - 61082.6) * 4.2e9) * 1000 + number % 1000


def _visit(mjd: float) -> int:
    """LSST's number of an exposure: the date at noon's change of Chile, and a count within it."""
    day = mjd - 0.5
    return int(f"{_date(day):%Y%m%d}") * 100_000 + int(day % 1 * 2000)


def _look(source: Source) -> stamps.Look:
    match source.kind:
        case Kind.BOGUS:
            return "ray"
        case Kind.RR_LYRAE | Kind.MIRA | Kind.ACTIVE:
            return "star"
        case _:
            return "galaxy" if source.host_mag < 90 else "empty"


def _ps1(
    number: int, source: Source, mag: float, star: float, distance: float, random: Random
) -> dict[str, float | int]:
    """One of the three nearest sources in PS1."""
    return {
        f"objectidps{number}": int((source.dec + 90) * 1.2) * 10**16 + int(source.ra * 10**10) * 10 + number,
        f"sgmag{number}": mag + 0.5 if random.random() < 0.9 else -999.0,
        f"srmag{number}": mag,
        f"simag{number}": mag - 0.2,
        f"szmag{number}": mag - 0.3 if random.random() < 0.9 else -999.0,
        f"sgscore{number}": star,
        f"distpsnr{number}": distance,
    }


def _rate(seen: Seen, history: Sequence[Seen], random: Random) -> dict[str, Any]:
    """Fink's rate of change: from the last observation in the same band, mag/d, with its 90 % interval."""
    before = next((past for past in reversed(history) if past.band == seen.band), None)
    if before is None:
        missing = random.choice((None, _NAN))
        names = ("mag_rate", "sigma_rate", "lower_rate", "upper_rate", "delta_time")
        return dict.fromkeys(names, missing) | {"from_upper": False}
    days = seen.mjd - before.mjd
    is_detection = before.is_detection
    change = seen.mag - (before.mag if is_detection else before.limit)
    rate = change / days
    error = math.hypot(seen.mag_err, before.mag_err if is_detection else 1.0) / days
    return {
        "mag_rate": rate,
        "sigma_rate": error,
        "lower_rate": rate - 1.645 * error,
        "upper_rate": rate + 1.645 * error,
        "delta_time": days,
        "from_upper": not is_detection,
    }


def _features(points: Sequence[Seen]) -> dict[str, float | None]:
    """Features of a light curve, of its fluxes in microjansky: a few, NaN for the rest; nothing of no points."""
    if not points:
        return {}
    values = sorted(point.flux / 1000 for point in points)
    mean = statistics.fmean(values)
    weights = [(1000 / point.flux_err) ** 2 for point in points]
    features = dict.fromkeys(schemas.lsst().names("lc_features"), _NAN)
    features["mean"] = mean
    features["weighted_mean"] = statistics.fmean([point.flux / 1000 for point in points], weights)
    features["median"] = statistics.median(values)
    features["amplitude"] = 0.5 * (values[-1] - values[0])
    features["percent_amplitude"] = max(values[-1] - features["median"], features["median"] - values[0])
    if len(values) > 1:
        spread = statistics.stdev(values, mean)
        features["standard_deviation"] = spread
        features["beyond_1_std"] = sum(abs(value - mean) > spread for value in values) / len(values)
    return dict(features)


def _gaia(random: Random) -> str:
    return f"Gaia DR3 {random.randrange(10**18, 6 * 10**18)}"


def _bracketed(random: Random) -> str:
    """A name as catalogues in papers have it: in brackets. There is no such paper."""
    return f"[DEM2026] {random.randrange(1, 400)}"


def _galaxy(random: Random) -> str:
    """A name for a galaxy; there is no such galaxy."""
    return _bracketed(random) if random.random() < 0.3 else f"PGC9{random.randrange(10**6):06d}"


def _designation(index: int, salt: int) -> str:
    """A provisional designation, the same for the same asteroid. There is no such asteroid: no half-month is Z."""
    number = index + salt % 1000
    return f"{2001 + number % 24} Z{chr(65 + number // 24 % 8)}{number // 192}"


def _sexagesimal(ra: float, dec: float) -> str:
    """A place as catalogues write it into names: `hhmmssss±ddmmsss`."""
    hours, degrees = ra / 15, abs(dec)
    minutes, arcminutes = hours % 1 * 60, degrees % 1 * 60
    east = f"{int(hours):02d}{int(minutes):02d}{int(minutes % 1 * 6000):04d}"
    return f"{east}{'-' if dec < 0 else '+'}{int(degrees):02d}{int(arcminutes):02d}{int(arcminutes % 1 * 600):03d}"
