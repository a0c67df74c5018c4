from __future__ import annotations

import pytest
from rich.cells import cell_len
from textual.app import App
from textual.binding import Binding
from textual.dom import DOMNode

from fink_tui.app import commands
from fink_tui.app.app import FinkApp
from fink_tui.app.commands import EVERYWHERE, GROUPS, LINE, LIVE, MOVES, OUTBOX, SEARCH, VIEWS, Command
from fink_tui.app.screens.help import HelpScreen, help_text
from fink_tui.app.screens.live import LiveScreen
from fink_tui.app.screens.search import SearchScreen
from fink_tui.app.widgets.alert_list import AlertList
from fink_tui.app.widgets.field_list import FieldList
from fink_tui.app.widgets.find import FindField

ALL = [command for group in GROUPS.values() for command in group]

OF_SCREENS = pytest.mark.parametrize("own", [LIVE, SEARCH, OUTBOX], ids=["live", "search", "outbox"])


@OF_SCREENS
def test_no_key_twice(own: tuple[Command, ...]) -> None:
    keys = [key for command in (*own, *MOVES, *EVERYWHERE) for key in command.keys.split(",")]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(
    ("group", "nodes"),
    [(MOVES, [AlertList, FieldList]), (LIVE, [LiveScreen]), (SEARCH, [SearchScreen]), (EVERYWHERE, [FinkApp])],
    ids=["move", "live", "search", "everywhere"],
)
def test_every_action_is_there_and_every_key_bound(group: tuple[Command, ...], nodes: list[type[DOMNode]]) -> None:
    for node in nodes:
        bound = {(b.key, b.action) for b in node.BINDINGS if isinstance(b, Binding)}
        for command in group:
            assert callable(getattr(node, "action_" + command.action.partition("(")[0]))
            assert {(key, command.action) for key in command.keys.split(",")} <= bound


def test_no_key_waits_for_another() -> None:
    assert all(b.priority for b in commands.bindings(tuple(ALL)) if isinstance(b, Binding))
    assert all(b.priority for b in FindField.BINDINGS if isinstance(b, Binding))


@OF_SCREENS
def test_the_footer_fits_in_80_cells_and_says_how_to_get_help_and_out(own: tuple[Command, ...]) -> None:
    footer = commands.footer(own).plain
    assert footer.endswith("  ? help  q quit")
    assert cell_len(footer) <= 80
    for command in own:
        assert (f"{command.title.split()[0]} {command.hint}" in footer.split("  ")) == bool(command.hint)


def test_in_the_line_of_a_search_the_footer_says_only_its_own_keys() -> None:
    footer = commands.footer(LINE, everywhere=()).plain
    assert footer.endswith("Esc leave")
    assert cell_len(footer) <= 80


def test_help_is_the_table_and_fits_a_narrow_screen() -> None:
    text = help_text()
    for command in ALL:
        assert f"{command.title:<12} {command.words}" in text.plain
    assert max(cell_len(line) for line in text.plain.splitlines()) <= 80 - 5  # border, padding, scroll bar


def test_help_closes_with_the_keys_that_one_tries() -> None:
    closing = {b.key for b in HelpScreen.BINDINGS if isinstance(b, Binding) and b.action == "app.pop_screen"}
    assert {"escape", "q", "question_mark"} <= set(",".join(closing).split(","))


def test_our_keys_go_before_textuals() -> None:
    inherited = {b.key for b in App.BINDINGS if isinstance(b, Binding)}
    assert "ctrl+c" in inherited, "else nothing is to be overridden"
    assert any(b.key == "ctrl+c" and b.action == "leave" for b in FinkApp.BINDINGS if isinstance(b, Binding))


def test_the_line_of_views_says_their_keys_which_is_seen_and_fits_beside_the_list() -> None:
    for command in VIEWS:
        name = command.action.split("'")[1]
        line = commands.tabs(name)
        assert cell_len(line.plain) <= 60
        assert f" {command.title} {command.hint} " in line.plain
        assert [line.plain[span.start : span.end] for span in line.spans if span.style == "reverse"] == [
            f" {command.hint} "
        ]
