"""`fink-tui search`: what this machine has, and what Fink answers, on stdout."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fink_tui.alerts.text import bytes_size, clean, count, safe_filename
from fink_tui.cli import search_rows
from fink_tui.cli.formats import Column
from fink_tui.cli.search_commands import Make
from fink_tui.cli.search_ending import (
    Progress,
    Task,
    asked,
    output,
    say,
    search_errors,
    searching_for,
    tell,
    whole_or_not,
    write_rows,
)
from fink_tui.search import cones
from fink_tui.search.api import endpoints
from fink_tui.search.api.endpoints import SURVEYS, Gives
from fink_tui.search.errors import QuestionError, SearchError
from fink_tui.search.line.understood import Understood
from fink_tui.search.outcome import Part, State, Table
from fink_tui.search.question import Question

if TYPE_CHECKING:
    from fink_tui.search.searching import Searching

ENDINGS = {"PNG": "png", "FITS": "fits", "array": "json", "csv": "csv", "parquet": "parquet", "votable": "vot"}
"""What the name of a file ends with, by `output-format`."""


def run(make: Make, task: Task) -> None:
    """Search, and write what is found.

    Exits with status 1 where a request failed, what others gave being written; 2 where nothing can be asked so.

    Args:
        make: What is asked.
        task: How.
    """
    with search_errors():
        understood = make(task.surveys, datetime.now(UTC))
        kinds = {endpoints.gives(question) for question in understood.questions}
        only_fink = bool(kinds) and Gives.ALERTS not in kinds
        if task.local and only_fink:
            raise QuestionError("Only Fink has this: nothing of it is kept here. Leave --local away.")
        if Gives.FILE in kinds:
            _file(understood, task)
        elif task.raw:
            _raw(understood, task)
        else:
            _search(understood, task)


def _search(understood: Understood, task: Task) -> None:
    """Alerts as rows that are alike for both surveys, or tables."""
    is_alerts = not understood.questions or endpoints.gives(understood.questions[0]) is Gives.ALERTS
    if is_alerts:
        _columns(task, is_cone=False)  # a wrong name is told before anyone is asked
    with searching_for(task) as searching:
        tell(f"{understood.words[:1].upper()}{understood.words[1:]}.")
        progress = Progress()
        try:
            outcome = searching.run(understood, progress.show, lambda: False, fresh=task.fresh)
        finally:
            progress.close()
        say(outcome)
        tables = [(part, part.table) for part in outcome.parts if part.table is not None]
        if is_alerts and not tables:
            middle = cones.middle(understood.wanted.cone, (part.question for part in outcome.parts))
            columns = _columns(task, is_cone=middle is not None)
            write_rows(task, (columns, search_rows.rows(searching.store.database, outcome.ids, columns, middle)))
            tell(f"{count(len(outcome.ids))} {'alert' if len(outcome.ids) == 1 else 'alerts'}.")
        else:
            _tables(task, tables)
    if outcome.has_failed or any(part.state is State.FAILED for part in outcome.parts):
        raise click.exceptions.Exit(1)


def _columns(task: Task, *, is_cone: bool) -> list[Column]:
    try:
        return search_rows.columns(task.names, task.form, is_cone=is_cone)
    except ValueError as error:
        raise QuestionError(
            f"There is no column {str(error)!r}. There are: {', '.join(search_rows.known())}. Those of Fink need --raw."
        ) from error


def _tables(task: Task, tables: Sequence[tuple[Part, Table]]) -> None:
    """Answers that are no alerts; of several surveys with a column that says whose each row is."""
    rows = []
    for part, table in tables:
        whose = {"survey": part.question.survey} if len(tables) > 1 else {}
        rows.append([whose | dict(zip(table.columns, values, strict=True)) for values in table.rows])
    known = dict.fromkeys(name for of_one in rows for row in of_one for name in row)
    if known and (unknown := [name for name in task.names or () if name not in known]):
        raise QuestionError(f"There is no column {unknown[0]!r}. There are: {', '.join(map(clean, known))}.")
    if task.form == "table":  # surveys have hardly a column in common: one below the other
        named = task.names and set(task.names)
        of_some = [one for one in rows if one and (not named or any(named & row.keys() for row in one))]
        write_rows(task, *(_as_rows(of_one, task.names) for of_one in of_some))
    else:
        write_rows(task, _as_rows([row for of_one in rows for row in of_one], task.names))


def _as_rows(rows: Sequence[Mapping[str, Any]], names: Sequence[str] | None) -> tuple[list[Column], list[list[Any]]]:
    """Rows by the names of their columns: those that were named, in that order, else every one that any row has.

    One that was named is there also where every row lacks it: Fink leaves out what has no value.
    """
    chosen = dict.fromkeys(names if names is not None else (name for row in rows for name in row))
    return [Column(clean(name)) for name in chosen], [[row.get(name) for name in chosen] for row in rows]


def _raw(understood: Understood, task: Task) -> None:
    """Fink's own rows."""
    if task.local:
        raise QuestionError("--raw is what Fink answers, and --local asks nobody. Leave one away.")
    if understood.name:
        raise QuestionError(
            f"With --raw no name is resolved. `fink-tui search resolve {understood.name!r}` says what it means: search "
            "for that."
        )
    if understood.cut != type(understood.cut)():
        tell("These are all rows that Fink gave: what it cannot combine is not cut with --raw.")
    questions = [_with_columns(question, task) for question in understood.questions]
    values: list[Any] = []
    has_failed = False
    with searching_for(task) as searching:
        for question in questions:
            if question.path == "conesearch" and "n" not in question.given:
                question = question.but(n=cones.PER_PIXEL)
            if question.path == "conesearch" and {"stopdate", "window"} & set(question.given):
                if question.survey == "ztf":
                    question = cones.with_start(question)
                else:
                    tell("LSST's conesearch: of this time Fink leaves out what was seen again since.")
            try:
                values.append(json.loads(_answer(searching, question, task)))
            except SearchError as error:
                has_failed = True
                tell(f"{SURVEYS[question.survey]}'s {question.path}: failed. {error}")
            except (ValueError, RecursionError) as error:  # no JSON, or no text
                has_failed = True
                words = clean(error, 100)
                tell(f"{SURVEYS[question.survey]}'s {question.path}: the answer cannot be read ({words}). Ask again.")
    if len(values) == 1 and not isinstance(values[0], list) and task.form == "json":
        with output(task) as to:
            to.write(json.dumps(values[0], indent=1) + "\n")
    else:
        write_rows(task, _flattened(values, task.names))
    if has_failed:
        raise click.exceptions.Exit(1)


def _with_columns(question: Question, task: Task) -> Question:
    """A question for the columns that were named: Fink's own."""
    if task.columns is None or not endpoints.endpoint(question.survey, question.path).argument("columns"):
        return question
    given = {**question.given, "columns": task.columns}
    return endpoints.question(question.survey, question.path, given, datetime.now(UTC))


def _flattened(values: Sequence[Any], names: Sequence[str] | None) -> tuple[list[Column], list[list[Any]]]:
    """JSON as rows."""
    from fink_tui.search import tables

    rows: list[Mapping[str, Any]] = []
    for value in values:
        if isinstance(value, list):
            rows += [row if isinstance(row, dict) else {"value": row} for row in value]
        else:
            table = tables.of_value(value)
            rows += [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    return _as_rows(rows, names)


def _file(understood: Understood, task: Task) -> None:
    """An answer that is a file: an image, or a table that other programs read."""
    if len(understood.questions) > 1:
        raise QuestionError("Both surveys have this, and one file holds one answer. Add --survey ztf or --survey lsst.")
    (question,) = understood.questions
    path = Path(task.output or _name(question))
    if task.output != "-" and path.exists():
        raise QuestionError(
            f"{path} is there already, and nothing is overwritten. Give another --output, or remove it."
        )
    with searching_for(task) as searching:
        body = _answer(searching, question, task)
    if task.output == "-":
        if sys.stdout.isatty():
            raise QuestionError("The answer is no text: stdout must not be a terminal. Give --output FILE.")
        sys.stdout.buffer.write(body)
        sys.stdout.buffer.flush()
        return
    with whole_or_not(path), path.open("xb") as file:
        file.write(body)
    tell(f"Written: {path} ({bytes_size(len(body))}).")


def _name(question: Question) -> str:
    """A name for the file of an answer."""
    given = question.given
    parts = [given.get(name, "") for name in ("objectId", "diaSourceId", "candid", "sso_name", "version", "kind")]
    form = endpoints.endpoint(question.survey, question.path).argument("output-format")
    ending = ENDINGS.get(given.get("output-format", form.default if form is not None else ""), "bin")
    about = "_".join(part for part in parts if part) or f"{question.survey}_{question.path}"
    return f"{safe_filename(about)}.{ending}"


def _answer(searching: Searching, question: Question, task: Task) -> bytes:
    """The body of an answer; a kept one where it is still good.

    Raises:
        SearchError: There is none.
    """
    progress = Progress()
    try:
        given = searching.asking().answer(question, fresh=task.fresh, progress=progress.received)
    finally:
        progress.close()
    said = asked(datetime.now(UTC).timestamp() - given.kept.fetched_at, is_cached=given.is_cached)
    tell(" ".join(filter(None, (f"{SURVEYS[question.survey]}'s {question.path}: {said}", given.words))))
    return given.kept.path.read_bytes()


def resolve(name: str, task: Task) -> None:
    """Write what a name means, the likeliest first.

    Args:
        name: The name.
        task: How it is written.
    """
    from fink_tui.search.meanings import Resolved

    with search_errors(), searching_for(task) as searching:
        found = searching.resolve(name, task.surveys)
        names = task.names or ["name", "kind", "survey", "object_id", "ra", "dec", "type", "redshift", "source"]
        if unknown := [one for one in names if one not in Resolved._fields]:
            raise QuestionError(f"There is no column {unknown[0]!r}. There are: {', '.join(Resolved._fields)}.")
        units = {"ra": ("deg", "pos.eq.ra;meta.main", 5), "dec": ("deg", "pos.eq.dec;meta.main", 5)}
        columns = [Column(one, *units.get(one, ("", "", None))) for one in names]
        write_rows(task, (columns, [[getattr(one, column) for column in names] for one in found]))
        if not found:
            tell(f"Nobody knows {clean(name)}.")


def write_metadata(given: Mapping[str, str], task: Task, *, is_sure: bool) -> None:
    """Give an object a name and a comment in Fink's public database, after a clear word.

    Args:
        given: `objectId`, `internal_name`, `username`, and `comments`.
        task: How the answer is written.
        is_sure: Whether it is not asked for once more.
    """
    now = datetime.now(UTC)
    with search_errors(), searching_for(task) as searching:
        if task.local:
            raise QuestionError("--write needs Fink, and --local asks nobody. Leave one away.")
        known = endpoints.endpoint("ztf", "metadata")
        if odd := [name for name in given if known.argument(name) is None]:
            raise QuestionError(f"metadata has no argument {odd[0]!r}.")
        question = Question.of("ztf", "metadata", **given)
        if not endpoints.writes(question):
            raise QuestionError("--write needs --objectId, --internal_name and --username. Add them.")
        endpoints.check(question, now, may_write=True)
        client = searching.client
        assert client is not None
        tell(
            f"This writes into Fink's public database ({client.settings.address('ztf')}), where all read it and nobody "
            f"can take it back: {', '.join(f'{name} {clean(text)}' for name, text in sorted(question.given.items()))}."
        )
        if not is_sure and not click.confirm("Write it?", default=False, err=True):
            raise click.ClickException("Nothing was written.")
        part = searching.answers.part(question.key)
        try:
            client.ask(question, part)
            tell(f"Written. Fink says: {clean(part.read_bytes())}")
        finally:
            searching.answers.discard(part)
