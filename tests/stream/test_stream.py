"""The stream against a real Kafka: what is received, kept, committed; what happens when the broker is not there."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from fink_tui.store.errors import StoreBusyError, StoreFullError
from fink_tui.store.inbox import Inbox
from fink_tui.store.pages import export
from fink_tui.store.store import Store
from fink_tui.stream.demo import DemoAlert
from fink_tui.stream.position import Start
from fink_tui.stream.reception import Reception
from fink_tui.stream.status import StreamState, StreamStatus
from fink_tui.stream.subscription import Subscription
from tests.fixtures_kafka import TopicFactory
from tests.kafka.broker import KafkaBroker
from tests.running import wait_for


def subscription(kafka: KafkaBroker, *topics: str, start: Start = Start.COMMITTED, group: str = "") -> Subscription:
    return Subscription(
        survey="ztf", servers=kafka.bootstrap, group=group or f"group-of-{topics[0]}", topics=topics, start=start
    )


def produce(kafka: KafkaBroker, topic: str, alerts: Sequence[DemoAlert]) -> None:
    kafka.produce(topic, [(alert.key, alert.value, number % 4) for number, alert in enumerate(alerts)])


@contextmanager
def receiving(store: Store, *subscriptions: Subscription, **options: object) -> Iterator[Reception]:
    reception = Reception(store, subscriptions, doing="a test", **options)  # type: ignore[arg-type]
    reception.start()
    try:
        yield reception
    finally:
        reception.stop(20)
        assert not reception.is_running


def ids(store: Store) -> list[str]:
    return [row["alert_id"] for row in export(store.database, ["alert_id"])]


def state(reception: Reception) -> Callable[[], StreamStatus]:
    return lambda: reception.statuses[0]


def is_in(reception: Reception, wanted: StreamState) -> Callable[[], bool]:
    return lambda: reception.statuses[0].state is wanted


def test_every_alert_is_stored_once_and_committed(
    kafka: KafkaBroker, kafka_topic: TopicFactory, store: Store, demo_alerts: list[DemoAlert]
) -> None:
    topic = kafka_topic()
    produce(kafka, topic, demo_alerts)
    with receiving(store, subscription(kafka, topic), until_end=True) as reception:
        wait_for(lambda: not reception.is_running, "the end of the topic")
    assert sorted(ids(store)) == sorted(alert.alert_id for alert in demo_alerts)
    assert kafka.committed(f"group-of-{topic}", topic) == kafka.end_offsets(topic)
    status = reception.statuses[0]
    assert (status.received, status.stored, status.duplicates, status.quarantined) == (40, 40, 0, 0)
    assert status.bytes == sum(len(alert.value) for alert in demo_alerts)
    for alert, row in zip(
        sorted(demo_alerts, key=lambda one: one.alert_id),
        sorted(export(store.database, ["alert_id", "topics", "label", "object_id"]), key=lambda one: one["alert_id"]),
        strict=True,
    ):
        assert row == {
            "alert_id": alert.alert_id,
            "topics": topic,
            "label": alert.expected_class,
            "object_id": alert.object_id,
        }


def test_an_alert_on_two_topics_is_one_row_with_both_names(
    kafka: KafkaBroker, kafka_topic: TopicFactory, store: Store, demo_alerts: list[DemoAlert]
) -> None:
    first, second = kafka_topic(), kafka_topic()
    produce(kafka, first, demo_alerts[:6])
    produce(kafka, second, demo_alerts[3:8])
    with receiving(store, subscription(kafka, first, second), until_end=True) as reception:
        wait_for(lambda: not reception.is_running, "the end of both topics")
    topics = {row["alert_id"]: set(row["topics"].split(",")) for row in export(store.database, ["alert_id", "topics"])}
    for number, alert in enumerate(demo_alerts[:8]):
        expected = ({first} if number < 6 else set()) | ({second} if number >= 3 else set())
        assert topics[alert.alert_id] == expected


def test_both_surveys_at_once_each_with_its_own_group(
    kafka: KafkaBroker, kafka_topic: TopicFactory, store: Store, demo_alerts: list[DemoAlert]
) -> None:
    topics = {survey: kafka_topic() for survey in ("ztf", "lsst")}
    for survey, topic in topics.items():
        produce(kafka, topic, [alert for alert in demo_alerts if (alert.survey == "lsst") == (survey == "lsst")])
    wanted = [
        Subscription(survey=survey, servers=kafka.bootstrap, group=f"{survey}-{topic}", topics=(topic,))
        for survey, topic in topics.items()
    ]
    with receiving(store, *wanted, until_end=True) as reception:
        wait_for(lambda: not reception.is_running, "the ends of both")
    assert sorted(ids(store)) == sorted(alert.alert_id for alert in demo_alerts)
    for survey, topic in topics.items():
        assert kafka.committed(f"{survey}-{topic}", topic) == kafka.end_offsets(topic)


def test_it_goes_on_where_it_stopped(
    kafka: KafkaBroker, kafka_topic: TopicFactory, store: Store, demo_alerts: list[DemoAlert]
) -> None:
    topic = kafka_topic()
    produce(kafka, topic, demo_alerts[:8])
    with receiving(store, subscription(kafka, topic), limit=5) as reception:
        wait_for(lambda: not reception.is_running, "five messages")
    assert len(ids(store)) == 5
    assert sum(kafka.committed(f"group-of-{topic}", topic).values()) == 5
    with receiving(store, subscription(kafka, topic), until_end=True) as reception:
        wait_for(lambda: not reception.is_running, "the rest")
    assert reception.statuses[0].received == 3
    assert len(ids(store)) == 8


def test_earliest_reads_all_again_and_stores_nothing_twice(
    kafka: KafkaBroker, kafka_topic: TopicFactory, store: Store, demo_alerts: list[DemoAlert]
) -> None:
    topic = kafka_topic()
    produce(kafka, topic, demo_alerts[:8])
    for start in (Start.COMMITTED, Start.EARLIEST):
        with receiving(store, subscription(kafka, topic, start=start), until_end=True) as reception:
            wait_for(lambda: not reception.is_running, "the end")
    assert (reception.statuses[0].received, reception.statuses[0].duplicates) == (8, 8)
    assert len(ids(store)) == 8


def test_latest_leaves_out_what_was_there(
    kafka: KafkaBroker, kafka_topic: TopicFactory, store: Store, demo_alerts: list[DemoAlert]
) -> None:
    topic = kafka_topic()
    produce(kafka, topic, demo_alerts[:8])
    with receiving(store, subscription(kafka, topic, start=Start.LATEST)) as reception:
        wait_for(lambda: state(reception)().partitions == 4, "an assignment")
        produce(kafka, topic, demo_alerts[8:12])
        wait_for(lambda: state(reception)().received == 4, "what is new")
    assert sorted(ids(store)) == sorted(alert.alert_id for alert in demo_alerts[8:12])


def test_an_older_store_beside_a_newer_position_reads_again_what_it_lacks(
    kafka: KafkaBroker, kafka_topic: TopicFactory, tmp_path: Path, demo_alerts: list[DemoAlert]
) -> None:
    topic = kafka_topic()
    produce(kafka, topic, demo_alerts[:8])
    folder = tmp_path / "store"
    with Store(folder) as store, receiving(store, subscription(kafka, topic), limit=4) as reception:
        wait_for(lambda: not reception.is_running, "the first half")
    with sqlite3.connect(folder / "store.sqlite3") as connection:
        connection.execute("UPDATE position SET next_offset = 0")
        connection.execute("DELETE FROM alert")
    connection.close()
    with Store(folder) as store, receiving(store, subscription(kafka, topic), until_end=True) as reception:
        wait_for(lambda: not reception.is_running, "all of it")
        assert sorted(ids(store)) == sorted(alert.alert_id for alert in demo_alerts[:8])


def test_what_is_no_alert_is_quarantined_with_its_bytes(
    kafka: KafkaBroker, kafka_topic: TopicFactory, store: Store, demo_alerts: list[DemoAlert]
) -> None:
    topic, good = kafka_topic(), demo_alerts[0]
    bad = [(b"", b"no key"), (good.key, good.value[:100]), (b"not a schema", good.value), (good.key, b"")]
    kafka.produce(topic, [(good.key, good.value, 0), *((key, value, 0) for key, value in bad)])
    with receiving(store, subscription(kafka, topic), until_end=True) as reception:
        wait_for(lambda: not reception.is_running, "the end")
    assert ids(store) == [good.alert_id]
    from fink_tui.store.quarantine import listed

    kept = list(listed(store.database))
    assert [(one.key, one.value, one.topic, one.offset) for one in kept] == [
        (key, value, topic, number) for number, (key, value) in enumerate(bad, 1)
    ]
    assert all(one.reason for one in kept)
    assert reception.statuses[0].quarantined == 4
    assert kafka.committed(f"group-of-{topic}", topic)[0] == 5


def test_a_topic_that_does_not_exist_yet_is_waited_for(
    kafka: KafkaBroker, kafka_topic: TopicFactory, store: Store, demo_alerts: list[DemoAlert]
) -> None:
    topic = kafka_topic(create=False)
    with receiving(store, subscription(kafka, topic)) as reception:
        wait_for(is_in(reception, StreamState.WAITING), "its saying so")
        assert topic in state(reception)().message
        assert state(reception)().missing_topics == (topic,)
        kafka.create_topic(topic)
        produce(kafka, topic, demo_alerts[:4])
        wait_for(lambda: len(ids(store)) == 4, "the alerts of the new topic")
        wait_for(is_in(reception, StreamState.RECEIVING), "its being connected")
        wait_for(lambda: not state(reception)().missing_topics, "its no longer missing it")


def test_the_broker_away_at_the_start_and_in_between(
    kafka: KafkaBroker, kafka_topic: TopicFactory, store: Store, demo_alerts: list[DemoAlert]
) -> None:
    topic = kafka_topic()
    produce(kafka, topic, demo_alerts[:4])
    kafka.stop()
    with receiving(store, subscription(kafka, topic)) as reception:
        wait_for(is_in(reception, StreamState.AWAY), "its saying that the broker is away")
        assert kafka.bootstrap in state(reception)().message
        kafka.start()
        wait_for(lambda: len(ids(store)) == 4, "the first alerts")
        wait_for(is_in(reception, StreamState.RECEIVING), "its being connected")
        assert not state(reception)().message
        kafka.kill()
        wait_for(is_in(reception, StreamState.AWAY), "its noticing")
        kafka.start()
        produce(kafka, topic, demo_alerts[4:8])
        wait_for(lambda: len(ids(store)) == 8, "the next alerts")
        wait_for(is_in(reception, StreamState.RECEIVING), "its being connected again")


def test_a_stream_ends_though_its_broker_does_not_answer(
    kafka: KafkaBroker, kafka_topic: TopicFactory, store: Store, demo_alerts: list[DemoAlert]
) -> None:
    topic = kafka_topic()
    produce(kafka, topic, demo_alerts[:4])
    with receiving(store, subscription(kafka, topic)) as reception:
        wait_for(lambda: state(reception)().received == 4, "the alerts")
        kafka.suspend()
        reception.stop()  # it waits for less than a second
        assert not reception.is_running
    kafka.resume()


def test_lag_is_counted(
    kafka: KafkaBroker, kafka_topic: TopicFactory, store: Store, demo_alerts: list[DemoAlert]
) -> None:
    topic = kafka_topic()
    produce(kafka, topic, demo_alerts[:8])
    with receiving(store, subscription(kafka, topic)) as reception:
        wait_for(lambda: state(reception)().received == 8, "the alerts")
        wait_for(lambda: state(reception)().lag == 0, "no lag")
    with receiving(store, subscription(kafka, topic)) as reception:  # nothing new since
        wait_for(lambda: state(reception)().lag is not None, "a lag")
        assert state(reception)().lag == 0
        produce(kafka, topic, demo_alerts[8:12])
        wait_for(lambda: state(reception)().received == 4, "more alerts")
        assert state(reception)().newest_mjd == max(row["obs_mjd"] for row in export(store.database, ["obs_mjd"]))


def test_a_disk_that_is_full_pauses_and_loses_nothing(
    kafka: KafkaBroker,
    kafka_topic: TopicFactory,
    store: Store,
    demo_alerts: list[DemoAlert],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    topic, is_full, receive = kafka_topic(), True, Inbox.receive

    def full(self: Inbox, *arguments: object) -> object:
        if is_full:
            raise StoreFullError("The disk is full (a test). Make room: it goes on by itself.")
        return receive(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Inbox, "receive", full)
    produce(kafka, topic, demo_alerts[:8])
    with receiving(store, subscription(kafka, topic)) as reception:
        wait_for(is_in(reception, StreamState.PAUSED), "its pausing")
        assert "disk is full" in state(reception)().message
        assert not ids(store)
        assert not kafka.committed(f"group-of-{topic}", topic)
        is_full = False
        wait_for(lambda: len(ids(store)) == 8, "all alerts, once there is room")
        wait_for(is_in(reception, StreamState.RECEIVING), "its going on")


def test_a_batch_whose_partitions_went_to_another_meanwhile_is_kept_and_not_committed(
    kafka: KafkaBroker,
    kafka_topic: TopicFactory,
    store: Store,
    tmp_path: Path,
    demo_alerts: list[DemoAlert],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A commit that comes late would put the group back behind what the other has committed by then."""
    topic, receive, may_end = kafka_topic(partitions=2), Inbox.receive, threading.Event()
    slow_store, has_begun = store.database, threading.Event()

    def slow(self: Inbox, *arguments: object) -> object:
        if self._database is slow_store:
            has_begun.set()
            may_end.wait(60)
        return receive(self, *arguments)  # type: ignore[arg-type]

    def produce_both(alerts: Sequence[DemoAlert]) -> None:
        kafka.produce(topic, [(alert.key, alert.value, number) for number, alert in enumerate(alerts)])

    monkeypatch.setattr(Inbox, "receive", slow)
    group = subscription(kafka, topic)
    with receiving(store, group) as first, Store(tmp_path / "other") as other:
        wait_for(lambda: state(first)().partitions == 2, "both partitions")
        produce_both(demo_alerts[:2])
        assert has_begun.wait(60)
        with receiving(other, group) as second:
            produce_both(demo_alerts[2:4])
            wait_for(lambda: 2 in kafka.committed(group.group, topic).values(), "the other's commit")
            assert state(second)().partitions == 1
            may_end.set()
            wait_for(lambda: kafka.committed(group.group, topic) == {0: 2, 1: 2}, "the first's own partition")
    assert kafka.committed(group.group, topic) == {0: 2, 1: 2}


def test_only_one_receives_for_a_store(kafka: KafkaBroker, kafka_topic: TopicFactory, store: Store) -> None:
    topic = kafka_topic()
    with receiving(store, subscription(kafka, topic)), Store(store.folder) as other:
        second = Reception(other, [subscription(kafka, topic)], doing="another test")
        with pytest.raises(StoreBusyError, match="a test"):
            second.start()
        second.stop()
    with Store(store.folder) as other, receiving(other, subscription(kafka, topic)):
        pass


def test_the_lock_stays_while_a_batch_is_being_written(
    kafka: KafkaBroker,
    kafka_topic: TopicFactory,
    store: Store,
    demo_alerts: list[DemoAlert],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Another process that took it would write to the same file."""
    topic, receive, begun, may_end = kafka_topic(), Inbox.receive, threading.Event(), threading.Event()

    def slow(self: Inbox, *arguments: object) -> object:
        begun.set()
        may_end.wait(60)
        return receive(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Inbox, "receive", slow)
    produce(kafka, topic, demo_alerts[:2])
    with receiving(store, subscription(kafka, topic)) as reception:
        assert begun.wait(60)
        reception.stop(0)
        assert store.receiving.is_held
        may_end.set()
    assert not store.receiving.is_held


def test_a_key_that_is_no_schema_is_read_by_the_schema_file(
    kafka: KafkaBroker, kafka_topic: TopicFactory, store: Store, demo_alerts: list[DemoAlert]
) -> None:
    topic, alert = kafka_topic(), demo_alerts[0]
    kafka.produce(topic, [(b"4.02", alert.value, 0)])
    with receiving(store, subscription(kafka, topic), until_end=True, schemas={"ztf": alert.key}) as reception:
        wait_for(lambda: not reception.is_running, "the end")
    assert ids(store) == [alert.alert_id]
