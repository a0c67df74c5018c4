"""The terminal: gone, stopped, resized, poor; whatever happens, it is left as it was and the store is sound."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient

from fink_tui.alerts.packet import container
from fink_tui.store.store import Store
from fink_tui.stream.demo import DemoAlert
from tests.app.pty_terminal import PtyTerminal
from tests.fixtures_kafka import TopicFactory
from tests.kafka.broker import KafkaBroker
from tests.running import command, environment, wait_for

CALL = ["--survey", "ztf", "--servers", "127.0.0.1:9", "--group", "g", "--topic", "t"]
"""Receives from nobody: nothing listens there."""

ASKED = {
    b"\x1b[?1049h": b"\x1b[?1049l",  # another screen
    b"\x1b[?25l": b"\x1b[?25h",  # no cursor
    b"\x1b[?1004h": b"\x1b[?1004l",  # a word when the focus changes
    b"\x1b[?2004h": b"\x1b[?2004l",  # brackets round what is pasted
    b"\x1b[?7l": b"\x1b[?7h",  # no wrapping of lines
    b"\x1b[>25u": b"\x1b[<u",  # kitty's keyboard protocol
}
"""What is asked of a terminal, and what takes it back."""

SET = re.compile(rb"\x1b\[(?:\?([0-9;]+)h|>[0-9]+u)")
"""A mode switched on."""

LOCALE = {"LC_ALL": "", "LC_CTYPE": "", "LANG": "C.UTF-8"}


def terminal(home: Path, *arguments: str, env: Mapping[str, str] = LOCALE) -> PtyTerminal:
    return PtyTerminal(command(*arguments), 80, 24, environment(home) | dict(env))


def sees(screen: PtyTerminal, *words: str) -> None:
    screen.until(lambda: all(word in screen.text() for word in words))


def is_stopped(pid: int) -> bool:
    """Whether a process is stopped, by the system's word."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"


def is_as_before(screen: PtyTerminal, modes: list[object]) -> None:
    """What was asked of the terminal is taken back, and it is set as it was."""
    output = bytes(screen.output)
    for asked, undone in ASKED.items():
        assert output.rfind(undone) >= output.rfind(asked), asked
    assert {found.group() for found in SET.finditer(output)} <= {*ASKED, b"\x1b[?25h", b"\x1b[?7h"}
    assert screen.modes == modes
    assert b"Traceback" not in output


def is_sound(home: Path) -> None:
    """Nobody holds the store, and nothing in the log is a crash."""
    with Store(home / "fink-tui" / "data") as store:
        assert store.receiving.acquire("a test")
        assert store.database.write(lambda connection: connection.execute("PRAGMA quick_check").fetchone()[0]) == "ok"
    assert "Traceback" not in (home / "fink-tui" / "logs" / "fink-tui.log").read_text()


@pytest.fixture
def alerts(tmp_path: Path, demo_alerts: list[DemoAlert]) -> str:
    """A folder of six alerts."""
    folder = tmp_path / "alerts"
    folder.mkdir()
    for alert in demo_alerts[:6]:
        (folder / f"{alert.alert_id}.avro").write_bytes(container(alert.key, alert.value))
    return str(folder)


# -- gone --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_controlling", [False, True], ids=["nobody sends SIGHUP", "SIGHUP is ignored"])
def test_a_terminal_that_goes_away_ends_the_screen(tmp_path: Path, is_controlling: bool) -> None:
    call = ["sh", "-c", 'trap "" HUP; exec "$@"', "sh", *command(*CALL)]
    with PtyTerminal(call, 80, 24, environment(tmp_path) | LOCALE, is_controlling=is_controlling) as screen:
        sees(screen, "ZTF away")
        screen.hang_up()
        assert screen.status() == 128 + signal.SIGHUP
    is_sound(tmp_path)
    assert "the terminal has gone" in (tmp_path / "fink-tui" / "logs" / "fink-tui.log").read_text()


def test_a_terminal_that_takes_nothing_keeps_no_signal_from_ending_the_program(tmp_path: Path) -> None:
    with PtyTerminal(command("--demo"), 160, 45, environment(tmp_path) | LOCALE) as screen:
        wait_for(lambda: screen.unread >= 4095, "the terminal takes no more: nobody reads")
        screen.signal(signal.SIGTERM)
        assert screen.status() == 128 + signal.SIGTERM


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGQUIT])
def test_a_signal_ends_it_as_the_key_does(tmp_path: Path, number: signal.Signals) -> None:
    with terminal(tmp_path, *CALL) as screen:
        modes = screen.modes
        sees(screen, "ZTF away")
        screen.signal(signal.SIGPIPE)  # of no concern
        screen.signal(number)
        screen.signal(number)
        assert screen.wait() == 128 + number
        is_as_before(screen, modes)
    is_sound(tmp_path)


def test_a_signal_at_any_moment_of_the_start_leaves_the_terminal_as_it_was(tmp_path: Path) -> None:
    for size in (1, 100, 2500):  # bytes sent: the terminal is being taken; the first picture; a part of it
        with terminal(tmp_path, *CALL) as screen:
            modes = screen.modes
            screen.until(lambda size=size: len(screen.output) >= size)  # type: ignore[misc]
            screen.signal(signal.SIGTERM)
            assert screen.wait() == 128 + signal.SIGTERM
            is_as_before(screen, modes)
    is_sound(tmp_path)


# -- stopped -----------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(shutil.which("bash") is None, reason="no shell with job control")
def test_to_the_shell_and_back(tmp_path: Path, alerts: str, demo_alerts: list[DemoAlert]) -> None:
    shell = ["bash", "--norc", "--noprofile", "-i"]
    names = [alert.object_id[-8:] for alert in demo_alerts[:6]]
    environ = environment(tmp_path) | LOCALE | {"PS1": "ready> ", "TMPDIR": str(tmp_path)}
    with PtyTerminal(shell, 80, 24, environ, is_controlling=True) as screen:

        def runs(typed: str, *words: str) -> None:
            screen.screen.reset()
            screen.send(typed)
            sees(screen, *words)

        def program() -> int:
            found = subprocess.run(["pgrep", "-P", str(screen.pid)], capture_output=True, text=True, check=True)
            return int(found.stdout.split()[0])

        before = tmp_path / "before"
        picture = ("VIEW", "6 kept", "q quit", *names)
        runs(f"stty -a > {before}; {' '.join(command('view', alerts))}\r", *picture)
        runs("\x1a", "Stopped", "ready>")
        runs(f"stty -a | diff - {before} && echo as it was\r", "\nas it was")
        runs("fg\r", *picture)
        os.kill(program(), signal.SIGSTOP)  # without a word: the shell has the terminal, and it is not as it was
        sees(screen, "ready>")
        runs("stty sane; fg\r", *picture)
        screen.until_silent()  # it takes the terminal a second time where the shell has let it go on before
        runs("/" + demo_alerts[2].object_id + "\r", demo_alerts[2].alert_id)  # what is still to be read would be lost
        screen.until_silent()
        os.kill(program(), signal.SIGTSTP)
        runs("", "ready>")
        runs("bg\r", "ready>")
        wait_for(lambda: is_stopped(program()), "it cannot paint in the background, and stops again")
        runs("fg\r", *picture)
        os.kill(program(), signal.SIGCONT)  # though it never stopped
        screen.until_silent()

        def opens_help() -> bool:  # a key that comes while the terminal's settings change is lost with the old ones
            screen.send("?")
            screen.read_for(2.0)
            return "Esc closes" in screen.text()

        screen.until(opens_help)
        runs("q", *picture)
        runs("q", "ready>")
        runs("echo $?\r", "\n0")
        output = bytes(screen.output)
        assert output.count(b"\x1b[?1049h") == output.count(b"\x1b[?1049l") >= 5
        assert output.rfind(b"\x1b[?25h") > output.rfind(b"\x1b[?25l")
        assert b"Traceback" not in output


def test_without_a_shell_it_does_not_stop(tmp_path: Path, alerts: str) -> None:
    with terminal(tmp_path, "view", alerts) as screen:
        modes = screen.modes
        sees(screen, "VIEW", "6 kept")
        screen.send("\x1a")
        sees(screen, "No shell is there", "q quit")
        screen.send("q")
        assert screen.wait() == 0
        is_as_before(screen, modes)


def test_a_stop_longer_than_kafka_waits(
    kafka: KafkaBroker, kafka_topic: TopicFactory, tmp_path: Path, demo_alerts: list[DemoAlert]
) -> None:
    topic = kafka_topic()
    first, second = [alert for alert in demo_alerts if alert.survey == "ztf"][:2]
    kafka.produce(topic, [(first.key, first.value)])
    call = ["--survey", "ztf", "--servers", kafka.bootstrap, "--group", f"g-{topic}", "--topic", topic]
    with terminal(tmp_path, *call) as screen:
        modes = screen.modes
        sees(screen, "ZTF connected", first.object_id)
        screen.signal(signal.SIGSTOP)
        client = AdminClient({"bootstrap.servers": kafka.bootstrap})

        def is_empty() -> bool:
            answers = client.describe_consumer_groups([f"g-{topic}"])
            return not answers[f"g-{topic}"].result().members

        wait_for(is_empty, "Kafka takes the partitions away")
        kafka.produce(topic, [(second.key, second.value)])
        screen.screen.reset()
        screen.signal(signal.SIGCONT)
        sees(screen, "ZTF connected", first.object_id, second.object_id, "2 kept", "q quit")
        screen.send("q")
        assert screen.wait() == 0
        is_as_before(screen, modes)
    is_sound(tmp_path)


# -- keys that come together -------------------------------------------------------------------------------------------


def test_a_line_that_is_slow_gives_many_keys_at_once(tmp_path: Path, alerts: str, demo_alerts: list[DemoAlert]) -> None:
    wanted = demo_alerts[1]
    with terminal(tmp_path, "view", alerts) as screen:
        sees(screen, "VIEW", "6 kept")
        screen.send(f"?qg/xx\x7f\x7f{wanted.object_id}\rs")
        sees(screen, "Saved:")
        screen.send("q")
        assert screen.wait() == 0
    (path,) = (tmp_path / "fink-alerts").iterdir()
    assert path.name == f"{wanted.object_id}_{wanted.alert_id}.avro"


# -- sizes -------------------------------------------------------------------------------------------------------------


def test_any_size_and_many_in_a_row(tmp_path: Path, alerts: str) -> None:
    clock = re.compile(r"\d\d:\d\d(:\d\d)? UTC")
    with terminal(tmp_path, "view", alerts, env=LOCALE | {"COLUMNS": "999999999", "LINES": "-7"}) as screen:
        modes = screen.modes
        sees(screen, "VIEW", "6 kept", "q quit")
        screen.send("gj")
        screen.until_silent()

        def text() -> str:
            return clock.sub("", screen.text())

        before = text()

        def resize(columns: int, rows: int) -> str:
            screen.resize(columns, rows)
            screen.screen.reset()
            screen.until_silent()
            return text()

        small = resize(20, 5)
        assert " >" in small
        assert "all nights" in small
        resize(1, 1)
        assert resize(500, 200).count("\n") == 199
        sees(screen, "q quit")  # it takes its time
        resize(80, 24)
        screen.until(lambda: text() == before)
        for number in range(200):
            screen.resize(20 + number % 70, 3 + number % 40)
        resize(80, 24)
        screen.until(lambda: text() == before)
        screen.send("q")
        assert screen.wait() == 0
        is_as_before(screen, modes)


# -- what it can show --------------------------------------------------------------------------------------------------


def test_ascii_where_there_is_no_more(tmp_path: Path, alerts: str) -> None:
    nothing_said = ["LC_ALL", "LC_CTYPE", "LANG", "TERM", "COLORTERM"]
    with PtyTerminal(command("view", alerts), 80, 24, environment(tmp_path), without=nothing_said) as screen:
        modes = screen.modes
        sees(screen, "VIEW", "6 kept", "all nights . 6 alerts", "-+--")
        for keys, word in (
            ("/nothing such\r", "No alert of this list"),
            ("\r", "days from MJD"),
            ("i", "across"),
            ("v", "No site is configured"),
            ("w", "PS1 3.3"),
            ("e", "page 1"),
            ("l\t", "candidate.pid"),
            ("/ra\r", 'with "ra"; Esc: all'),
            ("s", "Saved:"),
            ("\x1b", "candidate.pid"),
            ("?", "next pane"),
            ("G", "lag 3 2min"),
            ("q", "q quit"),
            ("\x10", "Search for commands"),
        ):
            screen.send(keys)
            sees(screen, word)
        screen.send("\x03")
        assert screen.wait() == 0
        assert not [byte for byte in screen.output if byte >= 0x80]
        is_as_before(screen, modes)


def test_ascii_on_the_linux_console(tmp_path: Path, alerts: str) -> None:
    call = ["env", "TERM=linux", *command("view", alerts)]
    with PtyTerminal(call, 80, 24, environment(tmp_path) | LOCALE, without=["COLORTERM"]) as screen:
        modes = screen.modes
        sees(screen, "VIEW", "6 kept", "all nights . 6 alerts", "-+--")
        screen.send("q")
        assert screen.wait() == 0
        assert not [byte for byte in screen.output if byte >= 0x80]
        is_as_before(screen, modes)


def test_no_colours_where_none_are_wanted(tmp_path: Path, alerts: str) -> None:
    with terminal(tmp_path, "view", alerts, env=LOCALE | {"NO_COLOR": "1"}) as screen:
        sees(screen, "VIEW", "6 kept", "q quit")
        screen.send("q")
        assert screen.wait() == 0
        used = {part for found in re.findall(rb"\x1b\[([0-9;]*)m", bytes(screen.output)) for part in found.split(b";")}
        assert used <= {b"", b"0", b"1", b"2", b"3", b"4", b"7", b"39", b"49"}, "the terminal's own colours, and bold"
        assert {b"1", b"7"} <= used


def test_a_terminal_that_shows_lines_only_is_told_what_to_do(tmp_path: Path, alerts: str) -> None:
    with PtyTerminal(["env", "TERM=dumb", *command("view", alerts)], 80, 24, environment(tmp_path)) as screen:
        assert screen.wait() == 1
        assert "TERM=dumb" in screen.text()
        assert b"\x1b" not in screen.output


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[list[str]]:
    """A tmux server of the test's own."""
    if shutil.which("tmux") is None:
        pytest.skip("no tmux")
    call = ["tmux", "-S", str(tmp_path / "socket"), "-f", os.devnull]
    yield call
    subprocess.run([*call, "kill-server"], check=False, capture_output=True)


def test_in_tmux(tmp_path: Path, alerts: str, demo_alerts: list[DemoAlert], tmux: list[str]) -> None:
    name = f"fink-{uuid.uuid4().hex[:8]}"
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    environ = environment(tmp_path) | LOCALE | {"TMPDIR": str(scratch)}
    names = [alert.object_id[-8:] for alert in demo_alerts[:6]]

    def do(*words: str) -> str:
        return subprocess.run([*tmux, *words], env=environ, check=True, capture_output=True, text=True).stdout

    def shows(*words: str) -> None:
        wait_for(lambda: all(word in do("capture-pane", "-p", "-t", name) for word in words), f"{words} in tmux")

    do("new-session", "-d", "-s", name, "-x", "80", "-y", "24", *command("view", alerts))
    pid = int(do("display-message", "-p", "-t", name, "#{pane_pid}"))
    shows("VIEW", "6 kept", "▁", "┤", *names)
    do("send-keys", "-t", name, "g", "j")
    shows(" >")
    do("resize-window", "-t", name, "-x", "20", "-y", "5")
    shows("all nights", " >")
    do("resize-window", "-t", name, "-x", "80", "-y", "24")
    shows("VIEW", "6 kept", *names)
    do("kill-session", "-t", name)
    wait_for(lambda: not Path(f"/proc/{pid}").exists(), "the program ends with its session")
    wait_for(lambda: not list(scratch.glob("fink-tui-*")), "it leaves no files")


# -- a crash -----------------------------------------------------------------------------------------------------------


def test_an_error_that_nobody_foresaw(tmp_path: Path, alerts: str) -> None:
    call = [sys.executable, "-m", "tests.cli.pty_crash", "view", alerts]
    with PtyTerminal(call, 120, 24, environment(tmp_path) | LOCALE | {"TMPDIR": str(tmp_path)}) as screen:
        modes = screen.modes
        sees(screen, "VIEW", "6 kept")
        screen.send("F")
        assert screen.wait() == 1
        is_as_before(screen, modes)
        after = bytes(screen.output).rpartition(b"\x1b[?1004l")[2].decode()
    assert "An error that nobody foresaw ended the screen: KeyError('unforeseen, 7')" in after
    (log,) = tmp_path.glob("fink-tui-*.log")
    assert str(log) in after.replace("\r\n", "")
    assert "in fail" in log.read_text()
    assert "hunter2" not in log.read_text() + after
