"""The field around a place, from the CDS in Strasbourg: an image of the sky (hips2fits), and what SIMBAD knows there.

Both are kept on disk: an image of a survey never changes, what SIMBAD knows seldom does; so a place that was looked at
once is there when the link is down. An image beyond a survey's area comes blank, without an error.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fink_tui.alerts.cutout import Cutout
from fink_tui.alerts.text import clean
from fink_tui.search.errors import BrokenError, CancelledError, LinkError, SearchError, SlowError
from fink_tui.search.services import simbad_objects
from fink_tui.search.services.remembered import Answer, Remembered, key_of
from fink_tui.search.services.simbad_objects import MOST, REACH, Neighbourhood
from fink_tui.search.services.sky_image import LEAST_SEEN, PIXELS, Field, Survey, placed, read_image, seen, surveys

if TYPE_CHECKING:
    from fink_tui.search.http.client import Client
    from fink_tui.store.answers import Answers

GRID = 1000
"""Steps a degree to which a place is rounded for a request: alerts of one object have one field then."""

SIMBAD_DAYS = 7.0
"""For so long SIMBAD is not asked again about a place."""


class Cds:
    """The services of the CDS, with a memory."""

    def __init__(
        self, client: Client, answers: Answers, hips: str, simbad: str, clock: Callable[[], float] = time.time
    ) -> None:
        """Make it; nothing is asked yet.

        Args:
            client: What fetches.
            answers: Where answers are kept.
            hips: Address of the image service.
            simbad: Address of SIMBAD's table access.
            clock: Unix seconds.
        """
        self._remembered = Remembered(client, answers, clock)
        self._hips = hips
        self._simbad = simbad

    def field(
        self,
        ra: float,
        dec: float,
        side: float,
        survey: Survey | None = None,
        is_cancelled: Callable[[], bool] = lambda: False,
    ) -> Field:
        """The sky around a place.

        Args:
            ra: Right ascension, degrees.
            dec: Declination, degrees.
            side: Of the field, arcminutes.
            survey: Which is wanted; None: the best that has the place. Where it has nothing, the next serves.
            is_cancelled: Whether nobody waits for it any longer.

        Raises:
            SearchError: There is no image.
        """
        tried = surveys(ra, dec)
        if survey is not None:
            tried = [survey, *(one for one in tried if one != survey)]
        middle = _middle(ra, dec)
        said: list[str] = []
        failed: SearchError | None = None
        for one in tried:
            try:
                answer = self._image(
                    middle, side, one, is_cancelled, is_asked=not isinstance(failed, LinkError | SlowError)
                )
            except CancelledError:
                raise
            except SearchError as error:
                failed = failed or error
                continue
            if answer is None:
                continue
            if seen(answer.value) < LEAST_SEEN:
                said.append(f"{one.name} has nothing here.")
                continue
            words = " ".join(
                [*said, *([clean(failed, 400)] if failed else []), *([answer.words] if answer.words else [])]
            )
            return Field(placed(answer.value, middle, (ra, dec)), one, side, answer.fetched_at, words)
        raise failed or BrokenError("No survey has an image of this place.")

    def neighbours(self, ra: float, dec: float, is_cancelled: Callable[[], bool] = lambda: False) -> Neighbourhood:
        """What SIMBAD knows around a place.

        Args:
            ra: Right ascension, degrees.
            dec: Declination, degrees.
            is_cancelled: Whether nobody waits for it any longer.

        Raises:
            SearchError: Nobody could say.
        """
        middle = _middle(ra, dec)
        arguments = {"request": "doQuery", "lang": "adql", "format": "json", "query": simbad_objects.question(*middle)}
        key = key_of("cds", "simbad", arguments["query"])
        answer = self._remembered.answer(key, self._simbad, arguments, _table, SIMBAD_DAYS * 86400, is_cancelled)
        assert answer is not None
        objects = sorted(simbad_objects.objects(answer.value, ra, dec), key=lambda one: one.distance)
        is_all = len(answer.value) < MOST
        reach = REACH if is_all or not objects else objects[-1].distance / 60
        return Neighbourhood(tuple(objects), reach, answer.fetched_at, answer.words)

    def _image(
        self,
        middle: tuple[float, float],
        side: float,
        survey: Survey,
        is_cancelled: Callable[[], bool],
        *,
        is_asked: bool,
    ) -> Answer[Cutout] | None:
        arguments = {
            "hips": survey.hips,
            "ra": f"{middle[0]:.3f}",
            "dec": f"{middle[1]:.3f}",
            "fov": f"{side / 60:.6f}",
            "width": str(PIXELS),
            "height": str(PIXELS),
            "projection": "TAN",
            "coordsys": "icrs",
            "format": "fits",
        }
        key = key_of("cds", "hips2fits", *arguments.values())
        return self._remembered.answer(key, self._hips, arguments, _image, math.inf, is_cancelled, is_asked=is_asked)


def _image(path: Path) -> Cutout:
    return read_image(path.read_bytes())


def _table(path: Path) -> list[dict[str, Any]]:
    return simbad_objects.table(path.read_bytes())


def _middle(ra: float, dec: float) -> tuple[float, float]:
    """The place that is asked about: that of an object, whichever of its alerts it is."""
    return round(ra % 360 * GRID) % (360 * GRID) / GRID, max(-90.0, min(90.0, round(dec * GRID) / GRID))
