"""The whole picture: bars of one quantity over time, and below all quantities of the bar that is looked at."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from fink_tui.alerts.text import count
from fink_tui.app.statistics.bins import Bin, Unit, bins
from fink_tui.app.statistics.nights import NO_ALERTS, Night, Statistics, title, total, whole
from fink_tui.ascii_text import ascii_words, nearest

EIGHTHS = " ▁▂▃▄▅▆▇█"
LENGTHS = " ▏▎▍▌▋▊▉█"
"""Bars by eighths of a cell: upwards, and to the right."""

ASCII_EIGHTHS = "  ...:::#"
"""The same in ASCII."""

AXIS = 6
"""Cells of the values at the left."""

WIDEST = 6
"""Cells of a bar."""

LEAST_ROWS = 4
"""Rows below which a plot says nothing."""

LABEL = 30
"""Cells that the longest name of a quantity has."""

STEPS = (1, 2, 5, 10)
"""What the steps of an axis may be, times a power of ten."""


class Look(NamedTuple):
    """How statistics are looked at."""

    quantity: int = 0
    """Which one is plotted, by its place."""

    place: int = -1
    """Which bar is looked at, by its place; -1 is the last."""

    is_log: bool = False
    """Whether bars are as long as their numbers have digits."""


class Layout(NamedTuple):
    """How the room is divided."""

    bars: list[Bin]
    width: int
    """Cells from one bar to the next."""

    plot: int
    """Rows of the plot with its axis; 0 for none."""

    table: int
    """Rows of the table."""


def layout(nights: Sequence[Night], width: int, height: int) -> Layout:
    """Divide the room: one night needs no plot, and a small screen has no room for one.

    Args:
        nights: Those that are seen.
        width: Cells.
        height: Lines.
    """
    bars = bins(nights, max(1, width - AXIS))
    rows = height - 1
    plot = 0 if len(bars) < 2 or rows < 2 * LEAST_ROWS + 4 else max(LEAST_ROWS + 2, round(rows * 0.5))
    return Layout(bars, min(WIDEST, max(1, (width - AXIS) // max(1, len(bars)))), plot, max(1, rows - plot))


def picture(
    found: Statistics, nights: Sequence[Night], look: Look, width: int, height: int, *, ascii_only: bool = False
) -> Text:
    """Draw it.

    Args:
        found: All that there is.
        nights: Those of its nights that are seen.
        look: How they are looked at.
        width: Cells.
        height: Lines.
        ascii_only: Whether only ASCII may be used.
    """
    if not nights or not found.quantities:
        words = "There are no counts of these nights: Fink has them the day after, or nothing was observed."
        return Text(words, end="")
    room = layout(nights, width, height)
    quantity = found.quantities[min(look.quantity, len(found.quantities) - 1)]
    place = len(room.bars) - 1 if look.place < 0 else min(look.place, len(room.bars) - 1)
    lines = [_said(room.bars[place], quantity, look, width)]
    if room.plot:
        lines += _plot(room, quantity, place, look.is_log, ascii_only)
    lines += _table(found, room.bars[place], quantity, look.is_log, width, room.table, ascii_only)
    out = Text("\n", no_wrap=True, end="").join(lines[:height])
    return _plain(out) if ascii_only and not out.plain.isascii() else out


def _plain(out: Text) -> Text:
    """In ASCII, sign for sign, so that styles stay where they are."""
    made = out.copy()
    made.plain = "".join(map(nearest, out.plain))
    return made


def _said(bar: Bin, quantity: str, look: Look, width: int) -> Text:
    """What bar is looked at, and its number."""
    number = total(bar.nights, quantity)
    nights = len(bar.nights)
    when = bar.name if bar.unit is Unit.NIGHT else f"{bar.name}, {nights} night{'' if nights == 1 else 's'} with alerts"
    out = Text.assemble((f" {title(quantity)} ", "bold reverse"), "  ", (count(number), "bold"), f"  {when}")
    if number is None:
        out = Text.assemble((f" {title(quantity)} ", "bold reverse"), f"  no count  {when}")
    if look.is_log:
        out.append("  logarithmic bars", "dim")
    out.truncate(width)
    return out


def _plot(room: Layout, quantity: str, place: int, is_log: bool, ascii_only: bool) -> list[Text]:
    """Bars upwards, with their axis; the one that is looked at stands out."""
    rows = room.plot - 2
    numbers = [total(bar.nights, quantity) for bar in room.bars]
    largest = max((number for number in numbers if number), default=0)
    ticks = dict(_ticks(largest, rows, is_log))
    glyphs = ASCII_EIGHTHS if ascii_only else EIGHTHS
    thick = max(1, room.width - (1 if room.width > 2 else 0))
    lines = []
    for row in range(rows):
        line = Text(f"{ticks.get(rows - 1 - row, ''):>{AXIS - 1}}" + ("|" if ascii_only else "│"), "dim", end="")
        for at, number in enumerate(numbers):
            eighths = _eighths(number, largest, rows, is_log) - 8 * (rows - 1 - row)
            glyph = glyphs[max(0, min(8, eighths))]
            style = "bold yellow" if at == place else "blue"
            line.append(glyph * thick, style).append(" " * (room.width - thick))
        lines.append(line)
    ruler = Text(" " * (AXIS - 1) + ("+" if ascii_only else "└"), "dim", end="")
    for at, bar in enumerate(room.bars):  # a gap where nothing was observed
        sign = ("^" if ascii_only else "▲") if at == place else ("-" if ascii_only else "─") if bar.nights else " "
        ruler.append(sign * thick + " " * (room.width - thick), "bold yellow" if at == place else "dim")
    return [*lines, ruler, _marks(room)]


def _marks(room: Layout) -> Text:
    """Dates below the bars, where there is room."""
    out = ""
    for at, bar in enumerate(room.bars):
        start = at * room.width
        if (start >= len(out) + 2 or not out) and start + len(bar.mark) <= len(room.bars) * room.width:
            out = out.ljust(start) + bar.mark
    return Text(" " * AXIS + out, "dim", end="")


def _eighths(number: int | None, largest: int, cells: int, is_log: bool) -> int:
    """How long a bar is, in eighths of a cell; what is not nothing is to be seen."""
    if not number or not largest:
        return 0
    part = math.log10(number + 1) / math.log10(largest + 1) if is_log else number / largest
    return max(1, round(part * cells * 8))


def _ticks(largest: int, rows: int, is_log: bool) -> list[tuple[int, str]]:
    """Rows from below, and the value at the upper edge of each."""
    if not largest:
        return []
    if is_log:
        powers = [10**power for power in range(int(math.log10(largest)) + 1)]
        at = [(_eighths(value, largest, rows, True) // 8, short(value)) for value in powers]
        return [*(one for one in at if one[0] < rows - 1), (rows - 1, short(largest))]
    rough = largest / max(1, rows // 3)
    power = 10 ** math.floor(math.log10(rough))
    step = max(1, next(factor * power for factor in STEPS if factor * power >= rough))
    values = [step * number for number in range(1, int(largest / step) + 1)]
    found = [(round(value / largest * rows) - 1, short(int(value))) for value in values]
    return [*(one for one in found if 0 <= one[0] < rows - 1), (rows - 1, short(largest))]


def short(number: int) -> str:
    """A number in few cells: `950`, `12k`, `3.5M`."""
    for size, unit in ((10**9, "G"), (10**6, "M"), (1000, "k")):
        if number >= size:
            return f"{number / size:.3g}{unit}"
    return str(number)


def _table(
    found: Statistics, bar: Bin, quantity: str, is_log: bool, width: int, rows: int, ascii_only: bool
) -> list[Text]:
    """All quantities of a bar: name, number, of how many that is which part, and how that compares."""
    current = found.quantities.index(quantity)
    first = max(0, min(current - rows // 2, len(found.quantities) - rows))
    shown = found.quantities[first : first + rows]
    numbers = {name: total(bar.nights, name) for name in found.quantities}
    label = min(LABEL, max(cell_len(title(name)) for name in found.quantities), max(8, width - 24))
    figures = max(len(count(number)) for number in numbers.values())
    room = width - label - figures - 12
    largest: dict[str, int] = {}
    for name, number in numbers.items():
        if name not in NO_ALERTS:
            largest[_family(name)] = max(largest.get(_family(name), 0), number or 0)
    lines = []
    for name in shown:
        number, style = numbers[name], "bold" if name == quantity else ""
        line = Text(("> " if name == quantity else "  ") + set_cell_size(title(name), label), style, end="")
        line.append(f" {count(number):>{figures}}", style)
        of = numbers.get(whole(name) or "")
        line.append(f" {_part(number, of):>6} ", "dim")
        eighths = 0 if name in NO_ALERTS else _eighths(number, largest[_family(name)], max(0, room), is_log)
        if room >= 4 and eighths:
            glyphs = ASCII_EIGHTHS if ascii_only else LENGTHS
            bar_style = "bold yellow" if name == quantity else "blue"
            line.append(glyphs[8] * (eighths // 8) + glyphs[eighths % 8].strip(), bar_style)
        line.truncate(width)
        lines.append(line)
    return lines


def _family(quantity: str) -> str:
    """What numbers are compared with each other: classes, or what is counted of all alerts."""
    return quantity.partition(":")[0]


def _part(number: int | None, of: int | None) -> str:
    """Which part of another number it is, in percent."""
    if number is None or not of:
        return ""
    percent = 100 * number / of
    return f"{percent:.0f}%" if percent >= 9.95 else f"{percent:.1f}%" if percent >= 0.095 or not number else "<0.1%"


def heading(survey: str, found: Statistics, nights: Sequence[Night], width: int, *, ascii_only: bool) -> str:
    """What stands above it.

    Args:
        survey: Whose statistics they are, as people write it.
        found: All that there is.
        nights: Those that are seen.
        width: Cells.
        ascii_only: Whether only ASCII may be used.
    """
    words = [f"{survey} statistics"]
    if nights:
        first, last = nights[0].day, nights[-1].day
        words.append(str(first) if first == last else f"{first} to {last}")
        words.append(f"{len(nights):,} night{'' if len(nights) == 1 else 's'}")
        if len(nights) < len(found.nights):
            words.append(f"of {len(found.nights):,}")
        bars = layout(nights, width, 100).bars
        if len(bars) > 1:
            words.append(f"a bar a {bars[0].unit}")
    out = ""
    for word in words:
        longer = f"{out} · {word}" if out else word
        if out and cell_len(longer) > width:
            break
        out = longer
    return ascii_words(out) if ascii_only else out
