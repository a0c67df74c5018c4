"""The period of a light curve: what is asked of a search, what it answers, and how it is folded.

The search itself is `period_worker`, in a process of its own; here is nothing that takes time or needs astropy.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from importlib.util import find_spec

import msgspec

from fink_tui.alerts.lightcurve import BANDS
from fink_tui.alerts.row import Point, PointKind

SHORTEST = 0.05
"""Shortest period that is sought unless told otherwise, days: 72 minutes, below RR Lyrae stars, contact binaries and
most delta Scuti stars; the ZTF portal begins at 0.1."""

LONGEST = 1000.0
"""Longest period that is sought unless told otherwise, days."""

TYPED = 1e-4, 1e5
"""The least and the greatest period that may be typed, days; as in the light curve."""

CYCLES = 2.0
"""A period is sought only if the points span it this often."""

OVERSAMPLING = 10
"""Frequencies tried in the width of a peak, 1 / span."""

MOST_FREQUENCIES = 2_000_000
"""Frequencies that a search may try: some ten seconds of work, and 16 MB a band."""

MOST_POINTS = 20_000
"""Points that a search may take."""

LEAST_POINTS = 6
"""Points without which a band has no say: a sine with a mean has three unknowns, and fits four points always."""

GUESS_POINTS = 30
"""Points in the best band below which no false alarm is told: any period fits."""

SAME_TIME = 1.0 / 86400
"""Measurements of a band that are nearer in time, days, are of one exposure."""

LACKING = "A period search needs astropy, which is not installed: pip install 'fink-tui[period]' brings it."
"""What to tell where it cannot be done."""


class PeriodError(ValueError):
    """No search can be made, or it came to nothing; the text says why, and what to do, in a sentence."""


class Sample(msgspec.Struct, frozen=True, array_like=True):
    """A measured flux."""

    mjd: float
    band: str
    flux: float
    """nJy, of the source or of the difference: a constant makes no difference to its period."""
    err: float
    """Its error, above zero."""


class Request(msgspec.Struct, frozen=True):
    """What a search is to do."""

    samples: list[Sample]
    shortest: float
    """Days."""
    longest: float
    """Days."""


class Progress(msgspec.Struct, frozen=True, tag=True):
    """How far a search is."""

    done: int
    """Frequencies tried."""
    total: int


class Candidate(msgspec.Struct, frozen=True):
    """A period that may be it."""

    period: float
    """Days."""
    power: float
    """0 to 1: how much of the scatter a sine of that period takes away."""


class Found(msgspec.Struct, frozen=True, tag=True):
    """What a search found."""

    best: list[Candidate]
    """Of all bands together, the best first; at most three."""
    bands: dict[str, Candidate]
    """The best of each band alone."""
    points: dict[str, int]
    """Points of each band that took part."""
    span: float
    """Days from the first point to the last."""
    frequencies: int
    """How many were tried."""
    false_alarm: float | None = None
    """Probability that noise alone has such a peak in `false_alarm_band`; None where there are too few points."""
    false_alarm_band: str = ""


class Failed(msgspec.Struct, frozen=True, tag=True):
    """A search that broke off."""

    why: str


def is_possible() -> bool:
    """Whether what a search needs is installed."""
    return find_spec("astropy") is not None


def samples(points: Iterable[Point]) -> list[Sample]:
    """The measurements of a light curve that can be folded, in order of time.

    Detections of good quality with an error, and forced photometry of other exposures than theirs. The flux of the
    source itself where all have it, for templates differ from field to field; else that of the difference.
    """
    taken = [
        point
        for point in points
        if point.kind in (PointKind.DETECTION, PointKind.FORCED) and _is_sane(point.mjd, point.flux, point.flux_err)
    ]
    if taken and all(_is_sane(point.mjd, point.total_flux, point.total_flux_err) for point in taken):
        taken = [point._replace(flux=point.total_flux, flux_err=point.total_flux_err) for point in taken]
    # Detections first, so that they stay where both are of one exposure.
    taken.sort(key=lambda point: (point.band, point.mjd, point.kind is PointKind.FORCED))
    found: list[Sample] = []
    for point in taken:
        if found and found[-1].band == point.band and point.mjd - found[-1].mjd < SAME_TIME:
            continue
        assert point.flux is not None
        assert point.flux_err is not None
        found.append(Sample(point.mjd, point.band, point.flux, point.flux_err))
    return sorted(found, key=lambda sample: sample.mjd)


def _is_sane(mjd: float, flux: float | None, err: float | None) -> bool:
    return (
        math.isfinite(mjd) and flux is not None and err is not None and abs(flux) < 1e15 and 1e-6 < err < 1e15
    )  # NaN is not


def default_range(taken: Sequence[Sample]) -> tuple[float, float]:
    """The periods to seek, days: from `SHORTEST` to what the points span twice."""
    span = taken[-1].mjd - taken[0].mjd if taken else 0.0
    return SHORTEST, round(max(2 * SHORTEST, min(LONGEST, span / CYCLES)), 3)


def typed_range(words: str) -> tuple[float, float] | float:
    """What an observer typed: two periods to seek between, or one to fold at, days.

    Raises:
        PeriodError: It is neither.
    """
    try:
        # A comma without a blank is the decimal point of half of Europe, here as in the light curve.
        numbers = [float(word) for word in words.replace(", ", " ").replace(",", ".").replace(" - ", " ").split()]
    except ValueError:
        numbers = []
    if not 1 <= len(numbers) <= 2:
        raise PeriodError("Type two periods in days, such as 0.1 1.2, to search between, or one to fold at.")
    least, most = TYPED
    if not all(least <= number <= most for number in numbers):
        raise PeriodError(f"Type periods from {least:g} to {most:g} days: two to search between, or one to fold at.")
    if len(numbers) == 1:
        return numbers[0]
    if numbers[0] == numbers[1]:
        raise PeriodError("The two periods are the same: type a shorter and a longer one.")
    return min(numbers), max(numbers)


def request(taken: Sequence[Sample], shortest: float, longest: float) -> Request:
    """A search that can be made.

    Args:
        taken: What `samples` gives.
        shortest: Days.
        longest: Days.

    Raises:
        PeriodError: It cannot be made.
    """
    counts = Counter(sample.band for sample in taken)
    chosen = [sample for sample in taken if counts[sample.band] >= LEAST_POINTS]
    if not chosen:
        most = max(counts.values(), default=0)
        raise PeriodError(
            f"No period can be sought: no band has {LEAST_POINTS} good points, the best has {most}; "
            "the whole history may have them."
        )
    if len(chosen) > MOST_POINTS:
        raise PeriodError(f"No period is sought: {len(chosen):,} points are more than {MOST_POINTS:,}.")
    span = chosen[-1].mjd - chosen[0].mjd
    if span <= 0:
        raise PeriodError("No period can be sought: all points are of one moment.")
    number = frequencies(span, shortest, longest)[1]
    if number > MOST_FREQUENCIES:
        raise PeriodError(
            f"From {shortest:g} to {longest:g} d there are {number:,} periods to try, more than "
            f"{MOST_FREQUENCIES:,}: type a longer shortest one."
        )
    return Request(chosen, shortest, longest)


def frequencies(span: float, shortest: float, longest: float) -> tuple[float, int, float]:
    """The regular grid of frequencies of a search: the first (1/day), how many, and their step.

    Args:
        span: Days from the first point to the last.
        shortest: Period, days.
        longest: Period, days.
    """
    step = 1 / (OVERSAMPLING * span)
    return 1 / longest, max(2, math.ceil((1 / shortest - 1 / longest) / step) + 1), step


def phase(mjd: float, period: float, zero: float) -> float:
    """Where in a cycle a time is, 0 to 1.

    Args:
        mjd: The time.
        period: Days.
        zero: A time of phase 0, MJD.
    """
    return ((mjd - zero) / period) % 1.0


def in_order(bands: Iterable[str]) -> list[str]:
    """Bands from blue to red."""
    return sorted(set(bands), key=lambda band: (BANDS.find(band) % 99, band))
