"""A TOM: a site made with the TOM Toolkit, 2.x or 3.x, that an observatory keeps its targets on."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx

from fink_tui.alerts.submission import Choices, Submission
from fink_tui.alerts.text import clean
from fink_tui.receivers.answers import LoginError
from fink_tui.receivers.http import JsonClient
from fink_tui.receivers.receiver import AwayError, BlockedError, Delivery, FaultError, Finding, Receiver, RejectedError
from fink_tui.receivers.tom_api import TomApi
from fink_tui.receivers.tom_check import findings
from fink_tui.receivers.tom_delivery import TomDelivery
from fink_tui.receivers.tom_login import TomLogin
from fink_tui.receivers.tom_photometry import points_to_send
from fink_tui.receivers.tom_settings import TomSettings
from fink_tui.receivers.tom_target import target_to_send

AGAIN_AT_ONCE = 0.1, 0.3, 0.9
"""Pauses before what a flaky line has lost is asked again, seconds: each sending asks several things first."""


class TomReceiver(Receiver):
    """A TOM."""

    kind = "tom"

    def __init__(
        self,
        name: str,
        settings: TomSettings,
        *,
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Make it; nothing is connected yet.

        Args:
            name: What the observer calls it.
            settings: How it is reached, and what it is sent.
            transport: What carries requests instead of the network.
            clock: Seconds.
        """
        super().__init__(name)
        self._settings = settings
        self._client = JsonClient(
            settings.url,
            ca_bundle=settings.ca_bundle,
            stopping=self.stopping,
            transport=transport,
            clock=clock,
            again=AGAIN_AT_ONCE,
        )
        self._api = TomApi(self._client)
        self._login = TomLogin(settings, self._client, self._api, clock)

    def render(self, told: Submission, choices: Choices) -> dict[str, object]:
        """The body of the target, and those of the points but for its number, which the TOM gives.

        Args:
            told: The submission.
            choices: What the observer chose for it.

        Raises:
            RejectedError: It makes no target.
        """
        return {
            "target": target_to_send(told, choices, self._settings),
            "points": points_to_send(told, choices, self._settings),
        }

    def prepare(self) -> None:
        """Make sure that the TOM honours the login, and has the groups of the settings.

        Raises:
            AwayError: Nobody answers.
            BlockedError: It does not.
        """
        self._login.verify()
        try:
            self._group_numbers([{"name": name} for name in self._settings.groups if not name.isdecimal()])
        except RejectedError as error:
            raise BlockedError(str(error)) from None
        except FaultError as error:
            raise AwayError(str(error)) from None

    def deliver(self, told: Submission, choices: Choices, target: str) -> Delivery:
        """Make the target and its points be there, whatever of it is there already.

        Args:
            told: The submission.
            choices: What the observer chose for it.
            target: The target that the object was sent to before; "" for none.

        Raises:
            ReceiverError: It is not there, or not whole.
        """
        self._login.verify()
        body = target_to_send(told, choices, self._settings)
        try:
            body["groups"] = self._group_numbers(body["groups"])
            return TomDelivery(self.name, self._settings, self._api, told, choices, body).deliver(
                target, points_to_send(told, choices, self._settings)
            )
        except LoginError as error:
            self._login.forget()
            if error.status == 401:
                raise
            # The login was good a moment ago, so it is what it may do.
            raise BlockedError(
                f"{self.name} forbids your login to make or change targets ({error.reason}). "
                "Ask its manager for the right."
            ) from None
        except BlockedError:
            self._login.forget()
            raise
        except FaultError as error:
            # A TOM makes the target, and then fails at a group that is not there.
            numbers = [group["id"] for group in body["groups"] if "id" in group]
            unknown = [str(number) for number in numbers if number not in self._login.groups]
            if not unknown:
                raise
            raise FaultError(f"{error} Is there a group {', '.join(unknown)}? Your login is not in it.") from None

    def check(self) -> Iterator[Finding]:
        """Test the connection, and say what is found; the last is bad where something will not work."""
        return findings(self._settings, self._api, self._login)

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def _group_numbers(self, groups: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Groups by their numbers: of a name that it does not know, a TOM would make a group.

        Raises:
            RejectedError: There is no such group among those of the login.
        """
        wanted = [group["name"] for group in groups if "id" not in group]
        if not set(wanted) <= set(self._login.groups.values()):
            self._login.groups = self._api.groups()  # perhaps it is in one more by now
        known = {name: number for number, name in self._login.groups.items()}
        for name in wanted:
            if name not in known:
                there = ", ".join(clean(one, 40) for one in sorted(known)) or "none"
                raise RejectedError(
                    f"{self.name} has no group {clean(name, 60)} with your login in it; those with it are: {there}. "
                    "Correct groups, or give the group's number."
                )
        return [{"id": group["id"] if "id" in group else known[group["name"]]} for group in groups]
