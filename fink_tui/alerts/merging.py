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
    numbers: set[tuple[bool, str]] = set()
    for point in sorted(points, key=lambda point: (not point.is_current, RANK.index(point.kind))):
        is_forced = point.kind is PointKind.FORCED
        if point.source_id is not None and (is_forced, point.source_id) in numbers:
            continue
        second = round(point.mjd / SAME_EXPOSURE)
        near = (kept.get((is_forced, point.band, second + step)) for step in (-1, 0, 1))
        if any(other is not None and abs(other.mjd - point.mjd) <= SAME_EXPOSURE for other in near):
            continue
        kept[is_forced, point.band, second] = point
        if point.source_id is not None:
            numbers.add((is_forced, point.source_id))
    return sorted(kept.values(), key=lambda point: (point.mjd, point.band))
