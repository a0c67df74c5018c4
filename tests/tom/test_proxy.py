"""The faulty proxy: that each fault is what it says, seen from the client and from the TOM."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections import Counter
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.loopback import HOST
from tests.running import wait_for
from tests.tom import faults
from tests.tom.certificate import Certificate
from tests.tom.faults import Answer, Hold, RandomFaults, Seen
from tests.tom.proxy import Proxy
from tests.tom.server import Options, Tom

TARGET: dict[str, Any] = {"name": "ZTF26aaaaaaa", "type": "SIDEREAL", "ra": 150.1, "dec": 2.2}
"""What a client posts to make a target."""


def through(proxy: Proxy, tom: Tom | None = None, timeout: float = 30) -> httpx.Client:
    """A client of the proxy, as alice."""
    return httpx.Client(base_url=proxy.url, auth=("alice", tom.password("alice")) if tom else None, timeout=timeout)


def names(tom: Tom) -> list[str]:
    """The targets that the TOM has."""
    return [target.name for target in tom.contents().targets]


def test_what_is_passed_on_arrives_whole_and_is_counted(tom: Tom) -> None:
    with Proxy(tom.url) as proxy, through(proxy, tom) as client:
        made = client.post("api/targets/", json=TARGET)
        found = client.get("api/targets/", params={"name": "ZTF26aaaaaaa"})
        client.get("api/groups/")

    assert made.status_code == 201
    assert made.json()["name"] == "ZTF26aaaaaaa"
    assert found.json()["count"] == 1
    assert found.headers["Content-Type"] == "application/json"
    assert (proxy.count(), proxy.count("POST"), proxy.count("GET", "/api/targets/")) == (3, 1, 1)
    assert [(seen.path, seen.query, seen.forwarded, seen.answered) for seen in proxy.seen[:2]] == [
        ("/api/targets/", "", 201, 201),
        ("/api/targets/", "name=ZTF26aaaaaaa", 200, 200),
    ]
    assert proxy.seen[1].sent == len(found.content)
    assert b"ZTF26aaaaaaa" in proxy.seen[0].body
    assert proxy.seen[0].headers["authorization"].startswith("Basic ")


@pytest.mark.parametrize(
    ("fault", "done", "error"),
    [
        (faults.lose_request, False, httpx.RemoteProtocolError),
        (faults.lose_answer, True, httpx.ReadError),
        (faults.cut, True, httpx.RemoteProtocolError),
    ],
)
def test_a_fault_that_the_client_cannot_read_an_answer_of(
    tom31: Tom, fault: faults.Action, done: bool, error: type[httpx.HTTPError]
) -> None:
    with Proxy(tom31.url) as proxy, through(proxy, tom31) as client:
        proxy.order(fault)
        with pytest.raises(error):
            client.post("api/targets/", json=TARGET)

        assert names(tom31) == (["ZTF26aaaaaaa"] if done else [])
        assert client.post("api/targets/", json=TARGET).status_code == (400 if done else 201)
    assert proxy.seen[0].forwarded == (201 if done else None)


@pytest.mark.parametrize(("fault", "status", "done"), [(faults.BAD_GATEWAY, 502, False), (faults.time_out, 504, True)])
def test_a_gateway_that_answers_itself(tom31: Tom, fault: faults.Action, status: int, done: bool) -> None:
    with Proxy(tom31.url) as proxy, through(proxy, tom31) as client:
        proxy.order(fault)
        answer = client.post("api/targets/", json=TARGET)

    assert answer.status_code == status
    assert answer.headers["Content-Type"].startswith("text/html")
    assert names(tom31) == (["ZTF26aaaaaaa"] if done else [])


def test_a_tom_that_is_not_there_is_a_bad_gateway() -> None:
    with Proxy() as tom, Proxy(tom.url) as proxy, through(proxy) as client:
        tom.order(Answer(200))
        assert client.get("api/").status_code == 200
        tom.down()
        assert client.get("api/").status_code == 502
    assert [seen.forwarded for seen in proxy.seen] == [200, None]


def test_answers_are_given_in_the_order_and_to_the_requests_they_are_for() -> None:
    with Proxy() as proxy, through(proxy) as client:
        proxy.order(faults.too_many(3), faults.TOO_LARGE, method="POST", path="/api/targets/")
        proxy.order(faults.LOGIN_PAGE, path="/api/groups/", times=2)
        proxy.order(faults.redirect("/accounts/login/", 302), times=None)
        answers = [client.post("api/targets/"), client.get("api/targets/"), client.post("api/targets/")]
        login = [client.get("api/groups/").status_code for _ in range(3)]

    assert [answer.status_code for answer in answers] == [429, 302, 413]
    assert answers[0].headers["Retry-After"] == "3"
    assert answers[1].headers["Location"] == "/accounts/login/"
    assert login == [200, 200, 302]


def test_a_json_answer_of_the_test_s_own() -> None:
    with Proxy() as proxy, through(proxy) as client:
        proxy.order(Answer(200, b'{"targets":1}', (("Content-Type", "application/json"),)))

        assert client.get("api/").json() == {"targets": 1}
        assert client.get("api/").status_code == 502  # for there is no TOM


def test_silence_lasts_until_the_client_gives_up() -> None:
    with Proxy() as proxy, through(proxy, timeout=0.1) as client:
        proxy.order(faults.say_nothing)
        with pytest.raises(httpx.ReadTimeout):
            client.get("api/")
    assert proxy.seen[0].answered is None


def test_an_endless_answer_ends_when_the_client_has_gone() -> None:
    with Proxy() as proxy, through(proxy) as client:
        proxy.order(faults.never_end)
        read = 0
        with client.stream("GET", "api/targets/") as answer:
            for piece in answer.iter_bytes():
                read += len(piece)
                if read > 1_000_000:
                    break
        assert client.get("api/").status_code == 502
    assert 1_000_000 < read < faults.MOST


@pytest.mark.parametrize("answered", [False, True])
def test_a_request_is_held_before_the_tom_or_after_it(tom31: Tom, answered: bool) -> None:
    hold = Hold(answered=answered)
    answers: list[httpx.Response] = []
    with Proxy(tom31.url) as proxy, through(proxy, tom31) as client:
        proxy.order(hold)
        sender = threading.Thread(target=lambda: answers.append(client.post("api/targets/", json=TARGET)))
        sender.start()
        hold.wait_reached()
        assert names(tom31) == (["ZTF26aaaaaaa"] if answered else [])
        assert answers == []

        hold.let_go()
        sender.join()

    assert answers[0].status_code == 201
    assert names(tom31) == ["ZTF26aaaaaaa"]


def test_a_proxy_goes_down_and_comes_up_where_it_was() -> None:
    failed: list[httpx.HTTPError] = []

    def wait(client: httpx.Client) -> None:
        try:
            client.get("api/")
        except httpx.HTTPError as error:
            failed.append(error)

    with Proxy() as proxy, through(proxy) as client, through(proxy) as waiting:
        proxy.order(faults.say_nothing)
        waiter = threading.Thread(target=wait, args=[waiting])
        waiter.start()
        wait_for(proxy.count, "the request")
        proxy.down()
        waiter.join()
        with pytest.raises(httpx.ConnectError):
            client.get("api/")
        proxy.up()
        assert client.get("api/").status_code == 502
    assert [type(error) for error in failed] == [httpx.RemoteProtocolError]


def test_a_proxy_that_goes_down_waits_for_what_the_tom_was_asked_for() -> None:
    hold = Hold(then=Answer(200))
    with Proxy() as tom, Proxy(tom.url) as proxy, through(proxy) as client:
        tom.order(hold)

        def ask() -> None:
            with contextlib.suppress(httpx.TransportError):
                client.get("api/")

        asking, going = threading.Thread(target=ask), threading.Thread(target=proxy.down)
        asking.start()
        hold.wait_reached()
        going.start()
        asking.join()  # its connection has been ended
        assert proxy.seen[0].forwarded is None

        hold.let_go()
        going.join()

        assert proxy.seen[0].forwarded == 200


def test_a_request_that_its_sender_did_not_end_goes_nowhere() -> None:
    with Proxy() as tom, Proxy(tom.url) as proxy:
        with socket.create_connection((HOST, urlsplit(proxy.url).port or 0)) as sender:
            sender.sendall(b"POST /api/targets/ HTTP/1.1\r\nHost: tom\r\nContent-Length: 100\r\n\r\n{")
            sender.shutdown(socket.SHUT_WR)
            assert sender.recv(100) == b""

        assert (proxy.count(), tom.count()) == (0, 0)


def test_the_next_page_leads_past_a_proxy_that_is_set_up_badly(tom31: Tom) -> None:
    tom31.configure(Options(page_size=1))
    for number in range(2):
        tom31.add_target(f"ZTF26aaaaaa{number}", 150.1 + number, 2.2, users=["alice"])

    nexts = []
    for keep_host in (True, False):
        with Proxy(tom31.url, keep_host=keep_host) as proxy, through(proxy, tom31) as client:
            nexts.append(client.get("api/targets/").json()["next"].startswith(proxy.url))

    assert nexts == [True, False]


def test_a_proxy_with_a_certificate_is_trusted_by_those_who_have_it(tom31: Tom, certificate: Certificate) -> None:
    with Proxy(tom31.url, certificate=certificate) as proxy:
        trusting = httpx.Client(
            base_url=proxy.url, auth=("alice", "pw-alice"), verify=ssl.create_default_context(cafile=certificate.path)
        )
        with trusting as client:
            assert client.get("api/groups/").json()["count"] == 2
            proxy.order(faults.lose_answer)
            with pytest.raises(httpx.TransportError):
                client.post("api/targets/", json=TARGET)
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            httpx.get(proxy.url)
    assert proxy.url.startswith("https://")
    assert names(tom31) == ["ZTF26aaaaaaa"]


def test_random_faults_come_as_often_as_they_should_and_the_same_for_a_seed() -> None:
    seen = Seen("GET", "/", "", {}, b"")
    plans = [RandomFaults(7), RandomFaults(7), RandomFaults(8)]
    drawn = [[plan(seen) for _ in range(5000)] for plan in plans]

    assert drawn[0] == drawn[1] != drawn[2]
    counts = Counter(drawn[0])
    assert counts.keys() == {*faults.FAULTS, faults.pass_on}
    assert sum(faults.FAULTS.values()) == pytest.approx(0.4)
    for fault, share in faults.FAULTS.items():
        assert counts[fault] / 5000 == pytest.approx(share, abs=0.02)


def test_a_tom_behind_random_faults_has_what_was_sent_until_it_was_answered(tom: Tom) -> None:
    with Proxy(tom.url, plan=RandomFaults(1)) as proxy, through(proxy, tom) as client:
        for number in range(8):
            target = TARGET | {"name": f"ZTF26aaaaaa{number}"}
            status = 0
            while status not in (201, 400):
                with contextlib.suppress(httpx.TransportError):
                    status = client.post("api/targets/", json=target).status_code

    assert names(tom) == [f"ZTF26aaaaaa{number}" for number in range(8)]
    assert proxy.count("POST") > 8
