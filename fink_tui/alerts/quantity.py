"""Which photometry of a packet is looked at: that of the difference image, of the source itself, forced.

A `Point` holds all that was measured; here it is put where magnitudes and fluxes are looked for. Fluxes are nJy,
magnitudes AB.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from fink_tui.alerts import photometry
from fink_tui.alerts.row import Point, PointKind


class Quantity(StrEnum):
    """Which photometry of a packet is looked at."""

    DIFFERENCE = "difference"
    """Of the difference image: what has changed since the template."""
    TOTAL = "total"
    """Of the source itself: ZTF's apparent ("DC") flux, LSST's `scienceFlux`."""
    FORCED = "forced"
    """Of the difference image, forced at the object's place (LSST)."""


def quantities(points: Iterable[Point]) -> list[Quantity]:
    """What of these points can be looked at; always the difference."""
    several = list(points)
    found = [Quantity.DIFFERENCE]
    if any(point.total_flux is not None for point in several):
        found.append(Quantity.TOTAL)
    if any(point.kind is PointKind.FORCED for point in several):
        found.append(Quantity.FORCED)
    return found


def select(points: Iterable[Point], quantity: Quantity) -> list[Point]:
    """The points of a quantity, with its fluxes and magnitudes in place of those of the difference."""
    return [one for point in points if (one := in_quantity(point, quantity)) is not None]


def in_quantity(point: Point, quantity: Quantity) -> Point | None:
    """A point with the fluxes and magnitudes of a quantity; None where it has no part in that.

    Upper limits belong to the difference image: the source itself has none. Forced fluxes that are not above zero have
    no magnitude.
    """
    if quantity is Quantity.TOTAL:
        if point.total_flux is None:
            return None
        mag, mag_err = photometry.flux_to_mag(point.total_flux, point.total_flux_err) or (None, None)
        return point._replace(mag=mag, mag_err=mag_err, flux=point.total_flux, flux_err=point.total_flux_err)
    if point.kind is PointKind.FORCED:
        is_nothing = point.flux is not None and point.flux <= 0
        return point._replace(mag=None, mag_err=None) if is_nothing else point
    return None if quantity is Quantity.FORCED else point
