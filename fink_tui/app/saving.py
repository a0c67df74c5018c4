"""Saving an alert: the file first, then the decision."""

from __future__ import annotations

from pathlib import Path

from fink_tui.alerts.survey import portal, survey_named
from fink_tui.store import decisions
from fink_tui.store.errors import SaveError, StoreError
from fink_tui.store.packets import PacketRemovedError
from fink_tui.store.pages import StoredAlert
from fink_tui.store.reading import document, is_of_answer
from fink_tui.store.saved import save, write
from fink_tui.store.store import Store


def save_alert(store: Store, folder: Path, stored: StoredAlert) -> Path:
    """Save an alert as a file of its own, and note that it was; both are on the disk then.

    Its packet is saved as Avro; what only Fink's database told of it, as that gave it: JSON.

    Args:
        store: Where it is.
        folder: Where the file goes.
        stored: The alert.

    Returns:
        The file.

    Raises:
        StoreError: It was not saved, or that could not be noted; the text says which, and what to do.
    """
    stem = survey_named(stored.row.survey).file_stem(stored.row)
    try:
        if is_of_answer(stored.place):  # as the API gives it: a list of rows
            path = write(folder, f"{stem}.json", b"[%b]\n" % document(store.packets, stored.place))
        else:
            path = save(folder, stem, *store.packets.read(stored.place))
    except PacketRemovedError as error:
        page = portal(stored.row.survey, stored.row.object_id)
        raise SaveError(f"Not saved. {error} Fink has it: {page}") from error
    try:
        decisions.decide(store.database, stored.id, decisions.SAVED, str(path)).result()
    except StoreError as error:
        problem = f"{path} is written, but not noted as saved: press the key again later. {error}"
        raise SaveError(problem) from error
    return path
