"""The list's columns: what is in each, and how wide it is. Text only; no screen in sight."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len, set_cell_size

from fink_tui.alerts import photometry, text
from fink_tui.sky.coordinates import separation
from fink_tui.sky.night import mjd_to_unix
from fink_tui.store import decisions
from fink_tui.store.pages import Exposure, ListRow

if TYPE_CHECKING:
    from fink_tui.sky.visibility import Overhead

SPARKS = "▁▂▃▄▅▆▇█"
"""Brightness from faintest to brightest."""

ASCII_SPARKS = "_.,-~=*#"
"""The same for fonts without blocks."""

MARKS = {"": " ", decisions.SAVED: "s", decisions.SEND: "t"}
"""What stands for a decision."""

SENDING_MARKS = {
    "queued": "t",
    "sending": "^",
    "sent": "T",
    "exists": "T",
    "blocked": "#",
    "asking": "?",
    "failed": "!",
}
"""What stands for how far a sending is, by the outbox's states; it goes before the decision."""

FOUND = "f"
"""What stands for an alert of Fink's database that has not come by the stream."""

DECIDING, UNDECIDED = "…", "!"
"""A decision on its way to the disk, and one that came to nothing."""

ALARMS = frozenset("#?!")
"""Marks that want the observer."""

MOVED = "?"
"""What stands for the altitude of an asteroid that was seen long ago."""

CURSOR = ">"
"""What stands beside the mark of the row under the cursor: colours are not everyone's."""

SHORT_LABELS = {
    "SN candidate": "SN cand.",
    "Early SN Ia candidate": "early Ia",
    "Kilonova candidate": "KN cand.",
    "Microlensing candidate": "mulens",
    "Solar System candidate": "SSO cand.",
    "Solar System MPC": "SSO MPC",
    "Solar System": "SSO",
    "Non-periodic": "non-per.",
}
"""Fink's longer classes for where there is no room: cut short, a known asteroid would look like a new one."""


def mark(row: ListRow) -> str:
    """What stands for what was decided of an alert, and became of that; else whether it came by the stream at all."""
    if row.arrival is None and not row.state and not row.sending:
        return FOUND
    return SENDING_MARKS.get(row.sending) or MARKS.get(row.state, "?")


class Context(NamedTuple):
    """What a row's text depends on besides the row."""

    now_mjd: float
    """The time, MJD, UTC."""

    ascii_only: bool = False
    """Whether only ASCII may be used."""

    overhead: Overhead | None = None
    """The sky over the site; None where there is none, or not yet."""

    exposure: Exposure | None = None
    """How many alerts the row's exposure has."""

    centre: tuple[float, float] | None = None
    """Right ascension and declination, degrees, of the place around which the list was searched; None: no place."""


def _time(row: ListRow, context: Context) -> str:
    """The hour of a recent observation, the date of an older one."""
    if context.now_mjd - row.obs_mjd < 1:
        return text.clock(row.obs_mjd)
    return text.utc(row.obs_mjd)[5:10]


def _separation(row: ListRow, context: Context) -> str:
    """How far it is from the place around which was searched."""
    if context.centre is None:
        return ""
    return text.angle(separation(*context.centre, row.ra, row.dec)).replace("°", "d" if context.ascii_only else "°")


def _magnitude(row: ListRow, _: Context) -> str:
    """Magnitude and band, with a minus behind where the source is fainter than the template."""
    mag, sign = row.mag, ""
    if mag is None and row.flux is not None and (found := photometry.flux_to_mag(abs(row.flux), row.flux_err)):
        mag = found[0]
    if row.is_positive == 0:
        sign = "-"
    return text.magnitude(mag) + (row.band or "?") + sign if mag is not None else "-"


def _change(row: ListRow, context: Context) -> str:
    """By how much it brightened (up) or faded (down) since the last time; ≈ within its error."""
    if row.mag_change is None:
        return ""
    signs = ("^", "v", "~") if context.ascii_only else ("▲", "▼", "≈")
    if row.mag_change_err is not None and abs(row.mag_change) < row.mag_change_err:
        sign = signs[2]
    else:
        sign = signs[0] if row.mag_change < 0 else signs[1]
    size = abs(row.mag_change)
    return sign + (f"{size:.2f}".removeprefix("0") if size < 9.995 else f"{size:.0f}")


def _sparkline(row: ListRow, context: Context) -> str:
    sparks = ASCII_SPARKS if context.ascii_only else SPARKS
    return "".join(sparks[int(digit)] if digit.isdigit() else " " for digit in row.sparkline)


def _score(row: ListRow, _: Context) -> str:
    if row.real_bogus is None:
        return "-"
    return f"{row.real_bogus:.2f}".removeprefix("0")[:3]


def _age(row: ListRow, context: Context) -> str:
    seconds = (context.now_mjd - row.obs_mjd) * 86400
    return "<1min" if 0 <= seconds < 60 else text.age(seconds).replace(" ", "")  # a line is painted once a minute


def _detections(row: ListRow, _: Context) -> str:
    count = row.n_detections
    if not count:
        return "-"
    return str(count) if count < 1000 else f"{count // 1000}k"


def _has_moved_on(row: ListRow, context: Context) -> bool:
    """Whether it is where nobody here knows: of the place where it was, nothing is said."""
    from fink_tui.alerts.badges import MOVED_ON, is_solar_system  # not before the first alert

    return (context.now_mjd - row.obs_mjd) * 86400 > MOVED_ON and is_solar_system(row)


def _altitude(row: ListRow, context: Context) -> str:
    """How high it is, degrees, and whether it climbs; below the horizon only that."""
    if context.overhead is None:
        return ""
    if _has_moved_on(row, context):
        return MOVED
    altitude = context.overhead.altitude(row.ra, row.dec)
    rising, setting = "/\\" if context.ascii_only else "↗↘"
    trend = rising if context.overhead.is_rising(row.ra, row.dec) else setting
    return (f"{altitude:.0f}" if altitude >= 0 else "--") + trend


def _hours_left(row: ListRow, context: Context) -> str:
    """For how long tonight it can be observed; cut, not rounded: what is promised is there."""
    if context.overhead is None:
        return ""
    if _has_moved_on(row, context):
        return MOVED
    tenths = int(context.overhead.hours_left(row.ra, row.dec) * 10)
    if tenths >= 100:
        return f"{tenths // 10}h"
    return f"{tenths / 10:.1f}h" if tenths else "-"


def _badges(row: ListRow, context: Context) -> str:
    from fink_tui.alerts.badges import badges, crowd  # not before the first alert

    burst = crowd(*context.exposure) if context.exposure is not None else None
    letters = "".join(badge.letter for badge in badges(row, row.galactic_latitude))
    return burst.letter + letters if burst is not None else letters


def short_topics(topics: str) -> str:
    """Names of topics without what all of Fink's share."""
    names = [name.removeprefix("fink_").removesuffix("_ztf").removesuffix("_lsst") for name in topics.split(",")]
    return ",".join(text.clean(name) for name in names)


def _topics(row: ListRow, context: Context) -> str:
    """The topics by which it came; of what only Fink's database had, when that was asked."""
    if row.arrival is not None:
        return short_topics(row.topics)
    return f"Fink, {text.ago(mjd_to_unix(context.now_mjd) - row.arrived_at)}"


def _topics_cut(value: str, width: int) -> str:
    """Of an answer's age the number, or nothing: a part of it would be another."""
    if not value.startswith("Fink, "):
        return _end_cut(value, width)
    short = value.removesuffix(" ago").replace("Fink, ", "Fink ").replace(" min", "m").replace("just now", "now")
    return short if cell_len(short) <= width else "Fink"


def _end_cut(value: str, width: int) -> str:
    """The beginning, and an ellipsis."""
    return set_cell_size(value, width - 1) + "…"


def _object_cut(value: str, width: int) -> str:
    """Of LSST's numbers the end, which differs; of other names the beginning."""
    return "…" + value[-(width - 1) :] if value.isascii() and value.isdigit() else _end_cut(value, width)


def _label_cut(value: str, width: int) -> str:
    """A short form where there is one."""
    short = SHORT_LABELS.get(value, value)
    return short if cell_len(short) <= width else _end_cut(short, width)


class Column(NamedTuple):
    """A column of the list."""

    title: str
    width: int
    """Cells at least."""
    value: Callable[[ListRow, Context], str]
    is_right: bool = False
    """Whether it is set to the right."""
    shorten: Callable[[str, int], str] = _end_cut
    """What stands for a value that does not fit in so many cells."""
    needs_site: bool = False
    """Whether it says nothing without a telescope."""
    needs_centre: bool = False
    """Whether it says nothing where no place was searched around."""


COLUMNS = (
    Column("UTC", 5, _time),
    Column("object", 12, lambda row, _: row.object_id, shorten=_object_cut),
    Column("sep", 5, _separation, is_right=True, needs_centre=True),
    Column("class", 9, lambda row, _: row.label, shorten=_label_cut),
    Column("is", 2, _badges),
    Column("mag", 7, _magnitude, is_right=True),
    Column("chg", 5, _change, is_right=True),
    Column("history", 8, _sparkline),
    Column("rb", 3, _score, is_right=True),
    Column("det", 3, _detections, is_right=True),
    Column("age", 5, _age, is_right=True),
    Column("alt", 3, _altitude, is_right=True, needs_site=True),
    Column("left", 4, _hours_left, is_right=True, needs_site=True),
    Column("topics", 8, _topics, shorten=_topics_cut),
)
"""The columns, from the left; before them stands the mark. What goes with the clock stands together: age to left."""


def chosen(*, has_site: bool, has_centre: bool = False) -> tuple[Column, ...]:
    """The columns that say something and have room in 80 cells.

    Args:
        has_site: Whether there is a telescope.
        has_centre: Whether the list was searched around a place: then the separation stands in the history's room,
            which what Fink finds seldom has.
    """
    return tuple(
        column
        for column in COLUMNS
        if (has_site or not column.needs_site)
        and (has_centre or not column.needs_centre)
        and not (has_centre and column.title == "history")
    )


SHARES = (("object", 18), ("class", 13), ("is", 4), ("topics", 8), ("class", 22), ("is", 8), ("topics", 60))
"""Who gets the room that is left, in turn, and how wide it becomes at most."""


def widths(columns: Sequence[Column], room: int, object_width: int) -> list[int]:
    """How wide each column is; the last, the topics, is beyond the edge where there is no room for it.

    Args:
        columns: The columns.
        room: Cells of a line.
        object_width: Cells of the longest name of an object.

    Returns:
        A width a column; together they may be wider than the room, which then scrolls.
    """
    index = {column.title: number for number, column in enumerate(columns)}
    found = [column.width for column in columns]
    beside = 1 + 1 + found[0] + 1
    if beside < room < beside + found[index["object"]]:  # a name that the screen's edge cuts off looks like another's
        found[index["object"]] = object_width = room - beside
    last = found[-1]
    found[-1] = -1  # not there, nor the blank before it
    left = room - total(found)
    for title, most in SHARES:
        number = index[title]
        wanted = (min(most, object_width) if title == "object" else most) - found[number]
        more = min(left, wanted)
        if title == "topics" and found[number] + more < last:
            continue
        if more > 0:
            found[number] += more
            left -= more
    found[-1] = max(found[-1], last)
    return found


def total(column_widths: Sequence[int]) -> int:
    """The cells of a line: the mark, the columns, a blank before each."""
    return 1 + len(column_widths) + sum(column_widths)


def titles(columns: Sequence[Column], column_widths: Sequence[int]) -> str:
    """The line of titles."""
    return "  " + " ".join(_fit(c.title, width, c) for c, width in zip(columns, column_widths, strict=True))


def line(row: ListRow, mark: str, columns: Sequence[Column], column_widths: Sequence[int], context: Context) -> str:
    """A row as a line of exactly `total(column_widths)` cells."""
    cells = (
        _fit(column.value(row, context), width, column) for column, width in zip(columns, column_widths, strict=True)
    )
    found = f"{mark} " + " ".join(cells)
    return found.replace("…", "~") if context.ascii_only else found


def changed(old: str, new: str) -> tuple[int, int] | None:
    """Where two lines of the same width differ: the first cell and how many; None where they do not."""
    if old == new:
        return None
    before = next((n for n, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    while before and not all(cell_len(value[before : before + 1] or " ") for value in (old, new)):
        before -= 1  # an accent is painted with its letter
    shorter = min(len(old), len(new)) - before
    behind = next((n for n in range(shorter) if old[-1 - n] != new[-1 - n]), shorter)
    first = cell_len(new[:before])
    return first, max(cell_len(old), cell_len(new)) - first - cell_len(new[len(new) - behind :])


def at_cursor(text: str) -> str:
    """A row's line with the sign of the cursor in it."""
    return text[:1] + CURSOR + text[2:]


def _fit(value: str, width: int, column: Column) -> str:
    """A value in exactly that many cells."""
    if cell_len(value) > width:
        value = column.shorten(value, width)
    padding = " " * (width - cell_len(value))
    return padding + value if column.is_right else value + padding
