"""How the commands of `fink-tui search` end, where their data goes, and what they say on stderr."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from fink_tui import config
from fink_tui.alerts.text import ago, bytes_size, clean, count
from fink_tui.cli.formats import Column, write
from fink_tui.cli.options import ERROR_LENGTH, failing_clearly
from fink_tui.cli.search_rows import FETCHED
from fink_tui.cli.services import Services
from fink_tui.paths import Home
from fink_tui.search.api.endpoints import SURVEYS
from fink_tui.search.errors import QuestionError, SearchError
from fink_tui.search.outcome import Outcome, State
from fink_tui.search.question import Question
from fink_tui.store.store import Store
from fink_tui.terminal import diverted

if TYPE_CHECKING:
    from fink_tui.search.searching import Searching

MOST_ALIKE = 3
"""Questions of which the same is to be said, each in a line of its own; of more it is said once, as of a night's."""

ONLY_HERE = "Only what is kept here: Fink was not asked (--local)."


@dataclass(frozen=True, kw_only=True)
class Task:
    """How a search is done, and how it is written."""

    form: str = "table"
    columns: str | None = None
    survey: str | None = None
    local: bool = False
    fresh: bool = False
    raw: bool = False
    output: str | None = None

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Task:
        """What the common options of a command say."""
        return cls(**{name: options[name] for name in cls.__dataclass_fields__ if name in options})

    @property
    def surveys(self) -> tuple[str, ...]:
        """Whose alerts."""
        return (self.survey,) if self.survey else tuple(SURVEYS)

    @property
    def names(self) -> list[str] | None:
        """The columns that were named."""
        return [one.strip() for one in self.columns.split(",") if one.strip()] if self.columns is not None else None


@contextmanager
def search_errors() -> Iterator[None]:
    """A wrong question ends with status 2, a failed one with 1."""
    try:
        with failing_clearly():
            yield
    except QuestionError as error:
        raise click.UsageError(clean(error, ERROR_LENGTH)) from error
    except SearchError as error:
        raise click.ClickException(clean(error, ERROR_LENGTH)) from error


@contextmanager
def searching_for(task: Task) -> Iterator[Searching]:
    """What searches the store, and asks Fink."""
    from fink_tui.search.searching import Searching

    home = Home.find()
    settings = config.load(home.config_file)
    with diverted(home.log_file), Store(home.data, tell) as store:
        if task.local:
            yield Searching(store, None, store.answers(settings.longitude), unasked=ONLY_HERE)
        else:
            yield Services(store, settings).search()


@contextmanager
def whole_or_not(path: Path) -> Iterator[None]:
    """Leave nothing of a new file that could not be written whole."""
    try:
        yield
    except FileExistsError:
        raise
    except BaseException as error:
        with suppress(OSError):
            path.unlink()
        if isinstance(error, OSError):
            raise click.ClickException(
                f"{path} cannot be written: {error.strerror}. Nothing of it is left. Make room, or give another "
                "--output; Fink's answer is kept."
            ) from error
        raise


@contextmanager
def output(task: Task) -> Iterator[TextIO]:
    """Where the data goes."""
    if task.output not in (None, "-"):
        path = Path(task.output)
        if path.exists():
            raise QuestionError(f"{path} is there already, and nothing is overwritten. Give another --output.")
        with whole_or_not(path), path.open("x", encoding="utf-8", newline="") as file:
            yield file
        tell(f"Written: {path}.")
        return
    try:
        yield sys.stdout
        sys.stdout.flush()
    except BrokenPipeError:  # as in `| head`: who reads has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def write_rows(task: Task, *tables: tuple[Sequence[Column], Iterable[Sequence[Any]]]) -> None:
    """Write rows, and say what of a table had no room.

    Args:
        task: How, and where.
        tables: Columns and rows; only as a table can there be several, one below the other.
    """
    left_out = 0
    with output(task) as to:
        width = shutil.get_terminal_size().columns if to is sys.stdout and to.isatty() else None
        for place, (columns, rows) in enumerate(tables):
            if place:
                to.write("\n")
            left_out += write(task.form, columns, rows, to, width)
    if left_out:
        tell(f"{left_out} more columns have no room: widen the terminal, or choose with --columns.")


def tell(words: str) -> None:
    """Say something on stderr."""
    click.echo(clean(words, ERROR_LENGTH), err=True)


def say(outcome: Outcome) -> None:
    """What is to be said of a search, on stderr: how fresh it is, what is missing, what failed."""
    now = datetime.now(UTC).timestamp()
    if outcome.words:
        tell(outcome.words)
    alike: dict[tuple[str, str], list[str]] = {}
    for part in outcome.parts:
        said: list[str] = []
        if part.state is State.FAILED:
            said.append("failed.")
        elif part.fetched_at is not None:
            said.append(asked(now - part.fetched_at, is_cached=part.is_cached))
        if part.fitting is not None and part.fitting < part.rows:
            said.append(f"{count(part.rows)} found, {count(part.fitting) or '0'} fit.")
        if not part.is_complete and part.state is not State.FAILED:
            said.append("Incomplete.")
        if part.words:
            said.append(part.words)
        who = f"{SURVEYS[part.question.survey]}'s {part.question.path}"
        alike.setdefault((who, " ".join(said)), []).append(_about(part.question))
    for (who, words), abouts in alike.items():
        if len(abouts) > MOST_ALIKE:
            tell(f"{who}, {len(abouts)} questions: {words}")
            continue
        for about in abouts:
            tell(f"{who}{about}: {words}")
    if outcome.earlier:
        tell(f"{count(outcome.earlier)} of the alerts only earlier answers told of: {FETCHED} says when.")


def asked(seconds: float, *, is_cached: bool) -> str:
    """How fresh an answer is.

    Args:
        seconds: Since it was given.
        is_cached: Whether Fink was not asked for it this time.
    """
    return f"asked {ago(seconds)}{', kept here' if is_cached else ''}."


def _about(question: Question) -> str:
    given = question.given
    about = given.get("class") or given.get("tag")
    return f" {about}" if about else ""


class Progress:
    """How far a search is, on a terminal's stderr."""

    def __init__(self) -> None:
        self._is_shown = sys.stderr.isatty()
        self._width = 0

    def show(self, outcome: Outcome) -> None:
        """Show how far a search is."""
        if self._is_shown and not outcome.is_over:
            parts = outcome.parts
            over = sum(part.state in (State.ANSWERED, State.FAILED) for part in parts)
            received = sum(part.received for part in parts)
            asked = f"{over} of {len(parts)} answered, {bytes_size(received)} received"
            self._draw(f"{count(len(outcome.ids))} alerts; Fink: {asked}")

    def received(self, size: int) -> None:
        """Show how much of an answer has come, bytes."""
        if self._is_shown:
            self._draw(f"{bytes_size(size)} received")

    def close(self) -> None:
        """Take it off the terminal."""
        if self._width:
            click.echo("\r" + " " * self._width + "\r", err=True, nl=False)
            self._width = 0

    def _draw(self, text: str) -> None:
        text = text[: max(10, shutil.get_terminal_size().columns - 1)]
        click.echo("\r" + text.ljust(self._width), err=True, nl=False)
        self._width = max(self._width, len(text))
