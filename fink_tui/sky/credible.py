"""Where on the sky an event was, with what probability: the map that GraceDB has of a gravitational wave.

Such a map is a FITS table of HEALPix pixels: of several sizes (`bayestar.multiorder.fits`), or all of one size
(`bayestar.fits.gz`). The credible level of a pixel is the probability of all pixels that are at least as probable: 0.9
is the edge of the 90 % region. What Fink answers about an event does not say it.
"""

from __future__ import annotations

import gzip
import math
import re
import struct
import zlib
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain, islice
from pathlib import Path
from typing import BinaryIO

from fink_tui.sky import healpix

BLOCK, CARD = 2880, 80
"""Bytes of a block and of a line of a header (FITS Standard 4.0, section 3)."""

FORMATS = {"L": ("?", 1), "B": ("B", 1), "I": ("h", 2), "J": ("i", 4), "K": ("q", 8), "E": ("f", 4), "D": ("d", 8)}
"""What columns hold, as Python's `struct` calls it, and its bytes."""

ORDER = 7
"""Maps of pixels of one size are read as such of half a degree: finer ones say no more in a terminal's cells."""

AT_ONCE = 4_000_000
"""Bytes that are read at once."""

MOST_PIXELS = 4_000_000
"""Of several sizes in a map."""

MOST_COLUMNS = 999
"""Columns that a table can have (FITS standard 4.0, 7.3.1)."""

MOST_HEADER = 200
"""Blocks of a header after which it is none."""


class RegionError(Exception):
    """A file is no such map; the text is a sentence for the observer."""


@dataclass(frozen=True, eq=False)
class Region:
    """The probability of each place. Two are the same where they are one object: pictures are kept by it."""

    name: str
    """Of the event."""

    order: int
    """HEALPix order of the numbers."""

    starts: Sequence[int]
    """The first number of each pixel, in order."""

    levels: Sequence[float]
    """The pixels' credible levels, 0 to 1."""

    def level(self, ra: float, dec: float) -> float:
        """The credible level of a place: the most probable ones are near 0, the least ones at 1."""
        return self.levels[max(0, bisect_right(self.starts, healpix.pixel(self.order, ra, dec)) - 1)]

    def area(self, level: float) -> float:
        """How large the region up to a level is, square degrees."""
        ends = chain(self.starts[1:], [12 << 2 * self.order])
        inside = sum(
            end - start for start, end, one in zip(self.starts, ends, self.levels, strict=True) if one <= level
        )
        return inside * healpix.area(self.order)


def read(path: Path) -> Region:
    """Read a map, some of which take seconds: in a thread.

    Raises:
        RegionError: It cannot be read, or is none.
    """
    try:
        with path.open("rb") as plain:
            is_packed = plain.read(2) == b"\x1f\x8b"
        with gzip.open(path) if is_packed else path.open("rb") as file:
            _skip(file, _header(file, path), path)
            return _region(file, _header(file, path), path)
    except KeyError as error:
        raise RegionError(f"{path} cannot be read as a sky map: its header lacks {error}") from error
    except (OSError, EOFError, zlib.error, struct.error, ValueError, ArithmeticError, MemoryError) as error:
        raise RegionError(f"{path} cannot be read as a sky map: {error}") from error


def _header(file: BinaryIO | gzip.GzipFile, path: Path) -> dict[str, str]:
    """Keywords and values of a part of the file."""
    found: dict[str, str] = {}
    for _ in range(MOST_HEADER):
        block = file.read(BLOCK)
        if len(block) < BLOCK:
            break
        for start in range(0, BLOCK, CARD):
            card = block[start : start + CARD].decode("ascii", "replace")
            if card.rstrip() == "END":
                return found
            if card[8:10] == "= ":
                value = re.match(r"\s*(?:'((?:[^']|'')*)'|([^/]*))", card[10:])
                assert value is not None  # it may be empty
                found[card[:8].strip()] = (value[1] if value[1] is not None else value[2]).strip()
    raise RegionError(f"{path} is no FITS file with a sky map: take bayestar.multiorder.fits from GraceDB.")


def _skip(file: BinaryIO | gzip.GzipFile, header: dict[str, str], path: Path) -> None:
    """Pass over the data of a part."""
    axes = int(header.get("NAXIS", "0"))
    if axes:
        size = abs(int(header["BITPIX"])) // 8 * math.prod(int(header[f"NAXIS{n + 1}"]) for n in range(axes))
        if not 0 <= size <= AT_ONCE:
            raise RegionError(f"{path} begins with an image: it is no sky map of an event.")
        file.read(-(-size // BLOCK) * BLOCK)


def _region(file: BinaryIO | gzip.GzipFile, header: dict[str, str], path: Path) -> Region:
    name = header.get("OBJECT", path.name)
    if int(header.get("TFIELDS", "0")) > MOST_COLUMNS:
        raise RegionError(f"{path} has more columns than there can be.")
    names = {header.get(f"TTYPE{n}", "").upper() for n in range(1, int(header.get("TFIELDS", "0")) + 1)}
    if {"UNIQ", "PROBDENSITY"} <= names:
        if int(header["NAXIS2"]) > MOST_PIXELS:
            raise RegionError(f"{path} has more pixels than any sky map of an event.")
        return _multiorder(name, list(_rows(file, header, ("UNIQ", "PROBDENSITY"))))
    if "PROB" not in names:
        raise RegionError(f"{path} has no column PROB or PROBDENSITY: it is no sky map of an event.")
    if not header.get("ORDERING", "").upper().startswith("NEST"):
        raise RegionError(f"{path} is in ring order: take bayestar.multiorder.fits from GraceDB instead.")
    return _flat(name, int(header["NSIDE"]), (value for row in _rows(file, header, ("PROB",)) for value in row))


def _rows(
    file: BinaryIO | gzip.GzipFile, header: dict[str, str], wanted: tuple[str, ...]
) -> Iterator[tuple[float, ...]]:
    """The values of some columns, by row."""
    form = ">"
    for number in range(1, int(header["TFIELDS"]) + 1):
        kind = re.fullmatch(r"(\d*)([A-Z])(.*)", header[f"TFORM{number}"])
        code, size = FORMATS.get(kind[2], ("x", 1)) if kind is not None else ("x", 1)
        count = int(kind[1] or 1) if kind is not None else 1
        is_wanted = header.get(f"TTYPE{number}", "").upper() in wanted
        form += f"{count}{code}" if is_wanted else f"{count * size}x"
    length, rows = int(header["NAXIS1"]), int(header["NAXIS2"])
    if struct.calcsize(form) != length or not 0 < length <= AT_ONCE:
        raise ValueError("its columns are not as long as its rows")
    while rows > 0:
        some = min(rows, AT_ONCE // length)
        data = file.read(some * length)
        if len(data) < some * length:
            raise EOFError("it ends too early")
        yield from struct.iter_unpack(form, data)
        rows -= some


def _multiorder(name: str, rows: list[tuple[float, ...]]) -> Region:
    """Pixels of several sizes: a number says both which and how large (the scheme NUNIQ: IVOA MOC 2.0, 4.3.2)."""
    pixels = []
    for number, density in rows:
        uniq = int(number)
        order = (uniq.bit_length() - 1) // 2 - 1
        if uniq < 4 or not math.isfinite(density):
            raise ValueError("a pixel makes no sense")
        pixels.append((order, uniq - (4 << 2 * order), density))
    highest = max((order for order, _, _ in pixels), default=0)
    if not pixels or highest > 29:
        raise ValueError("it has no pixels")
    top = min(highest, healpix.MOST)
    made = sorted(pixels, key=lambda one: -one[2])
    sums = list(accumulate(density * 4 * math.pi / (12 << 2 * order) for order, _, density in made))
    placed = sorted(
        (which << 2 * (top - order) if order <= top else which >> 2 * (order - top), total / sums[-1])
        for (order, which, _), total in zip(made, sums, strict=True)
    )
    return Region(name, top, array("q", (start for start, _ in placed)), array("d", (level for _, level in placed)))


def _flat(name: str, side: int, values: Iterator[float]) -> Region:
    """Pixels of one size, made as few as `ORDER` has."""
    fine = side.bit_length() - 1
    if side != 1 << fine or not 0 <= fine <= 14:
        raise ValueError("its NSIDE makes no sense")
    order = min(fine, ORDER)
    group = 4 ** (fine - order)
    found = array("d")
    for _ in range(12 << 2 * order):
        some = tuple(islice(values, group))
        one = sum(some)
        if len(some) < group or not math.isfinite(one):
            raise ValueError("pixels are missing, or make no sense")
        found.append(one)
    ranked = sorted(range(len(found)), key=found.__getitem__, reverse=True)
    levels = array("d", bytes(8 * len(found)))
    total = sum(found)
    if total <= 0:
        raise ValueError("nothing in it is probable")
    for number, reached in zip(ranked, accumulate(found[number] for number in ranked), strict=True):
        levels[number] = reached / total
    return Region(name, order, range(len(found)), levels)
