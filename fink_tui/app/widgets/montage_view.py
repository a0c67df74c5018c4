"""A view that is a picture of the sky in cells, with words: drawn lines, shown as they are."""

from __future__ import annotations

from rich.segment import Segment
from textual.strip import Strip

from fink_tui.app import montage
from fink_tui.app.montage import Montage
from fink_tui.app.stamp import Ink
from fink_tui.app.widgets.picture_view import PictureView


class MontageView(PictureView[Montage]):
    """Lines that were drawn in a thread."""

    def __init__(self, *, ascii_only: bool = False, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        """Make it, empty; the arguments are every view's."""
        super().__init__(ascii_only=ascii_only, id=id, classes=classes)
        self._picture = Montage([])

    def room_of(self, request: object) -> tuple[int, int] | None:
        """The cells and lines that a picture was drawn for; None where that is not known."""
        raise NotImplementedError

    def render_line(self, y: int) -> Strip:
        """A line, drawn before; none of a picture for another size, which would be sent in vain."""
        lines = self._picture.lines
        is_fit = self.room_of(self._shown) in (None, self.size)
        line = lines[y] if is_fit and y < len(lines) else Strip([])
        return line.adjust_cell_length(self.size.width)

    @property
    def ink(self) -> Ink:
        """What this terminal can draw with."""
        if self.ascii_only:
            return "ascii"
        has_greys = not self.app.no_color and self.app.console.color_system in ("256", "truecolor")
        return "grey" if has_greys else "shade"

    def words(self, sentence: str) -> Montage:
        """A sentence in place of the picture."""
        return Montage([Strip([Segment(line)]) for line in montage.wrapped(sentence, max(1, self.size.width))])

    def put(self, picture: Montage) -> None:
        """Show it."""
        if picture is not self._picture and (picture.lines or self._picture.lines):
            self._picture = picture
            self.refresh()
