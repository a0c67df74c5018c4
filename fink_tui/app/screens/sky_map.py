"""A map of the sky with the alerts of a list: where they are, and which of them are up."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from textual import work
from textual.app import ComposeResult
from textual.message import Message
from textual.widgets import Static
from textual.worker import Worker, WorkerState, get_current_worker

from fink_tui.alerts.text import clean
from fink_tui.app.commands import MAP, bindings, footer
from fink_tui.app.mapping import Locate
from fink_tui.app.painting import PaintingScreen
from fink_tui.app.program import program
from fink_tui.app.session import Session
from fink_tui.app.sky_map.marks import Found
from fink_tui.app.widgets.sky_map import SkyMap
from fink_tui.search.errors import CancelledError
from fink_tui.sky.credible import Region
from fink_tui.sky.curves import Sky, sky
from fink_tui.sky.site import Site
from fink_tui.store.places import AlertPlace

READ_SECONDS = 5.0
"""How often it is looked whether the list has grown."""

SKY_SECONDS = 60.0
"""How often the sky is computed: it turns by a quarter of a degree meanwhile."""


UNREADABLE = {
    "places": "The list cannot be read",
    "sky": "The sky cannot be computed",
    "region": "The event's region is not shown",
}
"""What is said where a worker of a group failed."""


class SkyMapScreen(PaintingScreen[int | None]):
    """The map. Its answer is the alert that was looked at last, by its id in the store; None where there is none."""

    BINDINGS = bindings(MAP)
    KEYS = MAP

    DEFAULT_CSS = """
    SkyMapScreen { layout: vertical; }
    SkyMapScreen > #footer { height: 1; color: $text-muted; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    class Read(Message, bubble=False):
        """The places of the list were read."""

        def __init__(self, places: Sequence[AlertPlace]) -> None:
            super().__init__()
            self.places = places

    class Turned(Message, bubble=False):
        """The sky was computed."""

        def __init__(self, sky: Sky) -> None:
            super().__init__()
            self.sky = sky

    class Located(Message, bubble=False):
        """The credible region was read."""

        def __init__(self, region: Region) -> None:
            super().__init__()
            self.region = region

    def __init__(
        self,
        session: Session,
        read: Callable[[], Sequence[AlertPlace]],
        current: int | None = None,
        region: Locate | None = None,
    ) -> None:
        """Open the map of a list.

        Args:
            session: Whose telescopes' horizons are shown.
            read: Gives the places of the list, in its order; called in a thread, again and again.
            current: The alert under the list's cursor, by its id in the store.
            region: Gives the credible region of the event that was searched for; called once, in a thread.
        """
        super().__init__()
        self._session = session
        self._read = read
        self._region = region
        self._chosen = current
        self._is_known = False
        self._places: tuple[AlertPlace, ...] = ()
        self.map = SkyMap(opens_wide=region is not None, ascii_only=session.ascii_only, id="map")
        """The map itself; there at once, for keys may come together with the one that opens the screen."""

    def compose(self) -> ComposeResult:
        """Map, footer."""
        yield self.map
        yield Static(footer(MAP), id="footer", markup=False)

    def on_mount(self) -> None:
        """Read the list and compute the sky, now and from now on."""
        self.call_after_refresh(self._read_places)
        self.call_after_refresh(self._compute_sky)
        if self._region is not None:
            self._locate(self._region)
        self.set_interval(READ_SECONDS, self._read_places)
        self.set_interval(SKY_SECONDS, self._compute_sky)

    @property
    def _site(self) -> Site | None:
        return self._session.telescopes.current

    @work(thread=True, exclusive=True, group="places", exit_on_error=False)
    def _read_places(self) -> None:
        places = self._read()
        if not get_current_worker().is_cancelled:
            self.post_message(self.Read(places))

    @work(thread=True, exclusive=True, group="sky", exit_on_error=False)
    def _compute_sky(self) -> None:
        """In a thread: the first time, PyEphem is loaded."""
        found = sky(self._site, time.time())
        if not get_current_worker().is_cancelled:
            self.post_message(self.Turned(found))

    @work(thread=True, exclusive=True, group="region", exit_on_error=False)
    def _locate(self, region: Locate) -> None:
        worker = get_current_worker()
        with suppress(CancelledError):
            found = region(lambda: worker.is_cancelled)
            if not worker.is_cancelled:
                self.post_message(self.Located(found))

    def on_sky_map_screen_located(self, message: Located) -> None:
        """Show the region."""
        self.map.show_region(message.region)

    def on_sky_map_screen_read(self, message: Read) -> None:
        """Show what is new; the alert that is looked at stays."""
        places = tuple(message.places)
        if places != self._places or not self._is_known:
            self._places, self._is_known = places, True
            found = Found(places)
            self.map.show(found, found.number(self._chosen))

    def on_sky_map_screen_turned(self, message: Turned) -> None:
        """Show the sky as it is now."""
        if message.sky.site == self._site:
            self.map.show_sky(message.sky)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Say in words that something could not be read, or computed."""
        what = UNREADABLE.get(event.worker.group)
        if what is not None and event.state is WorkerState.ERROR:
            event.stop()
            self.log.error(str(event.worker.error))
            program(self).say(clean(f"{what}: {event.worker.error}", 600), is_error=True)

    # -- keys ---------------------------------------------------------------------------------------------------------

    def action_do(self, command: str, argument: int) -> None:
        """Hand a key's command to the map."""
        self.map.perform(command, argument)
        self._moved()

    def action_beside(self, right: int, down: int) -> None:
        """The nearest alert in a direction."""
        if self.map.current is not None and not self.map.beside(right, down):
            program(self).say("No alert is further on there: n goes through all, - shows more of the sky.")
        self._moved()

    def action_end(self, is_last: bool) -> None:
        """The first alert of the list, or the last."""
        self.map.go_to(len(self._places) - 1 if is_last else 0)
        self._moved()

    def _moved(self) -> None:
        if (number := self.map.current) is not None:
            self._chosen = self._places[number].id

    def action_next_site(self) -> None:
        """The sky over the next telescope."""
        site = self._session.telescopes.switch()
        if site is None:
            program(self).say("No site is configured: config.yml may name one, whose horizon is shown then.")
            return
        self._compute_sky()

    def action_back(self) -> None:
        """Back to the list, at the alert that is looked at."""
        self.dismiss(self._chosen)
