"""What is at an alert's place, or beside it: every cross-match that the packet carries, and what each means.

What a survey or broker writes for "not known" is no fact, and no line; a look-up that failed is said to have failed,
for nothing found is not the same as nothing there.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from fink_tui.alerts import clean
from fink_tui.alerts.badges import GALAXY_SCORE, STAR_SCORE, is_star_by_parallax, variable_kind
from fink_tui.alerts.distance import length, mangrove
from fink_tui.alerts.photometry import REFERENCE_PIXELS
from fink_tui.alerts.row import AlertRow
from fink_tui.alerts.simbad import Kind, meaning
from fink_tui.alerts.text import arcsec, magnitude
from fink_tui.alerts.text import clean as safe

NONE = clean.ZTF_NO_NUMBER

ZTF_PIXEL = 1.01
"""Side of a pixel of ZTF's camera, arcsec (Masci et al. 2019, PASP 131, 018003)."""

ARCSEC = math.pi / 180 / 3600
"""A second of arc, radians."""

RADII = {
    "SIMBAD": {"ztf": 1.0, "lsst": 1.0},
    "Gaia DR3": {"ztf": 1.0, "lsst": 1.0},
    "VSX": {"ztf": 1.0, "lsst": 1.5},
    "GCVS": {"ztf": 1.0, "lsst": 1.5},
    "SPICY": {"ztf": 1.2, "lsst": 1.2},
    "TNS": {"ztf": 1.5, "lsst": 1.5},
    "Legacy DR8": {"lsst": 1.5},
    "3HSP": {"ztf": 60.0, "lsst": 60.0},
    "4LAC": {"ztf": 60.0, "lsst": 60.0},
    "Mangrove": {"ztf": 60.0, "lsst": 60.0},
}
"""Within how many arcsec Fink looks: the packets do not say how far a match is (fink-science; Fink's schema)."""

ROIDS = {
    1: "first appearance, nothing known here",
    2: "candidate, moves and is not in the MPC's lists",
    3: "in the MPC's lists",
}
"""What ZTF's `roid` says, where it says something."""

GAIA_CLASSES = {
    "AGN": "active galactic nucleus",
    "CEP": "Cepheid",
    "CV": "cataclysmic variable",
    "ECL": "eclipsing binary",
    "GALAXY": "galaxy",
    "LPV": "long-period variable",
    "MICROLENSING": "microlensing",
    "RR": "RR Lyrae star",
    "RS": "RS CVn star",
    "SN": "supernova",
    "SOLAR_LIKE": "variable like the Sun",
    "WD": "variable white dwarf",
    "YSO": "young stellar object",
}
"""Gaia DR3's classes of variables, where an abbreviation wants words (Rimoldini et al. 2023, A&A 674, A14)."""

GAIA_KINDS = {"AGN": Kind.AGN, "GALAXY": Kind.GALAXY, "SN": Kind.TRANSIENT}
"""Of those, what is no variable star."""


class Neighbour(NamedTuple):
    """Something at an alert's place, or beside it."""

    catalogue: str
    """Who says so."""

    place: str
    """How far it is: `3.8"`, or the radius within which it was looked for, `< 1"`."""

    name: str
    """Its name or number there, or blank."""

    type: str
    """The catalogue's type, or blank."""

    meaning: str
    """What that means, in a few words."""

    kind: Kind
    """What it makes of the alert."""

    is_failed: bool = False
    """Whether the look-up failed; then nothing is known."""

    def details(self) -> str:
        """How far it is and what it is, without the catalogue."""
        said = " ".join(filter(None, (self.name, self.type)))
        return ": ".join(filter(None, (self.place, ", ".join(filter(None, (said, self.meaning))))))

    def words(self) -> str:
        """All of it in a line."""
        return f"{self.catalogue}{' ' if self.place else ': '}{self.details()}"


def context(row: AlertRow, record: Mapping[str, Any]) -> list[Neighbour]:
    """Every cross-match of an alert, what is at its place before what is beside it.

    Args:
        row: The alert's row.
        record: Its whole record, or an empty one: then what the row alone has.
    """
    found = [
        _solar_system(row, record),
        *_reported(row, record),
        *_simbad(row, record),
        *_variables(row, record),
        *_gaia(row, record),
        *_spicy(row, record),
        *_blazars(row, record),
        *_mangrove(row, record),
        _legacy(record),
        *_panstarrs(row, record),
        _reference(row, record),
        *_gaia_neighbours(row, record),
    ]
    return [neighbour for neighbour in found if neighbour is not None]


def _inner(record: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = record.get(name)
    return found if isinstance(found, dict) else {}


def _within(catalogue: str, survey: str) -> str:
    radii = RADII[catalogue]
    return f'< {radii.get(survey, radii.get("ztf", 1.0)):g}"'


def _failed(record: Mapping[str, Any], field: str, catalogue: str) -> list[Neighbour]:
    """A line for a look-up that failed: ZTF writes `Fail 503` where a name would be."""
    raw = clean.raw_text(record.get(field)).strip()
    if not raw.startswith("Fail"):
        return []
    return [Neighbour(catalogue, "", "", "", f"look-up failed ({safe(raw, 20)})", Kind.OTHER, is_failed=True)]


def _simbad(row: AlertRow, record: Mapping[str, Any]) -> list[Neighbour]:
    if row.simbad_type is None:
        return _failed(record, "cdsxmatch", "SIMBAD")
    kind, words = meaning(row.simbad_type)
    said = words if words.lower() != row.simbad_type.lower() else ""
    return [Neighbour("SIMBAD", _within("SIMBAD", row.survey), "", row.simbad_type, said, kind)]


def _variables(row: AlertRow, record: Mapping[str, Any]) -> list[Neighbour]:
    found = []
    for catalogue, field, kind in (("VSX", "vsx", row.vsx_type), ("GCVS", "gcvs", row.gcvs_type)):
        if kind is None:
            found += _failed(record, field, catalogue)
        else:
            what = variable_kind(kind)
            found.append(Neighbour(catalogue, _within(catalogue, row.survey), "", kind, what.value, what))
    return found


def _gaia(row: AlertRow, record: Mapping[str, Any]) -> list[Neighbour]:
    """The Gaia source, with its parallax and whether it varies."""
    failed = _failed(record, "gaiaClass", "Gaia DR3 variability")
    if row.gaia_name is None:
        return _failed(record, "DR3Name", "Gaia DR3") + failed
    kind, said = Kind.OTHER, []
    if row.gaia_plx is not None and row.gaia_plx_err is not None and row.gaia_plx_err > 0:
        parallax = f"parallax {row.gaia_plx:.2f}±{row.gaia_plx_err:.2f} mas"
        if is_star_by_parallax(row.gaia_plx, row.gaia_plx_err):
            kind = Kind.STAR
            said.append(f"star at {length(1e-3 / row.gaia_plx)} ({parallax})")
        else:
            said.append(f"{parallax}: no distance")
    else:
        said.append("no parallax")
    flag = clean.integer(record.get("gaiaVarFlag")) or clean.integer(_inner(record, "xm").get("gaiadr3_VarFlag"))
    raw = clean.text(record.get("gaiaClass"))
    if raw is not None:
        kind = GAIA_KINDS.get(raw, Kind.VARIABLE)
        said.append(f"varies: {raw}" + (f", {GAIA_CLASSES[raw]}" if raw in GAIA_CLASSES else ""))
    elif flag == 1:
        said.append("varies")
    name = row.gaia_name.removeprefix("Gaia DR3 ")
    return [Neighbour("Gaia DR3", _within("Gaia DR3", row.survey), name, "", ", ".join(said), kind), *failed]


def _reported(row: AlertRow, record: Mapping[str, Any]) -> list[Neighbour]:
    if row.tns_name is None and row.tns_type is None:
        return _failed(record, "tns", "TNS")
    redshift = f"z {row.tns_redshift:.4g}" if row.tns_redshift is not None else ""
    kind = row.tns_type or ""
    said = ", ".join(filter(None, (redshift, "" if kind else "not classified")))
    return [Neighbour("TNS", _within("TNS", row.survey), row.tns_name or "", kind, said, Kind.TRANSIENT)]


def _spicy(row: AlertRow, record: Mapping[str, Any]) -> list[Neighbour]:
    if row.spicy_class is None:
        return _failed(record, "spicy_class", "SPICY")
    number = clean.integer(record.get("spicy_id"), -1)
    name = str(number) if number is not None else ""
    said = "candidate young stellar object"
    return [Neighbour("SPICY", _within("SPICY", row.survey), name, row.spicy_class, said, Kind.STAR)]


def _blazars(row: AlertRow, record: Mapping[str, Any]) -> list[Neighbour]:
    found = []
    for catalogue, field, name, words in (
        ("3HSP", "x3hsp", row.x3hsp, "blazar of high synchrotron peak"),
        ("4LAC", "x4lac", row.x4lac, "active galaxy seen in gamma rays"),
    ):
        if name is None:
            found += _failed(record, field, catalogue)
        else:
            found.append(Neighbour(catalogue, _within(catalogue, row.survey), name, "", words, Kind.AGN))
    return found


def _mangrove(row: AlertRow, record: Mapping[str, Any]) -> list[Neighbour]:
    """The nearby galaxy: how far away it is, and how long the search radius is there."""
    if row.host_name is None and row.host_distance is None:
        return []
    luminosity, diameter = mangrove(record)
    said = []
    if (far := luminosity if luminosity is not None else row.host_distance) is not None and far > 0:
        said.append(f"galaxy at {length(far)}")
    if luminosity is not None and diameter is not None:
        said.append(f"z {math.sqrt(luminosity / diameter) - 1:.4f}")
        said.append(f'60" is {diameter * 1000 * 60 * ARCSEC:.0f} kpc')
    place = _within("Mangrove", row.survey)
    return [Neighbour("Mangrove", place, row.host_name or "", "", ", ".join(said) or "galaxy", Kind.GALAXY)]


def _likeness(score: float | None) -> tuple[Kind, str]:
    """What a score between galaxy (0) and star (1) says."""
    if score is None or not 0 <= score <= 1:
        return Kind.OTHER, "star or galaxy not known"
    if score > STAR_SCORE:
        return Kind.STAR, f"star-like {score:.2f}"
    if score < GALAXY_SCORE:
        return Kind.GALAXY, f"galaxy-like {score:.2f}"
    return Kind.OTHER, f"unclear {score:.2f}"


def _panstarrs(row: AlertRow, record: Mapping[str, Any]) -> list[Neighbour]:
    """The nearest sources of PS1, up to three, star-like or not."""
    candidate = _inner(record, "candidate") or {"sgscore1": row.sgscore1, "distpsnr1": row.distpsnr1}
    found = []
    for number in (1, 2, 3):
        score, far, red = (
            clean.number(candidate.get(f"{name}{number}"), NONE) for name in ("sgscore", "distpsnr", "srmag")
        )
        if far is None or far < 0:
            continue
        kind, words = _likeness(score)
        brightness = f"r {magnitude(red)}" if red is not None else ""
        found.append(Neighbour("PS1", arcsec(far), "", "", ", ".join(filter(None, (words, brightness))), kind))
    return found


def _reference(row: AlertRow, record: Mapping[str, Any]) -> Neighbour | None:
    """ZTF: the nearest source of the reference image; within 1.5 pixels it is the object itself."""
    if row.distnr is None or row.distnr < 0:
        return None
    err = clean.number(_inner(record, "candidate").get("sigmagnr"), NONE)
    brightness = f"{row.band or 'mag'} {magnitude(row.magnr, err)}" if row.magnr is not None and row.magnr > 0 else ""
    words = "on this source" if row.distnr <= REFERENCE_PIXELS else "beside this source"
    said = ", ".join(filter(None, (brightness, words)))
    return Neighbour("ZTF reference", arcsec(row.distnr * ZTF_PIXEL), "", "", said, Kind.OTHER)


def _gaia_neighbours(row: AlertRow, record: Mapping[str, Any]) -> list[Neighbour]:
    """ZTF: the nearest source of Gaia DR1, and the nearest bright one where that is another."""
    candidate = _inner(record, "candidate")
    found: list[Neighbour] = []
    for words, far, mag in (
        ("nearest", row.neargaia, row.maggaia),
        (
            "nearest brighter than 14",
            clean.number(candidate.get("neargaiabright"), NONE),
            clean.number(candidate.get("maggaiabright"), NONE),
        ),
    ):
        if far is None or far < 0 or (found and far == row.neargaia):
            continue
        brightness = f"G {magnitude(mag)}" if mag is not None else ""
        said = ", ".join(filter(None, (words, brightness)))
        found.append(Neighbour("Gaia DR1", arcsec(far), "", "", said, Kind.OTHER))
    return found


def _legacy(record: Mapping[str, Any]) -> Neighbour | None:
    """LSST: the Legacy Survey's photometric redshift, and how likely a star it is."""
    matches = _inner(record, "xm")
    redshift, error, star = (clean.number(matches.get(f"legacydr8_{name}")) for name in ("zphot", "e_zphot", "pstar"))
    if redshift is None and star is None:
        return None
    kind, said = Kind.OTHER, []
    if star is not None:
        kind, words = _likeness(star)
        said.append(words)
    if redshift is not None:
        doubt = "" if clean.integer(matches.get("legacydr8_fqual")) == 1 else ", poor"
        spread = f"±{error:.2f}" if error is not None and error > 0 else ""
        said.append(f"photometric z {redshift:.2f}{spread}{doubt}")
    return Neighbour("Legacy DR8", _within("Legacy DR8", "lsst"), "", "", ", ".join(said), kind)


def _solar_system(row: AlertRow, record: Mapping[str, Any]) -> Neighbour | None:
    """The known Solar System object nearby, and what the broker makes of the motion."""
    if row.survey == "lsst":
        source = _inner(record, "ssSource")
        bright = clean.number(source.get("ephVmag"), 0.0)  # 0 where Rubin did not compute it
    else:
        bright = clean.number(_inner(record, "candidate").get("ssmagnr"), NONE)
    roid = ROIDS.get(row.roid or 0, "")
    far = row.sso_distance if row.sso_distance is not None and row.sso_distance >= 0 else None
    if row.sso_name is None and not roid and row.label != "Solar System":
        return None
    said = [f"predicted {'V' if row.survey == 'lsst' else 'mag'} {magnitude(bright)}"] if bright is not None else []
    said += [roid] if roid else []
    is_it = row.roid in (2, 3) or row.survey == "lsst"
    if row.sso_name is not None and not is_it:
        said.append("passing by, says Fink")
    place = arcsec(far) if far is not None else ""
    kind = Kind.ASTEROID if is_it else Kind.OTHER
    return Neighbour("Solar System", place, row.sso_name or "", "", ", ".join(said), kind)
