from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fink_tui.sky.coordinates import galactic, separation

RA, DEC = st.floats(0, 360), st.floats(-90, 90)


@pytest.mark.parametrize(
    ("ra", "dec", "longitude", "latitude"),
    [
        (266.41684, -29.00781, 359.94423, -0.04616),  # Sgr A* (Reid & Brunthaler 2004)
        (10.684708, 41.26875, 121.1743, -21.5733),  # M31
        (83.633083, 22.0145, 184.5575, -5.7844),  # the Crab
        (187.705931, 12.391123, 283.7778, 74.4912),  # M87
        (0.0, 90.0, 122.93192, 27.12825),  # the celestial pole
        (80.894, -69.756, 280.4652, -32.8884),  # the Large Magellanic Cloud
    ],
)
def test_known_places(ra: float, dec: float, longitude: float, latitude: float) -> None:
    assert galactic(ra, dec) == pytest.approx((longitude, latitude), abs=2e-4)


def test_the_galactic_poles() -> None:
    assert galactic(192.85948, 27.12825)[1] == pytest.approx(90)
    assert galactic(12.85948, -27.12825)[1] == pytest.approx(-90)


@given(RA, DEC, RA, DEC)
def test_turning_the_axes_keeps_angles(ra1: float, dec1: float, ra2: float, dec2: float) -> None:
    first, second = galactic(ra1, dec1), galactic(ra2, dec2)
    assert all(0 <= longitude < 360 and -90 <= latitude <= 90 for longitude, latitude in (first, second))
    assert separation(*first, *second) == pytest.approx(separation(ra1, dec1, ra2, dec2), abs=1e-9)


def test_separation() -> None:
    assert separation(10, 20, 10, 20) == 0
    assert separation(0, 0, 180, 0) == pytest.approx(180)
    assert separation(0, 90, 123, -90) == pytest.approx(180)
    assert separation(359.5, 0, 0.5, 0) == pytest.approx(1)
    assert separation(10, 60, 10 + 1 / 3600, 60) * 3600 == pytest.approx(0.5, rel=1e-9)
    assert separation(10, 0, 10, 1e-6 / 3600) * 3600 == pytest.approx(1e-6, rel=1e-6)
    # alpha to beta Centauri, by PyEphem's `separation`
    assert separation(219.90206, -60.83399, 210.95586, -60.37304) == pytest.approx(4.411880, abs=1e-6)


@given(RA, DEC, RA, DEC)
def test_separation_is_symmetric(ra1: float, dec1: float, ra2: float, dec2: float) -> None:
    found = separation(ra1, dec1, ra2, dec2)
    assert 0 <= found <= 180
    assert found == pytest.approx(separation(ra2, dec2, ra1, dec1), abs=1e-10)
