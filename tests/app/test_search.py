"""The search screen: typing, what comes and when, and that nothing is lost on the way."""

from __future__ import annotations

import time
from array import array
from pathlib import Path

import pytest
from textual import events

from fink_tui.app.screens.live import LiveScreen
from fink_tui.app.screens.outbox import OutboxScreen
from fink_tui.app.screens.search import SearchScreen
from fink_tui.search.outcome import Outcome, Part, State, Table
from fink_tui.store import searches
from fink_tui.store.errors import StoreFullError
from fink_tui.store.store import Store
from tests.app.live import SMALL, WIDE, opened
from tests.app.searching import CONE, Search, Slow, ended, question, searching

pytestmark = pytest.mark.usefixtures("quick")


# -- the screens ------------------------------------------------------------------------------------------------------


async def test_2_searches_1_is_the_live_list_and_4_the_outbox(filled: Store, tmp_path: Path) -> None:
    async with searching(filled, tmp_path) as search:
        await search.press("escape")
        await search.until(lambda: isinstance(search.app.screen, LiveScreen))
        await search.press("2")
        await search.until(lambda: search.is_on_screen)
        run = await search.ask()
        run.answer(3, at=time.time())
        await search.over()
        await search.press("4")
        await search.until(lambda: isinstance(search.app.screen, OutboxScreen))
        await search.press("escape")
        assert isinstance(search.app.screen, SearchScreen), "back to where one came from"
        await search.press("4", "1")
        assert isinstance(search.app.screen, LiveScreen)
        await search.press("4", "2")
        assert isinstance(search.app.screen, SearchScreen)
        assert search.app.screen_stack.index(search.app.screen) == len(search.app.screen_stack) - 1
        await search.press("1")
        assert isinstance(search.app.screen, LiveScreen)


async def test_a_search_goes_on_where_it_is_not_seen(filled: Store, tmp_path: Path) -> None:
    async with searching(filled, tmp_path) as search:
        run = await search.ask()
        await search.press("1")
        run.answer(3, 1, 2, at=time.time())
        await search.until(lambda: not search.screen.last_search.is_running)
        assert isinstance(search.app.screen, LiveScreen)
        await search.press("2")
        await search.shows("3 alerts, nearest first")
        assert search.ids == [3, 1, 2]
        assert not search.line.has_focus, "what was found has the keys"


async def test_at_80_by_24_there_is_room_for_alerts_even_where_much_is_said(filled: Store, tmp_path: Path) -> None:
    async with searching(filled, tmp_path, SMALL) as search:
        run = await search.ask()
        assert search.alerts.rows >= 0
        run.answer(*range(1, 20), at=time.time(), is_complete=False, words="Some are missing, and this is long. " * 9)
        await search.over()
        assert search.alerts.rows >= 6
        assert search.screen.query_one("#said").size.height == 3
        assert search.lines()[4].endswith("…"), "what does not fit says so"


# -- typing -----------------------------------------------------------------------------------------------------------


async def test_what_is_typed_is_understood_at_once_and_letters_are_text(filled: Store, tmp_path: Path) -> None:
    async with searching(filled, tmp_path) as search:
        await search.type("class=Kilonova candidate last=7")
        await search.shows("the newest 7 of the class Kilonova candidate, ZTF")
        await search.press("ctrl+u")
        await search.type("q?s12RE")
        assert search.line.value == "q?s12RE"
        assert search.is_on_screen
        assert not search.slow.runs


async def test_what_makes_no_sense_is_said_and_stays_to_be_mended(filled: Store, tmp_path: Path) -> None:
    async with searching(filled, tmp_path) as search:
        await search.type("10:21:38 -05:21:01 r=30d")
        await search.shows("radius")
        await search.press("enter")
        await search.shows("radius")
        assert search.line.has_focus
        assert search.line.value == "10:21:38 -05:21:01 r=30d"
        assert not search.slow.runs
        await search.press("backspace")
        await search.type("s")
        await search.press("enter")
        await search.until(lambda: len(search.slow.runs) == 1)


async def test_enter_in_an_empty_line_says_what_to_type(filled: Store, tmp_path: Path) -> None:
    async with searching(filled, tmp_path) as search:
        await search.press("enter")
        assert "Type what to search for" in search.said[0]
        assert not search.slow.runs
        assert search.line.has_focus


async def test_a_pasted_list_of_identifiers_is_one_line(filled: Store, tmp_path: Path) -> None:
    async with searching(filled, tmp_path) as search:
        search.app.post_message(events.Paste("ZTF21abfmbix\r\nZTF21aaxtctv\n\tZTF19acmdpyr\x1b[31m\n"))
        await search.until(lambda: "ZTF19" in search.line.value)
        assert search.line.value == "ZTF21abfmbix ZTF21aaxtctv ZTF19acmdpyr�[31m"
        await search.press("backspace", "backspace", "backspace", "backspace", "backspace")
        await search.press("enter")
        await search.until(lambda: bool(search.slow.runs))
        assert search.slow.last.understood.questions[0].given["objectId"] == "ZTF21abfmbix,ZTF21aaxtctv,ZTF19acmdpyr"


async def test_tab_completes_and_goes_through_what_fits(filled: Store, tmp_path: Path) -> None:
    async with searching(filled, tmp_path) as search:
        await search.type("class=kilo")
        await search.press("tab")
        assert search.line.value == 'class="Kilonova candidate"'
        await search.shows("(TNS) Kilonova")
        await search.press("tab")
        assert search.line.value == 'class="(TNS) Kilonova"'
        await search.press("shift+tab")
        assert search.line.value == 'class="Kilonova candidate"'
        await search.type(" la")
        await search.press("tab")
        assert search.line.value == 'class="Kilonova candidate" last='
        await search.type("5")
        await search.shows("the newest 5 of the class Kilonova candidate")
        await search.press("tab")
        assert search.line.value.endswith("last=5")


async def test_esc_takes_a_completion_back_before_it_leaves_the_line(filled: Store, tmp_path: Path) -> None:
    async with searching(filled, tmp_path) as search:
        await search.type("class=kilo")
        await search.press("tab", "escape")
        assert search.line.value == "class=kilo"
        assert search.line.has_focus


async def test_a_key_begins_another_search_and_what_was_not_asked_is_offered_again(
    filled: Store, tmp_path: Path
) -> None:
    async with searching(filled, tmp_path) as search:
        run = await search.ask()
        run.answer(1, at=time.time())
        await search.over()
        await search.press("2", "s", "s", "o", "escape")
        assert search.line.value == CONE, "above what was found stands what it was found by"
        await search.press("2")
        assert search.line.value == "sso"
        await search.type("=8467")
        await search.press("enter")
        await search.until(lambda: len(search.slow.runs) == 2)
        assert search.slow.last.understood.questions[0].path == "sso"


# -- what comes -------------------------------------------------------------------------------------------------------


async def test_what_is_here_stands_at_once_and_what_comes_does_not_move_it(filled: Store, tmp_path: Path) -> None:
    async with searching(filled, tmp_path) as search:
        run = await search.ask()
        run.find(5, 7, 9, local=3)
        await search.until(lambda: search.ids == [5, 7, 9])
        await search.shows("here: 3", "ZTF: asking", "LSST: asking", "3 alerts")
        await search.press("j")
        current = search.current
        run.find(1, 5, 2, 7, 9, local=3, state=State.TAKING, rows=2, total=9, received=5000)
        await search.until(lambda: search.ids == [5, 7, 9, 1, 2])
        assert (search.current, search.alerts.cursor_row) == (current, 1)
        await search.shows("taking in")
        run.answer(1, 2, 3, 5, 4, 7, 9, at=time.time(), local=3)
        await search.over()
        assert search.ids == [1, 2, 3, 5, 4, 7, 9], "the order of the search"
        assert (search.current, search.alerts.cursor_row) == (current, 5)
        assert "7 alerts, nearest first" in search.title
        await search.shows("ZTF: 7, asked just now, without tonight's", "LSST: 7, asked just now", "here: 3")


async def test_an_alert_under_the_cursor_stays_though_a_newer_one_of_its_object_is_found(
    filled: Store, tmp_path: Path
) -> None:
    async with searching(filled, tmp_path) as search:
        run = await search.ask()
        run.find(5, 7, local=2)
        await search.until(lambda: search.ids == [5, 7])
        await search.press("j")
        current = search.current
        run.answer(8, 5, at=time.time())
        await search.over()
        assert (search.current, search.ids) == (current, [8, 7, 5])


async def test_esc_stops_asking_and_keeps_what_came(filled: Store, tmp_path: Path) -> None:
    async with searching(filled, tmp_path) as search:
        run = await search.ask()
        run.find(2, 1, local=1)
        await search.until(lambda: len(search.ids) == 2)
        await search.press("escape")
        assert not search.screen.last_search.is_running
        await search.shows("stopped", "R asks again")
        assert ended(run)
        run.find(9)
        await search.press("j")
        assert search.ids == [2, 1]


async def test_a_newer_search_ends_the_one_before(filled: Store, tmp_path: Path) -> None:
    async with searching(filled, tmp_path) as search:
        first = await search.ask()
        first.find(1, 2)
        await search.until(lambda: len(search.ids) == 2)
        second = await search.ask("ZTF21abfmbix")
        assert ended(first)
        first.find(3)
        second.answer(4, at=time.time())
        await search.over()
        assert search.ids == [4]
        await search.shows("1 alert, newest first")


async def test_R_asks_fink_again(filled: Store, tmp_path: Path) -> None:  # noqa: N802  the key
    async with searching(filled, tmp_path) as search:
        run = await search.ask()
        run.answer(1, at=time.time() - 7300, is_cached=True)
        await search.over()
        await search.shows("asked 2.0 h ago")
        await search.press("R")
        await search.until(lambda: len(search.slow.runs) == 2)
        assert search.slow.last.fresh
        assert not run.fresh


async def test_filter_order_and_decisions_work_on_what_is_found(filled: Store, tmp_path: Path) -> None:
    async with searching(filled, tmp_path) as search:
        run = await search.ask()
        run.find(*range(1, 11), local=10)
        await search.until(lambda: len(search.ids) == 10)
        await search.press("f")
        await search.type("survey = 'lsst'")
        await search.arranged("enter")
        lsst = search.ids
        assert 0 < len(lsst) < 10
        assert f"found · {len(lsst)} of 10" in search.title
        run.answer(*range(20, 0, -1), at=time.time(), local=10)
        await search.over()
        assert set(lsst) < set(search.ids), "what came passes the filter, too"
        assert search.ids == sorted(search.ids, reverse=True)
        await search.arranged("o", "m")
        mags = [row.mag for index in range(search.alerts.queue.count) if (row := search.alerts.queue.row(index))]
        assert mags == sorted(mags, key=lambda mag: (mag is None, mag))
        said = await search.decided("s")
        assert any("Saved:" in one for one in said)
        row = search.alerts.queue.current
        assert row is not None
        assert row.state == "saved"
        await search.press("1")
        assert not search.app.live.alerts.marks


async def test_the_last_row_is_the_last_and_nothing_is_followed(filled: Store, tmp_path: Path) -> None:
    async with searching(filled, tmp_path) as search:
        run = await search.ask()
        run.answer(*range(1, 21), at=time.time())
        await search.over()
        await search.press("G")
        assert search.alerts.cursor_row == 19
        assert not search.alerts.is_following
        assert "above" in search.title
        await search.press("g")
        assert search.alerts.cursor_row == 0


# -- what is said -----------------------------------------------------------------------------------------------------


async def test_a_part_that_fails_does_not_hide_the_other(filled: Store, tmp_path: Path) -> None:
    async with searching(filled, tmp_path, WIDE) as search:
        run = await search.ask()
        ztf, lsst = run.outcome.parts
        parts = (
            Part(question=ztf.question, state=State.FAILED, words="It cannot be reached. Is the network up?"),
            Part(question=lsst.question, state=State.ANSWERED, rows=2, fetched_at=time.time()),
        )
        run.end(Outcome(ids=array("q", [4, 2]), parts=parts))
        await search.over()
        await search.shows("ZTF: failed", "LSST: 2 found, asked just now", "ZTF: It cannot be reached.")
        assert search.ids == [4, 2]


async def test_nothing_found_is_said_with_what_to_try(filled: Store, tmp_path: Path) -> None:
    async with searching(filled, tmp_path, WIDE) as search:
        run = await search.ask()
        await search.shows("Nothing of it is kept here. Fink is being asked")
        run.answer(at=time.time())
        await search.over()
        await search.shows("Nothing found", "A larger radius may have more", "ZTF are in Fink's database tomorrow")
        await search.press("s")
        assert "There is no alert to save." in search.said[0]


async def test_what_fink_sends_is_shown_as_text(filled: Store, tmp_path: Path) -> None:
    evil = "[bold]no[/] \x1b[2J\x07 \u202eetihw ]0;title"
    async with searching(filled, tmp_path, WIDE) as search:
        run = await search.ask()
        table = Table(("[red]name", "b"), [(evil, 1.5), ("plain", None)])
        parts = (Part(question=run.outcome.parts[0].question, state=State.ANSWERED, words=evil, table=table),)
        run.end(Outcome(parts=parts, words=evil))
        await search.over()
        await search.shows("[bold]no[/] �[2J� �etihw", "[red]name")
        assert not set("\x1b\x07\u202e") & set(search.text())


async def test_without_fink_what_is_here_is_searched_and_it_is_said_why(filled: Store, tmp_path: Path) -> None:
    async with searching(filled, tmp_path, is_slow=False) as search:
        await search.shows("A test asks nobody.")
        row = search.app.live.alerts.queue.row(0)
        assert row is not None
        await search.type(row.object_id)
        await search.press("enter")
        await search.over()
        await search.shows("A test asks nobody.", "here:")


# -- what was searched before -----------------------------------------------------------------------------------------


async def test_what_cannot_be_remembered_is_shown_all_the_same(
    filled: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StoreFullError("The disk is full. Make room on it.")

    monkeypatch.setattr(searches, "note", full)
    async with searching(filled, tmp_path, WIDE) as search:
        run = await search.ask()
        run.answer(3, 1, at=time.time())
        await search.over()
        assert search.ids == [3, 1]
        await search.shows("It is not in the list of searches: The disk is full.")


async def test_earlier_searches_are_offered_also_after_a_restart(filled: Store, tmp_path: Path) -> None:
    async with searching(filled, tmp_path) as search:
        await search.shows("What can be typed:")
        for line, ids in (("ZTF21abfmbix", (1, 2)), (CONE, (3,))):
            run = await search.ask(line)
            run.answer(*ids, at=time.time())
            await search.over()
    assert [(one.line, one.found) for one in searches.last(filled.database, 9)] == [(CONE, 1), ("ZTF21abfmbix", 2)]
    async with searching(filled, tmp_path) as search:
        await search.shows("Searched before", "2 found  ZTF21abfmbix", f"1 found  {CONE}")
        await search.type("typed")
        await search.press("down", "down")
        assert search.line.value == "ZTF21abfmbix"
        await search.press("up", "up")
        assert search.line.value == "typed", "what was typed is not lost"
        await search.press("down", "down", "enter")
        await search.until(lambda: bool(search.slow.runs))
        assert search.slow.last.understood.questions[0].given["objectId"] == "ZTF21abfmbix"


@pytest.mark.parametrize("key", ["up", "down"])
async def test_one_key_is_enough_for_the_search_before(filled: Store, tmp_path: Path, key: str) -> None:
    async with searching(filled, tmp_path) as search:
        for line in ("ZTF21abfmbix", CONE):
            run = await search.ask(line)
            run.answer(1, at=time.time())
            await search.over()
        await search.press("2", key)
        assert search.line.value == "ZTF21abfmbix"


async def test_a_search_that_was_stopped_is_remembered_too(filled: Store, tmp_path: Path) -> None:
    async with searching(filled, tmp_path) as search:
        await search.ask()
        await search.press("escape")
        await search.until(lambda: bool(searches.last(filled.database, 1)))
        assert searches.last(filled.database, 1)[0].line == CONE


# -- tables -----------------------------------------------------------------------------------------------------------


async def test_an_answer_that_is_a_table_is_found_in_copied_and_opened(
    filled: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied: list[str] = []
    async with searching(filled, tmp_path) as search:
        monkeypatch.setattr(search.app, "copy_to_clipboard", copied.append)
        run = await search.ask("stats 20261118")
        rows: list[tuple[object, ...]] = [(20261118, f"night {number}", number / 3) for number in range(100)]
        part = Part(
            question=question("ztf", "statistics", date="20261118"),
            state=State.ANSWERED,
            fetched_at=time.time(),
            table=Table(("date", "words", "share"), rows),
        )
        run.end(Outcome(parts=(part,)))
        await search.over()
        await search.shows("date", "words", "share", "night 0", "0.3333333", "ZTF: answered, asked just now")
        await search.press("M")
        await search.shows("This table has no alerts to be put on a map.")
        await search.until(lambda: search.focused == "table")
        await search.press("slash")
        await search.type("NIGHT 77")
        await search.press("enter")
        assert search.table.cursor_row == 77
        assert "night 77" in search.text()
        await search.press("y")
        assert copied == ["date: 20261118\nwords: night 77\nshare: 25.666666666666668"]
        await search.press("enter")
        await search.shows("name", "value", "25.666666666666668")
        await search.press("escape")
        assert search.table.cursor_row == 77
        await search.press("g", "n")
        assert search.table.cursor_row == 77


async def test_a_table_of_one_row_is_shown_as_names_and_values(filled: Store, tmp_path: Path) -> None:
    async with searching(filled, tmp_path) as search:
        run = await search.ask("stats 20261118")
        names = tuple(f"class:kind {number}" for number in range(40))
        table = Table(names, [tuple(range(1000, 1040))])
        asked = question("lsst", "statistics", date="20261118")
        run.end(Outcome(parts=(Part(question=asked, state=State.ANSWERED, fetched_at=1.0, table=table),)))
        await search.over()
        await search.shows("class:kind 0    1000", "class:kind 9    1009")


async def test_a_telescope_chosen_while_searching_is_that_of_the_live_list_too(filled: Store, tmp_path: Path) -> None:
    from fink_tui.sky.site import Site, Telescopes

    telescopes = Telescopes([Site("Here", 0.0, 45.0, 100.0), Site("There", 180.0, -45.0, 100.0)])
    async with searching(filled, tmp_path, telescopes=telescopes) as search:
        run = await search.ask()
        run.answer(1, 2, at=time.time())
        await search.over()
        await search.press("S")
        await search.press("1")
        overhead = search.app.live.alerts.overhead
        assert overhead is not None
        assert overhead.site.name == "There"


async def test_statistics_of_nights_are_shown_as_a_plot_and_m_shows_it_again(filled: Store, tmp_path: Path) -> None:
    async with searching(filled, tmp_path) as search:
        run = await search.ask("stats 202611")
        table = Table(("basic:raw", "key:key"), [("1000", "ztf_20261117"), ("2000", "ztf_20261118")])
        asked = question("ztf", "statistics", date="202611")
        run.end(Outcome(parts=(Part(question=asked, state=State.ANSWERED, fetched_at=1.0, table=table),)))
        await search.shows("ZTF statistics", "alerts received", "2,000  2026-11-18")
        await search.press("escape")
        await search.shows("ztf_20261118")
        await search.press("M")
        await search.shows("2,000  2026-11-18")


# -- around an alert --------------------------------------------------------------------------------------------------


async def test_a_on_the_live_screen_searches_around_the_alert_at_once(filled: Store, tmp_path: Path) -> None:
    slow = Slow()
    async with opened(filled, tmp_path, WIDE, search=lambda: slow) as live:
        await live.settled()
        row = live.alerts.queue.current
        assert row is not None
        await live.press("A")
        search = Search(live.app, live.pilot)
        search.slow = slow
        await search.until(lambda: bool(slow.runs))
        assert search.is_on_screen
        assert search.line.value == f"{row.ra:.5f} {row.dec:+.5f} r=30s"
        wanted = slow.last.understood.wanted
        assert (wanted.ra, wanted.dec) == (round(row.ra, 5), round(row.dec, 5))
        assert wanted.radius == pytest.approx(30 / 3600)
        assert {one.path for one in slow.last.understood.questions} == {"conesearch"}
        slow.last.answer(row.id, at=time.time())
        await search.over()
        await search.until(lambda: " sep " in search.alerts.heading())
        assert search.ids == [row.id]
        assert '0.0"' in search.text()
        assert not search.line.has_focus, "what was found has the keys"


async def test_a_on_the_search_screen_searches_around_what_was_found(filled: Store, tmp_path: Path) -> None:
    async with searching(filled, tmp_path) as search:
        run = await search.ask("class=Kilonova candidate last=7")
        run.answer(3, 1, 2, at=time.time())
        await search.over()
        assert " sep " not in search.alerts.heading()
        await search.press("A")
        await search.until(lambda: len(search.slow.runs) == 2)
        assert search.line.value.endswith(" r=30s")
        search.slow.last.answer(3, 2, at=time.time())
        await search.over()
        await search.until(lambda: " sep " in search.alerts.heading())
        run = await search.ask("class=Kilonova candidate last=7")
        run.answer(3, at=time.time())
        await search.over()
        await search.until(lambda: " sep " not in search.alerts.heading())


async def test_a_without_an_alert_says_so(store: Store, tmp_path: Path) -> None:
    async with opened(store, tmp_path, SMALL) as live:
        await live.press("A")
        await live.until(lambda: "There is no alert to search around." in live.text())
