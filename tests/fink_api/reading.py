"""Dates and places as the libraries that Fink's server uses read them: astropy's `Time` and `SkyCoord`.

Only what tests send is read; what astropy refuses is refused.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

_DATE = re.compile(r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d+)?)?)?$")
_EPOCH = datetime(1858, 11, 17, tzinfo=UTC)
JD = 2400000.5
"""Julian Date of MJD 0."""


def iso_mjd(given: Any) -> float:
    """MJD of `Time(given)`: an ISO date; anything else, a Julian Date too, is no date to it.

    Raises:
        ValueError: It is none. Routes that do not catch it answer with status 500.
    """
    if not isinstance(given, str) or not _DATE.match(given.strip()):
        raise ValueError(f"Input values did not match any of the formats where the format keyword is optional: {given}")
    return (datetime.fromisoformat(given.strip()).replace(tzinfo=UTC) - _EPOCH) / timedelta(days=1)


def any_mjd(given: Any) -> float:
    """MJD of `isoify_time(given)`: an ISO date, a Julian Date or an MJD (apps/utils/utils.py)."""
    try:
        return iso_mjd(given)
    except ValueError:
        number = float(given)
        return number - JD if number // 2400000 else number


def iso(mjd: float) -> str:
    """`Time(...).iso`: to the millisecond."""
    moment = _EPOCH + timedelta(days=mjd) + timedelta(microseconds=500)
    return f"{moment:%Y-%m-%d %H:%M:%S}.{moment.microsecond // 1000:03d}"


def place(ra: Any, dec: Any) -> tuple[float, float]:
    """Degrees of a place as conesearch/utils.py reads it: letters, colons or blanks, or degrees.

    Raises:
        ValueError: It is no place; the text is astropy's.
    """
    is_hours = "h" in str(ra) or ":" in str(ra) or " " in str(ra)
    right = _angle(str(ra), is_hours)
    north = _angle(str(dec), False)
    if abs(north) > 90:
        raise ValueError(f"Latitude angle(s) must be within -90 deg <= angle <= 90 deg, got {north} deg")
    return right % 360, north


def _angle(text: str, is_hours: bool) -> float:
    parts = re.fullmatch(
        r"\s*([+-]?)(\d+(?:\.\d*)?)(?:[hd: ]+(\d+(?:\.\d*)?))?(?:[m: ]+(\d+(?:\.\d*)?))?[hdms: ]*", text
    )
    if parts is None:
        try:
            return float(text)
        except ValueError:
            raise ValueError(f"Invalid character at col 0 parsing angle '{text}'") from None
    sign, *numbers = parts.groups()
    value = sum(float(number or 0) / 60**power for power, number in enumerate(numbers))
    return (-value if sign == "-" else value) * (15 if is_hours else 1)
