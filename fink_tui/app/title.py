"""The line above the list: what is in it, and what is not."""

from __future__ import annotations

import time
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size

from fink_tui.alerts.text import count

FILTER_CELLS = 16
"""Cells of a filter that are shown at least, however narrow the line."""


class Asked(NamedTuple):
    """How a list is filtered and ordered."""

    filter: str
    """The filter; blank: none."""

    order: str
    """By what it is ordered; blank: by arrival."""

    at: float | None
    """When it was arranged, Unix seconds; None where that does not matter."""

    newer: int
    """How many came since and are at its end, where it is ordered."""

    total: int
    """How many alerts there are, those that the filter hides among them."""


def title(
    night: int | None,
    shown: int,
    *,
    hidden: int,
    unseen: int | None,
    away: int,
    asked: Asked | None = None,
    width: int = 80,
) -> str:
    """The words above the list.

    Args:
        night: The night that is shown, YYYYMMDD, or None for all.
        shown: How many alerts are in the list.
        hidden: How many are kept and of other nights.
        unseen: How many came below what is in sight; None while the list follows.
        away: How many lines the cursor is above (below zero) or below what is in sight.
        asked: How the list is filtered and ordered; None where it is not.
        width: Cells of the line.
    """
    date = "" if night is None else f"{night // 10000}-{night // 100 % 100:02d}-{night % 100:02d}"
    where = ""
    if unseen is None:
        where = " · following"
    elif unseen:
        where = f" · {count(unseen)} below"
    if away:
        where += f" · cursor {count(abs(away))} {'above' if away < 0 else 'below'}"
    others = f" · {count(hidden)} of other nights hidden: a" if night is not None and hidden > 0 else ""
    if asked is not None:
        return _arranged(date or "all nights", shown, asked, where, others, width)
    if night is None:
        words = f"all nights · {count(shown)} alerts"
        if not shown:
            words = "no alerts kept yet: the line above says what is being received"
    else:
        words = f"night of {date} · {count(shown)} alerts"
    return words + others + where


def found_title(shown: int, *, above: int, away: int, order: str, asked: Asked | None = None, width: int = 80) -> str:
    """The words above the list of what a search has found.

    Args:
        shown: How many alerts are in the list.
        above: How many are above what is in sight.
        away: How many lines the cursor is above (below zero) or below what is in sight.
        order: The order that the search gives, such as "nearest first"; blank while more may come.
        asked: How the list is filtered and ordered; None where it is not.
        width: Cells of the line.
    """
    where = f" · {count(above)} above" if above else ""
    if away:
        where += f" · cursor {count(abs(away))} {'above' if away < 0 else 'below'}"
    if asked is not None:
        return _arranged("found", shown, asked, where, "", width)
    return f"{count(shown)} {'alert' if shown == 1 else 'alerts'}" + (f", {order}" if order else "") + where


def _arranged(nights: str, shown: int, asked: Asked, where: str, others: str, width: int) -> str:
    """The words above a list that is filtered or ordered.

    Of the filter as much as there is room for; of other nights where there is room for all.
    """
    many = f"{count(shown)} of {count(asked.total)}" if asked.filter else f"{count(shown)} alerts"
    words = f"{nights} · {many}"
    if asked.filter and not shown:
        words += " pass · f Esc: no filter"
    moment = time.strftime("%H:%M", time.gmtime(asked.at)) if asked.at is not None else ""
    order = f" · by {asked.order}" if asked.order else ""
    if moment:
        order += f" at {moment}" if asked.order else f" · as at {moment}"
    if asked.order and asked.newer:
        newer = f", {count(asked.newer)} newer at the end: o o"
        least = min(FILTER_CELLS, cell_len(asked.filter)) + 3 if asked.filter else 0
        if cell_len(words + order + newer + where) + least > width:  # the keys that sort them in are not cut
            newer = f", {count(asked.newer)} newer: o o"
        order += newer
    if asked.filter:
        room = max(FILTER_CELLS, width - cell_len(words + order + where) - 3)
        text = asked.filter if cell_len(asked.filter) <= room else set_cell_size(asked.filter, room - 1) + "…"
        words += f" · {text}"
    words += order + where
    return words + others if cell_len(words + others) <= width else words
