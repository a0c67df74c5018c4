"""What an alert is: how far and how bright, what is at its place and beside it, why it has its class."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from rich.text import Text
from textual.events import Resize
from textual.widgets import Static

from fink_tui.app.paging import page
from fink_tui.app.what_words import Line, Told, tell
from fink_tui.app.widgets.view import Subject, View
from fink_tui.ascii_text import ascii_words

COLUMN = 56
"""Cells that a column has at least where there are two."""

GAP = 3
"""Cells between two columns."""


class What(View, Static):
    """Class and rule, scores against thresholds, neighbours, distance; a page at a time where there is no room."""

    NAME = "what"
    TITLE = "what it is"

    def __init__(self, *, ascii_only: bool = False, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        """Make it, empty; the arguments are every view's."""
        super().__init__(ascii_only=ascii_only, id=id, classes=classes)
        self._told = Told()
        self._title = ""
        self._page = 0

    def show_alert(self, subject: Subject) -> None:
        """Show what is known of an alert, from its first line on."""
        row = subject.stored.row
        self._title = f"{row.label}: {row.label_reason}"
        self._told, self._page = tell(subject), 0
        self._draw()

    def clear(self) -> None:
        """Show nothing."""
        self._told, self._title, self._page = Told(), "", 0
        self._draw()

    def text(self) -> str:
        """All of it, the class first, also what is on other pages."""
        said = [line.between.join(line.parts) for lines in self._told for line in lines]
        return "\n".join(map(self._written, filter(None, (self._title, *said))))

    def on_resize(self, _: Resize) -> None:
        """Lay it out anew."""
        self._draw()

    def do_step(self, pages: int) -> None:
        """Turn the page."""
        self._page += pages
        self._draw()

    def _written(self, text: str) -> str:
        return ascii_words(text) if self.ascii_only else text

    def _draw(self) -> None:
        width, height = self.content_size
        if not self.is_attached or width < 1 or height < 1:
            return
        shown = page(self._rows(width), self._page, width, height)
        self._page = shown.number
        self.update(shown.text, layout=False)

    def _rows(self, width: int) -> list[Text]:
        """The lines of the screen: one side beside the other where both have room, else one after the other."""
        place, reasons, beside = self._told
        if width < 2 * COLUMN + GAP:
            return self._column((*place, *reasons, *beside), width)
        half = (width - GAP) // 2
        sides = self._column((*place, *beside), half), self._column(reasons, half)
        rows = []
        for left, right in zip_longest(*sides, fillvalue=Text("")):
            row = left.copy()
            row.pad_right(half - row.cell_len + GAP)
            rows.append(row.append_text(right))
        return rows

    def _column(self, lines: Sequence[Line], width: int) -> list[Text]:
        """Lines in so many cells."""
        found = []
        for line in lines:
            written = line._replace(parts=tuple(map(self._written, line.parts)), between=self._written(line.between))
            for wrapped in written.wrapped(width):
                text = Text(wrapped, line.style, end="", no_wrap=True)
                if text.cell_len > width:
                    text.truncate(width - 1)
                    text.append("~" if self.ascii_only else "…")
                found.append(text)
        return found
