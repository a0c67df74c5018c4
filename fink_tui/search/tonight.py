"""Which answers about ZTF lack the present night: its database is filled the morning after."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from fink_tui.search.api import endpoints
from fink_tui.search.api.endpoints import Gives
from fink_tui.search.question import Question

WITHOUT_TONIGHT = "ZTF's database is filled the morning after: tonight's alerts are those that came by the stream."
"""What an answer about ZTF lacks."""

AFTER_EVENT = 6.0
"""Days after a gravitational wave of which alerts are given where nothing is said."""

_NIGHT = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})")
_EVENT = re.compile(r"M?S(\d{2})(\d{2})(\d{2})", re.IGNORECASE)


def may_be_of_tonight(question: Question, now: float) -> bool:
    """Whether alerts of ZTF's present night could answer a question, were they in the database.

    Args:
        question: What is asked.
        now: The time, Unix seconds.
    """
    if question.survey != "ztf" or endpoints.gives(question) is not Gives.ALERTS:
        return False
    end = _end(question)
    return end is None or end >= datetime.fromtimestamp(now, UTC) - timedelta(days=1)


def _end(question: Question) -> datetime | None:
    """When the time that a question asks about is over; None where it is not, or nobody knows."""
    given = question.given
    try:
        if (stop := given.get("stopdate")) is not None:
            return _moment(stop)
        if (last := given.get("stop_date")) is not None:
            return _moment(last) + timedelta(days=1)
        start, window = given.get("startdate"), given.get("window")
        if start is not None and window is not None:
            return _moment(start) + timedelta(days=float(window))
        if question.path == "tracklet" and (night := _NIGHT.search(given.get("date") or given.get("id", ""))):
            year, month, day = map(int, night.groups())
            return datetime(year, month, day, tzinfo=UTC) + timedelta(days=1)
        if event := _EVENT.match(given.get("event_name", "")):
            year, month, day = map(int, event.groups())
            return datetime(2000 + year, month, day, tzinfo=UTC) + timedelta(
                days=1 + float(given.get("n_day_after", AFTER_EVENT))
            )
    except (ValueError, OverflowError):
        pass
    return None


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
