"""What was found, in a map's cells: how many in each, of which classes, and which is next to which."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from fink_tui.app.sky_map.canvas import Cell
from fink_tui.app.sky_map.sight import Sight
from fink_tui.store.places import AlertPlace

COLOURS = ("bright_green", "bright_red", "bright_cyan", "bright_magenta", "bright_yellow", "bright_blue")
"""Of the classes that most alerts have, by Rich's names; what has no class has no colour."""

NO_CLASS = "Unknown"
"""The class of what has none."""

LETTERS = "ABCDEFGHJKLNPQRTUVWXY"
"""Of the classes, where letters stand for them; none that stands for anything else on a map."""

OTHER = "+"
"""Of a class that has no letter."""

COUNTS = (1, 2, 10, 100)
"""From how many alerts in a cell on it has its sign."""

SIGNS, ASCII_SIGNS = "•●◆█", "oO@#"


class Classes(NamedTuple):
    """The classes of what was found, those with most alerts first."""

    counts: dict[str, int]
    """How many alerts each has."""

    rank: dict[str, int]
    """Its place among them."""

    def style(self, label: str) -> str:
        """Its colour; nothing where it has none of its own."""
        rank = self.rank[label] - (self.rank.get(NO_CLASS, len(self.rank)) < self.rank[label])
        return COLOURS[rank] if rank < len(COLOURS) and label != NO_CLASS else ""

    def letter(self, label: str) -> str:
        """What stands for it."""
        rank = self.rank[label]
        return LETTERS[rank] if rank < len(LETTERS) else OTHER


def classes(places: Sequence[AlertPlace]) -> Classes:
    """The classes of what was found."""
    counts = dict(sorted(Counter(place.label for place in places).items(), key=lambda one: (-one[1], one[0])))
    return Classes(counts, {label: rank for rank, label in enumerate(counts)})


class Found:
    """What was found: one value, which maps are kept by."""

    def __init__(self, places: Sequence[AlertPlace]) -> None:
        """Count its classes."""
        self.places = tuple(places)
        self.classes = classes(self.places)
        self._numbers = {place.id: number for number, place in enumerate(self.places)}

    def number(self, alert: int | None) -> int | None:
        """The place of an alert in the list, by its id in the store; None where it is not in it."""
        return None if alert is None else self._numbers.get(alert)


class Marks(NamedTuple):
    """Where what was found is on a map."""

    dots: list[tuple[float, float] | None]
    """Of each alert, dots from the left and the top; None where it is out of sight."""

    cells: dict[tuple[int, int], list[int]]
    """The alerts in each cell, by their numbers."""

    def cell(self, number: int) -> tuple[int, int] | None:
        """The column and the row of an alert; None where it is out of sight."""
        at = self.dots[number]
        return None if at is None else (int(at[0]) // 2, int(at[1]) // 4)

    @property
    def shown(self) -> int:
        """How many are in sight."""
        return sum(map(len, self.cells.values()))


@lru_cache(maxsize=8)
def marks(found: Found, sight: Sight) -> Marks:
    """Put what was found on a map."""
    dots = sight.dots((place.ra, place.dec) for place in found.places)
    cells: dict[tuple[int, int], list[int]] = {}
    for number, at in enumerate(dots):
        if at is not None:
            cells.setdefault((int(at[0]) // 2, int(at[1]) // 4), []).append(number)
    return Marks(dots, cells)


def sign(found: Found, numbers: Sequence[int], *, by_class: bool, ascii_only: bool) -> Cell:
    """What stands for the alerts of one cell: of their classes the rarest, for that is what one looks for.

    Args:
        found: All that was found.
        numbers: Those in the cell.
        by_class: Whether the sign says the class, rather than how many there are.
        ascii_only: Whether only ASCII may be used.
    """
    places, known = found.places, found.classes
    label = max({places[number].label for number in numbers}, key=known.rank.__getitem__)
    signs = ASCII_SIGNS if ascii_only else SIGNS
    size = sum(len(numbers) >= least for least in COUNTS) - 1
    return Cell(known.letter(label) if by_class else signs[size], known.style(label))


def beside(on_map: Marks, number: int, right: int, down: int) -> int | None:
    """The nearest alert in another cell of the map, in a direction.

    Args:
        on_map: Where they are.
        number: From which one, which is in sight.
        right: 1 for the right, -1 for the left.
        down: 1 for down, -1 for up.

    Returns:
        Its number; None where there is none.
    """
    here, cell = on_map.dots[number], on_map.cell(number)
    if here is None:
        return None
    best, least = None, math.inf
    for other, numbers in on_map.cells.items():
        there = on_map.dots[numbers[0]]
        if other == cell or there is None:
            continue
        along = (there[0] - here[0]) * right + (there[1] - here[1]) * down
        aside = abs((there[0] - here[0]) * down) + abs((there[1] - here[1]) * right)
        # What lies more to the side than ahead is in another direction.
        if along > 0 and aside <= 2 * along and along + 2 * aside < least:
            best, least = numbers[0], along + 2 * aside
    return best
