"""The receivers of the settings: every mistake is named with its line, and nothing slow is loaded to find it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from fink_tui import config
from fink_tui.alerts.submission import Choices
from fink_tui.receivers.command import CommandReceiver
from fink_tui.receivers.configured import Configured, configured, in_demo
from fink_tui.receivers.demo import DemoReceiver
from fink_tui.yaml_file import ConfigError
from tests.receivers.scripted import told


def read(path: Path, text: str) -> list[Configured]:
    (path / "config.yml").write_text(text)
    return configured(config.load(path / "config.yml"))


def command_of(found: Configured) -> tuple[str, ...]:
    made = found.make()
    assert isinstance(made, CommandReceiver)
    return made._settings.command


def test_without_settings_there_are_none(tmp_path: Path) -> None:
    assert read(tmp_path, "") == []


def test_a_command_with_all_that_it_can_have(tmp_path: Path) -> None:
    (found,) = read(
        tmp_path,
        """
receivers:
- name: mine
  kind: command
  command: [/opt/follow-up, --night, "a b"]
  target_list: "fink_{topic}"
  groups: [night, day]
  history: 30
  timeout: 2.5
""",
    )
    assert found[:-1] == ("mine", "command", "fink_{topic}", ("night", "day"), "30")
    made = found.make()
    assert isinstance(made, CommandReceiver)
    assert (made.name, made.kind) == ("mine", "command")
    assert made._settings == (("/opt/follow-up", "--night", "a b"), 2.5, "fink_{topic}", ("night", "day"), "30")
    assert made.render(told(topics=("sn",)), Choices())["target_list"] == "fink_sn"


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("follow-up --tonight 'a b'", ("follow-up", "--tonight", "a b")),
        ("[sh, -c, cat > ~/x]", ("sh", "-c", "cat > ~/x")),
        ("~/bin/follow-up ~/x", ("/nowhere/me/bin/follow-up", "~/x")),
        ("bin/follow-up bin/x", ("{folder}/bin/follow-up", "bin/x")),
        ("../follow-up", ("{folder.parent}/follow-up",)),
    ],
)
def test_the_words_of_a_command(
    written: str, words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/nowhere/me")
    (found,) = read(tmp_path, f"receivers: [{{name: a, kind: command, command: {_quoted(written)}}}]")
    assert command_of(found) == tuple(word.format(folder=tmp_path) for word in words)


def _quoted(text: str) -> str:
    return text if text.startswith("[") else '"' + text + '"'


def test_the_default_is_the_first(tmp_path: Path) -> None:
    text = "receivers:\n" + "".join(f"- {{name: {name}, kind: command, command: cat}}\n" for name in "abc")
    assert [found.name for found in read(tmp_path, text)] == ["a", "b", "c"]
    text = text.replace("name: b", "name: b, default: true")
    assert [found.name for found in read(tmp_path, text)] == ["b", "a", "c"]
    with pytest.raises(ConfigError, match="the receivers b and c are both the default") as error:
        read(tmp_path, text.replace("name: c", "name: c, default: true"))
    assert error.value.line == 4


@pytest.mark.parametrize(
    ("receiver", "words"),
    [
        ("kind: tomm, url: http://a", "there is no kind of receiver named tomm. It can be command or tom"),
        ("kind: demo", "there is no kind of receiver named demo"),
        ("kind: command", "the receiver mine has no command. Add the program and its arguments"),
        ("kind: command, command: []", "the command of mine is not what it must be. It must be a program and its"),
        ("kind: command, command: ''", "It must be a program and its arguments"),
        ("kind: command, command: ['', a]", "It must be a program and its arguments"),
        ("kind: command, command: [a, 3]", "It must be a program and its arguments"),
        ("kind: command, command: {a: b}", "It must be a program and its arguments"),
        ('kind: command, command: "a \'b"', "It must be a program and its arguments"),
        ('kind: command, command: ["a\\0"]', "It must be a program and its arguments"),
        ("kind: command, command: a, timeout: 0", "It must be a number of seconds above 0"),
        ("kind: command, command: a, timeout: true", "It must be a number of seconds above 0"),
        ("kind: command, command: a, timeout: .nan", "It must be a number of seconds above 0"),
        ("kind: command, command: a, timeout: 1e9", "It must be a number of seconds above 0, at most 86400"),
        ("kind: command, command: a, groups: night", "It must be a list of names, such as [nightcrew]"),
        ("kind: command, command: a, groups: [1]", "It must be a list of names"),
        ("kind: command, command: a, groups: [' ']", "It must be a list of names"),
        ("kind: command, command: a, history: some", "It must be all, latest, or a number of days"),
        ("kind: command, command: a, history: -1", "It must be all, latest, or a number of days"),
        ("kind: command, command: a, history: true", "It must be all, latest, or a number of days"),
        ("kind: command, command: a, target_list: 'x{topics}'", "{topics}, which stands for nothing. Did you"),
        ("kind: command, command: a, url: 'http://b'", "a receiver of kind command has no url. Remove it"),
        ("kind: command, command: a, token_file: b", "a receiver of kind command has no token_file. Remove it"),
        ("kind: command, command: a, time_out: 3", "has no key time_out. Did you mean timeout?"),
        ("kind: command, command: a, default: maybe", "It must be true or false"),
    ],
)
def test_what_cannot_be_used_is_said_with_its_line(receiver: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, f"# receivers\nreceivers:\n- {{name: mine, {receiver}}}\n")
    assert words in str(caught.value)
    assert str(caught.value).startswith(f"{tmp_path}/config.yml, line 3: ")


def test_in_the_demo_there_is_the_demos_alone() -> None:
    (found,) = in_demo()
    assert found[:-1] == ("demo", "demo", "fink_{topic}", (), "all")
    assert isinstance(found.make(), DemoReceiver)


def test_nothing_slow_is_loaded_to_check_them(tmp_path: Path) -> None:
    (tmp_path / "config.yml").write_text("receivers:\n- {name: a, kind: command, command: cat}\n")
    code = (
        "import sys; from pathlib import Path; from fink_tui import config; "
        "from fink_tui.receivers.configured import configured; "
        f"configured(config.load(Path({str(tmp_path / 'config.yml')!r}))); print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    loaded = set(done.stdout.split())
    assert "fink_tui.receivers.configured" in loaded
    assert not loaded & {"httpx", "textual", "polars", "fastavro", "confluent_kafka"}
