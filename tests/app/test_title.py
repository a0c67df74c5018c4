from __future__ import annotations

import pytest

from fink_tui.app.title import title


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
