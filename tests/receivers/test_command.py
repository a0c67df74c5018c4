"""A command of the user's: what it reads, and what each of its ends means; whatever it does, we go on."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import threading
from pathlib import Path

import pytest

from fink_tui.alerts.row import PointKind
from fink_tui.alerts.submission import Choices, SubmittedPoint
from fink_tui.receivers import process
from fink_tui.receivers.command import CommandReceiver, CommandSettings
from fink_tui.receivers.receiver import AwayError, BlockedError, Delivery, FaultError, ReceiverError, RejectedError
from tests.receivers.scripted import told
from tests.running import wait_for

SECONDS = 60.0
"""More than any of these takes."""


def shell(script: str, **settings: object) -> CommandReceiver:
    """A receiver whose command is a script of the shell."""
    values: dict[str, object] = {"command": ("sh", "-c", script), "timeout": SECONDS} | settings
    return CommandReceiver("mine", CommandSettings(**values))  # type: ignore[arg-type]


def deliver(receiver: CommandReceiver, choices: Choices | None = None) -> Delivery:
    return receiver.deliver(TOLD, choices or Choices(), "")


def prepare_and_deliver(receiver: CommandReceiver) -> Delivery:
    receiver.prepare()
    return deliver(receiver)


def point(day: int, *, is_current: bool = False) -> SubmittedPoint:
    when = f"2026-11-{day:02d}T03:00:00.000Z"
    return SubmittedPoint(time=when, band="g", kind=PointKind.DETECTION, mag=18.1, mag_err=0.05, is_current=is_current)


TOLD = told(points=(point(1), point(15), point(20, is_current=True)), topics=("fink_a", "fink_b"), aliases=("AT 1",))


# --- what it reads


def test_it_reads_exactly_what_is_shown(tmp_path: Path) -> None:
    receiver = shell(f"cat > {tmp_path}/read", target_list="{topic} of {night}", groups=("night",))
    assert deliver(receiver) == Delivery(True, "taken")
    text = (tmp_path / "read").read_text()
    assert text.endswith("}\n")
    read = json.loads(text)
    assert read == receiver.render(TOLD, Choices())
    assert (read["version"], read["receiver"]) == (1, "mine")
    assert (read["survey"], read["alert_id"], read["object_id"]) == ("ztf", "1", "ZTF26aa")
    assert (read["ra"], read["dec"], read["aliases"], read["scores"]) == (10.0, -5.0, ["AT 1"], {})
    assert (read["target_list"], read["groups"]) == ("a of 2026-11-20", ["night"])
    assert [one["is_current"] for one in read["points"]] == [False, False, True]
    assert read["points"][0] == {
        "time": "2026-11-01T03:00:00.000Z",
        "band": "g",
        "kind": "detection",
        "mag": 18.1,
        "mag_err": 0.05,
        "limit": None,
        "flux": None,
        "flux_err": None,
        "source_id": None,
        "is_current": False,
    }


@pytest.mark.parametrize(("history", "count"), [("all", 3), ("latest", 1), ("5", 2), ("0", 1)])
def test_what_the_observer_chose_is_in_it(history: str, count: int) -> None:
    receiver = shell("cat", target_list="{topic}", groups=("night",), history="latest")
    choices = Choices(target_list="{night} {survey}", groups=("all of us",), history=history)
    read = receiver.render(TOLD, choices)
    assert len(read["points"]) == count  # type: ignore[arg-type]
    assert (read["target_list"], read["groups"]) == ("2026-11-20 ztf", ["all of us"])
    assert receiver.render(TOLD, Choices(target_list=""))["target_list"] == ""
    assert len(receiver.render(TOLD, Choices())["points"]) == 1  # type: ignore[arg-type]
    with pytest.raises(RejectedError, match="must be all, latest, or a number of days"):
        receiver.render(TOLD, Choices(history="some"))
    with pytest.raises(RejectedError, match="which stands for nothing"):
        receiver.render(TOLD, Choices(target_list="{topics}"))


def test_its_environment_is_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OBSERVATORY", "La Silla")
    assert deliver(shell('echo "$OBSERVATORY"; test -p /dev/stdin')).words == "La Silla"


def test_a_very_long_submission_is_read_whole_or_not_at_all() -> None:
    many = told(points=tuple(point(1) for _ in range(20_000)))
    size = len(json.dumps(shell("").render(many, Choices()), separators=(",", ":"))) + 1
    assert size > 1_000_000
    assert int(shell("wc -c").deliver(many, Choices(), "").words) == size
    assert shell("echo enough").deliver(many, Choices(), "").words == "enough", "it need not read"


# --- its answers


@pytest.mark.parametrize(
    ("script", "words", "link"),
    [
        ("", "taken", ""),
        ("echo one; echo two; echo; echo ' '", "two", ""),
        ("printf 'without an end'", "without an end", ""),
        ("echo done; echo https://tom.example/7/", "done", "https://tom.example/7/"),
        ("echo https://tom.example/7/; echo done", "done", "https://tom.example/7/"),
        ("echo https://tom.example/7/", "taken", "https://tom.example/7/"),
        ("echo see https://tom.example/7/ there", "see https://tom.example/7/ there", ""),
        (r"printf '\033[31mred\033[0m \377\n'", "\ufffd[31mred\ufffd[0m \ufffd", ""),
        ("echo words; echo trouble >&2", "words", ""),
    ],
)
def test_its_last_line_is_its_answer(script: str, words: str, link: str) -> None:
    assert deliver(shell(script)) == Delivery(True, words, link=link)


@pytest.mark.parametrize(
    ("script", "kind", "words"),
    [
        ("echo no. >&2; exit 1", FaultError, "mine ended with status 1: no."),
        ("echo seen; exit 1", FaultError, "mine ended with status 1: seen."),
        ("exit 1", FaultError, "mine ended with status 1, without a word."),
        ("echo no such type >&2; exit 65", RejectedError, "mine ended with status 65: no such type."),
        ("echo busy >&2; exit 75", AwayError, "mine ended with status 75: busy."),
        ("echo log in >&2; exit 77", BlockedError, "mine ended with status 77: log in."),
        ("echo 'no file' >&2; exit 78", BlockedError, "mine ended with status 78: no file."),
        (r"printf 'a\033[2J\nb\033[2J\n' >&2; exit 2", FaultError, "mine ended with status 2: b\ufffd[2J."),
        ("kill -9 $$", FaultError, "mine was ended by SIGKILL, without a word."),
        ("exec definitely-not-there-at-all", FaultError, "mine ended with status 127: "),
    ],
)
def test_its_end_says_what_became_of_it(script: str, kind: type[ReceiverError], words: str) -> None:
    with pytest.raises(ReceiverError) as caught:
        deliver(shell(script))
    assert type(caught.value) is kind
    assert str(caught.value).startswith(words)


@pytest.mark.parametrize("make", ["absent", "not executable", "a folder", "no interpreter", "no program"])
def test_one_that_cannot_be_run_waits_to_be_mended(make: str, tmp_path: Path) -> None:
    path = tmp_path / "follow-up"
    if make == "a folder":
        path.mkdir()
    elif make == "no interpreter":
        path.write_text("#!/not/there\n")
        path.chmod(0o755)
    elif make == "no program":
        path.write_bytes(b"\x7fELF nonsense")
        path.chmod(0o755)
    elif make == "not executable":
        path.write_text("#!/bin/sh\n")
        path.chmod(0o644)
    receiver = CommandReceiver("mine", CommandSettings((str(path),)))
    with pytest.raises(BlockedError, match=r"The command .*follow-up of mine cannot be run: .*\. Mend its path or its"):
        prepare_and_deliver(receiver)
    (finding,) = receiver.check()
    assert finding.is_good == make.startswith("no ")  # that it is a program is seen when it is run
    assert finding.words.startswith("The command")
    if path.is_dir():
        path.rmdir()
    path.unlink(missing_ok=True)
    path.write_text("#!/bin/sh\necho mended\n")
    path.chmod(0o755)
    receiver.prepare()
    assert deliver(receiver).words == "mended"
    (finding,) = receiver.check()
    assert finding == (True, f"The command is {path}. It is not run in a test.")


def test_one_that_cannot_be_started_for_now_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(process.subprocess, "Popen", refuse)  # type: ignore[attr-defined]
    with pytest.raises(AwayError, match="Resource temporarily unavailable"):
        deliver(shell(""))


# --- it never holds us up


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


linux = pytest.mark.skipif(sys.platform != "linux", reason="it looks into /proc")


@linux
def test_over_its_time_it_is_killed_with_its_children(tmp_path: Path) -> None:
    script = f"sleep 1000 & echo $! > {tmp_path}/child; echo waiting >&2; trap '' TERM; wait"
    with pytest.raises(FaultError, match=r"mine had not ended after 0\.3 s and was killed: waiting"):
        deliver(shell(script, timeout=0.3))
    child = int((tmp_path / "child").read_text())
    wait_for(lambda: not is_alive(child), "its child's end")


@linux
def test_a_child_that_keeps_the_pipes_open_is_not_waited_for(tmp_path: Path) -> None:
    try:
        assert deliver(shell(f"sleep 1000 & echo $! > {tmp_path}/child; echo gone")).words == "gone"
        assert is_alive(int((tmp_path / "child").read_text())), "it was none of ours to kill"
    finally:
        os.kill(int((tmp_path / "child").read_text()), signal.SIGKILL)


@linux
def test_a_child_that_goes_on_talking_is_not_listened_to(tmp_path: Path) -> None:
    try:
        assert deliver(shell(f"yes & echo $! > {tmp_path}/child")).words in ("y", "taken")
    finally:  # unless it ended by itself, when nobody listened any more
        with contextlib.suppress(ProcessLookupError):
            os.kill(int((tmp_path / "child").read_text()), signal.SIGKILL)


def test_very_much_output_is_not_kept() -> None:
    ended = process.run(
        ("sh", "-c", "head -c 5000000 /dev/zero; echo end; echo bad >&2"), b"", SECONDS, threading.Event()
    )
    assert ended.status == 0
    assert len(ended.output) == process.KEPT_BYTES
    assert ended.output.endswith(b"\0end\n")
    assert ended.errors == b"bad\n"


def test_a_command_that_closes_its_pipes_is_waited_for() -> None:
    receiver = shell("exec <&- >&- 2>&-; sleep 0.1; exit 65")
    with pytest.raises(RejectedError):
        deliver(receiver)


def stop_once(receiver: CommandReceiver, path: Path) -> None:
    """Tell it to stop as soon as its command has made a file."""
    wait_for(path.exists, "its start")
    receiver.stopping.set()


@linux
def test_told_to_stop_it_asks_the_command_to_end(tmp_path: Path) -> None:
    trap = f"trap 'echo asked > {tmp_path}/asked; exit 3' TERM"
    receiver = shell(f"{trap}; echo $$ > {tmp_path}/pid; while :; do :; done")
    threading.Thread(target=stop_once, args=(receiver, tmp_path / "pid"), daemon=True).start()
    with pytest.raises(AwayError, match="It was broken off, since the program ended"):
        deliver(receiver)
    assert (tmp_path / "asked").read_text() == "asked\n"


def test_asked_to_end_what_ends_with_success_has_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would be run a second time else, at the next start."""
    monkeypatch.setattr(process, "FAREWELL_SECONDS", 1.0)  # a loaded machine may take its time
    asked, real = list[int](), process._signal
    monkeypatch.setattr(process, "_signal", lambda *said: asked.append(said[1]) or real(*said))
    receiver = shell(f"trap 'echo finished; exit 0' TERM; touch {tmp_path}/runs; while :; do :; done")
    threading.Thread(target=stop_once, args=(receiver, tmp_path / "runs"), daemon=True).start()
    assert deliver(receiver) == Delivery(True, "finished")
    assert asked == [signal.SIGTERM]


@linux
def test_told_to_stop_what_does_not_listen_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "FAREWELL_SECONDS", 0.05)
    receiver = shell("trap '' TERM; while :; do :; done")
    receiver.stopping.set()
    with pytest.raises(AwayError):
        deliver(receiver)


def test_told_to_stop_what_is_about_to_end_may(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command that sends in a moment should not be broken off in the middle."""
    monkeypatch.setattr(process, "FAREWELL_SECONDS", SECONDS)
    receiver = shell("sleep 0.05; echo done")
    receiver.stopping.set()
    assert deliver(receiver).words == "done"


def test_what_cannot_be_killed_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """As one that has become another user's, or waits for a disk that is away."""
    killed: list[int] = []
    monkeypatch.setattr(process, "STUBBORN_SECONDS", 0.05)
    monkeypatch.setattr(process.os, "killpg", lambda pid, number: killed.append(pid))  # type: ignore[attr-defined]
    with pytest.raises(FaultError, match="had not ended"):
        deliver(shell("sleep 1000", timeout=0.05))
    monkeypatch.undo()
    assert killed
    os.killpg(killed[0], signal.SIGKILL)


@linux
def test_nothing_of_it_is_left_open() -> None:
    before = len(os.listdir("/proc/self/fd"))
    for script in ("", "exit 1", "echo a; kill -9 $$"):
        try:
            deliver(shell(script))
        except FaultError:
            continue
    assert len(os.listdir("/proc/self/fd")) == before
