"""A cone search being answered, in as many requests as a complete answer needs: why, and which, see `cones`."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from fink_tui.search import cones
from fink_tui.search.errors import BrokenError, LinkError, SlowError
from fink_tui.search.question import Question

MOST_SLOW = 4
"""Pieces of a cone search after which Fink is not asked for more where it has finished none: each took it minutes."""

IdsFound = Callable[[Sequence[int]], None]
"""Given the ids of alerts, as they are taken in."""


class Ask(Protocol):
    """Asks Fink, and takes the alerts of its answer in."""

    def __call__(self, question: Question, found: IdsFound, *, is_divisible: bool) -> Sequence[int]:
        """The alerts of the answer to a question.

        Args:
            question: What.
            found: Given them as they are taken in.
            is_divisible: Whether it can be asked in smaller parts where it takes too long.

        Raises:
            SearchError: There is no answer; SlowError where Fink did not finish it.
        """


class ConePieces:
    """A cone search, and the pieces that it becomes where Fink cuts its answer, or does not finish it."""

    def __init__(self, question: Question, now: datetime, ask: Ask, found: IdsFound) -> None:
        """Name the cone.

        Args:
            question: The cone search, as it was asked for.
            now: The time, UTC.
            ask: Asks for a piece.
            found: Given the ids of alerts, as they are taken in.
        """
        self.whole = cones.whole(question)
        """All of it, as it is asked for first."""
        self.words: list[str] = []
        """What is to be said of it, in sentences."""
        self.is_complete = "n" not in question.given
        """Whether all that Fink has is found, as far as can be known."""
        self._now = now
        self._ask = ask
        self._found = found
        self._asked = 0
        self._finished = 0
        """Pieces that Fink finished."""
        self._slow: list[SlowError] = []
        """Of those that it did not finish."""
        self._missing: list[str] = []
        if not self.is_complete:
            self.words.append(f"Fink reads only {question.given['n']} rows of each pixel of the sky: leave n away.")

    def run(self) -> None:
        """Ask for all of it.

        Raises:
            SlowError: Fink finished no piece of it.
            SearchError: It gave no answer.
            StoreError: The store cannot keep it.
            OSError: The disk refuses.
        """
        # What is newest is held back until the nearest are there: who looks at a cone begins with these.
        held: list[int] = []
        newest = self._newest(held.extend)
        try:
            whole = self._piece(self.whole, self._found)
        finally:
            self._found(held)
        if whole is not None and newest - whole:
            self._halve(self.whole, whole)
            self.words.append(f"Fink had cut its answer: it was asked again in {self._asked} parts.")
        if self._slow and not self._finished:
            raise self._slow[0]
        if self._missing:
            self.is_complete = False
            some = "; ".join(self._missing[:2]) + ("; and more" if len(self._missing) > 2 else "")
            self.words.append(f"Objects {some} are missing: Fink did not finish. Ask for a smaller radius.")

    def _newest(self, found: IdsFound) -> set[int]:
        """The alerts of the witness: where the whole lacks one of them, it was cut."""
        witness = cones.witness(self.whole, self._now) if self.is_complete else None
        if witness is not None:
            with contextlib.suppress(LinkError, SlowError, BrokenError):  # the whole may have an old answer
                return self._piece(witness, found) or set()
        return set()

    def _piece(self, question: Question, found: IdsFound) -> set[int] | None:
        """The alerts of a cone search, in smaller pieces where Fink does not finish it; None where some are missing."""
        has_given_up = not self._finished and len(self._slow) >= MOST_SLOW
        if has_given_up or self._asked >= cones.MOST_PIECES:
            self._missing.append(cones.described(question, self._now))
            return None
        self._asked += 1
        smaller = cones.pieces(question, self._now)
        try:
            alerts = set(self._ask(question, found, is_divisible=bool(smaller)))
            self._finished += 1
            return alerts
        except SlowError as error:
            self._slow.append(error)
            if not smaller:
                self._missing.append(cones.described(question, self._now))
                return None
        of_each = [self._piece(one, found) for one in smaller]
        return None if None in of_each else set[int]().union(*(one for one in of_each if one is not None))

    def _halve(self, question: Question, got: set[int]) -> None:
        """Ask for halves of a time whose answer was cut, until they bring nothing new."""
        for half in cones.pieces(question, self._now):
            ids = self._piece(half, self._found)
            if ids is not None and ids - got:
                self._halve(half, ids)
