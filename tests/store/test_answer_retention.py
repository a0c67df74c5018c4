"""Old answers make room; what was decided keeps its document."""

from __future__ import annotations

import os
import time

import pytest

from fink_tui.store import decisions
from fink_tui.store.answer_retention import ABANDONED_SECONDS, KEPT_FILE
from fink_tui.store.answers import Answers
from fink_tui.store.inbox import Inbox
from fink_tui.store.packets import REMOVED
from fink_tui.store.store import Store
from fink_tui.stream.demo import DemoAlert
from tests.store.asking import FEW_COLUMNS, answered, document, searched
from tests.store.making import NOW, alert_of, check, receive


@pytest.fixture
def ztf(demo_alerts: list[DemoAlert]) -> list[DemoAlert]:
    return [alert for alert in demo_alerts if alert.survey == "ztf"]


def test_the_oldest_answers_go_and_their_alerts_stay(store: Store, answers: Answers, ztf: list[DemoAlert]) -> None:
    for number in range(4):
        searched(answers, ztf[number : number + 1], f"q{number}", NOW + number)
    sizes = [answers.lookup(f"q{number}") for number in range(4)]
    answers.prune(sum(kept.size for kept in sizes[2:] if kept))
    assert [answers.lookup(f"q{number}") is None for number in range(4)] == [True, True, False, False]
    assert [alert_of(store, number).place.name.startswith(REMOVED) for number in (1, 2, 3, 4)] == [True] * 2 + [
        False
    ] * 2
    assert len(list((store.folder / "answers").iterdir())) == 2
    assert searched(answers, ztf[:1], "q0", NOW + 9, FEW_COLUMNS) == [1], "it is there again, if with less"
    assert document(store, 1)["i:objectId"] == alert_of(store, 1).row.object_id


def test_answers_that_have_a_newer_one_go_first(answers: Answers) -> None:
    answered(answers, "old", b"[1]", 1.0)
    answered(answers, "q", b"[2]", 2.0)
    newer = answered(answers, "q", b"[3]", 3.0)
    answers.prune(6)
    assert answers.lookup("old") is not None
    assert answers.lookup("q") == newer
    answers.prune(0)
    assert answers.lookup("old") is answers.lookup("q") is None


def test_documents_of_decided_alerts_stay(
    store: Store, inbox: Inbox, answers: Answers, demo_alerts: list[DemoAlert], ztf: list[DemoAlert]
) -> None:
    searched(answers, ztf)
    lsst = [alert for alert in demo_alerts if alert.survey == "lsst"]
    searched(answers, lsst[:5], "lsst")
    decided = [*range(1, len(ztf) + 1), len(ztf) + 3]
    for number in decided:
        decisions.decide(store.database, number, decisions.SAVED, "a.json").result()
    receive(inbox, ztf[:2])
    before = {number: document(store, number) for number in decided[2:]}
    for _ in range(2):
        answers.prune(0)
        assert {number: document(store, number) for number in before} == before
    assert {alert_of(store, number).place.name for number in before} == {f"answers/{KEPT_FILE}"}
    assert [path.name for path in (store.folder / "answers").iterdir()] == [KEPT_FILE]
    assert alert_of(store, len(ztf) + 1).place.name.startswith(REMOVED)
    check(store, ztf[:2])


def test_what_crashes_have_left_goes_in_time(store: Store, answers: Answers) -> None:
    kept = answered(answers, "q", b"[]")
    folder = store.folder / "answers"
    young, old = folder / "young.part", [folder / "old.part", folder / "old.json", kept.path, folder / "notes.txt"]
    for path in (young, *old):
        path.write_bytes(b"[]")
    for path in old:
        os.utime(path, (time.time() - ABANDONED_SECONDS - 9,) * 2)
    answers.prune(1e9)
    assert sorted(path.name for path in folder.iterdir()) == sorted(["young.part", "notes.txt", kept.path.name])
