"""Copying an alert: the forms are shown, a key picks one, what was picked goes to the terminal and is said."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import Path

import pytest
from textual import events

from fink_tui.app.screens.copy import CopyScreen
from fink_tui.app.widgets.document import Document
from fink_tui.store.store import Store
from fink_tui.stream.demo import DemoAlert
from tests.app.live import SMALL, WIDE, Live, opened, receive

BOTH_SIZES = pytest.mark.parametrize("size", [SMALL, WIDE])


@pytest.fixture
def filled(store: Store, demo_alerts: Sequence[DemoAlert]) -> Store:
    receive(store, demo_alerts[:30])
    return store


def osc_52(live: Live, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is sent to the terminal's clipboard, as it is sent."""
    copied: list[str] = []
    assert live.app._driver is not None

    def write(data: str) -> None:
        if data.startswith("\x1b]52;c;"):
            assert data.endswith("\a")
            copied.append(base64.b64decode(data[7:-1]).decode())

    monkeypatch.setattr(live.app._driver, "write", write)
    return copied


@BOTH_SIZES
@pytest.mark.parametrize("keys", [("y", "y"), ("y", "enter"), ("y", "n")])
async def test_the_name_is_two_keys_away(
    filled: Store,
    demo_alerts: Sequence[DemoAlert],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    size: tuple[int, int],
    keys: tuple[str, ...],
) -> None:
    async with opened(filled, tmp_path, size) as live:
        copied = osc_52(live, monkeypatch)
        await live.press(*keys)
        name = demo_alerts[29].object_id
        assert copied == [name]
        assert live.said == [f"Sent to the terminal's clipboard: {name}"]
        assert live.app.screen is live.screen


async def test_each_form_is_shown_with_what_it_copies(
    filled: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Shown, too: a terminal without OSC 52 has a mouse."""
    async with opened(filled, tmp_path) as live:
        live.screen._session.templates["tcs"] = "{name} {ra_hms} {dec_dms} 2000"  # type: ignore[index]
        copied = osc_52(live, monkeypatch)
        keys = []
        for key in ("n", "i", "d", "c", "s", "h", "m", "w", "1"):
            await live.press("y")
            assert isinstance(live.app.screen, CopyScreen)
            shown = " ".join(live.text().split())
            await live.press(key)
            assert f" {key} " in shown
            assert " ".join(copied[-1].split()) in shown
            keys.append(key)
        assert len(set(copied)) == len(keys)
        assert copied[-1].endswith(" 2000")


async def test_everything_is_copied_and_shown(filled: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(filled, tmp_path) as live:
        await live.settled()
        copied = osc_52(live, monkeypatch)
        await live.press("y", "a")
        assert len(copied) == 1
        lines = copied[0].splitlines()
        name = live.screen.detail.alert.row.object_id  # type: ignore[union-attr]
        assert lines[0].startswith(f" {name} ")
        fields = [f"{field.path}: {field.text}".rstrip() for field in live.fields._all]
        assert lines[-len(fields) :] == fields
        assert live.screen.detail.view.text().splitlines()[0].rstrip() in lines
        document = live.app.screen.query_one(Document)
        assert [line.strip() for line in document._lines] == [line.strip() for line in lines]
        assert "here it is" in live.text()
        await live.press("c", "j", "G", "escape")
        assert len(copied) == 1, "letters pick nothing there"
        assert live.app.screen is live.screen


async def test_what_was_not_picked_is_not_copied(
    filled: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(filled, tmp_path) as live:
        copied = osc_52(live, monkeypatch)
        await live.press("y", "z", "9", "t", "escape")
        assert live.app.screen is live.screen
        assert (copied, live.said) == ([], [])


async def test_letters_that_come_together_with_the_one_that_picks_act_on_the_list(
    filled: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(filled, tmp_path) as live:
        copied = osc_52(live, monkeypatch)
        for key in "yccwycwk":
            live.app.post_message(events.Key(key, key))
        await live.until(lambda: live.alerts.cursor_row == 28)
        assert live.app.screen is live.screen
        assert len(copied) == 2


async def test_a_field_s_value_is_copied_at_once(
    filled: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(filled, tmp_path) as live:
        await live.settled()
        copied = osc_52(live, monkeypatch)
        await live.press("tab", "j", "y")
        assert live.fields.current is not None
        assert copied == [live.fields.current.value]
