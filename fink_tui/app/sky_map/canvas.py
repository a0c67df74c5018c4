"""Lines as dots of braille, and signs over them: a cell has one of either, and one style."""

from __future__ import annotations

from enum import IntEnum
from itertools import groupby
from typing import NamedTuple

from rich.text import Text

DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
"""Bits of the dots of a braille character, by column and row (Unicode 16, chapter 21.1)."""


class Layer(IntEnum):
    """Lines: of those that meet in a cell, the last gives it its style, in ASCII its sign."""

    GRID = 0
    RIM = 1
    LIMIT = 2
    HORIZON = 3
    ECLIPTIC = 4
    PLANE = 5
    PROBABLE = 6
    LIKELY = 7


class Pen(NamedTuple):
    """How a line is drawn: told apart by colour, and without one by its dashes."""

    style: str
    """Rich's."""

    sign: str
    """In ASCII."""

    dashes: tuple[int, ...]
    """Dots that are drawn, left out, drawn and so on; nothing: all are drawn."""

    sample: str
    """What it looks like, two cells."""

    is_thick: bool = False
    """Whether it is two dots wide."""

    is_dotted: bool = False
    """Whether it has but a dot here and there."""


PENS = {
    Layer.GRID: Pen("dim", ".", (), "⠂⠐", is_dotted=True),
    Layer.RIM: Pen("dim", ":", (), "⠒⠒"),
    Layer.LIMIT: Pen("green", "-", (1, 2), "⠁⠈"),
    Layer.HORIZON: Pen("green", "=", (), "⠒⠒"),
    Layer.ECLIPTIC: Pen("yellow", "~", (4, 3), "⠒⠐"),
    Layer.PROBABLE: Pen("magenta", "&", (), "⠒⠒"),
    Layer.LIKELY: Pen("bold bright_magenta", "$", (), "⠒⠒"),
    Layer.PLANE: Pen("blue", "%", (), "⠶⠶", is_thick=True),
}
"""Those of all lines."""


class Cell(NamedTuple):
    """What is in a cell over the lines."""

    sign: str
    style: str = ""


class Canvas:
    """Some room for a map."""

    def __init__(self, columns: int, rows: int) -> None:
        """Make it empty.

        Args:
            columns: Cells.
            rows: Cells.
        """
        self.columns = columns
        self.rows = rows
        self.cells: dict[tuple[int, int], Cell] = {}
        """What is written over the lines, by column and row from the left and the top."""
        self.labels: list[tuple[int, int, str]] = []
        """Values to be written where nothing else is: column of the first sign, row, words."""
        self._dots: dict[tuple[int, int], tuple[Layer, int]] = {}

    def dot(self, x: float, y: float, layer: Layer) -> None:
        """Draw a dot of a line; x and y are dots from the left and the top, and within the room."""
        column, row = int(x), int(y)
        if PENS[layer].is_thick and row + 1 < 4 * self.rows:
            self._put(column, row + 1, layer)
        self._put(column, row, layer)

    def _put(self, column: int, row: int, layer: Layer) -> None:
        key = column // 2, row // 4
        over, bits = self._dots.get(key, (layer, 0))
        self._dots[key] = max(over, layer), bits | DOTS[column % 2][row % 4]

    def write(self, column: int, row: int, words: str, style: str = "") -> bool:
        """Write words into free cells, whole or not at all: half a number would be another one.

        Args:
            column: Of the first.
            row: Theirs.
            words: Signs of one cell each.
            style: Rich's.

        Returns:
            Whether there was room.
        """
        keys = [(column + number, row) for number in range(len(words))]
        has_room = column >= 0 and column + len(words) <= self.columns and 0 <= row < self.rows
        if not has_room or any(key in self.cells for key in keys):
            return False
        self.cells.update({key: Cell(sign, style) for key, sign in zip(keys, words, strict=True)})
        return True

    def write_labels(self) -> None:
        """Write the values of the lines, as far as there is room."""
        for column, row, words in self.labels:
            self.write(column, row, words, "dim")

    def copy(self) -> Canvas:
        """Another one, which begins like this."""
        made = Canvas(self.columns, self.rows)
        made.cells, made.labels, made._dots = dict(self.cells), self.labels, self._dots
        return made

    def text(self, *, ascii_only: bool) -> Text:
        """All of it, in lines.

        Args:
            ascii_only: Whether only ASCII may be used.
        """
        out = Text(no_wrap=True, end="")
        for row in range(self.rows):
            line = [self._cell(column, row, ascii_only) for column in range(self.columns)]
            for style, cells in groupby(line, key=lambda cell: cell.style):
                out.append("".join(cell.sign for cell in cells), style or None)
            if row < self.rows - 1:
                out.append("\n")
        return out

    def _cell(self, column: int, row: int, ascii_only: bool) -> Cell:
        key = column, row
        if key in self.cells:
            return self.cells[key]
        if key not in self._dots:
            return Cell(" ")
        layer, bits = self._dots[key]
        return Cell(PENS[layer].sign if ascii_only else chr(0x2800 + bits), PENS[layer].style)
