"""Options that several commands have, and how commands fail."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from fink_tui.connection import Wanted

F = TypeVar("F", bound=Callable[..., Any])

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
        "--from",
        "start",
        type=click.Choice(["committed", "earliest", "latest"]),
        default="committed",
        show_default=True,
        help="Where to begin: where the group stopped, the oldest kept, or only what is new.",
    ),
    click.option(
        "--schema",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        metavar="FILE",
        help="An Avro schema, for messages whose key is none.",
    ),
)


def connection_options(command: F) -> F:
    """Give a command the options that say what to receive."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


def wanted(options: Mapping[str, Any]) -> Wanted:
    """What those options say."""
    from fink_tui.connection import Wanted
    from fink_tui.stream.position import Start

    return Wanted(
        surveys=options["surveys"],
        topics=options["topics"],
        servers=options["servers"],
        group=options["group"],
        start=Start(options["start"]),
    )


@contextlib.contextmanager
def failing_clearly() -> Iterator[None]:
    """Turn the program's own errors into one line and an exit status: 1, or 2 for a wrong call."""
    from fink_tui.connection import ConnectionSetupError, WrongCallError
    from fink_tui.store.errors import StoreError
    from fink_tui.yaml_file import ConfigError

    try:
        yield
    except WrongCallError as error:
        raise click.UsageError(str(error)) from error
    except (ConfigError, ConnectionSetupError, StoreError) as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(f"{error.filename or 'The system'}: {error.strerror}.") from error
