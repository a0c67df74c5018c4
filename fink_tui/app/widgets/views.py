"""Which ways of looking at an alert there are. Each is loaded when it is first looked at, or when there is time."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fink_tui.app.session import Session
    from fink_tui.app.widgets.view import View

FIRST = "curve"
"""The view that is seen first."""

MODULES = {
    "curve": "lightcurve",
    "images": "images",
    "sky": "sky",
    "what": "what",
    "science": "science",
    "field": "field",
}
"""The modules of the views, by their names."""


def load(name: str) -> None:
    """Load what a view is made of; in a thread, or a key waits for it."""
    importlib.import_module(f"fink_tui.app.widgets.{MODULES[name]}")


def make(name: str, session: Session) -> View:
    """Make a view.

    Args:
        name: Out of `MODULES`.
        session: What it works on.
    """
    ascii_only = session.ascii_only
    match name:
        case "images":
            from fink_tui.app.widgets.images import Images

            return Images(session.search, id=name, ascii_only=ascii_only)
        case "sky":
            from fink_tui.app.widgets.sky import SkyTonight

            return SkyTonight(session.telescopes, id=name, ascii_only=ascii_only)
        case "what":
            from fink_tui.app.widgets.what import What

            return What(id=name, ascii_only=ascii_only)
        case "science":
            from fink_tui.app.widgets.science import Science

            return Science(id=name, ascii_only=ascii_only)
        case "field":
            from fink_tui.app.widgets.field import SkyField

            return SkyField(session.cds, session.search, session.unsearchable, id=name, ascii_only=ascii_only)
        case _:
            from fink_tui.app.widgets.lightcurve import LightCurve

            return LightCurve(id=name, ascii_only=ascii_only)
