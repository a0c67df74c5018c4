"""The program on a disk that fills: it pauses, says so, stays in its group, and goes on when there is room."""

from __future__ import annotations

import json
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import fastavro

from fink_tui.store.store import Store
from fink_tui.stream.demo import DemoAlert
from tests.app.live import receive
from tests.app.pty_terminal import PtyTerminal
from tests.fixtures_kafka import TopicFactory
from tests.kafka.broker import KafkaBroker
from tests.running import command, environment, wait_for
from tests.small_disk import MEGABYTE, SmallDisk

COLUMNS = 300
"""So that a sentence is not broken."""


def call(kafka: KafkaBroker, topic: str) -> list[str]:
    return ["--survey", "ztf", "--servers", kafka.bootstrap, "--group", f"g-{topic}", "--topic", topic]


def produce(kafka: KafkaBroker, topic: str, some: list[DemoAlert]) -> None:
    kafka.produce(topic, [(alert.key, alert.value, number % 4) for number, alert in enumerate(some)])


def member(kafka: KafkaBroker, group: str) -> str:
    """The id of the group's one member: another after it has left and come back."""
    from confluent_kafka.admin import AdminClient

    client = AdminClient({"bootstrap.servers": kafka.bootstrap})
    (found,) = client.describe_consumer_groups([group])[group].result(20).members
    return str(found.member_id)


def query(disk: SmallDisk, statement: str) -> list[list[Any]]:
    """What the store inside answers; SQLite would not find it from outside, as it resolves links by itself."""
    path = disk.path / "home" / "data" / "store.sqlite3"
    found: list[list[Any]] = json.loads(disk.run(sys.executable, "-c", QUERY, str(path), statement))
    return found


QUERY = """
import json, sqlite3, sys
try:
    print(json.dumps(sqlite3.connect(sys.argv[1]).execute(sys.argv[2]).fetchall()))
except sqlite3.OperationalError:  # it is not made yet
    print("[]")
"""


def stored(disk: SmallDisk) -> list[str]:
    return [row[0] for row in query(disk, "SELECT alert_id FROM alert")]


def packets(disk: SmallDisk) -> Counter[bytes]:
    """The datum of every block, by fastavro: each file must be good to its end."""
    found: Counter[bytes] = Counter()
    for path in (disk.outside / "home" / "data" / "packets").glob("*/*.avro"):
        with path.open("rb") as file:
            found.update(block.bytes_.getvalue() for block in fastavro.block_reader(file))
    return found


def variables(home: Path, disk: SmallDisk) -> dict[str, str]:
    return environment(home) | {"FINK_TUI_HOME": str(disk.path / "home"), "LANG": "C.UTF-8"}


def test_an_ingest_pauses_and_goes_on(
    kafka: KafkaBroker, kafka_topic: TopicFactory, small_disk: SmallDisk, tmp_path: Path, demo_alerts: list[DemoAlert]
) -> None:
    topic = kafka_topic()
    group = f"g-{topic}"
    process = subprocess.Popen(
        [*small_disk.enter, *command("ingest", *call(kafka, topic), "--json")],
        env=variables(tmp_path, small_disk),
        stdout=subprocess.PIPE,
        stderr=(tmp_path / "words").open("w"),
        stdin=subprocess.DEVNULL,
        text=True,
    )
    try:
        produce(kafka, topic, demo_alerts[:10])
        wait_for(lambda: len(stored(small_disk)) == 10, "what there is room for")
        first = member(kafka, group)
        small_disk.fill(leave=20 * MEGABYTE)
        produce(kafka, topic, demo_alerts[10:30])
        wait_for(lambda: "receiving pauses" in (tmp_path / "words").read_text(), "its saying so")
        produce(kafka, topic, demo_alerts[30:])
        small_disk.fill()  # now there is none for the log either
        assert len(stored(small_disk)) == 10
        assert sum(kafka.committed(group, topic).values()) == 10
        assert sum(packets(small_disk).values()) == 10
        small_disk.make_room()
        wait_for(lambda: len(stored(small_disk)) == len(demo_alerts), "all, once there is room")
        assert member(kafka, group) == first
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=30)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == 0
    assert json.loads(out.splitlines()[-1])["stored"] == len(demo_alerts)
    assert sorted(stored(small_disk)) == sorted(alert.alert_id for alert in demo_alerts)
    assert packets(small_disk) == Counter(alert.value for alert in demo_alerts)
    assert kafka.committed(group, topic) == kafka.end_offsets(topic)
    assert "Traceback" not in (tmp_path / "words").read_text()


def test_the_screen_on_a_disk_that_fills(
    kafka: KafkaBroker, kafka_topic: TopicFactory, small_disk: SmallDisk, tmp_path: Path, demo_alerts: list[DemoAlert]
) -> None:
    topic, saved = kafka_topic(), tmp_path / "saved"
    config = small_disk.outside / "home" / "config"
    config.mkdir(parents=True)
    (config / "config.yml").write_text(f"save_dir: {saved}\n")
    produce(kafka, topic, demo_alerts[:4])
    screen = PtyTerminal(
        [*small_disk.enter, *command(*call(kafka, topic))], COLUMNS, 24, variables(tmp_path, small_disk)
    )

    def sees(*words: str) -> None:
        screen.until(lambda: all(word in " ".join(screen.text().split()) for word in words))

    with screen:
        sees("4 alerts", "ZTF connected")
        small_disk.fill(leave=30 * MEGABYTE)
        produce(kafka, topic, demo_alerts[4:8])
        sees("ZTF paused", "left on the disk", "decisions still work", "from 32.0 MB on it goes on by itself")
        screen.send("s")
        sees("Saved:")
        small_disk.fill()
        screen.send("js")
        sees("is written, but not noted as saved: press the key again later.", "The disk is full")
        small_disk.make_room()
        sees("8 alerts", "ZTF connected")
        screen.send("s")
        sees("Saved:")
        screen.send("q")
        assert screen.wait() == 0
    assert len(list(saved.iterdir())) == 2
    assert not [words for words in (b"Traceback", b"Logging error", b"rdkafka") if words in screen.output]
    assert query(small_disk, "SELECT count(*), count(DISTINCT alert) FROM decision") == [[2, 2]]
    assert packets(small_disk) == Counter(alert.value for alert in demo_alerts[:8])


def test_save_dir_read_only_full_and_gone(small_disk: SmallDisk, tmp_path: Path, demo_alerts: list[DemoAlert]) -> None:
    folder = small_disk.path / "saved"
    small_disk.run("mkdir", str(folder))
    small_disk.run("mount", "-t", "tmpfs", "-o", "ro", "tmpfs", str(folder))
    with Store(tmp_path / "store") as store:
        receive(store, demo_alerts[:3])
    program = [sys.executable, "-m", "tests.app.pty_app", str(tmp_path / "store"), str(folder)]
    screen = PtyTerminal([*small_disk.enter, *program], COLUMNS, 24, variables(tmp_path, small_disk))

    def sees(*words: str) -> None:
        screen.until(lambda: all(word in " ".join(screen.text().split()) for word in words))

    def decisions() -> int:
        with closing(sqlite3.connect(tmp_path / "store" / "store.sqlite3")) as connection:
            return int(connection.execute("SELECT count(*) FROM decision").fetchone()[0])

    with screen:
        sees("3 alerts")
        screen.send("s")
        sees("cannot be written (Read-only file system)", "or name another folder (save_dir, or --save).")
        small_disk.run("umount", str(folder))
        small_disk.fill()
        screen.send("s")
        sees("Not saved: no space left in", "Make room, or name another folder")
        assert decisions() == 0
        assert not list((small_disk.outside / "saved").iterdir())
        small_disk.make_room()
        shutil.rmtree(small_disk.outside / "saved")
        screen.send("s")
        sees("Saved:")
        assert len(list((small_disk.outside / "saved").glob("*.avro"))) == decisions() == 1
        screen.send("q")
        assert screen.wait() == 0
