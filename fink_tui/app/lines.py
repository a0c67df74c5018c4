"""A list of lines that is drawn a line at a time: the ground of the list of alerts and the list of fields.

Textual sends a whole widget again whenever its layout changes, and its DataTable does so for every row. Here a row
that arrives out of sight changes a number; a cursor that moves repaints two lines.
"""

from __future__ import annotations

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from fink_tui.app.commands import MOVES, bindings


class Lines(ScrollView, can_focus=True):
    """Lines under a heading that does not scroll; a subclass says what is on them."""

    COMPONENT_CLASSES = {  # noqa: RUF012
        *("lines--heading", "lines--cursor", "lines--cursor-blurred", "lines--quiet", "lines--alarm")
    }

    DEFAULT_CSS = """
    Lines { height: 1fr; overflow-x: auto; overflow-y: scroll; }
    Lines { scrollbar-size-vertical: 1; scrollbar-size-horizontal: 0; scrollbar-background: $background; }
    Lines > .lines--heading { text-style: bold; color: $text-muted; }
    Lines > .lines--cursor { text-style: bold reverse; }
    Lines > .lines--cursor-blurred { text-style: bold underline; }
    Lines > .lines--quiet { color: $text-muted; }
    Lines > .lines--alarm { color: $warning; }
    """

    def heading(self) -> str:
        """The line that does not scroll."""
        raise NotImplementedError

    def content(self, index: int) -> list[tuple[str, str]]:
        """A line as pieces of text, each with a component class or ""."""
        raise NotImplementedError

    @property
    def cursor_row(self) -> int | None:
        """The line that is current, if one is."""
        return None

    @property
    def room(self) -> int:
        """Cells of a line: what the scroll bar leaves."""
        return self.scrollable_content_region.width

    @property
    def rows(self) -> int:
        """Lines that fit below the heading."""
        return max(0, self.size.height - 1)

    @property
    def top(self) -> int:
        """The first line that is in sight."""
        return round(self.scroll_offset.y)

    def resize_content(self, width: int, count: int) -> None:
        """Say how much there is, without a new layout where the scroll bar alone changes.

        Args:
            width: Cells of the widest line.
            count: Lines.
        """
        size = Size(width, count + 1)
        if size == self.virtual_size:
            return
        if size.width != self.virtual_size.width or not self.show_vertical_scrollbar:
            self.virtual_size = size
        else:
            self.set_reactive(Widget.virtual_size, size)
            if self._thumb(size.height) != self._thumb(self.vertical_scrollbar.window_virtual_size):
                self.vertical_scrollbar.window_virtual_size = size.height
        if self.top > max(0, count - self.rows):  # there is less than there was
            self.scroll_to(y=max(0, count - self.rows), animate=False, force=True, immediate=True)

    def _thumb(self, height: int) -> tuple[int, int]:
        """Size and place of the scroll bar's thumb, in quarters of a cell: less is not worth painting it again.

        Args:
            height: Lines there are, the heading among them.
        """
        cells = self.size.height * 4
        return cells * (self.rows + 1) // max(1, height), cells * self.top // max(1, height)

    def refresh_lines_at(self, *indices: int | None) -> None:
        """Paint some lines again, where they are in sight."""
        for index in indices:
            if index is not None and self.top <= index < self.top + self.rows:
                self.refresh(Region(0, index - self.top + 1, self.room, 1))

    def bring_into_sight(self, index: int) -> None:
        """Scroll just so far that a line is in sight."""
        if index < self.top:
            self.scroll_to(y=index, animate=False, force=True, immediate=True)
        elif index >= self.top + self.rows:
            self.scroll_to(y=index - self.rows + 1, animate=False, force=True, immediate=True)

    def render_line(self, y: int) -> Strip:
        """A line of the screen."""
        base, width, left = self.rich_style, self.room, round(self.scroll_offset.x)
        if y == 0:
            style = base + self.get_component_rich_style("lines--heading", partial=True)
            return Strip([Segment(self.heading(), style)]).crop_extend(left, left + width, style)
        index = self.top + y - 1
        pieces = self.content(index)
        if index == self.cursor_row:
            name = "lines--cursor" if self.has_focus else "lines--cursor-blurred"
            style = base + self.get_component_rich_style(name)
            pieces = [("".join(piece for piece, _ in pieces), "")]
        else:
            style = base
        segments = [Segment(piece, self._styled(style, name)) for piece, name in pieces if piece]
        return Strip(segments).crop_extend(left, left + width, style)

    def _styled(self, base: Style, name: str) -> Style:
        return base + self.get_component_rich_style(name, partial=True) if name else base

    def on_focus(self) -> None:
        """Show that this list has the keys now."""
        self.refresh_lines_at(self.cursor_row)

    def on_blur(self) -> None:
        """Show that it no longer has."""
        self.refresh_lines_at(self.cursor_row)

    def action_sideways(self, cells: int) -> None:
        """Scroll to the side."""
        self.scroll_to(x=max(0, self.scroll_offset.x + cells), animate=False, force=True, immediate=True)


class CursorLines(Lines):
    """Lines of which one is current, and the keys that move to another."""

    BINDINGS = bindings(MOVES)

    _cursor = 0

    def _move(self, index: int) -> None:
        """Make a line the current one; beyond the ends, the first or the last."""
        raise NotImplementedError

    def action_cursor(self, rows: int) -> None:
        """Move the cursor."""
        self._move(self._cursor + rows)

    def action_page(self, pages: int) -> None:
        """Move the cursor by pages."""
        self._move(self._cursor + pages * max(1, self.rows - 1))

    def action_first(self) -> None:
        """Move the cursor to the first line."""
        self._move(0)

    def action_last(self) -> None:
        """Move the cursor to the last line."""
        self._move(self.virtual_size.height - 2)  # the heading is one of them
