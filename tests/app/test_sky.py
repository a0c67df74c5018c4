"""The view of the sky tonight, on the screen."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fink_tui.app.app import FinkApp
from fink_tui.app.screens.live import LiveScreen
from fink_tui.app.session import Session
from fink_tui.app.widgets import sky as sky_widget
from fink_tui.app.widgets.sky import SkyTonight
from fink_tui.sky.night import mjd_to_unix
from fink_tui.sky.observatories import observatory
from fink_tui.sky.site import Limits, Site, Telescopes
from fink_tui.store.store import Store
from fink_tui.stream.demo import alerts
from tests.app.live import SMALL, WIDE, Live, receive


@pytest.fixture(autouse=True)
def late(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the same night in every run: before midnight at Palomar."""
    monkeypatch.setattr("time.time", lambda: mjd_to_unix(61365.3))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "home") as made:
        receive(made, list(itertools.islice(alerts(seed=3, now_mjd=61365.1), 6)))
        yield made


def sites(*names: str) -> list[Site]:
    return [site for site in map(observatory, names) if site is not None]


def session(store: Store, *found: Site, ascii_only: bool = False) -> Session:
    return Session(
        store=store, save_dir=Path("unused"), telescopes=Telescopes(found), all_nights=True, ascii_only=ascii_only
    )


class Driven(Live):
    """The program, looking at the sky."""

    @property
    def sky(self) -> SkyTonight:
        return self.screen.query_one(SkyTonight)

    @property
    def shown(self) -> str:
        return str(self.sky.content)

    async def begun(self) -> None:
        await self.until(lambda: isinstance(self.app.screen, LiveScreen) and self.alerts.size.height > 0)
        await self.pilot.pause()
        await self.press("v")

    async def says(self, words: str) -> None:
        await self.until(lambda: words in self.shown)


@pytest.mark.parametrize("size", [SMALL, WIDE])
async def test_numbers_and_where_there_is_room_the_plot(store: Store, size: tuple[int, int]) -> None:
    app = FinkApp(session(store, *sites("Palomar")))
    async with app.run_test(size=size) as pilot:
        live = Driven(app, pilot)
        await live.begun()
        await live.says("Palomar: ")
        room = live.sky.content_size
        await live.until(lambda: len(live.shown.split("\n")) <= room.height)
        assert max(map(len, live.shown.split("\n"))) <= room.width
        assert all(words in live.shown for words in ("now ", "transit", "Moon ", "Sun sets"))
        assert ("UT " in live.shown) == (size == WIDE)
        await live.press("enter", *(["enter"] if size == WIDE else []))
        await live.until(lambda: "\nUT " in live.shown and len(live.shown.split("\n")) == live.sky.content_size.height)
        assert "│ now" in live.shown


async def test_s_looks_through_the_next_telescope(store: Store) -> None:
    app = FinkApp(session(store, *sites("Palomar", "Rubin")))
    async with app.run_test(size=SMALL, notifications=True) as pilot:
        live = Driven(app, pilot)
        await live.begun()
        await live.says("Palomar: ")
        await live.press("S")
        await live.says("Rubin: ")
        assert live.said == []
        await live.press("l", "S")
        assert live.said[-1] == "Palomar: altitude from 30 deg, Moon 20 deg away."
        await live.press("v")
        await live.says("Palomar: ")


async def test_one_site_and_none(store: Store) -> None:
    app = FinkApp(session(store, *sites("Palomar")))
    async with app.run_test(size=SMALL, notifications=True) as pilot:
        live = Driven(app, pilot)
        await live.begun()
        await live.press("S")
        assert live.said == ["Palomar is the only site: config.yml may list more as sites."]
    app = FinkApp(session(store))
    async with app.run_test(size=SMALL, notifications=True) as pilot:
        live = Driven(app, pilot)
        await live.begun()
        await live.says("site: {name: La Silla}")
        assert "No site is configured" in live.shown
        await live.press("S")
        assert live.said == ["No site is configured: v tells what to write in config.yml."]


async def test_the_minute_moves_now_and_computes_no_other_night(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    nights: list[object] = []
    compute = sky_widget.tonight

    def counted(*place: object) -> object:
        found = compute(*place)  # type: ignore[arg-type]
        nights.append(found)
        return found

    monkeypatch.setattr(sky_widget, "tonight", counted)
    app = FinkApp(session(store, *sites("Palomar")))
    async with app.run_test(size=WIDE) as pilot:
        live = Driven(app, pilot)
        await live.begun()
        await live.says("Palomar: ")
        before = live.sky._computed
        later = time.time() + 60
        monkeypatch.setattr(time, "time", lambda: later)
        live.screen.detail.tick()
        await live.until(lambda: live.sky._computed is not before)
        assert all(night is nights[0] for night in nights)
        assert before is not None
        assert live.sky._computed is not None
        assert 30 < live.sky._computed.at.unix - before.at.unix < 100


async def test_nothing_of_another_alert_is_shown(store: Store) -> None:
    app = FinkApp(session(store, *sites("Palomar")))
    async with app.run_test(size=SMALL) as pilot:
        live = Driven(app, pilot)
        await live.begun()
        await live.says("Palomar: ")
        old = live.sky._computed
        assert old is not None
        await live.press("k")
        await live.until(lambda: live.sky._computed not in (None, old))
        computed = live.sky._computed
        assert computed is not None
        assert live.screen.detail.alert is not None
        assert computed.subject.stored.id == live.screen.detail.alert.id != old.subject.stored.id
        live.sky.on_sky_tonight_computed(old)  # it comes late
        assert live.sky._computed is computed
        await live.press("l")
        assert live.sky._computed is None


async def test_ascii(store: Store) -> None:
    app = FinkApp(session(store, *sites("Palomar"), ascii_only=True))
    async with app.run_test(size=SMALL) as pilot:
        live = Driven(app, pilot)
        await live.begun()
        await live.press("enter")
        await live.says("\nUT ")
        assert live.shown.isascii()
        assert "deg" in live.shown
        copied = live.sky.text().split("\n")
        assert copied[0].startswith("Palomar: ")
        assert copied[-1].startswith("UT ")
        assert max(map(len, copied)) <= 78


async def test_what_does_not_fit_is_paged_through(store: Store) -> None:
    site = sites("Palomar")[0]._replace(limits=Limits(20, 30, -40, 80, 5))
    app = FinkApp(session(store, site))
    async with app.run_test(size=(50, 24)) as pilot:
        live = Driven(app, pilot)
        await live.begun()
        await live.says("Palomar: ")
        first = live.shown
        assert "limits:" not in first
        await live.press("full_stop")
        await live.press("full_stop")
        assert "hour angle to 5 h" in live.shown
        assert "Palomar: " not in live.shown
        await live.press("comma", "comma")
        assert live.shown == first


async def test_what_nobody_foresaw_is_said(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> object:
        raise RuntimeError("no sky")

    monkeypatch.setattr(sky_widget, "tonight", broken)
    app = FinkApp(session(store, *sites("Palomar")))
    async with app.run_test(size=SMALL) as pilot:
        live = Driven(app, pilot)
        await live.begun()
        await live.says("The sky cannot be computed: RuntimeError('no sky')")
