"""What the README shows works."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fink_tui import config
from fink_tui.receivers.configured import configured
from fink_tui.receivers.tom_settings import OPTIONS
from fink_tui.search.line.understanding import understand

README = (Path(__file__).resolve().parents[1] / "README.md").read_text()


def blocks(language: str) -> list[str]:
    found: list[str] = re.findall(rf"^```{language}\n(.*?)^```$", README, re.M | re.S)
    return found


def test_the_configuration_is_one(tmp_path: Path) -> None:
    first, basic, command, whole, several = blocks("yaml")
    with_password = re.sub(r"^    token_file:.*\n", basic, first, flags=re.M).replace("ourtom\n", "another\n")
    path = tmp_path / "config.yml"
    path.write_text(first + with_password.removeprefix("receivers:\n") + command)
    found = configured(config.load(path))
    assert [(one.name, one.kind, one.target_list, one.groups) for one in found] == [
        ("ourtom", "tom", "fink_{topic}", ("nightcrew",)),
        ("another", "tom", "fink_{topic}", ("nightcrew",)),
        ("mine", "command", "", ()),
    ]
    path.write_text(whole)
    assert config.load(path).receivers == ()
    path.write_text(several)
    assert [site.name for site in config.load(path).telescopes().sites] == ["Palomar", "Rubin", "My roof"]


@pytest.mark.parametrize("name", [name for name in OPTIONS if name != "source_name"])
def test_the_keys_of_a_tom_are_in_it(name: str) -> None:
    assert name in README


def test_the_command_of_five_lines_takes_an_alert(tmp_path: Path) -> None:
    (script,) = blocks("python")
    assert len(list(filter(None, script.splitlines()))) <= 5
    targets = tmp_path / "targets.txt"
    told = json.dumps({"object_id": "ZTF26aaaaaaa", "ra": 1.5, "dec": -2.5, "points": [{}, {}]})
    code = script.replace("/data/targets.txt", str(targets))
    subprocess.run([sys.executable, "-c", code], input=told, text=True, check=True)
    assert targets.read_text() == "ZTF26aaaaaaa 1.5 -2.5 2\n"


def test_each_line_of_a_search_is_understood() -> None:
    table = README.split("### The line of a search")[1].split("\n\n")[1]
    lines = [line for row in table.splitlines()[2:] for line in re.findall(r"`([^`]+)`", row.split("|")[1])]
    assert len(lines) > 15
    for line in lines:
        found = understand(line, ("ztf", "lsst"), datetime(2026, 11, 21, 3, tzinfo=UTC))
        assert found.questions or found.name, line
