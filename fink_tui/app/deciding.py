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
    from fink_tui.app.sending import Told
    from fink_tui.app.undoing import Decided

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

        def work() -> None:
            decided, settled = None, Settled(alert, "", is_good=False)
            try:
                if before is not None:  # what was taken back just before may be this
                    before.result()
                decided, words = job()
                settled = Settled(alert, words)
                if decided is not None and decided.kind == decisions.SEND:
                    settled.queues, settled.seconds = True, SAID_SECONDS
            except StoreError as error:
                settled.words = str(error)
            except Exception as error:  # what nobody foresaw is said, too, and the mark does not stay as it is
                log.exception("a decision came to nothing")
                settled.words = f"Not {word}: {error!r}."
            finally:
                made.done.set_result(decided)
                self._app.post_message(settled)

        self._run(work)

    def _run(self, work: Callable[[], None]) -> None:
        """Do it in a thread: also where the program is quit at once, which ends only when that has."""
        running = asyncio.get_running_loop().run_in_executor(None, work)
        self._running.add(running)
        running.add_done_callback(self._running.discard)

    def change(self, job: Callable[[], str]) -> None:
        """Change something in the outbox, which is no decision to take back.

        Args:
            job: Does it, in a thread, and says what became of it.
        """

        def work() -> None:
            settled = Settled(None, "", is_good=False)
            try:
                settled = Settled(None, job(), queues=True)
            except StoreError as error:
                settled.words = f"Nothing was changed: {error}"
            except Exception as error:  # as above
                log.exception("the outbox was not changed")
                settled.words = f"Nothing was changed: {error!r}."
            finally:
                self._app.post_message(settled)

        self._run(work)

    def undo(self) -> None:
        """Take back the last decision of this session, whichever alert is current now."""
        self._made = [one for one in self._made if not one.done.done() or one.done.result() is not None]
        if not self._made:
            self._app.post_message(Settled(None, "There is nothing to take back: nothing was decided in this session."))
            return
        last = self._made.pop()
        if last.kind == decisions.SAVED:  # it may have been saved more than once
            again = [one for one in self._made if (one.alert, one.kind) == (last.alert, last.kind)]
            self._made = [one for one in self._made if one not in again]
        else:
            again = []
        done: Future[None] = Future()
        self._undoing = done

        def work() -> None:
            from fink_tui.app.undoing import take_back

            settled = Settled(None, "", is_good=False)
            try:
                decided = last.done.result()
                for one in again:
                    one.done.result()
                settled = Settled(None, take_back(self._store, decided, 1 + len(again)))
            except StoreError as error:
                settled.words = f"Not taken back: {error}"
            except Exception as error:  # as above
                log.exception("a decision was not taken back")
                settled.words = f"Not taken back: {error!r}."
            finally:
                done.set_result(None)
                self._app.post_message(settled)

        self._run(work)
