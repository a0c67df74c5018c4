"""Light curves of stars that are made here: of known period, sampled and measured as ZTF does."""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random

from fink_tui.alerts import photometry
from fink_tui.alerts.row import Point, PointKind

START = 60_500.0


def nights(days: float, random: Random, every: float = 2.0, clear: float = 0.7) -> list[float]:
    """Times of exposures: at one place in the night give or take, every few nights, when it is clear."""
    times = []
    night = 0.0
    while night < days:
        if random.random() < clear:
            times.append(START + night + 0.3 + random.gauss(0, 0.06))
        night += every
    return times


def rr_lyrae(phase: float) -> float:
    """Magnitude less the mean: up at once, slowly down."""
    phase %= 1.0
    return 0.5 - phase / 0.15 if phase < 0.15 else -0.5 + (phase - 0.15) / 0.85


def eclipsing(phase: float) -> float:
    """Magnitude less that out of eclipse: a deep one and a shallow one."""
    deep = 0.7 * math.exp(-(((phase + 0.5) % 1.0 - 0.5) ** 2) / (2 * 0.04**2))
    return deep + 0.35 * math.exp(-((phase % 1.0 - 0.5) ** 2) / (2 * 0.04**2))


def curve(
    shape: Callable[[float], float],
    period: float,
    days: float,
    seed: int = 1,
    bands: str = "gr",
    mean: float = 16.5,
    err: float = 0.02,
) -> list[Point]:
    """A star's points, its own flux with errors."""
    random = Random(seed)
    points = []
    for number, band in enumerate(bands):
        for mjd in nights(days, random):
            mag = mean + 0.3 * number + (1 - 0.25 * number) * shape(mjd / period) + random.gauss(0, err)
            flux, flux_err = photometry.mag_to_flux(mag, err) or (0.0, None)
            point = Point(mjd, band, PointKind.DETECTION, mag, err, flux, flux_err)
            points.append(point._replace(total_flux=flux, total_flux_err=flux_err))
    return sorted(points, key=lambda point: point.mjd)
