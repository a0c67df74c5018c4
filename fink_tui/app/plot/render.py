"""Cells, frame and ticks drawn by plotext: the one module that knows it."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from rich.text import Text

from fink_tui.app.plot.cells import Cell
from fink_tui.app.plot.scale import Scale

ASCII_FRAME = str.maketrans("─│└┤┬├┼┴", "-|++++++")
"""plotext's frame in ASCII."""

_lock = threading.Lock()
"""plotext keeps settings that are the process's."""


def render(scale: Scale, cells: Mapping[tuple[int, int], Cell], *, ascii_only: bool, colour: bool) -> Text:
    """Draw a plot. The first call imports plotext, which takes half a second: call it in a thread.

    Args:
        scale: The canvas, with its ticks.
        cells: What is on it, by column and row, from the left and from below.
        ascii_only: Whether only ASCII may be used.
        colour: Whether cells have their colours.
    """
    with _lock:
        import plotext

        plotext.terminal.limit(False, False)  # else a plot is cut to the size of the process's own terminal
        # A figure of one's own: `plotext.figure` is shared by the process.
        figure: Any = type(plotext.figure)(parent=plotext.terminal)
        figure.plot_size(scale.width, scale.height)
        figure.theme("colorless")
        figure.canvas("default")
        figure.axes(False, axis=(0, 1), side=1)
        for axis, size, ticks in (("x", scale.columns, scale.x_ticks), ("y", scale.rows, scale.y_ticks)):
            ruler = figure.ruler(axis, 0)
            ruler.lim(0, size)
            ruler.alignment(lim="edge")
            ruler.ticks([place for place, _ in ticks], [label for _, label in ticks])
        if scale.has_labels:
            figure.label(scale.time_label(), "x")
            figure.label(scale.unit, "y")
        places: dict[str, list[tuple[int, int]]] = {}
        for place, cell in cells.items():
            places.setdefault(cell.glyph, []).append(place)
        for glyph, found in places.items():
            columns, rows = [column + 0.5 for column, _ in found], [row + 0.5 for _, row in found]
            figure.draw(figure.signal(columns, rows, marker=plotext.marker(glyph)))
        picture: str = figure.build().string(colorless=True).rstrip("\n")
    if ascii_only:
        picture = picture.translate(ASCII_FRAME)
    drawn = Text(picture, no_wrap=True, end="")
    if colour:
        # Here and not by plotext, whose colours would have to be read back from its escape sequences.
        starts = [0, *(at + 1 for at, sign in enumerate(picture) if sign == "\n")]
        left = scale.width - scale.columns
        for (column, row), cell in cells.items():
            if cell.style:
                at = starts[scale.rows - 1 - row] + left + column
                drawn.stylize(cell.style, at, at + 1)
    return drawn
