"""The list filtered and ordered, as an observer meets it."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from fink_tui.app import arranging
from fink_tui.app.widgets.find import FindField
from fink_tui.sky.site import Site, Telescopes
from fink_tui.sky.visibility import Overhead
from fink_tui.store.arranged import Arranged
from fink_tui.store.arranged import arrange as really_arrange
from fink_tui.store.store import Store
from fink_tui.stream.demo import DemoAlert
from tests.app.live import SMALL, WIDE, Live, opened
from tests.store.making import sql

SITES = Site("Here", -70.73, -29.26, 2375), Site("There", 10.0, 50.0)

BOTH_SIZES = pytest.mark.parametrize("size", [SMALL, WIDE])


@pytest.fixture
def telescopes() -> Telescopes:
    return Telescopes(SITES)


def altitudes(store: Store, site: Site, now: float) -> dict[int, float]:
    """How high every alert is."""
    sky = Overhead(site, now)
    rows = sql(store, "SELECT id, ra, dec FROM alert")
    return {number: sky.altitude(ra, dec) for number, ra, dec in rows}  # type: ignore[misc, arg-type]


def found(store: Store, condition: str, order: str = "id") -> list[int]:
    return [number for (number,) in sql(store, f"SELECT id FROM alert WHERE {condition} ORDER BY {order}")]  # type: ignore[misc]


async def filtered(live: Live, text: str) -> None:
    """Type a filter, and wait until the list is there."""
    await live.press("f")
    live.screen.query_one("#filter", FindField).value = text
    await live.arranged("enter")


# -- filter ------------------------------------------------------------------------------------------------------------


@BOTH_SIZES
async def test_a_filter_shows_what_fulfils_it_and_stays_live(
    filled: Store, demo_alerts: Sequence[DemoAlert], tmp_path: Path, at_once: None, size: tuple[int, int]
) -> None:
    async with opened(filled, tmp_path, size) as live:
        await filtered(live, "class like '%candidate%'")
        assert live.ids == found(filled, "label LIKE '%candidate%'")
        assert f"2026-11-19 · {len(live.ids)} of 30 · class like '%candidate%' · following" in live.title
        current = live.current
        await live.arrive(filled, demo_alerts[30:])
        await live.until(lambda: "of 40" in live.title)
        assert live.ids == found(filled, "label LIKE '%candidate%'"), "in order of arrival"
        assert live.current == current
        assert len(live.ids) > 1


async def test_escape_takes_the_filter_away_and_f_enter_brings_it_back(filled: Store, tmp_path: Path) -> None:
    async with opened(filled, tmp_path) as live:
        await live.press("g", "j", "j", "j", "j")
        (fifth,) = found(filled, "id = 5")
        bright = found(filled, "mag < 19")
        await filtered(live, "mag < 19")
        assert live.ids == bright
        queue = live.alerts.queue
        assert queue.current is not None
        assert queue.current.id == max(number for number in bright if number <= fifth), "the nearest before it"
        kept = queue.current.id
        await live.press("f")
        assert live.screen.query_one("#filter", FindField).value == "mag < 19"
        await live.arranged("escape")
        assert len(live.ids) == 30
        assert live.alerts.queue.current is not None
        assert live.alerts.queue.current.id == kept, "the cursor stays on its alert"
        assert "No filter now" in live.said[0]
        assert "night of 2026-11-19 · 30 alerts" in live.title
        await live.arranged("f", "enter")
        assert live.ids == bright
        await filtered(live, "")
        assert len(live.ids) == 30, "an empty one is none"


async def test_what_is_wrong_with_a_filter_is_said_and_it_can_be_mended(filled: Store, tmp_path: Path) -> None:
    async with opened(filled, tmp_path) as live:
        await filtered(live, "magg < 19")
        assert "no column magg; did you mean mag" in live.said[0]
        assert len(live.ids) == 30
        field = live.screen.query_one("#filter", FindField)
        assert (live.focused, field.value) == ("filter", "magg < 19")
        await live.press("home", "right", "right", "right", "delete")
        await live.arranged("enter")
        assert live.ids == found(filled, "mag < 19")
        await filtered(live, "altitude > 30")
        assert live.said == ["There is no altitude without a site: say in config.yml where your telescope stands."]
        await live.press("escape")


async def test_a_filter_that_nothing_passes_says_how_to_get_out(
    filled: Store, demo_alerts: Sequence[DemoAlert], tmp_path: Path
) -> None:
    async with opened(filled, tmp_path) as live:
        await filtered(live, "id > 35")
        assert "0 of 30 pass · f Esc: no filter · id > 35" in live.title
        await live.press("j", "k", "G", "g", "s", "right_square_bracket", "n")
        assert live.current == ""
        await live.arrive(filled, demo_alerts[30:])
        await live.until(lambda: live.ids == [36, 37, 38, 39, 40])
        assert live.current == demo_alerts[35].alert_id
        assert len(live.rows()[0]) > 40


async def test_a_filter_holds_for_all_nights_and_this_one(filled: Store, tmp_path: Path) -> None:
    sql(filled, "UPDATE alert SET night = 20261101 WHERE id <= 10")
    sql(filled, "UPDATE alert SET number = number - 10 WHERE id > 10")
    async with opened(filled, tmp_path) as live:
        await filtered(live, "mag < 19")
        assert live.ids == found(filled, "mag < 19 AND id > 10")
        assert "of 20 ·" in live.title
        current = live.current
        await live.arranged("a")
        assert live.ids == found(filled, "mag < 19")
        assert "all nights · " in live.title
        assert "of 30 ·" in live.title
        assert live.current == current
        await live.arranged("a")
        assert live.ids == found(filled, "mag < 19 AND id > 10")


# -- order -------------------------------------------------------------------------------------------------------------


@BOTH_SIZES
async def test_by_altitude_the_highest_first(
    filled: Store, tmp_path: Path, frozen: float, telescopes: Telescopes, size: tuple[int, int]
) -> None:
    high = altitudes(filled, SITES[0], frozen)
    async with opened(filled, tmp_path, size, telescopes=telescopes) as live:
        await live.press("o")
        assert "a alt" in live.text()
        assert ": any" in live.text()
        await live.arranged("a")
        assert live.ids == sorted(high, key=lambda number: (-high[number], number))
        assert live.alerts.cursor_row == 0, "what it puts first"
        assert not live.alerts.is_following
        assert " · 30 alerts · by altitude at " in live.title
        shown = [row for row in live.rows() if row]
        for number, row in zip(live.ids, shown, strict=False):
            assert (f" {high[number]:.0f}" if high[number] >= 0 else " --") in row
        await live.arranged("o", "-")
        assert live.ids == sorted(high, key=lambda number: (high[number], number))
        assert "by altitude reversed at " in live.title
        telescopes.switch()
        live.alerts.show_site()
        await live.pilot.pause()
        await live.until(lambda: not live.screen.list_pane.arranging.is_running)
        there = altitudes(filled, SITES[1], frozen)
        assert live.ids == sorted(there, key=lambda number: (there[number], number)), "of the other site's sky"


async def test_what_comes_later_is_at_the_end_until_it_is_sorted_in(
    filled: Store, demo_alerts: Sequence[DemoAlert], tmp_path: Path
) -> None:
    async with opened(filled, tmp_path) as live:
        await live.arranged("o", "m")
        first = found(filled, "true", "mag IS NULL, mag, id")
        assert live.ids == first
        await live.press("j", "j")
        current, line = live.current, live.alerts.cursor_row
        await live.arrive(filled, demo_alerts[30:])
        assert live.ids == [*first, *range(31, 41)]
        assert "by magnitude at" in live.title
        assert "10 newer: o o" in live.title
        assert (live.current, live.alerts.cursor_row) == (current, line), "nothing moves"
        await live.arranged("o", "o")
        assert live.ids == found(filled, "true", "mag IS NULL, mag, id")
        assert live.current == current, "the cursor stays on its alert"
        assert "newer" not in live.title
        await live.arranged("o", "n")
        assert live.ids == list(range(1, 41))
        assert live.current == current
        assert live.is_in_sight


async def test_by_a_column_that_is_typed_with_a_filter(filled: Store, tmp_path: Path) -> None:
    async with opened(filled, tmp_path, WIDE) as live:
        await filtered(live, "snr > 5")
        await live.press("o", ":")
        field = live.screen.query_one("#order-by", FindField)
        field.value = "snrr desc"
        await live.press("enter")
        assert "no column snrr; did you mean snr?" in live.said[0]
        assert live.focused == "order-by"
        field.value = "snr desc"
        await live.arranged("enter")
        assert live.ids == found(filled, "snr > 5", "snr DESC, id")
        assert " · snr > 5 · by snr desc at " in live.title
        await live.press("right_square_bracket")
        assert live.alerts.cursor_row == 1
        await live.press("slash")
        await live.type("ztf")
        await live.press("enter")
        row = live.alerts.queue.current
        assert row is not None
        assert "ztf" in (row.object_id + row.topics).lower()


async def test_find_in_a_long_ordered_list(filled: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fink_tui.app.finding.AT_ONCE", 5)
    async with opened(filled, tmp_path) as live:
        await live.arranged("o", "m")
        order = live.ids
        ((name,),) = sql(filled, f"SELECT object_id FROM alert WHERE id = {order[20]}")
        await live.press("slash")
        live.screen.query_one("#find", FindField).value = str(name)
        await live.press("enter")
        same = found(filled, f"object_id = '{name}'")
        await live.until(lambda: live.alerts.cursor_row == min(order.index(number) for number in same))


async def test_keys_of_the_order_that_do_nothing(filled: Store, tmp_path: Path) -> None:
    async with opened(filled, tmp_path) as live:
        await live.press("o")
        assert "l left" not in live.text(), "without a site there is no sky"
        await live.press("Z", "5")
        assert live.focused == "order"
        await live.press("escape")
        assert live.focused == "list"
        for key, said in (("o", "there is nothing to sort again"), ("-", "There is no order to turn round")):
            await live.press("o", key)
            assert said in live.said[0]
        await live.press("o", "a")
        assert "There is no altitude without a site" in live.said[0]
        assert live.focused == "list"
        assert live.ids == list(range(1, 31))


async def test_a_key_that_comes_with_that_of_the_order_is_no_letter_of_it(filled: Store, tmp_path: Path) -> None:
    async with opened(filled, tmp_path) as live:
        await live.arranged("o", "m", "j", "j")
        assert live.focused == "list"
        assert live.ids == found(filled, "true", "mag IS NULL, mag, id")


async def test_a_decision_is_about_what_was_painted(
    filled: Store, demo_alerts: Sequence[DemoAlert], tmp_path: Path, quick: None
) -> None:
    async with opened(filled, tmp_path / "saved") as live:
        await live.arranged("o", "d")
        await live.press("j")
        row = live.alerts.queue.current
        assert row is not None
        await live.arrive(filled, demo_alerts[30:])
        await live.press("s")
        await live.until(lambda: not live.is_deciding)
        assert sql(filled, "SELECT alert FROM decision") == [(row.id,)]
        await live.pilot.pause()
        assert live.rows()[1].startswith("s>"), "the mark is in its line"
        await live.press("right_square_bracket")
        assert live.alerts.cursor_row == 2


async def test_following_scrolls_an_ordered_list_and_never_moves_the_cursor(
    filled: Store, demo_alerts: Sequence[DemoAlert], tmp_path: Path, at_once: None
) -> None:
    async with opened(filled, tmp_path) as live:
        await live.arranged("o", "r")
        current = live.current
        await live.press("F")
        await live.arrive(filled, demo_alerts[30:])
        await live.until(lambda: live.alerts.unseen == 0)
        assert live.current == current
        assert not live.is_in_sight


# -- a thread that takes its time --------------------------------------------------------------------------------------


class Gate:
    """Holds back the threads that arrange, until it is opened."""

    def __init__(self) -> None:
        self.opened = threading.Event()
        self.waiting = 0

    def arrange(self, *arguments: Any) -> Arranged:
        self.waiting += 1
        assert self.opened.wait(20)
        return really_arrange(*arguments)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    made = Gate()
    monkeypatch.setattr(arranging, "arrange", made.arrange)
    monkeypatch.setattr(arranging, "SLOW_SECONDS", 0.01)
    return made


async def test_while_a_long_list_is_sorted_keys_go_on_and_that_is_said(
    filled: Store, tmp_path: Path, gate: Gate
) -> None:
    async with opened(filled, tmp_path) as live:
        await live.press("o", "m")
        await live.until(lambda: bool(live.said))
        assert live.said == ["Sorting 30 alerts … Esc leaves the list as it is."]
        await live.press("k", "k")
        assert live.alerts.cursor_row == 27
        gate.opened.set()
        await live.arranged()
        assert live.ids == found(filled, "true", "mag IS NULL, mag, id")
        assert not live.said


async def test_escape_leaves_the_list_as_it_is(filled: Store, tmp_path: Path, gate: Gate) -> None:
    async with opened(filled, tmp_path) as live:
        await live.press("o", "m")
        await live.until(lambda: bool(live.said))
        await live.press("escape")
        assert live.said == ["The list stays as it is."]
        gate.opened.set()
        await live.app.workers.wait_for_complete()
        await live.pilot.pause()
        assert live.ids == list(range(1, 31))
        assert "by magnitude" not in live.title


async def test_of_several_wishes_the_last_one_is_shown(filled: Store, tmp_path: Path, gate: Gate) -> None:
    async with opened(filled, tmp_path) as live:
        await live.press("o", "m", "o", "r", "o", "d")
        await live.until(lambda: gate.waiting == 3)
        gate.opened.set()
        await live.arranged()
        assert live.ids == found(filled, "true", "n_detections, id")
        await live.app.workers.wait_for_complete()
        await live.pilot.pause()
        assert live.ids == found(filled, "true", "n_detections, id")


async def test_what_takes_too_long_is_said_and_the_list_stays(
    filled: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fink_tui.store.arranged.SECONDS", 0.0)
    monkeypatch.setattr("fink_tui.store.expression.STEPS", 10)
    async with opened(filled, tmp_path) as live:
        await live.arranged("o", "m")
        assert "took longer than 0 s and was stopped" in live.said[0]
        assert live.ids == list(range(1, 31))


async def test_a_new_night_while_the_list_is_arranged(
    filled: Store, tmp_path: Path, frozen: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(filled, tmp_path) as live:
        await filtered(live, "mag < 19")
        monkeypatch.setattr("time.time", lambda: frozen + 86400)
        live.screen.look()
        await live.arranged()
        assert "all nights · " in live.title
        assert live.ids == found(filled, "mag < 19")
        assert "A new night began at noon" in live.said[0]


# -- what goes with the clock ------------------------------------------------------------------------------------------


async def test_the_sky_turns_once_a_minute_and_only_what_changed_is_painted(
    filled: Store, tmp_path: Path, frozen: float, monkeypatch: pytest.MonkeyPatch, telescopes: Telescopes
) -> None:
    async with opened(filled, tmp_path, telescopes=telescopes) as live:
        await live.arranged("o", "a")
        asked: list[Any] = []
        monkeypatch.setattr(live.alerts, "refresh", lambda *regions, **_: asked.extend(regions))
        before = live.alerts.overhead
        live.screen.look()
        assert live.alerts.overhead is before
        assert asked == []
        monkeypatch.setattr("time.time", lambda: frozen + 300)
        live.screen.look()
        assert live.alerts.overhead is not before
        assert 0 < len(asked) <= live.alerts.rows
        assert all(region.height == 1 and region.width <= 15 for region in asked), "from the age to the hours left"


async def test_columns_come_with_a_site(filled: Store, tmp_path: Path) -> None:
    telescopes = Telescopes()
    async with opened(filled, tmp_path, telescopes=telescopes) as live:
        assert " alt " not in live.alerts.heading()
        telescopes.sites = SITES
        live.alerts.show_site()
        await live.pilot.pause()
        assert " alt left" in live.text()
        assert any(sign in live.rows()[0] for sign in "↗↘")


async def test_the_list_in_ascii(filled: Store, tmp_path: Path, telescopes: Telescopes) -> None:
    async with opened(filled, tmp_path, telescopes=telescopes, ascii_only=True) as live:
        await live.arranged("o", "a")
        assert all(row.isascii() for row in live.rows())
        assert any(sign in live.rows()[0] for sign in "/\\")


async def test_the_heading_is_that_of_the_cursor_as_soon_as_a_list_is_arranged(filled: Store, tmp_path: Path) -> None:
    async with opened(filled, tmp_path) as live:
        await live.settled()
        before = live.current
        await live.arranged("o", "m")
        row = live.alerts.queue.current
        assert row is not None
        assert row.alert_id != before, "else the cursor is where it was"
        await live.until(lambda: row.object_id in live.heading)  # nothing is written that would have it look again
