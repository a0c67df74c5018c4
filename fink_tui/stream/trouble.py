"""What librdkafka's errors mean, and what to do: one sentence each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from fink_tui.alerts.text import clean
from fink_tui.stream.subscription import Subscription

if TYPE_CHECKING:
    from confluent_kafka import KafkaError

_WHO = re.compile(r"(?:\w+://)?(?P<broker>[^\s/]+:\d+)/")
"""How librdkafka begins an error that is of one broker."""

_LOGINS = re.compile(r"supported mechanisms:\s*(?P<kinds>[\w-]*)")
"""Kinds of login that a broker offers; none where it wants no password."""


def away(subscription: Subscription, *, was_up: bool = True) -> str:
    """The broker does not answer.

    Args:
        subscription: Whose.
        was_up: Whether it ever did: else its address may be wrong.
    """
    return _does_not_answer(clean(subscription.servers), was_up)


def missing(topics: Sequence[str]) -> str:
    """Topics that do not exist."""
    names = ", ".join(clean(topic) for topic in topics)
    if len(topics) == 1:
        return f"The topic {names} does not exist yet; waiting for its first alert. Is its name right?"
    return f"The topics {names} do not exist yet; waiting for their first alerts. Are their names right?"


def forbidden_topics(topics: Sequence[str]) -> str:
    """Topics that this account may not read."""
    names = ", ".join(clean(topic) for topic in topics)
    return f"Your account may not read {names}, so nothing of it comes; ask Fink for it, or leave it out."


def forbidden_group(subscription: Subscription) -> str:
    """A group that this account may not use."""
    return (
        f"The broker {clean(subscription.servers)} does not allow the group {clean(subscription.group)}; "
        "use the one you were given (--group)."
    )


def shared(subscription: Subscription, elsewhere: int, partitions: int) -> str:
    """Others in the group have some of the partitions, or all."""
    which = f"{elsewhere} of the {partitions}" if elsewhere < partitions else f"all {partitions}"
    return (
        f"Others in the group {clean(subscription.group)} receive {which} partitions: their alerts do not come here. "
        "For all alerts, use a group of your own (--group)."
    )


def joining(subscription: Subscription) -> str:
    """The group's other members keep us waiting."""
    return (
        f"Waiting for the other members of the group {clean(subscription.group)}: Kafka gives one that died 10 s, "
        "one that is busy 5 min. A group of your own (--group) waits for nobody."
    )


def settings(error: Exception, subscription: Subscription) -> str:
    """Settings that librdkafka refuses."""
    return f"the connection for {subscription.survey} cannot be set up ({clean(error)}); see servers and group"


def fatal(error: KafkaError) -> str:
    """An error after which librdkafka does nothing more."""
    return f"Kafka gave up: {clean(error.str())}. Start fink-tui again."


def is_refusal(error: KafkaError) -> bool:
    """Whether the broker is there and refuses the login."""
    from confluent_kafka import KafkaError

    return error.code() in (KafkaError._AUTHENTICATION, KafkaError.SASL_AUTHENTICATION_FAILED)


def sentence(error: KafkaError, subscription: Subscription, *, was_up: bool = True) -> str | None:
    """What an error of the connection means for the user, or None where it is nothing to speak of.

    Args:
        error: What librdkafka said.
        subscription: Whose connection.
        was_up: Whether a broker ever answered: else what was entered may be wrong.
    """
    from confluent_kafka import KafkaError

    code, text = error.code(), error.str()
    servers, found = clean(subscription.servers), _WHO.match(text)
    broker = clean(found["broker"]) if found else servers
    if code == KafkaError._RESOLVE:
        check = "" if was_up else " Is it spelt right?"
        return f"The network does not know the broker's name, {broker}; trying again by itself.{check}"
    if is_refusal(error):
        offered = _LOGINS.search(text)
        if offered is None:
            return (
                f"The broker {servers} refused the login; check username and password in the credentials and start "
                "again."
            )
        if not offered["kinds"]:
            return (
                f"The broker {servers} wants no password, as Fink's do: remove it from the credentials and start again."
            )
        return f"The broker {servers} wants another kind of login than Fink's ({offered['kinds']}); check the servers."
    if code == KafkaError._BAD_MSG:
        return f"What answers at {broker} is no Kafka broker; check host and port, and start again."
    if code == KafkaError._ALL_BROKERS_DOWN and not was_up:
        # Whoever refuses a connection, or has no name, was spoken of before: this one took it, and closed it.
        return (
            f"The broker {servers} closes every connection: it may want a password, or encryption, or be no Kafka "
            "broker; check the servers and the credentials."
        )
    if code in (KafkaError._ALL_BROKERS_DOWN, KafkaError._TRANSPORT, KafkaError._TIMED_OUT):
        return _does_not_answer(servers, was_up)
    return None


def _does_not_answer(servers: str, was_up: bool) -> str:
    check = "" if was_up else " Are host and port right?"
    return f"The broker {servers} does not answer; trying again by itself.{check}"
