from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from fink_tui.alerts import text
from fink_tui.app import columns
from fink_tui.app.columns import COLUMNS, Context
from fink_tui.store.pages import ListRow

NOW = 61364.0

ROW = ListRow(
    id=1,
    survey="ztf",
    alert_id="3609878042115010004",
    object_id="ZTF26aabcdef",
    label="SN candidate",
    obs_mjd=NOW - 0.01,
    arrived_at=0.0,
    band="r",
    mag=18.324,
    mag_err=0.05,
    flux=None,
    flux_err=None,
    mag_change=-0.32,
    mag_change_err=0.05,
    sparkline="0.234567",
    real_bogus=0.987,
    n_detections=12,
    is_positive=1,
    topics="fink_sn_candidates_ztf",
    state="",
    sending="",
)

numbers = st.none() | st.floats(allow_nan=True, allow_infinity=True)
texts = st.text(max_size=40).map(text.clean)


def cell(title: str, row: ListRow) -> str:
    return next(column for column in COLUMNS if column.title == title).value(row, Context(NOW))


def test_a_row_as_the_observer_reads_it() -> None:
    line = columns.line(ROW, "s", columns.widths(79, 12), Context(NOW))
    assert line.split() == "s 23:45 ZTF26aabcdef SN candidate 18.32r ▲.32 ▁ ▃▄▅▆▇█ .99 12 14min sn_cand…".split()
    assert columns.at_cursor(line).startswith("s>23:45")


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
    row=st.builds(
        ListRow,
        id=st.integers(1, 2**60),
        survey=st.sampled_from(["ztf", "lsst", "mma"]),
        alert_id=st.just("1"),
        object_id=texts,
        label=texts,
        obs_mjd=st.floats(0, 1e5),
        arrived_at=st.just(0.0),
        band=st.none() | st.sampled_from("ugrizy"),
        mag=numbers,
        mag_err=numbers,
        flux=numbers,
        flux_err=numbers,
        mag_change=numbers,
        mag_change_err=numbers,
        sparkline=st.text("01234567.", max_size=10),
        real_bogus=numbers,
        n_detections=st.integers(-1, 10**9),
        is_positive=st.sampled_from([None, 0, 1]),
        topics=texts,
        state=st.sampled_from(["", "saved"]),
        sending=st.just(""),
    ),
    ascii_only=st.booleans(),
)
def test_every_line_is_exactly_as_wide_as_its_columns(room: int, longest: int, row: ListRow, ascii_only: bool) -> None:
    found = columns.widths(room, longest)
    least = [column.width for column in COLUMNS]
    if room < 20:  # not even a name: test_no_edge_of_a_narrow_screen_cuts_a_name_off_without_a_sign
        least[columns.OBJECT] = 1
    assert all(width >= least for width, least in zip(found, least, strict=True))
    line = columns.line(row, " ", found, Context(NOW, ascii_only))
    assert cell_len(line) == columns.total(found) == cell_len(columns.titles(found))
    assert cell_len(columns.at_cursor(line)) == columns.total(found)


@pytest.mark.parametrize("longest", [12, 18])
def test_all_columns_fit_in_80_cells_beside_the_scroll_bar(longest: int) -> None:
    assert columns.total(columns.widths(79, longest)) == 79


def test_room_goes_to_the_object_then_to_the_class_then_to_the_topics() -> None:
    narrow, wider, widest = (columns.widths(room, 18) for room in (79, 90, 140))
    assert narrow[columns.OBJECT] < 18 == wider[columns.OBJECT] == widest[columns.OBJECT]
    assert narrow[columns.CLASS] < wider[columns.CLASS] < widest[columns.CLASS]
    assert widest[columns.TOPICS] > COLUMNS[columns.TOPICS].width
    assert columns.widths(140, 12)[columns.OBJECT] == 12


@pytest.mark.parametrize(
    ("name", "width", "shown"),
    [
        ("171186511694934214", 14, "…1694934214"),
        ("ZTF26aabcdefghijkl", 14, "ZTF26aabcdefg…"),
        ("名前名前名前名前", 12, "名前名前名 …"),
    ],
)
def test_a_long_number_keeps_its_end_and_a_long_name_its_beginning(name: str, width: int, shown: str) -> None:
    found = columns.widths(0, 0)
    found[columns.OBJECT] = width
    line = columns.line(ROW._replace(object_id=name), " ", found, Context(NOW))
    assert shown.removeprefix("…") in line
    assert "…" in line


@pytest.mark.parametrize("room", [9, 15, 19, 20, 25])
def test_no_edge_of_a_narrow_screen_cuts_a_name_off_without_a_sign(room: int) -> None:
    line = columns.line(ROW._replace(object_id="171186511694934214"), " ", columns.widths(room, 18), Context(NOW))
    shown = line[:room].split()[-1] if room < 21 else line[:room].split()[1]
    assert shown == "…" or (shown.startswith("…") and "171186511694934214".endswith(shown[1:]))


def test_where_there_is_no_room_a_known_asteroid_does_not_look_like_a_new_one() -> None:
    found = columns.widths(79, 18)
    known, new = (
        columns.line(ROW._replace(label=label), " ", found, Context(NOW))
        for label in ("Solar System MPC", "Solar System candidate")
    )
    assert "SSO MPC" in known
    assert "SSO cand." in new
    assert all(cell_len(short) <= COLUMNS[columns.CLASS].width for short in columns.SHORT_LABELS.values())


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
    assert columns.line(row, " ", columns.widths(79, 12), Context(NOW, ascii_only=True)).isascii()
