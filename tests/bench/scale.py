"""A store of a million alerts beside one of a thousand: `python -m tests.bench.scale`."""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

from tests.app.pty_terminal import PtyTerminal
from tests.bench.filling import fill
from tests.bench.program import free_port, is_there, median, peak_bytes, program, seconds_until, store_folder
from tests.bench.table import table

FEW, MANY = 1_000, 1_000_000
"""Alerts of the two stores, all of this night."""

STARTS = 7
"""Starts on each, by turns."""

KEYS = {
    "j: a line down": "j",
    "ctrl+d: a page down": "\x04",
    "G: to the newest, and g: to the first": "Gg",
    "a: all nights, and back": "a",
}
"""What is typed, by turns."""

COUNT = 20
"""Keys of a kind."""

REST = 0.35
"""Seconds between two keys."""


def measured(terminal: PtyTerminal) -> list[float]:
    """Seconds of the kinds of keys, medians."""
    terminal.until(lambda: is_there(terminal))
    terminal.read_for(3)
    terminal.answer("g")
    found = []
    for keys in KEYS.values():
        answers = []
        for number in range(COUNT):
            answer = terminal.answer(keys[number % len(keys)])
            terminal.read_for(REST)
            if answer is not None:
                answers.append(answer)
        found.append(median(answers))
    return found


def main() -> None:
    """Fill both, measure by turns, print."""
    with tempfile.TemporaryDirectory(prefix="fink-bench-") as folder:
        homes = {count: Path(folder) / str(count) for count in (FEW, MANY)}
        for count, home in homes.items():
            fill(store_folder(home), count)
        servers = f"127.0.0.1:{free_port()}"
        starts: dict[int, list[float]] = {count: [] for count in homes}
        for _ in range(STARTS):
            for count, home in homes.items():
                with program(home, servers) as terminal:
                    starts[count].append(seconds_until(terminal, lambda terminal=terminal: is_there(terminal)))  # type: ignore[misc]
        times, memory = {}, {}
        for count, home in homes.items():
            with program(home, servers) as terminal:
                times[count] = [statistics.median(starts[count]), *measured(terminal)]
                memory[count] = peak_bytes(terminal)
    rows = [
        [name, f"{1000 * few:.0f} ms", f"{1000 * many:.0f} ms", f"{1000 * (many - few):+.0f} ms", aim]
        for name, few, many, aim in zip(
            ["start to a usable list", *KEYS], times[FEW], times[MANY], ["+100 ms", *[""] * len(KEYS)], strict=True
        )
    ]
    rows.append(["memory", f"{memory[FEW] / 1e6:.0f} MB", f"{memory[MANY] / 1e6:.0f} MB", "", "300 MB"])
    print(table("scale", ["", f"{FEW:,} alerts", f"{MANY:,} alerts", "difference", "at most"], rows))


if __name__ == "__main__":
    main()
