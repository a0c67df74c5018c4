"""What a search found, in its order, or filtered and ordered as the observer asks; what it finds later is added."""

from __future__ import annotations

from array import array
from collections.abc import Iterable

from fink_tui.store.arranged import Arranged, Arrangement, arrange_found
from fink_tui.store.database import Database
from fink_tui.store.errors import StoreError
from fink_tui.store.expression import ExpressionError
from fink_tui.store.listed_pages import ListedPages


class FoundPages(ListedPages):
    """A list of some alerts: what arrives does not belong to it."""

    def __init__(self, database: Database, arrangement: Arrangement, found: Arranged) -> None:
        """Open the list.

        Args:
            database: The store's.
            arrangement: What it holds.
            found: What `arrange_found` found.

        Raises:
            StoreError: The store cannot be read.
        """
        assert found.among is not None
        super().__init__(database, arrangement, None, found)
        self._given = set(found.among)
        self._is_extended = False

    def beside(self) -> FoundPages:
        """The same list on connections of its own, for the thread that asks: to be looked through, not to grow."""
        return FoundPages(self._database, self.arrangement, self.found)

    def total(self) -> int:
        """How many alerts there are, those among them that the filter hides."""
        return len(self._given)

    def has_changed(self) -> bool:
        """Whether anything was written, or alerts were added, since the last call."""
        extended, self._is_extended = self._is_extended, False
        return self._pages.has_changed() or extended

    def extend(self, ids: Iterable[int]) -> None:
        """Add alerts at the end, those that fulfil the filter and are not in it.

        Raises:
            StoreError: The store cannot be read.
        """
        new = given = array("q", dict.fromkeys(number for number in ids if number not in self._given))
        if new and self.arrangement.filter is not None:
            only = Arrangement(self.arrangement.filter)
            try:
                new = arrange_found(self._database, only, new, self.overhead).ids
            except ExpressionError as error:
                raise StoreError(f"The filter cannot be asked about the alerts that came: {error}") from error
        self._given.update(given)
        self._append(new)
        self._is_extended = self._is_extended or bool(new)
