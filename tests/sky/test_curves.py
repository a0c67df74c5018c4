"""Lines on the sky and the bodies on it, against astropy and our own coordinates."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from fink_tui.sky.coordinates import galactic, separation
from fink_tui.sky.curves import ECLIPTIC, GALACTIC_PLANE, Circle, sky
from fink_tui.sky.observatories import observatory

MOMENTS = [
    datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() for text in ("2026-01-05T02:10", "2026-07-03T05:50")
]
SITES = ["Rubin", "Siding Spring", "Tuorla"]


@pytest.fixture
def offline() -> Iterator[None]:
    pytest.importorskip("astropy")
    from astropy.utils import iers

    with iers.conf.set_temp("auto_download", False), iers.conf.set_temp("auto_max_age", None):
        yield


@pytest.mark.parametrize("circle", [Circle(10, 20, 5), Circle(350, -80, 60), Circle(0, 90, 30), GALACTIC_PLANE])
def test_a_circle_is_as_far_from_its_pole_as_it_says(circle: Circle) -> None:
    places = list(circle.places(36))
    assert len(places) == 36
    for step, place in enumerate(places):
        assert separation(circle.ra, circle.dec, *place) == pytest.approx(circle.radius, abs=1e-9)
        turned = (circle.angle_of(*place) - (-180 + 10 * step) + 180) % 360 - 180
        assert turned == pytest.approx(0, abs=1e-6) or circle.dec == 90


def test_the_galactic_plane_by_our_own_coordinates() -> None:
    assert all(abs(galactic(*place)[1]) < 1e-6 for place in GALACTIC_PLANE.places(24))


def test_the_galactic_plane_and_the_ecliptic_by_astropy(offline: None) -> None:
    import numpy as np
    from astropy import units as u
    from astropy.coordinates import BarycentricMeanEcliptic, SkyCoord

    plane, ecliptic = (
        SkyCoord(*np.array(list(circle.places(48))).T, unit=u.deg) for circle in (GALACTIC_PLANE, ECLIPTIC)
    )
    assert np.abs(plane.galactic.b.deg).max() < 1e-4
    assert np.abs(ecliptic.transform_to(BarycentricMeanEcliptic(equinox="J2000")).lat.deg).max() < 1e-4


@pytest.mark.parametrize("name", SITES)
@pytest.mark.parametrize("unix", MOMENTS)
def test_horizon_sidereal_time_sun_and_moon_by_astropy(offline: None, name: str, unix: float) -> None:
    import numpy as np
    from astropy import units as u
    from astropy.coordinates import AltAz, EarthLocation, SkyCoord, get_body
    from astropy.time import Time

    site = observatory(name)
    assert site is not None
    found = sky(site, unix)
    there = EarthLocation.from_geodetic(site.longitude, site.latitude, site.height)
    seen = AltAz(obstime=Time(unix, format="unix", scale="utc"), location=there)
    for altitude in (0.0, 30.0):
        circle = found.altitude(altitude)
        assert circle is not None
        places = SkyCoord(*np.array(list(circle.places(24))).T, unit=u.deg).transform_to(seen)
        assert np.abs(places.alt.deg - altitude).max() < 1 / 60
    local = seen.obstime.sidereal_time("apparent", there).deg
    assert found.sidereal == pytest.approx(local, abs=1 / 60)
    for which, place in (("sun", found.sun), ("moon", found.moon)):
        body = get_body(which, seen.obstime, there).transform_to(seen)
        ours = SkyCoord(*place, unit=u.deg).transform_to(seen)
        assert ours.separation(body).deg < 1 / 60
    moon, sun = (get_body(which, seen.obstime) for which in ("moon", "sun"))
    lit = (1 - np.cos(moon.separation(sun).rad)) / 2
    assert found.moon_lit == pytest.approx(lit, abs=0.01)


def test_without_a_site_there_is_no_horizon_but_a_sun_and_a_moon(offline: None) -> None:
    from astropy import units as u
    from astropy.coordinates import SkyCoord, get_body
    from astropy.time import Time

    for unix in MOMENTS:
        found = sky(None, unix)
        assert (found.zenith, found.sidereal, found.altitude(0)) == (None, None, None)
        for which, place in (("sun", found.sun), ("moon", found.moon)):
            body = get_body(which, Time(unix, format="unix", scale="utc"))
            ours = SkyCoord(*place, unit=u.deg)
            assert separation(ours.ra.deg, ours.dec.deg, body.ra.deg, body.dec.deg) < 0.02
