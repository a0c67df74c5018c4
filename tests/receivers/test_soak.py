"""A night of sending over a link that loses 40 % of what is asked, with a sender that is killed again and again."""

from __future__ import annotations

import itertools
import random
import subprocess
import time
from collections import deque
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from fink_tui.store.outbox import State
from fink_tui.store.outbox_pages import OutboxPages
from fink_tui.store.store import Store
from tests.receivers.observing import alerts, check_once
from tests.receivers.scripted import rows
from tests.receivers.sending_process import (
    end,
    enqueue_by,
    enqueuer,
    home_of,
    start_send_wait,
    tom_receiver,
    write_settings,
)
from tests.running import wait_for
from tests.tom.faults import Action, Exchange, RandomFaults, Seen, pass_on
from tests.tom.proxy import Proxy
from tests.tom.server import Tom

AHEAD = 8
"""Alerts that wait before the other process enqueues more."""


class Killing:
    """A plan that draws each request's fate, and at some kills who asks: before it, or when it has met it.

    Args:
        seed: What the drawing begins with.
        every: Requests from one killing to the next, on average.
        most: Killings.
    """

    def __init__(self, seed: int, every: int, most: int) -> None:
        self.killed = 0
        self.faults = 0
        self.kill: Callable[[], None] = lambda: None
        self._faults = RandomFaults(seed)
        self._random = random.Random(seed)
        self._every, self._most = every, most
        self._left = self._draw()

    def __call__(self, seen: Seen) -> Action:
        action = self._faults(seen)
        self.faults += action is not pass_on
        self._left -= 1
        if self._left or self.killed == self._most:
            return action
        self._left = self._draw()
        self.killed += 1
        return self._before(action) if self._random.random() < 0.5 else self._after(action)

    def _draw(self) -> int:
        return self._random.randint(self._every // 2, self._every * 3 // 2)

    def _before(self, action: Action) -> Action:
        def act(exchange: Exchange) -> None:
            self.kill()
            action(exchange)

        return act

    def _after(self, action: Action) -> Action:
        def act(exchange: Exchange) -> None:
            action(exchange)
            self.kill()

        return act


def soak(tom: Tom, folder: Path, *, objects: int, each: int, every: int, most: int, seconds: float) -> str:
    """Send alerts through it all, and check what the TOM has; give the figures."""
    told = alerts(objects, each)
    left = deque(told)
    plan = Killing(seed=objects, every=every, most=most)
    begun = time.monotonic()
    with Proxy(tom.url, plan=plan) as proxy:
        write_settings(folder, tom_receiver(folder, tom, proxy.url))
        process: subprocess.Popen[str] | None = None
        plan.kill = lambda: process.kill() if process is not None else None
        with (
            Store(home_of(folder).data) as store,
            closing(OutboxPages(store.database)) as pages,
            enqueuer(folder, "tom") as pipe,
        ):

            def is_done() -> bool:
                nonlocal process
                waiting, written = pages.waiting(), len(told) - len(left)
                assert not waiting.failed, [entry.answer for entry in rows(store)]
                if left and pages.count() == written and waiting.waiting < AHEAD:
                    enqueue_by(pipe, left.popleft())
                if process is not None and process.poll() is not None:
                    end(process)
                    process = None
                if process is None and waiting.waiting:
                    process = start_send_wait(folder)
                return pages.count() == len(told) and not waiting.waiting

            try:
                wait_for(is_done, "all to be sent", seconds)
            finally:
                if process is not None:
                    end(process, kill=True)
            found = rows(store)
    took = time.monotonic() - begun
    figures = f"{proxy.count()} requests, {plan.faults} faults, {plan.killed} kills, {took:.0f} s"
    assert plan.killed, figures
    assert {entry.state for entry in found} <= {State.SENT, State.EXISTS}
    assert [entry.alert_id for entry in found] == [one.alert_id for one in told]
    for number, of_object in itertools.groupby(sorted(found, key=lambda entry: entry.object_id), lambda e: e.object_id):
        arrived = [entry.answered_at or 0.0 for entry in sorted(of_object, key=lambda entry: entry.id)]
        assert arrived == sorted(arrived), f"the alerts of {number} arrived out of order"
    check_once(tom, told, "fink_soak")
    assert all(target.groups == ("nightcrew",) for target in tom.contents().targets)
    return figures


def test_a_bad_link_and_a_sender_killed_meanwhile(tom: Tom, tmp_path: Path) -> None:
    soak(tom, tmp_path, objects=4, each=3, every=60, most=3, seconds=120)


@pytest.mark.soak
def test_a_night_of_it(tom: Tom, tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    figures = soak(tom, tmp_path, objects=20, each=3, every=60, most=60, seconds=1200)
    record_property("soak", figures)
    print(f"\nTOM {tom.version}: {figures}")
