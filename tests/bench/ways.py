"""The ways of reading a topic, each a process of its own, measured on a broker that this fills."""

from __future__ import annotations

import itertools
import json
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.bench import messages, peer
from tests.bench.messages import Original
from tests.bench.processes import Measured, measure
from tests.kafka.broker import KafkaBroker
from tests.running import command, environment

PARTITIONS = 10
"""As Fink's topics for LSST have."""

DAMAGED_EVERY = 100
"""One message of so many is damaged."""

RUN_TIMEOUT = 3600.0
"""Seconds after which a measured program is killed."""


def say(words: str) -> None:
    """Say on stderr what goes on."""
    print(words, file=sys.stderr, flush=True)


@dataclass(frozen=True, kw_only=True)
class Run:
    """A way of reading a topic, measured."""

    way: str
    count: int
    seconds: float
    cpu_seconds: float
    peak_bytes: int
    receiving_seconds: float = 0.0
    """By the program's own clock, which begins after its start: only `fink-tui ingest` tells."""
    quarantined: int = 0

    @property
    def rate(self) -> float:
        """Alerts a second."""
        return self.count / self.seconds


@dataclass(frozen=True)
class Topic:
    """A filled topic."""

    survey: str
    name: str
    count: int
    mean_bytes: float
    """Of a message's value."""

    is_damaged: bool
    """Whether some of its messages are."""


class Bench:
    """One run of the benchmark, on a broker and a disk.

    Args:
        broker: A running one.
        client: The Python of fink-client's environment.
        folder: Where stores and fink-client's files are put, for the time of a run.
    """

    def __init__(self, broker: KafkaBroker, client: Path, folder: Path) -> None:
        self.faults: list[str] = []
        self.client_version = ""
        self._broker = broker
        self._client = client
        self._folder = folder
        self._groups = itertools.count(1)

    def fill(self, survey: str, originals: list[Original], count: int, *, damaged: bool = False) -> Topic:
        """A new topic with so many messages."""
        name = f"fink_bench_{'damaged' if damaged else 'good'}_{count}_{survey}"
        say(f"filling {name} with {count:,} messages")
        self._broker.create_topic(name, PARTITIONS)
        made = messages.repeated(originals, count, PARTITIONS)
        if damaged:
            _, others = messages.originals("lsst" if survey == "ztf" else "ztf")
            made = messages.damaged(made, DAMAGED_EVERY, others[0].key)
        size = 0
        for chunk in messages.chunks(made):
            self._broker.produce(name, chunk)
            size += sum(len(value) for _, value, _ in chunk)
        return Topic(survey, name, count, size / count, damaged)

    def ingest(self, topic: Topic) -> Run:
        """`fink-tui ingest`, into a store of its own; from its start to its exit."""
        say(f"{topic.name}: fink-tui ingest")
        with tempfile.TemporaryDirectory(prefix="fink-tui-bench-", dir=self._folder) as home:
            source = ("--survey", topic.survey, *self._source(topic))
            done = self._measure(Path(home), command("ingest", "--until-end", "--json", *source))
        found = json.loads(done.stdout.splitlines()[-1])
        is_whole = found["received"] == topic.count == found["stored"] + found["quarantined"]
        if not is_whole or bool(found["quarantined"]) is not topic.is_damaged:
            self.faults.append(f"{topic.name}: of {topic.count:,} messages came {found}.")
        return Run(
            way="fink-tui ingest",
            count=topic.count,
            seconds=done.seconds,
            cpu_seconds=done.cpu_seconds,
            peak_bytes=done.peak_bytes,
            receiving_seconds=found["seconds"],
            quarantined=found["quarantined"],
        )

    def read(self, way: str, topic: Topic, count: int) -> Run:
        """So many messages by another way: `poll` and `poll_and_write` are fink-client's, `receive` keeps nothing."""
        say(f"{topic.name}: {way}, {count:,} messages")
        executable = sys.executable if way == "receive" else str(self._client)
        source = ("--survey", topic.survey, "--count", str(count - 1), *self._source(topic))
        with tempfile.TemporaryDirectory(prefix="fink-tui-bench-", dir=self._folder) as home:
            done = self._measure(Path(home), [executable, "-I", str(Path(peer.__file__).resolve()), way, *source])
        found = json.loads(done.stdout.splitlines()[-1])
        self.client_version = found["version"] or self.client_version
        name = "receiving alone, nothing kept" if way == "receive" else f"fink-client {way}"
        return Run(
            way=name,
            count=count - 1,
            seconds=found["seconds"],
            cpu_seconds=found["cpu_seconds"],
            peak_bytes=done.peak_bytes,
        )

    def _source(self, topic: Topic) -> tuple[str, ...]:
        group = f"bench-{next(self._groups)}"
        return ("--servers", self._broker.bootstrap, "--group", group, "--topic", topic.name)

    def _measure(self, home: Path, line: list[str]) -> Measured:
        variables = environment(home) | {"TMPDIR": str(home)}
        variables.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed program is compiled
        return measure(line, variables, RUN_TIMEOUT)
