"""The login at a TOM: verified before anything is sent, and no oftener than need be."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import httpx
import pytest

from fink_tui.alerts.submission import Choices
from fink_tui.receivers import tom_api
from fink_tui.receivers.answers import LoginError
from fink_tui.receivers.receiver import AwayError, BlockedError
from fink_tui.receivers.secret import SecretSource
from fink_tui.receivers.tom_login import LEFT_ALONE, READ_AGAIN
from tests.receivers.toms import answered, mocked, told, write_secret

GOOD = "a" * 40


class Server:
    """A TOM as far as logins go: it knows who is good, and what it was shown."""

    def __init__(self, *good: str, ignores: bool = False) -> None:
        self.good = {f"Token {token}" for token in good}
        self.ignores = ignores
        self.closed = False
        self.shown: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        login = request.headers.get("Authorization", "")
        self.shown.append(login)
        if self.closed:
            return answered(403)
        if login and login not in self.good and not self.ignores:
            return answered(401, {"detail": "Invalid token."})
        mine = [{"id": 2, "name": "nightcrew"}] if login in self.good else []
        return answered(200, {"count": len(mine), "results": mine})


class Clock:
    """Seconds that pass when they are told to."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_wrong_login_is_tried_first_and_then_ours(tmp_path: Path) -> None:
    server = Server(GOOD)
    receiver = mocked(tmp_path, server, words=GOOD)
    receiver.prepare()
    receiver.prepare()
    wrong, right = server.shown
    assert right == f"Token {GOOD}"
    assert wrong.startswith("Token ")
    assert len(wrong) == len(right)
    assert wrong != right


def test_a_wrong_password_is_no_real_users(tmp_path: Path) -> None:
    server = Server()
    server.good = {"Basic " + base64.b64encode("zoë:pw with blanks ".encode()).decode()}
    receiver = mocked(tmp_path, server, username="zoë", words="pw with blanks ")
    receiver.prepare()
    user, _, password = base64.b64decode(server.shown[0].removeprefix("Basic ")).decode().partition(":")
    assert user.startswith("fink-tui-")
    assert user == password
    assert len(server.shown) == 2


@pytest.mark.parametrize(("username", "remedy"), [("", "Set auth: basic"), ("alice", "Set auth: token")])
def test_a_tom_that_ignores_the_login_gets_nothing(tmp_path: Path, username: str, remedy: str) -> None:
    server = Server(ignores=True)
    receiver = mocked(tmp_path, server, words=GOOD, **({"username": username} if username else {}))
    for _ in range(2):
        with pytest.raises(BlockedError, match=f"ignores .* as from nobody. {remedy}"):
            receiver.prepare()
    assert GOOD not in "".join(server.shown)


def test_what_was_refused_is_not_sent_again_for_minutes_unless_it_changed(tmp_path: Path) -> None:
    server, clock = Server(GOOD), Clock()
    receiver = mocked(tmp_path, server, words="b" * 40, clock=clock)
    for _ in range(4):
        with pytest.raises(
            LoginError, match=r'refused the login \(status 401, "Invalid token"\)\. Put a valid token into'
        ):
            receiver.prepare()
        clock.now += LEFT_ALONE / 4 - 1
    assert server.shown.count("Token " + "b" * 40) == 1
    with pytest.raises(LoginError, match=r"the same token is tried every 5 minutes, another at once\.$"):
        receiver.prepare()
    clock.now += 5
    with pytest.raises(LoginError):
        receiver.prepare()
    assert server.shown.count("Token " + "b" * 40) == 2
    write_secret(tmp_path / "token", GOOD)
    receiver.prepare()
    assert server.shown[-1] == f"Token {GOOD}"


def test_a_secret_that_changed_is_verified_anew(tmp_path: Path) -> None:
    other = "c" * 40
    server, clock = Server(GOOD, other), Clock()
    receiver = mocked(tmp_path, server, words=GOOD, clock=clock)
    receiver.prepare()
    write_secret(tmp_path / "token", other)
    receiver.prepare()
    assert len(server.shown) == 2
    clock.now += READ_AGAIN
    receiver.prepare()
    assert server.shown[-1] == f"Token {other}"
    (tmp_path / "token").chmod(0o644)
    clock.now += READ_AGAIN
    with pytest.raises(BlockedError, match="Other users can read"):
        receiver.prepare()


def test_a_command_is_not_run_again_while_all_is_well(tmp_path: Path) -> None:
    file = tmp_path / "runs"
    command = ("sh", "-c", f"echo x >> '{file}'; echo {GOOD}")
    server, clock = Server(GOOD), Clock()
    receiver = mocked(tmp_path, server, secret=SecretSource("token", command=command), clock=clock)
    for _ in range(3):
        receiver.prepare()
        clock.now += READ_AGAIN
    assert file.read_text() == "x\n"


def test_a_login_that_is_refused_while_sending_is_verified_anew(tmp_path: Path) -> None:
    server = Server(GOOD)
    receiver = mocked(tmp_path, server, words=GOOD)
    receiver.prepare()
    server.good.clear()
    with pytest.raises(LoginError):
        receiver.deliver(told(), Choices(), "")
    asked = len(server.shown)
    with pytest.raises(LoginError):
        receiver.prepare()
    assert len(server.shown) == asked + 2
    with pytest.raises(LoginError):
        receiver.prepare()
    assert len(server.shown) == asked + 2


def test_a_login_that_may_not_do_it_is_no_wrong_login(tmp_path: Path) -> None:
    server = Server(GOOD)
    receiver = mocked(tmp_path, server, words=GOOD)
    receiver.prepare()
    server.closed = True
    with pytest.raises(BlockedError, match="forbids your login to make or change targets") as caught:
        receiver.deliver(told(), Choices(), "")
    assert not isinstance(caught.value, LoginError)


def test_a_closed_tom_says_how_it_is_opened(tmp_path: Path) -> None:
    server = Server(GOOD)
    server.closed = True
    with pytest.raises(LoginError, match=r"'/api/\*' to OPEN_URLS\.$"):
        mocked(tmp_path, server, words=GOOD).prepare()


@pytest.mark.parametrize(
    ("source", "username", "remedy"),
    [
        (
            SecretSource("token", command=("echo", "x")),
            "",
            "Let the command echo give a valid token; your profile page",
        ),
        (
            SecretSource("password", command=("echo", "x")),
            "me",
            "username me and the password that the command echo gives.",
        ),
        (
            SecretSource("token", variable="HOME"),
            "",
            "token into the environment variable HOME; .*start the program again.",
        ),
        (
            SecretSource("password", variable="HOME"),
            "me",
            "the environment variable HOME. Then start the program again.",
        ),
    ],
)
def test_a_refusal_says_where_the_secret_is_from(
    tmp_path: Path, source: SecretSource, username: str, remedy: str
) -> None:
    options = {"username": username} if username else {}
    with pytest.raises(LoginError, match=remedy):
        mocked(tmp_path, Server(GOOD), secret=source, **options).prepare()


@pytest.mark.parametrize("words", ["Token abc", "abc\tdef", "töken", "a\x1bb"])
def test_what_is_no_token(tmp_path: Path, words: str) -> None:
    server = Server(GOOD)
    with pytest.raises(BlockedError, match="is no API token") as caught:
        mocked(tmp_path, server, words=words).prepare()
    assert words not in str(caught.value)
    assert server.shown == []


def test_groups_are_known_by_name_before_anything_is_sent(tmp_path: Path) -> None:
    mocked(tmp_path, Server(GOOD), words=GOOD, groups=("nightcrew", "99")).prepare()
    with pytest.raises(BlockedError, match="no group nightcrow with your login in it; those with it are: nightcrew"):
        mocked(tmp_path, Server(GOOD), words=GOOD, groups=("nightcrow",)).prepare()


@pytest.mark.parametrize(
    "answer",
    [
        {"count": 1, "results": [{"id": "x"}]},
        {"count": 1, "results": [3]},
        {"results": {}},
        [],
        {"count": 10**9, "results": [{"id": 2, "name": "nightcrew"}]},
    ],
)
def test_groups_as_no_tom_has_them(tmp_path: Path, answer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tom_api, "MOST_PAGES", 3)

    def strange(request: httpx.Request) -> httpx.Response:
        right = request.headers["Authorization"] == f"Token {GOOD}"
        return answered(200, answer) if right else answered(401, {})

    with pytest.raises((AwayError, BlockedError), match="TOM"):
        mocked(tmp_path, strange, words=GOOD).prepare()
