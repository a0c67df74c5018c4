"""The sky on a plane, areas as they are: all of it in an ellipse, or a part of it around a place.

Formulas: Snyder 1987, Map Projections: A Working Manual (USGS Professional Paper 1395). On the plane x grows to the
right and y up, in radians at the centre; the sky is seen from within: right ascension grows to the left. Places are
degrees.
"""

from __future__ import annotations

import math
from typing import NamedTuple, Protocol

Place = tuple[float, float]
"""Right ascension and declination, degrees."""


ELLIPSE = (2 * math.sqrt(2), math.sqrt(2))
"""Half axes of the ellipse that all of the sky is in."""


class Projection(Protocol):
    """How a place is put on a plane."""

    def forward(self, ra: float, dec: float) -> tuple[float, float] | None:
        """Where on the plane a place is; None where it is nowhere."""

    def inverse(self, x: float, y: float) -> Place | None:
        """Which place is there; None where none is."""


class Hammer(NamedTuple):
    """All of the sky in an ellipse twice as wide as high: the Hammer projection (Snyder 1987, p. 182)."""

    ra: float
    """Of the middle, degrees."""

    def forward(self, ra: float, dec: float) -> tuple[float, float]:
        """Where on the plane a place is."""
        half = math.radians((ra - self.ra + 180) % 360 - 180) / 2
        latitude = math.radians(dec)
        across = math.cos(latitude)
        size = math.sqrt(2 / (1 + across * math.cos(half)))
        return -2 * size * across * math.sin(half), size * math.sin(latitude)

    def inverse(self, x: float, y: float) -> Place | None:
        """Which place is there; None outside of the ellipse."""
        if (x / ELLIPSE[0]) ** 2 + (y / ELLIPSE[1]) ** 2 > 1:
            return None
        z = math.sqrt(1 - (x / 4) ** 2 - (y / 2) ** 2)
        longitude = 2 * math.atan2(-z * x, 2 * (2 * z * z - 1))
        return (self.ra + math.degrees(longitude)) % 360, math.degrees(math.asin(max(-1.0, min(1.0, z * y))))


class Azimuthal(NamedTuple):
    """A part of the sky around a place: Lambert's azimuthal equal-area projection (Snyder 1987, p. 185).

    A field of some degrees is, to a part in a thousand, that of a camera's tangential plane.
    """

    ra: float
    """Of the middle, degrees."""

    dec: float
    """Of the middle, degrees."""

    def forward(self, ra: float, dec: float) -> tuple[float, float] | None:
        """Where on the plane a place is; None for the one opposite to the middle, which is everywhere at the rim."""
        angle, latitude, middle = math.radians(ra - self.ra), math.radians(dec), math.radians(self.dec)
        across, up = math.cos(latitude), math.sin(latitude)
        near = math.sin(middle) * up + math.cos(middle) * across * math.cos(angle)
        if near < -1 + 1e-12:
            return None
        size = math.sqrt(2 / (1 + near))
        y = math.cos(middle) * up - math.sin(middle) * across * math.cos(angle)
        return -size * across * math.sin(angle), size * y

    def inverse(self, x: float, y: float) -> Place | None:
        """Which place is there; None outside of the sky."""
        distance = math.hypot(x, y)
        if distance > 2:
            return None
        if distance < 1e-15:
            return self.ra % 360, self.dec
        middle, angle = math.radians(self.dec), 2 * math.asin(distance / 2)
        sine, cosine = math.sin(angle), math.cos(angle)
        up = cosine * math.sin(middle) + y * sine * math.cos(middle) / distance
        along = distance * math.cos(middle) * cosine - y * math.sin(middle) * sine
        ra = (self.ra + math.degrees(math.atan2(-x * sine, along))) % 360
        return ra, math.degrees(math.asin(max(-1.0, min(1.0, up))))
