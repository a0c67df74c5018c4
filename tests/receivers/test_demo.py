"""The demo's receiver: it plays a TOM inside the program."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

from fink_tui.alerts.row import PointKind
from fink_tui.alerts.submission import Choices, SubmittedPoint
from fink_tui.receivers import demo
from fink_tui.receivers.demo import DemoReceiver
from fink_tui.receivers.receiver import AwayError
from tests.receivers.scripted import told


def points(*days: int) -> tuple[SubmittedPoint, ...]:
    return tuple(
        SubmittedPoint(
            time=f"2026-11-{day:02d}T03:00:00.000Z", band="g", kind=PointKind.DETECTION, mag=18.0, is_current=day == 20
        )
        for day in days
    )


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> DemoReceiver:
    monkeypatch.setattr(demo, "LATENCY_SECONDS", 0.0)
    return DemoReceiver()


def test_a_target_is_made_once_and_completed(receiver: DemoReceiver) -> None:
    first = receiver.deliver(told("A", "1", points=points(1, 20)), Choices(), "")
    assert first.is_new
    assert first.words == "demo: made, 2 of 2 points were new; nothing left this program"
    again = receiver.deliver(told("A", "1", points=points(1, 20)), Choices(), first.target)
    assert not again.is_new
    assert again.words == "demo: was there, 0 of 2 points were new; nothing left this program"
    assert again.target == first.target
    more = receiver.deliver(told("A", "2", points=points(1, 2, 20)), Choices(), first.target)
    assert more.words.startswith("demo: was there, 1 of 3 points were new")
    other = receiver.deliver(told("B", "3", points=points(1, 20)), Choices(history="latest"), "")
    assert other.is_new
    assert other.words.startswith("demo: made, 1 of 1 points were new")
    assert other.target != first.target


def test_what_an_earlier_run_sent_is_there(receiver: DemoReceiver) -> None:
    later = receiver.deliver(told("A", "2", points=points(20)), Choices(), "7")
    assert (later.is_new, later.target) == (False, "7")


def test_what_is_shown_is_like_what_a_tom_gets(receiver: DemoReceiver) -> None:
    submission = told("A", "1", points=points(1, 20), topics=("sn",), aliases=("AT 1",), scores={"sn_score": 0.91})
    shown = receiver.render(submission, Choices(groups=("night",)))
    assert json.loads(json.dumps(shown)) == shown
    assert shown["target"] == {
        "name": "A",
        "type": "SIDEREAL",
        "ra": 10.0,
        "dec": -5.0,
        "aliases": ["AT 1"],
        "tags": {"label": "SN candidate", "sn_score": "0.91", "link": "https://fink.example/A"},
        "target_lists": ["fink_sn"],
        "groups": ["night"],
    }
    assert shown["points"][0] == {  # type: ignore[index]
        "time": "2026-11-01T03:00:00.000Z",
        "band": "g",
        "kind": "detection",
        "mag": 18.0,
    }
    shown = receiver.render(submission, Choices(target_list="", history="latest"))
    assert shown["target"]["target_lists"] == []  # type: ignore[index]
    assert len(shown["points"]) == 1  # type: ignore[arg-type]


def test_it_can_be_broken_off() -> None:
    receiver = DemoReceiver()
    receiver.stopping.set()
    with pytest.raises(AwayError):
        receiver.deliver(told(), Choices(), "")


def test_it_knows_no_way_out_of_the_program() -> None:
    tree = ast.parse(Path(demo.__file__).read_text())
    imported = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name for name in imported if not name.startswith("fink_tui")} == {"__future__", "zlib", "msgspec"}
