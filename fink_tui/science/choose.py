"""Which science an alert is for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from fink_tui.alerts.badges import Judged, is_star_by_parallax, variable_kind
from fink_tui.alerts.simbad import Kind, meaning
from fink_tui.science.active_galaxy import active_galaxy
from fink_tui.science.fast_transient import fast_transient, is_fast
from fink_tui.science.multi_messenger import multi_messenger
from fink_tui.science.reading import number, text
from fink_tui.science.sheet import Evidence, Sheet
from fink_tui.science.solar_system import solar_system
from fink_tui.science.supernova import supernova
from fink_tui.science.variable import Fold, variable


class Science(NamedTuple):
    """One way of reading an alert."""

    title: str
    """What it is called on the screen: a short word that the field knows."""

    sheet: Callable[[Evidence], Sheet]
    """What it makes of an alert."""


SCIENCES: Mapping[str, Science] = {
    "supernova": Science("SN", supernova),
    "fast": Science("fast", fast_transient),
    "variable": Science("variable", variable),
    "solar": Science("SSO", solar_system),
    "active": Science("AGN", active_galaxy),
    "trigger": Science("GRB/GW", multi_messenger),
}
"""In the order in which they stand on the screen."""

FAST_TOPICS = ("_kn_", "kilonova", "fast", "_vra_", "gvom", "svom")
"""Parts of the names of Fink's topics of fast transients."""

FAST_LABELS = ("kilonova", "fast")
"""Parts of the labels of such, in lower case."""

TNS_TYPES = {
    **dict.fromkeys(("CV", "Nova", "Varstar", "M dwarf", "LBV"), "variable"),
    **dict.fromkeys(("AGN", "QSO", "Galaxy", "NLS1"), "active"),
    **dict.fromkeys(("Kilonova", "FRB", "Afterglow"), "fast"),
    "Comet": "solar",
}
"""What types of the TNS other than supernovae are looked at as."""

SURE_CLASS = 0.9
"""Probability from which a class of CATS is believed."""

CATS = {12: "fast", 21: "variable", 22: "active"}
"""What classes of CATS other than supernovae are looked at as."""

KINDS = {Kind.VARIABLE: "variable", Kind.STAR: "variable", Kind.AGN: "active", Kind.ASTEROID: "solar"}
"""What the kind of a catalogue's type is looked at as."""


class Wanted(NamedTuple):
    """All that a sheet depends on."""

    evidence: Evidence
    topics: str = ""
    """The names of the topics that the alert came by, joined by commas."""
    name: str = ""
    """Which sheet; blank: the one that fits."""
    fold: Fold | None = None
    """What a variable is folded at."""
    state: str = ""
    """How far a search for a period is."""


class Made(NamedTuple):
    """A sheet."""

    name: str
    """Which."""
    why: str
    """Why it was chosen; blank where it was asked for."""
    sheet: Sheet


def make(wanted: Wanted) -> Made:
    """Make the sheet that is asked for, or the one that fits. A thousand points take some hundredths of a second."""
    name, why = (wanted.name, "") if wanted.name else choose(wanted.evidence, wanted.topics)
    if name == "variable":
        return Made(name, why, variable(wanted.evidence, wanted.fold, wanted.state))
    return Made(name, why, SCIENCES[name].sheet(wanted.evidence))


def choose(evidence: Evidence, topics: str = "") -> tuple[str, str]:
    """The science that fits an alert, and why.

    Args:
        evidence: The alert.
        topics: The names of the topics that it came by.

    Returns:
        A key of `SCIENCES`, and the reason in a few words.
    """
    row = evidence.row
    if row.survey == "mma":
        return "trigger", "it came with a trigger"
    if row.roid in (2, 3) or row.label in ("Solar System", "Tracklet") or (row.survey == "lsst" and row.sso_name):
        return "solar", f"label {row.label}"
    if row.tns_type is not None:
        return TNS_TYPES.get(row.tns_type, "supernova"), f"TNS type {row.tns_type}"
    if (found := _by_catalogue(row)) is not None:
        return found
    if is_star_by_parallax(row.gaia_plx, row.gaia_plx_err):
        return "variable", "a star, by its parallax (Gaia)"
    if any(part in row.label.lower() for part in FAST_LABELS):
        return "fast", f"label {row.label}"
    if (
        part := next((part for part in topics.split(",") if any(word in part for word in FAST_TOPICS)), None)
    ) is not None:
        return "fast", f"topic {part}"
    flag = number(evidence.record, "gaiaVarFlag"), number(evidence.record, "xm.gaiadr3_VarFlag")
    if 1 in flag:
        kind = text(evidence.record, "gaiaClass")
        return "active" if kind == "AGN" else "variable", f"Gaia: {kind or 'variable'}"
    if row.cats_class in CATS and (row.cats_score or 0) >= SURE_CLASS:
        return CATS[row.cats_class], f"CATS class {row.label}"
    if is_fast(evidence):
        return "fast", "changes faster than 0.3 mag/d"
    return "supernova", f"label {row.label}" if "SN" in row.label or "uper" in row.label else "nothing says otherwise"


def _by_catalogue(row: Judged) -> tuple[str, str] | None:
    """By the type that a catalogue has for its place."""
    for name, catalogue in ((row.vsx_type, "VSX"), (row.gcvs_type, "GCVS")):
        if name is not None and (science := KINDS.get(variable_kind(name))) is not None:
            return science, f"{name} in the {catalogue}"
    if row.simbad_type is not None and (science := KINDS.get(meaning(row.simbad_type).kind)) is not None:
        return science, f"{meaning(row.simbad_type).words} in SIMBAD"
    for name, catalogue in ((row.x3hsp, "3HSP"), (row.x4lac, "4LAC")):
        if name is not None:
            return "active", f"near a blazar of {catalogue}"
    return None
