"""Hostile text in what servers answer, on a real terminal: every byte that is sent is looked at."""

from __future__ import annotations

import itertools
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fink_tui.store.store import Store
from tests.alerts.hostile import HOSTILE
from tests.app.live import WIDE
from tests.app.pty_terminal import PtyTerminal
from tests.app.test_hostile_text import ROOT, insist, sent_harmlessly
from tests.fink_api import Fault, FinkApi, big
from tests.fink_api.reply import Reply

KEPT = ("i:objectId", "i:isdiffpos")
"""Texts that stay, so that there is an alert at all."""

TEXTS = [text for what, text in HOSTILE.items() if what != "spaces"]


@pytest.fixture
def screen(store: Store, tmp_path: Path, fink_api: FinkApi) -> Iterator[PtyTerminal]:
    env = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLUMNS", "LINES")}
    env |= {"PYTHONPATH": str(ROOT), "TEXTUAL_ANIMATIONS": "none", "HOME": str(tmp_path), "LANG": "C.UTF-8"}
    addresses = (fink_api.ztf_url, fink_api.lsst_url, fink_api.hips_url, fink_api.simbad_url)
    command = [sys.executable, "-m", "tests.app.pty_search", str(store.folder), str(tmp_path / "saved"), *addresses]
    with PtyTerminal(command, *WIDE, env) as terminal:
        yield terminal


def hostile_rows() -> bytes:
    """Rows with every text in every column that has text, and in some that have none."""
    rows = json.loads(big.ztf_rows(len(TEXTS)))
    texts = itertools.cycle(TEXTS)
    for number, row in enumerate(rows):
        for name, value in row.items():
            if isinstance(value, str) and name not in KEPT:
                row[name] = next(texts)
        row["d:mulens"] = row["i:classtar"] = TEXTS[number]
        row[TEXTS[number]] = TEXTS[number]
    return json.dumps(rows).encode()


def ask(screen: PtyTerminal, line: str, there: str) -> None:
    """Type a search, and wait for its answer."""
    insist(screen, "2", lambda: "1 live" in screen.text() or "Esc" in screen.text().splitlines()[-1])
    screen.send("2\x15" + line + "\r")
    screen.until(lambda: there in screen.text())


def test_what_fink_and_the_cds_answer_is_shown_harmlessly(
    screen: PtyTerminal, fink_api: FinkApi, tmp_path: Path
) -> None:
    """A list of alerts, some opened in every view, the whole history, a table, a name, refusals."""
    fink_api.faults.body(hostile_rows(), "latests", times=-1)
    fink_api.faults.body(hostile_rows(), "objects", times=-1)
    fink_api.faults.text |= dict.fromkeys(("main_id", "otype", "otype_txt", "oname", "d:fullname"), TEXTS[7])
    screen.until(lambda: "quit" in screen.text())
    ask(screen, "class=SN candidate last=50", f"{len(TEXTS)} alerts")
    for number, name in enumerate(("ZTF25aaaaaaa", "ZTF25aaaaaab")):
        if number:
            screen.send("j")  # once: a second one, where the screen is slow, would go past the alert
            screen.until(lambda name=name: screen.text().count(name) > 1)  # type: ignore[misc]
        for view in "ivweIl":
            screen.send(view)
            screen.read_for(0.1)
        insist(screen, "H", lambda number=number: len(fink_api.asked("objects")) > number)  # type: ignore[misc]
    insist(screen, "\r", lambda: f"{len(TEXTS)} alerts" not in screen.text())  # opened: its fields from end to end
    screen.send("G" + "\x1b[5~" * 8)
    screen.until_silent()
    insist(screen, "\x1b", lambda: f"{len(TEXTS)} alerts" in screen.text())
    insist(screen, "M", lambda: "centre" in screen.text())
    insist(screen, "\x1b", lambda: "centre" not in screen.text())
    screen.until_silent()
    ask(screen, "m87", "Nothing found")
    table = [{TEXTS[number]: text, "basic:date": text, "key:key": text} for number, text in enumerate(TEXTS)]
    fink_api.faults.body(json.dumps(table).encode(), "statistics", times=-1)
    ask(screen, "stats 2026", "stats 2026")
    screen.until(lambda: len(fink_api.asked("statistics")) >= 1)
    screen.until_silent()
    for number, text in enumerate(TEXTS):
        said = str({"status": "error", "text": text}).encode() if number % 2 else text.encode(errors="replace")
        fink_api.faults.waiting.insert(0, Fault("conesearch", 2, Reply(400, said)))
    fink_api.requests.clear()
    for number in range(3):
        ask(screen, f"1{number} 20 r=5", "failed")
        screen.until(lambda number=number: len(fink_api.asked("conesearch")) > number)  # type: ignore[misc]
    screen.until_silent()
    screen.send("\x1b")
    screen.until_silent()
    screen.send("q")
    assert screen.wait() == 0
    sent_harmlessly(bytes(screen.output))
    assert "owned" in bytes(screen.output).decode(errors="replace")
