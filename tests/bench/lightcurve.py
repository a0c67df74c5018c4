"""How soon a light curve is there after a key: `python -m tests.bench.lightcurve`.

From the key to the picture in the view, thread and messages included, beside a plain plot of the same points by
plotext alone: with error bars, one signal a band, and without. All in one process, by turns.
"""

from __future__ import annotations

import asyncio
import math
import random
import statistics
import time
from collections.abc import Callable, Hashable, Sequence
from typing import Any

from rich.text import Text
from textual.app import App, ComposeResult

from fink_tui.alerts import photometry
from fink_tui.alerts.row import Point, PointKind
from fink_tui.app.widgets.lightcurve import LightCurve
from tests.bench.table import table

ROUNDS = 25
"""How often each is measured."""

SIZES = ((80, 17), (100, 30))
"""Of the view: alone at 80 x 24, and larger."""

AT_MOST = 3.0
"""What the view may take, in plots by plotext alone."""


class Told(LightCurve):
    """Tells when a picture is there."""

    def __init__(self) -> None:
        """Make it, empty."""
        super().__init__()
        self.is_there = asyncio.Event()

    def _put(self, request: Hashable, picture: Text) -> None:
        super()._put(request, picture)
        self.is_there.set()


class OneView(App[None]):
    """Nothing but the view."""

    def compose(self) -> ComposeResult:
        """The view."""
        yield Told()


def made(count: int, bands: str, forced: float) -> list[Point]:
    """A light curve of fluxes, with a forced point beside some detections.

    Args:
        count: Points.
        bands: In turn.
        forced: The part that is forced photometry.
    """
    draw = random.Random(count)
    points = []
    for number in range(count):
        mjd = 61000 + 80 * number / count + draw.uniform(-0.2, 0.2)
        flux, err = 2e4 * (1 + math.sin(mjd / 9)) + draw.gauss(0, 2e3), draw.uniform(500, 3000)
        mag, mag_err = photometry.flux_to_mag(abs(flux), err) or (None, None)
        kind = PointKind.FORCED if draw.random() < forced else PointKind.DETECTION
        is_last = number == count - 1
        points.append(Point(mjd, bands[number % len(bands)], kind, mag, mag_err, flux, err, is_current=is_last))
    return points


def plain(points: Sequence[Point], width: int, height: int, *, has_bars: bool) -> str:
    """The same points by plotext alone, quickly: one signal for the bars of a band, which `error()` does not do."""
    import plotext

    plotext.terminal.limit(False, False)
    figure: Any = type(plotext.figure)(parent=plotext.terminal)
    figure.plot_size(width, height)
    figure.theme("colorless")
    figure.canvas("default")
    for band in sorted({point.band for point in points}):
        own = [point for point in points if point.band == band]
        times, fluxes = [point.mjd for point in own], [(point.flux or 0.0) / 1e3 for point in own]
        if has_bars:
            ends = [(flux - half, flux + half) for flux, half in zip(fluxes, (_half(one) for one in own), strict=True)]
            bars = figure.signal([mjd for mjd in times for _ in range(2)], [end for pair in ends for end in pair])
            for index in range(0, 2 * len(own), 2):
                bars.line(index, True)
            figure.draw(bars)
        marker = plotext.marker("●", plotext.pixel("red+", None, None))
        figure.draw(figure.signal(times, fluxes, marker=marker))
    drawn: str = figure.build().string()
    return drawn


def _half(point: Point) -> float:
    return (point.flux_err or 0.0) / 1e3


def timed(work: Callable[[], object]) -> float:
    """Milliseconds that it takes."""
    start = time.perf_counter()
    work()
    return 1e3 * (time.perf_counter() - start)


async def measured(points: list[Point], width: int, height: int) -> tuple[list[float], list[float], list[float]]:
    """Milliseconds from key to picture, of a plot with bars, and of one without."""
    keys, bars, bare = [], [], []
    app = OneView()
    async with app.run_test(size=(width, height)) as pilot:
        view = app.query_one(Told)
        view.show("alert", points, True)
        for turn in range(ROUNDS + 2):
            await app.workers.wait_for_complete()
            await pilot.pause()
            view._pictures.clear()
            view.is_there.clear()
            start = time.perf_counter()
            view.perform("step", -1)
            await view.is_there.wait()
            if turn > 1:  # the first ones load plotext
                keys.append(1e3 * (time.perf_counter() - start))
                bars.append(timed(lambda: plain(points, width, height, has_bars=True)))
                bare.append(timed(lambda: plain(points, width, height, has_bars=False)))
    return keys, bars, bare


def main() -> None:
    """Print the table."""
    curves = {
        "200 points, g r": made(200, "gr", 0.0),
        "1,000 points, ugrizy": made(1000, "ugrizy", 0.5),
    }
    rows = []
    for name, points in curves.items():
        for size in SIZES:
            keys, bars, bare = asyncio.run(measured(points, *size))
            middle = statistics.median(keys)
            numbers = (middle, sorted(keys)[int(0.95 * len(keys))], statistics.median(bars), statistics.median(bare))
            ratios = (middle / statistics.median(bars), middle / statistics.median(bare))
            rows.append(
                [
                    name,
                    "{} x {}".format(*size),
                    *(f"{number:.1f}" for number in numbers),
                    *(f"{ratio:.2f}" for ratio in ratios),
                ]
            )
    header = ("light curve", "view", "key to picture ms", "p95", "plotext, bars", "no bars", "ratio", "ratio, no bars")
    print(table(f"A light curve after a key; at most {AT_MOST:g} plots by plotext alone", header, rows))


if __name__ == "__main__":
    main()
