"""LSST's alerts in the demo, with what Fink adds to them: scores and cross-matches."""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from fink_tui.stream.demo import schemas, sky, stamps
from fink_tui.stream.demo.observing import (
    LATENCY,
    TAI_LESS_UTC,
    DemoAlert,
    Seen,
    Survey,
    Track,
    date_of,
    features,
    gaia_name,
    galaxy_name,
    look_of,
    timestamp,
)
from fink_tui.stream.demo.sky import Kind, Source

_LSST_STAMPS: Mapping[str, stamps.Role] = {
    "cutoutDifference": "difference",
    "cutoutScience": "science",
    "cutoutTemplate": "template",
}


class Lsst(Survey):
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

    def begin(self, source: Source, mjd: float) -> Track:
        """See `Survey.begin`."""
        random = self.random
        self.count += 1
        track = Track(source, 0, mjd, 0, 0, self.count, look=look_of(source))
        is_star = source.kind in (Kind.RR_LYRAE, Kind.MIRA, Kind.ACTIVE)
        if source.kind in (Kind.ASTEROID, Kind.BOGUS):
            visits: list[float] = []
        else:
            days = 150.0 if is_star else min(60.0, max(6.0, mjd - source.epoch + 20 * (1 + source.redshift)))
            nights = random.sample(range(1, int(days) + 1), min(int(days / 3) + 1, 16, int(days)))
            if source.kind is Kind.KILONOVA:
                nights = [1, 4]
            visits = sorted(mjd - night + random.uniform(-0.1, 0.05) + again for night in nights for again in (0, 0.02))
        observed = [self.observe(source, random.choice(self.bands), at) for at in visits]
        track.first = next((seen.mjd for seen in observed if seen.is_detection), mjd)
        track.object_id = 0 if source.kind is Kind.ASTEROID else _lsst_id(track.first, self.salt + self.count)
        track.known = self._catalogues(source, track, mjd)
        for number, seen in enumerate(observed):
            if seen.mjd >= track.first:
                self._remember(track, seen, number)
        return track

    def _catalogues(self, source: Source, track: Track, mjd: float) -> dict[str, Any]:
        """What Fink finds at the source's place."""
        random = self.random
        known: dict[str, Any] = {"gaiadr3_VarFlag": 0, "simbad_otype": source.subtype or None}
        if source.kind in (Kind.RR_LYRAE, Kind.MIRA, Kind.ACTIVE):
            is_far = source.kind is Kind.ACTIVE
            known["gaiadr3_DR3Name"] = gaia_name(random)
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
                known |= {"mangrove_HyperLEDA_name": galaxy_name(random), "mangrove_lum_dist": distance}
                known["mangrove_ang_dist"] = distance / (1 + source.redshift) ** 2
        if source.kind is Kind.SUPERNOVA and mjd - source.epoch > -6 and random.random() < 0.5:
            name = "".join(random.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(2))
            is_classified = random.random() < 0.7
            known["tns_fullname"] = f"{'SN' if is_classified else 'AT'} {date_of(track.first):%Y}zz{name}"
            if is_classified:
                known |= {"tns_type": "SN Ia", "tns_redshift": source.redshift}
        return known

    def _remember(self, track: Track, seen: Seen, number: int, now: Mapping[str, Any] | None = None) -> None:
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
            "midpointMjdTai": seen.mjd + TAI_LESS_UTC,
            "scienceFlux": template + seen.flux,
            "scienceFluxErr": seen.flux_err,
            "band": seen.band,
            "timeProcessedMjdTai": seen.mjd + TAI_LESS_UTC + 0.002,
        }
        track.forced.append(layout.encode_row("prvDiaForcedSources", forced))
        if seen.is_detection:
            source = dict(now) if now else self._source(track, seen, _lsst_id(seen.mjd, number))
            source["ssObjectId"] = None  # in the history of the live stream it is null, in the alert zero
            track.seen.append(seen)
            track.rows.append(layout.encode_row("prvDiaSources", source))

    def _source(self, track: Track, seen: Seen, source_id: int) -> dict[str, Any]:
        """A diaSource."""
        random, source = self.random, track.source
        spread = 0.15 / 3600 / math.sqrt(seen.snr)
        ra, dec = sky.place(source, seen.mjd)
        ra, dec = (ra + random.gauss(0, spread) / math.cos(math.radians(dec))) % 360, dec + random.gauss(0, spread)
        template = sky.template_flux(source, seen.band)
        tai = seen.mjd + TAI_LESS_UTC
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

    def _mpc_number(self, track: Track) -> int:
        """The `ssObjectId` of an asteroid."""
        return 21_000_000_000_000_000 + (track.index * 918_273_645_546 + self.salt) % 900_000_000_000_000

    def tell(self, track: Track, seen: Seen, number: int, due: float) -> DemoAlert:
        """See `Survey.tell`."""
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
            "brokerStartProcessTimestamp": timestamp(mjd, LATENCY - 15),
            "fink_broker_version": "5.0",
            "fink_science_version": "8.49.0",
            "publisher": "Fink",
            "lc_features": {
                band: features([(past.flux, past.flux_err) for past in measured if past.band == band])
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
            "misc": {"firstDiaSourceMjdTaiFink": track.first + TAI_LESS_UTC},
            "brokerEndProcessTimestamp": timestamp(mjd, LATENCY - 2),
        }
        layout = schemas.lsst()
        value = layout.encode(record)
        object_id = _designation(track.index, self.salt) if is_moving else str(track.object_id)
        if not is_moving:
            self._remember(track, seen, number, detection)
        return DemoAlert("lsst", topics, layout.key, value, object_id, str(source_id), expected, mjd, due)

    def _scores(self, track: Track, seen: Seen) -> tuple[dict[str, Any], str, tuple[str, ...]]:
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

    def _object(self, track: Track, measured: Sequence[Seen], detection: Mapping[str, Any]) -> dict[str, Any]:
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

    def _orbit(self, track: Track, seen: Seen, source_id: int) -> dict[str, dict[str, Any]]:
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


def _lsst_id(mjd: float, number: int) -> int:
    """An id of LSST: 18 digits that grow with time, the last three told by a number."""
    return 170_000_000_000_000_000 + int((mjd - 61082.6) * 4.2e9) * 1000 + number % 1000


def _visit(mjd: float) -> int:
    """LSST's number of an exposure: the date of the night (it changes at noon, UTC), and a count within it."""
    day = mjd - 0.5
    return int(f"{date_of(day):%Y%m%d}") * 100_000 + int(day % 1 * 2000)


def _designation(index: int, salt: int) -> str:
    """A provisional designation, the same for the same asteroid. There is no such asteroid: no half-month is Z."""
    number = index + salt % 1000
    return f"{2001 + number % 24} Z{chr(65 + number // 24 % 8)}{number // 192}"
