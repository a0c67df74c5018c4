from __future__ import annotations

import itertools
from pathlib import Path

from fink_tui.store.pages import Pages
from fink_tui.store.places import places
from fink_tui.store.store import Store
from fink_tui.stream.demo import alerts
from tests.app.live import receive


def test_places_are_those_of_the_rows_in_the_order_asked_for(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        receive(store, list(itertools.islice(alerts(seed=3, now_mjd=61365.1), 12)))
        pages = Pages(store.database)
        rows = pages.page(0)
        asked = [row.id for row in reversed(rows)]
        asked[3:3] = [10**6]  # none is there
        found = places(store.database, asked)
        assert [place.id for place in found] == [row.id for row in reversed(rows)]
        for place, row in zip(reversed(found), rows, strict=True):
            assert place.arrival == row.id
            assert {name: getattr(row, name) for name in place._fields if name != "arrival"} == {
                name: value for name, value in place._asdict().items() if name != "arrival"
            }
        assert places(store.database, []) == []
        many = [row.id for row in rows] * 300  # more than one statement takes
        assert len(places(store.database, many)) == len(many)
        pages.close()
