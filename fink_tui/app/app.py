"""The program with a screen."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from textual.app import App, SystemCommand
from textual.screen import Screen
from textual.worker import Worker, WorkerState, get_current_worker

from fink_tui.app.commands import EVERYWHERE, GROUPS, bindings
from fink_tui.app.screens.help import HelpScreen
from fink_tui.app.screens.live import LiveScreen
from fink_tui.app.session import Session
from fink_tui.store.errors import StoreError
from fink_tui.stream.reception import Reception

WIDE = 140
"""Columns from which the alert stands beside the list: below, the list would lose its topics."""


class FinkApp(App[None]):
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
        self.animation_level = "none"

    def on_mount(self) -> None:
        """Show the list; receive once it is there."""
        self.theme = "ansi-dark"
        self.push_screen(LiveScreen(self.session))
        if self.session.connect is not None:
            self.call_after_refresh(self.run_worker, self._connect, thread=True, exit_on_error=False, group="connect")
        for note in self.session.notes:
            self.notify(note, markup=False, timeout=6)

    def _connect(self) -> None:
        assert self.session.connect is not None
        try:
            reception = self.session.connect()
        except (StoreError, ValueError, OSError) as error:
            self.trouble = str(error)
            return
        if get_current_worker().is_cancelled:  # quit meanwhile
            reception.stop(0)
        self.reception = reception

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """What nobody foresaw is said, too."""
        if event.worker.group == "connect" and event.state is WorkerState.ERROR:
            self.log.error(repr(event.worker.error))
            self.trouble = f"Receiving could not begin: {event.worker.error!r}"

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The palette: the table of keys, and the colours."""
        for commands in GROUPS.values():
            for command in commands:
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

    async def action_quit(self) -> None:
        """Quit. The streams are told first, so that they end while the screen does."""
        if self.reception is not None:
            self.reception.tell_to_stop()
        self.exit()

    def action_help(self) -> None:
        """Show the keys."""
        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen())
