"""GRB, neutrino or gravitational wave: does the optical transient belong to the trigger?"""

from __future__ import annotations

import math
from collections.abc import Iterator
from statistics import NormalDist

from fink_tui.alerts.text import NOTHING, age, angle, signed, utc
from fink_tui.science.reading import at, first, number, plain, text
from fink_tui.science.sheet import Evidence, Line, Sheet

FAST_RATE = 0.3
"""Magnitudes a day, either way, above which Fink calls a counterpart gold (fink-filters, `filter_mm_module`)."""

SILVER = 5.733e-7
"""Chance below which Fink calls it silver: 5 sigma, two-sided (ibid.)."""

NEARLY = 0.5
"""Fink_MM once sent the chance of a coincidence and now sends one less it: below this it is taken for the former."""

CREDIBLE = 0.9
"""Probability within the region of a gravitational wave whose area Fink_MM sends."""

WAVES = ("LVK", "LIGO", "VIRGO", "KAGRA")
"""Observatories of gravitational waves."""


def multi_messenger(evidence: Evidence) -> Sheet:
    """Trigger, association, offsets in place and time, rate."""
    if evidence.row.trigger_id is None:
        return Sheet((Line("trigger", NOTHING, "this alert came with no trigger"),))
    return Sheet(tuple(_lines(evidence)))


def sigmas(chance: float) -> float:
    """A chance as the number of standard deviations that a normal variable is away with it, either way.

    Args:
        chance: Above 0, up to 1.
    """
    return -NormalDist().inv_cdf(chance / 2)


def _lines(evidence: Evidence) -> Iterator[Line]:
    row, record = evidence.row, evidence.record
    is_wave = any(word in WAVES for word in (row.trigger_by or "").upper().split())
    yield Line("trigger", f"{row.trigger_by or ''} {row.trigger_id}".strip())
    yield _in_place(evidence, is_wave)
    yield _in_time("detected", row.obs_mjd, row.trigger_mjd, "this detection, before the trigger")
    yield _in_time("first seen", row.first_mjd, row.trigger_mjd, "before the trigger: no afterglow of it")
    yield _density(evidence) if is_wave else _chance(evidence)
    yield _rate(evidence)
    yield Line("triggered", f"{utc(row.trigger_mjd)} UTC" if row.trigger_mjd is not None else NOTHING)
    yield Line("class", text(record, "fink_class") or row.label, "Fink's, at the time")
    yield Line("real/bogus", plain(row.rb), "Fink's bronze from 0.7, gold from 0.9" if row.rb is not None else "")
    apart = number(record, "diff_vartime")
    if apart:
        yield Line("varied", f"{age(apart * 86400)} later", "the packet's first detection, after ZTF's own first one")


def _sent(evidence: Evidence) -> float | None:
    """What the alert gives as the probability of the association; Fink_MM's name for it has changed."""
    return first((number(evidence.record, "p_assoc"), number(evidence.record, "grb_proba"), evidence.row.p_assoc))


def _chance(evidence: Evidence) -> Line:
    """The chance of a coincidence in place and time."""
    sent = _sent(evidence)
    if sent is None:
        return Line("chance", NOTHING, "no probability in the alert")
    if sent < 0:
        return Line("chance", NOTHING, "not computed: first seen before the trigger, or outside 1.5 times its error")
    if sent > 1:
        return Line("chance", plain(sent, 0), "as sent; no probability")
    if sent == 0:
        return Line(
            "chance", "sent as 0", "by older Fink_MM: below 1e-16; by newer, one less the chance: mere accident"
        )
    if sent <= NEARLY:
        grade = "silver: 5 sigma" if sent < SILVER else "Fink's silver is from 5 sigma"
        return Line("chance", f"{sent:.1e}, {sigmas(sent):.1f} sigma", f"of an accident in place and time; {grade}")
    chance = 1 - sent
    value = f"sent as 1 - {chance:.1e}" if chance < 0.01 else f"sent as {sent:.3f}"
    meant = f"{sigmas(chance):.1f} sigma" if chance > 0 else "certain"
    return Line("chance", value, f"{meant}, if one less the chance, as newer Fink_MM sends; by older: mere accident")


def _density(evidence: Evidence) -> Line:
    """How probable the place is by the sky map of a gravitational wave."""
    sent, area = _sent(evidence), number(evidence.record, "gcn_loc_error")
    if sent is None or sent < 0:
        return Line("sky map", NOTHING, "no probability in the alert")
    if area is None or area <= 0:
        return Line("sky map", f"{sent:.2g} per square degree", "probability density here")
    ratio = sent * (area / 3600) / CREDIBLE
    return Line("sky map", f"{sent:.2g} per square degree", f"{ratio:.2g} times the mean of its {CREDIBLE:.0%} region")


def _in_place(evidence: Evidence, is_wave: bool) -> Line:
    """How far the transient is from the trigger's place, in degrees and in errors of it."""
    row = evidence.row
    if row.trigger_offset is None:
        return Line("in place", NOTHING, "the trigger's place is not known")
    if is_wave:
        area = number(evidence.record, "gcn_loc_error")  # of a wave it is an area, square minutes of arc
        size = f"; its {CREDIBLE:.0%} region has {plain(area / 3600, 0)} square degrees" if area and area > 0 else ""
        return Line("in place", angle(row.trigger_offset), f"from the most probable place{size}")
    if row.trigger_error is None or row.trigger_error <= 0:
        return Line("in place", angle(row.trigger_offset), "from the trigger's place, whose error is not known")
    ratio = row.trigger_offset / row.trigger_error
    note = f"error radius {angle(row.trigger_error)}" + (": outside it" if ratio > 1 else "")
    return Line("in place", f"{angle(row.trigger_offset)} = {ratio:.2f} errors", note)


def _in_time(label: str, mjd: float | None, trigger: float | None, when_before: str) -> Line:
    """How long after the trigger something was."""
    if trigger is None:
        return Line(label, NOTHING, "the time of the trigger is not known")
    if mjd is None or not math.isfinite(mjd):
        return Line(label, NOTHING)
    days = mjd - trigger
    if days < 0:
        return Line(label, f"{age(-days * 86400)} before it", when_before)
    return Line(label, f"{age(days * 86400)} after it", f"MJD {mjd:.5f}")


def _rate(evidence: Evidence) -> Line:
    """How quickly it changes, by Fink."""
    record = evidence.record
    rate, change = first((number(record, "rate"), evidence.row.mag_rate)), number(record, "delta_mag")
    if rate is None:
        return Line("rate", NOTHING, "nothing before it in its band")
    from_limit = at(record, "from_upper") in (1.0, True)
    if from_limit and rate >= 0:
        return Line("rate", f"{signed(rate)} mag/d", "fainter than the last upper limit: neither a rise nor a fading")
    trend = "brightens" if rate < 0 else "fades"
    fast = f"faster than {FAST_RATE}" if abs(rate) > FAST_RATE else f"slower than {FAST_RATE}"
    since = "upper limit: a bound, no measurement" if from_limit else "detection"
    by = f", {signed(change)} mag" if change is not None else ""
    return Line("rate", f"{signed(rate)} mag/d, {trend}", f"{fast}{by} since the last {since}")
