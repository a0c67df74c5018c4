"""Alerts that an answer tells of: rows beside those of the stream, without an arrival, whose place is in the answer.

Once their alert comes by the stream they are its row, with their id and all that was decided (`Inbox`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from functools import partial
from typing import Any, NamedTuple

from fink_tui.alerts.row import AlertRow
from fink_tui.alerts.survey import RowError
from fink_tui.sky.coordinates import galactic
from fink_tui.sky.night import night_of
from fink_tui.store.database import Database
from fink_tui.store.outbox import adopt
from fink_tui.store.packets import REMOVED
from fink_tui.store.tables import FOUND, ROW_COLUMNS, UNNAMED

AT_ONCE = 500
"""Rows that are written in one transaction, for which a decision waits."""


SAME_DAYS = 1e-5
"""A second: two exposures of an object are not as near in time, and what is told of one differs by less."""


class Told(NamedTuple):
    """An alert as an answer tells of it."""

    row: AlertRow
    file_id: int
    """The answer's."""
    offset: int
    """Of its document in the answer's body, bytes."""
    length: int
    """Bytes."""
    fetched_at: float
    """When the answer was given, Unix seconds."""


def at(database: Database, file_id: int, places: Sequence[tuple[int, int]]) -> dict[tuple[int, int], int]:
    """Alerts whose document is in some places of an answer: their ids in the store by offset and length.

    Args:
        database: The store's.
        file_id: The answer's.
        places: Offsets and lengths, bytes.

    Raises:
        StoreError: The database cannot be read.
    """
    offsets = [offset for offset, _ in places]
    with closing(database.reader()) as reader:
        rows = reader.execute(
            "SELECT place_offset, place_length, id FROM alert "
            "WHERE file_id = ? AND arrival IS NULL AND place_offset BETWEEN ? AND ?",
            (file_id, min(offsets, default=0), max(offsets, default=0)),
        )
        return {(offset, length): number for offset, length, number in rows}


def counts(database: Database) -> tuple[int, int]:
    """How many alerts arrived, and how many only an answer told of.

    Args:
        database: The store's.

    Raises:
        StoreError: The database cannot be read.
    """
    with closing(database.reader()) as reader:
        arrived, found = reader.execute(
            "SELECT (SELECT coalesce(max(arrival), 0) FROM alert), (SELECT count(*) FROM alert WHERE arrival IS NULL)"
        ).fetchone()
        return int(arrived), int(found)


def told(survey: str, value: Mapping[str, Any] | None, file_id: int, place: tuple[int, int], at: float) -> Told | None:
    """What a row of an answer tells of; None where it is no alert.

    Args:
        survey: `ztf` or `lsst`.
        value: The row; None where it cannot be read.
        file_id: The answer's.
        place: Its offset and length in the body, bytes.
        at: When the answer was given, Unix seconds.
    """
    from fink_tui.alerts import api  # not needed for the first picture

    if value is None:
        return None
    try:
        return Told(api.alert_row(survey, value), file_id, *place, at)
    except RowError:
        return None


def keep(database: Database, survey: str, alerts: Sequence[Told | None], longitude: float) -> list[int | None]:
    """Let alerts have rows in the store, where they have none; and better ones where these tell more.

    Args:
        database: The store's.
        survey: Whose they are.
        alerts: What an answer tells of.
        longitude: The site's, degrees east.

    Returns:
        Their ids in the store.

    Raises:
        StoreError: The database refuses.
    """
    with closing(database.reader()) as reader:
        alerts = [None if one is None else _named(reader, one) for one in alerts]
        known = _known(reader, survey, (one.row.alert_id for one in alerts if one is not None))
    new = [one for one in alerts if one is not None and _tells_more(one, known.get(one.row.alert_id))]
    ids = {alert_id: one.id for alert_id, one in known.items()}
    for start in range(0, len(new), AT_ONCE):
        some = new[start : start + AT_ONCE]
        ids |= database.write(partial(_write, some, [_columns(one, longitude) for one in some], longitude))
    more = [one.row for one in alerts if one is not None and _adds(one.row, known.get(one.row.alert_id))]
    if more:
        database.write(partial(_add, more))
    return [None if one is None else ids[one.row.alert_id] for one in alerts]


def let_arrive(connection: sqlite3.Connection) -> None:
    """Let what was only found be listed as what arrived, in order of observation: in a store for files. For the writer.

    Args:
        connection: The writer's.
    """
    rows = connection.execute("SELECT id FROM alert WHERE arrival IS NULL ORDER BY obs_mjd, id").fetchall()
    connection.executemany(
        "UPDATE alert SET arrival = (SELECT coalesce(max(arrival), 0) + 1 FROM alert), number = ("
        "SELECT max(coalesce(max(number), -1), -1) + 1 FROM alert AS other WHERE other.night = alert.night"
        ") WHERE id = ?",
        rows,
    )


def give_ids(connection: sqlite3.Connection, rows: Iterable[AlertRow]) -> None:
    """Give alerts that were found without their survey's id that of those that turn out to be them. For the writer.

    Args:
        connection: The writer's.
        rows: Alerts that are about to have rows.
    """
    if connection.execute(_UNNAMED).fetchone() is not None:  # mostly there are none, and this is asked for each batch
        # Where there is an alert of that id already, the other stays beside it.
        connection.executemany(_NAME, [(row.alert_id, *_same(row)) for row in rows])


_UNNAMED = f"SELECT 1 FROM alert INDEXED BY alert_unnamed WHERE {UNNAMED} LIMIT 1"
_SAME = "object_id = ? AND obs_mjd BETWEEN ? AND ? AND +survey = ?"
_NAME = f"UPDATE OR IGNORE alert INDEXED BY alert_unnamed SET alert_id = ? WHERE {UNNAMED} AND {_SAME}"
"""Left to itself, SQLite goes through all that was ever found, for each row."""


def _same(row: AlertRow) -> tuple[str, float, float, str]:
    """What an alert has in common with itself where its id is not told."""
    return row.object_id, row.obs_mjd - SAME_DAYS, row.obs_mjd + SAME_DAYS, row.survey


def _named(reader: sqlite3.Connection, one: Told) -> Told:
    """The same with its survey's id, where that is known of it."""
    if "@" not in one.row.alert_id:
        return one
    known = reader.execute(
        f"SELECT alert_id FROM alert WHERE {_SAME} AND NOT ({UNNAMED}) LIMIT 1", _same(one.row)
    ).fetchone()
    return one if known is None else one._replace(row=one.row._replace(alert_id=known[0]))


class _Known(NamedTuple):
    """What there is of an alert."""

    id: int
    has_arrived: bool
    place: tuple[int, int, int]
    fetched_at: float
    is_gone: bool
    """Whether its document is."""
    is_begun: bool
    """Whether it is known when its object was first detected."""
    is_counted: bool
    """Whether it is known how often."""


def _known(reader: sqlite3.Connection, survey: str, alert_ids: Iterable[str]) -> dict[str, _Known]:
    """What there is of some alerts, by their survey's ids."""
    found, ids = dict[str, _Known](), list(alert_ids)
    for start in range(0, len(ids), 500):
        some = ids[start : start + 500]
        for row in reader.execute(
            "SELECT alert_id, alert.id, arrival, file_id, place_offset, place_length, arrived_at, name, "
            "first_mjd IS NOT NULL, n_detections > 0 "
            "FROM alert JOIN packet_file ON packet_file.id = file_id "
            f"WHERE survey = ? AND alert_id IN ({','.join('?' * len(some))})",
            (survey, *some),
        ):
            found[row[0]] = _Known(
                row[1], row[2] is not None, tuple(row[3:6]), row[6], row[7].startswith(REMOVED), *row[8:]
            )
    return found


def _adds(row: AlertRow, known: _Known | None) -> bool:
    """Whether a row tells of the object what its alert's own, which stays, does not: many tables lack it."""
    if known is None or known.has_arrived:
        return False
    return (not known.is_begun and row.first_mjd is not None) or (not known.is_counted and row.n_detections > 0)


def _add(rows: Sequence[AlertRow], connection: sqlite3.Connection) -> None:
    """Add what rows tell of objects. For the writer."""
    connection.executemany(
        "UPDATE alert SET first_mjd = coalesce(first_mjd, ?), n_detections = coalesce(nullif(n_detections, 0), ?) "
        "WHERE survey = ? AND alert_id = ? AND arrival IS NULL",
        [(row.first_mjd, row.n_detections, row.survey, row.alert_id) for row in rows],
    )


def _tells_more(one: Told, known: _Known | None) -> bool:
    """Whether a row is to be made of it: what `_WRITE` asks once more, as others write meanwhile."""
    if known is None:
        return True
    is_better = one.fetched_at >= known.fetched_at and 5 * one.length >= 4 * known.place[2]
    is_same = known.place == one[1:4]
    return not known.has_arrived and not is_same and (is_better or known.is_gone)


def _columns(one: Told, longitude: float) -> tuple[Any, ...]:
    row = one.row
    return (*row, night_of(row.obs_mjd, longitude), one.fetched_at, galactic(row.ra, row.dec)[1], *one[1:4])


_GIVEN = (*ROW_COLUMNS, "night", "arrived_at", "galactic_latitude", "file_id", "place_offset", "place_length")

_KEPT = {
    "first_mjd": "coalesce(excluded.first_mjd, alert.first_mjd)",
    "n_detections": "coalesce(nullif(excluded.n_detections, 0), alert.n_detections)",
}
"""What is known of an object stays where a row that replaces another does not tell it."""

_SET = [f"{name} = {_KEPT.get(name, f'excluded.{name}')}" for name in _GIVEN]

_WRITE = f"""
INSERT INTO alert (id, number, topics, {", ".join(_GIVEN)})
VALUES (?1, {FOUND} - ?1, '', {", ".join("?" * len(_GIVEN))})
ON CONFLICT (survey, alert_id) DO UPDATE SET {", ".join(_SET)}
WHERE alert.arrival IS NULL AND (
    (excluded.arrived_at >= alert.arrived_at AND 5 * excluded.place_length >= 4 * alert.place_length)
    OR EXISTS (SELECT 1 FROM packet_file WHERE packet_file.id = alert.file_id AND name LIKE '{REMOVED}%')
)
"""
"""Rows of the tables that are made for a search hold a tenth of the columns: what has clearly less does not replace."""


def _write(
    alerts: Sequence[Told], columns: Sequence[tuple[Any, ...]], longitude: float, connection: sqlite3.Connection
) -> dict[str, int]:
    """Write rows, those of alerts that arrived meanwhile left out. For the writer.

    Args:
        alerts: What they tell of.
        columns: What is written of each.
        longitude: The site's, degrees east.
        connection: The writer's.

    Returns:
        Their ids in the store, by the survey's.
    """
    # Who writes meanwhile may have told the ids of those that had none, or may before the next look.
    named = [_named(connection, one) for one in alerts]
    columns = [
        given if one is before else _columns(one, longitude)
        for one, before, given in zip(named, alerts, columns, strict=True)
    ]
    give_ids(connection, [one.row for one in named])
    (last,) = connection.execute("SELECT coalesce(max(id), 0) FROM alert").fetchone()
    connection.executemany(_WRITE, [(last + number, *row) for number, row in enumerate(columns, 1)])
    adopt(connection)
    survey = alerts[0].row.survey
    known = _known(connection, survey, (one.row.alert_id for one in named))
    return {before.row.alert_id: known[one.row.alert_id].id for before, one in zip(alerts, named, strict=True)}
