"""How wide the columns of an answer that is a table are."""

from __future__ import annotations

from fink_tui.app.widgets.answer_table import LONGEST, WIDEST, Titled
from fink_tui.search.outcome import Table


def test_no_first_column_takes_the_room_of_the_second() -> None:
    long = "Cross-match with SIMBAD (see " + "x" * 100
    titled = Titled("classes", Table(("group", "name"), [(long, "Star"), ("Fink", "SN candidate")]))
    assert titled.widths == [WIDEST, len("SN candidate")]
    assert titled.line([long, "Star"]).endswith("…  Star        ")


def test_a_value_beside_its_name_is_whole() -> None:
    assert Titled("", Table(("name", "value"), [("a", "x" * 300)])).widths == [4, 300]
    assert Titled("", Table(("value",), [("x" * (LONGEST + 9),)])).widths == [LONGEST]
