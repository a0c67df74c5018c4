"""The images of an alert, drawn in a thread when they are asked for."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, NamedTuple

from rich.segment import Segment
from textual import work
from textual.events import Resize
from textual.message import Message
from textual.strip import Strip
from textual.timer import Timer
from textual.worker import Worker, WorkerState, get_current_worker

from fink_tui.alerts.text import clean
from fink_tui.app import montage
from fink_tui.app.montage import Look, Montage
from fink_tui.app.stamp import STRETCHES, Ink
from fink_tui.app.widgets.view import Subject, View

DEBOUNCE = 0.12
"""Seconds that the cursor must rest before images are drawn."""

SLOW = 0.3
"""Seconds after which it is said that they are being drawn."""

CACHED = 16
"""Pictures kept."""

GROUP = "images"
"""The group of the workers."""


class Request(NamedTuple):
    """All that a picture depends on."""

    alert: int
    width: int
    height: int
    look: Look
    ink: Ink


class Images(View):
    """Science, template and difference under their names.

    Nothing is drawn for a view that is not seen, nothing twice, and nothing while the cursor runs.
    """

    NAME = "images"
    TITLE = "images"

    DEFAULT_CSS = """
    Images { height: 1fr; width: 1fr; }
    """

    class Drawn(Message, bubble=False):
        """A picture is ready."""

        def __init__(self, request: Request, picture: Montage) -> None:
            super().__init__()
            self.request = request
            self.picture = picture

    def __init__(self, *, ascii_only: bool = False, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        """Make it, empty.

        Args:
            ascii_only: Whether only ASCII may be used.
            id: As for every widget.
            classes: As for every widget.
        """
        super().__init__(id=id, classes=classes)
        self.ascii_only = ascii_only
        self._alert: int | None = None
        self._record: Mapping[str, Any] = {}
        self._survey = ""
        self._instead = ""
        self._look = Look()
        self._shown: Request | None = None
        self._picture = Montage([])
        self._pictures: OrderedDict[Request, Montage] = OrderedDict()
        self._debounce: Timer | None = None
        self._slow: Timer | None = None

    # -- what is shown ------------------------------------------------------------------------------------------------

    def show_alert(self, subject: Subject) -> None:
        """Show an alert's images: at once if they were drawn before, else when the cursor has rested a moment."""
        self._alert, self._record = subject.whole.alert, subject.whole.record
        self._survey = subject.stored.row.survey
        self._instead = clean(subject.whole.problem, 600)
        self._want()

    def clear(self) -> None:
        """Show nothing."""
        self._alert, self._record = None, {}
        self._stop()
        self._put(None, Montage([]))

    def text(self) -> str:
        """The images in ASCII, and what is said of them."""
        request = self._wanted()
        if request is None or self._instead:
            return self._picture.text
        return self._drawn(request._replace(ink="ascii"), self._record, self._survey).text

    def render_line(self, y: int) -> Strip:
        """A line, drawn before; none of a picture for another size, which would be sent in vain."""
        lines, shown = self._picture.lines, self._shown
        is_fit = shown is None or (shown.width, shown.height) == self.size
        line = lines[y] if is_fit and y < len(lines) else Strip([])
        return line.adjust_cell_length(self.size.width)

    def on_resize(self, _: Resize) -> None:
        """Draw anew for the new size."""
        self._want()

    @property
    def ink(self) -> Ink:
        """What this terminal can draw with."""
        if self.ascii_only:
            return "ascii"
        has_greys = not self.app.no_color and self.app.console.color_system in ("256", "truecolor")
        return "grey" if has_greys else "shade"

    def _wanted(self) -> Request | None:
        """What should be seen now."""
        width, height = self.size
        if self._alert is None or not self.is_attached or width < 1 or height < 1:
            return None
        which = self._look.which or (0 if montage.fits(width, height) else 1)
        return Request(self._alert, width, height, self._look._replace(which=which), self.ink)

    def _want(self) -> None:
        """See that what should be seen now will be."""
        wanted = self._wanted()
        if self._debounce is not None:
            self._debounce.stop()
            self._debounce = None
        if wanted is None or wanted == self._shown:
            return self._stop()
        if self._instead:
            lines = montage.wrapped(self._instead, wanted.width)
            return self._put(wanted, Montage([Strip([Segment(line)]) for line in lines]))
        if (picture := self._pictures.get(wanted)) is not None:
            self._pictures.move_to_end(wanted)
            return self._put(wanted, picture)
        self._debounce = self.set_timer(DEBOUNCE, self._start)
        if self._slow is None:
            self._slow = self.set_timer(SLOW, self._say_slow)
        return None

    def _start(self) -> None:
        self._debounce = None
        if (wanted := self._wanted()) is not None:
            self._draw(wanted, self._record, self._survey)

    @work(thread=True, exclusive=True, group=GROUP, exit_on_error=False)
    def _draw(self, request: Request, record: Mapping[str, Any], survey: str) -> None:
        """Draw in a thread; what is no longer wanted is not begun."""
        if not get_current_worker().is_cancelled:
            self.post_message(self.Drawn(request, self._drawn(request, record, survey)))

    @staticmethod
    def _drawn(request: Request, record: Mapping[str, Any], survey: str) -> Montage:
        found = montage.stamps(record, survey)
        return montage.montage(found, request.width, request.height, request.look, request.ink)

    def on_images_drawn(self, message: Drawn) -> None:
        """Keep a picture, and show it if it is still the one that is wanted."""
        self._pictures[message.request] = message.picture
        while len(self._pictures) > CACHED:
            self._pictures.popitem(last=False)
        if message.request == self._wanted():
            self._put(message.request, message.picture)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Say in words that images could not be drawn."""
        if event.worker.group == GROUP and event.state is WorkerState.ERROR:
            event.stop()
            self.log.error(str(event.worker.error))
            sentence = clean(f"The images cannot be drawn: {event.worker.error!r}", 600)
            self._put(self._wanted(), Montage([Strip([Segment(sentence)])]))

    def _say_slow(self) -> None:
        self._slow = None
        if self._shown is None:
            self._picture = Montage([Strip([Segment("drawing..." if self.ascii_only else "drawing…")])])
            self.refresh()

    def _put(self, request: Request | None, picture: Montage) -> None:
        self._stop()
        self._shown = request
        if picture is not self._picture and (picture.lines or self._picture.lines):
            self._picture = picture
            self.refresh()

    def _stop(self) -> None:
        """Nothing is to be waited for any longer."""
        for timer in (self._debounce, self._slow):
            if timer is not None:
                timer.stop()
        self._debounce = self._slow = None

    # -- keys ---------------------------------------------------------------------------------------------------------

    def _change(self, **changes: Any) -> None:
        self._look = self._look._replace(**changes)
        self._want()

    def do_mode(self, direction: int) -> None:
        """The next way from brightness to grey."""
        index = STRETCHES.index(self._look.stretch) + direction
        self._change(stretch=STRETCHES[index % len(STRETCHES)])

    def do_zoom(self, direction: int) -> None:
        """Twice as big, or half."""
        zoom = self._picture.zoom + direction
        if self._shown is None:
            return
        if zoom < 0:
            self.post_message(self.Say("The whole image is shown."))
        elif zoom > self._picture.most:
            self.post_message(self.Say("The image is shown as big as it can be."))
        else:
            self._change(zoom=zoom)

    def do_step(self, direction: int) -> None:
        """The next image alone; after the last, all of them again where they fit."""
        wanted = self._wanted()
        if wanted is not None:
            first = 0 if montage.fits(wanted.width, wanted.height) else 1
            count = 4 - first
            self._change(which=first + (wanted.look.which - first + direction) % count)

    def do_reset(self, _: int) -> None:
        """All of it again, as at first."""
        self._change(which=0, zoom=None, stretch=STRETCHES[0])
