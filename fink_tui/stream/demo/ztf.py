"""ZTF's alerts in the demo, with what Fink adds to them: scores, cross-matches, every way of not knowing.

The live stream says that it does not know in many ways, and so does this: "Unknown", "nan", "", "null", "None", -999,
-1, NaN and null.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from fink_tui.stream.demo import schemas, sky, stamps
from fink_tui.stream.demo.observing import (
    LATENCY,
    NAN,
    DemoAlert,
    Seen,
    Survey,
    Track,
    bracketed_name,
    date_of,
    features,
    gaia_name,
    galaxy_name,
    look_of,
    timestamp,
)
from fink_tui.stream.demo.sky import Kind, Source


class Ztf(Survey):
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

    def begin(self, source: Source, mjd: float) -> Track:
        """See `Survey.begin`."""
        random = self.random
        self.count += 1
        is_star = source.kind in (Kind.RR_LYRAE, Kind.MIRA, Kind.ACTIVE)
        track = Track(source, "", mjd, 0, 0, self.count)
        track.distnr = random.uniform(0.05, 0.5) if is_star else random.uniform(1.2, 9.0)
        track.look = look_of(source)
        nights = 8 if source.kind in (Kind.ASTEROID, Kind.BOGUS) else 29
        for night in range(nights, 0, -1):
            is_needed = source.kind is Kind.KILONOVA and night == 1  # else one could not see it fade
            if random.random() < 0.45 and not is_needed:  # clouds, or other fields
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
        return f"ZTF{date_of(first):%y}a{letters}"

    def _catalogues(self, source: Source, track: Track, mjd: float) -> dict[str, Any]:
        """What Fink finds at the source's place."""
        random = self.random
        nothing = random.choice(("nan", "nan", "nan", "Unknown"))
        known: dict[str, Any] = {
            "cdsxmatch": self._simbad.get(source.subtype, "Unknown"),
            "tns": random.choice(("", "", "", "None")),
            "DR3Name": "nan",
            "Plx": NAN,
            "e_Plx": NAN,
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
                        "HyperLEDA_name": galaxy_name(random),
                        "2MASS_name": f"{_sexagesimal(source.ra, source.dec)}",
                        "lum_dist": str(round(distance, 6)),
                        "ang_dist": str(round(distance / (1 + source.redshift) ** 2, 6)),
                    }
            case Kind.RR_LYRAE | Kind.MIRA:
                parallax = random.uniform(0.1, 0.6)
                known |= {"DR3Name": gaia_name(random), "Plx": parallax, "e_Plx": random.uniform(0.02, 0.09)}
                known |= {"gaiaVarFlag": 1, "gaiaClass": "RR" if source.kind is Kind.RR_LYRAE else "LPV"}
                known["vsx"] = "RRAB" if source.kind is Kind.RR_LYRAE else "M"
                if random.random() < 0.4:
                    known["gcvs"] = known["vsx"]
            case Kind.ACTIVE:
                known |= {"DR3Name": gaia_name(random), "Plx": random.gauss(0, 0.1), "e_Plx": random.uniform(0.1, 0.3)}
                known |= {"gaiaVarFlag": 1, "gaiaClass": "AGN"}
                place = _sexagesimal(source.ra, source.dec)
                known["x4lac"] = (
                    f"4FGL J{place[:4]}.{place[4]}{place[8:13]}" if track.index % 3 else bracketed_name(random)
                )
                if random.random() < 0.5:
                    known["x3hsp"] = f"3HSPJ{place[:6]}.{place[6]}{place[8:15]}"
        return known

    def _remember(self, track: Track, seen: Seen, number: int, now: Mapping[str, Any] | None = None) -> None:
        """Put an observation into the history.

        Args:
            track: The source.
            seen: The observation.
            number: What tells detections of one exposure apart.
            now: What the alert said of the detection; None for an earlier night.
        """
        random = self.random
        row = self._exposure(track, seen)
        row["pdiffimfilename"] = f"/ztf/archive/sci/{date_of(seen.mjd):%Y/%m%d}/{row['pdiffimfilename']}.fz"
        if seen.is_detection:
            row |= self._detection(track, seen, number) if now is None else now
            is_old_style = random.random() < 0.5
            row["isdiffpos"] = ("1" if is_old_style else "t") if seen.flux > 0 else ("0" if is_old_style else "f")
            if is_old_style:
                row |= {"ssdistnr": None, "ssmagnr": None, "ssnamenr": None}
        track.seen.append(seen)
        track.rows.append(schemas.ztf().encode_row("prv_candidates", row))

    def _exposure(self, track: Track, seen: Seen) -> dict[str, Any]:
        """What is known of an exposure, with or without a detection."""
        rcid = track.index * 7 % 64
        band, area = seen.band, 250 + track.index * 13 % 600
        fraction = int(seen.mjd % 1 * 1e6)
        image = (
            f"ztf_{date_of(seen.mjd):%Y%m%d}{fraction:06d}_{area:06d}_z{band}_c{rcid // 4 + 1:02d}_o_q{rcid % 4 + 1}"
        )
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

    def _detection(self, track: Track, seen: Seen, number: int) -> dict[str, Any]:
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

    def tell(self, track: Track, seen: Seen, number: int, due: float) -> DemoAlert:
        """See `Survey.tell`."""
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
            "brokerIngestTimestamp": timestamp(mjd, LATENCY - 30),
            "brokerStartProcessTimestamp": timestamp(mjd, LATENCY - 15),
            "fink_broker_version": "5.0",
            "fink_science_version": "8.49.0",
            "roid": roid,
            "nalerthist": len(detections) + 1,
            "lc_features_g": features([(past.mag, past.mag_err) for past in (*detections, seen) if past.band == "g"]),
            "lc_features_r": features([(past.mag, past.mag_err) for past in (*detections, seen) if past.band == "r"]),
            "jd_first_real_det": first_real + 2400000.5,
            "jdstarthist_dt": first_real - track.first,
            "blazar_stats": self._blazar(source),
            "is_transient": random.choice((None, source.kind in (Kind.SUPERNOVA, Kind.KILONOVA))),
            "brokerEndProcessTimestamp": timestamp(mjd, LATENCY - 2),
            **_rate(seen, track.seen, random),
            **track.known,
            **scores,
        }
        for name, (role, file) in names.items():
            image = stamps.stamp("ztf", role, track.look, seen.flux, seen.snr, frame)
            record[name] = {"fileName": file, "stampData": image}
        layout = schemas.ztf()
        value = layout.encode(record)
        if not is_moving:
            self._remember(track, seen, number, detection)
        return DemoAlert("ztf", topics, layout.key, value, str(track.object_id), str(candid), expected, mjd, due)

    def _scores(self, track: Track, seen: Seen) -> tuple[dict[str, Any], str, tuple[str, ...]]:
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


def _pid(track: Track, seen: Seen) -> int:
    """ZTF's number of an exposure: night, fraction of the day, readout channel."""
    night, fraction = int(seen.mjd - 57754), int(seen.mjd % 1 * 1e5)
    return night * 10**9 + fraction * 10**4 + track.index * 7 % 64 * 100 + 15


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
        missing = random.choice((None, NAN))
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


def _sexagesimal(ra: float, dec: float) -> str:
    """A place as catalogues write it into names: `hhmmssss±ddmmsss`."""
    hours, degrees = ra / 15, abs(dec)
    minutes, arcminutes = hours % 1 * 60, degrees % 1 * 60
    east = f"{int(hours):02d}{int(minutes):02d}{int(minutes % 1 * 6000):04d}"
    return f"{east}{'-' if dec < 0 else '+'}{int(degrees):02d}{int(arcminutes):02d}{int(arcminutes % 1 * 600):03d}"
