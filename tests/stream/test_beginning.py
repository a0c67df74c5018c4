"""Where partitions are read from, and what becomes of the group's position: by a consumer's answers, and on brokers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
from confluent_kafka import (
    OFFSET_BEGINNING,
    TIMESTAMP_CREATE_TIME,
    TIMESTAMP_NOT_AVAILABLE,
    Consumer,
    Message,
    Producer,
    TopicPartition,
)

from fink_tui.store.inbox import Position, Source
from fink_tui.store.store import Store
from fink_tui.stream.beginning import Positions, is_older, milliseconds
from fink_tui.stream.demo import DemoAlert
from fink_tui.stream.position import Start, Where
from fink_tui.stream.reception import Reception
from fink_tui.stream.subscription import Subscription
from tests.fixtures_kafka import TopicFactory
from tests.kafka.broker import KafkaBroker
from tests.running import wait_for
from tests.stream.test_stream import ids, receiving

NOW = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)


# -- by a consumer's answers -------------------------------------------------------------------------------------------


class Broker:
    """Its answers about one topic: offset and time of each message, by partition."""

    def __init__(self, *partitions: Mapping[int, datetime], tells_times: bool = True) -> None:
        self.partitions = partitions
        self.offsets: dict[int, int] = {}
        self._tells_times = tells_times

    def committed(self, asked: list[TopicPartition], timeout: float) -> list[TopicPartition]:
        return [TopicPartition(one.topic, one.partition, self.offsets.get(one.partition, -1001)) for one in asked]

    def get_watermark_offsets(self, asked: TopicPartition, timeout: float) -> tuple[int, int]:
        offsets = self.partitions[asked.partition]
        return (min(offsets), max(offsets) + 1) if offsets else (0, 0)

    def offsets_for_times(self, asked: list[TopicPartition], timeout: float) -> list[TopicPartition]:
        found = []
        for one in asked:
            messages = sorted(self.partitions[one.partition].items())
            good = [offset for offset, time in messages if milliseconds(time) >= one.offset and self._tells_times]
            found.append(TopicPartition(one.topic, one.partition, good[0] if good else -1))
        return found


class Told:
    """As much of a message as is looked at."""

    def __init__(self, offset: int, time: datetime | None, partition: int = 0) -> None:
        self.place, self.time = ("t", partition, offset), time

    def topic(self) -> str:
        return self.place[0]

    def partition(self) -> int:
        return self.place[1]

    def offset(self) -> int:
        return self.place[2]

    def timestamp(self) -> tuple[int, int]:
        if self.time is None:
            return TIMESTAMP_NOT_AVAILABLE, -1
        return TIMESTAMP_CREATE_TIME, milliseconds(self.time)


def ago(hours: float) -> datetime:
    return NOW - timedelta(hours=hours)


def message(offset: int, time: datetime | None) -> Message:
    return cast(Message, Told(offset, time))


def begin(
    positions: Positions, broker: Broker, *numbers: int, stored: Mapping[int, int] | None = None
) -> tuple[list[int], list[Position]]:
    """Offsets of partitions that are assigned, and the positions to be remembered at once."""
    partitions = [TopicPartition("t", number) for number in numbers]
    ahead = positions.begin(cast(Consumer, broker), partitions, lambda _, number: (stored or {}).get(number))
    return [one.offset for one in partitions], ahead


def at(offset: int, partition: int = 0) -> Position:
    return Position("t", partition, offset)


HOURLY = {offset: ago(10 - offset) for offset in range(10)}
"""A message an hour, the newest an hour old."""


def test_a_time_is_found_by_the_broker() -> None:
    broker = Broker(HOURLY, {0: ago(9)}, {})
    offsets, ahead = begin(Positions(ago(2.5)), broker, 0, 1, 2)
    assert offsets == [8, 1, 0], "the first that is not older; the end where all are older; an empty partition"
    assert ahead == [at(8), at(1, 1), at(0, 2)]


def test_a_time_behind_the_group_takes_nothing_back() -> None:
    broker = Broker(HOURLY)
    broker.offsets[0] = 7
    positions = Positions(ago(8))
    assert begin(positions, broker, 0, stored={0: 6}) == ([2], [])
    assert positions.to_store([at(5)]) == positions.to_commit([at(5)]) == []
    assert (positions.to_store([at(7)]), positions.to_commit([at(7)])) == ([at(7)], [])
    assert positions.to_store([at(8)]) == positions.to_commit([at(8)]) == [at(8)]


def test_reading_again_goes_on_after_the_partition_was_away() -> None:
    broker = Broker(HOURLY)
    broker.offsets[0] = 7
    positions = Positions(Start.EARLIEST)
    assert begin(positions, broker, 0)[0] == [OFFSET_BEGINNING]
    assert begin(positions, broker, 0)[0] == [OFFSET_BEGINNING], "nothing was read meanwhile"
    assert positions.reached("t", 0) is None
    positions.to_commit([at(3)])
    broker.offsets[0] = 9  # another member had it meanwhile
    assert begin(positions, broker, 0)[0] == [3]
    assert positions.reached("t", 0) == 3, "from which the lag is counted: not from where the group is"
    assert positions.to_commit([at(8)]) == [], "not behind where the other member was, either"
    assert positions.to_commit([at(10)]) == [at(10)]
    broker.offsets[0] = 12
    assert begin(positions, broker, 0)[0] == [12]


def test_a_partition_comes_back_without_a_position() -> None:
    """The commit was refused, or the topic was made again: what is known is known, and nothing is passed over."""
    for start in (Start.COMMITTED, Start.EARLIEST, Start.LATEST, ago(2.5)):
        broker, positions = Broker(HOURLY), Positions(start)
        begin(positions, broker, 0)
        positions.to_commit([at(9)])
        assert begin(positions, broker, 0, stored={0: 9}) == ([OFFSET_BEGINNING], [])
        assert positions.to_store([at(4)]) == positions.to_commit([at(4)]) == [at(4)]


def test_an_older_store_reads_again_without_taking_the_group_back() -> None:
    broker = Broker(HOURLY)
    broker.offsets[0] = 7
    positions = Positions(Start.COMMITTED)
    assert begin(positions, broker, 0, stored={0: 2}) == ([2], [])
    assert positions.to_store([at(4)]) == [at(4)], "else the next start would begin at 2 again"
    assert positions.to_commit([at(4)]) == []


def test_a_topic_that_was_made_again_is_read_from_its_beginning() -> None:
    positions = Positions(Start.COMMITTED)
    assert begin(positions, Broker(HOURLY), 0, stored={0: 500}) == ([OFFSET_BEGINNING], [])
    assert positions.to_store([at(4)]) == positions.to_commit([at(4)]) == [at(4)]


def test_latest_is_for_what_is_there_at_the_start() -> None:
    broker = Broker(HOURLY, HOURLY, HOURLY)
    positions = Positions(Start.LATEST)
    assert begin(positions, broker, 0) == ([10], [at(10)])
    broker.offsets = {0: 10, 1: 4}
    assert begin(positions, broker, 0, 1, 2) == ([10, 4, OFFSET_BEGINNING], []), "from another member; made since"


def test_a_group_without_partitions() -> None:
    for start in (Start.COMMITTED, Start.LATEST, ago(1)):
        assert begin(Positions(start), Broker()) == ([], [])


def test_a_broker_that_cannot_tell_times_is_read_from_its_oldest() -> None:
    positions = Positions(ago(2.5))
    assert begin(positions, Broker(HOURLY, {}, tells_times=False), 0, 1) == ([OFFSET_BEGINNING, 0], [at(0, 1)])
    assert all(positions.passes_over(message(offset, HOURLY[offset])) for offset in range(7))
    assert positions.passed() == [at(7)]
    assert positions.passed() == []
    assert positions.passes_over(message(7, HOURLY[7]))
    assert not any(positions.passes_over(message(offset, HOURLY[offset])) for offset in (8, 9))
    assert positions.passed() == [], "else it would be told after that of the first that is kept"
    assert not positions.passes_over(message(10, ago(5))), "as by the broker's answer: all after the first"


def test_a_message_without_a_time_is_kept() -> None:
    positions = Positions(ago(2.5))
    begin(positions, Broker(HOURLY, tells_times=False), 0)
    assert not positions.passes_over(message(0, None))
    assert not is_older(message(0, None), NOW)
    assert is_older(message(0, ago(1)), NOW)
    assert not is_older(message(0, NOW), NOW)


def test_a_time_before_kafkas_count_is_its_beginning() -> None:
    assert milliseconds(datetime(1858, 11, 17, tzinfo=UTC)) == 0


# -- on brokers --------------------------------------------------------------------------------------------------------


def wanted(servers: str, topic: str, start: Where = Start.COMMITTED) -> Subscription:
    return Subscription(survey="ztf", servers=servers, group=f"group-of-{topic}", topics=(topic,), start=start)


def to_the_end(store: Store, subscription: Subscription, **options: object) -> Reception:
    with receiving(store, subscription, until_end="limit" not in options, **options) as reception:
        wait_for(lambda: not reception.is_running, "the end")
    return reception


def produce(kafka: KafkaBroker, topic: str, alerts: list[DemoAlert], hours: float, partition: int = 0) -> None:
    """Write alerts that the broker has since some hours."""
    messages = [(alert.key, alert.value, partition) for alert in alerts]
    kafka.produce(topic, messages, timestamp=milliseconds(datetime.now(UTC) - timedelta(hours=hours)))


def since(hours: float) -> datetime:
    return datetime.now(UTC) - timedelta(hours=hours)


def test_a_time_on_a_real_broker(
    kafka: KafkaBroker, kafka_topic: TopicFactory, store: Store, demo_alerts: list[DemoAlert]
) -> None:
    topic = kafka_topic(partitions=3)
    produce(kafka, topic, demo_alerts[:4], 5)
    produce(kafka, topic, demo_alerts[4:6], 1)
    produce(kafka, topic, demo_alerts[6:9], 5, partition=1)
    reception = to_the_end(store, wanted(kafka.bootstrap, topic, since(2)))
    assert sorted(ids(store)) == sorted(alert.alert_id for alert in demo_alerts[4:6])
    assert reception.statuses[0].received == 2
    assert kafka.committed(f"group-of-{topic}", topic) == {0: 6, 1: 3, 2: 0}
    assert to_the_end(store, wanted(kafka.bootstrap, topic)).statuses[0].received == 0, "what was passed over stays so"


def test_reading_again_moves_neither_the_group_nor_the_store_back(
    kafka: KafkaBroker, kafka_topic: TopicFactory, store: Store, demo_alerts: list[DemoAlert]
) -> None:
    topic = kafka_topic(partitions=1)
    produce(kafka, topic, demo_alerts[:8], 3)
    to_the_end(store, wanted(kafka.bootstrap, topic))
    for start in (Start.EARLIEST, since(4)):
        again = to_the_end(store, wanted(kafka.bootstrap, topic, start), limit=3)  # ended in the middle of it
        assert (again.statuses[0].received, again.statuses[0].duplicates) == (3, 3)
        assert kafka.committed(f"group-of-{topic}", topic) == {0: 8}
    produce(kafka, topic, demo_alerts[8:10], 0)
    assert to_the_end(store, wanted(kafka.bootstrap, topic)).statuses[0].received == 2
    assert to_the_end(store, wanted(kafka.bootstrap, topic, Start.EARLIEST)).statuses[0].duplicates == 10
    assert kafka.committed(f"group-of-{topic}", topic) == {0: 10}
    assert len(ids(store)) == 10


def test_latest_is_remembered_before_the_first_alert(
    kafka: KafkaBroker, kafka_topic: TopicFactory, store: Store, demo_alerts: list[DemoAlert]
) -> None:
    """A store that was in the middle of a topic goes on at its end, not where it was."""
    topic = kafka_topic(partitions=1)
    produce(kafka, topic, demo_alerts[:8], 3)
    to_the_end(store, wanted(kafka.bootstrap, topic), limit=2)
    assert to_the_end(store, wanted(kafka.bootstrap, topic, Start.LATEST)).statuses[0].received == 0
    assert to_the_end(store, wanted(kafka.bootstrap, topic)).statuses[0].received == 0
    assert len(ids(store)) == 2


def test_a_time_on_a_broker_that_cannot_tell(
    store: Store, demo_alerts: list[DemoAlert], capfd: pytest.CaptureFixture[str]
) -> None:
    """librdkafka's own broker; it prints a line."""
    mock = Producer({"bootstrap.servers": "mock", "test.mock.num.brokers": 1})
    broker = next(iter(mock.list_topics(timeout=10).brokers.values()))
    for number, alert in enumerate(demo_alerts[:9]):
        hours = 5 if number < 6 else 1
        mock.produce("new", alert.value, alert.key, partition=number % 3, timestamp=milliseconds(since(hours)))
        mock.produce("old", alert.value, alert.key, partition=0, timestamp=milliseconds(since(5)))
    assert mock.flush(20) == 0
    servers = f"{broker.host}:{broker.port}"
    subscription = Subscription(survey="ztf", servers=servers, group="g", topics=("new", "old"), start=since(2))
    reception = to_the_end(store, subscription)
    assert sorted(ids(store)) == sorted(alert.alert_id for alert in demo_alerts[6:9])
    assert reception.statuses[0].received == 3
    partitions = [*(("new", number) for number in range(4)), ("old", 0)]
    inbox, source = store.inbox(), Source(str(mock.list_topics(timeout=10).cluster_id), "g")
    assert [inbox.position(source, *one) for one in partitions] == [3, 3, 3, 0, 9]
    inbox.close()
    consumer = Consumer({"bootstrap.servers": servers, "group.id": "g"})
    committed = consumer.committed([TopicPartition(*one) for one in partitions], timeout=10)
    assert [one.offset for one in committed] == [3, 3, 3, 0, 9]
    consumer.close()
