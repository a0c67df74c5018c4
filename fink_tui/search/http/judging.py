"""What a service's answers mean, and no answer: a sentence for each way in which asking can fail."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urljoin

import httpx
import msgspec

from fink_tui.alerts.text import clean
from fink_tui.search.errors import BrokenError, LinkError, RefusedError, SearchError, SlowError
from fink_tui.search.http.refusals import words_of
from fink_tui.web import causes, host_of, retry_after, tls_fault

CONNECT_TIMEOUT = 10.0
"""Seconds until there is a connection."""

READ_TIMEOUT = 140.0
"""Seconds between two pieces of an answer: Fink's server gives up after 120."""


@dataclass(frozen=True)
class Request:
    """One request, and what its answer must be like."""

    method: str
    url: str
    whom: str
    """Who is asked, as it is shown."""

    content: Mapping[str, object] | None = None
    query: Mapping[str, str] | None = None
    is_json: bool = False
    is_list: bool = False
    """Whether its JSON must be a list of rows."""

    narrow: str = ""
    """How the answer becomes smaller: a sentence."""

    is_followed: bool = False
    """Whether the server may point elsewhere."""

    writes: bool = False
    """Whether the server keeps what it is told: it is never told twice."""


class AgainError(Exception):
    """It may be asked again."""

    def __init__(self, problem: SearchError, tries: int, pause: float | None = None) -> None:
        super().__init__()
        self.problem = problem
        self.tries = tries
        """How often, in all."""
        self.pause = pause
        """Seconds that the server asks one to wait; None: as it suits us."""


def check_json(request: Request, first: bytes, last: bytes, beginning: bytes, *, is_whole: bool) -> None:
    """Refuse what cannot be the JSON that was asked for: it is not kept, and takes no good answer's place.

    Args:
        request: What was asked.
        first: The body's first sign.
        last: Its last one.
        beginning: As much of it as is looked at.
        is_whole: Whether that is all.

    Raises:
        SearchError: It is none.
        AgainError: It broke off.
    """
    if first in (b"[", b"{"):
        if last not in (b"]", b"}"):
            raise broke_off(request)
        if is_whole and not _is_json(beginning):
            raise BrokenError(f"{request.whom} answered with JSON that cannot be read. Ask again.")
        if request.is_list and first == b"{":
            said = words_of(beginning)
            raise BrokenError(f"{request.whom} answered with no list of rows{f': {said}' if said else ''}. Ask again.")
        if (status := _status(beginning)) is not None:
            quoted = f': "{status}"' if status else ""
            if request.url.endswith("/skymap"):
                raise RefusedError(
                    f"GraceDB gave Fink no sky map of that event{quoted}. See to its name; a new event has none yet."
                )
            raise RefusedError(f"{request.whom} refused it{quoted}.")
        return
    if first == b"<":
        raise BrokenError(
            f"{request.whom} answered with a web page instead of data: perhaps a login page of the network. Open "
            f"{clean(request.url)} in a browser."
        )
    words = words_of(beginning)
    raise BrokenError(
        f"{request.whom} answered with {f'text instead of data: {words}' if words else 'nothing'}."
        f"{'' if words else ' Ask again.'}"
    )


def _is_json(body: bytes) -> bool:
    """Whether a body is JSON from end to end; what its texts are made of is each row's own affair."""
    try:
        msgspec.json.decode(body, type=msgspec.Raw)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True


def _status(body: bytes) -> str | None:
    """What Fink says of what failed behind it, with success: one row of one column (skymap/utils.py); None for data."""
    try:
        rows = msgspec.json.decode(body) if body.startswith(b'[{"status"') else None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):  # such as a long body's beginning
        return None
    if isinstance(rows, list) and len(rows) == 1 and isinstance(rows[0], dict) and set(rows[0]) == {"status"}:
        return words_of(str(rows[0]["status"]).encode(errors="replace"))
    return None


def judged(request: Request, response: httpx.Response, content: bytes) -> Exception:
    """What to say of an answer that is no success."""
    status, whom = response.status_code, request.whom
    words = words_of(content)
    quoted = f': "{words}"' if words else ""
    if status == 504:
        hope = _again(request, "Ask for less, or again: what it found may be kept.")
        return AgainError(SlowError(f"{whom} did not finish within its own time limit. {hope}"), 2)
    if status == 429:
        pause = retry_after(response.headers.get("Retry-After"))
        when = f"in {_span(pause)}" if pause else "later"
        return AgainError(LinkError(f"{whom} was asked too often. Ask again {when}."), 3, pause)
    if status in (408, 425, 502, 503):
        pause = retry_after(response.headers.get("Retry-After"))
        hope = _again(request, "Ask again later.")
        return AgainError(LinkError(f"{whom} is busy or away (status {status}). {hope}"), 4, pause)
    if 300 <= status < 400:
        try:
            place = clean(urljoin(request.url, response.headers.get("Location", "")))
        except ValueError:
            place = ""
        return BrokenError(
            f"{whom} points to {place or 'another address'} instead of answering: a login page of the network, or it "
            "has moved; then set its address under search in config.yml."
        )
    if status >= 500:
        return BrokenError(f"{whom} failed (status {status}){quoted}: an error of its own. Ask again, or otherwise.")
    if status == 404 and not words:
        return RefusedError(f"{whom} knows nothing at {clean(request.url)} (status 404).")
    if status >= 400:
        return RefusedError(f"{whom} refused it{quoted or f' (status {status})'}.")
    return BrokenError(f"{whom} answered without data (status {status}). Ask again.")


def broke_off(request: Request) -> AgainError:
    """What to say of an answer that has no end."""
    return AgainError(LinkError(f"The answer of {request.whom} broke off. {_again(request)}"), 3)


def unreached(request: Request, error: Exception, received: int) -> Exception:
    """What to say where there is no answer, or only a part of one."""
    host, whom = host_of(request.url), request.whom
    tls = tls_fault(error)
    if tls is not None and tls.is_untrusted:
        return LinkError(
            f"The certificate of {host} is not trusted ({tls.words}): a login page or a "
            "proxy of the network, or a wrong clock. SSL_CERT_FILE can name the certificates of your observatory."
        )
    if tls is not None:
        return LinkError(f"{host} does not answer over TLS ({tls.words}). See its address under search in config.yml.")
    if isinstance(error, httpx.UnsupportedProtocol | httpx.InvalidURL):
        return RefusedError(f"{clean(request.url)} is no web address. Correct it under search in config.yml.")
    if isinstance(error, httpx.TooManyRedirects):
        return BrokenError(f"{whom} points from one address to the next, without end.")
    if isinstance(error, httpx.ProxyError):
        return LinkError(f"The proxy in the environment does not let {host} be reached ({clean(error, 100)}).")
    if isinstance(error, httpx.DecodingError):
        return BrokenError(f"The answer of {whom} is damaged: it cannot be unpacked.")
    if isinstance(error, httpx.ReadTimeout):
        hope = _again(request, "Ask for less, or again later.")
        return SlowError(f"{whom} sent nothing for {_span(READ_TIMEOUT)}. {hope}")
    reason = next(filter(None, (_reason(one) for one in causes(error))), "")
    why = f" ({clean(reason, 60)})" if reason else ""
    if isinstance(error, httpx.TimeoutException):
        return LinkError(f"{whom} cannot be reached: no connection within {CONNECT_TIMEOUT:g} s. Is the link up?")
    if isinstance(error, httpx.ConnectError):
        return AgainError(LinkError(f"{whom} cannot be reached{why}. Is the link up?"), 2)
    if received:
        return broke_off(request)
    return AgainError(LinkError(f"{whom} broke the connection off{why}. {_again(request)}"), 3)


def _again(request: Request, words: str = "Ask again.") -> str:
    """What to do about a question without an answer; what was to be written may have been."""
    return "It may have been written: read what is there before you repeat it." if request.writes else words


def _reason(error: BaseException) -> str:
    """The system's words for why a connection failed; "" where it has none."""
    if isinstance(error, socket.gaierror):  # whose numbers are not the system's
        return error.strerror or ""
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno)  # its own text is the event loop's: "Connect call failed ('192.0.2.1', 443)"
    return ""


def _span(seconds: float) -> str:
    """A time to wait in words."""
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
