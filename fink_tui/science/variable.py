"""Variable star: its period and folded curve, its type, its range."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from fink_tui.alerts import photometry
from fink_tui.alerts.lightcurve import measured
from fink_tui.alerts.quantity import Quantity, select
from fink_tui.alerts.row import Point, PointKind
from fink_tui.alerts.simbad import meaning
from fink_tui.alerts.text import NOTHING, age
from fink_tui.science import certainty
from fink_tui.science import period as periods
from fink_tui.science.features import feature_lines
from fink_tui.science.period import Found, Sample
from fink_tui.science.reading import number, plain, text
from fink_tui.science.sheet import Dot, Evidence, Line, Plot, Sheet
from fink_tui.science.words import colour_line, told_of_source

FACTORS = ((1.0, ""), (2.0, "doubled"), (0.5, "halved"))
"""What a period may be folded at: itself; twice it, for two unequal eclipses or maxima a turn; half of it."""

BLURRED = 0.4
"""Error of a magnitude above which a point is not drawn: a few of them would set the scale for all."""

SHORT = 0.2
"""Days below which the Earth's way around the Sun shows: light is up to 8 minutes early or late."""


class Fold(NamedTuple):
    """What a light curve is folded at."""

    period: float
    """Days."""
    found: Found | None = None
    """The search it is from; None where it was typed."""
    way: int = 0
    """Which of its ways it is folded in."""

    def ways(self) -> list[tuple[float, str]]:
        """The periods, days, that it may be folded at, and what each is: it, twice it, half, then the next best."""
        others = self.found.best[1:] if self.found is not None else []
        return [
            *((factor * self.period, words) for factor, words in FACTORS),
            *((one.period, f"no. {number}") for number, one in enumerate(others, 2)),
        ]

    @property
    def days(self) -> float:
        """The period that it is folded at."""
        return self.ways()[self.way][0]

    def next(self) -> Fold:
        """Folded in the next way."""
        return self._replace(way=(self.way + 1) % len(self.ways()))


def variable(evidence: Evidence, fold: Fold | None = None, state: str = "") -> Sheet:
    """Period, type, range.

    Args:
        evidence: The alert.
        fold: What to fold at, where that is known.
        state: How far a search is, or why there is none.
    """
    taken = periods.samples(evidence.points)
    return Sheet(tuple(_lines(evidence, taken, fold, state)), _plot(evidence, taken, fold))


def _lines(evidence: Evidence, taken: Sequence[Sample], fold: Fold | None, state: str) -> Iterator[Line]:
    if state:
        yield Line("period", state)
    if fold is not None:
        yield from _period_lines(taken, fold)
    elif not state:
        low, high = periods.default_range(taken)
        note = f"{len(taken)} good points: from {low:g} to {high:g} d, or as you type"
        yield Line("period", "not sought yet: P", note)
    yield from _type_lines(evidence)
    yield from _range_lines(evidence)
    found, of = told_of_source(evidence)
    yield colour_line(found, evidence.now, of)
    yield from feature_lines(evidence.record)


def _span(taken: Sequence[Sample]) -> float:
    return taken[-1].mjd - taken[0].mjd if taken else 0.0


def _period_lines(taken: Sequence[Sample], fold: Fold) -> Iterator[Line]:
    span = _span(taken)
    named = fold.ways()[fold.way][1]
    value = f"{fold.days:.{certainty.digits(fold.days, span)}f} d"
    if fold.found is None:
        yield Line("period", value, ", ".join(word for word in (named, "as typed", "m: twice, half") if word))
        return
    found = fold.found
    total = sum(found.points.values())
    most = max(found.points.values(), default=0)
    notes = [named]
    if most < periods.GUESS_POINTS:
        notes.append(f"{total} points: periods from so few are guesses")
    elif found.false_alarm is not None:
        notes.append(f"false alarm {found.false_alarm:.0e} in {found.false_alarm_band}, for mere noise")
    if certainty.is_rhythm_of_observing(fold.period, span):
        notes.append("the rhythm of the nights: doubt it")
    if fold.period * 3 > span:
        notes.append("fewer than 3 cycles seen")
    if fold.days < SHORT:
        notes.append("times not barycentric")
    yield Line("period", value, "; ".join(note for note in notes if note))
    rest = [
        f"{one.period:.{certainty.digits(one.period, span)}f} ({one.power:.2f}{_alias(one.period, fold.period, span)})"
        for one in found.best[1:]
    ]
    first = found.best[0].power if found.best else None
    yield Line("next best", "  ".join(rest) or NOTHING, f"power of the best {plain(first)}; m: twice, half, next best")
    alone = [f"{band} {one.period:.{certainty.digits(one.period, span)}f}" for band, one in found.bands.items()]
    agree = _agreement(found, span)
    yield Line("by band", "  ".join(alone), agree)
    counts = "  ".join(f"{band} {number}" for band, number in found.points.items())
    yield Line("sought", f"{counts} points over {age(found.span * 86400)}", f"{found.frequencies:,} periods tried")


def _alias(one: float, best: float, span: float) -> str:
    words = certainty.alias(one, best, span)
    return f", {words} the best" if words else ""


def _agreement(found: Found, span: float) -> str:
    if len(found.bands) < 2 or not found.best or span <= 0:
        return ""
    best = found.best[0].period
    agree = [band for band, one in found.bands.items() if abs(1 / one.period - 1 / best) < 1 / span]
    return "all agree" if len(agree) == len(found.bands) else f"{len(agree)} of {len(found.bands)} agree with the best"


def _type_lines(evidence: Evidence) -> Iterator[Line]:
    row, record = evidence.row, evidence.record
    gaia = text(record, "gaiaClass")
    known = [
        f"{row.vsx_type} (VSX)" if row.vsx_type else "",
        f"{row.gcvs_type} (GCVS)" if row.gcvs_type else "",
        f"{meaning(row.simbad_type).words} (SIMBAD)" if row.simbad_type else "",
        f"{gaia} (Gaia)" if gaia else "",
        f"{row.spicy_class} (SPICY)" if row.spicy_class else "",
    ]
    flag = next(
        (value for name in ("gaiaVarFlag", "xm.gaiadr3_VarFlag") if (value := number(record, name)) is not None), None
    )
    note = "Gaia: variable" if flag == 1 else "Gaia: not known to vary" if flag == 0 and row.gaia_name else ""
    yield Line("type", ", ".join(word for word in known if word) or NOTHING, note)
    if row.gaia_plx is not None:
        err = f"±{row.gaia_plx_err:.2f}" if row.gaia_plx_err is not None else ""
        yield Line("parallax", f"{row.gaia_plx:.2f}{err} mas", row.gaia_name or "Gaia DR3")


def _range_lines(evidence: Evidence) -> Iterator[Line]:
    """Brightest and faintest of each band: of the star itself where that is known."""
    good = [point for point in evidence.points if point.kind is PointKind.DETECTION]
    total = measured(select(good, Quantity.TOTAL))
    if not total:
        yield Line("range", NOTHING, "the star's own brightness is not in the packet, only that of the difference")
        return
    for band in periods.in_order(one.band for one in total):
        mags = [one.mag for one in total if one.band == band]
        low, high = min(mags), max(mags)
        if len(mags) == 1:
            yield Line(f"range {band}", f"{low:.2f}", "one point")
            continue
        yield Line(
            f"range {band}",
            f"{low:.2f} to {high:.2f}, last {mags[-1]:.2f}",
            f"{high - low:.2f} mag, {len(mags)} points",
        )


def _plot(evidence: Evidence, taken: Sequence[Sample], fold: Fold | None) -> Plot | None:
    """The folded curve, twice; phase 0 is at the brightest point of the band with the most."""
    if fold is None or not taken:
        return None
    counts = {band: sum(sample.band == band for sample in taken) for band in {sample.band for sample in taken}}
    main = max(sorted(counts), key=lambda band: counts[band])
    zero = max((sample for sample in taken if sample.band == main), key=lambda sample: sample.flux).mjd
    mags = [_magnitude(sample) for sample in taken] if _is_total(evidence.points, taken) else [None]
    is_mag = None not in mags
    dots = []
    for index, sample in enumerate(taken):
        at = periods.phase(sample.mjd, fold.days, zero)
        found = mags[index] if is_mag else (sample.flux / 1e3, sample.err / 1e3)
        assert found is not None
        dots += [Dot(at + turn, found[0], found[1], sample.band) for turn in (0, 1)]
    sharp = [dot for dot in dots if not is_mag or (dot.err is not None and dot.err <= BLURRED)]
    blurred = 0 if len(sharp) < len(dots) / 2 else (len(dots) - len(sharp)) // 2
    what = "magnitude" if is_mag else "flux of the difference, µJy"
    title = f"{what} folded at {fold.days:.{certainty.digits(fold.days, _span(taken))}f} d"
    if blurred:
        dots, title = sharp, f"{title}; {blurred} of errors above {BLURRED} not drawn"
    return Plot(title, f"phase; 0 is MJD {zero:.4f}", tuple(dots), is_down=is_mag)


def _magnitude(sample: Sample) -> tuple[float, float | None] | None:
    return photometry.flux_to_mag(sample.flux, sample.err)


def _is_total(points: Sequence[Point], taken: Sequence[Sample]) -> bool:
    """Whether the samples are of the source itself: a sample of the difference is no magnitude of a star."""
    totals = {(point.mjd, point.band, point.total_flux) for point in points}
    return all((sample.mjd, sample.band, sample.flux) in totals for sample in taken)
