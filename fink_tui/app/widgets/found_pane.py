"""The list of what a search has found."""

from __future__ import annotations

from array import array

from fink_tui.app.arranging import Listing, Wish
from fink_tui.app.glance import Glance
from fink_tui.app.session import Session
from fink_tui.app.title import found_title
from fink_tui.app.widgets.list_pane import ListPane
from fink_tui.store.found_pages import FoundPages


class FoundPane(ListPane):
    """What comes while it is asked stands at the end; when all is there, the list gets the order of the search."""

    def __init__(self, session: Session, glance: Glance, *, id: str) -> None:  # noqa: A002
        """Make it empty.

        Args:
            session: What it works on.
            glance: It is told which row is painted as the current one.
            id: The widget's name.

        Raises:
            StoreError: The store cannot be read.
        """
        self._listing = Listing(array("q"))
        self._known: set[int] = set()
        self._order_words = ""
        super().__init__(session, glance, Wish(None, among=self._listing), id=id)

    def begin(self) -> None:
        """Show another search, which has found nothing yet."""
        self._listing, self._known, self._order_words = Listing(array("q")), set(), ""
        self._try(Wish(None, among=self._listing))

    def grow(self, ids: array[int]) -> None:
        """Show what has come, below what is there.

        Args:
            ids: All that was found so far.

        Raises:
            StoreError: The store cannot be read.
        """
        new = array("q", (number for number in ids if number not in self._known))
        if not new:
            return
        self._known.update(new)
        self._listing.ids.extend(new)
        if isinstance(self.pages, FoundPages):
            self.pages.extend(new)
        self.alerts.update()

    def settle(self, ids: array[int], order: str) -> None:
        """All is there: show it in the order of the search, the cursor on its alert.

        That one stays also where a newer alert of its object is in the list now instead.

        Args:
            ids: All that was found, in that order.
            order: What it is, in words.

        Raises:
            StoreError: The store cannot be read.
        """
        self._order_words = order
        current = self.alerts.queue.current
        if current is not None and current.id in self._known and current.id not in ids:
            ids = array("q", ids)
            ids.insert(self.alerts.queue.cursor or 0, current.id)
        if ids != self._listing.ids:
            self._known, self._listing.ids = set(ids), array("q", ids)
            self._try(self.arranging.wish)

    def words(self, width: int) -> str:
        """What is in the list."""
        alerts = self.alerts
        asked = self.arranging.asked()
        if asked is not None:
            asked = asked._replace(total=len(self._listing.ids))
        return found_title(
            alerts.queue.count,
            above=alerts.top,
            away=alerts.cursor_away,
            order=self._order_words,
            asked=asked,
            width=width,
        )
