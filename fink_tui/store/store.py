"""What this machine remembers, in one folder: the database, the packets, the locks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from fink_tui.store.database import Database
from fink_tui.store.locks import RECEIVING, SENDING, Lock
from fink_tui.store.packets import PacketFiles, PacketReader

if TYPE_CHECKING:
    from fink_tui.store.answers import Answers
    from fink_tui.store.inbox import Inbox
    from fink_tui.store.retention import Keep, Retention


class Store:
    """An open store."""

    def __init__(self, folder: Path, tell: Callable[[str], None] = lambda _: None) -> None:
        """Open the store of a folder; both are made where they are missing.

        Args:
            folder: Where it is, on a disk of this machine.
            tell: Told in a sentence what takes long meanwhile.

        Raises:
            StoreError: It cannot be opened.
        """
        self.folder = folder
        self.database = Database(folder / "store.sqlite3", tell)
        self.packets = PacketReader(folder / "packets")
        self.receiving = Lock(folder, RECEIVING)
        """Held by the process that receives."""
        self.sending = Lock(folder, SENDING)
        """Held by the process that empties the outbox."""

    def inbox(self, longitude: float = 0.0, *, leaves_room: bool = False) -> Inbox:
        """The way in, for the process that holds the receiving lock.

        Args:
            longitude: The site's, degrees east.
            leaves_room: Whether it takes nothing where that would leave too little room for decisions.
        """
        from fink_tui.store.inbox import Inbox  # a screen is there before anything is received

        return Inbox(self.database, PacketFiles(self.folder / "packets"), longitude, leaves_room=leaves_room)

    def retention(self, keep: Keep, longitude: float = 0.0) -> Retention:
        """What removes the packets of old nights, for the process that holds the receiving lock.

        Args:
            keep: How much is kept.
            longitude: The site's, degrees east.
        """
        from fink_tui.store.retention import Retention

        return Retention(self.database, self.folder / "packets", keep, longitude)

    def answers(self, longitude: float = 0.0) -> Answers:
        """What Fink answered, for any process.

        Args:
            longitude: The site's, degrees east.
        """
        from fink_tui.store.answers import Answers

        return Answers(self.database, self.folder / "answers", longitude)

    def close(self) -> None:
        """Finish writing, and close. A lock is given back by who took it, once nothing can be written under it."""
        self.database.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
