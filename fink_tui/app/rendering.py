"""Exactly what a receiver would be sent, for the screens that show it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from fink_tui.alerts.submission import Choices, Submission

if TYPE_CHECKING:
    from fink_tui.receivers.configured import Configured
    from fink_tui.receivers.receiver import Receiver

log = logging.getLogger(__name__)


class Rendered(NamedTuple):
    """What would be sent, or why nothing would."""

    content: object
    """JSON values; None where there is nothing."""
    problem: str = ""
    """What is wrong, in a sentence."""


class Renderer:
    """Receivers of its own, made when they are first asked: that may take a moment, so ask in a thread."""

    def __init__(self, receivers: Sequence[Configured]) -> None:
        """Make it for the session's receivers."""
        self._configured = {one.name: one for one in receivers}
        self._made: dict[str, Receiver] = {}
        self._lock = threading.Lock()

    def render(self, receiver: str, told: Submission, choices: Choices) -> Rendered:
        """What a receiver would be sent; of one that is no longer set up, what it would be told.

        Args:
            receiver: Its name.
            told: The submission.
            choices: What the observer chose.
        """
        from fink_tui.receivers.receiver import ReceiverError
        from fink_tui.yaml_file import ConfigError

        if receiver not in self._configured:
            return Rendered(msgspec.to_builtins(told), f"{receiver} is not set up here; this is what it is told.")
        try:
            with self._lock:
                if receiver not in self._made:
                    self._made[receiver] = self._configured[receiver].make()
                return Rendered(self._made[receiver].render(told, choices))
        except (ReceiverError, ConfigError) as error:
            return Rendered(None, str(error))
        except Exception as error:  # noqa: BLE001  its text may hold anything, also what is secret
            log.error("%s cannot be asked what it would be sent: %s", receiver, type(error).__name__)
            return Rendered(None, f"What {receiver} would be sent cannot be shown: {type(error).__name__}.")
