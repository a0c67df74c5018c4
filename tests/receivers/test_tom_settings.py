"""The settings of a TOM: each mistake names file, line and remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from fink_tui.alerts.submission import Choices
from fink_tui.config import load
from fink_tui.receivers.chosen import list_name
from fink_tui.receivers.secret import SecretSource
from fink_tui.receivers.tom_settings import TomSettings, tom_settings
from fink_tui.yaml_file import ConfigError
from tests.receivers.toms import told

BASE = "receivers:\n- name: ourtom\n  kind: tom\n  url: https://tom.example.org/site\n"
TOKEN = BASE + "  token_file: tom.token\n"
"""Five lines."""


def read(folder: Path, text: str) -> TomSettings:
    file = folder / "config.yml"
    file.write_text(text)
    (receiver,) = load(file).receivers
    return tom_settings(receiver)


def test_what_one_must_say(tmp_path: Path) -> None:
    found = read(tmp_path, TOKEN)
    assert found == TomSettings(
        url="https://tom.example.org/site/", secret=SecretSource("token", file=tmp_path / "tom.token")
    )
    assert (found.target_list, found.on_nearby, found.match_radius, found.source_name) == (
        *("fink_{topic}", "ask", 2.0, "Fink"),
    )
    assert (found.limits, found.forced, found.history) == (True, False, "all")


def test_all_that_one_can_say(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        BASE
        + """  auth: basic
  username: me
  password_command: [gopass, show, tom]
  target_list: "{survey} {night}"
  groups: [nightcrew, 7]
  filters: {r: R, y: y4}
  match_radius: 0
  on_nearby: alias
  limits: false
  forced: true
  history: 30
  ca_bundle: own/ca.pem
  extra_target_fields: {programme: 108.A-0001, priority: 3}
  source_name: Fink (fink-tui)
""",
    )
    assert found.secret == SecretSource("password", command=("gopass", "show", "tom"))
    assert (found.auth, found.username, found.groups) == ("basic", "me", ("nightcrew", "7"))
    assert (found.filters, found.match_radius, found.on_nearby) == ({"r": "R", "y": "y4"}, 0, "alias")
    assert (found.limits, found.forced, found.history) == (False, True, "30")
    assert found.ca_bundle == tmp_path / "own/ca.pem"
    assert found.extra_target_fields == {"programme": "108.A-0001", "priority": 3}
    assert list_name(told(), Choices(), found.target_list) == "ztf 2026-11-20"


def test_the_name_of_the_list() -> None:
    assert list_name(told(), Choices(), "fink_{topic}") == "fink_sn_candidates_ztf"
    assert list_name(told(topics=("mine",)), Choices(), "fink_{topic}") == "fink_mine"
    assert list_name(told(topics=()), Choices(), "fink_{topic}") == "fink_ztf"
    assert list_name(told(), Choices(), "{{x}} {night} ") == "{x} 2026-11-20"
    assert list_name(told(), Choices(), "") == ""


@pytest.mark.parametrize(
    ("secret", "source"),
    [
        ("token_env: TOM_TOKEN", SecretSource("token", variable="TOM_TOKEN")),
        ("token_command: [pass, tom]", SecretSource("token", command=("pass", "tom"))),
        ("auth: basic\n  username: me\n  password_env: TOM", SecretSource("password", variable="TOM")),
    ],
)
def test_where_the_secret_is_from(tmp_path: Path, secret: str, source: SecretSource) -> None:
    assert read(tmp_path, f"{BASE}  {secret}\n").secret == source


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (BASE, 2, "receiver ourtom has no token. Put the token alone into a file"),
        (BASE + "  auth: basic\n  username: me\n", 2, "receiver ourtom has no password"),
        (BASE + "  auth: basic\n  password_file: x\n", 5, "there is no username"),
        (TOKEN + "  token_env: X\n", 6, "there are both token_file and token_env"),
        (BASE + "  password_env: X\n", 5, "password_env is not for auth: token. Set auth: basic"),
        (TOKEN + "  auth: basic\n  username: me\n", 5, "token_file is not for auth: basic"),
        (TOKEN + "  username: me\n", 6, "a username is only for auth: basic"),
        (TOKEN + "  auth: bearer\n", 6, "It must be token or basic"),
        (BASE + "  auth: basic\n  username: 'a:b'\n  password_env: X\n", 6, "It must be a user's name"),
        (BASE + "  token_env: $TOM\n", 5, "the name of an environment variable"),
        (BASE + "  token_command: gopass show tom\n", 5, "the command's words as a list"),
        (BASE + "  token_command: []\n", 5, "the command's words as a list"),
        (BASE + "  auth: basic\n  username: me\n  password_file: [x]\n", 7, "the path of a file"),
        (BASE + "  auth: basic\n  username: me\n  password_file: ~nobody9/x\n", 7, "the home of an unknown user"),
        (TOKEN + "  ca_bundle: ''\n", 6, "ca_bundle is not a path"),
        (TOKEN + "  target_list: '{topik}'\n", 6, "{topik}, which stands for nothing. Did you mean topic?"),
        (TOKEN + "  target_list: '{topic:>9}'\n", 6, "which stands for nothing"),
        (TOKEN + "  target_list: '{topic.x}'\n", 6, "which stands for nothing"),
        (TOKEN + "  target_list: '{topic'\n", 6, "a brace without its other half"),
        (TOKEN + "  groups: nightcrew\n", 6, "a list of groups"),
        (TOKEN + "  groups: [0]\n", 6, "a list of groups"),
        (TOKEN + "  groups: [true]\n", 6, "a list of groups"),
        (TOKEN + "  filters: {red: R}\n", 6, "filter names by band"),
        (TOKEN + "  filters: {r: ''}\n", 6, "filter names by band"),
        (TOKEN + "  match_radius: 600\n", 6, "an angle in arcsec, 0 to 60"),
        (TOKEN + "  on_nearby: merge\n", 6, "ask, alias, same or new"),
        (TOKEN + "  limits: no\n", 6, "true or false"),
        (TOKEN + "  history: month\n", 6, "all, latest, or a number of days"),
        (TOKEN + "  history: -1\n", 6, "all, latest, or a number of days"),
        (TOKEN + "  extra_target_fields: {name: x}\n", 6, "must not have name"),
        (TOKEN + "  extra_target_fields: {x: [1]}\n", 6, "fields with their values"),
        (TOKEN + "  source_name: ''\n", 6, "a name"),
        (TOKEN + "  nearby: ask\n", 6, "has no key nearby. Did you mean on_nearby?"),
        (TOKEN.replace("/site", "/api/"), 4, "the url is that of the API. Remove the api/"),
        (TOKEN.replace("/site", "/?x=1"), 4, "the url is that of a single page"),
        ("receivers:\n- name: ourtom\n  kind: tom\n  token_env: X\n", 2, "receiver ourtom has no url"),
    ],
)
def test_what_one_cannot_say(tmp_path: Path, text: str, line: int, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, text)
    assert words in str(caught.value)
    assert caught.value.line == line
    assert str(caught.value).startswith(str(tmp_path / "config.yml"))
