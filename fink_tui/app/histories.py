"""Whole histories of objects, asked for while one goes on looking: what is asked, what came, how it is said."""

from __future__ import annotations

import time
from collections import OrderedDict
from threading import Event, Lock
from typing import TYPE_CHECKING

from fink_tui.alerts.text import age, ago, bytes_size, clean, count
from fink_tui.app.session import Session
from fink_tui.sky.night import unix_to_mjd

if TYPE_CHECKING:
    from fink_tui.alerts.row import AlertRow
    from fink_tui.app.loading import Added
    from fink_tui.search.history import History, Subject
    from fink_tui.search.searching import Searching

KEPT = 16
"""Histories that stay in memory; all are on the disk."""

NEW = 1.5
"""Days after which an alert of ZTF's is in Fink's database, if ever."""

SAME_DETECTION = 1.0 / 86400
"""Days by which the time of an alert and that of its row in Fink's database may differ."""


class Running:
    """A history that is being asked for."""

    def __init__(self) -> None:
        """It begins now."""
        self.since = time.monotonic()
        self.received = 0
        """Bytes so far."""
        self.given_up = Event()
        """Set where nobody waits for it any longer."""

    @property
    def words(self) -> str:
        """How far it is."""
        size = f", {bytes_size(self.received)}" if self.received else ""
        return f"asking, {time.monotonic() - self.since:.0f} s{size}"


class Histories:
    """The histories of a session. Threads fetch them, and look them up; the screen says how far they are."""

    def __init__(self, session: Session) -> None:
        """None is asked for."""
        self._session = session
        self._lock = Lock()
        self._known: OrderedDict[Subject, History] = OrderedDict()
        self._asking: dict[Subject, Running] = {}
        self._searching: Searching | None = None

    def subject(self, row: AlertRow) -> Subject:
        """Whose history belongs to an alert.

        Raises:
            QuestionError: It has none that can be asked for.
        """
        from fink_tui.search.history import subject_of

        return subject_of(row)

    def asking(self, row: AlertRow) -> Running | None:
        """How far the history of an alert's object is, where it is being asked for."""
        subject = self._subject(row) if self._asking else None
        return self._asking.get(subject) if subject is not None else None

    @property
    def is_asking(self) -> bool:
        """Whether any is being asked for."""
        return bool(self._asking)

    def give_up(self) -> None:
        """Nobody waits for any of them any longer."""
        for running in self._asking.values():
            running.given_up.set()

    def begin(self, subject: Subject) -> Running | None:
        """Note that it is asked for now; None where it is already."""
        if subject in self._asking:
            return None
        self._asking[subject] = running = Running()
        return running

    def end(self, subject: Subject) -> Running | None:
        """Note that nothing more comes of it; returns how far it was."""
        return self._asking.pop(subject, None)

    def is_of(self, row: AlertRow, subject: Subject) -> bool:
        """Whether it is the history of an alert's object."""
        return self._subject(row) == subject

    def has(self, subject: Subject) -> bool:
        """Whether there is one of before."""
        with self._lock:
            return subject in self._known

    def known(self, row: AlertRow) -> History | None:
        """The history of an alert's object as it is kept, or None; for a thread."""
        from fink_tui.search import history

        subject = self._subject(row)
        if subject is None:
            return None
        with self._lock:
            if (found := self._known.get(subject)) is not None:
                self._known.move_to_end(subject)
                return found
        found = history.known(self._session.store.answers(self._session.longitude), subject)
        if found is not None:
            self._remember(found)
        return found

    def fetch(self, subject: Subject, running: Running) -> History:
        """Ask for it; for a thread.

        Raises:
            SearchError: There is no answer, and no old one.
            StoreError: The answer cannot be kept.
            OSError: The same.
        """
        from fink_tui.search import history

        def progress(received: int) -> None:
            running.received = received

        found = history.fetch(self._searcher().asking(), subject, progress, running.given_up.is_set)
        self._remember(found)
        return found

    def _searcher(self) -> Searching:
        with self._lock:
            if self._searching is None:
                assert self._session.search is not None
                self._searching = self._session.search()
            return self._searching

    def _remember(self, found: History) -> None:
        with self._lock:
            self._known[found.subject] = found
            self._known.move_to_end(found.subject)
            while len(self._known) > KEPT:
                self._known.popitem(last=False)

    def _subject(self, row: AlertRow) -> Subject | None:
        from fink_tui.search.errors import QuestionError

        try:
            return self.subject(row)
        except QuestionError:
            return None


# -- how it is said ---------------------------------------------------------------------------------------------------


def short(added: Added, now: float) -> str:
    """Where points beyond the packet's are from, in few words; nothing where there are none.

    Args:
        added: How many from where.
        now: The present, Unix seconds.
    """
    words = []
    if added.fetched_at is not None:
        words.append(f"H +{count(added.history)}, {ago(now - added.fetched_at)}")
    if added.here:
        words.append(f"+{count(added.here)} here")
    return ", ".join(words)


def sentence(found: History, row: AlertRow | None, now: float) -> str:
    """What came of asking for a history.

    Args:
        found: What came.
        row: The alert that is looked at, where it is of that object.
        now: The present, Unix seconds.
    """
    name, newest = clean(found.subject.name), found.newest_mjd
    if found.is_cached and not found.note:
        asked, has = ago(now - found.fetched_at), _points(len(found.points))
        return f"Fink was asked {asked}, and has {has} of {name}: some minutes later, H asks again."
    if not found.points:
        words = f"Fink's database has nothing of {name} yet."
    elif newest is None:
        words = f"{name}: {_points(len(found.points))} of its whole history, no detection among them."
    else:
        last = age((unix_to_mjd(now) - newest) * 86400)
        words = f"{name}: {_points(len(found.points))} of its whole history, the last detection {last} ago."
    if row is not None and (newest is None or newest < row.obs_mjd - SAME_DETECTION):
        is_new = unix_to_mjd(now) - row.obs_mjd < NEW
        words += " This alert is not in it yet" if is_new else " This alert is not in it"
        words += ": ZTF's database is filled the morning after." if is_new and found.subject.survey == "ztf" else "."
    return f"{words} {found.note}".strip()


def _points(number: int) -> str:
    return f"{count(number)} point{'' if number == 1 else 's'}"
