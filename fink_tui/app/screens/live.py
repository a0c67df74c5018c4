"""The live screen: the list, and the alert under its cursor."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import work
from textual.app import ComposeResult
from textual.containers import Container, Vertical
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Static

from fink_tui.alerts.text import clean, count
from fink_tui.app import columns
from fink_tui.app.arranging import Arranging, Found, Wish
from fink_tui.app.commands import LIVE, MOVES, VIEW_COMMANDS, VIEWS, bindings, footer
from fink_tui.app.glance import CHANGED, Glance
from fink_tui.app.overview import Overview
from fink_tui.app.painting import PaintingScreen
from fink_tui.app.session import Session
from fink_tui.app.title import title
from fink_tui.app.widgets.alert_detail import AlertDetail
from fink_tui.app.widgets.alert_list import AlertList
from fink_tui.app.widgets.field_list import FieldList
from fink_tui.app.widgets.find import FindField
from fink_tui.app.widgets.order_field import AGAIN, REVERSED, TYPED, OrderField
from fink_tui.app.widgets.status_line import StatusLine
from fink_tui.app.widgets.view import View
from fink_tui.sky.night import night_of, unix_to_mjd
from fink_tui.sky.site import reach
from fink_tui.store import decisions
from fink_tui.store.arranged import ArrangedPages
from fink_tui.store.errors import StoreError
from fink_tui.store.expression import ExpressionError
from fink_tui.store.pages import Pages, StoredAlert
from fink_tui.triage.orders import ARRIVAL, Order, by_letter, typed
from fink_tui.triage.queue import Queue

if TYPE_CHECKING:
    from fink_tui.alerts.submission import Choices
    from fink_tui.app.app import FinkApp
    from fink_tui.store.outbox import Entry
    from fink_tui.store.telling import Told

LOOK_SECONDS = 0.5
"""How often the screen looks for what came."""

LONGEST_SECONDS = 10.0
"""How often it does so at least, however slow the line is."""

SLOW_SECONDS = 0.3
"""After which it is said that a long list is being looked through."""

FILTER_HINT = "filter, such as: mag < 19 and altitude > 40 and class like 'SN%'"

AT_ONCE = 20_000
"""Alerts that are looked through before the next key; in more of them it is found in a thread."""


class LiveScreen(PaintingScreen[None]):
    """The list of alerts and, beside or below it, the current one."""

    BINDINGS = bindings((*MOVES, *LIVE, *VIEWS, *VIEW_COMMANDS))
    AUTO_FOCUS = "#list"

    @dataclass
    class Sought(Message):
        """A long list was looked through."""

        queue: Queue
        """Which list."""
        cursor: int | None
        """Where it began."""
        text: str
        alert: int | None

    def __init__(self, session: Session, classes: str | None = None) -> None:
        """Make the screen of a session; opens on this night, or on all where it has nothing yet."""
        super().__init__(classes=classes)
        self._session = session
        self.overview = Overview(session)
        self.glance = Glance()
        self._arranging = Arranging(self, session, None if session.all_nights else self._tonight)
        if not session.all_nights and not self._pages.count():
            self._arranging.close()
            self._arranging = Arranging(self, session, None)
        self._sought = ""
        self._title = ""
        self._minute = 0
        self._is_behind = True
        """Whether the totals, or the current alert, are still to be read."""
        self._has_begun = False
        """Whether the first picture is there."""
        self._heard = 0
        self._looked_at = 0.0
        self._slow_find: Timer | None = None

    # -- what is on it ------------------------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        """Status, list, detail, footer."""
        yield StatusLine(id="status")
        with Container(id="panes"):
            with Vertical(id="list-pane"):
                yield Static("", id="title", markup=False)
                yield AlertList(
                    Queue(self._pages),
                    self.glance,
                    telescopes=self._session.telescopes,
                    ascii_only=self._session.ascii_only,
                    id="list",
                )
                yield FindField(placeholder="find an object, a class, a topic", id="find")
                yield FindField(placeholder=FILTER_HINT, id="filter")
                yield OrderField(self._choose_order, id="order")
                yield FindField(placeholder="order by a column, such as snr desc (the largest first)", id="order-by")
            yield AlertDetail(self._session, self.glance, id="detail-pane")
        yield Static(footer(LIVE), id="footer", markup=False)

    @property
    def _pages(self) -> Pages | ArrangedPages:
        """The list that is shown."""
        return self._arranging.pages

    @property
    def _tonight(self) -> int:
        """The night that it is now, YYYYMMDD."""
        return night_of(unix_to_mjd(time.time()), self._session.longitude)

    @property
    def alerts(self) -> AlertList:
        """The list."""
        return self.query_one("#list", AlertList)

    @property
    def detail(self) -> AlertDetail:
        """The current alert's pane."""
        return self.query_one("#detail-pane", AlertDetail)

    def on_mount(self) -> None:
        """Look at the store now, and from now on."""
        self.set_interval(LOOK_SECONDS, self._look_in_turn)
        self.look()

    def begun(self) -> None:
        """The first picture is there: read what it did without."""
        self._has_begun = self._is_behind = True
        self.alerts.show_site()
        self.look()
        self.detail.load_views()

    def on_unmount(self) -> None:
        """Close the connections."""
        self._arranging.close()
        self.overview.close()

    def arrived(self, round_trip: float) -> None:
        """What was painted is on the terminal."""
        self.glance.arrived(round_trip)

    def on_screen_suspend(self) -> None:
        """Another screen is seen now."""
        self.glance.forget()

    def on_resize(self) -> None:
        """Lines that depend on the width."""
        self.call_after_refresh(self._show_panes)
        self.call_after_refresh(self.look)

    def _look_in_turn(self) -> None:
        """Look, unless the line is slow and belongs to the keys for now; but do so now and then."""
        if self._app.link.is_busy and time.monotonic() - self._looked_at < LONGEST_SECONDS:
            return
        self.look()

    def look(self) -> None:
        """See what came; say how things are."""
        if not self.is_mounted:
            return
        self._looked_at = time.monotonic()
        try:
            if (asked := self._arranging.wish.night) not in (
                None,
                tonight := self._tonight,
            ):  # what comes is of another
                self._ask(self._arranging.wish._replace(night=None))
                what = "A new night began at noon" if asked < tonight else "The clock was set back"
                self._say(f"{what}: showing all nights; a for this one alone.")
            if isinstance(self._pages, ArrangedPages):
                self._pages.overhead = self.alerts.overhead
            if self.alerts.update() or self._is_behind:
                self._is_behind = True
                self._arranging.total = self._pages.total()
                self.overview.refresh(with_outbox=self._has_begun)
                self._current()
                self._freshen()
                self._is_behind = False
            self.overview.trouble = ""
        except StoreError as error:
            self.unreadable(error)
        minute = int(time.time() // 60)
        if minute != self._minute:  # its age grows
            self._minute = minute
            self.detail.overhead = self.alerts.overhead
            self.detail.tick()
        self._show_status()
        self._show_title()

    @property
    def _app(self) -> FinkApp:
        from fink_tui.app.app import FinkApp

        assert isinstance(self.app, FinkApp)
        return self.app

    def on_alert_list_placed(self) -> None:
        """The first picture is complete."""
        self._app.begin()

    def unreadable(self, error: StoreError) -> None:
        """Say that the store cannot be read; what is on the screen stays, and `look` tries again."""
        self.overview.trouble = f"The store cannot be read, and is tried again: {error}"
        self._is_behind = True
        self._show_status()

    def failed(self, error: StoreError) -> None:
        """Say that a key came to nothing; what the next look finds may be good again."""
        self.unreadable(error)
        self._say(str(error), is_error=True)

    def _show_status(self) -> None:
        app = self._app
        self.query_one(StatusLine).show(*self.overview.line(app, self.size.width))
        said = app.reception.said if app.reception is not None else []
        if len(said) > self._heard:
            self.app.notify(clean(" ".join(said[self._heard :]), 600), timeout=10, markup=False)
            self._heard = len(said)

    def _show_title(self) -> None:
        alerts = self.alerts
        shown = alerts.queue.count
        asked = self._arranging.asked()
        hidden = self.overview.totals.alerts - (asked.total if asked is not None else shown)
        words = title(
            self._pages.night,
            shown,
            hidden=hidden,
            unseen=None if alerts.is_following else alerts.unseen,
            away=alerts.cursor_away,
            asked=asked,
            width=self.query_one("#title").size.width,
        )
        if words != self._title:
            self._title = words
            self.query_one("#title", Static).update(words, layout=False)

    # -- the current alert --------------------------------------------------------------------------------------------

    def on_alert_list_current(self) -> None:
        """The cursor moved."""
        try:
            self._current()
        except StoreError as error:
            self.unreadable(error)
        self._show_title()

    def _current(self) -> StoredAlert | None:
        """The alert under the cursor, now on the screen: its heading at once, its packet when the cursor rests.

        A key asks here what it acts on: the list's word that the cursor moved may still be on its way.

        Raises:
            StoreError: The store cannot be read; then there is none, and nothing of another one is shown.
        """
        try:
            old, found = self.detail.alert, None
            row = self.alerts.queue.current
            if row is not None:
                found = old if old is not None and old.id == row.id else self._pages.alert(row.id)
            sendings = self.detail.sendings if found is old else self._sendings(found)
        except StoreError:
            self.detail.show(None, ())
            raise
        self.detail.overhead = self.alerts.overhead
        self.detail.show(found, sendings)
        return found

    def _sendings(self, stored: StoredAlert | None) -> Sequence[Entry]:
        """What of the outbox is the alert's."""
        if stored is None or not stored.sending:
            return ()
        return self.overview.outbox.entries_of(stored.id)

    def on_alert_list_follow_changed(self) -> None:
        """Say whether the list follows."""
        self._show_title()

    def _freshen(self) -> None:
        """The current alert may have learnt a topic, or been decided on elsewhere."""
        stored = self.detail.alert
        if stored is not None:
            fresh = self._pages.alert(stored.id)
            sendings = self._sendings(fresh)
            if fresh is not None and (fresh, sendings) != (stored, self.detail.sendings):
                self.detail.freshen(fresh, sendings)

    def _say(self, sentence: str, *, is_error: bool = False) -> None:
        self._app.say(sentence, is_error=is_error)

    # -- keys: panes --------------------------------------------------------------------------------------------------

    def _focus_fields(self, is_on: bool) -> None:
        self.set_focus(self.query_one(FieldList) if is_on else self.alerts)
        self._show_panes()

    def _show_panes(self) -> None:
        """Where there is no room for curve and fields, fields only while they have the keys."""
        self.set_class(self._is_in_fields and not self.has_class("-tall"), "-fields")

    @property
    def _is_in_fields(self) -> bool:
        """Whether the fields have the keys."""
        fields = self.query_one(FieldList)
        return self.focused is fields or self.query_one("#find-field", FindField).is_asking

    def action_open(self) -> None:
        """Give the alert all the room; in a text field, find what was typed."""
        if (box := self._closed_field()) is not None:
            if box.id == "find":
                self._sought = box.value.strip() or self._sought
                self.action_find_next()
            elif box.id == "view-field":
                self.detail.answer(box.value)
            elif box.id == "filter":
                self._filter(box.value)
            elif box.id == "order-by":
                self._order_by(box.value)
        elif self._current() is not None:
            if self.has_class("-open") or not self.has_class("-tall"):
                self.add_class("-alone")
                self._focus_fields(False)
            else:
                self._focus_fields(True)
            self.add_class("-open")

    def action_back(self) -> None:
        """Close what is open, one thing at a time."""
        fields = self.query_one(FieldList)
        if (box := self._closed_field()) is not None:
            if box.id == "filter" and self._arranging.wish.filter:
                self._filter("")
                self._say("No filter now; f and Enter bring it back.")
        elif self._arranging.is_running:
            self._arranging.cancel()
            self._say("The list stays as it is.")
        elif self._is_in_fields and fields.filter:
            fields.find("")
        elif self.has_class("-alone") and self.has_class("-tall"):
            self.remove_class("-alone")
            self._focus_fields(True)
        elif self.has_class("-alone") and self._is_in_fields:
            self._focus_fields(False)
        elif self.has_class("-open"):
            self.remove_class("-open", "-alone")
            self._focus_fields(False)
        else:
            self._focus_fields(False)

    def action_switch_pane(self) -> None:
        """From the list to the fields, and back; from a text field to where it belongs."""
        if self._closed_field() is not None:
            return
        if not self.has_class("-open") or not self.has_class("-tall"):
            self._focus_fields(not self._is_in_fields)

    def action_follow(self) -> None:
        """Follow, or hold still."""
        self.alerts.follow(not self.alerts.is_following)
        self._show_title()

    # -- keys: what the list holds, and in what order -----------------------------------------------------------------

    def action_all_nights(self) -> None:
        """All nights, or only this one."""
        wish = self._arranging.wish
        self._ask(wish._replace(night=self._tonight if wish.night is None else None))

    def action_filter(self) -> None:
        """Ask for a filter; the last one is offered again."""
        self._to_list()
        self.query_one("#filter", FindField).ask(self._arranging.wish.filter or self._arranging.last_filter)

    def action_order(self) -> None:
        """Ask for an order."""
        self._to_list()
        self.query_one(OrderField).offer(has_site=self._session.telescopes.current is not None)

    def _to_list(self) -> None:
        """Have the list in sight: what is typed is about it."""
        self.remove_class("-open", "-alone")
        self._focus_fields(False)

    def _filter(self, text: str) -> None:
        """Filter the list, or no longer."""
        text = text.strip().rstrip(";")
        self._arranging.last_filter = text or self._arranging.last_filter
        try:
            self._ask(self._arranging.wish._replace(filter=text))
        except ExpressionError as error:
            self._say(str(error), is_error=True)
            self.query_one("#filter", FindField).ask(text)

    def _choose_order(self, letter: str) -> None:
        """Order the list as a key says; the line that asks stays for a key that says nothing."""
        wish, order = self._arranging.wish, by_letter(letter)
        if order is None and letter not in (AGAIN, REVERSED, TYPED):
            return
        self._closed_field()
        if letter == TYPED:
            self.query_one("#order-by", FindField).ask("" if wish.order.letter else wish.order.told)
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
            self.query_one("#order-by", FindField).ask(text)
        else:
            self._order(order, text)

    def _order(self, order: Order, text: str = "") -> None:
        """Order the list.

        Args:
            order: How.
            text: What was typed, to be offered again where it is none.
        """
        try:
            self._ask(self._arranging.wish._replace(order=order))
        except ExpressionError as error:
            self._say(str(error), is_error=True)
            if text:
                self.query_one("#order-by", FindField).ask(text)

    def _ask(self, wish: Wish) -> None:
        """Show another list, at once or when a thread has found what is in it.

        Raises:
            ExpressionError: Its filter or order cannot be evaluated.
            StoreError: The store cannot be read.
        """
        pages = self._arranging.ask(wish)
        if pages is not None:
            self._show_list(pages)

    def on_found(self, event: Found) -> None:
        """Show what a thread has found."""
        try:
            pages = self._arranging.open(event)
            if pages is not None:
                self._show_list(pages)
        except (ExpressionError, StoreError) as error:
            self._arranging.cancel()
            self._say(str(error), is_error=True)
            if self._arranging.shown.night not in (None, self._tonight):  # it would be asked for again
                self._ask(Wish(None))

    def on_alert_list_site_changed(self) -> None:
        """What was asked of another telescope's sky is asked of this one's."""
        self.detail.overhead = self.alerts.overhead
        self.detail.show_heading()
        if self._arranging.needs_sky:
            self._ask(self._arranging.wish)

    def _show_list(self, pages: Pages | ArrangedPages) -> None:
        """Show the list that was asked for.

        The cursor stays on its alert where that is in it, and that in its line of the screen; but another order begins
        with what it puts first.

        Raises:
            StoreError: The store cannot be read.
        """
        order = self._arranging.wish.order
        is_new_order = order != ARRIVAL and order != self._arranging.shown.order
        try:
            current = self.alerts.queue.current
            queue = Queue(pages)
            index = pages.nearest(current.id) if current is not None and not is_new_order else None
            if index is not None:
                queue.move_to(index)
            elif order != ARRIVAL:
                queue.move_to(0)
        except StoreError:
            pages.close()
            self._arranging.cancel()
            raise
        if order != ARRIVAL:  # what comes is at its end, and nothing that an observer waits for
            self.alerts.follow(False)
        line = (self.alerts.queue.cursor or 0) - self.alerts.top
        self._arranging.show(pages)
        self.alerts.use(queue)
        if queue.cursor is not None and 0 <= line < self.alerts.rows and not self.alerts.is_following:
            self.alerts.scroll_to(y=max(0, queue.cursor - line), animate=False, force=True, immediate=True)
        self.overview.refresh(with_outbox=self._has_begun)
        self._freshen()
        self._show_title()

    # -- keys: views --------------------------------------------------------------------------------------------------

    def action_view(self, name: str) -> None:
        """Look at the current alert in another way."""
        if self._is_in_fields and not self.has_class("-tall"):
            self._focus_fields(False)
        self.detail.look_at(name)

    def action_do(self, command: str, argument: int) -> None:
        """Hand a key's command to the view that is seen."""
        view = self.detail.view
        if not view.perform(command, argument):
            self._say(f"That key does nothing here ({view.TITLE}): ? tells which do.")

    def action_next_site(self) -> None:
        """Look through the next telescope: in the list and at the alert."""
        site = self._session.telescopes.switch()
        if site is None:
            self._say("No site is configured: v tells what to write in config.yml.")
            return
        self.detail.view.tick()
        self.alerts.show_site()
        if len(self._session.telescopes.sites) == 1:
            self._say(f"{clean(site.name)} is the only site: config.yml may list more as sites.")
        elif self.detail.view.NAME != "sky":  # which names it
            self._say(f"{clean(site.name)}: {reach(site.limits)}.")

    def on_view_say(self, event: View.Say) -> None:
        """A view has something to say."""
        self._say(event.sentence, is_error=event.is_error)

    # -- keys: moving, in the fields while they have the keys, else in the list, seen or not --------------------------

    @property
    def _moving(self) -> AlertList | FieldList:
        fields = self.query_one(FieldList)
        return fields if self.focused is fields else self.alerts

    def action_cursor(self, rows: int) -> None:
        """Move the cursor."""
        self._moving.action_cursor(rows)

    def action_page(self, pages: int) -> None:
        """Move the cursor by pages."""
        self._moving.action_page(pages)

    def action_first(self) -> None:
        """Move to the first row."""
        self._moving.action_first()

    def action_last(self) -> None:
        """Move to the last row: the newest alert."""
        self._moving.action_last()

    def action_sideways(self, columns: int) -> None:
        """Show columns further on."""
        self._moving.action_sideways(columns)

    # -- keys: finding ------------------------------------------------------------------------------------------------

    def action_find(self) -> None:
        """Ask what to find: in the list, or among the fields where they have the keys."""
        is_of_list = not self._is_in_fields and not self.has_class("-open")
        self.query_one("#find" if is_of_list else "#find-field", FindField).ask()

    def _closed_field(self) -> FindField | None:
        """Close the text field that is open, if one is, and give the keys back; returns which it was."""
        for box in self.query(FindField):
            if box.is_asking:
                box.close()
                if box.id == "find-field":  # the last letter's message may still be on its way
                    self.query_one(FieldList).find(box.value)
                self.set_focus(self.query_one(FieldList) if box.id == "find-field" else self.alerts)
                return box
        return None

    def on_input_changed(self, event: FindField.Changed) -> None:
        """Among the fields, find while typing."""
        box = self.query_one("#find-field", FindField)
        if event.input is box and box.is_asking:
            self.query_one(FieldList).find(box.value)

    def action_find_next(self, backwards: bool = False) -> None:
        """Go to the next match."""
        if not self._sought:
            self._say("Nothing to find yet: press / and type.")
            return
        queue = self.alerts.queue
        if queue.count > AT_ONCE:
            if self._slow_find is not None:
                self._slow_find.stop()
            self._slow_find = self.set_timer(SLOW_SECONDS, self._say_looking)
            self._search(queue, self._sought, backwards)
            return
        old = queue.cursor
        if queue.find(self._sought, backwards=backwards):
            self.alerts.moved(old)
        else:
            self._say_not_found(self._sought)

    def _say_looking(self) -> None:
        self._slow_find = None
        self._say(f"Looking through {count(self.alerts.queue.count)} alerts …")

    def _say_not_found(self, text: str) -> None:
        self._say(f"No alert of this list has “{text}” in its name, class or topics.")

    @work(thread=True, exclusive=True, group="find", exit_on_error=False)
    def _search(self, queue: Queue, text: str, backwards: bool) -> None:
        """Find in a long list, in a thread with a connection of its own."""
        old, current = queue.cursor, queue.current
        pages = self._pages.beside()
        try:
            found = pages.find(text, current.id if current else 0, backwards=backwards)
        finally:
            pages.close()
        self.post_message(self.Sought(queue, old, text, found))

    def on_live_screen_sought(self, event: Sought) -> None:
        """Go to what was found, unless the observer has gone on meanwhile."""
        if self._slow_find is None:
            self.app.clear_notifications()
        else:
            self._slow_find.stop()
            self._slow_find = None
        if event.queue is not self.alerts.queue or event.queue.cursor != event.cursor:
            return
        if event.queue.go_to(event.alert):
            self.alerts.moved(event.cursor)
        else:
            self._say_not_found(event.text)

    def action_undecided(self, backwards: bool = False) -> None:
        """Go to the next alert without a decision."""
        old = self.alerts.queue.cursor
        if self.alerts.queue.next_undecided(backwards=backwards):
            self.alerts.moved(old)
        else:
            self._say(f"No alert {'before' if backwards else 'after'} this one is undecided.")

    # -- keys: decisions ----------------------------------------------------------------------------------------------

    def action_save(self) -> None:
        """Save the current alert as a file."""
        stored = self._current()
        if stored is None:
            self._say("There is no alert to save.")
        elif not self._app.deciding.is_pending(stored.id, decisions.SAVED):
            self.alerts.set_mark(stored.id, columns.DECIDING)
            self._app.deciding.save(stored)

    def _to_send(self) -> StoredAlert | None:
        """The current alert, where it can be sent; else that is said."""
        stored = self._current()
        if stored is None:
            self._say("There is no alert to send.")
        elif not self._session.receivers:
            self._say(self._session.unsendable, is_error=True)
            return None
        return stored

    def action_send(self) -> None:
        """Queue the current alert for the default receiver."""
        if (stored := self._to_send()) is None:
            return
        if self.glance.has_seen(stored.id):
            self._send(stored, self._session.receivers[0].name)
        else:
            self._say(CHANGED)

    def action_send_chosen(self) -> None:
        """Ask where the current alert goes and what of it, show that, and queue it."""
        from fink_tui.app.screens.send import Chosen, SendScreen

        if (stored := self._to_send()) is None:
            return

        def send(chosen: Chosen | None) -> None:
            if chosen is not None:
                self._send(stored, chosen.receiver, chosen.choices, chosen.told)

        sendings = tuple(self.detail.sendings)
        self.app.push_screen(SendScreen(self._session, self._app.renderer, stored, sendings), send)

    def _send(
        self, stored: StoredAlert, receiver: str, choices: Choices | None = None, told: Told | None = None
    ) -> None:
        self.alerts.set_mark(stored.id, columns.DECIDING)
        self._app.deciding.send(receiver, stored, choices, told)

    def action_undo(self) -> None:
        """Take back the last decision of this session."""
        self._app.deciding.undo()

    def action_outbox(self) -> None:
        """Show what is sent."""
        from fink_tui.app.screens.outbox import OutboxScreen

        self.app.push_screen(OutboxScreen(self._session, self.overview))

    def settle(self, alert: int | None, *, is_good: bool) -> None:
        """A decision is on the disk, or came to nothing.

        Args:
            alert: The alert's id in the store.
            is_good: Whether it is on the disk.
        """
        if alert is not None and not self._app.deciding.is_pending(alert):
            self.alerts.set_mark(alert, None if is_good else columns.UNDECIDED)
        self.look()

    def action_copy(self) -> None:
        """Ask which form of the alert to copy; where the fields have the keys, copy the field's value."""
        fields = self.query_one(FieldList)
        if self._is_in_fields and fields.current is not None:
            self._copy(fields.current.value)
        elif (stored := self._current()) is not None:
            from fink_tui.alerts.forms import forms
            from fink_tui.app.screens.copy import CopyScreen

            found = forms(stored.row, self._session.templates)
            self.app.push_screen(CopyScreen(stored.row.object_id, found, self.detail.text), self._copy)

    def _copy(self, copied: str | None) -> None:
        if copied is not None:
            self.app.copy_to_clipboard(copied)
            self._say(f"Sent to the terminal's clipboard: {copied}")
