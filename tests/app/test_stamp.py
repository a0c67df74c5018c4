"""Images in cells: north is up, brightness is what it was, and every half of a cell shows its pixel."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from astropy import visualization
from hypothesis import example, given
from hypothesis import strategies as st
from rich.segment import Segment

from fink_tui.alerts.cutout import Cutout
from fink_tui.app import montage, stamp
from fink_tui.app.montage import Look, Stamp
from fink_tui.app.stamp import BLANK, OUTSIDE

NAN = math.nan


def image(pixels: Any, *, angle: float | None = None, scale: float = 1.0, is_mirrored: bool = False) -> Cutout:
    """An image, whose y axis has that position angle (degrees, from north through east)."""
    rows = tuple(tuple(float(value) for value in row) for row in pixels)
    height, width = len(rows), len(rows[0])
    east = north = None
    if angle is not None:
        sine, cosine = math.sin(math.radians(angle)) / scale, math.cos(math.radians(angle)) / scale
        sign = 1 if is_mirrored else -1
        east, north = (sign * cosine, sine), (-sign * sine, cosine)
    return Cutout(width, height, rows, "DN", scale, angle is None, east, north, ((width - 1) / 2, (height - 1) / 2))


def seen(cutout: Cutout, columns: int, rows: int, zoom: int | None = 0) -> list[list[float | None]]:
    return stamp.sample(cutout, stamp.frame([cutout], columns, rows, zoom))


PATTERN = [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]]
"""A row of y = 0 first, as in a file."""


@pytest.mark.parametrize(
    ("angle", "is_mirrored", "expected"),
    [
        (None, False, np.flipud(PATTERN)),
        (0.0, False, np.flipud(PATTERN)),
        (0.6, False, np.flipud(PATTERN)),
        (90.0, False, np.rot90(np.flipud(PATTERN), 1)),  # +y points east: to the left
        (180.0, False, np.rot90(np.flipud(PATTERN), 2)),
        (270.0, False, np.rot90(np.flipud(PATTERN), 3)),
        (0.0, True, np.fliplr(np.flipud(PATTERN))),  # east was to the right
        (90.0, True, np.rot90(np.fliplr(np.flipud(PATTERN)), 1)),
    ],
)
@pytest.mark.parametrize("times", [1, 2, 5])
def test_quarter_turns_and_flips_are_exact(angle: float | None, is_mirrored: bool, expected: Any, times: int) -> None:
    """In whole multiples each pixel is as big as every other one."""
    rows = -(-times * len(expected) // 2)
    found = seen(image(PATTERN, angle=angle, is_mirrored=is_mirrored), times * len(expected[0]), rows)
    assert np.array_equal(found, np.kron(expected, np.ones((times, times))))


@given(
    st.floats(0, 360),
    st.booleans(),
    st.floats(0, 360),
    st.sampled_from([(80, 30), (30, 15), (25, 40), (60, 60)]),
    st.integers(0, 1),
)
def test_a_source_is_seen_in_its_direction(
    turn: float, is_mirrored: bool, towards: float, room: tuple[int, int], zoom: int
) -> None:
    """Whatever way the camera was turned: north is up, east left, distances as the step says."""
    scale, distance = 0.2, 1.4 if zoom else 2.4
    pixels = np.zeros((41, 41))
    cutout = image(pixels, angle=turn, scale=scale, is_mirrored=is_mirrored)
    assert cutout.east is not None
    assert cutout.north is not None
    east, north = distance * math.sin(math.radians(towards)), distance * math.cos(math.radians(towards))
    x = cutout.place[0] + east * cutout.east[0] + north * cutout.north[0]
    y = cutout.place[1] + east * cutout.east[1] + north * cutout.north[1]
    ys, xs = np.mgrid[:41, :41]
    cutout = cutout._replace(rows=tuple(map(tuple, np.exp(-((xs - x) ** 2 + (ys - y) ** 2) / 2 / 1.5**2).tolist())))
    frame = stamp.frame([cutout], *room, zoom)
    light = np.array([[value or 0.0 for value in row] for row in stamp.sample(cutout, frame)])
    rows, columns = np.mgrid[: frame.height, : frame.width] + 0.5
    at = stamp.centred(cutout, frame)
    left = (at.mark_column - (light * columns).sum() / light.sum()) * frame.step
    up = (at.mark_row - (light * rows).sum() / light.sum()) * frame.step
    assert (left, up) == (pytest.approx(east, abs=0.3 * scale), pytest.approx(north, abs=0.3 * scale))


def test_where_pixels_are_many_a_cell_shows_their_mean_and_no_source_is_missed() -> None:
    pixels = np.zeros((64, 64))
    pixels[37, 11] = 160.0
    found = np.array(seen(image(pixels), 16, 8), dtype=float)
    assert found.shape == (16, 16)
    assert found[16 - 1 - 37 // 4, 11 // 4] > 0
    assert found.sum() == pytest.approx(160 / 16, rel=0.01)


def test_no_data_are_told_from_black_and_from_what_is_outside() -> None:
    pixels = [[0, 9], [NAN, 9]]
    frame = stamp.frame([image(pixels)], 2, 1, 0)
    assert stamp.levels(image(pixels), frame, "linear", 4) == [[BLANK, 3], [0, 3]]
    turned = image(np.ones((21, 21)), angle=45.0)
    levels = stamp.levels(turned, stamp.frame([turned], 30, 15, 0), "linear", 4)
    assert levels[0][0] == levels[-1][-1] == OUTSIDE
    assert levels[15][15] == 0
    texts = {
        ink: "\n".join("".join(cell for cell, _ in line) for line in stamp.picture(image(many), whole, "linear", ink))
        for many in [np.full((12, 12), NAN)]
        for whole in [stamp.frame([image(many)], 12, 6, 0)]
        for ink in ("grey", "shade", "ascii")
    }
    assert all("/" * 12 in text for text in texts.values())


@given(st.lists(st.floats(-1e30, 1e30), min_size=1, max_size=50), st.floats(0, 100))
def test_percentiles_are_numpys(values: list[float], percent: float) -> None:
    expected = np.percentile(values, percent)
    assert stamp.percentile(sorted(values), percent) == pytest.approx(
        expected, rel=1e-9, abs=1e-9 * max(map(abs, values))
    )


@pytest.mark.parametrize(
    ("stretch", "reference"),
    [
        ("linear", visualization.LinearStretch()),
        ("asinh", visualization.AsinhStretch(0.1)),
        ("log", visualization.LogStretch(1000)),
    ],
)
def test_stretches_are_astropys(stretch: str, reference: Any) -> None:
    for value in (-50.0, -3.0, 0.0, 0.1, 4.0, 7.0, 80.0):
        part = min(1.0, max(0.0, (value + 3) / 10))
        assert stamp.stretched(value, -3.0, 7.0, stretch) == pytest.approx(float(reference(np.array([part]))[0]))


def test_an_image_without_contrast_or_data_is_drawn() -> None:
    for pixels in (np.full((5, 5), 7.0), np.full((5, 5), NAN), [[1.0]], [[NAN]]):
        for ink in ("grey", "shade", "ascii"):
            frame = stamp.frame([image(pixels)], 20, 10, None)
            assert len(stamp.picture(image(pixels), frame, "log", ink)) == -(-frame.height // 2)  # type: ignore[arg-type]
    assert stamp.limits(image([[NAN]])) is None


LEVEL = st.integers(OUTSIDE, len(stamp.GREYS) - 1)


@given(st.integers(1, 12).flatmap(lambda count: st.tuples(*[st.lists(LEVEL, min_size=count, max_size=count)] * 2)))
@example(([3, 3, 5, 5, OUTSIDE, 5], [3, 5, 3, 5, 5, OUTSIDE]))
def test_every_half_of_a_cell_shows_its_level(halves: tuple[list[int], list[int]]) -> None:
    """As a terminal draws it, back from character and colours."""
    shown: tuple[list[object], list[object]] = [], []
    for text, style, _ in stamp.segments(list(stamp._half_blocks(*halves))):
        colours = (
            [(colour.number if colour else None) for colour in (style.color, style.bgcolor)] if style else [None] * 2
        )
        for character in text:
            upper, lower = character in "▀█", character in "▄█"
            for half, is_ink in zip(shown, (upper, lower), strict=True):
                half.append("/" if character == "/" else colours[0] if is_ink else colours[1])
    for top, bottom, upper, lower in zip(*halves, *shown, strict=True):
        assert (upper, lower) == (("/", "/") if top == bottom == BLANK else (colour_of(top), colour_of(bottom)))


def colour_of(level: int) -> int | None:
    return None if level == OUTSIDE else 17 if level == BLANK else stamp.GREYS[level]


def test_cells_that_are_alike_are_one_piece() -> None:
    assert stamp.segments(list(stamp._half_blocks([4] * 30, [7] * 30))) == [Segment("▀" * 30, stamp._style(4, 7))]
    assert len(stamp.segments(list(stamp._half_blocks([4, 7, 4, 7] * 8, [7, 4, 4, 7] * 8)))) == 1, "turned round"


def test_the_alerts_place_is_marked_around_and_never_covered() -> None:
    pixels = np.zeros((63, 63))
    whole = image(pixels)._replace(place=(50.0, 10.0))
    frame = stamp.frame([whole], 63, 32, 0)
    lines = ["".join(cell for cell, _ in line) for line in stamp.picture(whole, frame, "linear", "ascii")]
    at = stamp.centred(whole, frame)
    assert (at.mark_column, at.mark_row) == (50.5, 52.5)
    rows = [number for number, line in enumerate(lines) if "-" in line]
    columns = {number for line in lines for number, character in enumerate(line) if character == "|"}
    assert (rows, columns) == ([26], {50})
    assert set(lines[26][50 - 8 : 50 + 9]) == {"."}
    assert {"N", "E"}.isdisjoint("".join(lines)), "nobody knows where they are"


def test_zoomed_in_the_alert_is_in_the_middle_where_the_image_reaches() -> None:
    for place, middle in (((31.0, 31.0), (8.0, 8.0)), ((0.0, 62.0), None)):
        cutout = image(np.zeros((63, 63)))._replace(place=place)
        frame = stamp.frame([cutout], 16, 8, 4)
        at = stamp.centred(cutout, frame)
        assert 0 <= at.mark_column <= 16
        assert 0 <= at.mark_row <= 16
        if middle:
            assert (at.mark_column, at.mark_row) == pytest.approx(middle)
        assert all(value is not None for line in stamp.sample(cutout, frame) for value in line)


def test_a_small_room_shows_the_middle_first() -> None:
    cutout = image(np.zeros((63, 63)))
    assert stamp.frame([cutout], 52, 36, None).zoom == 0
    small = stamp.frame([cutout], 10, 5, None)
    assert small.zoom > 0
    assert 1 / small.step >= stamp.MIN_MAGNIFICATION
    assert stamp.frame([cutout], 10, 5, 0).zoom == 0
    assert stamp.frame([cutout], 10, 5, 99).zoom == small.most


# -- several, with words -----------------------------------------------------------------------------------------------

SIZES = st.tuples(st.integers(1, 170), st.integers(1, 50))

IMAGES = st.builds(
    lambda width, height, angle, scale: image(
        np.arange(width * height).reshape(height, width), angle=angle, scale=scale
    ),
    st.integers(1, 40),
    st.integers(1, 40),
    st.none() | st.floats(0, 360),
    st.sampled_from([0.2, 1.012, 0.05]),
)


def named(*images: Cutout | None) -> list[Stamp]:
    names = ("science", "template", "difference")
    return [Stamp(name, one, "" if one else "not in this alert") for name, one in zip(names, images, strict=True)]


STAMPS = st.tuples(*[IMAGES | st.none()] * 3).map(lambda images: named(*images))


@given(STAMPS, SIZES, st.integers(0, 3), st.none() | st.integers(0, 5), st.sampled_from(["grey", "shade", "ascii"]))
def test_a_montage_keeps_to_its_room(
    found: list[Stamp], size: tuple[int, int], which: int, zoom: int | None, ink: Any
) -> None:
    drawn = montage.montage(found, *size, Look(which, zoom), ink)
    assert len(drawn.lines) <= size[1]
    assert all(line.cell_length <= size[0] for line in drawn.lines)
    assert ink != "ascii" or drawn.text.isascii()


def test_side_by_side_or_one_by_one() -> None:
    images = named(*[image(np.arange(3969).reshape(63, 63))] * 3)
    assert [montage.fits(*size) for size in ((160, 38), (80, 17), (64, 18), (80, 6), (40, 20), (20, 30))] == [
        *[True] * 4,
        *[False] * 2,
    ]
    lines = montage.montage(images, 160, 38, Look(), "grey").text.splitlines()
    assert lines[0].split("  ")[0] == "science"
    assert all(name in lines[0] for name in ("science", "template", "difference"))
    lines = montage.montage(images, 40, 20, Look(2), "grey").text.splitlines()
    assert lines[0] == "template 2/3  19.8 … 3948 DN"
    assert "orientation unknown" in lines[-1]


@pytest.mark.parametrize(("size", "which"), [((160, 38), 0), ((80, 17), 0), ((80, 6), 0), ((80, 17), 1)])
@pytest.mark.parametrize("scale", [0.2, 1.012])
@pytest.mark.parametrize("zoom", [0, 1, 2])
def test_the_bar_is_as_long_as_it_says(size: tuple[int, int], which: int, scale: float, zoom: int) -> None:
    """Two stripes, ten pixels apart, are as many arcseconds apart as cells of the bar say."""
    pixels = np.zeros((45, 45))
    pixels[:, [17, 27]] = 1
    cutout = image(pixels, scale=scale)
    text = montage.montage(named(cutout, cutout, cutout), *size, Look(which, zoom, "log"), "shade").text
    head, line, *_ = text.splitlines()
    line = line[: head.index("template") if which == 0 else 45 * 2**zoom]
    bright = [number for number, character in enumerate(line) if character == max(line, key="░▒▓█".find)]
    bar, length = text[text.index("├") : text.index("″")].split()
    first = [number for number in bright if number - bright[0] < (bright[-1] - bright[0]) / 2]
    apart = bright[-1] - first[-1]
    assert apart * float(length) / len(bar) == pytest.approx(10 * scale, rel=0.25, abs=2 * float(length) / len(bar))


def test_no_number_is_cut_in_half() -> None:
    images = named(*[image(np.arange(3969).reshape(63, 63) * 1000.0)] * 3)
    for width in range(10, 170, 9):
        for line in montage.montage(images, width, 17, Look(0), "grey").text.splitlines():
            if "…" in line and "science" in line:
                assert line.split("…")[1].split()[0].startswith("3.95e+06"), line


def test_a_stamp_that_is_not_there_says_so_beside_the_others() -> None:
    one = image(np.zeros((20, 20)))
    broken = Stamp("template", None, "cannot be shown: its gzip data are cut off")
    text = montage.montage([named(one, None, None)[0], broken, named(one, None, None)[2]], 100, 20, Look(), "grey").text
    assert "cannot be shown" in text
    assert "not in this alert" in text
    assert montage.montage(named(None, None, None), 100, 20, Look(), "grey").text == montage.NONE
    assert montage.montage(named(one, None, one), 100, 20, Look(2), "grey").text == "template: not in this alert"


def test_what_is_known_of_several_images_is_said() -> None:
    north, unknown = image(np.zeros((20, 20)), angle=0.0), image([[1.0, NAN]])
    for images, words in (
        (named(north, north, north), "N up, E left"),
        (named(unknown, unknown, unknown), "orientation unknown"),
        (named(north, unknown, unknown), "N, E marked where known"),
    ):
        text = montage.montage(images, 160, 38, Look(), "grey").text
        assert words in text
        assert ("/ no data" in text) == (unknown in [one.cutout for one in images])
        assert ("assumed" in text) == (unknown in [one.cutout for one in images])
