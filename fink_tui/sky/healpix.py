"""HEALPix, nested scheme: which pixel of the sky a place is in (Gorski et al. 2005, ApJ 622, 759, sections 4 and 5)."""

from __future__ import annotations

import math

SPREAD = tuple(sum((number >> bit & 1) << 2 * bit for bit in range(8)) for number in range(256))
"""The bits of a byte, with a gap after each."""

MOST = 15
"""The highest order that is computed: pixels of 6 seconds of arc."""


def pixel(order: int, ra: float, dec: float) -> int:
    """The number of the pixel of a place, from 0 to 12 * 4**order - 1.

    Args:
        order: How often the twelve pixels of the whole sky were divided by four, up to `MOST`.
        ra: Right ascension, degrees.
        dec: Declination, degrees.
    """
    side = 1 << order
    z, turn = math.sin(math.radians(dec)), ra % 360 / 90 % 4
    if abs(z) <= 2 / 3:  # the belt around the equator, whose pixels' edges are straight lines in z and longitude
        along, across = side * (0.5 + turn), side * 0.75 * z
        falling, rising = math.floor(along - across), math.floor(along + across)
        first, second = falling >> order, rising >> order
        face = first & 3 | 4 if first == second else first & 3 if first < second else (second & 3) + 8
        x, y = rising & side - 1, side - 1 - (falling & side - 1)
    else:
        quarter = min(3, int(turn))
        near = side * math.sqrt(3 * (1 - abs(z)))
        falling = min(side - 1, int((turn - quarter) * near))
        rising = min(side - 1, int((1 - turn + quarter) * near))
        face, x, y = quarter, side - 1 - rising, side - 1 - falling
        if z < 0:
            face, x, y = quarter + 8, falling, rising
    return face << 2 * order | _spread(x) | _spread(y) << 1


def _spread(number: int) -> int:
    return SPREAD[number & 255] | SPREAD[number >> 8 & 255] << 16


def area(order: int) -> float:
    """Of a pixel, square degrees."""
    return 4 * math.pi * math.degrees(1) ** 2 / (12 << 2 * order)
