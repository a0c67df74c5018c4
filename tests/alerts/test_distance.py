"""How far away, and how bright then: against published cosmology, and astropy's."""

from __future__ import annotations

import math
from typing import Any

import pytest

from fink_tui.alerts.distance import (
    Distance,
    distance_modulus,
    distances,
    length,
    luminosity_distance,
    mangrove,
)
from fink_tui.alerts.row import AlertRow

ROW = AlertRow._make([None] * len(AlertRow._fields))._replace(survey="ztf", mag=18.0, is_positive=True)


@pytest.mark.parametrize(
    ("redshift", "modulus"),
    [
        (0.0001, 23.158782),
        (0.003, 30.549257),
        (0.01, 33.175318),
        (0.0249, 35.180754),
        (0.1, 38.315205),
        (0.5, 42.261185),
        (1.0, 44.100238),
        (2.5, 46.547767),
        (6.0, 48.806949),
        (20.0, 51.766582),
    ],
)
def test_the_modulus_is_astropys(redshift: float, modulus: float) -> None:
    """`FlatLambdaCDM(H0=70, Om0=0.3).distmod` of astropy 8.0.2, which needs scipy for it."""
    assert abs(distance_modulus(luminosity_distance(redshift)) - modulus) < 1e-5


def test_the_modulus_by_hand() -> None:
    """Einstein-de Sitter has a closed form; near by, Hubble's law holds; and ten parsecs are no distance at all."""
    assert luminosity_distance(0.001) == pytest.approx(299_792.458 / 70 * 0.001 * (1 + 0.5 * 0.001 * 1.55), rel=1e-6)
    assert distance_modulus(1e-5) == pytest.approx(0)
    assert distance_modulus(1.0) == pytest.approx(25)


def test_nothing_known() -> None:
    assert distances(ROW, {}) == []


def test_a_redshift_of_the_tns() -> None:
    (found,) = distances(ROW._replace(tns_redshift=0.1), {})
    assert found.mpc == pytest.approx(460.3, abs=0.1)  # Ned Wright's calculator
    assert found.magnitude == pytest.approx(18.0 - 38.315, abs=0.002)
    assert found.words() == "M -20.32, no extinction, no K: 460 Mpc (m-M 38.32), TNS z 0.1"


@pytest.mark.parametrize("redshift", [0.0, -0.01, 1e-5, 25.0, None])
def test_no_distance_from_such_a_redshift(redshift: float | None) -> None:
    assert distances(ROW._replace(tns_redshift=redshift), {}) == []


def test_a_galaxy_nearby_is_a_condition() -> None:
    (found,) = distances(ROW._replace(host_name="NGC5674", host_distance=112.44), {})
    assert found.magnitude == pytest.approx(18.0 - 35.2546, abs=1e-3)
    assert found.source == 'if in NGC5674 (Mangrove < 60")'


def test_a_parallax_is_of_the_star_and_not_of_its_change() -> None:
    star = ROW._replace(gaia_plx=2.0, gaia_plx_err=0.1, magnr=15.0, distnr=0.4)
    (found,) = distances(star, {})
    assert (length(found.mpc), found.of) == ("500 pc", " (reference)")
    assert found.magnitude == pytest.approx(15.0 - 8.49485, abs=1e-4)
    (far,) = distances(star._replace(distnr=1.6), {})
    assert far.magnitude is None
    (science,) = distances(star._replace(distnr=None), {"diaSource": {"scienceFlux": 3631e9 * 10 ** (-0.4 * 16)}})
    assert science.magnitude == pytest.approx(16.0 - 8.49485, abs=2e-4)
    assert distances(star._replace(gaia_plx_err=0.5), {}) == []


def test_a_photometric_redshift_says_so_and_how_poor_it_is() -> None:
    xm: dict[str, Any] = {"legacydr8_zphot": 0.5, "legacydr8_e_zphot": 0.1, "legacydr8_fqual": 1}
    (found,) = distances(ROW, {"xm": xm})
    assert found.source == "photometric z 0.50±0.10 (Legacy DR8)"
    assert found.spread is not None
    assert found.magnitude is not None
    assert found.spread[0] > found.magnitude > found.spread[1]
    assert distances(ROW, {"xm": xm | {"legacydr8_fqual": 0}}) == []
    assert distances(ROW, {"xm": xm | {"legacydr8_zphot": -0.02}}) == []
    assert distances(ROW, {"xm": xm | {"legacydr8_e_zphot": 1.1}})[0].spread is None


def test_a_deficit_has_no_absolute_magnitude() -> None:
    (found,) = distances(ROW._replace(tns_redshift=0.1, is_positive=False), {})
    assert found.magnitude is None
    assert found.words() == "460 Mpc (m-M 38.32), TNS z 0.1"


def test_mangroves_second_distance_is_no_separation() -> None:
    ztf = {"lum_dist": "112.441993769", "ang_dist": "106.9547214808656"}
    luminosity, diameter = mangrove({"mangrove": ztf})
    assert luminosity is not None
    assert diameter is not None
    assert math.sqrt(luminosity / diameter) - 1 == pytest.approx(0.0253, abs=1e-4)
    assert mangrove({"xm": {"mangrove_lum_dist": 10.0, "mangrove_ang_dist": 9.9}}) == (10.0, 9.9)
    assert mangrove({"mangrove": {"lum_dist": "None", "ang_dist": "None"}}) == (None, None)
    assert mangrove({"mangrove": {"lum_dist": "-1", "ang_dist": None}}) == (None, None)
    assert mangrove({"mangrove": {"lum_dist": "5", "ang_dist": "50"}}) == (5.0, None)
    assert mangrove({}) == (None, None)


@pytest.mark.parametrize(
    ("mpc", "expected"),
    [(460.3, "460 Mpc"), (4503.2, "4,503 Mpc"), (12.34, "12.3 Mpc"), (0.00123, "1.23 kpc"), (2.5e-4, "250 pc")],
)
def test_lengths(mpc: float, expected: str) -> None:
    assert length(mpc) == expected
    assert Distance(mpc, "x", None, "").words().startswith(expected)
