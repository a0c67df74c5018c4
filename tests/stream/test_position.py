"""Where reading begins, and how much is taken."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fink_tui.stream.position import Start, first_offset, parse_where
from fink_tui.stream.quota import Quota
from fink_tui.stream.status import RATE_SECONDS, Rate
from fink_tui.stream.subscription import Subscription, survey_of_topic

offsets = st.integers(0, 10**12)

NOW = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("committed", Start.COMMITTED),
        ("earliest", Start.EARLIEST),
        ("latest", Start.LATEST),
        ("-2h", NOW - timedelta(hours=2)),
        ("-30m", NOW - timedelta(minutes=30)),
        ("-90s", NOW - timedelta(seconds=90)),
        ("-3d", NOW - timedelta(days=3)),
        ("-1.5h", NOW - timedelta(minutes=90)),
        ("2026-11-20T22:00", datetime(2026, 11, 20, 22, tzinfo=UTC)),
        ("2026-11-20 22:00:30.5", datetime(2026, 11, 20, 22, 0, 30, 500000, tzinfo=UTC)),
        ("2026-11-20T22:00Z", datetime(2026, 11, 20, 22, tzinfo=UTC)),
        ("2026-11-20T22:00-03:00", datetime(2026, 11, 21, 1, tzinfo=UTC)),
        ("2026-11-20", datetime(2026, 11, 20, tzinfo=UTC)),
        ("20261120", datetime(2026, 11, 20, tzinfo=UTC)),
    ],
)
def test_where_to_begin(text: str, start: Start | datetime) -> None:
    assert parse_where(text, NOW) == start


@pytest.mark.parametrize(
    "text", ["", "2h", "-2", "-h", "- 2h", "-2w", "-2H", "-1e9h", "-٢h", "now", "Latest", "22:00", "61364.5"]
)
def test_what_is_no_place_to_begin(text: str) -> None:
    with pytest.raises(ValueError, match=r"none of: committed, earliest, latest.*-2h.*2026-11-20T22:00"):
        parse_where(text, NOW)


def test_a_time_in_the_future_is_refused() -> None:
    with pytest.raises(ValueError, match=r"2026-11-21T05:00:00 UTC is in the future: it is 2026-11-21T04:00:00 UTC"):
        parse_where("2026-11-21T05:00", NOW)
    assert parse_where("2026-11-21T05:00+02:00", NOW) == NOW - timedelta(hours=1)


@given(st.text())
def test_whatever_is_written_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert isinstance(parse_where(text, NOW), Start | datetime)


def test_a_time_before_the_calendar() -> None:
    for text in ("-999999999d", "-9999999d", "0001-01-01T00:00+14:00"):
        with pytest.raises(ValueError, match="before the first year"):
            parse_where(text, NOW)


@given(offsets, offsets)
def test_the_smaller_of_kafkas_and_the_stores_word_is_taken(committed: int, stored: int) -> None:
    assert first_offset(committed, stored) == min(committed, stored)


@given(st.none() | offsets)
def test_a_topic_without_a_committed_position_begins_at_its_oldest(stored: int | None) -> None:
    assert first_offset(None, stored) is None


def test_a_group_that_is_new_to_this_store_goes_on_where_it_was() -> None:
    assert first_offset(12, None) == 12


@given(st.integers(1, 500), st.lists(st.tuples(st.integers(1, 60), st.integers(0, 60)), max_size=60))
def test_a_quota_never_grants_more_than_its_limit(limit: int, takes: list[tuple[int, int]]) -> None:
    quota, kept = Quota(limit), 0
    for wanted, came in takes:
        granted = quota.reserve(wanted)
        assert granted <= wanted
        came = min(came, granted)
        quota.give_back(granted - came)
        quota.settle(came)
        kept += came
        assert kept <= limit
        assert quota.is_used_up == (kept == limit)


def test_the_rate_is_the_mean_of_the_last_minute() -> None:
    rate = Rate()
    assert rate.value(0.0) == 0
    rate.add(30, 0.0)
    assert rate.value(10.0) == 3.0
    rate.add(60, 30.0)
    assert rate.value(60.0) == pytest.approx(90 / 60)
    assert rate.value(RATE_SECONDS + 1) == pytest.approx(60 / 60)
    assert rate.value(1000.0) == 0


def test_topics_tell_their_survey() -> None:
    assert survey_of_topic("fink_sn_candidates_ztf") == "ztf"
    assert survey_of_topic("fink_in_tns_lsst") == "lsst"
    assert survey_of_topic("fink_grb_bronze") == "ztf"  # ZTF's servers have them
    assert survey_of_topic("fink_gw_bronze") == "ztf"
    assert survey_of_topic("fink_grb_something_lsst") == "lsst"
    assert survey_of_topic("grb_bronze") is None


def test_a_subscription_does_not_show_its_password() -> None:
    found = Subscription(survey="ztf", servers="h:1", group="g", topics=("t",), username="u", password="hunter2")
    assert "hunter2" not in repr(found)
