"""What the keys do."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.screen import Screen
from textual.widgets import Static

from fink_tui.app.commands import GROUPS, LIVE, Command
from fink_tui.store.expression import COLUMNS

SIGNS = (
    (">", "the cursor's row"),
    ("f", "only found by a search: it has not come by the stream"),
    ("s", "saved as a file"),
    ("t ^ T", "to be sent, on its way, sent and there"),
    ("?", "asks whether a target near it is the same: press 4"),
    ("#", "held up until something is mended, such as a login"),
    ("!", "not saved, not sent: press the key again, or see 4"),
    ("…", "being written"),
    ("R", "rock: a Solar System object, known or new"),
    ("S", 'star: SIMBAD; Gaia parallax > 5 sigma; PS1 > 0.76 within 2"'),
    ("V", "variable star: VSX, GCVS or SIMBAD"),
    ("A", "active galaxy, quasar, blazar"),
    ("G", 'galaxy: SIMBAD; PS1 < 0.24 within 5"'),
    ("T", "in the Transient Name Server, or a known supernova"),
    ("B", 'bright star (G < 12) within 20"'),
    ("P", "in the plane of the Galaxy: |b| < 10 degrees"),
    ("mag", "AB, of the difference; a minus: fainter than the template"),
    ("chg", "since the last detection in that band: ▲ brighter,"),
    ("", "▼ fainter, ≈ the same within its error"),
    ("history", "the object's brightness in that band, oldest first"),
    ("rb det", "real/bogus, 0 to 1; detections"),
    ("age", "since the observation"),
    ("is", "R asteroid, V variable, S star, A active galaxy, G galaxy,"),
    ("", "T in the TNS, B beside a bright star, P in the plane,"),
    ("", "X too many alerts in one exposure: a bad subtraction?"),
    ("alt", "altitude now, degrees; -- not up, ? it has moved since"),
    ("left", "dark hours of this night within your telescope's limits"),
    ("lag 3 2min", "messages still to come; age of the newest alert"),
)
"""Signs of the list and of the status line."""


FILTERS = """\
  mag < 19 and n_detections >= 2 and altitude > 40
  class = 'SN candidate' and hours_left > 2 and abs(galactic_latitude) > 10
  topics like '%sn%' and mag_change < -0.3 and state = ''
  Titles of the list are names, too: object, class, chg, det, alt, left;
  but its rb is real_bogus: ZTF has an rb of its own."""
"""What can be typed there."""

CELLS = 72
"""Of a line."""


def help_text(first: Sequence[Command] = LIVE) -> Text:
    """The table of keys, and what the signs on the screen mean.

    Args:
        first: The keys that it begins with: those of the screen where it was asked for.
    """
    out = Text(end="")
    for name, commands in sorted(GROUPS.items(), key=lambda group: not set(group[1]) <= set(first)):
        out.append(f"{name}\n", "bold")
        for command in commands:
            out.append(f"  {command.title:<12}", "bold cyan").append(f" {command.words}\n")
    out.append("Signs", "bold")
    for sign, meaning in SIGNS:
        out.append(f"\n  {sign:<12}", "bold cyan").append(f" {meaning}")
    out.append("\nFilter: f", "bold").append(f"\n{FILTERS}\n")
    out.append("Columns for f, and for o :", "bold")
    for line in textwrap.wrap(" ".join(COLUMNS), CELLS):
        out.append(f"\n  {line}")
    return out


class HelpScreen(Screen[None]):
    """The keys. Nothing shines through from below: that would be the whole screen sent once more."""

    BINDINGS = [  # noqa: RUF012
        Binding(keys, action, show=False, priority=True)  # as all keys: none waits for another
        for keys, action in (
            ("escape,q,question_mark,enter", "app.pop_screen"),
            ("j,down", "scroll(1)"),
            ("k,up", "scroll(-1)"),
            ("ctrl+d,pagedown,space", "scroll(15)"),
            ("ctrl+u,pageup", "scroll(-15)"),
            ("g,home", "scroll(-1000)"),
            ("G,end", "scroll(1000)"),
        )
    ]

    DEFAULT_CSS = """
    HelpScreen { align: center middle; }
    HelpScreen > VerticalScroll {
        width: 100%; max-width: 80; height: auto; max-height: 96%; border: round $primary; padding: 0 1;
        scrollbar-size-vertical: 1; scrollbar-background: $background;
    }
    """

    def __init__(self, first: Sequence[Command] = LIVE) -> None:
        """Make it.

        Args:
            first: The keys that it begins with.
        """
        super().__init__()
        self._first = first

    def compose(self) -> ComposeResult:
        """The text, which scrolls."""
        with VerticalScroll(can_focus=False) as box:
            box.border_title = "Keys"
            box.border_subtitle = "j k scroll, Esc closes"
            yield Static(help_text(self._first), markup=False)

    def action_scroll(self, lines: int) -> None:
        """Scroll by lines; a key that came together with that which opens may be earlier than what it scrolls."""
        for box in self.query(VerticalScroll):
            box.scroll_relative(y=lines, animate=False, force=True)
