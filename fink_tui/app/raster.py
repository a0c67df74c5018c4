"""A small plot in plain cells: each point is its band's letter, so that no colour and no special font is needed."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich.text import Text

from fink_tui.science.sheet import Dot, Plot

LEAST_WIDTH, LEAST_HEIGHT = 24, 5
"""Cells and lines below which nothing can be seen in a plot."""

MARGIN = 0.05
"""Of the range, left free at both ends."""

COLOURS = {"u": "magenta", "g": "green", "r": "red", "i": "yellow", "z": "blue", "y": "cyan"}
"""The bands' colours, as in the light curve."""

TICKS = (1.0, 2.0, 5.0, 10.0)
"""What the steps of an axis may be, times a power of ten."""


class _Axis:
    """Values, and the cells that they are in."""

    def __init__(self, low: float, high: float, cells: int, most: int) -> None:
        """Make it.

        Args:
            low: The value at the first cell.
            high: The value at the last.
            cells: How many there are.
            most: How many ticks may be.
        """
        self.low, self.high, self.cells = low, high, cells
        rough = (high - low) / max(1, most)
        power = 10.0 ** math.floor(math.log10(rough))
        self.step = power * next(tick for tick in TICKS if tick * power >= rough * 0.999)
        self.places = max(0, -math.floor(math.log10(self.step) + 1e-9))

    def cell(self, value: float) -> int:
        """The cell of a value; may be outside."""
        return round((value - self.low) / (self.high - self.low) * (self.cells - 1))

    def ticks(self) -> list[tuple[int, str]]:
        """Cells and values of the ticks."""
        first = math.ceil(self.low / self.step - 1e-9)
        last = math.floor(self.high / self.step + 1e-9)
        return [(self.cell(n * self.step), f"{n * self.step:z.{self.places}f}") for n in range(first, last + 1)]


def draw(plot: Plot, width: int, height: int, *, ascii_only: bool = False) -> Text:
    """A plot under a line that says what it is; nothing where there is no room for it.

    Args:
        plot: What to draw.
        width: Cells.
        height: Lines.
        ascii_only: Whether only ASCII may be used.
    """
    dots = [dot for dot in plot.dots if math.isfinite(dot.x) and math.isfinite(dot.y) and abs(dot.y) < 1e15]
    if width < LEAST_WIDTH or height < LEAST_HEIGHT or not dots:
        return Text("", end="")
    low, high = _range([*(dot.y for dot in dots), *plot.levels])
    rows, signs = height - 3, ("|", "-", "+", "|", ".") if ascii_only else ("│", "─", "┤", "╵", "┄")
    vertical = _Axis(low, high, rows, max(2, rows // 2))
    labels = {(rows - 1 - at if not plot.is_down else at): words for at, words in vertical.ticks()}
    left = max(map(len, labels.values()), default=0) + 1
    columns = width - left - 1
    horizontal = _Axis(*_range([dot.x for dot in dots], 0.02), columns, max(2, columns // 12))

    def line(y: float) -> int:
        at = vertical.cell(y)
        return at if plot.is_down else rows - 1 - at

    cells: dict[tuple[int, int], tuple[str, str]] = {}
    for level in plot.levels:
        cells.update({(line(level), x): (signs[4], "dim") for x in range(columns)})
    for dot in dots:  # errors first: no bar goes over a point
        for y in _bar(dot, line, rows):
            cells[y, horizontal.cell(dot.x)] = (signs[0], "dim")
    for dot in dots:
        cells[line(dot.y), horizontal.cell(dot.x)] = (dot.sign, COLOURS.get(dot.sign, ""))
    out = Text(" " * left + plot.title + "\n", no_wrap=True, end="")
    for y in range(rows):
        label = labels.get(y, "")
        out.append(f"{label:>{left}}", "dim").append(signs[2] if label else signs[0], "dim")
        for x in range(columns):
            out.append(*cells.get((y, x), (" ", "")))
        out.append("\n")
    return out.append_text(_bottom(horizontal, left, columns, plot.x_title, signs))


def _range(values: Sequence[float], margin: float = MARGIN) -> tuple[float, float]:
    """The ends of an axis that has room for some values."""
    low, high = min(values), max(values)
    spread = high - low
    if spread <= 1e-9 * max(abs(low), abs(high), 1e-9):
        spread = max(abs(high), 1e-6) * 0.2
    return low - margin * spread - (spread / 2 if low == high else 0), high + margin * spread + (
        spread / 2 if low == high else 0
    )


def _bar(dot: Dot, line: object, rows: int) -> range:
    """The lines of an error bar."""
    assert callable(line)
    if dot.err is None or not 0 < dot.err < 1e15:
        return range(0)
    ends = sorted((line(dot.y - dot.err), line(dot.y + dot.err)))
    return range(max(0, ends[0]), min(rows - 1, ends[1]) + 1)


def _bottom(axis: _Axis, left: int, columns: int, title: str, signs: Sequence[str]) -> Text:
    """The axis below: a line with ticks, and one with their values and the title."""
    ruler = [signs[1]] * columns
    values = [" "] * columns
    end = -1
    room = columns - len(title) - 1
    for at, words in axis.ticks():
        start = max(0, at - len(words) // 2)
        if 0 <= at < columns and start > end and start + len(words) <= room:
            ruler[at] = signs[2] if signs[2] == "+" else "┬"
            values[start : start + len(words)] = words
            end = start + len(words)
    corner = "+" if signs[2] == "+" else "└"
    written = "".join(values).rstrip().ljust(room) + " " + title
    out = Text(" " * left + corner + "".join(ruler) + "\n", "dim", end="")
    return out.append(" " * (left + 1) + written[:columns], "dim")
