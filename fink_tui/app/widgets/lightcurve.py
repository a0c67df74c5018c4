"""The light curve of an alert, and what its keys do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

from rich.text import Text

from fink_tui.alerts.row import Point
from fink_tui.alerts.survey import portal
from fink_tui.alerts.text import clean
from fink_tui.app.plot import choices
from fink_tui.app.plot.settings import Settings
from fink_tui.app.widgets.picture_view import TextView
from fink_tui.app.widgets.view import Subject


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


class LightCurve(TextView):
    """A light curve under its legend: of what `show` was last given, as the keys have it."""

    NAME = "curve"
    TITLE = "light curve"

    def __init__(
        self,
        *,
        ascii_only: bool = False,
        colour: bool = True,
        id: str | None = None,  # noqa: A002 (Textual's own name)
        classes: str | None = None,
    ) -> None:
        """Make it, empty.

        Args:
            ascii_only: Whether only ASCII may be used.
            colour: Whether bands have their colours.
            id: As for every widget.
            classes: As for every widget.
        """
        super().__init__(ascii_only=ascii_only, id=id, classes=classes)
        self.colour = colour
        self.settings = Settings()
        """How it is looked at. What is of one object alone goes with it; the rest stays."""
        self._key = ""
        self._points: tuple[Point, ...] = ()
        self._hash = 0
        self._first_mjd: float | None = None
        self._instead = ""
        self._looked_at = ""
        self._looked_points: tuple[Point, ...] = ()
        self._mode: bool | None = None  # flux or magnitude, once the observer has chosen

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
        elif key and self.settings.cursor is not None:  # more points may have come, which stand before that one
            self.settings = self.settings._replace(cursor=_place_of(self._looked_points[self.settings.cursor], points))
        self._looked_points = tuple(points) if key else self._looked_points
        self._key, self._points, self._first_mjd, self._instead = key, tuple(points), first_mjd, instead
        self._hash = hash(self._points)
        self.settings = self.settings._replace(use_flux=use_flux if self._mode is None else self._mode)
        self.want()

    def show_alert(self, subject: Subject) -> None:
        """Show an alert's light curve."""
        whole, row = subject.whole, subject.stored.row
        instead = clean(whole.problem, 600) or "no photometry"
        if row.survey == "mma" and not whole.problem:
            page = portal(row.survey, row.object_id)
            instead = (
                "A GRB/GW alert holds no photometry but the rate above. "
                f"H fetches the object's from Fink, whose portal shows it, too: {page}"
            )
        self.show(str(whole.alert), whole.points, whole.use_flux, instead, subject.stored.row.first_mjd)

    def clear(self) -> None:
        """Show nothing."""
        self.show("", (), self.settings.use_flux, "")

    def wanted(self) -> Request:
        """What should be seen now."""
        width, height = self.content_size
        look = self.settings, self._first_mjd
        return Request(self._key, self._hash, *look, width, height, self.ascii_only, self.colour)

    def instead(self) -> Text | None:
        """Why there is no light curve, where that is so."""
        return None if self._points else self.words(self._instead)

    def painter(self) -> Callable[[], Text]:
        """What draws it."""
        return partial(_painted, self._points, self.wanted())

    # -- keys ---------------------------------------------------------------------------------------------------------

    def _look(self, chosen: Settings | str) -> None:
        """Look at it in another way, at once; or say why not."""
        if isinstance(chosen, str):
            self.post_message(self.Say(chosen))
            return
        self.settings = chosen
        self.want(at_once=True)

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

        self.ask(question, value, answer)

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


def _place_of(point: Point, points: Sequence[Point]) -> int | None:
    """Where among other points of the same object a point is, or None where it is not."""
    return next((number for number, other in enumerate(points) if other[:3] == point[:3]), None)


def _painted(points: tuple[Point, ...], request: Request) -> Text:
    from fink_tui.app.plot import picture as plot  # not needed for the first picture of the screen

    return plot.picture(
        points,
        request.settings,
        request.width,
        request.height,
        first_mjd=request.first_mjd,
        ascii_only=request.ascii_only,
        colour=request.colour,
    )
