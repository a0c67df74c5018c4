"""The whole history of an object: all that Fink's database has of it, upper limits and forced photometry too.

ZTF's is one answer (`objects` with its limits), LSST's two (`sources`, and `fp` where there is more than one source).
An object of the Solar System has no place of its own: its history is asked for by its name (`sso`). Answers are kept
on disk: the next look at the object has them without a request, and without a link an old one serves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from fink_tui.alerts import api
from fink_tui.alerts.row import AlertRow, Point, PointKind
from fink_tui.search.api.endpoint_table import SERVER_MOST
from fink_tui.search.errors import CancelledError, QuestionError, SearchError
from fink_tui.search.question import Question
from fink_tui.store.errors import StoreError

if TYPE_CHECKING:
    from fink_tui.search.asking import Asking, Given
    from fink_tui.store.answers import Answers, Kept
    from fink_tui.store.spans import Span

AT_ONCE = 500
"""Rows taken into the store in one go: decisions go in between."""

MPC_MATCH = 3
"""ZTF's `roid` of an object that the Minor Planet Center knows."""


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

    is_cached: bool = False
    """Whether Fink was not asked for it just now."""

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


def known(answers: Answers, subject: Subject) -> History | None:
    """The history that was asked for before, or None where it never was, or can no longer be read.

    Args:
        answers: Where answers are kept.
        subject: Whose.

    Raises:
        StoreError: The store cannot be read.
    """
    kept = [
        one
        for question in (subject.question, subject.forced)
        if question is not None and (one := answers.lookup(question.key)) is not None
    ]
    if not kept or kept[0].key != subject.question.key:
        return None
    try:
        found = [_Answer(one, answers.spans(one)) for one in kept]
        return _history(answers, subject, found)
    except StoreError:
        return None


def fetch(
    asking: Asking,
    subject: Subject,
    progress: Callable[[int], None] = lambda _: None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> History:
    """Ask Fink for the whole history of an object, unless a kept answer still serves; for a thread.

    Its alerts are in the store then.

    Args:
        asking: What asks, and keeps answers.
        subject: Whose history.
        progress: Told the bytes received so far.
        is_cancelled: Whether nobody waits for it any longer.

    Returns:
        It; where Fink gives no answer, that of an old one, with the reason in its note.

    Raises:
        SearchError: There is no answer, and no old one; CancelledError where nobody waited for it.
        StoreError: The answer cannot be kept, or makes no sense.
        OSError: It cannot be kept.
    """
    answer = _asked(asking, subject.question, progress, is_cancelled)
    found, note = [answer], answer.words
    if (forced := subject.forced) is not None and len(answer.spans) > 1:
        try:
            found.append(_asked(asking, forced, progress, is_cancelled))
            note = note or found[-1].words
        except CancelledError:
            raise
        except SearchError as error:
            note = note or f"Without forced photometry: {error}"
    for first in range(0, len(answer.spans), AT_ONCE):
        asking.answers.take_in(answer.kept, subject.survey, answer.spans[first : first + AT_ONCE])
    made = _history(asking.answers, subject, found)
    if len(answer.spans) >= SERVER_MOST:
        note = f"{note} Fink's server reads {SERVER_MOST:,} rows of an object at most: older ones may be missing."
    return replace(made, note=note.strip(), is_cached=answer.is_cached)


class _Answer(NamedTuple):
    """An answer that is kept."""

    kept: Kept
    spans: Sequence[Span]
    """Where its rows are."""
    is_cached: bool = False
    words: str = ""
    """Why an old one serves."""


def _asked(
    asking: Asking, question: Question, progress: Callable[[int], None], is_cancelled: Callable[[], bool]
) -> _Answer:
    """The answer to a question."""

    def found(given: Given) -> _Answer:
        return _Answer(given.kept, asking.answers.spans(given.kept), given.is_cached, given.words)

    return asking.read(question, found, progress=progress, is_cancelled=is_cancelled)


def _history(answers: Answers, subject: Subject, found: Sequence[_Answer]) -> History:
    """What answers hold."""
    rows = (answers.value(one.kept, span) for one in found for span in one.spans)  # one at a time: they are large
    return History(
        subject=subject,
        points=tuple(api.points(subject.survey, rows)),
        fetched_at=min(one.kept.fetched_at for one in found),
    )
