"""Images of the sky around a place: the surveys that the CDS has as numbers, and where an alert is in an image."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from fink_tui.alerts import cutout
from fink_tui.alerts.cutout import Cutout, CutoutError
from fink_tui.search.errors import BrokenError
from fink_tui.search.services.simbad_objects import Around
from fink_tui.sky.coordinates import galactic
from fink_tui.sky.tangent import offsets

PIXELS = 128
"""Of an image, a side: about what a terminal's cells can show. A smaller field is asked for anew, with finer pixels."""

FIELDS = (1, 2, 3, 5, 8, 12, 20, 30)
"""Sides of a field, arcminutes."""

FIRST_FIELD = 3
"""The one that is shown first, arcminutes: a host galaxy and what is beside it."""

LEAST_SEEN = 0.3
"""A smaller part of an image with data is taken for a survey that ends here."""


class Survey(NamedTuple):
    """A survey of the sky that the image service has as numbers (FITS), in red light."""

    hips: str
    """Its identifier there."""

    name: str
    """For people."""

    dec: tuple[float, float]
    """Declinations between which it may have the place, degrees."""

    ra: tuple[float, float] = (0.0, 360.0)
    """Right ascensions, degrees: eastward from the one to the other."""

    latitude: float = 0.0
    """Least galactic latitude, north or south, degrees."""

    def may_have(self, ra: float, dec: float) -> bool:
        """Whether a place may be in it: its true outline is finer, and beyond it an image is blank."""
        first, last = self.ra
        is_between = (ra - first) % 360 <= (last - first) % 360 or last - first >= 360
        return is_between and self.dec[0] <= dec <= self.dec[1] and abs(galactic(ra, dec)[1]) >= self.latitude


SURVEYS = (
    Survey("CDS/P/PanSTARRS/DR1/r", "Pan-STARRS DR1 r", (-29.5, 90.0)),
    Survey("CDS/P/DES-DR2/r", "DES DR2 r", (-67.0, 5.0), (300.0, 100.0)),
    Survey("CDS/P/DESI-Legacy-Surveys/DR10/r", "Legacy Surveys DR10 r", (-85.0, 84.0), latitude=15.0),
    Survey("CDS/P/Skymapper/DR4/r", "SkyMapper DR4 r", (-90.0, 16.0)),
    Survey("CDS/P/DSS2/red", "DSS2 red", (-90.0, 90.0)),
)
"""The best first; the last has all of the sky. Areas: Chambers et al. 2016, Abbott et al. 2021, Dey et al. 2019 and
legacysurvey.org/dr10, Onken et al. 2024."""


class Field(NamedTuple):
    """An image of the sky around an alert."""

    cutout: Cutout
    """The pixels; its `place` is the alert's."""

    survey: Survey
    """Whose."""

    side: float
    """Arcminutes."""

    fetched_at: float
    """When the CDS gave it, Unix seconds."""

    words: str = ""
    """What is to be said of it: which survey has nothing here, why an old one serves."""


def surveys(ra: float, dec: float) -> list[Survey]:
    """The surveys that may have a place, the best first; one at least.

    Args:
        ra: Right ascension, degrees.
        dec: Declination, degrees.
    """
    return [survey for survey in SURVEYS if survey.may_have(ra, dec)]


def within(objects: Sequence[Around], field: Field) -> list[Around]:
    """The objects that are in an image."""
    found = []
    for one in objects:
        x, y = place_in(field.cutout, one.distance, one.angle)
        if -0.5 <= x < field.cutout.width - 0.5 and -0.5 <= y < field.cutout.height - 0.5:
            found.append(one)
    return found


def place_in(image: Cutout, distance: float, angle: float) -> tuple[float, float]:
    """Where something is in an image, x and y.

    Args:
        image: The image; it says how it lies on the sky.
        distance: From the alert, arcseconds.
        angle: Direction from the alert, degrees from north through east.
    """
    across, up = distance * math.sin(math.radians(angle)), distance * math.cos(math.radians(angle))
    east, north = image.east or (-1 / image.scale, 0.0), image.north or (0.0, 1 / image.scale)
    return image.place[0] + across * east[0] + up * north[0], image.place[1] + across * east[1] + up * north[1]


def read_image(body: bytes) -> Cutout:
    """An image as hips2fits gives it.

    Raises:
        BrokenError: It is none.
    """
    try:
        return cutout.read(body, "")
    except CutoutError as error:
        raise BrokenError(f"The image service of the CDS gave an image that cannot be shown: {error}.") from None


def seen(image: Cutout) -> float:
    """The part of an image that shows something; none where all pixels are alike."""
    values = [value for row in image.rows for value in row if math.isfinite(value)]
    if not values or min(values) == max(values):
        return 0.0
    return len(values) / (image.width * image.height)


def placed(image: Cutout, middle: tuple[float, float], place: tuple[float, float]) -> Cutout:
    """The image with the alert's place: its header's is the middle that was asked for."""
    away = offsets(*middle, *place)
    if away is None or image.east is None or image.north is None:
        return image
    east, north = away[0] * 3600, away[1] * 3600
    x = image.place[0] + east * image.east[0] + north * image.north[0]
    y = image.place[1] + east * image.east[1] + north * image.north[1]
    return image._replace(place=(x, y))
