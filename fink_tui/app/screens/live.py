"""The live screen: what arrives, of this night or of all."""

from __future__ import annotations

from fink_tui.alerts.text import clean
from fink_tui.app.commands import LIVE, MOVES, VIEW_COMMANDS, VIEWS, bindings
from fink_tui.app.glance import Glance
from fink_tui.app.overview import Overview
from fink_tui.app.screens.alerts import AlertsScreen
from fink_tui.app.session import Session
from fink_tui.app.widgets.night_pane import NightPane


class LiveScreen(AlertsScreen):
    """The list of alerts as they arrive."""

    BINDINGS = bindings((*MOVES, *LIVE, *VIEWS, *VIEW_COMMANDS))
    KEYS = LIVE

    list_pane: NightPane

    def __init__(self, session: Session, classes: str | None = None) -> None:
        """Make the screen of a session; opens on this night, or on all where it has nothing yet."""
        overview, glance = Overview(session), Glance()
        super().__init__(
            session, overview, glance, NightPane(session, glance, overview, id="list-pane"), classes=classes
        )
        self._with_outbox = False  # the first picture does without
        self._heard = 0

    def begun(self) -> None:
        """The first picture is there: read what it did without."""
        self._with_outbox = self._is_behind = True
        self.alerts.show_site()
        self.look()
        self.detail.load_views()

    def on_unmount(self) -> None:
        """Close the connection."""
        self.overview.close()

    def on_alert_list_placed(self) -> None:
        """The first picture is complete."""
        self._app.begin()

    def on_alert_list_follow_changed(self) -> None:
        """Say whether the list follows."""
        self.list_pane.show_title()

    def _show_status(self) -> None:
        super()._show_status()
        reception = self._app.reception
        said = reception.said if reception is not None else []
        if len(said) > self._heard:
            self._app.notify(clean(" ".join(said[self._heard :]), 600), timeout=10, markup=False)
            self._heard = len(said)

    # -- keys ---------------------------------------------------------------------------------------------------------

    def action_follow(self) -> None:
        """Follow, or hold still."""
        self.alerts.follow(not self.alerts.is_following)
        self.list_pane.show_title()

    def action_all_nights(self) -> None:
        """All nights, or only this one."""
        self.list_pane.all_nights()
