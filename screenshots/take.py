"""Takes the pictures of the README: the demo in a real pseudo-terminal, drawn cell by cell.

Those of the search are of a view of last night's alerts, beside the tests' stand-in for Fink and the CDS.

    python screenshots/take.py        (from the project's root, with the development requirements installed)

Needs DejaVu Sans Mono among the system's fonts. Braille and block characters are drawn by hand: fonts often lack them,
or leave gaps between them.
"""

from __future__ import annotations

import math
import os
import re
import sys
import tempfile
import time
from pathlib import Path

import pyte
from PIL import Image, ImageDraw, ImageFont

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from fink_tui.store.saved import save  # noqa: E402
from tests.app.pty_terminal import PtyTerminal  # noqa: E402
from tests.fink_api import FinkApi, sky  # noqa: E402
from tests.running import command, environment  # noqa: E402

POINTS = 15
"""Size of the font, pixels."""

BACKGROUND, FOREGROUND = (16, 18, 24), (214, 218, 224)

COLOURS = {
    "black": (40, 44, 52),
    "red": (224, 96, 90),
    "green": (126, 188, 110),
    "brown": (222, 184, 96),
    "blue": (92, 150, 224),
    "magenta": (190, 122, 214),
    "cyan": (86, 182, 194),
    "white": (214, 218, 224),
    "brightblack": (120, 126, 138),
    "brightred": (240, 130, 124),
    "brightgreen": (152, 212, 136),
    "brightbrown": (240, 206, 124),
    "brightblue": (126, 178, 244),
    "brightmagenta": (212, 152, 232),
    "brightcyan": (120, 206, 216),
    "brightwhite": (244, 246, 250),
}


HALVES = "▄█"

BRAILLE = "\u2800"
"""The empty one; its dots are the bits of the number behind it, in the order of `DOTS`: column, row."""

DOTS = ((0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3))


def colour(name: str, default: tuple[int, int, int]) -> tuple[int, int, int]:
    """A colour of pyte's: a name, six hexadecimal digits, or "default"."""
    if name in COLOURS:
        return COLOURS[name]
    try:
        return int(name[0:2], 16), int(name[2:4], 16), int(name[4:6], 16)
    except ValueError:
        return default


def draw(screen: pyte.Screen, path: Path) -> None:
    """Draw a terminal's screen as a PNG."""
    font = ImageFont.truetype("DejaVuSansMono.ttf", POINTS)
    bold = ImageFont.truetype("DejaVuSansMono-Bold.ttf", POINTS)
    width, height = round(font.getlength("M")), round(POINTS * 1.24)
    image = Image.new("RGB", (screen.columns * width, screen.lines * height), BACKGROUND)
    pen = ImageDraw.Draw(image)
    for y in range(screen.lines):
        for x in range(screen.columns):
            cell = screen.buffer[y][x]
            ink, paper = colour(cell.fg, FOREGROUND), colour(cell.bg, BACKGROUND)
            if cell.reverse:
                ink, paper = paper, ink
            left, top = x * width, y * height
            if paper != BACKGROUND:
                pen.rectangle([left, top, left + width - 1, top + height - 1], fill=paper)
            right, bottom = left + width - 1, top + height - 1
            block = "▁▂▃▄▅▆▇█".find(cell.data) + 1 if cell.data else 0
            if cell.data == "▀":
                pen.rectangle([left, top, right, top + height // 2 - 1], fill=ink)
            elif cell.data in HALVES:  # beside each other in a picture: without gaps
                pen.rectangle([left, bottom + 1 - height * block // 8, right, bottom], fill=ink)
            elif block:
                pen.rectangle([left, bottom + 1 - height * block // 8, right - 1, bottom], fill=ink)
            elif BRAILLE <= cell.data < chr(ord(BRAILLE) + 256):
                for bit, (column, row) in enumerate(DOTS):
                    if (ord(cell.data) - ord(BRAILLE)) >> bit & 1:
                        dot_left, dot_top = left + width * (2 * column + 1) // 4, top + height * (2 * row + 1) // 8
                        pen.rectangle([dot_left - 1, dot_top - 1, dot_left, dot_top], fill=ink)
            elif cell.data.strip():
                pen.text((left, top), cell.data, font=bold if cell.bold else font, fill=ink)
    image.save(path, optimize=True)


def take(home: Path, name: str, columns: int, rows: int, keys: list[str], *arguments: str) -> None:
    """Run the program, press keys, and draw what is on the screen then.

    Args:
        home: The user's home.
        name: The picture's.
        columns: Cells of the terminal's lines.
        rows: Its lines.
        keys: What is typed, a second apart.
        arguments: The command; none: the demo.
    """
    env = environment(home) | {"LANG": "C.UTF-8", "PATH": os.environ["PATH"]}
    with PtyTerminal(command(*(arguments or ("--demo",))), columns, rows, env) as terminal:
        kept = re.compile(r"\d{3} kept" if columns > 100 else r"\| \d{3}\b")
        terminal.until(lambda: kept.search(terminal.text()) is not None or bool(arguments))
        for key in [*keys, ""]:
            terminal.send(key)
            terminal.read_for(2.5 if arguments else 1.0)
        terminal.read_for(6.0)  # until the notes are gone, and what was sent has arrived
        draw(terminal.screen, ROOT / "screenshots" / name)
        terminal.send("\x03")
        terminal.wait()


def last_night(home: Path, api: FinkApi, night: float) -> list[str]:
    """Set the program up to ask the stand-in, and write what ZTF's last night told as files.

    Args:
        home: The user's home.
        api: The stand-in.
        night: Its last night, MJD, UTC.

    Returns:
        The command that shows them.
    """
    settings = home / "fink-tui" / "config" / "config.yml"
    settings.parent.mkdir(parents=True)
    settings.write_text(f"{api.config}\nsites: [{{name: Palomar}}, {{name: Rubin}}]\n")
    folder = home / "last-night"
    for alert in sky.ztf(night):
        if alert.told is not None:
            save(folder, f"{alert.object_id}_{alert.alert_id}", alert.told.key, alert.told.value)
    return ["view", str(folder)]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        decided = ["/", "SN candidate\r", "t", "n", "s", "n", "t", "n"]
        take(Path(folder), "live-160x45.png", 160, 45, decided)
        take(Path(folder), "live-80x24.png", 80, 24, decided)
        take(Path(folder), "images-160x45.png", 160, 45, ["/", "SN candidate\r", "i"])
        take(Path(folder), "sky-80x24.png", 80, 24, ["o", "l", "g", "v", "\r"])
        take(Path(folder), "what-80x24.png", 80, 24, ["/", "SN candidate\r", "w", "\r"])
        take(Path(folder), "send-80x24.png", 80, 24, ["/", "SN candidate\r", "T"])
        take(Path(folder), "outbox-80x24.png", 80, 24, [*decided[:-1], "n", "t", "4"])
        tonight = math.floor(time.time() / 86400 + 40587) - 1.0
        with FinkApi(tonight) as api:
            view = last_night(Path(folder), api, tonight)
            around = ["2", "150.12 20.1 r=5m", "\r"]
            take(Path(folder), "search-160x45.png", 160, 45, [*around, "H"], *view)
            take(Path(folder), "search-80x24.png", 80, 24, ["2", "class=SN candidate last=50", "\r"], *view)
            take(Path(folder), "map-160x45.png", 160, 45, ["2", "date=yesterday", "\r", "", "M", "0"], *view)
