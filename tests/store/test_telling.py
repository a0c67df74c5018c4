"""What is told of an alert that has no packet: its detection, and those of its object that are kept here."""

from __future__ import annotations

from typing import Any

from fink_tui.store.objects import alert
from fink_tui.store.store import Store
from fink_tui.store.telling import Told, tell
from tests.store.asking import answered, body


def ztf(number: int, jd: float) -> dict[str, Any]:
    row = {"i:objectId": "ZTF26aaaaaaa", "i:candid": 10**17 + number, "i:jd": jd, "i:fid": 2, "i:isdiffpos": "t"}
    return row | {"i:ra": 10.0, "i:dec": -5.0, "i:magpsf": 18.0 + number / 10, "i:sigmapsf": 0.1}


def told(store: Store, jds: list[float], number: int) -> Told:
    """What is told of one of the alerts that an answer gave."""
    answers = store.answers()
    kept = answered(answers, "question", body([ztf(index, jd) for index, jd in enumerate(jds)]))
    answers.take_in(kept, "ztf", answers.spans(kept))
    stored = alert(store.database, "ztf", str(10**17 + number))
    assert stored is not None
    return tell(store, stored)


def test_earlier_detections_of_its_object_go_with_it_as_far_back_as_a_packet_goes(store: Store) -> None:
    found = told(store, [2461060.5, 2461080.5, 2461090.5, 2461100.5, 2461101.5], 3)
    assert [(point.time[:10], point.mag, point.is_current) for point in found.told.points] == [
        ("2026-02-09", 18.1, False),
        ("2026-02-19", 18.2, False),
        ("2026-03-01", 18.3, True),
    ]
    assert found.note.endswith("its history is what is kept here of its object, 2 earlier detections.")


def test_the_first_goes_alone(store: Store) -> None:
    found = told(store, [2461100.5, 2461101.5], 0)
    assert [point.is_current for point in found.told.points] == [True]
    assert "only this detection goes" in found.note
