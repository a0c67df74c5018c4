"""The light curve of an alert, drawn in a thread while the cursor may move on."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import NamedTuple

from rich.text import Text
from textual import work
from textual.events import Resize
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Static
from textual.worker import Worker, WorkerState, get_current_worker

from fink_tui.alerts.row import Point
from fink_tui.alerts.text import clean
from fink_tui.app.widgets.view import Subject, View

DEBOUNCE = 0.12
"""Seconds that the cursor must rest before a light curve is drawn."""

SLOW = 0.3
"""Seconds after which it is said that the light curve shown is not yet that of the cursor's alert."""

CACHED = 32
"""Pictures kept."""

GROUP = "light curve"
"""The group of the workers."""


NO_POINTS = hash(())
"""The hash of no points."""


class Request(NamedTuple):
    """All that a picture depends on."""

    key: str
    """What the points belong to."""

    points: int
    """Hash of the points."""

    use_flux: bool
    width: int
    height: int
    ascii_only: bool
    colour: bool


class LightCurve(View, Static):
    """A light curve under a line that is its legend.

    It draws what `show` was last given. Until the new picture is there, the old one stays; dimmed, once that takes
    long. It never animates: each frame would be sent over the observer's connection.
    """

    NAME = "curve"
    TITLE = "light curve"

    DEFAULT_CSS = """
    LightCurve {
        height: 1fr;
        width: 1fr;
        min-height: 4;
    }
    LightCurve.-stale {
        text-style: dim;
    }
    """

    class Drawn(Message, bubble=False):
        """A picture is ready."""

        def __init__(self, request: Request, picture: Text) -> None:
            super().__init__()
            self.request = request
            self.picture = picture

    def __init__(
        self,
        *,
        ascii_only: bool = False,
        colour: bool = True,
        name: str | None = None,
        id: str | None = None,  # noqa: A002 (Textual's own name)
        classes: str | None = None,
    ) -> None:
        """Make it, empty.

        Args:
            ascii_only: Whether only ASCII may be used.
            colour: Whether bands have their colours.
            name: As for every widget.
            id: As for every widget.
            classes: As for every widget.
        """
        super().__init__("", name=name, id=id, classes=classes, markup=False)
        self.ascii_only = ascii_only
        self.colour = colour
        self._key = ""
        self._points: tuple[Point, ...] = ()
        self._hash = NO_POINTS
        self._use_flux = False
        self._instead = ""
        self._shown: Request | None = None
        self._pictures: OrderedDict[Request, Text] = OrderedDict()
        self._debounce: Timer | None = None
        self._slow: Timer | None = None

    def show(self, key: str, points: Sequence[Point], use_flux: bool, instead: str = "no photometry") -> None:
        """Show a light curve: at once if it was drawn before, else when the cursor has rested a moment.

        Args:
            key: What the points belong to, as an alert's id.
            points: The light curve.
            use_flux: Whether to draw the flux of the difference, rather than its magnitude.
            instead: What to say where there are no points.
        """
        self._key, self._points, self._use_flux, self._instead = key, tuple(points), use_flux, instead
        self._hash = hash(self._points)
        self._want()

    def show_alert(self, subject: Subject) -> None:
        """Show an alert's light curve."""
        whole = subject.whole
        self.show(str(whole.alert), whole.points, whole.use_flux, clean(whole.problem, 600) or "no photometry")

    def clear(self) -> None:
        """Show nothing."""
        self.show("", (), False, "")

    def text(self) -> str:
        """The picture as text."""
        return str(self.content)

    def redraw(self) -> None:
        """Draw again, after `ascii_only` or `colour` were changed."""
        self._want()

    def on_resize(self, _: Resize) -> None:
        """Draw anew for the new size."""
        self._want()

    def _wanted(self) -> Request:
        """What should be seen now."""
        width, height = self.content_size
        return Request(self._key, self._hash, self._use_flux, width, height, self.ascii_only, self.colour)

    def _want(self) -> None:
        """See that what should be seen now will be."""
        if self._debounce is not None:
            self._debounce.stop()
            self._debounce = None
        wanted = self._wanted()
        if not self.is_attached or wanted.width < 1 or wanted.height < 1 or wanted == self._shown:
            return self._settle()
        if not self._points:
            return self._put(wanted, Text(self._instead, end=""))
        picture = self._pictures.get(wanted)
        if picture is not None:
            self._pictures.move_to_end(wanted)
            return self._put(wanted, picture)
        self._debounce = self.set_timer(DEBOUNCE, self._start)
        if self._slow is None:  # counted from the first of several moves of the cursor
            self._slow = self.set_timer(SLOW, self._say_slow)
        return None

    def _start(self) -> None:
        self._debounce = None
        self._draw(self._wanted(), self._points)

    @work(thread=True, exclusive=True, group=GROUP, exit_on_error=False)
    def _draw(self, request: Request, points: tuple[Point, ...]) -> None:
        """Draw in a thread; what is no longer wanted is not begun."""
        from fink_tui.app import plot

        if get_current_worker().is_cancelled:
            return
        picture = plot.heading(points, request.use_flux, ascii_only=request.ascii_only, colour=request.colour)
        picture.truncate(request.width)
        if request.height > 1:
            picture.append("\n")
            picture.append_text(
                plot.draw(
                    points,
                    request.width,
                    request.height - 1,
                    use_flux=request.use_flux,
                    ascii_only=request.ascii_only,
                    colour=request.colour,
                )
            )
        self.post_message(self.Drawn(request, picture))

    def on_light_curve_drawn(self, message: Drawn) -> None:
        """Keep a picture, and show it if it is still the one that is wanted."""
        self._pictures[message.request] = message.picture
        while len(self._pictures) > CACHED:
            self._pictures.popitem(last=False)
        if message.request == self._wanted():
            self._put(message.request, message.picture)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Say in words that a light curve could not be drawn."""
        if event.worker.group == GROUP and event.state is WorkerState.ERROR:
            event.stop()
            self.log.error(str(event.worker.error))
            self._put(self._wanted(), Text(f"The light curve cannot be drawn: {event.worker.error!r}", end=""))

    def _say_slow(self) -> None:
        self._slow = None
        if self._shown is None or self._shown.points == NO_POINTS:
            self._shown = None
            self.update(Text("drawing…" if not self.ascii_only else "drawing...", end=""), layout=False)
        else:
            self.add_class("-stale")

    def _put(self, request: Request, picture: Text) -> None:
        self._shown = request
        self._settle()
        self.update(picture, layout=False)

    def _settle(self) -> None:
        """What is shown is what is wanted."""
        if self._slow is not None:
            self._slow.stop()
            self._slow = None
        self.remove_class("-stale")
