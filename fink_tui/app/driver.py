"""The terminal under the screen: that it may go away, that a shell may stop the program and let it go on.

Textual's driver knows none of the three well. A terminal that is gone gives end-of-file for ever, which it reads again
and again. After SIGCONT it starts a second time, though it may never have stopped: then two threads share the keys,
and what the terminal's settings were is forgotten. It stops with SIGSTOP, from which a program that no shell
has started never comes back.
"""

from __future__ import annotations

import contextlib
import logging
import select
import signal
import termios
import threading
from types import FrameType
from typing import Any

from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

log = logging.getLogger(__name__)


class TerminalDriver(LinuxDriver):
    """Textual's driver, which also says when the terminal has gone, and stops and goes on as a shell expects."""

    class Gone(Message):
        """The terminal has gone: nobody sees the screen, and no key will come."""

    class NotStopped(Message):
        """The program was to stop, but no shell is there that would let it go on."""

    def __init__(
        self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        """Make it; nothing is sent yet."""
        was_ignored = signal.getsignal(signal.SIGTSTP) is signal.SIG_IGN
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        if was_ignored:  # by a shell without job control
            signal.signal(signal.SIGTSTP, signal.SIG_IGN)
        self._is_on = False
        self._watcher: threading.Thread | None = None

    def start_application_mode(self) -> None:
        """Take the terminal."""
        super().start_application_mode()  # type: ignore[no-untyped-call]
        self._is_on = True
        if self._watcher is None:
            self._watcher = threading.Thread(target=self._watch, name="terminal-watch", daemon=True)
            self._watcher.start()

    def stop_application_mode(self) -> None:
        """Leave the terminal as it was."""
        self._is_on = False
        super().stop_application_mode()

    # -- gone ---------------------------------------------------------------------------------------------------------

    def _watch(self) -> None:
        """Wait until the terminal hangs up, which nothing but asking for it tells."""
        poll = select.poll()
        poll.register(self.fileno, 0)
        if any(found & (select.POLLHUP | select.POLLERR) for _, found in poll.poll()):
            self._hung_up()

    def run_input_thread(self) -> None:
        """Read keys, until the terminal goes."""
        try:
            super().run_input_thread()
        except OSError:
            self._hung_up()

    def _hung_up(self) -> None:
        log.warning("the terminal has gone: the screen ends")
        with contextlib.suppress(RuntimeError):  # it has ended
            self.send_message(self.Gone())

    # -- stopped and continued ----------------------------------------------------------------------------------------

    def _sigtstp_application(self, number: int, frame: FrameType | None) -> None:
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._stop)

    def _sigcont_application(self, number: int, frame: FrameType | None) -> None:
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._take_again)

    def _stop(self) -> None:
        """Give the terminal back and stop, with all threads; go on from here when the shell says so."""
        was_on = self._is_on
        if was_on:
            self.suspend_application_mode()
        continued = threading.Event()
        before = [(number, signal.getsignal(number)) for number in (signal.SIGTSTP, signal.SIGCONT)]
        signal.signal(signal.SIGCONT, lambda *_: continued.set())
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        # To this thread: a signal to the process might be taken by another, while this one went on for a moment. The
        # system does not stop a program that no shell of its session could continue.
        signal.pthread_kill(threading.get_ident(), signal.SIGTSTP)
        for number, handler in before:
            signal.signal(number, handler)
        if was_on:
            self._resume()
            if not continued.is_set():
                self.send_message(self.NotStopped())

    def _take_again(self) -> None:
        """After a stop that came without a word (SIGSTOP): the shell has had the terminal, and set it as it likes."""
        if self._is_on:
            self._wait_for_foreground()
            self.suspend_application_mode()
            self._resume()

    def _resume(self) -> None:
        self._wait_for_foreground()
        self.resume_application_mode()
        self._app.refresh(layout=True)

    def _wait_for_foreground(self) -> None:
        """In the background, stop again until this is the program in the terminal's foreground."""
        with contextlib.suppress(termios.error, OSError):
            # Changes nothing. The system stops who asks for it in the background.
            termios.tcsetattr(self.fileno, termios.TCSANOW, termios.tcgetattr(self.fileno))
