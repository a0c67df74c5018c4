"""The light curve of an alert, drawn in a thread while the cursor may move on."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

from rich.text import Text
from textual import work
from textual.events import Resize
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Static
from textual.worker import Worker, WorkerState

from fink_tui.alerts.row import Point
from fink_tui.alerts.text import clean
from fink_tui.app.plot import choices
from fink_tui.app.plot.settings import Settings
from fink_tui.app.widgets.view import Subject, View

DEBOUNCE = 0.035
"""Seconds that the cursor must rest before a light curve is drawn: longer than a key that is held takes to repeat."""

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

    settings: Settings
    first_mjd: float | None
    width: int
    height: int
    ascii_only: bool
    colour: bool


class LightCurve(View, Static):
    """A light curve under its legend.

    It draws what `show` was last given, as the keys have it. Until the new picture is there, the old one stays;
    dimmed, once that takes long. It never animates: each frame would be sent over the observer's connection.
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
        self._first_mjd: float | None = None
        self._instead = ""
        self.settings = Settings()
        """How it is looked at. What is of one object alone goes with it; the rest stays."""
        self._looked_at = ""
        self._mode: bool | None = None  # flux or magnitude, once the observer has chosen
        self._shown: Request | None = None
        self._pictures: OrderedDict[Request, Text] = OrderedDict()
        self._drawing: Request | None = None
        self._debounce: Timer | None = None
        self._slow: Timer | None = None

    def show(
        self,
        key: str,
        points: Sequence[Point],
        use_flux: bool,
        instead: str = "no photometry",
        first_mjd: float | None = None,
    ) -> None:
        """Show a light curve: at once if it was drawn before, else when the cursor has rested a moment.

        Args:
            key: What the points belong to, as an alert's id.
            points: The light curve.
            use_flux: Whether the survey is read in flux, rather than in magnitudes; the observer's choice comes first.
            instead: What to say where there are no points.
            first_mjd: The object's first detection, MJD UTC, where the survey tells it.
        """
        if key and key != self._looked_at:  # not where another view was seen meanwhile
            self.settings, self._looked_at = self.settings.for_another(), key
        self._key, self._points, self._first_mjd, self._instead = key, tuple(points), first_mjd, instead
        self._hash = hash(self._points)
        self.settings = self.settings._replace(use_flux=use_flux if self._mode is None else self._mode)
        self._want(DEBOUNCE)

    def show_alert(self, subject: Subject) -> None:
        """Show an alert's light curve."""
        whole, instead = subject.whole, clean(subject.whole.problem, 600) or "no photometry"
        self.show(str(whole.alert), whole.points, whole.use_flux, instead, subject.stored.row.first_mjd)

    def clear(self) -> None:
        """Show nothing."""
        self.show("", (), False, "")

    def text(self) -> str:
        """The picture as text."""
        return str(self.content)

    def redraw(self) -> None:
        """Draw again, after `ascii_only` or `colour` were changed."""
        self._want(DEBOUNCE)

    def on_resize(self, _: Resize) -> None:
        """Draw anew for the new size."""
        self._want(DEBOUNCE)

    def _wanted(self) -> Request:
        """What should be seen now."""
        width, height = self.content_size
        look = self.settings, self._first_mjd
        return Request(self._key, self._hash, *look, width, height, self.ascii_only, self.colour)

    def _want(self, rest: float) -> None:
        """See that what should be seen now will be.

        Args:
            rest: Seconds before it is drawn, in which it may be given up.
        """
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
        if rest:
            self._debounce = self.set_timer(rest, self._start)
        else:
            self._start()
        if self._slow is None:  # counted from the first of several moves of the cursor
            self._slow = self.set_timer(SLOW, self._say_slow)
        return None

    def _start(self) -> None:
        """Begin to draw what is wanted; only one picture is drawn at a time, and what is passed by meanwhile never."""
        self._debounce = None
        if self._drawing is None:
            self._drawing = self._wanted()
            self._draw(self._drawing, self._points)

    @work(thread=True, group=GROUP, exit_on_error=False)
    def _draw(self, request: Request, points: tuple[Point, ...]) -> None:
        """Draw in a thread."""
        from fink_tui.app.plot import picture as plot  # not needed for the first picture of the screen

        picture = plot.picture(
            points,
            request.settings,
            request.width,
            request.height,
            first_mjd=request.first_mjd,
            ascii_only=request.ascii_only,
            colour=request.colour,
        )
        self.post_message(self.Drawn(request, picture))

    def on_light_curve_drawn(self, message: Drawn) -> None:
        """Keep a picture, and show it if it is still the one that is wanted."""
        self._pictures[message.request] = message.picture
        while len(self._pictures) > CACHED:
            self._pictures.popitem(last=False)
        self._drawn(message.request, message.picture)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Say in words that a light curve could not be drawn."""
        if event.worker.group == GROUP and event.state is WorkerState.ERROR and self._drawing is not None:
            event.stop()
            self.log.error(str(event.worker.error))
            said = Text(f"The light curve cannot be drawn: {event.worker.error!r}", end="")
            self._drawn(self._drawing, said)

    def _drawn(self, request: Request, picture: Text) -> None:
        """Show what was drawn; where another one is wanted by now, draw that."""
        self._drawing = None
        if request == self._wanted():
            self._put(request, picture)
        elif self._debounce is None:
            self._want(0)

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

    # -- keys ---------------------------------------------------------------------------------------------------------

    def _look(self, chosen: Settings | str) -> None:
        """Look at it in another way, at once; or say why not."""
        if isinstance(chosen, str):
            self.post_message(self.Say(chosen))
            return
        self.settings = chosen
        self._want(0)

    def do_mode(self, _: int) -> None:
        """Magnitude or flux."""
        self._mode = not self.settings.use_flux
        self._look(self.settings._replace(use_flux=self._mode))

    def do_quantity(self, direction: int) -> None:
        """The next quantity that the packet has."""
        self._look(choices.with_quantity(self._points, self.settings, direction))

    def do_axis(self, direction: int) -> None:
        """The next axis of time; for a phase, the period is asked for."""
        if (chosen := choices.with_axis(self.settings, direction)) is None:
            self.do_period(0)
        else:
            self._look(chosen)

    def do_period(self, _: int) -> None:
        """Ask for the period of the phase."""
        known = self.settings.period
        self._ask("period in days; nothing: no phase", "" if known is None else f"{known:.10g}", choices.with_period)

    def do_limits(self, _: int) -> None:
        """With or without upper limits."""
        self._look(self.settings._replace(show_limits=not self.settings.show_limits))

    def do_bands(self, _: int) -> None:
        """Ask for the bands to show."""
        now = choices.bands_shown(self._points, self.settings)
        question = f"bands to show, of {choices.bands_of(self._points)}; nothing: all"
        self._ask(question, now, partial(choices.with_bands, self._points))

    def _ask(self, question: str, value: str, choose: Callable[[Settings, str], Settings | str]) -> None:
        """Let the observer type something, for the light curve that is looked at now."""
        key = self._key

        def answer(typed: str) -> None:
            if key == self._key:
                self._look(choose(self.settings, typed))

        self.post_message(self.Ask(question, value, answer))

    def do_step(self, direction: int) -> None:
        """Tell the values of the next point, or of the one before."""
        self._look(choices.stepped(self._points, self.settings, direction))

    def do_zoom(self, direction: int) -> None:
        """See less of time, or more."""
        self._look(choices.zoomed(self._points, self.settings, direction))

    def do_pan(self, direction: int) -> None:
        """See earlier times, or later ones."""
        self._look(choices.panned(self._points, self.settings, direction))

    def do_reset(self, _: int) -> None:
        """All of it again: every band, all of the time, with limits, no cursor, no phase."""
        self._look(self.settings.for_another()._replace(show_limits=True))
