"""What arrived, filtered and ordered at one moment; what arrives later comes at its end."""

from __future__ import annotations

from array import array
from bisect import bisect_right

from fink_tui.store.arranged import CATCHING_UP_SECONDS, Arranged, Arrangement, within
from fink_tui.store.database import Database
from fink_tui.store.errors import StoreError
from fink_tui.store.expression import CHANGING, Evaluator, ExpressionError
from fink_tui.store.listed_pages import ListedPages

NEWCOMERS = 2_000
"""Alerts that are looked at between two keys."""


class ArrangedPages(ListedPages):
    """An arranged list of what arrives."""

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
        super().__init__(database, arrangement, night, found)
        self._last = found.last
        self._newest = found.last
        self._is_changing = arrangement.filter is not None and not arrangement.filter.columns.isdisjoint(CHANGING)
        self._again, self._left = 0, 0
        self._evaluator: Evaluator | None = None

    def close(self) -> None:
        """Close the connections."""
        super().close()
        if self._evaluator is not None:
            self._evaluator.close()

    def beside(self) -> ArrangedPages:
        """The same list on connections of its own, for the thread that asks: to be looked through, not to grow."""
        return ArrangedPages(self._database, self.arrangement, self.night, self.found)

    def total(self) -> int:
        """How many alerts there are, those among them that the filter hides.

        Raises:
            StoreError: The store cannot be read.
        """
        return self._pages.count()

    def has_changed(self) -> bool:
        """Whether anything was written since the last call, or is still to be looked at."""
        if self._pages.has_changed():
            self._newest, self._left = self._pages.newest(), self._last
            return True
        return self._last < self._newest or (self._is_changing and self._left > 0)

    def count(self) -> int:
        """How many rows there are, with those that arrived; of very many, some wait for the next call."""
        self._newest = max(self._newest, self._pages.newest())
        if self._last < self._newest:
            end = min(self._newest, self._last + NEWCOMERS)
            self._append(self._belonging(self._last, end))
            self._last = end
        if self._is_changing and self._left > 0:  # an alert may have come on another topic since
            if self._again <= 0:
                self._again = self._last
            first = max(0, self._again - NEWCOMERS)
            self._append(self._belonging(first, self._again))
            self._left -= self._again - first
            self._again = first
        return len(self._ids)

    def _belonging(self, after: int, end: int) -> array[int]:
        """Those from a range of arrivals that belong to the list."""
        if self._evaluator is None:
            self._evaluator = Evaluator(self._database, self.overhead, seconds=CATCHING_UP_SECONDS)
        self._evaluator.overhead = self.overhead
        condition = f"{within(self.night)} AND own_arrival > :after AND own_arrival <= :end"
        expressions = [self.arrangement.filter] if self.arrangement.filter is not None else []
        values = {"after": after, "end": end, "night": self.night or 0}
        try:
            return self._evaluator.ids(
                f"{condition} AND {self.arrangement.condition}", expressions, "ORDER BY own_arrival", values
            )
        except ExpressionError as error:
            raise StoreError(f"The filter cannot be asked about the newest alerts: {error}") from error

    def nearest(self, alert: int) -> int | None:
        """Where an alert is, or, in order of arrival, the last that came before it; None where there is neither."""
        index = self.index_of(alert)
        if index is None and self.arrangement.order is None:
            arrival = self._pages.arrival(alert)
            if arrival:
                index = bisect_right(self._ids, arrival, 0, self._at_first, key=self._pages.arrival) - 1
        return index if index is not None and index >= 0 else None
