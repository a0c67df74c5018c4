"""Places on the sky as observers write them, and radii with their units. Degrees, ICRS; radii in arcsec."""

from __future__ import annotations

import re
from typing import NamedTuple

from fink_tui.search.errors import QuestionError

RADIUS = 10.0
"""The radius of a cone where none is said, arcsec: the portals' own."""

MOST_RADIUS = 18000.0
"""The largest radius that Fink takes, arcsec: 5 degrees."""

NUMBER = r"\d+(?:\.\d*)?|\.\d+"
_RADIUS_UNITS = {
    **dict.fromkeys(("", "s", '"', "''", "″", "as", "arcsec", "arcsecs"), 1.0),
    **dict.fromkeys(("m", "'", "′", "am", "arcmin", "arcmins", "min"), 60.0),
    **dict.fromkeys(("d", "°", "deg", "degs", "degree", "degrees"), 3600.0),
}
_RADIUS = re.compile(rf"({NUMBER})\s*({'|'.join(sorted(map(re.escape, _RADIUS_UNITS), key=len, reverse=True))})")

MINUSES = str.maketrans("−–—‐‑", "-----")
"""Signs that stand for a minus where a place was copied from a paper."""

_SIXTIES = re.compile(
    rf"(?P<sign>[+-])?\s*(?P<whole>\d{{1,3}})\s*[:hd°\s]\s*(?P<minute>\d{{1,2}}(?:\.\d*)?)"
    rf"(?:\s*[:m'′\s]\s*(?P<second>{NUMBER})\s*(?:s|\"|″|'')?|\s*[m'′])?",
    re.IGNORECASE,
)

_UNIT = "|".join(sorted((re.escape(unit) for unit in _RADIUS_UNITS if unit), key=len, reverse=True))
_TAIL = rf"(?:[\s,;]+(?P<radius>(?:{NUMBER})\s*(?:{_UNIT})?))?"
_BETWEEN = r"(?:\s*[\s,;/]\s*|(?=[+-]))"
_DEGREES = r"\s*(?:°|deg|d)?"
_DECIMAL_PAIR = re.compile(
    rf"(?P<ra>[+-]?(?:{NUMBER}){_DEGREES}){_BETWEEN}(?P<dec>[+-]?\s*(?:{NUMBER}){_DEGREES}){_TAIL}", re.IGNORECASE
)
_SIXTY_PAIR = re.compile(
    rf"(?P<ra>\d{{1,2}}\s*[:h\s]\s*\d{{1,2}}(?:\.\d*)?(?:\s*[:m'′\s]\s*(?:{NUMBER})\s*(?:s|\"|″|'')?|\s*[m'′])?)"
    rf"{_BETWEEN}"
    rf"(?P<dec>[+-]?\s*\d{{1,3}}\s*[:d°\s]\s*\d{{1,2}}(?:\.\d*)?(?:\s*[:m'′\s]\s*(?:{NUMBER})\s*(?:s|\"|″|'')?|\s*[m'′])?)"
    rf"{_TAIL}",
    re.IGNORECASE,
)
_COMPACT = re.compile(rf"J?(\d\d)(\d\d)(\d\d(?:\.\d*)?)([+-])(\d\d)(\d\d)(\d\d(?:\.\d*)?){_TAIL}", re.IGNORECASE)


class Place(NamedTuple):
    """A place on the sky."""

    ra: float
    dec: float


def parse_place(text: str) -> tuple[Place, float | None] | None:
    """A place, and the radius after it in arcsec, None where there is none.

    Decimal degrees (`193.82 2.89`, `193.82, +2.89`), hours and degrees with colons, letters or spaces (`12:55:16.9
    -00:53:48`, `12h55m16.9s +2d53m48s`, `12 55 16.9 +02 53 48`), `J125516.9+025348`. A number after them is a radius.

    Returns:
        None where the text is nothing of the kind.

    Raises:
        QuestionError: It is of the kind, but there is no such place.
    """
    text = " ".join(text.translate(MINUSES).split()).strip(" ,;")
    if (found := _COMPACT.fullmatch(text)) is not None:
        ra, dec = ":".join(found.groups()[:3]), found[4] + ":".join(found.groups()[4:7])
    elif (found := _DECIMAL_PAIR.fullmatch(text) or _sixty_pair(text)) is not None:
        ra, dec = found["ra"], found["dec"]
    else:
        return None
    radius = parse_radius(found["radius"]) if found["radius"] else None
    return Place(parse_ra(ra), parse_dec(dec)), radius


def _sixty_pair(text: str) -> re.Match[str] | None:
    """Hours and degrees; where bare numbers could be divided in two ways, it is none."""
    found = _SIXTY_PAIR.fullmatch(text)
    if found is None:
        return None
    is_bare = re.fullmatch(r"[\d.\s]*", found["ra"] + found["dec"]) is not None
    if is_bare and len(re.findall(NUMBER, found["ra"] + " " + found["dec"])) != 6:
        return None
    return found


def parse_radius(text: str) -> float:
    """A radius in arcsec: `10`, `10"`, `5'`, `5m`, `0.5d`, `2 arcmin`; without a unit, arcsec.

    Raises:
        QuestionError: It is none, or not between 0 and 5 degrees.
    """
    found = _RADIUS.fullmatch(text.strip().casefold())
    if found is None:
        raise QuestionError(f"""{text!r} is no radius. Write it as 10", 5' (or 5m) or 0.5d; without a unit, arcsec.""")
    arcsec = float(found[1]) * _RADIUS_UNITS[found[2]]
    if not 0 < arcsec <= MOST_RADIUS:
        raise QuestionError(
            f"A radius of {text.strip()} is not possible: Fink takes more than 0 and at most 18000 arcsec (5 degrees)."
        )
    return arcsec


def write_radius(arcsec: float) -> str:
    """A radius in its handiest unit: `10"`, `5'`, `1.5°`."""
    for size, sign in ((3600, "°"), (60, "'")):
        if arcsec >= size:
            return f"{arcsec / size:.4g}{sign}"
    return f'{arcsec:.4g}"'


def write_place(ra: float, dec: float) -> str:
    """A place in decimal degrees: `193.82267 +2.89732`."""
    return f"{ra:.5f} {dec:+.5f}"


def parse_ra(text: str) -> float:
    """A right ascension, decimal degrees or hours, minutes and seconds.

    Raises:
        QuestionError: It is none.
    """
    text = text.translate(MINUSES).strip()
    if (decimal := _decimal(text)) is not None:
        degrees = decimal
    else:
        degrees = 15 * _sixties(text, "dD°", "right ascension", "12:55:16.9")
    if not 0 <= degrees <= 360:
        raise QuestionError(f"A right ascension is between 0 and 360 degrees (0 h and 24 h), which {text} is not.")
    return degrees % 360


def parse_dec(text: str) -> float:
    """A declination, decimal degrees or degrees, minutes and seconds of arc.

    Raises:
        QuestionError: It is none.
    """
    text = text.translate(MINUSES).strip()
    degrees = decimal if (decimal := _decimal(text)) is not None else _sixties(text, "hH", "declination", "-00:53:48")
    if not -90 <= degrees <= 90:
        raise QuestionError(f"A declination is between -90 and +90 degrees, which {text} is not.")
    return degrees


def _decimal(text: str) -> float | None:
    found = re.fullmatch(rf"([+-]?\s*(?:{NUMBER}))\s*(?:d|°|deg)?", text, re.IGNORECASE)
    return float(found[1].replace(" ", "")) if found is not None else None


def _sixties(text: str, forbidden: str, what: str, example: str) -> float:
    """Whole, minutes and seconds as one number; the sign is the text's, so that -00:30 is not +00:30."""
    found = _SIXTIES.fullmatch(text)
    if found is None or any(sign in text for sign in forbidden):
        raise QuestionError(f"{text!r} is no {what}. Write degrees, or it as in {example}.")
    minute, second = float(found["minute"]), float(found["second"] or 0)
    if found["second"] is not None and "." in found["minute"]:
        raise QuestionError(f"{text!r} is no {what}: with seconds, the minutes are whole. Write it as in {example}.")
    if minute >= 60 or second >= 60:
        raise QuestionError(f"{text!r} is no {what}: minutes and seconds are below 60.")
    size = int(found["whole"]) + minute / 60 + second / 3600
    return -size if found["sign"] == "-" else size
