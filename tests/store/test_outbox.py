"""The outbox: one row a receiver and alert, in order, whatever happens."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing

import pytest

from fink_tui.alerts.decode import Decoded
from fink_tui.alerts.submission import Choices, Submission, submission
from fink_tui.store import decisions
from fink_tui.store.outbox import Neighbour, Outbox, State
from fink_tui.store.outbox_pages import OutboxPages, Waiting
from fink_tui.store.pages import Pages
from fink_tui.store.store import Store
from fink_tui.stream.demo import DemoAlert
from tests.store.making import WITHOUT_ARRIVALS, receive, results

NOW = time.time() + 86_400
"""A moment after every grace."""


@pytest.fixture
def alerts(store: Store, demo_alerts: list[DemoAlert]) -> list[Decoded]:
    """Some alerts of different objects, kept."""
    inbox = store.inbox()
    receive(inbox, demo_alerts[:6])
    inbox.close()
    return [found for found in results(demo_alerts[:6]) if isinstance(found, Decoded)]


def told(alert: Decoded, object_id: str | None = None, alert_id: str | None = None) -> Submission:
    row = alert.row._replace(object_id=object_id or alert.row.object_id, alert_id=alert_id or alert.row.alert_id)
    return submission(row, topics="fink_a", night=20261120, record=None)


def shown(store: Store, alert: int) -> tuple[str, str]:
    with closing(Pages(store.database)) as pages:
        found = pages.alert(alert)
    assert found is not None
    return found.state, found.sending


def test_a_second_wish_is_no_second_sending(store: Store, alerts: list[Decoded]) -> None:
    outbox = Outbox(store.database)
    first = outbox.enqueue("tom", told(alerts[0])).result()
    second = outbox.enqueue("tom", told(alerts[0])).result()
    other = outbox.enqueue("mine", told(alerts[0])).result()
    assert (first.is_new, second.is_new, other.is_new) == (True, False, True)
    assert second.id == first.id
    assert second.state is State.QUEUED
    assert shown(store, 1) == (decisions.SEND, "queued")
    with closing(OutboxPages(store.database)) as pages:
        assert pages.count() == 2
        assert [entry.receiver for entry in pages.page(0)] == ["tom", "mine"]
        assert pages.page(1) == []
        assert pages.submission(first.id) == told(alerts[0])


def test_of_one_object_the_first_goes_first(store: Store, alerts: list[Decoded]) -> None:
    outbox = Outbox(store.database)
    outbox.enqueue("tom", told(alerts[0], "A", "1")).result()
    outbox.enqueue("tom", told(alerts[0], "A", "2")).result()
    outbox.enqueue("tom", told(alerts[0], "B", "3")).result()
    first = outbox.take("tom", NOW)
    second = outbox.take("tom", NOW)
    assert first is not None
    assert second is not None
    assert (first[0].alert_id, second[0].alert_id) == ("1", "3")
    assert outbox.take("tom", NOW) is None
    outbox.postpone(first[0].id, "busy", NOW + 100, all_of_receiver=False)
    assert outbox.take("tom", NOW) is None, "the second of the object overtook the first"
    again = outbox.take("tom", NOW + 100)
    assert again is not None
    assert again[0].alert_id == "1"
    assert again[0].attempts == 2
    outbox.finish(again[0].id, State.SENT, "made", target="7")
    later = outbox.take("tom", NOW)
    assert later is not None
    assert later[0].alert_id == "2"
    with closing(OutboxPages(store.database)) as pages:
        assert pages.target_of("tom", later[0].survey, "A") == "7"


def test_a_target_is_known_until_another_is(store: Store, alerts: list[Decoded]) -> None:
    outbox = Outbox(store.database)
    with closing(OutboxPages(store.database)) as pages:
        for alert, target, known in (("1", "", ""), ("2", "7", "7"), ("3", "", "7"), ("4", "8", "8")):
            queued = outbox.enqueue("tom", told(alerts[0], "A", alert)).result()
            outbox.take("tom", NOW)
            outbox.finish(queued.id, State.SENT, "words", target=target)
            assert pages.target_of("tom", "ztf", "A") == pages.target_of("tom", "mma", "A") == known
        assert pages.target_of("mine", "ztf", "A") == pages.target_of("tom", "lsst", "A") == ""
        assert pages.target_of("tom", "ztf", "B") == ""


def test_what_was_on_its_way_at_a_crash_is_queued_again(store: Store, alerts: list[Decoded]) -> None:
    outbox = Outbox(store.database)
    outbox.enqueue("tom", told(alerts[0])).result()
    assert outbox.take("tom", NOW) is not None
    assert shown(store, 1)[1] == "sending"
    assert outbox.recover() == 1
    assert shown(store, 1)[1] == "queued"


def test_taken_back_within_the_grace_it_was_never_decided(store: Store, alerts: list[Decoded]) -> None:
    outbox = Outbox(store.database)
    decisions.decide(store.database, 1, decisions.SAVED, "file").result()
    queued = outbox.enqueue("tom", told(alerts[0]), alert=1, grace=1e6).result()
    assert outbox.take("tom", NOW) is None
    assert outbox.cancel(queued.id).result() is State.CANCELLED
    assert shown(store, 1) == (decisions.SAVED, "")
    assert outbox.take("tom", NOW + 2000) is None
    again = outbox.enqueue("tom", told(alerts[0]), alert=1).result()
    assert again.is_new
    assert again.id == queued.id
    taken = outbox.take("tom", NOW)
    assert taken is not None
    assert outbox.cancel(queued.id).result() is State.SENDING, "what is on its way cannot be taken back"


def test_taken_back_after_another_decision_it_is_the_sending_that_is(store: Store, alerts: list[Decoded]) -> None:
    outbox = Outbox(store.database)
    queued = outbox.enqueue("tom", told(alerts[0]), alert=1).result()
    outbox.take("tom", NOW)
    outbox.finish(queued.id, State.FAILED, "No.")
    assert outbox.enqueue("tom", told(alerts[0]), alert=1).result().is_new
    decisions.decide(store.database, 1, decisions.SAVED, "file").result()
    outbox.cancel(queued.id).result()
    assert shown(store, 1) == (decisions.SAVED, "")
    decisions.decide(store.database, 1, decisions.UNDONE, decisions.SAVED).result()
    assert shown(store, 1) == ("", "")


def test_blocked_waits_without_attempts(store: Store, alerts: list[Decoded]) -> None:
    outbox = Outbox(store.database)
    for alert in alerts:
        outbox.enqueue("tom", told(alert)).result()
    outbox.enqueue("mine", told(alerts[0])).result()
    taken = outbox.take("tom", NOW)
    assert taken is not None
    outbox.block("tom", "The login is refused.")
    with closing(OutboxPages(store.database)) as pages:
        assert pages.waiting() == Waiting(7, 0, 6, 0, "The login is refused.")
        assert {entry.attempts for entry in pages.page(0)} == {0}
    assert outbox.take("tom", NOW) is None
    assert outbox.take("mine", NOW) is not None
    assert shown(store, 2)[1] == "blocked"
    outbox.unblock("tom")
    assert shown(store, 2)[1] == "queued"
    assert outbox.take("tom", NOW) is not None


def test_an_answer_goes_with_it(store: Store, alerts: list[Decoded]) -> None:
    outbox = Outbox(store.database)
    queued = outbox.enqueue("tom", told(alerts[0]), Choices(target_list="mine")).result()
    outbox.take("tom", NOW)
    outbox.ask(queued.id, "Is it the same?", [Neighbour("7", "SN 2026a", 0.8)])
    with closing(OutboxPages(store.database)) as pages:
        found = pages.entry(queued.id)
        assert found is not None
        assert found.state is State.ASKING
        assert found.neighbours[0].name == "SN 2026a"
    assert outbox.answer(queued.id, "alias", "7").result() is State.QUEUED
    taken = outbox.take("tom", NOW)
    assert taken is not None
    assert taken[0].choices == Choices(target_list="mine", nearby="alias", nearby_target="7")


def test_given_up_it_goes_again_when_asked(store: Store, alerts: list[Decoded]) -> None:
    outbox = Outbox(store.database)
    queued = outbox.enqueue("tom", told(alerts[0])).result()
    outbox.take("tom", NOW)
    outbox.finish(queued.id, State.FAILED, "No.")
    assert shown(store, 1)[1] == "failed"
    assert outbox.retry(queued.id).result() is State.QUEUED
    taken = outbox.take("tom", NOW)
    assert taken is not None
    assert taken[0].attempts == 1


def test_away_all_of_it_waits(store: Store, alerts: list[Decoded]) -> None:
    outbox = Outbox(store.database)
    for alert in alerts:
        outbox.enqueue("tom", told(alert)).result()
    taken = outbox.take("tom", NOW)
    assert taken is not None
    outbox.postpone(taken[0].id, "Nobody answers.", NOW + 50, all_of_receiver=True)
    assert outbox.take("tom", NOW + 49) is None
    assert outbox.retry(2).result() is State.QUEUED
    by_hand = outbox.take("tom", NOW)
    assert by_hand is not None
    assert by_hand[0].id == 2


def test_an_older_database_learns_to_send(store: Store, alerts: list[Decoded]) -> None:
    path = store.database.path
    store.database.close()
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(";".join(WITHOUT_ARRIVALS))
        connection.executescript(
            "DROP TABLE submission; DROP TABLE outbox; ALTER TABLE alert DROP COLUMN sending; "
            "DROP INDEX alert_exposure; PRAGMA user_version=2"
        )
    with Store(path.parent) as opened:
        Outbox(opened.database).enqueue("tom", told(alerts[0])).result()
        assert shown(opened, 1) == (decisions.SEND, "queued")


def test_what_was_sent_from_a_file_is_marked_once_its_alert_is_kept(store: Store, demo_alerts: list[DemoAlert]) -> None:
    outbox = Outbox(store.database)
    (sent,) = [found for found in results(demo_alerts[:1]) if isinstance(found, Decoded)]
    queued = outbox.enqueue("tom", told(sent)).result()
    inbox = store.inbox()
    receive(inbox, demo_alerts[:1])
    inbox.close()
    assert shown(store, 1) == (decisions.SEND, "queued")
    again = outbox.enqueue("tom", told(sent), alert=1).result()
    assert (again.id, again.is_new) == (queued.id, False)
    assert shown(store, 1) == (decisions.SEND, "queued")
    assert outbox.cancel(queued.id).result() is State.CANCELLED
    assert shown(store, 1) == ("", "")


def test_what_is_to_be_mended_is_said_whatever_is_cancelled(store: Store, alerts: list[Decoded]) -> None:
    outbox = Outbox(store.database)
    queued = [outbox.enqueue("tom", told(alert)).result().id for alert in alerts]
    outbox.block("tom", "The login is refused.")
    with closing(OutboxPages(store.database)) as pages:
        for number in reversed(queued[1:]):
            outbox.cancel(number).result()
            assert pages.waiting().problem == "The login is refused."
