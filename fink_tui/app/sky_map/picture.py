"""The whole map: the sky with what was found, what its signs mean, and the alert that is looked at."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from rich.text import Text

from fink_tui.alerts import text
from fink_tui.app.sky_map.canvas import PENS, Canvas, Cell, Layer
from fink_tui.app.sky_map.lines import LEVELS, background
from fink_tui.app.sky_map.marks import ASCII_SIGNS, COUNTS, SIGNS, Found, Marks, marks, sign
from fink_tui.app.sky_map.sight import Sight
from fink_tui.ascii_text import ascii_words
from fink_tui.sky.coordinates import separation
from fink_tui.sky.credible import Region
from fink_tui.sky.curves import Sky
from fink_tui.sky.night import unix_to_mjd

MOST_ALERTS = 50_000
"""Alerts on a map; of a longer list the newest, of one that has an order the first."""

CURSOR = "[", "]"
"""Around the alert that is looked at."""

WORDS_FROM, MORE_FROM = 10, 20
"""Lines from which on there is room for what the signs mean; for two lines of classes."""

BODIES = (
    ("Moon", "○", "(", "bold yellow"),
    ("Sun", "◉", "*", "bold bright_yellow"),
    ("zenith", "Z", "Z", "bold green"),
)
"""Names, signs, those of ASCII, and styles."""

UNITS = ((1.0, "°"), (1 / 60, "'"), (1 / 3600, '"'))
"""Of lengths: in degrees, and their signs."""

APART = "  "


class Look(NamedTuple):
    """How a map is looked at."""

    ra: float = 180.0
    """In the middle of all of the sky, degrees."""

    middle: tuple[float, float] = (0.0, 0.0)
    """Of a part of it, degrees."""

    zoom: int = 0
    """0: all of it; else which of `sight.FIELDS`, from 1."""

    by_class: bool = False
    """Whether signs say the class, rather than how many alerts there are."""

    def sight(self, width: int, height: int) -> Sight:
        """What is seen in some room.

        Args:
            width: Cells of the whole picture.
            height: Lines of it.
        """
        rows = max(1, height - lines_of_words(height))
        middle = self.middle if self.zoom else (self.ra, 0.0)
        return Sight(*middle, self.zoom, width, rows)


def lines_of_words(height: int) -> int:
    """Lines of a picture that are not map."""
    return 1 if height < WORDS_FROM else 4 if height < MORE_FROM else 5


def picture(
    found: Found,
    current: int | None,
    look: Look,
    sky: Sky | None,
    width: int,
    height: int,
    region: Region | None = None,
    *,
    ascii_only: bool = False,
) -> Text:
    """A map with its words.

    Args:
        found: What was found.
        current: The number of the alert that is looked at.
        look: How the map is looked at.
        sky: The sky now; None where it is not known yet.
        width: Cells.
        height: Lines.
        region: The credible region of an event; None for none.
        ascii_only: Whether only ASCII may be used.
    """
    sight = look.sight(width, height)
    on_map = marks(found, sight)
    site = sky.site if sky is not None else None
    lowest = site.limits.min_altitude if site is not None else 0.0
    canvas = background(sight, sky, lowest, region, ascii_only).copy()
    for cell, numbers in on_map.cells.items():
        canvas.cells[cell] = sign(found, numbers, by_class=look.by_class, ascii_only=ascii_only)
    named = _bodies(canvas, sight, sky, ascii_only) if sky is not None else []
    if sight.zoom:
        _bar(canvas, sight, ascii_only)
    if current is not None and (at := on_map.cell(current)) is not None:
        _cursor(canvas, *at)
    for column, row, name, style in named:
        _ = canvas.write(column + 1, row, name, style) or canvas.write(column - len(name), row, name, style)
    canvas.write_labels()
    lines = lines_of_words(height)
    out = Text(no_wrap=True, end="")
    if lines > 1:
        above = title(len(found.places), sight, on_map.shown, sky, width, ascii_only=ascii_only)
        out.append(f"{above[:width]}\n", "dim")
    out.append_text(_fitted(_current(found, current, on_map, sky, region), width, 1, ascii_only))
    out.append("\n").append_text(canvas.text(ascii_only=ascii_only))
    if lines > 1:
        classes = _classes(found, on_map, look.by_class, ascii_only)
        out.append("\n").append_text(_fitted(_lines(sky, region, ascii_only), width, 1, ascii_only))
        out.append("\n").append_text(_fitted(classes, width, lines - 3, ascii_only))
    return out


def title(count: int, sight: Sight, shown: int, sky: Sky | None, width: int, *, ascii_only: bool = False) -> str:
    """What stands above a map: what it shows, from where, and when.

    Args:
        count: How many alerts there are.
        sight: What is seen.
        shown: How many of them are in sight.
        sky: The sky; None where it is not known yet.
        width: Cells.
        ascii_only: Whether only ASCII may be used.
    """
    most = ", no more are mapped" if count >= MOST_ALERTS else ""
    words = [f"map · {text.count(count)} alert{'' if count == 1 else 's'}{most}"]
    if sight.field is None:
        words.append(f"sky around {text.hours(sight.ra, 0)[:5]}")
    else:
        words.append(f"{text.angle(sight.field)} around {' '.join(text.sexagesimal(sight.ra, sight.dec))}")
        if shown < count:
            words.append(f"{text.count(count - shown)} out of sight")
    if sky is not None:
        when = f"{text.clock(unix_to_mjd(sky.unix))} UTC"
        if sky.site is not None and sky.sidereal is not None:
            words.append(f"{text.clean(sky.site.name, 30)} {when}")
            words.append(f"LST {text.hours(sky.sidereal, 0)[:5]}")
        else:
            words.append(f"{when}, no site: no horizon")
    found = ""
    for piece in map(ascii_words, words) if ascii_only else words:
        longer = f"{found} {'.' if ascii_only else '·'} {piece}" if found else piece
        if found and len(longer) > width:
            break
        found = longer
    return found


def _bodies(canvas: Canvas, sight: Sight, sky: Sky, ascii_only: bool) -> list[tuple[int, int, str, str]]:
    """Draw Moon, Sun and zenith; gives their cells, names and styles: these are written where there is room."""
    named = []
    for (name, mark, plain, style), place in zip(BODIES, (sky.moon, sky.sun, sky.zenith), strict=True):
        if place is not None and (at := sight.dot(*place)) is not None:
            column, row = int(at[0]) // 2, int(at[1]) // 4
            canvas.cells[column, row] = Cell(plain if ascii_only else mark, style)
            named.append((column, row, name, style))
    return named


def _cursor(canvas: Canvas, column: int, row: int) -> None:
    canvas.cells[column, row] = canvas.cells[column, row]._replace(
        style=f"bold reverse {canvas.cells[column, row].style}".rstrip()
    )
    for beside, bracket in zip((column - 1, column + 1), CURSOR, strict=True):
        if 0 <= beside < canvas.columns:
            canvas.cells[beside, row] = Cell(bracket, "bold")


def _bar(canvas: Canvas, sight: Sight, ascii_only: bool) -> None:
    """A length on the sky: the longest of 1, 2, 5 times a power of ten that takes no more than a quarter of the map."""
    cell = math.degrees(2 / sight.scale)
    most = cell * canvas.columns / 4
    unit, name = next(((size, name) for size, name in UNITS if most >= size), UNITS[-1])
    room = most / unit
    power = 10 ** math.floor(math.log10(room))
    length = max(factor * power for factor in (1, 2, 5) if factor * power <= room)
    cells = max(2, round(length * unit / cell))
    ends = ("|", "-", "|") if ascii_only else ("├", "─", "┤")
    words = f"{ends[0]}{ends[1] * (cells - 2)}{ends[2]} {length:g}" + (" deg" if ascii_only and name == "°" else name)
    column = canvas.columns - len(words) - 1
    if column >= 0:
        canvas.cells.update({(column + at, 0): Cell(one, "bold") for at, one in enumerate(words)})


def _classes(found: Found, on_map: Marks, by_class: bool, ascii_only: bool) -> list[Text]:
    """What the signs say, and the classes with their numbers."""
    signs = ASCII_SIGNS if ascii_only else SIGNS
    pieces = []
    most = max(map(len, on_map.cells.values()), default=0)
    if not by_class and most > 1:
        words = [
            f"{one} {least}" + ("+" if least == COUNTS[-1] else f"-{after - 1}" if after - 1 > least else "")
            for one, least, after in zip(signs, COUNTS, (*COUNTS[1:], 0), strict=True)
            if least <= most
        ]
        pieces.append(Text(" ".join(words), "dim"))
    known = found.classes
    for label, number in known.counts.items():
        mark = known.letter(label) if by_class else signs[0]
        pieces.append(Text.assemble((mark, known.style(label)), f" {text.clean(label, 24)} {text.count(number)}"))
    return pieces


def _lines(sky: Sky | None, region: Region | None, ascii_only: bool) -> list[Text]:
    """What the lines are, and when."""
    site = sky.site if sky is not None else None
    named = []
    if region is not None:
        named = [(layer, f"{level:.0%}") for layer, level in zip((Layer.LIKELY, Layer.PROBABLE), LEVELS, strict=True)]
    named += [(Layer.PLANE, "Galaxy"), (Layer.ECLIPTIC, "ecliptic")]
    if site is not None:
        degrees = " deg" if ascii_only else "°"
        named += [(Layer.HORIZON, "horizon"), (Layer.LIMIT, f"{site.limits.min_altitude:g}{degrees} up")]
    pieces = [
        Text.assemble((PENS[layer].sign * 2 if ascii_only else PENS[layer].sample, PENS[layer].style), f" {name}")
        for layer, name in named
    ]
    if sky is not None:
        for name, mark, plain, style in BODIES[: 3 if site is not None else 2]:
            lit = f" {sky.moon_lit:.0%}" if name == "Moon" else ""
            pieces.append(Text.assemble((plain if ascii_only else mark, style), f" {name}{lit}"))
    return pieces


def _current(found: Found, current: int | None, on_map: Marks, sky: Sky | None, region: Region | None) -> list[Text]:
    """The alert that is looked at."""
    if current is None:
        return [Text("Nothing was found: there is nothing to show.")]
    place = found.places[current]
    ra, dec = text.sexagesimal(place.ra, place.dec)
    pieces = [
        Text(f" {text.clean(place.object_id, 40)} ", "bold reverse"),
        Text(text.clean(place.label, 40), "bold"),
        Text(f"{current + 1}/{text.count(len(found.places))}"),
    ]
    if region is not None:  # on the edge of which credible region it is
        pieces.append(Text(f"{text.clean(region.name, 40)} {region.level(place.ra, place.dec):.0%}", "magenta"))
    pieces.append(Text(f"{ra} {dec}"))
    if sky is not None and sky.zenith is not None:
        pieces.append(Text(f"alt {90 - separation(*sky.zenith, place.ra, place.dec):.0f}°"))
    cell = on_map.cell(current)
    if cell is None:
        pieces.append(Text("out of sight: c"))
    elif (others := len(on_map.cells[cell]) - 1) > 0:
        pieces.append(Text(f"{others} more in its cell"))
    return pieces


def _fitted(pieces: Sequence[Text], width: int, lines: int, ascii_only: bool) -> Text:
    """As many of the pieces as there is room for in some lines: half a number would be another one."""
    found = [Text(no_wrap=True, end="")]
    dots = "..." if ascii_only else "…"
    for number, piece in enumerate(pieces):
        one = Text(ascii_words(piece.plain), piece.style) if ascii_only and not piece.plain.isascii() else piece.copy()
        is_last_line = len(found) == lines
        spare = len(APART + dots) if is_last_line and number < len(pieces) - 1 else 0
        if not found[-1]:
            one.truncate(width)
        elif found[-1].cell_len + len(APART) + one.cell_len + spare > width:
            if is_last_line:
                found[-1].append((APART + dots)[: width - found[-1].cell_len], "dim")
                break
            found.append(one)
            continue
        else:
            found[-1].append(APART)
        found[-1].append_text(one)
    return Text("\n", no_wrap=True, end="").join(found)
