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


def place(site: Site) -> str:
    """A site's longitude, latitude and height in words: `70.733 W 29.257 S 2375 m`."""
    return (
        f"{abs(site.longitude):.3f} {'E' if site.longitude >= 0 else 'W'} "
        f"{abs(site.latitude):.3f} {'N' if site.latitude >= 0 else 'S'} {site.height:.0f} m"
    )


def reach(limits: Limits) -> str:
    """Limits in words; those that exclude nothing are left out."""
    parts = [f"altitude from {limits.min_altitude:g} deg"]
    if limits.min_dec > -90 or limits.max_dec < 90:
        parts.append(f"declination {limits.min_dec:+g} to {limits.max_dec:+g} deg")
    if limits.max_hour_angle < 12:
        parts.append(f"hour angle to {limits.max_hour_angle:g} h")
    if limits.moon_distance:
        parts.append(f"Moon {limits.moon_distance:g} deg away")
    return ", ".join(parts)


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
