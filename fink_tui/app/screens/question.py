"""The question that a receiver asks: is the alert's object one of the targets near it?"""

from __future__ import annotations

from rich.cells import cell_len
from rich.text import Text
from textual.app import ComposeResult
from textual.geometry import Region
from textual.strip import Strip
from textual.widgets import Static

from fink_tui.alerts.text import clean
from fink_tui.app.glance import Glance
from fink_tui.app.screens.dialogue import Dialogue, keys
from fink_tui.store.outbox import Entry, Neighbour

ANSWERS = """
 s  it is the same object: its points go to that target
 a  the same, and the alert's name becomes another name of that target
 n  it is another object: a target of its own is made"""


class _Neighbours(Static):
    """The targets; who sees them may answer."""

    def __init__(self, glance: Glance) -> None:
        super().__init__("", id="neighbours", markup=False)
        self._glance = glance

    def render_lines(self, crop: Region) -> list[Strip]:
        """Paint them."""
        self._glance.painted(0)
        return super().render_lines(crop)


class QuestionScreen(Dialogue[tuple[str, str] | None]):
    """Its result is the answer and the target that it is about; None for later."""

    BINDINGS = keys(
        ("escape,q,4", "later"),
        ("j,down", "cursor(1)"),
        ("k,up", "cursor(-1)"),
        ("s", "answer('same')"),
        ("a", "answer('alias')"),
        ("n", "answer('new')"),
    )

    DEFAULT_CSS = """
    QuestionScreen > #neighbours { height: 1fr; padding: 1 0 0 0; }
    QuestionScreen > #answers { height: 5; }
    """

    def __init__(self, entry: Entry) -> None:
        """Ask about a row of the outbox."""
        super().__init__()
        self._entry = entry
        self._cursor = 0
        self._glance = Glance()

    def compose(self) -> ComposeResult:
        """The question, the targets, the answers."""
        entry = self._entry
        head = Text.assemble((f" {entry.object_id} ", "bold reverse"), f" {entry.label}, for {entry.receiver}", end="")
        yield Static(head, classes="head", markup=False)
        yield Static(clean(entry.answer, 2000), classes="said", markup=False)
        yield _Neighbours(self._glance)
        yield Static(ANSWERS, id="answers", markup=False)
        yield Static("s same  a alias  n new  j k choose the target  Esc later", classes="foot", markup=False)

    def on_mount(self) -> None:
        """Show the targets."""
        self._show()

    def arrived(self, round_trip: float) -> None:
        """What was painted is on the terminal."""
        self._glance.arrived(round_trip)

    def _show(self) -> None:
        out = Text(end="", no_wrap=True, overflow="ellipsis")
        names = [clean(near.name, 40) for near in self._entry.neighbours]
        width = max(map(cell_len, names), default=0)
        for index, (near, name) in enumerate(zip(self._entry.neighbours, names, strict=True)):
            line = f"{'>' if index == self._cursor else ' '} {name:<{width}}  {separation(near)}"
            if near.target:
                line += f"  target {clean(near.target, 40)}"
            out.append(line + "\n", "bold reverse" if index == self._cursor else "")
        for shown in self.query(_Neighbours):
            shown.update(out, layout=False)

    def action_cursor(self, rows: int) -> None:
        """Choose another target."""
        self._cursor = max(0, min(self._cursor + rows, len(self._entry.neighbours) - 1))
        self._show()

    def action_later(self) -> None:
        """Leave it as it is."""
        self.dismiss(None)

    def action_answer(self, nearby: str) -> None:
        """Answer, once the question was seen: a key may have come together with the one that opened it."""
        if not self._glance.has_seen(0):
            return
        near = self._entry.neighbours
        self.dismiss((nearby, near[self._cursor].target if near and nearby != "new" else ""))


def separation(near: Neighbour) -> str:
    """How far a target is from the alert: `0.8″ away`."""
    return f"{near.separation:.1f}″ away"
