from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.text import Text

from fink_tui.alerts.lightcurve import BANDS
from fink_tui.alerts.photometry import mag_to_flux
from fink_tui.alerts.row import Point, PointKind
from fink_tui.app.plot import marks
from fink_tui.app.plot.cells import cells
from fink_tui.app.plot.legend import joined, legend
from fink_tui.app.plot.picture import picture, plot
from fink_tui.app.plot.scale import Scale, on_scale
from fink_tui.app.plot.settings import Settings

NOW = 61121.4631


def point(
    days: float,
    mag: float | None,
    err: float | None = 0.05,
    band: str = "r",
    kind: PointKind = PointKind.DETECTION,
    *,
    current: bool = False,
    negative: bool = False,
) -> Point:
    if kind is PointKind.LIMIT:
        return Point(NOW + days, band, kind, mag, None, None, None)
    flux, flux_err = mag_to_flux(mag, err) or (None, None)
    return Point(NOW + days, band, kind, mag, err, -flux if negative and flux else flux, flux_err, current)


def flux_point(days: float, flux: float, err: float, band: str = "r") -> Point:
    return Point(NOW + days, band, PointKind.DETECTION, None, None, flux, err)


def drawn(
    points: list[Point],
    width: int = 80,
    height: int = 23,
    *,
    use_flux: bool = False,
    ascii_only: bool = False,
    colour: bool = True,
    **settings: Any,
) -> Text:
    """The plot alone."""
    found = marks.marks(points, Settings(use_flux, **settings))
    return plot(points, found, on_scale(found), width, height, ascii_only=ascii_only, colour=colour)


def rows(points: list[Point], width: int = 80, height: int = 23, **options: Any) -> list[str]:
    return drawn(points, width, height, **options).plain.split("\n")


def heading(
    points: list[Point], use_flux: bool, *, ascii_only: bool = False, colour: bool = True, **settings: Any
) -> Text:
    wanted = Settings(use_flux, **settings)
    found = marks.marks(points, wanted)
    pieces = legend(points, wanted, found, on_scale(found), ascii_only=ascii_only, colour=colour)
    (line,) = joined(pieces, 1000, 1)
    return line


def ticks(lines: list[str]) -> dict[float, int]:
    """The rows of the labels of the vertical axis."""
    return {float(line.split("┤")[0]): number for number, line in enumerate(lines) if "┤" in line}


def column(lines: list[str], glyph: str) -> tuple[int, int]:
    return next((line.index(glyph), number) for number, line in enumerate(lines) if glyph in line)


def bar(lines: list[str], glyph: str) -> tuple[float, float]:
    """The ends of the bar through a mark, rows from above, halves told apart."""
    at, row = column(lines, glyph)
    top, bottom = float(row), float(row + 1)
    for number in range(row - 1, -1, -1):
        if lines[number][at] not in "│╷":
            break
        top = number + (0.5 if lines[number][at] == "╷" else 0.0)
    for number in range(row + 1, len(lines)):
        if len(lines[number]) <= at or lines[number][at] not in "│╵":
            break
        bottom = number + (0.5 if lines[number][at] == "╵" else 1.0)
    return top, bottom


@pytest.mark.parametrize("err", [0.3, 0.5, 0.8, 1.1])
@pytest.mark.parametrize("height", [24, 31, 44])
def test_a_bar_of_magnitudes_is_one_sigma_up_and_down(err: float, height: int) -> None:
    lines = rows([point(-20, 17, None), point(-10, 19, err, "g"), point(0, 21, None)], height=height)
    scale = ticks(lines)
    per_mag = (scale[20.0] - scale[18.0]) / 2
    top, bottom = bar(lines, "●")
    assert (bottom - top) / per_mag / 2 == pytest.approx(err, abs=0.75 / per_mag)
    assert top == pytest.approx(scale[19.0] + 0.5 - err * per_mag, abs=1.25)
    assert bottom == pytest.approx(scale[19.0] + 0.5 + err * per_mag, abs=1.25)


@pytest.mark.parametrize("err", [150.0, 300.0, 450.0])
def test_a_bar_of_fluxes_is_one_sigma_up_and_down(err: float) -> None:
    points = [flux_point(-20, 0, 1), flux_point(-10, 500, err, "g"), flux_point(0, 1000, 1)]
    lines = rows(points, height=43, use_flux=True)
    scale = ticks(lines)
    per_unit = (scale[0.0] - scale[1000.0]) / 1000
    top, bottom = bar(lines, "●")
    assert (bottom - top) / per_unit / 2 == pytest.approx(err, abs=0.75 / per_unit)


def test_brighter_is_higher() -> None:
    lines = rows([point(-20, 20, band="g"), point(0, 18, band="r")])
    assert column(lines, "◆")[1] < column(lines, "●")[1]
    assert list(ticks(lines)) == sorted(ticks(lines))  # magnitudes grow downwards
    lines = rows([flux_point(-20, 100, 5, "g"), flux_point(0, 900, 5, "r")], use_flux=True)
    assert column(lines, "◆")[1] < column(lines, "●")[1]
    assert list(ticks(lines)) == sorted(ticks(lines), reverse=True)


def test_later_is_to_the_right() -> None:
    lines = rows([point(0, 18, band="r", current=True), point(-20, 20, band="g")])
    assert column(lines, "●")[0] < column(lines, "◆")[0]


def test_every_kind_has_its_mark() -> None:
    points = [
        point(-20, 20.5, None, "g", PointKind.LIMIT),
        point(-15, 19.5, band="g", kind=PointKind.BAD),
        point(-10, 19, band="r", negative=True),
        point(-5, 18.5, band="z", kind=PointKind.FORCED),
        point(0, 18, band="r", current=True),
    ]
    lines = rows(points)
    for mark in ("▽", "×", "◇", "z", "◆◄"):
        assert sum(mark in line for line in lines[:-3]) == 1, mark
    assert heading(points, False).plain == "mag 20.0 d | r ◆ 1  negative ◇ 1  limits ▽ g 1  bad × g 1  forced z 1"


def test_what_is_cut_off_of_the_legend_is_the_least() -> None:
    """A small plot's numbers have no other unit than the legend's, and LSST has six bands and forced points in each."""
    kinds = [PointKind.DETECTION, PointKind.FORCED]
    points = [point(-day, 20, None, band, kind) for band in BANDS for kind in kinds for day in range(12)]
    points += [point(-day, 20, None, band, negative=True) for band in BANDS for day in range(12)]
    points += [point(-3, 14, None, "g", PointKind.LIMIT)]
    legend = heading(points, True)
    assert legend.cell_len > 80
    assert legend.plain.startswith("µJy 11.0 d, 1 off scale | u ▲ 12  g ● 12  r ◆ 12")
    assert legend.plain.index("negative") < legend.plain.index("forced")
    assert heading(points, True, ascii_only=True).plain.startswith("uJy 11.0 d, 1 off scale | u U 12")


def test_the_legend_of_one_point() -> None:
    assert heading([point(0, 18)], False).plain == "mag | r ◆ 1"
    assert heading([point(0, 18, negative=True)], False).plain == "mag | negative r ◇ 1"


def test_limits_are_at_their_magnitude_also_in_flux() -> None:
    points = [point(-20, 20, None, "g", PointKind.LIMIT), point(-10, 20, band="r"), point(0, 18)]
    for use_flux in (False, True):
        lines = rows(points, use_flux=use_flux)
        assert column(lines, "▽")[1] == next(n for n in range(len(lines) - 1, -1, -1) if "◆" in lines[n])


def test_every_band_has_a_shape_of_its_own() -> None:
    for ascii_only in (False, True):
        points = [point(-index, 19, None, band) for index, band in enumerate(BANDS)]
        shapes = {marks.glyph("detection", band, ascii_only) for band in BANDS}
        assert len(shapes) == 6
        seen = set("".join(rows(points, ascii_only=ascii_only, height=12)))
        assert shapes <= seen


def test_a_cloudy_night_does_not_press_the_rest_together() -> None:
    points = [point(-10, 19), point(-5, 15, None, "g", PointKind.LIMIT), point(0, 18)]
    assert min(ticks(rows(points))) >= 17.5
    assert heading(points, False).plain == "mag 10.0 d, 1 off scale | r ◆ 2"


def test_faint_limits_before_a_rise_are_seen() -> None:
    points = [point(-10, 23, None, "r", PointKind.LIMIT), point(-1, 18.1), point(0, 18)]
    assert any("▽" in line for line in rows(points))


def test_ascii_has_only_ascii() -> None:
    points = [
        *(point(-20, 20.5, None, "g", PointKind.LIMIT), point(-15, 19.5, 0.4, "g", PointKind.BAD)),
        *(point(-10, 19, 0.5, "r", negative=True), point(0, 18, 0.3, "i", current=True)),
    ]
    for (width, height), use_flux in itertools.product([(80, 24), (20, 5), (9, 3)], [True, False]):
        assert drawn(points, width, height, use_flux=use_flux, ascii_only=True).plain.isascii()
    assert heading(points, True, ascii_only=True).plain.isascii()


def test_colours() -> None:
    points = [point(-20, 20, band="g"), point(0, 18, band="r", current=True)]
    assert drawn(points, 60, 15, use_flux=False, colour=False).spans == []
    assert drawn(points, 60, 15, use_flux=False).spans
    coloured, plain = (drawn(points, 60, 15, use_flux=False, colour=colour).plain for colour in (True, False))
    assert [line.rstrip() for line in coloured.split("\n")] == [line.rstrip() for line in plain.split("\n")]
    assert all(not span.style for span in heading(points, False, colour=False).spans)


def test_the_time_axis_is_days_from_the_alert() -> None:
    lines = rows([point(-20, 20, band="g"), point(-1, 18.5), point(0, 18, band="i", current=True)], height=20)
    assert lines[-1].split() == "mag days from MJD 61121.4631, 2026-03-22 11:06 UTC".split()
    labels = lines[-2].split()
    assert labels[-1] == "0"
    assert labels == sorted(labels, key=float)
    zero = lines[-2].rindex("0")
    assert lines[-3][zero] == "┬"
    assert zero == pytest.approx(column(lines, "■")[0], abs=1)


@pytest.mark.parametrize("width", [20, 33, 47, 80, 132])
@pytest.mark.parametrize("span", [0.0003, 0.05, 1, 29.5, 2500])
def test_tick_labels_do_not_touch(width: int, span: float) -> None:
    lines = rows([point(-span, 20), point(0, 18, current=True)], width=width, height=9)
    labels = lines[-2].split()
    assert len(labels) >= 1
    assert all(float(label) <= 0.5 for label in labels)
    assert len({float(label) for label in labels}) == len(labels)
    assert max(map(len, lines)) <= width


@pytest.mark.parametrize("use_flux", [False, True])
@pytest.mark.parametrize(
    "points",
    [
        [],
        [point(0, None, None)],
        [point(0, 18, current=True)],
        [point(0, 18, 0.0)],
        [point(-1, 18), point(0, 18)],
        [point(0, 20, None, kind=PointKind.LIMIT)],
        [point(0, 18), point(0, 19)],
        [point(0, 18, band="w")],
    ],
)
def test_little_or_nothing_is_fine(points: list[Point], use_flux: bool) -> None:
    for width, height in itertools.product((0, 1, 5, 20, 80), (0, 1, 3, 5, 24)):
        lines = drawn(points, width, height, use_flux=use_flux).plain.split("\n")
        assert len(lines) <= max(1, height)
        assert max(map(len, lines)) <= width
    assert heading(points, use_flux).plain


def test_nothing_is_said() -> None:
    assert picture([], Settings(), 80, 20).plain.strip() == "no photometry"
    assert heading([], False).plain == "no photometry"
    assert heading([flux_point(0, -5, 1)], False).plain == "nothing to draw, 1 without a mag"


def test_a_small_place_gets_words() -> None:
    found = rows([point(-2, 19), point(0, 18.25, 0.05, current=True)], 14, 3)
    assert found == ["r 18.25±0.05", "182.0±8.4 µJy", "detection"]


numbers = st.one_of(st.none(), st.floats(-1e6, 1e6), st.floats())
anything = st.builds(
    Point,
    st.one_of(st.floats(59000, 62000), st.floats()),
    st.sampled_from("ugrizyw"),
    st.sampled_from(PointKind),
    numbers,
    numbers,
    numbers,
    numbers,
    st.booleans(),
    source_id=st.sampled_from([None, "3367463101415010117"]),  # made of a number
)


@settings(max_examples=60)
@given(st.lists(anything, max_size=12), st.integers(1, 90), st.integers(1, 30), st.booleans(), st.booleans())
def test_nothing_raises_and_nothing_overflows(
    points: list[Point], width: int, height: int, use_flux: bool, ascii_only: bool
) -> None:
    lines = drawn(points, width, height, use_flux=use_flux, ascii_only=ascii_only).plain.split("\n")
    assert len(lines) <= height
    assert max(map(len, lines)) <= width
    heading(points, use_flux, ascii_only=ascii_only)


def test_what_plotext_draws_is_bounded_by_the_canvas_not_by_the_points() -> None:
    """A thousand points take it no longer than the cells that they are seen in."""
    points = [flux_point(-index / 20, 500 + 400 * (index % 7), 200, BANDS[index % 6]) for index in range(2000)]
    found = marks.marks(points, Settings(True))
    scale = Scale(found, on_scale(found), 80, 16, False)
    seen = cells(scale, on_scale(found), False)
    assert len(found.all) == 2000
    assert all(0 <= column < scale.columns and 0 <= row < scale.rows for column, row in seen)
    assert len(set(seen.values())) < 50  # each kind of cell is one signal


def test_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    rows([point(-1, 18), point(0, 18)])
    assert capfd.readouterr() == ("", "")
