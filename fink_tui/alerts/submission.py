"""What a receiver is told of an alert: a target and its points, the same for every receiver, and rounded once.

It is made when the observer says "send", and kept as it is until it has arrived: tried again after a failure it is
the same to the last digit, so that whoever compares finds each point once.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import msgspec
from msgspec import Struct

from fink_tui.alerts import photometry
from fink_tui.alerts.row import AlertRow, Point, PointKind
from fink_tui.alerts.survey import portal, survey_named
from fink_tui.alerts.text import MJD_EPOCH

SCORES = (
    *("real_bogus", "sn_score", "snn_snia_vs_nonia", "rf_snia_vs_nonia", "rf_kn_vs_nonkn", "mulens"),
    *("anomaly_score", "cats_class", "cats_score", "early_snia_score"),
)
"""The columns of a row that tell a receiver how the alert was judged."""

MAG_PLACES, FLUX_PLACES, ANGLE_PLACES, SCORE_PLACES = 4, 1, 7, 4
"""Decimals of magnitudes, of fluxes in nJy, of degrees and of scores: below every error, above float32's noise."""

FORCED_SNR, LIMIT_SNR = 3.0, 5.0
"""Forced photometry from 3 sigma on is a measurement, below it a 5 sigma limit: SNT and SNU of ZTF's forced photometry
(Masci et al. 2023, arXiv:2305.16279)."""

ALL, LATEST = "all", "latest"
"""How much history is sent: the packet's, or this detection alone; else a number of days."""


class SubmittedPoint(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A point of the light curve: a magnitude with its error, or a limit."""

    time: str
    """UTC, ISO 8601 with milliseconds: `2026-11-20T03:00:00.000Z`. No exposure is as short."""

    band: str
    """`u g r i z y`."""

    kind: PointKind
    """What it is."""

    mag: float | None = None
    """Magnitude of the difference, AB; None for a limit, and where the source is fainter than the template."""

    mag_err: float | None = None
    """Its error, 1 sigma."""

    limit: float | None = None
    """5 sigma upper limit, magnitude AB, where there is no magnitude."""

    flux: float | None = None
    """Flux of the difference, nJy, negative where the source is fainter than the template; None for a limit."""

    flux_err: float | None = None
    """Its error, 1 sigma, nJy."""

    source_id: str | None = None
    """The survey's number of the detection."""

    is_current: bool = False
    """Whether it is the detection that raised the alert."""


class Submission(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A target and its points."""

    version: int = 1
    """Of this form."""

    survey: str
    """`ztf` or `lsst`."""

    alert_id: str
    """ZTF `candid`, LSST `diaSourceId`."""

    object_id: str
    """The target's name: ZTF `objectId`; LSST `diaObjectId` or Solar System designation."""

    aliases: tuple[str, ...] = ()
    """Other names: in the Transient Name Server, Rubin's number."""

    ra: float
    """Right ascension, degrees, ICRS."""

    dec: float
    """Declination, degrees, ICRS."""

    time: str
    """When the alert's exposure was taken, as in a point."""

    night: str
    """The evening's date, `2026-11-20`."""

    topics: tuple[str, ...] = ()
    """Kafka topics, in order of arrival."""

    label: str
    """Its class."""

    label_reason: str
    """The rule that gave it."""

    scores: dict[str, float] = {}
    """How it was judged, by column."""

    link: str
    """Its page in Fink's portal."""

    points: tuple[SubmittedPoint, ...] = ()
    """Its light curve, in order of time."""


class Choices(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the observer chose for one sending; None: as the receiver is set up."""

    target_list: str | None = None
    """The list that the target is put in, a template; "": none."""

    groups: tuple[str, ...] | None = None
    """Who may see the target."""

    history: str | None = None
    """`all`, `latest`, or a number of days before the alert."""

    nearby: str | None = None
    """The answer where another target is near: it is the `same` (its points go there), an `alias` of it, or `new`."""

    nearby_target: str | None = None
    """The target that the answer is about, as the receiver numbers it."""


def submission(row: AlertRow, *, topics: str, night: int, record: Mapping[str, Any] | None) -> Submission:
    """What receivers are told of an alert.

    Args:
        row: Its row.
        topics: Its Kafka topics, joined by commas.
        night: YYYYMMDD of the evening.
        record: Its whole packet, or None where there is none any more: then the light curve is this detection.
    """
    survey = survey_named(row.survey)
    names = [row.tns_name, *(survey.aliases(record) if record is not None else ())]
    aliases = dict.fromkeys(name.strip() for name in names if name is not None and name.strip())
    aliases.pop(row.object_id, None)
    evening = str(night)
    return Submission(
        survey=row.survey,
        alert_id=row.alert_id,
        object_id=row.object_id,
        aliases=tuple(aliases),
        ra=round(row.ra, ANGLE_PLACES) % 360,
        dec=round(row.dec, ANGLE_PLACES),
        time=iso(row.obs_mjd),
        night=f"{evening[:4]}-{evening[4:6]}-{evening[6:]}",
        topics=tuple(name for name in topics.split(",") if name),
        label=row.label,
        label_reason=row.label_reason,
        scores={
            name: round(float(value), SCORE_PLACES) for name in SCORES if (value := getattr(row, name)) is not None
        },
        link=portal(row.survey, row.object_id),
        points=_points(survey.points(record) if record is not None else [], row),
    )


def encode(value: Submission | Choices) -> bytes:
    """As JSON."""
    return msgspec.json.encode(value)


def decode_submission(content: bytes) -> Submission:
    """A submission from its JSON."""
    return msgspec.json.decode(content, type=Submission)


def decode_choices(content: bytes | str) -> Choices:
    """Choices from their JSON."""
    return msgspec.json.decode(content, type=Choices)


def is_history(text: str) -> bool:
    """Whether a text says how much history to send: `all`, `latest`, or a number of days."""
    try:
        return text in (ALL, LATEST) or 0 <= float(text) < math.inf
    except ValueError:
        return False


def history_of(told: Submission, history: str) -> list[SubmittedPoint]:
    """The points of a submission that are to be sent.

    Args:
        told: The submission.
        history: `all`, `latest`, or a number of days before the alert.

    Raises:
        ValueError: It is none of these.
    """
    if history == ALL:
        return list(told.points)
    if history == LATEST:
        return [point for point in told.points if point.is_current]
    first = iso(_mjd(told.time) - float(history))
    return [point for point in told.points if point.is_current or point.time >= first]


def iso(mjd: float) -> str:
    """A time, MJD UTC, as `2026-11-20T03:00:00.000Z`."""
    moment = MJD_EPOCH + timedelta(milliseconds=round(mjd * 86_400_000))
    return f"{moment.isoformat(timespec='milliseconds')}Z"


def _mjd(time: str) -> float:
    moment = type(MJD_EPOCH).fromisoformat(time.removesuffix("Z"))
    return (moment - MJD_EPOCH) / timedelta(days=1)


def _points(points: Sequence[Point], row: AlertRow) -> tuple[SubmittedPoint, ...]:
    """A light curve, rounded; the alert's own detection is in it, whatever the packet holds."""
    found = [told for point in points if (told := _point(point, row.alert_id)) is not None]
    if not any(point.is_current for point in points) and row.band is not None:
        mag, mag_err = row.mag, row.mag_err
        if mag is None and row.flux is not None:
            mag, mag_err = photometry.flux_to_mag(abs(row.flux), row.flux_err) or (None, None)
        own = Point(row.obs_mjd, row.band, PointKind.DETECTION, mag, mag_err, row.flux, row.flux_err, True)
        if (told := _point(own, row.alert_id)) is not None:
            found.append(told)
    return tuple(sorted(found, key=lambda point: point.time))


def _point(point: Point, alert_id: str) -> SubmittedPoint | None:
    """A point, rounded, or None where it says nothing that can be sent."""
    time = iso(point.mjd)
    if point.kind is PointKind.LIMIT:
        return SubmittedPoint(time=time, band=point.band, kind=point.kind, limit=_rounded(point.mag, MAG_PLACES))
    mag, limit = point.mag, None
    is_faint = point.kind is PointKind.FORCED and abs(photometry.snr(point.flux, point.flux_err) or 0.0) < FORCED_SNR
    if point.is_negative or is_faint:  # the magnitude would be that of the absolute value: a rise where there is none
        mag, found = None, photometry.flux_to_mag(LIMIT_SNR * point.flux_err if point.flux_err is not None else None)
        limit = found[0] if found is not None else None
    if mag is None and limit is None and point.flux is None:
        return None
    return SubmittedPoint(
        time=time,
        band=point.band,
        kind=point.kind,
        mag=_rounded(mag, MAG_PLACES),
        mag_err=_rounded(point.mag_err, MAG_PLACES) if mag is not None else None,
        limit=_rounded(limit, MAG_PLACES),
        flux=_rounded(point.flux, FLUX_PLACES),
        flux_err=_rounded(point.flux_err, FLUX_PLACES),
        source_id=point.source_id or (alert_id if point.is_current else None),
        is_current=point.is_current,
    )


def _rounded(value: float | None, places: int) -> float | None:
    return None if value is None else round(value, places)
