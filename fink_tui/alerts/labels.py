"""The class of an alert, with the rule that gave it.

ZTF's live alerts carry no class: it is Fink's own rule, followed here (fink-filters 7.45, `ztf/classification.py`
and the filters it names), so that what is on screen is what Fink's portal will say in the morning. LSST's alerts
have no single class in Fink; ours is the first of: Solar System designation, TNS type, cross-match, CATS class.
GRB/GW alerts carry Fink's class.
"""

from __future__ import annotations

from fink_tui.alerts import clean
from fink_tui.alerts.survey import Leaves
from fink_tui.alerts.text import clean as safe

UNKNOWN = "Unknown"

HOSTS = frozenset(
    "Unknown Candidate_SN* SN*_Candidate SN Transient Fail galaxy Galaxy EmG Seyfert Seyfert_1 Seyfert_2 BlueCompG "
    "StarburstG LSB_G HII_G High_z_G GinPair GinGroup BClG GinCl PartofG Compact_Gr_G IG PairG GroupG ClG SuperClG "
    "Void LINER Possible_ClG Possible_SClG GravLens_Candidate".split()
) | {"Fail 504"}
"""SIMBAD labels with which an alert may be a supernova (fink-utils 0.79.0, `xmatch/simbad.py`, default mode)."""

SNN, RF_SNIA, RF_KN, MULENS = 0.5, 0.5, 0.5, 0.0
"""What each of ZTF's scores must be above: either of the two of SuperNNova, random forests, microlensing."""

DRB, CLASSTAR = 0.5, 0.4
"""What `drb` and `classtar` must be above for a supernova or a kilonova."""

SN_AGE, KN_AGE = 90.0, 5.0
"""Days since the first detection: up to which it is a supernova, below which a kilonova."""

SN_DETECTIONS, EARLY_DETECTIONS, KN_DETECTIONS = 1, 20, 20
"""Detections: above which it is a supernova, up to which an early one, below which a kilonova."""

CATS = {11: "SN-like", 12: "Fast", 13: "Long", 21: "Periodic", 22: "Non-periodic"}
"""CATS classes of LSST (Fraga et al. 2024, and Fink's documentation)."""

CATS_THRESHOLD = 0.9
"""Probability from which a CATS class is believed: that of Fink's own LSST supernova filter (`most_likely_sn`)."""


def ztf_label(leaves: Leaves) -> tuple[str, str]:
    """The class that Fink gives a ZTF alert, and the rule that gave it.

    Args:
        leaves: The leaves of a ZTF row.
    """
    simbad = clean.raw_text(leaves.get("cdsxmatch"))
    if clean.text(simbad) is not None and simbad != "Transient" and not simbad.startswith(("Fail", "Galaxy")):
        return clean.text(simbad) or UNKNOWN, "SIMBAD object at this place; it goes before every other rule"

    jd, start = clean.number(leaves.get("candidate.jd")), clean.number(leaves.get("candidate.jdstarthist"))
    age = jd - start if jd is not None and start is not None else None
    seen = clean.integer(leaves.get("candidate.ndethist")) or 0
    roid = clean.integer(leaves.get("roid"))
    real = _above(leaves, "candidate.drb", DRB) and _above(leaves, "candidate.classtar", CLASSTAR) and simbad in HOSTS
    snn = _above(leaves, "snn_snia_vs_nonia", SNN) or _above(leaves, "snn_sn_vs_all", SNN)

    is_lens = _above(leaves, "mulens", MULENS)
    is_sn = snn and real and age is not None and age <= SN_AGE and seen > SN_DETECTIONS and roid != 3
    is_early = snn and real and _above(leaves, "rf_snia_vs_nonia", RF_SNIA) and seen <= EARLY_DETECTIONS
    is_fast = age is not None and age < KN_AGE and seen < KN_DETECTIONS
    is_kn = real and is_fast and _above(leaves, "rf_kn_vs_nonkn", RF_KN) and roid != 3
    tracklet = clean.raw_text(leaves.get("tracklet")).startswith("TRCK_")

    flags = [
        name
        for name, is_raised in (
            ("microlensing", is_lens),
            ("supernova", is_sn),
            ("Solar System candidate", roid == 2),
            ("MPC object", roid == 3),
        )
        if is_raised
    ]
    if len(flags) > 1:
        return "Ambiguous", "several rules at once: " + ", ".join(flags)
    if roid == 3:
        name = clean.text(leaves.get("candidate.ssnamenr"))
        return "Solar System MPC", f"known object of the MPC ({name or 'unnamed'}), roid 3"
    if tracklet:
        return "Tracklet", "several detections of the night on one line"
    if roid == 2:
        return "Solar System candidate", "moves, and is not in the MPC's lists: roid 2"
    scores = f"snn {_show(leaves, 'snn_snia_vs_nonia')} (Ia), {_show(leaves, 'snn_sn_vs_all')} (SN)"
    if is_kn:
        return "Kilonova candidate", f"rf_kn {_show(leaves, 'rf_kn_vs_nonkn')} > {RF_KN}, {age:.1f} d old"
    if is_early:
        return (
            "Early SN Ia candidate",
            f"{scores}, rf_snia {_show(leaves, 'rf_snia_vs_nonia')} > {RF_SNIA}, {seen} detections",
        )
    if is_sn:
        return "SN candidate", f"{scores}: either > {SNN}; {age:.1f} d old, {seen} detections"
    if is_lens:
        return "Microlensing candidate", f"mulens {_show(leaves, 'mulens')} > {MULENS:g}"
    if simbad.startswith("Fail"):
        return UNKNOWN, f"no rule applies; the SIMBAD look-up failed ({safe(simbad)})"
    if simbad.startswith("Galaxy"):
        return UNKNOWN, "no rule applies; a galaxy in SIMBAD at this place"
    return UNKNOWN, "none of Fink's rules applies"


def lsst_label(leaves: Leaves, designation: str | None) -> tuple[str, str]:
    """The class of an LSST alert: the first thing that is known of it, and what that is.

    Args:
        leaves: The leaves of an LSST row.
        designation: Its Solar System designation, if it has one.
    """
    if designation is not None:
        return "Solar System", f"Rubin's match with {designation}"
    if leaves.get("pred.is_sso") is True:
        return "Solar System", "Rubin's match with a Solar System object that has no designation here"
    if (tns := clean.text(leaves.get("xm.tns_type"))) is not None:
        name = clean.text(leaves.get("xm.tns_fullname"))
        return tns, f"type in the TNS of {name}" if name else "type in the TNS"
    for leaf, catalogue in (
        ("xm.simbad_otype", "SIMBAD"),
        ("xm.vsx_Type", "VSX"),
        ("xm.gcvs_type", "GCVS"),
        ("xm.spicy_class", "SPICY"),
        ("xm.x3hsp_type", "3HSP"),
        ("xm.x4lac_type", "4LAC"),
        ("pred.main_label_crossmatch", "Fink's main cross-match"),
    ):
        if (said := leaves.get(leaf)) is not None and (found := clean.text(said)) is not None:
            return found, f"object type in {catalogue}" if catalogue != "Fink's main cross-match" else catalogue
    cats, score = clean.integer(leaves.get("clf.cats_class"), -1), clean.number(leaves.get("clf.cats_score"), -1.0)
    if cats is not None and score is not None and score >= CATS_THRESHOLD:
        return CATS.get(cats, f"CATS {cats}"), f"CATS score {score:.2f} >= {CATS_THRESHOLD}"
    if cats is not None and score is not None:
        return UNKNOWN, f"no cross-match; CATS says {CATS.get(cats, cats)}, at {score:.2f} < {CATS_THRESHOLD}"
    return UNKNOWN, "no cross-match and no score above its threshold"


def mma_label(leaves: Leaves) -> tuple[str, str]:
    """The class of a GRB/GW alert, which its packet tells, unlike ZTF's own.

    Args:
        leaves: The leaves of a GRB/GW row.
    """
    said = clean.raw_text(leaves.get("fink_class")).strip()
    if said.lower() == UNKNOWN.lower():
        return UNKNOWN, "Fink's class in the packet"
    if (found := clean.text(said)) is not None:
        return found, "Fink's class in the packet"
    return UNKNOWN, "the packet tells no class of Fink's"


def _above(leaves: Leaves, leaf: str, threshold: float) -> bool:
    """Whether a score is above a threshold; a missing score is not."""
    score = clean.number(leaves.get(leaf))
    return score is not None and score > threshold


def _show(leaves: Leaves, leaf: str) -> str:
    score = clean.number(leaves.get(leaf))
    return "–" if score is None else f"{score:.2f}"
