"""The sky of one place in one night in words and numbers: the answer first, then what it rests on. Times are UTC."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

from fink_tui.alerts.badges import MOVED_ON, badges
from fink_tui.alerts.row import AlertRow
from fink_tui.alerts.text import age, angle, clean, clock
from fink_tui.sky.night import mjd_to_unix, night_of, unix_to_mjd
from fink_tui.sky.site import reach
from fink_tui.sky.tonight import Darkness, Moment, Tonight
from fink_tui.sky.twilight import ASTRONOMICAL, HORIZON, Span

NO_SITE = (
    "No site is configured, so nothing is said of what can be reached.",
    "Write where your telescope stands into config.yml (fink-tui info tells where that is), and start again:",
    "  site: {name: La Silla}",
    "  site: {longitude: -70.73, latitude: -29.26, height: 2375}",
)
"""What is shown without a site, in lines."""

ASTEROID = "R"
"""The badge of what moves."""

MAIN_BELT = 0.25
"""Degrees a day that an asteroid of the main belt moves at most, near opposition."""

Paragraph = tuple[str, ...]
"""Phrases; a line may end between two of them."""


def hhmm(unix: float) -> str:
    """A time of day."""
    return clock(unix_to_mjd(unix))


def _span(span: Span) -> str:
    return f"{hhmm(span[0])}-{hhmm(span[1])}"


def _length(hours: float) -> str:
    """A length of time, cut as the list cuts it: what is promised is there."""
    return f"{int(10 * hours) / 10:.1f} h" if hours >= 0.1 else f"{int(60 * hours)} min"


def verdict(found: Tonight, now: float) -> str:
    """Whether, when and for how long the place can be reached; else why not.

    Args:
        found: The place in its night.
        now: Unix seconds.
    """
    site = clean(found.site.name, 40)
    left = found.hours_left(now)
    if not found.windows:
        return f"{site}: not this night: {'; '.join(obstacles(found))}"
    if not left:
        return f"{site}: no longer this night; it was {', '.join(map(_span, found.windows))} UTC"
    ahead = [window for window in found.windows if window[1] > now]
    begin = ahead[0][0]
    if begin <= now:
        more = f", then {', '.join(map(_span, ahead[1:]))}" if ahead[1:] else ""
        return f"{site}: now, for {_length(left)}: until {hhmm(ahead[0][1])} UTC{more}{_shortened(found)}"
    return f"{site}: in {age(begin - now)}, for {_length(left)}: {', '.join(map(_span, ahead))} UTC{_shortened(found)}"


def _shortened(found: Tonight) -> str:
    """What keeps the place from being reached when it is highest in the dark, where that is the Moon."""
    highest, limit = found.highest, found.site.limits.moon_distance
    if highest is None or highest.moon_altitude <= 0 or highest.moon_distance >= limit:
        return ""
    return f"; else within {limit:g}° of the Moon"


def obstacles(found: Tonight) -> list[str]:
    """Every limit that keeps the place from being reached in all of a night, with its number."""
    limits, dark = found.site.limits, found.darkness
    out = []
    if found.dec < limits.min_dec:
        out.append(f"dec {found.dec:+.1f}° is south of {limits.min_dec:+g}°")
    if found.dec > limits.max_dec:
        out.append(f"dec {found.dec:+.1f}° is north of {limits.max_dec:+g}°")
    if found.culmination < 0:
        return [*out, f"never rises here ({found.culmination:.1f}° at its highest)"]
    if found.high is None:
        out.append(f"never above {limits.min_altitude:g}° here ({found.culmination:.1f}° at its highest)")
    if dark.dark is None or found.highest is None:
        return [*out, f"it does not get dark (Sun at {dark.lowest_sun:+.1f}° or higher)"]
    if out:
        return out
    highest = found.highest
    if highest.altitude < limits.min_altitude:
        return [f"never above {limits.min_altitude:g}° while it is dark (at most {highest.altitude:.1f}°)"]
    if limits.max_hour_angle < 12 and abs(highest.hour_angle) > limits.max_hour_angle:
        out.append(f"hour angle over {limits.max_hour_angle:g} h while it is dark")
    # At its highest it is in the dark, and nearest to its transit: what is left is the Moon.
    if not out or (highest.moon_altitude > 0 and highest.moon_distance < limits.moon_distance):
        out.append(f"within {limits.moon_distance:g}° of the Moon ({highest.moon_distance:.1f}° at its highest)")
    return out


def refusals(found: Tonight, at: Moment) -> list[str]:
    """Every limit that the place is outside of at a moment, with its number."""
    limits = found.site.limits
    out = []
    if at.sun_altitude >= ASTRONOMICAL:
        out.append(f"{'day' if at.sun_altitude > HORIZON else 'twilight'} (Sun {at.sun_altitude:+.0f}°)")
    if at.altitude < limits.min_altitude:
        out.append(f"below {limits.min_altitude:g}°")
    if abs(at.hour_angle) > limits.max_hour_angle:
        out.append(f"hour angle over {limits.max_hour_angle:g} h")
    if at.moon_altitude > 0 and at.moon_distance < limits.moon_distance:
        out.append(f"Moon nearer than {limits.moon_distance:g}°")
    return out


def paragraphs(found: Tonight, at: Moment, now_sign: str = "", moon_sign: str = "") -> list[Paragraph]:
    """The numbers, the most telling first.

    Args:
        found: The place in its night.
        at: The place now.
        now_sign: What marks now in a plot beside it; blank: there is none.
        moon_sign: What the Moon is drawn with.
    """
    where = f"{'rising' if at.hour_angle < 0 else 'setting'}, azimuth {at.azimuth:.0f}°"
    refused = refusals(found, at)
    now = (f"{now_sign}now {at.altitude:.1f}° {where}", _mass(at), f"HA {_hours(at.hour_angle)}")
    lines = [
        (*now, "but: " + ", ".join(refused) if refused else ""),
        _course(found),
        _moon(found, at, moon_sign),
        _sun(found.darkness),
    ]
    return [tuple(filter(None, line)) for line in lines]


def further(found: Tonight) -> list[Paragraph]:
    """What there is to say where there is room."""
    dark = found.darkness
    steps = [
        f"Sun {name} {_span(span)}"
        for name, span in (("below -6°", dark.civil), ("below -12°", dark.nautical))
        if span is not None and span[1] - span[0] < 86000
    ]
    evening = str(night_of(unix_to_mjd(dark.night.midnight), found.site.longitude))
    limits = reach(found.site.limits).replace(" deg", "°")
    return [(f"night of {evening[:4]}-{evening[4:6]}-{evening[6:]}", *steps), (f"limits: {limits}",)]


def _mass(at: Moment) -> str:
    return f"airmass {at.airmass:.2f}" if at.airmass is not None and at.airmass < 10 else ""


def _hours(angle: float) -> str:
    minutes = round(abs(angle) * 60)
    return f"{'-' if angle < 0 else '+'}{minutes // 60}:{minutes % 60:02d}"


def _course(found: Tonight) -> Paragraph:
    """When it is best, its transit, and when it is above the lowest altitude."""
    lowest, best = f"{found.site.limits.min_altitude:g}°", found.best
    transit = f"transit {hhmm(found.transit)} at {found.culmination:.1f}°"
    if found.culmination < 0:
        return (f"never rises here: {found.culmination:.1f}° at its highest",)
    if found.high is None:
        return (transit, f"never above {lowest}")
    above = f"always above {lowest}" if found.is_always_high else f"above {lowest} {_span(found.high)}"
    if best is None:
        return (transit, above)
    at = f"at {best.altitude:.1f}°"
    if abs(best.unix - found.transit) < 60:
        return (f"best at its transit {hhmm(best.unix)} {at}", _mass(best), above)
    return (f"best {hhmm(best.unix)} {at}", _mass(best), transit, above)


def _moon(found: Tonight, at: Moment, sign: str) -> Paragraph:
    """How bright, how far, how high."""
    grows = "waxing" if found.darkness.waxes else "waning"
    best = f", {found.best.moon_distance:.0f}° at best" if found.best else ""
    high = f"{at.moon_altitude:.0f}° up" if at.moon_altitude > 0 else "down"
    lit = f"{sign}Moon {100 * at.moon_phase:.0f}% {grows}, now {high}"
    return (lit, f"{at.moon_distance:.0f}° away{best}", *_moon_turns(found.darkness))


def _moon_turns(dark: Darkness) -> Paragraph:
    """When it rises or sets in the night."""
    out = []
    steps = list(zip(dark.times, dark.moon, strict=True))
    for (before, low), (after, high) in itertools.pairwise(steps):
        if (low > 0) != (high > 0):
            out.append(f"{'rises' if high > 0 else 'sets'} {hhmm(before + (after - before) * low / (low - high))}")
    return tuple(out)


def _sun(dark: Darkness) -> Paragraph:
    if dark.down is None:
        return ("the Sun does not set", f"lowest {hhmm(dark.night.midnight)} at {dark.lowest_sun:+.1f}°")
    is_polar = dark.down[1] - dark.down[0] > 86000
    sets = "the Sun does not rise" if is_polar else f"Sun sets {hhmm(dark.down[0])}"
    rises = "" if is_polar else f"rises {hhmm(dark.down[1])}"
    if dark.dark is None:
        return (sets, f"never dark: {dark.lowest_sun:+.1f}° at {hhmm(dark.night.midnight)}", rises)
    if dark.dark[1] - dark.dark[0] > 86000:
        return (sets, "dark all day")
    return (sets, f"dark {_span(dark.dark)} ({_length((dark.dark[1] - dark.dark[0]) / 3600)})", rises)


def motion(row: AlertRow, record: Mapping[str, Any], now: float) -> str:
    """Of what moves, how old its place is, and how far it may be from there; "" of all else.

    Args:
        row: The alert's row.
        record: Its packet, where there is one.
        now: Unix seconds.
    """
    if not any(badge.letter == ASTEROID for badge in badges(row)):
        return ""
    seconds = now - mjd_to_unix(row.obs_mjd)
    begin = f"It moves: this place is {age(seconds)} old"
    if seconds > MOVED_ON:
        return f"{begin} and says nothing of where it is now: what follows is of the place"
    source = record.get("ssSource")
    rate = source.get("ephRate") if isinstance(source, Mapping) else None
    if isinstance(rate, int | float) and 0 < rate < 1000:  # real packets hold 0.0 where nothing was computed
        return f"{begin}, and it is {angle(rate * abs(seconds) / 86400)} from there now ({rate:.2f}°/day)"
    return f"{begin}; its rate is not given (in the main belt: up to {angle(MAIN_BELT * abs(seconds) / 86400)} by now)"


def flow(lines: list[Paragraph], width: int) -> list[str]:
    """Phrases in lines of a width, each paragraph beginning a new one."""
    out: list[str] = []
    for phrases in lines:
        line = ""
        for phrase in phrases:
            if line and len(line) + 2 + len(phrase) > width:
                out.append(line)
                line = ""
            line = f"{line}, {phrase}" if line else phrase
            while len(line) > width:  # a phrase that no line takes: between words
                cut = line.rfind(" ", 0, width + 1)
                cut = cut if cut > 0 else width
                out.append(line[:cut])
                line = line[cut:].strip()
        out.append(line)
    return out
