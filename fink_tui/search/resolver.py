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
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from fink_tui.alerts.text import clean
from fink_tui.search.asking import Asking
from fink_tui.search.errors import BrokenError, CancelledError, LargeError, QuestionError, SearchError
from fink_tui.search.meanings import (
    LONGEST,
    TNS_NAME,
    Resolved,
    distinct,
    from_cross_match,
    from_simbad,
    from_ssodnet,
    from_tns,
)
from fink_tui.search.question import Question

MOST_BYTES = 4_000_000
"""An answer may have so many: one has ten rows."""

_WORDLESS = re.compile(r"[\s\d.()]+")
_UNASKABLE = re.compile(r"[:,]")
"""What separates conditions in the question that the server makes of a name for its own tables."""


def resolve(
    asking: Asking,
    name: str,
    *,
    here: Iterable[Resolved] = (),
    surveys: Sequence[str] = ("ztf", "lsst"),
    is_cancelled: Callable[[], bool] = lambda: False,
) -> list[Resolved]:
    """What a name means; the likeliest first: the exact name before those that begin like it, then as the portals do.

    What this machine knows by that very name is enough, and no network is asked.

    Args:
        asking: What asks Fink, and keeps its answers: a name means the same all day.
        name: What was typed.
        here: What this machine's own alerts say of it: see `meanings.known_here`.
        surveys: Whose resolvers may be asked; the next only where the one before does not answer.
        is_cancelled: Whether nobody waits for it any longer.

    Returns:
        Its meanings; none where nobody knows it.

    Raises:
        QuestionError: It cannot be a name.
        SearchError: No meaning was found, and not all sources answered: so it may have one.
    """
    name = checked(name)
    found = [one for one in here if one.is_exact]
    if found:
        return distinct(found)
    tries = [
        lambda: _tns(asking, name, surveys, is_cancelled),
        lambda: _simbad(asking, name, surveys, is_cancelled),
        lambda: _ssodnet(asking, name, is_cancelled) if "ztf" in surveys else [],
    ]
    with ThreadPoolExecutor(len(tries), thread_name_prefix="resolver") as threads:
        answers = list(threads.map(_answer, tries))
    if is_cancelled():
        raise CancelledError("The name is no longer looked for.")
    errors = [answer for answer in answers if isinstance(answer, SearchError)]
    found = [one for answer in answers if isinstance(answer, list) for one in answer]
    if not found and errors:
        raise errors[0]
    return distinct(sorted(found, key=lambda one: not one.is_exact))


def tns_names(
    asking: Asking, survey: str, object_id: str, *, is_cancelled: Callable[[], bool] = lambda: False
) -> list[Resolved]:
    """What the TNS calls an object: one name, or none.

    Args:
        asking: What asks Fink, and keeps its answers: a name means the same all day.
        survey: Whose object it is: `ztf`, `lsst`.
        object_id: Its name there.
        is_cancelled: Whether nobody waits for it any longer.

    Raises:
        SearchError: Nobody could say.
    """
    object_id = checked(object_id)
    rows = _rows(asking, _question(survey, "tns", object_id, is_reverse=True), is_cancelled)
    found = [from_tns(row, object_id) or from_cross_match(row, object_id) for row in rows]
    return distinct(one for one in found if one is not None and one.object_id.casefold() == object_id.casefold())


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


def _tns(asking: Asking, name: str, surveys: Sequence[str], is_cancelled: Callable[[], bool]) -> list[Resolved]:
    match = TNS_NAME.fullmatch(name)
    if _UNASKABLE.search(name) or (match is None and _WORDLESS.fullmatch(name)):
        return []
    if match is None:
        tries = [(name, False), (name, True)]  # a name of the TNS, or what another survey calls it
    else:  # AT becomes SN with the first spectrum, and people say either, or none
        prefixes = dict.fromkeys([*([match[1].upper()] if match[1] else []), "SN", "AT"])
        tries = [(f"{prefix} {match[2].lower()}", False) for prefix in prefixes]
    for asked, is_reverse in tries:
        rows = _first(asking, "tns", asked, surveys, is_cancelled, is_reverse=is_reverse)
        found = [one for row in rows if (one := from_tns(row, asked)) is not None]
        found.sort(key=lambda one: (not one.is_exact, one.kind != "object"))
        if found:
            return found
    return []


def _simbad(asking: Asking, name: str, surveys: Sequence[str], is_cancelled: Callable[[], bool]) -> list[Resolved]:
    if _WORDLESS.fullmatch(name):
        return []
    rows = _first(asking, "simbad", name, surveys, is_cancelled)
    return [one for row in rows if (one := from_simbad(row, name)) is not None]


def _ssodnet(asking: Asking, name: str, is_cancelled: Callable[[], bool]) -> list[Resolved]:
    if _UNASKABLE.search(name):
        return []
    rows = _rows(asking, _question("ztf", "ssodnet", name.strip("()")), is_cancelled)
    found = [from_ssodnet(row, name) for row in rows]
    return sorted((one for one in found if one.object_id), key=lambda one: not one.is_exact)


def _question(survey: str, resolver: str, name: str, *, is_reverse: bool = False) -> Question:
    """The question; the server gives ten rows at most."""
    argument = "name_or_id" if survey == "lsst" else "name"
    return Question.of(
        survey, "resolver", resolver=resolver, reverse="true" if is_reverse else None, **{argument: name}
    )


def _first(
    asking: Asking,
    resolver: str,
    name: str,
    surveys: Sequence[str],
    is_cancelled: Callable[[], bool],
    *,
    is_reverse: bool = False,
) -> list[Mapping[str, Any]]:
    """Rows of the first survey that has some; SIMBAD is the same behind both, the tables of the TNS are two."""
    failed: SearchError | None = None
    is_answered = False
    for survey in surveys:
        try:
            rows = _rows(asking, _question(survey, resolver, name, is_reverse=is_reverse), is_cancelled)
        except CancelledError:
            raise
        except SearchError as error:
            failed = failed or error
        else:
            if rows or resolver == "simbad":
                return rows
            is_answered = True
    if failed is not None and not is_answered:
        raise failed
    return []


def _rows(asking: Asking, question: Question, is_cancelled: Callable[[], bool]) -> list[Mapping[str, Any]]:
    """The rows of an answer, their columns without the letter of their family.

    Raises:
        SearchError: There is none, or it makes no sense.
    """
    kept = asking.answer(question, is_cancelled=is_cancelled).kept
    if kept.size > MOST_BYTES:
        raise LargeError("Fink's answer to a name is far too large; nothing of it is used.")
    try:
        body = json.loads(kept.path.read_bytes())
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, list):
        raise BrokenError("Fink's resolver gave an answer that cannot be read: try again later.")
    return [
        {str(key).rpartition(":")[2]: value for key, value in row.items()} for row in body if isinstance(row, Mapping)
    ]
