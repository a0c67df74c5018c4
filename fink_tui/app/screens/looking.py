"""A screen that shows what is in the store, and looks at it again and again."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from fink_tui.app.painting import PaintingScreen
from fink_tui.app.program import program

if TYPE_CHECKING:
    from fink_tui.app.app import FinkApp

LOOK_SECONDS = 0.5
"""How often such a screen looks for what came."""

LONGEST_SECONDS = 10.0
"""How often it does so at least, however slow the line is."""


class LookingScreen(PaintingScreen[None]):
    """It has a method `look`, which says `looked`."""

    _looked_at = 0.0

    def on_mount(self) -> None:
        """Look from now on."""
        self.set_interval(LOOK_SECONDS, self._look_in_turn)

    @property
    def _app(self) -> FinkApp:
        return program(self)

    def looked(self) -> None:
        """It was looked at the store just now."""
        self._looked_at = time.monotonic()

    def _look_in_turn(self) -> None:
        """Look, unless the line is slow and belongs to the keys for now; but do so now and then."""
        if not self._app.link.is_busy or time.monotonic() - self._looked_at >= LONGEST_SECONDS:
            self.look()
