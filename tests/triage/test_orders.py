from __future__ import annotations

import pytest

from fink_tui.store.expression import ExpressionError, parsed
from fink_tui.triage.orders import ARRIVAL, ORDERS, by_letter, typed


def test_every_letter_chooses_one_order_of_columns_that_are_known() -> None:
    assert len({order.letter for order in ORDERS}) == len(ORDERS)
    for order in ORDERS:
        assert by_letter(order.letter) is order
        expression = order.expression
        assert expression is None if order is ARRIVAL else expression is not None and expression.columns
    assert by_letter("Z") is None


def test_the_other_way_round() -> None:
    order = by_letter("a")
    assert order is not None
    assert order.is_descending
    assert not order.reversed.is_descending
    assert order.reversed.reversed == order
    assert (order.told, order.reversed.told) == ("altitude", "altitude reversed")
    assert (typed("snr").told, typed("snr").reversed.told) == ("snr", "snr desc")


@pytest.mark.parametrize(
    ("text", "by", "is_descending"),
    [
        ("snr", "snr", False),
        ("snr desc", "snr", True),
        (" abs(galactic_latitude)  ASC ", "abs(galactic_latitude)", False),
        ("max(mag, 19) descending", "max(mag, 19)", True),
        ("descent", "descent", False),
        ("", "", False),
    ],
)
def test_an_order_that_is_typed(text: str, by: str, is_descending: bool) -> None:
    order = typed(text)
    assert (order.by, order.is_descending, order.letter) == (by, is_descending, "" if by else "n")
    assert (order.expression is None) == (not by)
    assert not by or order.expression == parsed(by)


@pytest.mark.parametrize("text", ["(snr", "snr; drop", "snr desc, mag", "select"])
def test_what_is_no_order(text: str) -> None:
    with pytest.raises(ExpressionError):
        typed(text)
