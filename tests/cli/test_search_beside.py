"""A screen that receives and searches, a command that searches beside it, and kills: all real, on a real Kafka."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
from pathlib import Path

from fink_tui.store.answer_retention import ABANDONED_SECONDS
from fink_tui.stream.demo import DemoAlert
from tests.app.pty_terminal import PtyTerminal
from tests.cli.sending import configure
from tests.cli.test_ingest import produce
from tests.cli.test_screens import live, terminal
from tests.fink_api import FinkApi
from tests.fixtures_kafka import TopicFactory
from tests.kafka.broker import KafkaBroker
from tests.running import command, environment, run, short_lived, wait_for
from tests.store.asking import api_row, body

LINE = "class=SN candidate last=100"


def test_the_same_alerts_come_by_the_stream_and_by_searches_and_the_program_is_killed(
    kafka: KafkaBroker, kafka_topic: TopicFactory, tmp_path: Path, fink_api: FinkApi, demo_alerts: list[DemoAlert]
) -> None:
    topic = kafka_topic()
    some = [alert for alert in demo_alerts if alert.survey == "ztf"][:18]
    configure(tmp_path, fink_api.config)
    answers = tmp_path / "fink-tui" / "data" / "answers"
    fink_api.faults.body(body([api_row(alert) for alert in some]), "latests", times=2)
    produce(kafka, topic, some[:6])
    search = command("search", LINE, "--survey", "ztf", "--fresh", "--format", "csv", "--columns", "alert_id")
    first = short_lived(*live(kafka, topic))
    with PtyTerminal(first, 120, 36, environment(tmp_path) | {"LANG": "C.UTF-8"}) as screen:
        screen.until(lambda: "6 kept" in screen.text())
        beside = subprocess.Popen(
            search, env=environment(tmp_path), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
        )
        screen.send("2")
        screen.until(lambda: "search" in screen.text().splitlines()[1])
        screen.send(f"{LINE}\r")
        produce(kafka, topic, some[6:12])
        screen.until(lambda: "12 kept" in screen.text() and "18 found" in screen.text())
        found, _ = beside.communicate(timeout=60)
        assert beside.returncode == 0
        assert len(set(found.splitlines()[1:])) == 18
        fink_api.faults.body(body([api_row(alert) for alert in some[::-1]]), "latests").stall = "middle"
        screen.send("R")
        wait_for(lambda: any(path.stat().st_size for path in answers.glob("*.part")), "half of an answer")
        screen.signal(signal.SIGKILL)
        screen.status()
    produce(kafka, topic, some[12:])
    with terminal(tmp_path, *live(kafka, topic)) as screen:
        screen.until(lambda: "18 kept" in screen.text())
        screen.send("q")
        screen.status()
    (half,) = answers.glob("*.part")
    old = half.stat().st_mtime - ABANDONED_SECONDS - 9
    os.utime(half, (old, old))
    fink_api.faults.clear()
    assert run(tmp_path, "search", "class=Mira last=2", "--survey", "ztf").returncode == 0
    assert not list(answers.glob("*.part"))
    connection = sqlite3.connect(answers.parent / "store.sqlite3")
    try:
        rows = connection.execute("SELECT arrival, alert_id FROM alert WHERE arrival IS NOT NULL ORDER BY arrival")
        arrived = rows.fetchall()
        assert [arrival for arrival, _ in arrived] == list(range(1, 19))
        assert {alert_id for _, alert_id in arrived} == {alert.alert_id for alert in some}
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    finally:
        connection.close()
