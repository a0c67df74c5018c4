"""How much air there is between a telescope and a place."""

from __future__ import annotations

import math


def airmass(altitude: float) -> float | None:
    """The air's mass along the line of sight, that to the zenith being 1; None below the horizon.

    Kasten and Young 1989, Applied Optics 28, 4735: like the secant of the zenith distance where that is small, and
    finite at the horizon.

    Args:
        altitude: Of the place, degrees, without refraction.
    """
    if altitude < 0:
        return None
    return 1 / (math.sin(math.radians(altitude)) + 0.50572 * math.pow(altitude + 6.07995, -1.6364))
