"""The line in which a search is typed: it is there all the time."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from textual import events
from textual.widgets.input import Selection

from fink_tui.alerts.text import clean
from fink_tui.app.widgets.find import TextField

LONGEST = 20_000
"""Characters of what is pasted: a list of a thousand identifiers."""


class SearchLine(TextField):
    """Letters, and the keys that a line of a shell has; all are dealt with as they come."""

    DEFAULT_CSS = """
    SearchLine { height: 1; width: 1fr; border: none; padding: 0; background: $background; }
    SearchLine:focus { border: none; }
    """

    def __init__(self, keys: Mapping[str, Callable[[], None]], placeholder: str, *, id: str) -> None:  # noqa: A002
        """Make it empty.

        Args:
            keys: What else than letters does something, and what.
            placeholder: What can be typed.
            id: The widget's name.
        """
        super().__init__(placeholder=placeholder, id=id)
        self._keys = keys

    def take(self, event: events.Event) -> bool:
        """Take a letter, a key of its own, or what is pasted: of several lines, line ends become blanks."""
        if isinstance(event, events.Key) and (does := self._keys.get(event.key)):
            does()
            return True
        if isinstance(event, events.Paste):
            self.replace(clean(" ".join(event.text.split()), LONGEST), *self.selection)
            return True
        return super().take(event)

    def fill(self, text: str) -> None:
        """Have another text, the cursor behind it."""
        self.value = text
        self.cursor_position = len(text)

    def select(self) -> None:
        """Have all of it selected: the next letter begins another, an arrow key keeps it."""
        self.selection = Selection(0, len(self.value))
