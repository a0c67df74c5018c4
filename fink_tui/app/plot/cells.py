"""What is seen in each cell of a plot."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple

from fink_tui.alerts.row import Point, PointKind
from fink_tui.app.plot.marks import (
    ARROW,
    ASCII_ARROW,
    ASCII_ZERO,
    COLOURS,
    CURSOR,
    ZERO,
    Mark,
    glyph,
    group,
)
from fink_tui.app.plot.scale import Scale

BARS = {1: "╷", 2: "╵", 3: "│"}
"""Error bars by the halves of the cell they cover: 1 the lower, 2 the upper."""

ASCII_BARS = {1: ".", 2: "'", 3: "|"}


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
    CURSOR = 9


LAYERS = {PointKind.LIMIT: Layer.LIMIT, PointKind.BAD: Layer.BAD, PointKind.FORCED: Layer.FORCED}
"""Those of other points than detections."""


class Cell(NamedTuple):
    """What is drawn in one cell."""

    glyph: str
    style: str = ""
    """Rich's."""


def cells(scale: Scale, drawn: Sequence[Mark], ascii_only: bool) -> dict[tuple[int, int], Cell]:
    """What is seen in each cell, keyed by column and row.

    Args:
        scale: Where on the canvas a value is.
        drawn: The marks.
        ascii_only: Whether only ASCII may be used.
    """
    found: dict[tuple[int, int], Cell] = {}
    if scale.settings.use_flux and scale.low < 0 < scale.high:
        zero = ASCII_ZERO if ascii_only else ZERO
        row = min(scale.rows - 1, math.floor(scale.row(0)))
        found = {(column, row): Cell(zero) for column in range(0, scale.columns, 2)}
    layers = _layers(drawn, scale.settings.cursor)
    found |= _bars(scale, [*layers[Layer.FORCED_BAR], *layers[Layer.BAR]], ascii_only)
    for layer in (layer for layer in Layer if layer > Layer.BAR):
        # Of the marks of one layer in one cell, the last is seen.
        for (column, row), mark in {scale.cell(mark): mark for mark in layers[layer]}.items():
            if layer is Layer.ARROW:
                if column + 1 < scale.columns:
                    found[column + 1, row] = Cell(ASCII_ARROW if ascii_only else ARROW, "bold")
                continue
            found[column, row] = _mark(mark, layer, ascii_only)
            if layer is Layer.CURSOR:
                for beside, sign in zip((column - 1, column + 1), CURSOR, strict=True):
                    if 0 <= beside < scale.columns:
                        found[beside, row] = Cell(sign, "bold")
    return found


def _layers(drawn: Sequence[Mark], cursor: int | None) -> list[list[Mark]]:
    """The marks that have a part in each layer, in the order in which they are drawn."""
    numbers = Counter(mark.point.band for mark in drawn)
    layers: list[list[Mark]] = [[] for _ in Layer]
    # Of two marks of one kind in one cell, the band that has fewer points is seen.
    for mark in sorted(drawn, key=lambda mark: (-numbers[mark.point.band], mark.x)):
        layers[_layer(mark.point)].append(mark)
        if mark.err:
            layers[Layer.FORCED_BAR if mark.point.kind is PointKind.FORCED else Layer.BAR].append(mark)
        if mark.point.is_current:
            layers[Layer.ARROW].append(mark)
        if mark.number == cursor:
            layers[Layer.CURSOR].append(mark)
    return layers


def _mark(mark: Mark, layer: Layer, ascii_only: bool) -> Cell:
    style = COLOURS.get(mark.point.band, "")
    if style and layer >= Layer.DETECTION:
        style = f"bright_{style}"
    if layer >= Layer.CURRENT:
        style = f"bold {style}".rstrip()
    return Cell(glyph(group(mark.point), mark.point.band, ascii_only), style)


def _bars(scale: Scale, marks: Sequence[Mark], ascii_only: bool) -> dict[tuple[int, int], Cell]:
    """The error bars: their ends are rounded to half a row; those in one cell are one, of the last one's colour."""
    halves: dict[tuple[int, int], int] = {}
    bands: dict[tuple[int, int], str] = {}
    for mark in marks:
        column = scale.cell(mark)[0]
        bottom = max(0, round(2 * scale.row(mark.y - mark.err)))
        top = min(2 * scale.rows, round(2 * scale.row(mark.y + mark.err)))
        for row in range(bottom // 2, (top + 1) // 2 if bottom < top else 0):
            key = column, row
            halves[key] = halves.get(key, 0) | (2 * row >= bottom) | (2 * row + 1 < top) << 1
            bands[key] = mark.point.band
    signs = ASCII_BARS if ascii_only else BARS
    return {key: Cell(signs[half], COLOURS.get(bands[key], "")) for key, half in halves.items()}


def _layer(point: Point) -> Layer:
    if point.is_current:
        return Layer.CURRENT
    return LAYERS.get(point.kind, Layer.DETECTION)
