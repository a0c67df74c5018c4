"""A list of alerts, and the alert under its cursor: what the live screen and the search have in common."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.containers import Container
from textual.widget import Widget
from textual.widgets import Static

from fink_tui.alerts.text import clean
from fink_tui.app.acting import Acting
from fink_tui.app.commands import ALERTS, MOVES, VIEW_COMMANDS, VIEWS, Command, bindings, footer
from fink_tui.app.glance import Glance
from fink_tui.app.lines import CursorLines
from fink_tui.app.overview import Overview
from fink_tui.app.screens.looking import LookingScreen
from fink_tui.app.session import Session
from fink_tui.app.widgets.alert_detail import AlertDetail
from fink_tui.app.widgets.alert_list import AlertList
from fink_tui.app.widgets.field_list import FieldList
from fink_tui.app.widgets.find import FindField
from fink_tui.app.widgets.list_pane import ListPane
from fink_tui.app.widgets.status_line import StatusLine
from fink_tui.app.widgets.view import View
from fink_tui.sky.site import Site, reach
from fink_tui.store.errors import StoreError
from fink_tui.store.pages import StoredAlert

if TYPE_CHECKING:
    from fink_tui.search.question import Question
    from fink_tui.store.outbox import Entry


class AlertsScreen(LookingScreen):
    """A list of alerts and, beside or below it, the current one."""

    BINDINGS = bindings((*MOVES, *ALERTS, *VIEWS, *VIEW_COMMANDS))
    AUTO_FOCUS = "#list"

    KEYS: ClassVar[tuple[Command, ...]] = ALERTS
    """What can be done on it, for footer, help and palette."""

    def __init__(
        self, session: Session, overview: Overview, glance: Glance, list_pane: ListPane, *, classes: str | None = None
    ) -> None:
        """Make the screen of a session.

        Args:
            session: What it works on.
            overview: What its status line says.
            glance: It knows which alert the observer has seen on this screen.
            list_pane: Its list.
            classes: Those of the terminal's size.
        """
        super().__init__(classes=classes)
        self._session = session
        self.overview = overview
        self.glance = glance
        self.list_pane = list_pane
        self._acting = Acting(session, self.alerts, glance)
        self._minute = 0
        self._is_behind = True
        """Whether the totals, or the current alert, are still to be read."""
        self._with_outbox = True
        """Whether it is asked what waits to be sent."""
        self._site = session.telescopes.current
        """The telescope whose sky is shown."""

    # -- what is on it ------------------------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        """Status, list, detail, footer."""
        yield StatusLine(id="status")
        yield from self.panes()
        yield Static(footer(self.KEYS), id="footer", markup=False)

    def panes(self) -> ComposeResult:
        """List and detail."""
        with Container(id="panes"):
            yield self.list_pane
            yield AlertDetail(self._session, self.glance, id="detail-pane")

    @property
    def alerts(self) -> AlertList:
        """The list."""
        return self.list_pane.alerts

    @property
    def detail(self) -> AlertDetail:
        """The current alert's pane."""
        return self.query_one("#detail-pane", AlertDetail)

    def on_mount(self) -> None:
        """Look at the store now."""
        self.look()

    def arrived(self, round_trip: float) -> None:
        """What was painted is on the terminal."""
        self.glance.arrived(round_trip)

    def on_screen_suspend(self) -> None:
        """Another screen is seen now."""
        self.glance.forget()

    def on_screen_resume(self) -> None:
        """It is seen again; on another screen, the telescope may have become another."""
        if self._session.telescopes.current is not self._site:
            self._show_site()

    def on_resize(self) -> None:
        """Lines that depend on the width."""
        self.call_after_refresh(self._show_panes)
        self.call_after_refresh(self.look)

    def look(self) -> None:
        """See what came; say how things are."""
        if not self.is_mounted:
            return
        self.looked()
        try:
            if self.list_pane.update() or self._is_behind:
                self._is_behind = True
                self.list_pane.count()
                self.overview.refresh(with_outbox=self._with_outbox)
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
        self.list_pane.show_title()

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
        self.query_one(StatusLine).show(*self.overview.line(self._app, self.size.width))

    # -- the current alert --------------------------------------------------------------------------------------------

    def on_alert_list_current(self) -> None:
        """The cursor moved."""
        try:
            self._current()
        except StoreError as error:
            self.unreadable(error)
        self.list_pane.show_title()

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
                found = old if old is not None and old.id == row.id else self.list_pane.pages.alert(row.id)
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

    def _freshen(self) -> None:
        """The current alert may have learnt a topic, or been decided on elsewhere."""
        stored = self.detail.alert
        if stored is not None:
            fresh = self.list_pane.pages.alert(stored.id)
            sendings = self._sendings(fresh)
            if fresh is not None and (fresh, sendings) != (stored, self.detail.sendings):
                self.detail.freshen(fresh, sendings)

    def _say(self, sentence: str, *, is_error: bool = False) -> None:
        self._app.say(sentence, is_error=is_error)

    # -- keys: panes --------------------------------------------------------------------------------------------------

    def _focus_fields(self, is_on: bool) -> None:
        self.set_focus(self.query_one(FieldList) if is_on else self._home)
        self._show_panes()

    @property
    def _home(self) -> Widget | None:
        """What has the keys where nothing else has."""
        return self.alerts

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
            box.take_answer()
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
            self.list_pane.given_up(box)
        elif self.list_pane.give_up() or self.detail.give_up_history():
            return
        elif self._is_in_fields and fields.filter:
            fields.find("")
        elif self.has_class("-alone") and self.has_class("-tall"):
            self.remove_class("-alone")
            self._focus_fields(True)
        elif self.has_class("-alone") and self._is_in_fields:
            self._focus_fields(False)
        else:
            self._to_list()

    def action_switch_pane(self) -> None:
        """From the list to the fields, and back; from a text field to where it belongs."""
        if self._closed_field() is not None:
            return
        if not self.has_class("-open") or not self.has_class("-tall"):
            self._focus_fields(not self._is_in_fields)

    # -- keys: what the list holds, and in what order -----------------------------------------------------------------

    def action_filter(self) -> None:
        """Ask for a filter."""
        self._to_list()
        self.list_pane.ask_filter()

    def action_order(self) -> None:
        """Ask for an order."""
        self._to_list()
        self.list_pane.ask_order()

    def _to_list(self) -> None:
        """Have the list in sight: what is typed is about it."""
        self.remove_class("-open", "-alone")
        self._focus_fields(False)

    def on_list_pane_arranged(self) -> None:
        """Another list is shown: of other nights, filtered, or ordered.

        Where a thread has found it, the list's own word of its cursor ends at its pane, which sent it.
        """
        try:
            self.overview.refresh(with_outbox=self._with_outbox)
            self._current()
            self._freshen()
        except StoreError as error:
            self.unreadable(error)
        self.list_pane.show_title()

    def on_alert_list_site_changed(self) -> None:
        """What the heading says of another telescope's sky is said of this one's."""
        self.detail.overhead = self.alerts.overhead
        self.detail.show_heading()

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

    def action_history(self) -> None:
        """Ask for the whole history of the current alert's object."""
        self._current()
        self.detail.whole_history()

    @property
    def question(self) -> Question | None:
        """The question to Fink that the list answers; None where it answers none, or several."""
        return None

    def action_around(self) -> None:
        """Search around the place of the current alert."""
        from fink_tui.app.search_words import cone_line  # most nights need none

        if (stored := self._current()) is not None:
            self._app.show_search(cone_line(stored.row.ra, stored.row.dec))
        else:
            self._say("There is no alert to search around.")

    def action_map(self) -> None:
        """Show where on the sky the alerts of the list are."""
        from fink_tui.app import mapping
        from fink_tui.app.screens.sky_map import SkyMapScreen

        current, site = self.alerts.queue.current, self._session.telescopes.current
        read = partial(mapping.read, self._session, lambda: self.list_pane.pages)
        region = mapping.region(self._session, self.question)
        shown = SkyMapScreen(self._session, read, current.id if current is not None else None, region)
        self.app.push_screen(shown, partial(self._mapped, site))

    def _mapped(self, site: Site | None, alert: int | None) -> None:
        """Go to the alert that was looked at on the map; the telescope may be another."""
        if site != self._session.telescopes.current:
            self.detail.view.tick()
            self.alerts.show_site()
        queue = self.alerts.queue
        try:
            old, current = queue.cursor, queue.current
            if alert is not None and (current is None or current.id != alert) and queue.go_to(alert):
                self.alerts.moved(old)
        except StoreError as error:
            self.failed(error)

    def action_next_site(self) -> None:
        """Look through the next telescope: in the list and at the alert."""
        site = self._session.telescopes.switch()
        if site is None:
            self._say("No site is configured: v tells what to write in config.yml.")
            return
        self._show_site()
        if len(self._session.telescopes.sites) == 1:
            self._say(f"{clean(site.name)} is the only site: config.yml may list more as sites.")
        elif self.detail.view.NAME != "sky":  # which names it
            self._say(f"{clean(site.name)}: {reach(site.limits)}.")

    def _show_site(self) -> None:
        """Show the sky over the current telescope."""
        self._site = self._session.telescopes.current
        self.detail.view.tick()
        self.alerts.show_site()

    def on_view_say(self, event: View.Say) -> None:
        """A view has something to say."""
        self._say(event.sentence, is_error=event.is_error)

    # -- keys: moving, in the fields while they have the keys, else in the list, seen or not --------------------------

    @property
    def _moving(self) -> CursorLines:
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
        """Move to the last row."""
        self._moving.action_last()

    def action_sideways(self, columns: int) -> None:
        """Show columns further on."""
        self._moving.action_sideways(columns)

    # -- keys: finding ------------------------------------------------------------------------------------------------

    def action_find(self) -> None:
        """Ask what to find: in the list, or among the fields where they have the keys."""
        is_of_list = not self._is_in_fields and not self.has_class("-open")
        if is_of_list:
            self.list_pane.ask_find()
        else:
            if self.has_class("-tall"):
                self.remove_class("-alone")
            self.query_one("#find-field", FindField).ask()
            self._show_panes()  # what is found is seen

    def _closed_field(self) -> FindField | None:
        """Close the text field that is open, if one is, and give the keys back; returns which it was."""
        for box in self.query(FindField):
            if box.is_asking:
                box.close()
                if box.id == "find-field":  # the last letter's message may still be on its way
                    self.query_one(FieldList).find(box.value)
                self.set_focus(self.query_one(FieldList) if box.id == "find-field" else self._home)
                self._show_panes()
                return box
        return None

    def action_find_next(self, backwards: bool = False) -> None:
        """Go to the next match."""
        self.list_pane.find_next(backwards=backwards)

    def action_undecided(self, backwards: bool = False) -> None:
        """Go to the next alert without a decision."""
        self.list_pane.undecided(backwards=backwards)

    # -- keys: decisions ----------------------------------------------------------------------------------------------

    def action_save(self) -> None:
        """Save the current alert as a file."""
        self._acting.save(self._current())

    def action_send(self) -> None:
        """Queue the current alert for the default receiver."""
        self._acting.send(self._current())

    def action_send_chosen(self) -> None:
        """Ask where the current alert goes and what of it, show that, and queue it."""
        self._acting.send_chosen(self._current(), self.detail.sendings)

    def action_undo(self) -> None:
        """Take back the last decision of this session."""
        self._app.deciding.undo()

    def action_outbox(self) -> None:
        """Show what is sent."""
        from fink_tui.app.screens.outbox import OutboxScreen

        self.app.push_screen(OutboxScreen(self._session, self.overview))

    def action_search(self) -> None:
        """Search."""
        self._app.show_search()

    def action_live(self) -> None:
        """Show what arrives."""
        self._app.show_live()

    def settle(self, alert: int | None, *, is_good: bool) -> None:
        """A decision is on the disk, or came to nothing.

        Args:
            alert: The alert's id in the store.
            is_good: Whether it is on the disk.
        """
        if alert is not None:
            self._acting.settle(alert, is_good=is_good)
        self.look()

    def action_copy(self) -> None:
        """Ask which form of the alert to copy; where the fields have the keys, copy the field's value."""
        fields = self.query_one(FieldList)
        if self._is_in_fields and fields.current is not None:
            self._acting.copy_text(fields.current.value)
        elif (stored := self._current()) is not None:
            self._acting.copy(stored, self.detail.text)
