"""A list whose alerts are known by their ids, read a page at a time.

In memory are the ids alone. The list lives with the screen: rows that it has stay where they are, whatever becomes of
them, so that nothing moves under the cursor; what belongs to it later comes at its end.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator

from fink_tui.store.arranged import Arranged, Arrangement
from fink_tui.store.database import Database
from fink_tui.store.pages import PAGE, Exposure, ListRow, Pages, StoredAlert

CHUNK = 512
"""Alerts among which something is looked for at a time."""


class ListedPages:
    """What all such lists have; for the thread that makes it."""

    def __init__(self, database: Database, arrangement: Arrangement, night: int | None, found: Arranged) -> None:
        """Open the list.

        Args:
            database: The store's.
            arrangement: What it holds.
            night: The night, YYYYMMDD, or None for all alerts.
            found: What it holds now.

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
        self._pages = Pages(database, night)

    def close(self) -> None:
        """Close the connections."""
        self._pages.close()

    def beside(self) -> ListedPages:
        """The same list on connections of its own, for the thread that asks: to be looked through, not to grow."""
        raise NotImplementedError

    @property
    def newer(self) -> int:
        """How many of its alerts came after it was arranged: they are at its end."""
        return len(self._ids) - self._at_first

    def total(self) -> int:
        """How many alerts there are, those among them that the filter hides.

        Raises:
            StoreError: The store cannot be read.
        """
        raise NotImplementedError

    def has_changed(self) -> bool:
        """Whether anything was written since the last call, or is still to be looked at."""
        raise NotImplementedError

    def count(self) -> int:
        """How many rows there are."""
        return len(self._ids)

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
        return self.index_of(alert)

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

    def _append(self, ids: Iterable[int]) -> None:
        """Add those that are not in it."""
        new, members = array("q", ids), self.found.members
        members.extend(bytes(max(0, max(new, default=0) + 1 - len(members))))
        for number in new:
            if not members[number]:
                members[number] = 1
                self._ids.append(number)
