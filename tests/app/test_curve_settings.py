from __future__ import annotations

import pytest

from fink_tui.alerts.quantity import Quantity
from fink_tui.alerts.row import Point, PointKind
from fink_tui.app.plot import choices
from fink_tui.app.plot.marks import marks
from fink_tui.app.plot.settings import Axis, Settings, shown

START = 61100.0


def point(days: float, band: str = "r", kind: PointKind = PointKind.DETECTION, **more: object) -> Point:
    return Point(START + days, band, kind, 19.0, 0.1, 1e5, 1e4)._replace(**more)


POINTS = [
    point(-30, "g", PointKind.LIMIT, flux=None, flux_err=None),
    *(point(day, band, is_current=(day, band) == (0, "r")) for day in range(-20, 1, 5) for band in "gr"),
]


def settings(found: Settings | str | None) -> Settings:
    assert isinstance(found, Settings), found
    return found


# -- zoom -------------------------------------------------------------------------------------------------------------


def test_zoom_is_around_the_alert_and_back() -> None:
    once = settings(choices.zoomed(POINTS, Settings(), 1))
    assert once.window == (START - 15, START)
    twice = settings(choices.zoomed(POINTS, once, 1))
    assert twice.window == (START - 7.5, START)
    assert settings(choices.zoomed(POINTS, twice, -1)).window == once.window
    assert settings(choices.zoomed(POINTS, once, -1)).window is None
    assert settings(choices.zoomed(POINTS, Settings(), -1)).window is None


def test_zoom_is_around_the_cursor() -> None:
    at = next(number for number, one in enumerate(POINTS) if one.mjd == START - 10)
    found = settings(choices.zoomed(POINTS, Settings(cursor=at), 1))
    assert found.window == (START - 20, START - 5)
    assert choices.zoomed([], Settings(), 1) == Settings()


def test_zoom_has_an_end() -> None:
    found = Settings()
    for _ in range(40):
        found = settings(choices.zoomed(POINTS, found, 1))
    assert found.window is not None
    assert choices.MIN_WINDOW <= found.window[1] - found.window[0] < 2 * choices.MIN_WINDOW


def test_pan_stays_where_points_are() -> None:
    zoomed = settings(choices.zoomed(POINTS, Settings(), 1))
    earlier = settings(choices.panned(POINTS, zoomed, -1))
    assert earlier.window == (START - 22.5, START - 7.5)
    first = settings(choices.panned(POINTS, earlier, -1))
    assert first.window == (START - 30, START - 15)
    assert choices.panned(POINTS, first, -1) == first
    assert settings(choices.panned(POINTS, first, 1)).window == earlier.window


def test_what_cannot_be_panned_or_zoomed_says_so() -> None:
    assert choices.panned(POINTS, Settings(), 1) == "All of the time is seen: + zooms in."
    folded = Settings(axis=Axis.PHASE, period=2.0)
    assert "h shows days" in str(choices.zoomed(POINTS, folded, 1))


def test_what_is_outside_is_counted() -> None:
    found = marks(POINTS, Settings(window=(START - 7.5, START)))
    assert len(found.all) == 4
    assert found.outside == 7


# -- the cursor -------------------------------------------------------------------------------------------------------


def test_steps_begin_at_the_alert_and_end_at_the_ends() -> None:
    found = choices.stepped(POINTS, Settings(), -1)
    assert found.cursor is not None
    assert POINTS[found.cursor].is_current
    visited = [found.cursor]
    for _ in range(20):
        found = choices.stepped(POINTS, found, -1)
        assert found.cursor is not None
        visited.append(found.cursor)
    assert visited[:11] == list(range(10, -1, -1))
    assert set(visited[11:]) == {0}
    assert choices.stepped(POINTS, found, 1).cursor == 1
    assert choices.stepped([], Settings(), 1).cursor is None


def test_steps_are_among_what_is_shown() -> None:
    found = Settings(show_limits=False, hidden="g")
    visited = set()
    for _ in range(20):
        found = choices.stepped(POINTS, found, -1)
        visited.add(found.cursor)
    assert {POINTS[number].band for number in visited if number is not None} == {"r"}
    assert len(visited) == 5


def test_a_step_takes_the_window_along() -> None:
    found = Settings(window=(START - 6, START), cursor=7)
    assert POINTS[7].mjd == START - 5
    found = choices.stepped(POINTS, choices.stepped(POINTS, found, -1), -1)
    assert found.window == (START - 13, START - 7)


# -- quantity, axis, period, bands ------------------------------------------------------------------------------------


def test_quantities_go_round_those_that_there_are() -> None:
    totals = [point(0, total_flux=1e6), point(-1, kind=PointKind.FORCED, total_flux=1e6)]
    found, seen = Settings(), []
    for _ in range(4):
        found = settings(choices.with_quantity(totals, found, 1))
        seen.append(found.quantity)
    assert seen == [Quantity.TOTAL, Quantity.FORCED, Quantity.DIFFERENCE, Quantity.TOTAL]
    kept = Settings(quantity=Quantity.FORCED)
    assert kept.for_points(totals[:1]).quantity is Quantity.DIFFERENCE
    assert "only the difference" in str(choices.with_quantity(POINTS, Settings(), 1))
    far = [point(0, reference_distance=3.46)]
    assert "3.5 pixels away, so it is another object" in str(choices.with_quantity(far, Settings(), 1))


def test_the_axes_go_round() -> None:
    mjd = settings(choices.with_axis(Settings(), 1))
    assert mjd.axis is Axis.MJD
    assert choices.with_axis(mjd, 1) is None  # the period is asked for
    folded = settings(choices.with_axis(mjd._replace(period=0.5), 1))
    assert folded.axis is Axis.PHASE
    assert settings(choices.with_axis(folded, 1)).axis is Axis.DAYS


@pytest.mark.parametrize(("typed", "period"), [("0.5432", 0.5432), ("2,5", 2.5), ("3 d", 3.0), ("1e-3", 1e-3)])
def test_a_period_that_is_typed(typed: str, period: float) -> None:
    assert choices.with_period(Settings(), typed) == Settings(axis=Axis.PHASE, period=period)


@pytest.mark.parametrize("typed", ["x", "0", "-1", "nan", "inf", "1e9", "0.5 0.6", "\x1b[31m"])
def test_what_is_no_period_is_said(typed: str) -> None:
    found = choices.with_period(Settings(), typed)
    assert isinstance(found, str)
    assert "is no period: type days" in found
    assert found.isprintable()


def test_no_period_is_no_phase() -> None:
    folded = Settings(axis=Axis.PHASE, period=2.0)
    assert choices.with_period(folded, "") == Settings()
    assert Settings(axis=Axis.PHASE).for_points(POINTS).axis is Axis.DAYS


def test_bands_that_are_typed() -> None:
    assert choices.bands_of(POINTS) == "gr"
    only = settings(choices.with_bands(POINTS, Settings(), "R"))
    assert only.hidden == "g"
    assert choices.bands_shown(POINTS, only) == "r"
    assert {one.band for one in shown(POINTS, only).values()} == {"r"}
    assert settings(choices.with_bands(POINTS, only, "")).hidden == ""
    assert settings(choices.with_bands(POINTS, Settings(), "g, r")).hidden == ""
    assert '"z" is no band of this light curve: type some of gr' in str(choices.with_bands(POINTS, Settings(), "gz"))


def test_what_holds_for_another_object() -> None:
    found = Settings(True, Quantity.TOTAL, Axis.MJD, 0.5, False, "g", (1.0, 2.0), 3)
    assert found.for_another() == Settings(True, Quantity.TOTAL, Axis.MJD, show_limits=False)
    assert found._replace(axis=Axis.PHASE).for_another().axis is Axis.DAYS


# -- where points are -------------------------------------------------------------------------------------------------


def test_a_phase_has_each_point_twice() -> None:
    found = marks(POINTS, Settings(axis=Axis.PHASE, period=7.0))
    assert len(found.all) == 2 * len(POINTS)
    phases = {mark.number: mark.x for mark in found.all if mark.x < 1}
    assert phases[10] == 0  # the alert's own
    assert phases[0] == pytest.approx(-30 % 7 / 7)
    assert all(0 <= mark.x < 2 for mark in found.all)


def test_mjd_and_days() -> None:
    assert marks(POINTS, Settings(axis=Axis.MJD)).all[0].x == START - 30
    assert marks(POINTS, Settings()).all[0].x == -30


def test_a_quantity_has_its_own_values() -> None:
    both = [point(0, total_flux=4e5, total_flux_err=1e3)]
    (mark,) = marks(both, Settings(True, Quantity.TOTAL)).all
    assert (mark.y, mark.err) == (400, 1)
    (mark,) = marks(both, Settings(True)).all
    assert (mark.y, mark.err) == (100, 10)
