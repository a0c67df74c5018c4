"""What the broker deleted before it was received is named; an older store beside newer files doubles nothing."""

from __future__ import annotations

import shutil
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from fink_tui.store.errors import StoreFullError
from fink_tui.store.inbox import Inbox
from fink_tui.store.pages import export
from fink_tui.store.store import Store
from fink_tui.stream.demo import DemoAlert
from fink_tui.stream.expired import Expiry, Gap
from fink_tui.stream.position import Start
from fink_tui.stream.reception import Reception
from fink_tui.stream.status import StreamState
from tests.fixtures_kafka import TopicFactory
from tests.kafka.broker import KafkaBroker
from tests.running import run, wait_for
from tests.stream.test_stream import ids, produce, receiving, subscription


def at_end(store: Store, kafka: KafkaBroker, topic: str, **options: object) -> Reception:
    """Receive until the end of the topic."""
    start = options.pop("start", Start.COMMITTED)
    assert isinstance(start, Start)
    with receiving(store, subscription(kafka, topic, start=start), until_end=True, **options) as reception:
        wait_for(lambda: not reception.is_running, "the end of the topic")
    return reception


def expected(alerts: Sequence[DemoAlert]) -> list[str]:
    return sorted(alert.alert_id for alert in alerts)


class Part:
    """A partition, or a message of it, as librdkafka's are."""

    error = None

    def __init__(self, partition: int, offset: int) -> None:
        self.topic, self.partition, self.offset = "t", partition, offset


class Told:
    """A consumer that answers with the oldest offsets, and counts the questions."""

    def __init__(self, *oldest: int) -> None:
        self.oldest, self.asked = list(oldest), 0

    def offsets_for_times(self, asked: list[Any], timeout: float) -> list[Part]:
        self.asked += 1
        assert {one.offset for one in asked} == {-2}
        return [Part(one.partition, self.oldest[one.partition]) for one in asked]


def message(partition: int, offset: int) -> Any:
    found = Part(partition, offset)
    return SimpleNamespace(topic=lambda: "t", partition=lambda: found.partition, offset=lambda: found.offset)


def begun(consumer: Any, *offsets: int, stored: int | None = None) -> Expiry:
    expiry = Expiry()
    parts: Any = [Part(number, offset) for number, offset in enumerate(offsets)]
    expiry.begin(consumer, parts, lambda topic, partition: stored)
    return expiry


def test_all_partitions_are_asked_for_at_once() -> None:
    consumer = Told(5, 0, 7, 100)
    expiry = begun(consumer, 3, 4, -2, 100)
    assert consumer.asked == 1
    assert expiry.gaps == [("t", 0, 3, 5)]
    assert expiry.message == (
        "Expired on the broker before they came here: 2 of t (partition 0, offsets 3 to 4). "
        "Ask Fink's data transfer for them."
    )
    assert begun(consumer, 5, 0, 7, 100).message == ""


def test_messages_that_follow_each_other_ask_nothing() -> None:
    consumer: Any = Told(0, 0)
    expiry = begun(consumer, -2, 10)
    expiry.follow(consumer, [message(0, 0), message(1, 10), message(0, 1), message(1, 11)])
    expiry.follow(consumer, [message(0, 2)])
    assert (consumer.asked, expiry.gaps) == (1, [])


def test_a_jump_is_a_loss_only_as_far_as_the_oldest_that_is_left() -> None:
    consumer: Any = Told(0, 0)
    expiry = begun(consumer, 4, 4)
    expiry.follow(consumer, [message(0, 4), message(0, 6), message(0, 7)])  # a mark of a transaction
    assert (consumer.asked, expiry.gaps) == (2, [])
    consumer.oldest = [12, 30]
    expiry.follow(consumer, [message(0, 12), message(1, 20)])
    assert expiry.gaps == [("t", 0, 8, 12), ("t", 1, 4, 20)]
    assert expiry.lost == 20


def test_what_was_named_is_not_named_again() -> None:
    consumer: Any = Told(9)
    expiry = begun(consumer, 3)
    for _ in range(2):  # assigned again before anything was kept
        expiry.begin(consumer, [Part(0, 3)], lambda topic, partition: None)  # type: ignore[list-item]
    expiry.follow(consumer, [message(0, 9)])
    assert expiry.gaps == [("t", 0, 3, 9)]
    consumer.oldest = [12]
    expiry.begin(consumer, [Part(0, 3)], lambda topic, partition: None)  # type: ignore[list-item]
    assert expiry.gaps == [("t", 0, 3, 9), ("t", 0, 9, 12)]


def test_the_sentence_counts_by_topic_and_fits_two_lines() -> None:
    consumer: Any = Told(*[1000] * 6)
    expiry = begun(consumer, *[0] * 6)
    assert "6,000 of t (see the log)" in expiry.message
    expiry.gaps = [Gap("fink_sn_candidates_ztf", 0, 5, 9), Gap("fink_sn_candidates_ztf", 1, 5, 8), Gap("t", 0, 0, 1)]
    assert "7 of fink_sn_candidates_ztf and 1 of t (see the log)" in expiry.message
    assert len(expiry.message) < 160


def test_it_leaves_the_screen_and_stays_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    expiry = begun(Told(5), -2, stored=3)
    assert "2 of t " in expiry.message
    now = time.monotonic()
    monkeypatch.setattr("time.monotonic", lambda: now + 3700)
    assert (expiry.message, expiry.lost) == ("", 2)


def test_an_older_database_beside_newer_files_doubles_nothing_and_names_what_expired(
    kafka: KafkaBroker, kafka_topic: TopicFactory, tmp_path: Path, demo_alerts: list[DemoAlert]
) -> None:
    topic, folder, backup = kafka_topic(), tmp_path / "store", tmp_path / "backup"
    produce(kafka, topic, demo_alerts[:12])  # offsets 0 to 2 of each partition
    with Store(folder) as store:
        at_end(store, kafka, topic)
    shutil.copy(folder / "store.sqlite3", backup)
    produce(kafka, topic, demo_alerts[12:32])  # offsets 3 to 7
    with Store(folder) as store:
        at_end(store, kafka, topic)
        assert len(ids(store)) == 32
    for path in folder.glob("store.sqlite3*"):
        path.unlink()
    shutil.copy(backup, folder / "store.sqlite3")
    kafka.delete_records(topic, {0: 5, 1: 8})  # and 3 and 4 of one, 3 to 7 of the other are gone
    produce(kafka, topic, demo_alerts[32:40])
    with Store(folder) as store:
        reception = at_end(store, kafka, topic)
        assert reception.recovered == 20
        assert sorted(ids(store)) == expected(demo_alerts)
        status = reception.statuses[0]
        assert (status.stored, status.duplicates, status.expired) == (8, 13, 7)
        assert f"Expired on the broker before they came here: 7 of {topic} (see the log)" in status.message
        for row in export(store.database, ["topics"]):
            assert row["topics"] in (topic, "")
    assert kafka.committed(f"group-of-{topic}", topic) == kafka.end_offsets(topic)
    values = Counter(blocks(folder))
    assert values == Counter(alert.value for alert in demo_alerts)


def blocks(folder: Path) -> list[bytes]:
    import fastavro

    found = []
    for path in folder.glob("packets/*/*.avro"):
        with path.open("rb") as file:
            found += [block.bytes_.getvalue() for block in fastavro.block_reader(file)]
    return found


def test_nothing_is_named_where_nothing_is_missing(
    kafka: KafkaBroker, kafka_topic: TopicFactory, store: Store, demo_alerts: list[DemoAlert]
) -> None:
    topic = kafka_topic()
    produce(kafka, topic, demo_alerts[:8])
    kafka.delete_records(topic, {0: 1, 1: 2})
    for start in (Start.COMMITTED, Start.EARLIEST):  # a group that is new has missed nothing
        status = at_end(store, kafka, topic, start=start).statuses[0]
        assert (status.expired, status.message) == (0, "")
    kafka.delete_records(topic, {0: 2, 2: 1})  # those that were received
    status = at_end(store, kafka, topic).statuses[0]
    assert (status.received, status.expired, status.message) == (0, 0, "")


def test_a_group_that_kafka_has_forgotten_is_known_by_the_store(
    kafka: KafkaBroker, kafka_topic: TopicFactory, store: Store, demo_alerts: list[DemoAlert]
) -> None:
    """Kafka forgets a group that was away for a week; its alerts are gone by then, too."""
    topic = kafka_topic()
    produce(kafka, topic, demo_alerts[:8])
    at_end(store, kafka, topic)
    produce(kafka, topic, demo_alerts[8:20])
    kafka.delete_records(topic, {0: 4})
    kafka.forget_group(f"group-of-{topic}")
    status = at_end(store, kafka, topic).statuses[0]
    assert status.expired == 2
    assert "partition 0, offsets 2 to 3)" in status.message
    assert len(ids(store)) == 18


def test_what_goes_while_the_disk_is_full_is_named(
    kafka: KafkaBroker,
    kafka_topic: TopicFactory,
    store: Store,
    demo_alerts: list[DemoAlert],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    topic, is_full, receive = kafka_topic(partitions=1), True, Inbox.receive

    def full(self: Inbox, *arguments: object) -> object:
        if is_full:
            raise StoreFullError("The disk is full (a test). Make room: it goes on by itself.")
        return receive(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Inbox, "receive", full)
    kafka.produce(topic, [(demo_alerts[0].key, demo_alerts[0].value, 0)])
    with receiving(store, subscription(kafka, topic)) as reception:
        wait_for(lambda: reception.statuses[0].state is StreamState.PAUSED, "its pausing")
        kafka.produce(topic, [(alert.key, alert.value, 0) for alert in demo_alerts[1:9]])
        kafka.delete_records(topic, {0: 6})
        is_full = False
        wait_for(lambda: len(ids(store)) >= 4, "what is left")
        kafka.produce(topic, [(demo_alerts[9].key, demo_alerts[9].value, 0)])
        wait_for(lambda: demo_alerts[9].alert_id in ids(store), "what comes next")
        missing = {alert.alert_id for alert in demo_alerts[:10]} - set(ids(store))
        wait_for(lambda: reception.statuses[0].expired == len(missing), "their being named")
        assert bool(missing) == ("Expired on the broker" in reception.statuses[0].message)


def test_ingest_says_it_once_and_in_its_summary(
    kafka: KafkaBroker, kafka_topic: TopicFactory, tmp_path: Path, demo_alerts: list[DemoAlert]
) -> None:
    topic = kafka_topic()
    call = ["ingest", "--survey", "ztf", "--servers", kafka.bootstrap, "--group", "g" + topic, "--topic", topic]
    produce(kafka, topic, demo_alerts[:8])
    assert run(tmp_path, *call, "--until-end", "--json").returncode == 0
    produce(kafka, topic, demo_alerts[8:20])
    kafka.delete_records(topic, {0: 4, 3: 3})
    done = run(tmp_path, *call, "--until-end", "--json")
    assert done.returncode == 0, done.stderr
    assert '"expired": 3' in done.stdout
    assert done.stderr.count("Expired on the broker before they came here: 3 of " + topic) == 1
    log = (tmp_path / "fink-tui").rglob("*.log")
    assert f"{topic}[0], offsets 2 to 3" in "".join(path.read_text() for path in log)
