"""What receivers are told: each exposure once, alike in every telling, and nothing that is not so."""

from __future__ import annotations

import itertools
import json
import math
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fink_tui.alerts import photometry
from fink_tui.alerts.decode import Decoded, decode, record
from fink_tui.alerts.packet import Packet
from fink_tui.alerts.row import AlertRow, PointKind
from fink_tui.alerts.schema import SchemaBook
from fink_tui.alerts.submission import (
    ALL,
    LATEST,
    Choices,
    Submission,
    SubmittedPoint,
    decode_choices,
    decode_submission,
    encode,
    history_of,
    is_history,
    iso,
    submission,
)
from fink_tui.alerts.survey import survey_named
from fink_tui.stream.demo import DemoAlert, alerts
from tests.alerts.making import of as first_of
from tests.alerts.making import packed, packet_of, parts
from tests.conftest import DEMO_NIGHT

MEASURED = (PointKind.DETECTION, PointKind.BAD)


def tell_all(packets: Iterable[Packet], *, is_whole: bool = True, **other: Any) -> list[Submission]:
    """What is told of packets; without their records where they are not whole; with other values in their rows."""
    told = []
    for found in decode(list(packets), SchemaBook()):
        assert isinstance(found, Decoded), found.reason
        whole = record(found.schema, found.packet.value) if is_whole else None
        row = found.row._replace(**other)
        told.append(submission(row, topics=found.packet.topic, night=20261120, record=whole))
    return told


def tell(packet: Packet, *, is_whole: bool = True, **other: Any) -> Submission:
    """What is told of one."""
    return tell_all([packet], is_whole=is_whole, **other)[0]


@pytest.fixture(scope="module")
def demo_told(demo_alerts: list[DemoAlert]) -> list[Submission]:
    return tell_all(map(packet_of, demo_alerts))


@pytest.fixture(scope="module")
def real_told(wire: list[tuple[dict[str, Any], Packet]]) -> list[Submission]:
    return tell_all(packet for _, packet in wire)


@pytest.fixture(params=["demo_told", "real_told"])
def all_told(request: pytest.FixtureRequest) -> list[Submission]:
    found: list[Submission] = request.getfixturevalue(request.param)
    return found


def numbers(value: object) -> Iterable[float]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from numbers(item)
    elif isinstance(value, float):
        yield value


def said(point: SubmittedPoint) -> tuple[object, ...]:
    """What a point says besides its number and whose it is."""
    return point.kind, point.mag, point.mag_err, point.limit, point.flux, point.flux_err


def test_what_is_told_makes_sense(all_told: list[Submission]) -> None:
    for told in all_told:
        assert decode_submission(encode(told)) == told
        plain = json.loads(encode(told))
        assert plain["version"] == 1
        assert all(math.isfinite(number) and str(number) != "-0.0" for number in numbers(plain))
        assert 0 <= told.ra < 360
        assert -90 <= told.dec <= 90
        assert told.object_id not in told.aliases
        assert told.link.startswith(f"https://{'lsst' if told.survey == 'lsst' else 'ztf'}.fink-portal.org/")
        assert " " not in told.link
        assert told.night == "2026-11-20"
        assert [point.time for point in told.points] == sorted(point.time for point in told.points)
        assert len({(point.time, point.band) for point in told.points}) == len(told.points), "an exposure twice"
        if told.survey == "mma":  # its packet holds no magnitude
            assert told.points == ()
            continue
        (current,) = [point for point in told.points if point.is_current]
        assert (current.time, current.source_id) == (told.time, told.alert_id)
        assert history_of(told, LATEST) == [current]
        assert history_of(told, ALL) == list(told.points)


def test_every_point_is_a_magnitude_or_a_limit_never_both(all_told: list[Submission]) -> None:
    for point in itertools.chain.from_iterable(told.points for told in all_told):
        assert point.band in "ugrizy"
        datetime.fromisoformat(point.time)
        assert (point.mag is None) is (point.limit is not None) or (point.mag is None and point.flux_err is None)
        assert point.mag is None or point.flux is None or point.flux > 0, "fainter than the template, yet a magnitude"
        assert point.mag_err is None or (point.mag is not None and point.mag_err > 0)
        assert point.flux_err is None or point.flux_err > 0
        if point.kind is PointKind.LIMIT:
            assert (point.mag, point.flux, point.source_id) == (None, None, None)
        else:
            assert (point.source_id or "").isdigit()
        if point.mag is not None and point.flux is not None:
            found = photometry.flux_to_mag(point.flux)
            assert found is not None
            assert abs(found[0] - point.mag) < 2e-4
            assert point.mag_err is None or point.mag_err < 0.4, "noise, told as a magnitude"


def test_told_twice_it_is_the_same_to_the_last_digit(demo_alerts: list[DemoAlert], demo_told: list[Submission]) -> None:
    assert list(map(encode, tell_all(map(packet_of, demo_alerts)))) == list(map(encode, demo_told))


def exposures(all_told: list[Submission]) -> dict[tuple[str, str], dict[tuple[str, str], list[SubmittedPoint]]]:
    """By object, where several alerts told of it: by exposure and band what they said."""
    objects: dict[tuple[str, str], list[Submission]] = defaultdict(list)
    for told in all_told:
        objects[told.survey, told.object_id].append(told)
    found: dict[tuple[str, str], dict[tuple[str, str], list[SubmittedPoint]]] = {}
    for name, several in objects.items():
        if len(several) > 1:
            found[name] = defaultdict(list)
            for point in itertools.chain.from_iterable(told.points for told in several):
                found[name][point.time, point.band].append(point)
    return found


def check_told_alike(all_told: list[Submission]) -> None:
    """What one alert says of an exposure, the others of the object say, too: a detection is never a second point."""
    again = 0
    for name, points in exposures(all_told).items():
        for place, several in points.items():
            # Photometry may be forced, later on, where an alert had seen nothing.
            assert len({said(point) for point in several if point.kind in MEASURED}) <= 1, (name, place)
            assert len({point.limit for point in several if point.kind is PointKind.LIMIT}) <= 1, (name, place)
            again += any(point.is_current for point in several) and len(several) > 1
    assert again > 5, "no detection was told again"


def test_later_alerts_of_an_object_tell_what_the_earlier_told() -> None:
    check_told_alike(tell_all(map(packet_of, itertools.islice(alerts(seed=3, now_mjd=DEMO_NIGHT), 120))))


def test_later_real_alerts_of_an_object_tell_what_the_earlier_told(real_told: list[Submission]) -> None:
    """ZTF's histories hold rounded magnitudes: all the same, it is one point."""
    check_told_alike(real_told)


def test_without_its_packet_the_detection_is_told_as_with_it(
    demo_alerts: list[DemoAlert], demo_told: list[Submission]
) -> None:
    for whole, alone in zip(demo_told, tell_all(map(packet_of, demo_alerts), is_whole=False), strict=True):
        assert list(alone.points) == history_of(whole, LATEST)
        assert alone.aliases == tuple(name for name in whole.aliases if name in alone.aliases)
        assert msgspec.structs.replace(alone, points=whole.points, aliases=whole.aliases) == whole


def test_real_detections_without_their_packets(
    wire: list[tuple[dict[str, Any], Packet]], real_told: list[Submission]
) -> None:
    for whole, alone in zip(real_told, tell_all((packet for _, packet in wire), is_whole=False), strict=True):
        assert list(alone.points) == history_of(whole, LATEST)


def test_a_packet_that_lacks_its_own_point_is_told_with_it(demo_alerts: list[DemoAlert]) -> None:
    alert = first_of("ztf", demo_alerts)
    schema, whole = parts(alert)
    (found,) = decode([packed(schema, whole)], SchemaBook())
    assert isinstance(found, Decoded)
    told = submission(found.row, topics="t", night=20261120, record=whole | {"candidate": None})
    assert history_of(told, LATEST) == history_of(tell(packet_of(alert)), LATEST)


@pytest.mark.parametrize("survey", ["ztf", "lsst"])
def test_an_alert_without_a_brightness_has_no_point_of_its_own(survey: str, demo_alerts: list[DemoAlert]) -> None:
    packet = packet_of(first_of(survey, demo_alerts))
    assert tell(packet, is_whole=False, mag=None, flux=None).points == ()
    assert tell(packet, is_whole=False, band=None).points == ()
    assert history_of(tell(packet, is_whole=False, band=None), LATEST) == []


def lsst_with(demo_alerts: list[DemoAlert], **other: Any) -> Submission:
    """What is told of an LSST alert whose detection has other values."""
    schema, whole = parts(first_of("lsst", demo_alerts))
    return tell(packed(schema, whole | {"diaSource": whole["diaSource"] | other}))


def test_a_negative_flux_is_a_limit_and_keeps_its_flux(demo_alerts: list[DemoAlert]) -> None:
    (point,) = history_of(lsst_with(demo_alerts, psfFlux=-5000.0, psfFluxErr=100.0), LATEST)
    assert (point.mag, point.mag_err, point.flux, point.flux_err) == (None, None, -5000.0, 100.0)
    assert point.limit == round(31.4 - 2.5 * math.log10(500), 4)


def test_a_flux_of_zero_is_a_limit(demo_alerts: list[DemoAlert]) -> None:
    (point,) = history_of(lsst_with(demo_alerts, psfFlux=0.0, psfFluxErr=100.0), LATEST)
    assert (point.mag, point.flux) == (None, 0.0)
    assert point.limit is not None


def test_a_flux_without_an_error_is_told_as_it_is(demo_alerts: list[DemoAlert]) -> None:
    (point,) = history_of(lsst_with(demo_alerts, psfFlux=-5000.0, psfFluxErr=math.nan), LATEST)
    assert (point.mag, point.limit, point.flux, point.flux_err) == (None, None, -5000.0, None)


def test_forced_photometry_below_three_sigma_is_a_limit_and_none_where_it_was_detected(
    demo_alerts: list[DemoAlert],
) -> None:
    schema, whole = parts(next(one for one in demo_alerts if one.survey == "lsst"))
    own = whole["diaSource"]

    def forced(number: int, flux: float, mjd: float) -> dict[str, Any]:
        values = {"diaForcedSourceId": number, "psfFlux": flux, "psfFluxErr": 100.0, "midpointMjdTai": mjd}
        return dict.fromkeys(field["name"] for field in forced_type["fields"]) | filler | values | {"band": own["band"]}

    field = next(field for field in schema["fields"] if field["name"] == "prvDiaForcedSources")
    kinds = field["type"] if isinstance(field["type"], list) else [field["type"]]
    forced_type = next(kind for kind in kinds if isinstance(kind, dict))["items"]
    forced_type = forced_type if isinstance(forced_type, dict) else next(k for k in forced_type if k != "null")
    filler = {one["name"]: "" if one["type"] == "string" else 0 for one in forced_type["fields"]}
    mjd = own["midpointMjdTai"]
    rows = [forced(1, 299.0, mjd - 3), forced(2, 301.0, mjd - 2), forced(3, 5000.0, mjd)]
    told = tell(packed(schema, whole | {"prvDiaForcedSources": rows}))
    found = {point.source_id: point for point in told.points}
    assert "3" not in found, "the exposure of the detection, once more"
    assert (found["1"].mag, found["1"].limit) == (None, round(31.4 - 2.5 * math.log10(500), 4))
    assert (found["2"].mag, found["2"].limit) == (round(31.4 - 2.5 * math.log10(301), 4), None)


def test_names_with_blanks_and_names_twice(demo_alerts: list[DemoAlert]) -> None:
    packet = packet_of(first_of("lsst", demo_alerts))
    own = tell(packet)
    told = tell(packet, object_id="2004 JQ12", tns_name="  SN 2026abc ")
    assert told.object_id == "2004 JQ12"
    assert told.aliases == ("SN 2026abc", own.object_id)
    assert told.link == "https://lsst.fink-portal.org/2004%20JQ12"
    assert tell(packet, tns_name=own.object_id).aliases == ()
    assert tell(packet, tns_name="  ").aliases == ()
    assert tell(packet, object_id="2026abc", tns_name=own.object_id).aliases == (own.object_id,)


def test_a_class_is_a_whole_number_and_scores_are_rounded(demo_alerts: list[DemoAlert]) -> None:
    told = tell(packet_of(first_of("lsst", demo_alerts)), cats_class=11, cats_score=0.123456, sn_score=None)
    assert json.loads(encode(told))["scores"] == {"real_bogus": told.scores["real_bogus"]} | {
        "cats_class": 11,
        "cats_score": 0.1235,
        **({"early_snia_score": told.scores["early_snia_score"]} if "early_snia_score" in told.scores else {}),
    }
    assert '"cats_class":11,' in encode(told).decode()


def test_topics_and_the_edges_of_the_sky(demo_alerts: list[DemoAlert]) -> None:
    packet = packet_of(demo_alerts[0])
    (found,) = decode([packet], SchemaBook())
    assert isinstance(found, Decoded)
    row = found.row._replace(ra=359.99999999, dec=-0.00000001)
    told = submission(row, topics="fink_a,fink_b", night=20261120, record=None)
    assert (told.ra, str(told.dec), told.topics) == (0.0, "0.0", ("fink_a", "fink_b"))
    assert submission(row, topics="", night=20261120, record=None).topics == ()


def test_a_number_of_days_of_history(demo_told: list[Submission]) -> None:
    told = max(demo_told, key=lambda one: len(one.points))
    end = datetime.fromisoformat(told.time)
    for days in ("0", "0.5", "7", "30", "1e9"):
        found = history_of(told, days)
        first = end - timedelta(days=min(float(days), 1e5))
        expected = [one for one in told.points if one.is_current or datetime.fromisoformat(one.time) >= first]
        assert found == expected
    assert len(history_of(told, "1e9")) == len(told.points)


@pytest.mark.parametrize("text", ["", "some", "nan", "inf", "-1", "-inf", "ALL", "7 days"])
def test_no_number_of_days(text: str, demo_told: list[Submission]) -> None:
    assert not is_history(text)
    with pytest.raises(ValueError, match="neither all nor latest nor a number of days"):
        history_of(demo_told[0], text)


def test_a_form_of_another_version_is_not_taken_for_this_one(demo_told: list[Submission]) -> None:
    with pytest.raises(msgspec.ValidationError):
        decode_submission(encode(demo_told[0]).replace(b'"version":1', b'"version":2'))


finite = st.floats(allow_nan=False, allow_infinity=False)
any_float = st.none() | st.floats()
names = st.text(max_size=20)


@given(
    st.builds(
        Choices,
        target_list=st.none() | names,
        groups=st.none() | st.lists(names, max_size=3).map(tuple),
        history=st.none() | names,
        nearby=st.none() | names,
        nearby_target=st.none() | names,
    )
)
def test_choices_are_read_as_written(choices: Choices) -> None:
    assert decode_choices(encode(choices)) == choices


points = st.builds(
    SubmittedPoint,
    time=st.floats(50_000, 70_000).map(iso),
    band=st.sampled_from("ugrizy"),
    kind=st.sampled_from(PointKind),
    mag=st.none() | finite,
    mag_err=st.none() | finite,
    limit=st.none() | finite,
    flux=st.none() | finite,
    flux_err=st.none() | finite,
    source_id=st.none() | st.integers(0).map(str),
    is_current=st.booleans(),
)


@given(
    st.builds(
        Submission,
        survey=st.sampled_from(["ztf", "lsst"]),
        alert_id=names,
        object_id=names,
        aliases=st.lists(names, max_size=3).map(tuple),
        ra=finite,
        dec=finite,
        time=st.just("2026-11-20T03:00:00.000Z"),
        night=names,
        topics=st.lists(names, max_size=3).map(tuple),
        label=names,
        label_reason=names,
        scores=st.dictionaries(names, finite, max_size=3),
        link=names,
        points=st.lists(points, max_size=3).map(tuple),
    ),
    st.floats(0, 1e300),
)
def test_submissions_are_read_as_written(told: Submission, days: float) -> None:
    assert decode_submission(encode(told)) == told
    assert set(history_of(told, repr(days))) >= {point for point in told.points if point.is_current}


@cache
def whole_alert(survey: str) -> tuple[AlertRow, dict[str, Any]]:
    """The row and the record of an alert of the demo."""
    (found,) = decode([packet_of(first_of(survey, list(itertools.islice(alerts(1, DEMO_NIGHT), 40))))], SchemaBook())
    assert isinstance(found, Decoded)
    return found.row, record(found.schema, found.packet.value)


@example(1.0, 3.6e307, "lsst")
@given(flux=any_float, flux_err=any_float, survey=st.sampled_from(["ztf", "lsst"]))
def test_whatever_the_numbers_are(flux: float | None, flux_err: float | None, survey: str) -> None:
    """Numbers of a packet that make no sense: what is told of them is finite, and JSON."""
    row, whole = whole_alert(survey)
    fields = ("magpsf", "sigmapsf") if survey == "ztf" else ("psfFlux", "psfFluxErr")
    own = "candidate" if survey == "ztf" else "diaSource"
    changed = whole | {own: whole[own] | dict(zip(fields, (flux, flux_err), strict=True))}
    row = row._replace(mag=None, flux=None)  # as its row would be, where they make no sense
    told = submission(row, topics="t", night=20261120, record=changed)
    assert all(math.isfinite(number) for number in numbers(json.loads(encode(told))))
    current = [point for point in told.points if point.is_current]
    assert len(current) == len([point for point in survey_named(survey).points(changed) if point.is_current])
    for point in current:
        assert point.mag is None or point.flux is None or point.flux >= 0
        assert point.mag is not None or point.limit is not None or point.flux_err is None
