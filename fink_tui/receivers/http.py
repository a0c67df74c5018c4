"""Asking a server for JSON: one request at a time, with an end to each, and a sentence for each way it can fail.

What a receiver is told of a failure is a `ReceiverError`; answers that are its own to judge (JSON, 2xx or 4xx) are
given to it. Redirects are not followed, for a POST would become a GET; cookies are neither kept nor sent; and there
is no way to delete anything.
"""

from __future__ import annotations

import email.utils
import math
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urljoin, urlsplit

import httpx
import msgspec

from fink_tui.alerts.text import clean
from fink_tui.credentials import Secret
from fink_tui.receivers.receiver import AwayError, BlockedError, FaultError, ReceiverError, RejectedError

CONNECT_TIMEOUT, READ_TIMEOUT, TOTAL_TIMEOUT = 10.0, 30.0, 120.0
"""Seconds: until there is a connection, between two pieces of an answer, and for an answer's body as a whole."""

MOST_BYTES = 8_000_000
"""The longest answer that is read: a page of a thousand targets is one tenth of it."""

LONGEST_PAUSE = 900.0
"""The longest that a server may ask to be left alone, seconds."""

BUSY = frozenset({408, 425, 429, 502, 503, 504})
"""Status codes of a server, or of what is before it, that is away for a while."""

MOST_WORDS = 160
"""Characters of what a server says that are shown."""

REFRESH = "It is tried again by itself"


class LoginError(BlockedError):
    """The server refused the login."""

    def __init__(self, words: str, status: int) -> None:
        """Make the error.

        Args:
            words: What happened.
            status: The server's answer: 401, 403, or a redirect to a page where one logs in.
        """
        super().__init__(words)
        self.status = status


class Login(NamedTuple):
    """What a request says about who sends it."""

    authorization: Secret
    """The header of that name."""

    remedy: str
    """What to do where it is refused: a sentence without a full stop, which names where the secret is from."""


class Answer(NamedTuple):
    """A server's answer: its status, and what its JSON says."""

    status: int
    body: Any


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
    ) -> None:
        """Make it; nothing is connected yet.

        Args:
            url: The site. Where it has a path, all requests go below that.
            ca_bundle: Certificates, PEM, that are trusted besides the system's.
            stopping: Set where no further request is to be made.
            transport: What carries requests instead of the network.
            clock: Seconds, for the end of an answer that does not end.
        """
        self.url = url.rstrip("/") + "/"
        self._host = clean(urlsplit(self.url).netloc, 80)
        self._ca_bundle = ca_bundle
        self._stopping = stopping or threading.Event()
        self._transport = transport
        self._clock = clock
        self._client: httpx.Client | None = None

    def get(self, path: str, query: Mapping[str, str | int] | None = None, login: Login | None = None) -> Answer:
        """Ask for something.

        Args:
            path: Below the site, without a slash before it.
            query: The query.
            login: Who asks; None: `self.login`.
        """
        return self._request("GET", path, query=query, login=login)

    def options(self, path: str) -> Answer:
        """Ask what can be done with something."""
        return self._request("OPTIONS", path)

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

    def _request(
        self,
        method: str,
        path: str,
        content: object = None,
        query: Mapping[str, str | int] | None = None,
        login: Login | None = None,
    ) -> Answer:
        if self._stopping.is_set():
            raise AwayError("The program is ending. It goes on at the next start.")
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
                return self._judged(response, self._read(response), login)
        except ReceiverError as error:
            problem = error
        except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError) as error:
            problem = self._unreached(error)
        # As if it arose here: the frames of the client hold the login.
        raise problem.with_traceback(None) from None

    def _connected(self) -> httpx.Client:
        if self._client is None:
            self._client = httpx.Client(
                follow_redirects=False,
                verify=_trusted(self._ca_bundle),
                timeout=httpx.Timeout(READ_TIMEOUT, connect=CONNECT_TIMEOUT),
                cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
                # Not compressed: what is counted as it comes is then all that there is.
                headers={"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "fink-tui"},
                transport=self._transport,
            )
        return self._client

    def _read(self, response: httpx.Response) -> bytes:
        """The whole body, where it ends in time and is no longer than an answer is."""
        end = self._clock() + TOTAL_TIMEOUT
        pieces, size = [], 0
        for piece in response.iter_raw():
            pieces.append(piece)
            size += len(piece)
            if size > MOST_BYTES:
                raise AwayError(f"{self._host} sent an answer that does not end. {REFRESH}.")
            if self._clock() > end:
                raise AwayError(f"{self._host} answered too slowly. {REFRESH}.")
        return b"".join(pieces)

    def _judged(self, response: httpx.Response, content: bytes, login: Login | None) -> Answer:
        """An answer that is the caller's to judge; for all others, a sentence.

        Raises:
            ReceiverError: It is no such answer.
        """
        status, host = response.status_code, self._host
        is_json = "json" in response.headers.get("Content-Type", "").lower()
        try:
            body = msgspec.json.decode(content)
        except (msgspec.DecodeError, UnicodeDecodeError):
            body = None
        else:
            is_json = True
        if status in BUSY:
            pause = _pause(response.headers.get("Retry-After"))
            raise AwayError(f"{host} is busy or away (status {status}). {REFRESH}.", pause)
        if 300 <= status < 400:
            raise self._redirected(response, login)
        if status in (401, 403):
            raise _refused(host, status, said(body), login)
        if status == 413:
            raise RejectedError(f"{host} does not take as much at once (status 413). Send less history.")
        if status >= 500:
            raise FaultError(f"{host} failed (status {status}){_quoted(said(body))}.")
        if body is None:
            raise self._no_json(response, content, is_json)
        return Answer(status, body)

    def _no_json(self, response: httpx.Response, content: bytes, is_json: bool) -> ReceiverError:
        """What to say of an answer that should be JSON, and is not."""
        status, host = response.status_code, self._host
        if status < 300:
            if is_json or not content.strip():
                return AwayError(f"{host} sent an answer that was cut off. {REFRESH}.")
            return BlockedError(
                f"{host} answered with a web page instead of data: perhaps a login page of the network, or the url is "
                f"that of another site. Open {self.url} in a browser."
            )
        if status == 404:
            return BlockedError(
                f"There is no TOM Toolkit at {clean(self.url)}. Set url to the address of its home page."
            )
        if status == 400:
            return BlockedError(
                f'{host} answered "Bad Request": most likely it does not know itself by that name, as through a '
                "tunnel. Set url to the name that it knows, or let its manager add this one to ALLOWED_HOSTS."
            )
        return FaultError(f"{host} answered with status {status} and a web page.")

    def _redirected(self, response: httpx.Response, login: Login | None) -> ReceiverError:
        """What to say of an answer that points elsewhere."""
        asked = urlsplit(str(response.request.url))
        place = urljoin(str(response.request.url), response.headers.get("Location", ""))
        try:
            target = urlsplit(place)
            shown = clean(target._replace(query="", fragment="").geturl(), MOST_WORDS)
        except ValueError:
            return BlockedError(f"{self._host} points to an address that cannot be read. Is the url the site's?")
        if "login" in unquote(target.path).lower():
            return _refused(self._host, response.status_code, f"log in at {shown}", login)
        if (target.scheme, target.netloc.partition(":")[0]) != (asked.scheme, asked.netloc.partition(":")[0]):
            site = target._replace(path=self._site(asked.path, target.path), query="", fragment="").geturl()
            return BlockedError(f"{self._host} has moved to {shown}. Set url: {clean(site, MOST_WORDS)}")
        return BlockedError(f"{self._host} points to {shown} instead of answering. Is the url that of its home page?")

    def _site(self, asked: str, found: str) -> str:
        """The path of the site that a redirect points to."""
        below = asked.removeprefix(urlsplit(self.url).path)
        return found.removesuffix(below) if found.endswith(below) else "/"

    def _unreached(self, error: Exception) -> ReceiverError:
        """What to say where there is no answer."""
        host = self._host
        cause = next((one for one in _causes(error) if isinstance(one, ssl.SSLError)), None)
        if isinstance(cause, ssl.SSLCertVerificationError):
            return BlockedError(
                f"The certificate of {host} is not trusted ({clean(cause.verify_message, 100)}). If the observatory "
                "has its own authority, set ca_bundle to the file of its certificate."
            )
        if isinstance(cause, ssl.SSLError) and not isinstance(cause, ssl.SSLEOFError | ssl.SSLZeroReturnError):
            return BlockedError(
                f"{host} cannot be reached over TLS ({clean(cause.reason, 60)}). Is it https, and is the port right?"
            )
        if isinstance(error, httpx.UnsupportedProtocol | httpx.InvalidURL):
            return BlockedError(f"{clean(self.url)} is no web address. Write url as in https://tom.example.org/")
        what = "did not answer in time" if isinstance(error, httpx.TimeoutException) else "is not reached"
        if isinstance(error, httpx.RemoteProtocolError | httpx.ReadError | httpx.WriteError):
            what = "broke the connection off"
        reason = next((one.strerror for one in _causes(error) if isinstance(one, OSError) and one.strerror), "")
        return AwayError(f"{host} {what}{f' ({clean(reason, 60)})' if reason else ''}. {REFRESH}.")


def said(body: object) -> str:
    """What a server says in the JSON of an error, in one line, such as `ra: This field is required`."""
    return clean("; ".join(_messages(body, ())), MOST_WORDS)


def _messages(body: object, at: tuple[str, ...]) -> list[str]:
    """The texts in the JSON of an error, each with the fields that it is about."""
    if isinstance(body, Mapping):
        return [
            text for key, value in body.items() for text in _messages(value, at if key in _UNNAMED else (*at, str(key)))
        ]
    if isinstance(body, list):
        return [text for value in body for text in _messages(value, at)]
    if body is None or body == "":
        return []
    return [": ".join([*at, str(body)])]


_UNNAMED = frozenset({"detail", "non_field_errors", "message"})
"""Keys that say nothing of which field a text is about."""


def _quoted(words: str) -> str:
    return f': "{words}"' if words else ""


def _refused(host: str, status: int, words: str, login: Login | None) -> LoginError:
    remedy = login.remedy if login is not None else "Set its token or password"
    return LoginError(f"{host} refused the login (status {status}){_quoted(words)}. {remedy}.", status)


def _pause(value: str | None) -> float | None:
    """How long a `Retry-After` asks one to wait, seconds; None where it does not say, or not legibly."""
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = email.utils.parsedate_to_datetime(value).timestamp() - time.time()
        except (ValueError, TypeError, OverflowError):
            return None
    return min(max(seconds, 0.0), LONGEST_PAUSE) if math.isfinite(seconds) else None


def _trusted(ca_bundle: Path | None) -> ssl.SSLContext:
    """What is trusted: what the system trusts, and the observatory's own.

    Raises:
        BlockedError: The file cannot be used.
    """
    context = httpx.create_ssl_context()
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


def _causes(error: BaseException) -> list[BaseException]:
    """An error and all that it came from."""
    found: list[BaseException] = []
    one: BaseException | None = error
    while one is not None and one not in found:
        found.append(one)
        one = one.__cause__ or one.__context__
    return found
