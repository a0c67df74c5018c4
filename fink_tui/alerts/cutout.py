"""A stamp of an alert as numbers: the small FITS images, gzipped (ZTF) or plain (LSST), that a packet holds.

What is needed of a FITS file (standard 4.0, sections 3 to 5 and 8) is read here: cards of 80 characters, and an array
of big-endian numbers. Pillow reads such arrays, too, but neither the cards, which say how an image lies on the sky, nor
scaled or signed 16-bit numbers. ZTF writes cards that are not quite as the standard says: they are read leniently.
"""

from __future__ import annotations

import math
import re
import sys
import zlib
from array import array
from collections.abc import Mapping
from typing import Any, NamedTuple

KINDS = ("science", "template", "difference")
"""The stamps of an alert, in the order in which people look at them."""

MAX_BYTES = 8_000_000
"""An unpacked stamp may have at most so many; real ones have 50,000."""

MAX_PIXELS = 1 << 18
"""Pixels of an image at most: 512 a side."""

DEFAULT_SCALE = {"ztf": 1.012, "lsst": 0.2}
"""Arcseconds a pixel, where the header does not say (ZTF: Dekany et al. 2020; LSST: LSE-29)."""

SANE_SCALES = (0.01, 60.0)
"""Arcseconds a pixel: a header that gives less or more is not believed."""

ZTF_HALF = 31
"""Pixels on each side of the alert's in ZTF's stamps, unless the chip ends there."""

_GZIP = b"\x1f\x8b"
_CARD, _BLOCK = 80, 2880
_TYPES = {8: "B", 16: "h", 32: "i", 64: "q", -32: "f", -64: "d"}
_VALUE = re.compile(r"\s*(?:'((?:[^']|'')*)'|([^/]*))")


class CutoutError(Exception):
    """A stamp that cannot be read; its text is a clause that says why."""


class Cutout(NamedTuple):
    """An image, and how it lies on the sky. x grows along a row, y from row to row; the first pixel is 0, 0."""

    width: int
    """Pixels of a row."""

    height: int
    """Rows."""

    rows: tuple[tuple[float, ...], ...]
    """The pixels, the row of y = 0 first; NaN where there are no data."""

    unit: str
    """Unit of a pixel, as `DN` or `nJy`; blank where the header does not say. Not cleaned."""

    scale: float
    """Arcseconds a pixel."""

    is_scale_assumed: bool
    """Whether the scale is the survey's usual one: the header does not say."""

    east: tuple[float, float] | None
    """The step in x and y, pixels, that is one arcsecond to the east; None: the header does not say."""

    north: tuple[float, float] | None
    """The step to the north."""

    place: tuple[float, float]
    """Where the alert is: x, y."""


def stamp(record: Mapping[str, Any], kind: str) -> bytes | None:
    """The bytes of a packet's stamp; None where it has none.

    Args:
        record: The packet, ZTF's or LSST's.
        kind: One of `KINDS`.
    """
    found = record.get(f"cutout{kind.capitalize()}")
    if isinstance(found, Mapping):  # ZTF: a name, and the data
        found = found.get("stampData")
    return bytes(found) if isinstance(found, bytes | bytearray | memoryview) and found else None


def chip_place(record: Mapping[str, Any]) -> tuple[float, float] | None:
    """Where a ZTF alert is on its chip, in pixels from 1; None where the packet does not say."""
    candidate = record.get("candidate")
    if not isinstance(candidate, Mapping):
        return None
    x, y = _number(candidate, "xpos"), _number(candidate, "ypos")
    return (x, y) if x is not None and y is not None else None


def read(data: bytes, survey: str, on_chip: tuple[float, float] | None = None) -> Cutout:
    """Read a stamp.

    Args:
        data: The FITS file, gzipped or not.
        survey: Whose it is, for the usual scale: `ztf`, `lsst`.
        on_chip: Where the alert is on the chip, as `chip_place` gives it: a stamp from its edge is cut short.

    Raises:
        CutoutError: It is damaged, too big, or no image.
    """
    data = _unpacked(data)
    cards, start = _cards(data)
    if cards.get("NAXIS") != 2:
        raise CutoutError("it is not an image of two axes")
    width, height = (_whole(cards, f"NAXIS{axis}") for axis in (1, 2))
    if not width or not height:
        raise CutoutError("it has no pixels")
    if width * height > MAX_PIXELS:
        raise CutoutError(f"{width} x {height} pixels are more than can be shown")
    numbers = _numbers(data, start, width * height, cards)
    rows = tuple(tuple(numbers[first : first + width]) for first in range(0, width * height, width))
    scale, is_assumed, east, north = _sky(cards, DEFAULT_SCALE.get(survey, 1.0))
    unit = cards.get("BUNIT", "")
    place = _reference(cards, width, height)
    if place is None:
        place = _centre(width, on_chip and on_chip[0]), _centre(height, on_chip and on_chip[1])
    return Cutout(width, height, rows, str(unit), scale, is_assumed, east, north, place)


def _unpacked(data: bytes) -> bytes:
    if not data.startswith(_GZIP):
        return data
    unpacker = zlib.decompressobj(wbits=31)
    try:
        out = unpacker.decompress(data, MAX_BYTES + 1)
    except zlib.error:
        raise CutoutError("its gzip data are damaged") from None
    if len(out) > MAX_BYTES:
        raise CutoutError(f"it unpacks to more than {MAX_BYTES // 1_000_000} MB")
    if not unpacker.eof:
        raise CutoutError("its gzip data are cut off")
    return out


def _cards(data: bytes) -> tuple[dict[str, Any], int]:
    """The cards of the first header that have a value, and where the data begin."""
    if not data.startswith(b"SIMPLE"):
        raise CutoutError("it is not a FITS file")
    cards: dict[str, Any] = {}
    for start in range(0, len(data) - _CARD + 1, _CARD):
        card = data[start : start + _CARD].decode("latin-1")
        name = card[:8].rstrip()
        if name == "END":
            return cards, -(-(start + _CARD) // _BLOCK) * _BLOCK
        if card[8] == "=":
            cards.setdefault(name, _value(card[9:]))
    raise CutoutError("its header has no end")


def _value(text: str) -> str | int | float | None:
    """A card's value; None for one that is no text and no number."""
    found = _VALUE.match(text)
    assert found is not None
    if found[1] is not None:
        return found[1].replace("''", "'").rstrip()
    for number in (int, float):
        try:
            return number(found[2].strip().replace("D", "E"))
        except ValueError:
            continue
    return None


def _whole(cards: Mapping[str, Any], name: str) -> int:
    value = cards.get(name)
    if not isinstance(value, int) or value < 0:
        raise CutoutError(f"its header has no usable {name}")
    return value


def _number(cards: Mapping[str, Any], name: str) -> float | None:
    value = cards.get(name)
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None


def _numbers(data: bytes, start: int, count: int, cards: Mapping[str, Any]) -> list[float]:
    """The pixels as they are meant: scaled, NaN for blank ones."""
    code = _TYPES.get(cards.get("BITPIX", 0))
    if code is None:
        raise CutoutError("its header has no usable BITPIX")
    pixels = array(code)
    size = count * pixels.itemsize
    if len(data) < start + size:
        raise CutoutError(f"it is cut off: {max(0, len(data) - start)} bytes of {size}")
    pixels.frombytes(data[start : start + size])
    if sys.byteorder == "little":
        pixels.byteswap()
    scale, zero = _number(cards, "BSCALE"), _number(cards, "BZERO")
    scale, zero = 1.0 if scale is None else scale, zero or 0.0
    blank = cards.get("BLANK") if code not in "fd" else None
    if blank is None and (scale, zero) == (1.0, 0.0):
        return [float(value) for value in pixels]
    return [math.nan if value == blank else zero + scale * value for value in pixels]


_Step = tuple[float, float]


def _sky(cards: Mapping[str, Any], usual: float) -> tuple[float, bool, _Step | None, _Step | None]:
    """Scale, whether it is assumed, and the steps to east and north."""
    matrix = _matrix(cards)
    if matrix is not None:
        a, b, c, d = matrix
        det = a * d - b * c
        sizes = math.sqrt(abs(det)), math.hypot(a, c), math.hypot(b, d)
        if all(SANE_SCALES[0] <= size <= SANE_SCALES[1] for size in sizes):
            return sizes[0], False, (d / det, -c / det), (-b / det, a / det)
    angle = _number(cards, "ROTPA")  # LSST: position angle of +y, from north through east; east is left of north
    if angle is not None:
        sine, cosine = math.sin(math.radians(angle)) / usual, math.cos(math.radians(angle)) / usual
        return usual, True, (-cosine, sine), (sine, cosine)
    return usual, True, None, None


def _matrix(cards: Mapping[str, Any]) -> tuple[float, float, float, float] | None:
    """Arcseconds to the east a pixel in x and in y, and to the north: CDi_j, or PCi_j times CDELTi."""
    axes = str(cards.get("CTYPE1", "RA")), str(cards.get("CTYPE2", "DEC"))  # LSST's stamps have none
    units = {str(cards.get(f"CUNIT{axis}", "deg")).lower() for axis in (1, 2)}
    if not (axes[0].startswith("RA") and axes[1].startswith("DEC")) or units - {"deg", "degree", "degrees", ""}:
        return None
    for prefix in ("CD", "PC"):
        names = [f"{prefix}{row}_{column}" for row in (1, 2) for column in (1, 2)]
        if any(name in cards for name in names) or (prefix == "PC" and {"CDELT1", "CDELT2"} <= cards.keys()):
            unset = (1.0, 0.0, 0.0, 1.0) if prefix == "PC" else (0.0, 0.0, 0.0, 0.0)
            steps = [_number(cards, f"CDELT{row}") if prefix == "PC" else 1.0 for row in (1, 1, 2, 2)]
            a, b, c, d = (
                3600 * (1.0 if step is None else step) * (default if (value := _number(cards, name)) is None else value)
                for name, default, step in zip(names, unset, steps, strict=True)
            )
            return (a, b, c, d) if a * d - b * c else None
    return None


def _reference(cards: Mapping[str, Any], width: int, height: int) -> tuple[float, float] | None:
    """The point that the header gives a place on the sky: in LSST's stamps the alert's; None where it is outside."""
    x, y = _number(cards, "CRPIX1"), _number(cards, "CRPIX2")
    if x is None or y is None or not (0.5 <= x <= width + 0.5 and 0.5 <= y <= height + 0.5):
        return None
    return x - 1, y - 1  # the first pixel is 1 in FITS


def _centre(length: int, on_chip: float | None) -> float:
    """The alert's place along an axis, for stamps around it; ZTF's are 63 pixels, less where the chip ends."""
    whole = 2 * ZTF_HALF + 1
    if on_chip is None or not ZTF_HALF < length < whole:
        return (length - 1) / 2
    before = round(on_chip) - 1  # pixels of the chip before the alert's
    return float(before) if before + ZTF_HALF + 1 == length else float(ZTF_HALF)
