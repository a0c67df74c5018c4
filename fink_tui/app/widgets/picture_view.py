"""A view that is one picture, drawn in a thread while the cursor may move on."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import partial
from typing import Any, ClassVar, Generic, TypeVar

from rich.text import Text
from textual.events import Resize
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Static
from textual.worker import Worker, WorkerState

from fink_tui.alerts.text import clean
from fink_tui.app.widgets.view import View

SLOW = 0.3
"""Seconds after which it is said that the picture shown is not yet that of the cursor's alert."""

GROUP = "picture"
"""The group of the workers."""


Picture = TypeVar("Picture")


class PictureView(View, Generic[Picture]):
    """One picture at a time is drawn; what is passed by meanwhile never is, and nothing twice.

    Until the new picture is there, the old one stays; dimmed, once that takes long. It never animates: each frame would
    be sent over the observer's connection.
    """

    REST: ClassVar[float] = 0.035
    """Seconds that the cursor must rest before a picture is drawn: longer than a key that is held takes to repeat."""

    CACHED: ClassVar[int] = 32
    """Pictures kept."""

    DEFAULT_CSS = """
    PictureView { min-height: 4; }
    PictureView.-stale { text-style: dim; }
    """

    class Drawn(Message, bubble=False):
        """A picture is ready."""

        def __init__(self, request: Hashable, picture: Any) -> None:
            super().__init__()
            self.request = request
            self.picture = picture

    def __init__(self, *, ascii_only: bool = False, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        """Make it, empty; the arguments are every view's."""
        super().__init__(ascii_only=ascii_only, id=id, classes=classes)
        self._shown: Hashable = None
        self.has_picture = False
        """Whether what is shown is one."""
        self._pictures: OrderedDict[Hashable, Picture] = OrderedDict()
        self._drawing: Hashable = None
        self._rest: Timer | None = None
        self._slow: Timer | None = None

    def wanted(self) -> Hashable:
        """All that the picture depends on that should be seen now, its size too."""
        raise NotImplementedError

    def instead(self) -> Picture | None:
        """What is shown where there is nothing to draw."""
        raise NotImplementedError

    def painter(self) -> Callable[[], Picture]:
        """What draws the picture that is wanted; called in a thread."""
        raise NotImplementedError

    def words(self, sentence: str) -> Picture:
        """A sentence in place of a picture."""
        raise NotImplementedError

    def put(self, picture: Picture) -> None:
        """Show a picture."""
        raise NotImplementedError

    def on_resize(self, _: Resize) -> None:
        """Draw anew for the new size."""
        self.want()

    def want(self, *, at_once: bool = False) -> None:
        """See that what should be seen now will be.

        Args:
            at_once: Whether it is drawn without a rest in which it may be given up, as for a key of the view.
        """
        if self._rest is not None:
            self._rest.stop()
            self._rest = None
        if not self.is_attached or not self.content_size or (wanted := self.wanted()) == self._shown:
            return self._settle()
        if (instead := self.instead()) is not None:
            self.has_picture = False
            return self._put(wanted, instead)
        picture = self._pictures.get(wanted)
        if picture is not None:
            self._pictures.move_to_end(wanted)
            self.has_picture = True
            return self._put(wanted, picture)
        if at_once:
            self._start()
        else:
            self._rest = self.set_timer(self.REST, self._start)
        if self._slow is None:  # counted from the first of several moves of the cursor
            self._slow = self.set_timer(SLOW, self._say_slow)
        return None

    def _start(self) -> None:
        """Draw what is wanted, when nothing else is drawn any more."""
        self._rest = None
        if self._drawing is None:
            self._drawing = self.wanted()
            draw = partial(self._draw, self._drawing, self.painter())
            self.run_worker(draw, thread=True, group=GROUP, exit_on_error=False)

    def _draw(self, request: Hashable, painter: Callable[[], Picture]) -> None:
        self.post_message(self.Drawn(request, painter()))

    def on_picture_view_drawn(self, message: Drawn) -> None:
        """Keep a picture, and show it if it is still the one that is wanted."""
        self._pictures[message.request] = message.picture
        while len(self._pictures) > self.CACHED:
            self._pictures.popitem(last=False)
        self._take(message.request, message.picture)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Say in words that it could not be drawn."""
        if event.worker.group == GROUP and event.state is WorkerState.ERROR and self._drawing is not None:
            event.stop()
            self.log.error(str(event.worker.error))
            sentence = f"The {self.TITLE} cannot be drawn: {event.worker.error!r}"
            self._take(self._drawing, self.words(clean(sentence, 600)))

    def _take(self, request: Hashable, picture: Picture) -> None:
        """Show what was drawn; where another one is wanted by now, draw that."""
        self._drawing = None
        if request == self.wanted():
            self.has_picture = True
            self._put(request, picture)
        elif self._rest is None:
            self.want(at_once=True)

    def _say_slow(self) -> None:
        self._slow = None
        if self.has_picture:
            self.add_class("-stale")
        else:
            self._shown = None
            self.put(self.words("drawing..." if self.ascii_only else "drawing…"))

    def _put(self, request: Hashable, picture: Picture) -> None:
        self._shown = request
        self._settle()
        self.put(picture)

    def _settle(self) -> None:
        """What is shown is what is wanted."""
        if self._slow is not None:
            self._slow.stop()
            self._slow = None
        self.remove_class("-stale")


class TextView(PictureView[Text], Static):
    """A view whose picture is text."""

    def words(self, sentence: str) -> Text:
        """A sentence in its place."""
        return Text(sentence, end="")

    def put(self, picture: Text) -> None:
        """Show it."""
        self.update(picture, layout=False)

    def text(self) -> str:
        """What is seen, as text."""
        return str(self.content)
