"""What a map of a list is made from: the places of its alerts, and where the event was that they were searched for."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from fink_tui.app.session import Session
from fink_tui.app.sky_map.picture import MOST_ALERTS
from fink_tui.store.listed_pages import ListedPages
from fink_tui.store.pages import Pages
from fink_tui.store.places import AlertPlace, newest, places

if TYPE_CHECKING:
    from fink_tui.search.question import Question
    from fink_tui.sky.credible import Region

Locate = Callable[[Callable[[], bool]], "Region"]
"""Gives the region of an event, in a thread; it asks what it is given whether nobody waits for it any longer."""


def read(session: Session, pages: Callable[[], Pages | ListedPages]) -> list[AlertPlace]:
    """The places of a list's alerts; for any thread.

    Args:
        session: Whose store it is.
        pages: Gives the list as it is now.

    Raises:
        StoreError: The store cannot be read.
    """
    shown = pages()
    if isinstance(shown, ListedPages):
        return places(session.store.database, shown.found.ids[:MOST_ALERTS])
    return newest(session.store.database, shown.night, MOST_ALERTS)


def region(session: Session, question: Question | None) -> Locate | None:
    """What gives the credible region of the event that a question names; None where it names none.

    Args:
        session: Who asks.
        question: A search's.
    """
    if question is None or question.path != "skymap":
        return None
    given = question.given
    if path := given.get("file"):
        return partial(_of_file, Path(path).expanduser())
    event, search = given.get("event_name"), session.search
    return partial(_of_event, session, event) if event and search is not None else None


def _of_file(path: Path, is_cancelled: Callable[[], bool]) -> Region:
    from fink_tui.sky import credible

    return credible.read(path)


def _of_event(session: Session, event: str, is_cancelled: Callable[[], bool]) -> Region:
    from fink_tui.search.services import gracedb

    assert session.search is not None  # else nobody calls this
    asking = session.search().asking()
    return gracedb.region(asking.client, asking.answers, asking.client.settings.gracedb, event, is_cancelled)
