"""Asking a server for JSON: one request at a time, with an end to each.

What a receiver is told of a failure is a `ReceiverError`; answers that are its own to judge are given to it. Redirects
are not followed, for a POST would become a GET; cookies are neither kept nor sent; and there is no way to delete
anything.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx
import msgspec

from fink_tui.receivers.answers import AGAIN, Answer, Login, judged, unreached
from fink_tui.receivers.receiver import AwayError, BlockedError, ReceiverError
from fink_tui.web import host_of

SLOW = 5.0
"""Seconds after which an answer that did not come is not asked for again at once."""

CONNECT_TIMEOUT, READ_TIMEOUT, TOTAL_TIMEOUT = 10.0, 30.0, 120.0
"""Seconds: until there is a connection, between two pieces of an answer, and for an answer's body as a whole."""

MOST_BYTES = 8_000_000
"""The longest answer that is read: a page of a thousand targets is one tenth of it."""


class _Asking(httpx.Auth):
    """Puts a login into a request: there, and nowhere before, it is text."""

    def __init__(self, login: Login | None) -> None:
        self._login = login

    def auth_flow(self, request: httpx.Request) -> Any:
        if self._login is not None:
            request.headers["Authorization"] = self._login.authorization.reveal()
        yield request


class JsonClient:
    """A client of one server. Methods raise `ReceiverError`s; it is for one thread."""

    login: Login | None = None
    """What requests say about who sends them, unless they are told otherwise."""

    def __init__(
        self,
        url: str,
        *,
        ca_bundle: Path | None = None,
        stopping: threading.Event | None = None,
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
        again: Sequence[float] = (),
    ) -> None:
        """Make it; nothing is connected yet.

        Args:
            url: The site. Where it has a path, all requests go below that.
            ca_bundle: Certificates, PEM, that are trusted besides the system's.
            stopping: Set where no further request is to be made.
            transport: What carries requests instead of the network.
            clock: Seconds, for the end of an answer that does not end.
            again: Pauses, seconds, after which what was lost is asked again, where that changes nothing.
        """
        self.url = url.rstrip("/") + "/"
        self._ca_bundle = ca_bundle
        self._stopping = stopping or threading.Event()
        self._transport = transport
        self._clock = clock
        self._again = again
        self._client: httpx.Client | None = None
        self._has_answered = False
        """Whether it has, since the last time that it did not."""

    def get(self, path: str, query: Mapping[str, str | int] | None = None, login: Login | None = None) -> Answer:
        """Ask for something.

        Args:
            path: Below the site, without a slash before it.
            query: The query.
            login: Who asks; None: `self.login`.
        """
        return self._ask("GET", path, query, login)

    def options(self, path: str) -> Answer:
        """Ask what can be done with something."""
        return self._ask("OPTIONS", path)

    def post(self, path: str, content: object) -> Answer:
        """Make something."""
        return self._request("POST", path, content)

    def patch(self, path: str, content: object) -> Answer:
        """Change a part of something."""
        return self._request("PATCH", path, content)

    def close(self) -> None:
        """Close the connection; the next request makes another."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def _ask(
        self,
        method: str,
        path: str,
        query: Mapping[str, str | int] | None = None,
        login: Login | None = None,
    ) -> Answer:
        """A request that changes nothing: what a flaky line loses of it is asked again at once."""
        for pause in self._again:
            began = self._clock()
            try:
                return self._request(method, path, query=query, login=login)
            except AwayError as error:
                if error.retry_after is not None or self._clock() - began > SLOW or self._stopping.wait(pause):
                    raise
        return self._request(method, path, query=query, login=login)

    def _request(
        self,
        method: str,
        path: str,
        content: object = None,
        query: Mapping[str, str | int] | None = None,
        login: Login | None = None,
    ) -> Answer:
        if self._stopping.is_set():
            raise AwayError("The program is ending.")
        login = login or self.login
        url = urljoin(self.url, path)
        try:
            with self._connected().stream(
                method,
                url,
                params=query,
                content=None if content is None else msgspec.json.encode(content),
                headers={} if content is None else {"Content-Type": "application/json"},
                auth=_Asking(login),
            ) as response:
                answer = judged(self.url, response, self._read(response), login)
                self._has_answered = True
                return answer
        except ReceiverError as error:
            problem = error
        except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError) as error:
            problem = unreached(self.url, error)
            if isinstance(problem, AwayError):
                problem.got_on, self._has_answered = self._has_answered, False
        # As if it arose here: the frames of the client hold the login.
        raise problem.with_traceback(None) from None

    def _connected(self) -> httpx.Client:
        if self._client is None:
            verify = trusted(self._ca_bundle)
            try:
                self._client = httpx.Client(
                    follow_redirects=False,
                    verify=verify,
                    timeout=httpx.Timeout(READ_TIMEOUT, connect=CONNECT_TIMEOUT),
                    cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
                    # Not compressed: what is counted as it comes is then all that there is.
                    headers={"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "fink-tui"},
                    transport=self._transport,
                )
            except (ImportError, ValueError, httpx.InvalidURL):  # a SOCKS proxy, or nonsense
                raise BlockedError(
                    "The proxy in the environment (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY) cannot be used: it must be "
                    "http or https. Change it, or name the server in NO_PROXY, and start the program again."
                ) from None
        return self._client

    def _read(self, response: httpx.Response) -> bytes:
        """The whole body, where it ends in time and is no longer than an answer is."""
        end = self._clock() + TOTAL_TIMEOUT
        pieces, size = [], 0
        for piece in response.iter_raw():
            pieces.append(piece)
            size += len(piece)
            if size > MOST_BYTES:
                raise AwayError(f"{host_of(self.url)} sent an answer that does not end. {AGAIN}.")
            if self._clock() > end:
                raise AwayError(f"{host_of(self.url)} answered too slowly. {AGAIN}.")
        return b"".join(pieces)


def trusted(ca_bundle: Path | None) -> ssl.SSLContext:
    """What is trusted: what the system trusts, and the observatory's own.

    Raises:
        BlockedError: The file cannot be used.
    """
    try:
        context = httpx.create_ssl_context()
    except OSError:
        raise BlockedError("SSL_CERT_FILE or SSL_CERT_DIR in the environment cannot be used. Correct it.") from None
    if ca_bundle is not None:
        try:
            context.load_verify_locations(ca_bundle)
        except (OSError, ssl.SSLError) as error:
            reason = "it holds no certificate" if isinstance(error, ssl.SSLError) else error.strerror
            raise BlockedError(
                f"ca_bundle {ca_bundle} cannot be used: {reason}. Name a file of PEM certificates."
            ) from None
        # Python 3.13 demands extensions that the certificates of small authorities often lack.
        context.verify_flags &= ~getattr(ssl, "VERIFY_X509_STRICT", 0)
    return context
