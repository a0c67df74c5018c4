"""The view of the sky around an alert: asks only when looked at, never holds up a key, and says what went wrong."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from fink_tui.app.widgets import field as field_view
from fink_tui.app.widgets.field import SkyField
from fink_tui.search.errors import LinkError, SearchError
from fink_tui.search.http.client import Client
from fink_tui.search.question import Question
from fink_tui.search.searching import Searching
from fink_tui.store.store import Store
from fink_tui.stream.demo import DemoAlert
from tests.app.live import SMALL, WIDE, Live, opened, receive
from tests.search.sky import HIPS, Sky, objects

DOWN = LinkError("The CDS cannot be reached: nobody answers.")


@pytest.fixture
def filled(store: Store, demo_alerts: Sequence[DemoAlert]) -> Store:
    receive(store, demo_alerts[:6])
    return store


@pytest.fixture
def sky(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sky:
    monkeypatch.setattr(SkyField, "ASKING_REST", 0.01)
    folder = tmp_path / "answers"
    folder.mkdir()
    found = Sky(folder)
    found.simbad = objects(("M 61", 10, -30, "Sy2"), ("near", -3, 0, "*"))
    return found


class Gate:
    """Holds answers back until it is opened."""

    def __init__(self, sky: Sky) -> None:
        self.open = threading.Event()
        self.waiting = threading.Semaphore(0)
        self.given_up = 0
        get = sky.get

        def wait(
            url: str,
            arguments: Mapping[str, str],
            path: Path,
            progress: Callable[[int], None],
            is_cancelled: Callable[[], bool],
        ) -> None:
            self.waiting.release()
            while not self.open.wait(0.01):
                if is_cancelled():
                    self.given_up += 1
                    break
            get(url, arguments, path, progress, is_cancelled)

        sky.get = wait  # type: ignore[method-assign]


def view(live: Live) -> SkyField:
    return live.screen.query_one(SkyField)


def seen(live: Live) -> str:
    return view(live)._picture.text


async def to_ztf(live: Live) -> None:
    """Go to an alert of ZTF."""
    await live.settled()
    for _ in range(6):
        row = live.alerts.queue.current
        if row is not None and row.survey == "ztf" and row.object_id.startswith("ZTF"):
            return
        await live.pilot.press("k")
        await live.settled()


async def says(live: Live, words: str) -> None:
    await live.until(lambda: words in seen(live))


async def test_nothing_is_asked_before_it_is_looked_at_and_then_once(filled: Store, tmp_path: Path, sky: Sky) -> None:
    async with opened(filled, tmp_path, WIDE, cds=lambda: sky.cds) as live:
        await live.settled()
        await live.pilot.press("k", "k")
        await live.settled()
        assert sky.asked == []
        await live.pilot.press("I")
        await says(live, "SIMBAD: 2 objects here")
        await says(live, "3′ across")
        assert len(sky.asked) == 2
        await live.pilot.press("l", "I")
        await says(live, "3′ across")
        assert len(sky.asked) == 2


async def test_keys_are_quick_while_it_waits_and_who_moves_on_asks_for_nothing_more(
    filled: Store, tmp_path: Path, sky: Sky
) -> None:
    gate = Gate(sky)
    async with opened(filled, tmp_path, WIDE, cds=lambda: sky.cds) as live:
        await live.pilot.press("I")
        await says(live, "Asking the CDS for 3′ of sky")
        await says(live, "Asking SIMBAD")
        await live.until(lambda: gate.waiting.acquire(blocking=False))
        await live.until(lambda: gate.waiting.acquire(blocking=False))
        before = live.current
        await live.pilot.press("k")
        await live.until(lambda: live.current != before)
        await live.until(lambda: gate.given_up == 2)
        gate.open.set()
        await says(live, "SIMBAD: 2 objects here")
        await says(live, "3′ across")


async def test_a_link_that_is_down_is_said_and_0_asks_again(filled: Store, tmp_path: Path, sky: Sky) -> None:
    simbad, sky.simbad = sky.simbad, DOWN
    for hips in ("PanSTARRS/DR1", "DES-DR2", "DESI-Legacy-Surveys/DR10", "Skymapper/DR4"):
        sky.images[f"CDS/P/{hips}/r"] = DOWN
    sky.images["CDS/P/DSS2/red"] = DOWN
    async with opened(filled, tmp_path, SMALL, cds=lambda: sky.cds) as live:
        await live.pilot.press("I", "enter", "enter")
        await says(live, "The CDS cannot be reached")
        await live.until(lambda: view(live)._said.near_words == view(live)._said.field_words == f"{DOWN} 0 asks again.")
        sky.simbad = simbad
        sky.images.clear()
        await live.pilot.press("0")
        await says(live, "SIMBAD: 2 objects here")
        await says(live, "3′ across")


async def test_a_session_without_a_network_says_so(filled: Store, tmp_path: Path) -> None:
    async with opened(filled, tmp_path, SMALL) as live:
        await live.pilot.press("I")
        await says(live, "A test asks nobody.")
        await live.pilot.press("m", "plus", "full_stop", "0")
        await says(live, "A test asks nobody.")


async def test_the_field_becomes_smaller_and_larger_and_the_old_one_stays_until_then(
    filled: Store, tmp_path: Path, sky: Sky
) -> None:
    async with opened(filled, tmp_path, WIDE, cds=lambda: sky.cds) as live:
        await live.pilot.press("I")
        await says(live, "3′ across")
        gate = Gate(sky)
        await live.pilot.press("plus")
        await says(live, "Asking the CDS for 2′ of sky")
        assert "3′ across" in seen(live)
        gate.open.set()
        await says(live, "2′ across")
        await says(live, "SIMBAD: 2 objects here")
        await live.pilot.press("plus", "plus")
        await says(live, "1′ across")
        await live.pilot.press("minus", "minus", "minus")
        await says(live, "5′ across")
        await live.pilot.press("0")
        await says(live, "3′ across")
        asked = [arguments for arguments in sky.asked if "query" in arguments]
        assert len(asked) == 1, "SIMBAD is asked once for fields of all sizes"


async def test_m_goes_through_the_surveys_that_may_have_the_place(filled: Store, tmp_path: Path, sky: Sky) -> None:
    async with opened(filled, tmp_path, WIDE, cds=lambda: sky.cds) as live:
        await live.pilot.press("I")
        await says(live, "3′ across")
        first = view(live)._said.field
        assert first is not None
        names = [first.survey.name]
        while True:
            await live.pilot.press("m")
            await live.until(lambda: not view(live)._said.field_words)
            found = view(live)._said.field
            assert found is not None
            if found.survey.name == names[0]:
                break
            names.append(found.survey.name)
        assert names[-1] == "DSS2 red"
        assert len(names) == len(set(names)) >= 2
        assert set(names) == {one.name for one in field_view.surveys(*view(live)._place)}


async def test_objects_are_stepped_through_and_told_in_full(filled: Store, tmp_path: Path, sky: Sky) -> None:
    async with opened(filled, tmp_path, SMALL, cds=lambda: sky.cds) as live:
        await live.pilot.press("I", "enter", "enter")
        await says(live, "3′ across")
        await says(live, "SIMBAD: 2 objects here")
        await live.pilot.press("full_stop")
        await says(live, "1: near, star (*)")
        await live.pilot.press("full_stop")
        await says(live, "2: M 61, Seyfert 2 galaxy")
        await live.pilot.press("plus")
        await says(live, "2′ across")
        await says(live, "2: M 61, Seyfert 2 galaxy")
        await live.pilot.press("full_stop")
        await live.until(lambda: "M 61, Seyfert 2 galaxy (Sy2)" not in seen(live))
        await live.pilot.press("comma", "comma")
        await says(live, "1: near, star (*)")


class Names(Client):
    """A client that answers with rows of the TNS, and what searches with it."""

    def __init__(self, store: Store, rows: list[dict[str, str]] | SearchError) -> None:
        super().__init__()
        self.searching = Searching(store, self, store.answers())
        self.rows = rows
        self.asked: list[Question] = []

    def ask(self, question: Question, path: Path, *_: object) -> None:
        self.asked.append(question)
        if isinstance(self.rows, SearchError):
            raise self.rows
        name = question.given.get("name", "")
        path.write_text(
            json.dumps([{"d:internalname": name, "d:ra": "1", "d:declination": "2"} | r for r in self.rows])
        )


async def test_what_the_tns_calls_it_is_said_once_asked_for(filled: Store, tmp_path: Path, sky: Sky) -> None:
    found = Names(filled, [{"d:fullname": "SN 2026abc", "d:type": "SN Ia", "d:redshift": "0.05"}])
    async with opened(filled, tmp_path, WIDE, cds=lambda: sky.cds, search=lambda: found.searching) as live:
        await to_ztf(live)
        await live.pilot.press("I")
        await says(live, "TNS: SN 2026abc")
        assert view(live)._said.names == "TNS: SN 2026abc, SN Ia, z 0.05"
        await live.pilot.press("plus")
        await says(live, "2′ across")
        assert [question.given["reverse"] for question in found.asked] == ["true"]
        assert view(live).text().isascii()


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([], "TNS: no report, says Fink"),
        (LinkError("Fink cannot be reached."), "TNS: Fink cannot be reached."),
    ],
)
async def test_where_the_tns_has_no_name_or_nobody_says_that_is_told(
    filled: Store, tmp_path: Path, sky: Sky, rows: list[dict[str, str]] | SearchError, words: str
) -> None:
    async with opened(
        filled, tmp_path, WIDE, cds=lambda: sky.cds, search=lambda: Names(filled, rows).searching
    ) as live:
        await to_ztf(live)
        await live.pilot.press("I")
        await live.until(lambda: view(live)._said.names == words)
        await says(live, words[:20])
        await says(live, "SIMBAD: 2 objects here")


async def test_an_answer_that_nobody_foresaw_is_said(filled: Store, tmp_path: Path, sky: Sky) -> None:
    def broken(_: Mapping[str, str]) -> bytes:
        raise ZeroDivisionError("\x1b[2J")

    sky.images["CDS/P/PanSTARRS/DR1/r"] = sky.images["CDS/P/DES-DR2/r"] = broken
    sky.images["CDS/P/DESI-Legacy-Surveys/DR10/r"] = sky.images["CDS/P/Skymapper/DR4/r"] = broken
    async with opened(filled, tmp_path, WIDE, cds=lambda: sky.cds) as live:
        await live.pilot.press("I")
        await live.until(lambda: "An error that nobody foresaw" in " ".join(seen(live).split()))
        assert "\x1b" not in seen(live)
        await says(live, "SIMBAD: 2 objects here")


async def test_hostile_words_of_the_service_do_nothing(filled: Store, tmp_path: Path, sky: Sky) -> None:
    sky.simbad = objects(("[red]\x1b]0;x\x07\u202e[/red]", 1, 1, "\x1b[2J"))
    async with opened(filled, tmp_path, WIDE, cds=lambda: sky.cds) as live:
        await live.pilot.press("I")
        await says(live, "[red]\ufffd]0;x")
        assert HIPS not in seen(live)
        assert not {"\x1b", "\x07", "\u202e"} & set(seen(live))
