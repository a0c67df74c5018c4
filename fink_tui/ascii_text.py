"""The nearest ASCII, as wide as what it stands for: for terminals and locales that can show nothing else."""

from __future__ import annotations

import codecs
import os
import sys
import unicodedata
from collections.abc import Mapping
from functools import cache

from rich.cells import cell_len

CODEC_ERRORS = "fink-tui-ascii"
"""The name under which `encode(..., "ascii", errors=...)` writes the nearest ASCII."""

NEAREST = str.maketrans(
    "“”„″‘’′–—−…·•±°×≈≤≥←→↑↓▲△▼▽▾◄◀◁►▶▷●○◆◇■□★☆µμ▁▂▃▄▅▆▇█▔▀▏▎▍▌▋▊▉▕▐░▒▓",
    '""""\'\'\'---~.*~dx~<><>^v^^vvv<<<>>>*o#o#o**uu_.,-~=*#-=||||###||:::',
)
"""One sign for one. A sum is not written where an error was: ± is no plus."""

SIGNS = {"±": "+-", "°": " deg"}
"""Signs of numbers that a single cell would change: an error, an angle."""

LONGER = str.maketrans(SIGNS | {"…": "..."})
"""What is said better where there is room."""

PAIRS = {"🔎": "/ "}
"""Two cells for one: Textual's."""

COERCED = ("C.UTF-8", "C.utf8")
"""What Python puts into LC_CTYPE where it found no locale (PEP 538)."""


def only_ascii(environ: Mapping[str, str] = os.environ, utf8_mode: int = sys.flags.utf8_mode) -> bool:
    """Whether the terminal can show only ASCII, by what the environment says of it.

    Args:
        environ: The environment.
        utf8_mode: Whether Python decided by itself to write UTF-8: without a locale, it does.
    """
    names = [environ.get(name, "") for name in ("LC_ALL", "LC_CTYPE", "LANG")]
    if utf8_mode and not names[0] and names[1] in COERCED:
        names[1] = ""
    locale = next(filter(None, names), "C").lower().replace("-", "")
    return "utf8" not in locale or environ.get("TERM", "") in ("linux", "vt100", "vt102", "vt220")


@cache
def nearest(sign: str) -> str:
    """ASCII for one character, in as many cells as it takes: its letter without the accent, a like sign, or `?`."""
    width = cell_len(sign)
    if sign.isascii() or not width:
        return sign if sign.isascii() else ""
    if (found := PAIRS.get(sign, sign.translate(NEAREST))) != sign:
        return found
    name = unicodedata.name(sign, "")
    if name.startswith("BOX DRAWINGS"):
        last = name.rsplit(" ", 1)[-1]
        crosses = " AND " in name
        return "+" if crosses else "-" if last in ("HORIZONTAL", "LEFT", "RIGHT") else "|"
    if name.startswith("BRAILLE"):
        return " " if name.endswith("BLANK") else "."
    letters = "".join(c for c in unicodedata.normalize("NFKD", sign) if c.isascii())
    return letters if len(letters) == width else "?" * width


def ascii_words(words: str) -> str:
    """Words in ASCII that may take more cells: an error keeps its sign, an angle its unit, what goes on its dots."""
    return words if words.isascii() else "".join(map(nearest, words.translate(LONGER)))


def _replace(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    return "".join(map(nearest, error.object[error.start : error.end])), error.end


codecs.register_error(CODEC_ERRORS, _replace)
