"""The meanings of a name: what Fink's resolver says in its rows, and what this machine's own alerts say.

The rows are tables of text: a value may be text or a number, and `nan` where there is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from fink_tui.alerts.clean import numeral
from fink_tui.alerts.simbad import meaning
from fink_tui.alerts.survey import objects_of
from fink_tui.alerts.text import clean, degrees
from fink_tui.sky.coordinates import separation
from fink_tui.store.database import Database
from fink_tui.store.named import named

LONGEST = 100
"""Characters of a name."""

SAME_PLACE = 3.0
"""Arcseconds within which what two sources name is one thing."""

MOST_TOLD = 3
"""Other meanings that are told of a name."""

SOLAR_SYSTEM = "Solar System object"

Kind = Literal["object", "place", "sso"]

ZTF_ID = re.compile(r"ZTF\d\d[a-z]{7}", re.IGNORECASE)
LSST_ID = re.compile(r"(?:LSST-AP-DO-)?(\d{15,20})")
"""An object of Rubin's among the TNS's internal names: its number, bare or after where it is from."""

TNS_NAME = re.compile(r"(?:(AT|SN|TDE|FRB)\s*)?((?:19|20)\d\d[a-z]{1,5})", re.IGNORECASE)


class Resolved(NamedTuple):
    """One meaning of a name."""

    name: str
    """The name, as its source writes it."""

    kind: Kind
    """An object that a survey has alerts of; a place; a Solar System object."""

    ra: float | None
    """Right ascension, degrees; None for what moves."""

    dec: float | None
    """Declination, degrees."""

    object_id: str
    """The object's name in its survey; of a Solar System object, what Fink is asked by; blank for a place."""

    source: str
    """Who says so: `TNS`, `SIMBAD`, `SsODNet`, or `here`, this machine's own alerts."""

    type: str = ""
    """What it is, in the source's words; blank where that is not known."""

    survey: str = ""
    """Whose object it is: `ztf`, `lsst`; blank for a place."""

    is_exact: bool = True
    """Whether it is the very name that was asked for, or one that begins like it."""

    redshift: float | None = None

    @property
    def words(self) -> str:
        """It, in a line: `SN 2023ixf: TNS, SN II, 210.91067 +54.31165, ZTF23aaklqou`."""
        kind = meaning(self.type).words if self.source == "SIMBAD" and self.type else self.type
        said = [self.source, kind]
        if self.redshift is not None:
            said.append(f"z {self.redshift:.4g}")
        if self.ra is not None and self.dec is not None:
            said.append(f"{degrees(self.ra)} {'' if self.dec < 0 else '+'}{degrees(self.dec)}")
        if self.object_id and self.object_id != self.name:
            said.append(self.object_id)
        return f"{self.name}: {', '.join(filter(None, said))}"


def known_here(database: Database, name: str) -> list[Resolved]:
    """What this machine's own alerts say of a name: an object's, the TNS's, or one of the Solar System.

    Args:
        database: The store's.
        name: What was typed.
    """
    found = []
    for one in named(database, name):
        if one.sso_name and folded(one.sso_name) == folded(name):
            name_there = clean(one.sso_name, LONGEST)
            found.append(Resolved(name_there, "sso", None, None, name_there, "here", SOLAR_SYSTEM, one.survey))
        else:
            is_reported = one.tns_name and folded(one.tns_name) == folded(name)
            written = clean(one.tns_name if is_reported else one.object_id, LONGEST)
            kind, survey = clean(one.tns_type, LONGEST), objects_of(one.survey)
            place = one.ra, one.dec, one.object_id
            found.append(Resolved(written, "object", *place, "here", kind, survey, redshift=one.tns_redshift))
    return distinct(found)


def from_tns(row: Mapping[str, Any], asked: str) -> Resolved | None:
    """A row of the TNS's: an object of a survey where it has that survey's name, else a place.

    Args:
        row: The row, one of several of an object: each has another internal name.
        asked: The name that was asked for.
    """
    name, internal = _text(row, "fullname"), _text(row, "internalname")
    ra, dec = _place(row, "ra", "declination")
    if not name or ra is None:
        return None
    ztf, lsst = ZTF_ID.fullmatch(internal), LSST_ID.fullmatch(internal)
    object_id = internal if ztf else lsst[1] if lsst else ""
    kind, redshift = _text(row, "type"), numeral(row.get("redshift"))
    is_exact = folded(asked) in {folded(known) for known in (name, internal, object_id) if known}
    return Resolved(
        name,
        "object" if object_id else "place",
        ra,
        dec,
        object_id,
        "TNS",
        kind or "not classified",
        "ztf" if ztf else "lsst" if lsst else "",
        is_exact,
        redshift,
    )


def from_cross_match(row: Mapping[str, Any], object_id: str) -> Resolved | None:
    """A row of LSST's sources, which have what the TNS says of them: the answer of its resolver for an object's number.

    Args:
        row: The row.
        object_id: The number that was asked for.
    """
    name, kind = _text(row, "xm_tns_fullname"), _text(row, "xm_tns_type")
    if not name:
        return None
    redshift = numeral(row.get("xm_tns_redshift"))
    kind = kind or "not classified"
    return Resolved(name, "object", None, None, object_id, "TNS", kind, "lsst", redshift=redshift)


def from_simbad(row: Mapping[str, Any], asked: str) -> Resolved | None:
    """A row of SIMBAD's: the object that it knows by the name; None where it knows none."""
    ra, dec = _place(row, "jradeg", "jdedeg")
    if ra is None:
        return None
    kind, name = _text(row, "otype"), _text(row, "oname") or asked
    return Resolved(name, "place", ra, dec, "", "SIMBAD", kind, redshift=numeral(row.get("z")))


def from_ssodnet(row: Mapping[str, Any], asked: str) -> Resolved:
    """A row of SsODNet's; Fink is asked by `ssnamenr`, as its portal does."""
    name, digits, designation = _text(row, "name"), _text(row, "number").removesuffix(".0"), _text(row, "ssnamenr")
    object_id = designation or digits or name
    is_exact = folded(asked) in {folded(known) for known in (name, digits, designation, f"{digits} {name}")}
    written = f"{digits} {name}".strip() if name and digits and name != digits else name or object_id
    return Resolved(written, "sso", None, None, object_id, "SsODNet", SOLAR_SYSTEM, "ztf", is_exact)


def told(found: Sequence[Resolved]) -> str:
    """The meaning that is used, the first, and what else there is: the observer sees what was chosen for him.

    Args:
        found: The meanings, one at least.
    """
    same = [one for one in found[1:] if one.is_exact]
    like = [one.name for one in found[1:] if not one.is_exact]
    words = f"{found[0].words}."
    if same:
        words += f" The name is also that of {'; '.join(one.words for one in same[:MOST_TOLD])}."
    if not found[0].is_exact:
        words = f"Nobody has that very name; one that begins like it serves: {words}"
    if like:
        more = f" and {len(like) - MOST_TOLD} more" if len(like) > MOST_TOLD else ""
        words += f" Others begin like it: {', '.join(like[:MOST_TOLD])}{more}."
    return words


def distinct(found: Iterable[Resolved]) -> list[Resolved]:
    """Each meaning once: the same name of one source, or one place under the names of two, is told by the first."""
    kept: list[Resolved] = []
    for one in found:
        if not any(_is_same(one, other) for other in kept):
            kept.append(one)
    return kept


def _is_same(one: Resolved, other: Resolved) -> bool:
    if one.ra is None or one.dec is None or other.ra is None or other.dec is None:
        return one.kind == other.kind and one.object_id == other.object_id
    if one.source == other.source and one.object_id and other.object_id:
        return one.object_id == other.object_id
    return separation(one.ra, one.dec, other.ra, other.dec) * 3600 <= SAME_PLACE


def _text(row: Mapping[str, Any], column: str) -> str:
    """A value as clean text; blank for all that means nothing."""
    value = row.get(column)
    if value is None or isinstance(value, Mapping | list | bool):
        return ""
    written = clean(value, LONGEST).strip()
    return "" if written.casefold() in ("nan", "none", "null", "-", "[]") else written


def _place(row: Mapping[str, Any], *columns: str) -> tuple[float, float] | tuple[None, None]:
    """Right ascension and declination, degrees; nothing where they are no place."""
    ra, dec = (numeral(row.get(column)) for column in columns)
    if ra is None or dec is None or not (0 <= ra < 360 and -90 <= dec <= 90):
        return None, None
    return ra, dec


def folded(name: str) -> str:
    """A name without what people write differently: capitals, blanks, brackets, a survey's prefix of the TNS."""
    plain = re.sub(r"[\s()]", "", name).casefold()
    match = TNS_NAME.fullmatch(plain)
    return match[2] if match else plain
