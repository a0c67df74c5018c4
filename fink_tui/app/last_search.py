"""The search that was asked for last, and the thread that does it."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from textual.message import Message
from textual.screen import Screen
from textual.worker import get_current_worker

from fink_tui.alerts.text import clean
from fink_tui.app.session import Session
from fink_tui.search.errors import CancelledError, SearchError
from fink_tui.search.outcome import Outcome, Part, State
from fink_tui.store import searches
from fink_tui.store.errors import StoreError

if TYPE_CHECKING:
    from fink_tui.search.line.understood import Understood
    from fink_tui.search.searching import Searching

log = logging.getLogger(__name__)


class Asked(NamedTuple):
    """A search, as it was typed."""

    line: str
    understood: Understood
    at: float
    """When, Unix seconds."""


class LastSearch:
    """One search at a time: a newer one ends the one before. It goes on where its screen is not seen."""

    class Came(Message):
        """There is something new to show."""

    def __init__(self, owner: Screen[None], session: Session) -> None:
        """Nothing is asked yet.

        Args:
            owner: Gets a `Came` when something came, and no second one before it has looked.
            session: What it works on.
        """
        self._owner = owner
        self._session = session
        self._searching: Searching | None = None
        self._lock = threading.Lock()
        self._number = 0
        self._latest: Outcome | None = None
        self.asked: Asked | None = None
        """What was asked last; None: nothing yet."""
        self.outcome = Outcome(is_over=True)
        """What became of it, as far as the owner has taken it."""

    @property
    def is_running(self) -> bool:
        """Whether more may come."""
        return not self.outcome.is_over

    def ask(self, line: str, understood: Understood, *, fresh: bool = False) -> None:
        """Begin a search; the one before ends.

        Args:
            line: What was typed.
            understood: What it means.
            fresh: Whether Fink is asked also what it has answered before.
        """
        self._end()
        self.asked, self.outcome = Asked(line, understood, time.time()), Outcome()
        work = partial(self._run, self._number, self.asked, fresh)
        self._owner.run_worker(work, thread=True, group="search", exclusive=True, exit_on_error=False)

    def cancel(self) -> None:
        """Stop asking; what has come stays."""
        self.take()
        self._end()
        parts = tuple(_stopped(part) for part in self.outcome.parts)
        self.outcome = replace(self.outcome, parts=parts, is_over=True)

    def take(self) -> bool:
        """Take what came since the last call; returns whether anything did."""
        with self._lock:
            latest, self._latest = self._latest, None
        if latest is None:
            return False
        self.outcome = latest
        return True

    def _end(self) -> None:
        """Hear no more of the search that runs."""
        with self._lock:
            self._number += 1
            self._latest = None
        self._owner.workers.cancel_group(self._owner, "search")

    def _tell(self, number: int, outcome: Outcome) -> None:
        """Keep what came until the owner takes it; of many reports, it gets the last."""
        with self._lock:
            if number != self._number:
                return
            is_waiting, self._latest = self._latest is not None, outcome
        if not is_waiting:
            self._owner.post_message(self.Came())

    def _run(self, number: int, asked: Asked, fresh: bool) -> None:
        """Search, in a thread."""
        worker = get_current_worker()

        def report(outcome: Outcome) -> None:
            self._tell(number, replace(outcome, is_over=False))  # which it is once it is remembered

        try:
            searching = self._searching = self._searching or self._made()
            outcome = searching.run(asked.understood, report, lambda: worker.is_cancelled, fresh=fresh)
            try:
                searches.note(self._session.store.database, asked.line, _count(outcome))
            except StoreError as error:  # what was found is shown all the same
                outcome = replace(outcome, words=f"{outcome.words} It is not in the list of searches: {error}".strip())
        except CancelledError:
            return
        except (SearchError, StoreError) as error:
            outcome = Outcome(is_over=True, words=str(error))
        except Exception as error:  # also what nobody foresaw is said, and nothing goes on for ever
            log.exception("a search ended by an error")
            outcome = Outcome(is_over=True, words=clean(f"The search failed: {error!r}.", 300))
        self._tell(number, replace(outcome, is_over=True))

    def _made(self) -> Searching:
        """What searches: also where nobody can be asked, what is kept here is looked through."""
        session = self._session
        if session.search is not None:
            return session.search()
        from fink_tui.search.searching import Searching

        return Searching(session.store, None, session.store.answers(session.longitude), unasked=session.unsearchable)


def _count(outcome: Outcome) -> int:
    """How much was found: alerts, or rows of tables."""
    return len(outcome.ids) or sum(len(part.table.rows) for part in outcome.parts if part.table is not None)


def _stopped(part: Part) -> Part:
    """A question whose answer nobody waits for any longer."""
    if part.state in (State.ANSWERED, State.FAILED):
        return part
    words = "You stopped it: some is missing. R asks again." if part.rows else "You stopped it. R asks again."
    return replace(part, state=State.ANSWERED, fetched_at=None, is_complete=False, words=words)
