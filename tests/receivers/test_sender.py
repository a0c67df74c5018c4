"""The sender: what each answer of a receiver means for a row and for those behind it; nothing is lost."""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from fink_tui.alerts.submission import Choices, Submission
from fink_tui.receivers import line, sender, tries
from fink_tui.receivers.configured import Configured
from fink_tui.receivers.receiver import (
    AskError,
    AwayError,
    BlockedError,
    Delivery,
    FaultError,
    Receiver,
    ReceiverError,
    RejectedError,
)
from fink_tui.receivers.sender import Sender
from fink_tui.store.database import Database
from fink_tui.store.errors import StoreError
from fink_tui.store.locks import SENDING, Lock
from fink_tui.store.outbox import LONGEST, Neighbour, Outbox, State
from fink_tui.store.outbox_pages import OutboxPages, Waiting
from fink_tui.store.store import Store
from fink_tui.yaml_file import ConfigError
from tests.receivers.scripted import DONE, Scripted, rows, states, told
from tests.running import wait_for
from tests.store.making import sql

REFUSED = "The login is refused."
GOES_THEN = " All for tom waits, and goes by itself within a minute of that."


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses that a test does not feel; the real ones are looked at on their own."""
    for module, name, seconds in (
        (tries, "FIRST_PAUSE", 0.001),
        (tries, "LONGEST_PAUSE", 0.01),
        (line, "POLL_SECONDS", 0.01),
        (line, "STORE_SECONDS", 0.01),
        (sender, "POLL_SECONDS", 0.01),
        (sender, "LOCK_SECONDS", 0.01),
    ):
        monkeypatch.setattr(module, name, seconds)


@contextmanager
def sending(store: Store, *receivers: Receiver | Configured) -> Iterator[Sender]:
    """A sender at work."""
    found = Sender(store, receivers, doing="a test")
    found.start()
    try:
        yield found
    finally:
        found.stop(30)
        assert not store.sending.is_held


def enqueue(store: Store, object_id: str, alert_id: str, receiver: str = "tom", **more: Any) -> int:
    return Outbox(store.database).enqueue(receiver, told(object_id, alert_id), **more).result().id


def wait_for_states(store: Store, *expected: str) -> None:
    def found() -> bool:
        return states(store) == list(expected)

    try:
        wait_for(found, f"the states {expected}", 30)
    except AssertionError:
        assert states(store) == list(expected)
        raise


def problem(store: Store) -> str:
    with closing(OutboxPages(store.database)) as pages:
        return pages.waiting().problem


# --- what arrives


def test_what_arrives_is_noted_with_the_answer(store: Store) -> None:
    tom = Scripted(
        "tom",
        Delivery(True, "made\x1b[31m with 3 points", "7", "https://tom.example/7/"),
        Delivery(False, "2 of 5 points were new", "7"),
    )
    enqueue(store, "A", "1", choices=Choices(target_list="mine"))
    enqueue(store, "A", "2")
    with sending(store, tom):
        wait_for_states(store, "sent", "exists")
    first, second = rows(store)
    assert (first.answer, first.target, first.link) == ("made\ufffd[31m with 3 points", "7", "https://tom.example/7/")
    assert (second.answer, second.target, second.attempts) == ("2 of 5 points were new", "7", 1)
    assert tom.calls == [("1", Choices(target_list="mine"), ""), ("2", Choices(), "7")]
    assert tom.closed.is_set()
    assert tom.stopping.is_set()


def test_a_receiver_gets_its_own_in_the_order_of_the_wishes(store: Store) -> None:
    tom, mine = Scripted("tom"), Scripted("mine")
    for number in range(30):
        enqueue(store, f"object {number % 7}", str(number), "tom" if number % 3 else "mine")
    with sending(store, tom, mine):
        wait_for_states(store, *["sent"] * 30)
    assert tom.arrived == [str(number) for number in range(30) if number % 3]
    assert mine.arrived == [str(number) for number in range(0, 30, 3)]


def test_one_that_hangs_delays_no_other(store: Store) -> None:
    let_go, is_there = threading.Event(), threading.Event()

    def hang() -> Delivery:
        is_there.set()
        assert let_go.wait(30)
        return DONE

    hanging, well = Scripted("hanging", hang), Scripted("well")
    enqueue(store, "A", "1", "hanging")
    found = Sender(store, [hanging, well], doing="a test")
    found.start()
    assert is_there.wait(30)
    enqueue(store, "A", "2", "well")
    wait_for_states(store, "sending", "sent")
    found.stop(0.01)
    assert store.sending.is_held, "the lock was given back while something was on its way"
    let_go.set()
    found.stop(30)
    assert not store.sending.is_held
    assert states(store) == ["sent", "sent"], "what arrived was not noted"


def test_a_wish_is_seen_at_once_by_its_own_process(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "POLL_SECONDS", 3600.0)
    enqueue(store, "A", "1")
    with sending(store, Scripted()) as found:
        wait_for_states(store, "sent")
        enqueue(store, "B", "2")
        found.wake()
        wait_for_states(store, "sent", "sent")


def test_where_nothing_changes_nothing_is_asked_of_the_database(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """But whether it has changed: that is a look at the journal's index, in memory."""
    looks, queries = 0, 0
    changed, due = OutboxPages.has_changed, OutboxPages.due

    def count_look(self: OutboxPages) -> bool:
        nonlocal looks
        looks += 1
        return changed(self)

    def count_query(self: OutboxPages, receiver: str, now: float) -> float | None:
        nonlocal queries
        queries += 1
        return due(self, receiver, now)

    monkeypatch.setattr(OutboxPages, "has_changed", count_look)
    monkeypatch.setattr(OutboxPages, "due", count_query)
    enqueue(store, "A", "1", grace=1000)
    with sending(store, Scripted()) as found:
        found.wake()
        wait_for(lambda: looks > 60, "sixty looks")
    assert queries < 5
    assert states(store) == ["queued"]


# --- the grace


def test_within_the_grace_it_is_not_sent_and_can_be_taken_back(store: Store) -> None:
    tom = Scripted()
    first = enqueue(store, "A", "1", grace=1000)
    enqueue(store, "B", "2")
    with sending(store, tom):
        wait_for_states(store, "queued", "sent")
        Outbox(store.database).cancel(first).result()
        enqueue(store, "C", "3")
        wait_for_states(store, "cancelled", "sent", "sent")
    assert tom.arrived == ["2", "3"]


def test_after_the_grace_it_goes_without_being_woken(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "POLL_SECONDS", 3600.0)
    tom = Scripted()
    with sending(store, tom) as found:
        enqueue(store, "A", "1", grace=0.2)
        found.wake()
        wait_for_states(store, "sent")
    (row,) = rows(store)
    assert row.answered_at is not None
    assert row.answered_at >= row.not_before


@pytest.mark.parametrize("column", ["next_try", "queued_at = 1e11, not_before"])
def test_a_clock_that_was_wrong_holds_nothing_up(column: str, store: Store) -> None:
    """It was in the year 5138 when the row was written; then somebody set it right."""
    enqueue(store, "A", "1")
    sql(store, f"UPDATE outbox SET {column} = 1e11")
    with sending(store, Scripted()):
        wait_for_states(store, "sent")


def test_a_clock_that_is_set_back_meanwhile_holds_nothing_up(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """All that was due by the old time is looked at again by the new one."""
    monkeypatch.setattr(line, "REFRESH_SECONDS", 0.05)
    enqueue(store, "A", "1")
    tom = Scripted("tom", AwayError("Nobody answers.", retry_after=200))
    with sending(store, tom):
        wait_for(lambda: tom.calls, "an attempt")
        wait_for_states(store, "queued")
        now = time.time()
        monkeypatch.setattr(time, "time", lambda: now - 1e6)
        wait_for_states(store, "sent")


# --- nobody there


def test_away_all_of_it_waits_as_long_as_it_takes_and_then_goes_in_order(store: Store) -> None:
    tom = Scripted("tom", *[AwayError("ourtom does not answer.")] * 12)
    for number in range(5):
        enqueue(store, "A" if number % 2 else "B", str(number))
    with sending(store, tom):
        wait_for(lambda: len(tom.calls) > 6, "some attempts")
        wait_for_states(store, *["sent"] * 5)
    assert [alert for alert, _, _ in tom.calls][:6] == ["0"] * 5 + ["1"], "another object's is tried in the end"
    for of_one in (["0", "2", "4"], ["1", "3"]):
        assert [alert for alert in tom.arrived if alert in of_one] == of_one
    assert sum(row.attempts for row in rows(store)) == 12 + 5
    assert {row.attempts for row in rows(store)[2:]} == {1}, "who waits behind it was counted"


def test_away_it_is_said_until_somebody_is_there(store: Store) -> None:
    enqueue(store, "A", "1")
    tom = Scripted("tom", AwayError("ourtom does not answer.", retry_after=30.0))
    with sending(store, tom) as found:
        wait_for(lambda: problem(store) == "ourtom does not answer.", "the words")
        (row,) = rows(store)
        assert row.state is State.QUEUED
        assert row.answered_at is not None
        assert row.next_try - row.answered_at == pytest.approx(30, abs=1)
        enqueue(store, "B", "2")  # a new wish is tried at once
        found.wake()
        wait_for_states(store, "queued", "sent")
        assert problem(store) == ""
        Outbox(store.database).retry(row.id).result()
        wait_for_states(store, "sent", "sent")


def test_what_lasts_is_logged_once(
    store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(line, "PROBE_SECONDS", 0.001)
    away, refused = AwayError("Nobody answers."), BlockedError(REFUSED)
    tom = Scripted("tom", away, away, away, DONE, away, DONE, refused, refused, refused, DONE, refused, DONE)
    for number in range(4):
        enqueue(store, "A", str(number))
    with caplog.at_level(logging.INFO, "fink_tui.sender"), sending(store, tom):
        wait_for_states(store, *["sent"] * 4)
    assert [record.getMessage() for record in caplog.records] == [
        *["tom is tried again by itself: Nobody answers.", "tom answers again"] * 2,
        *[f"tom: {REFUSED}{GOES_THEN}"] * 2,
    ]


def test_nobody_is_waited_for_longer_than_the_longest_pause(store: Store) -> None:
    enqueue(store, "A", "1")
    with sending(store, Scripted("tom", AwayError("Busy.", retry_after=86_400.0))):
        wait_for(lambda: rows(store)[0].answer == "Busy.", "the words")
        assert rows(store)[0].next_try <= time.time() + LONGEST


def test_pauses_grow_from_a_second_to_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    for times in range(100):
        pauses = [tries.pause_after(times) for _ in range(20)]
        longest = min(60.0, 2.0**times)
        assert all(0.75 * longest <= pause <= longest for pause in pauses)
        assert len(set(pauses)) > 1


# --- somebody has to mend something


def test_blocked_all_of_it_waits_and_goes_once_it_is_mended(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "PROBE_SECONDS", 0.02)
    tom = Scripted()
    tom.problem = BlockedError(REFUSED)
    for number in range(3):
        enqueue(store, "A", str(number))
    with sending(store, tom):
        wait_for_states(store, *["blocked"] * 3)
        assert problem(store) == REFUSED + GOES_THEN
        wait_for(lambda: tom.prepared > 4, "more looks")
        assert {row.attempts for row in rows(store)} == {0}
        assert not tom.calls
        tom.problem = None
        wait_for_states(store, *["sent"] * 3)
        assert problem(store) == ""
    assert tom.arrived == ["0", "1", "2"]
    assert {row.attempts for row in rows(store)} == {1}


@pytest.mark.parametrize("by", ["retry", "wish", "wish for the same object"])
def test_blocked_it_is_looked_at_when_the_observer_asks(by: str, store: Store) -> None:
    tom = Scripted()
    tom.problem = BlockedError(REFUSED)
    first = enqueue(store, "A", "1")
    with sending(store, tom):
        wait_for_states(store, "blocked")
        assert tom.prepared == 1
        if by == "retry":  # in vain, once
            Outbox(store.database).retry(first).result()
            wait_for(lambda: tom.prepared == 2, "a look")
            wait_for_states(store, "blocked")
        tom.problem = None
        if by == "retry":
            Outbox(store.database).retry(first).result()
            wait_for_states(store, "sent")
        else:
            enqueue(store, "A" if by.endswith("object") else "B", "2", grace=1000)
            wait_for_states(store, "sent", "queued")
    assert tom.arrived == ["1"]


def test_blocked_at_the_last_end_it_is_looked_at_at_the_next_start(store: Store) -> None:
    tom = Scripted()
    tom.problem = BlockedError(REFUSED)
    enqueue(store, "A", "1")
    with sending(store, tom):
        wait_for_states(store, "blocked")
    with sending(store, Scripted()):
        wait_for_states(store, "sent")


def test_refused_in_the_middle_of_it_no_attempt_is_burnt(store: Store) -> None:
    """And where the login seems to be good by the next look, it is no loop without a pause."""
    tom = Scripted("tom", *[BlockedError(REFUSED)] * 3)
    first = enqueue(store, "A", "1")
    with sending(store, tom):
        for number in range(3):
            wait_for(lambda n=number: len(tom.calls) == n + 1, "an attempt")  # type: ignore[misc]
            wait_for_states(store, "blocked")
            assert rows(store)[0].attempts == 0
            Outbox(store.database).retry(first).result()
        wait_for_states(store, "sent")
    assert len(tom.calls) == 4


def test_away_while_it_is_blocked_is_said_and_not_asked_without_a_pause(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line, "PROBE_SECONDS", 0.01)
    tom = Scripted()
    tom.problem = BlockedError(REFUSED)
    enqueue(store, "A", "1")
    with sending(store, tom):
        wait_for_states(store, "blocked")
        tom.problem = AwayError("Nobody answers.", retry_after=100)
        wait_for(lambda: problem(store) == "Nobody answers.", "the words")
        before = tom.prepared
        enqueue(store, "B", "2")
        wait_for_states(store, "blocked", "blocked")
        assert tom.prepared == before + 1
        assert {row.attempts for row in rows(store)} == {0}


def test_one_that_cannot_be_made_is_blocked(store: Store) -> None:
    made = Scripted()
    problems = [ConfigError("config.yml", "its token file has gone", "Put it back", 3)]

    def make() -> Receiver:
        assert threading.current_thread().name == "send-tom", "the screen would have waited for it"
        if problems:
            raise problems.pop()
        return made

    first = enqueue(store, "A", "1")
    with sending(store, Configured("tom", "scripted", "", (), "all", make)):
        wait_for_states(store, "blocked")
        assert problem(store) == "config.yml, line 3: its token file has gone. Put it back." + GOES_THEN
        Outbox(store.database).retry(first).result()
        wait_for_states(store, "sent")
    assert made.closed.is_set()


def test_what_is_for_nobody_is_said_to_be(store: Store) -> None:
    enqueue(store, "A", "1", "gone")
    with sending(store, Scripted()):
        wait_for_states(store, "blocked")
        assert problem(store).startswith("a test knows no receiver named gone. Add it to the receivers in config.yml")
        enqueue(store, "A", "2", "gone")
        enqueue(store, "A", "2", "tom")
        wait_for_states(store, "blocked", "blocked", "sent")
    with sending(store, Scripted("gone")):  # it was added
        wait_for_states(store, "sent", "sent", "sent")


# --- it fails on one


class Sick(Scripted):
    """Fails on one alert, always."""

    def __init__(self, alert_id: str, error: Exception) -> None:
        super().__init__()
        self.alert_id, self.error = alert_id, error

    def deliver(self, told: Submission, choices: Choices, target: str) -> Delivery:
        self.script = [self.error] if told.alert_id == self.alert_id else []
        return super().deliver(told, choices, target)


def test_a_fault_is_of_one_object(store: Store) -> None:
    tom = Sick("1", FaultError("Server error (500)."))
    enqueue(store, "A", "1")
    enqueue(store, "A", "2")
    enqueue(store, "B", "3")
    with sending(store, tom):
        wait_for_states(store, "failed", "sent", "sent")
        assert tom.attempts("1") == tries.MOST_FAULTS
        assert tom.arrived == ["3", "2"], "another object's waited for it"
        first = rows(store)[0]
        assert first.answer == "Server error (500). Given up after 5 attempts."
        assert first.attempts == tries.MOST_FAULTS
        with closing(OutboxPages(store.database)) as pages:
            assert pages.waiting() == Waiting(failed=1)
        Outbox(store.database).retry(first.id).result()
        all_of_them = tries.MOST_FAULTS + tries.MOST_ALONE
        wait_for(lambda: tom.attempts("1") == all_of_them, "as many attempts again as where nothing arrives")
        wait_for_states(store, "failed", "sent", "sent")


def test_where_nothing_arrives_it_may_be_the_receiver_and_not_the_alert(store: Store) -> None:
    tom = Scripted("tom", *[FaultError("Server error (500).")] * (3 * tries.MOST_FAULTS))
    for number in range(3):
        enqueue(store, f"A{number}", str(number))
    with sending(store, tom):
        wait_for_states(store, "sent", "sent", "sent")


def test_one_alone_that_always_fails_is_given_up_at_last(store: Store) -> None:
    tom = Sick("1", FaultError("Server error (500)."))
    enqueue(store, "A", "1")
    with sending(store, tom):
        wait_for_states(store, "failed")
    assert tom.attempts("1") == tries.MOST_ALONE


def test_one_that_got_on_is_tried_again_soon(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses = list[int]()
    monkeypatch.setattr(line, "pause_after", lambda times: pauses.append(times) or 0.001)
    away = AwayError("Lost.")
    tom = Scripted("tom", away, away, AwayError("2 of 3 went. Lost.", got_on=True), away)
    enqueue(store, "A", "1")
    with sending(store, tom):
        wait_for_states(store, "sent")
    assert pauses == [0, 1, 0, 1]


def test_one_for_which_alone_nobody_answers_is_in_nobodys_way(store: Store) -> None:
    """As where a gateway gives up on one target, and on no other."""
    tom = Sick("1", AwayError("Gateway timeout (504)."))
    enqueue(store, "A", "1")
    enqueue(store, "A", "2")
    enqueue(store, "B", "3")
    enqueue(store, "C", "4")
    with sending(store, tom) as found:
        wait_for_states(store, "queued", "queued", "sent", "sent")
        assert [alert for alert, _, _ in tom.calls][:6] == ["1"] * tries.MOST_AWAY + ["3"]
        wait_for(lambda: tom.attempts("1") > 3 * tries.MOST_AWAY, "more attempts on it")
        enqueue(store, "D", "5")
        found.wake()
        wait_for(lambda: "5" in tom.arrived, "another to arrive")
        tom.alert_id = "none"
        wait_for_states(store, *["sent"] * 5)
    assert tom.arrived == ["3", "4", "5", "1", "2"]


def test_several_for_which_nobody_answers_are_in_nobodys_way(store: Store) -> None:
    class Ill(Scripted):
        def deliver(self, told: Submission, choices: Choices, target: str) -> Delivery:
            self.script = [] if told.alert_id == "4" else [AwayError("Gateway timeout (504).", retry_after=0.001)]
            return super().deliver(told, choices, target)

    for number in range(1, 5):
        enqueue(store, f"object {number}", str(number))
    with sending(store, Ill()):
        wait_for_states(store, "queued", "queued", "queued", "sent")


def test_the_pauses_of_one_aside_grow_to_the_longest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    for times in range(tries.MOST_AWAY, 100):
        pause = tries.pause_aside(times)
        assert 24 <= pause <= LONGEST
        assert times < tries.MOST_AWAY + 5 or pause > 3 * tries.LONGEST_PAUSE


def test_while_nobody_answers_there_are_at_most_two_attempts_between_pauses(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = list[int]()
    real = line.Line._found_nobody
    monkeypatch.setattr(line.Line, "_found_nobody", lambda *said: at.append(len(tom.calls)) or real(*said))
    tom = Scripted("tom", *[AwayError("Nobody answers.")] * 80)
    for number in range(4):
        enqueue(store, f"object {number}", str(number))
    with sending(store, tom):
        wait_for_states(store, *["sent"] * 4)
    assert len(at) >= 40
    assert all(after - before <= 2 for before, after in pairwise(at))


def test_away_does_not_count_as_a_fault(store: Store) -> None:
    away, fault = AwayError("Nobody answers."), FaultError("Server error (500).")
    tom = Scripted("tom", *[away] * 9, fault, *[away] * 9, fault, fault, fault)
    enqueue(store, "A", "1")
    with sending(store, tom):
        wait_for_states(store, "sent")
    assert rows(store)[0].attempts == 23


def test_rejected_it_is_given_up_at_once(store: Store) -> None:
    tom = Scripted("tom", RejectedError("No such type."))
    enqueue(store, "A", "1")
    enqueue(store, "A", "2")
    with sending(store, tom):
        wait_for_states(store, "failed", "sent")
    assert rows(store)[0].answer == "No such type."
    assert len(tom.calls) == 2


def test_asked_it_waits_for_the_answer(store: Store) -> None:
    tom = Scripted("tom", AskError("Is it SN 2026a?", [Neighbour("7", "SN 2026a", 0.8)]))
    first = enqueue(store, "A", "1")
    enqueue(store, "A", "2")
    enqueue(store, "B", "3")
    with sending(store, tom):
        wait_for_states(store, "asking", "queued", "sent")
        assert rows(store)[0].neighbours == (Neighbour("7", "SN 2026a", 0.8),)
        Outbox(store.database).answer(first, "same", "7").result()
        wait_for_states(store, "sent", "sent", "sent")
    assert tom.calls[2] == ("1", Choices(nearby="same", nearby_target="7"), "")


def test_what_nobody_foresaw_is_a_fault_and_tells_no_secret(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    tom = Sick("1", KeyError("hunter2"))
    enqueue(store, "A", "1")
    enqueue(store, "B", "2")
    with caplog.at_level(logging.DEBUG), sending(store, tom):
        wait_for_states(store, "failed", "sent")
    assert rows(store)[0].answer.startswith("An error that nobody foresaw (KeyError); the log says where.")
    assert "an error that nobody foresaw: KeyError < scripted.py:" in caplog.text
    assert "hunter2" not in caplog.text


@pytest.mark.parametrize("error", [ReceiverError("Hm."), RuntimeError("hunter2"), AwayError("Nobody answers.")])
def test_whatever_a_look_raises_the_sender_lives(error: Exception, store: Store) -> None:
    tom = Scripted()
    tom.problem = BlockedError(REFUSED)
    first = enqueue(store, "A", "1")
    with sending(store, tom):
        wait_for_states(store, "blocked")
        tom.problem = error
        Outbox(store.database).retry(first).result()
        wait_for(lambda: problem(store) not in ("", REFUSED + GOES_THEN), "other words")
        assert "hunter2" not in problem(store)
        tom.problem = None
        Outbox(store.database).retry(first).result()
        wait_for_states(store, "sent")


# --- the store fails


def failing(monkeypatch: pytest.MonkeyPatch, fails: Callable[[], bool]) -> None:
    """Let transactions fail as on a full disk, as long as something says so."""
    real = Database._transact

    def transact(self: Database, connection: sqlite3.Connection, job: Callable[[sqlite3.Connection], Any]) -> Any:
        def full(connection: sqlite3.Connection) -> Any:
            job(connection)
            error = sqlite3.OperationalError("database or disk is full")
            error.sqlite_errorcode = sqlite3.SQLITE_FULL
            raise error

        return real(self, connection, full if fails() else job)

    monkeypatch.setattr(Database, "_transact", transact)


@pytest.mark.parametrize("answer", [DONE, AwayError("Nobody answers."), FaultError("500"), BlockedError(REFUSED)])
def test_what_arrived_is_noted_once_the_disk_has_room(
    answer: Delivery | Exception, store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    left = 0

    def fails() -> bool:
        nonlocal left
        left -= 1
        return left >= 0

    def fill() -> Delivery:
        nonlocal left
        left = 20
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(line, "PROBE_SECONDS", 0.01)
    failing(monkeypatch, fails)
    tom = Scripted("tom", fill)
    enqueue(store, "A", "1")
    with sending(store, tom):
        wait_for_states(store, "sent")
    assert tom.arrived == ["1"], "it was sent again"
    assert left < 0
    assert caplog.text.count("The disk is full") == 1, "said again and again"


def test_what_could_not_be_noted_before_the_end_goes_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    is_full, tom = False, Scripted()

    def fill() -> Delivery:
        nonlocal is_full
        is_full = True
        return DONE

    failing(monkeypatch, lambda: is_full)
    tom.script.append(fill)
    enqueue(store, "A", "1")
    with sending(store, tom):
        wait_for(lambda: tom.arrived, "it to arrive")
    assert states(store) == ["sending"]
    is_full = False
    with sending(store, tom):
        wait_for_states(store, "sent")
    assert tom.arrived == ["1", "1"], "a receiver finds what is there already"


def test_a_store_that_cannot_be_written_at_the_start_is_tried_again(
    store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    enqueue(store, "A", "1")
    is_full, tried = True, 0

    def fails() -> bool:
        nonlocal tried
        tried += 1
        return is_full

    failing(monkeypatch, fails)
    with sending(store, Scripted()):
        wait_for(lambda: tried > 5, "some tries")
        is_full = False
        wait_for_states(store, "sent")
    assert caplog.text.count("The disk is full") == 1


@pytest.mark.parametrize("call", ["has_changed", "has", "due", "target_of", "take"])
@pytest.mark.parametrize("error", [StoreError("Reading the database failed."), RuntimeError("hunter2")])
def test_whatever_fails_the_sender_lives(
    call: str, error: Exception, store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    kind = Outbox if call == "take" else OutboxPages
    real, times = getattr(kind, call), 0

    def fail(*arguments: Any) -> Any:
        nonlocal times
        if threading.current_thread().name == "send-tom":
            times += 1
            if times % 2:
                raise error
        return real(*arguments)

    monkeypatch.setattr(kind, call, fail)
    enqueue(store, "A", "1")
    enqueue(store, "B", "2")
    with sending(store, Scripted()):
        wait_for_states(store, "sent", "sent")
    assert times
    assert "hunter2" not in caplog.text + rows(store)[0].answer


def test_a_receiver_that_cannot_be_closed_does_not_keep_the_lock(store: Store) -> None:
    class Sticky(Scripted):
        def close(self) -> None:
            raise RuntimeError("hunter2")

    enqueue(store, "A", "1")
    with sending(store, Sticky()):
        wait_for_states(store, "sent")


# --- the end, and others


def test_told_to_stop_it_breaks_off_and_counts_nothing(store: Store) -> None:
    tom = Scripted()
    is_there = threading.Event()

    def wait() -> Delivery:
        is_there.set()
        assert tom.stopping.wait(30)
        raise AwayError("It was broken off.")

    tom.script.append(wait)
    enqueue(store, "A", "1")
    with sending(store, tom):
        assert is_there.wait(30)
    (row,) = rows(store)
    assert (row.state, row.attempts, row.next_try, row.answer) == (State.QUEUED, 0, 0, "")
    assert problem(store) == ""
    with sending(store, Scripted()):
        wait_for_states(store, "sent")


def test_told_to_stop_while_it_looks_what_is_to_be_mended_stays_said(store: Store) -> None:
    looks = threading.Event()

    class Slow(Scripted):
        def prepare(self) -> None:
            super().prepare()
            looks.set()
            assert self.stopping.wait(30)
            raise AwayError("It was broken off.")

    refused = Scripted()
    refused.problem = BlockedError(REFUSED)
    enqueue(store, "A", "1")
    with sending(store, refused):
        wait_for_states(store, "blocked")
    with sending(store, Slow()):
        assert looks.wait(30)
    assert states(store) == ["blocked"]
    assert problem(store) == REFUSED + GOES_THEN


def test_told_to_stop_when_it_was_taken_it_is_not_begun(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    tom, real = Scripted(), Outbox.take

    def take(self: Outbox, receiver: str, now: float) -> Any:
        taken = real(self, receiver, now)
        found.tell_to_stop()
        return taken

    monkeypatch.setattr(Outbox, "take", take)
    enqueue(store, "A", "1")
    with sending(store, tom) as found:
        wait_for(tom.closed.is_set, "its end")
    assert not tom.calls
    assert (states(store), rows(store)[0].attempts) == (["queued"], 0)


def test_told_to_stop_before_it_is_made_it_is_not_begun(store: Store) -> None:
    """Making a receiver takes a moment, such as importing what it needs."""
    made, is_there, goes_on = Scripted(), threading.Event(), threading.Event()

    def make() -> Receiver:
        is_there.set()
        assert goes_on.wait(30)
        return made

    def wait() -> Delivery:
        assert made.stopping.is_set(), "it does not know that it is to stop"
        raise AwayError("It was broken off.")

    made.script.append(wait)
    enqueue(store, "A", "1")
    found = Sender(store, [Configured("tom", "scripted", "", (), "all", make)], doing="a test")
    found.start()
    assert is_there.wait(30)
    found.tell_to_stop()
    goes_on.set()
    found.stop(30)
    assert not store.sending.is_held
    assert rows(store)[0].attempts == 0


def test_what_arrives_while_it_stops_is_noted(store: Store) -> None:
    tom = Scripted()
    is_there = threading.Event()

    def finish() -> Delivery:
        is_there.set()
        assert tom.stopping.wait(30)
        return DONE

    tom.script.append(finish)
    enqueue(store, "A", "1")
    enqueue(store, "A", "2")
    with sending(store, tom):
        assert is_there.wait(30)
    assert states(store) == ["sent", "queued"]


def test_a_crash_left_it_on_its_way(store: Store) -> None:
    enqueue(store, "A", "1")
    assert Outbox(store.database).take("tom", time.time()) is not None
    assert states(store) == ["sending"]
    with sending(store, Scripted()):
        wait_for_states(store, "sent")


def test_only_who_has_the_lock_sends(store: Store) -> None:
    """Another process is as good as another file descriptor: flock is per open file."""
    other = Lock(store.folder, SENDING)
    assert other.acquire("another")
    enqueue(store, "A", "1")
    tom = Scripted()
    tried = threading.Event()
    real = store.sending.acquire

    def acquire(doing: str) -> bool:
        got = real(doing)
        if not got:
            tried.set()
        return got

    store.sending.acquire = acquire  # type: ignore[method-assign]
    with sending(store, tom):
        assert tried.wait(30)
        assert not tom.calls
        assert states(store) == ["queued"]
        other.release()
        wait_for_states(store, "sent")
        assert not other.acquire("another")
    assert other.acquire("another"), "the lock was not given back"
    other.release()


def test_stopped_while_another_has_the_lock_it_took_nothing(store: Store) -> None:
    other = Lock(store.folder, SENDING)
    assert other.acquire("another")
    with sending(store, Scripted()) as found:
        pass
    found.stop(30)  # again does no harm
    assert other.is_held
    other.release()
    Sender(store, [], doing="a test").stop()  # nor where it was never begun


def test_a_lock_that_cannot_be_had_is_tried_again(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    good, store.sending.path = store.sending.path, tmp_path / "file" / "sending.lock"
    (tmp_path / "file").touch()
    enqueue(store, "A", "1")
    with sending(store, Scripted()):
        wait_for(lambda: "nothing is sent: Opening the lock" in caplog.text, "the words")
        store.sending.path = good
        wait_for_states(store, "sent")
    assert caplog.text.count("nothing is sent") == 1
