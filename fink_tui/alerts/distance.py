"""How far away an object is, by whatever an alert says of that, and how bright it then is.

Every distance keeps its source and its condition: a galaxy within a minute of arc need not be the host. Neither
extinction nor K-correction is applied, and every line says so.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from fink_tui.alerts import clean, photometry
from fink_tui.alerts.badges import is_solar_system, is_star_by_parallax
from fink_tui.alerts.row import AlertRow
from fink_tui.alerts.text import magnitude

HUBBLE = 70.0
"""Hubble constant, km/s/Mpc."""

OMEGA_MATTER = 0.3
"""Density of matter in a flat universe whose other part is a cosmological constant; no radiation."""

LIGHT = 299_792.458
"""Speed of light, km/s."""

STEPS = 128
"""Steps of the integral: they leave less than 1e-8 mag of error up to redshift 20."""

REDSHIFTS = 1e-4, 20.0
"""Redshifts between which a distance follows from one; below, an object's own motion is as large."""

DIFFERENCE = ""
"""An absolute magnitude that is the change's own, as of a supernova."""

UNITS = (1.0, "Mpc"), (1e-3, "kpc"), (1e-6, "pc")
"""Units of length, Mpc."""


class Distance(NamedTuple):
    """A distance."""

    mpc: float
    """Luminosity distance, Mpc."""

    source: str
    """Who gives it, and on what condition."""

    magnitude: float | None
    """Absolute magnitude, AB, in the alert's band; None where there is none to be had."""

    of: str
    """What that is the magnitude of, where it is not the change."""

    spread: tuple[float, float] | None = None
    """The magnitude at the near and at the far end of a poor distance's error."""

    @property
    def modulus(self) -> float:
        """Distance modulus, mag."""
        return distance_modulus(self.mpc)

    @property
    def left_out(self) -> str:
        """The corrections that the magnitude lacks."""
        return "no extinction, no K" if self.of == DIFFERENCE else "no extinction"

    def words(self) -> str:
        """All of it in a line."""
        far = f"{length(self.mpc)} (m-M {self.modulus:.2f}), {self.source}"
        if self.magnitude is None:
            return far
        spread = f" ({self.spread[0]:.1f} to {self.spread[1]:.1f})" if self.spread is not None else ""
        return f"M {magnitude(self.magnitude)}{spread}{self.of}, {self.left_out}: {far}"


def luminosity_distance(redshift: float) -> float:
    """Luminosity distance in a flat universe of matter and a cosmological constant, Mpc.

    D = (1 + z) c/H0 times the integral of dz/E(z), E(z)^2 = Om (1 + z)^3 + 1 - Om (Hogg 1999, astro-ph/9905116, eq.
    14, 15, 21), by Simpson's rule in ln(1 + z).

    Args:
        redshift: Above -1.
    """
    end = math.log1p(redshift)
    step = end / STEPS

    def integrand(x: float) -> float:
        grown = math.exp(x)
        return grown / math.sqrt(OMEGA_MATTER * grown**3 + 1 - OMEGA_MATTER)

    weights = [1, *(4 if index % 2 else 2 for index in range(1, STEPS)), 1]
    integral = sum(weight * integrand(index * step) for index, weight in enumerate(weights)) * step / 3
    return (1 + redshift) * LIGHT / HUBBLE * integral


def distance_modulus(mpc: float) -> float:
    """Apparent less absolute magnitude: 5 log10(D / 10 pc).

    Args:
        mpc: Luminosity distance, Mpc, above zero.
    """
    return 5 * math.log10(mpc) + 25


def length(mpc: float) -> str:
    """A distance in its handiest unit, to three digits."""
    size, unit = next((one for one in UNITS if mpc >= one[0]), UNITS[-1])
    value = mpc / size
    places = 0 if value >= 99.95 else 1 if value >= 9.995 else 2
    return f"{value:,.{places}f} {unit}"


def mangrove(record: Mapping[str, Any]) -> tuple[float | None, float | None]:
    """Luminosity and angular-diameter distance of the galaxy that Mangrove has nearby, Mpc.

    The field called `ang_dist` is no separation: its ratio to `lum_dist` is (1 + z)^2 in every alert seen (NGC 5674:
    112.44 and 106.95, z = 0.0253).

    Args:
        record: A whole record of either survey.
    """
    nearby, matches = record.get("mangrove"), record.get("xm")
    if isinstance(nearby, dict):
        found = _length(nearby.get("lum_dist")), _length(nearby.get("ang_dist"))
    elif isinstance(matches, dict):
        found = _length(matches.get("mangrove_lum_dist")), _length(matches.get("mangrove_ang_dist"))
    else:
        return None, None
    return found[0], found[1] if found[0] is not None and found[1] is not None and found[1] <= found[0] else None


def distances(row: AlertRow, record: Mapping[str, Any]) -> list[Distance]:
    """Every distance that an alert gives, the most trustworthy first.

    Args:
        row: The alert's row.
        record: Its whole record, or an empty one.
    """
    if is_solar_system(row):
        return []
    found = []
    mag = row.mag if row.is_positive is not False else None  # a deficit has no magnitude of its own
    if row.tns_redshift is not None and REDSHIFTS[0] <= row.tns_redshift <= REDSHIFTS[1]:
        far = luminosity_distance(row.tns_redshift)
        found.append(_distance(far, f"TNS z {row.tns_redshift:.4g}", mag, DIFFERENCE))
    if is_star_by_parallax(row.gaia_plx, row.gaia_plx_err):
        assert row.gaia_plx is not None
        found.append(_distance(1e-3 / row.gaia_plx, "Gaia parallax", *_of_the_star(row, record)))
    if row.host_distance is not None and row.host_distance > 0:
        name = row.host_name or "the galaxy"
        found.append(_distance(row.host_distance, f'if in {name} (Mangrove < 60")', mag, DIFFERENCE))
    if row.tns_redshift is None and (photometric := _photometric(record)) is not None:
        redshift, error = photometric
        ends = None
        if mag is not None and 0 < error < redshift:
            near, far = (luminosity_distance(redshift + sign * error) for sign in (-1, 1))
            ends = mag - distance_modulus(near), mag - distance_modulus(far)
        far = luminosity_distance(redshift)
        said = f"photometric z {redshift:.2f}±{error:.2f} (Legacy DR8)"
        found.append(_distance(far, said, mag, DIFFERENCE)._replace(spread=ends))
    return found


def _distance(mpc: float, source: str, mag: float | None, of: str) -> Distance:
    return Distance(mpc, source, mag - distance_modulus(mpc) if mag is not None else None, of)


def _of_the_star(row: AlertRow, record: Mapping[str, Any]) -> tuple[float | None, str]:
    """The magnitude of the star itself: its change says little of what it is."""
    is_near = row.distnr is not None and 0 <= row.distnr <= photometry.REFERENCE_PIXELS
    if is_near and row.magnr is not None and row.magnr > 0:
        return row.magnr, " (reference)"
    source = record.get("diaSource")
    flux = clean.number(source.get("scienceFlux")) if isinstance(source, dict) else None
    found = photometry.flux_to_mag(flux)
    return (found[0] if found is not None else None), " (science image)"


def _photometric(record: Mapping[str, Any]) -> tuple[float, float] | None:
    """Photometric redshift of the Legacy Survey's source and its error, where the catalogue itself calls it good."""
    matches = record.get("xm")
    if not isinstance(matches, dict) or clean.integer(matches.get("legacydr8_fqual")) != 1:
        return None
    redshift, error = (clean.number(matches.get(f"legacydr8_{name}")) for name in ("zphot", "e_zphot"))
    if redshift is None or not REDSHIFTS[0] <= redshift <= REDSHIFTS[1]:
        return None
    return redshift, error if error is not None and error > 0 else 0.0


def _length(value: object) -> float | None:
    """A length above zero, or None."""
    found = clean.numeral(value)
    return found if found is not None and found > 0 else None
