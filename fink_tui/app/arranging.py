"""What the observer asks the list to hold, and the thread that finds it."""

from __future__ import annotations

import time
from array import array
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget
from textual.worker import get_current_worker

from fink_tui.alerts.text import count
from fink_tui.app.program import program
from fink_tui.app.session import Session
from fink_tui.app.title import Asked
from fink_tui.sky.site import Site
from fink_tui.store.arranged import Arranged, Arrangement, arrange, arrange_found, check
from fink_tui.store.arranged_pages import ArrangedPages
from fink_tui.store.errors import StoreError
from fink_tui.store.expression import ExpressionError, parsed
from fink_tui.store.found_pages import FoundPages
from fink_tui.store.listed_pages import ListedPages
from fink_tui.store.pages import Pages
from fink_tui.triage.orders import ARRIVAL, Order

SLOW_SECONDS = 0.3
"""After which it is said that a long list is being arranged."""


@dataclass(eq=False)
class Listing:
    """The alerts of one search, in its order: more of them may come, and the order may become another."""

    ids: array[int]
    """Their ids in the store."""


class Wish(NamedTuple):
    """A list that is asked for."""

    night: int | None
    """The night, YYYYMMDD, or None for all."""

    filter: str = ""
    """What an alert must fulfil; blank: nothing."""

    order: Order = ARRIVAL
    """The order."""

    among: Listing | None = None
    """The alerts of which it is to be; None: all that arrive."""

    @property
    def is_plain(self) -> bool:
        """Whether it is neither filtered nor ordered."""
        return not self.filter and not self.order.by

    @property
    def arrangement(self) -> Arrangement:
        """What is to be evaluated.

        Raises:
            ExpressionError: The filter or the order is no expression.
        """
        condition = parsed(self.filter) if self.filter else None
        return Arrangement(condition, self.order.expression, self.order.is_descending)


@dataclass
class Found(Message):
    """A thread has found what a list holds, or why not."""

    wish: Wish
    arrangement: Arrangement
    found: Arranged | ExpressionError | StoreError


class Arranging:
    """The list that is shown, and the one that was asked for last: the same, but for what a thread still looks for."""

    def __init__(self, owner: Widget, session: Session, first: Wish) -> None:
        """Open a list as it is.

        Args:
            owner: Gets a `Found` for each wish that takes a thread.
            session: What it works on.
            first: The list, neither filtered nor ordered.

        Raises:
            StoreError: The store cannot be read.
        """
        self._owner = owner
        self._session = session
        self.shown = self.wish = first
        self.pages = self._plain(first)
        self.total = 0
        """Alerts of the nights that are shown, those that a filter hides among them."""
        self.last_filter = ""
        """The filter that was typed last."""
        self._slow: Timer | None = None
        self._has_said = False

    def _plain(self, wish: Wish) -> Pages | ListedPages:
        """Open a list that is neither filtered nor ordered.

        Raises:
            StoreError: The store cannot be read.
        """
        database = self._session.store.database
        if wish.among is None:
            return Pages(database, wish.night)
        as_it_is = Arrangement()
        return FoundPages(database, as_it_is, arrange_found(database, as_it_is, wish.among.ids, None))

    def close(self) -> None:
        """Close the connections."""
        self.pages.close()

    @property
    def is_running(self) -> bool:
        """Whether a thread still looks for what was asked for last."""
        return self.wish is not self.shown

    @property
    def needs_sky(self) -> bool:
        """Whether what is shown, or asked for, depends on the site."""
        return any(not wish.is_plain and wish.arrangement.needs_sky for wish in (self.shown, self.wish))

    def ask(self, wish: Wish) -> Pages | ListedPages | None:
        """Ask for a list.

        Args:
            wish: Which.

        Returns:
            The list; None where a thread looks for it first.

        Raises:
            ExpressionError: The filter or the order cannot be evaluated; then all is as it was.
            StoreError: The store cannot be read.
        """
        if wish.is_plain:
            pages = self._plain(wish)
            self.cancel()
            self.wish = wish
            return pages
        site, arrangement = self._session.telescopes.current, wish.arrangement
        check(self._session.store.database, arrangement, has_site=site is not None)
        self.cancel()
        self.wish = wish._replace()  # another than before, even where all is the same
        among = array("q", wish.among.ids) if wish.among is not None else None
        find = partial(self._find, self.wish, arrangement, site, among)
        self._owner.run_worker(find, thread=True, group="arrange", exit_on_error=False)
        self._slow = self._owner.set_timer(SLOW_SECONDS, self._say_slow)
        return None

    def cancel(self) -> None:
        """Want nothing else than what is shown."""
        self._owner.workers.cancel_group(self._owner, "arrange")
        self._quiet()
        self.wish = self.shown

    def _find(self, wish: Wish, arrangement: Arrangement, site: Site | None, among: array[int] | None) -> None:
        """Find what a list holds, in a thread."""
        worker = get_current_worker()
        try:
            overhead = None
            if site is not None and arrangement.needs_sky:
                from fink_tui.sky.visibility import Overhead

                overhead = Overhead(site, time.time())
            database = self._session.store.database
            found: Arranged | ExpressionError | StoreError
            if among is None:
                found = arrange(database, arrangement, wish.night, overhead, lambda: worker.is_cancelled)
            else:
                found = arrange_found(database, arrangement, among, overhead, lambda: worker.is_cancelled)
        except (ExpressionError, StoreError) as error:
            found = error
        if not worker.is_cancelled:
            self._owner.post_message(Found(wish, arrangement, found))

    def open(self, event: Found) -> ListedPages | None:
        """Open the list that a thread has found; None where it is no longer wanted.

        Raises:
            ExpressionError: It could not be arranged.
            StoreError: The store cannot be read.
        """
        if event.wish is not self.wish:
            return None
        self._quiet()
        if not isinstance(event.found, Arranged):
            raise event.found
        database = self._session.store.database
        if event.wish.among is None:
            return ArrangedPages(database, event.arrangement, event.wish.night, event.found)
        pages = FoundPages(database, event.arrangement, event.found)
        pages.extend(event.wish.among.ids)  # more may have come meanwhile
        return pages

    def show(self, pages: Pages | ListedPages) -> None:
        """It is shown now."""
        self.total = pages.total()
        self.pages.close()
        self.pages = pages
        self.shown = self.wish

    def asked(self) -> Asked | None:
        """How the list that is shown is filtered and ordered; None where it is not."""
        pages, wish = self.pages, self.shown
        if isinstance(pages, Pages) or wish.is_plain:
            return None
        at = pages.found.at if wish.order.by or pages.arrangement.needs_sky else None
        return Asked(wish.filter, wish.order.told if wish.order.by else "", at, pages.newer, self.total)

    def _say_slow(self) -> None:
        self._has_said = True
        what = "Sorting" if self.wish.order.by else "Looking through"
        program(self._owner).say(f"{what} {count(self.total)} alerts … Esc leaves the list as it is.", seconds=60)

    def _quiet(self) -> None:
        """Say no longer that it is slow."""
        if self._slow is not None:
            self._slow.stop()
            self._slow = None
        if self._has_said:
            self._has_said = False
            self._owner.app.clear_notifications()
