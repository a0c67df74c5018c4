"""Lines in which one types; one of them is what to find."""

from __future__ import annotations

from dataclasses import replace

from textual import events
from textual.binding import Binding
from textual.widgets import Input

from fink_tui.alerts.text import clean

EDITING = {
    "left": "cursor_left",
    "right": "cursor_right",
    "home": "home",
    "end": "end",
    "ctrl+u": "delete_left_all",
    "ctrl+d": "delete_right",
}
"""Keys that move about in a list, and the actions that they are in a text."""


class TextField(Input, inherit_bindings=False):
    """A text field that takes every key at once.

    Textual hands a letter to the widget that has the focus when the letter arrives, to be dealt with later. Over a
    slow line, several keys come together: what was typed behind Enter would end up in the text. So nothing here is
    dealt with later.
    """

    BINDINGS = [  # noqa: RUF012  Enter and Esc are the screen's
        replace(binding, priority=True)
        for binding in Input.BINDINGS
        if isinstance(binding, Binding) and binding.key != "enter"
    ]

    def on_mount(self) -> None:
        """A cursor that blinks is sent over the line twice a second."""
        self.cursor_blink = False

    def take(self, event: events.Event) -> bool:
        """Put a letter, or the first line of what is pasted, into the text; returns whether the event was one.

        So are keys that the screen has other uses for while no text has the focus.
        """
        if isinstance(event, events.Key) and (action := EDITING.get(event.key)):
            getattr(self, f"action_{action}")()
            return True
        if isinstance(event, events.Key) and event.is_printable:
            text = event.character or ""
        elif isinstance(event, events.Paste):
            text = clean(next(iter(event.text.splitlines()), ""))
        else:
            return False
        self.replace(text, *self.selection)
        return True


class FindField(TextField):
    """A text field that is there only while it asks."""

    @property
    def is_asking(self) -> bool:
        """Whether it is there."""
        return self.has_class("-asking")

    def ask(self, text: str = "") -> None:
        """Appear, with a text or empty, and take the keys."""
        self.value = text
        self.cursor_position = len(text)
        self.add_class("-asking")
        self.screen.set_focus(self)

    def close(self) -> None:
        """Disappear; what was typed stays readable. Whoever closes it says where the keys go."""
        self.remove_class("-asking")
