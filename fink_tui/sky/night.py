"""Nights: from noon to noon, named by the date of their evening."""

from __future__ import annotations

import math
from datetime import date, timedelta
from functools import lru_cache

MJD_EPOCH = date(1858, 11, 17)
"""The date of MJD 0."""

UNIX_EPOCH_MJD = 40587.0
"""MJD of 1970-01-01 00:00 UTC."""


def unix_to_mjd(seconds: float) -> float:
    """Unix seconds as MJD, UTC."""
    return UNIX_EPOCH_MJD + seconds / 86400


def mjd_to_unix(mjd: float) -> float:
    """MJD, UTC, as Unix seconds."""
    return (mjd - UNIX_EPOCH_MJD) * 86400


def night_of(mjd: float, longitude: float = 0.0) -> int:
    """The night of a moment: noon to noon in the mean solar time of a site.

    Args:
        mjd: The moment, MJD, UTC.
        longitude: The site's, degrees, east positive; 0 for the night of UTC.

    Returns:
        The date of the evening, YYYYMMDD.
    """
    east = (longitude + 180) % 360 - 180
    return _evening(math.floor(mjd + east / 360 - 0.5))


@lru_cache(maxsize=64)
def _evening(day: int) -> int:
    """The date of an MJD, YYYYMMDD; kept, for the alerts of a batch are of few nights."""
    evening = MJD_EPOCH + timedelta(days=day)
    return evening.year * 10000 + evening.month * 100 + evening.day
