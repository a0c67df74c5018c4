"""Where tests send alerts to: receivers that are set up, and never leave the test."""

from __future__ import annotations

from fink_tui.alerts.submission import Choices, Submission, history_of
from fink_tui.receivers.configured import Configured
from fink_tui.receivers.receiver import Delivery, Receiver, RejectedError


class Paper(Receiver):
    """Shows what it is told, and keeps it."""

    kind = "paper"

    def render(self, told: Submission, choices: Choices) -> dict[str, object]:
        if choices.target_list == "forbidden":
            raise RejectedError(f"{self.name} takes nothing into the list forbidden.")
        points = [[point.time, point.band, point.mag] for point in history_of(told, choices.history or "all")]
        return {"name": told.object_id, "list": choices.target_list, "groups": choices.groups, "points": points}

    def deliver(self, told: Submission, choices: Choices, target: str) -> Delivery:
        return Delivery(True, "written down", "1", "https://tom.example.org/1")


def receiver(name: str) -> Configured:
    """A receiver that is set up."""
    return Configured(name, "paper", "fink_{topic}", ("nightcrew",), "all", lambda: Paper(name))


OURTOM, MINE = receiver("ourtom"), receiver("mine")
