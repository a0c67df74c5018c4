"""The fields of an alert: value, unit, and what they mean, beside them or above."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from fink_tui.alerts.fields import Field, fields
from fink_tui.app.widgets.field_list import FieldList

FOUND = fields(
    {
        "objectId": "ZTF26aaaaaaa",
        "candidate": {"jd": 2461122.2536018, "magpsf": 18.75, "rcid": 7, "distnr": 0.3, "jdstarthist": 2461112.25},
        "rf_snia_vs_nonia_and_a_name_that_is_far_too_long": 0.5,
    },
    "ztf",
)


class Screen(App[None]):
    """Nothing but the fields."""

    def compose(self) -> ComposeResult:
        yield FieldList(id="fields")

    @property
    def list(self) -> FieldList:
        return self.query_one(FieldList)

    def lines(self) -> list[str]:
        return [self.list.render_line(y).text.rstrip() for y in range(self.list.size.height)]


@pytest.fixture(params=[66, 160])
async def screen(request: pytest.FixtureRequest) -> AsyncIterator[Pilot[None]]:
    """The fields of an alert, in a narrow pane and in a wide one; they have the keys."""
    async with Screen().run_test(size=(request.param, 12)) as pilot:
        app = pilot.app
        assert isinstance(app, Screen)
        app.list.show(FOUND)
        app.list.focus()
        await pilot.pause()
        yield pilot  # type: ignore[misc]


def of(pilot: Pilot[None]) -> Screen:
    assert isinstance(pilot.app, Screen)
    return pilot.app


async def test_units_and_dates_are_behind_the_values(screen: Pilot[None]) -> None:
    text = "\n".join(of(screen).lines())
    assert "18.75 mag" in text
    assert "0.3 pix" in text
    assert "2461122.2536018 (2026-03-22 18:05:11 UTC)" in text  # as a whole, where it is narrow, too
    assert "2461112.25 (2026-03-12 18:00:00 UTC)" in text


async def test_what_the_current_field_means_is_beside_it_or_above(screen: Pilot[None]) -> None:
    app = of(screen)
    await screen.press("j", "j")
    assert app.list.current is not None
    assert app.list.current.path == "candidate.magpsf"
    first, *others = app.lines()
    words = "brightness of the difference to the reference image"
    if app.size.width < 100:
        assert first.startswith(f"magpsf: {words}")
        assert not any(words in line for line in others)
    else:
        assert first == "7 fields"
        assert any("18.75 mag" in line and words in line for line in others)
    await screen.press("j")
    assert app.list.current.path == "candidate.rcid"
    assert app.lines()[0] == "7 fields"  # nothing is known of it


async def test_descriptions_are_found(screen: Pilot[None]) -> None:
    app = of(screen)
    app.list.find("nearest source")
    assert [line.split()[0] for line in app.lines()[1:] if line] == ["candidate.distnr"]
    assert app.lines()[0].startswith("1 of 7 fields with “nearest source”")
    app.list.find("pix")
    assert app.list.current == Field(
        "candidate.distnr",
        "0.3",
        "pix",
        "distance to the nearest source of the reference image; below 1.5 it lies on that",
    )
    app.list.find("2026-03-12")
    assert app.list.current is not None
    assert app.list.current.path == "candidate.jdstarthist"
