"""Fink's statistics: read, put into bars, drawn, and looked at on the screen."""

from __future__ import annotations

import itertools
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from fink_tui.app import commands
from fink_tui.app.app import FinkApp
from fink_tui.app.commands import EVERYWHERE, STATISTICS
from fink_tui.app.screens.statistics import StatisticsScreen
from fink_tui.app.session import Session
from fink_tui.app.statistics.bins import BEGIN, NEXT, Unit, bins
from fink_tui.app.statistics.nights import Night, Statistics, read, title, total, whole
from fink_tui.app.statistics.picture import Look, heading, layout, picture, short
from fink_tui.search.outcome import Table
from fink_tui.search.question import Question
from fink_tui.store.store import Store
from tests.app.live import SMALL, WIDE, Live

DAYS = st.dates(date(2019, 11, 1), date(2027, 12, 31))

ZTF = Table(
    ("basic:exposures", "basic:raw", "basic:sci", "class:QSO", "class:SN candidate", "key:key", "key:time"),
    [
        ("300", "1000", "600", "60", None, "ztf_20211105", "1"),
        ("500", "346644", "213455", "9000", "213", "ztf_20211103", "1"),
        ("200", "2000", "0", "0", "1", "ztf_20211201", "1"),
    ],
)
"""HBase gives numbers as text; which night it is stands in the key; a class that nothing is of has no value."""

LSST = Table(
    ("f:alerts", "f:alerts_g", "f:fink_broker_version", "f:is_sso", "f:objects", "f:visits", "f:night"),
    [(1000, 300, "5.0", 250, 800, 90, "20260701"), (10, 0, "5.0", None, 9, 1, 20260702)],
)


def nights(*days: date) -> tuple[Night, ...]:
    return tuple(Night(day, {"f:alerts": 10 + at}) for at, day in enumerate(sorted(set(days))))


def years(count: int) -> Statistics:
    random, first = Random(1), date(2020, 1, 1)
    made = [first + timedelta(day) for day in range(365 * count) if random.random() < 0.7]
    return Statistics(
        tuple(Night(day, {"basic:raw": random.randint(1, 10**6), "class:QSO": random.randint(0, 9)}) for day in made),
        ("basic:raw", "class:QSO"),
    )


# -- reading ----------------------------------------------------------------------------------------------------------


def test_ztf_s_answer_is_read() -> None:
    found = read(ZTF)
    assert [night.day for night in found.nights] == [date(2021, 11, 3), date(2021, 11, 5), date(2021, 12, 1)]
    assert found.nights[0].counts["basic:raw"] == 346644
    assert "class:SN candidate" not in found.nights[1].counts
    assert found.quantities == ("basic:raw", "basic:sci", "basic:exposures", "class:QSO", "class:SN candidate")
    assert total(found.nights, "class:SN candidate") == 214
    assert total(found.nights[1:2], "class:SN candidate") is None


def test_lsst_s_answer_is_read() -> None:
    found = read(LSST)
    assert [(night.day, night.counts["f:alerts"]) for night in found.nights] == [
        (date(2026, 7, 1), 1000),
        (date(2026, 7, 2), 10),
    ]
    assert found.quantities == ("f:alerts", "f:objects", "f:visits", "f:is_sso", "f:alerts_g")


def test_what_makes_no_sense_is_left_out() -> None:
    rows: list[tuple[object, ...]] = [
        ("x", "ztf_20211103"),
        ("-5", "ztf_20211104"),
        ("nan", "ztf_20211105"),
        (True, "ztf_20211106"),
        ("", "ztf_20211107"),
        ("7", "ztf_20211399"),
        ("7", None),
        ("8", "ztf_20211108"),
    ]
    found = read(Table(("class:a", "key:key"), rows))
    assert [night.day.day for night in found.nights] == [3, 4, 5, 6, 7, 8]
    assert total(found.nights, "class:a") == 8
    assert read(Table(("class:a",), [("1",)])) == Statistics((), ())
    assert read(Table((), [])) == Statistics((), ())


def test_of_what_a_count_is_a_part() -> None:
    assert whole("class:QSO") == "basic:sci"
    assert whole("basic:sci") == "basic:raw"
    assert whole("basic:n_g") == "basic:sci"
    assert whole("f:is_sso") == "f:alerts"
    assert whole("basic:raw") is whole("basic:exposures") is whole("f:visits") is whole("f:alerts") is None


def test_a_title_is_safe_to_show() -> None:
    assert title("class:\x1b[31mred") == "\N{REPLACEMENT CHARACTER}[31mred"
    assert title("class:SN candidate") == "SN candidate"
    assert title("class:(CTA) Blazar: low") == "(CTA) Blazar: low"


# -- bars -------------------------------------------------------------------------------------------------------------


@given(st.lists(DAYS, min_size=1, max_size=60), st.integers(1, 200))
def test_every_night_is_in_one_bar_and_bars_have_no_gap(days: list[date], most: int) -> None:
    made = nights(*days)
    found = bins(made, most)
    assert len(found) <= most or found[0].unit is Unit.YEAR
    assert [night for bar in found for night in bar.nights] == list(made)
    for bar in found:
        assert all(bar.first <= night.day < bar.after for night in bar.nights)
    assert all(bar.after == after.first for bar, after in itertools.pairwise(found))
    assert found[0].nights
    assert found[-1].nights


@given(DAYS, st.sampled_from(Unit))
def test_units_follow_upon_one_another(day: date, unit: Unit) -> None:
    begin = BEGIN[unit](day)
    after = NEXT[unit](begin)
    assert begin <= day < after
    assert BEGIN[unit](after) == after
    assert BEGIN[unit](after - timedelta(1)) == begin


def test_the_finest_unit_that_fits_is_taken() -> None:
    for last, unit in ((30, Unit.NIGHT), (364, Unit.WEEK), (1000, Unit.MONTH), (2500, Unit.QUARTER)):
        made = nights(date(2020, 1, 1), date(2020, 1, 1) + timedelta(last))
        assert bins(made, 60)[0].unit is unit
    assert bins((), 60) == []


def test_names_of_bars() -> None:
    made = nights(date(2026, 8, 5))
    names = {}
    for unit in Unit:
        first = BEGIN[unit](made[0].day)
        names[unit] = bins(made, 9)[0]._replace(first=first, unit=unit)
    assert [names[unit].name for unit in Unit] == [
        *("2026-08-05", "week of 2026-08-03", "2026-08", "2026-07 to 2026-09", "2026")
    ]
    assert [names[unit].mark for unit in Unit] == ["08-05", "08-03", "2026-08", "2026-07", "2026"]


# -- the picture ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ascii_only", [False, True])
@pytest.mark.parametrize("found", [read(ZTF), read(LSST), years(1), years(6), Statistics((), ())])
@pytest.mark.parametrize("size", [(80, 21), (160, 42), (40, 9), (20, 4), (1, 1)])
def test_a_picture_fits_its_room(size: tuple[int, int], found: Statistics, ascii_only: bool) -> None:
    width, height = size
    for look in (Look(), Look(1, 0, True), Look(99, 99)):
        drawn = picture(found, found.nights, look, width, height, ascii_only=ascii_only)
        lines = drawn.plain.split("\n")
        assert len(lines) <= height
        if found.nights:
            assert max(map(cell_len, lines)) <= width
        assert drawn.plain.isascii() or not ascii_only


def bars_of(drawn: str) -> list[str]:
    """The columns of a plot, from below."""
    rows = [line.split("│", 1)[1] for line in drawn.split("\n") if "│" in line]
    return ["".join(column).rstrip() for column in zip(*reversed(rows), strict=True)]


@pytest.mark.parametrize("is_log", [False, True])
def test_bars_are_as_high_as_their_numbers(is_log: bool) -> None:
    counts = [0, 1, 10, 100, 1000, 500, None]
    made = tuple(
        Night(date(2026, 3, 1 + at), {} if number is None else {"f:alerts": number}) for at, number in enumerate(counts)
    )
    drawn = picture(Statistics(made, ("f:alerts",)), made, Look(is_log=is_log), 80, 30).plain
    rows = layout(made, 80, 30).plot - 2
    columns = bars_of(drawn)[::6]  # one of each bar's
    heights = [8 * len(column) - (8 - " ▁▂▃▄▅▆▇█".index(column[-1]) if column else 0) for column in columns]
    assert heights[0] == heights[6] == 0
    assert heights[4] == 8 * rows, "the highest fills the plot"
    assert heights[1] > 0, "what is not nothing is seen"
    if is_log:
        # log10(n + 1) / log10(1001), by hand: 0.1003, 0.3471, 0.6681, 0.8998
        expected = [0.1003, 0.3471, 0.6681, 1, 0.8998]
        assert heights[1:6] == [round(part * rows * 8) for part in expected]
    else:
        assert heights[5] == 4 * rows
        assert heights[3] == round(0.1 * 8 * rows)


def test_the_table_says_numbers_and_parts() -> None:
    found = read(ZTF)
    drawn = picture(found, found.nights[:1], Look(), 80, 20).plain
    assert "alerts received           346,644" in drawn
    assert "alerts after quality cuts 213,455    62% " in drawn  # 213455 / 346644 = 0.6158
    assert "QSO                         9,000   4.2% " in drawn  # 9000 / 213455 = 0.0422
    assert "SN candidate                  213   0.1% " in drawn  # 0.000998
    both = picture(found, found.nights[:2], Look(), 80, 20).plain
    assert "2021-11-05" in both.split("\n")[0], "the last night is looked at first"
    assert re.search(r"SN candidate +- ", both), "not counted then"


def test_the_line_above_says_how_many_and_when() -> None:
    found = years(6)
    words = picture(found, found.nights, Look(0, 0), 80, 20).plain.split("\n")[0]
    bar = layout(found.nights, 80, 20).bars[0]
    assert bar.unit is Unit.MONTH
    number = sum(night.counts["basic:raw"] for night in found.nights if night.day < date(2020, 2, 1))
    assert words == f" alerts received   {number:,}  2020-01, {len(bar.nights)} nights with alerts"
    above = heading("ZTF", found, found.nights, 100, ascii_only=True)
    assert above.startswith("ZTF statistics . 2020-01-0")
    assert above.endswith(f"{len(found.nights):,} nights . a bar a month")
    assert heading("ZTF", found, found.nights, 20, ascii_only=False) == "ZTF statistics"


def test_short_numbers() -> None:
    assert [short(number) for number in (0, 950, 1000, 12345, 346644, 3_500_000, 2 * 10**9)] == [
        *("0", "950", "1k", "12.3k", "347k", "3.5M", "2G")
    ]


# -- on the screen ----------------------------------------------------------------------------------------------------


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "home") as made:
        yield made


class Counted(Live):
    """The program, with statistics over it."""

    def line(self, number: int) -> str:
        return str(self.app.screen.query_one("#counts").render()).split("\n")[number]

    @property
    def heading(self) -> str:
        return str(self.app.screen.query_one("#title").render())

    async def says(self, words: str) -> None:
        await self.until(lambda: words in self.line(0))


@asynccontextmanager
async def opened(
    store: Store,
    table: Table,
    size: tuple[int, int] = SMALL,
    *,
    other: Table | None = None,
    ascii_only: bool = False,
) -> AsyncIterator[Counted]:
    session = Session(store=store, save_dir=Path("unused"), ascii_only=ascii_only)
    app = FinkApp(session)
    async with app.run_test(size=size, notifications=True) as pilot:
        live = Counted(app, pilot)
        await live.until(lambda: live.alerts.size.height > 0)
        answers = [(Question.of("ztf", "statistics", date="2021"), table)]
        if other is not None:
            answers.append((Question.of("lsst", "statistics", date="2026"), other))
        app.push_screen(StatisticsScreen(session, answers))
        await live.until(lambda: isinstance(app.screen, StatisticsScreen) and bool(app.screen.query("#counts")))
        await live.until(lambda: "statistics" in live.heading)
        yield live


@pytest.mark.parametrize("size", [SMALL, WIDE])
async def test_nights_and_quantities_are_gone_through(store: Store, size: tuple[int, int]) -> None:
    async with opened(store, ZTF, size) as live:
        await live.says("2,000  2021-12-01")
        await live.press(",")
        await live.says("1,000  2021-11-05")
        await live.press("left")
        await live.says("346,644  2021-11-03")
        await live.press("left", "j")
        await live.says("alerts after quality cuts   213,455  2021-11-03")
        await live.press("G")
        await live.says("SN candidate   213")
        await live.press("right")
        await live.says("SN candidate   no count  2021-11-05")
        await live.press("g", "m")
        await live.says("logarithmic")
        await live.press("enter")
        await live.until(lambda: any("This is a night" in note.message for note in live.app._notifications))
        await live.press("escape")
        await live.until(lambda: not isinstance(live.app.screen, StatisticsScreen))


async def test_years_are_looked_at_closer_and_wider(store: Store) -> None:
    first = date(2020, 1, 1)
    rows: list[tuple[object, ...]] = [(str(at), f"ztf_{first + timedelta(at):%Y%m%d}") for at in range(2000)]
    async with opened(store, Table(("basic:raw", "key:key"), rows), ascii_only=True) as live:
        await live.until(lambda: "a bar a month" in live.heading)
        await live.press(",", "+")
        await live.until(lambda: "a bar a night" in live.heading)
        await live.press(".", ".")
        await live.says("2025-05-03")
        number = (date(2025, 5, 3) - first).days
        assert f"{number:,}" in live.line(0)
        await live.press("escape")
        await live.until(lambda: "a bar a month" in live.heading)
        await live.says("2025-05, 31 nights")
        await live.press("-")
        await live.until(lambda: any("all nights" in note.message for note in live.app._notifications))
        await live.press("escape")
        await live.until(lambda: not isinstance(live.app.screen, StatisticsScreen))


async def test_the_other_survey_is_a_key_away(store: Store) -> None:
    async with opened(store, ZTF, other=LSST) as live:
        await live.says("2,000  2021-12-01")
        await live.press("tab")
        await live.says("10  2026-07-02")
        assert live.heading.startswith("LSST")
        await live.press("tab")
        await live.says("2,000  2021-12-01")


async def test_an_answer_without_nights_says_so(store: Store) -> None:
    async with opened(store, Table((), [])) as live:
        await live.says("There are no counts")
        await live.press("j", "G", ".", "+", "-", "m", "escape")
        await live.until(lambda: not isinstance(live.app.screen, StatisticsScreen))


def test_keys() -> None:
    keys = [key for command in (*STATISTICS, *EVERYWHERE) for key in command.keys.split(",")]
    assert len(keys) == len(set(keys))
    assert cell_len(commands.footer(STATISTICS).plain) <= 80
    for command in STATISTICS:
        assert callable(getattr(StatisticsScreen, "action_" + command.action.partition("(")[0]))
