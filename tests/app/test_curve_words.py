from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fink_tui.alerts.photometry import mag_to_flux
from fink_tui.alerts.quantity import Quantity
from fink_tui.alerts.row import Point, PointKind
from fink_tui.app.plot.picture import picture
from fink_tui.app.plot.settings import Axis, Settings
from fink_tui.app.plot.words import fill, told, values
from fink_tui.stream.demo import DemoAlert
from tests.app.test_plot import anything, heading
from tests.science.making import evidence_of

NOW = 61121.4631


def point(days: float, mag: float, err: float | None = 0.05, band: str = "r", *, current: bool = False) -> Point:
    flux, flux_err = mag_to_flux(mag, err) or (None, None)
    return Point(NOW + days, band, PointKind.DETECTION, mag, err, flux, flux_err, current)


def limit(days: float, mag: float, band: str = "r") -> Point:
    return Point(NOW + days, band, PointKind.LIMIT, mag, None, None, None)


RISE = [
    limit(-10, 20.5),
    limit(-8, 20.25),
    point(-5, 19, band="r"),
    point(-4.9, 19.2, band="g"),
    point(-1, 18.2, band="r"),
    point(0, 18.0, band="r", current=True)._replace(source_id="3367463101415010117"),
]


# -- what it says -----------------------------------------------------------------------------------------------------


def test_what_a_rise_says() -> None:
    assert told(RISE, Settings(), None) == [
        "mag/d in 10 d: r -0.200±0.013",
        "mag/d since limit: r <-0.42 at -5.0 d",
        "g-r +0.20±0.07 at -5.0 d",
        "first at -5.0 d",
        "limit r 20.25 3.0 d before first",
        "brightest r 18.00±0.05 at 0 d",
    ]


def test_each_is_understood_alone_where_not_all_may_be_said() -> None:
    assert told(RISE, Settings(), None, is_short=True)[0] == "r -0.200±0.013 mag/d"


def test_an_object_that_began_before_the_packet() -> None:
    said = told(RISE, Settings(), NOW - 1000)
    assert "first at -2.7 y" in said
    assert not any(words.startswith("limit") for words in said)


def test_what_one_detection_says() -> None:
    assert told([limit(-2, 20.5), point(0, 18, current=True)], Settings(), None) == [
        "mag/d since limit: r <-1.25",
        "first detection",
        "limit r 20.50 2.0 d before first",
    ]
    assert told([], Settings(), None) == []


def test_a_limit_says_nothing_where_the_rate_is_steeper() -> None:
    points = [limit(-30, 20.5), point(-5, 19), point(0, 15, current=True)]
    assert not any("limit:" in words for words in told(points, Settings(), None))


def test_a_rate_of_long_ago_is_told_with_its_time() -> None:
    """As of ZTF26aaakzsi (3367435302415015060), last seen in g 21.9 d before; the slopes are 0.2/4 and 0.1/2."""
    old = [point(-25.9, 19.0, band="g"), point(-21.9, 19.2, band="g")]
    points = [*old, point(-2, 18.0), point(0, 18.1, current=True)]
    assert told(points, Settings(), None)[:2] == ["mag/d in 10 d: r +0.050±0.035", "g +0.050±0.018 at -21.9 d"]
    assert told(points, Settings(), None, is_short=True)[1] == "g +0.050±0.018 mag/d at -21.9 d"
    fresh = [one._replace(mjd=one.mjd + 19) for one in old] + points[2:]
    assert told(fresh, Settings(), None)[1] == "g +0.050±0.018"


def test_what_a_whole_history_has_of_other_days_is_told_with_its_time() -> None:
    """Also of days after the alert: 0.1 mag/d a hundred days later says nothing of it."""
    points = [limit(-1002, 20.0), point(-1000, 18.0), point(0, 19.0, current=True), point(98, 17.8), point(100, 18.0)]
    assert told(points, Settings(), None)[:2] == [
        "mag/d in 10 d: r +0.100±0.035 at +100 d",
        "mag/d since limit: r <-1.00 at -2.7 y",
    ]
    assert told(points, Settings(), None)[-1] == "brightest r 17.80±0.05 at +98.0 d"


def test_errors_below_a_hundredth_have_three_decimals() -> None:
    said = told([point(-1, 18.0, 0.05), point(0, 17.1234, 0.0042, current=True)], Settings(), None)
    assert said[-1] == "brightest r 17.123±0.004 at 0 d"


# -- the values of a point --------------------------------------------------------------------------------------------


def test_the_values_of_a_detection() -> None:
    assert values(RISE, Settings(cursor=5)) == [
        "6/6",
        "r 18.00±0.05",
        "229.1±10.5 µJy",
        "detection",
        "2026-03-22 11:06:52 UTC",
        "MJD 61121.46310",
        "this alert",
        "id 3367463101415010117",
    ]
    assert values(RISE, Settings()) == values(RISE, Settings(cursor=0, show_limits=False)) == []


def test_the_values_of_other_kinds() -> None:
    found = values(RISE, Settings(cursor=1))
    assert found[:3] == ["2/6", "r >20.25", "upper limit, 5 sigma"]
    assert "-8.000 d" in found
    below = point(-1, 19)._replace(flux=-91.2e3, flux_err=4.2e3)
    assert values([below], Settings(cursor=0))[1:4] == [
        "r -(19.00±0.05)",
        "-91.20±4.20 µJy",
        "detection, fainter than the template",
    ]
    forced = Point(NOW, "y", PointKind.FORCED, 23.0, 0.5, -500.0, 200.0)
    assert values([forced], Settings(cursor=0, use_flux=True))[1:3] == ["y no mag", "-500.0±200.0 nJy"]
    total = point(0, 19)._replace(total_flux=1e6, total_flux_err=1e4, reference_distance=0.3)
    assert "apparent detection" in values([total], Settings(quantity=Quantity.TOTAL, cursor=0))
    assert values([total], Settings(quantity=Quantity.TOTAL, cursor=0))[1] == "r 16.40±0.01"


def test_the_phase_of_a_point() -> None:
    folded = Settings(axis=Axis.PHASE, period=4.0, cursor=4)
    assert "phase 0.7500" in values(RISE, folded)


def test_no_piece_is_cut_but_the_first() -> None:
    assert fill(["one", "two", "three"], 8, 1) == ["one  two"]
    assert fill(["one", "two", "three"], 8, 2) == ["one  two", "three"]
    assert fill(["one", "twelve", "four"], 9, 1) == ["one  four"]
    assert fill(["very long"], 4, 1) == ["very"]
    assert fill([], 4, 1) == fill(["one"], 4, 0) == []


# -- the legend -------------------------------------------------------------------------------------------------------


def test_the_legend_says_what_is_looked_at() -> None:
    totals = [one._replace(total_flux=1e6, reference_distance=0.2) for one in RISE if one.flux is not None]
    assert heading(totals, False, quantity=Quantity.TOTAL).plain.startswith("apparent mag 5.0 d | ")
    science = [one._replace(total_flux=1e6) for one in totals]
    science = [one._replace(reference_distance=None) for one in science]
    assert heading(science, True, quantity=Quantity.TOTAL).plain.startswith("science µJy 5.0 d | ")
    assert heading(RISE, False, axis=Axis.PHASE, period=2.5).plain.startswith("mag 10.0 d folded at 2.5 d | ")


def test_the_legend_says_what_is_not_drawn() -> None:
    assert heading(RISE, False, hidden="g", show_limits=False).plain == "mag 5.0 d, g hidden, no limits | r ◆ 3"
    assert heading(RISE, False, window=(NOW - 2, NOW)).plain == "mag 1.0 d, 4 outside | r ◆ 2"
    far = [one._replace(reference_distance=3.1) for one in RISE]
    assert "difference (reference source 3.1 px away)" in heading(far, False, quantity=Quantity.TOTAL).plain
    some = [one._replace(total_flux=1e6, reference_distance=0.9) for one in RISE[-2:]]
    assert (
        "1 have no apparent one (reference source over 1.5 px away)"
        in heading([far[2], *some], False, quantity=Quantity.TOTAL).plain
    )
    assert "difference, for there is no forced one" in heading(RISE, False, quantity=Quantity.FORCED).plain


# -- the picture ------------------------------------------------------------------------------------------------------


def lines(height: int, width: int = 80, **more: object) -> list[str]:
    return picture(RISE, Settings()._replace(**more), width, height, colour=False).plain.split("\n")


@pytest.mark.parametrize(("height", "words"), [(6, 0), (8, 1), (12, 2), (17, 2)])
def test_words_have_lines_as_there_is_room(height: int, words: int) -> None:
    found = lines(height)
    assert len(found) == height
    assert found[0].startswith("mag 10.0 d | g ● 1  r ◆ 3")
    assert sum("first" in line or "mag/d in" in line for line in found[1:]) == words
    assert any("◆◄" in line for line in found)
    assert ("r -0.200±0.013 mag/d" in found[0]) == (not words)


def test_the_cursor_has_the_words_place() -> None:
    assert lines(17, cursor=4)[1].startswith("5/6  r 18.20±0.05  ")
    assert lines(6, cursor=4)[0].startswith("5/6  r 18.20±0.05  ")
    assert any("[◆]" in line for line in lines(17, cursor=4))
    folded = lines(17, cursor=4, axis=Axis.PHASE, period=2.7)
    assert sum(line.count("[◆]") for line in folded) == 2


def test_a_point_off_the_scale_has_values_too() -> None:
    points = [*RISE, limit(-3, 14.0)]
    found = picture(points, Settings(cursor=6), 80, 17, colour=False).plain.split("\n")
    assert found[1].startswith("5/7  r >14.00  off scale  upper limit, 5 sigma")
    assert not any("[" in line for line in found)


def test_the_axis_says_what_it_counts() -> None:
    assert "MJD, UTC" in lines(17, axis=Axis.MJD)[-1]
    assert "phase of 2.5 d, 0 at MJD 61121.4631 UTC" in lines(17, axis=Axis.PHASE, period=2.5)[-1]
    assert lines(17, axis=Axis.PHASE, period=2.5)[-2].split()[::4] == ["0.0", "2.0"]


def test_what_is_seen_fills_the_width() -> None:
    """Where time is zoomed, its ends are those of the window, whatever is in it."""
    ticks = [float(label) for label in lines(17, window=(NOW - 3, NOW))[-2].split()]
    assert ticks[0] == pytest.approx(-3, abs=0.5)
    assert ticks[-1] == 0


settings_of_any = st.builds(
    Settings,
    st.booleans(),
    st.sampled_from(Quantity),
    st.sampled_from(Axis),
    st.one_of(st.none(), st.floats(1e-4, 1e5)),
    st.booleans(),
    st.sampled_from(["", "g", "ugrizy"]),
    st.one_of(st.none(), st.tuples(st.floats(59000, 60000), st.floats(60000.1, 62000))),
    st.one_of(st.none(), st.integers(0, 11)),
)


@settings(max_examples=60)
@given(st.lists(anything, max_size=12), settings_of_any, st.integers(1, 90), st.integers(1, 30), st.booleans())
def test_any_look_at_anything_fits(
    points: list[Point], wanted: Settings, width: int, height: int, ascii_only: bool
) -> None:
    drawn = picture(points, wanted, width, height, ascii_only=ascii_only).plain.split("\n")
    assert len(drawn) <= height + 1
    assert max(map(len, drawn)) <= width
    assert not ascii_only or all(line.isascii() for line in drawn)


def test_ascii_of_everything() -> None:
    for size, cursor, use_flux in itertools.product([(80, 24), (80, 6), (20, 5)], [None, 4, 0], [False, True]):
        found = picture(RISE, Settings(use_flux, cursor=cursor), *size, ascii_only=True).plain
        assert found.isascii()
        assert "?" not in found


def test_what_the_demos_light_curves_say_fits_and_has_an_ascii_form(demo_alerts: list[DemoAlert]) -> None:
    for alert in demo_alerts[::3]:
        points = evidence_of(alert).points
        for width, height in ((80, 6), (64, 18)):
            for quantity in Quantity:
                look = Settings(quantity is not Quantity.TOTAL, quantity, cursor=0)
                found = picture(points, look, width, height, ascii_only=True).plain
                assert found.isascii(), found
                assert "?" not in found, "a sign without an ASCII form"
                assert max(map(len, found.split("\n"))) <= width
                assert found.count("\n") < height
