"""`fink-tui doctor`: whether what the program is set up for works."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing

import click

from fink_tui import config
from fink_tui.alerts.text import clean
from fink_tui.cli.options import failing_clearly
from fink_tui.cli.send import NO_RECEIVER, choose
from fink_tui.paths import Home
from fink_tui.receivers.configured import Configured, configured
from fink_tui.receivers.receiver import Finding, ReceiverError

LENGTH = 1000
"""Characters of a finding."""


def run(names: Sequence[str]) -> None:
    """Print what is found, a line each; exits with status 1 where something will not work.

    Args:
        names: The receivers to test; empty for all.
    """
    with failing_clearly():
        home = Home.find()
        receivers = configured(config.load(home.config_file))
        if not receivers:
            raise click.ClickException(NO_RECEIVER.format(home.config_file))
        is_well = True
        for receiver in [choose(receivers, name) for name in names] or receivers:
            click.echo(f"{receiver.name} ({receiver.kind})")
            for finding in _of_receiver(receiver):
                click.echo(f"  {'ok' if finding.is_good else '!!'}  {clean(finding.words, LENGTH)}")
                is_well = is_well and finding.is_good
        if not is_well:
            raise click.exceptions.Exit(1)


def _of_receiver(receiver: Configured) -> Iterator[Finding]:
    try:
        with closing(receiver.make()) as made:
            yield from made.check()
    except ReceiverError as error:
        yield Finding(False, str(error))
