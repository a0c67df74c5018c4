"""What may become of a request on its way to a TOM and back.

Each is an `Action`, a function of the `Exchange`; a test can write its own.
"""

from __future__ import annotations

import random
import socket
import struct
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler

from tests.running import DEADLINE

MOST = 512 * 1024 * 1024
"""Bytes after which even an endless answer ends: a client that reads on must not fill the machine."""


@dataclass(frozen=True)
class Answer:
    """An answer as a server gives it."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()

    def __call__(self, exchange: Exchange) -> None:
        """Give this answer, without asking the TOM: an answer is an action, too."""
        exchange.give(self)


@dataclass
class Seen:
    """One request that came to the proxy, and what became of it.

    Attributes:
        method: Its method.
        path: Its path, without the query.
        query: Its query.
        headers: Its headers, by their names in lower case.
        body: Its body.
        forwarded: The status that the TOM answered; None if the TOM did not get it, or did not answer.
        answered: The status that the client was given, whole or in part; None if nothing.
        sent: Bytes of the answer's body that were sent.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    forwarded: int | None = None
    answered: int | None = None
    sent: int = 0


@dataclass
class Exchange:
    """A request that waits for what becomes of it."""

    seen: Seen
    _ask: Callable[[Seen], Answer | None]
    _handler: BaseHTTPRequestHandler

    def forward(self) -> Answer:
        """Let the TOM have the request, and give its answer; 502 if there is no TOM, or it does not answer."""
        return self._ask(self.seen) or BAD_GATEWAY

    def give(self, answer: Answer, share: float = 1.0) -> None:
        """Give an answer to the client.

        Args:
            answer: The answer.
            share: How much of its body is sent; if less than 1, the connection ends in the middle of it.
        """
        cut = share < 1
        # An empty body has no middle: one byte is announced, and does not come.
        length = max(len(answer.body), 1) if cut else len(answer.body)
        self._head(answer, [("Content-Length", str(length))])
        if self.seen.method != "HEAD":
            self._send(answer.body[: int(len(answer.body) * share)])
        if cut:
            self.drop()

    def drop(self, *, reset: bool = False) -> None:
        """End the connection: politely, or by a reset, as a firewall does that has forgotten it."""
        self._handler.close_connection = True
        if reset:
            self._handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._handler.connection.close()
        else:
            shut(self._handler.connection)

    def say_nothing(self) -> None:
        """Wait until the client has gone, or the proxy is closed."""
        while True:
            try:
                if not self._handler.connection.recv(1 << 16):
                    break
            except OSError:
                break
        self._handler.close_connection = True

    def never_end(self) -> None:
        """Send an answer that does not end before the client has gone, or the proxy is closed."""
        self._head(Answer(200, headers=(("Content-Type", "application/json"),)), [("Connection", "close")])
        self._send(b'{"results":[')
        piece = b"{}," * 20_000
        while self.seen.sent < MOST:
            self._send(piece)
        self.drop()

    def _head(self, answer: Answer, more: list[tuple[str, str]]) -> None:
        self.seen.answered = answer.status
        self._handler.send_response_only(answer.status)
        for name, value in [*answer.headers, *more]:
            self._handler.send_header(name, value)
        self._handler.end_headers()

    def _send(self, body: bytes) -> None:
        self._handler.wfile.write(body)
        self.seen.sent += len(body)


Action = Callable[[Exchange], None]
"""What becomes of a request."""

Plan = Callable[[Seen], Action]
"""Says what becomes of a request for which nothing was ordered."""


def html(status: int, said: str, *headers: tuple[str, str]) -> Answer:
    """An answer that is a web page."""
    page = f"<!DOCTYPE html>\n<html><head><title>{said}</title></head><body><h1>{said}</h1></body></html>\n"
    return Answer(status, page.encode(), (("Content-Type", "text/html; charset=utf-8"), *headers))


def redirect(location: str, status: int = 301) -> Answer:
    """An answer that sends the client elsewhere."""
    return html(status, "Moved", ("Location", location))


BAD_GATEWAY = html(502, "Bad Gateway")
GATEWAY_TIMEOUT = html(504, "Gateway Time-out")
LOGIN_PAGE = html(200, "Log in")
TOO_LARGE = html(413, "Request Entity Too Large")


def too_many(seconds: int | str) -> Answer:
    """429, with the time to wait: seconds, or an HTTP date."""
    return html(429, "Too Many Requests", ("Retry-After", str(seconds)))


def pass_on(exchange: Exchange) -> None:
    """Do what a good proxy does."""
    exchange.give(exchange.forward())


def lose_request(exchange: Exchange) -> None:
    """The TOM does not get it, and the client no answer."""
    exchange.drop()


def lose_answer(exchange: Exchange) -> None:
    """The TOM does it, but the client gets no answer."""
    exchange.forward()
    exchange.drop(reset=True)


def time_out(exchange: Exchange) -> None:
    """The TOM does it, but the client is told 504."""
    exchange.forward()
    exchange.give(GATEWAY_TIMEOUT)


def cut(exchange: Exchange) -> None:
    """The TOM does it; the client gets half of the answer's body."""
    exchange.give(exchange.forward(), share=0.5)


def say_nothing(exchange: Exchange) -> None:
    """The TOM does not get it; the client waits for ever."""
    exchange.say_nothing()


def never_end(exchange: Exchange) -> None:
    """The TOM does not get it; the client gets a JSON answer that does not end."""
    exchange.never_end()


@dataclass
class Hold:
    """An action that waits at one place until it is let go: a delay that lasts exactly as long as the test needs.

    Attributes:
        answered: Whether it waits after the TOM has answered; else, before the TOM gets the request.
        then: What becomes of the answer, or the request, afterwards. Of an answer, the client is given it.
    """

    answered: bool = False
    then: Action = pass_on
    _reached: threading.Event = field(default_factory=threading.Event)
    _free: threading.Event = field(default_factory=threading.Event)

    def __call__(self, exchange: Exchange) -> None:
        """Wait, and go on."""
        answer = exchange.forward() if self.answered else None
        self._reached.set()
        self._free.wait()
        if answer is None:
            self.then(exchange)
        else:
            exchange.give(answer)

    def wait_reached(self, seconds: float = DEADLINE) -> None:
        """Wait until a request waits there; fail after `seconds`."""
        assert self._reached.wait(seconds), "no request came to where it was to be held"

    def let_go(self) -> None:
        """Let it go on: this request, and all later ones."""
        self._free.set()


FAULTS: Mapping[Action, float] = {
    lose_request: 0.10,
    lose_answer: 0.12,
    BAD_GATEWAY: 0.06,
    time_out: 0.06,
    cut: 0.06,
}
"""A link that loses 40 % of the requests, six in ten of those after the TOM has done what they ask for."""


class RandomFaults:
    """A plan that draws each request's fate, the same for the same seed and the same order of requests.

    Args:
        seed: What the drawing begins with.
        shares: How often each fault comes; what is left passes.
    """

    def __init__(self, seed: int, shares: Mapping[Action, float] = FAULTS) -> None:
        self._random = random.Random(seed)
        self._actions = [*shares, pass_on]
        self._weights = [*shares.values(), 1 - sum(shares.values())]

    def __call__(self, seen: Seen) -> Action:
        """Draw."""
        return self._random.choices(self._actions, self._weights)[0]


def shut(client: socket.socket) -> None:
    """End a connection, both ways: who waits on it wakes."""
    try:
        client.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it has gone already
