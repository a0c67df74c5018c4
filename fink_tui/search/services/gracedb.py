"""The sky map of a gravitational wave, from GraceDB: Fink answers which alerts are in a region, and not where that is.

The map that is kept serves for an hour, then GraceDB is asked whether there is a better one; where it cannot be
reached, the map's name says how old it is.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote

from fink_tui.alerts.text import age, clean
from fink_tui.search.errors import BrokenError, CancelledError, RefusedError, SearchError
from fink_tui.search.services.cds import Getter, Keeper, Kept
from fink_tui.sky.credible import Region, RegionError, read
from fink_tui.store.errors import StoreError

FILES = ("bayestar.multiorder.fits", "bayestar.fits.gz")
"""What a map may be called; the first is much smaller, the second is the one that Fink reads."""

FRESH = 3600.0
"""Seconds for which a map is not asked for again."""


def region(
    client: Getter,
    answers: Keeper,
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
    key = json.dumps(["gracedb", event], separators=(",", ":"))
    kept = answers.lookup(key)
    before = _read(kept)
    if kept is not None and before is not None and clock() - kept.fetched_at <= FRESH:
        return before
    failed: SearchError | None = None
    for name in FILES:
        part = None
        try:
            part = answers.part(key)
            client.get(f"{address.rstrip('/')}/{quote(event, safe='')}/files/{name}", {}, part, _ignore, is_cancelled)
            found = read(part)
        except (SearchError, RegionError, StoreError, OSError) as error:
            if part is not None:
                answers.discard(part)
            if isinstance(error, CancelledError):
                raise
            failed = failed or _told(error, event)
            if not isinstance(error, RefusedError):  # but where it has none of that name, it may have the other
                break
        else:
            with contextlib.suppress(StoreError):  # what cannot be kept is shown all the same
                answers.keep(key, part, clock())
            return replace(found, name=event)
    if kept is not None and before is not None:
        return replace(before, name=f"{event} (map of {age(clock() - kept.fetched_at)} ago)")
    assert failed is not None  # there are files to ask for
    raise failed


def _read(kept: Kept | None) -> Region | None:
    """A map of before; one that was lost or broken meanwhile is none."""
    try:
        return None if kept is None else read(kept.path)
    except RegionError:
        return None


def _ignore(_: int) -> None:
    """How much has come matters to nobody."""


def _told(error: Exception, event: str) -> SearchError:
    """The same in the search's words."""
    if isinstance(error, RefusedError):
        return RefusedError(f"GraceDB has no sky map of {event}: {error}")
    if isinstance(error, SearchError):
        return error
    if isinstance(error, StoreError):
        return BrokenError(str(error))
    if isinstance(error, RegionError):
        return BrokenError(f"The sky map of {event} makes no sense: {clean(error)}")
    return BrokenError(f"The sky map of {event} cannot be written to disk: {error}")
