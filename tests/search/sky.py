"""The CDS, in place of the network: images and tables as hips2fits and SIMBAD give them, and what they were asked.

A header of hips2fits: `CRPIXn` half the width, `CDELTn`, no matrix, `CTYPEn` TAN. SIMBAD's JSON: `metadata` with the
columns' names, `data` with lists of values.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from fink_tui.search.errors import CancelledError, SearchError
from fink_tui.search.services.cds import Cds
from tests.alerts.test_cutout import made

HIPS, SIMBAD = "http://hips", "http://simbad"
NOW = 1_795_000_000.0


def image(arguments: Mapping[str, str], pixels: Any = None) -> bytes:
    """What hips2fits gives: a star in the middle."""
    size = int(arguments["width"])
    if pixels is None:
        y, x = np.mgrid[:size, :size]
        pixels = np.exp(-((x - size / 2) ** 2 + (y - size / 2) ** 2) / 8)
    step = float(arguments["fov"]) / size
    return made(
        np.asarray(pixels, dtype="f4"),
        CRPIX1=size / 2,
        CRPIX2=size / 2,
        CDELT1=-step,
        CDELT2=step,
        CUNIT1="deg",
        CUNIT2="deg",
        CTYPE1="RA---TAN",
        CTYPE2="DEC--TAN",
        CRVAL1=float(arguments["ra"]),
        CRVAL2=float(arguments["dec"]),
    )


def blank(arguments: Mapping[str, str]) -> bytes:
    size = int(arguments["width"])
    return image(arguments, np.full((size, size), np.nan))


COLUMNS = ("main_id", "ra", "dec", "otype", "rvz_redshift", "V", "distance")


def table(*rows: tuple[Any, ...], columns: tuple[str, ...] = COLUMNS) -> bytes:
    return json.dumps({"metadata": [{"name": name} for name in columns], "data": rows}).encode()


class Kept(NamedTuple):
    path: Path
    fetched_at: float


class Shelf:
    """Answers kept in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.kept: dict[str, Kept] = {}
        self.count = 0

    def lookup(self, key: str) -> Kept | None:
        return self.kept.get(key)

    def part(self, key: str) -> Path:
        self.count += 1
        return self.folder / f"{self.count}.part"

    def keep(self, key: str, part: Path, fetched_at: float) -> Kept:
        self.kept[key] = Kept(part.rename(part.with_suffix(".kept")), fetched_at)
        return self.kept[key]

    def discard(self, part: Path) -> None:
        part.unlink(missing_ok=True)


Answer = bytes | SearchError | Callable[[Mapping[str, str]], bytes]


class Sky:
    """The CDS: what it answers, by survey; and what it was asked."""

    def __init__(self, folder: Path) -> None:
        self.now = NOW
        self.images: dict[str, Answer] = {}
        self.simbad: Answer = table()
        self.asked: list[Mapping[str, str]] = []
        self.shelf = Shelf(folder)
        self.cds = Cds(self, self.shelf, HIPS, SIMBAD, lambda: self.now)

    def get(
        self,
        url: str,
        arguments: Mapping[str, str],
        path: Path,
        progress: Callable[[int], None],
        is_cancelled: Callable[[], bool],
    ) -> None:
        self.asked.append(arguments)
        if is_cancelled():
            raise CancelledError("It was broken off.")
        answer: Answer = self.images.get(arguments["hips"], image) if url == HIPS else self.simbad
        if isinstance(answer, SearchError):
            path.write_bytes(b"half of it")
            raise answer
        path.write_bytes(answer if isinstance(answer, bytes) else answer(arguments))

    @property
    def hips(self) -> list[str]:
        return [asked["hips"] for asked in self.asked if "hips" in asked]


def objects(*rows: tuple[str, float, float, str]) -> Callable[[Mapping[str, str]], bytes]:
    """SIMBAD's answer: objects by name, arcseconds to the east and north of the place that is asked about, and type."""

    def answer(arguments: Mapping[str, str]) -> bytes:
        circle = arguments["query"].split("CIRCLE('ICRS', ")[1]
        ra, dec = map(float, circle.split(",")[:2])
        wide = 3600 * math.cos(math.radians(dec))
        return table(*((name, ra + x / wide, dec + y / 3600, kind, None, None, 0) for name, x, y, kind in rows))

    return answer
