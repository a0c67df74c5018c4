"""Every view, of alerts of every survey, on the whole screen: it fits, may be ASCII alone, costs nothing unseen."""

from __future__ import annotations

import textwrap
import threading
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
from textual.widgets import Static

from fink_tui.app import montage
from fink_tui.app.commands import VIEWS
from fink_tui.app.plot import picture
from fink_tui.app.widgets import sky
from fink_tui.app.widgets.images import Images
from fink_tui.app.widgets.montage_view import MontageView
from fink_tui.app.widgets.picture_view import PictureView
from fink_tui.app.widgets.science import Science
from fink_tui.app.widgets.sky import SkyTonight
from fink_tui.app.widgets.view import Subject, View
from fink_tui.app.widgets.what import What
from fink_tui.ascii_text import nearest
from fink_tui.sky.observatories import observatory
from fink_tui.sky.site import Telescopes
from fink_tui.store.store import Store
from fink_tui.stream.demo import DemoAlert
from tests.app.live import SMALL, WIDE, Live, opened, receive

pytestmark = pytest.mark.usefixtures("frozen")

KEYS = [command.keys for command in VIEWS]

SURVEYS = ("ztf", "lsst", "mma")


@pytest.fixture
def filled(store: Store, demo_alerts: Sequence[DemoAlert], frozen: float) -> Store:
    """Six alerts, and then one of each survey."""
    last = [next(alert for alert in demo_alerts[6:] if alert.survey == survey) for survey in SURVEYS]
    receive(store, [*demo_alerts[:6], *last])
    return store


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures are drawn without a rest."""
    monkeypatch.setattr(Images, "REST", 0.001)
    monkeypatch.setattr(PictureView, "REST", 0.001)


def telescopes(*names: str) -> Telescopes:
    return Telescopes([site for site in map(observatory, names) if site is not None])


def content(view: View) -> list[str]:
    """The lines that a view has for the screen."""
    if isinstance(view, MontageView):
        return [line.text for line in view._picture.lines]
    assert isinstance(view, Static)
    if isinstance(view, PictureView) and (instead := view.instead()) is not None:
        return textwrap.wrap(str(instead), view.content_size.width)  # as the widget does
    return str(view.content).split("\n")


def is_complete(view: View) -> bool:
    """Whether it shows what it is to show."""
    if isinstance(view, PictureView):
        return view._rest is None and view._drawing is None and view._shown == view.wanted()
    if isinstance(view, SkyTonight):
        return view._computed is not None
    assert isinstance(view, What | Science)
    return bool(content(view)[0])


async def complete(live: Live) -> View:
    """Wait until the view that is seen shows the current alert; returns it."""
    await live.settled()
    view = live.screen.detail.view
    await live.until(lambda: is_complete(view))
    await live.pilot.pause()
    return view


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize(("size", "ascii_only"), [(SMALL, False), (SMALL, True), (WIDE, True)])
async def test_it_fits_beside_the_list_and_alone(
    filled: Store, tmp_path: Path, size: tuple[int, int], ascii_only: bool
) -> None:
    async with opened(filled, tmp_path, size, telescopes=telescopes("Palomar"), ascii_only=ascii_only) as live:
        seen = set()
        for survey in SURVEYS:
            await live.press("G", *"kk"[SURVEYS.index(survey) :])
            for is_alone in (False, True):
                await live.press(*(["enter", "enter"] if is_alone else []))
                for key in KEYS:
                    await live.press(key)
                    view = await complete(live)
                    assert live.screen.detail.alert is not None
                    assert live.screen.detail.alert.row.survey == survey
                    seen.add((survey, view.NAME, is_alone))
                    lines = content(view)
                    assert any(line.strip() for line in lines), (survey, view.NAME)
                    assert len(lines) <= view.content_size.height, (survey, view.NAME, lines)
                    assert max(map(cell_len, lines)) <= view.content_size.width, (survey, view.NAME, lines)
                    if ascii_only:
                        assert "\n".join(lines).isascii(), (survey, view.NAME, lines)
                        sent = "".join(map(nearest, live.text()))
                        assert sent.count("?") == live.text().count("?"), live.text()
            await live.press("escape", "escape")
            assert not live.screen.has_class("-open")
        assert len(seen) == 2 * len(KEYS) * len(SURVEYS)


@pytest.mark.usefixtures("at_once")
async def test_what_is_not_seen_is_told_nothing(filled: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Moving the cursor, another telescope, another minute and another size are of the view alone that is seen."""
    told: Counter[str] = Counter()
    ticks: Counter[str] = Counter()

    def listened(kind: type[View]) -> None:
        show, tick = kind.show_alert, kind.tick

        def shown(self: View, subject: Subject) -> None:
            told[self.NAME] += 1
            show(self, subject)

        def ticked(self: View) -> None:
            ticks[self.NAME] += 1
            tick(self)

        monkeypatch.setattr(kind, "show_alert", shown)
        monkeypatch.setattr(kind, "tick", ticked)

    async with opened(filled, tmp_path, telescopes=telescopes("Palomar", "Rubin")) as live:
        assert len(live.screen.query(View)) <= 1, "a view is made when it is looked at"
        await live.press(*KEYS)
        for view in live.screen.query(View):
            listened(type(view))
        assert len(live.screen.query(View)) == len(KEYS)
        for key in KEYS:
            await live.press(key)
            view = await complete(live)
            told.clear()
            ticks.clear()
            await live.press("k")
            await complete(live)
            through = live.alerts.overhead
            await live.press("k", "j", "k", "j", "S")
            assert live.alerts.overhead is not through, "S is of every view"
            await complete(live)
            live.screen.detail.tick()
            await live.pilot.resize_terminal(100, 30)
            await complete(live)
            await live.pilot.resize_terminal(*SMALL)
            assert set(told) == set(ticks) == {view.NAME}
            assert told[view.NAME] <= 5, "one for each alert at most"


@pytest.mark.usefixtures("at_once")
async def test_no_key_waits_for_what_takes_long(filled: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(filled, tmp_path, telescopes=telescopes("Palomar")) as live:
        await live.press("i", "k", "k")
        await complete(live)
        for key, module, name in (("v", sky, "tonight"), ("l", picture, "picture"), ("i", montage, "montage")):
            begun, may_end, really = threading.Event(), threading.Event(), getattr(module, name)

            def slow(*about: Any, begun: Any = begun, end: Any = may_end, really: Any = really, **more: Any) -> Any:
                begun.set()
                assert end.wait(60)
                return really(*about, **more)

            with monkeypatch.context() as patched:
                patched.setattr(module, name, slow)
                await live.press(key)
                if key == "i":  # what was seen here before is kept
                    await live.press("k")
                await live.until(begun.is_set)
                before = live.current
                await live.press("k")
                assert live.current != before
                assert live.heading.split()[0] in live.text()
                await live.press("question_mark")
                assert "Esc closes" in live.text()
                await live.press("escape")
                may_end.set()
            await complete(live)
