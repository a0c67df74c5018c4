"""Times as they are typed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fink_tui.search.api.times import iso, mjd, moment
from fink_tui.search.errors import QuestionError

NOW = datetime(2026, 11, 21, 3, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-11-20", "2026-11-20 00:00:00"),
        ("2026/11/20", "2026-11-20 00:00:00"),
        ("2026-11-20 22:30", "2026-11-20 22:30:00"),
        ("2026-11-20T22:30:15.5Z", "2026-11-20 22:30:15"),
        ("2026-11-20T22:30+02:00", "2026-11-20 20:30:00"),
        ("20261120", "2026-11-20 00:00:00"),
        ("2461000.5", "2025-11-21 00:00:00"),
        ("61000", "2025-11-21 00:00:00"),
        ("-3d", "2026-11-18 03:30:00"),
        ("-90m", "2026-11-21 02:00:00"),
        ("-0.3m", "2026-11-21 03:29:00"),
        ("-2 w", "2026-11-07 03:30:00"),
        ("yesterday", "2026-11-20 00:00:00"),
        ("Today", "2026-11-21 00:00:00"),
        ("tonight", "2026-11-20 12:00:00"),
        ("now", "2026-11-21 03:30:00"),
    ],
)
def test_a_time_as_it_is_typed(text: str, meant: str) -> None:
    assert iso(moment(text, NOW)) == meant


def test_tonight_begins_at_the_last_noon() -> None:
    assert iso(moment("tonight", NOW.replace(hour=13))) == "2026-11-21 12:00:00"


@pytest.mark.parametrize("text", ["", "3d", "2026-11-31", "25:00", "123456", "1e5", "2026-11-20 24:30", "-99999999d"])
def test_what_is_no_time_is_told(text: str) -> None:
    with pytest.raises(QuestionError, match="is no date"):
        moment(text, NOW)


@given(st.datetimes(datetime(1990, 1, 1), datetime(2040, 1, 1)))
def test_a_time_is_read_as_it_was_written(time: datetime) -> None:
    time = time.replace(microsecond=0, tzinfo=UTC)
    assert moment(iso(time), NOW) == time
    assert abs(moment(f"{mjd(time):.8f}", NOW) - time) < timedelta(milliseconds=2)
    assert abs(moment(f"{mjd(time) + 2400000.5:.8f}", NOW) - time) < timedelta(milliseconds=2)
