"""The list, the line above it that says what it holds, and the lines in which one asks it to hold something else."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Static

from fink_tui.app.arranging import Arranging, Found, Wish
from fink_tui.app.finding import Finding, Sought
from fink_tui.app.glance import Glance
from fink_tui.app.program import program
from fink_tui.app.session import Session
from fink_tui.app.widgets.alert_list import AlertList
from fink_tui.app.widgets.find import FindField
from fink_tui.app.widgets.order_field import AGAIN, REVERSED, TYPED, OrderField
from fink_tui.store.errors import StoreError
from fink_tui.store.expression import ExpressionError
from fink_tui.store.listed_pages import ListedPages
from fink_tui.store.pages import Pages
from fink_tui.triage.orders import ARRIVAL, Order, by_letter, typed
from fink_tui.triage.queue import Queue

FILTER_HINT = "filter, such as: mag < 19 and altitude > 40 and class like 'SN%'"


class ListPane(Vertical):
    """A list, filtered and ordered as the observer asks; a subclass says of which alerts.

    What cannot be evaluated, or found by a thread, is said; the list stays as it was. Where the store cannot be read,
    what a key calls raises `StoreError`.
    """

    class Arranged(Message):
        """Another list is shown."""

    def __init__(self, session: Session, glance: Glance, first: Wish, *, id: str) -> None:  # noqa: A002
        """Open a list.

        Args:
            session: What it works on.
            glance: It is told which row is painted as the current one.
            first: The list that it begins with, neither filtered nor ordered.
            id: The widget's name.

        Raises:
            StoreError: The store cannot be read.
        """
        super().__init__(id=id)
        self._session = session
        self.arranging = Arranging(self, session, first)
        self.alerts = AlertList(
            Queue(self.pages),
            glance,
            telescopes=session.telescopes,
            follows=first.among is None,
            ascii_only=session.ascii_only,
            id="list",
        )
        self._finding = Finding(self, self.alerts)
        self._title = ""

    def compose(self) -> ComposeResult:
        """What is in the list, the list, and a line to type in, which is there while it asks."""
        yield Static("", id="title", markup=False)
        yield self.alerts
        yield FindField("find an object, a class, a topic", self._seek, id="find")
        yield FindField(FILTER_HINT, self._filter, id="filter")
        yield OrderField(self._choose_order, id="order")
        yield FindField("order by a column, such as snr desc (the largest first)", self._order_by, id="order-by")

    @property
    def pages(self) -> Pages | ListedPages:
        """What the list shows."""
        return self.arranging.pages

    def on_unmount(self) -> None:
        """Close the connections."""
        self.arranging.close()

    def _field(self, name: str) -> FindField:
        return self.query_one(f"#{name}", FindField)

    def _say(self, sentence: str, *, is_error: bool = False) -> None:
        program(self).say(sentence, is_error=is_error)

    # -- what came ----------------------------------------------------------------------------------------------------

    def update(self) -> bool:
        """See what came.

        Returns:
            Whether anything was written to the store.

        Raises:
            StoreError: The store cannot be read; the next call does what this one could not.
        """
        if isinstance(self.pages, ListedPages):
            self.pages.overhead = self.alerts.overhead
        return self.alerts.update()

    def count(self) -> None:
        """Count the alerts that are shown, and those that a filter hides.

        Raises:
            StoreError: The store cannot be read.
        """
        self.arranging.total = self.pages.total()

    def show_title(self) -> None:
        """Say what is in the list, and what is not."""
        line = self.query_one("#title", Static)
        words = self.words(line.size.width)
        if words != self._title:
            self._title = words
            line.update(words, layout=False)

    def words(self, width: int) -> str:
        """What stands above the list.

        Args:
            width: Cells of the line.
        """
        raise NotImplementedError

    # -- what it holds, and in what order -----------------------------------------------------------------------------

    def ask_filter(self) -> None:
        """Ask for a filter; the last one is offered again."""
        self._field("filter").ask(self.arranging.wish.filter or self.arranging.last_filter)

    def ask_order(self) -> None:
        """Ask for an order."""
        self.query_one(OrderField).offer(has_site=self._session.telescopes.current is not None)

    def given_up(self, field: FindField) -> None:
        """A line in which one typed was left by Esc: where it was that of the filter, this takes the filter away."""
        if field.id == "filter" and self.arranging.wish.filter:
            self._filter("")
            self._say("No filter now; f and Enter bring it back.")

    def give_up(self) -> bool:
        """Keep the list as it is, where a thread looks for another; returns whether one did."""
        if not self.arranging.is_running:
            return False
        self.arranging.cancel()
        self._say("The list stays as it is.")
        return True

    def _filter(self, text: str) -> None:
        """Filter the list, or no longer."""
        text = text.rstrip("; ")
        self.arranging.last_filter = text or self.arranging.last_filter
        try:
            self._ask(self.arranging.wish._replace(filter=text))
        except ExpressionError as error:
            self._say(str(error), is_error=True)
            self._field("filter").ask(text)

    def _choose_order(self, letter: str) -> None:
        """Order the list as a key says; the line that asks stays for a key that says nothing."""
        wish, order = self.arranging.wish, by_letter(letter)
        if order is None and letter not in (AGAIN, REVERSED, TYPED):
            return
        self.query_one(OrderField).close()
        self.screen.set_focus(self.alerts)
        if letter == TYPED:
            self._field("order-by").ask("" if wish.order.letter else wish.order.told)
        elif letter == REVERSED and not wish.order.by:
            self._say("There is no order to turn round: choose one first.")
        elif letter == AGAIN and wish.is_plain:
            self._say("The list is as it arrived: there is nothing to sort again.")
        else:
            self._order(order or (wish.order.reversed if letter == REVERSED else wish.order))

    def _order_by(self, text: str) -> None:
        """Order the list as was typed."""
        try:
            order = typed(text)
        except ExpressionError as error:
            self._say(str(error), is_error=True)
            self._field("order-by").ask(text)
        else:
            self._order(order, text)

    def _order(self, order: Order, text: str = "") -> None:
        """Order the list.

        Args:
            order: How.
            text: What was typed, to be offered again where it is none.
        """
        try:
            self._ask(self.arranging.wish._replace(order=order))
        except ExpressionError as error:
            self._say(str(error), is_error=True)
            if text:
                self._field("order-by").ask(text)

    def _ask(self, wish: Wish) -> None:
        """Show another list, at once or when a thread has found what is in it.

        Raises:
            ExpressionError: Its filter or order cannot be evaluated.
            StoreError: The store cannot be read.
        """
        pages = self.arranging.ask(wish)
        if pages is not None:
            self._show(pages)

    def _try(self, wish: Wish) -> None:
        """The same, where no key asks: what fails is said."""
        try:
            self._ask(wish)
        except (ExpressionError, StoreError) as error:
            self._say(str(error), is_error=True)

    def on_found(self, event: Found) -> None:
        """Show what a thread has found."""
        try:
            pages = self.arranging.open(event)
            if pages is not None:
                self._show(pages)
        except (ExpressionError, StoreError) as error:
            self.arranging.cancel()
            self._say(str(error), is_error=True)
            self.not_arranged()

    def not_arranged(self) -> None:
        """A thread could not find what was asked for; what was shown stays."""

    def on_alert_list_site_changed(self) -> None:
        """What was asked of another telescope's sky is asked of this one's."""
        if self.arranging.needs_sky:
            self._try(self.arranging.wish)

    def _show(self, pages: Pages | ListedPages) -> None:
        """Show the list that was asked for.

        The cursor stays on its alert where that is in it, and that in its line of the screen; but another order, and
        another search, begin with what comes first.

        Raises:
            StoreError: The store cannot be read.
        """
        wish, shown = self.arranging.wish, self.arranging.shown
        order, is_search = wish.order, wish.among is not None
        is_new = (order != ARRIVAL and order != shown.order) or wish.among is not shown.among
        try:
            current = self.alerts.queue.current
            queue = Queue(pages)
            index = pages.nearest(current.id) if current is not None and not is_new else None
            if index is not None:
                queue.move_to(index)
            elif order != ARRIVAL or is_search:
                queue.move_to(0)
        except StoreError:
            pages.close()
            self.arranging.cancel()
            raise
        if order != ARRIVAL or is_search:  # what comes is at its end, and nothing that an observer waits for
            self.alerts.follow(False)
        line = (self.alerts.queue.cursor or 0) - self.alerts.top
        self.arranging.show(pages)
        self.alerts.use(queue)
        if queue.cursor is not None and 0 <= line < self.alerts.rows and not self.alerts.is_following:
            self.alerts.scroll_to(y=max(0, queue.cursor - line), animate=False, force=True, immediate=True)
        self.post_message(self.Arranged())

    # -- where to go in it --------------------------------------------------------------------------------------------

    def ask_find(self) -> None:
        """Ask what to find."""
        self._field("find").ask()

    def _seek(self, text: str) -> None:
        self._finding.seek(text)
        self.find_next()

    def find_next(self, *, backwards: bool = False) -> None:
        """Go to the next match, or the one before."""
        self._finding.go_on(self.pages, backwards=backwards)

    def on_sought(self, event: Sought) -> None:
        """Go to what a thread has found."""
        try:
            self._finding.go_to(event)
        except StoreError as error:
            self._say(str(error), is_error=True)

    def undecided(self, *, backwards: bool) -> None:
        """Go to the next alert without a decision, or the one before."""
        self._finding.undecided(backwards=backwards)
