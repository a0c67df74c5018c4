"""What is kept of old nights: every row and decision, and the packets of the objects that someone decided on.

The packets of a night go once it is older than the nights that are kept. Killed anywhere, nothing is lost or doubled:
packets of decided objects are copied to the kept file and synced, then their rows point there, then the old file goes
together with its name in the database. A copy whose row was not told of it is found at the next start, as any block
without a row is (`Inbox.recover`); a file that is gone while the database still names it is forgotten there.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import threading
from collections.abc import Sequence
from contextlib import closing
from datetime import date
from functools import partial
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from fink_tui.alerts.text import bytes_size, count
from fink_tui.sky.night import night_of, unix_to_mjd
from fink_tui.store.database import Database
from fink_tui.store.errors import StoreError
from fink_tui.store.inbox import forget_files, note_files
from fink_tui.store.packets import KEPT, REMOVED, PacketError, PacketFiles, PacketReader, Place

log = logging.getLogger("fink_tui.store")

UNDECIDED_NIGHTS = 7
"""An alert this young without a decision is not removed, however few nights are kept."""

BATCH_BYTES = 16_000_000
"""Packets copied in one transaction."""


class Keep(NamedTuple):
    """How much is kept."""

    nights: int
    """Nights whose packets are kept."""

    gigabytes: float
    """Size of the packets above which there is a warning, 1e9 bytes."""


class _File(NamedTuple):
    """A file of packets of an old night."""

    id: int
    name: str
    alerts: int
    age: int
    """Nights from its newest alert to the present."""


class Retention:
    """Removes the packets of old nights, in the process that holds the receiving lock; in one thread."""

    def __init__(self, database: Database, folder: Path, keep: Keep, longitude: float = 0.0) -> None:
        """Prepare.

        Args:
            database: The store's.
            folder: The folder of packets.
            keep: How much is kept.
            longitude: The site's, degrees east: nights go from noon to noon there.
        """
        self._database = database
        self._folder = folder
        self._keep = keep
        self._longitude = longitude
        self._present: int | None = None
        self.excess = ""
        """A few words where the packets take more than `keep_gb`."""
        self.said: list[str] = []
        """What happened, in sentences, oldest first."""

    def look(self, now: float, stopping: threading.Event) -> None:
        """Remove what is old, if a night began since the last call; see how much there is.

        Args:
            now: The time, Unix seconds.
            stopping: Set where it is to end; what is left to do is done at the next start.
        """
        try:
            self._look(now, stopping)
        except (StoreError, OSError) as error:
            self._say(f"Packets of old nights could not be removed; it is tried again. {error}")

    def _look(self, now: float, stopping: threading.Event) -> None:
        tonight = night_of(unix_to_mjd(now), self._longitude)
        with closing(self._database.reader()) as reader:
            # Nights are counted back from the newest exposure: where only the clock says that time has passed, as
            # after a jump, nothing is old.
            newest = reader.execute(
                "SELECT night FROM alert WHERE night <= ? AND number >= 0 ORDER BY night DESC, number DESC LIMIT 1",
                (tonight,),
            ).fetchone()
            present = None if newest is None else int(newest[0])
            if present is not None and present != self._present:
                files = self._old(reader, present, tonight)
                self._remove_all(reader, files, stopping)
                self._tidy(present)
                self._present = None if stopping.is_set() else present
        self._measure()

    def _old(self, reader: sqlite3.Connection, present: int, tonight: int) -> list[_File]:
        """The files beyond the nights that are kept."""
        known = reader.execute("SELECT id, name FROM packet_file WHERE name NOT LIKE ?", (f"{REMOVED}%",)).fetchall()
        nights = {row["id"]: _night_named(row["name"].partition("/")[0]) for row in known}
        # A folder's night may be wrong, where the clock was: its newest exposure counts as well.
        suspects = [
            file_id
            for file_id, night in nights.items()
            if night is not None and (night > tonight or _days(night, present) >= self._keep.nights)
        ]
        if not suspects:
            return []
        marks = ",".join("?" * len(suspects))
        facts = {row["file_id"]: row for row in reader.execute(_FACTS.format(marks), (tonight, *suspects))}
        files = []
        for row in known:
            if row["id"] not in suspects:
                continue
            of = facts.get(row["id"])
            found = [nights[row["id"]], of["newest"] if of is not None else None]
            newest = max((night for night in found if night is not None and night <= tonight), default=present)
            age = _days(newest, present)
            if age >= self._keep.nights:
                files.append(_File(row["id"], row["name"], of["alerts"] if of is not None else 0, age))
        return files

    def _remove_all(self, reader: sqlite3.Connection, files: Sequence[_File], stopping: threading.Event) -> None:
        alerts = kept = waiting = 0
        size = 0
        nights = set[str]()
        for file in files:
            if file.age < UNDECIDED_NIGHTS:
                undecided = file.alerts - len(reader.execute(_DECIDED, (file.id,)).fetchall())
                if undecided:
                    waiting += undecided
                    continue
            with contextlib.suppress(OSError):
                size += (self._folder / file.name).stat().st_size
            try:
                copied = self._remove(reader, file, stopping)
            except PacketError as error:
                self._say(
                    f"The packets {file.name} are old and stay: one of a decided object cannot be copied. {error}"
                )
                continue
            if copied is None:
                break
            kept += copied
            alerts += file.alerts
            nights.add(file.name.partition("/")[0])
        if nights:
            self._say(
                f"Packets of {_number(len(nights), 'old night')} removed (keep_nights: {self._keep.nights}), "
                f"{bytes_size(size)}: {_number(alerts, 'row')} and all decisions stay, and the packets of "
                f"{_number(kept, 'alert')} whose objects have a decision."
            )
        if waiting:
            self._say(
                f"keep_nights is {self._keep.nights}, but {_number(waiting, 'alert')} of the last "
                f"{UNDECIDED_NIGHTS} nights without a decision keep their packets until then."
            )

    def _remove(self, reader: sqlite3.Connection, file: _File, stopping: threading.Event) -> int | None:
        """Remove one file, once the packets of decided objects are in the kept file.

        Returns:
            How many of these there were; None where it was to stop before the file was removed.

        Raises:
            PacketError: Such a packet cannot be read; the file stays.
            StoreError: The disk or the database refuses.
        """
        copied = 0
        files = PacketFiles(self._folder)
        try:
            while not stopping.is_set():
                (last,) = reader.execute("SELECT max(id) FROM decision").fetchone()
                if decided := _batch(reader.execute(_DECIDED, (file.id,)).fetchall()):
                    self._copy(files, file, decided)
                    copied += len(decided)
                elif self._database.write(partial(_drop, folder=self._folder, name=file.name, last=last)):
                    return copied
        finally:
            files.close()
        return None

    def _copy(self, files: PacketFiles, file: _File, decided: Sequence[sqlite3.Row]) -> None:
        """Copy packets to the kept file and let their rows point there."""
        packets = PacketReader(self._folder)
        found = [packets.read(Place(file.name, row["place_offset"], row["place_length"])) for row in decided]
        name = KEPT + PurePosixPath(file.name).name
        try:
            places = files.append_to(name, found[0][0], [value for _, value in found])
            sizes = files.sync()

            def job(connection: sqlite3.Connection) -> None:
                file_id = note_files(connection, sizes)[name]
                connection.executemany(
                    "UPDATE alert SET file_id = ?, place_offset = ?, place_length = ? WHERE id = ?",
                    [
                        (file_id, place.offset, place.length, row["id"])
                        for place, row in zip(places, decided, strict=True)
                    ],
                )

            self._database.write(job)
        except Exception:
            files.undo()
            raise
        files.settle()

    def _tidy(self, present: int) -> None:
        """Remove the folders of old nights that are empty."""
        for folder in self._folder.glob("[0-9]*"):
            night = _night_named(folder.name)
            if night is not None and _days(night, present) >= self._keep.nights:
                with contextlib.suppress(OSError):  # something else is in it
                    folder.rmdir()

    def _measure(self) -> None:
        size = packets_size(self._folder)
        if size <= self._keep.gigabytes * 1e9:
            self.excess = ""
            return
        if not self.excess:
            self._say(
                f"The packets take {bytes_size(size)}, more than keep_gb ({self._keep.gigabytes:g} GB); nothing is "
                "removed for that. Keep fewer nights (keep_nights), or allow more (keep_gb)."
            )
        self.excess = f"{bytes_size(size)} > keep_gb"

    def _say(self, sentence: str) -> None:
        if sentence not in self.said[-1:]:
            log.info("%s", sentence)
            self.said.append(sentence)


_OF_DECIDED = """
(SELECT DISTINCT replace(decided.survey, 'mma', 'ztf') AS survey, decided.object_id
FROM decision JOIN alert AS decided ON decided.id = decision.alert)
"""
"""The objects that something was decided of; those of GRB/GW alerts are ZTF's."""


_FACTS = """
SELECT file_id, count(*) AS alerts, max(CASE WHEN night <= ? THEN night END) AS newest
FROM alert WHERE file_id IN ({}) GROUP BY file_id
"""

_DECIDED = f"""
SELECT alert.id, place_offset, place_length FROM {_OF_DECIDED} AS object
CROSS JOIN alert ON alert.object_id = object.object_id AND replace(alert.survey, 'mma', 'ztf') = object.survey
WHERE file_id = ?
ORDER BY place_offset
"""


def _drop(connection: sqlite3.Connection, folder: Path, name: str, last: int | None) -> bool:
    """Remove a file and its name, unless something was decided on after the decision `last`. For the writer.

    The file goes first: if the transaction does not come about, it is forgotten at the next start. Nobody can decide
    between the question and the end of the transaction.
    """
    if connection.execute("SELECT max(id) FROM decision").fetchone() != (last,):
        return False
    (folder / name).unlink(missing_ok=True)
    forget_files(connection, [name])
    return True


def _batch(rows: Sequence[sqlite3.Row]) -> Sequence[sqlite3.Row]:
    """As many of the rows as are copied at once."""
    size = 0
    for index, row in enumerate(rows):
        size += row["place_length"]
        if size > BATCH_BYTES:
            return rows[: index + 1]
    return rows


def _night_named(folder: str) -> int | None:
    """The night that a folder is named by, YYYYMMDD, or None."""
    try:
        date.fromisoformat(folder)
        return int(folder)
    except ValueError:
        return None


def _days(earlier: int, later: int) -> int:
    """Nights between two, each YYYYMMDD."""
    return (date.fromisoformat(str(later)) - date.fromisoformat(str(earlier))).days


def _number(number: int, thing: str) -> str:
    return f"{count(number)} {thing}{'' if number == 1 else 's'}"


def packets_size(folder: Path) -> int:
    """Bytes that the packets take."""
    size = 0
    for path in folder.glob("*/*"):
        with contextlib.suppress(OSError):  # removed meanwhile
            size += path.stat().st_size
    return size
