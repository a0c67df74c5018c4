"""A list filtered and ordered as the observer asks, at one moment; what arrives later comes at its end.

In memory are the ids alone. They are found in a thread, since a million alerts take seconds; the list then lives with
the screen: rows that it has stay where they are, whatever becomes of them, so that nothing moves under the cursor.
"""

from __future__ import annotations

import time
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple

from fink_tui.store.database import Database
from fink_tui.store.errors import StoreError
from fink_tui.store.expression import CHANGING, Evaluator, Expression, ExpressionError
from fink_tui.store.pages import PAGE, Exposure, ListRow, Pages, StoredAlert

if TYPE_CHECKING:
    from fink_tui.sky.visibility import Overhead

SECONDS = 120.0
"""How long it may take to arrange a list."""

CATCHING_UP_SECONDS = 1.0
"""How long it may take to see which of those that arrived belong to it."""

NEWCOMERS = 2_000
"""Alerts that are looked at between two keys."""

CHUNK = 512
"""Alerts among which something is looked for at a time."""


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
    """The alerts that it was to be of: what arrives does not belong to it; None: all."""


def arrange(
    database: Database,
    arrangement: Arrangement,
    night: int | None,
    overhead: Overhead | None,
    is_cancelled: Callable[[], bool] = lambda: False,
    among: array[int] | None = None,
) -> Arranged:
    """Find what a list holds, and in what order. For a thread: it may take seconds.

    Args:
        database: The store's.
        arrangement: What is asked for.
        night: The night, YYYYMMDD, or None for all alerts.
        overhead: The sky over the site, or None without one.
        is_cancelled: Asked now and then whether nobody waits for it any longer.
        among: The alerts of which it is to be, in an order that stays where none is asked for; None: all.

    Raises:
        ExpressionError: It cannot be evaluated, took too long, or was cancelled.
        StoreError: The store cannot be read.
    """
    now = time.time()
    if among is not None:
        return _among(database, arrangement, overhead, is_cancelled, among, now)
    evaluator = Evaluator(database, overhead, seconds=SECONDS, is_cancelled=is_cancelled)
    try:
        with closing(Pages(database)) as pages:
            last = pages.newest()
        order = "own_arrival"
        if arrangement.order is not None:
            order = f"{arrangement.order.sql} {'DESC' if arrangement.is_descending else 'ASC'} NULLS LAST, own_arrival"
        ids = evaluator.ids(
            f"{_within(night)} AND own_arrival <= :last AND {arrangement.condition}",
            arrangement.expressions,
            f"ORDER BY {order}",
            {"last": last, "night": night or 0},
        )
    finally:
        evaluator.close()
    members = bytearray(max(ids, default=0) + 1)
    for number in ids:
        members[number] = 1
    return Arranged(ids, last, now, members, overhead)


def _among(
    database: Database,
    arrangement: Arrangement,
    overhead: Overhead | None,
    is_cancelled: Callable[[], bool],
    among: array[int],
    now: float,
) -> Arranged:
    ids = array("q", among)
    if arrangement.expressions:
        order = "id"
        if arrangement.order is not None:
            order = f"{arrangement.order.sql} {'DESC' if arrangement.is_descending else 'ASC'} NULLS LAST, id"
        evaluator = Evaluator(database, overhead, seconds=SECONDS, is_cancelled=is_cancelled)
        try:
            condition = f"id IN ({', '.join(map(str, among))}) AND {arrangement.condition}"
            ids = evaluator.ids(condition, arrangement.expressions, f"ORDER BY {order}")
        finally:
            evaluator.close()
        if arrangement.order is None:
            fulfil = set(ids)
            ids = array("q", (number for number in among if number in fulfil))
    members = bytearray(max(ids, default=0) + 1)
    for number in ids:
        members[number] = 1
    return Arranged(ids, 0, now, members, overhead, among)


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


def _within(night: int | None) -> str:
    return "true" if night is None else "own_night = :night"


class ArrangedPages:
    """An arranged list, read a page at a time; for the thread that makes it."""

    def __init__(self, database: Database, arrangement: Arrangement, night: int | None, found: Arranged) -> None:
        """Open the list.

        Args:
            database: The store's.
            arrangement: What it holds.
            night: The night, YYYYMMDD, or None for all alerts.
            found: What `arrange` found.

        Raises:
            StoreError: The store cannot be read.
        """
        self._database = database
        self.arrangement = arrangement
        self.night = night
        self.found = found
        self.overhead = found.overhead
        """The sky over the site: newcomers are judged by it."""
        self._ids = found.ids
        self._at_first = len(found.ids)
        self._last = found.last
        self._newest = found.last
        self._is_changing = arrangement.filter is not None and not arrangement.filter.columns.isdisjoint(CHANGING)
        self._again, self._left = 0, 0
        self._evaluator: Evaluator | None = None
        self._pages = Pages(database, night)
        self._given = set(found.among) if found.among is not None else None
        self._is_extended = False

    def close(self) -> None:
        """Close the connections."""
        self._pages.close()
        if self._evaluator is not None:
            self._evaluator.close()

    def beside(self) -> ArrangedPages:
        """The same list on connections of its own, for the thread that asks: to be looked through, not to grow."""
        return ArrangedPages(self._database, self.arrangement, self.night, self.found)

    @property
    def newer(self) -> int:
        """How many of its alerts came after it was arranged: they are at its end."""
        return len(self._ids) - self._at_first

    def total(self) -> int:
        """How many alerts there are, those among them that the filter hides.

        Raises:
            StoreError: The store cannot be read.
        """
        return self._pages.count() if self._given is None else len(self._given)

    def has_changed(self) -> bool:
        """Whether anything was written since the last call, or is still to be looked at."""
        if self._given is not None:
            extended, self._is_extended = self._is_extended, False
            return self._pages.has_changed() or extended
        if self._pages.has_changed():
            self._newest, self._left = self._pages.newest(), self._last
            return True
        return self._last < self._newest or (self._is_changing and self._left > 0)

    def count(self) -> int:
        """How many rows there are, with those that arrived; of very many, some wait for the next call."""
        if self._given is not None:
            return len(self._ids)
        self._newest = max(self._newest, self._pages.newest())
        if self._last < self._newest:
            end = min(self._newest, self._last + NEWCOMERS)
            self._append(self._last, end)
            self._last = end
        if self._is_changing and self._left > 0:  # an alert may have come on another topic since
            if self._again <= 0:
                self._again = self._last
            first = max(0, self._again - NEWCOMERS)
            self._append(first, self._again)
            self._left -= self._again - first
            self._again = first
        return len(self._ids)

    def extend(self, ids: Iterable[int]) -> None:
        """Add alerts at the end, those that fulfil the filter and are not in it.

        Raises:
            StoreError: The store cannot be read.
        """
        assert self._given is not None
        new = given = array("q", dict.fromkeys(number for number in ids if number not in self._given))
        if new and self.arrangement.filter is not None:
            only = Arrangement(self.arrangement.filter)
            try:
                new = _among(self._database, only, self.overhead, lambda: False, new, 0.0).ids
            except ExpressionError as error:
                raise StoreError(f"The filter cannot be asked about the alerts that came: {error}") from error
        self._given.update(given)
        members = self.found.members
        members.extend(bytes(max(0, max(new, default=0) + 1 - len(members))))
        for number in new:
            members[number] = 1
            self._ids.append(number)
        self._is_extended = self._is_extended or bool(new)

    def _append(self, after: int, end: int) -> None:
        """Add those from a range of arrivals that belong to the list and are not in it."""
        members, belonging = self.found.members, self._belonging(after, end)
        members.extend(bytes(max(0, max(belonging, default=0) + 1 - len(members))))
        for number in belonging:
            if not members[number]:
                members[number] = 1
                self._ids.append(number)

    def _belonging(self, after: int, end: int) -> array[int]:
        if self._evaluator is None:
            self._evaluator = Evaluator(self._database, self.overhead, seconds=CATCHING_UP_SECONDS)
        self._evaluator.overhead = self.overhead
        condition = f"{_within(self.night)} AND own_arrival > :after AND own_arrival <= :end"
        expressions = [self.arrangement.filter] if self.arrangement.filter is not None else []
        values = {"after": after, "end": end, "night": self.night or 0}
        try:
            return self._evaluator.ids(
                f"{condition} AND {self.arrangement.condition}", expressions, "ORDER BY own_arrival", values
            )
        except ExpressionError as error:
            raise StoreError(f"The filter cannot be asked about the newest alerts: {error}") from error

    def page(self, number: int) -> list[ListRow]:
        """The rows of a page, fewer than `PAGE` on the last; none beyond it."""
        return self._pages.rows(self._ids[number * PAGE : (number + 1) * PAGE])

    def alert(self, alert: int) -> StoredAlert | None:
        """An alert's whole row, by its id in the store, or None where it has none."""
        return self._pages.alert(alert)

    def exposure(self, row: ListRow) -> Exposure | None:
        """How many alerts an alert's exposure has; None where it is not known which that is."""
        return self._pages.exposure(row)

    def index_of(self, alert: int) -> int | None:
        """Where in the list an alert is, by its id in the store, or None where it is not."""
        if not 0 <= alert < len(self.found.members) or not self.found.members[alert]:
            return None
        return self._ids.index(alert)

    def nearest(self, alert: int) -> int | None:
        """Where an alert is, or, in order of arrival, the last that came before it; None where there is neither."""
        index = self.index_of(alert)
        if index is None and self.arrangement.order is None and self._given is None:
            arrival = self._pages.arrival(alert)
            if arrival:
                index = bisect_right(self._ids, arrival, 0, self._at_first, key=self._pages.arrival) - 1
        return index if index is not None and index >= 0 else None

    def find(self, text: str, start: int, *, backwards: bool = False) -> int | None:
        """The next alert that contains a text, as `Pages.find` has it, in the list's order; round the end.

        Args:
            text: What is looked for.
            start: The id in the store from which on, itself excluded.
            backwards: Whether to look at earlier ones.

        Returns:
            Its id in the store, or None.
        """
        for chunk in self._chunks(start, backwards, is_round=True):
            found = self._pages.matching(chunk, text)
            if found:
                return next(number for number in chunk if number in found)
        return None

    def undecided(self, start: int, *, backwards: bool = False) -> int | None:
        """The next alert without a decision, in the list's order.

        Args:
            start: The id in the store from which on, itself excluded.
            backwards: Whether to look at earlier ones.

        Returns:
            Its id in the store, or None.
        """
        for chunk in self._chunks(start, backwards, is_round=False):
            found = self._pages.all_undecided(chunk)
            if found:
                return next(number for number in chunk if number in found)
        return None

    def _chunks(self, start: int, backwards: bool, *, is_round: bool) -> Iterator[array[int]]:
        """The ids after an alert, some at a time; all of them where the list has no such alert."""
        ids = self._ids[::-1] if backwards else self._ids
        try:
            begin = ids.index(start) + 1
        except ValueError:
            begin, is_round = 0, False
        spans = [(begin, len(ids)), (0, begin)] if is_round else [(begin, len(ids))]
        for first, end in spans:
            for at in range(first, end, CHUNK):
                yield ids[at : min(end, at + CHUNK)]
