"""The program with a screen."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import signal
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING

from textual import events
from textual.actions import ActionParseResult
from textual.app import SystemCommand
from textual.dom import DOMNode
from textual.screen import Screen
from textual.worker import Worker, WorkerState, get_current_worker

from fink_tui.alerts.text import clean
from fink_tui.app.commands import EVERYWHERE, LIVE, MOVES, Command, bindings
from fink_tui.app.deciding import Deciding, Settled
from fink_tui.app.painting import PaintingApp, PaintingScreen
from fink_tui.app.screens.alerts import AlertsScreen
from fink_tui.app.screens.live import LiveScreen
from fink_tui.app.session import Session
from fink_tui.app.widgets.find import TextField
from fink_tui.app.widgets.status_line import messages
from fink_tui.store.errors import StoreBusyError, StoreError, StoreFullError

if TYPE_CHECKING:
    from fink_tui.app.histories import Histories
    from fink_tui.app.rendering import Renderer
    from fink_tui.app.screens.search import SearchScreen
    from fink_tui.receivers.sender import Sender
    from fink_tui.stream.reception import Reception
    from fink_tui.stream.status import StreamStatus

log = logging.getLogger(__name__)

WIDE = 140
"""Columns from which the alert stands beside the list: below, the list would lose its topics."""

FIRST_SECONDS = 1.0
"""How long the first picture waits for the list at most."""

LEAVE_SECONDS = 1.0
"""How long the end waits for a terminal's answer at most."""

SAME_SECONDS = 0.3
"""For so long the same is not said again."""

BUSY_SECONDS = 1.0
"""How often a screen that cannot receive yet tries again."""


class FinkApp(PaintingApp):
    """A live list of alerts."""

    CSS_PATH = "app.tcss"
    TITLE = "fink-tui"
    BINDINGS = bindings(EVERYWHERE)
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-tiny"), (14, "-short"), (34, "-tall")]  # noqa: RUF012
    ENABLE_COMMAND_PALETTE = True

    def __init__(self, session: Session) -> None:
        """Make the program for a session."""
        super().__init__()
        self.session = session
        self.reception: Reception | None = None
        self.trouble = ""
        """Why nothing is received, where something should be."""
        self.sender: Sender | None = None
        self.unsent = ""
        """Why nothing is sent, where something should be."""
        self.deciding = Deciding(self, session.store, session.save_dir)
        self._search: SearchScreen | None = None
        self._is_beside = False
        self._took_over = False
        self._said = "", 0.0
        self.animation_level = "none"
        self._is_over = threading.Event()
        self._has_begun = False
        self._events: asyncio.AbstractEventLoop | None = None
        self._signal = 0
        self.crash: Exception | None = None
        """What nobody foresaw and ended the program."""

    def get_default_screen(self) -> LiveScreen:
        """The list."""
        return LiveScreen(self.session, classes=" ".join(self._size_classes()))

    def on_mount(self) -> None:
        """Receive, once the list is there."""
        self.hold()  # until the list is in its place: what would be painted before is painted over at once
        self.set_timer(FIRST_SECONDS, self.begin)
        for note in self.session.notes:
            self.notify(note, markup=False, timeout=6)

    def _size_classes(self) -> Iterator[str]:
        """The classes of a screen of the terminal's size: given afterwards, they would make all styles again."""
        for points, length in (
            (self.HORIZONTAL_BREAKPOINTS, self.size.width),
            (self.VERTICAL_BREAKPOINTS, self.size.height),
        ):
            yield max(point for point in points if point[0] <= length)[1]

    def begin(self) -> None:
        """Paint the first picture, and then receive; once."""
        if not self._has_begun:
            self._has_begun = True
            self.release()
            self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        if not gc.isenabled():  # what was loaded until now stays, and need not be looked through for what does not
            gc.freeze()
            gc.enable()
        self.live.begun()
        if self.session.begins_with_search:
            self.show_search()
        if self.session.connect is not None:
            self.run_worker(self._connect, thread=True, exit_on_error=False, group="connect")
        if self.session.send is not None:
            self.run_worker(self._send, thread=True, exit_on_error=False, group="send")

    def on_unmount(self) -> None:
        """Whatever ended the program: nothing is tried any longer."""
        self._is_over.set()

    def end(self, number: int) -> None:
        """Quit because of a signal; for its handler, which may run at any moment: before the first picture, in between.

        Args:
            number: The signal's; the program's exit status tells it, as a shell would.
        """
        self._signal = number
        if self._events is not None:
            with contextlib.suppress(RuntimeError):  # it has ended already
                self._events.call_soon_threadsafe(self._quit, 128 + number)

    def on_load(self) -> None:
        """Before the terminal is touched: a signal may have come already."""
        self._events = asyncio.get_running_loop()
        if self._signal:
            self._quit(128 + self._signal)

    def on_terminal_driver_gone(self) -> None:
        """End as if the terminal had sent the signal that it sends when one hangs up."""
        self._quit(128 + signal.SIGHUP)

    def on_terminal_driver_not_stopped(self) -> None:
        """Say why the key did nothing."""
        self.notify("No shell is there that could let the program go on, so it does not stop.", timeout=5)

    def _connect(self) -> None:
        """Begin to receive; where another process does, or the disk is full, as soon as that has ended."""
        assert self.session.connect is not None
        while True:
            try:
                reception = self.session.connect()
                break
            except StoreBusyError:
                self.trouble, self._is_beside = "", True
            except StoreFullError as error:
                self.trouble, self._is_beside = f"{error} Receiving begins then.", False
            except (StoreError, ValueError, OSError) as error:
                self.trouble, self._is_beside = str(error), False
                return
            if self._is_over.wait(BUSY_SECONDS):
                return
        self.trouble, self._took_over, self._is_beside = "", self._is_beside, False
        if self._is_over.is_set() or get_current_worker().is_cancelled:  # quit meanwhile
            reception.stop(0)
        self.reception = reception

    def _send(self) -> None:
        """Begin to empty the outbox."""
        assert self.session.send is not None
        try:
            sender = self.session.send()
        except (StoreError, ValueError, OSError) as error:
            self.unsent = f"Nothing is sent: {error}"
            return
        self.sender = sender
        if self._is_over.is_set():  # quit meanwhile
            sender.tell_to_stop()

    def receiving(self) -> tuple[Sequence[StreamStatus], str]:
        """What is received for the store, here or by another process: the streams, and what there is to say."""
        if self.reception is not None:
            if self._took_over:
                self._took_over = False
                self.notify("The process that received has ended: this screen receives now.", markup=False, timeout=15)
            statuses = self.reception.statuses
            return statuses, messages(statuses)
        if self._is_beside:
            from fink_tui.stream.bulletin import beside

            return beside(self.session.store)
        return [], self.trouble

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """What nobody foresaw is said, too."""
        if event.worker.group == "connect" and event.state is WorkerState.ERROR:
            self.log.error(repr(event.worker.error))
            self.trouble = f"Receiving could not begin: {event.worker.error!r}"
        elif event.worker.group == "send" and event.state is WorkerState.ERROR:
            self.log.error(repr(event.worker.error))
            self.unsent = f"Sending could not begin: {event.worker.error!r}"

    def say(self, sentence: str, *, is_error: bool = False, seconds: float | None = None) -> None:
        """Say one thing, in place of what was said before: several at once would cover the alert.

        Args:
            sentence: What is said.
            is_error: Whether something failed.
            seconds: For how long; None: as long as such a thing is said.
        """
        now = time.monotonic()
        if sentence == self._said[0] and now - self._said[1] < SAME_SECONDS:  # of keys that came together
            return
        self._said = sentence, now
        self.clear_notifications()
        self.notify(
            clean(sentence, 600),
            severity="error" if is_error else "information",
            timeout=seconds or (15 if is_error else 3),
            markup=False,
        )

    @cached_property
    def histories(self) -> Histories:
        """The whole histories that were asked for."""
        from fink_tui.app.histories import Histories

        return Histories(self.session)

    @cached_property
    def renderer(self) -> Renderer:
        """What shows what is sent."""
        from fink_tui.app.rendering import Renderer

        return Renderer(self.session.receivers)

    @property
    def live(self) -> LiveScreen:
        """The live screen, whatever is above it."""
        return next(screen for screen in self.screen_stack if isinstance(screen, LiveScreen))

    def show_live(self) -> None:
        """Show the live screen, whatever is above it."""
        self._uncover(self.live)

    def show_search(self, line: str = "") -> None:
        """Show the search, as it was left.

        Args:
            line: What is to be searched; blank: nothing else than before.
        """
        if self._search is None:
            from fink_tui.app.screens.search import SearchScreen

            self._search = SearchScreen(self.session, self.live.overview)
            self.install_screen(self._search, "search")  # so it goes on where it is not seen
        if self.screen is self._search:
            self._search.search(line)
            return
        self._search.wanted = line
        if self._search in self.screen_stack:
            self._uncover(self._search)
        else:
            self._uncover(self.live)
            self.push_screen(self._search)

    def _uncover(self, screen: AlertsScreen) -> None:
        while self.screen is not screen:
            self.pop_screen()

    def on_settled(self, event: Settled) -> None:
        """A decision is on the disk, or came to nothing: settle the mark, and say so."""
        if event.queues and self.sender is not None:
            self.sender.wake()
        self.live.settle(event.alert, is_good=event.is_good)
        if self._search is not None:
            self._search.settle(event.alert, is_good=event.is_good)
        if isinstance(self.screen, PaintingScreen):
            self.screen.look()
        self.say(event.words, is_error=not event.is_good, seconds=event.seconds)

    async def on_event(self, event: events.Event) -> None:
        """Give a text field its letters as they arrive: behind them, in the same packet, may come Enter."""
        is_new = isinstance(event, events.Key | events.Paste) and not event.is_forwarded
        if is_new and isinstance(self.focused, TextField) and self.focused.take(event):
            return
        await super().on_event(event)

    async def run_action(
        self,
        action: str | ActionParseResult,
        default_namespace: DOMNode | None = None,
        namespaces: Mapping[str, DOMNode] | None = None,
    ) -> bool:
        """Do what a key says; where the store cannot be read, nothing but a sentence comes of it."""
        try:
            return await super().run_action(action, default_namespace, namespaces)
        except StoreError as error:
            next(screen for screen in reversed(self.screen_stack) if isinstance(screen, AlertsScreen)).failed(error)
            return True

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The palette: the screen's table of keys, and the colours."""
        moves = MOVES if hasattr(screen, "action_cursor") else ()
        for command in (*_commands(screen), *moves, *EVERYWHERE):
            if command.action != "command_palette":
                words = command.words[:1].upper() + command.words[1:]
                yield SystemCommand(words, f"key: {command.title}", partial(self.perform, command.action))
        yield SystemCommand("Colours", "another theme, until you quit", self.action_change_theme)

    async def perform(self, action: str) -> None:
        """Do what a key would do: what has the focus is asked first, then the screen, then the program."""
        name = "action_" + action.partition("(")[0]
        for node in (self.focused, self.screen, self):
            if node is not None and hasattr(node, name):
                await self.run_action(action, node)
                return

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """In the help, the keys that open it and that quit close it; over a dialogue, they are its letters."""
        from fink_tui.app.screens.dialogue import Dialogue
        from fink_tui.app.screens.help import HelpScreen

        is_covered = isinstance(self.screen, HelpScreen | Dialogue) or self.screen.is_modal
        if action == "command_palette":
            return not isinstance(self.screen, Dialogue)
        return action not in ("help", "quit") or not is_covered

    async def action_quit(self) -> None:
        """Quit."""
        self._quit()

    def action_leave(self) -> None:
        """Quit, from anywhere."""
        self._quit()

    def _quit(self, status: int = 0) -> None:
        """Quit. The streams are told first, so that they end while the screen does.

        Args:
            status: The program's exit status.
        """
        self._is_over.set()
        if self.reception is not None:
            self.reception.tell_to_stop()
        if self.sender is not None:
            self.sender.tell_to_stop()
        self.leave(status, asyncio.get_running_loop().time() + LEAVE_SECONDS)

    def action_suspend_process(self) -> None:
        """Stop, as ctrl+z stops a program without a screen: it, and what it was started with."""
        if not self.is_headless:
            os.kill(0, signal.SIGTSTP)

    def _handle_exception(self, error: Exception) -> None:
        """Put what nobody foresaw into the log, without the values: some are secret. The command says where it is."""
        if self.crash is None:
            self.crash = error
            log.critical("the screen ended by an error", exc_info=error)
        super()._handle_exception(error)
        self._exit_renderables.clear()

    def _fatal_error(self) -> None:
        """End; Textual would write a traceback with the values onto the terminal."""
        self._close_messages_no_wait()

    def action_help(self) -> None:
        """Show the keys."""
        from fink_tui.app.screens.help import HelpScreen

        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(_commands(self.screen)))


def _commands(screen: Screen[object]) -> tuple[Command, ...]:
    """What can be done on a screen, besides what can be everywhere."""
    found: tuple[Command, ...] = getattr(screen, "KEYS", LIVE)
    return found
