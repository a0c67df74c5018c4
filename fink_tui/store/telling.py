"""What receivers are told of an alert that is kept: its row, and its packet's history where there is one."""

from __future__ import annotations

from typing import NamedTuple

from fink_tui.alerts.row import AlertRow, Point
from fink_tui.alerts.schema import SchemaBook, SchemaError
from fink_tui.alerts.submission import Submission, submission
from fink_tui.alerts.survey import survey_named
from fink_tui.alerts.text import count
from fink_tui.store import objects
from fink_tui.store.packets import PacketRemovedError
from fink_tui.store.pages import StoredAlert
from fink_tui.store.reading import is_of_answer, whole
from fink_tui.store.store import Store


class Told(NamedTuple):
    """What receivers are told of an alert."""

    told: Submission
    note: str = ""
    """What is missing, in a sentence."""


def tell(store: Store, stored: StoredAlert) -> Told:
    """What receivers are told of an alert. For a worker: a big packet takes a tenth of a second.

    Args:
        store: Where it is.
        stored: The alert.

    Raises:
        StoreError: Its packet should be there, and cannot be read.
    """
    from fink_tui.alerts.decode import PacketError  # not needed for the first picture

    found, why = None, ""
    try:
        _, found = whole(store.packets, SchemaBook(), stored)
        if is_of_answer(stored.place):
            why = "Fink's database gave it, not the stream"
    except PacketRemovedError:
        gone = is_of_answer(stored.place)
        why = "Fink's answer is no longer kept" if gone else "Its packet was removed after keep_nights"
    except (SchemaError, PacketError) as error:
        why = f"Its packet cannot be read ({error})"
    earlier = _earlier(store, stored.row) if why else []
    told = submission(stored.row, topics=stored.topics, night=stored.night, record=found, earlier=earlier)
    if not why:
        return Told(told)
    if stored.row.survey == "ztf" and stored.row.mag is not None and stored.row.is_positive is None:
        why += ", without telling whether it is brighter or fainter than the template (H asks for that)"
    if not earlier:
        return Told(told, f"{why}, so only this detection goes, without its history.")
    several = f"{count(len(earlier))} earlier detection{'' if len(earlier) == 1 else 's'}"
    return Told(told, f"{why}: its history is what is kept here of its object, {several}.")


def _earlier(store: Store, row: AlertRow) -> list[Point]:
    """What the rows of the object's other alerts measured in the time of which a packet would hold the history."""
    days = survey_named(row.survey).history_days
    return [point for point in objects.points(store.database, row) if 0 <= row.obs_mjd - point.mjd <= days]
