"""One question of a search: its answer, or answers, and the alerts in them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import msgspec

from fink_tui.alerts.text import bytes_size, count
from fink_tui.search import cones, tables
from fink_tui.search.api import endpoints
from fink_tui.search.api.endpoint_table import SERVER_MOST
from fink_tui.search.api.endpoints import Gives
from fink_tui.search.asking import Asking, Given, Made
from fink_tui.search.cone_pieces import ConePieces, IdsFound
from fink_tui.search.errors import BrokenError, CancelledError, LargeError, SlowError
from fink_tui.search.outcome import Part, State, Table
from fink_tui.search.question import Question
from fink_tui.store.answers import Kept
from fink_tui.store.spans import Span

FIRST_SLICE = 100
"""Rows that are taken in before the first report: what fills a screen."""

SLICE = 500
"""Rows that are taken in between two reports."""

TELL_SECONDS = 0.25
"""Between two reports of how much has come."""

KEEP = "copy it: old answers are removed, as search.cache_gb says"
"""What is said of an answer that is a file."""

MOST_TABLE = 32_000_000
"""Bytes of an answer that is shown as a table: it is in memory as a whole."""

LIMITED = frozenset({"latests", "tags", "anomaly"})
"""Endpoints whose `n` is the number of the newest alerts."""

_finding = threading.Lock()
"""Held while the rows of a body are found: one body at a time is in memory."""


class PartRun:
    """A question being answered, in a thread of its own."""

    def __init__(
        self,
        question: Question,
        asking: Asking,
        *,
        found: IdsFound,
        changed: Callable[[Part], None],
        is_cancelled: Callable[[], bool],
        fresh: bool = False,
    ) -> None:
        """Name what is asked, and who wants to know.

        Args:
            question: What.
            asking: Who answers.
            found: Given the ids of alerts, as they are taken in.
            changed: Told how far it is.
            is_cancelled: Whether nobody waits for it any longer.
            fresh: Whether Fink is asked in any case.
        """
        self.part = Part(question=question)
        self._question = question
        self._asking = asking
        self._found = found
        self._changed = changed
        self._is_cancelled = is_cancelled
        self._fresh = fresh
        self._told_at = 0.0
        self._words: list[str] = []
        self._old = ""
        """Why an old answer serves, of the last that was asked for."""
        self._all: set[int] = set()
        """The alerts of all answers."""
        self._first_seen: tuple[float, float] | None = None
        """When objects are to be first detected, MJD UTC, where Fink's answer has others, too."""
        self._strange = 0
        """Rows that are no alerts."""

    def run(self) -> None:
        """Answer it.

        Raises:
            SearchError: There is no answer.
            StoreError: The store cannot keep it.
            OSError: The disk refuses.
        """
        gives = endpoints.gives(self._question)
        if gives is Gives.ALERTS:
            if self._question.path == "conesearch":
                self._cone()
            else:
                ids = self._alerts(self._question, self._found)
                self._see_limit(len(ids) + self._strange)
            self._say_alerts()
            self._tell(total=len(self._all) + self._strange)
        elif gives is Gives.FILE:  # there is nothing of it to show but where it is
            kept = self._read(self._question, _itself)
            rows: list[tuple[object, ...]] = [("file", str(kept.path)), ("size", bytes_size(kept.size)), ("keep", KEEP)]
            self._tell(table=Table(("name", "value"), rows))
        else:
            self._table()
        self._tell(state=State.ANSWERED, words=" ".join(filter(None, [self._old, *self._words])))

    def _cone(self) -> None:
        """A cone search, complete."""
        now = datetime.fromtimestamp(self._asking.clock(), UTC)
        self._first_seen = cones.first_seen(self._question, now)
        cone = ConePieces(self._question, now, self._alerts, self._found)
        self._tell(is_complete=cone.is_complete)
        try:
            cone.run()
        except SlowError as error:
            self._take_in(cone.whole, self._kept(self._asking.before(cone.whole, error)), self._found)
        self._tell(is_complete=cone.is_complete)
        for words in cone.words:
            self._say(words)
        if {"startdate", "stopdate"} & set(self._question.given):
            self._say("Its dates are those of the first detection.")

    def _alerts(self, question: Question, found: IdsFound, *, is_divisible: bool = False) -> list[int]:
        """The alerts of one answer, taken in."""
        return self._read(question, lambda kept: self._take_in(question, kept, found), is_divisible=is_divisible)

    def _take_in(self, question: Question, kept: Kept, found: IdsFound) -> list[int]:
        answers = self._asking.answers
        with _finding:
            spans = answers.spans(kept)
        self._tell(state=State.TAKING, total=(self.part.total or 0) + len(spans))
        taken: list[int] = []
        for some in _slices(spans):
            if self._is_cancelled():
                raise CancelledError("It was broken off.")
            ids = answers.take_in(kept, question.survey, some)
            alerts = [one for one in ids if one is not None]
            self._strange += len(ids) - len(alerts)
            if self._first_seen is not None:
                wanted = answers.first_seen(alerts, *self._first_seen)
                alerts = [one for one in alerts if one in wanted]
            taken += alerts
            self._all.update(alerts)
            found(alerts)
            self._tell(rows=len(self._all))
        return taken

    def _read(self, question: Question, use: Callable[[Kept], Made], *, is_divisible: bool = False) -> Made:
        """What is made of an answer."""
        self._tell(state=State.ASKING)
        before, strange = self.part, self._strange

        def progress(received: int) -> None:
            now = time.monotonic()
            if now - self._told_at >= TELL_SECONDS:
                self._told_at = now
                self._tell(state=State.ASKING, received=before.received + received)

        def come(given: Given) -> Made:
            self.part, self._strange = before, strange  # what could not be read to its end counts for nothing
            return use(self._kept(given))

        return self._asking.read(
            question,
            come,
            fresh=self._fresh,
            is_divisible=is_divisible,
            progress=progress,
            is_cancelled=self._is_cancelled,
        )

    def _kept(self, given: Given) -> Kept:
        """Tell of an answer that is here."""
        kept = given.kept
        # Of several answers the oldest says how fresh all is.
        oldest = kept.fetched_at if self.part.fetched_at is None else min(self.part.fetched_at, kept.fetched_at)
        is_cached = given.is_cached and (self.part.is_cached or self.part.fetched_at is None)
        self._tell(received=self.part.received + kept.size, fetched_at=oldest, is_cached=is_cached)
        self._old = given.words
        return kept

    def _table(self) -> None:
        """An answer that is no list of alerts."""
        question = self._question
        if question.path == "ssoft" and "output-format" not in question.given:
            question = question.but(output_format="json")  # its default is a file that only programs read
        kept = self._read(question, _itself)
        if kept.size > MOST_TABLE:
            raise LargeError(f"The answer is too large for a table. It is the file {kept.path}")
        with _finding:
            table = tables.of_value(_value(kept))
        if len(table.rows) > tables.MOST_ROWS:
            self._say(f"The first {count(tables.MOST_ROWS)} of {count(len(table.rows))} rows are shown.")
            table = table._replace(rows=list(islice(table.rows, tables.MOST_ROWS)))
        self._tell(rows=len(table.rows), total=len(table.rows), table=table)

    def _see_limit(self, rows: int) -> None:
        """Say where more may be there than was given."""
        given = self._question.given
        trend = given.get("trend")
        if self._question.path in LIMITED:
            limit = int(given.get("n", "10"))
            if trend:
                self._say(f"Those {trend} among the newest {count(limit)}: Fink looks at no others.")
                self._tell(is_complete=False)
            elif rows >= limit:
                self._say(f"The newest {count(limit)}: there may be more.")
                self._tell(is_complete=False)
        elif rows >= SERVER_MOST:
            self._say(f"Fink gives {count(SERVER_MOST)} rows at most: there may be more.")
            self._tell(is_complete=False)

    def _say_alerts(self) -> None:
        if self._strange:
            are = "1 row is no alert" if self._strange == 1 else f"{count(self._strange)} rows are no alerts"
            limits = ", such as limits and measurements of poor quality" if self._has_limits else ""
            self._say(f"{are}{limits}.")

    @property
    def _has_limits(self) -> bool:
        return self._question.given.get("withupperlim", "").casefold() == "true"

    def _say(self, words: str) -> None:
        if words not in self._words:
            self._words.append(words)

    def _tell(self, **changes: Any) -> None:
        self.part = replace(self.part, **changes)
        self._changed(self.part)


def _itself(kept: Kept) -> Kept:
    """An answer of which nothing is made yet."""
    return kept


def _slices(spans: Sequence[Span]) -> list[Sequence[Span]]:
    """A body's rows in portions, the first one small."""
    starts = [0, *range(FIRST_SLICE, len(spans), SLICE)]
    ends = [*starts[1:], len(spans)]
    return [spans[start:end] for start, end in zip(starts, ends, strict=True) if end > start]


def _value(kept: Kept) -> object:
    """The JSON of an answer.

    Raises:
        BrokenError: It cannot be read.
    """
    try:
        return msgspec.json.decode(kept.path.read_bytes())
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BrokenError(f"Fink's answer cannot be read ({error}). Ask again.") from None
