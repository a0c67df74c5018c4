"""A screen that asks or shows one thing and goes: while it is there, the program's letters are its own."""

from __future__ import annotations

from textual.binding import Binding, BindingType
from textual.screen import ScreenResultType

from fink_tui.app.painting import PaintingScreen
from fink_tui.app.widgets.document import Document


def keys(*pairs: tuple[str, str]) -> list[BindingType]:
    """Bindings of keys to actions; as all keys: none waits for another."""
    return [Binding(keys, action, show=False, priority=True) for keys, action in pairs]


SCROLLING = (("ctrl+d,pagedown", "scroll_document(1)"), ("ctrl+u,pageup", "scroll_document(-1)"))
"""Keys that scroll what is shown."""


class Dialogue(PaintingScreen[ScreenResultType]):
    """Nothing shines through from below: that would be the whole screen sent once more."""

    DEFAULT_CSS = """
    Dialogue { layout: vertical; }
    Dialogue > .head { height: 1; text-wrap: nowrap; text-overflow: ellipsis; }
    Dialogue > .foot { height: 1; color: $text-muted; text-wrap: nowrap; text-overflow: ellipsis; }
    Dialogue > .said { height: auto; max-height: 6; }
    """

    def action_scroll_document(self, pages: float) -> None:
        """Scroll what is shown by pages; it may not be there yet."""
        for shown in self.query(Document):
            shown.scroll_lines(round(pages * max(1, shown.rows - 1)))

    def action_scroll_lines(self, lines: int) -> None:
        """Scroll what is shown by lines."""
        for shown in self.query(Document):
            shown.scroll_lines(lines)

    def action_scroll_sideways(self, cells: int) -> None:
        """Scroll what is shown to the side."""
        for shown in self.query(Document):
            shown.action_sideways(cells)
