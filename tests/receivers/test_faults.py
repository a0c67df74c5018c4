"""Killed, without power, on a full disk: what was said to be queued arrives, and in order; nothing is half there."""

from __future__ import annotations

import json
import os
import random
import shlex
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from fink_tui.receivers import line, sender, tries
from fink_tui.receivers.receiver import AwayError, FaultError
from fink_tui.receivers.sender import Sender
from fink_tui.store.database import Database
from fink_tui.store.outbox import Outbox
from fink_tui.store.outbox_pages import OutboxPages
from fink_tui.store.store import Store
from tests.receivers.scripted import DONE, OBJECTS, Answer, Scripted, object_of, rows, states, told
from tests.running import wait_for
from tests.small_disk import SmallDisk
from tests.store.making import ROOT
from tests.store.test_power import snapshot


def check_arrived(arrived: Sequence[int], count: int, most_twice: int) -> None:
    """All arrived, few twice, and of each object the first one first."""
    times = Counter(arrived)
    assert sorted(times) == list(range(count))
    assert sum(times.values()) - count <= most_twice
    first = list(dict.fromkeys(arrived))
    for name in range(OBJECTS):
        of_object = [alert for alert in first if alert % OBJECTS == name]
        assert of_object == sorted(of_object)


# --- killed

PROGRAM = """
import sys
from pathlib import Path
from fink_tui.receivers.command import CommandReceiver, CommandSettings
from fink_tui.receivers.sender import Sender
from fink_tui.store.outbox import Outbox
from fink_tui.store.store import Store
from tests.receivers.scripted import object_of, told

folder, command, first, last = sys.argv[1:]
store = Store(Path(folder))
sending = Sender(store, [CommandReceiver("mine", CommandSettings(("sh", "-c", command)))], doing="a test")
sending.start()
for number in range(int(first), int(last)):
    Outbox(store.database).enqueue("mine", told(object_of(number), str(number))).result()
    print(number, flush=True)
sys.stdin.read()
sending.stop(30)
store.close()
"""


def test_killed_again_and_again_what_was_queued_arrives(tmp_path: Path) -> None:
    """A command that was running when its caller was killed is called again for that alert: at most once a kill."""
    count, kills = 40, 3
    received = tmp_path / "received"
    received.touch()
    command = f"cat >> {shlex.quote(str(received))}"

    def start(first: int) -> subprocess.Popen[str]:
        call = [sys.executable, "-c", PROGRAM, str(tmp_path / "store"), command, str(first), str(count)]
        return subprocess.Popen(call, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    queued = 0
    for kill in range(kills):
        goal = count * (kill + 1) // (kills + 2)
        process = start(queued)
        try:
            wait_for(lambda goal=goal: received.read_bytes().count(b"\n") >= goal, "some to arrive")  # type: ignore[misc]
        finally:
            process.kill()
            said, _ = process.communicate()
        queued += len(said.splitlines())
    process = start(queued)
    try:
        with Store(tmp_path / "store") as store, closing(OutboxPages(store.database)) as pages:
            wait_for(lambda: pages.count() == count and not pages.waiting().waiting, "all to be sent")
            assert set(states(store)) == {"sent"}
    finally:
        process.communicate("", timeout=60)
    assert process.returncode == 0
    read = [json.loads(text) for text in received.read_text().splitlines()]
    check_arrived([int(one["alert_id"]) for one in read], count, kills)
    assert {one["object_id"] for one in read} == {object_of(number) for number in range(OBJECTS)}


def test_who_takes_over_sends_what_the_killed_one_had_on_its_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "LOCK_SECONDS", 0.01)
    pid = tmp_path / "pid"
    call = [sys.executable, "-c", PROGRAM, str(tmp_path / "store"), f"echo $$ > {pid}; exec sleep 1000", "0", "3"]
    killed = subprocess.Popen(call, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    mine = Scripted("mine")
    try:
        wait_for(lambda: pid.exists() and pid.read_text().endswith("\n"), "the command")
        with Store(tmp_path / "store") as store:
            wait_for(lambda: states(store) == ["sending", "queued", "queued"], "it to be on its way")
            sending = Sender(store, [mine], doing="another")
            sending.start()
            holder = store.sending.holder()
            assert holder is not None
            assert holder.pid == killed.pid
            killed.kill()
            wait_for(lambda: states(store) == ["sent"] * 3, "another to send it")
            sending.stop(30)
    finally:
        killed.kill()
        killed.communicate()
        os.kill(int(pid.read_text()), signal.SIGKILL)
    assert mine.arrived == ["0", "1", "2"]


# --- without power


class Moment(NamedTuple):
    """The disk after a commit, and what was known then."""

    database: bytes
    queued: int
    """Alerts of which it was said that they are queued."""
    arrived: int


def test_the_power_fails_after_any_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name, seconds in (
        (tries, "FIRST_PAUSE", 0.001),
        (tries, "LONGEST_PAUSE", 0.01),
        (line, "POLL_SECONDS", 0.01),
    ):
        monkeypatch.setattr(module, name, seconds)
    moments: list[Moment] = []
    queued: list[int] = []
    count, chance = 24, random.Random(1)
    script: list[Answer] = chance.choices([DONE, AwayError("Nobody answers."), FaultError("500")], [6, 2, 1], k=40)
    tom = Scripted("tom", *script)
    real = Database._transact

    def transact(self: Database, connection: sqlite3.Connection, job: Callable[[sqlite3.Connection], Any]) -> Any:
        known, arrived = len(queued), len(tom.arrived)  # what is said later may be of a later commit
        result = real(self, connection, job)
        moments.append(Moment(snapshot(self.path), known, arrived))
        return result

    with Store(tmp_path / "live") as store, monkeypatch.context() as patch:
        patch.setattr(Database, "_transact", transact)
        sending = Sender(store, [tom], doing="a test")
        sending.start()
        for number in range(count):
            Outbox(store.database).enqueue("tom", told(object_of(number), str(number))).result()
            queued.append(number)
        wait_for(lambda: set(states(store)) == {"sent"}, "all to be sent")
        sending.stop(30)
    assert len(moments) > 60
    for number in [*chance.sample(range(len(moments)), 12), 0, len(moments) - 1]:
        moment, folder = moments[number], tmp_path / f"back{number}"
        folder.mkdir()
        (folder / "store.sqlite3").write_bytes(moment.database)
        later = Scripted("tom")
        with Store(folder) as store:
            found = rows(store)
            assert len(found) >= moment.queued, "what was said to be queued is gone"
            before = tom.arrived[: moment.arrived + 1]  # the next may have arrived before that commit
            assert {row.alert_id for row in found if row.state == "sent"} <= set(before), "said to have arrived"
            sending = Sender(store, [later], doing="a test")
            sending.start()
            wait_for(lambda store=store: set(states(store)) <= {"sent"}, "all to be sent")  # type: ignore[misc]
            sending.stop(30)
        check_arrived([*map(int, tom.arrived[: moment.arrived]), *map(int, later.arrived)], len(found), 1)


# --- on a full disk

BEGIN = """
import itertools, logging, sys, threading
from contextlib import closing
from pathlib import Path
from fink_tui.alerts.submission import submission
from fink_tui.receivers import line
from fink_tui.receivers.receiver import Delivery
from fink_tui.receivers.sender import Sender
from fink_tui.store.errors import StoreFullError
from fink_tui.store.outbox import Outbox
from fink_tui.store.outbox_pages import OutboxPages
from fink_tui.store.pages import Pages
from fink_tui.store.store import Store
from fink_tui.stream.demo import alerts
from tests.receivers.scripted import Scripted, states
from tests.running import wait_for
from tests.store.making import receive, results, sql
from tests.store.test_full_disk import BEGIN

exec(BEGIN)
line.STORE_SECONDS = 0.01
told = [submission(one.row, topics="t", night=20261120, record=None) for one in results(some)]
"""


def inside(disk: SmallDisk, code: str) -> str:
    command = [*disk.enter, sys.executable, "-c", BEGIN + code, str(disk.path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_on_a_full_disk_a_wish_is_an_error_and_nothing_of_it_is_there(small_disk: SmallDisk) -> None:
    said = inside(
        small_disk,
        """
with Store(disk / "store") as store:
    inbox = store.inbox()
    receive(inbox, some)
    outbox, queued = Outbox(store.database), 0
    fill()
    try:
        for number in range(60):  # some pages of the journal may have been left
            outbox.enqueue("tom", told[number], alert=number + 1).result()
            queued += 1
    except StoreFullError as error:
        print(error)
    assert queued < 60
    assert sql(store, "SELECT count(*) FROM outbox") == [(queued,)]
    assert sql(store, "SELECT count(*) FROM submission") == [(queued,)]
    assert sql(store, "SELECT count(*) FROM decision") == [(queued,)]
    assert sql(store, "SELECT count(*) FROM alert WHERE state != '' OR sending != ''") == [(queued,)]
    make_room()
    assert outbox.enqueue("tom", told[queued], alert=queued + 1).result().is_new
    tom = Scripted("tom")
    sending = Sender(store, [tom], doing="a test")
    sending.start()
    wait_for(lambda: states(store) == ["sent"] * (queued + 1), "all to be sent")
    sending.stop(30)
    assert len(tom.arrived) == queued + 1
    inbox.close()
""",
    )
    assert said == "The disk is full (writing the database). Make room on it.\n"


def test_on_a_full_disk_what_arrived_is_noted_once_there_is_room(small_disk: SmallDisk) -> None:
    said = inside(
        small_disk,
        """
is_full = threading.Event()

class Notes(logging.Handler):
    def emit(self, record):
        if "cannot be written" in record.getMessage():
            print(record.getMessage())
            is_full.set()

logging.getLogger("fink_tui.sender").addHandler(Notes())

def arrive():
    fill()
    for number in range(2, 60):  # use up what is left of the journal
        try:
            outbox.enqueue("other", told[number]).result()
        except StoreFullError:
            break
    return Delivery(True, "made", "7")

with Store(disk / "store") as store:
    outbox = Outbox(store.database)
    outbox.enqueue("tom", told[0]).result()
    tom = Scripted("tom", arrive)
    sending = Sender(store, [tom], doing="a test")
    sending.start()
    assert is_full.wait(30)
    assert states(store)[0] == "sending"
    make_room()
    wait_for(lambda: states(store)[0] == "sent", "it to be noted")
    sending.stop(30)
    assert len(tom.arrived) == 1
""",
    )
    assert said.splitlines()[0] == (
        "the outbox cannot be written: The disk is full (writing the database). Make room on it."
    )
