"""The stamps of the demo: small FITS images of a point source, on a galaxy, on a star, or of a cosmic ray.

There are a few hundred different ones. They are made when first asked for and kept, for a stamp costs more than the
rest of an alert.
"""

from __future__ import annotations

import gzip
import math
import sys
from array import array
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from random import Random
from types import MappingProxyType
from typing import Literal, NamedTuple

Look = Literal["empty", "galaxy", "star", "ray"]
"""What is to be seen beside the source; `ray`: a cosmic ray in place of the source."""

Role = Literal["science", "template", "difference"]
"""Which of an alert's three stamps it is."""

VARIANTS = 3
"""Patterns of noise. The last of ZTF's lies at the edge of the chip: cut short, with blank pixels."""

_ROTATIONS = (49.9, 131.2, 90.0)
"""How LSST's camera was turned, by the pattern of noise: position angle of +y, degrees."""

_LSST_SCALE = 0.2 / 3600
"""Degrees a pixel."""

_LEVELS = (8.0, 20.0, 50.0, 150.0)
"""Brightness of the source's central pixel over the noise."""


class _Camera(NamedTuple):
    """What the images of a survey are like."""

    size: int
    """Pixels a side."""

    sigma: float
    """Width of the point spread function, pixels."""

    noise: float
    """Standard deviation of a pixel."""

    unit: str
    """Unit of a pixel."""


_CAMERAS = {"ztf": _Camera(63, 0.95, 9.0, "DN"), "lsst": _Camera(30, 1.7, 95.0, "nJy")}


def fits(
    pixels: Sequence[float], width: int, height: int, unit: str, more: Mapping[str, float] = MappingProxyType({})
) -> bytes:
    """An image as a FITS file of one HDU, 32-bit floats (FITS standard 4.0, sections 3 and 4).

    Args:
        pixels: Row by row.
        width: Pixels in a row.
        height: Rows.
        unit: Unit of a pixel.
        more: More cards.
    """
    cards = {"SIMPLE": "T", "BITPIX": "-32", "NAXIS": "2", "NAXIS1": str(width), "NAXIS2": str(height)}
    lines = [f"{name:<8}= {value:>20}" for name, value in cards.items()] + [f"{'BUNIT':<8}= '{unit:<8}'"]
    lines += [*(f"{name:<8}= {value:>20.12G}" for name, value in more.items()), "END"]
    head = "".join(f"{line:<80}" for line in lines).encode("ascii")
    data = array("f", pixels)
    if sys.byteorder == "little":
        data.byteswap()
    body = data.tobytes()
    return head + b" " * (-len(head) % 2880) + body + b"\0" * (-len(body) % 2880)


def variant(random: Random) -> int:
    """Which pattern of noise: seldom the last, which lies at the edge."""
    return random.choices(range(VARIANTS), (10, 10, 1))[0]


def stamp(survey: str, role: Role, look: Look, flux: float, snr: float, variant: int) -> bytes:
    """A stamp.

    Args:
        survey: `ztf` (gzipped FITS) or `lsst` (FITS).
        role: Which of the three.
        look: What is to be seen.
        flux: Flux of the difference; its sign counts.
        snr: Signal to noise of the detection.
        variant: Which pattern of noise.
    """
    level = min(range(len(_LEVELS)), key=lambda index: abs(math.log(_LEVELS[index] / max(snr, 1.0))))
    if role == "template":  # knows nothing of the source
        return _stamp(survey, role, look, True, 0, variant)
    return _stamp(survey, role, look, flux >= 0, level, variant)


@lru_cache(maxsize=400)
def _stamp(survey: str, role: Role, look: Look, is_positive: bool, level: int, variant: int) -> bytes:
    camera = _CAMERAS[survey]
    size, middle = camera.size, camera.size // 2
    quiet = 0.5 if role == "template" else 1.0  # a template is the sum of many images
    image = [quiet * value for value in _noise(size, variant)]

    def add(x0: float, y0: float, height: float, width: float, is_exponential: bool = False) -> None:
        reach = math.ceil(8 * width)
        for y in range(max(0, int(y0) - reach), min(size, int(y0) + reach + 1)):
            for x in range(max(0, int(x0) - reach), min(size, int(x0) + reach + 1)):
                distance = math.hypot(x - x0, y - y0) / width
                image[y * size + x] += height * math.exp(-distance if is_exponential else -0.5 * distance**2)

    if role != "difference":
        if look == "galaxy":
            add(middle + 2.5 * camera.sigma, middle - 1.6 * camera.sigma, 40.0, 2.4 * camera.sigma, True)
        elif look == "star":
            add(middle, middle, 2.5 * _LEVELS[level if role == "science" else 2], camera.sigma)
        add(size * 0.2, size * 0.75, 30.0, camera.sigma)  # a neighbour, to tell where one is
    if look == "ray" and role != "template":
        for step in range(-3, 4):
            at = (middle + step) * size + middle + step // 2
            image[at] += _LEVELS[level] * 1.5
    elif role == "difference" or (role == "science" and look != "star"):
        add(middle, middle, _LEVELS[level] * (1 if is_positive else -1), camera.sigma)

    height = size
    if survey == "ztf" and variant == VARIANTS - 1:
        height = size - 5
        image = image[: height * size]
        for y in range(height):
            image[y * size : y * size + 2] = [math.nan, math.nan]
    more = _on_the_sky(middle, _ROTATIONS[variant]) if survey == "lsst" else {}  # ZTF's stamps do not say
    data = fits([value * camera.noise for value in image], size, height, camera.unit, more)
    return gzip.compress(data, 5, mtime=0) if survey == "ztf" else data


def _on_the_sky(middle: int, angle: float) -> dict[str, float]:
    """Cards that say how an LSST stamp lies on the sky: its middle is the alert's place.

    Args:
        middle: The alert's pixel, from 0, in x and y.
        angle: Position angle of +y, degrees, from north through east.
    """
    sine, cosine = (part * _LSST_SCALE for part in (math.sin(math.radians(angle)), math.cos(math.radians(angle))))
    cards = {"ROTPA": angle, "CRPIX1": middle + 1, "CRPIX2": middle + 1}
    return cards | {"PC1_1": -cosine, "PC1_2": sine, "PC2_1": sine, "PC2_2": cosine, "CDELT1": 1.0, "CDELT2": 1.0}


@cache
def _noise(size: int, variant: int) -> tuple[float, ...]:
    """Noise of standard deviation one, always the same."""
    random = Random(1000 * size + variant)
    return tuple(random.gauss(0.0, 1.0) for _ in range(size * size))
