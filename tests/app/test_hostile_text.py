"""Hostile text on a real terminal: every byte that is sent is looked at; saved files are as received."""

from __future__ import annotations

import base64
import itertools
import json
import os
import re
import sys
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from fink_tui.alerts.packet import container, encode
from fink_tui.store.store import Store
from fink_tui.stream.demo import DemoAlert
from tests.alerts.hostile import HOSTILE, everywhere, hostile, with_texts
from tests.alerts.making import parts
from tests.app.live import WIDE, receive
from tests.app.pty_terminal import PtyTerminal

ROOT = Path(__file__).resolve().parents[2]

SEQUENCES = re.compile(
    rb"""\x1b\[(?: [0-9;:]*m                    # colours
        | [0-9;]*[ABCDHJKd] | \?(?:7|25|1004|1049|2004|2026|2048|1000|1002|1003|1006|1015|1016)[hl]
        | \?(?:2026|2048|1016)\$p | 6n | [0-9;]*t | [<>=?][0-9;]*u | >[0-9;]*[mq] )
    | \x1b\]22;[a-z-]+\x07                  # the pointer's shape
    | \x1b\]52;c;[A-Za-z0-9+/=]*\x07""",
    re.VERBOSE,
)
"""What the program itself says to a terminal."""

TEXTS = [text for what, text in HOSTILE.items() if what != "spaces"]
"""Those that are a name."""

VIEWS = {
    "i": ("linear, ", "no images"),
    "v": ("No site is configured",),
    "w": ('SIMBAD < 1"',),
    "e": ("fast  variable  SSO",),
    "l": ("days from MJD", "no photometry"),
}
"""Keys of the views, and what each then says of some alert."""

LAST = ("brokerEndProcessTimestamp", "anomaly_score  ")
"""One of the last fields of each survey."""

CLIPBOARD = re.compile(rb"\x1b\]52;c;([A-Za-z0-9+/=]*)\x07")


@pytest.fixture
def screen(store: Store, tmp_path: Path) -> Iterator[PtyTerminal]:
    env = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLUMNS", "LINES")}
    env |= {"PYTHONPATH": str(ROOT), "TEXTUAL_ANIMATIONS": "none", "HOME": str(tmp_path), "LANG": "C.UTF-8"}
    command = [sys.executable, "-m", "tests.app.pty_app", str(store.folder), str(tmp_path / "saved")]
    with PtyTerminal(command, *WIDE, env) as terminal:
        yield terminal


def sent_harmlessly(sent: bytes) -> None:
    """Nothing but the program's own sequences, and text that is safe to show."""
    rest = SEQUENCES.sub(b"", sent)
    at = rest.find(b"\x1b")
    assert at < 0, f"a sequence that is not the program's: {rest[max(0, at - 40) : at + 60]!r}"
    text = rest.decode()
    odd = {c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")} - set("\r\n\b\t")
    assert not odd, f"{sorted(map(hex, map(ord, odd)))}"


def mixed(alert: DemoAlert, first: int) -> DemoAlert:
    """The alert with another hostile text in each field, beginning with one of them."""
    texts = itertools.cycle([*TEXTS[first:], *TEXTS[:first]])
    schema, record = parts(with_texts(alert))
    return alert._replace(
        key=json.dumps(schema).encode(), value=encode(schema, everywhere(schema, record, lambda _: next(texts)))
    )


def test_every_field_is_shown_harmlessly(
    screen: PtyTerminal, store: Store, demo_alerts: Sequence[DemoAlert], tmp_path: Path
) -> None:
    """Each text as a name in the list; and some alerts opened, with every text in some field, from end to end."""
    ztf, lsst, mma = ([alert for alert in demo_alerts if alert.survey == name] for name in ("ztf", "lsst", "mma"))
    opened = [mixed(ztf[0], 0), mixed(lsst[0], 9), mixed(mma[0], 4)]
    listed = [hostile(alert, text) for alert, text in zip(ztf[2:], TEXTS, strict=False)]
    listed += [hostile(alert, text) for alert, text in zip(lsst[1:], TEXTS[::-1], strict=False)]
    receive(store, [*opened, *listed])
    screen.until(lambda: f"{len(opened) + len(listed)} alerts" in screen.text() and "quit" in screen.text())
    screen.send("g")
    for number in range(len(opened)):
        insist(screen, "s", lambda number=number: len(saved(tmp_path)) > number)  # type: ignore[misc]
        for key, is_there in (("y", True), ("y", False), ("y", True)):
            screen.send(key)
            screen.until(lambda there=is_there: ("a letter or number copies" in screen.text()) == there)  # type: ignore[misc]
        screen.send("a")
        screen.until(lambda: "here it is" in screen.text())
        screen.send("q")
        screen.until(lambda: "here it is" not in screen.text())
        for view, words in VIEWS.items():
            insist(screen, view, lambda words=words: any(word in screen.text() for word in words))  # type: ignore[misc]
        screen.send("\t")
        insist(screen, "G", lambda: any(field in screen.text() for field in LAST))
        screen.send("y" + "\x1b[5~" * 12)  # and all the way up
        insist(screen, "g", lambda: not any(field in screen.text() for field in LAST))
        screen.send("\tj")
    insist(screen, "?", lambda: "view and fields; again" in screen.text())
    insist(screen, "\x1b", lambda: "view and fields; again" not in screen.text())
    screen.until_silent()  # what follows an Escape at once is another key: alt+q
    screen.send("q")
    assert screen.wait() == 0
    sent = bytes(screen.output)
    sent_harmlessly(sent)
    copied = [base64.b64decode(found).decode() for found in CLIPBOARD.findall(sent)]
    assert len(copied) >= len(opened)
    assert all(line.isprintable() for text in copied for line in text.split("\n")), (
        "what is pasted elsewhere is harmless there, too"
    )
    kept = {container(alert.key, alert.value) for alert in [*opened, *listed]}
    assert set(saved(tmp_path)) <= kept, "files keep the original"
    assert all(path.parent == tmp_path / "saved" for path in tmp_path.rglob("*owned*"))


def insist(screen: PtyTerminal, key: str, condition: Callable[[], bool]) -> None:
    """Press a key until it is taken: while an alert is loaded, and just after the cursor has moved, some are not."""

    def holds() -> bool:
        if condition():
            return True
        screen.send(key)
        screen.read_for(0.1)
        return condition()

    screen.until(holds)


def saved(folder: Path) -> list[bytes]:
    return sorted(path.read_bytes() for path in (folder / "saved").glob("*.avro"))


def test_what_is_pasted_into_the_find_line_is_shown_harmlessly(
    screen: PtyTerminal, store: Store, demo_alerts: Sequence[DemoAlert]
) -> None:
    receive(store, demo_alerts[:5])
    screen.until(lambda: "5 alerts" in screen.text() and "quit" in screen.text())
    for pane in ("", "\t"):
        screen.send(pane + "/")
        screen.send("\x1b[200~owned\u202e\x9b31m\x1b]0;owned\x07\u2066\u200b[bold]\x1b[201~")
        screen.until(lambda: screen.text().count("owned") >= 1)
        screen.send("\r")
        screen.until_silent()
    screen.send("\x1b")
    screen.until_silent()
    screen.send("q")
    screen.wait()
    sent_harmlessly(bytes(screen.output))
