"""ZTF's alerts as Fink sends them: recognised by `objectId` and `candidate`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from fink_tui.alerts import clean, photometry
from fink_tui.alerts.labels import ztf_label
from fink_tui.alerts.row import AlertRow, Point, PointKind
from fink_tui.alerts.survey import Leaves, RowError, Survey, source_number
from fink_tui.alerts.text import safe_filename

BANDS = {1: "g", 2: "r", 3: "i"}
"""ZTF's filters by `fid`."""

NONE = clean.ZTF_NO_NUMBER

GOOD_RB = 0.55
"""Below this `rb`, or with bad pixels, Fink's portal draws a detection as of bad quality."""

SPARK_FLOOR = 0.3
"""Magnitudes that a sparkline's height stands for at least: noise shall not look like a rise."""


class Ztf(Survey):
    """Alerts of the Zwicky Transient Facility."""

    name = "ztf"
    title = "ZTF"
    history_days = 30.0
    flux_first = False
    leaves = (
        *("objectId", "candid", "cdsxmatch", "tns", "tracklet", "DR3Name", "Plx", "e_Plx", "vsx", "gcvs", "x3hsp"),
        *("x4lac", "spicy_class", "mangrove", "roid", "snn_snia_vs_nonia", "snn_sn_vs_all", "rf_snia_vs_nonia"),
        *("rf_kn_vs_nonkn", "mulens", "anomaly_score", "mag_rate"),
        *(
            f"candidate.{field}"
            for field in (
                *("jd", "fid", "pid", "ra", "dec", "magpsf", "sigmapsf", "isdiffpos", "diffmaglim", "rb", "drb"),
                *("classtar", "nbad", "distnr", "magnr", "ssdistnr", "ssnamenr", "sgscore1", "distpsnr1"),
                *("neargaia", "maggaia", "neargaiabright", "maggaiabright", "ndethist", "jdstarthist"),
            )
        ),
        *(
            f"prv_candidates[].{field}"
            for field in ("jd", "fid", "magpsf", "sigmapsf", "isdiffpos", "diffmaglim", "rb", "nbad")
        ),
    )

    def recognises(self, fields: Collection[str]) -> bool:
        """Whether a schema with these top-level fields is of ZTF."""
        return "objectId" in fields and "candidate" in fields

    def row(self, leaves: Leaves) -> AlertRow:
        """The row of a ZTF alert.

        Raises:
            RowError: The alert has no id, no time or no place that makes sense.
        """
        candid, object_id = clean.integer(leaves.get("candid")), clean.text(leaves.get("objectId"))
        jd = clean.number(leaves.get("candidate.jd"))
        mjd = clean.mjd(photometry.jd_to_mjd(jd)) if jd is not None else None
        place = clean.place(leaves.get("candidate.ra"), leaves.get("candidate.dec"))
        if candid is None or candid <= 0:
            raise RowError("it has no candid")
        if object_id is None:
            raise RowError("it has no objectId")
        if mjd is None:
            raise RowError("it has no time of observation that makes sense")
        if place is None:
            raise RowError("it has no place on the sky that makes sense")

        def number(field: str) -> float | None:
            return clean.number(leaves.get(field), NONE)

        band = BANDS.get(clean.integer(leaves.get("candidate.fid")) or 0)
        mag, mag_err = number("candidate.magpsf"), number("candidate.sigmapsf")
        is_positive = clean.positive(leaves.get("candidate.isdiffpos"))
        flux, flux_err = _flux(mag, mag_err, is_positive)
        rb, drb = number("candidate.rb"), number("candidate.drb")
        history, n_limits = _history(leaves, mjd)
        same = [
            (time, value if sign is not False else None, err)
            for time, other, value, err, sign in history
            if other == band
        ]
        change = photometry.change(mjd, mag if is_positive is not False else None, mag_err, same)
        spark = [(time, value) for time, value, _ in same if value is not None]
        if mag is not None and is_positive is not False:
            spark.append((mjd, mag))
        label, reason = ztf_label(leaves)
        pid = clean.integer(leaves.get("candidate.pid"))
        start = clean.number(leaves.get("candidate.jdstarthist"))
        mangrove = leaves.get("mangrove")
        host = mangrove if isinstance(mangrove, dict) else {}
        return AlertRow(
            survey=self.name,
            alert_id=str(candid),
            object_id=object_id,
            label=label,
            label_reason=reason,
            ra=place[0],
            dec=place[1],
            obs_mjd=mjd,
            band=band,
            mag=mag,
            mag_err=mag_err,
            flux=flux,
            flux_err=flux_err,
            is_positive=is_positive,
            limit_mag=number("candidate.diffmaglim"),
            snr=photometry.snr(abs(flux), flux_err) if flux is not None else None,
            real_bogus=drb if drb is not None else rb,
            rb=rb,
            drb=drb,
            n_detections=clean.integer(leaves.get("candidate.ndethist"), -999) or len(history) + 1,
            n_history=len(history),
            n_limits=n_limits,
            first_mjd=clean.mjd(photometry.jd_to_mjd(start)) if start is not None else None,
            mag_change=change.mag if change else None,
            mag_change_err=change.mag_err if change else None,
            mag_change_days=change.days if change else None,
            sparkline=photometry.sparkline(spark, 8, invert=True, floor=SPARK_FLOOR),
            sn_score=number("snn_sn_vs_all"),
            snn_snia_vs_nonia=number("snn_snia_vs_nonia"),
            rf_snia_vs_nonia=number("rf_snia_vs_nonia"),
            rf_kn_vs_nonkn=number("rf_kn_vs_nonkn"),
            mulens=number("mulens"),
            anomaly_score=number("anomaly_score"),
            cats_class=None,
            cats_score=None,
            early_snia_score=None,
            simbad_type=clean.text(leaves.get("cdsxmatch")),
            tns_name=None,
            tns_type=clean.text(leaves.get("tns")),
            tns_redshift=None,
            gaia_name=clean.text(leaves.get("DR3Name")),
            gaia_plx=number("Plx"),
            gaia_plx_err=number("e_Plx"),
            vsx_type=clean.text(leaves.get("vsx")),
            gcvs_type=clean.text(leaves.get("gcvs")),
            x3hsp=clean.text(leaves.get("x3hsp")),
            x4lac=clean.text(leaves.get("x4lac")),
            spicy_class=clean.text(leaves.get("spicy_class")),
            host_name=clean.text(host.get("HyperLEDA_name")) or clean.text(host.get("2MASS_name")),
            host_distance=clean.numeral(host.get("lum_dist"), NONE),
            sso_name=clean.text(leaves.get("candidate.ssnamenr")),
            sso_distance=number("candidate.ssdistnr"),
            roid=clean.integer(leaves.get("roid")),
            distnr=number("candidate.distnr"),
            magnr=number("candidate.magnr"),
            sgscore1=number("candidate.sgscore1"),
            distpsnr1=number("candidate.distpsnr1"),
            neargaia=number("candidate.neargaia"),
            maggaia=number("candidate.maggaia"),
            classtar=number("candidate.classtar"),
            nbad=clean.integer(leaves.get("candidate.nbad"), -999),
            exposure_id=str(pid // 1000) if pid is not None else None,
            neargaiabright=number("candidate.neargaiabright"),
            maggaiabright=number("candidate.maggaiabright"),
            mag_rate=number("mag_rate"),
        )

    def points(self, record: Mapping[str, Any]) -> list[Point]:
        """The light curve that a whole record holds, each point once, in order of time."""
        candidate = record.get("candidate")
        rows = [(row, False) for row in clean.records(record.get("prv_candidates"))]
        if isinstance(candidate, dict):
            rows.append((candidate, True))
        found: dict[tuple[float, str, bool], Point] = {}
        for row, is_current in rows:
            point = _point(row, is_current)
            if point is not None:  # the current one comes last and wins
                found[point.mjd, point.band, point.kind is PointKind.LIMIT] = point
        return sorted(found.values(), key=lambda point: point.mjd)

    def detection(self, row: AlertRow) -> Point | None:
        """The alert's own point of that light curve, from its row alone; None where it holds no measurement."""
        if row.band is None or row.mag is None:
            return None
        kind = _kind(row.rb, row.nbad)
        measured = row.mag, row.mag_err, row.flux, row.flux_err
        return Point(row.obs_mjd, row.band, kind, *measured, is_current=True, source_id=source_number(row))

    def file_stem(self, row: AlertRow) -> str:
        """`<objectId>_<candid>`, as fink-client has it."""
        return safe_filename(f"{row.object_id}_{row.alert_id}")


def _flux(mag: float | None, mag_err: float | None, is_positive: bool | None) -> tuple[float | None, float | None]:
    """Flux of the difference and its error, nJy, with its sign."""
    found = photometry.mag_to_flux(mag, mag_err)
    if found is None:
        return None, None
    flux, flux_err = found
    return (-flux if is_positive is False else flux), flux_err


def _history(
    leaves: Leaves, mjd: float
) -> tuple[list[tuple[float, str | None, float, float | None, bool | None]], int]:
    """The good earlier detections (MJD, band, magnitude, error, sign), and how many upper limits there are."""
    if not leaves.get("prv_candidates[].jd"):  # a row of the REST API has none
        return [], 0
    fids, signs, nbads = (leaves.get(f"prv_candidates[].{name}") for name in ("fid", "isdiffpos", "nbad"))
    jds, mags, errors, limits, rbs = (
        clean.numbers(leaves.get(f"prv_candidates[].{name}") or (), *none)
        for name, *none in (("jd",), ("magpsf", NONE), ("sigmapsf", NONE), ("diffmaglim", NONE), ("rb", NONE))
    )
    detections, n_limits = [], 0
    for index, jd in enumerate(jds):
        if jd is None:
            continue
        mag = mags[index] if mags else None
        if mag is None:
            n_limits += bool(limits) and limits[index] is not None
        elif (time := photometry.jd_to_mjd(jd)) < mjd:
            quality = rbs[index] if rbs else None, clean.integer(nbads[index], -999) if nbads else None
            if _kind(*quality) is PointKind.BAD:
                continue
            band = BANDS.get(clean.integer(fids[index]) or 0) if fids else None
            sign = clean.positive(signs[index]) if signs else None
            detections.append((time, band, mag, errors[index] if errors else None, sign))
    return detections, n_limits


def _point(row: Mapping[str, Any], is_current: bool) -> Point | None:
    """A record of `candidate` or `prv_candidates` as a point, or None where it holds no measurement."""
    jd, band = clean.number(row.get("jd")), BANDS.get(clean.integer(row.get("fid")) or 0)
    mjd = clean.mjd(photometry.jd_to_mjd(jd)) if jd is not None else None
    if mjd is None or band is None:
        return None
    mag, mag_err = clean.number(row.get("magpsf"), NONE), clean.number(row.get("sigmapsf"), NONE)
    if mag is None:
        limit = clean.number(row.get("diffmaglim"), NONE)
        return None if limit is None else Point(mjd, band, PointKind.LIMIT, limit, None, None, None)
    is_positive = clean.positive(row.get("isdiffpos"))
    flux, flux_err = _flux(mag, mag_err, is_positive) if is_positive is not None else (None, None)
    distance, magnr = clean.number(row.get("distnr"), NONE), clean.number(row.get("magnr"), NONE)
    total: tuple[float | None, float | None] | None = None
    if is_positive is not None and distance is not None and distance <= photometry.REFERENCE_PIXELS:
        sigmagnr = clean.number(row.get("sigmagnr"), NONE)
        total = photometry.apparent_flux(mag, mag_err, magnr, sigmagnr, is_positive)
    rb, nbad = clean.number(row.get("rb"), NONE), clean.integer(row.get("nbad"), -999)
    candid = clean.integer(row.get("candid"), 0)
    total_flux, total_flux_err = total or (None, None)
    return Point(
        mjd,
        band,
        _kind(rb, nbad),
        mag,
        mag_err,
        flux,
        flux_err,
        is_current=is_current,
        source_id=str(candid) if candid else None,
        total_flux=total_flux,
        total_flux_err=total_flux_err,
        reference_distance=distance,
    )


def _kind(rb: float | None, nbad: int | None) -> PointKind:
    """What a detection is, by its quality."""
    is_bad = (rb is not None and rb < GOOD_RB) or (nbad is not None and nbad > 0)
    return PointKind.BAD if is_bad else PointKind.DETECTION
