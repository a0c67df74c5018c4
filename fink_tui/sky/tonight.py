"""One place in one night at one site: its altitude, the Moon's, the twilights, and when it can be reached.

PyEphem computes it, with apparent places and without refraction; what many places share is computed once a night. Times
are Unix seconds, angles degrees, hour angles hours, places ICRS.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any, NamedTuple

from fink_tui.sky.airmass import airmass
from fink_tui.sky.site import Site
from fink_tui.sky.twilight import (
    ASTRONOMICAL,
    CIVIL,
    HORIZON,
    NAUTICAL,
    Night,
    Span,
    night_at,
    observer,
    sun_below,
    to_ephem,
)
from fink_tui.sky.visibility import SIDEREAL_DAY, Overhead

STEP = 300.0
"""Seconds between two points of a track."""


class Moment(NamedTuple):
    """A place and the sky at one moment."""

    unix: float
    altitude: float
    azimuth: float
    """From north through east."""

    hour_angle: float
    """-12 to 12, west positive."""

    sun_altitude: float
    moon_altitude: float
    moon_distance: float
    """From the site, the Moon's parallax included."""

    moon_phase: float
    """Part of its disc that is lit, 0 to 1."""

    @property
    def airmass(self) -> float | None:
        """That of the place; None below the horizon."""
        return airmass(self.altitude)


class Darkness(NamedTuple):
    """What a night is like at a site, whatever one looks at."""

    night: Night
    down: Span | None
    """From sunset to sunrise; None where it does not set."""

    civil: Span | None
    """Sun below -6 degrees."""

    nautical: Span | None
    """Sun below -12 degrees."""

    dark: Span | None
    """Sun below -18 degrees."""

    lowest_sun: float
    """Altitude of the Sun at midnight."""

    times: tuple[float, ...]
    """Of the tracks: from sunset to sunrise, from noon to noon where it does not set."""

    moon: tuple[float, ...]
    """The Moon's altitude then."""

    waxes: bool
    """Whether the Moon's lit part grows."""


class Tonight(NamedTuple):
    """A place in a night."""

    site: Site
    ra: float
    dec: float
    darkness: Darkness
    track: tuple[float, ...]
    """Its altitude at `darkness.times`."""

    windows: tuple[Span, ...]
    """When it is dark and the place within all limits."""

    transit: float
    """When it is highest between the two noons."""

    culmination: float
    """Its altitude then."""

    high: Span | None
    """Around the transit, while it is above the lowest altitude of the telescope; None for never.

    A whole sidereal day where it always is."""

    best: Moment | None
    """The highest one while it can be reached."""

    highest: Moment | None
    """The highest one while it is dark, whatever the limits are."""

    @property
    def is_always_high(self) -> bool:
        """Whether it never sinks to the lowest altitude of the telescope."""
        return self.high is not None and self.high[1] - self.high[0] > SIDEREAL_DAY - 1

    def hours_left(self, unix: float) -> float:
        """For how many hours from a moment on it can be reached."""
        return sum(max(0.0, end - max(begin, unix)) for begin, end in self.windows) / 3600

    def hours(self) -> float:
        """For how many hours of the night it can be reached."""
        return self.hours_left(self.darkness.night.noon)


def tonight(site: Site, ra: float, dec: float, unix: float) -> Tonight:
    """A place in the night that is now, or by day in the coming one; computed once.

    Args:
        site: Where, with its telescope's limits.
        ra: Right ascension, degrees.
        dec: Declination, degrees.
        unix: A moment, Unix seconds.
    """
    return _tonight(site, ra, dec, darkness(site, unix))


def darkness(site: Site, unix: float) -> Darkness:
    """The night at a site that is now, or by day the coming one; computed once."""
    # Noons are found a little apart from different moments: the night is named by its midnight, to the minute.
    return _darkness(site, round(night_at(site, unix).midnight / 60) * 60)


def moment(site: Site, ra: float, dec: float, unix: float) -> Moment:
    """A place and the sky at one moment."""
    import ephem

    there, star = observer(site, unix), _star(ra, dec)
    sun, moon = ephem.Sun(there), ephem.Moon(there)
    star.compute(there)
    return Moment(
        unix,
        math.degrees(star.alt),
        math.degrees(star.az),
        (math.degrees(there.sidereal_time() - star.g_ra) / 15 + 12) % 24 - 12,
        math.degrees(sun.alt),
        math.degrees(moon.alt),
        # Both as they appear from the site: geocentric, the Moon would be up to a degree off.
        math.degrees(ephem.separation((moon.ra, moon.dec), (star.ra, star.dec))),
        moon.phase / 100,
    )


def _star(ra: float, dec: float) -> Any:
    """PyEphem's body at a place."""
    import ephem

    star = ephem.FixedBody()
    star._ra, star._dec, star._epoch = math.radians(ra), math.radians(dec), ephem.J2000
    return star


@lru_cache(maxsize=16)
def _darkness(site: Site, midnight: float) -> Darkness:
    import ephem

    night = night_at(site, midnight - 3600)  # at midnight itself a polar day changes its date
    down, civil, nautical, dark = (
        sun_below(site, night, altitude) for altitude in (HORIZON, CIVIL, NAUTICAL, ASTRONOMICAL)
    )
    begin, end = down or (night.noon, night.end)
    steps = max(1, math.ceil((end - begin) / STEP))
    times = tuple(begin + (end - begin) * step / steps for step in range(steps + 1))
    there, moon, sun = observer(site, night.midnight), ephem.Moon(), ephem.Sun()
    sun.compute(there)
    lowest, altitudes, phases = math.degrees(sun.alt), [], []
    for unix in times:
        there.date = to_ephem(unix)
        moon.compute(there)
        altitudes.append(math.degrees(moon.alt))
        phases.append(moon.moon_phase)
    waxes = phases[-1] > phases[0]
    return Darkness(night, down, civil, nautical, dark, lowest, times, tuple(altitudes), waxes)


@lru_cache(maxsize=64)
def _tonight(site: Site, ra: float, dec: float, dark: Darkness) -> Tonight:
    there, star = observer(site, dark.night.noon), _star(ra, dec)
    track = []
    for unix in dark.times:
        there.date = to_ephem(unix)
        star.compute(there)
        track.append(math.degrees(star.alt))
    over = Overhead(site, dark.night.noon + 60)
    windows = tuple(over.windows(ra, dec))
    transit, half = over.course(ra, dec)
    if transit < dark.night.noon:
        transit += SIDEREAL_DAY
    reached = [_nearest(transit, window) for window in windows]
    best = max((moment(site, ra, dec, unix) for unix in reached), key=lambda found: found.altitude, default=None)
    return Tonight(
        site,
        ra,
        dec,
        dark,
        tuple(track),
        windows,
        transit,
        moment(site, ra, dec, transit).altitude,
        (transit - half, transit + half) if half else None,
        best,
        moment(site, ra, dec, _nearest(transit, dark.dark)) if dark.dark else None,
    )


def _nearest(transit: float, span: Span) -> float:
    """When in a span a place is nearest to a transit, of all there are."""
    begin, end = span
    middle = (begin + end) / 2
    transit += round((middle - transit) / SIDEREAL_DAY) * SIDEREAL_DAY
    return min(max(transit, begin), end)
