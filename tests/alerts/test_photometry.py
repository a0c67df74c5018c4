from __future__ import annotations

import json
import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fink_tui.alerts import clean, photometry
from fink_tui.alerts.photometry import Change
from tests.alerts import fink_utils

ANY = st.one_of(st.none(), st.floats(allow_nan=True, allow_infinity=True))


def finite(found: object) -> bool:
    if found is None or isinstance(found, bool | str):
        return True
    if isinstance(found, tuple):
        return all(map(finite, found))
    return isinstance(found, int | float) and math.isfinite(found)


def test_the_zero_point() -> None:
    assert photometry.flux_to_mag(1.0) == (31.4, None)
    assert photometry.flux_to_mag(3631e9) == pytest.approx((0, None), abs=1e-3)  # 3631 Jy
    assert photometry.flux_to_mag(1000.0, 100.0) == pytest.approx((23.9, 0.108574), abs=1e-6)
    assert photometry.mag_to_flux(23.9, 0.108574) == pytest.approx((1000, 100), abs=1e-3)


@pytest.mark.parametrize("flux", [None, 0.0, -5.0, math.nan, math.inf])
def test_no_magnitude(flux: float | None) -> None:
    assert photometry.flux_to_mag(flux, 1.0) is None


@given(st.floats(1e-3, 1e15), st.floats(1e-6, 1e6))
def test_there_and_back(flux: float, flux_err: float) -> None:
    found = photometry.flux_to_mag(flux, flux_err)
    assert found is not None
    assert photometry.mag_to_flux(*found) == pytest.approx((flux, flux_err))


@given(ANY, ANY, ANY, ANY, st.sampled_from([True, False, None]))
def test_nothing_raises_and_nothing_infinite_comes_out(
    a: float | None, b: float | None, c: float | None, d: float | None, sign: bool | None
) -> None:
    assert finite(photometry.flux_to_mag(a, b))
    assert finite(photometry.mag_to_flux(a, b))
    assert finite(photometry.snr(a, b))
    assert finite(apparent_magnitude(a, b, c, d, sign))
    assert finite(photometry.apparent_flux(a, b, c, d, sign))
    assert finite(photometry.change(a, b, c, [(d or 0.0, b, c), (0.0, c, d)]))


def test_signal_to_noise() -> None:
    assert photometry.snr(10.0, 2.0) == 5
    assert photometry.snr(-10.0, 2.0) == -5
    assert photometry.snr(10.0, 0.0) is photometry.snr(10.0, None) is photometry.snr(1e300, 1e-300) is None


def apparent_magnitude(
    magpsf: float | None,
    sigmapsf: float | None,
    magnr: float | None,
    sigmagnr: float | None,
    is_positive: bool | None,
) -> tuple[float, float | None] | None:
    """What is drawn as ZTF's apparent magnitude."""
    found = photometry.apparent_flux(magpsf, sigmapsf, magnr, sigmagnr, is_positive)
    return None if found is None else photometry.flux_to_mag(*found)


def test_apparent_magnitude() -> None:
    # The formula in its own terms: fluxes in units of the zero point, errors by 1.0857.
    difference, reference = 10 ** (-0.4 * 18.5), 10 ** (-0.4 * 17.2)
    error = math.hypot(difference * 0.1 / 1.0857, reference * 0.03 / 1.0857)
    for is_positive, total in ((True, reference + difference), (False, reference - difference)):
        found = apparent_magnitude(18.5, 0.1, 17.2, 0.03, is_positive)
        assert found == pytest.approx((-2.5 * math.log10(total), 1.0857 * error / total), rel=1e-4)


def test_apparent_magnitude_that_is_none() -> None:
    assert apparent_magnitude(17.0, 0.1, 18.0, 0.1, False) is None  # less than nothing left
    assert apparent_magnitude(17.0, 0.1, -999.0, 0.1, True) is None
    assert apparent_magnitude(17.0, 0.1, 18.0, 0.1, None) is None
    assert apparent_magnitude(None, 0.1, 18.0, 0.1, True) is None
    found = apparent_magnitude(17.0, None, 18.0, 0.1, True)
    assert found is not None
    assert found[1] is None


def test_apparent_flux() -> None:
    """3631 Jy is magnitude 0: in nJy, and below zero where more is missing than was there."""
    difference, reference = (3631e9 * 10 ** (-0.4 * mag) for mag in (18.5, 17.2))
    for is_positive, total in ((True, reference + difference), (False, reference - difference)):
        found = photometry.apparent_flux(18.5, 0.1, 17.2, 0.03, is_positive)
        err = math.hypot(difference * 0.1, reference * 0.03) / 1.0857
        assert found == pytest.approx((total, err), rel=1e-3)  # Rubin's zero point is 31.4, 3631 Jy are 31.4002
    negative = photometry.apparent_flux(17.0, 0.1, 18.0, 0.1, False)
    assert negative is not None
    assert negative[0] < 0
    assert apparent_magnitude(17.0, 0.1, 18.0, 0.1, False) is None


# -- as fink-utils has it ---------------------------------------------------------------------------------------------


def same_as(values: dict[str, list[list[float]]]) -> None:
    """Our conversions of the cases are those values; its 1.0857 is 1.08574."""
    for case, expected in zip(fink_utils.cases()["apparent"], values["apparent"], strict=True):
        mag, mag_err, jansky, jansky_err = expected
        about = (*case[:4], clean.positive(case[4]))
        flux = photometry.apparent_flux(*about)
        if case[2] < 0:
            assert flux is None
            assert math.isnan(jansky)
            continue
        assert flux is not None
        assert flux[0] / 1e9 == pytest.approx(jansky, rel=1e-3)
        assert flux[1] is not None
        assert flux[1] / 1e9 == pytest.approx(jansky_err, rel=1e-3)
        found = apparent_magnitude(*about)
        if math.isnan(mag):
            assert found is None
        else:
            assert found == pytest.approx((mag, mag_err), rel=5e-5)
    for (flux, err), expected in zip(fink_utils.cases()["rubin"], values["rubin"], strict=True):
        assert photometry.flux_to_mag(flux, err) == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_conversions_are_those_of_fink_utils() -> None:
    """By a table of what it gave: `python -m tests.alerts.fink_utils` writes it."""
    same_as(json.loads(fink_utils.TABLE.read_text()))


def test_fink_utils_gives_that_still() -> None:
    try:
        values = fink_utils.fink_utils_values()
    except fink_utils.NotHereError as error:
        pytest.skip(str(error))
    same_as(values)
    table = json.loads(fink_utils.TABLE.read_text())
    for name in ("apparent", "rubin"):
        for row, kept in zip(values[name], table[name], strict=True):
            assert row == pytest.approx(kept, rel=1e-12, nan_ok=True)


def test_times() -> None:
    assert photometry.jd_to_mjd(2461121.9631019) == pytest.approx(61121.4631019)
    assert (61000.0 - photometry.tai_to_utc(61000.0)) * 86400 == pytest.approx(37, abs=1e-3)


def test_change_is_since_the_last_earlier_detection() -> None:
    earlier = [(10.0, 19.0, 0.3), (12.0, 18.5, 0.4), (11.0, 25.0, 0.1), (13.0, 10.0, 0.1), (12.5, math.nan, 0.1)]
    found = photometry.change(13.0, 18.0, 0.3, earlier)
    assert found == pytest.approx(Change(-0.5, 0.5, 1.0))
    assert photometry.change(13.0, 18.0, None, earlier) == Change(-0.5, None, 1.0)
    assert photometry.change(13.0, 18.0, 0.3, [(12.0, 18.5, None)]) == Change(-0.5, None, 1.0)
    assert photometry.change(13.0, 18.0, 0.3, []) is None
    assert photometry.change(13.0, None, 0.3, earlier) is None
    assert photometry.change(10.0, 18.0, 0.3, earlier) is None


def test_there_is_no_change_since_a_detection_fainter_than_the_template() -> None:
    earlier = [(12.0, None, 0.1), (11.0, 18.5, 0.4)]
    assert photometry.change(13.0, 18.0, 0.3, earlier) is None
    assert photometry.change(13.0, 18.0, 0.3, [(10.0, None, None), *earlier[1:]]) == pytest.approx(Change(-0.5, 0.5, 2))
    assert photometry.change(13.0, 18.0, 0.3, [(14.0, None, None), *earlier[1:]]) is not None


@pytest.mark.parametrize(
    ("flux", "err", "shown"),
    [
        (-14600.0, 320.0, "-14.60±0.32 µJy"),
        (9999.0, 20.0, "9999±20 nJy"),
        (10_000.0, None, "10.00 µJy"),
        (123_456.0, 1000.0, "123.5±1.0 µJy"),
        (3.2e7, 1e5, "32.00±0.10 mJy"),
        (3.2e10, 1e8, "32.00±0.10 Jy"),
        (3.0, 120.0, "3.0±120.0 nJy"),
        (0.5, None, "0.500 nJy"),
        (-1e-9, 0.1, "0.000±0.100 nJy"),
        (0.0, None, "0 nJy"),
        (math.nan, 1.0, "-"),
        (5.0, math.nan, "5.000 nJy"),
        (1e300, 1e290, "1e+291±1e+281 Jy"),
    ],
)
def test_a_flux_in_its_handiest_unit(flux: float, err: float | None, shown: str) -> None:
    assert photometry.flux_text(flux, err) == shown


@given(st.floats(), st.one_of(st.none(), st.floats()))
def test_any_flux_is_short(flux: float, err: float | None) -> None:
    assert len(photometry.flux_text(flux, err)) < 30


def spark(*points: tuple[float, float], invert: bool = False, floor: float = 0.3, bins: int = 10) -> str:
    return photometry.sparkline(points, bins, invert=invert, floor=floor)


def test_sparkline() -> None:
    rise = [(float(day), float(day)) for day in range(10)]
    assert spark(*rise) == "0012345677"
    assert spark(*rise, invert=True) == "7765432100"
    assert spark(*reversed(rise)) == spark(*rise)


def test_sparkline_leaves_empty_steps() -> None:
    assert spark((0, 1), (9, 2)) == "0........7"
    assert spark((0, 20), (1, 20), (10, 18), invert=True) == "00.......7"


def test_a_step_is_the_mean_of_its_points() -> None:
    assert spark((0, 0), (0.1, 8), (1, 0), (9.9, 8), (10, 8)) == "30.......7"


def test_sparkline_of_one_moment() -> None:
    assert spark((5, 18)) == spark((5, 18), floor=0) == spark((5, 18), (5, 18.01)) == ".........3"
    assert spark() == spark((math.nan, 1)) == spark((1, math.inf)) == ""


def test_noise_does_not_look_like_a_rise() -> None:
    flat = spark((0, 18.01), (5, 17.99), (10, 18.0), invert=True)
    assert set(flat) <= set("34.")
    assert spark((0, 18.3), (10, 18.0), invert=True)[0] == "0"


@given(st.lists(st.tuples(st.floats(), st.floats())), st.integers(1, 20), st.booleans(), st.floats(0, 1e3))
def test_a_sparkline_is_digits(points: list[tuple[float, float]], bins: int, invert: bool, floor: float) -> None:
    assert re.fullmatch(rf"([0-7.]{{{bins}}})?", photometry.sparkline(points, bins, invert=invert, floor=floor))
