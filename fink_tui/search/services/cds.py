"""The field around a place, from the CDS in Strasbourg: an image of the sky (hips2fits), and what SIMBAD knows there.

Both are kept on disk: an image of a survey never changes, what SIMBAD knows seldom does; so a place that was looked at
once is there when the link is down. An image beyond a survey's area comes blank, without an error.
"""

from __future__ import annotations

import contextlib
import json
import math
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Generic, NamedTuple, Protocol, TypeVar

from fink_tui.alerts.cutout import Cutout
from fink_tui.alerts.text import clean
from fink_tui.search.errors import BrokenError, CancelledError, LinkError, SearchError, SlowError
from fink_tui.search.services import simbad_objects
from fink_tui.search.services.simbad_objects import MOST, REACH, Neighbourhood
from fink_tui.search.services.sky_image import LEAST_SEEN, PIXELS, Field, Survey, placed, read_image, seen, surveys
from fink_tui.store.errors import StoreError

T = TypeVar("T")

GRID = 1000
"""Steps a degree to which a place is rounded for a request: alerts of one object have one field then."""

SIMBAD_DAYS = 7.0
"""For so long SIMBAD is not asked again about a place."""


class Getter(Protocol):
    """What fetches: the client."""

    def get(
        self,
        url: str,
        arguments: Mapping[str, str],
        path: Path,
        progress: Callable[[int], None],
        is_cancelled: Callable[[], bool],
    ) -> None:
        """Write the body of an answer to a file; raise a `SearchError`."""


class Kept(Protocol):
    """An answer that was kept."""

    @property
    def path(self) -> Path:
        """Its body."""

    @property
    def fetched_at(self) -> float:
        """When it was given, Unix seconds."""


class Keeper(Protocol):
    """What keeps answers on disk: the store's `Answers`."""

    def lookup(self, key: str) -> Kept | None:
        """An answer of before."""

    def part(self, key: str) -> Path:
        """A file for an answer that comes."""

    def keep(self, key: str, part: Path, fetched_at: float) -> Kept:
        """It has come."""

    def discard(self, part: Path) -> None:
        """It has not."""


class _Answer(NamedTuple, Generic[T]):
    value: T
    fetched_at: float
    words: str


class Cds:
    """The services of the CDS, with a memory."""

    def __init__(
        self, client: Getter, answers: Keeper, hips: str, simbad: str, clock: Callable[[], float] = time.time
    ) -> None:
        """Make it; nothing is asked yet.

        Args:
            client: What fetches.
            answers: Where answers are kept.
            hips: Address of the image service.
            simbad: Address of SIMBAD's table access.
            clock: Unix seconds.
        """
        self._client = client
        self._answers = answers
        self._hips = hips
        self._simbad = simbad
        self._clock = clock

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
        key = _key("simbad", arguments["query"])
        answer = self._answer(key, self._simbad, arguments, simbad_objects.table, SIMBAD_DAYS * 86400, is_cancelled)
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
    ) -> _Answer[Cutout] | None:
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
        key = _key("hips2fits", *arguments.values())
        return self._answer(key, self._hips, arguments, read_image, math.inf, is_cancelled, is_asked=is_asked)

    def _answer(
        self,
        key: str,
        url: str,
        arguments: Mapping[str, str],
        read: Callable[[bytes], T],
        fresh: float,
        is_cancelled: Callable[[], bool],
        *,
        is_asked: bool = True,
    ) -> _Answer[T] | None:
        """An answer, of before where it is younger than `fresh` seconds or no other comes; what cannot be read is none.

        Returns:
            None where it is not to be asked for, and none is kept.

        Raises:
            SearchError: There is none.
        """
        before = self._before(key, read)
        if before is not None and self._clock() - before.fetched_at <= fresh:
            return before
        if not is_asked:
            return before
        with tempfile.TemporaryDirectory(prefix="fink-tui-") as folder:
            part, is_kept = self._part(key, Path(folder))
            try:
                self._client.get(url, arguments, part, lambda _: None, is_cancelled)
                value, now = read(part.read_bytes()), self._clock()
                if is_kept:
                    with contextlib.suppress(StoreError):  # what cannot be kept is shown all the same
                        self._answers.keep(key, part, now)
                return _Answer(value, now, "")
            except (SearchError, StoreError, OSError) as error:
                self._answers.discard(part)
                if isinstance(error, OSError):
                    raise BrokenError(f"The answer of the CDS cannot be written to disk: {error.strerror}.") from None
                if before is None and isinstance(error, StoreError):
                    raise BrokenError(str(error)) from None
                if before is None or isinstance(error, CancelledError):
                    raise
                return before._replace(words=clean(error, 400))

    def _part(self, key: str, folder: Path) -> tuple[Path, bool]:
        """A file for an answer, and whether it can be kept: a full disk has room for decisions alone."""
        try:
            return self._answers.part(key), True
        except StoreError:
            return folder / "answer", False

    def _before(self, key: str, read: Callable[[bytes], T]) -> _Answer[T] | None:
        """The answer of before; None where there is none that can be read."""
        try:
            kept = self._answers.lookup(key)
            return None if kept is None else _Answer(read(kept.path.read_bytes()), kept.fetched_at, "")
        except (StoreError, OSError, SearchError):
            return None


def _middle(ra: float, dec: float) -> tuple[float, float]:
    """The place that is asked about: that of an object, whichever of its alerts it is."""
    return round(ra % 360 * GRID) % (360 * GRID) / GRID, max(-90.0, min(90.0, round(dec * GRID) / GRID))


def _key(*parts: str) -> str:
    return json.dumps(["cds", *parts], separators=(",", ":"))
