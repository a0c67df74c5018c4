from __future__ import annotations

import contextlib
import errno
import io
import os
import sqlite3
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast

import fastavro
import pytest
from textual import events
from textual.widgets import Input

from fink_tui.alerts.schema import SchemaBook
from fink_tui.app.app import FinkApp
from fink_tui.app.commands import EVERYWHERE, GROUPS, LIVE, MOVES
from fink_tui.app.screens.help import HelpScreen
from fink_tui.app.screens.live import LiveScreen
from fink_tui.app.session import Session
from fink_tui.app.widgets.find import FindField
from fink_tui.app.widgets.lightcurve import LightCurve
from fink_tui.store.errors import StoreBusyError, StoreError, StoreFullError
from fink_tui.store.locks import RECEIVING, Lock
from fink_tui.store.pages import Pages
from fink_tui.store.store import Store
from fink_tui.stream.demo import DemoAlert
from fink_tui.stream.reception import Reception
from fink_tui.stream.status import StreamStatus
from tests.app.live import SMALL, WIDE, Live, opened, receive, renamed

BOTH_SIZES = pytest.mark.parametrize("size", [SMALL, WIDE])


# -- the list ----------------------------------------------------------------------------------------------------------


@BOTH_SIZES
async def test_it_opens_on_the_newest_alert_which_is_the_last_row(
    filled: Store, demo_alerts: Sequence[DemoAlert], tmp_path: Path, size: tuple[int, int]
) -> None:
    async with opened(filled, tmp_path / "saved", size) as live:
        assert live.alerts.queue.count == 30
        assert live.current == demo_alerts[29].alert_id
        rows = [live.alerts.queue.row(index) for index in range(30)]
        assert [row.alert_id for row in rows if row] == [alert.alert_id for alert in demo_alerts[:30]]
        assert "night of 2026-11-19 · 30 alerts · following" in live.text()
        cursor_line = next(line for line in live.lines() if line.startswith(" >"))
        assert demo_alerts[29].object_id[-10:] in cursor_line
        await live.settled()
        assert demo_alerts[29].alert_id in live.heading


async def test_an_empty_store_says_so_and_the_first_alert_becomes_current(
    store: Store, demo_alerts: Sequence[DemoAlert], tmp_path: Path, frozen: float
) -> None:
    async with opened(store, tmp_path) as live:
        assert "not receiving" in live.lines()[0]
        assert "no alerts kept yet" in live.text()
        await live.press("j", "k", "G", "g", "ctrl+d", "enter", "n", "y", "s")
        assert live.said == ["There is no alert to save."]
        await live.arrive(store, demo_alerts[:3])
        assert live.current == demo_alerts[0].alert_id
        await live.until(lambda: demo_alerts[0].alert_id in live.heading)


async def test_keys_move_the_cursor(filled: Store, tmp_path: Path) -> None:
    async with opened(filled, tmp_path) as live:
        at = [live.alerts.cursor_row]
        for key in ("k", "up", "j", "down", "g", "G", "ctrl+u", "pageup", "ctrl+d", "home", "end"):
            await live.press(key)
            at.append(live.alerts.cursor_row)
            assert live.is_in_sight
        page = live.alerts.rows - 1
        expected = [29, 28, 27, 28, 29, 0, 29, 29 - page, 29 - 2 * page, 29 - page, 0, 29]
        assert at == expected


async def test_textuals_own_scrolling_keys_leave_the_list_alone(filled: Store, tmp_path: Path) -> None:
    async with opened(filled, tmp_path) as live:
        await live.press("g", "down", "pagedown")
        assert live.alerts.cursor_row == live.alerts.rows
        assert live.alerts.top == 1


async def test_arrivals_move_neither_the_cursor_nor_the_view(
    filled: Store, demo_alerts: Sequence[DemoAlert], tmp_path: Path
) -> None:
    async with opened(filled, tmp_path) as live:
        await live.press("k", "k", "k")
        before = live.current, live.alerts.top, live.rows()
        assert not live.alerts.is_following
        await live.arrive(filled, demo_alerts[30:40])
        assert live.alerts.queue.count == 40
        assert (live.current, live.alerts.top) == before[:2]
        assert live.rows() == before[2]
        assert "10 below" in live.text()


@pytest.mark.usefixtures("at_once")
async def test_follow_scrolls_and_the_cursor_stays_on_its_alert(
    filled: Store, demo_alerts: Sequence[DemoAlert], tmp_path: Path
) -> None:
    async with opened(filled, tmp_path) as live:
        before = live.current
        await live.arrive(filled, demo_alerts[30:40])
        assert live.alerts.top + live.alerts.rows == 40
        assert live.current == before
        assert not live.is_in_sight
        assert "following · cursor 2 above" in live.text()
        await live.press("k")
        assert live.alerts.cursor_row == 39, "the newest in sight"
        assert not live.alerts.is_following
        await live.press("F")
        assert live.alerts.is_following
        await live.press("g")
        assert not live.alerts.is_following
        await live.press("G")
        assert live.alerts.is_following


async def test_an_alert_that_learns_a_topic_is_painted_again(
    filled: Store, demo_alerts: Sequence[DemoAlert], tmp_path: Path
) -> None:
    async with opened(filled, tmp_path, (250, 45)) as live:
        receive(filled, [demo_alerts[29]], topic="fink_zz_ztf")
        await live.until(lambda: live.text().count(",zz") == 2)  # in the list and in the heading
        assert live.alerts.queue.count == 30


async def test_this_night_or_all(
    filled: Store, demo_alerts: Sequence[DemoAlert], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, frozen: float
) -> None:
    later = frozen + 86400
    async with opened(filled, tmp_path) as live:
        current = live.current
        await live.press("a")
        monkeypatch.setattr("time.time", lambda: later)
        assert "all nights · 30 alerts" in live.text()
        assert live.current == current
        await live.press("a")
        assert "night of 2026-11-20 · 0 alerts · 30 of other nights hidden: a" in live.text()
        assert live.current == ""
        await live.press("a")
        assert live.alerts.queue.count == 30
        assert live.is_in_sight


# -- panes -------------------------------------------------------------------------------------------------------------


@BOTH_SIZES
async def test_open_back_and_panes(filled: Store, tmp_path: Path, size: tuple[int, int]) -> None:
    async with opened(filled, tmp_path, size) as live:
        await live.settled()
        await live.press("tab")
        assert live.focused == "fields"
        await live.press("tab")
        assert live.focused == "list"
        await live.press("enter")
        assert not live.alerts.is_on_screen
        assert live.fields.is_on_screen == (size == WIDE)  # where there is no room for both: the view
        await live.press("enter")
        assert not live.fields.is_on_screen
        at = live.alerts.cursor_row
        await live.press("k")  # to the next alert, though the list is not seen
        assert live.alerts.cursor_row == at - 1
        if size != WIDE:
            await live.press("tab")
            assert live.focused == "fields"
        await live.press("escape")
        assert live.fields.is_on_screen == (size == WIDE)
        await live.press("escape")
        assert live.focused == "list"
        assert live.alerts.is_on_screen
        assert live.is_in_sight


async def test_moving_on_while_open_leaves_the_cursor_in_sight(filled: Store, tmp_path: Path) -> None:
    async with opened(filled, tmp_path) as live:
        await live.press("g", "enter")
        await live.press(*["right_square_bracket"] * 20)
        await live.press("escape")
        assert live.alerts.cursor_row == 20
        await live.until(lambda: live.is_in_sight)


async def test_what_is_shown_is_the_current_alerts_or_nothing(
    filled: Store, demo_alerts: Sequence[DemoAlert], tmp_path: Path
) -> None:
    async with opened(filled, tmp_path, WIDE) as live:
        await live.settled()
        shown = live.screen.query_one(LightCurve)
        assert shown._points
        assert live.fields.current is not None
        await live.pilot.press("k")
        await live.until(lambda: demo_alerts[28].object_id in live.lines()[1])
        if live.fields.current is None:  # not read yet: then neither curve nor fields
            assert not shown._points
            assert demo_alerts[29].alert_id not in live.text()
        await live.settled()
        assert demo_alerts[28].alert_id in "".join(live.lines()[20:])
        await live.pilot.press("j")  # seen before: at once
        await live.until(lambda: demo_alerts[29].object_id in live.lines()[1])
        assert live.fields.current is not None
        assert demo_alerts[29].alert_id in "".join(live.lines()[20:])


async def test_the_cursor_among_the_fields_stays_on_the_field(filled: Store, tmp_path: Path) -> None:
    async with opened(filled, tmp_path) as live:
        await live.settled()
        await live.press("enter")
        await live.type("/ra")
        await live.press("enter", "j", "j")
        before = live.fields.current
        assert before is not None
        await live.press("left_square_bracket")
        await live.settled()
        after = live.fields.current
        assert after is not None
        if any(field.path == before.path for field in live.fields._shown):  # the same survey
            assert after.path == before.path


# -- finding -----------------------------------------------------------------------------------------------------------


async def test_find_goes_from_match_to_match(filled: Store, demo_alerts: Sequence[DemoAlert], tmp_path: Path) -> None:
    names = [alert.object_id for alert in demo_alerts[:30]]
    wanted = "ztf26a"
    matches = [index for index, name in enumerate(names) if wanted in name.lower()]
    assert len(matches) > 2
    async with opened(filled, tmp_path) as live:
        await live.press("g")
        await live.type(f"/{wanted}")
        await live.press("enter")
        assert live.focused == "list"
        first = next(index for index in matches if index > 0)
        assert live.alerts.cursor_row == first
        await live.press("n")
        assert live.alerts.cursor_row == next(index for index in matches if index > first)
        await live.press("N")
        assert live.alerts.cursor_row == first
        await live.type("/no such thing")
        await live.press("enter")
        assert live.alerts.cursor_row == first
        assert any("no such thing" in said for said in live.said)


async def test_finding_in_a_long_list_holds_up_no_key(
    filled: Store, demo_alerts: Sequence[DemoAlert], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fink_tui.app.finding.AT_ONCE", 10)
    may_find, find = threading.Event(), Pages.find

    def slowly(self: Pages, text: str, start: int, *, backwards: bool = False) -> int | None:
        assert may_find.wait(20)
        return find(self, text, start, backwards=backwards)

    monkeypatch.setattr(Pages, "find", slowly)
    wanted = demo_alerts[20].object_id
    async with opened(filled, tmp_path) as live:
        await live.press("g")
        await live.type(f"/{wanted}")
        await live.press("enter")
        await live.until(lambda: live.said == ["Looking through 30 alerts …"])
        await live.press("j")
        may_find.set()
        await live.app.workers.wait_for_complete()
        await live.pilot.pause()
        assert live.alerts.cursor_row == 1, "who has gone on is not taken away"
        await live.press("n")
        await live.until(lambda: live.alerts.cursor_row == 20)
        await live.until(lambda: live.said == [])
        await live.type("/nothing like it")
        await live.press("enter")
        await live.until(lambda: "No alert of this list" in "".join(live.said))


@BOTH_SIZES
async def test_fields_are_found_by_typing(filled: Store, tmp_path: Path, size: tuple[int, int]) -> None:
    async with opened(filled, tmp_path, size) as live:
        await live.settled()
        await live.press("tab")
        await live.type("/ra")
        shown = live.fields._shown
        assert 0 < len(shown) < len(live.fields._all)
        assert all("ra" in " ".join(field).lower() for field in shown)
        assert f"{len(shown)} of {len(live.fields._all)} fields with “ra”" in live.text()
        await live.press("enter")
        assert live.focused == "fields"
        await live.press("escape")
        assert len(live.fields._shown) == len(live.fields._all)
        await live.press("escape")
        assert live.focused == "list"


async def test_letters_typed_into_a_text_field_are_text(filled: Store, tmp_path: Path) -> None:
    async with opened(filled, tmp_path / "saved") as live:
        await live.type("/qsjkgGny?F]")
        box = live.screen.query_one("#find", FindField)
        assert box.value == "qsjkgGny?F]"
        assert live.app.is_running
        assert not (tmp_path / "saved").exists()
        await live.press("tab")
        assert live.focused == "list"
        assert not box.is_asking


@pytest.mark.parametrize(
    ("keys", "row"),
    [
        ("j/NAME\rs", "found"),
        ("/xxxx\x7f\x7f\x7f\x7fNAME\rs", "found"),
        ("/nothing\x1bgjs", "second"),
        ("/n\tgs", "first"),
        ("Gg/NAME\rs?gGjq\r", "found"),
        ("\t/ra\r\x1bs", "newest"),
        ("?qgjs", "second"),
        ("?j?gs", "first"),
    ],
)
async def test_keys_that_come_together_act_one_after_the_other(
    filled: Store, demo_alerts: Sequence[DemoAlert], tmp_path: Path, keys: str, row: str
) -> None:
    rows = {"first": 0, "second": 1, "found": 7, "newest": 29}
    names = {"\r": "enter", "\x1b": "escape", "\x7f": "backspace", "\t": "tab", "/": "slash", "?": "question_mark"}
    async with opened(filled, tmp_path / "saved") as live:
        for key in keys.replace("NAME", demo_alerts[7].object_id):
            live.app.post_message(events.Key(names.get(key, key), key))
        await live.until(lambda: any(said.startswith("Saved:") for said in live.said))
        wanted = demo_alerts[rows[row]]
        assert [path.stem for path in (tmp_path / "saved").iterdir()] == [f"{wanted.object_id}_{wanted.alert_id}"]
        assert isinstance(live.app.screen, LiveScreen)
        assert live.app.is_running
        assert not list(live.screen.query(".-asking"))


async def test_what_is_pasted_is_found(filled: Store, demo_alerts: Sequence[DemoAlert], tmp_path: Path) -> None:
    async with opened(filled, tmp_path) as live:
        for event in (
            events.Key("slash", "/"),
            events.Paste(f"{demo_alerts[7].object_id}\nanother line"),
            events.Key("enter", "\r"),
        ):
            live.app.post_message(event)
        await live.until(lambda: live.current == demo_alerts[7].alert_id)
        assert live.focused == "list"


async def test_control_c_quits_even_from_a_text_field(filled: Store, tmp_path: Path) -> None:
    async with opened(filled, tmp_path) as live:
        await live.type("/abc")
        await live.pilot.press("ctrl+c")
        await live.until(lambda: live.app._exit)


async def test_letters_that_come_with_the_key_of_the_palette_are_its_own(filled: Store, tmp_path: Path) -> None:
    async with opened(filled, tmp_path / "saved") as live:
        for key in ("ctrl+p", "q", "s", "question_mark"):
            live.app.post_message(events.Key(key, key if len(key) == 1 else None))
        await live.until(lambda: isinstance(live.app.focused, Input))
        await live.press("escape", "escape")
        await live.until(lambda: isinstance(live.app.screen, LiveScreen))
        assert live.app.is_running
        assert not (tmp_path / "saved").exists()


@pytest.mark.parametrize("keys", [["q"], ["ctrl+c"], ["question_mark", "ctrl+c"], ["ctrl+p", "ctrl+c"], ["enter", "q"]])
async def test_quit(filled: Store, tmp_path: Path, keys: list[str]) -> None:
    async with opened(filled, tmp_path) as live:
        await live.pilot.press(*keys)
        await live.until(lambda: live.app._exit)
        assert live.app.return_code in (0, None)


# -- saving ------------------------------------------------------------------------------------------------------------


async def saved(live: Live) -> None:
    await live.press("s")
    await live.until(lambda: not live.is_deciding)
    await live.pilot.pause()


async def test_saving_writes_the_file_marks_the_row_and_lasts(
    filled: Store, demo_alerts: Sequence[DemoAlert], tmp_path: Path
) -> None:
    folder = tmp_path / "saved"
    async with opened(filled, folder) as live:
        await saved(live)
        await saved(live)  # again: one file, no error
        (path,) = folder.iterdir()
        alert = demo_alerts[29]
        stem = f"{alert.object_id}_{alert.alert_id}" if alert.survey == "ztf" else alert.alert_id
        assert path.name == f"{stem}.avro"
        assert alert.value in path.read_bytes()
        assert len(list(fastavro.reader(io.BytesIO(path.read_bytes())))) == 1
        assert live.said == [f"Saved: {path}"]
        await live.until(lambda: any(line.startswith("s>") for line in live.lines()))
    async with opened(filled, folder) as live:
        assert any(line.startswith("s>") for line in live.lines())
        assert "[saved]" in live.text()


async def test_a_key_right_after_a_move_acts_on_the_alert_that_is_under_the_cursor(
    filled: Store, demo_alerts: Sequence[DemoAlert], tmp_path: Path
) -> None:
    async with opened(filled, tmp_path / "saved") as live:
        for key in ("k", "s", "k", "s"):  # both in the queue before anything is painted
            live.app.simulate_key(key)
        await live.until(lambda: len(list((tmp_path / "saved").glob("*.avro"))) == 2)
        names = {path.name for path in (tmp_path / "saved").glob("*.avro")}
        for alert in demo_alerts[27:29]:
            assert any(alert.alert_id in name for name in names)
        await live.until(lambda: not live.is_deciding)


async def test_a_folder_that_is_a_file_leaves_the_alert_unsaved(filled: Store, tmp_path: Path) -> None:
    folder = tmp_path / "saved"
    folder.write_text("not a folder")
    async with opened(filled, folder) as live:
        await saved(live)
        assert live.said == [f"Not saved: {folder} is not a folder. Name one (save_dir, or --save)."]
        assert any(line.startswith("!>") for line in live.lines())
        row = live.alerts.queue.current
        assert row is not None
        assert row.state == ""
    assert folder.read_text() == "not a folder"


async def test_a_full_disk_leaves_nothing_half_written_and_the_next_try_succeeds(
    filled: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "saved"
    folder.mkdir()

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    async with opened(filled, folder) as live:
        with monkeypatch.context() as patch:
            patch.setattr("fink_tui.store.saved.os.fsync", full)
            await saved(live)
        assert live.said == [
            f"Not saved: no space left in {folder}. "
            "Make room, or name another folder (save_dir, or --save), and save it again."
        ]
        assert list(folder.iterdir()) == []
        assert any(line.startswith("!>") for line in live.lines())
        assert "[saved]" not in live.text()
        await saved(live)
        assert len(list(folder.iterdir())) == 1
        await live.until(lambda: any(line.startswith("s>") for line in live.lines()))


async def test_a_failure_that_nobody_foresaw_is_said_and_does_not_stay_saving(
    filled: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def surprise(*_: object) -> Path:
        raise RuntimeError("surprise")

    async with opened(filled, tmp_path) as live:
        monkeypatch.setattr("fink_tui.app.saving.save", surprise)
        await saved(live)
        assert live.said == ["Not saved: RuntimeError('surprise')."]
        assert any(line.startswith("!>") for line in live.lines())


async def test_one_message_at_a_time_covers_the_screen(filled: Store, tmp_path: Path) -> None:
    folder = tmp_path / "saved"
    folder.write_text("")
    async with opened(filled, folder) as live:
        for _ in range(3):
            await saved(live)
            await live.press("k")
        assert len(live.said) == 1


# -- help, palette -----------------------------------------------------------------------------------------------------


@BOTH_SIZES
async def test_help_lists_every_command(filled: Store, tmp_path: Path, size: tuple[int, int]) -> None:
    async with opened(filled, tmp_path, size) as live:
        await live.press("question_mark")
        assert isinstance(live.app.screen, HelpScreen)
        seen, last = "", None
        while (page := live.text()) != last:
            seen, last = seen + page, page
            await live.press("space")
        for commands in GROUPS.values():
            for command in commands:
                assert any(command.title in line and command.words in line for line in seen.splitlines()), command
        await live.press("question_mark")
        assert not isinstance(live.app.screen, HelpScreen)


async def test_the_palette_has_every_command_and_does_it(
    filled: Store, tmp_path: Path, demo_alerts: Sequence[DemoAlert]
) -> None:
    async with opened(filled, tmp_path) as live:
        offered = {command.title.lower() for command in live.app.get_system_commands(live.app.screen)}
        for command in (*LIVE, *MOVES, *EVERYWHERE):
            assert command.words.lower() in offered or command.action == "command_palette"
        await live.app.perform("first")
        await live.pilot.pause()
        assert live.current == demo_alerts[0].alert_id
        await live.press("ctrl+p")
        await live.type("last row")
        await live.until(lambda: "Last row" in live.text())
        await live.press("enter")
        await live.until(lambda: live.current == demo_alerts[29].alert_id)


# -- sizes -------------------------------------------------------------------------------------------------------------


async def test_any_size_keeps_the_cursors_alert(filled: Store, tmp_path: Path) -> None:
    async with opened(filled, tmp_path) as live:
        await live.press(*["k"] * 12)
        current = live.current
        for width, height in (WIDE, SMALL, (20, 5), (160, 8), (30, 45), (1, 1), (300, 100), SMALL):
            await live.pilot.resize_terminal(width, height)
            await live.pilot.pause()
            live.screen.look()
            await live.pilot.pause()
            assert live.current == current
            if height >= 5:
                await live.until(lambda: live.is_in_sight)
        first, second = live.lines()[:2]
        assert first.endswith("UTC")
        assert second.startswith("night of"), "the status line is one line again"


@pytest.mark.parametrize("size", [(20, 5), (80, 10), (200, 12)])
async def test_small_screens_show_the_list_and_on_request_the_alert(
    filled: Store, tmp_path: Path, size: tuple[int, int]
) -> None:
    async with opened(filled, tmp_path, size) as live:
        assert live.is_in_sight
        assert any(line.startswith(" >") for line in live.lines())
        await live.press("tab", "tab", "enter", "escape", "question_mark", "escape")
        assert live.is_in_sight


# -- hostile text ------------------------------------------------------------------------------------------------------

HOSTILE = [
    "\x1b[31mred\x1b]0;owned\x07",
    "[HB89] 1821+643",
    "[/x] [bold] [@click=app.exit]quit[/]",
    "[@click=app.exit]",
    "名前名前名前名前名前名前",
    "\u202egnp.exe\u2066",
    "a\u0301\u0302\u0303\u0304 zalgo",
    "x" * 5000,
    "line\nbreak\r\ttab",
]


@pytest.mark.parametrize("name", HOSTILE)
async def test_any_name_is_shown_harmlessly(
    store: Store, ztf_alert: Callable[[int], DemoAlert], tmp_path: Path, frozen: float, name: str
) -> None:
    receive(store, [ztf_alert(0), renamed(ztf_alert(1), name), ztf_alert(2)])
    async with opened(store, tmp_path / "saved", WIDE) as live:
        await live.press("k")
        await live.settled()
        await live.press("y", "y")
        await saved(live)
        await live.press("tab")
        await live.type("/objectId")
        await live.press("enter")
        text = live.text()
        assert not {character for character in text if ord(character) < 32 or 127 <= ord(character) < 160} - {"\n"}
        assert "\u202e" not in text
        if name.isascii() and name.isprintable() and len(name) < 100 and name:
            assert f" {name} " in live.lines()[1]
        assert len(list((tmp_path / "saved").glob("*.avro"))) == 1
        assert live.app.is_running


async def test_notes_of_the_start_are_not_markup(filled: Store, tmp_path: Path) -> None:
    async with opened(filled, tmp_path, notes=("[/x] [@click=app.exit]a file",)) as live:
        await live.until(lambda: "[/x] [@click=app.exit]a file" in live.text())


# -- a screen that is left on ------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("at_once")
async def test_alerts_of_a_night_that_begins_are_in_the_list(
    filled: Store, demo_alerts: Sequence[DemoAlert], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, frozen: float
) -> None:
    async with opened(filled, tmp_path) as live:
        assert "night of 2026-11-19" in live.text()
        current = live.current
        monkeypatch.setattr("time.time", lambda: frozen + 86400)
        await live.arrive(filled, demo_alerts[30:40])
        assert "all nights · 40 alerts · following" in live.text()
        assert live.alerts.unseen == 0
        assert live.current == current
        assert live.said == ["A new night began at noon: showing all nights; a for this one alone."]
        live.app.clear_notifications()
        live.screen.look()
        assert live.said == [], "once"
        await live.press("a")
        assert "night of 2026-11-20 · 0 alerts · 40 of other nights hidden: a" in live.text()
        monkeypatch.setattr("time.time", lambda: frozen + 2 * 86400)
        live.screen.look()
        await live.pilot.pause()
        assert "all nights · 40 alerts" in live.text()
        assert live.current == demo_alerts[39].alert_id


async def test_a_clock_that_is_set_back_hides_nothing(
    filled: Store, demo_alerts: Sequence[DemoAlert], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, frozen: float
) -> None:
    async with opened(filled, tmp_path) as live:
        assert "night of 2026-11-19" in live.text()
        current = live.current
        monkeypatch.setattr("time.time", lambda: frozen - 86400)
        await live.arrive(filled, demo_alerts[30:40])
        assert "all nights · 40 alerts" in live.text()
        assert live.current == current
        assert live.said == ["The clock was set back: showing all nights; a for this one alone."]
        monkeypatch.setattr("time.time", lambda: frozen)
        live.screen.look()
        await live.pilot.pause()
        assert "all nights · 40 alerts" in live.text(), "it does not go to and fro with the clock"


async def test_a_night_that_begins_moves_nothing_under_a_cursor_that_holds_still(
    store: Store, demo_alerts: Sequence[DemoAlert], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, frozen: float
) -> None:
    receive(store, demo_alerts[:30])
    with contextlib.closing(sqlite3.connect(store.database.path)) as connection, connection:
        connection.execute("UPDATE alert SET night = night - 1 WHERE id <= 5")
        connection.execute("UPDATE alert SET number = number - 5 WHERE id > 5")
    async with opened(store, tmp_path) as live:
        await live.press("k", "k", "k", "k")
        before = live.current, live.rows()
        assert live.alerts.queue.count == 25
        monkeypatch.setattr("time.time", lambda: frozen + 86400)
        await live.arrive(store, demo_alerts[30:40])
        assert live.alerts.queue.count == 40
        assert not live.alerts.is_following
        assert live.current == before[0]
        assert live.is_in_sight
        assert [row.split()[1] for row in live.rows()] == [row.split()[1] for row in before[1]]


class Stub:
    """As much of a reception as a screen needs."""

    statuses: Sequence[StreamStatus] = ()
    excess = ""
    said: Sequence[str] = ()

    def __init__(self) -> None:
        self.is_told = False
        self.said: list[str] = []

    def tell_to_stop(self) -> None:
        self.is_told = True

    def stop(self, seconds: float) -> None:
        """Nothing to stop."""


@pytest.mark.parametrize(
    ("error", "words", "said"),
    [
        (
            StoreBusyError("Another process receives: a test."),
            f"a test (process {os.getpid()}) receives; this screen takes over when it ends.",
            ["The process that received has ended: this screen receives now."],
        ),
        (StoreFullError("The disk is full (a test)."), "The disk is full (a test). Receiving begins then.", []),
    ],
    ids=["busy", "full"],  # not by their texts, of which one holds a number that is another in each process
)
async def test_a_screen_receives_as_soon_as_it_can(
    error: StoreError,
    words: str,
    said: list[str],
    filled: Store,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("fink_tui.app.app.BUSY_SECONDS", 0.01)
    is_free, stub, attempts = threading.Event(), Stub(), []
    lock = Lock(filled.folder, RECEIVING)
    assert lock.acquire("a test")

    def connect() -> Reception:
        attempts.append(is_free.is_set())
        if not is_free.is_set():
            raise error
        return cast("Reception", stub)

    app = FinkApp(Session(store=filled, save_dir=tmp_path, connect=connect))
    async with app.run_test(size=WIDE) as pilot:
        live = Live(app, pilot)
        await live.until(lambda: len(attempts) > 2)
        await live.until(lambda: words in live.text())
        lock.release()
        is_free.set()
        await live.until(lambda: app.reception is not None)
        await live.until(lambda: words not in live.text())
        await live.until(lambda: live.said == said)
        assert attempts.count(True) == 1
        await pilot.press("q")
        await live.until(lambda: stub.is_told)


async def test_what_becomes_of_old_packets_is_said(filled: Store, tmp_path: Path) -> None:
    stub = Stub()
    app = FinkApp(Session(store=filled, save_dir=tmp_path, connect=lambda: cast("Reception", stub)))
    async with app.run_test(size=SMALL, notifications=True) as pilot:
        live = Live(app, pilot)
        await live.until(lambda: app.reception is not None)
        stub.excess = "21.3 GB > keep_gb"
        stub.said.append("The packets take 21.3 GB, more than keep_gb (20 GB).")
        live.screen.look()
        live.screen.look()
        await live.until(lambda: bool(live.said))
        assert live.said == ["The packets take 21.3 GB, more than keep_gb (20 GB)."]
        assert "30 kept, 21.3 GB > keep_gb" in live.lines()[0]
        stub.excess = ""
        live.screen.look()
        assert "keep_gb" not in live.lines()[0]


@pytest.mark.parametrize("size", [SMALL, WIDE])
async def test_an_alert_whose_packet_was_removed_shows_its_row_and_where_the_rest_is(
    filled: Store, tmp_path: Path, size: tuple[int, int]
) -> None:
    for path in (filled.folder / "packets").glob("*/*.avro"):
        path.unlink()
    inbox = filled.inbox()
    inbox.recover(SchemaBook(), 0.0)
    inbox.close()
    async with opened(filled, tmp_path / "saved", size) as live:
        await live.settled()
        row = live.alerts.queue.current
        assert row is not None
        said = " ".join(live.text().replace("│", " ").split())
        for words in ("no longer here", "keep_nights", f"{row.survey}.fink-portal.org"):
            assert words in said
        assert row.object_id in said
        assert live.said == []
        await live.press("s")
        await live.until(lambda: not live.is_deciding)
        await live.pilot.pause()
        (problem,) = live.said
        assert problem.startswith("Not saved. Its packet is no longer here")
        assert f"https://{row.survey}.fink-portal.org/{row.object_id}" in problem
        assert row.state == ""
        assert not (tmp_path / "saved").exists()
        await live.press("enter", "slash", *"obs_mjd", "enter")
        assert live.fields.current is not None
        assert live.fields.current.path == "obs_mjd"


@BOTH_SIZES
async def test_fields_that_are_looked_through_are_in_sight(
    filled: Store, tmp_path: Path, size: tuple[int, int]
) -> None:
    async with opened(filled, tmp_path, size) as live:
        await live.settled()
        await live.press("enter", "enter")
        assert not live.fields.display or not live.fields.size.height
        await live.press("slash", "r", "a")
        await live.until(lambda: live.fields.size.height > 2)
        await live.press("enter")
        assert live.fields.has_focus
        await live.until(lambda: live.fields.size.height > 2)


async def test_letters_typed_before_a_text_field_hears_of_its_focus_stay(filled: Store, tmp_path: Path) -> None:
    async with opened(filled, tmp_path) as live:
        await live.press("slash")
        box = live.screen.query_one("#find", FindField)
        box.value = "own"
        box.post_message(events.Focus())
        await live.press("e", "d")
        assert box.value == "owned"
