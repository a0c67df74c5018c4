"""How far an ingest is: a bar on a terminal, now and then a line in a log."""

from __future__ import annotations

import time
from collections.abc import Sequence

import click

from fink_tui.alerts.text import count
from fink_tui.stream.status import StreamState, StreamStatus

LINE_SECONDS = 10.0
"""Between two lines in a log."""

BAR_SECONDS = 0.5
"""Between two paintings of the bar."""


class Progress:
    """Tells the user of an ingest how far it is, on stderr."""

    def __init__(self, limit: int | None, *, is_bar: bool) -> None:
        """Prepare.

        Args:
            limit: How many messages there will be, where that is known.
            is_bar: Whether to draw a bar; else lines.
        """
        self._limit = limit
        self._is_bar = is_bar
        self._next = time.monotonic()
        self._words = ""
        self._is_wrong = False
        self._width = 0
        self._told = 0
        self._sentences = 0

    def show(self, statuses: Sequence[StreamStatus], said: Sequence[str]) -> None:
        """Show the streams as they are now, if it is time to, or if there is something new to say.

        Args:
            statuses: The streams.
            said: What became of old packets, in sentences; it only grows.
        """
        self._say(said)
        words = " ".join(dict.fromkeys(status.message for status in statuses if status.message))
        if words != self._words:
            self._words = words
            if words:
                self._is_wrong = True
                self._erase()
                click.echo(words, err=True)
        if self._is_wrong and not words and all(status.state is StreamState.RECEIVING for status in statuses):
            self._is_wrong = False
            self._erase()
            click.echo("Connected; receiving.", err=True)
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + (BAR_SECONDS if self._is_bar else LINE_SECONDS)
        if self._is_bar:
            self._draw(_text(statuses, self._limit, bar=24))
        elif (received := sum(status.received for status in statuses)) > self._told:
            self._told = received
            click.echo(_text(statuses, self._limit), err=True)

    def close(self, statuses: Sequence[StreamStatus], said: Sequence[str]) -> None:
        """End: leave no half line behind, and nothing unsaid."""
        self._erase()
        self._say(said)

    def _say(self, said: Sequence[str]) -> None:
        for sentence in said[self._sentences :]:
            self._erase()
            click.echo(sentence, err=True)
        self._sentences = len(said)

    def _draw(self, text: str) -> None:
        click.echo("\r" + text.ljust(self._width), err=True, nl=False)
        self._width = len(text)

    def _erase(self) -> None:
        if self._width:
            click.echo("\r" + " " * self._width + "\r", err=True, nl=False)
            self._width = 0


def _text(statuses: Sequence[StreamStatus], limit: int | None, bar: int = 0) -> str:
    received = sum(status.received for status in statuses)
    rate = sum(status.rate for status in statuses)
    lags = [status.lag for status in statuses if status.lag is not None]
    total = limit if limit is not None else received + sum(lags) if lags else None
    parts = []
    if bar and total:
        filled = min(bar, bar * received // total)
        parts.append("[" + "#" * filled + "-" * (bar - filled) + "]")
    parts.append(f"{count(received)}/{count(total)}" if total else count(received))
    parts.append(f"{rate:.1f}/s")
    if not received and all(status.state is StreamState.CONNECTING for status in statuses):
        parts.append("connecting")
    return "  ".join(parts)
