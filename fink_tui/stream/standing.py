"""How a stream stands with its brokers and its group, from what librdkafka tells: no question is asked here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from fink_tui.stream import trouble
from fink_tui.stream.status import StreamState
from fink_tui.stream.subscription import Subscription

if TYPE_CHECKING:
    from confluent_kafka import KafkaError

SILENT_SECONDS = 5.0
"""A broker that owes an answer for so long does not answer. It answers a fetch within half a second, empty or not;
librdkafka itself goes on for a minute (`socket.timeout.ms`) before it takes the connection for dead."""

JOINING_TICKS = 6
"""After so many statistics, one a second, joining the group is worth a word."""


class View(NamedTuple):
    """What there is to say."""

    state: StreamState
    message: str


class Standing:
    """What is known of the brokers, the topics and the group."""

    def __init__(self, subscription: Subscription) -> None:
        """Begin with nothing known."""
        self._subscription = subscription
        self.is_up = False
        """Whether a broker answers."""
        self.missing: set[str] = set()
        """Topics that do not exist yet."""
        self._forbidden: set[str] = set()
        self._sizes: dict[str, int] = {}
        self._ours: int | None = None
        self._was_up = False
        self._reason = ""
        self._is_refused = False
        self._refusal = ""
        self._ticks = 0

    @property
    def partitions(self) -> int:
        """How many partitions the topics have, as far as is known."""
        return sum(self._sizes.values())

    @property
    def unknown(self) -> set[str]:
        """Topics of which it is not known how many partitions they have."""
        return set(self._subscription.topics) - self._sizes.keys() - self.missing - self._forbidden

    @property
    def is_nothing_there(self) -> bool:
        """Whether none of the topics exists."""
        return len(self.missing) == len(self._subscription.topics)

    # -- what is told -------------------------------------------------------------------------------------------------

    def answered(self) -> None:
        """A broker answered."""
        self.is_up = self._was_up = True
        self._reason, self._is_refused = "", False

    def assigned(self, topics: list[str]) -> None:
        """Partitions are ours: one topic name for each."""
        self.answered()
        self._ours = len(topics)
        self._ticks = 0
        self._refusal = ""
        self.missing -= set(topics)
        self._forbidden -= set(topics)

    def revoked(self) -> None:
        """No partition is ours; where somebody else joined, some will be again in a moment."""
        self._ours = None

    def counted(self, topic: str, partitions: int) -> None:
        """A topic has so many partitions."""
        if partitions:
            self._sizes[topic] = partitions

    def failed(self, error: KafkaError, topic: str = "") -> None:
        """Take note of an error, of a topic where it names one."""
        from confluent_kafka import KafkaError

        code = error.code()
        if error.fatal():
            self._refusal = trouble.fatal(error)
        elif topic and code in (KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError.TOPIC_EXCEPTION):
            self.missing.add(topic)
            self.answered()
        elif topic and code == KafkaError.TOPIC_AUTHORIZATION_FAILED:
            self._forbidden.add(topic)
            self.answered()
        elif code == KafkaError.GROUP_AUTHORIZATION_FAILED:
            self._refusal = trouble.forbidden_group(self._subscription)
            self.answered()
        elif not self.is_up and (code != KafkaError._ALL_BROKERS_DOWN or not self._reason):
            # That all are down is said besides, and says nothing of why.
            sentence = trouble.sentence(error, self._subscription, was_up=self._was_up)
            if sentence is not None:
                self._reason, self._is_refused = sentence, trouble.is_refusal(error)

    def measured(self, statistics: Mapping[str, Any]) -> None:
        """Take note of librdkafka's statistics, once a second."""
        brokers = [broker for broker in statistics["brokers"].values() if broker["source"] != "logical"]
        if any(broker["state"] == "UP" and not _is_silent(broker) for broker in brokers):
            self.answered()
        else:
            self.is_up = False
        for name, topic in statistics["topics"].items():
            if name in self._subscription.topics:
                self.counted(name, sum(number != "-1" for number in topic["partitions"]))
                if name in self._sizes:
                    self.missing.discard(name)
        is_joining = statistics.get("cgrp", {}).get("join_state") in ("wait-join", "wait-sync")
        self._ticks = self._ticks + 1 if is_joining and self.is_up else 0

    # -- what it comes to ---------------------------------------------------------------------------------------------

    def view(self, before: StreamState) -> View | None:
        """What to say now, or None where that is as before.

        Args:
            before: The state that was told last.
        """
        subscription = self._subscription
        if self._refusal:
            return View(StreamState.REFUSED, self._refusal)
        if not self.is_up:
            if not self._reason and before is StreamState.CONNECTING:
                return None
            state = StreamState.REFUSED if self._is_refused else StreamState.AWAY
            return View(state, self._reason or trouble.away(subscription, was_up=self._was_up))
        gone = trouble.missing(sorted(self.missing)) if self.missing else ""
        if self._forbidden:
            gone = f"{trouble.forbidden_topics(sorted(self._forbidden))} {gone}".strip()
        if len(self.missing | self._forbidden) == len(subscription.topics):
            return View(StreamState.WAITING if self.missing else StreamState.REFUSED, gone)
        if self._ours is not None:
            elsewhere = self.partitions - self._ours
            shared = trouble.shared(subscription, elsewhere, self.partitions) if elsewhere > 0 else ""
            return View(StreamState.RECEIVING, f"{shared} {gone}".strip())
        if self._ticks >= JOINING_TICKS:
            return View(StreamState.CONNECTING, trouble.joining(subscription))
        return View(StreamState.CONNECTING, "") if before in (StreamState.AWAY, StreamState.REFUSED) else None


def _is_silent(broker: Mapping[str, Any]) -> bool:
    """Whether a broker that is connected owes an answer for long; its statistics are in microseconds."""
    return bool(broker["waitresp_cnt"] and broker["rxidle"] > SILENT_SECONDS * 1e6)
