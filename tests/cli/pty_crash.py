"""The command line, with an error that nobody foresaw behind the key F: for a test with a pseudo-terminal."""

from __future__ import annotations

from fink_tui.app.screens.live import LiveScreen
from fink_tui.cli.main import main


def fail(self: LiveScreen) -> None:
    password = "hunter2"
    raise KeyError(f"unforeseen, {len(password)}")


LiveScreen.action_follow = fail  # type: ignore[method-assign]
main()
