"""The search for a period, in a process of its own: astropy's Lomb-Scargle periodogram of each band and of all.

It reads one request from its standard input and writes what it has to say as lines of JSON. When that input ends,
since whoever asked is gone, so does it.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Collection, Iterator
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from fink_tui.science.certainty import false_alarm
from fink_tui.science.period import (
    GUESS_POINTS,
    Candidate,
    Failed,
    Found,
    Progress,
    Request,
    frequencies,
    in_order,
)

if TYPE_CHECKING:
    import numpy as np
    from astropy.timeseries import LombScargle
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

CHUNK = 16_384
"""Frequencies tried between two words on progress; what a step needs of memory grows with it."""

NICE = 5
"""How much the search stands back for what else the machine does."""

BEST = 3
"""Periods told."""

ZOOMS, ZOOMED = 3, 41
"""How often the surroundings of a peak are looked at more closely, and at how many frequencies."""


class Periodogram(NamedTuple):
    """Lomb-Scargle powers of each band and of all, at the same frequencies."""

    grid: Array
    """Frequencies, 1/day."""
    models: dict[str, LombScargle]
    powers: dict[str, Array]
    """Of each band."""
    weights: dict[str, float]
    """What each band counts."""

    def together(self) -> Array:
        """The powers of all bands together."""
        return sum(weight * self.powers[band] for band, weight in self.weights.items()) + 0.0 * self.grid

    def power(self, at: Array, bands: Collection[str]) -> Array:
        """The powers of some bands together, at other frequencies."""
        import numpy as np

        total = sum(self.weights[band] for band in bands) or 1.0
        found = np.zeros(len(at))
        for band in bands:
            found += self.weights[band] / total * np.nan_to_num(self.models[band].power(at, method="cython"))
        return found


def periodogram(asked: Request, tell: Callable[[Progress], None]) -> Periodogram:
    """The periodogram of each band and of all.

    That of all is astropy's `LombScargleMultiband` with `method="fast"`: those of the bands, each weighted by the sum
    of its squared powers (VanderPlas & Ivezic 2015, ApJ 812, 18, and astropy's `mbfast_impl`). Here they are made one
    after the other and in pieces, so that one sees how far it is.

    Args:
        asked: What to do.
        tell: Called after each piece.
    """
    import numpy as np
    from astropy.timeseries import LombScargle

    method = "fastnifty" if _has_nifty() else "fast"
    first = asked.samples[0].mjd
    start, number, step = frequencies(asked.samples[-1].mjd - first, asked.shortest, asked.longest)
    grid: Array = np.add(start, step * np.arange(number, dtype=np.float64), dtype=np.float64)
    bands = in_order(sample.band for sample in asked.samples)
    total, done = number * len(bands), 0
    tell(Progress(0, total))
    models: dict[str, LombScargle] = {}
    powers: dict[str, Array] = {}
    for band in bands:
        own = [sample for sample in asked.samples if sample.band == band]
        models[band] = LombScargle(
            np.array([sample.mjd - first for sample in own]),
            np.array([sample.flux for sample in own]),
            np.array([sample.err for sample in own]),
        )
        powers[band] = np.empty(number)
        for low in range(0, number, CHUNK):
            piece = grid[low : low + CHUNK]
            powers[band][low : low + CHUNK] = models[band].power(piece, method=method, assume_regular_frequency=True)
            done += len(piece)
            tell(Progress(done, total))
        np.nan_to_num(powers[band], copy=False, nan=0.0, posinf=0.0, neginf=0.0)
    squares = {band: float(np.sum(powers[band] ** 2)) for band in bands}
    sum_of_all = sum(squares.values())
    weights = {band: square / sum_of_all if sum_of_all > 0 else 1 / len(bands) for band, square in squares.items()}
    return Periodogram(grid, models, powers, weights)


def search(asked: Request, tell: Callable[[Progress], None]) -> Found:
    """Find the best periods.

    Args:
        asked: What to do; the samples are in order of time.
        tell: Called now and then.
    """
    import numpy as np

    made = periodogram(asked, tell)
    span = asked.samples[-1].mjd - asked.samples[0].mjd
    step = float(made.grid[1] - made.grid[0])

    def best_of(power: Array, bands: Collection[str], number: int) -> list[Candidate]:
        places = islice(_peaks(power, step * span), number)
        found = [_zoomed(float(made.grid[place]), step, lambda at: made.power(at, bands)) for place in places]
        return sorted(found, key=lambda one: -one.power)  # peaks as high as one another may change places

    best = best_of(made.together(), made.powers, BEST)
    alone = {band: one for band, power in made.powers.items() for one in best_of(power, [band], 1)}
    own = {band: [sample for sample in asked.samples if sample.band == band] for band in made.powers}
    chances = {
        band: false_alarm(float(made.power(np.array([1 / best[0].period]), [band])[0]), taken, float(made.grid[-1]))
        for band, taken in own.items()
        if best and len(taken) >= GUESS_POINTS
    }
    by = min(chances, key=lambda band: chances[band], default="")
    points = {band: len(taken) for band, taken in own.items()}
    return Found(best, alone, points, span, len(made.grid), chances.get(by), by)


def _has_nifty() -> bool:
    """Whether the faster of two ways is there; importing it tells astropy of it."""
    try:
        import nifty_ls  # noqa: F401
    except ImportError:
        return False
    return True


def _peaks(power: Array, width: float) -> Iterator[int]:
    """The places of the highest peaks, the highest first, none within a peak's width of a higher one.

    Args:
        power: The periodogram.
        width: Peaks in a step of it; one over it is the steps in a peak.
    """
    import numpy as np

    is_peak = np.ones(len(power), dtype=bool)
    is_peak[1:] &= power[1:] > power[:-1]
    is_peak[:-1] &= power[:-1] >= power[1:]
    places = np.flatnonzero(is_peak)
    chosen: list[int] = []
    for place in places[np.argsort(power[places])[::-1]]:
        if all(abs(int(place) - other) * width > 1 for other in chosen):
            chosen.append(int(place))
            yield chosen[-1]


def _zoomed(frequency: float, step: float, power: Callable[[Array], Array]) -> Candidate:
    """The top of a peak, between the steps of the grid."""
    import numpy as np

    reach, best = step, 0.0
    for _ in range(ZOOMS):
        near = np.linspace(max(frequency - reach, 1e-9), frequency + reach, ZOOMED)
        found = power(near)
        index = int(np.argmax(found))
        frequency, best, reach = float(near[index]), float(found[index]), reach / (ZOOMED - 1) * 2
    return Candidate(1 / frequency, best)


def main() -> None:
    """Do one search; report what happened, whatever it was."""
    encoder = msgspec.json.Encoder()

    def tell(message: Progress | Found | Failed) -> None:
        sys.stdout.buffer.write(encoder.encode(message) + b"\n")
        sys.stdout.buffer.flush()

    line = sys.stdin.buffer.readline()
    threading.Thread(target=_leave_with_the_asker, daemon=True).start()
    os.nice(NICE)
    try:
        tell(search(msgspec.json.decode(line, type=Request), tell))
    except Exception as error:  # noqa: BLE001  whatever it is, it is told to the observer
        tell(Failed(f"{type(error).__name__}: {error}"))


def _leave_with_the_asker() -> None:
    """Wait for the end of the input, then end at once."""
    sys.stdin.buffer.read()
    os._exit(1)


if __name__ == "__main__":
    main()
