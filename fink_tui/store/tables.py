"""The tables of the database, and what makes of an older version's the next."""

from __future__ import annotations

from typing import get_type_hints

from fink_tui.alerts.row import AlertRow

VERSION = 5
"""The version of the tables, kept in SQLite's `user_version`."""

SQL_TYPES = {str: "TEXT", float: "REAL", int: "INTEGER", bool: "INTEGER"}


def _row_columns() -> dict[str, str]:
    """The columns of `AlertRow` and their SQL types, `NOT NULL` where None cannot be."""
    columns = {}
    for name, hint in get_type_hints(AlertRow).items():
        kinds = getattr(hint, "__args__", (hint,))
        kind = next(kind for kind in kinds if kind is not type(None))
        columns[name] = SQL_TYPES[kind] + ("" if type(None) in kinds else " NOT NULL")
    return columns


ROW_COLUMNS = _row_columns()
"""Name and SQL type of every column that comes from the packet."""

OWN_COLUMNS = {
    "topics": "TEXT NOT NULL",  # names joined by commas, in order of arrival
    "night": "INTEGER NOT NULL",  # YYYYMMDD of the evening
    "arrived_at": "REAL NOT NULL",  # Unix seconds
    "galactic_latitude": "REAL NOT NULL",  # degrees
    "state": "TEXT NOT NULL DEFAULT ''",  # the standing decision: see decisions.py
    "sending": "TEXT NOT NULL DEFAULT ''",  # how far its sending is: see outbox.py
    "file_id": "INTEGER NOT NULL",
    "place_offset": "INTEGER NOT NULL",
    "place_length": "INTEGER NOT NULL",
    "arrival": "INTEGER",  # of all alerts that arrived, from 1 and without a gap; NULL for what only a search found
    "number": "INTEGER NOT NULL",  # of its night's arrivals, from 0 and without a gap; see FOUND for what was found
}
"""Name and SQL type of every column that this program adds."""

FOUND = -(1 << 40)
"""The number of an alert that only a search found is this less its id: its own, and below all that a night counts."""

OUTBOX = """
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY,          -- from 1 without a gap: rows stay
    receiver TEXT NOT NULL,
    alert INTEGER REFERENCES alert (id),    -- NULL for an alert of a file that is not kept here
    survey TEXT NOT NULL, alert_id TEXT NOT NULL, object_id TEXT NOT NULL, label TEXT NOT NULL,
    state TEXT NOT NULL,             -- see outbox.py
    choices TEXT NOT NULL,           -- JSON
    queued_at REAL NOT NULL,         -- Unix seconds, as all below
    not_before REAL NOT NULL,        -- until then it can be taken back before anything is sent
    attempts INTEGER NOT NULL DEFAULT 0,
    next_try REAL NOT NULL DEFAULT 0,
    answered_at REAL,
    answer TEXT NOT NULL DEFAULT '', -- the receiver's last words
    target TEXT NOT NULL DEFAULT '', -- the receiver's number of the target
    link TEXT NOT NULL DEFAULT '',   -- the target's page
    neighbours TEXT NOT NULL DEFAULT '[]',  -- JSON: the targets that it may be the same as
    UNIQUE (receiver, survey, alert_id)
);
CREATE INDEX outbox_open ON outbox (receiver, state, id);
CREATE INDEX outbox_state ON outbox (state);
CREATE INDEX outbox_object ON outbox (receiver, survey, object_id, id);
CREATE INDEX outbox_alert ON outbox (alert);
CREATE INDEX outbox_answered ON outbox (receiver, answered_at);
CREATE TABLE submission (
    outbox INTEGER PRIMARY KEY REFERENCES outbox (id),
    content BLOB NOT NULL            -- JSON: apart, since a row changes often and this never does
)
"""

EXPOSURE = "CREATE INDEX alert_exposure ON alert (exposure_id, survey) WHERE exposure_id IS NOT NULL"
"""How many alerts an exposure has."""

ARRIVALS = """
CREATE UNIQUE INDEX alert_arrival ON alert (arrival);
CREATE INDEX alert_time ON alert (obs_mjd, arrival, label)
"""
"""The order of arrival; and of time, with whether it arrived and its class: see `SEARCHED`."""

CELL = "CAST(dec + 90 AS INTEGER) * 360 + CAST(ra AS INTEGER) % 360"
"""A square of one degree by one on the map: an exposure's alerts are in few, so an index of these costs little."""

SEARCHED = f"""
CREATE INDEX alert_cell ON alert ({CELL});
CREATE INDEX alert_sso ON alert (sso_name, obs_mjd) WHERE sso_name IS NOT NULL
"""
"""What is searched for by place and name. Each index slows receiving, so that types of SIMBAD and the TNS have none,
and the class shares that of time: a million alerts are gone through by it in a tenth of a second."""

UNNAMED = "arrival IS NULL AND instr(alert_id, '@') > 0"
"""An alert whose survey's id the answer did not tell: see `alerts.api`."""

ANSWERS = f"""
CREATE INDEX alert_found ON alert (file_id, place_offset) WHERE arrival IS NULL;
CREATE INDEX alert_unnamed ON alert (object_id, obs_mjd) WHERE {UNNAMED};
CREATE TABLE answer (
    id INTEGER PRIMARY KEY REFERENCES packet_file (id),
    key TEXT UNIQUE,                 -- the question, or NULL once it has a newer answer
    fetched_at REAL NOT NULL,        -- Unix seconds
    size INTEGER NOT NULL            -- bytes
);
CREATE TABLE search (
    id INTEGER PRIMARY KEY,          -- the one asked last has the highest
    line TEXT NOT NULL UNIQUE,       -- as it was typed
    asked_at REAL NOT NULL,          -- Unix seconds
    found INTEGER NOT NULL           -- alerts
)
"""
"""What Fink answered, and what it was asked."""

SCHEMA = f"""
CREATE TABLE alert (
    id INTEGER PRIMARY KEY,          -- rows stay: it is never another's
    {", ".join(f"{name} {kind}" for name, kind in (ROW_COLUMNS | OWN_COLUMNS).items())},
    UNIQUE (survey, alert_id)
);
CREATE UNIQUE INDEX alert_number ON alert (night, number);
{ARRIVALS};
CREATE INDEX alert_object ON alert (object_id, obs_mjd);
{EXPOSURE};
{SEARCHED};
CREATE TABLE packet_file (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,       -- path below the folder of packets, or answers/ and the file in the store's folder
                                     -- of answers, after removed/<id>/ once it is gone
    indexed INTEGER NOT NULL         -- bytes from the start whose blocks all have rows
);
CREATE TABLE position (
    cluster TEXT NOT NULL, group_id TEXT NOT NULL, topic TEXT NOT NULL, partition INTEGER NOT NULL,
    next_offset INTEGER NOT NULL,
    PRIMARY KEY (cluster, group_id, topic, partition)
);
CREATE TABLE quarantine (
    id INTEGER PRIMARY KEY,
    reason TEXT NOT NULL,
    cluster TEXT NOT NULL, topic TEXT NOT NULL, partition INTEGER NOT NULL, offset INTEGER NOT NULL,
    key BLOB NOT NULL, value BLOB NOT NULL,
    arrived_at REAL NOT NULL,
    UNIQUE (cluster, topic, partition, offset)
);
CREATE TABLE decision (
    id INTEGER PRIMARY KEY,
    alert INTEGER NOT NULL REFERENCES alert (id),
    kind TEXT NOT NULL,
    decided_at REAL NOT NULL,        -- Unix seconds
    observer TEXT NOT NULL,          -- who, by the name of the login
    detail TEXT NOT NULL             -- for a save: the file
);
CREATE INDEX decision_alert ON decision (alert, id);
{OUTBOX};
{ANSWERS}"""


NUMBERED = """
ALTER TABLE alert ADD COLUMN number INTEGER NOT NULL DEFAULT -1;
CREATE TEMPORARY TABLE numbered AS
    SELECT id, row_number() OVER (PARTITION BY night ORDER BY id) - 1 AS number FROM alert;
UPDATE alert SET number = numbered.number FROM numbered WHERE numbered.id = alert.id;
DROP TABLE numbered;
DROP INDEX alert_night;
CREATE UNIQUE INDEX alert_number ON alert (night, number);
CREATE INDEX alert_time ON alert (obs_mjd)
"""
"""From version 1: its alerts had no numbers, so that the place of one in its night had to be counted."""


ARRIVED = f"""
ALTER TABLE alert ADD COLUMN arrival INTEGER;
UPDATE alert SET arrival = id;
DROP INDEX alert_time;
{ARRIVALS};
{SEARCHED};
{ANSWERS}
"""
"""From version 4: all alerts had arrived, and their ids went from 1 without a gap."""


MIGRATIONS = {
    1: NUMBERED,
    2: f"ALTER TABLE alert ADD COLUMN sending {OWN_COLUMNS['sending']}; {OUTBOX}",
    3: EXPOSURE,
    4: ARRIVED,
}
"""What makes of each version the next."""
