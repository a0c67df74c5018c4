"""Fixtures of a real Apache Kafka: one broker for a whole test run, started when the first test asks for it.

Without Java or Maven these tests are skipped, with the reason; with FINK_TUI_REQUIRE_KAFKA=1 they fail instead.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, NoReturn, Protocol

import pytest

if TYPE_CHECKING:
    from tests.kafka.broker import KafkaBroker

REQUIRE = "FINK_TUI_REQUIRE_KAFKA"
"""The environment variable that makes the broker required, if it is 1."""

_numbers = itertools.count(1)


class TopicFactory(Protocol):
    """Makes a topic that no other test uses."""

    def __call__(self, prefix: str = "fink_test", *, partitions: int = 4, create: bool = True) -> str:
        """Make it.

        Args:
            prefix: How its name begins.
            partitions: How many it has.
            create: Whether the broker gets it; else the name alone is made.

        Returns:
            Its name.
        """


def unavailable(reason: str) -> NoReturn:
    """Skip the test for want of a broker, or fail it where one is required."""
    if os.environ.get(REQUIRE) == "1":
        pytest.fail(f"{REQUIRE}=1, but Kafka cannot be had. {reason}", pytrace=False)
    pytest.skip(f"Kafka cannot be had. {reason}")


@pytest.fixture(scope="session")
def kafka() -> Iterator[KafkaBroker]:
    """The broker of this test run. A test that stops, kills or suspends it brings it back, or uses `kafka_topic`."""
    from tests.kafka.broker import BrokerError, KafkaBroker

    broker = KafkaBroker()
    reason = ""
    try:
        broker.start()
    except BrokerError as error:
        reason = str(error)
    if reason:
        unavailable(reason)
    try:
        yield broker
    finally:
        broker.close()


@pytest.fixture
def kafka_topic(kafka: KafkaBroker) -> TopicFactory:
    """A maker of fresh topics, on a broker that runs even if the test before left it stopped or suspended."""
    kafka.resume()
    kafka.start()

    def make(prefix: str = "fink_test", *, partitions: int = 4, create: bool = True) -> str:
        name = f"{prefix}_{next(_numbers)}"
        if create:
            kafka.create_topic(name, partitions)
        return name

    return make
