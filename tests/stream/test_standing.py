"""How a stream stands: librdkafka's errors and statistics, as they were seen on real brokers, and what is said."""

from __future__ import annotations

import pytest
from confluent_kafka import KafkaError

from fink_tui.stream.standing import JOINING_TICKS, SILENT_SECONDS, Standing
from fink_tui.stream.status import StreamState
from fink_tui.stream.subscription import Subscription

AT = "kafka.example.org:24499"

RESOLVE = KafkaError(
    KafkaError._RESOLVE, f"{AT}/bootstrap: Failed to resolve '{AT}': Name or service not known (after 4ms in CONNECT)"
)
ALL_DOWN = KafkaError(KafkaError._ALL_BROKERS_DOWN, "1/1 brokers are down")
REFUSED = KafkaError(KafkaError._TRANSPORT, f"{AT}/bootstrap: Connect to ipv4#127.0.0.1:9 failed: Connection refused")
HTTP = KafkaError(KafkaError._BAD_MSG, f"{AT}/bootstrap: Receive failed: Invalid response size 1213486160")
LOGIN = f"sasl_plaintext://{AT}/bootstrap: SASL "
WRONG = KafkaError(KafkaError._AUTHENTICATION, LOGIN + "authentication error: invalid credentials with SCRAM-SHA-512")
NOT_WANTED = KafkaError(
    KafkaError._AUTHENTICATION,
    LOGIN + "SCRAM-SHA-512 mechanism handshake failed: Broker: Request not valid in current SASL state: "
    "broker's supported mechanisms:  (after 1ms in state AUTH_HANDSHAKE)",
)
OTHER_KIND = KafkaError(
    KafkaError._AUTHENTICATION,
    LOGIN + "SCRAM-SHA-512 mechanism handshake failed: Broker: Unsupported SASL mechanism: "
    "broker's supported mechanisms: PLAIN,GSSAPI (after 300ms in state AUTH_HANDSHAKE)",
)


def standing(*topics: str) -> Standing:
    return Standing(
        Subscription(survey="ztf", servers=AT, group="ada", topics=topics or ("t",), username="ada", password="secret")
    )


def statistics(
    *states: str, waiting: int = 0, idle: float = 0.0, join: str = "steady", **sizes: int
) -> dict[str, object]:
    """Statistics of brokers in some states, each owing `waiting` answers since `idle` seconds."""
    brokers = {
        str(number): {"source": "learned", "state": state, "waitresp_cnt": waiting, "rxidle": int(idle * 1e6)}
        for number, state in enumerate(states)
    }
    brokers["GroupCoordinator"] = {"source": "logical", "state": "UP", "waitresp_cnt": 0, "rxidle": -1}
    topics = {name: {"partitions": {str(number): {} for number in [-1, *range(size)]}} for name, size in sizes.items()}
    return {"brokers": brokers, "topics": topics, "cgrp": {"join_state": join}}


def said(one: Standing, before: StreamState = StreamState.RECEIVING) -> tuple[StreamState, str]:
    view = one.view(before)
    assert view is not None
    return view


@pytest.mark.parametrize(
    ("errors", "state", "words"),
    [
        ([RESOLVE, ALL_DOWN], StreamState.AWAY, ["does not know the broker's name, " + AT, "trying again", "spelt"]),
        ([REFUSED, ALL_DOWN], StreamState.AWAY, [AT, "does not answer", "trying again", "host and port"]),
        ([ALL_DOWN], StreamState.AWAY, [AT, "closes every connection", "password", "encryption", "credentials"]),
        ([HTTP, ALL_DOWN], StreamState.AWAY, [AT, "no Kafka broker", "host and port"]),
        ([WRONG, ALL_DOWN], StreamState.REFUSED, [AT, "refused the login", "username and password", "start again"]),
        ([NOT_WANTED, ALL_DOWN], StreamState.REFUSED, [AT, "wants no password", "remove it", "start again"]),
        ([OTHER_KIND, ALL_DOWN], StreamState.REFUSED, ["another kind of login", "PLAIN"]),
        ([RESOLVE, ALL_DOWN, REFUSED, ALL_DOWN], StreamState.AWAY, ["does not answer"]),  # the network is back
    ],
)
def test_a_broker_that_cannot_be_had_is_one_sentence_with_a_remedy(
    errors: list[KafkaError], state: StreamState, words: list[str]
) -> None:
    one = standing()
    for error in errors:
        one.failed(error)
        one.measured(statistics("CONNECT"))
    found, message = said(one, StreamState.CONNECTING)
    assert found is state
    assert [word for word in words if word not in message] == []
    assert "secret" not in message
    assert "\n" not in message


def test_before_the_first_word_nothing_is_said() -> None:
    one = standing()
    one.measured(statistics("CONNECT"))
    assert one.view(StreamState.CONNECTING) is None


def test_who_was_connected_is_not_asked_about_the_address() -> None:
    one = standing()
    one.measured(statistics("UP"))
    one.assigned(["t"])
    for error in (ALL_DOWN, REFUSED, RESOLVE):
        one.measured(statistics("CONNECT"))
        one.failed(error)
        state, message = said(one)
        assert state is StreamState.AWAY
        assert message.endswith("trying again by itself.")
    one.measured(statistics("UP", "CONNECT"))
    assert said(one, StreamState.AWAY) == (StreamState.RECEIVING, "")


def test_what_a_broker_says_while_another_answers_is_not_the_users_business() -> None:
    one = standing()
    one.measured(statistics("UP", "CONNECT"))
    one.assigned(["t"])
    for error in (REFUSED, RESOLVE, WRONG):
        one.failed(error)
        assert said(one) == (StreamState.RECEIVING, "")


def test_a_broker_that_owes_an_answer_for_long_does_not_answer() -> None:
    one = standing()
    one.assigned(["t"])
    one.measured(statistics("UP", waiting=1, idle=SILENT_SECONDS - 1))
    assert said(one) == (StreamState.RECEIVING, "")
    one.measured(statistics("UP", waiting=2, idle=SILENT_SECONDS + 1))
    assert said(one)[0] is StreamState.AWAY
    one.measured(statistics("UP", waiting=0, idle=SILENT_SECONDS + 60))  # nothing was asked
    assert said(one) == (StreamState.RECEIVING, "")


def test_a_login_refused_on_the_way_back_is_forgotten_when_it_is_taken() -> None:
    one = standing()
    one.assigned(["t"])
    one.measured(statistics("AUTH_REQ"))
    one.failed(WRONG)
    assert said(one)[0] is StreamState.REFUSED
    one.measured(statistics("UP"))  # the same membership goes on: nothing is assigned again
    assert said(one) == (StreamState.RECEIVING, "")


def test_a_broker_that_answers_again_is_not_away_while_the_group_is_joined() -> None:
    one = standing()
    one.assigned(["t"])
    one.measured(statistics("CONNECT"))
    one.revoked()
    assert said(one)[0] is StreamState.AWAY
    one.measured(statistics("UP"))
    assert said(one, StreamState.AWAY) == (StreamState.CONNECTING, "")
    assert one.view(StreamState.CONNECTING) is None
    one.assigned(["t"])
    assert said(one, StreamState.CONNECTING) == (StreamState.RECEIVING, "")


def test_others_in_the_group_are_on_screen_until_they_have_left() -> None:
    one = standing("t", "u")
    one.assigned(["t"] * 4)
    one.measured(statistics("UP", t=4))
    assert said(one) == (StreamState.RECEIVING, "")
    one.counted("u", 4)
    assert one.partitions == 8
    state, message = said(one)
    assert state is StreamState.RECEIVING
    assert "Others in the group ada receive 4 of the 8 partitions" in message
    assert "--group" in message
    one.revoked()
    assert one.view(StreamState.RECEIVING) is None  # for a moment
    one.assigned([])
    assert "all 8 partitions" in said(one)[1]
    one.assigned(["t"] * 4 + ["u"] * 4)
    assert said(one) == (StreamState.RECEIVING, "")


def test_partitions_that_are_not_known_are_asked_for() -> None:
    one = standing("t", "u", "v")
    one.measured(statistics("UP", t=4, other=9))
    one.failed(KafkaError(KafkaError.UNKNOWN_TOPIC_OR_PART, "no such topic"), "v")
    assert one.unknown == {"u"}
    one.counted("u", 0)  # the broker does not know it either
    assert one.unknown == {"u"}


def test_waiting_for_the_other_members_is_said_when_it_takes_long() -> None:
    one = standing()
    for _ in range(JOINING_TICKS):
        assert one.view(StreamState.CONNECTING) is None
        one.measured(statistics("UP", join="wait-join"))
    state, message = said(one, StreamState.CONNECTING)
    assert state is StreamState.CONNECTING
    assert "other members of the group ada" in message
    one.assigned(["t"])
    assert said(one, StreamState.CONNECTING) == (StreamState.RECEIVING, "")


def test_topics_that_are_missing_or_not_allowed_take_nothing_from_the_others() -> None:
    one = standing("t", "u", "v")
    one.failed(KafkaError(KafkaError.UNKNOWN_TOPIC_OR_PART, "Subscribed topic not available: u"), "u")
    one.failed(KafkaError(KafkaError.TOPIC_AUTHORIZATION_FAILED, "Subscribed topic not available: v"), "v")
    one.assigned(["t"])
    state, message = said(one)
    assert state is StreamState.RECEIVING
    assert "Your account may not read v" in message
    assert "The topic u does not exist yet" in message
    one.measured(statistics("UP", t=1, u=2))
    one.assigned(["t", "u", "u", "v"])
    assert said(one) == (StreamState.RECEIVING, "")


@pytest.mark.parametrize(
    ("code", "state"),
    [
        (KafkaError.UNKNOWN_TOPIC_OR_PART, StreamState.WAITING),
        (KafkaError.TOPIC_EXCEPTION, StreamState.WAITING),
        (KafkaError.TOPIC_AUTHORIZATION_FAILED, StreamState.REFUSED),
    ],
)
def test_the_only_topic(code: int, state: StreamState) -> None:
    one = standing("t")
    one.failed(KafkaError(code, "Subscribed topic not available: t"), "t")
    found, message = said(one, StreamState.CONNECTING)
    assert found is state
    assert " t" in message
    assert one.is_nothing_there is (state is StreamState.WAITING)


def test_a_group_that_is_not_allowed() -> None:
    one = standing()
    one.failed(KafkaError(KafkaError.GROUP_AUTHORIZATION_FAILED, "FindCoordinator response error"))
    state, message = said(one, StreamState.CONNECTING)
    assert state is StreamState.REFUSED
    assert "does not allow the group ada" in message
    one.assigned(["t"])
    assert said(one, StreamState.REFUSED) == (StreamState.RECEIVING, "")


def test_what_cannot_be_mended_by_waiting_is_said_whatever_else_is() -> None:
    one = standing()
    one.assigned(["t"])
    one.failed(KafkaError(KafkaError._FENCED, "fenced \x1b[31m", fatal=True))
    state, message = said(one)
    assert state is StreamState.REFUSED
    assert "Start fink-tui again" in message
    assert "\x1b" not in message
