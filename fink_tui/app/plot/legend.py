"""The legend of a light curve: what is drawn, in what, by which marks, and what is not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.text import Text

from fink_tui.alerts import text
from fink_tui.alerts.lightcurve import BANDS
from fink_tui.alerts.photometry import REFERENCE_PIXELS
from fink_tui.alerts.quantity import Quantity
from fink_tui.alerts.row import Point, PointKind
from fink_tui.app.plot.marks import COLOURS, GROUPS, Mark, Marks, glyph, group
from fink_tui.app.plot.settings import Axis, Settings
from fink_tui.ascii_text import ascii_words


def legend(
    points: Sequence[Point],
    wanted: Settings,
    found: Marks,
    marks: Sequence[Mark],
    *,
    ascii_only: bool = False,
    colour: bool = True,
) -> list[Text]:
    """What is drawn, in pieces: quantity, unit, days from first to last and what is not drawn; every mark's number.

    There may be more than there is room for: a small plot's numbers have their unit only here, so that comes first.

    Args:
        points: The packet's light curve.
        wanted: How it was to be looked at.
        found: Its marks.
        marks: Those of them that are drawn.
        ascii_only: Whether only ASCII may be used.
        colour: Whether bands have their colours.
    """
    drawn = list({mark.number: mark.point for mark in marks}.values())
    counts = Counter((group(point), point.band) for point in drawn)
    what = ", ".join([_what(points, found, drawn), *_lacking(points, wanted, found, len(drawn))])
    pieces = [Text(plain(what, ascii_only), end="")]
    bands = [*BANDS, *sorted({point.band for point in drawn} - set(BANDS))]
    for kind, name in GROUPS.items():
        for index, band in enumerate(band for band in bands if counts[kind, band]):
            style = COLOURS.get(band, "") if colour else ""
            sign = glyph(kind, band, ascii_only)
            piece = Text(f"{name} " if name and not index else "", end="")
            if kind in ("limit", "bad") or (ascii_only and kind == "negative"):  # one mark for all bands
                piece.append("" if index else f"{sign} ").append(band, style)
            elif kind == "detection" or (kind == "negative" and not counts["detection", band]):  # its band's first
                piece.append(f"{band} ").append(sign, style)
            else:
                piece.append(sign, style)
            pieces.append(piece.append(f" {counts[kind, band]}"))
    return pieces


def joined(pieces: Sequence[Text], width: int, lines: int) -> list[Text]:
    """A legend's pieces beside one another, in so many lines at most; the last is cut where there is no room.

    Args:
        pieces: Of the legend.
        width: Cells of a line.
        lines: How many at most, at least one.
    """
    found = [pieces[0].copy()]
    for number, piece in enumerate(pieces[1:]):
        apart = " | " if not number else "  "
        if len(found) < lines and found[-1].cell_len + len(apart) + piece.cell_len > width:
            found.append(piece.copy())
        else:
            found[-1].append(apart).append_text(piece)
    return found


def plain(words: str, ascii_only: bool) -> str:
    """Words as they are, or in ASCII."""
    return ascii_words(words) if ascii_only else words


def name_of(points: Sequence[Point], quantity: Quantity) -> str:
    """What astronomers of the survey call a quantity; nothing for that of the difference."""
    if quantity is Quantity.TOTAL:
        return "apparent" if any(point.reference_distance is not None for point in points) else "science"
    return "forced" if quantity is Quantity.FORCED else ""


def other_source(points: Sequence[Point]) -> float | None:
    """How far away the reference image's nearest source is, pixels, where it is another object; else None."""
    nearest = min((point.reference_distance for point in points if point.reference_distance is not None), default=0.0)
    return nearest if nearest > REFERENCE_PIXELS else None


def _what(points: Sequence[Point], found: Marks, drawn: Sequence[Point]) -> str:
    """The quantity, its unit, and the days from first to last."""
    if not drawn:
        return "nothing to draw" if points else "no photometry"
    times = [point.mjd for point in drawn]
    words = [name_of(points, found.settings.quantity), found.unit]
    if max(times) > min(times):
        words.append(text.age((max(times) - min(times)) * 86400))
    if found.settings.axis is Axis.PHASE:
        words.append(f"folded at {found.settings.period:.8g} d")
    return " ".join(filter(None, words))


def _lacking(points: Sequence[Point], wanted: Settings, found: Marks, drawn: int) -> list[str]:
    """What is not drawn."""
    settings, words = found.settings, []
    if wanted.quantity is not settings.quantity:
        what = name_of(points, wanted.quantity) or wanted.quantity.value
        words.append(f"difference, for there is no {what} one")
        if wanted.quantity is Quantity.TOTAL and (distance := other_source(points)) is not None:
            words[-1] = f"difference (reference source {distance:.1f} px away)"
    elif settings.quantity is Quantity.TOTAL:
        measured = [point for point in points if point.kind is not PointKind.LIMIT]
        if lacking := sum(point.total_flux is None for point in measured):
            words.append(f"{lacking} have no {name_of(points, settings.quantity)} one")
            if any((point.reference_distance or 0.0) > REFERENCE_PIXELS for point in measured):
                words[-1] += f" (reference source over {REFERENCE_PIXELS} px away)"
    if off := len({mark.number for mark in found.all}) - drawn:
        words.append(f"{off} off scale")
    if found.valueless:
        words.append(f"{found.valueless} without a {'flux' if settings.use_flux else 'mag'}")
    if found.outside:
        words.append(f"{found.outside} outside")
    if settings.hidden:
        words.append(f"{settings.hidden} hidden")
    if not settings.show_limits and any(point.kind is PointKind.LIMIT for point in points):
        words.append("no limits")
    return words
