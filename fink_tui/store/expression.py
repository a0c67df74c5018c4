"""Expressions that the observer writes: what they may name, and a connection that evaluates them and nothing else.

They are SQL, over the columns of one alert. SQLite's own authorizer is what guards: whatever the text turns out to
be, it reads the table of alerts, calls functions of a list, and does nothing more. That the text is one expression,
with brackets and quotes that fit, is looked at before, for the sake of the sentence that says what is wrong.
"""

from __future__ import annotations

import difflib
import re
import sqlite3
import time
from array import array
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from fink_tui.alerts.text import clean
from fink_tui.sky.night import unix_to_mjd
from fink_tui.store.database import Database
from fink_tui.store.errors import StoreError, store_error
from fink_tui.store.pages import PATIENCE
from fink_tui.store.tables import OWN_COLUMNS, ROW_COLUMNS

if TYPE_CHECKING:
    from fink_tui.sky.visibility import Overhead

NOT_NAMED = frozenset({"file_id", "place_offset", "place_length", "arrival", "number", "sparkline"})
"""Columns that mean nothing to an observer."""

SKY_COLUMNS = ("altitude", "airmass", "hours_left")
"""What depends on the site and the moment. Degrees; as the secant of the zenith distance; hours."""

TIME_COLUMNS = {"age": "({now} - obs_mjd)", "object_age": "({now} - first_mjd)"}
"""What depends on the moment alone: days since the observation, days since the object's first detection."""

TITLES = {
    "object": "object_id",
    "class": "label",
    "chg": "mag_change",
    "det": "n_detections",
    "alt": "altitude",
    "left": "hours_left",
}
"""Titles of the list that are no names of columns, and the columns that they stand for."""

CHANGING = frozenset({"topics", "state", "sending"})
"""Columns that may change after an alert has arrived."""

_KINDS = ROW_COLUMNS | OWN_COLUMNS

COLUMNS = (*(name for name in _KINDS if name not in NOT_NAMED), *TIME_COLUMNS, *SKY_COLUMNS)
"""Every column that an expression can name."""

FUNCTIONS = frozenset(
    """abs acos asin atan atan2 ceil coalesce cos degrees exp floor glob ifnull iif instr length like ln log log10 log2
    lower ltrim max min mod nullif pi pow power radians round rtrim sign sin sqrt substr tan trim upper"""
    """ sky_altitude sky_airmass sky_hours_left""".split()
)
"""Functions that an expression can call: none that makes much out of little, none that reaches outside."""

LONGEST_TEXT = 100_000
"""Characters of a text that an expression may make."""

STEPS = 2_000
"""Steps of SQLite's machine between two looks at the clock."""

AT_A_TIME = 1_000
"""Rows read at a time: of a million, all at once would take 100 MB."""

_TOKEN = re.compile(
    r"""(?P<text>'(?:[^']|'')*') | (?P<quoted>"(?:[^"]|"")*"|`[^`]*`|\[[^\]]*\])
    | (?P<comment>--[^\n]*|/\*.*?(?:\*/|\Z)) | (?P<number>\d[\w.]*) | (?P<word>[^\W\d]\w*) | (?P<other>\S)""",
    re.VERBOSE | re.DOTALL,
)


class ExpressionError(ValueError):
    """An expression cannot be evaluated; the text is a sentence for who wrote it."""


class SlowError(ExpressionError):
    """It took too long."""


class CancelledError(ExpressionError):
    """It is no longer wanted."""


class Expression(NamedTuple):
    """What an observer wrote, looked through."""

    text: str
    """It."""

    names: frozenset[str]
    """The columns that it names, as it spells them, in lower case."""

    @property
    def sql(self) -> str:
        """It as a part of a statement; a comment at its end ends there."""
        return f"(\n{self.text}\n)"

    @property
    def columns(self) -> frozenset[str]:
        """The columns that it names, titles of the list made columns."""
        return frozenset(TITLES.get(name, name) for name in self.names)

    @property
    def needs_sky(self) -> bool:
        """Whether it depends on the site and the moment."""
        return not self.columns.isdisjoint(SKY_COLUMNS)


def parsed(text: str) -> Expression:
    """Look through an expression.

    Raises:
        ExpressionError: It is none, whatever the columns.
    """
    words, depth = set(), 0
    for token in _TOKEN.finditer(text):
        kind, value = token.lastgroup, token.group()
        if kind == "word":
            words.add(value.lower())
        elif kind == "quoted":
            words.add(value[1:-1].lower())
        elif value in ("'", '"', "`", "["):
            raise ExpressionError(f"A quote is opened and not closed, at {_at(text, token.start())}.")
        elif value in ("?", ":", "@", "$", "#", ";", "\\"):
            raise ExpressionError(f"“{value}” means nothing in a filter, at {_at(text, token.start())}.")
        depth += (value == "(") - (value == ")") if kind == "other" else 0
        if depth < 0:
            raise ExpressionError(f"A bracket is closed that was not opened, at {_at(text, token.start())}.")
    if depth:
        raise ExpressionError("A bracket is opened and not closed.")
    if "select" in words:
        raise ExpressionError("A filter is about one alert and its columns: SELECT is not for it.")
    return Expression(text, frozenset(words & {*COLUMNS, *TITLES}))


def _at(text: str, index: int) -> str:
    return f"“{clean(text[index : index + 20])}”"


class Evaluator:
    """A connection on which expressions are evaluated over the alerts, and nothing else can be done."""

    def __init__(
        self,
        database: Database,
        overhead: Overhead | None,
        *,
        seconds: float,
        is_cancelled: Callable[[], bool] = lambda: False,
    ) -> None:
        """Open it, for the thread that asks.

        Args:
            database: The store's.
            overhead: The sky over the site; None where there is no site.
            seconds: How long a question may take.
            is_cancelled: Asked now and then, in the middle of a question: whether that is still wanted.

        Raises:
            StoreError: The database cannot be opened.
        """
        self.overhead = overhead
        self._seconds = seconds
        self._end = 0.0
        self._is_cancelled = is_cancelled
        self._place: tuple[float, float] | None = None
        self._altitude = 0.0
        self._connection = connection = database.reader(patience=PATIENCE)
        connection.row_factory = None
        connection.create_function("sky_altitude", 2, self._altitude_of)
        connection.create_function("sky_airmass", 2, self._airmass_of)
        connection.create_function("sky_hours_left", 2, self._hours_left_of)
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_TEXT)
        connection.setlimit(sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 100)
        connection.setlimit(sqlite3.SQLITE_LIMIT_EXPR_DEPTH, 200)
        connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        connection.set_authorizer(_authorized)
        connection.set_progress_handler(self._is_over, STEPS)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def check(self, expressions: Sequence[Expression], *, has_site: bool) -> None:
        """See whether expressions can be evaluated, without doing so.

        Args:
            expressions: The observer's.
            has_site: Whether there will be a sky to ask.

        Raises:
            ExpressionError: One cannot.
            StoreError: The database cannot be read.
        """
        for expression in expressions:
            if expression.needs_sky and not has_site:
                name = min(name for name in expression.names if TITLES.get(name, name) in SKY_COLUMNS)
                raise ExpressionError(
                    f"There is no {name} without a site: say in config.yml where your telescope stands."
                )
            self.ids(expression.sql, [expression], "LIMIT 0")

    def ids(
        self, condition: str, expressions: Sequence[Expression], rest: str, values: Mapping[str, float] | None = None
    ) -> array[int]:
        """The ids of the alerts that fulfil a condition.

        Args:
            condition: SQL; of the observer's only what is in `expressions`.
            expressions: The observer's, for the columns that they name.
            rest: SQL that follows the condition, such as an order.
            values: The values of `:name` in these.

        Raises:
            ExpressionError: They cannot be evaluated, or not in time.
            StoreError: The database cannot be read.
        """
        names = frozenset().union(*(expression.names for expression in expressions))
        named = [f"{_sql(name)} AS {name}" for name in sorted(names)]
        columns = ", ".join(["id", "night AS own_night", "arrival AS own_arrival", *named])
        sql = f"SELECT id FROM (SELECT {columns} FROM alert) WHERE {condition} {rest}"
        self._end = time.monotonic() + self._seconds
        self._place = None  # the sky has turned
        try:
            cursor = self._connection.cursor(sqlite3.Cursor)
            cursor.execute(sql, {**(values or {}), "now": unix_to_mjd(time.time())})
            found = array("q")
            while rows := cursor.fetchmany(AT_A_TIME):
                found.extend(number for (number,) in rows)
            return found
        except sqlite3.Error as error:
            raise self._explained(error) from error

    def _is_over(self) -> bool:
        return time.monotonic() > self._end or self._is_cancelled()

    def _altitude_of(self, ra: float, dec: float) -> float:
        if (ra, dec) != self._place:  # it may be named in the filter and in the order
            assert self.overhead is not None
            self._place, self._altitude = (ra, dec), self.overhead.altitude(ra, dec)
        return self._altitude

    def _airmass_of(self, ra: float, dec: float) -> float | None:
        from fink_tui.sky.airmass import airmass

        return airmass(self._altitude_of(ra, dec))

    def _hours_left_of(self, ra: float, dec: float) -> float:
        assert self.overhead is not None
        return self.overhead.hours_left(ra, dec)

    def _explained(self, error: sqlite3.Error) -> ExpressionError | StoreError:
        """What went wrong, for who wrote the expression; or for who has to mend the disk."""
        if getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_INTERRUPT:
            if self._is_cancelled():
                return CancelledError("It is no longer wanted.")
            return SlowError(
                f"That took longer than {self._seconds:g} s and was stopped. Ask for plain columns first, such as "
                "mag < 19, or for this night alone: a."
            )
        words = clean(error)
        if found := re.match(r"no such column: (.+)", words):
            return ExpressionError(_no_column(found[1]))
        if words in ("incomplete input", 'near ")": syntax error'):  # the bracket is ours
            return ExpressionError(f"Something is missing, at the end or before a bracket: {_EXAMPLE}.")
        if found := re.match(r"near \"(.*)\": syntax error", words):
            return ExpressionError(f"It is not understood from “{found[1]}” on: {_EXAMPLE}.")
        if found := re.match(r"no such function: (.+)|not authorized to use function: (.+)", words):
            name = found[1] or found[2]
            close = difflib.get_close_matches(name.lower(), sorted(FUNCTIONS), 1, 0.7)
            return ExpressionError(f"There is no function {name}" + (f"; did you mean {close[0]}?" if close else "."))
        if "prohibited" in words or "not authorized" in words:
            return ExpressionError("A filter sees the columns of one alert, and nothing else.")
        if getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF in _OWN_FAULTS:
            return ExpressionError(f"It cannot be evaluated: {words}.")
        return store_error(error, "reading the database")


_EXAMPLE = "mag < 19 and label = 'SN candidate' is one"

_OWN_FAULTS = frozenset({sqlite3.SQLITE_ERROR, sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_RANGE, sqlite3.SQLITE_MISMATCH})
"""What an expression can do wrong, by SQLite's codes; others are the disk's, or another process's."""


def _no_column(name: str) -> str:
    """What to say of a column that is none."""
    known, wanted = [*COLUMNS, *TITLES], name.lower()
    close = difflib.get_close_matches(wanted, known, 3, 0.7)
    close += [column for column in known if len(wanted) > 2 and wanted in column]
    meant = list(dict.fromkeys(TITLES.get(column, column) for column in close))[:3]
    if meant:
        return f"There is no column {name}; did you mean {' or '.join(meant)}?"
    return f"There is no column {name}: the help (?) lists them. A text stands in quotes: '{name}'."


def _sql(name: str) -> str:
    """A column that an expression can name, as SQL over the table of alerts.

    What is asked of the sky is a subquery of its own: of the terms of a condition, SQLite evaluates such last.
    """
    column = TITLES.get(name, name)
    if column in SKY_COLUMNS:
        return f"CAST((SELECT sky_{column}(alert.ra, alert.dec)) AS REAL)"
    if column in TIME_COLUMNS:
        return TIME_COLUMNS[column].format(now=":now")
    if column == "n_detections":
        return "nullif(n_detections, 0)"  # 0: nobody says
    return f"{column} COLLATE NOCASE" if _KINDS[column].startswith("TEXT") else column


def _authorized(action: int, first: str | None, second: str | None, database: str | None, _: str | None) -> int:
    """What SQLite asks before it does anything: whether that may be done."""
    if action == sqlite3.SQLITE_SELECT:
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_READ and first == "alert" and database in ("main", None):
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_FUNCTION and second is not None and second.lower() in FUNCTIONS:
        return sqlite3.SQLITE_OK
    return sqlite3.SQLITE_DENY
