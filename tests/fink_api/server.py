"""The server: Fink's two REST APIs and CDS's services on loopback ports, each request noted, each answer spoilable."""

from __future__ import annotations

import contextlib
import gzip
import http.server
import json
import socket
import struct
import threading
import time
import urllib.parse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from tests.fink_api import cds, routes, sky
from tests.fink_api.faults import Fault, Faults, with_values
from tests.fink_api.lsst import Lsst
from tests.fink_api.reply import Reply
from tests.fink_api.ztf import Ztf
from tests.loopback import HOST, free_ports


@dataclass
class Served:
    """A request that was served."""

    service: str
    """`ztf`, `lsst` or `cds`."""

    method: str
    path: str
    """Without the arguments."""

    arguments: Mapping[str, Any]
    """Of the URL, or of the JSON body where the URL has none."""

    headers: Mapping[str, str]
    """By their names in small letters."""

    at_once: int
    """How many requests were being served when it came, itself included."""

    started: float = field(default_factory=time.monotonic)
    """When it came, seconds of the monotonic clock."""

    status: int | None = None
    """What was answered; None while it is not, and where nothing was."""

    is_whole: bool = False
    """Whether the client took all of the answer."""

    @property
    def endpoint(self) -> str:
        """The last part of the path."""
        return self.path.rsplit("/", 1)[-1]


class FinkApi:
    """A running stand-in for Fink's REST API of both surveys, hips2fits and SIMBAD's TAP."""

    def __init__(self, night: float = sky.NIGHT, port: int = 0) -> None:
        self.faults = Faults()
        self.night = night
        self.requests: list[Served] = []
        """What was asked, in order of arrival."""
        self._lock = threading.Lock()
        self._busy = 0
        self._servers: dict[str, _Server] = {}
        self._ports = dict(zip(("ztf", "lsst", "cds"), range(port, port + 3) if port else free_ports(3), strict=True))
        self.faults.release()

    @cached_property
    def ztf(self) -> Ztf:
        """ZTF's database."""
        return Ztf(self.night)

    @cached_property
    def lsst(self) -> Lsst:
        """LSST's database."""
        return Lsst(self.night)

    @cached_property
    def _routes(self) -> Mapping[str, Mapping[str, routes.Route]]:
        return {"ztf": self.ztf.routes(), "lsst": self.lsst.routes()}

    @property
    def ztf_url(self) -> str:
        """In the place of https://api.ztf.fink-portal.org."""
        return f"http://{HOST}:{self._ports['ztf']}"

    @property
    def lsst_url(self) -> str:
        """In the place of https://api.lsst.fink-portal.org."""
        return f"http://{HOST}:{self._ports['lsst']}"

    @property
    def hips_url(self) -> str:
        """In the place of https://alasky.cds.unistra.fr/hips-image-services/hips2fits."""
        return f"http://{HOST}:{self._ports['cds']}/hips-image-services/hips2fits"

    @property
    def simbad_url(self) -> str:
        """In the place of https://simbad.cds.unistra.fr/simbad/sim-tap/sync."""
        return f"http://{HOST}:{self._ports['cds']}/simbad/sim-tap/sync"

    @property
    def config(self) -> str:
        """Lines for config.yml that make the program ask here."""
        lines = ["search:", f"  ztf: {self.ztf_url}", f"  lsst: {self.lsst_url}"]
        return "\n".join([*lines, f"  hips: {self.hips_url}", f"  simbad: {self.simbad_url}", ""])

    @property
    def most_at_once(self) -> int:
        """The most requests that were served at a time."""
        return max((served.at_once for served in self.requests), default=0)

    def asked(self, endpoint: str) -> list[Served]:
        """The requests for an endpoint."""
        return [served for served in self.requests if served.endpoint == endpoint]

    def __enter__(self) -> FinkApi:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self, *services: str) -> None:
        """Listen: at the same addresses each time."""
        for service in services or self._ports:
            if service not in self._servers:
                server = self._servers[service] = _Server((HOST, self._ports[service]), self, service)
                threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True, name=f"api {service}").start()

    def stop(self, *services: str) -> None:
        """Listen no longer: connections are refused. What is being answered is cut off."""
        for service in services or tuple(self._servers):
            server = self._servers.pop(service, None)
            if server is not None:
                server.shutdown()
                server.server_close()
                server.hang_up()

    def reset(self) -> None:
        """All is well, all services listen, nothing was asked."""
        self.faults.clear()
        self.start()
        with self._lock:
            self.requests.clear()
        for database in (self.ztf, self.lsst):
            database.now = self.night + 1.0
        self.ztf.key_time = "jdstarthist"

    @contextlib.contextmanager
    def note(
        self, service: str, method: str, path: str, arguments: Any, headers: Mapping[str, str]
    ) -> Iterator[Served]:
        """Note a request while it is served."""
        with self._lock:
            self._busy += 1
            named = {name.lower(): value for name, value in headers.items()}
            served = Served(service, method, path, arguments, named, self._busy)
            self.requests.append(served)
        try:
            yield served
        finally:
            with self._lock:
                self._busy -= 1

    def answer(
        self, service: str, method: str, path: str, arguments: Mapping[str, str], body: bytes, kind: str
    ) -> Reply:
        """What the service says, were all well; with other texts in its rows where a test wants that."""
        if service == "cds":
            reply = cds.answer(method, path, arguments, body, kind, self.night)
        elif (route := self._routes[service].get(path.rstrip("/").removeprefix("/api/v1/"))) is not None:
            reply = routes.answer(route, method, arguments, body, kind)
        elif path == "/":
            return Reply(200, b"Swagger UI")
        else:
            return Reply(404, b"<!doctype html>\n<html lang=en>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n")
        if self.faults.text and reply.status == 200 and reply.type == "application/json":
            reply.body = with_values(reply.body, self.faults.text)
        return reply


class _Server(http.server.ThreadingHTTPServer):
    """One service's port."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], api: FinkApi, service: str) -> None:
        self.api, self.service = api, service
        self.open: set[socket.socket] = set()
        self.is_closing = False
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self.open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """Cut all connections."""
        self.is_closing = True
        for one in tuple(self.open):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no fault of the server."""


class _Handler(http.server.BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server: _Server
    disable_nagle_algorithm = True

    def version_string(self) -> str:
        return "nginx"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Nothing goes to standard error."""

    def do_GET(self) -> None:
        self._serve("GET")

    def do_POST(self) -> None:
        self._serve("POST")

    def _serve(self, method: str) -> None:
        api, service = self.server.api, self.server.service
        parts = urllib.parse.urlsplit(self.path)
        given = dict(urllib.parse.parse_qsl(parts.query, keep_blank_values=True))
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        kind = self.headers.get("Content-Type") or ""
        asked: Any = given or _arguments(body, kind)
        with api.note(service, method, parts.path, asked, dict(self.headers)) as served:
            fault = api.faults.take(parts.path)
            self._wait(fault, "start")
            reply = fault.reply or api.answer(service, method, parts.path, given, body, kind)
            served.status = reply.status
            served.is_whole = self._send(reply, fault)

    def _wait(self, fault: Fault, where: str) -> None:
        """Stall where the fault stalls, until it may go on."""
        if fault.stall == where:
            while not self.server.api.faults.released.wait(0.05):
                if self.server.is_closing:
                    raise ConnectionAbortedError

    def _send(self, reply: Reply, fault: Fault) -> bool:
        """Send an answer; tells whether all of it went."""
        body = fault.change(reply.body) if fault.change else reply.body
        zipped = self.server.api.faults.gzip and "gzip" in (self.headers.get("Accept-Encoding") or "")
        body = gzip.compress(body, 1) if zipped and not fault.stream else body
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.type)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if fault.stream:
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header("Content-Length", str(len(body) + fault.length))
        if zipped and not fault.stream:
            self.send_header("Content-Encoding", "gzip")
        if fault.length:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.flush()
        self._wait(fault, "headers")
        if fault.stream:
            for part in fault.stream():
                self.wfile.write(b"%x\r\n%b\r\n" % (len(part), part))
            self.wfile.write(b"0\r\n\r\n")
            return True
        half = len(body) // 2 if fault.stall == "middle" else len(body)
        self._write(body[:half], fault)
        self._wait(fault, "middle")
        self._write(body[half:], fault)
        self.close_connection = self.close_connection or bool(fault.length)
        return True

    def _write(self, body: bytes, fault: Fault) -> None:
        """Send a part of a body as the fault will have it."""
        if fault.cut_after is not None:
            self.wfile.write(body[: fault.cut_after])
            self.wfile.flush()
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # a reset
            self.close_connection = True
            self.connection.close()
            raise ConnectionAbortedError
        if not fault.is_drip:
            self.wfile.write(body)
            return
        for at in range(len(body)):
            self.wfile.write(body[at : at + 1])
            self.wfile.flush()


def _arguments(body: bytes, kind: str) -> Any:
    """The arguments in a body, for the notes."""
    if "json" in kind:
        with contextlib.suppress(ValueError):
            return json.loads(body)
    if "form" in kind:
        return dict(urllib.parse.parse_qsl(body.decode()))
    return {}
