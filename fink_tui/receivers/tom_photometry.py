"""A light curve in the words of the TOM Toolkit, and which of its points a TOM has already.

The words are those that every version understands: `magnitude`, `error`, `filter`, `telescope`, or `limit` in the place
of the first two. A point never has both: the toolkit would draw both. Versions differ in what they answer: 3.x calls
them `brightness`, `brightness_error` and `bandpass`, and does not tell a limit's value.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from fink_tui.alerts.row import PointKind
from fink_tui.alerts.submission import Choices, Submission, SubmittedPoint
from fink_tui.receivers import chosen
from fink_tui.receivers.tom_settings import TomSettings

SAME_TIME = 1.0
"""Points of one filter are the same exposure if they are not as far apart, seconds: others write other decimals of the
Julian date, and no two exposures are as close."""

SAME_MAG = 0.001
"""... and their magnitudes not, if they are the same measurement: below every error."""

TELESCOPES = {"ztf": "ZTF", "lsst": "Rubin", "mma": "ZTF"}
"""What the light curve of a survey was taken with."""

MOST_LOCATION = 200
"""Characters of a point's source."""

Datum = Mapping[str, Any]
"""A point as it is sent, without the number of its target; or as a TOM tells of it."""


def points_to_send(told: Submission, choices: Choices, settings: TomSettings) -> list[dict[str, Any]]:
    """The points of a submission as they are sent, in order of time.

    Args:
        told: The submission.
        choices: What the observer chose for it.
        settings: What the TOM is sent.

    Raises:
        RejectedError: The choice is no history.
    """
    found = []
    for point in chosen.points(told, choices, settings.history):
        if point.kind is PointKind.FORCED and not settings.forced:
            continue
        value = _value(point, settings.limits)
        if value is None:
            continue
        band = settings.filters.get(point.band, point.band)
        found.append(
            {
                "data_type": "photometry",
                "source_name": settings.source_name,
                "source_location": _location(told.link, point.source_id),
                "timestamp": point.time,
                "value": value | {"filter": band, "telescope": TELESCOPES.get(told.survey, told.survey)},
            }
        )
    return found


def _value(point: SubmittedPoint, limits: bool) -> dict[str, Any] | None:
    """A measurement, or a limit, or None where there is neither to send."""
    if point.mag is not None and math.isfinite(point.mag):
        # Without an error where it is not known: the toolkit would draw one of 0 as certain.
        known = point.mag_err is not None and math.isfinite(point.mag_err)
        return {"magnitude": point.mag} | ({"error": point.mag_err} if known else {})
    if limits and point.limit is not None and math.isfinite(point.limit):
        return {"limit": point.limit}
    return None


def _location(link: str, source_id: str | None) -> str:
    """Where a point is from: the object's page, with the survey's number of the detection."""
    end = f"#{source_id}" if source_id else ""
    return link[: MOST_LOCATION - len(end)] + end


def missing(points: Sequence[Datum], known: Iterable[Datum]) -> list[Datum]:
    """The points that a TOM does not have yet, in their order.

    Args:
        points: Those that are to be there, as they are sent.
        known: Those that are there, as the TOM tells of them.
    """
    there: dict[tuple[str, int], list[tuple[float, float | None]]] = defaultdict(list)
    for datum in known:
        if (place := _place(datum)) is not None:
            band, time, mag = place
            there[band, math.floor(time / SAME_TIME)].append((time, mag))
    return [point for point in points if not _is_there(point, there)]


def _is_there(point: Datum, there: Mapping[tuple[str, int], Sequence[tuple[float, float | None]]]) -> bool:
    place = _place(point)
    if place is None:
        return False
    band, time, mag = place
    slot = math.floor(time / SAME_TIME)
    near = (one for step in (-1, 0, 1) for one in there.get((band, slot + step), ()))
    return any(abs(time - other) < SAME_TIME and _is_same(mag, other_mag) for other, other_mag in near)


def _is_same(one: float | None, other: float | None) -> bool:
    """Whether two magnitudes are one measurement; None: a limit."""
    if one is None or other is None:
        return one is other
    return abs(one - other) < SAME_MAG


def _place(datum: Datum) -> tuple[str, float, float | None] | None:
    """A point's filter, time (Unix seconds), and magnitude, None for a limit; None where it is no such point."""
    value = datum.get("value")
    if not isinstance(value, Mapping):
        return None
    band = value.get("filter", value.get("bandpass"))
    mag = value.get("magnitude", value.get("brightness"))
    try:
        time = datetime.fromisoformat(str(datum.get("timestamp")))
        mag = None if mag is None else float(mag)
    except (ValueError, TypeError):
        return None
    if time.tzinfo is None:
        time = time.replace(tzinfo=UTC)
    return str(band), time.timestamp(), mag
