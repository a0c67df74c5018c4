"""What a receiver is to the rest of the program: one interface, one class a kind, and what can go wrong with one.

ReceiverError
├── AwayError      nobody answers, or it is busy: all that it is to get waits, and is tried again by itself
├── BlockedError   somebody has to mend something, such as a login: all that it is to get waits for that
├── FaultError     it failed on this one; perhaps not the next time, and perhaps half of it is there
├── RejectedError  it will never take this one as it is
└── AskError       another target is near; the observer says what it is
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from fink_tui.alerts.submission import Choices, Submission
from fink_tui.store.outbox import Neighbour


class ReceiverError(Exception):
    """A sending came to nothing; the text is a sentence that says what happened, what it means, and what to do."""


class AwayError(ReceiverError):
    """Nobody answers, or it is too busy. Waiting helps."""

    def __init__(self, words: str, retry_after: float | None = None, *, got_on: bool = False) -> None:
        """Make the error.

        Args:
            words: What happened.
            retry_after: Seconds after which the receiver wants to be asked again, where it says so.
            got_on: Whether it took or answered something just before: then the line is bad, and nobody is away.
        """
        super().__init__(words)
        self.retry_after = retry_after
        self.got_on = got_on


class BlockedError(ReceiverError):
    """Somebody has to mend something before anything can be sent there."""


class FaultError(ReceiverError):
    """It failed on this one: sometimes the next attempt finds it done, sometimes it never will."""


class RejectedError(ReceiverError):
    """It will never take this one."""


class AskError(ReceiverError):
    """There is another target near it: is it the same?"""

    def __init__(self, words: str, neighbours: Sequence[Neighbour]) -> None:
        """Make the error.

        Args:
            words: What is asked.
            neighbours: The targets, nearest first.
        """
        super().__init__(words)
        self.neighbours = tuple(neighbours)


class Delivery(NamedTuple):
    """What has arrived."""

    is_new: bool
    """Whether a target was made; else it was there, and has been completed."""
    words: str
    """What was done, in a few words: "12 of 14 points were new"."""
    target: str = ""
    """The receiver's number of the target."""
    link: str = ""
    """The target's page."""


class Finding(NamedTuple):
    """Something that a test of the connection found out."""

    is_good: bool
    words: str
    """A sentence; where it is not good, with the remedy."""


class Receiver(ABC):
    """A place that alerts are sent to. All but `render` is called in one thread only, the sender's."""

    name: str
    """What the observer calls it."""

    kind: str
    """`tom`, `command`, `demo`."""

    stopping: threading.Event
    """Set where a delivery is to break off between two requests: it then raises `AwayError`."""

    def __init__(self, name: str) -> None:
        """Make it; nothing is connected yet."""
        self.name = name
        self.stopping = threading.Event()

    @abstractmethod
    def render(self, told: Submission, choices: Choices) -> dict[str, object]:
        """Exactly what will be sent, as JSON values. Pure: no network, no secret.

        Args:
            told: The submission.
            choices: What the observer chose for it.

        Raises:
            RejectedError: It cannot be sent there.
        """

    def prepare(self) -> None:
        """Make sure that what is sent will be taken, such as that the login is honoured; cheap where that is known.

        Raises:
            AwayError: Nobody answers.
            BlockedError: It will not be.
        """
        return

    @abstractmethod
    def deliver(self, told: Submission, choices: Choices, target: str) -> Delivery:
        """Make the target and its points be there, whatever of it is there already: called again after any failure.

        Args:
            told: The submission.
            choices: What the observer chose for it.
            target: The target that the object was sent to before, as the receiver numbers it; "" for none.

        Raises:
            ReceiverError: It is not there, or not whole.
        """

    def check(self) -> Iterator[Finding]:
        """Test the connection, and say what is found; the last is bad where something will not work."""
        yield Finding(True, f"{self.name}: nothing to test.")

    def close(self) -> None:
        """Close what is open."""
        return
