"""A light curve in words: what it says of the object, and the values of one point."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from fink_tui.alerts import lightcurve, photometry, text
from fink_tui.alerts.lightcurve import FRESH_DAYS, RATE_DAYS, Rate, Rise, Summary
from fink_tui.alerts.quantity import Quantity, select
from fink_tui.alerts.row import Point, PointKind
from fink_tui.app.plot.legend import name_of
from fink_tui.app.plot.settings import Settings, reference_mjd, shown, value_of

NOW_DAYS = 0.5
"""What happened within so many days of the alert is of now."""

SMALL_ERROR = 0.0095
"""Magnitudes; of an error below, two decimals would say too little."""

KINDS = {
    PointKind.DETECTION: "detection",
    PointKind.LIMIT: "upper limit, 5 sigma",
    PointKind.BAD: "poor quality",
    PointKind.FORCED: "forced",
}
"""What a point is."""

APART = "  "
"""Between two things that are said."""


def told(points: Sequence[Point], wanted: Settings, first_mjd: float | None, *, is_short: bool = False) -> list[str]:
    """What a light curve says, the most telling first: rates, colour, age, last limit, brightest.

    Of all its points in the quantity that is looked at, whatever part of time is seen.

    Args:
        points: The packet's light curve.
        wanted: How it is looked at.
        first_mjd: The object's first detection, where the survey tells it.
        is_short: Whether each shall be understood without the others, for not all may be said.
    """
    settings = wanted.for_points(points)
    now = reference_mjd(points)
    if now is None:
        return []
    found = _summary(tuple(points), settings.quantity, first_mjd)
    own = next((point.band for point in points if point.is_current), "")
    words = _rates(found, own, now, is_short)
    if (colour := found.colour) is not None:
        size = text.signed(colour.mag) + (f"±{colour.err:.2f}" if colour.err is not None else "")
        words.append(f"{colour.blue}-{colour.red} {size}{_when(colour.mjd, now)}")
    if found.first_mjd is not None:
        days = found.first_mjd - now
        words.append(f"first at {text.age(days * 86400)}" if days else "first detection")
    began = found.first_mjd == found.first_here_mjd  # else the packet's history begins in the middle of it
    if (limit := found.last_limit) is not None and began:
        words.append(f"limit {limit.band} {limit.mag:.2f} {text.age(limit.days * 86400)} before first")
    if (one := found.brightest) is not None and sum(found.counts.values()) > 1:
        words.append(f"brightest {one.band} {_written(one.mag, one.mag_err)}{_when(one.mjd, now) or ' at 0 d'}")
    return words


@lru_cache(4)
def _summary(points: tuple[Point, ...], quantity: Quantity, first_mjd: float | None) -> Summary:
    """What the light curve says; most keys change how it is looked at, and not that."""
    return lightcurve.summary(select(points, quantity), first_mjd)


def _when(mjd: float, now: float) -> str:
    """A time as the axis of days has it, but with its unit; nothing for that of the alert."""
    days = mjd - now
    return f" at {'+' if days > 0 else ''}{text.age(days * 86400)}" if abs(days) > NOW_DAYS else ""


def _rates(found: Summary, own: str, now: float, is_short: bool) -> list[str]:
    """The rates of all bands, that of the alert's own first, those of other days last; then what the limits say."""
    ordered = sorted(found.rates, key=lambda one: (one.band != own, _is_old(one, now)))
    if is_short:
        words = [f"{_rate(one)} mag/d{_of_old(one, now)}" for one in ordered]
    else:
        words = [f"{_rate(one)}{_of_old(one, now)}" for one in ordered]
    if words and not is_short:
        words[0] = f"mag/d in {RATE_DAYS:g} d: {words[0]}"
    slopes = {one.band: one.mag_per_day for one in found.rates}
    rises = [f"{_rise(one)}{_of_old(one, now)}" for one in found.rises if one.mag_per_day < slopes.get(one.band, 0.0)]
    if rises:
        words.append(f"mag/d since limit: {APART.join(rises)}")
    return words


def _is_old(one: Rate | Rise, now: float) -> bool:
    return abs(now - one.mjd) > FRESH_DAYS  # a whole history goes on after an alert, too


def _of_old(one: Rate | Rise, now: float) -> str:
    """When it was, where that is not when the alert was."""
    return _when(one.mjd, now) if _is_old(one, now) else ""


def _rate(one: Rate) -> str:
    if one.err is None:
        return f"{one.band} {text.signed(one.mag_per_day, 3)}"
    places = 3 if one.err < 0.1 else 2
    return f"{one.band} {text.signed(one.mag_per_day, places)}±{one.err:.{places}f}"


def _rise(one: Rise) -> str:
    return f"{one.band} <{text.signed(one.mag_per_day)}"


def values(points: Sequence[Point], wanted: Settings) -> list[str]:
    """The values of the point under the cursor: which it is, its numbers, what it is, when; nothing without one.

    Args:
        points: The packet's light curve.
        wanted: How it is looked at.
    """
    settings = wanted.for_points(points)
    seen = shown(points, settings)
    if settings.cursor not in seen or settings.cursor is None:
        return []
    places = sorted(
        (number for number, point in seen.items() if value_of(point, settings.use_flux)[0] is not None),
        key=lambda number: (points[number].mjd, number),
    )
    point = seen[settings.cursor]
    which = f"{places.index(settings.cursor) + 1}/{len(places)}" if settings.cursor in places else "-"
    words = [which, f"{point.band} {_magnitude(point)}"]
    if point.flux is not None:
        words.append(photometry.flux_text(point.flux, point.flux_err))
    kind = KINDS[point.kind]
    if point.is_negative:
        is_fainter = point.kind is PointKind.DETECTION and settings.quantity is not Quantity.TOTAL
        kind += ", fainter than the template" if is_fainter else ", negative"
    words.append(" ".join(filter(None, [name_of(points, settings.quantity), kind])))
    words.append(f"{text.utc(point.mjd)} UTC")
    words.append(f"MJD {point.mjd:.5f}")
    start = reference_mjd(points)
    if start is not None and not point.is_current:
        words.append(f"{text.signed(point.mjd - start, 3)} d")
        if settings.period is not None:
            words.append(f"phase {(point.mjd - start) / settings.period % 1.0:.4f}")
    if point.is_current:
        words.append("this alert")
    if point.source_id is not None:
        words.append(f"id {point.source_id}")
    return words


def _written(mag: float, err: float | None) -> str:
    """A magnitude and its error, to as many digits as the error has to be seen."""
    if err is None or err >= SMALL_ERROR:
        return text.magnitude(mag, err)
    return f"{mag:.3f}±{err:.3f}"


def _magnitude(point: Point) -> str:
    if point.mag is None:
        return "no mag"
    written = _written(point.mag, point.mag_err)
    if point.kind is PointKind.LIMIT:
        return f">{written}"
    return f"-({written})" if point.is_negative else written  # a negative one's is of the absolute value


def fill(pieces: Sequence[str], width: int, lines: int) -> list[str]:
    """Pieces put beside one another, as many as fit into so many lines, in their order.

    One that does not fit is left out: half a number would be a wrong one. Only the first is cut.

    Args:
        pieces: What is to be said, the most telling first.
        width: Cells of a line.
        lines: How many at most.
    """
    found = [pieces[0][:width]] if pieces and lines > 0 else []
    for piece in pieces[1:] if found else ():
        if len(found[-1]) + len(APART) + len(piece) <= width:
            found[-1] += APART + piece
        elif len(found) < lines and len(piece) <= width:
            found.append(piece)
    return found
