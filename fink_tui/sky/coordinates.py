"""Places on the sky: cones, galactic coordinates, separations. Angles are degrees, ICRS."""

from __future__ import annotations

import math
from typing import NamedTuple

POLE_RA, POLE_DEC = 192.85948, 27.12825
"""North galactic pole, J2000, degrees (ESA 1997, The Hipparcos and Tycho Catalogues, vol. 1, eq. 1.5.10; the same
constants to their precision in Reid & Brunthaler 2004, ApJ 616, 872, appendix)."""

NODE_LONGITUDE = 32.93192
"""Galactic longitude of the ascending node of the galactic plane on the equator, degrees (ibid., eq. 1.5.11)."""

_POLE_SIN, _POLE_COS = math.sin(math.radians(POLE_DEC)), math.cos(math.radians(POLE_DEC))


class Cone(NamedTuple):
    """All that is near a place."""

    ra: float
    """Right ascension of its middle, degrees."""

    dec: float
    """Declination of its middle, degrees."""

    radius: float
    """Degrees."""


def galactic(ra: float, dec: float) -> tuple[float, float]:
    """Galactic coordinates of a place, to the 0.0001 degree that the constants allow.

    Args:
        ra: Right ascension, degrees.
        dec: Declination, degrees.

    Returns:
        Longitude l (0 to 360) and latitude b (-90 to 90), degrees.
    """
    angle, declination = math.radians(ra - POLE_RA), math.radians(dec)
    sin_dec, cos_dec = math.sin(declination), math.cos(declination)
    # The place in axes of the galaxy: x to the ascending node, z to the pole.
    x = cos_dec * math.sin(angle)
    y = sin_dec * _POLE_COS - cos_dec * _POLE_SIN * math.cos(angle)
    z = sin_dec * _POLE_SIN + cos_dec * _POLE_COS * math.cos(angle)
    longitude = (math.degrees(math.atan2(y, x)) + NODE_LONGITUDE) % 360
    # atan2, for an arc sine loses the last digits near the poles.
    return (0.0 if longitude >= 360 else longitude), math.degrees(math.atan2(z, math.hypot(x, y)))


def separation(ra1: float, dec1: float, ra2: float, dec2: float) -> float:
    """The angle between two places, exact from arcseconds to antipodes.

    The special case of Vincenty 1975 (Survey Review 23, 88) for a sphere.

    Args:
        ra1: Right ascension of the one, degrees.
        dec1: Its declination, degrees.
        ra2: Right ascension of the other, degrees.
        dec2: Its declination, degrees.

    Returns:
        Degrees, 0 to 180.
    """
    difference = math.radians(ra2 - ra1)
    first, second = math.radians(dec1), math.radians(dec2)
    sin1, cos1, sin2, cos2 = math.sin(first), math.cos(first), math.sin(second), math.cos(second)
    across = cos2 * math.sin(difference)
    along = cos1 * sin2 - sin1 * cos2 * math.cos(difference)
    near = sin1 * sin2 + cos1 * cos2 * math.cos(difference)
    return math.degrees(math.atan2(math.hypot(across, along), near))


def offset(ra: float, dec: float, angle: float, distance: float) -> tuple[float, float]:
    """The place in a direction and at a distance from another.

    By the spherical cosine rule, in the triangle with the pole.

    Args:
        ra: Right ascension of that other, degrees.
        dec: Its declination, degrees.
        angle: The direction (position angle), degrees from north through east.
        distance: Degrees.

    Returns:
        Right ascension (0 to 360) and declination, degrees.
    """
    start, far, turn = math.radians(dec), math.radians(distance), math.radians(angle)
    sin_dec = math.sin(start) * math.cos(far) + math.cos(start) * math.sin(far) * math.cos(turn)
    across = math.sin(turn) * math.sin(far) * math.cos(start)
    along = math.cos(far) - math.sin(start) * sin_dec
    return (ra + math.degrees(math.atan2(across, along))) % 360, math.degrees(math.asin(max(-1.0, min(1.0, sin_dec))))
