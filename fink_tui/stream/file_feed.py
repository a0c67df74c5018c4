"""A replay's packets from files: in the order in which they were observed, whatever file they are in."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from fink_tui.alerts.decode import Decoded, decode
from fink_tui.alerts.files import AvroFileError, FilePlace, PlaceReader, located
from fink_tui.alerts.packet import Packet
from fink_tui.alerts.schema import SchemaBook
from fink_tui.sky.night import mjd_to_unix
from fink_tui.store.inbox import Source
from fink_tui.stream.replay import ReplayError, Tell, Timed
from fink_tui.stream.status import StreamState

AT_ONCE = 64
"""Packets looked at together."""

PROBLEMS_TOLD = 3
"""Files that are named where something is wrong with them; the others are counted."""


class FileFeed:
    """Alerts in Avro files. They are read twice: for their times, then one by one; only their places stay in memory."""

    name = "files"

    def __init__(self, files: Sequence[Path]) -> None:
        """Name the files; nothing is read yet."""
        self.book = SchemaBook()
        self._files = files

    @property
    def source(self) -> Source:
        """No cluster, no group."""
        return Source("", "")

    def read(self, stopping: threading.Event, tell: Tell) -> Iterator[Timed]:
        """The packets by time of observation; a file that is damaged gives what is good before."""
        found, problems = list[tuple[float, FilePlace]](), list[str]()
        files = "the file" if len(self._files) == 1 else f"{len(self._files):,} files"
        tell(state=StreamState.REPLAYING, message=f"Looking through {files} first, for the order of the alerts.")
        for path in self._files:
            problems += self._look(path, found, stopping)
        if stopping.is_set():
            return
        if not found:
            raise ReplayError(" ".join(problems[:PROBLEMS_TOLD]) or "These files hold no alerts.")
        words = problems[:PROBLEMS_TOLD]
        if more := len(problems) - len(words):
            words.append(f"So it is with {more} more of the files.")
        tell(state=StreamState.REPLAYING, lag=len(found), message=" ".join(words))
        found.sort()
        reader = PlaceReader()
        for seconds, place in found:
            try:
                yield Timed(seconds, reader.read(place))
            except AvroFileError as error:
                raise ReplayError(f"{error} Start again.") from error

    def _look(self, path: Path, found: list[tuple[float, FilePlace]], stopping: threading.Event) -> list[str]:
        """Add the alerts of a file, and say what is wrong with it."""
        problems, reasons, batch = list[str](), list[str](), list[tuple[FilePlace, Packet]]()
        try:
            for one in located(path):
                batch.append(one)
                if len(batch) >= AT_ONCE:
                    reasons += self._judge(batch, found)
                    batch.clear()
                    if stopping.is_set():
                        return []
        except AvroFileError as error:
            problems.append(str(error))
        reasons += self._judge(batch, found)
        if reasons:
            records = "1 record is no alert" if len(reasons) == 1 else f"{len(reasons):,} records are no alerts"
            problems.append(f"{path}: {records}: {reasons[0]}.")
        return problems

    def _judge(self, batch: Sequence[tuple[FilePlace, Packet]], found: list[tuple[float, FilePlace]]) -> Iterator[str]:
        """Add those of some packets that are alerts; what is against the others."""
        results = decode([packet for _, packet in batch], self.book)
        for (place, _), result in zip(batch, results, strict=True):
            if isinstance(result, Decoded):
                found.append((mjd_to_unix(result.row.obs_mjd), place))
            else:
                yield result.reason
