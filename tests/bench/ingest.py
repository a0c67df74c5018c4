"""How fast alerts are received, kept, synced and indexed, beside fink-client: `python -m tests.bench.ingest`.

A real Apache Kafka is filled with real alerts, each repeat with an id of its own, and read again and again by new
consumer groups: by `fink-tui ingest` from its start to its exit, and by fink-client from its first alert on. All on one
machine and in one run, for machines differ: the ratios count. It needs Java, Maven, about 6 GB of disk and, the first
time, a network for Maven and pip. Exit status 1 if an alert is missing.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench import messages, peer_environment
from tests.bench.disk import file_system, writing_rate
from tests.bench.processes import FailedError, own_peak_bytes
from tests.bench.table import table
from tests.bench.ways import DAMAGED_EVERY, Bench, Run, Topic, say
from tests.kafka.broker import BrokerError, KafkaBroker

TITLES = {"ztf": "ZTF", "lsst": "LSST"}

DAMAGE_COUNTS = {"ztf": 5_000, "lsst": 1_000}
"""How many messages, at most, are read to see what damage costs."""

AIMS = {"ztf": (30, 10), "lsst": (60, 20)}
"""How many times as fast as `poll_and_write`, and as `poll`."""

AIM_BYTES = 400_000_000
"""The most memory that receiving may take."""

AIM_DAMAGED = 1.1
"""The most time that receiving may take with damaged messages, in that without."""


def fastest(runs: list[Run]) -> Run:
    """The best of several: what other programs did meanwhile only ever takes time."""
    return min(runs, key=lambda run: run.seconds)


def cells(topic: Topic, way: str, run: Run, seconds: float, write: Run, poll: Run) -> list[str]:
    """A row of the table of rates."""
    rate = run.count / seconds
    return [
        TITLES[topic.survey],
        way,
        f"{run.count:,}",
        f"{rate:,.0f}" if rate > 100 else f"{rate:.1f}",
        f"{rate / write.rate:.1f}",
        f"{rate / poll.rate:.1f}",
        f"{rate * topic.mean_bytes / 1e6:.1f}",
        f"{1000 * run.cpu_seconds / run.count:.2f}",
        ("<" if run.peak_bytes <= own_peak_bytes() else "") + f"{run.peak_bytes / 1e6:.0f}",
    ]


RATES = ["survey", "way", "alerts", "alerts/s", "x poll_and_write", "x poll", "MB/s", "CPU ms/alert", "peak MB"]
DAMAGE = ["survey", "messages", "quarantined", "s clean", "s damaged", "ratio", "CPU ratio"]


def rates(bench: Bench, topic: Topic, client_count: int, rounds: int, disk: float) -> tuple[list[list[str]], list[str]]:
    """Measure every way of reading a topic.

    Args:
        bench: Where.
        topic: What is read.
        client_count: How many alerts fink-client reads.
        rounds: How often each way is measured; the best counts.
        disk: What the disk takes, bytes a second.

    Returns:
        Rows of the table of rates, and sentences: what was reached, and what bounds it.
    """
    runs: dict[str, list[Run]] = {}
    for _ in range(rounds):
        for run in (
            bench.read("poll_and_write", topic, client_count),
            bench.read("poll", topic, client_count),
            bench.ingest(topic),
            bench.read("receive", topic, topic.count),
        ):
            runs.setdefault(run.way, []).append(run)
    write, poll, ours, receive = map(fastest, runs.values())
    peak = max(run.peak_bytes for run in runs[ours.way])
    rows = [cells(topic, run.way, run, run.seconds, write, poll) for run in (write, poll, ours)]
    rows.append(cells(topic, "  without its start and end", ours, ours.receiving_seconds, write, poll))
    rows.append(cells(topic, receive.way, receive, receive.seconds, write, poll))
    cpu = write.cpu_seconds / write.count / (ours.cpu_seconds / ours.count)
    title, (aim_write, aim_poll) = TITLES[topic.survey], AIMS[topic.survey]
    return rows, [
        f"{title}: {ours.rate / write.rate:.1f}x poll_and_write (aim {aim_write}), {ours.rate / poll.rate:.1f}x poll "
        f"(aim {aim_poll}); at most {peak / 1e6:.0f} MB (aim {AIM_BYTES / 1e6:.0f}).",
        f"{title}: an alert takes poll_and_write {cpu:.1f}x the processor time that it takes ingest, start included.",
        f"{title}: it keeps {ours.cpu_seconds / ours.seconds:.2f} of {os.cpu_count()} processors busy. Receiving alone "
        f"gives {receive.rate:,.0f} alerts/s, writing and syncing alone {disk / topic.mean_bytes:,.0f}.",
    ]


def damage(bench: Bench, clean: Topic, damaged: Topic, rounds: int) -> tuple[list[str], str]:
    """Measure what damaged messages cost, alternating with as many good ones; by ingest's own clock."""
    runs: list[tuple[Run, Run]] = [(bench.ingest(clean), bench.ingest(damaged)) for _ in range(rounds)]
    good, bad = (min(pair[which].receiving_seconds for pair in runs) for which in (0, 1))
    good_cpu, bad_cpu = (min(pair[which].cpu_seconds for pair in runs) for which in (0, 1))
    title, quarantined = TITLES[clean.survey], runs[0][1].quarantined
    row = [title, f"{clean.count:,}", f"{quarantined:,}", f"{good:.2f}", f"{bad:.2f}"]
    return (
        [*row, f"{bad / good:.2f}", f"{bad_cpu / good_cpu:.2f}"],
        f"{title}: with {100 / DAMAGED_EVERY:g} % damaged it takes {bad / good:.2f}x the time (aim {AIM_DAMAGED}).",
    )


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.ingest", description=__doc__)
    parser.add_argument("--ztf", type=int, default=20_000, metavar="N", help="alerts of ZTF (%(default)s); 0: none")
    parser.add_argument("--lsst", type=int, default=2_000, metavar="N", help="alerts of LSST (%(default)s); 0: none")
    parser.add_argument(
        "--client-ztf", type=int, default=1_000, metavar="N", help="ZTF alerts for fink-client (%(default)s)"
    )
    parser.add_argument(
        "--client-lsst", type=int, default=100, metavar="N", help="LSST alerts for fink-client (%(default)s)"
    )
    parser.add_argument(
        "--rounds", type=int, default=2, metavar="N", help="measure all so often, take the best (%(default)s)"
    )
    parser.add_argument("--quick", action="store_true", help="small numbers, once: to see that it works")
    parser.add_argument(
        "--client-env",
        type=Path,
        default=peer_environment.default_folder(),
        metavar="DIR",
        help=f"an environment with fink-client {peer_environment.VERSION}; made if it is not there (%(default)s)",
    )
    parser.add_argument(
        "--folder",
        type=Path,
        default=Path(tempfile.gettempdir()),
        metavar="DIR",
        help="where Kafka's logs and the stores are, on a real disk (%(default)s)",
    )
    given = parser.parse_args()
    if given.quick:
        given.ztf, given.lsst, given.client_ztf, given.client_lsst, given.rounds = 1_000, 200, 200, 40, 1
    if not given.ztf and not given.lsst:
        parser.error("there is nothing to measure: --ztf and --lsst are both 0")
    for survey in TITLES:
        count, client = getattr(given, survey), getattr(given, f"client_{survey}")
        if count and count < DAMAGED_EVERY:
            parser.error(f"--{survey} must be 0, or at least {DAMAGED_EVERY}")
        if client < 2:
            parser.error(f"--client-{survey} must be at least 2")
    if given.rounds < 1:
        parser.error("--rounds must be at least 1")
    if not given.folder.is_dir():
        parser.error(f"--folder {given.folder} is not a folder")
    return given


def measured(given: argparse.Namespace, bench: Bench) -> Iterator[str]:
    """Measure all that was asked for; yields what is to be printed."""
    disk = writing_rate(given.folder)
    rows, damage_rows, words = [], [], []
    kinds = []
    for survey in TITLES:
        count = getattr(given, survey)
        if not count:
            continue
        kind, originals = messages.originals(survey)
        kinds.append(f"{len(originals)} {kind} alerts of {TITLES[survey]}")
        topic = bench.fill(survey, originals, count)
        client_count = min(getattr(given, f"client_{survey}"), count)
        found, sentences = rates(bench, topic, client_count, given.rounds, disk)
        rows += found
        words += sentences
        some = min(count, DAMAGE_COUNTS[survey])
        clean = topic if some == count else bench.fill(survey, originals, some)
        row, sentence = damage(bench, clean, bench.fill(survey, originals, some, damaged=True), given.rounds)
        damage_rows.append(row)
        words.append(sentence)
    title = (
        f"{', '.join(kinds)}, repeated; fink-client {bench.client_version}; Python "
        f"{platform.python_version()}, {os.cpu_count()} processors, {file_system(given.folder)}; "
        f"the best of {given.rounds}"
    )
    yield table(title, RATES, rows)
    yield table("The same with damaged messages among them, by ingest's own clock", DAMAGE, damage_rows)
    yield "\n".join(words)


def main() -> int:
    """Run the benchmark."""
    given = arguments()
    if file_system(given.folder) == "tmpfs":
        say(f"{given.folder} is in memory: there, syncing costs nothing. --folder takes a folder on a disk.")
    tempfile.tempdir = str(given.folder)  # the broker's folder, too
    began = time.monotonic()
    try:
        say(f"looking for fink-client {peer_environment.VERSION} in {given.client_env}")
        client = peer_environment.python(given.client_env)
        with KafkaBroker() as broker:
            bench = Bench(broker, client, given.folder)
            for part in measured(given, bench):
                print(part)
    except (BrokerError, FailedError, OSError) as error:
        say(str(error))
        return 1
    for fault in bench.faults:
        say(fault)
    say(f"{time.monotonic() - began:.0f} s in all")
    return 1 if bench.faults else 0


if __name__ == "__main__":
    sys.exit(main())
