"""What is said of a search: how far it is, how fresh, and what is missing."""

from __future__ import annotations

from array import array
from typing import Any

import pytest
from rich.cells import cell_len

from fink_tui.app.search_words import nothing, order, said, troubles
from fink_tui.search.outcome import Outcome, Part, State, Table
from fink_tui.search.question import Question
from fink_tui.search.tonight import WITHOUT_TONIGHT, may_be_of_tonight

NOW = 1_795_000_000.0
"""2026-11-18 11:06:40 UTC."""

TABLE = Table(("a",), [(1,)])


def part(survey: str = "lsst", path: str = "conesearch", given: dict[str, str] | None = None, **more: Any) -> Part:
    return Part(question=Question.of(survey, path, **(given or {})), **more)


def answered(survey: str = "lsst", rows: int = 31, age: float = 0.0, **more: Any) -> Part:
    return part(survey, state=State.ANSWERED, rows=rows, fetched_at=NOW - age, **more)


def lines(*parts: Part, local: int = 0, width: int = 160, most: int = 5, **more: Any) -> list[str]:
    outcome = Outcome(ids=array("q", range(local)), local=local, parts=parts, **more)
    return said(outcome, NOW - 14, NOW, width, most=most).plain.split("\n")


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ((), "looking through what is kept here …"),
        ((part("ztf"), answered()), "ZTF: asking, 14 s … · LSST: 31 found, asked just now · here: 0 · Esc stops"),
        ((part("ztf", received=1_234_567),), "ZTF: 1.2 MB, 14 s … · here: 0 · Esc stops"),
        ((part(state=State.TAKING, rows=500, total=1200),), "LSST: taking in 500 of 1,200 … · here: 0 · Esc stops"),
        ((part(), answered()), "LSST: 1 of 2 answered, asking, 14 s … · here: 0 · Esc stops"),
        ((answered(fitting=3),), "LSST: 31 found, 3 fit, asked just now · here: 0"),
        ((answered(fitting=31),), "LSST: 31 found, asked just now · here: 0"),
        ((answered(rows=0),), "LSST: nothing found, asked just now · here: 0"),
        ((answered(age=7300, is_cached=True),), "LSST: 31 found, asked 2.0 h ago, kept here · here: 0"),
        ((answered(), answered(age=700)), "LSST: 62 found, asked 12 min ago · here: 0"),
        ((answered("ztf"),), "ZTF: 31 found, asked just now, without tonight's · here: 0"),
        ((answered("ztf", given={"stopdate": "2026-11-01"}),), "ZTF: 31 found, asked just now · here: 0"),
        ((part(state=State.FAILED),), "LSST: failed · here: 0"),
        ((part(state=State.FAILED), answered()), "LSST: 31 found, not all of it, asked just now · here: 0"),
        ((part(state=State.ANSWERED, rows=4, is_complete=False),), "LSST: stopped, 4 came · here: 0"),
        ((answered(path="statistics", table=TABLE),), "LSST: answered, asked just now"),
    ],
)
def test_how_far_each_survey_is_stands_in_one_line(parts: tuple[Part, ...], words: str) -> None:
    assert lines(*parts)[0] == words


def test_where_there_is_less_room_less_is_said_and_never_more_than_fits() -> None:
    both = answered("ztf", age=200), answered(age=200)
    for width in (160, 80, 62, 30):
        (line,) = lines(*both, local=3, width=width)
        assert cell_len(line) <= width
    assert lines(*both, width=62)[0] == "ZTF: 31, 3 min ago, not tonight's · LSST: 31, 3 min ago · here: 0"[:61] + "…"


def test_what_is_wrong_is_said_below_each_in_its_colour_and_once() -> None:
    outcome = Outcome(
        parts=(
            answered("ztf", words="Some are missing.", is_complete=False),
            part(state=State.FAILED, words="Nobody answers."),
            part(state=State.FAILED, words="Nobody answers."),
        ),
        words=f"M31: SIMBAD, a galaxy. {WITHOUT_TONIGHT}",
    )
    assert troubles(outcome) == [
        ("M31: SIMBAD, a galaxy.", False),
        ("ZTF: Some are missing.", False),
        ("LSST: Nobody answers.", True),
    ]
    shown = said(outcome, NOW, NOW, 40, most=5)
    assert shown.plain.split("\n")[1:] == ["M31: SIMBAD, a galaxy. ZTF: Some are", "missing. LSST: Nobody answers."]
    red = "".join(shown.plain[span.start : span.end] for span in shown.spans if span.style == "bold red")
    assert red.endswith("LSST: Nobody answers.")
    assert "SIMBAD" not in red


def test_what_only_earlier_answers_told_of_is_not_of_nowhere() -> None:
    """Else a list of alerts stood below "nothing found" and "here: 0"."""
    (line,) = lines(answered(rows=0), earlier=1_234)
    assert line == "LSST: nothing found, asked just now · here: 0, 1,234 from earlier answers"
    (line,) = lines(answered(rows=0), earlier=3, width=42)
    assert line == "LSST: none, just now · here: 0, 3 earlier"


def test_what_does_not_fit_is_cut_and_says_so() -> None:
    found = lines(part(state=State.FAILED, words="Nobody answers. " * 40), width=60, most=3)
    assert len(found) == 3
    assert found[-1].endswith("…")
    assert all(cell_len(line) <= 60 for line in found)


@pytest.mark.parametrize(
    ("given", "may_be"),
    [
        ({}, True),
        ({"startdate": "2026-11-01"}, True),
        ({"stopdate": "2026-11-18 05:00:00"}, True),
        ({"stopdate": "2026-11-01"}, False),
        ({"stop_date": "2026-11-01"}, False),
        ({"startdate": "2026-11-01", "window": "3"}, False),
        ({"startdate": "2026-11-01", "window": "30"}, True),
        ({"startdate": "2026-11-01", "window": "many"}, True),
        ({"stopdate": "2461000.5"}, True),
    ],
)
def test_an_answer_about_tonight_is_told_from_one_about_the_past(given: dict[str, str], may_be: bool) -> None:
    assert may_be_of_tonight(part("ztf", given=given).question, NOW) is may_be


@pytest.mark.parametrize(
    ("path", "given", "may_be"),
    [
        ("tracklet", {"id": "TRCK_20240101_043012_00"}, False),
        ("tracklet", {"date": "2024-01-01 04"}, False),
        ("tracklet", {"date": "2026-11-18"}, True),
        ("tracklet", {"id": "TRCK_2026"}, True),
        ("skymap", {"event_name": "S230518h"}, False),
        ("skymap", {"event_name": "MS261113ab"}, True),
        ("skymap", {"event_name": "S261113ab", "n_day_after": 2}, False),
        ("skymap", {"event_name": "S261399ab"}, True),
        ("statistics", {"date": "20261118"}, False),
    ],
)
def test_what_was_of_long_ago_lacks_nothing_of_tonight(path: str, given: dict[str, str], may_be: bool) -> None:
    assert may_be_of_tonight(Question.of("ztf", path, **given), NOW) is may_be
    assert not may_be_of_tonight(Question.of("lsst", path, **given), NOW)


def test_the_order_of_a_search() -> None:
    assert order(Outcome(is_nearest_first=True)) == "nearest first"
    assert order(Outcome()) == "newest first"


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ((answered(rows=0),), "neither here nor in Fink's database of LSST. A larger radius"),
        ((answered(rows=31),), "of what Fink gave, nothing is all that was asked for."),
        ((answered("ztf", rows=0),), "until then in the stream alone"),
        ((answered(rows=0, path="sources"),), "Is the name right?"),
        ((answered(rows=0, given={"startdate": "2026-11-01"}),), "Another time may have more"),
        ((part(state=State.FAILED),), "Fink gave no answer: the line above says why. R asks again."),
        ((part(state=State.FAILED), answered("ztf", rows=0)), "Not all of it was answered"),
        ((part(state=State.ANSWERED, is_complete=False),), "you stopped asking Fink"),
        ((), "Nothing found among what is kept here."),
    ],
)
def test_nothing_found_is_said_with_what_to_try(parts: tuple[Part, ...], words: str) -> None:
    assert words in nothing(Outcome(parts=parts, is_over=True), NOW)


@pytest.mark.parametrize(
    ("radius", "larger"),
    [("10.0", "r=1m, r=0.5d."), ("60.0", "r=0.5d, r=5d."), ("7200.0", "more: r=5d."), ("18000.0", "")],
)
def test_a_larger_radius_is_one_that_is_larger(radius: str, larger: str) -> None:
    words = nothing(Outcome(parts=(answered(rows=0, given={"radius": radius}),), is_over=True), NOW)
    assert larger in words
    assert ("A larger radius" in words) is bool(larger)


def test_while_it_is_asked_it_is_not_said_that_nothing_is_there() -> None:
    assert "comes as it arrives" in nothing(Outcome(parts=(part(),)), NOW)


def test_what_fink_says_cannot_reach_the_terminal() -> None:
    shown = "\n".join(lines(part(state=State.FAILED, words="a\x1b[2Jb\u202e [red]c"), words="\x9bx"))
    assert not set("\x1b\u202e\x9b") & set(shown)
    assert "[red]c" in shown
