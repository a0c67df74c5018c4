"""One delivery to a TOM: the target and its points are made to be there.

A TOM makes nothing as a whole, and an answer may be lost that says that it did: so each time what is there is looked
up first, and what is missing is added.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

from fink_tui.alerts.submission import Choices, Submission
from fink_tui.alerts.text import clean
from fink_tui.receivers.answers import Answer
from fink_tui.receivers.receiver import AskError, AwayError, Delivery, FaultError, ReceiverError, RejectedError
from fink_tui.receivers.tom_api import TomApi, made, refused
from fink_tui.receivers.tom_photometry import Datum, missing
from fink_tui.receivers.tom_settings import TomSettings
from fink_tui.receivers.tom_target import Target, completion
from fink_tui.store.outbox import Neighbour
from fink_tui.web import said

SURELY_NEAR = 10.0
"""A target that has another name of the object's, or that it was sent to before, is believed to be it if it is not
farther than this, arcsec: the positions of surveys and of the Transient Name Server differ by less."""

MOST_LOST = 4
"""Points in a row that a line may lose before the others are left for the next attempt."""

MOST_FAULTS = 3
"""Points that may fail before the others are left for the next attempt."""


class TomDelivery:
    """The delivery of one submission."""

    def __init__(
        self,
        receiver: str,
        settings: TomSettings,
        api: TomApi,
        told: Submission,
        choices: Choices,
        body: Mapping[str, Any],
    ) -> None:
        """Make it.

        Args:
            receiver: What the observer calls the TOM.
            settings: The TOM's.
            api: Its API, logged in.
            told: The submission.
            choices: What the observer chose for it.
            body: The target as it is sent, its groups by their numbers.
        """
        self._receiver = receiver
        self._settings = settings
        self._api = api
        self._told = told
        self._choices = choices
        self._body = body
        self._name: str = body["name"]
        self._notes: list[str] = []

    def deliver(self, target: str, points: Sequence[Datum]) -> Delivery:
        """Deliver it.

        Args:
            target: The target that the object was sent to before; "" for none.
            points: The points as they are sent.

        Raises:
            ReceiverError: It is not there, or not whole.
        """
        found, as_alias = self._find(target)
        if found is not None:
            self._complete(found, as_alias)
            is_new = False
        else:
            found, is_new = self._create()
        number = found.number
        added = self._add_points(number, missing(points, [] if is_new else self._api.points(number)), len(points))
        if is_new:
            words = f"new target, {_points(added)}"
        elif added:
            words = f"target known, {added} of {_points(len(points))} new"
        else:
            words = f"target known, {_points(len(points))} and none new"
        return Delivery(is_new, "; ".join([words, *self._notes]), number, f"{self._settings.url}targets/{number}/")

    # -- the target ---------------------------------------------------------------------------------------------------

    def _find(self, target: str) -> tuple[Target | None, bool]:
        """The target that is the object, if there is one, and whether the object's name is to be an alias of it.

        Raises:
            AskError: The observer has to say which one it is.
        """
        settings, choices, told = self._settings, self._choices, self._told
        if target and (found := self._api.target(target)) is not None:
            # The number alone is not enough: a TOM that was set up anew gives the same ones again.
            near = max(settings.match_radius, SURELY_NEAR)
            is_near = found.ra is not None and found.distance(told.ra, told.dec) <= near
            if self._name in found.names or is_near:
                return found, False
        if (found := self._named()) is not None:
            return found, False
        wish: str = settings.on_nearby
        if choices.nearby == "new":
            return None, False
        if choices.nearby in ("same", "alias"):
            if not choices.nearby_target:
                wish = choices.nearby
            elif (found := self._api.target(choices.nearby_target)) is not None:
                return found, choices.nearby == "alias"
        others = {found.id: found for alias in self._body["aliases"] for found in self._api.named(alias["name"])}
        surely = [found for found in others.values() if found.distance(told.ra, told.dec) <= SURELY_NEAR]
        if len(surely) == 1:
            return surely[0], True
        if wish == "new":
            return None, False
        if settings.match_radius:
            others |= {found.id: found for _, found in self._api.near(told.ra, told.dec, settings.match_radius)}
        near_first = sorted(others.values(), key=lambda one: (one.distance(told.ra, told.dec), one.id))
        if not near_first:
            return None, False
        if wish != "ask":
            return near_first[0], wish == "alias"
        raise self._question(near_first)

    def _question(self, near_first: Sequence[Target]) -> AskError:
        told = self._told
        neighbours = [
            Neighbour(one.number, clean(one.name, 100), round(one.distance(told.ra, told.dec), 2)) for one in near_first
        ]
        nearest, more = neighbours[0], len(neighbours) - 1
        beside = f", and {more} more {'is' if more == 1 else 'are'} near" if more else ""
        return AskError(
            f"{nearest.name} is {nearest.separation:.1f} arcsec from {self._name} on {self._receiver}{beside}. "
            "Is it the same?",
            neighbours,
        )

    def _named(self) -> Target | None:
        """The target of the object's name; where one has it as its name and others as an alias, that one."""
        found = self._api.named(self._name)
        return min(found, key=lambda target: (target.name != self._name, target.id), default=None)

    def _create(self) -> tuple[Target, bool]:
        """Make the target.

        Returns:
            It, and True; or what somebody else has made meanwhile, completed, and False.
        """
        body = self._body
        while True:
            try:
                answer = self._api.create(body)
            except FaultError:
                # It may have been made, and what belongs to it not.
                if (found := self._named()) is None:
                    raise
                self._complete(found, as_alias=False)
                return found, True
            if answer.status == 201:
                return made(answer), True
            errors = answer.body if isinstance(answer.body, dict) else {}
            if "name" in errors:
                if (found := self._named()) is not None:
                    self._complete(found, as_alias=False)
                    return found, False
                if "exist" in said(errors["name"]):
                    raise RejectedError(
                        f"{self._name} exists on {self._receiver}, but your login cannot see it. Ask its owner or an "
                        "administrator to share it with one of your groups, then retry."
                    )
            taken = _taken_aliases(answer, body["aliases"])
            if not taken or set(errors) != {"aliases"}:
                raise refused(answer, "the target")
            body = {**body, "aliases": [alias for alias in body["aliases"] if alias["name"] not in taken]}
            self._note(taken)

    def _complete(self, target: Target, as_alias: bool) -> None:
        """Add to a target what it lacks."""
        aliases = [alias["name"] for alias in self._body["aliases"]]
        if as_alias:
            aliases.insert(0, self._name)
        elif self._name not in target.names:  # the observer took it as the same: it keeps its names
            aliases = []
        while change := completion(target, self._body, aliases):
            answer = self._api.change(target.number, change)
            if answer.status == 200:
                return
            if answer.status == 404:
                raise self._unchangeable(target.name)
            taken = _taken_aliases(answer, change.get("aliases", []))
            if not taken:
                raise refused(answer, "what was to be added to the target")
            aliases = [alias for alias in aliases if alias not in taken]
            self._note(taken)

    def _note(self, taken: Sequence[str]) -> None:
        """Note aliases that the target does not get."""
        self._notes += [f"without the alias {clean(alias, 60)}, which another target has" for alias in taken]

    def _unchangeable(self, target: str) -> RejectedError:
        return RejectedError(
            f"Your login can see target {clean(target, 60)} on {self._receiver}, but not change it. Ask its owner or "
            "an administrator for the right, then retry."
        )

    # -- its points ---------------------------------------------------------------------------------------------------

    def _add_points(self, number: str, points: Sequence[Datum], all_points: int) -> int:
        """Add points, in order of time.

        Args:
            number: The target's.
            points: The points that are not there yet.
            all_points: How many there are to be.

        Returns:
            How many were added: others may have been added by somebody else meanwhile.

        Raises:
            ReceiverError: Not all are there now.
        """
        added, lost, left = 0, 0, deque(points)
        problems: list[ReceiverError] = []
        while left and len(problems) < MOST_FAULTS:
            point = left.popleft()
            try:
                answer = self._api.add_point(number, point)
            except FaultError as error:
                # 2.x answers so to a point that is there: one of an attempt before, or somebody else's.
                known = self._api.points(number)
                if missing([point], known):
                    problems.append(error)
                left = deque(missing(left, known))
                continue
            except AwayError as error:
                lost += 1
                try:
                    if lost == MOST_LOST or error.retry_after is not None:
                        raise
                    wanted = [point, *left]
                    left = deque(missing(wanted, self._api.points(number)))  # was the answer lost, or more?
                    added += len(wanted) - len(left)
                except AwayError as last:
                    if not added:
                        raise
                    words = f"{added} of {_points(len(points))} went. {last}"
                    raise AwayError(words, last.retry_after, got_on=True) from None
                continue
            lost = 0
            if answer.status == 201:
                added += 1
            elif answer.status == 400 and isinstance(answer.body, dict) and "target" in answer.body:
                raise self._unchangeable(self._name)
            elif not _is_there_already(answer):
                problems.append(refused(answer, f"the point of {point['timestamp']}"))
        if problems:
            # The worst first: what may go next time is tried again, and then what is refused is seen.
            problem = next((one for one in problems if isinstance(one, FaultError)), problems[0])
            lacking = len(problems) + len(left)
            raise type(problem)(f"{lacking} of {_points(all_points)} not stored. {problem}")
        return added


def _is_there_already(answer: Answer) -> bool:
    """Whether a TOM says that it has a point: 3.x does."""
    return answer.status == 200 and isinstance(answer.body, dict) and answer.body.get("already_exists") is True


def _taken_aliases(answer: Answer, aliases: Sequence[Mapping[str, str]]) -> list[str]:
    """The aliases that a TOM refused because another target has them: it says which ones by their place."""
    errors = answer.body.get("aliases") if answer.status == 400 and isinstance(answer.body, dict) else None
    if isinstance(errors, list):  # of each alias, with nothing for those that are taken
        errors = {str(place): error for place, error in enumerate(errors)}
    if not isinstance(errors, dict):
        return []
    return [alias["name"] for place, alias in enumerate(aliases) if errors.get(str(place))]


def _points(number: int) -> str:
    return f"{number} point{'' if number == 1 else 's'}"
