"""Lines by pages: what does not fit into a view is a key away, and a line says so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rich.text import Text


class Page(NamedTuple):
    """What is seen of some lines."""

    text: Text
    number: int
    """Which page it is, from 0."""


def page(rows: Sequence[Text], number: int, width: int, height: int) -> Page:
    """A page of some lines; where there are several, its last line says which it is.

    Args:
        rows: The lines, each as wide as there is room for at most.
        number: Which page is wanted; one too high gives the last, one below 0 the first.
        width: Cells of a line.
        height: Lines.
    """
    shown = height if len(rows) <= height else max(1, height - 1)
    pages = max(1, -(-len(rows) // shown))
    number = max(0, min(number, pages - 1))
    out = Text("\n", end="", no_wrap=True, overflow="ellipsis").join(rows[number * shown :][:shown])
    if pages > 1 and height > 1:
        out.append(f"\n{f'page {number + 1} of {pages}: . next, , previous'[:width]}", "dim")
    return Page(out, number)
