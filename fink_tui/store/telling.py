"""What receivers are told of an alert that is kept: its row, and its packet's history where that is still there."""

from __future__ import annotations

from typing import NamedTuple

from fink_tui.alerts.schema import SchemaBook, SchemaError
from fink_tui.alerts.submission import Submission, submission
from fink_tui.store.packets import PacketRemovedError
from fink_tui.store.pages import StoredAlert
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
    from fink_tui.alerts.decode import PacketError, record  # not needed for the first picture

    found, note = None, ""
    try:
        key, value = store.packets.read(stored.place)
        found = record(SchemaBook().schema(key), value)
    except PacketRemovedError:
        note = "Its packet was removed after keep_nights, so only this detection goes, without its history."
    except (SchemaError, PacketError) as error:
        note = f"Its packet cannot be read ({error}), so only this detection goes, without its history."
    return Told(submission(stored.row, topics=stored.topics, night=stored.night, record=found), note)
