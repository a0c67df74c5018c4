"""What has still to be sent, and what has ended, as who waits for it sees it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from fink_tui.alerts.submission import Submission
from fink_tui.store.outbox import Neighbour, Outbox, State
from fink_tui.store.outbox_pages import OutboxPages
from fink_tui.store.store import Store

NOW = time.time() + 86_400
"""A moment after every grace."""


def told(object_id: str, alert_id: str) -> Submission:
    return Submission(
        **dict.fromkeys(("time", "night", "label", "label_reason", "link"), ""),
        survey="ztf",
        alert_id=alert_id,
        object_id=object_id,
        ra=1.0,
        dec=2.0,
    )


@pytest.fixture
def pages(store: Store) -> Iterator[OutboxPages]:
    with closing(OutboxPages(store.database)) as opened:
        yield opened


@pytest.fixture
def outbox(store: Store) -> Outbox:
    """Two alerts of A, one of B and one of A for another receiver."""
    outbox = Outbox(store.database)
    for receiver, name, alert_id in (("tom", "A", "1"), ("tom", "A", "2"), ("tom", "B", "3"), ("mine", "A", "1")):
        outbox.enqueue(receiver, told(name, alert_id)).result()
    return outbox


def test_what_waits_behind_a_question(outbox: Outbox, pages: OutboxPages) -> None:
    assert outbox.take("tom", NOW) is not None
    assert {row.state for row in pages.open_rows().values()} == {State.QUEUED, State.SENDING}
    outbox.ask(1, "Is it the same?", [Neighbour("7", "SN", 0.5)])
    rows = pages.open_rows()
    assert [row.waits_for for row in rows.values()] == [State.ASKING, State.ASKING, State.QUEUED, State.QUEUED]
    assert (rows[1].answer, rows[2].answer) == ("Is it the same?", "")
    assert rows[1].answered_at > rows[2].answered_at == 0
    assert [entry.id for entry in pages.open_of("tom", "ztf", "A")] == [1, 2]
    assert outbox.answer(1, "new", "").result() is State.QUEUED
    assert {row.waits_for for row in pages.open_rows().values()} == {State.QUEUED}


def test_what_has_ended_is_counted_from_a_time_on_and_waits_no_more(outbox: Outbox, pages: OutboxPages) -> None:
    before = time.time()
    assert pages.ended_since(before) == {}
    outbox.finish(1, State.SENT, "made")
    outbox.finish(2, State.EXISTS, "there")
    outbox.finish(3, State.FAILED, "no")
    assert pages.ended_since(before) == {State.SENT: 1, State.EXISTS: 1, State.FAILED: 1}
    assert pages.ended_since(time.time() + 1) == {}
    assert list(pages.open_rows()) == [4]
    assert pages.open_of("tom", "ztf", "A") == []


def test_in_a_hurry_all_that_waits_for_one_receiver_is_tried_now(outbox: Outbox, pages: OutboxPages) -> None:
    outbox.postpone(3, "Nobody answers.", NOW + 200, all_of_receiver=True)
    outbox.postpone(4, "Nobody answers.", NOW + 200, all_of_receiver=True)
    assert outbox.take("tom", NOW) is None
    outbox.hurry("tom")
    assert outbox.take("tom", NOW) is not None
    assert outbox.take("mine", NOW) is None
    outbox.block("mine", "The login is refused.")
    outbox.hurry("mine")
    assert outbox.take("mine", NOW) is not None


def test_in_a_hurry_the_time_to_take_it_back_stays(outbox: Outbox, pages: OutboxPages) -> None:
    outbox.enqueue("mine", told("C", "9"), grace=10_000).result()
    for number in (1, 2, 3, 4):
        outbox.finish(number, State.SENT, "made")
    outbox.hurry("mine")
    assert outbox.take("mine", time.time() + 1) is None


def test_what_is_taken_back_while_one_asks_is_no_problem(
    outbox: Outbox, pages: OutboxPages, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = pages._problem

    def taken_back(receiver: str) -> str:
        for number in range(1, 5):
            outbox.cancel(number).result()
        return asked(receiver)

    monkeypatch.setattr(pages, "_problem", taken_back)
    assert pages.waiting().problem == ""
    assert pages.waiting().waiting == 0
