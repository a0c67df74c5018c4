"""What the tests of searches share: a search of the stand-in's sky, and clients that something is wrong with."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fink_tui.config import Search
from fink_tui.search.errors import SearchError
from fink_tui.search.http.client import Client
from fink_tui.search.line.understanding import understand
from fink_tui.search.outcome import Outcome
from fink_tui.search.question import Question
from fink_tui.search.searching import Searching
from fink_tui.store.store import Store
from tests.fink_api import FinkApi, sky

NOW = datetime(1858, 11, 17, tzinfo=UTC) + timedelta(days=sky.NIGHT + 0.9)
"""The evening after the last night of the stand-in's sky."""


def settings(api: FinkApi, **more: float) -> Search:
    return Search(ztf=api.ztf_url, lsst=api.lsst_url, hips=api.hips_url, simbad=api.simbad_url, **more)


class Spoilt(Client):
    """A client whose questions are changed on their way, or fail."""

    def __init__(self, search: Search, spoil: Callable[[Question], Question | SearchError]) -> None:
        super().__init__(search, pauses=(0, 0, 0))
        self.asked: list[Question] = []
        self._spoil = spoil

    def ask(
        self,
        question: Question,
        path: Path,
        progress: Callable[[int], None] = lambda _: None,
        is_cancelled: Callable[[], bool] = lambda: False,
    ) -> None:
        self.asked.append(question)
        spoilt = self._spoil(question)
        if isinstance(spoilt, SearchError):
            raise spoilt
        super().ask(spoilt, path, progress, is_cancelled)


class Searcher:
    """Searches in a store; the reports of the last search are kept."""

    def __init__(self, api: FinkApi, store: Store, client: Client | None = None, **more: float) -> None:
        self.now = NOW
        self.client = client or Client(settings(api, **more), pauses=(0, 0, 0))
        self.store = store
        self.searching = Searching(store, self.client, store.answers(), clock=lambda: self.now.timestamp())
        self.reports: list[Outcome] = []

    def __call__(self, text: str, *, fresh: bool = False, surveys: tuple[str, ...] = ("ztf", "lsst")) -> Outcome:
        self.reports = []
        wanted = understand(text, surveys, self.now)
        return self.searching.run(wanted, self.reports.append, lambda: False, fresh=fresh)

    def objects(self, outcome: Outcome) -> list[str]:
        """The objects of the alerts that were found, in order."""
        from contextlib import closing

        with closing(self.store.database.reader()) as reader:
            return [
                str(reader.execute("SELECT object_id FROM alert WHERE id = ?", (one,)).fetchone()[0])
                for one in outcome.ids
            ]
