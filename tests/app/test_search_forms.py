"""Searches by fields: what a form amounts to, and what is wrong with it."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fink_tui.app.screens.form import FormScreen, KindScreen
from fink_tui.app.search_forms import Form, FormField, forms
from fink_tui.search.api.endpoints import ENDPOINTS, SURVEYS
from fink_tui.search.errors import QuestionError
from fink_tui.search.line.understanding import understand
from fink_tui.store.store import Store
from tests.app.searching import searching

NOW = datetime(2026, 11, 21, 3, tzinfo=UTC)

BY_TITLE = {form.title: form for form in forms()}

SAMPLES = {
    "id": "ZTF21abfmbix ZTF21aaxtctv",
    "place": "10:21:38 -05:21:01",
    "class": "SN candidate",
    "tag": "in_tns",
    "date": "2026-11-18",
    "sso": "2012 AB1",
    "tracklet": "TRCK_20241103_090000_00",
    "gw": "S230518h",
    "objectId": "ZTF21abfmbix",
    "diaObjectId": "313888627714719749",
    "diaSourceId": "313888627714719749",
    "ra": "155.4",
    "dec": "-5.35",
    "radius": "5m",
    "n_or_d": "8467",
    "kind": "All",
    "resolver": "tns",
    "name": "SN 2021 a",
    "name_or_id": "SN 2021 a",
    "credible_level": "0.5",
    "event_name": "S230518h",
    "endpoint": "/api/v1/sources",
    "output-format": "array",
}
"""What may be filled in."""


def wanted(form: Form) -> dict[str, str]:
    """What must be filled in."""
    values = {field.name: SAMPLES[field.name] for field in form.fields if field.is_required}
    if form.title.endswith("skymap"):
        values["event_name"] = SAMPLES["event_name"]
    if form.title.endswith("cutouts"):
        values["output-format"] = "array"
    if form.title == "ZTF tracklet":
        values["id"] = SAMPLES["tracklet"]
    if form.title.endswith("ssocand"):
        values["kind"] = "lightcurves"
    if form.title.endswith(("statistics", "stats")):
        values["date"] = "20261118"
    if form.title == "ZTF metadata":
        values["objectId"] = SAMPLES["objectId"]
    return values


def field(form: Form, name: str) -> FormField:
    return next(one for one in form.fields if one.name == name)


def test_every_endpoint_and_every_argument_is_in_a_form() -> None:
    for endpoint in ENDPOINTS:
        form = BY_TITLE[f"{SURVEYS[endpoint.survey]} {endpoint.path}"]
        assert [one.name for one in form.fields] == [one.name for one in endpoint.arguments]
        assert [one.is_required for one in form.fields] == [one.is_required for one in endpoint.arguments]


@pytest.mark.parametrize("title", list(BY_TITLE))
def test_what_is_filled_in_is_a_line_that_is_understood(title: str) -> None:
    form = BY_TITLE[title]
    values = wanted(form)
    assert not any(form.wrong(one, values.get(one.name, ""), NOW) for one in form.fields)
    understood = understand(form.line(values), tuple(SURVEYS), NOW)
    assert understood.questions
    if title.partition(" ")[0] in SURVEYS.values():
        assert [f"{SURVEYS[one.survey]} {one.path}" for one in understood.questions] == [title]


def test_a_line_is_what_one_would_have_typed() -> None:
    cone = BY_TITLE["cone"]
    assert cone.line({"place": "M 31", "r": "5m", "class": "SN  candidate", "after": " "}) == (
        'M 31 r=5m class="SN candidate"'
    )
    assert BY_TITLE["ZTF classes"].line({}) == "ztf classes"


@pytest.mark.parametrize(
    ("title", "name", "text", "words"),
    [
        ("cone", "place", "", "must be filled in"),
        ("cone", "r", "9d", "at most 18000 arcsec"),
        ("cone", "after", "2031-01-01", "in the future"),
        ("cone", "survey", "wfirst", "ztf, lsst"),
        ("class", "class", "SN candidat", "SN candidate"),
        ("class", "last", "many", "whole number"),
        ("tag", "tag", "in_simbad", "live stream only"),
        ("gw", "credible", "2", "between 0 and 1"),
        ("ZTF conesearch", "dec", "99", "99"),
        ("ZTF latests", "trend", "up", "rising"),
        ("LSST sources", "diaObjectId", "ZTF21abfmbix", "ZTF21abfmbix"),
    ],
)
def test_what_is_wrong_is_said_of_its_field(title: str, name: str, text: str, words: str) -> None:
    form = BY_TITLE[title]
    assert words in form.wrong(field(form, name), text, NOW)


def test_classes_tags_and_choices_are_suggested() -> None:
    for title in ("class", "ZTF latests"):
        form = BY_TITLE[title]
        assert ("Kilonova candidate", "a class of Fink") in form.suggestions(field(form, "class"), "kilo")
    assert BY_TITLE["tag"].suggestions(field(BY_TITLE["tag"], "tag"), "in_t")[0][0] == "in_tns"
    sky = BY_TITLE["ZTF cutouts"]
    assert [text for text, _ in sky.suggestions(field(sky, "stretch"), "po")] == ["power"]
    assert BY_TITLE["cone"].suggestions(field(BY_TITLE["cone"], "place"), "M") == []


def test_a_question_that_nothing_can_answer_is_no_line() -> None:
    form = BY_TITLE["ZTF skymap"]
    with pytest.raises(QuestionError):
        understand(form.line({"credible_level": "0.5"}), tuple(SURVEYS), NOW)


async def test_a_form_is_filled_in_and_the_line_shows_what_it_amounts_to(filled: Store, tmp_path: Path) -> None:
    async with searching(filled, tmp_path) as search:
        run = await search.ask()
        run.answer(1, at=time.time())
        await search.over()
        await search.press("E")
        await search.until(lambda: isinstance(search.app.screen, KindScreen))
        await search.type("newest class")
        await search.press("enter")
        await search.until(lambda: isinstance(search.app.screen, FormScreen) and search.focused == "field-0")
        await search.press("enter")
        await search.shows("class: must be filled in")
        await search.type("kilo")
        await search.press("tab")
        await search.press("tab")
        await search.type("many")
        await search.shows('= class="Kilonova candidate" last=many')
        await search.press("enter")
        await search.shows("last: it must be a whole number")
        assert len(search.slow.runs) == 1, "nothing was asked"
        await search.press("ctrl+u", "7")
        await search.shows("the newest 7 of the class Kilonova candidate, ZTF")
        await search.press("enter")
        await search.until(lambda: len(search.slow.runs) == 2)
        assert search.line.value == 'class="Kilonova candidate" last=7'
        assert search.slow.last.understood.questions[0].given["class"] == "Kilonova candidate"
        await search.press("E")
        await search.until(lambda: isinstance(search.app.screen, KindScreen))
        await search.press("enter")
        await search.until(lambda: isinstance(search.app.screen, FormScreen))
        await search.shows("Kilonova candidate", "last=7")
        await search.press("escape", "escape")
        assert search.is_on_screen
