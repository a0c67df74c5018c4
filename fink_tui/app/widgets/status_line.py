"""The line at the top: each survey's connection, rate, lag and newest alert; totals; the time."""

from __future__ import annotations

import textwrap
import time
from collections.abc import Sequence
from enum import IntEnum
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.text import Text
from textual.widgets import Static

from fink_tui.alerts import text
from fink_tui.sky.night import mjd_to_unix
from fink_tui.store.pages import Totals
from fink_tui.stream.status import StreamState, StreamStatus

if TYPE_CHECKING:
    from fink_tui.store.outbox_pages import Waiting

STYLES = {
    StreamState.RECEIVING: "green",
    StreamState.REPLAYING: "green",
    StreamState.CONNECTING: "yellow",
    StreamState.WAITING: "yellow",
    StreamState.AWAY: "bold red",
    StreamState.REFUSED: "bold red",
    StreamState.PAUSED: "bold red",
    StreamState.FAILED: "bold red",
    StreamState.STOPPED: "yellow",
}


MESSAGE_LINES = 3
"""Lines that a message may take at most."""


class Form(IntEnum):
    """How the status line is written: the first that there is room for."""

    LONG = 0
    SHORT = 1
    SHORTEST = 2


def status(
    word: str,
    statuses: Sequence[StreamStatus],
    idle: str,
    totals: Totals,
    now: float,
    width: int,
    excess: str = "",
    waiting: Waiting | None = None,
) -> Text:
    """The status line: all of it where there is room, else shorter and shorter.

    Args:
        word: What kind of session it is, such as "DEMO"; "" for the usual one.
        statuses: The streams.
        idle: What to say where there are none.
        totals: What the store holds.
        now: The time, Unix seconds.
        width: Cells there are.
        excess: A few words where more is kept than should be.
        waiting: What is to be sent; None where that is not known.

    Returns:
        A line of exactly `width` cells.
    """
    for form in Form:
        line = _line(word, statuses, idle, totals, now, form, excess, waiting)
        right = time.strftime("%H:%M:%S UTC" if form is Form.LONG else "%H:%M UTC", time.gmtime(now))
        if cell_len(line.plain) + 1 + len(right) <= width:
            break
    line.truncate(max(0, width - len(right) - 1), overflow="ellipsis")
    line.append(" " * max(1, width - cell_len(line.plain) - len(right)))
    line.append(right)
    line.truncate(width)
    return line


def _line(
    word: str,
    statuses: Sequence[StreamStatus],
    idle: str,
    totals: Totals,
    now: float,
    form: Form,
    excess: str,
    waiting: Waiting | None,
) -> Text:
    line = Text(no_wrap=True, end="")
    if word:
        line.append(f" {word} ", "reverse bold")
        line.append(" ")
    for index, stream in enumerate(statuses):
        if index:
            line.append(" | ")
        _append_stream(line, stream, now, form)
    if not statuses:
        line.append(idle)
        if totals.newest_mjd is not None and form is Form.LONG:
            line.append(f", newest {text.age(now - mjd_to_unix(totals.newest_mjd))}")
    if waiting is not None:
        _append_waiting(line, waiting, form)
    line.append(f" | {text.count(totals.alerts)} kept" if form is not Form.SHORTEST else f" | {totals.alerts}")
    if totals.quarantined:
        bad = f", {text.count(totals.quarantined)} quarantined" if form is Form.LONG else f" +{totals.quarantined} bad"
        line.append(bad, "yellow")
    if excess:
        line.append(f", {excess}", "yellow")
    return line


def _append_stream(line: Text, stream: StreamStatus, now: float, form: Form) -> None:
    """A survey; one that receives has a rate, which says so where there is no room for the word."""
    style = STYLES[stream.state]
    if stream.state not in (StreamState.RECEIVING, StreamState.REPLAYING):
        line.append(stream.survey.upper() + " ")
        line.append(stream.state.value, style)
        return
    if form is Form.SHORTEST:
        line.append(stream.survey.upper(), style)
    else:
        line.append(stream.survey.upper() + " ")
        line.append(stream.state.value, style)
    if stream.partitions < stream.all_partitions:
        line.append(f" {stream.partitions}/{stream.all_partitions}", "yellow")
        line.append(" partitions" if form is Form.LONG else "p")
    rate = f"{stream.rate:.1f}" if stream.rate < 99.95 else f"{stream.rate:.0f}"
    lag = "-" if stream.lag is None else text.count(stream.lag) if form is not Form.SHORTEST else str(stream.lag)
    line.append(f" {rate}/s lag {lag}")
    if stream.newest_mjd is not None:
        newest = text.age(now - mjd_to_unix(stream.newest_mjd))
        line.append(f" newest {newest}" if form is Form.LONG else " " + newest.replace(" ", ""))


def _append_waiting(line: Text, waiting: Waiting, form: Form) -> None:
    """What is to be sent, and what of it wants the observer; where there is no room, by the list's marks."""
    sending = waiting.waiting - waiting.asking
    if form is Form.SHORTEST:
        counts = ((sending, "t", ""), (waiting.failed, "!", "bold red"), (waiting.asking, "?", "bold yellow"))
        parts = [(f"{sign}{count}", style) for count, sign, style in counts if count]
    else:
        asks = f"{text.count(waiting.asking)} ask{'s' if waiting.asking == 1 else ''}: press 4"
        counts = (
            (sending, f"{text.count(sending)} to send", "yellow" if waiting.blocked else ""),
            (waiting.failed, f"{text.count(waiting.failed)} failed", "bold red"),
            (waiting.asking, asks, "bold yellow"),
        )
        parts = [(words, style) for count, words, style in counts if count]
    for index, (words, style) in enumerate(parts):
        line.append(" | " if not index else " " if form is Form.SHORTEST else ", ")
        line.append(words, style)


def messages(statuses: Sequence[StreamStatus]) -> str:
    """What the streams have to say, in sentences."""
    return " ".join(dict.fromkeys(stream.message for stream in statuses if stream.message))


class StatusLine(Static):
    """The status line, and under it what the streams have to say, while they do."""

    DEFAULT_CSS = """
    StatusLine { height: 1; }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        """Make it empty."""
        super().__init__("", id=id, markup=False)
        self._said: tuple[str, list[str]] = "", []

    def show(self, line: Text, message: str) -> None:
        """Show a line and a message; nothing is sent where neither changed, and no layout made for a line alone.

        Args:
            line: The status line, as wide as the screen.
            message: What there is to say, in sentences; it takes as many lines as it needs, three at most.
        """
        width = max(10, line.cell_len)
        below = textwrap.wrap(text.clean(message, 1000), width, max_lines=MESSAGE_LINES, placeholder=" …")
        if (line.plain, below) == self._said:
            return
        if len(below) != len(self._said[1]):
            self.styles.height = 1 + len(below)
        self._said = line.plain, below
        content = Text(end="", no_wrap=True).append_text(line)
        if below:
            content.append("\n" + "\n".join(below), "yellow")
        self.update(content, layout=False)
