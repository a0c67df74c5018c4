"""Secrets from a file, a variable or a command: read anew each time, and never shown."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from pathlib import Path

import pytest

from fink_tui.receivers import secret as module
from fink_tui.receivers.receiver import BlockedError
from fink_tui.receivers.secret import SecretSource
from tests.receivers.toms import write_secret


def failure(source: SecretSource, environ: dict[str, str] | None = None) -> str:
    with pytest.raises(BlockedError) as caught:
        source.read(environ or {})
    assert "hunter2" not in "".join(traceback.format_exception(caught.value)) + repr(source)
    return str(caught.value)


def python(code: str) -> SecretSource:
    return SecretSource("token", command=(sys.executable, "-c", code))


def test_the_first_line_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "tom.token"
    source = SecretSource("password", file=file)
    write_secret(file, " hunter2 \nsecond")
    found = source.read()
    assert found.reveal() == " hunter2 "
    assert "hunter2" not in f"{found} {found!r}"
    file.write_bytes(b"\xef\xbb\xbfchanged\r\n")
    assert source.read().reveal() == "changed"
    assert source.origin == str(file)


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o660, 0o620])
def test_a_file_that_others_can_read(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "our tom.token"
    write_secret(file, "hunter2")
    file.chmod(mode)
    assert failure(SecretSource("token", file=file)).endswith(f"Close it: chmod 600 '{file}'")
    file.chmod(0o400)
    assert SecretSource("token", file=file).read().reveal() == "hunter2"


def test_a_file_that_is_none(tmp_path: Path) -> None:
    file = tmp_path / "tom.token"
    source = SecretSource("token", file=file)
    assert "is not there. Put the token into it, alone, and run: chmod 600" in failure(source)
    write_secret(file, "")
    assert "it is empty" in failure(source)
    file.write_bytes(b"\xff\xfe\xfd")
    assert "does not hold text" in failure(source)
    file.unlink()
    os.mkfifo(file, 0o600)
    assert "is not a file" in failure(source)
    assert "Is a directory" in failure(SecretSource("token", file=tmp_path))


def test_a_variable() -> None:
    source = SecretSource("token", variable="TOM_TOKEN")
    assert source.read({"TOM_TOKEN": "hunter2"}).reveal() == "hunter2"
    assert failure(source).startswith("The environment variable TOM_TOKEN is not set.")
    assert "it is empty" in failure(source, {"TOM_TOKEN": " "})


def test_a_command() -> None:
    source = python("print('hunter2'); print('user: me')")
    assert source.read().reveal() == "hunter2"
    assert source.origin == f"the command {sys.executable}"
    words = failure(python("import sys; print('hun' 'ter2'); print('hun' 'ter2', file=sys.stderr); sys.exit(3)"))
    assert f"The command {sys.executable} ended with exit status 3." in words
    assert "it is empty" in failure(python(""))
    assert "cannot be run: No such file" in failure(SecretSource("token", command=("/nowhere/gopass", "show")))


def test_a_command_that_asks_something_gets_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "it is empty" in failure(python("import sys; print(sys.stdin.read())"))
    monkeypatch.setattr(module, "COMMAND_TIMEOUT", 0.3)
    assert "gave no secret within" in failure(python("import threading; threading.Event().wait()"))


def test_a_command_that_writes_very_much_gives_no_secret() -> None:
    for code in ("print('x\\n' * 5_000_000)", "print('x' * 5_000)"):
        assert "writes more than a secret. It is to write that, alone, in its first line." in failure(python(code))
    assert python("print('hunter2'); print('note\\n' * 2_000)").read().reveal() == "hunter2"


def test_a_child_that_keeps_the_output_open_is_not_waited_for(tmp_path: Path) -> None:
    """As an agent that the command starts, which asks for the passphrase only once."""
    source = SecretSource("token", command=("sh", "-c", f"echo hunter2; sleep 1000 & echo $! > {tmp_path}/child"))
    try:
        assert source.read().reveal() == "hunter2"
        os.kill(int((tmp_path / "child").read_text()), 0)
    finally:
        os.kill(int((tmp_path / "child").read_text()), signal.SIGKILL)
