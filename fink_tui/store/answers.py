"""What Fink answered, kept as it came: a file an answer, so that it serves again, and when nobody can be reached.

An answer is written to a file of its own while it arrives, synced, renamed, and then made known to the database: it is
there whole or not at all, whoever is killed. Its rows become alerts of the store whose place is in that file
(`found.py`). A newer answer to the same question takes its key; the older file stays until room is needed.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import re
import secrets
import shutil
import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from fink_tui.alerts.json_files import survey_of
from fink_tui.store import found
from fink_tui.store.database import Database
from fink_tui.store.errors import StoreError, store_error
from fink_tui.store.inbox import forget_files
from fink_tui.store.packets import ANSWERS, make_folder, sync_folder
from fink_tui.store.reading import decoded
from fink_tui.store.room import check_answer_room
from fink_tui.store.sought import first_seen

KEPT_FILE = "decided.jsonl"
"""The file of the documents that stay when their answer goes: those of alerts that something was decided of."""

FILE_ROWS_AT_ONCE = 500
"""Rows of a file that are in memory at a time."""

DECIDED_AT_ONCE = 20
"""Documents that are copied in one transaction."""

ABANDONED_SECONDS = 3600.0
"""A file that belongs to no answer, and to which nobody has written for so long, was left by a crash."""

PIECE = 4_000_000
"""Bytes of a body that are read at a time: some hundredths of a second."""

MOST_TRIES = 8
"""Places at which the end of a row is looked for in a piece; where rows have others in them, the body is read whole."""

_ROWS = msgspec.json.Decoder(list[msgspec.Raw])
_BLANKS = re.compile(rb"[ \t\r\n]*")


class BodyError(StoreError):
    """An answer's body is not what it should be, or is no longer there."""


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


class Span(NamedTuple):
    """Where a row is in a body."""

    offset: int
    """Bytes from its start."""
    length: int
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
        try:
            with kept.path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                return _spans(data)
        except OSError as error:
            raise BodyError(f"Fink's answer cannot be read from {kept.path}: {error.strerror}. Ask again.") from error
        except (ValueError, msgspec.DecodeError) as error:  # an empty file cannot be mapped
            raise BodyError(f"Fink's answer is no list of rows: {error}. Ask again, or ask something else.") from error
        except RecursionError:
            raise BodyError("Fink's answer is no list of rows: it is nested too deep. Ask something else.") from None

    def check(self, part: Path) -> None:
        """See whether a body that has arrived is a list of rows.

        Raises:
            BodyError: It is none.
        """
        self.spans(Kept(0, "", part, 0.0, 0))

    def value(self, kept: Kept, span: Span) -> dict[str, Any]:
        """A row of an answer; its numbers are exact.

        Raises:
            BodyError: There is none, or it cannot be read.
        """
        value = decoded(self._read(kept, [span])[0])
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
            for span, document in zip(new, self._read(kept, new), strict=True)
        ]
        ids = dict(zip(new, found.keep(self._database, survey, alerts, self._longitude), strict=True))
        return [known[span] if span in known else ids[span] for span in spans]

    def show_file(self, path: Path) -> tuple[int, int]:
        """List the rows of a file as what arrived: for a store that is made to look at files.

        Args:
            path: The file, as an answer is.

        Returns:
            How many rows are alerts, and how many are none.

        Raises:
            StoreError: It cannot be read, or is no list of rows; the disk or the database refuses.
        """
        part = self.part(str(path))
        try:
            shutil.copyfile(path, part)
        except OSError as error:
            self.discard(part)
            raise store_error(error, f"reading {path}") from error
        kept = self.keep(str(path), part, time.time())
        spans = self.spans(kept)
        survey = survey_of(self.value(kept, spans[0])) if spans else ""
        ids = list[int | None]()
        for start in range(0, len(spans), FILE_ROWS_AT_ONCE):
            ids += self.take_in(kept, survey, spans[start : start + FILE_ROWS_AT_ONCE])
        self._database.write(found.let_arrive)
        return len(ids) - ids.count(None), ids.count(None)

    def first_seen(self, ids: Sequence[int], start: float, stop: float) -> set[int]:
        """Those of some alerts whose object was first detected in a time: see `sought.first_seen`."""
        return first_seen(self._database, ids, start, stop)

    def prune(self, most_bytes: float) -> None:
        """Remove the oldest answers until the others take no more room than that, and what crashes have left.

        Alerts that only they told of stay, as rows; of those that something was decided of, so do the documents.

        Args:
            most_bytes: How much they may take.

        Raises:
            StoreError: The disk or the database refuses.
        """
        with closing(self._database.reader()) as reader:
            answers = reader.execute(
                "SELECT answer.id, name, size FROM answer JOIN packet_file USING (id) "
                "ORDER BY key IS NOT NULL, fetched_at, answer.id"
            ).fetchall()
            known = {row["name"] for row in answers}
        size = sum(row["size"] for row in answers)
        for number, name, length in answers:
            if size <= most_bytes:
                break
            while not self._database.write(partial(self._remove, number, name)):
                pass
            size -= length
        for path in self._folder.glob("*.*"):
            with contextlib.suppress(OSError):  # another process removes it, too
                is_ours = path.suffix in (".part", ".json") and ANSWERS + path.name not in known
                if is_ours and path.stat().st_mtime < time.time() - ABANDONED_SECONDS:
                    path.unlink()

    def _remove(self, number: int, name: str, connection: sqlite3.Connection) -> bool:
        """Remove an answer, or, while there are any left in it, copy some documents of decided alerts. For the writer.

        Returns:
            Whether it is gone.
        """
        path = self._path(name)
        decided = connection.execute(_DECIDED, (number, DECIDED_AT_ONCE)).fetchall() if path.exists() else []
        try:
            if decided:
                places = self._copy(path, [Span(offset, length) for _, offset, length in decided])
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

    def _copy(self, path: Path, spans: Sequence[Span]) -> list[Span]:
        """Append documents to the file of those that stay, and sync it; what no row names in it is of a crash."""
        with path.open("rb") as source, (self._folder / KEPT_FILE).open("ab") as target:
            places, at = [], target.seek(0, os.SEEK_END)
            for span in spans:
                target.write(os.pread(source.fileno(), span.length, span.offset) + b"\n")
                places.append(Span(at, span.length))
                at += span.length + 1
            target.flush()
            os.fsync(target.fileno())
        sync_folder(self._folder)
        return places

    def _read(self, kept: Kept, spans: Sequence[Span]) -> list[bytes]:
        try:
            with kept.path.open("rb", buffering=0) as file:
                return [os.pread(file.fileno(), span.length, span.offset) for span in spans]
        except OSError as error:
            raise BodyError(f"Fink's answer cannot be read from {kept.path}: {error.strerror}. Ask again.") from error

    def _path(self, name: str) -> Path:
        return self._folder / name.removeprefix(ANSWERS)

    def _check_room(self) -> None:
        check_answer_room(self._database.path.parent, self._folder)


_DECIDED = """
SELECT id, place_offset, place_length FROM alert
WHERE file_id = ? AND arrival IS NULL AND (state != '' OR sending != '') LIMIT ?
"""


def _spans(data: mmap.mmap) -> list[Span]:
    """Where each row of a body is. Nothing else runs while msgspec reads, so it is given a piece at a time."""
    spans, at = list[Span](), _after_blanks(data, 0)
    if data[at : at + 1] == b"[":
        while len(data) - at > PIECE and (piece := _whole_rows(b"[" + data[at + 1 : at + PIECE])):
            spans += _in_list(piece, at)
            at += len(piece) - 1  # the next begins with the comma, in place of its bracket
    last = _in_list(b"[" + data[at + 1 :] if spans else data[at:], at)
    if spans and not last:
        raise ValueError("there is a comma without a row behind it")
    return spans + last


def _whole_rows(piece: bytes) -> bytes:
    """The beginning of a list as a list of its whole rows; b"" where no end of one is found."""
    end, tries = len(piece), 0
    while tries < MOST_TRIES and (end := piece.rfind(b"}", 0, end)) > 0:
        comma = _after_blanks(piece, end + 1)
        if piece[comma : comma + 1] == b",":
            tries += 1
            found = piece[:comma] + b"]"
            with contextlib.suppress(msgspec.DecodeError):  # it is in a row, or in a text
                _ROWS.decode(found)
                return found
    return b""


def _in_list(text: bytes, start: int) -> list[Span]:
    """Where the rows of a list are, counted from `start`."""
    spans, at = [], 0
    for raw in _ROWS.decode(text):  # before each stands a bracket or a comma, and perhaps blanks around that
        at, length = _after_blanks(text, at + 1), len(memoryview(raw))
        spans.append(Span(start + at, length))
        at = _after_blanks(text, at + length)
    return spans


def _after_blanks(data: bytes | mmap.mmap, at: int) -> int:
    blanks = _BLANKS.match(data, at)
    assert blanks is not None
    return blanks.end()


def _note(key: str, name: str, fetched_at: float, size: int, connection: sqlite3.Connection) -> int:
    """Note an answer, in place of the one that its question had. For the writer."""
    connection.execute("UPDATE answer SET key = NULL WHERE key = ?", (key,))
    (number,) = connection.execute(
        "INSERT INTO packet_file (name, indexed) VALUES (?, 0) RETURNING id", (ANSWERS + name,)
    ).fetchone()
    connection.execute("INSERT INTO answer VALUES (?, ?, ?, ?)", (number, key, fetched_at, size))
    return int(number)
