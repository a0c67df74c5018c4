"""Where a receiver's secret is from: an environment variable, a file, or a command."""

from __future__ import annotations

import os
import shlex
import stat
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from fink_tui.credentials import Secret
from fink_tui.receivers import process
from fink_tui.receivers.receiver import BlockedError

COMMAND_TIMEOUT = 30.0
"""Seconds that a command has to give its secret."""

MOST_BYTES = 4096
"""A longer secret is none."""


class SecretSource(NamedTuple):
    """Where a secret is from. It is read anew each time, so that it counts as soon as it has been changed."""

    what: str
    """`token` or `password`."""

    file: Path | None = None
    """The file that holds it, which only its owner may read; or"""

    variable: str | None = None
    """the environment variable; or"""

    command: tuple[str, ...] = ()
    """the command, its words, that writes it."""

    @property
    def origin(self) -> str:
        """Where it is from, for people."""
        if self.file is not None:
            return str(self.file)
        return (
            f"the environment variable {self.variable}"
            if self.variable is not None
            else f"the command {self.command[0]}"
        )

    def read(self, environ: Mapping[str, str] = os.environ) -> Secret:
        """The secret as it is now: the first line.

        Raises:
            BlockedError: There is none, or others can read it too.
        """
        problem: BlockedError
        try:
            if self.file is not None:
                return self._first_line(_file(self.file, self.what))
            if self.variable is None:
                return self._first_line(_output(self.command))
            if self.variable not in environ:
                raise BlockedError(f"{self._subject} is not set. Set it, and start the program again.")
            return self._first_line(environ[self.variable].encode("utf-8", "surrogateescape"))
        except BlockedError as error:
            problem = error
        # As if it arose here: the frames below hold the secret.
        raise problem.with_traceback(None) from None

    @property
    def _subject(self) -> str:
        return self.origin if self.file is not None else self.origin[:1].upper() + self.origin[1:]

    def _first_line(self, content: bytes) -> Secret:
        line = content.removeprefix(b"\xef\xbb\xbf").splitlines()[:1]
        if not line or not line[0].strip():
            raise BlockedError(f"{self._subject} gives no {self.what}: it is empty. Put the {self.what} there.")
        try:
            return Secret(line[0].decode())
        except UnicodeDecodeError:
            pass
        raise BlockedError(f"{self._subject} does not hold text. Put the {self.what} there, alone.")


def _file(path: Path, what: str) -> bytes:
    """What a file holds that only its owner can read."""
    name = shlex.quote(str(path))
    try:
        # Not blocking: a pipe in the file's place would wait for ever.
        with open(path, "rb", opener=lambda place, flags: os.open(place, flags | os.O_NONBLOCK | os.O_CLOEXEC)) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise BlockedError(f"{path} is not a file. Put the {what} into one, alone, and chmod 600 it.")
            if status.st_mode & 0o077:
                mode = f"{stat.S_IMODE(status.st_mode):04o}"
                raise BlockedError(f"Other users can read {path} (mode {mode}). Close it: chmod 600 {name}")
            return file.read(MOST_BYTES)
    except FileNotFoundError:
        words = f"The file {path} is not there. Put the {what} into it, alone, and run: chmod 600 {name}"
    except OSError as error:
        words = f"The file {path} cannot be read: {error.strerror}. It is to hold the {what}, alone."
    raise BlockedError(words)


def _output(command: tuple[str, ...]) -> bytes:
    """What a command writes to its standard output; what it says on the other one is not told."""
    program = command[0]
    try:
        ended = process.run(command, b"", COMMAND_TIMEOUT, threading.Event())
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no command"
        raise BlockedError(f"The command {program} cannot be run: {reason}. Mend it in the settings.") from None
    if ended.status is None:
        raise BlockedError(
            f"The command {program} gave no secret within {COMMAND_TIMEOUT:.0f} s. It must not ask anything."
        )
    if ended.status:
        raise BlockedError(
            f"The command {program} ended with exit status {ended.status}. Run it in a terminal to see why."
        )
    # Of so much only the end was kept, and the secret is the first line.
    if len(ended.output) >= process.KEPT_BYTES or len(ended.output.partition(b"\n")[0]) > MOST_BYTES:
        raise BlockedError(
            f"The command {program} writes more than a secret. It is to write that, alone, in its first line."
        )
    return ended.output
