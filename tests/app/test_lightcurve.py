from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from fink_tui.alerts.row import Point, PointKind
from fink_tui.app.plot import picture
from fink_tui.app.widgets import lightcurve
from fink_tui.app.widgets.lightcurve import LightCurve

ONE = [Point(61000.0 + day, "r", PointKind.DETECTION, 19.0 - day, 0.1, 1e5, 1e4, day == 1) for day in range(2)]
OTHER = [point._replace(band="g") for point in ONE]


class OneWidget(App[None]):
    def compose(self) -> ComposeResult:
        yield LightCurve(colour=False)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lightcurve, "DEBOUNCE", 0.001)


def shown(app: App[None]) -> list[str]:
    widget = app.query_one(LightCurve)
    return ["".join(segment.text for segment in strip) for strip in widget.render_lines(widget.size.region)]


async def settle(pilot: Pilot[None]) -> None:
    """Wait for the timer, the thread and its message."""
    widget = pilot.app.query_one(LightCurve)
    while widget._debounce is not None:
        await pilot.pause()
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


async def test_it_draws_the_legend_and_the_curve() -> None:
    async with OneWidget().run_test(size=(80, 20)) as pilot:
        pilot.app.query_one(LightCurve).show("one", ONE, False)
        await settle(pilot)
        lines = shown(pilot.app)
        assert lines[0].startswith("mag 1.0 d | r ◆ 2")
        assert sum("◆" in line for line in lines[1:]) == 2
        assert "days from MJD 61001.0000" in lines[-1]


async def test_it_follows_the_size() -> None:
    async with OneWidget().run_test(size=(80, 20)) as pilot:
        pilot.app.query_one(LightCurve).show("one", ONE, False)
        await settle(pilot)
        await pilot.resize_terminal(60, 12)
        await pilot.pause()
        await settle(pilot)
        assert "days from MJD" in shown(pilot.app)[11]


async def test_only_the_last_of_several_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []
    draw = picture.picture

    def counted(points: Sequence[Point], *about: Any, **options: Any) -> object:
        drawn.append(points[0].band)
        return draw(points, *about, **options)

    monkeypatch.setattr(picture, "picture", counted)
    async with OneWidget().run_test(size=(80, 20)) as pilot:
        widget = pilot.app.query_one(LightCurve)
        for number in range(20):
            widget.show(str(number), ONE, False)
        widget.show("other", OTHER, False)
        await settle(pilot)
        assert drawn == ["g"]
        assert shown(pilot.app)[0].startswith("mag 1.0 d | g ● 2")
        widget.show("one", ONE, False)
        await settle(pilot)
        widget.show("other", OTHER, False)  # kept from before: on the screen at once
        assert shown(pilot.app)[0].startswith("mag 1.0 d | g ● 2")
        await settle(pilot)
        assert drawn == ["g", "r"]


async def test_failure_is_told_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> object:
        raise ImportError("no plotext [here]")

    async with OneWidget().run_test(size=(80, 20)) as pilot:
        monkeypatch.setattr(picture, "picture", broken)
        pilot.app.query_one(LightCurve).show("one", ONE, False)
        while pilot.app.query_one(LightCurve)._shown is None or not shown(pilot.app)[0].strip():
            await pilot.pause()
        assert "cannot be drawn: ImportError('no plotext [here]')" in shown(pilot.app)[0]


async def test_nothing_and_no_photometry() -> None:
    async with OneWidget().run_test(size=(80, 20)) as pilot:
        widget = pilot.app.query_one(LightCurve)
        widget.show("none", [], False)
        await pilot.pause()
        assert shown(pilot.app)[0].startswith("no photometry")
        widget.clear()
        await pilot.pause()
        assert not shown(pilot.app)[0].strip()


async def test_what_is_not_yet_drawn_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    async with OneWidget().run_test(size=(80, 20)) as pilot:
        widget = pilot.app.query_one(LightCurve)
        monkeypatch.setattr(lightcurve, "SLOW", 0.001)
        monkeypatch.setattr(lightcurve, "DEBOUNCE", 1000)
        widget.show("one", ONE, False)
        while widget._slow is not None:
            await pilot.pause()
        await pilot.pause()
        assert shown(pilot.app)[0].startswith("drawing…")
        monkeypatch.setattr(lightcurve, "DEBOUNCE", 0.001)
        widget.show("one", ONE, False)
        await settle(pilot)
        assert not widget.has_class("-stale")
        monkeypatch.setattr(lightcurve, "DEBOUNCE", 1000)
        widget.show("other", OTHER, False)
        while widget._slow is not None:
            await pilot.pause()
        assert widget.has_class("-stale")
        assert shown(pilot.app)[0].startswith("mag 1.0 d | r ◆ 2")
