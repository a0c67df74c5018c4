"""Several processes on one store: a service that receives, two screens beside it; all real, on a real Kafka."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from fink_tui.alerts.packet import container
from fink_tui.app.screens.looking import LOOK_SECONDS
from fink_tui.store.store import Store
from fink_tui.stream.demo import DemoAlert
from tests.app.pty_terminal import PtyTerminal
from tests.cli.test_ingest import arguments, produce, stored
from tests.cli.test_screens import is_as_before, live, sees, terminal
from tests.fixtures_kafka import TopicFactory
from tests.kafka.broker import KafkaBroker
from tests.running import run, start_short_lived, wait_for


@contextmanager
def service(home: Path, *call: str) -> Iterator[subprocess.Popen[str]]:
    """An ingest that is there as long as it is wanted, and then killed; its group forgets it within a second."""
    process = start_short_lived(home, *call)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def words_of(process: subprocess.Popen[str]) -> list[str]:
    """What a process says on stderr, line by line, as it comes."""
    lines: list[str] = []

    def read() -> None:
        assert process.stderr is not None
        lines.extend(iter(process.stderr.readline, ""))

    threading.Thread(target=read, daemon=True).start()
    return lines


def see(screens: Sequence[PtyTerminal], *words: str) -> None:
    """Wait until all screens show something; each is read, whichever comes last."""

    def shown() -> bool:
        for screen in screens:
            screen.read(0.02)
        return all(word in screen.text() for screen in screens for word in words)

    screens[0].until(shown)


def decisions(home: Path) -> list[tuple[str, str]]:
    connection = sqlite3.connect(home / "fink-tui" / "data" / "store.sqlite3")
    rows = connection.execute(
        "SELECT alert_id, kind FROM decision JOIN alert ON alert.id = decision.alert ORDER BY decision.id"
    ).fetchall()
    connection.close()
    return rows


def sees_saved(screen: PtyTerminal, count: int) -> None:
    """Wait until so many rows of the list have the mark of what is saved."""
    screen.until(lambda: sum(line.startswith(("s ", "s>")) for line in screen.text().splitlines()) == count)


def goes_to(screen: PtyTerminal, keys: str, name: str) -> None:
    """Type, and wait until the cursor is on an object."""
    screen.send(keys)
    screen.until(lambda: any(name in line for line in screen.text().splitlines() if line[1:2] == ">"))


def test_a_service_receives_two_screens_decide_and_one_takes_over(
    kafka: KafkaBroker, kafka_topic: TopicFactory, tmp_path: Path, demo_alerts: list[DemoAlert]
) -> None:
    assert 2 * LOOK_SECONDS <= 1  # within a second: what was just missed is seen at the next look
    topic = kafka_topic()
    some = [alert for alert in demo_alerts if alert.survey == "ztf"]
    folder = tmp_path / "fink-tui" / "config"
    folder.mkdir(parents=True)
    (folder / "config.yml").write_text(f"save_dir: {tmp_path / 'saved'}\n")
    produce(kafka, topic, some[:3])
    with service(tmp_path, *arguments(kafka, topic)) as ingest:
        wait_for(lambda: len(stored(tmp_path)) == 3, "the first alerts")
        call = live(kafka, topic)
        with terminal(tmp_path, *call) as first, terminal(tmp_path, *call) as second:
            both = [first, second]
            see(both, "ZTF connected", "3 kept", f"fink-tui ingest (process {ingest.pid}) receives")

            produce(kafka, topic, some[3:5])  # the service receives: both see it
            see(both, "5 kept", some[3].object_id[-8:], some[4].object_id[-8:])

            goes_to(first, "g", in_list(tmp_path, 0))  # one decides: the other sees it
            first.send("s")
            for screen in both:
                sees_saved(screen, 1)
            assert [kind for _, kind in decisions(tmp_path)] == ["saved"]

            goes_to(first, "j", in_list(tmp_path, 1))  # both decide on the same alert at once
            goes_to(second, "gj", in_list(tmp_path, 1))
            first.send("s")
            second.send("s")
            see(both, "Saved:")
            wait_for(lambda: len(decisions(tmp_path)) == 3, "both decisions in the log")
            assert decisions(tmp_path)[1] == decisions(tmp_path)[2]
            for screen in both:
                sees_saved(screen, 2)

            ingest.send_signal(signal.SIGKILL)  # the receiver dies: one of them receives, the other says which
            produce(kafka, topic, some[5:7])
            names = {screen: f"fink-tui (process {screen.pid}) receives" for screen in both}
            see(both, "7 kept", "ZTF connected")
            taker, other = both if names[first] in second.text() else reversed(both)
            sees(other, names[taker], "ZTF connected")
            assert "takes over" not in taker.text()
            taker.send("q")
            assert taker.wait() == 0
            is_as_before(taker)
            sees(other, "this screen receives now", "ZTF connected")
            other.send("q")
            assert other.wait() == 0
    assert sorted(stored(tmp_path)) == sorted(alert.alert_id for alert in some[:7])
    for alert_id, _ in decisions(tmp_path):
        alert = next(one for one in some if one.alert_id == alert_id)
        path = tmp_path / "saved" / f"{alert.object_id}_{alert.alert_id}.avro"
        assert path.read_bytes() == container(alert.key, alert.value)


def in_list(home: Path, index: int) -> str:
    """The object in a row of the list."""
    connection = sqlite3.connect(home / "fink-tui" / "data" / "store.sqlite3")
    (name,) = connection.execute("SELECT object_id FROM alert ORDER BY id LIMIT 1 OFFSET ?", (index,)).fetchone()
    connection.close()
    return str(name)[-8:]


def test_a_second_ingest_says_who_receives_and_what_to_do(tmp_path: Path) -> None:
    call = ["ingest", "--survey", "ztf", "--servers", "127.0.0.1:9", "--group", "g", "--topic", "t"]
    with Store(tmp_path / "fink-tui" / "data") as store:
        assert store.receiving.acquire("fink-tui")
        done = run(tmp_path, *call)
        assert done.returncode == 1
        assert f"Another process receives for this store: fink-tui (process {os.getpid()} on" in done.stderr
        assert "End it first, or give --wait" in done.stderr
        done = run(tmp_path, *call, "--wait", "--timeout", "0.5")
        assert done.returncode == 1
        assert "It did not end within 0.5 s." in done.stderr
        store.receiving.release()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_service_that_waits_ends_when_told(tmp_path: Path, number: signal.Signals) -> None:
    call = ["ingest", "--wait", "--survey", "ztf", "--servers", "127.0.0.1:9", "--group", "g", "--topic", "t"]
    with Store(tmp_path / "fink-tui" / "data") as store:
        assert store.receiving.acquire("fink-tui")
        with service(tmp_path, *call) as process:
            words = words_of(process)
            wait_for(lambda: "Waiting until it ends." in "".join(words), "its waiting")
            process.send_signal(number)
            assert process.wait(30) == 0
        store.receiving.release()


def test_a_service_that_waits_goes_on_when_the_other_dies(
    kafka: KafkaBroker, kafka_topic: TopicFactory, tmp_path: Path, demo_alerts: list[DemoAlert]
) -> None:
    topic = kafka_topic()
    with service(tmp_path, *arguments(kafka, topic)) as first:
        wait_for(lambda: (tmp_path / "fink-tui" / "data" / "receiving.json").exists(), "its receiving")
        with service(tmp_path, *arguments(kafka, topic, "--wait", "--limit", "5")) as second:
            words = words_of(second)
            wait_for(lambda: f"process {first.pid} on" in "".join(words), "its waiting")
            first.kill()
            produce(kafka, topic, demo_alerts[:5])
            assert second.wait(60) == 0
    assert sorted(stored(tmp_path)) == sorted(alert.alert_id for alert in demo_alerts[:5])
