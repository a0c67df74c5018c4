"""How fast altitudes and hours left of many places are told, beside PyEphem alone: `python -m tests.bench.sky`."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from random import Random

from fink_tui.sky.observatories import observatory
from fink_tui.sky.twilight import observer
from fink_tui.sky.visibility import Overhead
from tests.bench.table import table

COUNT = 10_000
"""Places: the rows of a busy night."""

ROUNDS = 5
"""How often each is measured; the best counts."""

AIM = 0.2
"""Seconds that all altitudes may take."""


def seconds(task: Callable[[], object]) -> float:
    """How long something takes."""
    found = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        task()
        found.append(time.perf_counter() - began)
    return min(found)


def main() -> None:
    """Measure, and print."""
    import ephem

    random, site, now = Random(1), observatory("Rubin"), time.time()
    assert site is not None
    places = [(random.uniform(0, 360), math.degrees(math.asin(random.uniform(-1, 1)))) for _ in range(COUNT)]
    over = Overhead(site, now)

    def by_ephem() -> None:
        there, star = observer(site, now), ephem.FixedBody()
        for ra, dec in places:
            star._ra, star._dec, star._epoch = math.radians(ra), math.radians(dec), ephem.J2000
            star.compute(there)
            float(star.alt)

    tasks: dict[str, Callable[[], object]] = {
        "a moment of a site (once)": lambda: Overhead(site, now),
        "altitude": lambda: [over.altitude(*place) for place in places],
        "rising or setting": lambda: [over.is_rising(*place) for place in places],
        "hours left": lambda: [over.hours_left(*place) for place in places],
        "altitude, by PyEphem": by_ephem,
    }
    found = {name: seconds(task) for name, task in tasks.items()}
    rows = [[name, f"{1000 * taken:.1f}"] for name, taken in found.items()]
    print(table(f"{COUNT:,} places", ["what", "ms"], rows))
    all_of_it = sum(found[name] for name in list(tasks)[:4])
    print(f"Altitude, trend and hours left of all: {all_of_it:.3f} s (aim {AIM}).")


if __name__ == "__main__":
    main()
