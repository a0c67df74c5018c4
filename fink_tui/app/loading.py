"""An alert read back whole, for the detail pane."""

from __future__ import annotations

from typing import NamedTuple

from fink_tui.alerts.decode import PacketError, record
from fink_tui.alerts.fields import Field, fields
from fink_tui.alerts.row import Point
from fink_tui.alerts.schema import SchemaBook, SchemaError
from fink_tui.store.errors import StoreError
from fink_tui.store.packets import PacketReader
from fink_tui.store.pages import StoredAlert


class Whole(NamedTuple):
    """What an alert's packet holds."""

    alert: int
    """Its id in the store."""

    points: list[Point]
    """Its light curve."""

    fields: list[Field]
    """All its fields."""

    use_flux: bool
    """Whether its survey is read in flux."""

    problem: str = ""
    """Why there is nothing, where that is so."""


def load(packets: PacketReader, book: SchemaBook, stored: StoredAlert) -> Whole:
    """Read and decode an alert's packet. For a worker: a big one takes a tenth of a second.

    Args:
        packets: Where packets are.
        book: Where schemas are looked up; the worker's own.
        stored: The alert.
    """
    try:
        key, value = packets.read(stored.place)
        schema = book.schema(key)
        found = record(schema, value)
    except StoreError as error:
        return Whole(stored.id, [], [], False, str(error))
    except (SchemaError, PacketError) as error:
        return Whole(stored.id, [], [], False, f"The packet cannot be read: {error}.")
    return Whole(stored.id, schema.survey.points(found), fields(found), schema.survey.flux_first)
