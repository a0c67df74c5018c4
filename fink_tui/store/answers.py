"""What Fink answered, kept as it came: a file an answer, so that it serves again, and when nobody can be reached.

An answer is written to a file of its own while it arrives, synced, renamed, and then made known to the database: it is
there whole or not at all, whoever is killed. Its rows become alerts of the store whose place is in that file
(`found.py`). A newer answer to the same question takes its key; the older file stays until room is needed
(`answer_retention.py`).
"""

from __future__ import annotations

import contextlib
import os
import secrets
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from fink_tui.store import found
from fink_tui.store.answer_retention import prune
from fink_tui.store.database import Database
from fink_tui.store.errors import StoreError, store_error
from fink_tui.store.packets import ANSWERS, make_folder, sync_folder
from fink_tui.store.reading import decoded
from fink_tui.store.room import check_answer_room
from fink_tui.store.sought import first_seen
from fink_tui.store.spans import BodyError, Span, documents, rows_in


class Kept(NamedTuple):
    """An answer that is kept."""

    id: int
    key: str
    """The question."""
    path: Path
    """Its body."""
    fetched_at: float
    """When it was given, Unix seconds."""
    size: int
    """Bytes."""


class Answers:
    """The answers kept in a folder, by their questions. For any thread of any number of processes."""

    def __init__(self, database: Database, folder: Path, longitude: float = 0.0) -> None:
        """Name the folder; it is made with the first answer.

        Args:
            database: Where it is noted which there are, and where their rows become alerts.
            folder: Where the bodies are.
            longitude: The site's, degrees east: nights go from noon to noon there.
        """
        self._database = database
        self._folder = folder
        self._longitude = longitude

    def lookup(self, key: str) -> Kept | None:
        """The answer to a question, or None where none is kept.

        Raises:
            StoreError: The database cannot be read.
        """
        with closing(self._database.reader()) as reader:
            row = reader.execute(
                "SELECT answer.id, name, fetched_at, size FROM answer JOIN packet_file USING (id) WHERE key = ?", (key,)
            ).fetchone()
        if row is None:
            return None
        kept = Kept(row["id"], key, self._path(row["name"]), row["fetched_at"], row["size"])
        return kept if kept.path.exists() else None  # someone may have made room

    def part(self, key: str) -> Path:
        """A new file to write a body into while it arrives.

        Args:
            key: The question.

        Raises:
            StoreFullError: There is too little room on the disk: what is left is for decisions.
            StoreError: The folder cannot be written.
        """
        try:
            make_folder(self._folder)
        except OSError as error:
            raise store_error(error, "keeping Fink's answer") from error
        self._check_room()
        return self._folder / f"{secrets.token_hex(8)}.part"

    def keep(self, key: str, part: Path, fetched_at: float) -> Kept:
        """Keep a body that has arrived: it is the answer now.

        Args:
            key: The question; the answer that it had stays for the alerts that are in it.
            part: The body, as `part` named it.
            fetched_at: When it was given, Unix seconds.

        Raises:
            StoreFullError: There is too little room on the disk.
            StoreError: The disk or the database refuses; nothing is kept of it then.
        """
        path = part.with_suffix(".json")
        try:
            self._check_room()
            with part.open("rb") as file:
                os.fsync(file.fileno())
                size = os.fstat(file.fileno()).st_size
            os.replace(part, path)
            sync_folder(self._folder)
            number = self._database.write(partial(_note, key, path.name, fetched_at, size))
        except OSError as error:
            self.discard(part)
            self.discard(path)
            raise store_error(error, "keeping Fink's answer") from error
        except StoreError:
            self.discard(part)
            self.discard(path)
            raise
        return Kept(number, key, path, fetched_at, size)

    def discard(self, part: Path) -> None:
        """Remove a body that did not arrive; where it is not there, do nothing."""
        with contextlib.suppress(OSError):
            part.unlink()

    def spans(self, kept: Kept) -> list[Span]:
        """Where each row of an answer is.

        Args:
            kept: The answer: a list of rows.

        Raises:
            BodyError: It is no such list, or no longer there.
        """
        return rows_in(kept.path)

    def check(self, part: Path) -> None:
        """See whether a body that has arrived is a list of rows.

        Raises:
            BodyError: It is none.
        """
        rows_in(part)

    def value(self, kept: Kept, span: Span) -> dict[str, Any]:
        """A row of an answer; its numbers are exact.

        Raises:
            BodyError: There is none, or it cannot be read.
        """
        value = decoded(documents(kept.path, [span])[0])
        if value is None:
            raise BodyError(f"A row of Fink's answer cannot be read (at byte {span.offset} of {kept.path}).")
        return value

    def take_in(self, kept: Kept, survey: str, spans: Sequence[Span]) -> list[int | None]:
        """Let rows of an answer be alerts of the store.

        One that came by the stream stays as it is; one that another answer gave learns from this one where that is
        newer, unless it tells less. Decisions go ahead of it.

        Args:
            kept: The answer.
            survey: Whose it is, `ztf` or `lsst`.
            spans: Some hundred of its rows.

        Returns:
            The alerts' ids in the store, in that order; None where a row is no alert.

        Raises:
            BodyError: The answer is no longer there.
            StoreFullError: There is too little room on the disk.
            StoreError: The disk or the database refuses.
        """
        known = found.at(self._database, kept.id, spans)
        new = [span for span in spans if span not in known]
        if not new:  # an answer that serves again needs no room
            return [known[span] for span in spans]
        self._check_room()
        alerts = [
            found.told(survey, decoded(document), kept.id, span, kept.fetched_at)
            for span, document in zip(new, documents(kept.path, new), strict=True)
        ]
        ids = dict(zip(new, found.keep(self._database, survey, alerts, self._longitude), strict=True))
        return [known[span] if span in known else ids[span] for span in spans]

    def first_seen(self, ids: Sequence[int], start: float, stop: float) -> set[int]:
        """Those of some alerts whose object was first detected in a time: see `sought.first_seen`."""
        return first_seen(self._database, ids, start, stop)

    def prune(self, most_bytes: float) -> None:
        """Remove the oldest answers until the others take no more room than that: see `answer_retention.prune`."""
        prune(self._database, self._folder, most_bytes)

    def _path(self, name: str) -> Path:
        return self._folder / name.removeprefix(ANSWERS)

    def _check_room(self) -> None:
        check_answer_room(self._database.path.parent, self._folder)


def _note(key: str, name: str, fetched_at: float, size: int, connection: sqlite3.Connection) -> int:
    """Note an answer, in place of the one that its question had. For the writer."""
    connection.execute("UPDATE answer SET key = NULL WHERE key = ?", (key,))
    (number,) = connection.execute(
        "INSERT INTO packet_file (name, indexed) VALUES (?, 0) RETURNING id", (ANSWERS + name,)
    ).fetchone()
    connection.execute("INSERT INTO answer VALUES (?, ?, ?, ?)", (number, key, fetched_at, size))
    return int(number)
