"""Sheets and their plots as text: whatever the room, every line fits, and every line is on some page."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from fink_tui.app import raster, sheets
from fink_tui.science.choose import SCIENCES, choose
from fink_tui.science.sheet import Dot, Line, Plot, Sheet
from fink_tui.stream.demo import DemoAlert
from tests.science.making import evidence_of

NAMES = {"one": "SN", "two": "variable", "three": "GRB/GW"}
LINES = tuple(Line(f"label {n}", f"value {n}", f"note {n} " + "word " * n) for n in range(12))
PLOT = Plot("flux, µJy", "days", tuple(Dot(x, math.sin(x), 0.1, "gr"[x % 2]) for x in range(20)), levels=(0.0,))
SIZES = [(80, 6), (78, 17), (64, 18), (158, 40), (40, 8), (20, 3), (5, 1)]


@pytest.mark.parametrize("ascii_only", [False, True])
@pytest.mark.parametrize("plot", [None, PLOT])
@pytest.mark.parametrize("size", SIZES)
def test_every_line_fits_and_is_on_a_page(size: tuple[int, int], plot: Plot | None, ascii_only: bool) -> None:
    sheet = Sheet(LINES, plot)
    first = sheets.page(NAMES, "two", sheet, 0, size, ascii_only=ascii_only)
    seen = ""
    for number in range(first.pages):
        page = sheets.page(NAMES, "two", sheet, number, size, ascii_only=ascii_only)
        assert page.number == number
        lines = page.text.plain.split("\n")
        assert len(lines) <= max(2, size[1])
        assert max(map(cell_len, lines)) <= size[0]
        assert page.text.plain.isascii() or not ascii_only
        seen += page.text.plain
    if size[0] > 30:
        assert all(line.value in seen for line in LINES)
    assert sheets.page(NAMES, "two", sheet, 99, size).number == first.pages - 1


def test_what_the_sheets_say_of_the_demos_alerts_fits_and_has_an_ascii_form(demo_alerts: list[DemoAlert]) -> None:
    titles = {key: science.title for key, science in SCIENCES.items()}
    for alert in demo_alerts[::3]:
        whole = evidence_of(alert)
        _, why = choose(whole)
        for key, science in SCIENCES.items():
            sheet = science.sheet(whole)
            for size in ((80, 6), (78, 17), (64, 18)):
                text = sheets.page(titles, key, sheet, 0, size, why=why, ascii_only=True).text.plain
                assert text.isascii(), text
                assert "?" not in text, "a sign without an ASCII form"
                assert max(map(len, text.split("\n"))) <= size[0]
                assert text.count("\n") < size[1]


def test_the_first_lines_are_seen_where_it_is_short() -> None:
    text = sheets.page(NAMES, "two", Sheet(LINES, PLOT), 0, (80, 6), why="for a reason").text.plain.split("\n")
    assert text[0].split() == ["SN", "variable", "GRB/GW", "for", "a", "reason", "1/3", "<", ">"]
    assert [line.split("  ")[0] for line in text[1:]] == [f"label {n}" for n in range(5)]


def test_the_plot_is_there_where_there_is_room() -> None:
    def has_plot(size: tuple[int, int]) -> bool:
        return "flux, µJy" in sheets.page(NAMES, "one", Sheet(LINES, PLOT), 0, size).text.plain

    assert not has_plot((80, 6))
    assert has_plot((78, 17))
    assert has_plot((64, 18))
    assert has_plot((158, 40))


def test_text_to_be_copied_is_all_of_it() -> None:
    text = sheets.plain(NAMES, "two", Sheet(LINES, PLOT))
    assert text.startswith("variable\n")
    assert all(line.value in text and line.note in text for line in LINES)


# -- plots ------------------------------------------------------------------------------------------------------------


def rows_of(plot: Plot, width: int = 60, height: int = 13, *, ascii_only: bool = True) -> list[str]:
    return raster.draw(plot, width, height, ascii_only=ascii_only).plain.split("\n")


def places(rows: list[str], sign: str) -> list[tuple[int, int]]:
    return [(y, x) for y, row in enumerate(rows[1:-2]) for x, one in enumerate(row) if one == sign]


def test_up_is_up_and_later_is_right() -> None:
    plot = Plot("t", "x", (Dot(0, 0.0, sign="g"), Dot(1, 10.0, sign="r")))
    ((low, left),) = places(rows_of(plot), "g")
    ((high, right),) = places(rows_of(plot), "r")
    assert high < low
    assert left < right


def test_magnitudes_have_the_small_at_the_top() -> None:
    plot = Plot("t", "x", (Dot(0, 16.0, sign="g"), Dot(1, 18.0, sign="r")), is_down=True)
    assert places(rows_of(plot), "g")[0][0] < places(rows_of(plot), "r")[0][0]


def test_a_point_is_beside_its_value_on_the_axis() -> None:
    plot = Plot("t", "x", tuple(Dot(n, float(n), sign="g") for n in range(5)))
    rows = rows_of(plot, height=24)
    for y, _ in places(rows, "g"):
        label = rows[y + 1].split("+")[0].strip()
        if label:
            assert float(label) == pytest.approx(4 - places(rows, "g").index((y, _)), abs=0.15)


def test_one_sigma_is_drawn_as_one_sigma() -> None:
    plot = Plot("t", "x", (Dot(0, 0.0, sign="g"), Dot(1, 10.0, sign="g"), Dot(2, 5.0, 2.5, "r")))
    rows = rows_of(plot, height=24)
    ((y, x),) = places(rows, "r")
    bar = [at for at in range(21) if rows[at + 1][x] == "|"]
    per_row = 11 / 20  # ten units and a twentieth at both ends, over the rows between the first and the last
    assert (max(bar) - min(bar)) * per_row == pytest.approx(5.0, abs=per_row)
    assert min(bar) < y < max(bar)


def test_nothing_where_there_is_no_room_or_no_point() -> None:
    assert raster.draw(PLOT, 10, 20).plain == ""
    assert raster.draw(PLOT, 60, 4).plain == ""
    assert raster.draw(Plot("t", "x", (Dot(math.nan, 1.0),)), 60, 20).plain == ""


@settings(max_examples=60)
@given(
    dots=st.lists(
        st.builds(
            Dot,
            x=st.floats(-1e6, 1e6) | st.just(math.nan),
            y=st.floats(-1e12, 1e12) | st.sampled_from([math.inf, 1e300, 0.0]),
            err=st.none() | st.floats(0, 1e12) | st.just(math.nan),
            sign=st.sampled_from("ugrizy"),
        ),
        max_size=20,
    ),
    size=st.tuples(st.integers(24, 100), st.integers(5, 30)),
    is_down=st.booleans(),
    levels=st.sampled_from([(), (0.0,), (-0.3, 0.3)]),
)
def test_whatever_is_drawn_fits(
    dots: list[Dot], size: tuple[int, int], is_down: bool, levels: tuple[float, ...]
) -> None:
    text = raster.draw(Plot("title", "days", tuple(dots), is_down, levels), *size, ascii_only=True).plain
    lines = text.split("\n") if text else []
    assert len(lines) in (0, size[1])
    assert all(len(line) <= size[0] for line in lines[1:])
    assert text.isascii()
