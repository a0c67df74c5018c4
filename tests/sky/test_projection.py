"""The sky on a plane: what the formulas promise, whatever the place."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fink_tui.sky.coordinates import separation
from fink_tui.sky.projection import ELLIPSE, Azimuthal, Hammer, Projection

RA = st.floats(0, 359.999)
DEC = st.floats(-90, 90)
PROJECTIONS = st.one_of(st.builds(Hammer, RA), st.builds(Azimuthal, RA, DEC))


@given(PROJECTIONS, RA, DEC)
def test_what_is_put_on_the_plane_is_found_there(projection: Projection, ra: float, dec: float) -> None:
    found = projection.forward(ra, dec)
    if found is not None:
        back = projection.inverse(*found)
        # On the rim a rounding may be outside.
        assert back is None or separation(ra, dec, *back) < 1e-4
        nearer = projection.inverse(found[0] * (1 - 1e-9), found[1] * (1 - 1e-9))
        assert nearer is not None
        assert separation(ra, dec, *nearer) < 1e-2


@pytest.mark.parametrize("projection", [Hammer(40.0), Azimuthal(40.0, 25.0), Azimuthal(0.0, -90.0)])
@pytest.mark.parametrize(("ra", "dec"), [(40.5, 25.5), (300.0, -60.0), (120.0, 3.0), (45.0, 80.0)])
def test_areas_are_those_of_the_sky(projection: Projection, ra: float, dec: float) -> None:
    size = 1e-3
    corners = [projection.forward(ra + a * size, dec + b * size) for a, b in ((0, 0), (1, 0), (1, 1), (0, 1))]
    ways = [corner for corner in corners if corner is not None]
    twice = sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in zip(ways, [*ways[1:], ways[0]], strict=True))
    on_sky = math.radians(size) * (math.sin(math.radians(dec + size)) - math.sin(math.radians(dec)))
    assert abs(twice) / 2 == pytest.approx(on_sky, rel=1e-3)


@pytest.mark.parametrize("projection", [Hammer(350.0), Azimuthal(350.0, 0.0)])
def test_north_is_up_and_east_left(projection: Projection) -> None:
    assert projection.forward(350.0, 0.0) == pytest.approx((0, 0), abs=1e-15)
    east, north = projection.forward(5.0, 0.0), projection.forward(350.0, 10.0)
    assert east is not None
    assert north is not None
    assert east[0] < 0
    assert north[1] > 0


def test_the_ellipse_of_all_the_sky() -> None:
    assert Hammer(180.0).forward(0.001, 0.0)[0] == pytest.approx(ELLIPSE[0], rel=1e-4)
    assert Hammer(180.0).forward(77.0, 90.0) == pytest.approx((0.0, ELLIPSE[1]), abs=1e-12)
    assert Hammer(180.0).inverse(ELLIPSE[0], 0.1) is None
    assert Azimuthal(10.0, 10.0).inverse(2.1, 0.0) is None
    assert Azimuthal(10.0, 10.0).forward(190.0, -10.0) is None


def test_a_small_field_is_that_of_a_camera() -> None:
    found = Azimuthal(123.0, 45.0).forward(123.0, 46.0)
    assert found is not None
    assert found[1] == pytest.approx(math.tan(math.radians(1)), rel=5e-4)
    tiny = Azimuthal(123.0, 45.0).forward(123.0, 45.0 + 1 / 3600)
    assert tiny is not None
    assert math.degrees(tiny[1]) * 3600 == pytest.approx(1.0, rel=1e-6)


@pytest.mark.parametrize(
    ("code", "projection"),
    [("AIT", Hammer(200.0)), ("ZEA", Azimuthal(200.0, 35.0)), ("ZEA", Azimuthal(10.0, -89.0))],
)
def test_the_plane_is_that_of_the_fits_standard(code: str, projection: Hammer | Azimuthal) -> None:
    wcs_module = pytest.importorskip("astropy.wcs")
    wcs = wcs_module.WCS(naxis=2)
    wcs.wcs.ctype = [f"RA---{code}", f"DEC--{code}"]
    wcs.wcs.crval = [projection.ra, projection.dec if isinstance(projection, Azimuthal) else 0.0]
    wcs.wcs.cdelt = [1.0, 1.0]
    wcs.wcs.crpix = [0.0, 0.0]
    for ra, dec in ((0.0, 0.0), (201.0, 36.0), (77.7, -55.5), (359.0, 89.0), (140.0, 10.0)):
        x, y = wcs.wcs_world2pix([[ra, dec]], 0)[0] + 1
        # FITS has x to the east, degrees; a screen has it to the west.
        assert projection.forward(ra, dec) == pytest.approx((-math.radians(x), math.radians(y)), abs=1e-9)
