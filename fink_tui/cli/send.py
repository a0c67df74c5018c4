"""`fink-tui send`: alerts to a receiver, without a screen."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click
import msgspec

from fink_tui import config
from fink_tui.alerts.submission import Choices, Submission, is_history, submission
from fink_tui.cli.options import failing_clearly
from fink_tui.cli.signals import ending_signals
from fink_tui.paths import Home
from fink_tui.receivers.chosen import template_problem
from fink_tui.receivers.configured import Configured, configured
from fink_tui.receivers.receiver import RejectedError
from fink_tui.store.outbox import OPEN, Entry, Outbox, State
from fink_tui.store.outbox_pages import OutboxPages
from fink_tui.store.pages import StoredAlert
from fink_tui.store.store import Store
from fink_tui.terminal import diverted

if TYPE_CHECKING:
    from fink_tui.alerts.packet import Packet
    from fink_tui.alerts.row import AlertRow
    from fink_tui.alerts.schema import SchemaBook

HOW_TO_ANSWER = "Give it on the screen (4), or send it again with --nearby same, alias or new."
"""Where a target near an alert is in question."""

FILES_AT_ONCE = 64
"""Packets of a file decoded together."""

NO_RECEIVER = "No receiver is set up: add one to {}, under receivers. The README shows how ('Send to your TOM')."


@dataclass(frozen=True, kw_only=True)
class Task:
    """What one run is to do."""

    to: str | None = None
    choices: Choices
    wait: bool = False
    timeout: float | None = None
    dry_run: bool = False
    json: bool = False


class Found(NamedTuple):
    """An alert that is to be sent."""

    told: Submission
    alert: int | None
    """Its id in the store, where it is kept."""


def run(names: Sequence[str], task: Task) -> None:
    """Send alerts, or say what would be sent.

    Exits with status 1 where one of them could not be sent, or with `wait` has not arrived.

    Args:
        names: Objects, Avro files, folders of them; empty, with `wait`: what is in the outbox.
        task: How.
    """
    _check(names, task)
    with failing_clearly():
        home = Home.find()
        settings = config.load(home.config_file)
        receivers = configured(settings)
        if not receivers:
            raise click.ClickException(NO_RECEIVER.format(home.config_file))
        receiver = choose(receivers, task.to)
        try:
            if task.dry_run:
                is_well = _show(names, home, settings, receiver, task)
            else:
                home.create()
                with diverted(home.log_file), Store(home.data) as store:
                    is_well = _send(names, store, settings, receivers, receiver, task)
            sys.stdout.flush()
        except BrokenPipeError:  # as in `| head`: who reads has enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            is_well = False
        if not is_well:
            raise click.exceptions.Exit(1)


def choose(receivers: Sequence[Configured], name: str | None) -> Configured:
    """The receiver of that name, or the default one.

    Raises:
        click.UsageError: There is none of that name.
    """
    if name is None:
        return receivers[0]
    for receiver in receivers:
        if receiver.name == name:
            return receiver
    raise click.UsageError(f"There is no receiver {name}. There are: {', '.join(one.name for one in receivers)}.")


def _check(names: Sequence[str], task: Task) -> None:
    """Refuse a call that makes no sense."""
    if not names and not task.wait:
        raise click.UsageError("What shall be sent? Name objects or files, or give --wait to send what waits.")
    if task.dry_run and (task.wait or not names):
        raise click.UsageError("--dry-run shows what objects or files would be sent; nothing is to be waited for.")
    if not names and (task.to is not None or task.choices != Choices()):
        raise click.UsageError("Without names, --wait sends what waits as it was chosen: no other option goes with it.")
    if task.timeout is not None and not task.wait:
        raise click.UsageError("--timeout is for --wait.")
    if task.choices.history is not None and not is_history(task.choices.history):
        raise click.UsageError("--history wants all, latest, or a number of days before the alert.")
    if task.choices.target_list is not None and (wrong := template_problem(task.choices.target_list)):
        raise click.UsageError(f"--list: {'. '.join(wrong)}.")


# -- what is sent -----------------------------------------------------------------------------------------------------


def _alerts(names: Sequence[str], store: Store | None, longitude: float) -> Iterator[Found | str]:
    """The alerts that names stand for; in place of one that cannot be sent, a sentence that says why."""
    for name in names:
        stored = None
        if store is not None:
            from fink_tui.store.objects import newest

            stored = newest(store.database, name)
        if stored is not None:
            assert store is not None
            yield from _of_store(store, stored)
        elif Path(name).exists():
            yield from _of_files(Path(name), store, longitude)
        else:
            yield _unknown(name, store)


def _unknown(name: str, store: Store | None) -> str:
    if name.endswith((".avro", ".json")):
        return f"There is no file {name}."
    words = f"No alert of {name} is kept here, and there is no such file."
    if store is not None:
        from fink_tui.store.objects import names_like

        if like := names_like(store.database, name):
            words += f" Did you mean {' or '.join(like)}?"
    return words


def _of_store(store: Store, stored: StoredAlert) -> Iterator[Found | str]:
    """A kept alert, with its light curve unless its packet is no longer kept."""
    from fink_tui.store.errors import StoreError
    from fink_tui.store.telling import tell

    try:
        found = tell(store, stored)
    except StoreError as error:  # what is told is frozen: not half of it because a disk failed just now
        yield f"Not sent: {stored.row.object_id}. {error}"
        return
    if found.note:
        click.echo(f"{stored.row.object_id}: {found.note}", err=True)
    yield Found(found.told, stored.id)


def _of_files(path: Path, store: Store | None, longitude: float) -> Iterator[Found | str]:
    """The alerts of a file, or of the files of a folder."""
    from fink_tui.alerts.files import AvroFileError, packets_of
    from fink_tui.alerts.json_files import ENDING, alert_files
    from fink_tui.alerts.schema import SchemaBook

    book = SchemaBook()
    files = alert_files([path])
    if not files:
        yield f"No files of alerts (*.avro, *.json) in {path}."
    for file in files:
        if file.suffix == ENDING:
            yield from _of_json(file, store, longitude)
            continue
        batch = list["Packet"]()
        try:
            for packet in packets_of(file):
                batch.append(packet)
                if len(batch) >= FILES_AT_ONCE:
                    yield from _of_packets(batch, book, file, store, longitude)
                    batch = []
        except AvroFileError as error:
            yield from _of_packets(batch, book, file, store, longitude)
            yield str(error)
        else:
            yield from _of_packets(batch, book, file, store, longitude)


def _of_json(file: Path, store: Store | None, longitude: float) -> Iterator[Found | str]:
    """The alerts of a file as Fink's API gives it: each with its detection alone."""
    from fink_tui.alerts import api
    from fink_tui.alerts.files import AvroFileError
    from fink_tui.alerts.json_files import rows_of, survey_of
    from fink_tui.alerts.survey import RowError

    try:
        rows = rows_of(file)
    except AvroFileError as error:
        yield str(error)
        return
    for number, one in enumerate(rows, 1):
        survey = survey_of(one)
        try:
            row = api.alert_row(survey, one)
        except RowError as error:
            yield f"{file}: row {number} is no alert: {error}."
            continue
        yield _told(row, api.record(survey, one), store, longitude)


def _told(row: AlertRow, whole: Mapping[str, Any], store: Store | None, longitude: float) -> Found:
    """An alert of a file; what the store knows of it, such as its topics, is told, too."""
    from fink_tui.sky.night import night_of
    from fink_tui.store.objects import alert

    kept = alert(store.database, row.survey, row.alert_id) if store is not None else None
    topics, night = (kept.topics, kept.night) if kept is not None else ("", night_of(row.obs_mjd, longitude))
    told = submission(row, topics=topics, night=night, record=whole)
    return Found(told, kept.id if kept is not None else None)


def _of_packets(
    packets: list[Packet], book: SchemaBook, file: Path, store: Store | None, longitude: float
) -> Iterator[Found | str]:
    from fink_tui.alerts.decode import Refused, decode, record

    for result in decode(packets, book):
        if isinstance(result, Refused):
            yield f"{file}: record {result.packet.offset + 1} is no alert: {result.reason}."
            continue
        yield _told(result.row, record(result.schema, result.packet.value), store, longitude)


def _show(names: Sequence[str], home: Home, settings: config.Settings, receiver: Configured, task: Task) -> bool:
    """Print what would be sent; nothing is stored, and nobody is asked. Whether all of it could be."""
    is_well = True
    with contextlib.ExitStack() as stack:
        store = stack.enter_context(Store(home.data)) if home.database.exists() else None
        made = receiver.make()
        for found in _alerts(names, store, settings.longitude):
            try:
                if isinstance(found, str):
                    raise RejectedError(found)
                rendered = made.render(found.told, task.choices)
            except RejectedError as error:
                click.echo(str(error), err=True)
                is_well = False
            else:
                click.echo(json.dumps(rendered, indent=None if task.json else 2, ensure_ascii=False))
    return is_well


# -- sending ----------------------------------------------------------------------------------------------------------


def _send(
    names: Sequence[str],
    store: Store,
    settings: config.Settings,
    receivers: Sequence[Configured],
    receiver: Configured,
    task: Task,
) -> bool:
    """Put alerts into the outbox and, where that is wanted, wait until they have arrived; whether all is well."""
    outbox, made, is_well, rows = Outbox(store.database), receiver.make(), True, list[int]()
    with ending_signals() as stop, closing(OutboxPages(store.database)) as pages:
        for found in _alerts(names, store, settings.longitude):
            if stop.is_set():
                click.echo("Ended before all was queued.", err=True)
                return False
            try:
                if isinstance(found, str):
                    raise RejectedError(found)
                told = found.told
                made.render(told, task.choices)  # what it would never take is said at once
            except RejectedError as error:
                click.echo(str(error), err=True)
                is_well = False
                continue
            queued = outbox.enqueue(receiver.name, told, task.choices, alert=found.alert).result()
            if task.choices.nearby is not None:
                _answer(outbox, pages.open_of(receiver.name, told.survey, told.object_id), task.choices.nearby)
            entry = pages.entry(queued.id)
            assert entry is not None
            if entry.state in OPEN:
                rows.append(entry.id)
            if not task.json:
                _say_queued(entry, queued.is_new)
            elif not (task.wait and entry.state in OPEN):  # then it has a line when it ends
                _print(entry)
            if not queued.is_new and msgspec.structs.replace(task.choices, nearby=None) != Choices():
                click.echo(
                    f"{entry.object_id}: its list, groups and history stay as they were chosen before.", err=True
                )
        if task.wait:
            from fink_tui.cli.emptying import Emptying

            told_of = _print if task.json else say_ended
            return Emptying(store, receivers, told_of, stop).run(rows if names else None, task.timeout) and is_well
        if rows:
            _say_when(store, pages.waiting().problem)
    return is_well


def _answer(outbox: Outbox, entries: Sequence[Entry], nearby: str) -> None:
    """Answer what asks whether another target, the nearest, is the same."""
    for entry in entries:
        if entry.state is State.ASKING and entry.neighbours:
            outbox.answer(entry.id, nearby, "" if nearby == "new" else entry.neighbours[0].target).result()


def _say_when(store: Store, problem: str) -> None:
    """Say when what was queued goes, and what is in the way at present."""
    from fink_tui.cli.outgoing import LATER

    holder = store.sending.holder()
    click.echo(f"{holder} sends them." if holder is not None else f"{LATER} To send it now: --wait", err=True)
    if problem:
        click.echo(problem, err=True)


def _print(entry: Entry) -> None:
    """A row as a line of JSON."""
    names = ("receiver", "survey", "object_id", "alert_id", "state", "attempts", "answer", "target", "link")
    click.echo(json.dumps({name: getattr(entry, name) for name in names}, ensure_ascii=False))


def _say_queued(entry: Entry, is_new: bool) -> None:
    name, receiver, answer = entry.object_id, entry.receiver, entry.answer
    if is_new or entry.state is State.QUEUED:
        click.echo(f"{name} queued for {receiver}" + ("" if is_new else " already"))
    elif entry.state is State.SENDING:
        click.echo(f"{name} on its way to {receiver} already")
    elif entry.state in (State.SENT, State.EXISTS):
        click.echo(f"{name} sent to {receiver} already{_link(entry)}")
    else:
        click.echo(f"{name} waits for {receiver} already: {answer}")


def say_ended(entry: Entry) -> None:
    """Say how a row of the outbox ended, or why it waits for a person."""
    name, receiver, answer = entry.object_id, entry.receiver, entry.answer
    if entry.state in (State.SENT, State.EXISTS):
        click.echo(f"{name} sent to {receiver}: {answer}{_link(entry)}")
    elif entry.state is State.BLOCKED:
        click.echo(f"{name} waits: {answer} It goes by itself once that is mended.", err=True)
    elif entry.state is State.CANCELLED:
        click.echo(f"{name} was taken back meanwhile.", err=True)
    elif entry.state is State.FAILED:
        click.echo(f"{name} was not taken by {receiver}: {answer} To try again, send it again.", err=True)
    else:
        click.echo(f"{name} waits for an answer: {answer} {HOW_TO_ANSWER}", err=True)


def _link(entry: Entry) -> str:
    return f"  {entry.link}" if entry.link else ""
