"""`fink-tui info`: versions, and where the files are."""

from __future__ import annotations

import platform
from contextlib import closing
from importlib.metadata import PackageNotFoundError, version

import click

from fink_tui import credentials
from fink_tui.cli.options import failing_clearly
from fink_tui.config import SURVEYS, Settings, load
from fink_tui.paths import Home, is_network_filesystem
from fink_tui.sky.site import place, reach
from fink_tui.yaml_file import ConfigError

LIBRARIES = ("textual", "confluent-kafka", "fastavro", "polars", "plotext", "httpx", "ephem")


def run() -> None:
    """Print it, on stdout."""
    with failing_clearly():
        home = Home.find()
        try:
            settings, trouble = load(home.config_file), ""
        except ConfigError as error:
            settings, trouble = Settings(), str(error)
        rows = [
            ("fink-tui", _version("fink-tui")),
            ("Python", f"{platform.python_version()}, {platform.system()} {platform.machine()}"),
            *((name, _version(name)) for name in LIBRARIES),
            ("configuration", _file(home.config_file) + (f" — {trouble}" if trouble else "")),
            ("groups", _file(home.groups_file)),
            ("credentials", _credentials()),
            ("database", _file(home.database)),
            *_rows(home),
            ("packets", _file(home.packets)),
            *_sizes(home, settings),
            *_answers(home, settings),
            ("log", _file(home.log_file)),
            ("saved alerts", _file(settings.save_dir)),
            *_sites(settings),
            *_receivers(settings),
            *_outbox(home),
            *_quarantine(home),
        ]
        if (kind := is_network_filesystem(home.data)) is not None:
            rows.append(("warning", f"{home.data} is on {kind}: set FINK_TUI_HOME to a folder on a local disk"))
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        click.echo(f"{name:<{width}}  {value}")


def _sizes(home: Home, settings: Settings) -> list[tuple[str, str]]:
    """How much is kept, how much may be, and how much room there is."""
    if not home.packets.exists():
        return []
    from fink_tui.alerts.text import bytes_size
    from fink_tui.store.packets import KEPT
    from fink_tui.store.retention import packets_size
    from fink_tui.store.room import room

    size, (free, floor) = packets_size(home.packets), room(home.packets)
    kept = sum(path.stat().st_size for path in (home.packets / KEPT).glob("*.avro"))
    nights = sum(1 for path in home.packets.glob("[0-9]*"))
    keep = settings.store
    over = f", more than keep_gb ({keep.keep_gb:g} GB): lower keep_nights" if size > keep.keep_gb * 1e9 else ""
    return [
        (
            "",
            f"{bytes_size(size)}: {nights} of {keep.keep_nights} nights (keep_nights), and {bytes_size(kept)} of "
            f"objects with a decision{over}",
        ),
        ("", f"{bytes_size(free)} free on that disk; receiving pauses below {bytes_size(floor)}"),
    ]


def _rows(home: Home) -> list[tuple[str, str]]:
    """How many alerts have rows, which are never removed: a search leaves some, too."""
    if not home.database.exists():
        return []
    from fink_tui.alerts.text import bytes_size
    from fink_tui.store.database import Database
    from fink_tui.store.found import counts

    database = Database(home.database)
    try:
        arrived, found = counts(database)
    finally:
        database.close()
    size = bytes_size(home.database.stat().st_size)
    return [
        ("", f"{size}: rows of {arrived:,} alerts that arrived, and of {found:,} that only searches found; all stay")
    ]


def _answers(home: Home, settings: Settings) -> list[tuple[str, str]]:
    """How much of Fink's answers is kept."""
    folder = home.data / "answers"
    if not folder.exists():
        return []
    from fink_tui.alerts.text import bytes_size

    size = sum(path.stat().st_size for path in folder.glob("*.json*") if path.is_file())
    most = f"{settings.search.cache_gb:g} GB (cache_gb)"
    return [("answers", f"{folder}: {bytes_size(size)} of {most}, the oldest go first")]


def _sites(settings: Settings) -> list[tuple[str, str]]:
    """Where the telescopes stand, and what they reach; the first is looked through at the start."""
    found = [f"{site.name}: {place(site)}; {reach(site.limits)}" for site in settings.telescopes().sites]
    return [("" if number else "sites", words) for number, words in enumerate(found or ["none"])]


def _receivers(settings: Settings) -> list[tuple[str, str]]:
    """Where alerts can be sent; the first one is the default."""
    from fink_tui.receivers.configured import configured

    try:
        found = configured(settings)
    except ConfigError as error:
        return [("receivers", str(error))]
    kinds = [f"{receiver.name} ({receiver.kind})" for receiver in found]
    return [("receivers", ", ".join(kinds) + (", the first where none is named" if len(kinds) > 1 else "") or "none")]


def _outbox(home: Home) -> list[tuple[str, str]]:
    """How much of the outbox is not done, and why."""
    if not home.database.exists():
        return []
    from fink_tui.store.database import Database
    from fink_tui.store.outbox_pages import OutboxPages

    database = Database(home.database)
    try:
        with closing(OutboxPages(database)) as pages:
            found = pages.waiting()
    finally:
        database.close()
    parts = [f"{found.waiting:,} to be sent"]
    parts += [f"{found.asking:,} of them when you have answered"] if found.asking else []
    parts += [f"{found.blocked:,} of them until something is mended"] if found.blocked else []
    parts += [f"{found.failed:,} failed"] if found.failed else []
    if not found.waiting and not found.failed:
        return []
    return [("outbox", ", ".join(parts) + (f" — {found.problem}" if found.problem else ""))]


def _quarantine(home: Home) -> list[tuple[str, str]]:
    """What is in quarantine, and why."""
    if not home.database.exists():
        return []
    from fink_tui.store.database import Database
    from fink_tui.store.quarantine import reasons

    database = Database(home.database)
    try:
        found = reasons(database)
    finally:
        database.close()
    return [("quarantine", f"{number:,} message{'' if number == 1 else 's'}: {reason}") for reason, number in found]


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _file(path: object) -> str:
    from pathlib import Path

    found = Path(str(path))
    return str(found) + ("" if found.exists() else " (not there yet)")


def _credentials() -> str:
    found = []
    for survey in SURVEYS:
        try:
            account = credentials.find(survey)
        except ConfigError as error:
            found.append(str(error))
        else:
            if account is not None:
                found.append(f"{survey}: {account.origin}")
    return "; ".join(found) or f"none in {credentials.folder()}"
