"""What may be put into the line above: what was searched before, or what completes a word."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size

from fink_tui.app.lines import Lines


class Suggestion(NamedTuple):
    """A line of it."""

    before: str
    """What stands before it, quietly."""

    text: str
    """What is put into the line."""

    after: str = ""
    """What stands behind it, quietly."""

    is_offered: bool = True
    """Whether it can be chosen; else it is only read."""


class Suggestions(Lines, can_focus=False):
    """Lines of which one may be chosen; the keys that choose are those of the line in which one types."""

    def __init__(self, *, id: str) -> None:  # noqa: A002
        """Make it empty."""
        super().__init__(id=id)
        self._title = ""
        self._lines: Sequence[Suggestion] = ()
        self._offered = 0
        self._chosen: int | None = None

    @property
    def cursor_row(self) -> int | None:
        """The one that is in the line above."""
        return self._chosen

    @property
    def chosen(self) -> int | None:
        """Which is chosen, counted from the first."""
        return self._chosen

    @property
    def text(self) -> str | None:
        """What is to be put into the line; None where none is chosen."""
        return self._lines[self._chosen].text if self._chosen is not None else None

    def heading(self) -> str:
        """What they are."""
        return self._title

    def show(self, title: str, lines: Sequence[Suggestion], chosen: int | None = None) -> None:
        """Show some; those that can be chosen stand first.

        Args:
            title: What they are.
            lines: They.
            chosen: Which is chosen; None: none.
        """
        self._title, self._lines, self._chosen = title, lines, chosen
        self._offered = sum(line.is_offered for line in lines)
        self.on_resize()
        self.scroll_to(y=0, animate=False, force=True, immediate=True)

    def on_resize(self) -> None:
        """Say how many lines there are."""
        self.resize_content(self.room, len(self._lines))
        self.refresh()

    def choose(self, step: int) -> bool:
        """Choose the next one, or the first; before the first is none. Returns whether one is chosen now."""
        if not self._offered:
            return False
        old = self._chosen
        if old is None:
            self._chosen = 0
        elif old + step < 0:
            self._chosen = None
        else:
            self._chosen = min(old + step, self._offered - 1)
        self._moved(old)
        return self._chosen is not None

    def choose_round(self, step: int) -> None:
        """Choose the next one, round the end."""
        old = self._chosen
        if self._offered:
            self._chosen = ((0 if old is None else old) + step) % self._offered
            self._moved(old)

    def _moved(self, old: int | None) -> None:
        self.refresh_lines_at(old, self._chosen)
        if self._chosen is not None:
            self.bring_into_sight(self._chosen)

    def content(self, index: int) -> list[tuple[str, str]]:
        """A line of it, as much as there is room for."""
        if index >= len(self._lines):
            return []
        before, text, after, _ = self._lines[index]
        text = _cut(text, self.room - cell_len(before))
        after = _cut(after, self.room - cell_len(before) - cell_len(text))
        return [(before, "lines--quiet"), (text, ""), (after, "lines--quiet")]


def _cut(text: str, room: int) -> str:
    if cell_len(text) <= room:
        return text
    return set_cell_size(text, room - 1) + "…" if room > 1 else ""
