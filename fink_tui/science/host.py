"""The galaxy beside a transient: how far from it, as far as an alert says."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from fink_tui.alerts.distance import mangrove
from fink_tui.alerts.row import AlertRow
from fink_tui.science.reading import text
from fink_tui.sky.coordinates import separation

NAME = re.compile(r"(\d\d)(\d\d)(\d{4})([+-])(\d\d)(\d\d)(\d{3})")
"""A name of the 2MASS catalogue of extended sources is its place: hhmmss.ss, sign, ddmmss.s, without the points."""


def place_in_name(name: str | None) -> tuple[float, float] | None:
    """The place, degrees, that a name of the 2MASS catalogue says, to 0.2 arcsec; None where it says none."""
    found = NAME.fullmatch(name.strip()) if name is not None else None
    if found is None:
        return None
    hours, minutes, hundredths, sign, degrees, arcminutes, tenths = found.groups()
    ra = 15 * (int(hours) + int(minutes) / 60 + int(hundredths) / 360_000)
    dec = int(degrees) + int(arcminutes) / 60 + int(tenths) / 36_000
    if ra >= 360 or dec > 90:
        return None
    return ra, -dec if sign == "-" else dec


def offset(row: AlertRow, record: Mapping[str, Any]) -> tuple[float, float | None] | None:
    """How far the alert is from Mangrove's galaxy.

    Args:
        row: The alert's row.
        record: Its record.

    Returns:
        Arcsec, and kpc at the galaxy's angular-diameter distance where that is known (`ang_dist` is that distance in
        Mpc, no angle); None where the galaxy's place is not known.
    """
    place = place_in_name(first_text(record, "mangrove.2MASS_name", "xm.mangrove_2MASS_name"))
    if place is None or not (math.isfinite(row.ra) and math.isfinite(row.dec)):
        return None
    apart = separation(row.ra, row.dec, *place)
    far = mangrove(record)[1]
    return apart * 3600, math.radians(apart) * far * 1000 if far is not None else None


def first_text(record: Mapping[str, Any], *paths: str) -> str | None:
    """The first text that says something."""
    return next((found for path in paths if (found := text(record, path)) is not None), None)
