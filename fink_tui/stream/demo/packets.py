"""The alerts of the demo: the sky, observed through a night, in the layouts of Fink's live stream.

One endless sequence, the same for the same seed and time. Objects come back within the night with a longer history.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from random import Random

from fink_tui.stream.demo import mma, sky
from fink_tui.stream.demo.lsst import Lsst
from fink_tui.stream.demo.observing import LATENCY, DemoAlert, Survey, Track
from fink_tui.stream.demo.sky import Kind
from fink_tui.stream.demo.ztf import Ztf

__all__ = ["TOPICS", "DemoAlert", "alerts"]

TOPICS: Mapping[str, tuple[str, ...]] = {
    "ztf": (
        "fink_sn_candidates_ztf",
        "fink_early_sn_candidates_ztf",
        "fink_kn_candidates_ztf",
        "fink_rate_based_kn_candidates_ztf",
        "fink_sso_ztf_candidates_ztf",
        "fink_sso_fink_candidates_ztf",
        "fink_blazar_ztf",
        "fink_microlensing_candidates_ztf",
        "fink_unknowns_ztf",
        *mma.TOPICS,
    ),
    "lsst": (
        "fink_extragalactic_new_candidate_lsst",
        "fink_sn_near_galaxy_candidate_lsst",
        "fink_in_tns_lsst",
        "fink_in_simbad_lsst",
        "fink_is_solar_system_lsst",
        "fink_uniform_sample_lsst",
    ),
}
"""The topics, as Fink names them, by the survey whose servers have them."""

_BACKLOG_DAYS = 3 / 24
"""How long before `now` the first alerts begin."""

_AGAIN_DAYS = 25 / 1440
"""How soon a survey comes back to an object."""


def alerts(seed: int, now_mjd: float, *, backlog: int = 200, rate: float = 3.0) -> Iterator[DemoAlert]:
    """The alerts of a night: first those of the last three hours, then what comes, without an end.

    Times of observation increase. The same arguments give the same bytes.

    Args:
        seed: Which sky.
        now_mjd: The present, MJD, UTC.
        backlog: How many alerts lie before the present.
        rate: Alerts a second after it, on the mean.
    """
    random = Random(f"{seed} {now_mjd!r} {backlog} {rate!r}")
    salt = random.randrange(10**6)
    ztf = Ztf(random, salt)
    surveys: tuple[Survey, Survey] = (ztf, Lsst(random, salt))
    seen_tonight: dict[str, deque[Track]] = {survey.name: deque(maxlen=300) for survey in surveys}
    for number, due in enumerate(_times(random, backlog, rate)):
        mjd = now_mjd + (due - LATENCY) / 86400
        if number % 150 == 39:  # rare, and yet there from the beginning
            yield mma.grb_alert(ztf, random, mjd, due)
            continue
        survey = surveys[0] if random.random() < 0.6 else surveys[1]
        kind = None
        if number % 400 in (20, 110):  # a kilonova is rare; a night of the demo has one of each survey
            kind, survey = Kind.KILONOVA, surveys[number % 400 == 110]
        tonight = seen_tonight[survey.name]
        track, seen = None, None
        if kind is None and tonight and mjd - tonight[0].last > _AGAIN_DAYS and random.random() < 0.3:
            track = tonight.popleft()
            seen = survey.detect(track.source, mjd)
        while track is None or seen is None:
            new = kind or random.choices(tuple(survey.kinds), tuple(survey.kinds.values()))[0]
            source = sky.draw(new, survey.field, mjd, random)
            seen = survey.detect(source, mjd)
            track = survey.begin(source, mjd) if seen else None
        alert = survey.tell(track, seen, number, due)
        track.last = mjd
        if track.source.kind is not Kind.BOGUS:
            tonight.append(track)
        yield alert


def _times(random: Random, backlog: int, rate: float) -> Iterator[float]:
    """When alerts are sent, seconds after the present: as often as chance has it, ever later."""
    due = -_BACKLOG_DAYS * 86400
    gaps = [random.expovariate(1.0) for _ in range(backlog + 1)]
    scale = -due / sum(gaps)
    for gap in gaps[:-1]:
        due += gap * scale
        yield due
    due = 0.0
    while True:
        due += random.expovariate(rate)
        yield due
