"""What an observer sends in a night: several alerts of each object, each with the light curve so far."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from fink_tui.alerts.row import PointKind
from fink_tui.alerts.submission import Submission, SubmittedPoint
from tests.tom.contents import StoredDatum, StoredTarget
from tests.tom.server import Tom

FIRST = datetime(2026, 11, 1, 3, tzinfo=UTC)
"""The time of each object's first point."""

Measured = tuple[datetime, str, float | None, float | None, float | None]
"""A point as it is to be found: time, filter, magnitude, error, limit."""


def alerts(objects: int, each: int, seed: int = 1) -> list[Submission]:
    """Alerts of some objects, mixed, those of one object in order; both surveys in turn.

    Args:
        objects: How many objects.
        each: Alerts of each; every one brings a detection and a limit more.
        seed: Of the order.
    """
    order = [number for number in range(objects) for _ in range(each)]
    random.Random(seed).shuffle(order)
    seen = Counter[int]()
    found = []
    for number in order:
        found.append(alert(number, seen[number]))
        seen[number] += 1
    return found


def alert(number: int, nth: int) -> Submission:
    """The n-th alert of an object, n from 0."""
    is_ztf = number % 2 == 0
    points = [_point(number, place, is_ztf) for place in range(2 * nth + 2)]
    last = points[-1]
    object_id = f"ZTF26soak{number:03}" if is_ztf else str(313853517190398000 + number)
    tns = (f"AT 2026so{number}",) if nth else ()
    return Submission(
        survey="ztf" if is_ztf else "lsst",
        alert_id=str(3_297_294_755_815_010_000 + 100 * number + nth),
        object_id=object_id,
        aliases=(f"Fink {number}", *tns),
        ra=(17.25 * number) % 360,
        dec=-60.0 + 5.5 * number,
        time=last.time,
        night="2026-11-20",
        topics=("fink_soak",),
        label=["Unknown", "SN candidate", "Early SN Ia candidate"][nth % 3],
        label_reason=f"the rule of alert {nth}",
        scores={"real_bogus": round(0.9 - 0.1 * nth, 1)} | ({"sn_score": 0.5} if nth == 0 else {}),
        link=f"https://fink.example/{object_id}",
        points=(*points[:-1], SubmittedPoint(**{**_fields(last), "is_current": True})),
    )


def _point(number: int, place: int, is_ztf: bool) -> SubmittedPoint:
    """A point of an object's light curve: a limit, then a detection, and so on; Rubin's limits are negative fluxes."""
    time = f"{(FIRST + timedelta(days=place, milliseconds=number)).isoformat(timespec='milliseconds')[:-6]}Z"
    band = "gr"[place // 2 % 2]
    if place % 2:
        mag = round(19.5 - 0.1 * place + 0.01 * number, 4)
        return SubmittedPoint(
            time=time, band=band, kind=PointKind.DETECTION, mag=mag, mag_err=0.05, source_id=f"{place}"
        )
    if is_ztf:
        return SubmittedPoint(time=time, band=band, kind=PointKind.LIMIT, limit=20.5)
    return SubmittedPoint(time=time, band=band, kind=PointKind.DETECTION, limit=23.1, flux=-812.5, flux_err=101.0)


def _fields(point: SubmittedPoint) -> dict[str, object]:
    return {name: getattr(point, name) for name in point.__struct_fields__}


def measured(told: Submission) -> set[Measured]:
    """The points of an alert as a TOM is to have them."""
    return {
        (datetime.fromisoformat(point.time), point.band, point.mag, point.mag_err, point.limit) for point in told.points
    }


def stored(datum: StoredDatum) -> Measured:
    """A point as a TOM has it."""
    return datum.time, datum.filter, datum.magnitude, datum.error, datum.limit


def check_once(tom: Tom, told: Sequence[Submission], target_list: str) -> None:
    """A TOM has each object once, with every point, alias and tag once, the tags with what was said last.

    Args:
        tom: The TOM.
        told: What it was sent, of each object in order.
        target_list: The list that all of them are in.
    """
    contents = tom.contents()
    of_object: dict[str, list[Submission]] = {}
    for one in told:
        of_object.setdefault(one.object_id, []).append(one)
    assert sorted(target.name for target in contents.targets) == sorted(of_object)
    for target in contents.targets:
        _check_target(target, of_object[target.name])
    (found,) = contents.lists
    assert found.name == target_list
    assert sorted(found.members) == sorted(of_object), "a target is not in its list, or twice"


def _check_target(target: StoredTarget, told: Sequence[Submission]) -> None:
    assert Counter(map(stored, target.datums)) == Counter(set().union(*map(measured, told))), target.name
    assert sorted(target.aliases) == sorted({alias for one in told for alias in one.aliases}), target.name
    assert sorted(target.tags) == sorted(_tags(told).items()), target.name


def _tags(told: Sequence[Submission]) -> Mapping[str, str]:
    found = dict[str, str]()
    for one in told:
        found |= {f"fink_{name}": str(value) for name, value in one.scores.items()}
        found |= {"fink_class": one.label, "fink_class_reason": one.label_reason, "fink_survey": one.survey}
        found |= {"fink_alert_id": one.alert_id, "fink_alert_time": one.time, "fink broker link": one.link}
    return found
