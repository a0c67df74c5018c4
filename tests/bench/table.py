"""A plain table, as every benchmark prints it."""

from __future__ import annotations

from collections.abc import Sequence


def table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Lay out a table: the first column to the left, all others to the right.

    Args:
        title: A line above it.
        header: The names of the columns.
        rows: The cells; as many in each row as there are columns.

    Returns:
        Lines without spaces at their ends; the last one ends too.
    """
    lines = [header, *rows]
    widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
    ruled = [header, ["-" * width for width in widths], *rows]

    def laid_out(cells: Sequence[str]) -> str:
        first, *others = (
            cell.rjust(width) if number else cell.ljust(width)
            for number, (cell, width) in enumerate(zip(cells, widths, strict=True))
        )
        return "  ".join([first, *others]).rstrip()

    return "\n".join([title, "", *(laid_out(cells) for cells in ruled)]) + "\n"
