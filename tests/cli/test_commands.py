"""The commands that need no network: help, export, info, register, view."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
import yaml
from click.testing import CliRunner

from fink_tui.alerts.decode import Decoded, decode
from fink_tui.alerts.packet import Packet
from fink_tui.alerts.schema import SchemaBook
from fink_tui.cli.ingest import brightness
from fink_tui.cli.main import main
from fink_tui.connection import Wanted
from fink_tui.sky.night import unix_to_mjd
from fink_tui.store import decisions
from fink_tui.store.inbox import Source
from fink_tui.store.pages import EXPORTED
from fink_tui.store.store import Store
from fink_tui.stream.demo import DemoAlert
from tests.running import environment, run
from tests.store.asking import answered, searched
from tests.store.making import receive

HEAVY = ("textual", "confluent_kafka", "polars", "fastavro", "plotext", "httpx")


@pytest.mark.parametrize(
    "option",
    [
        "--help",
        "--version",
        "ingest --help",
        "export --help",
        "register --help",
        "replay --help",
        "send --help",
        "doctor --help",
        "search --help",
        "search cone --help",
        "search ssoft --help",
    ],
)
def test_help_loads_nothing_that_takes_time(option: str, tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from fink_tui.cli.main import main\n"
        "try: main(sys.argv[1:])\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        f"print('loaded:', [name for name in {HEAVY!r} if name in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *option.split()],
        capture_output=True,
        text=True,
        check=True,
        env=environment(tmp_path),
    )
    assert done.stdout.splitlines()[-1] == "loaded: []"


def test_without_a_connection_it_says_what_to_do(tmp_path: Path) -> None:
    done = run(tmp_path, "ingest")
    assert done.returncode == 1
    assert "--demo" in done.stderr
    assert "register" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "call", [["--servers", "h:1"], ["--group", "g"], ["--from", "2h"], ["--from", "2999-01-01"], ["--limit", "0"]]
)
def test_wrong_calls_exit_with_2(call: list[str], tmp_path: Path) -> None:
    assert run(tmp_path, "ingest", *call).returncode == 2


@pytest.mark.parametrize("call", [["--from", "-2h"], ["--from=-2h"], ["ingest", "--from", "-2h"]])
def test_a_time_back_from_now_is_no_option(call: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[Wanted] = []
    monkeypatch.setattr("fink_tui.cli.live.live", lambda wanted, *_: found.append(wanted))
    monkeypatch.setattr("fink_tui.cli.ingest.run", lambda wanted, *_: found.append(wanted))
    assert CliRunner().invoke(main, call).exit_code == 0
    (start,) = [wanted.start for wanted in found]
    assert isinstance(start, datetime)
    assert timedelta(0) <= datetime.now(UTC) - timedelta(hours=2) - start < timedelta(hours=1)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ([], "Name files or folders, or since when Kafka's: --from -2h"),
        (["--survey", "ztf"], "--from -2h"),
        (["--from", "committed"], "not at committed"),
        (["--from", "latest"], "not at latest"),
        (["--from", "-2h", "."], "not both"),
        ([".", "--topic", "fink_a_ztf"], "not both"),
        ([".", "--rehearse", "--no-screen"], "--rehearse is for the screen"),
        ([".", "--speed", "0"], "--speed"),
        (["--from", "2h"], "none of: committed"),
    ],
)
def test_replays_that_make_no_sense(call: list[str], words: str) -> None:
    found = CliRunner().invoke(main, ["replay", *call])
    assert (found.exit_code, words in found.output) == (2, True), found.output


def test_a_replay_of_files_without_a_screen(filled: Path, demo_alerts: list[DemoAlert], tmp_path: Path) -> None:
    """What the store has lost comes back; what it knows stays."""
    home = tmp_path / "another"
    home.mkdir()
    packets = str(filled / "fink-tui" / "data" / "packets")
    for words in ("Replayed: 40 new, 0 known already.", "Replayed: 0 new, 40 known already"):
        done = run(home, "replay", "--no-screen", packets)
        assert (done.returncode, done.stdout) == (0, "")
        assert words in done.stderr
        assert done.stderr.count("Replayed") == 1
    rows = [json.loads(line) for line in run(home, "export", "--columns", "alert_id,obs_mjd").stdout.splitlines()]
    assert rows == sorted(rows, key=lambda row: float(row["obs_mjd"]))
    assert {row["alert_id"] for row in rows} == {alert.alert_id for alert in demo_alerts}


def test_a_replay_beside_another_that_receives(filled: Path) -> None:
    with Store(filled / "fink-tui" / "data") as store:
        assert store.receiving.acquire("a test")
        done = run(filled, "replay", "--no-screen", str(filled))
    assert done.returncode == 1
    assert "Another process receives for this store: a test" in done.stderr
    assert "--rehearse" in done.stderr


def test_a_replay_of_nothing(tmp_path: Path) -> None:
    assert "No Avro files" in (done := run(tmp_path, "replay", "--no-screen", str(tmp_path))).stderr
    assert done.returncode == 1
    (tmp_path / "a.avro").write_bytes(b"nonsense")
    assert "a.avro: not an Avro file" in (done := run(tmp_path, "replay", "--no-screen", str(tmp_path))).stderr
    assert done.returncode == 1


@pytest.mark.parametrize(
    "call", [["--demo", "ingest"], ["--topic", "fink_a_ztf", "info"], ["--from", "latest", "ingest"]]
)
def test_options_before_a_command_are_refused(call: list[str], tmp_path: Path) -> None:
    done = run(tmp_path, *call)
    assert done.returncode == 2
    assert "Options go after the command" in done.stderr


def test_the_log_is_in_utc_wherever_the_machine_is(tmp_path: Path) -> None:
    call = ("--survey", "ztf", "--servers", "127.0.0.1:9", "--group", "g", "--topic", "t", "--timeout", "0.5")
    run(tmp_path, "ingest", *call, variables={"TZ": "<-04>4"})
    line = (tmp_path / "fink-tui" / "logs" / "fink-tui.log").read_text().splitlines()[0]
    moment, _, _ = line.partition(" UTC ")
    logged = datetime.strptime(f"{moment} +0000", "%Y-%m-%d %H:%M:%S,%f %z")
    assert abs(datetime.now(UTC) - logged) < timedelta(hours=1)


def test_a_schema_file_that_is_none_is_named(tmp_path: Path) -> None:
    path = tmp_path / "schema.avsc"
    path.write_text("{}")
    call = ["--survey", "ztf", "--servers", "127.0.0.1:9", "--group", "g", "--topic", "t", "--schema", str(path)]
    done = run(tmp_path, "ingest", *call)
    assert done.returncode == 1
    assert f"The schema file {path} is no schema of alerts." in done.stderr


@pytest.mark.parametrize("call", [[], ["--demo"], ["view", "."]])
def test_a_screen_needs_a_terminal(call: list[str], tmp_path: Path) -> None:
    account = ["--survey", "ztf", "--servers", "h:1", "--group", "g", "--topic", "t"] if not call else []
    done = run(tmp_path, *call, *account)
    assert done.returncode == 1
    assert "needs a terminal" in done.stderr


@pytest.fixture
def filled(tmp_path: Path, demo_alerts: list[DemoAlert]) -> Path:
    """A home whose store holds the demo's alerts."""
    with Store(tmp_path / "fink-tui" / "data") as store:
        inbox = store.inbox()
        packets = [Packet("fink_a,b".split(",")[0], 0, n, one.key, one.value) for n, one in enumerate(demo_alerts)]
        inbox.receive(decode(packets, SchemaBook()), Source("c", "g"), [], time.time())
        inbox.close()
    return tmp_path


def test_export_of_everything_as_json_lines(filled: Path, demo_alerts: list[DemoAlert]) -> None:
    done = run(filled, "export")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["alert_id"] for row in rows] == [alert.alert_id for alert in demo_alerts]
    assert tuple(rows[0]) == EXPORTED
    assert rows[0]["topics"] == ["fink_a"]
    promised = (
        "survey topics alert_id object_id label label_reason ra dec obs_mjd band mag mag_err real_bogus n_detections "
        "arrived_at"
    )
    assert set(promised.split()) <= set(rows[0])


def test_export_of_some_columns_as_csv(filled: Path, demo_alerts: list[DemoAlert]) -> None:
    done = run(filled, "export", "--format", "csv", "--columns", "object_id,alert_id,mag")
    rows = list(csv.reader(done.stdout.splitlines()))
    assert rows[0] == ["object_id", "alert_id", "mag"]
    assert [row[:2] for row in rows[1:]] == [[alert.object_id, alert.alert_id] for alert in demo_alerts]


def test_export_of_a_night(filled: Path) -> None:
    def nights(*options: str) -> list[dict[str, int]]:
        return [json.loads(line) for line in run(filled, "export", "--columns", "night", *options).stdout.splitlines()]

    everything = nights()
    night = everything[0]["night"]
    some = nights("--night", str(night))
    assert some == [{"night": night}] * sum(row["night"] == night for row in everything)
    assert run(filled, "export", "--night", "19990101").stdout == ""


def test_export_of_a_column_that_is_not_there(filled: Path) -> None:
    done = run(filled, "export", "--columns", "objectId")
    assert done.returncode == 2
    assert "object_id" in done.stderr


def test_export_of_a_night_that_is_no_date(filled: Path) -> None:
    assert run(filled, "export", "--night", "2026-13-45").returncode == 2


def test_a_line_says_what_is_fainter_than_the_template(demo_alerts: list[DemoAlert]) -> None:
    row = cast(Decoded, decode([Packet("t", 0, 0, demo_alerts[0].key, demo_alerts[0].value)], SchemaBook())[0]).row
    assert brightness(row._replace(mag=18.5, mag_err=0.1, band="r", is_positive=True)) == "18.50±0.10 r"
    assert brightness(row._replace(mag=18.5, mag_err=0.1, band="r", is_positive=False)) == "18.50±0.10 r-"
    assert brightness(row._replace(mag=None, flux=-812.4, band="i", is_positive=False)) == "-812 nJy i"
    assert brightness(row._replace(mag=None, flux=None, band=None)) == "- ?"


def test_export_before_anything_came(tmp_path: Path) -> None:
    done = run(tmp_path, "export")
    assert done.returncode == 1
    assert "Nothing has been received yet" in done.stderr


def test_info_names_versions_and_files(tmp_path: Path) -> None:
    done = run(tmp_path, "info")
    assert done.returncode == 0
    for word in ("fink-tui", "confluent-kafka", "database", str(tmp_path / "fink-tui" / "data" / "store.sqlite3")):
        assert word in done.stdout
    assert not (tmp_path / "fink-tui").exists()


def test_info_tells_what_is_kept_of_finks_answers(tmp_path: Path, demo_alerts: list[DemoAlert]) -> None:
    some = [alert for alert in demo_alerts if alert.survey == "ztf"][:5]
    with Store(tmp_path / "fink-tui" / "data") as store:
        answered(store.answers(), "a question", b"[]" + b" " * 2_000_000)
        searched(store.answers(), some)
        inbox = store.inbox()
        receive(inbox, some[:2])
        inbox.close()
    told = run(tmp_path, "info").stdout
    assert "answers: 2.0 MB of 1 GB (cache_gb)" in told
    assert "rows of 2 alerts that arrived, and of 3 that only searches found; all stay" in told


def test_info_names_the_sites_and_what_they_reach(tmp_path: Path) -> None:
    assert "sites            none" in run(tmp_path, "info").stdout
    folder = tmp_path / "fink-tui" / "config"
    folder.mkdir(parents=True)
    (folder / "config.yml").write_text(
        "sites: [{name: lasilla}, {name: roof, longitude: 7, latitude: 44, limits: {max_dec: 70, max_hour_angle: 4}}]\n"
    )
    said = run(tmp_path, "info").stdout
    assert "La Silla: 70.733 W 29.257 S 2375 m; altitude from 30 deg, Moon 20 deg away" in said
    roof = "roof: 7.000 E 44.000 N 0 m; altitude from 30 deg, declination -90 to +70 deg, hour angle to 4 h, Moon"
    assert roof in said
    (folder / "config.yml").write_text("site:\n  name: Palomer\n")
    assert "line 2: the observatory Palomer is not known. Did you mean Palomar?" in run(tmp_path, "info").stdout


def test_register_writes_fink_clients_file(tmp_path: Path) -> None:
    account = ["register", "--survey", "ztf", "--username", "ada", "--group-id", "ada_g", "--servers", "host:24499"]
    done = run(tmp_path, *account, "--topic", "fink_sn_candidates_ztf")
    assert done.returncode == 0, done.stderr
    path = tmp_path / ".finkclient" / "ztf_credentials.yml"
    assert path.stat().st_mode & 0o777 == 0o600
    content = yaml.safe_load(path.read_text())
    assert (content["survey"], content["username"], content["groupid"]) == ("ztf", "ada", "ada_g")
    assert (content["servers"], list(content["topics"])) == ("host:24499", ["fink_sn_candidates_ztf"])
    again = run(tmp_path, *account)
    assert again.returncode == 1
    assert "--overwrite" in again.stderr
    assert run(tmp_path, *account, "--overwrite").returncode == 0
    assert list(yaml.safe_load(path.read_text())["topics"]) == ["fink_sn_candidates_ztf"]


def test_a_mistake_in_the_configuration_names_file_line_and_remedy(tmp_path: Path) -> None:
    config = tmp_path / "fink-tui" / "config" / "config.yml"
    config.parent.mkdir(parents=True)
    config.write_text("save_dir: ~/alerts\nstroe: {keep_nights: 3}\n")
    done = run(tmp_path, "ingest", "--topic", "fink_a_ztf")
    assert done.returncode == 1
    assert f"{config}, line 2" in done.stderr
    assert "store" in done.stderr


def test_old_nights_go_when_receiving_begins_and_info_says_what_there_is(
    tmp_path: Path, demo_alerts: list[DemoAlert]
) -> None:
    with Store(tmp_path / "fink-tui" / "data") as store:
        for days, some in ((20, demo_alerts[:4]), (0, demo_alerts[4:6])):
            packets = [Packet("t", 0, number, alert.key, alert.value) for number, alert in enumerate(some)]
            now = time.time() - days * 86400
            made = [
                one._replace(row=one.row._replace(obs_mjd=unix_to_mjd(now)))
                for one in decode(packets, SchemaBook())
                if isinstance(one, Decoded)
            ]
            inbox = store.inbox()
            inbox.receive(made, Source("c", "g"), [], now)
            inbox.close()
        decisions.decide(store.database, 1, decisions.SAVED).result()
    (tmp_path / "fink-tui" / "config").mkdir()
    (tmp_path / "fink-tui" / "config" / "config.yml").write_text("store: {keep_gb: 0.0001}\n")
    said = run(tmp_path, "info").stdout
    assert ": 2 of 14 nights (keep_nights), and 0 B of objects with a decision, more than keep_gb (0.0001 GB)" in said
    call = ["--survey", "ztf", "--servers", "127.0.0.1:9", "--group", "g", "--topic", "t", "--timeout", "1"]
    done = run(tmp_path, "ingest", *call)
    assert "Packets of 1 old night removed (keep_nights: 14)" in done.stderr
    assert ": 4 rows and all decisions stay, and the packets of 1 alert whose objects have a decision." in done.stderr
    assert done.stderr.count("more than keep_gb (0.0001 GB); nothing is removed for that") == 1
    said = run(tmp_path, "info").stdout
    assert ": 1 of 14 nights (keep_nights), and " in said
    assert " free on that disk; receiving pauses below " in said
    assert len(run(tmp_path, "export").stdout.splitlines()) == 6
    assert "old night" not in run(tmp_path, "ingest", *call).stderr
