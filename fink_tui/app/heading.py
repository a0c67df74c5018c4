"""What one wants to know first of an alert, in four lines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.text import Text

from fink_tui.alerts import photometry, text
from fink_tui.alerts.badges import MOVED_ON, badges, crowd, is_solar_system
from fink_tui.alerts.distance import length
from fink_tui.alerts.mma import association
from fink_tui.alerts.row import AlertRow
from fink_tui.alerts.survey import survey_named
from fink_tui.app.columns import short_topics
from fink_tui.ascii_text import SIGNS
from fink_tui.sky.night import mjd_to_unix, unix_to_mjd
from fink_tui.store import decisions
from fink_tui.store.pages import StoredAlert

if TYPE_CHECKING:
    from fink_tui.sky.visibility import Overhead
    from fink_tui.store.outbox import Entry


MOVED = 86400.0
"""Seconds after which what moves is no longer near its place: in the main belt it goes a quarter of a degree a day."""


def heading(stored: StoredAlert, now: float, sendings: Sequence[Entry] = (), reach: str = "") -> Text:
    """What it is and what it is next to; why; where, and whether it can be reached; how bright, rising or not, how old.

    A line is cut where there is no room: what decides comes first.

    Args:
        stored: The alert.
        now: The time, Unix seconds.
        sendings: What of the outbox is the alert's.
        reach: Whether it can be reached tonight, in a few words.
    """
    row = stored.row
    out = Text(end="", no_wrap=True, overflow="ellipsis")
    out.append(f" {row.object_id} ", "bold reverse")
    out.append(" ")
    out.append(row.label, "bold")
    said = stored.state
    if sendings:
        from fink_tui.app.sending import standing  # not needed for most

        decision = stored.state if stored.state != decisions.SEND else ""
        said = ", ".join(words for words in (decision, standing(sendings)) if words)
    if said:
        out.append(f"  [{said}]")  # before the number: the line may be cut
    if known := _known(stored):
        out.append(f"  {known}", "bold yellow")
    name = row.alert_id if row.trigger_id is None else row.trigger_id
    out.append(f"  {survey_named(row.survey).title} {name}", "dim")
    reason = f"{association(row)}  {row.label_reason}" if row.trigger_id is not None else row.label_reason
    out.append(f"\n{reason}\n", "italic")
    ra, dec = text.sexagesimal(row.ra, row.dec)
    out.append(f"{ra} {dec}")
    if reach:
        out.append(f"  {reach}", "bold")
    out.append(f"  {text.degrees(row.ra)} {row.dec:+.5f}  b {stored.galactic_latitude:+.1f}°\n")
    out.append(_brightness(stored))
    if row.real_bogus is not None:
        # ZTF's two scores often disagree: neither's number stands under the other's name.
        out.append(f"  {'rb' if row.drb is None else 'drb'} {row.real_bogus:.2f}")
    out.append(f"  {text.age(now - mjd_to_unix(row.obs_mjd))} ago")
    if row.n_detections:
        out.append(f"  {row.n_detections} det")
    if stored.is_found:
        out.append(f"  from Fink's database, asked {text.ago(now - stored.arrived_at)}", "dim")
    elif stored.topics:
        out.append(f"  {short_topics(stored.topics)}", "dim")
    return out


def reach(overhead: Overhead | None, ra: float, dec: float) -> str:
    """Whether a place can be reached tonight, from when (UTC) if not yet, in a few words; blank without a telescope.

    Args:
        overhead: The sky over the telescope.
        ra: Right ascension, degrees.
        dec: Declination, degrees.
    """
    if overhead is None:
        return ""
    altitude, windows = overhead.altitude(ra, dec), overhead.windows(ra, dec)
    tenths = int(sum(end - begin for begin, end in windows) / 360)  # what is promised is there
    trend = "rising" if overhead.is_rising(ra, dec) else "setting"
    where = f"alt {altitude:.0f} {trend}" if altitude >= 0 else "below the horizon"
    if not tenths:
        return f"{where}, not tonight"
    begin = windows[0][0]
    # What has not begun is not left.
    when = "left" if begin - overhead.unix < 60 else f"from {text.clock(unix_to_mjd(begin))}"
    return f"{where}, {tenths / 10:.1f} h {when}"


def tonight(overhead: Overhead | None, row: AlertRow, now: float) -> str:
    """Whether an alert can be reached tonight, in a few words; of what has moved on, whether its old place can.

    Args:
        overhead: The sky over the telescope.
        row: The alert's.
        now: Unix seconds.
    """
    found = reach(overhead, row.ra, row.dec)
    since = now - mjd_to_unix(row.obs_mjd)
    if not found or not is_solar_system(row) or since <= MOVED:
        return found
    return "has moved on since" if since > MOVED_ON else f"where it was: {found}"


def spelt(content: Text) -> Text:
    """A heading in ASCII: an error keeps its sign, a degree is no day."""
    for sign, words in SIGNS.items():
        parts = content.split(sign, allow_blank=True)
        joined = Text(words, end="").join(parts)
        joined.no_wrap, joined.overflow = content.no_wrap, content.overflow
        content = joined
    return content


def fitted(content: Text, width: int) -> Text:
    """A heading whose numbers are whole: of place and brightness what would be cut is left out.

    Args:
        content: The heading.
        width: Cells of a line.
    """
    lines = content.split("\n", allow_blank=True)
    for number in range(2, len(lines)):
        line = lines[number]
        if line.cell_len > width > 0:
            ends = [
                found.start()
                for found in re.finditer("  ", line.plain)
                if cell_len(line.plain[: found.start()]) < width
            ]
            lines[number] = line[: ends[-1]] + Text("…") if ends else line
    joined = Text("\n", end="").join(lines)
    joined.no_wrap, joined.overflow = content.no_wrap, content.overflow
    return joined


def _rate(row: AlertRow) -> str:
    """Of an alert that holds no magnitude: the band, how quickly it changes, and whether that is only a bound."""
    if row.mag_rate is None:
        return f"{row.band or '?'} no rate"
    since = " since a limit" if row.mag_change is None else ""  # the row keeps no change from an upper limit
    return f"{row.band or '?'} {text.signed(row.mag_rate)} mag/d{since}"


def _known(stored: StoredAlert) -> str:
    """What is known of it, in words; too many alerts of one exposure before all else."""
    row = stored.row
    burst = crowd(*stored.exposure) if stored.exposure is not None else None
    words = [badge.words for badge in badges(row, stored.galactic_latitude)]
    if row.host_name and row.host_distance and row.host_distance > 0 and not is_solar_system(row):
        words.append(f'within 60" of {row.host_name}, {length(row.host_distance)}')
    return ", ".join([burst.words, *words] if burst is not None else words)


def _brightness(stored: StoredAlert) -> str:
    """Band, magnitude, and whether it rises; of a negative flux the flux, and the magnitude of its absolute value."""
    row = stored.row
    band = row.band or "?"
    if row.trigger_id is not None:
        return _rate(row)
    if row.mag is not None:
        out = f"{band} {text.magnitude(row.mag, row.mag_err)}"
        if row.is_positive is False:
            out += " below template"
    elif row.flux is not None:
        out = f"{band} {photometry.flux_text(row.flux, row.flux_err)}"
        if row.flux < 0 and (found := photometry.flux_to_mag(-row.flux)):
            out += f" (mag {text.magnitude(found[0])}), below template"
    else:
        out = f"{band} no brightness"
    if row.mag_change is not None and row.mag_change_days is not None:
        error = f"±{row.mag_change_err:.2f}" if row.mag_change_err is not None else ""
        is_steady = not row.mag_change or abs(row.mag_change) < (row.mag_change_err or 0)
        verb = "steady" if is_steady else "rises" if row.mag_change < 0 else "fades"
        size = text.signed(row.mag_change) if is_steady else f"{abs(row.mag_change):.2f}"
        out += f" {verb} {size}{error} in {text.age(row.mag_change_days * 86400)}"
    return out
