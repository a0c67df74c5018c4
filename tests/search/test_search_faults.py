"""Searches while everything goes wrong with the link, the server and the disk: a clear word, nothing half, no harm."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import tracemalloc
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fink_tui.search.line.understanding import understand
from fink_tui.search.line.understood import Understood
from fink_tui.search.outcome import Outcome, Part, State
from fink_tui.search.question import Question
from fink_tui.store.store import Store
from tests.alerts.hostile import HOSTILE
from tests.fink_api import FinkApi, big, sky
from tests.fink_api.faults import NO_LIST, NOT_JSON_NUMBERS, TWICE, Fault, nested
from tests.fink_api.reply import Reply
from tests.running import wait_for
from tests.search.searched import Searcher
from tests.small_disk import SmallDisk

ROOT = Path(__file__).resolve().parents[2]

ASKED = "class=SN candidate last=20"
"""A search that is one question, of one endpoint."""


@pytest.fixture
def search(fink_api: FinkApi, store: Store) -> Searcher:
    return Searcher(fink_api, store)


def only(outcome: Outcome) -> Part:
    (part,) = outcome.parts
    return part


def alerts(store: Store) -> list[dict[str, Any]]:
    """All alerts of the store."""
    with closing(store.database.reader()) as reader:
        return [dict(row) for row in reader.execute("SELECT * FROM alert ORDER BY id")]


def left_over(store: Store) -> list[str]:
    """Files of the store that belong to no answer."""
    return [path.name for path in (store.folder / "answers").glob("*.part")]


def failed(outcome: Outcome, search: Searcher) -> str:
    """What is said of a question that failed and left nothing behind."""
    part = only(outcome)
    assert outcome.is_over
    assert part.state is State.FAILED
    assert not part.is_complete
    assert part.words.endswith(".")
    assert "Error" not in part.words.split('"')[0]
    assert "Traceback" not in part.words
    assert left_over(search.store) == []
    assert search.reports[-1] == outcome
    return part.words


@pytest.mark.parametrize("after", [0, 1, 17, 5_000, 40_000])
def test_a_link_that_is_cut_leaves_nothing_half(after: int, search: Searcher, fink_api: FinkApi) -> None:
    fink_api.faults.cut(after, times=-1)
    words = failed(search(ASKED), search)
    assert "link" in words or "broke" in words or "reached" in words
    assert alerts(search.store) == []
    assert 1 < len(fink_api.requests) <= 4  # again after a pause, and not for ever
    fink_api.faults.clear()
    assert len(search(ASKED).ids) == 20


def test_a_link_that_is_cut_once_is_asked_again(search: Searcher, fink_api: FinkApi) -> None:
    fink_api.faults.cut(5_000)
    outcome = search(ASKED)
    assert (len(outcome.ids), only(outcome).state) == (20, State.ANSWERED)
    wait_for(lambda: fink_api.requests[-1].is_whole, "the server notes it after the last byte")
    assert [served.is_whole for served in fink_api.requests] == [False, True]


@pytest.mark.parametrize("by", [40, -40])
def test_a_wrong_length_is_no_answer(by: int, search: Searcher, fink_api: FinkApi) -> None:
    """Too few bytes are a broken link; where more come than were announced, the JSON lacks its end."""
    fink_api.faults.wrong_length(by, times=-1)
    failed(search(ASKED), search)
    assert alerts(search.store) == []


def test_nobody_there_is_said_soon_and_what_is_here_is_found(search: Searcher, fink_api: FinkApi) -> None:
    before = search(ASKED)
    fink_api.stop()
    outcome = search("class=SN candidate last=5")
    assert only(outcome).state is State.FAILED
    assert "cannot be reached" in only(outcome).words
    assert list(outcome.ids) == list(before.ids)[:5]  # remembered from the first search


def test_a_server_that_goes_in_the_middle_and_comes_back(
    search: Searcher, fink_api: FinkApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    fink_api.faults.stuck()
    is_back = threading.Event()

    def restart() -> None:
        wait_for(lambda: fink_api.requests, "a request")
        fink_api.stop("ztf")
        fink_api.start("ztf")
        is_back.set()

    def ask(*arguments: Any, ask: Callable[..., None] = search.client._try) -> None:
        if fink_api.requests:  # instead of a pause
            assert is_back.wait(30)
        ask(*arguments)

    monkeypatch.setattr(search.client, "_try", ask)
    stopping = threading.Thread(target=restart)
    stopping.start()
    outcome = search(ASKED)
    stopping.join(30)
    assert len(outcome.ids) == 20


def test_a_timeout_of_the_server_is_asked_once_more(search: Searcher, fink_api: FinkApi) -> None:
    fink_api.faults.gateway_timeout("latests")
    assert len(search(ASKED).ids) == 20
    assert [served.status for served in fink_api.requests] == [504, 200]


def test_a_server_that_never_finishes_is_not_asked_for_ever(search: Searcher, fink_api: FinkApi) -> None:
    fink_api.faults.gateway_timeout(times=-1)
    assert "did not finish" in failed(search(ASKED), search)
    assert len(fink_api.requests) == 2


def test_a_cone_that_never_finishes_is_not_asked_for_ever(search: Searcher, fink_api: FinkApi) -> None:
    """Each request takes the server two minutes: pieces of a cone that fail, too, are not cut up on and on."""
    fink_api.faults.gateway_timeout(times=-1)
    for line, survey in (("150.12 20.1 r=5", "ztf"), ("57.964 -30.0 r=30m", "lsst")):
        fink_api.requests.clear()
        assert "did not finish" in failed(search(line, surveys=(survey,)), search)
        assert len(fink_api.requests) <= 8


def test_where_a_cone_never_finishes_its_old_answer_serves(search: Searcher, fink_api: FinkApi) -> None:
    before = search("150.12 20.1 r=5", surveys=("ztf",))
    fink_api.faults.gateway_timeout(times=-1)
    outcome = search("150.12 20.1 r=5", surveys=("ztf",), fresh=True)
    assert outcome.ids == before.ids
    assert (only(outcome).state, only(outcome).is_cached) == (State.ANSWERED, True)
    assert "did not finish" in only(outcome).words
    assert "This is its answer of" in only(outcome).words


@pytest.mark.parametrize("html", [True, False])
def test_an_error_of_the_server_is_one_sentence(html: bool, search: Searcher, fink_api: FinkApi) -> None:
    fink_api.faults.broken(times=-1, html=html)
    words = failed(search(ASKED), search)
    assert "<" not in words
    assert "{" not in words
    assert "500" in words


def test_who_is_asked_to_wait_waits(search: Searcher, fink_api: FinkApi) -> None:
    fink_api.faults.too_many("1")
    assert len(search(ASKED).ids) == 20
    first, second = fink_api.requests
    assert second.started - first.started >= 1.0
    fink_api.requests.clear()
    fink_api.faults.too_many("3600", times=-1)
    failed(search("class=Mira last=3"), search)
    assert len(fink_api.requests) == 1  # nobody waits for an hour


BODIES = {
    "no list": NO_LIST,
    "nothing": b"",
    "null": b"null",
    "a number": b"7",
    "deep": nested(100_000),
    "deep objects": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "half": b'[{"i:objectId":"ZTF18aaaaaaa","i:jd":2461364.5',
    "two": b"[][]",
    "not UTF-8": b'[{"i:objectId":"\xff\xfe"}]',
    "a login page": b"<html><body>Please log in</body></html>",
    "zeros": b"\x00" * 4096,
}


@pytest.mark.parametrize("kind", BODIES)
def test_a_body_that_is_no_answer_is_told_as_such(kind: str, search: Searcher, fink_api: FinkApi) -> None:
    fink_api.faults.body(BODIES[kind], times=-1)
    outcome = search(ASKED)
    assert alerts(search.store) == []
    if only(outcome).state is not State.ANSWERED:  # rows that are no alerts are counted, the list is one
        failed(outcome, search)
    else:
        assert "no alert" in only(outcome).words
    fink_api.faults.clear()
    assert len(search(ASKED, fresh=True).ids) == 20


@pytest.mark.parametrize("kind", ["no list", "deep", "half", "two", "a login page"])
def test_what_is_no_answer_does_not_take_the_place_of_one(kind: str, search: Searcher, fink_api: FinkApi) -> None:
    before = search(ASKED)
    fink_api.faults.body(BODIES[kind], times=-1)
    outcome = search(ASKED, fresh=True)
    assert (outcome.ids, only(outcome).state, only(outcome).is_cached) == (before.ids, State.ANSWERED, True)
    assert "This is its answer of" in only(outcome).words
    assert left_over(search.store) == []
    asked = len(fink_api.requests)
    assert search(ASKED).ids == before.ids
    assert len(fink_api.requests) == asked


@pytest.mark.parametrize("damage", ["cut", "gone"])
def test_what_is_kept_and_cannot_be_read_is_asked_for_again(damage: str, search: Searcher, fink_api: FinkApi) -> None:
    before = search(ASKED)
    (path,) = (search.store.folder / "answers").glob("*.json")
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:-9])
    else:
        path.unlink()
    outcome = search(ASKED)
    assert (outcome.ids, only(outcome).state, only(outcome).is_cached) == (before.ids, State.ANSWERED, False)
    assert only(outcome).received == only(before).received
    assert len(fink_api.requests) == 2


def test_a_table_whose_texts_are_none_is_told(search: Searcher, fink_api: FinkApi) -> None:
    fink_api.faults.body(BODIES["not UTF-8"], "statistics", times=-1)
    outcome = search("stats 2026", surveys=("ztf",))
    assert "Fink's answer cannot be read" in failed(outcome, search)


@pytest.mark.parametrize("body", [NOT_JSON_NUMBERS, TWICE, b'[{"i:objectId":"ZTF18aaaaaaa"},7,null,"x",[],{}]'])
def test_strange_rows_do_not_stop_the_others(body: bytes, search: Searcher, fink_api: FinkApi) -> None:
    good = json.loads(big.ztf_rows(3))
    mixed = json.dumps(good[:2]).encode()[:-1] + b"," + body[1:-1] + b"," + json.dumps(good[2:]).encode()[1:]
    fink_api.faults.body(mixed)
    outcome = search(ASKED)
    if body is NOT_JSON_NUMBERS:  # that is no JSON at all: the server never writes it
        failed(outcome, search)
    else:
        assert {row["alert_id"] for row in alerts(search.store)} >= {str(row["i:candid"]) for row in good}
        assert only(outcome).state is State.ANSWERED


def test_an_event_that_nobody_knows_is_an_error_and_not_kept(search: Searcher, fink_api: FinkApi) -> None:
    """Fink answers with success, and one row that holds GraceDB's refusal."""
    words = failed(search("gw=S200101zz survey=ztf"), search)
    assert words.startswith("GraceDB gave Fink no sky map of that event: ")
    assert "Superevent not found" in words
    fink_api.requests.clear()
    failed(search("gw=S200101zz survey=ztf"), search)
    assert len(fink_api.requests) == 1  # a minute later there may be a map


# What nobody wants any longer


@pytest.mark.parametrize("where", ["silent", "headers_only", "stuck"])
def test_what_nobody_wants_is_broken_off_at_once(where: str, search: Searcher, fink_api: FinkApi) -> None:
    getattr(fink_api.faults, where)(times=-1)
    wanted = threading.Event()
    wanted.set()
    ended: list[Outcome] = []
    understood = understand(ASKED, ("ztf",), search.now)
    reports: list[Outcome] = []
    thread = threading.Thread(
        target=lambda: ended.append(search.searching.run(understood, reports.append, lambda: not wanted.is_set()))
    )
    thread.start()
    wait_for(lambda: fink_api.requests, "a request")
    if where == "stuck":
        wait_for(lambda: any(part.received for report in reports for part in report.parts), "some of the body")
    wanted.clear()
    thread.join(20)
    assert len(ended) == 1
    assert ended[0].is_over
    assert left_over(search.store) == []
    assert alerts(search.store) == []
    fink_api.faults.clear()
    assert len(search(ASKED).ids) == 20


def test_while_one_search_waits_another_goes(search: Searcher, fink_api: FinkApi) -> None:
    fink_api.faults.silent("tags")
    thread = threading.Thread(target=lambda: search.searching.run(
        understand("tag=in_tns", ("lsst",), search.now), lambda _: None, lambda: False))  # fmt: skip
    thread.start()
    wait_for(lambda: fink_api.asked("tags"), "the first search's request")
    assert len(search(ASKED).ids) == 20
    fink_api.faults.release()
    thread.join(20)
    assert not thread.is_alive()


def test_few_requests_go_at_a_time(search: Searcher, fink_api: FinkApi) -> None:
    """However many questions a search has: two to a host, and each host is another one."""
    names = [alert.object_id for alert in sky.ztf() if "zz" not in alert.object_id]
    questions = tuple(Question.of("ztf", "objects", objectId=name) for name in dict.fromkeys(names))[:12]
    outcome = search.searching.run(Understood(questions=questions), lambda _: None, lambda: False)
    assert all(part.state is State.ANSWERED for part in outcome.parts)
    assert len(fink_api.requests) == 12
    assert fink_api.most_at_once <= 2
    assert {served.headers["user-agent"].split("/")[0] for served in fink_api.requests} == {"fink-tui"}


# What is too large


def test_a_body_of_200_mb_is_not_taken_and_fills_no_memory(search: Searcher, fink_api: FinkApi) -> None:
    fink_api.faults.flood(200_000_000, times=-1)
    tracemalloc.start()
    try:
        words = failed(search(ASKED), search)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert "128 MB" in words
    assert peak < 20_000_000
    assert not any((search.store.folder / "answers").iterdir())
    assert len(fink_api.requests) == 1  # it would be as large again


def test_an_answer_that_is_taken_needs_little_more_memory_than_its_rows(search: Searcher, fink_api: FinkApi) -> None:
    body = big.ztf_rows(1_000)
    fink_api.faults.body(body, "latests")
    search("class=Mira last=3")
    fink_api.faults.clear()
    fink_api.faults.body(body, "latests")
    tracemalloc.start()
    try:
        outcome = search("class=SN candidate last=5000")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (len(outcome.ids), only(outcome).rows) == (1_000, 1_000)
    assert peak < 3 * len(body)


# A disk that is full

BEGIN = """
import os, sys
from pathlib import Path
from contextlib import closing
from fink_tui.config import Search
from fink_tui.search.http.client import Client
from fink_tui.search.line.understanding import understand
from fink_tui.search.searching import Searching
from fink_tui.store.store import Store
from tests.search.searched import NOW

disk, ztf, lsst = Path(sys.argv[1]), sys.argv[2], sys.argv[3]

def fill(leave=0):
    descriptor = os.open(disk / "ballast", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    if free := os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize:
        os.posix_fallocate(descriptor, os.fstat(descriptor).st_size, max(1, free - leave))
    os.close(descriptor)

def found(text):
    searching = Searching(store, Client(Search(ztf=ztf, lsst=lsst), pauses=(0,)), store.answers(), clock=NOW.timestamp)
    outcome = searching.run(understand(text, ("ztf",), NOW), lambda _: None, lambda: False)
    print(len(outcome.ids), *[f"{part.state}: {part.words}" for part in outcome.parts], outcome.words)
    assert outcome.is_over
    assert not list((store.folder / "answers").glob("*.part"))
"""


@pytest.mark.parametrize("leave", [0, 20_000, 200_000])
def test_a_full_disk_is_said_and_nothing_is_half(leave: int, small_disk: SmallDisk, fink_api: FinkApi) -> None:
    code = f"""
with Store(disk / "store") as store:
    found("class=Mira last=3")
    fill({leave})
    found("class=SN candidate last=20")
    found("class=Mira last=3")
    os.remove(disk / "ballast")
    found("class=SN candidate last=20")
"""
    command = [*small_disk.enter, sys.executable, "-c", BEGIN + code, str(small_disk.path)]
    done = subprocess.run(
        [*command, fink_api.ztf_url, fink_api.lsst_url],
        cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    before, full, here, after = done.stdout.splitlines()
    assert before.startswith("3 answered")
    assert full.startswith("0 failed: ")
    assert "disk" in full
    assert here.startswith("3 answered")  # what is kept is found as ever
    assert after.startswith("20 answered")


OLD = """
import fink_tui.search.http.client
fink_tui.search.http.client.LOOK_BYTES = 100_000
with Store(disk / "store") as store:
    found("class=Mira last=3")
    fill({leave})
    before = os.statvfs(disk).f_bavail
    searching = Searching(store, Client(Search(ztf=ztf, lsst=lsst), pauses=(0,)), store.answers())
    for text in ("class=Mira last=3", "class=SN candidate last=2000"):
        outcome = searching.run(understand(text, ("ztf",), NOW), lambda _: None, lambda: False, fresh=True)
        print(len(outcome.ids), *[f"{{part.state}}: {{part.words}}" for part in outcome.parts])
        assert not list((store.folder / "answers").glob("*.part"))
    print(before - os.statvfs(disk).f_bavail < 25)
"""


def lines(disk: SmallDisk, fink_api: FinkApi, code: str) -> list[str]:
    """What a program prints that searches on the small disk."""
    command = [*disk.enter, sys.executable, "-c", BEGIN + code, str(disk.path), fink_api.ztf_url, fink_api.lsst_url]
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_on_a_full_disk_an_answer_of_before_serves(small_disk: SmallDisk, fink_api: FinkApi) -> None:
    _, here, new, _ = lines(small_disk, fink_api, OLD.format(leave=20_000))
    assert here.startswith("3 answered: Only 1")
    assert "This is its answer of" in here
    assert new.startswith("0 failed: Only 1")


def test_an_answer_that_comes_leaves_the_room_for_decisions(small_disk: SmallDisk, fink_api: FinkApi) -> None:
    """When it began there was enough."""
    fink_api.faults.add(Fault("latests"))  # the first is well
    fink_api.faults.flood(40_000_000, "latests", times=-1)
    _, here, new, is_left = lines(small_disk, fink_api, OLD.format(leave=33_000_000))
    assert "Fink's answer is not kept" in here
    assert new.startswith("0 failed: Only 3")
    assert is_left == "True"


# Text that is more than text


def harmless(value: object) -> bool:
    """Whether a value can be shown as it is."""
    return not isinstance(value, str) or all(sign.isprintable() for sign in value)


TEXTS = st.one_of(
    st.sampled_from(list(HOSTILE.values())),
    st.text(max_size=40),
    st.text(alphabet="\x1b[]0;31mAHJ\x07\x9b\\/@bold red\u202e\u2066\n", max_size=40),
)

ANYTHING = st.one_of(TEXTS, st.none(), st.booleans(), st.integers(), st.floats(), st.lists(TEXTS, max_size=3),
                     st.dictionaries(TEXTS, TEXTS, max_size=3))  # fmt: skip


@given(changes=st.dictionaries(st.sampled_from(sorted(sky.ztf()[-1].row)), ANYTHING, max_size=12))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_whatever_rows_hold_the_store_has_only_what_may_be_shown(
    changes: dict[str, Any], search: Searcher, fink_api: FinkApi
) -> None:
    row = json.loads(big.ztf_rows(1))[0] | {name: value for name, value in changes.items() if value == value}
    row = {name: value for name, value in row.items() if value not in (float("inf"), float("-inf"))}
    fink_api.faults.body(json.dumps([row]).encode(errors="surrogatepass"))
    outcome = search(ASKED, fresh=True)
    assert only(outcome).state in (State.ANSWERED, State.FAILED)
    assert harmless(only(outcome).words)
    assert all(harmless(value) for stored in alerts(search.store) for value in stored.values())


@pytest.mark.parametrize("text", HOSTILE, ids=str)
def test_what_a_server_says_of_itself_is_harmless(text: str, search: Searcher, fink_api: FinkApi) -> None:
    said = str({"status": "error", "text": HOSTILE[text]}).encode(errors="replace")
    fink_api.faults.add(Fault(times=-1, reply=Reply(400, said)))
    words = failed(search(ASKED), search)
    assert harmless(words)
    assert len(words) < 600


def test_many_rows_cost_no_more_each_than_few(search: Searcher, fink_api: FinkApi) -> None:
    """Steps of SQLite's machine: what was found before must not be gone through again for each row."""
    steps = {}
    for count in (500, 2_000):
        fink_api.faults.body(big.ztf_rows(count), "latests")
        taken = [0]

        def tick(taken: list[int] = taken) -> None:
            taken[0] += 1

        search.store.database.write(lambda connection, tick=tick: connection.set_progress_handler(tick, 1000))
        assert len(search(f"class=SN candidate last={count}", fresh=True).ids) == count
        search.store.database.write(lambda connection: connection.set_progress_handler(None, 0))
        steps[count] = taken[0]
    assert steps[2_000] < 8 * steps[500]
