"""The lines of a map: the rim of the sky, coordinates with values, the Galaxy's plane, the ecliptic, the horizon."""

from __future__ import annotations

import itertools
import math
from bisect import bisect_left
from functools import lru_cache

from fink_tui.alerts import text
from fink_tui.app.sky_map.canvas import PENS, Canvas, Layer
from fink_tui.app.sky_map.sight import Sight
from fink_tui.sky.coordinates import separation
from fink_tui.sky.credible import Region
from fink_tui.sky.curves import ECLIPTIC, GALACTIC_PLANE, Circle, Sky
from fink_tui.sky.projection import ELLIPSE

RA_STEPS = (
    *(seconds / 240 for seconds in (7200, 3600, 1800, 1200, 600, 300, 120, 60)),
    *(seconds / 240 for seconds in (30, 20, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01)),
)
"""How far meridians may be apart, degrees: round numbers of time."""

DEC_STEPS = (
    *(30.0, 20.0, 10.0, 5.0, 2.0, 1.0),
    *(minutes / 60 for minutes in (30, 20, 10, 5, 2, 1)),
    *(seconds / 3600 for seconds in (30, 20, 10, 5, 2, 1, 0.5)),
)
"""How far parallels may be apart, degrees."""

LEVELS = (0.5, 0.9)
"""Of the credible regions whose edges are drawn."""

FINE, DOTTED = 1.5, 0.25
"""Places for each dot that a line passes, and that one of single dots does."""

RIM = 1.7
"""Times as many where all of the sky is seen: lines are drawn out at the rim."""

MOST = 8000
"""Places of one line."""


@lru_cache(maxsize=8)
def background(sight: Sight, sky: Sky | None, lowest: float, region: Region | None, ascii_only: bool) -> Canvas:
    """All lines and their values; not to be drawn on: `Canvas.copy`.

    Args:
        sight: What is seen.
        sky: The sky at the moment; None: nothing is drawn that depends on it.
        lowest: The altitude below which the site's telescope does not point, degrees.
        region: The credible region of an event; None for none.
        ascii_only: Whether only ASCII may be used.
    """
    canvas = Canvas(sight.columns, sight.rows)
    if sight.zoom:
        _fine_grid(canvas, sight, ascii_only)
    else:
        _rim(canvas, sight)
        _coarse_grid(canvas, sight)
    draw(canvas, sight, GALACTIC_PLANE, Layer.PLANE)
    draw(canvas, sight, ECLIPTIC, Layer.ECLIPTIC)
    if sky is not None:
        for altitude, layer in ((0.0, Layer.HORIZON), (lowest, Layer.LIMIT)):
            if (circle := sky.altitude(altitude)) is not None:
                draw(canvas, sight, circle, layer)
    if region is not None:
        draw_region(canvas, sight, region)
    return canvas


def draw(canvas: Canvas, sight: Sight, circle: Circle, layer: Layer) -> None:
    """Draw that part of a circle that is in sight.

    Args:
        canvas: On what.
        sight: What is seen of the sky.
        circle: Which.
        layer: As what.
    """
    from_pole = separation(circle.ra, circle.dec, sight.ra, sight.dec)
    if abs(from_pole - circle.radius) > sight.reach:
        return
    size = math.sin(math.radians(circle.radius))
    # As seen from the circle's pole, all that is in sight is within so many degrees of the sight's middle.
    half = 180.0
    if sight.reach < min(from_pole, 180 - from_pole):
        half = math.degrees(math.asin(math.sin(math.radians(sight.reach)) / math.sin(math.radians(from_pole))))
    middle = circle.angle_of(sight.ra, sight.dec)
    fine = DOTTED if PENS[layer].is_dotted else FINE * (1 if sight.zoom else RIM)
    steps = min(MOST, max(16, math.ceil(math.radians(2 * half) * size * sight.scale * fine)))
    dashes, gone = PENS[layer].dashes, 0.0
    period = sum(dashes)
    last: tuple[float, float] | None = None
    for at in sight.dots(circle.places(steps, middle - half, middle + half)):
        if at is not None:
            if last is not None:
                gone += min(2.0, math.hypot(at[0] - last[0], at[1] - last[1]))  # over the rim is no way
            if not period or _is_drawn(gone % period, dashes):
                canvas.dot(*at, layer)
        last = at


def draw_region(canvas: Canvas, sight: Sight, region: Region) -> None:
    """Draw the edges of an event's credible regions, those of `LEVELS`.

    The sky is looked at by blocks of two dots by two, and by dots where a block is unlike one beside it.
    """

    def zone(x: float, y: float) -> int:
        place = sight.place(x, y)
        return len(LEVELS) if place is None else bisect_left(LEVELS, region.level(*place))

    wide, high = sight.columns, 2 * sight.rows
    blocks = [[zone(2 * x + 1, 2 * y + 1) for x in range(wide)] for y in range(high)]
    unlike = {
        (x + a, y + b)
        for y in range(high)
        for x in range(wide)
        for a, b in ((1, 0), (0, 1))
        if x + a < wide and y + b < high and blocks[y][x] != blocks[y + b][x + a]
    }
    near = {(x + a, y + b) for x, y in unlike for a in (-1, 0) for b in (-1, 0)} | unlike
    dots = {
        (2 * x + a, 2 * y + b): zone(2 * x + a + 0.5, 2 * y + b + 0.5) for x, y in near for a in (0, 1) for b in (0, 1)
    }
    for (x, y), own in dots.items():
        beside = [dots.get(key, own) for key in ((x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1))]
        if max(beside) > own and 0 <= x < 2 * wide and 0 <= y < 2 * high:
            canvas.dot(x, y, Layer.LIKELY if own == 0 else Layer.PROBABLE)


def _is_drawn(gone: float, dashes: tuple[int, ...]) -> bool:
    for number, length in enumerate(dashes):
        if gone < length:
            return number % 2 == 0
        gone -= length
    return False


def _rim(canvas: Canvas, sight: Sight) -> None:
    steps = 4 * (canvas.columns + 2 * canvas.rows)
    for step in range(steps):
        angle = math.tau * step / steps
        x = canvas.columns + ELLIPSE[0] * math.cos(angle) * sight.scale
        y = 2 * canvas.rows + ELLIPSE[1] * math.sin(angle) * sight.scale
        if 0 <= x < 2 * canvas.columns and 0 <= y < 4 * canvas.rows:
            canvas.dot(x, y, Layer.RIM)


def _coarse_grid(canvas: Canvas, sight: Sight) -> None:
    """Every two hours, or four where there is little room, and every 30 degrees; hours along the equator."""
    hours = 2 if sight.scale > 36 else 4
    for hour in range(0, 12, hours):
        draw(canvas, sight, Circle((15 * hour + 90) % 360, 0.0), Layer.GRID)
    for dec in (-60, -30, 0, 30, 60):
        draw(canvas, sight, Circle(0.0, 90.0, 90.0 - dec), Layer.GRID)
        if dec and (rim := sight.dot(sight.ra + 179.99, dec)) is not None:
            words = f"{dec:+}"
            canvas.labels.append((int(rim[0]) // 2 - len(words) - 1, int(rim[1]) // 4, words))
    for hour in range(0, 24, hours):
        if (at := sight.dot(15 * hour, -0.01)) is not None:
            words = f"{hour}h"
            canvas.labels.append((int(at[0]) // 2 - len(words) // 2, int(at[1]) // 4, words))


def _fine_grid(canvas: Canvas, sight: Sight, ascii_only: bool) -> None:
    """Round values of both coordinates, so that some are in sight; values along the left and the lower edge."""
    assert sight.field is not None
    height = sight.field * 2 * sight.rows / sight.columns
    has_pole = abs(sight.dec) + sight.reach >= 90
    dec_step = next((step for step in DEC_STEPS if height / step >= 2), DEC_STEPS[-1])
    wide = sight.field / max(0.01, math.cos(math.radians(sight.dec)))
    ra_step = 30.0 if has_pole else next((step for step in RA_STEPS if wide / step >= 3), RA_STEPS[-1])
    low, high = sight.dec - sight.reach, sight.dec + sight.reach
    for number in range(math.ceil(low / dec_step), math.floor(high / dec_step) + 1):
        if abs(number * dec_step) < 90:
            draw(canvas, sight, Circle(0.0, 90.0, 90.0 - number * dec_step), Layer.GRID)
    east = 180.0 if has_pole else wide
    for number in range(math.ceil((sight.ra - east) / ra_step), math.ceil((sight.ra + east) / ra_step)):
        draw(canvas, sight, Circle((number * ra_step + 90) % 360, 0.0), Layer.GRID)
    _values(canvas, sight, ra_step, dec_step, ascii_only)


def _values(canvas: Canvas, sight: Sight, ra_step: float, dec_step: float, ascii_only: bool) -> None:
    """Write a coordinate where its line crosses the edge: between two cells where the whole number of steps changes."""
    decs = [sight.place(0, 4 * row) for row in range(sight.rows + 1)]
    for row, (above, below) in enumerate(itertools.pairwise(decs)):
        if above is not None and below is not None:
            number = math.floor(max(above[1], below[1]) / dec_step)
            if number * dec_step > min(above[1], below[1]) and row < sight.rows - 1:
                canvas.labels.append((0, row, _dec(number * dec_step, dec_step, ascii_only)))
    ras = [sight.place(2 * column, 4 * sight.rows - 2) for column in range(sight.columns + 1)]
    free = 0
    for column, (left, right) in enumerate(itertools.pairwise(ras)):
        if left is None or right is None:
            continue
        ra, turned = left[0], (left[0] - right[0] + 180) % 360 - 180  # it grows to the left
        number = math.floor(ra / ra_step)
        if 0 < turned < ra_step and number * ra_step > ra - turned:
            words = _ra(number * ra_step, ra_step)
            begin = column - len(words) // 2
            if begin >= free:
                canvas.labels.append((begin, sight.rows - 1, words))
                free = begin + len(words) + 1


def _ra(value: float, step: float) -> str:
    """A right ascension as far as its step needs: `12h`, `12:34`, `12:34:56.7`."""
    seconds = step * 240
    if seconds >= 3600:
        return f"{round(value / 15) % 24}h"
    if seconds >= 60:
        return text.hours(value, 0)[:5]
    return text.hours(value, 0 if seconds >= 1 else 1 if seconds >= 0.1 else 2)


def _dec(value: float, step: float, ascii_only: bool) -> str:
    """A declination as far as its step needs: `+12°`, `+12:34`, `+12:34:56`."""
    if step >= 1:
        return (f"{round(value):+d}" if round(value) else "0") + ("" if ascii_only else "°")
    if step >= 1 / 60 - 1e-9:
        return text.arcdegrees(value, 0)[:6]
    return text.arcdegrees(value, 0 if step >= 1 / 3600 - 1e-9 else 1)
