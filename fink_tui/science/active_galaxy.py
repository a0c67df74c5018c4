"""Active galaxy: its state against its own history, Fink's statistics of blazars, features of its light curve."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from fink_tui.alerts.quantity import Quantity, select
from fink_tui.alerts.row import Point, PointKind
from fink_tui.alerts.simbad import meaning
from fink_tui.alerts.text import NOTHING, age
from fink_tui.science.features import feature_lines
from fink_tui.science.period import in_order
from fink_tui.science.reading import at, median, number, plain, quantile
from fink_tui.science.sheet import Dot, Evidence, Line, Plot, Sheet
from fink_tui.science.words import colour_line, rate_line, told_of_source

LEAST_POINTS = 3
"""Points of a band that make a history."""

STATES = (
    ("instantness_low", "robustness_low", "low"),
    ("instantness_high", "robustness_high", "high"),
)
"""Fink's numbers since fink-science 8.42: the newest flux, and the mean of its last 30 days, over the threshold of the
state, which was computed from the archive of that blazar; -1 for not computed."""


class State(NamedTuple):
    """The newest flux of a band against all of that band."""

    band: str
    flux: float
    """nJy, of the source itself or, where that is not known, of the difference."""
    middle: float
    """The median, nJy."""
    low: float
    """16 % are below."""
    high: float
    """84 % are below."""
    rank: int
    """1: the brightest."""
    n: int
    mjd: float


def active_galaxy(evidence: Evidence) -> Sheet:
    """State, statistics, features."""
    points, is_total = _history(evidence)
    states = [state for band in in_order(point.band for point in points) if (state := state_of(points, band))]
    return Sheet(tuple(_lines(evidence, states, is_total)), _plot(evidence, points, states, is_total))


def state_of(points: list[Point], band: str) -> State | None:
    """The state of a band, or None where it has no history.

    Args:
        points: With fluxes, in order of time.
        band: Which.
    """
    own = [(point.mjd, point.flux) for point in points if point.band == band and point.flux is not None]
    if len(own) < LEAST_POINTS:
        return None
    mjd, newest = max(own)
    fluxes = [flux for _, flux in own]
    rank = 1 + sum(flux > newest for flux in fluxes)
    return State(band, newest, median(fluxes), quantile(fluxes, 0.16), quantile(fluxes, 0.84), rank, len(fluxes), mjd)


def _history(evidence: Evidence) -> tuple[list[Point], bool]:
    """Points with the flux of the source itself, or where there are too few of them of the difference."""
    good = [point for point in evidence.points if point.kind is PointKind.DETECTION and abs(point.flux or 0) < 1e15]
    total = [point for point in select(good, Quantity.TOTAL) if point.flux is not None and abs(point.flux) < 1e15]
    if len(total) >= max(LEAST_POINTS, len(good) // 2):
        return total, True
    return [point for point in good if point.flux is not None], False


def _lines(evidence: Evidence, states: list[State], is_total: bool) -> Iterator[Line]:
    row = evidence.row
    if not states:
        yield Line("state", NOTHING, f"no band has {LEAST_POINTS} good points to compare with")
    for state in states:
        yield Line(f"state in {state.band}", *_state_text(evidence, state, is_total))
    yield from _blazar_lines(evidence.record)
    found, of = told_of_source(evidence)
    yield rate_line(found, evidence.now, of)
    named = [
        f"{meaning(row.simbad_type).words} (SIMBAD)" if row.simbad_type else "",
        f"{row.x3hsp} (3HSP)" if row.x3hsp else "",
        f"{row.x4lac} (4LAC)" if row.x4lac else "",
    ]
    known = ", ".join(word for word in named if word)
    yield Line("known as", known or NOTHING, 'catalogues of blazars: within 60"' if row.x3hsp or row.x4lac else "")
    yield colour_line(found, evidence.now, of)
    yield from feature_lines(evidence.record)


def _state_text(evidence: Evidence, state: State, is_total: bool) -> tuple[str, str]:
    when = f"{age((evidence.now - state.mjd) * 86400)} ago"
    rank = "brightest" if state.rank == 1 else "faintest" if state.rank == state.n else f"no. {state.rank}"
    place = f"{rank} of {state.n}"
    if not is_total or state.middle <= 0:
        return place, f"{when}; by the difference, for the flux of the source itself is not known"
    ratio = state.flux / state.middle
    range_ = f"16-84 %: {plain(state.low / state.middle)} to {plain(state.high / state.middle)}"
    return f"{plain(ratio)} x median, {place}", f"{range_}; {when}"


def _blazar_lines(record: Mapping[str, Any]) -> Iterator[Line]:
    """What Fink says of a monitored blazar's state; nothing where it computed nothing."""
    stats = at(record, "blazar_stats")
    if not isinstance(stats, Mapping):
        return
    count = 0
    for instant, robust, name in STATES:
        now, lately = number(stats, instant, -1.0), number(stats, robust, -1.0)
        if now is None and lately is None:
            continue
        count += 1
        is_there = None not in (now, lately) and all(
            value is not None and (0 <= value < 1 if name == "low" else value >= 1) for value in (now, lately)
        )
        value = f"{plain(now)} now, {plain(lately)} over 30 d"
        yield Line(f"{name} state", value, f"of the threshold: {'yes' if is_there else 'no'}, by Fink")
    if (cdf := number(stats, "cdf_quantile", -1.0)) is not None:
        yield Line("quantile", plain(cdf), "of this flux among the archive's, by Fink")
    m0, m1, m2 = (number(stats, name, -1.0) for name in ("m0", "m1", "m2"))
    if any(value is not None for value in (m0, m1, m2)):
        count += 1
        is_low = m1 is not None and m2 is not None and 0 <= m1 < 1 and 0 <= m2 < 1
        yield Line(
            "low state",
            f"{plain(m2)} now, mean {plain(m1)}, before {plain(m0)}",
            f"of the threshold: {'yes' if is_low else 'no'}, by Fink",
        )
    if not count:
        yield Line("Fink's state", NOTHING, "not one of the blazars that Fink monitors")


def _plot(evidence: Evidence, points: list[Point], states: list[State], is_total: bool) -> Plot | None:
    """The flux over its median, or in µJy where only differences are known."""
    middles = {state.band: state.middle for state in states}
    dots = []
    for point in points:
        if point.flux is None or point.band not in middles:
            continue
        scale = middles[point.band] if is_total else 1e3
        if scale <= 0:
            continue
        err = point.flux_err / scale if point.flux_err is not None else None
        dots.append(Dot(point.mjd - evidence.now, point.flux / scale, err, point.band))
    title = "flux over its band's median" if is_total else "flux of the difference, µJy"
    return Plot(title, "days from now", tuple(dots), levels=(1.0,) if is_total else (0.0,)) if dots else None
