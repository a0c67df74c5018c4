"""What an alert is, in words: how far and how bright, what is at its place and beside it, why it has its class."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any, NamedTuple

from rich.cells import cell_len

from fink_tui.alerts.context import context
from fink_tui.alerts.distance import distances
from fink_tui.alerts.scores import scores
from fink_tui.alerts.simbad import Kind
from fink_tui.alerts.text import clean
from fink_tui.app.widgets.view import Subject

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
