"""A replay's packets from Kafka: partitions are assigned, no group is joined, nothing is committed."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from fink_tui.alerts.schema import SchemaBook
from fink_tui.alerts.text import clean
from fink_tui.store.inbox import Source
from fink_tui.stream import trouble
from fink_tui.stream.beginning import is_older, offsets_since, watermarks
from fink_tui.stream.messages import Key, key_of, offset_of, packet_of
from fink_tui.stream.native_log import quiet_logger
from fink_tui.stream.replay import ReplayError, Tell, Timed
from fink_tui.stream.status import StreamState
from fink_tui.stream.subscription import Subscription

if TYPE_CHECKING:
    from confluent_kafka import Consumer, KafkaError, Message, TopicPartition

POLL_SECONDS = 0.2
"""The longest wait in librdkafka before looking whether to stop."""

ASK_SECONDS = 3.0
"""The longest wait for the first answer, before it is said that there is none; it is asked for again."""

RETRY_SECONDS = 2.0
"""Between two questions to a broker that does not answer."""

FETCH = 100
"""Messages taken from librdkafka together."""

HEADS = 16
"""Messages of a partition that wait for their turn, where messages are put in order; then it is paused."""


class KafkaFeed:
    """What a survey's topics hold now, from a time on."""

    def __init__(self, subscription: Subscription, schema: bytes | None = None, *, is_ordered: bool = False) -> None:
        """Prepare; nothing is connected yet.

        Args:
            subscription: What is replayed, from where on: a time, or else the oldest.
            schema: The schema (JSON text) for messages whose key is none.
            is_ordered: Whether the partitions' messages are put in the order of their times; else they come as fast
                as they can.

        Raises:
            SchemaError: The schema is none.
        """
        self.name = subscription.survey
        self.book = SchemaBook(schema)
        self._subscription = subscription
        self._since = subscription.start if isinstance(subscription.start, datetime) else None
        self._is_ordered = is_ordered
        self._tell: Tell = lambda **_: None
        self._cluster = ""
        self._ends: dict[Key, int] = {}
        self._older: set[Key] = set()

    @property
    def source(self) -> Source:
        """The cluster, and no group."""
        return Source(self._cluster, "")

    def read(self, stopping: threading.Event, tell: Tell) -> Iterator[Timed | None]:
        """The messages that are there now."""
        from confluent_kafka import Consumer, KafkaException

        self._tell = tell
        settings = self._subscription.connection | {
            "enable.auto.offset.store": False,
            "enable.partition.eof": True,
            "error_cb": self._on_error,
        }
        if self._is_ordered:
            settings["fetch.message.max.bytes"] = 1_048_576  # to pause throws away what was fetched
        try:
            consumer = Consumer(settings, logger=quiet_logger())
        except (KafkaException, ValueError) as error:
            raise ReplayError(f"Nothing is replayed: {trouble.settings(error, self._subscription)}.") from error
        try:
            while not stopping.is_set():
                try:
                    consumer.assign(self._find(consumer))
                    break
                except KafkaException as error:
                    self._on_error(error.args[0])
                    consumer.poll(0)  # a login that is refused is said only in the callback
                    stopping.wait(RETRY_SECONDS)
            yield from self._ordered(consumer, stopping) if self._is_ordered else self._unordered(consumer, stopping)
        finally:
            consumer.close()

    def _on_error(self, error: KafkaError) -> None:
        if (sentence := trouble.sentence(error, self._subscription)) is not None:
            self._tell(state=StreamState.AWAY, message=sentence)

    def _find(self, consumer: Consumer) -> list[TopicPartition]:
        """The partitions that hold something, each with the offset where it begins.

        Raises:
            KafkaException: The broker does not answer.
            ReplayError: None of the topics exists.
        """
        from confluent_kafka import KafkaError, KafkaException, TopicPartition

        partitions, missing = list[TopicPartition](), list[str]()
        for topic in self._subscription.topics:
            known = consumer.list_topics(topic, ASK_SECONDS)
            self._cluster = known.cluster_id or self._subscription.servers
            error = known.topics[topic].error
            if error is not None and error.code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
                missing.append(topic)
            elif error is not None:
                raise KafkaException(error)
            partitions += [TopicPartition(topic, number) for number in known.topics[topic].partitions]
        if not partitions:
            raise ReplayError(f"There is no topic {', '.join(map(clean, missing))}. Is the name right?")
        marks = watermarks(consumer, partitions)
        first = offsets_since(consumer, partitions, self._since) if self._since is not None else {}
        count = 0
        for one in partitions:
            key = one.topic, one.partition
            low, high = marks[key]
            found = first.get(key)
            if found is None and self._since is not None:
                self._older.add(key)
            one.offset = low if found is None else max(found, low)
            if one.offset < high:
                self._ends[key] = high
                count += high - one.offset
        words = [f"There is no topic {', '.join(map(clean, missing))}."] if missing else []
        words += [] if count else ["The broker has nothing of that time."]
        self._tell(state=StreamState.REPLAYING, lag=count, message=" ".join(words))
        return [one for one in partitions if (one.topic, one.partition) in self._ends]

    def _unordered(self, consumer: Consumer, stopping: threading.Event) -> Iterator[Timed | None]:
        while self._ends and not stopping.is_set():
            messages = self._fetch(consumer)
            yield from map(_timed, messages)
            if not messages:
                yield None

    def _ordered(self, consumer: Consumer, stopping: threading.Event) -> Iterator[Timed | None]:
        """The messages of all partitions by their times: the oldest goes when the next of each is known."""
        heads: dict[Key, deque[Message]] = {key: deque() for key in self._ends}
        paused: set[Key] = set()
        while heads and not stopping.is_set():
            if all(heads.values()):
                oldest = min(heads, key=lambda key: _seconds(heads[key][0]))
                yield _timed(heads[oldest].popleft())
            else:
                messages = self._fetch(consumer)
                for message in messages:
                    heads[key_of(message)].append(message)
                if not messages:
                    yield None
            heads = {key: queue for key, queue in heads.items() if queue or key in self._ends}
            full = {key for key, queue in heads.items() if len(queue) >= HEADS and key in self._ends}
            low = {key for key in paused if len(heads.get(key, ())) <= HEADS // 2}
            if full - paused:
                consumer.pause(_partitions(full - paused))
            if low:
                consumer.resume(_partitions(low))
            paused = (paused | full) - low

    def _fetch(self, consumer: Consumer) -> list[Message]:
        """The messages that come within a moment, up to the ends."""
        from confluent_kafka import KafkaError

        good = []
        for message in consumer.consume(FETCH, POLL_SECONDS):
            key, error, offset = key_of(message), message.error(), offset_of(message)
            if error is not None:
                if error.code() == KafkaError._PARTITION_EOF:
                    self._ends.pop(key, None)
                else:
                    self._on_error(error)
                continue
            if offset < self._ends.get(key, 0) and not self._is_passed_over(key, message):
                good.append(message)
            if offset + 1 >= self._ends.get(key, 0):
                self._ends.pop(key, None)
        return good

    def _is_passed_over(self, key: Key, message: Message) -> bool:
        """Whether a message is older than wanted, of a broker that could not tell where to begin."""
        if key in self._older and self._since is not None:
            if is_older(message, self._since):
                return True
            self._older.remove(key)
        return False


def _partitions(keys: set[Key]) -> list[TopicPartition]:
    from confluent_kafka import TopicPartition

    return [TopicPartition(*key) for key in keys]


def _seconds(message: Message) -> float:
    """A message's time, Unix seconds; of one without, 0: it is due at once."""
    return max(0.0, message.timestamp()[1] / 1000)


def _timed(message: Message) -> Timed:
    return Timed(_seconds(message), packet_of(message))
