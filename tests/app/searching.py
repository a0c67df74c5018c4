"""The search screen, and a search whose answers a test gives when it wants to."""

from __future__ import annotations

import contextlib
import threading
from array import array
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from fink_tui.app.screens.search import SearchScreen
from fink_tui.app.widgets.alert_list import AlertList
from fink_tui.app.widgets.answer_table import AnswerTable
from fink_tui.app.widgets.search_line import SearchLine
from fink_tui.search.line.understood import Understood
from fink_tui.search.outcome import Outcome, Part, State
from fink_tui.search.question import Question
from fink_tui.store.store import Store
from tests.app.live import SMALL, Live, opened
from tests.running import wait_for

CONE = "10:21:38 -05:21:01 r=30s"
"""A line that asks both surveys for the objects around a place."""


class Run:
    """One search, which does what the test says."""

    def __init__(self, understood: Understood, report: Callable[[Outcome], None], *, fresh: bool) -> None:
        self.understood = understood
        self.fresh = fresh
        self._report = report
        self.outcome = Outcome(parts=tuple(Part(question=question) for question in understood.questions))
        self.is_over = threading.Event()
        self.has_ended = threading.Event()

    def find(self, *ids: int, local: int = 0, over: bool = False, words: str = "", **part: Any) -> None:
        """Say what is found; with more, also how far each question is."""
        from dataclasses import replace

        parts = tuple(replace(one, **part) for one in self.outcome.parts)
        cone = self.understood.wanted.cone
        self.outcome = Outcome(
            ids=array("q", ids), is_nearest_first=cone is not None, local=local, parts=parts, words=words
        )
        if over:
            self.is_over.set()
        else:
            self._report(self.outcome)

    def answer(self, *ids: int, at: float, local: int = 0, **part: Any) -> None:
        """Say what is found in the end."""
        given = {"state": State.ANSWERED, "fetched_at": at, "rows": len(ids)} | part
        self.find(*ids, local=local, over=True, **given)

    def end(self, outcome: Outcome) -> None:
        """End it with this."""
        self.outcome = outcome
        self.is_over.set()


class Slow:
    """Searches that go on until the test, or the observer, ends them."""

    def __init__(self) -> None:
        self.runs: list[Run] = []

    def run(
        self,
        understood: Understood,
        report: Callable[[Outcome], None],
        is_cancelled: Callable[[], bool],
        *,
        fresh: bool = False,
    ) -> Outcome:
        run = Run(understood, report, fresh=fresh)
        self.runs.append(run)
        report(run.outcome)
        while not run.is_over.wait(0.005) and not is_cancelled():
            pass
        run.has_ended.set()
        return run.outcome

    @property
    def last(self) -> Run:
        """The search that was asked last."""
        return self.runs[-1]


class Search(Live):
    """The program on its search screen."""

    slow: Slow

    @property
    def screen(self) -> SearchScreen:  # type: ignore[override]
        screen = self.app._search
        assert screen is not None
        return screen

    @property
    def alerts(self) -> AlertList:
        return self.screen.alerts

    @property
    def line(self) -> SearchLine:
        return self.screen.line

    @property
    def table(self) -> AnswerTable:
        return self.screen.table

    @property
    def said_of_it(self) -> str:
        """What stands between the line and the list."""
        return "\n".join(self.lines()[2 : 2 + self.screen.query_one("#said").size.height])

    @property
    def is_on_screen(self) -> bool:
        return self.app.screen is self.app._search

    async def ask(self, text: str = CONE) -> Run:
        """Put a search into the line and let it begin."""
        count = len(self.slow.runs)
        if not self.screen.is_typing:
            await self.press("2")
        self.line.fill(text)
        await self.press("enter")
        await self.until(lambda: len(self.slow.runs) > count)
        await self.until(lambda: bool(self.screen.last_search.outcome.parts))
        return self.slow.last

    async def over(self) -> None:
        """Wait until the search has ended, and is shown."""
        await self.until(lambda: not self.screen.last_search.is_running)
        await self.until(lambda: not self.screen.list_pane.arranging.is_running)
        await self.pilot.pause()

    async def shows(self, *words: str) -> None:
        """Wait until the screen has some words, whatever lines they are on."""

        def is_shown() -> bool:
            text = self.text()
            return all(word in text or word in " ".join(text.split()) for word in words)

        await self.until(is_shown)


@contextlib.asynccontextmanager
async def searching(
    store: Store, save_dir: Path, size: tuple[int, int] = SMALL, *, is_slow: bool = True, **more: Any
) -> AsyncIterator[Search]:
    """The program on a store, its search screen open."""
    slow = Slow()
    async with opened(store, save_dir, size, search=(lambda: slow) if is_slow else None, **more) as live:
        search = Search(live.app, live.pilot)
        search.slow = slow
        await live.press("2")
        await search.until(lambda: search.is_on_screen and search.line.has_focus)
        yield search
        for run in slow.runs:
            run.is_over.set()


def question(survey: str = "ztf", path: str = "conesearch", **arguments: object) -> Question:
    """A question to Fink."""
    return Question.of(survey, path, **arguments)


def ended(run: Run) -> bool:
    """Wait until a search's thread has done with it."""
    return bool(wait_for(run.has_ended.is_set, "the end of the search"))
