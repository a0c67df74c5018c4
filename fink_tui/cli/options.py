"""Options that several commands have, and how commands fail."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from fink_tui.alerts.text import clean

if TYPE_CHECKING:
    from fink_tui.connection import Wanted
    from fink_tui.stream.position import Where


F = TypeVar("F", bound=Callable[..., Any])

ERROR_LENGTH = 2000
"""Characters of an error."""


def where(context: click.Context, parameter: click.Parameter, value: str | None) -> Where | None:
    """Read where to begin, by the clock of this moment; None where nothing is said."""
    from fink_tui.stream.position import parse_where

    try:
        return parse_where(value, datetime.now(UTC)) if value is not None else None
    except ValueError as error:
        raise click.BadParameter(str(error), context, parameter) from error


OPTIONS = (
    click.option(
        "--survey",
        "surveys",
        multiple=True,
        type=click.Choice(["ztf", "lsst"]),
        help="Only this survey; may be repeated.",
    ),
    click.option("--topic", "topics", multiple=True, metavar="TOPIC", help="This topic instead; may be repeated."),
    click.option("--servers", metavar="H:P", help="Kafka's servers; needs one --survey."),
    click.option("--group", metavar="ID", help="The consumer group; needs one --survey."),
    click.option(
        "--schema",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        metavar="FILE",
        help="An Avro schema, for messages whose key is none.",
    ),
)


FROM = click.option(
    "--from",
    "start",
    callback=where,
    default="committed",
    show_default=True,
    metavar="WHERE",
    help="Where to begin: committed (where the group stopped), earliest (the oldest kept), latest (only what is new), "
    "-2h (also -90s, -30m, -3d), or an ISO time in UTC such as 2026-11-20T22:00. What was read before is not stored "
    "again, and the group is not put back.",
)

REPLAY_FROM = click.option(
    "--from",
    "start",
    callback=where,
    metavar="WHERE",
    help="Replay what Kafka keeps: earliest (all of it), -2h (also -90s, -30m, -3d), or an ISO time in UTC.",
)


def connection_options(command: F) -> F:
    """Give a command the options that say what to receive."""
    return _given(command, (*OPTIONS[:-1], FROM, OPTIONS[-1]))


def replay_options(command: F) -> F:
    """Give a command the options that say what of Kafka to replay."""
    return _given(command, (REPLAY_FROM, *OPTIONS))


def _given(command: F, options: Sequence[Callable[[F], F]]) -> F:
    for option in reversed(options):
        command = option(command)
    return command


def wanted(options: Mapping[str, Any]) -> Wanted:
    """What those options say."""
    from fink_tui.connection import Wanted

    return Wanted(
        surveys=options["surveys"],
        topics=options["topics"],
        servers=options["servers"],
        group=options["group"],
        start=options["start"],
    )


@contextlib.contextmanager
def failing_clearly() -> Iterator[None]:
    """Turn the program's own errors into one line and an exit status: 1, or 2 for a wrong call."""
    from fink_tui.connection import ConnectionSetupError, WrongCallError
    from fink_tui.store.errors import StoreError
    from fink_tui.yaml_file import ConfigError

    try:
        with _safe_to_show():
            yield
    except WrongCallError as error:
        raise click.UsageError(clean(error, ERROR_LENGTH)) from error
    except (ConfigError, ConnectionSetupError, StoreError) as error:
        raise click.ClickException(clean(error, ERROR_LENGTH)) from error
    except OSError as error:
        raise click.ClickException(
            clean(f"{error.filename or 'The system'}: {error.strerror}.", ERROR_LENGTH)
        ) from error


@contextlib.contextmanager
def _safe_to_show() -> Iterator[None]:
    """Errors may quote a server, or the name of a file that came from one: the terminal shall not obey those."""
    try:
        yield
    except click.ClickException as error:
        error.message = clean(error.message, ERROR_LENGTH)  # type: ignore[misc]  # final for others than itself
        raise
