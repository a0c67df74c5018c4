"""`E` while searching: a kind of search, its fields, and the line that they amount to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Static

from fink_tui.alerts.text import clean
from fink_tui.app.screens.dialogue import Dialogue, keys
from fink_tui.app.search_forms import Form, FormField, forms
from fink_tui.app.widgets.find import TextField
from fink_tui.app.widgets.suggestions import Suggestion, Suggestions
from fink_tui.search.errors import QuestionError
from fink_tui.search.line.understood import Understood

NAME_CELLS = 23
"""Width of a field's name."""


class Filled(NamedTuple):
    """A form that was filled in."""

    form: Form
    values: Mapping[str, str]


class KindScreen(Dialogue[Form | None]):
    """Which kind of search; its result is the form, None for none."""

    BINDINGS = keys(
        ("escape", "cancel"),
        ("enter,tab", "pick"),
        ("down", "choose(1)"),
        ("up", "choose(-1)"),
        ("ctrl+d,pagedown", "choose(10)"),
        ("ctrl+u,pageup", "choose(-10)"),
    )
    AUTO_FOCUS = "#kind"

    DEFAULT_CSS = """
    KindScreen > .row { height: 1; }
    KindScreen .name { width: auto; color: $text-muted; }
    KindScreen TextField { width: 1fr; height: 1; border: none; padding: 0; background: $background; }
    KindScreen TextField:focus { border: none; }
    KindScreen > Suggestions { height: 1fr; }
    """

    def __init__(self, last: Form | None = None) -> None:
        """Ask.

        Args:
            last: The kind that was chosen last.
        """
        super().__init__()
        self._last = last
        self._shown: tuple[Form, ...] = ()

    def compose(self) -> ComposeResult:
        """A line to type in, and the kinds that have what is typed."""
        with Horizontal(classes="row"):
            yield Static("Search by fields, kind: ", classes="name", markup=False)
            yield TextField(placeholder="type to find one", id="kind")
        yield Suggestions(id="kinds")
        yield Static("↑ ↓ choose  Enter its fields  Esc back to the search", classes="foot", markup=False)

    def on_mount(self) -> None:
        """Show all of them."""
        self._show()

    def on_input_changed(self) -> None:
        """Show those with what is typed."""
        self._show()

    def _show(self) -> None:
        typed = self.query_one("#kind", TextField).value.casefold().split()
        found = [one for one in forms() if all(word in f"{one.title} {one.words}".casefold() for word in typed)]
        if tuple(found) == self._shown:
            return
        self._shown = tuple(found)
        chosen = next((index for index, one in enumerate(found) if one is self._last), 0) if found else None
        lines = [Suggestion(" ", one.title.ljust(NAME_CELLS), one.words) for one in found]
        title = "What observers look for, then every question that Fink takes" if found else "There is no such kind."
        self.query_one(Suggestions).show(title, lines, chosen)

    def action_choose(self, step: int) -> None:
        """Choose another."""
        suggestions = self.query_one(Suggestions)
        if suggestions.chosen is not None:
            suggestions.choose(max(step, -suggestions.chosen))

    def action_pick(self) -> None:
        """Fill in this one."""
        self._show()  # the last letter's message may still be on its way
        chosen = self.query_one(Suggestions).chosen
        if chosen is not None:
            self.dismiss(self._shown[chosen])

    def action_cancel(self) -> None:
        """Back to the search."""
        self.dismiss(None)


class FormScreen(Dialogue[Filled | None]):
    """Its result is what was filled in and can be asked; None to choose another kind."""

    BINDINGS = keys(
        ("escape", "cancel"),
        ("enter,ctrl+s", "ask"),
        ("tab", "complete"),
        ("down", "app.focus_next"),
        ("shift+tab,up", "app.focus_previous"),
    )
    AUTO_FOCUS = "TextField"

    DEFAULT_CSS = """
    FormScreen > #form-fields { height: auto; max-height: 14; scrollbar-size-vertical: 1; }
    FormScreen .row { height: 1; }
    FormScreen .name { width: 23; }
    FormScreen .hint { width: 1fr; color: $text-muted; margin-left: 1; text-wrap: nowrap; text-overflow: ellipsis; }
    FormScreen .hint.-wrong { color: $warning; text-style: bold; }
    FormScreen TextField { width: 34; height: 1; border: none; padding: 0; background: $background; }
    FormScreen TextField { text-style: underline; }
    FormScreen TextField:focus { border: none; text-style: bold; }
    FormScreen > #line { height: auto; max-height: 4; margin-top: 1; }
    FormScreen > Suggestions { height: 1fr; margin-top: 1; }
    """

    def __init__(self, form: Form, values: Mapping[str, str], understand: Callable[[str], Understood]) -> None:
        """Ask.

        Args:
            form: The kind of search.
            values: What was filled in before, by the names of fields.
            understand: What a line means; raises a `QuestionError` where it means nothing.
        """
        super().__init__()
        self._form = form
        self._values = values
        self._understand = understand
        self._has_asked = False
        """Whether it was tried: then also what is empty and must not be is wrong."""
        self._suggested: object = None

    def compose(self) -> ComposeResult:
        """Fields, what they amount to, and what may stand in the current one."""
        head = Text.assemble("Search: ", (f" {self._form.title} ", "bold reverse"), f" {self._form.words}", end="")
        yield Static(head, classes="head", markup=False)
        with VerticalScroll(id="form-fields", can_focus=False):
            for number, field in enumerate(self._form.fields):
                with Horizontal(classes="row"):
                    mark = "*" if field.is_required else " "
                    yield Static(f"{mark}{clean(field.name)}", classes="name", markup=False)
                    yield TextField(self._values.get(field.name, ""), placeholder=field.default, id=f"field-{number}")
                    yield Static("", classes="hint", id=f"hint-{number}", markup=False)
        yield Static("", id="line", markup=False)
        yield Suggestions(id="suggestions")
        foot = "Enter search  Tab complete, next  ↑ ↓ fields  * needed  Esc another kind"
        yield Static(foot, classes="foot", markup=False)

    def on_mount(self) -> None:
        """Show what is there."""
        self._show()

    def on_input_changed(self) -> None:
        """Something was filled in."""
        self._show()

    def on_descendant_focus(self) -> None:
        """Another field has the keys: the one before may be wrong."""
        self._show()

    @property
    def _boxes(self) -> list[TextField]:
        return list(self.query(TextField))

    def _filled(self) -> dict[str, str]:
        pairs = zip(self._form.fields, self._boxes, strict=True)
        return {field.name: box.value.strip() for field, box in pairs if box.value.strip()}

    def _wrong(self) -> list[str]:
        """What is wrong with each field; blank: nothing."""
        now = datetime.now(UTC)
        return [
            self._form.wrong(field, box.value, now) for field, box in zip(self._form.fields, self._boxes, strict=True)
        ]

    def _show(self) -> None:
        wrong, told = self._wrong(), ""
        for number, (field, box) in enumerate(zip(self._form.fields, self._boxes, strict=True)):
            is_told = self._has_asked or (bool(box.value.strip()) and not box.has_focus)
            if is_told and wrong[number]:
                told = told or f"{field.name}: {wrong[number]}"
            hint = self.query_one(f"#hint-{number}", Static)
            hint.set_class(is_told and bool(wrong[number]), "-wrong")
            hint.update(clean(wrong[number] if is_told and wrong[number] else field.words, 300), layout=False)
        line = self._form.line(self._filled())
        shown = Text("= ", "dim", end="")
        shown.append(clean(line, 2_000), "bold")
        if told:  # whole: beside its field there may be too little room
            shown.append("\n" + clean(told, 600), "yellow")
        elif not any(wrong):
            try:
                shown.append("\n" + clean(self._understand(line).words, 300), "dim")
            except QuestionError as error:
                shown.append("\n" + clean(error, 600), "yellow" if self._has_asked else "dim")
        self.query_one("#line", Static).update(shown)
        self._suggest()

    def _current(self) -> tuple[FormField, TextField] | None:
        for field, box in zip(self._form.fields, self._boxes, strict=True):
            if box.has_focus:
                return field, box
        return None

    def _suggest(self) -> None:
        """Show what may stand in the current field."""
        suggestions, current = self.query_one(Suggestions), self._current()
        if current is None:
            return
        field, box = current
        found = self._form.suggestions(field, box.value.strip())
        if (shown := (field, tuple(found))) == self._suggested:
            return
        self._suggested = shown
        title = f"{field.name}: {field.words}" + (f"; empty: {field.default}" if field.default else "")
        suggestions.show(clean(title, 300), [Suggestion(" ", text.ljust(32), words) for text, words in found])

    # -- keys ---------------------------------------------------------------------------------------------------------

    def action_complete(self) -> None:
        """Complete what was begun, else go to the next field."""
        current = self._current()
        if current is not None:
            field, box = current
            typed = box.value.strip()
            found = [text for text, _ in self._form.suggestions(field, typed)] if typed else []
            if found and typed not in found:
                box.value, box.cursor_position = found[0], len(found[0])
                return
        self.focus_next()

    def action_ask(self) -> None:
        """Ask what the fields amount to; where something is wrong, nothing is asked."""
        self._has_asked = True
        wrong = self._wrong()
        filled = self._filled()
        is_good = not any(wrong)
        if is_good:
            try:
                self._understand(self._form.line(filled))
            except QuestionError:
                is_good = False
        if is_good:
            self.dismiss(Filled(self._form, filled))
            return
        for box, words in zip(self._boxes, wrong, strict=True):
            if words:
                self.set_focus(box)
                break
        self._show()

    def action_cancel(self) -> None:
        """Choose another kind."""
        self.dismiss(None)
