"""What an ingest says of its connection, in a log: each sentence once, and when all is well again."""

from __future__ import annotations

import pytest

from fink_tui.cli.progress import Progress
from fink_tui.stream.status import StreamState, StreamStatus


def test_a_log_says_what_is_wrong_once_and_when_it_is_over(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress(None, is_bar=False)
    joining = StreamStatus("ztf", StreamState.CONNECTING)
    well = StreamStatus("ztf", StreamState.RECEIVING)
    away = StreamStatus("ztf", StreamState.AWAY, "The broker does not answer.")
    for status in (joining, well, well, away, away, joining, well, well, StreamStatus("ztf", StreamState.STOPPED)):
        progress.show([status], [])
    progress.close([well], [])
    out, words = capsys.readouterr()
    assert out == ""
    assert words == "The broker does not answer.\nConnected; receiving.\n"
