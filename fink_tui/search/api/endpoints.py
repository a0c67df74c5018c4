"""The endpoints of Fink's REST API by their names, and the check of a question before it is asked.

Fink ignores an argument that it does not know, and answers an unknown class or a radius too large only after a while:
a slip of the pen is told here, at once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from fink_tui.search.api import names
from fink_tui.search.api.arguments import Argument, Kind, read, sky_map
from fink_tui.search.api.endpoint_table import ENDPOINTS, SURVEYS, Endpoint, Gives
from fink_tui.search.api.rules import FIRST_SEEN, RULES
from fink_tui.search.errors import QuestionError
from fink_tui.search.question import Question

__all__ = [
    "ENDPOINTS",
    "SURVEYS",
    "Endpoint",
    "Gives",
    "body",
    "check",
    "endpoint",
    "gives",
    "gives_json",
    "gives_rows",
    "is_got",
    "question",
    "writes",
]

LISTS = frozenset({"blocks", "classes", "schema", "tags"})
"""Endpoints that without arguments give a list; others then give words about themselves, unless asked with POST."""

_BY_NAME = {(one.survey, one.path): one for one in ENDPOINTS}


def endpoint(survey: str, path: str) -> Endpoint:
    """The endpoint of a name.

    Raises:
        QuestionError: The survey has none of that name.
    """
    if (found := _BY_NAME.get((survey, path))) is not None:
        return found
    if survey not in SURVEYS:
        raise QuestionError(f"{survey!r} is no survey of Fink. There are ztf and lsst.")
    others = [other for other in SURVEYS if (other, path) in _BY_NAME]
    here = [one.path for one in ENDPOINTS if one.survey == survey]
    if others:
        raise QuestionError(f"Only {SURVEYS[others[0]]} has {path}. {SURVEYS[survey]} has: {', '.join(here)}.")
    near = names.nearest(path, here) or here
    raise QuestionError(f"{SURVEYS[survey]} has no search {path!r}. There is: {', '.join(near)}.")


def gives(question: Question) -> Gives:
    """What the answer to a question is."""
    found, given = endpoint(question.survey, question.path), question.given
    if given.get("schema") == "true":
        return Gives.TABLE
    form = found.argument("output-format")
    if form is not None and given.get("output-format", form.default) != "json":
        return Gives.FILE
    return Gives.TABLE if found.path == "tags" and not given.get("tag") else found.gives


def gives_rows(question: Question) -> bool:
    """Whether the answer to a question can only be a list of rows."""
    return question.path == "resolver" or gives(question) in (Gives.ALERTS, Gives.POINTS)


def gives_json(question: Question) -> bool:
    """Whether the answer to a question should be JSON; else it is a file as it comes, such as an image."""
    given = question.given
    if writes(question):  # Fink thanks in words
        return False
    if given.get("schema") == "true":
        return True
    argument = endpoint(question.survey, question.path).argument("output-format")
    return given.get("output-format", argument.default if argument is not None else "json") in ("json", "array")


def writes(question: Question) -> bool:
    """Whether a question is none: it writes to Fink's public database."""
    return question.path == "metadata" and bool({"username", "comments"} & set(question.given))


def is_got(question: Question) -> bool:
    """Whether it is asked with GET: Fink's lists have no other way, and POST is how one writes metadata."""
    if question.path == "metadata":
        return not writes(question)
    return not question.arguments and question.path in LISTS


def body(question: Question) -> dict[str, str | int | float | bool]:
    """A question's arguments with the types that Fink wants in JSON.

    Some of its code adds to a number, and takes only a true `true` for one. Identifiers stay text: some are beyond
    2^53. A sky map is documented as `file`, but its code reads `bayestar`, the bytes as Python writes them
    (routes/v1/{ztf,lsst}/skymap: utils.py, test.py).

    Raises:
        QuestionError: A file cannot be read.
    """
    found = endpoint(question.survey, question.path)
    typed: dict[str, str | int | float | bool] = {}
    for name, text in question.arguments:
        argument = found.argument(name)
        kind = argument.kind if argument is not None else Kind.TEXT
        if kind is Kind.YES_NO:
            if text.casefold() == "true":  # `color` counts as wanted even where it is false
                typed[name] = True
        elif kind is Kind.WHOLE:
            typed[name] = int(text)
        elif kind in (Kind.NUMBER, Kind.RADIUS):
            typed[name] = float(text)
        elif kind is Kind.FILE:
            typed["bayestar"] = str(sky_map(text))
        else:
            typed[name] = text
    return typed


def question(survey: str, path: str, given: Mapping[str, str], now: datetime) -> Question:
    """A question made of what a user typed, checked.

    Args:
        survey: `ztf` or `lsst`.
        path: The endpoint.
        given: Values by the names of arguments, as typed; blank ones are left out.
        now: The present, with its zone.

    Raises:
        QuestionError: It makes no sense; the text says why and what to write.
    """
    found = endpoint(survey, path)
    read_values = {}
    for name, text in given.items():
        argument = _argument(found, name)
        value = read(argument, text, now) if text.strip() or argument.kind is Kind.NIGHT else ""
        if value or argument.kind is Kind.NIGHT:
            read_values[name] = value
    dated = {"startdate", "stopdate"} & set(read_values)
    if survey == "lsst" and path == "conesearch" and dated:
        columns = read_values.get("columns", "r:diaObjectId,r:ra,r:dec,r:midpointMjdTai").split(",")
        read_values["columns"] = ",".join(dict.fromkeys((*columns, FIRST_SEEN)))
    form = found.argument("output-format")
    if form is not None and form.default == "parquet" and "output-format" not in read_values:
        is_small = path == "ssoft" or bool({"sso_name", "schema"} & set(read_values))
        read_values["output-format"] = "json" if is_small else "parquet"  # said always: the versions differ in theirs
    made = Question(survey, path, tuple(sorted(read_values.items())))
    check(made, now)
    return made


def check(question: Question, now: datetime, *, may_write: bool = False) -> None:
    """Refuse a question that makes no sense, before it is asked.

    Args:
        question: The question, its values as Fink wants them.
        now: The present, with its zone.
        may_write: Whether it may write to Fink's public database.

    Raises:
        QuestionError: It makes none; the text says why and what to write.
    """
    found, given = endpoint(question.survey, question.path), question.given
    for name, text in given.items():
        _check_value(_argument(found, name), text, now)
    for argument in found.arguments:
        if argument.is_required and argument.name not in given:
            raise QuestionError(f"{found.path} needs {argument.name}: {argument.words} ({_form(argument)}).")
    if writes(question) and not may_write:
        raise QuestionError(
            "This would write to Fink's public database, where all read it and nobody can take it back. Only "
            "`fink-tui search metadata --write` does so, after it has asked."
        )
    for rule in RULES.get(found.path, ()):
        rule(found, given, now)


def _form(argument: Argument) -> str:
    return ", ".join(argument.choices) if argument.choices else argument.kind.value


def _argument(found: Endpoint, name: str) -> Argument:
    if (argument := found.argument(name)) is not None:
        return argument
    known = [one.name for one in found.arguments]
    if not known:
        raise QuestionError(f"{found.path} takes no arguments, so not {name!r} either. Leave it away.")
    near = names.nearest(name, known, 1)
    hint = f"Did you mean {near[0]}?" if near else f"There is: {', '.join(known)}."
    raise QuestionError(f"{SURVEYS[found.survey]}'s {found.path} has no argument {name!r}. {hint}")


_ISO = re.compile(r"\d{4}-\d{2}-\d{2}(?:[ T]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?")

_EXACT = frozenset({Kind.CHOICE, Kind.CLASS, Kind.TAG, Kind.NIGHT, Kind.TRACKLET, Kind.EVENT, Kind.ZTF_ID, Kind.DAY})
"""Kinds that Fink knows by one spelling only."""


def _check_value(argument: Argument, text: str, now: datetime) -> None:
    wanted = read(argument, text, now)
    if argument.kind in _EXACT and wanted != text:
        raise QuestionError(f"{argument.name} must be written {wanted!r} for Fink, not {text!r}.")
    if argument.kind is Kind.TIME and not _ISO.fullmatch(text):
        raise QuestionError(f"{argument.name} must be written as in {wanted!r} for Fink, not {text!r}.")
