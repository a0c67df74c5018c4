"""The class names of Fink's `classes` and `latests`, as the server gives them (ztf/classes/api.py; fink.md section 5).

The real list of SIMBAD's has 315 names: those that this sky has are here, and some more for the feel of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

TNS_TYPES = (
    "Afterglow", "AGN", "CV", "FRB", "Galaxy", "ILRT", "Impostor-SN", "Kilonova", "LBV", "Light-Echo", "LRN", "M dwarf",
    "Nova", "Other", "QSO", "SLSN-I", "SLSN-II", "SN", "SN I", "SN Ia", "SN Ia-91bg-like", "SN Ia-91T-like",
    "SN Ia-CSM", "SN Ia-pec", "SN Iax[02cx-like]", "SN Ib", "SN Ib-Ca-rich", "SN Ib-pec", "SN Ib/c", "SN Ibn", "SN Ic",
    "SN Ic-BL", "SN Ic-pec", "SN Icn", "SN II", "SN II-pec", "SN IIb", "SN IIL", "SN IIn", "SN IIn-pec", "SN IIP",
    "TDE", "Varstar",
)  # fmt: skip
"""assets/tns_types.csv."""

_SIMBAD = (
    "**", "AGN", "AGN_Candidate", "BLLac", "BLLac_Candidate", "Blazar", "Blazar_Candidate", "CataclyV*", "EB*",
    "EclBin", "Galaxy", "LongPeriodV*", "Mira", "Nova", "QSO", "RRLyr", "RRLyrae", "SN", "Seyfert_1", "Star",
    "Supernova", "WD*", "X", "YSO",
)  # fmt: skip

CLASSES: Mapping[str, Sequence[str]] = {
    "Fink classifiers": [
        "(CTA) Blazar high state",
        "(CTA) Blazar low state",
        "Ambiguous",
        "Early SN Ia candidate",
        "Kilonova candidate",
        "Microlensing candidate",
        "SLSN candidate",
        "SN candidate",
        "Solar System candidate",
        "Solar System MPC",
        "Tracklet",
    ],
    "Cross-match with TNS": [f"(TNS) {name}" for name in TNS_TYPES],
    "Cross-match with SIMBAD (see http://simbad.u-strasbg.fr/simbad/sim-display?data=otypes)": [
        f"(SIMBAD) {name}" for name in _SIMBAD
    ],
}
"""The body of `classes`."""
