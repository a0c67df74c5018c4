"""The commands of `fink-tui search`: one for each kind of a search, and one for each endpoint by its own name."""

from __future__ import annotations

import difflib
import gc
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cache, partial
from itertools import zip_longest
from typing import Any, NamedTuple

import click

from fink_tui.cli.formats import FORMATS
from fink_tui.cli.search_group import LINE, SCREEN
from fink_tui.search.api.arguments import Argument, Kind
from fink_tui.search.api.endpoints import ENDPOINTS, SURVEYS, endpoint, question
from fink_tui.search.line.reading import KEYS, Reading
from fink_tui.search.line.understood import Understood
from fink_tui.search.question import Question

Make = Callable[[tuple[str, ...], datetime], Understood]
"""What is asked, of which surveys, at this time."""


class KindOf(NamedTuple):
    """A kind of a search as a command."""

    words: str
    """What it finds."""

    metavar: str
    """What its words are."""

    keys: str
    """The keys of a line that are its options."""

    paths: tuple[str, ...] = ()
    """The endpoints that it asks, whose other arguments are its options, too."""


DATES = "after before window date"

KINDS = {
    "object": KindOf("All alerts of objects.", "ID...", f"r limits last class {DATES}", ("objects", "sources")),
    "cone": KindOf(
        "Objects around a place, the nearest first.",
        "PLACE [RADIUS]",
        f"r ra dec name class tag trend last {DATES}",
        ("conesearch",),
    ),
    "date": KindOf("Alerts of a night or of some days.", "DATE", "window after before class tag trend last"),
    "class": KindOf("The newest alerts of a class of ZTF.", "CLASS", f"last trend tag r ra dec {DATES}", ("latests",)),
    "tag": KindOf("The newest alerts of a tag of LSST.", "TAG", f"last trend class r ra dec {DATES}", ("tags",)),
    "sso": KindOf(
        "Alerts of Solar System objects, by number, designation or name.", "NAME...", f"last trend {DATES}", ("sso",)
    ),
    "tracklet": KindOf("Alerts of fast movers: a tracklet, or those of a time.", "ID|DATE", "", ("tracklet",)),
    "anomaly": KindOf("Alerts that Fink found the most unusual.", "", f"last {DATES}", ("anomaly",)),
    "explore": KindOf(
        "By several at once; what Fink cannot combine is cut here.",
        "[PLACE|ID|NAME]",
        f"r ra dec id sso name class tag trend last limits {DATES}",
    ),
    "stats": KindOf(
        "Counts of alerts of a night, a month, a year; of this month where none is named.",
        "[NIGHT]",
        "",
        ("statistics",),
    ),
    "gw": KindOf("Alerts in the sky map of a gravitational wave.", "EVENT", "credible", ("skymap",)),
}
"""The kinds that a line knows, but for names: `resolve` says what one means."""

ASKED_BY_KEYS = frozenset(
    "objectId diaObjectId ra dec radius n startdate stopdate start_date stop_date window class tag trend n_or_d date "
    "id event_name credible_level columns output-format withupperlim file".split()
)
"""Arguments that a kind's keys, its words or the common options already say."""

METAVARS = {
    "r": "RADIUS",
    "after": "TIME",
    "before": "TIME",
    "date": "DATE",
    "window": "DAYS",
    "last": "N",
    "class": "CLASS",
    "tag": "TAG",
    "id": "ID",
    "sso": "NAME",
    "name": "NAME",
    "ra": "ANGLE",
    "dec": "ANGLE",
    "credible": "0..1",
}

GIVEN = "given_"
"""What the names of options that ask begin with, as click hands them over."""

COMMON = (
    click.option("--format", "form", type=click.Choice(FORMATS), default="table", show_default=True),
    click.option(
        "--columns", metavar="A,B,...", help="Only these columns; with --raw and of a table, Fink's own names."
    ),
    click.option("--survey", type=click.Choice(list(SURVEYS)), help="Only this survey."),
    click.option("--local", is_flag=True, help="Only what is kept here; nobody is asked."),
    click.option("--fresh", is_flag=True, help="Ask Fink also what it has answered before."),
    click.option("--raw", is_flag=True, help="Fink's own rows, with its names of columns, as the API gives them."),
    click.option(
        "--output",
        metavar="FILE",
        help="Write here; for an image or another file that only Fink makes, - is stdout. Nothing is overwritten.",
    ),
)

WORDS = {"ignore_unknown_options": True}
"""So that a declination may begin with its minus."""


@cache
def commands() -> Mapping[str, click.Command]:
    """All commands by their names: the kinds first."""
    made = {name: _kind(name, kind) for name, kind in KINDS.items()}
    made["resolve"] = _resolve()
    for path in dict.fromkeys(one.path for one in ENDPOINTS):
        if path not in made:
            made[path] = _metadata() if path == "metadata" else _endpoint(path)
    made["columns"] = _endpoint("schema", "columns")
    made[LINE] = _line()
    made[SCREEN] = click.Command(SCREEN, callback=_screen, help="The search screen.")
    return made


def _screen() -> None:
    gc.disable()  # until the first picture, as for the live screen
    from fink_tui.cli import live

    live.search()


def _line() -> click.Command:
    def run(words: tuple[str, ...], **options: Any) -> None:
        text = " ".join(_checked(words))

        def make(surveys: tuple[str, ...], now: datetime) -> Understood:
            from fink_tui.search.line.understanding import understand

            return understand(text, surveys, now)

        _run(make, options)

    argument = click.Argument(["words"], nargs=-1, required=True, metavar="LINE")
    return _command(LINE, run, "Search by a line.", [argument])


def _kind(name: str, kind: KindOf) -> click.Command:
    extra = _arguments(path for path in kind.paths)
    extra = {argument: whose for argument, whose in extra.items() if argument.name not in ASKED_BY_KEYS}

    def run(words: tuple[str, ...], **options: Any) -> None:
        given = {key: text for key in kind.keys.split() if (text := options.pop(GIVEN + key))}
        more = _given(extra, options)

        def make(surveys: tuple[str, ...], now: datetime) -> Understood:
            from fink_tui.search.line.understanding import of_reading

            reading = Reading(surveys, dict(given), kind=name, rest=" ".join(_checked(words)))
            found = of_reading(reading, now)
            return replace(found, questions=tuple(_with(asked, more, now) for asked in found.questions))

        _run(make, options)

    def _with(asked: Question, more: Mapping[str, str], now: datetime) -> Question:
        known = {one.name for one in endpoint(asked.survey, asked.path).arguments}
        mine = {argument: text for argument, text in more.items() if argument in known}
        return question(asked.survey, asked.path, dict(asked.given) | mine, now) if mine else asked

    options: list[click.Parameter] = [_key(key) for key in kind.keys.split()]
    options += [_option(argument, whose) for argument, whose in extra.items()]
    if kind.metavar:
        options.insert(0, click.Argument(["words"], nargs=-1, metavar=kind.metavar))
        return _command(name, run, kind.words, options)
    return _command(name, partial(run, ()), kind.words, options)


def _endpoint(path: str, name: str = "") -> click.Command:
    mine = _arguments([path])
    asked = {argument: whose for argument, whose in mine.items() if argument.name != "columns"}
    needed = [[a.name for a in one.arguments if a.is_required] for one in ENDPOINTS if one.path == path]
    required = ["|".join(dict.fromkeys(filter(None, of_place))) for of_place in zip_longest(*needed)]

    def run(words: tuple[str, ...], **options: Any) -> None:
        given = _given(asked, options)
        if options["columns"] and any(argument.name == "columns" for argument in mine) and _is_fink_s(path, options):
            given["columns"] = options.pop("columns")

        def make(surveys: tuple[str, ...], now: datetime) -> Understood:
            from fink_tui.search.line.understanding import of_reading

            return of_reading(Reading(surveys, given, path=path, rest=" ".join(_checked(words))), now)

        _run(make, options)

    words = next(one.words for one in ENDPOINTS if one.path == path)
    said = f"{words[0].upper()}{words[1:]}. Asks /api/v1/{path} with its own arguments."
    metavar = " ".join(f"[{one}]" for one in required) or "[VALUE]"
    options: list[click.Parameter] = [_option(argument, whose) for argument, whose in asked.items()]
    if asked:
        options.insert(0, click.Argument(["words"], nargs=-1, metavar=metavar))
        return _command(name or path, run, said, options)
    return _command(name or path, partial(run, ()), said, options)


def _is_fink_s(path: str, options: Mapping[str, Any]) -> bool:
    """Whether the columns that were named are Fink's own."""
    from fink_tui.search.api.endpoints import Gives

    return options["raw"] or all(one.gives is not Gives.ALERTS for one in ENDPOINTS if one.path == path)


def _resolve() -> click.Command:
    def run(words: tuple[str, ...], **options: Any) -> None:
        from fink_tui.cli import search
        from fink_tui.cli.search_ending import Task

        search.resolve(" ".join(_checked(words)), Task.of(options))

    argument = click.Argument(["words"], nargs=-1, required=True, metavar="NAME")
    return _command("resolve", run, "What a name means: TNS, SIMBAD, Solar System, and what is kept here.", [argument])


def _metadata() -> click.Command:
    mine = _arguments(["metadata"])

    def run(words: tuple[str, ...], write: bool, yes: bool, **options: Any) -> None:
        given = _given(mine, options)
        if write:
            from fink_tui.cli import search
            from fink_tui.cli.search_ending import Task

            search.write_metadata(given, Task.of(options), is_sure=yes)
            return

        def make(surveys: tuple[str, ...], now: datetime) -> Understood:
            from fink_tui.search.line.understanding import of_reading

            return of_reading(Reading(surveys, given, path="metadata", rest=" ".join(_checked(words))), now)

        _run(make, options)

    options: list[click.Parameter] = [click.Argument(["words"], nargs=-1, metavar="[objectId]")]
    options += [_option(argument, whose) for argument, whose in mine.items()]
    options.append(
        click.Option(
            ["--write"],
            is_flag=True,
            help="WRITE a name, with a comment, for an object into Fink's public database: all can read it, and nobody "
            "can take it back. Needs --objectId, --internal_name and --username; asks before.",
        )
    )
    options.append(click.Option(["--yes"], is_flag=True, help="With --write: do not ask before."))
    return _command("metadata", run, "Names and comments that people gave to objects of ZTF.", options)


def _command(name: str, run: Callable[..., None], words: str, parameters: list[click.Parameter]) -> click.Command:
    command = click.Command(name, callback=run, params=parameters, help=words, context_settings=dict(WORDS))
    for option in COMMON:
        option(command)
    return command


def _arguments(paths: Iterable[str]) -> dict[Argument, str]:
    """The arguments of endpoints by these names, each once, with the survey that alone has it."""
    found: dict[str, tuple[Argument, set[str]]] = {}
    of_paths = set(paths)
    those = [one for one in ENDPOINTS if one.path in of_paths]
    for one in those:
        for argument in one.arguments:
            first, surveys = found.get(argument.name, (argument, set()))
            if first.choices != argument.choices:
                first = replace(first, choices=tuple(dict.fromkeys((*first.choices, *argument.choices))))
            found[argument.name] = first, surveys | {one.survey}
    everyone = {one.survey for one in those}
    return {
        argument: SURVEYS[next(iter(surveys))] if len(everyone) > len(surveys) == 1 else ""
        for argument, surveys in found.values()
    }


def _key(key: str) -> click.Option:
    words = KEYS[key].replace(f"{key}=", "")
    if key == "limits":
        return click.Option(["--limits", GIVEN + key], flag_value="yes", help=words[0].upper() + words[1:] + ".")
    if key == "trend":
        return click.Option(["--trend", GIVEN + key], metavar="rising|fading", help="Only those that do this.")
    names = ["--r", "--radius"] if key == "r" else [f"--{key}"]
    return click.Option([*names, GIVEN + key], metavar=METAVARS[key], help=words[0].upper() + words[1:] + ".")


def _option(argument: Argument, whose: str) -> click.Option:
    said = argument.words[0].upper() + argument.words[1:]
    said += f"; {argument.kind.value}" if argument.kind not in (Kind.TEXT, Kind.CHOICE, Kind.YES_NO) else ""
    said += f" [default: {argument.default}]" if argument.default and argument.kind is not Kind.YES_NO else ""
    said += f" ({whose} only)" if whose else ""
    names = list(dict.fromkeys([f"--{argument.name}", f"--{argument.name.replace('_', '-')}"]))
    if argument.kind is Kind.YES_NO:
        return click.Option([*names, GIVEN + argument.name.replace("-", "_")], flag_value="true", help=said + ".")
    metavar = "|".join(argument.choices) if argument.choices else "VALUE"
    return click.Option([*names, GIVEN + argument.name.replace("-", "_")], metavar=metavar, help=said + ".")


def _given(arguments: Iterable[Argument], options: dict[str, Any]) -> dict[str, str]:
    """What the options say, by Fink's names."""
    found = {one.name: options.pop(GIVEN + one.name.replace("-", "_"), None) for one in arguments}
    return {name: text for name, text in found.items() if text is not None}


def _checked(words: tuple[str, ...]) -> tuple[str, ...]:
    """Words that are none of our options: as a declination may begin with a minus, click lets all pass."""
    context = click.get_current_context()
    for word in words:
        if word.startswith("--"):
            known = [option for one in context.command.params for option in one.opts if option.startswith("--")]
            near = difflib.get_close_matches(word.split("=")[0], known, 1)
            raise click.NoSuchOption(word.split("=")[0], possibilities=near, ctx=context)
    return words


def _run(make: Make, options: Mapping[str, Any]) -> None:
    from fink_tui.cli import search
    from fink_tui.cli.search_ending import Task

    search.run(make, Task.of(options))
