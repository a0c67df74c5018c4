"""Lines to be read: they scroll, and nothing in them is current."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from fink_tui.alerts.text import clean
from fink_tui.app.lines import Lines
from fink_tui.app.pretty import pretty

LONGEST = 5_000
"""Characters of a line."""


class Document(Lines):
    """JSON, or lines, under a line that says what it is."""

    def __init__(self, *, id: str) -> None:  # noqa: A002
        """Make it empty."""
        super().__init__(id=id)
        self._title = ""
        self._value: object = None
        self._plain: Sequence[str] = ()
        self._lines: list[str] = []

    def heading(self) -> str:
        """What it is, and how much."""
        size = f" ({len(self._lines)} lines)" if len(self._lines) > self.rows else ""
        return self._title + size

    def content(self, index: int) -> list[tuple[str, str]]:
        """A line."""
        return [(self._lines[index], "")] if index < len(self._lines) else []

    def show(self, title: str, value: object) -> None:
        """Show JSON; None: nothing.

        Args:
            title: What it is.
            value: JSON values.
        """
        self._title, self._value = title, value
        self.on_resize()

    def show_lines(self, title: str, lines: Sequence[str]) -> None:
        """Show lines as they are.

        Args:
            title: What they are.
            lines: Each of one line.
        """
        self._plain = lines
        self.show(title, None)

    def on_resize(self) -> None:
        """Lines are as wide as the screen."""
        lines = pretty(self._value, max(20, self.room)) if self._value is not None else self._plain
        self._lines = [clean(line, LONGEST) for line in lines]
        self.resize_content(max(map(cell_len, self._lines), default=0), len(self._lines))
        self.refresh()

    def scroll_lines(self, lines: int) -> None:
        """Scroll by so many lines."""
        self.scroll_to(y=max(0, self.top + lines), animate=False, force=True, immediate=True)
