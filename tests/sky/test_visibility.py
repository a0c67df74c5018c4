"""What is up, against a plain search through the night, minute by minute."""

from __future__ import annotations

import math
import sys
from datetime import UTC, datetime
from functools import cache
from random import Random

import pytest

from fink_tui.sky.coordinates import separation
from fink_tui.sky.site import Limits, Site
from fink_tui.sky.twilight import HORIZON, night_at, observer, sun_below, to_ephem
from fink_tui.sky.visibility import Overhead

PACHON = Site("Cerro Pachon", -70.75, -30.24, 2700)
PALOMAR = Site("Palomar", -116.86, 33.36, 1700)
SVALBARD = Site("Svalbard", 15.0, 78.9, 10)


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def places(count: int) -> list[tuple[float, float]]:
    random = Random(5)
    return [(random.uniform(0, 360), math.degrees(math.asin(random.uniform(-1, 1)))) for _ in range(count)]


STEP = 180.0


@cache
def minutes(site: Site, unix: float) -> list[tuple[float, float, float, float]]:
    """Dark minutes of the coming day, by PyEphem: their dates, the Moon's altitude and place of J2000."""
    import ephem

    there, found = observer(site, unix), []
    sun, moon = ephem.Sun(), ephem.Moon()
    for step in range(int(86400 / STEP)):
        there.date = to_ephem(unix + (step + 0.5) * STEP)
        sun.compute(there)
        if math.degrees(sun.alt) > -18:
            if found:
                break
            continue
        moon.compute(there)
        alt = math.degrees(moon.alt)
        seen = ephem.Equatorial(ephem.Equatorial(moon.ra, moon.dec, epoch=there.date), epoch=ephem.J2000)
        found.append((to_ephem(unix + (step + 0.5) * STEP), alt, math.degrees(seen.ra), math.degrees(seen.dec)))
    return found


def searched(site: Site, unix: float, ra: float, dec: float) -> float:
    """Hours left, minute by minute."""
    import ephem

    there, star = observer(site, unix), ephem.FixedBody()
    star._ra, star._dec, star._epoch = math.radians(ra), math.radians(dec), ephem.J2000
    limits, count = site.limits, 0
    for date, moon_alt, moon_ra, moon_dec in minutes(site, unix):
        there.date = date
        star.compute(there)
        hour_angle = (math.degrees(there.sidereal_time() - star.g_ra) + 180) % 360 - 180
        count += (
            math.degrees(star.alt) >= limits.min_altitude
            and abs(hour_angle) <= 15 * limits.max_hour_angle
            and limits.min_dec <= dec <= limits.max_dec
            and not (moon_alt > 0 and separation(ra, dec, moon_ra, moon_dec) < limits.moon_distance)
        )
    return count * STEP / 3600


@pytest.mark.parametrize("site", [PACHON, PALOMAR, SVALBARD], ids=lambda site: site.name)
@pytest.mark.parametrize("when", ["2026-01-05T18:00", "2026-11-25T03:00", "2026-08-28T08:00"])
@pytest.mark.parametrize("limits", [Limits(), Limits(20, 60, -40, 60, 3.0)], ids=["usual", "narrow"])
def test_hours_left_are_those_of_a_search_through_the_night(site: Site, when: str, limits: Limits) -> None:
    chosen = site._replace(limits=limits)
    over = Overhead(chosen, at(when))
    for ra, dec in places(12):
        assert over.hours_left(ra, dec) == pytest.approx(searched(chosen, at(when), ra, dec), abs=0.11)


def test_a_place_that_never_rises_has_no_hours_and_one_at_the_pole_has_all() -> None:
    now = at("2026-12-20T20:00")
    dark = sun_below(PALOMAR, night_at(PALOMAR, now), -18)
    assert dark is not None
    over = Overhead(PALOMAR, now)
    assert over.hours_left(100, -80) == 0
    assert over.hours_left(100, 89.9) == pytest.approx((dark[1] - dark[0]) / 3600)  # the pole stands at 33 degrees


def test_a_polar_day_has_no_hours_and_a_polar_night_a_day_of_them() -> None:
    south = Site("South Pole", 0.0, -89.99, 2800)
    assert Overhead(south, at("2026-12-21T00:00")).hours_left(10, -60) == 0
    june = Overhead(south, at("2026-06-21T00:00"))
    noon = night_at(south, at("2026-06-21T00:00")).end
    assert june.hours_left(10, -60) == pytest.approx((noon - at("2026-06-21T00:00")) / 3600, abs=0.01)


def test_after_the_end_of_the_night_it_is_over_until_sunrise_then_the_next_one_counts() -> None:
    night = night_at(PACHON, at("2026-11-25T03:00"))
    dark, down = sun_below(PACHON, night, -18), sun_below(PACHON, night, HORIZON)
    assert dark is not None
    assert down is not None
    assert Overhead(PACHON, dark[1] + 60).hours_left(80, -30) == 0
    assert Overhead(PACHON, down[1] - 60).hours_left(80, -30) == 0
    assert Overhead(PACHON, down[1] + 60).hours_left(80, -30) > 5


def test_what_is_east_of_the_meridian_rises() -> None:
    now = at("2026-11-25T03:00")
    over, later = Overhead(PACHON, now), Overhead(PACHON, now + 60)
    for ra, dec in places(200):
        if abs(later.altitude(ra, dec) - over.altitude(ra, dec)) > 0.001:
            assert over.is_rising(ra, dec) == (later.altitude(ra, dec) > over.altitude(ra, dec))


def test_zenith_and_nadir() -> None:
    over = Overhead(PACHON, at("2026-11-25T03:00"))
    highest = max((over.altitude(ra / 10, -30.24), ra / 10) for ra in range(3600))
    assert highest[0] > 89.8
    assert over.altitude(highest[1] + 180, 30.24) == pytest.approx(-highest[0], abs=0.02)


def test_of_a_place_nothing_is_asked_of_ephem(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of rows are looked up at a time: each is arithmetic alone."""
    overhead = Overhead(PALOMAR, at("2026-11-19T04:00"))
    monkeypatch.setitem(sys.modules, "ephem", None)  # an import of it fails
    found = [
        (overhead.altitude(*place), overhead.is_rising(*place), overhead.hours_left(*place)) for place in places(500)
    ]
    assert all(-90 <= altitude <= 90 for altitude, _, _ in found)
    assert {is_rising for _, is_rising, _ in found} == {False, True}
    assert 0 == min(hours for _, _, hours in found) < max(hours for _, _, hours in found) < 13
