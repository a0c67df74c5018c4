"""JSON for people: whatever fits on a line is on one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence


def pretty(value: object, width: int) -> list[str]:
    """JSON in lines, indented by two; what fits in the width is on one line, a text or a number always.

    Args:
        value: JSON values.
        width: Cells of a line.
    """
    return list(_lines(value, width, 0, "", ""))


def _lines(value: object, width: int, indent: int, before: str, after: str) -> Iterator[str]:
    flat = " " * indent + before + json.dumps(value, ensure_ascii=False, default=str) + after
    if len(flat) <= width or not value or not isinstance(value, Mapping | list | tuple):
        yield flat
        return
    items: Sequence[tuple[str, object]]
    if isinstance(value, Mapping):
        ends, items = "{}", [(f"{json.dumps(str(key), ensure_ascii=False)}: ", item) for key, item in value.items()]
    else:
        ends, items = "[]", [("", item) for item in value]
    yield " " * indent + before + ends[0]
    for number, (key, item) in enumerate(items, 1):
        yield from _lines(item, width, indent + 2, key, "," if number < len(items) else "")
    yield " " * indent + ends[1] + after
