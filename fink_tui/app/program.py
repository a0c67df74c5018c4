"""The program that a widget is part of: what it says goes there, and what it decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.dom import DOMNode

if TYPE_CHECKING:
    from fink_tui.app.app import FinkApp


def program(node: DOMNode) -> FinkApp:
    """The program, for those that it imports itself."""
    from fink_tui.app.app import FinkApp

    assert isinstance(node.app, FinkApp)
    return node.app
