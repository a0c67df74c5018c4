"""Cut off from a real Kafka: away, silent, gone between the store's commit and Kafka's, a group that forgot us."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient

from fink_tui.store.store import Store
from fink_tui.stream import consumer, standing
from fink_tui.stream.demo import DemoAlert
from fink_tui.stream.status import StreamState
from tests.fixtures_kafka import TopicFactory
from tests.kafka.broker import KafkaBroker
from tests.running import SHORT_LIVED, start_short_lived, wait_for
from tests.stream.test_stream import ids, is_in, produce, receiving, state, subscription


def members(kafka: KafkaBroker, group: str) -> int:
    """How many members a group has, by the broker."""
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap})
    return len(admin.describe_consumer_groups([group])[group].result(20).members)


def test_the_broker_dies_between_the_stores_commit_and_kafkas(
    kafka: KafkaBroker, kafka_topic: TopicFactory, store: Store, demo_alerts: list[DemoAlert]
) -> None:
    topic, kills = kafka_topic(), 1

    def kill(*_: object) -> None:  # called when the batch is in the store, and not committed yet
        nonlocal kills
        if kills:
            kills -= 1
            kafka.kill()

    produce(kafka, topic, demo_alerts[:8])
    with receiving(store, subscription(kafka, topic), listener=kill) as reception:
        wait_for(is_in(reception, StreamState.AWAY), "its noticing")
        kept = len(ids(store))
        assert 0 < kept <= 8
        kafka.start()
        wait_for(lambda: len(ids(store)) == 8, "the others")
        wait_for(lambda: kafka.committed(f"group-of-{topic}", topic) == kafka.end_offsets(topic), "the position")
        wait_for(is_in(reception, StreamState.RECEIVING), "its being connected again")
    assert sorted(ids(store)) == sorted(alert.alert_id for alert in demo_alerts[:8])


def test_what_the_store_had_and_kafka_did_not_comes_again_and_is_known(
    kafka: KafkaBroker, kafka_topic: TopicFactory, store: Store, demo_alerts: list[DemoAlert]
) -> None:
    topic = kafka_topic(partitions=1)
    group = f"group-of-{topic}"
    kafka.produce(topic, [(alert.key, alert.value) for alert in demo_alerts[:8]])
    with receiving(store, subscription(kafka, topic), until_end=True) as reception:
        wait_for(lambda: not reception.is_running, "the end")
    back = Consumer({"bootstrap.servers": kafka.bootstrap, "group.id": group})
    back.commit(offsets=[TopicPartition(topic, 0, 3)], asynchronous=False)  # as if the last commit had been lost
    back.close()
    with receiving(store, subscription(kafka, topic), until_end=True) as reception:
        wait_for(lambda: not reception.is_running, "the end")
    status = reception.statuses[0]
    assert (status.received, status.duplicates, status.stored) == (5, 5, 0)
    assert sorted(ids(store)) == sorted(alert.alert_id for alert in demo_alerts[:8])
    assert kafka.committed(group, topic) == {0: 8}


def test_a_broker_that_falls_silent_is_away_until_it_speaks(
    kafka: KafkaBroker,
    kafka_topic: TopicFactory,
    store: Store,
    demo_alerts: list[DemoAlert],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(standing, "SILENT_SECONDS", 1.5)
    topic = kafka_topic()
    produce(kafka, topic, demo_alerts[:4])
    with receiving(store, subscription(kafka, topic)) as reception:
        wait_for(lambda: len(ids(store)) == 4, "the first alerts")
        kafka.suspend()  # its connections stay open: nothing fails, nothing comes
        wait_for(is_in(reception, StreamState.AWAY), "its noticing")
        assert "does not answer" in state(reception)().message
        kafka.resume()
        produce(kafka, topic, demo_alerts[4:8])
        wait_for(lambda: len(ids(store)) == 8, "the others")
        wait_for(is_in(reception, StreamState.RECEIVING), "its being connected again")
        assert not state(reception)().message


def test_a_member_that_was_busy_for_too_long_comes_back(
    kafka: KafkaBroker,
    kafka_topic: TopicFactory,
    store: Store,
    demo_alerts: list[DemoAlert],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = consumer.Stream._settings
    monkeypatch.setattr(consumer.Stream, "_settings", lambda self: settings(self) | SHORT_LIVED)
    topic, batches = kafka_topic(), 0
    group = f"group-of-{topic}"

    def linger(*_: object) -> None:
        nonlocal batches
        batches += 1
        if batches == 1:
            wait_for(lambda: not members(kafka, group), "the group's forgetting it")

    produce(kafka, topic, demo_alerts[:8])
    with receiving(store, subscription(kafka, topic), listener=linger) as reception:
        wait_for(lambda: len(ids(store)) == 8, "all alerts")
        wait_for(lambda: kafka.committed(group, topic) == kafka.end_offsets(topic), "the position")
        wait_for(lambda: state(reception)().partitions == 4, "its being a member again")
        assert (state(reception)().state, state(reception)().message) == (StreamState.RECEIVING, "")
    assert sorted(ids(store)) == sorted(alert.alert_id for alert in demo_alerts[:8])


def test_a_machine_that_slept_goes_on_where_it_was(
    kafka: KafkaBroker, kafka_topic: TopicFactory, tmp_path: Path, demo_alerts: list[DemoAlert]
) -> None:
    """The ingest is stopped until its group has forgotten it, and alerts came meanwhile."""
    topic = kafka_topic()
    group = f"group-of-{topic}"
    call = ["--survey", "ztf", "--servers", kafka.bootstrap, "--group", group, "--topic", topic, "--limit", "12"]
    produce(kafka, topic, demo_alerts[:8])
    process = start_short_lived(tmp_path, "ingest", *call, "--json")
    try:
        wait_for(lambda: sum(kafka.committed(group, topic).values()) == 8, "the first alerts")
        process.send_signal(signal.SIGSTOP)
        wait_for(lambda: not members(kafka, group), "the group's forgetting it")
        produce(kafka, topic, demo_alerts[8:12])
        process.send_signal(signal.SIGCONT)
        out, words = process.communicate(timeout=60)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == 0, words
    assert json.loads(out)["received"] == 12
    with Store(tmp_path / "fink-tui" / "data") as store:
        assert sorted(ids(store)) == sorted(alert.alert_id for alert in demo_alerts[:12])
    assert kafka.committed(group, topic) == kafka.end_offsets(topic)
