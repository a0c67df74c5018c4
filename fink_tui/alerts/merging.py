"""Light curves of one object put together: each exposure once, whatever told of it."""

from __future__ import annotations

from collections.abc import Iterable

from fink_tui.alerts.row import Point, PointKind
from fink_tui.alerts.submission import RANK

SAME_EXPOSURE = 1.0 / 86400
"""Days within which two points of one band are of one exposure; none is as short."""


def once(points: Iterable[Point]) -> list[Point]:
    """Points of one object, each exposure once, in order of time.

    Two points are of one exposure where they have the survey's number in common, or their band, and their times are
    within a second. Of those the one whose kind comes first in `RANK` stays, of one kind the one that came first; the
    detection that raised the alert stays always. Photometry forced at the object's place is another measurement than
    what was detected: each has its own exposures.

    Args:
        points: The points; what is known best comes first.
    """
    kept: dict[tuple[bool, str, int], Point] = {}
    numbers: dict[tuple[bool, str], tuple[bool, str, int]] = {}
    for point in sorted(points, key=lambda point: (not point.is_current, RANK.index(point.kind))):
        is_forced = point.kind is PointKind.FORCED
        second = round(point.mjd / SAME_EXPOSURE)
        near = [(is_forced, point.band, second + step) for step in (-1, 0, 1)]
        same = [at for at in near if at in kept and abs(kept[at].mjd - point.mjd) <= SAME_EXPOSURE]
        if point.source_id is not None and (is_forced, point.source_id) in numbers:
            same = [numbers[is_forced, point.source_id]]
        if same:
            kept[same[0]] = _completed(kept[same[0]], point)
            continue
        kept[near[1]] = point
        if point.source_id is not None:
            numbers[is_forced, point.source_id] = near[1]
    return sorted(kept.values(), key=lambda point: (point.mjd, point.band))


def _completed(kept: Point, other: Point) -> Point:
    """A detection with its flux, where another account of it tells its sign: Fink's table of places does not."""
    if kept.flux is not None or kept.mag is None or kept.kind is PointKind.LIMIT or other.flux is None:
        return kept
    return kept._replace(flux=other.flux, flux_err=other.flux_err)
