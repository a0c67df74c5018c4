"""An alert read back whole, for the detail pane."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from fink_tui.alerts.fields import Field, fields
from fink_tui.alerts.merging import once
from fink_tui.alerts.row import AlertRow, Point
from fink_tui.alerts.schema import SchemaBook, SchemaError
from fink_tui.alerts.survey import portal, survey_named
from fink_tui.store.errors import StoreError
from fink_tui.store.packets import PacketReader, PacketRemovedError
from fink_tui.store.pages import StoredAlert
from fink_tui.store.reading import whole

if TYPE_CHECKING:
    from fink_tui.search.history import History


class Added(NamedTuple):
    """What a light curve has beyond its packet's points."""

    here: int = 0
    """Points of the object's other alerts that this machine has."""

    history: int = 0
    """Points of the whole history that neither the packet nor those have."""

    fetched_at: float | None = None
    """When Fink gave that history, Unix seconds; None where it was not asked for."""


class Whole(NamedTuple):
    """What is known of an alert: what its packet holds, or Fink's answer of it, and the object's other points."""

    alert: int
    """Its id in the store."""

    points: list[Point]
    """The object's light curve, each exposure once."""

    fields: list[Field]
    """All its fields; those of its row where there is no packet."""

    use_flux: bool
    """Whether its survey is read in flux."""

    problem: str = ""
    """Why there is no packet, where that is so."""

    record: Mapping[str, Any] = MappingProxyType({})
    """The packet's record without its histories, which are the points; empty where there is no packet."""

    own: tuple[Point, ...] = ()
    """Those of the points that the packet holds."""

    added: Added = Added()
    """Where the others are from."""


def load(packets: PacketReader, book: SchemaBook, stored: StoredAlert) -> Whole:
    """Read and decode an alert's packet. For a worker: a big one takes a tenth of a second.

    Args:
        packets: Where packets are.
        book: Where schemas are looked up; the worker's own.
        stored: The alert.
    """
    from fink_tui.alerts.decode import PacketError  # not needed for the first picture

    try:
        survey, found = whole(packets, book, stored)
    except PacketRemovedError as error:
        page = portal(stored.row.survey, stored.row.object_id)
        return _row_alone(stored, f"{error} Fink's portal shows the object: {page}")
    except StoreError as error:
        return _row_alone(stored, str(error))
    except (SchemaError, PacketError) as error:
        return _row_alone(stored, f"The packet cannot be read: {error}.")
    kept = {name: value for name, value in found.items() if not isinstance(value, list)}
    points = survey.points(found)
    shown = fields(found, survey.name)
    return Whole(stored.id, points, shown, survey.flux_first, record=kept, own=tuple(points))


def merged(whole: Whole, row: AlertRow, others: Sequence[Point], history: History | None) -> Whole:
    """The same alert with all that is known of its object's light curve, each exposure once.

    What the packet says goes first, then Fink's database, which knows the source's own brightness, too, then what
    the rows of other alerts have.

    Args:
        whole: What its packet holds, with whatever points.
        row: The alert's row: its detection is part of the light curve even where there is no packet any more.
        others: Points of the object's other alerts.
        history: Its whole history, where that was asked for.
    """
    own = list(whole.own)
    if not any(point.is_current for point in own) and (detection := survey_named(row.survey).detection(row)):
        own.append(detection)
    if not others and history is None:
        return whole._replace(points=list(whole.own), added=Added())
    with_history = once([*own, *(history.points if history is not None else ())])
    points = once([*own, *(history.points if history is not None else ()), *others])
    added = Added(
        here=len(points) - len(with_history),
        history=len(with_history) - len(once(own)),
        fetched_at=history.fetched_at if history is not None else None,
    )
    return whole._replace(points=points, added=added)


def _row_alone(stored: StoredAlert, problem: str) -> Whole:
    """What there is to show without a packet: the row, after the reason."""
    row = fields({name: value for name, value in stored.row._asdict().items() if value is not None})
    use_flux = survey_named(stored.row.survey).flux_first
    return Whole(stored.id, [], [Field("packet", problem), *row], use_flux, problem)
