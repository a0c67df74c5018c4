"""What an alert is: how far and how bright, what is at its place and beside it, why it has its class."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby, zip_longest
from typing import Any, NamedTuple

from rich.cells import cell_len
from rich.text import Text
from textual.events import Resize
from textual.widgets import Static

from fink_tui.alerts.context import context
from fink_tui.alerts.distance import distances
from fink_tui.alerts.scores import scores
from fink_tui.alerts.simbad import Kind
from fink_tui.alerts.text import clean
from fink_tui.app.widgets.view import Subject, View
from fink_tui.ascii_text import nearest

COLUMN = 56
"""Cells that a column has at least where there are two."""

GAP = 3
"""Cells between two columns."""


INDENT = 4
"""Cells by which a line that goes on is set in."""


NOTHING_THERE = "No catalogue has anything at this place."
"""What is said where Fink has looked and found nothing."""

NOT_LOOKED = "The alert does not say what is at this place: its packet has no cross-matches."
"""What is said where nobody has looked, as in older GRB/GW alerts."""


class Line(NamedTuple):
    """Something said, in parts that stay whole where it takes several lines."""

    parts: tuple[str, ...]
    between: str = " "
    style: str = ""

    def wrapped(self, width: int) -> list[str]:
        """The lines that it takes.

        Args:
            width: Cells of a line. A part that is longer is broken between its words, a longer word left so.
        """
        lines: list[str] = []
        for part in self.parts:
            between = self.between if lines else ""
            if lines and cell_len(lines[-1]) + cell_len(between) + cell_len(part) <= width:
                lines[-1] += between + part
                continue
            if lines:
                lines[-1] += between.rstrip()
            indent = " " * INDENT if lines else ""
            if cell_len(indent + part) <= width:
                lines.append(indent + part)
                continue
            first, *words = part.split(" ")
            lines.append(indent + first)
            for word in words:
                if cell_len(lines[-1]) + 1 + cell_len(word) <= width:
                    lines[-1] += " " + word
                else:
                    lines.append(" " * INDENT + word)
        return lines


class Told(NamedTuple):
    """What is to be said of an alert."""

    place: tuple[Line, ...] = ()
    """How far and how bright; what is at its place or makes something of it."""
    reasons: tuple[Line, ...] = ()
    """Why it has its class."""
    beside: tuple[Line, ...] = ()
    """What else is near."""


class What(View, Static):
    """Class and rule, scores against thresholds, neighbours, distance; a page at a time where there is no room."""

    NAME = "what"
    TITLE = "what it is"

    DEFAULT_CSS = """
    What {
        height: 1fr;
        width: 1fr;
    }
    """

    def __init__(
        self,
        *,
        ascii_only: bool = False,
        id: str | None = None,  # noqa: A002  Textual's own name
        classes: str | None = None,
    ) -> None:
        """Make it, empty.

        Args:
            ascii_only: Whether only ASCII may be used.
            id: As for every widget.
            classes: As for every widget.
        """
        super().__init__("", id=id, classes=classes, markup=False)
        self._ascii_only = ascii_only
        self._told = Told()
        self._title = ""
        self._page = 0

    def show_alert(self, subject: Subject) -> None:
        """Show what is known of an alert, from its first line on."""
        row = subject.stored.row
        self._title = f"{row.label}: {row.label_reason}"
        self._told, self._page = tell(subject), 0
        self._draw()

    def clear(self) -> None:
        """Show nothing."""
        self._told, self._title, self._page = Told(), "", 0
        self._draw()

    def text(self) -> str:
        """All of it, the class first, also what is on other pages."""
        said = [line.between.join(line.parts) for lines in self._told for line in lines]
        return "\n".join(map(self._written, filter(None, (self._title, *said))))

    def on_resize(self, _: Resize) -> None:
        """Lay it out anew."""
        self._draw()

    def do_step(self, pages: int) -> None:
        """Turn the page."""
        self._page += pages
        self._draw()

    def _written(self, text: str) -> str:
        return "".join(map(nearest, text)) if self._ascii_only else text

    def _draw(self) -> None:
        width, height = self.content_size
        if not self.is_attached or width < 1 or height < 1:
            return
        rows = self._rows(width)
        shown = height if len(rows) <= height else max(1, height - 1)  # a line says that there is more
        pages = max(1, -(-len(rows) // shown))
        self._page = max(0, min(self._page, pages - 1))
        out = Text("\n", end="", no_wrap=True, overflow="ellipsis").join(rows[self._page * shown :][:shown])
        if pages > 1 and height > 1:
            where = f"page {self._page + 1} of {pages}: . next, , previous"
            out.append(f"\n{where[:width]}", "dim")
        self.update(out, layout=False)

    def _rows(self, width: int) -> list[Text]:
        """The lines of the screen: one side beside the other where both have room, else one after the other."""
        place, reasons, beside = self._told
        if width < 2 * COLUMN + GAP:
            return self._column((*place, *reasons, *beside), width)
        half = (width - GAP) // 2
        sides = self._column((*place, *beside), half), self._column(reasons, half)
        rows = []
        for left, right in zip_longest(*sides, fillvalue=Text("")):
            row = left.copy()
            row.pad_right(half - row.cell_len + GAP)
            rows.append(row.append_text(right))
        return rows

    def _column(self, lines: Sequence[Line], width: int) -> list[Text]:
        """Lines in so many cells."""
        found = []
        for line in lines:
            for wrapped in line.wrapped(width):
                text = Text(self._written(wrapped), line.style, end="", no_wrap=True)
                if text.cell_len > width:
                    text.truncate(width - 1)
                    text.append("~" if self._ascii_only else "…")
                found.append(text)
        return found


def tell(subject: Subject) -> Told:
    """All that is to be said of an alert."""
    row, record = subject.stored.row, subject.whole.record
    place = [Line((found.words(),), style="bold") for found in distances(row, record)]
    beside = []
    for catalogue, group in groupby(context(row, record), lambda neighbour: neighbour.catalogue):
        found = list(group)
        first = found[0].words()
        line = Line((first, *(one.details() for one in found[1:])), "; ")
        if found[0].is_failed or any(one.kind is not Kind.OTHER for one in found) or catalogue == "SIMBAD":
            place.append(line)
        else:
            beside.append(line)
    if not place and not beside:
        place.append(Line((NOTHING_THERE if _is_matched(record) else NOT_LOOKED,)))
    if subject.whole.problem:
        place.append(Line(tuple(clean(f"By what the list knows: {subject.whole.problem}", 600).split()), style="dim"))
    return Told(tuple(place), tuple(_reasons(subject)), tuple(beside))


def _is_matched(record: Mapping[str, Any]) -> bool:
    """Whether a packet carries cross-matches, be they empty; of a row alone it is taken for granted."""
    return not record or "cdsxmatch" in record or "xm" in record


def _reasons(subject: Subject) -> Iterator[Line]:
    """Each rule and what decides it, those that hold first; every score against its threshold."""
    found = scores(subject.stored.row, subject.whole.record)
    width = max((len(rule.name) for rule in found.rules), default=0)
    for rule in sorted(found.rules, key=lambda rule: not rule.holds):
        first, *others = rule.deciding()
        head = f"{rule.name:<{width}} {'yes' if rule.holds else 'no '} {first}"
        yield Line((head, *others), ", ", "bold" if rule.holds else "")
    given = tuple(check.words() for check in found.scores if check.value is not None)
    if given:
        yield Line(given, "  ")
    missing = [check.name for check in found.scores if check.value is None]
    if missing:
        yield Line((f"not given: {missing[0]}", *missing[1:]), ", ", "dim")
