"""Credible regions of events, read from sky maps as GraceDB has them, and the pixels they are made of."""

from __future__ import annotations

import gzip
import math
import struct
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fink_tui.sky import credible, healpix
from fink_tui.sky.credible import RegionError, read
from tests.fink_api.healpix import ang2pix, centre
from tests.sky import sky_maps
from tests.sky.sky_maps import DEC, RA, SIGMA

PLACES = st.tuples(st.floats(0, 359.999), st.floats(-90, 90))

NESTED_OF_RING = {13: 0, 5: 1, 4: 2, 0: 3, 15: 4, 7: 5, 6: 6, 1: 7, 17: 8, 9: 9}
"""healpy's own example: nest2ring(2, 0 ... 9)."""


def test_pixels_are_numbered_as_healpy_does() -> None:
    for ring, nest in NESTED_OF_RING.items():
        assert healpix.pixel(1, *centre(2, ring)) == nest
    assert healpix.pixel(4, *centre(16, 1504)) == 1130, "healpy's nest2ring(16, 1130)"
    assert [healpix.pixel(0, *centre(1, number)) for number in range(12)] == list(range(12))


@pytest.mark.parametrize("order", [0, 1, 3, 5])
def test_each_pixel_of_the_ring_scheme_is_one_of_the_nested(order: int) -> None:
    side = 1 << order
    numbers = [healpix.pixel(order, *centre(side, ring)) for ring in range(12 * side * side)]
    assert sorted(numbers) == list(range(12 * side * side))


@given(PLACES, st.integers(0, healpix.MOST - 1))
def test_pixels_are_in_one_another(place: tuple[float, float], order: int) -> None:
    fine = healpix.pixel(order + 1, *place)
    assert fine >> 2 == healpix.pixel(order, *place)
    assert 0 <= fine < 12 * 4 ** (order + 1)


@given(PLACES)
def test_two_places_are_in_one_pixel_in_both_schemes(place: tuple[float, float]) -> None:
    ring = ang2pix(64, *place)
    assert healpix.pixel(6, *centre(64, ring)) == healpix.pixel(6, *place)


def test_area_of_all_pixels_is_the_sky() -> None:
    assert healpix.area(5) * 12 * 4**5 == pytest.approx(41252.96, abs=0.01)


@pytest.fixture(scope="module", params=["flat", "flat packed", "multiorder"])
def region(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> credible.Region:
    pytest.importorskip("astropy")
    folder = tmp_path_factory.mktemp("maps")
    if request.param == "multiorder":
        return read(sky_maps.multiorder(folder / "bayestar.multiorder.fits", 32))
    path = sky_maps.flat(folder / "bayestar.fits", 32)
    if "packed" in request.param:
        packed = folder / "bayestar.fits.gz"
        packed.write_bytes(gzip.compress(path.read_bytes()))
        path = packed
    return read(path)


def test_levels_are_those_of_the_distribution(region: credible.Region) -> None:
    assert region.name == "S190425z"
    # A normal distribution on a plane: within r are 1 - exp(-r^2 / 2 sigma^2).
    for away in (3.0, 8.0, 12.0, 20.0):
        level = 1 - math.exp(-((away / SIGMA) ** 2) / 2)
        assert region.level(RA, DEC + away) == pytest.approx(level, abs=0.08)
        assert region.level(RA, DEC - away) == pytest.approx(level, abs=0.08)
    assert region.level(RA + 180, -DEC) > 0.999
    assert region.area(0.9) == pytest.approx(2 * math.pi * SIGMA**2 * math.log(10), rel=0.1)
    assert region.area(1.0) == pytest.approx(41253, rel=1e-3)


def test_as_much_as_a_level_says_is_inside(region: credible.Region) -> None:
    random = Random(4)
    inside = drawn = 0
    while drawn < 1000:
        ra, dec = random.uniform(140, 255), math.degrees(math.asin(random.uniform(-1, 0.6)))
        if random.random() < sky_maps.density(ra, dec):
            drawn += 1
            inside += region.level(ra, dec) <= 0.9
    assert inside / drawn == pytest.approx(0.9, abs=0.03)


def test_a_large_map_is_made_coarser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("astropy")
    monkeypatch.setattr(credible, "ORDER", 3)
    found = read(sky_maps.flat(tmp_path / "map.fits", 32))
    assert len(found.levels) == 12 * 4**3
    assert found.level(RA, DEC) < 0.2


def header(cards: dict[str, object]) -> bytes:
    """A header as FITS has it."""
    lines = [f"{name:<8}= {value:>20}" for name, value in cards.items()]
    return b"".join(line.ljust(80).encode() for line in [*lines, "END"]).ljust(2880)


PLAIN: dict[str, object] = {"SIMPLE": "T", "BITPIX": 8, "NAXIS": 0}
TABLE: dict[str, object] = {
    "XTENSION": "'BINTABLE'",
    "BITPIX": 8,
    "NAXIS": 2,
    "NAXIS1": 16,
    "NAXIS2": 1,
    "TFIELDS": 2,
    "TTYPE1": "'UNIQ'",
    "TFORM1": "'K'",
    "TTYPE2": "'PROBDENSITY'",
    "TFORM2": "'D'",
}


@pytest.mark.parametrize(
    ("plain", "part", "rows"),
    [
        ({}, {"TFIELDS": 999_999_999_999}, b""),
        ({}, {"NAXIS1": "0"}, b""),
        ({}, {"TFORM1": "'9999999999999999999K'"}, b""),
        ({}, {"TTYPE1": "'PROB'", "TTYPE2": "'OTHER'", "ORDERING": "'NESTED'"}, b""),
        ({"NAXIS": 1, "NAXIS1": -4_000_000_000}, {}, b""),
        ({"NAXIS": 1}, {}, b""),
        ({}, {}, struct.pack(">qd", 4, 0.0)),
    ],
)
def test_a_header_that_lies_is_said(
    tmp_path: Path, plain: dict[str, object], part: dict[str, object], rows: bytes
) -> None:
    path = tmp_path / "map"
    body = header(PLAIN | plain) + header(TABLE | part) + rows.ljust(2880, b"\0")
    path.write_bytes(header(PLAIN) + header(TABLE) + struct.pack(">qd", 4, 1.0))
    assert read(path).levels[0] == 1.0
    for data in (body, gzip.compress(body), gzip.compress(body)[:9] + b"damage" * 9):
        path.write_bytes(data)
        with pytest.raises(RegionError):
            read(path)


def test_what_is_no_map_is_said(tmp_path: Path) -> None:
    pytest.importorskip("astropy")
    some = tmp_path / "some"
    for data in (b"", b"\x1f\x8b broken", b"x" * 6000, b"SIMPLE  =                    T".ljust(2880)):
        some.write_bytes(data)
        with pytest.raises(RegionError):
            read(some)
    with pytest.raises(RegionError, match="cannot be read"):
        read(tmp_path / "none")
    whole = sky_maps.flat(tmp_path / "whole.fits").read_bytes()
    some.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(RegionError, match="too early"):
        read(some)
    with pytest.raises(RegionError, match="ring order"):
        read(sky_maps.flat(tmp_path / "ring.fits", ORDERING="RING"))
    with pytest.raises(RegionError, match="no column"):
        read(sky_maps.table(tmp_path / "other.fits", {"FLUX": [1.0]}))
    for name, number, density in (("nan", 4096, math.nan), ("low", 3, 1.0)):
        with pytest.raises(RegionError):
            read(sky_maps.table(tmp_path / f"{name}.fits", {"UNIQ": [number], "PROBDENSITY": [density]}))
