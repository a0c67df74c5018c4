"""Where a telescope stands, and what it can reach."""

from __future__ import annotations

from collections.abc import Sequence
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


class Telescopes:
    """The observer's telescopes, one of which is looked through now."""

    def __init__(self, sites: Sequence[Site] = ()) -> None:
        """Begin with the first."""
        self.sites = tuple(sites)
        self._index = 0

    @property
    def current(self) -> Site | None:
        """The site that altitudes are for; None where none is configured."""
        return self.sites[self._index] if self.sites else None

    def switch(self) -> Site | None:
        """Go on to the next site; returns it."""
        self._index = (self._index + 1) % max(1, len(self.sites))
        return self.current
