"""A home with alerts and a receiver: a command that writes what it is told into a file."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from fink_tui.alerts.decode import decode
from fink_tui.alerts.packet import Packet, container
from fink_tui.alerts.schema import SchemaBook
from fink_tui.store.inbox import Source
from fink_tui.store.store import Store
from fink_tui.stream.demo import DemoAlert

TAKE = """
import json, os, pathlib, sys, time
home = pathlib.Path(__file__).parent
told = json.load(sys.stdin)
answer = home / "answer"
while (home / "hold").exists():
    time.sleep(0.02)
if answer.exists():
    status, words = answer.read_text().split(" ", 1)
    print(words, file=sys.stderr)
    sys.exit(int(status))
with (home / "taken").open("a") as file:
    file.write(json.dumps(told) + "\\n")
print(f"{len(told['points'])} points")
print(f"https://tom.example.org/{told['alert_id']}/")
"""
"""Takes an alert; where there is a file `answer`, refuses it with the status and the words that are in it; where there
is one named `hold`, when that is gone."""


def configure(home: Path, text: str) -> None:
    folder = home / "fink-tui" / "config"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.yml").write_text(text)


def with_command(home: Path, *more: str) -> None:
    """Set up a receiver `mine`, and others after it."""
    (home / "take.py").write_text(TAKE)
    mine = {"name": "mine", "kind": "command", "command": [sys.executable, str(home / "take.py")]}
    mine["target_list"] = "fink_{topic}"
    configure(home, "receivers:\n" + "".join(f"  - {one}\n" for one in (json.dumps(mine), *more)))


def taken(home: Path) -> list[dict[str, Any]]:
    """What the command was told, in order."""
    path = home / "taken"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def answer(home: Path, status: int, words: str) -> None:
    (home / "answer").write_text(f"{status} {words}")


def keep(home: Path, alerts: list[DemoAlert]) -> None:
    """Put alerts into the home's store."""
    with Store(home / "fink-tui" / "data") as store:
        inbox = store.inbox()
        packets = [Packet(one.topics[0], 0, number, one.key, one.value) for number, one in enumerate(alerts)]
        inbox.receive(decode(packets, SchemaBook()), Source("c", "g"), [], time.time())
        inbox.close()


def saved(path: Path, alert: DemoAlert) -> Path:
    """A file with one alert, as fink-client writes it."""
    path.write_bytes(container(alert.key, alert.value))
    return path
