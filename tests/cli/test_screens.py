"""The commands with a screen, in a pseudo-terminal: the demo, the view of files, the live screen on a real Kafka."""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import fastavro
import pytest

from fink_tui.alerts.decode import decode
from fink_tui.alerts.packet import Packet, container
from fink_tui.alerts.schema import SchemaBook
from fink_tui.store.inbox import Source
from fink_tui.store.pages import Totals
from fink_tui.store.store import Store
from fink_tui.stream.demo import DemoAlert
from tests.app.pty_terminal import PtyTerminal
from tests.fixtures_kafka import TopicFactory
from tests.kafka.broker import KafkaBroker
from tests.running import command, environment

NATIVE = (b"rdkafka", b"%3|", b"%4|", b"%6|", b"panicked")
"""What librdkafka and polars print on descriptor 2."""


def terminal(home: Path, *arguments: str, columns: int = 120, rows: int = 36, **extra: str) -> PtyTerminal:
    return PtyTerminal(command(*arguments), columns, rows, environment(home) | {"LANG": "C.UTF-8"} | extra)


def sees(screen: PtyTerminal, *words: str) -> None:
    screen.until(lambda: all(word in screen.text() for word in words))


def leaves(screen: PtyTerminal) -> None:
    """Quit; the terminal is as it was, and nothing of native libraries was ever on it."""
    screen.send("q")
    assert screen.wait() == 0
    is_as_before(screen)


def is_as_before(screen: PtyTerminal) -> None:
    assert screen.output.rindex(b"\x1b[?1049l") > screen.output.rindex(b"\x1b[?1049h")
    assert screen.output.rindex(b"\x1b[?25h") > screen.output.rindex(b"\x1b[?25l")
    assert not [word for word in NATIVE if word in screen.output]


def live(kafka: KafkaBroker, topic: str) -> list[str]:
    return ["--survey", "ztf", "--servers", kafka.bootstrap, "--group", f"g-{topic}", "--topic", topic]


def test_the_demo_needs_nothing_and_touches_nothing(tmp_path: Path) -> None:
    (tmp_path / ".finkclient").mkdir()
    (tmp_path / ".finkclient" / "ztf_credentials.yml").write_text("not: [good")
    extra = {"FINK_CREDENTIAL_URL": "127.0.0.1:9", "FINK_CREDENTIAL_GROUP_ID": "g", "FINK_TOPIC": "t"}
    with terminal(tmp_path, "--demo", **extra) as screen:
        sees(screen, "DEMO", "ZTF connected", "LSST connected", "ZTF26", "kept")
        screen.send("s")
        sees(screen, "Saved:", "DEMO")
        leaves(screen)
    assert [path.name for path in tmp_path.iterdir()] == [".finkclient"]


def test_view_shows_files_and_leaves_the_store_alone(tmp_path: Path, demo_alerts: list[DemoAlert]) -> None:
    files = tmp_path / "files"
    files.mkdir()
    for alert in demo_alerts[:6]:
        (files / f"{alert.alert_id}.avro").write_bytes(container(alert.key, alert.value))
    (files / "torn.avro").write_bytes(container(demo_alerts[6].key, demo_alerts[6].value)[:-100])
    with terminal(tmp_path, "view", str(files)) as screen:
        sees(screen, "VIEW", "6 kept", "torn.avro", *(alert.object_id[-8:] for alert in demo_alerts[:6]))
        leaves(screen)
    assert [path.name for path in tmp_path.iterdir()] == ["files"]


def test_the_screen_looks_through_the_telescopes_of_the_configuration(
    tmp_path: Path, demo_alerts: list[DemoAlert]
) -> None:
    (tmp_path / "one.avro").write_bytes(container(demo_alerts[0].key, demo_alerts[0].value))
    folder = tmp_path / "fink-tui" / "config"
    folder.mkdir(parents=True)
    (folder / "config.yml").write_text("site: {name: mount palomar}\nsites: [{name: rubin}]\n")
    with terminal(tmp_path, "view", str(tmp_path / "one.avro")) as screen:
        sees(screen, "1 kept")
        screen.send("v")
        sees(screen, "Palomar: ", "Sun sets")
        screen.send("S")
        sees(screen, "Rubin: ", "Sun sets")
        leaves(screen)


def test_a_search_without_a_line_is_the_screen_and_needs_no_account(
    tmp_path: Path, demo_alerts: list[DemoAlert]
) -> None:
    alert = next(one for one in demo_alerts if one.object_id.startswith("ZTF"))
    with Store(tmp_path / "fink-tui" / "data") as store, closing(store.inbox()) as inbox:
        packets = [Packet(alert.topics[0], 0, 0, alert.key, alert.value)]
        inbox.receive(decode(packets, SchemaBook()), Source("c", "g"), [], time.time())
    folder = tmp_path / "fink-tui" / "config"
    folder.mkdir(parents=True)
    (folder / "config.yml").write_text("search: {ztf: 'http://127.0.0.1:9', lsst: 'http://127.0.0.1:9'}\n")
    with terminal(tmp_path, "search") as screen:
        sees(screen, "not receiving", "what was searched before")
        screen.send(f"{alert.object_id}\r")
        sees(screen, "ZTF: failed", "here: 1", "cannot be reached")
        leaves(screen)


def test_view_of_what_is_no_alert(tmp_path: Path) -> None:
    (tmp_path / "nonsense.avro").write_bytes(b"nonsense")
    with terminal(tmp_path, "view", str(tmp_path / "nonsense.avro")) as screen:
        assert screen.wait() == 1
        assert "not an Avro file" in screen.text().replace("\n", "")


def test_a_rehearsal_lets_alerts_come_again_beside_a_store_in_use(tmp_path: Path, demo_alerts: list[DemoAlert]) -> None:
    files = tmp_path / "files"
    files.mkdir()
    for alert in demo_alerts[:6]:
        (files / f"{alert.alert_id}.avro").write_bytes(container(alert.key, alert.value))
    with Store(tmp_path / "fink-tui" / "data") as store:
        assert store.receiving.acquire("a test")
        with terminal(tmp_path, "replay", str(files)) as screen:
            assert screen.wait() == 1
            assert "Another process receives for this store: a test" in screen.text()
        with terminal(tmp_path, "replay", "--rehearse", "--speed", "0.001", str(files)) as screen:
            sees(screen, "REHEARSAL", "FILES replaying", "lag", demo_alerts[0].object_id[-8:])
            screen.send("\x03")  # Ctrl+C, while it waits for the next
            assert screen.wait() == 0
            is_as_before(screen)
        assert Totals(store.database).alerts == 0
        store.receiving.release()
    with terminal(tmp_path, "replay", str(files)) as screen:
        sees(screen, "REPLAY", "FILES stopped", "Replayed: 6 new, 0 known already.", demo_alerts[0].object_id[-8:])
        leaves(screen)


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (160, 45)])
def test_from_kafka_to_the_screen_to_the_disk(
    columns: int,
    rows: int,
    kafka: KafkaBroker,
    kafka_topic: TopicFactory,
    tmp_path: Path,
    demo_alerts: list[DemoAlert],
) -> None:
    topic = kafka_topic()
    (alert,) = [one for one in demo_alerts if one.survey == "ztf" and "SN" in one.expected_class][:1]
    kafka.produce(topic, [(alert.key, alert.value)])
    folder = tmp_path / "fink-tui" / "config"
    folder.mkdir(parents=True)
    (folder / "config.yml").write_text(f"save_dir: {tmp_path / 'saved'}\n")
    with terminal(tmp_path, *live(kafka, topic), columns=columns, rows=rows) as screen:
        sees(screen, alert.object_id, alert.expected_class, "●")
        screen.send("s")
        sees(screen, "Saved:")
        screen.send("\r" if rows == 45 else "\r\t")  # where there is no room for both, the view goes first
        sees(screen, "schemavsn", "candid ")
        leaves(screen)
    path = tmp_path / "saved" / f"{alert.object_id}_{alert.alert_id}.avro"
    assert path.read_bytes() == container(alert.key, alert.value)
    with path.open("rb") as file:
        assert next(iter(fastavro.reader(file)))["objectId"] == alert.object_id  # type: ignore[index, call-overload]
    connection = sqlite3.connect(tmp_path / "fink-tui" / "data" / "store.sqlite3")
    assert connection.execute("SELECT kind, detail FROM decision").fetchall() == [("saved", str(path))]
    connection.close()


def test_without_a_broker_it_says_so_and_quits(tmp_path: Path) -> None:
    call = ["--survey", "ztf", "--servers", "127.0.0.1:9", "--group", "g", "--topic", "t"]
    with terminal(tmp_path, *call) as screen:
        sees(screen, "ZTF away", "The broker 127.0.0.1:9 does not answer")
        leaves(screen)


def test_it_quits_beside_a_broker_that_hangs(
    kafka: KafkaBroker, kafka_topic: TopicFactory, tmp_path: Path, demo_alerts: list[DemoAlert]
) -> None:
    topic = kafka_topic()
    kafka.produce(topic, [(demo_alerts[0].key, demo_alerts[0].value)])
    with terminal(tmp_path, *live(kafka, topic)) as screen:
        sees(screen, demo_alerts[0].object_id)
        kafka.suspend()
        try:
            leaves(screen)
        finally:
            kafka.resume()


def test_the_first_start_asks_for_the_group_once(tmp_path: Path) -> None:
    (tmp_path / ".finkclient").mkdir(mode=0o700)
    account = tmp_path / ".finkclient" / "ztf_credentials.yml"
    lines = ["survey: ztf", "username: ada", "groupid: ada_g", "servers: 127.0.0.1:9", "maxtimeout: 5"]
    account.write_text("\n".join([*lines, "topics: {fink_sn_candidates_ztf: {}}", ""]))
    account.chmod(0o600)
    with terminal(tmp_path) as screen:
        sees(screen, "which group?", "ada_g_fink-tui")
        screen.send("1\r")
        sees(screen, "ZTF away")
        leaves(screen)
    assert "ada_g_fink-tui" in (tmp_path / "fink-tui" / "config" / "groups.yml").read_text()
    with terminal(tmp_path) as screen:
        sees(screen, "ZTF away")
        assert "which group" not in screen.text()
        leaves(screen)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_neither_a_raw_terminal_nor_files(
    tmp_path: Path, demo_alerts: list[DemoAlert], number: signal.Signals
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    file = tmp_path / "alert.avro"
    file.write_bytes(container(demo_alerts[0].key, demo_alerts[0].value))
    with terminal(tmp_path, "view", str(file), TMPDIR=str(scratch)) as screen:
        before = screen.modes
        sees(screen, "VIEW", "1 kept", demo_alerts[0].object_id[-8:])
        assert screen.modes != before
        assert list(scratch.glob("fink-tui-*"))
        screen.signal(number)
        screen.signal(number)
        assert screen.wait() == 128 + number
        is_as_before(screen)
        assert screen.modes == before
    assert list(scratch.glob("fink-tui-*")) == []


def test_a_signal_before_the_screen_is_there_leaves_no_files(tmp_path: Path, demo_alerts: list[DemoAlert]) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    file = tmp_path / "alert.avro"
    file.write_bytes(container(demo_alerts[0].key, demo_alerts[0].value))
    with terminal(tmp_path, "view", str(file), TMPDIR=str(scratch)) as screen:
        screen.until(lambda: bool(list(scratch.glob("fink-tui-*"))))
        screen.signal(signal.SIGTERM)
        assert screen.wait() == 128 + signal.SIGTERM
    assert list(scratch.glob("fink-tui-*")) == []


def test_a_screen_beside_another_process_takes_over(tmp_path: Path) -> None:
    call = ["--survey", "ztf", "--servers", "127.0.0.1:9", "--group", "g", "--topic", "t"]
    with Store(tmp_path / "fink-tui" / "data") as store:
        assert store.receiving.acquire("a test")
        with terminal(tmp_path, *call, columns=160) as screen:
            sees(screen, f"a test (process {os.getpid()}) receives; this screen takes over when it ends")
            leaves(screen)
        with terminal(tmp_path, *call, columns=160) as screen:
            sees(screen, "a test")
            store.receiving.release()
            sees(screen, "ZTF away")
            screen.until(lambda: "this screen takes over" not in screen.text())
            leaves(screen)


def test_who_takes_over_passes_nothing_over(
    kafka: KafkaBroker, kafka_topic: TopicFactory, tmp_path: Path, demo_alerts: list[DemoAlert]
) -> None:
    """`--from latest` was said while another received: what comes until that one ends is not skipped."""
    topic = kafka_topic()
    with Store(tmp_path / "fink-tui" / "data") as store:
        assert store.receiving.acquire("a test")
        with terminal(tmp_path, *live(kafka, topic), "--from", "latest") as screen:
            sees(screen, "receives; this screen takes over")
            kafka.produce(topic, [(demo_alerts[0].key, demo_alerts[0].value)])
            store.receiving.release()
            sees(screen, "ZTF connected", demo_alerts[0].object_id)
            leaves(screen)


def test_the_second_screen_receives_when_the_first_has_quit(
    kafka: KafkaBroker, kafka_topic: TopicFactory, tmp_path: Path
) -> None:
    call = live(kafka, kafka_topic())
    with terminal(tmp_path, *call) as first:
        sees(first, "ZTF connected")
        with terminal(tmp_path, *call) as second:
            sees(second, f"fink-tui (process {first.pid}) receives", "ZTF connected")
            leaves(first)
            sees(second, "this screen receives now", "ZTF connected")
            second.until(lambda: "takes over" not in second.text())
            leaves(second)
