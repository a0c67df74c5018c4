"""Directions from a place to another nearby, on the plane that touches the sky there. Angles are degrees, ICRS."""

from __future__ import annotations

import math


def offsets(ra0: float, dec0: float, ra: float, dec: float) -> tuple[float, float] | None:
    """Where a place is on the plane that touches the sky at another: the gnomonic projection, `TAN` in FITS.

    Calabretta & Greisen 2002 (A&A 395, 1077), equations 12, 13, 54 and 55 for the point that is touched.

    Args:
        ra0: Right ascension of the point that is touched, degrees.
        dec0: Its declination, degrees.
        ra: Right ascension of the place, degrees.
        dec: Its declination, degrees.

    Returns:
        Degrees to the east and to the north; None for a place that is 90 degrees away or more.
    """
    difference = math.radians(ra - ra0)
    first, second = math.radians(dec0), math.radians(dec)
    depth = math.sin(first) * math.sin(second) + math.cos(first) * math.cos(second) * math.cos(difference)
    if depth <= 1e-9:
        return None
    east = math.cos(second) * math.sin(difference)
    north = math.cos(first) * math.sin(second) - math.sin(first) * math.cos(second) * math.cos(difference)
    return math.degrees(east / depth), math.degrees(north / depth)


def position_angle(ra0: float, dec0: float, ra: float, dec: float) -> float:
    """The direction from a place to another, degrees from north through east, 0 to 360.

    Args:
        ra0: Right ascension of where one stands, degrees.
        dec0: Its declination, degrees.
        ra: Right ascension of where one looks, degrees.
        dec: Its declination, degrees.
    """
    difference = math.radians(ra - ra0)
    first, second = math.radians(dec0), math.radians(dec)
    east = math.cos(second) * math.sin(difference)
    north = math.cos(first) * math.sin(second) - math.sin(first) * math.cos(second) * math.cos(difference)
    return math.degrees(math.atan2(east, north)) % 360
