"""Untrusted text made safe to show, and how numbers, angles, times and ages are written.

What a survey, a broker or a server wrote may hold escape sequences for the terminal, letters that turn the line
around, or marks that take no cell or two. Everything that is not plainly a letter, a sign or a number becomes one
U+FFFD, which takes one cell, so that the reader sees that something was there.

A number that is None, NaN or infinite is written `-`. The minus is the ASCII one: it takes one cell in every font.
"""

from __future__ import annotations

import math
import unicodedata
from datetime import datetime, timedelta
from functools import lru_cache

REPLACEMENT = "\ufffd"
"""What stands for a character that is not shown."""

ELLIPSIS = "…"
"""What stands for the text that was cut off."""

NOTHING = "-"
"""How a number that is not known is written."""

MAX_MARKS = 2
"""Accents and the like that one letter may carry; more of them would run over the lines above and below."""

MAX_FILENAME = 120
"""Characters of a file name, well within every file system's limit."""

MARKS = frozenset({"Mn", "Mc", "Me"})
"""Unicode categories of what is drawn onto the letter before."""

HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
"""Unicode categories never shown: controls, format characters (those that turn the line or take no cell), surrogates,
private use, unassigned."""

SPACES = frozenset({"Zs", "Zl", "Zp"})
"""Unicode categories of spaces and separators of lines."""

LINE_SPACES = frozenset("\t\n\v\f\r\x85")
"""Controls that stand for a space."""

UNSURE = (
    (0x115F, 0x11FF),  # Hangul vowels and finals that found no initial: drawn in no cell
    (0x3164, 0x3164),  # Hangul filler: blank
    (0xD7B0, 0xD7FF),  # more of those vowels and finals
    (0xFE00, 0xFE0F),  # variation selectors: they change the width of the sign before
    (0xFFA0, 0xFFA0),  # half-width Hangul filler: blank
    (0x1F1E6, 0x1F1FF),  # letters that make flags in pairs: one cell or two
    (0x1F3FB, 0x1F3FF),  # skin tones: none or two
    (0xE0100, 0xE01EF),  # more variation selectors
)
"""Ranges whose width terminals do not agree on."""

MJD_EPOCH = datetime(1858, 11, 17)
"""MJD 0, UTC."""


def clean(text: object, limit: int = 200) -> str:
    """Text that is safe to show on one line.

    Line ends, tabs and other spaces become a space each; controls, escape sequences' first bytes, letters that turn
    the direction, signs of no width, surrogates, private-use and unassigned characters become U+FFFD; accents that
    are on no letter, or beyond two on one, are dropped.

    Args:
        text: Text, UTF-8 bytes (what is not UTF-8 becomes U+FFFD), or anything that has a `str()`; None gives "".
        limit: The most characters to give; longer text ends in `…`.
    """
    if text is None:
        return ""
    if isinstance(text, bytes | bytearray | memoryview):
        text = bytes(text[: 4 * limit + 4]).decode("utf-8", "replace")
    elif not isinstance(text, str):
        text = str(text)
    if text.isascii() and text.isprintable():  # almost everything, and quickly told
        return text if len(text) <= limit else _cut(text, limit)
    # Composed first, so that an accent that has a letter of its own is no mark; bounded, for composing takes time.
    composed = unicodedata.normalize("NFC", text[: 8 * limit + 8])
    out: list[str] = []
    marks = MAX_MARKS  # a mark with no letter before it has nothing to be drawn onto
    for character in composed:
        if len(out) > limit:
            break
        shown = _shown(character)
        if shown is None:
            if marks < MAX_MARKS:
                out.append(character)
                marks += 1
            continue
        out.append(shown)
        marks = MAX_MARKS if shown in (" ", REPLACEMENT) else 0
    safe = "".join(out)
    return safe if len(safe) <= limit and len(text) <= 8 * limit + 8 else _cut(safe, limit)


@lru_cache(maxsize=4096)
def _shown(character: str) -> str | None:
    """What is shown for a character, or None for a mark on the letter before."""
    if character in LINE_SPACES:
        return " "
    category, code = unicodedata.category(character), ord(character)
    if category in HIDDEN or any(first <= code <= last for first, last in UNSURE):
        return REPLACEMENT
    if category in SPACES:
        return " "
    return None if category in MARKS else character


def _cut(text: str, limit: int) -> str:
    return text[: max(0, limit - 1)] + ELLIPSIS if limit > 0 else ""


def safe_filename(text: object) -> str:
    """A name for a file made of `text`: ASCII letters, digits and `. _ + -`, all else an underscore.

    It is never empty, never begins with a dot or a dash, and where it is cut, it is cut in the middle: names of
    alerts differ at their end.
    """
    safe = "".join(c if c.isascii() and (c.isalnum() or c in "._+-") else "_" for c in clean(text, 10 * MAX_FILENAME))
    if not safe or safe[0] in ".-":
        safe = "_" + safe[1:]
    if len(safe) > MAX_FILENAME:
        tail = MAX_FILENAME // 2
        safe = safe[: MAX_FILENAME - tail - 1] + "_" + safe[-tail:]
    return safe


def hours(ra: float | None, places: int = 2) -> str:
    """Right ascension as hours, minutes and seconds.

    Args:
        ra: Degrees.
        places: Decimals of the seconds.
    """
    if ra is None or not math.isfinite(ra):
        return NOTHING
    unit = 10**places
    ticks = round((ra % 360) * 240 * unit) % (86400 * unit)  # rounded as a whole, so that 60 s never shows
    return _sixties(ticks, unit, places)


def arcdegrees(dec: float | None, places: int = 1) -> str:
    """Declination as sign, degrees, minutes and seconds of arc.

    Args:
        dec: Degrees.
        places: Decimals of the seconds.
    """
    if dec is None or not math.isfinite(dec):
        return NOTHING
    unit = 10**places
    ticks = round(abs(dec) * 3600 * unit)
    return ("-" if dec < 0 and ticks else "+") + _sixties(ticks, unit, places)


def _sixties(ticks: int, unit: int, places: int) -> str:
    """A number of 1/`unit` seconds as whole:minutes:seconds."""
    seconds, fraction = divmod(ticks, unit)
    minutes, second = divmod(seconds, 60)
    whole, minute = divmod(minutes, 60)
    decimals = f".{fraction:0{places}d}" if places else ""
    return f"{whole:02d}:{minute:02d}:{second:02d}{decimals}"


def sexagesimal(ra: float | None, dec: float | None) -> tuple[str, str]:
    """A place as `14:29:42.95` and `-62:40:46.1`.

    Args:
        ra: Right ascension, degrees.
        dec: Declination, degrees.
    """
    return hours(ra), arcdegrees(dec)


def degrees(value: float | None, places: int = 5) -> str:
    """An angle in decimal degrees, without a sign for the unit."""
    if value is None or not math.isfinite(value):
        return NOTHING
    written = f"{value:.{places}f}"
    return written[1:] if written.startswith("-") and not float(written) else written


def arcsec(value: float | None) -> str:
    """A small angle in seconds of arc: `3.8"`, from 10 on `12"`."""
    if value is None or not math.isfinite(value):
        return NOTHING
    return f'{value:.1f}"' if abs(value) < 9.95 else f'{value:.0f}"'


def angle(value: float | None) -> str:
    """An angle in its handiest unit: `8.3"`, `45"`, `3.2'`, `12'`, `1.4°`, `23°`.

    Args:
        value: Degrees, not below zero.
    """
    if value is None or not math.isfinite(value):
        return NOTHING
    if value * 3600 < 59.5:
        return arcsec(value * 3600)
    size, sign = (value * 60, "'") if value * 60 < 59.5 else (value, "°")
    return f"{size:.1f}{sign}" if size < 9.95 else f"{size:.0f}{sign}"


def age(seconds: float | None) -> str:
    """A length of time in its handiest unit: `12 s`, `3 min`, `2.4 h`, `3.1 d`, `1.2 y` (of 365.25 days).

    Below zero, as where a clock is wrong, it has a minus.
    """
    if seconds is None or not math.isfinite(seconds):
        return NOTHING
    size = abs(seconds)
    sign = "-" if seconds < 0 and size >= 0.5 else ""
    if size < 59.5:
        return f"{sign}{size:.0f} s"
    if size < 59.5 * 60:
        return f"{sign}{size / 60:.0f} min"
    if size < 23.95 * 3600:
        return f"{sign}{size / 3600:.1f} h"
    days = size / 86400
    if days < 365.25:
        return f"{sign}{days:.1f} d" if days < 99.95 else f"{sign}{days:.0f} d"
    years = days / 365.25
    return f"{sign}{years:.1f} y" if years < 99.95 else f"{sign}{years:.0f} y"


def ago(seconds: float) -> str:
    """How long ago something was that was done: `just now` within a minute, then `3 min ago`.

    Args:
        seconds: Since then.
    """
    return "just now" if seconds < 60 else f"{age(seconds)} ago"


def _moment(mjd: float | None) -> datetime | None:
    """A time, to the second."""
    if mjd is None or not math.isfinite(mjd):
        return None
    try:
        return MJD_EPOCH + timedelta(seconds=round(mjd * 86400))
    except OverflowError:
        return None


def utc(mjd: float | None) -> str:
    """A time as `YYYY-MM-DD hh:mm:ss`.

    Args:
        mjd: MJD, UTC.
    """
    found = _moment(mjd)
    return NOTHING if found is None else f"{found:%Y-%m-%d %H:%M:%S}".zfill(19)


def clock(mjd: float | None) -> str:
    """A time of day as `hh:mm`, the seconds dropped as a clock does.

    Args:
        mjd: MJD, UTC.
    """
    found = _moment(mjd)
    return NOTHING if found is None else f"{found:%H:%M}"


def magnitude(mag: float | None, err: float | None = None) -> str:
    """A magnitude and its error, `18.32±0.05`; without an error, `18.32`."""
    if mag is None or not math.isfinite(mag):
        return NOTHING
    return f"{mag:.2f}±{err:.2f}" if err is not None and math.isfinite(err) else f"{mag:.2f}"


def signed(value: float | None, places: int = 2) -> str:
    """A difference, always with its sign: `+0.32`, `-0.32`; zero has a plus."""
    if value is None or not math.isfinite(value):
        return NOTHING
    written = f"{value:+.{places}f}"
    return written if float(written) else "+" + written[1:]


def count(number: float | None) -> str:
    """A number of things: `12,345`."""
    return NOTHING if number is None or not math.isfinite(number) else f"{round(number):,}"


def bytes_size(size: float | None) -> str:
    """A number of bytes: `812 B`, `54.2 kB`, `1.3 GB`, in powers of 1000."""
    if size is None or not math.isfinite(size):
        return NOTHING
    if abs(size) < 999.5:
        return f"{size:.0f} B"
    for unit in ("kB", "MB", "GB", "TB"):
        size /= 1000
        if abs(size) < 999.95 or unit == "TB":
            break
    return f"{size:.1f} {unit}"
