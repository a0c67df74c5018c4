"""Alerts kept, found by the name of their object."""

from __future__ import annotations

from contextlib import closing

from fink_tui.alerts.row import AlertRow, Point
from fink_tui.alerts.survey import objects_of, survey_named
from fink_tui.store.database import Database
from fink_tui.store.pages import Pages, StoredAlert

MOST = 2000
"""Alerts of an object, the newest, whose points are read."""

SHORTEST = 4
"""Characters of a name that have to agree for another to be like it."""


def newest(database: Database, object_id: str) -> StoredAlert | None:
    """The newest alert of an object by its time of observation, or None where none is kept.

    A detection may be there twice, as ZTF's alert, which has a light curve, and as a GRB/GW alert, which has none: then
    it is ZTF's.

    Args:
        database: The store's.
        object_id: The object's name.
    """
    return _alert(database, "object_id = ? ORDER BY obs_mjd DESC, survey = 'mma', id DESC LIMIT 1", object_id)


def alert(database: Database, survey: str, alert_id: str) -> StoredAlert | None:
    """An alert by its survey's number, or None where it is not kept."""
    return _alert(database, "survey = ? AND alert_id = ?", survey, alert_id)


def points(database: Database, row: AlertRow) -> list[Point]:
    """What the rows of an object's other alerts measured, in no order: their packets are not read.

    Args:
        database: The store's.
        row: An alert of the object. Those of GRB/GW alerts are ZTF's.
    """
    survey = survey_named(objects_of(row.survey))
    with closing(database.reader()) as connection:
        found = connection.execute(
            f"SELECT {', '.join(AlertRow._fields)} FROM alert "
            "WHERE object_id = ? AND survey = ? AND alert_id != ? ORDER BY obs_mjd DESC LIMIT ?",
            (row.object_id, survey.name, row.alert_id, MOST),
        ).fetchall()
    measured = (survey.detection(AlertRow(*values)) for values in found)
    return [point._replace(is_current=False) for point in measured if point is not None]


def names_like(database: Database, name: str, most: int = 3) -> list[str]:
    """Names of objects that a mistyped one may have meant: the same but for capitals and blanks, or a like beginning.

    Args:
        database: The store's.
        name: What was typed.
        most: How many at most.
    """
    plain = "".join(name.split())
    with closing(database.reader()) as connection:
        for length in (len(plain), len(plain) - 1, len(plain) - 2):
            if length < SHORTEST:
                break
            start = plain[:length].replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
            found = connection.execute(
                "SELECT DISTINCT object_id FROM alert WHERE replace(object_id, ' ', '') LIKE ? ESCAPE '\\' "
                "ORDER BY length(object_id), object_id LIMIT ?",
                (f"{start}%", most),
            ).fetchall()
            if found:
                return [str(object_id) for (object_id,) in found]
    return []


def _alert(database: Database, where: str, *values: str) -> StoredAlert | None:
    with closing(database.reader()) as connection:
        found = connection.execute(f"SELECT id FROM alert WHERE {where}", values).fetchone()
    if found is None:
        return None
    with closing(Pages(database)) as pages:
        return pages.alert(found[0])
