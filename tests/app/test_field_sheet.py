"""The field around an alert, drawn: where marks are, what is said, what fits; without a network and a screen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fink_tui.app import stamp
from fink_tui.app.field_sheet import SIGNS, Shown, draw, listed, plain, told
from fink_tui.app.stamp import Ink
from fink_tui.search.services.simbad_objects import Neighbourhood
from fink_tui.search.services.sky_image import Field
from tests.search.sky import NOW, Sky, image, objects

PLACE = 185.0, 2.0
SIZES = (80, 8), (68, 20), (158, 38), (59, 18), (24, 6), (8, 4), (1, 1)


@pytest.fixture
def sky(tmp_path: Path) -> Sky:
    found = Sky(tmp_path)
    found.simbad = objects(("M 61", 10, -30, "Sy2"), ("near", -3, 0, "*"), ("far", 0, 89, "QSO"), ("out", 0, 200, "G"))
    return found


def shown(sky: Sky, side: int = 3, picked: int = 0) -> Shown:
    return Shown(sky.cds.field(*PLACE, side), "", sky.cds.neighbours(*PLACE), picked=picked, now=NOW)


def lines(seen: Shown, width: int, height: int, ink: Ink = "ascii") -> list[str]:
    return draw(seen, width, height, ink).text.split("\n")


def where(drawn: list[str], sign: str, columns: int) -> tuple[float, float]:
    """Column, and line in halves from the top, of a mark in an image."""
    ((row, column),) = [(y, line[:columns].index(sign)) for y, line in enumerate(drawn) if sign in line[:columns]]
    return column + 0.5, 2 * row + 1.0


def test_marks_are_where_the_objects_are_north_up_and_east_left(sky: Sky) -> None:
    drawn = lines(shown(sky), 158, 38)
    step = 180 / 76
    for sign, east, north in (("1", -3, 0), ("2", 10, -30), ("3", 0, 89)):
        column, half = where(drawn, sign, 76)
        assert column == pytest.approx(38 - east / step, abs=1.2)
        assert half == pytest.approx(38 - north / step, abs=2)
    assert drawn[0][38] == "N"
    assert drawn[19][0] == "E"


def test_a_mark_is_on_the_brightness_of_its_object(sky: Sky) -> None:
    """An image with one bright square, where SIMBAD has its object."""
    size = 128
    pixels = np.zeros((size, size))
    x, y = size // 2 - 1 + 40, size // 2 - 1 + 20  # 40 to the west and 20 to the north of the header's middle
    pixels[y - 4 : y + 5, x - 4 : x + 5] = 1
    sky.images["CDS/P/PanSTARRS/DR1/r"] = lambda asked: image(asked, pixels)
    step = 180 / size
    sky.simbad = objects(("it", -40 * step, 20 * step, "*"))
    seen = shown(sky)
    marked = lines(seen, 158, 64)
    bright = lines(replace(seen, near=None), 158, 64)
    square = [
        (row, column) for row, line in enumerate(bright) for column in range(124) if line[column : column + 1] == "@"
    ]
    middle = [sum(values) / len(square) for values in zip(*square, strict=True)]
    (mark,) = [(row, line.index("1")) for row, line in enumerate(marked) if "1" in line[:124]]
    assert mark == pytest.approx(middle, abs=1)


def test_the_list_has_the_nearest_first_and_only_what_is_in_the_image(sky: Sky) -> None:
    seen = shown(sky)
    assert [one.name for one in listed(seen.field, seen.near, 3)] == ["near", "M 61", "far"]
    assert [one.name for one in listed(None, seen.near, 1)] == ["near"]
    assert listed(seen.field, None, 3) == []
    text = draw(seen, 158, 38, "grey").text
    for words in (
        "Pan-STARRS DR1 r, 3′ across",
        "SIMBAD: 3 objects here",
        "1  3.0″ 270° star, near",
        "2 31.6″ 162° Seyfert 2 galaxy, M 61",
        "3 89.0″   0° quasar, far",
    ):
        assert words in text, words
    assert "M 61, Seyfert 2 galaxy (Sy2), 31.6″ at 162°, 12:20:00.67 +01:59:30.0" in "".join(
        map(told, seen.near.objects)
    )  # type: ignore[union-attr]


@pytest.mark.parametrize("ink", ["grey", "shade", "ascii"])
@pytest.mark.parametrize("size", SIZES)
def test_it_fits_every_room(sky: Sky, ink: Ink, size: tuple[int, int]) -> None:
    full = shown(sky, picked=2)
    words = "The CDS cannot be reached: nobody answers. 0 asks again."
    for seen in (full, Shown(), Shown(None, words, None, words, now=NOW), replace(full, field=None, field_words=words)):
        strips = draw(seen, *size, ink).lines
        assert len(strips) <= size[1]
        assert max((strip.cell_length for strip in strips), default=0) <= size[0]
        if ink == "ascii":
            assert all(strip.text.isascii() for strip in strips)


@pytest.mark.parametrize("size", [(80, 6), (80, 19), (158, 38), (59, 18)])
def test_the_object_that_is_looked_at_is_in_the_list_and_told_in_full(sky: Sky, size: tuple[int, int]) -> None:
    sky.simbad = objects(*((f"object {n}", n, n, "QSO") for n in range(1, 31)))
    for picked in (1, 15, 30):
        text = draw(shown(sky, picked=picked), *size, "ascii").text
        sign = SIGNS[picked - 1]
        assert f"\n{sign} " in text or f" {sign} " in text
        assert f"{sign}: object {picked}" in text


def test_more_objects_than_there_are_marks_are_counted(sky: Sky) -> None:
    sky.simbad = objects(*((f"object {n}", n, n, "QSO") for n in range(1, 51)))
    seen = shown(sky)
    assert len(listed(seen.field, seen.near, 3)) == len(SIGNS) == 35
    assert "SIMBAD: the nearest 35 of 50 objects here" in draw(seen, 158, 38, "grey").text


def test_where_simbad_tells_of_a_part_alone_that_is_said(sky: Sky) -> None:
    sky.simbad = objects(*((f"object {n}", n / 10, 0, "QSO") for n in range(1, 201)))
    assert "SIMBAD: the nearest 35 of 200 objects here, known to 0.3′" in draw(shown(sky), 158, 38, "grey").text


def test_ages_and_troubles_are_said(sky: Sky) -> None:
    seen = shown(sky)
    assert seen.field is not None
    assert seen.near is not None
    assert "asked" not in draw(seen, 158, 38, "grey").text
    old = replace(
        seen,
        now=NOW + 3 * 86400,
        field=seen.field._replace(words="DES DR2 r has nothing here."),
        near=seen.near._replace(words="SIMBAD cannot be reached."),
    )
    text = draw(old, 158, 38, "grey").text
    assert "Pan-STARRS DR1 r, 3′ across, asked 3.0 d ago" in text
    assert "DES DR2 r has nothing here." in text
    assert "SIMBAD: 3 objects here, asked 3.0 d ago. SIMBAD cannot be reached." in text


def test_nothing_found_is_said_and_is_not_the_same_as_not_asked(sky: Sky) -> None:
    empty = Neighbourhood((), 22.0, NOW)
    assert "SIMBAD: no objects here" in draw(replace(shown(sky), near=empty), 80, 19, "ascii").text
    waiting = draw(Shown(None, "Asking the CDS…", None, "Asking SIMBAD…", now=NOW), 80, 19, "ascii").text
    assert "Asking the CDS" in waiting
    assert "Asking SIMBAD" in waiting
    assert "objects" not in waiting


def test_what_is_copied_has_every_object_in_ascii(sky: Sky) -> None:
    text = plain(shown(sky, picked=1))
    assert text.isascii()
    assert text.count("\n") == 4
    assert "3  far, quasar (QSO), 89.0" in text


def test_a_picture_costs_few_bytes_where_the_sky_is_empty(sky: Sky) -> None:
    """Noise below the sky's level is one dark grey: its cells follow without a new colour."""
    noise = np.random.default_rng(1).normal(0, 1, (128, 128))
    noise[60:68, 60:68] += 500
    sky.images["CDS/P/PanSTARRS/DR1/r"] = lambda asked: image(asked, noise)
    seen = replace(shown(sky), near=None)
    assert isinstance(seen.field, Field)
    frame = stamp.frame([seen.field.cutout], 76, 38, 0)
    pieces = sum(len(list(strip)) for strip in draw(seen, 158, 38, "grey").lines)
    assert frame.width == 76
    assert pieces < 38 * 12


def test_names_that_are_no_ascii_are_spelt_in_as_many_cells(sky: Sky) -> None:
    sky.simbad = objects(("Ångström β 日本", 1, 1, "*"))
    text = draw(shown(sky), 158, 38, "ascii").text
    assert '1 1.4" 45d star, Angstr' in " ".join(text.split())
    assert text.isascii()
