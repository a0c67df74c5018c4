"""`fink-tui ingest`: the pipeline without a screen."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import select
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TextIO

import click

from fink_tui.alerts.decode import Decoded, Refused
from fink_tui.alerts.row import AlertRow
from fink_tui.alerts.text import clean, magnitude, utc
from fink_tui.cli.options import ERROR_LENGTH, failing_clearly
from fink_tui.cli.outgoing import LATER
from fink_tui.cli.progress import Progress
from fink_tui.cli.setup import is_terminal, prepare
from fink_tui.cli.signals import ending_signals
from fink_tui.connection import Wanted
from fink_tui.receivers.configured import Configured, configured
from fink_tui.receivers.sender import Sender
from fink_tui.store.errors import StoreBusyError, StoreError
from fink_tui.store.inbox import Receipt
from fink_tui.store.outbox import State
from fink_tui.store.outbox_pages import OutboxPages
from fink_tui.store.saved import probe, save
from fink_tui.store.store import Store
from fink_tui.stream.reception import Reception
from fink_tui.stream.status import StreamStatus
from fink_tui.terminal import diverted

TICK_SECONDS = 0.1

BUSY_SECONDS = 0.5
"""How often to ask whether another process that receives has ended."""

STOP_SECONDS = 5.0
"""A service may take this long to finish a batch and leave its group."""


@dataclass(frozen=True, kw_only=True)
class Task:
    """What one run is to do."""

    limit: int | None = None
    until_end: bool = False
    timeout: float | None = None
    save: Path | None = None
    prints: bool = False
    wait: bool = False
    json: bool = False


class _Output:
    """What becomes of each batch besides the store: lines on stdout, files of their own."""

    def __init__(self, task: Task, stop: threading.Event) -> None:
        self._task = task
        self._stop = stop
        self.saved = 0
        self._turn = threading.Lock()

    def __call__(self, results: Sequence[Decoded | Refused], receipt: Receipt) -> None:
        """Print and save a batch; called in the streams' threads."""
        with self._turn:
            for result in results:
                if isinstance(result, Decoded):
                    self._alert(result)
                else:
                    packet = result.packet
                    where = f"{clean(packet.topic)}[{packet.partition}] at {packet.offset}"
                    click.echo(f"Quarantined: the message of {where}: {result.reason}.", err=True)

    def _alert(self, result: Decoded) -> None:
        if self._task.prints:
            try:
                click.echo(line(result))
            except BrokenPipeError:  # as in `| head -3`: who reads has enough
                self._stop.set()
        if self._task.save is not None:
            # Where this fails, the stream ends before the batch is committed: it comes again, and is saved then.
            save(self._task.save, result.schema.survey.file_stem(result.row), result.schema.text, result.packet.value)
            self.saved += 1


def brightness(row: AlertRow) -> str:
    """Magnitude, else flux, else rate, and band; with a minus where it is fainter than the template."""
    if row.mag is not None:
        sign = "-" if row.is_positive is False else ""
        return f"{magnitude(row.mag, row.mag_err)} {row.band or '?'}{sign}"
    if row.flux is not None:
        return f"{row.flux:.0f} nJy {row.band or '?'}"
    if row.trigger_id is not None and row.mag_rate is not None:
        return f"{row.mag_rate:+.2f} mag/d {row.band or '?'}"
    return f"- {row.band or '?'}"


def line(result: Decoded) -> str:
    """An alert as a line: time of observation, survey, object, id, place, magnitude and band, class, topic."""
    row = result.row
    parts = [
        utc(row.obs_mjd),
        row.survey,
        row.object_id,
        row.alert_id,
        f"{row.ra:.5f} {row.dec:+.5f}",
        brightness(row),
        row.label,
        clean(result.packet.topic),
    ]
    return "  ".join(parts)


def run(wanted: Wanted, schema: Path | None, task: Task) -> None:
    """Receive until the task is done, a signal comes, or nothing does.

    Exits with status 1 where receiving failed or the timeout passed.
    """
    with failing_clearly():
        if task.save is not None:
            probe(task.save)
        setup = prepare(wanted, schema, may_ask=False)
        receivers = configured(setup.settings)
        for warning in setup.warnings:
            click.echo(warning, err=True)
        told = partial(click.echo, err=True)
        with diverted(setup.home.log_file), Store(setup.home.data, told) as store, ending_signals() as stop:
            output = _Output(task, stop)
            limit = task.limit
            if limit is None and (limit := setup.max_messages) is not None:
                click.echo(f"FINK_MAX_POLL_NUMBER: ending after {limit:,} messages.", err=True)
            reception = Reception(
                store,
                setup.subscriptions,
                doing="fink-tui ingest",
                schemas=setup.schemas,
                longitude=setup.settings.longitude,
                keep=setup.keep,
                limit=limit,
                until_end=task.until_end,
                listener=output,
            )
            began = time.monotonic()
            with _sending(store, receivers) as sent:
                problem = follow(reception, task, limit, stop)
                if problem is None:
                    _finish_sending(store, receivers, stop)
            _summarise(reception.statuses, output, time.monotonic() - began, task, sent)
            if problem:
                click.echo(problem, err=True)
                raise click.exceptions.Exit(1)


class _Words(logging.Handler):
    """Says on standard error, too, what the sender logs: that a login is refused, for instance."""

    def emit(self, record: logging.LogRecord) -> None:
        """Say it, in place of the bar."""
        if is_terminal():
            click.echo("\r\x1b[K", err=True, nl=False)
        click.echo(clean(record.getMessage(), ERROR_LENGTH), err=True)


@contextlib.contextmanager
def _sending(store: Store, receivers: Sequence[Configured]) -> Iterator[dict[str, int]]:
    """Empty the outbox meanwhile; what is not sent at the end goes at the next start.

    Yields:
        At the end, how many were sent, failed and still wait; nothing without receivers.
    """
    found: dict[str, int] = {}
    if not receivers:
        yield found
        return
    since, sender, words = time.time(), Sender(store, receivers, doing="fink-tui ingest"), _Words(logging.WARNING)
    logging.getLogger("fink_tui.sender").addHandler(words)
    sender.start()
    try:
        yield found
    finally:
        sender.stop()
        logging.getLogger("fink_tui.sender").removeHandler(words)
        with contextlib.suppress(StoreError), contextlib.closing(OutboxPages(store.database)) as pages:
            ended = pages.ended_since(since)
            found["sent"] = ended.get(State.SENT, 0) + ended.get(State.EXISTS, 0)
            found["failed"] = ended.get(State.FAILED, 0)
            found["waiting"] = pages.waiting().waiting


def _finish_sending(store: Store, receivers: Sequence[Configured], stop: threading.Event) -> None:
    """Where it ends by itself: send what is due before, or a run of seconds every hour would never send anything.

    What nobody answers to, or somebody has to mend something for, is not due.
    """
    with contextlib.suppress(StoreError), contextlib.closing(OutboxPages(store.database)) as pages:
        while not stop.is_set() and (store.sending.is_held or store.sending.holder() is None):
            now = time.time()
            due = [pages.due(receiver.name, now) for receiver in receivers]
            if not any(pages.has(receiver.name, State.SENDING) for receiver in receivers) and all(
                moment is None or moment > now for moment in due
            ):
                return
            stop.wait(TICK_SECONDS)


def follow(reception: Reception, task: Task, limit: int | None, stop: threading.Event) -> str | None:
    """Receive and say how far it is, until the task is done, `stop` is set, or nothing comes.

    Returns:
        What went wrong, if anything did.

    Raises:
        StoreError: Another process receives, or the disk or the database refuses.
    """
    if not _start(reception, task, stop):
        return None
    progress = Progress(limit, is_bar=is_terminal() and not task.prints)
    problem = _wait(reception, task, stop, progress)
    reception.stop(STOP_SECONDS)
    if problem is None:
        progress.show(reception.statuses, reception.said)  # its last words
    progress.close(reception.statuses, reception.said)
    return problem


def _start(reception: Reception, task: Task, stop: threading.Event) -> bool:
    """Begin to receive; where another process does and waiting was asked for, when that one has ended.

    Returns:
        Whether it began; False where a signal came first.

    Raises:
        StoreBusyError: Another process receives, and waiting was not asked for or has taken too long.
    """
    began, said = time.monotonic(), ""
    while True:
        try:
            reception.start()
        except StoreBusyError as error:
            if not task.wait:
                raise StoreBusyError(f"{error} End it first, or give --wait to go on when it ends.") from error
            if task.timeout is not None and time.monotonic() - began > task.timeout:
                raise StoreBusyError(f"{error} It did not end within {task.timeout:g} s.") from error
            if str(error) != said:
                said = str(error)
                click.echo(f"{said} Waiting until it ends.", err=True)
        else:
            return True
        if stop.wait(BUSY_SECONDS):
            reception.stop(0)
            return False


def _wait(reception: Reception, task: Task, stop: threading.Event, progress: Progress) -> str | None:
    """Wait for the end; returns what went wrong, if anything did."""
    heard, received = time.monotonic(), 0
    while reception.is_running and not stop.wait(TICK_SECONDS):
        statuses = reception.statuses
        progress.show(statuses, reception.said)
        if task.prints and _is_closed(sys.stdout):
            stop.set()
        total = sum(status.received for status in statuses)
        if total > received:
            heard, received = time.monotonic(), total
        if task.timeout is not None and time.monotonic() - heard > task.timeout:
            words = next((status.message for status in statuses if status.message), "")
            return f"Nothing came for {task.timeout:g} s. {words}".strip()
    if reception.failure is not None:
        return reception.failure
    if task.until_end and not stop.is_set() and not received:
        missing = [name for status in reception.statuses for name in status.missing_topics]
        if missing:
            return f"There is no topic {', '.join(missing)}. Is the name right?"
    return None


def _is_closed(stream: TextIO) -> bool:
    """Whether nobody reads a pipe any more: without more alerts, no write would tell."""
    poll = select.poll()
    poll.register(stream, 0)
    return any(event & (select.POLLERR | select.POLLNVAL) for _, event in poll.poll(0))


def _summarise(
    statuses: Sequence[StreamStatus], output: _Output, seconds: float, task: Task, sent: Mapping[str, int]
) -> None:
    received = sum(status.received for status in statuses)
    summary = {
        "received": received,
        "stored": sum(status.stored for status in statuses),
        "duplicates": sum(status.duplicates for status in statuses),
        "quarantined": sum(status.quarantined for status in statuses),
        "expired": sum(status.expired for status in statuses),
        "saved": output.saved,
        "seconds": round(seconds, 3),
        "alerts_per_second": round(received / seconds, 1) if seconds > 0 else 0.0,
        "bytes": sum(status.bytes for status in statuses),
        **sent,
    }
    if task.json:
        with contextlib.suppress(BrokenPipeError):
            click.echo(json.dumps(summary))
    else:
        click.echo(
            f"{received:,} received: {summary['stored']:,} new, {summary['duplicates']:,} known already, "
            f"{summary['quarantined']:,} quarantined"
            + (f", {output.saved:,} saved" if task.save is not None else "")
            + f"; {seconds:.1f} s."
            + (f" Of the outbox {sent['sent']:,} sent, {sent['failed']:,} failed." if any(sent.values()) else "")
            + (f" {sent['waiting']:,} still wait. {LATER}" if sent.get("waiting") else ""),
            err=True,
        )
    try:
        sys.stdout.flush()
    except BrokenPipeError:  # the interpreter would complain of it at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
