"""How sure a period is: what noise, the rhythm of the nights and the span of the points make of it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from fink_tui.science.period import Sample

SOLAR, SIDEREAL = 1.0, 1.0027379
"""The rhythms of observing, 1/day: the Sun's, and that of the stars, at which a field crosses the meridian."""


def false_alarm(power: float, taken: Sequence[Sample], highest: float) -> float:
    """Probability that the periodogram of pure noise has a peak as high, at any frequency up to the highest.

    Baluev 2008 (MNRAS 385, 1279), equation 6 with the second row of table 1: a good upper limit where the peaks are no
    aliases of one another. Astropy has it, too, but needs scipy for one gamma function.

    Args:
        power: Of the peak, 0 to 1.
        taken: The points of that one band.
        highest: Frequency, 1/day.
    """
    power, null, model = min(max(power, 0.0), 1.0), len(taken) - 1, len(taken) - 3
    if model < 2 or power >= 1:
        return 1.0 if model < 2 else 0.0
    weights = [1 / sample.err**2 for sample in taken]
    total = sum(weights)
    mean = sum(weight * (sample.mjd - taken[0].mjd) for weight, sample in zip(weights, taken, strict=True)) / total
    spread = (
        sum(weight * (sample.mjd - taken[0].mjd - mean) ** 2 for weight, sample in zip(weights, taken, strict=True))
        / total
    )
    gamma = math.sqrt(2 / null) * math.exp(math.lgamma(null / 2) - math.lgamma((null - 1) / 2))
    single: float = (1 - power) ** (0.5 * model)
    waves = highest * math.sqrt(4 * math.pi * spread)
    tau: float = gamma * waves * (1 - power) ** (0.5 * (model - 1)) * math.sqrt(0.5 * null * power)
    return -math.expm1(-tau) + single * math.exp(-tau)


def alias(one: float, other: float, span: float) -> str:
    """What one period is to another where observing only at night, or folding, confuses the two; "" for nothing.

    Args:
        one: Days.
        other: Days.
        span: Days that the points span: frequencies nearer than half of 1 / span are the same.
    """
    first, second = 1 / one, 1 / other
    apart = {
        words: abs(first - factor * second)
        for factor, words in ((2.0, "half"), (0.5, "twice"), (3.0, "a third of"), (1 / 3, "three times"))
    }
    for cycles in (1, 2):
        near = (
            min(abs(abs(first - second) - cycles * day), abs(first + second - cycles * day))
            for day in (SOLAR, SIDEREAL)
        )
        apart[f"{cycles}/d alias of"] = min(near)
    nearest = min(apart, key=lambda words: apart[words])
    return nearest if span > 0 and apart[nearest] < 0.5 / span else ""


def is_rhythm_of_observing(period: float, span: float) -> bool:
    """Whether a period is that of the nights: a day or a simple part of it, within the resolution.

    Args:
        period: Days.
        span: Days that the points span.
    """
    width = 0.5 / span if span > 0 else 0.0
    return any(abs(1 / period - number * day) < width for number in (1, 2, 3, 4) for day in (SOLAR, SIDEREAL))


def digits(period: float, span: float) -> int:
    """Decimals of a period that mean something: to a tenth of what the span can tell apart."""
    resolution = period**2 / span / 10 if span > 0 else period
    return min(8, max(0, math.ceil(-math.log10(resolution)))) if resolution > 0 else 3
