"""Sending with the whole program, in a pseudo-terminal: whatever ends it, what was queued goes, once."""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path

import pytest

from fink_tui.alerts.packet import container
from fink_tui.stream.demo import DemoAlert
from tests.app.pty_terminal import PtyTerminal
from tests.running import command, environment, wait_for

LOADED = """
import sys, threading
from fink_tui.app.app import FinkApp
from fink_tui.cli.main import main
begin = FinkApp._begin
def told(self):
    print(*sys.modules, file=open(sys.argv[-1] + "/../loaded", "w"))
    begin(self)
FinkApp._begin = told
main()
"""
"""Runs the program, and writes down what it has loaded when its first picture is complete."""


@pytest.fixture
def sent(tmp_path: Path) -> Path:
    """Where the default receiver, a command, writes what it is told, a line each."""
    file = tmp_path / "sent.jsonl"
    write = "import sys; open(sys.argv[1], 'a').write(sys.stdin.read().strip() + '\\n')"
    folder = tmp_path / "fink-tui" / "config"
    folder.mkdir(parents=True)
    receiver = {"name": "mine", "kind": "command", "command": [sys.executable, "-c", write, str(file)]}
    tom = {"name": "ourtom", "kind": "tom", "url": "http://127.0.0.1:9/", "token_file": str(tmp_path / "token")}
    (folder / "config.yml").write_text(json.dumps({"receivers": [receiver, tom]}))
    return file


@pytest.fixture
def files(tmp_path: Path, demo_alerts: list[DemoAlert]) -> Path:
    """Files with alerts."""
    folder = tmp_path / "files"
    folder.mkdir()
    for alert in demo_alerts[:3]:
        (folder / f"{alert.alert_id}.avro").write_bytes(container(alert.key, alert.value))
    return folder


def replay(home: Path, files: Path, *program: str) -> PtyTerminal:
    """The screen, in the user's store, without Kafka."""
    call = [*(program or command()), "replay", str(files)]
    return PtyTerminal(call, 120, 36, environment(home) | {"LANG": "C.UTF-8"})


def sends(screen: PtyTerminal) -> None:
    """Send the current alert, as soon as it may be."""
    screen.until(lambda: "REPLAY" in screen.text() and "3 kept" in screen.text() and "det" in screen.text())
    while "Queued for mine" not in screen.text():
        screen.send("t")  # refused where it is too soon
        screen.read_for(0.3)


def told(sent: Path) -> list[str]:
    """The ids of the alerts that were sent."""
    return [json.loads(line)["alert_id"] for line in sent.read_text().splitlines()] if sent.exists() else []


def test_what_was_queued_when_the_program_was_killed_goes_at_the_next_start(
    tmp_path: Path, files: Path, sent: Path
) -> None:
    with replay(tmp_path, files) as screen:
        sends(screen)
        screen.signal(signal.SIGKILL)
        screen.status()
    assert told(sent) == []
    with replay(tmp_path, files) as screen:
        screen.until(lambda: any(line.startswith("T ") for line in screen.text().splitlines()))
        assert len(told(sent)) == 1
        sends(screen)
        screen.send("q")
        assert screen.wait() == 0
        said = " ".join(screen.text().split())
        assert "1 alert waits to be sent to mine: it goes when fink-tui or fink-tui ingest runs next" in said
    assert len(told(sent)) == 1


def test_nothing_of_sending_is_loaded_before_the_first_picture(tmp_path: Path, files: Path, sent: Path) -> None:
    file = tmp_path / "loaded"
    with replay(tmp_path, files, sys.executable, "-c", LOADED) as screen:
        loaded = wait_for(lambda: file.exists() and file.read_text().split(), "what is loaded")
        screen.until(lambda: "3 kept" in screen.text())
        screen.send("q")
        assert screen.wait() == 0
    assert "fink_tui.receivers.configured" in loaded
    late = ("httpx", "polars", "fink_tui.receivers.tom", "fink_tui.app.sending")
    late += ("fink_tui.app.screens.search", "fink_tui.search.line.understanding", "fink_tui.search.http.client")
    late += ("plotext", "ephem", "numpy", "astropy", "PIL", "fink_tui.science.choose", "fink_tui.app.plot.picture")
    late += ("fink_tui.app.loading", "fink_tui.alerts.dictionary", "fink_tui.alerts.api_columns")
    assert not {*late} & {*loaded}
