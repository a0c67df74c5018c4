"""A file of rows is looked at as if they had arrived."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from fink_tui.store.errors import StoreError
from fink_tui.store.inbox import Inbox
from fink_tui.store.pages import Pages
from fink_tui.store.reading import whole
from fink_tui.store.shown_file import show_file
from fink_tui.store.spans import BodyError
from fink_tui.store.store import Store
from fink_tui.stream.demo import DemoAlert
from tests.store.asking import api_row, body
from tests.store.making import BOOK, everything, receive


@pytest.mark.parametrize("survey", ["ztf", "lsst"])
def test_a_file_of_rows_is_listed_as_what_arrived(
    store: Store, inbox: Inbox, demo_alerts: list[DemoAlert], survey: str, tmp_path: Path
) -> None:
    receive(inbox, demo_alerts[:3])
    some = [alert for alert in demo_alerts[3:] if alert.survey == survey][:5]
    path = tmp_path / "answer.json"
    path.write_bytes(body([*map(api_row, some), {"r:diaObjectId" if survey == "lsst" else "i:objectId": 1}], indent=1))
    assert show_file(store, path) == (5, 1)
    assert show_file(store, path) == (5, 1)
    found = everything(store)
    expected = sorted(some, key=lambda alert: alert.obs_mjd)
    assert [one.row.alert_id for one in found[3:]] == [alert.alert_id for alert in expected]
    for night in {one.night for one in found}:
        with closing(Pages(store.database, night)) as pages:
            assert len(pages.page(0)) == pages.count() == sum(one.night == night for one in found)
    assert all(whole(store.packets, BOOK, one)[0].name == survey for one in found[3:])


def test_a_file_that_holds_no_rows_is_told(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "notes.json"
    path.write_text("[]")
    assert show_file(store, path) == (0, 0)
    path.write_text('{"observer": "me"}')
    with pytest.raises(BodyError, match="no list of rows"):
        show_file(store, path)
    with pytest.raises(StoreError, match="No such file"):
        show_file(store, tmp_path / "missing.json")
    assert [one.suffix for one in (store.answers().part("q").parent).iterdir()] == [".json"] * 2
