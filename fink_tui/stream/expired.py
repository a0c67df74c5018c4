"""What a broker had deleted before it was received here, so that it can be named.

Kafka deletes the oldest messages of a topic after some days. A reader whose position lies before what is left is moved
on to the oldest that there is (`auto.offset.reset`), without a word: so positions are compared with what is left.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from fink_tui.alerts.text import clean, count
from fink_tui.stream.beginning import NETWORK_SECONDS
from fink_tui.stream.messages import Key, key_of, offset_of

if TYPE_CHECKING:
    from confluent_kafka import Consumer, Message, TopicPartition

log = logging.getLogger("fink_tui.stream")

SHOWN_SECONDS = 3600.0
"""How long it stays on the screen, of which it takes lines; the log keeps it."""


class Gap(NamedTuple):
    """Messages of a partition that are gone."""

    topic: str
    partition: int
    first: int
    """The offset of the first."""
    end: int
    """The offset after the last."""


class Expiry:
    """Watches one stream's partitions for messages that were deleted before they were received."""

    def __init__(self) -> None:
        """Know of nothing yet."""
        self.gaps: list[Gap] = []
        """All that were found."""
        self._next: dict[Key, int] = {}
        self._told: dict[Key, int] = {}
        self._found_at = 0.0

    def begin(
        self, consumer: Consumer, partitions: Sequence[TopicPartition], stored: Callable[[str, int], int | None]
    ) -> None:
        """Compare where partitions are to be read from with what is left of them; not in librdkafka's callbacks.

        Args:
            consumer: Whom to ask.
            partitions: All that are to be read, each with its offset.
            stored: How far the store has read a topic's partition: it counts where Kafka has forgotten the group.
        """
        self._next.clear()
        lows = _oldest(consumer, [(one.topic, one.partition) for one in partitions])
        for one in partitions:
            key = one.topic, one.partition
            if key in lows:
                wanted = one.offset if one.offset >= 0 else stored(*key)
                if wanted is not None:
                    self._compare(key, wanted, lows[key])
                self._next[key] = max(lows[key], one.offset)

    def follow(self, consumer: Consumer, messages: Sequence[Message]) -> None:
        """See whether messages follow those before: while the disk is full for days, the broker goes on deleting.

        Args:
            consumer: Who received them.
            messages: Those of a batch, each partition's in their order.
        """
        for message in messages:
            key, offset = key_of(message), offset_of(message)
            wanted = self._next.get(key, offset)
            if offset > wanted:  # deleted, or the marks of transactions, which no reader gets
                self._compare(key, wanted, min(offset, _oldest(consumer, [key]).get(key, wanted)))
            self._next[key] = offset + 1

    def _compare(self, key: Key, wanted: int, low: int) -> None:
        wanted = max(wanted, self._told.get(key, wanted))
        if wanted < low:
            self._told[key] = low
            self._found_at = time.monotonic()
            self.gaps.append(Gap(*key, wanted, low))
            log.warning("deleted before they were received: %s[%d], offsets %d to %d", *key, wanted, low - 1)

    @property
    def lost(self) -> int:
        """How many messages that were."""
        return sum(gap.end - gap.first for gap in self.gaps)

    @property
    def message(self) -> str:
        """What happened, in a sentence, for an hour after it did; else ""."""
        if not self.gaps or time.monotonic() - self._found_at > SHOWN_SECONDS:
            return ""
        topics = dict.fromkeys(gap.topic for gap in self.gaps)
        numbers = [sum(gap.end - gap.first for gap in self.gaps if gap.topic == topic) for topic in topics]
        what = " and ".join(f"{count(number)} of {clean(topic)}" for number, topic in zip(numbers, topics, strict=True))
        one = self.gaps[0]
        where = (
            f"partition {one.partition}, offsets {one.first} to {one.end - 1}" if len(self.gaps) == 1 else "see the log"
        )
        return f"Expired on the broker before they came here: {what} ({where}). Ask Fink's data transfer for them."


def _oldest(consumer: Consumer, keys: Sequence[Key]) -> dict[Key, int]:
    """The offsets of the oldest messages that are left, or of the next where none is; without those not answered for.

    Asked for all partitions at once, not by `get_watermark_offsets`, which waits for an answer for each.
    """
    from confluent_kafka import OFFSET_BEGINNING, KafkaException, TopicPartition

    if not keys:
        return {}
    try:
        # Kafka's ListOffsets takes a time or one of two signs: the one for the oldest is that of OFFSET_BEGINNING.
        asked = [TopicPartition(*key, OFFSET_BEGINNING) for key in keys]
        answers = consumer.offsets_for_times(asked, timeout=NETWORK_SECONDS)
    except KafkaException as error:  # a gap is then seen when the next message comes
        log.warning("asking for the oldest messages failed: %s", error)
        return {}
    return {(one.topic, one.partition): one.offset for one in answers if one.error is None and one.offset >= 0}
