"""The answer to a question: one that is kept where it is still good, else Fink's, else an old one with a word."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from fink_tui.alerts.text import age
from fink_tui.search.api import endpoints
from fink_tui.search.errors import BrokenError, LinkError, SearchError, SlowError
from fink_tui.search.question import Question
from fink_tui.store.answers import Answers, Kept
from fink_tui.store.errors import StoreError, store_error
from fink_tui.store.spans import BodyError

if TYPE_CHECKING:
    from fink_tui.search.http.client import Client

Made = TypeVar("Made")

DAY = 86400.0

SETTLED = 30 * DAY
"""Seconds for which serves what never changes: counts of a night that is over, the images of an alert."""

DAILY = frozenset({"classes", "blocks", "schema", "resolver", "ssoft"})
"""Endpoints whose answers are the same all day."""


class Given(NamedTuple):
    """An answer."""

    kept: Kept
    is_cached: bool
    """Whether it is one of before."""
    words: str
    """Why an old one serves; "" where it does not."""


def serves_for(question: Question, fresh_minutes: float, now: float) -> float:
    """How long an answer serves without asking again, seconds.

    Args:
        question: What was asked.
        fresh_minutes: How long most answers do.
        now: The time, Unix seconds.
    """
    if question.path in DAILY or (question.path == "tags" and "tag" not in question.given):
        return max(DAY, 60 * fresh_minutes)
    if question.path == "cutouts" and {"candid", "diaSourceId"} & question.given.keys():
        return SETTLED
    date = question.given.get("date", "")
    if question.path == "statistics" and date.isdigit():
        last_week = datetime.fromtimestamp(now, UTC) - timedelta(days=7)
        if date < f"{last_week:%Y%m%d}"[: len(date)]:
            return max(SETTLED, 60 * fresh_minutes)
    return 60 * fresh_minutes


class Asking:
    """Asks Fink where no kept answer serves. For any number of threads."""

    def __init__(self, client: Client, answers: Answers, clock: Callable[[], float] = time.time) -> None:
        """Name who is asked, and where answers are kept.

        Args:
            client: Who is asked.
            answers: Where answers are kept.
            clock: Unix seconds.
        """
        self.client = client
        self.answers = answers
        self.clock = clock

    def answer(
        self,
        question: Question,
        *,
        fresh: bool = False,
        is_divisible: bool = False,
        progress: Callable[[int], None] = lambda _: None,
        is_cancelled: Callable[[], bool] = lambda: False,
    ) -> Given:
        """The answer to a question.

        Args:
            question: What.
            fresh: Whether Fink is asked in any case.
            is_divisible: Whether it can be asked in smaller parts where it takes too long: no old answer serves then.
            progress: Told the bytes received so far.
            is_cancelled: Whether nobody waits for it any longer.

        Raises:
            SearchError: There is none.
            StoreError: It cannot be kept, and there is no old one.
            OSError: The disk refuses, and there is no old one.
        """
        old = self.answers.lookup(question.key)
        if old is not None and not fresh and self.is_good(question, old):
            return Given(old, True, "")
        try:
            return self._new(question, progress, is_cancelled, is_checked=old is not None)
        except (LinkError, SlowError, BrokenError, StoreError, OSError) as error:  # a full disk can still be read
            if old is None or (is_divisible and isinstance(error, SlowError)):
                raise
            return self._before(old, error)

    def read(
        self,
        question: Question,
        use: Callable[[Given], Made],
        *,
        fresh: bool = False,
        is_divisible: bool = False,
        progress: Callable[[int], None] = lambda _: None,
        is_cancelled: Callable[[], bool] = lambda: False,
    ) -> Made:
        """What is made of the answer to a question; where a kept one cannot be read, it is asked for afresh.

        Args:
            question: What.
            use: Makes it of the answer; called once more where that was a kept one, and it raises `BodyError`.
            fresh: As for `answer`.
            is_divisible: As for `answer`.
            progress: As for `answer`.
            is_cancelled: As for `answer`.

        Raises:
            SearchError: There is no answer.
            StoreError: It cannot be kept, or read.
            OSError: The disk refuses.
        """
        ask = partial(self.answer, question, is_divisible=is_divisible, progress=progress, is_cancelled=is_cancelled)
        given = ask(fresh=fresh)
        try:
            return use(given)
        except BodyError:
            if not given.is_cached or given.words:  # then Fink was asked just now
                raise
        return use(ask(fresh=True))  # it was damaged, or someone made room meanwhile

    def _new(
        self,
        question: Question,
        progress: Callable[[int], None],
        is_cancelled: Callable[[], bool],
        *,
        is_checked: bool,
    ) -> Given:
        """Fink's answer; where there is none, nothing is left of it.

        Args:
            question: What.
            progress: Told the bytes received so far.
            is_cancelled: Whether nobody waits for it any longer.
            is_checked: Whether it must be read before it is kept: it takes the place of one that may be good.
        """
        part = self.answers.part(question.key)
        try:
            self.client.ask(question, part, progress, is_cancelled)
            if is_checked and endpoints.gives_rows(question):
                self.answers.check(part)
            return Given(self.answers.keep(question.key, part, self.clock()), False, "")
        except BaseException:
            self.answers.discard(part)
            raise

    def before(self, question: Question, error: SearchError) -> Given:
        """The answer of before to a question that now has none.

        Args:
            question: What.
            error: Why it has none.

        Raises:
            SearchError: That error, where there never was an answer.
        """
        old = self.answers.lookup(question.key)
        if old is None:
            raise error
        return self._before(old, error)

    def _before(self, old: Kept, error: SearchError | StoreError | OSError) -> Given:
        if isinstance(error, OSError):
            error = store_error(error, "keeping Fink's answer")
        return Given(old, True, f"{error} This is its answer of {age(self.clock() - old.fetched_at)} ago.")

    def is_good(self, question: Question, kept: Kept) -> bool:
        """Whether a kept answer serves without asking again."""
        fresh_minutes = self.client.settings.fresh_minutes
        now = self.clock()
        return 0 <= now - kept.fetched_at < serves_for(question, fresh_minutes, now)
