"""Logins and permissions: a broker that wants a password beside one that does not know what it is. Fink's want none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from fink_tui.store.store import Store
from fink_tui.stream.consumer import Stream
from fink_tui.stream.reception import Reception
from fink_tui.stream.status import StreamState
from fink_tui.stream.subscription import Subscription
from tests.kafka.broker import KafkaBroker
from tests.running import wait_for

SETTINGS = {
    "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "super.users": "User:ANONYMOUS",  # whoever comes in without a password: the tests
    "allow.everyone.if.no.acl.found": "true",
}


@pytest.fixture(scope="module")
def guarded(kafka: KafkaBroker) -> Iterator[KafkaBroker]:
    """A broker with a SASL listener too; where `kafka` can be had, so can this."""
    with KafkaBroker(sasl=True, settings=SETTINGS) as broker:
        for topic in ("alerts", "others"):
            broker.create_topic(topic)
        yield broker


@contextmanager
def stream(
    store: Store, servers: str, username: str | None, password: str | None, *topics: str, group: str = "readers"
) -> Iterator[Reception]:
    wanted = Subscription(
        survey="ztf",
        servers=servers,
        group=group,
        topics=topics or ("alerts",),
        username=username,
        password=password,
    )
    reception = Reception(store, [wanted], doing="a test")
    reception.start()
    try:
        yield reception
    finally:
        reception.stop(20)


def first_word(reception: Reception) -> tuple[StreamState, str]:
    """The state that a stream comes to, and what it says."""
    wait_for(lambda: reception.statuses[0].state is not StreamState.CONNECTING, "an answer")
    return reception.statuses[0].state, reception.statuses[0].message


def is_well(reception: Reception) -> bool:
    status = reception.statuses[0]
    return (status.state, status.message) == (StreamState.RECEIVING, "")


def said(store: Store, servers: str, username: str | None = None, password: str | None = None) -> str:
    """What a stream with this login says after its first statistics, too: nothing takes its place."""
    with stream(store, servers, username, password) as reception:
        first = first_word(reception)
        ticks, measured = 0, reception._streams[0]._standing.measured

        def count(statistics: dict[str, object]) -> None:
            nonlocal ticks
            measured(statistics)
            ticks += 1

        reception._streams[0]._standing.measured = count  # type: ignore[method-assign, assignment]
        wait_for(lambda: ticks >= 2, "two statistics")
        # Before a broker that wants a password closes a connection, it has answered on it, and may be seen doing so.
        wait_for(lambda: (reception.statuses[0].state, reception.statuses[0].message) == first, "still that, or again")
        return f"{first[0].value}: {first[1]}"


def test_the_right_password(guarded: KafkaBroker, store: Store) -> None:
    login = guarded.sasl_config
    assert said(store, login["bootstrap.servers"], login["sasl.username"], login["sasl.password"]) == "connected: "


def test_a_wrong_password_until_it_is_right(guarded: KafkaBroker, store: Store) -> None:
    login = guarded.sasl_config
    message = said(store, login["bootstrap.servers"], login["sasl.username"], "a guess")
    assert "refused: The broker" in message
    assert "refused the login; check username and password" in message
    assert "a guess" not in message
    admin = AdminClient({"bootstrap.servers": guarded.bootstrap})
    with stream(store, login["bootstrap.servers"], "eve", "a guess") as reception:
        assert first_word(reception)[0] is StreamState.REFUSED
        entered = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096)
        change = UserScramCredentialUpsertion("eve", entered, b"a guess")
        admin.alter_user_scram_credentials([change])["eve"].result(20)
        wait_for(lambda: is_well(reception), "its going on by itself")


def test_a_password_where_none_is_wanted(guarded: KafkaBroker, store: Store) -> None:
    message = said(store, guarded.bootstrap, "ada", "a guess")
    assert "refused: The broker" in message
    assert "wants no password" in message
    assert "a guess" not in message


def test_no_password_where_one_is_wanted(guarded: KafkaBroker, store: Store) -> None:
    servers = guarded.sasl_config["bootstrap.servers"]
    assert f"away: The broker {servers} closes every connection: it may want a password" in said(store, servers)


def test_a_name_that_does_not_resolve(store: Store) -> None:
    message = said(store, "kafka..invalid:24499")  # an empty label: no resolver is asked
    assert "away: The network does not know the broker's name, kafka..invalid:24499; trying again" in message


def deny(broker: KafkaBroker, kind: ResourceType, name: str) -> None:
    """Take a group or a topic from the user who comes in with a password."""
    binding = AclBinding(
        kind,
        name,
        ResourcePatternType.LITERAL,
        f"User:{broker.username}",
        "*",
        AclOperation.ALL,
        AclPermissionType.DENY,
    )
    admin = AdminClient({"bootstrap.servers": broker.bootstrap})
    admin.create_acls([binding])[binding].result(20)


def allow(broker: KafkaBroker, kind: ResourceType, name: str) -> None:
    """Give it back."""
    every = AclBindingFilter(
        kind, name, ResourcePatternType.LITERAL, None, None, AclOperation.ANY, AclPermissionType.ANY
    )
    admin = AdminClient({"bootstrap.servers": broker.bootstrap})
    admin.delete_acls([every])[every].result(20)


def test_a_group_that_is_not_allowed_until_it_is(guarded: KafkaBroker, store: Store) -> None:
    login = guarded.sasl_config
    account = login["bootstrap.servers"], login["sasl.username"], login["sasl.password"]
    deny(guarded, ResourceType.GROUP, "theirs")
    with stream(store, *account, group="theirs") as reception:
        state, message = first_word(reception)
        assert state is StreamState.REFUSED
        assert "does not allow the group theirs; use the one you were given" in message
        allow(guarded, ResourceType.GROUP, "theirs")
        wait_for(lambda: is_well(reception), "its going on by itself")


def test_a_topic_that_is_not_allowed_until_it_is(
    guarded: KafkaBroker, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Stream._settings
    monkeypatch.setattr(Stream, "_settings", lambda self: settings(self) | {"topic.metadata.refresh.interval.ms": 500})
    login = guarded.sasl_config
    account = login["bootstrap.servers"], login["sasl.username"], login["sasl.password"]
    deny(guarded, ResourceType.TOPIC, "others")
    with stream(store, *account, "alerts", "others") as reception:
        wait_for(lambda: reception.statuses[0].state is StreamState.RECEIVING, "the other topic")
        assert "Your account may not read others" in reception.statuses[0].message
        assert "alerts" not in reception.statuses[0].message.split(",")[0]
        allow(guarded, ResourceType.TOPIC, "others")
        wait_for(lambda: is_well(reception), "its being read, too")
        assert reception.statuses[0].partitions == 8
