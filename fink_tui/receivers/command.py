"""A command of the user's as a receiver: for those who have a tool of their own.

It is called once an alert, without a shell, and reads a JSON object on its standard input (`CommandReceiver.render`).
Its exit status says what became of it, in the words of `sysexits.h`:

    0                      sent
    65 (EX_DATAERR)        it will never take this one: given up
    75 (EX_TEMPFAIL)       nobody answers at present: everything waits and is tried again by itself
    77, 78 (EX_NOPERM,     somebody has to mend something: everything waits until the command, or its file, can be
    EX_CONFIG)             run again; it is tried about once a minute, and when something more is to be sent
    any other, a signal,   it failed on this one: tried again a few times, then given up
    no end in time

The last line that it prints is shown as its answer, and on failure that of its standard error; a line of its output
that is a web address is the target's page.

If you quit while the command runs, it gets SIGTERM, and soon SIGKILL; where it ends with status 0 even then, it is
sent. Else, or if the machine dies while it runs, nobody knows what it did: it is called again for the same alert.
`survey` and `alert_id` tell it which, so that it can see whether it has it.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import signal
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec

from fink_tui.alerts.submission import Choices, Submission
from fink_tui.alerts.text import clean
from fink_tui.receivers import chosen, process
from fink_tui.receivers.receiver import (
    AwayError,
    BlockedError,
    Delivery,
    FaultError,
    Finding,
    Receiver,
    ReceiverError,
    RejectedError,
)

ANSWERS: dict[int, type[ReceiverError]] = {
    os.EX_DATAERR: RejectedError,
    os.EX_TEMPFAIL: AwayError,
    os.EX_NOPERM: BlockedError,
    os.EX_CONFIG: BlockedError,
}
"""What exit statuses mean; any other but 0 is a `FaultError`."""

PASSING = frozenset({errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE, errno.ETXTBSY})
"""Why a command cannot be started, where waiting helps."""

LINE_LENGTH = 300
"""Characters that are kept of a line that a command prints."""


class CommandSettings(NamedTuple):
    """What the settings say of a command."""

    command: tuple[str, ...]
    """The program and its arguments."""
    timeout: float = 60.0
    """Seconds after which it is killed."""
    target_list: str = ""
    """The template of the list's name; "" for none."""
    groups: tuple[str, ...] = ()
    """Who may see the target."""
    history: str = "all"
    """How much history is sent."""


class CommandReceiver(Receiver):
    """A command that takes alerts."""

    kind = "command"

    def __init__(self, name: str, settings: CommandSettings) -> None:
        """Make it; nothing is run yet."""
        super().__init__(name)
        self._settings = settings

    def render(self, told: Submission, choices: Choices) -> dict[str, object]:
        """What the command reads: the submission with the chosen points, `receiver`, `target_list`, `groups`.

        Every key is always there; what is not known is null. `version` is 1 as long as no key changes its meaning.
        """
        points = chosen.points(told, choices, self._settings.history)
        values: dict[str, object] = msgspec.structs.asdict(told) | {
            "points": [msgspec.structs.asdict(point) for point in points],
            "receiver": self.name,
            "target_list": chosen.list_name(told, choices, self._settings.target_list),
            "groups": self._settings.groups if choices.groups is None else choices.groups,
        }
        plain: dict[str, object] = msgspec.json.decode(msgspec.json.encode(values))
        return plain

    def prepare(self) -> None:
        """See that there is such a command."""
        program = self._settings.command[0]
        if shutil.which(program) is None:
            raise BlockedError(self._cannot_run(program, "there is no such program that we may run"))

    def deliver(self, told: Submission, choices: Choices, target: str) -> Delivery:
        """Run the command; `target` is nothing to it."""
        content = msgspec.json.encode(self.render(told, choices)) + b"\n"
        try:
            ended = process.run(self._settings.command, content, self._settings.timeout, self.stopping)
        except OSError as error:
            words = self._cannot_run(self._settings.command[0], error.strerror or type(error).__name__)
            raise AwayError(words) if error.errno in PASSING else BlockedError(words) from error
        if ended.status != 0:
            raise self._failure(ended)
        said = _lines(ended.output)
        links = [line for line in said if _is_link(line)]
        rest = [line for line in said if not _is_link(line)]
        return Delivery(True, rest[-1] if rest else "taken", link=links[-1] if links else "")

    def check(self) -> Iterator[Finding]:
        """See that there is such a command; it is not run, since it could not tell that this is a test."""
        program = self._settings.command[0]
        found = shutil.which(program)
        if found is None:
            yield Finding(False, self._cannot_run(program, "there is no such program that we may run"))
        else:
            yield Finding(True, f"The command is {clean(found)}. It is not run in a test.")

    def _cannot_run(self, program: str, why: str) -> str:
        return (
            f"The command {clean(program)} of {self.name} cannot be run: {clean(why)}. "
            "Mend its path or its permissions (chmod +x), or the receiver in config.yml."
        )

    def _failure(self, ended: process.Ended) -> ReceiverError:
        said = next(reversed(_lines(ended.errors) or _lines(ended.output)), "")
        if ended.status is None:
            if self.stopping.is_set():
                return AwayError("It was broken off, since the program ended.")
            what = f"{self.name} had not ended after {self._settings.timeout:g} s and was killed"
        elif ended.status < 0:
            what = f"{self.name} was ended by {_signal_name(-ended.status)}"
        else:
            what = f"{self.name} ended with status {ended.status}"
        kind = FaultError if ended.status is None else ANSWERS.get(ended.status, FaultError)
        if not said:
            return kind(f"{what}, without a word.")
        return kind(f"{what}: {said}" + ("" if said[-1] in ".!?…" else "."))


def _lines(output: bytes) -> Sequence[str]:
    """The lines of some output that are not blank, made safe."""
    lines = [clean(line, LINE_LENGTH).strip() for line in output.splitlines()]
    return [line for line in lines if line]


def _is_link(line: str) -> bool:
    return re.fullmatch(r"https?://[^\s]+", line) is not None


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
