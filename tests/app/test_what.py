"""The view of what an alert is: all of it where there is room, the most telling first where there is not."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import pytest
from rich.cells import cell_len
from textual.app import App, ComposeResult

from fink_tui.alerts import decode
from fink_tui.alerts.row import AlertRow
from fink_tui.alerts.schema import SchemaBook
from fink_tui.app.loading import Whole
from fink_tui.app.what_words import NOT_LOOKED, NOTHING_THERE, Line, tell
from fink_tui.app.widgets.view import Subject
from fink_tui.app.widgets.what import COLUMN, What
from fink_tui.store.packets import Place
from fink_tui.store.pages import StoredAlert
from fink_tui.stream.demo import DemoAlert
from tests.alerts.hostile import HOSTILE, hostile
from tests.alerts.making import of

BOOK = SchemaBook()

ROW = AlertRow._make([None] * len(AlertRow._fields))._replace(
    survey="ztf",
    alert_id="1",
    object_id="ZTF26aabcdef",
    label="Unknown",
    label_reason="none of Fink's rules applies",
    ra=1.0,
    dec=2.0,
    obs_mjd=61364.0,
    first_mjd=61360.0,
    mag=18.0,
    n_detections=3,
    snn_snia_vs_nonia=0.43,
    sn_score=0.1,
)


def subject(row: AlertRow, record: dict[str, Any] | None = None, problem: str = "") -> Subject:
    stored = StoredAlert(1, row, "topic", 20261119, 0.0, 45.0, "", "", Place("a", 0, 0))
    return Subject(stored, Whole(1, [], [], False, problem, MappingProxyType(record or {})))


def of_demo(alert: DemoAlert) -> Subject:
    schema = BOOK.schema(alert.key)
    record = {name: value for name, value in decode.record(schema, alert.value).items() if not isinstance(value, list)}
    return subject(decode.whole_row(schema, alert.value), record)


class Shown(App[None]):
    """The view alone."""

    def __init__(self, *, ascii_only: bool = False) -> None:
        super().__init__()
        self.what = What(ascii_only=ascii_only)

    def compose(self) -> ComposeResult:
        yield self.what

    @property
    def lines(self) -> list[str]:
        return str(self.what.content).splitlines()


RICH = ROW._replace(
    tns_name="SN 2026abc", tns_type="SN Ia", tns_redshift=0.03, simbad_type="Galaxy", sgscore1=0.02, distpsnr1=3.0,
    distnr=3.0, magnr=18.0, is_positive=True,
)  # fmt: skip


async def test_the_most_telling_first_where_there_are_six_lines() -> None:
    app = Shown()
    async with app.run_test(size=(80, 6)) as pilot:
        app.what.show_alert(subject(RICH))
        await pilot.pause()
        assert app.lines[0].startswith("M -17.59, no extinction, no K: 131 Mpc (m-M 35.59), TNS z 0.03")
        assert app.lines[1:4] == [
            'TNS < 1.5": SN 2026abc SN Ia, z 0.03',
            'SIMBAD < 1": Galaxy',
            'PS1 3.0": galaxy-like 0.02',
        ]
        assert app.lines[5] == "page 1 of 3: . next, , previous"


async def test_every_line_is_on_one_page() -> None:
    app = Shown()
    async with app.run_test(size=(80, 6)) as pilot:
        app.what.show_alert(subject(RICH))
        await pilot.pause()
        read, previous = [], None
        while app.lines != previous:
            previous = app.lines
            read += [line for line in previous if not line.startswith("page ")]
            app.what.do_step(1)
        app.what.do_step(-9)
        assert app.lines[-1].startswith("page 1 of")
    app = Shown()
    async with app.run_test(size=(80, 60)) as pilot:
        app.what.show_alert(subject(RICH))
        await pilot.pause()
        assert app.lines == read
        assert any(line.startswith("supernova     no  snn Ia 0.43 < 0.5 and snn SN 0.10 < 0.5") for line in read)


async def test_two_columns_where_there_is_room() -> None:
    app = Shown()
    async with app.run_test(size=(160, 40)) as pilot:
        app.what.show_alert(subject(RICH))
        await pilot.pause()
        assert "TNS z 0.03" in app.lines[0]
        assert "no  " in app.lines[0][80:]
        assert max(map(cell_len, app.lines)) <= 160
        await pilot.resize_terminal(2 * COLUMN, 40)
        await pilot.pause()
        assert "no  " not in app.lines[0]


@pytest.mark.parametrize("size", [(80, 6), (80, 17), (64, 18), (160, 40), (20, 2), (3, 1)])
@pytest.mark.parametrize("survey", ["ztf", "lsst"])
async def test_it_fits_and_is_ascii(demo_alerts: list[DemoAlert], survey: str, size: tuple[int, int]) -> None:
    app = Shown(ascii_only=True)
    async with app.run_test(size=size) as pilot:
        for alert in [alert for alert in demo_alerts if alert.survey == survey][:6]:
            app.what.show_alert(of_demo(alert))
            await pilot.pause()
            assert app.lines
            assert len(app.lines) <= size[1]
            assert all(line.isascii() and len(line) <= size[0] for line in app.lines)
            assert app.what.text().isascii()


async def test_of_another_alert_nothing_stays() -> None:
    app = Shown()
    async with app.run_test(size=(80, 6)) as pilot:
        app.what.show_alert(subject(RICH))
        await pilot.pause()
        app.what.do_step(1)
        app.what.clear()
        assert app.lines == []
        assert app.what.text() == ""
        app.what.show_alert(subject(ROW))
        assert app.lines[0] == "No catalogue has anything at this place."


async def test_without_its_packet_it_says_what_the_list_knows() -> None:
    app = Shown()
    async with app.run_test(size=(80, 30)) as pilot:
        app.what.show_alert(subject(RICH, problem="The packet was removed after 14 nights."))
        await pilot.pause()
        assert 'SIMBAD < 1": Galaxy' in app.lines
        assert "By what the list knows: The packet was removed after 14 nights." in app.lines


@pytest.mark.parametrize("changes", [{"survey": "mma"}, {"survey": "ztf"}, {"survey": "lsst"}])
async def test_a_survey_may_know_nothing(changes: dict[str, Any]) -> None:
    row = AlertRow._make([None] * len(AlertRow._fields))._replace(label="x", label_reason="y", **changes)
    app = Shown()
    async with app.run_test(size=(80, 17)) as pilot:
        app.what.show_alert(subject(row))
        await pilot.pause()
        assert app.lines[0] == "No catalogue has anything at this place."


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ({"objectId": "ZTF19abvxqry", "fink_class": "Unknown"}, NOT_LOOKED),
        ({"objectId": "ZTF19abvxqry", "cdsxmatch": "Unknown"}, NOTHING_THERE),
        ({"diaSource": {}, "xm": {"simbad_otype": None}}, NOTHING_THERE),
        ({}, NOTHING_THERE),
    ],
)
def test_nothing_found_is_not_the_same_as_not_looked_for(record: dict[str, Any], said: str) -> None:
    """The first is as Fink_MM's older alerts of GRBs are: they carry no field of a catalogue."""
    assert tell(subject(ROW, record)).place[0].parts == (said,)


def test_all_of_it_is_copied_with_the_class_first(demo_alerts: list[DemoAlert]) -> None:
    what = What()
    what.show_alert(of_demo(of("ztf", demo_alerts)))
    lines = what.text().splitlines()
    row = of_demo(of("ztf", demo_alerts)).stored.row
    assert lines[0] == f"{row.label}: {row.label_reason}"
    assert any(line.startswith("PS1 ") for line in lines)
    assert any("drb" in line for line in lines)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_texts(demo_alerts: list[DemoAlert], name: str) -> None:
    """`spaces` leaves an alert without a name: it has no row, and is never shown."""
    if name == "spaces":
        return
    for survey in ("ztf", "lsst"):
        what = What()
        what.show_alert(of_demo(hostile(of(survey, demo_alerts), HOSTILE[name])))
        assert all(character.isprintable() for line in what.text().splitlines() for character in line)


def test_parts_of_a_line_stay_whole() -> None:
    line = Line(("supernova no", "drb 0.10 < 0.5", "age 91.00 d > 90 d"), ", ")
    assert line.wrapped(80) == ["supernova no, drb 0.10 < 0.5, age 91.00 d > 90 d"]
    assert line.wrapped(30) == ["supernova no, drb 0.10 < 0.5,", "    age 91.00 d > 90 d"]
    assert all(cell_len(one) <= 30 for one in line.wrapped(30))
    assert line.wrapped(14) == ["supernova no,", "    drb 0.10 <", "    0.5,", "    age 91.00", "    d > 90 d"]
    assert Line(("one word-that-is-longer",)).wrapped(9) == ["one", "    word-that-is-longer"]


def test_what_is_beside_comes_last() -> None:
    told = tell(subject(RICH))
    assert [line.parts[0].split()[0] for line in told.beside] == ["ZTF"]


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """How often an alert was taken apart."""
    from fink_tui.app.widgets import what

    calls: list[int] = []
    real = what.tell
    monkeypatch.setattr(what, "tell", lambda subject: calls.append(1) or real(subject))
    return lambda: len(calls)


async def test_turning_pages_takes_nothing_apart_again(counted: Callable[[], int]) -> None:
    app = Shown()
    async with app.run_test(size=(80, 6)) as pilot:
        app.what.show_alert(subject(RICH))
        app.what.do_step(1)
        await pilot.resize_terminal(120, 10)
        await pilot.pause()
        assert counted() == 1
