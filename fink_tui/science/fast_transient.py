"""Fast transient: how quickly it changes, from each detection to the next, beside 0.3 magnitudes a day."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

from fink_tui.alerts import photometry
from fink_tui.alerts.lightcurve import MIN_RATE_DAYS, measured
from fink_tui.alerts.quantity import Quantity, select
from fink_tui.alerts.row import PointKind
from fink_tui.alerts.text import NOTHING, age, signed
from fink_tui.science.reading import at, number, plain
from fink_tui.science.sheet import Dot, Evidence, Line, Plot, Sheet
from fink_tui.science.words import age_line, colour_line, err_text, rise_line, told
from fink_tui.sky.coordinates import galactic

FAST = 0.3
"""Magnitudes a day from which a change is fast (Andreoni et al. 2021, ApJ 918, 63; so in Fink's filters)."""

SURE_SIGMAS = 3.0
"""Errors by which a rate must be above `FAST` for the alert to be taken for a fast transient."""

NEW_DAYS = 1.0
"""Days before the alert's exposure in which a rate counts as that of now."""

SHOWN = 3.0
"""The plot's scale is no larger than this many times the fast rate, unless a sure rate is: one pair of a night with
large errors shall not flatten all others."""


class Pace(NamedTuple):
    """The change from one detection of a band to the next."""

    band: str
    mjd: float
    """The later of the two."""
    mag_per_day: float
    """Below zero: it brightens."""
    err: float | None
    """1 sigma; None where one of the two has none."""
    days: float
    """From the one to the other."""

    @property
    def sigmas(self) -> float | None:
        """By how many of its errors it is faster than `FAST`; below zero: slower."""
        return (abs(self.mag_per_day) - FAST) / self.err if self.err else None


def paces(evidence: Evidence) -> list[Pace]:
    """The changes between consecutive detections of each band, in order of time.

    (m2 - m1) / (t2 - t1), the error the two magnitudes' added in quadrature over the same time. Pairs closer than
    `MIN_RATE_DAYS` say nothing; across a detection below the template there is no rate in magnitudes.
    """
    points = select(evidence.points, Quantity.DIFFERENCE)
    known = measured(points)
    lows = [(point.band, point.mjd) for point in points if point.kind is PointKind.DETECTION and point.is_negative]
    found = []
    for band in sorted({one.band for one in known}):
        own = [one for one in known if one.band == band]
        earlier = own[0]
        for one in own[1:]:
            days = one.mjd - earlier.mjd
            if days < MIN_RATE_DAYS:
                continue
            if not any(other == band and earlier.mjd < mjd < one.mjd for other, mjd in lows):
                errors = one.mag_err, earlier.mag_err
                err = math.hypot(*errors) / days if None not in errors else None  # type: ignore[arg-type]
                found.append(Pace(band, one.mjd, (one.mag - earlier.mag) / days, err, days))
            earlier = one
    return sorted(found, key=lambda pace: pace.mjd)


def is_fast(evidence: Evidence) -> bool:
    """Whether the newest change of a band is surely a fast one."""
    newest = {pace.band: pace for pace in paces(evidence) if evidence.row.obs_mjd - pace.mjd <= NEW_DAYS}
    return any(pace.sigmas is not None and pace.sigmas > SURE_SIGMAS for pace in newest.values())


def fast_transient(evidence: Evidence) -> Sheet:
    """Rates over time, the limit before, Fink's own numbers."""
    found = paces(evidence)
    return Sheet(tuple(_lines(evidence, found)), _plot(evidence, found))


def _lines(evidence: Evidence, found: list[Pace]) -> Iterator[Line]:
    row, record = evidence.row, evidence.record
    curve = told(evidence)
    newest = {pace.band: pace for pace in found}
    if not newest:
        note = f"no band has two good detections {MIN_RATE_DAYS} d apart or more with no negative one between"
        yield Line("rate", NOTHING, note)
    for pace in sorted(newest.values(), key=lambda pace: -pace.mjd):
        yield Line(f"rate {pace.band}", *_pace_text(evidence, pace))
    yield _fink(evidence)
    if (rise := rise_line(curve, evidence.now)) is not None:
        yield rise
    yield age_line(curve, evidence.now)
    sure = [pace for pace in found if pace.sigmas is not None]
    if len(sure) > len(newest):
        yield Line(
            "steepest", *_pace_text(evidence, max(sure, key=lambda pace: abs(pace.mag_per_day) - (pace.err or 0)))
        )
    yield colour_line(curve, evidence.now)
    if row.rf_kn_vs_nonkn is not None:
        yield Line("kilonova", plain(row.rf_kn_vs_nonkn), "random forest; candidate above 0.5")
    if math.isfinite(row.ra) and math.isfinite(row.dec):
        latitude = galactic(row.ra, row.dec)[1]
        yield Line(
            "plane", f"b {latitude:+.1f}°", "Fink's fast transients: |b| > 10" if abs(latitude) <= 10 else "clear of it"
        )
    if row.sso_distance is not None and row.survey == "ztf":
        note = "a known asteroid is near: Fink asks for more than 10" if 0 <= row.sso_distance <= 10 else ""
        yield Line("asteroid", f'{row.sso_distance:.1f}" away', note)
    hostless = [number(record, f"clf.elephant_kstest_{name}") for name in ("science", "template")]
    if any(value is not None for value in hostless):
        yield Line("hostless", "  ".join(plain(value) for value in hostless), "ELEPHANT on science and template image")


def _pace_text(evidence: Evidence, pace: Pace) -> tuple[str, str]:
    value = f"{signed(pace.mag_per_day)}{err_text(pace.err)} mag/d"
    when = f"over {age(pace.days * 86400)}, {age((evidence.now - pace.mjd) * 86400)} ago"
    if pace.sigmas is None:
        return value, f"{when}; no error is known"
    if abs(pace.mag_per_day) <= FAST:
        return value, f"below {FAST}; {when}"
    return value, f"above {FAST} by {pace.sigmas:.1f} sigma; {when}"


def _fink(evidence: Evidence) -> Line:
    """Fink's own rate: against the last measurement of the band, be it a limit."""
    record = evidence.record
    rate, err = number(record, "mag_rate"), number(record, "sigma_rate")
    if rate is None:
        return Line("Fink's rate", NOTHING, "none in this alert")
    low, high = number(record, "lower_rate"), number(record, "upper_rate")
    span = f"between {signed(low)} and {signed(high)}" if low is not None and high is not None else ""
    days = number(record, "delta_time")
    since = f"over {age(days * 86400)}" if days is not None else ""
    if days is not None and days < MIN_RATE_DAYS:
        since += ": too short, noise"
    source = "from an upper limit" if at(record, "from_upper") is True else ""
    if evidence.row.is_positive is False:  # Fink takes magnitudes without their sign
        source = ", ".join(filter(None, ("of the deficit (below zero: it fades)", source)))
    return Line(
        "Fink's rate",
        f"{signed(rate)}{err_text(err if err is not None and err > 0 else None)} mag/d",
        ", ".join(word for word in (source, since, span) if word),
    )


def _plot(evidence: Evidence, found: list[Pace]) -> Plot | None:
    if not found:
        return None
    reach = max(
        [SHOWN * FAST] + [abs(pace.mag_per_day) for pace in found if pace.err and abs(pace.mag_per_day) > 3 * pace.err]
    )
    dots = tuple(
        Dot(pace.mjd - evidence.now, pace.mag_per_day, pace.err, pace.band)
        for pace in found
        if abs(pace.mag_per_day) <= reach and abs(pace.mag_per_day) < photometry.LARGEST
    )
    left = len(found) - len(dots)
    title = "rate, mag/d; up: brightens" + (f"; {left} uncertain beyond {reach:.1f} not drawn" if left else "")
    return Plot(title, "days from now", dots, is_down=True, levels=(-FAST, FAST)) if len(dots) > 1 else None
