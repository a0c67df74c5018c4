"""Solar System object: which, where against where it should be, how bright for its distance, on what orbit."""

from __future__ import annotations

import math
from collections.abc import Iterator

from fink_tui.alerts import clean
from fink_tui.alerts.text import NOTHING, age, magnitude, signed
from fink_tui.science.reading import Record, number, plain, text
from fink_tui.science.sheet import Evidence, Line, Sheet

AU_KM = 149_597_870.7
"""Kilometres in an astronomical unit (IAU 2012, resolution B2)."""

LEAST_RANGE = 1e-3
"""Nearer than this, au, only a few asteroids have ever been seen: such a range was divided by the au twice."""

ROID = {
    0: "no Solar System object by Fink",
    1: "first pass: moves perhaps",
    2: "candidate: not in the MPC's lists",
    3: "match with the MPC's list",
}
"""What ZTF's `roid` says."""

OBLIQUITY = 23.4392911
"""Of the ecliptic, J2000, degrees (IAU 1976)."""

FAR = 35.0
"""Ecliptic latitude, degrees, beyond which few main-belt asteroids are seen: their inclinations are below 30."""

NEAR_EARTH = 1.3
"""Perihelion below which an object is near Earth, au."""

SLOPE = 0.15
"""The slope parameter G of asteroids for which none was measured."""


def solar_system(evidence: Evidence) -> Sheet:
    """Designation, residuals, brightness at its phase, orbit."""
    return Sheet(tuple(_lines(evidence)))


def hg_magnitude(h: float, g: float, helio: float, topo: float, phase: float) -> float | None:
    """Magnitude V of an asteroid (the H, G system: Bowell et al. 1989, in Asteroids II, 524).

    Args:
        h: Absolute magnitude.
        g: Slope parameter.
        helio: Distance from the Sun, au.
        topo: Distance from the observer, au.
        phase: Sun-object-observer angle, degrees.

    Returns:
        None where that makes no sense.
    """
    if helio <= 0 or topo <= 0 or not 0 <= phase < 170:
        return None
    half = math.tan(math.radians(phase / 2))
    light = (1 - g) * math.exp(-3.33 * half**0.63) + g * math.exp(-1.87 * half**1.22)
    return h + 5 * math.log10(helio * topo) - 2.5 * math.log10(light) if light > 0 else None


def ecliptic_latitude(ra: float, dec: float) -> float:
    """Latitude above the ecliptic of J2000, degrees.

    Args:
        ra: Right ascension, degrees.
        dec: Declination, degrees.
    """
    tilt, east, north = math.radians(OBLIQUITY), math.radians(ra), math.radians(dec)
    sine = math.sin(north) * math.cos(tilt) - math.cos(north) * math.sin(tilt) * math.sin(east)
    return math.degrees(math.asin(max(-1.0, min(1.0, sine))))


def _lines(evidence: Evidence) -> Iterator[Line]:
    row, record = evidence.row, evidence.record
    name = row.sso_name or text(record, "ssSource.designation") or text(record, "mpc_orbits.designation")
    known = ROID.get(row.roid, f"roid {row.roid}") if row.roid is not None else ""
    yield Line("object", name or NOTHING, known or ("" if name else "no designation in the alert"))
    yield _residual(evidence)
    yield Line("seen", f"{row.band or '?'} {magnitude(row.mag, row.mag_err)}", _predicted(evidence))
    yield _position(evidence)
    helio, topo = _range(record, "helioRange"), _range(record, "topoRange")
    phase = number(record, "ssSource.phaseAngle")
    if row.survey != "ztf" or phase is not None:
        elongation = number(record, "ssSource.elongation")
        yield Line("phase angle", plain(phase, 1, "°"), f"elongation {plain(elongation, 0, '°')}")
        yield Line(
            "distances",
            f"Sun {plain(helio[0], 3, 'au')}, Earth {plain(topo[0], 3, 'au')}",
            "sent smaller by the au in km, restored here" if helio[1] or topo[1] else "",
        )
    h, g = number(record, "mpc_orbits.h", 0.0), number(record, "mpc_orbits.g")
    if None not in (h, helio[0], topo[0], phase):
        assert h is not None
        assert helio[0] is not None
        assert topo[0] is not None
        assert phase is not None
        slope = g if g is not None else SLOPE
        expected = hg_magnitude(h, slope, helio[0], topo[0], phase)
        apart = f"; seen {signed(row.mag - expected)} in {row.band}" if row.mag is not None and expected else ""
        yield Line("V expected", magnitude(expected), f"from H {h:.2f}, G {slope:.2f} at that phase{apart}")
    if math.isfinite(row.ra) and math.isfinite(row.dec):
        latitude = ecliptic_latitude(row.ra, row.dec)
        note = "few asteroids come so far from it" if abs(latitude) > FAR else ""
        yield Line("ecliptic", f"latitude {latitude:+.1f}°", note)
    yield from _orbit(record)
    trail = number(record, "diaSource.trailLength")
    if trail is not None:
        yield Line("trail", plain(trail, 2, '"'), "length in this exposure; seeing alone gives some")


def _residual(evidence: Evidence) -> Line:
    """Seen less predicted place."""
    row, record = evidence.row, evidence.record
    predicted = clean.place(number(record, "ssSource.ephRa"), number(record, "ssSource.ephDec"))
    if predicted is not None and clean.place(row.ra, row.dec) is not None:
        east = ((row.ra - predicted[0] + 180) % 360 - 180) * math.cos(math.radians(predicted[1])) * 3600
        north = (row.dec - predicted[1]) * 3600
        total = math.hypot(east, north)
        return Line("residual", f'{total:.3f}"', f'east {east:+.3f}", north {north:+.3f}": seen less predicted')
    if row.sso_distance is not None:
        note = "to the predicted place" if row.survey != "ztf" else "to the MPC's place, as ZTF gives it"
        return Line("residual", f'{row.sso_distance:.2f}"', note)
    return Line("residual", NOTHING, "no predicted place in the alert")


def _predicted(evidence: Evidence) -> str:
    """The predicted magnitude, and how far that seen is from it."""
    row, record = evidence.row, evidence.record
    found = number(record, "candidate.ssmagnr", -999.0)
    found = found if found is not None else number(record, "ssSource.ephVmag", 0.0)  # Rubin sends 0 for none
    if found is None:
        return "no predicted magnitude in the alert"
    difference = f", seen {signed(row.mag - found)}" if row.mag is not None else ""
    return f"V {found:.1f} predicted{difference}; V and {row.band or '?'} differ by colour"


def _position(evidence: Evidence) -> Line:
    """How old the place is, and how far it has moved since."""
    days = evidence.now - evidence.row.obs_mjd
    rate = number(evidence.record, "ssSource.ephRate", 0.0)  # degrees a day
    moved = f"{plain(abs(rate * days) * 60, 1)}' away by now" if rate is not None else "it has moved on since"
    pace = f', {rate * 150:.1f}"/h' if rate is not None else ""
    return Line("place", f"{age(days * 86400)} old{pace}", moved)


def _range(record: Record, name: str) -> tuple[float | None, bool]:
    """A distance in au, and whether it had to be restored: some were divided by the au in km once too often."""
    found = number(record, f"ssSource.{name}")
    if found is None or found <= 0:
        return None, False
    return (found * AU_KM, True) if found < LEAST_RANGE else (found, False)


def _orbit(record: Record) -> Iterator[Line]:
    """The orbit's elements, and how well it is known."""
    a, e, i, q = (number(record, f"mpc_orbits.{name}") for name in "aeiq")
    if e is None and a is None:
        yield Line("orbit", NOTHING, "no orbit in the alert")
        return
    if a is None and q is not None and e is not None and e < 1:
        a = q / (1 - e)
    shape = f"a {plain(a, 3)} au, e {plain(e, 3)}, i {plain(i, 1)}°"
    yield Line("orbit", shape, orbit_class(a, e, q))
    period = number(record, "mpc_orbits.period", 0.0)
    years = f", period {period / 365.25:.2f} y" if period is not None else ""
    yield Line("perihelion", f"{plain(q, 3)} au{years}", _moid(record))
    arc, observations = number(record, "mpc_orbits.arc_length_total"), number(record, "mpc_orbits.nobs_total")
    oppositions = number(record, "mpc_orbits.nopp")
    rms = number(record, "mpc_orbits.normalized_rms", 0.0)
    yield Line(
        "arc",
        age(arc * 86400 if arc is not None else None),
        f"{plain(observations, 0)} observations, {plain(oppositions, 0)} oppositions, normalised rms {plain(rms)}",
    )


def _moid(record: Record) -> str:
    moid = number(record, "mpc_orbits.earth_moid", 0.0)
    return f"{moid:.4f} au from Earth's orbit" if moid is not None else ""


def orbit_class(a: float | None, e: float | None, q: float | None) -> str:
    """What kind of orbit it is, roughly: by the usual borders of semi-major axis and perihelion.

    Args:
        a: Semi-major axis, au.
        e: Eccentricity.
        q: Perihelion, au.
    """
    if q is None and a is not None and e is not None:
        q = a * (1 - e)
    if e is not None and e >= 1:
        return "unbound"
    if q is not None and 0 < q < NEAR_EARTH:
        return "near-Earth"
    if a is None or a <= 0:
        return ""
    if a < 2.0:
        return "inner"
    if a < 3.6:
        return "main belt"
    if a < 4.6:
        return "Hilda region"
    if a < 5.5:
        return "Trojan region" if e is not None and e < 0.3 else "Jupiter's region"
    return "Centaur" if a < 30.1 else "trans-Neptunian"
