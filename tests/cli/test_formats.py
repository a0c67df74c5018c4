"""Rows on stdout: tables, JSON, CSV, VOTable."""

from __future__ import annotations

import csv
import io
import json
import math
import warnings
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fink_tui.cli import search_rows
from fink_tui.cli.formats import FORMATS, Column, cells_of, write

COLUMNS = [
    Column("object_id", "", "meta.id;meta.main"),
    Column("ra", "deg", "pos.eq.ra;meta.main", 5),
    Column("n", "", "meta.number"),
    Column("is_positive"),
    Column("label", "", "src.class"),
]
ROWS: list[list[Any]] = [
    ["170028512402473130", 193.8226712, 2**62 + 1, True, "SN candidate"],
    ["ZTF21abfmbix", None, None, None, 'a "b", <c> & é'],
]


def written(form: str, columns: list[Column], rows: list[list[Any]], width: int | None = None) -> str:
    to = io.StringIO()
    write(form, columns, rows, to, width)
    return to.getvalue()


def read_votable(text: str) -> Any:
    votable = pytest.importorskip("astropy.io.votable")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return votable.parse_single_table(io.BytesIO(text.encode()), verify="exception")


def test_json_is_a_list_of_objects_with_exact_numbers() -> None:
    found = json.loads(written("json", COLUMNS, ROWS))
    assert found[0] == dict(zip([one.name for one in COLUMNS], ROWS[0], strict=True))
    assert found[1]["ra"] is None
    assert json.loads(written("json", COLUMNS, [])) == []
    assert json.loads(written("json", [Column("x")], [[math.nan], [math.inf]])) == [{"x": None}, {"x": None}]


def test_csv_has_its_header_also_when_empty() -> None:
    found = list(csv.reader(io.StringIO(written("csv", COLUMNS, ROWS))))
    assert found[0] == ["object_id", "ra", "n", "is_positive", "label"]
    assert found[1] == ["170028512402473130", "193.8226712", str(2**62 + 1), "True", "SN candidate"]
    assert found[2] == ["ZTF21abfmbix", "", "", "", 'a "b", <c> & é']
    assert written("csv", COLUMNS, []) == "object_id,ra,n,is_positive,label\n"


def test_a_votable_is_read_by_astropy_with_units_and_meanings() -> None:
    table = read_votable(written("votable", COLUMNS, ROWS))
    assert [(one.name, str(one.unit or ""), one.ucd or "") for one in table.fields] == [
        (one.name, one.unit, one.ucd) for one in COLUMNS
    ]
    assert table.array["object_id"][0] == "170028512402473130"
    assert table.array["n"][0] == 2**62 + 1
    assert bool(table.array["n"].mask[1])
    assert bool(table.array["ra"].mask[1]) or math.isnan(table.array["ra"][1])
    assert bool(table.array["is_positive"][0]) is True
    assert table.array["label"][1] == 'a "b", <c> & é'


def test_the_columns_of_a_search_have_units_and_meanings_that_exist() -> None:
    columns = search_rows.columns(search_rows.known(), "votable", is_cone=True)
    table = read_votable(written("votable", columns, [[None] * len(columns)]))
    assert [one.name for one in table.fields] == list(search_rows.known())
    assert {one.name: str(one.unit) for one in table.fields if one.unit}["separation"] == "arcsec"
    assert all("unrecognized" not in type(one.unit).__name__.lower() for one in table.fields)


def test_a_column_of_numbers_is_one_also_where_none_is_known() -> None:
    names = ["alert_id", "mag", "tns_redshift", "n_detections", "is_positive", "separation"]
    columns = search_rows.columns(names, "votable", is_cone=True)
    for rows in ([], [["1", None, None, None, None, None]], [["1", 18.0, 1, 2, True, 0]]):
        table = read_votable(written("votable", columns, rows))
        kinds = [one.datatype for one in table.fields]
        assert kinds == ["char", "double", "double", "long", "boolean", "double"]
        assert table.to_table().colnames == names, "not the numbers of columns"


def test_an_empty_votable_is_one() -> None:
    assert len(read_votable(written("votable", COLUMNS, [])).array) == 0


VALUES = st.one_of(st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(), st.text(max_size=8))


@given(st.lists(st.lists(VALUES, min_size=2, max_size=2), max_size=5))
def test_every_format_takes_every_value(rows: list[list[Any]]) -> None:
    columns = [Column("a"), Column("b")]
    assert len(json.loads(written("json", columns, rows))) == len(rows)
    assert len(read_votable(written("votable", columns, rows)).array) == len(rows)
    assert len(written("table", columns, rows, 40).splitlines()) == (len(rows) + 1 if rows else 0)


@given(st.lists(st.text(max_size=40), min_size=4, max_size=4), st.integers(20, 100))
def test_a_table_fits_the_terminal(texts: list[str], width: int) -> None:
    columns = [Column(f"column{place}") for place in range(4)]
    for line in written("table", columns, [texts, texts], width).splitlines():
        assert cells_of(line) <= width


def test_a_table_says_how_many_columns_have_no_room() -> None:
    columns = [Column(f"number{place}") for place in range(9)]
    to = io.StringIO()
    assert write("table", columns, [[10.5] * 9, [1.0] * 9], to, 30) == 6
    assert to.getvalue().splitlines()[0].split() == ["number0", "number1", "number2"]
    assert write("table", columns, [[10.5] * 9, [1.0] * 9], io.StringIO(), None) == 0


def test_one_wide_row_stands_upright() -> None:
    columns = [Column(f"class:{place}") for place in range(40)]
    lines = written("table", columns, [[*range(40)]], 60).splitlines()
    assert len(lines) == 40
    assert lines[3].split() == ["class:3", "3"]


def test_nothing_that_is_written_is_obeyed_by_the_terminal() -> None:
    for form in FORMATS:
        for sign in "\x1b\x07\x9b\u202e":
            assert sign not in written(form, [Column("a")], [[f"{sign}[31mred"], [[sign]]], 40)


def test_the_formats_are_those_of_the_help() -> None:
    assert set(FORMATS) == {"table", "json", "csv", "votable"}
