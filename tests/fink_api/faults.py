"""What may go wrong with a server, at a test's command.

A fault is for the next requests that it fits, `times` of them; then all is well again. Those that stall do so until
`release`, or until the server stops: a test waits for what it waits for, nothing here sleeps for long.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tests.fink_api.reply import Reply

HTML_500 = (
    b"<!doctype html>\n<html lang=en>\n<title>500 Internal Server Error</title>\n<h1>Internal Server Error</h1>\n"
    b"<p>The server encountered an internal error and was unable to complete your request.</p>\n"
)
"""As Flask writes it where flask-restx does not."""

HTML_504 = (
    b"<html>\r\n<head><title>504 Gateway Time-out</title></head>\r\n<body>\r\n"
    b"<center><h1>504 Gateway Time-out</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)
"""As the proxy before Fink's server writes it after 120 s."""


@dataclass
class Fault:
    """One thing that goes wrong. Several of its members may be set."""

    path: str = ""
    """Text that the request's path has in it; "" for any."""

    times: int = 1
    """For how many requests; below zero for all."""

    reply: Reply | None = None
    """What is answered instead."""

    change: Callable[[bytes], bytes] | None = None
    """What is made of the body."""

    stall: str = ""
    """Where the answer stops coming until `release`: `start`, `headers` (after them), or `middle` (of the body)."""

    cut_after: int | None = None
    """After how many bytes of the body the link is cut."""

    is_drip: bool = False
    """Whether the body comes byte by byte."""

    length: int = 0
    """How much the Content-Length is wrong by."""

    stream: Callable[[], Iterator[bytes]] | None = None
    """A body that is made while it is sent."""


@dataclass
class Faults:
    """The faults of a server."""

    waiting: list[Fault] = field(default_factory=list)
    """Those to come; the first that fits a request is its."""

    text: dict[str, object] = field(default_factory=dict)
    """Column to a value that all rows of all answers have in it, if they have the column."""

    gzip: bool = False
    """Whether bodies are compressed for those who accept it. Fink's are not (nothing in app.py compresses)."""

    released: threading.Event = field(default_factory=threading.Event)
    """Set while nothing stalls."""

    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, fault: Fault) -> Fault:
        """Let this go wrong."""
        self.released.clear()
        with self._lock:
            self.waiting.append(fault)
        return fault

    def take(self, path: str) -> Fault:
        """The fault for a request; one without any harm where there is none."""
        with self._lock:
            for fault in self.waiting:
                if fault.path in path and fault.times:
                    fault.times -= 1
                    return fault
        return Fault()

    def release(self) -> None:
        """Let what stalls go on, and what is to come no longer stall."""
        self.released.set()

    def clear(self) -> None:
        """Nothing goes wrong any longer; what stalls goes on."""
        with self._lock:
            self.waiting.clear()
        self.text.clear()
        self.gzip = False
        self.released.set()

    def silent(self, path: str = "", times: int = 1) -> Fault:
        """The request is taken, and nothing answered until `release`."""
        return self.add(Fault(path, times, stall="start"))

    def headers_only(self, path: str = "", times: int = 1) -> Fault:
        """The headers come at once, the body not until `release`."""
        return self.add(Fault(path, times, stall="headers"))

    def stuck(self, path: str = "", times: int = 1) -> Fault:
        """Half of the body comes, the rest not until `release`."""
        return self.add(Fault(path, times, stall="middle"))

    def drip(self, path: str = "", times: int = 1) -> Fault:
        """The body comes byte by byte."""
        return self.add(Fault(path, times, is_drip=True))

    def cut(self, after: int, path: str = "", times: int = 1) -> Fault:
        """The link is cut after so many bytes of the body."""
        return self.add(Fault(path, times, cut_after=after))

    def gateway_timeout(self, path: str = "", times: int = 1) -> Fault:
        """504 of the proxy, HTML (fink.md section 5: server time limit 120 s; a retry often hits the cache)."""
        return self.add(Fault(path, times, Reply(504, HTML_504)))

    def broken(self, path: str = "", times: int = 1, *, html: bool = True) -> Fault:
        """500, as HTML or as flask-restx's JSON."""
        return self.add(Fault(path, times, Reply(500, HTML_500) if html else internal()))

    def too_many(self, retry_after: str | None, path: str = "", times: int = 1, status: int = 429) -> Fault:
        """429 (or 503), with a Retry-After if one is given: seconds or a date."""
        headers = {"Retry-After": retry_after} if retry_after is not None else {}
        return self.add(Fault(path, times, Reply(status, b"Too Many Requests", headers=headers)))

    def body(self, body: bytes, path: str = "", times: int = 1, type: str = "application/json") -> Fault:  # noqa: A002
        """This body, with status 200."""
        return self.add(Fault(path, times, Reply(200, body, type)))

    def wrong_length(self, by: int, path: str = "", times: int = 1) -> Fault:
        """A Content-Length that is wrong by so many bytes."""
        return self.add(Fault(path, times, length=by))

    def flood(self, size: int, path: str = "", times: int = 1, row: bytes = b'{"i:objectId":"ZTF18flood"}') -> Fault:
        """A list of rows of so many bytes in all, at least, made while it is sent."""
        many = b",".join([row] * max(1, 65536 // len(row)))

        def stream() -> Iterator[bytes]:
            yield b"[" + row
            sent = len(row)
            while sent < size:
                yield b"," + many
                sent += len(many) + 1
            yield b"]"

        return self.add(Fault(path, times, stream=stream))


def internal() -> Reply:
    """flask-restx's answer to what its routes did not catch."""
    return Reply(500, b'{"message": "Internal Server Error"}\n', "application/json")


NOT_JSON_NUMBERS = b'[{"i:objectId":"ZTF18aaaaaaa","i:jd":NaN,"i:ra":Infinity,"i:dec":-Infinity}]'
"""What Python's json writes and JSON does not know."""

TWICE = b'[{"i:objectId":"ZTF18aaaaaaa","i:objectId":"ZTF18bbbbbbb","i:jd":2461364.5,"i:jd":2461365.5}]'
"""Keys that come twice in a row."""

NO_LIST = b'{"status":"success","data":[]}'
"""An object where a list is expected."""


def nested(depth: int) -> bytes:
    """A list in a list in a list."""
    return b"[" * depth + b"]" * depth


HOSTILE = (
    "\x1b[2J\x1b[1;1Hgone",
    "\x1b]0;title\x07",
    "\x1b]52;c;aGVsbG8=\x07",
    "\x9b31mred",
    "\x00\x07\x08\x7f",
    "[HB89] 1821+643",
    "[/]",
    "[bold red]x[/bold red]",
    "[@click=app.quit]x[/]",
    "a\u202eb\u2066c\u200fd",
    "\ufeff\u200b",
    "line one\nline two\r\tthree",
    "x" * 5000,
    "e" + "\u0301" * 300,
    "\U0001f600\uff21\u4e2d",
    "</script><b>",
    "'; DROP TABLE alert; --",
    "$(touch x) `x` %s {0} {x!r}",
)
"""Names that a terminal, markup, a file or a database could take for more than names."""


def with_values(body: bytes, text: dict[str, object]) -> bytes:
    """A JSON list of rows, or a table of TAP, with some columns' values replaced."""
    rows = json.loads(body)
    if isinstance(rows, dict) and "metadata" in rows:
        for index, column in enumerate(rows["metadata"]):
            for row in rows["data"] if column["name"] in text else ():
                row[index] = text[column["name"]]
    if isinstance(rows, list):
        for row in rows:
            row |= {name: value for name, value in text.items() if isinstance(row, dict) and name in row}
    return json.dumps(rows, separators=(",", ":")).encode()
