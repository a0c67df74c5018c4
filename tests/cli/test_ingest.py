"""`fink-tui ingest` as a process, against a real Kafka: its words, its files, its end; and killed in the middle."""

from __future__ import annotations

import io
import itertools
import json
import os
import random
import signal
import sqlite3
import subprocess
from collections import Counter
from pathlib import Path

import fastavro
import pytest

from fink_tui.stream.demo import DemoAlert, alerts
from tests.fixtures_kafka import TopicFactory
from tests.kafka.broker import KafkaBroker
from tests.running import run, start, start_short_lived, wait_for

KILLS = 10
"""How often the ingest is killed in the normal run; `pytest -m long` kills it more often."""


def arguments(kafka: KafkaBroker, topic: str, *more: str) -> list[str]:
    servers = ["--survey", "ztf", "--servers", kafka.bootstrap, "--group", f"g-{topic}", "--topic", topic]
    return ["ingest", *servers, *more]


def produce(kafka: KafkaBroker, topic: str, some: list[DemoAlert]) -> None:
    kafka.produce(topic, [(alert.key, alert.value, number % 4) for number, alert in enumerate(some)])


def summary(done: subprocess.CompletedProcess[str]) -> dict[str, float]:
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def stored(home: Path) -> list[str]:
    path = home / "fink-tui" / "data" / "store.sqlite3"
    if not path.exists():
        return []
    connection = sqlite3.connect(path)
    try:
        return [row[0] for row in connection.execute("SELECT alert_id FROM alert")]
    except sqlite3.OperationalError:  # its tables are not made yet
        return []
    finally:
        connection.close()


def packet_bytes(home: Path) -> int:
    """Bytes of the packets' files, whether the database knows of them or not."""
    return sum(path.stat().st_size for path in (home / "fink-tui" / "data" / "packets").glob("*/*.avro"))


def journal_time(home: Path) -> int:
    """When the database's journal was written last, nanoseconds; 0 without one."""
    try:
        return (home / "fink-tui" / "data" / "store.sqlite3-wal").stat().st_mtime_ns
    except FileNotFoundError:
        return 0


class Moment:
    """A moment of an ingest: that many bytes of packets, or so many writes of the database's journal."""

    def __init__(self, home: Path, size: int, writes: int) -> None:
        self.home, self.size, self.writes = home, size, writes
        self.time = journal_time(home)

    def has_come(self) -> bool:
        if (now := journal_time(self.home)) != self.time:
            self.time, self.writes = now, self.writes - 1
        return self.writes <= 0 or packet_bytes(self.home) >= self.size


def packets(home: Path) -> list[bytes]:
    """The datum of every block on the disk, by fastavro: each file must be good to its end."""
    found = []
    for path in sorted((home / "fink-tui" / "data" / "packets").glob("*/*.avro")):
        with path.open("rb") as file:
            for block in fastavro.block_reader(file):
                assert block.num_records == 1
                found.append(block.bytes_.getvalue())
    return found


def test_summary_files_and_lines(
    kafka: KafkaBroker, kafka_topic: TopicFactory, tmp_path: Path, demo_alerts: list[DemoAlert]
) -> None:
    topic, some = kafka_topic(), demo_alerts[:10]
    produce(kafka, topic, some)
    folder = tmp_path / "saved"
    done = run(tmp_path, *arguments(kafka, topic, "--until-end", "--json", "--print", "--save", str(folder)))
    assert done.returncode == 0, done.stderr
    assert summary(done) | {"seconds": 0, "alerts_per_second": 0} == {
        "received": 10,
        "stored": 10,
        "duplicates": 0,
        "quarantined": 0,
        "expired": 0,
        "saved": 10,
        "seconds": 0,
        "alerts_per_second": 0,
        "bytes": sum(len(alert.value) for alert in some),
    }
    lines = done.stdout.splitlines()[:-1]
    assert len(lines) == 10
    for alert in some:
        assert sum(f" {alert.alert_id} " in line and f" {alert.object_id} " in line for line in lines) == 1
        stem = f"{alert.object_id}_{alert.alert_id}" if alert.survey == "ztf" else alert.alert_id
        with (folder / f"{stem}.avro").open("rb") as file:
            (record,) = fastavro.reader(file)
        original = fastavro.schemaless_reader(io.BytesIO(alert.value), json.loads(alert.key), None)
        assert repr(record) == repr(original)  # NaN is not equal to itself
    assert not list(folder.glob(".*"))


def test_limit_takes_and_commits_only_so_many(
    kafka: KafkaBroker, kafka_topic: TopicFactory, tmp_path: Path, demo_alerts: list[DemoAlert]
) -> None:
    topic = kafka_topic()
    produce(kafka, topic, demo_alerts[:9])
    done = run(tmp_path, *arguments(kafka, topic, "--limit", "4", "--json"))
    assert (done.returncode, summary(done)["received"], len(stored(tmp_path))) == (0, 4, 4)
    assert sum(kafka.committed(f"g-{topic}", topic).values()) == 4


def test_tom_finks_variables_are_an_account(
    kafka: KafkaBroker,
    kafka_topic: TopicFactory,
    tmp_path: Path,
    demo_alerts: list[DemoAlert],
) -> None:
    topic = kafka_topic("fink_test") + "_ztf"
    kafka.create_topic(topic)
    produce(kafka, topic, demo_alerts[:9])
    account = {"URL": kafka.bootstrap, "USERNAME": "ada", "GROUP_ID": f"tom-{topic}"}
    variables = {f"FINK_CREDENTIAL_{name}": value for name, value in account.items()}
    variables |= {"FINK_TOPIC": topic, "FINK_MAX_POLL_NUMBER": "4", "FINK_TIMEOUT": "10"}
    done = run(tmp_path, "ingest", "--json", variables=variables)
    assert done.returncode == 0, done.stderr
    assert summary(done)["received"] == 4
    assert sum(kafka.committed(f"tom-{topic}_fink-tui", topic).values()) == 4


def test_a_topic_that_is_not_there_fails(kafka: KafkaBroker, kafka_topic: TopicFactory, tmp_path: Path) -> None:
    topic = kafka_topic(create=False)
    done = run(tmp_path, *arguments(kafka, topic, "--until-end", "--timeout", "30", "--json"))
    assert done.returncode == 1
    assert f"There is no topic {topic}" in done.stderr


def test_timeout_ends_a_wait_with_1(kafka: KafkaBroker, kafka_topic: TopicFactory, tmp_path: Path) -> None:
    done = run(tmp_path, *arguments(kafka, kafka_topic(), "--timeout", "1", "--json"))
    assert (done.returncode, summary(done)["received"]) == (1, 0)
    assert "Nothing came for 1 s." in done.stderr


def test_no_broker_is_said_in_a_sentence_and_nothing_of_librdkafkas(tmp_path: Path) -> None:
    call = ("ingest", "--survey", "ztf", "--servers", "127.0.0.1:9", "--group", "g", "--topic", "t", "--timeout", "1")
    done = run(tmp_path, *call)
    assert done.returncode == 1
    assert "The broker 127.0.0.1:9 does not answer" in done.stderr
    assert "rdkafka" not in done.stdout + done.stderr
    assert "%3|" not in done.stdout + done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_end_it_with_its_summary(
    number: signal.Signals,
    kafka: KafkaBroker,
    kafka_topic: TopicFactory,
    tmp_path: Path,
    demo_alerts: list[DemoAlert],
) -> None:
    topic = kafka_topic()
    produce(kafka, topic, demo_alerts[:5])
    process = start(tmp_path, *arguments(kafka, topic, "--json"))
    wait_for(lambda: len(stored(tmp_path)) == 5, "the alerts")
    process.send_signal(number)
    out, error = process.communicate(timeout=30)
    assert process.returncode == 0, error
    assert json.loads(out.splitlines()[-1])["stored"] == 5
    assert kafka.committed(f"g-{topic}", topic) == kafka.end_offsets(topic)


def test_who_reads_the_lines_may_have_enough(
    kafka: KafkaBroker, kafka_topic: TopicFactory, tmp_path: Path, demo_alerts: list[DemoAlert]
) -> None:
    topic = kafka_topic()
    produce(kafka, topic, demo_alerts[:5])
    process = start(tmp_path, *arguments(kafka, topic, "--print"))
    assert process.stdout is not None
    assert process.stdout.readline()
    process.stdout.close()
    assert process.wait(30) == 0
    assert process.stderr is not None
    assert "Traceback" not in process.stderr.read()
    process.stderr.close()


def test_save_into_a_file_fails_before_anything_is_received(
    kafka: KafkaBroker, kafka_topic: TopicFactory, tmp_path: Path, demo_alerts: list[DemoAlert]
) -> None:
    topic = kafka_topic()
    produce(kafka, topic, demo_alerts[:3])
    (tmp_path / "file").write_text("")
    done = run(tmp_path, *arguments(kafka, topic, "--until-end", "--save", str(tmp_path / "file" / "below")))
    assert done.returncode == 1
    assert "Not saved" in done.stderr
    assert not kafka.committed(f"g-{topic}", topic)


def test_what_could_not_be_saved_comes_again(
    kafka: KafkaBroker, kafka_topic: TopicFactory, tmp_path: Path, demo_alerts: list[DemoAlert]
) -> None:
    """A file that cannot be written ends the ingest before the batch is committed; the next run saves it."""
    topic, folder = kafka_topic(), tmp_path / "saved"
    alert = next(one for one in demo_alerts if one.survey == "ztf")
    kafka.produce(topic, [(alert.key, alert.value)])
    obstacle = folder / f"{alert.object_id}_{alert.alert_id}.avro"
    obstacle.mkdir(parents=True)
    done = run(tmp_path, *arguments(kafka, topic, "--until-end", "--save", str(folder)))
    assert done.returncode == 1
    assert f"Not saved: {obstacle} is a folder" in done.stderr
    assert not kafka.committed(f"g-{topic}", topic)
    obstacle.rmdir()
    done = run(tmp_path, *arguments(kafka, topic, "--until-end", "--save", str(folder), "--json"))
    assert (done.returncode, summary(done)["saved"], summary(done)["duplicates"]) == (0, 1, 1)
    assert obstacle.is_file()


def test_what_a_schema_file_makes_readable_leaves_quarantine(
    kafka: KafkaBroker, kafka_topic: TopicFactory, tmp_path: Path, demo_alerts: list[DemoAlert]
) -> None:
    topic, alert = kafka_topic(), demo_alerts[0]
    kafka.produce(topic, [(b"v4.02", alert.value), (b"v4.02", b"nonsense")])
    done = run(tmp_path, *arguments(kafka, topic, "--until-end", "--json"))
    assert (done.returncode, summary(done)["quarantined"]) == (0, 2)
    assert "2 messages: its key is not a schema" in run(tmp_path, "info").stdout
    path = tmp_path / "schema.avsc"
    path.write_bytes(alert.key)
    again = arguments(kafka, topic, "--until-end", "--json", "--from", "earliest", "--schema", str(path))
    found = summary(run(tmp_path, *again))
    assert (found["received"], found["stored"], found["quarantined"]) == (2, 1, 1)
    assert "1 message: its key" in run(tmp_path, "info").stdout


def test_a_replay_from_kafka_commits_nothing(
    kafka: KafkaBroker, kafka_topic: TopicFactory, tmp_path: Path, demo_alerts: list[DemoAlert]
) -> None:
    topic = kafka_topic()
    produce(kafka, topic, demo_alerts[:9])
    call = [*arguments(kafka, topic)[1:], "--no-screen", "--from", "-2h"]
    done = run(tmp_path, "replay", *call, "--speed", "1e9")
    assert done.returncode == 0, done.stderr
    assert "Replayed: 9 new, 0 known already." in done.stderr
    assert sorted(stored(tmp_path)) == sorted(alert.alert_id for alert in demo_alerts[:9])
    assert not kafka.committed(f"g-{topic}", topic)


@pytest.mark.parametrize("kills", [KILLS, pytest.param(50, marks=pytest.mark.long)])
def test_killed_at_random_moments_every_alert_is_stored_once(
    kafka: KafkaBroker, kafka_topic: TopicFactory, tmp_path: Path, kills: int
) -> None:
    """Kill -9 again and again; then let it end: no alert is missing, none is there twice, every file is whole."""
    seed = int(os.environ.get("FINK_TUI_SEED", "0")) or random.SystemRandom().randrange(1, 10**9)
    print(f"FINK_TUI_SEED={seed} for the same alerts and moments")
    topic, chance = kafka_topic(), random.Random(seed)
    endless = alerts(seed=seed, now_mjd=61364.0)
    some: list[DemoAlert] = []
    sent = 0

    def send(count: int) -> None:
        nonlocal sent
        new = list(itertools.islice(endless, count))
        produce(kafka, topic, new)
        some.extend(new)
        sent += sum(len(alert.value) for alert in new)

    for _ in range(kills):
        before = packet_bytes(tmp_path)
        if sent - before < 5_000_000:
            send(120)
        # The moment is one of the files: between the packets' growing and the database's knowing lies the danger.
        size, writes = before + chance.randrange(5_000_000), chance.choice([1, 2, 3, 10**9, 10**9])
        moment = Moment(tmp_path, size, writes)
        process = start_short_lived(tmp_path, *arguments(kafka, topic))
        try:
            wait_for(moment.has_come, f"packets of {size} bytes, or write {writes} of the database's journal")
            assert process.poll() is None
        finally:
            process.kill()
            process.communicate()
        assert max(Counter(stored(tmp_path)).values(), default=1) == 1
    done = run(tmp_path, *arguments(kafka, topic, "--until-end", "--json"), seconds=120)
    assert done.returncode == 0, done.stderr
    assert Counter(stored(tmp_path)) == Counter(alert.alert_id for alert in some)
    assert Counter(packets(tmp_path)) == Counter(alert.value for alert in some)
    assert kafka.committed(f"g-{topic}", topic) == kafka.end_offsets(topic)
