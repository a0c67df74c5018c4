from __future__ import annotations

import logging

import pytest

from fink_tui.store.errors import StoreFullError
from fink_tui.store.inbox import Receipt
from fink_tui.stream.board import MESSAGE_LENGTH, StatusBoard
from fink_tui.stream.position import Start
from fink_tui.stream.status import StreamState
from fink_tui.stream.subscription import Subscription


def test_what_a_server_said_is_made_safe() -> None:
    board = StatusBoard("files")
    board.tell(message="Kafka gave up: \x1b]52;c;b3duZWQ=\x07\u202e" + "x" * 2 * MESSAGE_LENGTH)
    assert board.status.message.startswith("Kafka gave up: ")
    assert board.status.message.isprintable()
    assert len(board.status.message) <= MESSAGE_LENGTH


def test_the_last_word_is_the_last() -> None:
    board = StatusBoard("ztf")
    board.end(StreamState.FAILED, "The disk is gone.")
    board.tell(state=StreamState.AWAY, message="The broker does not answer.")
    assert (board.status.state, board.status.message) == (StreamState.FAILED, "The disk is gone.")


def test_batches_add_up() -> None:
    board = StatusBoard("ztf")
    for _ in range(2):
        board.count([], Receipt(3, 2, 1), 100)
    status = board.status
    assert (status.stored, status.duplicates, status.quarantined, status.bytes) == (6, 4, 2, 200)
    assert status.newest_mjd is None


def test_a_pause_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    board = StatusBoard("ztf")
    with caplog.at_level(logging.WARNING, "fink_tui"):
        for free in (9, 9, 8):
            board.pause(StoreFullError(f"Only {free} MB left."))
    assert [record.getMessage() for record in caplog.records] == ["Only 9 MB left.", "Only 8 MB left."]
    assert (board.status.state, board.status.message) == (StreamState.PAUSED, "Only 8 MB left.")


def test_a_request_ends_in_time_over_a_slow_line_whoever_reads() -> None:
    """A request may take a minute: at 70 kB a second, what is fetched at once must be no more than it can carry."""
    one = Subscription(survey="ztf", servers="h:1", group="g", topics=("t",), start=Start.EARLIEST)
    assert one.connection["fetch.max.bytes"] <= 60 * 70_000
