"""What a receiver is told of an alert: a target and its points, the same for every receiver, and rounded once.

It is made when the observer says "send", and kept as it is until it has arrived: tried again after a failure it is
the same to the last digit. An exposure gives one point, and a detection is told alike by its own alert and in the
histories of later ones, so that whoever compares finds each point once.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec
from msgspec import Struct

from fink_tui.alerts import photometry
from fink_tui.alerts.row import AlertRow, Point, PointKind
from fink_tui.alerts.survey import Survey, portal, source_number, survey_named
from fink_tui.alerts.text import MJD_EPOCH

SCORES = (
    *("real_bogus", "sn_score", "snn_snia_vs_nonia", "rf_snia_vs_nonia", "rf_kn_vs_nonkn", "mulens"),
    *("anomaly_score", "cats_class", "cats_score", "early_snia_score"),
)
"""The columns of a row that tell a receiver how the alert was judged."""

MAG_PLACES, MAG_ERR_PLACES, FLUX_PLACES, ANGLE_PLACES, SCORE_PLACES = 4, 6, 1, 7, 4
"""Decimals of magnitudes, their errors, fluxes in nJy, degrees and scores: below every error, above float32's noise.

Those of magnitudes are those of ZTF's histories: they say 18.8892±0.094284 of what its own alert said 18.889244 of.
"""

MEASURED_SNR, LIMIT_SNR = 3.0, 5.0
"""From 3 sigma on a flux is a measurement, below it a 5 sigma limit: SNT and SNU of ZTF's forced photometry (Masci et
al. 2023, arXiv:2305.16279). Rubin's detections, of dipoles and trails for instance, may have a flux below it, too."""

RANK = (PointKind.DETECTION, PointKind.BAD, PointKind.FORCED, PointKind.LIMIT)
"""Which point of an exposure is told where there are several: Rubin forces photometry where it has detected, too."""

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
    """The survey's number of the detection; in ZTF's histories of 2025 only its first digits are right."""

    is_current: bool = False
    """Whether it is the detection that raised the alert."""


class Submission(Struct, frozen=True, kw_only=True):
    """A target and its points."""

    version: Literal[1] = 1
    """Of this form."""

    survey: str
    """`ztf`, `lsst` or `mma`."""

    alert_id: str
    """ZTF `candid`, LSST `diaSourceId`, or text for a GRB/GW alert."""

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

    scores: dict[str, int | float] = {}
    """How it was judged, by column."""

    tags: dict[str, str] = {}
    """What else is known of it, by name: of a GRB/GW alert the trigger."""

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


def submission(
    row: AlertRow, *, topics: str, night: int, record: Mapping[str, Any] | None, earlier: Sequence[Point] = ()
) -> Submission:
    """What receivers are told of an alert.

    Args:
        row: Its row.
        topics: Its Kafka topics, joined by commas.
        night: YYYYMMDD of the evening.
        record: Its whole packet, or None where there is none any more: then the light curve is this detection.
        earlier: What else is known of its object's light curve, where no packet tells.
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
        ra=_rounded(row.ra, ANGLE_PLACES) % 360,
        dec=_rounded(row.dec, ANGLE_PLACES),
        time=iso(row.obs_mjd),
        night=f"{evening[:4]}-{evening[4:6]}-{evening[6:]}",
        topics=tuple(name for name in topics.split(",") if name),
        label=row.label,
        label_reason=row.label_reason,
        scores={
            name: value if isinstance(value, int) else _rounded(value, SCORE_PLACES)
            for name in SCORES
            if (value := getattr(row, name)) is not None
        },
        tags=survey.tags(row),
        link=portal(row.survey, row.object_id),
        points=_points(survey, row, record, earlier),
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
    if not is_history(history):
        raise ValueError(f"{history!r} is neither {ALL} nor {LATEST} nor a number of days")
    if history == ALL:
        return list(told.points)
    days = -math.inf if history == LATEST else float(history)
    end = datetime.fromisoformat(told.time)

    def is_sent(point: SubmittedPoint) -> bool:
        return point.is_current or (end - datetime.fromisoformat(point.time)) / timedelta(days=1) <= days

    return [point for point in told.points if is_sent(point)]


def iso(mjd: float) -> str:
    """A time, MJD UTC, as `2026-11-20T03:00:00.000Z`."""
    moment = MJD_EPOCH + timedelta(milliseconds=round(mjd * 86_400_000))
    return f"{moment.isoformat(timespec='milliseconds')}Z"


def _points(
    survey: Survey, row: AlertRow, record: Mapping[str, Any] | None, earlier: Sequence[Point]
) -> tuple[SubmittedPoint, ...]:
    """A light curve, rounded, an exposure once; the alert's own detection is in it, whatever the packet holds."""
    points = [*(survey.points(record) if record is not None else ()), *earlier]
    if not any(point.is_current for point in points) and (own := survey.detection(row)) is not None:
        points.append(own)
    told = [found for point in points if (found := _point(point, source_number(row), survey.flux_first)) is not None]
    told.sort(key=lambda point: (not point.is_current, RANK.index(point.kind), _number(point.source_id)))
    once: dict[tuple[str, str], SubmittedPoint] = {}
    for point in told:
        once.setdefault((point.time, point.band), point)
    return tuple(sorted(once.values(), key=lambda point: (point.time, point.band)))


def _point(point: Point, alert_id: str | None, flux_first: bool) -> SubmittedPoint | None:
    """A point, rounded, or None where it says nothing that can be sent."""
    mag, mag_err = _rounded_or_none(point.mag, MAG_PLACES), _rounded_or_none(point.mag_err, MAG_ERR_PLACES) or None
    flux, flux_err = point.flux, point.flux_err
    if not flux_first and flux is not None:  # it was made of the magnitude: to be the same, of the rounded one
        size, flux_err = photometry.mag_to_flux(mag, mag_err) or (abs(flux), flux_err)
        flux = math.copysign(size, flux)
    limit, snr = None, photometry.snr(flux, flux_err)
    if point.kind is PointKind.LIMIT:
        mag, limit = None, mag
    elif (
        mag is None
        or point.is_negative  # its magnitude is that of the absolute value: it would be a rise where there is none
        or (snr is not None and snr < MEASURED_SNR)
        or (snr is None and point.kind is PointKind.FORCED)
    ):
        found = photometry.flux_to_mag(LIMIT_SNR * flux_err if flux_err is not None else None)
        mag, limit = None, _rounded_or_none(found[0], MAG_PLACES) if found is not None else None
        flux_err = flux_err if limit is not None else None  # one that gives no limit is none
    if mag is None and limit is None and flux is None:
        return None
    return SubmittedPoint(
        time=iso(point.mjd),
        band=point.band,
        kind=point.kind,
        mag=mag,
        mag_err=mag_err if mag is not None else None,
        limit=limit,
        flux=_rounded_or_none(flux, FLUX_PLACES),
        flux_err=_rounded_or_none(flux_err, FLUX_PLACES) or None,
        source_id=point.source_id or (alert_id if point.is_current else None),
        is_current=point.is_current,
    )


def _number(source_id: str | None) -> int:
    return int(source_id) if source_id is not None else 0


def _rounded(value: float, places: int) -> float:
    return round(value, places) + 0.0  # which makes 0.0 of -0.0


def _rounded_or_none(value: float | None, places: int) -> float | None:
    return None if value is None else _rounded(value, places)
