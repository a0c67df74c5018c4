"""What receivers are told of an alert that is kept: its row, and its packet's history where there is one."""

from __future__ import annotations

from typing import NamedTuple

from fink_tui.alerts.schema import SchemaBook, SchemaError
from fink_tui.alerts.submission import Submission, submission
from fink_tui.store.packets import PacketRemovedError
from fink_tui.store.pages import StoredAlert
from fink_tui.store.reading import whole
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

    found, note = None, ""
    try:
        _, found = whole(store.packets, SchemaBook(), stored)
        if stored.is_found:
            note = "Fink's database gave it, not the stream, so only this detection goes, without its history."
    except PacketRemovedError:
        why = "Fink's answer is no longer kept" if stored.is_found else "Its packet was removed after keep_nights"
        note = f"{why}, so only this detection goes, without its history."
    except (SchemaError, PacketError) as error:
        note = f"Its packet cannot be read ({error}), so only this detection goes, without its history."
    return Told(submission(stored.row, topics=stored.topics, night=stored.night, record=found), note)
