"""GRB, neutrino or gravitational wave: does the optical transient belong to the trigger?"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime
from statistics import NormalDist

from fink_tui.alerts import clean, photometry
from fink_tui.alerts.text import NOTHING, age, signed, utc
from fink_tui.science.reading import Record, first, number, plain, text
from fink_tui.science.sheet import Evidence, Line, Sheet
from fink_tui.sky.coordinates import separation
from fink_tui.sky.night import unix_to_mjd

ARCMIN = 60.0
"""Minutes of arc in a degree: localisation errors are sent in the former (fink-mm, `observatory.py`)."""

FAST_RATE = 0.3
"""Magnitudes a day from which Fink's gold sample takes a fading source (fink-filters, `filter_mm_module`)."""

REACH = 1.5
"""Localisation errors within which fink-mm looks for counterparts."""


def multi_messenger(evidence: Evidence) -> Sheet:
    """Trigger, association, offsets in place and time, rate."""
    record = evidence.record
    trigger = text(record, "triggerId")
    if trigger is None and text(record, "observatory") is None:
        return Sheet((Line("trigger", NOTHING, "this alert is not tied to a trigger"),))
    return Sheet(tuple(_lines(evidence)))


def trigger_mjd(record: Record) -> float | None:
    """The time of the trigger, MJD, UTC: it is sent as text."""
    written = record.get("triggerTimeUTC")
    if not isinstance(written, str):
        return None
    try:
        moment = datetime.fromisoformat(written.strip())
    except ValueError:
        return None
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    return clean.mjd(unix_to_mjd(moment.timestamp()))


def place_of_trigger(record: Record) -> tuple[float, float] | None:
    """The trigger's most probable place, degrees; it was called `grb_*` once."""
    return clean.place(record.get("gcn_ra"), record.get("gcn_dec")) or clean.place(
        record.get("grb_ra"), record.get("grb_dec")
    )


def localisation_error(record: Record) -> float | None:
    """Radius of the trigger's localisation, degrees."""
    found = first((number(record, "gcn_loc_error"), number(record, "grb_loc_error")))
    return found / ARCMIN if found is not None and found > 0 else None


def _lines(evidence: Evidence) -> Iterator[Line]:
    row, record = evidence.row, evidence.record
    observatory, instrument = text(record, "observatory"), text(record, "instrument")
    named = " ".join(word for word in (observatory, instrument, text(record, "triggerId")) if word)
    yield Line("trigger", named, text(record, "event") or "")
    is_wave = (observatory or "").upper() in ("LVK", "LIGO", "VIRGO", "KAGRA")
    yield _association(record, is_wave)
    yield _in_place(evidence, is_wave)
    time = trigger_mjd(record)
    yield Line("triggered", f"{utc(time)} UTC" if time is not None else NOTHING)
    yield _in_time("this detection", row.obs_mjd, time, "")
    start = number(record, "jdstarthist")
    began = row.first_mjd if row.first_mjd is not None else clean.mjd(photometry.jd_to_mjd(start)) if start else None
    yield _in_time("first detection", began, time, "before the trigger: no afterglow of it" if time else "")
    yield _rate(record)
    yield Line("class", text(record, "fink_class") or row.label, "Fink's, at the time")
    real = number(record, "rb")
    yield Line("real/bogus", plain(real), "bronze from 0.7, gold from 0.9" if real is not None else "")


def _association(record: Record, is_wave: bool) -> Line:
    """The probability that the two belong together."""
    found = first((number(record, "p_assoc"), number(record, "grb_proba")))
    if found is None:
        return Line("association", NOTHING)
    if found < 0:
        return Line(
            "association", plain(found, 0), f"none: not after the trigger, or beyond {REACH} errors of its place"
        )
    if is_wave or not 0 < found < 1:
        return Line("association", plain(found, 4), "probability by the sky map" if is_wave else "")
    sigma = NormalDist().inv_cdf((1 + found) / 2)
    missing = f"1 - {1 - found:.1e}" if found > 0.999 else plain(found, 4)
    return Line("association", missing, f"no chance coincidence at {sigma:.1f} sigma; Fink's silver begins at 5")


def _in_place(evidence: Evidence, is_wave: bool) -> Line:
    """How far the transient is from the trigger's place, in degrees and in errors of it."""
    row, place = evidence.row, place_of_trigger(evidence.record)
    if place is None or clean.place(row.ra, row.dec) is None:
        return Line("in place", NOTHING, "the trigger's place is not known")
    apart, error = separation(row.ra, row.dec, *place), localisation_error(evidence.record)
    written = f"{apart:.2f}°" if apart >= 0.1 else f'{apart * 3600:.1f}"'
    if error is None:
        return Line("in place", written, "from the most probable place; its error is not known")
    size = f"{error:.2f}°" if error >= 0.1 else f'{error * 3600:.1f}"'
    note = "a sky map is no circle: this is its most probable place" if is_wave else f"error radius {size}"
    return Line("in place", f"{written} = {apart / error:.2f} errors", note)


def _in_time(label: str, mjd: float | None, trigger: float | None, when_before: str) -> Line:
    """How long after the trigger something was."""
    if mjd is None or trigger is None or not math.isfinite(mjd):
        return Line(label, NOTHING, "" if trigger is not None else "the time of the trigger is not known")
    days = mjd - trigger
    if days < 0:
        return Line(label, f"{age(-days * 86400)} before", when_before)
    return Line(label, f"{age(days * 86400)} after", f"MJD {mjd:.4f}")


def _rate(record: Record) -> Line:
    """How quickly it changes, by Fink."""
    rate, change = number(record, "rate"), number(record, "delta_mag")
    if rate is None:
        return Line("rate", NOTHING, "seen once in its band" if change is not None else "")
    from_limit = bool(number(record, "from_upper"))
    trend = "brightens" if rate < 0 else "fades" + (": gold" if rate > FAST_RATE else "")
    since = "last upper limit: a lower bound" if from_limit else "last detection"
    return Line("rate", f"{signed(rate)} mag/d, {trend}", f"{signed(change)} mag since the {since}")
