"""A table as HBase has it: rows in the order of their keys, found by the beginning of a key or between two."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from typing import Any

Row = dict[str, Any]
"""A row by column name, family included. A null is not stored: the column is not in it."""

LIMIT = 10_000
"""Rows that a scan gives at most where a route sets no limit (apps/utils/client.py: NLIMIT)."""


class Table:
    """Rows by key."""

    def __init__(self, rows: Mapping[str, Row] | None = None) -> None:
        self._rows = dict(rows or {})
        self._keys: list[str] = sorted(self._rows)

    def __len__(self) -> int:
        return len(self._keys)

    def put(self, key: str, row: Row) -> None:
        """Write a row; one of the same key is replaced, as HBase does."""
        if key not in self._rows:
            self._keys.insert(bisect_left(self._keys, key), key)
        self._rows[key] = row

    def keys(self) -> list[str]:
        """The keys, ascending."""
        return list(self._keys)

    def scan(self, prefix: str, columns: Iterable[str] | None, limit: int = LIMIT) -> dict[str, Row]:
        """Rows whose keys begin so, ascending. `key:key:X` of Fink's client is a search for a beginning."""
        first = bisect_left(self._keys, prefix)
        found = []
        for key in self._keys[first:]:
            if len(found) >= limit or not key.startswith(prefix):
                break
            found.append(key)
        return self._cut(found, columns)

    def span(
        self, start: str, stop: str, columns: Iterable[str] | None, limit: int = LIMIT, *, newest_first: bool = False
    ) -> dict[str, Row]:
        """Rows with start <= key < stop (`setRangeScan(True)`); from the end where `setReversed(True)`."""
        found = self._keys[bisect_left(self._keys, start) : bisect_left(self._keys, stop)]
        return self._cut((found[::-1] if newest_first else found)[:limit], columns)

    def _cut(self, keys: Iterable[str], columns: Iterable[str] | None) -> dict[str, Row]:
        """The rows with the columns asked for. Unknown names are passed over; a row without any of them is no row."""
        if columns is None:
            return {key: dict(self._rows[key]) for key in keys}
        wanted = set(columns)
        cut = {key: {name: value for name, value in self._rows[key].items() if name in wanted} for key in keys}
        return {key: row for key, row in cut.items() if row}
