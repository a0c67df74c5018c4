"""The live screen on a store of the test's own: how it is filled, driven, waited for and read."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

from textual.events import Key
from textual.keys import _character_to_key
from textual.pilot import Pilot

from fink_tui.alerts.decode import Decoded, decode, record
from fink_tui.alerts.packet import Packet, encode
from fink_tui.alerts.schema import SchemaBook
from fink_tui.app.app import FinkApp
from fink_tui.app.screens.live import LiveScreen
from fink_tui.app.session import Session
from fink_tui.app.widgets.alert_detail import Heading
from fink_tui.app.widgets.alert_list import AlertList
from fink_tui.app.widgets.field_list import FieldList
from fink_tui.receivers.configured import Configured
from fink_tui.search.services.cds import Cds
from fink_tui.sky.site import Telescopes
from fink_tui.store.inbox import Source
from fink_tui.store.store import Store
from fink_tui.stream.demo import DemoAlert

DEADLINE = 20.0
"""Seconds after which what is waited for will not come."""

SMALL, WIDE = (80, 24), (160, 45)
"""The two sizes that are first class: columns, rows."""


def receive(store: Store, alerts: Sequence[DemoAlert], *, topic: str | None = None) -> None:
    """Put alerts into a store, as the stream does."""
    packets = [
        Packet(topic or alert.topics[0], 0, number, alert.key, alert.value) for number, alert in enumerate(alerts)
    ]
    results = decode(packets, SchemaBook())
    assert all(isinstance(result, Decoded) for result in results)
    inbox = store.inbox()
    inbox.receive(results, Source("test", "test"), [], time.time())
    inbox.close()


def renamed(alert: DemoAlert, name: str) -> DemoAlert:
    """A ZTF alert of an object of another name; the packet says so itself."""
    schema = SchemaBook().schema(alert.key)
    fields = record(schema, alert.value)
    fields["objectId"] = name
    return alert._replace(object_id=name, value=encode(schema.parsed, fields))


@contextlib.asynccontextmanager
async def opened(
    store: Store,
    save_dir: Path,
    size: tuple[int, int] = SMALL,
    *,
    notes: tuple[str, ...] = (),
    receivers: Sequence[Configured] = (),
    unsendable: str = "A test sends nothing.",
    telescopes: Telescopes | None = None,
    ascii_only: bool = False,
    cds: Callable[[], Cds] | None = None,
    search: Callable[[], Any] | None = None,
) -> AsyncIterator[Live]:
    """The program on a store, without Kafka, and without a sender."""
    app = FinkApp(
        Session(
            store=store,
            save_dir=save_dir,
            notes=notes,
            receivers=tuple(receivers),
            unsendable=unsendable,
            telescopes=telescopes or Telescopes(),
            ascii_only=ascii_only,
            cds=cds,
            search=search,
            unsearchable="A test asks nobody.",
        )
    )
    async with app.run_test(size=size, notifications=True) as pilot:
        live = Live(app, pilot)
        await live.until(lambda: isinstance(app.screen, LiveScreen) and live.alerts.size.height > 0)
        await pilot.pause()
        yield live


class Live:
    """The program while a test drives it."""

    def __init__(self, app: FinkApp, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot

    @property
    def screen(self) -> LiveScreen:
        """The live screen, whatever is above it."""
        return next(screen for screen in self.app.screen_stack if isinstance(screen, LiveScreen))

    @property
    def alerts(self) -> AlertList:
        return self.screen.query_one(AlertList)

    @property
    def fields(self) -> FieldList:
        return self.screen.query_one(FieldList)

    @property
    def focused(self) -> str | None:
        """Id of what has the keys."""
        return self.app.focused.id if self.app.focused is not None else None

    @property
    def current(self) -> str:
        """Id of the alert under the cursor."""
        row = self.alerts.queue.current
        return row.alert_id if row is not None else ""

    @property
    def heading(self) -> str:
        """What is said first of the alert under the cursor, also what the screen's edge cuts off."""
        return str(self.screen.query_one(Heading).content)

    @property
    def is_in_sight(self) -> bool:
        """Whether the cursor's row is on the screen."""
        cursor = self.alerts.cursor_row
        return cursor is not None and self.alerts.top <= cursor < self.alerts.top + self.alerts.rows

    @property
    def said(self) -> list[str]:
        """What the messages over the screen say."""
        return [notification.message for notification in self.app._notifications]

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def type(self, text: str) -> None:
        """Type as quickly as a paste comes: the pilot waits up to a tenth of a second for every key it presses."""
        driver = self.app._driver
        assert driver is not None
        for letter in text[:-1]:
            driver.send_message(Key(_character_to_key(letter), letter))
        await self.press(_character_to_key(text[-1]))

    async def arrive(self, store: Store, alerts: Sequence[DemoAlert]) -> None:
        """Let alerts come, and the screen look for them."""
        receive(store, alerts)
        self.screen.look()
        await self.pilot.pause()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for something, with a deadline."""
        end = time.monotonic() + DEADLINE
        while not condition():
            assert time.monotonic() < end, f"not within {DEADLINE} s; on the screen:\n{self.text()}"
            await self.pilot.pause(0.01)

    async def settled(self) -> None:
        """Wait until the current alert's fields and curve are there."""
        await self.until(lambda: self.fields.current is not None)
        await self.app.workers.wait_for_complete()
        await self.pilot.pause()

    async def looked(self) -> None:
        """Wait until the observer has had the time to see which alert is current."""
        row = self.alerts.queue.current
        assert row is not None
        await self.until(lambda: self.screen.glance.has_seen(row.id))

    @property
    def is_deciding(self) -> bool:
        """Whether a decision is on its way to the disk."""
        return bool(self.app.deciding._running)

    async def decided(self, *keys: str) -> list[str]:
        """Decide on the current alert, once it was seen; returns what is said when that is on the disk."""
        await self.looked()
        await self.press(*keys)
        await self.until(lambda: not self.is_deciding)
        await self.pilot.pause()
        return self.said

    async def arranged(self, *keys: str) -> None:
        """Press keys that ask for another list, and wait until it is there."""
        await self.press(*keys)
        await self.until(lambda: not self.screen.list_pane.arranging.is_running)
        await self.pilot.pause()

    @property
    def ids(self) -> list[int]:
        """The alerts of the list, in order."""
        rows = [self.alerts.queue.row(index) for index in range(self.alerts.queue.count)]
        return [row.id for row in rows if row is not None]

    @property
    def title(self) -> str:
        """The line above the list."""
        return self.lines()[self.alerts.region.y - 1][: self.alerts.region.width].rstrip()

    def lines(self) -> list[str]:
        """The screen as text."""
        strips = self.app.screen._compositor.render_strips()
        return ["".join(segment.text for segment in strip).rstrip() for strip in strips]

    def rows(self) -> list[str]:
        """The rows of the list, without its scroll bar."""
        region = self.alerts.region
        return [
            line[region.x : region.x + self.alerts.room].rstrip() for line in self.lines()[region.y + 1 : region.bottom]
        ]

    def text(self) -> str:
        return "\n".join(self.lines())
