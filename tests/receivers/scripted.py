"""A receiver that does as it is told: a fake of one, for what the sender makes of its answers."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import closing

from fink_tui.alerts.submission import Choices, Submission
from fink_tui.receivers.receiver import Delivery, Receiver
from fink_tui.store.outbox import Entry
from fink_tui.store.outbox_pages import OutboxPages
from fink_tui.store.store import Store

Answer = Delivery | Exception | Callable[[], Delivery]

DONE = Delivery(True, "made")


class Scripted(Receiver):
    """Answers in turn as the script says, then always with success."""

    kind = "scripted"

    def __init__(self, name: str = "tom", *script: Answer) -> None:
        super().__init__(name)
        self.script = list(script)
        self.problem: Exception | None = None
        """What `prepare` raises."""
        self.prepared = 0
        self.calls: list[tuple[str, Choices, str]] = []
        """Every delivery that was begun: alert, choices, known target."""
        self.arrived: list[str] = []
        """The alerts that arrived, each time."""
        self.closed = threading.Event()

    def render(self, told: Submission, choices: Choices) -> dict[str, object]:
        return {}

    def prepare(self) -> None:
        self.prepared += 1
        if self.problem is not None:
            raise self.problem

    def deliver(self, told: Submission, choices: Choices, target: str) -> Delivery:
        self.calls.append((told.alert_id, choices, target))
        answer = self.script.pop(0) if self.script else DONE
        if isinstance(answer, Exception):
            raise answer
        delivery = answer() if callable(answer) else answer
        self.arrived.append(told.alert_id)
        return delivery

    def attempts(self, alert_id: str) -> int:
        """How often the delivery of an alert was begun."""
        return sum(alert == alert_id for alert, _, _ in self.calls)

    def close(self) -> None:
        self.closed.set()


def rows(store: Store) -> list[Entry]:
    """The outbox, the oldest first."""
    with closing(OutboxPages(store.database)) as pages:
        return [found for number in range(1, pages.count() + 1) if (found := pages.entry(number)) is not None]


def states(store: Store) -> list[str]:
    return [str(entry.state) for entry in rows(store)]


def told(object_id: str = "ZTF26aa", alert_id: str = "1", **more: object) -> Submission:
    """What is told of an alert, without one."""
    values: dict[str, object] = {
        "survey": "ztf",
        "alert_id": alert_id,
        "object_id": object_id,
        "ra": 10.0,
        "dec": -5.0,
        "time": "2026-11-20T03:00:00.000Z",
        "night": "2026-11-20",
        "label": "SN candidate",
        "label_reason": "a test",
        "link": f"https://fink.example/{object_id}",
    }
    return Submission(**(values | more))  # type: ignore[arg-type]


OBJECTS = 5
"""Whose alerts are sent, in turn."""


def object_of(alert: int) -> str:
    return f"object {alert % OBJECTS}"
