"""`fink-tui replay`: alerts once more, from files or from what Kafka keeps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from fink_tui import config, credentials, groups
from fink_tui.cli import ingest, live
from fink_tui.cli.options import failing_clearly, wanted
from fink_tui.cli.signals import ending_signals
from fink_tui.config import Settings
from fink_tui.connection import own_group, schema_files, subscriptions
from fink_tui.paths import Home
from fink_tui.store.errors import StoreBusyError
from fink_tui.store.store import Store
from fink_tui.stream.position import Start
from fink_tui.stream.replay import Feed, Replay
from fink_tui.terminal import diverted

DOING = "fink-tui replay"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is replayed, and into what."""

    home: Home
    settings: Settings
    feeds: Sequence[Feed]
    speed: float | None
    is_rehearsal: bool

    def take(self, store: Store) -> None:
        """Take the store, before anything is shown.

        Raises:
            StoreBusyError: Another process receives for it.
        """
        if not store.receiving.acquire(DOING):
            raise StoreBusyError(
                f"Another process receives for this store: {store.receiving.holder()}. End it for the time of the "
                "replay, or give --rehearse: that has a store of its own."
            )

    def replay(self, store: Store) -> Replay:
        """The replay into a store."""
        return Replay(store, self.feeds, doing=DOING, longitude=self.settings.longitude, speed=self.speed)


def run(
    paths: Sequence[Path],
    options: Mapping[str, Any],
    speed: float | None,
    *,
    is_rehearsal: bool,
    has_screen: bool,
) -> None:
    """Replay.

    Args:
        paths: Files, and folders of them; empty for Kafka.
        options: Those of the command line that say what to replay from Kafka.
        speed: How many times faster than it came; None for at once.
        is_rehearsal: Whether it has a store of its own.
        has_screen: Whether it is shown.
    """
    start = options["start"]
    if paths and any(options.values()):
        raise click.UsageError("Give files, or say what to replay from Kafka; not both.")
    if not paths and start is None:
        raise click.UsageError("What shall come again? Name files or folders, or since when Kafka's: --from -2h.")
    if start in (Start.COMMITTED, Start.LATEST):
        raise click.UsageError(f"A replay begins at a time such as --from -2h, or at earliest, not at {start}.")
    if is_rehearsal and not has_screen:
        raise click.UsageError("--rehearse is for the screen: without one there would be nothing of it.")
    with failing_clearly():
        home = Home.find()
        settings = config.load(home.config_file)
        feeds = _files(paths) if paths else _kafka(home, settings, options, is_ordered=speed is not None)
        if not is_rehearsal:
            home.create()
        plan = Plan(home=home, settings=settings, feeds=feeds, speed=speed, is_rehearsal=is_rehearsal)
        if has_screen:
            live.replay(plan)
        else:
            _without_screen(plan)


def _files(paths: Sequence[Path]) -> list[Feed]:
    from fink_tui.alerts.files import avro_files
    from fink_tui.stream.file_feed import FileFeed

    files = avro_files(list(paths))
    if not files:
        raise click.ClickException(f"No Avro files (*.avro) in {', '.join(map(str, paths))}.")
    return [FileFeed(files)]


def _kafka(home: Home, settings: Settings, options: Mapping[str, Any], *, is_ordered: bool) -> list[Feed]:
    from fink_tui.stream.kafka_feed import KafkaFeed

    known = groups.load_groups(home.groups_file)
    chosen = subscriptions(  # librdkafka wants a group; none is joined
        wanted(options), settings, credentials.find_all(), known, lambda _, group_id: own_group(group_id)
    )
    schemas = schema_files(settings, options["schema"])
    return [KafkaFeed(one, schemas.get(one.survey), is_ordered=is_ordered) for one in chosen]


def _without_screen(plan: Plan) -> None:
    with diverted(plan.home.log_file), Store(plan.home.data) as store, ending_signals() as stop:
        plan.take(store)
        if problem := ingest.follow(plan.replay(store), ingest.Task(), None, stop):
            raise click.ClickException(problem)
