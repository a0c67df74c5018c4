"""How quick the screen is, as an observer meets it: `python -m tests.bench.screen`.

Everything is measured from outside, through a pseudo-terminal of 120 x 40, and compared within the run: with a minimal
program of Textual's, with a short list, with an idle screen, with another key.
"""

from __future__ import annotations

import json
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from fink_tui.store.outbox import Outbox
from fink_tui.store.pages import Pages
from fink_tui.store.store import Store
from fink_tui.store.telling import tell
from tests.app.pty_terminal import Answer, PtyTerminal
from tests.bench.filling import fill
from tests.bench.messages import chunks, originals, repeated
from tests.bench.program import (
    SIZE,
    free_port,
    is_there,
    median,
    minimal,
    p95,
    program,
    seconds_until,
    store_folder,
)
from tests.bench.table import table
from tests.kafka.broker import BrokerError, KafkaBroker

STARTS = 11
"""Starts of each program, by turns."""

FEW, MANY = 200, 100_000
"""Alerts of the two stores."""

ROUNDS = 3
"""How often the stores are measured, by turns."""

KEYS = 30
"""Keys of a kind and round."""

REST = 0.35
"""Seconds between two keys: the alert's curve has come by then."""

LAG = re.compile(r"lag [1-9]")
"""Alerts are waiting."""

FLOOD = 8_000
"""Messages that are waiting when it is flooded."""

SLOW = 5_000
"""Bytes a second of the slow line."""

WAITING = 1_000
"""Alerts that wait to be sent."""


class Row(NamedTuple):
    """A line of the table."""

    what: str
    measured: str
    compared: str
    ratio: float
    aim: float

    def cells(self) -> list[str]:
        return [self.what, self.measured, self.compared, f"{self.ratio:.2f}", f"{self.aim:g}"]


def ms(seconds: float) -> str:
    return f"{1000 * seconds:.0f} ms"


def answers(terminal: PtyTerminal, keys: str, count: int = KEYS) -> list[Answer]:
    """Type keys by turns, each when the last one's picture is complete."""
    found = []
    for number in range(count):
        answer = terminal.answer(keys[number % len(keys)])
        terminal.read_for(REST)
        if answer is not None:
            found.append(answer)
    return found


def starts(home: Path, port: int) -> Row:
    """From the start to a list that can be used, beside a minimal program's first picture."""
    ours, theirs = [], []
    for number in range(STARTS + 1):
        with minimal(home) as terminal:
            theirs.append(seconds_until(terminal, lambda terminal=terminal: "it is ready" in terminal.text()))  # type: ignore[misc]
        with program(home, f"127.0.0.1:{port}") as terminal:
            ours.append(seconds_until(terminal, lambda terminal=terminal: is_there(terminal)))  # type: ignore[misc]
        if not number:  # compiled now, and in the kernel's memory
            ours.clear()
            theirs.clear()
    found, compared = statistics.median(ours), statistics.median(theirs)
    return Row("start to a usable list / a minimal Textual app", ms(found), ms(compared), found / compared, 1.5)


def keys(homes: dict[int, Path], port: int) -> list[Row]:
    """A key to its last byte, in a long list and in a short one; a page and a line."""
    lines: dict[int, list[Answer]] = {count: [] for count in homes}
    pages: list[Answer] = []
    for _ in range(ROUNDS):
        for count, home in homes.items():
            with program(home, f"127.0.0.1:{port}") as terminal:
                terminal.until(lambda terminal=terminal: is_there(terminal))  # type: ignore[misc]
                terminal.read_for(3)
                answers(terminal, "g", 1)
                lines[count] += answers(terminal, "j")
                if count == max(homes):
                    pages += answers(terminal, "\x04")
    few, many = p95(lines[min(homes)]), p95(lines[max(homes)])
    line, page = median(lines[max(homes)]), median(pages)
    return [
        Row(f"a key, p95, in {max(homes):,} alerts / in {min(homes)}", ms(many), ms(few), many / few, 1.5),
        Row("a page down / a line down, median", ms(page), ms(line), page / line, 2.0),
    ]


def flooded(quiet: Path, loud: Path) -> list[Row]:
    """A key while alerts come as fast as they can be kept, beside the same key where none come."""
    _, some = originals("ztf")
    with KafkaBroker() as broker:
        broker.start()
        broker.create_topic("fink_quiet", 4)
        broker.create_topic("fink_flood", 4)
        for chunk in chunks(repeated(some, FLOOD, 4)):
            broker.produce("fink_flood", chunk)
        with program(quiet, broker.bootstrap, "fink_quiet") as terminal:
            terminal.until(lambda: is_there(terminal) and "connected" in terminal.text())
            terminal.read_for(3)
            idle = [answer for _ in range(2 * KEYS) for answer in hurried(terminal)]
        with program(loud, broker.bootstrap, "fink_flood") as terminal:
            terminal.until(lambda: is_there(terminal) and LAG.search(terminal.text()) is not None)
            busy: list[Answer] = []
            said = ""
            while LAG.search(terminal.text()) and len(busy) < 2 * KEYS:
                said = said or terminal.text().splitlines()[0]
                busy += hurried(terminal)
            said += " ... " + terminal.text().splitlines()[0]
    print(f"{len(busy)} keys while flooded; the status line said: {' '.join(said.split())}", file=sys.stderr)
    return [
        Row("a key, p95, while ingesting flat out / idle", ms(p95(busy)), ms(p95(idle)), p95(busy) / p95(idle), 3.0)
    ]


def wait_to_be_sent(home: Path, port: int) -> None:
    """Let alerts of a store wait for a TOM that does not answer."""
    folder = home / "fink-tui" / "config"
    folder.mkdir(parents=True)
    (folder / "token").write_text("0" * 40)
    (folder / "token").chmod(0o600)
    tom = {"name": "ourtom", "kind": "tom", "url": f"http://127.0.0.1:{port}/", "token_file": str(folder / "token")}
    (folder / "config.yml").write_text(json.dumps({"receivers": [tom]}))
    with Store(store_folder(home)) as store, closing(Pages(store.database)) as pages:
        outbox = Outbox(store.database)
        for number in range(1, WAITING + 1):
            stored = pages.alert(number)
            assert stored is not None
            outbox.enqueue("ourtom", tell(store, stored).told, alert=number).result()


def sending(quiet: Path, loud: Path, port: int) -> list[Row]:
    """A key while many sends wait and are tried, beside the same key without; and the list of them."""
    found: dict[Path, list[Answer]] = {quiet: [], loud: []}
    rows: list[Answer] = []
    for _ in range(ROUNDS):
        for home in found:
            with program(home, f"127.0.0.1:{port}") as terminal:
                terminal.until(lambda terminal=terminal: is_there(terminal))  # type: ignore[misc]
                if home == loud:
                    words = f"{WAITING:,} to send"
                    terminal.until(lambda terminal=terminal, words=words: words in terminal.text())  # type: ignore[misc]
                terminal.read_for(3)
                answers(terminal, "g", 1)
                found[home] += answers(terminal, "j")
                if home == loud:
                    terminal.send("4")
                    terminal.until(lambda terminal=terminal: "entries" in terminal.text())  # type: ignore[misc]
                    terminal.read_for(1)
                    rows += answers(terminal, "k")
    plain, busy = p95(found[quiet]), p95(found[loud])
    return [
        Row(f"a key, p95, while {WAITING:,} sends wait / without", ms(busy), ms(plain), busy / plain, 1.5),
        Row("a key, p95, in the list of these / in that of alerts", ms(p95(rows)), ms(busy), p95(rows) / busy, 1.5),
    ]


def hurried(terminal: PtyTerminal) -> list[Answer]:
    """Down a line and up again, with no rest in which a curve would come."""
    found = [terminal.answer(key) for key in "kj"]
    return [answer for answer in found if answer is not None]


def slow(home: Path, port: int) -> list[list[str]]:
    """How long a key waits on a slow line until the cursor has moved on the screen, and what it costs."""
    rows = []
    for name, rate, answers_ in (("fast", 0, True), ("slow", SLOW, True), ("slow, does not answer", SLOW, False)):
        with program(home, f"127.0.0.1:{port}", size=(80, 24), answers=answers_) as terminal:
            terminal.until(lambda terminal=terminal: is_there(terminal))  # type: ignore[misc]
            terminal.until_silent()
            terminal.rate = rate
            size, waits = len(terminal.output), []
            for pause in [0.2] * KEYS + [0.0] * KEYS:
                row, began = cursor(terminal), time.monotonic()
                terminal.send("k")
                terminal.until(lambda terminal=terminal, row=row: cursor(terminal) not in ("", row))  # type: ignore[misc]
                waits.append(time.monotonic() - began)
                terminal.read_for(pause)
            terminal.until_silent()
            cost = (len(terminal.output) - size) / len(waits)
            rows.append([name, f"{cost:.0f}", ms(statistics.median(waits)), ms(max(waits)), "1000 ms"])
    return rows


def cursor(terminal: PtyTerminal) -> str:
    """The line under the cursor."""
    return next((line for line in terminal.text().splitlines() if line.startswith(" >")), "")


def main(arguments: Sequence[str]) -> None:
    """Measure what is named, or everything: start, keys, send, flood, slow."""
    wanted = set(arguments) or {"start", "keys", "send", "flood", "slow"}
    with tempfile.TemporaryDirectory(prefix="fink-bench-") as folder:
        homes = {count: Path(folder) / str(count) for count in (FEW, MANY)}
        for count, home in homes.items():
            fill(store_folder(home), count)
        fill(store_folder(Path(folder) / "flooded"), FEW)
        port = free_port()
        rows: list[Row] = []
        if "start" in wanted:
            rows.append(starts(homes[FEW], port))
        if "keys" in wanted:
            rows += keys(homes, port)
        if "send" in wanted:
            both = [Path(folder) / name for name in ("quiet", "loud")]
            for home in both:
                fill(store_folder(home), WAITING + FEW)
            wait_to_be_sent(both[1], free_port())
            rows += sending(*both, port)
        if "flood" in wanted:
            try:
                rows += flooded(homes[FEW], Path(folder) / "flooded")
            except BrokerError as error:
                print(f"not measured while ingesting: {error}", file=sys.stderr)
        if rows:
            header = ["", "measured", "compared", "ratio", "at most"]
            print(table(f"screen, {SIZE[0]} x {SIZE[1]}", header, [row.cells() for row in rows]))
        if "slow" in wanted:
            title = f"a line of {SLOW / 1000:g} kB/s, 80 x 24: from a key to the cursor in its new place"
            header = ["terminal", "bytes a key", "median", "longest", "at most"]
            print(table(title, header, slow(homes[FEW], port)))


if __name__ == "__main__":
    main(sys.argv[1:])
