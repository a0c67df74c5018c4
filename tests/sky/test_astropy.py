"""Altitudes, the Moon and the twilights against astropy, which reads nothing from the network here."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest

from fink_tui.sky.coordinates import separation
from fink_tui.sky.observatories import observatory
from fink_tui.sky.site import Site
from fink_tui.sky.tonight import darkness, moment, tonight
from fink_tui.sky.twilight import ASTRONOMICAL, CIVIL, HORIZON, NAUTICAL
from fink_tui.sky.visibility import Overhead

pytest.importorskip("astropy")

SEASONS = ("2026-01-05T02:10", "2026-04-04T21:30", "2026-07-03T05:50", "2026-10-02T13:20")
SITES = [
    site
    for site in (*map(observatory, ("Rubin", "Siding Spring", "Tuorla", "Mauna Kea")), Site("Quito", -78.5, 0.0, 2800))
    if site is not None
]
MOMENTS = [datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() for text in SEASONS]
CASES = [
    pytest.param(site, unix, id=f"{site.name} {text}")
    for site in SITES
    for unix, text in zip(MOMENTS, SEASONS, strict=True)
]
ARCSEC = 1 / 3600


@pytest.fixture(autouse=True, scope="module")
def offline() -> Iterator[None]:
    from astropy.utils import iers

    with iers.conf.set_temp("auto_download", False), iers.conf.set_temp("auto_max_age", None):
        yield


def frame(site: Site, unix: Any) -> Any:
    from astropy.coordinates import AltAz, EarthLocation
    from astropy.time import Time

    place = EarthLocation.from_geodetic(site.longitude, site.latitude, site.height)
    return AltAz(obstime=Time(unix, format="unix", scale="utc"), location=place)


def body(name: str, site: Site, unix: Any) -> Any:
    """The Sun or the Moon as it is seen from a site."""
    from astropy.coordinates import get_body

    seen = frame(site, unix)
    return get_body(name, seen.obstime, seen.location).transform_to(seen)


def stars(count: int, seed: int) -> tuple[list[float], list[float]]:
    random = Random(seed)
    places = [(random.uniform(0, 360), math.degrees(math.asin(random.uniform(-1, 1)))) for _ in range(count)]
    return [ra for ra, _ in places], [dec for _, dec in places]


@pytest.mark.parametrize(("site", "unix"), CASES)
def test_altitudes_of_stars(site: Site, unix: float) -> None:
    from astropy.coordinates import SkyCoord

    ra, dec = stars(60, int(unix))
    expected = SkyCoord(ra, dec, unit="deg").transform_to(frame(site, unix))
    over = Overhead(site, unix)
    for index in range(60):
        found = moment(site, ra[index], dec[index], unix)
        altitude, azimuth = expected.alt.deg[index], expected.az.deg[index]
        assert found.altitude == pytest.approx(altitude, abs=5 * ARCSEC)
        assert over.altitude(ra[index], dec[index]) == pytest.approx(altitude, abs=5 * ARCSEC)
        assert separation(found.azimuth, found.altitude, azimuth, altitude) < 5 * ARCSEC


@pytest.mark.parametrize(("site", "unix"), CASES)
def test_the_track_of_a_star_and_of_the_moon(site: Site, unix: float) -> None:
    import numpy as np
    from astropy.coordinates import SkyCoord

    ra, dec = stars(1, int(unix) + 1)
    found = tonight(site, ra[0], dec[0], unix)
    every = slice(None, None, 6)
    times = np.array(found.darkness.times[every])
    expected = SkyCoord(ra[0], dec[0], unit="deg").transform_to(frame(site, times))
    assert np.abs(np.array(found.track[every]) - expected.alt.deg).max() < 5 * ARCSEC
    moon = body("moon", site, times)
    assert np.abs(np.array(found.darkness.moon[every]) - moon.alt.deg).max() < 60 * ARCSEC


@pytest.mark.parametrize(("site", "unix"), CASES)
def test_the_moon_s_distance_and_its_lit_part(site: Site, unix: float) -> None:
    from astropy.coordinates import SkyCoord

    ra, dec = stars(1, int(unix) + 2)
    found = moment(site, ra[0], dec[0], unix)
    moon, sun = body("moon", site, unix), body("sun", site, unix)
    star = SkyCoord(ra[0], dec[0], unit="deg").transform_to(frame(site, unix))
    expected = separation(star.az.deg, star.alt.deg, moon.az.deg, moon.alt.deg)
    assert found.moon_distance == pytest.approx(expected, abs=60 * ARCSEC)
    elongation = math.radians(separation(sun.az.deg, sun.alt.deg, moon.az.deg, moon.alt.deg))
    # Seen from the ground; the lit part is told as from the centre of the Earth, as almanacs do.
    assert found.moon_phase == pytest.approx((1 - math.cos(elongation)) / 2, abs=0.01)


@pytest.mark.parametrize(("site", "unix"), CASES)
def test_the_twilights(site: Site, unix: float) -> None:
    import numpy as np

    dark = darkness(site, unix)
    spans = ((HORIZON, dark.down), (CIVIL, dark.civil), (NAUTICAL, dark.nautical), (ASTRONOMICAL, dark.dark))
    lowest = body("sun", site, dark.night.midnight).alt.deg
    assert lowest == pytest.approx(dark.lowest_sun, abs=10 * ARCSEC)
    crossed = [(level, moment) for level, span in spans if span is not None for moment in span]
    times = np.array([moment for _, moment in crossed])
    before, after = (body("sun", site, times + seconds).alt.deg for seconds in (-10, 10))
    assert all(
        min(one, other) < level < max(one, other) for (level, _), one, other in zip(crossed, before, after, strict=True)
    )
    assert all((span is None) == (lowest > level) for level, span in spans)


def test_a_northern_summer_has_no_darkness() -> None:
    tuorla = next(site for site in SITES if site.latitude > 60)
    assert darkness(tuorla, MOMENTS[2]).dark is None
    assert darkness(tuorla, MOMENTS[2]).down is not None
