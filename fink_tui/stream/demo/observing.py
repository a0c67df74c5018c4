"""What the demo's two surveys have in common: how a source is measured, remembered and told."""

from __future__ import annotations

import math
import statistics
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, NamedTuple

from fink_tui.stream.demo import schemas, sky, stamps
from fink_tui.stream.demo.sky import Kind, Source

LATENCY = 90.0
"""Seconds from an exposure to the alert: Fink's own share; the survey's is left out."""

TAI_LESS_UTC = 37 / 86400
"""Days (since 2017)."""

NAN = math.nan


class DemoAlert(NamedTuple):
    """One alert, ready to be sent."""

    survey: str
    """`ztf`, `lsst` or `mma`."""

    topics: tuple[str, ...]
    """The topics that carry it: one or more."""

    key: bytes
    """The message's key: the schema."""

    value: bytes
    """The message's value: one schemaless Avro datum."""

    object_id: str
    """ZTF `objectId`, of GRB alerts too; LSST `diaObjectId`, or the designation of a Solar System object."""

    alert_id: str
    """ZTF `candid`, LSST `diaSourceId`, or text for GRB alerts."""

    expected_class: str
    """The label that the rules give it."""

    obs_mjd: float
    """Time of observation, MJD, UTC."""

    due: float
    """When it is to be sent, seconds after `now`: not above zero for the backlog."""


class Seen(NamedTuple):
    """One observation of a source's place."""

    mjd: float
    """MJD, UTC."""

    band: str
    """`u g r i z y`."""

    flux: float
    """Measured flux of the difference, nJy."""

    flux_err: float
    """Its error, 1 sigma, nJy."""

    limit: float
    """5 sigma limit of the exposure, magnitude."""

    @property
    def snr(self) -> float:
        """Signal to noise."""
        return abs(self.flux) / self.flux_err

    @property
    def is_detection(self) -> bool:
        """Whether a survey would find it."""
        return self.snr >= 5

    @property
    def mag(self) -> float:
        """Magnitude of the difference's absolute value."""
        return sky.magnitude(abs(self.flux))

    @property
    def mag_err(self) -> float:
        """Its error, 1 sigma."""
        return sky.POGSON / self.snr


@dataclass(slots=True)
class Track:
    """A source as a survey knows it."""

    source: Source
    object_id: int | str
    first: float
    """Time of the first detection, MJD."""
    n_detections: int
    n_covered: int
    """Exposures that covered the place."""
    index: int
    """Its number among the sources of the survey."""
    last: float = 0.0
    """Time of the last alert, MJD."""
    seen: list[Seen] = field(default_factory=list)
    """The observations of its history, ascending in time."""
    rows: list[bytes] = field(default_factory=list)
    """The rows of the history, encoded: one for each of `seen` (ZTF), one for each detection (LSST)."""
    forced: list[bytes] = field(default_factory=list)
    """LSST's rows of forced photometry."""
    known: dict[str, Any] = field(default_factory=dict)
    """What catalogues say of it, in the survey's fields."""
    look: stamps.Look = "empty"
    distnr: float = 0.0
    """Distance to the nearest source of the reference image, pixels."""


class Survey(ABC):
    """A survey that observes the sky of the demo."""

    name: str
    field: sky.Field
    bands: str
    """The filters, the commonest more often."""
    depths: Mapping[str, float]
    """5 sigma limit by filter, magnitude."""
    range: tuple[float, float]
    """Magnitudes of alerts: from, to."""
    kinds: Mapping[Kind, float]
    """How often each kind raises its first alert."""

    def __init__(self, random: Random, salt: int) -> None:
        self.random = random
        self.salt = salt
        self.count = 0

    def observe(self, source: Source, band: str, mjd: float) -> Seen:
        """Measure a source: its flux with noise of the sky, and 2 % of its own light (of the template, 0.2 %)."""
        limit = min(self.depths[band] + self.random.gauss(-0.15, 0.2), self.range[1])
        flux = sky.difference_flux(source, band, mjd)
        own = 0.02 * (abs(flux) + 0.1 * sky.template_flux(source, band))
        error = math.hypot(sky.flux(limit) / 5, own)
        return Seen(mjd, band, flux + self.random.gauss(0, error), error, limit)

    def detect(self, source: Source, mjd: float) -> Seen | None:
        """The detection that raises an alert, or None: too faint for it, or too bright."""
        for band in self.random.sample(self.bands, 2):
            seen = self.observe(source, band, mjd)
            if seen.is_detection and self.range[0] <= seen.mag <= self.range[1]:
                return seen
        return None

    @abstractmethod
    def begin(self, source: Source, mjd: float) -> Track:
        """A source and its history of earlier nights."""

    @abstractmethod
    def tell(self, track: Track, seen: Seen, number: int, due: float) -> DemoAlert:
        """The alert of a detection. The detection then belongs to the history.

        Args:
            track: The source.
            seen: The detection.
            number: Which alert of the night it is: it tells apart what is of one moment.
            due: When it is to be sent, seconds after the present.
        """


def date_of(mjd: float) -> datetime:
    """The date and time of an MJD, UTC."""
    return datetime(1858, 11, 17, tzinfo=UTC) + timedelta(days=mjd)


def timestamp(mjd: float, seconds: float) -> str:
    """A time as Fink writes it: UTC, without a zone mark."""
    return f"{date_of(mjd + seconds / 86400):%Y-%m-%d %H:%M:%S.%f}"


def look_of(source: Source) -> stamps.Look:
    """What its stamps show."""
    match source.kind:
        case Kind.BOGUS:
            return "ray"
        case Kind.RR_LYRAE | Kind.MIRA | Kind.ACTIVE:
            return "star"
        case _:
            return "galaxy" if source.host_mag < 90 else "empty"


def features(points: Sequence[tuple[float, float]]) -> dict[str, float | None]:
    """Features of a light curve: a few, NaN for the rest; nothing of no points.

    Args:
        points: The measurements and their errors: magnitudes (ZTF) or fluxes (LSST).
    """
    if not points:
        return {}
    values = sorted(value for value, _ in points)
    mean = statistics.fmean(values)
    weights = [1 / error**2 for _, error in points]
    features = dict.fromkeys(schemas.lsst().names("lc_features"), NAN)
    features["mean"] = mean
    features["weighted_mean"] = statistics.fmean([value for value, _ in points], weights)
    features["median"] = statistics.median(values)
    features["amplitude"] = 0.5 * (values[-1] - values[0])
    features["percent_amplitude"] = max(values[-1] - features["median"], features["median"] - values[0])
    if len(values) > 1:
        spread = statistics.stdev(values, mean)
        features["standard_deviation"] = spread
        features["beyond_1_std"] = sum(abs(value - mean) > spread for value in values) / len(values)
    return dict(features)


def gaia_name(random: Random) -> str:
    """A name as Gaia DR3 has them."""
    return f"Gaia DR3 {random.randrange(10**18, 6 * 10**18)}"


def bracketed_name(random: Random) -> str:
    """A name as catalogues in papers have it: in brackets. There is no such paper."""
    return f"[DEM2026] {random.randrange(1, 400)}"


def galaxy_name(random: Random) -> str:
    """A name for a galaxy; there is no such galaxy."""
    return bracketed_name(random) if random.random() < 0.3 else f"PGC9{random.randrange(10**6):06d}"
