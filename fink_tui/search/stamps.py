"""The three images of an alert from Fink's database, for an alert of which no packet is here.

They are asked for as FITS files, one request each: such a file says how it lies on the sky, which the numbers of
`output-format=array` do not. An alert's images never change: a kept answer serves for a month.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from fink_tui.alerts.cutout import KINDS, MAX_BYTES
from fink_tui.search.errors import BrokenError
from fink_tui.search.question import Question

if TYPE_CHECKING:
    from fink_tui.alerts.row import AlertRow
    from fink_tui.search.asking import Asking


def questions(row: AlertRow) -> list[Question]:
    """What is asked for an alert's images, in the order of `cutout.KINDS`; empty where Fink's database has none.

    Args:
        row: The alert's.
    """
    if row.survey not in ("ztf", "lsst") or not row.alert_id.isdecimal():
        return []
    whose = {"objectId": row.object_id, "candid": row.alert_id}
    if row.survey == "lsst":
        whose = {"diaSourceId": row.alert_id}
    return [Question.of(row.survey, "cutouts", kind=kind.capitalize(), output_format="FITS", **whose) for kind in KINDS]


def fetch(asking: Asking, row: AlertRow, is_cancelled: Callable[[], bool]) -> dict[str, bytes]:
    """An alert's images, under the names that they have in a packet; for a thread.

    Args:
        asking: Who asks.
        row: The alert's.
        is_cancelled: Whether nobody waits for them any longer.

    Raises:
        SearchError: They cannot be had.
        StoreError: An answer cannot be kept.
        OSError: The same.
    """
    found: dict[str, bytes] = {}
    for kind, question in zip(KINDS, questions(row), strict=True):
        kept = asking.answer(question, is_cancelled=is_cancelled).kept
        if kept.size > MAX_BYTES:
            raise BrokenError(f"Fink's {kind} image is too large to be one.")
        found[f"cutout{kind.capitalize()}"] = kept.path.read_bytes()
    return found
