"""What a screen sends with: the receivers of the settings, what empties the outbox, and what is left in it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from fink_tui.alerts.text import count
from fink_tui.config import Settings
from fink_tui.store.store import Store

if TYPE_CHECKING:
    from fink_tui.receivers.configured import Configured
    from fink_tui.receivers.sender import Sender

LATER = "What waits goes when fink-tui or fink-tui ingest runs next."
"""When what is in the outbox goes."""


class Outgoing(NamedTuple):
    """Where alerts can be sent, or why they cannot."""

    receivers: tuple[Configured, ...] = ()
    send: Callable[[], Sender] | None = None
    unsendable: str = ""
    """Why, in a sentence."""


def outgoing(store: Store, settings: Settings, config_file: Path, doing: str) -> Outgoing:
    """What the settings say of receivers; nothing is loaded that takes time before something is sent.

    Args:
        store: Whose outbox is emptied.
        settings: The settings.
        config_file: The file that they are from.
        doing: What this process is, for those who find that it sends.

    Raises:
        ConfigError: A receiver's settings cannot be used.
    """
    if not settings.receivers:
        return Outgoing(
            unsendable=f"No receiver is configured: add one to {config_file} (see the README), and restart."
        )
    from fink_tui.receivers.configured import configured

    receivers = tuple(configured(settings))
    return Outgoing(receivers, sending_to(store, receivers, doing))


def sending_to(store: Store, receivers: tuple[Configured, ...], doing: str) -> Callable[[], Sender]:
    """What begins to empty a store's outbox, and returns the sender.

    Args:
        store: Whose outbox it is.
        receivers: Where its alerts go.
        doing: What this process is.
    """

    def send() -> Sender:
        from fink_tui.receivers.sender import Sender

        sender = Sender(store, receivers, doing=doing)
        sender.start()
        return sender

    return send


def left_behind(store: Store) -> str:
    """What still waits to be sent, in a sentence; "" where nothing does.

    Raises:
        StoreError: The store cannot be read.
    """
    from fink_tui.store.outbox_pages import OutboxPages

    with closing(OutboxPages(store.database)) as pages:
        found, how = pages.waiting_by_receiver(), pages.waiting()
    if not found:
        return ""
    total = sum(found.values())
    to = ", ".join(f"{name} ({count(number)})" if len(found) > 1 else name for name, number in found.items())
    words = "1 alert waits to be sent" if total == 1 else f"{count(total)} alerts wait to be sent"
    if how.blocked + how.asking >= total:  # at the next start, too
        return f"{words} to {to}. {how.problem or 'Your answer is wanted first: press 4 at the next start.'}"
    it = "it goes" if total == 1 else "they go"
    if (holder := store.sending.holder()) is not None:
        return f"{words} to {to}; {holder} sends."
    return f"{words} to {to}: {it} when fink-tui or fink-tui ingest runs next, or now with: fink-tui send --wait"
