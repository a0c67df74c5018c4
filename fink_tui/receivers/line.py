"""What goes to one receiver, one after another: what each of its answers means for the row, and for those behind it."""

from __future__ import annotations

import logging
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from fink_tui.alerts.submission import Submission
from fink_tui.alerts.text import clean
from fink_tui.receivers.configured import Configured
from fink_tui.receivers.receiver import (
    AskError,
    AwayError,
    BlockedError,
    Delivery,
    FaultError,
    Receiver,
    ReceiverError,
    RejectedError,
)
from fink_tui.receivers.tries import MOST_ALONE, MOST_AWAY, MOST_FAULTS, Tries, pause_after, pause_aside
from fink_tui.store.errors import StoreError
from fink_tui.store.outbox import LONGEST, Entry, Outbox, State
from fink_tui.store.outbox_pages import OutboxPages
from fink_tui.store.store import Store
from fink_tui.yaml_file import ConfigError

log = logging.getLogger("fink_tui.sender")

POLL_SECONDS = 0.5
"""Between two looks at whether another process has queued something."""

PROBE_SECONDS = 60.0
"""Between two looks at whether what blocks a receiver was mended."""

REFRESH_SECONDS = 30.0
"""Between two looks at what is due where nothing seems to have changed: the clock may have."""

STORE_SECONDS = 1.0
"""Between two tries to read or write a store that fails, such as on a full disk."""

WORDS_LENGTH = 500
"""Characters that are kept of an answer."""


class Line:
    """What goes to one receiver, one after another, in a thread of its own."""

    def __init__(self, store: Store, receiver: Receiver | Configured, stopping: threading.Event) -> None:
        self.name = receiver.name
        self.awake = threading.Event()
        """Set where there may be something to do."""
        self._store = store
        self._make: Callable[[], Receiver] = receiver.make if isinstance(receiver, Configured) else lambda: receiver
        self._receiver: Receiver | None = receiver if isinstance(receiver, Receiver) else None
        self._stopping = stopping
        self._outbox = Outbox(store.database)
        self._in_vain = 0
        """Attempts that found nobody, since the last that found somebody."""
        self._arrivals = 0
        self._tries: dict[int, Tries] = {}
        """How often those that did not arrive were tried, by their row."""
        self._has_stepped_aside = False
        """Whether the last that found nobody let another object's be tried at once."""
        self._problem = ""
        """What is to be mended, as it was said last; "" once something has arrived."""
        self._probe_at = 0.0
        """When to look whether what blocks was mended, by the monotonic clock."""

    def tell_to_stop(self) -> None:
        """Break off what is on its way; all know that they are to stop."""
        if self._receiver is not None:
            self._receiver.stopping.set()
        self.awake.set()

    def run(self) -> None:
        """Send until we are to stop."""
        said = ""
        while not self._stopping.is_set():
            try:
                with closing(OutboxPages(self._store.database)) as pages:
                    while not self._stopping.is_set():
                        self._step(pages)
            except StoreError as error:
                if str(error) != said:
                    log.warning("sending to %s: %s", self.name, error)
                said = str(error)
            except Exception as error:  # noqa: BLE001  a thread that died would leave all that waits for ever
                log.error("sending to %s: %s", self.name, _place(error))
            self._stopping.wait(STORE_SECONDS)
        if self._receiver is not None:
            try:
                self._receiver.close()
            except Exception as error:  # noqa: BLE001  it is not to keep the lock from being given back
                log.warning("closing %s: %s", self.name, _place(error))

    def _step(self, pages: OutboxPages) -> None:
        """Do one thing, or wait until there may be one to do."""
        self.awake.clear()
        pages.has_changed()
        if pages.has(self.name, State.BLOCKED):
            if time.monotonic() >= self._probe_at or pages.has(self.name, State.QUEUED):
                self._probe()
            else:
                self._wait(pages, None, self._probe_at)
            return
        now = time.time()
        due = pages.due(self.name, now)
        if due is None or due > now:
            self._wait(pages, due, time.monotonic() + REFRESH_SECONDS)
        elif (taken := self._outbox.take(self.name, now)) is not None:
            self._send(pages, *taken)

    def _wait(self, pages: OutboxPages, due: float | None, end: float) -> None:
        """Wait until something is due or was changed by anyone.

        Args:
            pages: The outbox.
            due: When something is due, Unix seconds.
            end: When there is something to do in any case, by the monotonic clock.
        """
        while not self._stopping.is_set() and not pages.has_changed():
            seconds = min(POLL_SECONDS, end - time.monotonic())
            if due is not None:
                seconds = min(seconds, due - time.time())
            if seconds <= 0 or self.awake.wait(seconds):
                return

    def _probe(self) -> None:
        """See whether what blocks the receiver was mended."""
        try:
            self._made().prepare()
        except Exception as error:  # noqa: BLE001  whatever it is, it still does not work
            if not self._stopping.is_set():
                self._block(_foreseen(error))
        else:
            self._settle(lambda: self._outbox.unblock(self.name))

    def _send(self, pages: OutboxPages, entry: Entry, told: Submission) -> None:
        """Deliver one that was taken, and write what became of it."""
        others_wait = False
        try:
            if self._stopping.is_set():
                raise AwayError("It was not begun.")
            if self._tries_of(entry).aways >= MOST_AWAY - 1:
                others_wait = (due := pages.due(self.name, now := time.time())) is not None and due <= now
            receiver = self._made()
            receiver.prepare()
            target = pages.target_of(self.name, entry.survey, entry.object_id)
            delivery = receiver.deliver(told, entry.choices, target)
        except StoreError as error:  # of reading: it was not begun
            log.warning("sending to %s: %s", self.name, error)
            self._postpone(entry, str(error), STORE_SECONDS, counts=False)
        except Exception as error:  # noqa: BLE001  whatever it is, the row must not stay on its way
            self._came_to_nothing(entry, _foreseen(error), others_wait=others_wait)
        else:
            self._arrived(entry, delivery)

    def _made(self) -> Receiver:
        """The receiver, made by the first call."""
        if self._receiver is None:
            try:
                receiver = self._make()
            except ConfigError as error:  # it was checked: something has changed since
                raise BlockedError(str(error)) from error
            self._receiver = receiver
            if self._stopping.is_set():
                receiver.stopping.set()
        return self._receiver

    def _arrived(self, entry: Entry, delivery: Delivery) -> None:
        self._answered()
        self._problem = ""
        self._arrivals += 1
        self._tries.pop(entry.id, None)
        state = State.SENT if delivery.is_new else State.EXISTS
        words, target, link = (clean(text, WORDS_LENGTH) for text in (delivery.words, delivery.target, delivery.link))
        self._settle(lambda: self._outbox.finish(entry.id, state, words, target=target, link=link))

    def _came_to_nothing(self, entry: Entry, error: ReceiverError, *, others_wait: bool) -> None:
        words = clean(error, WORDS_LENGTH)
        if isinstance(error, AwayError):
            if self._stopping.is_set():  # that is no answer: what was said last stays
                self._postpone(entry, entry.answer, 0, counts=False)
            elif self._steps_aside(entry, others_wait=others_wait):
                self._postpone(entry, words, max(pause_aside(self._tries_of(entry).aways), _wanted(error)))
            else:
                self._postpone(entry, words, self._found_nobody(error), all_of_receiver=True)
            return
        self._answered()
        tries = self._tries_of(entry)
        tries.aways = 0
        if isinstance(error, BlockedError):
            self._block(error)
        elif isinstance(error, AskError):
            log.warning("%s waits for an answer: %s", entry.object_id, words)
            self._settle(lambda: self._outbox.ask(entry.id, words, error.neighbours))
        else:
            others_arrive = tries.failed(self._arrivals)
            faults = tries.faults
            is_over = isinstance(error, RejectedError) or faults >= (MOST_FAULTS if others_arrive else MOST_ALONE)
            if is_over and faults > 1:
                words = f"{words} Given up after {faults} attempts."
            log.warning(
                "%s %s: %s", entry.object_id, "was given up" if is_over else "failed, and is tried again", words
            )
            if is_over:
                del self._tries[entry.id]
                self._settle(lambda: self._outbox.finish(entry.id, State.FAILED, words))
            else:
                # Where nothing arrives, what waits behind it is spared the same.
                self._postpone(entry, words, pause_after(2 * faults - 2), all_of_receiver=faults >= MOST_FAULTS)

    def _answered(self) -> None:
        """Somebody is there."""
        if self._in_vain:
            log.info("%s answers again", self.name)
        self._in_vain = 0
        self._has_stepped_aside = False

    def _tries_of(self, entry: Entry) -> Tries:
        return self._tries.setdefault(entry.id, Tries(self._arrivals))

    def _steps_aside(self, entry: Entry, *, others_wait: bool) -> bool:
        """Count an attempt on one that found nobody; whether it alone is to wait, and not all of the receiver.

        It may be this one alone for which nobody answers. Who knows: the next of another object, which is tried at
        once. Where that finds nobody either all waits, so that there are at most two attempts between two pauses.
        """
        tries = self._tries_of(entry)
        others_arrive = tries.found_nobody(self._arrivals)
        times = tries.aways
        if times < MOST_AWAY:
            self._has_stepped_aside = False
            return False
        if others_arrive:
            return True
        self._has_stepped_aside = others_wait and not self._has_stepped_aside
        if self._has_stepped_aside and times == MOST_AWAY:
            log.warning("%s lets others go first: %s attempts found nobody", entry.object_id, times)
        return self._has_stepped_aside

    def _found_nobody(self, error: AwayError) -> float:
        """Count an attempt that found nobody; the pause before the next, seconds."""
        if not self._in_vain:
            log.warning("%s is tried again by itself: %s", self.name, clean(error, WORDS_LENGTH))
        times = 0 if error.got_on else self._in_vain
        self._in_vain = times + 1
        return max(pause_after(times), _wanted(error))

    def _postpone(
        self, entry: Entry, words: str, pause: float, *, all_of_receiver: bool = False, counts: bool = True
    ) -> None:
        next_try = time.time() + pause if pause else 0.0
        self._settle(
            lambda: self._outbox.postpone(entry.id, words, next_try, all_of_receiver=all_of_receiver, counts=counts)
        )

    def _block(self, error: ReceiverError) -> None:
        # Nobody may be there any more while it waits for somebody to mend something.
        pause = self._found_nobody(error) if isinstance(error, AwayError) else PROBE_SECONDS
        words = clean(error, WORDS_LENGTH)
        if isinstance(error, BlockedError):
            words += f" All for {self.name} waits, and goes by itself within a minute of that."
        if words != self._problem:
            log.warning("%s: %s", self.name, words)
        self._problem = words
        self._probe_at = time.monotonic() + pause
        self._settle(lambda: self._outbox.block(self.name, words))

    def _settle(self, write: Callable[[], None]) -> None:
        """Write what became of it, however long the disk refuses.

        Where we are to stop before that, the row is left on its way, and queued again by whoever sends next.
        """
        keep_trying(write, self._stopping)


def keep_trying(write: Callable[[], object], stopping: threading.Event) -> bool:
    """Write until the store takes it, or we are to stop; whether it did."""
    said = ""
    while True:
        try:
            write()
            return True
        except StoreError as error:
            if str(error) != said:
                log.warning("the outbox cannot be written: %s", error)
            said = str(error)
        if stopping.wait(STORE_SECONDS):
            return False


def _wanted(error: AwayError) -> float:
    """The pause that the receiver wants, as far as one is that long, seconds."""
    return min(LONGEST, error.retry_after or 0.0)


def _foreseen(error: Exception) -> ReceiverError:
    """An error of a receiver's; one that nobody foresaw is a fault, and its text is not told: it may hold anything."""
    if isinstance(error, ReceiverError):
        return error
    log.error("an error that nobody foresaw: %s", _place(error))
    return FaultError(f"An error that nobody foresaw ({type(error).__name__}); the log says where.")


def _place(error: Exception) -> str:
    """What an error is and where it was raised, without its text."""
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    return " < ".join([type(error).__name__, *(f"{Path(f.filename).name}:{f.lineno}" for f in reversed(frames))])
