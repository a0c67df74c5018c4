"""A faulty proxy between a client and a TOM, on loopback: what a bad link, or a bad proxy, does to a request.

What becomes of a request (`tests/tom/faults.py`) is what was ordered for it, else what the proxy's plan says; at the
beginning, everything is passed on.
"""

from __future__ import annotations

import http.client
import socket
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import SplitResult, urlsplit

from tests.loopback import HOST, free_ports
from tests.tom.certificate import Certificate
from tests.tom.faults import Action, Answer, Exchange, Plan, Seen, pass_on, shut

UPSTREAM_TIMEOUT = 60.0
"""Seconds that the proxy waits for the TOM."""

HOP_BY_HOP = frozenset({"connection", "content-length", "host", "keep-alive", "te", "transfer-encoding", "upgrade"})
"""Headers, in lower case, that are not for the other side (RFC 9110, 7.6.1), or are made anew for it."""


@dataclass
class _Order:
    action: Action
    method: str | None
    path: str | None
    times: int | None


class Proxy:
    """A proxy on loopback, a context manager that closes it at the end; its address lasts as long as the object.

    A TOM makes the address of the next page of a list from the `Host` that it is told. A proxy tells it either its
    own, so that a client that follows `next` comes back to the proxy, or, as one that is set up badly, the TOM's:
    then such a client goes past the proxy, where it cannot be seen.

    Args:
        upstream: The site of the TOM; without one, what would be passed on is answered by 502.
        keep_host: Whether the TOM is told the proxy's address.
        plan: Says what becomes of a request for which nothing was ordered; it is passed on, if None.
        certificate: What it shows its clients, who come by https then. The TOM is asked by http all the same, and
            nobody tells it: the addresses that it makes begin with http.
    """

    def __init__(
        self,
        upstream: str | None = None,
        *,
        keep_host: bool = True,
        plan: Plan | None = None,
        certificate: Certificate | None = None,
    ) -> None:
        self.plan: Plan = plan or (lambda seen: pass_on)
        self.seen: list[Seen] = []
        self._upstream = urlsplit(upstream) if upstream else None
        self._keep_host = keep_host
        self._tls = certificate.context() if certificate else None
        self._orders: list[_Order] = []
        self._lock = threading.Lock()
        self._asked = threading.Condition(self._lock)
        self._asking = 0
        self._clients: set[socket.socket] = set()
        self._server: ThreadingHTTPServer | None = None
        (self._port,) = free_ports(1)

    def __enter__(self) -> Self:
        self.up()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.down()

    @property
    def url(self) -> str:
        """Where it is, with a slash at the end."""
        return f"{'https' if self._tls else 'http'}://{HOST}:{self._port}/"

    def up(self) -> None:
        """Take connections; does nothing if it does already."""
        if self._server is None:
            self._server = _Server((HOST, self._port), _handler(self))
            threading.Thread(target=self._server.serve_forever, args=[0.02], daemon=True).start()

    def down(self) -> None:
        """End all connections and refuse new ones, as a site does that is away.

        What the TOM has been asked for it does first, so that no request reaches it later, in the middle of another
        test.
        """
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            with self._lock:
                self._server = None
                for client in self._clients:
                    shut(client)
                self._asked.wait_for(lambda: not self._asking, UPSTREAM_TIMEOUT)

    def order(
        self, *actions: Action, method: str | None = None, path: str | None = None, times: int | None = 1
    ) -> None:
        """Say what becomes of the next requests.

        Args:
            actions: For one request each, in this order.
            method: Of requests of this method only.
            path: Of requests only whose path begins so.
            times: How many requests each is for; all, if None.
        """
        with self._lock:
            self._orders += [_Order(action, method, path, times) for action in actions]

    def count(self, method: str | None = None, path: str | None = None) -> int:
        """How many requests came, of a method, and to paths that begin so."""
        with self._lock:
            return sum(_matches(seen, method, path) for seen in self.seen)

    def fate(self, seen: Seen) -> Action:
        """Note a request, and say what becomes of it."""
        with self._lock:
            self.seen.append(seen)
            for order in self._orders:
                if _matches(seen, order.method, order.path):
                    if order.times is not None:
                        order.times -= 1
                        if not order.times:
                            self._orders.remove(order)
                    return order.action
            return self.plan(seen)

    def forward(self, seen: Seen) -> Answer | None:
        """Ask the TOM; None if there is none, it does not answer, or the proxy is down."""
        with self._lock:
            if self._upstream is None or self._server is None:
                return None
            self._asking += 1
        try:
            return self._ask(self._upstream, seen)
        finally:
            with self._lock:
                self._asking -= 1
                self._asked.notify_all()

    def connected(self, client: socket.socket) -> socket.socket:
        """Note a client, and give the connection to speak with it."""
        if self._tls is not None:
            client = self._tls.wrap_socket(client, server_side=True)
        with self._lock:
            self._clients.add(client)
            if self._server is None:  # it came while the proxy went down
                shut(client)
        return client

    def disconnected(self, client: socket.socket) -> None:
        """Forget a client."""
        with self._lock:
            self._clients.discard(client)

    def _ask(self, site: SplitResult, seen: Seen) -> Answer | None:
        headers = {name: value for name, value in seen.headers.items() if name not in HOP_BY_HOP}
        headers["host"] = seen.headers.get("host", "") if self._keep_host else site.netloc
        target = f"{seen.path}?{seen.query}" if seen.query else seen.path
        tom = http.client.HTTPConnection(site.netloc, timeout=UPSTREAM_TIMEOUT)
        try:
            tom.request(seen.method, target, seen.body, headers)
            answer = tom.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException):
            return None
        finally:
            tom.close()
        seen.forwarded = answer.status
        kept = tuple((name, value) for name, value in answer.getheaders() if name.lower() not in HOP_BY_HOP)
        return Answer(answer.status, body, kept)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a client that goes away in the middle is what the proxy is for."""


def _handler(proxy: Proxy) -> type[BaseHTTPRequestHandler]:
    """The class that serves the clients of a proxy."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def setup(self) -> None:
            self.request = proxy.connected(self.request)
            super().setup()

        def finish(self) -> None:
            proxy.disconnected(self.connection)
            super().finish()
            self.connection.close()  # the server knows only what TLS was laid over

        def serve(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            body = self.rfile.read(length)
            if len(body) < length:  # the client went in the middle of its request
                self.close_connection = True
                return
            path, _, query = self.path.partition("?")
            headers = {name.lower(): value for name, value in self.headers.items()}
            seen = Seen(self.command, path, query, headers, body)
            proxy.fate(seen)(Exchange(seen, proxy.forward, self))

        do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = serve  # noqa: N815

        def log_message(self, *words: Any) -> None:
            """Say nothing."""

    return Handler


def _matches(seen: Seen, method: str | None, path: str | None) -> bool:
    return method in (None, seen.method) and (path is None or seen.path.startswith(path))
