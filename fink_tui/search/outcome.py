"""What a search has found so far, and from where."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from fink_tui.search.question import Question


class State(StrEnum):
    """How far a question is."""

    ASKING = "asking"
    TAKING = "taking in"
    """The answer is here, and its rows are being kept."""
    ANSWERED = "answered"
    FAILED = "failed"


class Table(NamedTuple):
    """An answer that is no list of alerts."""

    columns: tuple[str, ...]
    """Names of its columns."""

    rows: list[tuple[object, ...]]
    """Their values: None, bool, int, float, str."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """What became of one of a search's questions."""

    question: Question
    """Which."""

    state: State = State.ASKING
    """How far it is."""

    rows: int = 0
    """Rows of its answer taken in so far."""

    fitting: int | None = None
    """Those of the rows that are what is looked for, where they were cut to it here; None where they were not."""

    total: int | None = None
    """Rows of its answer; None while it is not known."""

    received: int = 0
    """Bytes received so far."""

    fetched_at: float | None = None
    """When Fink gave the answer, Unix seconds."""

    is_cached: bool = False
    """Whether it is an answer of before."""

    words: str = ""
    """What is to be said of it, in a sentence: why it failed, why it is incomplete, why an old answer serves."""

    is_complete: bool = True
    """Whether all that Fink has is in it, as far as can be known."""

    table: Table | None = None
    """The answer, where it is no list of alerts."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a search has found so far."""

    ids: array[int] = field(default_factory=lambda: array("q"))
    """The alerts found, by their ids in the store, in the order of the search: nearest first, else newest first."""

    is_nearest_first: bool = False
    """Which of these orders it is: nearest first where all that was looked for is in one cone."""

    local: int = 0
    """How many of them this machine had before, from the stream."""

    earlier: int = 0
    """How many of them it knows only from answers to other searches, or older ones: these answers have them not."""

    parts: tuple[Part, ...] = ()
    """What became of each question."""

    is_over: bool = False
    """Whether nothing more will come."""

    words: str = ""
    """What is to be said of the whole search, such as what a name was resolved to."""

    has_failed: bool = False
    """Whether it could not be done as a whole, such as where nobody could be asked what a name means: see `words`."""
