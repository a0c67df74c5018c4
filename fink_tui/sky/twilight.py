"""The night of a site as the Sun makes it: from noon to noon, and how deep the Sun is between. Times are Unix seconds.

PyEphem is loaded when the first night is asked for. Heights above sea level lower no horizon here: an almanac's, too.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from fink_tui.sky.site import Site

HORIZON = -50 / 60
"""Altitude of the Sun's centre at sunrise and sunset, degrees: 34' of refraction and 16' of radius."""

CIVIL, NAUTICAL, ASTRONOMICAL = -6.0, -12.0, -18.0
"""Altitude of the Sun's centre at the twilights, degrees, without refraction."""

DUBLIN_UNIX_EPOCH = 25567.5
"""1970-01-01 00:00 UTC in PyEphem's days."""

Span = tuple[float, float]
"""Begin and end, Unix seconds."""


class Night(NamedTuple):
    """From one transit of the Sun to the next."""

    noon: float
    """Before it, Unix seconds."""

    midnight: float
    """When the Sun is lowest."""

    end: float
    """The noon after it."""


def to_ephem(unix: float) -> float:
    """Unix seconds as PyEphem counts days."""
    return DUBLIN_UNIX_EPOCH + unix / 86400


def to_unix(days: float) -> float:
    """PyEphem's days as Unix seconds."""
    return (float(days) - DUBLIN_UNIX_EPOCH) * 86400


def observer(site: Site, unix: float) -> Any:
    """PyEphem's observer at a site and a moment, without an atmosphere, of places at the epoch J2000."""
    import ephem

    made = ephem.Observer()
    # As text, numbers are degrees to PyEphem.
    made.lon, made.lat, made.elevation = str(site.longitude), str(site.latitude), site.height
    made.pressure = 0
    made.epoch = ephem.J2000
    made.date = to_ephem(unix)
    return made


def night_at(site: Site, unix: float) -> Night:
    """The night that is now, or by day the coming one.

    It is over when the Sun has risen; where it never sets, when it was lowest; where it never rises, at noon.
    """
    night = _around(site, unix)
    if unix > night.midnight:
        below = sun_below(site, night, HORIZON)
        if below is None or unix > below[1]:
            return _around(site, night.end + 60)
    return night


def _around(site: Site, unix: float) -> Night:
    """The noons before and after a moment, and the midnight between."""
    import ephem

    there, sun = observer(site, unix), ephem.Sun()
    noon = there.previous_transit(sun)
    there.date = noon + 1 / 1440
    midnight = there.next_antitransit(sun)
    return Night(to_unix(noon), to_unix(midnight), to_unix(there.next_transit(sun)))


def sun_below(site: Site, night: Night, altitude: float) -> Span | None:
    """When the Sun's centre is below an altitude, to 0.1 second.

    Args:
        site: Where.
        night: Which.
        altitude: Degrees, without refraction.

    Returns:
        From when to when; from noon to noon in a polar night, None where the Sun stays above.
    """
    import ephem

    there, sun = observer(site, night.noon), ephem.Sun()

    def is_below(unix: float) -> bool:
        there.date = to_ephem(unix)
        sun.compute(there)
        return bool(sun.alt < altitude * ephem.degree)

    def crossing(above: float, below: float) -> float:
        # PyEphem's own search raises errors where the Sun stays up or down; between noon and midnight, halving is safe.
        while abs(below - above) > 0.1:
            middle = (above + below) / 2
            above, below = (above, middle) if is_below(middle) else (middle, below)
        return below

    if not is_below(night.midnight):
        return None
    begin = night.noon if is_below(night.noon) else crossing(night.noon, night.midnight)
    return begin, night.end if is_below(night.end) else crossing(night.end, night.midnight)
