"""The demo's receiver: what a TOM does with a target, played inside this program. Nothing leaves it.

It knows its targets as long as it lives, makes those it does not know, completes the others, and takes a moment for
it, so that the marks on the screen can be seen to move.
"""

from __future__ import annotations

import zlib

import msgspec

from fink_tui.alerts.submission import ALL, Choices, Submission
from fink_tui.receivers import chosen
from fink_tui.receivers.receiver import AwayError, Delivery, Receiver

LATENCY_SECONDS = 0.8
"""About what a TOM takes for a target and some points, over a good line."""


TARGET_LIST = "fink_{topic}"
"""The list that it puts targets in."""


class DemoReceiver(Receiver):
    """A stand-in for a TOM that keeps its targets in memory."""

    kind = "demo"

    def __init__(self, name: str = "demo") -> None:
        """Make it, without targets."""
        super().__init__(name)
        self._points: dict[str, set[tuple[str, str]]] = {}

    def render(self, told: Submission, choices: Choices) -> dict[str, object]:
        """What a TOM would be sent, simplified: a target and its points."""
        name = chosen.list_name(told, choices, TARGET_LIST)
        scores = {key: f"{value:g}" for key, value in told.scores.items()}
        tags = {"label": told.label} | scores | told.tags | {"link": told.link}
        points = chosen.points(told, choices, ALL)
        return {
            "target": {
                "name": told.object_id,
                "type": "SIDEREAL",
                "ra": told.ra,
                "dec": told.dec,
                "aliases": list(told.aliases),
                "tags": tags,
                "target_lists": [name] if name else [],
                "groups": list(choices.groups or ()),
            },
            "points": [msgspec.to_builtins(point) for point in points],
        }

    def deliver(self, told: Submission, choices: Choices, target: str) -> Delivery:
        """Remember the target and its points."""
        if self.stopping.wait(LATENCY_SECONDS):
            raise AwayError("demo: it was broken off, since the program ended.")
        points = chosen.points(told, choices, ALL)
        is_new = not target and told.object_id not in self._points
        known = self._points.setdefault(told.object_id, set())
        new = {(point.time, point.band) for point in points} - known
        known |= new
        number = target or str(zlib.crc32(told.object_id.encode()) % 10_000)
        done = "made" if is_new else "was there"
        words = f"demo: {done}, {len(new)} of {len(points)} points were new; nothing left this program"
        return Delivery(is_new, words, number)
