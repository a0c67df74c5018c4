"""The sheets by science on the screen: which one comes, what keys do, and a search that ends with its alert."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from textual import events

from fink_tui.app.widgets.find import FindField
from fink_tui.app.widgets.science import Science
from fink_tui.science import period
from fink_tui.store.store import Store
from fink_tui.stream.demo import DemoAlert
from tests.app.live import SMALL, WIDE, Live, opened, receive
from tests.running import children, wait_for

pytestmark = pytest.mark.usefixtures("frozen", "quick")


def of_kind(demo_alerts: list[DemoAlert], word: str) -> DemoAlert:
    return next(alert for alert in demo_alerts if alert.survey == "ztf" and word in alert.expected_class)


@pytest.fixture
def star(demo_alerts: list[DemoAlert]) -> DemoAlert:
    """A variable star."""
    return of_kind(demo_alerts, "RRLyr")


@pytest.fixture
def stars(store: Store, demo_alerts: list[DemoAlert], star: DemoAlert, frozen: float) -> Store:
    """A store with a variable star, and a supernova after it."""
    receive(store, [star, of_kind(demo_alerts, "SN")])
    return store


async def on_the_star(live: Live, star: DemoAlert) -> Science:
    """The sheet of the star."""
    await live.press("g", "e")
    if live.current != star.alert_id:
        await live.press("j")
    assert live.current == star.alert_id
    await live.settled()
    sheet = live.app.screen.query_one(Science)
    await live.until(lambda: "period" in live.text())
    return sheet


def searches() -> set[int]:
    """The processes that search for us."""
    found = set()
    for pid in children():
        with contextlib.suppress(OSError):  # it ends meanwhile
            if b"period_worker" in Path(f"/proc/{pid}/cmdline").read_bytes():
                found.add(pid)
    return found


needs_proc = pytest.mark.skipif(
    not Path(f"/proc/self/task/{os.getpid()}/children").exists(), reason="no list of child processes on this system"
)


async def test_the_sheet_that_fits_comes_first(stars: Store, star: DemoAlert, tmp_path: Path) -> None:
    async with opened(stars, tmp_path, SMALL) as live:
        await on_the_star(live, star)
        assert "RR Lyrae star (SIMBAD)" in live.text()
        await live.press("j" if live.alerts.cursor_row == 0 else "k")
        await live.settled()
        await live.until(lambda: "scores" in live.text())


async def test_keys_turn_to_other_sheets_and_pages(stars: Store, star: DemoAlert, tmp_path: Path) -> None:
    async with opened(stars, tmp_path, SMALL) as live:
        await on_the_star(live, star)
        await live.press("full_stop")
        assert "no predicted place in the alert" in live.text()
        await live.press("comma", "comma", "comma")
        assert "scores" in live.text()
        first = live.text()
        await live.press("greater_than_sign")
        assert live.text() != first
        await live.press("less_than_sign")
        assert live.text() == first
        await live.press("0")
        assert "not sought yet: P" in live.text()


async def test_a_period_is_sought_and_folded(stars: Store, star: DemoAlert, tmp_path: Path) -> None:
    pytest.importorskip("astropy")
    async with opened(stars, tmp_path, WIDE) as live:
        sheet = await on_the_star(live, star)
        await live.press("P")
        assert "two periods to seek between (Enter: 0.05 " in live.text()
        await live.press("enter")
        await live.until(lambda: "by band" in live.text())
        assert "magnitude folded at" in live.text()
        assert "periods from so few are guesses" in sheet.text()
        folded = live.text()
        await live.press("m")
        assert "doubled" in live.text()
        await live.press("m", "m", "m", "m")
        assert live.text() == folded
        await live.press("P")
        await live.type("0.5")
        await live.press("enter")
        assert "magnitude folded at 0.5" in live.text()
        assert not searches(), "one that is typed is not sought"
        await live.press("P")
        await live.type("x")
        await live.press("enter")
        assert "Type two periods in days" in live.said[-1]


async def test_a_sheet_of_many_points_is_made_in_a_thread(
    stars: Store, star: DemoAlert, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fink_tui.app.widgets.science.FEW", 0)
    async with opened(stars, tmp_path, SMALL) as live:
        sheet = await on_the_star(live, star)
        await live.press("full_stop", "full_stop", "comma")
        await live.until(lambda: "no predicted place in the alert" in live.text())
        sheet.clear()
        await live.app.workers.wait_for_complete()
        await live.pilot.pause()
        assert sheet.text() == "", "what was made for it is not shown"


async def test_without_astropy_it_says_how_to_get_it(
    stars: Store, star: DemoAlert, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(period, "is_possible", lambda: False)
    async with opened(stars, tmp_path, SMALL) as live:
        await on_the_star(live, star)
        await live.press("P", "enter")
        assert "pip install 'fink-tui[period]'" in live.said[-1]


async def test_what_is_typed_for_another_alert_is_not_done(stars: Store, star: DemoAlert, tmp_path: Path) -> None:
    async with opened(stars, tmp_path, SMALL) as live:
        sheet = await on_the_star(live, star)
        await live.press("P")
        sheet.clear()
        box = live.screen.query_one("#view-field", FindField)
        box.value = "0.5"
        box.take_answer()
        assert sheet.text() == ""


async def test_letters_that_come_together_with_the_key_that_asks_are_text(
    stars: Store, star: DemoAlert, tmp_path: Path
) -> None:
    async with opened(stars, tmp_path, WIDE) as live:
        await on_the_star(live, star)
        row = live.alerts.cursor_row
        for key, character in (("P", "P"), ("ctrl+u", "\x15"), ("0", "0"), ("full_stop", "."), ("5", "5")):
            live.app.post_message(events.Key(key, character))
        await live.until(lambda: live.screen.query_one("#view-field", FindField).value == "0.5")
        await live.until(lambda: "days: two periods" in live.text())  # what is asked for stays readable
        await live.press("enter")
        await live.until(lambda: "0.5000 d  as typed" in live.text())
        assert live.alerts.cursor_row == row


@pytest.fixture
def endless(monkeypatch: pytest.MonkeyPatch) -> None:
    """A search that takes long."""
    pytest.importorskip("astropy")
    monkeypatch.setattr(period, "default_range", lambda _: (0.0005, 1000.0))
    monkeypatch.setattr(period, "MOST_FREQUENCIES", 10**9)


@needs_proc
@pytest.mark.usefixtures("endless")
@pytest.mark.parametrize(
    "leave",
    [lambda live: live.press("j" if live.alerts.cursor_row == 0 else "k"), lambda live: live.press("l")],
    ids=["another alert", "another view"],
)
async def test_moving_on_ends_the_search(
    leave: Callable[[Live], object], stars: Store, star: DemoAlert, tmp_path: Path
) -> None:
    async with opened(stars, tmp_path, SMALL) as live:
        await on_the_star(live, star)
        await live.press("P", "enter")
        await live.until(lambda: " % of " in live.text())
        assert len(searches()) == 1
        await leave(live)  # type: ignore[misc]
        await live.until(lambda: not searches())
        assert not live.said, "nothing went wrong"


@needs_proc
@pytest.mark.usefixtures("endless")
async def test_nothing_waits_for_the_search_and_it_begins_only_by_a_key(
    stars: Store, star: DemoAlert, tmp_path: Path
) -> None:
    async with opened(stars, tmp_path, SMALL) as live:
        await on_the_star(live, star)
        assert not searches()
        await live.press("P", "escape")
        assert not searches()
        assert not live.app.screen.query_one("#view-field", FindField).has_focus
        await live.press("P", "enter")
        await live.until(lambda: " % of " in live.text())
        await live.press("full_stop")
        assert "no predicted place in the alert" in live.text()
        assert len(searches()) <= 1, "a quick machine may have ended it"
        assert "no predicted place in the alert" in live.text(), "it turns to no other sheet by itself"
    wait_for(lambda: not searches(), "the end of the search, with the program's")


async def test_only_ascii_where_the_terminal_has_no_more(stars: Store, star: DemoAlert, tmp_path: Path) -> None:
    async with opened(stars, tmp_path, WIDE) as live:
        sheet = await on_the_star(live, star)
        sheet.ascii_only = True
        await live.press("P")
        await live.type("0.5")
        await live.press("enter")
        assert str(sheet.content).isascii()
        assert "+-" in str(sheet.content)
