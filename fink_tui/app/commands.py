"""What keys do: one table, from which bindings, footer, help and README are made."""

from __future__ import annotations

from typing import NamedTuple

from textual.binding import Binding, BindingType


class Command(NamedTuple):
    """Something that the observer can do."""

    keys: str
    """The keys as Textual names them, joined by commas."""

    action: str
    """The action's name, with its arguments."""

    words: str
    """What it does, for help."""

    shown: str = ""
    """The keys as people write them; where blank, as Textual names them."""

    hint: str = ""
    """A word for the footer; blank: not there."""

    @property
    def title(self) -> str:
        """The keys for people."""
        return self.shown or self.keys.replace(",", " ")


MOVES = (
    Command("j,down", "cursor(1)", "next row", "j ↓"),
    Command("k,up", "cursor(-1)", "previous row", "k ↑"),
    Command("ctrl+d,pagedown", "page(1)", "a page down", "ctrl+d PgDn"),
    Command("ctrl+u,pageup", "page(-1)", "a page up", "ctrl+u PgUp"),
    Command("g,home", "first", "first row", "g Home"),
    Command("G,end", "last", "last row: the newest alert", "G End"),
    Command("left", "sideways(-8)", "columns to the left", "←"),
    Command("right", "sideways(8)", "columns to the right", "→"),
)
"""In the list and among the fields, whichever has the focus."""

LIVE = (
    Command("enter", "open", "open the alert: all the room for curve and fields", "Enter", "open"),
    Command("escape", "back", "back to the list", "Esc"),
    Command("tab,shift+tab", "switch_pane", "next pane: list, fields", "Tab", "pane"),
    Command("s", "save", "save the alert as a file that fink-client reads", hint="save"),
    Command("right_square_bracket", "undecided", "next alert without a decision", "]", "undecided"),
    Command("left_square_bracket", "undecided(True)", "previous alert without a decision", "["),
    Command("slash", "find", "find an object, a class, a topic; or a field", "/", "find"),
    Command("n", "find_next", "next match"),
    Command("N", "find_next(True)", "previous match"),
    Command("F", "follow", "follow: scroll as alerts arrive; the cursor stays", hint="follow"),
    Command("a", "all_nights", "all nights, or only this one"),
    Command("y", "copy", "copy the object's name, or the field's value (OSC 52)"),
)
"""On the live screen."""

EVERYWHERE = (
    Command("question_mark", "help", "these keys", "?", "help"),
    Command("ctrl+p", "command_palette", "search all commands", "ctrl+p"),
    Command("ctrl+z", "suspend_process", "to the shell; its command fg comes back"),
    Command("q", "quit", "quit; what is kept stays", hint="quit"),
    Command("ctrl+c", "leave", "quit, also from a text field"),
)
"""On every screen."""

GROUPS = {"Alerts": LIVE, "Move": MOVES, "Everywhere": EVERYWHERE}
"""The table as help shows it."""


def bindings(commands: tuple[Command, ...]) -> list[BindingType]:
    """Textual's bindings for some commands.

    All are dealt with as they arrive, one after the other: over a slow line several keys come together, and each acts
    on what those before it have made. Textual's ordinary bindings wait for the message queues of all that lies between
    the focus and the program. A text field that has the focus takes its letters first.
    """
    return [
        Binding(key, command.action, command.words, show=False, priority=True)
        for command in commands
        for key in command.keys.split(",")
    ]


def footer() -> list[tuple[str, str]]:
    """Key and word of those that the footer shows."""
    return [(command.title.split()[0], command.hint) for group in GROUPS.values() for command in group if command.hint]
