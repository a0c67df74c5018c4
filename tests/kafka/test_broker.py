"""The Kafka broker of the tests: what it promises to the tests that use it."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient

from tests import fixtures_kafka
from tests.fixtures_kafka import REQUIRE, TopicFactory
from tests.kafka import broker as module
from tests.kafka.broker import BrokerError, KafkaBroker, cache_folder, fetch_jars, find_java, free_ports

ROOT = Path(__file__).parents[2]


def consume(
    settings: dict[str, str], topic: str, count: int, *, group: str = "readers"
) -> list[tuple[int, int, bytes]]:
    """Read (partition, offset, value) from a topic as a member of a group, and commit what was read."""
    consumer = Consumer(
        {"log_level": 0, "group.id": group, "auto.offset.reset": "earliest", "enable.auto.commit": False, **settings}
    )
    consumer.subscribe([topic])
    deadline = time.monotonic() + 20
    found: list[tuple[int, int, bytes]] = []
    try:
        while len(found) < count and time.monotonic() < deadline:
            message = consumer.poll(0.5)
            if message is None or message.error():
                continue
            partition, offset, value = message.partition(), message.offset(), message.value()
            assert partition is not None
            assert offset is not None
            assert value is not None
            found.append((partition, offset, value))
        consumer.commit(
            offsets=[TopicPartition(topic, partition, offset + 1) for partition, offset, _ in sorted(found)],
            asynchronous=False,
        )
    finally:
        consumer.close()
    return sorted(found)


def test_messages_come_back_from_the_partitions_they_were_sent_to(
    kafka: KafkaBroker, kafka_topic: TopicFactory
) -> None:
    topic = kafka_topic(partitions=2)
    assert kafka.end_offsets(topic) == {0: 0, 1: 0}

    kafka.produce(topic, [(b"schema", b"one", 0), (b"schema", b"two", 1)])

    assert kafka.end_offsets(topic) == {0: 1, 1: 1}
    found = consume({"bootstrap.servers": kafka.bootstrap}, topic, 2)
    assert found == [(0, 0, b"one"), (1, 0, b"two")]


def test_committed_names_only_the_partitions_that_were_committed(kafka: KafkaBroker, kafka_topic: TopicFactory) -> None:
    topic = kafka_topic(partitions=3)
    kafka.produce(topic, [(None, b"one", 1), (None, b"two", 1), (None, b"three", 2)])
    assert kafka.committed("observers", topic) == {}

    consume({"bootstrap.servers": kafka.bootstrap}, topic, 3, group="observers")

    assert kafka.committed("observers", topic) == {1: 2, 2: 1}
    assert kafka.committed("others", topic) == {}


def test_equal_keys_share_a_partition(kafka: KafkaBroker, kafka_topic: TopicFactory) -> None:
    topic = kafka_topic()
    kafka.produce(topic, [(b"schema", b"%d" % number) for number in range(5)])
    assert sorted(kafka.end_offsets(topic).values()) == [0, 0, 0, 5]


def test_the_same_broker_comes_back_after_a_kill(kafka: KafkaBroker, kafka_topic: TopicFactory) -> None:
    topic = kafka_topic(partitions=2)
    kafka.produce(topic, [(None, b"one", 0), (None, b"two", 1)])
    settings = {"bootstrap.servers": kafka.bootstrap}
    consume(settings, topic, 2, group="survivors")
    first = kafka.pid

    kafka.kill()
    assert kafka.pid is None
    with pytest.raises(ConnectionRefusedError):
        _connect(kafka)
    kafka.start()

    assert kafka.pid not in (None, first)
    assert settings == {"bootstrap.servers": kafka.bootstrap}
    assert kafka.end_offsets(topic) == {0: 1, 1: 1}
    assert kafka.committed("survivors", topic) == {0: 1, 1: 1}
    assert consume(settings, topic, 2, group="newcomers") == [(0, 0, b"one"), (1, 0, b"two")]


def test_the_same_broker_comes_back_after_a_clean_stop(kafka: KafkaBroker, kafka_topic: TopicFactory) -> None:
    topic = kafka_topic(partitions=1)
    kafka.produce(topic, [(None, b"one")])
    address = kafka.bootstrap

    kafka.suspend()  # a suspended process takes no SIGTERM: stop has to wake it
    kafka.stop()
    assert kafka.pid is None
    kafka.stop()
    kafka.start()

    assert kafka.bootstrap == address
    assert kafka.end_offsets(topic) == {0: 1}


def test_a_suspended_broker_is_silent_until_it_is_resumed(kafka: KafkaBroker, kafka_topic: TopicFactory) -> None:
    topic = kafka_topic(partitions=1)
    kafka.suspend()
    stranger = AdminClient({"bootstrap.servers": kafka.bootstrap, "log_level": 0})
    with pytest.raises(KafkaException):
        stranger.list_topics(timeout=0.5)

    kafka.resume()

    kafka.produce(topic, [(None, b"one")])
    assert kafka.end_offsets(topic) == {0: 1}


def test_a_large_message_is_taken(kafka: KafkaBroker, kafka_topic: TopicFactory) -> None:
    topic = kafka_topic(partitions=1)
    value = bytes(9_000_000)
    kafka.produce(topic, [(None, value)])
    assert consume({"bootstrap.servers": kafka.bootstrap}, topic, 1) == [(0, 0, value)]


def test_messages_may_carry_an_old_time(kafka: KafkaBroker, kafka_topic: TopicFactory) -> None:
    topic = kafka_topic(partitions=1)
    kafka.produce(topic, [(None, b"old")], timestamp=1_000_000_000_000)
    kafka.produce(topic, [(None, b"new")])
    reader = Consumer({"bootstrap.servers": kafka.bootstrap, "group.id": "clock", "log_level": 0})
    try:
        found = reader.offsets_for_times([TopicPartition(topic, 0, 1_000_000_000_001)], timeout=10)
    finally:
        reader.close()
    assert [place.offset for place in found] == [1]


def test_a_message_that_is_not_delivered_is_an_error(kafka: KafkaBroker, kafka_topic: TopicFactory) -> None:
    topic = kafka_topic(partitions=1)
    with pytest.raises(BrokerError, match=f"1 of 2 messages did not reach topic {topic}"):
        kafka.produce(topic, [(None, b"one", 0), (None, b"two", 7)])


def test_topics_are_neither_made_nor_kept_by_accident(kafka: KafkaBroker, kafka_topic: TopicFactory) -> None:
    topic = kafka_topic(create=False)
    with pytest.raises(BrokerError, match="no topic"):
        kafka.end_offsets(topic)
    kafka.create_topic(topic, partitions=1)
    with pytest.raises(BrokerError, match="already exists"):
        kafka.create_topic(topic)
    kafka.delete_topic(topic)
    with pytest.raises(BrokerError, match="no topic"):
        kafka.committed("anyone", topic)


def test_topic_names_are_fresh(kafka_topic: TopicFactory) -> None:
    names = {kafka_topic("fink_sn", create=False), kafka_topic("fink_sn", create=False)}
    assert len(names) == 2
    assert all(name.startswith("fink_sn") for name in names)


def test_sasl_lets_in_only_who_has_the_password(kafka: KafkaBroker) -> None:
    with KafkaBroker(sasl=True) as broker:
        broker.create_topic("alerts", partitions=1)
        broker.produce("alerts", [(None, b"one")])
        assert consume(broker.sasl_config, "alerts", 1) == [(0, 0, b"one")]

        refusals: list[int] = []

        def refused(error: KafkaError) -> None:
            refusals.append(error.code())

        stranger = Consumer(
            {
                **broker.sasl_config,
                "sasl.password": "a guess",
                "group.id": "strangers",
                "log_level": 0,
                "error_cb": refused,
            }
        )
        deadline = time.monotonic() + 20
        while KafkaError._AUTHENTICATION not in refusals and time.monotonic() < deadline:
            stranger.poll(0.1)
        stranger.close()
        assert KafkaError._AUTHENTICATION in refusals
        folder = broker.folder
    assert folder is not None
    assert not folder.exists()


def test_a_port_taken_in_the_meantime_is_given_up(kafka: KafkaBroker, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = int(kafka.bootstrap.rpartition(":")[2])
    offers = [[taken, *free_ports(1)], free_ports(2)]
    monkeypatch.setattr(module, "free_ports", lambda count: offers.pop(0))
    with KafkaBroker() as broker:
        assert broker.bootstrap != kafka.bootstrap
        assert offers == []


def test_the_broker_ends_with_the_tests_even_if_they_are_killed(kafka: KafkaBroker) -> None:
    program = (
        "from tests.kafka.broker import KafkaBroker\n"
        "broker = KafkaBroker()\n"
        "broker.start()\n"
        "print(broker.bootstrap, broker.folder, flush=True)\n"
        "input()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        address, folder = child.stdout.readline().split()
        host, port = address.split(":")
        with socket.create_connection((host, int(port)), timeout=20) as connection:
            child.kill()
            with contextlib.suppress(ConnectionResetError):
                assert connection.recv(1) == b""  # the end of the broker's process closes it
    shutil.rmtree(folder, ignore_errors=True)


def test_methods_of_a_broker_that_does_not_run_say_so() -> None:
    broker = KafkaBroker()
    with pytest.raises(BrokerError, match="never started"):
        _ = broker.bootstrap
    with pytest.raises(BrokerError, match="no SASL listener"):
        _ = broker.sasl_config
    with pytest.raises(BrokerError, match="does not run"):
        broker.suspend()
    broker.kill()
    broker.close()


def test_the_words_of_a_broker_that_cannot_start_are_in_the_error(kafka: KafkaBroker) -> None:
    broker = KafkaBroker(settings={"num.io.threads": "none"})
    with pytest.raises(BrokerError, match=r"num\.io\.threads"):
        broker.start()
    assert broker.pid is None


def test_java_that_is_absent_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(BrokerError, match="Java was not found under JAVA_HOME"):
        find_java()
    monkeypatch.delenv("JAVA_HOME")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BrokerError, match="Java was not found on the PATH"):
        find_java()


@pytest.mark.parametrize(
    ("prints", "words"),
    [
        ("java.specification.version = 11", "needs Java 17 or newer; this is Java 11"),
        ("java.specification.version = 1.8", "needs Java 17 or newer; this is Java 1.8"),
        ("no runtime present", "could not be run: no runtime present"),
    ],
)
def test_java_that_will_not_do_is_named(
    prints: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _command(tmp_path / "bin" / "java", f"echo '    {prints}' >&2")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(BrokerError, match=words):
        find_java()


def test_maven_that_is_absent_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BrokerError, match=r"Maven \(mvn\) was not found on the PATH"):
        fetch_jars()


def test_maven_that_fails_is_quoted_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _command(tmp_path / "bin" / "mvn", "echo '[ERROR] no such artifact'; exit 1")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")
    with pytest.raises(BrokerError, match=r"Maven could not resolve Apache Kafka: .*no such artifact"):
        fetch_jars()
    assert list(cache_folder().parent.iterdir()) == []


def test_two_runs_that_fetch_at_once_share_what_the_first_one_got(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    # This Maven is slow: another run has filled the cache before it ends.
    theirs = cache_folder() / "kafka_0.jar"
    _command(
        tmp_path / "bin" / "mvn",
        f'mkdir -p "{theirs.parent}"; echo theirs >"{theirs}"',
        "for word; do case $word in -DoutputDirectory=*) out=${word#*=};; esac; done",
        'mkdir "$out"; echo ours >"$out/kafka_0.jar"',
    )
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")

    assert fetch_jars() == [theirs]
    assert theirs.read_text() == "theirs\n"
    assert list(cache_folder().parent.iterdir()) == [theirs.parent]


def test_a_relative_cache_folder_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "cache")
    assert cache_folder().is_relative_to(Path.home() / ".cache")


def test_a_broker_that_cannot_be_had_skips_or_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(REQUIRE, raising=False)
    with pytest.raises(pytest.skip.Exception, match="Java was not found"):
        fixtures_kafka.unavailable("Java was not found.")
    monkeypatch.setenv(REQUIRE, "1")
    with pytest.raises(pytest.fail.Exception, match=r"FINK_TUI_REQUIRE_KAFKA=1, but .* Java was not found"):
        fixtures_kafka.unavailable("Java was not found.")


def _connect(broker: KafkaBroker) -> None:
    host, port = broker.bootstrap.split(":")
    socket.create_connection((host, int(port)), timeout=5).close()


def _command(path: Path, *lines: str) -> None:
    """A shell script in place of a program."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n" + "\n".join(lines) + "\n")
    path.chmod(0o755)
