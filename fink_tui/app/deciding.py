"""What the observer decides: done in threads, so that no key waits for a disk, and taken back, the last first."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from textual.message import Message

from fink_tui.app.saving import save_alert
from fink_tui.store import decisions
from fink_tui.store.errors import StoreError
from fink_tui.store.pages import StoredAlert
from fink_tui.store.store import Store

if TYPE_CHECKING:
    from fink_tui.alerts.submission import Choices
    from fink_tui.app.app import FinkApp
    from fink_tui.app.undoing import Decided
    from fink_tui.store.telling import Told

log = logging.getLogger(__name__)

SAID_SECONDS = 5.0
"""How long it is said that something is queued: as long as it can be taken back for sure."""


@dataclass
class Settled(Message):
    """A decision is on the disk, or came to nothing."""

    alert: int | None
    """The alert's id in the store, where its mark is to be settled."""
    words: str
    is_good: bool = True
    queues: bool = False
    """Whether there is something new to be sent."""
    seconds: float | None = None
    """For how long to say so, where it matters."""


class _Made(NamedTuple):
    """A decision that may still be on its way to the disk."""

    alert: int
    kind: str
    done: Future[Decided | None]
    """None where it came to nothing."""


class Deciding:
    """The decisions of one session."""

    def __init__(self, app: FinkApp, store: Store, save_dir: Path) -> None:
        """Nothing is decided yet.

        Args:
            app: The program, told how each decision ended.
            store: Where they go.
            save_dir: The folder of saved alerts.
        """
        self._app = app
        self._store = store
        self._save_dir = save_dir
        self._made: list[_Made] = []
        self._undoing: Future[None] | None = None
        self._running: set[asyncio.Future[None]] = set()

    def is_pending(self, alert: int, kind: str | None = None) -> bool:
        """Whether a decision on an alert is on its way to the disk, or one of a kind."""
        return any(one.alert == alert and kind in (None, one.kind) and not one.done.done() for one in self._made)

    def save(self, stored: StoredAlert) -> None:
        """Save an alert as a file."""

        def job() -> tuple[Decided | None, str]:
            from fink_tui.app.undoing import Decided

            path = save_alert(self._store, self._save_dir, stored)
            return Decided(decisions.SAVED, stored.id, stored.row.object_id, str(path)), f"Saved: {path}"

        self._decide(stored.id, decisions.SAVED, "saved", job)

    def send(
        self, receiver: str, stored: StoredAlert, choices: Choices | None = None, told: Told | None = None
    ) -> None:
        """Queue an alert for a receiver.

        Args:
            receiver: The receiver's name.
            stored: The alert.
            choices: What the observer chose.
            told: What is told, where that is known already.
        """

        def job() -> tuple[Decided | None, str]:
            from fink_tui.app.sending import send_alert
            from fink_tui.app.undoing import Decided

            wish = send_alert(self._store, receiver, stored, choices, told)
            decided = Decided(decisions.SEND, stored.id, stored.row.object_id, receiver, wish.number)
            return decided if wish.is_new else None, wish.words

        self._decide(stored.id, decisions.SEND, "queued", job)

    def _decide(self, alert: int, kind: str, word: str, job: Callable[[], tuple[Decided | None, str]]) -> None:
        made, before = _Made(alert, kind, Future()), self._undoing
        self._made.append(made)

        def decide() -> Settled:
            if before is not None:  # what was taken back just before may be this
                before.result()
            decided = None
            try:
                decided, words = job()
            finally:
                made.done.set_result(decided)
            queues = decided is not None and decided.kind == decisions.SEND
            return Settled(alert, words, queues=queues, seconds=SAID_SECONDS if queues else None)

        def failed(error: Exception) -> str:  # the store's own words say what did not happen
            return _said(error) if isinstance(error, StoreError) else f"Not {word}: {_said(error)}"

        self._run(decide, failed, alert)

    def _run(self, job: Callable[[], Settled], failed: Callable[[Exception], str], alert: int | None = None) -> None:
        """Do it in a thread: also where the program is quit at once, which ends only when that has.

        Args:
            job: Does it, and says what became of it.
            failed: What is said of an error.
            alert: The alert whose mark an error settles.
        """

        def work() -> None:
            try:
                settled = job()
            except Exception as error:  # also what nobody foresaw is said, and the mark does not stay as it is
                if not isinstance(error, StoreError):
                    log.exception("what the observer wanted came to nothing")
                settled = Settled(alert, failed(error), is_good=False)
            self._app.post_message(settled)

        running = asyncio.get_running_loop().run_in_executor(None, work)
        self._running.add(running)
        running.add_done_callback(self._running.discard)

    def change(self, job: Callable[[], str]) -> None:
        """Change something in the outbox, which is no decision to take back.

        Args:
            job: Does it, in a thread, and says what became of it.
        """
        self._run(lambda: Settled(None, job(), queues=True), lambda error: f"Nothing was changed: {_said(error)}")

    def undo(self) -> None:
        """Take back the last decision of this session, whichever alert is current now."""
        self._made = [one for one in self._made if not one.done.done() or one.done.result() is not None]
        if not self._made:
            self._app.post_message(Settled(None, "There is nothing more of this session to take back."))
            return
        last = self._made.pop()
        if last.kind == decisions.SAVED:  # it may have been saved more than once
            again = [one for one in self._made if (one.alert, one.kind) == (last.alert, last.kind)]
            self._made = [one for one in self._made if one not in again]
        else:
            again = []
        done: Future[None] = Future()
        before, self._undoing = self._undoing, done

        def undo() -> Settled:
            from fink_tui.app.undoing import take_back

            try:
                if before is not None:
                    before.result()
                decided = last.done.result()
                for one in again:
                    one.done.result()
                return Settled(None, take_back(self._store, decided, 1 + len(again)))
            finally:
                done.set_result(None)

        self._run(undo, lambda error: f"Not taken back: {_said(error)}")


def _said(error: Exception) -> str:
    return str(error) if isinstance(error, StoreError) else f"{error!r}."
