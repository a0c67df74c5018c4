from __future__ import annotations

import pytest

from fink_tui.app.title import Asked, title


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((None, 0, 0, None, 0), "no alerts kept yet: the line above says what is being received · following"),
        ((None, 1234, 0, 0, 0), "all nights · 1,234 alerts"),
        ((20261119, 30, 12, None, 0), "night of 2026-11-19 · 30 alerts · 12 of other nights hidden: a · following"),
        ((20261119, 30, 0, 7, -1200), "night of 2026-11-19 · 30 alerts · 7 below · cursor 1,200 above"),
        ((20261119, 30, -1, 0, 3), "night of 2026-11-19 · 30 alerts · cursor 3 below"),
    ],
)
def test_title(arguments: tuple[int | None, int, int, int | None, int], expected: str) -> None:
    night, shown, hidden, unseen, away = arguments
    assert title(night, shown, hidden=hidden, unseen=unseen, away=away) == expected


AT = 1_795_000_320.0
"""11:12 UTC."""


@pytest.mark.parametrize(
    ("asked", "arguments", "width", "expected"),
    [
        (Asked("mag < 19", "", None, 3, 812), (20261119, 30, 0, None, 0), 80, "30 of 812 · mag < 19 · following"),
        (
            Asked("alt > 40", "", AT, 0, 812),
            (20261119, 30, 0, 5, 0),
            80,
            "30 of 812 · alt > 40 · as at 11:12 · 5 below",
        ),
        (Asked("", "hours left", AT, 0, 812), (20261119, 812, 0, 0, 0), 80, "812 alerts · by hours left at 11:12"),
        (
            Asked("", "hours left", AT, 12, 812),
            (20261119, 812, 0, 0, 0),
            80,
            "812 alerts · by hours left at 11:12, 12 newer at the end: o o",
        ),
        (Asked("mag < 9", "", None, 0, 812), (20261119, 0, 0, 0, 0), 80, "0 of 812 pass · f Esc: no filter · mag < 9"),
        (
            Asked("mag < 19 and n_detections >= 2 and label = 'SN candidate'", "altitude", AT, 0, 812),
            (20261119, 30, 12, 7, 0),
            80,
            "30 of 812 · mag < 19 and n_detect… · by altitude at 11:12 · 7 below",
        ),
        (
            Asked("mag < 19", "altitude", AT, 0, 812),
            (20261119, 30, 1200, 0, 0),
            100,
            "30 of 812 · mag < 19 · by altitude at 11:12 · 1,200 of other nights hidden: a",
        ),
    ],
)
def test_title_of_an_arranged_list(
    asked: Asked, arguments: tuple[int | None, int, int, int | None, int], width: int, expected: str
) -> None:
    night, shown, hidden, unseen, away = arguments
    found = title(night, shown, hidden=hidden, unseen=unseen, away=away, asked=asked, width=width)
    assert found == f"2026-11-19 · {expected}"
    assert len(found) <= width


def test_title_of_an_arranged_list_of_all_nights() -> None:
    asked = Asked("mag < 19", "", None, 0, 812)
    assert title(None, 3, hidden=0, unseen=0, away=0, asked=asked) == "all nights · 3 of 812 · mag < 19"


def test_the_keys_that_sort_what_came_since_are_not_cut() -> None:
    asked = Asked("class = 'SN candidate' and altitude > 40", "magnitude", 0.0, 24, 412)
    found = title(None, 68, hidden=0, unseen=None, away=0, asked=asked, width=80)
    assert ", 24 newer: o o" in found[:80]
    assert "24 newer at the end: o o" in title(None, 68, hidden=0, unseen=0, away=0, asked=asked, width=160)
