"""The list of what arrives: of this night, or of all."""

from __future__ import annotations

import time

from fink_tui.app.arranging import Wish
from fink_tui.app.glance import Glance
from fink_tui.app.overview import Overview
from fink_tui.app.session import Session
from fink_tui.app.title import title
from fink_tui.app.widgets.list_pane import ListPane
from fink_tui.sky.night import night_of, unix_to_mjd
from fink_tui.store.pages import Pages


class NightPane(ListPane):
    """The list of one night or of all, filtered and ordered as the observer asks."""

    def __init__(self, session: Session, glance: Glance, overview: Overview, *, id: str) -> None:  # noqa: A002
        """Open the list of this night, or of all where it has nothing yet.

        Args:
            session: What it works on.
            glance: It is told which row is painted as the current one.
            overview: It knows how many alerts there are in all.
            id: The widget's name.

        Raises:
            StoreError: The store cannot be read.
        """
        super().__init__(session, glance, _first(session), id=id)
        self._overview = overview

    @property
    def tonight(self) -> int:
        """The night that it is now, YYYYMMDD."""
        return _tonight(self._session)

    def update(self) -> bool:
        """See what came; the night itself may be another now."""
        asked, tonight = self.arranging.wish.night, self.tonight
        if asked not in (None, tonight):  # what comes is of another
            self._ask(self.arranging.wish._replace(night=None))
            what = "A new night began at noon" if asked < tonight else "The clock was set back"
            self._say(f"{what}: showing all nights; a for this one alone.")
        return super().update()

    def words(self, width: int) -> str:
        """What is in the list, and what is not."""
        alerts = self.alerts
        shown = alerts.queue.count
        asked = self.arranging.asked()
        hidden = self._overview.totals.alerts - (asked.total if asked is not None else shown)
        return title(
            self.pages.night,
            shown,
            hidden=hidden,
            unseen=None if alerts.is_following else alerts.unseen,
            away=alerts.cursor_away,
            asked=asked,
            width=width,
        )

    def all_nights(self) -> None:
        """All nights, or only this one."""
        wish = self.arranging.wish
        self._ask(wish._replace(night=self.tonight if wish.night is None else None))

    def not_arranged(self) -> None:
        """The next look would ask for another night again: show all, as they arrive."""
        if self.arranging.shown.night not in (None, self.tonight):
            self._try(Wish(None))


def _tonight(session: Session) -> int:
    return night_of(unix_to_mjd(time.time()), session.longitude)


def _first(session: Session) -> Wish:
    """This night, or all where it has nothing yet."""
    if session.all_nights:
        return Wish(None)
    pages = Pages(session.store.database, night := _tonight(session))
    try:
        return Wish(night if pages.count() else None)
    finally:
        pages.close()
