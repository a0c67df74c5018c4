"""The altitude of a place through a night, drawn with signs: the Moon's beside it, twilights shaded, now marked."""

from __future__ import annotations

from typing import NamedTuple

from rich.text import Text

from fink_tui.sky.tonight import Darkness, Tonight
from fink_tui.sky.twilight import Span

MARGIN = 3
"""Cells to the left, for the altitudes."""

LEAST = 7
"""Rows below which nothing can be read off."""

DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
"""Bits of the dots of a braille character, by column and row (Unicode 16, chapter 21.1)."""


class Signs(NamedTuple):
    """What is drawn with."""

    moon: str
    limit: str
    now: str
    shades: tuple[str, str, str]
    """While the Sun is above -6, -12, -18 degrees."""

    reached: str
    """The axis while the place can be reached."""

    axis: str


UNICODE = Signs("○", "╌", "│", ("▒", "░", "·"), "━", "─")
ASCII = Signs("o", "-", "|", ("#", ":", "."), "=", "-")


def draw(found: Tonight, now: float, width: int, height: int, *, ascii_only: bool = False) -> Text:
    """Draw it: the night from left to right, from 90 degrees down to the horizon, hours of UTC below.

    Args:
        found: The place in its night.
        now: Unix seconds.
        width: Cells.
        height: Rows, at least `LEAST`.
        ascii_only: Whether only ASCII may be used.
    """
    signs = ASCII if ascii_only else UNICODE
    columns, rows = max(1, width - MARGIN), height - 2
    begin, end = found.darkness.times[0], found.darkness.times[-1]
    step = (end - begin) / columns

    def at(column: float) -> float:
        return begin + column * step

    def row_of(altitude: float) -> int:
        return min(rows - 1, int((90 - altitude) / 90 * rows))

    cells = [[(" ", "")] * columns for _ in range(rows)]
    limit = row_of(found.site.limits.min_altitude)
    for column in range(columns):
        sign = shade(found.darkness, at(column + 0.5), signs)
        for row in range(rows):
            cells[row][column] = (signs.limit if row == limit else sign, "dim")
        moon = _between(found.darkness.times, found.darkness.moon, at(column + 0.5))
        if moon > 0:
            cells[row_of(moon)][column] = (signs.moon, "yellow")
    if begin <= now < end:
        for line in cells:
            line[int((now - begin) / step)] = (signs.now, "bold")
    _draw_track(found, cells, columns, rows, ascii_only=ascii_only)

    out = Text(no_wrap=True, end="")
    labels = {row_of(value): value for value in (0, 30, 60, 90)}
    for row, line in enumerate(cells):
        out.append(f"{labels[row]:>2} " if row in labels else " " * MARGIN, "dim")
        for sign, style in line:
            out.append(sign, style)
        out.append("\n")
    out.append(" " * MARGIN)
    for column in range(columns):
        reached = any(window[0] <= at(column + 0.5) < window[1] for window in found.windows)
        out.append(signs.reached if reached else signs.axis, "bold" if reached else "dim")
    out.append("\n").append(f"UT {hours(begin, end, columns)}", "dim")
    return out


def shade(darkness: Darkness, unix: float, signs: Signs) -> str:
    """The ground of a moment: nothing while it is dark."""
    for span, sign in zip((darkness.civil, darkness.nautical, darkness.dark), signs.shades, strict=True):
        if not _is_in(unix, span):
            return sign
    return " "


def _is_in(unix: float, span: Span | None) -> bool:
    return span is not None and span[0] <= unix < span[1]


def _between(times: tuple[float, ...], values: tuple[float, ...], unix: float) -> float:
    """A value at a moment, of times that are equally far apart."""
    place = (unix - times[0]) / (times[-1] - times[0]) * (len(times) - 1)
    index = max(0, min(len(times) - 2, int(place)))
    return values[index] + (place - index) * (values[index + 1] - values[index])


def _draw_track(
    found: Tonight, cells: list[list[tuple[str, str]]], columns: int, rows: int, *, ascii_only: bool
) -> None:
    """Put the place's altitude over what is there: two dots by four in a cell, or a star in one."""
    times = found.darkness.times
    dots: dict[tuple[int, int], int] = {}
    for place in range(2 * columns):
        altitude = _between(times, found.track, times[0] + (place + 0.5) / 2 / columns * (times[-1] - times[0]))
        if altitude > 0:
            level = min(4 * rows - 1, int((90 - altitude) / 90 * 4 * rows))
            cell = (level // 4, place // 2)
            dots[cell] = dots.get(cell, 0) | DOTS[place % 2][level % 4]
    for (row, column), bits in dots.items():
        cells[row][column] = ("*" if ascii_only else chr(0x2800 + bits), "bold green")


def hours(begin: float, end: float, columns: int) -> str:
    """The hours of UTC below their places, as many as there is room for.

    Args:
        begin: Of the first column, Unix seconds.
        end: Of the last one's end.
        columns: Cells.
    """
    step = next(step for step in (1, 2, 3, 6, 12, 24) if step * 3600 / (end - begin) * columns >= 4 or step == 24)
    line = [" "] * columns
    hour = int(begin // 3600) + 1
    while hour * 3600 < end:
        column = int((hour * 3600 - begin) / (end - begin) * columns)
        if hour % step == 0 and column + 2 <= columns:
            line[column : column + 2] = f"{hour % 24:02d}"
        hour += 1
    return "".join(line).rstrip()
