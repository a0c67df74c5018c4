"""A search: what this machine has, at once; then what Fink answers, and what of it is kept.

Nothing that fails ends it: each question says for itself what became of it.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from fink_tui.alerts.text import clean
from fink_tui.search import local, meanings, resolver
from fink_tui.search.api.places import RADIUS
from fink_tui.search.asking import Asking
from fink_tui.search.errors import CancelledError, QuestionError, SearchError
from fink_tui.search.line.understood import Understood, Wanted
from fink_tui.search.ordered import Found
from fink_tui.search.outcome import Outcome, Part, State
from fink_tui.search.part import PartRun
from fink_tui.search.tonight import WITHOUT_TONIGHT, may_be_of_tonight
from fink_tui.store.errors import StoreError

if TYPE_CHECKING:
    from fink_tui.search.http.client import Client
    from fink_tui.search.meanings import Resolved
    from fink_tui.store.answers import Answers
    from fink_tui.store.store import Store

log = logging.getLogger(__name__)

AT_ONCE = 4
"""Questions that are worked on at a time, of both surveys."""

REPORT_SECONDS = 0.1
"""Between two reports, but for the first alerts and the end."""


class Searching:
    """Searches a store, and asks Fink. For any number of threads."""

    def __init__(
        self,
        store: Store,
        client: Client | None,
        answers: Answers,
        *,
        unasked: str = "Fink is not asked here.",
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Name what is searched.

        Args:
            store: What this machine has.
            client: Who asks Fink; None: nobody.
            answers: Where answers are kept.
            unasked: Why Fink is not asked, where it is not: a sentence.
            clock: Unix seconds.
        """
        self.store = store
        self.client = client
        self.answers = answers
        self.unasked = unasked
        self.clock = clock

    def asking(self) -> Asking:
        """What asks Fink a single question, where no kept answer serves.

        Raises:
            QuestionError: Fink is not asked here.
        """
        if self.client is None:
            raise QuestionError(self.unasked)
        return Asking(self.client, self.answers, self.clock)

    def resolve(
        self, name: str, surveys: Sequence[str], is_cancelled: Callable[[], bool] = lambda: False
    ) -> list[Resolved]:
        """What a name means, the likeliest first; by this machine's own alerts alone where Fink is not asked.

        Args:
            name: What was typed.
            surveys: Whose resolvers may be asked.
            is_cancelled: Whether nobody waits for it any longer.

        Raises:
            SearchError: No meaning was found, and not all could be asked.
            StoreError: The store cannot be read.
        """
        here = meanings.known_here(self.store.database, name)
        if self.client is None:
            return here
        return resolver.resolve(self.asking(), name, here=here, surveys=surveys, is_cancelled=is_cancelled)

    def run(
        self,
        understood: Understood,
        report: Callable[[Outcome], None],
        is_cancelled: Callable[[], bool],
        *,
        fresh: bool = False,
    ) -> Outcome:
        """Do a search, in the thread that calls.

        Args:
            understood: What is asked.
            report: Told what was found so far, again and again, from any thread, one at a time.
            is_cancelled: Whether nobody waits for it any longer.
            fresh: Whether Fink is asked also what it has answered before.

        Returns:
            What was found in the end; as far as it came, where nobody waited for it.
        """
        return _Run(self, understood, report, is_cancelled, fresh).run()


class _Run:
    """One search."""

    def __init__(
        self,
        searching: Searching,
        understood: Understood,
        report: Callable[[Outcome], None],
        is_cancelled: Callable[[], bool],
        fresh: bool,
    ) -> None:
        self._searching = searching
        self._understood = understood
        self._report = report
        self._fresh = fresh
        self._over = threading.Event()
        self._is_wanted_no_more = is_cancelled
        self._lock = threading.Lock()
        self._cut = understood.cut
        self._found = self._new_list(understood.wanted)
        self._parts: list[Part] = []
        self._words: list[str] = []
        self._has_failed = False
        self._reported_at = 0.0
        self._has_reported_alerts = False

    def run(self) -> Outcome:
        try:
            self._look_here([self._understood.wanted])
            self._tell(is_urgent=True)
            understood = self._resolved() if self._understood.name else self._understood
            if self._searching.client is None:
                self._words.append(self._searching.unasked)
            elif understood is not None:
                self._ask(self._searching.asking(), understood)
                self._make_room(self._searching.client)
        except CancelledError:
            pass
        except (SearchError, StoreError) as error:
            self._has_failed = True
            self._words.append(str(error))
        except Exception as error:
            self._has_failed = True
            log.exception("a search ended by an error")
            self._words.append(clean(f"The search ended by an error that nobody foresaw: {error!r}.", 300))
        with self._lock:
            outcome = replace(self._outcome(), is_over=True, has_failed=self._has_failed)
            self._report(outcome)
        return outcome

    def _is_cancelled(self) -> bool:
        return self._over.is_set() or self._is_wanted_no_more()

    def _new_list(self, wanted: Wanted) -> Found:
        return Found(self._searching.store.database, wanted.cone, self._cut.limit)

    def _look_here(self, wanted: Sequence[Wanted]) -> None:
        """What this machine has."""
        for one in wanted:
            self._found.add(local.ids(self._searching.store.database, one, self._understood.surveys))

    def _resolved(self) -> Understood | None:
        """What is asked once the name is known; None where nobody knows it."""
        from fink_tui.search.line import meant  # most searches are read by who asks for them

        searching, understood = self._searching, self._understood
        found = searching.resolve(understood.name, understood.surveys, self._is_cancelled)
        if not found:
            nobody = "Nobody knows {}: TNS, SIMBAD and SsODNet have no such name."
            words = nobody if searching.client is not None else "No alert that is kept here has the name {}."
            self._words.append(words.format(clean(understood.name)))
            return None
        best = found[0]
        self._words.append(meanings.told(found))
        now = datetime.fromtimestamp(searching.clock(), UTC)
        near: list[Understood] = []
        if best.kind == "sso":
            known = meant.solar_system(understood, best.object_id or best.name, now)
        elif best.kind == "object" and (understood.radius == RADIUS or best.ra is None or best.dec is None):
            known = meant.objects(understood, [best.object_id], now)
            other_surveys = tuple(one for one in understood.surveys if one != best.survey)
            if other_surveys and best.ra is not None and best.dec is not None:  # what else saw it
                near = [meant.around(replace(understood, surveys=other_surveys), best.ra, best.dec, now)]
                known = replace(known, questions=known.questions + near[0].questions)
        else:
            assert best.ra is not None
            assert best.dec is not None
            known = meant.around(understood, best.ra, best.dec, now)
        self._cut = known.cut
        with self._lock:
            self._found = self._new_list(known.wanted)
        self._look_here([known.wanted, *(one.wanted for one in near)])
        return known

    def _ask(self, asking: Asking, understood: Understood) -> None:
        """Ask all questions, some at a time."""
        self._parts = [Part(question=question) for question in understood.questions]
        self._tell(is_urgent=True)
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="search") as threads:
            try:
                work = [threads.submit(self._ask_one, asking, index) for index in range(len(self._parts))]
                for one in work:
                    one.result()
            except BaseException:
                self._over.set()
                threads.shutdown(wait=False, cancel_futures=True)
                raise
        if self._is_cancelled():
            raise CancelledError("It was broken off.")

    def _ask_one(self, asking: Asking, index: int) -> None:
        """Ask one question; what goes wrong is told in its part."""
        fitting = set[int]()

        def found(ids: Sequence[int]) -> None:
            fitting.update(self._add(ids))

        def changed(part: Part) -> None:
            if local.cuts(self._cut):
                part = replace(part, fitting=len(fitting))
                untold = local.untold(self._cut, part.question)
                if untold and part.rows and part.state is State.ANSWERED:
                    part = replace(part, words=f"{part.words} {untold}".strip(), is_complete=False)
            with self._lock:
                self._parts[index] = part
            self._tell(is_urgent=part.state in (State.ANSWERED, State.FAILED))

        part = self._parts[index]
        try:
            run = PartRun(
                part.question,
                asking,
                found=found,
                changed=changed,
                is_cancelled=self._is_cancelled,
                fresh=self._fresh,
            )
            if self._is_cancelled():
                raise CancelledError("It was broken off.")
            run.run()
            return
        except CancelledError as error:
            words = str(error)
        except (SearchError, StoreError, QuestionError) as error:
            words = str(error)
        except OSError as error:
            words = f"The answer cannot be kept: {error.strerror}. Make room on the disk, or see to its folder."
        except Exception as error:
            log.exception("a question ended by an error")
            words = clean(f"It ended by an error that nobody foresaw: {error!r}.", 300)
        failed = self._parts[index]
        changed(replace(failed, state=State.FAILED, words=words, is_complete=False))

    def _add(self, ids: Sequence[int]) -> Sequence[int]:
        """Take alerts that an answer brought in; returns those of them that are wanted."""
        kept = local.cut(self._searching.store.database, ids, self._cut)
        with self._lock:
            self._found.add(kept, is_answer=True)
        return kept

    def _tell(self, *, is_urgent: bool = False) -> None:
        """Report, unless that was only just done."""
        with self._lock:
            now = time.monotonic()
            has_first = not self._has_reported_alerts and len(self._found) > 0
            if is_urgent or has_first or now - self._reported_at >= REPORT_SECONDS:
                self._has_reported_alerts = self._has_reported_alerts or has_first
                self._reported_at = now
                if not self._is_cancelled():
                    self._report(self._outcome())

    def _outcome(self) -> Outcome:
        words = [*self._words]
        if any(may_be_of_tonight(part.question, self._searching.clock()) for part in self._parts):
            words.append(WITHOUT_TONIGHT)
        found = self._found
        return Outcome(
            ids=found.ids,
            is_nearest_first=found.is_nearest_first,
            local=found.local,
            earlier=found.earlier,
            parts=tuple(self._parts),
            words=" ".join(words),
        )

    def _make_room(self, client: Client) -> None:
        with contextlib.suppress(StoreError):
            self._searching.answers.prune(client.settings.cache_gb * 1e9)
