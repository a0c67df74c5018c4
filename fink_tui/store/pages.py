"""The alerts kept, read by everyone: a page at a time for the list, whole for the detail, in order for a file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from fink_tui.alerts.row import AlertRow
from fink_tui.store.database import Database
from fink_tui.store.packets import Place
from fink_tui.store.tables import OWN_COLUMNS, ROW_COLUMNS

PAGE = 128
"""Rows of a page."""

MOST = 1000
"""Alerts of an exposure that are counted: it is enough to know that there are so many."""

RECENT = 2000
"""Alerts, the newest, by which it is judged how many an exposure has."""

PATIENCE = 0.2
"""Seconds that a screen waits for a process that has locked the whole database; then it says so, and asks again."""

COLUMNS = ("id", *ROW_COLUMNS, *OWN_COLUMNS)
"""Every column of an alert."""

EXPORTED = tuple(
    name for name in COLUMNS if name not in ("file_id", "place_offset", "place_length", "arrival", "number")
)
"""The columns that mean something outside this store."""


class ListRow(NamedTuple):
    """The columns of an alert that the list shows."""

    id: int
    survey: str
    alert_id: str
    object_id: str
    label: str
    obs_mjd: float
    arrived_at: float
    band: str | None
    mag: float | None
    mag_err: float | None
    flux: float | None
    flux_err: float | None
    mag_change: float | None
    mag_change_err: float | None
    sparkline: str
    real_bogus: float | None
    n_detections: int
    is_positive: int | None
    topics: str
    state: str
    sending: str
    ra: float
    dec: float
    galactic_latitude: float
    simbad_type: str | None
    tns_name: str | None
    tns_type: str | None
    gaia_plx: float | None
    gaia_plx_err: float | None
    vsx_type: str | None
    gcvs_type: str | None
    x3hsp: str | None
    x4lac: str | None
    sso_name: str | None
    roid: int | None
    sgscore1: float | None
    distpsnr1: float | None
    neargaiabright: float | None
    maggaiabright: float | None
    exposure_id: str | None
    arrival: int | None
    """Its place among all that arrived; None: only a search has found it."""


class Exposure(NamedTuple):
    """How many alerts an exposure has in this store, those of the Solar System left out: they are there on purpose."""

    alerts: int
    """Alerts of this exposure, counted up to `MOST`."""

    usual: int
    """Alerts of the exposure in the middle, of the newest ones of the survey."""


class StoredAlert(NamedTuple):
    """An alert's whole row, and what this store knows of it."""

    id: int
    row: AlertRow
    topics: str
    night: int
    arrived_at: float
    galactic_latitude: float
    state: str
    sending: str
    place: Place
    exposure: Exposure | None = None
    """How many alerts its exposure has; None where it is not known which that is."""
    is_found: bool = False
    """Whether only a search has found it: it has not come by the stream. Then `arrived_at` is when Fink said so."""


_SEARCHED = "object_id || ' ' || label || ' ' || alert_id || ' ' || topics || ' ' || coalesce(tns_name, '')"
"""What the list's find looks through."""

_MATCH = f"({_SEARCHED}) LIKE ? ESCAPE '\\'"

_UNDECIDED = "state = ''"


_STILL = "label NOT LIKE 'Solar System%'"
"""What does not belong to the Solar System, by its class."""


class Reading:
    """A screen's own way into the store: a connection, and whether anything was written since it was last looked at."""

    def __init__(self, database: Database) -> None:
        """Open the connection."""
        self._connection = database.reader(patience=PATIENCE)
        self._version = -1

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def has_changed(self) -> bool:
        """Whether anyone, in this process or another, has written to the store since the last call."""
        (version,) = self._connection.execute("PRAGMA data_version").fetchone()
        changed = version != self._version
        self._version = version
        return bool(changed)


class Pages(Reading):
    """The alerts of a night, or all, in order of arrival: a long list read a page at a time.

    Nothing here counts rows: a list of a million is as quick as one of ten. Rows are only ever added, at the end, and
    stay; so arrivals go from 1 without a gap, and each night's numbers from 0. What only a search has found is in no
    such list; its row can be asked for by its id.
    """

    def __init__(self, database: Database, night: int | None = None) -> None:
        """Open the list.

        Args:
            database: The store's.
            night: The night, YYYYMMDD, or None for all alerts.
        """
        super().__init__(database)
        self._database = database
        self.night = night
        self._values: tuple[int, ...] = () if night is None else (night,)
        self._where = "" if night is None else "night = ? AND "
        self._column, self._first = ("arrival", 1) if night is None else ("number", 0)
        self._usuals: dict[str, tuple[int, int]] = {}

    def count(self) -> int:
        """How many alerts the list has now."""
        found = self._connection.execute(
            f"SELECT {self._column} FROM alert WHERE {self._where}{self._column} >= ? "
            f"ORDER BY {self._column} DESC LIMIT 1",
            (*self._values, self._first),
        ).fetchone()
        return 0 if found is None else int(found[0]) - self._first + 1

    def total(self) -> int:
        """How many alerts there are, those among them that are not in the list: none."""
        return self.count()

    def page(self, number: int) -> list[ListRow]:
        """The rows of a page, fewer than `PAGE` on the last; none beyond it."""
        rows = self._connection.execute(
            f"SELECT {', '.join(ListRow._fields)} FROM alert WHERE {self._where}{self._column} >= ? "
            f"ORDER BY {self._column} LIMIT ?",
            (*self._values, self._first + number * PAGE, PAGE),
        )
        return [ListRow(*row) for row in rows]

    def newest(self) -> int:
        """The arrival of the newest alert in the store, of whatever night; 0 where it has none."""
        (found,) = self._connection.execute("SELECT max(arrival) FROM alert").fetchone()
        return found or 0

    def arrival(self, alert: int) -> int:
        """The arrival of an alert, by its id in the store; 0 where it has not arrived."""
        found = self._connection.execute("SELECT arrival FROM alert WHERE id = ?", (alert,)).fetchone()
        return 0 if found is None else found[0] or 0

    def beside(self) -> Pages:
        """The same list on a connection of its own, for the thread that asks."""
        return Pages(self._database, self.night)

    def rows(self, alerts: Sequence[int]) -> list[ListRow]:
        """The rows of some alerts, by their ids in the store, in that order."""
        found = self._connection.execute(f"SELECT {', '.join(ListRow._fields)} FROM alert WHERE id IN {_these(alerts)}")
        rows = {row[0]: ListRow(*row) for row in found}
        return [rows[alert] for alert in alerts]

    def index_of(self, alert: int) -> int | None:
        """Where in the list an alert is, by its id in the store, or None where it is not."""
        found = self._connection.execute(
            f"SELECT {self._column} FROM alert WHERE {self._where}id = ? AND {self._column} >= ?",
            (*self._values, alert, self._first),
        ).fetchone()
        return None if found is None else int(found[0]) - self._first

    def nearest(self, alert: int) -> int | None:
        """Where in the list an alert is, or None where it is not."""
        return self.index_of(alert)

    def find(self, text: str, start: int, *, backwards: bool = False) -> int | None:
        """The next alert whose name, label, id or topic contains a text, whatever the case; round the end.

        Args:
            text: What is looked for.
            start: The id in the store from which on, itself excluded.
            backwards: Whether to look at earlier ones.

        Returns:
            Its id in the store, or None.
        """
        pattern = _pattern(text)
        found = self._next(_MATCH, (pattern,), start, backwards)
        return found if found is not None else self._next(_MATCH, (pattern,), None, backwards)

    def matching(self, alerts: Sequence[int], text: str) -> set[int]:
        """Those of some alerts, by their ids in the store, that `find` would find."""
        return self._those(alerts, _MATCH, (_pattern(text),))

    def all_undecided(self, alerts: Sequence[int]) -> set[int]:
        """Those of some alerts, by their ids in the store, that have no decision."""
        return self._those(alerts, _UNDECIDED, ())

    def _those(self, alerts: Sequence[int], condition: str, arguments: tuple[str, ...]) -> set[int]:
        found = self._connection.execute(
            f"SELECT id FROM alert WHERE id IN {_these(alerts)} AND {condition}", arguments
        )
        return {number for (number,) in found}

    def undecided(self, start: int, *, backwards: bool = False) -> int | None:
        """The next alert without a decision, in the list's order.

        Args:
            start: The id in the store from which on, itself excluded.
            backwards: Whether to look at earlier ones.

        Returns:
            Its id in the store, or None.
        """
        return self._next(_UNDECIDED, (), start, backwards)

    def _next(self, condition: str, arguments: tuple[str, ...], start: int | None, backwards: bool) -> int | None:
        """The first alert in the list's order, or against it, that fulfils a condition; None for `start`: of all."""
        order, beyond = ("DESC", "<") if backwards else ("ASC", ">")
        condition, limits = f"{self._column} >= ? AND {condition}", [self._first]
        if start is not None and (index := self.index_of(start)) is not None:
            condition = f"{self._column} {beyond} ? AND {condition}"
            limits.insert(0, self._first + index)
        found = self._connection.execute(
            f"SELECT id FROM alert WHERE {self._where}{condition} ORDER BY {self._column} {order} LIMIT 1",
            (*self._values, *limits, *arguments),
        ).fetchone()
        return None if found is None else int(found[0])

    def alert(self, alert: int) -> StoredAlert | None:
        """An alert's whole row, by its id in the store, or None where it has none."""
        found = self._connection.execute(
            "SELECT alert.*, packet_file.name AS file FROM alert JOIN packet_file ON packet_file.id = file_id "
            "WHERE alert.id = ?",
            (alert,),
        ).fetchone()
        if found is None:
            return None
        stored = _stored(found)
        return stored._replace(exposure=self.exposure(stored.row))

    def exposure(self, row: AlertRow | ListRow) -> Exposure | None:
        """How many alerts an alert's exposure has; None where it is not known which that is."""
        if row.exposure_id is None:
            return None
        (count,) = self._connection.execute(
            "SELECT count(*) FROM "
            "(SELECT 1 FROM alert WHERE exposure_id = ? AND survey = ? AND arrival IS NOT NULL "
            f"AND {_STILL} LIMIT {MOST})",
            (row.exposure_id, row.survey),
        ).fetchone()
        return Exposure(count, self._usual(row.survey))

    def _usual(self, survey: str) -> int:
        """Alerts of the exposure in the middle; asked again only when another thousand has come."""
        last = self.newest()
        thousands = last // 1000 if last >= RECENT else last  # while there are few, each matters
        known = self._usuals.get(survey)
        if known is None or known[0] != thousands:
            counts = [
                count
                for (count,) in self._connection.execute(
                    "SELECT count(*) FROM alert INDEXED BY alert_arrival WHERE arrival > ? AND survey = ? "
                    f"AND exposure_id IS NOT NULL AND {_STILL} GROUP BY exposure_id ORDER BY 1",
                    (last - RECENT, survey),
                )
            ]
            known = self._usuals[survey] = thousands, counts[len(counts) // 2] if counts else 0
        return known[1]


def _pattern(text: str) -> str:
    """What `_MATCH` asks for where a text is looked for."""
    return "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"


def _these(alerts: Sequence[int]) -> str:
    """Ids as a list of SQL's."""
    return f"({', '.join(map(str, alerts))})"


def _stored(found: sqlite3.Row) -> StoredAlert:
    row = AlertRow(*(found[name] for name in AlertRow._fields))
    if row.is_positive is not None:
        row = row._replace(is_positive=bool(row.is_positive))
    place = Place(found["file"], found["place_offset"], found["place_length"])
    return StoredAlert(
        found["id"],
        row,
        found["topics"],
        found["night"],
        found["arrived_at"],
        found["galactic_latitude"],
        found["state"],
        found["sending"],
        place,
        is_found=found["arrival"] is None,
    )


class Totals(Reading):
    """How much the store holds."""

    def __init__(self, database: Database) -> None:
        """Open a connection of its own; nothing is known yet."""
        super().__init__(database)
        self.alerts = 0
        """Alerts that arrived, in all."""
        self.quarantined = 0
        """Messages in quarantine."""
        self.newest_mjd: float | None = None
        """Observation of the newest of them, MJD, UTC."""

    def refresh(self) -> None:
        """Ask again; by an index each, however many there are: arrivals go from 1 without a gap."""
        (last,) = self._connection.execute("SELECT max(arrival) FROM alert").fetchone()
        self.alerts = last or 0
        newest = self._connection.execute(
            "SELECT obs_mjd FROM alert WHERE arrival IS NOT NULL ORDER BY obs_mjd DESC LIMIT 1"
        ).fetchone()
        self.newest_mjd = None if newest is None else newest[0]
        (self.quarantined,) = self._connection.execute("SELECT count(*) FROM quarantine").fetchone()


def export(database: Database, columns: Sequence[str], night: int | None = None) -> Iterator[dict[str, Any]]:
    """Rows of what arrived, in that order, for a file.

    Args:
        database: The store's.
        columns: Names out of `EXPORTED`.
        night: Only this night's, YYYYMMDD.

    Raises:
        ValueError: There is no such column.
    """
    for name in columns:
        if name not in EXPORTED:
            raise ValueError(f"there is no column {name!r}")
    where, values = ("AND night = ?", (night,)) if night is not None else ("", ())
    connection = database.reader()
    try:
        for row in connection.execute(
            f"SELECT {', '.join(columns)} FROM alert WHERE arrival IS NOT NULL {where} ORDER BY arrival", values
        ):
            yield dict(zip(columns, row, strict=True))
    finally:
        connection.close()


def export_these(database: Database, columns: Sequence[str], alerts: Sequence[int]) -> Iterator[tuple[Any, ...]]:
    """Rows of some alerts for a file, those among them that only a search has found.

    Args:
        database: The store's.
        columns: Names out of `COLUMNS`.
        alerts: Their ids in the store; the rows come in that order.
    """
    connection = database.reader()
    try:
        for start in range(0, len(alerts), PAGE):
            some = alerts[start : start + PAGE]
            query = f"SELECT id, {', '.join(columns)} FROM alert WHERE id IN {_these(some)}"
            rows = {number: tuple(values) for number, *values in connection.execute(query)}
            yield from (rows[alert] for alert in some if alert in rows)
    finally:
        connection.close()
