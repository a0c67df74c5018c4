"""The stamps of an alert on the screen: side by side where they fit, with what one must know to read them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from fink_tui.alerts import cutout
from fink_tui.alerts.cutout import Cutout, CutoutError
from fink_tui.alerts.text import clean
from fink_tui.app import stamp
from fink_tui.app.stamp import Cell, Frame, Ink

GAP = 2
"""Cells between two images."""

BESIDE = 26
"""Cells of the words, where they stand beside the images."""

ENOUGH = 20
"""Pixels across that are enough for an image beside others."""

NONE = "This alert has no images."
"""What is said where a packet has no stamps at all."""

ASCII = str.maketrans({"″": '"', "…": "-", "├": "|", "─": "-", "┤": "|"})


class Stamp(NamedTuple):
    """One of an alert's images."""

    name: str

    cutout: Cutout | None
    """The image; None where there is none."""

    problem: str = ""
    """Why there is none."""


class Look(NamedTuple):
    """How the observer looks at images."""

    which: int = 0
    """All, or the one of this number, from 1."""

    zoom: int | None = None
    """How often the whole is doubled; None: as the room asks for."""

    stretch: str = stamp.STRETCHES[0]


class Montage(NamedTuple):
    """What is seen."""

    lines: list[Strip]

    zoom: int = 0
    """How often the whole image was doubled."""

    most: int = 0
    """How often it can be."""

    @property
    def text(self) -> str:
        """What is seen, without colours."""
        return "\n".join(line.text.rstrip() for line in self.lines)


def stamps(record: Mapping[str, Any], survey: str) -> list[Stamp]:
    """Read all stamps of a packet; those that it cannot have been meant to hold are left out.

    Args:
        record: The packet.
        survey: Whose it is.
    """
    found = []
    on_chip = cutout.chip_place(record)
    for kind in cutout.KINDS:
        data = cutout.stamp(record, kind)
        if data is None:
            found.append(Stamp(kind, None, "not in this alert"))
            continue
        try:
            found.append(Stamp(kind, cutout.read(data, survey, on_chip)))
        except CutoutError as error:
            found.append(Stamp(kind, None, f"cannot be shown: {error}"))
    return found


def fits(width: int, height: int) -> bool:
    """Whether all images have the room to be seen side by side."""
    high = 2 * (height - 2)
    return (width - 2 * GAP) // 3 >= max(8, min(width, high, ENOUGH))


def montage(found: Sequence[Stamp], width: int, height: int, look: Look, ink: Ink) -> Montage:
    """Draw images.

    Args:
        found: All of the alert's.
        width: Cells that there are.
        height: Lines.
        look: What to show, and how.
        ink: What to draw with.
    """
    if all(one.cutout is None and one.problem == "not in this alert" for one in found):
        return Montage(_words([NONE], width, height, ink))
    shown = found if not look.which else found[look.which - 1 : look.which]
    images = [one.cutout for one in shown if one.cutout is not None]
    if not images:
        words = [f"{shown[0].name}: {shown[0].problem}"] if look.which else [f"{s.name}: {s.problem}" for s in shown]
        return Montage(_words(words, width, height, ink))
    is_beside, columns, rows = _room(images, len(shown), width, height)
    frame = stamp.frame(images, columns, rows, look.zoom)
    lines: list[list[Segment]] = [[] for _ in range(rows + 1)]
    for number, one in enumerate(shown):
        is_last = number == len(shown) - 1
        room = max(frame.width, min(columns, 18)) if is_beside or is_last else columns
        for line, piece in zip(lines, _panel(one, frame, room, rows, look, ink), strict=True):
            line += [*piece, Segment(" " * GAP)]
    facts = _facts(images, frame, look, ink)
    if is_beside:
        for line, fact in zip(lines[1:], facts, strict=False):
            line.append(Segment(_written(fact, ink)))
    else:
        lines.insert(-(-frame.height // 2) + 1, [Segment(_written(fitting(facts, width), ink))])
    return Montage([_strip(line, width) for line in lines[:height]], frame.zoom, frame.most)


def _room(images: Sequence[Cutout], count: int, width: int, height: int) -> tuple[bool, int, int]:
    """Whether the words stand beside the images rather than below, and the columns and rows of each."""
    ways = []
    for is_beside, room, rows in ((False, width, height - 2), (True, width - BESIDE, height - 1)):
        columns = (room - GAP * (count - 1 + is_beside)) // count
        if columns > 0 and rows > 0:
            ways.append((stamp.frame(images, columns, rows, 0).step, not is_beside, columns, rows))
    if not ways:
        return False, max(1, width // count), 1
    _, is_below, columns, rows = min(ways)
    return not is_below, columns, rows


def _panel(one: Stamp, frame: Frame, room: int, rows: int, look: Look, ink: Ink) -> list[list[Segment]]:
    """An image under its name, or why it is not there; each line as wide as the room."""
    if one.cutout is None:
        lines = [one.name, *wrapped(one.problem, room)]
        return [[Segment(set_cell_size(line, room))] for line in [*lines, *[""] * (rows + 1)][: rows + 1]]
    found = stamp.limits(one.cutout)
    values = f"{_short(found[0])} … {_short(found[1])}" if found else "no data"
    name = f"{one.name} {look.which}/{len(cutout.KINDS)}" if look.which else one.name
    head = fitting([name, values, clean(one.cutout.unit, 12)], room, ("  ", " "))
    pixels = stamp.picture(one.cutout, frame, look.stretch, ink)
    out = [[Segment(set_cell_size(_written(head, ink), room), Style(bold=True))]]
    blank: list[Cell] = [(" ", None)] * (room - frame.width)
    out += [stamp.segments([*line, *blank]) for line in pixels]
    return [*out, *([Segment(" " * room)] for _ in range(rows + 1 - len(out)))]


def _facts(images: Sequence[Cutout], frame: Frame, look: Look, ink: Ink) -> list[str]:
    """What one must know to read the images, the most important first."""
    known = {image.north is not None for image in images}
    if known == {True}:
        orientation = "N up, E left"
    else:
        orientation = "orientation unknown" if known == {False} else "N, E marked where known"
    scales = sorted({f"{image.scale:.4g}″/pixel" + (" assumed" if image.is_scale_assumed else "") for image in images})
    across = f"{max(stamp.extent(image)[0] for image in images):.2g}″"
    seen = f"{frame.width * frame.step:.2g}″ x {frame.height * frame.step:.2g}″ of {across}"
    facts = [
        bar(frame),
        orientation,
        f"{look.stretch}, {stamp.PERCENTILES[0]} … {stamp.PERCENTILES[1]} %",
        seen if frame.zoom else f"{across} across",
        ", ".join(scales),
    ]
    if ink != "grey":
        facts.append(f"{stamp.RAMPS[ink]} bright")
    if any(not math.isfinite(value) for image in images for row in image.rows for value in row):
        facts.append(f"{stamp.HATCH} no data")
    return facts


def bar(frame: Frame) -> str:
    """A length on the sky: the longest of 1, 2, 5 times a power of ten that takes no more than half an image."""
    room = max(4.0, min(20.0, frame.width / 2)) * frame.step
    power = 10 ** math.floor(math.log10(room))
    length = max(factor * power for factor in (1, 2, 5) if factor * power <= room)
    cells = max(2, round(length / frame.step))
    return f"├{'─' * (cells - 2)}┤ {length:g}″"


def fitting(parts: Sequence[str], room: int, gaps: Sequence[str] = ("  ",)) -> str:
    """As many of the parts as there is room for: half a number would be another one."""
    out = parts[0]
    for number, part in enumerate(parts[1:]):
        longer = out + gaps[min(number, len(gaps) - 1)] + part
        if cell_len(longer) > room:
            break
        out = longer
    return out


def _short(value: float) -> str:
    """A brightness, in three digits."""
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}" if abs(value) < 1e6 else f"{value:.2e}"


def _written(words: str, ink: Ink) -> str:
    return words.translate(ASCII) if ink == "ascii" else words


def wrapped(words: str, room: int) -> list[str]:
    """Words in lines."""
    lines = [""]
    for word in words.split():
        if lines[-1] and cell_len(lines[-1]) + cell_len(word) >= room:
            lines.append("")
        lines[-1] += f" {word}" if lines[-1] else word
    return lines


def _words(sentences: Sequence[str], width: int, height: int, ink: Ink) -> list[Strip]:
    lines = [line for sentence in sentences for line in wrapped(_written(sentence, ink), width)]
    return [_strip([Segment(line)], width) for line in lines[:height]]


def _strip(pieces: list[Segment], width: int) -> Strip:
    return Strip(pieces).crop(0, width).simplify()
