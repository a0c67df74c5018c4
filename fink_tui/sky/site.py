"""Where a telescope stands, and what it can reach."""

from __future__ import annotations

from typing import NamedTuple


class Limits(NamedTuple):
    """What a telescope can, or shall, point at."""

    min_altitude: float = 30.0
    """Lowest altitude, degrees."""

    moon_distance: float = 20.0
    """Smallest distance to the Moon while it is up, degrees."""

    min_dec: float = -90.0
    """Southernmost declination, degrees."""

    max_dec: float = 90.0
    """Northernmost declination, degrees."""

    max_hour_angle: float = 12.0
    """Largest hour angle, east or west, hours."""


class Site(NamedTuple):
    """A telescope's place."""

    name: str
    """What people call it."""

    longitude: float
    """Degrees, east positive."""

    latitude: float
    """Degrees, north positive, geodetic."""

    height: float = 0.0
    """Metres above sea level."""

    limits: Limits = Limits()
    """Of its telescope."""
