"""One place in one night: what is told of it agrees with itself, wherever on the Earth."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fink_tui.sky.observatories import observatory
from fink_tui.sky.site import Limits, Site
from fink_tui.sky.tonight import Moment, darkness, moment, tonight
from fink_tui.sky.visibility import SIDEREAL_DAY, Overhead

LIMITS = st.builds(
    Limits, st.floats(0, 80), st.floats(0, 120), st.floats(-90, 0), st.floats(10, 90), st.floats(0.5, 12)
)
ANYWHERE = st.builds(Site, st.just("x"), st.floats(-180, 180), st.floats(-89.9, 89.9), st.floats(0, 5000), LIMITS)


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def named(name: str, **limits: float) -> Site:
    site = observatory(name)
    assert site is not None
    return site._replace(limits=Limits(**limits))


@settings(max_examples=40)
@given(ANYWHERE, st.floats(0, 360), st.floats(-90, 90), st.floats(1.7e9, 2.0e9))
def test_what_is_told_agrees_with_itself(site: Site, ra: float, dec: float, now: float) -> None:
    found = tonight(site, ra, dec, now)
    dark = found.darkness
    assert len(dark.times) == len(dark.moon) == len(found.track)
    assert dark.night.noon < dark.night.midnight < dark.night.end
    assert (found.best is None) == (not found.windows)
    assert (found.highest is None) == (dark.dark is None)
    for begin, end in found.windows:
        assert dark.dark is not None
        assert dark.dark[0] - 1 <= begin < end <= dark.dark[1] + 1
        middle = moment(site, ra, dec, (begin + end) / 2)
        assert middle.sun_altitude < -17.99
        assert middle.altitude > site.limits.min_altitude - 0.02
        assert abs(middle.hour_angle) < site.limits.max_hour_angle + 0.01 or site.limits.max_hour_angle == 12
        assert found.best is not None
        assert found.best.altitude >= middle.altitude - 0.02
    assert Overhead(site, now).hours_left(ra, dec) == pytest.approx(found.hours_left(now), abs=0.01)
    assert max(found.track) <= found.culmination + 0.02
    assert found.hours_left(dark.night.end) == 0 <= found.hours_left(now) <= found.hours() < 24.5


def test_rising_and_setting_through_the_limit() -> None:
    site = named("Rubin", min_altitude=35)
    found = tonight(site, 60, -20, at("2026-11-21T16:00"))
    assert found.high is not None
    for unix in found.high:
        assert moment(site, 60, -20, unix).altitude == pytest.approx(35, abs=0.01)
    assert moment(site, 60, -20, found.transit).hour_angle == pytest.approx(0, abs=0.001)
    assert found.culmination == pytest.approx(90 - 30.245 + 20, abs=0.2)
    assert not found.is_always_high


def test_what_never_sets_and_what_never_rises() -> None:
    now = at("2026-11-21T20:00")
    always = tonight(named("Tuorla"), 60, 80, now)
    assert always.is_always_high
    assert always.windows == (always.darkness.dark,)
    never = tonight(named("Tuorla"), 60, -40, now)
    assert never.high is None
    assert never.culmination < 0
    assert never.windows == ()


def test_the_night_is_over_at_sunrise() -> None:
    site = named("Palomar")
    first = darkness(site, at("2026-11-22T10:00"))
    assert first.down is not None
    assert darkness(site, first.down[1] - 60) is first  # computed once
    later = darkness(site, first.down[1] + 60)
    assert later.night.noon > first.night.midnight
    assert darkness(site, later.night.midnight) is later


def test_a_polar_day_and_a_polar_night() -> None:
    site = Site("Longyearbyen", 15.6, 78.2)
    summer = tonight(site, 60, 80, at("2026-06-21T12:00"))
    assert summer.darkness.down is None
    assert summer.darkness.lowest_sun > 10
    assert summer.windows == ()
    assert summer.highest is None
    winter = tonight(site, 60, 80, at("2026-12-21T12:00"))
    assert winter.darkness.down == (winter.darkness.night.noon, winter.darkness.night.end)
    assert winter.hours() > 10


def test_a_place_near_the_moon_is_reached_while_the_moon_is_down() -> None:
    site, now = named("Palomar", moon_distance=60), at("2026-11-21T22:00")
    near = tonight(site, 10, 10, now)  # the Moon sets at 12:10, dark until 12:58
    assert moment(site, 10, 10, near.darkness.night.midnight).moon_distance < 60
    assert near.windows == ()
    polar = tonight(site._replace(limits=Limits(30, 85)), 200, 85, now)
    assert len(polar.windows) == 1
    begin, end = polar.windows[0]
    assert moment(site, 200, 85, begin - 900).moon_altitude > 0 > moment(site, 200, 85, begin + 900).moon_altitude
    assert polar.darkness.dark is not None
    assert end == polar.darkness.dark[1]


@pytest.mark.parametrize("altitude", [90, 60, 30, 20, 10, 5])
def test_airmass(altitude: float) -> None:
    """Against another formula, of Pickering 2002, DIO 12, 20."""
    expected = 1 / math.sin(math.radians(altitude + 244 / (165 + 47 * altitude**1.1)))
    found = Moment(0, altitude, 0, 0, 0, 0, 0, 0).airmass
    assert found == pytest.approx(expected, rel=0.01)
    assert Moment(0, -0.1, 0, 0, 0, 0, 0, 0).airmass is None


def test_a_sidereal_day() -> None:
    assert math.isclose(SIDEREAL_DAY, 86164.09, abs_tol=0.01)
