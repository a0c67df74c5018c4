"""The sender and those who enqueue as processes of their own, which can be killed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from fink_tui.alerts.submission import Submission, encode
from fink_tui.paths import Home
from tests.running import environment
from tests.tom.server import Tom

ROOT = Path(__file__).resolve().parents[2]

PAUSE = 0.02
"""Seconds: all pauses of a sender of the tests."""

PAUSES = ("POLL_SECONDS", "FIRST_PAUSE", "LONGEST_PAUSE", "PROBE_SECONDS", "STORE_SECONDS", "LOCK_SECONDS")
"""Their names, in the modules that have them."""

SHORTENED = f"""
import sys
from fink_tui.receivers import line, sender, tries
for name in {PAUSES}:
    for module in (line, sender, tries):
        if hasattr(module, name):
            setattr(module, name, {PAUSE})
"""

COMMAND = f"""{SHORTENED}
from fink_tui.cli.main import main
main()
"""
"""The program, with short pauses."""

SENDER = f"""{SHORTENED}
from fink_tui import config
from fink_tui.paths import Home
from fink_tui.receivers.configured import configured
from fink_tui.store.store import Store
home = Home.find()
with Store(home.data) as store:
    sending = sender.Sender(store, configured(config.load(home.config_file)), doing="a sender of the tests")
    sending.start()
    print("started", flush=True)
    sys.stdin.read()
    sending.stop(30)
"""
"""Sends until its standard input ends: with the test at the latest."""

ENQUEUER = """
import sys
from fink_tui.alerts.submission import decode_submission
from fink_tui.paths import Home
from fink_tui.store.outbox import Outbox
from fink_tui.store.store import Store
with Store(Home.find().data) as store:
    for line in sys.stdin:
        print(Outbox(store.database).enqueue(sys.argv[1], decode_submission(line)).result().id, flush=True)
"""
"""Enqueues what it reads, a submission a line, and prints the row's id once it is on the disk."""


def home_of(folder: Path) -> Home:
    """The folders of the processes that are started in a folder."""
    return Home.temporary(folder / "fink-tui")


def write_settings(folder: Path, *receivers: str) -> None:
    """Write the settings, with these receivers, a YAML mapping in braces each."""
    home = home_of(folder)
    home.create()
    home.config_file.write_text("receivers:\n" + "".join(f"  - {receiver}\n" for receiver in receivers))


def tom_receiver(folder: Path, tom: Tom, url: str, *, target_list: str = "fink_{topic}", user: str = "alice") -> str:
    """A TOM as a receiver named `tom`, with the login that TOMs of its version honour.

    Args:
        folder: Where its secret is put.
        tom: The TOM.
        url: Where it is reached, such as a proxy.
        target_list: The list that targets are put in.
        user: Whose login it is.
    """
    secret = folder / f"secret-{user}"
    secret.write_text(tom.token(user) if tom.stock_tokens else tom.password(user))
    secret.chmod(0o600)
    login = f"token_file: {secret}" if tom.stock_tokens else f"auth: basic, username: {user}, password_file: {secret}"
    return f'{{name: tom, kind: tom, url: "{url}", target_list: "{target_list}", groups: [nightcrew], {login}}}'


def start_send_wait(folder: Path) -> subprocess.Popen[str]:
    """Start `fink-tui send --wait`: it sends what waits, and ends."""
    return _start(folder, [sys.executable, "-c", COMMAND, "send", "--wait"])


def start_sender(
    folder: Path, before: Sequence[str] = (), variables: Mapping[str, str] | None = None
) -> subprocess.Popen[str]:
    """Start a sender; it prints a line once it has begun.

    Args:
        folder: What it is started in.
        before: A command before its own.
        variables: What its environment has besides.
    """
    return _start(folder, [*before, sys.executable, "-c", SENDER], variables)


def _start(folder: Path, command: Sequence[str], variables: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
    with (folder / "words").open("a") as words:
        return subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment(folder) | dict(variables or {}),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=words,
            text=True,
        )


def end(process: subprocess.Popen[str], *, kill: bool = False) -> None:
    """Let it end, or kill it, and wait for it."""
    if kill:
        process.kill()
    process.communicate(timeout=60)


@contextmanager
def enqueuer(
    folder: Path, receiver: str, before: Sequence[str] = (), variables: Mapping[str, str] | None = None
) -> Iterator[IO[str]]:
    """A process that enqueues what it is told (`enqueue_by`); at the end, all of it must be in the outbox.

    Args:
        folder: What it is started in.
        receiver: For whom.
        before: A command before its own.
        variables: What its environment has besides.
    """
    process = _start(folder, [*before, sys.executable, "-c", ENQUEUER, receiver], variables)
    assert process.stdin is not None
    try:
        yield process.stdin
    except BaseException:
        process.kill()
        raise
    finally:
        process.communicate(timeout=60)
    assert process.returncode == 0, (folder / "words").read_text()


def enqueue_by(pipe: IO[str], told: Submission) -> None:
    """Have an enqueuer enqueue one."""
    pipe.write(encode(told).decode() + "\n")
    pipe.flush()
