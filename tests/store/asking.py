"""Answers of Fink's REST API about the demo's alerts, as it gives them."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from typing import Any

from fink_tui.alerts.decode import record
from fink_tui.store.answers import Answers, Kept
from fink_tui.store.store import Store
from fink_tui.stream.demo import DemoAlert
from tests.alerts.rest import rest_row
from tests.store.making import BOOK, NOW, alert_of

FEW = ("i:objectId", "i:candid", "i:jd", "i:ra", "i:dec", "i:magpsf", "r:diaSourceId", "r:diaObjectId", "r:ra", "r:dec")
FEW_COLUMNS = (*FEW, "r:midpointMjdTai")
"""Those that a table made for a search has."""


def api_row(alert: DemoAlert, only: Sequence[str] | None = None) -> dict[str, Any]:
    """An alert as a row of the API; `only` some columns of it."""
    row = rest_row(alert.survey, record(BOOK.schema(alert.key), alert.value))
    return row if only is None else {name: value for name, value in row.items() if name in only}


def body(rows: Sequence[Mapping[str, Any]], indent: int | None = None) -> bytes:
    return json.dumps(rows, indent=indent).encode()


def answered(answers: Answers, key: str, content: bytes, at: float = NOW) -> Kept:
    """Let an answer arrive."""
    part = answers.part(key)
    part.write_bytes(content)
    return answers.keep(key, part, at)


def searched(
    answers: Answers,
    alerts: Sequence[DemoAlert],
    key: str = "question",
    at: float = NOW,
    only: Sequence[str] | None = None,
) -> list[int | None]:
    """Let an answer about some alerts of a survey arrive, and be taken in."""
    kept = answered(answers, key, body([api_row(alert, only) for alert in alerts]), at)
    return answers.take_in(kept, alerts[0].survey, answers.spans(kept))


def document(store: Store, number: int | None) -> dict[str, object]:
    """What an alert's place holds."""
    place = alert_of(store, number).place
    with (store.folder / place.name).open("rb") as file:
        value = json.loads(os.pread(file.fileno(), place.length, place.offset))
    assert isinstance(value, dict)
    return value
