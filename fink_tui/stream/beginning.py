"""From where each partition is read, and how far it may be said to be read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from fink_tui.store.inbox import Position
from fink_tui.stream.messages import Key, key_of, offset_of
from fink_tui.stream.position import Start, Where, first_offset

if TYPE_CHECKING:
    from confluent_kafka import Consumer, Message, TopicPartition

NETWORK_SECONDS = 10.0
"""The longest wait for an answer to a question about offsets."""


def milliseconds(time: datetime) -> int:
    """A time as Kafka counts it, where numbers below zero mean something else."""
    return max(0, int(time.timestamp() * 1000))


def is_older(message: Message, time: datetime) -> bool:
    """Whether a message is older than a time; one without a time is not."""
    from confluent_kafka import TIMESTAMP_NOT_AVAILABLE

    kind, stamp = message.timestamp()
    return kind != TIMESTAMP_NOT_AVAILABLE and stamp < milliseconds(time)


def watermarks(consumer: Consumer, partitions: Sequence[TopicPartition]) -> dict[Key, tuple[int, int]]:
    """The oldest offset that is kept of each partition, and the one that its next message gets.

    Raises:
        KafkaException: The broker does not answer.
    """
    from confluent_kafka import KafkaError, KafkaException

    found = {}
    for one in partitions:
        marks = consumer.get_watermark_offsets(one, NETWORK_SECONDS)
        if marks is None:
            raise KafkaException(KafkaError(KafkaError._TIMED_OUT))
        found[_key(one)] = marks
    return found


def offsets_since(consumer: Consumer, partitions: Sequence[TopicPartition], time: datetime) -> dict[Key, int | None]:
    """The offsets of the first messages that are not older than a time.

    Returns:
        For each partition its offset; its end where all are older; None where the broker cannot tell.

    Raises:
        KafkaException: The broker does not answer.
    """
    known = watermarks(consumer, partitions)  # before the times: what comes between is then read, not passed over
    found = _first_since(consumer, partitions, milliseconds(time))
    # -1 is both "there is none" and "I cannot tell". To read everything and skip it would be right for both, but a
    # quiet topic may be days of alerts. A broker that can tell names its oldest message as the first since 1970.
    silent = [one for one in partitions if found[_key(one)] is None]
    oldest = _first_since(consumer, silent, 0)
    for key, offset in oldest.items():
        low, high = known[key]
        if offset is not None or low == high:
            found[key] = high
    return found


def _first_since(consumer: Consumer, partitions: Sequence[TopicPartition], stamp: int) -> dict[Key, int | None]:
    from confluent_kafka import KafkaException, TopicPartition

    if not partitions:
        return {}
    asked = [TopicPartition(one.topic, one.partition, stamp) for one in partitions]
    answers = consumer.offsets_for_times(asked, timeout=NETWORK_SECONDS)
    for answer in answers:
        if answer.error is not None:
            raise KafkaException(answer.error)
    return {_key(answer): answer.offset if answer.offset >= 0 else None for answer in answers}


class Positions:
    """The positions of one stream's partitions, as long as its process lives.

    `--from` counts once for each partition. To read again from an earlier place takes nothing back: neither Kafka
    nor the store is told a position behind the one that it had, so whoever shares the group, and the next start,
    go on where the group was.
    """

    def __init__(self, start: Where) -> None:
        """Begin at `start`."""
        self._start = start
        self._is_begun = False
        self._reached: dict[Key, int] = {}
        self._committed: dict[Key, int] = {}
        self._stored: dict[Key, int] = {}
        self._older: set[Key] = set()
        self._passed: dict[Key, int] = {}

    def begin(
        self,
        consumer: Consumer,
        partitions: Sequence[TopicPartition],
        stored: Callable[[str, int], int | None],
    ) -> list[Position]:
        """Set the offset of each partition to where it is read from.

        Args:
            consumer: Whom to ask through; not inside one of its callbacks.
            partitions: Those that were assigned.
            stored: The store's position of a topic's partition.

        Returns:
            Positions that are ahead of the group's: to be remembered at once, so that no crash before the next
            message brings what was passed over.

        Raises:
            KafkaException: The broker does not answer; nothing has changed.
        """
        from confluent_kafka import OFFSET_BEGINNING, KafkaException

        first = [one for one in partitions if _key(one) not in self._reached]
        answers = consumer.committed([*partitions], NETWORK_SECONDS) if partitions else []
        for answer in answers:
            if answer.error is not None:
                raise KafkaException(answer.error)
        known = {_key(one): one.offset if one.offset >= 0 else None for one in answers}
        wanted = self._wanted(consumer, first)
        ahead = []
        for one in partitions:
            key, committed = _key(one), known[_key(one)]
            kept = stored(*key)
            if key in self._reached:
                # Without the group's word: from the oldest, as at the start. What was reached may be of a topic that
                # was deleted meanwhile and made again.
                is_again = committed is not None and self._reached[key] < self._committed.get(key, self._reached[key])
                offset = self._reached[key] if is_again else committed
            elif key in wanted:
                offset = wanted[key]
                if offset is None:
                    self._older.add(key)
                elif offset > (-1 if committed is None else committed):
                    ahead.append(Position(*key, offset))
            else:
                offset = first_offset(committed, kept)
            one.offset = OFFSET_BEGINNING if offset is None else offset
            self._reached[key] = one.offset
            for before, position in ((self._committed, committed), (self._stored, kept)):
                if committed is not None and position is not None and one.offset < position:
                    before[key] = position
                else:  # without the group's word, the store's is of a topic that is gone
                    before.pop(key, None)
        self._is_begun = True
        return ahead

    def reached(self, topic: str, partition: int) -> int | None:
        """The offset up to which a partition is kept, or where it is read from; None at its oldest message."""
        offset = self._reached.get((topic, partition), -1)
        return offset if offset >= 0 else None

    def _wanted(self, consumer: Consumer, first: Sequence[TopicPartition]) -> dict[Key, int | None]:
        """Where partitions begin, None for the oldest; those that are not in it go on where the group was."""
        if self._start is Start.EARLIEST:
            return dict.fromkeys(map(_key, first))
        if isinstance(self._start, datetime):
            return dict(offsets_since(consumer, first, self._start))
        # "Latest" is for what is there at the start. A topic that is made later is new from its first message on;
        # a partition that comes from another member goes on where that one was.
        if self._start is Start.LATEST and not self._is_begun:
            return {key: high for key, (_, high) in watermarks(consumer, first).items()}
        return {}

    def passes_over(self, message: Message) -> bool:
        """Whether a message is older than wanted, of a broker that could not tell where to begin."""
        key = key_of(message)
        if key not in self._older or not isinstance(self._start, datetime):
            return False
        if is_older(message, self._start):
            self._passed[key] = offset_of(message) + 1
            return True
        self._older.remove(key)  # as with the broker's own answer: all from the first that is not
        self._passed.pop(key, None)  # the position goes on with this one
        return False

    def passed(self) -> list[Position]:
        """How far messages were passed over since the last call."""
        found, self._passed = [Position(*key, offset) for key, offset in self._passed.items()], {}
        return found

    def to_store(self, positions: Sequence[Position]) -> list[Position]:
        """Those of some positions that the store is told; tell it before Kafka."""
        return [one for one in positions if one.next_offset > self._stored.get(one[:2], -1)]

    def to_commit(self, positions: Sequence[Position]) -> list[Position]:
        """Those of some positions that are committed to Kafka; they are all in the store."""
        self._reached |= {(one.topic, one.partition): one.next_offset for one in positions}
        return [one for one in positions if one.next_offset > self._committed.get(one[:2], -1)]


def _key(partition: TopicPartition) -> Key:
    return partition.topic, partition.partition
