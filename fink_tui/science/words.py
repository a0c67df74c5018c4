"""What several sciences say of a light curve, in the same words."""

from __future__ import annotations

from collections.abc import Sequence

from fink_tui.alerts.lightcurve import FRESH_DAYS, Colour, Measured, Rate, Summary, measured, summary
from fink_tui.alerts.quantity import Quantity, select
from fink_tui.alerts.text import NOTHING, age, magnitude, signed
from fink_tui.science.sheet import Evidence, Line

FINE = 0.01
"""Error of a rate, mag/d, below which it has a digit more."""

DIFFERENCE = "of the difference"
"""What most numbers are of."""

SURE = 2.0
"""Errors from which on a change is one."""


def told(evidence: Evidence) -> Summary:
    """What the light curve of the difference says."""
    return summary(select(evidence.points, Quantity.DIFFERENCE), evidence.row.first_mjd)


def told_of_source(evidence: Evidence) -> tuple[Summary, str]:
    """What the light curve of the source itself says, for what is always there; else that of the difference.

    Returns:
        It, and of what it is.
    """
    total = select(evidence.points, Quantity.TOTAL)
    if not measured(total):
        return told(evidence), DIFFERENCE
    return summary(total, evidence.row.first_mjd), "of the source itself"


def err_text(err: float | None, places: int = 2) -> str:
    """An error, with its sign; blank where there is none."""
    return f"±{err:.{places}f}" if err is not None else ""


def rate_text(rate: Rate) -> str:
    """A band's rate: `r -0.12±0.02`."""
    places = 3 if rate.err is not None and rate.err < FINE else 2
    return f"{rate.band} {signed(rate.mag_per_day, places)}{err_text(rate.err, places)}"


def trend(rates: Sequence[Rate]) -> str:
    """What the rates of all bands say together."""
    sure = [rate for rate in rates if rate.err is not None and abs(rate.mag_per_day) > SURE * rate.err]
    if not rates:
        return ""
    if not sure:
        return "no sure change"
    rising = [rate.band for rate in sure if rate.mag_per_day < 0]
    fading = [rate.band for rate in sure if rate.mag_per_day > 0]
    if rising and fading:
        return f"brightens in {' '.join(rising)}, fades in {' '.join(fading)}"
    return "brightens" if rising else "fades"


def rate_line(found: Summary, now: float, of: str = "") -> Line:
    """The rates of all bands, and when that was where it is not of late."""
    if not found.rates:
        return Line("rate", NOTHING, "no band has two good detections in its last 10 d, none of them negative")
    last = found.last_mjd if found.last_mjd is not None else max(rate.mjd for rate in found.rates)
    fresh = [rate for rate in found.rates if last - rate.mjd <= FRESH_DAYS]
    when = f", {age((now - last) * 86400)} ago" if now - last > FRESH_DAYS else ""
    said = f"{trend(fresh)}; last {age(max(rate.days for rate in fresh) * 86400)}" if fresh else "of earlier days only"
    said += when
    rates = [
        rate_text(rate) + ("" if rate in fresh else f" ({age((last - rate.mjd) * 86400)} earlier)")
        for rate in sorted(found.rates, key=lambda rate: rate not in fresh)
    ]
    return Line("rate", "  ".join(rates) + " mag/d", said + (f"; {of}" if of else ""))


def rise_line(found: Summary, now: float) -> Line | None:
    """How steeply it rose from the last limit, at least, and when; None where no limit says so."""
    if not found.rises:
        return None
    steepest = min(found.rises, key=lambda rise: rise.mag_per_day)
    value = f"{steepest.band} {signed(steepest.mag_per_day)} mag/d or steeper"
    band, days = steepest.band, age(steepest.days * 86400)
    note = f"from the limit {steepest.limit:.2f} to the first detection in {band} here, {days}"
    if now - steepest.mjd > FRESH_DAYS:
        note += f"; {age((now - steepest.mjd) * 86400)} ago"
    return Line("rise", value, note)


def colour_text(colour: Colour) -> str:
    """A colour: `g-r +0.32±0.07`."""
    return f"{colour.blue}-{colour.red} {signed(colour.mag)}{err_text(colour.err)}"


def colour_line(found: Summary, now: float, of: str = DIFFERENCE) -> Line:
    """The newest colour."""
    if found.colour is None:
        return Line("colour", NOTHING, "no two bands with good, positive detections within half a day")
    ago, apart = age((now - found.colour.mjd) * 86400), age(found.colour.days * 86400)
    return Line("colour", colour_text(found.colour), f"{ago} ago, the two {apart} apart; {of}")


def age_line(found: Summary, now: float) -> Line:
    """How old it is: since its first detection, since it was last not seen."""
    days = found.days_since_first(now)
    if days is None:
        return Line("age", NOTHING, "no detection whose time is known")
    limit = found.last_limit
    assert found.first_mjd is not None
    if limit is not None and limit.mjd >= found.first_mjd:  # it was there before what is known here begins
        note = "seen before the light curve here begins: its limits say nothing of the start"
        return Line("age", f"{age(days * 86400)} since first detection", note)
    if limit is None:
        return Line("age", f"{age(days * 86400)} since first detection", "no deeper non-detection before it here")
    note = f"{limit.band} > {limit.mag:.2f}, {age(limit.days * 86400)} before the first detection here"
    since = age((now - limit.mjd) * 86400)
    return Line("age", f"{age(days * 86400)} since first, {since} since last not seen", note)


def peak_line(evidence: Evidence, found: Summary) -> Line:
    """How bright it became, and whether that is past."""
    if found.brightest is None:
        return Line("brightest", NOTHING, "no good detection above the template")
    peak = found.brightest
    value = f"{peak.band} {magnitude(peak.mag, peak.mag_err)}, {age((evidence.now - peak.mjd) * 86400)} ago"
    own = [one for one in _good(evidence) if one.band == peak.band]
    last = own[-1]
    if last.mjd <= peak.mjd:
        return Line("brightest", value, f"the newest in {peak.band}: not yet past its peak, or at it")
    return Line("brightest", value, f"{signed(last.mag - peak.mag)} mag since, in {age((last.mjd - peak.mjd) * 86400)}")


def _good(evidence: Evidence) -> list[Measured]:
    return measured(select(evidence.points, Quantity.DIFFERENCE))
