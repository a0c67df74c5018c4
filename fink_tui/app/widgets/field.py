"""The field around the current alert: an image of the sky from the CDS, and SIMBAD's objects in it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from fink_tui.alerts.text import clean
from fink_tui.app import field_sheet
from fink_tui.app.field_sheet import Shown, listed
from fink_tui.app.montage import Montage
from fink_tui.app.stamp import Ink
from fink_tui.app.widgets.asking_view import RETRY, AskingView
from fink_tui.app.widgets.view import Subject
from fink_tui.ascii_text import ascii_words
from fink_tui.search.meanings import Resolved
from fink_tui.search.resolver import tns_names
from fink_tui.search.services.cds import Cds
from fink_tui.search.services.simbad_objects import Neighbourhood
from fink_tui.search.services.sky_image import FIELDS, FIRST_FIELD, Field, Survey, surveys

if TYPE_CHECKING:
    from fink_tui.search.searching import Searching

IMAGE, OBJECTS, NAMES = "field_words", "near_words", "names"
"""What is asked for: the groups of the workers, and where it is said how far each is."""

ASKING = "Asking SIMBAD…"


class Request(NamedTuple):
    """All that a picture depends on."""

    state: int
    """Counts what has changed."""
    width: int
    height: int
    ink: Ink


class Sight(NamedTuple):
    """Which image is wanted."""

    alert: int | None = None
    side: int = FIRST_FIELD
    survey: Survey | None = None
    """None: the best that has the place."""

    @property
    def words(self) -> str:
        """What is said while it is waited for."""
        return f"Asking the CDS for {self.side}′ of sky{f' from {self.survey.name}' if self.survey else ''}…"


class SkyField(AskingView):
    """An image with numbered marks, and the list of what they are.

    Nothing is asked before it is looked at. What is shown stays while a larger or smaller field is asked for.
    """

    NAME = "field"
    TITLE = "sky field"
    CACHED: ClassVar[int] = 4
    ASKED = (IMAGE, OBJECTS, NAMES)
    ASKING_REST = 0.3

    def __init__(
        self,
        cds: Callable[[], Cds] | None,
        search: Callable[[], Searching] | None,
        unsearchable: str,
        *,
        id: str | None = None,  # noqa: A002
        ascii_only: bool = False,
    ) -> None:
        """Make it, empty.

        Args:
            cds: Whom it asks; called in a thread. None: nobody.
            search: Whom it asks for the TNS's name; called in a thread. None: nobody.
            unsearchable: Why nobody can be asked, in a sentence.
            id: As for every widget.
            ascii_only: Whether only ASCII may be used.
        """
        super().__init__(ascii_only=ascii_only, id=id)
        self._cds = cds
        self._search = search
        self._unsearchable = unsearchable
        self._place = 0.0, 0.0
        self._object: tuple[str, str] | None = None
        self._waited_for: set[str] = set()
        self._sight = Sight()
        self._said = Shown()
        self._state = 0

    # -- what is shown ------------------------------------------------------------------------------------------------

    def show_alert(self, subject: Subject) -> None:
        """Ask for an alert's field when the cursor has rested a moment; that of another goes at once."""
        row = subject.stored.row
        if subject.stored.id == self._sight.alert:
            return
        self.give_up()
        self._sight, self._place = self._sight._replace(alert=subject.stored.id, survey=None), (row.ra, row.dec)
        is_named = row.survey != "lsst" or row.object_id.isdigit()  # what moves has no name there
        self._object = (("lsst" if row.survey == "lsst" else "ztf"), row.object_id) if is_named else None
        self._said = Shown(side=self._sight.side, now=time.time())
        if self._cds is not None:
            self.ask_soon(self._ask)
            self._said = replace(self._said, field_words=self._sight.words, near_words=ASKING)
        self._changed()

    def clear(self) -> None:
        """Show nothing, and wait for nothing."""
        self.give_up()
        self._sight = self._sight._replace(alert=None, survey=None)
        self._said = Shown()
        self._changed()

    def tick(self) -> None:
        """Ages grow."""
        if self._said.field is not None or self._said.near is not None:
            self._change(now=time.time())

    def text(self) -> str:
        """The list, in ASCII, and what is said of the image."""
        return ascii_words(self._unsearchable) if self._cds is None else field_sheet.plain(self._said)

    def wanted(self) -> Request:
        """What should be seen now."""
        return Request(self._state, *self.size, self.ink)

    def room_of(self, request: object) -> tuple[int, int] | None:
        """The cells and lines that a picture was drawn for."""
        return (request.width, request.height) if isinstance(request, Request) else None

    def instead(self) -> Montage | None:
        """Why there is no field, where that is so."""
        if self._sight.alert is None:
            return Montage([])
        return self.words(self._unsearchable) if self._cds is None else None

    def painter(self) -> Callable[[], Montage]:
        """What draws it."""
        _, width, height, ink = self.wanted()
        return partial(field_sheet.draw, self._said, width, height, ink)

    def _change(self, **changes: Any) -> None:
        self._said = replace(self._said, **changes)
        self._changed()

    def _changed(self) -> None:
        self._state += 1
        self.want(at_once=True)

    # -- asking -------------------------------------------------------------------------------------------------------

    def _ask(self) -> None:
        """Ask for what is neither there nor on its way."""
        place, sight, cds, search, names = self._place, self._sight, self._cds, self._search, self._object
        assert cds is not None
        if self._said.near is None and OBJECTS not in self._waited_for:
            self._change(near_words=ASKING)
            self._get(OBJECTS, lambda is_cancelled: cds().neighbours(*place, is_cancelled))
        if search is not None and names is not None and not self._said.names:
            self._get(NAMES, lambda is_cancelled: tns_names(search().asking(), *names, is_cancelled=is_cancelled))
        self._change(field_words=sight.words)
        self._get(IMAGE, lambda is_cancelled: cds().field(*place, sight.side, sight.survey, is_cancelled))

    def _get(self, what: str, get: Callable[[Callable[[], bool]], object]) -> None:
        self._waited_for.add(what)
        self.fetch(what, self._sight, get)

    def is_wanted(self, what: str, sight: object) -> bool:
        """Whether it is of the alert that is looked at, and the image of the field that is."""
        return isinstance(sight, Sight) and sight.alert == self._sight.alert and (what != IMAGE or sight == self._sight)

    def came(self, what: str, found: object) -> None:
        """Show what came."""
        self._waited_for.discard(what)
        now = time.time()
        if isinstance(found, Field):
            self._change(now=now, field=found, field_words="", picked=self._kept_pick(found))
        elif isinstance(found, Neighbourhood):
            self._change(now=now, near=found, near_words="")
        elif isinstance(found, list):
            said = "; ".join(map(_reported, found)) or "no report, says Fink"
            self._change(now=now, names=f"TNS: {said}")

    def failed(self, what: str, why: str) -> None:
        """Say why it does not come."""
        self._waited_for.discard(what)
        words = clean(why, 400)
        self._change(now=time.time(), **{what: f"TNS: {words}" if what == NAMES else f"{words} {RETRY}"})

    def _kept_pick(self, field: Field) -> int:
        """The number in another image of the object that is looked at; 0 where it is not in it."""
        before = listed(self._said.field, self._said.near, self._said.side)
        if not 0 < self._said.picked <= len(before):
            return 0
        after = listed(field, self._said.near, field.side)
        one = before[self._said.picked - 1]
        return after.index(one) + 1 if one in after else 0

    def give_up(self) -> None:
        """Wait for nothing any longer."""
        super().give_up()
        self._waited_for.clear()

    # -- keys ---------------------------------------------------------------------------------------------------------

    @property
    def _is_idle(self) -> bool:
        """Whether keys have nothing to work on."""
        return self._sight.alert is None or self._cds is None

    def do_mode(self, direction: int) -> None:
        """The next survey that may have this place."""
        if self._is_idle:
            return
        choices = surveys(*self._place)
        current = self._sight.survey or (self._said.field.survey if self._said.field is not None else choices[0])
        if len(choices) == 1:
            self.post_message(self.Say(f"No other survey has this place than {current.name}."))
            return
        at = choices.index(current) if current in choices else -1
        self._look(survey=choices[(at + direction) % len(choices)])

    def do_zoom(self, direction: int) -> None:
        """A smaller field, or a larger one."""
        if self._is_idle:
            return
        at = FIELDS.index(self._sight.side) - direction
        if not 0 <= at < len(FIELDS):
            self.post_message(self.Say(f"The field has {self._sight.side}′: it can be {FIELDS[0]}′ to {FIELDS[-1]}′."))
            return
        self._look(side=FIELDS[at])

    def do_step(self, direction: int) -> None:
        """The next of SIMBAD's objects; after the last, none."""
        if self._is_idle:
            return
        count = len(listed(self._said.field, self._said.near, self._said.side))
        if not count:
            self.post_message(self.Say("SIMBAD has no object here to look at."))
            return
        self._change(picked=(self._said.picked + direction) % (count + 1))

    def do_reset(self, _: int) -> None:
        """As at first; what did not come is asked for again."""
        if self._is_idle:
            return
        first = Sight(self._sight.alert)
        is_new = self._sight != first or bool(self._said.field_words or self._said.near_words)
        self._sight = first
        self._change(picked=0, side=first.side)
        if is_new:
            self._ask()

    def _look(self, *, side: int | None = None, survey: Survey | None = None) -> None:
        """Ask for another image; keys that are held ask for the last alone."""
        self._sight = self._sight._replace(
            side=side if side is not None else self._sight.side,
            survey=survey if survey is not None else self._sight.survey,
        )
        self._change(side=self._sight.side, field_words=self._sight.words)
        self.ask_soon(self._ask)


def _reported(one: Resolved) -> str:
    return ", ".join([one.name, one.type, *([f"z {one.redshift:.4g}"] if one.redshift is not None else [])])
