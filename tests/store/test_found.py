"""Alerts come by the stream and by searches, with kills between: each is there once, and counts once."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from contextlib import closing
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from fink_tui.alerts.decode import Decoded
from fink_tui.alerts.row import AlertRow
from fink_tui.store import decisions
from fink_tui.store.arranged import Arrangement, arrange
from fink_tui.store.arranged_pages import ArrangedPages
from fink_tui.store.expression import parsed
from fink_tui.store.inbox import Inbox
from fink_tui.store.outbox import Outbox
from fink_tui.store.packets import REMOVED
from fink_tui.store.pages import PAGE, Pages, Totals, export
from fink_tui.store.store import Store
from fink_tui.store.telling import tell
from fink_tui.stream.demo import DemoAlert, alerts
from tests.store.asking import FEW_COLUMNS, searched
from tests.store.making import BOOK, NOW, check, receive, results, sql
from tests.store.test_recover import write_only

ALERTS = [
    alert
    for alert in sorted(itertools.islice(alerts(seed=1, now_mjd=61364.0), 60), key=lambda alert: len(alert.value))
    if alert.survey != "mma"
][:24]
"""Small ones, of both surveys."""

some = st.lists(st.integers(0, len(ALERTS) - 1), min_size=1, max_size=6)


def row_of(alert: DemoAlert) -> AlertRow:
    (found,) = results([alert])
    assert isinstance(found, Decoded)
    return found.row


class Interleaved(RuleBasedStateMachine):
    """Batches, searches, decisions, kills and starts in any order, beside a model."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.arrived: dict[str, int] = {}
        """By the alert's id: which of `ALERTS`, in order of arrival."""
        self.written: dict[str, int] = {}
        """As above: packets without rows, as a kill leaves them."""
        self.found: dict[str, int] = {}
        """By the alert's id: its id in the store, once a search has found it."""
        self.states: dict[str, str] = {}
        self.asked = 0
        self.open()

    def open(self) -> None:
        self.store = Store(self.folder)
        self.inbox: Inbox = self.store.inbox()
        self.answers = self.store.answers()
        assert self.inbox.recover(BOOK, NOW) == len(self.written.keys() - self.arrived.keys())
        self.arrived |= {name: which for name, which in self.written.items() if name not in self.arrived}
        self.written.clear()
        arrangement = Arrangement(parsed("mag is not null or flux is not null"))
        found = arrange(self.store.database, arrangement, None, None)
        self.list = ArrangedPages(self.store.database, arrangement, None, found)

    def shut(self) -> None:
        self.list.close()
        self.inbox.close()
        self.store.close()

    @rule(which=some, topic=st.sampled_from(["a", "b"]))
    def receive(self, which: list[int], topic: str) -> None:
        batch = [ALERTS[number] for number in which]
        new = {ALERTS[number].alert_id: number for number in which if ALERTS[number].alert_id not in self.arrived}
        assert receive(self.inbox, batch, topic) == (len(new), len(batch) - len(new), 0)
        self.arrived |= new

    @rule(which=some, is_few=st.booleans(), at=st.integers(-2, 2))
    def search(self, which: list[int], is_few: bool, at: int) -> None:
        self.asked += 1
        for survey in ("ztf", "lsst"):
            batch = [ALERTS[number] for number in which if ALERTS[number].survey == survey]
            if batch:
                key = f"{survey} {self.asked % 3}"
                ids = searched(self.answers, batch, key, NOW + at, FEW_COLUMNS if is_few else None)
                for alert, number in zip(batch, ids, strict=True):
                    assert number is not None
                    assert self.found.setdefault(alert.alert_id, number) == number, "an id is for good"

    @rule(number=st.integers(0, 10), is_sent=st.booleans())
    def decide(self, number: int, is_sent: bool) -> None:
        ids = sorted({*self.arrived, *self.found})
        if ids:
            name = ids[number % len(ids)]
            ((alert,),) = sql(self.store, f"SELECT id FROM alert WHERE alert_id = '{name}'")
            assert isinstance(alert, int)
            with closing(Pages(self.store.database)) as pages:
                stored = pages.alert(alert)
            assert stored is not None
            if is_sent:
                if name not in self.sent:
                    self.states[name] = decisions.SEND
                Outbox(self.store.database).enqueue("tom", tell(self.store, stored).told, alert=alert).result()
            else:
                decisions.decide(self.store.database, alert, decisions.SAVED, "x").result()
                self.states[name] = decisions.SAVED

    @property
    def sent(self) -> set[str]:
        return {str(name) for (name,) in sql(self.store, "SELECT alert_id FROM outbox")}

    @rule(most=st.sampled_from([0, 20_000]))
    def prune(self, most: int) -> None:
        self.answers.prune(most)

    @rule(which=some)
    def killed_before_the_transaction(self, which: list[int]) -> None:
        self.shut()
        with Store(self.folder) as store:
            write_only(store, [ALERTS[number] for number in which])
        self.written = {ALERTS[number].alert_id: number for number in which}
        self.open()

    @rule()
    def start_again(self) -> None:
        self.shut()
        self.open()

    @invariant()
    def what_arrived_is_listed_in_that_order(self) -> None:
        check(self.store, [ALERTS[number] for number in self.arrived.values()])
        names = list(self.arrived)
        with closing(Pages(self.store.database)) as pages:
            rows = [row for number in range(pages.count() // PAGE + 1) for row in pages.page(number)]
            assert sorted(row.alert_id for row in rows) == sorted(names)
            assert [row.arrival for row in rows] == list(range(1, len(names) + 1))
            assert [pages.index_of(row.id) for row in rows] == list(range(len(rows)))
            assert pages.undecided(0) == next((row.id for row in rows if not row.state), None)
            ids = {row.alert_id: row.id for row in rows}
            for name, number in self.found.items():
                assert ids.get(name, number) == number, "it keeps its id"
                if name not in ids:
                    assert pages.index_of(number) is None
        with closing(Totals(self.store.database)) as totals:
            totals.refresh()
            assert totals.alerts == len(names)
            assert totals.newest_mjd == max((row.obs_mjd for row in rows), default=None)
        assert [row["alert_id"] for row in export(self.store.database, ["alert_id"])] == [row.alert_id for row in rows]
        for (night,) in sql(self.store, "SELECT DISTINCT night FROM alert"):
            assert isinstance(night, int)
            with closing(Pages(self.store.database, night)) as pages:
                numbers = sql(
                    self.store, f"SELECT number FROM alert WHERE night = {night} AND number >= 0 ORDER BY arrival"
                )
                assert [number for (number,) in numbers] == list(range(pages.count()))

    @invariant()
    def an_open_list_gets_all_that_arrives(self) -> None:
        self.list.has_changed()
        count = self.list.count()
        listed = [row.alert_id for number in range(count // PAGE + 1) for row in self.list.page(number)]
        assert sorted(listed) == sorted(self.arrived)

    @invariant()
    def each_is_there_once_with_what_was_decided(self) -> None:
        rows = sql(self.store, "SELECT alert_id, state, sending FROM alert")
        assert sorted(str(row[0]) for row in rows) == sorted({*self.arrived, *self.found})
        assert {str(name): state for name, state, _ in rows if state} == self.states
        assert {str(name) for name, _, sending in rows if sending} == self.sent

    @invariant()
    def what_was_decided_has_its_document(self) -> None:
        with closing(Pages(self.store.database)) as pages:
            for name, number in self.found.items():
                stored = pages.alert(number)
                assert stored is not None
                assert stored.is_found == (name not in self.arrived)
                if stored.is_found and not stored.place.name.startswith(REMOVED):
                    assert tell(self.store, stored).told.alert_id == name

    def teardown(self) -> None:
        self.shut()
        shutil.rmtree(self.folder)


TestInterleaved = Interleaved.TestCase
TestInterleaved.settings = settings(max_examples=6, stateful_step_count=10, deadline=None)
