"""What a command searches with."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from fink_tui.store.store import Store

if TYPE_CHECKING:
    from fink_tui.config import Settings
    from fink_tui.search.http.client import Client
    from fink_tui.search.searching import Searching
    from fink_tui.search.services.cds import Cds


class Services:
    """Whom one run of the program asks: one client for all, so that few ask at a time. For any thread.

    Nothing that takes time is loaded before something is asked.
    """

    def __init__(self, store: Store, settings: Settings) -> None:
        """Name the store, and where Fink and the CDS are.

        Args:
            store: What is searched first, and where answers are kept.
            settings: The settings.
        """
        self._store = store
        self._settings = settings
        self._lock = threading.Lock()
        self._client: Client | None = None

    def search(self) -> Searching:
        """What searches the store, and asks Fink."""
        from fink_tui.search.searching import Searching

        return Searching(self._store, self._one_client(), self._store.answers(self._settings.longitude))

    def cds(self) -> Cds:
        """What asks the CDS for the field around an alert."""
        from fink_tui.search.services.cds import Cds

        asked = self._settings.search
        answers = self._store.answers(self._settings.longitude)
        return Cds(self._one_client(), answers, asked.hips, asked.simbad)

    def _one_client(self) -> Client:
        from fink_tui.search.http.client import Client

        with self._lock:
            self._client = self._client or Client(self._settings.search)
            return self._client
