"""A file of rows, as Fink's API gives them, looked at as if they had arrived."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

from fink_tui.alerts.json_files import survey_of
from fink_tui.store import found
from fink_tui.store.errors import store_error

if TYPE_CHECKING:
    from fink_tui.store.store import Store

ROWS_AT_ONCE = 500
"""Rows of a file that are in memory at a time."""


def show_file(store: Store, path: Path, longitude: float = 0.0) -> tuple[int, int]:
    """List the rows of a file as what arrived: for a store that is made to look at files.

    Args:
        store: Where they are listed.
        path: The file, as an answer is.
        longitude: The site's, degrees east: nights go from noon to noon there.

    Returns:
        How many rows are alerts, and how many are none.

    Raises:
        StoreError: It cannot be read, or is no list of rows; the disk or the database refuses.
    """
    answers = store.answers(longitude)
    part = answers.part(str(path))
    try:
        shutil.copyfile(path, part)
    except OSError as error:
        answers.discard(part)
        raise store_error(error, f"reading {path}") from error
    kept = answers.keep(str(path), part, time.time())
    spans = answers.spans(kept)
    survey = survey_of(answers.value(kept, spans[0])) if spans else ""
    ids = list[int | None]()
    for start in range(0, len(spans), ROWS_AT_ONCE):
        ids += answers.take_in(kept, survey, spans[start : start + ROWS_AT_ONCE])
    store.database.write(found.let_arrive)
    return len(ids) - ids.count(None), ids.count(None)
