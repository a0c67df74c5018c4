"""What is to be sent, and how far it is: a row a receiver and alert, kept for good.

An alert that the observer sends is in here, with what is to be said of it, before the screen says so; whatever ends
the program then, it goes at the next start. One process at a time, the one that holds the sending lock, takes rows
out of it; anyone may put one in.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec

from fink_tui.alerts.submission import Choices, Submission, decode_choices, decode_submission, encode
from fink_tui.store import decisions
from fink_tui.store.database import Database


class State(StrEnum):
    """How far a sending is."""

    QUEUED = "queued"
    """It waits for its turn."""

    SENDING = "sending"
    """It is on its way."""

    SENT = "sent"
    """It has arrived, and made a target."""

    EXISTS = "exists"
    """The target was there, and has been completed."""

    BLOCKED = "blocked"
    """It waits until somebody has mended something, such as a login."""

    ASKING = "asking"
    """It waits for the observer's answer: another target is near."""

    FAILED = "failed"
    """The receiver will not take it; it was given up."""

    CANCELLED = "cancelled"
    """The observer took it back."""


OPEN = (State.QUEUED, State.SENDING, State.BLOCKED, State.ASKING)
"""The states of what has still to be sent; later alerts of the object wait behind it."""

RESTING = (State.FAILED, State.CANCELLED)
"""The states from which it is queued again when the observer says so."""

URGENCY = (*RESTING[:1], State.BLOCKED, State.ASKING, State.SENDING, State.QUEUED, State.EXISTS, State.SENT)
"""Which state an alert shows that goes to several receivers: the first of these that it has."""


LONGEST = 300.0
"""The longest pause before another attempt, seconds. A time further ahead is from a clock that was wrong."""


class Neighbour(NamedTuple):
    """A target of the receiver's near an alert."""

    target: str
    """The receiver's number of it."""
    name: str
    separation: float
    """Arcsec."""


class Entry(NamedTuple):
    """A row of the outbox."""

    id: int
    receiver: str
    alert: int | None
    """The alert's id in the store, where it is kept."""
    survey: str
    alert_id: str
    object_id: str
    label: str
    state: State
    choices: Choices
    queued_at: float
    """Unix seconds, as the times below."""
    not_before: float
    attempts: int
    next_try: float
    answered_at: float | None
    answer: str
    """The receiver's last words, or ours."""
    target: str
    """The receiver's number of the target."""
    link: str
    """The target's page."""
    neighbours: tuple[Neighbour, ...]


class Enqueued(NamedTuple):
    """What became of a wish to send."""

    id: int
    """The row's."""
    is_new: bool
    """Whether it is queued now; else it was in the outbox already."""
    state: State
    """How far it is."""


COLUMNS = ", ".join(Entry._fields)


def entry(row: Iterable[object]) -> Entry:
    """An entry from a row with `COLUMNS`."""
    raw: dict[str, Any] = dict(zip(Entry._fields, row, strict=True))
    raw["state"] = State(raw["state"])
    raw["choices"] = decode_choices(raw["choices"])
    raw["neighbours"] = tuple(msgspec.json.decode(raw["neighbours"], type=list[Neighbour]))
    return Entry(**raw)


class Outbox:
    """What changes the outbox. Each call is a transaction ahead of arriving alerts; exceptions are `StoreError`s."""

    def __init__(self, database: Database) -> None:
        """Make it for a store's database."""
        self._database = database

    # -- the observer's side ------------------------------------------------------------------------------------------

    def enqueue(
        self,
        receiver: str,
        told: Submission,
        choices: Choices | None = None,
        *,
        alert: int | None = None,
        grace: float = 0.0,
    ) -> Future[Enqueued]:
        """Put an alert in, and log the decision; one that is in stays as it is, unless it failed or was cancelled.

        Args:
            receiver: The receiver's name.
            told: What it is told.
            choices: What the observer chose.
            alert: The alert's id in the store; None: it is looked up, and may not be kept here.
            grace: Seconds within which it can be taken back before anything is sent.

        Returns:
            What became of it, once it is on the disk.
        """
        content, chosen, who = encode(told), encode(choices or Choices()).decode(), decisions.observer()

        def job(connection: sqlite3.Connection) -> Enqueued:
            now = time.time()
            kept = alert
            if kept is None:
                found = connection.execute(
                    "SELECT id FROM alert WHERE survey = ? AND alert_id = ?", (told.survey, told.alert_id)
                ).fetchone()
                kept = found[0] if found is not None else None
            known = connection.execute(
                "SELECT id, state FROM outbox WHERE receiver = ? AND survey = ? AND alert_id = ?",
                (receiver, told.survey, told.alert_id),
            ).fetchone()
            if known is not None and known[1] not in RESTING:
                return Enqueued(known[0], False, State(known[1]))
            if known is None:
                number = connection.execute(
                    "INSERT INTO outbox (receiver, alert, survey, alert_id, object_id, label, state, choices, "
                    "queued_at, not_before) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (
                        *(receiver, kept, told.survey, told.alert_id, told.object_id, told.label),
                        *(State.QUEUED, chosen, now, now + grace),
                    ),
                ).lastrowid
                assert number is not None
                connection.execute("INSERT INTO submission (outbox, content) VALUES (?, ?)", (number, content))
            else:
                number = known[0]
                connection.execute(
                    "UPDATE outbox SET state = ?, choices = ?, queued_at = ?, not_before = ?, attempts = 0, "
                    "next_try = 0, answer = '', neighbours = '[]' WHERE id = ?",
                    (State.QUEUED, chosen, now, now + grace, number),
                )
                connection.execute("UPDATE submission SET content = ? WHERE outbox = ?", (content, number))
            if kept is not None:
                if known is None or known[1] == State.CANCELLED:  # else the first wish still stands
                    decisions.note(connection, kept, decisions.SEND, receiver, who)
                _show(connection, kept)
            return Enqueued(number, True, State.QUEUED)

        return self._database.submit(job, urgent=True)

    def cancel(self, number: int) -> Future[State]:
        """Take back what has not been sent yet, and its decision.

        Returns:
            How it is then: `CANCELLED`, or as it was where that came too late: on its way, sent, there already.
        """
        who = decisions.observer()

        def job(connection: sqlite3.Connection) -> State:
            alert, state = connection.execute("SELECT alert, state FROM outbox WHERE id = ?", (number,)).fetchone()
            if state not in (State.QUEUED, State.BLOCKED, State.ASKING, State.FAILED):
                return State(state)
            connection.execute("UPDATE outbox SET state = ? WHERE id = ?", (State.CANCELLED, number))
            if alert is not None:
                decisions.note(connection, alert, decisions.UNDONE, decisions.SEND, who)
                _show(connection, alert)
            return State.CANCELLED

        return self._database.submit(job, urgent=True)

    def retry(self, number: int) -> Future[State]:
        """Try now what waits, failed or was cancelled.

        Returns:
            How it is then.
        """
        who = decisions.observer()

        def job(connection: sqlite3.Connection) -> State:
            receiver, alert, state = connection.execute(
                "SELECT receiver, alert, state FROM outbox WHERE id = ?", (number,)
            ).fetchone()
            if state not in (State.QUEUED, State.BLOCKED, *RESTING):
                return State(state)
            if state in RESTING:
                connection.execute("UPDATE outbox SET attempts = 0 WHERE id = ?", (number,))
            connection.execute(
                "UPDATE outbox SET state = ?, next_try = 0, not_before = 0 WHERE id = ?", (State.QUEUED, number)
            )
            if state == State.CANCELLED and alert is not None:
                decisions.note(connection, alert, decisions.SEND, receiver, who)
            _show(connection, alert)
            return State.QUEUED

        return self._database.submit(job, urgent=True)

    def answer(self, number: int, nearby: str, target: str) -> Future[State]:
        """Answer what a target near the alert is to it, and queue it again.

        Args:
            number: The row's id.
            nearby: `same`, `alias` or `new`.
            target: The target that the answer is about, as the receiver numbers it; "" for `new`.

        Returns:
            How it is then; where it no longer asked, as it was.
        """

        def job(connection: sqlite3.Connection) -> State:
            alert, state, chosen = connection.execute(
                "SELECT alert, state, choices FROM outbox WHERE id = ?", (number,)
            ).fetchone()
            if state != State.ASKING:
                return State(state)
            choices = msgspec.structs.replace(decode_choices(chosen), nearby=nearby, nearby_target=target)
            connection.execute(
                "UPDATE outbox SET state = ?, choices = ?, next_try = 0, answer = '', neighbours = '[]' WHERE id = ?",
                (State.QUEUED, encode(choices).decode(), number),
            )
            _show(connection, alert)
            return State.QUEUED

        return self._database.submit(job, urgent=True)

    def hurry(self, receiver: str) -> None:
        """Try now all that waits for a receiver: for somebody to answer there, or for something to be mended."""
        self._database.write(
            lambda connection: _move(connection, receiver, (State.BLOCKED, State.QUEUED), State.QUEUED), urgent=True
        )

    # -- the sender's side --------------------------------------------------------------------------------------------

    def recover(self) -> int:
        """Queue again what was on its way when a process ended; for the one that has just taken the sending lock.

        Returns:
            How many.
        """

        def job(connection: sqlite3.Connection) -> int:
            found = connection.execute("SELECT id, alert FROM outbox WHERE state = ?", (State.SENDING,)).fetchall()
            for number, alert in found:
                connection.execute("UPDATE outbox SET state = ? WHERE id = ?", (State.QUEUED, number))
                _show(connection, alert)
            return len(found)

        return self._database.write(job, urgent=True)

    def take(self, receiver: str, now: float) -> tuple[Entry, Submission] | None:
        """Take the next that is due; it is on its way then, and one attempt more is counted.

        Of one object's alerts the first goes first, and later ones wait for it, also while it waits itself.

        Args:
            receiver: The receiver's name.
            now: The time, Unix seconds.
        """

        def job(connection: sqlite3.Connection) -> tuple[Entry, bytes] | None:
            found = connection.execute(_NEXT, (receiver, now)).fetchone()
            if found is None:
                return None
            connection.execute(
                "UPDATE outbox SET state = ?, attempts = attempts + 1 WHERE id = ?", (State.SENDING, found[0])
            )
            taken = entry(connection.execute(f"SELECT {COLUMNS} FROM outbox WHERE id = ?", (found[0],)).fetchone())
            _show(connection, taken.alert)
            (content,) = connection.execute("SELECT content FROM submission WHERE outbox = ?", (taken.id,)).fetchone()
            return taken, content

        taken = self._database.write(job, urgent=True)
        return None if taken is None else (taken[0], decode_submission(taken[1]))

    def finish(self, number: int, state: State, answer: str, *, target: str = "", link: str = "") -> None:
        """Note how a sending ended.

        Args:
            number: The row's id.
            state: `SENT`, `EXISTS` or `FAILED`.
            answer: The receiver's words.
            target: Its number of the target.
            link: The target's page.
        """

        def job(connection: sqlite3.Connection) -> None:
            connection.execute(
                "UPDATE outbox SET state = ?, answer = ?, answered_at = ?, target = ?, link = ? WHERE id = ?",
                (state, answer, time.time(), target, link, number),
            )
            _show(connection, _alert(connection, number))

        self._database.write(job, urgent=True)

    def ask(self, number: int, answer: str, neighbours: Sequence[Neighbour]) -> None:
        """Let one wait for the observer's answer about targets near it.

        Args:
            number: The row's id.
            answer: What is asked.
            neighbours: The targets, nearest first.
        """

        def job(connection: sqlite3.Connection) -> None:
            connection.execute(
                "UPDATE outbox SET state = ?, answer = ?, answered_at = ?, neighbours = ?, attempts = attempts - 1 "
                "WHERE id = ?",
                (State.ASKING, answer, time.time(), msgspec.json.encode(neighbours).decode(), number),
            )
            _show(connection, _alert(connection, number))

        self._database.write(job, urgent=True)

    def postpone(
        self, number: int, answer: str, next_try: float, *, all_of_receiver: bool, counts: bool = True
    ) -> None:
        """Queue one again, for later.

        Args:
            number: The row's id.
            answer: Why.
            next_try: When, Unix seconds; at most `LONGEST` from now.
            all_of_receiver: Whether all that the receiver is to get waits with it: nobody answers there.
            counts: Whether it was an attempt; else it is not counted.
        """

        def job(connection: sqlite3.Connection) -> None:
            connection.execute(
                "UPDATE outbox SET state = ?, answer = ?, answered_at = ?, next_try = ?, attempts = attempts - ? "
                "WHERE id = ?",
                (State.QUEUED, answer, time.time(), next_try, 0 if counts else 1, number),
            )
            if all_of_receiver:
                connection.execute(
                    "UPDATE outbox SET next_try = ?1 WHERE state = ?2 AND next_try < ?1 "
                    "AND receiver = (SELECT receiver FROM outbox WHERE id = ?3)",
                    (next_try, State.QUEUED, number),
                )
            _show(connection, _alert(connection, number))

        self._database.write(job, urgent=True)

    def block(self, receiver: str, answer: str) -> None:
        """Let all that a receiver is to get wait until somebody has mended something; no attempt is counted.

        Args:
            receiver: The receiver's name.
            answer: What is to be mended.
        """

        def job(connection: sqlite3.Connection) -> None:
            connection.execute(
                "UPDATE outbox SET attempts = attempts - 1 WHERE receiver = ? AND state = ?", (receiver, State.SENDING)
            )
            _move(connection, receiver, (State.SENDING, State.QUEUED), State.BLOCKED)
            connection.execute(
                "UPDATE outbox SET answer = ?, answered_at = ? WHERE receiver = ? AND state = ? AND answer != ?",
                (answer, time.time(), receiver, State.BLOCKED, answer),
            )

        self._database.write(job, urgent=True)

    def unblock(self, receiver: str) -> None:
        """Queue again all that waited for something to be mended; what was to be is forgotten."""

        def job(connection: sqlite3.Connection) -> None:
            connection.execute(
                "UPDATE outbox SET answer = '' WHERE receiver = ? AND state = ?", (receiver, State.BLOCKED)
            )
            _move(connection, receiver, (State.BLOCKED,), State.QUEUED)

        self._database.write(job, urgent=True)


def adopt(connection: sqlite3.Connection) -> None:
    """Tell what was sent from files before its alerts came which alerts these are. For the writer, once they have rows.

    Args:
        connection: The writer's.
    """
    for number, receiver, state, alert in connection.execute(
        "SELECT outbox.id, receiver, outbox.state, alert.id FROM outbox CROSS JOIN alert USING (survey, alert_id) "
        "WHERE outbox.alert IS NULL"  # by the index of alerts: few have none
    ).fetchall():
        connection.execute("UPDATE outbox SET alert = ? WHERE id = ?", (alert, number))
        if state != State.CANCELLED:
            decisions.note(connection, alert, decisions.SEND, receiver, decisions.observer())
        _show(connection, alert)


FIRST = f"""
FROM outbox AS one WHERE receiver = ?1 AND state = '{State.QUEUED}' AND NOT EXISTS (
    SELECT 1 FROM outbox AS before WHERE before.receiver = one.receiver AND before.survey = one.survey
    AND before.object_id = one.object_id AND before.id < one.id AND before.state IN {tuple(map(str, OPEN))}
)
"""
"""Of what waits for a receiver (1), the first of each object."""

DUE = f"max(iif(queued_at > ?2 + {LONGEST}, 0, not_before), iif(next_try > ?2 + {LONGEST}, 0, next_try))"
"""When it is due, Unix seconds, at a time (2). Whatever the clock was when it was queued or tried, it is some time."""

_NEXT = f"SELECT id {FIRST} AND {DUE} <= ?2 ORDER BY id LIMIT 1"

_SHOWN = f"""
UPDATE alert SET sending = coalesce((
    SELECT state FROM outbox WHERE outbox.alert = alert.id AND state != '{State.CANCELLED}'
    ORDER BY instr('{" ".join(URGENCY)}', state) LIMIT 1
), '')
"""


def _show(connection: sqlite3.Connection, alert: int | None) -> None:
    """Let an alert's row say how far its sending is."""
    if alert is not None:
        connection.execute(f"{_SHOWN} WHERE id = ?", (alert,))


def _alert(connection: sqlite3.Connection, number: int) -> int | None:
    found: tuple[int | None] = connection.execute("SELECT alert FROM outbox WHERE id = ?", (number,)).fetchone()
    return found[0]


def _move(connection: sqlite3.Connection, receiver: str, old: Sequence[State], new: State) -> None:
    """Give all that a receiver is to get and is in one of some states another."""
    marks = ",".join("?" * len(old))
    moved = connection.execute(
        f"UPDATE outbox SET state = ?, next_try = 0 WHERE receiver = ? AND state IN ({marks})", (new, receiver, *old)
    ).rowcount
    if moved:
        connection.execute(
            f"{_SHOWN} WHERE id IN (SELECT alert FROM outbox WHERE receiver = ? AND state = ?)", (receiver, new)
        )
