"""A science's sheet as text: as many of its lines as there is room for, its plot where there is more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import NamedTuple

from rich.text import Text

from fink_tui.app import raster
from fink_tui.ascii_text import ascii_words
from fink_tui.science.sheet import Line, Sheet

SHORT = 9
"""Lines below which each thing has one: what is cut off is found on the larger screen."""

WIDE = 110
"""Cells from which on the plot stands beside the lines, or these in two columns."""

PLOT_HEIGHT = 9
"""Lines that a plot below the lines has at least."""

LINES_LEFT = 4
"""Lines that it leaves for others at least."""

LABEL = 13
"""Cells of the longest label."""


class Page(NamedTuple):
    """What is seen of a sheet."""

    text: Text
    number: int
    """Which page it is, from 0."""
    pages: int
    """How many there are."""


def page(
    names: Mapping[str, str],
    current: str,
    sheet: Sheet,
    number: int,
    size: tuple[int, int],
    *,
    why: str = "",
    ascii_only: bool = False,
) -> Page:
    """A page of a sheet, under the line that says which sheets there are.

    Args:
        names: The sciences' titles by key, in order.
        current: The key of the one that is looked at.
        sheet: What that one says.
        number: Which page of it is wanted; one too high gives the last.
        size: Cells and lines.
        why: Why it was chosen; blank where it was not.
        ascii_only: Whether only ASCII may be used.
    """
    width, height = size
    rows = max(1, height - 1)
    plot, columns, room = Text("", end=""), width, rows
    if sheet.plot is not None and ascii_only:
        title, x_title = ascii_words(sheet.plot.title), ascii_words(sheet.plot.x_title)
        sheet = sheet._replace(plot=sheet.plot._replace(title=title, x_title=x_title))
    is_beside = width >= WIDE and sheet.plot is not None and rows > SHORT
    if sheet.plot is not None and is_beside:
        columns = width // 2 - 1
        plot = raster.draw(sheet.plot, width - columns - 2, min(rows, 24), ascii_only=ascii_only)
    elif sheet.plot is not None and rows >= PLOT_HEIGHT + LINES_LEFT:
        wanted = sum(map(len, _blocks(sheet.lines, width, True, ascii_only)))
        lines = max(PLOT_HEIGHT, min(rows - wanted, width // 3))
        plot = raster.draw(sheet.plot, width, lines, ascii_only=ascii_only)
        room = rows - lines
    is_double = width >= WIDE and not is_beside
    if is_double:
        columns = width // 2 - 1
    blocks = _blocks(sheet.lines, columns, rows >= SHORT, ascii_only)
    filled = _pages(blocks, room * (2 if is_double else 1))
    number = min(max(0, number), len(filled) - 1)
    shown = filled[number]
    out = _names(names, current, width, number, len(filled), why, ascii_only)
    if is_double:
        left, right = shown[:room], shown[room:]
        shown = [_side_by_side(one, right[at] if at < len(right) else None, columns) for at, one in enumerate(left)]
    elif is_beside:
        beside = list(plot.split("\n"))
        total = max(len(shown), len(beside))
        shown = [
            _side_by_side(shown[at] if at < len(shown) else Text(""), beside[at] if at < len(beside) else None, columns)
            for at in range(total)
        ]
    for line in shown:
        out.append("\n").append_text(line)
    if plot and not is_beside:
        out.append("\n").append_text(plot)
    return Page(out, number, len(filled))


def plain(names: Mapping[str, str], current: str, sheet: Sheet) -> str:
    """All lines of a sheet as text to be copied."""
    width = max((len(line.label) for line in sheet.lines), default=0)
    lines = [f"{line.label:<{width}}  {line.value}" + (f"  ({line.note})" if line.note else "") for line in sheet.lines]
    return "\n".join([names[current], *lines])


def _names(
    names: Mapping[str, str], current: str, width: int, number: int, pages: int, why: str, ascii_only: bool
) -> Text:
    """Which sheets there are; where there is room, why this one; which page it is."""
    more = f" {number + 1}/{pages} < >" if pages > 1 else ""
    out = Text(no_wrap=True, end="")
    room = width - len(more)
    if sum(len(name) + 2 for name in names.values()) <= room:
        for key, name in names.items():
            out.append(f" {name} ", "reverse" if key == current else "dim")
    else:
        out.append(f" {names[current]} ", "reverse").append(" , . others", "dim")
    words = f"  {ascii_words(why) if ascii_only else why}"
    if why and out.cell_len + len(words) <= room:
        out.append(words, "italic")
    out.truncate(max(0, room))
    out.append(more.rjust(width - out.cell_len))
    out.truncate(width)
    return out


def _blocks(lines: Sequence[Line], width: int, wrapped: bool, ascii_only: bool) -> list[list[Text]]:
    """Each line of a sheet as one line on the screen, or as several."""
    left = min(LABEL, max((len(line.label) for line in lines), default=0)) + 1
    found = []
    for line in lines:
        label, value, note = map(ascii_words, line) if ascii_only else line
        first = Text(no_wrap=True, end="").append(f"{label:<{left}}", "bold").append(value)
        if not note:
            found.append([_cut(first, width, ascii_only)])
        elif not wrapped or first.cell_len + 2 + len(note) <= width:
            found.append([_cut(first.append("  ").append(note, "dim"), width, ascii_only)])
        else:
            rest = [
                Text(" " * (left + 2), no_wrap=True, end="").append(words, "dim")
                for words in wrap(note, max(10, width - left - 2))
            ]
            found.append([_cut(first, width, ascii_only), *rest])
    return found


def _cut(line: Text, width: int, ascii_only: bool) -> Text:
    if line.cell_len > width:
        line.truncate(max(0, width - 1))
        line.append("~" if ascii_only else "…")
    return line


def _pages(blocks: Sequence[Sequence[Text]], room: int) -> list[list[Text]]:
    """Lines by pages; what belongs together is on one."""
    filled: list[list[Text]] = [[]]
    for block in blocks:
        if filled[-1] and len(filled[-1]) + len(block) > room:
            filled.append([])
        filled[-1] += block[: max(1, room)]
    return filled


def _side_by_side(left: Text, right: Text | None, width: int) -> Text:
    """Two lines as one."""
    out = left.copy()
    if right is not None:
        out.append(" " * max(0, width + 2 - out.cell_len)).append_text(right)
    return out
