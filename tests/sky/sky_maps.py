"""Sky maps of an event that never was, written as GraceDB's are, by astropy."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from fink_tui.sky.coordinates import separation
from tests.fink_api.healpix import centre

RA, DEC, SIGMA = 197.45, -23.38, 8.0
"""Where it was most probably, and how well that is known, degrees."""


def density(ra: float, dec: float) -> float:
    """A normal distribution on the sky, up to a factor."""
    return math.exp(-((separation(ra, dec, RA, DEC) / SIGMA) ** 2) / 2)


def nested(side: int) -> dict[int, int]:
    """Ring numbers by nested ones, by HEALPix's own way: each pixel's centre, looked up in both."""
    from fink_tui.sky.healpix import pixel

    order = side.bit_length() - 1
    return {pixel(order, *centre(side, ring)): ring for ring in range(12 * side * side)}


def values(side: int) -> list[float]:
    """Probability of each pixel, nested."""
    rings = nested(side)
    found = [density(*centre(side, rings[number])) for number in range(12 * side * side)]
    total = sum(found)
    return [value / total for value in found]


def table(path: Path, columns: dict[str, Any], **header: object) -> Path:
    """Write a table."""
    import numpy as np
    from astropy.io import fits

    formats = {"UNIQ": "K"}
    made = fits.BinTableHDU.from_columns(
        [
            fits.Column(name=name, format=formats.get(name, "D"), array=np.array(array))
            for name, array in columns.items()
        ]
    )
    made.header.update(header)
    fits.HDUList([fits.PrimaryHDU(), made]).writeto(path)
    return path


def flat(path: Path, side: int = 16, **header: object) -> Path:
    """Pixels of one size; `bayestar.fits.gz` has three more columns."""
    found = values(side)
    some = [1.0] * len(found)
    return table(
        path,
        {"PROB": found, "DISTMU": some, "DISTSIGMA": some, "DISTNORM": some},
        **({"ORDERING": "NESTED", "NSIDE": side, "OBJECT": "S190425z"} | header),
    )


def multiorder(path: Path, side: int = 16, coarse: int = 4) -> Path:
    """Fine pixels where it was probably, coarse ones elsewhere."""
    found = values(side)
    group = (side // coarse) ** 2
    uniq, densities = [], []
    for number in range(12 * coarse * coarse):
        own = found[number * group : (number + 1) * group]
        if max(own) > 1e-6:
            uniq += [4 * side * side + number * group + at for at in range(group)]
            densities += [value * 12 * side * side / (4 * math.pi) for value in own]
        else:
            uniq.append(4 * coarse * coarse + number)
            densities.append(sum(own) * 12 * coarse * coarse / (4 * math.pi))
    return table(
        path, {"UNIQ": uniq, "PROBDENSITY": densities, "DISTMU": densities}, ORDERING="NUNIQ", OBJECT="S190425z"
    )
