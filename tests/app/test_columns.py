from __future__ import annotations

from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual.strip import Strip

from fink_tui.alerts import text
from fink_tui.app import columns
from fink_tui.app.columns import Column, Context, chosen
from fink_tui.sky.night import unix_to_mjd
from fink_tui.sky.visibility import Overhead
from fink_tui.store.pages import Exposure, ListRow
from tests.rows import PLAIN, list_row

NOW = 61364.0

ROW = list_row(
    alert_id="3609878042115010004",
    label="SN candidate",
    obs_mjd=NOW - 0.01,
    mag=18.324,
    mag_err=0.05,
    mag_change=-0.32,
    mag_change_err=0.05,
    sparkline="0.234567",
    real_bogus=0.987,
    n_detections=12,
    topics="fink_sn_candidates_ztf",
    sgscore1=0.1,
    distpsnr1=2.0,
)

numbers = st.none() | st.floats(allow_nan=True, allow_infinity=True)
texts = st.text(max_size=40).map(text.clean)


class FakeSky:
    """Every place is as high, and can be observed as long."""

    def __init__(self, altitude: float, hours: float, *, is_rising: bool = True) -> None:
        self._altitude, self._hours, self._is_rising = altitude, hours, is_rising

    def altitude(self, ra: float, dec: float) -> float:
        return self._altitude

    def hours_left(self, ra: float, dec: float) -> float:
        return self._hours

    def is_rising(self, ra: float, dec: float) -> bool:
        return self._is_rising


SHOWN, WITHOUT = chosen(has_site=True), chosen(has_site=False)
CHOICES = [chosen(has_site=site, has_centre=centre) for site in (True, False) for centre in (True, False)]


def context(sky: FakeSky | None = None, *, ascii_only: bool = False) -> Context:
    return Context(NOW, ascii_only, cast(Overhead | None, sky))


def cell(title: str, row: ListRow, where: Context | None = None) -> str:
    return next(column for column in SHOWN if column.title == title).value(row, where or Context(NOW))


def width_of(title: str, widths: list[int], shown: tuple[Column, ...] = SHOWN) -> int:
    return widths[[column.title for column in shown].index(title)]


def line(row: ListRow, mark: str, widths: list[int], where: Context) -> str:
    return columns.line(row, mark, SHOWN, widths, where)


def both(room: int, longest: int) -> list[int]:
    return columns.widths(SHOWN, room, longest)


def test_a_row_as_the_observer_reads_it() -> None:
    found = line(ROW, "s", both(79, 12), context(FakeSky(63.4, 5.29)))
    assert (
        found.split() == "s 23:45 ZTF26aabcdef SN cand. G 18.32r ▲.32 ▁ ▃▄▅▆▇█ .99 12 14min 63↗ 5.2h sn_cand…".split()
    )
    assert cell_len(found) - 79 == len(" sn_cand…"), "the topics are beyond the edge"
    assert columns.at_cursor(found).startswith("s>23:45")


def test_without_a_site_there_are_no_columns_for_it() -> None:
    found = columns.line(ROW, "s", WITHOUT, columns.widths(WITHOUT, 110, 12), Context(NOW))
    assert (
        found.split() == "s 23:45 ZTF26aabcdef SN candidate G 18.32r ▲.32 ▁ ▃▄▅▆▇█ .99 12 14min sn_candidates".split()
    )


@pytest.mark.parametrize(
    ("sky", "altitude", "left"),
    [
        (FakeSky(63.4, 5.29), "63↗", "5.2h"),
        (FakeSky(41, 0.06, is_rising=False), "41↘", "-"),
        (FakeSky(0.2, 0.1), "0↗", "0.1h"),
        (FakeSky(-0.1, 9.99), "--↗", "9.9h"),
        (FakeSky(-50, 10.4, is_rising=False), "--↘", "10h"),
        (FakeSky(90, 24), "90↗", "24h"),
        (None, "", ""),
    ],
)
def test_what_is_up(sky: FakeSky | None, altitude: str, left: str) -> None:
    assert cell("alt", ROW, context(sky)) == altitude
    assert cell("left", ROW, context(sky)) == left


def test_of_an_asteroid_of_long_ago_nothing_is_said_to_be_up() -> None:
    sky = context(FakeSky(63.4, 5.29))
    asteroid = ROW._replace(survey="lsst", sso_name="2004 JQ12")
    assert cell("alt", asteroid._replace(obs_mjd=NOW - 9), sky) == "63↗"
    assert [cell(name, asteroid._replace(obs_mjd=NOW - 11), sky) for name in ("alt", "left")] == ["?", "?"]
    assert cell("alt", ROW._replace(obs_mjd=NOW - 11), sky) == "63↗"


def test_a_trend_in_ascii() -> None:
    assert cell("alt", ROW, context(FakeSky(63, 5), ascii_only=True)) == "63/"
    assert cell("alt", ROW, context(FakeSky(41, 5, is_rising=False), ascii_only=True)) == "41\\"


def test_what_is_known_of_the_place() -> None:
    assert cell("is", ROW) == "G"
    assert cell("is", ROW._replace(tns_name="SN 2026abc", galactic_latitude=3.0)) == "GTP"
    assert cell("is", list_row()) == ""
    crowded = Context(NOW, exposure=Exposure(50, 3))
    assert cell("is", ROW, crowded) == "XG"
    assert cell("is", ROW, Context(NOW, exposure=Exposure(50, 40))) == "G"
    assert "G… " in line(ROW._replace(tns_name="SN 2026abc", galactic_latitude=3.0), " ", both(79, 12), Context(NOW))


@pytest.mark.parametrize(
    ("state", "sending", "sign"),
    [
        ("", "", " "),
        ("saved", "", "s"),
        ("saved", "sent", "T"),
        ("send", "asking", "?"),
        ("send", "", "t"),
        ("?", "", "?"),
    ],
)
def test_how_far_the_sending_is_goes_before_the_decision(state: str, sending: str, sign: str) -> None:
    assert columns.mark(ROW._replace(state=state, sending=sending)) == sign


@given(
    room=st.integers(0, 300),
    longest=st.integers(0, 60),
    shown=st.sampled_from(CHOICES),
    row=st.builds(
        ListRow,
        **{name: st.just(value) for name, value in PLAIN.items()}
        | {
            "survey": st.sampled_from(["ztf", "lsst", "mma"]),
            "object_id": texts,
            "label": texts,
            "obs_mjd": st.floats(0, 1e5),
            "band": st.none() | st.sampled_from("ugrizy"),
            "mag": numbers,
            "mag_err": numbers,
            "flux": numbers,
            "flux_err": numbers,
            "mag_change": numbers,
            "mag_change_err": numbers,
            "sparkline": st.text("01234567.", max_size=10),
            "real_bogus": numbers,
            "n_detections": st.integers(-1, 10**9),
            "is_positive": st.sampled_from([None, 0, 1]),
            "topics": texts,
            "state": st.sampled_from(["", "saved"]),
            "simbad_type": st.none() | texts,
            "tns_name": st.none() | texts,
            "vsx_type": st.none() | texts,
            "galactic_latitude": st.floats(-90, 90),
            "sgscore1": numbers,
            "distpsnr1": numbers,
            "neargaiabright": numbers,
            "maggaiabright": numbers,
        },
    ),
    sky=st.none() | st.builds(FakeSky, st.floats(-90, 90), st.floats(0, 24), is_rising=st.booleans()),
    ascii_only=st.booleans(),
)
def test_every_line_is_exactly_as_wide_as_its_columns(
    room: int, longest: int, shown: tuple[Column, ...], row: ListRow, sky: FakeSky | None, ascii_only: bool
) -> None:
    found = columns.widths(shown, room, longest)
    least = [column.width for column in shown]
    if room < 20:  # not even a name: test_no_edge_of_a_narrow_screen_cuts_a_name_off_without_a_sign
        least[1] = 1
    assert all(width >= least for width, least in zip(found, least, strict=True))
    text = columns.line(row, " ", shown, found, context(sky, ascii_only=ascii_only))
    assert cell_len(text) == columns.total(found) == cell_len(columns.titles(shown, found))
    assert cell_len(columns.at_cursor(text)) == columns.total(found)


def test_80_cells_hold_all_columns_but_the_topics_which_are_beyond_the_edge() -> None:
    for longest in (12, 18):
        for shown in CHOICES:
            found = columns.widths(shown, 79, longest)
            assert columns.total(found[:-1]) <= 79 < columns.total(found)


def test_room_goes_to_the_object_the_class_what_is_known_and_the_topics() -> None:
    rooms = {room: both(room, 18) for room in (79, 85, 92, 100, 140, 250)}

    def cells(title: str) -> list[int]:
        return [width_of(title, found) for found in rooms.values()]

    assert cells("object") == [12, 18, 18, 18, 18, 18]
    assert cells("class") == [9, 9, 14, 13, 22, 22]
    assert cells("is") == [2, 2, 4, 4, 8, 8]
    assert cells("topics")[-1] == 60
    assert [columns.total(found) > room for room, found in rooms.items()] == [True, True, True, False, False, False]
    assert width_of("object", both(140, 12)) == 12


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_what_differs_between_two_lines_is_painted(before: str, old: str, new: str, behind: str) -> None:
    old, new = text.clean(before + old + behind), text.clean(before + new + behind)
    width = max(cell_len(old), cell_len(new))
    old, new = (value + " " * (width - cell_len(value)) for value in (old, new))
    span = columns.changed(old, new)
    assert (span is None) == (old == new)
    if span is not None:
        first, count = span
        painted = [set_cell_size(old, first), chop(new, first, count), chop(old, first + count, width)]
        assert 0 < count <= width
        assert "".join(painted) == new


def chop(value: str, first: int, count: int) -> str:
    """Some cells of a text."""
    return "".join(segment.text for segment in Strip([Segment(value)]).crop(first, first + count))


@pytest.mark.parametrize(
    ("name", "width", "shown"),
    [
        ("171186511694934214", 14, "…1694934214"),
        ("ZTF26aabcdefghijkl", 14, "ZTF26aabcdefg…"),
        ("名前名前名前名前", 12, "名前名前名 …"),
    ],
)
def test_a_long_number_keeps_its_end_and_a_long_name_its_beginning(name: str, width: int, shown: str) -> None:
    found = both(0, 0)
    found[1] = width
    text_line = line(ROW._replace(object_id=name), " ", found, Context(NOW))
    assert shown.removeprefix("…") in text_line
    assert "…" in text_line


@pytest.mark.parametrize("room", [9, 15, 19, 20, 25])
def test_no_edge_of_a_narrow_screen_cuts_a_name_off_without_a_sign(room: int) -> None:
    text_line = line(ROW._replace(object_id="171186511694934214"), " ", both(room, 18), Context(NOW))
    shown = text_line[:room].split()[-1] if room < 21 else text_line[:room].split()[1]
    assert shown == "…" or (shown.startswith("…") and "171186511694934214".endswith(shown[1:]))


def test_where_there_is_no_room_a_known_asteroid_does_not_look_like_a_new_one() -> None:
    found = both(79, 18)
    known, new = (
        line(ROW._replace(label=label), " ", found, Context(NOW))
        for label in ("Solar System MPC", "Solar System candidate")
    )
    assert "SSO MPC" in known
    assert "SSO cand." in new
    assert all(cell_len(short) <= SHOWN[2].width for short in columns.SHORT_LABELS.values())


@pytest.mark.parametrize(
    ("change", "error", "shown"),
    [
        (-0.32, 0.05, "▲.32"),
        (0.32, 0.05, "▼.32"),
        (0.04, 0.05, "≈.04"),
        (0.04, None, "▼.04"),
        (-1.5, 0.1, "▲1.50"),
        (-12.34, 0.1, "▲12"),
        (None, None, ""),
    ],
)
def test_the_change(change: float | None, error: float | None, shown: str) -> None:
    assert cell("chg", ROW._replace(mag_change=change, mag_change_err=error)) == shown


def test_the_magnitude_says_when_the_source_is_fainter_than_the_template() -> None:
    assert cell("mag", ROW) == "18.32r"
    assert cell("mag", ROW._replace(is_positive=0)) == "18.32r-"
    assert cell("mag", ROW._replace(mag=None)) == "-"
    of_flux = ROW._replace(mag=None, flux=-3631.0, flux_err=100.0, is_positive=0, band="z")
    assert cell("mag", of_flux) == "22.50z-"


@pytest.mark.parametrize(("score", "shown"), [(0.987, ".99"), (0.996, "1.0"), (1.0, "1.0"), (0.0, ".00"), (None, "-")])
def test_the_score(score: float | None, shown: str) -> None:
    assert cell("rb", ROW._replace(real_bogus=score)) == shown


def test_times() -> None:
    assert cell("UTC", ROW) == "23:45"
    assert cell("UTC", ROW._replace(obs_mjd=NOW - 3)) == "11-17"
    assert cell("age", ROW._replace(obs_mjd=NOW - 1e-5)) == "<1min"
    assert cell("age", ROW._replace(obs_mjd=NOW - 3)) == "3.0d"


def test_topics_without_what_all_of_them_share() -> None:
    assert columns.short_topics("fink_sn_candidates_ztf,fink_in_tns_lsst") == "sn_candidates,in_tns"
    assert "\x1b" not in columns.short_topics("\x1b[31mred")


def test_ascii_only() -> None:
    row = ROW._replace(topics="fink_" + "a" * 50)
    assert line(row, " ", both(79, 12), Context(NOW, ascii_only=True)).isascii()


def test_a_list_around_a_place_says_how_far_each_is_from_it() -> None:
    shown = chosen(has_site=True, has_centre=True)
    titles = [column.title for column in shown]
    assert titles.index("sep") == titles.index("object") + 1
    assert "history" not in titles
    assert all("sep" not in [column.title for column in one] for one in (SHOWN, WITHOUT))
    (column,) = [column for column in shown if column.title == "sep"]
    row = ROW._replace(ra=10.0, dec=20.0)
    for dec, said in ((20.0, '0.0"'), (20.001, '3.6"'), (20.1, "6.0'"), (32.0, "12°")):
        assert column.value(row, Context(NOW, centre=(10.0, dec))) == said
    assert column.value(row, Context(NOW, ascii_only=True, centre=(10.0, 32.0))) == "12d"
    assert column.value(row, Context(NOW)) == ""


@pytest.mark.parametrize(
    ("age", "width", "shown"),
    [
        (30, 20, "Fink, just now"),
        (125, 20, "Fink, 2 min ago"),
        (125, 10, "Fink 2m"),
        (7300, 10, "Fink 2.0 h"),
        (7300, 8, "Fink"),
    ],
)
def test_what_only_a_search_has_found_says_when_fink_was_asked(age: float, width: int, shown: str) -> None:
    row = list_row(arrival=None, arrived_at=1e9, topics="")
    column = columns.COLUMNS[-1]
    value = column.value(row, columns.Context(unix_to_mjd(1e9 + age)))
    assert (value if cell_len(value) <= width else column.shorten(value, width)) == shown
    assert columns.mark(row) == "f"
    assert columns.mark(row._replace(state="saved")) == "s"
    assert columns.mark(row._replace(arrival=7)) == " "
