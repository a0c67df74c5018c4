"""The API of a TOM, as far as it is used here: the oddities of its versions are dealt with in this module.

They are known from TOM Toolkit 2.19 to 3.1.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from fink_tui.alerts.text import clean
from fink_tui.receivers.answers import Answer, Login
from fink_tui.receivers.http import JsonClient
from fink_tui.receivers.receiver import AwayError, BlockedError, FaultError, RejectedError
from fink_tui.receivers.tom_photometry import Datum
from fink_tui.receivers.tom_target import Group, Target
from fink_tui.web import said

T = TypeVar("T", bound=Struct)

ROOT, TARGETS, GROUPS, DATUMS = "api/", "api/targets/", "api/groups/", "api/reduceddatums/"
"""Where things are, below the site. The last slash matters: without it a POST is redirected, and lost."""

PAGE = 500
"""Targets, groups or points that are asked for at once."""

MOST_PAGES = 400
"""Pages after which a list is not believed to end."""

SHIFTS = 2e-5, 5.3e-5
"""How far beside a position one searches around it, degrees: at exactly a target's position the toolkit computes the
arc cosine of more than 1, finds nothing (SQLite) or fails (PostgreSQL)."""

MARGIN = 1e-4
"""By how much a search goes beyond what is looked for, degrees."""


class TomApi:
    """A TOM's API. Methods raise `ReceiverError`s."""

    def __init__(self, client: JsonClient) -> None:
        """Make it.

        Args:
            client: A client of the TOM's site.
        """
        self._client = client

    def root(self) -> Answer:
        """What there is at the API's root."""
        return self._client.get(ROOT)

    def options(self) -> Answer:
        """What there is to know of the fields of targets."""
        return self._client.options(TARGETS)

    def groups(self, login: Login | None = None) -> dict[int, str]:
        """The names of the groups that one is in, by their numbers.

        Args:
            login: Who asks, if somebody else.
        """
        return {group.id: group.name for group in (_as(Group, one) for one in self._all(GROUPS, {}, login))}

    def target(self, number: str) -> Target | None:
        """The target of a number, or None where there is none that one may see."""
        if not (number.isascii() and number.isdecimal()):
            return None
        answer = self._client.get(f"{TARGETS}{number}/")
        if answer.status == 404:
            return None
        return made(answer)

    def named(self, name: str) -> list[Target]:
        """The targets that have exactly this name, or this alias."""
        # A comma would mean "or"; a part of the name finds it, too.
        part = max(name.split(","), key=len).strip()
        return [target for target in self._targets({"name": part}) if name in target.names]

    def near(self, ra: float, dec: float, radius: float) -> list[tuple[float, Target]]:
        """The targets around a place, each with its distance in arcsec, nearest first.

        Args:
            ra: Right ascension, degrees.
            dec: Declination, degrees.
            radius: How far, arcsec.
        """
        wanted = radius / 3600 + MARGIN
        # The toolkit first takes a box of twice the radius, in degrees of right ascension, which shrink to the poles.
        cosine = math.cos(math.radians(dec))
        ratio = math.sin(math.radians(wanted)) / cosine if cosine > 0 else math.inf
        box = math.degrees(math.asin(ratio)) if ratio < 1 else 180.0
        reach = max(wanted, box / 2 + MARGIN)
        centres = [ra, *([ra + 360] if ra < 2 * reach else []), *([ra - 360] if ra > 360 - 2 * reach else [])]
        found: dict[int, Target] = {}
        for centre in centres:
            found |= {target.id: target for target in self._cone(centre, dec, reach)}
        close = [(target.distance(ra, dec), target) for target in found.values()]
        return sorted((one for one in close if one[0] <= radius), key=lambda one: (one[0], one[1].id))

    def _cone(self, ra: float, dec: float, radius: float) -> list[Target]:
        for shift in SHIFTS[:-1]:
            try:
                return self._cone_at(ra, dec, shift, radius)
            except FaultError:  # another target is at exactly that place
                continue
        return self._cone_at(ra, dec, SHIFTS[-1], radius)

    def _cone_at(self, ra: float, dec: float, shift: float, radius: float) -> list[Target]:
        beside = dec - math.copysign(shift, dec)  # towards the equator: never beyond a pole
        return self._targets({"cone_search": f"{ra:.8f},{beside:.8f},{radius:.8f}"})

    def create(self, body: Mapping[str, Any]) -> Answer:
        """Make a target: 201, or 400 with the fields that were refused."""
        return self._client.post(TARGETS, body)

    def change(self, number: str, body: Mapping[str, Any]) -> Answer:
        """Change a target: 200, 400 with the fields that were refused, or 404 where one may not."""
        return self._client.patch(f"{TARGETS}{number}/", body)

    def points(self, number: str) -> list[Datum]:
        """The photometry of a target."""
        asked: dict[str, str | int] = {"target__id": number, "data_type": "photometry"}
        return [one for one in self._all(DATUMS, asked) if isinstance(one, dict) and str(one.get("target")) == number]

    def add_point(self, number: str, datum: Datum) -> Answer:
        """Add a point: 201, 200 where it is there, or 400."""
        return self._client.post(DATUMS, {"target": int(number), **datum})

    def _targets(self, query: Mapping[str, str | int]) -> list[Target]:
        return [_as(Target, one) for one in self._all(TARGETS, query)]

    def _all(self, path: str, query: Mapping[str, str | int], login: Login | None = None) -> Iterator[object]:
        """All that a list holds, page after page."""
        offset = 0
        for _ in range(MOST_PAGES):
            answer = self._client.get(path, {**query, "limit": PAGE, "offset": offset}, login)
            body = answer.body
            is_list = isinstance(body, dict) and isinstance(body.get("results"), list)
            if answer.status == 404 or (answer.status == 200 and not is_list):
                site = clean(self._client.url)
                raise BlockedError(f"{site} does not answer as a TOM Toolkit does. Set url to the TOM's home page.")
            if answer.status != 200:
                raise FaultError(f"The TOM did not answer with a list (status {answer.status}). {said(body)}".strip())
            yield from body["results"]
            offset += len(body["results"])
            # Its own link to the next page is not used: behind a proxy it may lead elsewhere.
            count = body.get("count")
            if not body["results"] or not isinstance(count, int) or offset >= count:
                return
        raise AwayError("The TOM sent a list that does not end.")


def made(answer: Answer) -> Target:
    """The target in an answer.

    Raises:
        FaultError: There is none.
    """
    if answer.status in (200, 201):
        return _as(Target, answer.body)
    raise FaultError(f"The TOM did not answer with a target (status {answer.status}). {said(answer.body)}".strip())


def _as(kind: type[T], body: object) -> T:
    """What a TOM tells, as something.

    Raises:
        FaultError: It is something else.
    """
    try:
        return msgspec.convert(body, kind)
    except msgspec.ValidationError as error:
        raise FaultError(f"The TOM told of a {kind.__name__.lower()} as no TOM does: {error}.") from None


def refused(answer: Answer, what: str) -> RejectedError:
    """What to say where a TOM does not take something.

    Args:
        answer: Its answer.
        what: What it does not take, as in `the target`.
    """
    words = said(answer.body)
    return RejectedError(f"The TOM refused {what} (status {answer.status}" + (f', "{words}").' if words else ")."))
