"""An HTTP server of a few lines that answers as a test says, byte by byte."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from typing import NamedTuple

from tests.loopback import HOST


class Seen(NamedTuple):
    """A request."""

    line: str
    headers: dict[str, str]
    body: bytes


Script = Callable[[Seen, socket.socket, threading.Event], None]
"""What becomes of a request: it writes to the connection, and may wait for the end."""


class Server:
    """Answers requests one connection each."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.seen: list[Seen] = []
        self.open = 0
        """Connections that wait for an answer now."""
        self.most_open = 0
        self.ended = threading.Event()
        self._lock = threading.Lock()
        self._listening = socket.create_server((HOST, 0))
        self.url = f"http://{HOST}:{self._listening.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self.ended.set()
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            reader = connection.makefile("rb")
            line = reader.readline().decode().strip()
            headers = {}
            while (raw := reader.readline().strip()) != b"":
                name, _, value = raw.decode().partition(":")
                headers[name.lower()] = value.strip()
            body = reader.read(int(headers.get("content-length", 0)))
            request = Seen(line, headers, body)
            with self._lock:
                self.seen.append(request)
                self.open += 1
                self.most_open = max(self.most_open, self.open)
            try:
                self.script(request, connection, self.ended)
            finally:
                with self._lock:
                    self.open -= 1


@contextlib.contextmanager
def serving(script: Script) -> Iterator[Server]:
    server = Server(script)
    try:
        yield server
    finally:
        server.close()


def answer(body: bytes, status: int = 200, *headers: str, length: int | None = None) -> Script:
    """Gives one answer."""

    def script(request: Seen, connection: socket.socket, ended: threading.Event) -> None:
        size = len(body) if length is None else length
        lines = [f"HTTP/1.1 {status} X", f"Content-Length: {size}", "Connection: close", *headers]
        connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    return script


def in_turn(*scripts: Script) -> Script:
    """Each for one request; the last for all that follow."""
    left = list(scripts)

    def script(request: Seen, connection: socket.socket, ended: threading.Event) -> None:
        one = left.pop(0) if len(left) > 1 else left[0]
        one(request, connection, ended)

    return script


def silent(request: Seen, connection: socket.socket, ended: threading.Event) -> None:
    """Never answers; ends when the client has gone."""
    connection.settimeout(60)
    connection.recv(1)


def hang_up(request: Seen, connection: socket.socket, ended: threading.Event) -> None:
    """Ends the connection without a word."""
