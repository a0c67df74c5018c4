"""A group that others are in, too: what they receive does not come here, and the screen says so."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from confluent_kafka import Consumer

from fink_tui.store.store import Store
from fink_tui.stream.consumer import Stream
from fink_tui.stream.demo import DemoAlert
from fink_tui.stream.reception import Reception
from fink_tui.stream.status import StreamState
from tests.fixtures_kafka import TopicFactory
from tests.kafka.broker import KafkaBroker
from tests.running import wait_for
from tests.stream.test_stream import ids, produce, receiving, subscription


@contextmanager
def another_member(kafka: KafkaBroker, group: str, topics: list[str]) -> Iterator[list[int]]:
    """A member of a group, as fink-client is one; gives how many partitions it has, once it has some."""
    settings = {"bootstrap.servers": kafka.bootstrap, "group.id": group, "auto.offset.reset": "earliest"}
    # Partitions are dealt out in the order of the members' names, which begin with this: before ours.
    consumer = Consumer(settings | {"client.id": "another", "heartbeat.interval.ms": 500})
    assigned: list[int] = []
    over = threading.Event()
    consumer.subscribe(topics, on_assign=lambda _, partitions: assigned.append(len(partitions)))

    def poll() -> None:
        while not over.is_set():
            consumer.poll(0.1)
        consumer.close()

    thread = threading.Thread(target=poll, daemon=True)
    thread.start()
    try:
        yield assigned
    finally:
        over.set()
        thread.join(30)
        assert not thread.is_alive()


def shares(reception: Reception) -> tuple[int, int, str]:
    status = reception.statuses[0]
    assert status.state is StreamState.RECEIVING or not status.partitions
    return status.partitions, status.all_partitions, status.message


def test_who_joins_and_leaves_the_group_is_on_screen(
    kafka: KafkaBroker,
    kafka_topic: TopicFactory,
    store: Store,
    demo_alerts: list[DemoAlert],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = Stream._settings
    monkeypatch.setattr(Stream, "_settings", lambda self: settings(self) | {"heartbeat.interval.ms": 500})
    topic = kafka_topic()
    group = f"group-of-{topic}"
    produce(kafka, topic, demo_alerts[:8])
    with receiving(store, subscription(kafka, topic)) as reception:
        wait_for(lambda: shares(reception) == (4, 4, ""), "all partitions")
        wait_for(lambda: len(ids(store)) == 8, "all alerts")
        with another_member(kafka, group, [topic]) as theirs:
            wait_for(lambda: shares(reception)[0] == 2 and theirs, "the group's being shared out")
            assert shares(reception)[1] == 4
            words = f"Others in the group {group} receive 2 of the 4 partitions: their alerts do not come here."
            assert shares(reception)[2].startswith(words)
        wait_for(lambda: shares(reception) == (4, 4, ""), "all partitions again")
        produce(kafka, topic, demo_alerts[8:16])
        wait_for(lambda: len(ids(store)) == 16, "the alerts of all of them")


def test_others_that_receive_everything_of_a_topic_are_on_screen(
    kafka: KafkaBroker, kafka_topic: TopicFactory, store: Store
) -> None:
    """A topic of which we never had a partition is not in librdkafka's statistics: it is asked for."""
    ours, theirs = kafka_topic(partitions=1), kafka_topic(partitions=2)
    group = f"group-of-{ours}"
    with another_member(kafka, group, [theirs]) as one, another_member(kafka, group, [theirs]) as two:
        wait_for(lambda: (one or [0])[-1] == (two or [0])[-1] == 1, "the others")
        with receiving(store, subscription(kafka, ours, theirs, group=group)) as reception:
            wait_for(lambda: shares(reception)[:2] == (1, 3), "what is left")
            assert "receive 2 of the 3 partitions" in shares(reception)[2]
