"""What is known of an alert's place, shortened to a few letters: what an observer drops an alert for, or keeps it.

Every rule is one that surveys' own filters use, with its number and its source beside it; a missing value raises none.
"""
# ruff: noqa: D102  the columns are described in row.py

from __future__ import annotations

from typing import NamedTuple, Protocol

from fink_tui.alerts.simbad import Kind, Meaning, meaning
from fink_tui.alerts.text import arcsec

PARALLAX_SNR = 5.0
"""Parallax over its error from which a Gaia source is a star of ours (Fink's LSST block `b_xmatched_gaia_star`)."""

STAR_SCORE, STAR_RADIUS = 0.76, 2.0
"""PS1 star score above which, and distance in arcsec below which, the nearest source is a star at the place of the
alert (filter of ZTF's Bright Transient Survey: `sgscore1 > 0.76 and distpsnr1 < 2`)."""

GALAXY_SCORE, HOST_RADIUS = 0.24, 5.0
"""PS1 star score below which, and distance in arcsec below which, the nearest source is a galaxy beside the alert; both
are ours, the score the mirror of the star's."""

BRIGHT_MAG, BRIGHT_RADIUS = 12.0, 20.0
"""Gaia G magnitude below which, and distance in arcsec below which, a star's halo makes false detections. The radius is
that of the Bright Transient Survey's filter; the magnitude is ours: such a star saturates ZTF's images."""

PLANE = 10.0
"""Galactic latitude, degrees, within which most that varies is a star (fast transients in Fink: `abs(b) > 10`)."""

CROWD, CROWD_FACTOR = 10, 5
"""Alerts of one exposure from which on a bad subtraction is likelier than so many events: this many at least, and so
many times what is usual in the store, which hangs on the topics. Of events that come two an exposure, ten fall on one
in one of 20,000; fields differ in stars by a few times."""

VARIABLE_TYPES_OF_GALAXIES = frozenset({"AGN", "QSO", "BLLAC", "BLAZAR"})
"""Types of the VSX and the GCVS that are no stars (VSX, "Variable star type designations")."""

VARIABLE_TYPES_OF_TRANSIENTS = frozenset({"SN", "SNI", "SNII", "SN I", "SN II", "GRB", "TDE", "KN"})
"""Likewise, of what has exploded; all that begin with `SN ` too."""


MOVED_ON = 10 * 86400.0
"""Seconds after which nothing is said of where an object of the Solar System is: its rate was another one meanwhile."""


class Badge(NamedTuple):
    """Something known."""

    letter: str
    """One ASCII letter, for the list."""

    words: str
    """What it is and who says so, for the heading."""


class Judged(Protocol):
    """The columns that badges are made of; `AlertRow` has them."""

    @property
    def survey(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def simbad_type(self) -> str | None: ...
    @property
    def tns_name(self) -> str | None: ...
    @property
    def tns_type(self) -> str | None: ...
    @property
    def gaia_plx(self) -> float | None: ...
    @property
    def gaia_plx_err(self) -> float | None: ...
    @property
    def vsx_type(self) -> str | None: ...
    @property
    def gcvs_type(self) -> str | None: ...
    @property
    def x3hsp(self) -> str | None: ...
    @property
    def x4lac(self) -> str | None: ...
    @property
    def sso_name(self) -> str | None: ...
    @property
    def roid(self) -> int | None: ...
    @property
    def sgscore1(self) -> float | None: ...
    @property
    def distpsnr1(self) -> float | None: ...
    @property
    def neargaiabright(self) -> float | None: ...
    @property
    def maggaiabright(self) -> float | None: ...


def badges(row: Judged, galactic_latitude: float | None = None) -> tuple[Badge, ...]:
    """What is known of an alert, the most telling first; each letter at most once.

    Args:
        row: Its columns.
        galactic_latitude: Degrees, or None where it does not matter.
    """
    asteroid = _asteroid(row)
    is_passing = asteroid is not None and row.roid != 2  # beside a known one all is there by chance
    found = (
        asteroid,
        *(() if is_passing else (_variable(row), _star(row), _active(row), _galaxy(row))),
        _reported(row),
        _bright_star(row),
        _plane(galactic_latitude),
    )
    return tuple(badge for badge in found if badge is not None)


def crowd(count: int, usual: float) -> Badge | None:
    """The badge of an alert whose exposure raised too many; None for an ordinary exposure.

    Args:
        count: Alerts of that exposure that this store has.
        usual: What an exposure has, in the middle.
    """
    if count < max(CROWD, CROWD_FACTOR * usual):
        return None
    return Badge("X", f"{count:,} alerts of this exposure: a bad subtraction?")


def variable_kind(kind: str) -> Kind:
    """What a type of the VSX or the GCVS is: nearly all are variable stars.

    Args:
        kind: The type, such as `RRAB`, `UGSU|IBWD`, `EA/SD:`.
    """
    first = kind.split("|")[0].strip().rstrip(":?").upper()
    if first in VARIABLE_TYPES_OF_GALAXIES:
        return Kind.AGN
    if first in VARIABLE_TYPES_OF_TRANSIENTS or first.startswith("SN "):
        return Kind.TRANSIENT
    return Kind.VARIABLE


def is_star_by_parallax(plx: float | None, plx_err: float | None) -> bool:
    """Whether a parallax says that a source is a star of ours.

    Args:
        plx: Parallax, mas.
        plx_err: Its error, mas.
    """
    return plx is not None and plx_err is not None and plx_err > 0 and plx / plx_err > PARALLAX_SNR


def is_solar_system(row: Judged) -> bool:
    """Whether an alert is of an object of the Solar System, known or new: what is beside it then tells nothing."""
    return _asteroid(row) is not None


def _simbad(row: Judged) -> Meaning | None:
    return None if row.simbad_type is None else meaning(row.simbad_type)


def _asteroid(row: Judged) -> Badge | None:
    if row.survey != "lsst":  # ZTF's `ssnamenr` is the nearest known object, however far: the broker's `roid` decides
        if row.roid == 3:
            return Badge("R", "asteroid " + row.sso_name if row.sso_name else "asteroid")
        return Badge("R", "asteroid, new?") if row.roid == 2 else None
    if row.sso_name is not None:
        return Badge("R", f"asteroid {row.sso_name}")
    return Badge("R", "asteroid") if row.label == "Solar System" else None


def _variable(row: Judged) -> Badge | None:
    for kind, catalogue in ((row.vsx_type, "VSX"), (row.gcvs_type, "GCVS")):
        if kind is not None and variable_kind(kind) is Kind.VARIABLE:
            return Badge("V", f"variable {kind} ({catalogue})")
    simbad = _simbad(row)
    return Badge("V", f"{simbad.words} (SIMBAD)") if simbad is not None and simbad.kind is Kind.VARIABLE else None


def _star(row: Judged) -> Badge | None:
    simbad = _simbad(row)
    if simbad is not None and simbad.kind is Kind.STAR:
        return Badge("S", f"{simbad.words} (SIMBAD)")
    if is_star_by_parallax(row.gaia_plx, row.gaia_plx_err):
        return Badge("S", "star (Gaia parallax)")
    if row.sgscore1 is None or row.distpsnr1 is None or (simbad is not None and simbad.kind is Kind.AGN):
        return None  # a quasar looks like a star
    is_star = row.sgscore1 > STAR_SCORE and 0 <= row.distpsnr1 < STAR_RADIUS
    return Badge("S", f"star-like {arcsec(row.distpsnr1)} (PS1)") if is_star else None


def _active(row: Judged) -> Badge | None:
    simbad = _simbad(row)
    if simbad is not None and simbad.kind is Kind.AGN:
        return Badge("A", f"{simbad.words} (SIMBAD)")
    for kind, catalogue in ((row.vsx_type, "VSX"), (row.gcvs_type, "GCVS")):
        if kind is not None and variable_kind(kind) is Kind.AGN:
            return Badge("A", f"{kind} ({catalogue})")
    for found, catalogue, words in ((row.x4lac, "4LAC", "gamma-ray AGN"), (row.x3hsp, "3HSP", "blazar")):
        if found is not None:
            return Badge("A", f'{words} within 60" ({catalogue})')
    return None


def _galaxy(row: Judged) -> Badge | None:
    simbad = _simbad(row)
    if simbad is not None and simbad.kind is Kind.GALAXY:
        return Badge("G", f"{simbad.words} (SIMBAD)")
    if row.sgscore1 is None or row.distpsnr1 is None:
        return None
    is_galaxy = 0 <= row.sgscore1 < GALAXY_SCORE and 0 <= row.distpsnr1 < HOST_RADIUS
    return Badge("G", f"galaxy {arcsec(row.distpsnr1)} (PS1)") if is_galaxy else None


def _reported(row: Judged) -> Badge | None:
    if row.tns_name is not None or row.tns_type is not None:
        return Badge("T", " ".join(filter(None, ("TNS", row.tns_name, row.tns_type))))
    simbad = _simbad(row)
    return Badge("T", f"{simbad.words} (SIMBAD)") if simbad is not None and simbad.kind is Kind.TRANSIENT else None


def _bright_star(row: Judged) -> Badge | None:
    if row.neargaiabright is None or row.maggaiabright is None or not 0 <= row.neargaiabright < BRIGHT_RADIUS:
        return None
    is_bright = row.maggaiabright < BRIGHT_MAG
    return Badge("B", f"{arcsec(row.neargaiabright)} from a star of {row.maggaiabright:.1f}") if is_bright else None


def _plane(galactic_latitude: float | None) -> Badge | None:
    if galactic_latitude is None or abs(galactic_latitude) >= PLANE:
        return None
    return Badge("P", f"in the plane, b {galactic_latitude:+.0f}")
