"""What keys do: one table, from which bindings, footer, help and README are made."""

from __future__ import annotations

from typing import NamedTuple

from rich.text import Text
from textual.binding import Binding, BindingType


class Command(NamedTuple):
    """Something that the observer can do."""

    keys: str
    """The keys as Textual names them, joined by commas."""

    action: str
    """The action's name, with its arguments."""

    words: str
    """What it does, for help."""

    shown: str = ""
    """The keys as people write them; where blank, as Textual names them."""

    hint: str = ""
    """A word for the footer; blank: not there."""

    @property
    def title(self) -> str:
        """The keys for people."""
        return self.shown or self.keys.replace(",", " ")


MOVES = (
    Command("j,down", "cursor(1)", "next row", "j ↓"),
    Command("k,up", "cursor(-1)", "previous row", "k ↑"),
    Command("ctrl+d,pagedown", "page(1)", "a page down", "ctrl+d PgDn"),
    Command("ctrl+u,pageup", "page(-1)", "a page up", "ctrl+u PgUp"),
    Command("g,home", "first", "first row", "g Home"),
    Command("G,end", "last", "last row: the newest alert", "G End"),
    Command("left", "sideways(-8)", "columns to the left", "←"),
    Command("right", "sideways(8)", "columns to the right", "→"),
)
"""In the list and among the fields, whichever has the focus."""

ALERTS = (
    Command("enter", "open", "open the alert: view and fields; again: the view alone", "Enter", "open"),
    Command("escape", "back", "back to the list", "Esc"),
    Command("tab,shift+tab", "switch_pane", "next pane: list, fields", "Tab"),
    Command("s", "save", "save the alert as a file that fink-client reads", hint="save"),
    Command("t", "send", "send the alert to the default receiver, such as your TOM", hint="send"),
    Command("T", "send_chosen", "send: choose where, what, and see it before it goes"),
    Command("u", "undo", "take back your last decision; what has left cannot be", hint="undo"),
    Command("right_square_bracket", "undecided", "next alert without a decision", "]", "next"),
    Command("left_square_bracket", "undecided(True)", "previous alert without a decision", "["),
    Command("slash", "find", "find an object, a class, a topic; or a field", "/"),
    Command("n", "find_next", "next match"),
    Command("N", "find_next(True)", "previous match"),
    Command("f", "filter", "filter the list: SQL on its columns; Esc there: no filter"),
    Command("o", "order", "order it: altitude, hours left, magnitude; o o: sort again"),
    Command("M", "map", "map of the list on the sky, and what is up; of counts a plot"),
    Command("H", "history", "whole history of the object, from Fink; Esc: stop waiting"),
    Command("A", "around", "around it: alerts nearby, kept here and in Fink's databases"),
    Command("y", "copy", "copy: name, coordinates, all; the field's value (OSC 52)"),
    Command("S", "next_site", "the sky over the next of your telescopes"),
)
"""With a list of alerts, whichever."""

LIVE_ONLY = (
    Command("F", "follow", "follow: scroll as alerts arrive; the cursor stays"),
    Command("a", "all_nights", "all nights, or only this one"),
    Command("2", "search", "search: what is kept here, and all that Fink has", hint="search"),
    Command("4", "outbox", "what is sent: all sendings, and how far each is", hint="outbox"),
)
"""What arrives."""

LIVE = (*ALERTS, *LIVE_ONLY)
"""On the live screen."""

SEARCH_ONLY = (
    Command("2", "line", "type a search; the next letter begins another", hint="search"),
    Command("E", "form", "search by fields: every kind of search, every argument"),
    Command("R", "fresh", "ask Fink again, also what it has answered before"),
    Command("1", "live", "the live list", hint="live"),
    Command("4", "outbox", "what is sent: all sendings, and how far each is"),
)
"""What a search has besides; Esc stops one that is being asked."""

SEARCH = (*SEARCH_ONLY, *ALERTS)
"""On the search screen."""

LINE = (
    Command("enter", "ask", "search what is typed", "Enter", "search"),
    Command("tab", "complete", "complete a class, a tag, a key; again: the next", "Tab", "complete"),
    Command("up,down", "earlier", "earlier searches", "↓ ↑", "earlier"),
    Command("ctrl+u", "empty", "empty the line", "ctrl+u", "empty"),
    Command("escape", "leave", "leave the line", "Esc", "leave"),
)
"""In the line in which a search is typed; there, letters are text."""

VIEWS = (
    Command("l", "view('curve')", "light curve", hint="curve"),
    Command("i", "view('images')", "images: science, template, difference", hint="images"),
    Command("v", "view('sky')", "sky tonight: when it can be reached", hint="sky"),
    Command("w", "view('what')", "what it is: class, scores, neighbours", hint="what"),
    Command("e", "view('science')", "science: what experts of its kind look at", hint="science"),
    Command("I", "view('field')", "the sky around it: image of a survey, SIMBAD's objects", hint="field"),
)
"""Ways of looking at the current alert; each action names a view."""

CURVE = (
    Command("m", "do('mode', 1)", "magnitude or flux"),
    Command("d", "do('quantity', 1)", "difference; apparent (DC) or science; forced"),
    Command("h", "do('axis', 1)", "time as days from the alert, MJD, phase"),
    Command("P", "do('period', 0)", "type the period of the phase"),
    Command("L", "do('limits', 0)", "with upper limits, or without"),
    Command("b", "do('bands', 0)", "bands: type those to show"),
    Command("comma", "do('step', -1)", "the point before: its values", ","),
    Command("full_stop", "do('step', 1)", "the point after", "."),
    Command("plus", "do('zoom', 1)", "zoom in, around the point", "+"),
    Command("minus", "do('zoom', -1)", "zoom out", "-"),
    Command("less_than_sign", "do('pan', -1)", "to earlier times", "<"),
    Command("greater_than_sign", "do('pan', 1)", "to later times", ">"),
    Command("0", "do('reset', 0)", "all of it again: time, bands, limits"),
)
"""In the light curve."""

IMAGES = (
    Command("m", "do('mode', 1)", "brightness to grey: linear, asinh, log"),
    Command("comma", "do('step', -1)", "the image before, alone", ","),
    Command("full_stop", "do('step', 1)", "the next image alone; after the last, all again", "."),
    Command("plus", "do('zoom', 1)", "twice as big, around the alert", "+"),
    Command("minus", "do('zoom', -1)", "half as big", "-"),
    Command("0", "do('reset', 0)", "as at first"),
)
"""In the images."""

SKY = (
    Command("comma", "do('step', -1)", "lines before", ","),
    Command("full_stop", "do('step', 1)", "lines that did not fit", "."),
)
"""In the sky tonight."""

WHAT = (
    Command("comma", "do('step', -1)", "the page before", ","),
    Command("full_stop", "do('step', 1)", "the next page", "."),
)
"""In the view of what an alert is."""

SCIENCE = (
    Command("comma", "do('step', -1)", "the sheet of the science before", ","),
    Command("full_stop", "do('step', 1)", "the sheet of the next science", "."),
    Command("less_than_sign", "do('pan', -1)", "the page before, where a sheet has several", "<"),
    Command("greater_than_sign", "do('pan', 1)", "the next page", ">"),
    Command("P", "do('period', 0)", "seek a period between two that you type, or fold at one"),
    Command("m", "do('mode', 1)", "fold at twice, at half the period, at the next best"),
    Command("0", "do('reset', 0)", "the sheet that fits the alert again"),
)
"""In the sheets by science."""

FIELD = (
    Command("comma", "do('step', -1)", "the object of SIMBAD before: all of it", ","),
    Command("full_stop", "do('step', 1)", "the next object of SIMBAD", "."),
    Command("plus", "do('zoom', 1)", "a smaller field, down to 1'", "+"),
    Command("minus", "do('zoom', -1)", "a larger field, up to 30'", "-"),
    Command("m", "do('mode', 1)", "the next survey that has the place"),
    Command("0", "do('reset', 0)", "as at first; what did not come is asked for again"),
)
"""In the sky around an alert."""

OUTBOX = (
    Command("enter", "open", "what is sent; of one that asks: the question", "Enter", "open"),
    Command("r", "retry", "try now what waits, failed or was cancelled", hint="retry"),
    Command("c", "cancel", "cancel what has not been sent", hint="cancel"),
    Command("u", "undo", "take back your last decision; what has left cannot be", hint="undo"),
    Command("right_square_bracket", "wanting", "next that asks or has failed", "]", "next"),
    Command("left_square_bracket", "wanting(True)", "previous that asks or has failed", "["),
    Command("y,o", "copy", "show and copy the target's link, else the name (OSC 52)", "y o", "link"),
    Command("1", "live", "the live list", hint="live"),
    Command("2", "search", "search: what is kept here, and all that Fink has"),
    Command("escape", "back", "back to where you came from", "Esc"),
)
"""On the screen of what is sent."""

MAP = (
    Command("n,j", "do('step', 1)", "next alert of the list", "n j", "next"),
    Command("N,k", "do('step', -1)", "the one before", "N k"),
    Command("left", "beside(-1, 0)", "the nearest alert to the left", "←"),
    Command("right", "beside(1, 0)", "to the right", "→"),
    Command("up", "beside(0, -1)", "above", "↑"),
    Command("down", "beside(0, 1)", "below", "↓"),
    Command("g,home", "end(False)", "first alert of the list", "g Home"),
    Command("G,end", "end(True)", "last alert of the list", "G End"),
    Command("plus", "do('zoom', 1)", "closer, around the alert: down to arcseconds", "+", "closer"),
    Command("minus", "do('zoom', -1)", "more of the sky", "-", "wider"),
    Command("0", "do('reset', 0)", "all of the sky; from there: just what was found", hint="all"),
    Command("comma", "do('turn', -1)", "turn it by two hours of RA, or by a part of the field", ","),
    Command("full_stop", "do('turn', 1)", "the other way round: to larger RA", "."),
    Command("c", "do('centre', 0)", "around 12h, 0h, what is up now, the alert", hint="centre"),
    Command("m", "do('mode', 0)", "signs say how many alerts there are, or of which class", hint="classes"),
    Command("S", "next_site", "the sky over the next of your telescopes"),
    Command("escape,enter,M", "back", "back to the list, at this alert", "Esc Enter M", "list"),
)
"""On the map of a list."""

STATISTICS = (
    Command("j,down", "quantity(1)", "plot the next quantity of the table", "j ↓", "quantity"),
    Command("k,up", "quantity(-1)", "plot the one before", "k ↑"),
    Command("ctrl+d,pagedown", "page(1)", "a page of the table down", "ctrl+d PgDn"),
    Command("ctrl+u,pageup", "page(-1)", "a page of the table up", "ctrl+u PgUp"),
    Command("g,home", "end(False)", "first quantity", "g Home"),
    Command("G,end", "end(True)", "last quantity: the class that fewest alerts have", "G End"),
    Command("full_stop,right", "bar(1)", "the next night, or what a bar is of", ". →", "night"),
    Command("comma,left", "bar(-1)", "the one before", ", ←"),
    Command("plus,enter", "zoom", "what is in that bar, night by night", "+ Enter", "closer"),
    Command("minus", "wider", "what it was taken from", "-", "wider"),
    Command("tab", "survey", "the other survey, where both were asked", "Tab"),
    Command("m", "scale", "bars as long as numbers, or as their logarithms", hint="log"),
    Command("escape", "back", "wider, in the end back", "Esc", "back"),
)
"""On the statistics of nights."""

EVERYWHERE = (
    Command("question_mark", "help", "these keys", "?", "help"),
    Command("ctrl+p", "command_palette", "search all commands", "ctrl+p"),
    Command("ctrl+z", "suspend_process", "to the shell; its command fg comes back"),
    Command("q", "quit", "quit; what is kept stays", hint="quit"),
    Command("ctrl+c", "leave", "quit, also from a text field"),
)
"""On every screen."""

VIEW_COMMANDS = (*CURVE, *IMAGES, *SKY, *WHAT, *SCIENCE, *FIELD)
"""What keys do in views: a key may stand here for several, always with the same action."""

GROUPS = {
    "Alerts": ALERTS,
    "Live list: 1": LIVE_ONLY,
    "Search: 2": SEARCH_ONLY,
    "Typing a search: 2": LINE,
    "Move": MOVES,
    "Look at the alert": VIEWS,
    "Light curve: l": CURVE,
    "Images: i": IMAGES,
    "Sky tonight: v": SKY,
    "What it is: w": WHAT,
    "Science: e": SCIENCE,
    "Sky around it: I": FIELD,
    "Outbox: 4": OUTBOX,
    "Map: M": MAP,
    "Statistics of nights: M": STATISTICS,
    "Everywhere": EVERYWHERE,
}
"""The table as help shows it."""


def bindings(commands: tuple[Command, ...]) -> list[BindingType]:
    """Textual's bindings for some commands.

    All are dealt with as they arrive, one after the other: over a slow line several keys come together, and each acts
    on what those before it have made. Textual's ordinary bindings wait for the message queues of all that lies between
    the focus and the program. A text field that has the focus takes its letters first.
    """
    found = {
        key: Binding(key, command.action, command.words, show=False, priority=True)
        for command in commands
        for key in command.keys.split(",")
    }
    return list(found.values())


def footer(commands: tuple[Command, ...], *, everywhere: tuple[Command, ...] | None = None) -> Text:
    """The line of those keys that people should not have to look up.

    Args:
        commands: Those of a screen.
        everywhere: What follows; None: what holds everywhere.
    """
    line = Text(no_wrap=True, overflow="ellipsis", end="")
    for command in (*commands, *(EVERYWHERE if everywhere is None else everywhere)):
        if command.hint:
            line.append("  " if line else "").append(f"{command.title.split()[0]} ", "bold").append(command.hint)
    return line


def tabs(current: str, *, is_short: bool = False) -> Text:
    """The line that says which views there are, and which is seen.

    Args:
        current: The name of the one that is seen.
        is_short: Whether the others are named by their keys alone.
    """
    line = Text(no_wrap=True, overflow="ellipsis", end="")
    for command in VIEWS:
        is_current = f"'{current}'" in command.action
        line.append(" ").append(command.title, "bold")
        if is_current or not is_short:
            line.append(f" {command.hint} ", "reverse" if is_current else "")
    return line
