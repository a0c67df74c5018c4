"""One of the ways of looking at the current alert: a light curve, images, the sky tonight."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple, Protocol, runtime_checkable

from textual.message import Message
from textual.widget import Widget

if TYPE_CHECKING:
    from fink_tui.app.loading import Whole
    from fink_tui.store.pages import StoredAlert


class Subject(NamedTuple):
    """What a view looks at."""

    stored: StoredAlert
    """The alert's row, and what the store knows of it."""

    whole: Whole
    """What its packet holds."""


class Question(NamedTuple):
    """What the observer is to type."""

    placeholder: str
    """What it is that is asked for."""

    value: str
    """What stands there to begin with."""

    answer: Callable[[str], None]
    """Called with what was typed, without blanks around it; not when it is given up."""


@runtime_checkable
class Asker(Protocol):
    """What lets the observer type something for the views in it."""

    def ask_for_view(self, question: Question) -> None:
        """Ask, and take the keys at once."""


class View(Widget):
    """A way of looking at an alert. Only the one that is seen is ever told of an alert.

    What takes longer than a few milliseconds is done in a worker, and given up when another alert comes. A view has a
    method `do_<name>` for each of the commands that it knows; its screen calls it with the command's argument.
    """

    @dataclass
    class Say(Message):
        """The observer is to be told something, once."""

        sentence: str
        is_error: bool = False

    NAME: ClassVar[str]
    """What the commands call it."""

    TITLE: ClassVar[str]
    """Its name for people."""

    DEFAULT_CSS = """
    View { height: 1fr; width: 1fr; }
    """

    def __init__(self, *, ascii_only: bool = False, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        """Make it, empty.

        Args:
            ascii_only: Whether only ASCII may be used.
            id: As for every widget.
            classes: As for every widget.
        """
        super().__init__(id=id, classes=classes, markup=False)
        self.ascii_only = ascii_only

    def show_alert(self, subject: Subject) -> None:
        """Show an alert whose packet was read; the one shown before is no longer wanted."""
        raise NotImplementedError

    def clear(self) -> None:
        """Show nothing: what was shown belongs to another alert."""
        raise NotImplementedError

    def text(self) -> str:
        """All that it shows, as plain text to be copied."""
        raise NotImplementedError

    def ask(self, placeholder: str, value: str, answer: Callable[[str], None]) -> None:
        """Let the observer type something: at once, for a message would come after letters that are there already."""
        asker = next(node for node in self.ancestors if isinstance(node, Asker))
        asker.ask_for_view(Question(placeholder, value, answer))

    def tick(self) -> None:
        """A minute has passed: what depends on the time is shown anew."""

    def perform(self, command: str, argument: int) -> bool:
        """Do what a key asks for.

        Args:
            command: The command's name.
            argument: A direction, or 0.

        Returns:
            Whether this view knows that command.
        """
        method = getattr(self, f"do_{command}", None)
        if method is None:
            return False
        method(argument)
        return True
