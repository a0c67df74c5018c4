"""What is suggested to who types a search: searches of before, completions, examples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len

from fink_tui.alerts.text import ago, clean, count
from fink_tui.app.widgets.suggestions import Suggestion

if TYPE_CHECKING:
    from fink_tui.search.line.completing import Completion
    from fink_tui.store.searches import Searched

LONGEST = 20_000
"""Characters of a search: a list of a thousand identifiers."""

EXAMPLES = (
    ("ZTF21abfmbix", "an object, or several: names with blanks between"),
    ("313888627714719749", "an object of LSST"),
    ("10:21:38 -05:21:01 r=30s", "a place and a radius; also 155.4 -5.35 r=1m"),
    ("M31 r=0.5d", "a name: TNS, SIMBAD and SsODNet are asked"),
    ("class=SN candidate last=50", "the newest of a class; Tab completes"),
    ("date=2026-11-20 trend=rising", "what was seen in a night"),
    ("sso=8467", "a body of the Solar System"),
    ("anomaly last=20", "what Fink finds the most unusual"),
    ("gw=S230518h", "alerts in a gravitational wave's sky map"),
    ("stats 20261120", "counts of a night"),
)
"""What can be typed; only what can stay as it is at every time of the night."""


def before(searches: Sequence[Searched], now: float) -> list[Suggestion]:
    """What was searched before, the last one first, and examples below.

    Args:
        searches: Those that are remembered.
        now: The time, Unix seconds.
    """
    found = []
    for one in searches:
        found.append(
            Suggestion(f"{ago(now - one.asked_at):>11} {count(one.found) + ' found':>12}  ", clean(one.line, LONGEST))
        )
    if searches:
        found += [Suggestion("", "", is_offered=False), Suggestion("What can be typed:", "", is_offered=False)]
    width = max(cell_len(line) for line, _ in EXAMPLES) + 2
    return found + [Suggestion("  ", line.ljust(width), words, is_offered=False) for line, words in EXAMPLES]


def completing(completions: Sequence[Completion]) -> list[Suggestion]:
    """What completes the word before the cursor, each with what it means."""
    width = min(40, max((cell_len(one.text) for one in completions), default=0)) + 2
    return [Suggestion("  ", one.text.ljust(width), one.words) for one in completions]
