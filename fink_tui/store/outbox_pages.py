"""The outbox, read: a page at a time for its list, and how much of it waits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from fink_tui.alerts.submission import Submission, decode_submission
from fink_tui.store.outbox import COLUMNS, DUE, FIRST, OPEN, Entry, State, entry
from fink_tui.store.pages import PAGE, Reading


class Waiting(NamedTuple):
    """How much of the outbox is not done."""

    waiting: int = 0
    """Rows that have still to be sent."""
    asking: int = 0
    """Of these, those that wait for the observer's answer."""
    blocked: int = 0
    """Of these, those that wait until something is mended."""
    failed: int = 0
    """Rows that were given up."""
    problem: str = ""
    """What is to be mended, in sentences, or why nothing is sent at present; "" where all is well."""


class Open(NamedTuple):
    """A row that has still to be sent, in short."""

    id: int
    receiver: str
    state: State
    answer: str
    answered_at: float
    """Unix seconds; 0 where nothing was answered yet."""
    waits_for: State
    """Its state, or `ASKING` where an earlier alert of the object waits for an answer."""


class OutboxPages(Reading):
    """The rows of the outbox, in the order they came in; raises `StoreError` where the store cannot be read."""

    def count(self) -> int:
        """How many rows there are: their ids go from 1 without a gap."""
        (last,) = self._connection.execute("SELECT max(id) FROM outbox").fetchone()
        return last or 0

    def page(self, number: int) -> list[Entry]:
        """The rows of a page, fewer than `PAGE` on the last; a page stays where it is, whatever comes in."""
        rows = self._connection.execute(
            f"SELECT {COLUMNS} FROM outbox WHERE id > ? ORDER BY id LIMIT ?", (number * PAGE, PAGE)
        )
        return [entry(row) for row in rows]

    def entry(self, number: int) -> Entry | None:
        """A row by its id, or None."""
        found = self._connection.execute(f"SELECT {COLUMNS} FROM outbox WHERE id = ?", (number,)).fetchone()
        return None if found is None else entry(found)

    def entries_of(self, alert: int) -> list[Entry]:
        """The rows of an alert, by its id in the store."""
        rows = self._connection.execute(f"SELECT {COLUMNS} FROM outbox WHERE alert = ? ORDER BY id", (alert,))
        return [entry(row) for row in rows]

    def open_of(self, receiver: str, survey: str, object_id: str) -> list[Entry]:
        """The rows of an object that a receiver has still to get, in order."""
        marks = ",".join("?" * len(OPEN))
        rows = self._connection.execute(
            f"SELECT {COLUMNS} FROM outbox WHERE receiver = ? AND survey = ? AND object_id = ? AND state IN ({marks}) "
            "ORDER BY id",
            (receiver, survey, object_id, *OPEN),
        )
        return [entry(row) for row in rows]

    def open_rows(self) -> dict[int, Open]:
        """All that has still to be sent, by id."""
        rows = self._connection.execute(_OPEN_ROWS).fetchall()
        return {
            number: Open(number, receiver, State(state), answer, answered_at, State(waits_for))
            for number, receiver, state, answer, answered_at, waits_for in rows
        }

    def ended_since(self, moment: float) -> dict[State, int]:
        """How many were sent, were there, or failed since a time, Unix seconds, by state; none for a state without."""
        rows = self._connection.execute(
            "SELECT state, count(*) FROM outbox WHERE state IN (?, ?, ?) AND answered_at >= ? GROUP BY state",
            (State.SENT, State.EXISTS, State.FAILED, moment),
        )
        return {State(state): number for state, number in rows}

    def next_of(self, states: Sequence[State], start: int, *, backwards: bool = False) -> int | None:
        """The id of the next row in one of some states, or None.

        Args:
            states: The states.
            start: The id after which it is, or before which.
            backwards: Whether to look at earlier ones.
        """
        which, beyond = ("max", "<") if backwards else ("min", ">")
        marks = ",".join("?" * len(states))
        (found,) = self._connection.execute(
            f"SELECT {which}(id) FROM outbox WHERE id {beyond} ? AND state IN ({marks})", (start, *states)
        ).fetchone()
        return None if found is None else int(found)

    def submission(self, number: int) -> Submission:
        """What is told in a row."""
        (content,) = self._connection.execute("SELECT content FROM submission WHERE outbox = ?", (number,)).fetchone()
        return decode_submission(content)

    def target_of(self, receiver: str, survey: str, object_id: str) -> str:
        """The receiver's number of the target that an object was last sent to; "" where there is none.

        The objects of GRB/GW alerts are ZTF's: what the observer said of them holds for both.
        """
        found = self._connection.execute(
            "SELECT target FROM outbox WHERE receiver = ? AND survey IN (?, ?) AND object_id = ? AND state IN (?, ?) "
            "AND target != '' ORDER BY answered_at DESC LIMIT 1",
            (receiver, survey, {"ztf": "mma", "mma": "ztf"}.get(survey, survey), object_id, State.SENT, State.EXISTS),
        ).fetchone()
        return "" if found is None else str(found[0])

    def due(self, receiver: str, now: float) -> float | None:
        """When the next that a receiver is to get is due, or was, Unix seconds; None where nothing is queued.

        Args:
            receiver: The receiver's name.
            now: The time, Unix seconds.
        """
        (found,) = self._connection.execute(f"SELECT min({DUE}) {FIRST}", (receiver, now)).fetchone()
        return None if found is None else float(found)

    def has(self, receiver: str, state: State) -> bool:
        """Whether anything that a receiver is to get is in a state."""
        found = self._connection.execute(
            "SELECT 1 FROM outbox WHERE receiver = ? AND state = ? LIMIT 1", (receiver, state)
        ).fetchone()
        return found is not None

    def wanted(self) -> set[str]:
        """The receivers that something is queued for."""
        found = self._connection.execute("SELECT DISTINCT receiver FROM outbox WHERE state = ?", (State.QUEUED,))
        return {receiver for (receiver,) in found}

    def waiting_by_receiver(self) -> dict[str, int]:
        """How many rows each receiver is still to get, where there are any."""
        marks = ",".join("?" * len(OPEN))
        rows = self._connection.execute(
            f"SELECT receiver, count(*) FROM outbox WHERE state IN ({marks}) GROUP BY receiver ORDER BY receiver", OPEN
        )
        return {str(receiver): int(number) for receiver, number in rows}

    def waiting(self) -> Waiting:
        """How much is not done, and why."""
        wanted = tuple(map(str, (*OPEN, State.FAILED)))
        states = dict(
            self._connection.execute(
                f"SELECT state, count(*) FROM outbox WHERE state IN {wanted} GROUP BY state"
            ).fetchall()
        )
        receivers = self._connection.execute(f"SELECT DISTINCT receiver FROM outbox WHERE state IN {wanted[:-1]}")
        problems = [self._problem(receiver) for (receiver,) in receivers.fetchall()]
        return Waiting(
            waiting=sum(states.get(state, 0) for state in OPEN),
            asking=states.get(State.ASKING, 0),
            blocked=states.get(State.BLOCKED, 0),
            failed=states.get(State.FAILED, 0),
            problem=" ".join(filter(None, problems)),
        )

    def _problem(self, receiver: str) -> str:
        """A receiver's last words, where they put off what it is to get; else ""."""
        found = self._connection.execute(
            "SELECT state, answer FROM outbox WHERE receiver = ? AND state != ? ORDER BY answered_at DESC LIMIT 1",
            (receiver, State.CANCELLED),
        ).fetchone()
        if found is None:  # all was taken back since it was asked which receivers are to get something
            return ""
        state, answer = found
        return str(answer) if state in (State.QUEUED, State.SENDING, State.BLOCKED) else ""


_OPEN_ROWS = f"""
SELECT id, receiver, state, answer, coalesce(answered_at, 0), iif(state = '{State.QUEUED}' AND EXISTS (
    SELECT 1 FROM outbox AS before WHERE before.receiver = one.receiver AND before.survey = one.survey
    AND before.object_id = one.object_id AND before.id < one.id AND before.state = '{State.ASKING}'
), '{State.ASKING}', state)
FROM outbox AS one WHERE state IN {tuple(map(str, OPEN))} ORDER BY id
"""
