"""What the page of a target in a TOM plots."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

PLOT = re.compile(r"Plotly\.newPlot\(\s*(?=\")")
"""Where a plot is made; the library's own calls, which are in the page too, name no element by its id."""


@dataclass(frozen=True)
class Point:
    """A point of the plot: when, how bright (magnitude), and how sure; `error` is None where the plot has none."""

    time: datetime
    magnitude: float
    error: float | None


def light_curve(page: str) -> dict[str, tuple[Point, ...]]:
    """The light curve that a target's page plots.

    Both versions write `Plotly.newPlot("id", [traces], {layout}, ...)` into the page once for each plot, and name the
    axis of the light curve `Apparent Magnitude`.

    Args:
        page: HTML.

    Returns:
        By its name in the legend, a filter (its detections) or a filter and ` non-detection` (its limits), what is
        drawn, in the order of time. (The plot's own lists have rows with nothing to draw besides.)
    """
    found: dict[str, tuple[Point, ...]] = {}
    for call in PLOT.finditer(page):
        _, plotted, layout = _arguments(page, call.end(), 3)
        if layout.get("yaxis", {}).get("title", {}).get("text") != "Apparent Magnitude":
            continue
        for trace in plotted:
            errors = trace.get("error_y", {}).get("array") or [None] * len(trace["x"])
            rows = zip(trace["x"], trace["y"], errors, strict=True)
            drawn = (
                Point(datetime.fromisoformat(time), level, error) for time, level, error in rows if level is not None
            )
            if points := tuple(sorted(drawn, key=lambda point: point.time)):
                found[trace["name"]] = points
    return found


def _arguments(page: str, start: int, count: int) -> list[Any]:
    """The first arguments, JSON all of them, of the call whose parenthesis opens before `start`."""
    decoder = json.JSONDecoder()
    found: list[Any] = []
    for _ in range(count):
        while page[start] in " \n,":
            start += 1
        argument, start = decoder.raw_decode(page, start)
        found.append(argument)
    return found
