"""The line at the top: each survey's connection, rate, lag and newest alert; totals; the time."""

from __future__ import annotations

import time
from collections.abc import Sequence

from rich.cells import cell_len
from rich.text import Text
from textual.widgets import Static

from fink_tui.alerts import text
from fink_tui.sky.night import mjd_to_unix
from fink_tui.store.inbox import Totals
from fink_tui.stream.status import StreamState, StreamStatus

STYLES = {
    StreamState.RECEIVING: "green",
    StreamState.CONNECTING: "yellow",
    StreamState.WAITING: "yellow",
    StreamState.AWAY: "bold red",
    StreamState.PAUSED: "bold red",
    StreamState.FAILED: "bold red",
    StreamState.STOPPED: "yellow",
}


def status(word: str, statuses: Sequence[StreamStatus], idle: str, totals: Totals, now: float, width: int) -> Text:
    """The status line.

    Args:
        word: What kind of session it is, such as "DEMO"; "" for the usual one.
        statuses: The streams.
        idle: What to say where there are none.
        totals: What the store holds.
        now: The time, Unix seconds.
        width: Cells there are.
    """
    for is_long in (True, False):
        line = _line(word, statuses, idle, totals, now, is_long=is_long)
        right = time.strftime("%H:%M:%S UTC" if is_long else "%H:%M UTC", time.gmtime(now))
        if cell_len(line.plain) + 1 + len(right) <= width:
            break
    line.truncate(max(0, width - len(right) - 1))
    line.append(" " * max(1, width - cell_len(line.plain) - len(right)))
    line.append(right)
    return line


def _line(word: str, statuses: Sequence[StreamStatus], idle: str, totals: Totals, now: float, *, is_long: bool) -> Text:
    line = Text(no_wrap=True, end="")
    if word:
        line.append(f" {word} ", "reverse bold")
        line.append(" ")
    for index, stream in enumerate(statuses):
        if index:
            line.append(" | ")
        line.append(stream.survey.upper() + " ")
        line.append(stream.state.value, STYLES[stream.state])
        if stream.state is StreamState.RECEIVING:
            lag = "-" if stream.lag is None else text.count(stream.lag)
            line.append(f" {stream.rate:.1f}/s lag {lag}")
            if stream.newest_mjd is not None:
                newest = text.age(now - mjd_to_unix(stream.newest_mjd))
                line.append(f" newest {newest}" if is_long else " " + newest.replace(" ", ""))
    if not statuses:
        line.append(idle)
        if totals.newest_mjd is not None and is_long:
            line.append(f", newest {text.age(now - mjd_to_unix(totals.newest_mjd))}")
    line.append(f" | {text.count(totals.alerts)} kept" if is_long else f" | {text.count(totals.alerts)}")
    if totals.quarantined:
        line.append(
            f", {text.count(totals.quarantined)} quarantined" if is_long else f" +{totals.quarantined}Q", "yellow"
        )
    return line


def messages(statuses: Sequence[StreamStatus]) -> str:
    """What the streams have to say, in sentences."""
    return " ".join(dict.fromkeys(stream.message for stream in statuses if stream.message))


class StatusLine(Static):
    """The status line, and under it what the streams have to say, while they do."""

    DEFAULT_CSS = """
    StatusLine { height: auto; max-height: 4; background: $surface; }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        """Make it empty."""
        super().__init__("", id=id, markup=False)
        self._said = ""

    def show(self, line: Text, message: str) -> None:
        """Show a line and a message; nothing is sent where neither changed."""
        said = line.plain + "\n" + message
        if said == self._said:
            return
        had_message, self._said = "\n" in self._said and not self._said.endswith("\n"), said
        content = Text(end="").append_text(line)
        if message:
            content.append("\n" + message, "yellow")
        self.update(content, layout=bool(message) or had_message)
