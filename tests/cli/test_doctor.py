"""`fink-tui doctor`: what works and what does not, a line each."""

from __future__ import annotations

from pathlib import Path

from tests.cli.sending import configure, with_command
from tests.running import run


def test_what_works_and_what_does_not(tmp_path: Path) -> None:
    with_command(tmp_path, '{name: other, kind: command, command: ["/no/such/tool"]}')
    done = run(tmp_path, "doctor")
    lines = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (1, "")
    assert (lines[0], lines[2]) == ("mine (command)", "other (command)")
    assert lines[1].startswith("  ok  The command is ")
    assert lines[3].startswith("  !!  The command /no/such/tool of other cannot be run")
    one = run(tmp_path, "doctor", "--receiver", "mine")
    assert (one.returncode, one.stdout.splitlines()) == (0, lines[:2])
    assert not (tmp_path / "taken").exists(), "a test sends nothing"


def test_a_receiver_that_is_not_there(tmp_path: Path) -> None:
    with_command(tmp_path)
    done = run(tmp_path, "doctor", "--receiver", "ourtom")
    assert (done.returncode, done.stdout) == (2, "")
    assert "There is no receiver ourtom. There are: mine." in done.stderr


def test_without_a_receiver_it_says_where_to_add_one(tmp_path: Path) -> None:
    done = run(tmp_path, "doctor")
    assert done.returncode == 1
    assert "No receiver is set up: add one to" in done.stderr


def test_settings_that_are_wrong_are_named_with_their_line(tmp_path: Path) -> None:
    configure(tmp_path, "receivers:\n  - {name: ourtom, kind: tom, url: 'https://tom.example.org/'}\n")
    done = run(tmp_path, "doctor")
    assert done.returncode == 1
    assert "config.yml, line 2: receiver ourtom has no token" in done.stderr


def test_a_secret_that_others_can_read_is_refused_and_not_shown(tmp_path: Path) -> None:
    secret = tmp_path / "token"
    secret.write_text("5ecre7\n")
    secret.chmod(0o644)
    configure(tmp_path, f"receivers: [{{name: a, kind: tom, url: 'http://127.0.0.1:9/', token_file: {secret}}}]\n")
    done = run(tmp_path, "doctor")
    assert done.returncode == 1
    assert f"!!  {secret}" in done.stdout or "chmod 600" in done.stdout
    assert "5ecre7" not in done.stdout + done.stderr


def test_nobody_there_is_a_sentence(tmp_path: Path) -> None:
    secret = tmp_path / "token"
    secret.write_text("5ecre7\n")
    secret.chmod(0o600)
    configure(tmp_path, f"receivers: [{{name: a, kind: tom, url: 'http://127.0.0.1:9/', token_file: {secret}}}]\n")
    done = run(tmp_path, "doctor")
    assert done.returncode == 1
    assert "  !!  127.0.0.1:9 cannot be reached" in done.stdout
    assert "5ecre7" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
