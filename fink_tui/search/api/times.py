"""Times as an observer writes them, and as Fink's endpoints want them: all UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from fink_tui.search.errors import QuestionError

FORMS = "a date such as 2026-11-20 or 2026-11-20 22:30, a JD or MJD, -3d, yesterday or tonight"
"""What `moment` reads."""

UNITS = {"m": "minutes", "min": "minutes", "h": "hours", "d": "days", "w": "weeks"}

JD_EPOCH = 2400000.5
"""JD of MJD 0."""

MJD_EPOCH = datetime(1858, 11, 17, tzinfo=UTC)

_BACK = re.compile(r"-(\d+(?:\.\d+)?)\s*(m|min|h|d|w)")
_NUMBER = re.compile(r"\d{5,7}(?:\.\d*)?")
_COMPACT = re.compile(r"\d{8}(?:T\d{4,6})?")
_DATE = re.compile(r"(\d{4})[-./](\d{1,2})[-./](\d{1,2})(?:[T_\s]+(\S+))?")
_CLOCK = re.compile(r"(\d{1,2})(?::?(\d{2}))?(?::?(\d{2}(?:\.\d*)?))?\s*(Z|UTC|[+-]\d{2}:?\d{2})?", re.IGNORECASE)


def moment(text: str, now: datetime) -> datetime:
    """The time that a text means, UTC.

    A date without a time is its first moment; `tonight` began at the last noon.

    Args:
        text: One of `FORMS`.
        now: The present, with its zone.

    Raises:
        QuestionError: It is none of them.
    """
    text = " ".join(text.split())
    now = now.astimezone(UTC)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    words = {
        "now": now,
        "today": midnight,
        "yesterday": midnight - timedelta(days=1),
        "tonight": midnight + timedelta(hours=12) - timedelta(days=now.hour < 12),
    }
    if (named := words.get(text.casefold())) is not None:
        return named
    try:
        if (back := _BACK.fullmatch(text)) is not None:
            ago = now - timedelta(**{UNITS[back[2]]: float(back[1])})
            return ago.replace(second=0, microsecond=0)  # so that the same line soon after is the same question
        if _NUMBER.fullmatch(text):
            return MJD_EPOCH + timedelta(days=_mjd(float(text)))
        if _COMPACT.fullmatch(text):
            return datetime.fromisoformat(text).replace(tzinfo=UTC)
        return _calendar(text)
    except (ValueError, OverflowError):
        raise QuestionError(f"{text!r} is no date. Write {FORMS}.") from None


def _mjd(number: float) -> float:
    """Days as MJD: a JD has seven digits before the point, an MJD five."""
    if number >= 1_000_000:
        number -= JD_EPOCH
    if not 15_000 <= number < 100_000:  # from 1899: what is outside is some other number
        raise ValueError(number)
    return number


def _calendar(text: str) -> datetime:
    found = _DATE.fullmatch(text)
    if found is None:
        raise ValueError(text)
    day = datetime(int(found[1]), int(found[2]), int(found[3]), tzinfo=UTC)
    if found[4] is None:
        return day
    clock = _CLOCK.fullmatch(found[4])
    if clock is None:
        raise ValueError(text)
    seconds = float(clock[3] or 0)
    hour, minute = int(clock[1]), int(clock[2] or 0)
    if hour > 23 or minute > 59 or seconds >= 61:
        raise ValueError(text)
    moment = day + timedelta(hours=hour, minutes=minute, seconds=seconds)
    zone = (clock[4] or "").upper()
    if zone in ("", "Z", "UTC"):
        return moment
    offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
    return moment - offset if zone[0] == "+" else moment + offset


def iso(time: datetime) -> str:
    """A time as `YYYY-MM-DD hh:mm:ss`, UTC: what every endpoint takes, and some nothing else."""
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def mjd(time: datetime) -> float:
    """A time as MJD, UTC."""
    return (time - MJD_EPOCH) / timedelta(days=1)


def from_mjd(time: float) -> datetime:
    """The time of an MJD, UTC, to the second."""
    return MJD_EPOCH + timedelta(seconds=round(time * 86400))
