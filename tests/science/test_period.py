"""The period of known stars, beside astropy; what a search refuses, and what it says of how sure it is."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest

from fink_tui.alerts.row import Point, PointKind
from fink_tui.science import certainty, period
from fink_tui.science.period import Found, PeriodError, Progress, Request, Sample
from fink_tui.science.period_worker import CHUNK, periodogram, search
from tests.science.stars import START, curve, eclipsing, rr_lyrae

np = pytest.importorskip("numpy")
timeseries = pytest.importorskip("astropy.timeseries")


def asked_of(points: list[Point], shortest: float = 0.1, longest: float = 1.2) -> Request:
    return period.request(period.samples(points), shortest, longest)


def found_in(request: Request) -> Found:
    return search(request, lambda _: None)


@pytest.mark.parametrize("true", [0.5668378, 0.3312645, 0.7123456])
def test_the_period_of_an_rr_lyrae_star(true: float) -> None:
    found = found_in(asked_of(curve(rr_lyrae, true, 700)))
    assert found.best[0].period == pytest.approx(true, rel=1e-4)
    assert {band: one.period for band, one in found.bands.items()} == {
        "g": pytest.approx(true, rel=1e-4),
        "r": pytest.approx(true, rel=1e-4),
    }
    assert found.false_alarm is not None
    assert found.false_alarm < 1e-6


def test_an_eclipsing_binary_is_found_at_half_its_period() -> None:
    """Two eclipses a turn, and one sine: the observer doubles it by a key."""
    true = 0.8412345
    found = found_in(asked_of(curve(eclipsing, true, 900)))
    assert 2 * found.best[0].period == pytest.approx(true, rel=1e-4)


@pytest.mark.parametrize(("days", "bands"), [(700.0, "gr"), (1500.0, "gri"), (300.0, "g")])
def test_it_is_astropys_multiband_periodogram(days: float, bands: str) -> None:
    request = asked_of(curve(rr_lyrae, 0.5668378, days, bands=bands))
    times = np.array([sample.mjd for sample in request.samples]) - START
    start, number, step = period.frequencies(times[-1] - times[0], request.shortest, request.longest)
    assert number > CHUNK or days < 1000, "one case is done in pieces"
    grid = start + step * np.arange(number)
    import nifty_ls  # noqa: F401  tells astropy of its way

    direct = timeseries.LombScargleMultiband(
        times,
        np.array([sample.flux for sample in request.samples]),
        np.array([sample.band for sample in request.samples]),
        np.array([sample.err for sample in request.samples]),
    ).power(grid, method="fast", sb_method="fastnifty")
    np.testing.assert_allclose(periodogram(request, lambda _: None).together(), direct, atol=1e-8)
    best = int(np.argmax(direct))
    found = found_in(request)
    assert found.frequencies == number
    assert 1 / found.best[0].period == pytest.approx(grid[best], abs=step)
    assert direct[best] - 1e-8 <= found.best[0].power <= direct[best] + 0.02, "between two steps of the grid"


def test_without_the_faster_library_it_finds_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    request = asked_of(curve(rr_lyrae, 0.5668378, 400))
    fast = found_in(request)
    monkeypatch.setattr("fink_tui.science.period_worker._has_nifty", lambda: False)
    slow = found_in(request)
    assert slow.best[0].period == pytest.approx(fast.best[0].period, rel=1e-6)


def test_it_says_how_far_it_is() -> None:
    told: list[Progress] = []
    request = asked_of(curve(rr_lyrae, 0.5668378, 1500))
    found = search(request, told.append)
    assert told[0] == Progress(0, 2 * found.frequencies)
    assert told[-1] == Progress(2 * found.frequencies, 2 * found.frequencies)
    assert all(later.done - earlier.done <= CHUNK for earlier, later in pairwise(told))


def test_few_points_give_no_probability() -> None:
    found = found_in(asked_of(curve(rr_lyrae, 0.5668378, 30)))
    assert max(found.points.values()) < period.GUESS_POINTS
    assert found.false_alarm is None


@pytest.mark.parametrize("power", [0.05, 0.2, 0.4, 0.7])
def test_the_false_alarm_is_astropys(power: float, monkeypatch: pytest.MonkeyPatch) -> None:
    from astropy.timeseries.periodograms.lombscargle import _statistics

    def gamma(number: int) -> float:  # astropy's needs scipy
        return math.sqrt(2 / number) * math.exp(math.lgamma(number / 2) - math.lgamma((number - 1) / 2))

    monkeypatch.setattr(_statistics, "_gamma", gamma)
    taken = period.samples(curve(rr_lyrae, 0.5668378, 300, bands="r"))
    times, fluxes, errors = (np.array(column) for column in zip(*((s.mjd, s.flux, s.err) for s in taken), strict=True))
    model = timeseries.LombScargle(times - times[0], fluxes, errors)
    theirs = model.false_alarm_probability(power, method="baluev", minimum_frequency=0.1, maximum_frequency=20)
    assert certainty.false_alarm(power, taken, 20.0) == pytest.approx(
        float(theirs), rel=1e-4
    )  # they round the frequency


def test_three_different_periods_are_told() -> None:
    found = found_in(asked_of(curve(rr_lyrae, 0.5668378, 100)))
    frequencies = [1 / one.period for one in found.best]
    assert len(frequencies) == 3
    assert all(
        abs(one - other) > 0.9 / found.span
        for index, one in enumerate(frequencies)
        for other in frequencies[index + 1 :]
    )
    assert [one.power for one in found.best] == sorted((one.power for one in found.best), reverse=True)


def test_a_constant_star_raises_nothing() -> None:
    points = [Point(START + day, "r", PointKind.DETECTION, 17.0, 0.02, 5e5, 1e4) for day in range(20)]
    found = found_in(asked_of(points))
    assert all(math.isfinite(one.period) and 0 <= one.power <= 1 for one in found.best)


# -- what takes part --------------------------------------------------------------------------------------------------


def point(mjd: float, flux: float | None = 100.0, err: float | None = 5.0, **others: object) -> Point:
    plain = Point(mjd, "r", PointKind.DETECTION, 20.0, 0.1, flux, err)
    return plain._replace(**others)  # type: ignore[arg-type]


def test_bad_points_limits_and_what_has_no_error_take_no_part() -> None:
    nan = math.nan
    assert period.samples(
        [
            point(1.0),
            point(2.0, kind=PointKind.BAD),
            point(3.0, None, None, kind=PointKind.LIMIT),
            point(4.0, err=None),
            point(5.0, err=0.0),
            point(6.0, nan),
            point(nan),
            point(7.0, err=math.inf),
            point(8.0, -50.0),
        ]
    ) == [Sample(1.0, "r", 100.0, 5.0), Sample(8.0, "r", -50.0, 5.0)]


def test_forced_photometry_of_another_exposure_takes_part() -> None:
    forced = {"kind": PointKind.FORCED}
    taken = period.samples([point(1.0, 90.0, **forced), point(1.0), point(2.0, 80.0, **forced)])
    assert [sample.flux for sample in taken] == [100.0, 80.0]


def test_the_flux_of_the_source_where_all_have_it() -> None:
    total = {"total_flux": 1100.0, "total_flux_err": 6.0}
    assert {sample.flux for sample in period.samples([point(1.0, **total), point(2.0, **total)])} == {1100.0}
    assert {sample.flux for sample in period.samples([point(1.0, **total), point(2.0)])} == {100.0}


def test_a_band_of_few_points_takes_no_part_and_too_few_are_refused() -> None:
    many = [Sample(60_000.0 + day, "g", 1.0 + day % 3, 0.1) for day in range(12)]
    few = [Sample(60_000.5 + day, "r", 1.0, 0.1) for day in range(5)]
    assert {sample.band for sample in period.request(sorted(many + few, key=lambda one: one.mjd), 0.1, 1).samples} == {
        "g"
    }
    with pytest.raises(PeriodError, match="no band has 6 good points, the best has 5"):
        period.request(few, 0.1, 1)
    with pytest.raises(PeriodError, match="the best has 0"):
        period.request([], 0.1, 1)
    with pytest.raises(PeriodError, match="one moment"):
        period.request([Sample(1.0, "g", 1.0, 0.1)] * 8, 0.1, 1)


def test_a_search_without_end_is_refused() -> None:
    many = [Sample(60_000.0 + 10 * day, "g", 1.0 + day % 3, 0.1) for day in range(400)]
    with pytest.raises(PeriodError, match="type a longer shortest one"):
        period.request(many, 0.001, 10)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("0.1 1.2", (0.1, 1.2)), ("1.2, 0.1", (0.1, 1.2)), ("0.5 - 2", (0.5, 2.0)), ("0.5668", 0.5668), ("1,5", 1.5)],
)
def test_what_is_typed(typed: str, meant: object) -> None:
    assert period.typed_range(typed) == meant


@pytest.mark.parametrize("typed", ["", "x", "0", "-1 2", "1 2 3", "nan", "inf 1", "0.5 0.5", "1e9", "1e-9"])
def test_what_makes_no_sense_is_told(typed: str) -> None:
    with pytest.raises(PeriodError):
        period.typed_range(typed)


# -- how sure it is ---------------------------------------------------------------------------------------------------


def test_aliases() -> None:
    true = 0.5668378
    assert certainty.alias(1 / (1 / true - 1), true, 100) == "1/d alias of"
    assert certainty.alias(1 / (1 / true + 1.0027379), true, 700) == "1/d alias of"
    assert certainty.alias(1 / (2 - 1 / true), true, 100) == "2/d alias of"
    assert certainty.alias(true / 2, true, 100) == "half"
    assert certainty.alias(2 * true, true, 100) == "twice"
    assert certainty.alias(0.4, true, 100) == ""


def test_the_rhythm_of_observing() -> None:
    assert certainty.is_rhythm_of_observing(0.9973, 300)
    assert certainty.is_rhythm_of_observing(0.5003, 100)
    assert not certainty.is_rhythm_of_observing(0.5668378, 100)


def test_digits_are_no_more_than_the_span_allows() -> None:
    assert certainty.digits(0.5668378, 700) == 5
    assert certainty.digits(0.5668378, 30) == 3
    assert certainty.digits(300.0, 900) == 0


def test_phase() -> None:
    assert period.phase(60_000.75, 0.5, 60_000.0) == pytest.approx(0.5)
    assert 0 <= period.phase(59_999.9, 0.5, 60_000.0) < 1
