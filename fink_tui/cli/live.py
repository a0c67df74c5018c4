"""The commands with a screen: the live one, the demo, the view of files, the replay."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Self

import click

from fink_tui import config
from fink_tui.alerts.text import clean
from fink_tui.ascii_text import only_ascii
from fink_tui.cli.options import failing_clearly
from fink_tui.cli.outgoing import Outgoing, left_behind, outgoing, sending_to
from fink_tui.cli.services import Services
from fink_tui.cli.setup import is_terminal, prepare
from fink_tui.connection import Wanted
from fink_tui.paths import Home
from fink_tui.sky.observatories import observatory
from fink_tui.sky.site import Telescopes
from fink_tui.store.errors import StoreError
from fink_tui.store.store import Store
from fink_tui.stream.position import Start
from fink_tui.terminal import diverted, let_go

if TYPE_CHECKING:
    from fink_tui.app.app import FinkApp
    from fink_tui.app.session import Session
    from fink_tui.cli.replay import Plan
    from fink_tui.config import Settings
    from fink_tui.stream.reception import Reception

FILES_AT_ONCE = 64
"""Packets of files put into the store together."""

DEMO_GROUP = "fink-tui-demo"
"""The consumer group of the demo."""

DEMO_SITES = ("Palomar", "Rubin")
"""Where the demo's telescopes stand."""

DEMO_UNASKED = "The demo's sky is made up: only its alerts are searched, and neither Fink nor the CDS is asked."
"""Why the demo asks nobody."""

STOP_SECONDS = 0.7
"""How long the streams may take to end after the screen has."""

ENDING = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT)
"""Signals that end the program, leaving nothing behind."""


def _settings_of_textual() -> None:
    """Textual reads these when it is imported: nothing moves by itself, and a slow line is not flooded."""
    os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")
    os.environ.setdefault("TEXTUAL_SMOOTH_SCROLL", "0")
    # A key's second picture, the alert under the cursor, waits for the next frame.
    os.environ.setdefault("TEXTUAL_FPS", "15" if "SSH_CONNECTION" in os.environ else "120")
    with contextlib.suppress(OSError):
        if all(os.get_terminal_size(sys.stdin.fileno())):  # a window's size changes, what these say does not
            os.environ.pop("COLUMNS", None)
            os.environ.pop("LINES", None)


def _check_terminal() -> None:
    if not (sys.stdin.isatty() and sys.stdout.isatty() and sys.stderr.isatty()):  # Textual draws on the last
        raise click.ClickException(
            "This needs a terminal. To receive without one: fink-tui ingest; to print what is kept: fink-tui export."
        )
    if os.environ.get("TERM") == "dumb":
        raise click.ClickException(
            "TERM=dumb: such a terminal shows lines, not a screen. If yours can do more, set TERM (TERM=xterm); "
            "to receive without a screen: fink-tui ingest; to print what is kept: fink-tui export."
        )


def live(wanted: Wanted, schema: Path | None) -> None:
    """The live screen."""
    with failing_clearly(), _Ending() as ending:
        _check_terminal()
        setup = prepare(wanted, schema, may_ask=is_terminal())
        _settings_of_textual()
        told = partial(click.echo, err=True)  # before there is a screen
        with diverted(setup.home.log_file, ascii_only=only_ascii()), Store(setup.home.data, told) as store:
            from fink_tui.stream.reception import Reception

            subscriptions = setup.subscriptions

            def connect() -> Reception:
                nonlocal subscriptions
                reception = Reception(
                    store,
                    subscriptions,
                    doing="fink-tui",
                    schemas=setup.schemas,
                    longitude=setup.settings.longitude,
                    keep=setup.keep,
                )
                # Who takes over from another goes on where that one was: "latest" would pass over what came since.
                subscriptions = [dataclasses.replace(one, start=Start.COMMITTED) for one in subscriptions]
                return _started(reception)

            sending = outgoing(store, setup.settings, setup.home.config_file, "fink-tui")
            session = _session(store, setup.settings, sending)
            session = dataclasses.replace(session, connect=connect, notes=tuple(setup.warnings))
            _show(session, ending, setup.home.log_file)


def search() -> None:
    """The search screen on the user's store; nothing is received: no account is needed."""
    with failing_clearly(), _Ending() as ending:
        _check_terminal()
        home = Home.find()
        settings = config.load(home.config_file)
        home.create()
        _settings_of_textual()
        with diverted(home.log_file, ascii_only=only_ascii()), Store(home.data) as store:
            session = _session(store, settings, outgoing(store, settings, home.config_file, "fink-tui search"))
            _show(dataclasses.replace(session, begins_with_search=True, all_nights=True), ending, home.log_file)


def demo(seed: int) -> None:
    """The live screen with made-up alerts: its own broker, its own home, nothing of the user's."""
    with failing_clearly(), _Ending() as ending, _temporary_home() as home:
        _check_terminal()
        _settings_of_textual()
        with diverted(home.log_file, ascii_only=only_ascii()), Store(home.data) as store:
            from fink_tui.app.session import Session
            from fink_tui.receivers.configured import in_demo
            from fink_tui.stream.demo import DemoBroker
            from fink_tui.stream.reception import Reception
            from fink_tui.stream.subscription import Subscription

            brokers = []

            def connect() -> Reception:
                broker = DemoBroker(seed=seed, group=DEMO_GROUP)
                brokers.append(broker)
                subscriptions = [
                    Subscription(survey=survey, servers=broker.bootstrap, group=DEMO_GROUP, topics=tuple(topics))
                    for survey, topics in broker.topics.items()
                ]
                broker.start()
                reception = Reception(store, subscriptions, doing="fink-tui --demo")
                return _started(reception)

            save_dir = home.data.parent / "saved"
            receivers = tuple(in_demo())
            session = Session(
                store=store,
                save_dir=save_dir,
                connect=connect,
                receivers=receivers,
                send=sending_to(store, receivers, "fink-tui --demo"),
                unsearchable=DEMO_UNASKED,
                word="DEMO",
                telescopes=Telescopes(list(filter(None, map(observatory, DEMO_SITES)))),
                notes=(f"Made-up alerts. Those that you save go to {save_dir}, gone when you quit.",),
                ascii_only=only_ascii(),
            )
            try:
                _show(session, ending, home.log_file)
            finally:
                for broker in brokers:
                    broker.stop()


def view(paths: list[Path]) -> None:
    """The same screen on alerts from files, in a store of its own."""
    from fink_tui.alerts.files import AvroFileError
    from fink_tui.alerts.json_files import alert_files

    with failing_clearly(), _Ending() as ending, _temporary_home() as home:
        _check_terminal()
        files = alert_files(paths)
        if not files:
            raise click.ClickException(f"No files of alerts (*.avro, *.json) in {', '.join(map(str, paths))}.")
        settings = config.load(Home.find().config_file)
        _settings_of_textual()
        with diverted(home.log_file, ascii_only=only_ascii()), Store(home.data) as store:
            try:
                notes = _fill(store, files, settings.longitude)
            except AvroFileError as error:
                raise click.ClickException(str(error)) from error
            sending = Outgoing(unsendable="This is a view of files, which sends nothing: fink-tui send FILE sends one.")
            session = dataclasses.replace(
                _session(store, settings, sending),
                word="VIEW",
                idle=f"{len(files)} files",
                all_nights=True,
                notes=tuple(notes),
            )
            _show(session, ending, home.log_file)


def replay(plan: Plan) -> None:
    """The same screen on a replay, in the user's store or in one of its own."""
    with failing_clearly(), _Ending() as ending, contextlib.ExitStack() as stack:
        _check_terminal()
        home = stack.enter_context(_temporary_home()) if plan.is_rehearsal else plan.home
        _settings_of_textual()
        stack.enter_context(diverted(home.log_file, ascii_only=only_ascii()))
        store = stack.enter_context(Store(home.data))
        plan.take(store)
        sending = Outgoing(unsendable="A rehearsal sends nothing.")
        if not plan.is_rehearsal:
            sending = outgoing(store, plan.settings, home.config_file, "fink-tui replay")
        saved_in = f"Alerts that you save stay in {plan.settings.save_dir}."
        notes = (f"A rehearsal: what you decide is gone when you quit. {saved_in}",)
        session = dataclasses.replace(
            _session(store, plan.settings, sending),
            connect=lambda: _started(plan.replay(store)),
            word="REHEARSAL" if plan.is_rehearsal else "REPLAY",
            all_nights=True,
            notes=notes if plan.is_rehearsal else (),
        )
        _show(session, ending, home.log_file)


def _session(store: Store, settings: Settings, sending: Outgoing) -> Session:
    """A session of what the user has configured; it receives nothing yet."""
    from fink_tui.app.session import Session

    asked = Services(store, settings)
    return Session(
        store=store,
        save_dir=settings.save_dir,
        receivers=sending.receivers,
        send=sending.send,
        unsendable=sending.unsendable,
        search=asked.search,
        cds=asked.cds,
        longitude=settings.longitude,
        telescopes=settings.telescopes(),
        templates=settings.copy,
        ascii_only=only_ascii(),
    )


def _show(session: Session, ending: _Ending, log_file: Path) -> None:
    """Run the program on a session to its end; then what it received with is ended, too.

    Exits with Textual's code where it is not 0.

    Args:
        session: What is shown.
        ending: Told of the screen, so that signals end it.
        log_file: Where the session's log is.

    Raises:
        StoreError: The store could not be read at the start.
    """
    from fink_tui.app.app import FinkApp

    app = ending.app = FinkApp(session)
    try:
        app.run(mouse=False)
    finally:
        ending.app = None
        if app.reception is not None:
            app.reception.stop(STOP_SECONDS)
        if app.sender is not None:
            app.sender.stop(STOP_SECONDS)
    if session.send is not None and session.word != "DEMO":
        with contextlib.suppress(StoreError):
            if sentence := left_behind(session.store):
                click.echo(clean(sentence, 600), err=True)
    if isinstance(app.crash, StoreError):
        raise app.crash
    if app.crash is not None:
        if session.word:  # its log goes with the rest of its home
            log_file = _kept(log_file)
        raise click.ClickException(
            f"An error that nobody foresaw ended the screen: {clean(repr(app.crash))}. What was received is kept. "
            f"Start again; if it comes back, report it with the end of {log_file}"
        )
    if app.return_code:
        raise click.exceptions.Exit(app.return_code)


def _kept(log_file: Path) -> Path:
    """A copy of a log that stays."""
    descriptor, name = tempfile.mkstemp(prefix="fink-tui-", suffix=".log")
    with open(descriptor, "wb") as file:
        file.write(log_file.read_bytes())
    return Path(name)


def _fill(store: Store, files: list[Path], longitude: float) -> list[str]:
    """Put the alerts of files into a store.

    Args:
        store: Where they go.
        files: Avro files, and JSON as Fink's API gives it.
        longitude: The site's, degrees east: nights go from noon to noon there.

    Returns:
        What went wrong with some of them, in sentences.

    Raises:
        AvroFileError: None of them holds an alert.
    """
    from fink_tui.alerts.decode import Refused, decode
    from fink_tui.alerts.files import AvroFileError, packets_of
    from fink_tui.alerts.json_files import ENDING
    from fink_tui.alerts.packet import Packet
    from fink_tui.alerts.schema import SchemaBook
    from fink_tui.store.errors import StoreError
    from fink_tui.store.inbox import Source
    from fink_tui.store.shown_file import show_file

    inbox, book, notes, stored = store.inbox(longitude), SchemaBook(), list[str](), 0

    def keep(batch: list[Packet], path: Path) -> int:
        results = decode(batch, book)
        refused = [result for result in results if isinstance(result, Refused)]
        if refused:
            notes.append(f"{path}: {len(refused)} records are no alerts: {refused[0].reason}.")
        receipt = inbox.receive(results, Source(str(path), ""), [], time.time())
        return receipt.stored + receipt.duplicates

    for path in files:
        batch: list[Packet] = []
        if path.suffix == ENDING:
            try:
                alerts, others = show_file(store, path, longitude)
            except StoreError as error:
                notes.append(f"{path}: {error}")
            else:
                stored += alerts
                if others:
                    notes.append(f"{path}: {others} rows are no alerts.")
            continue
        try:
            for packet in packets_of(path):
                batch.append(packet)
                if len(batch) >= FILES_AT_ONCE:
                    stored += keep(batch, path)
                    batch = []
        except AvroFileError as error:
            notes.append(str(error))
        if batch:
            stored += keep(batch, path)
    inbox.close()
    if not stored:
        raise AvroFileError(notes[0] if notes else "These files hold no alerts.")
    return notes


def _started(reception: Reception) -> Reception:
    """Start to receive; where that fails, nothing of it stays open.

    Raises:
        StoreError: Another process receives, or the disk or the database refuses.
        OSError: The lock cannot be had.
    """
    try:
        reception.start()
    except (StoreError, OSError):
        reception.stop(0)
        raise
    return reception


class _Ending:
    """What a signal does that would kill: whatever is open is closed.

    While a screen is there, it ends that; else it leaves by an exception. A terminal that closes may send SIGHUP
    twice; the second does not disturb the end. A signal that is ignored, as under nohup, stays so.
    """

    def __init__(self) -> None:
        self.app: FinkApp | None = None
        """The screen, while it is there."""

    def __enter__(self) -> Self:
        before = {number: signal.getsignal(number) for number in ENDING}
        self._before = {number: handler for number, handler in before.items() if handler is not signal.SIG_IGN}
        for number in self._before:
            signal.signal(number, self._end)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _end(self, number: int, frame: FrameType | None) -> None:
        if self.app is not None:
            let_go()
            self.app.end(number)
            return
        for one in self._before:
            signal.signal(one, signal.SIG_IGN)
        if number == signal.SIGINT:
            raise KeyboardInterrupt
        raise SystemExit(128 + number)


@contextlib.contextmanager
def _temporary_home() -> Iterator[Home]:
    """A home that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="fink-tui-", ignore_cleanup_errors=True) as root:
        home = Home.temporary(Path(root))
        home.create()
        yield home
