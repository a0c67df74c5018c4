"""Names that Fink knows: its classes and its tags, for completion and to tell a slip of the pen before it is asked.

Where from: Fink's own classes, TNS's types and SIMBAD's labels as ZTF's `/api/v1/classes` lists them (fink-object-api
3.5); the tags of LSST with whether the API keeps them (fink-filters 7.45, `rubin/livestream`: HBASE_SUPPORT).
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from functools import cache

from fink_tui.alerts import simbad
from fink_tui.search.errors import QuestionError

TNS, SIMBAD = "(TNS) ", "(SIMBAD) "
"""What Fink writes before a type of the TNS, and before a label of SIMBAD."""

FINK_CLASSES = (
    "Early SN Ia candidate",
    "SN candidate",
    "Kilonova candidate",
    "SLSN candidate",
    "Microlensing candidate",
    "(CTA) Blazar low state",
    "(CTA) Blazar high state",
    "Solar System candidate",
    "Solar System MPC",
    "Tracklet",
    "Ambiguous",
    "Unknown",
)
"""What Fink's own rules say of a ZTF alert."""

BLAZAR_LOW = "(CTA) Blazar low state"
"""The class that has trends of its own."""

TRENDS = {
    "rising": "becomes brighter",
    "fading": "becomes fainter",
    "low_state": f"of {BLAZAR_LOW}",
    "new_low_state": f"of {BLAZAR_LOW}, since this alert",
}
"""What alerts of a class or a tag may do, and what each means."""

_TNS_TYPES = """
SN; SN I; SN Ia; SN Ia-91T-like; SN Ia-91bg-like; SN Ia-CSM; SN Ia-pec; SN Iax[02cx-like]; SN Ib; SN Ib-Ca-rich;
SN Ib-pec; SN Ib/c; SN Ibn; SN Ic; SN Ic-BL; SN Ic-pec; SN Icn; SN II; SN II-pec; SN IIL; SN IIP; SN IIb; SN IIn;
SN IIn-pec; SLSN-I; SLSN-II; TDE; Kilonova; Afterglow; FRB; ILRT; LBV; LRN; Impostor-SN; Light-Echo; Nova; CV; Varstar;
M dwarf; AGN; QSO; Galaxy; Other
"""

TNS_CLASSES = tuple(f"{TNS}{' '.join(name.split())}" for name in _TNS_TYPES.split(";"))
"""Types of the Transient Name Server, as a class."""

TAGS = {
    "extragalactic_lt20mag_candidate": "rising, brighter than 20 mag, outside the Milky Way",
    "extragalactic_new_candidate": "younger than 5 days, brighter than 24 mag, changing",
    "faint_trails": "a trail longer than 2 arcsec, 18 to 21 mag",
    "hostless_candidate": "no host in its images (ELEPHANT)",
    "in_tns": "has a counterpart in the TNS",
    "mdwarf_flare": "flare of an M dwarf, at high airmass",
    "most_likely_sn": "two classifiers agree on a supernova: a hint, many are not",
    "sn_near_galaxy_candidate": "supernova candidate near a galaxy",
}
"""The tags of LSST's alerts that the API keeps, and what each selects."""

LIVE_TAGS = {
    "extragalactic_svom": "younger than 5 days, brighter than 24 mag, for SVOM",
    "fast_transient_gvom": "younger than 5 days, brighter than 21 mag, fast",
    "in_simbad": "has a counterpart in SIMBAD",
    "is_solar_system": "a known object of the Solar System",
    "remove_unlikely_transients": "all but what is hardly a transient",
    "uniform_sample": "about 1 % of all alerts, evenly",
}
"""The tags that only the live stream has."""


@cache
def simbad_classes() -> tuple[str, ...]:
    """SIMBAD's labels as a class, in the order of the alphabet."""
    labels = simbad.labels() | {"BH_Candidate", "Candidate_BH"}
    return tuple(SIMBAD + label for label in sorted(labels, key=lambda label: (label.casefold(), label)))


@cache
def classes() -> tuple[str, ...]:
    """Every class that `latests` knows."""
    return (*FINK_CLASSES, *TNS_CLASSES, *simbad_classes())


@cache
def _by_spelling() -> dict[str, str]:
    """Classes by what may be typed for them: with and without their prefix, in any case.

    Fink's own come first, then SIMBAD's, since that is what an alert's label in the list is.
    """
    found: dict[str, str] = {}
    for prefix, names in (("", FINK_CLASSES), (SIMBAD, simbad_classes()), (TNS, TNS_CLASSES)):
        for full in names:
            found.setdefault(full.removeprefix(prefix), full)
    for spelled, full in [*found.items(), *((full, full) for full in classes())]:
        found.setdefault(spelled.casefold(), full)
    return found | {full: full for full in classes()}


def spellings() -> Iterable[str]:
    """All that may be typed for a class."""
    return _by_spelling()


def known_class(text: str) -> str | None:
    """The class that a text names, as Fink writes it: `sn ia` is `(TNS) SN Ia`; None where there is none."""
    spelled = " ".join(text.split())
    found = _by_spelling()
    return found.get(spelled) or found.get(spelled.casefold())


def class_name(text: str) -> str:
    """The class that a text names, as Fink writes it.

    Raises:
        QuestionError: There is none.
    """
    if (known := known_class(text)) is not None:
        return known
    near = nearest(text, _by_spelling())
    hint = f" Near it: {'; '.join(dict.fromkeys(_by_spelling()[one] for one in near))}." if near else ""
    raise QuestionError(f"Fink has no class {text!r}.{hint} The search `classes` lists them all.")


def tag_name(text: str) -> str:
    """The tag that a text names.

    A name that is like none that is known here is taken as it is: Fink has new ones now and then.

    Args:
        text: A tag, or the topic of one.

    Raises:
        QuestionError: It can be no tag, is nearly one, or is one that the API does not keep.
    """
    name = text.strip().removeprefix("fink_").removesuffix("_lsst").casefold()
    if name in TAGS:
        return name
    if name in LIVE_TAGS:
        raise QuestionError(
            f"The tag {name} exists in the live stream only: Fink's database keeps no list of it. Receive the topic "
            f"fink_{name}_lsst, or search one of: {', '.join(TAGS)}."
        )
    if not name.replace("_", "").isalnum() or not name.isascii():
        raise QuestionError(f"{text!r} is no tag. There are: {', '.join(TAGS)}.")
    near = nearest(name, TAGS)
    without_digits = "".join(sign for sign in name if not sign.isdigit())
    if near and not any("".join(sign for sign in one if not sign.isdigit()) == without_digits for one in near):
        raise QuestionError(f"Fink has no tag {name!r}. Near it: {', '.join(near)}. The search `tags` lists them all.")
    return name


def nearest(text: str, among: Iterable[str], count: int = 3) -> list[str]:
    """The names most like a text, in any case, those first that begin with it; none where nothing is alike."""
    by_fold: dict[str, str] = {}
    for one in among:
        by_fold.setdefault(one.casefold(), one)
    folded = text.casefold()
    begun = [one for one in by_fold if folded and one.startswith(folded)]  # as while it is being typed
    near = dict.fromkeys((*begun[:count], *difflib.get_close_matches(folded, by_fold, count, 0.6)))
    return [by_fold[one] for one in near][:count]
