"""Replays: their pace and order, what they leave alone, from files and from Kafka."""

from __future__ import annotations

import itertools
import random
import shutil
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from confluent_kafka import Producer
from hypothesis import given
from hypothesis import strategies as st

from fink_tui.alerts.decode import record as decoded
from fink_tui.alerts.packet import container, encode
from fink_tui.alerts.schema import SchemaBook
from fink_tui.store.decisions import SAVED, decide
from fink_tui.store.errors import StoreBusyError, StoreFullError
from fink_tui.store.inbox import Inbox, Source
from fink_tui.store.pages import export
from fink_tui.store.store import Store
from fink_tui.stream.beginning import milliseconds
from fink_tui.stream.demo import DemoAlert
from fink_tui.stream.file_feed import FileFeed
from fink_tui.stream.kafka_feed import HEADS, KafkaFeed
from fink_tui.stream.position import Start, Where
from fink_tui.stream.replay import LONGEST_WAIT, Feed, Pace, Replay
from fink_tui.stream.status import StreamState, StreamStatus
from fink_tui.stream.subscription import Subscription
from tests.fixtures_kafka import TopicFactory
from tests.kafka.broker import KafkaBroker
from tests.running import wait_for
from tests.store.making import NOW, check, files, results
from tests.stream.test_stream import ids, receiving

TIMES = st.lists(st.floats(0, 2e9), min_size=1, max_size=30)


# -- pace --------------------------------------------------------------------------------------------------------------


def test_an_hour_in_a_minute() -> None:
    pace = Pace(60)
    assert [pace.wait(1000 + 60 * minute, now) for minute, now in enumerate([5.0, 5.0, 6.0, 7.5])] == [0, 1, 1, 0.5]


def test_a_day_between_two_nights_is_not_waited_for() -> None:
    pace = Pace(1)
    assert pace.wait(0, 0) == 0
    assert pace.wait(86400, 0) == LONGEST_WAIT


@given(TIMES)
def test_without_a_speed_nothing_waits(times: list[float]) -> None:
    pace = Pace(None)
    assert [pace.wait(time, 0) for time in times] == [0] * len(times)


@given(TIMES, st.floats(0.01, 1e6))
def test_waits_are_those_of_the_times_however_late_each_is(times: list[float], speed: float) -> None:
    """Whoever waits as told is at the last one when its time says, and never earlier than at the one before."""
    pace, now = Pace(speed), 100.0
    for seconds in times:
        wait = pace.wait(seconds, now)
        assert wait <= LONGEST_WAIT
        now += max(0.0, wait)
    steps = [max(0.0, b - a) for a, b in itertools.pairwise(itertools.accumulate(times, max))]
    assert now == pytest.approx(100 + sum(min(step / speed, LONGEST_WAIT) for step in steps), abs=1e-4)


# -- from files --------------------------------------------------------------------------------------------------------


@contextmanager
def playing(store: Store, *feeds: Feed, speed: float | None = None) -> Iterator[Replay]:
    replay = Replay(store, feeds, doing="a test", speed=speed)
    replay.start()
    try:
        yield replay
    finally:
        replay.stop(20)
        assert not replay.is_running


def played(store: Store, *feeds: Feed, speed: float | None = None) -> StreamStatus:
    """The status at the end of a replay."""
    with playing(store, *feeds, speed=speed) as replay:
        wait_for(lambda: not replay.is_running, "its end")
    return replay.statuses[0]


def in_order(alerts: Sequence[DemoAlert]) -> list[str]:
    return [alert.alert_id for alert in sorted(alerts, key=lambda one: one.obs_mjd)]


def saved(folder: Path, alerts: Sequence[DemoAlert]) -> list[Path]:
    """A file for each, in no order."""
    folder.mkdir()
    for alert in alerts:
        (folder / f"{alert.alert_id}.avro").write_bytes(container(alert.key, alert.value))
    paths = sorted(folder.iterdir())
    random.Random(1).shuffle(paths)
    return paths


def test_alerts_of_files_come_in_the_order_of_their_observation(
    tmp_path: Path, store: Store, demo_alerts: list[DemoAlert]
) -> None:
    feed = FileFeed(saved(tmp_path / "files", demo_alerts))
    status = played(store, feed, speed=1e9)
    assert ids(store) == in_order(demo_alerts)
    assert (status.stored, status.duplicates, status.lag) == (40, 0, 0)
    assert (status.state, status.message) == (StreamState.STOPPED, "Replayed: 40 new, 0 known already.")
    assert {row["topics"] for row in export(store.database, ["topics"])} == {""}


def test_what_is_known_stays_as_it_is_with_its_decision(
    tmp_path: Path, store: Store, demo_alerts: list[DemoAlert]
) -> None:
    """Also where the files are the store's own: nothing is appended to what is read."""
    played(store, FileFeed(saved(tmp_path / "files", demo_alerts[:20])))
    decide(store.database, 3, SAVED, "a file").result()
    packets = {path: path.read_bytes() for path in (store.folder / "packets").rglob("*.avro")}
    before = list(export(store.database, ["alert_id", "state", "arrived_at"]))
    assert before[2]["state"] == SAVED
    status = played(store, FileFeed(list(packets)))
    assert (status.stored, status.duplicates) == (0, 20)
    assert status.message == "Replayed: 0 new, 20 known already. --rehearse shows them come again."
    assert list(export(store.database, ["alert_id", "state", "arrived_at"])) == before
    assert {path: path.read_bytes() for path in (store.folder / "packets").rglob("*.avro")} == packets
    status = played(store, FileFeed(saved(tmp_path / "more", demo_alerts[15:30])))
    assert (status.stored, status.duplicates) == (10, 5)


def test_packets_that_are_gone_come_back(tmp_path: Path, store: Store, demo_alerts: list[DemoAlert]) -> None:
    """As after their night was removed: rows and decisions had stayed."""
    some = demo_alerts[:6]
    for topic in ("", "a_topic"):
        inbox = store.inbox()
        inbox.receive(results(some[:3] if topic else some[3:], topic), Source("cluster" if topic else "", ""), [], NOW)
        inbox.close()
    decide(store.database, 2, SAVED, "a file").result()
    shutil.rmtree(store.folder / "packets")
    before = list(export(store.database, ["alert_id", "state", "topics", "arrived_at"]))
    assert played(store, FileFeed(saved(tmp_path / "files", some))).duplicates == 6
    check(store, some)
    assert list(export(store.database, ["alert_id", "state", "topics", "arrived_at"])) == before


def test_an_alert_in_two_files_that_differ_is_kept_once(
    tmp_path: Path, store: Store, demo_alerts: list[DemoAlert]
) -> None:
    """The same detection by two versions of a broker: the first stays."""
    alert = next(one for one in demo_alerts if one.survey == "ztf")
    schema = SchemaBook().schema(alert.key)
    fields = decoded(schema, alert.value)
    other = alert._replace(value=encode(schema.parsed, fields | {"fink_science_version": "another"}))
    assert other.value != alert.value
    for one in (alert, other, alert, other):
        (tmp_path / "a.avro").write_bytes(container(one.key, one.value))
        played(store, FileFeed([tmp_path / "a.avro"]))
    check(store, [alert])
    assert sum(path.stat().st_size for path in files(store)) < len(alert.key) + 2 * len(alert.value)


def test_what_is_wrong_with_files_is_said_and_the_rest_comes(
    tmp_path: Path, store: Store, demo_alerts: list[DemoAlert]
) -> None:
    good = saved(tmp_path / "files", demo_alerts[:5])
    whole = container(demo_alerts[5].key, demo_alerts[5].value)
    spoilt = {
        "a.avro": b"nonsense",
        "b.avro": whole[:-50],
        "c.avro": container(demo_alerts[5].key, b"x"),
        "d.avro": b"",
    }
    for name, data in spoilt.items():
        (tmp_path / name).write_bytes(data)
    status = played(store, FileFeed([*(tmp_path / name for name in spoilt), *good]))
    assert (status.stored, status.quarantined) == (5, 0)
    words = (
        "5 new, 0 known already.",
        "a.avro: not an Avro file",
        "b.avro: it is damaged after 0",
        "c.avro: 1 record is no alert:",
        "with 1 more",
    )
    assert [word for word in words if word not in status.message] == []


@pytest.mark.parametrize("data", [None, b"nonsense"])
def test_files_without_an_alert(tmp_path: Path, store: Store, data: bytes | None, demo_alerts: list[DemoAlert]) -> None:
    path = tmp_path / "a.avro"
    path.write_bytes(container(demo_alerts[0].key, demo_alerts[0].value).split(b"null")[0] if data is None else data)
    with playing(store, FileFeed([path])) as replay:
        wait_for(lambda: not replay.is_running, "its end")
        assert replay.failure is not None
        assert "a.avro: " in replay.failure
    assert ids(store) == []


def test_it_stops_in_the_middle_of_a_pause(tmp_path: Path, store: Store, demo_alerts: list[DemoAlert]) -> None:
    with playing(store, FileFeed(saved(tmp_path / "files", demo_alerts)), speed=1e-6) as replay:
        wait_for(lambda: replay.statuses[0].received == 1, "the first")
        assert (replay.statuses[0].state, replay.statuses[0].lag) == (StreamState.REPLAYING, 39)
        replay.tell_to_stop()
        wait_for(lambda: not replay.is_running, "its end")
    assert replay.statuses[0].message == "Replayed: 1 new, 0 known already; stopped before the end."
    assert replay.failure is None


def test_a_full_disk_is_waited_for(
    tmp_path: Path, store: Store, demo_alerts: list[DemoAlert], monkeypatch: pytest.MonkeyPatch
) -> None:
    is_full, receive = threading.Event(), Inbox.receive
    is_full.set()

    def full(self: Inbox, *arguments: object) -> object:
        if is_full.is_set():
            raise StoreFullError("The disk is full (a test).")
        return receive(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Inbox, "receive", full)
    monkeypatch.setattr("fink_tui.stream.replay.RETRY_SECONDS", 0.01)
    with playing(store, FileFeed(saved(tmp_path / "files", demo_alerts[:5]))) as replay:
        wait_for(lambda: replay.statuses[0].state is StreamState.PAUSED, "its pausing")
        assert replay.statuses[0].message == "The disk is full (a test)."
        is_full.clear()
        wait_for(lambda: not replay.is_running, "its end")
    assert replay.statuses[0].message == "Replayed: 5 new, 0 known already."


def test_it_needs_the_store_for_itself_only_while_it_plays(
    tmp_path: Path, store: Store, demo_alerts: list[DemoAlert]
) -> None:
    feed = FileFeed(saved(tmp_path / "files", demo_alerts[:2]))
    with Store(store.folder) as other:
        assert other.receiving.acquire("another test")
        with pytest.raises(StoreBusyError, match="another test"):
            Replay(store, [feed], doing="a test").start()
        other.receiving.release()
        with playing(store, feed) as replay:
            wait_for(lambda: not replay.is_running, "its end")
            assert other.receiving.acquire("another test")


# -- from Kafka --------------------------------------------------------------------------------------------------------


def since(hours: float) -> datetime:
    return datetime.now(UTC) - timedelta(hours=hours)


def wanted(servers: str, *topics: str, start: Where = Start.EARLIEST) -> Subscription:
    return Subscription(survey="ztf", servers=servers, group=f"group-of-{topics[0]}", topics=topics, start=start)


def produce(kafka: KafkaBroker, topic: str, alerts: Sequence[DemoAlert], first: datetime) -> None:
    """Write alerts a minute apart, dealt out to three partitions of which one gets most."""
    for number, alert in enumerate(alerts):
        stamp = milliseconds(first + timedelta(minutes=number))
        kafka.produce(topic, [(alert.key, alert.value, (0, 0, 1, 0, 2)[number % 5])], timestamp=stamp)


def test_a_replay_takes_nothing_from_the_group_and_ends_with_what_is_there(
    kafka: KafkaBroker, kafka_topic: TopicFactory, store: Store, tmp_path: Path, demo_alerts: list[DemoAlert]
) -> None:
    topic = kafka_topic(partitions=3)
    produce(kafka, topic, demo_alerts[:10], since(3))
    subscription = wanted(kafka.bootstrap, topic, start=Start.COMMITTED)
    with receiving(store, subscription, limit=4) as reception:  # the group is in the middle
        wait_for(lambda: not reception.is_running, "four alerts")
    committed = kafka.committed(subscription.group, topic)
    assert sum(committed.values()) == 4
    positions = store.database.reader().execute("SELECT * FROM position").fetchall()
    status = played(store, KafkaFeed(wanted(kafka.bootstrap, topic)))
    assert (status.stored, status.duplicates, status.lag) == (6, 4, 0)
    assert sorted(ids(store)) == sorted(alert.alert_id for alert in demo_alerts[:10])
    assert kafka.committed(subscription.group, topic) == committed
    assert store.database.reader().execute("SELECT * FROM position").fetchall() == positions
    with Store(tmp_path / "other") as other:
        played(other, KafkaFeed(wanted(kafka.bootstrap, topic, start=since(2) - timedelta(minutes=55, seconds=30))))
        assert sorted(ids(other)) == sorted(alert.alert_id for alert in demo_alerts[5:10])


def test_with_a_speed_partitions_are_put_in_the_order_of_their_times(
    kafka: KafkaBroker, kafka_topic: TopicFactory, store: Store, demo_alerts: list[DemoAlert]
) -> None:
    topic = kafka_topic(partitions=4)
    produce(kafka, topic, demo_alerts, since(3))
    assert sum(number % 5 in (0, 1, 3) for number in range(40)) > HEADS, "one partition is paused meanwhile"
    played(store, KafkaFeed(wanted(kafka.bootstrap, topic), is_ordered=True), speed=1e9)
    assert ids(store) == [alert.alert_id for alert in demo_alerts]


def test_what_is_no_alert_is_in_quarantine_once(
    kafka: KafkaBroker, kafka_topic: TopicFactory, store: Store, demo_alerts: list[DemoAlert]
) -> None:
    topic, good = kafka_topic(partitions=1), demo_alerts[0]
    kafka.produce(topic, [(good.key, good.value), (b"", b"no key"), (good.key, b"")])
    for stored in (1, 0):
        status = played(store, KafkaFeed(wanted(kafka.bootstrap, topic)))
        assert (status.stored, status.quarantined) == (stored, 2)
    ((count,),) = store.database.reader().execute("SELECT count(*) FROM quarantine").fetchall()
    assert count == 2


def test_nothing_since_then_and_no_such_topic(kafka: KafkaBroker, kafka_topic: TopicFactory, store: Store) -> None:
    topic, missing = kafka_topic(), kafka_topic(create=False)
    status = played(store, KafkaFeed(wanted(kafka.bootstrap, topic, missing)))
    assert status.message == (
        f"Replayed: 0 new, 0 known already. There is no topic {missing}. The broker has nothing of that time."
    )
    status = played(store, KafkaFeed(wanted(kafka.bootstrap, missing)))
    assert (status.state, status.message) == (
        StreamState.FAILED,
        f"There is no topic {missing}. Is the name right?",
    )


def test_a_broker_that_is_away_is_waited_for(
    kafka: KafkaBroker, kafka_topic: TopicFactory, store: Store, demo_alerts: list[DemoAlert]
) -> None:
    topic = kafka_topic(partitions=3)
    produce(kafka, topic, demo_alerts[:5], since(1))
    kafka.stop()
    with playing(store, KafkaFeed(wanted(kafka.bootstrap, topic))) as replay:
        wait_for(lambda: replay.statuses[0].state is StreamState.AWAY, "its saying so")
        assert "does not answer" in replay.statuses[0].message
        kafka.start()
        wait_for(lambda: not replay.is_running, "its end")
        assert replay.statuses[0].message == "Replayed: 5 new, 0 known already."


def test_a_broker_that_cannot_tell_times(
    store: Store, demo_alerts: list[DemoAlert], capfd: pytest.CaptureFixture[str]
) -> None:
    """librdkafka's own broker; it prints a line."""
    mock = Producer({"bootstrap.servers": "mock", "test.mock.num.brokers": 1})
    broker = next(iter(mock.list_topics(timeout=10).brokers.values()))
    for number, alert in enumerate(demo_alerts[:9]):
        stamp = milliseconds(since(5 if number < 6 else 1))
        mock.produce("t", alert.value, alert.key, partition=number % 3, timestamp=stamp)
    assert mock.flush(20) == 0
    status = played(store, KafkaFeed(wanted(f"{broker.host}:{broker.port}", "t", start=since(2))))
    assert sorted(ids(store)) == sorted(alert.alert_id for alert in demo_alerts[6:9])
    assert status.received == 3
