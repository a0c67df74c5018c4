"""What keys do to the settings of a light curve: each gives others, or a sentence that says why not."""

from __future__ import annotations

import math
from collections.abc import Sequence

from fink_tui.alerts.lightcurve import BANDS
from fink_tui.alerts.quantity import quantities
from fink_tui.alerts.row import Point
from fink_tui.alerts.text import clean
from fink_tui.app.plot.legend import other_source
from fink_tui.app.plot.settings import Axis, Settings, reference_mjd, shown, value_of

ZOOM = 2.0
"""How much smaller the part that is seen becomes."""

PAN = 0.5
"""How far it moves, in parts of itself."""

MIN_WINDOW = 0.01
"""Days that are seen at least."""

PERIODS = 1e-4, 1e5
"""The least and the greatest period, days."""


def zoomed(points: Sequence[Point], settings: Settings, direction: int) -> Settings | str:
    """Zoom in (above zero) or out, around the cursor's point, else around the alert's own detection."""
    if settings.axis is Axis.PHASE:
        return "Zoom is of time, and this is phase: h shows days."
    times = [point.mjd for point in shown(points, settings).values()]
    if not times:
        return settings
    low, high = settings.window or (min(times), max(times))
    around = points[settings.cursor].mjd if settings.cursor is not None else reference_mjd(points)
    around = min(high, max(low, around if around is not None else high))
    factor = 1 / ZOOM if direction > 0 else ZOOM
    if direction > 0 and (high - low) * factor < MIN_WINDOW:
        return settings
    return _within(settings, (around - (around - low) * factor, around + (high - around) * factor), times)


def panned(points: Sequence[Point], settings: Settings, direction: int) -> Settings | str:
    """Look at earlier (below zero) or later times, where not all is seen."""
    times = [point.mjd for point in shown(points, settings).values()]
    if settings.window is None or settings.axis is Axis.PHASE or not times:
        return "All of the time is seen: + zooms in."
    low, high = settings.window
    # As far as the first point, or the last: there is nothing beyond.
    step = direction * PAN * (high - low)
    step = max(step, min(times) - low) if step < 0 else min(step, max(times) - high)
    if step * direction <= 0:
        return settings
    return settings._replace(window=(low + step, high + step))


def stepped(points: Sequence[Point], settings: Settings, direction: int) -> Settings:
    """Move the cursor to the next point, or the one before; at first, to the alert's own."""
    places = [
        number for number, point in shown(points, settings).items() if value_of(point, settings.use_flux)[0] is not None
    ]
    places.sort(key=lambda number: (points[number].mjd, number))
    if not places:
        return settings._replace(cursor=None)
    if settings.cursor in places:
        at = places.index(settings.cursor) + direction
        cursor = places[min(len(places) - 1, max(0, at))]
    else:
        own = [number for number in places if points[number].is_current]
        cursor = own[-1] if own else places[-1]
    found = settings._replace(cursor=cursor)
    mjd = points[cursor].mjd
    if found.window is not None and not found.window[0] <= mjd <= found.window[1]:
        half = (found.window[1] - found.window[0]) / 2
        found = found._replace(window=(mjd - half, mjd + half))
    return found


def _within(settings: Settings, window: tuple[float, float], times: Sequence[float]) -> Settings:
    """A part of time as far as there are points; None, where that is all."""
    low, high = max(window[0], min(times)), min(window[1], max(times))
    return settings._replace(window=None if (low, high) == (min(times), max(times)) else (low, high))


def with_quantity(points: Sequence[Point], settings: Settings, direction: int) -> Settings | str:
    """The next quantity that the packet has."""
    there = quantities(points)
    if len(there) < 2:
        if (distance := other_source(points)) is not None:
            return (
                "There is no apparent magnitude: the nearest source in the reference image is "
                f"{distance:.1f} pixels away, so it is another object."
            )
        return "There is only the difference: this packet has no other photometry."
    at = there.index(settings.for_points(points).quantity)
    return settings._replace(quantity=there[(at + direction) % len(there)], cursor=None)


def with_axis(settings: Settings, direction: int) -> Settings | None:
    """The next axis of time; None where that is phase, and the period is not known."""
    axes = list(Axis)
    axis = axes[(axes.index(settings.axis) + direction) % len(axes)]
    return None if axis is Axis.PHASE and settings.period is None else settings._replace(axis=axis)


def with_period(settings: Settings, typed: str) -> Settings | str:
    """The phase of a period that was typed, in days; without one, no phase."""
    if not typed:
        return settings._replace(axis=Axis.DAYS, period=None)
    try:
        period = float(typed.removesuffix("d").replace(",", "."))
    except ValueError:
        period = math.nan
    least, most = PERIODS
    if not least <= period <= most:
        return f'"{clean(typed, 40)}" is no period: type days, from {least:g} to {most:g}, such as 0.5432.'
    return settings._replace(axis=Axis.PHASE, period=period)


def with_bands(points: Sequence[Point], settings: Settings, typed: str) -> Settings | str:
    """Those bands alone that were typed; without one, all."""
    there = bands_of(points)
    wanted = typed.replace(" ", "").replace(",", "").lower()
    if unknown := [band for band in wanted if band not in there]:
        return f'"{clean(unknown[0])}" is no band of this light curve: type some of {there}, or nothing for all.'
    hidden = "".join(band for band in there if wanted and band not in wanted)
    return settings._replace(hidden=hidden, cursor=None)


def bands_shown(points: Sequence[Point], settings: Settings) -> str:
    """The bands that are not hidden, from blue to red."""
    return "".join(band for band in bands_of(points) if band not in settings.hidden)


def bands_of(points: Sequence[Point]) -> str:
    """The bands that a light curve has, from blue to red."""
    return "".join(band for band in BANDS if any(point.band == band for point in points))
