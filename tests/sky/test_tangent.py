"""Directions between places, against astropy's WCS and SkyCoord."""

from __future__ import annotations

import pytest
from astropy import units
from astropy.coordinates import SkyCoord
from astropy.wcs import WCS
from hypothesis import assume, given
from hypothesis import strategies as st

from fink_tui.sky.tangent import offsets, position_angle

RA, DEC = st.floats(0, 360), st.floats(-90, 90)


@given(RA, st.floats(-89.9, 89.9), RA, DEC)
def test_a_place_on_the_plane_is_that_of_astropys_tan(ra0: float, dec0: float, ra: float, dec: float) -> None:
    here, there = SkyCoord(ra0, dec0, unit="deg"), SkyCoord(ra, dec, unit="deg")
    assume(here.separation(there).deg < 60)
    wcs = WCS(naxis=2)
    wcs.wcs.ctype, wcs.wcs.crval, wcs.wcs.cdelt = ["RA---TAN", "DEC--TAN"], [ra0, dec0], [1.0, 1.0]
    wcs.wcs.crpix = [0.0, 0.0]
    found = offsets(ra0, dec0, ra, dec)
    assert found is not None
    assert found == pytest.approx([float(x) for x in wcs.wcs_world2pix(ra, dec, 1)], abs=1e-5)


def test_what_is_behind_is_on_no_plane() -> None:
    assert offsets(0, 0, 180, 0) is None
    assert offsets(10, 90, 10, 0) is None
    assert offsets(10, 20, 10, 20) == (0, 0)


@given(RA, st.floats(-89, 89), RA, st.floats(-89, 89))
def test_a_direction_is_that_of_astropys_position_angle(ra0: float, dec0: float, ra: float, dec: float) -> None:
    here, there = SkyCoord(ra0, dec0, unit="deg"), SkyCoord(ra, dec, unit="deg")
    assume(0.01 < here.separation(there).deg < 179)
    away = (position_angle(ra0, dec0, ra, dec) * units.deg - here.position_angle(there)).wrap_at("180d")
    assert abs(away.deg) < 1e-6
