"""Asking a server: what is sent, and what becomes of every answer and of none."""

from __future__ import annotations

import contextlib
import gzip
import json
import shutil
import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from fink_tui.config import Search
from fink_tui.search.api.endpoints import gives_json
from fink_tui.search.errors import (
    BrokenError,
    CancelledError,
    LargeError,
    LinkError,
    RefusedError,
    SearchError,
    SlowError,
)
from fink_tui.search.http import judging, waiting
from fink_tui.search.http.client import AT_ONCE, Client
from fink_tui.search.question import Question
from tests.loopback import HOST, free_ports
from tests.running import wait_for
from tests.search.scripted import Script, Seen, Server, answer, hang_up, in_turn, serving, silent
from tests.tom.certificate import make_certificate

OBJECTS = Question.of("ztf", "objects", objectId="ZTF21abfmbix")
ROWS = b'[{"i:objectId":"ZTF21abfmbix"}]'


def client(server: Server | str, **options: float) -> Client:
    url = server if isinstance(server, str) else server.url
    return Client(Search(ztf=url, lsst=url, **options), pauses=(0, 0, 0))


def body(tmp_path: Path, script: Script, question: Question = OBJECTS) -> bytes:
    """What an answer becomes."""
    with serving(script) as server:
        client(server).ask(question, tmp_path / "body")
    return (tmp_path / "body").read_bytes()


def failure(tmp_path: Path, script: Script, question: Question = OBJECTS, requests: int = 1) -> SearchError:
    """What is said of an answer; it is asked so often."""
    with serving(script) as server:
        with pytest.raises(SearchError) as caught:
            client(server).ask(question, tmp_path / "body")
        assert len(server.seen) == requests
    assert str(caught.value).isprintable()
    assert str(caught.value).endswith((".", "?"))
    return caught.value


def test_what_is_asked_is_json_text_by_name(tmp_path: Path) -> None:
    question = Question.of("lsst", "sources", diaObjectId=170587115523932323, columns="r:ra")
    with serving(answer(b" [] \n")) as server:
        client(server).ask(question, tmp_path / "body")
    (seen,) = server.seen
    assert seen.line == "POST /api/v1/sources HTTP/1.1"
    assert json.loads(seen.body) == {"diaObjectId": "170587115523932323", "columns": "r:ra"}
    assert seen.headers["user-agent"].startswith("fink-tui/")
    assert "http" in seen.headers["user-agent"]
    assert seen.headers["accept-encoding"] == "gzip"
    assert (tmp_path / "body").read_bytes() == b" [] \n"


def test_the_other_way_round_is_true_and_not_text(tmp_path: Path) -> None:
    with serving(answer(b"[]")) as server:
        client(server).ask(Question.of("ztf", "resolver", resolver="tns", name="x", reverse="true"), tmp_path / "body")
    assert json.loads(server.seen[0].body)["reverse"] is True


def test_with_limits_is_asked_whoever_asks(tmp_path: Path) -> None:
    made, typed = OBJECTS.but(withupperlim=True), OBJECTS.but(withupperlim="true")
    assert made == typed
    with serving(answer(b"[]")) as server:
        client(server).ask(made, tmp_path / "body")
    assert json.loads(server.seen[0].body)["withupperlim"] is True


def test_lists_are_got(tmp_path: Path) -> None:
    with serving(answer(b"{}")) as server:
        client(server).ask(Question.of("ztf", "classes"), tmp_path / "body")
        client(server).ask(Question.of("lsst", "tags"), tmp_path / "body")
        client(server).ask(Question.of("ztf", "metadata", objectId="ZTF21abfmbix"), tmp_path / "body")
    assert [seen.line.removesuffix(" HTTP/1.1") for seen in server.seen] == [
        "GET /api/v1/classes",
        "GET /api/v1/tags",
        "GET /api/v1/metadata?objectId=ZTF21abfmbix",
    ]


def test_a_packed_answer_is_unpacked(tmp_path: Path) -> None:
    rows = b"[" + b",".join([ROWS[1:-1]] * 10_000) + b"]"
    assert body(tmp_path, answer(gzip.compress(rows), 200, "Content-Encoding: gzip")) == rows


def test_progress_is_told_and_ends_with_all(tmp_path: Path) -> None:
    told: list[int] = []
    with serving(answer(ROWS)) as server:
        client(server).ask(OBJECTS, tmp_path / "body", told.append)
    assert told[-1] == len(ROWS)


@pytest.mark.parametrize(
    ("status", "content", "words"),
    [
        (400, b"{'status': 'error', 'text': 'A value for `objectId` is required.\\n'}", "A value for `objectId` is"),
        (
            400,
            b"{'status': 'error', 'text': ValueError(\"Invalid character at col 0 parsing angle 'x'\")}",
            "col 0 par",
        ),
        (
            400,
            b"\n        nova is not a valid trend.\n        Trend must be among: rising\n",
            "trend. Trend must",
        ),
        (400, b"<html><head><title>t</title></head><body><h1>Bad</h1><p>No &amp; no</p></body>", "Bad No & no"),
        (400, b'{"message": "Did not attempt to load JSON data"}', "Did not attempt to load JSON data"),
        (404, b"{'status': 'error', 'text': 'no \x1b[31m[red]such\\x1b[0m'}", "no \ufffd[31m[red]such\ufffd"),
        (400, b"{'status': 'error', 'text': 'cut of", "cut of"),
        (413, b"", "status 413"),
    ],
)
def test_a_refusal_in_any_form_is_one_sentence(status: int, content: bytes, words: str, tmp_path: Path) -> None:
    error = failure(tmp_path, answer(content, status))
    assert type(error) is RefusedError
    assert words in str(error)
    assert "'status'" not in str(error)


def test_the_server_s_own_failure_is_told_from_a_refusal(tmp_path: Path) -> None:
    error = failure(tmp_path, answer(b'{"message": "Internal Server Error"}', 500))
    assert type(error) is BrokenError
    assert '"Internal Server Error"' in str(error)


@pytest.mark.parametrize(
    ("content", "kind", "words"),
    [
        (b"Retrieve lightcurve data from the Fink/ZTF database", BrokenError, "text instead of data: Retrieve light"),
        (b"<!doctype html><title>Hotel</title>", BrokenError, "a web page instead of data"),
        (b"", BrokenError, "answered with nothing"),
    ],
)
def test_what_is_no_data_is_an_error(content: bytes, kind: type, words: str, tmp_path: Path) -> None:
    error = failure(tmp_path, answer(content))
    assert type(error) is kind
    assert words in str(error)


def test_a_file_is_taken_as_it_is(tmp_path: Path) -> None:
    question = Question.of("ztf", "cutouts", objectId="x", kind="Science")
    assert not gives_json(question)
    assert body(tmp_path, answer(b"\x89PNG\r\n"), question) == b"\x89PNG\r\n"
    assert gives_json(question.but(output_format="array"))
    assert not gives_json(OBJECTS.but(output_format="csv"))
    assert not gives_json(Question.of("ztf", "ssoft"))
    assert gives_json(Question.of("ztf", "ssoft", schema="true"))


@pytest.mark.parametrize("status", [408, 425, 429, 502, 503])
def test_a_busy_server_is_asked_again(status: int, tmp_path: Path) -> None:
    busy = answer(b"<html>busy</html>", status)
    assert body(tmp_path, in_turn(busy, busy, answer(ROWS))) == ROWS


def test_a_server_that_stays_busy_is_left_alone(tmp_path: Path) -> None:
    assert type(failure(tmp_path, answer(b"", 503), requests=4)) is LinkError
    assert type(failure(tmp_path, answer(b"", 429), requests=3)) is LinkError


def test_a_question_that_took_too_long_is_asked_once_more(tmp_path: Path) -> None:
    slow = answer(b"<html>Gateway Time-out</html>", 504)
    assert body(tmp_path, in_turn(slow, answer(ROWS))) == ROWS
    error = failure(tmp_path, slow, requests=2)
    assert type(error) is SlowError
    assert "its own time limit" in str(error)


def test_who_asks_to_wait_is_waited_for(tmp_path: Path) -> None:
    assert body(tmp_path, in_turn(answer(b"", 429, "Retry-After: 0"), answer(ROWS))) == ROWS
    error = failure(tmp_path, answer(b"", 429, "Retry-After: 900"))
    assert "Ask again in 15 min" in str(error)


@pytest.mark.parametrize(
    "script",
    [
        answer(ROWS, length=1000),
        answer(ROWS[:9], length=9),
        answer(gzip.compress(ROWS)[:-9], 200, "Content-Encoding: gzip"),
        hang_up,
    ],
)
def test_what_breaks_off_is_asked_again(script: Script, tmp_path: Path) -> None:
    assert body(tmp_path, in_turn(script, answer(ROWS))) == ROWS
    assert type(failure(tmp_path, script, requests=3)) is LinkError


@pytest.mark.parametrize("script", [hang_up, answer(b"Thanks", length=90), answer(b"", 504), answer(b"", 502)])
def test_what_writes_is_never_asked_twice(script: Script, tmp_path: Path) -> None:
    note = Question.of("ztf", "metadata", objectId="ZTF21abfmbix", internal_name="demo", username="me", comments="x")
    said = str(failure(tmp_path, script, note))
    assert said.endswith("It may have been written: read what is there before you repeat it.")


def test_damage_is_said(tmp_path: Path) -> None:
    error = failure(tmp_path, answer(b"no gzip at all", 200, "Content-Encoding: gzip"))
    assert type(error) is BrokenError
    assert "unpacked" in str(error)
    assert type(failure(tmp_path, answer(ROWS, 200, "Content-Encoding: br"))) is BrokenError


def test_nobody_there(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    with pytest.raises(LinkError, match=r"cannot be reached \(Connection refused\)\. Is the link up\?"):
        client(f"http://{HOST}:{port}").ask(OBJECTS, tmp_path / "body")


def test_a_name_that_nobody_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def look_up(*_: object, **__: object) -> list[object]:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(waiting.socket, "getaddrinfo", look_up)
    with pytest.raises(LinkError, match=r"Fink \(fink.invalid\) cannot be reached \(Name or service not known\)"):
        client("http://fink.invalid").ask(OBJECTS, tmp_path / "body")


def test_a_server_that_says_nothing_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fink_tui.search.http.client.READ_TIMEOUT", 0.05)
    error = failure(tmp_path, silent)
    assert type(error) is SlowError


def test_who_moved_is_not_followed(tmp_path: Path) -> None:
    error = failure(tmp_path, answer(b"", 302, "Location: https://login.example/portal"))
    assert type(error) is BrokenError
    assert "https://login.example/portal" in str(error)


def test_another_service_is_followed(tmp_path: Path) -> None:
    with serving(answer(b"image")) as there, serving(answer(b"", 302, f"Location: {there.url}/x")) as here:
        client(here).get(f"{here.url}/hips", {"ra": "1.5", "hips": "CDS/P/DSS2"}, tmp_path / "image")
    assert here.seen[0].line == "GET /hips?ra=1.5&hips=CDS%2FP%2FDSS2 HTTP/1.1"
    assert (tmp_path / "image").read_bytes() == b"image"


def test_a_large_answer_is_not_taken(tmp_path: Path) -> None:
    cone = Question.of("ztf", "conesearch", ra=1, dec=2, radius=3)
    with serving(answer(b"[" + b" " * 2_000_000 + b"]")) as server, pytest.raises(LargeError, match="smaller radius"):
        client(server, most_mb=1.0).ask(cone, tmp_path / "body")
    assert not (tmp_path / "body").exists()


def test_a_small_answer_that_unpacks_to_much_is_not_taken(tmp_path: Path) -> None:
    packer = zlib.compressobj(wbits=31)
    packed = b"".join(packer.compress(b" " * 1_000_000) for _ in range(300)) + packer.flush()
    assert len(packed) < 400_000
    told: list[int] = []
    with serving(answer(packed, 200, "Content-Encoding: gzip")) as server, pytest.raises(LargeError):
        client(server, most_mb=5.0).ask(OBJECTS, tmp_path / "body", told.append)
    assert (tmp_path / "body").stat().st_size <= 5_000_000
    assert max(told, default=0) <= 5_300_000


@pytest.mark.parametrize("where", ["waiting", "receiving", "pausing", "queueing"])
def test_what_nobody_wants_is_broken_off(where: str, tmp_path: Path) -> None:
    """The connection is closed, no thread stays, and it is told at once."""
    before = set(threading.enumerate())
    is_over = threading.Event()
    gone = threading.Event()

    def script(seen: Seen, connection: socket.socket, ended: threading.Event) -> None:
        if where == "pausing":
            answer(b"", 503, "Retry-After: 50")(seen, connection, ended)
            return
        if where == "receiving":
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n[")
        silent(seen, connection, ended)
        gone.set()

    caught: list[BaseException] = []
    with serving(script) as server:
        asking = client(server)

        def ask(name: str, is_cancelled: Callable[[], bool]) -> None:
            try:
                asking.ask(OBJECTS, tmp_path / name, is_cancelled=is_cancelled)
            except SearchError as error:
                caught.append(error)

        mine = [threading.Thread(target=ask, args=("a", is_over.is_set))]
        others_over = threading.Event()
        if where == "queueing":
            others = [threading.Thread(target=ask, args=(str(i), others_over.is_set)) for i in range(AT_ONCE)]
            for thread in others:
                thread.start()
            wait_for(lambda: server.open == AT_ONCE, "the others to be asked")
        mine[0].start()
        wait_for(lambda: len(server.seen) >= (AT_ONCE if where == "queueing" else 1), "the question")
        is_over.set()
        began = time.monotonic()
        mine[0].join(30)
        assert not mine[0].is_alive()
        assert time.monotonic() - began < 20  # not the time limits, nor the pause
        if where == "queueing":
            assert len(caught) == 1
            others_over.set()
            for thread in others:
                thread.join(30)
        if where in ("waiting", "receiving"):
            assert gone.wait(30)
        assert {type(error) for error in caught} == {CancelledError}
        wait_for(lambda: server.open == 0, "the connections to end")
    wait_for(lambda: {t for t in threading.enumerate() if t.name != "lookup"} <= before, "the threads to end")


def test_a_name_that_is_not_found_out_holds_nothing_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, release = threading.Event(), threading.Event()

    def look_up(*_: object, **__: object) -> list[object]:
        asked.set()
        release.wait(60)
        raise socket.gaierror(-3, "Temporary failure in name resolution")

    monkeypatch.setattr(waiting.socket, "getaddrinfo", look_up)
    try:
        with pytest.raises(CancelledError):
            client("http://fink.invalid").ask(OBJECTS, tmp_path / "body", is_cancelled=asked.is_set)
    finally:
        release.set()


def test_few_at_a_time(tmp_path: Path) -> None:
    together = threading.Barrier(AT_ONCE)

    def script(seen: Seen, connection: socket.socket, ended: threading.Event) -> None:
        together.wait(30)
        answer(ROWS)(seen, connection, ended)

    with serving(script) as server:
        asking = client(server)
        threads = [threading.Thread(target=asking.ask, args=(OBJECTS, tmp_path / str(i))) for i in range(3 * AT_ONCE)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert len(server.seen) == 3 * AT_ONCE
        assert server.most_open == AT_ONCE


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    with socket.create_server((HOST, 0)) as listening:
        yield listening


@contextlib.contextmanager
def in_thread(work: Callable[[], object]) -> Iterator[None]:
    thread = threading.Thread(target=work)
    thread.start()
    yield
    thread.join(30)
    assert not thread.is_alive()


@pytest.mark.skipif(shutil.which("openssl") is None, reason="there is no openssl to make a certificate")
def test_a_certificate_that_is_not_trusted_is_said(tmp_path: Path, listening: socket.socket) -> None:
    context = make_certificate(tmp_path).context()

    def serve() -> None:
        connection, _ = listening.accept()
        with connection, contextlib.suppress(OSError):
            context.wrap_socket(connection, server_side=True)

    with in_thread(serve), pytest.raises(LinkError, match=r"certificate of .* is not trusted"):
        client(f"https://{HOST}:{listening.getsockname()[1]}").ask(OBJECTS, tmp_path / "body")


def test_plain_http_where_tls_is_wanted(tmp_path: Path, listening: socket.socket) -> None:
    def serve() -> None:
        connection, _ = listening.accept()
        with connection:
            connection.recv(100)
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with in_thread(serve), pytest.raises(LinkError, match="does not answer over TLS"):
        client(f"https://{HOST}:{listening.getsockname()[1]}").ask(OBJECTS, tmp_path / "body")


def test_a_proxy_of_the_environment_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(answer(ROWS)) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        client("http://fink.invalid").ask(OBJECTS, tmp_path / "body")
    assert proxy.seen[0].line == "POST http://fink.invalid/api/v1/objects HTTP/1.1"


def test_a_proxy_that_cannot_be_used_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks9://nowhere")
    with pytest.raises(RefusedError, match="proxy in the environment"):
        client("http://fink.invalid").ask(OBJECTS, tmp_path / "body")


def test_a_full_disk_is_the_caller_s_to_say(tmp_path: Path) -> None:
    with serving(answer(ROWS)) as server, pytest.raises(OSError, match="No such file"):
        client(server).ask(OBJECTS, tmp_path / "no folder" / "body")


def test_every_error_of_httpx_is_told(tmp_path: Path) -> None:
    request = judging.Request("GET", "https://example.org/x", "example.org")
    kinds = [httpx.HTTPError]
    for kind in kinds:
        kinds += kind.__subclasses__()
        if kind is not httpx.HTTPStatusError:
            error = judging.unreached(request, kind("x"), 0)
            assert isinstance(error, SearchError | judging.AgainError), kind
