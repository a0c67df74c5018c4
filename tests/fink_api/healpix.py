"""HEALPix, ring scheme: which pixel of the sky a place is in, and where a pixel's centre is.

The formulas are those of Górski et al. 2005 (ApJ 622, 759), sections 4.1 and 5.
"""

from __future__ import annotations

import math


def ang2pix(nside: int, ra: float, dec: float) -> int:
    """Number of the pixel of a place, given in degrees."""
    z, turn = math.sin(math.radians(dec)), (ra % 360) / 90
    if abs(z) <= 2 / 3:  # the equatorial belt
        rising, falling = nside * (0.5 + turn), nside * z * 0.75
        down, up = math.floor(rising - falling), math.floor(rising + falling)
        ring = nside + 1 + down - up
        place = (down + up - nside + (ring + 1) % 2 + 1) // 2 % (4 * nside)
        return 2 * nside * (nside - 1) + (ring - 1) * 4 * nside + place
    part, near = turn % 1, nside * math.sqrt(3 * (1 - abs(z)))
    ring = math.floor(part * near) + math.floor((1 - part) * near) + 1
    place = math.floor(turn * ring) % (4 * ring)
    return 2 * ring * (ring - 1) + place if z > 0 else 12 * nside**2 - 2 * ring * (ring + 1) + place


def centre(nside: int, pixel: int) -> tuple[float, float]:
    """Right ascension and declination of a pixel's centre, degrees."""
    cap, pixels = 2 * nside * (nside - 1), 12 * nside**2
    if cap <= pixel < pixels - cap:
        ring, place = divmod(pixel - cap, 4 * nside)
        shift = 0.5 if ring % 2 == 0 else 1.0
        z, phi = 2 / 3 - 2 * ring / (3 * nside), (place + 1 - shift) * 90 / nside
        return phi % 360, math.degrees(math.asin(z))
    rest = pixel if pixel < cap else pixels - 1 - pixel
    ring = (1 + math.isqrt(1 + 2 * rest)) // 2
    place = rest - 2 * ring * (ring - 1)
    z, phi = 1 - ring**2 / (3 * nside**2), (place + 0.5) * 90 / ring
    return (phi, math.degrees(math.asin(z))) if pixel < cap else (360 - phi, -math.degrees(math.asin(z)))


def separation(ra1: float, dec1: float, ra2: float, dec2: float) -> float:
    """Angle between two places, all degrees (the haversine, good for small angles)."""
    a, b, step = math.radians(dec1), math.radians(dec2), math.radians(ra2 - ra1)
    half = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(step / 2) ** 2
    return math.degrees(2 * math.asin(min(1.0, math.sqrt(half))))


def may_touch(nside: int, pixel: int, ra: float, dec: float, radius: float) -> bool:
    """Whether a pixel may overlap a disc, degrees: never False for one that does.

    healpy's `query_disc(inclusive=True)` gives such pixels too. One too many changes no answer: its rows are cut
    by their distance, and each pixel has a limit of its own.
    """
    at = centre(nside, pixel)
    return separation(*at, ra, dec) <= radius + math.degrees(1.2 / nside)  # no pixel reaches farther from its centre
