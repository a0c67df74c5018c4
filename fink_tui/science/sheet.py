"""What an expert of one science reads off an alert: lines, the most telling first, and a plot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from fink_tui.alerts.row import AlertRow, Point


class Evidence(NamedTuple):
    """All that is known of an alert."""

    row: AlertRow
    """Its columns."""

    points: Sequence[Point]
    """Its light curve, in order of time; empty where there is no packet."""

    record: Mapping[str, Any]
    """Its packet without the histories; empty where there is none."""

    now: float
    """The present, MJD, UTC."""


class Line(NamedTuple):
    """One thing that is known, or that is said not to be."""

    label: str
    """What it is, in a word or two."""

    value: str
    """How it is, safe to show."""

    note: str = ""
    """What that means, or where it is from."""


class Dot(NamedTuple):
    """A point of a plot."""

    x: float
    y: float
    err: float | None = None
    """Error of `y`, 1 sigma."""

    sign: str = "o"
    """The ASCII letter that it is drawn as: a band's."""


class Plot(NamedTuple):
    """A small plot."""

    title: str
    """What is drawn, with its units."""

    x_title: str
    """The horizontal axis, with its unit."""

    dots: tuple[Dot, ...]

    is_down: bool = False
    """Whether small values are at the top, as with magnitudes."""

    levels: tuple[float, ...] = ()
    """Where to draw lines across."""


class Sheet(NamedTuple):
    """What one science makes of an alert."""

    lines: tuple[Line, ...]
    """The most telling first."""

    plot: Plot | None = None
