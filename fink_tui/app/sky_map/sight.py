"""Which part of the sky a map shows, and how large. Angles are degrees; a cell has two square dots by four."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

from fink_tui.sky.coordinates import separation
from fink_tui.sky.projection import ELLIPSE, Azimuthal, Hammer, Place, Projection

FIELDS = (
    *(120.0, 60.0, 30.0, 15.0, 8.0, 4.0, 2.0, 1.0),
    *(minutes / 60 for minutes in (30, 15, 8, 4, 2, 1)),
    *(seconds / 3600 for seconds in (30, 15, 8, 4)),
)
"""How wide a part may be, degrees; the place in it is the zoom, from 1, 0 being all of the sky."""

MARGIN = 1.25
"""How much wider a field is than what it shall hold."""


class Sight(NamedTuple):
    """A part of the sky in some room; two of them are the same where they show the same."""

    ra: float
    """Of the middle."""

    dec: float
    """Of the middle; 0 where all of the sky is seen."""

    zoom: int
    """0: all of the sky; else which of `FIELDS`, from 1."""

    columns: int
    """Cells."""

    rows: int
    """Cells."""

    @property
    def field(self) -> float | None:
        """How wide it is, degrees; None for all of the sky."""
        return FIELDS[self.zoom - 1] if self.zoom else None

    @property
    def projection(self) -> Projection:
        """How it is laid on the plane."""
        return Azimuthal(self.ra, self.dec) if self.zoom else Hammer(self.ra)

    @property
    def scale(self) -> float:
        """Dots for a radian in the middle."""
        if self.field is not None:
            return self.columns / (2 * math.sin(math.radians(self.field) / 4))
        return min((2 * self.columns - 1) / (2 * ELLIPSE[0]), (4 * self.rows - 1) / (2 * ELLIPSE[1]))

    @property
    def reach(self) -> float:
        """How far from the middle the farthest corner is, degrees."""
        if not self.zoom:
            return 180.0
        return math.degrees(2 * math.asin(min(1.0, math.hypot(self.columns, 2 * self.rows) / self.scale / 2)))

    def dot(self, ra: float, dec: float) -> tuple[float, float] | None:
        """Where a place is: dots from the left and from the top; None where it is not in sight."""
        found = self.projection.forward(ra, dec)
        if found is None:
            return None
        x, y = self.columns + found[0] * self.scale, 2 * self.rows - found[1] * self.scale
        return (x, y) if 0 <= x < 2 * self.columns and 0 <= y < 4 * self.rows else None

    def dots(self, places: Iterable[Place]) -> list[tuple[float, float] | None]:
        """The same of many places."""
        forward, scale = self.projection.forward, self.scale
        middle, half = self.columns, 2 * self.rows
        found: list[tuple[float, float] | None] = []
        for ra, dec in places:
            if (at := forward(ra, dec)) is not None:
                x, y = middle + at[0] * scale, half - at[1] * scale
                at = (x, y) if 0 <= x < 2 * middle and 0 <= y < 2 * half else None
            found.append(at)
        return found

    def place(self, x: float, y: float) -> Place | None:
        """Which place is where; None where there is no sky.

        Args:
            x: Dots from the left.
            y: Dots from the top.
        """
        return self.projection.inverse((x - self.columns) / self.scale, (2 * self.rows - y) / self.scale)


def holding(places: Iterable[Place], columns: int, rows: int) -> Sight | None:
    """The closest sight of some places that has room for all of them; None where that is all of the sky."""
    known = list(places)
    if not known:
        return None
    middle = _middle(known)
    if middle is None:
        return None
    farthest = max(separation(*middle, *place) for place in known)
    for zoom in range(len(FIELDS), 0, -1):
        sight = Sight(*middle, zoom, columns, rows)
        half = min(columns, 2 * rows) / sight.scale
        if math.radians(farthest) * MARGIN <= half:
            return sight
    return None


def _middle(places: list[Place]) -> Place | None:
    """The mean direction of some places; None where they are all around."""
    x = y = z = 0.0
    for ra, dec in places:
        across = math.cos(math.radians(dec))
        x += across * math.cos(math.radians(ra))
        y += across * math.sin(math.radians(ra))
        z += math.sin(math.radians(dec))
    if math.hypot(x, y, z) < 1e-6 * len(places):
        return None
    return math.degrees(math.atan2(y, x)) % 360, math.degrees(math.atan2(z, math.hypot(x, y)))
