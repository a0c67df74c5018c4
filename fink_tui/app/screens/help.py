"""What the keys do."""

from __future__ import annotations

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from fink_tui.app.commands import GROUPS

MARKS = (
    ("s", "saved as a file"),
    ("…", "being saved"),
    ("!", "not saved: press s again"),
    ("18.32r-", "fainter than the template"),
    ("▲ ▼ ≈", "brighter, fainter, the same within the error, since the last detection in that band"),
)
"""Signs of the list."""


def help_text() -> Text:
    """The table of keys, and what the list's signs mean."""
    out = Text(end="")
    for name, commands in GROUPS.items():
        out.append(f"{name}\n", "bold")
        for command in commands:
            out.append(f"  {command.title:<12}", "bold cyan").append(f" {command.words}\n")
    out.append("In the list\n", "bold")
    for sign, meaning in MARKS:
        out.append(f"  {sign:<12}", "bold cyan").append(f" {meaning}\n")
    out.append("Mags: AB, difference image. rb: real/bogus. det: detections. Esc closes this.", "dim")
    return out


class HelpScreen(ModalScreen[None]):
    """The keys."""

    BINDINGS = [  # noqa: RUF012
        Binding("escape,q,question_mark,enter", "app.pop_screen", "close", show=False),
        Binding("j", "scroll(1)", show=False),
        Binding("k", "scroll(-1)", show=False),
    ]

    DEFAULT_CSS = """
    HelpScreen { align: center middle; }
    HelpScreen > VerticalScroll {
        width: 90%; max-width: 92; height: auto; max-height: 96%; border: round $primary; padding: 0 1;
        background: $surface; scrollbar-size-vertical: 1;
    }
    """

    def compose(self) -> ComposeResult:
        """The text, which scrolls."""
        with VerticalScroll():
            yield Static(help_text(), markup=False)

    def action_scroll(self, lines: int) -> None:
        """Scroll by lines."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)
