"""A light curve in the words of a TOM, and what of it is there already."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fink_tui.alerts.row import PointKind
from fink_tui.alerts.submission import Choices, SubmittedPoint
from fink_tui.receivers.receiver import RejectedError
from fink_tui.receivers.tom_photometry import missing, points_to_send
from tests.receivers.toms import detection, limit, settings, told


def sent(tmp_path: Path, *points: SubmittedPoint, history: str = "all", **options: Any) -> list[dict[str, Any]]:
    fields = {name: options.pop(name) for name in ("survey", "link") if name in options}
    return points_to_send(told(points=points, **fields), Choices(history=history), settings(tmp_path, **options))


def test_a_detection_and_a_limit_are_never_one_point(tmp_path: Path) -> None:
    first, second = sent(tmp_path, limit(0.1, 20.0), detection(0.2, 18.0))
    assert first["value"] == {"limit": 20.0, "filter": "r", "telescope": "ZTF"}
    assert second == {
        "data_type": "photometry",
        "source_name": "Fink",
        "source_location": "https://ztf.fink-portal.org/ZTF26aaaaaaa#3297294755815000200",
        "timestamp": "2026-11-20T04:48:00.000Z",
        "value": {"magnitude": 18.0, "error": 0.05, "filter": "g", "telescope": "ZTF"},
    }
    assert first["source_location"] == "https://ztf.fink-portal.org/ZTF26aaaaaaa"
    # 2.x plots floats alone: a magnitude of exactly 18 must not come out as an integer.
    assert '"magnitude": 18.0' in json.dumps(second)


def test_a_magnitude_without_an_error_claims_none(tmp_path: Path) -> None:
    (point,) = sent(tmp_path, detection(0.2, 18.0, mag_err=None))
    assert "error" not in point["value"]


def test_filters_and_source_are_called_as_set(tmp_path: Path) -> None:
    points = sent(tmp_path, detection(0.2), detection(0.3, band="r"), filters={"r": "R"}, source_name="fink-tui")
    assert [(point["value"]["filter"], point["source_name"]) for point in points] == [
        ("g", "fink-tui"),
        ("R", "fink-tui"),
    ]


def test_what_is_fainter_than_the_template_is_a_limit_or_nothing(tmp_path: Path) -> None:
    faint = {"time": "2026-11-20T03:00:00.000Z", "band": "i", "kind": PointKind.DETECTION, "flux": -900.0}
    with_limit = SubmittedPoint(**faint, flux_err=60.0, limit=25.2)
    (point,) = sent(tmp_path, with_limit, SubmittedPoint(**faint), survey="lsst")
    assert point["value"] == {"limit": 25.2, "filter": "i", "telescope": "Rubin"}
    assert sent(tmp_path, with_limit, limits=False) == []


def test_forced_photometry_is_sent_where_it_is_wanted(tmp_path: Path) -> None:
    forced = SubmittedPoint(time="2026-11-21T03:00:00.000Z", band="g", kind=PointKind.FORCED, mag=20.0)
    assert [len(sent(tmp_path, detection(0.2), forced, forced=wanted)) for wanted in (False, True)] == [1, 2]


def test_history(tmp_path: Path) -> None:
    points = (detection(0.0), detection(0.25), detection(0.3, is_current=True))
    assert [len(sent(tmp_path, *points, history=history)) for history in ("all", "latest", "0.1")] == [3, 1, 2]
    with pytest.raises(RejectedError, match="history"):
        sent(tmp_path, *points, history="soon")


def test_the_source_of_a_point_is_never_too_long(tmp_path: Path) -> None:
    (point,) = sent(tmp_path, detection(0.2), link="https://fink.example/" + "x" * 300)
    assert len(point["source_location"]) == 200
    assert point["source_location"].endswith("#3297294755815000200")


def old(time: str, mag: float | None, band: str = "g", **more: object) -> dict[str, Any]:
    """A point as 2.x tells of it."""
    value = {"magnitude": mag} if mag is not None else {"limit": 20.5}
    return {"timestamp": time, "value": value | {"filter": band} | more}


def new(time: str, mag: float | None, band: str = "g") -> dict[str, Any]:
    """A point as 3.x tells of it: of a limit, not its value."""
    return {"timestamp": time, "value": {"brightness": mag, "brightness_error": None, "bandpass": band, "unit": ""}}


@pytest.mark.parametrize("tell", [old, new])
def test_what_is_there_is_recognised(tell: Any, tmp_path: Path) -> None:
    points = sent(tmp_path, limit(0.1), detection(0.2, 18.1))
    same = [
        tell("2026-11-19T23:24:00-03:00", None, "r"),  # in the time zone of the TOM
        tell("2026-11-20T04:48:00.123456Z", 18.10000038146973),  # as tom_fink has it, by the Julian date
    ]
    assert missing(points, same) == []
    assert missing(points, same[:1]) == points[1:]
    assert missing(points, [tell("2026-11-20T04:48:00", 18.1), tell("2026-11-20T02:24:00", None, "r")]) == []


@pytest.mark.parametrize("tell", [old, new])
def test_what_is_another_point_is_not_taken_for_it(tell: Any, tmp_path: Path) -> None:
    points = sent(tmp_path, detection(0.2, 18.1))
    others = [
        tell("2026-11-20T04:48:00Z", 18.102),
        tell("2026-11-20T04:48:01.5Z", 18.1),
        tell("2026-11-20T04:48:00Z", 18.1, "R"),
        tell("2026-11-20T04:48:00Z", None),
    ]
    assert missing(points, others) == points


def test_what_nobody_can_read_is_no_point(tmp_path: Path) -> None:
    points = sent(tmp_path, detection(0.2, 18.1))
    strange: list[dict[str, Any]] = [
        {},
        {"timestamp": "2026-11-20T04:48:00Z", "value": None},
        {"timestamp": "2026-11-20T04:48:00Z", "value": {"magnitude": "bright", "filter": "g"}},
        {"timestamp": None, "value": {"magnitude": 18.1, "filter": "g"}},
        {"timestamp": "2026-11-20T04:48:00Z", "value": {"magnitude": [18.1], "filter": "g"}},
    ]
    assert missing(points, strange) == points


@given(
    st.lists(st.tuples(st.floats(0, 30), st.sampled_from("gri"), st.floats(14, 22), st.booleans()), max_size=40),
    st.data(),
)
def test_each_point_is_missing_until_it_is_there(
    tmp_path_factory: pytest.TempPathFactory, light_curve: list[tuple[float, str, float, bool]], data: st.DataObject
) -> None:
    points = sent(
        tmp_path_factory.getbasetemp(),
        *(limit(day, mag, band) if is_limit else detection(day, mag, band) for day, band, mag, is_limit in light_curve),
    )
    there = [point for point in points if data.draw(st.booleans())]
    lacking = missing(points, there)
    assert missing(lacking, there) == lacking
    assert missing(points, [*there, *lacking]) == []
    assert all(point not in there for point in lacking)
