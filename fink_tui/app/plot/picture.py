"""The whole picture: legend, what it says in words, and the plot."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from fink_tui.alerts.row import Point
from fink_tui.app.plot.cells import cells
from fink_tui.app.plot.legend import joined, legend, plain
from fink_tui.app.plot.marks import GROUPS, Mark, Marks, marks
from fink_tui.app.plot.render import render
from fink_tui.app.plot.scale import Scale, on_scale
from fink_tui.app.plot.settings import Settings
from fink_tui.app.plot.words import fill, told, values

WORDS_FROM, MIDDLE, TALL = 8, 12, 17
"""Rows from which on a line of words is under the legend; two; as many as `HEAD` leaves, and the legend has two."""

HEAD = 5
"""Lines that legend and words may take of a tall view."""

LATER = tuple(name for name in GROUPS.values() if name)
"""How the pieces of a legend begin that are not of detections."""


def picture(
    points: Sequence[Point],
    wanted: Settings,
    width: int,
    height: int,
    *,
    first_mjd: float | None = None,
    ascii_only: bool = False,
    colour: bool = True,
) -> Text:
    """A light curve under its legend. The first call imports plotext, which takes half a second: call it in a thread.

    Args:
        points: The packet's light curve.
        wanted: How it is looked at; what these points do not have is left out, and said.
        width: Cells.
        height: Cells.
        first_mjd: The object's first detection, MJD UTC, where the survey tells it.
        ascii_only: Whether only ASCII may be used.
        colour: Whether bands have their colours.

    Returns:
        At most `height` lines of at most `width` cells.
    """
    if width < 1 or height < 1:
        return Text("", end="")
    found = marks(points, wanted)
    drawn = on_scale(found)
    pieces = legend(points, wanted, found, drawn, ascii_only=ascii_only, colour=colour)
    at_cursor = [plain(words, ascii_only) for words in values(points, wanted)]
    if at_cursor and wanted.cursor not in {mark.number for mark in drawn}:
        at_cursor.insert(2, "off scale")
    said = [plain(words, ascii_only) for words in told(points, wanted, first_mjd, is_short=height < WORDS_FROM)]
    if height >= WORDS_FROM:
        lines = joined(pieces, width, 1 if height < TALL else 2)
        rows = 1 if height < MIDDLE else 2 if height < TALL else HEAD - len(lines)
        lines += [Text(line, end="") for line in fill(at_cursor or said, width, rows)]
    elif at_cursor:
        lines = [Text(fill(at_cursor, width, 1)[0], end="")]
    else:
        lines = joined(_with(pieces, said, width), width, 1)
    out = Text("", no_wrap=True, end="")
    for line in lines[:height]:
        line.truncate(width, overflow="crop" if ascii_only else "ellipsis")
        out.append("\n" if out else "").append_text(line)
    if height > len(lines):
        out.append("\n").append_text(
            plot(points, found, drawn, width, height - len(lines), ascii_only=ascii_only, colour=colour)
        )
    return out


def _with(pieces: list[Text], said: Sequence[str], width: int) -> list[Text]:
    """The pieces of a legend that stands alone, with the most telling words, if there is room, after the detections."""
    at = next((number for number, piece in enumerate(pieces) if number and piece.plain.startswith(LATER)), len(pieces))
    head = joined(pieces[:at], width, 1)[0]
    for words in said:
        if head.cell_len + len(words) + 3 <= width:
            head.append(f" | {words}")
    return [head, *pieces[at:]]


def plot(
    points: Sequence[Point],
    found: Marks,
    drawn: Sequence[Mark],
    width: int,
    height: int,
    *,
    ascii_only: bool,
    colour: bool,
) -> Text:
    """The plot alone; where there is no room, words.

    Magnitudes grow downwards. An arrow points at the alert's own detection. Bars are plus and minus one sigma, to a
    quarter of a row.
    """
    if not drawn:
        return Text("")
    scale = Scale(found, drawn, width, height, ascii_only)
    if scale.is_enough:
        return render(scale, cells(scale, drawn, ascii_only), ascii_only=ascii_only, colour=colour)
    own = max(range(len(points)), key=lambda number: (points[number].is_current, points[number].mjd))
    said = [plain(words, ascii_only) for words in values(points, found.settings._replace(cursor=own))[1:]]
    return Text("\n".join(line[:width] for line in fill(said, width, height)), no_wrap=True, end="")
