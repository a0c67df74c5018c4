"""A database that cannot be read: every key becomes a sentence, the screen goes on, and all is well afterwards."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from textual.widgets import Static

from fink_tui.app.widgets.field_list import FieldList
from fink_tui.store.pages import PAGE
from fink_tui.store.store import Store
from fink_tui.stream.demo import DemoAlert
from tests.app.live import WIDE, Live, opened, receive

SAID = "The store cannot be read"

KEYS = ["j", "k", "g", "G", "ctrl+d", "ctrl+u", "]", "[", "n", "N", "a", "a", "s", "y", "F", "F", "tab", "j", "tab"]
KEYS += ["enter", "j", "escape", "question_mark", "escape", "/", "Z", "T", "enter"]
"""All that one can do."""

Switch = Callable[[bool], None]


@pytest.fixture
def fail(monkeypatch: pytest.MonkeyPatch) -> Switch:
    """Let SQLite's reading fail from now on, or no longer, as when a disk fails."""
    connect = sqlite3.connect
    is_failing = False

    def failing(database: str, **arguments: object) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(database, **arguments)  # type: ignore[call-overload]
        if "mode=ro" in database:
            connection.set_progress_handler(lambda: int(is_failing), 1)  # every step of every question
        return connection

    monkeypatch.setattr("fink_tui.store.database.sqlite3.connect", failing)

    def switch(is_on: bool) -> None:
        nonlocal is_failing
        is_failing = is_on

    return switch


async def at_the_newest(live: Live) -> tuple[list[str], str]:
    """Go there; what the list and the heading say then."""
    await live.press("g", "G")
    await live.settled()
    return live.rows(), str(live.screen.query_one("#heading", Static).render())


async def test_every_key_while_the_disk_fails(filled: Store, tmp_path: Path, fail: Switch) -> None:
    async with opened(filled, tmp_path / "saved", WIDE) as live:
        before = await at_the_newest(live)
        fail(True)
        for key in KEYS:
            live.alerts.queue._pages.clear()  # nothing is known by heart
            await live.press({"]": "right_square_bracket", "[": "left_square_bracket", "/": "slash"}.get(key, key))
        live.screen.look()
        await live.pilot.pause()
        assert SAID in live.text()
        assert live.app.is_running
        fail(False)
        live.screen.look()
        await live.until(lambda: SAID not in live.text())
        assert await at_the_newest(live) == before


async def test_nothing_of_another_alert_is_shown_under_a_cursor_that_cannot_be_read(
    filled: Store, demo_alerts: Sequence[DemoAlert], tmp_path: Path, fail: Switch
) -> None:
    async with opened(filled, tmp_path, WIDE) as live:
        await live.settled()
        name = demo_alerts[29].object_id
        assert name in live.text()
        fail(True)
        await live.press("k")
        assert SAID in live.text()
        heading = str(live.screen.query_one("#heading", Static).render())
        assert heading.strip() == ""
        assert live.screen.query_one(FieldList).current is None
        await live.press("s")
        assert not list(tmp_path.glob("*.avro"))
        fail(False)
        live.screen.look()
        await live.settled()
        assert demo_alerts[28].object_id in str(live.screen.query_one("#heading", Static).render())
        assert SAID not in live.text()


async def test_lines_that_could_not_be_read_are_painted_when_they_can(
    filled: Store, tmp_path: Path, fail: Switch
) -> None:
    async with opened(filled, tmp_path) as live:
        before = live.rows()
        fail(True)
        live.alerts.queue._pages.clear()
        live.alerts.refresh()
        await live.pilot.pause()
        assert all("cannot be read" in row for row in live.rows() if row.strip())
        fail(False)
        live.screen.look()
        await live.pilot.pause()
        assert live.rows() == before


async def test_what_came_meanwhile_is_there_afterwards(
    filled: Store, demo_alerts: Sequence[DemoAlert], tmp_path: Path, fail: Switch
) -> None:
    async with opened(filled, tmp_path) as live:
        receive(filled, demo_alerts[30:])
        calls = 0
        source = live.alerts.queue._source
        count = source.count

        def once() -> int:
            nonlocal calls
            calls += 1
            if calls == 1:
                fail(True)
            return count()

        source.count = once  # type: ignore[method-assign]  # the source has said that it changed, and then fails
        live.screen.look()
        await live.pilot.pause()
        assert calls == 1
        assert SAID in live.text()
        assert live.alerts.queue.count == 30
        fail(False)
        live.screen.look()
        await live.pilot.pause()
        assert live.alerts.queue.count == 40
        assert "40 kept" in live.text()


async def test_a_page_that_cannot_be_read_is_asked_for_once(
    store: Store, demo_alerts: Sequence[DemoAlert], tmp_path: Path, frozen: float, fail: Switch
) -> None:
    receive(store, demo_alerts[:PAGE])
    async with opened(store, tmp_path, WIDE) as live:
        source, calls = live.alerts.queue._source, []
        page = source.page

        def counted(number: int) -> list[object]:
            calls.append(number)
            return page(number)  # type: ignore[return-value]

        source.page = counted  # type: ignore[assignment]
        live.screen.look = lambda: None  # type: ignore[method-assign]  # each look asks again
        fail(True)
        live.alerts.queue._pages.clear()
        live.alerts.refresh()
        await live.pilot.pause()
        assert live.alerts.rows > 10
        assert calls == [0]


async def test_a_database_that_is_overwritten(filled: Store, tmp_path: Path) -> None:
    path = filled.database.path
    async with opened(filled, tmp_path / "saved") as live:
        content = path.read_bytes()
        with path.open("r+b") as file:
            file.write(b"nonsense" * (len(content) // 8))
        Path(f"{path}-wal").write_bytes(b"")
        for key in ["g", "G", "slash", "x", "enter", "n", "a", "a", "s", "right_square_bracket"]:
            live.alerts.queue._pages.clear()
            await live.press(key)
        await live.until(lambda: any("malformed" in said or "not a database" in said for said in live.said))
        assert live.app.is_running
