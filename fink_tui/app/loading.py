"""An alert read back whole, for the detail pane."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from fink_tui.alerts.fields import Field, fields
from fink_tui.alerts.row import Point
from fink_tui.alerts.schema import SchemaBook, SchemaError
from fink_tui.alerts.survey import portal, survey_named
from fink_tui.store.errors import StoreError
from fink_tui.store.packets import PacketReader, PacketRemovedError
from fink_tui.store.pages import StoredAlert


class Whole(NamedTuple):
    """What an alert's packet holds."""

    alert: int
    """Its id in the store."""

    points: list[Point]
    """Its light curve."""

    fields: list[Field]
    """All its fields; those of its row where there is no packet."""

    use_flux: bool
    """Whether its survey is read in flux."""

    problem: str = ""
    """Why there is no packet, where that is so."""

    record: Mapping[str, Any] = MappingProxyType({})
    """The packet's record without its histories, which are the points; empty where there is no packet."""


def load(packets: PacketReader, book: SchemaBook, stored: StoredAlert) -> Whole:
    """Read and decode an alert's packet. For a worker: a big one takes a tenth of a second.

    Args:
        packets: Where packets are.
        book: Where schemas are looked up; the worker's own.
        stored: The alert.
    """
    from fink_tui.alerts.decode import PacketError, record  # not needed for the first picture

    try:
        key, value = packets.read(stored.place)
        schema = book.schema(key)
        found = record(schema, value)
    except PacketRemovedError as error:
        page = portal(stored.row.survey, stored.row.object_id)
        return _row_alone(stored, f"{error} Fink's portal shows the object: {page}")
    except StoreError as error:
        return _row_alone(stored, str(error))
    except (SchemaError, PacketError) as error:
        return _row_alone(stored, f"The packet cannot be read: {error}.")
    kept = {name: value for name, value in found.items() if not isinstance(value, list)}
    return Whole(
        stored.id, schema.survey.points(found), fields(found, schema.survey.name), schema.survey.flux_first, record=kept
    )


def _row_alone(stored: StoredAlert, problem: str) -> Whole:
    """What there is to show without a packet: the row, after the reason."""
    row = fields({name: value for name, value in stored.row._asdict().items() if value is not None})
    use_flux = survey_named(stored.row.survey).flux_first
    return Whole(stored.id, [], [Field("packet", problem), *row], use_flux, problem)
