"""A view of what a server is asked for: in a thread, once the cursor has rested on an alert."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from textual.message import Message
from textual.timer import Timer
from textual.worker import Worker, WorkerState, get_current_worker

from fink_tui.app.widgets.montage_view import MontageView
from fink_tui.search.errors import CancelledError, SearchError
from fink_tui.store.errors import StoreError

RETRY = "0 asks again."


class AskingView(MontageView):
    """Nothing is asked before it is looked at; what another alert needed is given up."""

    ASKED: ClassVar[tuple[str, ...]]
    """What is asked for: the groups of the workers."""

    ASKING_REST: ClassVar[float]
    """Seconds that the cursor rests on an alert before anybody is asked: who scrolls by asks nothing."""

    @dataclass
    class Came(Message, bubble=False):
        """Who was asked has answered, or will not."""

        what: str
        """Which of `ASKED`."""
        sight: object
        """What it was asked for."""
        found: object
        """The answer, or the error why there is none."""

    def __init__(self, *, ascii_only: bool = False, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        """Make it, empty; the arguments are every view's."""
        super().__init__(ascii_only=ascii_only, id=id, classes=classes)
        self._pause: Timer | None = None

    def is_wanted(self, what: str, sight: object) -> bool:
        """Whether what was asked for is still what is looked at."""
        raise NotImplementedError

    def came(self, what: str, found: object) -> None:
        """Show what came."""
        raise NotImplementedError

    def failed(self, what: str, why: str) -> None:
        """Say why it does not come; the words are not clean."""
        raise NotImplementedError

    def ask_soon(self, ask: Callable[[], None]) -> None:
        """Ask when the cursor has rested; of several, the last alone."""
        self._stop_resting()
        self._pause = self.set_timer(self.ASKING_REST, partial(self._rested, ask))

    def fetch(self, what: str, sight: object, get: Callable[[Callable[[], bool]], object]) -> None:
        """Ask now; what was asked for under that name before is given up.

        Args:
            what: One of `ASKED`.
            sight: What it is asked for.
            get: Asks, in a thread; it is given what tells whether nobody waits for it any longer.
        """
        self.run_worker(
            partial(self._fetch, what, sight, get), thread=True, group=what, exclusive=True, exit_on_error=False
        )

    def give_up(self) -> None:
        """Wait for nothing any longer."""
        self._stop_resting()
        for what in self.ASKED:
            self.workers.cancel_group(self, what)

    def on_asking_view_came(self, message: Came) -> None:
        """Show what came, if it is still wanted."""
        if not self.is_wanted(message.what, message.sight):
            return
        if isinstance(message.found, Exception):
            self.failed(message.what, str(message.found))
        else:
            self.came(message.what, message.found)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Say in words what nobody foresaw."""
        if event.worker.group not in self.ASKED:
            super().on_worker_state_changed(event)
        elif event.state is WorkerState.ERROR:
            event.stop()
            self.log.error(repr(event.worker.error))
            self.failed(event.worker.group, f"An error that nobody foresaw: {event.worker.error!r}.")

    def _rested(self, ask: Callable[[], None]) -> None:
        self._pause = None
        ask()

    def _stop_resting(self) -> None:
        if self._pause is not None:
            self._pause.stop()
            self._pause = None

    def _fetch(self, what: str, sight: object, get: Callable[[Callable[[], bool]], object]) -> None:
        """Ask, in a thread."""
        worker = get_current_worker()
        found: object
        try:
            found = get(lambda: worker.is_cancelled)
        except CancelledError:
            return
        except (SearchError, StoreError, OSError) as error:
            found = error
        if not worker.is_cancelled:
            self.post_message(self.Came(what, sight, found))
