"""Stores of many alerts, made in seconds: some of the demo's alerts are received, their rows repeated by SQL."""

from __future__ import annotations

import itertools
import sqlite3
import time
from pathlib import Path

from fink_tui.sky.night import night_of, unix_to_mjd
from fink_tui.store.store import Store
from fink_tui.store.tables import OWN_COLUMNS, ROW_COLUMNS
from fink_tui.stream.demo import alerts
from tests.app.live import receive

ORIGINALS = 200
"""Alerts that are received; all others are their repeats, with ids of their own, and their packets."""


def fill(folder: Path, count: int) -> None:
    """Make a store of so many alerts, all of this night.

    Args:
        folder: The store's.
        count: How many; a multiple of `ORIGINALS`.
    """
    now = unix_to_mjd(time.time())
    night = night_of(now)
    columns = ", ".join((*ROW_COLUMNS, *OWN_COLUMNS))
    repeated = columns.replace("alert_id", "alert_id || '-' || repeat", 1)
    repeated = repeated.removesuffix("arrival, number")
    repeated += f"arrival + {ORIGINALS} * repeat, number + {ORIGINALS} * repeat"

    def repeat(connection: sqlite3.Connection) -> None:
        connection.execute("UPDATE alert SET night = ?, number = -id", (night,))
        connection.execute("UPDATE alert SET number = id - 1")
        connection.execute(
            f"INSERT INTO alert ({columns}) "
            "WITH RECURSIVE repeats (repeat) AS (SELECT 1 UNION ALL SELECT repeat + 1 FROM repeats WHERE repeat < ?) "
            f"SELECT {repeated} FROM repeats CROSS JOIN (SELECT * FROM alert WHERE id <= ? ORDER BY id)",
            (count // ORIGINALS - 1, ORIGINALS),
        )

    with Store(folder) as store:
        receive(store, list(itertools.islice(alerts(seed=2, now_mjd=now), ORIGINALS)))
        if count > ORIGINALS:
            store.database.write(repeat)
