"""Light curves put together: nothing doubles, and the better of two stays."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from fink_tui.alerts.merging import SAME_EXPOSURE, once
from fink_tui.alerts.row import Point, PointKind

SECOND = 1 / 86400


def point(
    mjd: float, band: str = "r", kind: PointKind = PointKind.DETECTION, mag: float = 18.0, **more: object
) -> Point:
    return Point(mjd, band, kind, mag, 0.1, None, None)._replace(**more)


def test_what_is_known_best_comes_first_and_stays() -> None:
    packet, other = point(61000.0, mag=18.1), point(61000.0 + 0.4 * SECOND, mag=18.2)
    assert once([packet, other]) == [packet]
    assert once([other, packet]) == [other]


def test_a_detection_goes_before_a_limit_of_its_exposure_whoever_told_it() -> None:
    limit, bad, good = (point(61000.0, kind=kind) for kind in (PointKind.LIMIT, PointKind.BAD, PointKind.DETECTION))
    assert once([limit, bad, good]) == [good]
    assert once([limit, bad]) == [bad]


def test_the_alerts_own_detection_stays_always() -> None:
    own = point(61000.0, kind=PointKind.BAD, is_current=True)
    assert once([point(61000.0), own]) == [own]


def test_forced_photometry_is_a_measurement_of_its_own() -> None:
    forced = point(61000.0, kind=PointKind.FORCED)
    assert once([point(61000.0), forced, forced]) == [point(61000.0), forced]


def test_bands_and_exposures_are_apart() -> None:
    several = [point(61000.0), point(61000.0, "g"), point(61000.0 + 15 * SECOND)]
    assert len(once(several)) == 3


def test_the_surveys_number_says_that_two_are_the_same() -> None:
    one, moved = point(61000.0, source_id="7"), point(61000.0 + 20 * SECOND, source_id="7")
    assert once([one, moved]) == [one]


def test_a_detection_without_a_sign_has_that_of_another_account_of_it() -> None:
    own = point(61000.0, source_id="7", is_current=True)
    history = point(61000.0, source_id="7")._replace(flux=-230.0, flux_err=9.0)
    assert once([own, history]) == [own._replace(flux=-230.0, flux_err=9.0)]
    assert once([history, point(61000.0, kind=PointKind.LIMIT)]) == [history]


@given(st.lists(st.tuples(st.integers(0, 40), st.sampled_from("gr"), st.sampled_from(list(PointKind)))))
def test_any_order_gives_the_same_and_nothing_doubles(drawn: list[tuple[int, str, PointKind]]) -> None:
    points = [point(61000.0 + 3 * step * SECOND, band, kind) for step, band, kind in drawn]
    found = once(points)
    shuffled = points[:]
    random.Random(1).shuffle(shuffled)
    assert once(shuffled) == found == once(found + points)
    assert [one.mjd for one in found] == sorted(one.mjd for one in found)
    for index, one in enumerate(found):
        for other in found[index + 1 :]:
            is_same_series = (one.kind is PointKind.FORCED) == (other.kind is PointKind.FORCED)
            assert not is_same_series or one.band != other.band or abs(one.mjd - other.mjd) > SAME_EXPOSURE
    assert {(one.mjd, one.band, one.kind is PointKind.FORCED) for one in found} == {
        (one.mjd, one.band, one.kind is PointKind.FORCED) for one in points
    }
