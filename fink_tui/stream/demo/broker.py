"""A Kafka broker inside the process, for the demo and for tests: librdkafka's mock cluster, and a thread that feeds it.

The mock is a real endpoint of the protocol, with groups and commits, but it keeps about 5 MB a partition and then drops
the oldest messages without a word. So the thread watches what the reader has committed and never has more waiting than
the mock keeps: nothing that was sent is lost, however slow the reader is.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fink_tui.stream.demo.packets import TOPICS, DemoAlert, alerts

if TYPE_CHECKING:
    from confluent_kafka import KafkaError, Message, Producer

log = logging.getLogger(__name__)
log.addHandler(logging.NullHandler())  # else Python prints a warning on the terminal where nobody set up a log

PARTITIONS = 2
"""How many of a topic's four partitions are used. What the mock keeps of each stays in memory: the fewer the better."""

WAITING_BYTES = 3_000_000
"""Bytes in a partition that the reader has not committed: well below the 5 MB that the mock keeps."""

HELD_BYTES = 24_000_000
"""Bytes that find no room and wait here. With more than that, no more alerts are made until the reader gets on."""

UNREAD_SECONDS = 20.0
"""A topic of which nothing is committed that long after the reader began is not read, and holds up nothing."""

_LOOK_SECONDS = 0.1
"""How often the reader's progress is asked for, when something waits for it."""

Consumed = Callable[[str, int], int]
"""Topic and partition to the next offset that the reader has committed; zero or less for none."""


@dataclass(slots=True)
class _Partition:
    """A partition, and what is on its way to its reader."""

    topic: str
    number: int
    next_offset: int = 0
    """The offset that the next message gets."""
    waiting: deque[tuple[int, int]] = field(default_factory=deque)
    """Offset and bytes of messages that were sent and not committed."""
    waiting_bytes: int = 0
    held: deque[DemoAlert] = field(default_factory=deque)
    """What waits for room, in order."""

    def has_room(self, size: int) -> bool:
        """Whether a message may be sent. An empty partition takes one of any size."""
        return not self.waiting or self.waiting_bytes + size <= WAITING_BYTES

    def committed(self, offset: int) -> None:
        """The reader has committed all messages before an offset."""
        while self.waiting and self.waiting[0][0] < offset:
            self.waiting_bytes -= self.waiting.popleft()[1]


class DemoBroker:
    """The demo's broker: first the backlog, then alerts as the night goes on.

    The mock prints one line on file descriptor 2 when it is made; the caller sees to that descriptor.

    Args:
        seed: Which sky.
        rate: Alerts a second after the backlog, on the mean.
        backlog: How many alerts of the last hours are sent at once.
        now: The present, MJD, UTC. The clock's time at `start` unless given.
        consumed: How far the reader is. Without it, the commits of `group` are asked for.
        group: The reader's consumer group; of no effect with `consumed`.

    Attributes:
        bootstrap: Address of the broker: `host:port`.
        topics: The topics by survey. They exist from the start.
    """

    def __init__(
        self,
        seed: int = 1,
        rate: float = 3.0,
        backlog: int = 200,
        now: float | None = None,
        *,
        consumed: Consumed | None = None,
        group: str = "fink-tui-demo",
    ) -> None:
        from confluent_kafka import Producer

        self.seed, self.rate, self.backlog, self.now = seed, rate, backlog, now
        self.topics: dict[str, list[str]] = {survey: list(topics) for survey, topics in TOPICS.items()}
        self._producer: Producer | None = Producer(
            # compressed, the schema in every key takes next to nothing of what the mock keeps
            {"bootstrap.servers": "demo", "test.mock.num.brokers": 1, "compression.type": "lz4", "linger.ms": 5},
            logger=log,
        )
        broker = next(iter(self._producer.list_topics(timeout=5).brokers.values()))
        self.bootstrap = f"{broker.host}:{broker.port}"
        names = [name for topics in self.topics.values() for name in topics]
        for name in names:
            self._producer.list_topics(name, timeout=5)  # the mock makes a topic when it is first asked for
        self._partitions = {name: [_Partition(name, number) for number in range(PARTITIONS)] for name in names}
        self._turn = dict.fromkeys(names, 0)
        self._held_bytes = 0
        self._read: set[str] = set()
        self._first_read = 0.0
        self._consumed, self._group = consumed, group
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="demo broker", daemon=True)

    def start(self) -> None:
        """Begin to send, in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """End: no more is sent, and the broker is gone. A second call does nothing."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()
        if self._producer is not None:
            self._producer.purge()
            self._producer = None

    def _run(self) -> None:
        now = time.time() / 86400 + 40587 if self.now is None else self.now
        begin = time.monotonic()
        producer = self._producer
        assert producer is not None
        with _Progress(self.bootstrap, self._group, self._consumed) as progress:
            for alert in alerts(self.seed, now, backlog=self.backlog, rate=self.rate):
                while not self._stopping.is_set():
                    wait = begin + alert.due - time.monotonic()
                    is_full = self._held_bytes > HELD_BYTES
                    if wait <= 0 and not is_full:
                        break
                    self._stopping.wait(_LOOK_SECONDS if is_full else min(wait, _LOOK_SECONDS))
                    self._look(progress)
                    self._send_held(producer)
                if self._stopping.is_set():
                    return
                self._add(producer, alert)
                producer.poll(0)

    def _add(self, producer: Producer, alert: DemoAlert) -> None:
        """Send an alert on each of its topics, or hold it until there is room."""
        for topic in alert.topics:
            partition = self._partitions[topic][self._turn[topic] % PARTITIONS]
            self._turn[topic] += 1
            if not partition.held and partition.has_room(_size(alert)):
                self._send(producer, partition, alert)
            else:
                partition.held.append(alert)
                self._held_bytes += _size(alert)

    def _send(self, producer: Producer, partition: _Partition, alert: DemoAlert) -> None:
        producer.produce(
            partition.topic, value=alert.value, key=alert.key, partition=partition.number, on_delivery=_delivered
        )
        partition.waiting.append((partition.next_offset, _size(alert)))
        partition.waiting_bytes += _size(alert)
        partition.next_offset += 1

    def _send_held(self, producer: Producer) -> None:
        """Send what was held, as far as there is room."""
        for partition in self._all():
            while partition.held and partition.has_room(_size(partition.held[0])):
                alert = partition.held.popleft()
                self._held_bytes -= _size(alert)
                self._send(producer, partition, alert)
        producer.poll(0)

    def _look(self, progress: _Progress) -> None:
        """See how far the reader is, where something waits for it."""
        stuck = [partition for partition in self._all() if partition.held]
        asked = [partition for partition in self._all() if partition.waiting] if stuck else []
        for (topic, number), offset in progress.of(asked).items():
            if offset > 0:
                self._first_read = self._first_read or time.monotonic()
                self._read.add(topic)
                self._partitions[topic][number].committed(offset)
        if self._held_bytes > HELD_BYTES and self._read and time.monotonic() - self._first_read > UNREAD_SECONDS:
            for partition in stuck:
                if partition.topic not in self._read:
                    self._held_bytes -= sum(_size(alert) for alert in partition.held)
                    partition.held.clear()

    def _all(self) -> Iterator[_Partition]:
        for partitions in self._partitions.values():
            yield from partitions


class _Progress:
    """How far the reader is: told by a function, or asked of the broker."""

    def __init__(self, bootstrap: str, group: str, consumed: Consumed | None) -> None:
        from confluent_kafka import Consumer

        self._tell = consumed
        settings: dict[str, str | int | bool] = {"bootstrap.servers": bootstrap, "group.id": group}
        self._consumer = None if consumed else Consumer(settings, logger=log)  # it only asks, it joins nothing

    def __enter__(self) -> _Progress:
        return self

    def __exit__(self, *error: object) -> None:
        if self._consumer is not None:
            self._consumer.close()

    def of(self, partitions: list[_Partition]) -> Mapping[tuple[str, int], int]:
        """Topic and partition to the next offset; empty where the broker does not answer."""
        from confluent_kafka import KafkaException, TopicPartition

        if not partitions:
            return {}
        if self._consumer is None:
            assert self._tell is not None
            return {(part.topic, part.number): self._tell(part.topic, part.number) for part in partitions}
        try:
            found = self._consumer.committed([TopicPartition(part.topic, part.number) for part in partitions], 0.2)
        except KafkaException as error:
            log.info("the demo's broker does not say what is committed: %s", error)
            return {}
        return {(place.topic, place.partition): place.offset for place in found}


def _size(alert: DemoAlert) -> int:
    """Bytes of an alert's message."""
    return len(alert.key) + len(alert.value)


def _delivered(error: KafkaError | None, message: Message) -> None:
    if error is not None:
        log.error("the demo's broker refused a message of %s: %s", message.topic(), error)
