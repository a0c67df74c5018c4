"""Columns of Fink's REST API: where a packet has each, and how its values are read.

The API's rows are flat, a prefix telling where a column is from: of ZTF `i:` the survey, `d:` Fink, `v:` computed for
the answer; of LSST `r:` Rubin, `f:` Fink; `b:` images. The same columns have the same names in packets, but nested.
A column that no packet has keeps its name with the prefix, as a field of its own: nothing that is answered is lost.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

from fink_tui.alerts import clean

Place = tuple[str, ...]
"""Where a record has a value: the keys from the outside in."""

ZTF_TOP = frozenset({"objectId", "candid", "schemavsn", "publisher", "fink_broker_version", "fink_science_version"})
"""Columns `i:` that are no part of a packet's `candidate`."""

ZTF_FINK_OWN = frozenset({"tag", "classification"})
"""Columns `d:` that no packet has: the quality of a measurement, and the class of the cone search's table."""

ZTF_MAPS = "mangrove", "blazar_stats"
"""Columns `d:` that begin like this, and an underscore, are of a packet's map of that name."""

FEATURES = (
    *("mean", "weighted_mean", "standard_deviation", "median", "amplitude", "beyond_1_std", "cusum"),
    *("inter_percentile_range_10", "kurtosis", "linear_trend", "linear_trend_sigma", "linear_trend_noise"),
    *("linear_fit_slope", "linear_fit_slope_sigma", "linear_fit_reduced_chi2", "magnitude_percentage_ratio_40_5"),
    *("magnitude_percentage_ratio_20_10", "maximum_slope", "median_absolute_deviation"),
    *("median_buffer_range_percentage_10", "percent_amplitude", "mean_variance", "anderson_darling_normal"),
    *("chi2", "skew", "stetson_K"),
)
"""The features of a light curve, in the order of ZTF's packets."""

FEATURE_ORDERS = FEATURES, tuple(sorted(FEATURES))
"""The orders in which the API's lists were found; they carry no names."""

LSST_TOP = frozenset({"observation_reason", "target_name"})
LSST_FINK_TOP = frozenset({"fink_broker_version", "fink_science_version", "lsst_schema_version"})
LSST_PRED = frozenset({"is_sso", "is_first", "is_cataloged", "main_label_classifier", "main_label_crossmatch"})
LSST_MISC = frozenset({"firstDiaSourceMjdTaiFink"})

LSST_OBJECT = frozenset({"firstDiaSourceMjdTai", "lastDiaSourceMjdTai", "nDiaSources", "validityStartMjdTai"}) | {
    f"{band}_{kind}{statistic}"
    for band in "ugrizy"
    for kind, statistics in (
        ("psfFlux", ("Mean", "MeanErr", "Sigma", "Ndata", "Min", "Max", "MaxSlope", "ErrMean")),
        ("fpFlux", ("Mean", "MeanErr")),
        ("scienceFlux", ("Mean", "MeanErr")),
    )
    for statistic in statistics
}
"""Columns `r:` that only a packet's `diaObject` has."""

LSST_SHARED = frozenset({"diaObjectId", "ra", "raErr", "dec", "decErr", "ra_dec_Cov"})
"""Columns `r:` that `diaObject` and `diaSource` both have: a row of the table of objects means the object."""

LSST_SOLAR_SYSTEM = (
    frozenset(
        {"designation", "eclLambda", "eclBeta", "galLon", "galLat", "elongation", "phaseAngle", "diaDistanceRank"}
    )
    | {f"{center}{name}" for center in ("topo", "helio") for name in ("Range", "RangeRate")}
    | {f"{center}_{part}" for center in ("topo", "helio") for part in ("x", "y", "z", "vx", "vy", "vz", "vtot")}
    | {f"eph{name}" for name in ("Ra", "Dec", "Vmag", "Rate", "RateRa", "RateDec", "Offset", "OffsetRa", "OffsetDec")}
    | {"ephOffsetAlongTrack", "ephOffsetCrossTrack", "diaDistanceRank"}
)
"""Columns `r:` that a packet's `ssSource` has."""

TEXT = frozenset(
    {f"i:{name}" for name in ZTF_TOP - {"candid"}}
    | {f"i:{name}" for name in ("pdiffimfilename", "programpi", "ssnamenr", "rbversion", "drbversion")}
    | {f"d:{name}" for name in ("cdsxmatch", "tns", "DR3Name", "gaiaClass", "vsx", "gcvs", "x3hsp", "x4lac")}
    | {f"d:{name}" for name in ("spicy_class", "tracklet", "tag", "classification")}
    | {f"d:mangrove_{name}" for name in ("HyperLEDA_name", "2MASS_name", "lum_dist", "ang_dist")}
    | {f"v:{name}" for name in ("classification", "constellation", "firstdate", "lastdate")}
    | {f"r:{name}" for name in ("band", "observation_reason", "target_name", "designation", "reliabilityVersion")}
    | {f"f:{name}" for name in (*LSST_FINK_TOP, "main_label_crossmatch", "sso_name")}
    | {f"f:xm_{name}" for name in ("simbad_otype", "gaiadr3_DR3Name", "tns_fullname", "tns_type", "gcvs_type")}
    | {f"f:xm_{name}" for name in ("vsx_Type", "x3hsp_type", "x4lac_type", "spicy_class", "spicy_SPICY")}
    | {f"f:xm_mangrove_{name}" for name in ("HyperLEDA_name", "2MASS_name")}
    | {"sso_name", "sso_number"}
)
"""Columns whose values are text, also where they look like numbers. Values of all others are numbers or booleans."""

ISDIFFPOS = {"t": "t", "true": "t", "1": "t", "1.0": "t", "f": "f", "false": "f", "0": "f", "0.0": "f"}


def ztf_place(column: str) -> Place:
    """Where a packet of ZTF has a column of the API.

    Args:
        column: Its name, prefix included.
    """
    prefix, _, name = column.partition(":")
    if prefix == "i":
        return (name,) if name in ZTF_TOP else ("candidate", name)
    if prefix == "d" and name not in ZTF_FINK_OWN:
        for group in ZTF_MAPS:
            if name.startswith(f"{group}_"):
                return group, name.removeprefix(f"{group}_")
        return (name,)
    return (column,)


def lsst_place(column: str, *, is_object: bool) -> Place:
    """Where a packet of LSST has a column of the API.

    Args:
        column: Its name, prefix included.
        is_object: Whether its row is of the table of objects, not of sources.
    """
    prefix, _, name = column.partition(":")
    if prefix == "r":
        if name in LSST_TOP:
            return (name,)
        if name in LSST_OBJECT or (is_object and name in LSST_SHARED):
            return "diaObject", name
        return ("ssSource" if name in LSST_SOLAR_SYSTEM else "diaSource"), name
    if prefix == "f":
        group, _, rest = name.partition("_")
        if group in ("xm", "clf") and rest:
            return group, rest
        for names, outer in ((LSST_FINK_TOP, ()), (LSST_PRED, ("pred",)), (LSST_MISC, ("misc",))):
            if name in names:
                return *outer, name
    return (column,)


def value(column: str, raw: Any) -> Any:
    """A value as a packet has it: numbers and booleans that came as text are numbers and booleans.

    Args:
        column: The column's name, prefix included.
        raw: What JSON gives.
    """
    if raw is None:
        return None
    if column in TEXT:
        return raw if isinstance(raw, str) else str(raw) if isinstance(raw, int | float) else raw
    if column == "i:isdiffpos":
        return ISDIFFPOS.get(str(raw).strip().lower())
    if column in ("d:lc_features_g", "d:lc_features_r"):
        return features(raw)
    return from_text(raw) if type(raw) is str else raw


def from_text(text: str) -> Any:
    """The number or boolean that a text is, None where it says "none", else the text itself."""
    stripped = text.strip()
    lower = stripped.lower()
    if lower in clean.NO_TEXT:
        return None
    if lower in ("true", "false"):
        return lower == "true"
    try:
        return int(stripped)  # exactly: ids have more digits than a float
    except ValueError:
        pass
    try:
        found = float(stripped)
    except ValueError:
        return text
    return found if math.isfinite(found) else None


NO_NUMBER = re.compile(r"\b(?:NaN|nan|None)\b")
"""How a list that is text may write "none"."""


def features(raw: Any) -> Any:
    """The features of a light curve by their names, from a list that has none.

    The order is that in which the table was filled, and there have been several. A list is read in the one in which
    its numbers agree: `mean_variance` is `standard_deviation` over `mean`, and of a single measurement, without an
    amplitude, the `median` is the `mean`. Where they agree in none it stays a list.

    Args:
        raw: The list, written as text, or a list.
    """
    try:
        numbers = json.loads(NO_NUMBER.sub("null", raw)) if isinstance(raw, str) else raw
    except ValueError:
        return raw
    if not isinstance(numbers, list):
        return raw
    if not numbers or all(number is None for number in numbers):
        return dict.fromkeys(FEATURES)
    if len(numbers) == len(FEATURES):
        for order in FEATURE_ORDERS:
            named = dict(zip(order, numbers, strict=True))
            if _agrees(named):
                return {name: named[name] for name in FEATURES}
    return numbers


def _agrees(named: Mapping[str, Any]) -> bool:
    mean, median, amplitude, deviation, ratio = (
        clean.number(named[name]) for name in ("mean", "median", "amplitude", "standard_deviation", "mean_variance")
    )
    if mean is None or mean <= 0:
        return False
    if deviation is None or ratio is None:
        return amplitude == 0 and median is not None and math.isclose(mean, median)
    return math.isclose(ratio, deviation / mean, rel_tol=1e-4)
