"""The command line: parses, then calls. `--help` and `--version` load neither Textual nor Kafka nor polars."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from fink_tui import version
from fink_tui.cli import search_group
from fink_tui.cli.options import connection_options, replay_options, wanted

EPILOG = """\b
Examples:
  fink-tui --demo                             try it: no account, no network
  fink-tui register --survey ztf              enter the account that Fink sent you
  fink-tui ingest --limit 1 --print           is the account good?
  fink-tui                                    tonight's alerts
  fink-tui --topic fink_kn_candidates_ztf     one topic
  fink-tui view ~/fink-alerts                 saved alerts, without a network
  fink-tui search 'class=SN Ia last=10'       what is kept here, and Fink's (search --help)
  fink-tui send ZTF26aaaaaaa --wait           to your TOM, once (README: Send to your TOM)
  fink-tui replay --rehearse --from -8h --speed 60    the night again, an hour in a minute
"""


def _print_version(context: click.Context, option: click.Parameter, is_wanted: bool) -> None:
    if is_wanted and not context.resilient_parsing:
        click.echo(f"fink-tui {version()}")
        context.exit()


@click.group(invoke_without_command=True, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    "-V",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_print_version,
    help="Show the version and exit.",
)
@click.option("--demo", is_flag=True, help="Show made-up alerts: no account, no network, nothing of yours is touched.")
@click.option("--seed", type=int, default=1, show_default=True, help="With --demo: the same seed gives the same sky.")
@connection_options
@click.pass_context
def main(context: click.Context, /, demo: bool, seed: int, **options: Any) -> None:
    """Fink's alerts in a terminal: a live list, a light curve, a decision.

    Without a command: the live screen. Press ? in it for its keys.
    """
    if context.invoked_subcommand is not None:
        given = [name for name in context.params if context.get_parameter_source(name) is ParameterSource.COMMANDLINE]
        if given:
            raise click.UsageError(f"Options go after the command: fink-tui {context.invoked_subcommand} ...")
        return
    gc.disable()  # until the first picture: looking for garbage in what is only just made takes a tenth of the start
    from fink_tui.cli import live

    if demo:
        live.demo(seed)
    else:
        live.live(wanted(options), options["schema"])


@main.command()
@connection_options
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="End after N messages; no others are committed.")
@click.option("--until-end", is_flag=True, help="End at what is the end of the topics now.")
@click.option(
    "--timeout", type=click.FloatRange(min=0, min_open=True), metavar="S", help="Fail if nothing comes for S seconds."
)
@click.option(
    "--save", type=click.Path(file_okay=False, path_type=Path), metavar="DIR", help="Also a file for each alert."
)
@click.option("--wait", is_flag=True, help="While another process receives for the store, wait until it ends.")
@click.option("--print", "print_", is_flag=True, help="Print a line for each alert.")
@click.option("--json", "json_", is_flag=True, help="Print the summary as JSON, as the last line.")
def ingest(
    limit: int | None,
    until_end: bool,
    timeout: float | None,
    save: Path | None,
    wait: bool,
    print_: bool,
    json_: bool,
    **options: Any,
) -> None:
    """Receive alerts into the store, without a screen."""
    from fink_tui.cli import ingest as command

    command.run(
        wanted(options),
        options["schema"],
        command.Task(
            limit=limit, until_end=until_end, timeout=timeout, save=save, wait=wait, prints=print_, json=json_
        ),
    )


@main.command()
@click.option("--format", "format_", type=click.Choice(["jsonl", "csv"]), default="jsonl", show_default=True)
@click.option("--columns", metavar="A,B,...", help="Which columns, by name; all where not given.")
@click.option("--night", metavar="DATE", help="Only alerts observed in the night of that evening, YYYY-MM-DD.")
def export(format_: str, columns: str | None, night: str | None) -> None:
    """Print the alerts kept, one a line."""
    from fink_tui.cli import export as command

    command.run(format_, columns, night)


main.add_command(
    search_group.SearchGroup(
        "search",
        help=search_group.HELP,
        short_help="Search what is kept here, then all of Fink's.",
        epilog=search_group.EPILOG,
        subcommand_metavar="LINE | KIND ...",
    )
)


@main.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
def view(paths: tuple[Path, ...]) -> None:
    """Show saved alerts: Avro files, JSON as Fink's API gives it, or folders of them.

    Needs no network and leaves the store alone.
    """
    gc.disable()  # as above
    from fink_tui.cli import live

    live.view(list(paths))


@main.command()
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@replay_options
@click.option(
    "--speed",
    type=click.FloatRange(min=0, min_open=True),
    metavar="N",
    help="Let them come N times as fast as they came: 60 is an hour in a minute. Without it, all at once.",
)
@click.option("--rehearse", is_flag=True, help="Into a store of its own, gone afterwards; yours is not touched.")
@click.option("--no-screen", is_flag=True, help="Say on stderr how far it is, and end with it.")
def replay(paths: tuple[Path, ...], speed: float | None, rehearse: bool, no_screen: bool, **options: Any) -> None:
    """Let alerts come again: from files, or with --from what Kafka keeps.

    They go the way of new ones, into your store. What it knows stays as it is, with your decisions; what it lacks is
    there afterwards. Nothing is committed to Kafka. Those of files come in the order of their observation.
    """
    from fink_tui.cli import replay as command

    command.run(paths, options, speed, is_rehearsal=rehearse, has_screen=not no_screen)


@main.command()
@click.option("--survey", type=click.Choice(["ztf", "lsst"]), prompt=True, help="Whose alerts.")
@click.option("--username", prompt="Username", help="As Fink sent it.")
@click.option("--group-id", prompt="Group id", help="As Fink sent it.")
@click.option("--servers", prompt="Servers (host:port)", help="As Fink sent it.")
@click.option("--topic", "topics", multiple=True, metavar="TOPIC", help="Receive this topic; may be repeated.")
@click.option("--maxtimeout", type=float, default=10.0, show_default=True, help="fink-client's time limit, seconds.")
@click.option("--overwrite", is_flag=True, help="Replace credentials that are there; their topics stay.")
def register(
    survey: str,
    username: str,
    group_id: str,
    servers: str,
    topics: tuple[str, ...],
    maxtimeout: float,
    overwrite: bool,
) -> None:
    """Write the account that Fink sent you into fink-client's file (mode 0600)."""
    from fink_tui.cli import register as command

    command.run(survey, username, group_id, servers, topics, maxtimeout, overwrite)


@main.command()
@click.argument("names", nargs=-1, metavar="[OBJECT|FILE]...")
@click.option("--to", metavar="NAME", help="To this receiver of config.yml; else to the default one.")
@click.option(
    "--list", "target_list", metavar="LIST", help='Into this list of targets, such as fink_{topic}; "": none.'
)
@click.option("--group", "groups", multiple=True, metavar="GROUP", help="Shown to this group; may be repeated.")
@click.option("--history", metavar="HOW", help="How much of the light curve: all, latest, or days before the alert.")
@click.option(
    "--nearby",
    type=click.Choice(["same", "alias", "new"]),
    help="What a target near it is: the same, so that its points go there; one that gets its name as an alias; or "
    "another object.",
)
@click.option("--wait", is_flag=True, help="Send it now, and wait until it has arrived; without names, all that waits.")
@click.option(
    "--timeout", type=click.FloatRange(min=0, min_open=True), metavar="S", help="With --wait: for S seconds at most."
)
@click.option("--dry-run", is_flag=True, help="Print what would be sent; nothing is stored, nobody is asked.")
@click.option("--json", "json_", is_flag=True, help="Print a JSON object a line.")
def send(
    names: tuple[str, ...],
    to: str | None,
    target_list: str | None,
    groups: tuple[str, ...],
    history: str | None,
    nearby: str | None,
    wait: bool,
    timeout: float | None,
    dry_run: bool,
    json_: bool,
) -> None:
    """Send alerts to your TOM, or another receiver of config.yml: once, whatever happens.

    OBJECT is the name of an object: its newest alert that is kept is sent. FILE is an Avro file, JSON as Fink's API
    gives it, or a folder of them: each alert in it is sent. What was sent before is not sent again.

    They are in the outbox when this ends, and go as soon as a fink-tui runs. With --wait they go now: it ends when all
    have arrived, with status 0; or with status 1 once no more can be done without you, as where the login is refused.
    While nobody answers it goes on trying.
    """
    from fink_tui.alerts.submission import Choices
    from fink_tui.cli import send as command

    choices = Choices(target_list=target_list, groups=groups or None, history=history, nearby=nearby)
    command.run(names, command.Task(to=to, choices=choices, wait=wait, timeout=timeout, dry_run=dry_run, json=json_))


@main.command()
@click.option("--receiver", "receivers", multiple=True, metavar="NAME", help="Only this one; may be repeated.")
def doctor(receivers: tuple[str, ...]) -> None:
    """Test the connections to your receivers, and say what is found.

    Nothing is changed there. Exit status 1 where something will not work.
    """
    from fink_tui.cli import doctor as command

    command.run(receivers)


@main.command()
def info() -> None:
    """Print versions, and where the files are."""
    from fink_tui.cli import info as command

    command.run()
