"""A map of the sky with what was found, and what its keys do."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import ClassVar, NamedTuple

from rich.text import Text

from fink_tui.app.sky_map import picture
from fink_tui.app.sky_map.marks import Found, beside, marks
from fink_tui.app.sky_map.picture import Look
from fink_tui.app.sky_map.sight import FIELDS, Sight, holding
from fink_tui.app.widgets.picture_view import TextView
from fink_tui.sky.credible import Region
from fink_tui.sky.curves import Sky

TURN = 30.0
"""Degrees by which all of the sky is turned: two hours."""

PAN = 0.4
"""Of its width, by which a part of it is."""

TIGHT = 30.0
"""Degrees: what is in such a part of the sky, or a smaller one, is shown alone at first."""


class Request(NamedTuple):
    """All that a picture depends on."""

    found: Found
    current: int | None
    look: Look
    sky: Sky | None
    width: int
    height: int
    region: Region | None


class SkyMap(TextView):
    """The map, and which of the alerts on it is looked at."""

    NAME: ClassVar[str] = "map"
    TITLE: ClassVar[str] = "map"

    def __init__(self, *, opens_wide: bool = False, ascii_only: bool, id: str) -> None:  # noqa: A002
        """Make it empty.

        Args:
            opens_wide: Whether all of the sky is shown at first, whatever is on it.
            ascii_only: Whether only ASCII may be used.
            id: As for every widget.
        """
        super().__init__(ascii_only=ascii_only, id=id)
        self.found = Found(())
        """What is on it."""
        self.current: int | None = None
        """The number of the alert that is looked at."""
        self.look = Look()
        """How it is looked at."""
        self.sky: Sky | None = None
        """The sky now."""
        self.credible: Region | None = None
        """The credible region of the event that was searched for."""
        self._is_known = False
        self._is_framed = opens_wide

    def show(self, found: Found, current: int | None) -> None:
        """Show what was found; the first time, as closely as its extent asks for."""
        self.found, self._is_known = found, True
        self.current = current if current is not None or not found.places else 0
        if not self._is_framed and found.places and self.content_size:
            self._is_framed = True
            if not self.look.zoom:
                self._frame(self._close(), TIGHT)
        self.want(at_once=True)

    def show_sky(self, sky: Sky) -> None:
        """Show the sky as it is now."""
        self.sky = sky
        self.want(at_once=True)

    def show_region(self, region: Region) -> None:
        """Show an event's credible region."""
        self.credible = region
        self.want(at_once=True)

    @property
    def sight(self) -> Sight:
        """What is seen."""
        width, height = self.content_size
        return self.look.sight(max(1, width), max(1, height))

    def wanted(self) -> Request:
        """What should be seen now."""
        return Request(self.found, self.current, self.look, self.sky, *self.content_size, self.credible)

    def instead(self) -> Text | None:
        """Words, until it is known what there is; then, without alerts, there is still a sky."""
        return None if self._is_known else self.words("reading...")

    def painter(self) -> Callable[[], Text]:
        """What draws it."""
        return partial(_painted, self.wanted(), self.ascii_only)

    # -- keys ---------------------------------------------------------------------------------------------------------

    def _see(self, look: Look) -> None:
        self.look = look
        self.want(at_once=True)

    def go_to(self, number: int) -> None:
        """Look at an alert, and have it in sight."""
        if not self.found.places:
            return
        self.current = max(0, min(len(self.found.places) - 1, number))
        place = self.found.places[self.current]
        if self.look.zoom and self.sight.dot(place.ra, place.dec) is None:
            self._centre_here()
        self.want(at_once=True)

    def do_step(self, direction: int) -> None:
        """The next alert of the list, or the one before."""
        if self.current is not None:
            self.go_to(self.current + direction)

    def beside(self, right: int, down: int) -> bool:
        """The nearest alert in a direction; returns whether there is one in sight."""
        if self.current is None:
            return False
        on_map = marks(self.found, self.sight)
        if on_map.cell(self.current) is None:
            self.go_to(self.current)
            return True
        number = beside(on_map, self.current, right, down)
        if number is not None:
            self.go_to(number)
        return number is not None

    def do_zoom(self, direction: int) -> None:
        """See less of the sky, around the alert that is looked at, or more."""
        zoom = max(0, min(len(FIELDS), self.look.zoom + direction))
        if zoom > self.look.zoom and self.current is not None:
            self._centre_here()
        self._see(self.look._replace(zoom=zoom))

    def do_turn(self, direction: int) -> None:
        """See what is further on in right ascension, or before."""
        if not self.look.zoom:
            self._see(self.look._replace(ra=(self.look.ra + direction * TURN) % 360))
            return
        ra, dec = self.look.middle
        across = max(0.05, math.cos(math.radians(dec)))
        step = min(90.0, PAN * FIELDS[self.look.zoom - 1] / across)
        self._see(self.look._replace(middle=((ra + direction * step) % 360, dec)))

    def do_centre(self, _: int) -> None:
        """Around the alert; where all of the sky is seen: around 12 h, 0 h, what culminates now, the alert."""
        if self.look.zoom:
            self._centre_here()
            self.want(at_once=True)
            return
        choices = [180.0, 0.0]
        if self.sky is not None and self.sky.sidereal is not None:
            choices.append(self.sky.sidereal)
        if self.current is not None:
            choices.append(self.found.places[self.current].ra)
        at = next((number for number, ra in enumerate(choices) if abs(ra - self.look.ra) < 1e-6), -1)
        self._see(self.look._replace(ra=choices[(at + 1) % len(choices)]))

    def do_mode(self, _: int) -> None:
        """Signs say how many alerts there are, or of which class."""
        self._see(self.look._replace(by_class=not self.look.by_class))

    def do_reset(self, _: int) -> None:
        """All of the sky; from there, as close as all that was found allows."""
        self._frame(self._close() if not self.look.zoom else None, FIELDS[0])
        self.want(at_once=True)

    def _close(self) -> Sight | None:
        """The closest sight of all that was found, where that is but a part of the sky."""
        if len(self.found.places) < 2:
            return None
        sight = self.sight
        return holding(((place.ra, place.dec) for place in self.found.places), sight.columns, sight.rows)

    def _frame(self, sight: Sight | None, widest: float) -> None:
        """See a part of the sky; all of it, where that is None, or wider than so many degrees."""
        if sight is None or sight.field is None or sight.field > widest:
            self.look = self.look._replace(zoom=0)
        else:
            self.look = self.look._replace(zoom=sight.zoom, middle=(sight.ra, sight.dec))

    def _centre_here(self) -> None:
        if self.current is not None:
            place = self.found.places[self.current]
            self.look = self.look._replace(middle=(place.ra, place.dec))


def _painted(request: Request, ascii_only: bool) -> Text:
    return picture.picture(*request, ascii_only=ascii_only)
