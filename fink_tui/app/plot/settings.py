"""What of a light curve is looked at, and how: one value, which pictures are kept by."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from fink_tui.alerts import photometry
from fink_tui.alerts.quantity import Quantity, in_quantity, quantities
from fink_tui.alerts.row import Point, PointKind

LARGEST_MJD = 1e6
"""Times from here on are none, and would leave no room for those that are."""


class Axis(StrEnum):
    """What the axis of time counts."""

    DAYS = "days"
    """Days from the alert's own detection."""
    MJD = "MJD"
    PHASE = "phase"
    """Of the period; 0 at the alert's own detection, each point twice."""


class Settings(NamedTuple):
    """How a light curve is looked at."""

    use_flux: bool = False
    """Fluxes, rather than magnitudes."""
    quantity: Quantity = Quantity.DIFFERENCE
    axis: Axis = Axis.DAYS
    period: float | None = None
    """Days; of the phase."""
    show_limits: bool = True
    hidden: str = ""
    """Bands that are not shown."""
    window: tuple[float, float] | None = None
    """The part of time that is seen, MJD; None for all."""
    cursor: int | None = None
    """The point whose values are told, by its place in the packet's light curve."""

    def for_points(self, points: Sequence[Point]) -> Settings:
        """These settings where they can be had: not every light curve has each quantity, nor a period."""
        if self.quantity not in quantities(points):
            self = self._replace(quantity=Quantity.DIFFERENCE)
        if self.axis is Axis.PHASE and self.period is None:
            self = self._replace(axis=Axis.DAYS)
        return self

    def for_another(self) -> Settings:
        """What of them holds for another object: period, bands, zoom and cursor are those of one."""
        axis = Axis.DAYS if self.axis is Axis.PHASE else self.axis
        return Settings(self.use_flux, self.quantity, axis, show_limits=self.show_limits)


def value_of(point: Point, use_flux: bool) -> tuple[float | None, float | None]:
    """A point's flux or magnitude, and its error; a limit's flux is that of its magnitude."""
    if not use_flux:
        return point.mag, point.mag_err
    if point.kind is PointKind.LIMIT:
        return (photometry.mag_to_flux(point.mag) or (None,))[0], None
    return point.flux, point.flux_err


def shown(points: Sequence[Point], wanted: Settings) -> dict[int, Point]:
    """The points that are to be seen, whatever part of time is, by their place in the packet's light curve."""
    settings = wanted.for_points(points)
    return {
        number: one
        for number, point in enumerate(points)
        if abs(point.mjd) < LARGEST_MJD  # NaN is not
        and point.band not in settings.hidden
        and (settings.show_limits or point.kind is not PointKind.LIMIT)
        and (one := in_quantity(point, settings.quantity)) is not None
    }


def reference_mjd(points: Sequence[Point]) -> float | None:
    """The time that days are counted from: of the alert's own detection, else of the last detection, else point.

    Returns:
        MJD, UTC, or None without a point.
    """
    sane = [point for point in points if abs(point.mjd) < LARGEST_MJD]
    for wanted in (
        [point.mjd for point in sane if point.is_current],
        [point.mjd for point in sane if point.kind is not PointKind.LIMIT],
        [point.mjd for point in sane],
    ):
        if wanted:
            return max(wanted)
    return None
