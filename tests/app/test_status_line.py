from __future__ import annotations

import dataclasses
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.app import App, ComposeResult
from textual.widgets import Static

from fink_tui.app.widgets.status_line import STYLES, StatusLine, messages, status
from fink_tui.sky.night import mjd_to_unix
from fink_tui.store.outbox_pages import Waiting
from fink_tui.store.pages import Totals
from fink_tui.stream.status import StreamState, StreamStatus

MJD = 61364.0
NOW = mjd_to_unix(MJD)


class FakeTotals:
    def __init__(self, alerts: int = 12_345, quarantined: int = 0, newest_mjd: float | None = MJD - 0.1) -> None:
        self.alerts = alerts
        self.quarantined = quarantined
        self.newest_mjd = newest_mjd


def totals(alerts: int = 12_345, quarantined: int = 0, newest_mjd: float | None = MJD - 0.1) -> Totals:
    return cast(Totals, FakeTotals(alerts, quarantined, newest_mjd))


ZTF = StreamStatus("ztf", StreamState.RECEIVING, lag=1234, rate=2.34, newest_mjd=MJD - 2 / 1440)
LSST = StreamStatus("lsst", StreamState.RECEIVING, lag=0, rate=123.4, newest_mjd=MJD - 90 / 86400)
AWAY = StreamStatus("lsst", StreamState.AWAY, message="The broker does not answer.")


def line(
    word: str,
    statuses: list[StreamStatus],
    width: int,
    *,
    quarantined: int = 0,
    idle: str = "",
    waiting: Waiting | None = None,
) -> str:
    return status(word, statuses, idle, totals(quarantined=quarantined), NOW, width, waiting=waiting).plain


def test_wide_it_says_everything() -> None:
    said = line("DEMO", [ZTF, LSST], 160, quarantined=3)
    assert said.startswith(
        " DEMO  ZTF connected 2.3/s lag 1,234 newest 2 min | LSST connected 123/s lag 0 newest 2 min"
        " | 12,345 kept, 3 quarantined "
    )
    assert said.endswith(" 00:00:00 UTC")


def test_at_80_cells_nothing_of_two_surveys_is_cut_off() -> None:
    said = line("DEMO", [ZTF, LSST], 80, quarantined=3)
    assert said.startswith(" DEMO  ZTF 2.3/s lag 1234 2min | LSST 123/s lag 0 2min | 12345 +3 bad ")
    assert said.endswith(" 00:00 UTC")
    assert "…" not in said


@pytest.mark.parametrize(
    ("waiting", "wide", "narrow"),
    [
        (Waiting(), "", ""),
        (Waiting(waiting=3), "3 to send", "t3"),
        (Waiting(waiting=1234, failed=1), "1,234 to send, 1 failed", "t1234 !1"),
        (Waiting(waiting=3, asking=1, failed=2), "2 to send, 2 failed, 1 asks: press 4", "t2 !2 ?1"),
        (Waiting(waiting=2, asking=2), "2 ask: press 4", "?2"),
        (Waiting(failed=1), "1 failed", "!1"),
    ],
)
def test_what_is_to_be_sent_is_counted_while_there_is_any(waiting: Waiting, wide: str, narrow: str) -> None:
    said = line("", [ZTF, LSST], 160, waiting=waiting)
    assert f"newest 2 min | {wide} | 12,345 kept" in said if wide else "newest 2 min | 12,345 kept" in said
    said = line("DEMO", [ZTF, LSST], 80, waiting=waiting)
    assert f"LSST 123/s lag 0 2min | {narrow} | " in said if narrow else "lag 0 2min | 12345" in said


def test_one_survey_at_80_cells_is_said_in_full() -> None:
    assert line("", [ZTF], 80).startswith("ZTF connected 2.3/s lag 1,234 newest 2 min | 12,345 kept ")


@pytest.mark.parametrize("width", [80, 160])
def test_what_is_wrong_is_said_at_both_sizes(width: int) -> None:
    for state in StreamState:
        said = line("", [ZTF, StreamStatus("lsst", state)], width)
        assert f"LSST {state.value}" in said or state in (StreamState.RECEIVING, StreamState.REPLAYING)
    assert set(STYLES) == set(StreamState)


@pytest.mark.parametrize("width", [80, 160])
def test_partitions_that_others_have_are_counted_while_they_have_them(width: int) -> None:
    ours = dataclasses.replace(ZTF, partitions=3, all_partitions=4)
    assert "ZTF connected 3/4p" in line("", [ours], width).replace(" partitions", "p")
    assert "3/4" in line("", [ours, LSST], width)
    assert "/4" not in line("", [dataclasses.replace(ours, partitions=4)], width)


@pytest.mark.parametrize("width", [80, 160])
def test_without_a_stream_it_says_why(width: int) -> None:
    said = line("VIEW", [], width, idle="3 files")
    assert said.startswith(" VIEW  3 files, newest 2.4 h | 12,345 kept")


def test_an_unknown_lag_is_not_zero() -> None:
    assert "lag -" in line("", [StreamStatus("ztf", StreamState.RECEIVING)], 160)


@given(
    width=st.integers(1, 200),
    states=st.lists(st.sampled_from(list(StreamState)), max_size=3),
    rate=st.floats(0, 1e6),
    lag=st.none() | st.integers(0, 10**9),
    quarantined=st.integers(0, 10**6),
    waiting=st.none() | st.builds(Waiting, st.integers(0, 10**6), st.integers(0, 9), st.just(0), st.integers(0, 10**6)),
)
def test_it_is_exactly_as_wide_as_the_screen(
    width: int,
    states: list[StreamState],
    rate: float,
    lag: int | None,
    quarantined: int,
    waiting: Waiting | None,
) -> None:
    streams = [StreamStatus("lsst", state, rate=rate, lag=lag, newest_mjd=MJD) for state in states]
    found = status("DEMO", streams, "not receiving", totals(10**7, quarantined, None), NOW, width, "", waiting)
    assert found.cell_len == width


def test_messages_are_said_once() -> None:
    assert messages([AWAY, ZTF, AWAY]) == "The broker does not answer."


class OneLine(App[None]):
    def compose(self) -> ComposeResult:
        yield StatusLine()
        yield Static("below", id="below")


async def test_a_message_takes_the_lines_it_needs_and_gives_them_back() -> None:
    async with OneLine().run_test(size=(40, 10)) as pilot:
        shown, below = pilot.app.query_one(StatusLine), pilot.app.query_one("#below")

        async def say(message: str, width: int = 40) -> int:
            shown.show(status("", [ZTF], "", totals(), NOW, width), message)
            await pilot.pause()
            return below.region.y

        assert await say("") == 1
        assert await say("The broker does not answer.") == 2
        assert await say("The broker does not answer. " * 3) == 4
        assert await say("word " * 500) == 4, "three lines at most"
        assert await say("[/x] [bold]\x1b[31m of the broker") == 2
        assert await say("") == 1
        await pilot.resize_terminal(20, 10)
        assert await say("", 20) == 1, "a line that was wider leaves nothing behind"
