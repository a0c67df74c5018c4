"""Asking Fink's REST APIs, and other services: politely, with an end to each request, the answer in a file.

Few requests go to one host at a time. What a busy server or a bad line lost is asked again after a pause, a few times;
a question that took the server too long, once: its cache often has the answer by then. Whatever goes wrong is one of
`fink_tui.search.errors`, in words for the observer.
"""

from __future__ import annotations

import asyncio
import random
import ssl
import threading
import zlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path

import httpx

from fink_tui import version
from fink_tui.alerts.text import clean
from fink_tui.config import Search
from fink_tui.search.api import endpoints
from fink_tui.search.errors import BrokenError, CancelledError, LargeError, RefusedError
from fink_tui.search.http.judging import (
    CONNECT_TIMEOUT,
    READ_TIMEOUT,
    AgainError,
    Request,
    broke_off,
    check_json,
    judged,
    unreached,
)
from fink_tui.search.http.waiting import LOOK_SECONDS, run_wanted
from fink_tui.search.question import Question
from fink_tui.store.room import check_answer_room
from fink_tui.web import host_of

AT_ONCE = 2
"""Requests to one host at a time."""

PAUSES = (1.0, 3.0, 8.0)
"""Seconds before what a busy server or a broken connection lost is asked again; each is shortened or drawn out."""

LONGEST_PAUSE = 60.0
"""The longest time that a server may ask one to wait, seconds; beyond it the observer is told."""

MOST_ERROR = 64_000
"""Bytes that are read of an error's body."""

PIECE = 256 * 1024
"""Bytes that a compressed answer is unpacked by: a few of them may stand for a thousand times as many."""

LOOK_BYTES = 4_000_000
"""Bytes of an answer after which it is seen whether the disk has room for more."""

HOME_PAGE = "https://fink-broker.org"
"""Where whoever runs a server may learn what this is about."""

BLANK = b" \t\r\n"
"""What may stand around JSON."""


class Client:
    """A client of all services that a search asks; for any number of threads."""

    def __init__(
        self,
        settings: Search | None = None,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        pauses: Sequence[float] = PAUSES,
    ) -> None:
        """Make it; nothing is connected.

        Args:
            settings: Where the services are, and how large an answer may be.
            transport: What carries requests instead of the network.
            pauses: Seconds before what was lost is asked again.
        """
        self.settings = settings or Search()
        self._transport = transport
        self._pauses = pauses
        self._most = int(self.settings.most_mb * 1e6)
        self._lock = threading.Lock()
        self._turns: dict[str, threading.Semaphore] = {}
        self._trusted: ssl.SSLContext | None = None

    def ask(
        self,
        question: Question,
        path: Path,
        progress: Callable[[int], None] = lambda _: None,
        is_cancelled: Callable[[], bool] = lambda: False,
    ) -> None:
        """Ask Fink, and write the answer's body to a file.

        Args:
            question: What.
            path: The file; what is in it is replaced. It is incomplete after an error.
            progress: Told the bytes received so far, unpacked, ten times a second, also while nothing comes.
            is_cancelled: Whether nobody waits for it any longer.

        Raises:
            SearchError: There is no answer; QuestionError where there is no such endpoint, CancelledError where nobody
                wants it any longer.
            StoreFullError: It would take the room on the disk that is left for decisions.
            OSError: The file cannot be written.
        """
        address = self.settings.address(question.survey)
        arguments = endpoints.body(question)
        got = endpoints.is_got(question)
        request = Request(
            "GET" if got else "POST",
            f"{address}/api/v1/{question.path}",
            f"Fink ({host_of(address)})",
            query=question.given if got else None,
            content=None if got else arguments,
            is_json=endpoints.gives_json(question),
            is_list=endpoints.gives_rows(question),
            narrow=_narrower(question),
            writes=endpoints.writes(question),
        )
        self._ask(request, path, progress, is_cancelled)

    def get(
        self,
        url: str,
        arguments: Mapping[str, str],
        path: Path,
        progress: Callable[[int], None] = lambda _: None,
        is_cancelled: Callable[[], bool] = lambda: False,
        *,
        is_json: bool = False,
    ) -> None:
        """Ask another service with GET, and write the answer's body to a file.

        Args:
            url: Its address.
            arguments: The query.
            path: The file.
            progress: As for `ask`.
            is_cancelled: As for `ask`.
            is_json: Whether the answer must be JSON.

        Raises:
            SearchError: There is no answer.
            StoreFullError: As for `ask`.
            OSError: The file cannot be written.
        """
        narrow = "Ask for a smaller field."
        request = Request("GET", url, host_of(url), query=arguments, is_json=is_json, narrow=narrow, is_followed=True)
        self._ask(request, path, progress, is_cancelled)

    def _ask(
        self, request: Request, path: Path, progress: Callable[[int], None], is_cancelled: Callable[[], bool]
    ) -> None:
        turn = self._turn(host_of(request.url))
        while not turn.acquire(timeout=LOOK_SECONDS):
            progress(0)
            if is_cancelled():
                raise CancelledError("It was broken off.")
        try:
            for tried in range(1, 100):
                try:
                    self._try(request, path, progress, is_cancelled)
                    return
                except AgainError as again:
                    if request.writes or tried >= again.tries or (again.pause or 0) > LONGEST_PAUSE:
                        raise again.problem from None
                    pause = again.pause
                if pause is None:
                    pause = self._pauses[min(tried, len(self._pauses)) - 1] * random.uniform(0.6, 1.4)
                run_wanted(asyncio.sleep(pause), is_cancelled, lambda: progress(0))
        finally:
            turn.release()

    def _try(
        self, request: Request, path: Path, progress: Callable[[int], None], is_cancelled: Callable[[], bool]
    ) -> None:
        received = [0]
        run_wanted(self._fetch(request, path, received), is_cancelled, lambda: progress(received[0]))
        progress(received[0])

    def _turn(self, host: str) -> threading.Semaphore:
        with self._lock:
            return self._turns.setdefault(host, threading.Semaphore(AT_ONCE))

    async def _fetch(self, request: Request, path: Path, received: list[int]) -> None:
        """One try."""
        try:
            async with (
                self._connected(request) as client,
                client.stream(
                    request.method,
                    request.url,
                    params=request.query,
                    json=request.content,
                    follow_redirects=request.is_followed,
                ) as response,
            ):
                if response.status_code != 200:
                    raise judged(request, response, await _beginning(response))
                await self._write(request, response, path, received)
        except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError) as error:
            raise unreached(request, error, received[0]) from None

    def _connected(self, request: Request) -> httpx.AsyncClient:
        try:
            with self._lock:
                if self._trusted is None:
                    self._trusted = httpx.create_ssl_context()
            return httpx.AsyncClient(
                verify=self._trusted,
                timeout=httpx.Timeout(READ_TIMEOUT, connect=CONNECT_TIMEOUT),
                headers={
                    "User-Agent": f"fink-tui/{version()} (+{HOME_PAGE})",
                    "Accept": "application/json" if request.is_json else "*/*",
                    "Accept-Encoding": "gzip",
                },
                max_redirects=3,
                transport=self._transport,
            )
        except OSError:
            raise RefusedError(
                "SSL_CERT_FILE or SSL_CERT_DIR in the environment cannot be used. Correct it, and start again."
            ) from None
        except (ImportError, ValueError):  # a SOCKS proxy, or nonsense
            raise RefusedError(
                "The proxy in the environment (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY) cannot be used: it must be http or "
                f"https. Change it, or name {host_of(request.url)} in NO_PROXY, and start again."
            ) from None

    async def _write(self, request: Request, response: httpx.Response, path: Path, received: list[int]) -> None:
        """Write the body while it comes, and see whether it can be what was asked for."""
        if (announced := response.headers.get("Content-Length", "")).isdigit() and int(announced) > self._most:
            raise self._large(request)
        first, last, looked_at = b"", b"", 0
        beginning = bytearray()
        with path.open("wb") as file:
            async for piece in _unpacked(request, response):
                received[0] += len(piece)
                if received[0] > self._most:
                    raise self._large(request)
                if received[0] - looked_at >= LOOK_BYTES:  # what is left of the disk is for decisions
                    looked_at = received[0]
                    check_answer_room(path.parent)
                file.write(piece)
                if len(beginning) < MOST_ERROR:
                    beginning += piece[: MOST_ERROR - len(beginning)]
                first = first or piece.lstrip(BLANK)[:1]
                last = piece.rstrip(BLANK)[-1:] or last
        if request.is_json:
            check_json(request, first, last, bytes(beginning), is_whole=received[0] == len(beginning))

    def _large(self, request: Request) -> LargeError:
        return LargeError(
            f"The answer of {request.whom} is larger than {self._most / 1e6:g} MB, and was not taken. "
            f"{request.narrow} Or raise most_mb under search in config.yml."
        )


async def _unpacked(request: Request, response: httpx.Response) -> AsyncIterator[bytes]:
    """The body's pieces, unpacked, none of them large."""
    coding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if coding in ("", "identity"):
        async for piece in response.aiter_raw():
            yield piece
        return
    if coding not in ("gzip", "x-gzip"):
        raise BrokenError(f"{request.whom} packed its answer in a way that was not asked for ({clean(coding, 20)}).")
    unpack = zlib.decompressobj(wbits=31)
    async for packed in response.aiter_raw():
        while packed and not unpack.eof:
            try:
                piece = unpack.decompress(packed, PIECE)
            except zlib.error:
                raise BrokenError(f"The answer of {request.whom} is damaged: it cannot be unpacked.") from None
            packed = unpack.unconsumed_tail
            if piece:
                yield piece
    if not unpack.eof:
        raise broke_off(request)


async def _beginning(response: httpx.Response) -> bytes:
    """The beginning of an error's body; what there is of it where it breaks off."""
    found = bytearray()
    try:
        async for piece in response.aiter_raw():
            found += piece
            if len(found) > MOST_ERROR:
                break
    except httpx.HTTPError:
        pass
    if response.headers.get("Content-Encoding", "").strip().lower() in ("gzip", "x-gzip"):
        try:
            return zlib.decompressobj(wbits=31).decompress(bytes(found), MOST_ERROR)
        except zlib.error:
            return b""
    return bytes(found[:MOST_ERROR])


def _narrower(question: Question) -> str:
    """How the answer to a question becomes smaller."""
    given = question.given
    if "radius" in given:
        return "Ask for a smaller radius or a shorter time."
    if "n" in given:
        return "Ask for fewer alerts, or for a shorter time."
    if "columns" not in given:
        return "Ask for fewer objects at a time, or name the columns that you need."
    return "Ask for fewer objects or columns at a time."
