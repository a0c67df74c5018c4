"""What a name means: an object, a place or a Solar System object, through Fink's resolver and what this machine knows.

Fink's resolver has three sources (fink-object-api, routes/v1/{ztf,lsst}/resolver/utils.py), asked here at once:

- TNS: a table of all its objects, a row for each internal name, found by the *beginning* of `AT 2018cow`, whatever its
  capitals; the other way round by an internal name, such as ZTF's. `AT` becomes `SN` with the first spectrum.
- SIMBAD: the CDS's Sesame, which knows every alias; one object or none.
- SsODNet: the names, numbers and designations of what ZTF saw of the Solar System, found by their beginning. LSST's
  answers with all alerts of the object instead, and is not asked.

A table of text: a value may be text or a number, and `nan` where there is none.
"""

from __future__ import annotations

import json
import math
import re
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol

from fink_tui.alerts.simbad import meaning
from fink_tui.alerts.text import clean, degrees
from fink_tui.search.errors import BrokenError, CancelledError, LargeError, QuestionError, SearchError
from fink_tui.search.question import Question
from fink_tui.sky.coordinates import separation
from fink_tui.store.database import Database
from fink_tui.store.named import named

LONGEST = 100
"""Characters of a name."""

MOST_BYTES = 4_000_000
"""An answer may have so many: one has ten rows."""

SAME_PLACE = 3.0
"""Arcseconds within which what two sources name is one thing."""

SOLAR_SYSTEM = "Solar System object"

Kind = Literal["object", "place", "sso"]

ZTF_ID = re.compile(r"ZTF\d\d[a-z]{7}", re.IGNORECASE)
_TNS_NAME = re.compile(r"(?:(AT|SN|TDE|FRB)\s*)?((?:19|20)\d\d[a-z]{1,5})", re.IGNORECASE)
_WORDLESS = re.compile(r"[\s\d.()]+")
_UNASKABLE = re.compile(r"[:,]")
"""What separates conditions in the question that the server makes of a name for its own tables."""


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


class Asker(Protocol):
    """What asks Fink: the client."""

    def ask(
        self, question: Question, path: Path, progress: Callable[[int], None], is_cancelled: Callable[[], bool]
    ) -> None:
        """Write the body of the answer to a file; raise a `SearchError`."""


def resolve(
    client: Asker,
    name: str,
    *,
    here: Callable[[str], Iterable[Resolved]] = lambda _: (),
    surveys: Sequence[str] = ("ztf", "lsst"),
    is_cancelled: Callable[[], bool] = lambda: False,
) -> list[Resolved]:
    """What a name means; the likeliest first: the exact name before those that begin like it, then as the portals do.

    What this machine knows by that very name is enough, and no network is asked.

    Args:
        client: What asks Fink.
        name: What was typed.
        here: What this machine's own alerts say of a name.
        surveys: Whose resolvers may be asked; the next only where the one before does not answer.
        is_cancelled: Whether nobody waits for it any longer.

    Returns:
        Its meanings; none where nobody knows it.

    Raises:
        QuestionError: It cannot be a name.
        SearchError: No meaning was found, and not all sources answered: so it may have one.
    """
    name = checked(name)
    found = [one for one in here(name) if one.is_exact]
    if found:
        return _distinct(found)
    tries = [
        lambda: _tns(client, name, surveys, is_cancelled),
        lambda: _simbad(client, name, surveys, is_cancelled),
        lambda: _ssodnet(client, name, is_cancelled) if "ztf" in surveys else [],
    ]
    with ThreadPoolExecutor(len(tries), thread_name_prefix="resolver") as threads:
        answers = list(threads.map(_answer, tries))
    if is_cancelled():
        raise CancelledError("The name is no longer looked for.")
    errors = [answer for answer in answers if isinstance(answer, SearchError)]
    found = [one for answer in answers if isinstance(answer, list) for one in answer]
    if not found and errors:
        raise errors[0]
    return _distinct(sorted(found, key=lambda one: not one.is_exact))


def known_here(database: Database, name: str) -> list[Resolved]:
    """What this machine's own alerts say of a name: an object's, the TNS's, or one of the Solar System.

    Args:
        database: The store's.
        name: What was typed.
    """
    found = []
    for one in named(database, name):
        if one.sso_name and _folded(one.sso_name) == _folded(name):
            name_there = clean(one.sso_name, LONGEST)
            found.append(Resolved(name_there, "sso", None, None, name_there, "here", SOLAR_SYSTEM, one.survey))
        else:
            is_reported = one.tns_name and _folded(one.tns_name) == _folded(name)
            written = clean(one.tns_name if is_reported else one.object_id, LONGEST)
            kind, survey = clean(one.tns_type, LONGEST), "ztf" if one.survey == "mma" else one.survey
            place = one.ra, one.dec, one.object_id
            found.append(Resolved(written, "object", *place, "here", kind, survey, redshift=one.tns_redshift))
    return _distinct(found)


def names(
    client: Asker, survey: str, object_id: str, *, is_cancelled: Callable[[], bool] = lambda: False
) -> list[Resolved]:
    """The names that others gave to an object: that of the TNS; for ZTF, that of the Solar System object, too.

    Args:
        client: What asks Fink.
        survey: Whose object it is: `ztf`, `lsst`.
        object_id: Its name there.
        is_cancelled: Whether nobody waits for it any longer.

    Raises:
        SearchError: Nobody could say.
    """
    object_id = checked(object_id)
    found = []
    for row in _rows(client, _question(survey, "tns", object_id, is_reverse=True), is_cancelled):
        if _text(row, "internalname").casefold() == object_id.casefold():
            found.append(_from_tns(row, object_id, survey))
    if survey == "ztf":
        rows = _rows(client, _question(survey, "ssodnet", object_id, is_reverse=True), is_cancelled)
        found += [_from_ssodnet(row, object_id)._replace(is_exact=True) for row in rows if _text(row, "name")]
    return _distinct([one for one in found if one is not None])


def checked(name: str) -> str:
    """A name as it is asked for.

    Raises:
        QuestionError: It cannot be one.
    """
    plain = " ".join(name.split())
    if not plain:
        raise QuestionError("Give a name.")
    if len(plain) > LONGEST or clean(plain, LONGEST) != plain:
        raise QuestionError(f"A name has at most {LONGEST} letters, digits and signs: {clean(plain, 60)}")
    return plain


def _answer(ask: Callable[[], list[Resolved]]) -> list[Resolved] | SearchError:
    try:
        return ask()
    except SearchError as error:
        return error


# --- the three sources


def _tns(client: Asker, name: str, surveys: Sequence[str], is_cancelled: Callable[[], bool]) -> list[Resolved]:
    match = _TNS_NAME.fullmatch(name)
    if _UNASKABLE.search(name) or (match is None and _WORDLESS.fullmatch(name)):
        return []
    if match is None:
        tries = [(name, False), (name, True)]  # a name of the TNS, or what another survey calls it
    else:  # AT becomes SN with the first spectrum, and people say either, or none
        prefixes = dict.fromkeys([*([match[1].upper()] if match[1] else []), "SN", "AT"])
        tries = [(f"{prefix} {match[2].lower()}", False) for prefix in prefixes]
    for asked, is_reverse in tries:
        rows = _first(client, "tns", asked, surveys, is_cancelled, is_reverse=is_reverse)
        found = [one for survey, row in rows if (one := _from_tns(row, asked, survey)) is not None]
        found.sort(key=lambda one: (not one.is_exact, one.kind != "object"))
        if found:
            return found
    return []


def _simbad(client: Asker, name: str, surveys: Sequence[str], is_cancelled: Callable[[], bool]) -> list[Resolved]:
    if _WORDLESS.fullmatch(name):
        return []
    found = []
    for _, row in _first(client, "simbad", name, surveys, is_cancelled):
        ra, dec = _place(row, "jradeg", "jdedeg")
        if ra is not None:
            kind, written = _text(row, "otype"), _text(row, "oname") or name
            found.append(Resolved(written, "place", ra, dec, "", "SIMBAD", kind, redshift=_number(row.get("z"))))
    return found


def _ssodnet(client: Asker, name: str, is_cancelled: Callable[[], bool]) -> list[Resolved]:
    if _UNASKABLE.search(name):
        return []
    rows = _rows(client, _question("ztf", "ssodnet", name.strip("()")), is_cancelled)
    found = [_from_ssodnet(row, name) for row in rows]
    return sorted((one for one in found if one.object_id), key=lambda one: not one.is_exact)


def _from_tns(row: Mapping[str, Any], asked: str, survey: str) -> Resolved | None:
    name, internal = _text(row, "fullname"), _text(row, "internalname")
    ra, dec = _place(row, "ra", "declination")
    if not name or ra is None:
        return None
    is_ours = survey == "ztf" and ZTF_ID.fullmatch(internal) is not None
    is_ours = is_ours or (survey == "lsst" and re.fullmatch(r"\d{15,20}", internal) is not None)
    kind, redshift = _text(row, "type"), _number(row.get("redshift"))
    is_exact = _folded(asked) in (_folded(name), _folded(internal))
    return Resolved(
        name,
        "object" if is_ours else "place",
        ra,
        dec,
        internal if is_ours else "",
        "TNS",
        kind or "not classified",
        survey if is_ours else "",
        is_exact,
        redshift,
    )


def _from_ssodnet(row: Mapping[str, Any], asked: str) -> Resolved:
    """LSST's and ZTF's rows; Fink is asked by `ssnamenr`, as its portal does."""
    name, number, designation = _text(row, "name"), _text(row, "number").removesuffix(".0"), _text(row, "ssnamenr")
    object_id = designation or number or name
    is_exact = _folded(asked) in {_folded(known) for known in (name, number, designation, f"{number} {name}")}
    written = f"{number} {name}".strip() if name and number and name != number else name or object_id
    return Resolved(written, "sso", None, None, object_id, "SsODNet", SOLAR_SYSTEM, "ztf", is_exact)


def _distinct(found: Iterable[Resolved]) -> list[Resolved]:
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


# --- asking, and reading what comes


def _question(survey: str, resolver: str, name: str, *, is_reverse: bool = False) -> Question:
    """The question; `nmax` is left out, for as text it is compared with a number there, and the server fails."""
    argument = "name_or_id" if survey == "lsst" else "name"
    return Question.of(survey, "resolver", resolver=resolver, reverse=is_reverse or None, **{argument: name})


def _first(
    client: Asker,
    resolver: str,
    name: str,
    surveys: Sequence[str],
    is_cancelled: Callable[[], bool],
    *,
    is_reverse: bool = False,
) -> list[tuple[str, Mapping[str, Any]]]:
    """Rows of the first survey's resolver that answers, and whose it is."""
    failed: SearchError | None = None
    for survey in surveys:
        try:
            rows = _rows(client, _question(survey, resolver, name, is_reverse=is_reverse), is_cancelled)
        except CancelledError:
            raise
        except SearchError as error:
            failed = failed or error
        else:
            return [(survey, row) for row in rows]
    if failed is not None:
        raise failed
    return []


def _rows(client: Asker, question: Question, is_cancelled: Callable[[], bool]) -> list[Mapping[str, Any]]:
    """The rows of an answer, their columns without the letter of their family.

    Raises:
        SearchError: There is none, or it makes no sense.
    """
    with tempfile.TemporaryDirectory(prefix="fink-tui-") as folder:
        path = Path(folder, "answer")
        client.ask(question, path, lambda _: None, is_cancelled)
        if path.stat().st_size > MOST_BYTES:
            raise LargeError("Fink's answer to a name is far too large; nothing of it is used.")
        try:
            body = json.loads(path.read_bytes())
        except (ValueError, RecursionError):
            body = None
    if not isinstance(body, list):
        raise BrokenError("Fink's resolver gave an answer that cannot be read: try again later.")
    return [
        {str(key).rpartition(":")[2]: value for key, value in row.items()} for row in body if isinstance(row, Mapping)
    ]


def _text(row: Mapping[str, Any], column: str) -> str:
    """A value as clean text; blank for all that means nothing."""
    value = row.get(column)
    if value is None or isinstance(value, Mapping | list | bool):
        return ""
    written = clean(value, LONGEST).strip()
    return "" if written.casefold() in ("nan", "none", "null", "-", "[]") else written


def _number(value: object) -> float | None:
    """A number, also one that is written as text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _place(row: Mapping[str, Any], *columns: str) -> tuple[float, float] | tuple[None, None]:
    """Right ascension and declination, degrees; nothing where they are no place."""
    ra, dec = (_number(row.get(column)) for column in columns)
    if ra is None or dec is None or not (0 <= ra < 360 and -90 <= dec <= 90):
        return None, None
    return ra, dec


def _folded(name: str) -> str:
    """A name without what people write differently: capitals, blanks, brackets, a survey's prefix of the TNS."""
    plain = re.sub(r"[\s()]", "", name).casefold()
    match = _TNS_NAME.fullmatch(plain)
    return match[2] if match else plain
