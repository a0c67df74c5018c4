"""librdkafka's messages in the log, not twenty a second."""

from __future__ import annotations

import logging

import pytest

from fink_tui.stream import native_log


def record(text: str) -> logging.LogRecord:
    return logging.LogRecord("fink_tui.kafka", logging.ERROR, "", 0, text, (), None)


def test_a_message_that_differs_only_in_numbers_passes_once_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(native_log.time, "monotonic", lambda: now)
    repeated = native_log.Repeated()
    assert repeated.filter(record("connect failed (after 3 ms)"))
    assert not repeated.filter(record("connect failed (after 5 ms)"))
    assert repeated.filter(record("something else"))
    now = native_log.AGAIN_SECONDS + 1
    later = record("connect failed (after 7 ms)")
    assert repeated.filter(later)
    assert later.getMessage() == "connect failed (after 7 ms) (and 1 times more)"
