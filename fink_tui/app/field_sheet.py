"""The field around an alert on the screen: the sky's image with SIMBAD's objects marked on it, and their list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from fink_tui.alerts.cutout import Cutout
from fink_tui.alerts.text import age, arcdegrees, hours, magnitude
from fink_tui.app import montage, stamp
from fink_tui.app.montage import GAP, Montage, fitting, wrapped
from fink_tui.app.stamp import Cell, Frame, Ink
from fink_tui.ascii_text import ascii_words, nearest
from fink_tui.search.services.simbad_objects import Around, Neighbourhood
from fink_tui.search.services.sky_image import Field, place_in, within

SIGNS = "123456789abcdefghijklmnopqrstuvwxyz"
"""Marks of objects, one cell each: the nearest has the first. So many are marked and listed at most."""

STRETCH = "asinh"
"""How brightness becomes grey: the sky beside a bright galaxy has faint ones."""

PERCENTILES = (35.0, 99.7)
"""What is black and white: the empty sky, more than half of an image, is dark, and its noise not sent in every cell."""

BESIDE = 60
"""Cells from which on the list stands beside the image."""

LEAST_LIST = 34
"""Cells of the list beside it at least."""

LEAST_LINES = 5
"""Lines of it below at least."""

LEAST_NAME = 9
"""Cells for which it is worth the while to begin a name that is cut."""

FRESH = 60.0
"""Seconds for which an answer is said to be of now."""

MARK = Style(color="color(51)", bgcolor="color(16)", bold=True)
PICKED = Style(color="color(16)", bgcolor="color(226)", bold=True)
PLAIN, CHOSEN = Style(bold=True), Style(bold=True, reverse=True)


@dataclass(frozen=True)
class Shown:
    """All that is to be seen."""

    field: Field | None = None
    """The image; None: not there yet, or not to be had."""

    field_words: str = ""
    """What is asked for, or why there is no image."""

    near: Neighbourhood | None = None
    """SIMBAD's objects."""

    near_words: str = ""
    """As for the image."""

    names: str = ""
    """What others call the alert's object."""

    picked: int = 0
    """The number of the object that is looked at, from 1; 0: none."""

    side: float = 0.0
    """Arcminutes of the field, where there is no image to tell."""

    now: float = 0.0
    """Unix seconds: ages are counted to it."""


def listed(field: Field | None, near: Neighbourhood | None, side: float) -> list[Around]:
    """The objects that are listed: those in the image, the nearest first."""
    if near is None:
        return []
    if field is not None:
        return within(near.objects, field)[: len(SIGNS)]
    return [one for one in near.objects if one.distance <= side * 30][: len(SIGNS)]


def draw(shown: Shown, width: int, height: int, ink: Ink) -> Montage:
    """Draw the field.

    Args:
        shown: What is to be seen.
        width: Cells that there are.
        height: Lines.
        ink: What to draw with.
    """
    objects = listed(shown.field, shown.near, shown.side)
    is_beside = width >= BESIDE
    columns = min(2 * height, width - LEAST_LIST - GAP) if is_beside else width
    rows = height if is_beside else max(1, height - max(LEAST_LINES, height // 3))
    frame = None
    if shown.field is not None:
        frame = stamp.frame([shown.field.cutout], max(1, columns), max(1, rows), 0)
        columns = frame.width if is_beside else columns
        picture = _picture(shown.field.cutout, frame, objects, shown.picked, ink)
    else:
        columns = width // 2 - GAP if is_beside else width
        words = wrapped(_written(shown.field_words, ink), max(1, columns))
        picture = [[(character, None) for character in line] for line in words[:rows]]
    room = width - columns - GAP if is_beside else width
    left = height if is_beside else height - len(picture)
    text = _list(shown, objects, frame, max(1, room), max(1, left), ink)
    return Montage([_joined(*pair, columns, width) for pair in _paired(picture, text, is_beside, height)])


def plain(shown: Shown) -> str:
    """All of it but the image, as text to be copied."""
    objects = listed(shown.field, shown.near, shown.side)
    lines = [shown.names, shown.field_words, *_field_facts(shown, None), _head(shown, objects)]
    lines += [f"{sign}  {told(one)}" for sign, one in zip(SIGNS, objects, strict=False)]
    return "\n".join(ascii_words(line) for line in lines if line)


def told(one: Around) -> str:
    """Everything that is known of an object, in a line."""
    kind = f"{one.kind} ({one.type})" if one.type and one.type != one.kind else one.kind
    said = [one.name, kind, f"{_distance(one)} at {_angle(one)}", *_numbers(one)]
    return ", ".join([*said, f"{hours(one.ra)} {arcdegrees(one.dec)}"])


# --- the image


def _picture(image: Cutout, frame: Frame, objects: Sequence[Around], picked: int, ink: Ink) -> list[list[Cell]]:
    """The image with its marks."""
    lines = stamp.picture(image, frame, STRETCH, ink, PERCENTILES)
    marks: dict[tuple[int, int], tuple[int, str]] = {}
    order = sorted(enumerate(objects, 1), key=lambda pair: pair[0] != picked)
    for number, one in order:
        marks.setdefault(_cell(image, frame, one), (number, SIGNS[number - 1]))
    for (row, column), (number, sign) in marks.items():
        if 0 <= row < len(lines) and 0 <= column < frame.width:
            is_picked = number == picked
            style = (PICKED if is_picked else MARK) if ink == "grey" else CHOSEN if is_picked else PLAIN
            lines[row][column] = sign, style
    return lines


def _cell(image: Cutout, frame: Frame, one: Around) -> tuple[int, int]:
    """The line and the column of an object in an image."""
    x, y = place_in(image, one.distance, one.angle)
    right, up, _ = stamp.axes(image)
    at = stamp.centred(image, frame)
    det = right[0] * up[1] - right[1] * up[0]
    dx, dy = x - at.x, y - at.y
    across, high = (dx * up[1] - dy * up[0]) / det, (right[0] * dy - right[1] * dx) / det
    column = frame.width / 2 + across / frame.step
    return int((frame.height / 2 - high / frame.step) // 2), int(column // 1)


# --- the words


def _list(
    shown: Shown, objects: Sequence[Around], frame: Frame | None, width: int, height: int, ink: Ink
) -> list[tuple[str, Style | None]]:
    """The facts, the list, and all of the object that is picked, in lines."""
    picked = objects[shown.picked - 1] if 0 < shown.picked <= len(objects) else None
    full = wrapped(f"{SIGNS[shown.picked - 1]}: {told(picked)}", width) if picked is not None else []
    facts = [line for fact in _field_facts(shown, frame, ink) for line in wrapped(fact, width)]
    if shown.names:
        facts = [*wrapped(shown.names, width), *facts]
    head = wrapped(_head(shown, objects), width)
    least = len(head) + min(3, len(objects)) + len(full)
    facts = facts[: max(1, height - least)]
    full = full[: max(1, height - len(facts) - len(head) - 1)]
    room = max(0, height - len(facts) - len(head) - len(full))
    first = max(0, min(shown.picked - room // 2 - 1, len(objects) - room))
    out: list[tuple[str, Style | None]] = [(line, None) for line in facts]
    out += [(line, PLAIN) for line in head]
    for number, one in list(enumerate(objects, 1))[first : first + room]:
        out.append((_line(number, one, width), CHOSEN if number == shown.picked else None))
    out += [(line, PLAIN) for line in full]
    return [(_written(line, ink), style) for line, style in out]


def _field_facts(shown: Shown, frame: Frame | None, ink: Ink = "grey") -> list[str]:
    """What one must know to read the image."""
    field = shown.field
    if field is None:
        return []
    facts = [f"{field.survey.name}, {field.side:g}′ across{_asked(field.fetched_at, shown.now)}"]
    if frame is not None:
        ramp = [f"{stamp.RAMPS[ink]} bright"] if ink != "grey" else []
        facts.append("  ".join([montage.bar(frame), "N up, E left", *ramp]))
    facts += [words for words in (shown.field_words, field.words) if words]
    return facts


def _head(shown: Shown, objects: Sequence[Around]) -> str:
    """What there is of SIMBAD's objects."""
    near = shown.near
    if near is None:
        return shown.near_words
    count = len(objects)
    total = len(within(near.objects, shown.field)) if shown.field is not None else count
    if total > count:
        said = f"the nearest {count} of {total} objects here"
    else:
        said = f"{count} object{'s' * (count != 1)} here" if count else "no objects here"
    side = shown.field.side if shown.field is not None else shown.side
    if near.reach < side * 0.707:
        said += f", known to {near.reach:.1f}′"
    words = f"SIMBAD: {said}{_asked(near.fetched_at, shown.now)}"
    return " ".join(
        filter(None, (words + ("." if near.words or shown.near_words else ""), shown.near_words, near.words))
    )


def _line(number: int, one: Around, width: int) -> str:
    """An object, as much of it as there is room for: what it is, its numbers, its name; none of these cut but names."""
    said = f"{SIGNS[number - 1]} {_distance(one):>5} {_angle(one):>4} "
    line = fitting([said + one.kind, *_numbers(one), one.name], width, (", ",))
    if line.endswith(one.name):
        return line
    if cell_len(line) > width or width - cell_len(line) > LEAST_NAME:
        line = (
            set_cell_size(line if cell_len(line) > width else f"{line}, {one.name}", max(1, width - 1)).rstrip() + "…"
        )
    return line


def _numbers(one: Around) -> list[str]:
    said = [f"z {one.redshift:.4f}"] if one.redshift is not None else []
    return [*said, *([f"V {magnitude(one.magnitude)}"] if one.magnitude is not None else [])]


def _distance(one: Around) -> str:
    return f"{one.distance:.1f}″" if one.distance < 99.95 else f"{one.distance:.0f}″"


def _angle(one: Around) -> str:
    return f"{round(one.angle) % 360}°"


def _asked(fetched_at: float, now: float) -> str:
    """How old an answer is, where it is not of now."""
    return "" if now - fetched_at < FRESH else f", asked {age(now - fetched_at)} ago"


def _written(words: str, ink: Ink) -> str:
    return "".join(map(nearest, words.translate(montage.ASCII))) if ink == "ascii" else words


# --- lines of the screen

Line = tuple[str, Style | None]


def _paired(
    picture: Sequence[list[Cell]], text: Sequence[Line], is_beside: bool, height: int
) -> list[tuple[list[Cell] | None, Line | None]]:
    """Lines of the image, and of the words beside or below."""
    if not is_beside:
        pairs: list[tuple[list[Cell] | None, Line | None]] = [(line, None) for line in picture]
        return [*pairs, *((None, line) for line in text)][:height]
    count = min(height, max(len(picture), len(text)))
    return [(picture[at] if at < len(picture) else [], text[at] if at < len(text) else None) for at in range(count)]


def _joined(cells: list[Cell] | None, line: Line | None, columns: int, width: int) -> Strip:
    pieces: list[Segment] = []
    if cells is not None:
        pieces = stamp.segments(cells)
        if line is not None:
            pieces.append(Segment(" " * (max(0, columns - len(cells)) + GAP)))
    if line is not None:
        pieces.append(Segment(*line))
    return Strip(pieces).crop(0, width).simplify()
