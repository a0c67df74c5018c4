"""What an observer may write, and what comes of everything else."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fink_tui.sky.visibility import Overhead
from fink_tui.store.errors import StoreError
from fink_tui.store.expression import (
    COLUMNS,
    TITLES,
    CancelledError,
    Evaluator,
    ExpressionError,
    SlowError,
    parsed,
)
from fink_tui.store.store import Store
from fink_tui.stream.demo import DemoAlert
from tests.app.live import receive
from tests.store.making import sql


class FakeSky:
    """As high as the declination says; counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    def altitude(self, ra: float, dec: float) -> float:
        self.asked += 1
        return dec

    def hours_left(self, ra: float, dec: float) -> float:
        return ra / 15


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory, demo_alerts: Sequence[DemoAlert]) -> Iterator[Store]:
    """Forty alerts, read by all tests and changed by none."""
    with Store(tmp_path_factory.mktemp("store")) as made:
        receive(made, demo_alerts)
        yield made


@pytest.fixture
def sky() -> FakeSky:
    return FakeSky()


@pytest.fixture
def evaluate(store: Store, sky: FakeSky) -> Iterator[Callable[[str], list[int]]]:
    """Gives the ids of the alerts that fulfil an expression."""
    evaluator = Evaluator(store.database, cast(Overhead, sky), seconds=20)

    def evaluate(text: str) -> list[int]:
        expression = parsed(text)
        evaluator.check([expression], has_site=True)
        return list(evaluator.ids(expression.sql, [expression], "ORDER BY id"))

    yield evaluate
    evaluator.close()


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("mag < 19", "mag < 19"),
        ("mag < 19 and n_detections >= 2 and label = 'SN candidate'", None),
        ("class = 'sn CANDIDATE'", "label = 'SN candidate'"),
        ("object like 'ztf%' or det > 5", "object_id like 'ZTF%' or n_detections > 5"),
        ("topics like '%sn%' -- those", "topics like '%sn%'"),
        ("abs(galactic_latitude) > 10 and snr > 5", None),
        ("is_positive = false or band in ('g', 'r')", None),
        ("object_age < 20", "obs_mjd - first_mjd < 20 + obs_mjd - :now"),
        ("alt > 10 and left > 2", "dec > 10 and ra > 30"),
        ("ALTITUDE > '10'", "dec > 10"),
        ("airmass < 2", "dec > 29.99"),
        ('label = "it\'s" or [mag] < 19', "mag < 19"),
        ("mag is not null and night > 20200101", "mag is not null"),
        ("mag", "mag"),
        ("coalesce(mag, 30) between 18 and 20", None),
        ("max(mag, 19) = mag", "mag >= 19"),
    ],
)
def test_what_an_expression_finds(
    store: Store, evaluate: Callable[[str], list[int]], text: str, condition: str | None
) -> None:
    if text.startswith("object_age"):  # of the present, which SQLite's differs from
        assert evaluate("object_age < 1e6") == [
            number for (number,) in sql(store, "SELECT id FROM alert WHERE first_mjd > 0")
        ]
        return
    assert evaluate(text) == [
        number for (number,) in sql(store, f"SELECT id FROM alert WHERE {condition or text} ORDER BY id")
    ]


@pytest.mark.parametrize("name", [*COLUMNS, *TITLES])
def test_every_column_can_be_named(evaluate: Callable[[str], list[int]], name: str) -> None:
    assert len(evaluate(f"{name} is null or {name} is not null")) == 40
    assert parsed(f"{name} > 1").columns == {TITLES.get(name, name)}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("alltitude > 40", "no column alltitude; did you mean altitude?"),
        ("altitud > 40", "did you mean altitude?"),
        ("detections > 1", "did you mean n_detections?"),
        ("label = SNe", "no column SNe: the help (?) lists them. A text stands in quotes: 'SNe'."),
        ("label = SN candidate", "not understood from “candidate” on"),
        ("mag <", "Something is missing"),
        ("mag < 19 and", "Something is missing"),
        ("", "Something is missing"),
        ("mag < 19 /* x", "Something is missing"),
        ("label = 'SN", "A quote is opened and not closed, at “'SN”"),
        ("(mag < 19", "A bracket is opened and not closed"),
        ("mag < 19) or (true", "A bracket is closed that was not opened"),
        ("mag < 19; drop table alert", "“;” means nothing"),
        ("mag < ?", "“?” means nothing"),
        ("mag < :now", "“:” means nothing"),
        ("max(mag) < 19", "It cannot be evaluated: misuse of aggregate"),
        ("cot(mag) < 19", "no function cot"),
        ("sqr(mag) < 19", "no function sqr; did you mean sqrt?"),
        ("mag < 19 limit 3", "not understood from “limit” on"),
        ("true) union select 1 --", "A bracket is closed"),
    ],
)
def test_what_is_wrong_is_said(evaluate: Callable[[str], list[int]], text: str, said: str) -> None:
    with pytest.raises(ExpressionError) as raised:
        evaluate(text)
    assert said in str(raised.value)
    assert str(raised.value).endswith(".") or str(raised.value).endswith("?")


HOSTILE = [
    "id in decision",
    "id in sqlite_master",
    "id in (select id from quarantine)",
    "exists (select 1 from position)",
    "(with x (n) as (values (1) union all select n + 1 from x) select count(*) from x) > 1",
    "load_extension('x')",
    "randomblob(1000000000) is null",
    "zeroblob(1000000000) is null",
    "printf('%1000000000d', 1) = ''",
    "replace(hex(topics), 'a', 'b') = ''",
    "readfile('/etc/passwd') is null",
    "writefile('x', 'y')",
    "fts3_tokenizer('x') is null",
    "sqlite_version() > ''",
    "(pragma_table_info) is null",
    "id in pragma_table_info",
    "raise(rollback, 'x')",
    "mag regexp 'x'",
    "attach 'x' as y",
    "row_number() over () = 1",
    "count(*) over () > 1",
    "group_concat(topics) = ''",
    "rowid in main.decision",
    "place_offset > 0",
    "file_id = 1",
    "(" * 300 + "1" + ")" * 300,
]


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_else_than_the_alerts_columns_is_reached(
    store: Store, evaluate: Callable[[str], list[int]], text: str
) -> None:
    with pytest.raises(ExpressionError):
        evaluate(text)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO decision VALUES (1, 1, 'x', 0, '', '')",
        "DELETE FROM alert",
        "UPDATE alert SET mag = 1",
        "CREATE TEMP TABLE x (y)",
        "DROP TABLE alert",
        "ATTACH ':memory:' AS x",
        "PRAGMA query_only = OFF",
        "PRAGMA user_version",
        "BEGIN",
        "VACUUM",
        "ANALYZE",
        "SELECT * FROM decision",
        "SELECT * FROM sqlite_master",
        "SELECT * FROM json_each('[1]')",
        "WITH RECURSIVE x (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM x) SELECT * FROM x",
    ],
)
def test_what_guards_is_sqlite(store: Store, statement: str) -> None:
    evaluator = Evaluator(store.database, None, seconds=20)
    try:
        with pytest.raises(
            sqlite3.DatabaseError, match=r"prohibited|not authorized|authoriz|vtable constructor failed"
        ):
            evaluator._connection.cursor(sqlite3.Cursor).execute(statement)
    finally:
        evaluator.close()


words = st.sampled_from(
    """mag label topics decision alert select ( ) , ' " [ ] -- /* */ ; ? : = < > or and not in like is null 1 2.5 'x'
    count max abs random id rowid union all from where order by limit case when then else end cast as text exists over
    collate glob match escape between main.alert alert.id hex zeroblob values with recursive || + - * / % ~""".split()
)


@given(text=st.lists(words, max_size=12).map(" ".join) | st.text(max_size=30))
def test_whatever_is_written_ends_in_alerts_or_a_sentence(store: Store, text: str) -> None:
    evaluator = Evaluator(store.database, None, seconds=20)
    found: Sequence[int] = ()
    with contextlib.suppress(ExpressionError):
        expression = parsed(text)
        evaluator.check([expression], has_site=False)
        found = evaluator.ids(expression.sql, [expression], "ORDER BY id")
    evaluator.close()
    assert set(found) <= set(range(1, 41))
    assert list(found) == sorted(found)


def test_of_the_sky_only_those_are_asked_that_fulfil_the_rest(
    store: Store, evaluate: Callable[[str], list[int]], sky: FakeSky
) -> None:
    ((bright,),) = sql(store, "SELECT count(*) FROM alert WHERE mag < 19")
    assert isinstance(bright, int)
    assert 0 < bright < 30
    evaluate("altitude > 0 and hours_left > 1 and mag < 19")
    assert sky.asked <= bright


def test_a_place_that_is_named_twice_is_asked_once(evaluate: Callable[[str], list[int]], sky: FakeSky) -> None:
    evaluate("altitude between 10 and 40 or altitude > 60 or airmass < 1")
    assert sky.asked <= 40


def test_without_a_site_there_is_no_altitude(store: Store) -> None:
    evaluator = Evaluator(store.database, None, seconds=20)
    with pytest.raises(ExpressionError, match=r"no left without a site: say in config\.yml"):
        evaluator.check([parsed("mag < 19 and left > 2")], has_site=False)
    evaluator.close()


def test_what_takes_too_long_is_stopped(store: Store) -> None:
    evaluator = Evaluator(store.database, None, seconds=0)
    expression = parsed(" or ".join(["topics like '%a%b%'"] * 150) + " or mag > 90")
    with pytest.raises(SlowError, match="took longer than 0 s"):
        evaluator.ids(expression.sql, [expression], "")
    evaluator.close()


def test_what_is_no_longer_wanted_is_stopped(store: Store) -> None:
    evaluator = Evaluator(store.database, None, seconds=20, is_cancelled=lambda: True)
    expression = parsed(" or ".join(["topics like '%a%b%'"] * 150) + " or mag > 90")
    with pytest.raises(CancelledError):
        evaluator.ids(expression.sql, [expression], "")
    evaluator.close()


def test_a_database_that_fails_is_no_fault_of_the_expression(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    evaluator = Evaluator(store.database, None, seconds=20)

    def fail(*_: object) -> None:
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode = sqlite3.SQLITE_IOERR  # type: ignore[misc]
        raise error

    class Cursor(sqlite3.Cursor):
        execute = fail  # type: ignore[assignment]

    monkeypatch.setattr("fink_tui.store.expression.sqlite3.Cursor", Cursor)
    with pytest.raises(StoreError, match="disk I/O error"):
        evaluator.ids("true", [], "")
    monkeypatch.undo()
    evaluator.close()
