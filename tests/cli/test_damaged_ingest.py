"""Damaged messages among good ones, through a real Kafka and the real program: the good arrive, the bad are named."""

from __future__ import annotations

import itertools
import json
import random
import re
from collections import Counter
from pathlib import Path

from fink_tui.alerts.packet import encode
from fink_tui.store.quarantine import listed
from fink_tui.store.store import Store
from fink_tui.stream.demo import DemoAlert, alerts
from tests.alerts.making import parts
from tests.cli.test_ingest import arguments, packets, stored, summary
from tests.conftest import DEMO_NIGHT
from tests.fixtures_kafka import TopicFactory
from tests.kafka.broker import KafkaBroker
from tests.running import run

DEEP = (
    b'{"type": "record", "name": "r", "fields": [{"name": "objectId", "type": ' + b'{"type": "array", "items": ' * 5000
)
"""A schema that never ends."""

NOTHING = {"type": "array", "items": "null"}


def shorter(key: bytes) -> bytes:
    """A schema that lacks the last field of another."""
    schema = json.loads(key)
    del schema["fields"][-1]
    return json.dumps(schema).encode()


def with_nothing(key: bytes) -> bytes:
    """A schema with an array of items without bytes in place of its third field."""
    schema = json.loads(key)
    schema["fields"][2]["type"] = NOTHING
    return json.dumps(schema).encode()


def large(alert: DemoAlert, size: int) -> DemoAlert:
    """An alert with a stamp of so many bytes."""
    schema, found = parts(alert)
    stamp = found["cutoutScience"]
    found["cutoutScience"] = stamp | {"stampData": bytes(size)} if isinstance(stamp, dict) else bytes(size)
    return alert._replace(value=encode(schema, found))


def damages(alert: DemoAlert, other: DemoAlert, chance: random.Random) -> dict[str, tuple[bytes, bytes, str]]:
    """One message of each kind: key, value, and the reason that is to be given."""
    key, value = alert.key, alert.value
    deep_array = DEEP + b'"string"' + b"}" * 5000 + b"}]}"
    return {
        "cut": (key, value[: chance.randrange(100, len(value))], "end too early|do not fit"),
        "random": (key, chance.randbytes(3000), "end too early|do not fit|follow its last"),
        "empty": (key, b"", "it is empty"),
        "no key": (b"", value, "it has no key"),
        "another survey's key": (other.key, value, "end too early|do not fit|follow its last|it has no"),
        "a shorter schema's key": (shorter(key), value, "bytes follow its last field"),
        "trailing": (key, value + b"\xff" * 10, "10 bytes follow its last field"),
        "garbage of 5 MB": (key, b"\xff" * 5_000_000, "do not fit|end too early"),
        "5 MB behind it": (key, value + b"\xfe" * 5_000_000, "5,000,000 bytes follow its last field"),
        "deep": (deep_array, value, "its schema is nested too deep"),
        "deep and cut": (DEEP, value, "nested too deep|not a schema"),
        "10 MB of schema": (b'{"type": "record", "doc": "' + b"x" * 10_000_000 + b'"}', value, "10,000,029 bytes long"),
        "an array of nothing": (with_nothing(key), b"\x7f" * 100, "items that take no bytes"),
    }


def test_the_good_arrive_and_the_damaged_are_named(
    kafka: KafkaBroker, kafka_topic: TopicFactory, tmp_path: Path
) -> None:
    """One in a hundred of each kind, and a flood of keys of which no two are alike."""
    topic, chance = kafka_topic(), random.Random(7)
    good = list(itertools.islice(alerts(seed=7, now_mjd=DEMO_NIGHT, backlog=500), 500))
    good[100], good[300] = large(good[100], 5_000_000), large(good[300], 5_000_000)
    messages = [(alert.key, alert.value) for alert in good]
    by_survey = {alert.survey: alert for alert in good}
    expected: list[tuple[bytes, bytes, str]] = []
    for _ in range(5):
        alert = chance.choice(good)
        other = by_survey["lsst" if alert.survey == "ztf" else "ztf"]
        expected += damages(alert, other, chance).values()
    expected += [(b'{"type": "record", "name": "n%d"}' % n, b"x", "not the schema of a record") for n in range(500)]
    expected += [(chance.randbytes(200), b"x", "not a schema") for _ in range(500)]
    for key, value, _ in expected:
        messages.insert(chance.randrange(len(messages)), (key, value))
    kafka.produce(topic, [(key, value, number % 4) for number, (key, value) in enumerate(messages)])

    done = run(tmp_path, *arguments(kafka, topic, "--until-end", "--json"), seconds=120)
    assert done.returncode == 0, done.stderr
    found = summary(done)
    assert (found["stored"], found["quarantined"]) == (len(good), len(expected))
    assert Counter(stored(tmp_path)) == Counter(alert.alert_id for alert in good)
    assert Counter(packets(tmp_path)) == Counter(alert.value for alert in good)
    with Store(tmp_path / "fink-tui" / "data") as store:
        kept = {(one.key, one.value): one.reason for one in listed(store.database)}
    assert len(kept) == len({(key, value) for key, value, _ in expected})
    for key, value, reason in expected:
        assert re.search(reason, kept[key, value]), (reason, kept[key, value])
    told = run(tmp_path, "info").stdout
    for reason in ("500 messages: its key is not a schema", "500 messages: its key is not the schema of a record"):
        assert reason in told
    assert kafka.committed(f"g-{topic}", topic) == kafka.end_offsets(topic)
