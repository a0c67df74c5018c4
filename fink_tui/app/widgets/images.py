"""The images of an alert, drawn in a thread when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, ClassVar, NamedTuple

from fink_tui.alerts.text import clean
from fink_tui.app import montage
from fink_tui.app.montage import Look, Montage
from fink_tui.app.stamp import STRETCHES, Ink
from fink_tui.app.widgets.montage_view import MontageView
from fink_tui.app.widgets.view import Subject


class Request(NamedTuple):
    """All that a picture depends on."""

    alert: int | None
    """Its id in the store; None: there is none."""
    width: int
    height: int
    look: Look
    ink: Ink


class Images(MontageView):
    """Science, template and difference under their names."""

    NAME = "images"
    TITLE = "images"
    REST: ClassVar[float] = 0.12
    CACHED: ClassVar[int] = 16

    def __init__(self, *, ascii_only: bool = False, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        """Make it, empty; the arguments are every view's."""
        super().__init__(ascii_only=ascii_only, id=id, classes=classes)
        self._alert: int | None = None
        self._record: Mapping[str, Any] = {}
        self._survey = ""
        self._instead = ""
        self._look = Look()

    # -- what is shown ------------------------------------------------------------------------------------------------

    def show_alert(self, subject: Subject) -> None:
        """Show an alert's images: at once if they were drawn before, else when the cursor has rested a moment."""
        self._alert, self._record = subject.whole.alert, subject.whole.record
        self._survey = subject.stored.row.survey
        self._instead = clean(subject.whole.problem, 600)
        self.want()

    def clear(self) -> None:
        """Show nothing."""
        self._alert, self._record = None, {}
        self.want()

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
        return Request(self._alert, width, height, self._look._replace(which=which), self.ink)

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
        """All of it again, as at first."""
        self._change(which=0, zoom=None, stretch=STRETCHES[0])


def _drawn(record: Mapping[str, Any], survey: str, request: Request) -> Montage:
    found = montage.stamps(record, survey)
    return montage.montage(found, request.width, request.height, request.look, request.ink)
