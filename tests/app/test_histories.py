"""H: the whole history of an object comes into the light curve that is looked at, and stays."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from textual.widgets import Static

from fink_tui.alerts.decode import whole_row
from fink_tui.alerts.row import AlertRow, Point, PointKind
from fink_tui.alerts.schema import SchemaBook
from fink_tui.app.app import FinkApp
from fink_tui.app.histories import sentence, short
from fink_tui.app.loading import Added, Whole, merged
from fink_tui.app.screens.live import LiveScreen
from fink_tui.app.session import Session
from fink_tui.app.widgets.lightcurve import LightCurve
from fink_tui.config import Search
from fink_tui.search.history import History, Subject
from fink_tui.search.http.client import Client
from fink_tui.search.searching import Searching
from fink_tui.sky.night import mjd_to_unix
from fink_tui.store.objects import newest
from fink_tui.store.store import Store
from fink_tui.stream.demo import DemoAlert
from tests.alerts.making import of, packed
from tests.app.live import SMALL, WIDE, Live, receive
from tests.fink_api import Fault, FinkApi, sky
from tests.fink_api.sky import NIGHT, Alert


def arrive(store: Store, alerts: Sequence[Alert], pattern: DemoAlert) -> None:
    """Put alerts of the stand-in's sky into a store, as the stream does."""
    schema = SchemaBook().schema(pattern.key)
    packets = [packed(schema.parsed, dict(alert.record)) for alert in alerts]
    receive(store, [pattern._replace(key=packet.key, value=packet.value) for packet in packets])


def lives(alerts: Sequence[Alert], least: int) -> list[list[Alert]]:
    """The alerts of each object that has so many, oldest first; those of the Solar System left out."""
    found: dict[str, list[Alert]] = {}
    for alert in alerts:
        if alert.record and "Solar" not in alert.label:
            found.setdefault(alert.object_id, []).append(alert)
    return [life for life in found.values() if len(life) >= least]


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> float:
    """The time of day stands still, on the morning after the stand-in's last night."""
    time_of_day = mjd_to_unix(NIGHT + 0.7)
    monkeypatch.setattr("time.time", lambda: time_of_day)
    return time_of_day


@contextlib.asynccontextmanager
async def opened(
    store: Store, api: FinkApi, folder: Path, size: tuple[int, int] = WIDE, *, minutes: float = 10.0
) -> AsyncIterator[Live]:
    """The program on a store, with the stand-in to ask."""
    settings = Search(ztf=api.ztf_url, lsst=api.lsst_url, fresh_minutes=minutes)

    def search() -> Searching:
        return Searching(
            store, Client(settings, pauses=(0.0, 0.0, 0.0)), store.answers(), clock=lambda: time.time()
        )  # as it is set then

    app = FinkApp(Session(store=store, save_dir=folder, search=search, all_nights=True))
    async with app.run_test(size=size, notifications=True) as pilot:
        live = Live(app, pilot)
        await live.until(lambda: isinstance(app.screen, LiveScreen) and live.alerts.size.height > 0)
        await live.settled()
        yield live


def whole(live: Live) -> Whole:
    found = live.screen.detail._whole
    assert found is not None
    return found


def added(live: Live) -> Added:
    """Where the points of the current alert's curve are from; nowhere until it is there."""
    found = live.screen.detail._whole
    return found.added if found is not None else Added()


def tabs(live: Live) -> str:
    return str(live.screen.query_one("#tabs", Static).content)


async def asked(live: Live) -> None:
    """Press H, and wait for what comes of it."""
    await live.press("H")
    await live.until(lambda: not live.app.histories.is_asking)
    await live.settled()


@pytest.mark.parametrize("size", [SMALL, WIDE])
async def test_the_whole_history_comes_into_the_curve(
    store: Store, fink_api: FinkApi, demo_alerts: list[DemoAlert], tmp_path: Path, size: tuple[int, int], now: float
) -> None:
    life = lives(sky.ztf(), 6)[0]
    arrive(store, life[2:3], of("ztf", demo_alerts))
    async with opened(store, fink_api, tmp_path, size) as live:
        assert ("H whole history" in tabs(live)) is (size == SMALL)
        before = whole(live).points
        fink_api.faults.add(Fault("objects", stall="start"))
        await live.press("H")
        await live.until(lambda: "asking, " in tabs(live))
        fink_api.faults.release()
        await live.until(lambda: len(whole(live).points) > len(before))
        (request,) = fink_api.asked("objects")
        assert request.arguments["objectId"] == life[0].object_id
        points = whole(live).points
        # each alert of the object is a detection in the curve, once; the packet's own points are as they were
        numbers = [point.source_id for point in points if point.kind is PointKind.DETECTION]
        assert {alert.alert_id for alert in life} <= set(numbers)
        assert set(before) <= set(points)
        exposures = [(point.band, round(point.mjd, 4)) for point in points]
        assert len(exposures) == len(set(exposures))
        await live.until(lambda: f"H +{len(points) - len(before)}, just now" in tabs(live))
        assert any(f"{life[0].object_id}: " in said and "whole history" in said for said in live.said)
        await live.until(lambda: live.screen.query_one(LightCurve).has_picture)


async def test_it_is_there_when_the_cursor_is_back_and_asked_again_only_later(
    store: Store, fink_api: FinkApi, demo_alerts: list[DemoAlert], tmp_path: Path, now: float
) -> None:
    one, other = lives(sky.ztf(), 6)[:2]
    arrive(store, [one[2], other[2]], of("ztf", demo_alerts))
    async with opened(store, fink_api, tmp_path) as live:
        await live.press("g")
        await live.settled()
        await live.press("H")
        await live.press("j")  # the answer comes while another alert is looked at
        await live.until(lambda: not live.app.histories.is_asking)
        await live.settled()
        assert added(live).fetched_at is None
        await live.press("k")
        await live.until(lambda: added(live).fetched_at == now)
        await asked(live)
        assert len(fink_api.asked("objects")) == 1
        assert any("H asks again" in said for said in live.said)
    # a later session, with the link down, has it, and says how old it is
    fink_api.stop()
    async with opened(store, fink_api, tmp_path) as live:
        await live.press("g")
        await live.until(lambda: added(live).fetched_at == now)
        assert "H +" in tabs(live)


async def test_without_a_link_the_old_answer_serves_or_the_reason_is_said(
    store: Store, fink_api: FinkApi, demo_alerts: list[DemoAlert], tmp_path: Path, now: float
) -> None:
    one, other = lives(sky.ztf(), 6)[:2]
    arrive(store, [one[2], other[2]], of("ztf", demo_alerts))
    async with opened(store, fink_api, tmp_path, minutes=0.0) as live:
        await live.press("g")
        await asked(live)
        fink_api.stop("ztf")
        await asked(live)
        assert "This is its answer of 0 s ago." in live.said[-1]
        assert added(live).fetched_at == now
        await live.press("j")
        await asked(live)
        assert live.said[-1].startswith(f"There is no whole history of {other[0].object_id}: ")
        assert added(live).fetched_at is None
        assert "H " not in tabs(live)


async def test_esc_gives_it_up(
    store: Store, fink_api: FinkApi, demo_alerts: list[DemoAlert], tmp_path: Path, now: float
) -> None:
    arrive(store, lives(sky.ztf(), 6)[0][2:3], of("ztf", demo_alerts))
    async with opened(store, fink_api, tmp_path) as live:
        fink_api.faults.add(Fault("objects", stall="middle"))
        await live.press("H")
        await live.until(lambda: "asking, " in tabs(live))
        await live.press("H")
        assert live.said[-1] == "Fink is being asked already; Esc gives it up."
        await live.press("escape")
        await live.until(lambda: not live.app.histories.is_asking)
        assert "H " not in tabs(live)
        assert not list((store.folder / "answers").glob("*"))
        assert len(live.said) == 1


async def test_leaving_the_program_does_not_wait_for_fink(
    store: Store, fink_api: FinkApi, demo_alerts: list[DemoAlert], tmp_path: Path, now: float
) -> None:
    arrive(store, lives(sky.ztf(), 6)[0][2:3], of("ztf", demo_alerts))
    async with opened(store, fink_api, tmp_path) as live:
        fink_api.faults.add(Fault("objects", stall="start"))
        await live.press("H")
        await live.until(lambda: bool(fink_api.asked("objects")))
        (running,) = live.app.histories._asking.values()
    assert running.given_up.is_set()


async def test_what_is_not_in_the_database_yet_is_said(
    store: Store, fink_api: FinkApi, demo_alerts: list[DemoAlert], tmp_path: Path, now: float
) -> None:
    last = max(lives(sky.ztf(), 6), key=lambda life: life[-1].mjd)[-1]
    candidate = last.record["candidate"] | {"jd": last.record["candidate"]["jd"] + 0.01}
    arrive(store, [replace(last, record={**last.record, "candidate": candidate})], of("ztf", demo_alerts))
    async with opened(store, fink_api, tmp_path) as live:
        await asked(live)
        assert "This alert is not in it yet: ZTF's database is filled the morning after." in live.said[-1]


async def test_lsst_with_forced_photometry(
    store: Store, fink_api: FinkApi, demo_alerts: list[DemoAlert], tmp_path: Path, now: float
) -> None:
    life = lives([alert for alert in sky.lsst() if alert.object_id.isdecimal()], 6)[0]
    arrive(store, life[1:2], of("lsst", demo_alerts))
    async with opened(store, fink_api, tmp_path) as live:
        await asked(live)
        assert len(fink_api.asked("sources")) == len(fink_api.asked("fp")) == 1
        points = whole(live).points
        numbers = {point.source_id for point in points if point.kind is PointKind.DETECTION}
        assert {alert.alert_id for alert in life} <= numbers
        series = [(point.kind is PointKind.FORCED, point.band, round(point.mjd, 4)) for point in points]
        assert len(series) == len(set(series))
        # its alerts are in the store, too
        last = newest(store.database, life[0].object_id)
        assert last is not None
        assert last.row.alert_id == life[-1].alert_id


async def test_the_point_under_the_cursor_stays_when_others_come_before_it(
    store: Store, fink_api: FinkApi, demo_alerts: list[DemoAlert], tmp_path: Path, now: float
) -> None:
    life = max(lives(sky.ztf(), 6), key=lambda life: life[-1].mjd - life[0].mjd)
    arrive(store, life[-1:], of("ztf", demo_alerts))
    async with opened(store, fink_api, tmp_path) as live:
        curve = live.screen.query_one(LightCurve)
        await live.press("comma")
        assert curve.settings.cursor is not None
        seen = curve._points[curve.settings.cursor]
        await live.press("i")
        await asked(live)
        await live.press("l")
        assert curve.settings.cursor is not None
        assert curve._points[curve.settings.cursor][:3] == seen[:3]


async def test_where_nothing_can_be_asked_it_is_said(
    store: Store, demo_alerts: list[DemoAlert], tmp_path: Path, now: float
) -> None:
    receive(store, [of("ztf", demo_alerts)])
    session = Session(store=store, save_dir=tmp_path, all_nights=True, unsearchable="Nobody is asked in a test.")
    app = FinkApp(session)
    async with app.run_test(size=SMALL, notifications=True) as pilot:
        live = Live(app, pilot)
        await live.until(lambda: isinstance(app.screen, LiveScreen) and live.alerts.size.height > 0)
        await live.settled()
        assert "history" not in tabs(live)
        await live.press("H")
        assert live.said == ["Nobody is asked in a test."]


# -- without a screen -------------------------------------------------------------------------------------------------


def point(mjd: float, kind: PointKind = PointKind.DETECTION, **more: object) -> Point:
    return Point(mjd, "r", kind, 18.0, 0.1, None, None)._replace(**more)  # type: ignore[arg-type]


def a_row(alerts: list[DemoAlert], **columns: object) -> AlertRow:
    found = of("ztf", alerts)
    return whole_row(SchemaBook().schema(found.key), found.value)._replace(**columns)  # type: ignore[arg-type]


def history(*points: Point, note: str = "") -> History:
    return History(subject=Subject("ztf", "ZTF26a"), points=points, fetched_at=5.0, note=note)


def test_points_are_counted_by_where_they_are_from(demo_alerts: list[DemoAlert]) -> None:
    own = (point(1000.0), point(1001.0, is_current=True))
    alone = Whole(1, list(own), [], False, own=own)
    row = a_row(demo_alerts)
    found = merged(alone, row, [point(1002.0), point(1003.0)], history(point(1000.0), point(999.0), point(1002.0)))
    assert [one.mjd for one in found.points] == [999.0, 1000.0, 1001.0, 1002.0, 1003.0]
    assert found.added == Added(here=1, history=2, fetched_at=5.0)
    assert merged(found, row, [point(1003.0)], None).added == Added(here=1)
    assert merged(found, row, [], None) == alone
    assert found.own == own


def test_an_alert_whose_packet_is_gone_is_in_the_curve(demo_alerts: list[DemoAlert]) -> None:
    row = a_row(demo_alerts)
    found = merged(Whole(1, [], [], False, problem="It is gone."), row, [], history(point(1000.0)))
    (own,) = (one for one in found.points if one.is_current)
    assert (own.mjd, own.source_id) == (row.obs_mjd, row.alert_id)


def test_where_points_are_from_in_few_words() -> None:
    assert short(Added(), 100.0) == ""
    assert short(Added(here=3), 100.0) == "+3 here"
    assert short(Added(history=1212, fetched_at=90.0), 100.0) == "H +1,212, just now"
    assert short(Added(here=3, history=0, fetched_at=0.0), 600.0) == "H +0, 10 min ago, +3 here"


def test_what_came_is_a_sentence(demo_alerts: list[DemoAlert]) -> None:
    at = mjd_to_unix(61000.0)
    row = a_row(demo_alerts, obs_mjd=60999.0)
    assert sentence(history(point(60999.0)), row, at) == (
        "ZTF26a: 1 point of its whole history, the last detection 1.0 d ago."
    )
    assert sentence(history(), None, at) == "Fink's database has nothing of ZTF26a yet."
    assert sentence(history(point(60990.0), note="No link."), row, at).endswith(
        "This alert is not in it yet: ZTF's database is filled the morning after. No link."
    )
    late = mjd_to_unix(61005.0)
    assert sentence(history(point(60990.0)), row, late).endswith("This alert is not in it."), "nor will it be"
    limits = history(point(60990.0, PointKind.LIMIT))
    assert sentence(limits, None, at) == "ZTF26a: 1 point of its whole history, no detection among them."
