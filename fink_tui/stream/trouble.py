"""What librdkafka's errors mean, and what to do: one sentence each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fink_tui.alerts.text import clean
from fink_tui.stream.subscription import Subscription

if TYPE_CHECKING:
    from confluent_kafka import KafkaError


def away(subscription: Subscription) -> str:
    """The broker does not answer."""
    return f"The broker {clean(subscription.servers)} does not answer; trying again by itself."


def missing(topics: Sequence[str]) -> str:
    """Topics that do not exist."""
    names = ", ".join(clean(topic) for topic in topics)
    if len(topics) == 1:
        return f"The topic {names} does not exist yet; waiting for its first alert. Is its name right?"
    return f"The topics {names} do not exist yet; waiting for their first alerts. Are their names right?"


def settings(error: Exception, subscription: Subscription) -> str:
    """Settings that librdkafka refuses."""
    return f"the connection for {subscription.survey} cannot be set up ({clean(error)}); see servers and group"


def is_refusal(error: KafkaError) -> bool:
    """Whether the broker is there and refuses."""
    from confluent_kafka import KafkaError

    return error.code() in (
        KafkaError._AUTHENTICATION,
        KafkaError.SASL_AUTHENTICATION_FAILED,
        KafkaError.GROUP_AUTHORIZATION_FAILED,
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
    )


def sentence(error: KafkaError, subscription: Subscription) -> str | None:
    """What an error means for the user, or None where it is nothing to speak of."""
    from confluent_kafka import KafkaError

    code, servers = error.code(), clean(subscription.servers)
    if code == KafkaError._RESOLVE:
        return f"The name of the broker {servers} is not known to the network; check it, or the connection."
    if code in (KafkaError._AUTHENTICATION, KafkaError.SASL_AUTHENTICATION_FAILED):
        if "handshake" in error.str():  # it does not know what a password is
            return f"The broker {servers} wants no password, as Fink's do: remove it from the credentials."
        return f"The broker {servers} refused the login; check username and password in the credentials."
    if code == KafkaError.GROUP_AUTHORIZATION_FAILED:
        return f"The broker {servers} does not allow the group {clean(subscription.group)}; use the one you were given."
    if code == KafkaError.TOPIC_AUTHORIZATION_FAILED:
        return f"The broker {servers} does not allow a topic that was asked for; ask Fink, or leave it out."
    if code in (KafkaError._ALL_BROKERS_DOWN, KafkaError._TRANSPORT, KafkaError._TIMED_OUT):
        return away(subscription)
    if error.fatal():
        return f"Kafka gave up: {clean(error.str())}. Start fink-tui again."
    return None
