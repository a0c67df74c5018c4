"""Alerts that a search found as rows, alike for both surveys: the columns of an export, and where each is from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from fink_tui.alerts.text import utc
from fink_tui.cli.formats import Column
from fink_tui.sky.coordinates import separation
from fink_tui.store.database import Database
from fink_tui.store.pages import EXPORTED, export_these
from fink_tui.store.tables import OWN_COLUMNS, ROW_COLUMNS

SOURCE = "source"
"""Whether an alert came by the stream, or only Fink's database has it."""

FETCHED = "fetched_at"
"""When Fink's database gave it, UTC; nothing where it came by the stream."""

SEPARATION = "separation"
"""From the middle of the cone, arcsec."""

TIME = "obs_utc"
"""`obs_mjd` as a date, to the minute, which a table shows."""

OWN = (SOURCE, FETCHED, SEPARATION)
"""The columns that only a search has."""

_MORE = ("mag_err", "n_detections", "tns_name", "tns_type", "survey", SOURCE)

BRIEF = ("object_id", TIME, "band", "mag", "ra", "dec", "label", *_MORE)
"""The columns of a table, where none are named: the first ones fit into 80 cells."""

BRIEF_OF_CONE = ("object_id", TIME, SEPARATION, "band", "mag", "label", "ra", "dec", *_MORE)
"""Those around a place."""

WHOLE = frozenset({"survey", "object_id", "alert_id", "id", TIME, FETCHED})
"""Columns that say nothing where they are cut off."""

_MEANINGS: dict[str, tuple[str, str, int | None]] = {
    "survey": ("", "meta.id;obs", None),
    "alert_id": ("", "meta.id", None),
    "object_id": ("", "meta.id;meta.main", None),
    "label": ("", "src.class", None),
    "ra": ("deg", "pos.eq.ra;meta.main", 5),
    "dec": ("deg", "pos.eq.dec;meta.main", 5),
    "galactic_latitude": ("deg", "pos.galactic.lat", 2),
    "obs_mjd": ("d", "time.epoch", 5),
    "first_mjd": ("d", "time.start", 5),
    "band": ("", "instr.bandpass", None),
    "mag": ("mag", "phot.mag", 2),
    "mag_err": ("mag", "stat.error;phot.mag", 2),
    "limit_mag": ("mag", "phot.mag;stat.max", 2),
    "flux": ("nJy", "phot.flux.density", 1),
    "flux_err": ("nJy", "stat.error;phot.flux.density", 1),
    "snr": ("", "stat.snr", 1),
    "real_bogus": ("", "stat.probability", 2),
    "n_detections": ("", "meta.number", None),
    "mag_change": ("mag", "phot.mag;arith.diff", 2),
    "mag_change_err": ("mag", "stat.error;phot.mag", 2),
    "mag_change_days": ("d", "time.interval", 2),
    "mag_rate": ("mag.d**-1", "", 3),
    "simbad_type": ("", "src.class", None),
    "tns_name": ("", "meta.id", None),
    "tns_type": ("", "src.class", None),
    "tns_redshift": ("", "src.redshift", 4),
    "gaia_plx": ("mas", "pos.parallax", 2),
    "gaia_plx_err": ("mas", "stat.error;pos.parallax", 2),
    "host_distance": ("Mpc", "pos.distance", 1),
    "sso_distance": ("arcsec", "pos.angDistance", 1),
    "distnr": ("pixel", "pos.angDistance", 2),
    "magnr": ("mag", "phot.mag", 2),
    "distpsnr1": ("arcsec", "pos.angDistance", 2),
    "neargaia": ("arcsec", "pos.angDistance", 2),
    "neargaiabright": ("arcsec", "pos.angDistance", 2),
    "maggaia": ("mag", "phot.mag", 2),
    "maggaiabright": ("mag", "phot.mag", 2),
    "trigger_mjd": ("d", "time.epoch", 5),
    "trigger_offset": ("deg", "pos.angDistance", 2),
    "trigger_error": ("deg", "pos.angDistance", 2),
    "arrived_at": ("s", "time.processing", 0),
    SEPARATION: ("arcsec", "pos.angDistance", 2),
    FETCHED: ("", "time.processing", None),
    TIME: ("", "time.epoch", None),
}
"""Unit, UCD and decimals in a table of what has any of them."""

OF_PACKETS = ("n_history", "n_limits", "arrived_at")
"""Columns that tell of a packet, and that it arrived: nothing is said where there is none."""

_NEEDED = ("arrival", "arrived_at", "obs_mjd", "ra", "dec")


def known() -> tuple[str, ...]:
    """Every column that can be named."""
    return (*EXPORTED, *OWN, TIME)


def columns(names: Sequence[str] | None, form: str, *, is_cone: bool) -> list[Column]:
    """The columns to write.

    Args:
        names: Those that were named; None where none were.
        form: The format: a table has few of them.
        is_cone: Whether there is a place that alerts are some way from.

    Raises:
        ValueError: A column is none; its text is the name.
    """
    if names is None:
        brief = BRIEF_OF_CONE if is_cone else BRIEF
        names = brief if form == "table" else [name for name in (*EXPORTED, *OWN) if is_cone or name != SEPARATION]
    for name in names:
        if name not in known():
            raise ValueError(name)
    return [Column(name, *_MEANINGS.get(name, ("", "", None)), _kind(name), name in WHOLE) for name in names]


def _kind(name: str) -> type:
    """What the values of a column are."""
    if name == "is_positive":
        return bool
    sql = "REAL" if name == SEPARATION else (ROW_COLUMNS | OWN_COLUMNS).get(name, "INTEGER" if name == "id" else "TEXT")
    return {"REAL": float, "INTEGER": int}.get(sql.split()[0], str)


def rows(
    database: Database, ids: Sequence[int], wanted: Sequence[Column], middle: tuple[float, float] | None
) -> Iterator[list[Any]]:
    """The rows of alerts.

    Args:
        database: The store's.
        ids: The alerts, in order.
        wanted: Which columns.
        middle: Right ascension and declination of the cone's, degrees; None without one.
    """
    names = [column.name for column in wanted]
    stored = [name for name in names if name in EXPORTED]
    for values in export_these(database, [*_NEEDED, *stored], ids):
        needed = dict(zip(_NEEDED, values, strict=False))
        found = dict(zip(stored, values[len(_NEEDED) :], strict=True))
        if "is_positive" in found and found["is_positive"] is not None:
            found["is_positive"] = bool(found["is_positive"])
        is_stream = needed["arrival"] is not None
        for name in OF_PACKETS if not is_stream else ():
            if name in found:
                found[name] = None
        if found.get("n_detections") == 0:
            found["n_detections"] = None  # nobody says
        found[SOURCE] = "stream" if is_stream else "fink"
        found[FETCHED] = (
            None if is_stream else f"{datetime.fromtimestamp(needed['arrived_at'], UTC):%Y-%m-%dT%H:%M:%SZ}"
        )
        found[TIME] = utc(needed["obs_mjd"])[:16]
        found[SEPARATION] = None
        if middle is not None:
            found[SEPARATION] = round(3600 * separation(*middle, needed["ra"], needed["dec"]), 3)
        yield [found[name] for name in names]
