"""The orders that a letter names, and those that are typed."""

from __future__ import annotations

import re
from typing import NamedTuple

from fink_tui.store.expression import Expression, ExpressionError, parsed


class Order(NamedTuple):
    """An order of the list: what comes first is what an observer looks for."""

    letter: str
    """The key that chooses it; blank for one that was typed."""

    title: str
    """What the line of choices calls it: where it is a column of the list, as that."""

    words: str
    """What the title says: "by …"."""

    by: str
    """What is compared, an expression; blank for the order of arrival."""

    is_descending: bool = False
    """Whether the largest comes first."""

    @property
    def reversed(self) -> Order:
        """The other way round."""
        return self._replace(is_descending=not self.is_descending)

    @property
    def told(self) -> str:
        """What it is by, and which way round where that is not what its letter means."""
        usual = by_letter(self.letter)
        if usual is None:
            return f"{self.by} desc" if self.is_descending else self.by
        return self.words if usual.is_descending == self.is_descending else f"{self.words} reversed"

    @property
    def expression(self) -> Expression | None:
        """What is compared; None for the order of arrival.

        Raises:
            ExpressionError: It was typed, and is none.
        """
        return parsed(self.by) if self.by else None


ARRIVAL = Order("n", "none", "arrival", "")
"""As they came, the newest last."""

ORDERS = (
    Order("a", "alt", "altitude", "altitude", is_descending=True),
    Order("l", "left", "hours left", "nullif(hours_left, 0)"),
    Order("m", "mag", "magnitude", "mag"),
    Order("c", "chg", "change", "mag_change"),
    Order("s", "SN", "SN score", "sn_score", is_descending=True),
    Order("r", "rb", "real/bogus", "real_bogus", is_descending=True),
    Order("d", "det", "detections", "n_detections"),
    Order("y", "young", "age of the object", "object_age"),
    ARRIVAL,
)
"""The highest first; what sets soonest, and what cannot be reached last; the brightest; what rises most; the likeliest;
the fewest; the youngest."""

_DIRECTION = re.compile(r"\s+(asc|desc)(?:ending)?\s*$", re.IGNORECASE)


def by_letter(letter: str) -> Order | None:
    """The order that a key chooses."""
    return next((order for order in ORDERS if order.letter == letter), None)


def typed(text: str) -> Order:
    """An order as it is typed: a column or an expression; `desc` behind it puts the largest first.

    Args:
        text: Such as `snr desc`; blank for the order of arrival.

    Raises:
        ExpressionError: It is none.
    """
    text = text.strip()
    if not text:
        return ARRIVAL
    found = _DIRECTION.search(text)
    by = text[: found.start()] if found else text
    if "," in by and "(" not in by:
        raise ExpressionError("One column at a time, such as snr desc.")
    parsed(by)
    return Order("", by, by, by, is_descending=found is not None and found[1].lower() == "desc")
