"""What is painted, and when: nothing before the first picture is complete, nothing while the line is behind."""

from __future__ import annotations

import asyncio
import contextlib
import os

from textual import events
from textual.app import App
from textual.reactive import Reactive
from textual.screen import Screen, ScreenResultType

from fink_tui.app.link import QUESTION, Link, LinkDriver

WATCH_SECONDS = 0.02
"""How long after a picture, and how often from then on, it is looked at whether the line is behind."""


class PaintingApp(App[None]):
    """A program of Textual's that holds its pictures back where they would come too early, or pile up."""

    theme: Reactive[str] = Reactive("ansi-dark")
    """Where it was another at first, all styles would be made twice."""

    def __init__(self) -> None:
        """Know nothing of the line yet."""
        self.link = Link()
        # Textual's greys, where NO_COLOR asks for no colours, are made before the theme is known: black on black.
        super().__init__(driver_class=LinkDriver, ansi_color=True if "NO_COLOR" in os.environ else None)
        self._held = contextlib.ExitStack()
        self._is_held = False
        self._has_lost_a_picture = False
        self._is_leaving = False
        self._watch: asyncio.TimerHandle | None = None

    def on_resize(self) -> None:
        """Paint all, even where the size is as before: it was another for a moment, and the terminal clipped."""
        self.screen.refresh()

    @property
    def is_held(self) -> bool:
        """Whether nothing is painted for now."""
        return self._is_held

    def hold(self) -> None:
        """Paint nothing, until `release`."""
        if not self._is_held:
            self._is_held = True
            self._held.enter_context(self.batch_update())

    def release(self) -> None:
        """Paint what changed meanwhile, as it is now."""
        if not self._is_held:
            return
        self._is_held = False
        self._held.close()
        if self._has_lost_a_picture:
            self._has_lost_a_picture = False
            self.screen.refresh()
        self.screen._on_timer_update()  # Textual would wait for its next frame

    def post_display_hook(self) -> None:
        """A picture was sent, or would have been; look in a moment whether it went through."""
        if self._is_held:
            self._has_lost_a_picture = True
        elif self.is_headless:
            self.arrived()
        elif self._driver is not None and not self._is_leaving:
            if self.link.painted():
                self._driver.write(QUESTION)
            if self._watch is None:
                self._watch = asyncio.get_running_loop().call_later(WATCH_SECONDS, self._look_at_link)

    def _look_at_link(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
        if not self.link.is_waiting:
            self.arrived()
        if self.link.is_behind():
            self.hold()
        else:
            self.release()
        if self.link.is_waiting:
            self._watch = asyncio.get_running_loop().call_later(WATCH_SECONDS, self._look_at_link)

    def arrived(self) -> None:
        """What was painted is on the terminal, as far as that is known."""
        if isinstance(self.screen, PaintingScreen):
            self.screen.arrived(self.link.round_trip)

    def on_cursor_position(self, event: events.CursorPosition) -> None:
        """The terminal's answer to the question that follows a picture."""
        event.stop()
        self.link.answered()
        self._look_at_link()

    def leave(self, status: int, deadline: float) -> None:
        """Exit, once the terminal has answered: an answer that came later would be typed into the shell.

        Args:
            status: The program's exit status.
            deadline: When to wait no longer, by the event loop's clock.
        """
        self._is_leaving = True
        loop = asyncio.get_running_loop()
        if self.link.is_waiting and loop.time() < deadline:
            loop.call_later(WATCH_SECONDS, self.leave, status, deadline)
        else:
            self.exit(return_code=status)


class PaintingScreen(Screen[ScreenResultType]):
    """A screen of such a program."""

    def look(self) -> None:
        """See what changed in the store."""

    def arrived(self, round_trip: float) -> None:
        """What was painted is on the terminal.

        Args:
            round_trip: Seconds from a picture to its answer.
        """

    def _compositor_refresh(self) -> None:
        """Textual's own; nothing is drawn where nothing would be painted.

        What changes under a screen that covers all would paint that one anew: nothing shines through.
        """
        app = self.app
        if app.screen is not self and not app.screen.is_modal:
            self._compositor._dirty_regions.clear()
            self._dirty_widgets.clear()
        elif isinstance(app, PaintingApp) and app.is_held:
            app.post_display_hook()
        else:
            super()._compositor_refresh()
