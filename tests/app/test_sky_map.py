"""The map of a list: what is drawn where, what its keys do, on the screen and without one."""

from __future__ import annotations

import itertools
import math
import re
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from fink_tui.app import commands, mapping
from fink_tui.app.app import FinkApp
from fink_tui.app.commands import EVERYWHERE, MAP
from fink_tui.app.screens.live import LiveScreen
from fink_tui.app.screens.sky_map import SkyMapScreen
from fink_tui.app.session import Session
from fink_tui.app.sky_map.canvas import PENS, Canvas, Layer
from fink_tui.app.sky_map.lines import draw, draw_region
from fink_tui.app.sky_map.marks import ASCII_SIGNS, COLOURS, OTHER, SIGNS, Found, beside, marks, sign
from fink_tui.app.sky_map.picture import Look, picture, title
from fink_tui.app.sky_map.sight import FIELDS, Sight, holding
from fink_tui.search.errors import CancelledError, QuestionError
from fink_tui.search.question import Question
from fink_tui.search.searching import Searching
from fink_tui.sky import credible
from fink_tui.sky.coordinates import separation
from fink_tui.sky.curves import GALACTIC_PLANE, Circle, sky
from fink_tui.sky.night import mjd_to_unix
from fink_tui.sky.observatories import observatory
from fink_tui.sky.site import Telescopes
from fink_tui.store.errors import StoreError
from fink_tui.store.places import AlertPlace
from fink_tui.store.store import Store
from fink_tui.stream import demo
from fink_tui.triage.queue import Queue
from tests.app.live import SMALL, WIDE, Live, receive
from tests.running import wait_for
from tests.sky import sky_maps

NOW = mjd_to_unix(61365.3)
SITE = observatory("La Silla")

RA, DEC = st.floats(0, 359.99), st.floats(-90, 90)
SIGHTS = st.builds(
    lambda ra, dec, zoom, columns, rows: Sight(ra, dec if zoom else 0.0, zoom, columns, rows),
    *(RA, DEC, st.integers(0, len(FIELDS)), st.integers(1, 160), st.integers(1, 45)),
)


def place(number: int, ra: float, dec: float, label: str = "Unknown") -> AlertPlace:
    return AlertPlace(100 + number, ra, dec, label, f"ZTF26a{number:06d}")


def spread(count: int, label: Callable[[int], str] = lambda _: "Unknown") -> Found:
    random = Random(1)
    return Found(
        [
            place(at, random.uniform(0, 360), math.degrees(math.asin(random.uniform(-1, 1))), label(at))
            for at in range(count)
        ]
    )


# -- what is seen where -----------------------------------------------------------------------------------------------


@given(SIGHTS, RA, DEC)
def test_a_dot_is_in_the_room_and_its_place_is_the_one_that_was_put_there(sight: Sight, ra: float, dec: float) -> None:
    at = sight.dot(ra, dec)
    assert sight.dots([(ra, dec)]) == [at]
    if at is None:
        return
    assert 0 <= at[0] < 2 * sight.columns
    assert 0 <= at[1] < 4 * sight.rows
    back = sight.place(*at)
    assert back is None or separation(ra, dec, *back) < 1e-4


@given(SIGHTS)
def test_nothing_in_sight_is_beyond_its_reach(sight: Sight) -> None:
    for x, y in ((0, 0), (2 * sight.columns, 0), (0, 4 * sight.rows), (sight.columns, 2 * sight.rows)):
        if sight.zoom and (found := sight.place(x, y)) is not None:
            assert separation(sight.ra, sight.dec, *found) <= sight.reach * (1 + 1e-9) + 1e-9


@pytest.mark.parametrize("zoom", range(1, len(FIELDS) + 1))
def test_a_field_is_as_wide_as_it_says(zoom: int) -> None:
    sight = Sight(30.0, 0.0, zoom, 80, 20)
    assert sight.field is not None
    left, right = sight.place(0, 40), sight.place(160, 40)
    assert left is not None
    assert right is not None
    assert separation(*left, *right) == pytest.approx(sight.field, rel=1e-6)
    assert (left[0] - right[0]) % 360 == pytest.approx(sight.field, rel=1e-6), "east is left"


def test_all_of_the_sky_is_in_sight_in_any_room() -> None:
    for columns, rows in ((80, 19), (160, 40), (200, 10), (20, 40)):
        assert marks(spread(500), Sight(77.0, 0.0, 0, columns, rows)).shown == 500


def test_the_closest_sight_holds_all_and_no_closer_one_does() -> None:
    random = Random(2)
    places = [(random.gauss(150, 0.02), random.gauss(60, 0.01)) for _ in range(40)]
    sight = holding(places, 80, 20)
    assert sight is not None
    assert None not in sight.dots(places)
    closer = sight._replace(zoom=sight.zoom + 2)
    assert None in closer.dots(places)
    assert holding([], 80, 20) is None
    assert holding([(0, 0), (180, 0)], 80, 20) is None, "opposite to each other"
    assert holding([(0, 80), (120, -10), (240, 10)], 80, 20) is None, "all around"


@given(SIGHTS.filter(lambda sight: sight.columns > 3 and sight.rows > 3), RA, DEC, st.floats(1, 90))
def test_a_line_passes_every_place_of_it_that_is_in_sight(sight: Sight, ra: float, dec: float, radius: float) -> None:
    circle = Circle(ra, dec, radius)
    canvas = Canvas(sight.columns, sight.rows)
    draw(canvas, sight, circle, Layer.RIM)
    for one in circle.places(50):
        at = sight.dot(*one)
        if at is not None and sight.zoom:  # at the rim of all the sky, lines are thinned out
            column, row = int(at[0]) // 2, int(at[1]) // 4
            near = [(column + x, row + y) for x in (-1, 0, 1) for y in (-1, 0, 1)]
            assert any(cell in canvas._dots for cell in near)


def test_the_plane_is_drawn_where_the_galaxy_is() -> None:
    sight = Sight(266.4, -28.9, 2, 80, 20)
    canvas = Canvas(80, 20)
    draw(canvas, sight, GALACTIC_PLANE, Layer.PLANE)
    assert (40, 10) in canvas._dots, "its centre"


# -- what was found ---------------------------------------------------------------------------------------------------


def test_every_alert_is_in_one_cell() -> None:
    found = spread(1000)
    on_map = marks(found, Sight(180, 0, 0, 80, 20))
    assert sorted(number for numbers in on_map.cells.values() for number in numbers) == list(range(1000))
    for cell, numbers in on_map.cells.items():
        assert {on_map.cell(number) for number in numbers} == {cell}


def test_the_sign_of_a_cell_says_how_many_and_the_rarest_class() -> None:
    found = Found([place(at, 10, 10, "Unknown" if at else "Kilonova candidate") for at in range(120)])
    for numbers, shown in (([1], "•"), (range(1, 10), "●"), (range(1, 50), "◆"), (range(1, 101), "█")):
        cell = sign(found, list(numbers), by_class=False, ascii_only=False)
        assert cell == (shown, "")
        plain = sign(found, list(numbers), by_class=False, ascii_only=True)
        assert plain == (ASCII_SIGNS[SIGNS.index(shown)], "")
    assert sign(found, range(120), by_class=False, ascii_only=False) == ("█", COLOURS[0])
    assert sign(found, range(120), by_class=True, ascii_only=True) == ("B", COLOURS[0])


def test_the_classes_that_most_have_have_colours_of_their_own() -> None:
    found = Found([place(at, at, 0, label) for at, label in enumerate("ab Unknown a Unknown b a c d e f g h".split())])
    styles = {label: found.classes.style(label) for label in found.classes.counts}
    assert [styles[label] for label in "a ab b c d e".split()] == [COLOURS[at] for at in (0, 1, 2, 3, 4, 5)]
    assert styles["Unknown"] == styles["f"] == styles["h"] == ""


def test_classes_without_a_letter_share_a_sign() -> None:
    found = spread(300, lambda at: f"class {at % 60}")
    letters = {found.classes.letter(label) for label in found.classes.counts}
    assert OTHER in letters
    assert not letters & {"Z", "M", "(", "*"}, "which stand for others"


def test_the_nearest_in_a_direction() -> None:
    #        0 in the middle; 1 right, 2 far right, 3 up, 4 left and a little down
    found = Found([place(0, 180, 0), place(1, 160, 0), place(2, 120, 2), place(3, 180, 40), place(4, 200, -5)])
    on_map = marks(found, Sight(180, 0, 0, 80, 20))
    assert beside(on_map, 0, 1, 0) == 1
    assert beside(on_map, 1, 1, 0) == 2
    assert beside(on_map, 2, 1, 0) is None
    assert beside(on_map, 0, 0, -1) == 3
    assert beside(on_map, 0, -1, 0) == 4
    assert beside(on_map, 0, 0, 1) is None


# -- the picture ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ascii_only", [False, True])
@pytest.mark.parametrize("zoom", [0, 1, 5, len(FIELDS)])
@pytest.mark.parametrize("size", [(80, 21), (160, 42), (40, 12), (30, 5), (1, 1)])
def test_a_picture_fills_its_room_and_no_more(size: tuple[int, int], zoom: int, ascii_only: bool) -> None:
    found = spread(200, lambda at: ("Unknown", "SN candidate", "Étoile à raies d'émission")[at % 3])
    one = found.places[7]
    look = Look(zoom=zoom, middle=(one.ra, one.dec))
    width, height = size
    drawn = picture(found, 7, look, sky(SITE, NOW), width, height, ascii_only=ascii_only).plain
    lines = drawn.split("\n")
    assert len(lines) <= max(2, height)
    assert max(map(cell_len, lines)) <= width
    assert drawn.isascii() or not ascii_only
    if width >= 80:
        assert lines[0].startswith("map ")
        assert one.object_id in lines[1]
        assert "8/200" in lines[1]
        assert any("horizon" in line for line in lines[-3:])


def test_the_current_alert_is_marked_where_it_is() -> None:
    found = spread(50)
    look = Look()
    drawn = picture(found, 3, look, None, 80, 22).plain.split("\n")[2:]
    cell = marks(found, look.sight(80, 22)).cell(3)
    assert cell is not None
    column, row = cell
    assert drawn[row][column - 1] == "["
    assert drawn[row][column + 1] == "]"


def test_no_value_of_a_line_is_shown_in_part() -> None:
    found = spread(2000)
    drawn = picture(found, None, Look(), None, 80, 24).plain.split("\n")
    for line in drawn[2:21]:
        hours = re.findall(r"\d*h", line)
        assert set(hours) <= {f"{hour}h" for hour in range(0, 24, 4)}
        decs = re.findall(r"[+-]\d*", line)
        assert set(decs) <= {"+30", "+60", "-30", "-60"}
        assert not re.search(r"\d", re.sub(r"\d+h|[+-]\d+", "", line))


def test_lines_are_told_apart_without_colours() -> None:
    pens = [PENS[layer] for layer in (Layer.PLANE, Layer.ECLIPTIC, Layer.HORIZON, Layer.LIMIT, Layer.GRID)]
    assert len({pen.sign for pen in PENS.values()}) == len(PENS)
    assert len({(pen.dashes, pen.is_thick, pen.is_dotted) for pen in pens}) == len(pens)


def test_the_title_says_what_is_seen() -> None:
    there = sky(SITE, NOW)
    assert title(1, Sight(180, 0, 0, 80, 20), 1, None, 80) == "map · 1 alert · sky around 12:00"
    words = title(1200, Sight(30, -10, 9, 80, 20), 200, there, 200)
    assert words.startswith("map · 1,200 alerts · 30' around 02:00:00.00 -10:00:00.0 · 1,000 out of sight · La Silla ")
    narrow = title(1200, Sight(30, -10, 9, 80, 20), 200, there, 40, ascii_only=True)
    assert narrow == "map . 1,200 alerts"
    assert "no horizon" in title(1, Sight(180, 0, 0, 80, 20), 1, sky(None, NOW), 80)
    assert title(50_000, Sight(180, 0, 0, 80, 20), 9, None, 80).startswith("map · 50,000 alerts, no more are mapped ·")


# -- on the screen ----------------------------------------------------------------------------------------------------


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "home") as made:
        yield made


class Mapped(Live):
    """The program, with a map over it."""

    answer: int | None = None

    @property
    def map_screen(self) -> SkyMapScreen:
        assert isinstance(self.app.screen, SkyMapScreen)
        return self.app.screen

    @property
    def shown(self) -> list[str]:
        return self.map_screen.map.text().split("\n")

    async def says(self, words: str) -> None:
        await self.until(lambda: any(words in line for line in self.shown))


@asynccontextmanager
async def opened(
    store: Store,
    read: Callable[[], Sequence[AlertPlace]],
    current: int | None = None,
    size: tuple[int, int] = SMALL,
    *,
    ascii_only: bool = False,
    names: Sequence[str] = ("La Silla", "Mauna Kea"),
    region: mapping.Locate | None = None,
) -> AsyncIterator[Mapped]:
    sites = [site for site in map(observatory, names) if site is not None]
    session = Session(
        store=store, save_dir=Path("unused"), telescopes=Telescopes(sites), ascii_only=ascii_only, idle="idle"
    )
    app = FinkApp(session)
    async with app.run_test(size=size, notifications=True) as pilot:
        live = Mapped(app, pilot)
        await live.until(lambda: live.alerts.size.height > 0)

        def back(answer: int | None) -> None:
            live.answer = answer

        app.push_screen(SkyMapScreen(session, read, current, region), back)
        await live.until(lambda: isinstance(app.screen, SkyMapScreen))
        await live.until(lambda: bool(live.map_screen.map.sky) and live.map_screen._is_known)
        yield live


@pytest.mark.parametrize("size", [SMALL, WIDE])
async def test_the_map_opens_at_the_list_s_alert_and_answers_with_that_under_its_own_cursor(
    store: Store, size: tuple[int, int]
) -> None:
    found = spread(30).places
    async with opened(store, lambda: found, current=found[4].id, size=size) as live:
        await live.says(found[4].object_id)
        await live.says("ecliptic")
        await live.press("n", "n", "k", "j")
        await live.says(found[6].object_id)
        assert "7/30" in live.shown[1]
        await live.press("G")
        await live.says(found[29].object_id)
        await live.press("enter")
        await live.until(lambda: live.answer is not None)
        assert live.answer == found[29].id


async def test_zoom_keeps_the_alert_in_sight_and_0_goes_out_and_in(store: Store) -> None:
    found = spread(30).places
    async with opened(store, lambda: found) as live:
        shown = live.map_screen.map
        await live.press("+", "+", "+")
        assert shown.sight.field == FIELDS[2]
        assert marks(shown.found, shown.sight).cell(0) is not None
        await live.press("n")
        assert marks(shown.found, shown.sight).cell(1) is not None, "the map went along"
        await live.press(".", ".", ".")
        await live.says("out of sight: c")
        await live.press("c")
        await live.until(lambda: "out of sight: c" not in live.shown[1])
        await live.press("0")
        assert shown.sight.zoom == 0
        await live.press("-", "0")
        assert shown.sight.zoom == 0, "all around: no field holds them"


async def test_what_is_close_together_is_shown_close_up_at_first(store: Store) -> None:
    random = Random(3)
    cone = [place(at, random.gauss(150, 0.02), random.gauss(60, 0.01)) for at in range(40)]
    async with opened(store, lambda: cone) as live:
        shown = live.map_screen.map
        await live.until(lambda: shown.sight.zoom > 0)
        await live.says("map · 40 alerts")
        assert "out of sight" not in live.shown[0]
        await live.press("0")
        assert shown.sight.zoom == 0
        await live.press("0")
        await live.says("map · 40 alerts")
        assert "out of sight" not in live.shown[0]
        assert shown.sight.zoom > 0


async def test_the_sky_turns_and_is_centred(store: Store) -> None:
    found = spread(5).places
    async with opened(store, lambda: found) as live:
        shown = live.map_screen.map
        assert shown.sight.ra == 180
        await live.press(".")
        assert shown.sight.ra == 210
        await live.press(",", ",")
        assert shown.sight.ra == 150
        seen = []
        for _ in range(4):
            await live.press("c")
            seen.append(shown.sight.ra)
        assert shown.sky is not None
        assert seen == [180, 0, shown.sky.sidereal, found[0].ra]


async def test_arrows_go_to_the_alert_beside_and_say_where_there_is_none(store: Store) -> None:
    found = [place(0, 180, 0), place(1, 160, 0), place(2, 180, 40)]
    async with opened(store, lambda: found) as live:
        await live.press("0", "right")
        await live.says("ZTF26a000001")
        await live.press("left", "up")
        await live.says("ZTF26a000002")
        await live.press("up")
        await live.until(lambda: any("further on" in note.message for note in live.app._notifications))


async def test_signs_of_classes_and_the_next_site(store: Store) -> None:
    found = spread(9, lambda at: "SN candidate" if at else "Unknown").places
    async with opened(store, lambda: found, ascii_only=True) as live:
        await live.press("m")
        await live.says("A SN candidate 8")
        await live.says("B Unknown 1")
        assert "La Silla" in live.shown[0]
        await live.press("S")
        await live.until(lambda: "Mauna Kea" in live.shown[0])
        assert all(line.isascii() for line in live.shown)


async def test_a_list_that_grows_grows_on_the_map_and_the_alert_stays(store: Store) -> None:
    found = list(spread(3).places)
    async with opened(store, lambda: tuple(found), current=found[1].id) as live:
        await live.says("2/3")
        found.insert(0, place(50, 10, 10))
        live.map_screen._read_places()
        await live.says("3/4")
        assert found[2].object_id in live.shown[1]


async def test_nothing_found_is_a_sky_without_alerts(store: Store) -> None:
    async with opened(store, lambda: (), names=()) as live:
        await live.says("Nothing was found")
        await live.press("n", "+", "c", "left", "0", "S", "escape")
        await live.until(lambda: not isinstance(live.app.screen, SkyMapScreen))
        assert live.answer is None


async def test_a_list_that_cannot_be_read_is_said(store: Store) -> None:
    is_broken = False

    def read() -> Sequence[AlertPlace]:
        if is_broken:
            raise OSError("the disk is gone")
        return spread(3).places

    async with opened(store, read) as live:
        await live.says("1/3")
        is_broken = True
        live.map_screen._read_places()
        await live.until(lambda: any("the disk is gone" in note.message for note in live.app._notifications))
        assert "1/3" in live.shown[1], "what was read stays"


def test_keys() -> None:
    keys = [key for command in (*MAP, *EVERYWHERE) for key in command.keys.split(",")]
    assert len(keys) == len(set(keys))
    assert cell_len(commands.footer(MAP).plain) <= 80
    assert all(callable(getattr(SkyMapScreen, "action_" + command.action.partition("(")[0])) for command in MAP)


# -- the region of an event -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def region(tmp_path_factory: pytest.TempPathFactory) -> credible.Region:
    pytest.importorskip("astropy")
    return credible.read(sky_maps.multiorder(tmp_path_factory.mktemp("maps") / "bayestar.multiorder.fits"))


@pytest.mark.parametrize("zoom", [0, 1])
def test_the_edges_of_the_regions_are_where_the_levels_are(region: credible.Region, zoom: int) -> None:
    sight = Sight(sky_maps.RA, sky_maps.DEC if zoom else 0.0, zoom, 120, 30)
    canvas = Canvas(120, 30)
    draw_region(canvas, sight, region)
    assert {layer for layer, _ in canvas._dots.values()} == {Layer.LIKELY, Layer.PROBABLE}
    for (column, row), (layer, _) in canvas._dots.items():
        corners = [sight.place(2 * column + x, 4 * row + y) for x in (0, 2) for y in (0, 4)]
        levels = [region.level(*corner) for corner in corners if corner is not None]
        edge = 0.5 if layer is Layer.LIKELY else 0.9
        assert min(levels) - 0.25 <= edge <= max(levels) + 0.25


def test_the_alert_s_own_region_is_told(region: credible.Region) -> None:
    found = Found([place(0, sky_maps.RA, sky_maps.DEC)])
    drawn = picture(found, 0, Look(), None, 120, 30, region, ascii_only=True).plain
    assert re.search(r"  S190425z \d%  ", drawn.split("\n")[1])
    assert "$$ 50%  && 90%" in drawn


async def test_a_region_is_shown_as_soon_as_it_is_read_or_why_not(store: Store, region: credible.Region) -> None:
    async with opened(store, lambda: spread(3).places[:2], region=lambda _: region) as live:
        await live.says("S190425z ")
        assert live.map_screen.map.sight.zoom == 0

    def broken(_: object) -> credible.Region:
        raise credible.RegionError("It is no map.")

    async with opened(store, lambda: spread(3).places, region=broken) as live:
        await live.until(lambda: any("It is no map" in note.message for note in live.app._notifications))


async def test_who_leaves_the_map_waits_for_no_region(store: Store) -> None:
    ended = threading.Event()

    def slow(is_cancelled: Callable[[], bool]) -> credible.Region:
        wait_for(is_cancelled, "the end of the wait")
        ended.set()
        raise CancelledError("It was broken off.")

    async with opened(store, lambda: spread(3).places, region=slow) as live:
        await live.press("escape")
        await live.until(ended.is_set)
        assert not live.app._notifications


# -- from a list, and back --------------------------------------------------------------------------------------------


@pytest.fixture
def filled(store: Store) -> Store:
    receive(store, list(itertools.islice(demo.alerts(seed=3, now_mjd=61365.1), 12)))
    return store


async def test_m_maps_the_list_and_the_cursor_follows_what_was_looked_at(filled: Store) -> None:
    session = Session(store=filled, save_dir=Path("unused"), all_nights=True)
    app = FinkApp(session)
    async with app.run_test(size=WIDE, notifications=True) as pilot:
        live = Mapped(app, pilot)
        await live.until(lambda: live.alerts.queue.count == 12 and live.alerts.size.height > 0)
        await live.press("g", "M")
        await live.until(lambda: isinstance(app.screen, SkyMapScreen))
        await live.says("1/12")
        await live.press("n", "n", "escape")
        await live.until(lambda: live.alerts.queue.cursor == 2)
        await live.until(lambda: isinstance(app.screen, LiveScreen))


def test_of_which_question_a_region_is_shown(filled: Store, tmp_path: Path) -> None:
    session = Session(store=filled, save_dir=Path("unused"))
    assert mapping.region(session, None) is None
    assert mapping.region(session, Question.of("ztf", "conesearch", ra=1, dec=1, radius=5)) is None
    assert mapping.region(session, Question.of("ztf", "skymap", event_name="S1", credible_level=0.9)) is None
    of_file = mapping.region(session, Question.of("ztf", "skymap", file=tmp_path / "none", credible_level=0.9))
    assert of_file is not None
    with pytest.raises(credible.RegionError):
        of_file(lambda: False)

    asking = replace(session, search=lambda: Searching(filled, None, filled.answers()))
    of_event = mapping.region(asking, Question.of("ztf", "skymap", event_name="S1", credible_level=0.9))
    assert of_event is not None
    with pytest.raises(QuestionError, match="not asked"):
        of_event(lambda: False)


async def test_a_store_that_cannot_be_read_on_the_way_back_is_said(
    filled: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> bool:
        raise StoreError("The disk is gone.")

    app = FinkApp(Session(store=filled, save_dir=Path("unused"), all_nights=True))
    async with app.run_test(size=SMALL, notifications=True) as pilot:
        live = Mapped(app, pilot)
        await live.until(lambda: live.alerts.queue.count == 12 and live.alerts.size.height > 0)
        await live.press("g", "M")
        await live.until(lambda: isinstance(app.screen, SkyMapScreen))
        await live.says("1/12")
        await live.press("n")
        monkeypatch.setattr(Queue, "go_to", gone)
        await live.press("escape")
        await live.until(lambda: any("The disk is gone" in note.message for note in app._notifications))
        assert isinstance(app.screen, LiveScreen)
