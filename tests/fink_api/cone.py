"""The cone search of both surveys: two stages, of which the first cuts silently.

Evidence: apps/routes/v1/{ztf,lsst}/conesearch/utils.py. `client.setLimit(n)` limits the scan of each HEALPix pixel;
the cone is cut out of what the scans gave afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tests.fink_api import reading
from tests.fink_api.healpix import may_touch, separation
from tests.fink_api.reply import Frame, ServerError, refusal
from tests.fink_api.table import Row, Table


def columns_with_place(payload: Mapping[str, Any], family: str) -> list[str] | None:
    """The columns asked for, the place added; None for all.

    The route looks for the letters `i:ra` in the text, so `i:ranr` alone keeps the place from being added, and the
    search then fails with status 500.
    """
    if "columns" not in payload:
        return None
    text = str(payload["columns"]).replace(" ", "")
    for name in (f"{family}:ra", f"{family}:dec"):
        if name not in text:
            text = f"{text},{name}"
    return text.split(",")


def centre(payload: Mapping[str, Any]) -> tuple[float, float, float]:
    """Right ascension, declination and radius of the search, degrees.

    Raises:
        Refusal: The radius is too large, or the place is none; a ValueError is sent as its repr.
    """
    if float(payload["radius"]) > 18000.0:
        raise refusal("`radius` cannot be bigger than 18,000 arcseconds (5 degrees).\n")
    try:
        ra, dec = reading.place(payload["ra"], payload["dec"])
    except ValueError as error:
        raise refusal(error) from None
    return ra, dec, float(payload["radius"]) / 3600


def pixels(table: Table, nside: int, ra: float, dec: float, radius: float) -> list[int]:
    """The pixels that the search looks into; those without a row are left out, they give none."""
    filled = {int(key.split("_", 1)[0]) for key in table.keys()}  # noqa: SIM118 - a Table is no mapping
    return sorted(pixel for pixel in filled if may_touch(nside, pixel, ra, dec, radius))


def gather(found: list[int], scan: Callable[[int], dict[str, Row]]) -> dict[str, Row]:
    """The first stage: at most `n` rows of each pixel, the lowest keys first."""
    rows: dict[str, Row] = {}
    for pixel in found:
        rows |= scan(pixel)
    return rows


def cut(frame: Frame, family: str, ra: float, dec: float, radius: float) -> Frame:
    """The second stage: the distance to each row, nearest first, those too far away left out."""
    if not frame.rows:
        return frame
    for row in frame.rows:
        if f"{family}:ra" not in row or f"{family}:dec" not in row:
            raise ServerError("KeyError: the place is not among the columns")
        row["v:separation_degree"] = separation(ra, dec, row[f"{family}:ra"], row[f"{family}:dec"])
    kept = [row for row in frame.rows if row["v:separation_degree"] <= radius]
    kept.sort(key=lambda row: float(row["v:separation_degree"]))
    return Frame([*frame.columns, "v:separation_degree"], kept)
