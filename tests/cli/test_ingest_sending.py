"""`fink-tui ingest` empties the outbox too, and nothing of it keeps it from receiving: no broker is needed for that."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

from fink_tui.stream.demo import DemoAlert
from tests.cli.sending import answer, configure, keep, taken, with_command
from tests.fixtures_kafka import TopicFactory
from tests.kafka.broker import KafkaBroker
from tests.running import run, start, wait_for

CALL = ("ingest", "--survey", "ztf", "--servers", "127.0.0.1:9", "--group", "g", "--topic", "t", "--json")


@pytest.fixture
def home(tmp_path: Path, demo_alerts: list[DemoAlert]) -> Path:
    """A home where two alerts wait to be sent."""
    keep(tmp_path, demo_alerts[:3])
    with_command(tmp_path)
    assert run(tmp_path, "send", *(alert.object_id for alert in demo_alerts[:2])).returncode == 0
    return tmp_path


def test_what_waits_goes_and_what_comes_later_too(home: Path, demo_alerts: list[DemoAlert]) -> None:
    process = start(home, *CALL)
    wait_for(lambda: len(taken(home)) == 2, "both")
    said = run(home, "send", demo_alerts[2].object_id)
    assert "fink-tui ingest (process" in said.stderr
    wait_for(lambda: len(taken(home)) == 3, "the third")
    wait_for(lambda: "outbox" not in run(home, "info").stdout, "all noted as sent")
    process.send_signal(signal.SIGTERM)
    out, error = process.communicate(timeout=30)
    assert process.returncode == 0, error
    found = json.loads(out)
    assert {name: found[name] for name in ("sent", "failed", "waiting")} == {"sent": 3, "failed": 0, "waiting": 0}


def test_it_says_what_is_to_be_mended_and_goes_on(home: Path) -> None:
    answer(home, os.EX_NOPERM, "the login is refused")
    process = start(home, *(word for word in CALL if word != "--json"))
    assert process.stderr is not None
    lines = []
    while not lines or "the login is refused" not in lines[-1]:
        lines.append(process.stderr.readline())
        assert lines[-1], "it ended"
    assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    _, error = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "2 still wait. What waits goes when fink-tui or fink-tui ingest runs next." in error


def test_one_that_is_done_has_sent_what_was_due(
    tmp_path: Path, demo_alerts: list[DemoAlert], kafka: KafkaBroker, kafka_topic: TopicFactory
) -> None:
    keep(tmp_path, demo_alerts[:20])
    with_command(tmp_path)
    assert run(tmp_path, "send", *(alert.object_id for alert in demo_alerts[:20])).returncode == 0
    topic = kafka_topic()
    kafka.produce(topic, [(demo_alerts[20].key, demo_alerts[20].value)])
    kafka_of_it = ("--servers", kafka.bootstrap, "--topic", topic)
    done = run(tmp_path, "ingest", "--survey", "ztf", "--group", f"g-{topic}", *kafka_of_it, "--limit", "1", "--json")
    found = json.loads(done.stdout)
    assert (found["received"], found["sent"], found["waiting"]) == (1, 20, 0), done.stderr


def test_one_that_heard_nothing_does_not_wait_for_the_outbox(home: Path) -> None:
    (home / "hold").touch()
    done = run(home, *CALL, "--timeout", "0.3")
    assert (done.returncode, json.loads(done.stdout)["waiting"]) == (1, 2)
    assert "Nothing came for 0.3 s." in done.stderr
    (home / "hold").unlink()
    assert run(home, "send", "--wait").returncode == 0
    assert len({told["alert_id"] for told in taken(home)}) == 2


def test_receivers_that_are_misdescribed_fail_before_anything_is_received(home: Path) -> None:
    configure(home, "receivers:\n  - {name: a, kind: comand, command: [x]}\n")
    done = run(home, *CALL, "--timeout", "30")
    assert (done.returncode, done.stdout) == (1, "")
    assert "config.yml, line 2: there is no kind of receiver named comand" in done.stderr


def test_without_receivers_it_is_as_it_was(home: Path) -> None:
    configure(home, "")
    done = run(home, *CALL, "--timeout", "0.3")
    assert "sent" not in json.loads(done.stdout)
    assert "outbox" not in done.stderr
    assert "2 to be sent" in run(home, "info").stdout
