from __future__ import annotations

import itertools
import math
import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fink_tui.alerts import lightcurve
from fink_tui.alerts.decode import record
from fink_tui.alerts.lightcurve import Measured, Summary
from fink_tui.alerts.packet import Packet
from fink_tui.alerts.photometry import mag_to_flux
from fink_tui.alerts.quantity import Quantity, quantities, select
from fink_tui.alerts.row import Point, PointKind
from fink_tui.alerts.schema import Schema

START = 61100.0


def point(
    days: float, mag: float | None, err: float | None = 0.05, band: str = "r", *, negative: bool = False
) -> Point:
    flux, flux_err = mag_to_flux(mag, err) or (None, None)
    kind = PointKind.DETECTION
    return Point(START + days, band, kind, mag, err, -flux if negative and flux else flux, flux_err)


def limit(days: float, mag: float, band: str = "r") -> Point:
    return Point(START + days, band, PointKind.LIMIT, mag, None, None, None)


def series(*values: tuple[float, float, float | None], band: str = "r") -> list[Measured]:
    return [Measured(START + days, band, mag, err) for days, mag, err in values]


# -- rates ------------------------------------------------------------------------------------------------------------


def test_the_rate_of_two_detections_by_hand() -> None:
    """Slope (18 - 19) / 4; error hypot(0.3, 0.4) / 4."""
    found = lightcurve.rate(series((0, 19, 0.3), (4, 18, 0.4)))
    assert found is not None
    assert found.band == "r"
    assert found[1:] == pytest.approx((-0.25, 0.125, 2, 4.0, series((4, 18, 0.4))[0].mjd))


@pytest.mark.parametrize("seed", range(5))
def test_the_rate_is_the_weighted_fit_of_numpy(seed: int) -> None:
    """Where points lie as near the line as their errors let expect, or nearer, the error is that of the weights."""
    draw = random.Random(seed)
    points = [(day, 18 - 0.1 * day + draw.gauss(0, 0.01), draw.uniform(0.05, 0.3)) for day in (0, 0.7, 2, 3.1, 6.5, 9)]
    times, mags, errors = np.array(points).T
    (slope, _), covariance = np.polyfit(times, mags, 1, w=1 / errors, cov="unscaled")
    found = lightcurve.rate(series(*points))
    assert found is not None
    assert found.mag_per_day == pytest.approx(slope, rel=1e-9)
    assert found.err == pytest.approx(math.sqrt(covariance[0, 0]), rel=1e-9)
    assert (found.n, found.days) == (6, 9)


def test_points_that_are_on_no_line_have_an_uncertain_rate() -> None:
    points = [(0.0, 18.0, 0.01), (1.0, 17.0, 0.02), (2.0, 18.2, 0.01), (3.0, 17.1, 0.03), (4.0, 18.1, 0.01)]
    times, mags, errors = np.array(points).T
    (slope, _), covariance = np.polyfit(times, mags, 1, w=1 / errors, cov=True)
    found = lightcurve.rate(series(*points))
    assert found is not None
    assert found.mag_per_day == pytest.approx(slope, rel=1e-6)
    assert found.err == pytest.approx(math.sqrt(covariance[0, 0]), rel=1e-6)


def test_without_errors_all_count_alike() -> None:
    points: list[tuple[float, float, float | None]] = [(0, 18.0, None), (2, 17.8, 0.1), (5, 17.2, None), (7, 17.3, 0.1)]
    times, mags = np.array([point[:2] for point in points]).T
    (slope, _), covariance = np.polyfit(times, mags, 1, cov=True)
    found = lightcurve.rate(series(*points))
    assert found is not None
    assert (found.mag_per_day, found.err) == pytest.approx((slope, math.sqrt(covariance[0, 0])), rel=1e-9)
    two = lightcurve.rate(series(*points[:2]))
    assert two is not None
    assert (two.mag_per_day, two.err) == (pytest.approx(-0.1), None)


def test_a_rate_is_that_of_the_last_days() -> None:
    found = lightcurve.rate(series((-30, 12, 0.1), (0, 19, 0.1), (5, 18, 0.1), (10, 17, 0.1)))
    assert found is not None
    assert (found.mag_per_day, found.n) == (pytest.approx(-0.2), 3)
    assert lightcurve.rate(series((-30, 12, 0.1), (0, 19, 0.1))) is None
    assert lightcurve.rate(series((0, 19, 0.1), (0.01, 12, 0.1))) is None
    assert lightcurve.rate([]) is None


def test_a_detection_below_the_template_leaves_no_rate() -> None:
    points = [point(0, 19), point(3, 18), point(5, 19, negative=True), point(6, 18)]
    assert lightcurve.summary(points).rates == ()
    early = [point(-20, 19, negative=True), point(0, 19), point(3, 18)]
    assert [found.mag_per_day for found in lightcurve.summary(early).rates] == [pytest.approx(-1 / 3)]


# -- limits -----------------------------------------------------------------------------------------------------------


def test_the_least_rise_by_hand() -> None:
    """From fainter than 20.5 to 18.9 in 2 days: 0.8 magnitudes a day or more."""
    points = [limit(-5, 21), limit(-2, 20.5), limit(-1, 21, "g"), point(0, 18.9), point(1, 18.7)]
    found = lightcurve.rise(points, "r")
    assert found is not None
    assert (found.band, *found[1:]) == ("r", pytest.approx(-0.8), 20.5, pytest.approx(2), 61100.0)
    assert lightcurve.rise(points, "g") is None


def test_a_limit_that_says_nothing() -> None:
    assert lightcurve.rise([limit(-2, 17), point(0, 18.9)], "r") is None
    deeper = lightcurve.rise([limit(-3, 20), limit(-2, 17), point(0, 18)], "r")
    assert deeper is not None
    assert (deeper.limit, deeper.mag_per_day) == (20, pytest.approx(-2 / 3))
    assert lightcurve.rise([limit(1, 20), point(0, 18.9)], "r") is None
    assert lightcurve.rise([limit(-4, 20), point(-2, 18, negative=True), point(0, 18)], "r") is None


def test_the_last_limit_is_of_any_band_but_deep_enough() -> None:
    points = [limit(-5, 20.5), limit(-3, 20.0, "g"), limit(-1, 15.0), point(0, 18.9), point(3, 17), limit(2, 20)]
    found = lightcurve.last_limit(points)
    assert found is not None
    assert (found.band, found.mag, found.days) == ("g", 20.0, pytest.approx(3))
    assert lightcurve.last_limit([limit(-5, 20), point(-4, 18, negative=True), point(0, 18)]) is None
    assert lightcurve.last_limit([limit(-5, 20)]) is None


# -- colours ----------------------------------------------------------------------------------------------------------


def test_colours_are_pairs_within_half_a_day() -> None:
    blues = series((0, 18.0, 0.03), (2, 18.5, 0.04), (9, 19, 0.1), band="g")
    reds = series((0.3, 17.8, 0.04), (0.49, 17.0, 0.1), (2.6, 18, 0.1), (8.9, 18, None))
    found = lightcurve.colours([*reds, *blues], "g", "r")
    assert [(round(one.mag, 6), one.err and round(one.err, 6)) for one in found] == [(0.2, 0.05), (1.0, None)]
    assert found[0].mjd == pytest.approx(START + 0.15)
    assert found[0].days == pytest.approx(0.3)


def test_no_detection_is_in_two_pairs() -> None:
    blues = series((0, 18.0, 0.1), (0.1, 18.1, 0.1), (0.2, 18.2, 0.1), band="g")
    assert [one.mag for one in lightcurve.colours([*blues, *series((0.12, 17, 0.1))], "g", "r")] == pytest.approx([1.1])


def test_the_colour_is_the_newest_of_the_first_pair_of_bands() -> None:
    points = [
        point(0, 18, band="g"),
        point(0.1, 17.7),
        point(5, 18, band="g"),
        point(5.1, 17.5),
        point(5.2, 17, band="i"),
    ]
    found = lightcurve.summary(points).colour
    assert found is not None
    assert (found.blue, found.red, found.mag) == ("g", "r", pytest.approx(0.5))
    assert found.err == pytest.approx(math.hypot(0.05, 0.05))
    other = lightcurve.summary(points[-2:]).colour
    assert other is not None
    assert (other.blue, other.red) == ("r", "i")
    assert lightcurve.summary(points[:1]).colour is None
    later = [point(50, 18), point(50.2, 17.9, band="i")]
    newest = lightcurve.summary([*points, *later]).colour
    assert newest is not None
    assert (newest.red, newest.mag) == ("i", pytest.approx(0.1))
    old = lightcurve.summary([*points, point(50, 18)]).colour
    assert old is not None
    assert (old.red, old.mjd) == ("i", pytest.approx(START + 5.15))


# -- what it says -----------------------------------------------------------------------------------------------------


def test_the_summary_of_a_rise() -> None:
    bad = point(-1, 12)._replace(kind=PointKind.BAD)
    points = [
        limit(-3, 20.5),
        bad,
        point(0, 18.9),
        point(2, 18.0, band="g"),
        point(4, 18.5),
        point(5, 19, negative=True),
    ]
    found = lightcurve.summary(points, START - 40)
    assert dict(found.counts) == {"g": 1, "r": 3}
    assert list(found.counts) == ["g", "r"]
    assert found.brightest == Measured(START + 2, "g", 18.0, 0.05)
    assert (found.first_mjd, found.first_here_mjd) == (START - 40, START)
    assert found.days_since_first(START + 5) == 45
    assert lightcurve.summary(points).first_mjd == START


def test_nothing_says_nothing() -> None:
    assert lightcurve.summary([]) == Summary({}, None, None, None, None, None, (), (), None)
    assert lightcurve.summary([]).days_since_first(START) is None


def test_the_quantities() -> None:
    total = point(0, 19)._replace(total_flux=1e5, total_flux_err=1e3)
    forced = Point(START, "g", PointKind.FORCED, 23.0, 0.5, -500.0, 200.0)
    points = [total, limit(-3, 20), forced, point(1, 20)]
    assert quantities(points) == list(Quantity)
    assert quantities([limit(-3, 20)]) == [Quantity.DIFFERENCE]
    (found,) = select(points, Quantity.TOTAL)
    assert (found.flux, found.flux_err) == (1e5, 1e3)
    assert (found.mag, found.mag_err) == pytest.approx((31.4 - 12.5, 2.5 / math.log(10) / 100))
    difference = select(points, Quantity.DIFFERENCE)
    assert difference[:2] == points[:2]
    assert difference[2] == forced._replace(mag=None, mag_err=None)
    assert select(points, Quantity.FORCED) == [difference[2]]


def test_forced_photometry_alone_is_measured_where_it_is_significant() -> None:
    points = [
        Point(START + day, "r", PointKind.FORCED, 31.4 - 2.5 * math.log10(flux), 0.1, flux, 100.0)
        for day, flux in enumerate((299.0, 301.0, 600.0))
    ]
    assert [one.mjd for one in lightcurve.measured(points)] == [START + 1, START + 2]
    assert [one.mjd for one in lightcurve.measured([*points, point(7, 18)])] == [START + 7]
    assert lightcurve.summary(points).first_mjd == START + 1


anything = st.builds(
    Point,
    st.one_of(st.floats(59000, 62000), st.floats()),
    st.sampled_from("ugrizyw"),
    st.sampled_from(PointKind),
    *[st.one_of(st.none(), st.floats(-50, 50), st.floats())] * 4,
    st.booleans(),
    total_flux=st.one_of(st.none(), st.floats()),
)


@settings(max_examples=100)
@given(st.lists(anything, max_size=12), st.sampled_from(Quantity))
def test_nothing_raises_and_nothing_infinite_comes_out(points: list[Point], quantity: Quantity) -> None:
    found = lightcurve.summary(select(points, quantity))
    for one in (*found.rates, *found.rises, *filter(None, [found.colour, found.last_limit, found.brightest])):
        assert all(math.isfinite(value) for value in one if isinstance(value, float))


def test_real_light_curves(wire: list[tuple[dict[str, Any], Packet]]) -> None:
    """Every number of real alerts has its sign and its size."""
    for _, packet in itertools.islice(wire, 0, None, 5):
        schema = Schema(packet.key)
        points = schema.survey.points(record(schema, packet.value))
        for quantity in quantities(points):
            chosen = select(points, quantity)
            found = lightcurve.summary(chosen)
            assert all(one.mag_per_day < 0 and one.days > 0 for one in found.rises)
            assert all(one.n >= 2 and one.days <= lightcurve.RATE_DAYS for one in found.rates)
            assert found.brightest is None or 8 < found.brightest.mag < 28
            if quantity is Quantity.TOTAL:
                assert len({one.mjd for one in chosen}) > 0
                assert found.last_limit is None


def test_magnitudes_and_rates_are_those_that_fink_computed(wire: list[tuple[dict[str, Any], Packet]]) -> None:
    """ZTF's packets hold features of the apparent light curve: its mean, and a weighted straight line through it."""
    means, lines = 0, 0
    for entry, packet in wire:
        if entry["survey"] != "ztf":
            continue
        schema = Schema(packet.key)
        found = record(schema, packet.value)
        points = schema.survey.points(found)
        for band in "gr":
            features = found.get(f"lc_features_{band}") or {}
            own = [one for one in points if one.band == band and one.kind is not PointKind.LIMIT]
            total = [one._replace(kind=PointKind.DETECTION) for one in select(own, Quantity.TOTAL)]
            known = lightcurve.measured(total)
            if features.get("mean") is None or not own or len(known) < len(own):
                continue
            means += 1
            assert features["mean"] == pytest.approx(sum(one.mag for one in known) / len(known), abs=1e-9)
            fit = lightcurve.rate(known, days=1e6)
            if fit is not None and len(known) > 3 and math.isfinite(features["linear_fit_slope"] or math.nan):
                lines += 1
                assert fit.mag_per_day == pytest.approx(features["linear_fit_slope"], rel=1e-4, abs=1e-6)
                scatter = math.sqrt(max(1.0, features["linear_fit_reduced_chi2"]))
                assert fit.err == pytest.approx(features["linear_fit_slope_sigma"] * scatter, rel=1e-4)
    assert means > 20
    assert lines > 5
