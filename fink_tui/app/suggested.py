"""What the line in which a search is typed can be given: a completion of a word, or a search of before."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from fink_tui.app import suggesting
from fink_tui.search.line.completing import Completion, completions

if TYPE_CHECKING:
    from fink_tui.app.widgets.search_line import SearchLine
    from fink_tui.app.widgets.suggestions import Suggestions
    from fink_tui.store.searches import Searched


class Typing:
    """The line, and the suggestions below it of which one is put into the line."""

    def __init__(
        self, line: SearchLine, suggestions: Suggestions, say: Callable[[str], None], show: Callable[[], None]
    ) -> None:
        """Nothing is typed yet.

        Args:
            line: In which one types.
            suggestions: What is below it.
            say: Says a sentence.
            show: Called where other suggestions are shown.
        """
        self._line = line
        self._suggestions = suggestions
        self._say = say
        self._show = show
        self._typed = ""
        """What was in the line before something else was put there."""
        self._is_walking = False
        """Whether an earlier search is in the line."""
        self._completions: Sequence[Completion] = ()
        """What completes the word before the cursor, while one of them is in the line."""
        self._searches: Sequence[Searched] = ()

    @property
    def is_choosing(self) -> bool:
        """Whether a suggestion is in the line."""
        return self._is_walking or bool(self._completions)

    def complete(self, step: int) -> None:
        """Complete the word before the cursor; again: with the next that fits."""
        line, suggestions = self._line, self._suggestions
        if self._completions:
            suggestions.choose_round(step)
        else:
            typed = line.value[: line.cursor_position]
            found = completions(typed)
            if not found:
                self._say("Nothing completes that.")
                return
            self._typed, self._is_walking = typed, False
            if len(found) == 1:
                line.fill(typed[: found[0].start] + found[0].text)
                return
            self._completions = found
            suggestions.show("Tab: the next; what completes it:", suggesting.completing(found), 0)
        line.fill(self._suggested or "")
        self._show()

    def walk(self, step: int) -> None:
        """Put an earlier search into the line; among completions, another of these."""
        if self._completions:
            self.complete(step)
            return
        is_first = not self._is_walking
        if is_first:
            self._typed = self._line.value
        self._is_walking = self._suggestions.choose(step)
        if is_first and self._suggested == self._typed.strip():  # the search that is shown is in the line already
            self._suggestions.choose(1)
        self._line.fill(self._suggested if self._is_walking and self._suggested is not None else self._typed)
        self._show()

    def put_back(self) -> bool:
        """Have what was typed again in place of a suggestion; returns whether there was one."""
        if not self.is_choosing:
            return False
        self._line.fill(self._typed)
        self.offer_searches()
        return True

    def changed(self) -> None:
        """The line has another text: where that is no longer what was suggested, nothing is chosen."""
        if self.is_choosing and self._line.value != self._suggested:
            self.offer_searches()

    def remember(self, searches: Sequence[Searched]) -> None:
        """Have other searches to offer.

        Args:
            searches: Those of before, the last one first.
        """
        self._searches = searches
        if not self.is_choosing:
            self.offer_searches()

    def offer_searches(self) -> None:
        """Suggest what was searched before; nothing of it is in the line."""
        self._is_walking, self._completions = False, ()
        title = "Searched before: ↑ ↓ choose, Enter searches again" if self._searches else "What can be typed:"
        self._suggestions.show(title, suggesting.before(self._searches, time.time()))
        self._show()

    @property
    def _suggested(self) -> str | None:
        """What the line was given by a suggestion; None where none is chosen."""
        chosen = self._suggestions.chosen
        if chosen is None:
            return None
        if not self._completions:
            return self._suggestions.text
        one = self._completions[chosen]
        return self._typed[: one.start] + one.text
