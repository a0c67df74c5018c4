"""`T`: where, what, and exactly what will be sent before it is."""

from __future__ import annotations

import threading
from contextlib import closing
from pathlib import Path

import pytest

from fink_tui.alerts.submission import Choices
from fink_tui.app.pretty import pretty
from fink_tui.app.screens.live import LiveScreen
from fink_tui.app.screens.send import SendScreen
from fink_tui.app.widgets.document import Document
from fink_tui.receivers.configured import Configured
from fink_tui.receivers.receiver import Receiver
from fink_tui.store.outbox import Entry, Outbox, State
from fink_tui.store.outbox_pages import OutboxPages
from fink_tui.store.store import Store
from tests.app.live import SMALL, WIDE, Live, opened
from tests.app.sending import MINE, OURTOM

BOTH = (OURTOM, MINE._replace(target_list="mine_{night}", history="latest"))


pytestmark = pytest.mark.usefixtures("quick")


def entries(store: Store) -> list[Entry]:
    with closing(OutboxPages(store.database)) as pages:
        return pages.page(0)


async def asked(live: Live) -> None:
    """Ask, and wait until what will be sent is there."""
    await live.press("T")
    await shown(live)


async def shown(live: Live, words: str = "What will be sent:") -> None:
    await live.until(lambda: isinstance(live.app.screen, SendScreen) and words in live.text())


def body(live: Live) -> str:
    return " ".join(live.app.screen.query_one(Document)._lines)


@pytest.mark.parametrize("size", [SMALL, WIDE])
async def test_it_shows_what_will_be_sent_and_sends_that(filled: Store, tmp_path: Path, size: tuple[int, int]) -> None:
    async with opened(filled, tmp_path, size, receivers=BOTH) as live:
        row = live.alerts.queue.current
        assert row is not None
        await asked(live)
        lines = live.lines()
        assert lines[0] == f"Send  {row.object_id}  {row.label}"
        assert [" ".join(line.split()[:5]) for line in lines[1:5]] == [
            "receiver < ourtom > ←",
            "target list fink_{topic} blank: none",
            "groups nightcrew names, with commas",
            "history all all, latest, or",
        ]
        assert f'"name": "{row.object_id}"' in body(live)
        assert "Enter send" in lines[-1]
        await live.press("enter")
        assert await live.decided() == [f"Queued for ourtom: {row.object_id}; u takes it back for 5 s."]
        assert isinstance(live.app.screen, LiveScreen)
        (entry,) = entries(filled)
        assert (entry.receiver, entry.choices) == ("ourtom", Choices())


async def test_what_is_chosen_is_shown_and_sent(filled: Store, tmp_path: Path) -> None:
    async with opened(filled, tmp_path, receivers=BOTH) as live:
        await asked(live)
        assert len(body(live).split('"20')) > 2, "its history"
        await live.press("right")
        await live.until(lambda: "< mine >" in live.text() and "mine_{night}" in live.text())
        await live.press("tab", "ctrl+u")
        await live.type("qst?T")
        await live.press("tab")
        await live.type(", dayshift")
        await live.press("tab", "ctrl+u")
        await live.type("2.5")
        await live.until(lambda: '"dayshift"' in body(live) and '"qst?T"' in body(live))
        await live.press("shift+tab", "tab", "pagedown", "pageup", "ctrl+s")
        await live.decided()
        (entry,) = entries(filled)
        assert entry.receiver == "mine"
        assert entry.choices == Choices(target_list="qst?T", groups=("nightcrew", "dayshift"), history="2.5")


async def test_another_receiver_keeps_what_was_typed(filled: Store, tmp_path: Path) -> None:
    async with opened(filled, tmp_path, receivers=BOTH) as live:
        await asked(live)
        await live.press("tab", "tab", "tab", "ctrl+u", *"30", "tab", "tab", "left")
        await live.until(lambda: "mine_{night}" in live.text())
        assert "history      30 " in live.text()
        await live.press("space")
        await live.until(lambda: "fink_{topic}" in live.text())
        assert "history      30 " in live.text()


async def test_nothing_is_sent_that_is_not_shown(
    filled: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_make = threading.Event()

    def make() -> Receiver:
        assert may_make.wait(20)
        return OURTOM.make()

    async with opened(filled, tmp_path, receivers=(OURTOM._replace(make=make),)) as live:
        for key in ("T", "enter"):
            live.app.simulate_key(key)
        await live.until(lambda: isinstance(live.app.screen, SendScreen))
        await live.press("enter", "ctrl+s")
        assert isinstance(live.app.screen, SendScreen)
        may_make.set()
        await shown(live)
        await live.press("tab", "tab", "tab", "ctrl+u", *"-1", "enter")
        assert "The history must be all, latest, or a number of days." in live.text()
        await live.press("ctrl+u", *"all", "shift+tab", "shift+tab", "ctrl+u", *"forbidden")
        await shown(live, "ourtom takes nothing into the list forbidden.")
        await live.press("enter")
        assert isinstance(live.app.screen, SendScreen)
        await live.press("escape")
        assert isinstance(live.app.screen, LiveScreen)
        assert entries(filled) == []


async def test_what_nobody_foresaw_is_said_without_its_text(filled: Store, tmp_path: Path) -> None:
    def make() -> Receiver:
        raise RuntimeError("the secret")

    one: Configured = OURTOM._replace(make=make)
    async with opened(filled, tmp_path, receivers=(one,)) as live:
        await live.press("T")
        await shown(live, "What ourtom would be sent cannot be shown: RuntimeError.")
        assert "the secret" not in live.text()


async def test_what_went_before_is_said_and_goes_once(filled: Store, tmp_path: Path) -> None:
    async with opened(filled, tmp_path, receivers=BOTH) as live:
        await live.decided("t")
        taken = Outbox(filled.database).take("ourtom", float("inf"))
        assert taken is not None
        Outbox(filled.database).finish(taken[0].id, State.SENT, "made")
        await live.until(lambda: "[sent to ourtom]" in live.text())
        await asked(live)
        assert "It goes once: it was sent to ourtom just now." in live.text()
        await live.press("enter")
        assert await live.decided() == [f"{taken[0].object_id} goes once: it was sent to ourtom just now."]
        await asked(live)
        await live.press("right")
        await live.until(lambda: "It goes once" not in live.text())
        await live.press("enter")
        await live.decided()
        assert [entry.receiver for entry in entries(filled)] == ["ourtom", "mine"]


def test_json_is_on_as_few_lines_as_fit() -> None:
    long = "x" * 30
    value: object = {"a": 1.5, "b": [1, 2, 3], "c": {"long": long, "é": None, "empty": []}}
    assert pretty(value, 200) == [
        '{"a": 1.5, "b": [1, 2, 3], "c": {"long": "' + "x" * 30 + '", "é": null, "empty": []}}'
    ]
    assert pretty(value, 20) == [
        "{",
        '  "a": 1.5,',
        '  "b": [1, 2, 3],',
        '  "c": {',
        f'    "long": "{long}",',
        '    "é": null,',
        '    "empty": []',
        "  }",
        "}",
    ]
