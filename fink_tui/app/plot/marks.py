"""The marks of a light curve: what stands for which point, and where.

Every mark takes one cell. Bands are told apart by shape as well as by colour; the marks of `ascii_only` are for fonts
and consoles that lack the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from fink_tui.alerts import photometry
from fink_tui.alerts.lightcurve import BANDS
from fink_tui.alerts.row import Point, PointKind
from fink_tui.app.plot.settings import Axis, Settings, reference_mjd, shown, value_of

DETECTIONS = dict(zip(BANDS, "▲●◆■►★", strict=True))
"""Marks of detections."""

NEGATIVES = dict(zip(BANDS, "△○◇□▷☆", strict=True))
"""Marks of detections fainter than the template: the same shapes, hollow."""

LIMIT, BAD, ARROW, ZERO = "▽", "×", "◄", "·"
"""An upper limit; a detection of poor quality; beside the alert's own detection; the line of no change."""

COLOURS = dict(zip(BANDS, ("magenta", "green", "red", "yellow", "blue", "cyan"), strict=True))
"""The colours of the bands, of the terminal's palette, by Rich's names."""

OTHER = "*"
"""A detection in a band that is none of `BANDS`."""

ASCII_LIMIT, ASCII_BAD, ASCII_NEGATIVE, ASCII_ARROW, ASCII_ZERO = "v", "x", "-", "<", "."

CURSOR = "[", "]"
"""Around the point whose values are told."""

GROUPS = {"detection": "", "negative": "negative", "limit": "limits", "bad": "bad", "forced": "forced"}
"""What the legend tells apart, with the words it uses; in its order, for its end may be cut off."""

LARGEST_MAG, LARGEST_FLUX = 1e3, 1e30
"""Numbers from here on are no measurements (magnitudes, nJy), and would leave no room for those that are."""


class Mark(NamedTuple):
    """A point as it is drawn."""

    x: float
    """Days from the reference, or MJD, or phase."""

    y: float
    """Height: the flux in its unit, or the magnitude with its sign turned, so that up is brighter."""

    err: float
    """Half the length of the bar, unit of `y`; 0 for none."""

    point: Point
    """The point it stands for."""

    number: int
    """Its place in the packet's light curve."""


def unit_of(points: Iterable[Point]) -> tuple[str, float]:
    """The unit in which the fluxes of the detections are short numbers, and its size in nJy."""
    several = list(points)
    detections = [point for point in several if point.kind is PointKind.DETECTION] or several
    fluxes = [abs(point.flux) for point in detections if point.flux is not None]
    return photometry.flux_unit(max((flux for flux in fluxes if flux < LARGEST_FLUX), default=0.0))


class Marks(NamedTuple):
    """The marks of a light curve, and what they are measured in."""

    settings: Settings
    """Such as these points have."""
    all: tuple[Mark, ...]
    """Of all points that have a value and are within the part of time that is seen; in phase, each twice."""
    start: float
    """What days and phases are counted from, MJD."""
    unit: str
    """Of the heights."""
    outside: int
    """How many points are outside that part of time."""
    valueless: int
    """How many have no value."""


def marks(points: Sequence[Point], wanted: Settings) -> Marks:
    """The marks of a light curve.

    Args:
        points: The packet's light curve.
        wanted: How it is to be looked at.
    """
    settings = wanted.for_points(points)
    seen = shown(points, settings)
    unit, size = unit_of(seen.values()) if settings.use_flux else ("mag", 1.0)
    start = reference_mjd(points) or 0.0
    largest = LARGEST_FLUX if settings.use_flux else LARGEST_MAG
    low, high = settings.window or (-float("inf"), float("inf"))
    found: list[Mark] = []
    outside = valueless = 0
    for number, point in seen.items():
        value, err = value_of(point, settings.use_flux)
        if value is None or not abs(value) < largest:  # NaN too
            valueless += 1
            continue
        if not low <= point.mjd <= high and settings.axis is not Axis.PHASE:
            outside += 1
            continue
        err = err if err is not None and 0 < err < largest else 0.0
        y = value / size if settings.use_flux else -value
        found.extend(Mark(x, y, err / size, point, number) for x in _places(point.mjd, start, settings))
    return Marks(settings, tuple(found), start, unit, outside, valueless)


def _places(mjd: float, start: float, settings: Settings) -> tuple[float, ...]:
    """Where on the axis of time a point is."""
    if settings.axis is Axis.MJD:
        return (mjd,)
    if settings.axis is Axis.PHASE and settings.period is not None:
        phase = (mjd - start) / settings.period % 1.0
        return phase, phase + 1
    return (mjd - start,)


def group(point: Point) -> str:
    """What a point counts as in the legend."""
    if point.kind is PointKind.DETECTION and point.is_negative:
        return "negative"
    return point.kind.value


def glyph(kind: str, band: str, ascii_only: bool) -> str:
    """The mark of a group in a band."""
    if kind == "forced":
        return band
    if ascii_only:
        return {"limit": ASCII_LIMIT, "bad": ASCII_BAD, "negative": ASCII_NEGATIVE}.get(kind) or band.upper()
    if kind == "negative":
        return NEGATIVES.get(band, OTHER)
    return {"limit": LIMIT, "bad": BAD}.get(kind) or DETECTIONS.get(band, OTHER)
