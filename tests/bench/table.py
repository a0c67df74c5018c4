"""A plain table, as every benchmark prints it."""

from __future__ import annotations

from collections.abc import Sequence


def table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Lay out a table: words to the left, numbers to the right.

    Args:
        title: A line above it.
        header: The names of the columns.
        rows: The cells; as many in each row as there are columns.

    Returns:
        Lines without spaces at their ends; the last one ends too.
    """
    columns = []
    for name, *cells in zip(header, *rows, strict=True):
        width = max(map(len, (name, *cells)))
        has_numbers = any(cells) and all(not cell or any(map(str.isdigit, cell[:2])) for cell in cells)
        pad = str.rjust if has_numbers else str.ljust
        columns.append([pad(cell, width) for cell in (name, "-" * width, *cells)])
    return "\n".join([title, "", *("  ".join(cells).rstrip() for cells in zip(*columns, strict=True))]) + "\n"
