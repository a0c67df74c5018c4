"""Lines in which one types; one of them is what to find."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual import events
from textual.binding import Binding
from textual.strip import Strip
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


LEAST_WORDS = 12
"""Cells of what is asked for that are worth to be shown beside a text."""

CUT = "..."
"""Ends words that are cut, on every terminal."""


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
        """A cursor that blinks is sent over the line twice a second.

        Textual tells a field later that it has the focus: what is there by then would be selected, and the next letter
        would take its place.
        """
        self.cursor_blink = self.select_on_focus = False

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

    def __init__(self, placeholder: str = "", answer: Callable[[str], None] | None = None, *, id: str) -> None:  # noqa: A002
        """Make it; it does not ask yet.

        Args:
            placeholder: What is asked for.
            answer: Takes what was typed, without blanks around it, when that is done.
            id: The widget's name.
        """
        super().__init__(placeholder=placeholder, id=id)
        self.answer = answer

    def render_line(self, y: int) -> Strip:
        """Paint it; behind a text stands what is asked for, or as much of that as there is room for."""
        strip = super().render_line(y)
        room = self.size.width - cell_len(self.value) - 3
        if y or not self.value or not self.placeholder or room < LEAST_WORDS:
            return strip
        words = self.placeholder
        if cell_len(words) > room:
            words = set_cell_size(words, room - len(CUT)) + CUT
        start = self.size.width - cell_len(words)
        note = Segment(words, self.get_component_rich_style("input--placeholder"))
        return Strip([*strip.crop_extend(0, start, self.rich_style), note])

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

    def take_answer(self) -> None:
        """Do with what was typed what it is for."""
        if self.answer is not None:
            self.answer(self.value.strip())
