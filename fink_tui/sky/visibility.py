"""What is up: altitudes and hours left of many places, from one site at one moment.

PyEphem is asked when the moment is set; a place then costs a few products. Altitudes are right to a few arcseconds:
precession, nutation, sidereal time and annual aberration are in, polar motion and refraction are not.
"""

from __future__ import annotations

import math
from typing import Any

from fink_tui.sky.site import Site
from fink_tui.sky.twilight import ASTRONOMICAL, Span, night_at, observer, sun_below, to_ephem

Vector = tuple[float, float, float]

SIDEREAL_DAY = 86400 / 1.002737909
"""Seconds in which the Earth turns once (the ratio of sidereal to mean solar time: Astronomical Almanac, section B)."""

MOON_STEP = 600.0
"""Seconds for which the Moon is taken to stand still: it moves 6 arcminutes meanwhile."""


def unit(ra: float, dec: float) -> Vector:
    """The direction of a place, radians."""
    across = math.cos(dec)
    return across * math.cos(ra), across * math.sin(ra), math.sin(dec)


def dot(first: Vector, second: Vector) -> float:
    """Cosine of the angle between two directions."""
    return first[0] * second[0] + first[1] * second[1] + first[2] * second[2]


def without(spans: list[Span], cut: Span) -> list[Span]:
    """Spans, and what is left of them when another is taken out."""
    pieces = [piece for begin, end in spans for piece in ((begin, min(end, cut[0])), (max(begin, cut[1]), end))]
    return [(begin, end) for begin, end in pieces if begin < end]


class Overhead:
    """The sky over a site at one moment. Places are ICRS, degrees."""

    def __init__(self, site: Site, unix: float) -> None:
        """Compute what all places share.

        Args:
            site: Where, with its telescope's limits.
            unix: When, Unix seconds.
        """
        there = observer(site, unix)
        columns, velocity = _frame(there)

        def to_icrs(direction: Vector) -> Vector:
            return dot(columns[0], direction), dot(columns[1], direction), dot(columns[2], direction)

        sidereal, latitude = float(there.sidereal_time()), math.radians(site.latitude)
        self.site = site
        self._zenith = to_icrs(unit(sidereal, latitude))
        self._pole = to_icrs((0.0, 0.0, 1.0))
        self._meridian = to_icrs(unit(sidereal, 0.0))  # where it crosses the equator
        self._west = to_icrs(unit(sidereal - math.pi / 2, 0.0))
        self._velocity = to_icrs(velocity)
        self._drift = dot(self._zenith, self._velocity)
        self._sin_latitude, self._cos_latitude = math.sin(latitude), math.cos(latitude)
        self._sin_limit = math.sin(math.radians(site.limits.min_altitude))
        self._widest = 3600 * site.limits.max_hour_angle * SIDEREAL_DAY / 86400

        self.unix = unix
        """The moment, Unix seconds."""
        self.night = night_at(site, unix)
        """The night that is then, by day the coming one."""
        dark = sun_below(site, self.night, ASTRONOMICAL)
        self.dark: Span | None = (max(unix, dark[0]), dark[1]) if dark and dark[1] > unix else None
        """What is left of its darkness, Unix seconds; None for nothing."""
        self._moons = [(span, to_icrs(direction)) for span, direction in _moons(there, self.dark)] if self.dark else []
        self._moon_limit = math.cos(math.radians(site.limits.moon_distance))
        self._moon_middle = self._moons[len(self._moons) // 2][1] if self._moons else (0.0, 0.0, 0.0)
        spread = max((_angle(self._moon_middle, direction) for _, direction in self._moons), default=0.0)
        self._moon_near = math.cos(min(math.pi, math.radians(site.limits.moon_distance) + spread))

    def altitude(self, ra: float, dec: float) -> float:
        """Altitude of a place now, degrees, without refraction."""
        place = unit(math.radians(ra), math.radians(dec))
        sine = dot(self._zenith, place) * (1 - dot(self._velocity, place)) + self._drift
        return math.degrees(math.asin(max(-1.0, min(1.0, sine))))

    def is_rising(self, ra: float, dec: float) -> bool:
        """Whether a place gains altitude now: it is east of the meridian."""
        return dot(self._west, unit(math.radians(ra), math.radians(dec))) < 0

    def course(self, ra: float, dec: float) -> Span:
        """When a place is high.

        Args:
            ra: Right ascension, degrees.
            dec: Declination, degrees.

        Returns:
            Its transit within half a day of the moment, Unix seconds, and for how many seconds before and after that
            it is above the site's lowest altitude: 0 where it is never, half a sidereal day where it always is.
        """
        place = unit(math.radians(ra), math.radians(dec))
        sin_dec = dot(self._pole, place)
        reach = self._cos_latitude * math.sqrt(max(0.0, 1 - sin_dec * sin_dec))
        needed = self._sin_limit - self._sin_latitude * sin_dec
        half = 0.0 if needed >= reach else math.pi if needed <= -reach else math.acos(needed / reach)
        hour_angle = math.atan2(dot(self._west, place), dot(self._meridian, place))
        return self.unix - hour_angle / math.tau * SIDEREAL_DAY, half / math.tau * SIDEREAL_DAY

    def windows(self, ra: float, dec: float) -> list[Span]:
        """When a place can still be observed in this night, by day in the coming one.

        Dark is the Sun below -18 degrees: never in a polar day, from noon to noon in a polar night. The Moon matters
        while its centre is up; it is followed in steps of ten minutes.

        Args:
            ra: Right ascension, degrees.
            dec: Declination, degrees.

        Returns:
            Unix seconds: from now on, dark, and the place within all limits of the site's telescope.
        """
        limits = self.site.limits
        if self.dark is None or not limits.min_dec <= dec <= limits.max_dec:
            return []
        transit, half = self.course(ra, dec)
        half = min(half, self._widest)
        found = [self.dark]
        if half < SIDEREAL_DAY / 2 - 1:  # else all of it, without a seam at the lower transit
            begin, end = self.dark
            transits = (transit, transit + SIDEREAL_DAY, transit + 2 * SIDEREAL_DAY)  # the coming night ends by then
            spans = [(max(begin, moment - half), min(end, moment + half)) for moment in transits]
            found = [span for span in spans if span[0] < span[1]]
        if self._moons and found:
            place = unit(math.radians(ra), math.radians(dec))
            if dot(self._moon_middle, place) > self._moon_near:
                for span, moon in self._moons:
                    if dot(moon, place) > self._moon_limit:
                        found = without(found, span)
        return found

    def hours_left(self, ra: float, dec: float) -> float:
        """For how many hours of this night, by day of the coming one, a place can still be observed: `windows`."""
        return sum(end - begin for begin, end in self.windows(ra, dec)) / 3600


def _angle(first: Vector, second: Vector) -> float:
    """Between two directions, radians."""
    return math.acos(max(-1.0, min(1.0, dot(first, second))))


def _frame(there: Any) -> tuple[tuple[Vector, Vector, Vector], Vector]:
    """How PyEphem turns ICRS into the true equator and equinox of the date.

    An axis and its opposite are both moved by aberration the same way: their difference is turned alone, their sum is
    the Earth's velocity across the axis.

    Returns:
        The three axes of ICRS in the frame of the date, and the velocity in the frame of the date, over that of light.
    """
    import ephem

    def apparent(ra: float, dec: float) -> Vector:
        star = ephem.FixedBody()
        star._ra, star._dec, star._epoch = ra, dec, ephem.J2000
        star.compute(there)
        return unit(float(star.g_ra), float(star.g_dec))

    axes, sums = [], []
    for ra, dec in ((0.0, 0.0), (math.pi / 2, 0.0), (0.0, math.pi / 2)):
        one, other = apparent(ra, dec), apparent(ra + math.pi, -dec)
        axes.append(((one[0] - other[0]) / 2, (one[1] - other[1]) / 2, (one[2] - other[2]) / 2))
        sums.append(((one[0] + other[0]) / 2, (one[1] + other[1]) / 2, (one[2] + other[2]) / 2))
    # Each component is in two of the three sums.
    x, y, z = (sum(part) / 2 for part in zip(*sums, strict=True))
    return (axes[0], axes[1], axes[2]), (x, y, z)


def _moons(there: Any, dark: Span) -> list[tuple[Span, Vector]]:
    """Where the Moon is while it is dark and the Moon is up, as seen from the site, in the frame of the date."""
    import ephem

    moon, found = ephem.Moon(), []
    # The same steps whenever one asks: what a list and a view say agrees.
    for step in range(int(dark[0] // MOON_STEP), math.ceil(dark[1] / MOON_STEP)):
        there.date = to_ephem((step + 0.5) * MOON_STEP)
        moon.compute(there)
        if moon.alt > 0:
            found.append(((step * MOON_STEP, (step + 1) * MOON_STEP), unit(float(moon.ra), float(moon.dec))))
    return found
