"""The outbox under everything that can happen to it in any order: hypothesis looks for the order that breaks it.

A model beside it knows, of each row, only what was promised: that it is there once, that it is not lost, whose turn
it is, and what the alert's row in the list shows.
"""

from __future__ import annotations

import itertools
import shutil
import sqlite3
import tempfile
import time
from contextlib import closing
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from fink_tui.alerts.decode import Decoded
from fink_tui.alerts.submission import Choices, Submission, submission
from fink_tui.store import decisions
from fink_tui.store.outbox import OPEN, RESTING, URGENCY, Entry, Neighbour, Outbox, State
from fink_tui.store.outbox_pages import OutboxPages
from fink_tui.store.store import Store
from fink_tui.stream.demo import alerts
from tests.store.making import receive, results

RECEIVERS = ("tom", "mine")
"""Those that something is sent to."""

DEMO = list(itertools.islice(alerts(seed=1, now_mjd=61364.0), 4))
ALERTS = [found for found in results(DEMO) if isinstance(found, Decoded)]
OBJECTS = ("A", "A", "A", "B")
"""Whose alerts they are: three are of one object."""

TOLD: list[Submission] = [
    submission(alert.row._replace(object_id=name, survey="ztf"), topics="t", night=20261120, record=None)
    for alert, name in zip(ALERTS, OBJECTS, strict=True)
]

receivers = st.sampled_from(RECEIVERS)
numbers = st.integers(0, len(TOLD) - 1)
rows = st.integers(0, 7)
"""A row, by its place among those that there are."""


class OutboxStates(RuleBasedStateMachine):
    """One outbox, and what is to be true of it."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.store = Store(self.folder)
        inbox = self.store.inbox()
        receive(inbox, DEMO)
        inbox.close()
        self.now = time.time() + 1000
        """Later than every grace; pauses are counted from here."""
        self.outbox = Outbox(self.store.database)
        self.pages = OutboxPages(self.store.database)
        self.decided: dict[int, list[str]] = {alert: [] for alert in range(1, len(TOLD) + 1)}
        """Of each alert, the decisions that stand, the last one last."""
        self.wishes: set[tuple[str, str]] = set()
        """What was ever to be sent: receiver and alert."""

    def teardown(self) -> None:
        self.pages.close()
        self.store.close()
        shutil.rmtree(self.folder)

    # -- what is there ------------------------------------------------------------------------------------------------

    def entries(self) -> list[Entry]:
        count = self.pages.count()
        return [found for number in range(1, count + 1) if (found := self.pages.entry(number)) is not None]

    def one(self, place: int, *states: State) -> Entry | None:
        """A row in one of some states, or any."""
        found = [entry for entry in self.entries() if not states or entry.state in states]
        return found[place % len(found)] if found else None

    def first_of_object(self, entry: Entry, entries: list[Entry]) -> bool:
        return not any(
            other.receiver == entry.receiver
            and other.object_id == entry.object_id
            and other.id < entry.id
            and other.state in OPEN
            for other in entries
        )

    def unsend(self, alert: int) -> None:
        """The last wish to send that stands is taken back."""
        standing = self.decided[alert]
        if decisions.SEND in standing:
            del standing[len(standing) - 1 - standing[::-1].index(decisions.SEND)]

    # -- what the observer does ---------------------------------------------------------------------------------------

    @rule(receiver=receivers, number=numbers, grace=st.sampled_from([0.0, 5.0]))
    def send(self, receiver: str, number: int, grace: float) -> None:
        before = {(entry.receiver, entry.alert): entry for entry in self.entries()}.get((receiver, number + 1))
        found = self.outbox.enqueue(receiver, TOLD[number], alert=number + 1, grace=grace).result()
        assert found.is_new == (before is None or before.state in RESTING)
        self.wishes.add((receiver, TOLD[number].alert_id))
        if before is None or before.state is State.CANCELLED:
            self.decided[number + 1].append(decisions.SEND)
        if before is not None:
            assert found.id == before.id
            assert found.state is (State.QUEUED if found.is_new else before.state)

    @rule(number=numbers)
    def save(self, number: int) -> None:
        decisions.decide(self.store.database, number + 1, decisions.SAVED, "file").result()
        self.decided[number + 1].append(decisions.SAVED)

    @rule(place=rows)
    def take_back(self, place: int) -> None:
        entry = self.one(place)
        if entry is None:
            return
        state = self.outbox.cancel(entry.id).result()
        can_be = entry.state in (State.QUEUED, State.BLOCKED, State.ASKING, State.FAILED)
        assert state is (State.CANCELLED if can_be else entry.state)
        if can_be:
            assert entry.alert is not None
            self.unsend(entry.alert)

    @rule(place=rows)
    def retry(self, place: int) -> None:
        entry = self.one(place)
        if entry is None:
            return
        state = self.outbox.retry(entry.id).result()
        can_be = entry.state in (State.QUEUED, State.BLOCKED, *RESTING)
        assert state is (State.QUEUED if can_be else entry.state)
        if entry.state is State.CANCELLED:
            assert entry.alert is not None
            self.decided[entry.alert].append(decisions.SEND)

    @rule(receiver=receivers)
    def hurry(self, receiver: str) -> None:
        before = self.entries()
        self.outbox.hurry(receiver)
        for old, new in zip(before, self.entries(), strict=True):
            if old.receiver == receiver and old.state in (State.BLOCKED, State.QUEUED):
                assert (new.state, new.next_try) == (State.QUEUED, 0)
            else:
                assert new == old

    @rule(place=rows, nearby=st.sampled_from(["same", "alias", "new"]))
    def answer(self, place: int, nearby: str) -> None:
        entry = self.one(place)
        if entry is None:
            return
        state = self.outbox.answer(entry.id, nearby, "7").result()
        assert state is (State.QUEUED if entry.state is State.ASKING else entry.state)
        if entry.state is State.ASKING:
            after = self.pages.entry(entry.id)
            assert after is not None
            assert (after.choices, after.neighbours) == (Choices(nearby=nearby, nearby_target="7"), ())

    # -- what the sender does -----------------------------------------------------------------------------------------

    @rule(receiver=receivers, seconds=st.sampled_from([0.0, 20.0, 100.0]))
    def take(self, receiver: str, seconds: float) -> None:
        self.now += seconds
        before = self.entries()
        due = self.pages.due(receiver, self.now)
        taken = self.outbox.take(receiver, self.now)
        can_be = [
            entry
            for entry in before
            if entry.receiver == receiver
            and entry.state is State.QUEUED
            and entry.next_try <= self.now
            and self.first_of_object(entry, before)
        ]
        if taken is None:
            assert not can_be
            assert due is None or due > self.now
            return
        assert due is not None
        assert due <= self.now
        assert taken[0].id == can_be[0].id
        assert taken[0].attempts == can_be[0].attempts + 1
        assert taken[1].alert_id == taken[0].alert_id

    @rule(place=rows, state=st.sampled_from([State.SENT, State.EXISTS, State.FAILED]))
    def finish(self, place: int, state: State) -> None:
        entry = self.one(place, State.SENDING)
        if entry is not None:
            self.outbox.finish(entry.id, state, "words", target="7")

    @rule(place=rows, seconds=st.sampled_from([0.0, 50.0]), all_of=st.booleans(), counts=st.booleans())
    def postpone(self, place: int, seconds: float, all_of: bool, counts: bool) -> None:
        entry = self.one(place, State.SENDING)
        if entry is None:
            return
        self.outbox.postpone(entry.id, "busy", self.now + seconds, all_of_receiver=all_of, counts=counts)
        for after in self.entries():
            if after.id == entry.id:
                assert after.attempts == entry.attempts - (not counts)
                assert after.next_try == self.now + seconds
            elif all_of and after.receiver == entry.receiver and after.state is State.QUEUED:
                assert after.next_try >= self.now + seconds

    @rule(place=rows)
    def ask(self, place: int) -> None:
        entry = self.one(place, State.SENDING)
        if entry is not None:
            self.outbox.ask(entry.id, "Is it?", [Neighbour("7", "SN 2026a", 0.8)])

    @rule(receiver=receivers)
    def block(self, receiver: str) -> None:
        before = self.entries()
        self.outbox.block(receiver, "The login is refused.")
        for old, new in zip(before, self.entries(), strict=True):
            if old.receiver == receiver and old.state in (State.SENDING, State.QUEUED):
                assert new.state is State.BLOCKED
                assert new.attempts == old.attempts - (old.state is State.SENDING)
            else:
                assert new.state is old.state

    @rule(receiver=receivers)
    def unblock(self, receiver: str) -> None:
        self.outbox.unblock(receiver)
        assert not self.pages.has(receiver, State.BLOCKED)

    @precondition(lambda self: any(entry.state is State.SENDING for entry in self.entries()))
    @rule()
    def crash_and_recover(self) -> None:
        """What was on its way is queued again; another process begins with what is on the disk."""
        before = self.entries()
        self.pages.close()
        self.store.close()
        self.store = Store(self.folder)
        self.outbox = Outbox(self.store.database)
        self.pages = OutboxPages(self.store.database)
        assert self.entries() == before
        assert self.outbox.recover() == sum(entry.state is State.SENDING for entry in before)
        for old, new in zip(before, self.entries(), strict=True):
            assert new.state is (State.QUEUED if old.state is State.SENDING else old.state)

    # -- what is always so --------------------------------------------------------------------------------------------

    @invariant()
    def nothing_is_lost_or_doubled(self) -> None:
        entries = self.entries()
        assert sorted((entry.receiver, entry.alert_id) for entry in entries) == sorted(self.wishes)
        assert [entry.id for entry in entries] == list(range(1, len(entries) + 1))
        for entry in entries:
            assert entry.attempts >= 0
            assert entry.neighbours if entry.state is State.ASKING else True
            assert self.pages.submission(entry.id).alert_id == entry.alert_id

    @invariant()
    def the_list_shows_it(self) -> None:
        entries = self.entries()
        with closing(sqlite3.connect(self.store.database.path)) as connection:
            shown = connection.execute("SELECT id, state, sending FROM alert").fetchall()
        for alert, state, sending in shown:
            states = [entry.state for entry in entries if entry.alert == alert and entry.state is not State.CANCELLED]
            assert sending == next((str(one) for one in URGENCY if one in states), "")
            assert state == (self.decided[alert] or [""])[-1]

    @invariant()
    def what_is_not_done_is_counted(self) -> None:
        entries, waiting = self.entries(), self.pages.waiting()
        assert waiting.waiting == sum(entry.state in OPEN for entry in entries)
        assert waiting.failed == sum(entry.state is State.FAILED for entry in entries)
        assert waiting.blocked == sum(entry.state is State.BLOCKED for entry in entries)
        assert waiting.asking == sum(entry.state is State.ASKING for entry in entries)


TestOutboxStates = OutboxStates.TestCase
TestOutboxStates.settings = settings(
    max_examples=25, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
