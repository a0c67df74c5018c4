"""Nights go from noon to noon by the sun of the site: no calendar, no legal time and no clock of a machine matters."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fink_tui.sky.night import mjd_to_unix, night_of, unix_to_mjd

LA_SILLA = -70.73

MJD, LONGITUDE = st.floats(40_000, 100_000), st.floats(-180, 180)


def mjd(text: str) -> float:
    """A time, UTC, as MJD."""
    return unix_to_mjd(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def named(night: int) -> date:
    """The date that a night is named by: of a night that is none, ValueError."""
    return date(night // 10000, night // 100 % 100, night % 100)


@pytest.mark.parametrize(
    ("text", "longitude", "night"),
    [
        ("2026-11-20T11:59:59", 0, 20261119),
        ("2026-11-20T12:00:00", 0, 20261120),
        ("2026-11-21T03:00:00", 0, 20261120),  # across midnight
        ("2026-12-31T23:59:59", 0, 20261231),  # across New Year
        ("2027-01-01T00:00:00", 0, 20261231),
        ("2027-01-01T11:59:59", 0, 20261231),
        ("2027-01-01T12:00:00", 0, 20270101),
        ("2027-01-01T16:42:00", LA_SILLA, 20261231),  # noon there is at 16:42:55 UTC
        ("2027-01-01T16:43:00", LA_SILLA, 20270101),
        ("2027-01-01T02:03:00", 149.07, 20261231),  # and at Siding Spring at 02:03:43 UTC
        ("2027-01-01T02:04:00", 149.07, 20270101),
        ("2028-02-29T23:00:00", 0, 20280229),  # a leap day
        ("2028-03-01T05:00:00", 0, 20280229),
        ("2026-03-01T05:00:00", 0, 20260228),
        ("2016-12-31T23:59:59", 0, 20161231),  # a leap second follows
        ("2017-01-01T00:00:00", 0, 20161231),
    ],
)
def test_a_moment_is_of_the_night_of_its_evening(text: str, longitude: float, night: int) -> None:
    assert night_of(mjd(text), longitude) == night


def is_noon(moment: float, longitude: float) -> bool:
    """Whether it is so near noon that rounding decides."""
    return not 1e-8 < (moment + longitude / 360 - 0.5) % 1 < 1 - 1e-8


@given(MJD, LONGITUDE)
def test_a_day_later_is_the_next_night(moment: float, longitude: float) -> None:
    assume(not is_noon(moment, longitude))
    assert named(night_of(moment + 1, longitude)) == named(night_of(moment, longitude)) + timedelta(days=1)


@given(MJD, st.floats(0, 1), LONGITUDE)
def test_nights_never_go_back_and_change_once_a_day(moment: float, later: float, longitude: float) -> None:
    assume(not is_noon(moment, longitude))
    first, second = night_of(moment, longitude), night_of(moment + later, longitude)
    assert (named(second) - named(first)).days in (0, 1)


@given(MJD, LONGITUDE)
def test_a_longitude_may_be_counted_eastward_all_the_way(moment: float, longitude: float) -> None:
    assume(not is_noon(moment, longitude))
    assert night_of(moment, longitude % 360) == night_of(moment, longitude)


@given(st.floats(0, 4e9))
def test_unix_seconds_and_mjd(seconds: float) -> None:
    assert mjd_to_unix(unix_to_mjd(seconds)) == pytest.approx(seconds, abs=1e-5)


@pytest.mark.parametrize(
    ("zone", "longitude"),
    [
        ("America/Santiago", LA_SILLA),
        ("America/Los_Angeles", -116.86),
        ("Pacific/Honolulu", -155.47),
        ("Atlantic/Canary", -17.88),
        ("Africa/Johannesburg", 20.81),
        ("Australia/Sydney", 149.07),
        ("Pacific/Auckland", 170.46),
    ],
)
def test_an_observers_night_is_one_night_of_her_date_all_the_year(zone: str, longitude: float) -> None:
    """From eight in the evening to seven in the morning of the clock on the wall, the days of its changes included."""
    try:
        wall = ZoneInfo(zone)
    except ZoneInfoNotFoundError:
        pytest.skip("this system knows no time zones")
    for day in range(366):
        evening = date(2026, 6, 1) + timedelta(days=day)
        start = datetime(evening.year, evening.month, evening.day, 20, tzinfo=wall).astimezone(UTC)
        morning = evening + timedelta(days=1)
        end = datetime(morning.year, morning.month, morning.day, 7, tzinfo=wall).astimezone(UTC)
        nights = {night_of(unix_to_mjd(moment.timestamp()), longitude) for moment in (start, end)}
        assert nights == {int(f"{evening:%Y%m%d}")}


@pytest.fixture
def santiago(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine whose clock on the wall is Chile's."""
    monkeypatch.setenv("TZ", "<-04>4<-03>,M9.1.6/24,M4.1.6/24")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("santiago")
def test_the_machines_zone_does_not_matter() -> None:
    before, after = mjd("2026-04-04T12:00") * 86400, mjd("2026-04-06T12:00") * 86400  # its clock goes back between
    assert time.localtime(mjd_to_unix(before / 86400)).tm_isdst != time.localtime(mjd_to_unix(after / 86400)).tm_isdst
    hours = [night_of(seconds / 86400, LA_SILLA) for seconds in range(int(before), int(after), 3600)]
    assert [(night, len(list(some))) for night, some in itertools.groupby(hours)] == [
        (20260403, 5),
        (20260404, 24),
        (20260405, 19),
    ]
