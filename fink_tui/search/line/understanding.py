"""One line does it: what was typed is an identifier, a place, a class, a name, or several of them together.

The grammar is the one of the portals' search bars (lsst.fink-portal.org and its ZTF elder, `apps/parse.py`), and more:
`key=value` anywhere, places in every spelling, an endpoint's own name before its arguments.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from fink_tui.search.api import names
from fink_tui.search.api.arguments import ztf_id
from fink_tui.search.api.endpoints import SURVEYS
from fink_tui.search.api.places import RADIUS, Place, parse_dec, parse_place, parse_ra, parse_radius
from fink_tui.search.api.times import mjd
from fink_tui.search.errors import QuestionError
from fink_tui.search.line import kinds
from fink_tui.search.line.reading import Reading, read
from fink_tui.search.line.said import Said
from fink_tui.search.line.understood import Understood, Wanted

_DATE = re.compile(r"(?:19|20)\d\d-\d\d-\d\d(?:[t ][\d:.]+z?)?|20\d\d[01]\d[0-3]\d|tonight|today|yesterday")
_PORTAL = re.compile(r"https?://[\w.:-]+/(?:\S*/)?(ZTF\d\d[a-z]{7}|\d{12,19})(?:[/?#]\S*)?(?!\S)", re.IGNORECASE)
_NAME_WITH_RADIUS = re.compile(
    r"""(.*\S)\s+(\d+(?:\.\d*)?\s?(?:['"′″]|arcsecs?|arcmins?|deg)|(?<=\d\s)\d{1,3}(?:\.\d*)?[smd])""", re.IGNORECASE
)
"""A letter alone is a unit only behind a number that is the name's: planets have such letters, after a blank."""
_LSST_ID = re.compile(r"\d{12,19}")
_NUMBERED = re.compile(r"\d{1,7}|\d{1,4}[PD](?:/.+)?|[CPDXAI]/\d{4}\s?[A-Z]{1,2}\d*(?:-[A-Z])?")
_DESIGNATION = re.compile(r"(?:1[89]|20)\d\d\s?[A-Z]{2}\d*|(?:1[89]|20)\d\d\s?[A-Za-z]{2}\d+|[IJK]\d\d[A-Z]\w\d[A-Z]")
_BEGINS_LIKE_A_PLACE = re.compile(r"\d+\.\d*[\s,]+[+-]?\d|\d{1,2}:\d\d")
_LIKE_A_PLACE = re.compile(r"[\d\s.,:;+\-–−°'\"′″]+|\d{1,2}h\s?\d.*", re.IGNORECASE)


EXAMPLES = {
    "object": "object ZTF21abfmbix",
    "cone": "cone 193.82 +2.89 5m",
    "explore": "193.82 +2.89 1d class=SN candidate",
    "class": "class SN candidate",
    "tag": "tag most_likely_sn",
    "sso": "sso 8467",
    "tracklet": "tracklet 2024-11-03",
    "date": "date 2026-11-20 window=2",
    "gw": "gw S230518h credible=0.9",
}
"""What is written behind the words that begin a search."""


def understand(text: str, surveys: Sequence[str], now: datetime) -> Understood:
    """What a line asks for.

    Args:
        text: What was typed.
        surveys: Whose alerts, where the line does not say: `ztf`, `lsst`.
        now: The present, with its zone.

    Raises:
        QuestionError: It asks nothing that can be; the text says why and what to write.
    """
    return of_reading(read(_PORTAL.sub(r"\1", text), tuple(surveys) or tuple(SURVEYS)), now)


def of_reading(reading: Reading, now: datetime) -> Understood:
    """What a line that is divided already asks for: one that a form or a command has put together.

    Args:
        reading: Its parts.
        now: The present, with its zone.

    Raises:
        QuestionError: It asks nothing that can be.
    """
    said = Said(reading, now)
    if said.path:
        return kinds.by_endpoint(said, said.path, said.given, said.rest)
    if said.kind == "stats":
        # Those of tonight are there tomorrow: where no night is named, the month of yesterday has what there is.
        date = said.rest or said.given.pop("date", f"{now - timedelta(days=1):%Y%m}")
        return kinds.by_endpoint(said, "statistics", said.given | {"date": date}, "")
    if said.kind == "anomaly" or said.given.get("class", "").casefold() == "anomaly":
        return kinds.anomalies(said)
    if "gw" in said.given:
        return kinds.gravitational_wave(said)
    if "tracklet" in said.given:
        return kinds.tracklet(said, said.given["tracklet"])
    return _alerts(said)


def _alerts(said: Said) -> Understood:
    """A search for alerts: by all that is said of them."""
    place, radius = _place(said)
    ids = _ids(said)
    sso = said.given.get("sso", "")
    name = said.given.get("name", "")
    label = names.class_name(said.given["class"]) if "class" in said.given else ""
    tag = names.tag_name(said.given["tag"]) if "tag" in said.given else ""
    kind = value = ""
    if said.rest:
        found = _rest(said, has_place=place is not None or bool(ids or sso or name), has_class=bool(label))
        if isinstance(found, Understood):
            return found
        kind, value = found
        label, tag = (value, tag) if kind == "class" else (label, value) if kind == "tag" else (label, tag)
        sso = value if kind == "sso" else sso
        name = value if kind == "name" else name
        if kind == "name" and radius is None and (cut := _NAME_WITH_RADIUS.fullmatch(name)) is not None:
            name, radius = cut[1], parse_radius(cut[2])
        said.rest = ""
    trend = value if kind == "trend" else said.given.get("trend", "")
    if trend and trend.casefold() not in names.TRENDS:
        raise QuestionError(f"trend cannot be {trend!r}. Write trend=rising or trend=fading.")
    trend = trend.casefold()
    whats = [
        what
        for what, is_said in (
            ("a place", place),
            ("an object", ids),
            ("a Solar System object", sso),
            ("a name", name),
        )
        if is_said
    ]
    if len(whats) > 1:
        raise QuestionError(f"The line has {' and '.join(whats)}: they cannot be searched together. Leave one away.")
    if radius is not None and (sso or len(ids) > 1):
        raise QuestionError(
            f"r= says nothing of {'a Solar System object' if sso else 'several objects'}. Leave it away."
        )
    if radius is not None and not whats:
        raise QuestionError("A radius needs a place: write coordinates, a name or an object before it.")
    wanted = Wanted(
        object_ids=tuple(ids),
        ra=place.ra if place else None,
        dec=place.dec if place else None,
        radius=(radius or RADIUS) / 3600 if place else 0.0,
        start=mjd(said.start) if said.start else None,
        stop=mjd(said.stop) if said.stop else None,
        label=label,
        tag=tag,
        sso=sso,
        trend=trend,
    )
    if name or (len(ids) == 1 and radius is not None):
        return kinds.around_name(said, name or ids[0], radius or RADIUS, replace(wanted, object_ids=()))
    if place is not None:
        return kinds.cone(said, place, radius or RADIUS, wanted)
    if ids:
        return kinds.objects(said, ids, wanted)
    if sso:
        return kinds.solar_system(said, sso, wanted)
    if label or tag:
        return kinds.latest(said, wanted)
    if said.start is not None or said.stop is not None:
        return kinds.of_dates(said, wanted)
    if said.kind in EXAMPLES:
        raise _says_nothing(said.kind)
    raise QuestionError(
        "Write what to search: an object, coordinates, a name, class=, tag=, sso=, date=, anomaly, stats or gw."
    )


def _place(said: Said) -> tuple[Place | None, float | None]:
    """The place that the line names, and the radius in arcsec."""
    radius = parse_radius(said.given["r"]) if "r" in said.given else None
    place = None
    if ("ra" in said.given) != ("dec" in said.given):
        raise QuestionError("A place needs both ra= and dec=.")
    if "ra" in said.given:
        place = Place(parse_ra(said.given["ra"]), parse_dec(said.given["dec"]))
    found = parse_place(said.rest) if not _is_date(said.rest) else None
    if found is not None:
        if place is not None:
            raise QuestionError(f"The line has two places: ra= and dec=, and {said.rest!r}. Leave one away.")
        place, after = found
        if after is not None and radius is not None:
            raise QuestionError(f"The line has two radii: r={said.given['r']} and the number after the place.")
        radius, said.rest = after if after is not None else radius, ""
    return place, radius


def _ids(said: Said) -> list[str]:
    """The objects that the line names; nothing else may be beside them."""
    words = [word for word in re.split(r"[\s,;]+", f"{said.given.get('id', '')} {said.rest}") if word]
    found = [word for word in words if re.match(r"ztf\d", word, re.IGNORECASE) or _LSST_ID.fullmatch(word)]
    if "id" in said.given and not found:
        raise QuestionError(
            f"{said.given['id']!r} is no object: ZTF's are named as in ZTF21abfmbix, LSST's are numbers of 12 to "
            "19 digits."
        )
    if not found:
        return []
    if len(found) < len(words):
        odd = next(word for word in words if word not in found)
        raise QuestionError(f"{odd!r} beside {found[0]} is not understood. Write identifiers, or key=value.")
    said.rest = ""
    return list(dict.fromkeys(word if word.isdecimal() else ztf_id(word) for word in found))


def _rest(said: Said, *, has_place: bool, has_class: bool) -> Understood | tuple[str, str]:
    """What the words are that are neither keys nor a place nor identifiers."""
    text = said.rest
    if has_place and text.casefold() not in ("rising", "fading"):
        raise QuestionError(f"{text!r} is not understood here. Write key=value, such as class=SN candidate.")
    if text.casefold().startswith("trck"):
        said.rest = ""
        return kinds.tracklet(said, text)
    if _is_date(text):
        if "date" in said.given:
            raise QuestionError(f"The line has two dates: {said.given['date']!r} and {text!r}. Leave one away.")
        said.given["date"], said.rest = text, ""
        said.take_times()
        return "", ""
    if _NUMBERED.fullmatch(text.upper()) or _DESIGNATION.fullmatch(text):
        if said.kind == "cone" and text.isdecimal():
            raise QuestionError(f"{text!r} is half a place. Write both coordinates: {EXAMPLES['cone']}.")
        return "sso", text
    if text.casefold() in ("rising", "fading") and "trend" not in said.given:
        return "trend", text.casefold()
    if _LIKE_A_PLACE.fullmatch(text) or _BEGINS_LIKE_A_PLACE.match(text):
        raise QuestionError(
            f"{text!r} is no place, no object and no number of an asteroid. Places are written as in 193.82 +2.89 "
            "or 12:55:16.9 +02:53:48."
        )
    if re.fullmatch(r"m?s\d{6}[a-z]+", text.casefold()):
        said.given["gw"], said.rest = text, ""
        return kinds.gravitational_wave(said)
    if said.kind != "cone" and not has_class:
        if text.casefold() in names.TAGS or text.casefold() in names.LIVE_TAGS:
            return "tag", names.tag_name(text)
        if (known := names.known_class(text)) is not None and (len(text) > 2 or text.startswith("(")):
            return "class", known
    if text.startswith("("):
        names.class_name(text)  # which says what is near
    if not said.kind and text.casefold() in EXAMPLES:
        raise _says_nothing(text.casefold())
    return "name", text


def _says_nothing(kind: str) -> QuestionError:
    return QuestionError(f"{kind!r} alone does not say what to search. Write more, such as: {EXAMPLES[kind]}.")


def _is_date(text: str) -> bool:
    return _DATE.fullmatch(text.casefold()) is not None
