"""What a light curve says in numbers: when it began, how bright it became, how fast it changes, which colour it has.

Magnitudes are AB, times MJD UTC, errors 1 sigma. A rate or a difference below zero is a brightening. Points of poor
quality, and what is fainter than the template, have no part in magnitudes.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from fink_tui.alerts import photometry
from fink_tui.alerts.row import Point, PointKind

BANDS = "ugrizy"
"""Bands, from blue to red."""

RATE_DAYS = 10.0
"""A rate is that of the last detections of a band within this many days of the newest of them."""

MIN_RATE_DAYS = 0.02
"""Detections that are all closer together, days, give no rate but noise (as in Fink's filter of fast risers)."""

PAIR_DAYS = 0.5
"""Two detections at most this many days apart make a colour."""

FRESH_DAYS = 3.0
"""A rate whose last detection is this much older than what it stands beside is told with its time: a band that is
observed rarely may have faded since."""

SANE_ERRORS = 1e-5, 1e3
"""Errors of magnitudes beyond these are none."""

LARGEST_MAG = 1e3
"""Magnitudes from here on are none."""

MEASURED_SNR = 3.0
"""Forced photometry from this signal to noise on counts as a detection where there is nothing else."""

COLOURS = (("g", "r"), ("r", "i"), ("g", "i"), ("i", "z"), ("u", "g"), ("r", "z"), ("z", "y"))
"""Pairs of bands of which the colour is told, the first that there is."""


class Measured(NamedTuple):
    """A detection that has a magnitude."""

    mjd: float
    band: str
    mag: float
    mag_err: float | None
    """Above zero, or None where it is not known."""


class LastLimit(NamedTuple):
    """The last upper limit before the first detection that was deep enough to have seen it."""

    mjd: float
    band: str
    mag: float
    """5 sigma limit; fainter than the first detection."""
    days: float
    """Days from it to the first detection that the packet holds."""


class Rate(NamedTuple):
    """The slope of a straight line through the last detections of a band."""

    band: str
    mag_per_day: float
    err: float | None
    """1 sigma; None for two detections of which one has no error."""
    n: int
    """Detections."""
    days: float
    """From the first of them to the last."""
    mjd: float
    """The last of them."""


class Rise(NamedTuple):
    """How fast it brightened at least between an upper limit and the first detection of the same band."""

    band: str
    mag_per_day: float
    """Below zero; the true mean rate was this or steeper."""
    limit: float
    """The 5 sigma limit, magnitude."""
    days: float
    """From the limit to the detection."""
    mjd: float
    """The detection."""


class Colour(NamedTuple):
    """The difference of two magnitudes, the bluer less the redder."""

    blue: str
    red: str
    mag: float
    err: float | None
    """None where one of the two has none."""
    mjd: float
    """The middle of the two times."""
    days: float
    """Days between the two."""


class Summary(NamedTuple):
    """What a light curve says."""

    counts: Mapping[str, int]
    """Detections in each band, from blue to red; negative ones too, those of poor quality not."""
    first_mjd: float | None
    """The object's first detection."""
    first_here_mjd: float | None
    """The first detection that the packet holds."""
    last_mjd: float | None
    """The last one."""
    last_limit: LastLimit | None
    brightest: Measured | None
    rates: tuple[Rate, ...]
    """Bands from blue to red."""
    rises: tuple[Rise, ...]
    """Of the bands where a limit says something, from blue to red."""
    colour: Colour | None
    """The newest of the first of `COLOURS` that there is within the days of a rate; else the newest of any."""

    def days_since_first(self, mjd: float) -> float | None:
        """Days from the object's first detection to a time."""
        return None if self.first_mjd is None else mjd - self.first_mjd


def _in_order(bands: Iterable[str]) -> list[str]:
    """Bands from blue to red, unknown ones last."""
    return sorted(set(bands), key=lambda band: (BANDS.find(band) % 99, band))


def measured(points: Iterable[Point]) -> list[Measured]:
    """The detections that have a magnitude, in order of time.

    Where there are none but forced photometry, that of a signal to noise of `MEASURED_SNR` or more.
    """
    several = list(points)
    chosen = [point for point in several if point.kind is PointKind.DETECTION]
    if not chosen:
        chosen = [
            point
            for point in several
            if point.kind is PointKind.FORCED
            and (snr := photometry.snr(point.flux, point.flux_err)) is not None
            and snr >= MEASURED_SNR
        ]
    low, high = SANE_ERRORS
    found = [
        Measured(point.mjd, point.band, point.mag, err if err is not None and low < err < high else None)
        for point in chosen
        if point.mag is not None
        and abs(point.mag) < LARGEST_MAG  # NaN is not
        and math.isfinite(point.mjd)
        and not point.is_negative
        for err in [point.mag_err]
    ]
    return sorted(found, key=lambda one: one.mjd)


def rate(detections: Sequence[Measured], days: float = RATE_DAYS) -> Rate | None:
    """The rate of change of one band over its last days, by a straight line of least squares.

    With weights w = 1 / sigma^2 and t' = t less its weighted mean, the slope is sum(w t' m) / sum(w t'^2), its error
    1 / sqrt(sum(w t'^2)) (Press et al., Numerical Recipes, section 15.2). Where three or more points scatter about the
    line by more than their errors allow, the error grows by sqrt(chi^2 / (n - 2)), as the Particle Data Group does:
    the slope of what is no straight line is less certain than the points. Where an error is not known, all count
    alike, and the error comes from the scatter.

    Args:
        detections: Of one band, in any order.
        days: How many, before the last detection.

    Returns:
        The rate, or None for less than two detections, or none that are `MIN_RATE_DAYS` apart.
    """
    last = max((one.mjd for one in detections), default=0.0)
    chosen = [one for one in detections if last - one.mjd <= days]
    span = last - min((one.mjd for one in chosen), default=last)
    if span < MIN_RATE_DAYS:
        return None
    errors = [one.mag_err for one in chosen if one.mag_err is not None]
    has_errors = len(errors) == len(chosen)
    weights = [1 / err**2 for err in errors] if has_errors else [1.0] * len(chosen)
    total = sum(weights)
    middle = sum(weight * (one.mjd - last) for weight, one in zip(weights, chosen, strict=True)) / total
    mean = sum(weight * one.mag for weight, one in zip(weights, chosen, strict=True)) / total
    weighted = [(weight, one.mjd - last - middle, one.mag - mean) for weight, one in zip(weights, chosen, strict=True)]
    spread = sum(weight * time**2 for weight, time, _ in weighted)
    slope = sum(weight * time * mag for weight, time, mag in weighted) / spread
    err: float | None = 1 / math.sqrt(spread) if has_errors else None
    if len(chosen) > 2:
        scatter = sum(weight * (mag - slope * time) ** 2 for weight, time, mag in weighted) / (len(chosen) - 2)
        by_scatter = math.sqrt(scatter / spread)
        err = max(err, by_scatter) if err is not None else by_scatter
    return Rate(chosen[0].band, slope, err, len(chosen), span, last)


def rise(points: Iterable[Point], band: str) -> Rise | None:
    """How fast a band brightened at least before its first detection, from the last limit that says so.

    (first magnitude - limit) / days between them (as ALeRCE's SN Hunter has it, with the other sign): the source was
    fainter than the limit, so the true rate is this or steeper. A limit that is not fainter than the detection by more
    than its error, or is less than `MIN_RATE_DAYS` before it, says nothing.
    """
    several = [point for point in points if point.band == band]
    first = next(iter(measured(several)), None)
    if first is None:
        return None
    limits = [
        (point.mjd, point.mag)
        for point in several
        if point.kind is PointKind.LIMIT
        and point.mag is not None
        and first.mag + (first.mag_err or 0.0) < point.mag < LARGEST_MAG
        and point.mjd <= first.mjd - MIN_RATE_DAYS
    ]
    if not limits or any(point.is_negative and point.mjd < first.mjd for point in several):
        return None
    mjd, limit = max(limits)
    return Rise(band, (first.mag - limit) / (first.mjd - mjd), limit, first.mjd - mjd, first.mjd)


def last_limit(points: Iterable[Point]) -> LastLimit | None:
    """The last limit of any band before the first detection, fainter than it: a cloudy night's says nothing."""
    several = list(points)
    first = next(iter(measured(several)), None)
    if first is None or any(
        point.mjd < first.mjd for point in several if point.kind in (PointKind.DETECTION, PointKind.BAD)
    ):
        return None
    limits = [
        (point.mjd, point.band, point.mag)
        for point in several
        if point.kind is PointKind.LIMIT
        and point.mag is not None
        and first.mag < point.mag < LARGEST_MAG
        and point.mjd < first.mjd
    ]
    if not limits:
        return None
    mjd, band, mag = max(limits)
    return LastLimit(mjd, band, mag, first.mjd - mjd)


def colours(detections: Iterable[Measured], blue: str, red: str) -> list[Colour]:
    """The colours of all pairs within `PAIR_DAYS`, in order of time; no detection is in two.

    Each pairs with the nearest of the other band, if it is the nearest of that one, too.
    """
    several = sorted(detections, key=lambda one: one.mjd)
    blues, reds = ([one for one in several if one.band == band] for band in (blue, red))
    times_of_blue, times_of_red = ([one.mjd for one in group] for group in (blues, reds))
    found = []
    for index, one in enumerate(blues):
        at = _nearest(times_of_red, one.mjd)
        if at is None or _nearest(times_of_blue, reds[at].mjd) != index or abs(reds[at].mjd - one.mjd) > PAIR_DAYS:
            continue
        other = reds[at]
        err = math.hypot(one.mag_err, other.mag_err) if one.mag_err and other.mag_err else None
        middle = (one.mjd + other.mjd) / 2
        found.append(Colour(blue, red, one.mag - other.mag, err, middle, abs(other.mjd - one.mjd)))
    return found


def _colour(detections: Sequence[Measured]) -> Colour | None:
    """The colour that is told: an old one only where there is no other."""
    newest = [pairs[-1] for blue, red in COLOURS if (pairs := colours(detections, blue, red))]
    recent = [colour for colour in newest if colour.mjd >= detections[-1].mjd - RATE_DAYS]
    return recent[0] if recent else max(newest, key=lambda colour: colour.mjd, default=None)


def _nearest(times: Sequence[float], time: float) -> int | None:
    """The index of the nearest of some times, which are in order; the earlier of two."""
    at = bisect_left(times, time)
    near = [index for index in (at - 1, at) if 0 <= index < len(times)]
    return min(near, key=lambda index: abs(times[index] - time)) if near else None


def summary(points: Iterable[Point], first_mjd: float | None = None) -> Summary:
    """What a light curve says.

    Args:
        points: Of one quantity (`quantity.select`), in any order.
        first_mjd: The object's first detection where the survey tells it: the packet's history may begin later.
    """
    several = list(points)
    known = measured(several)
    bands = _in_order(one.band for one in known)
    detections = [point for point in several if point.kind is PointKind.DETECTION]
    numbers = Counter(point.band for point in detections)
    times = [point.mjd for point in detections] or [one.mjd for one in known]
    first_here = min(times, default=None)
    rates: list[Rate] = []
    for band in bands:
        own = [one for one in known if one.band == band]
        last = own[-1].mjd
        # Below the template in between: magnitudes of the difference are no straight line through that.
        lows = [point.mjd for point in detections if point.band == band and point.is_negative]
        if (found := rate(own)) is not None and not any(mjd >= last - RATE_DAYS for mjd in lows):
            rates.append(found)
    return Summary(
        counts={band: numbers[band] for band in _in_order(numbers)},
        first_mjd=min((mjd for mjd in (first_mjd, first_here) if mjd is not None), default=None),
        first_here_mjd=first_here,
        last_mjd=max(times, default=None),
        last_limit=last_limit(several),
        brightest=min(known, key=lambda one: one.mag, default=None),
        rates=tuple(rates),
        rises=tuple(one for band in bands if (one := rise(several, band)) is not None),
        colour=_colour(known),
    )
