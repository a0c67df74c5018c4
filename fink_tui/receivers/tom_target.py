"""A target in the words of the TOM Toolkit: what is sent to make it, and what to complete one that is there."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from fink_tui.alerts.submission import Choices, Submission
from fink_tui.receivers import chosen
from fink_tui.receivers.receiver import RejectedError
from fink_tui.receivers.tom_settings import TomSettings
from fink_tui.sky.coordinates import separation

MOST_NAME = 100
"""Characters of a target's name, or of an alias."""

ALMOST_ZERO = 1e-9
"""What is sent for an angle of exactly 0, which the toolkit takes for a missing one; degrees: 4 micro-arcseconds."""

TIME_TAG = "fink_alert_time"
"""The tag that says of which alert the other tags tell."""


class Alias(Struct, frozen=True):
    """Another name of a target."""

    name: str


class Tag(Struct, frozen=True):
    """What is written beside a target."""

    id: int
    key: str
    value: str | None = None


class Group(Struct, frozen=True):
    """A group of users."""

    id: int
    name: str


class Target(Struct, frozen=True):
    """A target as a TOM tells of it, as far as it matters here."""

    id: int
    name: str
    ra: float | None = None
    dec: float | None = None
    aliases: tuple[Alias, ...] = ()
    targetextra_set: tuple[Tag, ...] = ()
    groups: tuple[Group, ...] = ()

    @property
    def names(self) -> list[str]:
        """All its names, its own first."""
        return [self.name, *(alias.name for alias in self.aliases)]

    @property
    def number(self) -> str:
        """Its number."""
        return str(self.id)

    def distance(self, ra: float, dec: float) -> float:
        """How far it is from a place, degrees, arcsec; 0 where it has no position, as what moves has none."""
        if self.ra is None or self.dec is None:
            return 0.0
        return separation(self.ra, self.dec, ra, dec) * 3600


def target_to_send(told: Submission, choices: Choices, settings: TomSettings) -> dict[str, Any]:
    """What is sent to make the target of a submission.

    Args:
        told: The submission.
        choices: What the observer chose for it.
        settings: What the TOM is sent.

    Raises:
        RejectedError: It makes no target.
    """
    name = told.object_id.strip()
    if not 0 < len(name) <= MOST_NAME:
        raise RejectedError(f"The object's name has {len(name)} characters; a TOM takes 1 to {MOST_NAME}.")
    if not (math.isfinite(told.ra) and 0 <= told.ra <= 360 and math.isfinite(told.dec) and abs(told.dec) <= 90):
        raise RejectedError(f"The position of {name} is not on the sky: ra {told.ra}, dec {told.dec} degrees.")
    aliases = dict.fromkeys(alias.strip() for alias in told.aliases)
    groups = settings.groups if choices.groups is None else choices.groups
    target_list = chosen.list_name(told, choices, settings.target_list)
    return {
        **settings.extra_target_fields,
        "name": name,
        "type": "SIDEREAL",
        "ra": told.ra or ALMOST_ZERO,
        "dec": told.dec or ALMOST_ZERO,
        "aliases": [{"name": alias} for alias in aliases if 0 < len(alias) <= MOST_NAME and alias != name],
        "targetextra_set": [{"key": key, "value": value} for key, value in _tags(told).items() if value],
        "target_lists": [{"name": target_list}] if target_list else [],
        "groups": [{"id": int(group)} if group.isdecimal() else {"name": group} for group in groups],
    }


def _tags(told: Submission) -> dict[str, str]:
    """What is written beside a target of its alert."""
    return {
        "fink_class": told.label,
        "fink_class_reason": told.label_reason,
        **{f"fink_{name}": str(value) for name, value in told.scores.items()},
        **{f"fink_{name}": value for name, value in told.tags.items()},
        "fink_survey": told.survey,
        "fink_alert_id": told.alert_id,
        TIME_TAG: told.time,
        "fink broker link": told.link,
    }


def completion(target: Target, body: Mapping[str, Any], aliases: Sequence[str]) -> dict[str, Any]:
    """What a target that is there lacks of what is to be there; empty where it lacks nothing.

    Tags that tell of a later alert are not put back to an earlier one. A tag that is changed has the number that the
    TOM has just told: the number of another target's tag would take that tag away from it. The lists that a target
    is in cannot be asked for, so that it is put in its list each time.

    Args:
        target: The target, as the TOM has just told of it.
        body: What is sent to make the target.
        aliases: The names that are to be its aliases.
    """
    known = {tag.key: tag for tag in target.targetextra_set}
    ours = {tag["key"]: tag["value"] for tag in body["targetextra_set"]}
    theirs = known.get(TIME_TAG)
    is_later = theirs is not None and (theirs.value or "") > ours.get(TIME_TAG, "")
    tags: list[dict[str, object]] = []
    for key, value in ours.items():
        there = known.get(key)
        if there is None:
            tags.append({"key": key, "value": value})
        elif there.value != value and not is_later:
            tags.append({"id": there.id, "key": key, "value": value})
    granted = {group.id for group in target.groups}
    found = {
        "aliases": [{"name": alias} for alias in dict.fromkeys(aliases) if alias not in target.names],
        "targetextra_set": tags,
        "target_lists": body["target_lists"],
        "groups": [group for group in body["groups"] if group["id"] not in granted],
    }
    return {key: value for key, value in found.items() if value}
