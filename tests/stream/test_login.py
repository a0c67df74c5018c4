"""Logins: a broker that wants a password beside one that does not know what it is. Fink's want none."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fink_tui.store.store import Store
from fink_tui.stream.reception import Reception
from fink_tui.stream.status import StreamState
from fink_tui.stream.subscription import Subscription
from tests.kafka.broker import KafkaBroker
from tests.running import wait_for


@pytest.fixture(scope="module")
def guarded(kafka: KafkaBroker) -> Iterator[KafkaBroker]:
    """A broker with a SASL listener too; where `kafka` can be had, so can this."""
    with KafkaBroker(sasl=True) as broker:
        broker.create_topic("alerts")
        yield broker


def said(store: Store, servers: str, username: str | None, password: str | None) -> tuple[StreamState, str]:
    """The state that a stream with this login comes to, and what it says."""
    wanted = Subscription(
        survey="ztf", servers=servers, group="readers", topics=("alerts",), username=username, password=password
    )
    reception = Reception(store, [wanted], doing="a test")
    reception.start()
    try:
        wait_for(lambda: reception.statuses[0].state is not StreamState.CONNECTING, "an answer")
        return reception.statuses[0].state, reception.statuses[0].message
    finally:
        reception.stop(20)


def test_the_right_password(guarded: KafkaBroker, store: Store) -> None:
    login = guarded.sasl_config
    found = said(store, login["bootstrap.servers"], login["sasl.username"], login["sasl.password"])
    assert found == (StreamState.RECEIVING, "")


def test_a_wrong_password(guarded: KafkaBroker, store: Store) -> None:
    login = guarded.sasl_config
    state, message = said(store, login["bootstrap.servers"], login["sasl.username"], "a guess")
    assert state is StreamState.REFUSED
    assert "refused the login; check username and password" in message
    assert "a guess" not in message


def test_a_password_where_none_is_wanted(guarded: KafkaBroker, store: Store) -> None:
    state, message = said(store, guarded.bootstrap, "ada", "a guess")
    assert state is StreamState.REFUSED
    assert "wants no password" in message
