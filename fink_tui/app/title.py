"""The line above the list: what is in it, and what is not."""

from __future__ import annotations

from fink_tui.alerts.text import count


def title(night: int | None, shown: int, *, hidden: int, unseen: int | None, away: int) -> str:
    """The words above the list.

    Args:
        night: The night that is shown, YYYYMMDD, or None for all.
        shown: How many alerts are in the list.
        hidden: How many are kept and of other nights.
        unseen: How many came below what is in sight; None while the list follows.
        away: How many lines the cursor is above (below zero) or below what is in sight.
    """
    if night is None:
        words = f"all nights · {count(shown)} alerts"
        if not shown:
            words = "no alerts kept yet: the line above says what is being received"
    else:
        words = f"night of {night // 10000}-{night // 100 % 100:02d}-{night % 100:02d} · {count(shown)} alerts"
        if hidden > 0:
            words += f" · {count(hidden)} of other nights hidden: a"
    if unseen is None:
        words += " · following"
    elif unseen:
        words += f" · {count(unseen)} below"
    if away:
        words += f" · cursor {count(abs(away))} {'above' if away < 0 else 'below'}"
    return words
