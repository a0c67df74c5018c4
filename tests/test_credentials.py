"""Fink's credentials: three generations of files, the environment, what is written, and that secrets stay secret."""

from __future__ import annotations

import copy
import dataclasses
import os
import pickle
import stat
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from fink_tui.credentials import Credentials, CredentialsError, Secret, find, find_all, problems, write
from fink_tui.yaml_file import ConfigError

NINE = """\
group_id: anna_group
maxtimeout: 5
mytopics:
- fink_sn_candidates_ztf
- fink_early_sn_candidates_ztf
password: null
servers: one.example.org:24499,two.example.org:24499
username: anna
"""
TEN = "survey: lsst\n" + NINE.replace("_ztf", "_lsst")
TWELVE = """\
groupid: anna_group
maxtimeout: 10
servers: one.example.org:24499
survey: ztf
topics:
  fink_kn_candidates_ztf:
    slack: {channel: '#kn', token: hunter2-slack}
    telegram: {channel: -100123, token: 12e10}
  fink_sso_ztf_candidates_ztf: {}
username: anna
"""
ENVIRONMENT = {
    "FINK_CREDENTIAL_URL": "env.example.org:24499",
    "FINK_CREDENTIAL_USERNAME": "tom",
    "FINK_CREDENTIAL_GROUP_ID": "tom_group",
    "FINK_TOPIC": "fink_sn_candidates_ztf",
    "FINK_MAX_POLL_NUMBER": "1e10",
    "FINK_TIMEOUT": "7",
}
NONE: Mapping[str, str] = {}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / ".finkclient").mkdir(mode=0o700)
    return tmp_path


def put(home: Path, name: str, content: str | bytes, mode: int = 0o600) -> Path:
    path = home / ".finkclient" / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    path.chmod(mode)
    return path


def failure(home: Path, content: str | bytes, name: str = "ztf_credentials.yml") -> CredentialsError:
    path = put(home, name, content)
    with pytest.raises(CredentialsError) as caught:
        find("ztf", NONE, home)
    assert str(path) in str(caught.value)
    assert caught.value.remedy
    return caught.value


def shown(error: CredentialsError) -> str:
    """All that a traceback can show of an error, below the frames of these tests: even the values of variables."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next
    text = "".join(traceback.TracebackException(type(error), error, trace, capture_locals=True).format())
    assert "survey = " in text
    return text + repr(error.__cause__) + repr(error.__context__)


# --- three generations


def test_nothing_there(tmp_path: Path) -> None:
    assert find("ztf", NONE, tmp_path) is None
    assert find_all(NONE, tmp_path) == {}
    with pytest.raises(ValueError, match="mma"):
        find("mma", NONE, tmp_path)


def test_up_to_version_nine(home: Path) -> None:
    path = put(home, "credentials.yml", NINE)
    found = find("ztf", NONE, home)
    assert found == Credentials(
        survey="ztf",
        username="anna",
        group_id="anna_group",
        servers=("one.example.org:24499", "two.example.org:24499"),
        topics=("fink_sn_candidates_ztf", "fink_early_sn_candidates_ztf"),
        max_timeout=5.0,
        password=None,
        max_poll_number=None,
        origin=str(path),
    )
    assert find("lsst", NONE, home) is None


def test_versions_ten_and_eleven(home: Path) -> None:
    put(home, "lsst_credentials.yml", TEN)
    found = find_all(NONE, home)
    assert list(found) == ["lsst"]
    assert found["lsst"].topics == ("fink_sn_candidates_lsst", "fink_early_sn_candidates_lsst")


def test_from_version_twelve(home: Path) -> None:
    put(home, "ztf_credentials.yml", TWELVE)
    found = find("ztf", NONE, home)
    assert found is not None
    assert found.topics == ("fink_kn_candidates_ztf", "fink_sso_ztf_candidates_ztf")
    assert (found.group_id, found.max_timeout) == ("anna_group", 10)
    assert "hunter2" not in repr(found)


@pytest.mark.parametrize(
    ("changes", "field", "value"),
    [
        ({"groupid": None, "group.id": "g"}, "group_id", "g"),
        ({"groupid": "new", "group_id": "old"}, "group_id", "new"),
        ({"servers": ["a:1", " b:2 "]}, "servers", ("a:1", "b:2")),
        ({"servers": "a:1, b:2,"}, "servers", ("a:1", "b:2")),
        ({"topics": None}, "topics", ()),
        ({"topics": None, "mytopics": ["x"]}, "topics", ("x",)),
        ({"topics": {}, "mytopics": ["x"]}, "topics", ()),
        ({"topics": ["x", "y", "x"]}, "topics", ("x", "y")),
        ({"topics": "x, y"}, "topics", ("x", "y")),
        ({"topics": {"x": None}}, "topics", ("x",)),
        ({"maxtimeout": None}, "max_timeout", 10.0),
        ({"maxtimeout": 0.5}, "max_timeout", 0.5),
        ({"username": None}, "username", ""),
        ({"password": "hunter2"}, "password", Secret("hunter2")),
        ({"survey": None, "something": [1, {"new": 2}]}, "survey", "ztf"),
    ],
)
def test_what_files_hold_in_practice(home: Path, changes: dict[str, Any], field: str, value: object) -> None:
    put(home, "ztf_credentials.yml", yaml.safe_dump(yaml.safe_load(TWELVE) | changes))
    assert getattr(find("ztf", NONE, home), field) == value


def test_unquoted_numbers_are_text(home: Path) -> None:
    put(home, "ztf_credentials.yml", "groupid: 0123\nusername: no\nservers: a:1\n")
    found = find("ztf", NONE, home)
    assert found is not None
    assert (found.group_id, found.username) == ("0123", "no")


# --- the environment, and which comes first


def test_the_environment(home: Path) -> None:
    found = find_all(ENVIRONMENT, home)
    assert found == {
        "ztf": Credentials(
            survey="ztf",
            username="tom",
            group_id="tom_group",
            servers=("env.example.org:24499",),
            topics=("fink_sn_candidates_ztf",),
            max_timeout=7.0,
            max_poll_number=10_000_000_000,
            origin="environment",
        )
    }
    assert problems(found["ztf"]) == []
    assert list(find_all(ENVIRONMENT | {"FINK_TOPIC": "fink_in_tns_lsst"}, home)) == ["lsst"]
    assert list(find_all(ENVIRONMENT | {"FINK_TOPIC": "fink_grb_gold"}, home)) == ["ztf"]
    assert list(find_all(ENVIRONMENT | {"FINK_TOPIC": "", "FINK_TIMEOUT": "", "FINK_MAX_POLL_NUMBER": ""}, home)) == [
        "ztf"
    ]


def test_precedence(home: Path) -> None:
    old = put(home, "credentials.yml", NINE)
    assert getattr(find("ztf", NONE, home), "origin", None) == str(old)
    new = put(home, "ztf_credentials.yml", TWELVE)
    lsst = put(home, "lsst_credentials.yml", TEN)
    assert getattr(find("ztf", NONE, home), "origin", None) == str(new)
    assert {name: one.origin for name, one in find_all(ENVIRONMENT, home).items()} == {
        "ztf": "environment",
        "lsst": str(lsst),
    }
    only_topic = {"FINK_TOPIC": "x_ztf", "FINK_TIMEOUT": "3", "HOME": str(home)}
    assert getattr(find("ztf", only_topic), "origin", None) == str(new)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"FINK_CREDENTIAL_URL": ""}, "FINK_CREDENTIAL_URL is missing. Set it, or unset"),
        ({"FINK_CREDENTIAL_GROUP_ID": ""}, "FINK_CREDENTIAL_GROUP_ID is missing"),
        ({"FINK_CREDENTIAL_URL": "set FINK_CREDENTIAL_URL value in environment"}, "still a placeholder"),
        ({"FINK_CREDENTIAL_GROUP_ID": "<GROUP_ID>"}, "still a placeholder"),
        ({"FINK_CREDENTIAL_GROUP_ID": "a b"}, "without blanks"),
        ({"FINK_TIMEOUT": "soon"}, "FINK_TIMEOUT must be a number above 0"),
        ({"FINK_MAX_POLL_NUMBER": "-1"}, "FINK_MAX_POLL_NUMBER must be a number above 0"),
        ({"FINK_TOPIC": "a b"}, "FINK_TOPIC must be the name of a topic"),
    ],
)
def test_an_environment_that_cannot_be_used(home: Path, changes: dict[str, str], words: str) -> None:
    put(home, "ztf_credentials.yml", TWELVE)
    with pytest.raises(CredentialsError, match=f"^environment: .*{words}"):
        find("ztf", ENVIRONMENT | changes, home)
    assert find("lsst", ENVIRONMENT | changes, home) is None


# --- files that cannot be used


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        ("", None, "is empty. Register again: `fink-tui register --survey ztf`."),
        ("- a", None, "does not hold credentials"),
        ("hunter2", None, "does not hold credentials"),
        (
            TWELVE.replace("groupid", "group"),
            None,
            "groupid is missing. Register again: `fink-tui register --survey ztf`.",
        ),
        (TWELVE.replace("groupid: anna_group", "groupid:"), None, "groupid is missing"),
        (TWELVE.replace("servers: one.example.org:24499", ""), None, "servers is missing"),
        (TWELVE.replace("servers: one.example.org:24499", "servers: []"), None, "servers is missing"),
        (TWELVE.replace("one.example.org:24499", "<SERVERS>"), 3, "servers is still a placeholder"),
        (TWELVE.replace("one.example.org:24499", "SERVERS"), 3, "servers is still a placeholder"),
        (TWELVE.replace("groupid: anna_group", "groupid: $GROUP_ID"), 1, "groupid is still a placeholder"),
        (TWELVE.replace("username: anna", "username: your_username"), 10, "username is still a placeholder"),
        (TWELVE.replace("anna_group", "[hunter2]"), 1, "groupid must be text"),
        (TWELVE.replace("anna_group", "hunter2 x"), 1, "the group must be text without blanks"),
        (TWELVE.replace("one.example.org:24499", "https://fink-portal.org"), 3, "host:port"),
        (TWELVE.replace("one.example.org:24499", "{a: b}"), 3, "host:port"),
        (TWELVE.replace("maxtimeout: 10", "maxtimeout: hunter2"), 2, "maxtimeout must be a number above 0"),
        (TWELVE.replace("maxtimeout: 10", "maxtimeout: -1"), 2, "maxtimeout must be a number above 0"),
        (TWELVE.replace("survey: ztf", "survey: lsst"), 4, "the survey should be ztf"),
        ("mytopics: [hunter2 x]\n" + NINE.replace("mytopics", "x"), 1, "mytopics must be names of topics"),
        (NINE.replace("password: null", "password: hunter2").replace("username: anna", ""), 6, "without a username"),
        (NINE.replace("password: null", "password: [hunter2]"), 6, "password must be text"),
        ("password: hunter2\n\tx: y", 2, "has a tab"),
        ("password: *hunter2\n", 1, "is not valid YAML"),
        ("password: !hunter2 x\n", 1, "a tag"),
        ("password: 'hunter2\n", None, "is not valid YAML"),
        ("password: hunter2: x\n", 1, "is not valid YAML"),
        (b"password: hunter2\xff\n", 1, "is not UTF-8"),
        ("username: a\nusername: b\n", 2, "has the key username twice"),
    ],
)
def test_errors_name_the_file_the_key_and_the_remedy(
    home: Path, content: str | bytes, line: int | None, words: str
) -> None:
    error = failure(home, content)
    assert words in str(error)
    if line is not None:
        assert error.line == line
    assert "hunter2" not in shown(error)


def test_a_broken_file_of_one_survey_leaves_the_other(home: Path) -> None:
    put(home, "ztf_credentials.yml", "")
    put(home, "lsst_credentials.yml", TEN)
    assert find("lsst", NONE, home) is not None
    with pytest.raises(ConfigError):
        find_all(NONE, home)


@settings(max_examples=60)
@given(
    st.dictionaries(
        st.sampled_from([*yaml.safe_load(NINE), *yaml.safe_load(TWELVE), "group.id"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
            lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
            max_leaves=4,
        ),
    )
)
def test_any_values_are_read_or_refused(tmp_path: Path, values: dict[str, object]) -> None:
    (tmp_path / ".finkclient").mkdir(exist_ok=True)
    path = put(tmp_path, "ztf_credentials.yml", yaml.safe_dump(values).encode("utf-8", "surrogatepass"))
    for use in (
        lambda: find("ztf", NONE, tmp_path),
        lambda: write("ztf", "a", "g", "h:1", home=tmp_path, overwrite=True),
    ):
        try:
            use()
            message = str(path)
        except CredentialsError as error:
            message = str(error)
        assert str(path) in message


# --- what the user should know


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_file_that_others_can_read_is_reported(home: Path, mode: int) -> None:
    path = put(home, "ztf_credentials.yml", TWELVE, mode)
    found = find("ztf", NONE, home)
    assert found is not None
    assert problems(found) == [f"{path} is open to other users (mode {mode:04o}). Close it: chmod 600 {path}"]
    path.chmod(0o400)
    assert problems(found) == []
    path.unlink()
    assert problems(found) == []


def test_other_problems(home: Path) -> None:
    blank = home / "two words"
    (blank / ".finkclient").mkdir(parents=True)
    (blank / ".finkclient").chmod(0o777)
    path = put(blank, "ztf_credentials.yml", TWELVE.replace("org:24499", "org") + "password: hunter2\n")
    found = find("ztf", NONE, blank)
    assert found is not None
    folder, password, port = problems(found)
    assert f"chmod 700 '{path.parent}'" in folder
    assert "Fink's servers want none" in password
    assert "one.example.org has no port" in port
    assert "hunter2" not in password + repr(found) + str(found)


def test_a_secret_shows_only_when_asked() -> None:
    secret = Secret("hunter2")
    assert secret.reveal() == "hunter2"
    assert f"{secret} {secret!r} {secret:>5}" == "*** ***   ***"
    assert str([secret, {"a": secret}]) == "[***, {'a': ***}]"
    assert secret == Secret("hunter2") != Secret("x")
    assert secret != "hunter2"
    assert len({secret, Secret("hunter2")}) == 1
    assert copy.deepcopy(secret) == copy.copy(secret) == secret
    with pytest.raises(TypeError, match="not stored"):
        pickle.dumps(secret)
    credentials = Credentials("ztf", "a", "g", ("h:1",), password=secret)
    assert "hunter2" not in f"{credentials} {dataclasses.asdict(credentials)}"


# --- writing


def permissions(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_is_written_is_fink_client_s_own_format(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        path = write("lsst", "anna", "g", "h:24499", home=tmp_path)
    finally:
        os.umask(before)
    assert path == tmp_path / ".finkclient" / "lsst_credentials.yml"
    assert (
        path.read_text() == "groupid: g\nmaxtimeout: 10\nservers: h:24499\nsurvey: lsst\ntopics: {}\nusername: anna\n"
    )
    assert permissions(path) == 0o600
    assert permissions(path.parent) == 0o700
    assert os.listdir(path.parent) == [path.name]
    assert find("lsst", NONE, tmp_path) == Credentials("lsst", "anna", "g", ("h:24499",), origin=str(path))


def test_everything_comes_back(home: Path) -> None:
    path = write(
        "ztf", "no", "012", ["a:1", "b:2"], topics=["x_ztf", "y"], max_timeout=2.5, password=Secret("1: #"), home=home
    )
    found = find("ztf", NONE, home)
    expected = Credentials("ztf", "no", "012", ("a:1", "b:2"), ("x_ztf", "y"), 2.5, Secret("1: #"), None, str(path))
    assert found == expected


def test_nothing_is_overwritten_unasked(home: Path) -> None:
    path = put(home, "ztf_credentials.yml", TWELVE)
    with pytest.raises(CredentialsError, match=r"is there already\. .*--overwrite"):
        write("ztf", "a", "g", "h:1", home=home)
    assert path.read_text() == TWELVE


def test_topics_keep_their_tokens_and_unknown_keys_stay(home: Path) -> None:
    path = put(home, "ztf_credentials.yml", TWELVE + "password: hunter2\nlater: [1]\n", 0o644)
    write("ztf", "bob", "g", "h:1", topics=["fink_kn_candidates_ztf", "new"], home=home, overwrite=True)
    written = yaml.safe_load(path.read_text())
    before = yaml.safe_load(TWELVE)
    assert written["topics"] == before["topics"] | {"new": {}}
    assert written["topics"]["fink_kn_candidates_ztf"]["telegram"] == {"channel": -100123, "token": "12e10"}
    assert (written["username"], written["later"]) == ("bob", [1])
    assert "password" not in written
    assert permissions(path) == 0o600
    write("ztf", "bob", "g", "h:1", topics=["fink_kn_candidates_ztf"], home=home, overwrite=True, keep_topics=False)
    assert yaml.safe_load(path.read_text())["topics"] == {"fink_kn_candidates_ztf": {}}


@pytest.mark.parametrize("name", ["ztf_credentials.yml", "credentials.yml"])
def test_older_shapes_become_the_present_one(home: Path, name: str) -> None:
    old = put(home, name, NINE)
    path = write("ztf", "anna", "new_group", "h:1", home=home, overwrite=name.startswith("ztf"))
    written = yaml.safe_load(path.read_text())
    assert list(written) == ["groupid", "maxtimeout", "servers", "survey", "topics", "username"]
    assert written["topics"] == {"fink_sn_candidates_ztf": {}, "fink_early_sn_candidates_ztf": {}}
    if name == "credentials.yml":
        assert old.read_text() == NINE


def test_a_link_stays_a_link(home: Path) -> None:
    (home / "dotfiles").mkdir()
    link = home / ".finkclient" / "ztf_credentials.yml"
    link.symlink_to("../dotfiles/fink.yml")
    write("ztf", "a", "g", "h:1", home=home)
    write("ztf", "b", "g", "h:1", home=home, overwrite=True)
    assert link.is_symlink()
    assert "username: b" in (home / "dotfiles/fink.yml").read_text()
    assert permissions(home / "dotfiles/fink.yml") == 0o600


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"username": " "}, "username is missing"),
        ({"username": "<USERNAME>"}, "username is still a placeholder"),
        ({"group_id": "a b"}, "without blanks"),
        ({"servers": ""}, "servers is missing"),
        ({"servers": ["a b"]}, "host:port"),
        ({"topics": ["a b"]}, "names of topics"),
        ({"max_timeout": float("nan")}, "maxtimeout must be"),
    ],
)
def test_what_cannot_be_written(tmp_path: Path, changes: dict[str, Any], words: str) -> None:
    arguments = {"username": "anna", "group_id": "g", "servers": "h:1"} | changes
    with pytest.raises(CredentialsError, match=words):
        write("ztf", **arguments, home=tmp_path)
    assert os.listdir(tmp_path) == []


def test_a_file_that_cannot_be_read_is_not_lost(home: Path) -> None:
    for content in ("token: 'hunter2\n", "- hunter2\n", "x: 2026-99-99\n"):
        path = put(home, "ztf_credentials.yml", content)
        with pytest.raises(CredentialsError) as caught:
            write("ztf", "a", "g", "h:1", home=home, overwrite=True)
        assert "hunter2" not in shown(caught.value)
        assert path.read_text() == content


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / ".finkclient").touch()
    with pytest.raises(CredentialsError, match=r"ztf_credentials\.yml: cannot be"):
        write("ztf", "a", "g", "h:1", home=tmp_path)
    with pytest.raises(ValueError, match="mma"):
        write("mma", "a", "g", "h:1", home=tmp_path)
