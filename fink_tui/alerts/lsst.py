"""Rubin's LSST alerts as Fink sends them: recognised by `diaSource`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from fink_tui.alerts import clean, photometry
from fink_tui.alerts.labels import lsst_label
from fink_tui.alerts.row import AlertRow, Point, PointKind
from fink_tui.alerts.survey import Leaves, RowError, Survey, source_number
from fink_tui.alerts.text import safe_filename

BANDS = frozenset("ugrizy")


class Lsst(Survey):
    """Alerts of the Legacy Survey of Space and Time."""

    name = "lsst"
    title = "LSST"
    history_days = 365.0
    flux_first = True
    leaves = (
        "diaSourceId",
        *(
            f"diaSource.{field}"
            for field in (
                *("diaSourceId", "visit", "diaObjectId", "ssObjectId", "midpointMjdTai", "ra", "dec", "psfFlux"),
                *("psfFluxErr", "snr", "band", "reliability"),
            )
        ),
        *(f"prvDiaSources[].{field}" for field in ("diaSourceId", "midpointMjdTai", "band", "psfFlux", "psfFluxErr")),
        *(f"diaObject.{field}" for field in ("diaObjectId", "nDiaSources", "firstDiaSourceMjdTai")),
        *("ssSource.designation", "ssSource.ephOffset", "mpc_orbits.designation"),
        *(f"clf.{field}" for field in ("snnSnVsOthers_score", "cats_class", "cats_score", "earlySNIa_score")),
        *(
            f"xm.{field}"
            for field in (
                *("simbad_otype", "gaiadr3_DR3Name", "gaiadr3_Plx", "gaiadr3_e_Plx", "tns_fullname", "tns_type"),
                *("tns_redshift", "gcvs_type", "vsx_Type", "x3hsp_type", "x4lac_type", "spicy_class"),
                *("mangrove_HyperLEDA_name", "mangrove_2MASS_name", "mangrove_lum_dist"),
            )
        ),
        *("pred.is_sso", "pred.main_label_crossmatch", "misc.firstDiaSourceMjdTaiFink"),
    )

    def recognises(self, fields: Collection[str]) -> bool:
        """Whether a schema with these top-level fields is of LSST."""
        return "diaSource" in fields

    def row(self, leaves: Leaves) -> AlertRow:
        """The row of an LSST alert.

        Raises:
            RowError: The alert has no id, no time or no place that makes sense.
        """
        get = leaves.get
        source = clean.integer(get("diaSourceId")) or clean.integer(leaves.get("diaSource.diaSourceId"))
        mjd = _utc(leaves.get("diaSource.midpointMjdTai"))
        place = clean.place(leaves.get("diaSource.ra"), leaves.get("diaSource.dec"))
        if source is None or source <= 0:
            raise RowError("it has no diaSourceId")
        if mjd is None:
            raise RowError("it has no time of observation that makes sense")
        if place is None:
            raise RowError("it has no place on the sky that makes sense")

        def number(field: str, *none: float) -> float | None:
            value = get(field)
            return None if value is None else clean.number(value, *none)  # most fields of most alerts hold nothing

        def text(field: str) -> str | None:
            value = get(field)
            return None if value is None else clean.text(value)

        band = text("diaSource.band")
        flux, flux_err = number("diaSource.psfFlux"), _error(leaves.get("diaSource.psfFluxErr"))
        mag, mag_err = photometry.flux_to_mag(flux, flux_err) or (None, None)
        history = _history(leaves, source, mjd)
        same = [(time, value, err) for time, other, value, err in history if other == band]
        earlier = [(time, *(photometry.flux_to_mag(value, err) or (None, None))) for time, value, err in same]
        change = photometry.change(mjd, mag, mag_err, earlier)
        spark = [(time, value) for time, value, _ in same]
        if flux is not None:
            spark.append((mjd, flux))
        errors = sorted(err for _, _, err in same if err is not None) or [flux_err or 0.0]
        designation = text("ssSource.designation") or text("mpc_orbits.designation")
        label, reason = lsst_label(leaves, designation)
        snr = number("diaSource.snr")
        visit = clean.integer(leaves.get("diaSource.visit"))
        return AlertRow(
            survey=self.name,
            alert_id=str(source),
            object_id=_object_id(leaves, designation, source),
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
            is_positive=flux > 0 if flux is not None else None,
            limit_mag=None,
            snr=snr if snr is not None or flux is None else photometry.snr(abs(flux), flux_err),
            real_bogus=number("diaSource.reliability"),
            rb=None,
            drb=None,
            n_detections=clean.integer(leaves.get("diaObject.nDiaSources")) or len(history) + 1,
            n_history=len(history),
            n_limits=0,
            first_mjd=_first(leaves, history),
            mag_change=change.mag if change else None,
            mag_change_err=change.mag_err if change else None,
            mag_change_days=change.days if change else None,
            sparkline=photometry.sparkline(spark, 8, invert=False, floor=5 * errors[len(errors) // 2]),
            sn_score=number("clf.snnSnVsOthers_score", -1.0),
            snn_snia_vs_nonia=None,
            rf_snia_vs_nonia=None,
            rf_kn_vs_nonkn=None,
            mulens=None,
            anomaly_score=None,
            cats_class=clean.integer(leaves.get("clf.cats_class"), -1),
            cats_score=number("clf.cats_score", -1.0) if leaves.get("clf.cats_class") != -1 else None,
            early_snia_score=number("clf.earlySNIa_score", -1.0),
            simbad_type=text("xm.simbad_otype"),
            tns_name=text("xm.tns_fullname"),
            tns_type=text("xm.tns_type"),
            tns_redshift=number("xm.tns_redshift"),
            gaia_name=text("xm.gaiadr3_DR3Name"),
            gaia_plx=number("xm.gaiadr3_Plx"),
            gaia_plx_err=number("xm.gaiadr3_e_Plx"),
            vsx_type=text("xm.vsx_Type"),
            gcvs_type=text("xm.gcvs_type"),
            x3hsp=text("xm.x3hsp_type"),
            x4lac=text("xm.x4lac_type"),
            spicy_class=text("xm.spicy_class"),
            host_name=text("xm.mangrove_HyperLEDA_name") or text("xm.mangrove_2MASS_name"),
            host_distance=number("xm.mangrove_lum_dist", -999.0, -1.0),
            sso_name=designation,
            sso_distance=number("ssSource.ephOffset"),
            roid=None,
            distnr=None,
            magnr=None,
            sgscore1=None,
            distpsnr1=None,
            neargaia=None,
            maggaia=None,
            classtar=None,
            nbad=None,
            exposure_id=str(visit) if visit is not None else None,
        )

    def points(self, record: Mapping[str, Any]) -> list[Point]:
        """The light curve that a whole record holds, each point once, in order of time."""
        current = record.get("diaSource")
        found: dict[tuple[object, bool], Point] = {}
        for row in clean.records(record.get("prvDiaForcedSources")):
            if (point := _point(row, PointKind.FORCED, False)) is not None:
                found[clean.integer(row.get("diaForcedSourceId"), 0) or (point.mjd, point.band), True] = point
        for row in clean.records(record.get("prvDiaSources")):
            if (point := _point(row, PointKind.DETECTION, False)) is not None:
                found[clean.integer(row.get("diaSourceId"), 0) or (point.mjd, point.band), False] = point
        if isinstance(current, dict) and (point := _point(current, PointKind.DETECTION, True)) is not None:
            source = clean.integer(current.get("diaSourceId"), 0) or clean.integer(record.get("diaSourceId"), 0)
            found[source or (point.mjd, point.band), False] = point
        return sorted(found.values(), key=lambda point: point.mjd)

    def detection(self, row: AlertRow) -> Point | None:
        """The alert's own point of that light curve, from its row alone; None where it holds no measurement."""
        if row.band not in BANDS or row.flux is None:
            return None
        mag, mag_err = photometry.flux_to_mag(abs(row.flux), row.flux_err) or (None, None)
        measured = mag, mag_err, row.flux, row.flux_err
        return Point(
            row.obs_mjd, row.band, PointKind.DETECTION, *measured, is_current=True, source_id=source_number(row)
        )

    def aliases(self, record: Mapping[str, Any]) -> list[str]:
        """Rubin's number of the object, which a Solar System designation takes the place of."""
        source = record.get("diaSource")
        dia = clean.integer(source.get("diaObjectId"), 0) if isinstance(source, dict) else None
        return [str(dia)] if dia is not None else []

    def file_stem(self, row: AlertRow) -> str:
        """`<diaSourceId>`, as fink-client has it."""
        return safe_filename(row.alert_id)


def _utc(tai: object) -> float | None:
    """A time in MJD TAI as MJD UTC, or None where it makes no sense."""
    found = clean.mjd(tai)
    return None if found is None else photometry.tai_to_utc(found)


def _error(value: object) -> float | None:
    """An error, which is above zero, or None."""
    found = clean.number(value)
    return found if found is not None and found > 0 else None


def _object_id(leaves: Leaves, designation: str | None, source: int) -> str:
    """The object an alert belongs to: 0 stands for none in both of Rubin's ids."""
    dia = clean.integer(leaves.get("diaSource.diaObjectId"), 0) or clean.integer(leaves.get("diaObject.diaObjectId"), 0)
    if designation is not None:
        return designation
    if dia is not None:
        return str(dia)
    sso = clean.integer(leaves.get("diaSource.ssObjectId"), 0)
    return f"ssObjectId {sso}" if sso is not None else f"diaSourceId {source}"


def _history(leaves: Leaves, source: int, mjd: float) -> list[tuple[float, str | None, float, float | None]]:
    """The earlier detections, each once: MJD UTC, band, flux and its error in nJy."""
    names = ("diaSourceId", "midpointMjdTai", "band", "psfFlux", "psfFluxErr")
    columns = [leaves.get(f"prvDiaSources[].{name}") for name in names]
    size = max(len(column or ()) for column in columns)  # a schema may lack any of them
    if not size:
        return []
    ids, tais, bands, fluxes, errors = (column or [None] * size for column in columns)
    rows = zip(ids, clean.numbers(tais), bands, clean.numbers(fluxes), clean.numbers(errors), strict=True)
    seen: set[int] = {source}
    detections = []
    for raw_id, tai, band, flux, error in rows:
        if tai is None or flux is None or (time := _utc(tai)) is None or time > mjd:
            continue
        row_id = clean.integer(raw_id, 0)
        if row_id is not None:
            if row_id in seen:
                continue  # Rubin sends some twice, from late association
            seen.add(row_id)
        detections.append((time, band, flux, error if error is not None and error > 0 else None))
    return detections


def _first(leaves: Leaves, history: list[tuple[float, str | None, float, float | None]]) -> float | None:
    """The first detection, MJD UTC: as Fink says, as Rubin says, or of the packet."""
    for leaf in ("misc.firstDiaSourceMjdTaiFink", "diaObject.firstDiaSourceMjdTai"):
        if (found := _utc(leaves.get(leaf))) is not None:
            return found
    return min((time for time, *_ in history), default=None)


def _point(row: Mapping[str, Any], kind: PointKind, is_current: bool) -> Point | None:
    """A record of a source or forced source as a point, or None where it holds no measurement."""
    mjd, band = _utc(row.get("midpointMjdTai")), clean.text(row.get("band"))
    flux, flux_err = clean.number(row.get("psfFlux")), _error(row.get("psfFluxErr"))
    if mjd is None or flux is None or band not in BANDS:
        return None
    mag, mag_err = photometry.flux_to_mag(abs(flux), flux_err) or (None, None)
    source = clean.integer(row.get("diaForcedSourceId" if kind is PointKind.FORCED else "diaSourceId"), 0)
    return Point(
        mjd,
        band,
        kind,
        mag,
        mag_err,
        flux,
        flux_err,
        is_current=is_current,
        source_id=str(source) if source else None,
        total_flux=clean.number(row.get("scienceFlux")),
        total_flux_err=_error(row.get("scienceFluxErr")),
    )
