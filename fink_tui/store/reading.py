"""An alert read back whole, wherever it is kept: its packet, or the row of Fink's answer that told of it."""

from __future__ import annotations

from typing import Any

import msgspec

from fink_tui.alerts.schema import SchemaBook
from fink_tui.alerts.survey import Survey, survey_named
from fink_tui.store.packets import ANSWERS, REMOVED, PacketError, PacketReader, PacketRemovedError, Place
from fink_tui.store.pages import StoredAlert


def whole(packets: PacketReader, book: SchemaBook, stored: StoredAlert) -> tuple[Survey, dict[str, Any]]:
    """An alert's survey and record. For a worker: a big packet takes a tenth of a second.

    Args:
        packets: Where packets are.
        book: Where schemas are looked up; the worker's own.
        stored: The alert.

    Raises:
        PacketRemovedError: It is no longer kept.
        StoreError: It should be there, and cannot be read from the disk.
        SchemaError: Its packet's schema makes no sense.
        fink_tui.alerts.decode.PacketError: It cannot be decoded.
    """
    from fink_tui.alerts import decode  # not needed for the first picture

    if is_of_answer(stored.place):
        from fink_tui.alerts import api

        survey, row = survey_named(stored.row.survey), decoded(document(packets, stored.place))
        if row is None:
            raise decode.PacketError("what Fink answered of it is damaged")
        return survey, api.record(survey.name, row)
    key, value = packets.read(stored.place)
    schema = book.schema(key)
    return schema.survey, decode.record(schema, value)


def is_of_answer(place: Place) -> bool:
    """Whether an alert is kept as a row of Fink's answer; else it has a packet."""
    return place.name.startswith(ANSWERS) or (place.name.startswith(REMOVED) and f"/{ANSWERS}" in place.name)


def decoded(document: bytes) -> dict[str, Any] | None:
    """A row of an answer, its numbers exact; None where it is none."""
    try:
        value = msgspec.json.decode(document)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def document(packets: PacketReader, place: Place) -> bytes:
    """The row of an answer that told of an alert, JSON as received.

    Args:
        packets: Where packets are; answers are beside them.
        place: Of an alert that is kept so.

    Raises:
        PacketRemovedError: It is no longer kept.
        PacketError: It cannot be read.
    """
    if place.name.startswith(REMOVED):
        raise PacketRemovedError(
            "Fink's answer that told of it is no longer here: the oldest are removed (cache_gb of search)."
        )
    path = packets.folder.parent / ANSWERS / place.name.removeprefix(ANSWERS)
    try:
        with path.open("rb") as file:
            file.seek(place.offset)
            found = file.read(place.length)
    except OSError as error:
        raise PacketError(f"Fink's answer cannot be read from {path}: {error.strerror}. Ask again.") from error
    if len(found) < place.length:
        raise PacketError(f"Fink's answer cannot be read from {path}: the file ends before the row does. Ask again.")
    return found
