"""Fink's multi-messenger alerts: a ZTF detection that may belong to a gamma-ray burst or gravitational waves.

They are recognised by `triggerId` and `ztf_ra`. Fink writes them flat, without a history, stamps or a magnitude: what
is known of the brightness is its change (`delta_mag`, `rate`). The trigger's fields are `gcn_*` and `p_assoc`, in older
schemas `grb_*`; both are read. (Fink_MM, `conf/fink_mm_schema_version_1.3.avsc` and its README.)
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from fink_tui.alerts import clean, photometry
from fink_tui.alerts.labels import mma_label
from fink_tui.alerts.row import AlertRow, Point
from fink_tui.alerts.survey import Leaves, RowError, Survey
from fink_tui.alerts.text import MJD_EPOCH, age, angle, safe_filename, utc
from fink_tui.alerts.ztf import BANDS, NONE
from fink_tui.sky.coordinates import separation

NOTICE = ("gcn_ra", "gcn_dec", "gcn_loc_error", "p_assoc")
"""What Fink_MM's newer schema calls the place of the trigger and the chance of the association."""

OLD_NOTICE = {"gcn_ra": "grb_ra", "gcn_dec": "grb_dec", "gcn_loc_error": "grb_loc_error", "p_assoc": "grb_proba"}
"""What the older one called them."""


WAVES = ("LVK", "LIGO", "VIRGO", "KAGRA")
"""Observatories of gravitational waves: there, `p_assoc` is a density of the sky map, and `gcn_loc_error` an area."""

MOST_CHANCE = 0.5
"""Fink_MM sends the chance of a coincidence, newer ones one less it: above this it is taken for the latter."""


class Mma(Survey):
    """ZTF detections within the time and place of a trigger of another messenger."""

    name = "mma"
    title = "GRB/GW"
    history_days = 30.0
    flux_first = False
    leaves = (
        *("objectId", "ztf_ra", "ztf_dec", "fid", "jdstarthist", "rb", "jd", "instrument", "event", "observatory"),
        *("triggerId", "triggerTimeUTC", "fink_class", "delta_mag", "rate", "from_upper", "nalerthist"),
        *(*NOTICE, *OLD_NOTICE.values()),
        *("cdsxmatch", "DR3Name", "Plx", "e_Plx", "gcvs", "vsx", "x3hsp", "x4lac", "roid"),
        *("rf_snia_vs_nonia", "snn_snia_vs_nonia", "snn_sn_vs_all", "mulens", "rf_kn_vs_nonkn", "anomaly_score"),
    )

    def recognises(self, fields: Collection[str]) -> bool:
        """Whether a schema with these top-level fields is of multi-messenger alerts."""
        return "triggerId" in fields and "ztf_ra" in fields

    def row(self, leaves: Leaves) -> AlertRow:
        """The row of a multi-messenger alert.

        Raises:
            RowError: The alert has no id, no trigger, no time or no place that makes sense.
        """
        object_id, trigger = clean.text(leaves.get("objectId")), clean.text(leaves.get("triggerId"))
        jd = clean.number(leaves.get("jd"))
        mjd = clean.mjd(photometry.jd_to_mjd(jd)) if jd is not None else None
        place = clean.place(leaves.get("ztf_ra"), leaves.get("ztf_dec"))
        if object_id is None:
            raise RowError("it has no objectId")
        if trigger is None:
            raise RowError("it has no triggerId")
        if jd is None or mjd is None:
            raise RowError("it has no time of observation that makes sense")
        if place is None:
            raise RowError("it has no place on the sky that makes sense")

        def number(field: str) -> float | None:
            return clean.number(leaves.get(field), NONE)

        def notice(field: str) -> float | None:
            found = number(field)
            return found if found is not None else number(OLD_NOTICE[field])

        centre = clean.place(notice("gcn_ra"), notice("gcn_dec"))
        error, chance, rate = notice("gcn_loc_error"), notice("p_assoc"), number("rate")
        names = [text for field in ("observatory", "instrument", "event") if (text := clean.text(leaves.get(field)))]
        start = number("jdstarthist")
        label, reason = mma_label(leaves)
        # A change from an upper limit is at least that: it is no change from one detection to the next.
        change = number("delta_mag") if leaves.get("from_upper") in (0.0, False) else None
        return AlertRow(
            survey=self.name,
            alert_id=alert_id(object_id, trigger, jd, centre, error),
            object_id=object_id,
            label=label,
            label_reason=reason,
            ra=place[0],
            dec=place[1],
            obs_mjd=mjd,
            band=BANDS.get(clean.integer(leaves.get("fid")) or 0),
            mag=None,
            mag_err=None,
            flux=None,
            flux_err=None,
            is_positive=None,
            limit_mag=None,
            snr=None,
            real_bogus=number("rb"),
            rb=number("rb"),
            drb=None,
            n_detections=max(clean.integer(leaves.get("nalerthist"), -999) or 1, 1),
            n_history=0,
            n_limits=0,
            first_mjd=clean.mjd(photometry.jd_to_mjd(start)) if start is not None else None,
            mag_change=change,
            mag_change_err=None,
            mag_change_days=_days(change, rate),
            sparkline="",
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
            tns_type=None,
            tns_redshift=None,
            gaia_name=clean.text(leaves.get("DR3Name")),
            gaia_plx=number("Plx"),
            gaia_plx_err=number("e_Plx"),
            vsx_type=clean.text(leaves.get("vsx")),
            gcvs_type=clean.text(leaves.get("gcvs")),
            x3hsp=clean.text(leaves.get("x3hsp")),
            x4lac=clean.text(leaves.get("x4lac")),
            spicy_class=None,
            host_name=None,
            host_distance=None,
            sso_name=None,
            sso_distance=None,
            roid=clean.integer(leaves.get("roid")),
            distnr=None,
            magnr=None,
            sgscore1=None,
            distpsnr1=None,
            neargaia=None,
            maggaia=None,
            classtar=None,
            nbad=None,
            exposure_id=None,
            mag_rate=rate,
            trigger_id=trigger,
            trigger_by=" ".join(names) or None,
            trigger_mjd=_utc(leaves.get("triggerTimeUTC")),
            trigger_offset=separation(*place, *centre) if centre is not None else None,
            trigger_error=error / 60
            if error is not None and error > 0 and not is_wave(leaves.get("observatory"))
            else None,
            p_assoc=chance if chance is not None and chance >= 0 else None,
        )

    def points(self, record: Mapping[str, Any]) -> list[Point]:
        """Nothing: the packet holds no magnitude."""
        return []

    def detection(self, row: AlertRow) -> Point | None:
        """None: the packet holds no magnitude."""
        return None

    def tags(self, row: AlertRow) -> dict[str, str]:
        """The trigger, and how well the alert agrees with it."""
        found = {
            "trigger_id": row.trigger_id,
            "trigger_by": row.trigger_by,
            "trigger_time": f"{utc(row.trigger_mjd)} UTC" if row.trigger_mjd is not None else None,
            "trigger_offset_deg": _short(row.trigger_offset),
            "trigger_error_deg": _short(row.trigger_error),
            "p_assoc": _short(row.p_assoc),
            "mag_rate": _short(row.mag_rate),
        }
        return {name: value for name, value in found.items() if value is not None}

    def file_stem(self, row: AlertRow) -> str:
        """`<objectId>_<triggerId>`, as fink-client has it, and what tells its alerts of one object and trigger apart.

        fink-client overwrites the first with the second.
        """
        return safe_filename(row.alert_id)


def association(row: AlertRow) -> str:
    """Who saw the trigger of a GRB/GW alert, and how the alert agrees with it, in a line; "" for another alert.

    Args:
        row: The alert's row.
    """
    if row.trigger_id is None:
        return ""
    said = row.trigger_by or "the trigger"
    if row.trigger_mjd is not None:
        since = row.obs_mjd - row.trigger_mjd
        said = f"{age(abs(since) * 86400)} {'after' if since >= 0 else 'before'} {said}"
    if row.trigger_offset is not None:
        said += f", {angle(row.trigger_offset)} off"
    if row.trigger_error is not None:
        said += f" (region {angle(row.trigger_error)})"
    if row.p_assoc is None:
        return said
    # 0 is a chance too small for a number from older Fink_MM, and sheer accident from newer ones.
    if is_wave(row.trigger_by) or row.p_assoc == 0 or 0.01 <= 1 - row.p_assoc < 1 - MOST_CHANCE:
        return f"{said}, p_assoc {row.p_assoc:.2g}"
    return f"{said}, chance {row.p_assoc if row.p_assoc <= MOST_CHANCE else 1 - row.p_assoc:.1g}"


def is_wave(observatory: object) -> bool:
    """Whether an observatory, or what begins with its name, is one of gravitational waves."""
    return isinstance(observatory, str) and observatory.strip().upper().startswith(WAVES)


def alert_id(object_id: str, trigger: str, jd: float, centre: tuple[float, float] | None, error: float | None) -> str:
    """What names one alert: object, trigger, exposure, and a mark of the notice.

    `candid` cannot: Fink casts it to 32 bits. A trigger has several notices, ever better ones, and the same detection
    comes again for each; the same on several topics it is one alert.

    Args:
        object_id: ZTF's name of the object.
        trigger: The trigger's number.
        jd: When the exposure began.
        centre: Right ascension and declination of the trigger, degrees, if they are known.
        error: How well they are known, arcmin.
    """
    notice = f"{centre and (round(centre[0], 4), round(centre[1], 4))} {error and round(error, 3)}"
    return f"{object_id}_{trigger}_{jd:.5f}_{hashlib.sha256(notice.encode()).hexdigest()[:6]}"


def _short(value: float | None) -> str | None:
    """Four digits of a number, however small."""
    return None if value is None else f"{value:.4g}"


def _days(change: float | None, rate: float | None) -> float | None:
    """Days in which that change makes that rate, magnitudes a day; None where they do not fit."""
    if change is None or not rate:
        return None
    days = change / rate
    return days if 0 < days < 1e5 else None


def _utc(value: object) -> float | None:
    """A time that Fink writes as text, UTC, as MJD."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    if moment.tzinfo is not None:
        try:
            moment = moment.astimezone(UTC).replace(tzinfo=None)
        except OverflowError:
            return None
    return clean.mjd((moment - MJD_EPOCH) / timedelta(days=1))
