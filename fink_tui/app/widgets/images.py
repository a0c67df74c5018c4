"""The images of an alert, drawn in a thread when they are looked at; asked of Fink where no packet has them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from fink_tui.alerts import cutout
from fink_tui.alerts.text import clean
from fink_tui.app import montage
from fink_tui.app.montage import Look, Montage
from fink_tui.app.stamp import STRETCHES, Ink
from fink_tui.app.widgets.asking_view import RETRY, AskingView
from fink_tui.app.widgets.view import Subject
from fink_tui.search.stamps import questions

if TYPE_CHECKING:
    from fink_tui.alerts.row import AlertRow
    from fink_tui.search.searching import Searching

ASKING = "stamps"
"""What is asked for."""


class Request(NamedTuple):
    """All that a picture depends on."""

    alert: int | None
    """Its id in the store; None: there is none."""
    width: int
    height: int
    look: Look
    ink: Ink
    instead: str = ""
    """What is said where there are none."""
    is_fink_s: bool = False
    """Whether the images are those that Fink was asked for."""


class Images(AskingView):
    """Science, template and difference under their names."""

    NAME = "images"
    TITLE = "images"
    REST: ClassVar[float] = 0.12
    CACHED: ClassVar[int] = 16
    ASKED = (ASKING,)
    ASKING_REST = 0.4

    def __init__(
        self,
        search: Callable[[], Searching] | None = None,
        *,
        ascii_only: bool = False,
        id: str | None = None,  # noqa: A002
        classes: str | None = None,
    ) -> None:
        """Make it, empty.

        Args:
            search: Who asks Fink for images that no packet has; called in a thread. None: nobody.
            ascii_only: Whether only ASCII may be used.
            id: As for every widget.
            classes: The same.
        """
        super().__init__(ascii_only=ascii_only, id=id, classes=classes)
        self._search = search
        self._wanting: AlertRow | None = None
        """The alert whose images only Fink has."""
        self._fetched: OrderedDict[int, dict[str, bytes]] = OrderedDict()
        self._alert: int | None = None
        self._record: Mapping[str, Any] = {}
        self._survey = ""
        self._instead = ""
        self._look = Look()
        self._words = ""
        """What is said of the images that only Fink has."""
        self._is_fink_s = False
        self._has_failed = False

    # -- what is shown ------------------------------------------------------------------------------------------------

    def show_alert(self, subject: Subject) -> None:
        """Show an alert's images: at once if they were drawn before, else when the cursor has rested a moment."""
        if (alert := subject.whole.alert) != self._alert:
            self.give_up()
        self._alert, self._record = alert, subject.whole.record
        self._survey = subject.stored.row.survey
        self._instead = clean(subject.whole.problem, 600)
        has_own = any(cutout.stamp(self._record, kind) for kind in cutout.KINDS)
        if not has_own and self._search is not None and questions(subject.stored.row):
            if (found := self._fetched.get(alert)) is not None:
                self._use(found)
            elif self._wanting is None:
                self._wanting = subject.stored.row
                self._ask()
            else:
                self._instead = self._words
        self.want()

    def clear(self) -> None:
        """Show nothing, and wait for nothing."""
        self.give_up()
        self._alert, self._record = None, {}
        self.want()

    # -- asking -------------------------------------------------------------------------------------------------------

    def _ask(self) -> None:
        """Ask Fink for the images, when the cursor has rested a moment."""
        self._say_instead("Asking Fink for the images of this alert…")
        self.ask_soon(self._run)

    def _run(self) -> None:
        if self._wanting is not None and self._search is not None:
            self.fetch(ASKING, self._alert, partial(_fetched, self._search, self._wanting))

    def is_wanted(self, what: str, sight: object) -> bool:
        """Whether they are of the alert that is looked at."""
        return sight == self._alert

    def came(self, what: str, found: object) -> None:
        """Show images that came."""
        assert self._alert is not None
        assert isinstance(found, dict)
        self._fetched[self._alert] = found
        while len(self._fetched) > self.CACHED:
            self._fetched.popitem(last=False)
        self._use(found)
        self.want(at_once=True)

    def failed(self, what: str, why: str) -> None:
        """Say why there are none."""
        self._say_instead(f"No images are kept here, and Fink gave none: {why} {RETRY}")
        self._has_failed = True

    def _use(self, found: Mapping[str, bytes]) -> None:
        """Show images that Fink gave."""
        self._record, self._instead, self._wanting = {**self._record, **found}, "", None
        self._is_fink_s = True

    def _say_instead(self, words: str) -> None:
        self._words = self._instead = clean(words, 600)
        self._has_failed = False
        self.want()

    def give_up(self) -> None:
        """Wait for nothing any longer."""
        super().give_up()
        self._wanting, self._is_fink_s, self._has_failed = None, False, False

    def text(self) -> str:
        """The images in ASCII, and what is said of them."""
        request = self.wanted()
        if not self.is_attached or not request.width or not request.height or self.instead() is not None:
            return self._picture.text
        return _drawn(self._record, self._survey, request._replace(ink="ascii")).text

    def room_of(self, request: object) -> tuple[int, int] | None:
        """The cells and lines that a picture was drawn for."""
        return (request.width, request.height) if isinstance(request, Request) else None

    def wanted(self) -> Request:
        """What should be seen now."""
        width, height = self.size
        which = self._look.which or (0 if montage.fits(width, height) else 1)
        look = self._look._replace(which=which)
        return Request(self._alert, width, height, look, self.ink, self._instead, self._is_fink_s)

    def instead(self) -> Montage | None:
        """Why there are no images, where that is so."""
        if self._alert is None:
            return Montage([])
        return self.words(self._instead) if self._instead else None

    def painter(self) -> Callable[[], Montage]:
        """What draws them."""
        return partial(_drawn, self._record, self._survey, self.wanted())

    # -- keys ---------------------------------------------------------------------------------------------------------

    def _change(self, **changes: Any) -> None:
        self._look = self._look._replace(**changes)
        self.want()

    def do_mode(self, direction: int) -> None:
        """The next way from brightness to grey."""
        index = STRETCHES.index(self._look.stretch) + direction
        self._change(stretch=STRETCHES[index % len(STRETCHES)])

    def do_zoom(self, direction: int) -> None:
        """Twice as big, or half."""
        if not self.has_picture:
            return
        zoom = self._picture.zoom + direction
        if zoom < 0:
            self.post_message(self.Say("The whole image is shown."))
        elif zoom > self._picture.most:
            self.post_message(self.Say("The image is shown as big as it can be."))
        else:
            self._change(zoom=zoom)

    def do_step(self, direction: int) -> None:
        """The next image alone; after the last, all of them again where they fit."""
        if (wanted := self.wanted()).alert is not None:
            first = 0 if montage.fits(wanted.width, wanted.height) else 1
            count = 4 - first
            self._change(which=first + (wanted.look.which - first + direction) % count)

    def do_reset(self, _: int) -> None:
        """All of it again, as at first; images that did not come are asked for again."""
        if self._has_failed:
            self._ask()
        self._change(which=0, zoom=None, stretch=STRETCHES[0])


def _drawn(record: Mapping[str, Any], survey: str, request: Request) -> Montage:
    found = montage.stamps(record, survey)
    return montage.montage(found, request.width, request.height, request.look, request.ink)


def _fetched(search: Callable[[], Searching], row: AlertRow, is_cancelled: Callable[[], bool]) -> dict[str, bytes]:
    """Ask, in a thread."""
    from fink_tui.search.stamps import fetch

    return fetch(search().asking(), row, is_cancelled)
