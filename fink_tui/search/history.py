"""The whole history of an object: all that Fink's database has of it, upper limits and forced photometry too.

ZTF's is one answer (`objects` with its limits), LSST's two (`sources`, and `fp` where there is more than one source).
An object of the Solar System has no place of its own: its history is asked for by its name (`sso`). Answers are kept
on disk: the next look at the object has them without a request, and without a link an old one serves.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from fink_tui.alerts import api
from fink_tui.alerts.row import AlertRow, Point, PointKind
from fink_tui.alerts.text import age
from fink_tui.search.errors import (
    BrokenError,
    LargeError,
    LinkError,
    QuestionError,
    RefusedError,
    SlowError,
)
from fink_tui.search.question import Question
from fink_tui.store.errors import StoreError

FRESH_SECONDS = 300.0
"""An answer younger than this is not asked for again."""

MOST_ROWS = 10_000
"""The rows of one object that Fink's server reads at most."""

AT_ONCE = 500
"""Rows taken into the store in one go: decisions go in between."""

MPC_MATCH = 3
"""ZTF's `roid` of an object that the Minor Planet Center knows."""


UNANSWERED = LinkError, SlowError, RefusedError, BrokenError, LargeError
"""With these, an old answer serves."""


class Asker(Protocol):
    """What asks Fink: the client."""

    def ask(
        self, question: Question, path: Path, progress: Callable[[int], None], is_cancelled: Callable[[], bool]
    ) -> None:
        """Write the answer's body to a file."""


class Keeper(Protocol):
    """Where answers are kept: the store's."""

    def lookup(self, key: str) -> Any | None:
        """The answer of a question, or None."""

    def part(self, key: str) -> Path:
        """A file for a body that arrives."""

    def keep(self, key: str, part: Path, fetched_at: float) -> Any:
        """Make it the answer."""

    def discard(self, part: Path) -> None:
        """Remove it."""

    def spans(self, kept: Any) -> Sequence[Any]:
        """Where each row is."""

    def value(self, kept: Any, span: Any) -> dict[str, Any]:
        """One row."""

    def take_in(self, kept: Any, survey: str, spans: Sequence[Any]) -> list[int | None]:
        """Make alerts of rows."""


class Subject(NamedTuple):
    """Whose history it is."""

    survey: str
    """`ztf` or `lsst`: whose database has it."""

    name: str
    """ZTF `objectId`, LSST `diaObjectId`, or the name of an object of the Solar System."""

    is_solar_system: bool = False
    """Whether it is asked for by that name."""

    @property
    def question(self) -> Question:
        """What is asked first."""
        if self.is_solar_system:
            return Question.of(self.survey, "sso", n_or_d=self.name)
        if self.survey == "lsst":
            return Question.of("lsst", "sources", diaObjectId=self.name)
        return Question.of("ztf", "objects", objectId=self.name, withupperlim=True)

    @property
    def forced(self) -> Question | None:
        """The question for forced photometry, where there is such."""
        if self.survey != "lsst" or self.is_solar_system:
            return None
        return Question.of("lsst", "fp", diaObjectId=self.name)


@dataclass(frozen=True, kw_only=True)
class History:
    """The history of an object, as far as Fink's database has it."""

    subject: Subject
    """Whose."""

    points: tuple[Point, ...]
    """Its light curve, each exposure once, in order of time."""

    fetched_at: float
    """When Fink gave the answer, Unix seconds: the oldest of several."""

    note: str = ""
    """What is to be said of it, in sentences: why an old answer serves, what is missing."""

    @property
    def newest_mjd(self) -> float | None:
        """The newest detection in it, of whatever quality, MJD, UTC."""
        detected = (point.mjd for point in self.points if point.kind in (PointKind.DETECTION, PointKind.BAD))
        return max(detected, default=None)


def subject_of(row: AlertRow) -> Subject:
    """Whose history belongs to an alert.

    Args:
        row: The alert's row.

    Raises:
        QuestionError: It has none that can be asked for.
    """
    if row.survey == "lsst":
        if row.sso_name is not None:
            return Subject("lsst", row.sso_name, is_solar_system=True)
        if not row.object_id.isdecimal():
            raise QuestionError(
                "Rubin gives this alert neither an object nor a designation, so there is no history to ask for."
            )
        return Subject("lsst", row.object_id)
    if row.roid == MPC_MATCH and row.sso_name is not None:
        return Subject("ztf", row.sso_name, is_solar_system=True)
    return Subject("ztf", row.object_id)  # those of GRB/GW alerts are ZTF's


def known(keeper: Keeper, subject: Subject) -> History | None:
    """The history that was asked for before, or None where it never was, or can no longer be read.

    Args:
        keeper: Where answers are kept.
        subject: Whose.
    """
    first = _old(keeper, subject.question)
    if first is None:
        return None
    forced = _old(keeper, subject.forced) if subject.forced is not None else None
    try:
        return _history(keeper, subject, [first, forced] if forced is not None else [first], "")
    except (StoreError, OSError):
        return None


def fetch(
    asker: Asker,
    keeper: Keeper,
    subject: Subject,
    progress: Callable[[int], None] = lambda _: None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> History:
    """Ask Fink for the whole history of an object, and keep it. For a thread: it may take minutes.

    Args:
        asker: What asks.
        keeper: Where answers are kept, and through which their alerts come into the store.
        subject: Whose history.
        progress: Told the bytes received so far.
        is_cancelled: Whether nobody waits for it any longer.

    Returns:
        It; where Fink gives no answer, that of an old one, with the reason in its note.

    Raises:
        SearchError: There is no answer, and no old one; CancelledError where nobody waited for it.
        StoreError: The answer cannot be kept.
        OSError: The same.
    """
    answer, problem = _answer(asker, keeper, subject.question, progress, is_cancelled)
    found = [answer]
    if (forced := subject.forced) is not None and len(answer.spans) > 1:
        try:
            more, other = _answer(asker, keeper, forced, progress, is_cancelled)
        except UNANSWERED as error:
            problem = problem or f"Without forced photometry: {error}"
        else:
            found.append(more)
            problem = problem or other
    return _history(keeper, subject, found, problem)


class _Answer(NamedTuple):
    """An answer that is kept."""

    question: Question
    kept: Any
    spans: Sequence[Any]
    """Where its rows are."""
    is_new: bool = False
    """Whether it came just now."""


def _old(keeper: Keeper, question: Question) -> _Answer | None:
    """The answer that is kept, or None where there is none that can be read."""
    kept = keeper.lookup(question.key)
    if kept is None:
        return None
    try:
        return _Answer(question, kept, keeper.spans(kept))
    except (StoreError, OSError):
        return None


def _answer(
    asker: Asker,
    keeper: Keeper,
    question: Question,
    progress: Callable[[int], None],
    is_cancelled: Callable[[], bool],
) -> tuple[_Answer, str]:
    """The answer to a question, and why it is an old one, where it is."""
    old = _old(keeper, question)
    if old is not None and _is_fresh(old.kept.fetched_at):
        return old, ""
    part = keeper.part(question.key)
    try:
        asker.ask(question, part, progress, is_cancelled)
        kept = keeper.keep(question.key, part, time.time())
    except UNANSWERED as error:
        keeper.discard(part)
        if old is None:
            raise
        return old, f"{error} This is the answer of {age(time.time() - old.kept.fetched_at)} ago."
    except BaseException:
        keeper.discard(part)
        raise
    return _Answer(question, kept, keeper.spans(kept), is_new=True), ""


def _is_fresh(fetched_at: float) -> bool:
    return 0 <= time.time() - fetched_at < FRESH_SECONDS


def _history(
    keeper: Keeper,
    subject: Subject,
    answers: Sequence[_Answer],
    note: str,
) -> History:
    """What answers hold; the alerts of new ones are taken into the store."""
    rows: list[dict[str, Any]] = []
    for answer in answers:
        rows += [keeper.value(answer.kept, span) for span in answer.spans]
        if answer.is_new and answer.question != subject.forced:
            for first in range(0, len(answer.spans), AT_ONCE):
                keeper.take_in(answer.kept, subject.survey, answer.spans[first : first + AT_ONCE])
        if len(answer.spans) >= MOST_ROWS:
            limit = f"Fink's server reads {MOST_ROWS:,} rows of an object at most: older ones may be missing."
            note = f"{note} {limit}".strip()
    return History(
        subject=subject,
        points=tuple(api.points(subject.survey, rows)),
        fetched_at=min(answer.kept.fetched_at for answer in answers),
        note=note,
    )
