"""A TOM: a site made with the TOM Toolkit, 2.x or 3.x, that an observatory keeps its targets on.

Nothing that it is asked to make is made as a whole, and an answer may be lost that says that it was: so each time
what is there is looked up first, and what is missing is added.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import httpx

from fink_tui.alerts.submission import Choices, Submission
from fink_tui.alerts.text import clean
from fink_tui.receivers.http import JsonClient, said
from fink_tui.receivers.receiver import (
    AskError,
    BlockedError,
    Delivery,
    FaultError,
    Finding,
    Receiver,
    ReceiverError,
    RejectedError,
)
from fink_tui.receivers.tom_api import TomApi, made, refused
from fink_tui.receivers.tom_check import findings
from fink_tui.receivers.tom_login import TomLogin
from fink_tui.receivers.tom_photometry import Datum, missing, points_to_send
from fink_tui.receivers.tom_settings import TomSettings
from fink_tui.receivers.tom_target import Target, completion, distance, names_of, number_of, target_to_send
from fink_tui.store.outbox import Neighbour

SURELY_NEAR = 10.0
"""A target of another name of the object's, or one that it was sent to before, is believed to be it if it is not
farther than this, arcsec: the positions of surveys and of the Transient Name Server differ by less."""

MOST_FAULTS = 3
"""Points that may fail before the others are left for the next attempt."""


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
            settings.url, ca_bundle=settings.ca_bundle, stopping=self.stopping, transport=transport, clock=clock
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
        history = self._settings.history if choices.history is None else choices.history
        return {
            "target": target_to_send(told, choices, self._settings),
            "points": points_to_send(told, history, self._settings),
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
            self._login.forget()
            raise BlockedError(str(error)) from None

    def deliver(self, told: Submission, choices: Choices, target: str) -> Delivery:
        """Make the target and its points be there, whatever of it is there already.

        Args:
            told: The submission.
            choices: What the observer chose for it.
            target: The target that the object was sent to before; "" for none.

        Raises:
            ReceiverError: It is not there, or not whole.
        """
        try:
            self._login.verify()
            return self._deliver(told, choices, target)
        except BlockedError:
            self._login.forget()
            raise

    def check(self) -> Iterator[Finding]:
        """Test the connection, and say what is found; the last is bad where something will not work."""
        self._login.forget()
        return findings(self._settings, self._api, self._login)

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    # -- the target ---------------------------------------------------------------------------------------------------

    def _deliver(self, told: Submission, choices: Choices, target: str) -> Delivery:
        body = target_to_send(told, choices, self._settings)
        history = self._settings.history if choices.history is None else choices.history
        points = points_to_send(told, history, self._settings)
        body["groups"] = self._group_numbers(body["groups"])
        found, as_alias = self._find(told, choices, target, body)
        notes: list[str] = []
        is_new = False
        if found is None:
            found, is_new = self._create(body, notes)
        if not is_new:
            found = self._complete(found, body, as_alias, notes)
        number = number_of(found)
        new = self._add_points(number, points, is_new)
        return Delivery(
            is_new, _words(is_new, new, len(points), notes), number, f"{self._settings.url}targets/{number}/"
        )

    def _group_numbers(self, groups: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Groups by their numbers: of a name that it does not know, a TOM would make a group.

        Raises:
            RejectedError: There is no such group among those of the login.
        """
        known = {name: number for number, name in self._login.groups.items()}
        for group in groups:
            if "id" not in group and group["name"] not in known:
                there = ", ".join(clean(name, 40) for name in sorted(known)) or "none"
                raise RejectedError(
                    f"{self.name} has no group {clean(group['name'], 60)} with this login in it. Its groups: {there}. "
                    "Correct groups, or give the group's number."
                )
        return [{"id": group.get("id") or known[group["name"]]} for group in groups]

    def _find(
        self, told: Submission, choices: Choices, target: str, body: Mapping[str, Any]
    ) -> tuple[Target | None, bool]:
        """The target that is the object, and whether the object's name is to be an alias of it.

        Raises:
            AskError: The observer has to say which one it is.
        """
        settings, name = self._settings, str(body["name"])
        if target and (found := self._api.target(target)) is not None:
            # The number alone is not enough: a TOM that was set up anew gives the same ones again.
            near = max(settings.match_radius, SURELY_NEAR)
            if name in names_of(found) or distance(found, told.ra, told.dec) <= near:
                return found, False
        if (found := self._named(name)) is not None:
            return found, False
        if choices.nearby in ("same", "alias") and choices.nearby_target:
            if (found := self._api.target(choices.nearby_target)) is not None:
                return found, choices.nearby == "alias"
        elif choices.nearby == "new":
            return None, False
        other: dict[str, tuple[float, Target]] = {}
        for alias in body["aliases"]:
            for found in self._api.named(alias["name"]):
                other[number_of(found)] = distance(found, told.ra, told.dec), found
        if len(other) == 1:
            ((away, found),) = other.values()
            if away <= SURELY_NEAR:
                return found, True
        close = self._api.near(told.ra, told.dec, settings.match_radius) if settings.match_radius else []
        other |= {number_of(one): (away, one) for away, one in close}
        if not other:
            return None, False
        neighbours = sorted(other.values(), key=lambda one: (one[0], one[1]["id"]))
        if settings.on_nearby == "new":
            return None, False
        if settings.on_nearby != "ask":
            return neighbours[0][1], settings.on_nearby == "alias"
        nearest = neighbours[0]
        raise AskError(
            f"{clean(nearest[1]['name'], 60)} is {nearest[0]:.1f} arcsec from {name} on {self.name}. "
            "Is it the same object?",
            [Neighbour(number_of(one), clean(one["name"], 100), round(away, 3)) for away, one in neighbours],
        )

    def _named(self, name: str) -> Target | None:
        """The target of a name; where one has it as its name and others as an alias, that one."""
        found = self._api.named(name)
        return min(found, key=lambda target: (target["name"] != name, target["id"]), default=None)

    def _create(self, body: dict[str, Any], notes: list[str]) -> tuple[Target, bool]:
        """Make a target; or give the one that somebody has just made, and False."""
        name = body["name"]
        while True:
            answer = self._api.create(body)
            if answer.status == 201:
                return made(answer), True
            taken = _taken_aliases(answer.body, body["aliases"]) if answer.status == 400 else []
            errors = answer.body if isinstance(answer.body, dict) else {}
            if answer.status == 400 and "name" in errors:
                if (found := self._named(name)) is not None:
                    return found, False
                if "exist" in said(errors["name"]):
                    raise RejectedError(
                        f"{name} exists on {self.name}, but your login cannot see it. Ask its owner or an "
                        "administrator to share it with one of your groups, then retry."
                    )
            if not taken or set(errors) != {"aliases"}:
                raise refused(answer, "the target")
            body = body | {"aliases": _without(body["aliases"], taken, notes)}

    def _complete(self, target: Target, body: Mapping[str, Any], as_alias: bool, notes: list[str]) -> Target:
        """Add to a target what it lacks."""
        number, name = number_of(target), body["name"]
        aliases = [alias["name"] for alias in body["aliases"]]
        if as_alias:
            aliases.insert(0, name)
        elif name not in names_of(target):  # the observer took it as the same: it keeps its names
            aliases = []
        while change := completion(target, body, aliases):
            answer = self._api.change(number, change)
            if answer.status == 200:
                return target
            if answer.status == 404:
                raise RejectedError(
                    f"Target {clean(target['name'], 60)} on {self.name} can be seen with your login, but not changed. "
                    "Ask its owner or an administrator for the right to change it, then retry."
                )
            taken = _taken_aliases(answer.body, change.get("aliases", [])) if answer.status == 400 else []
            if not taken:
                raise refused(answer, "what was to be added to the target")
            kept = _without(change["aliases"], taken, notes)
            aliases = [alias["name"] for alias in kept]
        return target

    # -- its points ---------------------------------------------------------------------------------------------------

    def _add_points(self, number: str, points: list[dict[str, Any]], is_new: bool) -> int:
        """Add the points that are not there yet, in order of time.

        Returns:
            How many there were.

        Raises:
            ReceiverError: Not all are there now.
        """
        wanted: list[Datum] = missing(points, [] if is_new else self._api.points(number))
        added = 0
        problems: list[ReceiverError] = []
        for datum in wanted:
            try:
                answer = self._api.add_point(number, datum)
            except FaultError as error:
                # 2.x answers so to a point that it has: to one that an earlier attempt made, or somebody else.
                if missing([datum], self._api.points(number)):
                    problems.append(error)
                if len(problems) == MOST_FAULTS:
                    break
                continue
            if answer.status == 201:
                added += 1
            elif answer.status == 200 and isinstance(answer.body, dict) and answer.body.get("already_exists"):
                continue
            elif answer.status == 400 and isinstance(answer.body, dict) and "target" in answer.body:
                raise RejectedError(
                    f"Target {number} on {self.name} can be seen with your login, but not changed. "
                    "Ask its owner or an administrator for the right to change it, then retry."
                )
            else:
                problems.append(refused(answer, "a point"))
        if problems:
            problem = next((one for one in problems if isinstance(one, FaultError)), problems[0])
            raise type(problem)(f"{len(problems)} of {len(points)} points are not there: {problem}")
        return added


def _taken_aliases(errors: object, aliases: list[dict[str, str]]) -> list[str]:
    """The aliases that a TOM refused because another target has them: it says which ones by their place."""
    found = errors.get("aliases") if isinstance(errors, dict) else None
    if isinstance(found, list):
        found = {str(place): error for place, error in enumerate(found)}
    if not isinstance(found, dict):
        return []
    return [alias["name"] for place, alias in enumerate(aliases) if found.get(str(place))]


def _without(aliases: list[dict[str, str]], taken: list[str], notes: list[str]) -> list[dict[str, str]]:
    """The aliases that are left; what is left out is noted."""
    notes.extend(f"without the alias {clean(name, 60)}, which another target has" for name in taken)
    return [alias for alias in aliases if alias["name"] not in taken]


def _words(is_new: bool, added: int, all_points: int, notes: list[str]) -> str:
    """What was done, in a few words."""
    if is_new:
        words = f"new target, {added} point{'s' * (added != 1)}"
    elif not added:
        words = f"target known, nothing new in {all_points} point{'s' * (all_points != 1)}"
    else:
        words = f"target known, {added} of {all_points} points new"
    return "; ".join([words, *notes])
