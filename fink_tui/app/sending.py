"""Sending an alert: what is told of it goes into the outbox with the decision; and words for how far it is."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import closing
from typing import NamedTuple

from fink_tui.alerts.submission import Choices
from fink_tui.alerts.text import ago
from fink_tui.store.errors import StoreError
from fink_tui.store.outbox import Entry, Outbox, State
from fink_tui.store.outbox_pages import OutboxPages
from fink_tui.store.pages import StoredAlert
from fink_tui.store.store import Store
from fink_tui.store.telling import Told, tell

GRACE_SECONDS = 5.0
"""For so long nothing leaves the machine: it can be taken back."""


class Wish(NamedTuple):
    """What became of a wish to send."""

    number: int
    """The outbox's."""
    is_new: bool
    """Whether it is queued now; else it was in the outbox before."""
    words: str
    """The same in a sentence."""


def send_alert(
    store: Store, receiver: str, stored: StoredAlert, choices: Choices | None = None, told: Told | None = None
) -> Wish:
    """Queue an alert for a receiver, with the decision; both are on the disk then.

    Args:
        store: Where it is.
        receiver: The receiver's name.
        stored: The alert.
        choices: What the observer chose; None: as the receiver is set up.
        told: What is told, where that is known already.

    Raises:
        StoreError: It is not queued; the text says why, and what to do.
    """
    name = stored.row.object_id
    try:
        what = told or tell(store, stored)
        done = Outbox(store.database).enqueue(receiver, what.told, choices, alert=stored.id, grace=GRACE_SECONDS)
        queued = done.result()
    except StoreError as error:
        raise StoreError(f"Not queued: {name}. {error} Press the key again then.") from error
    if queued.is_new:
        sentence = f"Queued for {receiver}: {name}; u takes it back for {GRACE_SECONDS:.0f} s."
        return Wish(queued.id, True, f"{sentence} {what.note}".rstrip())
    with closing(OutboxPages(store.database)) as pages:
        entry = pages.entry(queued.id)
    assert entry is not None
    return Wish(queued.id, False, f"{name} goes once: it {how_far(entry, time.time())}.")


def retry(store: Store, entry: Entry) -> str:
    """Try one again now; returns what became of that, in a sentence."""
    match Outbox(store.database).retry(entry.id).result():
        case State.QUEUED:
            return f"{entry.object_id} goes to {entry.receiver} now."
        case state:
            return f"{entry.object_id} {how_far(entry._replace(state=state), time.time())}."


def cancel(store: Store, entry: Entry) -> str:
    """Cancel one; returns what became of that, in a sentence."""
    match Outbox(store.database).cancel(entry.id).result():
        case State.CANCELLED:
            return f"Cancelled: {entry.object_id} does not go to {entry.receiver}. r sends it after all."
        case State.SENDING:
            return f"Too late: {entry.object_id} is on its way to {entry.receiver}."
        case _:
            return f"Too late: {entry.object_id} was sent to {entry.receiver}. What is there can only be removed there."


def how_far(entry: Entry, now: float, *, is_short: bool = False) -> str:
    """How far a sending is, as the end of a sentence.

    Args:
        entry: Its row.
        now: The time, Unix seconds.
        is_short: Whether the receiver's words are left out.
    """
    to, when = entry.receiver, ago(now - (entry.answered_at or now))
    said = f": {entry.answer.rstrip('.')}" if entry.answer and not is_short else ""
    match entry.state:
        case State.QUEUED if entry.attempts:
            return f"waits for {to}, tried {times(entry.attempts)}"
        case State.QUEUED:
            return f"waits for its turn to go to {to}"
        case State.SENDING:
            return f"is on its way to {to}"
        case State.SENT:
            return f"was sent to {to} {when}"
        case State.EXISTS:
            return f"was sent to {to} {when}, and completed the target that was there"
        case State.BLOCKED:
            return f"is held up until {to} takes something" + said
        case State.ASKING:
            return f"waits for your answer about a target near it on {to}" + ("" if is_short else ": press 4")
        case State.FAILED:
            return f"failed at {to} {when}" + said
        case State.CANCELLED:
            return f"was taken back before it went to {to}"


def answer(store: Store, entry: Entry, nearby: str, target: str) -> str:
    """Answer the question of one; returns what became of that, in a sentence.

    Args:
        store: Where it is.
        entry: Its row.
        nearby: `same`, `alias` or `new`.
        target: The target that the answer is about.
    """
    state = Outbox(store.database).answer(entry.id, nearby, target).result()
    if state != State.QUEUED:
        return f"{entry.object_id} no longer asks: it {how_far(entry._replace(state=state), time.time())}."
    name = next((near.name for near in entry.neighbours if near.target == target), target)
    meaning = {"same": f"its points go to {name}", "alias": f"it becomes another name of {name}"}
    return f"{entry.object_id}: {meaning.get(nearby, 'a target of its own is made')}."


def sentence(words: str) -> str:
    """Words as a sentence begins."""
    return words[:1].upper() + words[1:]


def times(number: int) -> str:
    """How often: `once`, `3 times`."""
    return "once" if number == 1 else f"{number} times"


STANDING = {
    State.QUEUED: "queued for",
    State.SENDING: "going to",
    State.SENT: "sent to",
    State.EXISTS: "completed on",
    State.BLOCKED: "held up for",
    State.ASKING: "4: a question for",
    State.FAILED: "failed at",
}
"""How far a sending is, in front of the receiver's name."""


def standing(entries: Sequence[Entry]) -> str:
    """How far an alert's sendings are, in a few words: `sent to ourtom, queued for mine`."""
    return ", ".join(f"{STANDING[entry.state]} {entry.receiver}" for entry in entries if entry.state != State.CANCELLED)
