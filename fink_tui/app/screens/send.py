"""`T`: where an alert goes and how much of it, and exactly what will be sent before it is."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from fink_tui.alerts.submission import Choices, is_history
from fink_tui.alerts.text import clean
from fink_tui.app.rendering import Rendered, Renderer
from fink_tui.app.screens.dialogue import Dialogue, keys
from fink_tui.app.sending import how_far, sentence
from fink_tui.app.session import Session
from fink_tui.app.widgets.document import Document
from fink_tui.app.widgets.find import TextField
from fink_tui.receivers.configured import Configured
from fink_tui.store.errors import StoreError
from fink_tui.store.outbox import Entry, State
from fink_tui.store.pages import StoredAlert
from fink_tui.store.telling import Told, tell

FIELDS = ("list", "groups", "history")


class Chosen(NamedTuple):
    """What the observer wants sent."""

    receiver: str
    choices: Choices
    told: Told


class Choice(Static, can_focus=True):
    """One of some names."""

    DEFAULT_CSS = """
    Choice { width: 1fr; max-width: 52; height: 1; }
    """

    BINDINGS = keys(("right,space,l", "next(1)"), ("left,h", "next(-1)"))

    class Changed(Message):
        """Another one is chosen."""

    def __init__(self, names: tuple[str, ...]) -> None:
        """Choose the first."""
        super().__init__("", id="receiver", markup=False)
        self._names = names
        self.chosen = 0

    def on_mount(self) -> None:
        """Show it."""
        self._show()

    def on_focus(self) -> None:
        """Show that the keys choose now."""
        self._show()

    def on_blur(self) -> None:
        """Show that they no longer do."""
        self._show()

    def _show(self) -> None:
        words = self._names[self.chosen]
        if len(self._names) > 1:
            words = f"< {words} >"
        self.update(Text(words, "bold reverse" if self.has_focus else ""), layout=False)

    def action_next(self, step: int) -> None:
        """Choose the next, round the end."""
        self.chosen = (self.chosen + step) % len(self._names)
        self._show()
        self.post_message(self.Changed())


class SendScreen(Dialogue[Chosen | None]):
    """Its result is what to send; None for nothing."""

    BINDINGS = keys(
        ("escape", "cancel"),
        ("enter,ctrl+s", "send"),
        ("tab,down", "app.focus_next"),
        ("shift+tab,up", "app.focus_previous"),
        ("pagedown", "scroll_document(1)"),
        ("pageup", "scroll_document(-1)"),
    )
    AUTO_FOCUS = "#receiver"

    DEFAULT_CSS = """
    SendScreen > .row { height: 1; }
    SendScreen .name { width: 13; color: $text-muted; }
    SendScreen .hint { width: auto; color: $text-muted; margin-left: 1; }
    SendScreen TextField { width: 1fr; max-width: 52; height: 1; border: none; padding: 0; background: $background; }
    SendScreen TextField:focus { border: none; text-style: bold; }
    SendScreen #problem { height: auto; max-height: 3; color: $warning; }
    """

    @dataclass
    class Read(Message):
        """The alert's packet was read."""

        told: Told | None
        problem: str = ""

    @dataclass
    class Shown(Message):
        """What a receiver would be sent is known."""

        receiver: str
        choices: Choices
        rendered: Rendered

    def __init__(self, session: Session, renderer: Renderer, stored: StoredAlert, sendings: tuple[Entry, ...]) -> None:
        """Ask about an alert.

        Args:
            session: Where alerts can be sent.
            renderer: What shows what is sent.
            stored: The alert.
            sendings: What of the outbox is its own.
        """
        super().__init__()
        self._session = session
        self._renderer = renderer
        self._stored = stored
        self._sendings = sendings
        self._told: Told | None = None
        self._set_up: Configured = session.receivers[0]
        self._wanted: tuple[str, Choices] | None = None
        """What is being rendered, or was."""
        self._is_shown = False
        """Whether what is shown is what would be sent."""

    def compose(self) -> ComposeResult:
        """The choices, what is wrong with them, what will be sent."""
        row = self._stored.row
        head = Text.assemble("Send ", (f" {row.object_id} ", "bold reverse"), f" {row.label}", end="")
        yield Static(head, classes="head", markup=False)
        names = tuple(one.name for one in self._session.receivers)
        yield from self._row("receiver", Choice(names), "← → another" if len(names) > 1 else "")
        yield from self._row("target list", _text_field("list"), "blank: none")
        yield from self._row("groups", _text_field("groups"), "names, with commas between")
        yield from self._row("history", _text_field("history"), "all, latest, or days")
        yield Static("", id="problem", markup=False)
        yield Document(id="document")
        foot = "Enter send  Tab next field  ctrl+u empties it  PgUp PgDn scroll  Esc cancel"
        yield Static(foot, classes="foot", markup=False)

    def _row(self, name: str, field: Widget, hint: str) -> ComposeResult:
        with Horizontal(classes="row"):
            yield Static(name, classes="name", markup=False)
            yield field
            yield Static(hint, classes="hint", markup=False)

    def on_mount(self) -> None:
        """Begin with how the receiver is set up; read the packet."""
        self._fill(_defaults(self._set_up))
        self._show_body("…", None)
        self.run_worker(self._read, thread=True, exit_on_error=False, group="read")

    def _field(self, name: str) -> TextField:
        return self.query_one(f"#{name}", TextField)

    def _fill(self, values: Iterable[str]) -> None:
        for name, value in zip(FIELDS, values, strict=True):
            field = self._field(name)
            field.value, field.cursor_position = value, len(value)

    # -- what will be sent --------------------------------------------------------------------------------------------

    def _read(self) -> None:
        """Read the packet; in a thread."""
        try:
            self.post_message(self.Read(tell(self._session.store, self._stored)))
        except StoreError as error:
            self.post_message(self.Read(None, str(error)))
        except Exception as error:  # noqa: BLE001  what nobody foresaw is said, too
            self.post_message(self.Read(None, f"This alert cannot be sent: {error!r}."))

    def on_send_screen_read(self, event: Read) -> None:
        """Show what would be sent."""
        if event.told is None:
            self._show_body(event.problem, None)
            return
        self._told = event.told
        self._render_anew()

    def on_choice_changed(self) -> None:
        """Another receiver: what was typed stays, the rest is as that one is set up."""
        old, typed = self._set_up, [self._field(name).value for name in FIELDS]
        new = self._session.receivers[self.query_one(Choice).chosen]
        self._set_up = new
        all_three = zip(typed, _defaults(old), _defaults(new), strict=True)
        self._fill(value if value != was else now for value, was, now in all_three)
        self._render_anew()

    def on_input_changed(self) -> None:
        """Something was typed."""
        self._render_anew()

    def _choices(self) -> Choices:
        """What the fields say; where that is how the receiver is set up, nothing."""
        target_list, groups, history = typed = [self._field(name).value.strip() for name in FIELDS]
        names = tuple(name.strip() for name in groups.split(",") if name.strip())
        is_set_up = [text == default.strip() for text, default in zip(typed, _defaults(self._set_up), strict=True)]
        return Choices(
            target_list=None if is_set_up[0] else target_list,
            groups=None if is_set_up[1] or names == self._set_up.groups else names,  # a name may hold a comma
            history=None if is_set_up[2] else history,
        )

    def _render_anew(self) -> None:
        wanted = self._set_up.name, self._choices()
        if self._told is None or wanted == self._wanted:
            return
        self._wanted, self._is_shown = wanted, False
        history = wanted[1].history
        if history is not None and not is_history(history):
            self._show_body("The history must be all, latest, or a number of days.", None)
            return
        self._say_how_far()
        told = self._told.told

        def work() -> None:
            self.post_message(self.Shown(*wanted, self._renderer.render(wanted[0], told, wanted[1])))

        self.run_worker(work, thread=True, exit_on_error=False, group="render", exclusive=True)

    def on_send_screen_shown(self, event: Shown) -> None:
        """Show what would be sent, unless it is no longer what is wanted."""
        if (event.receiver, event.choices) != self._wanted:
            return
        self._is_shown = event.rendered.content is not None
        self._show_body(event.rendered.problem, event.rendered.content)

    def _show_body(self, problem: str, content: object) -> None:
        if problem:
            self._say(problem)
        else:
            self._say_how_far()
        self.query_one(Document).show("What will be sent:" if content is not None else "", content)

    def _say_how_far(self) -> None:
        """What is known of this alert and receiver before: it goes once."""
        words = [self._told.note] if self._told is not None and self._told.note else []
        for entry in self._sendings:
            if entry.receiver == self._set_up.name and entry.state not in (State.FAILED, State.CANCELLED):
                words.insert(0, f"It goes once: it {how_far(entry, time.time())}.")
        self._say(sentence(" ".join(words)))

    def _say(self, words: str) -> None:
        self.query_one("#problem", Static).update(clean(words, 600))

    # -- keys ---------------------------------------------------------------------------------------------------------

    def action_cancel(self) -> None:
        """Send nothing."""
        self.dismiss(None)

    def action_send(self) -> None:
        """Send what is shown, and nothing else."""
        self._render_anew()  # the last letter's message may still be on its way
        if self._is_shown and self._told is not None and self._wanted is not None:
            receiver, choices = self._wanted
            self.dismiss(Chosen(receiver, choices, self._told))


def _text_field(name: str) -> TextField:
    """A field whose text is not replaced by the first letter: the focus may come after it, over a slow line."""
    return TextField(id=name, select_on_focus=False)


def _defaults(one: Configured) -> tuple[str, str, str]:
    """How a receiver is set up, as one types it."""
    return one.target_list, ", ".join(one.groups), one.history
