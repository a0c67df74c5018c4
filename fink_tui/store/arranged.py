"""What a list holds that is filtered and ordered as the observer asks, found at one moment.

It is found in a thread, since a million alerts take seconds; `arranged_pages` and `found_pages` then show it.
"""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple

from fink_tui.store.database import Database
from fink_tui.store.expression import Evaluator, Expression
from fink_tui.store.pages import Pages

if TYPE_CHECKING:
    from fink_tui.sky.visibility import Overhead

SECONDS = 120.0
"""How long it may take to arrange a list."""

CATCHING_UP_SECONDS = 1.0
"""How long it may take to see which of those that arrived belong to it."""


class Arrangement(NamedTuple):
    """What is in a list, and in what order."""

    filter: Expression | None = None
    """What an alert must fulfil; None: nothing."""

    order: Expression | None = None
    """By what they are ordered; None: by their arrival. What has none of it comes last."""

    is_descending: bool = False
    """Whether the largest comes first."""

    @property
    def expressions(self) -> list[Expression]:
        """What is to be evaluated."""
        return [expression for expression in (self.filter, self.order) if expression is not None]

    @property
    def needs_sky(self) -> bool:
        """Whether it depends on the site and the moment."""
        return any(expression.needs_sky for expression in self.expressions)

    def ordered(self, otherwise: str) -> str:
        """The order as SQL.

        Args:
            otherwise: The column that orders what is alike, and all where no order is asked for.
        """
        if self.order is None:
            return f"ORDER BY {otherwise}"
        return f"ORDER BY {self.order.sql} {'DESC' if self.is_descending else 'ASC'} NULLS LAST, {otherwise}"

    @property
    def condition(self) -> str:
        """The filter as SQL."""
        return self.filter.sql if self.filter is not None else "true"


class Arranged(NamedTuple):
    """What was found when a list was arranged."""

    ids: array[int]
    """The alerts, in order."""

    last: int
    """The arrival of the newest alert that was looked at."""

    at: float
    """When, Unix seconds."""

    members: bytearray
    """By an alert's id, whether it is among them."""

    overhead: Overhead | None = None
    """The sky that was asked."""

    among: array[int] | None = None
    """The alerts that it was to be of; None: all that arrived."""


def arrange(
    database: Database,
    arrangement: Arrangement,
    night: int | None,
    overhead: Overhead | None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Arranged:
    """Find what a list of what arrived holds, and in what order. For a thread: it may take seconds.

    Args:
        database: The store's.
        arrangement: What is asked for.
        night: The night, YYYYMMDD, or None for all alerts.
        overhead: The sky over the site, or None without one.
        is_cancelled: Asked now and then whether nobody waits for it any longer.

    Raises:
        ExpressionError: It cannot be evaluated, took too long, or was cancelled.
        StoreError: The store cannot be read.
    """
    now = time.time()
    evaluator = Evaluator(database, overhead, seconds=SECONDS, is_cancelled=is_cancelled)
    try:
        with closing(Pages(database)) as pages:
            last = pages.newest()
        ids = evaluator.ids(
            f"{within(night)} AND own_arrival <= :last AND {arrangement.condition}",
            arrangement.expressions,
            arrangement.ordered("own_arrival"),
            {"last": last, "night": night or 0},
        )
    finally:
        evaluator.close()
    return Arranged(ids, last, now, _members(ids), overhead)


def arrange_found(
    database: Database,
    arrangement: Arrangement,
    among: array[int],
    overhead: Overhead | None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Arranged:
    """Find what a list of some alerts holds, and in what order, as `arrange` does.

    Args:
        database: The store's.
        arrangement: What is asked for.
        among: The alerts, in an order that stays where none is asked for.
        overhead: The sky over the site, or None without one.
        is_cancelled: Asked now and then whether nobody waits for it any longer.

    Raises:
        ExpressionError: It cannot be evaluated, took too long, or was cancelled.
        StoreError: The store cannot be read.
    """
    now = time.time()
    ids = array("q", among)
    if arrangement.expressions:
        evaluator = Evaluator(database, overhead, seconds=SECONDS, is_cancelled=is_cancelled)
        try:
            condition = f"id IN ({', '.join(map(str, among))}) AND {arrangement.condition}"
            ids = evaluator.ids(condition, arrangement.expressions, arrangement.ordered("id"))
        finally:
            evaluator.close()
        if arrangement.order is None:
            fulfil = set(ids)
            ids = array("q", (number for number in among if number in fulfil))
    return Arranged(ids, 0, now, _members(ids), overhead, among)


def check(database: Database, arrangement: Arrangement, *, has_site: bool) -> None:
    """See whether an arrangement can be made, without making it.

    Args:
        database: The store's.
        arrangement: What is asked for.
        has_site: Whether there will be a sky to ask.

    Raises:
        ExpressionError: It cannot.
        StoreError: The store cannot be read.
    """
    evaluator = Evaluator(database, None, seconds=CATCHING_UP_SECONDS)
    try:
        evaluator.check(arrangement.expressions, has_site=has_site)
    finally:
        evaluator.close()


def within(night: int | None) -> str:
    """The night of an arrival as SQL, with `:night`; None: any."""
    return "true" if night is None else "own_night = :night"


def _members(ids: array[int]) -> bytearray:
    members = bytearray(max(ids, default=0) + 1)
    for number in ids:
        members[number] = 1
    return members
