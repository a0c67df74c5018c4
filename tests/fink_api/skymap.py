"""Searching a gravitational-wave event's region (apps/routes/v1/{ztf,lsst}/skymap/utils.py)."""

from __future__ import annotations

import math
from collections.abc import Callable

from tests.fink_api import catalogue, reading
from tests.fink_api.healpix import centre, separation
from tests.fink_api.reply import Frame
from tests.fink_api.routes import Payload
from tests.fink_api.table import Row, Table


def region(payload: Payload, table: Table, nside: int, night: float) -> tuple[catalogue.Event, list[int]] | Frame:
    """The event asked for and the pixels of its credible region that have rows.

    An event that GraceDB does not know gives one row with GraceDB's answer in it, and status 200: pandas writes the
    bytes of the body as text. A sky map of one's own, `bayestar`, is not understood by the stand-in.
    """
    event = catalogue.event(payload["event_name"], night)
    if event is None:
        return Frame(["status"], [{"status": '{"detail":"Superevent not found"}'}])
    level = float(payload["credible_level"])  # KeyError without it: status 500
    reach = event.sigma * math.sqrt(-2 * math.log(max(1e-12, 1 - level)))  # of a normal distribution on a plane
    filled = {int(key.split("_", 1)[0]) for key in table.keys()}  # noqa: SIM118 - a Table is no mapping
    return event, sorted(p for p in filled if separation(*centre(nside, p), event.ra, event.dec) <= reach)


def ztf(payload: Payload, table: Table, frame: Callable[[dict[str, Row]], Frame], night: float) -> Frame:
    """Alerts from one day before the event to six after that; those of objects much older are left out."""
    before, after = payload.get("n_day_before", 1), payload.get("n_day_after", 6)
    found = region(payload, table, 128, night)
    if isinstance(found, Frame):
        return found
    event, pixels = found
    begin = event.mjd + reading.JD - before  # text cannot be taken from a number: status 500
    rows: dict[str, Row] = {}
    for pixel in pixels:
        rows |= table.span(f"{pixel}_{begin}", f"{pixel}_{begin + after}", None)
    out = frame(rows)
    kept = [row | {"v:jdstartgw": event.mjd + reading.JD} for row in out.rows]
    return Frame.of([row for row in kept if row["i:jd"] - row["i:jdstarthist"] <= after])
