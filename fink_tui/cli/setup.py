"""What the commands that receive have in common: settings, credentials, groups, the store's folder."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fink_tui import config, credentials, groups
from fink_tui.config import Settings
from fink_tui.connection import Wanted, own_group, schema_files, subscriptions
from fink_tui.paths import Home, is_network_filesystem
from fink_tui.stream.subscription import Subscription

if TYPE_CHECKING:
    from fink_tui.store.retention import Keep


@dataclass(frozen=True)
class Setup:
    """What a command that receives starts from."""

    home: Home
    settings: Settings
    subscriptions: list[Subscription]
    schemas: dict[str, bytes]
    warnings: list[str]
    """Sentences for the user, before anything starts."""
    max_messages: int | None = None
    """tom_fink's `FINK_MAX_POLL_NUMBER`: how many messages an ingest takes at most."""

    @property
    def keep(self) -> Keep:
        """How much is kept."""
        from fink_tui.store.retention import Keep  # a screen is there before anything is kept

        return Keep(self.settings.store.keep_nights, self.settings.store.keep_gb)


def prepare(wanted: Wanted, schema: Path | None, *, may_ask: bool) -> Setup:
    """Read everything that says what to receive.

    Args:
        wanted: The command line's part.
        schema: Its schema file.
        may_ask: Whether a person is there to choose the consumer group at the first start.

    Raises:
        ConfigError: The configuration or the credentials cannot be used.
        ConnectionSetupError: It is not known what to receive.
        OSError: A folder cannot be made.
    """
    home = Home.find()
    settings = config.load(home.config_file)
    found = credentials.find_all()
    warnings = [problem for account in found.values() for problem in credentials.problems(account)]
    if (kind := is_network_filesystem(home.data)) is not None:
        warnings.append(
            f"{home.data} is on a network file system ({kind}), where the database is not safe. "
            "Set FINK_TUI_HOME to a folder on a local disk."
        )

    def choose(survey: str, group_id: str) -> str:
        if not may_ask:
            group = own_group(group_id)
            warnings.append(
                f"Using the consumer group {group}, one of our own: every alert comes here and to fink-client. "
                f"To share {group_id} instead, give --group {group_id}."
            )
            return group
        home.create()
        group = _ask_group(survey, group_id)
        groups.save_group(home.groups_file, survey, group)
        return group

    chosen = subscriptions(wanted, settings, found, groups.load_groups(home.groups_file), choose)
    for subscription in chosen:
        account = found.get(subscription.survey)
        if account is not None and subscription.group == account.group_id:
            warnings.append(
                f"The consumer group {subscription.group} is fink-client's: where both run, each alert of "
                f"{subscription.survey.upper()} goes to only one of them."
            )
    home.create()
    limits = [
        number for one in chosen if one.survey in found and (number := found[one.survey].max_poll_number) is not None
    ]
    return Setup(home, settings, chosen, schema_files(settings, schema), warnings, min(limits, default=None))


def _ask_group(survey: str, group_id: str) -> str:
    """Ask, once, which consumer group to use."""
    own = own_group(group_id)
    click.echo(
        f"""Kafka shares a topic's alerts between the members of a consumer group. For {survey.upper()}, which group?

  1  {own}: one of our own. fink-tui gets every alert, and fink-client too. (recommended)
  2  {group_id}: fink-client's. Each alert then goes to only one of the two programs.
""",
        err=True,
    )
    answer = click.prompt("Group", type=click.Choice(["1", "2"]), default="1", err=True)
    return own if answer == "1" else group_id


def is_terminal() -> bool:
    """Whether a person sits at both ends."""
    return sys.stdin.isatty() and sys.stderr.isatty()
