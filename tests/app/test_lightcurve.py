from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from fink_tui.alerts.row import Point, PointKind
from fink_tui.app.plot import picture
from fink_tui.app.plot.settings import Axis, Settings
from fink_tui.app.widgets import picture_view
from fink_tui.app.widgets.lightcurve import LightCurve
from fink_tui.app.widgets.view import Question, View
from tests.app.live import DEADLINE

ONE = [Point(61000.0 + day, "r", PointKind.DETECTION, 19.0 - day, 0.1, 1e5, 1e4, day == 1) for day in range(2)]
OTHER = [point._replace(band="g") for point in ONE]


class OneWidget(App[None]):
    def compose(self) -> ComposeResult:
        yield LightCurve(colour=False)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LightCurve, "REST", 0.001)


def shown(app: App[None]) -> list[str]:
    widget = app.query_one(LightCurve)
    return ["".join(segment.text for segment in strip) for strip in widget.render_lines(widget.size.region)]


async def until(pilot: Pilot[None], condition: Callable[[], bool]) -> None:
    """Wait for something, with a deadline."""
    end = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < end, "\n".join(shown(pilot.app))
        await pilot.pause()


async def settle(pilot: Pilot[None]) -> None:
    """Wait for the timer, the thread and its message."""
    widget = pilot.app.query_one(LightCurve)
    await until(pilot, lambda: widget._rest is None and widget._drawing is None)
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
        widget = pilot.app.query_one(LightCurve)
        await until(pilot, lambda: widget._shown is not None and bool(shown(pilot.app)[0].strip()))
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
        monkeypatch.setattr(picture_view, "SLOW", 0.001)
        monkeypatch.setattr(LightCurve, "REST", 1000)
        widget.show("one", ONE, False)
        await until(pilot, lambda: widget._slow is None)
        await pilot.pause()
        assert shown(pilot.app)[0].startswith("drawing…")
        monkeypatch.setattr(LightCurve, "REST", 0.001)
        widget.show("one", ONE, False)
        await settle(pilot)
        assert not widget.has_class("-stale")
        monkeypatch.setattr(LightCurve, "REST", 1000)
        widget.show("other", OTHER, False)
        await until(pilot, lambda: widget._slow is None)
        assert widget.has_class("-stale")
        assert shown(pilot.app)[0].startswith("mag 1.0 d | r ◆ 2")


# -- keys -------------------------------------------------------------------------------------------------------------


class Listening(OneWidget):
    """Keeps what the view asks and says."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[Question] = []
        self.said: list[str] = []

    def ask_for_view(self, question: Question) -> None:
        self.asked.append(question)

    def on_view_say(self, event: View.Say) -> None:
        self.said.append(event.sentence)


async def test_a_key_draws_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest that a moving cursor needs is not waited for."""
    async with Listening().run_test(size=(80, 20)) as pilot:
        widget = pilot.app.query_one(LightCurve)
        widget.show("one", ONE, False)
        await settle(pilot)
        monkeypatch.setattr(LightCurve, "REST", 1000)
        assert widget.perform("mode", 1)
        assert widget._rest is None
        await settle(pilot)
        assert shown(pilot.app)[0].startswith("µJy 1.0 d | r ◆ 2")
        assert widget.perform("step", -1)
        await settle(pilot)
        assert shown(pilot.app)[1].startswith("2/2  r 18.00±0.10  100.0±10.0 µJy")
        assert not widget.perform("fly", 1)


async def test_what_is_of_one_object_goes_with_it() -> None:
    async with Listening().run_test(size=(80, 20)) as pilot:
        widget = pilot.app.query_one(LightCurve)
        widget.show("one", ONE, False)
        for command in ("mode", "limits", "step", "zoom", "axis"):
            assert widget.perform(command, 1)
        chosen = widget.settings
        assert chosen.window is not None
        widget.clear()  # another view is seen
        widget.show("one", ONE, False)
        assert widget.settings == chosen
        widget.show("other", OTHER, False)
        assert widget.settings == Settings(True, axis=Axis.MJD, show_limits=False)
        widget.perform("reset", 0)
        assert widget.settings == Settings(True, axis=Axis.MJD)
        widget.perform("mode", 1)
        widget.show("lsst", ONE, True)  # a survey that is read in flux: the observer's choice stays
        assert not widget.settings.use_flux


async def test_what_is_typed_is_asked_for_and_taken() -> None:
    app = Listening()
    async with app.run_test(size=(80, 20)) as pilot:
        widget = app.query_one(LightCurve)
        widget.show("one", [*ONE, *OTHER], False)
        widget.perform("bands", 0)
        widget.perform("axis", 1)
        widget.perform("axis", 1)  # phase: of which period?
        await pilot.pause()
        bands, period = app.asked
        assert (bands.value, bands.placeholder) == ("gr", "bands to show, of gr; nothing: all")
        assert period.placeholder == "period in days; nothing: no phase"
        period.answer("0.25")
        bands.answer("r")
        assert (widget.settings.axis, widget.settings.period, widget.settings.hidden) == (Axis.PHASE, 0.25, "g")
        period.answer("soon")
        widget.perform("zoom", 1)
        widget.perform("quantity", 1)
        await pilot.pause()
        assert [said.split(":")[0] for said in app.said] == [
            '"soon" is no period',
            "Zoom is of time, and this is phase",
            "There is only the difference",
        ]
        widget.perform("period", 0)
        await pilot.pause()
        assert app.asked[-1].value == "0.25"
        widget.show("other", OTHER, False)
        app.asked[-1].answer("7")  # too late: it was for another object
        assert widget.settings.period is None


async def test_what_was_passed_by_is_never_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Moving on gives up what has not begun; what has begun is not shown under another alert's name."""
    begun: list[str] = []
    draw, may_end = picture.picture, threading.Event()

    def slow(points: Sequence[Point], *about: Any, **options: Any) -> object:
        begun.append(points[0].band)
        if points[0].band == "r":
            assert may_end.wait(30)
        return draw(points, *about, **options)

    monkeypatch.setattr(picture, "picture", slow)
    async with OneWidget().run_test(size=(80, 20)) as pilot:
        widget = pilot.app.query_one(LightCurve)
        widget.show("first", ONE, False)
        await until(pilot, lambda: bool(begun))
        for _ in range(30):
            widget.perform("mode", 1)  # a key that is held
        for number in range(30):
            widget.show(str(number), [point._replace(band="i") for point in ONE], False)
        widget.show("last", OTHER, False)
        may_end.set()
        await settle(pilot)
        assert begun == ["r", "g"]
        assert shown(pilot.app)[0].startswith("mag 1.0 d | g ● 2")
