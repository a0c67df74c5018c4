"""The images of an alert of which no packet is here: what is asked, and that it is asked once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from fink_tui.alerts import api
from fink_tui.alerts.cutout import KINDS, MAX_BYTES, read
from fink_tui.config import Search
from fink_tui.search.asking import Asking
from fink_tui.search.errors import BrokenError, LinkError
from fink_tui.search.http.client import Client
from fink_tui.search.question import Question
from fink_tui.search.stamps import fetch, questions
from fink_tui.store.store import Store
from tests.fink_api import FinkApi, sky


class Large:
    """A Fink whose images are too large to be any."""

    settings = Search()

    def ask(
        self, question: Question, path: Path, progress: Callable[[int], None], is_cancelled: Callable[[], bool]
    ) -> None:
        path.write_bytes(bytes(MAX_BYTES + 1))


def asking(store: Store, fink_api: FinkApi, minutes: float = 10.0) -> Asking:
    settings = Search(ztf=fink_api.ztf_url, lsst=fink_api.lsst_url, fresh_minutes=minutes)
    return Asking(Client(settings, pauses=(0.0, 0.0, 0.0)), store.answers())


@pytest.mark.parametrize("survey", ["ztf", "lsst"])
def test_its_three_images_are_asked_for_once_and_serve_without_a_link(
    survey: str, store: Store, fink_api: FinkApi
) -> None:
    alerts = sky.ztf(sky.NIGHT) if survey == "ztf" else sky.lsst(sky.NIGHT)
    alert = next(one for one in alerts if one.stamps)
    row = api.alert_row(survey, alert.row)
    asker = asking(store, fink_api, minutes=0.0)
    found = fetch(asker, row, lambda: False)
    assert list(found) == [f"cutout{kind.capitalize()}" for kind in KINDS]
    images = [read(data, survey) for data in found.values()]
    assert all(image.width > 10 for image in images)
    assert len({image.rows for image in images}) == 3
    fink_api.stop()
    assert fetch(asker, row, lambda: False) == found
    assert [one.endpoint for one in fink_api.requests] == ["cutouts"] * 3
    given = fink_api.requests[0].arguments
    assert str(given["candid" if survey == "ztf" else "diaSourceId"]) == row.alert_id


def test_of_what_is_no_row_of_the_database_nothing_is_asked() -> None:
    row = api.alert_row("ztf", sky.ztf(sky.NIGHT)[-1].row)
    assert len(questions(row)) == 3
    assert questions(row._replace(survey="mma")) == []
    assert questions(row._replace(alert_id="ZTF26aaaaaaa@61364.4")) == []


def test_why_there_are_none_is_told(store: Store, fink_api: FinkApi) -> None:
    row = api.alert_row("ztf", sky.ztf(sky.NIGHT)[-1].row)
    with pytest.raises(BrokenError, match="too large"):
        fetch(Asking(Large(), store.answers()), row, lambda: False)
    fink_api.stop()
    other = api.alert_row("ztf", sky.ztf(sky.NIGHT)[-2].row)
    with pytest.raises(LinkError):
        fetch(asking(store, fink_api), other, lambda: False)
