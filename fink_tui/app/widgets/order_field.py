"""The line in which one letter chooses the order of the list."""

from __future__ import annotations

from collections.abc import Callable

from textual import events

from fink_tui.app.widgets.find import FindField
from fink_tui.triage.orders import ORDERS

AGAIN, REVERSED, TYPED = "o", "-", ":"
"""Keys besides the orders' own: once more as before, the other way round, one that is typed."""


class OrderField(FindField):
    """Its placeholder says what can be chosen; the first letter chooses."""

    def __init__(self, choose: Callable[[str], None], *, id: str) -> None:  # noqa: A002
        """Make the line.

        Args:
            choose: Called with the key at once: what came together with it acts on what that has made.
            id: The widget's name.
        """
        super().__init__(id=id)
        self._choose = choose

    def offer(self, *, has_site: bool) -> None:
        """Appear with the choices there are.

        Args:
            has_site: Whether there is a telescope whose sky could be asked.
        """
        orders = [order for order in ORDERS if has_site or order.letter not in "al"]
        words = [f"{order.letter} {order.title}" for order in orders]
        self.placeholder = "  ".join([*words, f"{REVERSED} turn", f"{TYPED} any"])
        self.ask()

    def take(self, event: events.Event) -> bool:
        """Choose by a letter; nothing else is taken."""
        if not isinstance(event, events.Key) or not event.is_printable:
            return isinstance(event, events.Paste)
        self._choose(event.character or "")
        return True
