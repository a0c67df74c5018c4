"""What a server's answers mean, and no answer: a sentence for each way in which asking for JSON can fail."""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import unquote, urljoin, urlsplit

import httpx
import msgspec

from fink_tui.alerts.text import clean
from fink_tui.credentials import Secret
from fink_tui.receivers.receiver import AwayError, BlockedError, FaultError, ReceiverError
from fink_tui.web import BUSY, MOST_WORDS, causes, host_of, retry_after, said, tls_fault

AGAIN = "It is tried again by itself"
"""What happens then, where nobody has to do anything."""


class LoginError(BlockedError):
    """The server refused the login."""

    def __init__(self, host: str, status: int, reason: str, remedy: str) -> None:
        """Make the error.

        Args:
            host: The server.
            status: Its answer: 401, 403, or a redirect to the page where one logs in.
            reason: Why, in its words or ours.
            remedy: What to do: sentences, the last without a full stop.
        """
        super().__init__(f"{host} refused the login ({reason}). {remedy}.")
        self.host = host
        self.status = status
        self.reason = reason
        self.remedy = remedy


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


def judged(site: str, response: httpx.Response, content: bytes, login: Login | None) -> Answer:
    """An answer that is the caller's to judge: JSON, 2xx or 4xx.

    Args:
        site: Whose answer it is.
        response: It.
        content: Its body.
        login: Who asked.

    Raises:
        ReceiverError: It is no such answer.
    """
    status, host = response.status_code, host_of(site)
    is_json = "json" in response.headers.get("Content-Type", "").lower()
    try:
        body = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        body = None
    else:
        is_json = True
    if status in BUSY:
        pause = retry_after(response.headers.get("Retry-After"))
        raise AwayError(f"{host} is busy or away (status {status}). {AGAIN}.", pause)
    if 300 <= status < 400:
        raise _redirected(site, response, login)
    if status in (401, 403):
        raise _refused(host, status, f"status {status}{_quoted(said(body))}", login)
    if status == 413:
        raise BlockedError(
            f"{host} does not take as much at once (status 413), though it is little: one point, or one target. "
            "Ask its manager to allow a megabyte (nginx: client_max_body_size)."
        )
    if status >= 500:
        words = f"status {status}{_quoted(said(body))}"
        raise FaultError(f"{host} failed ({words}): an error of its own; its log says why.")
    if body is None:
        raise _no_json(site, response, content, is_json)
    return Answer(status, body)


def _no_json(site: str, response: httpx.Response, content: bytes, is_json: bool) -> ReceiverError:
    """What to say of an answer that should be JSON, and is not."""
    status, host = response.status_code, host_of(site)
    if status < 300:
        if is_json or not content.strip():
            return AwayError(f"{host} sent an answer that was cut off. {AGAIN}.")
        return BlockedError(
            f"{host} answered with a web page instead of data: perhaps a login page of the network, or the url is "
            f"that of another site. Open {clean(site)} in a browser."
        )
    if status == 404:
        return BlockedError(f"There is no TOM Toolkit at {clean(site)}. Set url to the address of its home page.")
    if status == 400:
        return BlockedError(
            f'{host} answered "Bad Request": most likely it does not know itself by that name, as through a '
            "tunnel. Set url to the name that it knows, or let its manager add this one to ALLOWED_HOSTS."
        )
    return FaultError(f"{host} answered with status {status} and a web page.")


def _redirected(site: str, response: httpx.Response, login: Login | None) -> ReceiverError:
    """What to say of an answer that points elsewhere."""
    host = host_of(site)
    asked = urlsplit(str(response.request.url))
    try:
        target = urlsplit(urljoin(str(response.request.url), response.headers.get("Location", "")))
        is_same_host = target.hostname == asked.hostname
    except ValueError:
        return BlockedError(f"{host} points to an address that cannot be read. Is the url its home page's?")
    if is_same_host and "login" in unquote(target.path).lower():
        return _refused(host, response.status_code, "it asks to log in on its pages", login)
    shown = clean(target._replace(query="", fragment="").geturl(), MOST_WORDS)
    below = asked.path.removeprefix(urlsplit(site).path)
    if target.path.endswith(below) and "@" not in target.netloc:
        site = target._replace(path=target.path.removesuffix(below), query="", fragment="").geturl()
        return BlockedError(f"{host} has moved to {shown}. If that is right, set url: {clean(site, MOST_WORDS)}")
    return BlockedError(
        f"{host} points to {shown} instead of answering: a login page of the network, or the url is not that "
        f"of the home page. Open {clean(site)} in a browser."
    )


def unreached(site: str, error: Exception) -> ReceiverError:
    """What to say where there is no answer.

    Args:
        site: Whose.
        error: Why.
    """
    host = host_of(site)
    tls = tls_fault(error)
    if tls is not None and tls.is_untrusted:
        return BlockedError(
            f"The certificate of {host} is not trusted ({tls.words}). If the observatory "
            "has its own authority, set ca_bundle to the file of its certificate."
        )
    if tls is not None:
        return BlockedError(
            f"{host} does not answer over TLS ({tls.words}). If it has no https, write http in url; else "
            "correct the port."
        )
    if isinstance(error, httpx.UnsupportedProtocol | httpx.InvalidURL):
        return BlockedError(f"{clean(site)} is no web address. Write url as in https://tom.example.org/")
    what = "did not answer in time" if isinstance(error, httpx.TimeoutException) else "cannot be reached"
    if isinstance(error, httpx.RemoteProtocolError | httpx.ReadError | httpx.WriteError):
        what = "broke the connection off"
    reason = next((one.strerror for one in causes(error) if isinstance(one, OSError) and one.strerror), "")
    return AwayError(f"{host} {what}{f' ({clean(reason, 60)})' if reason else ''}. {AGAIN}.")


def _quoted(words: str) -> str:
    return f', "{words}"' if words else ""


def _refused(host: str, status: int, reason: str, login: Login | None) -> LoginError:
    return LoginError(host, status, reason, login.remedy if login is not None else "Set a token or a password")
