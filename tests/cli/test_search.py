"""`fink-tui search` against the stand-in for Fink's API: what is on stdout, what on stderr, and how it ends."""

from __future__ import annotations

import csv
import errno
import io
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, TextIO

import pytest
from click.testing import CliRunner

from fink_tui.cli import search_ending
from fink_tui.cli.formats import FORMATS
from fink_tui.cli.main import main
from fink_tui.cli.search_commands import commands
from fink_tui.search.api.endpoints import ENDPOINTS
from fink_tui.search.api.names import FINK_CLASSES, TAGS
from fink_tui.search.http.client import Client
from fink_tui.store.pages import EXPORTED
from fink_tui.stream.demo import DemoAlert
from tests.cli.sending import configure, keep
from tests.fink_api import Fault, FinkApi, sky
from tests.fink_api.faults import HTML_500
from tests.fink_api.reply import Reply
from tests.running import command, environment, run


class Ended(NamedTuple):
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.out)
        return found


Search = Callable[..., Ended]


@pytest.fixture
def search(
    tmp_path: Path, fink_api: FinkApi, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Search:
    """Runs the command in this process, with a home of its own that asks the stand-in."""
    configure(tmp_path, fink_api.config)
    monkeypatch.setenv("FINK_TUI_HOME", str(tmp_path / "fink-tui"))
    monkeypatch.chdir(tmp_path)
    defaults = Client.__init__.__kwdefaults__
    assert defaults is not None
    monkeypatch.setitem(defaults, "pauses", (0, 0, 0))

    def search(*words: str, typed: str | None = None) -> Ended:
        capfd.readouterr()
        done = CliRunner().invoke(main, ["search", *words], input=typed)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return Ended(done.exit_code, done.stdout, done.stderr + capfd.readouterr().err)

    return search


@pytest.fixture
def ztf_object() -> str:
    return next(one.object_id for one in reversed(sky.ztf(sky.NIGHT)) if "zz" not in one.object_id)


def test_an_object_as_json(search: Search, ztf_object: str) -> None:
    done = search(ztf_object, "--format", "json")
    assert done.status == 0, done.err
    assert {row["object_id"] for row in done.rows} == {ztf_object}
    first = done.rows[0]
    assert [name for name in first if name in EXPORTED] == list(EXPORTED)
    assert isinstance(first["alert_id"], str)
    assert first["source"] == "fink"
    assert first["fetched_at"].endswith("Z")
    assert "separation" not in first
    assert (first["arrived_at"], first["n_history"], first["n_limits"]) == (None, None, None), "there is no packet"
    assert "asked just now" in done.err
    assert "filled the morning after" in done.err


def test_a_cone_does_not_say_that_each_was_detected_once(search: Search) -> None:
    place = tuple(map(str, sky.ZTF_CROWD))
    done = search("cone", *place, "--radius", "2", "--survey", "ztf", "--format", "json")
    assert done.status == 0, done.err
    assert {row["n_detections"] for row in done.rows} == {None}
    done = search("cone", *place, "--radius", "2", "--survey", "ztf", "--trend", "rising", "--format", "json")
    assert (done.status, done.rows) == (0, [])
    assert "1 found, 0 fit. Incomplete. This answer does not tell what rises or fades" in done.err
    done = search(f"{place[0]} {place[1]} r=2 survey=ztf after=61363.2", "--format", "json")
    assert len(done.rows) == 1
    assert "1 of the alerts only earlier answers told of: fetched_at says when." in done.err


def test_a_kind_and_a_line_find_the_same(search: Search) -> None:
    line = search("class=SN candidate last=3", "--format", "json")
    kind = search("class", "SN candidate", "--last", "3", "--format", "json")
    assert line.rows == kind.rows
    assert len(line.rows) == 3
    assert "there may be more" in line.err
    assert "asked just now, kept here" in kind.err


def test_fresh_asks_again(search: Search, fink_api: FinkApi, ztf_object: str) -> None:
    search(ztf_object)
    search(ztf_object)
    assert len(fink_api.asked("objects")) == 1
    search(ztf_object, "--fresh")
    assert len(fink_api.asked("objects")) == 2


def test_a_cone_is_complete_and_says_how_far_each_is(search: Search) -> None:
    ra, dec = sky.ZTF_CROWD
    done = search("cone", str(ra), str(dec), "30", "--survey", "ztf", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(done.out)))
    separations = [float(row["separation"]) for row in rows]
    assert len(rows) > 5
    assert separations == sorted(separations)
    assert separations[-1] <= 30
    assert {row["survey"] for row in rows} == {"ztf"}


def test_a_southern_declination_is_no_option(search: Search) -> None:
    south = next(one.row for one in sky.ztf(sky.NIGHT) if float(str(one.row["i:dec"])) < -1)
    ra, dec = f"{south['i:ra']:.5f}", f"{south['i:dec']:.5f}"
    done = search("cone", ra, dec, "--radius", "0.1m", "--survey", "ztf", "--format", "json")
    assert done.status == 0, done.err
    assert done.rows
    assert search(ra, dec, "6", "--survey", "ztf", "--format", "json").rows == done.rows


def test_nothing_found_is_an_empty_result_and_no_failure(search: Search) -> None:
    assert search("lsst 200.5 +55.5 5", "--format", "json")[:2] == (0, "[]\n")
    done = search("lsst 200.5 +55.5 5", "--format", "csv", "--columns", "object_id,ra")
    assert done[:2] == (0, "object_id,ra\n")
    assert "0 alerts." in done.err
    assert search("lsst 200.5 +55.5 5")[:2] == (0, "")
    unknown = search("Nosuchname77", "--format", "json")
    assert unknown[:2] == (0, "[]\n")
    assert "Nobody knows Nosuchname77" in unknown.err


def test_where_one_survey_fails_the_other_is_written_and_the_status_says_so(
    search: Search, fink_api: FinkApi, ztf_object: str
) -> None:
    fink_api.faults.add(Fault(path="sources", reply=Reply(500, HTML_500), times=-1))
    done = search(ztf_object, "170028512402473130", "--format", "json")
    assert done.status == 1
    assert {row["object_id"] for row in done.rows} == {ztf_object}
    assert "LSST's sources: failed." in done.err


def test_nobody_there(search: Search, tmp_path: Path, ztf_object: str) -> None:
    configure(tmp_path, "search: {ztf: 'http://127.0.0.1:9', lsst: 'http://127.0.0.1:9'}\n")
    done = search(ztf_object, "--format", "json", "--survey", "ztf")
    assert done[:2] == (1, "[]\n")
    assert "failed." in done.err
    named = search("SN 2026xyz", "--format", "json")
    assert named.status == 1, "nobody could be asked what the name means"


def test_local_asks_nobody(search: Search, fink_api: FinkApi, tmp_path: Path, demo_alerts: list[DemoAlert]) -> None:
    alert = next(one for one in demo_alerts if one.topics[0].endswith("_ztf"))
    keep(tmp_path, [alert])
    done = search("--local", alert.object_id, "--format", "json")
    assert done.status == 0
    assert [(row["object_id"], row["source"], row["fetched_at"]) for row in done.rows] == [
        (alert.object_id, "stream", None)
    ]
    assert "Fink was not asked" in done.err
    assert not fink_api.requests
    assert search("--local", "classes").status == 2


def test_raw_is_what_fink_gives(search: Search, ztf_object: str) -> None:
    done = search("object", ztf_object, "--raw", "--columns", "i:objectId,i:candid,i:jd", "--format", "json")
    assert set(done.rows[0]) == {"i:objectId", "i:candid", "i:jd"}
    assert list(done.rows[0]) == ["i:objectId", "i:candid", "i:jd"]
    assert done.rows[0]["i:candid"] > 2**53
    turned = search("object", ztf_object, "--raw", "--columns", "i:jd,i:candid", "--format", "csv")
    assert turned.out.splitlines()[0] == "i:jd,i:candid"
    classes = json.loads(search("classes", "--raw", "--format", "json").out)
    assert "Fink classifiers" in classes
    assert search("M31", "--raw").status == 2
    assert search("object", ztf_object, "--raw", "--local").status == 2


def test_of_many_questions_that_went_alike_it_is_said_once(search: Search) -> None:
    done = search("date", "2026-11-20", "--format", "csv")
    assert f"ZTF's latests, {len(FINK_CLASSES)} questions: asked just now.\n" in done.err
    assert f"LSST's tags, {len(TAGS)} questions: asked just now.\n" in done.err
    assert "LSST's tags in_tns: asked just now.\n" in search("tag", "in_tns", "--fresh", "--last", "1000").err


@pytest.mark.parametrize("form", FORMATS)
def test_what_the_server_put_there_is_not_obeyed(search: Search, fink_api: FinkApi, ztf_object: str, form: str) -> None:
    fink_api.faults.text = {"d:cdsxmatch": "\x1b]0;owned\x07\u202eQSO", "i:objectId": ztf_object}
    for more in ((), ("--raw",)):
        done = search(ztf_object, "--fresh", "--format", form, *more)
        assert done.status == 0, done.err
        assert not {"\x1b", "\x07", "\u202e"} & set(done.out + done.err)


@pytest.mark.parametrize("body", [b"[" * 90_000 + b"]" * 90_000, b'[{"i:objectId":"\xff\xfe"}]'])
def test_raw_nonsense_is_told(search: Search, fink_api: FinkApi, ztf_object: str, body: bytes) -> None:
    fink_api.faults.body(body)
    found = search("object", ztf_object, "--raw", "--survey", "ztf")
    assert found.status == 1
    assert "failed. " in found.err or "cannot be read" in found.err


def test_tables_and_points_and_names(search: Search) -> None:
    assert search("classes", "--format", "csv").out.splitlines()[0] == "group,name"
    stats = search("stats", "202611", "--format", "json").rows
    assert {row["survey"] for row in stats} == {"ztf", "lsst"}
    some = search("stats", "202611", "--columns", "basic:raw,basic:date")
    assert [line.split() for line in some.out.splitlines()[:1]] == [["basic:raw", "basic:date"]]
    assert "f:night" not in some.out
    wrong = search("stats", "202611", "--columns", "basic:rows")
    assert wrong.status == 2
    assert "no column 'basic:rows'" in wrong.err
    assert "basic:raw" in wrong.err
    assert "tag" not in search("blocks").err
    number = next(one.object_id for one in reversed(sky.lsst(sky.NIGHT)) if one.object_id.isdigit())
    points = search("fp", number, "--format", "json").rows
    assert points == [] or {row["r:diaObjectId"] for row in points} == {int(number)}
    assert search("schema", "--endpoint", "/api/v1/fp", "--format", "csv").status == 0
    name = search("resolve", "SN 2026aax", "--format", "json")
    assert name.status == 0


def test_a_file_is_written_and_nothing_overwritten(search: Search, tmp_path: Path, ztf_object: str) -> None:
    done = search("cutouts", ztf_object, "Science", "--output-format", "FITS")
    path = tmp_path / f"{ztf_object}_Science.fits"
    assert (done.status, done.out) == (0, "")
    assert path.name in done.err
    before = path.read_bytes()
    assert before
    again = search("cutouts", ztf_object, "Science", "--output-format", "FITS")
    assert again.status == 2
    assert path.read_bytes() == before
    rows = search(ztf_object, "--format", "csv", "--columns", "object_id", "--output", "rows.csv")
    assert (rows.status, rows.out) == (0, "")
    assert (tmp_path / "rows.csv").read_text().startswith(f"object_id\n{ztf_object}\n")
    assert search("stats", "202611", "--output", "stats.txt").status == 0
    assert {"ztf", "lsst"} <= set((tmp_path / "stats.txt").read_text().split())


def test_of_a_file_that_finds_no_room_nothing_is_left(
    search: Search, tmp_path: Path, ztf_object: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(form: str, columns: object, rows: object, to: TextIO, width: int | None) -> int:
        to.write("object_id\n")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(search_ending, "write", write)
    done = search(ztf_object, "--format", "csv", "--output", "rows.csv")
    assert done.status == 1
    assert "rows.csv cannot be written: No space left on device." in done.err
    assert not (tmp_path / "rows.csv").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("clas=QSO", "class="),
        ("class QSOO", "QSO"),
        ("ZTF18abc", "too short"),
        ("latests --class QSO --startdate 2999-01-01", "future"),
        ("conesearch 10 10 99999", "18000"),
        ("cone 10 10 --fromat csv", "--format"),
        ("cone 10 10 --columns nonsense", "no column"),
        ("statistics --date 2026-13", "no night"),
        ("tags --tag in_simbad", "live stream only"),
        ("gw", "does not say what to search"),
        ("", "Usage"),
    ],
)
def test_wrong_use_is_told_and_nobody_asked(search: Search, fink_api: FinkApi, words: str, said: str) -> None:
    done = search(*words.split())
    assert (done.status, done.out) == (2, "")
    assert said in done.err
    assert not fink_api.requests


def test_metadata_is_written_only_after_a_clear_word(search: Search, fink_api: FinkApi, ztf_object: str) -> None:
    given = ("--objectId", ztf_object, "--internal_name", "demo", "--username", "me", "--comments", "hello")
    assert search("metadata", *given).status == 2
    refused = search("metadata", "--write", *given, typed="n\n")
    assert refused.status == 1
    assert "public database" in refused.err
    assert not fink_api.requests
    assert search("metadata", "--write", *given[:2]).status == 2
    done = search("metadata", "--write", "--yes", *given)
    assert done.status == 0, done.err
    (asked,) = fink_api.requests
    assert (asked.method, asked.arguments["comments"]) == ("POST", "hello")
    found = search("metadata", "--objectId", ztf_object, "--format", "json")
    assert fink_api.requests[-1].method == "GET"
    assert "hello" in found.out


def test_every_endpoint_and_argument_has_a_command_and_an_option() -> None:
    made = commands()
    for one in ENDPOINTS:
        known = {option for parameter in made[one.path].params for option in parameter.opts}
        for argument in one.arguments:
            by_key = one.path in ("sso", "tracklet", "anomaly") and argument.name not in ("withEphem", "withResiduals")
            assert by_key or f"--{argument.name}" in known, (one.path, argument.name)


def test_a_pipe_that_closes_ends_it_quietly(tmp_path: Path, fink_api: FinkApi) -> None:
    configure(tmp_path, fink_api.config)
    with subprocess.Popen(
        command("search", "classes", "--format", "csv"),
        env=environment(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        err = process.stderr.read().decode()
    assert process.returncode == 0, err
    assert "Traceback" not in err
    assert "Broken" not in err


def test_stdout_has_the_data_only(tmp_path: Path, fink_api: FinkApi) -> None:
    configure(tmp_path, fink_api.config)
    done = run(tmp_path, "search", "class=SN candidate last=2", "--format", "json")
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)) == 2
    assert "\r" not in done.stderr, "progress is for terminals"
