"""Settings: what is read, and that every error names the file, the line and the remedy."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fink_tui import config
from fink_tui.config import Settings, load
from fink_tui.groups import load_groups, save_group
from fink_tui.yaml_file import ConfigError

EXAMPLE = """\
surveys: {ztf: {topics: [fink_sn_candidates_ztf]}, lsst: {topics: []}}    # servers, group: given elsewhere
save_dir: ~/fink-alerts
store: {keep_nights: 14, keep_gb: 20}
site: {name: La Silla}            # or {longitude: -70.73, latitude: -29.26, height: 2375}
limits: {min_altitude: 30, moon_distance: 20}
receivers:
  - {name: ourtom, kind: tom, url: https://tom.example.org/, token_file: ~/.config/fink-tui/ourtom.token,
     target_list: "fink_{topic}"}
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config.yml"


def failure(file: Path, content: str | bytes, **more: Any) -> ConfigError:
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(ConfigError) as caught:
        load(file, **more)
    assert str(file) in str(caught.value)
    assert caught.value.remedy
    return caught.value


def test_the_manual_s_example(file: Path, home: Path) -> None:
    file.write_text(EXAMPLE)
    got = load(file)
    assert got.surveys.ztf.topics == ("fink_sn_candidates_ztf",)
    assert got.surveys["lsst"].topics == ()
    assert got.surveys["ztf"].servers is None
    assert got.save_dir == home / "fink-alerts"
    assert (got.store.keep_nights, got.store.keep_gb) == (14, 20.0)
    assert got.site is not None
    assert got.site.name == "La Silla"
    (receiver,) = got.receivers
    assert (receiver.name, receiver.kind, receiver.target_list) == ("ourtom", "tom", "fink_{topic}")
    assert receiver.token_file == home / ".config/fink-tui/ourtom.token"


@pytest.mark.parametrize("content", [None, "", "# nothing yet\n", "---\n", "{}", "surveys:\nstore:\n  keep_nights:\n"])
def test_what_is_not_given_has_its_default(file: Path, content: str | None) -> None:
    if content is not None:
        file.write_text(content)
    got = load(file)
    assert got == Settings()
    assert (got.store.keep_nights, got.store.keep_gb) == (14, 20)
    assert (got.limits.min_altitude, got.limits.moon_distance) == (30, 20)
    assert got.site is None


def test_everything_a_survey_can_have(file: Path) -> None:
    file.write_text(
        "surveys:\n  ztf:\n    topics: [a, b]\n    servers: 'one:24499, two:24499'\n    group: g\n"
        "    schema_file: schemas/ztf.avsc\n  lsst: {servers: [x:1]}\nsite: {longitude: 289, latitude: -29.26}\n"
    )
    got = load(file)
    assert got.surveys.ztf.servers == ("one:24499", "two:24499")
    assert got.surveys.lsst.servers == ("x:1",)
    assert got.surveys.ztf.group == "g"
    assert got.surveys.ztf.schema_file == file.parent / "schemas/ztf.avsc"  # from the file's folder, not the shell's
    assert got.site is not None
    assert (got.site.longitude, got.site.height) == (289.0, None)
    with pytest.raises(KeyError):
        got.surveys["mma"]


def test_yaml_1_2_words_and_numbers(file: Path) -> None:
    file.write_text("\ufeffsurveys: {ztf: {group: no}}\nstore: {keep_nights: 012, keep_gb: 1e3}\n")
    got = load(file)
    assert got.surveys.ztf.group == "no"
    assert (got.store.keep_nights, got.store.keep_gb) == (12, 1000.0)


def test_aliases_are_followed(file: Path) -> None:
    file.write_text("surveys: {ztf: {topics: &t [a]}, lsst: {topics: *t}}")
    assert load(file).surveys.lsst.topics == ("a",)


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        ("save_dir: x\nstoer: {}\n", 2, "the file has no key stoer. Did you mean store?"),
        ("store:\n  keep_gb: 3\n  keep_night: 3\n", 3, "store has no key keep_night. Did you mean keep_nights?"),
        ("stoer:\n", 1, "Did you mean store?"),
        ("surveys:\n  zft: {}\n", 2, "Did you mean ztf?"),
        ("limits: {colour: red}\n", 1, "It can be min_altitude, moon_distance, min_dec, max_dec, max_hour_angle."),
        (
            "store:\n  keep_nights: two\n",
            2,
            "store.keep_nights (two) is not what it must be. It must be a whole number",
        ),
        ("store:\n  keep_nights: 0\n", 2, "a whole number of nights from 1"),
        ("store:\n  keep_nights: 1.5\n", 2, "a whole number of nights from 1"),
        ("store: {keep_nights: true}", 1, "a whole number"),
        ("store: {keep_gb: .nan}", 1, "gigabytes above 0"),
        ("store: {keep_gb: .inf}", 1, "gigabytes above 0"),
        ("store: {keep_gb: 1e999}", 1, "gigabytes above 0"),
        ("store: {keep_gb: 0}", 1, "gigabytes above 0"),
        ("store: 3", 1, "store must hold keys with values"),
        ("- a\n- b\n", 1, "the file must hold keys"),
        ("just words", 1, "the file must hold keys"),
        ("site:\n  longitude: -70:44:04\n  latitude: 1\n", 2, "decimal degrees, east positive"),
        ("site:\n  longitude: 361\n  latitude: 1\n", 2, "-180 to 360"),
        ("site:\n  longitude: 3\n  latitude: -90.1\n", 3, "-90 to 90"),
        ("site:\n  longitude: 3\n", 1, "only one of longitude and latitude. Give both."),
        ("site: {height: 3}", 1, "neither a name nor a place"),
        ("site: La Silla", 1, "name, longitude, latitude, height"),
        ("sites: La Silla", 1, "sites must be a list. Begin each site with '- ', as in '- {name: La Silla}'"),
        ("sites:\n- {name: Rubin}\n- Palomar\n", 3, "sites[1] must hold keys with values"),
        ("sites:\n- name: Rubin\n  limits: {min_altitude: 91}\n", 3, "sites[0].limits.min_altitude (91) is not"),
        ("sites:\n- name: Rubin\n  limits: {colour: 1}\n", 3, "sites[0].limits has no key colour"),
        ("sites:\n- longitude: 3\n", 2, "only one of longitude and latitude. Give both."),
        ("limits: {min_dec: 30,\n max_dec: 30}", 1, "min_dec is not below max_dec"),
        ("limits: {min_dec: 30}\nsite:\n  name: Rubin\n  limits: {max_dec: 20}\n", 4, "min_dec is not below max_dec"),
        ("limits: {max_hour_angle: 0}", 1, "an hour angle in hours, above 0 to 12"),
        ("limits: {min_dec: -91}", 1, "a declination in degrees"),
        ("site: {name: 3}", 1, "the name of an observatory"),
        ("limits:\n  min_altitude: 91\n", 2, "0 to 90"),
        ("limits: {moon_distance: -1}", 1, "0 to 180"),
        ("surveys: {ztf: {topics: fink_sn_ztf}}", 1, "a list of topics"),
        ("surveys:\n  ztf:\n    topics:\n      - good\n      - not good\n", 5, "topics[1] (not good)"),
        ("surveys:\n  ztf:\n    topics:\n      - good\n      - 3\n", 5, "topics[1] (3)"),
        ("surveys: {ztf: {servers: ''}}", 1, "host:port"),
        ("surveys: {ztf: {servers: 'https://fink-broker.org'}}", 1, "host:port"),
        ("surveys: {ztf: {servers: []}}", 1, "host:port"),
        ("surveys: {ztf: {group: two words}}", 1, "without blanks"),
        ("save_dir: 3", 1, "the path of a folder"),
        ("save_dir: ''", 1, "is not a path"),
        ("save_dir: $HOME/x", 1, "Write ~ for your home"),
        ("save_dir: ~nobody-of-that-name/x", 1, "unknown user"),
        ("receivers: {name: a, kind: tom}", 1, "must be a list"),
        ("receivers:\n- 3\n", 2, "receivers[0] must hold keys"),
        ("receivers:\n- kind: tom\n", 2, "receivers[0] has no name"),
        ("receivers:\n- name: a\n", 2, "receivers[0] has no kind"),
        ("receivers:\n- name: a b\n  kind: tom\n", 2, "a short name"),
        ("receivers:\n- name: a\n  kind: [tom]\n", 3, "a kind of receiver"),
        ("receivers:\n- name: a\n  kind: tom\n  tokenfile: x\n", 4, "Did you mean token_file?"),
        ("receivers:\n- {name: a, kind: tom}\n- {kind: tom,\n   name: a}\n", 4, "second receiver has the name a"),
        ("receivers:\n- name: a\n  kind: tom\n  url: tom.example.org\n", 4, "not a web address"),
        ("receivers:\n- name: a\n  kind: tom\n  url: 'https://['\n", 4, "not a web address"),
        ("receivers:\n- name: a\n  kind: tom\n  url: 3\n", 4, "a web address"),
        # the YAML itself
        ("store:\n\tkeep_gb: 3\n", 2, "has a tab where YAML wants blanks. Indent with blanks."),
        ("store: {keep_gb: 3\nsite: {}\n", 2, "is not valid YAML"),
        ("a: b: c\n", 1, "is not valid YAML"),
        ("save_dir: x\nsave_dir: y\n", 2, "has the key save_dir twice, first on line 1"),
        ("store:\n  keep_gb: 1\n  keep_gb: 1\n", 3, "keep_gb twice, first on line 2"),
        ("save_dir: x\n---\nsave_dir: y\n", 2, "is not valid YAML"),
        ("save_dir: !x y", 1, "a tag"),
        ("save_dir: !!python/object:os.system {}", 1, "a tag"),
        ("? [a]\n: b\n", 1, "brackets where a key should be"),
        ("store: &a {keep_gb: *a}", 1, "an alias within itself"),
        ('save_dir: "\\ud800"', 1, "half a character"),
        ('save_dir: "\\UFFFFFFFF"', None, "does not allow"),
        ("save_dir: \x01\n", 1, "does not allow"),
        ('"a\\e[31mb": 3', 1, "the file has no key a\\x1b[31mb"),
        (b"save_dir: x\nsite: {name: Cerro Tololo, \xe9}\n", 2, "is not UTF-8 text. Save it as UTF-8"),
        ("a: 1".encode("utf-16"), 1, "is not UTF-8"),
        ("[" * 5000, None, "nested too deeply"),
        ("x: " + "[" * 60 + "]" * 60, None, "holds too much"),
        ("#" * 300_000, None, "larger than 256 kB"),
    ],
)
def test_errors_name_the_line_and_the_remedy(file: Path, content: str | bytes, line: int | None, words: str) -> None:
    error = failure(file, content)
    assert words in str(error)
    if line is not None:
        assert error.line == line
        assert f"{file}, line {line}: " in str(error)
    assert str(error).isprintable()
    assert not str(error).endswith(("?.", ".."))


def test_a_few_lines_cannot_hold_billions(file: Path) -> None:
    content = "a: &a [x, x, x, x, x, x, x, x, x]\n"
    for name, before in zip("bcdefghi", "abcdefgh", strict=True):
        content += f"{name}: &{name} [{', '.join(['*' + before] * 9)}]\n"
    assert "holds too much" in str(failure(file, content))


@pytest.mark.parametrize("key", ["token", "password", "api_key", "TOKEN"])
def test_a_secret_in_the_settings_is_refused_and_not_shown(file: Path, key: str) -> None:
    error = failure(file, f"receivers:\n- name: a\n  kind: tom\n  {key}: hunter2\n")
    assert error.line == 4
    assert "token_file" in str(error)
    assert "hunter2" not in str(error)


def test_a_secret_in_an_address_is_refused_and_not_shown(file: Path) -> None:
    error = failure(file, "receivers:\n- {name: a, kind: tom, url: 'https://me:hunter2@tom.example.org'}\n")
    assert "user or password" in str(error)
    assert "hunter2" not in str(error)


def test_keys_of_one_kind_of_receiver_are_left_to_it(file: Path) -> None:
    file.write_text("receivers:\n- name: a\n  kind: tom\n  groups: [1, two]\n  options: {lines: 3}\n  on_nearby: ask\n")
    (receiver,) = load(file).receivers
    assert receiver.options == {"groups": [1, "two"], "options": {"lines": 3}, "on_nearby": "ask"}
    receiver.check_options(["groups", "options", "on_nearby"])
    with pytest.raises(ConfigError, match=r"kind tom has no key on_nearby.*Did you mean on_near") as caught:
        receiver.check_options(["groups", "options", "on_near"])
    assert caught.value.line == 6
    error = receiver.error("kind", "there is no kind tom", "It can be mot")
    assert str(error) == f"{file}, line 3: there is no kind tom. It can be mot."
    assert receiver.error("history", "x", "y").line == 2


def test_the_site_must_be_known(file: Path) -> None:
    file.write_text("site: {name: lasilla}")
    assert load(file).longitude == pytest.approx(-70.73, abs=0.01)
    error = failure(file, "\nsite:\n  name: La Sila\n")
    assert error.line == 3
    assert "Did you mean La Silla?" in str(error)
    assert "Give its longitude" in str(failure(file, "site: {name: Xyzzy}"))
    assert failure(file, "sites:\n- {name: Rubin}\n- {name: Palomer}\n").line == 3
    file.write_text("site: {name: My roof, longitude: 7, latitude: 51}")
    assert load(file).longitude == 7


def test_several_telescopes_each_with_its_limits(file: Path) -> None:
    file.write_text(
        "site: {name: Palomar, limits: {max_dec: 60}}\n"
        "sites:\n- {name: Rubin, height: 1}\n- {longitude: 289.5, latitude: -30, limits: {min_altitude: 20}}\n"
        "- {name: Hilltop, longitude: 10, latitude: 50, height: 400}\n"
        "limits: {min_altitude: 35, moon_distance: 15, max_hour_angle: 4.5, min_dec: -40}\n"
    )
    got = load(file)
    names = [(site.name, site.longitude, site.height, *site.limits) for site in got.telescopes().sites]
    assert names == [
        ("Palomar", -116.865, 1712, 35, 15, -40, 60, 4.5),
        ("Rubin", -70.749, 1, 35, 15, -40, 90, 4.5),
        ("30.00 S 70.50 W", -70.5, 0, 20, 15, -40, 90, 4.5),
        ("Hilltop", 10, 400, 35, 15, -40, 90, 4.5),
    ]
    assert got.longitude == -116.865
    file.write_text("sites: [{name: Rubin}]")
    assert load(file).longitude == -70.749
    file.write_text("limits: {min_dec: 0}")
    assert load(file).telescopes().current is None
    assert load(file).longitude == 0


def test_what_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is a folder"):
        load(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ConfigError, match="is not a file"):
        load(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("absent")
    with pytest.raises(ConfigError, match="a link to a file that is not there"):
        load(tmp_path / "link")
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path / "loop")
    (tmp_path / "plain").touch()
    with pytest.raises(ConfigError, match="Not a directory"):
        load(tmp_path / "plain" / "config.yml")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(file: Path) -> None:
    file.write_text("")
    file.chmod(0)
    with pytest.raises(ConfigError, match=r"Permission denied\. Check its permissions"):
        load(file)


# --- whatever a file holds

KEYS = st.sampled_from(
    [
        key
        for kind in (Settings, config.Survey, config.Store, config.Site, config.Limits)
        for key in kind.__struct_fields__
    ]
    + ["ztf", "lsst", "name", "kind", "url", "token_file", "target_list", "<<", "lines", "file", "options"]
)
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
    | st.sampled_from(["~", "~x/y", "a:1,b", "https://[x", "https://a@b", "\0", "\ud800", "ourtom", "${x}"])
)  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS | st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)
FAST = settings(max_examples=150)


def only_config_errors(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    for read in (load, load_groups):
        try:
            read(file)
            message = str(file)
        except ConfigError as error:
            message = str(error)
        assert str(file) in message
        assert len(message) < 2000


@FAST
@given(st.dictionaries(KEYS, VALUES, max_size=4) | VALUES, st.booleans())
def test_any_values_load_or_are_refused(file: Path, value: object, flow: bool) -> None:
    only_config_errors(file, yaml.safe_dump(value, default_flow_style=flow).encode("utf-8", "surrogatepass"))


@FAST
@given(st.binary(max_size=60) | st.text(alphabet="{}[]:,-?#&*!|>'\"%@`\t\n \\aU0<~.eE", max_size=60).map(str.encode))
@example(b"%YAML " + b"9" * 5000 + b".1\n---\na")
@example(b"store: {keep_gb: " + b"9" * 5000 + b"}")
@example(b"store: {keep_nights: 0x" + b"f" * 290 + b"}")
@example(b"a: !<\n")
@example(b'"\\x')
def test_any_bytes_load_or_are_refused(file: Path, content: bytes) -> None:
    only_config_errors(file, content)


# --- groups.yml


def test_groups_are_remembered(tmp_path: Path) -> None:
    file = tmp_path / "new" / "groups.yml"
    assert load_groups(file) == {}
    save_group(file, "ztf", "anna")
    save_group(file, "lsst", "012")
    save_group(file, "ztf", "null")
    assert load_groups(file) == {"ztf": "null", "lsst": "012"}
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert os.listdir(file.parent) == ["groups.yml"]


def test_groups_that_cannot_be_used(tmp_path: Path) -> None:
    file = tmp_path / "groups.yml"
    for content, words in (
        ("ztf: [a]", "the group of ztf"),
        ("a: b", "no survey a"),
        ("[]", "must hold keys"),
        ("ztf: a b", "without"),
    ):
        file.write_text(content)
        with pytest.raises(ConfigError, match=words):
            save_group(file, "lsst", "x")
        assert file.read_text() == content
    for survey, group in (("mma", "x"), ("ztf", ""), ("ztf", "a b"), ("ztf", "a\n")):
        with pytest.raises(ValueError, match=r"survey|group"):
            save_group(tmp_path / "other.yml", survey, group)
    (tmp_path / "plain").touch()
    with pytest.raises(ConfigError):
        save_group(tmp_path / "plain" / "groups.yml", "ztf", "x")


def test_forms_of_copying(file: Path) -> None:
    file.write_text('copy: {tcs: "{name} {ra_hms} {dec_dms} 2000"}')
    assert load(file).copy == {"tcs": "{name} {ra_hms} {dec_dms} 2000"}
    file.write_text("copy:")
    assert load(file).copy == {}


@pytest.mark.parametrize(
    ("content", "line", "problem"),
    [
        ('copy:\n  a: "{ra}"\n  b: "{dek}"', 3, "copy.b has {dek}, which is not known"),
        ('copy:\n  a: "{ra"', 2, "copy.a has a brace without its other half"),
        ('copy:\n  a: "{ra.real}"', 2, "copy.a has {ra.real}"),
        ('copy:\n  "a b": "{ra}"', 2, "a b cannot be the name of a template"),
        ("copy:\n  a: 5", 1, "copy is not what it must be"),
        ("copy: [a]", 1, "copy is not what it must be"),
    ],
)
def test_a_form_that_could_not_be_filled_in_is_refused(file: Path, content: str, line: int, problem: str) -> None:
    found = failure(file, content)
    assert found.line == line
    assert problem in str(found)


def test_whom_a_search_asks(file: Path) -> None:
    file.write_text("search: {ztf: 'http://127.0.0.1:8000/', cache_gb: 2, most_mb: 5, fresh_minutes: 0}\n")
    search = load(file).search
    assert search.address("ztf") == "http://127.0.0.1:8000"
    assert search.address("lsst") == "https://api.lsst.fink-portal.org"
    assert (search.cache_gb, search.most_mb, search.fresh_minutes) == (2, 5, 0)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("search: {ztf: api.example.org}", "search.ztf is not a web address"),
        ("search: {simbad: 'ftp://example.org'}", "search.simbad is not a web address"),
        ("search: {lsst: 'https://me:secret@example.org'}", "search.lsst holds a user or password"),
        ("search: {cache_gb: 0}", "search.cache_gb (0) is not what it must be"),
        ("search: {url: x}", "search has no key url"),
    ],
)
def test_whom_a_search_cannot_ask(content: str, words: str, file: Path) -> None:
    error = failure(file, content)
    assert words in str(error)
    assert "secret" not in str(error)
