"""Images in cells: a stamp's pixels as half-blocks of grey, or as characters where there are no greys.

A cell shows two pixels, one above the other: a terminal's cells are about twice as high as wide. Greys are those of the
256 colours that all terminals have, tmux among them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import groupby
from typing import Literal, NamedTuple

from rich.segment import Segment
from rich.style import Style

from fink_tui.alerts.cutout import Cutout

Ink = Literal["grey", "shade", "ascii"]
"""What is drawn with: greys of the 256 colours; block characters; ASCII."""

STRETCHES = ("linear", "asinh", "log")
"""How brightness becomes grey: as in astropy.visualization, asinh with a = 0.1, log with a = 1000."""

PERCENTILES = (0.5, 99.5)
"""What is black and what is white, in percent of an image's pixels: those of Fink's portals."""

GREYS = range(235, 256, 2)
"""Greys of the 256 colours: every other one, which costs a third fewer bytes, for noise changes its grey less often."""

RAMPS = {"shade": "░▒▓█", "ascii": ".,:;oxX%#@"}
"""Characters for dark to bright; none is blank, for blank is outside of the image."""

BLANK, HATCH = -1, "/"
"""A pixel without data; a cell of two of them."""

OUTSIDE = -2
"""No pixel is there."""

SNAP_DEGREES = 1.0
"""An image that is turned by so little from a quarter turn is shown as turned by that: 1 pixel in 60."""

MIN_MAGNIFICATION = 0.35
"""Cells' halves a pixel: where there is less room, only the middle of the image is shown at first."""

MIN_FIELD = 6
"""Pixels across that are shown at least."""


class Frame(NamedTuple):
    """Which part of the sky is seen, and how big."""

    step: float
    """Arcseconds from one half of a cell to the next."""

    width: int
    """Cells."""

    height: int
    """Halves of cells."""

    zoom: int
    """How often the whole image was doubled."""

    most: int
    """How often it can be."""


class Axes(NamedTuple):
    """How a stamp is laid on the screen: steps of one arcsecond, in x and y of the stamp."""

    right: tuple[float, float]
    up: tuple[float, float]
    is_exact: bool
    """Whether rows and columns of the stamp are those of the screen, or the other way round."""


def axes(cutout: Cutout) -> Axes:
    """North up and east left; where that is not known, as the portals do: the first row at the bottom."""
    if cutout.east is None or cutout.north is None:
        return Axes((1 / cutout.scale, 0.0), (0.0, 1 / cutout.scale), True)
    right, up = (-cutout.east[0], -cutout.east[1]), cutout.north
    snapped = tuple(_snapped(step, cutout.scale) for step in (right, up))
    if snapped[0] is not None and snapped[1] is not None and abs(snapped[0][0]) != abs(snapped[1][0]):
        return Axes(snapped[0], snapped[1], True)
    return Axes(right, up, False)


def _snapped(step: tuple[float, float], scale: float) -> tuple[float, float] | None:
    """The step along a row or a column that is meant; None where it is neither."""
    quarters = math.degrees(math.atan2(step[1], step[0])) / 90
    quarter = round(quarters)
    if abs(quarters - quarter) * 90 > SNAP_DEGREES:
        return None
    x, y = ((1, 0), (0, 1), (-1, 0), (0, -1))[quarter % 4]
    return x / scale, y / scale


def extent(cutout: Cutout) -> tuple[float, float]:
    """How much of the sky a stamp covers on the screen, to the right and up, arcseconds: turned, with its corners."""
    right, up, _ = axes(cutout)
    det = right[0] * up[1] - right[1] * up[0]
    across = (abs(up[1]) * cutout.width + abs(up[0]) * cutout.height) / abs(det)
    high = (abs(right[1]) * cutout.width + abs(right[0]) * cutout.height) / abs(det)
    return across, high


def frame(cutouts: Sequence[Cutout], columns: int, rows: int, zoom: int | None) -> Frame:
    """The frame for some images that are shown at one scale.

    Args:
        cutouts: The images, one at least.
        columns: Cells that there are for each.
        rows: Rows of cells.
        zoom: How often to double the whole; None for what fits the room. More than is useful is not done.
    """
    across, high = (max(extent(cutout)[axis] for cutout in cutouts) for axis in (0, 1))
    finest = min(cutout.scale for cutout in cutouts)
    step = max(across / columns, high / (2 * rows))
    if step < finest and all(axes(cutout).is_exact for cutout in cutouts):
        step = finest / int(finest / step + 1e-6)  # whole multiples: all pixels of one size
    most = max(0, int(math.log2(max(1.0, min(across, high) / finest / MIN_FIELD))))
    if zoom is None:
        zoom = 0
        while zoom < most and finest / step * 2**zoom < MIN_MAGNIFICATION:
            zoom += 1
    zoom = max(0, min(zoom, most))
    step /= 2**zoom
    width, height = (math.ceil(size / step - 1e-6) for size in (across, high))
    return Frame(step, max(1, min(columns, width)), max(1, min(2 * rows, height)), zoom, most)


def percentile(ordered: Sequence[float], percent: float) -> float:
    """A percentile of sorted numbers, one at least, linear between two of them."""
    at = (len(ordered) - 1) * percent / 100
    first = min(int(at), len(ordered) - 1)
    second = min(first + 1, len(ordered) - 1)
    return ordered[first] + (ordered[second] - ordered[first]) * (at - first)


def limits(cutout: Cutout, percentiles: tuple[float, float] = PERCENTILES) -> tuple[float, float] | None:
    """What is black and what is white; None where no pixel has data."""
    ordered = sorted(value for row in cutout.rows for value in row if math.isfinite(value))
    return (percentile(ordered, percentiles[0]), percentile(ordered, percentiles[1])) if ordered else None


def stretched(value: float, low: float, high: float, stretch: str) -> float:
    """A brightness as 0 (black) to 1 (white)."""
    part = min(1.0, max(0.0, (value - low) / (high - low))) if high > low else 0.0
    if stretch == "asinh":
        return math.asinh(part / 0.1) / math.asinh(1 / 0.1)
    if stretch == "log":
        return math.log1p(1000 * part) / math.log(1001)
    return part


class Centred(NamedTuple):
    """Where an image lies in its frame."""

    x: float
    """The stamp's x in the frame's middle."""
    y: float
    mark_column: float
    """Where the alert is in the frame: cells from the left edge."""
    mark_row: float
    """Halves of cells from the top."""


def centred(cutout: Cutout, shown: Frame) -> Centred:
    """Lay an image into its frame: the whole in the middle; of a part, as much around the alert as there is."""
    right, up, _ = axes(cutout)
    det = right[0] * up[1] - right[1] * up[0]
    middle_x, middle_y = (cutout.width - 1) / 2, (cutout.height - 1) / 2
    dx, dy = cutout.place[0] - middle_x, cutout.place[1] - middle_y
    offset = (dx * up[1] - dy * up[0]) / det, (right[0] * dy - right[1] * dx) / det  # arcseconds from the middle
    sizes = extent(cutout)
    moved = []
    for away, size, cells in zip(offset, sizes, (shown.width, shown.height), strict=True):
        room = max(0.0, (size - cells * shown.step) / 2)
        moved.append(max(-room, min(room, away)))
    x = middle_x + moved[0] * right[0] + moved[1] * up[0]
    y = middle_y + moved[0] * right[1] + moved[1] * up[1]
    column = shown.width / 2 + (offset[0] - moved[0]) / shown.step
    row = shown.height / 2 - (offset[1] - moved[1]) / shown.step
    return Centred(x, y, column, row)


def sample(cutout: Cutout, shown: Frame) -> list[list[float | None]]:
    """What is seen in each half of a cell, from the top: a brightness, NaN where there are no data, None outside.

    The nearest pixel; where several fall on one half of a cell, or the image is turned, the mean over that half.
    """
    right, up, is_exact = axes(cutout)
    at = centred(cutout, shown)
    magnification = cutout.scale / shown.step
    count = 1 if is_exact and magnification > 0.999 else max(2, math.ceil(2 / magnification - 1e-6))
    parts = [(part + 0.5) / count for part in range(count)]
    width, height, rows = cutout.width, cutout.height, cutout.rows
    out: list[list[float | None]] = []
    for j in range(shown.height):
        highs = [(shown.height / 2 - j - part) * shown.step for part in parts]
        line: list[float | None] = []
        for i in range(shown.width):
            total, found, inside = 0.0, 0, 0
            for part in parts:
                across = (i + part - shown.width / 2) * shown.step
                x0, y0 = at.x + across * right[0] + 0.5, at.y + across * right[1] + 0.5
                for high in highs:
                    x, y = math.floor(x0 + high * up[0]), math.floor(y0 + high * up[1])
                    if 0 <= x < width and 0 <= y < height:
                        inside += 1
                        value = rows[y][x]
                        if math.isfinite(value):
                            total += value
                            found += 1
            if 2 * inside < count * count:
                line.append(None)
            else:
                line.append(total / found if 2 * found >= inside else math.nan)
        out.append(line)
    return out


def levels(
    cutout: Cutout, shown: Frame, stretch: str, count: int, percentiles: tuple[float, float] = PERCENTILES
) -> list[list[int]]:
    """An image in steps of brightness, 0 to `count` - 1; `BLANK` without data, `OUTSIDE` beside it. Rows are even."""
    found = limits(cutout, percentiles)

    def level(value: float | None) -> int:
        if value is None:
            return OUTSIDE
        if found is None or math.isnan(value):
            return BLANK
        return min(count - 1, int(stretched(value, *found, stretch) * count))

    out = [[level(value) for value in line] for line in sample(cutout, shown)]
    return out if len(out) % 2 == 0 else [*out, [OUTSIDE] * shown.width]


# --- cells

Cell = tuple[str, Style | None]

NO_DATA = "color(17)"
"""The colour of half a cell without data: a dark blue."""


@lru_cache(maxsize=1024)
def _style(ink: int, paper: int) -> Style:
    """The colours of two halves of a cell, by their levels."""
    first, second = (
        None if level == OUTSIDE else NO_DATA if level == BLANK else f"color({GREYS[level]})" for level in (ink, paper)
    )
    return Style(color=first, bgcolor=second)


def _half_blocks(top: Sequence[int], bottom: Sequence[int]) -> Iterator[Cell]:
    """A line of cells; each keeps the style of the one before where that can show it: a style costs 25 bytes."""
    ink, paper = OUTSIDE, OUTSIDE
    for upper, lower in zip(top, bottom, strict=True):
        if upper == lower == OUTSIDE:
            yield " ", None
        elif upper == lower == BLANK:
            yield HATCH, None
        elif OUTSIDE in (upper, lower):
            ink, paper = max(upper, lower), OUTSIDE
            yield ("▄" if upper == OUTSIDE else "▀"), _style(ink, paper)
        else:
            ways = (("▀", ink, paper), (" ", paper, paper), ("█", ink, ink), ("▄", paper, ink))
            character = next((way[0] for way in ways if (upper, lower) == way[1:]), "")
            if not character:
                character, ink, paper = "▀", upper, lower
            yield character, _style(ink, paper)


def _characters(top: Sequence[int], bottom: Sequence[int], ramp: str) -> Iterator[Cell]:
    for pair in zip(top, bottom, strict=True):
        seen = [level for level in pair if level >= 0]
        if seen:
            yield ramp[round(sum(seen) / len(seen))], None
        else:
            yield (HATCH if BLANK in pair else " "), None


def picture(
    cutout: Cutout, shown: Frame, stretch: str, ink: Ink, percentiles: tuple[float, float] = PERCENTILES
) -> list[list[Cell]]:
    """An image, line by line, with the alert's place, north and east marked."""
    count = len(GREYS) if ink == "grey" else len(RAMPS[ink])
    halves = levels(cutout, shown, stretch, count, percentiles)
    lines = [
        list(_half_blocks(top, bottom) if ink == "grey" else _characters(top, bottom, RAMPS[ink]))
        for top, bottom in zip(halves[::2], halves[1::2], strict=True)
    ]
    marks = dict(_marks(centred(cutout, shown), shown.width, len(lines), ink))
    if cutout.north is not None and len(lines) >= 6 and shown.width >= 12:
        marks |= {(0, shown.width // 2): "N", (len(lines) // 2, 0): "E"}
    for (row, column), character in marks.items():
        if 0 <= row < len(lines) and 0 <= column < shown.width:
            ground = max(halves[2 * row][column], halves[2 * row + 1][column]) if ink == "grey" else OUTSIDE
            lines[row][column] = character, _mark_style(ground, ink)
    return lines


def _marks(at: Centred, width: int, height: int, ink: Ink) -> Iterator[tuple[tuple[int, int], str]]:
    """Four strokes around the alert's place, its surroundings left free: rows and columns of cells, and what is there.

    A stroke in a cell's middle or at its edge, whichever is nearer: so it is right to a quarter of a cell.
    """
    twice_column, halves = round(2 * at.mark_column), round(at.mark_row)
    column, row = twice_column // 2, halves // 2
    across = "|" if ink == "ascii" else "│" if twice_column % 2 else "▏"
    level = "-" if ink == "ascii" else "─" if halves % 2 else "▔"
    gap = max(3, round(min(width, 2 * height) / 5))
    for sign in (-1, 1):
        for distance in range(gap, gap + max(1, gap // 2)):
            yield (row, column + sign * distance), level
        for distance in range(max(2, gap // 2), max(2, gap // 2) + max(1, gap // 4)):
            yield (row + sign * distance, column), across


@lru_cache(maxsize=64)
def _mark_style(ground: int, ink: Ink) -> Style:
    """How a mark is written over a level of grey."""
    if ink != "grey":
        return Style(bold=True)
    return Style(color="color(214)", bold=True) + Style(bgcolor=_style(OUTSIDE, ground).bgcolor)


def segments(cells: Sequence[Cell]) -> list[Segment]:
    """Cells as few pieces."""
    return [
        Segment("".join(character for character, _ in group), style)
        for style, group in groupby(cells, key=lambda cell: cell[1])
    ]
