"""What is kept of old answers: the rows of their alerts, and the documents of those that something was decided of.

Killed anywhere, nothing is lost: documents of decided alerts are copied to the kept file and synced, then their rows
point there, then the answer's file goes, and then its name in the database.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from pathlib import Path

from fink_tui.store.database import Database
from fink_tui.store.errors import store_error
from fink_tui.store.inbox import forget_files
from fink_tui.store.packets import ANSWERS, sync_folder
from fink_tui.store.spans import Span

KEPT_FILE = "decided.jsonl"
"""The file of the documents that stay when their answer goes: those of alerts that something was decided of."""

DECIDED_AT_ONCE = 20
"""Documents that are copied in one transaction."""

ABANDONED_SECONDS = 3600.0
"""A file that belongs to no answer, and to which nobody has written for so long, was left by a crash."""

_DECIDED = """
SELECT id, place_offset, place_length FROM alert
WHERE file_id = ? AND arrival IS NULL AND (state != '' OR sending != '') LIMIT ?
"""


def prune(database: Database, folder: Path, most_bytes: float) -> None:
    """Remove the oldest answers until the others take no more room than that, and what crashes have left.

    Alerts that only they told of stay, as rows; of those that something was decided of, so do the documents.

    Args:
        database: Where it is noted which answers there are.
        folder: Where their bodies are.
        most_bytes: How much they may take.

    Raises:
        StoreError: The disk or the database refuses.
    """
    with closing(database.reader()) as reader:
        answers = reader.execute(
            "SELECT answer.id, name, size FROM answer JOIN packet_file USING (id) "
            "ORDER BY key IS NOT NULL, fetched_at, answer.id"
        ).fetchall()
        known = {row["name"] for row in answers}
    size = sum(row["size"] for row in answers)
    for number, name, length in answers:
        if size <= most_bytes:
            break
        while not database.write(partial(_remove, folder, number, name)):
            pass
        size -= length
    for path in folder.glob("*.*"):
        with contextlib.suppress(OSError):  # another process removes it, too
            is_ours = path.suffix in (".part", ".json") and ANSWERS + path.name not in known
            if is_ours and path.stat().st_mtime < time.time() - ABANDONED_SECONDS:
                path.unlink()


def _remove(folder: Path, number: int, name: str, connection: sqlite3.Connection) -> bool:
    """Remove an answer, or, while there are any left in it, copy some documents of decided alerts. For the writer.

    Returns:
        Whether it is gone.
    """
    path = folder / name.removeprefix(ANSWERS)
    decided = connection.execute(_DECIDED, (number, DECIDED_AT_ONCE)).fetchall() if path.exists() else []
    try:
        if decided:
            places = _copy(folder, path, [Span(offset, length) for _, offset, length in decided])
            connection.execute(
                "INSERT INTO packet_file (name, indexed) VALUES (?, 0) ON CONFLICT DO NOTHING",
                (ANSWERS + KEPT_FILE,),
            )
            connection.executemany(
                "UPDATE alert SET file_id = (SELECT id FROM packet_file WHERE name = ?), place_offset = ?, "
                "place_length = ? WHERE id = ?",
                [(ANSWERS + KEPT_FILE, *place, row[0]) for place, row in zip(places, decided, strict=True)],
            )
            return False
        path.unlink(missing_ok=True)
    except OSError as error:
        raise store_error(error, "removing an old answer") from error
    connection.execute("DELETE FROM answer WHERE id = ?", (number,))
    forget_files(connection, [name])
    return True


def _copy(folder: Path, path: Path, spans: Sequence[Span]) -> list[Span]:
    """Append documents to the file of those that stay, and sync it; what no row names in it is of a crash."""
    with path.open("rb") as source, (folder / KEPT_FILE).open("ab") as target:
        places, at = [], target.seek(0, os.SEEK_END)
        for span in spans:
            target.write(os.pread(source.fileno(), span.length, span.offset) + b"\n")
            places.append(Span(at, span.length))
            at += span.length + 1
        target.flush()
        os.fsync(target.fileno())
    sync_folder(folder)
    return places
