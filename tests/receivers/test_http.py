"""What a server's answers, and none, mean: each a clear state, and nothing of the login in any of them."""

from __future__ import annotations

import ssl
import threading
import time
import traceback
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path

import httpx
import pytest

from fink_tui.credentials import Secret
from fink_tui.receivers import http
from fink_tui.receivers.answers import Answer, Login, LoginError
from fink_tui.receivers.http import JsonClient
from fink_tui.receivers.receiver import AwayError, BlockedError, FaultError, ReceiverError
from fink_tui.web import said
from tests.tom.certificate import Certificate
from tests.tom.faults import (
    LOGIN_PAGE,
    TOO_LARGE,
    Action,
    cut,
    html,
    lose_answer,
    lose_request,
    never_end,
    redirect,
    say_nothing,
    too_many,
)
from tests.tom.faults import Answer as Given
from tests.tom.proxy import Proxy

LOGIN = Login(Secret("Token hunter2"), "Put a valid token into /nowhere/me/tom.token")

JSON = (("Content-Type", "application/json"),)


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    with Proxy() as found:
        yield found


def failure(proxy: Proxy, action: Action, path: str = "api/", **options: str) -> ReceiverError:
    """What a client says of an answer."""
    proxy.order(action)
    client = JsonClient(options.get("url", proxy.url))
    client.login = LOGIN
    try:
        with pytest.raises(ReceiverError) as caught:
            client.get(path)
    finally:
        client.close()
    shown = "".join(traceback.format_exception(caught.value)) + repr(LOGIN)
    assert "hunter2" not in shown
    return caught.value


@pytest.mark.parametrize("status", [408, 425, 429, 502, 503, 504])
def test_who_is_busy_is_away(proxy: Proxy, status: int) -> None:
    error = failure(proxy, html(status, "Busy"))
    assert isinstance(error, AwayError)
    assert error.retry_after is None
    assert f"status {status}" in str(error)


@pytest.mark.parametrize(("asked", "seconds"), [("7", 7), ("0.5", 0.5), ("99999999", 99999999), ("-3", 0)])
def test_who_says_when_to_come_back_is_asked_then(proxy: Proxy, asked: str, seconds: float) -> None:
    error = failure(proxy, too_many(asked))
    assert isinstance(error, AwayError)
    assert error.retry_after == seconds


def test_a_date_to_come_back_and_nonsense(proxy: Proxy) -> None:
    error = failure(proxy, too_many(formatdate(time.time() + 600, usegmt=True)))
    assert isinstance(error, AwayError)
    assert error.retry_after == pytest.approx(600, abs=120)
    for words in ("soon", "nan", "Tue, 99 Foo 2026"):
        error = failure(proxy, too_many(words))
        assert isinstance(error, AwayError)
        assert error.retry_after is None


def test_who_answered_just_before_is_not_away_but_the_line_is_bad(proxy: Proxy) -> None:
    ok = Given(200, b"{}", JSON)
    proxy.order(ok, lose_request, lose_request, html(503, "Busy"), ok, html(503, "Busy"), lose_request)
    client = JsonClient(proxy.url)
    found = list[bool | None]()
    for _ in range(7):
        try:
            client.get("api/")
            found.append(None)
        except AwayError as error:
            found.append(error.got_on)
    client.close()
    assert found == [None, True, False, False, None, False, True]


def test_who_moved_is_not_followed(proxy: Proxy) -> None:
    error = failure(proxy, redirect("https://tom.example.org/new/api/?a=b"))
    assert type(error) is BlockedError
    assert "set url: https://tom.example.org/new/" in str(error)
    assert proxy.count() == 1


def test_the_same_place_by_https(proxy: Proxy) -> None:
    secure = proxy.url.replace("http://", "https://")
    error = failure(proxy, redirect(f"{secure}api/"))
    assert str(error).endswith(f"set url: {secure}")


@pytest.mark.parametrize("place", ["http://portal.example/login.html", "/", "http://[", ""])
def test_who_points_anywhere_else_blocks(proxy: Proxy, place: str) -> None:
    assert type(failure(proxy, redirect(place, 302), "api/targets/?name=x")) is BlockedError


def test_its_own_login_page_is_a_refusal(proxy: Proxy) -> None:
    error = failure(proxy, redirect("/accounts/login/?next=/api/", 302))
    assert isinstance(error, LoginError)
    assert "Put a valid token into /nowhere/me/tom.token." in str(error)


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_says_why_and_what_to_do(proxy: Proxy, status: int) -> None:
    error = failure(proxy, Given(status, b'{"detail":"Invalid token.\\u001b[2J"}', JSON))
    assert isinstance(error, LoginError)
    assert error.status == status
    assert f'(status {status}, "Invalid token.\ufffd[2J")' in str(error)
    assert "/nowhere/me/tom.token" in str(error)
    assert isinstance(failure(proxy, html(status, "Forbidden")), LoginError)


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (LOGIN_PAGE, BlockedError, "answered with a web page"),
        (Given(200), AwayError, "cut off"),
        (Given(201, b'{"id":', JSON), AwayError, "cut off"),
        (Given(200, b"[" * 100_000, JSON), AwayError, "cut off"),
        (Given(200, b"\xff\xfe\x00", (("Content-Type", "text/plain"),)), BlockedError, "a web page"),
        (html(404, "Not Found"), BlockedError, "no TOM Toolkit"),
        (html(400, "Bad Request"), BlockedError, "ALLOWED_HOSTS"),
        (html(406, "Not Acceptable"), FaultError, "status 406"),
        (TOO_LARGE, BlockedError, "client_max_body_size"),
        (html(500, "Server Error"), FaultError, "status 500"),
        (Given(500, b'{"detail":"database is locked"}', JSON), FaultError, "database is locked"),
        (cut, AwayError, "broke the connection off"),
    ],
)
def test_what_is_no_answer(proxy: Proxy, answer: Action, kind: type[ReceiverError], words: str) -> None:
    error = failure(proxy, answer)
    assert type(error) is kind
    assert words in str(error)


@pytest.mark.parametrize("status", [200, 201, 400, 404, 405])
def test_json_is_the_callers_to_judge(proxy: Proxy, status: int) -> None:
    proxy.order(Given(status, b'{"name":["exists"]}', JSON))
    assert JsonClient(proxy.url).post("api/targets/", {}) == Answer(status, {"name": ["exists"]})


def test_an_answer_that_does_not_end_is_left(proxy: Proxy) -> None:
    assert isinstance(failure(proxy, never_end), AwayError)
    assert proxy.seen[0].sent < 4 * http.MOST_BYTES


def test_an_answer_that_trickles_ends(proxy: Proxy) -> None:
    ticks = iter(range(0, 10_000, 50))
    proxy.order(never_end)
    client = JsonClient(proxy.url, clock=lambda: next(ticks))
    with pytest.raises(AwayError, match="too slowly"):
        client.get("api/")


def test_a_broken_or_silent_connection_is_away(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "READ_TIMEOUT", 0.2)
    assert "broke the connection off" in str(failure(proxy, lose_answer))
    assert "did not answer in time" in str(failure(proxy, say_nothing))
    proxy.down()
    error = failure(proxy, cut)
    assert isinstance(error, AwayError)
    assert "cannot be reached (Connection refused)" in str(error)


def test_a_name_that_nobody_knows_is_away() -> None:
    def unknown(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("[Errno -2] Name or service not known") from OSError(-2, "Name or service not known")

    client = JsonClient("https://tom.invalid/", transport=httpx.MockTransport(unknown))
    with pytest.raises(AwayError, match=r"tom\.invalid cannot be reached \(Name or service not known\)"):
        client.get("api/")


def test_nothing_is_asked_once_the_program_ends(proxy: Proxy) -> None:
    stopping = threading.Event()
    stopping.set()
    with pytest.raises(AwayError, match="ending"):
        JsonClient(proxy.url, stopping=stopping).post("api/targets/", {})
    assert proxy.count() == 0


def test_a_path_of_the_site_is_kept_and_cookies_are_not(proxy: Proxy) -> None:
    proxy.order(Given(200, b"{}", (*JSON, ("Set-Cookie", "sessionid=1; Path=/"))), times=None)
    client = JsonClient(f"{proxy.url}tom")
    client.login = LOGIN
    client.get("api/targets/", {"name": "a b,c"})
    client.patch("api/targets/1/", {"ra": 1e-9})
    first, second = proxy.seen
    assert (first.method, first.path, first.query) == ("GET", "/tom/api/targets/", "name=a+b%2Cc")
    assert (second.method, second.path, second.body) == ("PATCH", "/tom/api/targets/1/", b'{"ra":1e-9}')
    assert first.headers["authorization"] == "Token hunter2"
    assert "cookie" not in second.headers
    assert second.headers["content-type"] == "application/json"


def test_there_is_no_way_to_delete() -> None:
    assert not [name for name in dir(JsonClient) if "delete" in name.lower() or name == "request"]


def test_tls_is_verified(certificate: Certificate, tmp_path: Path) -> None:
    with Proxy(certificate=certificate) as proxy:
        proxy.order(Given(200, b"{}", JSON), times=None)
        error = failure(proxy, cut)
        assert type(error) is BlockedError
        assert "is not trusted (self-signed certificate). " in str(error).replace("self signed", "self-signed")
        assert "ca_bundle" in str(error)
        assert proxy.count() == 0
        assert JsonClient(proxy.url, ca_bundle=certificate.path).get("api/").status == 200
        plain = failure(proxy, cut, url=proxy.url.replace("https", "http"))
        assert isinstance(plain, AwayError)
    for file in (tmp_path / "none.pem", tmp_path / "empty.pem"):
        if file.name == "empty.pem":
            file.write_text("x")
        with pytest.raises(BlockedError, match=f"ca_bundle {file} cannot be used"):
            JsonClient("https://tom.example/", ca_bundle=file).get("api/")


@pytest.mark.parametrize("place", ["socks5://127.0.0.1:1", "nonsense://127.0.0.1:1"])
def test_a_proxy_that_cannot_be_used_says_so(monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    monkeypatch.setenv("ALL_PROXY", place)
    with pytest.raises(BlockedError, match="ALL_PROXY"):
        JsonClient("http://tom.example/").get("api/")


def test_certificates_of_the_environment_that_are_not_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    with pytest.raises(BlockedError, match="SSL_CERT_FILE"):
        JsonClient("https://tom.example/").get("api/")


def test_no_tls_there(proxy: Proxy) -> None:
    error = failure(proxy, cut, url=proxy.url.replace("http://", "https://"))
    assert type(error) is BlockedError
    assert "does not answer over TLS (WRONG_VERSION_NUMBER). If it has no https, write http" in str(error)


def test_small_authorities_are_trusted(certificate: Certificate) -> None:
    context = http.trusted(certificate.path)
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert not context.verify_flags & getattr(ssl, "VERIFY_X509_STRICT", 0)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"name": ["exists."]}, "name: exists"),
        (["Alias 'x' conflicts."], "Alias 'x' conflicts"),
        ({"aliases": {"0": {"name": ["taken"]}}, "non_field_errors": ["ra"]}, "aliases: 0: name: taken; ra"),
        ({"detail": "No\nway"}, "No way"),
        (None, ""),
        (3, "3"),
    ],
)
def test_what_a_server_says(body: object, words: str) -> None:
    assert said(body) == words


def test_what_a_server_says_is_bounded() -> None:
    deep: object = "x"
    for _ in range(200):
        deep = [deep]
    assert said(deep) == ""
    assert len(said(["word" * 50] * 100)) <= 160
