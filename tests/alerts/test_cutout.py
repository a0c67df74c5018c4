"""Stamps as numbers: real and made-up ones as astropy reads them, and damaged ones refused in words."""

from __future__ import annotations

import gzip
import io
import math
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from astropy.wcs import WCS
from hypothesis import example, given
from hypothesis import strategies as st

from fink_tui.alerts import cutout
from fink_tui.alerts.cutout import Cutout, CutoutError, read
from fink_tui.alerts.decode import record
from fink_tui.alerts.packet import Packet
from fink_tui.alerts.schema import SchemaBook
from fink_tui.stream.demo import stamps


def made(pixels: Any, **cards: object) -> bytes:
    """A FITS file."""
    hdu = fits.PrimaryHDU(np.asarray(pixels))
    for name, value in cards.items():
        hdu.header[name] = value
    out = io.BytesIO()
    hdu.writeto(out)
    return out.getvalue()


def by_astropy(data: bytes) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # ZTF's cards
        with fits.open(io.BytesIO(gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data)) as hdus:
            return np.array(hdus[0].data, dtype=float), hdus[0].header.copy()


def pixel(wcs: WCS, ra: float, dec: float) -> tuple[float, ...]:
    """Where a place of the sky is, counted from 0."""
    return tuple(float(value) for value in wcs.all_world2pix(ra, dec, 0))


def equal(found: Cutout, expected: Any) -> bool:
    return (found.height, found.width) == expected.shape and np.array_equal(found.rows, expected, equal_nan=True)


@pytest.fixture(scope="module")
def records(wire: Sequence[tuple[dict[str, Any], Packet]]) -> list[tuple[str, dict[str, Any]]]:
    """The surveys and packets of real alerts."""
    book = SchemaBook()
    return [(entry["survey"], record(book.schema(packet.key), packet.value)) for entry, packet in wire]


def test_every_real_stamp_has_the_pixels_that_astropy_finds(records: list[tuple[str, dict[str, Any]]]) -> None:
    count = 0
    for survey, packet in records:
        for kind in cutout.KINDS:
            data = cutout.stamp(packet, kind)
            assert data is not None
            pixels, header = by_astropy(data)
            found = read(data, survey, cutout.chip_place(packet))
            assert equal(found, pixels)
            assert found.unit == header["BUNIT"]
            count += 1
    assert count == 309


def test_real_stamps_lie_on_the_sky_as_astropy_says(records: list[tuple[str, dict[str, Any]]]) -> None:
    """LSST's alone say how: place, north and east through astropy's WCS; in ZTF's the alert is in the middle."""
    for survey, packet in records:
        data = cutout.stamp(packet, "science")
        assert data is not None
        found = read(data, survey, cutout.chip_place(packet))
        if survey == "ztf":
            assert (found.north, found.east, found.scale, found.is_scale_assumed) == (None, None, 1.012, True)
            assert found.place == ((31, 31) if found.height == 63 else (31, 26))
            continue
        _, header = by_astropy(data)
        header["CTYPE1"], header["CTYPE2"] = "RA---TAN", "DEC--TAN"  # left out in the packets
        wcs = WCS(header)
        ra, dec = packet["diaSource"]["ra"], packet["diaSource"]["dec"]
        assert found.place == pytest.approx(pixel(wcs, ra, dec), abs=0.01)
        assert found.north is not None
        assert found.east is not None
        north = np.subtract(pixel(wcs, ra, dec + 1 / 3600), found.place)
        east = np.subtract(pixel(wcs, ra + 1 / 3600 / math.cos(math.radians(dec)), dec), found.place)
        assert found.north == pytest.approx(north, abs=0.01)
        assert found.east == pytest.approx(east, abs=0.01)
        assert (found.scale, found.is_scale_assumed) == (pytest.approx(0.2, rel=0.002), False)


def test_lsst_angle_of_rotation_says_the_same_as_its_matrix(records: list[tuple[str, dict[str, Any]]]) -> None:
    """So that a stamp which has the angle alone is turned the right way: to the degree or so of the optics."""
    for survey, packet in records:
        if survey == "lsst":
            _, header = by_astropy(packet["cutoutScience"])
            alone, whole = read(made([[1.0]], ROTPA=header["ROTPA"]), "lsst"), read(packet["cutoutScience"], "lsst")
            for one, other in ((alone.north, whole.north), (alone.east, whole.east)):
                assert one is not None
                assert other is not None
                assert math.degrees(math.dist(one, other) / math.hypot(*one)) < 1.5
            assert alone.is_scale_assumed


@pytest.mark.parametrize("survey", ["ztf", "lsst"])
@pytest.mark.parametrize("role", cutout.KINDS)
@pytest.mark.parametrize("variant", range(stamps.VARIANTS))
def test_the_demos_stamps(survey: str, role: Any, variant: int) -> None:
    data = stamps.stamp(survey, role, "galaxy", 10.0, 20.0, variant)
    pixels, _ = by_astropy(data)
    found = read(data, survey)
    assert equal(found, pixels)
    assert any(math.isnan(value) for row in found.rows for value in row) == (survey == "ztf" and variant == 2)
    assert found.place == (
        (31, 31) if survey == "ztf" and variant < 2 else (15, 15) if survey == "lsst" else (31, 28.5)
    )
    assert (found.north is not None) == (survey == "lsst")


@pytest.mark.parametrize("kind", ["u1", "i2", "i4", "i8", "f4", "f8"])
@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (63, 58)])
@pytest.mark.parametrize("cards", [{}, {"BSCALE": 2.5, "BZERO": 100.0}])
def test_every_kind_of_number(kind: str, shape: tuple[int, int], cards: dict[str, float]) -> None:
    size = shape[0] * shape[1]
    pixels = (np.arange(size) - (0 if kind == "u1" else size // 2)).reshape(shape).astype(kind)
    plain = made(pixels)
    lines = "".join(f"{name:<8}= {value:>20}".ljust(80) for name, value in cards.items()).encode()
    data = plain.replace(b"END".ljust(80) + b" " * len(lines), lines + b"END".ljust(80), 1)
    expected, _ = by_astropy(data)
    assert (not cards) == np.array_equal(expected, pixels), "astropy scales"
    found = read(gzip.compress(data), "ztf")
    assert np.allclose(found.rows, expected, rtol=1e-6)
    assert (found.width, found.height) == (shape[1], shape[0])


def test_blank_whole_numbers_and_infinite_ones_are_no_data() -> None:
    found = read(made(np.array([[1, -99]], dtype="i2"), BLANK=-99), "ztf")
    assert found.rows[0][0] == 1
    assert math.isnan(found.rows[0][1])


@given(st.floats(0, 360), st.booleans(), st.floats(0.05, 5), st.sampled_from(["CD", "PC", "PC of 1"]))
def test_a_matrix_of_any_angle_and_parity(angle: float, is_mirrored: bool, scale: float, form: str) -> None:
    """Position angle of +y from north through east; against astropy."""
    sine, cosine = math.sin(math.radians(angle)), math.cos(math.radians(angle))
    sign = 1 if is_mirrored else -1
    matrix = [sign * cosine, sine, -sign * sine, cosine]
    cards: dict[str, object] = {"CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN", "CRVAL1": 150.0, "CRVAL2": 20.0}
    cards |= {"CRPIX1": 4.5, "CRPIX2": 3.25, "CUNIT1": "deg", "CUNIT2": "deg"}
    degrees = scale / 3600
    unit = 1.0 if form == "PC" else degrees
    if form == "PC":
        cards |= {"CDELT1": degrees, "CDELT2": degrees}
    names = [f"{form[:2]}{row}_{column}" for row in (1, 2) for column in (1, 2)]
    cards |= {name: value * unit for name, value in zip(names, matrix, strict=True)}
    data = made(np.zeros((6, 7), dtype="f4"), **cards)
    found = read(data, "ztf")
    wcs = WCS(by_astropy(data)[1])
    assert found.place == (3.5, 2.25)
    assert (found.scale, found.is_scale_assumed) == (pytest.approx(scale), False)
    for step, (ra, dec) in (
        (found.north, (150.0, 20 + 1 / 3600)),
        (found.east, (150 + 1 / 3600 / math.cos(math.radians(20)), 20)),
    ):
        assert step is not None
        assert np.add(found.place, step) == pytest.approx(pixel(wcs, ra, dec), abs=1e-3)


@pytest.mark.parametrize(
    "cards",
    [
        {},
        {"CTYPE1": "GLON-TAN", "CTYPE2": "GLAT-TAN", "CD1_1": -1e-4, "CD2_2": 1e-4},
        {"CTYPE1": "DEC--TAN", "CTYPE2": "RA---TAN", "CD1_1": -1e-4, "CD2_2": 1e-4},
        {"CUNIT1": "rad", "CUNIT2": "rad", "CD1_1": -1e-4, "CD2_2": 1e-4},
        {"CD1_1": 1e-4, "CD1_2": 1e-4, "CD2_1": 1e-4, "CD2_2": 1e-4},
        {"CD1_1": -100.0, "CD2_2": 100.0},
        {"CD1_1": -1e9, "CD2_2": 1e-15},
        {"CD1_1": 0.0, "CD2_2": 0.0},
    ],
)
def test_what_the_header_does_not_say_or_cannot_mean_is_unknown(cards: dict[str, object]) -> None:
    found = read(made(np.zeros((3, 5), dtype="f4"), **cards), "lsst")
    assert (found.scale, found.is_scale_assumed, found.north, found.east) == (0.2, True, None, None)
    assert found.place == (2, 1)


@pytest.mark.parametrize(("crpix", "place"), [((1.0, 1.0), (0, 0)), ((5.5, 3.5), (4.5, 2.5)), ((5.6, 1.0), (2, 1))])
def test_a_reference_point_outside_is_not_the_alerts(crpix: tuple[float, float], place: tuple[float, float]) -> None:
    found = read(made(np.zeros((3, 5), dtype="f4"), CRPIX1=crpix[0], CRPIX2=crpix[1]), "lsst")
    assert found.place == place


@pytest.mark.parametrize(
    ("shape", "on_chip", "place"),
    [
        ((63, 63), (1000.0, 1000.0), (31, 31)),
        ((58, 63), (1980.0, 26.81), (31, 26)),  # the chip's lower edge: a real one
        ((58, 63), (1980.0, 3054.6), (31, 31)),  # its upper edge
        ((63, 40), (9.2, 1500.0), (8, 31)),
        ((63, 40), (3064.0, 1500.0), (31, 31)),
        ((63, 40), None, (19.5, 31)),
        ((21, 21), (5.0, 5.0), (10, 10)),
    ],
)
def test_a_stamp_that_the_chip_cuts_short_has_its_alert_aside(
    shape: tuple[int, int], on_chip: tuple[float, float] | None, place: tuple[float, float]
) -> None:
    assert read(made(np.zeros(shape, dtype="f4")), "ztf", on_chip).place == place


GOOD = made(np.zeros((4, 4), dtype="f4"))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "not a FITS file"),
        (b"<html>", "not a FITS file"),
        (b"\x1f\x8bnothing", "gzip data are damaged"),
        (gzip.compress(GOOD, mtime=0)[:-20], "gzip data are cut off"),
        (gzip.compress(GOOD, mtime=0)[:10], "gzip data are cut off"),
        (gzip.compress(bytes(50_000_000), mtime=0), "more than 8 MB"),
        (GOOD[:79], "header has no end"),
        (GOOD[:2880].replace(b"END", b"   "), "header has no end"),
        (GOOD[:2880], "cut off: 0 bytes of 64"),
        (GOOD[:2900], "cut off: 20 bytes of 64"),
        (GOOD.replace(b"-32", b" 33"), "no usable BITPIX"),
        (GOOD.replace(b"-32", b"'a'"), "no usable BITPIX"),
        (GOOD.replace(b"                    4", b"                   -4"), "no usable NAXIS1"),
        (GOOD.replace(b"                    4", b"            999999999"), "are more than can be shown"),
        (GOOD.replace(b"                    4", b"                    0"), "it has no pixels"),
        (made(np.zeros((2, 2, 2), dtype="f4")), "not an image of two axes"),
        (made(np.zeros(5, dtype="f4")), "not an image of two axes"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(data: bytes, words: str) -> None:
    with pytest.raises(CutoutError, match=words):
        read(data, "ztf")


def tried(data: bytes) -> Cutout | None:
    """The image, or None where it is refused; any other exception is the test's failure."""
    try:
        return read(data, "lsst")
    except CutoutError:
        return None


def header(text: bytes) -> bytes:
    """A file that begins as FITS does and goes on somehow."""
    return b"SIMPLE  =  T".ljust(80) + text


@given(st.one_of(st.binary(), st.binary().map(header), st.binary(max_size=400).map(gzip.compress)))
@example(header(b"NAXIS   = 2".ljust(80) + b"NAXIS1  = 1E400".ljust(80) + b"END".ljust(80)))
def test_any_bytes_are_an_image_or_refused(data: bytes) -> None:
    found = tried(data)
    assert found is None or len(found.rows) == found.height


@given(
    st.dictionaries(st.integers(0, 11), st.text("0123456789.+-E'/ TNaif", max_size=30), max_size=4),
    st.integers(0, 3000),
)
def test_cards_of_any_value_are_an_image_or_refused(changed: dict[int, str], length: int) -> None:
    good = {"BITPIX": "-32", "NAXIS": "2", "NAXIS1": "4", "NAXIS2": "4", "BSCALE": "1.0", "BZERO": "0.0", "BLANK": "5"}
    good |= {"CRPIX1": "2.0", "ROTPA": "30.0", "CD1_1": "-1E-4", "CD2_2": "1E-4", "CTYPE1": "'RA'"}
    names = list(good)
    cards = good | {names[index]: value for index, value in changed.items()}
    lines = "".join(f"{name:<8}= {value}"[:80].ljust(80) for name, value in cards.items()).encode()
    data = header(lines + b"END".ljust(80))
    found = tried(data.ljust(2880) + bytes(length))
    if found is not None:
        assert len(found.rows) == found.height
        assert all(len(row) == found.width for row in found.rows)
        assert all(map(math.isfinite, (*found.place, found.scale, *(found.north or ()), *(found.east or ()))))


def test_packets_without_stamps() -> None:
    assert cutout.stamp({}, "science") is None
    assert cutout.stamp({"cutoutScience": None}, "science") is None
    assert cutout.stamp({"cutoutScience": {"fileName": "x", "stampData": None}}, "science") is None
    assert cutout.stamp({"cutoutScience": b""}, "science") is None
    assert cutout.stamp({"cutoutTemplate": b"x"}, "template") == b"x"
    assert cutout.chip_place({"candidate": {"xpos": None, "ypos": 3.0}}) is None
    assert cutout.chip_place({"candidate": {"xpos": 2.0, "ypos": math.nan}}) is None
    assert cutout.chip_place({"candidate": {"xpos": 2.0, "ypos": 3.0}}) == (2, 3)
