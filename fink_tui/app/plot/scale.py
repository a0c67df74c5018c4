"""The scales of a plot: what part of heights and times it shows, its ticks, and where on the canvas a value is."""

from __future__ import annotations

import math
from collections.abc import Sequence

from fink_tui.alerts import text
from fink_tui.alerts.row import PointKind
from fink_tui.app.plot.marks import Mark, Marks
from fink_tui.app.plot.settings import Axis

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

RIGHT_COLUMNS = 2
"""Columns kept free after the last point, for the arrow."""


def bounds(drawn: Sequence[Mark], use_flux: bool) -> tuple[float, float]:
    """The lowest and the highest height that the plot shows.

    The detections and their bars always fit. What is around them fits as far as it does not press them together:
    forced photometry of a failed subtraction, or the limits of a cloudy night, would. Limits from before the first
    detection of a band that has some always fit, for they tell when a rise began.

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
    first, bands = min(mark.point.mjd for mark in core), {mark.point.band for mark in core}
    for mark in drawn:
        is_before = mark.point.kind is PointKind.LIMIT and mark.point.mjd < first and mark.point.band in bands
        if (is_before or least <= mark.y) and mark.y <= most:
            floor = mark.y if is_before else least
            low, high = min(low, max(floor, mark.y - mark.err)), max(high, min(most, mark.y + mark.err))
    return low, high


def on_scale(found: Marks) -> list[Mark]:
    """The marks that are within the plot's height."""
    if not found.all:
        return []
    low, high = bounds(found.all, found.settings.use_flux)
    return [mark for mark in found.all if low <= mark.y <= high]


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


class Scale:
    """The canvas's size, its ticks, and where on it a value is.

    Columns are counted from the left, rows from below; a place on the canvas is a float in cells, so that the middle
    of the first cell is 0.5.
    """

    def __init__(self, found: Marks, drawn: Sequence[Mark], width: int, height: int, ascii_only: bool) -> None:
        """Scale it.

        Args:
            found: What there is.
            drawn: Those of it that are drawn, at least one.
            width: Cells of the whole plot.
            height: Cells of the whole plot.
            ascii_only: Whether only ASCII may be used.
        """
        self.width, self.height = width, height
        self.settings, self.start = found.settings, found.start
        self.unit = found.unit.replace("µ", "u") if ascii_only else found.unit
        self.has_labels = height >= LABEL_ROW_FROM
        self.rows = height - 2 - self.has_labels
        self.columns = width
        if self.rows < MIN_ROWS:
            return
        self._scale_y(drawn)
        self.columns = width - 1 - max((len(label) for _, label in self.y_ticks), default=0)
        if self.columns >= MIN_COLUMNS:
            self._scale_x(drawn)

    @property
    def is_enough(self) -> bool:
        """Whether there is room for a plot."""
        return self.columns >= MIN_COLUMNS and self.rows >= MIN_ROWS

    def _scale_y(self, drawn: Sequence[Mark]) -> None:
        use_flux = self.settings.use_flux
        low, high = bounds(drawn, use_flux)
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
        first, last = self._times(drawn)
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

    def _times(self, drawn: Sequence[Mark]) -> tuple[float, float]:
        """The first and the last place on the axis of time that the plot shows."""
        if self.settings.axis is Axis.PHASE:
            return 0.0, 2.0
        if self.settings.window is not None:
            zero = 0.0 if self.settings.axis is Axis.MJD else self.start
            return self.settings.window[0] - zero, self.settings.window[1] - zero
        return min(mark.x for mark in drawn), max(mark.x for mark in drawn)

    def row(self, y: float) -> float:
        """The place of a height."""
        return (y - self.low) / (self.high - self.low) * self.rows

    def column(self, x: float) -> float:
        """The place of a time."""
        return (x - self.first) / (self.last - self.first) * self.columns

    def cell(self, mark: Mark) -> tuple[int, int]:
        """The column and the row of a mark."""
        column, row = math.floor(self.column(mark.x)), math.floor(self.row(mark.y))
        return min(self.columns - 1, max(0, column)), min(self.rows - 1, max(0, row))

    def time_label(self) -> str:
        """What the axis of time counts, as long as there is room beside the unit."""
        room = self.width - 2 * len(self.unit) - 4
        day = text.utc(self.start)[:16]
        labels = [f"days from MJD {self.start:.4f}, {day} UTC", f"days from MJD {self.start:.3f}", "days"]
        if self.settings.axis is Axis.MJD:
            labels = ["MJD, UTC", "MJD"]
        elif self.settings.axis is Axis.PHASE:
            period = f"phase of {self.settings.period:.8g} d"
            labels = [f"{period}, 0 at MJD {self.start:.4f} UTC", period, "phase"]
        return next((label for label in labels if len(label) <= room), labels[-1])
