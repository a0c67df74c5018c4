"""The view of images: drawn when asked for, never twice, never while the cursor runs."""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fink_tui.alerts.decode import record
from fink_tui.alerts.packet import encode
from fink_tui.alerts.schema import SchemaBook
from fink_tui.app import montage
from fink_tui.app.montage import Look
from fink_tui.app.widgets import picture_view
from fink_tui.app.widgets.images import Images
from fink_tui.store.store import Store
from fink_tui.stream.demo import DemoAlert, alerts
from tests.app.live import SMALL, WIDE, Live, opened, receive
from tests.app.pty_terminal import PtyTerminal
from tests.app.test_histories import arrive
from tests.app.test_histories import opened as asking
from tests.conftest import DEMO_NIGHT
from tests.fink_api import FinkApi, sky
from tests.fink_api.sky import NIGHT

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def filled(store: Store, demo_alerts: Sequence[DemoAlert]) -> Store:
    receive(store, demo_alerts[:30])
    return store


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, ...]]:
    """What is drawn, as it is drawn."""
    calls: list[tuple[object, ...]] = []
    draw = montage.montage

    def counted(found: Any, width: int, height: int, look: Look, ink: Any) -> montage.Montage:
        calls.append((width, height, look))
        return draw(found, width, height, look, ink)

    monkeypatch.setattr(montage, "montage", counted)
    return calls


def view(live: Live) -> Images:
    return live.screen.query_one(Images)


async def settled(live: Live) -> None:
    """Wait until what is wanted is shown."""
    await live.settled()  # before, nothing is wanted
    shown = view(live)
    await live.until(lambda: shown._shown is not None and shown._shown == shown.wanted())
    await live.pilot.pause()


async def test_nothing_is_drawn_until_it_is_asked_for_and_nothing_twice(
    filled: Store, tmp_path: Path, drawn: list[tuple[object, ...]]
) -> None:
    async with opened(filled, tmp_path) as live:
        await live.settled()
        await live.press("k", "k")
        await live.settled()
        assert not drawn, "the light curve is seen"
        await live.press("i")
        await settled(live)
        assert len(drawn) == 1
        assert "science" in live.text()
        await live.press("k")
        await settled(live)
        await live.press("j")
        await settled(live)
        await live.press("l")
        await live.press("i")
        await settled(live)
        assert len(drawn) == 2
        await live.press("m")
        await settled(live)
        await live.press("m", "m")
        await settled(live)
        assert len(drawn) == 3, "linear again: kept"


async def test_while_the_cursor_runs_nothing_is_drawn(
    filled: Store, tmp_path: Path, drawn: list[tuple[object, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(filled, tmp_path) as live:
        await live.press("i", "g")
        await settled(live)
        for _ in range(5):  # all are decoded, so that nothing else delays them
            await live.press("j")
            await settled(live)
        await live.press("m")
        await settled(live)
        count = len(drawn)
        monkeypatch.setattr(Images, "REST", 1000)  # however slow the machine is, the cursor does not rest
        await live.press(*"kkkkkjjj")
        assert not view(live)._picture.lines
        assert len(drawn) == count
        monkeypatch.setattr(Images, "REST", 0.001)
        await live.press("k")
        await settled(live)
        assert len(drawn) == count + 1, "where it rests"


async def test_it_follows_the_size(filled: Store, tmp_path: Path, drawn: list[tuple[object, ...]]) -> None:
    async with opened(filled, tmp_path, WIDE) as live:
        await live.press("i")
        await settled(live)
        await live.press("enter", "enter")
        await live.until(lambda: view(live).size.width == 159)
        await settled(live)
        assert drawn[-1][:2] == tuple(view(live).size)
        assert all(name in live.text() for name in ("science", "template", "difference", "″"))


async def test_keys(filled: Store, tmp_path: Path) -> None:
    async with opened(filled, tmp_path) as live:
        await live.press("i", "enter")
        await settled(live)
        heads = []
        for _ in range(4):
            await live.press("full_stop")
            await settled(live)
            heads.append(view(live)._picture.lines[0].text.split("  ")[0])
        assert heads == ["science 1/3", "template 2/3", "difference 3/3", "science"]
        await live.press("comma")
        await settled(live)
        assert "difference 3/3" in live.text()
        await live.press("minus")
        assert live.said == ["The whole image is shown."]
        for _ in range(view(live)._picture.most):
            await live.press("plus")
            await settled(live)
        assert " of " in live.text()
        await live.press("plus")
        assert live.said[-1] == "The image is shown as big as it can be."
        await live.press("m")
        await settled(live)
        assert "asinh" in live.text()
        await live.press("0")
        await settled(live)
        assert all(words in live.text() for words in ("science", "template", "linear"))
        await live.press("less_than_sign")
        assert "does nothing here (images)" in live.said[-1]


async def test_one_by_one_where_they_do_not_fit(filled: Store, tmp_path: Path) -> None:
    async with opened(filled, tmp_path, (40, 24)) as live:
        await live.press("i", "enter")
        await settled(live)
        assert "science 1/3" in live.text()
        for name in ("template 2/3", "difference 3/3", "science 1/3"):
            await live.press("full_stop")
            await settled(live)
            assert name in live.text()


def changed(alert: DemoAlert, **stamps: Any) -> DemoAlert:
    """The alert with other stamps."""
    schema = SchemaBook().schema(alert.key)
    fields = record(schema, alert.value)
    for name, data in stamps.items():
        fields[name] = data if not isinstance(fields[name], dict) else fields[name] | {"stampData": data}
    return alert._replace(value=encode(schema.parsed, fields))


@pytest.mark.parametrize("survey", ["ztf", "lsst"])
async def test_missing_and_broken_stamps_are_told_in_words(
    store: Store, demo_alerts: Sequence[DemoAlert], tmp_path: Path, survey: str
) -> None:
    alert = next(alert for alert in demo_alerts if alert.survey == survey)
    some = changed(alert, cutoutTemplate=None, cutoutDifference=b"\x1f\x8bbroken")
    receive(store, [some])
    async with opened(store, tmp_path, WIDE) as live:
        await live.press("i", "enter", "enter")
        await live.until(lambda: view(live).size.width == 159)
        await settled(live)
        assert "not in this alert" in live.text()
        assert "cannot be shown: its gzip" in live.text()
        assert "damaged" in live.text(), "on the next line, where there is no room"


async def test_an_alert_without_stamps_says_so(store: Store, demo_alerts: Sequence[DemoAlert], tmp_path: Path) -> None:
    lsst = next(alert for alert in demo_alerts if alert.survey == "lsst")
    receive(store, [changed(lsst, cutoutScience=None, cutoutTemplate=None, cutoutDifference=None)])
    async with opened(store, tmp_path) as live:
        await live.press("i")
        await settled(live)
        assert montage.NONE in live.text()
        assert view(live).text() == montage.NONE


async def test_failure_is_told_in_words(filled: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> object:
        raise ValueError("no [grey] today")

    monkeypatch.setattr(montage, "montage", broken)
    async with opened(filled, tmp_path) as live:
        await live.press("i")
        await live.until(lambda: "cannot be drawn: ValueError('no [grey] today')" in live.text())


async def test_who_waits_is_told(filled: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture_view, "SLOW", 0.001)
    monkeypatch.setattr(Images, "REST", 1000)
    async with opened(filled, tmp_path) as live:
        await live.press("i")
        await live.until(lambda: "drawing…" in live.text())
        await live.press("l")
        assert "drawing…" not in live.text()


@pytest.mark.parametrize("ascii_only", [False, True])
async def test_without_colours_there_are_characters(filled: Store, tmp_path: Path, ascii_only: bool) -> None:
    async with opened(filled, tmp_path) as live:
        live.app.no_color = True
        await live.press("i")
        view(live).ascii_only = ascii_only
        await live.press("enter")
        await settled(live)
        text = "\n".join(line.text for line in view(live)._picture.lines)
        assert "▀" not in text
        assert text.isascii() == ascii_only
        assert ("░" in text) != ascii_only
        styles = {segment.style for line in view(live)._picture.lines for segment in line}
        assert not [style for style in styles if style and (style.color or style.bgcolor)]
        copied = view(live).text()
        assert copied.isascii()
        assert "science" in copied


@pytest.fixture
def terminal(store: Store, tmp_path: Path) -> Iterator[PtyTerminal]:
    receive(store, list(itertools.islice(alerts(seed=2, now_mjd=DEMO_NIGHT), 60)))
    env = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLUMNS", "LINES")}
    env |= {"PYTHONPATH": str(ROOT), "TEXTUAL_ANIMATIONS": "none", "HOME": str(tmp_path)}
    command = [sys.executable, "-m", "tests.app.pty_app", str(store.folder), str(tmp_path / "saved")]
    with PtyTerminal(command, *SMALL, env) as running:
        running.until(lambda: " alerts · following" in running.text() and "quit" in running.text())
        running.until_silent()
        yield running


def test_what_images_cost_on_the_way_to_the_observer(terminal: PtyTerminal) -> None:
    terminal.send("i")
    terminal.until(lambda: "▀" in "".join(terminal.text().splitlines()[18:]))
    terminal.until_silent()
    terminal.send("\r")
    terminal.until(lambda: "across" in terminal.text())
    terminal.until_silent()
    before = len(terminal.output)
    terminal.send(".")
    terminal.until(lambda: "science 1/3" in terminal.text())
    terminal.until_silent()
    assert len(terminal.output) - before < 25_000, "painted once"
    assert b"38;5;" in terminal.output[before:], "greys that tmux has"
    assert b"38;2;" not in terminal.output[before:]
    terminal.until_silent()
    before = len(terminal.output)
    terminal.send("k" * 12)  # too quick for images
    terminal.until(lambda: terminal.output.count(b"science 1/3", before) >= 1)
    terminal.until_silent()
    moved = bytes(terminal.output[before:])
    assert moved.count(b"science 1/3") <= 2, "blank, and where it rests"
    assert len(moved) < 30_000, "the alerts' headings, and one picture"
    before = len(terminal.output)
    terminal.read_for(1)
    assert "▀".encode() not in terminal.output[before:], "idle, whatever the clock may paint"


@pytest.fixture
def bare(store: Store, demo_alerts: Sequence[DemoAlert]) -> Store:
    """A store with an alert whose packet has no images, as that of one which only a search has found."""
    alert = next(one for one in reversed(sky.ztf(NIGHT)) if one.stamps and one.record)
    none = {"fileName": "", "stampData": b""}
    packet = {name: none if name.startswith("cutout") else value for name, value in alert.record.items()}
    pattern = next(one for one in demo_alerts if one.survey == "ztf")
    arrive(store, [replace(alert, record=packet)], pattern)
    return store


async def test_images_that_no_packet_has_are_asked_of_fink(bare: Store, fink_api: FinkApi, tmp_path: Path) -> None:
    async with asking(bare, fink_api, tmp_path) as live:
        await live.settled()
        assert not fink_api.requests, "nobody looks at them"
        await live.press("i")
        await live.until(lambda: view(live).has_picture)
        assert all(name in live.text() for name in ("science", "template", "difference"))
        await live.press("l", "i")
        await settled(live)
        assert len(fink_api.asked("cutouts")) == 3


async def test_images_that_fink_does_not_give_are_asked_for_again_with_a_key(
    bare: Store, fink_api: FinkApi, tmp_path: Path
) -> None:
    fink_api.stop()
    async with asking(bare, fink_api, tmp_path) as live:
        await live.press("i")
        await live.until(lambda: "0 asks again" in " ".join(live.text().split()))
        assert "cannot be reached" in " ".join(live.text().split())
        fink_api.start()
        await live.press("0")
        await live.until(lambda: view(live).has_picture)
        assert "template" in live.text()
