"""How soon a large answer of Fink's is a list of alerts: `python -m tests.bench.search`.

An answer of many rows, as wide as Fink's own (ZTF `objects`: some 136 columns), is given by a server on loopback, and
a search takes it in, as one on the screen does. Held against `json.loads` of the same body, all in one run, for
machines differ: the ratios count. Also how long another thread, such as the screen's, had to wait meanwhile.
Exit status 1 if an alert is missing.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import platform
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fink_tui.config import Search
from fink_tui.search.http.client import Client
from fink_tui.search.line.understood import Understood
from fink_tui.search.outcome import Outcome
from fink_tui.search.question import Question
from fink_tui.search.searching import Searching
from fink_tui.store.store import Store
from tests.bench.table import table
from tests.fink_api import sky
from tests.fink_api.reply import cell
from tests.search.scripted import answer, serving

AIM_FIRST, AIM_ALL = 1.0, 3.0
"""How many times as long as `json.loads` until the first alerts, and until all."""

TICK = 0.002
"""Seconds between two ticks of the thread that measures how long others wait."""


class Waits(threading.Thread):
    """A thread that wants to run often, as a screen's does, and notes how long it was kept from it."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.over = threading.Event()
        self.late: list[float] = []

    def run(self) -> None:
        before = time.perf_counter()
        while not self.over.wait(TICK):
            now = time.perf_counter()
            self.late.append(now - before - TICK)
            before = now

    def end(self) -> list[float]:
        """The waits, seconds, the longest last."""
        self.over.set()
        self.join()
        return sorted(self.late)


def rows_of(survey: str) -> list[dict[str, Any]]:
    """Rows as wide as Fink's own, of the stand-in's sky: all columns that any of them has."""
    alerts = sky.ztf() if survey == "ztf" else sky.lsst()
    columns = dict.fromkeys(name for alert in alerts for name in alert.row)
    return [{name: cell(alert.row.get(name)) for name in columns} for alert in alerts]


def body(survey: str, count: int) -> bytes:
    """An answer of so many rows, each alert another one."""
    patterns, made = rows_of(survey), []
    for number in range(count):
        row = dict(patterns[number % len(patterns)])
        if survey == "ztf":
            letters = "".join(chr(97 + number // 26**place % 26) for place in range(7))
            row |= {"i:candid": 3_400_000_000_000_000_000 + number, "i:objectId": f"ZTF26{letters}"}
            row |= {"v:classification": "SN candidate", "v:lastdate": "2026-11-19 03:00:00.000"}
        else:
            row |= {
                "r:diaSourceId": 170_000_000_000_000_000 + number,
                "r:diaObjectId": 169_000_000_000_000_000 + number,
            }
        made.append(row)
    return json.dumps(made, separators=(",", ":")).encode()


def question(survey: str) -> Question:
    if survey == "ztf":
        return Question.of("ztf", "objects", objectId="ZTF26aaaaaaa")
    return Question.of("lsst", "sources", diaObjectId="170000000000000000")


def timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def search(survey: str, content: bytes, count: int) -> dict[str, float]:
    """One search: seconds until the answer is there, until the first alerts, until all, and the longest waits."""
    packed = gzip.compress(content, 1)
    at: dict[str, float] = {}

    with (
        tempfile.TemporaryDirectory() as folder,
        Store(Path(folder)) as store,
        serving(answer(packed, 200, "Content-Encoding: gzip")) as server,
    ):
        client = Client(Search(ztf=server.url, lsst=server.url, most_mb=1000))
        searching = Searching(store, client, store.answers())
        keep = searching.answers.keep

        def kept(*arguments: Any) -> Any:
            found = keep(*arguments)
            at["there"] = time.perf_counter()
            return found

        searching.answers.keep = kept  # type: ignore[method-assign]

        def report(outcome: Outcome) -> None:
            if outcome.ids:
                at.setdefault("first", time.perf_counter())

        waits = Waits()
        waits.start()
        outcome = searching.run(Understood(questions=(question(survey),)), report, lambda: False)
        at["all"] = time.perf_counter()
        late = waits.end()
        if len(outcome.ids) != count:
            print(f"{survey}: {len(outcome.ids)} of {count} alerts. {outcome.parts}", file=sys.stderr)
            raise SystemExit(1)
    return {
        "first": at["first"] - at["there"],
        "all": at["all"] - at["there"],
        "99 %": late[int(0.99 * len(late))],
        "longest": late[-1],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--survey", choices=("ztf", "lsst"), action="append")
    parser.add_argument("--times", type=int, default=3, help="of which the best counts")
    options = parser.parse_args()
    lines = []
    for survey in options.survey or ("ztf", "lsst"):
        content = body(survey, options.rows)
        columns = len(json.loads(content)[0])
        loads = min(timed(lambda content=content: json.loads(content)) for _ in range(options.times))  # type: ignore[misc]
        runs = [search(survey, content, options.rows) for _ in range(options.times)]
        best = {name: min(run[name] for run in runs) for name in runs[0]}
        lines.append(
            [
                survey.upper(),
                f"{options.rows:,} x {columns}",
                f"{len(content) / 1e6:.0f}",
                f"{loads:.2f}",
                f"{best['first']:.2f} ({best['first'] / loads:.2f}x)",
                f"{best['all']:.2f} ({best['all'] / loads:.2f}x)",
                f"{1000 * best['99 %']:.0f}",
                f"{1000 * best['longest']:.0f}",
            ]
        )
    heads = ["survey", "answer", "MB", "json.loads, s", "first alerts, s", "all, s", "wait 99 %, ms", "longest, ms"]
    machine = f"Python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    print(table(f"An answer of Fink's as alerts; {machine}", heads, lines))
    print(f"Aims: the first within {AIM_FIRST:g}x, all within {AIM_ALL:g}x of json.loads.")


if __name__ == "__main__":
    main()
