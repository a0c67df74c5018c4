"""The field around a place, from images and tables as the CDS gives them, without a network."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.wcs import WCS
from hypothesis import given
from hypothesis import strategies as st

from fink_tui.alerts.text import clean
from fink_tui.search.errors import BrokenError, CancelledError, LinkError, RefusedError
from fink_tui.search.services import simbad_objects
from fink_tui.search.services.sky_image import FIELDS, PIXELS, SURVEYS, Survey, place_in, surveys, within
from tests.alerts.test_cutout import by_astropy, pixel
from tests.search.sky import COLUMNS, NOW, Sky, blank, image, table

NORTH, SOUTH = (210.91067, 54.31165), (52.5, -45.0)


@pytest.fixture
def sky(tmp_path: Path) -> Sky:
    return Sky(tmp_path)


@pytest.mark.parametrize(
    ("ra", "dec", "names"),
    [
        (210.9, 54.3, ["Pan-STARRS", "Legacy", "DSS2"]),
        (10.0, -20.0, ["Pan-STARRS", "DES", "Legacy", "SkyMapper", "DSS2"]),
        (350.0, -45.0, ["DES", "Legacy", "SkyMapper", "DSS2"]),
        (200.0, -45.0, ["Legacy", "SkyMapper", "DSS2"]),
        (266.4, -35.0, ["SkyMapper", "DSS2"]),
        (0.0, 90.0, ["Pan-STARRS", "DSS2"]),
        (0.0, -90.0, ["SkyMapper", "DSS2"]),
    ],
)
def test_the_surveys_that_may_have_a_place(ra: float, dec: float, names: list[str]) -> None:
    assert [survey.name.split()[0] for survey in surveys(ra, dec)] == names


@given(st.floats(0, 360, exclude_max=True), st.floats(-90, 90))
def test_there_is_a_survey_of_every_place(ra: float, dec: float) -> None:
    assert surveys(ra, dec)[-1] == SURVEYS[-1]


def test_an_image_is_asked_for_around_the_place_and_has_the_alert_where_it_is(sky: Sky) -> None:
    for ra, dec in (NORTH, SOUTH, (359.9999, 0.0001), (123.4567, 89.4)):
        for side in FIELDS:
            field = sky.cds.field(ra, dec, side)
            body = sky.shelf.lookup(list(sky.shelf.kept)[-1])
            assert body is not None
            wcs = WCS(by_astropy(body.path.read_bytes())[1])
            assert field.cutout.place == pytest.approx(pixel(wcs, ra, dec), abs=0.01)
            assert field.cutout.scale == pytest.approx(side * 60 / PIXELS, rel=1e-4)
            assert not field.cutout.is_scale_assumed
            assert abs(field.cutout.place[0] - PIXELS / 2) < 5
            assert (field.side, field.words, field.fetched_at) == (side, "", NOW)
    asked = sky.asked[0]
    assert asked == {
        "hips": "CDS/P/PanSTARRS/DR1/r",
        "ra": "210.911",
        "dec": "54.312",
        "fov": f"{1 / 60:.6f}",
        "width": str(PIXELS),
        "height": str(PIXELS),
        "projection": "TAN",
        "coordsys": "icrs",
        "format": "fits",
    }


def test_alerts_of_one_object_have_one_image_and_none_is_asked_for_twice(sky: Sky) -> None:
    first = sky.cds.field(*NORTH, 3)
    sky.now += 1e9
    second = sky.cds.field(NORTH[0] + 0.00002, NORTH[1] - 0.00003, 3)
    assert len(sky.asked) == 1
    assert second.fetched_at == NOW
    assert first.cutout.place != second.cutout.place


def test_a_survey_that_has_nothing_here_is_said_and_the_next_serves(sky: Sky) -> None:
    sky.images["CDS/P/DES-DR2/r"] = blank
    sky.images["CDS/P/DESI-Legacy-Surveys/DR10/r"] = lambda asked: image(asked, np.zeros((PIXELS, PIXELS)))
    field = sky.cds.field(350.0, -45.0, 3)
    assert field.survey.name == "SkyMapper DR4 r"
    assert field.words == "DES DR2 r has nothing here. Legacy Surveys DR10 r has nothing here."
    asked = len(sky.asked)
    assert sky.cds.field(350.0, -45.0, 3) == field
    assert len(sky.asked) == asked  # that it is blank is known now


def test_a_strip_at_a_surveys_edge_is_no_image_but_holes_in_bright_stars_are(sky: Sky) -> None:
    def strip(asked: Mapping[str, str], seen: int) -> bytes:
        pixels = np.random.default_rng(1).normal(size=(PIXELS, PIXELS))
        pixels[:, seen:] = np.nan
        return image(asked, pixels)

    sky.images["CDS/P/PanSTARRS/DR1/r"] = lambda asked: strip(asked, 20)
    assert sky.cds.field(*NORTH, 3).survey.name == "Legacy Surveys DR10 r"
    sky.images["CDS/P/PanSTARRS/DR1/r"] = lambda asked: strip(asked, 100)
    assert sky.cds.field(*NORTH, 5).survey.name == "Pan-STARRS DR1 r"


def test_the_survey_that_is_wanted_comes_first(sky: Sky) -> None:
    assert sky.cds.field(*NORTH, 3, SURVEYS[-1]).survey.name == "DSS2 red"
    assert sky.hips == ["CDS/P/DSS2/red"]


def test_a_survey_that_the_service_refuses_or_garbles_is_said_and_the_next_serves(sky: Sky) -> None:
    sky.images["CDS/P/PanSTARRS/DR1/r"] = RefusedError("The image service does not know it.")
    sky.images["CDS/P/DESI-Legacy-Surveys/DR10/r"] = b"<html>busy</html>"
    field = sky.cds.field(*NORTH, 3)
    assert field.survey.name == "DSS2 red"
    assert field.words == "The image service does not know it."
    assert len(sky.shelf.kept) == 1
    assert [path.suffix for path in sky.shelf.folder.iterdir()] == [".kept"]


def test_with_the_link_down_nothing_more_is_asked_but_an_image_of_before_serves(sky: Sky) -> None:
    sky.images["CDS/P/PanSTARRS/DR1/r"] = LinkError("The CDS cannot be reached.")
    with pytest.raises(LinkError):
        sky.cds.field(*NORTH, 3)
    assert sky.hips == ["CDS/P/PanSTARRS/DR1/r"]
    sky.cds.field(*NORTH, 3, SURVEYS[-1])
    sky.asked.clear()
    field = sky.cds.field(*NORTH, 3)
    assert (field.survey.name, field.words) == ("DSS2 red", "The CDS cannot be reached.")
    assert sky.hips == ["CDS/P/PanSTARRS/DR1/r"]


def test_where_no_survey_has_anything_that_is_said(sky: Sky) -> None:
    for survey in SURVEYS:
        sky.images[survey.hips] = blank
    with pytest.raises(BrokenError, match="No survey has an image of this place"):
        sky.cds.field(*NORTH, 3)


def test_who_no_longer_waits_gets_nothing_and_no_other_survey_is_asked(sky: Sky) -> None:
    with pytest.raises(CancelledError):
        sky.cds.field(*NORTH, 3, is_cancelled=lambda: True)
    assert len(sky.asked) == 1
    with pytest.raises(CancelledError):
        sky.cds.neighbours(*NORTH, is_cancelled=lambda: True)


def test_a_kept_image_that_was_damaged_on_disk_is_asked_for_again(sky: Sky) -> None:
    sky.cds.field(*NORTH, 3)
    (kept,) = sky.shelf.kept.values()
    kept.path.write_bytes(b"")
    assert sky.cds.field(*NORTH, 3).survey.name == "Pan-STARRS DR1 r"
    assert len(sky.asked) == 2


def test_simbads_objects_are_told_with_distance_direction_and_kind(sky: Sky) -> None:
    ra, dec = NORTH
    sky.simbad = table(
        ("M 101", ra, dec - 60 / 3600, "GiP", 0.000811, None, 0.016),
        ("Gaia DR3 1", ra + 3 / 3600 / math.cos(math.radians(dec)), dec, "*", -0.0001, 14.25, 0.0008),
        ("[HK83]\x1b[2J\t7", ra, dec + 5 / 3600, None, None, "17.5", 0.0014),
    )
    found = sky.cds.neighbours(ra, dec)
    assert [one.name for one in found.objects] == ["Gaia DR3 1", "[HK83]\ufffd[2J 7", "M 101"]
    assert [round(one.distance, 2) for one in found.objects] == [3.0, 5.0, 60.0]
    assert [round(one.angle) % 360 for one in found.objects] == [90, 0, 180]
    assert [one.kind for one in found.objects] == ["star", "unknown", "galaxy in a pair"]
    assert [one.redshift for one in found.objects] == [None, None, 0.000811]
    assert [one.magnitude for one in found.objects] == [14.25, 17.5, None]
    assert (found.reach, found.fetched_at, found.words) == (simbad_objects.REACH, NOW, "")
    query = sky.asked[0]["query"]
    assert "CIRCLE('ICRS', 210.911, 54.312, 0.366667)" in query
    assert query.startswith(f"SELECT TOP {simbad_objects.MOST} ")
    assert {**sky.asked[0], "query": ""} == {"request": "doQuery", "lang": "adql", "format": "json", "query": ""}


def test_where_simbad_knows_more_than_it_is_asked_for_the_reach_is_less(sky: Sky) -> None:
    ra, dec = NORTH
    rows = [(f"* {n}", ra, dec + n / 3600, "*", None, None, n / 3600) for n in range(simbad_objects.MOST)]
    sky.simbad = table(*rows)
    assert sky.cds.neighbours(ra, dec).reach == pytest.approx((simbad_objects.MOST - 1) / 60)


def test_what_simbad_said_serves_for_a_week_and_longer_where_nobody_answers(sky: Sky) -> None:
    sky.simbad = table(("M 101", *NORTH, "G", None, None, 0.0))
    first = sky.cds.neighbours(*NORTH)
    sky.now += 6 * 86400
    assert sky.cds.neighbours(*NORTH) == first
    assert len(sky.asked) == 1
    sky.now += 2 * 86400
    sky.simbad = LinkError("SIMBAD cannot be reached.")
    assert sky.cds.neighbours(*NORTH) == first._replace(words="SIMBAD cannot be reached.")
    sky.simbad = table()
    assert sky.cds.neighbours(*NORTH).objects == ()
    assert sky.cds.neighbours(*NORTH).fetched_at == sky.now


@pytest.mark.parametrize(
    "body", [b"", b"<VOTABLE/>", b"[]", b"{}", b"[" * 99_999, table((1,)), table(columns=("a",)), b'{"metadata": 1}']
)
def test_a_table_that_makes_no_sense_is_an_error_and_not_kept(sky: Sky, body: bytes) -> None:
    sky.simbad = body
    with pytest.raises(BrokenError, match="SIMBAD gave an answer that cannot be read"):
        sky.cds.neighbours(*NORTH)
    assert list(sky.shelf.folder.iterdir()) == []


CELLS = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text(), max_size=1)


@given(st.lists(st.tuples(CELLS, CELLS, CELLS, CELLS, CELLS, CELLS, CELLS), max_size=5))
def test_no_cells_break_it_and_all_text_is_clean(rows: list[tuple[Any, ...]]) -> None:
    for one in simbad_objects.objects([dict(zip(COLUMNS, row, strict=True)) for row in rows], *NORTH):
        assert one.name
        assert clean(one.name) == one.name
        assert clean(one.kind) == one.kind
        assert 0 <= one.distance <= 180 * 3600


def test_objects_are_in_an_image_where_they_are_on_the_sky(sky: Sky) -> None:
    ra, dec = SOUTH
    inside = ra + 70 / 3600 / math.cos(math.radians(dec)), dec - 60 / 3600
    sky.simbad = table(("in", *inside, "G", None, None, 0), ("out", ra, dec + 120 / 3600, "G", None, None, 0))
    field, found = sky.cds.field(ra, dec, 3), sky.cds.neighbours(ra, dec)
    (one,) = within(found.objects, field)
    assert one.name == "in"
    kept = next(iter(sky.shelf.kept.values()))
    wcs = WCS(by_astropy(kept.path.read_bytes())[1])
    assert place_in(field.cutout, one.distance, one.angle) == pytest.approx(pixel(wcs, *inside), abs=0.05)


def test_the_survey_is_told_by_its_area() -> None:
    survey = Survey("x", "x", (-10, 10), (350, 20), 0)
    assert [survey.may_have(ra, 0) for ra in (349, 350, 0, 20, 21)] == [False, True, True, True, False]
