"""What is to be received, put together from the command line, the settings and the credentials."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from fink_tui.alerts.schema import Schema, SchemaError
from fink_tui.config import SURVEYS, Settings
from fink_tui.credentials import Credentials
from fink_tui.stream.position import Start, Where
from fink_tui.stream.subscription import Subscription, survey_of_topic


class ConnectionSetupError(Exception):
    """It is not known what to receive, or from where; the text says what to do."""


class WrongCallError(ConnectionSetupError):
    """The options of the command line do not fit together."""


@dataclass(frozen=True)
class Wanted:
    """What the command line asks for; empty where it says nothing."""

    surveys: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    servers: str | None = None
    group: str | None = None
    start: Where = Start.COMMITTED


ChooseGroup = Callable[[str, str], str]
"""Asked once a survey, with the survey and the group of the credentials, which group to use."""


def own_group(group_id: str) -> str:
    """The name of a group of our own beside the one of the credentials, so that both get every alert."""
    return f"{group_id}_fink-tui"


def subscriptions(
    wanted: Wanted,
    settings: Settings,
    credentials: Mapping[str, Credentials],
    groups: Mapping[str, str],
    choose_group: ChooseGroup,
) -> list[Subscription]:
    """One subscription for each survey that is asked for or set up.

    Args:
        wanted: The command line's part; it goes before everything.
        settings: The configuration's; it goes before the credentials.
        credentials: By survey.
        groups: The consumer groups chosen earlier, by survey.
        choose_group: Asked where no group is set and none was chosen.

    Raises:
        WrongCallError: The options do not fit together.
        ConnectionSetupError: A survey lacks servers or topics, or no survey is set up.
    """
    if (wanted.servers is not None or wanted.group is not None) and len(wanted.surveys) != 1:
        raise WrongCallError("--servers and --group need exactly one --survey: each survey has its own.")
    topics = _by_survey(wanted)
    surveys = list(dict.fromkeys([*wanted.surveys, *topics]))
    if not surveys:
        surveys = [name for name in SURVEYS if settings.surveys[name].topics or name in credentials]
    if not surveys:
        raise ConnectionSetupError(
            "No connection is set up: there are no credentials of fink-client and no topics in the configuration. "
            "Try `fink-tui --demo`, or enter what Fink sent you with `fink-tui register --survey ztf` (or lsst). "
            "An account is free: https://fink-broker.org. To search what Fink has, none is needed: `fink-tui search`."
        )
    return [
        _subscription(survey, topics.get(survey, ()), wanted, settings, credentials.get(survey), groups, choose_group)
        for survey in surveys
    ]


def _by_survey(wanted: Wanted) -> dict[str, tuple[str, ...]]:
    """The topics of the command line, each under its survey."""
    if len(wanted.surveys) == 1:
        return {wanted.surveys[0]: tuple(dict.fromkeys(wanted.topics))} if wanted.topics else {}
    found: dict[str, tuple[str, ...]] = {}
    for topic in dict.fromkeys(wanted.topics):
        survey = survey_of_topic(topic)
        if survey is None:
            raise WrongCallError(f"Of which survey is the topic {topic}? Name one with --survey.")
        if wanted.surveys and survey not in wanted.surveys:
            raise WrongCallError(f"The topic {topic} is of {survey}, which --survey does not name.")
        found[survey] = (*found.get(survey, ()), topic)
    return found


def _subscription(
    survey: str,
    topics: tuple[str, ...],
    wanted: Wanted,
    settings: Settings,
    credentials: Credentials | None,
    groups: Mapping[str, str],
    choose_group: ChooseGroup,
) -> Subscription:
    configured = settings.surveys[survey]
    topics = topics or configured.topics or (credentials.topics if credentials else ())
    servers = wanted.servers or ",".join(configured.servers or (credentials.servers if credentials else ()))
    if not servers:
        raise ConnectionSetupError(
            f"No servers are known for {survey}: there are no credentials. "
            f"Enter them with `fink-tui register --survey {survey}`, or give --servers. "
            "To search what Fink has, no account is needed: `fink-tui search`."
        )
    if not topics:
        raise ConnectionSetupError(
            f"No topics are named for {survey}. Give --topic, or set surveys.{survey}.topics in the configuration."
        )
    group = wanted.group or configured.group or groups.get(survey)
    if group is None:
        group = choose_group(survey, credentials.group_id) if credentials else f"fink-tui-{_user()}"
    secret = credentials.password.reveal() if credentials and credentials.password else None
    return Subscription(
        survey=survey,
        servers=servers,
        group=group,
        topics=topics,
        start=wanted.start,
        username=credentials.username if credentials else None,
        password=secret,
    )


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "observer"


def schema_files(settings: Settings, named: Path | None) -> dict[str, bytes]:
    """The schemas for messages whose key is none, by survey.

    Args:
        settings: The configuration.
        named: The file of the command line, for every survey.

    Raises:
        ConnectionSetupError: A file cannot be read, or is no schema of alerts.
    """
    found = {}
    for survey in SURVEYS:
        path = named or settings.surveys[survey].schema_file
        if path is not None:
            try:
                found[survey] = Schema(path.read_bytes()).text
            except OSError as error:
                raise ConnectionSetupError(f"The schema file {path} cannot be read: {error.strerror}.") from error
            except SchemaError as error:
                raise ConnectionSetupError(f"The schema file {path} is no schema of alerts.") from error
    return found
