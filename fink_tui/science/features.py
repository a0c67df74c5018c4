"""The features of a light curve that a broker computed (the 26 of Malanchev et al. 2021, MNRAS 502, 5147)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fink_tui.alerts.lightcurve import BANDS
from fink_tui.science.reading import number, plain
from fink_tui.science.sheet import Line

SHOWN = (
    ("amplitude", "amplitude", "{unit}: half of the range of the differences"),
    ("standard_deviation", "std", "{unit}"),
    ("stetson_K", "Stetson K", "0.80 for noise, 0.90 for a sine"),
    ("skew", "skew", ""),
    ("linear_fit_slope", "slope", "{unit} a day"),
    ("chi2", "chi2", "reduced, against a constant"),
)
"""Those that people decide by: the broker's name, ours, and what it means."""


def features(record: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The features of each band, from blue to red: ZTF's `lc_features_g`, LSST's `lc_features`."""
    found = {}
    together = record.get("lc_features")
    for band in BANDS:
        own = record.get(f"lc_features_{band}")
        if own is None and isinstance(together, Mapping):
            own = together.get(band)
        if isinstance(own, Mapping):
            found[band] = own
    return found


def feature_lines(record: Mapping[str, Any]) -> Iterator[Line]:
    """A line a feature, all bands beside one another; nothing where none was computed."""
    bands = features(record)
    unit = "nJy" if isinstance(record.get("lc_features"), Mapping) else "mag"
    for name, ours, note in SHOWN:
        values = {band: number(own, name) for band, own in bands.items()}
        known = "  ".join(f"{band} {plain(value)}" for band, value in values.items() if value is not None)
        if known:
            yield Line(ours, known, note.format(unit=unit))
