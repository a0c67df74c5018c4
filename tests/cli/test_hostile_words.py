"""What comes from outside and is printed without a screen: lines, errors, the log."""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path

import click
import pytest

from fink_tui.alerts.packet import container
from fink_tui.cli.options import failing_clearly
from fink_tui.store.errors import StoreError
from fink_tui.stream.consumer import Stream
from fink_tui.stream.demo import DemoAlert
from fink_tui.stream.subscription import Subscription
from fink_tui.terminal import diverted
from tests.alerts.hostile import HOSTILE, hostile
from tests.alerts.test_hostile import is_safe
from tests.cli.test_ingest import arguments, packets, summary
from tests.fixtures_kafka import TopicFactory
from tests.kafka.broker import KafkaBroker
from tests.running import run


def lines_are_safe(text: str) -> None:
    assert all(is_safe(line) for line in text.split("\n"))


def test_ingest_export_and_info(
    kafka: KafkaBroker, kafka_topic: TopicFactory, tmp_path: Path, demo_alerts: list[DemoAlert]
) -> None:
    topic = kafka_topic()
    some = [hostile(alert, text) for alert, text in zip(demo_alerts, HOSTILE.values(), strict=False)]
    bad = [(text.encode(), b"nonsense") for text in HOSTILE.values()]
    kafka.produce(topic, [*((alert.key, alert.value, 0) for alert in some), *((key, value, 1) for key, value in bad)])
    folder = tmp_path / "saved"
    call = arguments(kafka, topic, "--until-end", "--print", "--json", "--save", str(folder))
    done = run(tmp_path, *call)
    assert done.returncode == 0, done.stderr
    found = summary(done)
    nameless = 1 if any(alert.survey == "ztf" for alert in some[-1:]) else 0
    assert (found["stored"], found["quarantined"]) == (len(some) - nameless, len(bad) + nameless)
    assert done.stdout.count("owned") >= len(some) - 1
    lines_are_safe(done.stdout)
    lines_are_safe(done.stderr)
    for alert in some[: len(some) - nameless]:
        assert alert.value in packets(tmp_path)
    for arguments_ in (("export", "--format", "csv"), ("export", "--format", "jsonl"), ("info",)):
        done = run(tmp_path, *arguments_)
        assert done.returncode == 0, done.stderr
        lines_are_safe(done.stdout + done.stderr)
        if "jsonl" in arguments_:
            assert len([json.loads(line) for line in done.stdout.splitlines()]) == found["stored"]
    for path in (tmp_path / "fink-tui").rglob("*.log"):
        lines_are_safe(path.read_text())
    saved = {path.read_bytes() for path in folder.iterdir()}
    assert saved == {container(alert.key, alert.value) for alert in some[: len(some) - nameless]}
    assert all(path.name.isascii() for path in folder.iterdir())


@pytest.mark.parametrize("what", HOSTILE)
def test_errors_are_safe_to_show(what: str) -> None:
    text = HOSTILE[what]
    for error in (StoreError(text), OSError(2, text, text), click.ClickException(text), click.UsageError(text)):
        with pytest.raises(click.ClickException) as caught, failing_clearly():
            raise error
        assert is_safe(caught.value.message)


def test_the_log_is_safe_to_show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", sys.__stderr__)
    path = tmp_path / "log"
    with diverted(path):
        log = logging.getLogger("fink_tui.test")
        for text in HOSTILE.values():
            log.warning("a broker said: %s", text)
        try:
            raise ValueError(HOSTILE["CSI"])
        except ValueError:
            log.exception("it ended")
    found = path.read_text()
    lines_are_safe(found)
    assert found.count("owned") >= len(HOSTILE)
    assert "\n  File " in found, "a traceback has its lines"


@pytest.mark.parametrize("what", HOSTILE)
def test_what_a_stream_says_is_safe_to_show(what: str) -> None:
    """A broker's own words come through librdkafka's errors into a stream's message."""
    subscription = Subscription(survey="ztf", servers="127.0.0.1:9", group="g", topics=("t",))
    stream = Stream(subscription, None, None)  # type: ignore[arg-type]
    stream._tell(message=f"Receiving ended: {HOSTILE[what]}.")
    assert is_safe(stream.status.message)
    assert stream.status.message.startswith("Receiving ended: ")


def test_a_file_with_a_hostile_name(tmp_path: Path) -> None:
    """`view` of a folder that was downloaded: its names are text of others."""
    path = tmp_path / "\x1b]0;owned\x07\x9b2J\u202e.avro"
    path.write_bytes(b"nonsense")
    from tests.cli.test_screens import terminal

    with terminal(tmp_path, "view", str(tmp_path)) as screen:
        assert screen.wait() == 1
        sent = bytes(screen.output)
    assert b"owned" in sent
    for part in (b"\x1b]0;", b"\x07", "\x9b".encode(), "\u202e".encode()):
        assert part not in sent
