"""Why an alert has its class: every rule with its conditions, every score against its threshold.

The rules are those of `labels.py`, whose numbers these are: there they give the class of a thousand alerts a second,
here one alert's is taken apart.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from fink_tui.alerts import clean, labels
from fink_tui.alerts.row import AlertRow
from fink_tui.alerts.text import clean as safe

OPERATORS: Mapping[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}

OPPOSITES = {">": "<=", ">=": "<", "<": ">=", "<=": ">"}

GOOD_RB = 0.55
"""ZTF: `rb` from which Fink's portal draws a detection as one of good quality."""

LIKELY_SNN, LIKELY_SNR, LIKELY_SOURCES = 0.7, 10.0, 2
"""LSST: SuperNNova's score from which, signal to noise above which, and sources from which on Fink's filter
`most_likely_sn` lets an alert through (fink-filters 7.45)."""

LIKELY_CATS = 11
"""The class of CATS that it asks for, at `labels.CATS_THRESHOLD`: SN-like."""

NOT_COMPUTED = -1.0, -99.0, -999.0
"""What stands for no score."""


class Check(NamedTuple):
    """One condition, and what the alert has for it."""

    name: str
    value: float | None
    sign: str
    """`>`, `>=`, `<` or `<=`; blank where nothing is asked."""
    threshold: float
    unit: str = ""

    @property
    def passes(self) -> bool:
        """Whether it is fulfilled; what is missing fulfils nothing."""
        return self.value is not None and (not self.sign or OPERATORS[self.sign](self.value, self.threshold))

    def words(self) -> str:
        """The number beside its threshold, `snn Ia 0.43 < 0.5`, with the sign that holds."""
        if self.value is None:
            return f"{self.name} not given"
        if not self.sign:
            return f"{self.name} {_number(self.value)}{self.unit}"
        sign = self.sign if self.passes else OPPOSITES[self.sign]
        if sign == "<=" and self.value < self.threshold:
            sign = "<"
        if sign == ">=" and self.value > self.threshold:
            sign = ">"
        written = _number(self.value)
        for places in range(3, 9):  # never 0.50 < 0.5
            if OPERATORS[sign](float(written.replace(",", "")), self.threshold):
                break
            written = f"{self.value:.{places}f}"
        return f"{self.name} {written}{self.unit} {sign} {self.threshold:g}{self.unit}"


class Either(NamedTuple):
    """Conditions one of which is enough."""

    checks: tuple[Check, ...]

    @property
    def passes(self) -> bool:
        """Whether one is fulfilled."""
        return any(check.passes for check in self.checks)

    def words(self) -> str:
        """Those that are fulfilled, else all."""
        return " and ".join(check.words() for check in self.checks if check.passes or not self.passes)


class Fact(NamedTuple):
    """A condition that is not about a number."""

    text: str
    passes: bool

    def words(self) -> str:
        """What is the case."""
        return self.text


class Rule(NamedTuple):
    """A class, and what an alert must fulfil for it."""

    name: str
    checks: tuple[Check | Either | Fact, ...]

    @property
    def holds(self) -> bool:
        """Whether all is fulfilled."""
        return all(check.passes for check in self.checks)

    def deciding(self) -> list[str]:
        """Why, or why not: what is not fulfilled decides."""
        return [check.words() for check in self.checks if self.holds or not check.passes]


class Scores(NamedTuple):
    """What an alert's class rests on."""

    rules: tuple[Rule, ...]
    """Each rule that gives a class, in the order in which they count."""

    scores: tuple[Check, ...]
    """Every score; most have a threshold."""


def scores(row: AlertRow, record: Mapping[str, Any]) -> Scores:
    """Take an alert's class apart.

    Args:
        row: Its row.
        record: Its whole record, or an empty one: then by the row alone.
    """
    if row.survey == "ztf":
        return _ztf(row, record)
    if row.survey == "lsst":
        return _lsst(row, record)
    return Scores((), _given(_ztf(row, record).scores))


def _given(checks: tuple[Check, ...]) -> tuple[Check, ...]:
    return tuple(check for check in checks if check.value is not None)


def _ztf(row: AlertRow, record: Mapping[str, Any]) -> Scores:
    candidate = record.get("candidate")
    has_packet = isinstance(candidate, dict)
    inner = candidate if isinstance(candidate, dict) else {}
    age = row.obs_mjd - row.first_mjd if row.obs_mjd is not None and row.first_mjd is not None else None
    seen: int | None = (clean.integer(inner.get("ndethist")) or 0) if has_packet else row.n_detections
    if not row.n_detections:
        seen = None  # an answer that does not tell it
    snn = Either(
        (
            Check("snn Ia", row.snn_snia_vs_nonia, ">", labels.SNN),
            Check("snn SN", row.sn_score, ">", labels.SNN),
        )
    )
    drb = Check("drb", row.drb, ">", labels.DRB)
    classtar = Check("classtar", row.classtar, ">", labels.CLASSTAR)
    rf_ia = Check("rf Ia", row.rf_snia_vs_nonia, ">", labels.RF_SNIA)
    rf_kn = Check("rf kn", row.rf_kn_vs_nonkn, ">", labels.RF_KN)
    mulens = Check("mulens", row.mulens, ">", labels.MULENS)
    host = _host(row, record, has_packet)
    unmatched = Fact("roid 3: a known asteroid" if row.roid == 3 else "no known asteroid", row.roid != 3)
    real = (drb, classtar, host)
    rules = (
        Rule("SIMBAD object", (_simbad(row, record),)),
        Rule("asteroid", (Fact(_roid(row), row.roid in (2, 3)),)),
        Rule(
            "kilonova", (rf_kn, *real, _age(age, "<", labels.KN_AGE), _seen(seen, "<", labels.KN_DETECTIONS), unmatched)
        ),
        Rule("early SN Ia", (snn, rf_ia, *real, _seen(seen, "<=", labels.EARLY_DETECTIONS))),
        Rule(
            "supernova", (snn, *real, _age(age, "<=", labels.SN_AGE), _seen(seen, ">", labels.SN_DETECTIONS), unmatched)
        ),
        Rule("microlensing", (mulens,)),
    )
    anomaly = Check("anomaly", row.anomaly_score, "", 0, " (lower: odder)")
    superluminous = Check("slsn", clean.number(record.get("slsn_score"), *NOT_COMPUTED), "", 0)
    return Scores(
        rules,
        (
            drb,
            Check("rb", row.rb, ">=", GOOD_RB),
            *snn.checks,
            rf_ia,
            rf_kn,
            mulens,
            classtar,
            anomaly,
            superluminous,
            Check("detections", seen, "", 0),
            Check("age", age, "", 0, " d"),
        ),
    )


def _age(days: float | None, sign: str, threshold: float) -> Check:
    return Check("age", days, sign, threshold, " d")


def _seen(detections: int | None, sign: str, threshold: int) -> Check:
    return Check("detections", detections, sign, threshold)


def _roid(row: AlertRow) -> str:
    """What ZTF's `roid` says."""
    words = {
        0: "no moving object",
        1: "first appearance, nothing known",
        2: "moves, and is not in the MPC's lists",
        3: "in the MPC's lists",
    }
    return "roid not given" if row.roid is None else f"roid {row.roid}: {words.get(row.roid, 'unheard of')}"


def _raw_simbad(record: Mapping[str, Any]) -> str:
    return clean.raw_text(record.get("cdsxmatch"))


def _simbad(row: AlertRow, record: Mapping[str, Any]) -> Fact:
    """Whether SIMBAD has what goes before every rule."""
    raw = _raw_simbad(record)
    if raw.startswith("Fail"):
        return Fact(f"the look-up failed ({safe(raw)})", False)
    label = row.simbad_type
    if label is None:
        return Fact("nothing there", False)
    wins = label != "Transient" and not label.startswith("Galaxy")
    return Fact(label if wins else f"{label} does not count", wins)


def _host(row: AlertRow, record: Mapping[str, Any], has_packet: bool) -> Fact:
    """Whether SIMBAD has nothing there, or what a supernova may be in."""
    raw = _raw_simbad(record) if has_packet else row.simbad_type or labels.UNKNOWN
    allows = raw in labels.HOSTS
    what = "SIMBAD: nothing there" if raw == labels.UNKNOWN else f"SIMBAD: {safe(raw) or 'nothing said'}"
    return Fact(what if allows else f"{what} is no host", allows)


def _lsst(row: AlertRow, record: Mapping[str, Any]) -> Scores:
    classifiers, source = record.get("clf"), record.get("diaSource")
    classified = classifiers if isinstance(classifiers, dict) else {}
    detection = source if isinstance(source, dict) else {}

    def elephant(image: str) -> Check:
        value = clean.number(classified.get(f"elephant_kstest_{image}"), *NOT_COMPUTED)
        return Check(f"elephant {image}", value, "", 0)

    known = row.cats_class is not None
    name = labels.CATS.get(row.cats_class or 0, f"class {row.cats_class}") if known else "CATS"
    cats = Check(f"CATS {name}" if known else "CATS", row.cats_score, ">=", labels.CATS_THRESHOLD)
    snn = Check("snn SN", row.sn_score, ">=", LIKELY_SNN)
    snr = Check("S/N", row.snr, ">", LIKELY_SNR)
    matched = next(
        (
            f"{kind} ({catalogue})"
            for kind, catalogue in (
                (row.tns_type, "TNS"),
                (row.simbad_type, "SIMBAD"),
                (row.vsx_type, "VSX"),
                (row.gcvs_type, "GCVS"),
                (row.spicy_class, "SPICY"),
                (row.x3hsp, "3HSP"),
                (row.x4lac, "4LAC"),
            )
            if kind is not None
        ),
        None,
    )
    moving = row.label == "Solar System"
    sources = row.n_detections or None  # 0: an answer that does not tell it
    is_sn_like = Fact(f"CATS says {name}" if known else "CATS not given", row.cats_class == LIKELY_CATS)
    rules = (
        Rule("Solar System", (Fact((row.sso_name or "matched by Rubin") if moving else "no match", moving),)),
        Rule("cross-match", (Fact(matched or "no catalogue has a type for it", matched is not None),)),
        Rule("CATS", (cats,)),
        Rule(
            "Fink's likely SN",
            (
                snn,
                is_sn_like,
                *((cats,) if known else ()),
                snr,
                Check("sources", sources, ">=", LIKELY_SOURCES),
                Fact("a Solar System object" if moving else "not of the Solar System", not moving),
            ),
        ),
    )
    return Scores(
        rules,
        (
            Check("reliability", row.real_bogus, "", 0),
            snr,
            snn,
            cats,
            Check("early SN Ia", row.early_snia_score, "", 0),
            elephant("science"),
            elephant("template"),
            Check("extendedness", clean.number(detection.get("extendedness")), "", 0, " (1: extended)"),
            Check("sources", sources, "", 0),
        ),
    )


def _number(value: float) -> str:
    """A score in two digits, a count in all of its own."""
    if abs(value) >= 1e6:
        return f"{value:.3g}"
    if isinstance(value, int):
        return str(value)
    if abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.2f}" if abs(value) >= 0.005 or value == 0 else f"{value:.2g}"
