"""What other services than Fink answer, kept on disk: it serves again, and when nobody can be reached."""

from __future__ import annotations

import contextlib
import json
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from fink_tui.alerts.text import clean
from fink_tui.search.errors import BrokenError, CancelledError, SearchError
from fink_tui.store.errors import StoreError
from fink_tui.web import host_of

if TYPE_CHECKING:
    from fink_tui.search.http.client import Client
    from fink_tui.store.answers import Answers

T = TypeVar("T")


class Answer(NamedTuple, Generic[T]):
    """What a service answered."""

    value: T
    """As it was read."""

    fetched_at: float
    """When it was given, Unix seconds."""

    words: str = ""
    """Why an old one serves; "" where it does not."""


class Remembered:
    """Asks services where no kept answer serves. For any thread."""

    def __init__(self, client: Client, answers: Answers, clock: Callable[[], float] = time.time) -> None:
        """Name who asks, and where answers are kept.

        Args:
            client: Who asks.
            answers: Where answers are kept.
            clock: Unix seconds.
        """
        self._client = client
        self._answers = answers
        self.clock = clock

    def answer(
        self,
        key: str,
        url: str,
        arguments: Mapping[str, str],
        read: Callable[[Path], T],
        serves_for: float,
        is_cancelled: Callable[[], bool],
        *,
        is_asked: bool = True,
    ) -> Answer[T] | None:
        """An answer: a kept one where it is young enough or no other comes.

        Args:
            key: What is asked, as it is kept.
            url: Who is asked.
            arguments: The query.
            read: Makes of the body what is wanted; raises a `SearchError` where it cannot.
            serves_for: How long an answer serves without asking again, seconds.
            is_cancelled: Whether nobody waits for it any longer.
            is_asked: Whether the service is asked at all.

        Returns:
            None where it is not to be asked, and nothing is kept.

        Raises:
            SearchError: There is none.
        """
        before = self._before(key, read)
        if not is_asked or (before is not None and self.clock() - before.fetched_at <= serves_for):
            return before
        with tempfile.TemporaryDirectory(prefix="fink-tui-") as folder:
            part, is_kept = self._part(key, Path(folder))
            try:
                self._client.get(url, arguments, part, lambda _: None, is_cancelled)
                value, now = read(part), self.clock()
                if is_kept:
                    with contextlib.suppress(StoreError):  # what cannot be kept is shown all the same
                        self._answers.keep(key, part, now)
                return Answer(value, now)
            except (SearchError, StoreError, OSError) as error:
                self._answers.discard(part)
                if isinstance(error, CancelledError):
                    raise
                failed = error if isinstance(error, SearchError) else _unwritten(error, url)
                if before is None:
                    raise failed from None
                return before._replace(words=clean(failed, 400))

    def _part(self, key: str, folder: Path) -> tuple[Path, bool]:
        """A file for an answer, and whether it can be kept: a full disk has room for decisions alone."""
        try:
            return self._answers.part(key), True
        except StoreError:
            return folder / "answer", False

    def _before(self, key: str, read: Callable[[Path], T]) -> Answer[T] | None:
        """The answer of before; None where there is none that can be read."""
        try:
            kept = self._answers.lookup(key)
            return None if kept is None else Answer(read(kept.path), kept.fetched_at)
        except (StoreError, OSError, SearchError):
            return None


def _unwritten(error: StoreError | OSError, url: str) -> SearchError:
    """The same in the search's words."""
    if isinstance(error, StoreError):
        return BrokenError(str(error))
    return BrokenError(f"The answer of {host_of(url)} cannot be written to disk: {error.strerror}.")


def key_of(service: str, *parts: str) -> str:
    """What is asked of a service, as its answer is kept."""
    return json.dumps([service, *parts], separators=(",", ":"))
