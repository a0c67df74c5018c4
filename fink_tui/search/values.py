"""Values of tables that servers send: a number may come as text, and anything may come for a number."""

from __future__ import annotations

import math


def number(value: object) -> float | None:
    """A number, also one that is written as text; None for all else, NaN and infinity.

    Args:
        value: As it came.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None
