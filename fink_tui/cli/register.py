"""`fink-tui register`: the account into fink-client's file."""

from __future__ import annotations

import sys

import click

from fink_tui import credentials
from fink_tui.cli.options import failing_clearly


def run(
    survey: str,
    username: str,
    group_id: str,
    servers: str,
    topics: tuple[str, ...],
    max_timeout: float,
    overwrite: bool,
) -> None:
    """Write the credentials; ask before replacing some, where somebody is there to ask."""
    with failing_clearly():
        known = credentials.folder() / f"{survey}_credentials.yml"
        if known.exists() and not overwrite and sys.stdin.isatty():
            click.confirm(f"{known} is there already. Replace it (its topics stay)?", abort=True, err=True)
            overwrite = True
        path = credentials.write(
            survey, username, group_id, servers, topics=topics, max_timeout=max_timeout, overwrite=overwrite
        )
    click.echo(f"Written: {path} (mode 0600). fink-client reads it too.")
    click.echo("Try it: fink-tui ingest --limit 1 --print", err=True)
