"""The sky map of a gravitational wave, from GraceDB: Fink answers which alerts are in a region, and not where that is.

The map that is kept serves for an hour, then GraceDB is asked whether there is a better one; where it cannot be
reached, the map's name says how old it is.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from fink_tui.alerts.text import age, clean
from fink_tui.search.errors import BrokenError, CancelledError, RefusedError, SearchError
from fink_tui.search.services.remembered import Remembered, key_of
from fink_tui.sky.credible import Region, RegionError, read

if TYPE_CHECKING:
    from fink_tui.search.http.client import Client
    from fink_tui.store.answers import Answers

FILES = ("bayestar.multiorder.fits", "bayestar.fits.gz")
"""What a map may be called; the first is much smaller, the second is the one that Fink reads."""

FRESH = 3600.0
"""Seconds for which a map is not asked for again."""


def region(
    client: Client,
    answers: Answers,
    address: str,
    event: str,
    is_cancelled: Callable[[], bool] = lambda: False,
    clock: Callable[[], float] = time.time,
) -> Region:
    """Where an event was; in a thread, for it may take seconds.

    Args:
        client: What fetches.
        answers: Where maps are kept.
        address: Of GraceDB's events.
        event: The event's name.
        is_cancelled: Whether nobody waits for it any longer.
        clock: Unix seconds.

    Raises:
        SearchError: There is no map.
    """
    remembered = Remembered(client, answers, clock)

    def map_of(path: Path) -> Region:
        try:
            return read(path)
        except RegionError as error:
            raise BrokenError(f"The sky map of {event} makes no sense: {clean(error)}") from error

    failed: SearchError | None = None
    for name in FILES:
        url = f"{address.rstrip('/')}/{quote(event, safe='')}/files/{name}"
        is_asked = failed is None or isinstance(failed, RefusedError)  # with none of that name, it may have the other
        try:
            key = key_of("gracedb", event, name)
            answer = remembered.answer(key, url, {}, map_of, FRESH, is_cancelled, is_asked=is_asked)
        except CancelledError:
            raise
        except SearchError as error:
            failed = failed or error
            continue
        if answer is not None:
            old = f" (map of {age(clock() - answer.fetched_at)} ago)" if answer.words or not is_asked else ""
            return replace(answer.value, name=event + old)
    if isinstance(failed, RefusedError):
        raise RefusedError(f"GraceDB has no sky map of {event}: {failed}")
    assert failed is not None  # there are files to ask for
    raise failed
