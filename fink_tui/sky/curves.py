"""Lines on the sky, and what stands out on it at a moment. Angles are degrees, ICRS."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

from fink_tui.sky.coordinates import POLE_DEC, POLE_RA
from fink_tui.sky.projection import Place
from fink_tui.sky.site import Site
from fink_tui.sky.twilight import observer, to_ephem

OBLIQUITY = 23.4392911
"""Of the ecliptic, J2000, degrees (IAU 1976; Explanatory Supplement to the Astronomical Almanac 1992, p. 114)."""


class Circle(NamedTuple):
    """All places that are equally far from one; where that is 90 degrees, a great circle."""

    ra: float
    """Of its pole, degrees."""

    dec: float
    """Of its pole, degrees."""

    radius: float = 90.0
    """Degrees from the pole."""

    def angle_of(self, ra: float, dec: float) -> float:
        """In which direction from the pole a place is, degrees from north through east, -180 to 180."""
        difference, up, pole = math.radians(ra - self.ra), math.radians(dec), math.radians(self.dec)
        y = math.cos(up) * math.sin(difference)
        x = math.cos(pole) * math.sin(up) - math.sin(pole) * math.cos(up) * math.cos(difference)
        return math.degrees(math.atan2(y, x))

    def places(self, steps: int, begin: float = -180.0, end: float = 180.0) -> Iterator[Place]:
        """Places along it.

        Args:
            steps: How many of them.
            begin: In which direction from the pole the first is, degrees from north through east.
            end: The same of the one behind the last.
        """
        pole, away = math.radians(self.dec), math.radians(self.radius)
        sin_pole, cos_pole = math.sin(pole), math.cos(pole)
        sine, cosine = math.sin(away), math.cos(away)
        first, step = math.radians(begin), math.radians(end - begin) / steps
        for number in range(steps):
            turned = first + number * step
            north, y = sine * math.cos(turned), sine * math.sin(turned)
            x, z = cos_pole * cosine - sin_pole * north, sin_pole * cosine + cos_pole * north
            yield (self.ra + math.degrees(math.atan2(y, x))) % 360, math.degrees(math.atan2(z, math.hypot(x, y)))


GALACTIC_PLANE = Circle(POLE_RA, POLE_DEC)
"""Galactic latitude 0."""

ECLIPTIC = Circle(270.0, 90.0 - OBLIQUITY)
"""Of J2000."""


class Sky(NamedTuple):
    """What stands out on the sky at a moment."""

    unix: float
    """The moment, Unix seconds."""

    site: Site | None
    """From where it is seen; None: from the middle of the Earth."""

    sun: Place
    moon: Place
    """From a site it is up to a degree away from where it is from the middle of the Earth."""

    moon_lit: float
    """The part of its disc that is lit, 0 to 1."""

    zenith: Place | None
    """Of the site."""

    sidereal: float | None
    """The site's sidereal time, degrees."""

    def altitude(self, degrees: float) -> Circle | None:
        """All places at an altitude, without refraction; None without a site."""
        return None if self.zenith is None else Circle(*self.zenith, 90.0 - degrees)


def sky(site: Site | None, unix: float) -> Sky:
    """The sky at a moment; right to a minute of arc. The first call loads PyEphem.

    Args:
        site: From where; None for the middle of the Earth.
        unix: Unix seconds.
    """
    import ephem

    if site is None:
        there = ephem.Date(to_ephem(unix))
        sun, moon = ephem.Sun(there, epoch=ephem.J2000), ephem.Moon(there, epoch=ephem.J2000)
        return Sky(unix, None, _degrees(sun.a_ra, sun.a_dec), _degrees(moon.a_ra, moon.a_dec), moon.phase / 100, *NONE)
    seen = observer(site, unix)
    places = []
    for body in (ephem.Sun(seen), ephem.Moon(seen)):
        of_date = ephem.Equatorial(body.ra, body.dec, epoch=seen.date)
        standard = ephem.Equatorial(of_date, epoch=ephem.J2000)
        places.append(_degrees(standard.ra, standard.dec))
    zenith = seen.radec_of(0, math.pi / 2)
    lit = ephem.Moon(seen).phase / 100
    return Sky(unix, site, places[0], places[1], lit, _degrees(*zenith), math.degrees(seen.sidereal_time()))


NONE = (None, None)
"""What is not known without a site."""


def _degrees(ra: float, dec: float) -> Place:
    return math.degrees(ra) % 360, math.degrees(dec)
