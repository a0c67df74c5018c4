"""A TOM that is away, busy, ill, or something else altogether: what the outbox says, and that nothing is lost."""

from __future__ import annotations

import itertools
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from fink_tui import config
from fink_tui.alerts.submission import Submission
from fink_tui.paths import Home
from fink_tui.receivers import http, line, sender, tom_login, tries
from fink_tui.receivers.configured import Configured, configured
from fink_tui.receivers.sender import Sender
from fink_tui.store.outbox import Entry, Outbox, State
from fink_tui.store.outbox_pages import OutboxPages
from fink_tui.store.store import Store
from tests.receivers.observing import alert, alerts, check_once
from tests.receivers.scripted import rows, states
from tests.receivers.sending_process import (
    end,
    enqueue_by,
    enqueuer,
    home_of,
    start_sender,
    tom_receiver,
    write_settings,
)
from tests.running import wait_for
from tests.small_disk import SmallDisk
from tests.tom.faults import (
    LOGIN_PAGE,
    TOO_LARGE,
    Action,
    Answer,
    Exchange,
    Hold,
    Seen,
    cut,
    html,
    lose_answer,
    lose_request,
    never_end,
    pass_on,
    redirect,
    say_nothing,
    too_many,
)
from tests.tom.proxy import Proxy
from tests.tom.server import Tom

QUICK = 0.02
"""Seconds: the pauses of the sender, which the real ones are looked at elsewhere."""

ALL, SENT = ("GET", "POST", "PATCH"), ("POST", "PATCH")
"""Methods of requests."""

JSON = (("Content-Type", "application/json"),)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name, seconds in (
        (tries, "FIRST_PAUSE", QUICK),
        (tries, "LONGEST_PAUSE", QUICK),
        (line, "POLL_SECONDS", QUICK),
        (line, "PROBE_SECONDS", QUICK),
        (sender, "POLL_SECONDS", QUICK),
        (sender, "LOCK_SECONDS", QUICK),
        (tom_login, "LEFT_ALONE", QUICK),
        (http, "READ_TIMEOUT", 0.5),
    ):
        monkeypatch.setattr(module, name, seconds)


@pytest.fixture
def proxy(tom31: Tom) -> Iterator[Proxy]:
    with Proxy(tom31.url) as found:
        yield found


@pytest.fixture
def receivers(tmp_path: Path, tom31: Tom, proxy: Proxy) -> list[Configured]:
    """The TOM behind the proxy, and a command that takes all it is given."""
    command = f"[{sys.executable}, -c, 'import sys; sys.stdin.read()']"
    write_settings(
        tmp_path, tom_receiver(tmp_path, tom31, proxy.url), f"{{name: mine, kind: command, command: {command}}}"
    )
    return configured(config.load(home_of(tmp_path).config_file))


@contextmanager
def sending(store: Store, receivers: Sequence[Configured]) -> Iterator[Sender]:
    """A sender at work in this process."""
    found = Sender(store, receivers, doing="a test")
    found.start()
    try:
        yield found
    finally:
        found.stop(30)
        assert not store.sending.is_held


def enqueue(store: Store, told: Submission, receiver: str = "tom") -> int:
    return Outbox(store.database).enqueue(receiver, told).result().id


def wait_for_row(store: Store, number: int, condition: Callable[[Entry], bool]) -> Entry:
    """Wait until a row is as it should be, and give it; say how it is, where it never comes to that."""
    with closing(OutboxPages(store.database)) as pages:

        def found() -> Entry | None:
            entry = pages.entry(number)
            return entry if entry is not None and condition(entry) else None

        try:
            entry = wait_for(found, "a row", 30)
        except AssertionError:
            pytest.fail(f"{pages.entry(number)}")
        assert entry is not None
        return entry


def is_there(entry: Entry) -> bool:
    return entry.state in (State.SENT, State.EXISTS)


def wait_for_all(store: Store, seconds: float = 60) -> None:
    """Wait until all in the outbox has arrived."""
    wait_for(lambda: all(map(is_there, rows(store))), "all to arrive", seconds)


def only(action: Action, methods: Sequence[str] = SENT, path: str = "/api/") -> Callable[[Seen], Action]:
    """A plan: what becomes of requests with these methods to paths that begin so; others pass."""
    return lambda seen: action if seen.method in methods and seen.path.startswith(path) else pass_on


# --- what it answers


class Fault(NamedTuple):
    """What a TOM does, and what is to be said of it."""

    action: Action
    methods: Sequence[str]
    state: State
    """How far the sending is meanwhile; queued: it is tried again by itself."""
    said: str
    """What is in its answer."""


FAULTS = {
    "a web page": Fault(LOGIN_PAGE, ALL, State.BLOCKED, "a web page instead of data: perhaps a login page"),
    "a web page to what is sent": Fault(LOGIN_PAGE, SENT, State.BLOCKED, "Open http"),
    "log in": Fault(redirect("/accounts/login/?next=/api/", 302), ALL, State.BLOCKED, "refused the login"),
    "moved": Fault(redirect("https://new.example/api/targets/"), SENT, State.BLOCKED, "set url: https://new.example/"),
    "not found": Fault(html(404, "Not Found"), ALL, State.BLOCKED, "There is no TOM Toolkit at http"),
    "forbidden": Fault(html(403, "Forbidden"), SENT, State.BLOCKED, "forbids your login to make or change targets"),
    "too large": Fault(TOO_LARGE, SENT, State.BLOCKED, "(status 413), though it is little"),
    "other data": Fault(Answer(200, b'{"ok":true}', JSON), ALL, State.BLOCKED, "Set url to the TOM's home page"),
    "garbage": Fault(Answer(200, b'{"results":[}', JSON), ALL, State.QUEUED, "an answer that was cut off. It is tried"),
    "without an end": Fault(never_end, ALL, State.QUEUED, "an answer that does not end. It is tried again by itself"),
    "nothing": Fault(say_nothing, SENT, State.QUEUED, "did not answer in time. It is tried again by itself"),
    "cut": Fault(cut, ALL, State.QUEUED, "broke the connection off. It is tried again by itself"),
    "busy": Fault(too_many(1), ALL, State.QUEUED, "is busy or away (status 429). It is tried again by itself"),
    "an error": Fault(html(500, "Server Error"), ALL, State.QUEUED, "failed (status 500): an error of its own"),
    "no target": Fault(Answer(201, b'{"id":"x"}', JSON), SENT, State.QUEUED, "as no TOM does"),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_whatever_it_answers_is_said_and_when_that_ends_the_same_row_goes(
    fault: Fault, store: Store, proxy: Proxy, tom31: Tom, receivers: list[Configured]
) -> None:
    proxy.plan = only(fault.action, fault.methods)
    told = alert(0, 0)
    number = enqueue(store, told)
    other = enqueue(store, told, "mine")
    with sending(store, receivers):
        wait_for_row(store, other, is_there)
        found = wait_for_row(store, number, lambda entry: fault.said in entry.answer)
        assert found.state in ((fault.state, State.SENDING) if fault.state is State.QUEUED else (fault.state,))
        assert tom31.contents().targets == () or fault.action is cut
        with closing(OutboxPages(store.database)) as pages:
            wait_for(lambda: fault.said in pages.waiting().problem, "the status line to say it")
        proxy.plan = lambda seen: pass_on
        found = wait_for_row(store, number, is_there)
    assert (found.target, found.link) == ("1", f"{proxy.url}targets/1/")
    check_once(tom31, [told], "fink_soak")


def test_what_it_will_never_take_is_given_up_with_its_words(
    store: Store, proxy: Proxy, tom31: Tom, receivers: list[Configured]
) -> None:
    proxy.plan = only(Answer(400, b'{"name":["Names of ours begin with N."]}', JSON), ["POST"], "/api/targets/")
    told = alert(0, 0)
    number = enqueue(store, told)
    with sending(store, receivers):
        found = wait_for_row(store, number, lambda entry: entry.state is State.FAILED)
        assert found.answer == 'The TOM refused the target (status 400, "name: Names of ours begin with N").'
        assert found.attempts == 1
        proxy.plan = lambda seen: pass_on
        Outbox(store.database).retry(number).result()
        wait_for_row(store, number, is_there)
    check_once(tom31, [told], "fink_soak")


def test_what_it_asks_to_be_left_alone_for_it_is(
    store: Store, proxy: Proxy, tom31: Tom, receivers: list[Configured]
) -> None:
    first, second = enqueue(store, alert(0, 0)), enqueue(store, alert(2, 0))
    proxy.order(too_many(120), path="/api/")
    with sending(store, receivers):
        found = wait_for_row(store, first, lambda entry: bool(entry.answer))
        assert found.answered_at is not None
        assert 60 < found.next_try - found.answered_at <= 120
        assert proxy.count() == 1, "it was asked again"
        assert rows(store)[second - 1].next_try == found.next_try
        Outbox(store.database).retry(first).result()  # the observer knows better
        wait_for_row(store, first, is_there)
        assert states(store) == ["sent", "queued"]
    assert [target.name for target in tom31.contents().targets] == [alert(0, 0).object_id]


# --- it is away, or ill


def test_away_for_the_whole_run_and_back_at_the_end_all_goes_in_order(
    store: Store, proxy: Proxy, tom31: Tom, receivers: list[Configured]
) -> None:
    told = alerts(3, 3)
    proxy.down()
    with sending(store, receivers):
        for one in told:
            enqueue(store, one)
        found = wait_for_row(store, 1, lambda entry: entry.attempts > 2 and entry.state is State.QUEUED)
        assert "cannot be reached" in found.answer
        assert found.answer.endswith("It is tried again by itself.")
    assert set(states(store)) == {"queued"}
    assert tom31.contents().targets == ()

    proxy.up()
    with sending(store, receivers):
        wait_for_all(store)

    found_rows = sorted(rows(store), key=lambda entry: (entry.object_id, entry.id))
    for _, of_object in itertools.groupby(found_rows, lambda entry: entry.object_id):
        entries = list(of_object)
        assert [entry.state for entry in entries] == [State.SENT, State.EXISTS, State.EXISTS]
        assert [entry.answered_at for entry in entries] == sorted(entry.answered_at or 0 for entry in entries)
    check_once(tom31, told, "fink_soak")


def test_it_dies_and_comes_back_in_the_middle_of_it(tom31: Tom, store: Store, tmp_path: Path) -> None:
    write_settings(tmp_path, tom_receiver(tmp_path, tom31, tom31.url))
    told = [alert(number, 2) for number in range(3)]
    for one in told:
        enqueue(store, one)
    with sending(store, configured(config.load(home_of(tmp_path).config_file))):
        wait_for_row(store, 1, is_there)
        tom31.kill()
        wait_for(lambda: any("cannot be reached" in entry.answer for entry in rows(store)), "it to be missed")
        tom31.start()
        wait_for_all(store)
    check_once(tom31, told, "fink_soak")


def test_while_its_database_is_locked_nothing_is_given_up(
    store: Store, proxy: Proxy, tom31: Tom, receivers: list[Configured]
) -> None:
    locked = Answer(500, b'{"detail":"database is locked"}', JSON)
    proxy.plan = only(locked)
    told = [alert(0, 0), alert(0, 1), alert(1, 0)]
    for one in told:
        enqueue(store, one)
    with sending(store, receivers):
        wait_for_row(store, 1, lambda entry: entry.attempts > line.MOST_FAULTS)
        assert "database is locked" in rows(store)[0].answer
        proxy.plan = lambda seen: pass_on
        wait_for_all(store)
    assert states(store) == ["sent", "exists", "sent"], "the second alert of the object overtook the first"
    check_once(tom31, told, "fink_soak")


def test_one_that_it_always_fails_on_holds_up_no_other(
    store: Store, proxy: Proxy, tom31: Tom, receivers: list[Configured], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line, "MOST_FAULTS", 2)
    poison, later, others = alert(0, 0), alert(0, 1), [alert(number, 0) for number in range(1, 4)]

    def fail_on_one(exchange: Exchange) -> None:
        (html(500, "Server Error") if poison.alert_id.encode() in exchange.seen.body else pass_on)(exchange)

    proxy.plan = only(fail_on_one)
    for one in (poison, later, *others):
        enqueue(store, one)
    with sending(store, receivers):
        found = wait_for_row(store, 1, lambda entry: entry.state is State.FAILED)
        assert "failed (status 500): an error of its own; its log says why" in found.answer
        assert re.search(r" Given up after \d+ attempts\.$", found.answer)
        wait_for(lambda: states(store) == ["failed", *["sent"] * 4], "all others to arrive")
        arrived = [entry.answered_at or 0 for entry in rows(store)]
        assert arrived[0] < arrived[1], "the later alert of the object overtook it"
        proxy.plan = lambda seen: pass_on
        Outbox(store.database).retry(1).result()
        wait_for_row(store, 1, is_there)
    check_once(tom31, [poison, later, *others], "fink_soak")


def test_what_went_of_a_long_light_curve_is_said_and_does_not_go_again(
    store: Store, proxy: Proxy, tom31: Tom, receivers: list[Configured]
) -> None:
    told = alert(0, 5)
    proxy.order(*[pass_on] * 7, *[lose_request] * 3, lose_answer, method="POST", path="/api/reduceddatums/")
    hold = Hold()
    number = enqueue(store, told)
    proxy.order(*[pass_on] * 3, hold, method="GET", path="/api/reduceddatums/")
    with sending(store, receivers):
        hold.wait_reached()
        assert rows(store)[number - 1].answer.startswith("7 of 12 points went. 127.0.0.1:")
        hold.let_go()
        found = wait_for_row(store, number, is_there)
    assert found.answer == "target known, 4 of 12 points new"
    assert proxy.count("POST", "/api/reduceddatums/") == 15
    check_once(tom31, [told], "fink_soak")


def test_what_a_line_loses_now_and_then_goes_at_once(
    store: Store, proxy: Proxy, tom31: Tom, receivers: list[Configured]
) -> None:
    """Else each sending, of some forty requests, would begin anew again and again, with ever longer pauses."""
    told = alert(0, 5)
    proxy.order(lose_request, lose_answer, pass_on, cut, method="GET")
    proxy.order(
        pass_on,
        lose_request,
        pass_on,
        lose_answer,
        cut,
        pass_on,
        lose_request,
        method="POST",
        path="/api/reduceddatums/",
    )
    number = enqueue(store, told)
    with sending(store, receivers):
        found = wait_for_row(store, number, is_there)
    assert (found.attempts, found.state, found.answer) == (1, State.SENT, "new target, 12 points")
    check_once(tom31, [told], "fink_soak")


def test_what_the_tom_gets_long_after_it_went_again_changes_nothing(tom: Tom, store: Store, tmp_path: Path) -> None:
    told = alert(1, 1)
    late = [Hold(), Hold()]
    with Proxy(tom.url) as proxy:
        proxy.order(late[0], method="POST", path="/api/targets/")
        proxy.order(late[1], method="POST", path="/api/reduceddatums/")
        write_settings(tmp_path, tom_receiver(tmp_path, tom, proxy.url))
        number = enqueue(store, told)
        try:
            with sending(store, configured(config.load(home_of(tmp_path).config_file))):
                wait_for_row(store, number, is_there)
        finally:
            for hold in late:
                hold.wait_reached()
                hold.let_go()
        wait_for(lambda: all(seen.forwarded for seen in proxy.seen if seen.method == "POST"), "the late ones")
        assert proxy.count("POST") == 1 + 1 + len(told.points) + 1
    check_once(tom, [told], "fink_soak")


# --- the sender dies


KILLED = {
    "the target": ("POST", "/api/targets/"),
    "what completes it": ("PATCH", "/api/targets/"),
    "a point": ("POST", "/api/reduceddatums/"),
}


@pytest.mark.parametrize(("method", "path"), KILLED.values(), ids=KILLED.keys())
def test_killed_once_the_tom_has_it_and_before_we_know(tom: Tom, method: str, path: str, tmp_path: Path) -> None:
    told = [alert(1, 0), alert(1, 1)]
    with Proxy(tom.url) as proxy, Store(home_of(tmp_path).data) as store:
        write_settings(tmp_path, tom_receiver(tmp_path, tom, proxy.url))
        for one in told:
            enqueue(store, one)
        hold = Hold(answered=True)
        proxy.order(hold, method=method, path=path)
        process = start_sender(tmp_path)
        try:
            hold.wait_reached()
            assert "sending" in states(store)
            end(process, kill=True)
            assert proxy.seen[-1].forwarded in (200, 201)
            assert proxy.seen[-1].answered is None
            assert "sending" in states(store), "nobody could say yet that it had arrived"
            hold.let_go()
            process = start_sender(tmp_path)
            wait_for_all(store)
        finally:
            end(process, kill=True)
    check_once(tom, told, "fink_soak")


def test_killed_with_the_lock_another_process_goes_on(tom31: Tom, proxy: Proxy, tmp_path: Path) -> None:
    told = [alert(number, 0) for number in range(4)]
    write_settings(tmp_path, tom_receiver(tmp_path, tom31, proxy.url))
    hold = Hold(answered=True)
    proxy.order(pass_on, hold, method="POST", path="/api/targets/")
    with Store(home_of(tmp_path).data) as store:
        for one in told:
            enqueue(store, one)
        first = start_sender(tmp_path)
        second = None
        try:
            hold.wait_reached()
            second = start_sender(tmp_path)
            assert second.stdout is not None
            assert second.stdout.readline() == "started\n"
            assert states(store) == ["sent", "sending", "queued", "queued"], "the second sent without the lock"
            end(first, kill=True)
            wait_for_all(store)
            assert second.poll() is None
        finally:
            hold.let_go()
            end(first, kill=True)
            if second is not None:
                end(second)
    check_once(tom31, told, "fink_soak")


# --- the disk fills


def test_on_a_full_disk_what_arrived_is_kept_in_mind_until_there_is_room(
    tom31: Tom, proxy: Proxy, small_disk: SmallDisk, tmp_path: Path
) -> None:
    told = [alert(number, nth) for nth in range(2) for number in range(2)]
    write_settings(tmp_path, tom_receiver(tmp_path, tom31, proxy.url))
    inside = {"FINK_TUI_HOME": str(small_disk.path / "home")}
    home = Home.temporary(small_disk.outside / "home")
    home.create()
    home.config_file.write_bytes(home_of(tmp_path).config_file.read_bytes())
    with enqueuer(tmp_path, "tom", small_disk.enter, inside) as pipe:
        for one in told:
            enqueue_by(pipe, one)
    hold = Hold(answered=True)
    proxy.order(hold, method="POST", path="/api/reduceddatums/")
    process = start_sender(tmp_path, small_disk.enter, inside)
    try:
        hold.wait_reached()
        small_disk.fill()
        hold.let_go()
        wait_for(lambda: "the outbox cannot be written" in (tmp_path / "words").read_text(), "the disk to be missed")
        assert len(tom31.contents().targets) == 1, "it went on without having noted the first"
        small_disk.make_room()
        wait_for(lambda: set(_states(small_disk)) <= {"sent", "exists"}, "all to arrive")
    finally:
        hold.let_go()
        end(process)
    assert _states(small_disk) == ["sent", "sent", "exists", "exists"]
    check_once(tom31, told, "fink_soak")


def _states(disk: SmallDisk) -> list[str]:
    """The states in an outbox inside, which SQLite finds from there alone."""
    path = disk.path / "home" / "data" / "store.sqlite3"
    return disk.run(sys.executable, "-c", STATES, str(path)).split()


STATES = """
import sqlite3, sys
print(*[state for state, in sqlite3.connect(sys.argv[1]).execute("SELECT state FROM outbox ORDER BY id")])
"""
