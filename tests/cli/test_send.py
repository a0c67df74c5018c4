"""`fink-tui send`: real processes, with a command of the user's as the receiver."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from fink_tui.store.inbox import forget_files
from fink_tui.store.outbox import Neighbour, Outbox
from fink_tui.store.outbox_pages import OutboxPages
from fink_tui.store.store import Store
from fink_tui.stream.demo import DemoAlert
from tests.cli.sending import answer, configure, keep, saved, taken, with_command
from tests.running import run, start, wait_for
from tests.store.asking import api_row, body


@pytest.fixture
def home(tmp_path: Path, demo_alerts: list[DemoAlert]) -> Path:
    """A home with five alerts of five objects and a command as the receiver."""
    keep(tmp_path, demo_alerts[:5])
    with_command(tmp_path)
    return tmp_path


@pytest.fixture
def names(demo_alerts: list[DemoAlert]) -> list[str]:
    return [alert.object_id for alert in demo_alerts[:5]]


def states(home: Path) -> list[str]:
    with closing(sqlite3.connect(home / "fink-tui" / "data" / "store.sqlite3")) as connection:
        return [state for (state,) in connection.execute("SELECT state FROM outbox ORDER BY id")]


def objects(done: subprocess.CompletedProcess[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_queued_then_sent_once(home: Path, names: list[str], demo_alerts: list[DemoAlert]) -> None:
    done = run(home, "send", names[0])
    assert (done.returncode, done.stdout) == (0, f"{names[0]} queued for mine\n")
    assert "goes when fink-tui or fink-tui ingest runs next" in done.stderr
    assert taken(home) == []
    assert run(home, "send", names[0]).stdout == f"{names[0]} queued for mine already\n"
    link = f"https://tom.example.org/{demo_alerts[0].alert_id}/"
    done = run(home, "send", "--wait")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{names[0]} sent to mine: ")
    assert done.stdout.endswith(f" points  {link}\n")
    again = run(home, "send", names[0], "--wait")
    assert (again.returncode, again.stdout) == (0, f"{names[0]} sent to mine already  {link}\n")
    assert [told["object_id"] for told in taken(home)] == [names[0]]
    nothing = run(home, "send", "--wait")
    assert (nothing.returncode, nothing.stdout, nothing.stderr) == (0, "", "Nothing waits.\n")


def test_of_an_object_the_newest_alert_is_sent(tmp_path: Path, demo_alerts: list[DemoAlert]) -> None:
    with_command(tmp_path)
    seen: dict[str, list[DemoAlert]] = {}
    for alert in demo_alerts:
        seen.setdefault(alert.object_id, []).append(alert)
    several = max(seen.values(), key=len)
    assert len(several) > 1
    keep(tmp_path, several[::-1])
    assert run(tmp_path, "send", several[0].object_id, "--wait").returncode == 0
    assert [told["alert_id"] for told in taken(tmp_path)] == [several[-1].alert_id]


def test_files_and_objects_and_what_is_neither(
    home: Path, names: list[str], demo_alerts: list[DemoAlert], tmp_path: Path
) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    saved(folder / "kept.avro", demo_alerts[1])
    saved(folder / "other.avro", demo_alerts[7])
    (folder / "torn.avro").write_bytes((folder / "other.avro").read_bytes()[:-9])
    done = run(home, "send", names[0], "nothing", names[2][:-1], str(folder), "gone.avro", "--wait", "--json")
    assert done.returncode == 1
    assert {(found["object_id"], found["state"]) for found in objects(done)} == {
        (name, "sent") for name in (names[0], names[1], demo_alerts[7].object_id)
    }
    words = done.stderr.splitlines()
    assert words[0] == "No alert of nothing is kept here, and there is no such file."
    assert words[1].endswith(f"Did you mean {names[2]}?")
    assert "torn.avro: it is damaged after 0 alerts" in words[2]
    assert words[3] == "There is no file gone.avro."
    told = {one["alert_id"]: one for one in taken(home)}
    assert told[demo_alerts[1].alert_id]["topics"] == [demo_alerts[1].topics[0]], "the store knew them"
    assert told[demo_alerts[7].alert_id]["topics"] == []
    with Store(home / "fink-tui" / "data") as store, closing(OutboxPages(store.database)) as pages:
        kept = {entry.alert_id: entry.alert for entry in pages.page(0)}
    assert kept[demo_alerts[1].alert_id] == 2
    assert kept[demo_alerts[7].alert_id] is None


def test_capitals_are_not_guessed_but_named(home: Path, names: list[str]) -> None:
    name = next(name for name in names if name.startswith("ZTF"))
    assert f"Did you mean {name}?" in run(home, "send", name.lower()).stderr


def test_a_dry_run_shows_what_would_be_sent_and_does_nothing(tmp_path: Path, demo_alerts: list[DemoAlert]) -> None:
    with_command(tmp_path)
    path = saved(tmp_path / "one.avro", demo_alerts[0])
    call = [
        "send",
        str(path),
        "--dry-run",
        "--history",
        "latest",
        "--list",
        "mine_{night}",
        "--group",
        "a",
        "--group",
        "b",
    ]
    done = run(tmp_path, *call)
    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout)
    assert (shown["object_id"], len(shown["points"]), shown["groups"]) == (demo_alerts[0].object_id, 1, ["a", "b"])
    assert shown["target_list"] == f"mine_{shown['night']}"
    assert taken(tmp_path) == []
    assert not (tmp_path / "fink-tui" / "data").exists()
    assert json.loads(run(tmp_path, *call, "--json").stdout) == shown
    keep(tmp_path, demo_alerts[:2])
    assert json.loads(run(tmp_path, "send", demo_alerts[1].object_id, "--dry-run").stdout)["points"]
    assert states(tmp_path) == []


def test_json_as_the_api_gives_it_is_sent(home: Path, demo_alerts: list[DemoAlert]) -> None:
    some = [next(one for one in demo_alerts[5:] if one.survey == survey) for survey in ("ztf", "lsst")]
    folder = home / "saved"
    folder.mkdir()
    for alert in some:
        (folder / f"{alert.alert_id}.json").write_bytes(body([api_row(alert), {"i:objectId": "ZTF26aaaaaaa"}]))
    (folder / "notes.json").write_text("{}")
    done = run(home, "send", str(folder), "--dry-run", "--json")
    assert {told["alert_id"] for told in objects(done)} == {alert.alert_id for alert in some}
    assert all(told["points"] for told in objects(done))
    assert done.returncode == 1
    assert done.stderr.count("row 2 is no alert") == 2
    assert "notes.json is no list of rows" in done.stderr
    done = run(home, "send", str(folder / f"{some[0].alert_id}.json"), "--wait")
    assert [told["alert_id"] for told in taken(home)] == [some[0].alert_id]
    assert "missing.json" in run(home, "send", "missing.json").stderr


def test_choices_go_with_it_and_stay(home: Path, names: list[str]) -> None:
    assert run(home, "send", names[0], "--history", "latest", "--list", "", "--group", "a").returncode == 0
    again = run(home, "send", names[0], "--history", "all", "--wait")
    assert "stay as they were chosen before" in again.stderr
    (told,) = taken(home)
    assert (len(told["points"]), told["target_list"], told["groups"]) == (1, "", ["a"])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ([], "What shall be sent?"),
        (["--dry-run"], "What shall be sent?"),
        (["a", "--dry-run", "--wait"], "nothing is to be waited for"),
        (["--wait", "--to", "mine"], "no other option goes with it"),
        (["a", "--timeout", "3"], "--timeout is for --wait"),
        (["a", "--history", "some"], "--history wants"),
        (["a", "--list", "x{nonsense}"], "--list: "),
        (["a", "--nearby", "perhaps"], "--nearby"),
        (["a", "--to", "other"], "There is no receiver other. There are: mine."),
    ],
)
def test_calls_that_make_no_sense(call: list[str], words: str, tmp_path: Path) -> None:
    with_command(tmp_path)
    done = run(tmp_path, "send", *call)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr


def test_without_a_receiver_it_says_where_to_add_one(tmp_path: Path) -> None:
    done = run(tmp_path, "send", "ZTF26aaaaaaa")
    assert done.returncode == 1
    assert f"No receiver is set up: add one to {tmp_path / 'fink-tui' / 'config' / 'config.yml'}" in done.stderr


def test_a_receiver_that_is_misdescribed_is_named_with_its_line(tmp_path: Path) -> None:
    configure(tmp_path, "receivers:\n  - {name: a, kind: comand, command: [x]}\n")
    done = run(tmp_path, "send", "ZTF26aaaaaaa")
    assert done.returncode == 1
    assert "config.yml, line 2: there is no kind of receiver named comand" in done.stderr


def test_what_the_receiver_will_not_take_fails_and_goes_when_sent_again(home: Path, names: list[str]) -> None:
    answer(home, os.EX_DATAERR, "not in our field")
    done = run(home, "send", names[0], "--wait")
    assert (done.returncode, done.stdout) == (1, f"{names[0]} queued for mine\n")
    assert f"{names[0]} was not taken by mine: " in done.stderr
    assert "not in our field. To try again, send it again." in done.stderr
    assert states(home) == ["failed"]
    (home / "answer").unlink()
    done = run(home, "send", names[0], "--wait", "--json")
    assert (done.returncode, [found["state"] for found in objects(done)]) == (0, ["sent"])


def test_what_somebody_has_to_mend_ends_the_wait_and_is_tried_anew(home: Path, names: list[str]) -> None:
    answer(home, os.EX_NOPERM, "the login is refused")
    done = run(home, "send", *names[:2], "--wait")
    assert done.returncode == 1
    assert done.stderr.count("the login is refused") == 2
    assert "It goes by itself once that is mended." in done.stderr
    assert states(home) == ["blocked", "blocked"]
    assert "the login is refused" in run(home, "send", names[0]).stderr
    assert run(home, "send", "--wait").returncode == 1
    (home / "answer").unlink()
    done = run(home, "send", "--wait")
    assert (done.returncode, done.stdout.count(" sent to mine: ")) == (0, 2)
    assert [told["object_id"] for told in taken(home)] == names[:2]


def test_while_nobody_answers_it_waits_but_no_longer_than_asked(home: Path, names: list[str]) -> None:
    answer(home, os.EX_TEMPFAIL, "nobody is there")
    done = run(home, "send", *names[:2], "--wait", "--timeout", "1.5")
    assert done.returncode == 1
    assert done.stderr.count("nobody is there. Still trying.") == 1
    assert "Not done within 1.5 s: 2 still wait. What waits goes when" in done.stderr
    assert states(home) == ["queued", "queued"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ended_by_a_signal_it_says_what_still_waits(number: signal.Signals, home: Path, names: list[str]) -> None:
    answer(home, os.EX_TEMPFAIL, "nobody is there")
    process = start(home, "send", *names[:3], "--wait")
    assert process.stderr is not None
    said = process.stderr.readline()
    assert "nobody is there" in said
    process.send_signal(number)
    _, error = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "Ended: 3 still wait. What waits goes when" in error
    assert "Traceback" not in error
    (home / "answer").unlink()
    assert run(home, "send", "--wait").returncode == 0
    assert [told["object_id"] for told in taken(home)] == names[:3]


def test_beside_another_that_sends_it_waits_for_that_one(home: Path, names: list[str]) -> None:
    (home / "hold").touch()
    first = start(home, "send", names[0], "--wait")
    wait_for(
        lambda: (home / "fink-tui" / "data" / "store.sqlite3").exists() and states(home) == ["sending"], "the first"
    )
    assert "fink-tui send --wait (process" in run(home, "send", names[1]).stderr
    second = start(home, "send", names[2], "--wait")
    assert second.stdout is not None
    assert second.stdout.readline() == f"{names[2]} queued for mine\n"
    assert second.stderr is not None
    assert "sends; waiting for it." in second.stderr.readline()
    (home / "hold").unlink()
    assert first.wait(30) == 0
    assert second.wait(30) == 0
    for process in (first, second):
        process.communicate()
    assert {told["object_id"] for told in taken(home)} >= {names[0], names[2]}
    assert run(home, "send", "--wait").returncode == 0
    assert sorted(told["object_id"] for told in taken(home)) == sorted(names[:3]), "each once"


def test_a_question_is_named_with_its_answers_and_answered(home: Path, names: list[str]) -> None:
    assert run(home, "send", names[0]).returncode == 0
    with Store(home / "fink-tui" / "data") as store:
        outbox = Outbox(store.database)
        taken_one = outbox.take("mine", 1e12)
        assert taken_one is not None
        near = [Neighbour("7", "SN 2026a", 0.8), Neighbour("9", "SN 2026b", 1.1)]
        outbox.ask(taken_one[0].id, "SN 2026a is 0.8 arcsec from it. Is it the same object?", near)
    done = run(home, "send", "--wait")
    assert (done.returncode, done.stdout) == (1, "")
    assert "Is it the same object? Give it on the screen (4), or send it again with --nearby same" in done.stderr
    again = run(home, "send", names[0], "--wait")
    assert (again.returncode, again.stdout.count("waits for mine already")) == (1, 1)
    done = run(home, "send", names[0], "--nearby", "alias", "--wait")
    assert done.returncode == 0, done.stderr
    with Store(home / "fink-tui" / "data") as store, closing(OutboxPages(store.database)) as pages:
        entry = pages.entry(1)
    assert entry is not None
    assert (entry.choices.nearby, entry.choices.nearby_target) == ("alias", "7")


def test_a_later_alert_behind_a_question_says_so(tmp_path: Path, demo_alerts: list[DemoAlert]) -> None:
    with_command(tmp_path)
    seen: dict[str, list[DemoAlert]] = {}
    for alert in demo_alerts:
        seen.setdefault(alert.object_id, []).append(alert)
    first, second = max(seen.values(), key=len)[:2]
    for number, alert in enumerate((first, second)):
        saved(tmp_path / f"{number}.avro", alert)
    assert run(tmp_path, "send", str(tmp_path / "0.avro")).returncode == 0
    with Store(tmp_path / "fink-tui" / "data") as store:
        outbox = Outbox(store.database)
        assert outbox.take("mine", 1e12) is not None
        outbox.ask(1, "Is it the same object?", [Neighbour("7", "SN 2026a", 0.8)])
    done = run(tmp_path, "send", str(tmp_path / "1.avro"), "--wait")
    assert done.returncode == 1
    assert "It waits behind an earlier alert of the object: Is it the same object?" in done.stderr
    done = run(tmp_path, "send", str(tmp_path / "1.avro"), "--nearby", "same", "--wait")
    assert done.returncode == 0, done.stderr
    assert states(tmp_path) == ["sent", "sent"]


def test_a_packet_that_was_removed_is_sent_as_far_as_it_is_known(home: Path, names: list[str]) -> None:
    with Store(home / "fink-tui" / "data") as store:
        files = [path.relative_to(store.folder / "packets").as_posix() for path in store.folder.rglob("*.avro")]
        store.database.write(lambda connection: forget_files(connection, files))
    done = run(home, "send", names[0], "--wait")
    assert done.returncode == 0
    assert "only this detection goes, without its history" in done.stderr
    assert [len(told["points"]) for told in taken(home)] == [1]


def test_a_packet_that_cannot_be_read_is_not_sent_by_halves(home: Path, names: list[str]) -> None:
    for path in (home / "fink-tui" / "data" / "packets").rglob("*.avro"):
        path.unlink()
    done = run(home, "send", names[0], "--wait")
    assert done.returncode == 1
    assert f"Not sent: {names[0]}. The packet cannot be read" in done.stderr
    assert taken(home) == []


def test_who_reads_the_lines_may_have_enough(home: Path, names: list[str]) -> None:
    process = start(home, "send", *names * 3000, "--dry-run", "--json")
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.readline()
    process.stdout.close()
    assert process.wait(60) == 1
    assert process.stderr.read() == ""
    process.stderr.close()


def test_info_says_where_alerts_go_and_what_waits(home: Path, names: list[str]) -> None:
    with_command(home, '{name: other, kind: command, command: ["true"]}')
    assert run(home, "send", *names[:2]).returncode == 0
    said = run(home, "info").stdout
    assert re.search(r"^receivers +mine \(command\), other \(command\), the first where none is named$", said, re.M)
    assert re.search(r"^outbox +2 to be sent$", said, re.M)
    answer(home, os.EX_DATAERR, "no")
    run(home, "send", "--wait")
    assert re.search(r"^outbox +0 to be sent, 2 failed$", run(home, "info").stdout, re.M)
    configure(home, "receivers: [{name: a, kind: b}]\n")
    assert "there is no kind of receiver named b" in run(home, "info").stdout


def test_a_second_receiver_gets_its_own(home: Path, names: list[str]) -> None:
    with_command(home, json.dumps({"name": "other", "kind": "command", "command": ["true"], "default": True}))
    assert run(home, "send", names[0], "--wait").stdout.startswith(f"{names[0]} queued for other\n")
    assert taken(home) == []
    assert run(home, "send", names[0], "--to", "mine", "--wait").returncode == 0
    assert len(taken(home)) == 1
