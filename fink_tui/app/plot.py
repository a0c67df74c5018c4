"""A light curve as text: the one module that knows plotext.

The points are put onto cells here, to the half row for error bars, and plotext draws what is on the cells, the frame
and the ticks. So a bar is as long as its error, whatever is drawn over what is decided in one place (`Layer`), and
only visible cells cost time.

Every mark takes one cell. Bands are told apart by shape as well as by colour; the marks of `ascii_only` are for fonts
and consoles that lack the others.
"""

from __future__ import annotations

import math
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from enum import IntEnum
from typing import Any, NamedTuple

from rich.text import Text

from fink_tui.alerts import photometry, text
from fink_tui.alerts.row import Point, PointKind

BANDS = "ugrizy"
"""Bands, from blue to red."""

DETECTIONS = dict(zip(BANDS, "▲●◆■►★", strict=True))
"""Marks of detections."""

NEGATIVES = dict(zip(BANDS, "△○◇□▷☆", strict=True))
"""Marks of detections fainter than the template: the same shapes, hollow."""

LIMIT, BAD, ARROW, ZERO = "▽", "×", "◄", "·"
"""An upper limit; a detection of poor quality; beside the alert's own detection; the line of no change."""

GROUPS = {"detection": "", "negative": "negative", "limit": "limits", "bad": "bad", "forced": "forced"}
"""What the legend tells apart, with the words it uses; in its order, for its end may be cut off."""

BARS = {1: "╷", 2: "╵", 3: "│"}
"""Error bars by the halves of the cell they cover: 1 the lower, 2 the upper."""

OTHER = "*"
"""A detection in a band that is none of `BANDS`."""

ASCII_LIMIT, ASCII_BAD, ASCII_NEGATIVE, ASCII_ARROW, ASCII_ZERO = "v", "x", "-", "<", "."

ASCII_BARS = {1: ".", 2: "'", 3: "|"}

ASCII_FRAME = str.maketrans({"─": "-", "│": "|", "└": "+", "┤": "+", "┬": "+", "├": "+", "┼": "+", "┴": "+", "±": "~"})
"""plotext's frame, and the heading's signs, in ASCII."""

COLOURS = dict(zip(BANDS, ("magenta", "green", "red", "orange", "blue", "cyan"), strict=True))
"""plotext's names of the bands' colours; a `+` makes them bright."""

RICH_COLOURS = dict(zip(BANDS, ("magenta", "green", "red", "yellow", "blue", "cyan"), strict=True))
"""The same colours of the terminal's palette by Rich's names."""

MIN_COLUMNS, MIN_ROWS = 12, 3
"""The smallest canvas that is worth drawing."""

LABEL_ROW_FROM = 8
"""Rows of the whole plot from which on one is given to the names of the axes."""

MIN_MAG_SPAN = 0.2
"""Magnitudes that the height stands for at least."""

SPARE_FLUX = 0.5
"""How far beyond the detections, and zero, other fluxes are drawn, in parts of the height of these."""

SPARE_BRIGHT, SPARE_FAINT = 0.5, 2.0
"""How far above and below the detections other magnitudes are drawn."""

MIN_DAYS = 0.01
"""Days that the width stands for at least, but for a single moment, which has a day."""

LARGEST_MJD, LARGEST_MAG, LARGEST_FLUX = 1e6, 1e3, 1e30
"""Numbers from here on are no measurements (days, magnitudes, nJy), and would leave no room for those that are."""

RIGHT_COLUMNS = 2
"""Columns kept free after the last point, for the arrow."""

_lock = threading.Lock()
"""plotext keeps settings that are the process's."""


class Layer(IntEnum):
    """What is drawn over what: the later over the earlier."""

    ZERO = 0
    FORCED_BAR = 1
    BAR = 2
    LIMIT = 3
    ARROW = 4
    FORCED = 5
    BAD = 6
    DETECTION = 7
    CURRENT = 8


class Mark(NamedTuple):
    """A point as it is drawn."""

    x: float
    """Days from the reference."""

    y: float
    """Height: the flux in its unit, or the magnitude with its sign turned, so that up is brighter."""

    err: float
    """Half the length of the bar, unit of `y`; 0 for none."""

    point: Point
    """The point it stands for."""


class Cell(NamedTuple):
    """What is drawn in one cell."""

    glyph: str
    colour: str
    """plotext's name of the colour, "default" for none."""
    is_bold: bool


def unit_of(points: Sequence[Point]) -> tuple[str, float]:
    """The unit in which the fluxes of the detections are short numbers, and its size in nJy."""
    detections = [point for point in points if point.kind is PointKind.DETECTION] or points
    fluxes = [abs(point.flux) for point in detections if point.flux is not None]
    return photometry.flux_unit(max((flux for flux in fluxes if flux < LARGEST_FLUX), default=0.0))


def reference_mjd(points: Sequence[Point]) -> float | None:
    """The time that days are counted from: of the alert's own detection, else of the last detection, else point.

    Returns:
        MJD, UTC, or None without a point.
    """
    sane = [point for point in points if abs(point.mjd) < LARGEST_MJD]
    for wanted in (
        [point.mjd for point in sane if point.is_current],
        [point.mjd for point in sane if point.kind is not PointKind.LIMIT],
        [point.mjd for point in sane],
    ):
        if wanted:
            return max(wanted)
    return None


def marks(points: Sequence[Point], use_flux: bool) -> list[Mark]:
    """The points that have a value in the chosen quantity; a limit's flux is that of its magnitude."""
    start = reference_mjd(points)
    if start is None:
        return []
    _, size = unit_of(points)
    largest = LARGEST_FLUX if use_flux else LARGEST_MAG
    found = []
    for point in points:
        value, err = (point.flux, point.flux_err) if use_flux else (point.mag, point.mag_err)
        if use_flux and point.kind is PointKind.LIMIT:
            value = (photometry.mag_to_flux(point.mag) or (None,))[0]
        if value is None or not abs(value) < largest or not abs(point.mjd) < LARGEST_MJD:  # NaN too
            continue
        err = err if err is not None and 0 < err < largest else 0.0
        found.append(
            Mark(point.mjd - start, value / size if use_flux else -value, err / size if use_flux else err, point)
        )
    return found


def _bounds(drawn: Sequence[Mark], use_flux: bool) -> tuple[float, float]:
    """The lowest and the highest height that the plot shows.

    The detections and their bars always fit. What is around them fits as far as it does not press them together:
    forced photometry of a failed subtraction, or the limits of a cloudy night, would. Limits fainter than the
    detections always fit, for they tell when a rise began.

    Args:
        drawn: The marks, at least one.
        use_flux: Whether heights are fluxes, of which zero is part, or magnitudes.
    """
    core = [mark for mark in drawn if mark.point.kind is PointKind.DETECTION]
    core = core or [mark for mark in drawn if mark.point.kind is not PointKind.LIMIT] or list(drawn)
    low, high = min(mark.y - mark.err for mark in core), max(mark.y + mark.err for mark in core)
    if use_flux:
        least, most = min(low, 0.0), max(high, 0.0)
        least, most = least - SPARE_FLUX * (most - least), most + SPARE_FLUX * (most - least)
    else:
        least, most = low - SPARE_FAINT, high + SPARE_BRIGHT
    for mark in drawn:
        if mark.point.kind is PointKind.LIMIT:
            low, high = min(low, mark.y), max(high, mark.y if mark.y <= most else high)
        elif least <= mark.y <= most:
            low, high = min(low, max(least, mark.y - mark.err)), max(high, min(most, mark.y + mark.err))
    return low, high


def _on_scale(drawn: Sequence[Mark], use_flux: bool) -> list[Mark]:
    """The marks that are within the plot's height."""
    if not drawn:
        return []
    low, high = _bounds(drawn, use_flux)
    return [mark for mark in drawn if low <= mark.y <= high]


def heading(points: Sequence[Point], use_flux: bool, *, ascii_only: bool = False, colour: bool = True) -> Text:
    """The legend: the unit and the days from first to last, what is not drawn, and every mark with its number.

    It may be longer than there is room for: a small plot's numbers have their unit only here, so that comes first.

    Args:
        points: The light curve.
        use_flux: Whether it is drawn in flux.
        ascii_only: Whether only ASCII may be used.
        colour: Whether bands have their colours.
    """
    known = marks(points, use_flux)
    drawn = [mark.point for mark in _on_scale(known, use_flux)]
    out = Text(no_wrap=True, overflow="ellipsis" if not ascii_only else "crop", end="")
    counts: Counter[tuple[str, str]] = Counter()
    for point in drawn:
        counts[_group(point), point.band] += 1

    def add(words: str, style: str = "") -> None:
        out.append(words, style if colour else "")

    add(_summary(points, known, drawn, use_flux, ascii_only))
    bands = [*BANDS, *sorted({point.band for point in drawn} - set(BANDS))]
    apart = " | "
    for group, name in GROUPS.items():
        present = [band for band in bands if counts[group, band]]
        if present and name:
            add(f"{apart}{name}")
            apart = "  "
        for index, band in enumerate(present):
            glyph = _glyph(group, band, ascii_only)
            if group == "detection":
                add(f"{apart}{band} ")
                apart = "  "
                add(glyph, RICH_COLOURS.get(band, ""))
            elif group in ("limit", "bad"):  # one mark for all bands: the letters tell them apart
                add(f" {'' if index else glyph + ' '}")
                add(band, RICH_COLOURS.get(band, ""))
            else:
                add(" ")
                add(glyph, RICH_COLOURS.get(band, ""))
            add(f" {counts[group, band]}")
    return out


def _summary(
    points: Sequence[Point], known: Sequence[Mark], drawn: Sequence[Point], use_flux: bool, ascii_only: bool
) -> str:
    """The unit, the days from first to last, and how many points are not drawn.

    Args:
        points: The light curve.
        known: Those of it that have a value.
        drawn: Those of these that are on the scale.
        use_flux: Whether it is drawn in flux.
        ascii_only: Whether only ASCII may be used.
    """
    out = "no photometry"
    if drawn:
        out = unit_of(points)[0] if use_flux else "mag"
        out = out.replace("µ", "u") if ascii_only else out
        times = [point.mjd for point in drawn]
        if max(times) > min(times):
            out += f" {text.age((max(times) - min(times)) * 86400)}"
    if len(known) > len(drawn):
        out += f", {len(known) - len(drawn)} off scale"
    if len(points) > len(known):
        out += f", {len(points) - len(known)} without a {'flux' if use_flux else 'mag'}"
    return out


def draw(
    points: Sequence[Point],
    width: int,
    height: int,
    *,
    use_flux: bool,
    ascii_only: bool = False,
    colour: bool = True,
) -> Text:
    """Draw a light curve. The first call imports plotext, which takes half a second: call it in a thread.

    Magnitudes grow downwards. The axis of time is in days from the alert's own detection, which an arrow points at.
    Bars are plus and minus one sigma, to a quarter of a row.

    Args:
        points: The light curve, in any order.
        width: Cells.
        height: Cells.
        use_flux: Whether to draw the flux of the difference, rather than its magnitude.
        ascii_only: Whether only ASCII may be used.
        colour: Whether bands have their colours.

    Returns:
        At most `height` lines of at most `width` cells; where that is too little for a plot, words.
    """
    drawn = _on_scale(marks(points, use_flux), use_flux)
    if width < 1 or height < 1:
        return Text("", end="")
    if not drawn:
        return _words(["no photometry"], width, height)
    plan = _Plan(drawn, width, height, use_flux, unit_of(points)[0], reference_mjd(points) or 0.0, ascii_only)
    if plan.columns < MIN_COLUMNS or plan.rows < MIN_ROWS:
        legend = heading(points, use_flux, ascii_only=ascii_only).plain
        return _words([*_last(drawn, use_flux, ascii_only), *legend.split(" | ")], width, height)
    return _render(plan, colour)


def _words(lines: list[str], width: int, height: int) -> Text:
    return Text("\n".join(line[:width] for line in lines[:height]), no_wrap=True, end="")


def _last(drawn: Sequence[Mark], use_flux: bool, ascii_only: bool) -> list[str]:
    """The last detection in words."""
    found = [mark for mark in drawn if mark.point.kind is not PointKind.LIMIT]
    if not found:
        return []
    mark = max(found, key=lambda mark: (mark.point.is_current, mark.x))
    words = f"{mark.point.band} {text.magnitude(mark.y if use_flux else -mark.y, mark.err or None)}"
    return [words.replace("±", "+-") if ascii_only else words]


def _group(point: Point) -> str:
    """What a point counts as in the legend."""
    if point.kind is PointKind.DETECTION and point.is_negative:
        return "negative"
    return point.kind.value


def _glyph(group: str, band: str, ascii_only: bool) -> str:
    if group == "forced":
        return band
    if ascii_only:
        return {"limit": ASCII_LIMIT, "bad": ASCII_BAD, "negative": ASCII_NEGATIVE}.get(group) or band.upper()
    if group == "negative":
        return NEGATIVES.get(band, OTHER)
    return {"limit": LIMIT, "bad": BAD}.get(group) or DETECTIONS.get(band, OTHER)


def nice_step(least: float) -> float:
    """The smallest of 1, 2, 5 times a power of ten that is not below `least`, which is above zero."""
    power: float = 10.0 ** math.floor(math.log10(least))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= least * (1 - 1e-9))


def _places(step: float) -> int:
    """The decimals that a step needs."""
    return max(0, -math.floor(math.log10(step) + 1e-9))


def _ticks(low: float, high: float, step: float) -> list[tuple[float, str]]:
    """Round numbers within a range, with labels of as many decimals as the step needs."""
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [(index * step, text.degrees(index * step, _places(step))) for index in range(first, last + 1)]


class _Plan:
    """Where everything goes: the canvas's size, its ticks, and the cells of the marks.

    Columns are counted from the left, rows from below; a place on the canvas is a float in cells, so that the middle
    of the first cell is 0.5.
    """

    def __init__(
        self,
        drawn: Sequence[Mark],
        width: int,
        height: int,
        use_flux: bool,
        unit: str,
        start: float,
        ascii_only: bool,
    ) -> None:
        self.width, self.height, self.ascii_only = width, height, ascii_only
        self.start, self.unit = start, unit if use_flux else "mag"
        if ascii_only:
            self.unit = self.unit.replace("µ", "u")
        self.has_labels = height >= LABEL_ROW_FROM
        self.rows = height - 2 - self.has_labels
        self.columns = width
        if self.rows < MIN_ROWS:
            return
        self._scale_y(drawn, use_flux)
        self.columns = width - 1 - max((len(label) for _, label in self.y_ticks), default=0)
        if self.columns < MIN_COLUMNS:
            return
        self._scale_x(drawn)
        self.cells = self._cells(drawn, use_flux)

    def _scale_y(self, drawn: Sequence[Mark], use_flux: bool) -> None:
        low, high = _bounds(drawn, use_flux)
        least = max(abs(low), abs(high), 1e-3) * 0.1 if use_flux else MIN_MAG_SPAN
        if high - low < least:
            middle = (low + high) / 2
            low, high = middle - least / 2, middle + least / 2
        # Half a row of air at both ends, so that a mark on the edge is whole.
        edge = (high - low) / (self.rows - 1) / 2
        self.low, self.high = low - edge, high + edge
        for apart in (3 if self.rows >= 12 else 2, 1.5, 1):  # rows from tick to tick; closer, if there are too few
            step = nice_step((self.high - self.low) / self.rows * apart)
            ticks = _ticks(self.low, self.high, step)
            if len(ticks) >= 3:
                break
        if not use_flux:  # heights are magnitudes with their sign turned
            ticks = [(y, text.degrees(-y, _places(step))) for y, _ in ticks]
        self.y_ticks = [(self.row(y), label) for y, label in ticks if 0 <= self.row(y) < self.rows]

    def _scale_x(self, drawn: Sequence[Mark]) -> None:
        first, last = min(mark.x for mark in drawn), max(mark.x for mark in drawn)
        if last - first < MIN_DAYS:
            spare = 0.5 if last == first else MIN_DAYS / 2
            first, last = (first + last) / 2 - spare, (first + last) / 2 + spare
        # The first point in the middle of the first column, the last in that of the last but RIGHT_COLUMNS.
        cell = (last - first) / (self.columns - RIGHT_COLUMNS - 1)
        self.first = first - cell / 2
        self.last = self.first + cell * self.columns
        for widest in range(3, self.columns):  # the labels' own width decides how many there can be
            step = nice_step(cell * (widest + 5))
            self.x_ticks = [(self.column(x), label) for x, label in _ticks(self.first, self.last, step)]
            if max((len(label) for _, label in self.x_ticks), default=0) <= widest:
                break

    def row(self, y: float) -> float:
        return (y - self.low) / (self.high - self.low) * self.rows

    def column(self, x: float) -> float:
        return (x - self.first) / (self.last - self.first) * self.columns

    def _place(self, mark: Mark) -> tuple[int, int]:
        column, row = math.floor(self.column(mark.x)), math.floor(self.row(mark.y))
        return min(self.columns - 1, max(0, column)), min(self.rows - 1, max(0, row))

    def _cells(self, drawn: Sequence[Mark], use_flux: bool) -> dict[tuple[int, int], Cell]:
        """What is seen in each cell, keyed by column and row."""
        cells: dict[tuple[int, int], Cell] = {}
        if use_flux and self.low < 0 < self.high:
            zero = ASCII_ZERO if self.ascii_only else ZERO
            row = min(self.rows - 1, math.floor(self.row(0)))
            cells = {(column, row): Cell(zero, "default", False) for column in range(0, self.columns, 2)}
        bars: dict[tuple[int, int], int] = {}
        numbers = Counter(mark.point.band for mark in drawn)
        # Of two marks of one kind in one cell, the band that has fewer points is seen.
        ordered = sorted(drawn, key=lambda mark: (-numbers[mark.point.band], mark.x))
        layers: list[list[Mark]] = [[] for _ in Layer]
        for mark in ordered:
            layers[_layer(mark.point)].append(mark)
            if mark.err:
                layers[Layer.FORCED_BAR if mark.point.kind is PointKind.FORCED else Layer.BAR].append(mark)
            if mark.point.is_current:
                layers[Layer.ARROW].append(mark)
        for layer in Layer:
            for mark in layers[layer]:
                colour = COLOURS.get(mark.point.band, "default")
                column, row = self._place(mark)
                if layer in (Layer.FORCED_BAR, Layer.BAR):
                    for cell_row, halves in self._bar(mark):
                        key = column, cell_row
                        bars[key] = bars.get(key, 0) | halves
                        glyph = (ASCII_BARS if self.ascii_only else BARS)[bars[key]]
                        cells[key] = Cell(glyph, colour, False)
                elif layer is Layer.ARROW:
                    if column + 1 < self.columns:
                        cells[column + 1, row] = Cell(ASCII_ARROW if self.ascii_only else ARROW, "default", True)
                else:
                    is_bright = layer in (Layer.DETECTION, Layer.CURRENT)
                    glyph = _glyph(_group(mark.point), mark.point.band, self.ascii_only)
                    shown = colour + "+" if is_bright and colour != "default" else colour
                    cells[column, row] = Cell(glyph, shown, layer is Layer.CURRENT)
        return cells

    def _bar(self, mark: Mark) -> Iterator[tuple[int, int]]:
        """The rows that a bar covers, and which of their halves: its ends are rounded to half a row."""
        bottom = max(0, round(2 * self.row(mark.y - mark.err)))
        top = min(2 * self.rows, round(2 * self.row(mark.y + mark.err)))
        for half in range(bottom, top):
            yield half // 2, 1 + half % 2

    def time_label(self) -> str:
        """What days are counted from, as long as there is room beside the unit."""
        room = self.width - 2 * len(self.unit) - 4
        day = text.utc(self.start)[:16]
        for label in (f"days from MJD {self.start:.4f}, {day} UTC", f"days from MJD {self.start:.3f}"):
            if len(label) <= room:
                return label
        return "days"


def _layer(point: Point) -> Layer:
    if point.is_current:
        return Layer.CURRENT
    return {PointKind.LIMIT: Layer.LIMIT, PointKind.BAD: Layer.BAD, PointKind.FORCED: Layer.FORCED}.get(
        point.kind, Layer.DETECTION
    )


def _render(plan: _Plan, colour: bool) -> Text:
    """Draw the cells, the frame and the ticks with plotext."""
    with _lock:
        import plotext

        plotext.terminal.limit(False, False)  # else a plot is cut to the size of the process's own terminal
        # A figure of one's own: `plotext.figure` is shared by the process.
        figure: Any = type(plotext.figure)(parent=plotext.terminal)
        figure.plot_size(plan.width, plan.height)
        figure.theme("colorless")
        figure.canvas("default")
        figure.axes(False, axis=(0, 1), side=1)
        for axis, size, ticks in (("x", plan.columns, plan.x_ticks), ("y", plan.rows, plan.y_ticks)):
            ruler = figure.ruler(axis, 0)
            ruler.lim(0, size)
            ruler.alignment(lim="edge")
            ruler.ticks([place for place, _ in ticks], [label for _, label in ticks])
        if plan.has_labels:
            figure.label(plan.time_label(), "x")
            figure.label(plan.unit, "y")
        groups: dict[Cell, list[tuple[int, int]]] = {}
        for place, cell in plan.cells.items():
            groups.setdefault(cell, []).append(place)
        for cell, places in groups.items():
            pixel = plotext.pixel(cell.colour, None, "bold" if cell.is_bold else None)
            marker = plotext.marker(cell.glyph, pixel)
            columns, rows = [column + 0.5 for column, _ in places], [row + 0.5 for _, row in places]
            figure.draw(figure.signal(columns, rows, marker=marker))
        picture = figure.build().string(colorless=not colour).rstrip("\n")
    if plan.ascii_only:
        picture = picture.translate(ASCII_FRAME)
    drawn = Text.from_ansi(picture) if colour else Text(picture)
    drawn.no_wrap, drawn.end = True, ""
    return drawn
