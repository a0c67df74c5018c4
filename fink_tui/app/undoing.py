"""Taking a decision back, with the sentence that says what that means."""

from __future__ import annotations

from contextlib import closing
from typing import NamedTuple

from fink_tui.store import decisions
from fink_tui.store.outbox import Outbox, State
from fink_tui.store.outbox_pages import OutboxPages
from fink_tui.store.pages import Pages
from fink_tui.store.store import Store


class Decided(NamedTuple):
    """A decision that can be taken back."""

    kind: str
    """`decisions.SAVED` or `decisions.SEND`."""
    alert: int
    """The alert's id in the store."""
    object_id: str
    detail: str
    """The file, or the receiver's name."""
    number: int = 0
    """Of a sending: the outbox's."""


def take_back(store: Store, decided: Decided | None, times: int = 1) -> str:
    """Take a decision back.

    Args:
        store: Where it is.
        decided: The decision; None where it came to nothing.
        times: How often it was made.

    Returns:
        What became of it, in a sentence.

    Raises:
        StoreError: It stands as before.
    """
    if decided is None:
        return "There is nothing to take back: the last decision came to nothing."
    name = decided.object_id
    if decided.kind == decisions.SAVED:
        for _ in range(times):
            decisions.decide(store.database, decided.alert, decisions.UNDONE, decisions.SAVED).result()
        with closing(Pages(store.database)) as alerts:
            stored = alerts.alert(decided.alert)
        if stored is not None and stored.state == decisions.SAVED:
            return f"{name} stays marked as saved: it was saved before this session, too."
        return f"No longer marked as saved: {name}. The file stays: {decided.detail}"
    with closing(OutboxPages(store.database)) as pages:
        entry = pages.entry(decided.number)
    if entry is not None and entry.state == State.CANCELLED:
        return f"{name} was taken back before; it does not go to {decided.detail}."
    match Outbox(store.database).cancel(decided.number).result():
        case State.CANCELLED:
            return f"Taken back: {name} does not go to {decided.detail}."
        case State.SENDING:
            return f"Too late: {name} is on its way to {decided.detail}."
        case _:
            return f"Too late: {name} was sent to {decided.detail}. What is there can only be removed there."
