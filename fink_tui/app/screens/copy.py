"""What of an alert is to be copied: each form with what it would copy, to be picked by a key, or with the mouse."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.cells import cell_len
from rich.text import Text
from textual.app import ComposeResult
from textual.widgets import Static

from fink_tui.alerts.forms import Form
from fink_tui.app.screens.dialogue import SCROLLING, Dialogue, keys
from fink_tui.app.widgets.document import Document

ALL = "a"
"""The key that picks everything."""

PICKED = "bcdefghilmnoprstuvwxz123456789"
"""Keys that may be a form's own: those that do nothing else here."""

SENT = "Sent to the terminal's clipboard"
"""What can be said of a copy: whether the terminal took it, nobody tells."""


class CopyScreen(Dialogue[str | None]):
    """Its result is the text that was picked; None for none."""

    BINDINGS = keys(
        ("escape,q", "nothing"),
        ("enter,y", "first"),
        (ALL, "everything"),
        *((key, f"pick('{key}')") for key in PICKED),
        ("j,down", "scroll_lines(1)"),
        ("k,up", "scroll_lines(-1)"),
        ("left", "scroll_sideways(-8)"),
        ("right", "scroll_sideways(8)"),
        *SCROLLING,
    )

    DEFAULT_CSS = """
    CopyScreen > #forms { height: auto; padding: 1 0 0 0; }
    CopyScreen > Document { height: 1fr; display: none; }
    CopyScreen.-all > #forms { display: none; }
    CopyScreen.-all > Document { display: block; }
    """

    def __init__(self, name: str, forms: Sequence[Form], everything: Callable[[], str]) -> None:
        """Offer the forms of an alert.

        Args:
            name: The object's.
            forms: What can be copied; the first is what Enter copies.
            everything: Makes a text of all that is shown of it; that takes a moment.
        """
        super().__init__()
        self._name = name
        self._forms = forms
        self._everything = everything

    def compose(self) -> ComposeResult:
        """The forms, or everything."""
        yield Static(Text.assemble((f" {self._name} ", "bold reverse"), " copy", end=""), classes="head", markup=False)
        yield Static(self._list(), id="forms", markup=False)
        yield Document(id="document")
        yield Static("a letter or number copies  Enter y the name  Esc back", classes="foot", markup=False)

    def _list(self) -> Text:
        lines = [*self._forms, Form(ALL, "all", "everything that is shown of it")]
        width = max(cell_len(form.title) for form in lines)
        out = Text(end="")
        for form in lines:
            out.append(f" {form.key} ", "bold").append(form.title.ljust(width + 2), "dim").append(form.text + "\n")
        return out

    def action_everything(self) -> None:
        """Copy all that is shown of it, and show that."""
        if self.has_class("-all"):
            return
        everything = self._everything()
        self.app.copy_to_clipboard(everything)
        self.add_class("-all")
        self.query_one(Document).show_lines(f"{SENT}; here it is", everything.splitlines())
        self.query_one(".foot", Static).update("j k scroll  left right sideways  Esc back", layout=False)

    def action_pick(self, key: str) -> None:
        """Pick a form by its own key."""
        if self.has_class("-all"):
            return
        for form in self._forms:
            if form.key == key:
                self.dismiss(form.text)
                return

    def action_first(self) -> None:
        """Pick the first; where everything is shown, that was picked."""
        self.dismiss(None if self.has_class("-all") else self._forms[0].text)

    def action_nothing(self) -> None:
        """Go back."""
        self.dismiss(None)
