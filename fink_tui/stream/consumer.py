"""One survey's stream: messages from Kafka into the store, and only then committed to Kafka.

Nothing of librdkafka's reaches the terminal: it has a logger. Callbacks are called inside `poll` and `consume`, in
the stream's own thread, so nothing here needs a lock but the status that others read.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from fink_tui.alerts.decode import Decoded, Refused, decode
from fink_tui.alerts.schema import SchemaBook
from fink_tui.store.errors import StoreError
from fink_tui.store.inbox import Inbox, Position, Receipt, Source
from fink_tui.stream import trouble
from fink_tui.stream.beginning import NETWORK_SECONDS, Positions, watermarks
from fink_tui.stream.board import StatusBoard
from fink_tui.stream.expired import Expiry
from fink_tui.stream.keeping import Batch, Keeping
from fink_tui.stream.messages import Key, key_of, packet_of
from fink_tui.stream.native_log import quiet_logger
from fink_tui.stream.quota import Quota
from fink_tui.stream.standing import Standing
from fink_tui.stream.status import StreamState, StreamStatus
from fink_tui.stream.subscription import Subscription

if TYPE_CHECKING:
    from confluent_kafka import Consumer, KafkaError, Message, TopicPartition

log = logging.getLogger("fink_tui.stream")

BATCH_MESSAGES = 500
BATCH_BYTES = 16_000_000
BATCH_SECONDS = 0.5
"""A batch ends at the first of these."""

POLL_SECONDS = 0.2
"""The longest wait in librdkafka before looking whether to stop."""

DRAIN_SECONDS = 0.02
"""The wait for one more message of a batch."""

RETRY_SECONDS = 1.0
"""Between two tries to keep a batch that the disk refuses."""

SLOW_SECONDS = 2.0
"""A batch that takes longer to keep is waited for without taking more."""

CLOSE_SECONDS = 0.6
"""The longest wait for a farewell to the group: who quits does not wait for a broker that is away."""

BatchListener = Callable[[Sequence[Decoded | Refused], Receipt], None]
"""Called in the stream's thread with each batch that is in the store, before it is committed to Kafka: what it does
is done again for a batch that a crash left uncommitted."""


class Stream:
    """One survey's stream. `run` is its thread; everything else may be called from any."""

    def __init__(
        self,
        subscription: Subscription,
        inbox: Inbox,
        book: SchemaBook,
        *,
        quota: Quota | None = None,
        until_end: bool = False,
        listener: BatchListener | None = None,
    ) -> None:
        """Make a stream; nothing is connected before `run`.

        Args:
            subscription: What is received.
            inbox: Where it goes.
            book: Where schemas are looked up; this stream's own.
            quota: End when it is used up; no messages beyond it are taken or committed.
            until_end: End at the offsets that are the topics' ends when they are assigned.
            listener: Told of each batch that is in the store, before it is committed to Kafka.
        """
        self.subscription = subscription
        self._inbox = inbox
        self._book = book
        self._quota = quota
        self._until_end = until_end
        self._listener = listener
        self._stopping = threading.Event()
        self._board = StatusBoard(subscription.survey)
        self._tell = self._board.tell
        self._source = Source("", subscription.group)
        self._positions = Positions(subscription.start)
        self._ends: dict[Key, int] = {}
        self._expiry = Expiry()
        self._is_assigned = False
        self._assigned: list[TopicPartition] | None = None
        self._standing = Standing(subscription)
        self._held_back: list[Message] = []
        self._underway: Keeping | None = None
        self._generation = 0
        self._mean_bytes = 50_000.0

    @property
    def status(self) -> StreamStatus:
        """What the stream is doing now."""
        return self._board.status

    def stop(self) -> None:
        """Ask the stream to end; it does within the time of a batch."""
        self._stopping.set()

    def run(self) -> None:
        """Receive until told to stop, or until the limit or the end is reached."""
        consumer: Consumer | None = None
        failure = ""
        try:
            consumer = self._connect()
            while not self._stopping.is_set() and not self._is_done():
                generation = self._generation  # a message may be taken just before its partition is taken away
                messages = self._take(consumer)
                batch = self._decode(messages, generation) if messages else None
                self._finish(consumer)
                if batch is not None and not self._stopping.is_set():
                    self._underway = self._start_keeping(batch)
            self._finish(consumer)
        except StoreError as error:
            failure = str(error)
        except Exception as error:
            log.exception("the stream of %s ended", self.subscription.survey)
            failure = f"Receiving ended: {error}. Start again; see the log."
        if consumer is not None:
            _close(consumer)
        state = StreamState.FAILED if failure else StreamState.STOPPED
        self._board.end(state, failure or self.status.message)

    # -- connecting ---------------------------------------------------------------------------------------------------

    def _connect(self) -> Consumer:
        from confluent_kafka import Consumer, KafkaException

        try:
            consumer = Consumer(self._settings(), logger=quiet_logger())
        except (KafkaException, ValueError) as error:
            raise RuntimeError(trouble.settings(error, self.subscription)) from error
        consumer.subscribe(list(self.subscription.topics), on_assign=self._on_assign, on_revoke=self._on_revoke)
        return consumer

    def _settings(self) -> dict[str, Any]:
        return self.subscription.connection | {
            "session.timeout.ms": 10_000,
            "topic.metadata.refresh.interval.ms": 10_000,  # a topic may not exist before its season's first alert
            "statistics.interval.ms": 1_000,
            "enable.partition.eof": self._until_end,
            "error_cb": self._on_error,
            "stats_cb": self._on_statistics,
            "on_commit": _on_commit,
        }

    # -- librdkafka's callbacks ---------------------------------------------------------------------------------------

    def _on_error(self, error: KafkaError, topic: str = "") -> None:
        quiet_logger().warning("%s", error.str())
        self._standing.failed(error, topic)
        self._settle()

    def _on_statistics(self, text: str) -> None:
        """Once a second: are the brokers there, and how far behind are we?"""
        statistics = json.loads(text)
        lags = [
            partition["hi_offset"] - self._reached(name, int(number), partition)
            for name, topic in statistics["topics"].items()
            for number, partition in topic["partitions"].items()
            if number != "-1" and partition["fetch_state"] == "active" and partition["hi_offset"] >= 0
        ]
        self._standing.measured(statistics)
        self._tell(lag=sum(max(0, lag) for lag in lags) if lags else None)
        self._settle()

    def _reached(self, topic: str, partition: int, statistics: Mapping[str, int]) -> int:
        """The offset up to which a partition is kept; before its first message, where it is read from."""
        reached = self._positions.reached(topic, partition)
        return reached if reached is not None else max(0, statistics["lo_offset"])

    def _settle(self) -> None:
        """Say how things stand, unless alerts cannot be kept: that is said until they can."""
        standing = self._standing
        self._tell(missing_topics=tuple(sorted(standing.missing)), all_partitions=standing.partitions)
        before = self.status.state
        if before is not StreamState.PAUSED and (view := standing.view(before)) is not None:
            expired = self._expiry.message if view.state is StreamState.RECEIVING else ""
            self._tell(state=view.state, message=f"{view.message} {expired}".strip(), expired=self._expiry.lost)

    def _on_assign(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        """Partitions are ours now. Nothing is asked of the broker in here.

        confluent-kafka aborts the process when, in one `poll`, another callback follows one that made such a call
        (`CallState_get: Assertion failed`). So nothing is read until `_begin` has, after the `poll`, found where.
        """
        consumer.assign([])
        self._assigned = partitions

    def _begin(self, consumer: Consumer) -> None:
        """Find where to read the partitions that were assigned, and begin."""
        from confluent_kafka import KafkaException

        self._remember(consumer, self._positions.passed())
        if self._assigned is None:
            return
        partitions, self._assigned = self._assigned, None
        try:
            if not self._source.cluster:
                found = consumer.list_topics(self.subscription.topics[0], NETWORK_SECONDS)
                self._source = Source(found.cluster_id or self.subscription.servers, self.subscription.group)
            for topic in self._standing.unknown - {partition.topic for partition in partitions}:  # all are another's
                self._standing.counted(
                    topic, len(consumer.list_topics(topic, NETWORK_SECONDS).topics[topic].partitions)
                )
            if self._until_end:
                self._ends |= {key: high for key, (_, high) in watermarks(consumer, partitions).items()}
            ahead = self._positions.begin(consumer, partitions, partial(self._inbox.position, self._source))
        except KafkaException as error:  # it went away meanwhile: these partitions are asked for again
            self._assigned = partitions
            self._on_error(error.args[0])
            return
        log.info("assigned %s", [f"{p.topic}[{p.partition}] from {p.offset}" for p in partitions])
        self._expiry.begin(consumer, partitions, partial(self._inbox.position, self._source))
        consumer.assign(partitions)
        self._remember(consumer, ahead)
        self._is_assigned = True
        self._standing.assigned([partition.topic for partition in partitions])
        self._tell(partitions=len(partitions))
        self._settle()

    def _remember(self, consumer: Consumer, positions: Sequence[Position]) -> None:
        """Keep positions up to which messages were passed over: the next start shall not bring them."""
        from confluent_kafka import KafkaException, TopicPartition

        if not positions:
            return
        try:
            self._inbox.receive([], self._source, self._positions.to_store(positions), time.time())
            if committed := self._positions.to_commit(positions):
                consumer.commit(offsets=[TopicPartition(*one) for one in committed], asynchronous=True)
        except (StoreError, KafkaException) as error:  # then they come, and are kept
            log.warning("remembering where to begin: %s", error)

    def _on_revoke(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        log.info("revoked %s", [f"{p.topic}[{p.partition}]" for p in partitions])
        for partition in partitions:
            self._ends.pop((partition.topic, partition.partition), None)
        self._generation += 1
        self._held_back.clear()  # they come again, to whoever has the partition then
        self._assigned = None
        self._is_assigned = False
        self._standing.revoked()  # how many there are then is said when that is known: some moments later

    # -- taking and keeping -------------------------------------------------------------------------------------------

    def _take(self, consumer: Consumer) -> list[Message]:
        """The messages of a batch; few when few come, so that an alert is not kept waiting for the next."""
        messages, self._held_back = self._held_back, []
        if not messages:
            wait = POLL_SECONDS if self._underway is None else DRAIN_SECONDS
            messages = self._ask(1, lambda _: _some(consumer.poll(wait)))
            self._begin(consumer)
        size, deadline = sum(map(_size, messages)), time.monotonic() + BATCH_SECONDS
        while messages and size < BATCH_BYTES and time.monotonic() < deadline:
            room = min(BATCH_MESSAGES - len(messages), 1 + int((BATCH_BYTES - size) / self._mean_bytes))
            more = self._ask(room, lambda room: consumer.consume(room, DRAIN_SECONDS))
            if not more:
                break
            messages += more
            size += sum(map(_size, more))
        if messages:
            self._mean_bytes = max(1000.0, size / len(messages))
            self._expiry.follow(consumer, messages)
        return messages

    def _ask(self, room: int, take: Callable[[int], list[Message]]) -> list[Message]:
        """Take at most `room` messages, and no more than the quota has left."""
        granted = room if self._quota is None else self._quota.reserve(room)
        if granted <= 0:
            self._stopping.wait(DRAIN_SECONDS)  # another stream is keeping the last ones
            return []
        messages = self._sort_out(take(granted))
        if self._quota is not None:
            self._quota.give_back(granted - len(messages))
        return messages

    def _sort_out(self, messages: Sequence[Message]) -> list[Message]:
        """The messages that are some; what librdkafka says through the others is taken note of."""
        from confluent_kafka import KafkaError

        good = []
        for message in messages:
            error = message.error()
            if error is None:
                if not self._positions.passes_over(message):
                    good.append(message)
            elif error.code() == KafkaError._PARTITION_EOF:
                self._ends.pop(key_of(message), None)
            else:
                self._on_error(error, str(message.topic() or ""))
        return good

    def _decode(self, messages: Sequence[Message], generation: int) -> Batch:
        packets = [packet_of(message) for message in messages]
        ends = {(packet.topic, packet.partition): packet.offset + 1 for packet in packets}
        return Batch(decode(packets, self._book), ends, sum(map(_size, messages)), generation)

    def _start_keeping(self, batch: Batch) -> Keeping:
        return Keeping(self._inbox, self._source, batch, self._positions.to_store(batch.positions))

    def _finish(self, consumer: Consumer) -> None:
        """Wait until the batch that is underway is kept, however long the disk refuses; then commit it."""
        from confluent_kafka import KafkaException, TopicPartition

        if self._underway is None:
            return
        receipt = self._wait(consumer, self._underway)
        batch, self._underway = self._underway.batch, None
        if receipt is None:
            return
        for result in batch.results:
            if isinstance(result, Refused):
                packet = result.packet
                log.warning(
                    "quarantined %s[%d] at %d: %s", packet.topic, packet.partition, packet.offset, result.reason
                )
        if self._listener is not None:
            self._listener(batch.results, receipt)
        if batch.generation == self._generation:
            try:
                if committed := self._positions.to_commit(batch.positions):
                    consumer.commit(offsets=[TopicPartition(*one) for one in committed], asynchronous=True)
            except KafkaException as error:  # the partition is another's by now: who reads it again keeps it once
                log.warning("commit: %s", error)
            for partition, offset in batch.ends.items():
                if offset >= self._ends.get(partition, offset + 1):
                    del self._ends[partition]
        # Else its partitions were taken away meanwhile. Who has them now may have committed more, and Kafka would let
        # us put that back. They are read again, by whoever it is, and are known then.
        self._board.count(batch.results, receipt, batch.size)
        self._standing.answered()
        self._settle()
        if self._quota is not None:
            self._quota.settle(len(batch.results))

    def _wait(self, consumer: Consumer, keeping: Keeping) -> Receipt | None:
        """Wait for a batch; while the disk refuses it, or is slow, stay in the group. None when stopped meanwhile."""
        failed_at, is_paused = None, False
        while True:
            try:
                if failed_at is None:
                    receipt = keeping.receipt(POLL_SECONDS if is_paused else SLOW_SECONDS)
                    break
            except StoreError as error:
                self._board.pause(error)
                failed_at = time.monotonic()
            except TimeoutError:
                if not is_paused:
                    log.info("the disk is slow: a batch has waited for %g s", SLOW_SECONDS)
            if failed_at is not None and self._stopping.is_set():
                return None
            # Who does not poll is taken for dead after a while, and holds up the others of the group until then.
            consumer.pause(consumer.assignment())
            is_paused = True
            self._held_back += self._sort_out(_some(consumer.poll(0 if failed_at is None else POLL_SECONDS)))
            self._begin(consumer)
            consumer.pause(consumer.assignment())
            if failed_at is not None and time.monotonic() - failed_at > RETRY_SECONDS:
                keeping, failed_at = self._start_keeping(keeping.batch), None
        if is_paused:
            consumer.resume(consumer.assignment())
            self._tell(state=StreamState.RECEIVING, message="")
            self._settle()
        return receipt

    # -- the rest -----------------------------------------------------------------------------------------------------

    def _is_done(self) -> bool:
        if self._quota is not None and self._quota.is_used_up:
            return True
        if not self._until_end:
            return False
        return self._standing.is_nothing_there or (self._is_assigned and not self._ends and not self._held_back)


def _some(message: Message | None) -> list[Message]:
    return [] if message is None else [message]


def _size(message: Message) -> int:
    return len(message.value() or b"")


def _on_commit(error: KafkaError | None, partitions: list[TopicPartition]) -> None:
    if error is not None:
        log.warning("commit of %d partitions: %s", len(partitions), error)


def _close(consumer: Consumer) -> None:
    """Leave the group, waiting only so long: a farewell to a broker that is away has no end."""
    thread = threading.Thread(target=consumer.close, name="stream-close", daemon=True)
    thread.start()
    thread.join(CLOSE_SECONDS)
