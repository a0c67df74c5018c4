"""What can go wrong with the store, for the one who has to mend it.

StoreError
├── StoreFullError     no room on the disk
├── StoreBusyError     another process holds the lock that is wanted
├── StoreVersionError  the database was made by a newer version
└── SaveError          an alert could not be saved as a file of its own
"""

from __future__ import annotations

import errno
import sqlite3


class StoreError(Exception):
    """Something of this machine's memory failed; the text is a sentence that names the remedy."""


class StoreFullError(StoreError):
    """There is no room left on the disk."""


class StoreBusyError(StoreError):
    """Another process is doing what only one may do."""


class StoreVersionError(StoreError):
    """The database is of a newer version than this program."""


class SaveError(StoreError):
    """An alert could not be written to a file of its own."""


FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
"""The system's words for "no room": the disk's, and the user's quota."""


def store_error(error: OSError | sqlite3.Error, doing: str) -> StoreError:
    """Translate a failure of the file system or of SQLite.

    Args:
        error: What was raised.
        doing: What was being done, such as "writing the packets of tonight".
    """
    code = getattr(error, "sqlite_errorcode", 0) if isinstance(error, sqlite3.Error) else 0
    if isinstance(error, OSError):
        is_full = error.errno in FULL
    else:
        is_full = code & 0xFF == sqlite3.SQLITE_FULL or code == sqlite3.SQLITE_IOERR_SHMSIZE
    if is_full:
        return StoreFullError(f"The disk is full ({doing}). Make room on it.")
    what = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    where = f" ({error.filename})" if isinstance(error, OSError) and error.filename else ""
    advice = " See whether your part of the disk is full." if code & 0xFF == sqlite3.SQLITE_IOERR else ""  # a quota
    return StoreError(f"{doing[:1].upper()}{doing[1:]} failed: {what}{where}.{advice}")
